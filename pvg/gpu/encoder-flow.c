// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loops and conditions of compute encoders (spec 03 sections 5, 9.6): the predicate is a u32 of a
 * buffer, looked at by the CPU once what was dispatched before has completed.
 */
#include "encoder.h"

#include <inttypes.h>

#include "wire/work.h"

#define TURNS_MAX 65536u // of one loop

enum flow_opcode {
	START_DO = 0xdc,
	END_DO = 0xdd,
	START_WHILE = 0xde,
	END_WHILE = 0xdf,
	START_IF = 0xe0,
	ELSE = 0xe1,
	END_IF = 0xe2,
};

static enum pvg_step refuse(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	const struct pvg_record_info *info, const char *why) {
	encoder->broken = "its loops and conditions are not whole";
	return PVG_ENCODER_REFUSE(gpu, DISPATCH, "task %" PRIu32 ": %s: %s", encoder->task,
		info->name, why);
}

// The operands' order is not documented: the buffer's value is on the left.
static bool compare(uint32_t comparison, uint32_t value, uint32_t reference) {
	switch (comparison) {
	case 1:
		return value < reference;
	case 2:
		return value == reference;
	case 3:
		return value <= reference;
	case 4:
		return value > reference;
	case 5:
		return value != reference;
	case 6:
		return value >= reference;
	case 7:
		return true;
	default:
		return false;
	}
}

static enum pvg_step evaluate(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes,
	bool *result) {
	struct pvg_encoder *encoder = &context->encoder;
	struct pvg_wire_predicate p;
	struct pvg_gpu_backing backing;
	uint32_t value = 0;

	(void)pvg_wire_predicate(payload, payload_bytes, &p);
	enum pvg_step step =
		pvg_draw_buffer(gpu, context, info->name, p.ref, p.offset, 4, &backing);
	if (step == PVG_STEP_DROP || p.comparison > 7) {
		return refuse(gpu, encoder, info, "its predicate cannot be read");
	}
	if (step != PVG_STEP_DONE) {
		return step;
	}
	switch (pvg_gpu_read_bytes(gpu, &backing, p.offset, &value, sizeof(value))) {
	case PVG_GPU_FOUND:
		*result = compare(p.comparison, value, p.reference);
		return PVG_STEP_DONE;
	case PVG_GPU_RETRY:
		return PVG_STEP_PAUSE;
	case PVG_GPU_MISSING:
		break;
	}
	return refuse(gpu, encoder, info, "its predicate cannot be read");
}

static struct pvg_flow *top(struct pvg_encoder *encoder, uint8_t opcode) {
	struct pvg_flow *flow =
		encoder->flow_depth > 0 ? &encoder->flow[encoder->flow_depth - 1] : NULL;

	return flow != NULL && flow->opcode == opcode ? flow : NULL;
}

static enum pvg_step open_flow(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	const struct pvg_record_info *info, uint32_t at, bool skipped) {
	if (encoder->flow_depth >= PVG_FLOW_DEPTH_MAX) {
		return refuse(gpu, encoder, info, "nested too deep");
	}
	encoder->flow[encoder->flow_depth++] = (struct pvg_flow){
		.opcode = (uint8_t)info->opcode,
		.skipped = skipped,
		.outer_skipped = encoder->skipping,
		.taken = !skipped,
		.at = at,
	};
	encoder->skipping = encoder->skipping || skipped;
	return PVG_STEP_DONE;
}

static void close_flow(struct pvg_encoder *encoder, const struct pvg_flow *flow) {
	encoder->skipping = flow->outer_skipped;
	encoder->flow_depth--;
}

static enum pvg_step turn(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	const struct pvg_record_info *info, struct pvg_flow *flow) {
	gpu->encoders->current->waits = 0; // the records in the loop come again
	return ++flow->turns <= TURNS_MAX ? PVG_STEP_DONE
					  : refuse(gpu, encoder, info, "too many turns");
}

static enum pvg_step start_while(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes,
	uint32_t at) {
	struct pvg_encoder *encoder = &context->encoder;
	struct pvg_flow *flow = top(encoder, START_WHILE);
	bool go = false;

	if (!encoder->skipping) {
		enum pvg_step step = evaluate(gpu, context, info, payload, payload_bytes, &go);
		if (step != PVG_STEP_DONE) {
			return step;
		}
	}
	if (flow != NULL && flow->at == at) { // back from its end
		flow->skipped = !go;
		encoder->skipping = flow->outer_skipped || !go;
		return PVG_STEP_DONE;
	}
	return open_flow(gpu, encoder, info, at, !go);
}

static enum pvg_step end_while(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	const struct pvg_record_info *info, uint32_t *at) {
	struct pvg_flow *flow = top(encoder, START_WHILE);

	if (flow == NULL) {
		return refuse(gpu, encoder, info, "no loop is open");
	}
	if (flow->skipped || flow->outer_skipped) {
		close_flow(encoder, flow);
		return PVG_STEP_DONE;
	}
	*at = flow->at;
	return turn(gpu, encoder, info, flow);
}

static enum pvg_step end_do(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes,
	uint32_t *at) {
	struct pvg_encoder *encoder = &context->encoder;
	struct pvg_flow *flow = top(encoder, START_DO);
	bool go = false;

	if (flow == NULL) {
		return refuse(gpu, encoder, info, "no loop is open");
	}
	if (!encoder->skipping) {
		enum pvg_step step = evaluate(gpu, context, info, payload, payload_bytes, &go);
		if (step != PVG_STEP_DONE) {
			return step;
		}
	}
	if (!go) {
		close_flow(encoder, flow);
		return PVG_STEP_DONE;
	}
	*at = flow->at + 8; // behind the opening record, which has no payload
	return turn(gpu, encoder, info, flow);
}

enum pvg_step pvg_flow_record(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes,
	uint32_t *at) {
	struct pvg_encoder *encoder = &context->encoder;
	struct pvg_flow *flow = top(encoder, START_IF);
	bool go = false;

	if (encoder->broken != NULL) {
		return PVG_ENCODER_REFUSE(gpu, DISPATCH, "task %" PRIu32 ": %s: %s", encoder->task,
			info->name, encoder->broken);
	}
	switch ((enum flow_opcode)info->opcode) {
	case START_DO:
		return open_flow(gpu, encoder, info, *at, false);
	case END_DO:
		return end_do(gpu, context, info, payload, payload_bytes, at);
	case START_WHILE:
		return start_while(gpu, context, info, payload, payload_bytes, *at);
	case END_WHILE:
		return end_while(gpu, encoder, info, at);
	case START_IF:
		if (!encoder->skipping) {
			enum pvg_step step =
				evaluate(gpu, context, info, payload, payload_bytes, &go);
			if (step != PVG_STEP_DONE) {
				return step;
			}
		}
		return open_flow(gpu, encoder, info, *at, !go);
	case ELSE:
	case END_IF:
		break;
	}
	if (flow == NULL) {
		return refuse(gpu, encoder, info, "no condition is open");
	}
	if (info->opcode == ELSE) {
		flow->skipped = flow->taken;
		flow->taken = true;
		encoder->skipping = flow->outer_skipped || flow->skipped;
	} else {
		close_flow(encoder, flow);
	}
	return PVG_STEP_DONE;
}
