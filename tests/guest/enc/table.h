// SPDX-License-Identifier: GPL-2.0-or-later
// The words in which the tables of *-table.c are written.
#ifndef TESTS_GUEST_ENC_TABLE_H
#define TESTS_GUEST_ENC_TABLE_H

#include "record.h"

#define FIELDS(...) \
	.field_count = \
		sizeof((struct pvg_enc_field[]){ __VA_ARGS__ }) / sizeof(struct pvg_enc_field), \
	.fields = (const struct pvg_enc_field[]) { \
		__VA_ARGS__ \
	}
#define NO_FIELDS .fields = NULL
#define TAIL(bytes, ...) \
	.tail = (bytes), \
	.tail_field_count = \
		sizeof((struct pvg_enc_field[]){ __VA_ARGS__ }) / sizeof(struct pvg_enc_field), \
	.tail_fields = (const struct pvg_enc_field[]) { \
		__VA_ARGS__ \
	}
#define ARRAY(array_name, counted_by, bytes, ...) \
	{ .name = (array_name), \
		.count_field = (counted_by), \
		.element_bytes = (bytes), \
		FIELDS(__VA_ARGS__) }

#define U8(name, offset, sample) { name, offset, PVG_ENC_U8, sample }
#define U16(name, offset, sample) { name, offset, PVG_ENC_U16, sample }
#define U32(name, offset, sample) { name, offset, PVG_ENC_U32, sample }
#define U64(name, offset, sample) { name, offset, PVG_ENC_U64, sample }
#define I16(name, offset, sample) { name, offset, PVG_ENC_I16, (uint64_t)(sample) }
#define I64(name, offset, sample) { name, offset, PVG_ENC_I64, (uint64_t)(sample) }
#define F32(name, offset, sample) { name, offset, PVG_ENC_F32, sample }
#define F64(name, offset, sample) { name, offset, PVG_ENC_F64, sample }

// A record with an 8-byte header.
#define REC(in, op, record_name, total, ...) \
	{ .space = PVG_ENC_##in, \
		.opcode = (op), \
		.name = (record_name), \
		.length = (total), \
		__VA_ARGS__ }

// The narrow texture block (spec 02 section 4.2): 2D, GPU optimisation allowed, read, rendered to.
#define NARROW(at, w, h) \
	U32("packed", (at), 0x500542), U32("width", (at) + 4, w), U32("height", (at) + 8, h), \
		U32("depth", (at) + 12, 1), U16("mipmap_level_count", (at) + 16, 1), \
		U16("sample_count", (at) + 18, 1), U16("array_length", (at) + 20, 1), \
		U16("resource_options", (at) + 22, 0x20), U64("protection_options", (at) + 24, 0)

// The wide one. Its last byte is never written.
#define WIDE(at, w, h) \
	U8("type_and_flags", (at), 0x42), U16("pixel_format", (at) + 1, 80), \
		U32("usage", (at) + 3, 5), U32("width", (at) + 7, w), U32("height", (at) + 11, h), \
		U32("depth", (at) + 15, 1), U16("mipmap_level_count", (at) + 19, 1), \
		U16("sample_count", (at) + 21, 1), U16("array_length", (at) + 23, 1), \
		U16("resource_options", (at) + 25, 0x20), U64("protection_options", (at) + 27, 0), \
		U8("swizzle_r", (at) + 35, 2), U8("swizzle_g", (at) + 36, 3), \
		U8("swizzle_b", (at) + 37, 4), U8("swizzle_a", (at) + 38, 5)

// Payloads that many records share (spec 03 section 1).
#define REF1 FIELDS(U32("ref", 0, 12))
#define MODE(sample) FIELDS(U64("value", 0, sample))
#define FLOAT FIELDS(F32("value", 0, F32_2))
#define BIND_HEAD FIELDS(U32("first", 0, 2), U32("n", 4, 0))
#define BIND_REF BIND_HEAD, .arrays = { ARRAY("entry", "n", 4, U32("ref", 0, 12)) }
#define BIND_LOD \
	BIND_HEAD, \
		.arrays = { ARRAY("entry", "n", 12, U32("sampler_ref", 0, 12), \
			F32("lod_min", 4, F32_0_5), F32("lod_max", 8, F32_4)) }
#define BIND_BUF \
	BIND_HEAD, \
		.arrays = { ARRAY("entry", "n", 12, U32("buffer_ref", 0, 12), \
			U64("offset", 4, 256)) }
#define BIND_STRIDE \
	BIND_HEAD, \
		.arrays = { ARRAY("entry", "n", 20, U32("buffer_ref", 0, 12), \
			U64("offset", 4, 256), U64("attribute_stride", 12, 32)) }
#define OFFSET FIELDS(U32("index", 0, 2), U64("offset", 4, 512))
#define OFFSET_STRIDE \
	FIELDS(U32("index", 0, 2), U64("offset", 4, 512), U64("attribute_stride", 12, 32))
#define REFS_AT_4 FIELDS(U32("n", 0, 0)), .arrays = { ARRAY("ref", "n", 4, U32("ref", 0, 12)) }
#define XYZ(name, at, x, y, z) \
	U64(name ".x", (at), x), U64(name ".y", (at) + 8, y), U64(name ".z", (at) + 16, z)
#define WHD(name, at, w, h, d) \
	U64(name ".w", (at), w), U64(name ".h", (at) + 8, h), U64(name ".d", (at) + 16, d)

// Bit patterns of the samples.
#define F32_0_25 0x3e800000u
#define F32_0_5 0x3f000000u
#define F32_1 0x3f800000u
#define F32_2 0x40000000u
#define F32_4 0x40800000u
#define F64_0 0ull
#define F64_0_25 0x3fd0000000000000ull
#define F64_0_5 0x3fe0000000000000ull
#define F64_1 0x3ff0000000000000ull
#define F64_640 0x4084000000000000ull
#define F64_480 0x407e000000000000ull

#endif
