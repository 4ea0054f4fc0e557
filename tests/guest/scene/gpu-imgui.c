// SPDX-License-Identifier: GPL-2.0-or-later
#include "gpu.h"
#include "ui.h"

enum { FORMAT_UCHAR4_NORMALIZED = 9, FORMAT_FLOAT2 = 29 };
enum { PIPELINE, SAMPLER, ATLAS, MATRIX, VERTICES, INDICES = VERTICES + PVG_GS_FRAMES };

static struct pvg_ui lists[PVG_GS_FRAMES];

static bool set_up(struct pvg_gs *gpu) {
	struct pvg_enc_render_pipeline pipeline = {
		.vertex_function = pvg_gs_function(gpu, "ui.vert"),
		.fragment_function = gpu->textured,
		.attribute_count = 3,
		.attributes = { { 0, FORMAT_FLOAT2, 0, 0 }, { 1, FORMAT_FLOAT2, 8, 0 },
			{ 2, FORMAT_UCHAR4_NORMALIZED, 16, 0 } },
		.layout_count = 1,
		.layouts = { { 0, 1, 1, PVG_UI_VERTEX_BYTES } },
		.colour_count = 1,
		.colours = { { .format = MTL_BGRA8, .blend = true, .source_rgb = 4,
			.destination_rgb = 5, .source_alpha = 1, .destination_alpha = 5,
			.write_mask = 0xf } },
	};
	struct pvg_mtl_texture atlas = {
		.type = 2,
		.storage = MTL_MANAGED,
		.usage = MTL_USAGE_READ,
		.format = MTL_RGBA8,
		.width = PVG_UI_ATLAS_WIDTH,
		.height = PVG_UI_ATLAS_HEIGHT,
		.element_bytes = 4,
	};
	uint8_t *matrix;
	gpu->own[PIPELINE] = pvg_mtl_render_pipeline(&gpu->mtl, &pipeline);
	gpu->own[SAMPLER] = pvg_mtl_sampler(&gpu->mtl, &(struct pvg_mtl_sampler){ .linear = true });
	gpu->own[ATLAS] = pvg_mtl_texture(&gpu->mtl, &atlas);
	gpu->own[MATRIX] = pvg_mtl_buffer(&gpu->mtl, 64, &matrix);
	for (uint32_t i = 0; i < PVG_GS_FRAMES; i++) {
		lists[i].width = gpu->width;
		lists[i].height = gpu->height;
		gpu->own[VERTICES + i] = pvg_mtl_buffer(&gpu->mtl,
			PVG_UI_VERTICES * PVG_UI_VERTEX_BYTES, &lists[i].vertices);
		gpu->own[INDICES + i] =
			pvg_mtl_buffer(&gpu->mtl, PVG_UI_INDICES * 2, &lists[i].indices);
	}
	if (gpu->drv->error != NULL) {
		return false;
	}
	pvg_ui_paint_atlas(atlas.level[0], atlas.pitch_bytes[0]);
	pvg_ui_projection(matrix, gpu->width, gpu->height);
	pvg_mtl_touched(&gpu->mtl, (uint32_t)gpu->own[ATLAS]);
	return pvg_mtl_commit(&gpu->mtl) != 0;
}

static void frame(struct pvg_gs *gpu, uint32_t target, uint64_t number) {
	static const uint8_t back[] = { 115, 140, 153, 255 };
	struct pvg_ui *ui = &lists[gpu->page];
	pvg_ui_frame(ui, number);
	pvg_gs_begin(gpu, target, gpu->width, gpu->height, MTL_CLEAR, back);
	MTL_RENDER(&gpu->mtl, 0x74, gpu->own[PIPELINE]);
	MTL_RENDER(&gpu->mtl, 0x6b, 0);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x7d, 1, (uint32_t)gpu->own[MATRIX], 0);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x72, 0, (uint32_t)gpu->own[ATLAS], 0);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x70, 0, (uint32_t)gpu->own[SAMPLER], 0);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x7d, 0,
		(uint32_t)gpu->own[VERTICES + gpu->page], 0);
	for (uint32_t i = 0; i < ui->command_count; i++) {
		const struct pvg_ui_command *command = &ui->commands[i];
		MTL_RENDER(&gpu->mtl, 0x75, command->x, command->y, command->width,
			command->height);
		// The first vertex by the buffer's offset, as the Metal backend of Dear ImGui does.
		MTL_RENDER(&gpu->mtl, 0x7e, 0,
			(uint64_t)command->first_vertex * PVG_UI_VERTEX_BYTES);
		pvg_mtl_draw_indexed(&gpu->mtl, MTL_TRIANGLE, 2,
			(uint32_t)gpu->own[INDICES + gpu->page], command->first_index * 2,
			command->index_count, 1);
	}
}

const struct pvg_gs_scene pvg_gs_scene_imgui = { "imgui", set_up, frame };
