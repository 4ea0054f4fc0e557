// SPDX-License-Identifier: GPL-2.0-or-later
#include "backend.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <wlr/backend.h>
#include <wlr/render/allocator.h>
#include <wlr/render/wlr_renderer.h>

#include <pvg/log.h>

#include "compat.h"
#include "nested.h"
#include "server.h"

#define TTY_MAJOR 4

static bool is_set(const char *name) {
	const char *value = getenv(name);
	return value != NULL && *value != '\0';
}

static bool has_kms_node(void) {
	glob_t found;
	bool any = glob("/dev/dri/card*", 0, NULL, &found) == 0 && found.gl_pathc > 0;
	globfree(&found);
	return any;
}

// Does this process sit on a virtual terminal, or was it told about a seat?
static bool has_seat(void) {
	struct stat st;
	if (is_set("XDG_VTNR") || is_set("LIBSEAT_BACKEND") || is_set("WLR_DRM_DEVICES")) {
		return true;
	}
	return fstat(STDIN_FILENO, &st) == 0 && S_ISCHR(st.st_mode) &&
		major(st.st_rdev) == TTY_MAJOR && minor(st.st_rdev) < 64;
}

static enum pk_backend choose(enum pk_backend wanted) {
	if (wanted != PK_BACKEND_AUTO) {
		return wanted;
	}
	if (is_set("WAYLAND_DISPLAY") || is_set("WAYLAND_SOCKET")) {
		return PK_BACKEND_WAYLAND;
	}
	if (is_set("DISPLAY")) {
		return PK_BACKEND_X11;
	}
	if (has_kms_node() && has_seat()) {
		return PK_BACKEND_DRM;
	}
	pvg_info("no display session and no screen to take: headless (choose with --backend)");
	return PK_BACKEND_HEADLESS;
}

static const char *hint(enum pk_backend backend) {
	switch (backend) {
	case PK_BACKEND_DRM:
		return "a KMS device in /dev/dri, a virtual terminal, and logind or seatd are needed";
	case PK_BACKEND_WAYLAND:
		return "WAYLAND_DISPLAY must name a running compositor";
	case PK_BACKEND_X11:
		return "DISPLAY must name a running X server with Present and MIT-SHM or DRI3";
	default:
		return "--log-level debug tells more";
	}
}

bool pk_backend_create(struct pk_server *server) {
	// wlroots' own names: the environment is how its autocreate is told, and it is ours alone.
	static const struct {
		const char *list, *name, *outputs;
	} backends[] = {
		[PK_BACKEND_DRM] = { "drm,libinput", "drm", NULL },
		[PK_BACKEND_WAYLAND] = { "wayland", "wayland", "WLR_WL_OUTPUTS" },
		[PK_BACKEND_X11] = { "x11", "x11", "WLR_X11_OUTPUTS" },
		[PK_BACKEND_HEADLESS] = { "headless", "headless", "WLR_HEADLESS_OUTPUTS" },
	};
	const struct pk_options *options = server->options;
	enum pk_backend backend = choose(options->backend);
	server->backend_name = backends[backend].name;
	server->nested = backend == PK_BACKEND_WAYLAND || backend == PK_BACKEND_X11;
	unsigned int windows = 0;
	setenv("WLR_BACKENDS", backends[backend].list, true);
	if (backends[backend].outputs != NULL) {
		char number[16];
		unsigned int outputs = options->outputs;
		if (outputs == 0 && server->nested) {
			outputs = options->displays; // a window for each
		}
		windows = outputs != 0 ? outputs : 1;
		// Windows of a Wayland session are made by nested.c.
		snprintf(number, sizeof(number), "%u",
			backend == PK_BACKEND_WAYLAND ? 0 : windows);
		// Without --outputs the environment may ask for headless ones, or for none yet.
		setenv(backends[backend].outputs, number,
			backend != PK_BACKEND_HEADLESS || options->outputs != 0);
	} else if (options->outputs != 0) {
		pvg_error("--outputs means nothing with real screens: every connected one is used");
	}
	if (backend == PK_BACKEND_DRM) {
		// A seat without any input device is still a screen.
		setenv("WLR_LIBINPUT_NO_DEVICES", "1", false);
		if (options->osd) {
			setenv(PK_COMPAT_DRM_LAYERS, "1", false);
		}
	}
	server->backend = wlr_backend_autocreate(server->loop, &server->session);
	if (server->backend == NULL) {
		pvg_error("backend %s: cannot be started: %s", server->backend_name, hint(backend));
		return false;
	}
	server->renderer = wlr_renderer_autocreate(server->backend);
	if (server->renderer == NULL) {
		pvg_error("backend %s: no renderer: try WLR_RENDERER=pixman", server->backend_name);
		return false;
	}
	server->allocator = wlr_allocator_autocreate(server->backend, server->renderer);
	if (server->allocator == NULL) {
		pvg_error(
			"backend %s: no allocator that fits its renderer: try WLR_RENDERER=pixman",
			server->backend_name);
		return false;
	}
	if (backend == PK_BACKEND_WAYLAND) {
		server->parent = pk_nested_create(server, windows);
		if (server->parent == NULL) {
			return false;
		}
	}
	if (backend == PK_BACKEND_DRM) {
		server->pool.drm_fd = wlr_backend_get_drm_fd(server->backend);
	}
	return true;
}
