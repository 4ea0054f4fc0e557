// SPDX-License-Identifier: GPL-2.0-or-later
#include "gpu.h"
#include "sprites.h"

enum { FORMAT_UCHAR4_NORMALIZED = 9, FORMAT_FLOAT2 = 29, FORMAT_FLOAT4 = 31 };
enum {
	PIPELINES,
	SAMPLERS = PIPELINES + 4,
	TEXTURES = SAMPLERS + 2,
	MATRIX = TEXTURES + 4,
	SOLID_PIPELINES,
	CONSTANTS = SOLID_PIPELINES + 4,
	VERTICES,
};

#define MATRIX_STRIDE 256u // constant buffers begin at multiples of it

/*
 * SDL's renderer: colours as floats, a vertex and a fragment function for what has no texture, a
 * projection and a transformation, constants that say what a texture is.
 */
#define SDL_SOLID_BYTES 24u // place, colour
#define SDL_COPY_BYTES 32u  // place, colour, place in the texture
enum { SDL_TRANSFORMATION = 3, SDL_PROJECTION = 2 }; // slots

static struct pvg_sprites frames[PVG_GS_FRAMES];
static uint8_t narrow[PVG_SPRITES_VERTICES * PVG_UI_VERTEX_BYTES]; // before SDL's form
static uint8_t *sdl_vertices[PVG_GS_FRAMES];
static uint32_t sdl_offsets[PVG_SPRITES_RUNS];

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

static bool is_sdl(const struct pvg_gs *gpu) {
	return gpu->scene->kit != NULL;
}

static void make_sdl_pipeline(struct pvg_gs *gpu, uint32_t index,
	const struct pvg_enc_render_pipeline *own, const uint32_t functions[4]) {
	static const struct pvg_enc_attribute attributes[] = { { 0, FORMAT_FLOAT2, 0, 0 },
		{ 1, FORMAT_FLOAT4, 8, 0 }, { 2, FORMAT_FLOAT2, 24, 0 } };
	struct pvg_enc_render_pipeline pipeline = *own;
	memcpy(pipeline.attributes, attributes, sizeof(attributes));
	pipeline.vertex_function = functions[0];
	pipeline.fragment_function = functions[1];
	pipeline.layouts[0].stride = SDL_COPY_BYTES;
	gpu->own[PIPELINES + index] = pvg_mtl_render_pipeline(&gpu->mtl, &pipeline);
	pipeline.vertex_function = functions[2];
	pipeline.fragment_function = functions[3];
	pipeline.attribute_count = 2;
	pipeline.layouts[0].stride = SDL_SOLID_BYTES;
	gpu->own[SOLID_PIPELINES + index] = pvg_mtl_render_pipeline(&gpu->mtl, &pipeline);
}

// Vertices and constants; the transformation stands behind the projections.
static void set_up_sdl(struct pvg_gs *gpu, uint8_t *matrix) {
	uint8_t *constants;
	gpu->own[CONSTANTS] = pvg_mtl_buffer(&gpu->mtl, 48, &constants);
	for (uint32_t i = 0; i < PVG_GS_FRAMES; i++) {
		gpu->own[VERTICES + i] = pvg_mtl_buffer(&gpu->mtl,
			PVG_SPRITES_VERTICES * SDL_COPY_BYTES, &sdl_vertices[i]);
		frames[i].vertices = narrow;
	}
	if (gpu->drv->error != NULL) {
		return;
	}
	for (unsigned int i = 1; i < 4; i++) { // an RGB texture, sRGB input, colours times one
		pvg_put(constants + 4 * i, pvg_mtl_f32(1, 1), 4);
	}
	for (unsigned int i = 0; i < 16; i++) {
		pvg_put(matrix + 2 * MATRIX_STRIDE + 4 * i, pvg_mtl_f32(i % 5 == 0, 1), 4);
	}
}

static void put_sdl_vertices(const struct pvg_sprites *sprites, uint8_t *at) {
	uint32_t offset = 0;
	for (uint32_t i = 0; i < sprites->run_count; i++) {
		const struct pvg_sprites_run *run = &sprites->runs[i];
		bool solid = run->texture == PVG_SPRITES_WHITE;
		sdl_offsets[i] = offset;
		for (uint32_t k = run->first; k < run->first + run->count; k++) {
			const uint8_t *from = narrow + (size_t)k * PVG_UI_VERTEX_BYTES;
			memcpy(at + offset, from, 8);
			for (unsigned int c = 0; c < 4; c++) {
				pvg_put(at + offset + 8 + 4 * c, pvg_mtl_f32(from[16 + c], 255), 4);
			}
			if (!solid) {
				memcpy(at + offset + 24, from + 8, 8);
			}
			offset += solid ? SDL_SOLID_BYTES : SDL_COPY_BYTES;
		}
	}
}

static bool set_up(struct pvg_gs *gpu) {
	uint32_t functions[PVG_GS_FUNCTIONS] = { 0 };
	for (uint32_t i = 0; is_sdl(gpu) && i < PVG_GS_FUNCTIONS; i++) {
		functions[i] = pvg_gs_function(gpu, gpu->scene->functions[i]);
	}
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
		if (is_sdl(gpu)) {
			make_sdl_pipeline(gpu, i, &pipeline, functions);
		} else {
			gpu->own[PIPELINES + i] = pvg_mtl_render_pipeline(&gpu->mtl, &pipeline);
		}
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
	gpu->own[MATRIX] = pvg_mtl_buffer(&gpu->mtl, 3 * MATRIX_STRIDE, &matrix);
	for (uint32_t i = 0; i < PVG_GS_FRAMES; i++) {
		frames[i].width = gpu->width;
		frames[i].height = gpu->height;
		if (!is_sdl(gpu)) {
			gpu->own[VERTICES + i] = pvg_mtl_buffer(&gpu->mtl,
				PVG_SPRITES_VERTICES * PVG_UI_VERTEX_BYTES, &frames[i].vertices);
		}
	}
	if (is_sdl(gpu)) {
		set_up_sdl(gpu, matrix);
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

static void bind_run(struct pvg_gs *gpu, const struct pvg_sprites_run *run) {
	MTL_RENDER(&gpu->mtl, 0x74, gpu->own[PIPELINES + run->blend]);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x7d, 1, (uint32_t)gpu->own[MATRIX],
		run->own_target ? MATRIX_STRIDE : 0);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x7d, 0, (uint32_t)gpu->own[VERTICES + gpu->page],
		(uint64_t)run->first * PVG_UI_VERTEX_BYTES);
}

static void bind_sdl_run(struct pvg_gs *gpu, const struct pvg_sprites_run *run) {
	bool solid = run->texture == PVG_SPRITES_WHITE;
	uint32_t index = (uint32_t)(run - frames[gpu->page].runs);
	uint32_t matrix = (uint32_t)gpu->own[MATRIX];
	MTL_RENDER(&gpu->mtl, 0x74,
		gpu->own[(solid ? SOLID_PIPELINES : PIPELINES) + run->blend]);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x7d, SDL_PROJECTION, matrix,
		run->own_target ? MATRIX_STRIDE : 0);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x7d, SDL_TRANSFORMATION, matrix,
		2 * MATRIX_STRIDE);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x6e, 0, (uint32_t)gpu->own[CONSTANTS], 0);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x7d, 0, (uint32_t)gpu->own[VERTICES + gpu->page],
		sdl_offsets[index]);
}

static void draw_run(struct pvg_gs *gpu, const struct pvg_sprites_run *run) {
	if (is_sdl(gpu)) {
		bind_sdl_run(gpu, run);
	} else {
		bind_run(gpu, run);
	}
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
	if (is_sdl(gpu)) {
		put_sdl_vertices(sprites, sdl_vertices[gpu->page]);
	}
	pvg_gs_begin(gpu, (uint32_t)gpu->own[TEXTURES + PVG_SPRITES_OWN], PVG_SPRITES_MAP,
		PVG_SPRITES_MAP, MTL_CLEAR, sky);
	draw_run(gpu, &sprites->runs[0]);
	pvg_gs_begin(gpu, target, gpu->width, gpu->height, MTL_CLEAR, sky);
	for (uint32_t i = 1; i < sprites->run_count; i++) {
		draw_run(gpu, &sprites->runs[i]);
	}
}

const struct pvg_gs_scene pvg_gs_scene_sdl2d = { "sdl2d", set_up, frame };

const struct pvg_gs_scene pvg_gs_kits_sdl2d[] = {
	PVG_GS_KIT("sdl2d-sdl", "sdl2d", frames, "sdl3render-ios:SDL_Copy_vertex",
		"sdl3render-ios:SDL_Copy_fragment", "sdl3render-ios:SDL_Solid_vertex",
		"sdl3render-ios:SDL_Solid_fragment"),
	{ .name = NULL },
};
