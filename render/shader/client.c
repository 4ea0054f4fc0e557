// SPDX-License-Identifier: GPL-2.0-or-later
#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "mtlb.h"
#include "quarantine.h"
#include "sandbox.h"
#include "wire.h"

#define MODULES_PER_WORKER 200u
#define MAX_WORKERS 8u

struct pvg_shader_job {
	struct pvg_shader_job *next; // in the queue, best first
	struct pvg_shader_key key;
	uint8_t *bitcode; // owned
	size_t size;
	char entry[256];
	struct pvg_shader_variant variant;
	int priority;
	uint64_t id;
	pvg_shader_done done; // NULL: cancelled
	void *data;
};

struct worker {
	pid_t pid; // 0: not running
	int socket; // owned, -1
	uint32_t served;
	struct pvg_shader_job *job; // owned: what it works on
	int64_t deadline_ns;
};

struct pvg_shader_client {
	struct pvg_shader_cache *cache; // owned
	char *path; // owned
	struct worker workers[MAX_WORKERS];
	uint32_t worker_count;
	int64_t deadline_ns;
	struct pvg_shader_job *queue; // owned list
	uint64_t next_id;
	struct pvg_shader_quarantine *quarantine; // owned
	int epoll, timer; // owned
};

static int64_t now_ns(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* ---- workers --------------------------------------------------------------------------------- */

/* Ends it if it runs. Returns how it ended, in the form of waitpid; 0 when nothing ran. */
static int stop_worker(struct worker *w) {
	int status = 0;
	if (w->socket >= 0) {
		close(w->socket);
		w->socket = -1;
	}
	if (w->pid > 0) {
		kill(w->pid, SIGKILL);
		while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR) {
		}
		w->pid = 0;
	}
	w->served = 0;
	return status;
}

static bool start_worker(struct pvg_shader_client *c, struct worker *w) {
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		return false;
	}
	// dup2 onto itself would keep the close-on-exec flag.
	int theirs = fcntl(pair[1], F_DUPFD_CLOEXEC, 10);
	close(pair[1]);
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	// Nothing of ours but the socket: what LLVM prints is made of a guest's names.
	for (int fd = 0; fd < 3; fd++) {
		posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
	}
	posix_spawn_file_actions_adddup2(&actions, theirs, 3);
	char *argv[] = {c->path, NULL};
	char *env[] = {"LANG=C", NULL};
	pid_t pid = 0;
	bool ok = theirs >= 0 && posix_spawn(&pid, c->path, &actions, NULL, argv, env) == 0;
	posix_spawn_file_actions_destroy(&actions);
	if (theirs >= 0) {
		close(theirs);
	}
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)(w - c->workers)};
	if (ok) {
		w->pid = pid;
		w->socket = pair[0];
		w->served = 0;
		ok = epoll_ctl(c->epoll, EPOLL_CTL_ADD, w->socket, &event) == 0;
		if (!ok) {
			stop_worker(w);
		}
	} else {
		close(pair[0]);
	}
	return ok;
}

static void set_timer(struct pvg_shader_client *c) {
	int64_t next = INT64_MAX;
	for (uint32_t i = 0; i < c->worker_count; i++) {
		if (c->workers[i].job != NULL && c->workers[i].deadline_ns < next) {
			next = c->workers[i].deadline_ns;
		}
	}
	struct itimerspec t = {0};
	if (next != INT64_MAX) {
		t.it_value.tv_sec = next / 1000000000;
		t.it_value.tv_nsec = next % 1000000000;
	}
	timerfd_settime(c->timer, TFD_TIMER_ABSTIME, &t, NULL);
}

/* ---- jobs ------------------------------------------------------------------------------------ */

static void free_job(struct pvg_shader_job *job) {
	free(job->bitcode);
	free(job);
}

static void finish_job(struct pvg_shader_job *job, const struct pvg_shader_status *status,
		const struct pvg_shader_result *result) {
	if (job->done != NULL) {
		job->done(job->data, status, status->reason == PVG_SHADER_OK ? result : NULL);
	}
	free_job(job);
}

static void enqueue(struct pvg_shader_client *c, struct pvg_shader_job *job) {
	struct pvg_shader_job **at = &c->queue;
	while (*at != NULL && (*at)->priority >= job->priority) {
		at = &(*at)->next;
	}
	job->next = *at;
	*at = job;
}

/* Sends a job to a worker that has nothing to do. */
static bool send_job(struct pvg_shader_client *c, struct worker *w, struct pvg_shader_job *job) {
	struct pvg_shader_request *q = calloc(1, sizeof(*q));
	int fd = pvg_shader_memfd(job->bitcode, job->size, NULL, 0);
	bool ok = q != NULL && fd >= 0;
	if (ok) {
		q->magic = PVG_SHADER_WIRE_MAGIC;
		q->version = PVG_SHADER_TRANSLATOR_VERSION;
		q->id = job->id;
		q->module_bytes = (uint32_t)job->size;
		memcpy(q->entry, job->entry, sizeof(q->entry));
		q->variant = job->variant;
		ok = pvg_shader_send(w->socket, q, sizeof(*q), fd);
	}
	if (fd >= 0) {
		close(fd);
	}
	free(q);
	if (ok) {
		w->job = job;
		w->deadline_ns = now_ns() + c->deadline_ns;
	}
	return ok;
}

static void pump(struct pvg_shader_client *c) {
	for (uint32_t i = 0; i < c->worker_count && c->queue != NULL; i++) {
		struct worker *w = &c->workers[i];
		if (w->job != NULL) {
			continue;
		}
		struct pvg_shader_job *job = c->queue;
		c->queue = job->next;
		bool ok = (w->pid > 0 || start_worker(c, w)) && send_job(c, w, job);
		if (!ok) {
			// Died while idle, perhaps: one fresh try.
			stop_worker(w);
			ok = start_worker(c, w) && send_job(c, w, job);
		}
		if (!ok) {
			struct pvg_shader_status status = {0};
			pvg_shader_refuse(&status, PVG_SHADER_WORKER_START, "%s", c->path);
			finish_job(job, &status, NULL);
		}
	}
	set_timer(c);
}

/* Copies what the worker made, after checking all of it. */
static bool take_result(const struct pvg_shader_reply *r, int fd, struct pvg_shader_result *out) {
	size_t bytes = (size_t)r->spirv_words * 4 + r->glsl_bytes;
	if (fd < 0 || !pvg_shader_memfd_check(fd, bytes)) {
		return false;
	}
	uint8_t *map = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED) {
		return false;
	}
	bool ok = pvg_shader_reply_take(r, map, bytes, out);
	munmap(map, bytes);
	return ok;
}

/* What a worker's end says about the module. */
static void name_end(int how, enum pvg_shader_reason reason, struct pvg_shader_status *status) {
	if (reason != PVG_SHADER_WORKER_DIED) {
		pvg_shader_refuse(status, reason, "module ended the worker");
	} else if (WIFEXITED(how) && WEXITSTATUS(how) == PVG_SHADERD_EXIT_MEMORY) {
		pvg_shader_refuse(status, PVG_SHADER_NO_MEMORY, "more than a worker may have");
	} else if (WIFEXITED(how) && WEXITSTATUS(how) == PVG_SHADERD_EXIT_LLVM) {
		pvg_shader_refuse(status, PVG_SHADER_BAD_BITCODE, "LLVM gave up");
	} else if (WIFSIGNALED(how)) {
		pvg_shader_refuse(status, reason, "signal %d", WTERMSIG(how));
	} else {
		pvg_shader_refuse(status, reason, "exit status %d", WEXITSTATUS(how));
	}
}

/*
 * The worker is gone or must go: its job is tried once more, or never again. A second try tells a
 * module that cannot be translated from a worker that somebody killed.
 */
static void lose_worker(struct pvg_shader_client *c, struct worker *w,
	enum pvg_shader_reason reason) {
	struct pvg_shader_job *job = w->job;
	w->job = NULL;
	int how = 0;
	// One that ended by itself is reaped here: its own status, not that of our SIGKILL.
	if (reason == PVG_SHADER_WORKER_DIED && w->pid > 0) {
		for (unsigned i = 0; i < 50; i++) {
			pid_t pid = waitpid(w->pid, &how, WNOHANG);
			if (pid == w->pid) {
				w->pid = 0;
				break;
			}
			struct timespec wait = {.tv_nsec = 1000000}; // its socket closed just now
			nanosleep(&wait, NULL);
		}
	}
	bool gone = w->pid == 0;
	int stopped = stop_worker(w);
	if (job == NULL) {
		return;
	}
	how = gone ? how : stopped;
	// SIGKILL comes from outside: nothing that a module does ends a worker so.
	bool lasting = reason == PVG_SHADER_WORKER_DIED &&
		!(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
	uint32_t strikes = pvg_shader_quarantine_strike(c->quarantine, &job->key, lasting);
	if (strikes < PVG_QUARANTINE_STRIKES && reason == PVG_SHADER_WORKER_DIED) {
		enqueue(c, job);
		return;
	}
	if (strikes < PVG_QUARANTINE_STRIKES) {
		// A deadline or nonsense once is enough for this life, and too little to write
		// down.
		pvg_shader_quarantine_strike(c->quarantine, &job->key, false);
	}
	struct pvg_shader_status status = {0};
	name_end(how, reason, &status);
	finish_job(job, &status, NULL);
}

static void handle_reply(struct pvg_shader_client *c, struct worker *w) {
	struct pvg_shader_reply *r = calloc(1, sizeof(*r));
	int fd = -1;
	long n = r != NULL ? pvg_shader_receive(w->socket, r, sizeof(*r), &fd) : -1;
	struct pvg_shader_job *job = w->job;
	if (n <= 0) {
		lose_worker(c, w, PVG_SHADER_WORKER_DIED);
	} else if (job == NULL || !pvg_shader_reply_check(r, (size_t)n, job->id)) {
		lose_worker(c, w, PVG_SHADER_BAD_REPLY);
	} else {
		struct pvg_shader_result result = {0};
		struct pvg_shader_status status = {0};
		if (r->reason != PVG_SHADER_OK) {
			pvg_shader_refuse(&status, (enum pvg_shader_reason)r->reason, "%s",
				r->detail);
		}
		if (r->reason == PVG_SHADER_OK && !take_result(r, fd, &result)) {
			lose_worker(c, w, PVG_SHADER_BAD_REPLY);
		} else {
			w->job = NULL;
			if (++w->served >= MODULES_PER_WORKER) {
				// Now, and not when the next module waits for it.
				stop_worker(w);
				start_worker(c, w);
			}
			// What may be different next time is not remembered.
			bool lasting = status.reason != PVG_SHADER_NO_MEMORY;
			const struct pvg_shader_cached *cached = lasting ?
				pvg_shader_cache_put(c->cache, &job->key, &status, &result) : NULL;
			if (cached == NULL) {
				pvg_shader_refuse(&status, PVG_SHADER_NO_MEMORY, "result");
				free(result.spirv);
				free(result.glsl);
			}
			finish_job(job, &status, cached != NULL ? &cached->result : NULL);
		}
	}
	if (fd >= 0) {
		close(fd);
	}
	free(r);
}

/* ---- public ---------------------------------------------------------------------------------- */

/* Of the worker program: results and quarantine belong to the one that made them. */
static bool file_digest(const char *path, uint8_t digest[PVG_SHA256_BYTES]) {
	struct pvg_sha256 sha;
	uint8_t *piece = malloc(65536);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;
	pvg_sha256_init(&sha);
	while (fd >= 0 && piece != NULL && (n = read(fd, piece, 65536)) > 0) {
		pvg_sha256_update(&sha, piece, (size_t)n);
	}
	pvg_sha256_final(&sha, digest);
	if (fd >= 0) {
		close(fd);
	}
	free(piece);
	return n == 0;
}

bool pvg_shader_find_worker(char *path, size_t path_bytes) {
	static const char *const places[] = {".", "../render/shader", "../shader",
		"../../render/shader", "../libexec/pvg-linux"};
	const char *given = getenv("PVG_SHADERD");
	if (given != NULL) {
		snprintf(path, path_bytes, "%s", given);
		return access(path, X_OK) == 0;
	}
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash = length > 0 ? memrchr(self, '/', (size_t)length) : NULL;
	for (size_t i = 0; slash != NULL && i < sizeof(places) / sizeof(places[0]); i++) {
		int n = snprintf(path, path_bytes, "%.*s/%s/pvg-shaderd", (int)(slash - self), self,
			places[i]);
		if (n > 0 && (size_t)n < path_bytes && access(path, X_OK) == 0) {
			return true;
		}
	}
	snprintf(path, path_bytes, "%s", PVG_SHADERD_INSTALLED);
	return access(path, X_OK) == 0;
}

struct pvg_shader_client *pvg_shader_client_create(
		const struct pvg_shader_client_options *options) {
	struct pvg_shader_client *c = calloc(1, sizeof(*c));
	if (c == NULL) {
		return NULL;
	}
	c->worker_count = options->worker_count > 0 ? options->worker_count : 1;
	c->worker_count = c->worker_count < MAX_WORKERS ? c->worker_count : MAX_WORKERS;
	c->deadline_ns =
		(int64_t)(options->deadline_ms > 0 ? options->deadline_ms : 20000) * 1000000;
	for (uint32_t i = 0; i < MAX_WORKERS; i++) {
		c->workers[i].socket = -1;
	}
	c->path = strdup(options->worker);
	c->epoll = epoll_create1(EPOLL_CLOEXEC);
	c->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	uint8_t worker[PVG_SHA256_BYTES];
	bool known = file_digest(options->worker, worker);
	// What cannot be named cannot be told from another: no files then.
	const char *folder = known ? options->cache_folder : NULL;
	c->cache = pvg_shader_cache_create(folder,
		options->cache_bytes > 0 ? options->cache_bytes : UINT64_C(64) << 20, worker);
	c->quarantine = pvg_shader_quarantine_create(folder, worker);
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = MAX_WORKERS};
	// The first worker starts now: whoever has none should know.
	if (c->path == NULL || c->epoll < 0 || c->timer < 0 || c->cache == NULL ||
		c->quarantine == NULL ||
		epoll_ctl(c->epoll, EPOLL_CTL_ADD, c->timer, &event) != 0 ||
		!start_worker(c, &c->workers[0])) {
		pvg_shader_client_destroy(c);
		return NULL;
	}
	return c;
}

void pvg_shader_client_destroy(struct pvg_shader_client *c) {
	if (c == NULL) {
		return;
	}
	struct pvg_shader_status status = {0};
	pvg_shader_refuse(&status, PVG_SHADER_CANCELLED, "client is going");
	for (uint32_t i = 0; i < MAX_WORKERS; i++) {
		struct pvg_shader_job *job = c->workers[i].job;
		c->workers[i].job = NULL;
		stop_worker(&c->workers[i]);
		if (job != NULL) {
			finish_job(job, &status, NULL);
		}
	}
	while (c->queue != NULL) {
		struct pvg_shader_job *job = c->queue;
		c->queue = job->next;
		finish_job(job, &status, NULL);
	}
	pvg_shader_cache_destroy(c->cache);
	if (c->epoll >= 0) {
		close(c->epoll);
	}
	if (c->timer >= 0) {
		close(c->timer);
	}
	pvg_shader_quarantine_destroy(c->quarantine);
	free(c->path);
	free(c);
}

static struct pvg_shader_job *refuse_now(pvg_shader_done done, void *data,
		enum pvg_shader_reason reason, const char *why) {
	struct pvg_shader_status status = {0};
	pvg_shader_refuse(&status, reason, "%s", why);
	done(data, &status, NULL);
	return NULL;
}

struct pvg_shader_job *pvg_shader_client_submit(struct pvg_shader_client *c, const uint8_t *bitcode,
	size_t size, const char *entry, const struct pvg_shader_variant *variant, int priority,
	pvg_shader_done done, void *data) {
	if (size == 0 || size > PVG_MTLB_MAX_BYTES || (entry != NULL && strlen(entry) > 255)) {
		return refuse_now(done, data, PVG_SHADER_BAD_REQUEST, "size or name");
	}
	struct pvg_shader_key key;
	pvg_shader_cache_key(bitcode, size, entry, variant, &key);
	const struct pvg_shader_cached *cached = pvg_shader_cache_lookup(c->cache, &key);
	if (cached != NULL) {
		done(data, &cached->status,
			cached->status.reason == PVG_SHADER_OK ? &cached->result : NULL);
		return NULL;
	}
	if (pvg_shader_quarantine_has(c->quarantine, &key)) {
		return refuse_now(done, data, PVG_SHADER_QUARANTINED, "ended the worker before");
	}
	struct pvg_shader_job *job = calloc(1, sizeof(*job));
	uint8_t *copy = malloc(size);
	if (job == NULL || copy == NULL) {
		free(job);
		free(copy);
		return refuse_now(done, data, PVG_SHADER_NO_MEMORY, "job");
	}
	memcpy(copy, bitcode, size);
	job->key = key;
	job->bitcode = copy;
	job->size = size;
	snprintf(job->entry, sizeof(job->entry), "%s", entry != NULL ? entry : "");
	job->variant = *variant;
	job->priority = priority;
	job->id = ++c->next_id;
	job->done = done;
	job->data = data;
	enqueue(c, job);
	pump(c);
	// Starting a worker may have failed: then the job is gone and done was called.
	for (struct pvg_shader_job *j = c->queue; j != NULL; j = j->next) {
		if (j == job) {
			return job;
		}
	}
	for (uint32_t i = 0; i < c->worker_count; i++) {
		if (c->workers[i].job == job) {
			return job;
		}
	}
	return NULL;
}

void pvg_shader_client_cancel(struct pvg_shader_client *c, struct pvg_shader_job *job) {
	for (struct pvg_shader_job **at = &c->queue; *at != NULL; at = &(*at)->next) {
		if (*at == job) {
			*at = job->next;
			free_job(job);
			return;
		}
	}
	job->done = NULL;
}

int pvg_shader_client_fd(const struct pvg_shader_client *c) {
	return c->epoll;
}

void pvg_shader_client_dispatch(struct pvg_shader_client *c) {
	struct epoll_event events[MAX_WORKERS + 1];
	int n = epoll_wait(c->epoll, events, MAX_WORKERS + 1, 0);
	for (int i = 0; i < n; i++) {
		uint32_t which = events[i].data.u32;
		if (which < MAX_WORKERS && c->workers[which].socket >= 0) {
			handle_reply(c, &c->workers[which]);
		} else if (which == MAX_WORKERS) {
			uint64_t ticks;
			if (read(c->timer, &ticks, sizeof(ticks)) < 0) {
				continue; // a reply came first
			}
		}
	}
	int64_t now = now_ns();
	for (uint32_t i = 0; i < c->worker_count; i++) {
		if (c->workers[i].job != NULL && now >= c->workers[i].deadline_ns) {
			lose_worker(c, &c->workers[i], PVG_SHADER_WORKER_TIMEOUT);
		}
	}
	pump(c);
}

uint32_t pvg_shader_client_pids(const struct pvg_shader_client *c, int *pids, uint32_t max) {
	uint32_t n = 0;
	for (uint32_t i = 0; i < c->worker_count; i++) {
		if (c->workers[i].pid > 0 && n < max) {
			pids[n++] = c->workers[i].pid;
		}
	}
	return n;
}
