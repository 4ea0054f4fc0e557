// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Surface descriptors: object-list entries of type 4 (spec 02 section 4.7), and the formats in
 * which one can be presented (spec 04 section 8.3).
 */
#ifndef PVG_WIRE_SURFACE_H
#define PVG_WIRE_SURFACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PVG_SURFACE_PLANES_MAX 8
#define PVG_SURFACE_EDGE_MAX 16384

#define PVG_FOURCC(a, b, c, d) \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)
#define PVG_FOURCC_XRGB8888 PVG_FOURCC('X', 'R', '2', '4')
#define PVG_FOURCC_XBGR8888 PVG_FOURCC('X', 'B', '2', '4')
#define PVG_FOURCC_XRGB2101010 PVG_FOURCC('X', 'R', '3', '0')
#define PVG_FOURCC_XBGR2101010 PVG_FOURCC('X', 'B', '3', '0')

struct pvg_surface_plane {
	uint32_t offset_bytes, width, height; // pixels
	uint32_t stride_bytes, element_bytes;
};

struct pvg_surface {
	uint64_t length_bytes;
	uint64_t gva; // of the backing, in the owning task
	uint32_t format; // FourCC or MTLPixelFormat, as the guest wrote it
	uint32_t plane_count;
	struct pvg_surface_plane planes[PVG_SURFACE_PLANES_MAX];
};

/**
 * pvg_surface_parse - decode and validate a type-4 descriptor
 *
 * Returns NULL, or what is wrong with it in plain words.
 */
const char *pvg_surface_parse(struct pvg_surface *surface, const uint8_t *bytes, size_t size_bytes,
	uint32_t page_shift);

// Converts one row of @width pixels.
typedef void (*pvg_row_convert)(uint8_t *dst, const uint8_t *src, uint32_t width);

struct pvg_present_format {
	uint32_t pixel_bytes;
	uint32_t fourcc;             // DRM format that needs no conversion, or XRGB8888
	bool direct;                 // rows are copied as they are into @fourcc
	pvg_row_convert to_xrgb8888; // NULL: they already are
};

// NULL for a format that is not presented.
const struct pvg_present_format *pvg_present_format(uint32_t guest_format);

// "'BGRA'" or "80", for logs.
const char *pvg_surface_format_name(uint32_t guest_format, char name[12]);

#endif
