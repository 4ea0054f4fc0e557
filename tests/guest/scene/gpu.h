// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Scenes that the GPU draws. Each is a table entry with two functions; what most of them need (a
 * task, rectangles in pixels as instances of a strip, the frame number as bars) is kept here.
 */
#ifndef TESTS_GUEST_SCENE_GPU_H
#define TESTS_GUEST_SCENE_GPU_H

#include "../mtl/mtl.h"
#include "paint.h"
#include "plan.h"
#include "scene.h"
#include "shaders.h"

#define PVG_GS_FRAMES 3u // in flight, so many instance buffers
#define PVG_GS_INSTANCE_BYTES 20u
#define PVG_GS_INSTANCES 16384u // of a frame
#define PVG_GS_DRAWS 2048u      // with rectangles, of a frame
#define PVG_GS_FUNCTIONS 4u     // of a scene with other people's

struct pvg_gs {
	struct pvg_drv *drv; // borrowed
	struct pvg_mtl mtl;
	uint32_t width, height; // of the target
	const struct pvg_gs_scene *scene;
	bool open; // .mtl has its task
	struct pvg_gs_dynamic {
		uint32_t instances, sizes; // buffers
		uint8_t *instance_bytes, *size_bytes;
		uint32_t signal; // of the frame that used it last, 0: none
	} dynamic[PVG_GS_FRAMES];
	uint32_t page;        // which of .dynamic
	uint32_t used, draws; // instances and sizes of this frame
	uint32_t rect_vertex, solid, textured; // functions
	uint32_t bars;  // pipeline: solid rectangles, BGRA8
	uint64_t own[64]; // the scene's
	uint8_t *own_bytes;
};

struct pvg_gs_scene {
	const char *name;
	// Objects for a target of this size; the task is there. False: drv->error is set.
	bool (*set_up)(struct pvg_gs *gpu);
	// Records one frame into the command buffer; @target: a BGRA8 texture, whole size.
	void (*frame)(struct pvg_gs *gpu, uint32_t target, uint64_t number);
	/*
	 * The same with functions of libraries that are not built in, as their applications bind
	 * them. .functions: as pvg_gs_function takes them; .plain: which picture by hand it is.
	 */
	const char *functions[PVG_GS_FUNCTIONS];
	const char *plain; // NULL: that of the same name
	const void *kit;   // the scene's
};

// NULL: no such scene, or its shaders were not built.
const struct pvg_gs_scene *pvg_gs_scene_find(const char *name);
// Libraries beside the ones that are built in; borrowed, ends with a NULL name.
void pvg_gs_set_libraries(const struct pvg_shader *libraries);

/**
 * pvg_gs_open - a task of that id, common objects and the scene's own
 *
 * The scene keeps its objects until the machine resets; @gpu may be opened once a life.
 */
bool pvg_gs_open(struct pvg_gs *gpu, struct pvg_drv *drv, uint32_t task,
	const struct pvg_gs_scene *scene, uint32_t width, uint32_t height);
// Records and submits a frame with its number as bars on top; the exec channel's signal, 0: failed.
uint32_t pvg_gs_frame(struct pvg_gs *gpu, const struct pvg_painter *painter, uint32_t target,
	uint64_t number);

/* ---- for the scenes --------------------------------------------------------------------- */

// The function in the file of that name, or "library:function"; 0 with drv->error set.
uint32_t pvg_gs_function(struct pvg_gs *gpu, const char *name);
// Fills the attributes and layout of rect.vert and one colour attachment.
void pvg_gs_rect_pipeline(const struct pvg_gs *gpu, struct pvg_enc_render_pipeline *pipeline,
	uint32_t fragment, uint16_t format, enum pvg_plan_blend blend);
// Appends to the frame's instances; the number of the first, as base for the draw.
uint32_t pvg_gs_put_rects(struct pvg_gs *gpu, const struct pvg_plan_rect *rects, uint32_t count);
// Binds the instances from @first on, and the sizes of target and texture (rect.vert's buffer 1);
// returns where in the frame's buffer of sizes those are.
uint64_t pvg_gs_bind_rects(struct pvg_gs *gpu, uint32_t first, uint32_t target_w, uint32_t target_h,
	uint32_t texture_w, uint32_t texture_h);
// Opens a pass on one colour attachment and sets its viewport. @rgba: clear values 0..255.
void pvg_gs_begin(struct pvg_gs *gpu, uint32_t target, uint32_t width, uint32_t height,
	uint8_t load, const uint8_t rgba[4]);

extern const struct pvg_gs_scene pvg_gs_scene_angle_blits, pvg_gs_scene_desktop,
	pvg_gs_scene_imgui, pvg_gs_scene_maps, pvg_gs_scene_mrt_deferred, pvg_gs_scene_msaa,
	pvg_gs_scene_particles, pvg_gs_scene_sdl2d, pvg_gs_scene_shadow, pvg_gs_scene_tess,
	pvg_gs_scene_textured, pvg_gs_scene_triangle, pvg_gs_scene_video;
// Variants with other people's functions; each ends with a NULL name.
#define PVG_GS_KIT(scene_name, picture, binding, ...) \
	{ .name = (scene_name), \
		.set_up = set_up, \
		.frame = frame, \
		.functions = { __VA_ARGS__ }, \
		.plain = (picture), \
		.kit = (binding) }
extern const struct pvg_gs_scene pvg_gs_kits_angle_blits[], pvg_gs_kits_imgui[],
	pvg_gs_kits_sdl2d[], pvg_gs_kits_textured[], pvg_gs_kits_triangle[], pvg_gs_kits_video[];

#endif
