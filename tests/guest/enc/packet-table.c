// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * FIFO packets (spec 01 sections 4.7 and 4.8). 0x3d, 0x41 and 0x2d's cousins without a known
 * payload carry none; a host acknowledges them whatever they hold.
 */
#include "table.h"

#define PKT(op, packet_name, payload, ...) \
	{ .space = PVG_ENC_PACKET, \
		.opcode = (op), \
		.name = (packet_name), \
		.length = 12 + (payload), \
		__VA_ARGS__ }

#define TASK_OBJECT FIELDS(U32("task", 0, 1), U32("object", 4, 12))
#define TASK_RANGE FIELDS(U32("task", 0, 1), U64("gva", 4, 0x2000), U64("length", 12, 0x1000))
#define TASK_OBJECTS \
	FIELDS(U32("task", 0, 1), U32("count", 4, 0)), \
		.arrays = { ARRAY("object", "count", 4, U32("object", 0, 12)) }

static const struct pvg_enc_record records[] = {
	PKT(0x00, "Debug", 0, NO_FIELDS),
	PKT(0x1e, "NOP", 0, NO_FIELDS),
	PKT(0x20, "DeleteTask", 4, FIELDS(U32("task", 0, 1))),
	PKT(0x22, "UnmapMemory", 20, TASK_RANGE),
	PKT(0x25, "DeleteResource", 8, TASK_OBJECT),
	PKT(0x28, "DeleteObject", 16,
		FIELDS(U32("task", 0, 1), U32("kind_op", 4, 0x3eb), U32("len", 8, 12),
			U32("ref", 12, 5))),
	PKT(0x2d, "GetDeviceInfoOld", 8,
		FIELDS(U32("pair_count", 0, 512), U32("reply_pfn", 4, 0xd0))),
	PKT(0x30, "DefineFIFO", 4, FIELDS(U32("channel", 0, 5))),
	PKT(0x31, "FreeFIFO", 4, FIELDS(U32("channel", 0, 5))),
	PKT(0x33, "SetObjectList", 12,
		FIELDS(U32("task", 0, 1), U32("list_pfn", 4, 1), U32("count", 8, 0x100000))),
	PKT(0x34, "InvalidateResources", 8, FIELDS(U32("task", 0, 1), U32("count", 4, 0)),
		.arrays = { ARRAY("resource", "count", 8, U32("object", 0, 12),
			U8("clr_host", 4, 1), U8("set_host", 5, 0), U8("clr_guest", 6, 0),
			U8("set_guest", 7, 1)) }),
	PKT(0x35, "SynchronizeResources", 8, TASK_OBJECTS),
	PKT(0x36, "DeleteIOSurfaceBacking2", 8, FIELDS(U32("object", 0, 7), U32("task", 4, 0))),
	PKT(0x37, "ExecIndirect2", 12,
		FIELDS(U32("task", 0, 1), U32("resource_count", 4, 0), U32("cmdbuf_count", 8, 0)),
		.arrays = { ARRAY("resource", "resource_count", 24, U32("object", 0, 12),
				    U8("clr_host", 4, 1), U8("set_host", 5, 1),
				    U8("clr_guest", 6, 0), U8("set_guest", 7, 0),
				    U64("tail_low", 8, 0), U64("tail_high", 16, 0)),
			ARRAY("cmdbuf", "cmdbuf_count", 16, U64("gva", 0, 0x2000),
				U64("length", 8, 0x1c)) }),
	PKT(0x38, "DefineTask2", 16,
		FIELDS(U32("task_word", 0, 2), U64("va_length", 4, 0x400000000ull),
			U32("dir_pfn", 12, 0x100))),
	PKT(0x39, "MapMemory2", 20, TASK_RANGE),
	PKT(0x3a, "GetDeviceInfo", 12,
		FIELDS(U32("key_limit", 0, 18), U32("pair_count", 4, 512),
			U32("reply_pfn", 8, 0xd0))),
	PKT(0x3b, "GetComputeInfo", 24,
		FIELDS(U32("task", 0, 1), U32("pipeline_ref", 4, 9), U32("key_limit", 8, 5),
			U32("pair_count", 12, 6), U64("reply_gva", 16, 0x3000))),
	PKT(0x3c, "ReplacePhysical", 8, TASK_OBJECT),
	PKT(0x3d, "Delay", 0, NO_FIELDS),
	PKT(0x3e, "SynchronizeAndDiscard", 8, TASK_OBJECTS),
	PKT(0x3f, "DiscardResources", 8, TASK_OBJECTS),
	// The record is 0x16 of spec 02 section 5.3, header and narrow texture block.
	PKT(0x40, "HeapTextureSizeAndAlign", 64,
		FIELDS(U32("task", 0, 1), U64("reply_gva", 4, 0x3000), U64("reply_len", 12, 16),
			U32("rec_len", 20, 40), U32("rec.opcode", 24, 0x16),
			U32("rec.length", 28, 40), U32("rec.packed", 32, 0x7d0342),
			U32("rec.width", 36, 180), U32("rec.height", 40, 135),
			U32("rec.depth", 44, 1), U16("rec.mipmap_level_count", 48, 1),
			U16("rec.sample_count", 50, 1), U16("rec.array_length", 52, 1),
			U16("rec.resource_options", 54, 0x20),
			U64("rec.protection_options", 56, 0))),
	PKT(0x41, "DeleteHostSharedTextureBacking", 0, NO_FIELDS),
};

const struct pvg_enc_table pvg_enc_packet_table = { records, PVG_ENC_COUNT(records) };

#define DSP(op, packet_name, payload, ...) \
	{ .space = PVG_ENC_DISPLAY, \
		.opcode = (op), \
		.name = (packet_name), \
		.length = 12 + (payload), \
		__VA_ARGS__ }

// Spec 04 section 4.3. The sum of a 257-entry identity ramp is 0x48400000.
static const struct pvg_enc_record display_records[] = {
	DSP(0x01, "SetSharedStatePage", 8, FIELDS(U32("port", 0, 0), U32("page_pfn", 4, 0xd1))),
	DSP(0x02, "OnlineAck", 8, FIELDS(U32("port", 0, 0), U32("generation", 4, 1))),
	DSP(0x04, "SetCursorGlyph", 44,
		FIELDS(U32("port", 0, 0), U32("task", 4, 0), U64("gva", 8, 0x10000),
			U64("mapped_len", 16, 0x1000), U64("pitch", 24, 128), U16("width", 32, 32),
			U16("height", 34, 32), U16("hot_x", 36, 4), U16("hot_y", 38, 4),
			U32("pixel_sum", 40, 0xfffffc00))),
	DSP(0x05, "ShowCursor", 8, FIELDS(U32("port", 0, 0), U32("visible", 4, 1))),
	DSP(0x06, "Transaction2", 12,
		FIELDS(U32("port", 0, 0), U32("surface", 4, 7), U32("task", 8, 0))),
	DSP(0x07, "Transaction3", 36,
		FIELDS(U32("port", 0, 0), U32("task", 4, 0), U32("surface", 8, 7),
			U64("gamma_gva", 12, 0x104000), U64("gamma_mapped_len", 20, 0x4000),
			U32("gamma_entries", 28, 257), U32("gamma_sum", 32, 0x48400000))),
	DSP(0x08, "SwapMapping", 40,
		FIELDS(U32("port", 0, 0), U32("task", 4, 0), U64("mapping", 8, 3),
			U64("gamma_gva", 16, 0x104000), U64("gamma_mapped_len", 24, 0x4000),
			U32("gamma_entries", 32, 257), U32("gamma_sum", 36, 0x48400000))),
	DSP(0x09, "SleepState", 8, FIELDS(U32("port", 0, 0), U32("state", 4, 1))),
	DSP(0x0a, "SetProperties", 8, FIELDS(U32("port", 0, 0), U32("property", 4, 1)),
		.arrays = { ARRAY("value", "", 4, U32("value", 0, 0x1234)) }),
};

const struct pvg_enc_table pvg_enc_display_table = { display_records,
	PVG_ENC_COUNT(display_records) };
