// SPDX-License-Identifier: GPL-2.0-or-later
#include "gpu.h"
#include "ui.h"

enum { FORMAT_UCHAR4_NORMALIZED = 9, FORMAT_FLOAT2 = 29 };
enum { PIPELINE, SAMPLER, ATLAS, UNIFORMS, VERTICES, INDICES = VERTICES + PVG_GS_FRAMES };

// How vertex functions want to know the size of the target, and where vertices are bound.
struct kit {
	enum { MATRIX_4X4, SCALE_AND_OFFSET, SIZE_AND_GAMMA } uniforms;
	uint8_t uniform_slot, vertex_slot;
	bool fragment_word; // a word of zero in the fragment function's buffer 1
};

static const struct kit own_kit = { MATRIX_4X4, 1, 0, false };

static struct pvg_ui lists[PVG_GS_FRAMES];

static const struct kit *kit_of(const struct pvg_gs *gpu) {
	return gpu->scene->kit != NULL ? gpu->scene->kit : &own_kit;
}

static void put_uniforms(const struct pvg_gs *gpu, uint8_t *at) {
	const struct kit *kit = kit_of(gpu);
	if (kit->uniforms == MATRIX_4X4) {
		pvg_ui_projection(at, gpu->width, gpu->height);
	} else if (kit->uniforms == SCALE_AND_OFFSET) { // the function turns y over
		pvg_put(at, pvg_mtl_f32(2, gpu->width), 4);
		pvg_put(at + 4, pvg_mtl_f32(2, gpu->height), 4);
		pvg_put(at + 8, pvg_mtl_f32(-1, 1), 4);
		pvg_put(at + 12, pvg_mtl_f32(-1, 1), 4);
	} else {
		pvg_put(at, pvg_mtl_f32((int32_t)gpu->width, 1), 4);
		pvg_put(at + 4, pvg_mtl_f32((int32_t)gpu->height, 1), 4);
		pvg_put(at + 8, pvg_mtl_f32(1, 1), 4);
	}
}

static bool set_up(struct pvg_gs *gpu) {
	const char *const *functions = gpu->scene->functions;
	const struct kit *kit = kit_of(gpu);
	struct pvg_enc_render_pipeline pipeline = {
		.vertex_function =
			pvg_gs_function(gpu, functions[0] != NULL ? functions[0] : "ui.vert"),
		.fragment_function = functions[1] != NULL ? pvg_gs_function(gpu, functions[1])
							  : gpu->textured,
		.attribute_count = 3,
		.attributes = { { 0, FORMAT_FLOAT2, 0, kit->vertex_slot },
			{ 1, FORMAT_FLOAT2, 8, kit->vertex_slot },
			{ 2, FORMAT_UCHAR4_NORMALIZED, 16, kit->vertex_slot } },
		.layout_count = 1,
		.layouts = { { kit->vertex_slot, 1, 1, PVG_UI_VERTEX_BYTES } },
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
	uint8_t *uniforms;
	gpu->own[PIPELINE] = pvg_mtl_render_pipeline(&gpu->mtl, &pipeline);
	gpu->own[SAMPLER] = pvg_mtl_sampler(&gpu->mtl, &(struct pvg_mtl_sampler){ .linear = true });
	gpu->own[ATLAS] = pvg_mtl_texture(&gpu->mtl, &atlas);
	gpu->own[UNIFORMS] = pvg_mtl_buffer(&gpu->mtl, 256 + 16, &uniforms);
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
	put_uniforms(gpu, uniforms);
	pvg_mtl_touched(&gpu->mtl, (uint32_t)gpu->own[ATLAS]);
	return pvg_mtl_commit(&gpu->mtl) != 0;
}

static void frame(struct pvg_gs *gpu, uint32_t target, uint64_t number) {
	static const uint8_t back[] = { 115, 140, 153, 255 };
	const struct kit *kit = kit_of(gpu);
	struct pvg_ui *ui = &lists[gpu->page];
	pvg_ui_frame(ui, number);
	pvg_gs_begin(gpu, target, gpu->width, gpu->height, MTL_CLEAR, back);
	MTL_RENDER(&gpu->mtl, 0x74, gpu->own[PIPELINE]);
	MTL_RENDER(&gpu->mtl, 0x6b, 0);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x7d, kit->uniform_slot,
		(uint32_t)gpu->own[UNIFORMS], 0);
	if (kit->fragment_word) {
		pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x6e, 1, (uint32_t)gpu->own[UNIFORMS], 256);
	}
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x72, 0, (uint32_t)gpu->own[ATLAS], 0);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x70, 0, (uint32_t)gpu->own[SAMPLER], 0);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x7d, kit->vertex_slot,
		(uint32_t)gpu->own[VERTICES + gpu->page], 0);
	for (uint32_t i = 0; i < ui->command_count; i++) {
		const struct pvg_ui_command *command = &ui->commands[i];
		MTL_RENDER(&gpu->mtl, 0x75, command->x, command->y, command->width,
			command->height);
		// The first vertex by the buffer's offset, as the Metal backend of Dear ImGui does.
		MTL_RENDER(&gpu->mtl, 0x7e, kit->vertex_slot,
			(uint64_t)command->first_vertex * PVG_UI_VERTEX_BYTES);
		pvg_mtl_draw_indexed(&gpu->mtl, MTL_TRIANGLE, 2,
			(uint32_t)gpu->own[INDICES + gpu->page], command->first_index * 2,
			command->index_count, 1);
	}
}

const struct pvg_gs_scene pvg_gs_scene_imgui = { "imgui", set_up, frame };

// Dear ImGui as SDL's GPU interface draws it; Dear ImGui, Nuklear and Spine of sokol; Veldrid's,
// which makes colours linear.
static const struct kit sdl_gpu = { SCALE_AND_OFFSET, 0, 14, false };
static const struct kit sokol = { SIZE_AND_GAMMA, 0, 8, false };
static const struct kit sokol_spine = { MATRIX_4X4, 0, 8, true };

const struct pvg_gs_scene pvg_gs_kits_imgui[] = {
	PVG_GS_KIT("imgui-sdlgpu", "imgui", &sdl_gpu, "imgui-vertex-macos14:main0",
		"imgui-fragment-macos14:main0"),
	PVG_GS_KIT("imgui-sdlgpu-ios", "imgui", &sdl_gpu, "imgui-vertex-ios18:main0",
		"imgui-fragment-ios18:main0"),
	PVG_GS_KIT("imgui-sokol", "imgui", &sokol, "sokol-simgui_shd_vs-macos:main0",
		"sokol-simgui_shd_fs-macos:main0"),
	PVG_GS_KIT("imgui-sokol-ios", "imgui", &sokol, "sokol-simgui_shd_vs-ios:main0",
		"sokol-simgui_shd_fs-ios:main0"),
	PVG_GS_KIT("imgui-nuklear", "imgui", &sokol, "sokol-snk_shd_vs-macos:main0",
		"sokol-snk_shd_fs-macos:main0"),
	PVG_GS_KIT("imgui-nuklear-ios", "imgui", &sokol, "sokol-snk_shd_vs-ios:main0",
		"sokol-snk_shd_fs-ios:main0"),
	PVG_GS_KIT("imgui-spine", "imgui", &sokol_spine, "sokol-sspine_shd_vs-macos:main0",
		"sokol-sspine_shd_fs-macos:main0"),
	PVG_GS_KIT("imgui-spine-ios", "imgui", &sokol_spine, "sokol-sspine_shd_vs-ios:main0",
		"sokol-sspine_shd_fs-ios:main0"),
	PVG_GS_KIT("imgui-veldrid", "imgui-linear", &own_kit, "veldrid-imgui-vertex:VS",
		"veldrid-imgui-frag:FS"),
	{ .name = NULL },
};
