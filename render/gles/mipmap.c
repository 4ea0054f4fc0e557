// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/gles/gles.h"

// GL averages sRGB texels in linear light, because the view's texture has an sRGB format.
void gles_cmd_mipmaps(struct gles_renderer *r, struct gles_view *view) {
	uint32_t caps = r->formats[view->desc.format].caps;
	uint32_t need = PVG_GPU_FILTER | PVG_GPU_RENDER;
	if ((caps & need) != need || view->format->value >= GLES_DEPTH ||
		gles_kind_is_multisample(view->desc.kind) || view->target == GL_TEXTURE_BUFFER) {
		pvg_info("gles: mipmaps of type %u, format %s refused", view->desc.kind,
			view->format->name);
		return;
	}
	if (view->desc.levels > 1) {
		gles_bind_texture(r, 0, view->target, view->texture);
		glGenerateMipmap(view->target);
	}
}
