// SPDX-License-Identifier: GPL-2.0-or-later
#include "input.h"

#include <linux/input-event-codes.h>
#include <math.h>

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

bool pk_held_any(const struct pk_held *held) {
	for (unsigned int i = 0; i < sizeof(held->bits); i++) {
		if (held->bits[i] != 0) {
			return true;
		}
	}
	return false;
}

bool pk_held_pop(struct pk_held *held, uint32_t *code) {
	for (uint32_t i = 0; i < PK_KEYS; i++) {
		if (pk_held_set(held, i, false)) {
			*code = i;
			return true;
		}
	}
	return false;
}

enum pk_chord pk_chord_of(bool ctrl, bool alt, bool other, uint32_t code, unsigned int *vt) {
	if (!ctrl || !alt || other) {
		return PK_CHORD_NONE;
	}
	switch (code) {
	case KEY_G:
		return PK_CHORD_RELEASE;
	case KEY_TAB:
		return PK_CHORD_SWITCH;
	case KEY_BACKSPACE:
		return PK_CHORD_CLOSE;
	case KEY_F11:
	case KEY_F12:
		*vt = code - KEY_F11 + 11;
		return PK_CHORD_VT;
	default:
		if (code >= KEY_F1 && code <= KEY_F10) {
			*vt = code - KEY_F1 + 1;
			return PK_CHORD_VT;
		}
		return PK_CHORD_NONE;
	}
}

void pk_motion_visible(struct pk_motion *motion, bool visible, bool was_visible) {
	if (visible) {
		motion->hidden_seen = false;
	} else if (was_visible) {
		motion->hidden_seen = true;
		motion->hidden_since_ns = 0;
	}
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

int32_t pk_wheel_units(double *rest, double delta, int32_t discrete) {
	if (discrete != 0) {
		*rest = 0;
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
