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
#include "gpu/gpu-private.h"

#define CMDBUFS_MAX 4096                      // of a packet, spec 02 section 8.1
#define CMDBUF_BYTES_MAX (UINT64_C(64) << 20) // spec 02 section 1.2
#define BUDGET_NS (4 * INT64_C(1000000)) // of a turn, spec 01 section 7.3
#define RECORDS_MAX (UINT32_C(1) << 20) // of a command buffer, spec 02 section 8.1
#define FETCH_BYTES (UINT32_C(256) << 10)
#define PAUSES_AT_ONCE 64u // of a command buffer, then others get their turn
#define AHEAD_BYTES_MAX (UINT64_C(8) << 20) // of a packet that are searched for pipelines
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
	struct pvg_gpu *gpu; // NULL: drawing is refused
	uint32_t task;
	uint32_t open_encoder; // segment type, or PVG_ENCODER_NONE
	uint32_t records;      // of this command buffer
	uint32_t walked;       // of these, counted in an earlier attempt
	uint32_t segment_at, record_at; // where the walk is: in the buffer, in the segment's body
	struct {
		uint32_t segment, record, records;
	} resume; // where this attempt began
};

struct event_signal {
	uint32_t task, ref;
	uint64_t value;
};

// Single writer: cheaper than an atomic addition.
static void count_up(_Atomic uint64_t *counter) {
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
		memory_order_relaxed);
}

/* ---- records --------------------------------------------------------------------------------- */

static bool signal_event(struct pvg_exec *exec, uint32_t task, uint32_t ref, uint64_t value) {
	if (pvg_events_signal(&exec->events, task, ref, value)) {
		return true;
	}
	PVG_REFUSE(exec->device, RECORD, "task %" PRIu32 ": event %" PRIu32 ": too many events",
		task, ref);
	return false;
}

static void signal_at_commit(struct pvg_gpu *gpu, void *data) {
	const struct event_signal *signal = data;

	(void)signal_event(pvg_gpu_device(gpu)->exec, signal->task, signal->ref, signal->value);
}

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
		struct event_signal *later = walk->gpu != NULL ? malloc(sizeof(*later)) : NULL;
		if (later == NULL) {
			return signal_event(walk->exec, walk->task, ref, value);
		}
		*later = (struct event_signal){ walk->task, ref, value };
		(void)pvg_gpu_at_commit(walk->gpu, signal_at_commit, later);
		return true;
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

static void first_record(const struct pvg_record_info *info, uint32_t payload_bytes) {
	// The cheapest way to see what a guest release sends (spec 02 section 7.4).
	pvg_info("first %s record 0x%02x %s, %" PRIu32 " bytes", pvg_record_space_name(info->space),
		info->opcode, info->name, payload_bytes + 8);
}

static enum pvg_verdict known_record(struct walk *walk, const struct pvg_record_info *info,
	const uint8_t *payload, uint32_t payload_bytes, uint32_t *at) {
	struct pvg_exec *exec = walk->exec;
	size_t row = pvg_record_row(info);
	if (atomic_load_explicit(&exec->counts[row].seen, memory_order_relaxed) == 0) {
		first_record(info, payload_bytes);
	}
	bool refused = false;
	bool drawing = walk->gpu != NULL && info->space <= PVG_SPACE_BLIT;
	if (drawing && info->action != PVG_RECORD_QUERY) {
		if (pvg_gpu_record(walk->gpu, info, payload, payload_bytes, at, &refused) ==
			PVG_RETRY) {
			return PVG_RETRY;
		}
	} else if (info->action == PVG_RECORD_EVENT) {
		refused = !event_record(walk, info, payload, payload_bytes);
	} else if (info->action == PVG_RECORD_QUERY) {
		if (pvg_query_record(walk->device, walk->task, info, payload, payload_bytes) ==
			PVG_RETRY) {
			return PVG_RETRY;
		}
	} else if (info->action == PVG_RECORD_REFUSE && walk->gpu != NULL) {
		PVG_REFUSE(walk->device, NOT_SUPPORTED, "task %" PRIu32 ": %s record 0x%02x %s: %s",
			walk->task, pvg_record_space_name(info->space), info->opcode, info->name,
			pvg_record_why(info));
		refused = true;
	} else if (info->action > PVG_RECORD_NOTE) {
		PVG_REFUSE(walk->device, RECORD_NO_RENDERER,
			"task %" PRIu32 ": %s record 0x%02x %s: no renderer", walk->task,
			pvg_record_space_name(info->space), info->opcode, info->name);
		refused = true;
	}
	if (walk->records <= walk->walked) {
		return PVG_DONE; // counted when the buffer was walked for the first time
	}
	count_up(&exec->counts[row].seen);
	if (refused) {
		count_up(&exec->counts[row].refused);
	}
	count_up(&exec->records);
	const struct pvg_tap *tap = walk->device->tap;
	if (tap != NULL && tap->record != NULL) {
		tap->record(tap->data, info, payload_bytes + 8, refused);
	}
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

// One record of a segment's body; *next: where the one after it is.
static enum pvg_verdict walk_record(struct walk *walk, uint8_t type, const uint8_t *body,
	uint32_t body_bytes, uint32_t at, uint32_t *next) {
	struct pvg_cursor c = pvg_cursor_init(body + at, body_bytes - at);
	const char *space = pvg_record_space_name((enum pvg_record_space)type);
	uint32_t opcode = pvg_rd32(&c);
	uint32_t length = pvg_rd32(&c);
	*next = body_bytes;
	if (c.failed || length < 8 || length - 8 > pvg_cursor_left(&c)) {
		// The next boundary is lost, the next segment's is not.
		PVG_REFUSE(walk->device, RECORD,
			"task %" PRIu32 ": %s record 0x%02" PRIx32 ": length %" PRIu32
			" does not fit its segment",
			walk->task, space, opcode, length);
		return PVG_DONE;
	}
	if (++walk->records > RECORDS_MAX) {
		PVG_REFUSE(walk->device, RECORD,
			"task %" PRIu32 ": more than %" PRIu32 " records in a command buffer",
			walk->task, RECORDS_MAX);
		return PVG_DONE;
	}
	*next = at + length;
	const uint8_t *payload = pvg_rd_bytes(&c, length - 8);
	if (length % 4 != 0) {
		PVG_REFUSE(walk->device, RECORD,
			"task %" PRIu32 ": record 0x%02" PRIx32 ": length %" PRIu32
			" is no multiple of 4",
			walk->task, opcode, length);
		return PVG_DONE;
	}
	const struct pvg_record_info *info = pvg_record_find((enum pvg_record_space)type, opcode);
	if (info == NULL) {
		unknown_record(walk, type, opcode, length);
		return PVG_DONE;
	}
	bool fits = info->rule == PVG_RULE_LEN ? length == info->length // as most
					       : pvg_record_length_ok(info, payload, length);
	if (!fits) {
		PVG_REFUSE(walk->device, RECORD_LENGTH,
			"task %" PRIu32 ": %s record 0x%02x %s: length %" PRIu32, walk->task,
			pvg_record_space_name(info->space), info->opcode, info->name, length);
		return PVG_DONE;
	}
	uint32_t jump = at;
	enum pvg_verdict verdict = known_record(walk, info, payload, length - 8, &jump);
	if (jump != at && jump < body_bytes) {
		*next = jump; // a loop in the stream (spec 03 section 5)
	}
	return verdict;
}

static enum pvg_verdict walk_records(struct walk *walk, uint8_t type, const uint8_t *body,
	uint32_t body_bytes) {
	while (walk->record_at < body_bytes) {
		bool again = walk->records < walk->walked;
		uint32_t next;
		if (again) {
			pvg_refuse_mute(true);
		}
		enum pvg_verdict verdict =
			walk_record(walk, type, body, body_bytes, walk->record_at, &next);
		if (again) {
			pvg_refuse_mute(false);
		}
		if (verdict == PVG_RETRY) {
			walk->records--; // this one is still to come
			return PVG_RETRY;
		}
		walk->record_at = next;
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

// False: nothing in the segment is to be executed.
static bool segment_enter(struct walk *walk, const struct segment *segment) {
	uint32_t open_encoder = walk->open_encoder;
	if (segment->type == SEGMENT_PROTECTION) { // belongs to the segment that follows
		return false;
	}
	walk->open_encoder = PVG_ENCODER_NONE;
	if (segment->type >= SEGMENT_TYPES_MAX) {
		PVG_REFUSE(walk->device, SEGMENT_TYPE,
			"task %" PRIu32 ": segment of type %u, %" PRIu64 " bytes", walk->task,
			segment->type, segment->length_bytes);
		return false;
	}
	if (segment->continues_previous && open_encoder != segment->type) {
		// Taken as a new encoder it would have no pass descriptor (spec 02 section 1.4).
		PVG_REFUSE(walk->device, SEGMENT,
			"task %" PRIu32 ": %s segment continues an encoder that is not open",
			walk->task, pvg_record_space_name((enum pvg_record_space)segment->type));
		return false;
	}
	return true;
}

// @resumed: the walk stopped inside of this segment.
static enum pvg_verdict walk_segment(struct walk *walk, const struct segment *segment,
	const uint8_t *bytes, bool resumed) {
	if (!resumed) {
		if (!segment_enter(walk, segment)) {
			return PVG_DONE;
		}
		walk->record_at = 0;
		const struct pvg_tap *tap = walk->device->tap;
		if (tap != NULL && tap->segment != NULL) {
			tap->segment(tap->data, walk->task,
				pvg_record_space_name((enum pvg_record_space)segment->type),
				segment->length_bytes);
		}
		if (walk->gpu != NULL &&
			pvg_gpu_segment_begin(walk->gpu, walk->task, segment->type,
				segment->continues_previous) == PVG_RETRY) {
			return PVG_RETRY;
		}
	}
	if (walk_records(walk, segment->type, bytes + 8, (uint32_t)segment->length_bytes - 8) ==
		PVG_RETRY) {
		return PVG_RETRY;
	}
	if (walk->gpu != NULL &&
		pvg_gpu_segment_end(walk->gpu, segment->continues_next) == PVG_RETRY) {
		return PVG_RETRY;
	}
	if (segment->continues_next) {
		walk->open_encoder = segment->type;
	}
	return PVG_DONE;
}

// @resumed: go on at segment_at and record_at.
static enum pvg_verdict walk_cmdbuf(struct walk *walk, const uint8_t *bytes, size_t size_bytes,
	bool resumed) {
	if (!segments_check(bytes, size_bytes)) {
		PVG_REFUSE(walk->device, CMDBUF,
			"task %" PRIu32 ": command buffer of %zu bytes: broken segments",
			walk->task, size_bytes);
		return PVG_DONE;
	}
	if (!resumed) {
		walk->records = 0;
		walk->segment_at = 0;
	}
	struct pvg_cursor c = pvg_cursor_init(bytes, size_bytes);
	pvg_rd_skip(&c, walk->segment_at);
	while (pvg_cursor_left(&c) > 0) {
		struct segment segment;
		if (!segment_read(c, &segment)) {
			break;
		}
		if (walk_segment(walk, &segment, c.cur, resumed) == PVG_RETRY) {
			return PVG_RETRY;
		}
		resumed = false;
		pvg_rd_skip(&c, (size_t)segment.length_bytes);
		walk->segment_at += (uint32_t)segment.length_bytes;
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

// Keeps the buffer for the moment when the GPU work before the record has completed.
static void keep_paused(struct pvg_exec *exec, struct pvg_exec_progress *progress,
	const struct walk *walk, size_t length) {
	progress->paused = exec->buffer;
	progress->paused_bytes = length;
	progress->paused_segment = walk->segment_at;
	progress->paused_record = walk->record_at;
	progress->paused_records = walk->records;
	exec->buffer = NULL;
	exec->buffer_size = 0;
}

/*
 * Walks a private copy. With a renderer it becomes one list, which is thrown away when the packet
 * has to be held (spec 03 section 9.1).
 */
static enum pvg_verdict run_copy(struct walk *walk, struct pvg_exec_progress *progress,
	uint32_t channel, bool fresh, size_t length, bool resumed) {
	struct pvg_exec *exec = walk->exec;
	if (walk->gpu == NULL) {
		return walk_cmdbuf(walk, exec->buffer, length, false);
	}
	if (!pvg_gpu_buffer_begin(walk->gpu, channel, fresh)) {
		PVG_REFUSE(walk->device, NO_MEMORY, "task %" PRIu32 ": encoder: no memory",
			walk->task);
		return PVG_DONE;
	}
	if (walk_cmdbuf(walk, exec->buffer, length, resumed) == PVG_DONE) {
		pvg_gpu_buffer_end(walk->gpu);
		return PVG_DONE;
	}
	if (pvg_gpu_buffer_pause(walk->gpu)) {
		keep_paused(exec, progress, walk, length);
		walk->walked = 0; // what was walked is committed
		return PVG_RETRY;
	}
	pvg_gpu_buffer_abandon(walk->gpu);
	if (resumed) { // the paused copy is what goes on
		keep_paused(exec, progress, walk, length);
		progress->paused_segment = walk->resume.segment;
		progress->paused_record = walk->resume.record;
		progress->paused_records = walk->resume.records;
	}
	if (walk->walked < walk->records) {
		walk->walked = walk->records;
	}
	return PVG_RETRY;
}

// Takes back what keep_paused put away. False: there is none.
static bool take_paused(struct walk *walk, struct pvg_exec_progress *progress, size_t *length) {
	struct pvg_exec *exec = walk->exec;
	if (progress->paused == NULL) {
		return false;
	}
	free(exec->buffer);
	exec->buffer = progress->paused;
	exec->buffer_size = progress->paused_bytes;
	*length = progress->paused_bytes;
	walk->segment_at = walk->resume.segment = progress->paused_segment;
	walk->record_at = walk->resume.record = progress->paused_record;
	walk->records = walk->resume.records = progress->paused_records;
	progress->paused = NULL;
	return true;
}

static enum pvg_verdict run_cmdbuf(struct walk *walk, struct pvg_exec_progress *progress,
	uint32_t channel, bool fresh, uint64_t gva, uint64_t length) {
	uint64_t end;
	size_t paused_bytes;
	const char *why = NULL;
	// On a renderer that is done at once a loop in the stream need not wait for the clock.
	for (uint32_t turns = 0; take_paused(walk, progress, &paused_bytes); turns++) {
		enum pvg_verdict verdict =
			run_copy(walk, progress, channel, false, paused_bytes, true);
		if (verdict == PVG_DONE || progress->paused == NULL || turns >= PAUSES_AT_ONCE ||
			pvg_gpu_is_holding(walk->gpu)) {
			return verdict;
		}
	}
	if (length > CMDBUF_BYTES_MAX) {
		why = "longer than 64 MiB";
	} else if (!pvg_add(gva, length, &end)) {
		why = "wraps around";
	}
	if (why == NULL) {
		enum pvg_access access = fetch_cmdbuf(walk->exec, walk->task, gva, (size_t)length);
		if (access == PVG_ACCESS_OK) {
			enum pvg_verdict verdict = run_copy(walk, progress, channel, fresh,
				(size_t)length, false);
			if (verdict == PVG_RETRY && progress->paused != NULL &&
				!pvg_gpu_is_holding(walk->gpu)) {
				return run_cmdbuf(walk, progress, channel, false, gva, length);
			}
			return verdict;
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

/*
 * A held packet has all of its pipelines begun at once. @c: at the command buffer that waits,
 * @count: those left with it.
 */
static void look_ahead(struct walk *walk, struct pvg_exec_progress *progress, struct pvg_cursor c,
	uint32_t count) {
	struct pvg_exec *exec = walk->exec;
	uint64_t total = 0;
	if (walk->gpu == NULL || !pvg_gpu_take_ahead(walk->gpu) || progress->looked_ahead) {
		return;
	}
	progress->looked_ahead = true;
	pvg_refuse_mute(true); // what is wrong is refused when it is executed
	for (uint32_t i = 0; i < count; i++) {
		uint64_t gva = pvg_rd64(&c);
		uint64_t length = pvg_rd64(&c);
		uint64_t end;
		if (length == 0 || !pvg_add(gva, length, &end)) {
			continue;
		}
		if (length > AHEAD_BYTES_MAX - total) {
			break;
		}
		total += length;
		if (fetch_cmdbuf(exec, walk->task, gva, (size_t)length) == PVG_ACCESS_OK) {
			pvg_gpu_ahead(walk->gpu, walk->task, exec->buffer, (size_t)length);
		}
	}
	pvg_refuse_mute(false);
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

static void progress_drop(struct pvg_exec_progress *progress) {
	free(progress->paused);
	*progress = (struct pvg_exec_progress){ 0 };
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
	struct pvg_exec_progress *progress = &exec->progress[packet->channel % 32];
	if (pvg_task_get(device, task, "exec") == NULL) {
		progress_drop(progress);
		return PVG_DONE;
	}
	struct walk walk = {
		.exec = exec,
		.device = device,
		.gpu = device->gpu,
		.task = task,
		.open_encoder = PVG_ENCODER_NONE,
	};
	uint32_t done = 0;
	if (progress->valid && progress->signal == packet->signal) {
		done = progress->buffers_done;
		walk.open_encoder = progress->open_encoder;
		walk.walked = progress->walked;
		pvg_rd_skip(&c, (size_t)24 * resources);
	} else {
		progress_drop(progress);
		// The whole table first: an announcement is made once and never repeated.
		apply_resources(device, task, &c, resources);
	}
	progress->valid = false;
	// An encoder may have been left open by a command buffer of an earlier turn.
	bool fresh = walk.open_encoder == PVG_ENCODER_NONE;
	if (cmdbufs > CMDBUFS_MAX) {
		PVG_REFUSE(device, COUNT, "task %" PRIu32 ": exec of %" PRIu32 " command buffers",
			task, cmdbufs);
		return PVG_DONE;
	}
	int64_t end_ns = pvg_now_ns(device) + BUDGET_NS;
	bool ran = false;
	for (uint32_t i = 0; i < cmdbufs; i++) {
		struct pvg_cursor here = c;
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
		if (late ||
			run_cmdbuf(&walk, progress, packet->channel, fresh, gva, length) ==
				PVG_RETRY) {
			// A paused buffer goes on inside of its segment: nothing is to be entered.
			progress->valid = true;
			progress->signal = packet->signal;
			progress->buffers_done = i;
			progress->open_encoder = open_encoder;
			progress->walked = walk.walked;
			look_ahead(&walk, progress, here, cmdbufs - i);
			return PVG_RETRY;
		}
		walk.walked = 0;
		fresh = walk.open_encoder == PVG_ENCODER_NONE;
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
	for (size_t i = 0; i < sizeof(exec->progress) / sizeof(exec->progress[0]); i++) {
		progress_drop(&exec->progress[i]);
	}
	free(exec->buffer);
	free(exec);
}

void pvg_exec_reset(struct pvg_exec *exec) {
	pvg_events_finish(&exec->events);
	for (size_t i = 0; i < sizeof(exec->progress) / sizeof(exec->progress[0]); i++) {
		progress_drop(&exec->progress[i]);
	}
	exec->info_logged = false;
	if (exec->device->gpu != NULL) {
		pvg_gpu_reset(exec->device->gpu);
	}
}

void pvg_exec_task_deleted(struct pvg_exec *exec, uint32_t task) {
	pvg_events_drop_task(&exec->events, task);
}

void pvg_exec_channel_freed(struct pvg_exec *exec, uint32_t channel) {
	progress_drop(&exec->progress[channel % 32]);
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
