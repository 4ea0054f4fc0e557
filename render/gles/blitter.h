// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies that GL has no call for: drawn by programs of our own.
 *
 * Depth, stencil and packed 16-bit texels have no raw view. To read them they are drawn into an
 * unsigned integer image of the guest's texel size, to write them they are drawn out of one. Multi-
 * sampled depth and stencil are resolved by drawing too, because GL leaves the filter open.
 */
#ifndef RENDER_GLES_BLITTER_H
#define RENDER_GLES_BLITTER_H

#include "render/gles/fbo.h"
#include "render/gles/gles.h"

bool gles_blitter_init(struct gles_renderer *r);
void gles_blitter_finish(struct gles_renderer *r);

struct gles_rect {
	uint32_t x, y, width, height;
};

/**
 * gles_blitter_image - a plain image for texels of @texel_bytes (1, 2, 4, 8, 16), at least so large
 *
 * Its content is nobody's. Belongs to the blitter; valid until the next call with the same size.
 * NULL: no memory; logged.
 */
struct gles_image *gles_blitter_image(struct gles_renderer *r, uint32_t texel_bytes, uint32_t width,
	uint32_t height);

/**
 * gles_blitter_bits - the same as a texture of the raw format itself, not a view of something else
 *
 * Where uploads go that must not pass a view (gles_renderer.upload_views).
 */
struct gles_image *gles_blitter_bits(struct gles_renderer *r, uint32_t texel_bytes, uint32_t width,
	uint32_t height);

// A buffer of at least @bytes for staging, without a mapping; 0: no memory.
GLuint gles_blitter_buffer(struct gles_renderer *r, uint64_t bytes);

/**
 * gles_blitter_pack - texels of an image without raw view, as the guest has them in memory
 * @to: from gles_blitter_image, of the aspect's texel size; written at 0, 0
 */
bool gles_blitter_pack(struct gles_renderer *r, struct gles_image *from, uint32_t level,
	uint32_t slice, const struct gles_rect *rect, uint8_t aspect, struct gles_image *to);
// The reverse: @from is read at 0, 0.
bool gles_blitter_unpack(struct gles_renderer *r, struct gles_image *from, struct gles_image *to,
	uint32_t level, uint32_t slice, const struct gles_rect *rect, uint8_t aspect);
// Bytes a texel of an aspect takes in buffers.
uint32_t gles_aspect_bytes(const struct gles_format *format, uint8_t aspect);

/**
 * gles_blitter_resolve - depth or stencil of a multisampled image, to a plain one
 * @filter: MTLMultisampleDepthResolveFilter, MTLMultisampleStencilResolveFilter
 * @depth_filter: for stencil filter 1, "the sample that depth took"
 * @inverted: upside down
 */
bool gles_blitter_resolve(struct gles_renderer *r, struct gles_view *from,
	const struct gles_attach *source, const struct gles_attach *to, bool stencil,
	uint8_t filter, uint8_t depth_filter, bool inverted, uint32_t width, uint32_t height);

/**
 * gles_blitter_resolve_color - the average of a view's samples, or the first one of integers
 *
 * For views that have another format than their image: glBlitFramebuffer of some drivers reads
 * those in the image's format. And for resolves upside down, which it does not do.
 */
bool gles_blitter_resolve_color(struct gles_renderer *r, struct gles_view *from,
	const struct gles_attach *source, const struct gles_attach *to, bool inverted,
	uint32_t width, uint32_t height);

/**
 * gles_blitter_halve - one level of a slice, from the level above
 */
bool gles_blitter_halve(struct gles_renderer *r, struct gles_view *view, uint32_t level,
	uint32_t slice);

// Every level and slice of a new image: zeros.
bool gles_image_zero(struct gles_renderer *r, struct gles_image *image);

/**
 * gles_clear_box - writes one texel, in the guest's byte order, to a box of an image
 */
bool gles_clear_box(struct gles_renderer *r, struct gles_image *image, uint32_t level,
	const uint32_t origin[3], const uint32_t size[3], const uint8_t texel[16]);

// Frees what large transfers left. At the end of a list.
void gles_blitter_trim(struct gles_renderer *r);

// State that clears and our draws need: no scissor, all channels, no tests. draw.c is told.
void gles_blitter_state(struct gles_renderer *r);

#endif
