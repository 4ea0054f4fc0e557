// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "render/gles/fbo.h"
#include "render/gles/gles.h"
#include "render/gles/texel.h"

static bool swizzle_is_identity(const uint8_t s[4]) {
	return s[0] == 2 && s[1] == 3 && s[2] == 4 && s[3] == 5;
}

// Can texels of one format be seen as another's?
static bool formats_agree(const struct gles_format *image, const struct gles_format *view) {
	if (image == view) {
		return true;
	}
	if (view->flags & GLES_FORMAT_PARENT) {
		return view->storage == image->storage;
	}
	if (image->flags & view->flags & GLES_FORMAT_BLOCKS) {
		return image->block_bytes == view->block_bytes &&
			image->block_width == view->block_width &&
			image->block_height == view->block_height;
	}
	const struct gles_raw_format *raw = gles_raw_format(image);
	return raw != NULL && raw == gles_raw_format(view);
}

// What of an image a kind of view can show.
static unsigned int family(uint8_t kind) {
	switch (gles_target_of_kind(kind)) {
	case GL_TEXTURE_3D:
		return 1;
	case GL_TEXTURE_BUFFER:
		return 2;
	case GL_TEXTURE_2D_MULTISAMPLE:
	case GL_TEXTURE_2D_MULTISAMPLE_ARRAY:
		return 3;
	default:
		return 4;
	}
}

// What the texture of a view is in: its format, or what blocks become.
static const struct gles_format *shown_format(const struct gles_renderer *r, uint16_t format) {
	uint16_t decoded = r->formats[format].decoded;
	return gles_format_find(decoded != 0 ? decoded : format);
}

static const char *check(const struct gles_renderer *r, const struct gles_image *image,
	const struct pvg_gpu_view_desc *d) {
	const struct gles_format *f = gles_format_find(d->format);
	if (f == NULL || r->formats[d->format].caps == 0) {
		return "no such format";
	}
	if (gles_target_of_kind(d->kind) == GL_NONE ||
		family(d->kind) != family(image->desc.kind)) {
		return "not a type for this image";
	}
	if (d->kind == PVG_GPU_TEXTURE_BUFFER && gles_texel_buffer_format(f) == 0) {
		return "not a format of textures over buffers";
	}
	bool decoded = r->formats[d->format].decoded != 0;
	if (!formats_agree(image->format, f) || decoded != (image->blocks != NULL) ||
		(decoded && shown_format(r, d->format)->storage != image->shown->storage)) {
		return "not a format for this image";
	}
	if (d->levels == 0 || d->slices == 0 ||
		(uint32_t)d->first_level + d->levels > image->desc.levels ||
		(uint32_t)d->first_slice + d->slices > image->slices) {
		return "levels or slices that the image has not";
	}
	bool single = d->kind == PVG_GPU_1D || d->kind == PVG_GPU_2D || d->kind == PVG_GPU_2D_MS ||
		d->kind == PVG_GPU_3D;
	if ((single && d->slices != 1) || (d->kind == PVG_GPU_CUBE && d->slices != 6) ||
		(d->kind == PVG_GPU_CUBE_ARRAY && d->slices % 6 != 0)) {
		return "a number of slices that its type cannot have";
	}
	return NULL;
}

static bool make_texture(struct gles_renderer *r, struct gles_view *view) {
	const struct pvg_gpu_view_desc *d = &view->desc;
	glGenTextures(1, &view->texture);
	view->owns_texture = true;
	if (view->target == GL_TEXTURE_BUFFER) {
		gles_bind_scratch(r, view->target, view->texture);
		glTexBuffer(GL_TEXTURE_BUFFER, view->gl_format, view->image->buffer);
		return glGetError() == GL_NO_ERROR;
	}
	r->gl.texture_view(view->texture, view->target, view->image->texture, view->gl_format,
		d->first_level, d->levels, d->first_slice, d->slices);
	if (glGetError() != GL_NO_ERROR) {
		return false;
	}
	gles_bind_scratch(r, view->target, view->texture);
	gles_set_swizzle(view->target, view->format, d->swizzle);
	if (view->format->value == GLES_STENCIL && (view->format->flags & GLES_FORMAT_PARENT)) {
		glTexParameteri(view->target, GL_DEPTH_STENCIL_TEXTURE_MODE, GL_STENCIL_INDEX);
	}
	return true;
}

// The image's own texture does when the view changes nothing that a texture holds.
static bool shows_all(const struct gles_image *image, const struct gles_view *view) {
	const struct pvg_gpu_view_desc *d = &view->desc;
	uint16_t order = GLES_FORMAT_BGRA | GLES_FORMAT_ALPHA;
	return view->target == image->target && view->gl_format == image->shown->storage &&
		(view->format->flags & order) == (image->format->flags & order) &&
		(view->format->flags & GLES_FORMAT_PARENT) == 0 && d->first_level == 0 &&
		d->levels == image->desc.levels && d->first_slice == 0 &&
		d->slices == image->slices && swizzle_is_identity(d->swizzle) &&
		view->target != GL_TEXTURE_BUFFER;
}

struct pvg_gpu_view *gles_view_create(struct pvg_renderer *renderer, struct pvg_gpu_image *base,
	const struct pvg_gpu_view_desc *desc) {
	struct gles_renderer *r = gles_renderer(renderer);
	struct gles_image *image = gles_image(base);
	const char *why = check(r, image, desc);
	struct gles_view *view = NULL;
	if (why == NULL) {
		view = calloc(1, sizeof(*view));
		why = "no memory";
	}
	if (view != NULL) {
		view->image = image;
		view->desc = *desc;
		view->format = gles_format_find(desc->format);
		view->target = gles_target_of_kind(desc->kind);
		view->gl_format = desc->kind == PVG_GPU_TEXTURE_BUFFER
			? gles_texel_buffer_format(view->format)
			: shown_format(r, desc->format)->view;
		view->bgra = (view->format->flags & GLES_FORMAT_BGRA) != 0;
		view->alpha = (view->format->flags & GLES_FORMAT_ALPHA) != 0;
		view->srgb = (view->format->flags & GLES_FORMAT_SRGB) != 0;
		view->width = gles_level_size(image->desc.width, desc->first_level);
		view->height = gles_level_size(image->desc.height, desc->first_level);
		view->depth = gles_level_size(image->desc.depth, desc->first_level);
		if (shows_all(image, view)) {
			view->texture = image->texture;
			return (struct pvg_gpu_view *)view;
		}
		if (make_texture(r, view)) {
			return (struct pvg_gpu_view *)view;
		}
		why = "the driver will not";
	}
	pvg_info(
		"gles: view of format %u as type %u, format %u, levels %u+%u, slices %u+%u refused: "
		"%s",
		image->desc.format, desc->kind, desc->format, desc->first_level, desc->levels,
		desc->first_slice, desc->slices, why);
	gles_view_destroy(renderer, (struct pvg_gpu_view *)view);
	return NULL;
}

void gles_view_destroy(struct pvg_renderer *renderer, struct pvg_gpu_view *base) {
	struct gles_renderer *r = gles_renderer(renderer);
	if (base == NULL) {
		return;
	}
	struct gles_view *view = gles_view(base);
	gles_draws_drop_view(r, view);
	gles_fbos_drop(r, view->texture);
	gles_view_layers_finish(r, view);
	GLuint textures[] = { view->owns_texture ? view->texture : 0, view->array_texture,
		view->stored_texture };
	for (int i = 0; i < 3; i++) {
		if (textures[i] != 0) {
			gles_state_drop_texture(r, textures[i]);
			glDeleteTextures(1, &textures[i]);
		}
	}
	free(view);
}

GLuint gles_view_array_texture(struct gles_renderer *r, struct gles_view *view) {
	if (!gles_kind_is_cube(view->desc.kind)) {
		return view->texture;
	}
	if (view->array_texture == 0) {
		const struct pvg_gpu_view_desc *d = &view->desc;
		GLuint texture = 0;
		glGenTextures(1, &texture);
		r->gl.texture_view(texture, GL_TEXTURE_2D_ARRAY, view->image->texture,
			view->gl_format, d->first_level, d->levels, d->first_slice, d->slices);
		if (glGetError() != GL_NO_ERROR) {
			glDeleteTextures(1, &texture);
			return 0;
		}
		gles_bind_scratch(r, GL_TEXTURE_2D_ARRAY, texture);
		gles_set_swizzle(GL_TEXTURE_2D_ARRAY, view->format, d->swizzle);
		view->array_texture = texture;
	}
	return view->array_texture;
}

GLenum gles_view_stored_format(const struct gles_view *view) {
	switch (view->gl_format) {
	case GL_SRGB8_ALPHA8:
		return GL_RGBA8;
	case GL_SR8_EXT:
		return GL_R8;
	case GL_SRG8_EXT:
		return GL_RG8;
	case GL_RGB9_E5:
		return GL_R32UI;
	default:
		return view->gl_format;
	}
}

GLuint gles_view_stored_texture(struct gles_renderer *r, struct gles_view *view) {
	GLenum format = gles_view_stored_format(view);
	if (format == view->gl_format) {
		return gles_view_array_texture(r, view);
	}
	if (view->stored_texture == 0) {
		const struct pvg_gpu_view_desc *d = &view->desc;
		bool cube = gles_kind_is_cube(d->kind);
		GLuint texture = 0;
		glGenTextures(1, &texture);
		r->gl.texture_view(texture, cube ? GL_TEXTURE_2D_ARRAY : view->target,
			view->image->texture, format, d->first_level, d->levels, d->first_slice,
			d->slices);
		if (glGetError() != GL_NO_ERROR) {
			glDeleteTextures(1, &texture);
			return 0;
		}
		view->stored_texture = texture;
	}
	return view->stored_texture;
}
