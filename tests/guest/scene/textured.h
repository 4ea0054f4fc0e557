// SPDX-License-Identifier: GPL-2.0-or-later
// Scene textured: a quad for each kind of sampler over a texture whose levels can be told apart.
#ifndef TESTS_GUEST_SCENE_TEXTURED_H
#define TESTS_GUEST_SCENE_TEXTURED_H

#include "../mtl/mtl.h"
#include "plan.h"

#define PVG_TEXTURED_EDGE 64u
#define PVG_TEXTURED_LEVELS 7u
#define PVG_TEXTURED_COLUMNS 6u
#define PVG_TEXTURED_ROWS 5u

// Address modes and border colours are Metal's ordinals.
static const struct pvg_mtl_sampler pvg_textured_samplers[] = {
	// one level, magnified and minified, each address mode
	{ .linear = false, .address = 0 },
	{ .linear = false, .address = 1 },
	{ .linear = false, .address = 2 },
	{ .linear = false, .address = 3 },
	{ .linear = false, .address = 4 },
	{ .linear = false, .address = 5, .border = 2 },
	{ .linear = true, .address = 0 },
	{ .linear = true, .address = 1 },
	{ .linear = true, .address = 2 },
	{ .linear = true, .address = 3 },
	{ .linear = true, .address = 4 },
	{ .linear = true, .address = 5, .border = 1 },
	// levels
	{ .linear = false, .mipmapped = true, .address = 2 },
	{ .linear = false, .mipmapped = true, .mip_linear = true, .address = 2 },
	{ .linear = true, .mipmapped = true, .address = 2 },
	{ .linear = true, .mipmapped = true, .mip_linear = true, .address = 2 },
	{ .linear = true, .mipmapped = true, .mip_linear = true, .address = 0 },
	{ .linear = true, .mipmapped = true, .address = 5, .border = 0 },
};

#define PVG_TEXTURED_SAMPLERS \
	(sizeof(pvg_textured_samplers) / sizeof(pvg_textured_samplers[0]))

// A checker of the level's own colour, BGRA.
static inline void pvg_textured_paint(uint8_t *pixels, uint32_t pitch_bytes, uint32_t level) {
	static const uint8_t colors[PVG_TEXTURED_LEVELS][3] = { { 230, 60, 50 }, { 60, 200, 70 },
		{ 60, 90, 230 }, { 230, 210, 60 }, { 200, 70, 210 }, { 70, 210, 210 },
		{ 240, 240, 240 } };
	uint32_t edge = PVG_TEXTURED_EDGE >> level;
	for (uint32_t y = 0; y < edge; y++) {
		for (uint32_t x = 0; x < edge; x++) {
			uint8_t *at = pixels + (size_t)y * pitch_bytes + (size_t)x * 4;
			uint32_t dim = (x / 4 + y / 4) % 2 == 0 ? 1 : 2;
			for (unsigned int i = 0; i < 3; i++) {
				at[2 - i] = (uint8_t)(colors[level][i] / dim + x * 15 / edge);
			}
			at[3] = 255;
		}
	}
}

// Quad @index of the grid: what it covers and how much of the texture it sees.
static inline struct pvg_plan_rect pvg_textured_quad(uint32_t index, uint32_t width,
	uint32_t height, uint64_t number) {
	uint32_t column = index % PVG_TEXTURED_COLUMNS, row = index / PVG_TEXTURED_COLUMNS;
	int cell_w = (int)(width / PVG_TEXTURED_COLUMNS);
	int cell_h = (int)(height * 3 / 4 / PVG_TEXTURED_ROWS);
	// From magnified to a sixteenth.
	int seen = (int)PVG_TEXTURED_EDGE << (row % 5);
	return (struct pvg_plan_rect){
		.x = (int16_t)((int)column * cell_w + 4),
		.y = (int16_t)((int)(height / 6) + (int)row * cell_h + 2),
		.width = (int16_t)(cell_w - 8),
		.height = (int16_t)(cell_h - 4),
		.source_x = (int16_t)(-(int)PVG_TEXTURED_EDGE / 2 + (int)(number % 32)),
		.source_y = (int16_t)(-(int)PVG_TEXTURED_EDGE / 2),
		.source_w = (int16_t)seen,
		.source_h = (int16_t)seen,
		.rgba = { 255, 255, 255, 255 },
	};
}

#endif
