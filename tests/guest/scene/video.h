// SPDX-License-Identifier: GPL-2.0-or-later
// Scene video: the picture of a decoder, luma and chroma at half size, painted by the CPU.
#ifndef TESTS_GUEST_SCENE_VIDEO_H
#define TESTS_GUEST_SCENE_VIDEO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PVG_VIDEO_WIDTH 320u
#define PVG_VIDEO_HEIGHT 180u

static inline void pvg_video_paint(uint8_t *luma, uint32_t luma_pitch, uint8_t *chroma,
	uint32_t chroma_pitch, uint64_t number) {
	uint32_t shift = (uint32_t)(number * 3 % PVG_VIDEO_WIDTH);
	for (uint32_t y = 0; y < PVG_VIDEO_HEIGHT; y++) {
		for (uint32_t x = 0; x < PVG_VIDEO_WIDTH; x++) {
			uint32_t moved = (x + shift) % PVG_VIDEO_WIDTH;
			uint32_t level = 16 + moved * 219 / PVG_VIDEO_WIDTH;
			bool line = moved % 40 == 0 || y % 30 == 0;
			luma[(size_t)y * luma_pitch + x] = (uint8_t)(line ? 235 : level);
		}
	}
	for (uint32_t y = 0; y < PVG_VIDEO_HEIGHT / 2; y++) {
		for (uint32_t x = 0; x < PVG_VIDEO_WIDTH / 2; x++) {
			uint8_t *at = chroma + (size_t)y * chroma_pitch + (size_t)x * 2;
			at[0] = (uint8_t)(16 + x * 224 / (PVG_VIDEO_WIDTH / 2));
			at[1] = (uint8_t)(16 + y * 224 / (PVG_VIDEO_HEIGHT / 2));
		}
	}
}

#endif
