// SPDX-License-Identifier: GPL-2.0-or-later
// Painting the barcode picture with the CPU, only what changes from frame to frame.
#ifndef TESTS_GUEST_SCENE_PAINT_H
#define TESTS_GUEST_SCENE_PAINT_H

#include "../drv/drv.h"
#include "barcode.h"

#define PVG_PAINT_MAX_WIDTH 8192u

struct pvg_painter {
	uint32_t width, height, refresh_mhz, port;
	uint32_t cell, strip_x, strip_height; // pixels
	uint32_t band_y, band_height;
	uint32_t *gradient; // owned by the caller: 2 * width pixels of guest or host memory
};

// Bytes that @gradient needs.
static inline uint32_t pvg_paint_gradient_bytes(uint32_t width) {
	return 2 * width * 4;
}

void pvg_paint_init(struct pvg_painter *painter, uint32_t width, uint32_t height,
	uint32_t refresh_mhz, uint32_t port, uint32_t *gradient);
// Brings a surface to frame @number (from 1). A surface with painted == 0 is painted whole.
void pvg_paint_frame(const struct pvg_painter *painter, struct pvg_drv_surface *surface,
	uint64_t number);
// Where the hot spot of the cursor is in frame @number.
void pvg_paint_cursor_at(const struct pvg_painter *painter, uint64_t number, uint16_t *x,
	uint16_t *y);
void pvg_paint_glyph(uint32_t argb[PVG_CURSOR_EDGE * PVG_CURSOR_EDGE]);

// Text of the built-in font: capital letters, digits and a few signs.
void pvg_paint_text(struct pvg_drv_surface *surface, uint32_t x, uint32_t y, uint32_t scale,
	const char *text, uint32_t ink, uint32_t paper);

#endif
