// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Draws (spec 03 sections 4.1, 9.2, 9.12): checks, how far vertex data is read.
 */
#include "encoder.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <pvg/format.h>

#define SMALL_BYTES 16384u // inputs that are taken whole rather than looked at by index
#define INDEX_BYTES_MAX (UINT64_C(16) << 20) // of indices that are looked at

enum step_function { STEP_CONSTANT, STEP_VERTEX, STEP_INSTANCE, STEP_PATCH, STEP_CONTROL_POINT };

/* ---- buffers that records name --------------------------------------------------------------- */

enum pvg_step pvg_draw_buffer(struct pvg_gpu *gpu, struct pvg_context *context, const char *what,
	uint32_t ref, uint64_t offset, uint64_t size_bytes, struct pvg_gpu_backing *backing) {
	static const enum pvg_refusal reasons[] = { PVG_REFUSAL_DRAW, PVG_REFUSAL_DISPATCH,
		PVG_REFUSAL_BLIT }; // by segment type
	enum pvg_refusal reason = reasons[context->encoder.type];
	uint32_t task = context->encoder.task;
	uint64_t end;

	if (ref == 0) {
		pvg_refuse(gpu->device, reason, "task %" PRIu32 ": %s: no buffer", task, what);
		return PVG_STEP_DROP;
	}
	enum pvg_gpu_found found = pvg_gpu_buffer(gpu, task, ref, backing);
	if (found == PVG_GPU_RETRY) {
		return pvg_step_of(gpu, found);
	}
	if (found == PVG_GPU_MISSING || !pvg_add(offset, size_bytes, &end) ||
		end > backing->size_bytes) {
		pvg_refuse(gpu->device, reason,
			"task %" PRIu32 ": %s: %" PRIu64 " bytes at %" PRIu64 " of buffer %" PRIu32
			"%s",
			task, what, size_bytes, offset, ref,
			found == PVG_GPU_MISSING ? ", which is not there" : "");
		return PVG_STEP_DROP;
	}
	return PVG_STEP_DONE;
}

/* ---- vertex input ---------------------------------------------------------------------------- */

// Elements that a range of vertices and instances fetches from a layout.
static uint64_t elements_of(const struct pvg_gpu_layout *layout,
	const struct pvg_vertex_range *range) {
	switch (layout->step) {
	case STEP_CONSTANT:
		return 1;
	case STEP_INSTANCE: // a rate above 1 takes fewer
		return range->instances;
	case STEP_PATCH:
		return range->patches;
	case STEP_CONTROL_POINT:
		return range->control_points;
	default:
		return range->vertices;
	}
}

static uint64_t input_bytes(const struct pvg_gpu_pipeline_state *pipeline, unsigned int buffer,
	uint32_t stride, const struct pvg_vertex_range *range) {
	uint64_t reach = pipeline->input_reach[buffer];
	uint64_t elements = elements_of(&pipeline->render.input.layouts[buffer], range);
	uint64_t bytes;

	if (elements == 0 || reach == 0) {
		return reach != 0 ? reach : 1;
	}
	if (!pvg_mul(elements - 1, stride, &bytes) || !pvg_add(bytes, reach, &bytes)) {
		return 0; // all there is
	}
	return bytes;
}

enum pvg_step pvg_draw_inputs(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_vertex_range *range) {
	struct pvg_encoder *encoder = &context->encoder;
	struct pvg_encoder_stage *stage = &context->stages[PVG_GPU_VERTEX];
	const struct pvg_gpu_vertex_desc *desc = &encoder->pipeline->render.input;
	uint32_t todo = encoder->info->input_buffers & ((1u << PVG_GPU_BUFFERS) - 1);

	for (; todo != 0; todo &= todo - 1) {
		unsigned int index = (unsigned int)__builtin_ctz(todo);
		const struct pvg_slot_buffer *slot = &stage->buffers[index];
		bool bound = (stage->buffers_bound & 1u << index) != 0;
		uint32_t stride = bound && slot->has_stride ? slot->stride
							    : desc->layouts[index].stride_bytes;
		uint64_t bytes = range->known || desc->layouts[index].step == STEP_CONSTANT
			? input_bytes(encoder->pipeline, index, stride, range)
			: 0;
		enum pvg_step step = pvg_bind_input(gpu, context, PVG_GPU_VERTEX, index, bytes,
			&context->pass.commands);
		if (step != PVG_STEP_DONE) {
			return step;
		}
	}
	return PVG_STEP_DONE;
}

/* ---- preparation ----------------------------------------------------------------------------- */

// What the pipeline was built for and what the pass is (spec 03 section 13.2).
static const char *pass_fault(const struct pvg_context *context) {
	const struct pvg_gpu_render_desc *desc = &context->encoder.pipeline->render;
	const struct pvg_open_pass *pass = &context->pass;
	uint32_t samples = desc->samples != 0 ? desc->samples : 1;

	if (samples != pass->samples) {
		return "another sample count than the pass";
	}
	for (unsigned int i = 0; i < PVG_GPU_COLORS; i++) {
		if ((pass->targets_count & 1u << i) == 0 || desc->colors[i].format == 0 ||
			pass->targets[i].texture->desc.format == desc->colors[i].format) {
			continue;
		}
		const struct pvg_format *a = pvg_format_get(pass->targets[i].texture->desc.format);
		const struct pvg_format *b = pvg_format_get(desc->colors[i].format);
		if (a == NULL || b == NULL || a->type != b->type ||
			a->components != b->components) {
			return "another colour format than the pass";
		}
	}
	return NULL;
}

enum rare {
	RARE_COUNTS = 1,
	RARE_LINES = 2,
	RARE_GPU_VERTICES = 4,
	RARE_PATCH_INDICES = 8,
	RARE_WIDE_STRIDES = 16,
	RARE_KEEPS = 32,
};

static bool keeps_stencil(const struct pvg_gpu_stencil_face *face) {
	return face->write_mask == 0 || (face->fail | face->depth_fail | face->pass) == 0;
}

// Do the tests of the next draw leave depth and stencil as they are?
static bool keeps(struct pvg_gpu *gpu, const struct pvg_context *context) {
	const struct pvg_encoder *encoder = &context->encoder;
	const struct pvg_gpu_depth_stencil *state = NULL;
	uint32_t targets = context->pass.targets_count;
	bool depth = (targets & 1u << PVG_TARGET_DEPTH) != 0;
	bool stencil = (targets & 1u << PVG_TARGET_STENCIL) != 0;

	if (encoder->depth_stencil_ref == 0 || (!depth && !stencil)) {
		return true;
	}
	if (pvg_gpu_depth_stencil_state(gpu, encoder->task, encoder->depth_stencil_ref, &state) !=
		PVG_GPU_FOUND) {
		return false;
	}
	return !(depth && state->write) &&
		(!stencil || !state->stencil ||
			(keeps_stencil(&state->front) && keeps_stencil(&state->back)));
}

static enum pvg_step prepare_program(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_draw_kind *kind) {
	struct pvg_encoder *encoder = &context->encoder;
	struct pvg_encoder_stage *stages = context->stages;
	uint8_t primitive = kind->primitive, control_points = kind->control_points;
	uint8_t rare = (uint8_t)((encoder->visibility_mode == 2 ? RARE_COUNTS : 0) |
		(encoder->raster.fill != 0 ? RARE_LINES : 0) |
		(kind->gpu_vertices ? RARE_GPU_VERTICES : 0) |
		(kind->patch_indices ? RARE_PATCH_INDICES : 0) |
		(encoder->wide_strides ? RARE_WIDE_STRIDES : 0));
	if ((rare & RARE_COUNTS) != 0 && keeps(gpu, context)) {
		rare |= RARE_KEEPS;
	}

	if (encoder->program == NULL || encoder->primitive != primitive ||
		encoder->control_points != control_points || encoder->rare != rare ||
		stages[PVG_GPU_VERTEX].views_changed || stages[PVG_GPU_FRAGMENT].views_changed) {
		const char *why = pass_fault(context);
		if (why == NULL) {
			struct pvg_gpu_use use = {
				.textures = { stages[PVG_GPU_VERTEX].views,
					stages[PVG_GPU_FRAGMENT].views },
				.primitive = primitive,
				.control_points = control_points,
				.patch_indices = kind->patch_indices,
				.counts = (rare & RARE_COUNTS) != 0,
				.keeps = (rare & RARE_KEEPS) != 0,
				.lines = (rare & RARE_LINES) != 0,
				.wide_strides = encoder->wide_strides,
				.gpu_vertices = kind->gpu_vertices,
				.pixel_samplers = { stages[PVG_GPU_VERTEX].pixel_samplers,
					stages[PVG_GPU_FRAGMENT].pixel_samplers },
				.opengl = encoder->has_opengl ? &encoder->opengl : NULL,
			};
			switch (gpu->renderer->ops->pipeline_prepare(gpu->renderer,
				encoder->pipeline->pipeline, &use, &encoder->program, &why)) {
			case PVG_GPU_READY:
				why = NULL;
				break;
			case PVG_GPU_PENDING:
				encoder->program = NULL;
				pvg_gpu_hold(gpu);
				return PVG_STEP_RETRY;
			case PVG_GPU_FAILED:
				break;
			}
		}
		if (why != NULL) {
			encoder->program = NULL;
			return PVG_ENCODER_REFUSE(gpu, PIPELINE,
				"task %" PRIu32 ": pipeline %" PRIu32 ": %s", encoder->task,
				encoder->pipeline_ref, why);
		}
		encoder->primitive = primitive;
		encoder->control_points = control_points;
		encoder->rare = rare;
		stages[PVG_GPU_VERTEX].views_changed = false;
		stages[PVG_GPU_FRAGMENT].views_changed = false;
	}
	if (context->emitted_program != encoder->program) {
		context->emitted_program = encoder->program;
		pvg_gpu_emit(&context->pass.commands, PVG_GPU_OP_PROGRAM)->program =
			encoder->program;
	}
	return PVG_STEP_DONE;
}

enum pvg_step pvg_draw_prepare(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_draw_kind *kind) {
	struct pvg_encoder *encoder = &context->encoder;
	enum pvg_step step;

	if (encoder->broken != NULL) {
		return PVG_ENCODER_REFUSE(gpu, DRAW, "task %" PRIu32 ": draw: %s", encoder->task,
			encoder->broken);
	}
	if (encoder->viewport_bad || encoder->scissor_bad) {
		return PVG_ENCODER_REFUSE(gpu, DRAW, "task %" PRIu32 ": draw: no %s", encoder->task,
			encoder->viewport_bad ? "viewport" : "scissor");
	}
	if (gpu->encoders->crossed) {
		pvg_encoders_look_again(gpu->encoders, context);
	}
	if ((step = pvg_state_ready(gpu, context)) != PVG_STEP_DONE ||
		(step = pvg_pass_begin(gpu, context)) != PVG_STEP_DONE ||
		(step = pvg_bind_textures(gpu, context, PVG_GPU_VERTEX)) != PVG_STEP_DONE ||
		(step = pvg_bind_textures(gpu, context, PVG_GPU_FRAGMENT)) != PVG_STEP_DONE ||
		(step = pvg_feedback_prepare(gpu, context)) != PVG_STEP_DONE ||
		(step = prepare_program(gpu, context, kind)) != PVG_STEP_DONE ||
		(step = pvg_state_emit(gpu, context)) != PVG_STEP_DONE ||
		(step = pvg_bind_emit(gpu, context, PVG_GPU_VERTEX, &context->pass.commands)) !=
			PVG_STEP_DONE) {
		return step;
	}
	step = pvg_bind_emit(gpu, context, PVG_GPU_FRAGMENT, &context->pass.commands);
	if (gpu->encoders->unseen_writes) {
		context->pass.wrote = true;
	}
	return step;
}

/* ---- how far indices reach ------------------------------------------------------------------- */

static bool inputs_are_small(const struct pvg_context *context) {
	const struct pvg_encoder *encoder = &context->encoder;
	const struct pvg_encoder_stage *stage = &context->stages[PVG_GPU_VERTEX];
	uint32_t todo = encoder->info->input_buffers & stage->buffers_bound;

	for (; todo != 0; todo &= todo - 1) {
		const struct pvg_slot_buffer *slot = &stage->buffers[__builtin_ctz(todo)];
		if (slot->build == 0 || slot->offset >= slot->backing.size_bytes ||
			slot->backing.size_bytes - slot->offset > SMALL_BYTES) {
			return false;
		}
	}
	return true;
}

// @restart: an index that is no vertex, 0: every one is.
static uint64_t highest_index(const uint32_t *words, uint64_t count, uint32_t index_size,
	uint32_t restart) {
	uint32_t highest = 0;
	const uint16_t *halves = (const uint16_t *)words;

	for (uint64_t i = 0; i < count; i++) {
		uint32_t index = index_size == 2 ? halves[i] : words[i];
		index = index == restart ? 0 : index;
		highest = index > highest ? index : highest;
	}
	return highest;
}

static enum pvg_step index_range(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_gpu_backing *backing, const struct pvg_wire_draw *d, uint32_t index_size,
	struct pvg_vertex_range *range) {
	struct pvg_encoders *encoders = gpu->encoders;
	uint64_t bytes = d->count * index_size;
	bool restarts = (context->encoder.restart_types >> d->primitive & 1) != 0;
	uint32_t restart = restarts ? context->encoder.restart_index[d->index_type] : 0;

	range->known = false;
	if (context->encoder.info->input_buffers == 0 || bytes > INDEX_BYTES_MAX ||
		inputs_are_small(context)) {
		return PVG_STEP_DONE;
	}
	if (encoders->indices_bytes < bytes) {
		uint32_t *grown = realloc(encoders->indices, (size_t)bytes * 2);
		if (grown == NULL) {
			return PVG_STEP_DONE;
		}
		encoders->indices = grown;
		encoders->indices_bytes = (size_t)bytes * 2;
	}
	// What the GPU writes cannot be looked at: then all that is bound is needed.
	if (pvg_gpu_read_bytes(gpu, backing, d->index_offset, encoders->indices, (size_t)bytes) ==
		PVG_GPU_FOUND) {
		int64_t last = d->base_vertex +
			(int64_t)highest_index(encoders->indices, d->count, index_size, restart);
		range->known = last >= 0;
		range->vertices = last >= 0 ? (uint64_t)last + 1 : 0;
	}
	return PVG_STEP_DONE;
}

/* ---- draws ----------------------------------------------------------------------------------- */

static const char *draw_fault(const struct pvg_wire_draw *d) {
	if (d->primitive > 4) {
		return "no such primitive";
	}
	if (d->indexed && d->index_type > 1) {
		return "no such index type";
	}
	uint64_t product, end;
	if (d->count > PVG_DRAW_COUNT_MAX || d->instances > PVG_DRAW_COUNT_MAX ||
		d->base_instance > PVG_DRAW_COUNT_MAX || !pvg_add(d->first, d->count, &end) ||
		end > PVG_DRAW_COUNT_MAX || !pvg_mul(d->count, d->instances, &product) ||
		product > PVG_DRAW_PRODUCT_MAX || !pvg_add(d->base_instance, d->instances, &end) ||
		end > PVG_DRAW_COUNT_MAX) {
		return "counts out of range";
	}
	if (d->base_vertex > INT32_MAX || d->base_vertex < INT32_MIN) {
		return "base vertex out of range";
	}
	return NULL;
}

// Reads the argument block; PAUSE never: what the GPU wrote is drawn with by the GPU.
static enum pvg_step indirect_arguments(struct pvg_gpu *gpu, struct pvg_context *context,
	struct pvg_wire_draw *d, struct pvg_gpu_span *indirect) {
	struct pvg_gpu_backing backing;
	uint32_t words[5] = { 0 };
	uint32_t bytes = d->indexed ? 20 : 16;
	enum pvg_step step = pvg_draw_buffer(gpu, context, "indirect draw", d->indirect_ref,
		d->indirect_offset, bytes, &backing);

	if (step != PVG_STEP_DONE) {
		return step;
	}
	if (d->indirect_offset % 4 != 0) {
		return PVG_ENCODER_REFUSE(gpu, DRAW,
			"task %" PRIu32 ": indirect draw: arguments at %" PRIu64,
			context->encoder.task, d->indirect_offset);
	}
	enum pvg_gpu_found found =
		pvg_gpu_read_bytes(gpu, &backing, d->indirect_offset, words, bytes);
	if (found == PVG_GPU_RETRY) {
		return pvg_step_of(gpu,
			pvg_gpu_window(gpu, &backing, d->indirect_offset, bytes, 4, PVG_GPU_READS,
				indirect));
	}
	if (found == PVG_GPU_MISSING) {
		return PVG_STEP_DROP;
	}
	d->count = words[0];
	d->instances = words[1];
	if (d->indexed) {
		uint64_t skip = (uint64_t)words[2] * (d->index_type != 0 ? 4 : 2);
		if (!pvg_add(d->index_offset, skip, &d->index_offset)) {
			return PVG_ENCODER_REFUSE(gpu, DRAW,
				"task %" PRIu32 ": indirect draw: first index %" PRIu32,
				context->encoder.task, words[2]);
		}
		d->base_vertex = (int32_t)words[3];
		d->base_instance = words[4];
	} else {
		d->first = words[2];
		d->base_instance = words[3];
	}
	return PVG_STEP_DONE;
}

static enum pvg_step draw_indices(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_wire_draw *d, bool gpu_counts, struct pvg_gpu_draw *draw,
	struct pvg_vertex_range *range) {
	struct pvg_gpu_backing backing;
	uint64_t bytes = gpu_counts ? 0 : d->count * draw->index_size;
	enum pvg_step step = pvg_draw_buffer(gpu, context, "indices", d->index_ref, d->index_offset,
		bytes, &backing);

	if (step != PVG_STEP_DONE) {
		return step;
	}
	if (gpu_counts && d->index_offset >= backing.size_bytes) {
		return PVG_ENCODER_REFUSE(gpu, DRAW, "task %" PRIu32 ": indices: none in reach",
			context->encoder.task);
	}
	step = pvg_step_of(gpu,
		pvg_gpu_window(gpu, &backing, d->index_offset, bytes, draw->index_size,
			PVG_GPU_READS, &draw->indices));
	if (step != PVG_STEP_DONE) {
		return step;
	}
	if (draw->indices.size_bytes < bytes) {
		return PVG_ENCODER_REFUSE(gpu, DRAW,
			"task %" PRIu32 ": indices: cannot be taken from offset %" PRIu64,
			context->encoder.task, d->index_offset);
	}
	return gpu_counts ? PVG_STEP_DONE
			  : index_range(gpu, context, &backing, d, draw->index_size, range);
}

static bool viewport_is_empty(const struct pvg_encoder *encoder) {
	return encoder->viewport_count == 1 &&
		(encoder->viewports[0].width == 0 || encoder->viewports[0].height == 0);
}

static enum pvg_step draw_once(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes) {
	struct pvg_encoder *encoder = &context->encoder;
	struct pvg_gpu_span indirect = { 0 };
	struct pvg_wire_draw d;

	(void)pvg_wire_draw(info->opcode, payload, payload_bytes, &d);
	enum pvg_step step = PVG_STEP_DONE;
	if (d.indirect && d.primitive <= 4 && d.index_type <= 1) {
		step = indirect_arguments(gpu, context, &d, &indirect);
	}
	if (step != PVG_STEP_DONE) {
		return step;
	}
	const char *why = draw_fault(&d);
	if (why != NULL) {
		return PVG_ENCODER_REFUSE(gpu, DRAW, "task %" PRIu32 ": %s: %s", encoder->task,
			info->name, why);
	}
	bool gpu_counts = indirect.buffer != NULL;
	if ((!gpu_counts && (d.count == 0 || d.instances == 0)) || viewport_is_empty(encoder)) {
		return PVG_STEP_DONE; // legal, and nothing (spec 03 section 9.17)
	}
	if (encoder->broken == NULL) {
		step = pvg_state_ready(gpu, context);
		if (step == PVG_STEP_DONE && encoder->info->tessellates) {
			step = PVG_ENCODER_REFUSE(gpu, DRAW,
				"task %" PRIu32 ": %s: pipeline %" PRIu32 " wants patches",
				encoder->task, info->name, encoder->pipeline_ref);
		}
		if (step != PVG_STEP_DONE) {
			return step;
		}
	}
	const struct pvg_draw_kind kind = { .primitive = (uint8_t)d.primitive,
		.gpu_vertices = gpu_counts && !d.indexed };
	step = pvg_draw_prepare(gpu, context, &kind);
	if (step != PVG_STEP_DONE) {
		return step;
	}
	struct pvg_gpu_draw *draw = pvg_gpu_alloc(&gpu->list, sizeof(*draw));
	draw->primitive = (uint8_t)d.primitive;
	draw->index_size = !d.indexed ? 0 : d.index_type != 0 ? 4 : 2;
	draw->first = (uint32_t)d.first;
	draw->count = (uint32_t)d.count;
	draw->instances = (uint32_t)d.instances;
	draw->base_instance = (uint32_t)d.base_instance;
	draw->base_vertex = (int32_t)d.base_vertex;
	draw->indirect = indirect;
	struct pvg_vertex_range range = {
		.known = !gpu_counts,
		.vertices = d.first + d.count,
		.instances = d.base_instance + d.instances,
	};
	if (d.indexed) {
		step = draw_indices(gpu, context, &d, gpu_counts, draw, &range);
	}
	if (step == PVG_STEP_DONE) {
		step = pvg_draw_inputs(gpu, context, &range);
	}
	if (step != PVG_STEP_DONE) {
		return step;
	}
	pvg_gpu_emit(&context->pass.commands, PVG_GPU_OP_DRAW)->draw = draw;
	pvg_feedback_drawn(gpu, context);
	return PVG_STEP_DONE;
}

enum pvg_step pvg_draw_record(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes) {
	return context->encoder.two_fills
		? pvg_opengl_two_fills(gpu, context, info, payload, payload_bytes, draw_once)
		: draw_once(gpu, context, info, payload, payload_bytes);
}
