// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_SHADER_FLOAT_H
#define RENDER_SHADER_FLOAT_H

#include <stdint.h>
#include <string.h>

/* Bit-level helpers for floats that must not depend on the host's rounding of half. */

static inline uint32_t pvg_float_bits(float f) {
	uint32_t bits;
	memcpy(&bits, &f, sizeof(bits));
	return bits;
}

static inline float pvg_bits_float(uint32_t bits) {
	float f;
	memcpy(&f, &bits, sizeof(f));
	return f;
}

/* Round to nearest, ties to even; overflow to infinity. */
static inline uint16_t pvg_float_to_half(float f) {
	uint32_t bits = pvg_float_bits(f);
	uint32_t sign = bits >> 16 & 0x8000;
	uint32_t magnitude = bits & 0x7fffffff;
	if (magnitude > 0x7f800000) {
		return (uint16_t)(sign | 0x7e00);
	}
	if (magnitude >= 0x47800000) {
		return (uint16_t)(sign | 0x7c00);
	}
	if (magnitude < 0x38800000) {
		// A denormal: the unit in the last place is 2^-24.
		if (magnitude < 0x33000000) {
			return (uint16_t)sign;
		}
		uint32_t exponent = magnitude >> 23;
		uint32_t mantissa = (magnitude & 0x7fffff) | 0x800000;
		uint32_t shift = 126 - exponent;
		uint32_t half = mantissa >> shift;
		uint32_t rest = mantissa & ((1u << shift) - 1);
		uint32_t middle = 1u << (shift - 1);
		half += rest > middle || (rest == middle && (half & 1));
		return (uint16_t)(sign | half);
	}
	uint32_t rounded = magnitude + 0xfff + (magnitude >> 13 & 1);
	return (uint16_t)(sign | ((rounded - 0x38000000) >> 13));
}

static inline float pvg_half_to_float(uint16_t half) {
	uint32_t sign = (uint32_t)(half & 0x8000) << 16;
	uint32_t exponent = half >> 10 & 0x1f;
	uint32_t mantissa = half & 0x3ff;
	if (exponent == 0x1f) {
		return pvg_bits_float(sign | 0x7f800000 | mantissa << 13);
	}
	if (exponent == 0) {
		float f = (float)mantissa * 0x1p-24f;
		return sign != 0 ? -f : f;
	}
	return pvg_bits_float(sign | (exponent + 112) << 23 | mantissa << 13);
}

#endif
