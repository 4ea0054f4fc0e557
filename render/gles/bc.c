// SPDX-License-Identifier: GPL-2.0-or-later
#include "bc.h"

#include <stddef.h>
#include <string.h>

/* BC1 to BC5: two end points and an index a texel (Khronos Data Format Specification). */

enum {
	R8 = 10,
	R8_SNORM = 12,
	RG8 = 30,
	RG8_SNORM = 32,
	RGBA8 = 70,
	RGBA8_SRGB = 71,
	RGBA16F = 115,
};

const struct gles_bc *gles_bc_find(uint16_t format) {
	static const struct gles_bc formats[] = {
		{ 130, RGBA8, 4 },
		{ 131, RGBA8_SRGB, 4 },
		{ 132, RGBA8, 4 },
		{ 133, RGBA8_SRGB, 4 },
		{ 134, RGBA8, 4 },
		{ 135, RGBA8_SRGB, 4 },
		{ 140, R8, 1 },
		{ 141, R8_SNORM, 1 },
		{ 142, RG8, 2 },
		{ 143, RG8_SNORM, 2 },
		{ 150, RGBA16F, 8 },
		{ 151, RGBA16F, 8 },
		{ 152, RGBA8, 4 },
		{ 153, RGBA8_SRGB, 4 },
	};
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (formats[i].format == format) {
			return &formats[i];
		}
	}
	return NULL;
}

static uint64_t little(const uint8_t *bytes, uint32_t count) {
	uint64_t value = 0;
	for (uint32_t i = 0; i < count; i++) {
		value |= (uint64_t)bytes[i] << 8 * i;
	}
	return value;
}

static void from_565(uint32_t v, int32_t color[4]) {
	int32_t r = (int32_t)(v >> 11), g = (int32_t)(v >> 5 & 63), b = (int32_t)(v & 31);
	color[0] = r << 3 | r >> 2;
	color[1] = g << 2 | g >> 4;
	color[2] = b << 3 | b >> 2;
	color[3] = 255;
}

// @punch: blocks whose first colour is not the greater one have three colours and nothing.
static void colors(const uint8_t block[8], bool punch, uint8_t *texels) {
	uint32_t a = (uint32_t)little(block, 2), b = (uint32_t)little(block + 2, 2);
	uint32_t indices = (uint32_t)little(block + 4, 4);
	int32_t table[4][4];
	from_565(a, table[0]);
	from_565(b, table[1]);
	for (uint32_t c = 0; c < 4; c++) {
		int32_t x = table[0][c], y = table[1][c];
		bool three = punch && a <= b;
		table[2][c] = three ? (x + y + 1) / 2 : (2 * x + y + 1) / 3;
		table[3][c] = three ? 0 : (x + 2 * y + 1) / 3;
	}
	for (uint32_t i = 0; i < 16; i++) {
		for (uint32_t c = 0; c < 4; c++) {
			texels[i * 4 + c] = (uint8_t)table[indices >> 2 * i & 3][c];
		}
	}
}

// To the nearest whole number.
static int32_t divide(int32_t v, int32_t by) {
	return (v < 0 ? v - by / 2 : v + by / 2) / by;
}

// One channel, unsigned or signed bytes, @stride bytes apart.
static void channel(const uint8_t block[8], bool is_signed, uint8_t *out, uint32_t stride) {
	int32_t a = is_signed ? (int8_t)block[0] : block[0];
	int32_t b = is_signed ? (int8_t)block[1] : block[1];
	uint64_t indices = little(block + 2, 6);
	int32_t table[8] = { a, b };
	for (int32_t i = 1; i < 7; i++) {
		table[i + 1] = a > b ? divide((7 - i) * a + i * b, 7)
			: i < 5      ? divide((5 - i) * a + i * b, 5)
			: i == 5     ? (is_signed ? -128 : 0)
				     : (is_signed ? 127 : 255);
	}
	for (uint32_t i = 0; i < 16; i++) {
		out[i * stride] = (uint8_t)table[indices >> 3 * i & 7];
	}
}

void gles_bc_decode(const struct gles_bc *bc, const uint8_t *block, uint8_t *texels) {
	uint64_t alpha;
	switch (bc->format) {
	case 130:
	case 131:
		colors(block, true, texels);
		return;
	case 132:
	case 133:
		colors(block + 8, false, texels);
		alpha = little(block, 8);
		for (uint32_t i = 0; i < 16; i++) {
			texels[i * 4 + 3] = (uint8_t)((alpha >> 4 * i & 15) * 17);
		}
		return;
	case 134:
	case 135:
		colors(block + 8, false, texels);
		channel(block, false, texels + 3, 4);
		return;
	case 140:
	case 141:
		channel(block, bc->format == 141, texels, 1);
		return;
	case 142:
	case 143:
		channel(block, bc->format == 143, texels, 2);
		channel(block + 8, bc->format == 143, texels + 1, 2);
		return;
	case 150:
	case 151: {
		uint16_t halves[16][4];
		gles_bc6h_block(block, bc->format == 150, halves);
		memcpy(texels, halves, sizeof(halves));
		return;
	}
	default: {
		uint8_t bytes[16][4];
		gles_bc7_block(block, bytes);
		memcpy(texels, bytes, sizeof(bytes));
		return;
	}
	}
}
