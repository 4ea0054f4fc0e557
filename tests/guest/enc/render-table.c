// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Render records (spec 02 section 2, 03 sections 3 and 4). 0x0e, 0x1c and 0x1d come from a
 * deserializer's table only; for the OpenGL block 0x8a to 0x98 no layout was captured: fields are
 * in the order of the calls (section 4.9).
 */
#include "table.h"

#define R(op, name, total, ...) REC(RENDER, op, name, total, __VA_ARGS__)
#define OPENGL(op, name, total, ...) R(op, name, total, __VA_ARGS__, .flags = PVG_ENC_OPAQUE)
#define SAMPLER_BIAS \
	FIELDS(U32("sampler_ref", 0, 14), F32("lod_min", 4, F32_0_5), F32("lod_max", 8, F32_4), \
		F32("lod_bias", 12, F32_1), U32("index", 16, 0))
#define RESOLVE_TARGET \
	U32("resolve_texture", 0, 11), U16("slice", 4, 0), U16("plane", 6, 0), U16("level", 8, 0), \
		U16("inverted", 10, 1)

// The common 28 bytes of an attachment, the last two never written.
#define ATTACHMENT(name, at, texture, load, store) \
	U32(name ".texture", (at), texture), U32(name ".resolve_texture", (at) + 4, 0), \
		U16(name ".level", (at) + 8, 0), U16(name ".slice", (at) + 10, 0), \
		U16(name ".plane", (at) + 12, 0), U16(name ".resolve_level", (at) + 14, 0), \
		U16(name ".resolve_slice", (at) + 16, 0), \
		U16(name ".resolve_plane", (at) + 18, 0), U16(name ".load", (at) + 20, load), \
		U16(name ".store", (at) + 22, store), U16(name ".store_options", (at) + 24, 0)
#define COLOUR(name, at, texture, load, store) \
	ATTACHMENT(name, at, texture, load, store), F64(name ".clear_r", (at) + 28, F64_0_25), \
		F64(name ".clear_g", (at) + 36, F64_0_5), F64(name ".clear_b", (at) + 44, F64_0), \
		F64(name ".clear_a", (at) + 52, F64_1)

#define INDEXED_BASES \
	FIELDS(U16("prim", 0, 3), U16("itype", 2, 1), U32("ibuf", 4, 12), U16("ioffset", 8, 64), \
		U16("icount", 10, 6), U16("instances", 12, 2), I16("base_vertex", 14, -3), \
		U16("base_inst", 16, 1))
#define INDEXED_BASES_WIDE \
	FIELDS(U16("prim", 0, 3), U16("itype", 2, 1), U32("ibuf", 4, 12), \
		U64("ioffset", 8, 0x10000), U64("icount", 16, 6), U64("instances", 24, 2), \
		I64("base_vertex", 32, -3), U64("base_inst", 40, 1))
#define INDEXED_PATCHES_WIDE \
	FIELDS(U64("start", 0, 0), U64("count", 8, 0x10001), U32("patch_ibuf", 16, 0), \
		U64("patch_ioff", 20, 0), U32("cp_ibuf", 28, 13), U64("cp_ioff", 32, 0), \
		U64("instances", 40, 1), U64("base_inst", 48, 0), U16("cps", 56, 4))
#define TILE_REGION \
	WHD("threads", 0, 16, 16, 1), XYZ("origin", 24, 0, 0, 0), WHD("size", 48, 640, 480, 1)
#define VIEWPORT \
	F64("x", 0, F64_0), F64("y", 8, F64_0), F64("w", 16, F64_640), F64("h", 24, F64_480), \
		F64("znear", 32, F64_0), F64("zfar", 40, F64_1)
#define SCISSOR U64("x", 0, 8), U64("y", 8, 16), U64("w", 16, 320), U64("h", 24, 240)

static const struct pvg_enc_record records[] = {
	R(0x00, "drawPrimitivesWide", 28,
		FIELDS(U32("prim", 0, 3), U64("vstart", 4, 0x10000), U64("vcount", 12, 3))),
	R(0x01, "drawPrimitives", 16,
		FIELDS(U32("prim", 0, 3), U16("vstart", 4, 6), U16("vcount", 6, 3))),
	R(0x02, "drawPrimitivesInstancedWide", 36,
		FIELDS(U64("vstart", 0, 0x10000), U64("vcount", 8, 3), U64("instances", 16, 2),
			U16("prim", 24, 3))),
	R(0x03, "drawPrimitivesInstanced", 16,
		FIELDS(U16("vstart", 0, 6), U16("vcount", 2, 3), U16("instances", 4, 2),
			U16("prim", 6, 3))),
	R(0x04, "drawPrimitivesInstancedBaseWide", 44,
		FIELDS(U64("vstart", 0, 0x10000), U64("vcount", 8, 3), U64("instances", 16, 2),
			U64("base_inst", 24, 1), U16("prim", 32, 3))),
	R(0x05, "drawPrimitivesInstancedBase", 20,
		FIELDS(U16("vstart", 0, 6), U16("vcount", 2, 3), U16("instances", 4, 2),
			U16("base_inst", 6, 1), U16("prim", 8, 3))),
	R(0x06, "drawIndexedPrimitivesWide", 32,
		FIELDS(U16("prim", 0, 3), U16("itype", 2, 1), U32("ibuf", 4, 12),
			U64("icount", 8, 6), U64("ioffset", 16, 0x10000))),
	R(0x07, "drawIndexedPrimitives", 20,
		FIELDS(U16("prim", 0, 3), U16("itype", 2, 0), U32("ibuf", 4, 12),
			U16("icount", 8, 6), U16("ioffset", 10, 64))),
	R(0x08, "drawIndexedPrimitivesInstancedWide", 40,
		FIELDS(U16("prim", 0, 3), U16("itype", 2, 1), U32("ibuf", 4, 12),
			U64("icount", 8, 6), U64("ioffset", 16, 0x10000), U64("instances", 24, 2))),
	R(0x09, "drawIndexedPrimitivesInstanced", 24,
		FIELDS(U16("prim", 0, 3), U16("itype", 2, 0), U32("ibuf", 4, 12),
			U16("icount", 8, 6), U16("ioffset", 10, 64), U16("instances", 12, 2))),
	R(0x0a, "drawIndexedPrimitivesInstancedBasesWide", 56, INDEXED_BASES_WIDE),
	R(0x0b, "drawIndexedPrimitivesInstancedBases", 28, INDEXED_BASES),
	R(0x0c, "drawPatchesWide", 56,
		FIELDS(U64("start", 0, 0), U64("count", 8, 0x10001), U32("patch_ibuf", 16, 0),
			U64("patch_ioff", 20, 0), U64("instances", 28, 1), U64("base_inst", 36, 0),
			U16("cps", 44, 4))),
	R(0x0c, "drawIndexedPatchesWide", 68, INDEXED_PATCHES_WIDE),
	R(0x0d, "drawPatches", 24,
		FIELDS(U16("start", 0, 1), U16("count", 2, 5), U32("patch_ibuf", 4, 12),
			U16("patch_ioff", 8, 16), U16("instances", 10, 1), U16("base_inst", 12, 0),
			U16("cps", 14, 4))),
	R(0x0e, "drawIndexedPatchesWideDeserializer", 68, INDEXED_PATCHES_WIDE),
	R(0x0f, "drawIndexedPatches", 32,
		FIELDS(U16("start", 0, 1), U16("count", 2, 5), U32("patch_ibuf", 4, 12),
			U16("patch_ioff", 8, 16), U32("cp_ibuf", 10, 13), U16("cp_ioff", 14, 32),
			U16("instances", 16, 1), U16("base_inst", 18, 0), U16("cps", 20, 4))),
	R(0x10, "drawPrimitivesIndirect", 24,
		FIELDS(U64("ind_offset", 0, 64), U32("ind_buf", 8, 12), U16("prim", 12, 3))),
	R(0x11, "drawIndexedPrimitivesIndirect", 36,
		FIELDS(U16("prim", 0, 3), U16("itype", 2, 1), U32("ibuf", 4, 12),
			U32("ind_buf", 8, 13), U64("ioffset", 12, 64), U64("ind_offset", 20, 128))),
	R(0x12, "drawPatchesIndirect", 36,
		FIELDS(U32("patch_ibuf", 0, 12), U32("ind_buf", 4, 13), U64("patch_ioff", 8, 64),
			U64("ind_off", 16, 128), U16("cps", 24, 4))),
	R(0x13, "drawIndexedPatchesIndirect", 48,
		FIELDS(U32("patch_ibuf", 0, 12), U32("cp_ibuf", 4, 13), U32("ind_buf", 8, 14),
			U64("patch_ioff", 12, 64), U64("cp_ioff", 20, 128), U64("ind_off", 28, 192),
			U16("cps", 36, 4))),
	R(0x14, "executeCommandsIndirectRange", 24,
		FIELDS(U32("icb", 0, 12), U32("buf", 4, 13), U64("offset", 8, 64))),
	R(0x15, "executeCommands", 28,
		FIELDS(U32("icb", 0, 12), U64("location", 4, 2), U64("length", 12, 5))),
	R(0x16, "memoryBarrierWithResources", 16,
		FIELDS(U32("n", 0, 0), U16("after_stages", 4, 2), U16("before_stages", 6, 1)),
		.arrays = { ARRAY("ref", "n", 4, U32("ref", 0, 12)) }),
	R(0x17, "memoryBarrierWithScope", 12,
		FIELDS(U8("scope", 0, 3), U8("zero", 1, 0), U8("after_stages", 2, 2),
			U8("before_stages", 3, 1))),
	R(0x18, "updateFence", 16, FIELDS(U32("fence", 0, 15), U32("after_stages", 4, 2))),
	R(0x19, "waitForFence", 16, FIELDS(U32("fence", 0, 15), U32("before_stages", 4, 1))),
	R(0x1a, "renderPassDescriptor", 592,
		FIELDS(ATTACHMENT("depth", 0x00, 13, 2, 1), F64("depth.clear", 0x1c, F64_1),
			U16("depth.filter", 0x24, 0), ATTACHMENT("stencil", 0x28, 0, 0, 0),
			U32("stencil.clear", 0x44, 0), U16("stencil.filter", 0x48, 0),
			COLOUR("colour0", 0x4c, 12, 2, 1), COLOUR("colour1", 0x88, 0, 0, 0),
			COLOUR("colour2", 0xc4, 0, 0, 0), COLOUR("colour3", 0x100, 0, 0, 0),
			COLOUR("colour4", 0x13c, 0, 0, 0), COLOUR("colour5", 0x178, 0, 0, 0),
			COLOUR("colour6", 0x1b4, 0, 0, 0), COLOUR("colour7", 0x1f0, 0, 0, 0),
			U32("visibility_buffer", 0x22c, 0), U64("array_length", 0x230, 0),
			U64("width", 0x238, 640), U64("height", 0x240, 480))),
	R(0x1b, "useHeapsStages", 16, FIELDS(U32("n", 0, 0), U16("stages", 4, 3)), .tail = 2,
		.arrays = { ARRAY("ref", "n", 4, U32("ref", 0, 12)) }),
	R(0x1c, "drawIndexedPrimitivesInstancedBasesWide2", 56, INDEXED_BASES_WIDE),
	R(0x1d, "drawIndexedPrimitivesInstancedBases2", 28, INDEXED_BASES),
	R(0x1e, "defaultRasterSampleCount", 12, FIELDS(U32("count", 0, 4))),
	R(0x20, "samplePositions", 12, FIELDS(U32("n", 0, 0)),
		.arrays = { ARRAY("position", "n", 8, F32("x", 0, F32_0_25),
			F32("y", 4, F32_0_5)) }),
	R(0x21, "passRateMap", 12, REF1),
	R(0x22, "passImageblockSampleLength", 12, FIELDS(U32("length", 0, 16))),
	R(0x23, "passThreadgroupMemoryLength", 12, FIELDS(U32("length", 0, 64))),
	R(0x24, "passTileSize", 12, FIELDS(U16("width", 0, 32), U16("height", 2, 16))),
	R(0x65, "setBlendColor", 24,
		FIELDS(F32("r", 0, F32_0_25), F32("g", 4, F32_0_5), F32("b", 8, F32_1),
			F32("a", 12, F32_1))),
	R(0x66, "setColorStoreAction", 16, FIELDS(U32("action", 0, 1), U32("index", 4, 2))),
	R(0x67, "setColorStoreActionOptions", 20, FIELDS(U64("options", 0, 1), U32("index", 8, 2))),
	R(0x68, "setDepthStencilState", 12, REF1),
	R(0x69, "setDepthStoreAction", 16, MODE(1)),
	R(0x6a, "setDepthStoreActionOptions", 16, MODE(1)),
	R(0x6b, "setCullMode", 16, MODE(2)),
	R(0x6c, "setDepthBias", 20,
		FIELDS(F32("bias", 0, F32_1), F32("slope_scale", 4, F32_2),
			F32("clamp", 8, F32_0_5))),
	R(0x6d, "setDepthClipMode", 16, MODE(1)),
	R(0x6e, "setFragmentBuffers", 16, BIND_BUF),
	R(0x6f, "setFragmentBufferOffset", 20, OFFSET),
	R(0x70, "setFragmentSamplerStates", 16, BIND_REF),
	R(0x71, "setFragmentSamplerStatesLod", 16, BIND_LOD),
	R(0x72, "setFragmentTextures", 16, BIND_REF),
	R(0x73, "setFrontFacingWinding", 16, MODE(1)),
	R(0x74, "setRenderPipelineState", 12, REF1),
	R(0x75, "setScissorRect", 40, FIELDS(SCISSOR)),
	R(0x76, "setScissorRects", 16, FIELDS(U64("n", 0, 0)),
		.arrays = { ARRAY("rect", "n", 32, SCISSOR) }),
	R(0x77, "setStencilReferenceValue", 16, FIELDS(U32("front", 0, 1), U32("back", 4, 2))),
	R(0x78, "setStencilStoreAction", 16, MODE(1)),
	R(0x79, "setStencilStoreActionOptions", 16, MODE(1)),
	R(0x7a, "setTessellationFactorBuffer", 28,
		FIELDS(U32("buf", 0, 12), U64("offset", 4, 64), U64("instance_stride", 12, 16))),
	R(0x7b, "setTessellationFactorScale", 12, FLOAT),
	R(0x7c, "setTriangleFillMode", 16, MODE(1)),
	R(0x7d, "setVertexBuffers", 16, BIND_BUF),
	R(0x7e, "setVertexBufferOffset", 20, OFFSET),
	R(0x7f, "setVertexSamplerStates", 16, BIND_REF),
	R(0x80, "setVertexSamplerStatesLod", 16, BIND_LOD),
	R(0x81, "setVertexTextures", 16, BIND_REF),
	R(0x82, "setViewport", 56, FIELDS(VIEWPORT)),
	R(0x83, "setViewports", 12, FIELDS(U32("n", 0, 0)),
		.arrays = { ARRAY("viewport", "n", 48, VIEWPORT) }),
	R(0x84, "setVisibilityResultMode", 24, FIELDS(U64("offset", 0, 64), U64("mode", 8, 1))),
	R(0x85, "textureBarrier", 8, NO_FIELDS),
	R(0x86, "useHeaps", 12, REFS_AT_4),
	R(0x87, "useResources", 16, FIELDS(U32("n", 0, 0), U16("usage", 4, 1)),
		.arrays = { ARRAY("ref", "n", 4, U32("ref", 0, 12)) }),
	R(0x88, "setLineWidth", 12, FLOAT),
	R(0x89, "useResourcesStages", 16,
		FIELDS(U32("n", 0, 0), U16("usage", 4, 1), U16("stages", 6, 3)),
		.arrays = { ARRAY("ref", "n", 4, U32("ref", 0, 12)) }),
	OPENGL(0x8a, "setAlphaTestReferenceValue", 12, FLOAT),
	OPENGL(0x8b, "setPointSize", 12, FLOAT),
	OPENGL(0x8c, "setClipPlane", 28,
		FIELDS(F32("a", 0, F32_1), F32("b", 4, F32_1), F32("c", 8, F32_0_5),
			F32("d", 12, F32_2), U32("plane", 16, 2))),
	OPENGL(0x8d, "setVertexSamplerStateLodBias", 28, SAMPLER_BIAS),
	OPENGL(0x8e, "setFragmentSamplerStateLodBias", 28, SAMPLER_BIAS),
	OPENGL(0x8f, "setViewportTransformEnabled", 12, FIELDS(U32("enabled", 0, 0))),
	OPENGL(0x90, "setProvokingVertexMode", 12, FIELDS(U32("mode", 0, 1))),
	OPENGL(0x91, "setPrimitiveRestartEnabled", 16,
		FIELDS(U32("enabled", 0, 1), U32("restart", 4, 3))),
	OPENGL(0x92, "setTriangleFillModes", 12, FIELDS(U16("front", 0, 0), U16("back", 2, 1))),
	OPENGL(0x93, "setTransformFeedbackState", 12, FIELDS(U32("state", 0, 0))),
	R(0x94, "setDepthCleared", 8, NO_FIELDS),
	R(0x95, "setStencilCleared", 8, NO_FIELDS),
	OPENGL(0x96, "setColorResolveTexture", 24,
		FIELDS(RESOLVE_TARGET, U32("attachment", 12, 0))),
	OPENGL(0x97, "setDepthResolveTexture", 20, FIELDS(RESOLVE_TARGET)),
	OPENGL(0x98, "setStencilResolveTexture", 20, FIELDS(RESOLVE_TARGET)),
	R(0x99, "setVertexAmplificationMode", 16, FIELDS(U32("mode", 0, 0), U32("value", 4, 2))),
	R(0x9a, "setVertexAmplificationCount", 12, FIELDS(U32("n", 0, 0)),
		.arrays = { ARRAY("view", "n", 8, U32("viewport_index_offset", 0, 1),
			U32("rt_array_index_offset", 4, 2)) }),
	R(0x9b, "dispatchThreadsPerTile", 32, FIELDS(WHD("threads", 0, 16, 16, 1))),
	R(0x9c, "setTileThreadgroupMemoryLength", 28,
		FIELDS(U64("length", 0, 256), U64("offset", 8, 0), U32("index", 16, 1))),
	R(0x9d, "setTileBuffers", 16, BIND_BUF),
	R(0x9e, "setTileBufferOffset", 20, OFFSET),
	R(0x9f, "setTileSamplerStates", 16, BIND_REF),
	R(0xa0, "setTileSamplerStatesLod", 16, BIND_LOD),
	R(0xa1, "setTileTextures", 16, BIND_REF),
	R(0xa2, "dispatchThreadsPerTileInRegion", 84, FIELDS(TILE_REGION)),
	R(0xa3, "dispatchThreadsPerTileInRegionIndex", 84,
		FIELDS(TILE_REGION, U32("render_target_array_index", 72, 1))),
	R(0xa4, "getTileDimensions", 20, FIELDS(U32("buf", 0, 12), U64("offset", 4, 64))),
	R(0xa5, "setVertexBuffersStride", 16, BIND_STRIDE),
	R(0xa6, "setVertexBufferOffsetStride", 28, OFFSET_STRIDE),
};

const struct pvg_enc_table pvg_enc_render_table = { records, PVG_ENC_COUNT(records) };
