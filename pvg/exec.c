// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CmdExecIndirect2 (0x37): the resource table, then the command buffers, cut into segments and
 * records (spec 02 section 1). Whatever is refused, the packet is acknowledged.
 *
 * Everything runs on a private copy of a command buffer: the guest may rewrite the original.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "exec-private.h"

#define CMDBUFS_MAX 4096                      // of a packet, spec 02 section 8.1
#define CMDBUF_BYTES_MAX (UINT64_C(64) << 20) // spec 02 section 1.2
#define BUDGET_NS (4 * INT64_C(1000000)) // of a turn, spec 01 section 7.3
#define RECORDS_MAX (UINT32_C(1) << 20) // of a command buffer, spec 02 section 8.1
#define FETCH_BYTES (UINT32_C(256) << 10)
#define KEEP_BYTES (UINT32_C(1) << 20) // a larger copy is freed after its packet

enum segment_type {
	SEGMENT_RENDER = 0,
	SEGMENT_COMPUTE = 1,
	SEGMENT_BLIT = 2,
	SEGMENT_EVENT = 3,
	SEGMENT_INFO = 4,
	SEGMENT_PROTECTION = 5,
	SEGMENT_TYPES_MAX,
};

struct segment {
	uint64_t length_bytes; // to the next one
	uint8_t type;
	bool continues_previous, continues_next;
};

struct walk {
	struct pvg_exec *exec;
	struct pvg_device *device;
	uint32_t task;
	uint32_t open_encoder; // segment type, or PVG_ENCODER_NONE
	uint32_t records;      // of this command buffer
};

// Single writer: cheaper than an atomic addition.
static void count_up(_Atomic uint64_t *counter) {
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
		memory_order_relaxed);
}

/* ---- records --------------------------------------------------------------------------------- */

// Never waits: the signal may be behind the wait on the same channel (spec 01 section 5.4).
static bool event_record(struct walk *walk, const struct pvg_record_info *info,
	const uint8_t *payload, size_t payload_bytes) {
	struct pvg_cursor c = pvg_cursor_init(payload, payload_bytes);
	uint32_t ref = pvg_rd32(&c);
	uint64_t value = pvg_rd64(&c);
	if (ref == 0) {
		return true;
	}
	if (info->opcode == 0x191) {
		if (pvg_events_signal(&walk->exec->events, walk->task, ref, value)) {
			return true;
		}
		PVG_REFUSE(walk->device, RECORD,
			"task %" PRIu32 ": event %" PRIu32 ": too many events", walk->task, ref);
		return false;
	}
	uint64_t current = pvg_events_value(&walk->exec->events, walk->task, ref);
	if (current >= value) {
		return true;
	}
	PVG_REFUSE(walk->device, RECORD,
		"task %" PRIu32 ": event %" PRIu32 ": %s for %" PRIu64
		" passed over, it is %" PRIu64,
		walk->task, ref, info->name, value, current);
	return false;
}

static enum pvg_verdict known_record(struct walk *walk, const struct pvg_record_info *info,
	const uint8_t *payload, uint32_t payload_bytes) {
	struct pvg_exec *exec = walk->exec;
	size_t row = pvg_record_row(info);
	if (atomic_load_explicit(&exec->counts[row].seen, memory_order_relaxed) == 0) {
		// The cheapest way to see what a guest release sends (spec 02 section 7.4).
		pvg_info("first %s record 0x%02x %s, %" PRIu32 " bytes",
			pvg_record_space_name(info->space), info->opcode, info->name,
			payload_bytes + 8);
	}
	bool refused = false;
	switch ((enum pvg_record_action)info->action) {
	case PVG_RECORD_HINT:
	case PVG_RECORD_FENCE:
		break;
	case PVG_RECORD_EVENT:
		refused = !event_record(walk, info, payload, payload_bytes);
		break;
	case PVG_RECORD_QUERY:
		if (pvg_query_record(walk->device, walk->task, info, payload, payload_bytes) ==
			PVG_RETRY) {
			return PVG_RETRY;
		}
		break;
	case PVG_RECORD_REFUSE:
	case PVG_RECORD_ELSEWHERE:
		PVG_REFUSE(walk->device, RECORD_NO_RENDERER,
			"task %" PRIu32 ": %s record 0x%02x %s: no renderer", walk->task,
			pvg_record_space_name(info->space), info->opcode, info->name);
		refused = true;
		break;
	}
	count_up(&exec->counts[row].seen);
	if (refused) {
		count_up(&exec->counts[row].refused);
	}
	count_up(&exec->records);
	return PVG_DONE;
}

static void unknown_record(struct walk *walk, uint8_t type, uint32_t opcode, uint32_t length) {
	const char *space = pvg_record_space_name((enum pvg_record_space)type);
	if (opcode < 1024) {
		uint8_t *bits = &walk->exec->unknown_logged[type][opcode / 8];
		uint8_t bit = (uint8_t)(1u << opcode % 8);
		if ((*bits & bit) == 0) {
			*bits |= bit;
			pvg_info("unknown %s record 0x%02" PRIx32 " of %" PRIu32 " bytes", space,
				opcode, length);
		}
	}
	PVG_REFUSE(walk->device, RECORD_UNKNOWN,
		"task %" PRIu32 ": %s record 0x%02" PRIx32 " of %" PRIu32 " bytes is unknown",
		walk->task, space, opcode, length);
}

static enum pvg_verdict walk_records(struct walk *walk, uint8_t type, const uint8_t *bytes,
	size_t size_bytes) {
	struct pvg_cursor c = pvg_cursor_init(bytes, size_bytes);
	while (pvg_cursor_left(&c) > 0) {
		uint32_t opcode = pvg_rd32(&c);
		uint32_t length = pvg_rd32(&c);
		if (c.failed || length < 8 || length - 8 > pvg_cursor_left(&c)) {
			// The next boundary is lost, the next segment's is not.
			PVG_REFUSE(walk->device, RECORD,
				"task %" PRIu32 ": %s record 0x%02" PRIx32 ": length %" PRIu32
				" does not fit its segment",
				walk->task, pvg_record_space_name((enum pvg_record_space)type),
				opcode, length);
			return PVG_DONE;
		}
		if (++walk->records > RECORDS_MAX) {
			PVG_REFUSE(walk->device, RECORD,
				"task %" PRIu32 ": more than %" PRIu32
				" records in a command buffer",
				walk->task, RECORDS_MAX);
			return PVG_DONE;
		}
		const uint8_t *payload = pvg_rd_bytes(&c, length - 8);
		if (length % 4 != 0) {
			PVG_REFUSE(walk->device, RECORD,
				"task %" PRIu32 ": record 0x%02" PRIx32 ": length %" PRIu32
				" is no multiple of 4",
				walk->task, opcode, length);
			continue;
		}
		const struct pvg_record_info *info =
			pvg_record_find((enum pvg_record_space)type, opcode);
		if (info == NULL) {
			unknown_record(walk, type, opcode, length);
			continue;
		}
		if (!pvg_record_length_ok(info, payload, length)) {
			PVG_REFUSE(walk->device, RECORD_LENGTH,
				"task %" PRIu32 ": %s record 0x%02x %s: length %" PRIu32,
				walk->task, pvg_record_space_name(info->space), info->opcode,
				info->name, length);
			continue;
		}
		if (known_record(walk, info, payload, length - 8) == PVG_RETRY) {
			return PVG_RETRY;
		}
	}
	return PVG_DONE;
}

/* ---- segments -------------------------------------------------------------------------------- */

// Reads the header at the cursor, which stays there. False when the framing is broken.
static bool segment_read(struct pvg_cursor c, struct segment *segment) {
	size_t left = pvg_cursor_left(&c);
	segment->length_bytes = pvg_rd32(&c);
	segment->type = pvg_rd8(&c);
	segment->continues_previous = pvg_rd8(&c) != 0;
	segment->continues_next = pvg_rd8(&c) != 0;
	pvg_rd_skip(&c, 1); // never written
	if (c.failed) {
		return false;
	}
	if (segment->type == SEGMENT_PROTECTION && segment->length_bytes < 16) {
		// Its length was never seen written: header and value then (spec 02 section 1.5).
		segment->length_bytes = 16;
	}
	return segment->length_bytes >= 8 && segment->length_bytes <= left;
}

// Broken framing anywhere executes nothing (spec 02 section 1.10).
static bool segments_check(const uint8_t *bytes, size_t size_bytes) {
	struct pvg_cursor c = pvg_cursor_init(bytes, size_bytes);
	while (pvg_cursor_left(&c) > 0) {
		struct segment segment;
		if (!segment_read(c, &segment)) {
			return false;
		}
		pvg_rd_skip(&c, (size_t)segment.length_bytes);
	}
	return true;
}

static enum pvg_verdict walk_segment(struct walk *walk, const struct segment *segment,
	const uint8_t *bytes) {
	if (segment->type == SEGMENT_PROTECTION) { // belongs to the segment that follows
		return PVG_DONE;
	}
	uint32_t open_encoder = walk->open_encoder;
	walk->open_encoder = PVG_ENCODER_NONE;
	if (segment->type >= SEGMENT_TYPES_MAX) {
		PVG_REFUSE(walk->device, SEGMENT_TYPE,
			"task %" PRIu32 ": segment of type %u, %" PRIu64 " bytes", walk->task,
			segment->type, segment->length_bytes);
		return PVG_DONE;
	}
	if (segment->continues_previous && open_encoder != segment->type) {
		// Taken as a new encoder it would have no pass descriptor (spec 02 section 1.4).
		PVG_REFUSE(walk->device, SEGMENT,
			"task %" PRIu32 ": %s segment continues an encoder that is not open",
			walk->task, pvg_record_space_name((enum pvg_record_space)segment->type));
		return PVG_DONE;
	}
	enum pvg_verdict verdict =
		walk_records(walk, segment->type, bytes + 8, (size_t)segment->length_bytes - 8);
	if (segment->continues_next) {
		walk->open_encoder = segment->type;
	}
	return verdict;
}

static enum pvg_verdict walk_cmdbuf(struct walk *walk, const uint8_t *bytes, size_t size_bytes) {
	if (!segments_check(bytes, size_bytes)) {
		PVG_REFUSE(walk->device, CMDBUF,
			"task %" PRIu32 ": command buffer of %zu bytes: broken segments",
			walk->task, size_bytes);
		return PVG_DONE;
	}
	walk->records = 0;
	struct pvg_cursor c = pvg_cursor_init(bytes, size_bytes);
	while (pvg_cursor_left(&c) > 0) {
		struct segment segment;
		if (!segment_read(c, &segment)) {
			break;
		}
		if (walk_segment(walk, &segment, c.cur) == PVG_RETRY) {
			return PVG_RETRY;
		}
		pvg_rd_skip(&c, (size_t)segment.length_bytes);
	}
	return PVG_DONE;
}

/* ---- the packet ------------------------------------------------------------------------------ */

// Grows with what is readable, so that a length alone allocates nothing.
static enum pvg_access fetch_cmdbuf(struct pvg_exec *exec, uint32_t task, uint64_t gva,
	size_t size_bytes) {
	for (size_t done = 0; done < size_bytes;) {
		size_t piece = size_bytes - done < FETCH_BYTES ? size_bytes - done : FETCH_BYTES;
		if (exec->buffer_size < done + piece) {
			size_t grown = exec->buffer_size * 2;
			if (grown < done + piece) {
				grown = done + piece;
			}
			if (grown > size_bytes && size_bytes > KEEP_BYTES) {
				grown = size_bytes;
			}
			uint8_t *buffer = realloc(exec->buffer, grown);
			if (buffer == NULL) {
				PVG_REFUSE(exec->device, CMDBUF,
					"task %" PRIu32 ": command buffer of %zu bytes: no memory",
					task, size_bytes);
				return PVG_ACCESS_BAD;
			}
			exec->buffer = buffer;
			exec->buffer_size = grown;
		}
		enum pvg_access access =
			pvg_task_read(exec->device, task, gva + done, exec->buffer + done, piece);
		if (access != PVG_ACCESS_OK) {
			return access;
		}
		done += piece;
	}
	return PVG_ACCESS_OK;
}

static enum pvg_verdict run_cmdbuf(struct walk *walk, uint64_t gva, uint64_t length) {
	uint64_t end;
	const char *why = NULL;
	if (length > CMDBUF_BYTES_MAX) {
		why = "longer than 64 MiB";
	} else if (!pvg_add(gva, length, &end)) {
		why = "wraps around";
	}
	if (why == NULL) {
		enum pvg_access access = fetch_cmdbuf(walk->exec, walk->task, gva, (size_t)length);
		if (access == PVG_ACCESS_OK) {
			return walk_cmdbuf(walk, walk->exec->buffer, (size_t)length);
		}
		if (access == PVG_ACCESS_RETRY) {
			return PVG_RETRY;
		}
		if (access == PVG_ACCESS_BAD) { // already refused
			return PVG_DONE;
		}
		why = "not mapped";
	}
	PVG_REFUSE(walk->device, CMDBUF,
		"task %" PRIu32 ": command buffer of %" PRIu64 " bytes at 0x%" PRIx64 ": %s",
		walk->task, length, gva, why);
	return PVG_DONE;
}

static void apply_resources(struct pvg_device *device, uint32_t task, struct pvg_cursor *c,
	uint32_t count) {
	for (uint32_t i = 0; i < count; i++) {
		uint32_t ref = pvg_rd32(c);
		const uint8_t *quad = pvg_rd_bytes(c, 4);
		pvg_rd_skip(c, 16); // zero on every packet seen
		if (quad == NULL) {
			return;
		}
		pvg_object_apply_validity(device, task, ref, quad);
	}
}

enum pvg_verdict pvg_op_exec(struct pvg_device *device, const struct pvg_packet *packet) {
	struct pvg_exec *exec = device->exec;
	struct pvg_cursor c = pvg_cursor_init(packet->payload, packet->payload_size);
	uint32_t task = pvg_rd32(&c);
	uint32_t resources = pvg_rd32(&c);
	uint32_t cmdbufs = pvg_rd32(&c);
	if (c.failed) {
		return PVG_DONE;
	}
	uint64_t needed = 12 + UINT64_C(24) * resources + UINT64_C(16) * cmdbufs;
	if (needed > packet->payload_size) {
		PVG_REFUSE(device, COUNT,
			"task %" PRIu32 ": exec of %" PRIu32 " resources and %" PRIu32
			" command buffers in %zu bytes",
			task, resources, cmdbufs, packet->payload_size);
		return PVG_DONE;
	}
	if (pvg_task_get(device, task, "exec") == NULL) {
		return PVG_DONE;
	}
	struct pvg_exec_progress *progress = &exec->progress[packet->channel % 32];
	struct walk walk = {
		.exec = exec,
		.device = device,
		.task = task,
		.open_encoder = PVG_ENCODER_NONE,
	};
	uint32_t done = 0;
	if (progress->valid && progress->signal == packet->signal) {
		done = progress->buffers_done;
		walk.open_encoder = progress->open_encoder;
		pvg_rd_skip(&c, (size_t)24 * resources);
	} else {
		// The whole table first: an announcement is made once and never repeated.
		apply_resources(device, task, &c, resources);
	}
	progress->valid = false;
	if (cmdbufs > CMDBUFS_MAX) {
		PVG_REFUSE(device, COUNT, "task %" PRIu32 ": exec of %" PRIu32 " command buffers",
			task, cmdbufs);
		return PVG_DONE;
	}
	int64_t end_ns = pvg_now_ns(device) + BUDGET_NS;
	bool ran = false;
	for (uint32_t i = 0; i < cmdbufs; i++) {
		uint64_t gva = pvg_rd64(&c);
		uint64_t length = pvg_rd64(&c);
		if (i < done || length == 0) {
			continue;
		}
		// Other channels wait for this one: one command buffer at the least, then their
		// turn.
		uint32_t open_encoder = walk.open_encoder;
		bool late = ran && pvg_now_ns(device) >= end_ns;
		ran = true;
		if (late || run_cmdbuf(&walk, gva, length) == PVG_RETRY) {
			*progress = (struct pvg_exec_progress){
				.valid = true,
				.signal = packet->signal,
				.buffers_done = i,
				.open_encoder = open_encoder,
			};
			return PVG_RETRY;
		}
	}
	if (walk.open_encoder != PVG_ENCODER_NONE) {
		PVG_REFUSE(device, SEGMENT,
			"task %" PRIu32 ": an encoder is left open at the end of its packet", task);
	}
	if (exec->buffer_size > KEEP_BYTES) {
		free(exec->buffer);
		exec->buffer = NULL;
		exec->buffer_size = 0;
	}
	return PVG_DONE;
}

/* ---- life ------------------------------------------------------------------------------------ */

struct pvg_exec *pvg_exec_create(struct pvg_device *device) {
	struct pvg_exec *exec = calloc(1, sizeof(*exec));
	if (exec != NULL) {
		exec->device = device;
	}
	return exec;
}

void pvg_exec_destroy(struct pvg_exec *exec) {
	if (exec == NULL) {
		return;
	}
	pvg_events_finish(&exec->events);
	free(exec->buffer);
	free(exec);
}

void pvg_exec_reset(struct pvg_exec *exec) {
	pvg_events_finish(&exec->events);
	memset(exec->progress, 0, sizeof(exec->progress));
	exec->info_logged = false;
}

void pvg_exec_task_deleted(struct pvg_exec *exec, uint32_t task) {
	pvg_events_drop_task(&exec->events, task);
}

void pvg_exec_channel_freed(struct pvg_exec *exec, uint32_t channel) {
	exec->progress[channel % 32].valid = false;
}

bool pvg_exec_is_parked(const struct pvg_exec *exec, uint32_t except_channel) {
	for (uint32_t i = 0; i < 32; i++) {
		if (exec->progress[i].valid && i != except_channel) {
			return true;
		}
	}
	return false;
}

void pvg_exec_get_counters(const struct pvg_exec *exec, struct pvg_counters *counters) {
	counters->records = atomic_load_explicit(&exec->records, memory_order_relaxed);
}

size_t pvg_device_list_records(const struct pvg_device *device, struct pvg_record_counter *out,
	size_t max) {
	const struct pvg_exec *exec = device->exec;
	size_t found = 0;
	for (size_t i = 0; i < PVG_RECORDS_COUNT; i++) {
		uint64_t seen = atomic_load_explicit(&exec->counts[i].seen, memory_order_relaxed);
		if (seen == 0) {
			continue;
		}
		if (found < max) {
			const struct pvg_record_info *info = &pvg_record_table[i];
			out[found] = (struct pvg_record_counter){
				.space = pvg_record_space_name(info->space),
				.name = info->name,
				.opcode = info->opcode,
				.seen = seen,
				.refused = atomic_load_explicit(&exec->counts[i].refused,
					memory_order_relaxed),
			};
		}
		found++;
	}
	return found;
}
