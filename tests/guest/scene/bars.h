// SPDX-License-Identifier: GPL-2.0-or-later
// The frame's number as pvg_paint_frame paints it, as rectangles for whoever draws them.
#ifndef TESTS_GUEST_SCENE_BARS_H
#define TESTS_GUEST_SCENE_BARS_H

#include "barcode.h"
#include "paint.h"
#include "plan.h"

#define PVG_BARS_STRIPS 3u // number, mode, number again
#define PVG_BARS_RECTS (PVG_BARCODE_BITS + 2u)

// Fills the rectangles of one strip, 0 to 2, for frame @number.
void pvg_bars_strip(const struct pvg_painter *painter, unsigned int strip, uint64_t number,
	struct pvg_plan_rect rects[PVG_BARS_RECTS]);

#endif
