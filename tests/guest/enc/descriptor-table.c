// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Descriptors that the guest kernel driver writes (spec 02 section 4, entry types 1 to 6 and 11).
 * Types 7 and 8 are one creation record each: object-table.c. Types 9, 10 and 12 to 15 have no
 * known layout and are not here.
 */
#include "table.h"

#define DESC(type, desc_name, bytes, ...) \
	{ .space = PVG_ENC_DESCRIPTOR, \
		.opcode = (type), \
		.name = (desc_name), \
		.length = (bytes), \
		__VA_ARGS__ }

#define TEXTURE \
	FIELDS(U64("allocation_size", 0, 0x4000), U32("handle", 8, 0x1234), \
		U16("levels_flags", 12, 1), U16("slice_count", 14, 1), U64("base_offset", 16, 0), \
		U64("bytes_per_slice", 24, 0x2000), U8("bytes_per_element", 35, 4)), \
		.arrays = { ARRAY("level", "levels_flags", 36, U64("offset", 0, 0), \
			U64("size", 8, 0x2000), U64("row_stride", 16, 128), U32("width", 24, 17), \
			U32("height", 28, 64), U32("depth", 32, 1)) }, \
		TAIL(44, U32("nested.opcode", 0, 1), U32("nested.length", 4, 44), \
			U32("nested.object_ref", 8, 12), NARROW(12, 17, 64))

static const struct pvg_enc_record records[] = {
	DESC(1, "buffer", 16, FIELDS(U64("allocation_size", 0, 0x1000), U64("handle", 8, 0x1234))),
	DESC(2, "texture2", 80, TEXTURE),
	DESC(3, "texture3", 80, TEXTURE),
	DESC(4, "surface", 20,
		FIELDS(U64("length", 0, 1280 * 800 * 4), U32("backing_pfn", 8, 0x1000),
			U32("pixel_format", 12, 0x42475241), U8("plane_count", 16, 0),
			U8("zero0", 17, 0), U8("zero1", 18, 0), U8("zero2", 19, 0)),
		.arrays = { ARRAY("plane", "plane_count", 16, U32("offset", 0, 0),
			U32("width", 4, 1280), U32("height", 8, 800),
			U32("bpr_bpe", 12, 1280 * 4 | 4u << 24)) }),
	DESC(5, "surfaceTexture", 56,
		FIELDS(U32("surface_id", 0, 7), U32("owner_task", 4, 0),
			U32("nested.opcode", 8, 0x2f), U32("nested.length", 12, 48),
			U32("nested.object_ref", 16, 12), NARROW(20, 1280, 800),
			U16("plane", 52, 0), U8("rotation", 54, 0))),
	DESC(6, "function", 24,
		FIELDS(U64("blob_gva", 0, 0x20000), U32("blob_size", 8, 0x1000),
			U32("function_id", 20, 1))),
	DESC(11, "mapperTexture", 56,
		FIELDS(U64("mapper_ref", 0, 3), U32("nested.opcode", 8, 0x2f),
			U32("nested.length", 12, 48), U32("nested.object_ref", 16, 12),
			NARROW(20, 1280, 800), U16("plane", 52, 0), U8("rotation", 54, 0))),
};

const struct pvg_enc_table pvg_enc_descriptor_table = { records, PVG_ENC_COUNT(records) };
