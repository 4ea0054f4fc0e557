// SPDX-License-Identifier: GPL-2.0-or-later
// Scene msaa: blades from the middle to a circle of places, in thousandths of the clip space.
#ifndef TESTS_GUEST_SCENE_MSAA_H
#define TESTS_GUEST_SCENE_MSAA_H

#include <stdint.h>

#include "../enc/bytes.h"

#define PVG_MSAA_BLADES 24u
#define PVG_MSAA_CORNER_BYTES 8u
#define PVG_MSAA_BYTES 1024u // of a frame, more than 24 * 3 * 8

// A sine of 96 steps, in 32 bits from the rotation by one of them: no floats in the guest.
static inline void pvg_msaa_place(uint32_t step, int32_t radius, int16_t out[2]) {
	int64_t x = (int64_t)radius << 20, y = 0;
	for (uint32_t i = 0; i < step % 96; i++) {
		// cos and sin of 3.75 degrees in 1 / 2^20
		int64_t next = (x * 1046331 - y * 68577) >> 20;
		y = (x * 68577 + y * 1046331) >> 20;
		x = next;
	}
	out[0] = (int16_t)(x >> 20);
	out[1] = (int16_t)(y >> 20);
}

static inline void pvg_msaa_corners(uint8_t *at, uint64_t number) {
	for (uint32_t i = 0; i < PVG_MSAA_BLADES; i++) {
		int16_t corner[3][2] = { { 0, 0 } };
		uint32_t step = i * 4 + (uint32_t)(number % 96);
		pvg_msaa_place(step, 800, corner[1]);
		pvg_msaa_place(step + 2, 800, corner[2]);
		for (unsigned int k = 0; k < 3; k++) {
			const uint8_t rgba[] = { (uint8_t)(255 - i * 8), (uint8_t)(60 + i * 6),
				(uint8_t)(k * 100), 255 };
			pvg_put(at, (uint16_t)corner[k][0], 2);
			pvg_put(at + 2, (uint16_t)corner[k][1], 2);
			memcpy(at + 4, rgba, sizeof(rgba));
			at += PVG_MSAA_CORNER_BYTES;
		}
	}
}

#endif
