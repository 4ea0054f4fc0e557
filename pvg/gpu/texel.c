// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One colour as the bytes of a texel (record 0x141, spec 02 section 6.1).
 */
#include <math.h>
#include <string.h>

#include <pvg/format.h>

#include "encoder.h"

// The bits of each component, from the lowest; 0: of equal size.
struct packing {
	uint16_t format;
	uint8_t bits[4];
	uint8_t order[4]; // which of r, g, b, a comes first
};

static const struct packing packings[] = {
	{ 40, { 5, 6, 5, 0 }, { 2, 1, 0, 3 } },    // B5G6R5Unorm
	{ 41, { 1, 5, 5, 5 }, { 3, 2, 1, 0 } },    // A1BGR5Unorm
	{ 42, { 4, 4, 4, 4 }, { 3, 2, 1, 0 } },    // ABGR4Unorm
	{ 43, { 5, 5, 5, 1 }, { 2, 1, 0, 3 } },    // BGR5A1Unorm
	{ 90, { 10, 10, 10, 2 }, { 0, 1, 2, 3 } }, // RGB10A2Unorm
	{ 91, { 10, 10, 10, 2 }, { 0, 1, 2, 3 } }, // RGB10A2Uint
	{ 94, { 10, 10, 10, 2 }, { 2, 1, 0, 3 } }, // BGR10A2Unorm
};

static double clamp(double value, double low, double high) {
	return value < low ? low : value > high ? high : value;
}

static double to_srgb(double linear) {
	linear = clamp(linear, 0, 1);
	return linear <= 0.0031308 ? linear * 12.92 : 1.055 * pow(linear, 1 / 2.4) - 0.055;
}

static uint16_t to_half(double value) {
	float f = (float)value;
	uint32_t bits;

	memcpy(&bits, &f, sizeof(bits));
	uint32_t sign = bits >> 16 & 0x8000;
	int32_t exponent = (int32_t)(bits >> 23 & 0xff) - 127 + 15;
	uint32_t mantissa = bits & 0x7fffff;
	if (exponent >= 31) {
		return (uint16_t)(sign | 0x7c00);
	}
	if (exponent <= 0) {
		if (exponent < -10) {
			return (uint16_t)sign;
		}
		mantissa |= 0x800000;
		uint32_t shift = (uint32_t)(14 - exponent);
		uint32_t half = mantissa >> shift;
		uint32_t rest = mantissa & ((1u << shift) - 1);
		uint32_t middle = 1u << (shift - 1);
		half += rest > middle || (rest == middle && (half & 1) != 0);
		return (uint16_t)(sign | half);
	}
	uint32_t half = (uint32_t)exponent << 10 | mantissa >> 13;
	uint32_t rest = mantissa & 0x1fff;
	half += rest > 0x1000 || (rest == 0x1000 && (half & 1) != 0);
	return (uint16_t)(sign | half);
}

// One component of @bits bits.
static uint64_t encode(const struct pvg_format *format, double value, unsigned int bits,
	bool is_alpha) {
	double top = ldexp(1, (int)bits) - 1;
	double middle = ldexp(1, (int)bits - 1);

	switch ((enum pvg_format_class)format->type) {
	case PVG_FORMAT_UNORM:
		value = format->srgb && !is_alpha ? to_srgb(value) : clamp(value, 0, 1);
		return (uint64_t)floor(value * top + 0.5);
	case PVG_FORMAT_SNORM:
		return (uint64_t)(int64_t)floor(clamp(value, -1, 1) * (middle - 1) + 0.5);
	case PVG_FORMAT_UINT:
		return (uint64_t)clamp(value, 0, top);
	case PVG_FORMAT_SINT:
		return (uint64_t)(int64_t)clamp(value, -middle, middle - 1);
	case PVG_FORMAT_FLOAT:
		if (bits == 16) {
			return to_half(value);
		}
		if (bits == 32) {
			float f = (float)value;
			uint32_t word;
			memcpy(&word, &f, sizeof(word));
			return word;
		}
		break;
	default:
		break;
	}
	return 0;
}

bool pvg_texel_encode(const struct pvg_format *format, const double color[4], uint8_t texel[16]) {
	const struct packing *packing = NULL;
	unsigned int at = 0;

	for (unsigned int i = 0; i < 4; i++) {
		if (!isfinite(color[i])) {
			return false;
		}
	}
	for (size_t i = 0; i < sizeof(packings) / sizeof(packings[0]); i++) {
		if (packings[i].format == format->number) {
			packing = &packings[i];
		}
	}
	if (format->kind != PVG_FORMAT_PLAIN || format->depth || format->stencil ||
		format->type > PVG_FORMAT_FLOAT ||
		(packing == NULL && format->block_bytes % format->components != 0)) {
		return false;
	}
	unsigned int each = format->block_bytes * 8u / format->components;
	if (packing == NULL && each != 8 && each != 16 && each != 32) {
		return false; // RG11B10, RGB9E5
	}
	memset(texel, 0, 16);
	for (unsigned int i = 0; i < 4 && at < format->block_bytes * 8u; i++) {
		unsigned int component = packing != NULL ? packing->order[i]
			: format->number == 1            ? 3 // A8Unorm
			: format->bgra && i < 3          ? 2 - i
							 : i;
		unsigned int bits = packing != NULL ? packing->bits[i] : each;
		uint64_t value =
			bits != 0 ? encode(format, color[component], bits, component == 3) : 0;
		for (unsigned int bit = 0; bit < bits; bit++, at++) {
			texel[at / 8] = (uint8_t)(texel[at / 8] | (value >> bit & 1) << (at % 8));
		}
	}
	return true;
}
