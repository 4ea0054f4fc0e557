// SPDX-License-Identifier: GPL-2.0-or-later
#include "keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const backends[] = { "auto", "drm", "wayland", "x11", "headless", NULL };
static const char *const scales[] = { "fit", "integer", "none", NULL };
static const char *const renderers[] = { "auto", "gles", "null", "none", NULL };
static const char *const restarts[] = { "no", "failure", "always", NULL };
static const char *const extras[] = { "idle", "mirror", NULL };
static const char *const displays[] = { "auto", "none", "0", "1", "2", "3", "4", "5", "6", "7",
	NULL };
static const char *const pointers[] = { "auto", "absolute", "relative", NULL };
static const char *const resizes[] = { "guest", "scale", NULL };
static const char *const levels[] = { "error", "info", "debug", NULL };

#define PPI_MIN 40
#define PPI_MAX 600

/* clang-format off */
#define KIOSK(member) .offset = offsetof(struct pk_options, member)
#define OUTPUT(member) .offset = offsetof(struct pk_output_config, member)
#define DISPLAY(member) .offset = offsetof(struct pk_display_config, member)

static const struct pk_key kiosk_keys[] = {
	{ "backend", PK_KEY_CHOICE, PK_EFFECT_RESTART, KIOSK(backend), "auto", .choices = backends,
		.help = "where to show it (auto: window in a session, screen on a VT)" },
	{ "mode", PK_KEY_MODE, PK_EFFECT_OUTPUTS, KIOSK(mode), "auto", .argument = "WxH[@HZ]",
		.help = "size of the output" },
	{ "outputs", PK_KEY_NUMBER, PK_EFFECT_RESTART, KIOSK(outputs), "auto", .min = 1,
		.max = PVG_MAX_PORTS, .zero = "auto", .argument = "N",
		.help = "number of headless outputs or windows, 1..8" },
	{ "scale", PK_KEY_CHOICE, PK_EFFECT_OUTPUTS, KIOSK(scale), "fit", .choices = scales,
		.help = "how a picture of another size is shown" },
	{ "socket", PK_KEY_TEXT, PK_EFFECT_RESTART, KIOSK(socket), .argument = "PATH",
		.help = "socket for the VM (default $XDG_RUNTIME_DIR/pvg-N.sock)" },
	{ "displays", PK_KEY_NUMBER, PK_EFFECT_OUTPUTS, KIOSK(displays), "auto", .min = 1,
		.max = PVG_MAX_PORTS, .zero = "auto", .argument = "N",
		.help = "describe at most N displays to the VM" },
	{ "extra-outputs", PK_KEY_CHOICE, PK_EFFECT_OUTPUTS, KIOSK(extra_outputs), "idle",
		.choices = extras },
	{ "ppi", PK_KEY_NUMBER, PK_EFFECT_OUTPUTS, KIOSK(ppi), "auto", .min = PPI_MIN,
		.max = PPI_MAX, .zero = "auto" },
	{ "scaled-modes", PK_KEY_FLAG, PK_EFFECT_OUTPUTS, KIOSK(scaled_modes), "yes" },
	{ "follow-guest", PK_KEY_FLAG, PK_EFFECT_OUTPUTS, KIOSK(follow_guest), "no" },
	{ "stats", PK_KEY_TEXT, PK_EFFECT_STATS, KIOSK(stats), .argument = "FILE",
		.help = "one JSON line a second and a summary" },
	{ "trace", PK_KEY_TEXT, PK_EFFECT_TRACE, KIOSK(trace), .argument = "FILE",
		.help = "one JSON line a flip and a tick" },
	{ "screenshot", PK_KEY_TEXT, PK_EFFECT_RESTART, KIOSK(screenshot), .argument = "FILE",
		.help = "PNG of the last picture at exit, and at each SIGUSR1" },
	{ "screenshot-at", PK_KEY_BIG, PK_EFFECT_RESTART, KIOSK(screenshot_at), "exit", .min = 1,
		.max = UINT64_MAX, .zero = "exit", .argument = "N",
		.help = "take it at guest frame N instead" },
	{ "record", PK_KEY_TEXT, PK_EFFECT_RESTART, KIOSK(record), .argument = "FILE",
		.help = "capture what the device takes in" },
	{ "renderer", PK_KEY_CHOICE, PK_EFFECT_RESTART, KIOSK(gpu.renderer), "auto",
		.choices = renderers,
		.help = "what draws for the guest (null: checks, draws nothing)" },
	{ "render-node", PK_KEY_TEXT, PK_EFFECT_RESTART, KIOSK(gpu.render_node),
		.argument = "PATH",
		.help = "DRM node to draw on (auto: the first, else in software)" },
	{ "no-cursor-plane", PK_KEY_FLAG, PK_EFFECT_CURSOR, KIOSK(no_cursor_plane), "no",
		.help = "draw the cursor into the picture" },
	{ "phase", PK_KEY_PHASE, PK_EFFECT_PHASE, KIOSK(phase), "auto", .argument = "auto|0|USEC",
		.help = "when in a refresh the guest is told (auto: its picture is just in time)" },
	{ "vrr", PK_KEY_FLAG, PK_EFFECT_RESTART, KIOSK(vrr), "no",
		.help = "variable refresh where the output has it" },
	{ "pointer", PK_KEY_CHOICE, PK_EFFECT_INPUT, KIOSK(pointer), "auto", .choices = pointers,
		.help = "how motion goes to the VM (auto: as the guest needs it)" },
	{ "chord", PK_KEY_CHORD, PK_EFFECT_INPUT, KIOSK(chord), "ctrl+alt", .argument = "MODS",
		.help = "modifiers of the kiosk's own keys" },
	{ "keep-shortcuts", PK_KEY_FLAG, PK_EFFECT_INPUT, KIOSK(keep_shortcuts), "no",
		.help = "leave the desktop's shortcuts to the desktop" },
	{ "fullscreen", PK_KEY_FLAG, PK_EFFECT_RESTART, KIOSK(fullscreen), "no",
		.help = "windows start full screen" },
	{ "window-resize", PK_KEY_CHOICE, PK_EFFECT_OUTPUTS, KIOSK(window_resize), "guest",
		.choices = resizes,
		.help = "what follows a window's size: the guest's mode, or the picture" },
	{ "osd", PK_KEY_FLAG, PK_EFFECT_OSD, KIOSK(osd), "no",
		.help = "statistics on the screen, on an overlay plane if there is one" },
	{ "screen-off", PK_KEY_NUMBER, PK_EFFECT_POWER, KIOSK(screen_off_s), "never", .min = 1,
		.max = PK_SCREEN_OFF_MAX_S, .zero = "never", .argument = "SECONDS",
		.help = "switch screens off after that long without input" },
	{ "log-level", PK_KEY_CHOICE, PK_EFFECT_RESTART, KIOSK(log_level), "info",
		.choices = levels, .help = "what is logged to standard error" },
};

static const struct pk_key vm_keys[] = {
	{ "command", PK_KEY_TEXT, PK_EFFECT_RESTART, KIOSK(vm_command) },
	{ "restart", PK_KEY_CHOICE, PK_EFFECT_RESTART, KIOSK(vm_restart), "no",
		.choices = restarts },
	{ "device-info", PK_KEY_INFO, PK_EFFECT_RESTART, KIOSK(info), "proven", .many = true,
		.argument = "proven|strict|KEY=VALUE",
		.help = "answers to the guest driver, may be given again" },
};

static const struct pk_key output_keys[] = {
	{ "enable", PK_KEY_FLAG, PK_EFFECT_OUTPUTS, OUTPUT(enable), "yes" },
	{ "display", PK_KEY_CHOICE, PK_EFFECT_OUTPUTS, OUTPUT(display), "auto",
		.choices = displays },
	{ "primary", PK_KEY_FLAG, PK_EFFECT_OUTPUTS, OUTPUT(primary), "no" },
	{ "mode", PK_KEY_MODE, PK_EFFECT_OUTPUTS, OUTPUT(mode), "auto" },
	{ "scale", PK_KEY_CHOICE, PK_EFFECT_OUTPUTS, OUTPUT(scale), "fit", .choices = scales },
	{ "ppi", PK_KEY_NUMBER, PK_EFFECT_OUTPUTS, OUTPUT(ppi), "auto", .min = PPI_MIN,
		.max = PPI_MAX, .zero = "auto" },
	{ "scaled-modes", PK_KEY_FLAG, PK_EFFECT_OUTPUTS, OUTPUT(scaled_modes), "yes" },
	{ "follow-guest", PK_KEY_FLAG, PK_EFFECT_OUTPUTS, OUTPUT(follow_guest), "no" },
};

static const struct pk_key display_keys[] = {
	{ "name", PK_KEY_TEXT, PK_EFFECT_OUTPUTS, DISPLAY(name), .max = 13 },
	{ "modes", PK_KEY_MODES, PK_EFFECT_OUTPUTS, DISPLAY(modes), "auto" },
	{ "park", PK_KEY_FLAG, PK_EFFECT_OUTPUTS, DISPLAY(park), "no" },
};
/* clang-format on */

#define KEYS(table) .keys = table, .key_count = sizeof(table) / sizeof((table)[0])

const struct pk_section pk_sections[PK_SECTION_COUNT] = {
	[PK_SECTION_KIOSK] = { "kiosk", NULL, KEYS(kiosk_keys) },
	[PK_SECTION_VM] = { "vm", NULL, KEYS(vm_keys) },
	[PK_SECTION_OUTPUT] = { "output", "NAME", KEYS(output_keys) },
	[PK_SECTION_DISPLAY] = { "display", "N", KEYS(display_keys) },
};

_Static_assert(sizeof(kiosk_keys) / sizeof(kiosk_keys[0]) <= 64, "bits of .set");
_Static_assert(sizeof(enum pk_backend) == sizeof(int) && sizeof(enum pvg_log_level) == sizeof(int),
	"choices are stored as int");

/* ---- reading --------------------------------------------------------------------------------- */

static int choose(const char *const *names, const char *text) {
	for (int i = 0; names[i] != NULL; i++) {
		if (strcmp(names[i], text) == 0) {
			return i;
		}
	}
	return -1;
}

static bool parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *value) {
	if (*text < '0' || *text > '9') {
		return false;
	}
	char *end;
	errno = 0;
	unsigned long long v = strtoull(text, &end, 10);
	if (errno != 0 || *end != '\0' || v < min || v > max) {
		return false;
	}
	*value = v;
	return true;
}

// Digits with up to three decimals, as thousandths.
static bool parse_milli(const char *text, uint32_t *milli) {
	uint64_t value = 0;
	int decimals = -1;
	if (*text == '\0') {
		return false;
	}
	for (; *text != '\0'; text++) {
		if (*text == '.' && decimals < 0) {
			decimals = 0;
		} else if (*text >= '0' && *text <= '9' && decimals < 3) {
			value = value * 10 + (uint64_t)(*text - '0');
			decimals += decimals >= 0;
		} else {
			return false;
		}
		if (value > 1000000) {
			return false;
		}
	}
	for (int i = decimals < 0 ? 0 : decimals; i < 3; i++) {
		value *= 10;
	}
	*milli = (uint32_t)value;
	return value >= PK_MODE_MIN_MHZ && value <= PK_MODE_MAX_MHZ;
}

bool pk_mode_read(const char *text, struct pk_mode *mode) {
	char *end;
	if (*text < '1' || *text > '9') {
		return false;
	}
	unsigned long width = strtoul(text, &end, 10);
	if (*end != 'x' || end[1] < '1' || end[1] > '9') {
		return false;
	}
	unsigned long height = strtoul(end + 1, &end, 10);
	uint32_t refresh = 0;
	if (*end == '@') {
		if (!parse_milli(end + 1, &refresh)) {
			return false;
		}
	} else if (*end != '\0') {
		return false;
	}
	if (width > PVG_MAX_SURFACE_EDGE || height > PVG_MAX_SURFACE_EDGE) {
		return false;
	}
	*mode = (struct pk_mode){ (int)width, (int)height, refresh };
	return true;
}

static bool read_modes(const char *text, struct pk_mode_list *list) {
	*list = (struct pk_mode_list){ 0 };
	for (;;) {
		text += strspn(text, " \t,");
		size_t length = strcspn(text, " \t,");
		char word[40];
		if (length == 0) {
			return list->count > 0;
		}
		if (length >= sizeof(word) || list->count == PK_MODE_LIST_MAX) {
			return false;
		}
		memcpy(word, text, length);
		word[length] = '\0';
		if (!pk_mode_read(word, &list->modes[list->count++])) {
			return false;
		}
		text += length;
	}
}

static bool read_info(const char *text, struct pvg_device_info *info, char *why, size_t why_size) {
	if (strchr(text, '=') != NULL) {
		return pvg_info_set(info, text, why, why_size);
	}
	snprintf(why, why_size, "no such profile (proven, strict)");
	return pvg_info_profile(info, text);
}

// "not a, b or c"
static void list_choices(const struct pk_key *key, char *why, size_t why_size) {
	int at = snprintf(why, why_size, "not ");
	for (int i = 0; key->choices[i] != NULL && at >= 0 && (size_t)at < why_size; i++) {
		const char *before = i == 0 ? "" : key->choices[i + 1] == NULL ? " or " : ", ";
		at += snprintf(why + at, why_size - (size_t)at, "%s%s", before, key->choices[i]);
	}
}

static bool read_flag(const char *text, bool *flag) {
	static const char *const words[] = { "no", "yes", "off", "on", "false", "true", NULL };
	int word = choose(words, text);
	*flag = word % 2 == 1;
	return word >= 0;
}

static bool read_text(const struct pk_key *key, const char *text, char **field, char *why,
	size_t why_size) {
	size_t length = strlen(text);
	if (length == 0 || (key->max != 0 && length > key->max)) {
		snprintf(why, why_size, length == 0 ? "it is empty" : "longer than %llu bytes",
			(unsigned long long)key->max);
		return false;
	}
	char *copy = strdup(text);
	if (copy == NULL) {
		snprintf(why, why_size, "out of memory");
		return false;
	}
	free(*field);
	*field = copy;
	return true;
}

static bool read_phase(const char *text, struct pk_phase_wish *phase) {
	uint64_t us = 0;
	bool fixed = strcmp(text, "auto") != 0;
	if (fixed && !parse_u64(text, 0, PK_PHASE_MAX_US, &us)) {
		return false;
	}
	*phase = (struct pk_phase_wish){ fixed, (uint32_t)us };
	return true;
}

bool pk_key_read(const struct pk_key *key, const char *text, void *base, char *why,
		size_t why_size) {
	void *field = (char *)base + key->offset;
	bool zero = key->zero != NULL && strcmp(text, key->zero) == 0;
	uint64_t number = 0;
	int choice;
	switch (key->type) {
	case PK_KEY_FLAG:
		snprintf(why, why_size, "not yes or no");
		return read_flag(text, field);
	case PK_KEY_NUMBER:
	case PK_KEY_BIG:
		if (!zero && !parse_u64(text, key->min, key->max, &number)) {
			int at = key->max == UINT64_MAX
				? snprintf(why, why_size, "not a number from %llu",
					  (unsigned long long)key->min)
				: snprintf(why, why_size, "not a number from %llu to %llu",
					  (unsigned long long)key->min,
					  (unsigned long long)key->max);
			if (key->zero != NULL && at > 0 && (size_t)at < why_size) {
				snprintf(why + at, why_size - (size_t)at, ", or %s", key->zero);
			}
			return false;
		}
		if (key->type == PK_KEY_BIG) {
			memcpy(field, &number, sizeof(number));
		} else {
			unsigned int small = (unsigned int)number;
			memcpy(field, &small, sizeof(small));
		}
		return true;
	case PK_KEY_CHOICE:
		choice = choose(key->choices, text);
		if (choice < 0) {
			list_choices(key, why, why_size);
			return false;
		}
		memcpy(field, &choice, sizeof(choice));
		return true;
	case PK_KEY_TEXT:
		return read_text(key, text, field, why, why_size);
	case PK_KEY_MODE:
		if (strcmp(text, "auto") == 0) {
			*(struct pk_mode *)field = (struct pk_mode){ 0 };
			return true;
		}
		snprintf(why, why_size,
			"not WIDTHxHEIGHT or WIDTHxHEIGHT@HZ, at most 8192x8192@1000");
		return pk_mode_read(text, field);
	case PK_KEY_MODES:
		if (strcmp(text, "auto") == 0) {
			*(struct pk_mode_list *)field = (struct pk_mode_list){ 0 };
			return true;
		}
		snprintf(why, why_size,
			"not a list of up to %d WIDTHxHEIGHT or WIDTHxHEIGHT@HZ, at most "
			"8192x8192@1000", PK_MODE_LIST_MAX);
		return read_modes(text, field);
	case PK_KEY_INFO:
		return read_info(text, field, why, why_size);
	case PK_KEY_PHASE:
		snprintf(why, why_size, "not auto or a number of microseconds to %d",
			PK_PHASE_MAX_US);
		return read_phase(text, field);
	case PK_KEY_CHORD:
		snprintf(why, why_size, "not some of ctrl, alt, shift and super with + between");
		return pk_chord_parse(text, field);
	}
	return false;
}

/* ---- writing, comparing, freeing ------------------------------------------------------------- */

static void write_mode(const struct pk_mode *mode, FILE *out) {
	fprintf(out, "%dx%d", mode->width, mode->height);
	if (mode->refresh_mhz != 0) {
		fprintf(out, "@%u.%03u", mode->refresh_mhz / 1000, mode->refresh_mhz % 1000);
	}
}

static void write_text(const char *text, FILE *out) {
	size_t length = strlen(text);
	bool quoted = length > 0 && (strchr(" \t\"", text[0]) != NULL ||
		strchr(" \t", text[length - 1]) != NULL);
	fprintf(out, "%s%s%s", quoted ? "\"" : "", text, quoted ? "\"" : "");
}

static void write_info(const struct pvg_device_info *info, FILE *out) {
	static const char *const profiles[] = { "proven", "strict" };
	struct pvg_device_info base;
	size_t best = 0;
	unsigned int least = UINT32_MAX;
	// The profile that needs the fewest keys beside it.
	for (size_t i = 0; i < 2; i++) {
		unsigned int differ = 0;
		if (!pvg_info_profile(&base, profiles[i])) {
			continue;
		}
		for (size_t k = 0; k < PVG_INFO_KEYS; k++) {
			differ += base.present[k] != info->present[k] ||
				(base.present[k] && base.value[k] != info->value[k]);
		}
		if (differ < least) {
			best = i;
			least = differ;
		}
	}
	pvg_info_profile(&base, profiles[best]);
	fputs(profiles[best], out);
	for (size_t k = 0; k < PVG_INFO_KEYS; k++) {
		if (base.present[k] && !info->present[k]) {
			fprintf(out, "\ndevice-info = %zu=absent", k);
		} else if (info->present[k] &&
				(!base.present[k] || base.value[k] != info->value[k])) {
			fprintf(out, "\ndevice-info = %zu=%u", k, info->value[k]);
		}
	}
}

void pk_key_write(const struct pk_key *key, const void *base, FILE *out) {
	const void *field = (const char *)base + key->offset;
	uint64_t number = 0;
	unsigned int small = 0;
	int choice = 0;
	const char *text = NULL;
	char name[PK_CHORD_NAME_SIZE];
	const struct pk_mode *mode = field;
	const struct pk_mode_list *list = field;
	const struct pk_phase_wish *phase = field;
	switch (key->type) {
	case PK_KEY_FLAG:
		fputs(*(const bool *)field ? "yes" : "no", out);
		break;
	case PK_KEY_NUMBER:
	case PK_KEY_BIG:
		if (key->type == PK_KEY_BIG) {
			memcpy(&number, field, sizeof(number));
		} else {
			memcpy(&small, field, sizeof(small));
			number = small;
		}
		if (number == 0 && key->zero != NULL) {
			fputs(key->zero, out);
		} else {
			fprintf(out, "%llu", (unsigned long long)number);
		}
		break;
	case PK_KEY_CHOICE:
		memcpy(&choice, field, sizeof(choice));
		fputs(key->choices[choice], out);
		break;
	case PK_KEY_TEXT:
		memcpy(&text, field, sizeof(text));
		write_text(text != NULL ? text : "", out);
		break;
	case PK_KEY_MODE:
		if (mode->width == 0) {
			fputs("auto", out);
		} else {
			write_mode(mode, out);
		}
		break;
	case PK_KEY_MODES:
		fputs(list->count == 0 ? "auto" : "", out);
		for (unsigned int i = 0; i < list->count; i++) {
			fputs(i > 0 ? " " : "", out);
			write_mode(&list->modes[i], out);
		}
		break;
	case PK_KEY_INFO:
		write_info(field, out);
		break;
	case PK_KEY_PHASE:
		if (phase->fixed != 0) {
			fprintf(out, "%u", phase->us);
		} else {
			fputs("auto", out);
		}
		break;
	case PK_KEY_CHORD:
		memcpy(&small, field, sizeof(small));
		pk_chord_name(small, false, name, sizeof(name));
		fputs(name, out);
		break;
	}
}

static size_t field_size(const struct pk_key *key) {
	static const size_t sizes[] = {
		[PK_KEY_FLAG] = sizeof(bool),
		[PK_KEY_NUMBER] = sizeof(unsigned int),
		[PK_KEY_BIG] = sizeof(uint64_t),
		[PK_KEY_CHOICE] = sizeof(int),
		[PK_KEY_TEXT] = sizeof(char *),
		[PK_KEY_MODE] = sizeof(struct pk_mode),
		[PK_KEY_MODES] = sizeof(struct pk_mode_list),
		[PK_KEY_INFO] = sizeof(struct pvg_device_info),
		[PK_KEY_PHASE] = sizeof(struct pk_phase_wish),
		[PK_KEY_CHORD] = sizeof(uint32_t),
	};
	return sizes[key->type];
}

bool pk_key_same(const struct pk_key *key, const void *a, const void *b) {
	const char *x = (const char *)a + key->offset;
	const char *y = (const char *)b + key->offset;
	if (key->type == PK_KEY_INFO) {
		const struct pvg_device_info *p = (const void *)x, *q = (const void *)y;
		return memcmp(p->present, q->present, sizeof(p->present)) == 0 &&
			memcmp(p->value, q->value, sizeof(p->value)) == 0 &&
			p->planes_by_version == q->planes_by_version &&
			p->heaps_by_version == q->heaps_by_version;
	}
	if (key->type != PK_KEY_TEXT) { // nothing of these has padding
		return memcmp(x, y, field_size(key)) == 0;
	}
	const char *s, *t;
	memcpy(&s, x, sizeof(s));
	memcpy(&t, y, sizeof(t));
	return s == t || (s != NULL && t != NULL && strcmp(s, t) == 0);
}

void pk_key_swap(const struct pk_key *key, void *a, void *b) {
	unsigned char *x = (unsigned char *)a + key->offset;
	unsigned char *y = (unsigned char *)b + key->offset;
	for (size_t i = 0; i < field_size(key); i++) {
		unsigned char byte = x[i];
		x[i] = y[i];
		y[i] = byte;
	}
}

void pk_key_copy(const struct pk_key *to_key, void *to, const struct pk_key *from_key,
		const void *from) {
	memcpy((char *)to + to_key->offset, (const char *)from + from_key->offset,
		field_size(to_key));
}

void pk_section_defaults(const struct pk_section *section, void *base) {
	for (size_t i = 0; i < section->key_count; i++) {
		const struct pk_key *key = &section->keys[i];
		char why[160];
		if (key->standard != NULL &&
				!pk_key_read(key, key->standard, base, why, sizeof(why))) {
			fprintf(stderr, "pvg-kiosk: %s: default %s: %s\n", key->name, key->standard,
				why);
			abort(); // a row that contradicts itself
		}
	}
}

void pk_section_finish(const struct pk_section *section, void *base) {
	for (size_t i = 0; i < section->key_count; i++) {
		const struct pk_key *key = &section->keys[i];
		if (key->type == PK_KEY_TEXT) {
			char *text;
			memcpy(&text, (char *)base + key->offset, sizeof(text));
			free(text);
			text = NULL;
			memcpy((char *)base + key->offset, &text, sizeof(text));
		}
	}
}

int pk_section_find(const struct pk_section *section, const char *name) {
	for (size_t i = 0; i < section->key_count; i++) {
		if (strcmp(section->keys[i].name, name) == 0) {
			return (int)i;
		}
	}
	return -1;
}

/* ---- words ----------------------------------------------------------------------------------- */

bool pk_glob(const char *pattern, const char *text) {
	const char *star = NULL, *mark = NULL;
	while (*text != '\0') {
		if (*pattern == '*') {
			star = pattern++;
			mark = text;
		} else if (*pattern == '?' || *pattern == *text) {
			pattern++;
			text++;
		} else if (star != NULL) {
			pattern = star + 1;
			text = ++mark;
		} else {
			return false;
		}
	}
	while (*pattern == '*') {
		pattern++;
	}
	return *pattern == '\0';
}

#define WORD_MAX 32

// How many letters have to be put in, taken out, changed or exchanged with their neighbour.
static unsigned int word_distance(const char *a, size_t a_size, const char *b, size_t b_size) {
	unsigned int rows[3][WORD_MAX + 1];
	for (size_t j = 0; j <= b_size; j++) {
		rows[0][j] = (unsigned int)j;
	}
	for (size_t i = 1; i <= a_size; i++) {
		const unsigned int *above = rows[(i - 1) % 3];
		const unsigned int *twice = rows[(i + 1) % 3];
		unsigned int *row = rows[i % 3];
		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= b_size; j++) {
			unsigned int best = above[j - 1] + (a[i - 1] != b[j - 1]);
			best = above[j] + 1 < best ? above[j] + 1 : best;
			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
					twice[j - 2] + 1 < best) {
				best = twice[j - 2] + 1;
			}
			row[j] = best;
		}
	}
	return rows[a_size % 3][b_size];
}

const char *pk_nearest(const char *text, const char *const *names) {
	const char *best = NULL;
	size_t length = strlen(text);
	unsigned int least = (unsigned int)(length / 3 + 1);
	if (length > WORD_MAX) {
		return NULL;
	}
	for (size_t i = 0; names[i] != NULL; i++) {
		size_t size = strlen(names[i]);
		unsigned int distance =
			size <= WORD_MAX ? word_distance(text, length, names[i], size) : UINT32_MAX;
		if (distance <= least && distance < length) {
			best = names[i];
			least = distance > 0 ? distance - 1 : 0;
		}
	}
	return best;
}
