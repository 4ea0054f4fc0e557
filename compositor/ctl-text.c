// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl.h"

#include <string.h>

#include "json.h"

static const char *const vm_states[] = { "none", "running", "paused" };
static const char *const captures[] = { "none", "whole", "partial" };

static const char *word(const char *const *words, size_t count, uint32_t index) {
	return index < count ? words[index] : "unknown";
}

#define WORD(words, index) word(words, sizeof(words) / sizeof((words)[0]), index)

static const struct ctl_output *output_of(const struct ctl_status *status, uint32_t display) {
	for (size_t i = 0; i < status->output_count; i++) {
		if (status->outputs[i].display == (int)display) {
			return &status->outputs[i];
		}
	}
	return NULL;
}

static const char *or_null(const char *text) {
	return text[0] != '\0' ? text : NULL;
}

/* ---- for programs ---------------------------------------------------------------------------- */

static void json_mode(struct pk_json *json, const struct ctl_mode *mode) {
	pk_json_number(json, "width", mode->width);
	pk_json_number(json, "height", mode->height);
	pk_json_milli(json, "hz", mode->refresh_mhz);
}

static void json_displays(struct pk_json *json, const struct ctl_status *status) {
	pk_json_open(json, "outputs", '[');
	for (size_t i = 0; i < status->output_count; i++) {
		const struct ctl_output *output = &status->outputs[i];
		pk_json_open(json, NULL, '{');
		pk_json_text(json, "name", output->name);
		pk_json_text(json, "description", output->description);
		pk_json_bool(json, "on", output->enabled);
		json_mode(json, &output->mode);
		if (output->display >= 0) {
			pk_json_number(json, "display", output->display);
		} else {
			pk_json_text(json, "display", NULL);
		}
		pk_json_text(json, "indirect", output->indirect);
		pk_json_open(json, "modes", '[');
		for (size_t m = 0; m < output->mode_count; m++) {
			pk_json_open(json, NULL, '{');
			json_mode(json, &output->modes[m]);
			pk_json_bool(json, "current", output->modes[m].current);
			pk_json_bool(json, "preferred", output->modes[m].preferred);
			pk_json_close(json, '}');
		}
		pk_json_close(json, ']');
		pk_json_close(json, '}');
	}
	pk_json_close(json, ']');
	pk_json_open(json, "displays", '[');
	for (size_t i = 0; i < status->display_count; i++) {
		const struct ctl_display *display = &status->displays[i];
		const struct ctl_output *output = output_of(status, display->number);
		pk_json_open(json, NULL, '{');
		pk_json_number(json, "number", display->number);
		pk_json_text(json, "state", display->state);
		pk_json_bool(json, "asleep", display->asleep);
		pk_json_number(json, "width", display->width);
		pk_json_number(json, "height", display->height);
		pk_json_text(json, "way", or_null(display->way));
		pk_json_text(json, "output", output != NULL ? output->name : NULL);
		pk_json_close(json, '}');
	}
	pk_json_close(json, ']');
}

static void json_status(struct pk_json *json, const struct ctl_status *status) {
	pk_json_text(json, "version", status->version);
	pk_json_number(json, "pid", status->pid);
	pk_json_text(json, "backend", status->backend);
	pk_json_text(json, "renderer", or_null(status->renderer));
	pk_json_text(json, "socket", status->socket);
	pk_json_bool(json, "osd", status->osd);
	pk_json_text(json, "capture", WORD(captures, status->capture));
	pk_json_open(json, "vm", '{');
	pk_json_text(json, "state", WORD(vm_states, status->vm_state));
	pk_json_text(json, "name", or_null(status->vm_name));
	pk_json_text(json, "uuid", or_null(status->vm_uuid));
	pk_json_number(json, "displays", status->vm_displays);
	pk_json_text(json, "message", status->message);
	pk_json_close(json, '}');
}

/* ---- for people ------------------------------------------------------------------------------ */

static void print_mode(const struct ctl_mode *mode, FILE *out) {
	fprintf(out, "%ux%u@%u.%03u", mode->width, mode->height, mode->refresh_mhz / 1000,
		mode->refresh_mhz % 1000);
}

void ctl_print_displays(const struct ctl_status *status, bool json, FILE *out) {
	if (json) {
		struct pk_json writer = { .out = out };
		pk_json_open(&writer, NULL, '{');
		json_displays(&writer, status);
		pk_json_close(&writer, '}');
		fputc('\n', out);
		return;
	}
	for (size_t i = 0; i < status->output_count; i++) {
		const struct ctl_output *output = &status->outputs[i];
		fprintf(out, "output %s: ", output->name);
		if (output->enabled) {
			print_mode(&output->mode, out);
		} else {
			fputs("off", out);
		}
		fprintf(out, ", %s\n", output->description);
		if (output->display >= 0) {
			fprintf(out, "  shows display %d, %s\n", output->display, output->indirect);
		}
		fputs("  modes:", out);
		for (size_t m = 0; m < output->mode_count; m++) {
			fputc(' ', out);
			print_mode(&output->modes[m], out);
			fputs(output->modes[m].current ? "*" : "", out);
			fputs(output->modes[m].preferred ? "+" : "", out);
		}
		fputc('\n', out);
	}
	for (size_t i = 0; i < status->display_count; i++) {
		const struct ctl_display *display = &status->displays[i];
		const struct ctl_output *output = output_of(status, display->number);
		fprintf(out, "display %u: %s%s, ", display->number, display->state,
			display->asleep ? ", asleep" : "");
		if (display->width != 0) {
			fprintf(out, "%ux%u", display->width, display->height);
		} else {
			fputs("no picture", out);
		}
		if (display->way[0] != '\0') {
			fprintf(out, " by %s", display->way);
		}
		fprintf(out, ", on %s\n", output != NULL ? output->name : "no output");
	}
}

void ctl_print_status(const struct ctl_status *status, bool json, FILE *out) {
	if (json) {
		struct pk_json writer = { .out = out };
		pk_json_open(&writer, NULL, '{');
		json_status(&writer, status);
		json_displays(&writer, status);
		pk_json_close(&writer, '}');
		fputc('\n', out);
		return;
	}
	fprintf(out, "pvg-kiosk %s, process %u, %s\n", status->version, status->pid,
		status->backend);
	fprintf(out, "renderer: %s\n", status->renderer[0] != '\0' ? status->renderer : "none");
	fprintf(out, "socket: %s\n", status->socket);
	if (status->vm_state == 0) {
		fputs("VM: none\n", out);
	} else {
		fprintf(out, "VM: %s, %s, %u display%s, %s\n", status->vm_name,
			WORD(vm_states, status->vm_state), status->vm_displays,
			status->vm_displays == 1 ? "" : "s", status->vm_uuid);
	}
	fprintf(out, "without a picture: %s\n", status->message);
	fprintf(out, "capture: %s, statistics on the screen: %s\n",
		WORD(captures, status->capture), status->osd ? "on" : "off");
	ctl_print_displays(status, false, out);
}

static void print_field(void *data, const char *path, const char *value) {
	fprintf(data, "%-32s %s\n", path, value);
}

bool ctl_print_stats(const char *line, bool json, FILE *out) {
	if (json) {
		fputs(line, out);
		size_t length = strlen(line);
		if (length == 0 || line[length - 1] != '\n') {
			fputc('\n', out);
		}
		return true;
	}
	return pk_json_flatten(line, print_field, out);
}

void ctl_print_result(const char *command, const char *error, bool json, FILE *out) {
	if (!json) {
		return; // errors are on stderr, and of what was done nothing is to be said
	}
	struct pk_json writer = { .out = out };
	pk_json_open(&writer, NULL, '{');
	pk_json_text(&writer, "command", command);
	pk_json_bool(&writer, "done", error == NULL);
	pk_json_text(&writer, "error", error);
	pk_json_close(&writer, '}');
	fputc('\n', out);
}

/* ---- arguments ------------------------------------------------------------------------------- */

// Up to five digits. False without any.
static bool take_number(const char **text, uint32_t *value) {
	size_t digits = 0;
	*value = 0;
	for (; **text >= '0' && **text <= '9'; (*text)++) {
		if (++digits > 5) {
			return false;
		}
		*value = *value * 10 + (uint32_t)(**text - '0');
	}
	return digits > 0;
}

bool ctl_parse_mode(const char *text, struct ctl_mode *mode) {
	*mode = (struct ctl_mode){ 0 };
	if (!take_number(&text, &mode->width) || *text++ != 'x' ||
			!take_number(&text, &mode->height)) {
		return false;
	}
	if (*text == '@') {
		text++;
		if (!take_number(&text, &mode->refresh_mhz)) {
			return false;
		}
		uint32_t scale = 1000;
		mode->refresh_mhz *= scale;
		if (*text == '.') {
			text++;
			for (; *text >= '0' && *text <= '9' && scale > 1; text++) {
				scale /= 10;
				mode->refresh_mhz += (uint32_t)(*text - '0') * scale;
			}
		}
	}
	return *text == '\0' && mode->width > 0 && mode->height > 0;
}
