// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Draws and dispatches: what an encoder bound, what GL was told last, and the difference at a draw.
 * Nearly all state that a desktop sends is what it was (spec 03 section 10): every GL call here is
 * behind a comparison.
 */
#ifndef RENDER_GLES_DRAW_H
#define RENDER_GLES_DRAW_H

#include "render/gles/pipeline.h"

#define GLES_IMAGE_UNITS 64u
#define GLES_NEUTRALS (PVG_SLOT_DIM_COUNT * 4u) // by dimension; three classes and shadow

/* ---- ring.c: memory for what a draw brings along ------------------------------------------- */

#define GLES_RING_CHUNK_BYTES (1u << 20)

struct gles_ring_chunk {
	struct gles_ring_chunk *next;
	struct gles_buffer *buffer; // owned
	uint64_t serial; // of the last list that uses it
};

struct gles_ring {
	struct gles_ring_chunk *current, *chunks; // owned; the current one is not in the list
	uint64_t used;
};

struct gles_piece { // of the ring
	struct gles_buffer *buffer;
	uint64_t offset_bytes;
	uint8_t *map;
};

// Write-only memory for the list that is being submitted. False: no memory.
bool gles_ring_take(struct gles_renderer *r, uint64_t bytes, uint32_t align,
	struct gles_piece *piece);
// What was written becomes visible to GL.
void gles_ring_wrote(struct gles_renderer *r, const struct gles_piece *piece, uint64_t bytes);
void gles_ring_finish(struct gles_renderer *r, struct gles_ring *ring);

/* ---- what an encoder bound ----------------------------------------------------------------- */

struct gles_bound_buffer {
	struct gles_buffer *buffer; // NULL: nothing
	uint64_t offset_bytes, size_bytes;
	uint32_t stride_bytes;
	bool has_stride;
};

struct gles_bound_sampler {
	struct gles_sampler *sampler;
	float lod_min, lod_max, lod_bias;
	bool has_lod;
};

struct gles_bound {
	struct gles_bound_buffer buffers[PVG_GPU_BUFFERS];
	struct gles_view *textures[PVG_GPU_TEXTURES];
	struct gles_bound_sampler samplers[PVG_GPU_SAMPLERS];
	uint32_t new_buffers, new_samplers; // since they were last applied
	uint64_t new_textures[2];
	uint32_t used_buffers; // any bound: what begin has to clear
	bool any_texture;
};

enum gles_new { // what changed since the last draw
	GLES_NEW_PROGRAM = 1,
	GLES_NEW_DEPTH_STENCIL = 2,
	GLES_NEW_RASTER = 4,
	GLES_NEW_VIEWPORT = 8,
	GLES_NEW_SCISSOR = 16,
	GLES_NEW_BASES = 32, // words of the parameter block
	GLES_NEW_ALL = 63,
};

/* ---- what GL was told ---------------------------------------------------------------------- */

struct gles_range {
	GLuint buffer;
	uint64_t offset_bytes, size_bytes;
};

struct gles_image_binding {
	GLuint texture;
	GLenum access, format;
	bool layered;
};

struct gles_stencil_told {
	GLenum func, fail, depth_fail, pass;
	GLuint ref, read_mask, write_mask;
};

struct gles_told {
	struct gles_range storage[GLES_BINDINGS], uniform[GLES_BINDINGS];
	struct gles_image_binding images[GLES_IMAGE_UNITS];
	uint8_t blend_enabled, color_known; // bit n: attachment n
	struct gles_blend blend[PVG_GPU_COLORS];
	float blend_color[4];
	float line_width; // 0: not known
	uint8_t clips; // distances that are on; 0xff: not known
	uint32_t caps, caps_known; // bit: enum cap of raster.c
	GLenum depth_func, cull, front_face, origin;
	int depth_write; // -1: not known
	struct gles_stencil_told stencil[2];
	float bias[3];
	struct pvg_gpu_viewport viewport;
	struct pvg_gpu_rect scissor;
	GLenum fill;
};

struct gles_sent_params { // the parameter block of a stage as it was uploaded last
	const struct pvg_gpu_program *program;
	uint64_t serial; // the list's: memory of the ring is not the next one's
	struct gles_piece piece;
	uint32_t words[PVG_PARAMS_COUNT][4]; // those that are read, in order
};

struct gles_vertex_binding {
	GLuint buffer;
	uint64_t offset_bytes;
	uint32_t stride_bytes;
};

// One for each layout of attributes; pipelines share them.
struct gles_vertex_array {
	struct gles_vertex_array *next;
	struct gles_input input;
	GLuint id;
	GLuint indices;
	struct gles_vertex_binding bindings[16];
};

struct gles_draws {
	struct gles_bound bound[GLES_STAGES];
	struct pvg_gpu_program *program;
	struct pvg_gpu_depth_stencil depth_stencil;
	struct pvg_gpu_raster raster;
	bool has_opengl; // @opengl is not all zero
	struct pvg_gpu_opengl opengl;
	struct pvg_gpu_viewport viewport; // the first
	struct pvg_gpu_rect scissor;
	bool has_viewport, has_scissor;
	struct pvg_gpu_viewport viewports[PVG_GPU_VIEWPORTS];
	struct pvg_gpu_rect scissors[PVG_GPU_VIEWPORTS];
	uint32_t viewport_count, scissor_count;
	uint32_t news; // enum gles_new
	uint32_t
		draw_words[4]; // of the parameter block: base vertex, base instance, -, first patch
	uint32_t grid_words[4];
	uint32_t stage_in_words[2][4];

	struct gles_told told;
	struct gles_sent_params sent[GLES_STAGES];
	struct gles_ring ring;
	struct gles_vertex_array *vertex_arrays; // owned
	struct gles_buffer *zeros, *trash; // owned: read and written in place of what is not bound
	GLuint neutral[GLES_NEUTRALS]; // owned: textures, by dimension and class
	GLuint neutral_sampler, shadow_sampler; // owned
	bool shaders_wrote; // since the last barrier
	bool list_wrote; // shaders, in the list that is being submitted
	bool feedback; // the program's textures have an attachment of the pass among them
	bool copied_attachment; // … which is read from a copy
	uint8_t second_round; // targets that are drawn to by a second draw (raster.c)
	bool instances_moved; // offsets of instanced buffers have the last draw's base in them
	// Where the buffers of a shared block lie: offset and bytes (pack.c).
	uint32_t packed[GLES_STAGES][PVG_GPU_BUFFERS][2];
	struct gles_piece pack;
	struct gles_expander *expander; // owned, NULL: not needed yet
	bool in_compute; // the last program was a kernel
	GLint most_groups[3];
	bool refused[16]; // said once, by enum gles_refusal
	uint64_t refusals;
};

/* ---- bind.c -------------------------------------------------------------------------------- */

bool gles_bind_init(struct gles_renderer *r);
void gles_bind_finish(struct gles_renderer *r);
// Brings buffers, textures, images and parameters of the program to GL. False: refused, logged.
bool gles_bind_program(struct gles_renderer *r, struct pvg_gpu_program *program);
void gles_bind_storage(struct gles_renderer *r, uint32_t binding, GLuint buffer,
	uint64_t offset_bytes, uint64_t size_bytes);
void gles_bind_uniform(struct gles_renderer *r, uint32_t binding, GLuint buffer,
	uint64_t offset_bytes, uint64_t size_bytes);

/* ---- query.c ------------------------------------------------------------------------------- */

// The buffer whose first word a draw adds its samples to, 0: they are not counted.
// @program_counts: else the result will not be exact.
GLuint gles_queries_counter(struct gles_renderer *r, bool program_counts);

// Are samples being counted, by whatever? Then a draw is to be made once.
bool gles_queries_counting(const struct gles_renderer *r);

/* ---- pack.c -------------------------------------------------------------------------------- */

// Copies buffers that share a storage block into one. False: refused, logged.
bool gles_pack_apply(struct gles_renderer *r, const struct pvg_gpu_program *program);
// After the draw: what it wrote goes back.
void gles_pack_return(struct gles_renderer *r, const struct pvg_gpu_program *program);

/* ---- params.c ------------------------------------------------------------------------------ */

bool gles_params_apply(struct gles_renderer *r, struct pvg_gpu_program *program);
// Word @word of arguments that the GPU wrote becomes a component of what was just applied
// (PVG_PARAMS_DRAW), without passing the CPU.
void gles_params_copy(struct gles_renderer *r, const struct pvg_gpu_span *from, uint32_t word,
	uint32_t component);

/* ---- raster.c ------------------------------------------------------------------------------ */

void gles_raster_apply(struct gles_renderer *r, const struct pvg_gpu_pipeline *p);
// Before each GL draw, with @round counting up from 0: is it to be made?
bool gles_raster_round(struct gles_renderer *r, uint32_t round);
// What a draw can change of its pass.
struct pvg_gpu_rect gles_raster_area(const struct gles_renderer *r);
void gles_raster_forget(struct gles_told *told);
void gles_raster_restart(struct gles_renderer *r, bool strips);
void gles_raster_discard(struct gles_renderer *r, bool discard);

/* ---- edges.c ------------------------------------------------------------------------------- */

void gles_edges_find(struct gles_edges *edges, GLuint program);
// State of triangles for a program that makes edges of them; it is the current one.
// @ccw_is_front: as GL was told.
void gles_edges_apply(struct gles_renderer *r, bool ccw_is_front);

/* ---- vertex.c ------------------------------------------------------------------------------ */

// Binds the vertex array of a program and its buffers. @base_instance is added to instanced
// buffers when GL cannot.
bool gles_vertex_apply(struct gles_renderer *r, struct pvg_gpu_program *program,
	uint32_t base_instance);
void gles_vertex_indices(struct gles_renderer *r, GLuint buffer);
void gles_vertex_drop_buffer(struct gles_renderer *r, GLuint buffer);
void gles_vertex_finish(struct gles_renderer *r);

/* ---- index.c ------------------------------------------------------------------------------- */

enum gles_rewrite {
	GLES_REWRITE_NONE,
	GLES_REWRITE_FIRST, // the first vertex of a primitive becomes its last
	GLES_REWRITE_LIST,  // strips become lists, the first vertex stays the first
	GLES_REWRITE_LAST,  // strips become lists, the last vertex stays the last
};

#define GLES_INDEX_BYTES_MAX (64u << 20) // of a draw that is written out

// A draw as GL is to make it.
struct gles_elements {
	GLenum mode;
	uint8_t index_size; // 0: no indices
	GLuint buffer;
	uint64_t offset_bytes;
	uint32_t first, count;
	int32_t base_vertex;
	bool dead; // indices of all ones are no vertices
};

// False: nothing is to be drawn, or it cannot be (logged).
bool gles_index_prepare(struct gles_renderer *r, const struct pvg_gpu_draw *draw,
	enum gles_rewrite rewrite, struct gles_elements *out);

/* ---- opengl.c ------------------------------------------------------------------------------ */

struct gles_restart { // of an indexed draw
	bool on;
	uint32_t index;
};

struct gles_restart gles_restart_of(const struct pvg_gpu_opengl *opengl,
	const struct pvg_gpu_draw *draw);
// Is GL's own restart to be on for what a draw became?
bool gles_opengl_restarts(const struct gles_draws *d, const struct pvg_gpu_draw *draw,
	enum gles_rewrite rewrite, const struct gles_elements *e);
// While .has_opengl; @usual: what Metal's order wants.
enum gles_rewrite gles_opengl_rewrite(const struct gles_draws *d, const struct pvg_gpu_draw *draw,
	enum gles_rewrite usual);
// Uniforms of a program that has some of OpenGL in it.
void gles_opengl_uniforms(struct gles_renderer *r);

/* ---- expand.c ------------------------------------------------------------------------------ */

// Indices that the GPU may have written are written out by it; with counts from the GPU *command
// gets what GL draws. Before the rest of the draw is applied. False: nothing, or refused, logged.
bool gles_expand_indices(struct gles_renderer *r, const struct pvg_gpu_draw *draw,
	enum gles_rewrite rewrite, struct gles_elements *out, struct gles_piece *command);
void gles_expander_finish(struct gles_renderer *r);

/* ---- draw.c -------------------------------------------------------------------------------- */

enum gles_refusal {
	GLES_REFUSE_NO_MEMORY,
	GLES_REFUSE_FEEDBACK,
	GLES_REFUSE_PACK,
	GLES_REFUSE_TEXTURE_KIND,
	GLES_REFUSE_BASE_INSTANCE,
	GLES_REFUSE_TWO_ORDERS,
	GLES_REFUSE_DEPTH_CLAMP,
	GLES_REFUSE_COUNTS,
	GLES_REFUSE_UPSIDE_DOWN,
	GLES_REFUSE_VIEWPORT_PARTS,
	GLES_REFUSE_VIEWPORT_SIZE,
	GLES_REFUSE_BIAS_CLAMP,
	GLES_REFUSE_LINE_WIDTH,
};

// Counts, and says it once.
void gles_refuse(struct gles_renderer *r, enum gles_refusal which, const char *what);
// Everything before the draw itself. False: it is refused.
bool gles_draw_apply(struct gles_renderer *r, int32_t base_vertex, uint32_t base_instance,
	uint32_t first_patch);
// All that was new is GL's now.
void gles_draws_applied(struct gles_draws *d);
void gles_draw_direct(struct gles_renderer *r, const struct pvg_gpu_draw *draw);
// GL's numbers of draws are signed. @all: those of one, or-ed. False: refused.
bool gles_counts_fit(struct gles_renderer *r, uint32_t all);
// A program or a pipeline dies: its address may come again.
void gles_draws_drop_pipeline(struct gles_renderer *r, const struct pvg_gpu_pipeline *pipeline);

/* ---- indirect.c ---------------------------------------------------------------------------- */

void gles_draw_indirect(struct gles_renderer *r, const struct pvg_gpu_draw *draw,
	enum gles_rewrite rewrite);

#endif
