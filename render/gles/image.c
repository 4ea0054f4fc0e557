// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "render/gles/blitter.h"
#include "render/gles/blocks.h"
#include "render/gles/fbo.h"
#include "render/gles/gles.h"
#include "render/gles/texel.h"

// Larger single images are refused: the device's budgets are far below.
#define IMAGE_BYTES_MAX (4ull << 30)
#define MODIFIERS_MAX 64 // of a format that are looked at

GLenum gles_target_of_kind(uint8_t kind) {
	switch (kind) {
	case PVG_GPU_1D:
	case PVG_GPU_2D:
		return GL_TEXTURE_2D;
	case PVG_GPU_1D_ARRAY:
	case PVG_GPU_2D_ARRAY:
		return GL_TEXTURE_2D_ARRAY;
	case PVG_GPU_2D_MS:
		return GL_TEXTURE_2D_MULTISAMPLE;
	case PVG_GPU_2D_MS_ARRAY:
		return GL_TEXTURE_2D_MULTISAMPLE_ARRAY;
	case PVG_GPU_CUBE:
		return GL_TEXTURE_CUBE_MAP;
	case PVG_GPU_CUBE_ARRAY:
		return GL_TEXTURE_CUBE_MAP_ARRAY;
	case PVG_GPU_3D:
		return GL_TEXTURE_3D;
	case PVG_GPU_TEXTURE_BUFFER:
		return GL_TEXTURE_BUFFER;
	default:
		return GL_NONE;
	}
}

void gles_set_swizzle(GLenum target, const struct gles_format *format, const uint8_t swizzle[4]) {
	static const GLenum names[] = { GL_TEXTURE_SWIZZLE_R, GL_TEXTURE_SWIZZLE_G,
		GL_TEXTURE_SWIZZLE_B, GL_TEXTURE_SWIZZLE_A };
	GLenum own[6] = { GL_ZERO, GL_ONE, GL_RED, GL_GREEN, GL_BLUE, GL_ALPHA };
	if (format->flags & GLES_FORMAT_BGRA) {
		own[2] = GL_BLUE;
		own[4] = GL_RED;
	} else if (format->flags & GLES_FORMAT_ALPHA) {
		own[2] = own[3] = own[4] = GL_ZERO;
		own[5] = GL_RED;
	}
	for (int i = 0; i < 4; i++) {
		glTexParameteri(target, names[i], (GLint)own[swizzle[i] < 6 ? swizzle[i] : 0]);
	}
}

// Checks a description against kind and host; NULL when it is fine, else why not.
static const char *check(const struct gles_renderer *r, const struct pvg_gpu_image_desc *d) {
	const struct gles_format *f = gles_format_find(d->format);
	if (f == NULL || r->formats[d->format].caps == 0 || (f->flags & GLES_FORMAT_PARENT)) {
		return "no such format";
	}
	if (gles_target_of_kind(d->kind) == GL_NONE) {
		return "no such type";
	}
	if (d->width == 0 || d->height == 0 || d->depth == 0 || d->levels == 0 || d->layers == 0) {
		return "an extent of zero";
	}
	uint32_t most = d->kind == PVG_GPU_3D ? r->base.caps.max_size_3d : r->base.caps.max_size_2d;
	if (d->kind == PVG_GPU_TEXTURE_BUFFER && gles_texel_buffer_format(f) == 0) {
		return "not a format of textures over buffers";
	}
	if (d->kind == PVG_GPU_TEXTURE_BUFFER) {
		return d->width <= (uint32_t)r->limits.texture_buffer_texels ? NULL : "too wide";
	}
	if (d->width > most || d->height > most || d->depth > most) {
		return "larger than the host's textures";
	}
	if ((d->kind == PVG_GPU_1D || d->kind == PVG_GPU_1D_ARRAY) && d->height != 1) {
		return "one-dimensional, with a height";
	}
	if (d->depth != 1 && d->kind != PVG_GPU_3D) {
		return "a depth";
	}
	if (gles_kind_is_cube(d->kind) && d->width != d->height) {
		return "a cube that is not square";
	}
	uint32_t slices = d->layers * (gles_kind_is_cube(d->kind) ? 6u : 1u);
	if (slices > r->base.caps.max_layers) {
		return "more layers than the host has";
	}
	uint32_t largest = d->width > d->height ? d->width : d->height;
	largest = largest > d->depth ? largest : d->depth;
	if (d->levels > 31 || largest >> (d->levels - 1) == 0) {
		return "more levels than its size has";
	}
	if (gles_kind_is_multisample(d->kind) &&
		(d->levels != 1 || d->samples > r->formats[d->format].samples)) {
		return "more samples than the host has";
	}
	return NULL;
}

static void storage(const struct gles_image *image) {
	const struct pvg_gpu_image_desc *d = &image->desc;
	GLenum internal = image->shown->storage;
	GLsizei w = (GLsizei)d->width, h = (GLsizei)d->height;
	switch (image->target) {
	case GL_TEXTURE_2D_MULTISAMPLE:
		glTexStorage2DMultisample(image->target, d->samples, internal, w, h, GL_TRUE);
		return;
	case GL_TEXTURE_2D_MULTISAMPLE_ARRAY:
		glTexStorage3DMultisample(image->target, d->samples, internal, w, h,
			(GLsizei)image->slices, GL_TRUE);
		return;
	case GL_TEXTURE_3D:
		glTexStorage3D(image->target, d->levels, internal, w, h, (GLsizei)d->depth);
		return;
	case GL_TEXTURE_2D:
	case GL_TEXTURE_CUBE_MAP:
		glTexStorage2D(image->target, d->levels, internal, w, h);
		return;
	default:
		glTexStorage3D(image->target, d->levels, internal, w, h, (GLsizei)image->slices);
		return;
	}
}

static uint64_t count_bytes(const struct gles_image *image, const struct gles_format *f) {
	const struct pvg_gpu_image_desc *d = &image->desc;
	uint64_t bytes = 0;
	for (uint32_t level = 0; level < d->levels; level++) {
		uint64_t w = gles_level_size(d->width, level);
		uint64_t h = gles_level_size(d->height, level);
		uint64_t z = d->kind == PVG_GPU_3D ? gles_level_size(d->depth, level) : 1;
		w = (w + f->block_width - 1) / f->block_width;
		h = (h + f->block_height - 1) / f->block_height;
		bytes += w * h * z * f->block_bytes;
	}
	uint64_t samples = gles_kind_is_multisample(d->kind) && d->samples > 1 ? d->samples : 1;
	return bytes * image->slices * samples;
}

// A texture buffer is a GL buffer of its own with a texture over it.
static bool make_texture_buffer(struct gles_renderer *r, struct gles_image *image) {
	glGenBuffers(1, &image->buffer);
	gles_bind_buffer(r, GL_COPY_WRITE_BUFFER, image->buffer);
	void *zero = calloc(1, image->bytes);
	if (zero == NULL) {
		return false;
	}
	glBufferData(GL_COPY_WRITE_BUFFER, (GLsizeiptr)image->bytes, zero, GL_DYNAMIC_COPY);
	free(zero);
	glTexBuffer(GL_TEXTURE_BUFFER, gles_texel_buffer_format(image->format), image->buffer);
	image->raw = image->texture;
	return glGetError() == GL_NO_ERROR;
}

static bool make_raw(struct gles_renderer *r, struct gles_image *image) {
	const struct gles_raw_format *raw = gles_raw_format(image->shown);
	GLenum internal = raw != NULL ? raw->internal : image->shown->storage;
	image->raw_target = image->target;
	if (gles_kind_is_cube(image->desc.kind)) {
		image->raw_target = GL_TEXTURE_2D_ARRAY;
	}
	image->raw = image->texture;
	if (internal == image->shown->storage && image->raw_target == image->target) {
		return true;
	}
	GLuint texture = 0;
	glGenTextures(1, &texture);
	r->gl.texture_view(texture, image->raw_target, image->texture, internal, 0,
		image->desc.levels, 0, image->slices);
	image->raw = texture;
	return glGetError() == GL_NO_ERROR;
}

static struct pvg_gpu_image *create(struct gles_renderer *r, const struct pvg_gpu_image_desc *desc,
	bool zero) {
	const char *why = check(r, desc);
	if (why != NULL) {
		pvg_info("gles: image of type %u, format %u, %ux%ux%u, %u levels, %u layers, "
			 "%u samples refused: %s",
			desc->kind, desc->format, desc->width, desc->height, desc->depth,
			desc->levels, desc->layers, desc->samples, why);
		return NULL;
	}
	struct gles_image *image = calloc(1, sizeof(*image));
	if (image == NULL) {
		return NULL;
	}
	image->desc = *desc;
	image->format = gles_format_find(desc->format);
	uint16_t decoded = r->formats[desc->format].decoded;
	image->shown = decoded != 0 ? gles_format_find(decoded) : image->format;
	image->target = gles_target_of_kind(desc->kind);
	image->slices = desc->layers * (gles_kind_is_cube(desc->kind) ? 6u : 1u);
	image->bytes = count_bytes(image, image->format);
	if (decoded != 0) {
		image->bytes += count_bytes(image, image->shown);
	}
	image->egl_image = EGL_NO_IMAGE_KHR;
	r->image_bytes += image->bytes;
	bool good = image->bytes <= IMAGE_BYTES_MAX && (decoded == 0 || gles_blocks_make(image));
	if (good) {
		while (glGetError() == GL_OUT_OF_MEMORY) {
		}
		glGenTextures(1, &image->texture);
		gles_bind_scratch(r, image->target, image->texture);
		if (image->target == GL_TEXTURE_BUFFER) {
			good = make_texture_buffer(r, image);
		} else {
			storage(image);
			static const uint8_t identity[4] = { 2, 3, 4, 5 };
			gles_set_swizzle(image->target, image->format, identity);
			image->samples = 1;
			if (gles_kind_is_multisample(desc->kind)) {
				glGetTexLevelParameteriv(image->target, 0, GL_TEXTURE_SAMPLES,
					&image->samples);
			}
			good = glGetError() == GL_NO_ERROR && make_raw(r, image) &&
				(!zero || gles_image_zero(r, image));
		}
	}
	if (!good) {
		pvg_error("gles: no memory for an image of %llu bytes (format %s, %ux%ux%u)",
			(unsigned long long)image->bytes, image->format->name, desc->width,
			desc->height, desc->depth);
		gles_image_destroy(&r->base, (struct pvg_gpu_image *)image);
		return NULL;
	}
	return (struct pvg_gpu_image *)image;
}

struct pvg_gpu_image *gles_image_create(struct pvg_renderer *renderer,
	const struct pvg_gpu_image_desc *desc) {
	return create(gles_renderer(renderer), desc, true);
}

struct pvg_gpu_image *gles_image_create_raw(struct gles_renderer *r,
	const struct pvg_gpu_image_desc *desc) {
	return create(r, desc, false);
}

static void delete_texture(struct gles_renderer *r, GLuint texture) {
	if (texture != 0) {
		gles_state_drop_texture(r, texture);
		glDeleteTextures(1, &texture);
	}
}

void gles_image_destroy(struct pvg_renderer *renderer, struct pvg_gpu_image *base) {
	struct gles_renderer *r = gles_renderer(renderer);
	if (base == NULL) {
		return;
	}
	struct gles_image *image = gles_image(base);
	if (image->raw != image->texture) {
		delete_texture(r, image->raw);
	}
	gles_fbos_drop(r, image->texture); // both aspects of it may be attached
	delete_texture(r, image->texture);
	if (image->buffer != 0) {
		gles_state_drop_buffer(r, image->buffer);
		glDeleteBuffers(1, &image->buffer);
	}
	if (image->egl_image != EGL_NO_IMAGE_KHR) {
		r->gl.egl_destroy_image(r->display, image->egl_image);
	}
	r->image_bytes -= image->bytes;
	free(image->blocks);
	free(image);
}

uint64_t gles_image_bytes(struct pvg_renderer *renderer, const struct pvg_gpu_image *image) {
	return ((const struct gles_image *)image)->bytes;
}

/* ---- images of other APIs -------------------------------------------------------------------- */

#define FOURCC(a, b, c, d) \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

// The fourcc under which GL's red is the lowest byte, so that imported texels have the same order
// as ours. X formats have room for alpha; whoever scans out ignores it.
static uint32_t in_memory_order(uint32_t fourcc) {
	switch (fourcc) {
	case FOURCC('A', 'R', '2', '4'):
	case FOURCC('X', 'R', '2', '4'):
	case FOURCC('X', 'B', '2', '4'):
		return FOURCC('A', 'B', '2', '4');
	case FOURCC('A', 'R', '3', '0'):
	case FOURCC('X', 'R', '3', '0'):
	case FOURCC('X', 'B', '3', '0'):
		return FOURCC('A', 'B', '3', '0');
	default:
		return fourcc;
	}
}

static EGLImageKHR import(struct gles_renderer *r, const struct pvg_gpu_dmabuf *dmabuf) {
	static const EGLint names[4][5] = {
		{ EGL_DMA_BUF_PLANE0_FD_EXT, EGL_DMA_BUF_PLANE0_OFFSET_EXT,
			EGL_DMA_BUF_PLANE0_PITCH_EXT, EGL_DMA_BUF_PLANE0_MODIFIER_LO_EXT,
			EGL_DMA_BUF_PLANE0_MODIFIER_HI_EXT },
		{ EGL_DMA_BUF_PLANE1_FD_EXT, EGL_DMA_BUF_PLANE1_OFFSET_EXT,
			EGL_DMA_BUF_PLANE1_PITCH_EXT, EGL_DMA_BUF_PLANE1_MODIFIER_LO_EXT,
			EGL_DMA_BUF_PLANE1_MODIFIER_HI_EXT },
		{ EGL_DMA_BUF_PLANE2_FD_EXT, EGL_DMA_BUF_PLANE2_OFFSET_EXT,
			EGL_DMA_BUF_PLANE2_PITCH_EXT, EGL_DMA_BUF_PLANE2_MODIFIER_LO_EXT,
			EGL_DMA_BUF_PLANE2_MODIFIER_HI_EXT },
		{ EGL_DMA_BUF_PLANE3_FD_EXT, EGL_DMA_BUF_PLANE3_OFFSET_EXT,
			EGL_DMA_BUF_PLANE3_PITCH_EXT, EGL_DMA_BUF_PLANE3_MODIFIER_LO_EXT,
			EGL_DMA_BUF_PLANE3_MODIFIER_HI_EXT },
	};
	const uint64_t no_modifier = 0x00ffffffffffffffull; // DRM_FORMAT_MOD_INVALID
	EGLint a[64];
	size_t n = 0;
	a[n++] = EGL_WIDTH;
	a[n++] = (EGLint)dmabuf->width;
	a[n++] = EGL_HEIGHT;
	a[n++] = (EGLint)dmabuf->height;
	a[n++] = EGL_LINUX_DRM_FOURCC_EXT;
	a[n++] = (EGLint)in_memory_order(dmabuf->fourcc);
	for (uint32_t i = 0; i < dmabuf->plane_count && i < 4; i++) {
		a[n++] = names[i][0];
		a[n++] = dmabuf->fd[i];
		a[n++] = names[i][1];
		a[n++] = (EGLint)dmabuf->offset_bytes[i];
		a[n++] = names[i][2];
		a[n++] = (EGLint)dmabuf->stride_bytes[i];
		if (r->ext.dmabuf_modifiers && dmabuf->modifier != no_modifier) {
			a[n++] = names[i][3];
			a[n++] = (EGLint)(uint32_t)dmabuf->modifier;
			a[n++] = names[i][4];
			a[n++] = (EGLint)(uint32_t)(dmabuf->modifier >> 32);
		}
	}
	a[n] = EGL_NONE;
	return r->gl.egl_create_image(r->display, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT, NULL, a);
}

size_t gles_dmabuf_modifiers(struct pvg_renderer *renderer, uint32_t fourcc, uint64_t *modifiers,
	size_t max) {
	struct gles_renderer *r = gles_renderer(renderer);
	EGLBoolean external[MODIFIERS_MAX] = { EGL_FALSE }; // llvmpipe leaves it as it was
	EGLuint64KHR found[MODIFIERS_MAX];
	EGLint count = 0;
	size_t kept = 0;
	if (!r->base.caps.dmabuf_import || !r->ext.dmabuf_modifiers ||
		r->gl.egl_query_modifiers == NULL ||
		!r->gl.egl_query_modifiers(r->display, (EGLint)in_memory_order(fourcc),
			MODIFIERS_MAX, found, external, &count)) {
		return 0;
	}
	for (EGLint i = 0; i < count && kept < max; i++) {
		if (!external[i]) { // those can be sampled, not drawn into
			modifiers[kept++] = found[i];
		}
	}
	return kept;
}

struct pvg_gpu_image *gles_image_import(struct pvg_renderer *renderer,
	const struct pvg_gpu_image_desc *desc, const struct pvg_gpu_dmabuf *dmabuf) {
	struct gles_renderer *r = gles_renderer(renderer);
	const char *why = check(r, desc);
	if (why == NULL && (desc->kind != PVG_GPU_2D || desc->levels != 1 || desc->layers != 1)) {
		why = "only plain images of one level can be imported";
	}
	if (why == NULL && !r->base.caps.dmabuf_import) {
		why = "the host cannot import dma-bufs";
	}
	if (why != NULL) {
		pvg_info("gles: import of %ux%u, format %u refused: %s", dmabuf->width,
			dmabuf->height, desc->format, why);
		return NULL;
	}
	struct gles_image *image = calloc(1, sizeof(*image));
	if (image == NULL) {
		return NULL;
	}
	image->desc = *desc;
	image->format = image->shown = gles_format_find(desc->format);
	image->target = GL_TEXTURE_2D;
	image->slices = 1;
	image->samples = 1;
	image->bytes = count_bytes(image, image->format);
	r->image_bytes += image->bytes;
	image->egl_image = import(r, dmabuf);
	bool good = false;
	if (image->egl_image != EGL_NO_IMAGE_KHR) {
		static const uint8_t identity[4] = { 2, 3, 4, 5 };
		glGenTextures(1, &image->texture);
		gles_bind_scratch(r, GL_TEXTURE_2D, image->texture);
		r->gl.egl_image_storage(GL_TEXTURE_2D, image->egl_image, NULL);
		gles_set_swizzle(GL_TEXTURE_2D, image->format, identity);
		good = glGetError() == GL_NO_ERROR && make_raw(r, image);
	}
	if (!good) {
		pvg_info("gles: dma-buf of %ux%u, fourcc 0x%08x, modifier 0x%llx refused by the "
			 "driver (EGL error 0x%x)",
			dmabuf->width, dmabuf->height, dmabuf->fourcc,
			(unsigned long long)dmabuf->modifier, (unsigned int)eglGetError());
		gles_image_destroy(renderer, (struct pvg_gpu_image *)image);
		return NULL;
	}
	return (struct pvg_gpu_image *)image;
}
