// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Patches (spec 03 section 4.2): the factors, the indices of patches and of control points.
 */
#include "encoder.h"

#include <inttypes.h>

#define CONTROL_POINTS_MAX 32u
#define FACTOR_BYTES 12u // of a quad, four edges and two inside as halves; triangles have eight
#define INDIRECT_BYTES 16u

static const char *patches_fault(const struct pvg_encoder *encoder,
	const struct pvg_wire_patches *p) {
	uint64_t product, end;

	if (p->control_points > CONTROL_POINTS_MAX) {
		return "too many control points";
	}
	if (!pvg_add(p->first, p->count, &end) || end > PVG_DRAW_COUNT_MAX ||
		p->instances > PVG_DRAW_COUNT_MAX || !pvg_mul(p->count, p->instances, &product) ||
		product > PVG_DRAW_PRODUCT_MAX || !pvg_add(p->base_instance, p->instances, &end) ||
		end > PVG_DRAW_COUNT_MAX) {
		return "counts out of range";
	}
	return encoder->factor_ref == 0 ? "no tessellation factors" : NULL;
}

// A window of indices, aligned to them; @size_bytes 0: all from @offset on.
static enum pvg_step indices(struct pvg_gpu *gpu, struct pvg_context *context, const char *what,
	uint32_t ref, uint64_t offset, uint64_t size_bytes, uint32_t index_bytes,
	struct pvg_gpu_span *span) {
	struct pvg_gpu_backing backing;
	enum pvg_step step =
		pvg_draw_buffer(gpu, context, what, ref, offset, size_bytes + 1, &backing);

	if (step != PVG_STEP_DONE) {
		return step;
	}
	if (offset % index_bytes != 0) {
		return PVG_ENCODER_REFUSE(gpu, DRAW, "task %" PRIu32 ": %s: offset %" PRIu64,
			context->encoder.task, what, offset);
	}
	return pvg_step_of(gpu,
		pvg_gpu_window(gpu, &backing, offset, size_bytes, 4, PVG_GPU_READS, span));
}

static enum pvg_step factors(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_wire_patches *p, bool gpu_counts, struct pvg_gpu_patches *patches) {
	const struct pvg_encoder *encoder = &context->encoder;
	struct pvg_gpu_backing backing;
	uint64_t bytes = 0;

	if (!gpu_counts) {
		uint64_t instances;
		bytes = (p->first + p->count) * FACTOR_BYTES;
		if (!pvg_mul(p->base_instance + p->instances - 1, encoder->factor_stride,
			    &instances) ||
			!pvg_add(bytes, instances, &bytes)) {
			bytes = UINT64_MAX;
		}
	}
	enum pvg_step step = pvg_draw_buffer(gpu, context, "tessellation factors",
		encoder->factor_ref, encoder->factor_offset, 1, &backing);
	if (step != PVG_STEP_DONE) {
		return step;
	}
	uint64_t left = backing.size_bytes - encoder->factor_offset;
	bytes = bytes == 0 || bytes > left ? left : bytes; // triangles take less than was added up
	patches->factor_instance_stride = encoder->factor_stride;
	patches->factor_scale = encoder->factor_scale;
	return pvg_step_of(gpu,
		pvg_gpu_window(gpu, &backing, encoder->factor_offset, bytes, 256, PVG_GPU_READS,
			&patches->factors));
}

static enum pvg_step indirect_arguments(struct pvg_gpu *gpu, struct pvg_context *context,
	struct pvg_wire_patches *p, struct pvg_gpu_span *indirect) {
	struct pvg_gpu_backing backing;
	uint32_t words[4] = { 0 };
	enum pvg_step step = pvg_draw_buffer(gpu, context, "indirect patches", p->indirect_ref,
		p->indirect_offset, INDIRECT_BYTES, &backing);

	if (step != PVG_STEP_DONE) {
		return step;
	}
	if (p->indirect_offset % 4 != 0) {
		return PVG_ENCODER_REFUSE(gpu, DRAW,
			"task %" PRIu32 ": indirect patches: arguments at %" PRIu64,
			context->encoder.task, p->indirect_offset);
	}
	switch (pvg_gpu_read_bytes(gpu, &backing, p->indirect_offset, words, sizeof(words))) {
	case PVG_GPU_FOUND:
		break;
	case PVG_GPU_MISSING:
		return PVG_STEP_DROP;
	case PVG_GPU_RETRY:
		return pvg_step_of(gpu,
			pvg_gpu_window(gpu, &backing, p->indirect_offset, INDIRECT_BYTES, 4,
				PVG_GPU_READS, indirect));
	}
	p->count = words[0];
	p->instances = words[1];
	p->first = words[2];
	p->base_instance = words[3];
	return PVG_STEP_DONE;
}

static enum pvg_step emit_patches(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_wire_patches *p, const struct pvg_gpu_span *indirect) {
	bool gpu_counts = indirect->buffer != NULL;
	uint8_t index_type = context->encoder.pipeline->render.tessellation.control_point_index;
	const struct pvg_draw_kind kind = { .primitive = 3, // triangles
		.control_points = (uint8_t)p->control_points,
		.patch_indices = p->patch_ref != 0 };
	enum pvg_step step = pvg_draw_prepare(gpu, context, &kind);
	if (step != PVG_STEP_DONE) {
		return step;
	}
	struct pvg_gpu_patches *patches = pvg_gpu_alloc(&gpu->list, sizeof(*patches));
	patches->first = (uint32_t)p->first;
	patches->count = (uint32_t)p->count;
	patches->instances = (uint32_t)p->instances;
	patches->base_instance = (uint32_t)p->base_instance;
	patches->control_points = p->control_points;
	patches->indirect = *indirect;
	step = factors(gpu, context, p, gpu_counts, patches);
	if (step == PVG_STEP_DONE && p->patch_ref != 0) {
		step = indices(gpu, context, "patch indices", p->patch_ref, p->patch_offset,
			gpu_counts ? 0 : (p->first + p->count) * 4 - 1, 4, &patches->patch_indices);
	}
	if (step == PVG_STEP_DONE && p->indexed) {
		step = indices(gpu, context, "control point indices", p->index_ref, p->index_offset,
			0, index_type == 2 ? 4 : 2, &patches->control_point_indices);
	}
	struct pvg_vertex_range range = {
		.known = !gpu_counts && !p->indexed && p->patch_ref == 0,
		.instances = p->base_instance + p->instances,
		.patches = p->first + p->count,
		.control_points = (p->first + p->count) * p->control_points,
	};
	if (step == PVG_STEP_DONE) {
		step = pvg_draw_inputs(gpu, context, &range);
	}
	if (step != PVG_STEP_DONE) {
		return step;
	}
	pvg_gpu_emit(&context->pass.commands, PVG_GPU_OP_PATCHES)->patches = patches;
	pvg_feedback_drawn(gpu, context);
	return PVG_STEP_DONE;
}

static enum pvg_step patches_once(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes) {
	struct pvg_encoder *encoder = &context->encoder;
	struct pvg_gpu_span indirect = { 0 };
	struct pvg_wire_patches p;
	enum pvg_step step = PVG_STEP_DONE;

	(void)pvg_wire_patches(info->opcode, payload, payload_bytes, &p);
	if (!gpu->renderer->caps.tessellation) {
		return PVG_ENCODER_REFUSE(gpu, NOT_SUPPORTED,
			"task %" PRIu32 ": %s: this GPU does not tessellate", encoder->task,
			info->name);
	}
	if (p.indirect) {
		step = indirect_arguments(gpu, context, &p, &indirect);
		if (step != PVG_STEP_DONE) {
			return step;
		}
	}
	const char *why = patches_fault(encoder, &p);
	if (why == NULL) {
		if (indirect.buffer == NULL && (p.count == 0 || p.instances == 0)) {
			return PVG_STEP_DONE;
		}
		// Known only once the functions are translated.
		step = pvg_state_ready(gpu, context);
		if (step != PVG_STEP_DONE) {
			return step;
		}
		bool indexed = encoder->pipeline->render.tessellation.control_point_index != 0;
		why = !encoder->info->tessellates ? "its pipeline does not tessellate"
			: p.indexed && !indexed
			? "control points by index, without a type of them in the pipeline"
			: !p.indexed && indexed ? "its pipeline wants control points by index"
						: NULL;
	}
	if (why != NULL) {
		return PVG_ENCODER_REFUSE(gpu, DRAW, "task %" PRIu32 ": %s: %s", encoder->task,
			info->name, why);
	}
	return emit_patches(gpu, context, &p, &indirect);
}

enum pvg_step pvg_patch_record(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes) {
	return context->encoder.two_fills
		? pvg_opengl_two_fills(gpu, context, info, payload, payload_bytes, patches_once)
		: patches_once(gpu, context, info, payload, payload_bytes);
}
