// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "bc.h"

/*
 * BC6H and BC7: a block says by a mode how its bits are shared out between end points and indices
 * (Khronos Data Format Specification, "BPTC Compressed Texture Image Formats"). Every bit pattern
 * is a block: reserved modes are black.
 */

struct bits {
	const uint8_t *block;
	uint32_t at;
};

static uint32_t take(struct bits *b, uint32_t count) {
	uint32_t value = 0;
	for (uint32_t i = 0; i < count; i++, b->at++) {
		value |= (uint32_t)(b->block[b->at / 8] >> b->at % 8 & 1) << i;
	}
	return value;
}

/* ---- which end points a texel is between --------------------------------------------------- */

// Bit n: texel n belongs to the second pair of end points.
static const uint16_t subsets2[64] = {
	0xcccc, 0x8888, 0xeeee, 0xecc8, 0xc880, 0xfeec, 0xfec8, 0xec80,
	0xc800, 0xffec, 0xfe80, 0xe800, 0xffe8, 0xff00, 0xfff0, 0xf000,
	0xf710, 0x008e, 0x7100, 0x08ce, 0x008c, 0x7310, 0x3100, 0x8cce,
	0x088c, 0x3110, 0x6666, 0x366c, 0x17e8, 0x0ff0, 0x718e, 0x399c,
	0xaaaa, 0xf0f0, 0x5a5a, 0x33cc, 0x3c3c, 0x55aa, 0x9696, 0xa55a,
	0x73ce, 0x13c8, 0x324c, 0x3bdc, 0x6996, 0xc33c, 0x9966, 0x0660,
	0x0272, 0x04e4, 0x4e40, 0x2720, 0xc936, 0x936c, 0x39c6, 0x639c,
	0x9336, 0x9cc6, 0x817e, 0xe718, 0xccf0, 0x0fcc, 0x7744, 0xee22,
};

// The texel of the second pair whose index has a bit less; of the first it is texel 0.
static const uint8_t anchors2[64] = {
	15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,
	15, 2, 8, 2, 2, 8, 8, 15, 2, 8, 2, 2, 8, 8, 2, 2,
	15, 15, 6, 8, 2, 8, 15, 15, 2, 8, 2, 2, 2, 15, 15, 6,
	6, 2, 6, 8, 15, 15, 2, 2, 15, 15, 15, 15, 15, 2, 2, 15,
};

// Two bits a texel.
static const uint32_t subsets3[64] = {
	0xaa685050, 0x6a5a5040, 0x5a5a4200, 0x5450a0a8, 0xa5a50000, 0xa0a05050,
	0x5555a0a0, 0x5a5a5050, 0xaa550000, 0xaa555500, 0xaaaa5500, 0x90909090,
	0x94949494, 0xa4a4a4a4, 0xa9a59450, 0x2a0a4250, 0xa5945040, 0x0a425054,
	0xa5a5a500, 0x55a0a0a0, 0xa8a85454, 0x6a6a4040, 0xa4a45000, 0x1a1a0500,
	0x0050a4a4, 0xaaa59090, 0x14696914, 0x69691400, 0xa08585a0, 0xaa821414,
	0x50a4a450, 0x6a5a0200, 0xa9a58000, 0x5090a0a8, 0xa8a09050, 0x24242424,
	0x00aa5500, 0x24924924, 0x24499224, 0x50a50a50, 0x500aa550, 0xaaaa4444,
	0x66660000, 0xa5a0a5a0, 0x50a050a0, 0x69286928, 0x44aaaa44, 0x66666600,
	0xaa444444, 0x54a854a8, 0x95809580, 0x96969600, 0xa85454a8, 0x80959580,
	0xaa141414, 0x96960000, 0xaaaa1414, 0xa05050a0, 0xa0a5a5a0, 0x96000000,
	0x40804080, 0xa9a8a9a8, 0xaaaaaa44, 0x2a4a5254,
};
static const uint8_t anchors3[64][2] = {
	{ 3, 15 }, { 3, 8 }, { 15, 8 }, { 15, 3 }, { 8, 15 }, { 3, 15 }, { 15, 3 }, { 15, 8 },
	{ 8, 15 }, { 8, 15 }, { 6, 15 }, { 6, 15 }, { 6, 15 }, { 5, 15 }, { 3, 15 }, { 3, 8 },
	{ 3, 15 }, { 3, 8 }, { 8, 15 }, { 15, 3 }, { 3, 15 }, { 3, 8 }, { 6, 15 }, { 10, 8 },
	{ 5, 3 }, { 8, 15 }, { 8, 6 }, { 6, 10 }, { 8, 15 }, { 5, 15 }, { 15, 10 }, { 15, 8 },
	{ 8, 15 }, { 15, 3 }, { 3, 15 }, { 5, 10 }, { 6, 10 }, { 10, 8 }, { 8, 9 }, { 15, 10 },
	{ 15, 6 }, { 3, 15 }, { 15, 8 }, { 5, 15 }, { 15, 3 }, { 15, 6 }, { 15, 6 }, { 15, 8 },
	{ 3, 15 }, { 15, 3 }, { 5, 15 }, { 5, 15 }, { 5, 15 }, { 8, 15 }, { 5, 15 }, { 10, 15 },
	{ 5, 15 }, { 10, 15 }, { 8, 15 }, { 13, 15 }, { 15, 3 }, { 12, 15 }, { 3, 15 }, { 3, 8 },
};

static const uint8_t weights2[4] = { 0, 21, 43, 64 };
static const uint8_t weights3[8] = { 0, 9, 18, 27, 37, 46, 55, 64 };
static const uint8_t weights4[16] = { 0, 4, 9, 13, 17, 21, 26, 30, 34, 38, 43, 47, 51, 55, 60, 64 };

static uint32_t weight(uint32_t bits, uint32_t index) {
	return bits == 2 ? weights2[index] : bits == 3 ? weights3[index] : weights4[index];
}

static uint32_t pair_of(uint32_t pairs, uint32_t partition, uint32_t texel) {
	switch (pairs) {
	case 2:
		return subsets2[partition] >> texel & 1;
	case 3:
		return subsets3[partition] >> 2 * texel & 3;
	default:
		return 0;
	}
}

static bool is_anchor(uint32_t pairs, uint32_t partition, uint32_t texel) {
	return texel == 0 || (pairs == 2 && texel == anchors2[partition]) ||
		(pairs == 3 &&
			(texel == anchors3[partition][0] || texel == anchors3[partition][1]));
}

/* ---- BC7 ----------------------------------------------------------------------------------- */

static const struct mode7 {
	uint8_t pairs, partition_bits, rotation_bits, selection_bits;
	uint8_t color_bits, alpha_bits;
	uint8_t point_bits, shared_bits; // lowest bits of end points: of each, of each pair
	uint8_t index_bits, second_bits;
} modes7[8] = {
	{ 3, 4, 0, 0, 4, 0, 1, 0, 3, 0 },
	{ 2, 6, 0, 0, 6, 0, 0, 1, 3, 0 },
	{ 3, 6, 0, 0, 5, 0, 0, 0, 2, 0 },
	{ 2, 6, 0, 0, 7, 0, 1, 0, 2, 0 },
	{ 1, 0, 2, 1, 5, 6, 0, 0, 2, 3 },
	{ 1, 0, 2, 0, 7, 8, 0, 0, 2, 2 },
	{ 1, 0, 0, 0, 7, 7, 1, 0, 4, 0 },
	{ 2, 6, 0, 0, 5, 5, 1, 0, 2, 0 },
};

// Fills the low bits with the high ones.
static uint32_t widen(uint32_t value, uint32_t bits) {
	value <<= 8 - bits;
	return value | value >> bits;
}

static void read_points7(struct bits *b, const struct mode7 *m, uint32_t points[6][4]) {
	uint32_t count = m->pairs * 2u, low[6] = { 0 };
	uint32_t extra = m->point_bits | m->shared_bits;
	for (uint32_t c = 0; c < 4; c++) {
		for (uint32_t i = 0; i < count; i++) {
			points[i][c] = take(b, c < 3 ? m->color_bits : m->alpha_bits);
		}
	}
	for (uint32_t i = 0; i < count && extra != 0; i++) {
		low[i] = m->shared_bits != 0 && i % 2 == 1 ? low[i - 1] : take(b, 1);
	}
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t c = 0; c < 4; c++) {
			uint32_t bits = c < 3 ? m->color_bits : m->alpha_bits;
			if (bits == 0) {
				points[i][c] = 255;
				continue;
			}
			uint32_t value = extra != 0 ? points[i][c] << 1 | low[i] : points[i][c];
			points[i][c] = widen(value, bits + extra);
		}
	}
}

static uint8_t between(uint32_t a, uint32_t b, uint32_t w) {
	return (uint8_t)((a * (64 - w) + b * w + 32) >> 6);
}

void gles_bc7_block(const uint8_t block[16], uint8_t texels[16][4]) {
	struct bits b = { block, 0 };
	uint32_t mode = 0, points[6][4], first[16], second[16];
	while (mode < 8 && take(&b, 1) == 0) {
		mode++;
	}
	memset(texels, 0, 64);
	if (mode == 8) {
		return;
	}
	const struct mode7 *m = &modes7[mode];
	uint32_t partition = take(&b, m->partition_bits);
	uint32_t rotation = take(&b, m->rotation_bits);
	bool swapped = take(&b, m->selection_bits) != 0;
	read_points7(&b, m, points);
	for (uint32_t i = 0; i < 16; i++) {
		first[i] = take(&b, m->index_bits - is_anchor(m->pairs, partition, i));
	}
	for (uint32_t i = 0; i < 16 && m->second_bits != 0; i++) {
		second[i] = take(&b, m->second_bits - (i == 0 ? 1u : 0u));
	}
	for (uint32_t i = 0; i < 16; i++) {
		uint32_t(*p)[4] = &points[2 * pair_of(m->pairs, partition, i)];
		uint32_t w = weight(m->index_bits, first[i]), w_alpha = w;
		if (m->second_bits != 0) {
			uint32_t other = weight(m->second_bits, second[i]);
			w_alpha = swapped ? w : other;
			w = swapped ? other : w;
		}
		for (uint32_t c = 0; c < 4; c++) {
			texels[i][c] = between(p[0][c], p[1][c], c < 3 ? w : w_alpha);
		}
		if (rotation != 0) {
			uint8_t alpha = texels[i][3];
			texels[i][3] = texels[i][rotation - 1];
			texels[i][rotation - 1] = alpha;
		}
	}
}

/* ---- BC6H ---------------------------------------------------------------------------------- */

struct field { // dest: four times the channel and the end point; count with 16: highest bit first
	uint8_t dest, shift, count;
};

// In the order of the block's bits. A count of 0 ends a mode.
static const struct field fields6[14][25] = {
	{ // 00
		{ 6, 4, 1 }, { 10, 4, 1 }, { 11, 4, 1 }, { 0, 0, 10 }, { 4, 0, 10 }, { 8, 0, 10 },
		{ 1, 0, 5 }, { 7, 4, 1 }, { 6, 0, 4 }, { 5, 0, 5 }, { 11, 0, 1 }, { 7, 0, 4 },
		{ 9, 0, 5 }, { 11, 1, 1 }, { 10, 0, 4 }, { 2, 0, 5 }, { 11, 2, 1 }, { 3, 0, 5 },
		{ 11, 3, 1 },
	},
	{ // 01
		{ 6, 5, 1 }, { 7, 4, 1 }, { 7, 5, 1 }, { 0, 0, 7 }, { 11, 0, 1 }, { 11, 1, 1 },
		{ 10, 4, 1 }, { 4, 0, 7 }, { 10, 5, 1 }, { 11, 2, 1 }, { 6, 4, 1 }, { 8, 0, 7 },
		{ 11, 3, 1 }, { 11, 5, 1 }, { 11, 4, 1 }, { 1, 0, 6 }, { 6, 0, 4 }, { 5, 0, 6 },
		{ 7, 0, 4 }, { 9, 0, 6 }, { 10, 0, 4 }, { 2, 0, 6 }, { 3, 0, 6 },
	},
	{ // 00010
		{ 0, 0, 10 }, { 4, 0, 10 }, { 8, 0, 10 }, { 1, 0, 5 }, { 0, 10, 1 }, { 6, 0, 4 },
		{ 5, 0, 4 }, { 4, 10, 1 }, { 11, 0, 1 }, { 7, 0, 4 }, { 9, 0, 4 }, { 8, 10, 1 },
		{ 11, 1, 1 }, { 10, 0, 4 }, { 2, 0, 5 }, { 11, 2, 1 }, { 3, 0, 5 }, { 11, 3, 1 },
	},
	{ // 00110
		{ 0, 0, 10 }, { 4, 0, 10 }, { 8, 0, 10 }, { 1, 0, 4 }, { 0, 10, 1 }, { 7, 4, 1 },
		{ 6, 0, 4 }, { 5, 0, 5 }, { 4, 10, 1 }, { 7, 0, 4 }, { 9, 0, 4 }, { 8, 10, 1 },
		{ 11, 1, 1 }, { 10, 0, 4 }, { 2, 0, 4 }, { 11, 0, 1 }, { 11, 2, 1 }, { 3, 0, 4 },
		{ 6, 4, 1 }, { 11, 3, 1 },
	},
	{ // 01010
		{ 0, 0, 10 }, { 4, 0, 10 }, { 8, 0, 10 }, { 1, 0, 4 }, { 0, 10, 1 }, { 10, 4, 1 },
		{ 6, 0, 4 }, { 5, 0, 4 }, { 4, 10, 1 }, { 11, 0, 1 }, { 7, 0, 4 }, { 9, 0, 5 },
		{ 8, 10, 1 }, { 10, 0, 4 }, { 2, 0, 4 }, { 11, 1, 1 }, { 11, 2, 1 }, { 3, 0, 4 },
		{ 11, 4, 1 }, { 11, 3, 1 },
	},
	{ // 01110
		{ 0, 0, 9 }, { 10, 4, 1 }, { 4, 0, 9 }, { 6, 4, 1 }, { 8, 0, 9 }, { 11, 4, 1 },
		{ 1, 0, 5 }, { 7, 4, 1 }, { 6, 0, 4 }, { 5, 0, 5 }, { 11, 0, 1 }, { 7, 0, 4 },
		{ 9, 0, 5 }, { 11, 1, 1 }, { 10, 0, 4 }, { 2, 0, 5 }, { 11, 2, 1 }, { 3, 0, 5 },
		{ 11, 3, 1 },
	},
	{ // 10010
		{ 0, 0, 8 }, { 7, 4, 1 }, { 10, 4, 1 }, { 4, 0, 8 }, { 11, 2, 1 }, { 6, 4, 1 },
		{ 8, 0, 8 }, { 11, 3, 1 }, { 11, 4, 1 }, { 1, 0, 6 }, { 6, 0, 4 }, { 5, 0, 5 },
		{ 11, 0, 1 }, { 7, 0, 4 }, { 9, 0, 5 }, { 11, 1, 1 }, { 10, 0, 4 }, { 2, 0, 6 },
		{ 3, 0, 6 },
	},
	{ // 10110
		{ 0, 0, 8 }, { 11, 0, 1 }, { 10, 4, 1 }, { 4, 0, 8 }, { 6, 5, 1 }, { 6, 4, 1 },
		{ 8, 0, 8 }, { 7, 5, 1 }, { 11, 4, 1 }, { 1, 0, 5 }, { 7, 4, 1 }, { 6, 0, 4 },
		{ 5, 0, 6 }, { 7, 0, 4 }, { 9, 0, 5 }, { 11, 1, 1 }, { 10, 0, 4 }, { 2, 0, 5 },
		{ 11, 2, 1 }, { 3, 0, 5 }, { 11, 3, 1 },
	},
	{ // 11010
		{ 0, 0, 8 }, { 11, 1, 1 }, { 10, 4, 1 }, { 4, 0, 8 }, { 10, 5, 1 }, { 6, 4, 1 },
		{ 8, 0, 8 }, { 11, 5, 1 }, { 11, 4, 1 }, { 1, 0, 5 }, { 7, 4, 1 }, { 6, 0, 4 },
		{ 5, 0, 5 }, { 11, 0, 1 }, { 7, 0, 4 }, { 9, 0, 6 }, { 10, 0, 4 }, { 2, 0, 5 },
		{ 11, 2, 1 }, { 3, 0, 5 }, { 11, 3, 1 },
	},
	{ // 11110
		{ 0, 0, 6 }, { 7, 4, 1 }, { 11, 0, 1 }, { 11, 1, 1 }, { 10, 4, 1 }, { 4, 0, 6 },
		{ 6, 5, 1 }, { 10, 5, 1 }, { 11, 2, 1 }, { 6, 4, 1 }, { 8, 0, 6 }, { 7, 5, 1 },
		{ 11, 3, 1 }, { 11, 5, 1 }, { 11, 4, 1 }, { 1, 0, 6 }, { 6, 0, 4 }, { 5, 0, 6 },
		{ 7, 0, 4 }, { 9, 0, 6 }, { 10, 0, 4 }, { 2, 0, 6 }, { 3, 0, 6 },
	},
	{ // 00011
		{ 0, 0, 10 }, { 4, 0, 10 }, { 8, 0, 10 }, { 1, 0, 10 }, { 5, 0, 10 }, { 9, 0, 10 },
	},
	{ // 00111
		{ 0, 0, 10 }, { 4, 0, 10 }, { 8, 0, 10 }, { 1, 0, 9 }, { 0, 10, 1 }, { 5, 0, 9 },
		{ 4, 10, 1 }, { 9, 0, 9 }, { 8, 10, 1 },
	},
	{ // 01011
		{ 0, 0, 10 }, { 4, 0, 10 }, { 8, 0, 10 }, { 1, 0, 8 }, { 0, 10, 18 }, { 5, 0, 8 },
		{ 4, 10, 18 }, { 9, 0, 8 }, { 8, 10, 18 },
	},
	{ // 01111
		{ 0, 0, 10 }, { 4, 0, 10 }, { 8, 0, 10 }, { 1, 0, 4 }, { 0, 10, 22 }, { 5, 0, 4 },
		{ 4, 10, 22 }, { 9, 0, 4 }, { 8, 10, 22 },
	},
};

// Bits of the first end point, and of the others' channels.
static const struct {
	uint8_t mode, first, delta[3];
} modes6[14] = {
	{ 0x00, 10, { 5, 5, 5 } },
	{ 0x01, 7, { 6, 6, 6 } },
	{ 0x02, 11, { 5, 4, 4 } },
	{ 0x06, 11, { 4, 5, 4 } },
	{ 0x0a, 11, { 4, 4, 5 } },
	{ 0x0e, 9, { 5, 5, 5 } },
	{ 0x12, 8, { 6, 5, 5 } },
	{ 0x16, 8, { 5, 6, 5 } },
	{ 0x1a, 8, { 5, 5, 6 } },
	{ 0x1e, 6, { 6, 6, 6 } },
	{ 0x03, 10, { 10, 10, 10 } },
	{ 0x07, 11, { 9, 9, 9 } },
	{ 0x0b, 12, { 8, 8, 8 } },
	{ 0x0f, 16, { 4, 4, 4 } },
};

#define MODE6_PLAIN_PAIRS 9u // the last one with two pairs; its end points are no differences
#define MODE6_PLAIN 10u      // the first one with a single pair

static int32_t sign(int32_t value, uint32_t bits) {
	int32_t top = 1 << (bits - 1);
	return ((value & ((1 << bits) - 1)) ^ top) - top;
}

static int32_t unquantize(int32_t v, uint32_t bits, bool is_signed) {
	if (!is_signed) {
		return bits >= 15          ? v
			: v == 0           ? 0
			: v == (1 << bits) - 1 ? 0xffff
					   : ((v << 16) + 0x8000) >> bits;
	}
	int32_t magnitude = v < 0 ? -v : v;
	if (bits < 16 && magnitude != 0) {
		magnitude = magnitude >= (1 << (bits - 1)) - 1
			? 0x7fff
			: ((magnitude << 15) + 0x4000) >> (bits - 1);
	}
	return v < 0 ? -magnitude : magnitude;
}

static uint16_t finish(int32_t v, bool is_signed) {
	if (!is_signed) {
		return (uint16_t)(v * 31 >> 6);
	}
	return (uint16_t)(v < 0 ? 0x8000 | -v * 31 >> 5 : v * 31 >> 5);
}

static void read_points6(struct bits *b, uint32_t mode, bool is_signed, int32_t points[3][4]) {
	uint32_t bits = modes6[mode].first, count = mode < MODE6_PLAIN ? 4 : 2;
	bool deltas = mode != MODE6_PLAIN_PAIRS && mode != MODE6_PLAIN;
	memset(points, 0, 12 * sizeof(points[0][0]));
	for (const struct field *f = fields6[mode]; f->count != 0; f++) {
		uint32_t length = f->count & 15, value = take(b, length);
		if (f->count & 16) {
			uint32_t turned = 0;
			for (uint32_t i = 0; i < length; i++) {
				turned |= (value >> i & 1) << (length - 1 - i);
			}
			value = turned;
		}
		points[f->dest / 4][f->dest % 4] |= (int32_t)(value << f->shift);
	}
	for (uint32_t c = 0; c < 3; c++) {
		int32_t *p = points[c];
		p[0] = is_signed ? sign(p[0], bits) : p[0];
		for (uint32_t i = 1; i < count; i++) {
			if (deltas || is_signed) {
				p[i] = sign(p[i], modes6[mode].delta[c]);
			}
			if (deltas) {
				p[i] = (p[i] + p[0]) & ((1 << bits) - 1);
				p[i] = is_signed ? sign(p[i], bits) : p[i];
			}
		}
		for (uint32_t i = 0; i < count; i++) {
			p[i] = unquantize(p[i], bits, is_signed);
		}
	}
}

void gles_bc6h_block(const uint8_t block[16], bool is_signed, uint16_t texels[16][4]) {
	struct bits b = { block, 0 };
	int32_t points[3][4];
	uint32_t number = take(&b, 2), mode = 0;
	if (number >= 2) {
		number |= take(&b, 3) << 2;
	}
	while (mode < 14 && modes6[mode].mode != number) {
		mode++;
	}
	if (mode < 14) {
		read_points6(&b, mode, is_signed, points);
	}
	uint32_t pairs = mode < MODE6_PLAIN ? 2 : 1, index_bits = pairs == 2 ? 3 : 4;
	uint32_t partition = mode < MODE6_PLAIN ? take(&b, 5) : 0;
	for (uint32_t i = 0; i < 16; i++) {
		texels[i][3] = 0x3c00;
		if (mode == 14) {
			texels[i][0] = texels[i][1] = texels[i][2] = 0;
			continue;
		}
		uint32_t index = take(&b, index_bits - is_anchor(pairs, partition, i));
		int32_t w = (int32_t)weight(index_bits, index);
		uint32_t at = 2 * pair_of(pairs, partition, i);
		for (uint32_t c = 0; c < 3; c++) {
			int32_t v = points[c][at] * (64 - w) + points[c][at + 1] * w + 32;
			texels[i][c] = finish(v >> 6, is_signed);
		}
	}
}
