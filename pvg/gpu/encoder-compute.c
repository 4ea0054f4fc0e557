// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compute encoders (spec 03 sections 5 and 9.6): exact grids, variants by threadgroup size and
 * memory, everything in the order of the stream.
 */
#include "encoder.h"

#include <inttypes.h>
#include <string.h>

#include "wire/work.h"

#define AXIS_THREADS_MAX UINT64_C(0xffffffff)
#define GRID_THREADS_MAX (UINT64_C(1) << 36) // more is a hang, not a result
#define THREADS_INDIRECT_BYTES 24u
#define GROUPS_INDIRECT_BYTES 12u
#define REGION_INDIRECT_BYTES 24u

/* ---- what the CPU has to know ---------------------------------------------------------------- */

// Arguments that only the CPU can use: what the GPU work before them writes must be there.
static enum pvg_step read_arguments(struct pvg_gpu *gpu, struct pvg_context *context,
	const char *what, uint32_t ref, uint64_t offset, uint32_t *words, uint32_t bytes) {
	struct pvg_gpu_backing backing;
	enum pvg_step step = pvg_draw_buffer(gpu, context, what, ref, offset, bytes, &backing);

	if (step != PVG_STEP_DONE) {
		return step;
	}
	if (offset % 4 != 0) {
		return PVG_ENCODER_REFUSE(gpu, DISPATCH,
			"task %" PRIu32 ": %s: arguments at %" PRIu64, context->encoder.task, what,
			offset);
	}
	switch (pvg_gpu_read_bytes(gpu, &backing, offset, words, bytes)) {
	case PVG_GPU_FOUND:
		return PVG_STEP_DONE;
	case PVG_GPU_RETRY:
		return PVG_STEP_PAUSE;
	case PVG_GPU_MISSING:
		break;
	}
	return PVG_STEP_DROP;
}

/* ---- state ----------------------------------------------------------------------------------- */

static enum pvg_step refuse_value(struct pvg_gpu *gpu, const struct pvg_encoder *encoder,
	const struct pvg_record_info *info, uint64_t value) {
	return PVG_ENCODER_REFUSE(gpu, STATE, "task %" PRIu32 ": %s: %" PRIu64, encoder->task,
		info->name, value);
}

static enum pvg_step threadgroup_memory(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	const struct pvg_record_info *info, struct pvg_cursor *c) {
	uint64_t length = pvg_rd64(c);
	uint32_t index = pvg_rd32(c);

	if (index >= PVG_GPU_BUFFERS || length > gpu->renderer->caps.threadgroup_bytes) {
		encoder->broken = "its threadgroup memory is not possible";
		return refuse_value(gpu, encoder, info, index >= PVG_GPU_BUFFERS ? index : length);
	}
	if (encoder->threadgroup_bytes[index] != (uint32_t)length) {
		encoder->threadgroup_bytes[index] = (uint32_t)length;
		encoder->program = NULL;
	}
	return PVG_STEP_DONE;
}

static enum pvg_step set_region(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	const struct pvg_record_info *info, uint64_t x, uint64_t y, uint64_t z) {
	if (x > UINT32_MAX || y > UINT32_MAX || z > UINT32_MAX) {
		encoder->broken = "its stage-in region is not possible";
		return refuse_value(gpu, encoder, info, x);
	}
	encoder->region_origin[0] = x;
	encoder->region_origin[1] = y;
	encoder->region_origin[2] = z;
	encoder->has_region = true;
	return PVG_STEP_DONE;
}

static enum pvg_step region(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes) {
	struct pvg_encoder *encoder = &context->encoder;

	if (info->opcode == 0xd1) {
		struct pvg_wire_region r;
		(void)pvg_wire_region(payload, payload_bytes, &r);
		return set_region(gpu, encoder, info, r.origin.x, r.origin.y, r.origin.z);
	}
	struct pvg_cursor c = pvg_cursor_init(payload, payload_bytes);
	uint32_t ref = pvg_rd32(&c);
	uint64_t offset = pvg_rd64(&c);
	uint32_t words[6];
	enum pvg_step step = read_arguments(gpu, context, "stage-in region", ref, offset, words,
		REGION_INDIRECT_BYTES);
	if (step == PVG_STEP_DROP) { // what is dispatched now would read another one
		encoder->broken = "its stage-in region cannot be read";
	}
	return step == PVG_STEP_DONE ? set_region(gpu, encoder, info, words[0], words[1], words[2])
				     : step;
}

static enum pvg_step dispatch_type(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	const struct pvg_record_info *info, uint32_t type) {
	encoder->concurrent = type == 1;
	return type <= 1 ? PVG_STEP_DONE : refuse_value(gpu, encoder, info, type);
}

/* ---- dispatch -------------------------------------------------------------------------------- */

static enum pvg_step prepare_program(struct pvg_gpu *gpu, struct pvg_context *context) {
	struct pvg_encoder *encoder = &context->encoder;
	struct pvg_encoder_stage *stage = &context->stages[PVG_GPU_KERNEL];

	if (encoder->program != NULL && !stage->views_changed) {
		return PVG_STEP_DONE;
	}
	struct pvg_gpu_use use = {
		.textures = { [PVG_GPU_KERNEL] = stage->views },
		.pixel_samplers = { [PVG_GPU_KERNEL] = stage->pixel_samplers },
	};
	const char *why = "";
	memcpy(use.local_size, encoder->local_size, sizeof(use.local_size));
	memcpy(use.threadgroup_bytes, encoder->threadgroup_bytes, sizeof(use.threadgroup_bytes));
	switch (gpu->renderer->ops->pipeline_prepare(gpu->renderer, encoder->pipeline->pipeline,
		&use, &encoder->program, &why)) {
	case PVG_GPU_READY:
		stage->views_changed = false;
		return PVG_STEP_DONE;
	case PVG_GPU_PENDING:
		encoder->program = NULL;
		pvg_gpu_hold(gpu);
		return PVG_STEP_RETRY;
	case PVG_GPU_FAILED:
		break;
	}
	encoder->program = NULL;
	return PVG_ENCODER_REFUSE(gpu, PIPELINE, "task %" PRIu32 ": pipeline %" PRIu32 ": %s",
		encoder->task, encoder->pipeline_ref, why);
}

// Kernels with stage-in read their buffers as the region says: all that is bound.
static enum pvg_step inputs(struct pvg_gpu *gpu, struct pvg_context *context,
	struct pvg_gpu_builder *commands) {
	uint32_t todo = context->encoder.info->input_buffers & ((1u << PVG_GPU_BUFFERS) - 1);

	for (; todo != 0; todo &= todo - 1) {
		enum pvg_step step = pvg_bind_input(gpu, context, PVG_GPU_KERNEL,
			(unsigned int)__builtin_ctz(todo), 0, commands);
		if (step != PVG_STEP_DONE) {
			return step;
		}
	}
	return PVG_STEP_DONE;
}

static const char *dispatch_fault(const struct pvg_gpu *gpu, const struct pvg_wire_dispatch *d,
	const struct pvg_gpu_pipeline_info *info) {
	const struct pvg_gpu_caps *caps = &gpu->renderer->caps;
	const uint64_t threads[3] = { d->threads.x, d->threads.y, d->threads.z };
	const uint64_t grid[3] = { d->grid.x, d->grid.y, d->grid.z };
	uint64_t product = 1, all = 1;

	for (unsigned int i = 0; i < 3; i++) {
		if (threads[i] > caps->max_threads_axis[i]) {
			return "threadgroup too large";
		}
		product *= threads[i];
		uint64_t axis = grid[i];
		if ((!d->exact && !pvg_mul(grid[i], threads[i], &axis)) ||
			axis > AXIS_THREADS_MAX || !pvg_mul(all, axis, &all) ||
			all > GRID_THREADS_MAX) {
			return "grid too large";
		}
	}
	uint32_t most = info->max_threads != 0 && info->max_threads < caps->max_threads
		? info->max_threads
		: caps->max_threads;
	return product > most ? "threadgroup too large" : NULL;
}

static bool has_zero(const struct pvg_wire_extent *extent) {
	return extent->x == 0 || extent->y == 0 || extent->z == 0;
}

static void set_local_size(struct pvg_encoder *encoder, const struct pvg_wire_extent *threads) {
	const uint32_t size[3] = { (uint32_t)threads->x, (uint32_t)threads->y,
		(uint32_t)threads->z };

	if (memcmp(encoder->local_size, size, sizeof(size)) != 0) {
		memcpy(encoder->local_size, size, sizeof(size));
		encoder->program = NULL;
	}
}

// Program, bindings and the dispatch, into a list that may have been used for transfers meanwhile.
static enum pvg_step emit_dispatch(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_wire_dispatch *d, const struct pvg_gpu_span *indirect) {
	struct pvg_encoder *encoder = &context->encoder;
	struct pvg_encoder_stage *stage = &context->stages[PVG_GPU_KERNEL];
	struct pvg_gpu_builder *commands = &context->pass.commands; // no pass is open
	enum pvg_step step;

	if (!encoder->concurrent) {
		pvg_encoder_see_writes(gpu);
	}
	bool fresh = context->compute_mark != gpu->list.count;
	if (fresh) {
		pvg_stage_forget_emitted(stage);
		context->emitted_program = NULL;
	}
	commands->count = 0;
	bool wrote = gpu->encoders->unseen_writes;
	gpu->encoders->unseen_writes = false;
	size_t before = gpu->list.count;
	if ((step = pvg_bind_emit(gpu, context, PVG_GPU_KERNEL, commands)) != PVG_STEP_DONE ||
		(step = inputs(gpu, context, commands)) != PVG_STEP_DONE) {
		pvg_stage_forget_emitted(stage); // what was collected is lost
		context->compute_mark = SIZE_MAX;
		commands->count = 0;
		gpu->encoders->unseen_writes = wrote;
		return step;
	}
	if (gpu->list.count != before && !fresh) {
		// A transfer came in between: the list's state is gone, collect it again.
		gpu->encoders->unseen_writes = wrote;
		context->compute_mark = SIZE_MAX;
		return emit_dispatch(gpu, context, d, indirect);
	}
	if (context->emitted_program != encoder->program || fresh) {
		context->emitted_program = encoder->program;
		pvg_gpu_emit(&gpu->list, PVG_GPU_OP_PROGRAM)->program = encoder->program;
	}
	pvg_gpu_append(&gpu->list, commands->cmds, commands->count);
	commands->count = 0;
	struct pvg_gpu_dispatch *dispatch = pvg_gpu_alloc(&gpu->list, sizeof(*dispatch));
	dispatch->grid[0] = (uint32_t)d->grid.x;
	dispatch->grid[1] = (uint32_t)d->grid.y;
	dispatch->grid[2] = (uint32_t)d->grid.z;
	dispatch->exact = d->exact;
	for (unsigned int i = 0; i < 3 && encoder->has_region; i++) {
		dispatch->origin[i] = (uint32_t)encoder->region_origin[i];
	}
	dispatch->indirect = *indirect;
	pvg_gpu_emit(&gpu->list, PVG_GPU_OP_DISPATCH)->dispatch = dispatch;
	context->compute_mark = gpu->list.count;
	// A later command of the same kind may be told that this one wrote.
	const struct pvg_gpu_stage_use *use = &encoder->info->stage[PVG_GPU_KERNEL];
	gpu->encoders->unseen_writes = wrote || use->buffers_written != 0 ||
		(use->textures_written[0] | use->textures_written[1]) != 0;
	return PVG_STEP_DONE;
}

static enum pvg_step indirect_groups(struct pvg_gpu *gpu, struct pvg_context *context,
	struct pvg_wire_dispatch *d, struct pvg_gpu_span *indirect) {
	struct pvg_gpu_backing backing;
	uint32_t words[3] = { 0 };
	enum pvg_step step = pvg_draw_buffer(gpu, context, "indirect dispatch", d->ref, d->offset,
		GROUPS_INDIRECT_BYTES, &backing);

	if (step != PVG_STEP_DONE) {
		return step;
	}
	if (d->offset % 4 != 0) {
		return PVG_ENCODER_REFUSE(gpu, DISPATCH,
			"task %" PRIu32 ": indirect dispatch: arguments at %" PRIu64,
			context->encoder.task, d->offset);
	}
	switch (pvg_gpu_read_bytes(gpu, &backing, d->offset, words, sizeof(words))) {
	case PVG_GPU_FOUND:
		d->grid = (struct pvg_wire_extent){ words[0], words[1], words[2] };
		return PVG_STEP_DONE;
	case PVG_GPU_RETRY: // the GPU wrote it, the GPU reads it
		d->grid = (struct pvg_wire_extent){ 1, 1, 1 };
		return pvg_step_of(gpu,
			pvg_gpu_window(gpu, &backing, d->offset, GROUPS_INDIRECT_BYTES, 4,
				PVG_GPU_READS, indirect));
	case PVG_GPU_MISSING:
		break;
	}
	return PVG_STEP_DROP;
}

static enum pvg_step dispatch(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes) {
	struct pvg_encoder *encoder = &context->encoder;
	struct pvg_gpu_span indirect = { 0 };
	struct pvg_wire_dispatch d;
	enum pvg_step step;

	if (encoder->broken != NULL) {
		return PVG_ENCODER_REFUSE(gpu, DISPATCH, "task %" PRIu32 ": dispatch: %s",
			encoder->task, encoder->broken);
	}
	if (gpu->encoders->crossed) {
		pvg_encoders_look_again(gpu->encoders, context);
	}
	if ((step = pvg_state_ready(gpu, context)) != PVG_STEP_DONE) {
		return step;
	}
	(void)pvg_wire_dispatch(info->opcode, payload, payload_bytes, &d);
	if (info->opcode == 0xe6) {
		uint32_t words[6];
		step = read_arguments(gpu, context, "indirect dispatch", d.ref, d.offset, words,
			THREADS_INDIRECT_BYTES);
		d.grid = (struct pvg_wire_extent){ words[0], words[1], words[2] };
		d.threads = (struct pvg_wire_extent){ words[3], words[4], words[5] };
	} else if (d.indirect && !has_zero(&d.threads)) {
		step = indirect_groups(gpu, context, &d, &indirect);
	}
	if (step != PVG_STEP_DONE) {
		return step;
	}
	if (has_zero(&d.grid) || has_zero(&d.threads)) {
		return PVG_STEP_DONE; // nothing runs (spec 03 section 9.6)
	}
	const char *why = dispatch_fault(gpu, &d, encoder->info);
	if (why != NULL) {
		return PVG_ENCODER_REFUSE(gpu, DISPATCH, "task %" PRIu32 ": %s: %s", encoder->task,
			info->name, why);
	}
	set_local_size(encoder, &d.threads);
	if ((step = pvg_bind_textures(gpu, context, PVG_GPU_KERNEL)) != PVG_STEP_DONE ||
		(step = prepare_program(gpu, context)) != PVG_STEP_DONE) {
		return step;
	}
	return emit_dispatch(gpu, context, &d, &indirect);
}

/* ---- records --------------------------------------------------------------------------------- */

enum pvg_step pvg_compute_record(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes) {
	struct pvg_encoder *encoder = &context->encoder;
	struct pvg_cursor c = pvg_cursor_init(payload, payload_bytes);

	if (info->action == PVG_RECORD_BIND_KERNEL) {
		return pvg_bind_record(gpu, context, PVG_GPU_KERNEL, info, payload, payload_bytes);
	}
	switch (info->opcode) {
	case 0xc8:
	case 0xc9:
	case 0xca:
	case 0xe6:
		return encoder->skipping ? PVG_STEP_DONE
					 : dispatch(gpu, context, info, payload, payload_bytes);
	case 0xd0:
		return pvg_state_pipeline(gpu, context, pvg_rd32(&c), true);
	case 0xd1:
	case 0xd2:
		return encoder->skipping ? PVG_STEP_DONE
					 : region(gpu, context, info, payload, payload_bytes);
	case 0xd3:
		return threadgroup_memory(gpu, encoder, info, &c);
	case 0xd6:
	case 0xd7:
		pvg_encoder_see_writes(gpu);
		return PVG_STEP_DONE;
	case 0xdb:
		return dispatch_type(gpu, encoder, info, pvg_rd32(&c));
	default:
		return PVG_STEP_DONE;
	}
}
