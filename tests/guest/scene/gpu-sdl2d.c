// SPDX-License-Identifier: GPL-2.0-or-later
#include "gpu.h"
#include "sprites.h"

enum { FORMAT_UCHAR4_NORMALIZED = 9, FORMAT_FLOAT2 = 29 };
enum {
	PIPELINES,
	SAMPLERS = PIPELINES + 4,
	TEXTURES = SAMPLERS + 2,
	MATRIX = TEXTURES + 4,
	VERTICES,
};

#define MATRIX_STRIDE 256u // constant buffers begin at multiples of it

static struct pvg_sprites frames[PVG_GS_FRAMES];

// Source and destination factors, colour then alpha, by enum pvg_sprites_blend.
static const uint8_t factors[][4] = { { 1, 0, 1, 0 }, { 4, 5, 1, 5 }, { 4, 1, 0, 1 },
	{ 0, 2, 0, 1 } };

static uint32_t make_texture(struct pvg_gs *gpu, uint32_t width, uint32_t height, uint16_t format,
	uint8_t usage, struct pvg_mtl_texture *texture) {
	*texture = (struct pvg_mtl_texture){
		.type = 2,
		.storage = usage == MTL_USAGE_READ ? MTL_MANAGED : MTL_PRIVATE,
		.usage = usage,
		.format = format,
		.width = width,
		.height = height,
		.element_bytes = 4,
	};
	return pvg_mtl_texture(&gpu->mtl, texture);
}

static bool set_up(struct pvg_gs *gpu) {
	struct pvg_mtl_texture white, sheet, font, own;
	uint32_t vertex = pvg_gs_function(gpu, "ui.vert");
	uint8_t *matrix;
	for (uint32_t i = 0; i < 4; i++) {
		struct pvg_enc_render_pipeline pipeline = {
			.vertex_function = vertex,
			.fragment_function = gpu->textured,
			.attribute_count = 3,
			.attributes = { { 0, FORMAT_FLOAT2, 0, 0 }, { 1, FORMAT_FLOAT2, 8, 0 },
				{ 2, FORMAT_UCHAR4_NORMALIZED, 16, 0 } },
			.layout_count = 1,
			.layouts = { { 0, 1, 1, PVG_UI_VERTEX_BYTES } },
			.colour_count = 1,
			.colours = { { .format = MTL_BGRA8, .blend = i != PVG_SPRITES_NONE,
				.source_rgb = factors[i][0], .destination_rgb = factors[i][1],
				.source_alpha = factors[i][2], .destination_alpha = factors[i][3],
				.write_mask = 0xf } },
		};
		gpu->own[PIPELINES + i] = pvg_mtl_render_pipeline(&gpu->mtl, &pipeline);
	}
	for (uint32_t i = 0; i < 2; i++) {
		gpu->own[SAMPLERS + i] = pvg_mtl_sampler(&gpu->mtl,
			&(struct pvg_mtl_sampler){ .linear = i != 0 });
	}
	gpu->own[TEXTURES + PVG_SPRITES_WHITE] =
		make_texture(gpu, 1, 1, MTL_RGBA8, MTL_USAGE_READ, &white);
	gpu->own[TEXTURES + PVG_SPRITES_SHEET] = make_texture(gpu, PVG_SPRITES_TILES,
		PVG_SPRITES_TILES, MTL_RGBA8, MTL_USAGE_READ, &sheet);
	gpu->own[TEXTURES + PVG_SPRITES_FONT] = make_texture(gpu, PVG_UI_ATLAS_WIDTH,
		PVG_UI_ATLAS_HEIGHT, MTL_RGBA8, MTL_USAGE_READ, &font);
	gpu->own[TEXTURES + PVG_SPRITES_OWN] = make_texture(gpu, PVG_SPRITES_MAP, PVG_SPRITES_MAP,
		MTL_BGRA8, MTL_USAGE_READ | MTL_USAGE_TARGET, &own);
	gpu->own[MATRIX] = pvg_mtl_buffer(&gpu->mtl, 2 * MATRIX_STRIDE, &matrix);
	for (uint32_t i = 0; i < PVG_GS_FRAMES; i++) {
		frames[i].width = gpu->width;
		frames[i].height = gpu->height;
		gpu->own[VERTICES + i] = pvg_mtl_buffer(&gpu->mtl,
			PVG_SPRITES_VERTICES * PVG_UI_VERTEX_BYTES, &frames[i].vertices);
	}
	if (gpu->drv->error != NULL) {
		return false;
	}
	pvg_put(white.level[0], 0xffffffff, 4);
	pvg_sprites_paint_sheet(sheet.level[0], sheet.pitch_bytes[0]);
	pvg_ui_paint_atlas(font.level[0], font.pitch_bytes[0]);
	pvg_ui_projection(matrix, gpu->width, gpu->height);
	pvg_ui_projection(matrix + MATRIX_STRIDE, PVG_SPRITES_MAP, PVG_SPRITES_MAP);
	for (uint32_t i = 0; i < 3; i++) {
		pvg_mtl_touched(&gpu->mtl, (uint32_t)gpu->own[TEXTURES + i]);
	}
	return pvg_mtl_commit(&gpu->mtl) != 0;
}

static void draw_run(struct pvg_gs *gpu, const struct pvg_sprites_run *run) {
	MTL_RENDER(&gpu->mtl, 0x74, gpu->own[PIPELINES + run->blend]);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x7d, 1, (uint32_t)gpu->own[MATRIX],
		run->own_target ? MATRIX_STRIDE : 0);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x7d, 0, (uint32_t)gpu->own[VERTICES + gpu->page],
		(uint64_t)run->first * PVG_UI_VERTEX_BYTES);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x72, 0,
		(uint32_t)gpu->own[TEXTURES + run->texture], 0);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x70, 0, (uint32_t)gpu->own[SAMPLERS + run->linear],
		0);
	MTL_RENDER(&gpu->mtl, 0x75, run->x, run->y, run->width, run->height);
	pvg_mtl_draw(&gpu->mtl, MTL_TRIANGLE, 0, run->count, 1);
}

static void frame(struct pvg_gs *gpu, uint32_t target, uint64_t number) {
	static const uint8_t sky[] = { 40, 80, 120, 255 };
	struct pvg_sprites *sprites = &frames[gpu->page];
	pvg_sprites_frame(sprites, number);
	pvg_gs_begin(gpu, (uint32_t)gpu->own[TEXTURES + PVG_SPRITES_OWN], PVG_SPRITES_MAP,
		PVG_SPRITES_MAP, MTL_CLEAR, sky);
	draw_run(gpu, &sprites->runs[0]);
	pvg_gs_begin(gpu, target, gpu->width, gpu->height, MTL_CLEAR, sky);
	for (uint32_t i = 1; i < sprites->run_count; i++) {
		draw_run(gpu, &sprites->runs[i]);
	}
}

const struct pvg_gs_scene pvg_gs_scene_sdl2d = { "sdl2d", set_up, frame };
