// SPDX-License-Identifier: GPL-2.0-or-later
// Scene tess: factors of twelve quad patches, half floats, four edges and two insides each.
#ifndef TESTS_GUEST_SCENE_TESS_H
#define TESTS_GUEST_SCENE_TESS_H

#include "../enc/bytes.h"

#define PVG_TESS_PATCHES 12u
#define PVG_TESS_FACTOR_BYTES 12u
#define PVG_TESS_BYTES 256u // of a frame
#define PVG_TESS_MAX 16u

// A power of two: what is done with it does not depend on the partition mode's rounding.
static inline uint32_t pvg_tess_level(uint32_t patch, uint64_t number) {
	return (patch + (uint32_t)(number / 30)) % 5;
}

static inline void pvg_tess_factors(uint8_t *at, uint64_t number) {
	for (uint32_t patch = 0; patch < PVG_TESS_PATCHES; patch++) {
		// 1.0 is 0x3c00; the exponent counts from bit 10.
		uint32_t half = 0x3c00 + (pvg_tess_level(patch, number) << 10);
		for (uint32_t i = 0; i < 6; i++) {
			pvg_put(at + patch * PVG_TESS_FACTOR_BYTES + 2 * i, half, 2);
		}
	}
}

#endif
