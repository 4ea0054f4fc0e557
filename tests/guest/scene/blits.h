// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Scene angle-blits: what a GL implementation on top of Metal does with blit encoders. A picture
 * comes from a buffer, parts of it are copied between textures and levels, filled, read into a
 * buffer and brought back; mipmaps are made from the result.
 */
#ifndef TESTS_GUEST_SCENE_BLITS_H
#define TESTS_GUEST_SCENE_BLITS_H

#include <stddef.h>
#include <stdint.h>

#define PVG_BLITS_EDGE 128u
#define PVG_BLITS_LEVELS 4u
#define PVG_BLITS_PITCH (PVG_BLITS_EDGE * 4u + 256u) // wider than the rows
#define PVG_BLITS_PATTERN 0xff3070c0u // a texel, BGRA

// The picture of frame @number, BGRA.
static inline void pvg_blits_paint(uint8_t *pixels, uint64_t number) {
	for (uint32_t y = 0; y < PVG_BLITS_EDGE; y++) {
		for (uint32_t x = 0; x < PVG_BLITS_EDGE; x++) {
			uint8_t *at = pixels + (size_t)y * PVG_BLITS_PITCH + (size_t)x * 4;
			uint32_t moved = (x + (uint32_t)(number % PVG_BLITS_EDGE)) % PVG_BLITS_EDGE;
			at[0] = (uint8_t)(y * 2);
			at[1] = (uint8_t)(moved * 2);
			at[2] = (uint8_t)((moved ^ y) * 2);
			at[3] = 255;
		}
	}
}

// Copies of @edge x @edge texels within level 0, from and to.
static const uint16_t pvg_blits_moves[][5] = {
	{ 0, 0, 64, 64, 32 },
	{ 96, 0, 0, 96, 32 },
	{ 32, 32, 80, 8, 16 },
};

#endif
