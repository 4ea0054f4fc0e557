// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/opengl.h"

#include <string.h>

#include "wire/cursor.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Where the arguments of each call lie in its payload, in the order of the call. This is the one
 * place to change when a capture shows another order: {byte, width}; a width of 0 ends the list.
 */
static const struct layout {
	uint8_t size_bytes; // of the payload
	struct {
		uint8_t at, width;
	} arguments[PVG_WIRE_OPENGL_ARGUMENTS];
} layouts[] = {
	[0x8a - PVG_WIRE_OPENGL_FIRST] = { 4, { { 0, 4 } } }, // reference
	[0x8b - PVG_WIRE_OPENGL_FIRST] = { 4, { { 0, 4 } } }, // size
	// the plane's four numbers, its index
	[0x8c - PVG_WIRE_OPENGL_FIRST] = { 20,
		{ { 0, 4 }, { 4, 4 }, { 8, 4 }, { 12, 4 }, { 16, 4 } } },
	// sampler, least level, greatest level, bias, slot
	[0x8d - PVG_WIRE_OPENGL_FIRST] = { 20,
		{ { 0, 4 }, { 4, 4 }, { 8, 4 }, { 12, 4 }, { 16, 4 } } },
	[0x8e - PVG_WIRE_OPENGL_FIRST] = { 20,
		{ { 0, 4 }, { 4, 4 }, { 8, 4 }, { 12, 4 }, { 16, 4 } } },
	[0x8f - PVG_WIRE_OPENGL_FIRST] = { 4, { { 0, 4 } } },           // enabled
	[0x90 - PVG_WIRE_OPENGL_FIRST] = { 4, { { 0, 4 } } },           // mode
	[0x91 - PVG_WIRE_OPENGL_FIRST] = { 8, { { 0, 4 }, { 4, 4 } } }, // enabled, index
	[0x92 - PVG_WIRE_OPENGL_FIRST] = { 4, { { 0, 2 }, { 2, 2 } } }, // front, back
	[0x93 - PVG_WIRE_OPENGL_FIRST] = { 4, { { 0, 4 } } },           // state
	[0x94 - PVG_WIRE_OPENGL_FIRST] = { 0, { { 0, 0 } } },
	[0x95 - PVG_WIRE_OPENGL_FIRST] = { 0, { { 0, 0 } } },
	// texture, slice, depth plane, level, upside down, attachment
	[0x96 - PVG_WIRE_OPENGL_FIRST] = { 16,
		{ { 0, 4 }, { 4, 2 }, { 6, 2 }, { 8, 2 }, { 10, 2 }, { 12, 4 } } },
	[0x97 - PVG_WIRE_OPENGL_FIRST] = { 12,
		{ { 0, 4 }, { 4, 2 }, { 6, 2 }, { 8, 2 }, { 10, 2 } } },
	[0x98 - PVG_WIRE_OPENGL_FIRST] = { 12,
		{ { 0, 4 }, { 4, 2 }, { 6, 2 }, { 8, 2 }, { 10, 2 } } },
};

_Static_assert(COUNT(layouts) == PVG_WIRE_OPENGL_LAST - PVG_WIRE_OPENGL_FIRST + 1, "each has one");

bool pvg_wire_opengl(uint32_t opcode, const uint8_t *payload, size_t size_bytes,
	struct pvg_wire_opengl *out) {
	*out = (struct pvg_wire_opengl){ 0 };
	if (opcode < PVG_WIRE_OPENGL_FIRST || opcode > PVG_WIRE_OPENGL_LAST ||
		size_bytes != layouts[opcode - PVG_WIRE_OPENGL_FIRST].size_bytes) {
		return false;
	}
	const struct layout *layout = &layouts[opcode - PVG_WIRE_OPENGL_FIRST];
	for (unsigned int i = 0; i < COUNT(layout->arguments); i++) {
		unsigned int at = layout->arguments[i].at, width = layout->arguments[i].width;
		if (width == 0) {
			break;
		}
		struct pvg_cursor c = pvg_cursor_init(payload, size_bytes);
		pvg_rd_skip(&c, at);
		out->u[i] = width == 2 ? pvg_rd16(&c) : pvg_rd32(&c);
		memcpy(&out->f[i], &out->u[i], sizeof(out->f[i]));
	}
	return true;
}
