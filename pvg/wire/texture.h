// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Texture descriptor blocks (spec 02 section 4.2) and what a pixel format weighs (6.1).
 */
#ifndef PVG_WIRE_TEXTURE_H
#define PVG_WIRE_TEXTURE_H

#include <stdbool.h>
#include <stdint.h>

struct pvg_cursor;

#define PVG_TEXTURE_NARROW_BYTES 32
#define PVG_TEXTURE_WIDE_BYTES 40

enum pvg_texture_type {
	PVG_TEXTURE_1D = 0,
	PVG_TEXTURE_1D_ARRAY = 1,
	PVG_TEXTURE_2D = 2,
	PVG_TEXTURE_2D_ARRAY = 3,
	PVG_TEXTURE_2D_MULTISAMPLE = 4,
	PVG_TEXTURE_CUBE = 5,
	PVG_TEXTURE_CUBE_ARRAY = 6,
	PVG_TEXTURE_3D = 7,
	PVG_TEXTURE_2D_MULTISAMPLE_ARRAY = 8,
	PVG_TEXTURE_BUFFER = 9,
};

// Both encodings, decoded.
struct pvg_texture_desc {
	uint8_t type; // as the guest wrote it: validate before using it as enum pvg_texture_type
	bool framebuffer_only, drawable, gpu_optimised, write_swizzle;
	uint16_t format; // MTLPixelFormat
	uint32_t usage;
	uint32_t width, height, depth; // pixels
	uint16_t levels, samples, layers, options;
	uint64_t protection;
	uint8_t swizzle[4]; // 0 zero, 1 one, 2 red, 3 green, 4 blue, 5 alpha
};

// Read one block; the cursor is failed when it was not whole.
void pvg_texture_read_narrow(struct pvg_cursor *c, struct pvg_texture_desc *desc);
void pvg_texture_read_wide(struct pvg_cursor *c, struct pvg_texture_desc *desc);

// NULL, or what is wrong in plain words (spec 02 section 4.2, validation).
const char *pvg_texture_check(const struct pvg_texture_desc *desc);

struct pvg_format_block {
	uint8_t width, height; // pixels
	uint8_t bytes;
};

// False for a number that has no public layout.
bool pvg_format_block(uint32_t format, struct pvg_format_block *block);

/**
 * pvg_texture_size - linear bytes of all levels, layers and samples, rows padded to 64
 *
 * For a description that passed pvg_texture_check. False when it does not fit 64 bits.
 */
bool pvg_texture_size(const struct pvg_texture_desc *desc, uint64_t *size_bytes);

#endif
