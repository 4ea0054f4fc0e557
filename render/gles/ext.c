// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/gles/ext.h"

#include <string.h>

#include "render/gles/gles.h"

// Is @word among the words of @list, which spaces separate?
static bool has_word(const char *list, const char *word) {
	size_t length = strlen(word);
	if (list == NULL) {
		return false;
	}
	for (const char *at = list; (at = strstr(at, word)) != NULL; at += length) {
		if ((at == list || at[-1] == ' ') && (at[length] == '\0' || at[length] == ' ')) {
			return true;
		}
	}
	return false;
}

static bool has_gl(const char *word) {
	GLint count = 0;
	glGetIntegerv(GL_NUM_EXTENSIONS, &count);
	for (GLint i = 0; i < count; i++) {
		if (strcmp((const char *)glGetStringi(GL_EXTENSIONS, (GLuint)i), word) == 0) {
			return true;
		}
	}
	return false;
}

static bool has(const struct gles_renderer *r, const char *egl_extensions, const char *word) {
	if (word == NULL || has_word(r->options.without, word)) {
		return false;
	}
	return strncmp(word, "EGL", 3) == 0 ? has_word(egl_extensions, word) : has_gl(word);
}

bool gles_left_out(const struct gles_renderer *r, const char *word) {
	return has_word(r->options.without, word);
}

void gles_ext_load(struct gles_renderer *r, const char *egl_extensions) {
#define LOAD_FLAG(name, first, second) \
	r->ext.name = has(r, egl_extensions, first) || has(r, egl_extensions, second);
	GLES_EXTENSIONS(LOAD_FLAG)
#undef LOAD_FLAG
	void (*proc)(void);
#define LOAD_PROC(type, name, first, second) \
	proc = eglGetProcAddress(first); \
	if (proc == NULL && second != NULL) { \
		proc = eglGetProcAddress(second); \
	} \
	r->gl.name = (type)proc;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnonnull"
	GLES_PROCS(LOAD_PROC)
#pragma GCC diagnostic pop
#undef LOAD_PROC
	// The dispatch library answers any name: only the flag says that a function may be called.
	struct gles_ext *e = &r->ext;
	e->buffer_storage = e->buffer_storage && r->gl.buffer_storage != NULL;
	e->clear_texture = e->clear_texture && r->gl.clear_tex_image != NULL &&
		r->gl.clear_tex_sub_image != NULL;
	e->clip_control = e->clip_control && r->gl.clip_control != NULL;
	e->texture_view = e->texture_view && r->gl.texture_view != NULL;
	e->texture_barrier = e->texture_barrier && r->gl.texture_barrier != NULL;
	e->viewport_array = e->viewport_array && r->gl.viewport_array != NULL &&
		r->gl.scissor_array != NULL && r->gl.depth_range_indexed != NULL;
	e->base_instance = e->base_instance && r->gl.draw_arrays_base_instance != NULL &&
		r->gl.draw_elements_base != NULL;
	e->query_64 = e->query_64 && r->gl.get_query_64 != NULL;
	e->dmabuf = e->dmabuf && r->gl.egl_create_image != NULL;
	e->native_fence = e->native_fence && r->gl.egl_dup_fence != NULL;
}
