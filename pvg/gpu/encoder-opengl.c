// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Records 0x8a to 0x98 (spec 03 section 4.9). Nobody has captured their payloads: the arguments are
 * read in the order of the guest's calls, their bytes are logged once, and only what is plausible
 * has an effect. What equals Metal's own behaviour is done; the rest is refused by name.
 */
#include "encoder.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define FIRST 0x8au

static void log_raw(struct pvg_gpu *gpu, const struct pvg_record_info *info, const uint8_t *payload,
	uint32_t payload_bytes) {
	uint16_t bit = (uint16_t)(1u << (info->opcode - FIRST));
	char text[3 * 32 + 1] = "";

	if ((gpu->encoders->raw_logged & bit) != 0) {
		return;
	}
	gpu->encoders->raw_logged |= bit;
	for (uint32_t i = 0; i < payload_bytes && i < 32; i++) {
		(void)snprintf(text + (size_t)3 * i, 4, " %02x", payload[i]);
	}
	pvg_info("render record 0x%02x %s:%s", info->opcode, info->name, text);
}

static enum pvg_step unlike_metal(struct pvg_gpu *gpu, const struct pvg_encoder *encoder,
	const struct pvg_record_info *info) {
	return PVG_ENCODER_REFUSE(gpu, NOT_SUPPORTED,
		"task %" PRIu32 ": render record 0x%02x %s: Metal has nothing like it",
		encoder->task, info->opcode, info->name);
}

static enum pvg_step sampler_with_bias(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, struct pvg_cursor *c) {
	struct pvg_encoder_stage *stage =
		&context->stages[info->opcode == 0x8d ? PVG_GPU_VERTEX : PVG_GPU_FRAGMENT];
	uint32_t ref = pvg_rd32(c);
	float lod_min = pvg_rd_f32(c);
	float lod_max = pvg_rd_f32(c);
	float bias = pvg_rd_f32(c);
	uint32_t index = pvg_rd32(c);

	if (index >= PVG_GPU_SAMPLERS || !(lod_min <= lod_max)) {
		return PVG_ENCODER_REFUSE(gpu, BINDING, "task %" PRIu32 ": %s: slot %" PRIu32,
			context->encoder.task, info->name, index);
	}
	stage->samplers_ok &= ~(1u << index);
	if (ref == 0) {
		stage->samplers_bound &= ~(1u << index);
		return PVG_STEP_DONE;
	}
	stage->samplers_bound |= 1u << index;
	stage->samplers[index] = (struct pvg_slot_sampler){
		.ref = ref,
		.has_lod = true,
		.lod_min = lod_min,
		.lod_max = lod_max,
	};
	return bias == 0 ? PVG_STEP_DONE : unlike_metal(gpu, &context->encoder, info);
}

// The last ones said win, as with store actions.
static enum pvg_step resolve_texture(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	const struct pvg_record_info *info, struct pvg_cursor *c) {
	struct pvg_wire_target target = { .ref = pvg_rd32(c) };
	target.slice = pvg_rd16(c);
	target.plane = pvg_rd16(c);
	target.level = pvg_rd16(c);
	uint16_t y_inverted = pvg_rd16(c);
	uint32_t index = info->opcode == 0x96 ? pvg_rd32(c) : 0;
	struct pvg_wire_attachment *a = info->opcode == 0x97 ? &encoder->wire.depth
		: info->opcode == 0x98                       ? &encoder->wire.stencil
		: index < PVG_GPU_COLORS                     ? &encoder->wire.colors[index]
							     : NULL;

	if (y_inverted != 0) {
		return unlike_metal(gpu, encoder, info);
	}
	if (a == NULL || !encoder->described || encoder->begun) {
		return PVG_ENCODER_REFUSE(gpu, PASS, "task %" PRIu32 ": %s: attachment %" PRIu32,
			encoder->task, info->name, index);
	}
	a->resolve = target;
	return PVG_STEP_DONE;
}

enum pvg_step pvg_opengl_record(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes) {
	struct pvg_encoder *encoder = &context->encoder;
	struct pvg_cursor c = pvg_cursor_init(payload, payload_bytes);
	bool like_metal = false;

	log_raw(gpu, info, payload, payload_bytes);
	switch (info->opcode) {
	case 0x8b: // point size: the vertex function's, or 1
		like_metal = pvg_rd_f32(&c) == 1.0f;
		break;
	case 0x8d:
	case 0x8e:
		return sampler_with_bias(gpu, context, info, &c);
	case 0x8f: // viewport transform
		like_metal = pvg_rd32(&c) == 1;
		break;
	case 0x90: // provoking vertex: the first
		like_metal = pvg_rd32(&c) == 0;
		break;
	case 0x91: { // primitive restart: on, with the index type's largest value
		uint32_t enabled = pvg_rd32(&c);
		uint32_t index = pvg_rd32(&c);
		like_metal = enabled == 1 && (index == UINT16_MAX || index == UINT32_MAX);
		break;
	}
	case 0x92: { // fill modes of both faces
		uint16_t front = pvg_rd16(&c);
		uint16_t back = pvg_rd16(&c);
		like_metal = front == back && front <= 1;
		if (like_metal) {
			encoder->raster.fill = (uint8_t)front;
			encoder->raster_dirty = true;
		}
		break;
	}
	case 0x93: // transform feedback
		like_metal = pvg_rd32(&c) == 0;
		break;
	case 0x94: // depth and stencil have been cleared: a hint
	case 0x95:
		like_metal = true;
		break;
	case 0x96:
	case 0x97:
	case 0x98:
		return resolve_texture(gpu, encoder, info, &c);
	default: // 0x8a alpha test, 0x8c clip plane
		break;
	}
	return like_metal ? PVG_STEP_DONE : unlike_metal(gpu, encoder, info);
}
