// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "render/shader/cache.h"
#include "render/shader/quarantine.h"

/* The disk cache and the quarantine file: whatever happens to the files, no wrong shader comes. */

#define LIMIT (UINT64_C(64) << 20)

static const uint8_t worker[PVG_SHA256_BYTES] = "worker one";
static const uint8_t other_worker[PVG_SHA256_BYTES] = "worker two";

static char folder[64];

static int make_folder(void **state) {
	snprintf(folder, sizeof(folder), "/tmp/pvg-cache-XXXXXX");
	return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state) {
	DIR *dir = opendir(folder);
	for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
			unlinkat(dirfd(dir), e->d_name, 0) != 0) {
			unlinkat(dirfd(dir), e->d_name, AT_REMOVEDIR);
		}
	}
	if (dir != NULL) {
		closedir(dir);
	}
	return rmdir(folder);
}

static struct pvg_shader_key key_of(uint32_t n) {
	struct pvg_shader_key key;
	pvg_sha256(&n, sizeof(n), key.bytes);
	return key;
}

/* A result that can be told from every other by its content. */
static struct pvg_shader_result result_of(uint32_t n, size_t glsl_bytes) {
	struct pvg_shader_result r = {.spirv_words = 8 + n % 5, .glsl_bytes = glsl_bytes};
	r.spirv = calloc(r.spirv_words, sizeof(uint32_t));
	r.glsl = malloc(glsl_bytes + 1);
	assert_non_null(r.spirv);
	assert_non_null(r.glsl);
	r.spirv[0] = 0x07230203;
	r.spirv[1] = n;
	for (size_t i = 0; i < glsl_bytes; i++) {
		r.glsl[i] = (char)('a' + (n + i) % 26);
	}
	r.glsl[glsl_bytes] = '\0';
	r.reflection.magic = PVG_REFLECTION_MAGIC;
	r.reflection.version = PVG_REFLECTION_VERSION;
	r.reflection.size_bytes = sizeof(r.reflection);
	return r;
}

static bool is_result_of(const struct pvg_shader_cached *c, uint32_t n, size_t glsl_bytes) {
	struct pvg_shader_result want = result_of(n, glsl_bytes);
	bool same = c->status.reason == PVG_SHADER_OK &&
		c->result.spirv_words == want.spirv_words &&
		memcmp(c->result.spirv, want.spirv, want.spirv_words * 4) == 0 &&
		c->result.glsl_bytes == glsl_bytes && strcmp(c->result.glsl, want.glsl) == 0;
	free(want.spirv);
	free(want.glsl);
	return same;
}

static struct pvg_shader_cache *open_cache(void) {
	struct pvg_shader_cache *cache = pvg_shader_cache_create(folder, LIMIT, worker);
	assert_non_null(cache);
	return cache;
}

static void put(struct pvg_shader_cache *cache, uint32_t n, size_t glsl_bytes) {
	struct pvg_shader_key key = key_of(n);
	struct pvg_shader_status ok = {0};
	struct pvg_shader_result r = result_of(n, glsl_bytes);
	assert_non_null(pvg_shader_cache_put(cache, &key, &ok, &r));
}

/* What a new process would find: NULL, or the right thing; anything else fails the test. */
static bool found(uint32_t n, size_t glsl_bytes) {
	struct pvg_shader_cache *cache = open_cache();
	struct pvg_shader_key key = key_of(n);
	const struct pvg_shader_cached *c = pvg_shader_cache_lookup(cache, &key);
	bool there = c != NULL;
	if (there) {
		assert_true(is_result_of(c, n, glsl_bytes));
	}
	pvg_shader_cache_destroy(cache);
	return there;
}

static void path_of(uint32_t n, char path[256]) {
	struct pvg_shader_key key = key_of(n);
	int at = snprintf(path, 256, "%s/", folder);
	for (size_t i = 0; i < sizeof(key.bytes); i++) {
		at += snprintf(path + at, 256 - (size_t)at, "%02x", key.bytes[i]);
	}
	snprintf(path + at, 256 - (size_t)at, ".psc");
}

static uint8_t *read_file(const char *path, size_t *size) {
	FILE *f = fopen(path, "rb");
	uint8_t *bytes = malloc(1 << 20);
	assert_non_null(f);
	assert_non_null(bytes);
	*size = fread(bytes, 1, 1 << 20, f);
	fclose(f);
	return bytes;
}

static void write_file(const char *path, const void *bytes, size_t size) {
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

static uint32_t count_files(void) {
	DIR *dir = opendir(folder);
	uint32_t n = 0;
	assert_non_null(dir);
	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		n += e->d_name[0] != '.';
	}
	closedir(dir);
	return n;
}

static void what_was_put_is_there_for_the_next_process(void **state) {
	struct pvg_shader_cache *cache = open_cache();
	put(cache, 1, 100);
	pvg_shader_cache_destroy(cache);
	assert_true(found(1, 100));
	assert_false(found(2, 100));
}

static void a_change_of_any_byte_is_found(void **state) {
	struct pvg_shader_cache *cache = open_cache();
	put(cache, 1, 64);
	pvg_shader_cache_destroy(cache);
	char path[256];
	size_t size;
	path_of(1, path);
	uint8_t *bytes = read_file(path, &size);
	assert_true(size > 1000);
	for (size_t i = 0; i < size; i++) {
		uint8_t bit = (uint8_t)(1u << i % 8);
		bytes[i] ^= bit;
		write_file(path, bytes, size);
		bytes[i] ^= bit;
		assert_false(found(1, 64));
		// And it is out of the way.
		assert_int_equal(access(path, F_OK), -1);
	}
	write_file(path, bytes, size);
	assert_true(found(1, 64));
	free(bytes);
}

static void a_file_cut_or_longer_is_found(void **state) {
	struct pvg_shader_cache *cache = open_cache();
	put(cache, 1, 64);
	pvg_shader_cache_destroy(cache);
	char path[256];
	size_t size;
	path_of(1, path);
	uint8_t *bytes = read_file(path, &size);
	for (size_t n = 0; n < size; n += n < 300 || n + 100 > size ? 1 : 37) {
		write_file(path, bytes, n);
		assert_false(found(1, 64));
	}
	bytes[size] = 0;
	write_file(path, bytes, size + 1);
	assert_false(found(1, 64));
	free(bytes);
}

static void a_file_of_another_key_is_not_taken(void **state) {
	struct pvg_shader_cache *cache = open_cache();
	put(cache, 1, 64);
	pvg_shader_cache_destroy(cache);
	char one[256], two[256];
	path_of(1, one);
	path_of(2, two);
	assert_int_equal(rename(one, two), 0);
	assert_false(found(2, 64));
}

static void a_file_of_another_worker_is_not_taken(void **state) {
	struct pvg_shader_cache *cache = open_cache();
	put(cache, 1, 64);
	pvg_shader_cache_destroy(cache);
	cache = pvg_shader_cache_create(folder, LIMIT, other_worker);
	struct pvg_shader_key key = key_of(1);
	assert_null(pvg_shader_cache_lookup(cache, &key));
	pvg_shader_cache_destroy(cache);
}

static void what_is_no_file_does_not_hold_us_up(void **state) {
	char path[256];
	path_of(1, path);
	assert_int_equal(mkfifo(path, 0600), 0);
	alarm(10);
	assert_false(found(1, 64));
	assert_int_equal(mkdir(path, 0700), 0);
	assert_false(found(1, 64));
	rmdir(path);
	assert_int_equal(symlink("/dev/zero", path), 0);
	assert_false(found(1, 64));
	alarm(0);
	unlink(path);
}

/* Runs a body in a child, where limits and mounts of its own do no harm. */
static int in_child(int (*body)(void)) {
	fflush(NULL);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		_exit(body());
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Puts 20 results and finds every one in memory, whatever became of the files. */
static int put_many(void) {
	struct pvg_shader_cache *cache = pvg_shader_cache_create(folder, LIMIT, worker);
	for (uint32_t n = 0; n < 20; n++) {
		struct pvg_shader_key key = key_of(n);
		struct pvg_shader_status ok = {0};
		struct pvg_shader_result r = result_of(n, 20000);
		if (pvg_shader_cache_put(cache, &key, &ok, &r) == NULL) {
			return 1;
		}
	}
	for (uint32_t n = 0; n < 20; n++) {
		struct pvg_shader_key key = key_of(n);
		const struct pvg_shader_cached *c = pvg_shader_cache_lookup(cache, &key);
		if (c == NULL || !is_result_of(c, n, 20000)) {
			return 2;
		}
	}
	pvg_shader_cache_destroy(cache);
	return 0;
}

static int put_with_small_files(void) {
	struct rlimit limit = {10000, 10000};
	signal(SIGXFSZ, SIG_IGN);
	return setrlimit(RLIMIT_FSIZE, &limit) != 0 ? 3 : put_many();
}

static void files_that_cannot_be_written_whole_are_not_left(void **state) {
	assert_int_equal(in_child(put_with_small_files), 0);
	assert_int_equal(count_files(), 0);
}

static bool write_text(const char *path, const char *text) {
	int fd = open(path, O_WRONLY);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0) {
		close(fd);
	}
	return ok;
}

/* A file system over the folder that only this process sees. */
static bool own_mount(const char *options, unsigned long flags) {
	char users[32], groups[32];
	snprintf(users, sizeof(users), "0 %u 1", (unsigned)getuid());
	snprintf(groups, sizeof(groups), "0 %u 1", (unsigned)getgid());
	// Files need an owner that exists.
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
		write_text("/proc/self/uid_map", users) &&
		write_text("/proc/self/setgroups", "deny") &&
		write_text("/proc/self/gid_map", groups) &&
		mount("tmpfs", folder, "tmpfs", flags, options) == 0;
}

static int put_on_full_disk(void) {
	if (!own_mount("size=128k", 0)) {
		return 77;
	}
	int result = put_many();
	// Some fitted; what did is right, what did not left nothing half.
	struct pvg_shader_cache *cache = pvg_shader_cache_create(folder, LIMIT, worker);
	uint32_t there = 0;
	for (uint32_t n = 0; n < 20 && result == 0; n++) {
		struct pvg_shader_key key = key_of(n);
		const struct pvg_shader_cached *c = pvg_shader_cache_lookup(cache, &key);
		there += c != NULL;
		result = c != NULL && !is_result_of(c, n, 20000) ? 4 : 0;
	}
	pvg_shader_cache_destroy(cache);
	return result != 0 ? result : there == 0 || there == 20 || there != count_files() ? 5 : 0;
}

static void a_full_disk_costs_nothing_but_time(void **state) {
	int result = in_child(put_on_full_disk);
	if (result == 77) {
		print_message("skipped: no mounts of our own here\n");
		skip();
	}
	assert_int_equal(result, 0);
}

static int put_on_read_only(void) {
	return own_mount(NULL, MS_RDONLY) ? put_many() : 77;
}

static void a_read_only_folder_costs_nothing_but_time(void **state) {
	int result = in_child(put_on_read_only);
	if (result == 77) {
		print_message("skipped: no mounts of our own here\n");
		skip();
	}
	assert_int_equal(result, 0);
}

static uint64_t folder_bytes(void) {
	DIR *dir = opendir(folder);
	uint64_t total = 0;
	for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
		struct stat st;
		if (e->d_name[0] != '.' && fstatat(dirfd(dir), e->d_name, &st, 0) == 0) {
			total += (uint64_t)st.st_size;
		}
	}
	closedir(dir);
	return total;
}

static void the_folder_has_a_bound_and_keeps_what_is_used(void **state) {
	uint64_t limit = 600000; // room for about 20
	struct pvg_shader_cache *cache = pvg_shader_cache_create(folder, limit, worker);
	put(cache, 0, 20000);
	for (uint32_t n = 1; n < 200; n++) {
		put(cache, n, 20000);
		assert_true(folder_bytes() <= limit);
		if (n == 15) {
			// Number 0 is used by another process: it is young again.
			struct timespec past[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
			for (uint32_t k = 0; k <= 15; k++) {
				char path[256];
				path_of(k, path);
				utimensat(AT_FDCWD, path, past, 0);
			}
			assert_true(found(0, 20000));
		}
		if (n == 24) {
			assert_true(found(0, 20000));
			assert_false(found(1, 20000));
		}
	}
	pvg_shader_cache_destroy(cache);
	assert_true(count_files() >= 5);
	assert_true(found(199, 20000));
}

static void what_a_dead_process_left_half_written_goes(void **state) {
	char path[256];
	path_of(1, path);
	memcpy(strrchr(path, '.'), ".tmp123", 8);
	write_file(path, "half", 4);
	struct pvg_shader_cache *cache = open_cache();
	pvg_shader_cache_destroy(cache);
	assert_int_equal(access(path, F_OK), 0); // young: somebody may be writing
	struct timespec past[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	utimensat(AT_FDCWD, path, past, 0);
	cache = open_cache();
	pvg_shader_cache_destroy(cache);
	assert_int_equal(access(path, F_OK), -1);
}

static int write_and_read(void) {
	uint32_t seed = (uint32_t)getpid();
	for (uint32_t round = 0; round < 60; round++) {
		// A small bound, so that they also remove each other's files.
		struct pvg_shader_cache *cache = pvg_shader_cache_create(folder, 400000, worker);
		for (uint32_t i = 0; i < 8; i++) {
			seed = seed * 1664525u + 1013904223u;
			uint32_t n = (seed >> 16) % 24;
			struct pvg_shader_key key = key_of(n);
			const struct pvg_shader_cached *c = pvg_shader_cache_lookup(cache, &key);
			if (c != NULL && !is_result_of(c, n, 20000)) {
				return 1;
			}
			struct pvg_shader_status ok = {0};
			struct pvg_shader_result r = result_of(n, 20000);
			if (c != NULL) {
				free(r.spirv);
				free(r.glsl);
			} else if (pvg_shader_cache_put(cache, &key, &ok, &r) == NULL) {
				return 2;
			}
		}
		pvg_shader_cache_destroy(cache);
	}
	return 0;
}

static void several_processes_share_a_folder(void **state) {
	pid_t pids[4];
	fflush(NULL);
	for (unsigned i = 0; i < 4; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0) {
			_exit(write_and_read());
		}
	}
	for (unsigned i = 0; i < 4; i++) {
		int status = 0;
		waitpid(pids[i], &status, 0);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

static bool quarantined(uint32_t n, const uint8_t *program) {
	struct pvg_shader_quarantine *q = pvg_shader_quarantine_create(folder, program);
	struct pvg_shader_key key = key_of(n);
	assert_non_null(q);
	bool has = pvg_shader_quarantine_has(q, &key);
	pvg_shader_quarantine_destroy(q);
	return has;
}

static void two_strikes_last_one_does_not(void **state) {
	struct pvg_shader_quarantine *q = pvg_shader_quarantine_create(folder, worker);
	struct pvg_shader_key once = key_of(1), twice = key_of(2), busy = key_of(3);
	assert_int_equal(pvg_shader_quarantine_strike(q, &once, true), 1);
	assert_int_equal(pvg_shader_quarantine_strike(q, &twice, true), 1);
	assert_int_equal(pvg_shader_quarantine_strike(q, &twice, true), 2);
	pvg_shader_quarantine_strike(q, &busy, false);
	pvg_shader_quarantine_strike(q, &busy, false);
	assert_false(pvg_shader_quarantine_has(q, &once));
	assert_true(pvg_shader_quarantine_has(q, &twice));
	assert_true(pvg_shader_quarantine_has(q, &busy));
	pvg_shader_quarantine_destroy(q);
	assert_false(quarantined(1, worker));
	assert_true(quarantined(2, worker));
	assert_false(quarantined(3, worker));
	// Another worker may well translate it; and the file was this one's no more.
	assert_false(quarantined(2, other_worker));
	assert_false(quarantined(2, worker));
}

static void a_damaged_quarantine_is_none(void **state) {
	struct pvg_shader_quarantine *q = pvg_shader_quarantine_create(folder, worker);
	struct pvg_shader_key key = key_of(2);
	pvg_shader_quarantine_strike(q, &key, true);
	pvg_shader_quarantine_strike(q, &key, true);
	pvg_shader_quarantine_destroy(q);
	char path[256];
	size_t size;
	snprintf(path, sizeof(path), "%s/quarantine", folder);
	uint8_t *bytes = read_file(path, &size);
	for (size_t i = 0; i < size; i++) {
		bytes[i] ^= 1;
		write_file(path, bytes, size);
		bytes[i] ^= 1;
		assert_false(quarantined(2, worker));
		write_file(path, bytes, i);
		assert_false(quarantined(2, worker));
	}
	free(bytes);
}

static void the_quarantine_has_a_bound(void **state) {
	struct pvg_shader_quarantine *q = pvg_shader_quarantine_create(folder, worker);
	for (uint32_t n = 0; n < PVG_QUARANTINE_MAX + 50; n++) {
		struct pvg_shader_key key = key_of(n);
		pvg_shader_quarantine_strike(q, &key, n % 100 == 0 || n > PVG_QUARANTINE_MAX);
		pvg_shader_quarantine_strike(q, &key, n % 100 == 0 || n > PVG_QUARANTINE_MAX);
	}
	pvg_shader_quarantine_destroy(q);
	assert_false(quarantined(0, worker));
	assert_true(quarantined(100, worker));
	assert_true(quarantined(PVG_QUARANTINE_MAX + 49, worker));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		TEST(what_was_put_is_there_for_the_next_process),
		TEST(a_change_of_any_byte_is_found),
		TEST(a_file_cut_or_longer_is_found),
		TEST(a_file_of_another_key_is_not_taken),
		TEST(a_file_of_another_worker_is_not_taken),
		TEST(what_is_no_file_does_not_hold_us_up),
		TEST(files_that_cannot_be_written_whole_are_not_left),
		TEST(a_full_disk_costs_nothing_but_time),
		TEST(a_read_only_folder_costs_nothing_but_time),
		TEST(the_folder_has_a_bound_and_keeps_what_is_used),
		TEST(what_a_dead_process_left_half_written_goes),
		TEST(several_processes_share_a_folder),
		TEST(two_strikes_last_one_does_not),
		TEST(a_damaged_quarantine_is_none),
		TEST(the_quarantine_has_a_bound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
