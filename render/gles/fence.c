// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The timeline: a sync object after each list, for which a thread waits, one after the other, and
 * writes an eventfd. Nothing on the renderer's thread waits. GL's syncs, in a context of the
 * thread's own: a driver may take a third of a millisecond for each of EGL's. Sync files are made
 * when somebody asks for one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "render/gles/gles.h"
#include "render/gles/timeline.h"

// How long the thread waits before it looks whether it shall end.
#define WAIT_NS 100000000ull
/*
 * Some drivers wait with the processor, and take its locks while they do. That is found out by
 * waits this long that took most of it in CPU time; then the thread sleeps and asks instead.
 */
#define SPIN_NS 50000
#define SPINS_ENOUGH 8u
#define SLEEP_NS 100000

struct gles_fence {
	uint64_t serial;
	GLsync sync; // NULL: done at once
};

struct gles_fences {
	struct gles_renderer *r; // borrowed
	int event_fd;
	EGLContext context; // owned; current on the thread
	bool has_thread;
	pthread_t thread;
	unsigned int spins; // of the thread
	_Atomic uint64_t done; // serial, by the thread
	uint64_t submitted, completed;

	pthread_mutex_t lock; // protects what follows
	pthread_cond_t more, started;
	enum { THREAD_STARTS, THREAD_WAITS, THREAD_FAILED } state;
	bool stop;
	struct gles_fence *queue; // ring of .room
	size_t first, count, room;
};

static void wake(struct gles_fences *f) {
	uint64_t one = 1;
	while (write(f->event_fd, &one, sizeof(one)) < 0 && errno == EINTR) {
	}
}

static int64_t now_ns(clockid_t clock) {
	struct timespec t;
	clock_gettime(clock, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static GLenum wait_for_one(struct gles_fences *f, GLsync sync) {
	if (f->spins >= SPINS_ENOUGH) {
		const struct timespec pause = { .tv_nsec = SLEEP_NS };
		GLenum status = glClientWaitSync(sync, 0, 0);
		for (uint64_t t = 0; t < WAIT_NS && status == GL_TIMEOUT_EXPIRED; t += SLEEP_NS) {
			nanosleep(&pause, NULL);
			status = glClientWaitSync(sync, 0, 0);
		}
		return status;
	}
	int64_t wall_ns = now_ns(CLOCK_MONOTONIC), cpu_ns = now_ns(CLOCK_THREAD_CPUTIME_ID);
	GLenum status = glClientWaitSync(sync, 0, WAIT_NS);
	wall_ns = now_ns(CLOCK_MONOTONIC) - wall_ns;
	cpu_ns = now_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
	if (wall_ns >= SPIN_NS) {
		f->spins = cpu_ns > wall_ns / 4 * 3 ? f->spins + 1 : 0;
		if (f->spins == SPINS_ENOUGH) {
			pvg_debug("gles: the driver waits with the processor: asked every %u us",
				SLEEP_NS / 1000);
		}
	}
	return status;
}

static void wait_for_all(struct gles_fences *f) {
	while (true) {
		while (f->count == 0 && !f->stop) {
			pthread_cond_wait(&f->more, &f->lock);
		}
		if (f->stop) {
			return;
		}
		struct gles_fence fence = f->queue[f->first];
		pthread_mutex_unlock(&f->lock);
		GLenum status = GL_CONDITION_SATISFIED;
		if (fence.sync != NULL) {
			status = wait_for_one(f, fence.sync);
		}
		pthread_mutex_lock(&f->lock);
		if (status == GL_TIMEOUT_EXPIRED) {
			continue;
		}
		// An error is a lost context: dispatch finds out.
		f->first = (f->first + 1) % f->room;
		f->count--;
		atomic_store(&f->done, fence.serial);
		pthread_mutex_unlock(&f->lock);
		glDeleteSync(fence.sync);
		wake(f);
		pthread_mutex_lock(&f->lock);
	}
}

static void *run(void *data) {
	struct gles_fences *f = data;
	EGLDisplay display = f->r->display;

	eglBindAPI(EGL_OPENGL_ES_API);
	bool current = eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, f->context);
	pthread_mutex_lock(&f->lock);
	f->state = current ? THREAD_WAITS : THREAD_FAILED;
	pthread_cond_signal(&f->started);
	if (current) {
		wait_for_all(f);
	}
	pthread_mutex_unlock(&f->lock);
	eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
	eglReleaseThread();
	return NULL;
}

bool gles_fences_init(struct gles_renderer *r) {
	struct gles_fences *f = calloc(1, sizeof(*f));
	if (f == NULL) {
		return false;
	}
	r->fences = f;
	f->r = r;
	f->submitted = f->completed = r->serial; // of a context before this one
	atomic_store(&f->done, r->serial);
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->more, NULL);
	pthread_cond_init(&f->started, NULL);
	f->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (f->event_fd < 0 || !gles_watch(r, f->event_fd)) {
		return false;
	}
	f->context = gles_context_create_shared(r);
	f->has_thread = f->context != EGL_NO_CONTEXT &&
		pthread_create(&f->thread, NULL, run, f) == 0;
	pthread_mutex_lock(&f->lock);
	while (f->has_thread && f->state == THREAD_STARTS) {
		pthread_cond_wait(&f->started, &f->lock);
	}
	bool good = f->state == THREAD_WAITS;
	pthread_mutex_unlock(&f->lock);
	return good;
}

void gles_fences_finish(struct gles_renderer *r) {
	struct gles_fences *f = r->fences;
	if (f == NULL) {
		return;
	}
	if (f->has_thread) {
		pthread_mutex_lock(&f->lock);
		f->stop = true;
		pthread_cond_signal(&f->more);
		pthread_mutex_unlock(&f->lock);
		pthread_join(f->thread, NULL);
	}
	for (; f->count > 0; f->count--) {
		glDeleteSync(f->queue[f->first].sync);
		f->first = (f->first + 1) % f->room;
	}
	if (f->context != EGL_NO_CONTEXT) {
		eglDestroyContext(r->display, f->context);
	}
	if (f->event_fd >= 0) {
		gles_unwatch(r, f->event_fd);
		close(f->event_fd);
	}
	pthread_cond_destroy(&f->more);
	pthread_cond_destroy(&f->started);
	pthread_mutex_destroy(&f->lock);
	free(f->queue);
	free(f);
	r->fences = NULL;
}

static bool push(struct gles_fences *f, const struct gles_fence *fence) {
	if (f->count == f->room) {
		size_t room = f->room == 0 ? 64 : f->room * 2;
		struct gles_fence *queue = malloc(room * sizeof(*queue));
		if (queue == NULL) {
			return false;
		}
		for (size_t i = 0; i < f->count; i++) {
			queue[i] = f->queue[(f->first + i) % f->room];
		}
		free(f->queue);
		f->queue = queue;
		f->first = 0;
		f->room = room;
	}
	f->queue[(f->first + f->count) % f->room] = *fence;
	f->count++;
	return true;
}

void gles_fences_submit(struct gles_renderer *r, uint64_t serial) {
	struct gles_fences *f = r->fences;
	struct gles_fence fence = { .serial = serial, .sync = NULL };
	f->submitted = serial;
	if (!r->lost) {
		fence.sync = glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
		glFlush();
		if (fence.sync == NULL) {
			glFinish(); // no memory, or lost: late is better than wrong
		}
	}
	pthread_mutex_lock(&f->lock);
	bool queued = push(f, &fence);
	pthread_cond_signal(&f->more);
	pthread_mutex_unlock(&f->lock);
	if (!queued) {
		glFinish();
		glDeleteSync(fence.sync);
		// Everything before it is done too; the queue only cleans up.
		atomic_store(&f->done, serial);
		wake(f);
	}
}

uint64_t gles_fences_completed(struct gles_renderer *r) {
	struct gles_fences *f = r->fences;
	if (r->lost) {
		return f->submitted;
	}
	uint64_t done = atomic_load(&f->done);
	return done > f->completed ? done : f->completed;
}

uint64_t gles_completed(struct pvg_renderer *renderer) {
	struct gles_renderer *r = gles_renderer(renderer);
	struct gles_fences *f = r->fences;
	uint64_t done = gles_fences_completed(r);
	if (done > f->completed) {
		// What the CPU has to do before the list's writes can be seen.
		if (!r->lost) {
			gles_buffers_completed(r, done);
			gles_queries_completed(r, done);
		}
		f->completed = done;
	}
	return f->completed;
}

int gles_fence(struct pvg_renderer *renderer, uint64_t serial) {
	struct gles_renderer *r = gles_renderer(renderer);
	// A CPU rasterizer gives its sync files only when they have signalled: that would wait.
	if (!r->ext.native_fence || r->base.caps.software || r->lost ||
		gles_fences_completed(r) >= serial) {
		return -1;
	}
	EGLSyncKHR sync = eglCreateSync(r->display, EGL_SYNC_NATIVE_FENCE_ANDROID, NULL);
	if (sync == EGL_NO_SYNC) {
		return -1;
	}
	glFlush(); // it has no descriptor before
	int fd = r->gl.egl_dup_fence(r->display, sync);
	eglDestroySync(r->display, sync);
	return fd >= 0 ? fd : -1;
}

bool gles_is_lost(struct pvg_renderer *renderer) {
	return gles_renderer(renderer)->lost;
}

int gles_fd(struct pvg_renderer *renderer) {
	return gles_renderer(renderer)->epoll_fd;
}

void gles_check_lost(struct gles_renderer *r) {
	if (r->lost) {
		return;
	}
	GLenum status = r->robust ? glGetGraphicsResetStatus() : GL_NO_ERROR;
	if (status != GL_NO_ERROR) {
		gles_lose(r,
			status == GL_GUILTY_CONTEXT_RESET             ? "by a list of ours"
				: status == GL_INNOCENT_CONTEXT_RESET ? "by somebody else"
								      : "by an unknown cause");
	}
}

void gles_lose(struct gles_renderer *r, const char *how) {
	pvg_error("gles: the context was lost (%s)", how);
	r->lost = true;
	wake(r->fences);
}

void gles_dispatch(struct pvg_renderer *renderer) {
	struct gles_renderer *r = gles_renderer(renderer);
	uint64_t count;
	while (read(r->fences->event_fd, &count, sizeof(count)) < 0 && errno == EINTR) {
	}
	gles_check_lost(r);
	gles_completed(renderer);
	gles_pipelines_dispatch(r);
}
