// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pvgctl: what its parts share. ctl-link.c speaks with the kiosk, ctl-text.c says it to people and
 * programs, pvgctl.c has the commands.
 */
#ifndef COMPOSITOR_CTL_H
#define COMPOSITOR_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// See pvgctl.1.
enum ctl_exit {
	CTL_OK = 0,
	CTL_REFUSED = 1, // the kiosk cannot or will not
	CTL_USAGE = 2,
	CTL_NO_KIOSK = 3, // none was found, or it went away or does not answer
	CTL_FILE = 4,     // a file of the user's cannot be written
};

#define CTL_OUTPUTS_MAX 64
#define CTL_MODES_MAX 256
#define CTL_DISPLAYS_MAX 8
#define CTL_TEXT 512

struct ctl_mode {
	uint32_t width, height, refresh_mhz;
	bool current, preferred;
};

struct ctl_output {
	char name[CTL_TEXT], description[CTL_TEXT], indirect[CTL_TEXT];
	bool enabled;
	struct ctl_mode mode;
	int display; // -1: none
	struct ctl_mode modes[CTL_MODES_MAX];
	size_t mode_count;
};

struct ctl_display {
	uint32_t number, width, height;
	char state[CTL_TEXT], way[CTL_TEXT];
	bool asleep;
};

// What a pvg_control_status_v1 said.
struct ctl_status {
	char version[CTL_TEXT], backend[CTL_TEXT], renderer[CTL_TEXT], socket[CTL_TEXT];
	uint32_t pid, vm_state, vm_displays, capture;
	bool osd;
	char vm_name[CTL_TEXT], vm_uuid[CTL_TEXT], message[CTL_TEXT];
	struct ctl_output outputs[CTL_OUTPUTS_MAX];
	size_t output_count;
	struct ctl_display displays[CTL_DISPLAYS_MAX];
	size_t display_count;
};

/* ctl-text.c; pure */

void ctl_print_status(const struct ctl_status *status, bool json, FILE *out);
void ctl_print_displays(const struct ctl_status *status, bool json, FILE *out);
// @line: as the kiosk wrote it. False when it is not JSON.
bool ctl_print_stats(const char *line, bool json, FILE *out);
// For commands that have nothing to show: @error NULL, done.
void ctl_print_result(const char *command, const char *error, bool json, FILE *out);

// WIDTHxHEIGHT[@HZ], up to three decimals; the rate is 0 without one.
bool ctl_parse_mode(const char *text, struct ctl_mode *mode);

/* ctl-link.c */

struct ctl_link;

/**
 * ctl_connect - find the kiosk
 * @name: of its Wayland socket; NULL: WAYLAND_DISPLAY, else the only one in XDG_RUNTIME_DIR
 *
 * NULL after a line on stderr.
 */
struct ctl_link *ctl_connect(const char *name, int timeout_ms);
// NULL is fine.
void ctl_disconnect(struct ctl_link *link);

struct pvg_control_v1 *ctl_control(struct ctl_link *link);
// Hands events out until *@done. False after a line on stderr: the kiosk is gone or too slow.
bool ctl_wait(struct ctl_link *link, const bool *done, int timeout_ms);

#endif
