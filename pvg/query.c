// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Questions that the guest waits for: packets 0x3b and 0x40, the info segment, and 0xa4 (spec 02
 * section 5). An answer that cannot be exact is a safe one; nothing is left unanswered while there
 * is room for it, because the guest reads the reply in any case.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "exec-private.h"
#include "gpu/gpu-private.h"
#include "wire/texture.h"

#define KEY_MAX_TOTAL_THREADS 29
#define MAX_TOTAL_THREADS_FALLBACK 1024
#define THREAD_EXECUTION_WIDTH 32 // never 0: guests divide by it
#define TILE_EDGE 32
#define RATE_MAP_LAYERS_MAX 16
#define MAP_REPLY_BYTES_MAX 4096
#define TEXTURE_HUGE (UINT64_C(1) << 40) // no heap holds it

enum {
	COMPUTE_KEY_MAX_TOTAL_THREADS = 1,
	COMPUTE_KEY_EXECUTION_WIDTH = 3,
	COMPUTE_KEY_STATIC_MEMORY = 4,
};

static void put16(uint8_t *at, uint16_t value) {
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *at, uint32_t value) {
	put16(at, (uint16_t)value);
	put16(at + 2, (uint16_t)(value >> 16));
}

static void put64(uint8_t *at, uint64_t value) {
	put32(at, (uint32_t)value);
	put32(at + 4, (uint32_t)(value >> 32));
}

struct kernel_limits {
	uint32_t max_threads, execution_width, static_bytes;
};

// The host's, for kernels that are not known.
static struct kernel_limits host_limits(const struct pvg_device *device) {
	const struct pvg_device_info *info = &device->config.info;
	uint32_t value = info->value[KEY_MAX_TOTAL_THREADS];
	struct kernel_limits limits = {
		.max_threads = info->present[KEY_MAX_TOTAL_THREADS] && value != 0
			? value
			: MAX_TOTAL_THREADS_FALLBACK,
		.execution_width = THREAD_EXECUTION_WIDTH,
	};
	if (device->gpu != NULL) {
		uint32_t most = pvg_gpu_renderer(device->gpu)->caps.max_threads;
		limits.max_threads = most < limits.max_threads ? most : limits.max_threads;
	}
	return limits;
}

/*
 * Of a compute pipeline, once it is translated: its creation waits for this answer. PVG_RETRY: the
 * packet is held meanwhile. What cannot be built answers as the host.
 */
static enum pvg_verdict kernel_limits(struct pvg_device *device, uint32_t task, uint32_t ref,
	struct kernel_limits *limits) {
	struct pvg_gpu_pipeline_state *state = NULL;
	const char *why = "";
	*limits = host_limits(device);
	if (device->gpu == NULL || ref == 0) {
		return PVG_DONE;
	}
	enum pvg_gpu_found found = pvg_gpu_compute_pipeline(device->gpu, task, ref, &state);
	struct pvg_renderer *renderer = pvg_gpu_renderer(device->gpu);
	enum pvg_gpu_status status = found == PVG_GPU_FOUND
		? renderer->ops->pipeline_status(renderer, state->pipeline, &why)
		: PVG_GPU_FAILED;
	if (found == PVG_GPU_RETRY || status == PVG_GPU_PENDING) {
		pvg_gpu_hold(device->gpu);
		return PVG_RETRY;
	}
	if (status == PVG_GPU_READY) {
		const struct pvg_gpu_pipeline_info *info =
			renderer->ops->pipeline_info(renderer, state->pipeline);
		if (info->max_threads != 0 && info->max_threads < limits->max_threads) {
			limits->max_threads = info->max_threads;
		}
		if (info->execution_width != 0) { // never 0: guests divide by it
			limits->execution_width = info->execution_width;
		}
		limits->static_bytes = info->static_threadgroup_bytes;
	}
	return PVG_DONE;
}

// Writes a reply at a task's address; refuses by QUERY what cannot be written.
static enum pvg_verdict reply_write(struct pvg_device *device, uint32_t task, uint64_t gva,
	const uint8_t *reply, size_t size_bytes, const char *what) {
	enum pvg_access access = pvg_task_write(device, task, gva, reply, size_bytes);
	if (access == PVG_ACCESS_RETRY) {
		return PVG_RETRY;
	}
	if (access != PVG_ACCESS_OK) {
		PVG_REFUSE(device, QUERY,
			"task %" PRIu32 ": %s: reply of %zu bytes at 0x%" PRIx64 " is not writable",
			task, what, size_bytes, gva);
	}
	return PVG_DONE;
}

/* ---- packets --------------------------------------------------------------------------------- */

enum pvg_verdict pvg_op_compute_info(struct pvg_device *device, const struct pvg_packet *packet) {
	struct pvg_cursor c = pvg_cursor_init(packet->payload, packet->payload_size);
	uint32_t task = pvg_rd32(&c);
	uint32_t pipeline = pvg_rd32(&c);
	uint32_t key_limit = pvg_rd32(&c);
	uint32_t room = pvg_rd32(&c);
	uint64_t gva = pvg_rd64(&c);
	if (c.failed) {
		return PVG_DONE;
	}
	if (pvg_task_get(device, task, "compute info") == NULL) {
		return PVG_DONE;
	}
	struct kernel_limits limits;
	if (kernel_limits(device, task, pipeline, &limits) == PVG_RETRY) {
		return PVG_RETRY;
	}
	// Key 2, indirect command buffers, is left out: absent reads 0.
	const uint32_t answers[][2] = {
		{ COMPUTE_KEY_MAX_TOTAL_THREADS, limits.max_threads },
		{ COMPUTE_KEY_EXECUTION_WIDTH, limits.execution_width },
		{ COMPUTE_KEY_STATIC_MEMORY, limits.static_bytes },
	};
	uint8_t reply[8 * (sizeof(answers) / sizeof(answers[0]) + 1)] = { 0 };
	size_t pairs = 0;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (answers[i][0] < key_limit && pairs < room) {
			put32(reply + 8 * pairs, answers[i][0]);
			put32(reply + 8 * pairs + 4, answers[i][1]);
			pairs++;
		}
	}
	if (pairs < room) { // a pair of zeros ends the list
		pairs++;
	}
	if (pairs == 0) {
		PVG_REFUSE(device, QUERY, "task %" PRIu32 ": compute info: no room for a pair",
			task);
		return PVG_DONE;
	}
	return reply_write(device, task, gva, reply, 8 * pairs, "compute info");
}

static void texture_reply(struct pvg_device *device, uint32_t task,
	const struct pvg_texture_desc *desc, uint8_t reply[16]) {
	const char *why = pvg_texture_check(desc);
	uint64_t size = TEXTURE_HUGE;
	uint64_t align = 65536;
	if (why == NULL && !pvg_texture_size(desc, &size)) {
		why = "size does not fit 64 bits";
		size = TEXTURE_HUGE;
	}
	if (why != NULL) {
		// Larger than any heap, so that the guest's own check fails instead of a later one
		// of ours.
		PVG_REFUSE(device, QUERY,
			"task %" PRIu32 ": heap texture %" PRIu32 "x%" PRIu32 "x%" PRIu32
			" format %u: %s",
			task, desc->width, desc->height, desc->depth, desc->format, why);
	} else {
		align = desc->samples > 1 ? 65536 : size < 65536 ? 256 : 4096;
		size = (size + align - 1) & ~(align - 1);
	}
	put64(reply, size);
	put64(reply + 8, align);
}

enum pvg_verdict pvg_op_heap_size(struct pvg_device *device, const struct pvg_packet *packet) {
	struct pvg_cursor c = pvg_cursor_init(packet->payload, packet->payload_size);
	uint32_t task = pvg_rd32(&c);
	uint64_t gva = pvg_rd64(&c);
	uint64_t reply_bytes = pvg_rd64(&c);
	uint32_t record_bytes = pvg_rd32(&c);
	if (c.failed) {
		return PVG_DONE;
	}
	if (pvg_task_get(device, task, "heap texture size") == NULL) {
		return PVG_DONE;
	}
	if (reply_bytes < 16) {
		PVG_REFUSE(device, QUERY,
			"task %" PRIu32 ": heap texture size: %" PRIu64 " bytes of room", task,
			reply_bytes);
		return PVG_DONE;
	}
	// An unreadable record leaves the description empty, which is answered as too large.
	struct pvg_texture_desc desc = { 0 };
	const struct pvg_record_info *info = pvg_record_find(PVG_SPACE_OBJECT, 0x16);
	uint32_t opcode = pvg_rd32(&c);
	uint32_t length = pvg_rd32(&c);
	if (opcode == info->opcode && length == info->length && record_bytes == info->length) {
		pvg_texture_read_narrow(&c, &desc);
	}
	if (c.failed) {
		desc = (struct pvg_texture_desc){ 0 };
	}
	uint8_t reply[16];
	texture_reply(device, task, &desc, reply);
	return reply_write(device, task, gva, reply, sizeof(reply), "heap texture size");
}

/* ---- records --------------------------------------------------------------------------------- */

struct question {
	uint32_t buffer_ref;
	uint64_t offset_bytes;
	uint8_t reply[MAP_REPLY_BYTES_MAX];
	size_t reply_bytes;
	uint32_t object_ref; // what is asked about
	bool optional; // the reply's size is not known: only into a buffer with room
};

// Into (buffer, offset), never past its end.
static enum pvg_verdict question_reply(struct pvg_device *device, uint32_t task,
	const struct pvg_record_info *info, const struct question *question) {
	enum pvg_access access = PVG_ACCESS_UNMAPPED;
	const struct pvg_object *object = pvg_object_lookup(device, task, question->buffer_ref,
		1u << PVG_OBJECT_BUFFER, &access);
	if (object == NULL) {
		if (access == PVG_ACCESS_RETRY) {
			return PVG_RETRY;
		}
		if (access == PVG_ACCESS_UNMAPPED) {
			PVG_REFUSE(device, QUERY, "task %" PRIu32 ": %s: no reply buffer %" PRIu32,
				task, info->name, question->buffer_ref);
		}
		return PVG_DONE;
	}
	struct pvg_cursor c = pvg_cursor_init(object->descriptor, object->size_bytes);
	uint64_t buffer_bytes = pvg_rd64(&c);
	uint64_t gva = (pvg_rd64(&c) & UINT32_MAX) << device->config.page_shift;
	uint64_t end;
	if (c.failed || gva == 0 || !pvg_add(question->offset_bytes, question->reply_bytes, &end) ||
		end > buffer_bytes || !pvg_add(gva, end, &end)) {
		if (!question->optional) {
			PVG_REFUSE(device, QUERY,
				"task %" PRIu32 ": %s: %zu bytes at %" PRIu64
				" do not fit reply buffer %" PRIu32 " of %" PRIu64,
				task, info->name, question->reply_bytes, question->offset_bytes,
				question->buffer_ref, buffer_bytes);
		}
		return PVG_DONE;
	}
	return reply_write(device, task, gva + question->offset_bytes, question->reply,
		question->reply_bytes, info->name);
}

static void question_target(struct question *question, struct pvg_cursor *c) {
	question->buffer_ref = pvg_rd32(c);
	question->offset_bytes = pvg_rd64(c);
}

// Layouts and reply sizes: spec 02 section 5.1. False for a reply that is larger than any real one.
static bool question_parse(struct pvg_device *device, uint32_t task,
	const struct pvg_record_info *info, struct pvg_cursor *c, struct question *question) {
	struct pvg_texture_desc desc;
	switch (info->opcode) {
	case 0xa4: // get tile dimensions, a render record
		question_target(question, c);
		put16(question->reply, TILE_EDGE);
		put16(question->reply + 2, TILE_EDGE);
		question->reply_bytes = 4;
		return true;
	case 0x1c2:
		question->object_ref = pvg_rd32(c);
		question_target(question, c);
		question->reply_bytes = 28;
		return true;
	case 0x1c9:
		question->object_ref = pvg_rd32(c);
		question_target(question, c);
		put32(question->reply, host_limits(device).max_threads);
		question->reply_bytes = 12;
		return true;
	case 0x1c3:
		pvg_texture_read_narrow(c, &desc);
		question_target(question, c);
		texture_reply(device, task, &desc, question->reply);
		question->reply_bytes = 16;
		return true;
	case 0x1d5:
		pvg_texture_read_wide(c, &desc);
		question_target(question, c);
		texture_reply(device, task, &desc, question->reply);
		question->reply_bytes = 16;
		return true;
	case 0x1c4:
		pvg_rd_skip(c, 4);
		question_target(question, c);
		question->reply_bytes = pvg_rd32(c);
		return question->reply_bytes >= 20 &&
			question->reply_bytes <= 20 + 4 * RATE_MAP_LAYERS_MAX;
	case 0x1c6:
	case 0x1c7:
		pvg_rd_skip(c, 4);
		question_target(question, c);
		question->reply_bytes = 8;
		return true;
	case 0x1c8: {
		pvg_rd_skip(c, 4);
		question_target(question, c);
		pvg_rd_skip(c, 8);
		uint64_t bytes = (uint64_t)pvg_rd32(c) * 8;
		question->reply_bytes = (size_t)bytes;
		return bytes <= MAP_REPLY_BYTES_MAX;
	}
	case 0x1ca:
	case 0x1cb:
		question->object_ref = pvg_rd32(c);
		pvg_rd_skip(c, 24);
		question_target(question, c);
		question->reply_bytes = 4;
		return true;
	case 0x1cc:
		question->object_ref = pvg_rd32(c);
		pvg_rd_skip(c, 4);
		question_target(question, c);
		put32(question->reply, question->object_ref); // 0 would be no resource
		question->reply_bytes = 8;
		return true;
	case 0x1cd:
	case 0x1cf:
		question->object_ref = pvg_rd32(c);
		question_target(question, c);
		question->reply_bytes = 8;
		return true;
	case 0x1ce:
	case 0x1d0:
	case 0x1d1:
		question->object_ref = pvg_rd32(c);
		question_target(question, c);
		question->reply_bytes = 16;
		return true;
	case 0x1d2:
	case 0x1d3:
	case 0x1d4:
		question->object_ref = pvg_rd32(c);
		question_target(question, c);
		question->reply_bytes = 16;
		question->optional = true;
		return true;
	}
	return false;
}

// Types of what a question is about, 0: nothing that has a slot.
static uint32_t question_types(uint16_t opcode) {
	const uint32_t textures = 1u << PVG_OBJECT_TEXTURE_2 | 1u << PVG_OBJECT_TEXTURE_3 |
		1u << PVG_OBJECT_SURFACE | 1u << PVG_OBJECT_SURFACE_TEXTURE |
		1u << PVG_OBJECT_DERIVED_TEXTURE | 1u << PVG_OBJECT_MEMORYLESS |
		1u << PVG_OBJECT_MAPPER_TEXTURE;

	switch (opcode) {
	case 0x1c2:
	case 0x1c9:
	case 0x1ca:
	case 0x1cb:
	case 0x1d0:
	case 0x1d1:
	case 0x1d2:
	case 0x1d3:
	case 0x1d4:
		return 1u << PVG_OBJECT_STATE;
	case 0x1cc:
		return UINT32_MAX;
	case 0x1cd:
		return 1u << PVG_OBJECT_BUFFER;
	case 0x1ce:
		return textures;
	default:
		return 0;
	}
}

/*
 * Is what is asked about there? If it is not, that is said, and the answer is given all the same:
 * the guest reads the reply in any case, and divides by a part of it.
 */
static enum pvg_verdict question_check(struct pvg_device *device, uint32_t task,
	const struct pvg_record_info *info, struct question *question) {
	uint32_t types = question_types(info->opcode);
	enum pvg_access access;

	if (types == 0 ||
		pvg_object_lookup(device, task, question->object_ref, types, &access) != NULL) {
		return PVG_DONE;
	}
	if (access == PVG_ACCESS_RETRY) {
		return PVG_RETRY;
	}
	if (access == PVG_ACCESS_UNMAPPED) { // others are refused already
		PVG_REFUSE(device, QUERY, "task %" PRIu32 ": %s: no object %" PRIu32, task,
			info->name, question->object_ref);
	}
	question->object_ref = 0;
	return PVG_DONE;
}

enum pvg_verdict pvg_query_record(struct pvg_device *device, uint32_t task,
	const struct pvg_record_info *info, const uint8_t *payload, size_t payload_bytes) {
	struct pvg_cursor c = pvg_cursor_init(payload, payload_bytes);
	struct question question = { 0 };
	if (!question_parse(device, task, info, &c, &question) || c.failed) {
		PVG_REFUSE(device, QUERY, "task %" PRIu32 ": %s: reply of %zu bytes", task,
			info->name, question.reply_bytes);
		return PVG_DONE;
	}
	if (question.reply_bytes == 0) {
		return PVG_DONE;
	}
	if (question_check(device, task, info, &question) == PVG_RETRY) {
		return PVG_RETRY;
	}
	if (info->opcode == 0x1c2) {
		struct kernel_limits limits;
		if (kernel_limits(device, task, question.object_ref, &limits) == PVG_RETRY) {
			return PVG_RETRY;
		}
		put64(question.reply, limits.max_threads);
		put64(question.reply + 8, limits.execution_width);
		put64(question.reply + 16, limits.static_bytes);
	}
	return question_reply(device, task, info, &question);
}
