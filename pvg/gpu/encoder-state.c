// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * State of render encoders (spec 03 sections 3, 4.4, 4.5, 4.8). Values out of range become the
 * API's default and are refused by name; a value that cannot be half true, such as a viewport that
 * is no number, stops the draws that would use it.
 */
#include "encoder.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ACTION_MAX 5u         // of store actions
#define SCISSOR_REACH (UINT64_C(1) << 31)
#define RESULTS_CHUNK 32u     // visibility results that share one piece of memory

void pvg_state_defaults(struct pvg_encoder *encoder) {
	encoder->raster = (struct pvg_gpu_raster){ 0 };
	encoder->viewport_count = 0;
	encoder->scissor_count = 0;
	encoder->viewport_bad = encoder->scissor_bad = false;
	encoder->depth_stencil_ref = 0;
	encoder->visibility_mode = 0;
	encoder->visibility_offset = 0;
	encoder->visibility_owed = encoder->visibility_missed = false;
	encoder->factor_ref = 0;
	encoder->factor_offset = encoder->factor_stride = 0;
	encoder->factor_scale = 1;
	encoder->raster_dirty = encoder->viewports_dirty = encoder->scissors_dirty = true;
	encoder->depth_dirty = encoder->visibility_dirty = true;
	pvg_opengl_defaults(encoder);
}

static enum pvg_step refuse_value(struct pvg_gpu *gpu, const struct pvg_encoder *encoder,
	const struct pvg_record_info *info, uint64_t value) {
	return PVG_ENCODER_REFUSE(gpu, STATE, "task %" PRIu32 ": %s: %" PRIu64, encoder->task,
		info->name, value);
}

/* ---- simple values --------------------------------------------------------------------------- */

// A 64-bit MODE; what is above @max counts as 0, the default of all of these.
static enum pvg_step mode(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	const struct pvg_record_info *info, struct pvg_cursor *c, uint8_t max, uint8_t *out) {
	uint64_t value = pvg_rd64(c);

	encoder->raster_dirty = true;
	*out = value <= max ? (uint8_t)value : 0;
	return value <= max ? PVG_STEP_DONE : refuse_value(gpu, encoder, info, value);
}

static enum pvg_step depth_bias(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	const struct pvg_record_info *info, struct pvg_cursor *c) {
	float bias = pvg_rd_f32(c);
	float slope = pvg_rd_f32(c);
	float clamp = pvg_rd_f32(c);
	bool good = isfinite(bias) && isfinite(slope) && isfinite(clamp);

	encoder->raster.bias = good ? bias : 0;
	encoder->raster.slope_scale = good ? slope : 0;
	encoder->raster.bias_clamp = good ? clamp : 0;
	encoder->raster_dirty = true;
	return good ? PVG_STEP_DONE
		    : PVG_ENCODER_REFUSE(gpu, STATE, "task %" PRIu32 ": %s: not finite",
			      encoder->task, info->name);
}

static enum pvg_step blend_color(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	const struct pvg_record_info *info, struct pvg_cursor *c) {
	float color[4];
	bool good = true;

	for (unsigned int i = 0; i < 4; i++) {
		color[i] = pvg_rd_f32(c);
		good = good && isfinite(color[i]);
	}
	for (unsigned int i = 0; i < 4; i++) {
		encoder->raster.blend_color[i] = good ? color[i] : 0;
	}
	encoder->raster_dirty = true;
	return good ? PVG_STEP_DONE
		    : PVG_ENCODER_REFUSE(gpu, STATE, "task %" PRIu32 ": %s: not finite",
			      encoder->task, info->name);
}

// Metal's public calls draw lines of width 1 alone.
static enum pvg_step line_width(struct pvg_gpu *gpu, struct pvg_encoder *encoder, float width) {
	bool good = isfinite(width) && width > 0;

	encoder->raster.line_width = good && width != 1 ? width : 0;
	encoder->raster_dirty = true;
	return good ? PVG_STEP_DONE
		    : PVG_ENCODER_REFUSE(gpu, STATE, "task %" PRIu32 ": line width %g",
			      encoder->task, (double)width);
}

/* ---- viewports and scissors ------------------------------------------------------------------ */

static enum pvg_step viewports(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	const struct pvg_record_info *info, struct pvg_cursor *c, uint32_t count) {
	if (count == 0) { // no source shows it: the previous set stays
		return PVG_STEP_DONE;
	}
	encoder->viewports_dirty = true;
	encoder->viewport_bad = count > PVG_GPU_VIEWPORTS;
	for (uint32_t i = 0; i < count && !encoder->viewport_bad; i++) {
		struct pvg_gpu_viewport *v = &encoder->viewports[i];
		v->x = pvg_rd_f64(c);
		v->y = pvg_rd_f64(c);
		v->width = pvg_rd_f64(c);
		v->height = pvg_rd_f64(c);
		v->near = pvg_rd_f64(c);
		v->far = pvg_rd_f64(c);
		// A negative height is upside down; there is no such thing as a negative width.
		encoder->viewport_bad = !isfinite(v->x) || !isfinite(v->y) || !isfinite(v->width) ||
			!isfinite(v->height) || !isfinite(v->near) || !isfinite(v->far) ||
			v->width < 0;
	}
	encoder->viewport_count = encoder->viewport_bad ? 0 : count;
	return encoder->viewport_bad ? refuse_value(gpu, encoder, info, count) : PVG_STEP_DONE;
}

static enum pvg_step scissors(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	const struct pvg_record_info *info, struct pvg_cursor *c, uint64_t count) {
	if (count == 0) {
		return PVG_STEP_DONE;
	}
	encoder->scissor_bad = count > PVG_GPU_VIEWPORTS;
	if (encoder->scissor_bad) {
		return refuse_value(gpu, encoder, info, count);
	}
	bool good = true;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t v[4];
		for (unsigned int k = 0; k < 4; k++) {
			v[k] = pvg_rd64(c);
			good = good && v[k] <= SCISSOR_REACH;
			v[k] = v[k] <= SCISSOR_REACH ? v[k] : SCISSOR_REACH;
		}
		encoder->scissors[i] = (struct pvg_gpu_rect){ (uint32_t)v[0], (uint32_t)v[1],
			(uint32_t)v[2], (uint32_t)v[3] };
	}
	encoder->scissor_count = (uint32_t)count;
	encoder->scissors_dirty = true;
	// Larger than anything is cut, which is what it means; it is still worth a line.
	return good ? PVG_STEP_DONE : refuse_value(gpu, encoder, info, count);
}

/* ---- the pass's records ---------------------------------------------------------------------- */

static enum pvg_step pass_descriptor(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	const uint8_t *payload, uint32_t payload_bytes) {
	if (encoder->described) {
		return PVG_ENCODER_REFUSE(gpu, PASS, "task %" PRIu32 ": a second pass descriptor",
			encoder->task);
	}
	encoder->described = pvg_wire_pass(payload, payload_bytes, &encoder->wire);
	return PVG_STEP_DONE;
}

static enum pvg_step raster_samples(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	const struct pvg_record_info *info, uint32_t samples) {
	if (samples > gpu->renderer->caps.max_samples || (samples & (samples - 1)) != 0) {
		encoder->broken = "its sample count is not possible";
		return refuse_value(gpu, encoder, info, samples);
	}
	encoder->raster_samples = samples != 0 ? samples : 1;
	return PVG_STEP_DONE;
}

static enum pvg_step store_action(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, uint64_t action, uint64_t index) {
	struct pvg_encoder *encoder = &context->encoder;
	struct pvg_wire_attachment *a = info->opcode == 0x69 ? &encoder->wire.depth
		: info->opcode == 0x78                       ? &encoder->wire.stencil
		: index < PVG_GPU_COLORS                     ? &encoder->wire.colors[index]
							     : NULL;

	if (a == NULL || !encoder->described || a->target.ref == 0) {
		return refuse_value(gpu, encoder, info, index);
	}
	if (action > ACTION_MAX) {
		return refuse_value(gpu, encoder, info, action);
	}
	a->store = (uint16_t)action;
	return PVG_STEP_DONE;
}

static enum pvg_step store_options(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	const struct pvg_record_info *info, uint64_t options, uint32_t index) {
	bool declared = info->opcode != 0x67 ||
		(index < PVG_GPU_COLORS && encoder->described &&
			encoder->wire.colors[index].target.ref != 0);

	if ((options & ~UINT64_C(1)) != 0 || !declared) {
		return refuse_value(gpu, encoder, info, options);
	}
	return PVG_STEP_DONE; // custom sample positions are never advertised
}

/* ---- visibility ------------------------------------------------------------------------------ */

/*
 * Results of a list: a u64 of readback memory for each offset that was armed; written to the guest
 * when the list has completed.
 */
struct result {
	uint64_t offset; // in the guest's buffer
	bool continued;  // of an encoder that an earlier list began: what is there counts
	uint8_t *map;
	struct pvg_gpu_span span;
};

struct pvg_visibility_set {
	uint32_t task, ref, generation;
	uint64_t gva;
	uint64_t encoder; // its number: the next one's results are its own
	uint32_t first;   // result of it
	uint32_t count, capacity;
	struct pvg_gpu_span chunk;
	uint8_t *chunk_map;
	struct result results[];
};

static void write_results(struct pvg_gpu *gpu, void *data) {
	const struct pvg_visibility_set *set = data;
	struct pvg_gpu_backing backing;

	// The buffer as it is now: what was there may be another's pages meanwhile.
	if (!pvg_gpu_may_write(gpu) ||
		pvg_gpu_buffer(gpu, set->task, set->ref, &backing) != PVG_GPU_FOUND ||
		backing.generation != set->generation || backing.gva != set->gva) {
		return;
	}
	for (uint32_t i = 0; i < set->count; i++) {
		const struct result *result = &set->results[i];
		uint64_t value;
		uint64_t before = 0;
		memcpy(&value, result->map, sizeof(value));
		uint64_t gva = backing.gva + result->offset;
		if (result->continued) {
			(void)pvg_task_read(gpu->device, set->task, gva, &before, sizeof(before));
		}
		value += before;
		if (pvg_task_write(gpu->device, set->task, gva, &value, sizeof(value)) !=
			PVG_ACCESS_OK) {
			pvg_refuse(gpu->device, PVG_REFUSAL_STATE,
				"task %" PRIu32 ": visibility result at %" PRIu64
				" of buffer %" PRIu32 " cannot be written",
				set->task, result->offset, set->ref);
		}
	}
}

static struct pvg_visibility_set *visibility_set(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_gpu_backing *backing) {
	struct pvg_visibility_set *set = context->visibility;

	if (set != NULL && set->count < set->capacity && set->ref == backing->ref &&
		set->task == backing->task && set->generation == backing->generation) {
		return set;
	}
	// One a buffer and 256 results; the count of them is bounded by the offsets' limit.
	uint32_t capacity = set != NULL ? PVG_VISIBILITY_OFFSETS_MAX : 256;
	set = calloc(1, sizeof(*set) + capacity * sizeof(set->results[0]));
	if (set == NULL) {
		return NULL;
	}
	set->task = backing->task;
	set->ref = backing->ref;
	set->generation = backing->generation;
	set->gva = backing->gva;
	set->capacity = capacity;
	if (!pvg_gpu_at_completion(gpu, write_results, set)) {
		return NULL;
	}
	context->visibility = set;
	return set;
}

// Draws of one encoder share a result; those of the next begin a new one, which is written later.
static struct result *result_for(struct pvg_gpu *gpu, struct pvg_context *context,
	struct pvg_visibility_set *set, uint64_t offset) {
	if (set->encoder != gpu->encoders->encoder_number) {
		set->encoder = gpu->encoders->encoder_number;
		set->first = set->count;
	}
	for (uint32_t i = set->first; i < set->count; i++) {
		if (set->results[i].offset == offset) {
			return &set->results[i];
		}
	}
	uint32_t at = set->count % RESULTS_CHUNK;
	if (at == 0) {
		const uint8_t *map;
		if (!pvg_gpu_readback_alloc(gpu, RESULTS_CHUNK * 8, &set->chunk, &map)) {
			return NULL;
		}
		// The GPU adds: begin with nothing. The memory is not in use yet.
		set->chunk_map = (uint8_t *)(uintptr_t)map;
		memset(set->chunk_map, 0, RESULTS_CHUNK * 8);
	}
	struct result *result = &set->results[set->count++];
	result->offset = offset;
	result->continued = context->encoder.continued;
	result->span = set->chunk;
	result->span.offset_bytes += at * 8;
	result->map = set->chunk_map + at * 8;
	return result;
}

// The result that is armed, made if there is none yet. *found NULL: there can be none.
static enum pvg_step armed_result(struct pvg_gpu *gpu, struct pvg_context *context,
	struct result **found) {
	struct pvg_encoder *encoder = &context->encoder;
	struct pvg_gpu_backing backing;
	enum pvg_step step = pvg_draw_buffer(gpu, context, "visibility results",
		encoder->wire.visibility_ref, encoder->visibility_offset, 8, &backing);

	*found = NULL;
	if (step == PVG_STEP_RETRY) {
		return step;
	}
	struct pvg_visibility_set *set =
		step == PVG_STEP_DONE ? visibility_set(gpu, context, &backing) : NULL;
	if (set != NULL) {
		*found = result_for(gpu, context, set, encoder->visibility_offset);
	}
	encoder->visibility_owed = false;
	return PVG_STEP_DONE;
}

enum pvg_step pvg_state_visibility(struct pvg_gpu *gpu, struct pvg_context *context) {
	struct pvg_encoder *encoder = &context->encoder;
	struct result *result;

	if (encoder->visibility_mode == 0 ||
		(!encoder->visibility_owed && !encoder->visibility_missed)) {
		return PVG_STEP_DONE;
	}
	enum pvg_step step = armed_result(gpu, context, &result);
	if (step == PVG_STEP_DONE && result != NULL && encoder->visibility_missed) {
		// What was not drawn is not known to be hidden. The list is not submitted yet.
		const uint64_t one = 1;
		memcpy(result->map, &one, sizeof(one));
	}
	encoder->visibility_missed = step != PVG_STEP_DONE;
	return step;
}

static enum pvg_step arm_visibility(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, uint64_t offset, uint64_t value) {
	struct pvg_encoder *encoder = &context->encoder;
	enum pvg_step step = pvg_state_visibility(gpu, context);

	if (step != PVG_STEP_DONE) {
		return step;
	}
	encoder->visibility_mode = 0;
	encoder->visibility_missed = encoder->visibility_owed = false;
	encoder->visibility_dirty = true;
	if (value == 0) {
		return PVG_STEP_DONE;
	}
	if (value > 2 || offset % 8 != 0 || !encoder->described ||
		encoder->wire.visibility_ref == 0) {
		return refuse_value(gpu, encoder, info, value > 2 ? value : offset);
	}
	encoder->visibility_mode = (uint8_t)value;
	encoder->visibility_offset = offset;
	encoder->visibility_owed = true;
	return PVG_STEP_DONE;
}

static enum pvg_step emit_visibility(struct pvg_gpu *gpu, struct pvg_context *context) {
	struct pvg_encoder *encoder = &context->encoder;
	struct result *result = NULL;

	if (encoder->visibility_mode != 0) {
		enum pvg_step step = armed_result(gpu, context, &result);
		if (step != PVG_STEP_DONE) {
			return step;
		}
		if (result == NULL) { // the draws go on without
			encoder->visibility_mode = 0;
		}
	}
	encoder->visibility_dirty = false;
	if (result == NULL && !context->emitted_visibility) {
		return PVG_STEP_DONE;
	}
	context->emitted_visibility = result != NULL;
	struct pvg_gpu_cmd *cmd = pvg_gpu_emit(&context->pass.commands, PVG_GPU_OP_VISIBILITY);
	if (result != NULL) {
		cmd->visibility.mode = encoder->visibility_mode;
		cmd->visibility.buffer = result->span.buffer;
		cmd->visibility.offset_bytes = result->span.offset_bytes;
	}
	return PVG_STEP_DONE;
}

/* ---- pipeline -------------------------------------------------------------------------------- */

enum pvg_step pvg_state_pipeline(struct pvg_gpu *gpu, struct pvg_context *context, uint32_t ref,
	bool compute) {
	struct pvg_encoder *encoder = &context->encoder;

	if (ref == encoder->pipeline_ref && ref != 0 &&
		encoder->pipeline_build == gpu->encoders->build) {
		return PVG_STEP_DONE;
	}
	encoder->pipeline_ref = ref;
	encoder->pipeline = NULL;
	encoder->program = NULL;
	encoder->pipeline_build = gpu->encoders->build;
	if (ref == 0) {
		return PVG_STEP_DONE; // later draws are dropped
	}
	// Handed to the renderer now, so that all that a command buffer needs are built at once.
	struct pvg_gpu_pipeline_state *state = NULL;
	enum pvg_gpu_found found = compute
		? pvg_gpu_compute_pipeline(gpu, encoder->task, ref, &state)
		: pvg_gpu_render_pipeline(gpu, encoder->task, ref, &state);
	if (found == PVG_GPU_RETRY) {
		return pvg_step_of(gpu, found);
	}
	encoder->pipeline = found == PVG_GPU_FOUND ? state : NULL;
	unsigned int first = compute ? PVG_GPU_KERNEL : PVG_GPU_VERTEX;
	unsigned int last = compute ? PVG_GPU_KERNEL : PVG_GPU_FRAGMENT;
	for (unsigned int i = first; i <= last; i++) { // other slots, other reaches
		struct pvg_encoder_stage *stage = &context->stages[i];
		stage->buffers_ok = stage->samplers_ok = 0;
		stage->textures_ok[0] = stage->textures_ok[1] = 0;
		stage->views_changed = true;
	}
	return found == PVG_GPU_FOUND ? PVG_STEP_DONE : PVG_STEP_DROP;
}

enum pvg_step pvg_state_ready(struct pvg_gpu *gpu, struct pvg_context *context) {
	struct pvg_encoder *encoder = &context->encoder;

	if (encoder->pipeline_build != gpu->encoders->build) { // of an earlier list
		uint32_t ref = encoder->pipeline_ref;
		encoder->pipeline_ref = 0;
		enum pvg_step step = pvg_state_pipeline(gpu, context, ref, encoder->type == 1);
		if (step == PVG_STEP_RETRY) {
			return step;
		}
	}
	struct pvg_gpu_pipeline_state *state = encoder->pipeline;
	if (state == NULL) {
		return PVG_ENCODER_REFUSE(gpu, PIPELINE,
			"task %" PRIu32 ": pipeline %" PRIu32 ": nothing to execute with",
			encoder->task, encoder->pipeline_ref);
	}
	if (encoder->program != NULL) {
		return PVG_STEP_DONE; // ready before
	}
	const char *why = "";
	const struct pvg_renderer_ops *ops = gpu->renderer->ops;
	switch (ops->pipeline_status(gpu->renderer, state->pipeline, &why)) {
	case PVG_GPU_READY:
		encoder->info = ops->pipeline_info(gpu->renderer, state->pipeline);
		return PVG_STEP_DONE;
	case PVG_GPU_PENDING:
		gpu->encoders->wants_ahead = true;
		pvg_gpu_hold(gpu);
		return PVG_STEP_RETRY;
	case PVG_GPU_FAILED:
		break;
	}
	if (!state->failed_logged) {
		state->failed_logged = true;
		pvg_error("task %" PRIu32 ": pipeline %" PRIu32 ": %s", encoder->task,
			encoder->pipeline_ref, why);
	}
	return PVG_ENCODER_REFUSE(gpu, PIPELINE, "task %" PRIu32 ": pipeline %" PRIu32 ": %s",
		encoder->task, encoder->pipeline_ref, why);
}

/* ---- emission -------------------------------------------------------------------------------- */

static void emit_scissors(struct pvg_gpu *gpu, struct pvg_context *context) {
	struct pvg_encoder *encoder = &context->encoder;
	const struct pvg_gpu_pass *pass = &context->pass.desc;
	struct pvg_gpu_rect rects[PVG_GPU_VIEWPORTS];
	uint32_t count = encoder->scissor_count;
	bool full = count == 1;

	encoder->scissors_dirty = false;
	for (uint32_t i = 0; i < count; i++) { // cut to the area that is drawn
		struct pvg_gpu_rect r = encoder->scissors[i];
		r.x = r.x < pass->width ? r.x : pass->width;
		r.y = r.y < pass->height ? r.y : pass->height;
		r.width = r.width < pass->width - r.x ? r.width : pass->width - r.x;
		r.height = r.height < pass->height - r.y ? r.height : pass->height - r.y;
		full = full && r.width == pass->width && r.height == pass->height;
		rects[i] = r;
	}
	count = full ? 0 : count;
	if (count == context->emitted_scissor_count &&
		memcmp(rects, context->emitted_scissors, count * sizeof(rects[0])) == 0) {
		return;
	}
	context->emitted_scissor_count = count;
	memcpy(context->emitted_scissors, rects, count * sizeof(rects[0]));
	struct pvg_gpu_rect *copy = pvg_gpu_alloc(&gpu->list, count * sizeof(rects[0]));
	memcpy(copy, rects, count * sizeof(rects[0]));
	struct pvg_gpu_cmd *cmd = pvg_gpu_emit(&context->pass.commands, PVG_GPU_OP_SCISSORS);
	cmd->scissors.rects = copy;
	cmd->scissors.count = count;
}

static void emit_viewports(struct pvg_gpu *gpu, struct pvg_context *context) {
	struct pvg_encoder *encoder = &context->encoder;
	const struct pvg_gpu_pass *pass = &context->pass.desc;
	uint32_t count = encoder->viewport_count;
	const struct pvg_gpu_viewport *from = encoder->viewports;
	const struct pvg_gpu_viewport whole = { 0, 0, pass->width, pass->height, 0, 1 };

	encoder->viewports_dirty = false;
	if (count == 0) {
		if (context->emitted_viewport_count == 0) {
			return; // the pass began with it
		}
		from = &whole;
		count = 1;
	}
	if (count == context->emitted_viewport_count &&
		memcmp(from, context->emitted_viewports, count * sizeof(*from)) == 0) {
		return;
	}
	context->emitted_viewport_count = count;
	memcpy(context->emitted_viewports, from, count * sizeof(*from));
	struct pvg_gpu_viewport *copy = pvg_gpu_alloc(&gpu->list, count * sizeof(*copy));
	memcpy(copy, from, count * sizeof(*copy));
	struct pvg_gpu_cmd *cmd = pvg_gpu_emit(&context->pass.commands, PVG_GPU_OP_VIEWPORTS);
	cmd->viewports.rects = copy;
	cmd->viewports.count = count;
}

static void emit_raster(struct pvg_gpu *gpu, struct pvg_context *context) {
	struct pvg_encoder *encoder = &context->encoder;

	encoder->raster_dirty = false;
	if (encoder->has_opengl || context->emitted_any_opengl) {
		pvg_opengl_emit(gpu, context);
	}
	if (memcmp(&encoder->raster, &context->emitted_raster, sizeof(encoder->raster)) == 0) {
		return;
	}
	context->emitted_raster = encoder->raster;
	struct pvg_gpu_raster *copy = pvg_gpu_alloc(&gpu->list, sizeof(*copy));
	*copy = encoder->raster;
	pvg_gpu_emit(&context->pass.commands, PVG_GPU_OP_RASTER)->raster = copy;
}

static enum pvg_step emit_depth(struct pvg_gpu *gpu, struct pvg_context *context) {
	struct pvg_encoder *encoder = &context->encoder;
	const struct pvg_gpu_depth_stencil *state = NULL;
	uint32_t depth_targets = 1u << PVG_TARGET_DEPTH | 1u << PVG_TARGET_STENCIL;

	if (encoder->depth_stencil_ref != 0 && (context->pass.targets_count & depth_targets) != 0) {
		enum pvg_gpu_found found = pvg_gpu_depth_stencil_state(gpu, encoder->task,
			encoder->depth_stencil_ref, &state);
		if (found == PVG_GPU_RETRY) {
			return pvg_step_of(gpu, found);
		}
		if (found == PVG_GPU_MISSING) { // drawing without the test would be another picture
			return PVG_STEP_DROP;
		}
	}
	encoder->depth_dirty = false;
	if (state == context->emitted_depth) {
		return PVG_STEP_DONE;
	}
	context->emitted_depth = state;
	struct pvg_gpu_cmd *cmd = pvg_gpu_emit(&context->pass.commands, PVG_GPU_OP_DEPTH_STENCIL);
	if (state != NULL) {
		struct pvg_gpu_depth_stencil *copy = pvg_gpu_alloc(&gpu->list, sizeof(*copy));
		*copy = *state;
		cmd->depth_stencil = copy;
	}
	return PVG_STEP_DONE;
}

enum pvg_step pvg_state_emit(struct pvg_gpu *gpu, struct pvg_context *context) {
	struct pvg_encoder *encoder = &context->encoder;
	enum pvg_step step = PVG_STEP_DONE;

	if (encoder->raster_dirty) {
		emit_raster(gpu, context);
	}
	if (encoder->viewports_dirty) {
		emit_viewports(gpu, context);
	}
	if (encoder->scissors_dirty) {
		emit_scissors(gpu, context);
	}
	if (encoder->depth_dirty) {
		step = emit_depth(gpu, context);
	}
	if (step == PVG_STEP_DONE && encoder->visibility_dirty) {
		step = emit_visibility(gpu, context);
	}
	return step;
}

/* ---- records --------------------------------------------------------------------------------- */

static void barrier(struct pvg_gpu *gpu, struct pvg_context *context) {
	if (context->pass.open && gpu->encoders->unseen_writes) {
		pvg_gpu_emit(&context->pass.commands, PVG_GPU_OP_BARRIER);
	}
}

static enum pvg_step depth_stencil_ref(struct pvg_encoder *encoder, uint32_t ref) {
	encoder->depth_dirty = encoder->depth_dirty || encoder->depth_stencil_ref != ref;
	encoder->depth_stencil_ref = ref;
	return PVG_STEP_DONE;
}

enum pvg_step pvg_state_record(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes) {
	struct pvg_encoder *encoder = &context->encoder;
	struct pvg_cursor c = pvg_cursor_init(payload, payload_bytes);

	switch (info->opcode) {
	case 0x17:
		if (payload[1] != 0) { // always 0 as far as anybody saw
			(void)refuse_value(gpu, encoder, info, payload[1]);
		} // fallthrough
	case 0x16:
	case 0x85:
		barrier(gpu, context);
		return PVG_STEP_DONE;
	case 0x1a:
		return pass_descriptor(gpu, encoder, payload, payload_bytes);
	case 0x1e:
		return raster_samples(gpu, encoder, info, pvg_rd32(&c));
	case 0x65:
		return blend_color(gpu, encoder, info, &c);
	case 0x66: {
		uint32_t action = pvg_rd32(&c);
		return store_action(gpu, context, info, action, pvg_rd32(&c));
	}
	case 0x69:
	case 0x78:
		return store_action(gpu, context, info, pvg_rd64(&c), 0);
	case 0x67: {
		uint64_t options = pvg_rd64(&c);
		return store_options(gpu, encoder, info, options, pvg_rd32(&c));
	}
	case 0x6a:
	case 0x79:
		return store_options(gpu, encoder, info, pvg_rd64(&c), 0);
	case 0x68:
		return depth_stencil_ref(encoder, pvg_rd32(&c));
	case 0x6b:
		return mode(gpu, encoder, info, &c, 2, &encoder->raster.cull);
	case 0x6c:
		return depth_bias(gpu, encoder, info, &c);
	case 0x6d:
		return mode(gpu, encoder, info, &c, 1, &encoder->raster.depth_clip);
	case 0x73:
		return mode(gpu, encoder, info, &c, 1, &encoder->raster.front_face);
	case 0x7c:
		encoder->two_fills = false;
		return mode(gpu, encoder, info, &c, 1, &encoder->raster.fill);
	case 0x74:
		return pvg_state_pipeline(gpu, context, pvg_rd32(&c), false);
	case 0x75:
		return scissors(gpu, encoder, info, &c, 1);
	case 0x76: {
		uint64_t count = pvg_rd64(&c);
		return scissors(gpu, encoder, info, &c, count);
	}
	case 0x77:
		encoder->raster.stencil_front = pvg_rd32(&c);
		encoder->raster.stencil_back = pvg_rd32(&c);
		encoder->raster_dirty = true;
		return PVG_STEP_DONE;
	case 0x7a:
		encoder->factor_ref = pvg_rd32(&c);
		encoder->factor_offset = pvg_rd64(&c);
		encoder->factor_stride = pvg_rd64(&c);
		return PVG_STEP_DONE;
	case 0x7b: {
		float scale = pvg_rd_f32(&c);
		encoder->factor_scale = isfinite(scale) ? scale : 1;
		return isfinite(scale)
			? PVG_STEP_DONE
			: PVG_ENCODER_REFUSE(gpu, STATE, "task %" PRIu32 ": %s: not finite",
				  encoder->task, info->name);
	}
	case 0x82:
		return viewports(gpu, encoder, info, &c, 1);
	case 0x83: {
		uint32_t count = pvg_rd32(&c);
		return viewports(gpu, encoder, info, &c, count);
	}
	case 0x84: {
		uint64_t offset = pvg_rd64(&c);
		return arm_visibility(gpu, context, info, offset, pvg_rd64(&c));
	}
	case 0x88:
		return line_width(gpu, encoder, pvg_rd_f32(&c));
	default:
		return PVG_STEP_DONE;
	}
}
