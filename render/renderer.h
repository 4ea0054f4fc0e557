// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The implementations of struct pvg_renderer (pvg/include/pvg/renderer.h).
 */
#ifndef RENDER_RENDERER_H
#define RENDER_RENDERER_H

#include <pvg/renderer.h>

struct pvg_gles_options {
	// A DRM render node, or NULL: the software device of surfaceless EGL. A renderer always has
	// an EGL display of its own (docs/architecture.md: threads).
	const char *drm_node;
	const char *shader_worker;       // path of pvg-shaderd
	const char *shader_cache_folder; // NULL: no files
	unsigned int shader_workers;     // 0: one
	// Extensions to leave unused, separated by spaces, NULL: none. For tests of fallbacks. Also
	// uploads-through-views: as on a driver that converts them.
	const char *without;
};

/**
 * pvg_renderer_gles_create - GLES 3.2 on an EGL context of its own, current on the calling thread
 * @error: what is missing, in plain words, when NULL is returned
 *
 * The calling thread becomes the renderer's: all operations, destroy included, are called there.
 */
struct pvg_renderer *pvg_renderer_gles_create(const struct pvg_gles_options *options, char *error,
	size_t error_bytes);

/**
 * pvg_renderer_gles_lose - for tests: from now on the context reads as lost, as after a GPU reset
 */
void pvg_renderer_gles_lose(struct pvg_renderer *renderer);

/**
 * pvg_renderer_gles_stay_lost - for tests: while @stay, restore says that there is no context
 */
void pvg_renderer_gles_stay_lost(struct pvg_renderer *renderer, bool stay);

/**
 * pvg_renderer_null_create - checks and counts every list, draws nothing
 *
 * Buffers are host memory; reads give zeros; everything completes at once.
 */
struct pvg_renderer *pvg_renderer_null_create(void);

#endif
