// SPDX-License-Identifier: GPL-2.0-or-later
#include "blits.h"
#include "gpu.h"

enum { PIPELINE, SAMPLER, SOURCE, SCRATCH, FROM, TO, LEVEL_SAMPLER };

static struct pvg_mtl_texture make_texture(void) {
	return (struct pvg_mtl_texture){
		.type = 2,
		.storage = MTL_PRIVATE,
		.usage = MTL_USAGE_READ | MTL_USAGE_TARGET,
		.format = MTL_BGRA8,
		.levels = PVG_BLITS_LEVELS,
		.width = PVG_BLITS_EDGE,
		.height = PVG_BLITS_EDGE,
		.element_bytes = 4,
	};
}

static bool set_up(struct pvg_gs *gpu) {
	struct pvg_enc_render_pipeline pipeline;
	struct pvg_mtl_texture from = make_texture(), to = make_texture();
	uint8_t *bytes;
	pvg_gs_rect_pipeline(gpu, &pipeline, gpu->textured, MTL_BGRA8, PVG_PLAN_OPAQUE);
	gpu->own[PIPELINE] = pvg_mtl_render_pipeline(&gpu->mtl, &pipeline);
	gpu->own[SAMPLER] = pvg_mtl_sampler(&gpu->mtl, &(struct pvg_mtl_sampler){ 0 });
	gpu->own[LEVEL_SAMPLER] = pvg_mtl_sampler(&gpu->mtl,
		&(struct pvg_mtl_sampler){ .mipmapped = true });
	gpu->own[SOURCE] = pvg_mtl_buffer(&gpu->mtl,
		PVG_GS_FRAMES * PVG_BLITS_EDGE * PVG_BLITS_PITCH, &bytes);
	gpu->own_bytes = bytes;
	gpu->own[SCRATCH] = pvg_mtl_buffer(&gpu->mtl, PVG_BLITS_EDGE * PVG_BLITS_PITCH, NULL);
	gpu->own[FROM] = pvg_mtl_texture(&gpu->mtl, &from);
	gpu->own[TO] = pvg_mtl_texture(&gpu->mtl, &to);
	return gpu->drv->error == NULL;
}

static void blit(struct pvg_gs *gpu, uint64_t number) {
	uint64_t from = gpu->own[FROM], to = gpu->own[TO], edge = PVG_BLITS_EDGE;
	uint64_t image = (uint64_t)PVG_BLITS_EDGE * PVG_BLITS_PITCH;
	pvg_blits_paint(gpu->own_bytes + gpu->page * image, number);
	pvg_mtl_segment(&gpu->mtl, PVG_ENC_SEGMENT_BLIT);
	// The picture, then a whole copy, then pieces moved from one texture to the other.
	MTL_BLIT(&gpu->mtl, 0x12c, gpu->own[SOURCE], from, gpu->page * image, PVG_BLITS_PITCH,
		image, edge, edge, 1, 0, 0, 0, 0, 0, 0);
	MTL_BLIT(&gpu->mtl, 0x13e, from, to, 0, 0, 0, 0, 1, 1);
	for (size_t i = 0; i < PVG_ENC_COUNT(pvg_blits_moves); i++) {
		const uint16_t *move = pvg_blits_moves[i];
		MTL_BLIT(&gpu->mtl, 0x12f, from, to, move[0], move[1], 0, move[4], move[4], 1,
			move[2], move[3], 0, 0, 0, 0, 0);
	}
	// A piece goes to a buffer, is filled in part there, and comes back elsewhere.
	MTL_BLIT(&gpu->mtl, 0x12e, to, gpu->own[SCRATCH], 0, 0, 0, 32, 32, 1, 0, PVG_BLITS_PITCH,
		32 * PVG_BLITS_PITCH, 0, 0, 0);
	MTL_BLIT(&gpu->mtl, 0x13f, gpu->own[SCRATCH], 8 * PVG_BLITS_PITCH, 128, PVG_BLITS_PATTERN);
	MTL_BLIT(&gpu->mtl, 0x132, gpu->own[SCRATCH], 9 * PVG_BLITS_PITCH, 128, 0xff);
	MTL_BLIT(&gpu->mtl, 0x12d, gpu->own[SCRATCH], gpu->own[SCRATCH], 8 * PVG_BLITS_PITCH,
		20 * PVG_BLITS_PITCH, 128);
	MTL_BLIT(&gpu->mtl, 0x12c, gpu->own[SCRATCH], to, 0, PVG_BLITS_PITCH, 32 * PVG_BLITS_PITCH,
		32, 32, 1, 96, 96, 0, 0, 0, 0);
	MTL_BLIT(&gpu->mtl, 0x133, to);
}

static void frame(struct pvg_gs *gpu, uint32_t target, uint64_t number) {
	static const uint8_t grey[] = { 40, 40, 40, 255 };
	int left = 16, top = (int)gpu->height / 5;
	blit(gpu, number);
	pvg_gs_begin(gpu, target, gpu->width, gpu->height, MTL_CLEAR, grey);
	MTL_RENDER(&gpu->mtl, 0x74, gpu->own[PIPELINE]);
	for (uint32_t i = 0; i < 5; i++) {
		// Both textures as they are, then the second at half, quarter and eighth size.
		int size = (int)PVG_BLITS_EDGE >> (i < 2 ? 0 : i - 1);
		const struct pvg_plan_rect quad = {
			.x = (int16_t)left,
			.y = (int16_t)top,
			.width = (int16_t)size,
			.height = (int16_t)size,
			.source_w = PVG_BLITS_EDGE,
			.source_h = PVG_BLITS_EDGE,
			.rgba = { 255, 255, 255, 255 },
		};
		uint32_t first = pvg_gs_put_rects(gpu, &quad, 1);
		pvg_gs_bind_rects(gpu, first, gpu->width, gpu->height, PVG_BLITS_EDGE,
			PVG_BLITS_EDGE);
		pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x72, 0,
			(uint32_t)gpu->own[i == 0 ? FROM : TO], 0);
		pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x70, 0,
			(uint32_t)gpu->own[i < 2 ? SAMPLER : LEVEL_SAMPLER], 0);
		pvg_mtl_draw(&gpu->mtl, MTL_TRIANGLE_STRIP, 0, 4, 1);
		left += size + 16;
	}
}

const struct pvg_gs_scene pvg_gs_scene_angle_blits = { "angle-blits", set_up, frame };
