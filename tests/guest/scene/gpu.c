// SPDX-License-Identifier: GPL-2.0-or-later
#include "gpu.h"

#include "bars.h"
#include "text.h"

#define SIZES_STRIDE 256u // constant buffers begin at multiples of it

// Metal's vertex formats and step functions (spec 02 section 6.2).
enum {
	FORMAT_UCHAR4_NORMALIZED = 9,
	FORMAT_SHORT4 = 18,
	STEP_PER_INSTANCE = 2,
};
enum { BLEND_ZERO = 0, BLEND_ONE = 1, BLEND_ONE_MINUS_SOURCE_ALPHA = 5 };

static const struct pvg_gs_scene *const scenes[] = {
	&pvg_gs_scene_desktop,
	&pvg_gs_scene_maps,
	&pvg_gs_scene_textured,
	&pvg_gs_scene_particles,
	&pvg_gs_scene_msaa,
	&pvg_gs_scene_angle_blits,
	&pvg_gs_scene_imgui,
	&pvg_gs_scene_sdl2d,
	&pvg_gs_scene_shadow,
	&pvg_gs_scene_mrt_deferred,
	&pvg_gs_scene_tess,
	&pvg_gs_scene_triangle,
	&pvg_gs_scene_video,
};

static const struct pvg_gs_scene *const kits[] = {
	pvg_gs_kits_angle_blits,
	pvg_gs_kits_imgui,
	pvg_gs_kits_sdl2d,
	pvg_gs_kits_textured,
	pvg_gs_kits_triangle,
	pvg_gs_kits_video,
};
static const struct pvg_shader *more_libraries;

const struct pvg_gs_scene *pvg_gs_scene_find(const char *name) {
	for (size_t i = 0; i < PVG_ENC_COUNT(scenes); i++) {
		if (pvg_str_equal(scenes[i]->name, name)) {
			return scenes[i];
		}
	}
	for (size_t i = 0; i < PVG_ENC_COUNT(kits); i++) {
		for (const struct pvg_gs_scene *scene = kits[i]; scene->name != NULL; scene++) {
			if (pvg_str_equal(scene->name, name)) {
				return scene;
			}
		}
	}
	return NULL;
}

void pvg_gs_set_libraries(const struct pvg_shader *libraries) {
	more_libraries = libraries;
}

// What stands behind the colon when @whole begins with @name and one.
static const char *function_of(const char *whole, const char *name) {
	size_t i = 0;
	while (name[i] != '\0' && whole[i] == name[i]) {
		i++;
	}
	return name[i] == '\0' && whole[i] == ':' ? whole + i + 1 : NULL;
}

uint32_t pvg_gs_function(struct pvg_gs *gpu, const char *name) {
	for (const struct pvg_shader *shader = pvg_shaders; shader->name != NULL; shader++) {
		if (pvg_str_equal(shader->name, name)) {
			return pvg_mtl_function(&gpu->mtl, shader->library, shader->size_bytes);
		}
	}
	const struct pvg_shader *library = more_libraries;
	for (; library != NULL && library->name != NULL; library++) {
		const char *function = function_of(name, library->name);
		if (function != NULL) {
			return pvg_mtl_named_function(&gpu->mtl, library->library,
				library->size_bytes, function);
		}
	}
	pvg_drv_fail(gpu->drv, "a shader is missing that the scene needs");
	return 0;
}

void pvg_gs_rect_pipeline(const struct pvg_gs *gpu, struct pvg_enc_render_pipeline *pipeline,
	uint32_t fragment, uint16_t format, enum pvg_plan_blend blend) {
	static const struct pvg_enc_attribute attributes[] = {
		{ 0, FORMAT_SHORT4, 0, 0 },
		{ 1, FORMAT_SHORT4, 8, 0 },
		{ 2, FORMAT_UCHAR4_NORMALIZED, 16, 0 },
	};
	memset(pipeline, 0, sizeof(*pipeline));
	pipeline->vertex_function = gpu->rect_vertex;
	pipeline->fragment_function = fragment;
	pipeline->attribute_count = PVG_ENC_COUNT(attributes);
	memcpy(pipeline->attributes, attributes, sizeof(attributes));
	pipeline->layout_count = 1;
	pipeline->layouts[0] =
		(struct pvg_enc_layout){ 0, STEP_PER_INSTANCE, 1, PVG_GS_INSTANCE_BYTES };
	pipeline->colour_count = 1;
	struct pvg_enc_colour *color = &pipeline->colours[0];
	color->format = format;
	color->blend = blend != PVG_PLAN_OPAQUE;
	color->source_rgb = color->source_alpha = BLEND_ONE;
	color->destination_rgb = color->destination_alpha = blend == PVG_PLAN_ADD ? BLEND_ONE
		: blend == PVG_PLAN_PREMULTIPLIED ? BLEND_ONE_MINUS_SOURCE_ALPHA
						  : BLEND_ZERO;
	color->write_mask = 0xf;
}

bool pvg_gs_open(struct pvg_gs *gpu, struct pvg_drv *drv, uint32_t task,
	const struct pvg_gs_scene *scene, uint32_t width, uint32_t height) {
	memset(gpu, 0, sizeof(*gpu));
	gpu->drv = drv;
	gpu->scene = scene;
	gpu->width = width;
	gpu->height = height;
	if (!pvg_mtl_open(&gpu->mtl, drv, task)) {
		return false;
	}
	gpu->open = true;
	for (unsigned int i = 0; i < PVG_GS_FRAMES; i++) {
		struct pvg_gs_dynamic *dynamic = &gpu->dynamic[i];
		dynamic->instances = pvg_mtl_buffer(&gpu->mtl,
			PVG_GS_INSTANCES * PVG_GS_INSTANCE_BYTES, &dynamic->instance_bytes);
		dynamic->sizes = pvg_mtl_buffer(&gpu->mtl, PVG_GS_DRAWS * SIZES_STRIDE,
			&dynamic->size_bytes);
	}
	gpu->rect_vertex = pvg_gs_function(gpu, "rect.vert");
	gpu->solid = pvg_gs_function(gpu, "solid.frag");
	gpu->textured = pvg_gs_function(gpu, "textured.frag");
	struct pvg_enc_render_pipeline pipeline;
	pvg_gs_rect_pipeline(gpu, &pipeline, gpu->solid, MTL_BGRA8, PVG_PLAN_OPAQUE);
	gpu->bars = pvg_mtl_render_pipeline(&gpu->mtl, &pipeline);
	return drv->error == NULL && scene->set_up(gpu) && drv->error == NULL;
}

/* ---- rectangles ------------------------------------------------------------------------- */

uint32_t pvg_gs_put_rects(struct pvg_gs *gpu, const struct pvg_plan_rect *rects, uint32_t count) {
	if (count > PVG_GS_INSTANCES - gpu->used) {
		pvg_drv_fail(gpu->drv, "too many rectangles in a frame");
		return 0;
	}
	uint32_t first = gpu->used;
	uint8_t *at =
		gpu->dynamic[gpu->page].instance_bytes + (size_t)first * PVG_GS_INSTANCE_BYTES;
	gpu->used += count;
	for (uint32_t i = 0; i < count; i++) {
		const struct pvg_plan_rect *rect = &rects[i];
		const int16_t values[] = { rect->x, rect->y, rect->width, rect->height,
			rect->source_x, rect->source_y, rect->source_w, rect->source_h };
		for (unsigned int k = 0; k < PVG_ENC_COUNT(values); k++) {
			pvg_put(at + 2 * k, (uint16_t)values[k], 2);
		}
		memcpy(at + 16, rect->rgba, 4);
		at += PVG_GS_INSTANCE_BYTES;
	}
	return first;
}

uint64_t pvg_gs_bind_rects(struct pvg_gs *gpu, uint32_t first, uint32_t target_w, uint32_t target_h,
	uint32_t texture_w, uint32_t texture_h) {
	const uint32_t sizes[] = { target_w, target_h, texture_w, texture_h };
	const struct pvg_gs_dynamic *dynamic = &gpu->dynamic[gpu->page];
	if (gpu->draws == PVG_GS_DRAWS) {
		pvg_drv_fail(gpu->drv, "too many draws in a frame");
		return 0;
	}
	uint64_t at = (uint64_t)gpu->draws++ * SIZES_STRIDE;
	for (unsigned int i = 0; i < PVG_ENC_COUNT(sizes); i++) {
		pvg_put(dynamic->size_bytes + at + 4 * i, sizes[i], 4);
	}
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x7d, 0, dynamic->instances,
		(uint64_t)first * PVG_GS_INSTANCE_BYTES);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x7d, 1, dynamic->sizes, at);
	return at;
}

void pvg_gs_begin(struct pvg_gs *gpu, uint32_t target, uint32_t width, uint32_t height,
	uint8_t load, const uint8_t rgba[4]) {
	struct pvg_mtl_pass pass;
	memset(&pass, 0, sizeof(pass));
	pass.width = width;
	pass.height = height;
	pass.colors[0].ref = target;
	pass.colors[0].load = load;
	pass.colors[0].store = MTL_STORE;
	for (unsigned int i = 0; i < 4 && rgba != NULL; i++) {
		pass.colors[0].clear[i] = pvg_mtl_f64(rgba[i], 255);
	}
	pvg_mtl_pass(&gpu->mtl, &pass);
	pvg_mtl_viewport(&gpu->mtl, 0, 0, width, height);
}

/* ---- the frame number ------------------------------------------------------------------- */

static void draw_bars(struct pvg_gs *gpu, const struct pvg_painter *painter, uint32_t target,
	uint64_t number) {
	static struct pvg_plan_rect rects[PVG_BARS_RECTS];
	pvg_gs_begin(gpu, target, gpu->width, gpu->height, MTL_LOAD, NULL);
	MTL_RENDER(&gpu->mtl, 0x74, gpu->bars);
	for (unsigned int strip = 0; strip < PVG_BARS_STRIPS; strip++) {
		pvg_bars_strip(painter, strip, number, rects);
		uint32_t first = pvg_gs_put_rects(gpu, rects, PVG_BARS_RECTS);
		pvg_gs_bind_rects(gpu, first, gpu->width, gpu->height, 1, 1);
		pvg_mtl_draw(&gpu->mtl, MTL_TRIANGLE_STRIP, 0, 4, PVG_BARS_RECTS);
	}
}

uint32_t pvg_gs_frame(struct pvg_gs *gpu, const struct pvg_painter *painter, uint32_t target,
	uint64_t number) {
	gpu->page = (uint32_t)(number % PVG_GS_FRAMES);
	gpu->used = 0;
	gpu->draws = 0;
	// What the GPU may still be reading is not written over.
	if (gpu->dynamic[gpu->page].signal != 0 &&
		!pvg_mtl_wait(&gpu->mtl, gpu->dynamic[gpu->page].signal)) {
		return 0;
	}
	gpu->scene->frame(gpu, target, number);
	draw_bars(gpu, painter, target, number);
	pvg_mtl_written(&gpu->mtl, target);
	uint32_t signal = pvg_mtl_commit(&gpu->mtl);
	gpu->dynamic[gpu->page].signal = signal;
	return signal;
}
