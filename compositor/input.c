// SPDX-License-Identifier: GPL-2.0-or-later
#include "input.h"

#include <linux/input-event-codes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "pvg-link.h"

#define DELTA_PER_NOTCH 15.0 // what libinput reports for one notch of a wheel

bool pk_held_set(struct pk_held *held, uint32_t code, bool down) {
	if (code >= PK_KEYS) {
		return false;
	}
	uint8_t *byte = &held->bits[code / 8];
	uint8_t bit = (uint8_t)(1u << code % 8);
	if (((*byte & bit) != 0) == down) {
		return false;
	}
	*byte = (uint8_t)(*byte ^ bit);
	return true;
}

bool pk_keys_change(struct pk_keys *keys, struct pk_held *device, uint32_t code, bool down) {
	if (!pk_held_set(device, code, down)) {
		return false;
	}
	uint8_t *holders = &keys->holders[code];
	if (down) {
		if (*holders == UINT8_MAX) {
			pk_held_set(device, code, false);
			return false;
		}
		return (*holders)++ == 0;
	}
	return --*holders == 0;
}

bool pk_keys_any(const struct pk_keys *keys) {
	for (uint32_t code = 0; code < PK_KEYS; code++) {
		if (keys->holders[code] != 0) {
			return true;
		}
	}
	return false;
}

enum pk_chord pk_chord_of(uint32_t mods, uint32_t wanted, uint32_t code, unsigned int *vt) {
	if (mods == PK_CHORD_MODS) {
		if (code >= KEY_F1 && code <= KEY_F10) {
			*vt = code - KEY_F1 + 1;
			return PK_CHORD_VT;
		}
		if (code == KEY_F11 || code == KEY_F12) {
			*vt = code - KEY_F11 + 11;
			return PK_CHORD_VT;
		}
	}
	if (mods != wanted) {
		return PK_CHORD_NONE;
	}
	switch (code) {
	case KEY_G:
		return PK_CHORD_RELEASE;
	case KEY_F:
		return PK_CHORD_FULLSCREEN;
	case KEY_TAB:
		return PK_CHORD_SWITCH;
	case KEY_BACKSPACE:
		return PK_CHORD_CLOSE;
	default:
		return PK_CHORD_NONE;
	}
}

static const struct {
	const char *word, *name;
	uint32_t mod;
} mod_names[] = {
	{ "ctrl", "Ctrl", PK_MOD_CTRL },
	{ "alt", "Alt", PK_MOD_ALT },
	{ "shift", "Shift", PK_MOD_SHIFT },
	{ "super", "Super", PK_MOD_SUPER },
};

#define MODS (sizeof(mod_names) / sizeof(mod_names[0]))

bool pk_chord_parse(const char *text, uint32_t *mods) {
	uint32_t found = 0;
	for (;;) {
		size_t length = strcspn(text, "+");
		size_t i = 0;
		while (i < MODS && (strlen(mod_names[i].word) != length ||
				strncmp(mod_names[i].word, text, length) != 0)) {
			i++;
		}
		if (i == MODS) {
			return false;
		}
		found |= mod_names[i].mod;
		if (text[length] == '\0') {
			break;
		}
		text += length + 1;
	}
	if (found == PK_MOD_SHIFT) {
		return false; // capital letters
	}
	*mods = found;
	return true;
}

void pk_chord_name(uint32_t mods, bool as_on_keys, char *text, size_t size) {
	size_t at = 0;
	text[0] = '\0';
	for (size_t i = 0; i < MODS; i++) {
		if ((mods & mod_names[i].mod) != 0 && at < size) {
			int n = snprintf(text + at, size - at, "%s%s", at != 0 ? "+" : "",
				as_on_keys ? mod_names[i].name : mod_names[i].word);
			at += (size_t)n;
		}
	}
}

void pk_motion_visible(struct pk_motion *motion, bool visible) {
	if (visible) {
		motion->hidden_seen = false;
	} else if (motion->visible) {
		motion->hidden_seen = true;
		motion->hidden_since_ns = 0;
	}
	motion->visible = visible;
}

bool pk_motion_is_relative(struct pk_motion *motion, int64_t now_ns) {
	if (!motion->hidden_seen) {
		return false;
	}
	if (motion->hidden_since_ns == 0) {
		motion->hidden_since_ns = now_ns;
	}
	return now_ns - motion->hidden_since_ns >= PK_REL_AFTER_NS;
}

bool pk_pointer_is_relative(enum pk_pointer wish, uint32_t devices, bool hidden) {
	uint32_t relative = PVG_LINK_INPUT_RELATIVE | PVG_LINK_INPUT_PS2_MOUSE;
	if ((devices & relative) == 0) {
		return false;
	}
	if ((devices & PVG_LINK_INPUT_ABSOLUTE) == 0) {
		return true;
	}
	switch (wish) {
	case PK_POINTER_ABSOLUTE:
		return false;
	case PK_POINTER_RELATIVE:
		return true;
	case PK_POINTER_AUTO:
		break;
	}
	// A PS/2 mouse is in every PC; that the guest uses it is not likely.
	return hidden && (devices & PVG_LINK_INPUT_RELATIVE) != 0;
}

int32_t pk_wheel_units(double *rest, double delta, int32_t discrete) {
	if (discrete != 0 || delta == 0 || (delta > 0) != (*rest > 0)) {
		*rest = 0; // a wheel, the end of a gesture, or back again
	}
	if (discrete != 0) {
		return discrete;
	}
	double units = *rest + delta * 120.0 / DELTA_PER_NOTCH;
	if (!isfinite(units) || fabs(units) > 1200000) {
		*rest = 0;
		return 0;
	}
	int32_t whole = (int32_t)units;
	*rest = units - whole;
	return whole;
}

bool pk_touch_down(struct pk_touch *touch, int32_t id) {
	if (touch->down) {
		return false;
	}
	*touch = (struct pk_touch){ .down = true, .id = id };
	return true;
}

bool pk_touch_is(const struct pk_touch *touch, int32_t id) {
	return touch->down && touch->id == id;
}

bool pk_touch_up(struct pk_touch *touch, int32_t id) {
	if (!pk_touch_is(touch, id)) {
		return false;
	}
	touch->down = false;
	return true;
}
