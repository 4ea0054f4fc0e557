// SPDX-License-Identifier: GPL-2.0-or-later
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "render/gles/blitter.h"
#include "render/gles/caps.h"
#include "render/gles/fbo.h"
#include "render/gles/gles.h"
#include "render/gles/timeline.h"

#define DEVICES_MAX 32

/* ---- displays -------------------------------------------------------------------------------- */

// EGL gives every caller for one device the same display, and eglTerminate ends it for all.
static struct {
	pthread_mutex_t lock;
	struct {
		EGLDisplay display;
		unsigned int users;
	} displays[8];
} shared = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool display_open(EGLDisplay display) {
	bool good = false;
	size_t count = sizeof(shared.displays) / sizeof(shared.displays[0]);
	pthread_mutex_lock(&shared.lock);
	for (size_t i = 0; i < count && !good; i++) {
		if (shared.displays[i].users > 0 && shared.displays[i].display == display) {
			shared.displays[i].users++;
			good = true;
		}
	}
	for (size_t i = 0; i < count && !good; i++) {
		if (shared.displays[i].users == 0) {
			if (!eglInitialize(display, NULL, NULL)) {
				break;
			}
			shared.displays[i].display = display;
			shared.displays[i].users = 1;
			good = true;
		}
	}
	pthread_mutex_unlock(&shared.lock);
	return good;
}

static void display_close(EGLDisplay display) {
	pthread_mutex_lock(&shared.lock);
	for (size_t i = 0; i < sizeof(shared.displays) / sizeof(shared.displays[0]); i++) {
		if (shared.displays[i].users > 0 && shared.displays[i].display == display &&
			--shared.displays[i].users == 0) {
			eglTerminate(display);
		}
	}
	pthread_mutex_unlock(&shared.lock);
}

static bool device_fits(EGLDeviceEXT device, const char *drm_node,
	PFNEGLQUERYDEVICESTRINGEXTPROC query) {
	const char *extensions = query(device, EGL_EXTENSIONS);
	if (extensions == NULL) {
		return false;
	}
	if (drm_node == NULL) {
		return strstr(extensions, "EGL_MESA_device_software") != NULL;
	}
	static const struct {
		const char *extension;
		EGLint name;
	} nodes[] = {
		{ "EGL_EXT_device_drm_render_node", EGL_DRM_RENDER_NODE_FILE_EXT },
		{ "EGL_EXT_device_drm", EGL_DRM_DEVICE_FILE_EXT },
	};
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		const char *file = strstr(extensions, nodes[i].extension) != NULL
			? query(device, nodes[i].name)
			: NULL;
		if (file != NULL && strcmp(file, drm_node) == 0) {
			return true;
		}
	}
	return false;
}

// The display of the device that the options name. Without a node: the software device, or the
// first one where there is no such thing.
static bool find_display(struct gles_renderer *r) {
	PFNEGLQUERYDEVICESEXTPROC query_devices =
		(PFNEGLQUERYDEVICESEXTPROC)eglGetProcAddress("eglQueryDevicesEXT");
	PFNEGLQUERYDEVICESTRINGEXTPROC query_string =
		(PFNEGLQUERYDEVICESTRINGEXTPROC)eglGetProcAddress("eglQueryDeviceStringEXT");
	EGLDeviceEXT devices[DEVICES_MAX];
	EGLint count = 0;
	const char *node = r->options.drm_node;
	if (query_devices != NULL && query_string != NULL &&
		query_devices(DEVICES_MAX, devices, &count)) {
		EGLint found = -1;
		for (EGLint i = 0; i < count && found < 0; i++) {
			found = device_fits(devices[i], node, query_string) ? i : -1;
		}
		if (found < 0 && node == NULL && count > 0) {
			found = 0;
		}
		if (found >= 0) {
			const char *extensions = query_string(devices[found], EGL_EXTENSIONS);
			r->software = extensions != NULL &&
				strstr(extensions, "EGL_MESA_device_software") != NULL;
			r->display = eglGetPlatformDisplay(EGL_PLATFORM_DEVICE_EXT, devices[found],
				NULL);
		}
	}
	if (r->display == EGL_NO_DISPLAY && node == NULL) {
		r->display = eglGetPlatformDisplay(EGL_PLATFORM_SURFACELESS_MESA, NULL, NULL);
		r->software = true;
	}
	return r->display != EGL_NO_DISPLAY && display_open(r->display);
}

/* ---- contexts -------------------------------------------------------------------------------- */

bool gles_no_error(void) {
	bool good = true;
	// A lost context reports one for ever.
	for (int i = 0; i < 8 && glGetError() != GL_NO_ERROR; i++) {
		good = false;
	}
	return good;
}

EGLContext gles_context_create_shared(struct gles_renderer *r) {
	EGLint attributes[] = { EGL_CONTEXT_MAJOR_VERSION, 3, EGL_CONTEXT_MINOR_VERSION, 2,
		EGL_NONE, EGL_NONE, EGL_NONE, EGL_NONE, EGL_NONE };
	if (r->robust) {
		// Contexts that share objects must agree on this.
		attributes[4] = EGL_CONTEXT_OPENGL_ROBUST_ACCESS_EXT;
		attributes[5] = EGL_TRUE;
		attributes[6] = EGL_CONTEXT_OPENGL_RESET_NOTIFICATION_STRATEGY_EXT;
		attributes[7] = EGL_LOSE_CONTEXT_ON_RESET_EXT;
	}
	return eglCreateContext(r->display, EGL_NO_CONFIG_KHR, r->context, attributes);
}

static void GL_APIENTRY handle_message(GLenum source, GLenum type, GLuint id, GLenum severity,
	GLsizei length, const GLchar *message, const void *user) {
	if (type == GL_DEBUG_TYPE_ERROR) {
		pvg_error("gles: GL error: %s", message);
	} else if (severity != GL_DEBUG_SEVERITY_NOTIFICATION) {
		pvg_debug("gles: %s", message);
	}
}

// Why there is no context: the driver's name and the version that it has, if it says so.
static bool name_older(struct gles_renderer *r, char *error, size_t error_bytes) {
	static const EGLint attributes[] = { EGL_CONTEXT_MAJOR_VERSION, 2, EGL_NONE };
	EGLContext context =
		eglCreateContext(r->display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, attributes);
	bool current = context != EGL_NO_CONTEXT &&
		eglMakeCurrent(r->display, EGL_NO_SURFACE, EGL_NO_SURFACE, context);
	if (current) {
		snprintf(error, error_bytes, "%s has %s, which is below OpenGL ES 3.2",
			(const char *)glGetString(GL_RENDERER),
			(const char *)glGetString(GL_VERSION));
		eglMakeCurrent(r->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
	}
	if (context != EGL_NO_CONTEXT) {
		eglDestroyContext(r->display, context);
	}
	return current;
}

static bool context_init(struct gles_renderer *r, char *error, size_t error_bytes) {
	if (!find_display(r)) {
		snprintf(error, error_bytes, "no EGL display for %s",
			r->options.drm_node != NULL ? r->options.drm_node : "software rendering");
		r->display = EGL_NO_DISPLAY;
		return false;
	}
	const char *extensions = eglQueryString(r->display, EGL_EXTENSIONS);
	if (extensions == NULL || strstr(extensions, "EGL_KHR_surfaceless_context") == NULL ||
		strstr(extensions, "EGL_KHR_no_config_context") == NULL) {
		snprintf(error, error_bytes, "EGL has no surfaceless contexts without a config");
		return false;
	}
	eglBindAPI(EGL_OPENGL_ES_API);
	r->robust = strstr(extensions, "EGL_EXT_create_context_robustness") != NULL;
	r->context = gles_context_create_shared(r);
	if (r->context == EGL_NO_CONTEXT && r->robust) {
		r->robust = false;
		r->context = gles_context_create_shared(r);
	}
	if (r->context == EGL_NO_CONTEXT ||
		!eglMakeCurrent(r->display, EGL_NO_SURFACE, EGL_NO_SURFACE, r->context)) {
		EGLint code = eglGetError();
		if (!name_older(r, error, error_bytes)) {
			snprintf(error, error_bytes, "no OpenGL ES 3.2 context (EGL error 0x%x)",
				(unsigned int)code);
		}
		return false;
	}
	gles_ext_load(r, extensions);
	if (!r->ext.texture_view) {
		snprintf(error, error_bytes,
			"%s has neither GL_OES_texture_view nor GL_EXT_texture_view",
			(const char *)glGetString(GL_RENDERER));
		return false;
	}
	// Errors are bugs of ours; asking for them costs, so only whoever reads debug output does.
	if (pvg_log_enabled(PVG_LOG_DEBUG) && r->ext.debug_label) {
		r->debug = true;
		glEnable(GL_DEBUG_OUTPUT);
		glEnable(GL_DEBUG_OUTPUT_SYNCHRONOUS);
	}
	return true;
}

/* ---- the renderer ---------------------------------------------------------------------------- */

bool gles_watch(struct gles_renderer *r, int fd) {
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
	return epoll_ctl(r->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

void gles_unwatch(struct gles_renderer *r, int fd) {
	epoll_ctl(r->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

// Everything but the descriptor and the options.
static void close_context(struct gles_renderer *r) {
	if (r->context != EGL_NO_CONTEXT) {
		if (!r->lost) {
			glFinish();
		}
		gles_draws_finish(r);
		gles_pipelines_finish(r);
		gles_fences_finish(r);
		gles_queries_finish(r);
		gles_pass_copies_finish(r);
		gles_blitter_finish(r);
		gles_fbos_finish(r);
		gles_buffers_finish(r);
		eglMakeCurrent(r->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
		eglDestroyContext(r->display, r->context);
	}
	if (r->build_context != EGL_NO_CONTEXT) {
		// After the other: a program in use there still has parts of this one.
		eglDestroyContext(r->display, r->build_context);
	}
	if (r->display != EGL_NO_DISPLAY) {
		display_close(r->display);
	}
}

static void destroy(struct pvg_renderer *renderer) {
	struct gles_renderer *r = gles_renderer(renderer);
	if (r == NULL) {
		return;
	}
	close_context(r);
	if (r->epoll_fd >= 0) {
		close(r->epoll_fd);
	}
	free((char *)r->options.drm_node);
	free((char *)r->options.shader_worker);
	free((char *)r->options.shader_cache_folder);
	free((char *)r->options.without);
	free(r);
}

static bool open_context(struct gles_renderer *r, char *error, size_t error_bytes) {
	if (!context_init(r, error, error_bytes)) {
		return false;
	}
	gles_state_forget(r);
	gles_caps_load(r); // tries what may fail
	if (r->debug) {
		glDebugMessageCallback(handle_message, NULL);
	}
	if (!gles_fences_init(r) || !gles_queries_init(r) || !gles_fbos_init(r) ||
		!gles_blitter_init(r) || !gles_pipelines_init(r) || !gles_draws_init(r)) {
		snprintf(error, error_bytes, "no memory or threads for a renderer on %s",
			r->base.caps.name);
		return false;
	}
	glPixelStorei(GL_PACK_ALIGNMENT, 1);
	glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
	gles_formats_check(r);
	return true;
}

/* ---- between a lost context and the next one ------------------------------------------------- */

static struct pvg_gpu_buffer *no_buffer(struct pvg_renderer *renderer, uint64_t size_bytes,
	uint32_t usage) {
	return NULL;
}

static struct pvg_gpu_image *no_image(struct pvg_renderer *renderer,
	const struct pvg_gpu_image_desc *desc) {
	return NULL;
}

static struct pvg_gpu_image *no_import(struct pvg_renderer *renderer,
	const struct pvg_gpu_image_desc *desc, const struct pvg_gpu_dmabuf *dmabuf) {
	return NULL;
}

static struct pvg_gpu_sampler *no_sampler(struct pvg_renderer *renderer,
	const struct pvg_gpu_sampler_desc *desc) {
	return NULL;
}

static struct pvg_gpu_pipeline *no_render_pipeline(struct pvg_renderer *renderer,
	const struct pvg_gpu_render_desc *desc) {
	return NULL;
}

static struct pvg_gpu_pipeline *no_compute_pipeline(struct pvg_renderer *renderer,
	const struct pvg_gpu_compute_desc *desc) {
	return NULL;
}

static void no_submit(struct pvg_renderer *renderer, const struct pvg_gpu_list *list,
	uint64_t serial) {
	gles_renderer(renderer)->serial = serial;
}

static uint64_t all_completed(struct pvg_renderer *renderer) {
	return gles_renderer(renderer)->serial;
}

static void no_dispatch(struct pvg_renderer *renderer) {
}

static bool restore(struct pvg_renderer *renderer);

// Nothing can be made; nothing that was made is left.
static const struct pvg_renderer_ops dead_ops = {
	.destroy = destroy,
	.format_caps = gles_format_caps,
	.buffer_create = no_buffer,
	.image_create = no_image,
	.image_import = no_import,
	.sampler_create = no_sampler,
	.render_pipeline_create = no_render_pipeline,
	.compute_pipeline_create = no_compute_pipeline,
	.submit = no_submit,
	.completed = all_completed,
	.is_lost = gles_is_lost,
	.restore = restore,
	.fd = gles_fd,
	.dispatch = no_dispatch,
};

static const struct pvg_renderer_ops ops;

// What a renderer is before its context: nothing but what its creator said.
static void blank(struct gles_renderer *r, const struct gles_renderer *from) {
	struct gles_renderer empty = {
		.options = from->options,
		.epoll_fd = from->epoll_fd,
		.serial = from->serial,
		.stay_lost = from->stay_lost,
		.display = EGL_NO_DISPLAY,
		.context = EGL_NO_CONTEXT,
		.build_context = EGL_NO_CONTEXT,
	};
	*r = empty;
}

static bool restore(struct pvg_renderer *renderer) {
	struct gles_renderer *r = gles_renderer(renderer);
	char error[256];
	struct pvg_gpu_caps caps = r->base.caps;
	if (!r->lost) {
		return true;
	}
	close_context(r);
	blank(r, r);
	snprintf(error, sizeof(error), "a test wants none");
	if (r->stay_lost || !open_context(r, error, sizeof(error))) {
		pvg_error("gles: no new context: %s", error);
		close_context(r);
		blank(r, r);
		r->base.ops = &dead_ops;
		r->base.caps = caps;
		r->lost = true;
		return false;
	}
	r->base.ops = &ops;
	pvg_info("gles: a new context on %s", r->base.caps.name);
	return true;
}

void pvg_renderer_gles_lose(struct pvg_renderer *renderer) {
	gles_lose(gles_renderer(renderer), "because a test wants it");
}

void pvg_renderer_gles_stay_lost(struct pvg_renderer *renderer, bool stay) {
	gles_renderer(renderer)->stay_lost = stay;
}

static const struct pvg_renderer_ops ops = {
	.destroy = destroy,
	.format_caps = gles_format_caps,
	.buffer_create = gles_buffer_create,
	.buffer_destroy = gles_buffer_destroy,
	.image_create = gles_image_create,
	.image_import = gles_image_import,
	.dmabuf_modifiers = gles_dmabuf_modifiers,
	.image_destroy = gles_image_destroy,
	.image_bytes = gles_image_bytes,
	.view_create = gles_view_create,
	.view_destroy = gles_view_destroy,
	.sampler_create = gles_sampler_create,
	.sampler_destroy = gles_sampler_destroy,
	.render_pipeline_create = gles_render_pipeline_create,
	.compute_pipeline_create = gles_compute_pipeline_create,
	.pipeline_destroy = gles_pipeline_destroy,
	.pipeline_status = gles_pipeline_status,
	.pipeline_info = gles_pipeline_info,
	.pipeline_prepare = gles_pipeline_prepare,
	.submit = gles_submit,
	.completed = gles_completed,
	.fence = gles_fence,
	.is_lost = gles_is_lost,
	.restore = restore,
	.fd = gles_fd,
	.dispatch = gles_dispatch,
};

static bool copy_string(const char **to, const char *from) {
	*to = from != NULL ? strdup(from) : NULL;
	return from == NULL || *to != NULL;
}

/*
 * Drivers allocate and free megabytes with each frame; llvmpipe keeps a frame's bins and state
 * there. With the allocator's defaults they go back to the kernel and are faulted in again each
 * time: a sixth of the time of a thread that draws a thousand small things a frame. So up to this
 * much stays.
 */
#define HEAP_KEPT_BYTES (32 << 20)
#define HEAP_BLOCK_BYTES (8 << 20) // larger ones have pages of their own

static void keep_heap(void) {
#ifdef M_TRIM_THRESHOLD
	mallopt(M_TRIM_THRESHOLD, HEAP_KEPT_BYTES);
	mallopt(M_MMAP_THRESHOLD, HEAP_BLOCK_BYTES);
#endif
}

struct pvg_renderer *pvg_renderer_gles_create(const struct pvg_gles_options *options, char *error,
	size_t error_bytes) {
	struct gles_renderer *r = calloc(1, sizeof(*r));
	if (r == NULL) {
		snprintf(error, error_bytes, "no memory");
		return NULL;
	}
	keep_heap();
	r->base.ops = &ops;
	r->display = EGL_NO_DISPLAY;
	r->context = r->build_context = EGL_NO_CONTEXT;
	r->options.shader_workers = options->shader_workers;
	r->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (r->epoll_fd < 0 || !copy_string(&r->options.drm_node, options->drm_node) ||
		!copy_string(&r->options.shader_worker, options->shader_worker) ||
		!copy_string(&r->options.shader_cache_folder, options->shader_cache_folder) ||
		!copy_string(&r->options.without, options->without)) {
		snprintf(error, error_bytes, "no memory");
		destroy(&r->base);
		return NULL;
	}
	if (!open_context(r, error, error_bytes)) {
		destroy(&r->base);
		return NULL;
	}
	pvg_info("gles: %s", r->base.caps.name);
	return &r->base;
}
