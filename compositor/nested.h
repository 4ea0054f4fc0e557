// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kiosk as windows of a Wayland session. wlroots has the connection, draws into the surfaces
 * and reads keys and motion; the windows themselves are made here, because wlroots' own know no
 * full screen, no icon, no HiDPI and no way to lock the parent's pointer.
 *
 * Every function takes NULL and does nothing then: no Wayland session is around us.
 */
#ifndef COMPOSITOR_NESTED_H
#define COMPOSITOR_NESTED_H

#include <stdbool.h>

struct pk_nested;
struct pk_output;
struct pk_server;
struct wlr_buffer;
struct wlr_output;

/**
 * pk_nested_create - look at what the parent offers, before the backend starts
 * @windows: how many there will be
 *
 * NULL when the server's backend is not the Wayland one.
 */
struct pk_nested *pk_nested_create(struct pk_server *server, unsigned int windows);
// Opens all windows that are not open and waits for the parent to show them; false: none is.
bool pk_nested_open(struct pk_nested *nested);
void pk_nested_destroy(struct pk_nested *nested);

// The size in pixels that the parent gave to the window of @wlr; false: it is no window of ours.
bool pk_nested_size(const struct pk_nested *nested, struct wlr_output *wlr, int *width,
	int *height);
// Pixels for each unit of the parent's coordinates; 1 for other outputs.
double pk_nested_scale(const struct pk_nested *nested, struct wlr_output *wlr);
void pk_nested_set_title(struct pk_nested *nested, struct wlr_output *wlr, const char *title);

void pk_nested_toggle_fullscreen(struct pk_nested *nested);
// While the guest has the keys, the parent's shortcuts are the guest's too, if the parent agrees.
void pk_nested_inhibit_shortcuts(struct pk_nested *nested, bool inhibit);

// The parent also sends motion as differences.
bool pk_nested_has_relative_motion(const struct pk_nested *nested);
// Holds the parent's pointer where it is, if it is in a window of ours.
void pk_nested_lock_pointer(struct pk_nested *nested);
void pk_nested_unlock_pointer(struct pk_nested *nested);
bool pk_nested_pointer_is_locked(const struct pk_nested *nested);
// What the parent is to show as its pointer. Sizes in pixels of the window.
struct pk_nested_glyph {
	struct wlr_buffer *buffer; // ARGB8888, premultiplied, readable by the CPU
	double width, height, hot_x, hot_y;
};

// While its pointer is in the window of @wlr. False: it cannot, and shows none.
bool pk_nested_set_cursor(struct pk_nested *nested, struct wlr_output *wlr,
	const struct pk_nested_glyph *glyph);
// The parent shows no pointer there; nothing when it is not in that window.
void pk_nested_hide_cursor(struct pk_nested *nested, struct wlr_output *wlr);
// Where the parent's pointer goes when it is let go, pixels of @output.
void pk_nested_hint_pointer(struct pk_nested *nested, const struct pk_output *output, int ox,
	int oy);

#endif
