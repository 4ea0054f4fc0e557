// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looking ahead: a packet that waits for one pipeline will want the others that it names. All of
 * them are begun at once (spec 03 section 9.1), so that the wait is that of the slowest.
 */
#include "core.h"
#include "encoder.h"
#include "gpu/memory.h"
#include "wire/cursor.h"

#define SEGMENT_HEADER_BYTES 8u
#define SET_RENDER_PIPELINE 0x74u
#define SET_COMPUTE_PIPELINE 0xd0u

bool pvg_gpu_take_ahead(struct pvg_gpu *gpu) {
	bool wants = gpu->encoders->wants_ahead;

	gpu->encoders->wants_ahead = false;
	return wants;
}

static void begin_pipeline(struct pvg_gpu *gpu, uint32_t task, uint8_t type, uint32_t opcode,
	uint32_t ref) {
	struct pvg_gpu_pipeline_state *state;

	if (ref != 0 && type == 0 && opcode == SET_RENDER_PIPELINE) {
		(void)pvg_gpu_render_pipeline(gpu, task, ref, &state);
	} else if (ref != 0 && type == 1 && opcode == SET_COMPUTE_PIPELINE) {
		(void)pvg_gpu_compute_pipeline(gpu, task, ref, &state);
	}
}

static void walk_records(struct pvg_gpu *gpu, uint32_t task, uint8_t type, const uint8_t *body,
	size_t bytes) {
	struct pvg_cursor c = pvg_cursor_init(body, bytes);

	while (pvg_cursor_left(&c) >= 12) {
		uint32_t opcode = pvg_rd32(&c);
		uint32_t length = pvg_rd32(&c);
		if (length < 8 || length - 8 > pvg_cursor_left(&c)) {
			return;
		}
		struct pvg_cursor payload = c;
		if (length == 12) {
			begin_pipeline(gpu, task, type, opcode, pvg_rd32(&payload));
		}
		pvg_rd_skip(&c, length - 8);
	}
}

void pvg_gpu_ahead(struct pvg_gpu *gpu, uint32_t task, const uint8_t *bytes, size_t size_bytes) {
	struct pvg_cursor c = pvg_cursor_init(bytes, size_bytes);

	while (pvg_cursor_left(&c) >= SEGMENT_HEADER_BYTES) {
		size_t left = pvg_cursor_left(&c);
		uint32_t length = pvg_rd32(&c);
		uint8_t type = pvg_rd8(&c);
		pvg_rd_skip(&c, 3);
		if (length < SEGMENT_HEADER_BYTES || length > left) {
			break;
		}
		const uint8_t *body = pvg_rd_bytes(&c, length - SEGMENT_HEADER_BYTES);
		if (body != NULL && type <= 1) {
			walk_records(gpu, task, type, body, length - SEGMENT_HEADER_BYTES);
		}
	}
}
