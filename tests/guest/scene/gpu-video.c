// SPDX-License-Identifier: GPL-2.0-or-later
// A surface of two planes that the CPU writes anew for each frame, as a decoder does.
#include "gpu.h"
#include "ui.h"
#include "video.h"

#define SURFACES 3u

#define SDL_COPY_BYTES 32u // place, colour, place in the texture
#define MATRIX_STRIDE 256u

enum { FORMAT_FLOAT2 = 29, FORMAT_FLOAT4 = 31 };
enum { PIPELINE, SAMPLER, LUMA, CHROMA = LUMA + SURFACES, VERTICES = CHROMA + SURFACES, UNIFORMS };

static struct pvg_drv_surface surfaces[SURFACES];

static struct pvg_plan_rect quad_of(const struct pvg_gs *gpu) {
	return (struct pvg_plan_rect){
		.x = (int16_t)(gpu->width / 16),
		.y = (int16_t)(gpu->height / 6),
		.width = (int16_t)(gpu->width * 7 / 8),
		.height = (int16_t)(gpu->height * 2 / 3),
		.source_w = PVG_VIDEO_WIDTH,
		.source_h = PVG_VIDEO_HEIGHT,
		.rgba = { 255, 255, 255, 255 },
	};
}

/* ---- with SDL's functions ----------------------------------------------------------------- */

static void put_floats(uint8_t *at, const int16_t (*values)[2], size_t count) {
	for (size_t i = 0; i < count; i++) {
		pvg_put(at + 4 * i, pvg_mtl_f32(values[i][0], (uint32_t)values[i][1]), 4);
	}
}

// Projection, transformation, what the planes are, how they become colours: in this order.
static void put_uniforms(const struct pvg_gs *gpu, uint8_t *at) {
	static const int16_t constants[][2] = { { 0, 1 }, { 6, 1 }, { 1, 1 }, { 1, 1 } };
	static const int16_t decode[][2] = { { -1, 16 }, { -1, 2 }, { -1, 2 }, { 0, 1 },
		{ 149, 128 }, { 0, 1 }, { 459, 256 }, { 0, 1 },
		{ 149, 128 }, { -109, 512 }, { -273, 512 }, { 0, 1 },
		{ 149, 128 }, { 2163, 1024 }, { 0, 1 }, { 0, 1 } };
	pvg_ui_projection(at, gpu->width, gpu->height);
	for (unsigned int i = 0; i < 16; i++) {
		pvg_put(at + MATRIX_STRIDE + 4 * i, pvg_mtl_f32(i % 5 == 0, 1), 4);
	}
	put_floats(at + 2 * MATRIX_STRIDE, constants, PVG_ENC_COUNT(constants));
	put_floats(at + 3 * MATRIX_STRIDE, decode, PVG_ENC_COUNT(decode));
}

static void put_vertices(const struct pvg_plan_rect *quad, uint8_t *at) {
	for (int16_t i = 0; i < 4; i++, at += SDL_COPY_BYTES) {
		int16_t right = i & 1, low = (int16_t)(i >> 1);
		const int16_t values[][2] = { { (int16_t)(quad->x + right * quad->width), 1 },
			{ (int16_t)(quad->y + low * quad->height), 1 }, { 1, 1 }, { 1, 1 },
			{ 1, 1 }, { 1, 1 }, { right, 1 }, { low, 1 } };
		put_floats(at, values, PVG_ENC_COUNT(values));
	}
}

static void set_up_sdl(struct pvg_gs *gpu, struct pvg_enc_render_pipeline *pipeline) {
	static const struct pvg_enc_attribute attributes[] = { { 0, FORMAT_FLOAT2, 0, 0 },
		{ 1, FORMAT_FLOAT4, 8, 0 }, { 2, FORMAT_FLOAT2, 24, 0 } };
	uint8_t *vertices, *uniforms;
	pipeline->vertex_function = pvg_gs_function(gpu, gpu->scene->functions[0]);
	pipeline->fragment_function = pvg_gs_function(gpu, gpu->scene->functions[1]);
	memcpy(pipeline->attributes, attributes, sizeof(attributes));
	pipeline->layouts[0] = (struct pvg_enc_layout){ 0, 1, 1, SDL_COPY_BYTES };
	gpu->own[VERTICES] = pvg_mtl_buffer(&gpu->mtl, 4 * SDL_COPY_BYTES, &vertices);
	gpu->own[UNIFORMS] = pvg_mtl_buffer(&gpu->mtl, 4 * MATRIX_STRIDE, &uniforms);
	if (gpu->drv->error == NULL) {
		const struct pvg_plan_rect quad = quad_of(gpu);
		put_vertices(&quad, vertices);
		put_uniforms(gpu, uniforms);
	}
}

static void bind_sdl(struct pvg_gs *gpu) {
	uint32_t uniforms = (uint32_t)gpu->own[UNIFORMS];
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x7d, 0, (uint32_t)gpu->own[VERTICES], 0);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x7d, 2, uniforms, 0);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x7d, 3, uniforms, MATRIX_STRIDE);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x6e, 0, uniforms, 2 * MATRIX_STRIDE);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x6e, 1, uniforms, 3 * MATRIX_STRIDE);
}

/* ---- the scene ---------------------------------------------------------------------------- */

static bool set_up(struct pvg_gs *gpu) {
	struct pvg_enc_render_pipeline pipeline;
	pvg_gs_rect_pipeline(gpu, &pipeline, gpu->solid, MTL_BGRA8, PVG_PLAN_OPAQUE);
	if (gpu->scene->kit != NULL) {
		set_up_sdl(gpu, &pipeline);
	} else {
		pipeline.fragment_function = pvg_gs_function(gpu, "video.frag");
	}
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
	const struct pvg_plan_rect quad = quad_of(gpu);
	pvg_video_paint(surface->pixels, surface->pitch_bytes,
		surface->pixels + surface->chroma_offset, surface->pitch_bytes, number);
	pvg_mtl_touched(&gpu->mtl, (uint32_t)gpu->own[LUMA + gpu->page % SURFACES]);
	pvg_mtl_touched(&gpu->mtl, (uint32_t)gpu->own[CHROMA + gpu->page % SURFACES]);
	pvg_gs_begin(gpu, target, gpu->width, gpu->height, MTL_CLEAR, black);
	MTL_RENDER(&gpu->mtl, 0x74, gpu->own[PIPELINE]);
	if (gpu->scene->kit != NULL) {
		bind_sdl(gpu);
	} else {
		uint32_t first = pvg_gs_put_rects(gpu, &quad, 1);
		pvg_gs_bind_rects(gpu, first, gpu->width, gpu->height, PVG_VIDEO_WIDTH,
			PVG_VIDEO_HEIGHT);
	}
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x72, 0,
		(uint32_t)gpu->own[LUMA + gpu->page % SURFACES], 0);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x72, 1,
		(uint32_t)gpu->own[CHROMA + gpu->page % SURFACES], 0);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x70, 0, (uint32_t)gpu->own[SAMPLER], 0);
	pvg_mtl_draw(&gpu->mtl, MTL_TRIANGLE_STRIP, 0, 4, 1);
}

const struct pvg_gs_scene pvg_gs_scene_video = { "video", set_up, frame };

const struct pvg_gs_scene pvg_gs_kits_video[] = {
	PVG_GS_KIT("video-sdl", "video", surfaces, "sdl3render-ios:SDL_Copy_vertex",
		"sdl3render-ios:SDL_NV12_fragment"),
	{ .name = NULL },
};
