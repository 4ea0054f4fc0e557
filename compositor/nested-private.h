// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The insides of nested.c (windows) and nested-parent.c (what the parent offers, its seat).
 */
#ifndef COMPOSITOR_NESTED_PRIVATE_H
#define COMPOSITOR_NESTED_PRIVATE_H

#include <wayland-client.h>
#include <wlr/types/wlr_output.h>

#include "fractional-scale-v1-client-protocol.h"
#include "keyboard-shortcuts-inhibit-unstable-v1-client-protocol.h"
#include "nested.h"
#include "pointer-constraints-unstable-v1-client-protocol.h"
#include "server.h"
#include "viewporter-client-protocol.h"
#include "xdg-decoration-unstable-v1-client-protocol.h"
#include "xdg-shell-client-protocol.h"
#include "xdg-toplevel-icon-v1-client-protocol.h"

#define SCALE_ONE 120u     // of wp_fractional_scale_v1

struct pk_window {
	struct wl_list link; // pk_nested.windows, by number
	struct pk_nested *nested; // borrowed
	unsigned int number;
	struct wlr_output *wlr; // listened to; NULL until the parent told the first size

	// Owned, of the parent's connection. NULL: not offered.
	struct wl_surface *surface;
	struct xdg_surface *xdg_surface;
	struct xdg_toplevel *toplevel;
	struct zxdg_toplevel_decoration_v1 *decoration;
	struct wp_viewport *viewport;
	struct wp_fractional_scale_v1 *fractional;
	struct zwp_keyboard_shortcuts_inhibitor_v1 *inhibitor;
	struct zwp_locked_pointer_v1 *lock; // asked for; the parent decides
	bool locked;

	int told_width, told_height; // by the newest configure event, 0: as we like
	bool told_fullscreen, told_activated;
	int width, height; // units of the parent's coordinates
	uint32_t scale;    // 1/120 pixel for each
	bool configured, fullscreen, activated;
	struct wl_event_source *resize_timer;
	bool resize_armed;
	int64_t resized_ns;

	struct wl_listener destroy, commit;
};

// nested-cursor.c. Owned, of the parent's connection.
struct pk_parent_cursor {
	struct wl_surface *surface;
	struct wp_viewport *viewport;
	struct wl_buffer *buffer;
	struct wlr_buffer *glyph; // locked: what .buffer is a copy of
	int width, height;        // units of the parent's coordinates
	uint32_t serial;          // of the enter event that it was set for, 0: it is not
};

struct pk_nested {
	struct pk_server *server;    // borrowed
	struct wlr_backend *backend; // listened to
	struct wl_display *display;  // the backend's
	unsigned int wanted;         // windows
	struct wl_list windows;      // pk_window.link
	struct pk_window *pointed;   // has the pointer, NULL: none
	struct pk_window *touched;   // has the finger
	int32_t touch_id;
	bool has_relative;

	// Owned, of the parent's connection. NULL: not offered.
	struct wl_registry *registry;
	struct wl_compositor *compositor;
	struct xdg_wm_base *wm_base;
	struct wl_seat *seat; // the first one
	uint32_t seat_name;
	struct wl_pointer *pointer;
	uint32_t pointer_serial; // of its newest enter event
	struct wl_shm *shm;
	struct pk_parent_cursor cursor;
	struct wl_touch *touch;
	struct zxdg_decoration_manager_v1 *decorations;
	struct wp_viewporter *viewporter;
	struct wp_fractional_scale_manager_v1 *fractional;
	struct xdg_toplevel_icon_manager_v1 *icons;
	struct zwp_keyboard_shortcuts_inhibit_manager_v1 *inhibit;
	struct zwp_pointer_constraints_v1 *constraints;

	struct wl_listener backend_destroy;
};

struct pk_window *pk_window_of_surface(const struct pk_nested *nested,
	const struct wl_surface *surface);

/* nested-cursor.c */

void pk_nested_drop_cursor(struct pk_nested *nested);

/* nested-parent.c */

// Takes what the parent offers; false: it has no windows.
bool pk_nested_bind_globals(struct pk_nested *nested);
void pk_nested_drop_globals(struct pk_nested *nested);

#endif
