// SPDX-License-Identifier: GPL-2.0-or-later
// The words in which the tables of *-table.c are written.
#ifndef TESTS_GUEST_ENC_TABLE_H
#define TESTS_GUEST_ENC_TABLE_H

#include "record.h"

#define FIELDS(...) \
	.field_count = sizeof((struct pvg_enc_field[]){ __VA_ARGS__ }) / sizeof(struct pvg_enc_field), \
	.fields = (const struct pvg_enc_field[]) { __VA_ARGS__ }
#define NO_FIELDS .fields = NULL
#define TAIL(bytes, ...) \
	.tail = (bytes), .tail_field_count = \
		sizeof((struct pvg_enc_field[]){ __VA_ARGS__ }) / sizeof(struct pvg_enc_field), \
	.tail_fields = (const struct pvg_enc_field[]) { __VA_ARGS__ }
#define ARRAY(array_name, counted_by, bytes, ...) \
	{ \
		.name = (array_name), .count_field = (counted_by), .element_bytes = (bytes), \
		FIELDS(__VA_ARGS__) \
	}

#define U8(name, offset, sample) { name, offset, PVG_ENC_U8, sample }
#define U16(name, offset, sample) { name, offset, PVG_ENC_U16, sample }
#define U32(name, offset, sample) { name, offset, PVG_ENC_U32, sample }
#define U64(name, offset, sample) { name, offset, PVG_ENC_U64, sample }
#define I16(name, offset, sample) { name, offset, PVG_ENC_I16, (uint64_t)(sample) }
#define I64(name, offset, sample) { name, offset, PVG_ENC_I64, (uint64_t)(sample) }
#define F32(name, offset, sample) { name, offset, PVG_ENC_F32, sample }
#define F64(name, offset, sample) { name, offset, PVG_ENC_F64, sample }

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
