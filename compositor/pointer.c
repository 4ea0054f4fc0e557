// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pointer. A window of a Wayland session gets each motion twice, as a place and as a
 * difference, and only as a difference while the parent has locked its pointer for us. One of the
 * two is used.
 */
#include <linux/input-event-codes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <wlr/backend/wayland.h>
#include <wlr/types/wlr_output_layout.h>

#include <pvg/log.h>

#include "link.h"
#include "nested.h"
#include "power.h"
#include "pvg-link.h"
#include "seat-private.h"
#include "xdg.h"

/* ---- client windows -------------------------------------------------------------------------- */

static void set_default_image(struct pk_seat *seat) {
	seat->has_image = true;
	wlr_cursor_set_xcursor(seat->cursor, seat->xcursors, "default");
}

static void client_motion(struct pk_seat *seat, uint32_t time_msec) {
	double sx, sy;
	struct wlr_surface *surface =
		pk_xdg_surface_at(seat->server->xdg, seat->cursor->x, seat->cursor->y, &sx, &sy);
	if (surface == NULL) {
		set_default_image(seat);
		wlr_seat_pointer_notify_clear_focus(seat->wlr);
		return;
	}
	if (seat->wlr->pointer_state.focused_surface != surface) {
		set_default_image(seat);
	}
	wlr_seat_pointer_notify_enter(seat->wlr, surface, sx, sy);
	wlr_seat_pointer_notify_motion(seat->wlr, time_msec, sx, sy);
}

/* ---- the guest ------------------------------------------------------------------------------- */

struct pk_output *pk_pointer_output(struct pk_seat *seat) {
	struct wlr_output *wlr = wlr_output_layout_output_at(seat->server->layout, seat->cursor->x,
		seat->cursor->y);
	return wlr != NULL ? wlr->data : NULL;
}

static void send_place(struct pk_seat *seat) {
	const struct pk_output *output = pk_pointer_output(seat);
	const struct pk_port *port = output != NULL ? pk_output_source(output) : NULL;
	if (port == NULL) {
		return;
	}
	struct pk_rect rect = pk_output_picture(output);
	int32_t a, b;
	pk_map_pointer(&rect, seat->cursor->x - output->lx, seat->cursor->y - output->ly, &a, &b);
	pk_link_pointer(seat->server->link, PVG_LINK_POINTER_ABS, a, b, port->index);
	pk_seat_host_moved(seat, output);
}

static void send_difference(struct pk_seat *seat, double dx, double dy) {
	seat->rel_x += dx;
	seat->rel_y += dy;
	if (!(fabs(seat->rel_x) < INT16_MAX && fabs(seat->rel_y) < INT16_MAX)) { // or no numbers
		seat->rel_x = seat->rel_y = 0;
		return;
	}
	int32_t x = (int32_t)trunc(seat->rel_x);
	int32_t y = (int32_t)trunc(seat->rel_y);
	seat->rel_x -= x;
	seat->rel_y -= y;
	if (x != 0 || y != 0) {
		pk_link_pointer(seat->server->link, PVG_LINK_POINTER_REL, x, y, 0);
	}
}

static void set_relative(struct pk_seat *seat, bool relative) {
	if (seat->relative == relative) {
		return;
	}
	seat->relative = relative;
	pk_seat_host_left(seat);
	seat->rel_x = seat->rel_y = 0;
	pvg_debug("pointer: motion is sent as %s", relative ? "differences" : "places");
	if (!relative) {
		pk_nested_unlock_pointer(seat->server->parent);
	}
}

// Looked at with each motion, because a pointer counts as hidden only after some of it.
static bool update_relative(struct pk_seat *seat) {
	bool hidden = pk_motion_is_relative(&seat->motion, pk_now_ns());
	set_relative(seat,
		pk_pointer_is_relative(seat->server->options->pointer, seat->devices, hidden));
	if (hidden && !seat->relative && !seat->hint_given &&
			seat->server->options->pointer == PK_POINTER_AUTO) {
		seat->hint_given = true;
		pvg_info("VM %s: its pointer is hidden, but it has no usb-mouse: motion ends at the "
			 "edges of the picture", seat->server->vm_name);
	}
	if (hidden && seat->relative) { // by a guest that wants all motion, as games do
		pk_nested_lock_pointer(seat->server->parent);
	}
	return seat->relative;
}

void pk_pointer_update(struct pk_seat *seat) {
	if (!pk_seat_guest_has_input(seat)) {
		pk_nested_unlock_pointer(seat->server->parent);
	} else {
		update_relative(seat);
	}
}

void pk_seat_forget_motion(struct pk_seat *seat) {
	memset(&seat->motion, 0, sizeof(seat->motion));
	set_relative(seat, false);
}

// The guest's pointer is seen again: ours goes to the same place, so that it does not jump.
static void follow_guest(struct pk_seat *seat, const struct pk_port *port) {
	const struct pk_output *output = port->output;
	if (output == NULL || port->shown == NULL) {
		return;
	}
	struct pk_rect rect = pk_output_picture(output);
	int ox, oy;
	pk_map_to_output(&rect, (int)port->shown->base.width, (int)port->shown->base.height,
		port->cursor.state.x, port->cursor.state.y, &ox, &oy);
	wlr_cursor_warp(seat->cursor, NULL, output->lx + ox, output->ly + oy);
	pk_nested_hint_pointer(seat->server->parent, output, ox, oy);
}

void pk_seat_guest_pointer(struct pk_seat *seat) {
	const struct pk_port *shown = NULL;
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		const struct pk_port *port = &seat->server->ports[i];
		if (port->cursor.state.visible && shown == NULL) {
			shown = port;
		}
	}
	pk_motion_visible(&seat->motion, shown != NULL);
	if (shown != NULL && seat->relative && pk_seat_guest_has_input(seat)) {
		follow_guest(seat, shown);
		update_relative(seat);
	}
}

void pk_pointer_moved(struct pk_seat *seat, uint32_t time_msec) {
	if (pk_server_shows_clients(seat->server)) {
		client_motion(seat, time_msec);
	} else if (pk_seat_guest_has_input(seat)) {
		send_place(seat);
	}
}

/* ---- events ---------------------------------------------------------------------------------- */

static void handle_cursor_motion(struct wl_listener *listener, void *data) {
	struct pk_seat *seat = wl_container_of(listener, seat, motion_rel);
	const struct wlr_pointer_motion_event *event = data;
	bool also_absolute = wlr_input_device_is_wl(&event->pointer->base);
	if (!also_absolute) {
		wlr_cursor_move(seat->cursor, &event->pointer->base, event->delta_x,
			event->delta_y);
	}
	if (pk_seat_guest_has_input(seat) && update_relative(seat)) {
		send_difference(seat, event->unaccel_dx, event->unaccel_dy);
	} else if (!also_absolute) {
		pk_pointer_moved(seat, event->time_msec);
	}
}

static void handle_cursor_motion_absolute(struct wl_listener *listener, void *data) {
	struct pk_seat *seat = wl_container_of(listener, seat, motion_abs);
	const struct wlr_pointer_motion_absolute_event *event = data;
	struct wlr_input_device *device = &event->pointer->base;
	double x = seat->cursor->x, y = seat->cursor->y;
	double scale = 1;
	if (wlr_input_device_is_wl(device)) {
		// wlroots divides the parent's units by pixels.
		const char *name = event->pointer->output_name;
		struct pk_output *output;
		wl_list_for_each(output, &seat->server->outputs, link) {
			if (name != NULL && strcmp(name, output->wlr->name) == 0) {
				scale = pk_nested_scale(seat->server->parent, output->wlr);
			}
		}
	}
	wlr_cursor_warp_absolute(seat->cursor, device, event->x * scale, event->y * scale);
	if (!pk_seat_guest_has_input(seat) || !update_relative(seat)) {
		pk_pointer_moved(seat, event->time_msec);
	} else if (!wlr_input_device_is_wl(device) ||
			!pk_nested_has_relative_motion(seat->server->parent)) {
		send_difference(seat, seat->cursor->x - x, seat->cursor->y - y);
	}
}

static struct pk_held *held_by(struct pk_seat *seat, const struct wlr_pointer *wlr) {
	struct pk_pointer_device *pointer;
	wl_list_for_each(pointer, &seat->pointers, device.link) {
		if (pointer->wlr == wlr) {
			return &pointer->device.held;
		}
	}
	return NULL;
}

static void handle_cursor_button(struct wl_listener *listener, void *data) {
	struct pk_seat *seat = wl_container_of(listener, seat, button);
	const struct wlr_pointer_button_event *event = data;
	bool down = event->state == WL_POINTER_BUTTON_STATE_PRESSED;
	struct pk_held *held = held_by(seat, event->pointer);
	bool guest = pk_seat_guest_has_input(seat);
	if (held != NULL && (!down || guest)) {
		pk_seat_guest_key(seat, held, event->button, down);
	}
	if (pk_server_shows_clients(seat->server)) {
		wlr_seat_pointer_notify_button(seat->wlr, event->time_msec, event->button,
			event->state);
	}
	if (down && guest && update_relative(seat)) {
		pk_nested_lock_pointer(seat->server->parent);
	}
}

static void handle_cursor_axis(struct wl_listener *listener, void *data) {
	struct pk_seat *seat = wl_container_of(listener, seat, axis);
	const struct wlr_pointer_axis_event *event = data;
	if (pk_server_shows_clients(seat->server)) {
		wlr_seat_pointer_notify_axis(seat->wlr, event->time_msec, event->orientation,
			event->delta, event->delta_discrete, event->source,
			event->relative_direction);
		return;
	}
	if (!pk_seat_guest_has_input(seat)) {
		return;
	}
	bool vertical = event->orientation == WL_POINTER_AXIS_VERTICAL_SCROLL;
	int32_t units = pk_wheel_units(vertical ? &seat->wheel_v : &seat->wheel_h, event->delta,
		event->delta_discrete);
	if (units != 0) {
		pk_link_pointer(seat->server->link, PVG_LINK_POINTER_WHEEL, vertical ? units : 0,
			vertical ? 0 : units, 0);
	}
}

static void handle_cursor_frame(struct wl_listener *listener, void *data) {
	struct pk_seat *seat = wl_container_of(listener, seat, frame);
	pk_power_activity(seat->server->power);
	wlr_seat_pointer_notify_frame(seat->wlr);
}

/* ---- devices --------------------------------------------------------------------------------- */

static void finish(struct pk_input_device *device) {
	struct pk_pointer_device *pointer = wl_container_of(device, pointer, device);
	free(pointer->output);
}

static void pointer_map(struct pk_pointer_device *pointer) {
	struct pk_seat *seat = pointer->device.seat;
	wlr_cursor_map_input_to_output(seat->cursor, &pointer->wlr->base,
		pk_seat_find_output(seat, pointer->output));
}

void pk_pointer_map(struct pk_seat *seat) {
	struct pk_pointer_device *pointer;
	wl_list_for_each(pointer, &seat->pointers, device.link) {
		pointer_map(pointer);
	}
}

void pk_seat_add_pointer(struct pk_seat *seat, struct wlr_pointer *wlr, const char *output) {
	struct pk_pointer_device *pointer = calloc(1, sizeof(*pointer));
	if (pointer == NULL) {
		return;
	}
	pointer->wlr = wlr;
	pointer->output = output != NULL ? strdup(output) : NULL;
	pointer->device.finish = finish;
	pk_seat_add_input(seat, &seat->pointers, &wlr->base, &pointer->device);
	wlr_cursor_attach_input_device(seat->cursor, &wlr->base);
	pointer_map(pointer);
}

void pk_pointer_init(struct pk_seat *seat) {
	pk_seat_listen(&seat->cursor->events.motion, &seat->motion_rel, handle_cursor_motion);
	pk_seat_listen(&seat->cursor->events.motion_absolute, &seat->motion_abs,
		handle_cursor_motion_absolute);
	pk_seat_listen(&seat->cursor->events.button, &seat->button, handle_cursor_button);
	pk_seat_listen(&seat->cursor->events.axis, &seat->axis, handle_cursor_axis);
	pk_seat_listen(&seat->cursor->events.frame, &seat->frame, handle_cursor_frame);
}

void pk_pointer_finish(struct pk_seat *seat) {
	struct wl_listener *listeners[] = { &seat->motion_rel, &seat->motion_abs, &seat->button,
		&seat->axis, &seat->frame };
	for (size_t i = 0; i < sizeof(listeners) / sizeof(listeners[0]); i++) {
		wl_list_remove(&listeners[i]->link);
	}
}
