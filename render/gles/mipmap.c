// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/gles/blitter.h"
#include "render/gles/gles.h"

// Drivers that make mipmaps of a view make those of all the image's slices: these are drawn.
static void draw_slices(struct gles_renderer *r, struct gles_view *view) {
	for (uint32_t slice = 0; slice < view->desc.slices; slice++) {
		for (uint32_t level = 1; level < view->desc.levels; level++) {
			if (!gles_blitter_halve(r, view, level, slice)) {
				return;
			}
		}
	}
}

// Both ways average sRGB texels in linear light, because the view's texture has an sRGB format.
void gles_cmd_mipmaps(struct gles_renderer *r, struct gles_view *view) {
	uint32_t caps = r->formats[view->desc.format].caps;
	uint32_t need = PVG_GPU_FILTER | PVG_GPU_RENDER;
	if ((caps & need) != need || view->format->value >= GLES_DEPTH ||
		gles_kind_is_multisample(view->desc.kind) || view->target == GL_TEXTURE_BUFFER) {
		pvg_info("gles: mipmaps of type %u, format %s refused", view->desc.kind,
			view->format->name);
		return;
	}
	if (view->desc.levels < 2) {
		return;
	}
	if (view->desc.slices < view->image->slices) {
		draw_slices(r, view);
	} else {
		gles_bind_scratch(r, view->target, view->texture);
		glGenerateMipmap(view->target);
	}
}
