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

// What a copy has to be like.
struct wanted {
	const struct gles_view *view;
	uint8_t kind;
	uint32_t width, height, depth, levels, slices;
};

static bool fits(const struct gles_view *copy, const struct wanted *w) {
	return copy != NULL && copy->desc.kind == w->kind &&
		copy->desc.format == w->view->desc.format && copy->width == w->width &&
		copy->height == w->height && copy->depth == w->depth &&
		copy->desc.levels == w->levels && copy->desc.slices == w->slices &&
		copy->image->desc.samples == w->view->image->desc.samples &&
		copy->image->desc.format == w->view->image->desc.format &&
		memcmp(copy->desc.swizzle, w->view->desc.swizzle, 4) == 0;
}

static void drop(struct gles_renderer *r, unsigned int i) {
	gles_view_destroy(&r->base, (struct pvg_gpu_view *)r->copies->entries[i].view);
	gles_image_destroy(&r->base, (struct pvg_gpu_image *)r->copies->entries[i].image);
	memset(&r->copies->entries[i], 0, sizeof(r->copies->entries[i]));
}

static bool make(struct gles_renderer *r, unsigned int i, const struct wanted *w) {
	struct pvg_gpu_image_desc desc = w->view->image->desc;
	desc.kind = w->kind;
	desc.width = w->width;
	desc.height = w->height;
	desc.depth = w->depth;
	desc.levels = (uint16_t)w->levels;
	desc.layers = (uint16_t)(gles_kind_is_cube(w->kind) ? w->slices / 6 : w->slices);
	struct pvg_gpu_view_desc shown = w->view->desc;
	shown.kind = w->kind;
	shown.first_level = 0;
	shown.first_slice = 0;
	shown.levels = (uint16_t)w->levels;
	shown.slices = (uint16_t)w->slices;
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

// An entry for this draw; COPIES_MAX: no memory.
static unsigned int entry(struct gles_renderer *r, const struct wanted *w) {
	if (r->copies == NULL) {
		r->copies = calloc(1, sizeof(*r->copies));
		if (r->copies == NULL) {
			return COPIES_MAX;
		}
	}
	struct gles_pass_copies *copies = r->copies;
	unsigned int oldest = 0, found = COPIES_MAX;
	for (unsigned int i = 0; i < COPIES_MAX; i++) {
		// One that this draw already got must stay as it is.
		if (fits(copies->entries[i].view, w) &&
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
		if (!make(r, found, w)) {
			return COPIES_MAX;
		}
	}
	copies->entries[found].used = ++copies->clock;
	return found;
}

GLuint gles_pass_copy(struct gles_renderer *r, struct gles_view *view) {
	const struct wanted w = { view, view->desc.kind, view->width, view->height, view->depth,
		view->desc.levels, view->desc.slices };
	unsigned int found = entry(r, &w);
	if (found == COPIES_MAX) {
		return 0;
	}
	const struct gles_image *from = view->image, *to = r->copies->entries[found].image;
	bool volume = view->target == GL_TEXTURE_3D;
	if (volume) {
		gles_pass_stand_in_return(r);
	}
	for (uint32_t level = 0; level < view->desc.levels; level++) {
		uint32_t depth = volume ? gles_level_size(view->depth, level) : view->desc.slices;
		glCopyImageSubData(from->raw, from->raw_target,
			(GLint)(view->desc.first_level + level), 0, 0,
			volume ? 0 : view->desc.first_slice, to->raw, to->raw_target, (GLint)level,
			0, 0, 0, (GLsizei)gles_level_size(view->width, level),
			(GLsizei)gles_level_size(view->height, level), (GLsizei)depth);
	}
	return r->copies->entries[found].view->texture;
}

GLuint gles_pass_copy_color(struct gles_renderer *r, uint32_t index,
	const struct pvg_gpu_rect *area) {
	struct gles_view *view = r->pass.colors[index];
	const struct pvg_gpu_attachment *a = &r->pass.desc.colors[index];
	bool volume = view->target == GL_TEXTURE_3D;
	const struct wanted w = { view,
		gles_kind_is_multisample(view->desc.kind) ? PVG_GPU_2D_MS : PVG_GPU_2D,
		gles_level_size(view->width, a->level), gles_level_size(view->height, a->level), 1,
		1, 1 };
	unsigned int found = entry(r, &w);
	if (found == COPIES_MAX) {
		return 0;
	}
	const struct gles_image *from = view->image, *to = r->copies->entries[found].image;
	if (area->width > 0 && area->height > 0) {
		glCopyImageSubData(from->raw, from->raw_target, view->desc.first_level + a->level,
			(GLint)area->x, (GLint)area->y,
			volume ? a->plane : view->desc.first_slice + a->slice, to->raw,
			to->raw_target, 0, (GLint)area->x, (GLint)area->y, 0, (GLsizei)area->width,
			(GLsizei)area->height, 1);
	}
	return r->copies->entries[found].view->texture;
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
