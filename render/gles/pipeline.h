// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pipelines and their variants. A pipeline translates its functions once to learn what they use; a
 * variant (struct pvg_gpu_program) is translated and linked for what a draw or dispatch brings:
 * formats of storage images, points or not, the threadgroup's size.
 */
#ifndef RENDER_GLES_PIPELINE_H
#define RENDER_GLES_PIPELINE_H

#include "render/gles/build.h"
#include "render/gles/geometry.h"
#include "render/gles/gles.h"
#include "render/shader/client.h"

#define GLES_STAGES 3u             // PVG_GPU_STAGES
#define GLES_KEY_IMAGES 16u        // storage images that a stage may have
#define GLES_KEY_TEXELS 32u        // sampled textures over buffers that a stage may have
#define GLES_PLAN_BUFFERS 64u
#define GLES_PLAN_UNITS 64u
#define GLES_PLAN_IMAGES 32u
#define GLES_NO_SLOT 0xffu

enum gles_counts {
	GLES_COUNTS_NOT,
	GLES_COUNTS, // samples that pass
	GLES_COUNTS_KEEPING, // … tests that change neither depth nor stencil
};

// What a variant depends on besides its pipeline. Compared as bytes: no padding.
struct gles_key {
	uint32_t local_size[3];
	uint32_t threadgroup_bytes[PVG_GPU_BUFFERS];
	// Vertex or kernel, fragment; those that the stage uses.
	uint16_t pixel_samplers[2], biased_samplers[2];
	// What is done to texels (texel.h), the same stages, by order in the stage.
	uint16_t texels[2][GLES_KEY_TEXELS], image_texels[2][GLES_KEY_IMAGES];
	uint8_t points;
	uint8_t control_points;
	uint8_t images[2][GLES_KEY_IMAGES]; // the same stages; by order in the stage
	uint8_t patch_indices;
	uint8_t counts; // samples, for visibility results: enum gles_counts
	uint8_t geometry; // enum gles_geometry
	uint8_t order;    // enum gles_order
	uint8_t by_number;
	uint8_t wide_strides; // attributes are fetched by the function
	// OpenGL's (opengl.c): how many planes, and whether the rest is there.
	uint8_t clip_planes, window, point_size, last_vertex;
};

/* ---- what a program binds: GL's numbers for Metal's ---------------------------------------- */

struct gles_plan_buffer {
	uint8_t stage, slot, binding;
	bool uniform, packed, written;
	uint32_t bytes; // reach from the bind, 0: all of it
};

struct gles_plan_unit {
	uint8_t stage, texture, unit;
	uint8_t sampler; // slot of the table; GLES_NO_SLOT: fetches, or a sampler of its own
	uint8_t dim, value_class, flags; // enum pvg_slot_dim, pvg_slot_class, pvg_slot_flags
	uint16_t texel; // texel.h
	bool color_copy; // .texture is an attachment that is read from a copy
	struct pvg_gpu_sampler *static_sampler; // owned; NULL: none
};

struct gles_plan_image {
	uint8_t stage, texture, unit, access, dim, format, flags;
};

struct gles_plan_params {
	bool used;
	uint8_t binding;
	uint8_t count; // vectors
	uint8_t entry_count;
	uint8_t entries[PVG_PARAMS_COUNT]; // which vectors are read
};

struct gles_plan {
	uint8_t buffer_count, unit_count, image_count;
	uint32_t buffer_slots[GLES_STAGES]; // bit n: slot n is used
	uint64_t texture_slots[GLES_STAGES][2];
	uint32_t sampler_slots[GLES_STAGES];
	bool any_packed, any_written, reads_color_copy;
	bool counts; // samples that pass, into a storage block
	uint8_t counter;  // its binding
	struct gles_plan_buffer buffers[GLES_PLAN_BUFFERS];
	struct gles_plan_unit units[GLES_PLAN_UNITS];
	struct gles_plan_image images[GLES_PLAN_IMAGES];
	struct gles_plan_params params[GLES_STAGES];
};

/* ---- vertex input -------------------------------------------------------------------------- */

struct gles_input_attribute {
	uint8_t location, binding; // GL's
	uint8_t components;
	bool integer, normalized;
	GLenum type;
	uint32_t offset_bytes;
};

struct gles_input_binding {
	uint8_t slot; // Metal's
	uint32_t stride_bytes, divisor;
	bool constant; // every vertex reads the same element
};

// Which attributes GL fetches, and from what. Equal ones share a vertex array.
struct gles_input {
	uint8_t attribute_count, binding_count;
	uint32_t slots; // bit n: buffer n is fetched from
	struct gles_input_attribute attributes[16];
	struct gles_input_binding bindings[16];
};

/* ---- fixed state --------------------------------------------------------------------------- */

struct gles_blend {
	bool enabled;
	GLenum src_rgb, dst_rgb, src_alpha, dst_alpha, op_rgb, op_alpha;
	uint8_t mask; // bit 0 red … 3 alpha, as GL's channels have it
};

struct gles_vertex_array; // vertex.c

struct gles_function {
	uint8_t *bitcode; // owned, NULL: there is no such function
	size_t bytes;
	char name[256]; // "": the module's only one
};

struct pvg_gpu_pipeline {
	struct gles_pipelines *owner; // borrowed
	bool compute, patches; // patches: the library says that the vertex function takes them
	uint32_t number; // for the log
	struct gles_function functions[GLES_STAGES]; // by enum pvg_gpu_stage
	union {
		struct pvg_gpu_render_desc render; // functions are not kept
		struct pvg_gpu_compute_desc kernel;
	};
	enum pvg_gpu_status status;
	char why[320];
	struct pvg_gpu_pipeline_info info;
	bool complained;

	// Known once status is READY:
	struct pvg_gpu_program *usual; // the first; what nearly every use wants
	bool one_variant; // nothing of a use matters but what few draws have
	bool points_matter;
	bool chooses_layer, chooses_viewport; // the vertex function does
	uint8_t clip_distances; // that it gives
	bool gives_point_size;
	uint8_t image_count[GLES_STAGES], image_slots[GLES_STAGES][GLES_KEY_IMAGES];
	uint8_t image_class[GLES_STAGES][GLES_KEY_IMAGES]; // enum pvg_slot_class
	uint8_t texel_count[GLES_STAGES], texel_slots[GLES_STAGES][GLES_KEY_TEXELS];
	uint8_t texel_class[GLES_STAGES][GLES_KEY_TEXELS];
	struct gles_blend blend[PVG_GPU_COLORS];
	bool blend_uses_constant, flat_varyings;
	uint8_t constant_mask; // bit n: target n takes its colour from the constant
	uint32_t tess_patch; // enum pvg_patch
	struct pvg_gpu_program *programs; // owned, newest first
};

// Uniforms of a geometry stage that makes edges, and what they were told.
struct gles_edges {
	GLint cull, bias, window; // -1: none
	float last_cull, last_bias[4], windows[PVG_GPU_VIEWPORTS][4];
};

struct pvg_gpu_program {
	struct pvg_gpu_program *next;
	struct pvg_gpu_pipeline *pipeline; // borrowed
	struct gles_key key;
	enum pvg_gpu_status status;
	char why[320];

	// While it is built:
	struct pvg_shader_job *jobs[GLES_STAGES];
	const struct pvg_shader_result *results[GLES_STAGES]; // borrowed from the client
	uint32_t waiting; // translations to come
	bool link; // to be drawn with; else only to learn what the functions use
	struct gles_build *build;

	GLuint id; // owned
	struct gles_plan plan;
	struct gles_input input;
	struct gles_vertex_array
		*vertex_array; // borrowed from the draws; NULL until the first draw
	GLint limit, group, groups; // uniforms of kernels, -1: none
	struct gles_edges edges;
	uint8_t clips; // distances that are on
	bool special;  // has uniforms: .edges or OpenGL's
	GLint planes, pixel, point_size;
	uint32_t last_limit[3];
	uint32_t local_size[3];
};

struct gles_pipelines {
	struct gles_renderer *r; // borrowed
	struct pvg_shader_client *client; // owned; NULL: no worker can be started
	struct gles_builder *builder; // owned
	uint32_t features; // enum pvg_shader_features of every translation
	uint32_t count; // of pipelines made
};

// Is coverage made from alpha by the fragment stage, because alpha becomes one behind it?
static inline bool gles_covers_by_mask(const struct pvg_gpu_pipeline *p) {
	return p->render.alpha_to_coverage && p->render.alpha_to_one && p->render.samples > 1;
}

/* ---- program.c ----------------------------------------------------------------------------- */

// Begins a variant; @link false: only its reflection. NULL: out of memory.
struct pvg_gpu_program *gles_program_create(struct pvg_gpu_pipeline *p, const struct gles_key *key,
	bool link);
void gles_program_destroy(struct pvg_gpu_program *program);
// Called by program.c when the functions of a pipeline's first variant are translated.
void gles_pipeline_translated(struct pvg_gpu_pipeline *p, struct pvg_gpu_program *first);
void gles_pipeline_failed(struct pvg_gpu_pipeline *p, const char *why);

/* ---- plan.c -------------------------------------------------------------------------------- */

// From the reflections to GL's numbers and texts. False: beyond a limit of the host, @why says it.
bool gles_plan_make(struct pvg_gpu_program *program, char *texts[GLES_BUILD_STAGES],
	GLenum stages[GLES_BUILD_STAGES], uint32_t *count, char *why, size_t why_bytes);
void gles_plan_finish(struct gles_renderer *r, struct gles_plan *plan);

/* ---- input.c ------------------------------------------------------------------------------- */

// Attributes that GL cannot fetch: the shader reads them itself. @all: none can be fetched.
uint32_t gles_input_pulled(const struct gles_renderer *r, const struct pvg_gpu_vertex_desc *desc,
	bool all, struct pvg_shader_attribute *out);
// What is left for GL. False: a shader's type and a format do not go together.
bool gles_input_make(const struct pvg_gpu_vertex_desc *desc, const struct pvg_reflection *vertex,
	struct gles_input *input, char *why, size_t why_bytes);

/* ---- tess.c -------------------------------------------------------------------------------- */

#define GLES_TESS_STORAGE 3u // blocks of the control stage: factors and two kinds of indices
#define GLES_TESS_UNIFORM 1u

// The control stage that reads the factor buffer. Owned by the caller; NULL: out of memory.
char *gles_tess_control(const struct pvg_gpu_tessellation_desc *desc,
	const struct pvg_reflection *function, bool patch_indices);
extern const char gles_tess_vertex[]; // the stage in front of it

#endif
