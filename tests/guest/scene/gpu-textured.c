// SPDX-License-Identifier: GPL-2.0-or-later
#include "gpu.h"
#include "textured.h"

enum { PIPELINE, TEXTURE, SAMPLERS };

static bool set_up(struct pvg_gs *gpu) {
	struct pvg_mtl_texture texture = {
		.type = 2,
		.storage = MTL_MANAGED,
		.usage = MTL_USAGE_READ,
		.format = MTL_BGRA8,
		.levels = PVG_TEXTURED_LEVELS,
		.width = PVG_TEXTURED_EDGE,
		.height = PVG_TEXTURED_EDGE,
		.element_bytes = 4,
	};
	struct pvg_enc_render_pipeline pipeline;
	gpu->own[TEXTURE] = pvg_mtl_texture(&gpu->mtl, &texture);
	for (uint32_t i = 0; i < PVG_TEXTURED_LEVELS && gpu->drv->error == NULL; i++) {
		pvg_textured_paint(texture.level[i], texture.pitch_bytes[i], i);
	}
	pvg_mtl_touched(&gpu->mtl, (uint32_t)gpu->own[TEXTURE]);
	pvg_gs_rect_pipeline(gpu, &pipeline, gpu->textured, MTL_BGRA8, PVG_PLAN_PREMULTIPLIED);
	gpu->own[PIPELINE] = pvg_mtl_render_pipeline(&gpu->mtl, &pipeline);
	for (uint32_t i = 0; i < PVG_TEXTURED_SAMPLERS; i++) {
		gpu->own[SAMPLERS + i] = pvg_mtl_sampler(&gpu->mtl, &pvg_textured_samplers[i]);
	}
	return pvg_mtl_commit(&gpu->mtl) != 0;
}

static void frame(struct pvg_gs *gpu, uint32_t target, uint64_t number) {
	static const uint8_t grey[] = { 64, 64, 72, 255 };
	pvg_gs_begin(gpu, target, gpu->width, gpu->height, MTL_CLEAR, grey);
	MTL_RENDER(&gpu->mtl, 0x74, gpu->own[PIPELINE]);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x72, 0, (uint32_t)gpu->own[TEXTURE], 0);
	for (uint32_t i = 0; i < PVG_TEXTURED_COLUMNS * PVG_TEXTURED_ROWS; i++) {
		struct pvg_plan_rect quad = pvg_textured_quad(i, gpu->width, gpu->height, number);
		uint32_t first = pvg_gs_put_rects(gpu, &quad, 1);
		pvg_gs_bind_rects(gpu, first, gpu->width, gpu->height, PVG_TEXTURED_EDGE,
			PVG_TEXTURED_EDGE);
		pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x70, 0,
			(uint32_t)gpu->own[SAMPLERS + i % PVG_TEXTURED_SAMPLERS], 0);
		pvg_mtl_draw(&gpu->mtl, MTL_TRIANGLE_STRIP, 0, 4, 1);
	}
}

const struct pvg_gs_scene pvg_gs_scene_textured = { "textured", set_up, frame };
