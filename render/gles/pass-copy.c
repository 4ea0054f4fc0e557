// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies of what the open pass draws to, for draws that sample it where the host cannot do so in
 * place (spec 03 section 9.14).
 */
#include <stdlib.h>
#include <string.h>

#include "render/gles/blitter.h"
#include "render/gles/gles.h"

#define COPIES_MAX 8u // one draw may need several at once

struct gles_pass_copies {
	struct {
		struct gles_image *image; // owned
		struct gles_view *view;   // owned
		uint64_t used;
	} entries[COPIES_MAX];
	uint64_t clock;
};

static bool fits(const struct gles_view *copy, const struct gles_view *view) {
	return copy != NULL && copy->desc.kind == view->desc.kind &&
		copy->desc.format == view->desc.format && copy->width == view->width &&
		copy->height == view->height && copy->depth == view->depth &&
		copy->desc.levels == view->desc.levels && copy->desc.slices == view->desc.slices &&
		copy->image->desc.samples == view->image->desc.samples &&
		copy->image->desc.format == view->image->desc.format &&
		memcmp(copy->desc.swizzle, view->desc.swizzle, 4) == 0;
}

static void drop(struct gles_renderer *r, unsigned int i) {
	gles_view_destroy(&r->base, (struct pvg_gpu_view *)r->copies->entries[i].view);
	gles_image_destroy(&r->base, (struct pvg_gpu_image *)r->copies->entries[i].image);
	memset(&r->copies->entries[i], 0, sizeof(r->copies->entries[i]));
}

static bool make(struct gles_renderer *r, unsigned int i, const struct gles_view *view) {
	bool cube = gles_kind_is_cube(view->desc.kind);
	struct pvg_gpu_image_desc desc = view->image->desc;
	desc.kind = view->desc.kind;
	desc.width = view->width;
	desc.height = view->height;
	desc.depth = view->depth;
	desc.levels = view->desc.levels;
	desc.layers = cube ? view->desc.slices / 6 : view->desc.slices;
	struct pvg_gpu_view_desc shown = view->desc;
	shown.first_level = 0;
	shown.first_slice = 0;
	struct pvg_gpu_image *image = gles_image_create_raw(r, &desc);
	if (image == NULL) {
		return false;
	}
	r->copies->entries[i].image = gles_image(image);
	r->copies->entries[i].view = gles_view(gles_view_create(&r->base, image, &shown));
	if (r->copies->entries[i].view == NULL) {
		drop(r, i);
		return false;
	}
	return true;
}

GLuint gles_pass_copy(struct gles_renderer *r, struct gles_view *view) {
	if (r->copies == NULL) {
		r->copies = calloc(1, sizeof(*r->copies));
		if (r->copies == NULL) {
			return 0;
		}
	}
	struct gles_pass_copies *copies = r->copies;
	unsigned int oldest = 0, found = COPIES_MAX;
	for (unsigned int i = 0; i < COPIES_MAX; i++) {
		// One that this draw already got must stay as it is.
		if (fits(copies->entries[i].view, view) &&
			copies->entries[i].used + COPIES_MAX / 2 <= copies->clock) {
			found = i;
		}
		if (copies->entries[i].used < copies->entries[oldest].used) {
			oldest = i;
		}
	}
	if (found == COPIES_MAX) {
		found = oldest;
		drop(r, found);
		if (!make(r, found, view)) {
			return 0;
		}
	}
	copies->entries[found].used = ++copies->clock;
	const struct gles_image *from = view->image, *to = copies->entries[found].image;
	bool volume = view->target == GL_TEXTURE_3D;
	for (uint32_t level = 0; level < view->desc.levels; level++) {
		uint32_t depth = volume ? gles_level_size(view->depth, level) : view->desc.slices;
		glCopyImageSubData(from->raw, from->raw_target,
			(GLint)(view->desc.first_level + level), 0, 0,
			volume ? 0 : view->desc.first_slice, to->raw, to->raw_target, (GLint)level,
			0, 0, 0, (GLsizei)gles_level_size(view->width, level),
			(GLsizei)gles_level_size(view->height, level), (GLsizei)depth);
	}
	return copies->entries[found].view->texture;
}

void gles_pass_copies_finish(struct gles_renderer *r) {
	if (r->copies != NULL) {
		for (unsigned int i = 0; i < COPIES_MAX; i++) {
			drop(r, i);
		}
		free(r->copies);
		r->copies = NULL;
	}
}
