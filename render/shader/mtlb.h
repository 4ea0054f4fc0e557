// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_SHADER_MTLB_H
#define RENDER_SHADER_MTLB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sha256.h"
#include "status.h"

/* Spec 05 §1.8: far above the largest real module (210 KB) and library (522 functions). */
#define PVG_MTLB_MAX_BYTES (16u << 20)
#define PVG_MTLB_MAX_FUNCTIONS 1024u
#define PVG_MTLB_NAME_BYTES 256u

enum pvg_mtlb_type {
	PVG_MTLB_VERTEX,
	PVG_MTLB_FRAGMENT,
	PVG_MTLB_KERNEL,
	PVG_MTLB_UNQUALIFIED,
	PVG_MTLB_VISIBLE,
	PVG_MTLB_EXTERN,
	PVG_MTLB_INTERSECTION,
	PVG_MTLB_MESH,
	PVG_MTLB_OBJECT,
	PVG_MTLB_UNKNOWN,
};

struct pvg_mtlb_function {
	char name[PVG_MTLB_NAME_BYTES]; // cut when longer; empty in a bare module
	enum pvg_mtlb_type type;
	uint16_t air_major, air_minor;
	uint16_t language_major, language_minor;
	size_t blob_offset_bytes; // wrapper and padding, in the library
	size_t blob_size_bytes;
	size_t bitcode_offset_bytes; // raw bitcode, in the library
	size_t bitcode_size_bytes;
	uint8_t tess; // (control points << 2) | patch type, 0 when absent
	bool layered; // LAYR was there
};

/* A parsed library. Offsets are into the bytes given to pvg_mtlb_parse, which it does not keep. */
struct pvg_mtlb {
	struct pvg_mtlb_function *functions; // owned
	size_t function_count;
	uint16_t platform, format_major, format_minor;
	uint8_t library_type, target_os;
	bool bare; // no MTLB around the bitcode
};

/*
 * Reads an MTLB container, a bare bitcode wrapper or raw bitcode (spec 05 §1). Touches nothing but
 * [data, data + size), needs no LLVM. On failure *lib is empty and status says why.
 */
bool pvg_mtlb_parse(struct pvg_mtlb *lib, const uint8_t *data, size_t size,
	struct pvg_shader_status *status);
void pvg_mtlb_finish(struct pvg_mtlb *lib);

/* The function of that name, NULL when there is none. */
const struct pvg_mtlb_function *pvg_mtlb_lookup(const struct pvg_mtlb *lib, const char *name);

const char *pvg_mtlb_type_name(enum pvg_mtlb_type type);

#endif
