// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the host's GLES does with each format: tried, because extension strings leave much open.
 */
#include <stdlib.h>
#include <string.h>

#include "render/gles/bc.h"
#include "render/gles/gles.h"

static bool attaches(struct gles_renderer *r, GLuint fbo, const struct gles_format *format,
	GLuint texture) {
	GLenum point = format->value == GLES_DEPTH ? GL_DEPTH_ATTACHMENT
		: format->value == GLES_STENCIL && (format->flags & GLES_FORMAT_PARENT) == 0
		? GL_STENCIL_ATTACHMENT
		: format->value >= GLES_STENCIL ? GL_DEPTH_STENCIL_ATTACHMENT
						: GL_COLOR_ATTACHMENT0;
	gles_bind_framebuffer(r, GL_FRAMEBUFFER, fbo);
	glFramebufferTexture2D(GL_FRAMEBUFFER, point, GL_TEXTURE_2D, texture, 0);
	bool complete = glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
	glFramebufferTexture2D(GL_FRAMEBUFFER, point, GL_TEXTURE_2D, 0, 0);
	return gles_no_error() && complete;
}

// Raw texels must be readable in their own type, or what the guest gets back is not what it wrote.
static bool reads_raw(struct gles_renderer *r, GLuint fbo, const struct gles_raw_format *raw,
	GLuint texture) {
	gles_bind_framebuffer(r, GL_FRAMEBUFFER, fbo);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture, 0);
	uint32_t pixels[4 * 16] = { 0 };
	gles_bind_buffer(r, GL_PIXEL_PACK_BUFFER, 0);
	glReadPixels(0, 0, 4, 4, raw->format, raw->type, pixels);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, 0, 0);
	return gles_no_error();
}

static uint32_t color_caps(struct gles_renderer *r, const struct gles_format *f, bool renders,
	uint8_t samples) {
	uint32_t caps = PVG_GPU_SAMPLE | PVG_GPU_COPY;
	bool whole = f->value == GLES_SINT || f->value == GLES_UINT;
	if (!whole && (!(f->flags & GLES_FORMAT_FLOAT32) || r->ext.float_linear)) {
		caps |= PVG_GPU_FILTER;
	}
	if (renders) {
		caps |= PVG_GPU_RENDER;
		if (!whole && (!(f->flags & GLES_FORMAT_FLOAT32) || r->ext.float_blend)) {
			caps |= PVG_GPU_BLEND;
		}
		if (samples > 1) {
			caps |= PVG_GPU_MULTISAMPLE;
		}
	}
	if ((f->flags & GLES_FORMAT_STORAGE) ||
		((f->flags & GLES_FORMAT_STORAGE_NV) && r->ext.image_formats)) {
		caps |= PVG_GPU_STORAGE;
	}
	return caps;
}

static bool may_render(const struct gles_renderer *r, const struct gles_format *f) {
	bool snorm = f->view == GL_R8_SNORM || f->view == GL_RG8_SNORM ||
		f->view == GL_RGBA8_SNORM || f->view == GL_R16_SNORM_EXT ||
		f->view == GL_RG16_SNORM_EXT || f->view == GL_RGBA16_SNORM_EXT;
	return !snorm || r->ext.render_snorm;
}

static void probe(struct gles_renderer *r, uint32_t number, const GLuint fbo) {
	const struct gles_format *f = gles_format_find(number);
	struct gles_format_state *state = &r->formats[number];
	if (f == NULL || (f->need != 0 && !((const bool *)&r->ext)[f->need - 1])) {
		return;
	}
	GLuint texture[3] = { 0 }; // storage, view, raw
	glGenTextures(3, texture);
	gles_bind_scratch(r, GL_TEXTURE_2D, texture[0]);
	// One block, so that every compressed format takes it.
	GLsizei width = f->block_width * 4, height = f->block_height * 4;
	glTexStorage2D(GL_TEXTURE_2D, 1, f->storage, width, height);
	if (!gles_no_error()) {
		goto out;
	}
	GLuint view = texture[0];
	if (f->view != f->storage) {
		view = texture[1];
		r->gl.texture_view(view, GL_TEXTURE_2D, texture[0], f->view, 0, 1, 0, 1);
		if (!gles_no_error()) {
			goto out;
		}
	}
	const struct gles_raw_format *raw = gles_raw_format(f);
	if (raw != NULL) {
		GLuint bits = texture[0];
		if (raw->internal != f->storage) {
			bits = texture[2];
			r->gl.texture_view(bits, GL_TEXTURE_2D, texture[0], raw->internal, 0, 1, 0,
				1);
		}
		if (!gles_no_error() || !reads_raw(r, fbo, raw, bits)) {
			goto out;
		}
	}
	if (f->flags & GLES_FORMAT_BLOCKS) {
		state->caps = PVG_GPU_SAMPLE | PVG_GPU_FILTER | PVG_GPU_COPY;
		goto out;
	}
	GLint samples = 0;
	glGetInternalformativ(GL_TEXTURE_2D_MULTISAMPLE, f->view, GL_SAMPLES, 1, &samples);
	state->samples = gles_no_error() && samples > 0 ? (uint8_t)samples : 1;
	bool renders = may_render(r, f) && attaches(r, fbo, f, view);
	if (f->value < GLES_DEPTH) {
		state->caps = color_caps(r, f, renders, state->samples);
	} else {
		state->caps = PVG_GPU_SAMPLE | PVG_GPU_COPY | (renders ? PVG_GPU_RENDER : 0u) |
			(renders && state->samples > 1 ? PVG_GPU_MULTISAMPLE : 0u);
	}
out:
	gles_no_error();
	for (int i = 0; i < 3; i++) {
		gles_state_drop_texture(r, texture[i]);
	}
	glDeleteTextures(3, texture);
}

// Formats that are views of one another have to be in the same form.
static void decode_missing(struct gles_renderer *r, uint16_t first, uint16_t last) {
	bool missing = false;
	for (uint16_t number = first; number <= last; number++) {
		missing |= gles_bc_find(number) != NULL && r->formats[number].caps == 0;
	}
	for (uint16_t number = first; number <= last && missing; number++) {
		const struct gles_bc *bc = gles_bc_find(number);
		uint32_t needed = PVG_GPU_SAMPLE | PVG_GPU_FILTER | PVG_GPU_COPY;
		if (bc != NULL && (r->formats[bc->texels].caps & needed) == needed) {
			r->formats[number].caps = needed;
			r->formats[number].decoded = bc->texels;
		}
	}
}

void gles_formats_probe(struct gles_renderer *r) {
	GLuint fbo = 0;
	glGenFramebuffers(1, &fbo);
	for (uint32_t number = 0; number < GLES_FORMATS; number++) {
		probe(r, number, fbo);
	}
	decode_missing(r, 130, 135);
	decode_missing(r, 140, 143);
	decode_missing(r, 150, 151);
	decode_missing(r, 152, 153);
	gles_bind_framebuffer(r, GL_FRAMEBUFFER, 0);
	glDeleteFramebuffers(1, &fbo);
}

#define TRIED_WIDTH 61u
#define TRIED_HEIGHT 37u

// Do texels of 2 or 4 bytes that a list uploads come back as they went in?
static bool keeps(struct gles_renderer *r, uint16_t format, uint32_t texel_bytes) {
	struct pvg_gpu_image_desc desc = {
		.kind = PVG_GPU_2D,
		.usage = PVG_GPU_IMAGE_SAMPLED | PVG_GPU_IMAGE_TARGET,
		.format = format,
		.width = TRIED_WIDTH,
		.height = TRIED_HEIGHT,
		.depth = 1,
		.levels = 2,
		.samples = 1,
		.layers = 1,
	};
	// Rows of whole words, because 61 texels of 2 bytes are none.
	uint32_t row_bytes = (TRIED_WIDTH * texel_bytes + 3) / 4 * 4, row_words = row_bytes / 4;
	uint32_t count = row_words * TRIED_HEIGHT;
	struct pvg_gpu_image *image = gles_image_create(&r->base, &desc);
	struct pvg_gpu_buffer *buffer = gles_buffer_create(&r->base, count * 8,
		PVG_GPU_BUFFER_UPLOAD | PVG_GPU_BUFFER_READBACK);
	bool same = image != NULL && buffer != NULL;
	if (same) {
		uint32_t *texels = (uint32_t *)(void *)buffer->map;
		for (uint32_t i = 0; i < count; i++) {
			texels[i] = 0x9e3779b1u * (i + 3); // all over the range
		}
		struct pvg_gpu_transfer t = {
			.span = { buffer, 0, buffer->size_bytes },
			.row_bytes = row_bytes,
			.at.image = image,
			.width = TRIED_WIDTH,
			.height = TRIED_HEIGHT,
			.depth = 1,
		};
		gles_cmd_upload(r, &t);
		t.span.offset_bytes = count * 4;
		gles_cmd_read(r, &t);
		if (r->ext.buffer_storage) {
			glMemoryBarrier(GL_CLIENT_MAPPED_BUFFER_BARRIER_BIT_EXT);
		}
		glFinish();
		gles_buffers_completed(r, r->serial);
		for (uint32_t y = 0; y < TRIED_HEIGHT && same; y++) {
			same = memcmp(texels + y * row_words, texels + count + y * row_words,
				       TRIED_WIDTH * texel_bytes) == 0;
		}
	}
	gles_buffer_destroy(&r->base, buffer);
	gles_image_destroy(&r->base, image);
	return same;
}

void gles_formats_check(struct gles_renderer *r) {
	// Half floats through a view of two bytes: a driver that converts to the image's own format
	// changes nearly all of them.
	r->upload_views = !gles_left_out(r, "uploads-through-views");
	if (r->upload_views && !keeps(r, 25, 2)) {
		pvg_debug("gles: uploads through views are converted: texels are copied once more");
		r->upload_views = false;
	}
	if (r->formats[255].caps != 0 && !keeps(r, 255, 4)) {
		pvg_debug("gles: 24-bit depth does not come back as it went in: not offered");
		r->formats[255].caps = r->formats[262].caps = 0;
	}
}

uint32_t gles_format_caps(struct pvg_renderer *renderer, uint16_t format) {
	return format < GLES_FORMATS ? gles_renderer(renderer)->formats[format].caps : 0;
}
