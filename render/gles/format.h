// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Metal's pixel formats as GLES has them (spec 02 section 6.1, 03 sections 9.10 and 12.3).
 *
 * Each uncompressed colour format belongs to a class of 1, 2, 4, 8 or 16 bytes a texel, and a view
 * of an image in its class's raw format gives at the texels' own bits: uploads, reads, fills and
 * copies go there, so no bit is touched by a conversion.
 */
#ifndef RENDER_GLES_FORMAT_H
#define RENDER_GLES_FORMAT_H

#include <GLES3/gl32.h>
#include <stdbool.h>
#include <stdint.h>

#define GLES_FORMATS 263u // MTLPixelFormat numbers that the table has

enum gles_value { // what a shader sees
	GLES_FLOAT,
	GLES_SINT,
	GLES_UINT,
	GLES_DEPTH,
	GLES_STENCIL, // read as unsigned integers
	GLES_DEPTH_STENCIL,
};

enum gles_format_flags {
	GLES_FORMAT_BGRA = 1,    // red and blue change places
	GLES_FORMAT_ALPHA = 2,   // alpha lies in red
	GLES_FORMAT_SRGB = 4,
	GLES_FORMAT_BLOCKS = 8,  // compressed
	GLES_FORMAT_PACKED = 16, // 16-bit texels that have no raw view
	GLES_FORMAT_ROTATE = 32, // packed, GL has the guest's bits rotated left by one
	GLES_FORMAT_PARENT = 64, // view only: names the stencil of a depth-stencil image
	GLES_FORMAT_STORAGE = 128,     // storage images in core GLES 3.2
	GLES_FORMAT_STORAGE_NV = 256,  // with NV_image_formats
	GLES_FORMAT_NO_FILTER = 512,
	GLES_FORMAT_FLOAT32 = 1024, // filtering and blending need extensions
};

struct gles_format {
	const char *name; // NULL: no such format
	uint8_t block_bytes, block_width, block_height;
	uint8_t value;    // enum gles_value
	uint16_t flags;   // enum gles_format_flags
	uint16_t need;    // 1 + offset of a flag in struct gles_ext, 0: core
	GLenum storage;   // internal format of an image
	GLenum view;      // of a view; equal to @storage mostly
	GLenum format, type; // of transfers where there is no raw view
};

struct gles_raw_format {
	GLenum internal, format, type;
	uint8_t type_bytes; // alignment GL wants for offsets in buffers
};

struct gles_format_state {
	uint32_t caps; // enum pvg_gpu_format_caps
	uint8_t samples; // most
	// The format of texels that blocks become, because the host cannot sample them; 0: it can.
	uint16_t decoded;
};

// NULL: unknown to the table. Says nothing about the host.
const struct gles_format *gles_format_find(uint32_t format);

// The class of a texel size; NULL for formats without raw views.
const struct gles_raw_format *gles_raw_format(const struct gles_format *format);

struct gles_renderer;
struct pvg_renderer;

// Tries every format on the current context and fills r->formats.
void gles_formats_probe(struct gles_renderer *r);
/*
 * Takes back what transfers do not keep: some drivers turn 24-bit depth into a float on its way and
 * lose values. Once transfers work, before anybody asks for capabilities.
 */
void gles_formats_check(struct gles_renderer *r);
uint32_t gles_format_caps(struct pvg_renderer *renderer, uint16_t format);

#endif
