// SPDX-License-Identifier: GPL-2.0-or-later
// A depth map drawn by a pass without colours, compared with in the pass that shows the boxes.
#include "boxes.h"
#include "gpu.h"

#define MAP_EDGE 256u

enum { FILL_MAP, SHOW, MAP, DEPTH, LESS, COMPARE };
enum { COMPARE_LESS = 1, COMPARE_LESS_EQUAL = 3 };

static uint32_t make_depth(struct pvg_gs *gpu, uint32_t width, uint32_t height) {
	struct pvg_mtl_texture texture = {
		.type = 2,
		.storage = MTL_PRIVATE,
		.usage = MTL_USAGE_READ | MTL_USAGE_TARGET,
		.format = MTL_DEPTH32,
		.width = width,
		.height = height,
		.element_bytes = 4,
	};
	return pvg_mtl_texture(&gpu->mtl, &texture);
}

static bool set_up(struct pvg_gs *gpu) {
	struct pvg_enc_render_pipeline pipeline;
	uint32_t vertex = pvg_gs_function(gpu, "depth-rect.vert");
	pvg_gs_rect_pipeline(gpu, &pipeline, pvg_gs_function(gpu, "shadow.frag"), MTL_BGRA8,
		PVG_PLAN_OPAQUE);
	pipeline.vertex_function = vertex;
	pipeline.depth_format = MTL_DEPTH32;
	gpu->own[SHOW] = pvg_mtl_render_pipeline(&gpu->mtl, &pipeline);
	pipeline.fragment_function = 0;
	pipeline.colour_count = 0;
	gpu->own[FILL_MAP] = pvg_mtl_render_pipeline(&gpu->mtl, &pipeline);
	gpu->own[MAP] = make_depth(gpu, MAP_EDGE, MAP_EDGE);
	gpu->own[DEPTH] = make_depth(gpu, gpu->width, gpu->height);
	gpu->own[LESS] = pvg_mtl_depth_stencil(&gpu->mtl, COMPARE_LESS, true);
	gpu->own[COMPARE] = pvg_mtl_sampler(&gpu->mtl,
		&(struct pvg_mtl_sampler){ .compare = COMPARE_LESS_EQUAL });
	return gpu->drv->error == NULL;
}

static void draw_boxes(struct pvg_gs *gpu, uint32_t width, uint32_t height, uint64_t number) {
	struct pvg_plan_rect rects[PVG_BOXES];
	pvg_boxes(rects, width, height, number);
	uint32_t first = pvg_gs_put_rects(gpu, rects, PVG_BOXES);
	MTL_RENDER(&gpu->mtl, 0x68, gpu->own[LESS]);
	pvg_gs_bind_rects(gpu, first, width, height, 1, 1);
	pvg_mtl_draw(&gpu->mtl, MTL_TRIANGLE_STRIP, 0, 4, PVG_BOXES);
}

static void begin(struct pvg_gs *gpu, uint32_t color, uint32_t depth, uint32_t width,
	uint32_t height, uint8_t depth_store) {
	struct pvg_mtl_pass pass;
	memset(&pass, 0, sizeof(pass));
	pass.width = width;
	pass.height = height;
	pass.colors[0].ref = color;
	pass.colors[0].load = MTL_CLEAR;
	pass.colors[0].store = MTL_STORE;
	pass.depth.ref = depth;
	pass.depth.load = MTL_CLEAR;
	pass.depth.store = depth_store;
	pass.depth.clear[0] = pvg_mtl_f64(1, 1);
	pvg_mtl_pass(&gpu->mtl, &pass);
	pvg_mtl_viewport(&gpu->mtl, 0, 0, width, height);
}

static void frame(struct pvg_gs *gpu, uint32_t target, uint64_t number) {
	begin(gpu, 0, (uint32_t)gpu->own[MAP], MAP_EDGE, MAP_EDGE, MTL_STORE);
	MTL_RENDER(&gpu->mtl, 0x74, gpu->own[FILL_MAP]);
	draw_boxes(gpu, MAP_EDGE, MAP_EDGE, number);
	begin(gpu, target, (uint32_t)gpu->own[DEPTH], gpu->width, gpu->height,
		MTL_STORE_DONT_CARE);
	MTL_RENDER(&gpu->mtl, 0x74, gpu->own[SHOW]);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x72, 0, (uint32_t)gpu->own[MAP], 0);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x70, 0, (uint32_t)gpu->own[COMPARE], 0);
	draw_boxes(gpu, gpu->width, gpu->height, number);
}

const struct pvg_gs_scene pvg_gs_scene_shadow = { "shadow", set_up, frame };
