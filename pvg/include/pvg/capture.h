// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading captures that record.h wrote. The file is not trusted: every length is checked.
 */
#ifndef PVG_CAPTURE_H
#define PVG_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pvg/display.h>
#include <pvg/info.h>

// X(enum suffix, number in the file, name).
#define PVG_CAPTURE_CHUNKS(X) \
	X(CONNECT, 1, "connect") \
	X(RAM, 2, "ram") \
	X(REGISTER, 3, "register") \
	X(DOORBELLS, 4, "doorbells") \
	X(READ, 5, "read") \
	X(RESET, 6, "reset") \
	X(TICK, 7, "tick") \
	X(DISPLAY, 8, "display") \
	X(PACKET, 9, "packet") \
	X(END, 0xffff, "end")

enum pvg_capture_type {
	PVG_CAPTURE_UNKNOWN, // of a later writer: skip it
#define X(id, number, name) PVG_CAPTURE_##id,
	PVG_CAPTURE_CHUNKS(X)
#undef X
	PVG_CAPTURE_TYPES_MAX,
};

struct pvg_capture_register {
	uint32_t offset, value; // BAR0
	uint32_t fifo_written;
};

struct pvg_capture_span {
	uint64_t gpa, size_bytes;
};

struct pvg_capture_chunk {
	enum pvg_capture_type type;
	uint32_t number;      // of the type in the file
	int64_t when_ns;      // CLOCK_MONOTONIC of the writer
	uint64_t file_offset; // of the chunk
	size_t payload_bytes;
	union {
		struct { // a connection begins; the registers that were set already
			uint64_t epoch;
			uint32_t page_shift, displays;
			uint32_t fifo_written, fifo_read, fifo_gen;
			struct pvg_device_info info;
			uint32_t registers_count;
			struct pvg_capture_register *registers; // offset and value
		} connect;
		struct {
			uint32_t generation;
			uint32_t spans_count;
			struct pvg_capture_span *spans;
		} ram;
		struct pvg_capture_register reg;
		struct {
			uint32_t channels, cursor_ports;
		} doorbells;
		struct {
			uint64_t gpa;
			size_t size_bytes;
			const uint8_t *bytes;
		} read;
		struct {
			uint64_t epoch;
		} reset;
		struct {
			uint32_t port;
			int64_t when_ns;
		} tick;
		struct {
			uint32_t port;
			bool bound;
			struct pvg_display_desc *desc; // NULL unless bound
		} display;
		struct { // was taken; everything that it needed stands before
			uint32_t channel, position; // of its header, as the ring's counter has it
		} packet;
		struct {
			uint64_t chunks; // before this one
		} end;
	};
};

enum pvg_capture_result {
	PVG_CAPTURE_OK,       // *chunk is filled; what it points to lives until the next call
	PVG_CAPTURE_FINISHED, // the END chunk was there
	PVG_CAPTURE_CUT,      // the file ends without one: the writer was stopped
	PVG_CAPTURE_BAD,      // not a capture, or damaged: see pvg_capture_error
};

struct pvg_capture;

/**
 * pvg_capture_open - begin to read a capture from @fd, which is taken over
 *
 * Returns NULL without memory, then @fd is closed. A file that is no capture shows at the first
 * pvg_capture_next.
 */
struct pvg_capture *pvg_capture_open(int fd);
void pvg_capture_close(struct pvg_capture *capture);

enum pvg_capture_result pvg_capture_next(struct pvg_capture *capture,
	struct pvg_capture_chunk *chunk);

// What was wrong, in plain words. Static.
const char *pvg_capture_error(const struct pvg_capture *capture);
const char *pvg_capture_type_name(enum pvg_capture_type type);

#endif
