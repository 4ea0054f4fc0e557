// SPDX-License-Identifier: GPL-2.0-or-later
#include "gpu.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pvg/log.h>
#include <pvg/renderer.h>

#include "render/renderer.h"
#include "render/shader/client.h"

bool pk_gpu_find_cache(char *path, size_t path_bytes) {
	const char *base = getenv("XDG_CACHE_HOME");
	int n;
	if (base != NULL && base[0] == '/') {
		n = snprintf(path, path_bytes, "%s/pvg-linux", base);
	} else {
		const char *home = getenv("HOME");
		if (home == NULL || home[0] != '/') {
			return false;
		}
		// A user who only ever booted into the kiosk has no such folder yet.
		n = snprintf(path, path_bytes, "%s/.cache", home);
		if (n >= 0 && (size_t)n < path_bytes) {
			mkdir(path, 0700);
		}
		n = snprintf(path, path_bytes, "%s/.cache/pvg-linux", home);
	}
	if (n < 0 || (size_t)n + sizeof("/shaders") > path_bytes) {
		return false;
	}
	// A missing home is not ours to make.
	mkdir(path, 0700);
	memcpy(path + n, "/shaders", sizeof("/shaders"));
	if (mkdir(path, 0700) != 0 && errno != EEXIST) {
		pvg_info("shader cache %s: %s: translations are not kept", path, strerror(errno));
		return false;
	}
	return true;
}

#ifdef PVG_HAVE_GLES

// The first render node that can be opened, as users with one GPU have it.
static bool find_render_node(char *path, size_t path_bytes) {
	for (int minor = 128; minor < 192; minor++) {
		snprintf(path, path_bytes, "/dev/dri/renderD%d", minor);
		if (access(path, R_OK | W_OK) == 0) {
			return true;
		}
	}
	return false;
}

/*
 * A display device without a GPU (vkms, virtio-gpu without virgl) has a render node all the same.
 * Mesa draws there with kms_swrast, which cannot map imported dma-bufs; the software device can.
 */
static bool draws_on_cpu(const struct pvg_renderer *renderer) {
	return !renderer->caps.software && (strstr(renderer->caps.name, "llvmpipe") != NULL ||
		strstr(renderer->caps.name, "softpipe") != NULL);
}

static struct pvg_renderer *create_gles(const struct pk_gpu_options *options) {
	char worker[PATH_MAX], cache[PATH_MAX], node[64], error[256];
	struct pvg_gles_options gles = {
		.drm_node = options->render_node,
	};
	if (!pvg_shader_find_worker(worker, sizeof(worker))) {
		pvg_info("no shader translator at %s", worker);
		return NULL;
	}
	gles.shader_worker = worker;
	if (pk_gpu_find_cache(cache, sizeof(cache))) {
		gles.shader_cache_folder = cache;
	}
	if (gles.drm_node == NULL && find_render_node(node, sizeof(node))) {
		gles.drm_node = node;
	}
	struct pvg_renderer *renderer = pvg_renderer_gles_create(&gles, error, sizeof(error));
	if (renderer != NULL && gles.drm_node != NULL && options->render_node == NULL &&
			draws_on_cpu(renderer)) {
		renderer->ops->destroy(renderer);
		renderer = NULL;
		snprintf(error, sizeof(error), "no GPU behind it");
	}
	if (renderer == NULL && gles.drm_node != NULL && options->render_node == NULL) {
		pvg_info("%s: %s: trying the software device", gles.drm_node, error);
		gles.drm_node = NULL;
		renderer = pvg_renderer_gles_create(&gles, error, sizeof(error));
	}
	if (renderer == NULL) {
		pvg_info("no GLES renderer: %s", error);
	}
	return renderer;
}

#else

static struct pvg_renderer *create_gles(const struct pk_gpu_options *options) {
	pvg_info("built without the GLES renderer");
	return NULL;
}

#endif

struct pvg_renderer *pk_gpu_create(const struct pk_gpu_options *options, bool *failed) {
	struct pvg_renderer *renderer = NULL;
	*failed = false;
	switch (options->renderer) {
	case PK_RENDERER_AUTO:
		renderer = create_gles(options);
		break;
	case PK_RENDERER_GLES:
		renderer = create_gles(options);
		*failed = renderer == NULL;
		break;
	case PK_RENDERER_NULL:
		renderer = pvg_renderer_null_create();
		*failed = renderer == NULL;
		break;
	case PK_RENDERER_NONE:
		break;
	}
	if (renderer != NULL) {
		pvg_info("renderer: %s", renderer->caps.name);
	} else {
		pvg_info("no renderer: what the guest draws with Metal is refused by name");
	}
	return renderer;
}
