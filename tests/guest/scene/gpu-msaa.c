// SPDX-License-Identifier: GPL-2.0-or-later
// A fan of thin triangles into four samples a pixel, resolved into the target.
#include "gpu.h"
#include "msaa.h"

enum { FORMAT_UCHAR4_NORMALIZED = 9, FORMAT_SHORT2 = 16 };
enum { PIPELINE, VERTICES, SAMPLES };

static bool set_up(struct pvg_gs *gpu) {
	struct pvg_enc_render_pipeline pipeline = {
		.vertex_function = pvg_gs_function(gpu, "triangle.vert"),
		.fragment_function = gpu->solid,
		.sample_count = 4,
		.attribute_count = 2,
		.attributes = { { 0, FORMAT_SHORT2, 0, 0 }, { 1, FORMAT_UCHAR4_NORMALIZED, 4, 0 } },
		.layout_count = 1,
		.layouts = { { 0, 1, 1, PVG_MSAA_CORNER_BYTES } },
		.colour_count = 1,
		.colours = { { .format = MTL_BGRA8, .source_rgb = 1, .source_alpha = 1,
			.write_mask = 0xf } },
	};
	struct pvg_mtl_texture samples = {
		.type = 4,
		.storage = MTL_PRIVATE,
		.usage = MTL_USAGE_TARGET,
		.format = MTL_BGRA8,
		.samples = 4,
		.width = gpu->width,
		.height = gpu->height,
		.element_bytes = 4,
	};
	uint8_t *bytes;
	gpu->own[PIPELINE] = pvg_mtl_render_pipeline(&gpu->mtl, &pipeline);
	gpu->own[SAMPLES] = pvg_mtl_texture(&gpu->mtl, &samples);
	gpu->own[VERTICES] =
		pvg_mtl_buffer(&gpu->mtl, PVG_GS_FRAMES * PVG_MSAA_BYTES, &bytes);
	gpu->own_bytes = bytes;
	return gpu->drv->error == NULL;
}

static void frame(struct pvg_gs *gpu, uint32_t target, uint64_t number) {
	struct pvg_mtl_pass pass;
	pvg_msaa_corners(gpu->own_bytes + gpu->page * PVG_MSAA_BYTES, number);
	memset(&pass, 0, sizeof(pass));
	pass.width = gpu->width;
	pass.height = gpu->height;
	pass.colors[0].ref = (uint32_t)gpu->own[SAMPLES];
	pass.colors[0].resolve = target;
	pass.colors[0].load = MTL_CLEAR;
	pass.colors[0].store = MTL_RESOLVE;
	pass.colors[0].clear[3] = pvg_mtl_f64(1, 1);
	pvg_mtl_pass(&gpu->mtl, &pass);
	pvg_mtl_viewport(&gpu->mtl, 0, 0, gpu->width, gpu->height);
	MTL_RENDER(&gpu->mtl, 0x74, gpu->own[PIPELINE]);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x7d, 0, (uint32_t)gpu->own[VERTICES],
		(uint64_t)gpu->page * PVG_MSAA_BYTES);
	pvg_mtl_draw(&gpu->mtl, MTL_TRIANGLE, 0, PVG_MSAA_BLADES * 3, 1);
}

const struct pvg_gs_scene pvg_gs_scene_msaa = { "msaa", set_up, frame };
