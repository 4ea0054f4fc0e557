// SPDX-License-Identifier: GPL-2.0-or-later
// A surface of two planes that the CPU writes anew for each frame, as a decoder does.
#include "gpu.h"
#include "video.h"

#define SURFACES 3u

enum { PIPELINE, SAMPLER, LUMA, CHROMA = LUMA + SURFACES };

static struct pvg_drv_surface surfaces[SURFACES];

static bool set_up(struct pvg_gs *gpu) {
	struct pvg_enc_render_pipeline pipeline;
	pvg_gs_rect_pipeline(gpu, &pipeline, pvg_gs_function(gpu, "video.frag"), MTL_BGRA8,
		PVG_PLAN_OPAQUE);
	gpu->own[PIPELINE] = pvg_mtl_render_pipeline(&gpu->mtl, &pipeline);
	gpu->own[SAMPLER] = pvg_mtl_sampler(&gpu->mtl, &(struct pvg_mtl_sampler){ .linear = true });
	for (uint32_t i = 0; i < SURFACES; i++) {
		struct pvg_drv_surface *surface = &surfaces[i];
		if (!pvg_drv_surface_create_420v(gpu->drv, surface, PVG_VIDEO_WIDTH,
			    PVG_VIDEO_HEIGHT)) {
			return false;
		}
		gpu->own[LUMA + i] = pvg_mtl_plane(&gpu->mtl, surface, 0, MTL_R8, PVG_VIDEO_WIDTH,
			PVG_VIDEO_HEIGHT);
		gpu->own[CHROMA + i] = pvg_mtl_plane(&gpu->mtl, surface, 1, MTL_RG8,
			PVG_VIDEO_WIDTH / 2, PVG_VIDEO_HEIGHT / 2);
	}
	return gpu->drv->error == NULL;
}

static void frame(struct pvg_gs *gpu, uint32_t target, uint64_t number) {
	static const uint8_t black[] = { 0, 0, 0, 255 };
	const struct pvg_drv_surface *surface = &surfaces[gpu->page % SURFACES];
	const struct pvg_plan_rect quad = {
		.x = (int16_t)(gpu->width / 16),
		.y = (int16_t)(gpu->height / 6),
		.width = (int16_t)(gpu->width * 7 / 8),
		.height = (int16_t)(gpu->height * 2 / 3),
		.source_w = PVG_VIDEO_WIDTH,
		.source_h = PVG_VIDEO_HEIGHT,
		.rgba = { 255, 255, 255, 255 },
	};
	pvg_video_paint(surface->pixels, surface->pitch_bytes,
		surface->pixels + surface->chroma_offset, surface->pitch_bytes, number);
	pvg_mtl_touched(&gpu->mtl, (uint32_t)gpu->own[LUMA + gpu->page % SURFACES]);
	pvg_mtl_touched(&gpu->mtl, (uint32_t)gpu->own[CHROMA + gpu->page % SURFACES]);
	pvg_gs_begin(gpu, target, gpu->width, gpu->height, MTL_CLEAR, black);
	MTL_RENDER(&gpu->mtl, 0x74, gpu->own[PIPELINE]);
	uint32_t first = pvg_gs_put_rects(gpu, &quad, 1);
	pvg_gs_bind_rects(gpu, first, gpu->width, gpu->height, PVG_VIDEO_WIDTH, PVG_VIDEO_HEIGHT);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x72, 0,
		(uint32_t)gpu->own[LUMA + gpu->page % SURFACES], 0);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x72, 1,
		(uint32_t)gpu->own[CHROMA + gpu->page % SURFACES], 0);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x70, 0, (uint32_t)gpu->own[SAMPLER], 0);
	pvg_mtl_draw(&gpu->mtl, MTL_TRIANGLE_STRIP, 0, 4, 1);
}

const struct pvg_gs_scene pvg_gs_scene_video = { "video", set_up, frame };
