// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fills: texels and buffer words, and the zeros of new images.
 */
#include <stdlib.h>
#include <string.h>

#include "render/gles/blitter.h"
#include "render/gles/blocks.h"
#include "render/gles/gles.h"

#define PATTERN_BYTES 4096u

void gles_cmd_fill_buffer(struct gles_renderer *r, const struct pvg_gpu_span *span,
	uint32_t pattern) {
	uint64_t bytes = span->size_bytes;
	if (bytes == 0 || span->buffer == NULL) {
		return;
	}
	GLuint staging = gles_blitter_buffer(r, PATTERN_BYTES);
	if (staging == 0) {
		return;
	}
	uint32_t words[PATTERN_BYTES / 4];
	for (uint32_t i = 0; i < PATTERN_BYTES / 4; i++) {
		words[i] = pattern;
	}
	gles_span_written(r, span, bytes);
	gles_bind_buffer(r, GL_COPY_WRITE_BUFFER, staging);
	glBufferSubData(GL_COPY_WRITE_BUFFER, 0, PATTERN_BYTES, words);
	GLuint id = gles_buffer(span->buffer)->id;
	gles_bind_buffer(r, GL_COPY_READ_BUFFER, staging);
	gles_bind_buffer(r, GL_COPY_WRITE_BUFFER, id);
	uint64_t done = bytes < PATTERN_BYTES ? bytes : PATTERN_BYTES;
	GLintptr at = (GLintptr)span->offset_bytes;
	glCopyBufferSubData(GL_COPY_READ_BUFFER, GL_COPY_WRITE_BUFFER, 0, at, (GLsizeiptr)done);
	// What is filled doubles each time.
	gles_bind_buffer(r, GL_COPY_READ_BUFFER, id);
	while (done < bytes) {
		uint64_t more = bytes - done < done ? bytes - done : done;
		glCopyBufferSubData(GL_COPY_READ_BUFFER, GL_COPY_WRITE_BUFFER, at,
			at + (GLintptr)done, (GLsizeiptr)more);
		done += more;
	}
}

/* ---- texels ---------------------------------------------------------------------------------- */

static void rotate_left(uint8_t texel[16]) {
	uint16_t v = (uint16_t)(texel[0] | texel[1] << 8);
	v = (uint16_t)(v << 1 | v >> 15);
	texel[0] = (uint8_t)v;
	texel[1] = (uint8_t)(v >> 8);
}

static void clear_values(const struct gles_format *f, const uint8_t texel[16]) {
	uint32_t words[4];
	memcpy(words, texel, sizeof(words));
	float depth;
	switch (f->value) {
	case GLES_DEPTH:
		memcpy(&depth, texel, sizeof(depth));
		if (f->block_bytes == 2) {
			depth = (float)(words[0] & 0xffff) / 65535.0f;
		}
		glClearBufferfv(GL_DEPTH, 0, &depth);
		return;
	case GLES_STENCIL:
		glClearBufferiv(GL_STENCIL, 0, &(GLint){ texel[0] });
		return;
	case GLES_DEPTH_STENCIL:
		memcpy(&depth, texel, sizeof(depth));
		if (f->block_bytes == 4) {
			glClearBufferfi(GL_DEPTH_STENCIL, 0, (float)(words[0] >> 8) / 16777215.0f,
				texel[0]);
		} else {
			glClearBufferfi(GL_DEPTH_STENCIL, 0, depth, texel[4]);
		}
		return;
	default:
		break;
	}
	const struct gles_raw_format *raw = gles_raw_format(f);
	if (raw == NULL) { // packed, in GL's order
		uint32_t v = (uint32_t)texel[0] | (uint32_t)texel[1] << 8;
		float packed565[4] = { (float)(v >> 11) / 31.0f, (float)(v >> 5 & 63) / 63.0f,
			(float)(v & 31) / 31.0f, 1.0f };
		float packed5551[4] = { (float)(v >> 11) / 31.0f, (float)(v >> 6 & 31) / 31.0f,
			(float)(v >> 1 & 31) / 31.0f, (float)(v & 1) };
		float packed4444[4] = { (float)(v >> 12) / 15.0f, (float)(v >> 8 & 15) / 15.0f,
			(float)(v >> 4 & 15) / 15.0f, (float)(v & 15) / 15.0f };
		glClearBufferfv(GL_COLOR, 0,
			f->storage == GL_RGB565          ? packed565
				: f->storage == GL_RGBA4 ? packed4444
							 : packed5551);
	} else if (raw->type == GL_UNSIGNED_BYTE) {
		float color[4];
		for (int i = 0; i < 4; i++) {
			color[i] = (float)texel[i] / 255.0f;
		}
		glClearBufferfv(GL_COLOR, 0, color);
	} else {
		if (raw->type == GL_UNSIGNED_SHORT) {
			words[3] = words[1] >> 16;
			words[2] = words[1] & 0xffff;
			words[1] = words[0] >> 16;
			words[0] &= 0xffff;
		}
		glClearBufferuiv(GL_COLOR, 0, words);
	}
}

// Without EXT_clear_texture: each slice as a framebuffer.
static void clear_slices(struct gles_renderer *r, struct gles_image *image, uint32_t level,
	const uint32_t origin[3], const uint32_t size[3], const uint8_t texel[16]) {
	static const struct gles_attach none;
	const struct gles_format *f = image->format;
	GLenum point = f->value == GLES_DEPTH    ? GL_DEPTH_ATTACHMENT
		: f->value == GLES_STENCIL       ? GL_STENCIL_ATTACHMENT
		: f->value == GLES_DEPTH_STENCIL ? GL_DEPTH_STENCIL_ATTACHMENT
						 : GL_COLOR_ATTACHMENT0;
	GLenum buffer = point == GL_COLOR_ATTACHMENT0 ? point : GL_NONE;
	gles_blitter_state(r);
	gles_bind_framebuffer(r, GL_FRAMEBUFFER, gles_fbo_scratch(r, 0));
	glEnable(GL_SCISSOR_TEST);
	glScissor((GLint)origin[0], (GLint)origin[1], (GLsizei)size[0], (GLsizei)size[1]);
	for (uint32_t i = 0; i < size[2]; i++) {
		struct gles_attach attach = gles_attach_raw(image, level, origin[2] + i);
		gles_attach_now(r, GL_FRAMEBUFFER, point, &attach);
		glDrawBuffers(1, &buffer);
		clear_values(f, texel);
	}
	gles_attach_now(r, GL_FRAMEBUFFER, point, &none);
	glDisable(GL_SCISSOR_TEST);
}

// Compressed: blocks from memory, because image copies will not write the part of a block that
// lies outside an image.
static bool clear_blocks(struct gles_renderer *r, struct gles_image *image, uint32_t level,
	const uint32_t origin[3], const uint32_t size[3], const uint8_t texel[16]) {
	const struct gles_format *f = image->format;
	size_t columns = (size[0] + f->block_width - 1u) / f->block_width;
	size_t rows = (size[1] + f->block_height - 1u) / f->block_height;
	size_t bytes = columns * rows * f->block_bytes;
	uint8_t *blocks = malloc(bytes);
	if (blocks == NULL) {
		return false;
	}
	for (size_t i = 0; i < bytes; i += f->block_bytes) {
		memcpy(blocks + i, texel, f->block_bytes);
	}
	gles_bind_buffer(r, GL_PIXEL_UNPACK_BUFFER, 0);
	gles_bind_scratch(r, image->raw_target, image->raw);
	for (uint32_t i = 0; i < size[2]; i++) {
		if (image->raw_target == GL_TEXTURE_2D) {
			glCompressedTexSubImage2D(GL_TEXTURE_2D, (GLint)level, (GLint)origin[0],
				(GLint)origin[1], (GLsizei)size[0], (GLsizei)size[1], f->storage,
				(GLsizei)bytes, blocks);
		} else {
			glCompressedTexSubImage3D(image->raw_target, (GLint)level, (GLint)origin[0],
				(GLint)origin[1], (GLint)(origin[2] + i), (GLsizei)size[0],
				(GLsizei)size[1], 1, f->storage, (GLsizei)bytes, blocks);
		}
	}
	free(blocks);
	return true;
}

bool gles_clear_box(struct gles_renderer *r, struct gles_image *image, uint32_t level,
	const uint32_t origin[3], const uint32_t size[3], const uint8_t texel[16]) {
	const struct gles_format *f = image->format;
	uint8_t own[16];
	memcpy(own, texel, sizeof(own));
	if (image->blocks != NULL) {
		struct gles_block_box box = gles_block_box(image, level, origin, size);
		return gles_blocks_fill(r, image, &box, own);
	}
	if (f->flags & GLES_FORMAT_BLOCKS) {
		return clear_blocks(r, image, level, origin, size, own);
	}
	if (f->flags & GLES_FORMAT_ROTATE) {
		rotate_left(own);
	}
	if (!r->ext.clear_texture) {
		clear_slices(r, image, level, origin, size, own);
		return true;
	}
	const struct gles_raw_format *raw = gles_raw_format(f);
	r->gl.clear_tex_sub_image(image->raw, (GLint)level, (GLint)origin[0], (GLint)origin[1],
		(GLint)origin[2], (GLsizei)size[0], (GLsizei)size[1], (GLsizei)size[2],
		raw != NULL ? raw->format : f->format, raw != NULL ? raw->type : f->type, own);
	return true;
}

bool gles_image_zero(struct gles_renderer *r, struct gles_image *image) {
	static const uint8_t zeros[16];
	static const uint32_t origin[3];
	const struct pvg_gpu_image_desc *d = &image->desc;
	if (image->blocks != NULL) {
		return gles_blocks_zero(r, image);
	}
	bool blocks = (image->format->flags & GLES_FORMAT_BLOCKS) != 0;
	for (uint32_t level = 0; level < d->levels; level++) {
		const uint32_t size[3] = { gles_level_size(d->width, level),
			gles_level_size(d->height, level),
			d->kind == PVG_GPU_3D ? gles_level_size(d->depth, level) : image->slices };
		if (!blocks && r->ext.clear_texture) {
			const struct gles_raw_format *raw = gles_raw_format(image->format);
			r->gl.clear_tex_image(image->raw, (GLint)level,
				raw != NULL ? raw->format : image->format->format,
				raw != NULL ? raw->type : image->format->type, NULL);
		} else if (!gles_clear_box(r, image, level, origin, size, zeros)) {
			return false;
		}
	}
	return true;
}

void gles_cmd_fill_image(struct gles_renderer *r, const struct pvg_gpu_fill_image *fill) {
	struct gles_image *image = gles_image(fill->at.image);
	const struct pvg_gpu_image_desc *d = &image->desc;
	const struct gles_format *f = gles_format_find(fill->format);
	if (fill->width == 0 || fill->height == 0 || fill->depth == 0) {
		return;
	}
	bool volume = d->kind == PVG_GPU_3D;
	uint32_t level = fill->at.level;
	const uint32_t origin[3] = { fill->at.x, fill->at.y,
		volume ? fill->at.z : fill->at.slice + fill->at.z };
	const uint32_t size[3] = { fill->width, fill->height, fill->depth };
	const uint32_t most[3] = { gles_level_size(d->width, level),
		gles_level_size(d->height, level),
		volume ? gles_level_size(d->depth, level) : image->slices };
	bool inside = level < d->levels;
	for (int i = 0; i < 3; i++) {
		inside = inside && origin[i] <= most[i] && size[i] <= most[i] - origin[i];
	}
	if (!inside || f == NULL || f->block_bytes != image->format->block_bytes) {
		pvg_info(
			"gles: fill of %ux%ux%u in an image of format %u with a texel of format %u "
			"refused",
			fill->width, fill->height, fill->depth, d->format, fill->format);
		return;
	}
	if (image->buffer != 0) {
		pvg_info("gles: fill of a texture buffer refused");
		return;
	}
	if (!gles_clear_box(r, image, level, origin, size, fill->texel)) {
		pvg_info("gles: fill of %ux%ux%u refused: no memory", fill->width, fill->height,
			fill->depth);
	}
}
