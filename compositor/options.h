// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef COMPOSITOR_OPTIONS_H
#define COMPOSITOR_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <pvg/info.h>
#include <pvg/log.h>

#include "gpu.h"
#include "map.h"

// Exit codes of the kiosk's own; with a command its status is passed on instead (pvg-kiosk.1).
enum pk_exit {
	PK_EXIT_OK = 0,
	PK_EXIT_FAILURE = 1, // something broke while running
	PK_EXIT_USAGE = 2,
	PK_EXIT_DISPLAY = 3, // no backend, renderer or output
	PK_EXIT_SOCKET = 4,  // the socket for VMs cannot be made
	PK_EXIT_NOT_EXECUTABLE = 126,
	PK_EXIT_NOT_FOUND = 127,
};

enum pk_backend {
	PK_BACKEND_AUTO,
	PK_BACKEND_DRM,
	PK_BACKEND_WAYLAND,
	PK_BACKEND_X11,
	PK_BACKEND_HEADLESS,
};

struct pk_mode {
	int width, height;    // 0: none given
	uint32_t refresh_mhz; // 0: any
};

struct pk_options {
	enum pk_backend backend;
	struct pk_mode mode;
	unsigned int outputs; // headless and nested; 0: not given
	enum pk_scale scale;
	const char *socket;     // borrowed from argv; NULL: choose
	const char *stats;      // as above
	const char *trace;      // as above
	const char *screenshot;
	uint64_t screenshot_at; // 0: at exit
	const char *record;
	unsigned int displays; // 0: one a output
	struct pvg_device_info info;
	const char *info_profile;
	enum pvg_log_level log_level;
	bool no_cursor_plane;
	bool check; // look at the machine and end
	struct pk_gpu_options gpu;
	char **command; // borrowed, NULL-terminated; NULL: none
};

enum pk_options_result {
	PK_OPTIONS_RUN,
	PK_OPTIONS_DONE, // --help, --version: said on stdout
	PK_OPTIONS_BAD,  // said on stderr
};

enum pk_options_result pk_options_parse(struct pk_options *options, int argc, char **argv,
	FILE *out, FILE *err);

bool pk_options_parse_mode(const char *text, struct pk_mode *mode);

#endif
