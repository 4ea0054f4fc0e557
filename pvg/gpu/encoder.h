// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Encoders: what records have set, what of it the list being built has been told, and the pass that
 * is open. One context for each channel, because a command buffer may be left in the middle while
 * other channels go on. Device thread.
 *
 *   encoder.c          contexts, segments, the way of a record
 *   encoder-bind.c     argument tables, and what a draw or dispatch needs of them
 *   encoder-pass.c     attachments; begin, end and merging of passes
 *   encoder-state.c    state records of render encoders
 *   encoder-opengl.c   those that Metal has no public call for
 *   encoder-draw.c     draws; encoder-patch.c: patches; encoder-feedback.c: sampled attachments
 *   ahead.c            pipelines of a packet that waits
 *   encoder-compute.c  dispatches; encoder-flow.c: loops and conditions around them
 *   encoder-blit.c     buffers; encoder-texture.c: textures
 */
#ifndef PVG_GPU_ENCODER_H
#define PVG_GPU_ENCODER_H

#include "gpu.h"
#include "wire/records.h"
#include "wire/render.h"

#define PVG_ENCODER_CHANNELS 32u
#define PVG_DRAW_COUNT_MAX UINT64_C(0xffffffff) // of vertices, indices, instances, patches
#define PVG_DRAW_PRODUCT_MAX (UINT64_C(1) << 31) // of these times instances
#define PVG_PASS_LAYERS_MAX 2048u
#define PVG_PASS_EDGE_MAX 16384u
#define PVG_FLOW_DEPTH_MAX 16u // of nested loops and conditions, spec 03 section 13.2
#define PVG_VISIBILITY_OFFSETS_MAX 4096u // distinct results of a command buffer

/*
 * Verdicts inside of an encoder. DROP: refused, the reason is counted. PAUSE: what the list already
 * holds must complete first.
 */
enum pvg_step { PVG_STEP_DONE, PVG_STEP_DROP, PVG_STEP_RETRY, PVG_STEP_PAUSE };

struct pvg_slot_buffer {
	uint32_t ref;
	bool has_stride;
	uint32_t stride;
	uint64_t offset;
	uint32_t build, task; // list and task that the rest is resolved for
	enum pvg_gpu_found found;
	struct pvg_gpu_backing backing;
	uint32_t window_tag; // struct pvg_encoders.window_tag of @window
	bool window_written;
	uint64_t window_offset; // where in the buffer @window begins
	struct pvg_gpu_span window;
};

struct pvg_slot_texture {
	uint32_t ref;
	uint32_t build;
	bool written;  // used with WRITES in this build
	bool feedback; // is an attachment of the pass too
	struct pvg_gpu_texture *texture; // NULL: nothing there
};

struct pvg_slot_sampler {
	uint32_t ref;
	bool has_lod;
	float lod_min, lod_max, lod_bias;
	struct pvg_gpu_sampler *sampler; // NULL: the default one
};

// What the open pass, or the compute work since the last transfer, has been told.
struct pvg_emitted_buffer {
	struct pvg_gpu_span span;
	bool written, has_stride;
	uint32_t stride;
};

struct pvg_emitted_sampler {
	struct pvg_gpu_sampler *sampler;
	bool has_lod;
	float lod_min, lod_max, lod_bias;
};

#define PVG_CONSTANT_BYTES 128u // longer ones are not compared by value
#define PVG_CONSTANT_MISSES 4u // in a row, until a slot is left alone

// What a slot's emitted buffer holds, by value.
struct pvg_emitted_constant {
	uint32_t size_bytes;
	uint8_t bytes[PVG_CONSTANT_BYTES];
};

#define PVG_CONSTANT_SETS 16u // of a list, by value
#define PVG_CONSTANT_WAYS 4u

// Where a value was put in the list being built.
struct pvg_kept_constant {
	uint32_t build, size_bytes;
	struct pvg_gpu_span span;
	uint8_t bytes[PVG_CONSTANT_BYTES];
};

struct pvg_encoder_stage {
	// Bound by records since the encoder began; other slots hold garbage.
	uint32_t buffers_bound, samplers_bound;
	uint64_t textures_bound[2];
	struct pvg_slot_buffer buffers[PVG_GPU_BUFFERS];
	struct pvg_slot_texture textures[PVG_GPU_TEXTURES];
	struct pvg_slot_sampler samplers[PVG_GPU_SAMPLERS];
	struct pvg_gpu_view *views[PVG_GPU_TEXTURES]; // of used slots, for pipeline_prepare
	// Slots whose binding has been emitted and did not change since.
	uint32_t buffers_ok, samplers_ok;
	uint64_t textures_ok[2];
	struct pvg_emitted_buffer emitted_buffers[PVG_GPU_BUFFERS];
	struct pvg_emitted_constant emitted_constants[PVG_GPU_BUFFERS];
	uint32_t constants_known; // bit n: of emitted_constants[n]
	uint8_t constant_misses[PVG_GPU_BUFFERS];
	struct pvg_gpu_view *emitted_views[PVG_GPU_TEXTURES];
	struct pvg_emitted_sampler emitted_samplers[PVG_GPU_SAMPLERS];
	uint16_t pixel_samplers; // bit n: the sampler of used slot n takes texels
	bool any_feedback;       // a used texture may be an attachment of the pass too
	bool views_changed;      // or pixel_samplers: the program may be another one
};

struct pvg_target {
	struct pvg_gpu_texture *texture;
	uint16_t level, slice, plane; // in the texture
};

#define PVG_TARGETS (PVG_GPU_COLORS + 2) // colours, depth, stencil
#define PVG_TARGET_DEPTH PVG_GPU_COLORS
#define PVG_TARGET_STENCIL (PVG_GPU_COLORS + 1)

// The pass of a context. It outlives its encoder until it is known that the next one differs.
struct pvg_open_pass {
	bool open;      // BEGIN_PASS is in @commands, END_PASS is to come
	bool pending;   // its encoder has ended
	bool suspended; // ended in the list, to be begun again with what was drawn so far
	bool drawn;     // something was drawn since BEGIN_PASS or the last texture barrier
	bool wrote;     // shaders wrote buffers or textures
	uint32_t targets_count; // bit n: target n
	uint32_t published;     // bit n: target n was used as one that is stored
	struct pvg_target targets[PVG_TARGETS], resolves[PVG_TARGETS];
	struct pvg_gpu_pass *pass; // in the list's arena, changed until the pass is spliced
	struct pvg_gpu_pass desc;  // the same, for beginning it again
	struct pvg_gpu_stores stores; // as the encoder says now
	uint32_t samples;
	struct pvg_gpu_builder
		commands; // owned: commands only, what they point to is in the list's
};

struct pvg_flow { // an open do-while, while or if
	uint8_t opcode;    // that opened it
	bool skipped;      // its body is not executed
	bool outer_skipped;
	bool taken;        // if: the first branch was
	uint32_t at;       // offset of the opening record
	uint32_t turns;
};

struct pvg_visibility_set; // encoder-state.c

struct pvg_encoder {
	bool open;
	uint8_t type; // segment type: 0 render, 1 compute, 2 blit
	uint32_t task;
	const char *broken; // why nothing is executed any more, NULL: it is
	bool pass_refused;  // for its attachments: not even cleared

	/* render */
	bool described; // 0x1a was there
	bool begun;     // its pass is open
	struct pvg_wire_pass wire;
	uint32_t raster_samples; // 0x1e
	struct pvg_gpu_raster raster;
	uint32_t viewport_count, scissor_count;
	struct pvg_gpu_viewport viewports[PVG_GPU_VIEWPORTS];
	struct pvg_gpu_rect scissors[PVG_GPU_VIEWPORTS];
	uint32_t depth_stencil_ref;
	uint8_t visibility_mode;
	uint64_t visibility_offset;
	bool visibility_owed;   // armed, and no draw made its result yet
	bool visibility_missed; // a draw was refused that would have counted
	bool continued;         // an earlier list began it
	uint32_t factor_ref;
	uint64_t factor_offset, factor_stride;
	float factor_scale;
	bool viewport_bad, scissor_bad; // the draws are skipped
	bool wide_strides; // a bind named one that is larger than what the host fetches with
	bool raster_dirty, viewports_dirty, scissors_dirty, depth_dirty, visibility_dirty;
	// Which primitives begin anew at an index, bit n: MTLPrimitiveType n; and at which, by
	// MTLIndexType.
	uint8_t restart_types;
	uint32_t restart_index[2];
	/* OpenGL's (encoder-opengl.c) */
	bool two_fills; // faces of both sides have a mode of their own: fills
	uint8_t fills[2];
	bool has_opengl; // @opengl is not all zero
	struct pvg_gpu_opengl opengl;

	/* render and compute */
	uint32_t pipeline_ref;
	uint32_t pipeline_build; // list that @pipeline is resolved for
	struct pvg_gpu_pipeline_state *pipeline; // NULL: none
	const struct pvg_gpu_pipeline_info *info;
	struct pvg_gpu_program *program; // of the last draw, NULL: to be prepared
	uint8_t primitive, control_points; // of @program
	uint8_t rare; // what few draws want of it, as encoder-draw.c has it

	/* compute */
	bool concurrent;
	uint32_t threadgroup_bytes[PVG_GPU_BUFFERS];
	uint32_t local_size[3]; // of @program
	uint64_t region_origin[3];
	bool has_region;
	uint32_t flow_depth;
	struct pvg_flow flow[PVG_FLOW_DEPTH_MAX];
	bool skipping;
};

struct pvg_context {
	struct pvg_encoder encoder, saved; // saved: as it was at pvg_gpu_buffer_begin
	bool has_saved;
	struct pvg_open_pass pass;
	struct pvg_encoder_stage stages[PVG_GPU_STAGES];
	struct pvg_encoder_stage *saved_stages; // owned, NULL: none was ever open at a begin
	// As emitted into the open pass.
	struct pvg_gpu_program *emitted_program;
	struct pvg_gpu_raster emitted_raster;
	bool emitted_any_opengl; // else what was emitted is all zero
	struct pvg_gpu_opengl emitted_opengl;
	const struct pvg_gpu_depth_stencil *emitted_depth;
	bool emitted_visibility; // a result is armed
	uint32_t emitted_viewport_count, emitted_scissor_count;
	struct pvg_gpu_viewport emitted_viewports[PVG_GPU_VIEWPORTS];
	struct pvg_gpu_rect emitted_scissors[PVG_GPU_VIEWPORTS];
	// Compute: commands of the list when the last dispatch had been emitted.
	size_t compute_mark;
	struct pvg_visibility_set *visibility; // owned by an action of the list
	uint64_t paused_serial;
	bool paused;
	// Pauses in a row in front of one record, for bytes of other names.
	unsigned int waits;
	const uint8_t *waits_at;
};

struct pvg_encoders {
	struct pvg_gpu *gpu; // borrowed
	struct pvg_context *contexts[PVG_ENCODER_CHANNELS]; // owned, made when a channel draws
	struct pvg_context *current; // of the command buffer being walked
	uint32_t build;      // number of the list being built
	uint32_t window_tag; // moves when windows taken before may be out of date
	bool unseen_writes;  // shaders wrote: a barrier is due before what follows
	bool wants_pause;
	bool crossed; // bytes went between a buffer and a texture: see pvg_encoders_crossed
	bool wants_ahead; // a pipeline is being built: begin the others of the packet
	// Copies of attachments that are sampled while they are drawn to.
	struct pvg_feedback_copy {
		struct pvg_gpu_image_desc desc;
		struct pvg_gpu_image *image; // owned
		struct pvg_gpu_view *view;   // owned
		uint32_t slices;             // physical
		const struct pvg_gpu_texture *source; // compared, not looked at
		uint32_t build;              // list that names it
		uint64_t encoder, draw;      // encoder_number and draws when it was made
		uint32_t drawn[4]; // since then: left, top, right, bottom; right 0: nothing
	} copies[8];
	uint32_t next_copy;
	struct pvg_kept_constant constants[PVG_CONSTANT_SETS][PVG_CONSTANT_WAYS]; // by hash
	uint32_t next_constant; // way
	uint32_t *indices; // owned: scratch for the range of an indexed draw
	size_t indices_bytes;
	uint16_t raw_logged; // OpenGL records whose bytes were logged, by opcode - 0x8a
	uint64_t encoder_number; // of those begun
	uint64_t passes, merged_passes, suspended_passes, draws;
};

/* ---- encoder.c ------------------------------------------------------------------------------- */

// RETRY becomes a hold, DROP leaves only the record out.
enum pvg_step pvg_step_of(struct pvg_gpu *gpu, enum pvg_gpu_found found);
/*
 * Bytes went from a buffer to a texture over it or back, or will have to: what bindings resolved
 * for this list have of such resources is looked at again by the next draw or dispatch.
 */
void pvg_encoders_crossed(struct pvg_encoders *encoders);
// At the beginning of each of those, while .crossed is set.
void pvg_encoders_look_again(struct pvg_encoders *encoders, struct pvg_context *context);
// Barrier for what shaders wrote, before something else looks at it.
void pvg_encoder_see_writes(struct pvg_gpu *gpu);
// Ends the pass and appends it: before anything else goes into the list.
void pvg_pass_flush(struct pvg_gpu *gpu, struct pvg_context *context);

// A record is refused: counted by @reason, *refused set, PVG_STEP_DROP.
#define PVG_ENCODER_REFUSE(gpu, reason, ...) \
	(pvg_refuse((gpu)->device, PVG_REFUSAL_##reason, __VA_ARGS__), PVG_STEP_DROP)

/* ---- encoder-bind.c -------------------------------------------------------------------------- */

void pvg_stage_reset(struct pvg_encoder_stage *stage);
// What is bound of buffers, and of textures that share their bytes, is resolved anew.
void pvg_stage_look_again(struct pvg_encoder_stage *stage, uint32_t build);
// Nothing has been emitted: a pass begins, or compute work after something else.
void pvg_stage_forget_emitted(struct pvg_encoder_stage *stage);
enum pvg_step pvg_bind_record(struct pvg_gpu *gpu, struct pvg_context *context,
	enum pvg_gpu_stage stage, const struct pvg_record_info *info, const uint8_t *payload,
	uint32_t payload_bytes);
// Resolves the textures and samplers that the program uses.
enum pvg_step pvg_bind_textures(struct pvg_gpu *gpu, struct pvg_context *context,
	enum pvg_gpu_stage stage);
// Emits what of a stage's tables the program uses and was not emitted yet.
enum pvg_step pvg_bind_emit(struct pvg_gpu *gpu, struct pvg_context *context,
	enum pvg_gpu_stage stage, struct pvg_gpu_builder *commands);
// Binds a vertex-input buffer with at least @size_bytes bytes, 0: all there are.
enum pvg_step pvg_bind_input(struct pvg_gpu *gpu, struct pvg_context *context,
	enum pvg_gpu_stage stage, unsigned int index, uint64_t size_bytes,
	struct pvg_gpu_builder *commands);

/* ---- encoder-pass.c -------------------------------------------------------------------------- */

// Makes the encoder's pass the open one. DROP: the pass was refused, and its draws are.
enum pvg_step pvg_pass_begin(struct pvg_gpu *gpu, struct pvg_context *context);
// At the end of a render encoder: clears and resolves without draws.
enum pvg_step pvg_pass_end(struct pvg_gpu *gpu, struct pvg_context *context);
// Ends it in the list, to be continued; pvg_pass_resume begins it again.
void pvg_pass_suspend(struct pvg_gpu *gpu, struct pvg_context *context);
void pvg_pass_resume(struct pvg_gpu *gpu, struct pvg_context *context);
// Is @texture an attachment of the open pass?
// A storage got another image: what was bound to its old one is bound anew by the next draw.
void pvg_encoders_rebind(struct pvg_encoders *encoders, const struct pvg_gpu_storage *storage);
bool pvg_pass_has(const struct pvg_context *context, const struct pvg_gpu_texture *texture);
// Store actions as the encoder says now.
void pvg_pass_stores(struct pvg_context *context);
// Another resolve texture for target @index, upside down or not. DROP: as it was, refused.
enum pvg_step pvg_pass_resolve(struct pvg_gpu *gpu, struct pvg_context *context, unsigned int index,
	const struct pvg_wire_target *target, bool inverted);

/* ---- encoder-state.c ------------------------------------------------------------------------- */

void pvg_state_defaults(struct pvg_encoder *encoder);
enum pvg_step pvg_state_record(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes);
enum pvg_step pvg_state_pipeline(struct pvg_gpu *gpu, struct pvg_context *context, uint32_t ref,
	bool compute);
// The pipeline, resolved for this list and built. DROP: there is none.
enum pvg_step pvg_state_ready(struct pvg_gpu *gpu, struct pvg_context *context);
// The guest looks at each result that it armed: those of no draw, and of draws that were refused.
enum pvg_step pvg_state_visibility(struct pvg_gpu *gpu, struct pvg_context *context);
// Emits dynamic state that differs from what the pass has.
enum pvg_step pvg_state_emit(struct pvg_gpu *gpu, struct pvg_context *context);

/* ---- encoder-opengl.c ------------------------------------------------------------------------ */

void pvg_opengl_defaults(struct pvg_encoder *encoder);
enum pvg_step pvg_opengl_record(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes);
// Emits what of .opengl differs from what the pass has.
void pvg_opengl_emit(struct pvg_gpu *gpu, struct pvg_context *context);

typedef enum pvg_step (*pvg_draw_function)(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes);
// A draw of triangles while .two_fills: each side with its own mode.
enum pvg_step pvg_opengl_two_fills(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes,
	pvg_draw_function draw);

/* ---- encoder-draw.c, encoder-patch.c --------------------------------------------------------- */

enum pvg_step pvg_draw_record(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes);
enum pvg_step pvg_patch_record(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes);
struct pvg_draw_kind { // what a program depends on
	uint8_t primitive;
	uint8_t control_points; // 0: no patches
	bool patch_indices;     // patches by index
	bool gpu_vertices;      // the GPU says how many vertices, without indices
};
// Everything before the draw itself: pass, program, state, bindings.
enum pvg_step pvg_draw_prepare(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_draw_kind *kind);

struct pvg_vertex_range {
	bool known; // else everything bound is needed
	uint64_t vertices, instances; // one above the highest index
	uint64_t patches, control_points;
};
enum pvg_step pvg_draw_inputs(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_vertex_range *range);
// A buffer named by a record, with @size_bytes bytes at @offset. *backing is filled.
enum pvg_step pvg_draw_buffer(struct pvg_gpu *gpu, struct pvg_context *context, const char *what,
	uint32_t ref, uint64_t offset, uint64_t size_bytes, struct pvg_gpu_backing *backing);

/* ---- encoder-feedback.c ---------------------------------------------------------------------- */

// Makes attachments readable that the draw samples.
enum pvg_step pvg_feedback_prepare(struct pvg_gpu *gpu, struct pvg_context *context);
// A draw was emitted.
void pvg_feedback_drawn(struct pvg_gpu *gpu, struct pvg_context *context);

/* ---- encoder-compute.c, encoder-flow.c ------------------------------------------------------- */

enum pvg_step pvg_compute_record(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes);
enum pvg_step pvg_flow_record(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes,
	uint32_t *at);

/* ---- encoder-blit.c, encoder-texture.c ------------------------------------------------------- */

enum pvg_step pvg_blit_record(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes);
enum pvg_step pvg_texture_record(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes);

/* ---- texel.c --------------------------------------------------------------------------------- */

struct pvg_format;
// The bytes of a texel of this colour, linear; false for formats that hold no such colour.
bool pvg_texel_encode(const struct pvg_format *format, const double color[4], uint8_t texel[16]);

#endif
