// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a device counts: work done, and every refusal by its name.
 */
#ifndef PVG_COUNTERS_H
#define PVG_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

#include <pvg/display.h>

/*
 * Every reason for not doing what the guest asked. X(enum suffix, name in logs and JSON).
 * A refused packet is still acknowledged (spec 01 section 5.6).
 */
#define PVG_REFUSALS(X) \
	X(MMIO_WIDTH, "mmio-width") \
	X(MMIO_OFFSET, "mmio-offset") \
	X(FIFO_GEOMETRY, "fifo-geometry") \
	X(CHANNEL_ID, "channel-id") \
	X(CHANNEL_UNDEFINED, "channel-undefined") \
	X(RING_LIST, "ring-list") \
	X(RING_DESYNC, "ring-desync") \
	X(PACKET_SIZE, "packet-size") \
	X(OPCODE, "opcode") \
	X(OPCODE_RETIRED, "opcode-retired") \
	X(PAYLOAD_SHORT, "payload-short") \
	X(PAYLOAD_LONG, "payload-long") \
	X(COUNT, "count") \
	X(WAIT_SLOT, "wait-slot") \
	X(STAMP_SLOT, "stamp-slot") \
	X(TASK, "task") \
	X(PAGE_TABLE, "page-table") \
	X(ADDRESS, "address") \
	X(OBJECT_LIST, "object-list") \
	X(OBJECT, "object") \
	X(OBJECT_TYPE, "object-type") \
	X(DESCRIPTOR, "descriptor") \
	X(DELETE, "delete") \
	X(SURFACE, "surface") \
	X(SURFACE_FORMAT, "surface-format") \
	X(SURFACE_GEOMETRY, "surface-geometry") \
	X(SURFACE_PAGES, "surface-pages") \
	X(PORT, "port") \
	X(DISPLAY_PAGE, "display-page") \
	X(CURSOR_GLYPH, "cursor-glyph") \
	X(GAMMA, "gamma") \
	X(CMDBUF, "command-buffer") \
	X(SEGMENT, "segment") \
	X(SEGMENT_TYPE, "segment-type") \
	X(RECORD, "record") \
	X(RECORD_LENGTH, "record-length") \
	X(RECORD_UNKNOWN, "record-unknown") \
	X(RECORD_NO_RENDERER, "record-no-renderer") \
	X(NOT_SUPPORTED, "not-supported") \
	X(PASS, "pass") \
	X(STATE, "encoder-state") \
	X(BINDING, "binding") \
	X(DRAW, "draw") \
	X(DISPATCH, "dispatch") \
	X(BLIT, "blit") \
	X(NO_MEMORY, "no-memory") \
	X(BUFFER, "buffer") \
	X(TEXTURE, "texture") \
	X(SAMPLER, "sampler") \
	X(PIPELINE, "pipeline") \
	X(GPU_MEMORY, "gpu-memory") \
	X(WRITE_BACK, "write-back") \
	X(QUERY, "query") \
	X(NO_HISTORY, "no-history") \
	X(NO_IMAGE, "no-image")

enum pvg_refusal {
#define X(id, name) PVG_REFUSAL_##id,
	PVG_REFUSALS(X)
#undef X
	PVG_REFUSALS_MAX,
};

const char *pvg_refusal_name(enum pvg_refusal reason);

struct pvg_port_counters {
	uint64_t presented;      // present packets that named a surface which was shown
	uint64_t ticks;          // ticks in which something armed was signalled
	uint64_t ticks_unarmed;  // ticks that found nothing armed
	uint64_t online_pulses;
	uint64_t mode_changes;
	uint64_t bytes_copied;
	uint64_t image_waits;    // presents held because no image was free
	uint64_t cursor_glyphs;
	uint64_t cursor_moves;
};

/*
 * Why a surface that GPU work drew was read back instead of being shown as it is. X(enum suffix,
 * text).
 */
#define PVG_READ_BACKS(X) \
	X(NO_IMPORT, "the renderer cannot draw into dma-bufs") \
	X(NO_HOME, "the host has no pictures to draw into") \
	X(FORMAT, "a format that is not scanned out as it is") \
	X(SHAPE, "drawn through a texture of another shape") \
	X(REFUSED, "the renderer refused the host's picture") \
	X(BUSY, "no picture was free in time") \
	X(SHARED, "another display shows the same surface")

enum pvg_read_back {
#define X(id, text) PVG_READ_BACK_##id,
	PVG_READ_BACKS(X)
#undef X
	PVG_READ_BACKS_MAX,
};

const char *pvg_read_back_text(enum pvg_read_back why);

// What moved between guest memory and the GPU. All 0 without a renderer.
struct pvg_gpu_counters {
	uint64_t uploads;         // pieces of textures and windows of buffers
	uint64_t bytes_uploaded;
	uint64_t uploads_skipped; // of what was found unchanged
	uint64_t write_backs;
	uint64_t bytes_written_back;
	uint64_t images;          // made so far
	uint64_t evictions;
	uint64_t contexts_lost;
	uint64_t presents_read;   // presents that were read back from the GPU
	uint64_t read_backs[PVG_READ_BACKS_MAX]; // the same by enum pvg_read_back
	uint64_t presents_shown;  // presents of a surface's own home: nothing was copied
	uint64_t homes;           // surfaces that moved into a home
	uint64_t renames;         // and that moved on because the old one was shown (DSP-30)
	uint64_t busy_ns;         // time with lists that had not completed
	uint64_t memory_bytes;    // host memory in use now
};

struct pvg_counters {
	uint64_t runs;          // pvg_device_run calls
	uint64_t polls;         // of these, woken by time alone
	uint64_t rescued;       // packets that only the poll found
	uint64_t packets;       // consumed, root and child
	uint64_t stamps;
	uint64_t interrupts;
	uint64_t waits_held;    // packets left at the head for an unmet wait
	uint64_t retries;
	uint64_t resyncs;       // desynchronised rings
	uint64_t resets;
	uint64_t overruns;      // write-ring overruns taken as teardown
	uint64_t records;       // records walked in Exec streams
	uint64_t walks;         // page-table walks
	uint64_t walk_hits;     // translations answered from the cache
	uint64_t opcodes[66];   // packets by opcode 0x00..0x41
	struct pvg_gpu_counters gpu;
	struct pvg_port_counters ports[PVG_MAX_PORTS];
	uint64_t refusals[PVG_REFUSALS_MAX];
};

// A record type of the command stream that was met at least once.
struct pvg_record_counter {
	const char *space, *name; // static
	uint32_t opcode;
	uint64_t seen;    // well-formed ones
	uint64_t refused; // of these, not executed
};

/**
 * pvg_device_list_records - what the guest's command buffers contained
 *
 * Returns how many record types were met; at most @max are written. Any thread.
 */
size_t pvg_device_list_records(const struct pvg_device *device, struct pvg_record_counter *out,
	size_t max);

#endif
