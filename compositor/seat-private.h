// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The seat's insides, for seat.c, keyboard.c, pointer.c and touch.c.
 */
#ifndef COMPOSITOR_SEAT_PRIVATE_H
#define COMPOSITOR_SEAT_PRIVATE_H

#include <wayland-server-core.h>
#include <wlr/types/wlr_cursor.h>
#include <wlr/types/wlr_keyboard.h>
#include <wlr/types/wlr_pointer.h>
#include <wlr/types/wlr_seat.h>
#include <wlr/types/wlr_xcursor_manager.h>

#include "input.h"
#include "seat.h"
#include "server.h"
#include "together.h"

// The first member of every device that holds keys or buttons in the guest.
struct pk_input_device {
	struct wl_list link; // pk_seat.keyboards or .pointers
	struct pk_seat *seat; // borrowed
	struct pk_held held;
	void (*finish)(struct pk_input_device *device); // what else it has goes, NULL: nothing
	struct wl_listener destroy;
};

struct pk_keyboard {
	struct pk_input_device device;
	struct wlr_keyboard *wlr; // listened to
	bool is_virtual;          // a client's, with a keymap of its own
	bool refused;             // said that its keys have no places
	struct pk_held swallowed; // keys of chords: their release is nobody's either
	struct wl_listener key, modifiers;
};

struct pk_pointer_device {
	struct pk_input_device device;
	struct wlr_pointer *wlr; // listened to
	char *output;            // owned: the only one that it points at, NULL: all
};

struct pk_seat {
	struct pk_server *server; // borrowed
	struct wlr_seat *wlr;     // owned by the display
	struct wlr_cursor *cursor; // owned
	bool has_image; // .cursor shows something
	struct wlr_xcursor_manager *xcursors; // owned
	struct wl_list keyboards; // pk_keyboard.device.link
	struct wl_list pointers;  // pk_pointer_device.device.link
	struct pk_keys keys;      // keys and buttons that the guest holds
	bool released; // the user took the input away from the guest

	uint32_t devices; // of the VM, enum pvg_link_input_device
	struct pk_motion motion;
	bool relative; // motion goes to the guest as differences
	bool hint_given; // that the VM has no device for them
	double rel_x, rel_y, wheel_v, wheel_h; // fractions left over

	struct pk_together together; // host-pointer.c
	const struct pk_output *together_output; // only compared; NULL: none
	struct wl_event_source *together_timer;
	bool together_armed;

	struct wl_list touches; // touch.c
	struct pk_touch touch;
	struct pk_held touch_held; // what the finger holds in the guest

	struct wl_listener motion_rel, motion_abs, button, axis, frame;
	struct wl_listener touch_down, touch_motion, touch_up, touch_cancel;
	struct wl_listener request_cursor, request_selection, request_primary_selection;
	struct wl_listener new_virtual_keyboard, new_virtual_pointer;
};

// A key or button of a device, if the guest does not know it yet.
void pk_seat_guest_key(struct pk_seat *seat, struct pk_held *device, uint32_t code, bool down);
// @device is freed with @wlr, or with the seat.
void pk_seat_add_input(struct pk_seat *seat, struct wl_list *devices, struct wlr_input_device *wlr,
	struct pk_input_device *device);
// The device is gone or busy elsewhere: lets go of all that it holds.
void pk_seat_drop_held(struct pk_seat *seat, struct pk_held *device);
void pk_seat_update_capabilities(struct pk_seat *seat);
// The output of this name that has a place, NULL: none.
struct wlr_output *pk_seat_find_output(const struct pk_seat *seat, const char *name);
void pk_seat_listen(struct wl_signal *signal, struct wl_listener *listener,
	wl_notify_func_t notify);

/* keyboard.c */

void pk_seat_add_keyboard(struct pk_seat *seat, struct wlr_keyboard *wlr, bool has_keymap);

/* pointer.c */

void pk_pointer_init(struct pk_seat *seat);
void pk_pointer_finish(struct pk_seat *seat);
// @output: the name of the only one that it points at, NULL: all.
void pk_seat_add_pointer(struct pk_seat *seat, struct wlr_pointer *wlr, const char *output);
// Outputs came or went: each device points at its own, if that is there.
void pk_pointer_map(struct pk_seat *seat);
// Where the cursor is, NULL: nowhere.
struct pk_output *pk_pointer_output(struct pk_seat *seat);
// The cursor moved to where it is now.
void pk_pointer_moved(struct pk_seat *seat, uint32_t time_msec);
// Whether motion is relative may have changed: takes or gives back the parent's pointer.
void pk_pointer_update(struct pk_seat *seat);

/* host-pointer.c */

bool pk_seat_watch_host_pointer(struct pk_seat *seat);
// To where the cursor is now, on @output, and the guest was told.
void pk_seat_host_moved(struct pk_seat *seat, const struct pk_output *output);

/* touch.c */

void pk_touch_init(struct pk_seat *seat);
void pk_touch_finish(struct pk_seat *seat);
void pk_seat_add_touch(struct pk_seat *seat, struct wlr_input_device *device);
void pk_touch_map(struct pk_seat *seat);

#endif
