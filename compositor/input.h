// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Decisions about input, without any input device: which keys the guest holds, what a chord means,
 * when motion is relative, how scrolling becomes wheel units, which finger is the pointer. Pure.
 */
#ifndef COMPOSITOR_INPUT_H
#define COMPOSITOR_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PK_KEYS 0x300 // link KEY codes are below
#define PK_REL_AFTER_NS 250000000

// Keys and buttons that one device holds.
struct pk_held {
	uint8_t bits[PK_KEYS / 8];
};

// Notes a key; false when nothing changed: out of range, a repeat, or a stray release.
bool pk_held_set(struct pk_held *held, uint32_t code, bool down);

/*
 * What the guest was told is down: nothing may stay down when it loses the input. Several devices
 * may hold the same key, which comes up with the last of them.
 */
struct pk_keys {
	uint8_t holders[PK_KEYS];
};

// Notes a key of a device; true when the guest must be told.
bool pk_keys_change(struct pk_keys *keys, struct pk_held *device, uint32_t code, bool down);
bool pk_keys_any(const struct pk_keys *keys);

enum pk_chord {
	PK_CHORD_NONE,
	PK_CHORD_RELEASE, // G: the guest gets no input until it is pressed again
	PK_CHORD_FULLSCREEN, // F: the window fills its screen, or no longer
	PK_CHORD_SWITCH, // Tab: client windows above the guest, or back
	PK_CHORD_CLOSE,  // Backspace: power button, then quit
	PK_CHORD_VT,     // F1..F12, always with Ctrl+Alt, as on any console
};

enum pk_mod {
	PK_MOD_SHIFT = 1u << 0,
	PK_MOD_CTRL = 1u << 1,
	PK_MOD_ALT = 1u << 2,
	PK_MOD_SUPER = 1u << 3,
};

#define PK_CHORD_MODS (PK_MOD_CTRL | PK_MOD_ALT) // unless the user says otherwise

// @mods: held now; @wanted: those of the kiosk's chords. Both must be the same, not more.
enum pk_chord pk_chord_of(uint32_t mods, uint32_t wanted, uint32_t code, unsigned int *vt);
// "ctrl+alt" and the like; false when a name is unknown, none is given, or shift is alone.
bool pk_chord_parse(const char *text, uint32_t *mods);
#define PK_CHORD_NAME_SIZE 32

// The reverse: "Ctrl+Alt" as on the keys, or "ctrl+alt".
void pk_chord_name(uint32_t mods, bool as_on_keys, char *text, size_t size);

/*
 * Relative motion for guests that hide their pointer (games). A pointer that is only hidden while
 * somebody types comes back with the first absolute motion, so motion turns relative only after
 * the pointer stayed hidden through PK_REL_AFTER_NS of it.
 */
struct pk_motion {
	bool visible;            // on any display
	bool hidden_seen;        // it was visible before and is hidden now
	int64_t hidden_since_ns; // first motion while hidden, 0: none yet
};

void pk_motion_visible(struct pk_motion *motion, bool visible);
bool pk_motion_is_relative(struct pk_motion *motion, int64_t now_ns);

enum pk_pointer {
	PK_POINTER_AUTO, // absolute, relative while the guest keeps its pointer hidden
	PK_POINTER_ABSOLUTE,
	PK_POINTER_RELATIVE,
};

/*
 * How motion goes to a VM with @devices (enum pvg_link_input_device): what is wished, as far as the
 * VM has a device for it. @hidden is what pk_motion_is_relative says.
 */
bool pk_pointer_is_relative(enum pk_pointer wish, uint32_t devices, bool hidden);

/*
 * Scrolling as 1/120 notches; keeps the fraction until the direction changes or the scrolling
 * stops. @discrete is what a wheel reports in these units, 0 for a touchpad.
 */
int32_t pk_wheel_units(double *rest, double delta, int32_t discrete);

// The first finger is the pointer with its left button held; further ones are nothing.
struct pk_touch {
	bool down;
	int32_t id;
};

bool pk_touch_down(struct pk_touch *touch, int32_t id);
bool pk_touch_is(const struct pk_touch *touch, int32_t id);
bool pk_touch_up(struct pk_touch *touch, int32_t id);

#endif
