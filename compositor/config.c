// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keys.h"

#define SYSTEM_FILE "/etc/pvg-linux/pvg-kiosk.conf"
#define USER_FILE "pvg-linux/pvg-kiosk.conf"

struct reader {
	const char *name; // of the file
	FILE *out;
	struct pk_options *options;
	unsigned int line, errors;
	const struct pk_section *section; // NULL: none yet, or one that is unknown
	bool before_section;              // no header was seen
	void *base;                       // what .section is about
	uint64_t *set;                    // NULL: not kept
	unsigned int key_lines[64];       // where the section's keys were given, 0: not
	unsigned int section_lines[PK_SECTION_COUNT];
	unsigned int display_lines[PVG_MAX_PORTS];
	unsigned int output_lines[PK_OUTPUT_SECTIONS_MAX];
};

__attribute__((format(printf, 2, 3))) static void complain(struct reader *reader, const char *fmt,
	...) {
	if (reader->errors++ >= PK_CONFIG_ERRORS_MAX) {
		return;
	}
	va_list args;
	fprintf(reader->out, "%s:%u: ", reader->name, reader->line);
	va_start(args, fmt);
	vfprintf(reader->out, fmt, args);
	va_end(args);
	fputc('\n', reader->out);
}

// A word of the file as it may be shown on a terminal.
static const char *shown(const char *text, char *buffer, size_t size) {
	size_t n = 0;
	for (; *text != '\0' && n < size - 4; text++) {
		unsigned char c = (unsigned char)*text;
		buffer[n++] = c < ' ' || c >= 127 ? '?' : (char)c;
	}
	snprintf(buffer + n, size - n, "%s", *text != '\0' ? "..." : "");
	return buffer;
}

static char *trim(char *text) {
	text += strspn(text, " \t");
	size_t length = strlen(text);
	while (length > 0 && strchr(" \t", text[length - 1]) != NULL) {
		length--;
	}
	text[length] = '\0';
	return text;
}

/* ---- sections -------------------------------------------------------------------------------- */

static void open_output(struct reader *reader, const char *name) {
	struct pk_options *options = reader->options;
	char buffer[64];
	if (*name == '\0') {
		complain(reader, "[output]: which one? [output DP-1] for example");
		return;
	}
	for (size_t i = 0; i < options->output_config_count; i++) {
		if (strcmp(options->output_configs[i].name, name) == 0) {
			complain(reader, "[output %s]: this section is on line %u already",
				shown(name, buffer, sizeof(buffer)), reader->output_lines[i]);
			return;
		}
	}
	if (options->output_config_count == PK_OUTPUT_SECTIONS_MAX) {
		complain(reader, "[output %s]: more than %d such sections",
			shown(name, buffer, sizeof(buffer)), PK_OUTPUT_SECTIONS_MAX);
		return;
	}
	size_t count = options->output_config_count + 1;
	struct pk_output_config *all =
		realloc(options->output_configs, count * sizeof(*options->output_configs));
	if (all == NULL) {
		complain(reader, "out of memory");
		return;
	}
	options->output_configs = all;
	struct pk_output_config *config = &all[count - 1];
	*config = (struct pk_output_config){ .name = strdup(name) };
	if (config->name == NULL) {
		complain(reader, "out of memory");
		return;
	}
	reader->output_lines[count - 1] = reader->line;
	options->output_config_count = count;
	reader->section = &pk_sections[PK_SECTION_OUTPUT];
	pk_section_defaults(reader->section, config);
	reader->base = config;
	reader->set = &config->set;
}

static void open_display(struct reader *reader, const char *number) {
	char buffer[64];
	if (*number < '0' || *number >= '0' + PVG_MAX_PORTS || number[1] != '\0') {
		complain(reader, "[display %s]: not a number from 0 to %d",
			shown(number, buffer, sizeof(buffer)), PVG_MAX_PORTS - 1);
		return;
	}
	unsigned int index = (unsigned int)(*number - '0');
	if (reader->display_lines[index] != 0) {
		complain(reader, "[display %u]: this section is on line %u already", index,
			reader->display_lines[index]);
		return;
	}
	reader->display_lines[index] = reader->line;
	reader->section = &pk_sections[PK_SECTION_DISPLAY];
	reader->base = &reader->options->display_configs[index];
	reader->set = &reader->options->display_configs[index].set;
}

static void unknown_section(struct reader *reader, const char *name) {
	const char *names[PK_SECTION_COUNT + 1] = { NULL };
	char buffer[64];
	for (int i = 0; i < PK_SECTION_COUNT; i++) {
		names[i] = pk_sections[i].name;
	}
	const char *nearest = pk_nearest(name, names);
	shown(name, buffer, sizeof(buffer));
	if (nearest != NULL) {
		complain(reader, "[%s]: no such section; is [%s] meant?", buffer, nearest);
	} else {
		complain(reader,
			"[%s]: no such section; there are [kiosk], [vm], [output NAME] and "
			"[display N]", buffer);
	}
}

static void read_header(struct reader *reader, char *text) {
	size_t length = strlen(text);
	reader->section = NULL;
	reader->before_section = false;
	reader->set = NULL;
	memset(reader->key_lines, 0, sizeof(reader->key_lines));
	if (text[length - 1] != ']') {
		complain(reader, "a section's name ends with ]");
		return;
	}
	text[length - 1] = '\0';
	char *name = trim(text + 1);
	size_t word = strcspn(name, " \t");
	char *argument = name + word;
	if (*argument != '\0') {
		*argument = '\0';
		argument = trim(argument + 1);
	}
	size_t quoted = strlen(argument);
	if (quoted >= 2 && argument[0] == '"' && argument[quoted - 1] == '"') {
		argument[quoted - 1] = '\0';
		argument++;
	}
	int id = 0;
	while (id < PK_SECTION_COUNT && strcmp(pk_sections[id].name, name) != 0) {
		id++;
	}
	if (id == PK_SECTION_COUNT) {
		unknown_section(reader, name);
	} else if (id == PK_SECTION_OUTPUT) {
		open_output(reader, argument);
	} else if (id == PK_SECTION_DISPLAY) {
		open_display(reader, argument);
	} else if (*argument != '\0') {
		complain(reader, "[%s] has nothing behind its name", name);
	} else if (reader->section_lines[id] != 0) {
		complain(reader, "[%s]: this section is on line %u already", name,
			reader->section_lines[id]);
	} else {
		reader->section_lines[id] = reader->line;
		reader->section = &pk_sections[id];
		reader->base = reader->options;
	}
}

/* ---- keys ------------------------------------------------------------------------------------ */

static void unknown_key(struct reader *reader, const char *name) {
	const char *names[65] = { NULL };
	char buffer[64];
	shown(name, buffer, sizeof(buffer));
	for (size_t i = 0; i < reader->section->key_count; i++) {
		names[i] = reader->section->keys[i].name;
	}
	for (int i = 0; i < PK_SECTION_COUNT; i++) {
		if (pk_section_find(&pk_sections[i], name) >= 0) {
			complain(reader, "%s: belongs to [%s%s%s], not to [%s]", buffer,
				pk_sections[i].name, pk_sections[i].argument != NULL ? " " : "",
				pk_sections[i].argument != NULL ? pk_sections[i].argument : "",
				reader->section->name);
			return;
		}
	}
	const char *nearest = pk_nearest(name, names);
	if (nearest != NULL) {
		complain(reader, "%s: no such key in [%s]; is %s meant?", buffer,
			reader->section->name, nearest);
	} else {
		complain(reader, "%s: no such key in [%s] (see pvg-kiosk.conf(5))", buffer,
			reader->section->name);
	}
}

static void read_key(struct reader *reader, char *text) {
	char *equals = strchr(text, '=');
	char buffer[64], value_buffer[64], why[200];
	if (equals == NULL) {
		complain(reader, "%s: neither KEY = VALUE nor [SECTION]",
			shown(text, buffer, sizeof(buffer)));
		return;
	}
	*equals = '\0';
	char *name = trim(text);
	char *value = trim(equals + 1);
	size_t length = strlen(value);
	if (reader->section == NULL) {
		if (reader->before_section) {
			complain(reader, "%s: before the first section; is it for [kiosk]?",
				shown(name, buffer, sizeof(buffer)));
		}
		return; // what is in an unknown section is the same error
	}
	if (value[0] == '"') {
		if (length < 2 || value[length - 1] != '"') {
			complain(reader, "%s: the closing \" is missing",
				shown(name, buffer, sizeof(buffer)));
			return;
		}
		value[length - 1] = '\0';
		value++;
	}
	int index = pk_section_find(reader->section, name);
	if (index < 0) {
		unknown_key(reader, name);
		return;
	}
	const struct pk_key *key = &reader->section->keys[index];
	if (reader->key_lines[index] != 0 && !key->many) {
		complain(reader, "%s: given on line %u already", key->name,
			reader->key_lines[index]);
		return;
	}
	reader->key_lines[index] = reader->line;
	if (!pk_key_read(key, value, reader->base, why, sizeof(why))) {
		char why_buffer[sizeof(why)];
		complain(reader, "%s = %s: %s", key->name,
			shown(value, value_buffer, sizeof(value_buffer)),
			shown(why, why_buffer, sizeof(why_buffer)));
		return;
	}
	if (reader->set != NULL) {
		*reader->set |= UINT64_C(1) << index;
	}
}

/* ---- the file -------------------------------------------------------------------------------- */

static void read_line(struct reader *reader, char *line, size_t size) {
	if (size > 0 && line[size - 1] == '\r') {
		line[--size] = '\0';
	}
	if (strlen(line) != size) {
		complain(reader, "a zero byte: this is no text");
		return;
	}
	char *text = trim(line);
	if (*text == '\0' || *text == '#' || *text == ';') {
		return;
	}
	if (*text == '[') {
		read_header(reader, text);
	} else {
		read_key(reader, text);
	}
}

unsigned int pk_config_read(const char *text, size_t size, const char *name,
		struct pk_options *options, FILE *out) {
	struct reader reader = { .name = name, .out = out, .options = options,
		.before_section = true };
	char *copy = malloc(size + 1);
	if (copy == NULL) {
		complain(&reader, "out of memory");
		return 1;
	}
	if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		size -= 3;
	}
	memcpy(copy, text, size);
	copy[size] = '\0';
	for (size_t at = 0; at < size;) {
		const char *newline = memchr(copy + at, '\n', size - at);
		size_t length = newline != NULL ? (size_t)(newline - (copy + at)) : size - at;
		copy[at + length] = '\0';
		reader.line++;
		read_line(&reader, copy + at, length);
		at += length + 1;
	}
	free(copy);
	if (reader.errors > PK_CONFIG_ERRORS_MAX) {
		fprintf(out, "%s: and %u more\n", name, reader.errors - PK_CONFIG_ERRORS_MAX);
	}
	return reader.errors;
}

// The bytes of the file, NULL: said.
static char *read_file(int fd, bool named, const char *path, size_t *size, FILE *out) {
	struct stat st;
	if (fstat(fd, &st) < 0) {
		fprintf(out, "%s: %s\n", path, strerror(errno));
		return NULL;
	}
	if (!S_ISREG(st.st_mode)) {
		fprintf(out, "%s: no regular file\n", path);
		return NULL;
	}
	// Settings name files to write and programs to start: another user's must not be root's.
	bool others = st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0;
	if (!named && geteuid() == 0 && others) {
		fprintf(out,
			"%s: others than root can write it, and root reads it only when it is named "
			"with --config\n", path);
		return NULL;
	}
	char *text = malloc(PK_CONFIG_MAX_BYTES + 1);
	if (text == NULL) {
		fprintf(out, "%s: out of memory\n", path);
		return NULL;
	}
	*size = 0;
	while (*size <= PK_CONFIG_MAX_BYTES) {
		ssize_t n = read(fd, text + *size, PK_CONFIG_MAX_BYTES + 1 - *size);
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0) {
			fprintf(out, "%s: %s\n", path, strerror(errno));
			free(text);
			return NULL;
		}
		if (n == 0) {
			return text;
		}
		*size += (size_t)n;
	}
	fprintf(out, "%s: larger than %d KiB\n", path, PK_CONFIG_MAX_BYTES / 1024);
	free(text);
	return NULL;
}

// Opens the first of the usual files that exists. *path is owned by the caller.
static int open_usual(char **path) {
	const char *folder = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	int n = -1;
	*path = NULL;
	if (folder != NULL && *folder == '/') {
		n = asprintf(path, "%s/" USER_FILE, folder);
	} else if (home != NULL && *home == '/') {
		n = asprintf(path, "%s/.config/" USER_FILE, home);
	}
	int fd = -1;
	if (n >= 0) {
		fd = open(*path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (fd >= 0 || (errno != ENOENT && errno != ENOTDIR)) {
			return fd;
		}
		free(*path);
	}
	*path = strdup(SYSTEM_FILE);
	return *path != NULL ? open(*path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
}

unsigned int pk_config_load(const char *path, struct pk_options *options, FILE *out) {
	bool named = path != NULL;
	char *name = named ? strdup(path) : NULL;
	int fd = named ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
		       : open_usual(&name);
	if (name == NULL) {
		fprintf(out, "configuration: out of memory\n");
		if (fd >= 0) {
			close(fd);
		}
		return 1;
	}
	if (fd < 0) {
		bool none = !named && (errno == ENOENT || errno == ENOTDIR);
		if (!none) {
			fprintf(out, "%s: %s\n", name, strerror(errno));
		}
		free(name);
		return none ? 0 : 1;
	}
	size_t size;
	char *text = read_file(fd, named, name, &size, out);
	close(fd);
	unsigned int errors = 1;
	if (text != NULL) {
		errors = pk_config_read(text, size, name, options, out);
	}
	free(text);
	free(options->config_path);
	options->config_path = name;
	return errors;
}

/* ---- printing -------------------------------------------------------------------------------- */

static void print_keys(const struct pk_section *section, const void *base, const void *standard,
	FILE *out) {
	for (size_t i = 0; i < section->key_count; i++) {
		const struct pk_key *key = &section->keys[i];
		bool same = pk_key_same(key, base, standard);
		fprintf(out, "%s%s =%s", same ? "#" : "", key->name,
			same && key->standard == NULL ? "" : " ");
		pk_key_write(key, base, out);
		fputc('\n', out);
	}
}

void pk_config_print(const struct pk_options *options, FILE *out) {
	struct pk_options standard = { 0 };
	struct pk_output_config output = { 0 };
	struct pk_display_config display = { 0 };
	pk_section_defaults(&pk_sections[PK_SECTION_KIOSK], &standard);
	pk_section_defaults(&pk_sections[PK_SECTION_VM], &standard);
	pk_section_defaults(&pk_sections[PK_SECTION_OUTPUT], &output);
	pk_section_defaults(&pk_sections[PK_SECTION_DISPLAY], &display);
	fputs("[kiosk]\n", out);
	print_keys(&pk_sections[PK_SECTION_KIOSK], options, &standard, out);
	fputs("\n[vm]\n", out);
	print_keys(&pk_sections[PK_SECTION_VM], options, &standard, out);
	for (size_t i = 0; i < options->output_config_count; i++) {
		const struct pk_output_config *config = &options->output_configs[i];
		fprintf(out, "\n[output %s]\n", config->name);
		print_keys(&pk_sections[PK_SECTION_OUTPUT], config, &output, out);
	}
	if (options->output_config_count == 0) {
		fputs("\n#[output NAME]\n", out);
		print_keys(&pk_sections[PK_SECTION_OUTPUT], &output, &output, out);
	}
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		if (options->display_configs[i].set != 0 || i == 0) {
			fprintf(out, "\n[display %u]\n", i);
			print_keys(&pk_sections[PK_SECTION_DISPLAY], &options->display_configs[i],
				&display, out);
		}
	}
	// texts have no defaults, so that .standard and the others hold nothing to free
}
