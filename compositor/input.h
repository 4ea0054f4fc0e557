// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Decisions about input, without any input device: which keys the guest holds, what a chord means,
 * when motion is relative, how scrolling becomes wheel units. Pure.
 */
#ifndef COMPOSITOR_INPUT_H
#define COMPOSITOR_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#define PK_KEYS 0x300 // link KEY codes are below
#define PK_REL_AFTER_NS 250000000

// What the guest was told is down: nothing may stay down when it loses the input.
struct pk_held {
	uint8_t bits[PK_KEYS / 8];
};

// Notes a key; false when it must not be sent: out of range, a repeat, or a stray release.
bool pk_held_set(struct pk_held *held, uint32_t code, bool down);
bool pk_held_any(const struct pk_held *held);
// Takes one held code out; false when there is none.
bool pk_held_pop(struct pk_held *held, uint32_t *code);

enum pk_chord {
	PK_CHORD_NONE,
	PK_CHORD_RELEASE, // Ctrl+Alt+G: the guest gets no input until it is pressed again
	PK_CHORD_SWITCH,  // Ctrl+Alt+Tab: client windows above the guest, or back
	PK_CHORD_CLOSE,   // Ctrl+Alt+Backspace: power button, then quit
	PK_CHORD_VT,      // Ctrl+Alt+F1..F12
};

enum pk_chord pk_chord_of(bool ctrl, bool alt, bool other, uint32_t code, unsigned int *vt);

/*
 * Relative motion for guests that hide their pointer (games). A pointer that is only hidden while
 * somebody types comes back with the first absolute motion, so motion turns relative only after
 * the pointer stayed hidden through PK_REL_AFTER_NS of it.
 */
struct pk_motion {
	bool hidden_seen;   // the pointer was visible before and is hidden now
	int64_t hidden_since_ns; // first motion while hidden, 0: none yet
};

void pk_motion_visible(struct pk_motion *motion, bool visible, bool was_visible);
bool pk_motion_is_relative(struct pk_motion *motion, int64_t now_ns);

// Scrolling as 1/120 notches; keeps the fraction.
int32_t pk_wheel_units(double *rest, double delta, int32_t discrete);

#endif
