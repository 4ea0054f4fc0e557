// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Contexts and segments, and which file a record goes to (spec 03 section 9.1).
 */
#include "encoder.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/memory.h"

#define WAITS_MAX 8u

enum segment_type { SEGMENT_RENDER, SEGMENT_COMPUTE, SEGMENT_BLIT };

/* ---- life ------------------------------------------------------------------------------------ */

struct pvg_encoders *pvg_encoders_create(struct pvg_gpu *gpu) {
	struct pvg_encoders *encoders = calloc(1, sizeof(*encoders));

	if (encoders != NULL) {
		encoders->gpu = gpu;
		encoders->window_tag = 1;
	}
	return encoders;
}

static void context_free(struct pvg_context *context) {
	if (context != NULL) {
		pvg_gpu_builder_finish(&context->pass.commands);
		free(context->saved_stages);
		free(context);
	}
}

static void drop_copies(struct pvg_encoders *encoders) {
	const struct pvg_renderer_ops *ops = encoders->gpu->renderer->ops;

	for (size_t i = 0; i < sizeof(encoders->copies) / sizeof(encoders->copies[0]); i++) {
		struct pvg_feedback_copy *copy = &encoders->copies[i];
		if (copy->image != NULL) {
			ops->view_destroy(encoders->gpu->renderer, copy->view);
			ops->image_destroy(encoders->gpu->renderer, copy->image);
		}
		*copy = (struct pvg_feedback_copy){ 0 };
	}
}

void pvg_encoders_reset(struct pvg_encoders *encoders) {
	for (uint32_t i = 0; i < PVG_ENCODER_CHANNELS; i++) {
		context_free(encoders->contexts[i]);
		encoders->contexts[i] = NULL;
	}
	encoders->current = NULL;
	encoders->unseen_writes = false;
	drop_copies(encoders);
}

void pvg_encoders_destroy(struct pvg_encoders *encoders) {
	if (encoders != NULL) {
		pvg_encoders_reset(encoders);
		free(encoders->indices);
		free(encoders);
	}
}

/* ---- helpers --------------------------------------------------------------------------------- */

enum pvg_step pvg_step_of(struct pvg_gpu *gpu, enum pvg_gpu_found found) {
	switch (found) {
	case PVG_GPU_FOUND:
		return PVG_STEP_DONE;
	case PVG_GPU_RETRY:
		pvg_gpu_hold(gpu);
		return PVG_STEP_RETRY;
	case PVG_GPU_MISSING:
		break;
	}
	return PVG_STEP_DROP;
}

void pvg_encoder_see_writes(struct pvg_gpu *gpu) {
	if (gpu->encoders->unseen_writes) {
		gpu->encoders->unseen_writes = false;
		pvg_gpu_emit(&gpu->list, PVG_GPU_OP_BARRIER);
	}
}

void pvg_encoders_crossed(struct pvg_encoders *encoders) {
	encoders->crossed = true;
}

// Not at once: within one draw or dispatch nothing is resolved twice.
void pvg_encoders_look_again(struct pvg_encoders *encoders, struct pvg_context *context) {
	encoders->crossed = false;
	encoders->window_tag++;
	for (unsigned int i = 0; i < PVG_GPU_STAGES; i++) {
		pvg_stage_look_again(&context->stages[i], encoders->build);
	}
}

/* ---- command buffers ------------------------------------------------------------------------- */

static void next_build(struct pvg_encoders *encoders) {
	if (++encoders->build == 0) {
		encoders->build = 1; // 0: resolved for no list
	}
	encoders->window_tag++;
}

// A list begins: what was resolved for the one before is looked up again.
static void begin_list(struct pvg_encoders *encoders, struct pvg_context *context) {
	next_build(encoders);
	encoders->wants_pause = false;
	encoders->crossed = false;
	encoders->gpu->memory->wants_commit = false;
	encoders->gpu->memory->ignores_twins = context->waits > WAITS_MAX;
	encoders->unseen_writes = false; // a list sees what those before it wrote
	context->pass.commands.count = 0;
	context->pass.commands.failed = false;
	context->compute_mark = SIZE_MAX;
	context->visibility = NULL;
	context->encoder.visibility_dirty = true;
	context->encoder.program = NULL;
}

bool pvg_gpu_buffer_begin(struct pvg_gpu *gpu, uint32_t channel, bool fresh) {
	struct pvg_encoders *encoders = gpu->encoders;
	struct pvg_context *context = encoders->contexts[channel % PVG_ENCODER_CHANNELS];

	if (context == NULL) {
		context = calloc(1, sizeof(*context));
		if (context == NULL) {
			return false;
		}
		encoders->contexts[channel % PVG_ENCODER_CHANNELS] = context;
	}
	encoders->current = context;
	if (fresh && !context->paused) {
		context->encoder.open = false;
		context->pass.open = context->pass.pending = context->pass.suspended = false;
	}
	if (!context->paused) {
		context->waits = 0;
	}
	context->paused = false;
	context->has_saved = context->encoder.open;
	if (context->has_saved) {
		if (context->saved_stages == NULL) {
			context->saved_stages = malloc(sizeof(context->stages));
			if (context->saved_stages == NULL) {
				return false;
			}
		}
		memcpy(context->saved_stages, context->stages, sizeof(context->stages));
		context->saved = context->encoder;
		context->encoder.continued = true;
	}
	begin_list(encoders, context);
	return true;
}

// What is open goes on in the next list: an encoder keeps its attachments (spec 02 section 1.4).
static void leave_pass(struct pvg_gpu *gpu, struct pvg_context *context) {
	if (context->pass.open && !context->pass.pending) {
		pvg_pass_suspend(gpu, context);
	} else {
		pvg_pass_flush(gpu, context);
	}
}

void pvg_gpu_buffer_end(struct pvg_gpu *gpu) {
	struct pvg_context *context = gpu->encoders->current;

	leave_pass(gpu, context);
	gpu->encoders->current = NULL;
	pvg_gpu_commit(gpu);
}

void pvg_gpu_buffer_abandon(struct pvg_gpu *gpu) {
	struct pvg_context *context = gpu->encoders->current;

	gpu->encoders->current = NULL;
	pvg_gpu_abandon(gpu);
	context->pass.commands.count = 0;
	context->visibility = NULL;
	if (context->has_saved) {
		context->encoder = context->saved;
		memcpy(context->stages, context->saved_stages, sizeof(context->stages));
		context->pass.suspended = context->encoder.begun;
		context->pass.open = false;
		context->pass.pending = false;
	} else {
		context->encoder.open = false;
		context->pass.open = context->pass.pending = context->pass.suspended = false;
	}
}

bool pvg_gpu_buffer_pause(struct pvg_gpu *gpu) {
	struct pvg_context *context = gpu->encoders->current;

	if (!gpu->encoders->wants_pause) {
		return false;
	}
	gpu->encoders->wants_pause = false;
	context->paused = true;
	leave_pass(gpu, context);
	gpu->encoders->current = NULL;
	pvg_gpu_commit(gpu);
	if (!pvg_gpu_is_complete(gpu, pvg_gpu_last_serial(gpu))) {
		pvg_gpu_hold(gpu);
	}
	return true;
}

/*
 * RETRY in front of a record: does it wait for what this very list has? Then the list ends here.
 * What still does so after several lists waits for what it does itself: a target that the same draw
 * reads as a buffer, which Metal leaves undefined. The list that has it looks at no such names.
 */
static void pause_if_waiting(struct pvg_gpu *gpu, struct pvg_context *context,
	const uint8_t *record) {
	if (!gpu->memory->wants_commit) {
		return;
	}
	gpu->memory->wants_commit = false;
	gpu->timeline.hold = false; // the pause holds if it has to
	gpu->encoders->wants_pause = true;
	// A command buffer that is paused stays where it is in memory.
	context->waits = context->waits_at == record ? context->waits + 1 : 1;
	context->waits_at = record;
}

/* ---- segments -------------------------------------------------------------------------------- */

enum pvg_verdict pvg_gpu_segment_begin(struct pvg_gpu *gpu, uint32_t task, uint8_t type,
	bool continues) {
	struct pvg_context *context = gpu->encoders->current;
	struct pvg_encoder *encoder = &context->encoder;

	if (type > SEGMENT_BLIT) {
		return PVG_DONE;
	}
	if (type != SEGMENT_RENDER) {
		pvg_pass_flush(gpu, context);
	}
	if (continues && encoder->open && encoder->type == type) {
		return PVG_DONE;
	}
	gpu->encoders->encoder_number++;
	encoder->open = true;
	encoder->continued = false;
	encoder->type = type;
	encoder->task = task;
	encoder->broken = NULL;
	encoder->pass_refused = false;
	encoder->pipeline_ref = 0;
	encoder->pipeline = NULL;
	encoder->program = NULL;
	if (type == SEGMENT_RENDER) {
		encoder->described = false;
		encoder->begun = false;
		encoder->raster_samples = 1;
		encoder->wide_strides = false;
		pvg_state_defaults(encoder);
		pvg_stage_reset(&context->stages[PVG_GPU_VERTEX]);
		pvg_stage_reset(&context->stages[PVG_GPU_FRAGMENT]);
	} else if (type == SEGMENT_COMPUTE) {
		encoder->concurrent = false;
		encoder->has_region = false;
		encoder->flow_depth = 0;
		encoder->skipping = false;
		memset(encoder->threadgroup_bytes, 0, sizeof(encoder->threadgroup_bytes));
		pvg_stage_reset(&context->stages[PVG_GPU_KERNEL]);
		context->compute_mark = SIZE_MAX;
	}
	return PVG_DONE;
}

enum pvg_verdict pvg_gpu_segment_end(struct pvg_gpu *gpu, bool continues) {
	struct pvg_context *context = gpu->encoders->current;
	struct pvg_encoder *encoder = &context->encoder;

	if (continues || !encoder->open) {
		return PVG_DONE;
	}
	if (encoder->type == SEGMENT_COMPUTE && encoder->flow_depth > 0) {
		pvg_refuse(gpu->device, PVG_REFUSAL_DISPATCH,
			"task %" PRIu32 ": %" PRIu32 " loops or conditions without end",
			encoder->task, encoder->flow_depth);
	}
	enum pvg_step step = PVG_STEP_DONE;
	if (encoder->type == SEGMENT_RENDER) {
		step = pvg_pass_end(gpu, context);
	}
	if (step == PVG_STEP_RETRY) {
		pause_if_waiting(gpu, context, NULL);
		return PVG_RETRY;
	}
	encoder->open = false;
	return PVG_DONE;
}

/* ---- records --------------------------------------------------------------------------------- */

static enum pvg_step refuse_family(struct pvg_gpu *gpu, const struct pvg_encoder *encoder,
	const struct pvg_record_info *info) {
	return PVG_ENCODER_REFUSE(gpu, NOT_SUPPORTED, "task %" PRIu32 ": %s record 0x%02x %s: %s",
		encoder->task, pvg_record_space_name(info->space), info->opcode, info->name,
		pvg_record_why(info));
}

static enum pvg_step render_record(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes) {
	switch ((enum pvg_record_action)info->action) {
	case PVG_RECORD_DRAW:
		return pvg_draw_record(gpu, context, info, payload, payload_bytes);
	case PVG_RECORD_PATCHES:
		return pvg_patch_record(gpu, context, info, payload, payload_bytes);
	case PVG_RECORD_BIND_VERTEX:
		return pvg_bind_record(gpu, context, PVG_GPU_VERTEX, info, payload, payload_bytes);
	case PVG_RECORD_BIND_FRAGMENT:
		return pvg_bind_record(gpu, context, PVG_GPU_FRAGMENT, info, payload,
			payload_bytes);
	case PVG_RECORD_OPENGL:
	case PVG_RECORD_FEEDBACK:
		return pvg_opengl_record(gpu, context, info, payload, payload_bytes);
	default:
		return pvg_state_record(gpu, context, info, payload, payload_bytes);
	}
}

static enum pvg_step one_record(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes,
	uint32_t *at) {
	struct pvg_encoder *encoder = &context->encoder;

	switch ((enum pvg_record_action)info->action) {
	case PVG_RECORD_HINT:
	case PVG_RECORD_FENCE:
		return PVG_STEP_DONE;
	case PVG_RECORD_REFUSE:
		return refuse_family(gpu, encoder, info);
	case PVG_RECORD_FLOW:
		return pvg_flow_record(gpu, context, info, payload, payload_bytes, at);
	default:
		break;
	}
	switch (encoder->type) {
	case SEGMENT_RENDER:
		return render_record(gpu, context, info, payload, payload_bytes);
	case SEGMENT_COMPUTE:
		return pvg_compute_record(gpu, context, info, payload, payload_bytes);
	default:
		return info->action == PVG_RECORD_BLIT_TEXTURE
			? pvg_texture_record(gpu, context, info, payload, payload_bytes)
			: pvg_blit_record(gpu, context, info, payload, payload_bytes);
	}
}

enum pvg_verdict pvg_gpu_record(struct pvg_gpu *gpu, const struct pvg_record_info *info,
	const uint8_t *payload, uint32_t payload_bytes, uint32_t *at, bool *refused) {
	struct pvg_context *context = gpu->encoders->current;

	if (!context->encoder.open) { // its segment was refused
		*refused = true;
		return PVG_DONE;
	}
	switch (one_record(gpu, context, info, payload, payload_bytes, at)) {
	case PVG_STEP_DONE:
		return PVG_DONE;
	case PVG_STEP_DROP:
		*refused = true;
		context->encoder.visibility_missed |=
			info->action == PVG_RECORD_DRAW || info->action == PVG_RECORD_PATCHES;
		return PVG_DONE;
	case PVG_STEP_PAUSE:
		gpu->memory->wants_commit = false;
		gpu->encoders->wants_pause = true;
		return PVG_RETRY;
	case PVG_STEP_RETRY:
		pause_if_waiting(gpu, context, payload);
		break;
	}
	return PVG_RETRY;
}
