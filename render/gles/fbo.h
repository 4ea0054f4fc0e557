// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Framebuffers, cached by what is attached.
 */
#ifndef RENDER_GLES_FBO_H
#define RENDER_GLES_FBO_H

#include "render/gles/gles.h"

struct gles_attach {
	GLuint texture; // 0: none
	GLenum target;
	uint32_t level, layer; // layer: face, slice or plane
};

struct gles_fbo_key {
	struct gles_attach colors[PVG_GPU_COLORS], depth, stencil;
	bool layered; // .layer is ignored, all layers are attached
	uint32_t width, height, layers, samples; // without attachments, else 0
};

bool gles_fbos_init(struct gles_renderer *r);
void gles_fbos_finish(struct gles_renderer *r);

/**
 * gles_fbo_get - a framebuffer with these attachments, draw buffers set to match
 *
 * Belongs to the cache. 0: the driver finds it incomplete, or no memory; logged.
 */
GLuint gles_fbo_get(struct gles_renderer *r, const struct gles_fbo_key *key);
// A texture is about to die.
void gles_fbos_drop(struct gles_renderer *r, GLuint texture);

// An attachment point of a view; @slice and @plane are within the view.
struct gles_attach gles_attach_view(struct gles_view *view, uint32_t level, uint32_t slice,
	uint32_t plane);
/**
 * gles_attach_layers - @layers of a view, from an attachment's slice on, for a layered framebuffer
 * @as_array: a cube is attached as an array of faces
 * @format:   the view's, or its image's
 *
 * Volumes are attached whole. False: no memory.
 */
bool gles_attach_layers(struct gles_renderer *r, const struct pvg_gpu_attachment *a,
	uint32_t layers, bool as_array, GLenum format, struct gles_attach *out);
// The texel rows of an image's raw texture.
struct gles_attach gles_attach_raw(const struct gles_image *image, uint32_t level, uint32_t slice);

/**
 * gles_attach_now - attaches to a framebuffer, without the cache
 *
 * For transfers: @fbo is one of the two that the cache keeps for them (gles_fbo_scratch).
 */
void gles_attach_now(struct gles_renderer *r, GLenum fbo_target, GLenum point,
	const struct gles_attach *attach);
// A framebuffer for transfers; which: 0 or 1. Whoever uses it detaches again.
GLuint gles_fbo_scratch(struct gles_renderer *r, int which);

#endif
