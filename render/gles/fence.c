// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The timeline: an EGL sync after each list, for which a thread waits, one after the other, and
 * writes an eventfd. Nothing on the renderer's thread waits. Sync files are made when somebody asks
 * for one: a driver may take a third of a millisecond of the thread for that.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "render/gles/gles.h"
#include "render/gles/timeline.h"

// How long the thread waits before it looks whether it shall end.
#define WAIT_NS 100000000ull

struct gles_fence {
	uint64_t serial;
	EGLSyncKHR sync; // EGL_NO_SYNC: done at once
};

struct gles_fences {
	struct gles_renderer *r; // borrowed
	int event_fd;
	bool has_thread;
	pthread_t thread;
	_Atomic uint64_t done; // serial, by the thread
	uint64_t submitted, completed;

	pthread_mutex_t lock; // protects what follows
	pthread_cond_t more;
	bool stop;
	struct gles_fence *queue; // ring of .room
	size_t first, count, room;
};

static void wake(struct gles_fences *f) {
	uint64_t one = 1;
	while (write(f->event_fd, &one, sizeof(one)) < 0 && errno == EINTR) {
	}
}

static void *wait_for_fences(void *data) {
	struct gles_fences *f = data;
	pthread_mutex_lock(&f->lock);
	while (true) {
		while (f->count == 0 && !f->stop) {
			pthread_cond_wait(&f->more, &f->lock);
		}
		if (f->stop) {
			break;
		}
		struct gles_fence fence = f->queue[f->first];
		pthread_mutex_unlock(&f->lock);
		EGLint status = EGL_CONDITION_SATISFIED;
		if (fence.sync != EGL_NO_SYNC) {
			status = eglClientWaitSync(f->r->display, fence.sync, 0, WAIT_NS);
		}
		pthread_mutex_lock(&f->lock);
		if (status == EGL_TIMEOUT_EXPIRED) {
			continue;
		}
		// An error is a lost context: dispatch finds out.
		f->first = (f->first + 1) % f->room;
		f->count--;
		atomic_store(&f->done, fence.serial);
		pthread_mutex_unlock(&f->lock);
		if (fence.sync != EGL_NO_SYNC) {
			eglDestroySync(f->r->display, fence.sync);
		}
		wake(f);
		pthread_mutex_lock(&f->lock);
	}
	pthread_mutex_unlock(&f->lock);
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
	f->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (f->event_fd < 0 || !gles_watch(r, f->event_fd)) {
		return false;
	}
	f->has_thread = pthread_create(&f->thread, NULL, wait_for_fences, f) == 0;
	return f->has_thread;
}

static void fence_end(struct gles_fences *f, struct gles_fence *fence) {
	if (fence->sync != EGL_NO_SYNC) {
		eglDestroySync(f->r->display, fence->sync);
	}
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
		fence_end(f, &f->queue[f->first]);
		f->first = (f->first + 1) % f->room;
	}
	if (f->event_fd >= 0) {
		gles_unwatch(r, f->event_fd);
		close(f->event_fd);
	}
	pthread_cond_destroy(&f->more);
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
	struct gles_fence fence = { .serial = serial, .sync = EGL_NO_SYNC };
	f->submitted = serial;
	if (!r->lost) {
		fence.sync = eglCreateSync(r->display, EGL_SYNC_FENCE, NULL);
		glFlush();
		if (fence.sync == EGL_NO_SYNC) {
			glFinish(); // no memory, or lost: late is better than wrong
		}
	}
	pthread_mutex_lock(&f->lock);
	bool queued = push(f, &fence);
	pthread_cond_signal(&f->more);
	pthread_mutex_unlock(&f->lock);
	if (!queued) {
		glFinish();
		fence_end(f, &fence);
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
