// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>

#include "wire/cursor.h"
#include "wire/state.h"

enum {
	OP_SAMPLER = 0x03,
	OP_DEPTH_STENCIL = 0x04,
};

enum { COMPARE_ALWAYS = 7, ADDRESS_LAST = 5, BORDER_LAST = 2, MIP_LAST = 2 };

// The record's header, and its length against the table's. False: another one.
static bool read_header(struct pvg_cursor *c, uint32_t opcode, uint32_t length) {
	size_t whole = pvg_cursor_left(c);

	return pvg_rd32(c) == opcode && pvg_rd32(c) == length && whole == length;
}

static float rd_f32(struct pvg_cursor *c) {
	uint32_t bits = pvg_rd32(c);
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

const char *pvg_sampler_parse(struct pvg_gpu_sampler_desc *sampler, const uint8_t *bytes,
	size_t size_bytes) {
	struct pvg_cursor c = pvg_cursor_init(bytes, size_bytes);

	if (!read_header(&c, OP_SAMPLER, 36)) {
		return "record length";
	}
	pvg_rd_skip(&c, 4); // own ref
	uint32_t state = pvg_rd32(&c);
	pvg_rd_skip(&c, 4); // flags that change nothing here, unwritten bytes
	*sampler = (struct pvg_gpu_sampler_desc){
		.min_filter = state & 1,
		.mag_filter = state >> 2 & 1,
		.compare = state >> 5 & 7,
		.address = { state >> 8 & 7, state >> 12 & 7, state >> 16 & 7 },
		.border = state >> 20 & 3,
		.mip_filter = state >> 24 & 3,
		.max_anisotropy = state >> 26 & 31,
		.normalized = (state >> 31) != 0,
	};
	sampler->lod_min = rd_f32(&c);
	sampler->lod_max = rd_f32(&c);
	pvg_rd_skip(&c, 8);
	if (c.failed) {
		return "record length";
	}
	for (unsigned int i = 0; i < 3; i++) {
		if (sampler->address[i] > ADDRESS_LAST) {
			return "address mode";
		}
	}
	if (sampler->border > BORDER_LAST) {
		return "border colour";
	}
	if (sampler->mip_filter > MIP_LAST) {
		return "mip filter";
	}
	if (sampler->max_anisotropy > 16) {
		return "anisotropy";
	}
	if (isnan(sampler->lod_min) || isnan(sampler->lod_max) ||
		sampler->lod_min > sampler->lod_max) {
		return "level clamps";
	}
	if (sampler->max_anisotropy == 0) {
		sampler->max_anisotropy = 1;
	}
	return NULL;
}

static struct pvg_gpu_stencil_face read_face(struct pvg_cursor *c, bool present) {
	uint32_t ops = pvg_rd32(c);
	uint32_t read_mask = pvg_rd32(c);
	uint32_t write_mask = pvg_rd32(c);

	if (!present) { // unwritten: the test is off for this face
		return (struct pvg_gpu_stencil_face){
			.compare = COMPARE_ALWAYS,
			.read_mask = UINT32_MAX,
			.write_mask = UINT32_MAX,
		};
	}
	return (struct pvg_gpu_stencil_face){
		.compare = ops & 7,
		.fail = ops >> 3 & 7,
		.depth_fail = ops >> 6 & 7,
		.pass = ops >> 9 & 7,
		.read_mask = read_mask,
		.write_mask = write_mask,
	};
}

const char *pvg_depth_stencil_parse(struct pvg_gpu_depth_stencil *state, const uint8_t *bytes,
	size_t size_bytes) {
	struct pvg_cursor c = pvg_cursor_init(bytes, size_bytes);

	if (!read_header(&c, OP_DEPTH_STENCIL, 40)) {
		return "record length";
	}
	pvg_rd_skip(&c, 4); // own ref
	uint32_t bits = pvg_rd8(&c);
	pvg_rd_skip(&c, 3);
	*state = (struct pvg_gpu_depth_stencil){
		.compare = bits & 7,
		.write = (bits & 8) != 0,
		.stencil = (bits & 0x30) != 0,
	};
	state->front = read_face(&c, (bits & 0x10) != 0);
	state->back = read_face(&c, (bits & 0x20) != 0);
	return c.failed ? "record length" : NULL;
}

const char *pvg_function_parse(struct pvg_function *function, const uint8_t *bytes,
	size_t size_bytes) {
	struct pvg_cursor c = pvg_cursor_init(bytes, size_bytes);
	uint64_t end;

	function->gva = pvg_rd64(&c);
	function->size_bytes = pvg_rd32(&c);
	if (c.failed) {
		return "descriptor shorter than its head";
	}
	if (function->gva == 0 || function->size_bytes == 0) {
		return "no library";
	}
	if (function->size_bytes > PVG_LIBRARY_BYTES_MAX) {
		return "library above 16 MiB";
	}
	return pvg_add(function->gva, function->size_bytes, &end) ? NULL : "library wraps around";
}
