// SPDX-License-Identifier: GPL-2.0-or-later
#include "gpu.h"
#include "tess.h"

enum { PIPELINE, FACTORS };

static bool set_up(struct pvg_gs *gpu) {
	struct pvg_enc_render_pipeline pipeline = {
		.vertex_function = pvg_gs_function(gpu, "tess.vert"),
		.fragment_function = gpu->solid,
		.max_factor = PVG_TESS_MAX,
		.factor_step = 1, // per patch
		.colour_count = 1,
		.colours = { { .format = MTL_BGRA8, .source_rgb = 1, .source_alpha = 1,
			.write_mask = 0xf } },
	};
	uint8_t *factors;
	gpu->own[PIPELINE] = pvg_mtl_render_pipeline(&gpu->mtl, &pipeline);
	gpu->own[FACTORS] = pvg_mtl_buffer(&gpu->mtl, PVG_GS_FRAMES * PVG_TESS_BYTES, &factors);
	gpu->own_bytes = factors;
	return gpu->drv->error == NULL;
}

static void frame(struct pvg_gs *gpu, uint32_t target, uint64_t number) {
	static const uint8_t dark[] = { 24, 20, 32, 255 };
	uint64_t at = (uint64_t)gpu->page * PVG_TESS_BYTES;
	pvg_tess_factors(gpu->own_bytes + at, number);
	pvg_gs_begin(gpu, target, gpu->width, gpu->height, MTL_CLEAR, dark);
	MTL_RENDER(&gpu->mtl, 0x74, gpu->own[PIPELINE]);
	MTL_RENDER(&gpu->mtl, 0x7a, gpu->own[FACTORS], at, 0);
	MTL_RENDER(&gpu->mtl, 0x0d, 0, PVG_TESS_PATCHES, 0, 0, 1, 0, 0);
}

const struct pvg_gs_scene pvg_gs_scene_tess = { "tess", set_up, frame };
