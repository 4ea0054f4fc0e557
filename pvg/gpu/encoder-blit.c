// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Blit encoders, what concerns buffers and synchronisation (spec 03 sections 6 and 9.7).
 */
#include "encoder.h"

#include <inttypes.h>

#include "wire/work.h"

static enum pvg_step refuse(struct pvg_gpu *gpu, const struct pvg_encoder *encoder,
	const struct pvg_record_info *info, const char *why) {
	return PVG_ENCODER_REFUSE(gpu, BLIT, "task %" PRIu32 ": %s: %s", encoder->task, info->name,
		why);
}

static bool overlap(const struct pvg_gpu_backing *from, uint64_t from_offset,
	const struct pvg_gpu_backing *to, uint64_t to_offset, uint64_t size_bytes) {
	uint64_t a = from->gva + from_offset;
	uint64_t b = to->gva + to_offset;

	return a < b + size_bytes && b < a + size_bytes;
}

static enum pvg_step copy_buffer(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes) {
	struct pvg_gpu_backing from, to;
	struct pvg_wire_copy copy;
	enum pvg_step step;

	(void)pvg_wire_copy(info->opcode, payload, payload_bytes, &copy);
	if ((step = pvg_draw_buffer(gpu, context, "copy from", copy.from_ref, copy.from_offset,
		     copy.size_bytes, &from)) != PVG_STEP_DONE ||
		(step = pvg_draw_buffer(gpu, context, "copy to", copy.to_ref, copy.to_offset,
			 copy.size_bytes, &to)) != PVG_STEP_DONE) {
		return step;
	}
	if (copy.size_bytes == 0) {
		return PVG_STEP_DONE;
	}
	if (overlap(&from, copy.from_offset, &to, copy.to_offset, copy.size_bytes)) {
		return refuse(gpu, &context->encoder, info, "source and destination overlap");
	}
	struct pvg_gpu_copy_buffer *cmd = pvg_gpu_alloc(&gpu->list, sizeof(*cmd));
	// The destination first: within one buffer it takes the source along.
	if ((step = pvg_step_of(gpu,
		     pvg_gpu_window(gpu, &to, copy.to_offset, copy.size_bytes, 4, PVG_GPU_WRITES,
			     &cmd->to))) != PVG_STEP_DONE ||
		(step = pvg_step_of(gpu,
			 pvg_gpu_window(gpu, &from, copy.from_offset, copy.size_bytes, 4,
				 PVG_GPU_READS, &cmd->from))) != PVG_STEP_DONE) {
		return step;
	}
	if (cmd->from.size_bytes != copy.size_bytes || cmd->to.size_bytes != copy.size_bytes) {
		cmd->from.size_bytes = cmd->to.size_bytes = copy.size_bytes;
	}
	gpu->encoders->window_tag++;
	pvg_encoder_see_writes(gpu);
	pvg_gpu_emit(&gpu->list, PVG_GPU_OP_COPY_BUFFER)->copy_buffer = cmd;
	return PVG_STEP_DONE;
}

static enum pvg_step fill_buffer(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes) {
	struct pvg_gpu_backing backing;
	struct pvg_gpu_span span;
	struct pvg_wire_fill fill;

	(void)pvg_wire_fill(info->opcode, payload, payload_bytes, &fill);
	enum pvg_step step =
		pvg_draw_buffer(gpu, context, "fill", fill.ref, fill.offset, fill.length, &backing);
	if (step != PVG_STEP_DONE || fill.length == 0) {
		return step;
	}
	if (info->opcode == 0x13f && (fill.offset % 4 != 0 || fill.length % 4 != 0)) {
		// Which byte of the pattern comes first there is not known.
		return refuse(gpu, &context->encoder, info, "a pattern at an odd place");
	}
	step = pvg_step_of(gpu,
		pvg_gpu_window(gpu, &backing, fill.offset, fill.length, 4, PVG_GPU_WRITES, &span));
	if (step != PVG_STEP_DONE) {
		return step;
	}
	span.size_bytes = fill.length;
	gpu->encoders->window_tag++;
	pvg_encoder_see_writes(gpu);
	struct pvg_gpu_cmd *cmd = pvg_gpu_emit(&gpu->list, PVG_GPU_OP_FILL_BUFFER);
	cmd->fill_buffer.span = span;
	cmd->fill_buffer.pattern = fill.pattern;
	return PVG_STEP_DONE;
}

static enum pvg_step synchronize(struct pvg_gpu *gpu, struct pvg_context *context, uint32_t ref) {
	pvg_encoder_see_writes(gpu);
	return pvg_step_of(gpu, pvg_gpu_synchronize(gpu, context->encoder.task, ref));
}

enum pvg_step pvg_blit_record(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes) {
	struct pvg_cursor c = pvg_cursor_init(payload, payload_bytes);

	switch (info->opcode) {
	case 0x12d:
		return copy_buffer(gpu, context, info, payload, payload_bytes);
	case 0x132:
	case 0x13f:
		return fill_buffer(gpu, context, info, payload, payload_bytes);
	case 0x13a:
	case 0x13b:
		return synchronize(gpu, context, pvg_rd32(&c));
	default:
		return PVG_STEP_DONE;
	}
}
