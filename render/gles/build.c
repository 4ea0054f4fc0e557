// SPDX-License-Identifier: GPL-2.0-or-later
#include "build.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "binary.h"

struct gles_build {
	struct gles_build *next;
	GLenum stages[GLES_BUILD_STAGES];
	char *texts[GLES_BUILD_STAGES]; // owned
	uint32_t count;
	gles_build_done done; // NULL: cancelled
	void *data;           // borrowed
	struct gles_build_result result;
	bool loaded; // not compiled
};

struct gles_builder {
	EGLDisplay display; // borrowed
	EGLContext context; // borrowed; current on the thread
	char *folder;       // owned, NULL: none
	struct gles_binaries *binaries; // owned, the thread's
	pthread_t thread;
	int event; // owned
	pthread_mutex_t lock;
	pthread_cond_t more;
	// Under the lock:
	struct gles_build *queue, **queue_end;
	struct gles_build *finished, **finished_end;
	struct gles_builder_counts counts;
	bool stop;
};

static void build_destroy(struct gles_build *b) {
	for (uint32_t i = 0; i < b->count; i++) {
		free(b->texts[i]);
	}
	free(b);
}

/* The first line of a driver's log that tells of an error. */
static void keep_error(const char *log, char *why, size_t why_bytes) {
	const char *error = strstr(log, "error");
	const char *line = error != NULL ? error : log;
	snprintf(why, why_bytes, "%.*s", (int)strcspn(line, "\n"), line);
}

static GLuint compile(struct gles_build *b, uint32_t index) {
	char log[2048] = "";
	GLint ok = GL_FALSE;
	const char *text = b->texts[index];
	GLuint shader = glCreateShader(b->stages[index]);
	glShaderSource(shader, 1, &text, NULL);
	glCompileShader(shader);
	glGetShaderiv(shader, GL_COMPILE_STATUS, &ok);
	if (!ok) {
		glGetShaderInfoLog(shader, sizeof(log), NULL, log);
		keep_error(log, b->result.why, sizeof(b->result.why));
		glDeleteShader(shader);
		return 0;
	}
	return shader;
}

// False: there is none, or it failed; b->result says why.
static bool compile_program(struct gles_build *b, GLuint program, bool keep) {
	GLuint shaders[GLES_BUILD_STAGES] = { 0 };
	GLint ok = GL_TRUE;
	if (keep) {
		glProgramParameteri(program, GL_PROGRAM_BINARY_RETRIEVABLE_HINT, GL_TRUE);
	}
	for (uint32_t i = 0; i < b->count && ok; i++) {
		shaders[i] = compile(b, i);
		ok = shaders[i] != 0;
		if (ok) {
			glAttachShader(program, shaders[i]);
		}
	}
	if (ok) {
		char log[2048] = "";
		glLinkProgram(program);
		glGetProgramiv(program, GL_LINK_STATUS, &ok);
		if (!ok) {
			glGetProgramInfoLog(program, sizeof(log), NULL, log);
			keep_error(log, b->result.why, sizeof(b->result.why));
		}
	}
	for (uint32_t i = 0; i < b->count; i++) {
		if (shaders[i] != 0) {
			glDetachShader(program, shaders[i]);
			glDeleteShader(shaders[i]);
		}
	}
	return ok;
}

static void build_program(struct gles_builder *builder, struct gles_build *b) {
	uint8_t key[GLES_BINARY_KEY_BYTES];
	GLuint program = glCreateProgram();
	bool loaded = false;
	if (builder->binaries != NULL) {
		gles_binaries_key(builder->binaries, b->stages, b->texts, b->count, key);
		loaded = gles_binaries_load(builder->binaries, key, program);
	}
	if (!loaded && !compile_program(b, program, builder->binaries != NULL)) {
		glDeleteProgram(program);
		program = 0;
		if (b->result.why[0] == '\0') {
			snprintf(b->result.why, sizeof(b->result.why),
				"the driver gives no reason");
		}
	} else if (!loaded && builder->binaries != NULL) {
		gles_binaries_store(builder->binaries, key, program);
	}
	b->result.program = program;
	b->loaded = loaded;
	// Another context uses it next: all of it must have been done.
	glFinish();
}

static void *run(void *data) {
	struct gles_builder *builder = data;
	eglBindAPI(EGL_OPENGL_ES_API);
	bool current =
		eglMakeCurrent(builder->display, EGL_NO_SURFACE, EGL_NO_SURFACE, builder->context);
	if (current) {
		builder->binaries = gles_binaries_create(builder->folder, GLES_BINARIES_BYTES_MAX);
	}
	pthread_mutex_lock(&builder->lock);
	while (!builder->stop) {
		struct gles_build *b = builder->queue;
		if (b == NULL) {
			pthread_cond_wait(&builder->more, &builder->lock);
			continue;
		}
		builder->queue = b->next;
		if (b->next == NULL) {
			builder->queue_end = &builder->queue;
		}
		b->next = NULL;
		pthread_mutex_unlock(&builder->lock);
		if (current) {
			build_program(builder, b);
		} else {
			snprintf(b->result.why, sizeof(b->result.why),
				"no context for the build thread");
		}
		pthread_mutex_lock(&builder->lock);
		builder->counts.loaded += b->loaded;
		builder->counts.compiled += b->result.program != 0 && !b->loaded;
		*builder->finished_end = b;
		builder->finished_end = &b->next;
		eventfd_write(builder->event, 1);
	}
	pthread_mutex_unlock(&builder->lock);
	eglMakeCurrent(builder->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
	eglReleaseThread();
	return NULL;
}

struct gles_builder *gles_builder_create(EGLDisplay display, EGLContext context,
	const char *folder) {
	struct gles_builder *builder = calloc(1, sizeof(*builder));
	if (builder == NULL || context == EGL_NO_CONTEXT) {
		free(builder);
		return NULL;
	}
	builder->folder = folder != NULL ? strdup(folder) : NULL;
	builder->display = display;
	builder->queue_end = &builder->queue;
	builder->finished_end = &builder->finished;
	builder->context = context;
	builder->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (builder->event < 0) {
		free(builder->folder);
		free(builder);
		return NULL;
	}
	pthread_mutex_init(&builder->lock, NULL);
	pthread_cond_init(&builder->more, NULL);
	if (pthread_create(&builder->thread, NULL, run, builder) != 0) {
		pthread_cond_destroy(&builder->more);
		pthread_mutex_destroy(&builder->lock);
		close(builder->event);
		free(builder->folder);
		free(builder);
		return NULL;
	}
	return builder;
}

static void destroy_list(struct gles_build *list) {
	while (list != NULL) {
		struct gles_build *next = list->next;
		if (list->result.program != 0) {
			glDeleteProgram(list->result.program);
		}
		build_destroy(list);
		list = next;
	}
}

void gles_builder_destroy(struct gles_builder *builder) {
	if (builder == NULL) {
		return;
	}
	pthread_mutex_lock(&builder->lock);
	builder->stop = true;
	pthread_cond_signal(&builder->more);
	pthread_mutex_unlock(&builder->lock);
	pthread_join(builder->thread, NULL);
	destroy_list(builder->queue);
	destroy_list(builder->finished);
	gles_binaries_destroy(builder->binaries);
	free(builder->folder);
	pthread_cond_destroy(&builder->more);
	pthread_mutex_destroy(&builder->lock);
	close(builder->event);
	free(builder);
}

struct gles_build *gles_builder_submit(struct gles_builder *builder, const GLenum *stages,
	char *const *texts, uint32_t count, gles_build_done done, void *data) {
	struct gles_build *b = calloc(1, sizeof(*b));
	bool whole = b != NULL;
	for (uint32_t i = 0; i < count; i++) {
		whole &= texts[i] != NULL;
	}
	if (!whole) {
		for (uint32_t i = 0; i < count; i++) {
			free(texts[i]);
		}
		free(b);
		return NULL;
	}
	memcpy(b->stages, stages, count * sizeof(stages[0]));
	memcpy(b->texts, texts, count * sizeof(texts[0]));
	b->count = count;
	b->done = done;
	b->data = data;
	pthread_mutex_lock(&builder->lock);
	*builder->queue_end = b;
	builder->queue_end = &b->next;
	pthread_cond_signal(&builder->more);
	pthread_mutex_unlock(&builder->lock);
	return b;
}

void gles_builder_cancel(struct gles_builder *builder, struct gles_build *build) {
	// The thread reads neither member: it goes on, and dispatch throws the program away.
	build->done = NULL;
	build->data = NULL;
	pthread_mutex_lock(&builder->lock);
	struct gles_build **at = &builder->queue;
	while (*at != NULL && *at != build) {
		at = &(*at)->next;
	}
	bool waiting = *at == build;
	if (waiting) {
		*at = build->next;
		if (build->next == NULL) {
			builder->queue_end = at;
		}
	}
	pthread_mutex_unlock(&builder->lock);
	if (waiting) {
		build_destroy(build);
	}
}

int gles_builder_fd(const struct gles_builder *builder) {
	return builder->event;
}

void gles_builder_dispatch(struct gles_builder *builder) {
	eventfd_t count;
	eventfd_read(builder->event, &count);
	for (;;) {
		pthread_mutex_lock(&builder->lock);
		struct gles_build *b = builder->finished;
		if (b != NULL) {
			builder->finished = b->next;
			if (b->next == NULL) {
				builder->finished_end = &builder->finished;
			}
		}
		pthread_mutex_unlock(&builder->lock);
		if (b == NULL) {
			return;
		}
		if (b->done != NULL) {
			b->done(b->data, &b->result);
		} else if (b->result.program != 0) {
			glDeleteProgram(b->result.program);
		}
		build_destroy(b);
	}
}

struct gles_builder_counts gles_builder_count(struct gles_builder *builder) {
	pthread_mutex_lock(&builder->lock);
	struct gles_builder_counts counts = builder->counts;
	pthread_mutex_unlock(&builder->lock);
	return counts;
}
