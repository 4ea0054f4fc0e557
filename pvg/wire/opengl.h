// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Payloads of render records 0x8a to 0x98 (spec 03 section 4.9). Nobody has captured them: the
 * places and widths are inferred, and all of them are in the one table of opengl.c.
 */
#ifndef PVG_WIRE_OPENGL_H
#define PVG_WIRE_OPENGL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PVG_WIRE_OPENGL_FIRST 0x8au
#define PVG_WIRE_OPENGL_LAST 0x98u
#define PVG_WIRE_OPENGL_ARGUMENTS 6u

// What the guest's call was given, by the number of the argument.
struct pvg_wire_opengl {
	uint32_t u[PVG_WIRE_OPENGL_ARGUMENTS]; // of a floating-point argument: its bits
	float f[PVG_WIRE_OPENGL_ARGUMENTS];    // of an integer: the same bits
};

// False: not one of these records, or its payload has another length. @out is zero then.
bool pvg_wire_opengl(uint32_t opcode, const uint8_t *payload, size_t size_bytes,
	struct pvg_wire_opengl *out);

#endif
