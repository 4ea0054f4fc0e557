// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Records 0x8a to 0x98 (spec 03 section 4.9): what a guest's OpenGL over Metal asks of its encoder
 * and Metal has no public call for. Their layouts are inferred (wire/opengl.c has them), so the
 * first payload of each is logged as it came. A value is done when it is one of those that such a
 * call can be given, and refused by name else, with the state as it was.
 */
#include "encoder.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "wire/opengl.h"

static void log_raw(struct pvg_gpu *gpu, const struct pvg_record_info *info, const uint8_t *payload,
	uint32_t payload_bytes) {
	uint16_t bit = (uint16_t)(1u << (info->opcode - PVG_WIRE_OPENGL_FIRST));
	char text[3 * 32 + 1] = "";

	if ((gpu->encoders->raw_logged & bit) != 0) {
		return;
	}
	gpu->encoders->raw_logged |= bit;
	for (uint32_t i = 0; i < payload_bytes && i < 32; i++) {
		(void)snprintf(text + (size_t)3 * i, 4, " %02x", payload[i]);
	}
	pvg_info("render record 0x%02x %s, layout inferred:%s", info->opcode, info->name, text);
}

static enum pvg_step refuse(struct pvg_gpu *gpu, const struct pvg_encoder *encoder,
	const struct pvg_record_info *info, const char *what, uint32_t value) {
	return PVG_ENCODER_REFUSE(gpu, STATE, "task %" PRIu32 ": %s: %s 0x%" PRIx32, encoder->task,
		info->name, what, value);
}

/* ---- state of the encoder -------------------------------------------------------------------- */

static void restart_defaults(struct pvg_encoder *encoder) {
	encoder->restart_types = 1u << 2 | 1u << 4; // strips
	encoder->restart_index[0] = UINT16_MAX;
	encoder->restart_index[1] = UINT32_MAX;
}

void pvg_opengl_defaults(struct pvg_encoder *encoder) {
	encoder->two_fills = false;
	encoder->has_opengl = false;
	encoder->opengl = (struct pvg_gpu_opengl){ 0 };
	restart_defaults(encoder);
}

// .opengl has changed: the program may be another one, and the renderer is told.
static enum pvg_step changed(struct pvg_encoder *encoder) {
	static const struct pvg_gpu_opengl none;

	encoder->has_opengl = memcmp(&encoder->opengl, &none, sizeof(none)) != 0;
	encoder->program = NULL;
	encoder->raster_dirty = true;
	return PVG_STEP_DONE;
}

void pvg_opengl_emit(struct pvg_gpu *gpu, struct pvg_context *context) {
	static const struct pvg_gpu_opengl none;
	const struct pvg_encoder *encoder = &context->encoder;
	const struct pvg_gpu_opengl *last =
		context->emitted_any_opengl ? &context->emitted_opengl : &none;

	if (memcmp(&encoder->opengl, last, sizeof(*last)) == 0) {
		return;
	}
	context->emitted_opengl = encoder->opengl;
	context->emitted_any_opengl = encoder->has_opengl;
	struct pvg_gpu_cmd *cmd = pvg_gpu_emit(&context->pass.commands, PVG_GPU_OP_OPENGL);
	if (encoder->has_opengl) {
		struct pvg_gpu_opengl *copy = pvg_gpu_alloc(&gpu->list, sizeof(*copy));
		*copy = encoder->opengl;
		cmd->opengl = copy;
	}
}

/* ---- two fill modes -------------------------------------------------------------------------- */

static enum pvg_step fill_modes(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	const struct pvg_record_info *info, uint32_t front, uint32_t back) {
	if (front > 1 || back > 1) {
		return refuse(gpu, encoder, info, "mode", front > 1 ? front : back);
	}
	encoder->two_fills = front != back;
	encoder->fills[0] = (uint8_t)front;
	encoder->fills[1] = (uint8_t)back;
	encoder->raster.fill = front == back ? (uint8_t)front : 0;
	encoder->raster_dirty = true;
	return PVG_STEP_DONE;
}

// Points and lines have no sides.
static bool has_sides(const struct pvg_record_info *info, const uint8_t *payload,
	uint32_t payload_bytes) {
	struct pvg_wire_draw d;

	if (info->action != PVG_RECORD_DRAW) {
		return true;
	}
	(void)pvg_wire_draw(info->opcode, payload, payload_bytes, &d);
	return d.primitive > 2;
}

/*
 * What can be seen of each side is drawn by itself, front faces first. PAUSE does not happen in
 * draws, and a list that is held begins anew: neither half is drawn twice.
 */
enum pvg_step pvg_opengl_two_fills(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes,
	pvg_draw_function draw) {
	struct pvg_encoder *encoder = &context->encoder;
	const uint8_t cull = encoder->raster.cull, fill = encoder->raster.fill;
	enum pvg_step step = PVG_STEP_DONE;

	if (!has_sides(info, payload, payload_bytes)) {
		return draw(gpu, context, info, payload, payload_bytes);
	}
	for (uint8_t side = 0; side < 2 && step == PVG_STEP_DONE; side++) {
		if (cull == side + 1) { // MTLCullMode: 1 front, 2 back
			continue;
		}
		encoder->raster.cull = side == 0 ? 2 : 1;
		encoder->raster.fill = encoder->fills[side];
		encoder->raster_dirty = true;
		step = draw(gpu, context, info, payload, payload_bytes);
	}
	encoder->raster.cull = cull;
	encoder->raster.fill = fill;
	encoder->raster_dirty = true;
	return step;
}

/* ---- records --------------------------------------------------------------------------------- */

static enum pvg_step point_size(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	const struct pvg_record_info *info, const struct pvg_wire_opengl *a) {
	if (!isfinite(a->f[0]) || a->f[0] <= 0) {
		return refuse(gpu, encoder, info, "size", a->u[0]);
	}
	encoder->opengl.point_size = a->f[0] == 1 ? 0 : a->f[0];
	return changed(encoder);
}

static enum pvg_step alpha_reference(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	const struct pvg_record_info *info, const struct pvg_wire_opengl *a) {
	if (!isfinite(a->f[0])) {
		return refuse(gpu, encoder, info, "reference", a->u[0]);
	}
	encoder->opengl.alpha_reference = a->f[0] + 0.0f; // one zero alone
	return changed(encoder);
}

// A plane of zeros is off: every point is on it.
static enum pvg_step clip_plane(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	const struct pvg_record_info *info, const struct pvg_wire_opengl *a) {
	struct pvg_gpu_opengl *gl = &encoder->opengl;
	uint32_t index = a->u[4];
	bool on = false;

	if (index >= PVG_GPU_CLIP_PLANES) {
		return refuse(gpu, encoder, info, "plane", index);
	}
	for (unsigned int i = 0; i < 4; i++) {
		if (!isfinite(a->f[i])) {
			return refuse(gpu, encoder, info, "number", a->u[i]);
		}
		on = on || a->f[i] != 0;
	}
	for (unsigned int i = 0; i < 4; i++) {
		gl->planes[index][i] = on ? a->f[i] : 0;
	}
	gl->clip_planes = (uint8_t)((gl->clip_planes & ~(1u << index)) | (uint32_t)on << index);
	return changed(encoder);
}

static enum pvg_step sampler_with_bias(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const struct pvg_wire_opengl *a) {
	enum pvg_gpu_stage which = info->opcode == 0x8d ? PVG_GPU_VERTEX : PVG_GPU_FRAGMENT;
	struct pvg_encoder_stage *stage = &context->stages[which];
	float lod_min = a->f[1], lod_max = a->f[2], bias = a->f[3];
	uint32_t index = a->u[4];

	if (index >= PVG_GPU_SAMPLERS || !(lod_min <= lod_max) || !isfinite(bias)) {
		return PVG_ENCODER_REFUSE(gpu, BINDING, "task %" PRIu32 ": %s: slot %" PRIu32,
			context->encoder.task, info->name, index);
	}
	uint32_t bit = 1u << index;
	stage->samplers_ok &= ~bit;
	if (a->u[0] == 0) {
		stage->samplers_bound &= ~bit;
		return PVG_STEP_DONE;
	}
	stage->samplers_bound |= bit;
	stage->samplers[index] = (struct pvg_slot_sampler){
		.ref = a->u[0],
		.has_lod = true,
		.lod_min = lod_min,
		.lod_max = lod_max,
		.lod_bias = bias,
	};
	// It stays: what is bound there later has a bias of 0.
	uint16_t *biased = &context->encoder.opengl.biased_samplers[which];
	if (bias == 0 || (*biased & bit) != 0) {
		return PVG_STEP_DONE;
	}
	*biased |= (uint16_t)bit;
	return changed(&context->encoder);
}

static enum pvg_step primitive_restart(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	const struct pvg_record_info *info, const struct pvg_wire_opengl *a) {
	uint32_t enabled = a->u[0], index = a->u[1];

	if (enabled > 1) {
		return refuse(gpu, encoder, info, "flag", enabled);
	}
	encoder->opengl.restart = enabled == 0 ? PVG_GPU_RESTART_NEVER
		: index == UINT32_MAX          ? PVG_GPU_RESTART_LARGEST
					       : PVG_GPU_RESTART_INDEX;
	encoder->opengl.restart_index = enabled == 0 || index == UINT32_MAX ? 0 : index;
	restart_defaults(encoder);
	encoder->restart_types = enabled == 0 ? 0 : 31;
	if (encoder->opengl.restart == PVG_GPU_RESTART_INDEX) {
		encoder->restart_index[0] = encoder->restart_index[1] = index;
	}
	return changed(encoder);
}

// 0 off, 1 on; @value is what 1 does.
static enum pvg_step flag(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	const struct pvg_record_info *info, uint32_t value, bool inverted, uint8_t *out) {
	if (value > 1) {
		return refuse(gpu, encoder, info, "value", value);
	}
	*out = (uint8_t)(inverted ? 1 - value : value);
	return changed(encoder);
}

// The last one said wins, as with store actions.
static enum pvg_step resolve_texture(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const struct pvg_wire_opengl *a) {
	const struct pvg_wire_target target = {
		.ref = a->u[0],
		.slice = (uint16_t)a->u[1],
		.plane = (uint16_t)a->u[2],
		.level = (uint16_t)a->u[3],
	};
	uint32_t inverted = a->u[4];
	uint32_t color = info->opcode == 0x96 ? a->u[5] : 0;
	unsigned int index = info->opcode == 0x97 ? PVG_TARGET_DEPTH
		: info->opcode == 0x98            ? PVG_TARGET_STENCIL
						  : color;

	if (inverted > 1) {
		return refuse(gpu, &context->encoder, info, "flag", inverted);
	}
	if (color >= PVG_GPU_COLORS || !context->encoder.described) {
		return PVG_ENCODER_REFUSE(gpu, PASS, "task %" PRIu32 ": %s: attachment %" PRIu32,
			context->encoder.task, info->name, color);
	}
	return pvg_pass_resolve(gpu, context, index, &target, inverted != 0);
}

enum pvg_step pvg_opengl_record(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes) {
	struct pvg_encoder *encoder = &context->encoder;
	struct pvg_gpu_opengl *gl = &encoder->opengl;
	struct pvg_wire_opengl a;

	log_raw(gpu, info, payload, payload_bytes);
	if (!pvg_wire_opengl(info->opcode, payload, payload_bytes, &a)) {
		return refuse(gpu, encoder, info, "length", payload_bytes);
	}
	switch (info->opcode) {
	case 0x8a:
		return alpha_reference(gpu, encoder, info, &a);
	case 0x8b:
		return point_size(gpu, encoder, info, &a);
	case 0x8c:
		return clip_plane(gpu, encoder, info, &a);
	case 0x8d:
	case 0x8e:
		return sampler_with_bias(gpu, context, info, &a);
	case 0x8f:
		return flag(gpu, encoder, info, a.u[0], true, &gl->window);
	case 0x90:
		return flag(gpu, encoder, info, a.u[0], false, &gl->last_vertex);
	case 0x91:
		return primitive_restart(gpu, encoder, info, &a);
	case 0x92:
		return fill_modes(gpu, encoder, info, a.u[0], a.u[1]);
	case 0x93: // nothing names buffers to write to: 0 is the only value with a meaning
		return a.u[0] == 0
			? PVG_STEP_DONE
			: PVG_ENCODER_REFUSE(gpu, NOT_SUPPORTED, "task %" PRIu32 ": %s: %" PRIu32,
				  encoder->task, info->name, a.u[0]);
	case 0x96:
	case 0x97:
	case 0x98:
		return resolve_texture(gpu, context, info, &a);
	default: // 0x94, 0x95: depth and stencil have been cleared, a hint
		return PVG_STEP_DONE;
	}
}
