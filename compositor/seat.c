// SPDX-License-Identifier: GPL-2.0-or-later
#include "seat.h"

#include <linux/input-event-codes.h>
#include <stdlib.h>
#include <string.h>
#include <wlr/types/wlr_data_device.h>
#include <wlr/types/wlr_input_device.h>
#include <wlr/types/wlr_primary_selection.h>
#include <wlr/types/wlr_virtual_keyboard_v1.h>
#include <wlr/types/wlr_virtual_pointer_v1.h>

#include <pvg/log.h>

#include "link.h"
#include "nested.h"
#include "pvg-link.h"
#include "seat-private.h"
#include "xdg.h"

// A shim of version 1.0 of the link says nothing about them.
#define UNKNOWN_DEVICES (PVG_LINK_INPUT_ABSOLUTE | PVG_LINK_INPUT_RELATIVE)

struct wlr_seat *pk_seat_wlr(struct pk_seat *seat) {
	return seat->wlr;
}

bool pk_seat_guest_has_input(const struct pk_seat *seat) {
	return seat->server->vm_connected && !seat->released &&
		!pk_server_shows_clients(seat->server);
}

bool pk_seat_is_released(const struct pk_seat *seat) {
	return seat->released;
}

/* ---- the guest's keys ------------------------------------------------------------------------ */

static void tell_guest(struct pk_seat *seat, uint32_t code, bool down) {
	if (code >= BTN_MOUSE && code < BTN_JOYSTICK) {
		pk_link_pointer(seat->server->link, PVG_LINK_POINTER_BUTTON, (int32_t)code, down,
			0);
	} else {
		pk_link_key(seat->server->link, code, down);
	}
}

void pk_seat_guest_key(struct pk_seat *seat, struct pk_held *device, uint32_t code, bool down) {
	if (pk_keys_change(&seat->keys, device, code, down)) {
		tell_guest(seat, code, down);
	}
}

void pk_seat_drop_held(struct pk_seat *seat, struct pk_held *device) {
	for (uint32_t code = 0; code < PK_KEYS; code++) {
		pk_seat_guest_key(seat, device, code, false);
	}
}

void pk_seat_release_keys(struct pk_seat *seat) {
	if (!pk_keys_any(&seat->keys)) {
		return;
	}
	struct wl_list *lists[] = { &seat->keyboards, &seat->pointers };
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct pk_input_device *device;
		wl_list_for_each(device, lists[i], link) {
			pk_seat_drop_held(seat, &device->held);
		}
	}
	pk_seat_drop_held(seat, &seat->touch_held);
}

/* ---- their life ------------------------------------------------------------------------------ */

static void remove_input(struct pk_input_device *device) {
	if (device->finish != NULL) {
		device->finish(device);
	}
	wl_list_remove(&device->destroy.link);
	wl_list_remove(&device->link);
	pk_seat_drop_held(device->seat, &device->held); // what is unplugged sends no releases
	free(device); // the first member of what was allocated
}

static void remove_inputs(struct wl_list *devices) {
	struct pk_input_device *device, *tmp;
	wl_list_for_each_safe(device, tmp, devices, link) {
		remove_input(device);
	}
}

static void handle_input_destroy(struct wl_listener *listener, void *data) {
	struct pk_input_device *device = wl_container_of(listener, device, destroy);
	struct pk_seat *seat = device->seat;
	remove_input(device);
	pk_seat_update_capabilities(seat);
}

void pk_seat_add_input(struct pk_seat *seat, struct wl_list *devices, struct wlr_input_device *wlr,
		struct pk_input_device *device) {
	device->seat = seat;
	pk_seat_listen(&wlr->events.destroy, &device->destroy, handle_input_destroy);
	wl_list_insert(devices, &device->link);
}

void pk_seat_forget_vm(struct pk_seat *seat) {
	pk_seat_release_keys(seat);
	seat->devices = UNKNOWN_DEVICES;
	seat->hint_given = false;
	pk_seat_forget_motion(seat);
}

void pk_seat_set_devices(struct pk_seat *seat, uint32_t pointers) {
	seat->devices = pointers;
	pvg_debug("VM %s: pointing devices:%s%s%s", seat->server->vm_name,
		(pointers & PVG_LINK_INPUT_ABSOLUTE) != 0 ? " absolute" : "",
		(pointers & PVG_LINK_INPUT_RELATIVE) != 0 ? " relative" : "",
		(pointers & PVG_LINK_INPUT_PS2_MOUSE) != 0 ? " PS/2" : "");
	pk_pointer_update(seat);
}

void pk_seat_update_focus(struct pk_seat *seat) {
	if (seat == NULL) {
		return;
	}
	struct wlr_surface *surface = NULL;
	if (!pk_seat_guest_has_input(seat)) {
		pk_seat_release_keys(seat);
	}
	pk_pointer_update(seat);
	pk_nested_inhibit_shortcuts(seat->server->parent,
		pk_seat_guest_has_input(seat) && !seat->server->options->keep_shortcuts);
	pk_server_update_titles(seat->server);
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
			pk_seat_host_left(seat); // and from a session's
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
	pk_seat_add_keyboard(seat, &keyboard->keyboard, true);
	pk_seat_update_capabilities(seat);
}

static void handle_new_virtual_pointer(struct wl_listener *listener, void *data) {
	struct pk_seat *seat = wl_container_of(listener, seat, new_virtual_pointer);
	const struct wlr_virtual_pointer_v1_new_pointer_event *event = data;
	pk_seat_add_pointer(seat, &event->new_pointer->pointer,
		event->suggested_output != NULL ? event->suggested_output->name : NULL);
	pk_seat_update_capabilities(seat);
}

/* ---- devices --------------------------------------------------------------------------------- */

void pk_seat_update_capabilities(struct pk_seat *seat) {
	uint32_t caps = 0;
	if (!wl_list_empty(&seat->pointers)) {
		caps |= WL_SEAT_CAPABILITY_POINTER;
	}
	if (!wl_list_empty(&seat->keyboards)) {
		caps |= WL_SEAT_CAPABILITY_KEYBOARD;
	}
	wlr_seat_set_capabilities(seat->wlr, caps);
}

struct wlr_output *pk_seat_find_output(const struct pk_seat *seat, const char *name) {
	const struct pk_output *output;
	wl_list_for_each(output, &seat->server->outputs, link) {
		if (output->placed && name != NULL && strcmp(name, output->wlr->name) == 0) {
			return output->wlr;
		}
	}
	return NULL;
}

void pk_seat_map_devices(struct pk_seat *seat) {
	if (seat != NULL) {
		pk_pointer_map(seat);
		pk_touch_map(seat);
	}
}

void pk_seat_add_device(struct pk_seat *seat, struct wlr_input_device *device) {
	switch (device->type) {
	case WLR_INPUT_DEVICE_KEYBOARD:
		pk_seat_add_keyboard(seat, wlr_keyboard_from_input_device(device), false);
		break;
	case WLR_INPUT_DEVICE_POINTER:
		// A window's pointer moves within its own output.
		pk_seat_add_pointer(seat, wlr_pointer_from_input_device(device),
			wlr_pointer_from_input_device(device)->output_name);
		break;
	case WLR_INPUT_DEVICE_TOUCH:
		pk_seat_add_touch(seat, device);
		break;
	default:
		return; // tablets and switches have no way to the guest
	}
	pvg_debug("input device %s", device->name != NULL ? device->name : "without a name");
	pk_seat_update_capabilities(seat);
}

void pk_seat_listen(struct wl_signal *signal, struct wl_listener *listener,
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
	if (!pk_seat_watch_host_pointer(seat)) {
		free(seat);
		return NULL;
	}
	seat->devices = UNKNOWN_DEVICES;
	wl_list_init(&seat->keyboards);
	wl_list_init(&seat->pointers);
	wl_list_init(&seat->touches);
	seat->wlr = wlr_seat_create(server->display, "seat0");
	seat->cursor = wlr_cursor_create();
	seat->xcursors = wlr_xcursor_manager_create(NULL, 24);
	wlr_cursor_attach_output_layout(seat->cursor, server->layout);
	pk_pointer_init(seat);
	pk_touch_init(seat);
	pk_seat_listen(&seat->wlr->events.request_set_cursor, &seat->request_cursor,
		handle_request_cursor);
	pk_seat_listen(&seat->wlr->events.request_set_selection, &seat->request_selection,
		handle_request_selection);
	pk_seat_listen(&seat->wlr->events.request_set_primary_selection,
		&seat->request_primary_selection, handle_request_primary_selection);
	pk_seat_listen(&wlr_virtual_keyboard_manager_v1_create(server->display)
				->events.new_virtual_keyboard,
		&seat->new_virtual_keyboard, handle_new_virtual_keyboard);
	pk_seat_listen(&wlr_virtual_pointer_manager_v1_create(server->display)
				->events.new_virtual_pointer,
		&seat->new_virtual_pointer, handle_new_virtual_pointer);
	return seat;
}

// After the clients are gone, before the backend goes.
void pk_seat_destroy(struct pk_seat *seat) {
	if (seat == NULL) {
		return;
	}
	remove_inputs(&seat->keyboards);
	remove_inputs(&seat->pointers);
	wl_event_source_remove(seat->together_timer);
	pk_pointer_finish(seat);
	pk_touch_finish(seat);
	struct wl_listener *listeners[] = {
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
