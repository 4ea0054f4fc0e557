// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies between buffers and between images. Image copies move bits: the raw textures of both ends
 * have the same format whenever their texels have the same size.
 */
#include "render/gles/blitter.h"
#include "render/gles/blocks.h"
#include "render/gles/gles.h"

void gles_cmd_copy_buffer(struct gles_renderer *r, const struct pvg_gpu_copy_buffer *c) {
	uint64_t bytes = c->from.size_bytes;
	if (bytes == 0 || c->from.buffer == NULL || c->to.buffer == NULL) {
		return;
	}
	gles_span_read(r, &c->from, bytes);
	gles_span_written(r, &c->to, bytes);
	gles_bind_buffer(r, GL_COPY_READ_BUFFER, gles_buffer(c->from.buffer)->id);
	gles_bind_buffer(r, GL_COPY_WRITE_BUFFER, gles_buffer(c->to.buffer)->id);
	glCopyBufferSubData(GL_COPY_READ_BUFFER, GL_COPY_WRITE_BUFFER,
		(GLintptr)c->from.offset_bytes, (GLintptr)c->to.offset_bytes, (GLsizeiptr)bytes);
}

// Where in a texture's third dimension a location is.
static uint32_t layer_of(const struct pvg_gpu_location *at) {
	return gles_image(at->image)->desc.kind == PVG_GPU_3D ? at->z : at->slice + at->z;
}

static bool refuse(const struct pvg_gpu_copy_image *c, const char *why) {
	pvg_info("gles: copy of %ux%ux%u from format %u level %u to format %u level %u refused: %s",
		c->width, c->height, c->depth, gles_image(c->from.image)->desc.format,
		c->from.level, gles_image(c->to.image)->desc.format, c->to.level, why);
	return false;
}

static bool inside(const struct pvg_gpu_location *at, const struct pvg_gpu_copy_image *c) {
	const struct gles_image *image = gles_image(at->image);
	const struct pvg_gpu_image_desc *d = &image->desc;
	if (at->level >= d->levels) {
		return false;
	}
	uint64_t depth =
		d->kind == PVG_GPU_3D ? gles_level_size(d->depth, at->level) : image->slices;
	return (uint64_t)at->x + c->width <= gles_level_size(d->width, at->level) &&
		(uint64_t)at->y + c->height <= gles_level_size(d->height, at->level) &&
		(uint64_t)layer_of(at) + c->depth <= depth;
}

static bool check(const struct pvg_gpu_copy_image *c) {
	const struct gles_image *from = gles_image(c->from.image), *to = gles_image(c->to.image);
	if (!inside(&c->from, c) || !inside(&c->to, c)) {
		return refuse(c, "outside the image");
	}
	const struct gles_raw_format *raw = gles_raw_format(from->format);
	if (raw != NULL ? raw != gles_raw_format(to->format)
			: from->format->storage != to->format->storage ||
				from->format->flags != to->format->flags) {
		// Compressed formats may differ in sRGB alone.
		uint16_t both = from->format->flags & to->format->flags;
		if (!(both & GLES_FORMAT_BLOCKS) ||
			from->format->block_bytes != to->format->block_bytes ||
			from->format->block_width != to->format->block_width ||
			from->format->block_height != to->format->block_height) {
			return refuse(c, "texels of different kinds");
		}
	}
	bool samples = gles_kind_is_multisample(from->desc.kind);
	if (samples != gles_kind_is_multisample(to->desc.kind) ||
		(samples && from->desc.samples != to->desc.samples)) {
		return refuse(c, "different sample counts");
	}
	return true;
}

static bool overlaps(uint32_t a, uint32_t b, uint32_t size) {
	return a < b ? b - a < size : a - b < size;
}

static bool is_overlap(const struct pvg_gpu_copy_image *c) {
	return c->from.image == c->to.image && c->from.level == c->to.level &&
		overlaps(layer_of(&c->from), layer_of(&c->to), c->depth) &&
		overlaps(c->from.x, c->to.x, c->width) && overlaps(c->from.y, c->to.y, c->height);
}

static void copy_texels(const struct pvg_gpu_location *from, const struct pvg_gpu_location *to,
	uint32_t width, uint32_t height, uint32_t depth) {
	const struct gles_image *a = gles_image(from->image), *b = gles_image(to->image);
	glCopyImageSubData(a->raw, a->raw_target, from->level, (GLint)from->x, (GLint)from->y,
		(GLint)layer_of(from), b->raw, b->raw_target, to->level, (GLint)to->x, (GLint)to->y,
		(GLint)layer_of(to), (GLsizei)width, (GLsizei)height, (GLsizei)depth);
}

// The depth or the stencil of combined texels: a blit takes one and leaves the other.
static void copy_aspect(struct gles_renderer *r, const struct pvg_gpu_copy_image *c) {
	static const struct gles_attach none;
	bool depth = c->aspect == PVG_GPU_ASPECT_DEPTH;
	gles_blitter_state(r);
	gles_bind_framebuffer(r, GL_READ_FRAMEBUFFER, gles_fbo_scratch(r, 1));
	gles_bind_framebuffer(r, GL_DRAW_FRAMEBUFFER, gles_fbo_scratch(r, 0));
	for (uint32_t i = 0; i < c->depth; i++) {
		struct gles_attach from = gles_attach_raw(gles_image(c->from.image), c->from.level,
			layer_of(&c->from) + i);
		struct gles_attach to =
			gles_attach_raw(gles_image(c->to.image), c->to.level, layer_of(&c->to) + i);
		gles_attach_now(r, GL_READ_FRAMEBUFFER, GL_DEPTH_STENCIL_ATTACHMENT, &from);
		gles_attach_now(r, GL_DRAW_FRAMEBUFFER, GL_DEPTH_STENCIL_ATTACHMENT, &to);
		glDrawBuffers(1, &(GLenum){ GL_NONE });
		glReadBuffer(GL_NONE);
		glBlitFramebuffer((GLint)c->from.x, (GLint)c->from.y, (GLint)(c->from.x + c->width),
			(GLint)(c->from.y + c->height), (GLint)c->to.x, (GLint)c->to.y,
			(GLint)(c->to.x + c->width), (GLint)(c->to.y + c->height),
			depth ? GL_DEPTH_BUFFER_BIT : GL_STENCIL_BUFFER_BIT, GL_NEAREST);
	}
	gles_attach_now(r, GL_READ_FRAMEBUFFER, GL_DEPTH_STENCIL_ATTACHMENT, &none);
	gles_attach_now(r, GL_DRAW_FRAMEBUFFER, GL_DEPTH_STENCIL_ATTACHMENT, &none);
}

static void copy(struct gles_renderer *r, const struct pvg_gpu_copy_image *c) {
	bool part = gles_image(c->from.image)->format->value == GLES_DEPTH_STENCIL &&
		c->aspect != PVG_GPU_ASPECT_ALL;
	if (part) {
		copy_aspect(r, c);
	} else {
		copy_texels(&c->from, &c->to, c->width, c->height, c->depth);
	}
}

static void copy_staged(struct gles_renderer *r, const struct pvg_gpu_copy_image *c) {
	const struct gles_image *image = gles_image(c->from.image);
	struct pvg_gpu_image_desc desc = image->desc;
	const struct gles_format *f = image->format;
	bool volume = desc.kind == PVG_GPU_3D;
	bool samples = gles_kind_is_multisample(desc.kind);
	desc.kind = volume ? PVG_GPU_3D : samples ? PVG_GPU_2D_MS_ARRAY : PVG_GPU_2D_ARRAY;
	desc.width = (c->width + f->block_width - 1u) / f->block_width * f->block_width;
	desc.height = (c->height + f->block_height - 1u) / f->block_height * f->block_height;
	desc.depth = volume ? c->depth : 1;
	desc.layers = volume ? 1 : (uint16_t)c->depth;
	desc.levels = 1;
	struct pvg_gpu_image *between = gles_image_create_raw(r, &desc);
	if (between == NULL) {
		refuse(c, "no memory");
		return;
	}
	struct pvg_gpu_copy_image out = *c, in = *c;
	out.to = (struct pvg_gpu_location){ .image = between };
	in.from = out.to;
	copy(r, &out);
	copy(r, &in);
	gles_image_destroy(&r->base, between);
}

static void copy_texture_buffers(struct gles_renderer *r, const struct pvg_gpu_copy_image *c) {
	const struct gles_image *from = gles_image(c->from.image), *to = gles_image(c->to.image);
	if (from->buffer == 0 || to->buffer == 0 ||
		from->format->block_bytes != to->format->block_bytes ||
		(from == to && overlaps(c->from.x, c->to.x, c->width)) ||
		(uint64_t)c->from.x + c->width > from->desc.width ||
		(uint64_t)c->to.x + c->width > to->desc.width) {
		refuse(c, "not between these texture buffers");
		return;
	}
	GLsizeiptr texel = from->format->block_bytes;
	gles_bind_buffer(r, GL_COPY_READ_BUFFER, from->buffer);
	gles_bind_buffer(r, GL_COPY_WRITE_BUFFER, to->buffer);
	glCopyBufferSubData(GL_COPY_READ_BUFFER, GL_COPY_WRITE_BUFFER, c->from.x * texel,
		c->to.x * texel, c->width * texel);
}

static void copy_blocks(struct gles_renderer *r, const struct pvg_gpu_copy_image *c) {
	struct gles_image *from = gles_image(c->from.image), *to = gles_image(c->to.image);
	const uint32_t size[3] = { c->width, c->height, c->depth };
	const uint32_t a[3] = { c->from.x, c->from.y, layer_of(&c->from) };
	const uint32_t b[3] = { c->to.x, c->to.y, layer_of(&c->to) };
	if (from->blocks == NULL || to->blocks == NULL) {
		refuse(c, "one of them is decoded");
		return;
	}
	if (a[0] % 4 != 0 || a[1] % 4 != 0 || b[0] % 4 != 0 || b[1] % 4 != 0) {
		refuse(c, "not whole blocks");
		return;
	}
	struct gles_block_box out = gles_block_box(from, c->from.level, a, size);
	struct gles_block_box in = gles_block_box(to, c->to.level, b, size);
	if (!gles_blocks_copy(r, from, &out, to, &in)) {
		refuse(c, "no memory");
	}
}

void gles_cmd_copy_image(struct gles_renderer *r, const struct pvg_gpu_copy_image *c) {
	if (c->width == 0 || c->height == 0 || c->depth == 0) {
		return;
	}
	if (gles_image(c->from.image)->buffer != 0 || gles_image(c->to.image)->buffer != 0) {
		copy_texture_buffers(r, c);
	} else if (!check(c)) {
		return;
	} else if (gles_image(c->from.image)->blocks != NULL ||
		gles_image(c->to.image)->blocks != NULL) {
		copy_blocks(r, c);
	} else if (is_overlap(c)) {
		copy_staged(r, c);
	} else {
		copy(r, c);
	}
}
