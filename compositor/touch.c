// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Touch screens as a pointer: the first finger is the pointer with its left button held, so that a
 * tap clicks and a moving finger drags. No Mac has a touch screen, so no guest expects more.
 */
#include <linux/input-event-codes.h>
#include <stdlib.h>
#include <string.h>
#include <wlr/backend/wayland.h>
#include <wlr/types/wlr_touch.h>

#include "compat.h"
#include "power.h"
#include "seat-private.h"

static void press(struct pk_seat *seat, bool down, uint32_t time_msec) {
	if (!down || pk_seat_guest_has_input(seat)) {
		pk_seat_guest_key(seat, &seat->touch_held, BTN_LEFT, down);
	}
	if (pk_server_shows_clients(seat->server)) {
		wlr_seat_pointer_notify_button(seat->wlr, time_msec, BTN_LEFT,
			down ? WL_POINTER_BUTTON_STATE_PRESSED : WL_POINTER_BUTTON_STATE_RELEASED);
		wlr_seat_pointer_notify_frame(seat->wlr);
	}
}

static void point(struct pk_seat *seat, double lx, double ly, uint32_t time_msec) {
	wlr_cursor_warp_closest(seat->cursor, NULL, lx, ly);
	pk_pointer_moved(seat, time_msec); // a finger has a place, also where a mouse has none
}

static void down_at(struct pk_seat *seat, int32_t id, double lx, double ly, uint32_t time_msec) {
	if (pk_touch_down(&seat->touch, id)) {
		point(seat, lx, ly, time_msec);
		press(seat, true, time_msec);
	}
}

static void move_to(struct pk_seat *seat, int32_t id, double lx, double ly, uint32_t time_msec) {
	if (pk_touch_is(&seat->touch, id)) {
		point(seat, lx, ly, time_msec);
	}
}

void pk_seat_touch_up(struct pk_seat *seat, int32_t id, uint32_t time_msec) {
	if (pk_touch_up(&seat->touch, id)) {
		press(seat, false, time_msec);
	}
}

/* ---- windows --------------------------------------------------------------------------------- */

void pk_seat_touch_down(struct pk_seat *seat, struct pk_output *output, int32_t id, double x,
		double y, uint32_t time_msec) {
	down_at(seat, id, output->lx + x * output->wlr->width,
		output->ly + y * output->wlr->height, time_msec);
}

void pk_seat_touch_motion(struct pk_seat *seat, struct pk_output *output, int32_t id, double x,
		double y, uint32_t time_msec) {
	move_to(seat, id, output->lx + x * output->wlr->width,
		output->ly + y * output->wlr->height, time_msec);
}

/* ---- devices --------------------------------------------------------------------------------- */

struct touch_device {
	struct wl_list link; // pk_seat.touches
	struct pk_seat *seat;
	struct wlr_touch *wlr; // listened to
	bool lost; // the panel that it lies on is not there
	struct wl_listener destroy;
};

static bool is_lost(const struct pk_seat *seat, const struct wlr_touch *wlr) {
	const struct touch_device *touch;
	wl_list_for_each(touch, &seat->touches, link) {
		if (touch->wlr == wlr) {
			return touch->lost;
		}
	}
	return false;
}

static void handle_touch_down(struct wl_listener *listener, void *data) {
	struct pk_seat *seat = wl_container_of(listener, seat, touch_down);
	const struct wlr_touch_down_event *event = data;
	double lx, ly;
	pk_power_activity(seat->server->power);
	if (is_lost(seat, event->touch)) {
		return;
	}
	wlr_cursor_absolute_to_layout_coords(seat->cursor, &event->touch->base, event->x, event->y,
		&lx, &ly);
	down_at(seat, event->touch_id, lx, ly, event->time_msec);
}

static void handle_touch_motion(struct wl_listener *listener, void *data) {
	struct pk_seat *seat = wl_container_of(listener, seat, touch_motion);
	const struct wlr_touch_motion_event *event = data;
	double lx, ly;
	pk_power_activity(seat->server->power);
	if (is_lost(seat, event->touch)) {
		return;
	}
	wlr_cursor_absolute_to_layout_coords(seat->cursor, &event->touch->base, event->x, event->y,
		&lx, &ly);
	move_to(seat, event->touch_id, lx, ly, event->time_msec);
}

static void handle_touch_up(struct wl_listener *listener, void *data) {
	struct pk_seat *seat = wl_container_of(listener, seat, touch_up);
	const struct wlr_touch_up_event *event = data;
	pk_seat_touch_up(seat, event->touch_id, event->time_msec);
}

static void handle_touch_cancel(struct wl_listener *listener, void *data) {
	struct pk_seat *seat = wl_container_of(listener, seat, touch_cancel);
	const struct wlr_touch_cancel_event *event = data;
	pk_seat_touch_up(seat, event->touch_id, event->time_msec);
}

static void touch_remove(struct touch_device *touch) {
	wl_list_remove(&touch->destroy.link);
	wl_list_remove(&touch->link);
	free(touch);
}

static void handle_touch_destroy(struct wl_listener *listener, void *data) {
	struct touch_device *touch = wl_container_of(listener, touch, destroy);
	struct pk_seat *seat = touch->seat;
	touch_remove(touch);
	pk_seat_touch_up(seat, seat->touch.id, 0); // a panel that is gone lifts no finger
}

static struct wlr_output *built_in_panel(const struct pk_seat *seat) {
	static const char *const names[] = { "eDP-", "DSI-", "LVDS-" };
	const struct pk_output *output;
	wl_list_for_each(output, &seat->server->outputs, link) {
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			size_t length = strlen(names[i]);
			if (output->placed && strncmp(output->wlr->name, names[i], length) == 0) {
				return output->wlr;
			}
		}
	}
	return NULL;
}

// To the panel that it lies on: what udev says (WL_OUTPUT), else the built-in one.
static void touch_map(struct touch_device *touch) {
	struct pk_seat *seat = touch->seat;
	const char *name = touch->wlr->output_name;
	if (name == NULL) {
		name = pk_compat_input_output(&touch->wlr->base);
	}
	struct wlr_output *panel = name != NULL ? pk_seat_find_output(seat, name)
						: built_in_panel(seat);
	wlr_cursor_map_input_to_output(seat->cursor, &touch->wlr->base, panel);
	touch->lost = name != NULL && panel == NULL;
	if (touch->lost) {
		pk_seat_touch_up(seat, seat->touch.id, 0);
	}
}

void pk_touch_map(struct pk_seat *seat) {
	struct touch_device *touch;
	wl_list_for_each(touch, &seat->touches, link) {
		touch_map(touch);
	}
}

void pk_seat_add_touch(struct pk_seat *seat, struct wlr_input_device *device) {
	if (wlr_input_device_is_wl(device)) {
		return; // nested.c knows which window a finger is on
	}
	struct touch_device *touch = calloc(1, sizeof(*touch));
	if (touch == NULL) {
		return;
	}
	touch->seat = seat;
	touch->wlr = wlr_touch_from_input_device(device);
	pk_seat_listen(&device->events.destroy, &touch->destroy, handle_touch_destroy);
	wl_list_insert(&seat->touches, &touch->link);
	wlr_cursor_attach_input_device(seat->cursor, device);
	touch_map(touch);
}

void pk_touch_init(struct pk_seat *seat) {
	pk_seat_listen(&seat->cursor->events.touch_down, &seat->touch_down, handle_touch_down);
	pk_seat_listen(&seat->cursor->events.touch_motion, &seat->touch_motion,
		handle_touch_motion);
	pk_seat_listen(&seat->cursor->events.touch_up, &seat->touch_up, handle_touch_up);
	pk_seat_listen(&seat->cursor->events.touch_cancel, &seat->touch_cancel,
		handle_touch_cancel);
}

void pk_touch_finish(struct pk_seat *seat) {
	struct touch_device *touch, *tmp;
	wl_list_for_each_safe(touch, tmp, &seat->touches, link) {
		touch_remove(touch);
	}
	struct wl_listener *listeners[] = { &seat->touch_down, &seat->touch_motion, &seat->touch_up,
		&seat->touch_cancel };
	for (size_t i = 0; i < sizeof(listeners) / sizeof(listeners[0]); i++) {
		wl_list_remove(&listeners[i]->link);
	}
}
