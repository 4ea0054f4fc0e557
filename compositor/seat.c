// SPDX-License-Identifier: GPL-2.0-or-later
#include "seat.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <wlr/backend/session.h>
#include <wlr/types/wlr_cursor.h>
#include <wlr/types/wlr_data_device.h>
#include <wlr/types/wlr_input_device.h>
#include <wlr/types/wlr_keyboard.h>
#include <wlr/types/wlr_output_layout.h>
#include <wlr/types/wlr_pointer.h>
#include <wlr/types/wlr_primary_selection.h>
#include <wlr/types/wlr_seat.h>
#include <wlr/types/wlr_virtual_keyboard_v1.h>
#include <wlr/types/wlr_virtual_pointer_v1.h>
#include <wlr/types/wlr_xcursor_manager.h>
#include <xkbcommon/xkbcommon.h>

#include <pvg/log.h>

#include "input.h"
#include "link.h"
#include "pvg-link.h"
#include "server.h"
#include "xdg.h"

struct pk_keyboard {
	struct wl_list link; // pk_seat.keyboards
	struct pk_seat *seat;
	struct wlr_keyboard *wlr; // listened to
	struct pk_held swallowed; // keys of chords: their release is nobody's either
	struct wl_listener key, modifiers, destroy;
};

struct pk_seat {
	struct pk_server *server; // borrowed
	struct wlr_seat *wlr;     // owned by the display
	struct wlr_cursor *cursor; // owned
	bool has_image; // .cursor shows something
	struct wlr_xcursor_manager *xcursors; // owned
	struct wl_list keyboards; // pk_keyboard.link
	struct pk_held held;      // keys and buttons that the guest holds
	struct pk_motion motion;
	double rel_x, rel_y, wheel_v, wheel_h; // fractions left over
	bool released; // the user took the input away from the guest
	bool has_pointer;
	struct wl_listener motion_rel, motion_abs, button, axis, frame;
	struct wl_listener request_cursor, request_selection, request_primary_selection;
	struct wl_listener new_virtual_keyboard, new_virtual_pointer;
};

struct wlr_seat *pk_seat_wlr(struct pk_seat *seat) {
	return seat->wlr;
}

static bool guest_has_input(const struct pk_seat *seat) {
	return seat->server->vm_connected && !seat->released &&
		!pk_server_shows_clients(seat->server);
}

/* ---- the guest's keys ------------------------------------------------------------------------ */

static void guest_key(struct pk_seat *seat, uint32_t code, bool down) {
	if (!pk_held_set(&seat->held, code, down)) {
		return;
	}
	if (code >= 0x110 && code < 0x120) { // BTN_LEFT..BTN_TASK
		pk_link_pointer(seat->server->link, PVG_LINK_POINTER_BUTTON, (int32_t)code, down,
			0);
	} else {
		pk_link_key(seat->server->link, code, down);
	}
}

void pk_seat_release_keys(struct pk_seat *seat) {
	for (uint32_t code = 0; code < PK_KEYS; code++) {
		guest_key(seat, code, false);
	}
}

void pk_seat_forget_keys(struct pk_seat *seat) {
	memset(&seat->held, 0, sizeof(seat->held));
	memset(&seat->motion, 0, sizeof(seat->motion));
}

void pk_seat_guest_pointer(struct pk_seat *seat, bool visible, bool was_visible) {
	pk_motion_visible(&seat->motion, visible, was_visible);
}

void pk_seat_update_focus(struct pk_seat *seat) {
	if (seat == NULL) {
		return;
	}
	struct wlr_surface *surface = NULL;
	if (!guest_has_input(seat) && pk_held_any(&seat->held)) {
		pk_seat_release_keys(seat);
	}
	if (pk_server_shows_clients(seat->server)) {
		surface = pk_xdg_focus(seat->server->xdg);
	}
	if (surface == NULL) {
		wlr_seat_keyboard_notify_clear_focus(seat->wlr);
		wlr_seat_pointer_notify_clear_focus(seat->wlr);
		// Unsetting takes the cursor plane away from the guest's pointer: only when it is
		// ours.
		if (seat->has_image) {
			seat->has_image = false;
			wlr_cursor_unset_image(seat->cursor);
		}
		return;
	}
	if (seat->wlr->keyboard_state.focused_surface != surface) {
		struct wlr_keyboard *keyboard = wlr_seat_get_keyboard(seat->wlr);
		if (keyboard != NULL) {
			wlr_seat_keyboard_notify_enter(seat->wlr, surface, keyboard->keycodes,
				keyboard->num_keycodes, &keyboard->modifiers);
		} else {
			wlr_seat_keyboard_notify_enter(seat->wlr, surface, NULL, 0, NULL);
		}
	}
}

/* ---- keyboards ------------------------------------------------------------------------------- */

static void run_chord(struct pk_seat *seat, enum pk_chord chord, unsigned int vt) {
	struct pk_server *server = seat->server;
	pk_seat_release_keys(seat); // the guest saw Ctrl and Alt go down
	switch (chord) {
	case PK_CHORD_RELEASE:
		seat->released = !seat->released;
		pvg_info("input %s the guest", seat->released ? "is taken from" : "goes to");
		pk_seat_update_focus(seat);
		break;
	case PK_CHORD_SWITCH:
		server->clients_first = !pk_server_shows_clients(server);
		pk_server_update_view(server);
		break;
	case PK_CHORD_CLOSE:
		pk_server_request_close(server);
		break;
	case PK_CHORD_VT:
		wlr_session_change_vt(server->session, vt);
		break;
	case PK_CHORD_NONE:
		break;
	}
}

static void handle_keyboard_key(struct wl_listener *listener, void *data) {
	struct pk_keyboard *keyboard = wl_container_of(listener, keyboard, key);
	struct pk_seat *seat = keyboard->seat;
	const struct wlr_keyboard_key_event *event = data;
	bool down = event->state == WL_KEYBOARD_KEY_STATE_PRESSED;
	if (!down && pk_held_set(&keyboard->swallowed, event->keycode, false)) {
		return;
	}
	if (down) {
		uint32_t mods = wlr_keyboard_get_modifiers(keyboard->wlr);
		unsigned int vt = 0;
		enum pk_chord chord =
			pk_chord_of((mods & WLR_MODIFIER_CTRL) != 0, (mods & WLR_MODIFIER_ALT) != 0,
				(mods & (WLR_MODIFIER_SHIFT | WLR_MODIFIER_LOGO)) != 0,
				event->keycode, &vt);
		if (chord == PK_CHORD_VT && seat->server->session == NULL) {
			chord = PK_CHORD_NONE; // in a window the guest may have them
		}
		if (chord != PK_CHORD_NONE) {
			pk_held_set(&keyboard->swallowed, event->keycode, true);
			run_chord(seat, chord, vt);
			return;
		}
	}
	if (pk_server_shows_clients(seat->server)) {
		wlr_seat_set_keyboard(seat->wlr, keyboard->wlr);
		wlr_seat_keyboard_notify_key(seat->wlr, event->time_msec, event->keycode,
			event->state);
	} else if (guest_has_input(seat)) {
		guest_key(seat, event->keycode, down);
	}
}

static void handle_keyboard_modifiers(struct wl_listener *listener, void *data) {
	struct pk_keyboard *keyboard = wl_container_of(listener, keyboard, modifiers);
	wlr_seat_set_keyboard(keyboard->seat->wlr, keyboard->wlr);
	wlr_seat_keyboard_notify_modifiers(keyboard->seat->wlr, &keyboard->wlr->modifiers);
}

static void update_capabilities(struct pk_seat *seat) {
	uint32_t caps = 0;
	if (seat->has_pointer) {
		caps |= WL_SEAT_CAPABILITY_POINTER;
	}
	if (!wl_list_empty(&seat->keyboards)) {
		caps |= WL_SEAT_CAPABILITY_KEYBOARD;
	}
	wlr_seat_set_capabilities(seat->wlr, caps);
}

static void handle_keyboard_destroy(struct wl_listener *listener, void *data) {
	struct pk_keyboard *keyboard = wl_container_of(listener, keyboard, destroy);
	struct pk_seat *seat = keyboard->seat;
	wl_list_remove(&keyboard->key.link);
	wl_list_remove(&keyboard->modifiers.link);
	wl_list_remove(&keyboard->destroy.link);
	wl_list_remove(&keyboard->link);
	free(keyboard);
	pk_seat_release_keys(seat); // an unplugged keyboard sends no releases
	update_capabilities(seat);
}

static void add_keyboard(struct pk_seat *seat, struct wlr_keyboard *wlr, bool has_keymap) {
	struct pk_keyboard *keyboard = calloc(1, sizeof(*keyboard));
	if (keyboard == NULL) {
		return;
	}
	keyboard->seat = seat;
	keyboard->wlr = wlr;
	if (!has_keymap) {
		struct xkb_context *context = xkb_context_new(XKB_CONTEXT_NO_FLAGS);
		struct xkb_keymap *keymap = context != NULL
			? xkb_keymap_new_from_names(context, NULL, XKB_KEYMAP_COMPILE_NO_FLAGS)
			: NULL;
		if (keymap != NULL) {
			wlr_keyboard_set_keymap(wlr, keymap);
		} else {
			pvg_error("keyboard %s: no keymap: chords and client windows have no keys",
				wlr->base.name);
		}
		xkb_keymap_unref(keymap);
		xkb_context_unref(context);
	}
	wlr_keyboard_set_repeat_info(wlr, 25, 600); // clients only: the guest repeats by itself
	keyboard->key.notify = handle_keyboard_key;
	wl_signal_add(&wlr->events.key, &keyboard->key);
	keyboard->modifiers.notify = handle_keyboard_modifiers;
	wl_signal_add(&wlr->events.modifiers, &keyboard->modifiers);
	keyboard->destroy.notify = handle_keyboard_destroy;
	wl_signal_add(&wlr->base.events.destroy, &keyboard->destroy);
	wl_list_insert(&seat->keyboards, &keyboard->link);
	wlr_seat_set_keyboard(seat->wlr, wlr);
}

/* ---- pointer --------------------------------------------------------------------------------- */

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

static void guest_motion(struct pk_seat *seat, double dx, double dy) {
	struct pk_server *server = seat->server;
	if (pk_motion_is_relative(&seat->motion, pk_now_ns())) {
		seat->rel_x += dx;
		seat->rel_y += dy;
		int32_t x = (int32_t)trunc(seat->rel_x);
		int32_t y = (int32_t)trunc(seat->rel_y);
		seat->rel_x -= x;
		seat->rel_y -= y;
		if (x != 0 || y != 0) {
			pk_link_pointer(server->link, PVG_LINK_POINTER_REL, x, y, 0);
		}
		return;
	}
	struct wlr_output *wlr =
		wlr_output_layout_output_at(server->layout, seat->cursor->x, seat->cursor->y);
	const struct pk_output *output = wlr != NULL ? wlr->data : NULL;
	const struct pk_port *port = output != NULL ? pk_output_source(output) : NULL;
	if (port == NULL) {
		return;
	}
	struct pk_rect rect = pk_output_picture(output);
	int32_t a, b;
	pk_map_pointer(&rect, seat->cursor->x - output->lx, seat->cursor->y - output->ly, &a, &b);
	pk_link_pointer(server->link, PVG_LINK_POINTER_ABS, a, b, port->index);
}

static void moved(struct pk_seat *seat, uint32_t time_msec, double dx, double dy) {
	if (pk_server_shows_clients(seat->server)) {
		client_motion(seat, time_msec);
	} else if (guest_has_input(seat)) {
		guest_motion(seat, dx, dy);
	}
}

static void handle_cursor_motion(struct wl_listener *listener, void *data) {
	struct pk_seat *seat = wl_container_of(listener, seat, motion_rel);
	const struct wlr_pointer_motion_event *event = data;
	wlr_cursor_move(seat->cursor, &event->pointer->base, event->delta_x, event->delta_y);
	moved(seat, event->time_msec, event->unaccel_dx, event->unaccel_dy);
}

static void handle_cursor_motion_absolute(struct wl_listener *listener, void *data) {
	struct pk_seat *seat = wl_container_of(listener, seat, motion_abs);
	const struct wlr_pointer_motion_absolute_event *event = data;
	double x = seat->cursor->x, y = seat->cursor->y;
	wlr_cursor_warp_absolute(seat->cursor, &event->pointer->base, event->x, event->y);
	moved(seat, event->time_msec, seat->cursor->x - x, seat->cursor->y - y);
}

static void handle_cursor_button(struct wl_listener *listener, void *data) {
	struct pk_seat *seat = wl_container_of(listener, seat, button);
	const struct wlr_pointer_button_event *event = data;
	bool down = event->state == WL_POINTER_BUTTON_STATE_PRESSED;
	if (pk_server_shows_clients(seat->server)) {
		wlr_seat_pointer_notify_button(seat->wlr, event->time_msec, event->button,
			event->state);
	} else if (guest_has_input(seat)) {
		guest_key(seat, event->button, down);
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
	if (!guest_has_input(seat)) {
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
	wlr_seat_pointer_notify_frame(seat->wlr);
}

/* ---- requests of clients --------------------------------------------------------------------- */

static void handle_request_cursor(struct wl_listener *listener, void *data) {
	struct pk_seat *seat = wl_container_of(listener, seat, request_cursor);
	const struct wlr_seat_pointer_request_set_cursor_event *event = data;
	if (seat->wlr->pointer_state.focused_client == event->seat_client) {
		seat->has_image = true;
		wlr_cursor_set_surface(seat->cursor, event->surface, event->hotspot_x,
			event->hotspot_y);
	}
}

static void handle_request_selection(struct wl_listener *listener, void *data) {
	struct pk_seat *seat = wl_container_of(listener, seat, request_selection);
	const struct wlr_seat_request_set_selection_event *event = data;
	wlr_seat_set_selection(seat->wlr, event->source, event->serial);
}

static void handle_request_primary_selection(struct wl_listener *listener, void *data) {
	struct pk_seat *seat = wl_container_of(listener, seat, request_primary_selection);
	const struct wlr_seat_request_set_primary_selection_event *event = data;
	wlr_seat_set_primary_selection(seat->wlr, event->source, event->serial);
}

static void handle_new_virtual_keyboard(struct wl_listener *listener, void *data) {
	struct pk_seat *seat = wl_container_of(listener, seat, new_virtual_keyboard);
	struct wlr_virtual_keyboard_v1 *keyboard = data;
	add_keyboard(seat, &keyboard->keyboard, true);
	update_capabilities(seat);
}

static void handle_new_virtual_pointer(struct wl_listener *listener, void *data) {
	struct pk_seat *seat = wl_container_of(listener, seat, new_virtual_pointer);
	struct wlr_virtual_pointer_v1_new_pointer_event *event = data;
	pk_seat_add_device(seat, &event->new_pointer->pointer.base);
}

/* ---- devices --------------------------------------------------------------------------------- */

void pk_seat_add_device(struct pk_seat *seat, struct wlr_input_device *device) {
	switch (device->type) {
	case WLR_INPUT_DEVICE_KEYBOARD:
		add_keyboard(seat, wlr_keyboard_from_input_device(device), false);
		break;
	case WLR_INPUT_DEVICE_POINTER: {
		wlr_cursor_attach_input_device(seat->cursor, device);
		// A nested window's pointer moves within its own output.
		const char *name = wlr_pointer_from_input_device(device)->output_name;
		struct pk_output *output;
		wl_list_for_each(output, &seat->server->outputs, link) {
			if (name != NULL && strcmp(name, output->wlr->name) == 0) {
				wlr_cursor_map_input_to_output(seat->cursor, device, output->wlr);
			}
		}
		seat->has_pointer = true;
		break;
	}
	default:
		return; // touch, tablets and switches have no way to the guest
	}
	pvg_debug("input device %s", device->name != NULL ? device->name : "without a name");
	update_capabilities(seat);
}

static void listen_to(struct wl_signal *signal, struct wl_listener *listener,
		wl_notify_func_t notify) {
	listener->notify = notify;
	wl_signal_add(signal, listener);
}

struct pk_seat *pk_seat_create(struct pk_server *server) {
	struct pk_seat *seat = calloc(1, sizeof(*seat));
	if (seat == NULL) {
		return NULL;
	}
	seat->server = server;
	wl_list_init(&seat->keyboards);
	seat->wlr = wlr_seat_create(server->display, "seat0");
	seat->cursor = wlr_cursor_create();
	seat->xcursors = wlr_xcursor_manager_create(NULL, 24);
	wlr_cursor_attach_output_layout(seat->cursor, server->layout);
	listen_to(&seat->cursor->events.motion, &seat->motion_rel, handle_cursor_motion);
	listen_to(&seat->cursor->events.motion_absolute, &seat->motion_abs,
		handle_cursor_motion_absolute);
	listen_to(&seat->cursor->events.button, &seat->button, handle_cursor_button);
	listen_to(&seat->cursor->events.axis, &seat->axis, handle_cursor_axis);
	listen_to(&seat->cursor->events.frame, &seat->frame, handle_cursor_frame);
	listen_to(&seat->wlr->events.request_set_cursor, &seat->request_cursor,
		handle_request_cursor);
	listen_to(&seat->wlr->events.request_set_selection, &seat->request_selection,
		handle_request_selection);
	listen_to(&seat->wlr->events.request_set_primary_selection,
		&seat->request_primary_selection, handle_request_primary_selection);
	listen_to(&wlr_virtual_keyboard_manager_v1_create(server->display)
			  ->events.new_virtual_keyboard,
		&seat->new_virtual_keyboard, handle_new_virtual_keyboard);
	listen_to(&wlr_virtual_pointer_manager_v1_create(server->display)
			  ->events.new_virtual_pointer,
		&seat->new_virtual_pointer, handle_new_virtual_pointer);
	return seat;
}

// After the clients are gone, before the backend goes.
void pk_seat_destroy(struct pk_seat *seat) {
	if (seat == NULL) {
		return;
	}
	struct pk_keyboard *keyboard, *tmp;
	wl_list_for_each_safe(keyboard, tmp, &seat->keyboards, link) {
		wl_list_remove(&keyboard->key.link);
		wl_list_remove(&keyboard->modifiers.link);
		wl_list_remove(&keyboard->destroy.link);
		free(keyboard);
	}
	struct wl_listener *listeners[] = {
		&seat->motion_rel, &seat->motion_abs, &seat->button, &seat->axis, &seat->frame,
		&seat->request_cursor, &seat->request_selection, &seat->request_primary_selection,
		&seat->new_virtual_keyboard, &seat->new_virtual_pointer,
	};
	for (size_t i = 0; i < sizeof(listeners) / sizeof(listeners[0]); i++) {
		wl_list_remove(&listeners[i]->link);
	}
	wlr_xcursor_manager_destroy(seat->xcursors);
	wlr_cursor_destroy(seat->cursor);
	free(seat);
}
