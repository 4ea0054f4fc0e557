// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every packet opcode (spec 01 section 4.7), in one flat table: any of them is legal on any
 * channel.
 *
 * X(opcode, name, payload bytes at the least, handler, heavy)
 * heavy: the handler may take long, so interrupts that are owed go out before it.
 */
#ifndef PVG_WIRE_OPCODES_H
#define PVG_WIRE_OPCODES_H

#define PVG_PACKET_OPCODES(X) \
	X(0x00, "Debug", 0, pvg_op_ack, false) \
	X(0x01, "DisplaySetSharedStatePage", 8, pvg_op_display_set_page, true) \
	X(0x02, "DisplayOnlineAck", 8, pvg_op_display_ack, true) \
	X(0x04, "DisplaySetCursorGlyph", 0x2c, pvg_op_cursor_glyph, true) \
	X(0x05, "DisplayShowCursor", 8, pvg_op_cursor_show, true) \
	X(0x06, "DisplayTransaction2", 12, pvg_op_present, true) \
	X(0x07, "DisplayTransaction3", 36, pvg_op_present, true) \
	X(0x08, "DisplaySwapMapping", 12, pvg_op_present, true) \
	X(0x09, "DisplaySleepState", 8, pvg_op_display_sleep, true) \
	X(0x0a, "DisplaySetProperties", 8, pvg_op_display_properties, true) \
	X(0x1e, "NOP", 0, pvg_op_ack, false) \
	X(0x20, "DeleteTask", 4, pvg_op_delete_task, true) \
	X(0x22, "UnmapMemory", 20, pvg_op_map_memory, false) \
	X(0x25, "DeleteResource", 8, pvg_op_delete_resource, false) \
	X(0x28, "DeleteObject", 16, pvg_op_delete_object, false) \
	X(0x2d, "GetDeviceInfo (old)", 8, pvg_op_device_info, true) \
	X(0x30, "DefineFIFO", 4, pvg_op_define_fifo, false) \
	X(0x31, "FreeFIFO", 4, pvg_op_free_fifo, false) \
	X(0x33, "SetObjectList", 12, pvg_op_set_object_list, false) \
	X(0x34, "InvalidateResources", 8, pvg_op_invalidate, false) \
	X(0x35, "SynchronizeResources", 8, pvg_op_synchronize, false) \
	X(0x36, "DeleteIOSurfaceBacking2", 8, pvg_op_delete_surface, false) \
	X(0x37, "ExecIndirect2", 12, pvg_op_exec, true) \
	X(0x38, "DefineTask2", 16, pvg_op_define_task, false) \
	X(0x39, "MapMemory2", 20, pvg_op_map_memory, false) \
	X(0x3a, "GetDeviceInfo", 12, pvg_op_device_info, true) \
	X(0x3b, "GetComputeInfo", 24, pvg_op_compute_info, true) \
	X(0x3c, "ReplacePhysical", 8, pvg_op_replace_physical, false) \
	X(0x3d, "Delay", 0, pvg_op_ack, false) \
	X(0x3e, "SynchronizeAndDiscard", 8, pvg_op_synchronize, false) \
	X(0x3f, "DiscardResources", 8, pvg_op_synchronize, false) \
	X(0x40, "HeapTextureSizeAndAlign", 24, pvg_op_heap_size, true) \
	X(0x41, "DeleteHostSharedTextureBacking", 0, pvg_op_ack, false)

// Numbers of older drivers: acknowledged, nothing else.
#define PVG_PACKET_RETIRED(X) \
	X(0x03) X(0x1f) X(0x21) X(0x23) X(0x24) X(0x26) X(0x27) X(0x29) X(0x2a) X(0x2b) X(0x2c) \
	X(0x2e) X(0x2f) X(0x32)

#define PVG_PACKET_OPCODE_MAX 0x41u

#endif
