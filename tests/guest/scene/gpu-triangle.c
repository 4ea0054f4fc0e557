// SPDX-License-Identifier: GPL-2.0-or-later
// One triangle with a colour at each corner that go round: the least that shows a picture.
#include "gpu.h"

#define CORNER_BYTES 8u

enum { FORMAT_UCHAR4_NORMALIZED = 9, FORMAT_SHORT2 = 16 };
enum { PIPELINE, VERTICES };

static const int16_t corners[3][2] = { { 0, 700 }, { -800, -600 }, { 800, -600 } };

static bool set_up(struct pvg_gs *gpu) {
	struct pvg_enc_render_pipeline pipeline = {
		.vertex_function = pvg_gs_function(gpu, "triangle.vert"),
		.fragment_function = gpu->solid,
		.attribute_count = 2,
		.attributes = { { 0, FORMAT_SHORT2, 0, 0 }, { 1, FORMAT_UCHAR4_NORMALIZED, 4, 0 } },
		.layout_count = 1,
		.layouts = { { 0, 1, 1, CORNER_BYTES } },
		.colour_count = 1,
		.colours = { { .format = MTL_BGRA8, .source_rgb = 1, .source_alpha = 1,
			.write_mask = 0xf } },
	};
	uint8_t *bytes;
	gpu->own[PIPELINE] = pvg_mtl_render_pipeline(&gpu->mtl, &pipeline);
	gpu->own[VERTICES] = pvg_mtl_buffer(&gpu->mtl, PVG_GS_FRAMES * 3 * CORNER_BYTES, &bytes);
	gpu->own_bytes = bytes;
	return gpu->drv->error == NULL;
}

static void frame(struct pvg_gs *gpu, uint32_t target, uint64_t number) {
	static const uint8_t blue[] = { 16, 24, 48, 255 };
	uint32_t first = gpu->page * 3;
	for (uint32_t i = 0; i < 3; i++) {
		uint8_t *at = gpu->own_bytes + (size_t)(first + i) * CORNER_BYTES;
		pvg_put(at, (uint16_t)corners[i][0], 2);
		pvg_put(at + 2, (uint16_t)corners[i][1], 2);
		uint32_t strong = (uint32_t)(i + number / 60) % 3;
		const uint8_t rgba[] = { strong == 0 ? 255 : 0, strong == 1 ? 255 : 0,
			strong == 2 ? 255 : 0, 255 };
		memcpy(at + 4, rgba, sizeof(rgba));
	}
	pvg_gs_begin(gpu, target, gpu->width, gpu->height, MTL_CLEAR, blue);
	MTL_RENDER(&gpu->mtl, 0x74, gpu->own[PIPELINE]);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x7d, 0, (uint32_t)gpu->own[VERTICES], 0);
	pvg_mtl_draw(&gpu->mtl, MTL_TRIANGLE, first, 3, 1);
}

const struct pvg_gs_scene pvg_gs_scene_triangle = { "triangle", set_up, frame };
