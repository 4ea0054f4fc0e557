// SPDX-License-Identifier: GPL-2.0-or-later
// Event, info and destroy records and the segment header (spec 02 sections 1.3, 2, 3.5, 4.23, 5.1).
#include "table.h"

#define I(op, name, total, ...) REC(INFO, op, name, total, __VA_ARGS__)
#define QUESTION FIELDS(U32("object", 0, 12), U32("reply_buf", 4, 3), U64("reply_off", 8, 64))
#define IMAGEBLOCK \
	FIELDS(U32("pipeline", 0, 12), WHD("size", 4, 32, 16, 1), U32("reply_buf", 28, 3), \
		U64("reply_off", 32, 64))
#define MAP_POINT \
	FIELDS(U32("map", 0, 12), U32("reply_buf", 4, 3), U64("reply_off", 8, 64), \
		U32("layer", 16, 0), F32("x", 20, F32_0_25), F32("y", 24, F32_0_5))
#define D(op, name) REC(DESTROY, op, name, 12, REF1)
#define EVENT FIELDS(U32("event_ref", 0, 7), U64("value", 4, 1))

// The length is of the whole segment; here of one without records.
#define SEGMENT(type, segment_name) \
	{ .space = PVG_ENC_SEGMENT, \
		.opcode = (type), \
		.name = (segment_name), \
		.length = 8, \
		FIELDS(U32("length", 0, 8), U8("type", 4, type), U8("continues_previous", 5, 0), \
			U8("continues_next", 6, 0)) }

static const struct pvg_enc_record records[] = {
	REC(EVENT, 0x190, "waitForEvent", 20, EVENT),
	REC(EVENT, 0x191, "signalEvent", 20, EVENT),
	REC(EVENT, 0x192, "waitForEventTimeout", 24,
		FIELDS(U32("event_ref", 0, 7), U64("value", 4, 1), U32("timeout", 12, 1000))),
	I(0x1c2, "computePipelineInfo", 24, QUESTION),
	I(0x1c3, "heapTextureSizeAndAlign", 52,
		FIELDS(NARROW(0, 180, 135), U32("reply_buf", 32, 3), U64("reply_off", 36, 64))),
	I(0x1c4, "rateMapInfo", 32,
		FIELDS(U32("map", 0, 12), U32("reply_buf", 4, 3), U64("reply_off", 8, 64),
			U32("reply_len", 16, 24), U32("zero", 20, 0))),
	I(0x1c5, "copyRateMapParameters", 24,
		FIELDS(U32("map", 0, 12), U32("buf", 4, 3), U64("offset", 8, 64))),
	I(0x1c6, "mapScreenToPhysical", 36, MAP_POINT),
	I(0x1c7, "mapPhysicalToScreen", 36, MAP_POINT),
	// What is between +0x10 and the count, and behind it, is not described.
	I(0x1c8, "mapCoordinates", 40,
		FIELDS(U32("map", 0, 12), U32("reply_buf", 4, 3), U64("reply_off", 8, 64),
			U32("count", 0x18, 0)),
		.arrays = { ARRAY("point", "count", 8, F32("x", 0, F32_0_25),
			F32("y", 4, F32_0_5)) }),
	I(0x1c9, "renderPipelineInfo", 24, QUESTION),
	I(0x1ca, "renderImageblockMemoryLength", 48, IMAGEBLOCK),
	I(0x1cb, "computeImageblockMemoryLength", 48, IMAGEBLOCK),
	I(0x1cc, "objectUniqueIdentifier", 28,
		FIELDS(U32("object_ref", 0, 12), U32("object_type", 4, 1), U32("reply_buf", 8, 3),
			U64("reply_off", 12, 64))),
	I(0x1cd, "bufferHostResourceInfo", 24, QUESTION),
	I(0x1ce, "textureHostResourceInfo", 24, QUESTION),
	I(0x1cf, "heapHostResourceInfo", 24, QUESTION),
	I(0x1d0, "samplerHostResourceInfo", 24, QUESTION),
	I(0x1d1, "indirectCommandBufferHostResourceInfo", 24, QUESTION),
	I(0x1d2, "renderPipelineHostResourceInfo", 24, QUESTION),
	I(0x1d3, "computePipelineHostResourceInfo", 24, QUESTION),
	I(0x1d4, "depthStencilHostResourceInfo", 24, QUESTION),
	I(0x1d5, "heapTextureSizeAndAlignWide", 60,
		FIELDS(WIDE(0, 180, 135), U32("reply_buf", 40, 3), U64("reply_off", 44, 64))),
	D(0x3e8, "deleteBuffer"),
	D(0x3e9, "deleteTexture"),
	D(0x3ea, "deleteDepthStencilState"),
	D(0x3eb, "deleteSamplerState"),
	D(0x3ed, "deleteFunction"),
	D(0x3ee, "deleteComputePipeline"),
	D(0x3ef, "deleteRenderPipeline"),
	D(0x3f1, "deleteFence"),
	D(0x3f4, "deleteHeap"),
	D(0x3f6, "deleteRateMap"),
	D(0x3f7, "deleteIndirectCommandBuffer"),
	SEGMENT(0, "render"),
	SEGMENT(1, "compute"),
	SEGMENT(2, "blit"),
	SEGMENT(3, "event"),
	SEGMENT(4, "info"),
	SEGMENT(5, "protectionEnvelope"),
};

const struct pvg_enc_table pvg_enc_misc_table = { records, PVG_ENC_COUNT(records) };
