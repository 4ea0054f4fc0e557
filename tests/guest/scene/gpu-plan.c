// SPDX-License-Identifier: GPL-2.0-or-later
#include "gpu-plan.h"

#define VIEWS 16u // sRGB views that are kept

enum target_format { TO_BGRA8, TO_BGRA8_SRGB, TO_RGBA16_FLOAT, TO_FORMATS };

static const uint16_t target_formats[] = { MTL_BGRA8, MTL_BGRA8_SRGB, MTL_RGBA16_FLOAT };

static const struct {
	const char *function;
	bool texture, sampler, sizes;
} programs[] = {
	[PVG_PLAN_SOLID] = { "solid.frag", false, false, false },
	[PVG_PLAN_TEXTURED] = { "textured.frag", true, true, false },
	[PVG_PLAN_GLYPH] = { "glyph.frag", true, true, false },
	[PVG_PLAN_ROUNDED] = { "rounded.frag", true, true, true },
	[PVG_PLAN_BLUR] = { "blur.frag", true, true, true },
	[PVG_PLAN_GLASS] = { "glass.frag", true, false, false },
};

// One scene draws at a time: a machine has one.
static struct plan_state {
	struct pvg_gs *gpu;
	uint32_t count;
	struct pvg_plan_texture textures[PVG_PLAN_TEXTURES];
	uint32_t refs[PVG_PLAN_TEXTURES];
	struct pvg_drv_surface surfaces[PVG_PLAN_TEXTURES];
	struct {
		uint32_t base, ref;
	} views[VIEWS];
	uint32_t view_count;
	uint32_t functions[PVG_PLAN_PROGRAMS];
	uint32_t pipelines[PVG_PLAN_PROGRAMS][PVG_PLAN_BLENDS][TO_FORMATS];
	uint32_t linear, nearest; // samplers
	// Of the open pass.
	uint32_t into, pipeline, texture, sampler;
	enum target_format format;
} state;

static uint32_t make_texture(struct pvg_gs *gpu, uint32_t index) {
	const struct pvg_plan_texture *texture = &state.textures[index];
	struct pvg_mtl_texture made = {
		.type = 2,
		.storage = texture->drawn ? MTL_PRIVATE : MTL_MANAGED,
		.usage = (uint8_t)(MTL_USAGE_READ | (texture->drawn ? MTL_USAGE_TARGET : 0)),
		.format = texture->format,
		.width = texture->width,
		.height = texture->height,
		.element_bytes = texture->element_bytes,
	};
	if (texture->surface) {
		struct pvg_drv_surface *surface = &state.surfaces[index];
		if (!pvg_drv_surface_create(gpu->drv, surface, texture->width, texture->height)) {
			return 0;
		}
		return pvg_mtl_surface(&gpu->mtl, surface, texture->format);
	}
	uint32_t ref = pvg_mtl_texture(&gpu->mtl, &made);
	if (ref != 0 && texture->paint != NULL) {
		texture->paint(made.level[0], made.pitch_bytes[0], texture->width, texture->height);
		pvg_mtl_touched(&gpu->mtl, ref);
		// The table of one submission is short.
		return pvg_mtl_commit(&gpu->mtl) != 0 ? ref : 0;
	}
	return ref;
}

bool pvg_gs_plan_set_up(struct pvg_gs *gpu, const struct pvg_plan *plan) {
	memset(&state, 0, sizeof(state));
	state.gpu = gpu;
	state.textures[PVG_PLAN_TARGET] = (struct pvg_plan_texture){ gpu->width, gpu->height,
		MTL_BGRA8, 4, true, true, NULL };
	state.count = plan->textures(state.textures, gpu->width, gpu->height);
	for (uint32_t i = 1; i < state.count; i++) {
		state.refs[i] = make_texture(gpu, i);
		if (state.refs[i] == 0) {
			return false;
		}
	}
	for (unsigned int i = 0; i < PVG_PLAN_PROGRAMS; i++) {
		state.functions[i] = pvg_gs_function(gpu, programs[i].function);
	}
	state.linear = pvg_mtl_sampler(&gpu->mtl, &(struct pvg_mtl_sampler){ .linear = true });
	state.nearest = pvg_mtl_sampler(&gpu->mtl, &(struct pvg_mtl_sampler){ .linear = false });
	return gpu->drv->error == NULL;
}

static uint32_t srgb_view(uint32_t base) {
	for (uint32_t i = 0; i < state.view_count; i++) {
		if (state.views[i].base == base) {
			return state.views[i].ref;
		}
	}
	if (state.view_count == VIEWS) {
		pvg_drv_fail(state.gpu->drv, "too many sRGB views");
		return 0;
	}
	uint32_t ref = pvg_mtl_view(&state.gpu->mtl, base, MTL_BGRA8_SRGB, 2, 0, 1, 0, 1);
	state.views[state.view_count].base = base;
	state.views[state.view_count++].ref = ref;
	return ref;
}

static void plan_pass(void *data, uint32_t texture, bool srgb, const uint8_t *clear) {
	struct pvg_gs *gpu = state.gpu;
	const struct pvg_plan_texture *into = &state.textures[texture];
	uint32_t ref = srgb ? srgb_view(state.refs[texture]) : state.refs[texture];
	pvg_gs_begin(gpu, ref, into->width, into->height, clear != NULL ? MTL_CLEAR : MTL_LOAD,
		clear);
	state.into = texture;
	state.format = srgb ? TO_BGRA8_SRGB
		: into->format == MTL_RGBA16_FLOAT ? TO_RGBA16_FLOAT
						   : TO_BGRA8;
	state.pipeline = state.texture = state.sampler = 0;
}

static uint32_t pipeline_for(enum pvg_plan_program program, enum pvg_plan_blend blend) {
	uint32_t *pipeline = &state.pipelines[program][blend][state.format];
	if (*pipeline == 0) {
		struct pvg_enc_render_pipeline made;
		pvg_gs_rect_pipeline(state.gpu, &made, state.functions[program],
			target_formats[state.format], blend);
		*pipeline = pvg_mtl_render_pipeline(&state.gpu->mtl, &made);
	}
	return *pipeline;
}

static void plan_draw(void *data, enum pvg_plan_program program, enum pvg_plan_blend blend,
	uint32_t texture, const struct pvg_plan_rect *rects, uint32_t count) {
	struct pvg_gs *gpu = state.gpu;
	const struct pvg_plan_texture *into = &state.textures[state.into];
	const struct pvg_plan_texture *from = &state.textures[texture];
	uint32_t pipeline = pipeline_for(program, blend);
	if (pipeline != state.pipeline) {
		MTL_RENDER(&gpu->mtl, 0x74, pipeline);
		state.pipeline = pipeline;
	}
	if (programs[program].texture && state.texture != state.refs[texture]) {
		state.texture = state.refs[texture];
		pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x72, 0, state.texture, 0);
	}
	uint32_t sampler = program == PVG_PLAN_GLYPH ? state.nearest : state.linear;
	if (programs[program].sampler && state.sampler != sampler) {
		state.sampler = sampler;
		pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x70, 0, sampler, 0);
	}
	uint32_t first = pvg_gs_put_rects(gpu, rects, count);
	uint64_t sizes = pvg_gs_bind_rects(gpu, first, into->width, into->height, from->width,
		from->height);
	if (programs[program].sizes) {
		pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x6e, 0, gpu->dynamic[gpu->page].sizes,
			sizes);
	}
	pvg_mtl_draw(&gpu->mtl, MTL_TRIANGLE_STRIP, 0, 4, count);
}

static void plan_copy(void *data, uint32_t from, uint32_t to) {
	struct pvg_gs *gpu = state.gpu;
	pvg_mtl_segment(&gpu->mtl, PVG_ENC_SEGMENT_BLIT);
	// copyFromTexture: slices and levels, whole (spec 03 section 6).
	MTL_BLIT(&gpu->mtl, 0x13e, state.refs[from], state.refs[to], 0, 0, 0, 0, 1, 1);
}

void pvg_gs_plan_frame(struct pvg_gs *gpu, const struct pvg_plan *plan, uint32_t target,
	uint64_t number) {
	static const struct pvg_plan_sink sink = { plan_pass, plan_draw, plan_copy };
	state.refs[PVG_PLAN_TARGET] = target;
	plan->frame(&sink, NULL, gpu->width, gpu->height, number);
}
