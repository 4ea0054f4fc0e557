// SPDX-License-Identifier: GPL-2.0-or-later
#include "bars.h"

static struct pvg_plan_rect cell(const struct pvg_painter *painter, uint32_t x, uint32_t y,
	uint32_t cells, uint32_t xrgb) {
	return (struct pvg_plan_rect){
		.x = (int16_t)x,
		.y = (int16_t)y,
		.width = (int16_t)(cells * painter->cell),
		.height = (int16_t)painter->strip_height,
		.rgba = { (uint8_t)(xrgb >> 16), (uint8_t)(xrgb >> 8), (uint8_t)xrgb, 255 },
	};
}

void pvg_bars_strip(const struct pvg_painter *painter, unsigned int strip, uint64_t number,
	struct pvg_plan_rect rects[PVG_BARS_RECTS]) {
	bool mode = strip == 1;
	uint32_t x = painter->strip_x;
	uint32_t y = strip == 2 ? painter->height - 2 * painter->strip_height
				: (mode ? 3 : 1) * painter->strip_height;
	uint64_t value = !mode ? number
			       : pvg_barcode_mode(painter->width, painter->height,
					 painter->refresh_mhz, painter->port);
	uint8_t checksum = pvg_barcode_checksum(value);
	rects[0] = cell(painter, x, y, PVG_BARCODE_MARKER_CELLS,
		mode ? PVG_BARCODE_MODE_START : PVG_BARCODE_FRAME_START);
	x += PVG_BARCODE_MARKER_CELLS * painter->cell;
	for (unsigned int i = 0; i < PVG_BARCODE_BITS; i++, x += painter->cell) {
		uint32_t bit =
			i < 64 ? (uint32_t)(value >> (63 - i)) & 1 : checksum >> (71 - i) & 1u;
		rects[1 + i] = cell(painter, x, y, 1, bit ? PVG_BARCODE_ONE : PVG_BARCODE_ZERO);
	}
	rects[1 + PVG_BARCODE_BITS] =
		cell(painter, x, y, PVG_BARCODE_MARKER_CELLS, PVG_BARCODE_END);
}
