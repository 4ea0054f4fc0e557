// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Passes of several layers. GL attaches all layers of a texture or one, and counts from the first;
 * Metal's begin at a slice or plane of each attachment. Slices get a texture view of their own.
 * There are none of planes: a volume that begins behind its first plane, or that is attached beside
 * arrays, is drawn to as an array, which is copied back.
 */
#include <stdlib.h>
#include <string.h>

#include "render/gles/fbo.h"
#include "render/gles/gles.h"

// Of a view; more than one pass can attach.
#define LAYERS_MOST 16u

struct gles_layers { // slices of a view as an array
	struct gles_layers *next;
	GLuint texture; // owned
	GLenum format;
	uint32_t first, count;
};

/* ---- slices -------------------------------------------------------------------------------- */

static void destroy_layers(struct gles_renderer *r, struct gles_layers *layers) {
	gles_fbos_drop(r, layers->texture);
	gles_state_drop_texture(r, layers->texture);
	glDeleteTextures(1, &layers->texture);
	free(layers);
}

void gles_view_layers_finish(struct gles_renderer *r, struct gles_view *view) {
	while (view->layers != NULL) {
		struct gles_layers *layers = view->layers;
		view->layers = layers->next;
		destroy_layers(r, layers);
	}
}

static GLenum array_target(const struct gles_view *view) {
	return gles_kind_is_multisample(view->desc.kind) ? GL_TEXTURE_2D_MULTISAMPLE_ARRAY
							 : GL_TEXTURE_2D_ARRAY;
}

// A texture with slices @first and on of the view, its levels, in a format. 0: no memory.
static GLuint layers_of(struct gles_renderer *r, struct gles_view *view, GLenum format,
	uint32_t first, uint32_t count) {
	struct gles_layers **at = &view->layers, **last = at;
	for (uint32_t n = 0; *at != NULL; at = &(*at)->next) {
		struct gles_layers *have = *at;
		if (have->format == format && have->first == first && have->count == count) {
			*at = have->next; // used last, it goes last
			have->next = view->layers;
			view->layers = have;
			return have->texture;
		}
		last = at;
		if (++n == LAYERS_MOST) {
			struct gles_layers *oldest = *last;
			*last = NULL;
			destroy_layers(r, oldest);
			break;
		}
	}
	struct gles_layers *layers = calloc(1, sizeof(*layers));
	if (layers == NULL) {
		return 0;
	}
	layers->format = format;
	layers->first = first;
	layers->count = count;
	glGenTextures(1, &layers->texture);
	r->gl.texture_view(layers->texture, array_target(view), view->image->texture, format,
		view->desc.first_level, view->desc.levels, view->desc.first_slice + first, count);
	if (glGetError() != GL_NO_ERROR) {
		glDeleteTextures(1, &layers->texture);
		free(layers);
		return 0;
	}
	layers->next = view->layers;
	view->layers = layers;
	return layers->texture;
}

bool gles_attach_layers(struct gles_renderer *r, const struct pvg_gpu_attachment *a,
	uint32_t layers, bool as_array, GLenum format, struct gles_attach *out) {
	struct gles_view *view = gles_view(a->view);
	bool whole = a->slice == 0 && layers == view->desc.slices;
	*out = gles_attach_view(view, a->level, 0, 0);
	if (view->target == GL_TEXTURE_3D ||
		(whole && format == view->gl_format &&
			(!as_array || view->target == array_target(view)))) {
		return true;
	}
	out->target = array_target(view);
	out->texture = layers_of(r, view, format, a->slice, layers);
	return out->texture != 0;
}

/* ---- planes -------------------------------------------------------------------------------- */

bool gles_pass_mixes(const struct pvg_gpu_pass *pass) {
	GLenum target = GL_NONE;
	for (uint32_t i = 0; i < PVG_GPU_COLORS; i++) {
		const struct gles_view *view = gles_view(pass->colors[i].view);
		if (view != NULL && target != GL_NONE && view->target != target) {
			return true;
		}
		target = view != NULL ? view->target : target;
	}
	return false;
}

// Between the planes of a volume and the array that stands for them.
static void copy_planes(const struct gles_stand_in *s, uint32_t layers, bool back) {
	const struct gles_view *view = gles_view(s->home.view);
	const struct gles_image *home = view->image, *array = s->view->image;
	GLint level = (GLint)(view->desc.first_level + s->home.level), plane = s->home.plane;
	GLsizei width = (GLsizei)gles_level_size(view->width, s->home.level);
	GLsizei height = (GLsizei)gles_level_size(view->height, s->home.level);
	if (back) {
		glCopyImageSubData(array->raw, array->raw_target, 0, 0, 0, 0, home->raw,
			home->raw_target, level, 0, 0, plane, width, height, (GLsizei)layers);
	} else {
		glCopyImageSubData(home->raw, home->raw_target, level, 0, 0, plane, array->raw,
			array->raw_target, 0, 0, 0, 0, width, height, (GLsizei)layers);
	}
}

static bool make_stand_in(struct gles_renderer *r, struct gles_stand_in *s,
	struct pvg_gpu_attachment *a, uint32_t layers) {
	const struct gles_view *view = gles_view(a->view);
	const struct pvg_gpu_image_desc desc = {
		.kind = PVG_GPU_2D_ARRAY,
		.usage = view->image->desc.usage,
		.format = view->image->desc.format,
		.width = gles_level_size(view->width, a->level),
		.height = gles_level_size(view->height, a->level),
		.depth = 1,
		.levels = 1,
		.samples = 1,
		.layers = (uint16_t)layers,
	};
	const struct pvg_gpu_view_desc shown = {
		.kind = PVG_GPU_2D_ARRAY,
		.format = view->desc.format,
		.levels = 1,
		.slices = (uint16_t)layers,
		.swizzle = { 2, 3, 4, 5 },
	};
	struct pvg_gpu_image *image = gles_image_create_raw(r, &desc);
	struct pvg_gpu_view *array =
		image != NULL ? gles_view_create(&r->base, image, &shown) : NULL;
	if (array == NULL) {
		gles_image_destroy(&r->base, image);
		return false;
	}
	s->home = *a;
	s->view = gles_view(array);
	a->view = array;
	a->level = a->slice = a->plane = 0;
	copy_planes(s, layers, false);
	return true;
}

bool gles_pass_stand_in(struct gles_renderer *r) {
	struct gles_pass *p = &r->pass;
	bool mixes = gles_pass_mixes(&p->desc), good = true;
	for (uint32_t i = 0; i < PVG_GPU_COLORS && p->desc.layers > 1; i++) {
		struct pvg_gpu_attachment *a = &p->desc.colors[i];
		const struct gles_view *view = gles_view(a->view);
		if (view != NULL && view->target == GL_TEXTURE_3D && (a->plane > 0 || mixes)) {
			good = good && make_stand_in(r, &p->stand_ins[i], a, p->desc.layers);
			p->stands_in |= p->stand_ins[i].view != NULL;
			p->colors[i] = gles_view(a->view);
		}
	}
	return good;
}

void gles_pass_stand_in_return(struct gles_renderer *r) {
	const struct gles_pass *p = &r->pass;
	for (uint32_t i = 0; i < PVG_GPU_COLORS && p->stands_in; i++) {
		if (p->stand_ins[i].view != NULL) {
			copy_planes(&p->stand_ins[i], p->desc.layers, true);
		}
	}
}

void gles_pass_stand_in_finish(struct gles_renderer *r) {
	struct gles_pass *p = &r->pass;
	for (uint32_t i = 0; i < PVG_GPU_COLORS && p->stands_in; i++) {
		struct gles_stand_in *s = &p->stand_ins[i];
		if (s->view != NULL) {
			struct gles_image *image = s->view->image;
			gles_view_destroy(&r->base, (struct pvg_gpu_view *)s->view);
			gles_image_destroy(&r->base, (struct pvg_gpu_image *)image);
		}
	}
	p->stands_in = false;
}
