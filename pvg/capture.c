// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading captures (docs/capture-format.md). Nothing in the file is trusted.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pvg/capture.h>

#include "capture-format.h"
#include "pvg-link.h"
#include "wire/cursor.h"

#define BUFFER_BYTES 65536

struct pvg_capture {
	int fd;
	const char *error; // static; NULL: none
	bool opened;       // the header was read
	bool finished;     // END was read
	uint64_t offset;   // in the file, of the next byte handed out
	uint64_t chunks;
	uint8_t buffer[BUFFER_BYTES];
	size_t at, filled; // of buffer
	uint8_t *payload;  // owned
	// What a decoded chunk points to.
	struct pvg_capture_register registers[PVG_LINK_MIRROR_WORDS];
	struct pvg_capture_span spans[PVG_LINK_MAX_REGIONS];
	struct pvg_display_desc desc;
};

enum take {
	TAKE_OK,
	TAKE_NOTHING, // the file ends here
	TAKE_CUT,     // the file ends within
	TAKE_ERROR,
};

static enum take capture_take(struct pvg_capture *capture, uint8_t *dst, size_t size) {
	size_t done = 0;
	while (done < size) {
		if (capture->at == capture->filled) {
			ssize_t got = read(capture->fd, capture->buffer, sizeof(capture->buffer));
			if (got < 0 && errno == EINTR) {
				continue;
			}
			if (got < 0) {
				capture->error = "the file cannot be read";
				return TAKE_ERROR;
			}
			if (got == 0) {
				return done == 0 ? TAKE_NOTHING : TAKE_CUT;
			}
			capture->at = 0;
			capture->filled = (size_t)got;
		}
		size_t piece = capture->filled - capture->at;
		if (piece > size - done) {
			piece = size - done;
		}
		memcpy(dst + done, capture->buffer + capture->at, piece);
		capture->at += piece;
		done += piece;
	}
	capture->offset += size;
	return TAKE_OK;
}

struct pvg_capture *pvg_capture_open(int fd) {
	struct pvg_capture *capture = calloc(1, sizeof(*capture));
	uint8_t *payload = malloc(PVG_CAPTURE_PAYLOAD_MAX);
	if (capture == NULL || payload == NULL) {
		free(capture);
		free(payload);
		close(fd);
		return NULL;
	}
	capture->fd = fd;
	capture->payload = payload;
	return capture;
}

void pvg_capture_close(struct pvg_capture *capture) {
	if (capture == NULL) {
		return;
	}
	close(capture->fd);
	free(capture->payload);
	free(capture);
}

static bool decode_connect(struct pvg_capture *capture, struct pvg_cursor *c,
	struct pvg_capture_chunk *chunk) {
	chunk->connect.epoch = pvg_rd64(c);
	chunk->connect.page_shift = pvg_rd32(c);
	chunk->connect.displays = pvg_rd32(c);
	chunk->connect.fifo_written = pvg_rd32(c);
	chunk->connect.fifo_read = pvg_rd32(c);
	chunk->connect.fifo_gen = pvg_rd32(c);
	struct pvg_device_info *info = &chunk->connect.info;
	memset(info, 0, sizeof(*info));
	uint32_t by_version = pvg_rd32(c);
	info->planes_by_version = (by_version & PVG_CAPTURE_PLANES_BY_VERSION) != 0;
	info->heaps_by_version = (by_version & PVG_CAPTURE_HEAPS_BY_VERSION) != 0;
	uint32_t keys = pvg_rd32(c);
	for (uint32_t key = 0; key < keys && !c->failed; key++) {
		bool present = pvg_rd32(c) != 0;
		uint32_t value = pvg_rd32(c);
		if (key < PVG_INFO_KEYS) {
			info->present[key] = present;
			info->value[key] = value;
		}
	}
	uint32_t count = pvg_rd32(c);
	if (c->failed || count > PVG_LINK_MIRROR_WORDS) {
		return false;
	}
	for (uint32_t i = 0; i < count; i++) {
		capture->registers[i] = (struct pvg_capture_register){ .offset = pvg_rd32(c) };
		capture->registers[i].value = pvg_rd32(c);
	}
	chunk->connect.registers_count = count;
	chunk->connect.registers = capture->registers;
	return chunk->connect.page_shift >= 12 && chunk->connect.page_shift <= 14 &&
		chunk->connect.displays >= 1 && chunk->connect.displays <= PVG_MAX_PORTS;
}

static bool decode_ram(struct pvg_capture *capture, struct pvg_cursor *c,
	struct pvg_capture_chunk *chunk) {
	chunk->ram.generation = pvg_rd32(c);
	uint32_t count = pvg_rd32(c);
	if (c->failed || count > PVG_LINK_MAX_REGIONS) {
		return false;
	}
	uint64_t end = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct pvg_capture_span *span = &capture->spans[i];
		span->gpa = pvg_rd64(c);
		span->size_bytes = pvg_rd64(c);
		if (span->size_bytes == 0 || span->gpa < end ||
			!pvg_add(span->gpa, span->size_bytes, &end)) {
			return false;
		}
	}
	chunk->ram.spans_count = count;
	chunk->ram.spans = capture->spans;
	return true;
}

static bool decode_display(struct pvg_capture *capture, struct pvg_cursor *c,
	struct pvg_capture_chunk *chunk) {
	chunk->display.port = pvg_rd32(c);
	chunk->display.bound = pvg_rd32(c) != 0;
	chunk->display.desc = NULL;
	if (c->failed || chunk->display.port >= PVG_MAX_PORTS || !chunk->display.bound) {
		return chunk->display.port < PVG_MAX_PORTS;
	}
	struct pvg_display_desc *desc = &capture->desc;
	memset(desc, 0, sizeof(*desc));
	desc->serial = pvg_rd32(c);
	const uint8_t *name = pvg_rd_bytes(c, PVG_CAPTURE_NAME_BYTES);
	if (name != NULL) {
		memcpy(desc->name, name, sizeof(desc->name) - 1);
	}
	desc->width_mm = pvg_rd16(c);
	desc->height_mm = pvg_rd16(c);
	desc->cursor_max_width = pvg_rd16(c);
	desc->cursor_max_height = pvg_rd16(c);
	desc->gamma_entries = pvg_rd32(c);
	desc->mode_count = pvg_rd32(c);
	if (c->failed || desc->mode_count > PVG_MAX_MODES) {
		return false;
	}
	for (uint32_t i = 0; i < desc->mode_count; i++) {
		desc->modes[i].width = pvg_rd16(c);
		desc->modes[i].height = pvg_rd16(c);
		desc->modes[i].refresh_mhz = pvg_rd32(c);
	}
	chunk->display.desc = desc;
	return true;
}

static enum pvg_capture_type type_of(uint32_t number) {
	switch (number) {
#define X(id, value, name) \
	case value: \
		return PVG_CAPTURE_##id;
		PVG_CAPTURE_CHUNKS(X)
#undef X
	}
	return PVG_CAPTURE_UNKNOWN;
}

static bool decode(struct pvg_capture *capture, struct pvg_capture_chunk *chunk) {
	struct pvg_cursor c = pvg_cursor_init(capture->payload, chunk->payload_bytes);
	bool ok = true;
	switch (chunk->type) {
	case PVG_CAPTURE_CONNECT:
		ok = decode_connect(capture, &c, chunk);
		break;
	case PVG_CAPTURE_RAM:
		ok = decode_ram(capture, &c, chunk);
		break;
	case PVG_CAPTURE_REGISTER:
		chunk->reg.offset = pvg_rd32(&c);
		chunk->reg.value = pvg_rd32(&c);
		chunk->reg.fifo_written = pvg_rd32(&c);
		break;
	case PVG_CAPTURE_DOORBELLS:
		chunk->doorbells.channels = pvg_rd32(&c);
		chunk->doorbells.cursor_ports = pvg_rd32(&c);
		break;
	case PVG_CAPTURE_READ: {
		uint64_t end;
		chunk->read.gpa = pvg_rd64(&c);
		chunk->read.size_bytes = pvg_cursor_left(&c);
		chunk->read.bytes = pvg_rd_bytes(&c, chunk->read.size_bytes);
		ok = chunk->read.size_bytes > 0 &&
			chunk->read.gpa % PVG_CAPTURE_PAGE_BYTES + chunk->read.size_bytes <=
				PVG_CAPTURE_PAGE_BYTES &&
			pvg_add(chunk->read.gpa, chunk->read.size_bytes, &end);
		break;
	}
	case PVG_CAPTURE_RESET:
		chunk->reset.epoch = pvg_rd64(&c);
		break;
	case PVG_CAPTURE_TICK:
		chunk->tick.port = pvg_rd32(&c);
		pvg_rd_skip(&c, 4);
		chunk->tick.when_ns = (int64_t)pvg_rd64(&c);
		ok = chunk->tick.port < PVG_MAX_PORTS;
		break;
	case PVG_CAPTURE_DISPLAY:
		ok = decode_display(capture, &c, chunk);
		break;
	case PVG_CAPTURE_PACKET:
		chunk->packet.channel = pvg_rd32(&c);
		chunk->packet.position = pvg_rd32(&c);
		ok = chunk->packet.channel < PVG_LINK_CHANNELS;
		break;
	case PVG_CAPTURE_END:
		chunk->end.chunks = pvg_rd64(&c);
		ok = chunk->end.chunks == capture->chunks;
		break;
	case PVG_CAPTURE_UNKNOWN:
	case PVG_CAPTURE_TYPES_MAX:
		return true;
	}
	// Later writers may append fields.
	return ok && !c.failed;
}

static enum pvg_capture_result ends(struct pvg_capture *capture, enum take take) {
	return take == TAKE_ERROR ? PVG_CAPTURE_BAD : PVG_CAPTURE_CUT;
}

static enum pvg_capture_result bad(struct pvg_capture *capture, const char *error) {
	capture->error = error;
	return PVG_CAPTURE_BAD;
}

static enum pvg_capture_result read_file_header(struct pvg_capture *capture) {
	uint8_t header[PVG_CAPTURE_HEADER_BYTES];
	enum take take = capture_take(capture, header, sizeof(header));
	if (take == TAKE_ERROR) {
		return PVG_CAPTURE_BAD;
	}
	if (take != TAKE_OK || memcmp(header, PVG_CAPTURE_MAGIC, 8) != 0) {
		return bad(capture, "this is no capture");
	}
	struct pvg_cursor c = pvg_cursor_init(header + 8, sizeof(header) - 8);
	uint32_t version = pvg_rd32(&c);
	if (version != PVG_CAPTURE_VERSION || pvg_rd32(&c) != PVG_CAPTURE_ALIGN) {
		return bad(capture, "written by another version");
	}
	capture->opened = true;
	return PVG_CAPTURE_OK;
}

enum pvg_capture_result pvg_capture_next(struct pvg_capture *capture,
	struct pvg_capture_chunk *chunk) {
	if (capture->error != NULL) {
		return PVG_CAPTURE_BAD;
	}
	if (capture->finished) {
		return PVG_CAPTURE_FINISHED;
	}
	if (!capture->opened) {
		enum pvg_capture_result result = read_file_header(capture);
		if (result != PVG_CAPTURE_OK) {
			return result;
		}
	}
	uint8_t header[PVG_CAPTURE_CHUNK_HEADER_BYTES];
	uint64_t offset = capture->offset;
	enum take take = capture_take(capture, header, sizeof(header));
	if (take != TAKE_OK) {
		return ends(capture, take);
	}
	struct pvg_cursor c = pvg_cursor_init(header, sizeof(header));
	uint32_t number = pvg_rd32(&c);
	size_t size = pvg_rd32(&c);
	int64_t when_ns = (int64_t)pvg_rd64(&c);
	size_t padded = (size + PVG_CAPTURE_ALIGN - 1) & ~(size_t)(PVG_CAPTURE_ALIGN - 1);
	if (padded > PVG_CAPTURE_PAYLOAD_MAX) {
		return bad(capture, "a chunk is longer than any may be");
	}
	take = capture_take(capture, capture->payload, padded);
	if (take != TAKE_OK && padded > 0) {
		return ends(capture, take);
	}
	*chunk = (struct pvg_capture_chunk){
		.type = type_of(number),
		.number = number,
		.when_ns = when_ns,
		.file_offset = offset,
		.payload_bytes = size,
	};
	if (!decode(capture, chunk)) {
		return bad(capture, "a chunk does not hold what its type needs");
	}
	capture->chunks++;
	if (chunk->type == PVG_CAPTURE_END) {
		capture->finished = true;
		return PVG_CAPTURE_FINISHED;
	}
	return PVG_CAPTURE_OK;
}

const char *pvg_capture_error(const struct pvg_capture *capture) {
	return capture->error != NULL ? capture->error : "no error";
}

const char *pvg_capture_type_name(enum pvg_capture_type type) {
	static const char *const names[PVG_CAPTURE_TYPES_MAX] = { [PVG_CAPTURE_UNKNOWN] = "unknown",
#define X(id, number, name) [PVG_CAPTURE_##id] = name,
		PVG_CAPTURE_CHUNKS(X)
#undef X
	};
	return type < PVG_CAPTURE_TYPES_MAX ? names[type] : "?";
}
