// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/input-event-codes.h>
#include <stdlib.h>
#include <string.h>
#include <wlr/backend/session.h>
#include <xkbcommon/xkbcommon.h>

#include <pvg/log.h>

#include "nested.h"
#include "power.h"
#include "seat-private.h"
#include "x11.h"

#define EVDEV_OFFSET 8 // xkb's key codes are evdev's and eight

static void run_chord(struct pk_seat *seat, enum pk_chord chord, unsigned int vt) {
	struct pk_server *server = seat->server;
	pk_seat_release_keys(seat); // the guest saw Ctrl and Alt go down
	switch (chord) {
	case PK_CHORD_RELEASE:
		seat->released = !seat->released;
		pvg_info("input %s the guest", seat->released ? "is taken from" : "goes to");
		pk_seat_update_focus(seat);
		break;
	case PK_CHORD_FULLSCREEN:
		pk_nested_toggle_fullscreen(server->parent);
		pk_x11_toggle_fullscreen(server->x11);
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

// Of all keyboards together: the modifiers may be on one and the key on another.
static uint32_t held_modifiers(const struct pk_seat *seat) {
	static const struct {
		uint32_t wlr, mod;
	} map[] = {
		{ WLR_MODIFIER_SHIFT, PK_MOD_SHIFT },
		{ WLR_MODIFIER_CTRL, PK_MOD_CTRL },
		{ WLR_MODIFIER_ALT, PK_MOD_ALT },
		{ WLR_MODIFIER_LOGO, PK_MOD_SUPER },
	};
	uint32_t held = 0, mods = 0;
	const struct pk_keyboard *keyboard;
	wl_list_for_each(keyboard, &seat->keyboards, device.link) {
		held |= wlr_keyboard_get_modifiers(keyboard->wlr);
	}
	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
		mods |= (held & map[i].wlr) != 0 ? map[i].mod : 0;
	}
	return mods;
}

/*
 * Keys go to the guest as places, which a client's keymap must know: programs that only type
 * (wtype) number the letters they need from 1 on, and would press Escape.
 */
static bool has_places(struct pk_keyboard *keyboard) {
	if (!keyboard->is_virtual) {
		return true;
	}
	const char *name = keyboard->wlr->keymap != NULL
		? xkb_keymap_key_get_name(keyboard->wlr->keymap, KEY_A + EVDEV_OFFSET)
		: NULL;
	bool ok = name != NULL && strcmp(name, "AC01") == 0;
	if (!ok && !keyboard->refused) {
		keyboard->refused = true;
		pvg_info("keyboard %s: the guest does not get its keys: "
			 "its client's keymap has no places of keys", keyboard->wlr->base.name);
	}
	return ok;
}

static void handle_keyboard_key(struct wl_listener *listener, void *data) {
	struct pk_keyboard *keyboard = wl_container_of(listener, keyboard, key);
	struct pk_seat *seat = keyboard->device.seat;
	const struct wlr_keyboard_key_event *event = data;
	bool down = event->state == WL_KEYBOARD_KEY_STATE_PRESSED;
	pk_power_activity(seat->server->power);
	if (!down && pk_held_set(&keyboard->swallowed, event->keycode, false)) {
		return;
	}
	if (down) {
		unsigned int vt = 0;
		enum pk_chord chord = pk_chord_of(held_modifiers(seat),
			seat->server->options->chord, event->keycode, &vt);
		if (chord == PK_CHORD_VT && seat->server->session == NULL) {
			chord = PK_CHORD_NONE; // in a window the guest may have them
		}
		if (chord != PK_CHORD_NONE) {
			pk_held_set(&keyboard->swallowed, event->keycode, true);
			run_chord(seat, chord, vt);
			return;
		}
	}
	// What the guest saw go down comes up there, whoever has the input by then.
	if (!down || (pk_seat_guest_has_input(seat) && has_places(keyboard))) {
		pk_seat_guest_key(seat, &keyboard->device.held, event->keycode, down);
	}
	if (pk_server_shows_clients(seat->server)) {
		wlr_seat_set_keyboard(seat->wlr, keyboard->wlr);
		wlr_seat_keyboard_notify_key(seat->wlr, event->time_msec, event->keycode,
			event->state);
	}
}

static void handle_keyboard_modifiers(struct wl_listener *listener, void *data) {
	struct pk_keyboard *keyboard = wl_container_of(listener, keyboard, modifiers);
	struct wlr_seat *seat = keyboard->device.seat->wlr;
	wlr_seat_set_keyboard(seat, keyboard->wlr);
	wlr_seat_keyboard_notify_modifiers(seat, &keyboard->wlr->modifiers);
}

static void finish(struct pk_input_device *device) {
	struct pk_keyboard *keyboard = wl_container_of(device, keyboard, device);
	wl_list_remove(&keyboard->key.link);
	wl_list_remove(&keyboard->modifiers.link);
}

void pk_seat_add_keyboard(struct pk_seat *seat, struct wlr_keyboard *wlr, bool has_keymap) {
	struct pk_keyboard *keyboard = calloc(1, sizeof(*keyboard));
	if (keyboard == NULL) {
		return;
	}
	keyboard->wlr = wlr;
	keyboard->is_virtual = has_keymap;
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
	pk_seat_listen(&wlr->events.key, &keyboard->key, handle_keyboard_key);
	pk_seat_listen(&wlr->events.modifiers, &keyboard->modifiers, handle_keyboard_modifiers);
	keyboard->device.finish = finish;
	pk_seat_add_input(seat, &seat->keyboards, &wlr->base, &keyboard->device);
	wlr_seat_set_keyboard(seat->wlr, wlr);
}
