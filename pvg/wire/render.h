// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Payloads of render records (spec 03 sections 1, 3 and 4): fields as they were written, widened,
 * not judged. Each reader is for payloads whose length the record table has accepted; what is not
 * whole reads as zeros and gives false.
 */
#ifndef PVG_WIRE_RENDER_H
#define PVG_WIRE_RENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cursor.h"

#define PVG_WIRE_COLORS 8

struct pvg_wire_target {
	uint32_t ref;
	uint16_t level, slice, plane;
};

struct pvg_wire_attachment {
	struct pvg_wire_target target, resolve;
	uint16_t load, store, store_options;
	uint16_t filter;     // depth and stencil
	double clear[4];     // depth: the first
	uint32_t clear_stencil;
	bool resolve_inverted; // never in the descriptor: records 0x96 to 0x98
};

struct pvg_wire_pass { // 0x1a
	struct pvg_wire_attachment depth, stencil, colors[PVG_WIRE_COLORS];
	uint32_t visibility_ref;
	uint64_t array_length, width, height;
};

bool pvg_wire_pass(const uint8_t *payload, size_t size_bytes, struct pvg_wire_pass *pass);

struct pvg_wire_draw { // 0x00..0x0b, 0x10, 0x11, 0x1c, 0x1d
	uint32_t primitive;
	bool indexed, indirect;
	uint32_t index_type, index_ref, indirect_ref;
	uint64_t index_offset, indirect_offset; // bytes
	uint64_t first, count, instances, base_instance;
	int64_t base_vertex;
};

bool pvg_wire_draw(uint16_t opcode, const uint8_t *payload, size_t size_bytes,
	struct pvg_wire_draw *draw);

struct pvg_wire_patches { // 0x0c..0x0f, 0x12, 0x13
	uint64_t first, count, instances, base_instance;
	uint32_t control_points;
	bool indexed, indirect;
	uint32_t patch_ref, index_ref, indirect_ref;
	uint64_t patch_offset, index_offset, indirect_offset; // bytes
};

bool pvg_wire_patches(uint16_t opcode, const uint8_t *payload, size_t size_bytes,
	struct pvg_wire_patches *patches);

/* ---- what several encoders share (spec 03 section 1) ----------------------------------------- */

enum pvg_wire_bind_form {
	PVG_WIRE_REF,
	PVG_WIRE_SAMPLER_LOD,
	PVG_WIRE_BUF,
	PVG_WIRE_BUF_STRIDE,
};

struct pvg_wire_bind {
	uint32_t ref;
	uint64_t offset, stride;
	float lod_min, lod_max;
};

// {first, n} and n entries.
struct pvg_wire_binds {
	uint32_t first, count;
	struct pvg_cursor entries;
};

struct pvg_wire_binds pvg_wire_binds(const uint8_t *payload, size_t size_bytes);
struct pvg_wire_bind pvg_wire_next_bind(struct pvg_wire_binds *binds, enum pvg_wire_bind_form form);

// OFFSET and OFFSET_STRIDE.
struct pvg_wire_offset {
	uint32_t index;
	uint64_t offset, stride;
};

struct pvg_wire_offset pvg_wire_offset(const uint8_t *payload, size_t size_bytes, bool stride);

#endif
