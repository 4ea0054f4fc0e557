// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The modes that a display has for the guest: those of its panel that make sense, and smaller ones
 * that are shown scaled (spec 04 sections 7 and 14.9). Pure.
 */
#ifndef COMPOSITOR_MODES_H
#define COMPOSITOR_MODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pvg/display.h>

#define PK_MODES_REFRESH_MIN_MHZ 10000
#define PK_MODES_REFRESH_MAX_MHZ 1000000
#define PK_MODES_EDGE_MIN 200 // pixels: smaller modes of panels are nothing for a desktop

struct pk_mode_entry {
	struct pvg_mode mode;
	bool scaled; // not the panel's: composited, or scaled by a plane
};

struct pk_modes {
	size_t count;
	struct pk_mode_entry entries[PVG_MAX_MODES];
};

// Why a mode of a panel is nothing for a guest, NULL: it is fine. Static.
const char *pk_modes_absurd(int width, int height, int refresh_mhz);

/**
 * pk_modes_add - one mode of the panel, in the order of preference
 *
 * Returns why it is left out, NULL: it is there now (or was already). A refresh of 0 is 60 Hz.
 */
const char *pk_modes_add(struct pk_modes *modes, int width, int height, int refresh_mhz);

/**
 * pk_modes_add_scaled - half the native size, and the usual sizes of its shape below it
 * @native: the panel's own mode
 */
void pk_modes_add_scaled(struct pk_modes *modes, const struct pvg_mode *native);

#endif
