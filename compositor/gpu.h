// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which renderer draws what the guest encodes. Device thread.
 */
#ifndef COMPOSITOR_GPU_H
#define COMPOSITOR_GPU_H

#include <stdbool.h>
#include <stddef.h>

struct pvg_renderer;

enum pk_renderer {
	PK_RENDERER_AUTO, // GLES when there is any, else none
	PK_RENDERER_GLES,
	PK_RENDERER_NULL, // checks and counts, draws nothing
	PK_RENDERER_NONE, // drawing is refused by name
};

struct pk_gpu_options {
	enum pk_renderer renderer;
	char *render_node; // owned by the options, NULL: choose
};

/**
 * pk_gpu_create - the renderer that the options ask for
 * @failed: set when a renderer was asked for by name and cannot be had
 *
 * NULL: none. Says what was taken and why.
 */
struct pvg_renderer *pk_gpu_create(const struct pk_gpu_options *options, bool *failed);

/**
 * pk_gpu_find_cache - the folder of translated shaders, made if need be
 *
 * False: no place for files, everything is translated anew at each start.
 */
bool pk_gpu_find_cache(char *path, size_t path_bytes);

#endif
