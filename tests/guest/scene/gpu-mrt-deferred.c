// SPDX-License-Identifier: GPL-2.0-or-later
// Three colour attachments and a depth buffer at once, lit by a pass that reads the three.
#include "boxes.h"
#include "gpu.h"

enum { FILL, LIGHT, LESS, DEPTH, TARGETS };

static const struct {
	uint16_t format;
	uint8_t element_bytes;
} targets[] = { { MTL_BGRA8, 4 }, { MTL_RGBA16_FLOAT, 8 }, { MTL_R32_UINT, 4 } };

static uint32_t make_target(struct pvg_gs *gpu, uint16_t format, uint8_t element_bytes) {
	struct pvg_mtl_texture texture = {
		.type = 2,
		.storage = MTL_PRIVATE,
		.usage = MTL_USAGE_READ | MTL_USAGE_TARGET,
		.format = format,
		.width = gpu->width,
		.height = gpu->height,
		.element_bytes = element_bytes,
	};
	return pvg_mtl_texture(&gpu->mtl, &texture);
}

static bool set_up(struct pvg_gs *gpu) {
	struct pvg_enc_render_pipeline pipeline;
	pvg_gs_rect_pipeline(gpu, &pipeline, pvg_gs_function(gpu, "light.frag"), MTL_BGRA8,
		PVG_PLAN_OPAQUE);
	gpu->own[LIGHT] = pvg_mtl_render_pipeline(&gpu->mtl, &pipeline);
	pvg_gs_rect_pipeline(gpu, &pipeline, pvg_gs_function(gpu, "gbuffer.frag"), MTL_BGRA8,
		PVG_PLAN_OPAQUE);
	pipeline.vertex_function = pvg_gs_function(gpu, "depth-rect.vert");
	pipeline.depth_format = MTL_DEPTH32;
	pipeline.colour_count = PVG_ENC_COUNT(targets);
	for (uint32_t i = 0; i < PVG_ENC_COUNT(targets); i++) {
		pipeline.colours[i] = pipeline.colours[0];
		pipeline.colours[i].index = i;
		pipeline.colours[i].format = targets[i].format;
		gpu->own[TARGETS + i] =
			make_target(gpu, targets[i].format, targets[i].element_bytes);
	}
	gpu->own[FILL] = pvg_mtl_render_pipeline(&gpu->mtl, &pipeline);
	gpu->own[DEPTH] = make_target(gpu, MTL_DEPTH32, 4);
	gpu->own[LESS] = pvg_mtl_depth_stencil(&gpu->mtl, 1, true);
	return gpu->drv->error == NULL;
}

static void frame(struct pvg_gs *gpu, uint32_t target, uint64_t number) {
	struct pvg_plan_rect rects[PVG_BOXES];
	struct pvg_mtl_pass pass;
	memset(&pass, 0, sizeof(pass));
	pass.width = gpu->width;
	pass.height = gpu->height;
	for (uint32_t i = 0; i < PVG_ENC_COUNT(targets); i++) {
		pass.colors[i].ref = (uint32_t)gpu->own[TARGETS + i];
		pass.colors[i].load = MTL_CLEAR;
		pass.colors[i].store = MTL_STORE;
	}
	pass.depth.ref = (uint32_t)gpu->own[DEPTH];
	pass.depth.load = MTL_CLEAR;
	pass.depth.clear[0] = pvg_mtl_f64(1, 1);
	pvg_mtl_pass(&gpu->mtl, &pass);
	pvg_mtl_viewport(&gpu->mtl, 0, 0, gpu->width, gpu->height);
	MTL_RENDER(&gpu->mtl, 0x74, gpu->own[FILL]);
	MTL_RENDER(&gpu->mtl, 0x68, gpu->own[LESS]);
	pvg_boxes(rects, gpu->width, gpu->height, number);
	uint32_t first = pvg_gs_put_rects(gpu, rects, PVG_BOXES);
	pvg_gs_bind_rects(gpu, first, gpu->width, gpu->height, 1, 1);
	pvg_mtl_draw(&gpu->mtl, MTL_TRIANGLE_STRIP, 0, 4, PVG_BOXES);

	pvg_gs_begin(gpu, target, gpu->width, gpu->height, MTL_LOAD_DONT_CARE, NULL);
	MTL_RENDER(&gpu->mtl, 0x74, gpu->own[LIGHT]);
	for (uint32_t i = 0; i < PVG_ENC_COUNT(targets); i++) {
		pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x72, i, (uint32_t)gpu->own[TARGETS + i],
			0);
	}
	// The first box is the floor, as large as the target.
	pvg_gs_bind_rects(gpu, first, gpu->width, gpu->height, 1, 1);
	pvg_mtl_draw(&gpu->mtl, MTL_TRIANGLE_STRIP, 0, 4, 1);
}

const struct pvg_gs_scene pvg_gs_scene_mrt_deferred = { "mrt-deferred", set_up, frame };
