// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Creation records (spec 02 section 4). Pipelines 0x0b and 0x0e are property lists (plist.h), the
 * rate map 0x32 has lists inside its list: pvg_enc_rate_map.
 */
#include "table.h"

#define OBJ(op, name, total, ...) REC(OBJECT, op, name, total, __VA_ARGS__)
#define VIEW_RANGE \
	U16("texture_type", 10, 2), U64("level_base", 12, 0), U64("level_count", 20, 1), \
		U64("slice_base", 28, 0), U64("slice_count", 36, 1)

static const struct pvg_enc_record records[] = {
	OBJ(0x01, "newTexture", 44, FIELDS(U32("object_ref", 0, 12), NARROW(4, 234, 64))),
	// flags: only bit 0 is explained, bits 7:4 are never written.
	OBJ(0x03, "newSamplerState", 36,
		FIELDS(U32("object_ref", 0, 12), U32("state", 4, 0x85022205), U8("flags", 8, 0xa1),
			F32("lod_min_clamp", 12, 0), F32("lod_max_clamp", 16, 0x7f7fffff))),
	OBJ(0x04, "newDepthStencilState", 40,
		FIELDS(U32("object_ref", 0, 12), U8("depth", 4, 0x39), U32("front.ops", 8, 0x287),
			U32("front.read_mask", 12, 0xff), U32("front.write_mask", 16, 0xff),
			U32("back.ops", 20, 0x007), U32("back.read_mask", 24, 0xff),
			U32("back.write_mask", 28, 0xff))),
	OBJ(0x07, "textureViewFormat", 20,
		FIELDS(U32("object_ref", 0, 13), U32("base_texture_ref", 4, 12),
			U16("pixel_format", 8, 81))),
	OBJ(0x08, "textureViewRange", 52,
		FIELDS(U32("object_ref", 0, 13), U32("base_texture_ref", 4, 12),
			U16("pixel_format", 8, 81), VIEW_RANGE)),
	OBJ(0x09, "bufferTexture", 64,
		FIELDS(U32("object_ref", 0, 14), U32("buffer_ref", 4, 3), U64("offset", 8, 256),
			U64("bytes_per_row", 16, 1024), NARROW(24, 234, 64))),
	OBJ(0x0c, "surfaceTexture", 48,
		FIELDS(U32("object_ref", 0, 12), NARROW(4, 1280, 800), U16("plane", 36, 0))),
	OBJ(0x0d, "newFence", 12, FIELDS(U32("object_ref", 0, 15))),
	// use_offset: test bit 0 only, the others are never written.
	OBJ(0x15, "heapTexture", 60,
		FIELDS(U32("object_ref", 0, 16), U32("heap_ref", 4, 4), NARROW(8, 234, 64),
			U8("use_offset", 40, 0xab), U64("offset", 44, 0x10000))),
	OBJ(0x16, "heapTextureSizeAndAlign", 40, FIELDS(NARROW(0, 180, 135))),
	OBJ(0x1b, "textureViewSwizzle", 56,
		FIELDS(U32("object_ref", 0, 13), U32("base_texture_ref", 4, 12),
			U16("pixel_format", 8, 80), VIEW_RANGE, U8("swizzle_r", 44, 4),
			U8("swizzle_g", 45, 3), U8("swizzle_b", 46, 2), U8("swizzle_a", 47, 1))),
	OBJ(0x2f, "surfaceTextureRotation", 48,
		FIELDS(U32("object_ref", 0, 12), NARROW(4, 1280, 800), U16("plane", 36, 0),
			U8("rotation", 38, 0))),
	OBJ(0x34, "newTextureWide", 52, FIELDS(U32("object_ref", 0, 12), WIDE(4, 234, 64))),
	OBJ(0x36, "newIndirectCommandBuffer", 88,
		FIELDS(U32("command_types", 0, 0x3), U8("max_vertex_buffers", 4, 8),
			U8("max_fragment_buffers", 5, 8), U8("max_kernel_buffers", 6, 0),
			U8("max_object_buffers", 7, 0), U8("max_mesh_buffers", 8, 0),
			U8("max_kernel_threadgroup_memory", 9, 31),
			U8("max_object_threadgroup_memory", 10, 0), U8("one_a", 11, 1),
			U8("one_b", 12, 1), U16("flags", 14, 0x7ff0), U32("zero", 16, 0),
			U16("slot.type", 20, 0), U16("slot.barrier", 22, 4),
			U16("slot.kernel_dispatch", 24, 0), U16("slot.tessellation_factor", 26, 8),
			U32("slot.pipeline", 28, 36), U32("slot.vertex_binds", 32, 40),
			U32("slot.fragment_binds", 36, 200), U32("slot.object_binds", 40, 360),
			U32("slot.mesh_binds", 44, 360), U32("slot.kernel_binds", 48, 360),
			U32("slot.attribute_strides", 52, 360),
			U32("slot.object_threadgroup", 56, 360), U32("slot.threadgroup", 60, 360),
			U32("slot.arguments", 64, 360), U32("slot.size", 68, 416),
			U32("max_command_count", 72, 64), U16("resource_options", 76, 0))),
	OBJ(0x37, "bufferTextureWide", 72,
		FIELDS(U32("object_ref", 0, 14), U32("buffer_ref", 4, 3), U64("offset", 8, 256),
			U64("bytes_per_row", 16, 1024), WIDE(24, 234, 64))),
	OBJ(0x38, "heapTextureWide", 68,
		FIELDS(U32("object_ref", 0, 16), U32("heap_ref", 4, 4), WIDE(8, 234, 64),
			U8("use_offset", 48, 0xaa), U64("offset", 52, 0))),
	OBJ(0x39, "surfaceTextureWide", 56,
		FIELDS(U32("object_ref", 0, 12), WIDE(4, 1280, 800), U16("plane", 44, 0),
			U8("rotation", 46, 0))),
};

const struct pvg_enc_table pvg_enc_object_table = { records, PVG_ENC_COUNT(records) };
