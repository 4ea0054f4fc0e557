// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Metal's pixel formats as they lie in memory (spec 02 section 6.1). Facts about bytes only: what
 * a GPU can do with a format is the renderer's to say (pvg_renderer_ops.format_caps).
 */
#ifndef PVG_FORMAT_H
#define PVG_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

enum pvg_format_class { // what a shader sees
	PVG_FORMAT_UNORM,
	PVG_FORMAT_SNORM,
	PVG_FORMAT_UINT,
	PVG_FORMAT_SINT,
	PVG_FORMAT_FLOAT,
	PVG_FORMAT_DEPTH, // with .stencil: combined
	PVG_FORMAT_STENCIL,
	PVG_FORMAT_XR, // fixed point beyond 0..1: value = (x - 384) / 510
};

enum pvg_format_kind {
	PVG_FORMAT_PLAIN,
	PVG_FORMAT_BC,
	PVG_FORMAT_PVRTC,
	PVG_FORMAT_ETC, // also EAC
	PVG_FORMAT_ASTC,
	PVG_FORMAT_ASTC_HDR,
	PVG_FORMAT_YUV, // 4:2:2, two pixels a block
};

struct pvg_format {
	uint16_t number; // MTLPixelFormat
	uint16_t twin;   // the sRGB form of a linear format and the other way round, 0: none
	uint8_t block_width, block_height, block_bytes;
	uint8_t type;       // enum pvg_format_class
	uint8_t kind;       // enum pvg_format_kind; all but PLAIN are in blocks
	uint8_t components; // 1..4
	bool srgb;
	bool bgra;      // blue comes first in memory, or in the lowest bits
	bool depth;     // has a depth aspect
	bool stencil;   // has a stencil aspect
	bool view_only; // 261, 262: the stencil aspect of 260, 255
	char name[24];  // Metal's, without the prefix
};

// NULL for a number that has no public layout. Any thread; static memory.
const struct pvg_format *pvg_format_get(uint32_t number);

// Bytes of one row of blocks of @width pixels: below 2^64 for every 32-bit width.
uint64_t pvg_format_row_bytes(const struct pvg_format *format, uint32_t width);

// Rows of blocks that @height pixels take.
uint32_t pvg_format_rows(const struct pvg_format *format, uint32_t height);

// "BGRA8Unorm", "format 600"; for logs. @buffer holds at least 24 bytes.
const char *pvg_format_name(uint32_t number, char *buffer);

// Bytes of a MTLVertexFormat or MTLAttributeFormat (spec 02 section 6.2), 0: unknown.
uint32_t pvg_vertex_format_bytes(uint32_t number);

#endif
