// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BC blocks on the CPU, for hosts that cannot sample them. A block is 4x4 texels, rows from the
 * top. Every bit pattern has a meaning: nothing here fails.
 */
#ifndef RENDER_GLES_BC_H
#define RENDER_GLES_BC_H

#include <stdbool.h>
#include <stdint.h>

struct gles_bc {
	uint16_t format;  // MTLPixelFormat of the blocks
	uint16_t texels;  // … of what they become
	uint8_t texel_bytes;
};

// NULL: not a format that is decoded here.
const struct gles_bc *gles_bc_find(uint16_t format);
// @texels: 16 of them.
void gles_bc_decode(const struct gles_bc *bc, const uint8_t *block, uint8_t *texels);

// bptc.c
void gles_bc7_block(const uint8_t block[16], uint8_t texels[16][4]);
// Half floats; alpha is one.
void gles_bc6h_block(const uint8_t block[16], bool is_signed, uint16_t texels[16][4]);

#endif
