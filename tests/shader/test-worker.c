// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "render/shader/client.h"
#include "render/shader/quarantine.h"
#include "render/shader/sandbox.h"
#include "render/shader/wire.h"

/*
 * Workers that die, lie and run out of memory. This program is also the worker that does so: the
 * client starts it under a name that says what it is to do.
 */

static uint8_t *module;
static size_t module_bytes;
static char folder[64]; // of the names, and of the cache

/* ---- the worker ------------------------------------------------------------------------------ */

enum lie {
	LIE_NOT, // the truth, for comparison
	LIE_MAGIC,
	LIE_ID,
	LIE_REASON,
	LIE_DETAIL,
	LIE_FEW_WORDS,
	LIE_MANY_WORDS,
	LIE_GLSL_SIZE,
	LIE_REFLECTION,
	LIE_NO_FILE,
	LIE_UNSEALED,
	LIE_OTHER_SIZE,
	LIE_NOT_SPIRV,
	LIE_ZERO_IN_TEXT,
	LIE_SHORT_PACKET,
	LIE_COUNT,
};

static const uint32_t words[5] = {PVG_SHADER_SPIRV_MAGIC, 0x00010300, 0, 1, 0};
static const char text[] = "#version 320 es\n";

static int file_of(enum lie lie) {
	uint32_t head[5];
	char body[sizeof(text)];
	memcpy(head, words, sizeof(head));
	memcpy(body, text, sizeof(body));
	if (lie == LIE_NOT_SPIRV) {
		head[0] ^= 1;
	} else if (lie == LIE_ZERO_IN_TEXT) {
		body[4] = '\0';
	} else if (lie == LIE_UNSEALED) {
		int fd = memfd_create("unsealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		pvg_shader_write_all(fd, head, sizeof(head));
		pvg_shader_write_all(fd, body, sizeof(body) - 1);
		return fd;
	} else if (lie == LIE_NO_FILE) {
		return -1;
	}
	return pvg_shader_memfd(head, sizeof(head), body,
		lie == LIE_OTHER_SIZE ? sizeof(body) - 2 : sizeof(body) - 1);
}

static void tell(enum lie lie, uint64_t id) {
	static struct pvg_shader_reply r;
	r = (struct pvg_shader_reply){
		.magic = PVG_SHADER_WIRE_MAGIC,
		.id = id,
		.spirv_words = 5,
		.glsl_bytes = sizeof(text) - 1,
		.reflection = {
			.magic = PVG_REFLECTION_MAGIC,
			.version = PVG_REFLECTION_VERSION,
			.size_bytes = sizeof(r.reflection),
		},
	};
	size_t size = sizeof(r);
	switch (lie) {
	case LIE_MAGIC:
		r.magic++;
		break;
	case LIE_ID:
		r.id++;
		break;
	case LIE_REASON:
		r.reason = PVG_SHADER_REASON_COUNT;
		break;
	case LIE_DETAIL:
		r.reason = PVG_SHADER_TYPE;
		memset(r.detail, 'x', sizeof(r.detail));
		break;
	case LIE_FEW_WORDS:
		r.spirv_words = 4;
		break;
	case LIE_MANY_WORDS:
		r.spirv_words = 0x40000005; // 20 bytes, if nobody looks
		break;
	case LIE_GLSL_SIZE:
		r.glsl_bytes = PVG_SHADER_MAX_GLSL_BYTES + 1;
		break;
	case LIE_REFLECTION:
		r.reflection.slot_count = PVG_REFLECTION_SLOTS + 1;
		break;
	case LIE_SHORT_PACKET:
		size -= 8;
		break;
	default:
		break;
	}
	pvg_shader_send(3, &r, size, file_of(lie));
}

static int be_worker(const char *what) {
	static struct pvg_shader_request q;
	int fd;
	while (pvg_shader_receive(3, &q, sizeof(q), &fd) == (long)sizeof(q)) {
		unsigned lie;
		if (strcmp(what, "fake-segv") == 0) {
			signal(SIGSEGV, SIG_DFL);
			raise(SIGSEGV);
		} else if (strcmp(what, "fake-memory") == 0) {
			_exit(PVG_SHADERD_EXIT_MEMORY);
		} else if (strcmp(what, "fake-llvm") == 0) {
			_exit(PVG_SHADERD_EXIT_LLVM);
		} else if (strcmp(what, "fake-exit") == 0) {
			_exit(5);
		} else if (sscanf(what, "fake-lie-%u", &lie) == 1) {
			tell((enum lie)lie, q.id);
		}
		close(fd);
	}
	return 0;
}

/* ---- the client ------------------------------------------------------------------------------ */

struct outcome {
	uint32_t calls, order;
	struct pvg_shader_status status;
	size_t words;
};

static uint32_t order;

static void handle_done(void *data, const struct pvg_shader_status *status,
	const struct pvg_shader_result *result) {
	struct outcome *o = data;
	o->calls++;
	o->order = ++order;
	o->status = *status;
	o->words = result != NULL ? result->spirv_words : 0;
}

static struct pvg_shader_client *make_client(const char *worker, const char *cache) {
	struct pvg_shader_client_options options = {.worker = worker, .cache_folder = cache};
	struct pvg_shader_client *client = pvg_shader_client_create(&options);
	assert_non_null(client);
	return client;
}

static struct pvg_shader_client *fake_client(const char *what, const char *cache) {
	char path[128], self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	assert_true(n > 0);
	self[n] = '\0';
	snprintf(path, sizeof(path), "%s/%s", folder, what);
	unlink(path);
	assert_int_equal(symlink(self, path), 0);
	return make_client(path, cache);
}

static struct pvg_shader_variant variant(uint32_t n) {
	return (struct pvg_shader_variant){
		.profile = PVG_PROFILE_GLES, .local_size = {1 + n, 1, 1}};
}

static void wait_for(struct pvg_shader_client *client, const struct outcome *o) {
	struct pollfd fd = {.fd = pvg_shader_client_fd(client), .events = POLLIN};
	for (int rounds = 0; o->calls == 0 && rounds < 10000; rounds++) {
		assert_true(poll(&fd, 1, 30000) > 0);
		pvg_shader_client_dispatch(client);
	}
	assert_int_equal(o->calls, 1);
}

static struct pvg_shader_job *submit(struct pvg_shader_client *client, uint32_t n, int priority,
	struct outcome *o) {
	struct pvg_shader_variant v = variant(n);
	return pvg_shader_client_submit(client, module, module_bytes, NULL, &v, priority,
		handle_done, o);
}

static struct outcome translate(struct pvg_shader_client *client, uint32_t n) {
	struct outcome o = {0};
	submit(client, n, 0, &o);
	wait_for(client, &o);
	return o;
}

static int pid_of(const struct pvg_shader_client *client) {
	int pid = 0;
	assert_int_equal(pvg_shader_client_pids(client, &pid, 1), 1);
	return pid;
}

static int make_folder(void **state) {
	snprintf(folder, sizeof(folder), "/tmp/pvg-worker-XXXXXX");
	return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state) {
	DIR *dir = opendir(folder);
	for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
		if (e->d_name[0] != '.') {
			unlinkat(dirfd(dir), e->d_name, 0);
		}
	}
	if (dir != NULL) {
		closedir(dir);
	}
	return rmdir(folder);
}

static void a_lie_is_a_malformed_reply(void **state) {
	for (unsigned lie = 0; lie < LIE_COUNT; lie++) {
		char what[32];
		snprintf(what, sizeof(what), "fake-lie-%u", lie);
		struct pvg_shader_client *client = fake_client(what, NULL);
		struct outcome o = translate(client, 0);
		assert_int_equal(o.status.reason,
			lie == LIE_NOT ? PVG_SHADER_OK : PVG_SHADER_BAD_REPLY);
		assert_int_equal(o.words, lie == LIE_NOT ? 5 : 0);
		pvg_shader_client_destroy(client);
	}
}

static void how_a_worker_ended_has_a_name(void **state) {
	static const struct {
		const char *what;
		enum pvg_shader_reason reason;
		const char *detail;
	} ends[] = {
		{"fake-segv", PVG_SHADER_WORKER_DIED, "signal 11"},
		{"fake-memory", PVG_SHADER_NO_MEMORY, "more than a worker may have"},
		{"fake-llvm", PVG_SHADER_BAD_BITCODE, "LLVM gave up"},
		{"fake-exit", PVG_SHADER_WORKER_DIED, "exit status 5"},
	};
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct pvg_shader_client *client = fake_client(ends[i].what, NULL);
		struct outcome o = translate(client, 0), again = {0};
		assert_int_equal(o.status.reason, ends[i].reason);
		assert_string_equal(o.status.detail, ends[i].detail);
		submit(client, 0, 0, &again);
		assert_int_equal(again.status.reason, PVG_SHADER_QUARANTINED);
		pvg_shader_client_destroy(client);
	}
}

static void a_request_that_ended_two_workers_stays_refused_after_a_restart(void **state) {
	struct pvg_shader_client *client = fake_client("fake-segv", folder);
	assert_int_equal(translate(client, 0).status.reason, PVG_SHADER_WORKER_DIED);
	pvg_shader_client_destroy(client);
	client = fake_client("fake-segv", folder);
	struct outcome again = {0};
	assert_null(submit(client, 0, 0, &again));
	assert_int_equal(again.status.reason, PVG_SHADER_QUARANTINED);
	pvg_shader_client_destroy(client);
	// Another worker program gets its chance.
	client = make_client(getenv("PVG_SHADERD"), folder);
	assert_int_equal(translate(client, 0).status.reason, PVG_SHADER_OK);
	pvg_shader_client_destroy(client);
}

static void what_was_killed_from_outside_is_not_written_down(void **state) {
	const char *worker = getenv("PVG_SHADERD");
	struct pvg_shader_client *client = make_client(worker, folder);
	struct outcome o = {0};
	for (unsigned i = 0; i < 2; i++) {
		int pid = pid_of(client);
		kill(pid, SIGSTOP);
		if (i == 0) {
			submit(client, 0, 0, &o);
		}
		kill(pid, SIGKILL);
		// Until the client has seen it and started another one.
		struct pollfd fd = {.fd = pvg_shader_client_fd(client), .events = POLLIN};
		assert_true(poll(&fd, 1, 30000) > 0);
		pvg_shader_client_dispatch(client);
	}
	wait_for(client, &o);
	pvg_shader_client_destroy(client);
	client = make_client(worker, folder);
	assert_int_equal(translate(client, 0).status.reason, PVG_SHADER_OK);
	pvg_shader_client_destroy(client);
}

/* The real worker, without a client that would start another one. */
static pid_t start_worker(int *socket) {
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	fflush(NULL);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		char *argv[] = {getenv("PVG_SHADERD"), NULL};
		// On itself a descriptor would keep its close-on-exec flag.
		int high = fcntl(pair[1], F_DUPFD, 20);
		dup2(high, 3);
		close(high);
		execv(argv[0], argv);
		_exit(127);
	}
	close(pair[1]);
	*socket = pair[0];
	return pid;
}

/* One request; the reason of the reply, or PVG_SHADER_WORKER_DIED. */
static enum pvg_shader_reason ask(int socket, const void *bytes, size_t size) {
	static struct pvg_shader_request q;
	static struct pvg_shader_reply r;
	q = (struct pvg_shader_request){
		.magic = PVG_SHADER_WIRE_MAGIC,
		.version = PVG_SHADER_TRANSLATOR_VERSION,
		.module_bytes = (uint32_t)size,
		.variant = variant(0),
	};
	int fd = pvg_shader_memfd(bytes, size, NULL, 0), result = -1;
	assert_true(pvg_shader_send(socket, &q, sizeof(q), fd));
	close(fd);
	long n = pvg_shader_receive(socket, &r, sizeof(r), &result);
	if (result >= 0) {
		close(result);
	}
	return n == (long)sizeof(r) ? (enum pvg_shader_reason)r.reason : PVG_SHADER_WORKER_DIED;
}

static void too_little_memory_has_a_name(void **state) {
	size_t size = 8u << 20;
	uint8_t *large = calloc(1, size);
	assert_non_null(large);
	memcpy(large, module, module_bytes); // so that LLVM takes a look at all of it
	// Room for the file but not for a copy of it; then for not even that.
	static const size_t room[] = {12u << 20, 4u << 20};
	for (size_t i = 0; i < 2; i++) {
		int socket, status = 0;
		pid_t pid = start_worker(&socket);
		assert_int_equal(ask(socket, module, module_bytes), PVG_SHADER_OK);
		char path[64];
		unsigned long pages = 0;
		snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
		FILE *f = fopen(path, "r");
		assert_non_null(f);
		assert_int_equal(fscanf(f, "%lu", &pages), 1);
		fclose(f);
		struct rlimit limit;
		limit.rlim_cur = limit.rlim_max =
			(rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + room[i];
		assert_int_equal(prlimit(pid, RLIMIT_AS, &limit, NULL), 0);
		enum pvg_shader_reason reason = ask(socket, large, size);
		if (reason == PVG_SHADER_WORKER_DIED) {
			assert_int_equal(waitpid(pid, &status, 0), pid);
			assert_true(WIFEXITED(status));
			assert_int_equal(WEXITSTATUS(status), PVG_SHADERD_EXIT_MEMORY);
		} else {
			// The file did not fit: said without dying.
			assert_int_equal(reason, PVG_SHADER_NO_MEMORY);
			assert_int_equal(i, 1);
			assert_int_equal(ask(socket, module, module_bytes), PVG_SHADER_OK);
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
		}
		close(socket);
	}
	free(large);
}

static void what_is_wanted_most_comes_first(void **state) {
	struct pvg_shader_client *client = make_client(getenv("PVG_SHADERD"), NULL);
	struct outcome o[5] = {{0}};
	int pid = pid_of(client);
	kill(pid, SIGSTOP);
	static const int priorities[5] = {0, 0, -1, 5, 0}; // the first is being worked on
	struct pvg_shader_job *jobs[5];
	for (uint32_t i = 0; i < 5; i++) {
		jobs[i] = submit(client, i, priorities[i], &o[i]);
		assert_non_null(jobs[i]);
	}
	pvg_shader_client_cancel(client, jobs[4]);
	kill(pid, SIGCONT);
	wait_for(client, &o[2]);
	assert_true(o[0].order < o[3].order);
	assert_true(o[3].order < o[1].order);
	assert_true(o[1].order < o[2].order);
	assert_int_equal(o[4].calls, 0);
	pvg_shader_client_destroy(client);
}

static void jobs_that_wait_are_called_back_when_the_client_goes(void **state) {
	struct pvg_shader_client *client = make_client(getenv("PVG_SHADERD"), NULL);
	struct outcome o[3] = {{0}};
	kill(pid_of(client), SIGSTOP);
	for (uint32_t i = 0; i < 3; i++) {
		submit(client, i, 0, &o[i]);
	}
	pvg_shader_client_destroy(client);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(o[i].calls, 1);
		assert_int_equal(o[i].status.reason, PVG_SHADER_CANCELLED);
	}
}

static void a_worker_is_replaced_after_its_share(void **state) {
	struct pvg_shader_client *client = make_client(getenv("PVG_SHADERD"), NULL);
	int first = pid_of(client);
	for (uint32_t i = 0; i < 199; i++) {
		assert_int_equal(translate(client, i).status.reason, PVG_SHADER_OK);
	}
	assert_int_equal(pid_of(client), first);
	assert_int_equal(translate(client, 199).status.reason, PVG_SHADER_OK);
	// At once, not when somebody waits for it.
	assert_int_not_equal(pid_of(client), first);
	assert_int_equal(translate(client, 200).status.reason, PVG_SHADER_OK);
	pvg_shader_client_destroy(client);
}

static void the_worker_is_in_its_jail(void **state) {
	struct pvg_shader_client *client = make_client(getenv("PVG_SHADERD"), NULL);
	translate(client, 0);
	char path[64], line[256];
	int privileges = -1, seccomp = -1, threads = -1;
	unsigned long long capabilities = 1;
	snprintf(path, sizeof(path), "/proc/%d/status", pid_of(client));
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		sscanf(line, "NoNewPrivs: %d", &privileges);
		sscanf(line, "Seccomp: %d", &seccomp);
		sscanf(line, "Threads: %d", &threads);
		sscanf(line, "CapEff: %llx", &capabilities);
	}
	fclose(f);
	assert_int_equal(privileges, 1);
	assert_int_equal(seccomp, 2);
	assert_int_equal(threads, 1);
	assert_int_equal(capabilities, 0);
	pvg_shader_client_destroy(client);
}

int main(int argc, char **argv) {
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash != NULL ? slash + 1 : argv[0];
	if (strncmp(name, "fake-", 5) == 0) {
		return be_worker(name);
	}
	if (argc != 2 || getenv("PVG_SHADERD") == NULL) {
		fputs("test-worker MODULE, with PVG_SHADERD set\n", stderr);
		return 2;
	}
	FILE *f = fopen(argv[1], "rb");
	if (f == NULL) {
		perror(argv[1]);
		return 2;
	}
	module = malloc(1u << 20);
	module_bytes = module != NULL ? fread(module, 1, 1u << 20, f) & ~(size_t)3 : 0;
	fclose(f);
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		TEST(a_lie_is_a_malformed_reply),
		TEST(how_a_worker_ended_has_a_name),
		TEST(a_request_that_ended_two_workers_stays_refused_after_a_restart),
		TEST(what_was_killed_from_outside_is_not_written_down),
		TEST(too_little_memory_has_a_name),
		TEST(what_is_wanted_most_comes_first),
		TEST(jobs_that_wait_are_called_back_when_the_client_goes),
		TEST(a_worker_is_replaced_after_its_share),
		TEST(the_worker_is_in_its_jail),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(module);
	return failed;
}
