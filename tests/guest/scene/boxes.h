// SPDX-License-Identifier: GPL-2.0-or-later
// Boxes at several depths in no order, for scenes with a depth buffer.
#ifndef TESTS_GUEST_SCENE_BOXES_H
#define TESTS_GUEST_SCENE_BOXES_H

#include "plan.h"

#define PVG_BOXES 25u // the floor and two dozen

// source_x: depth in thousandths. In a target of any size.
static inline void pvg_boxes(struct pvg_plan_rect *rects, uint32_t width, uint32_t height,
	uint64_t number) {
	rects[0] = (struct pvg_plan_rect){
		.width = (int16_t)width,
		.height = (int16_t)height,
		.source_x = 900,
		.rgba = { 190, 186, 170, 255 },
	};
	for (uint32_t i = 1; i < PVG_BOXES; i++) {
		uint32_t hash = i * 2654435761u;
		uint32_t depth = 100 + (hash >> 5) % 700;
		uint32_t x = ((hash >> 9) + (uint32_t)number * (1 + i % 3)) % (width * 7 / 8);
		uint32_t y = height / 8 + (hash >> 17) % (height * 5 / 8);
		rects[i] = (struct pvg_plan_rect){
			.x = (int16_t)x,
			.y = (int16_t)y,
			.width = (int16_t)(width / 12 + i % 5 * 8),
			.height = (int16_t)(height / 9 + i % 4 * 6),
			.source_x = (int16_t)depth,
			.rgba = { (uint8_t)(60 + hash % 190), (uint8_t)(60 + (hash >> 8) % 190),
				(uint8_t)(60 + (hash >> 16) % 190), 255 },
		};
	}
}

#endif
