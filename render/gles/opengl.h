// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What OpenGL has and Metal has not (pvg/renderer.h: struct pvg_gpu_opengl), in programs. Variants
 * of their own have it, so that no other program knows of it.
 */
#ifndef RENDER_GLES_OPENGL_H
#define RENDER_GLES_OPENGL_H

#include "render/gles/pipeline.h"
#include "render/gles/text.h"

// What of a use matters to a pipeline's programs. @use->opengl is not NULL.
void gles_opengl_key(const struct pvg_gpu_pipeline *p, const struct pvg_gpu_use *use,
	struct gles_key *key);
// Declarations of the stage that gives positions, and what it does behind the function.
void gles_opengl_head(const struct gles_key *key, struct gles_text *text);
void gles_opengl_tail(const struct pvg_gpu_program *program, struct gles_text *text);

static inline bool gles_opengl_edits(const struct gles_key *key) {
	return (key->clip_planes | key->window | key->point_size) != 0;
}

#endif
