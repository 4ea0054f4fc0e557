// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the user asks for: defaults, then the configuration file, then the command line. Every
 * setting is a row of the tables in keys.c, which both are read by.
 */
#ifndef COMPOSITOR_OPTIONS_H
#define COMPOSITOR_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <pvg/display.h>
#include <pvg/info.h>
#include <pvg/log.h>

#include "autostart.h"
#include "gpu.h"
#include "input.h"
#include "map.h"

// Exit codes of the kiosk's own; with a command its status is passed on instead (pvg-kiosk.1).
enum pk_exit {
	PK_EXIT_OK = 0,
	PK_EXIT_FAILURE = 1, // something broke while running
	PK_EXIT_USAGE = 2,   // also errors in the configuration file
	PK_EXIT_DISPLAY = 3, // no backend, renderer or output
	PK_EXIT_SOCKET = 4,  // the socket for VMs cannot be made
	PK_EXIT_NOT_EXECUTABLE = 126,
	PK_EXIT_NOT_FOUND = 127,
};

#define PK_SCREEN_OFF_MAX_S 86400u // a day

enum pk_backend {
	PK_BACKEND_AUTO,
	PK_BACKEND_DRM,
	PK_BACKEND_WAYLAND,
	PK_BACKEND_X11,
	PK_BACKEND_HEADLESS,
};

// When in a refresh the guest is told of it (phase.h).
struct pk_phase_wish {
	uint32_t fixed; // 0: adapted, on screens
	uint32_t us;    // else so long after the vertical blank
};

#define PK_PHASE_MAX_US 999999

// What follows the size of a window.
enum pk_resize {
	PK_RESIZE_GUEST, // the guest's mode
	PK_RESIZE_SCALE, // its picture is scaled
};

struct pk_mode {
	int width, height;    // 0: none given
	uint32_t refresh_mhz; // 0: any
};

#define PK_MODE_LIST_MAX 32
#define PK_MODE_MIN_MHZ 1000u    // of a rate that somebody asks for
#define PK_MODE_MAX_MHZ 1000000u

struct pk_mode_list {
	unsigned int count;
	struct pk_mode modes[PK_MODE_LIST_MAX];
};

enum pk_output_display {
	PK_OUTPUT_DISPLAY_AUTO,
	PK_OUTPUT_DISPLAY_NONE, // client windows and messages only
	PK_OUTPUT_DISPLAY_0,    // and on to PVG_MAX_PORTS of them
};

enum pk_extra {
	PK_EXTRA_IDLE,   // outputs without a display say so
	PK_EXTRA_MIRROR, // they show the first display
};

#define PK_OUTPUT_SECTIONS_MAX 64

// A section [output NAME]. Texts are owned.
struct pk_output_config {
	uint64_t set; // bit i: row i of the section's table was given
	char *name;   // pattern for the connector or for "make model serial"
	bool enable;
	enum pk_output_display display;
	bool primary; // of several outputs with one display: this one drives it
	struct pk_mode mode;
	enum pk_scale scale;
	unsigned int ppi; // 0: as the panel says
	bool scaled_modes, follow_guest;
};

// A section [display N]. Texts are owned.
struct pk_display_config {
	uint64_t set;
	char *name; // NULL: the panel's
	struct pk_mode_list modes;
	bool park; // there also without an output
};

struct pk_options {
	/* [kiosk] */
	enum pk_backend backend;
	struct pk_mode mode;
	unsigned int outputs; // headless and nested; 0: not given
	enum pk_scale scale;
	char *socket; // owned, as all texts here; NULL: choose
	char *stats;
	char *trace;
	char *screenshot;
	uint64_t screenshot_at; // 0: at exit
	char *record;
	unsigned int displays; // 0: one a output
	enum pk_extra extra_outputs;
	unsigned int ppi; // this and the next two for outputs that say nothing else
	bool scaled_modes, follow_guest;
	enum pvg_log_level log_level;
	bool no_cursor_plane;
	struct pk_phase_wish phase;
	bool vrr; // variable refresh where the output can
	enum pk_pointer pointer;
	uint32_t chord; // enum pk_mod
	bool keep_shortcuts;
	bool fullscreen;
	enum pk_resize window_resize;
	bool check; // look at the machine and end
	bool osd; // statistics on the screen from the start
	unsigned int screen_off_s; // without input; 0: never
	struct pk_gpu_options gpu;

	/* [vm] */
	char *vm_command; // a line for the shell; NULL: none
	enum pk_restart vm_restart;
	struct pvg_device_info info;

	struct pk_output_config *output_configs; // owned, in the file's order
	size_t output_config_count;
	struct pk_display_config display_configs[PVG_MAX_PORTS];

	uint64_t commanded[2]; // rows of [kiosk] and [vm] that the command line gave
	char **command;    // borrowed, NULL-terminated; NULL: none
	char *config_path; // owned; NULL: no file was read
	int argc;          // borrowed: a reload reads them again
	char **argv;
};

enum pk_options_result {
	PK_OPTIONS_RUN,
	PK_OPTIONS_DONE, // --help, --version, --check-config: said on stdout
	PK_OPTIONS_BAD,  // said on stderr
};

/**
 * pk_options_parse - the command line, and the file that it or the user's folders name
 *
 * @options holds something to be freed only with PK_OPTIONS_RUN. @argv is kept.
 */
enum pk_options_result pk_options_parse(struct pk_options *options, int argc, char **argv,
	FILE *out, FILE *err);
void pk_options_finish(struct pk_options *options);

/**
 * pk_options_take - what may change while the kiosk runs changes to what @fresh says
 * @report: told each key that differs; @later: it does so only with the next start
 *
 * Texts are exchanged between the two, so that one pk_options_finish() each is right. Returns
 * enum pk_effect bits of what changed.
 */
unsigned int pk_options_take(struct pk_options *live, struct pk_options *fresh,
	void (*report)(const char *section, const char *key, bool later));

/**
 * pk_options_wish - everything that the user says about one output
 *
 * Texts may be NULL: unknown. A section means an output when its name is a pattern (* and ?) for
 * the connector or for "make model serial"; of several that do a later one wins key by key. What
 * none says is as in [kiosk] where that has a key of the same name; one on the command line wins
 * over all. Texts in @wish are borrowed until the next pk_options_take().
 */
void pk_options_wish(const struct pk_options *options, const char *connector, const char *make,
	const char *model, const char *serial, struct pk_output_config *wish);

#endif
