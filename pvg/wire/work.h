// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Payloads of compute and blit records (spec 03 sections 5 and 6), as wire/render.h does it.
 */
#ifndef PVG_WIRE_WORK_H
#define PVG_WIRE_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cursor.h"

struct pvg_wire_extent {
	uint64_t x, y, z;
};

struct pvg_wire_dispatch { // 0xc8, 0xc9, 0xca, 0xe6
	struct pvg_wire_extent grid, threads; // threads: of a threadgroup
	bool exact;			   // grid counts threads
	bool indirect;
	uint32_t ref;
	uint64_t offset; // bytes
};

bool pvg_wire_dispatch(uint16_t opcode, const uint8_t *payload, size_t size_bytes,
	struct pvg_wire_dispatch *dispatch);

struct pvg_wire_region { // 0xd1
	struct pvg_wire_extent origin, size;
};

bool pvg_wire_region(const uint8_t *payload, size_t size_bytes, struct pvg_wire_region *region);

struct pvg_wire_predicate { // 0xdd, 0xde, 0xe0
	uint32_t ref;
	uint64_t offset; // bytes
	uint32_t comparison, reference;
};

bool pvg_wire_predicate(const uint8_t *payload, size_t size_bytes,
	struct pvg_wire_predicate *predicate);

// A texture's part of a copy.
struct pvg_wire_place {
	uint32_t ref;
	uint16_t slice, level;
	struct pvg_wire_extent origin;
};

struct pvg_wire_copy { // 0x12c..0x130, 0x13e
	struct pvg_wire_place from, to;      // textures
	uint32_t from_ref, to_ref;           // buffers
	uint64_t from_offset, to_offset;     // bytes
	uint64_t row_bytes, image_bytes, size_bytes;
	struct pvg_wire_extent size;
	uint32_t options;
	uint16_t slices, levels; // 0x13e
};

bool pvg_wire_copy(uint16_t opcode, const uint8_t *payload, size_t size_bytes,
	struct pvg_wire_copy *copy);

struct pvg_wire_fill { // 0x132, 0x13f, 0x140, 0x141
	uint32_t ref;                    // buffer
	uint64_t offset, length;         // bytes
	uint32_t pattern;
	struct pvg_wire_place at;        // texture
	struct pvg_wire_extent size;
	uint32_t bytes_ref;
	uint64_t bytes_offset;
	double color[4];
	uint16_t format;
};

bool pvg_wire_fill(uint16_t opcode, const uint8_t *payload, size_t size_bytes,
	struct pvg_wire_fill *fill);

#endif
