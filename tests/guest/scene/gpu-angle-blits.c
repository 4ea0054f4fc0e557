// SPDX-License-Identifier: GPL-2.0-or-later
#include "blits.h"
#include "gpu.h"

enum { FORMAT_FLOAT4 = 31 };
enum {
	PIPELINE,
	SAMPLER,
	SOURCE,
	SCRATCH,
	FROM,
	TO,
	LEVEL_SAMPLER,
	VERTICES,
	REGIONS = VERTICES + PVG_GS_FRAMES,
};

#define QUADS 5u
#define REGION_STRIDE 256u
#define VERTEX_BYTES 32u // of gfx's: place in the texture and level, place in the target

// Whole pictures as libraries on top of Metal draw them.
enum kit { SDL_GPU = 1, GFX };
static const enum kit sdl_gpu = SDL_GPU, gfx = GFX;
static uint8_t *vertices[PVG_GS_FRAMES];

static enum kit kit_of(const struct pvg_gs *gpu) {
	return gpu->scene->kit != NULL ? *(const enum kit *)gpu->scene->kit : 0;
}

static void set_up_kit(struct pvg_gs *gpu, struct pvg_enc_render_pipeline *pipeline) {
	uint8_t *regions;
	pipeline->vertex_function = pvg_gs_function(gpu, gpu->scene->functions[0]);
	pipeline->fragment_function = pvg_gs_function(gpu, gpu->scene->functions[1]);
	pipeline->attribute_count = kit_of(gpu) == GFX ? 2 : 0;
	pipeline->layout_count = kit_of(gpu) == GFX ? 1 : 0;
	pipeline->attributes[0] = (struct pvg_enc_attribute){ 0, FORMAT_FLOAT4, 0, 0 };
	pipeline->attributes[1] = (struct pvg_enc_attribute){ 1, FORMAT_FLOAT4, 16, 0 };
	pipeline->layouts[0] = (struct pvg_enc_layout){ 0, 1, 1, VERTEX_BYTES };
	for (uint32_t i = 0; i < PVG_GS_FRAMES; i++) {
		gpu->own[VERTICES + i] =
			pvg_mtl_buffer(&gpu->mtl, QUADS * 4 * VERTEX_BYTES, &vertices[i]);
	}
	gpu->own[REGIONS] = pvg_mtl_buffer(&gpu->mtl, QUADS * REGION_STRIDE, &regions);
	for (uint32_t i = 0; i < QUADS && gpu->drv->error == NULL; i++) {
		// From the corner, all of it, of the level that has the quad's size.
		uint8_t *at = regions + (size_t)i * REGION_STRIDE;
		pvg_put(at + 8, pvg_mtl_f32(1, 1), 4);
		pvg_put(at + 12, pvg_mtl_f32(1, 1), 4);
		pvg_put(at + 16, i < 2 ? 0 : i - 1, 4);
	}
}

static void draw_sdl_gpu(struct pvg_gs *gpu, const struct pvg_plan_rect *quad, uint32_t index) {
	pvg_mtl_viewport(&gpu->mtl, (uint32_t)quad->x, (uint32_t)quad->y, (uint32_t)quad->width,
		(uint32_t)quad->height);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x6e, 0, (uint32_t)gpu->own[REGIONS],
		(uint64_t)index * REGION_STRIDE);
	pvg_mtl_draw(&gpu->mtl, MTL_TRIANGLE, 0, 3, 1);
}

static void draw_gfx(struct pvg_gs *gpu, const struct pvg_plan_rect *quad, uint32_t index) {
	uint8_t *at = vertices[gpu->page] + (size_t)index * 4 * VERTEX_BYTES;
	for (int i = 0; i < 4; i++, at += VERTEX_BYTES) {
		int right = i & 1, low = i >> 1;
		pvg_put(at, pvg_mtl_f32(right, 1), 4);
		pvg_put(at + 4, pvg_mtl_f32(low, 1), 4);
		pvg_put(at + 12, pvg_mtl_f32(index < 2 ? 0 : (int)index - 1, 1), 4);
		pvg_put(at + 16, pvg_mtl_f32(quad->x + right * quad->width, gpu->width), 4);
		int up = (int)gpu->height - quad->y - low * quad->height;
		pvg_put(at + 20, pvg_mtl_f32(up, gpu->height), 4);
	}
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x7d, 0, (uint32_t)gpu->own[VERTICES + gpu->page],
		0);
	pvg_mtl_draw(&gpu->mtl, MTL_TRIANGLE_STRIP, index * 4, 4, 1);
}


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
	if (kit_of(gpu) != 0) {
		set_up_kit(gpu, &pipeline);
	}
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
	for (uint32_t i = 0; i < QUADS; i++) {
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
		left += size + 16;
		pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x72, 0,
			(uint32_t)gpu->own[i == 0 ? FROM : TO], 0);
		pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x70, 0,
			(uint32_t)gpu->own[i < 2 ? SAMPLER : LEVEL_SAMPLER], 0);
		if (kit_of(gpu) == SDL_GPU) {
			draw_sdl_gpu(gpu, &quad, i);
			continue;
		} else if (kit_of(gpu) == GFX) {
			draw_gfx(gpu, &quad, i);
			continue;
		}
		uint32_t first = pvg_gs_put_rects(gpu, &quad, 1);
		pvg_gs_bind_rects(gpu, first, gpu->width, gpu->height, PVG_BLITS_EDGE,
			PVG_BLITS_EDGE);
		pvg_mtl_draw(&gpu->mtl, MTL_TRIANGLE_STRIP, 0, 4, 1);
	}
}

const struct pvg_gs_scene pvg_gs_scene_angle_blits = { "angle-blits", set_up, frame };

const struct pvg_gs_scene pvg_gs_kits_angle_blits[] = {
	PVG_GS_KIT("blits-sdlgpu", "angle-blits", &sdl_gpu, "sdl3gpu-FullscreenVert:FullscreenVert",
		"sdl3gpu-BlitFrom2D:BlitFrom2D"),
	PVG_GS_KIT("blits-gfx", "angle-blits", &gfx, "gfx-ios:vs_blit", "gfx-ios:ps_blit_2d_float"),
	{ .name = NULL },
};
