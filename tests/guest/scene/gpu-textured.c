// SPDX-License-Identifier: GPL-2.0-or-later
#include "gpu.h"
#include "textured.h"
#include "ui.h"

#define QUADS (PVG_TEXTURED_COLUMNS * PVG_TEXTURED_ROWS)
#define VERTEX_BYTES 28u // of sokol_gl: place, place in the texture, colour, point size

enum { FORMAT_UCHAR4_NORMALIZED = 9, FORMAT_FLOAT = 28, FORMAT_FLOAT2 = 29, FORMAT_FLOAT3 = 30 };
enum { PIPELINE, TEXTURE, UNIFORMS, VERTICES, SAMPLERS = VERTICES + PVG_GS_FRAMES };

static uint8_t *vertices[PVG_GS_FRAMES];
static uint8_t *uniforms;

// Vertices of sokol_gl, of which the vertex function wants four components of a place.
static void make_kit_pipeline(struct pvg_gs *gpu, struct pvg_enc_render_pipeline *pipeline) {
	static const struct pvg_enc_attribute attributes[] = { { 0, FORMAT_FLOAT3, 0, 8 },
		{ 1, FORMAT_FLOAT2, 12, 8 }, { 2, FORMAT_UCHAR4_NORMALIZED, 20, 8 },
		{ 3, FORMAT_FLOAT, 24, 8 } };
	pipeline->vertex_function = pvg_gs_function(gpu, gpu->scene->functions[0]);
	pipeline->attribute_count = PVG_ENC_COUNT(attributes);
	memcpy(pipeline->attributes, attributes, sizeof(attributes));
	pipeline->layouts[0] = (struct pvg_enc_layout){ 8, 1, 1, VERTEX_BYTES };
	for (uint32_t i = 0; i < PVG_GS_FRAMES; i++) {
		gpu->own[VERTICES + i] =
			pvg_mtl_buffer(&gpu->mtl, QUADS * 4 * VERTEX_BYTES, &vertices[i]);
	}
	// The projection, and the matrix of places in the texture, which does nothing.
	gpu->own[UNIFORMS] = pvg_mtl_buffer(&gpu->mtl, 128, &uniforms);
}

static void put_kit_quad(const struct pvg_plan_rect *quad, uint8_t *at) {
	for (int i = 0; i < 4; i++, at += VERTEX_BYTES) {
		int right = i & 1, low = i >> 1;
		pvg_put(at, pvg_mtl_f32(quad->x + right * quad->width, 1), 4);
		pvg_put(at + 4, pvg_mtl_f32(quad->y + low * quad->height, 1), 4);
		pvg_put(at + 8, 0, 4);
		pvg_put(at + 12, pvg_mtl_f32(quad->source_x + right * quad->source_w,
			PVG_TEXTURED_EDGE), 4);
		pvg_put(at + 16, pvg_mtl_f32(quad->source_y + low * quad->source_h,
			PVG_TEXTURED_EDGE), 4);
		memcpy(at + 20, quad->rgba, 4);
		pvg_put(at + 24, pvg_mtl_f32(1, 1), 4);
	}
}


static bool set_up(struct pvg_gs *gpu) {
	struct pvg_mtl_texture texture = {
		.type = 2,
		.storage = MTL_MANAGED,
		.usage = MTL_USAGE_READ,
		.format = MTL_BGRA8,
		.levels = PVG_TEXTURED_LEVELS,
		.width = PVG_TEXTURED_EDGE,
		.height = PVG_TEXTURED_EDGE,
		.element_bytes = 4,
	};
	struct pvg_enc_render_pipeline pipeline;
	gpu->own[TEXTURE] = pvg_mtl_texture(&gpu->mtl, &texture);
	for (uint32_t i = 0; i < PVG_TEXTURED_LEVELS && gpu->drv->error == NULL; i++) {
		pvg_textured_paint(texture.level[i], texture.pitch_bytes[i], i);
	}
	pvg_mtl_touched(&gpu->mtl, (uint32_t)gpu->own[TEXTURE]);
	pvg_gs_rect_pipeline(gpu, &pipeline, gpu->textured, MTL_BGRA8, PVG_PLAN_PREMULTIPLIED);
	if (gpu->scene->kit != NULL) {
		pipeline.fragment_function = pvg_gs_function(gpu, gpu->scene->functions[1]);
		make_kit_pipeline(gpu, &pipeline);
	}
	gpu->own[PIPELINE] = pvg_mtl_render_pipeline(&gpu->mtl, &pipeline);
	for (uint32_t i = 0; i < PVG_TEXTURED_SAMPLERS; i++) {
		gpu->own[SAMPLERS + i] = pvg_mtl_sampler(&gpu->mtl, &pvg_textured_samplers[i]);
	}
	if (gpu->scene->kit != NULL && gpu->drv->error == NULL) {
		pvg_ui_projection(uniforms, gpu->width, gpu->height);
		for (unsigned int i = 0; i < 16; i++) {
			pvg_put(uniforms + 64 + 4 * i, pvg_mtl_f32(i % 5 == 0, 1), 4);
		}
	}
	return pvg_mtl_commit(&gpu->mtl) != 0;
}

static void frame(struct pvg_gs *gpu, uint32_t target, uint64_t number) {
	static const uint8_t grey[] = { 64, 64, 72, 255 };
	pvg_gs_begin(gpu, target, gpu->width, gpu->height, MTL_CLEAR, grey);
	MTL_RENDER(&gpu->mtl, 0x74, gpu->own[PIPELINE]);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x72, 0, (uint32_t)gpu->own[TEXTURE], 0);
	if (gpu->scene->kit != NULL) {
		pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x7d, 0, (uint32_t)gpu->own[UNIFORMS], 0);
		pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x7d, 8,
			(uint32_t)gpu->own[VERTICES + gpu->page], 0);
	}
	for (uint32_t i = 0; i < QUADS; i++) {
		struct pvg_plan_rect quad = pvg_textured_quad(i, gpu->width, gpu->height, number);
		if (gpu->scene->kit != NULL) {
			put_kit_quad(&quad, vertices[gpu->page] + (size_t)i * 4 * VERTEX_BYTES);
		} else {
			uint32_t first = pvg_gs_put_rects(gpu, &quad, 1);
			pvg_gs_bind_rects(gpu, first, gpu->width, gpu->height, PVG_TEXTURED_EDGE,
				PVG_TEXTURED_EDGE);
		}
		pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x70, 0,
			(uint32_t)gpu->own[SAMPLERS + i % PVG_TEXTURED_SAMPLERS], 0);
		uint32_t first = gpu->scene->kit != NULL ? i * 4 : 0;
		pvg_mtl_draw(&gpu->mtl, MTL_TRIANGLE_STRIP, first, 4, 1);
	}
}

const struct pvg_gs_scene pvg_gs_scene_textured = { "textured", set_up, frame };

const struct pvg_gs_scene pvg_gs_kits_textured[] = {
	PVG_GS_KIT("textured-sokol", "textured", &vertices, "sokol-sgl_shd_vs-macos:main0",
		"sokol-sgl_shd_fs-macos:main0"),
	PVG_GS_KIT("textured-sokol-ios", "textured", &vertices, "sokol-sgl_shd_vs-ios:main0",
		"sokol-sgl_shd_fs-ios:main0"),
	{ .name = NULL },
};
