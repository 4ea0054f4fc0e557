// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the answers to guest commands keep: exec.c, event.c, query.c, info.c. Device thread but for
 * the counters.
 */
#ifndef PVG_EXEC_PRIVATE_H
#define PVG_EXEC_PRIVATE_H

#include <stdatomic.h>

#include "device-private.h"
#include "wire/cursor.h"
#include "wire/records.h"

#define PVG_EVENTS_MAX 65536
#define PVG_ENCODER_NONE UINT32_MAX

struct pvg_event {
	uint32_t task, ref; // ref 0: free slot
	uint64_t value;
};

struct pvg_events {
	struct pvg_event *slots; // owned, open addressing
	uint32_t capacity, used; // slots; capacity is 0 or a power of two
};

struct pvg_exec {
	struct pvg_device *device; // borrowed: it owns us
	struct pvg_events events;
	bool info_logged; // since the last reset

	/*
	 * What of the packet at a channel's head is done already: a packet that has to be tried
	 * again must not run its command buffers twice.
	 */
	struct pvg_exec_progress {
		bool valid;
		uint32_t signal;
		uint32_t buffers_done;
		uint32_t open_encoder; // segment type of the encoder left open, PVG_ENCODER_NONE
		uint32_t walked; // records of the next buffer, counted when it was abandoned
		bool looked_ahead; // the packet's other pipelines have been begun
		/*
		 * A buffer that stopped at a record which needs what the GPU work before it wrote:
		 * its copy, and where to go on.
		 */
		uint8_t *paused; // owned, NULL: none
		size_t paused_bytes;
		uint32_t paused_segment, paused_record; // offsets: of the segment, and in its body
		uint32_t paused_records; // walked so far
	} progress[32];

	uint8_t *buffer; // owned: copy of the command buffer being walked
	size_t buffer_size; // bytes allocated

	uint8_t unknown_logged[5][128]; // bitmap of opcodes below 1024, by segment type

	_Atomic uint64_t records;
	struct {
		_Atomic uint64_t seen, refused;
	} counts[PVG_RECORDS_COUNT];
};

// event.c. False when the table is full.
bool pvg_events_signal(struct pvg_events *events, uint32_t task, uint32_t ref, uint64_t value);
uint64_t pvg_events_value(const struct pvg_events *events, uint32_t task, uint32_t ref);
void pvg_events_drop_task(struct pvg_events *events, uint32_t task);
void pvg_events_finish(struct pvg_events *events);

/**
 * pvg_query_record - answer a record that carries a reply buffer: the info segment and 0xa4
 *
 * The record's length has been checked. PVG_RETRY when the memory table is not there yet.
 */
enum pvg_verdict pvg_query_record(struct pvg_device *device, uint32_t task,
	const struct pvg_record_info *info, const uint8_t *payload, size_t payload_bytes);

#endif
