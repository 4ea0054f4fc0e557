// SPDX-License-Identifier: GPL-2.0-or-later
// Compute records (spec 02 section 2, 03 section 5).
#include "table.h"

#define C(op, name, total, ...) REC(COMPUTE, op, name, total, __VA_ARGS__)
#define PREDICATE \
	FIELDS(U32("buf", 0, 12), U64("offset", 4, 64), U32("comparison", 12, 1), \
		U32("reference", 16, 10))
#define GRID FIELDS(WHD("grid", 0, 8, 4, 1), WHD("threads_per_group", 24, 16, 16, 1))

static const struct pvg_enc_record records[] = {
	C(0x86, "useHeaps", 12, REFS_AT_4),
	C(0x87, "useResources", 16, FIELDS(U32("n", 0, 0), U16("usage", 4, 3)),
		.arrays = { ARRAY("ref", "n", 4, U32("ref", 0, 12)) }),
	C(0xc8, "dispatchThreadgroups", 56, GRID),
	C(0xc9, "dispatchThreadgroupsIndirect", 44,
		FIELDS(WHD("threads_per_group", 0, 16, 16, 1), U64("offset", 24, 64),
			U32("buf", 32, 12))),
	C(0xca, "dispatchThreads", 56, GRID),
	C(0xcb, "setBuffers", 16, BIND_BUF),
	C(0xcc, "setSamplerStates", 16, BIND_REF),
	C(0xcd, "setSamplerStatesLod", 16, BIND_LOD),
	C(0xce, "setTextures", 16, BIND_REF),
	C(0xcf, "setBufferOffset", 20, OFFSET),
	C(0xd0, "setComputePipelineState", 12, REF1),
	C(0xd1, "setStageInRegion", 56,
		FIELDS(WHD("size", 0, 64, 64, 1), XYZ("origin", 24, 8, 16, 0))),
	C(0xd2, "setStageInRegionIndirect", 20, FIELDS(U32("buf", 0, 12), U64("offset", 4, 64))),
	C(0xd3, "setThreadgroupMemoryLength", 20,
		FIELDS(U64("length", 0, 256), U32("index", 8, 1))),
	C(0xd4, "updateFence", 12, REF1),
	C(0xd5, "waitForFence", 12, REF1),
	C(0xd6, "memoryBarrierWithResources", 12, REFS_AT_4),
	C(0xd7, "memoryBarrierWithScope", 12, FIELDS(U16("scope", 0, 3))),
	C(0xd8, "setImageblockSize", 16, FIELDS(U32("width", 0, 32), U32("height", 4, 16))),
	C(0xd9, "setBuffersStride", 16, BIND_STRIDE),
	C(0xda, "setBufferOffsetStride", 28, OFFSET_STRIDE),
	C(0xdb, "computePassDescriptor", 12, FIELDS(U32("dispatch_type", 0, 0))),
	C(0xdc, "startDoWhile", 8, NO_FIELDS),
	C(0xdd, "endDoWhile", 28, PREDICATE),
	C(0xde, "startWhile", 28, PREDICATE),
	C(0xdf, "endWhile", 8, NO_FIELDS),
	C(0xe0, "startIf", 28, PREDICATE),
	C(0xe1, "startElse", 8, NO_FIELDS),
	C(0xe2, "endIf", 8, NO_FIELDS),
	C(0xe3, "insertCompressedTextureReinterpretationFlush", 8, NO_FIELDS),
	C(0xe4, "executeCommands", 28,
		FIELDS(U32("icb", 0, 12), U64("location", 4, 2), U64("length", 12, 5))),
	C(0xe5, "executeCommandsIndirectRange", 24,
		FIELDS(U32("icb", 0, 12), U32("buf", 4, 13), U64("offset", 8, 64))),
	C(0xe6, "dispatchThreadsIndirect", 20, FIELDS(U64("offset", 0, 64), U32("buf", 8, 12))),
};

const struct pvg_enc_table pvg_enc_compute_table = { records, PVG_ENC_COUNT(records) };
