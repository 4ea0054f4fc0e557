// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "render/shader/client.h"
#include "render/shader/mtlb.h"

/* The worker process from the client's side: death, damage, caches. */

static uint8_t *module;
static size_t module_bytes;

/* What damaged modules are made from: the first is the one above. */
static struct pool {
	const uint8_t *bytes;
	size_t size;
} pool[1024];
static uint32_t pool_count;

struct outcome {
	uint32_t calls;
	struct pvg_shader_status status;
	size_t words;
	char first_line[64];
};

static void handle_done(void *data, const struct pvg_shader_status *status,
		const struct pvg_shader_result *result) {
	struct outcome *o = data;
	o->calls++;
	o->status = *status;
	o->words = result != NULL ? result->spirv_words : 0;
	snprintf(o->first_line, sizeof(o->first_line), "%.20s",
		result != NULL && result->glsl != NULL ? result->glsl : "");
}

static struct pvg_shader_client *make_client(const char *folder, uint32_t deadline_ms) {
	struct pvg_shader_client_options options = {
		.worker = getenv("PVG_SHADERD"), .deadline_ms = deadline_ms, .cache_folder = folder,
	};
	struct pvg_shader_client *client = pvg_shader_client_create(&options);
	assert_non_null(client);
	return client;
}

static struct pvg_shader_variant variant(void) {
	return (struct pvg_shader_variant){.profile = PVG_PROFILE_GLES, .local_size = {8, 1, 1}};
}

static void wait_for(struct pvg_shader_client *client, const struct outcome *o) {
	struct pollfd fd = {.fd = pvg_shader_client_fd(client), .events = POLLIN};
	for (int rounds = 0; o->calls == 0 && rounds < 10000; rounds++) {
		assert_true(poll(&fd, 1, 30000) > 0);
		pvg_shader_client_dispatch(client);
	}
	assert_int_equal(o->calls, 1);
}

static struct outcome translate(struct pvg_shader_client *client, const uint8_t *data,
	size_t size) {
	struct outcome o = {0};
	struct pvg_shader_variant v = variant();
	pvg_shader_client_submit(client, data, size, NULL, &v, 0, handle_done, &o);
	wait_for(client, &o);
	return o;
}

static void a_module_comes_back_and_then_from_the_cache(void **state) {
	struct pvg_shader_client *client = make_client(NULL, 0);
	struct outcome o = translate(client, module, module_bytes);
	assert_int_equal(o.status.reason, PVG_SHADER_OK);
	assert_true(o.words > 50);
	assert_string_equal(o.first_line, "#version 320 es\nlayo");
	struct outcome again = {0};
	struct pvg_shader_variant v = variant();
	assert_null(pvg_shader_client_submit(client, module, module_bytes, NULL, &v, 0, handle_done,
		&again));
	assert_int_equal(again.calls, 1);
	assert_int_equal(again.words, o.words);
	// Another variant is another shader.
	v.local_size[0] = 16;
	struct outcome other = {0};
	assert_non_null(pvg_shader_client_submit(client, module, module_bytes, NULL, &v, 0,
		handle_done, &other));
	wait_for(client, &other);
	assert_int_equal(other.status.reason, PVG_SHADER_OK);
	pvg_shader_client_destroy(client);
}

static void a_killed_worker_is_replaced_and_the_module_tried_again(void **state) {
	struct pvg_shader_client *client = make_client(NULL, 0);
	struct outcome o = {0};
	struct pvg_shader_variant v = variant();
	int pid;
	assert_int_equal(pvg_shader_client_pids(client, &pid, 1), 1);
	kill(pid, SIGSTOP);
	pvg_shader_client_submit(client, module, module_bytes, NULL, &v, 0, handle_done, &o);
	kill(pid, SIGKILL);
	wait_for(client, &o);
	assert_int_equal(o.status.reason, PVG_SHADER_OK);
	pvg_shader_client_destroy(client);
}

static void a_worker_past_its_deadline_is_ended_and_the_module_quarantined(void **state) {
	struct pvg_shader_client *client = make_client(NULL, 100);
	struct outcome o = {0}, again = {0}, other = {0};
	struct pvg_shader_variant v = variant();
	int pid;
	assert_int_equal(pvg_shader_client_pids(client, &pid, 1), 1);
	kill(pid, SIGSTOP);
	pvg_shader_client_submit(client, module, module_bytes, NULL, &v, 0, handle_done, &o);
	wait_for(client, &o);
	assert_int_equal(o.status.reason, PVG_SHADER_WORKER_TIMEOUT);
	pvg_shader_client_submit(client, module, module_bytes, NULL, &v, 0, handle_done, &again);
	assert_int_equal(again.status.reason, PVG_SHADER_QUARANTINED);
	pvg_shader_client_destroy(client);
	client = make_client(NULL, 0);
	v.local_size[0] = 4;
	pvg_shader_client_submit(client, module, module_bytes, NULL, &v, 0, handle_done, &other);
	wait_for(client, &other);
	assert_int_equal(other.status.reason, PVG_SHADER_OK);
	pvg_shader_client_destroy(client);
}

static void a_cancelled_job_is_not_called_back(void **state) {
	struct pvg_shader_client *client = make_client(NULL, 0);
	struct outcome o = {0}, second = {0};
	struct pvg_shader_variant v = variant();
	struct pvg_shader_job *job = pvg_shader_client_submit(client, module, module_bytes, NULL,
		&v, 0, handle_done, &o);
	assert_non_null(job);
	v.local_size[0] = 4;
	pvg_shader_client_submit(client, module, module_bytes, NULL, &v, 1, handle_done, &second);
	pvg_shader_client_cancel(client, job);
	wait_for(client, &second);
	assert_int_equal(o.calls, 0);
	pvg_shader_client_destroy(client);
}

static char *make_folder(void) {
	static char path[64];
	snprintf(path, sizeof(path), "/tmp/pvg-shader-XXXXXX");
	assert_non_null(mkdtemp(path));
	return path;
}

/* Applies change to every file of the cache; returns how many there are. */
static uint32_t each_file(const char *folder, void (*change)(const char *path)) {
	DIR *dir = opendir(folder);
	uint32_t n = 0;
	assert_non_null(dir);
	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		char path[512];
		if (e->d_name[0] != '.') {
			snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
			change(path);
			n++;
		}
	}
	closedir(dir);
	return n;
}

static void damage(const char *path) {
	FILE *f = fopen(path, "r+b");
	assert_non_null(f);
	fseek(f, -9, SEEK_END);
	int c = fgetc(f);
	fseek(f, -9, SEEK_END);
	fputc(c ^ 0x20, f);
	fclose(f);
}

static void shorten(const char *path) {
	assert_int_equal(truncate(path, 4000), 0);
}

static void remove_file(const char *path) {
	assert_int_equal(unlink(path), 0);
}

static void nothing(const char *path) {
}

static void the_disk_cache_survives_and_damage_is_found(void **state) {
	char *folder = make_folder();
	struct pvg_shader_client *client = make_client(folder, 0);
	struct outcome first = translate(client, module, module_bytes);
	pvg_shader_client_destroy(client);
	assert_int_equal(each_file(folder, nothing), 1);
	void (*const changes[])(const char *) = {nothing, damage, shorten};
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		each_file(folder, changes[i]);
		client = make_client(folder, 0);
		struct outcome o = {0};
		struct pvg_shader_variant v = variant();
		struct pvg_shader_job *job = pvg_shader_client_submit(client, module, module_bytes,
			NULL, &v, 0, handle_done, &o);
		// Only the undamaged file answers at once; the others are translated again.
		assert_true((job == NULL) == (i == 0));
		wait_for(client, &o);
		assert_int_equal(o.status.reason, PVG_SHADER_OK);
		assert_int_equal(o.words, first.words);
		pvg_shader_client_destroy(client);
	}
	each_file(folder, remove_file);
	rmdir(folder);
}

static void a_folder_that_cannot_be_written_costs_nothing_but_time(void **state) {
	struct pvg_shader_client *client = make_client("/proc/nowhere/cache", 0);
	assert_int_equal(translate(client, module, module_bytes).status.reason, PVG_SHADER_OK);
	pvg_shader_client_destroy(client);
}

/* PVG_SHADER_FLIPS says how many, of all modules on the command line in turn. */
static void damaged_modules_get_a_named_answer_and_the_next_good_one_works(void **state) {
	struct pvg_shader_client *client = make_client(NULL, 0);
	const char *rounds_text = getenv("PVG_SHADER_FLIPS");
	uint32_t rounds = rounds_text != NULL ? (uint32_t)strtoul(rounds_text, NULL, 0) : 300;
	uint32_t seed = 0x12345678, count[PVG_SHADER_REASON_COUNT] = {0};
	for (uint32_t i = 0; i < rounds; i++) {
		const struct pool *from = &pool[i % pool_count];
		uint8_t *copy = malloc(from->size);
		assert_non_null(copy);
		memcpy(copy, from->bytes, from->size);
		uint32_t flips = 1 + i % 8;
		for (uint32_t k = 0; k < flips; k++) {
			seed = seed * 1664525u + 1013904223u;
			uint32_t bit = (seed >> 3) % (uint32_t)(from->size * 8);
			copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		struct outcome o = translate(client, copy, from->size);
		assert_true(o.status.reason < PVG_SHADER_REASON_COUNT);
		count[o.status.reason]++;
		// Named also for people: never an empty name, never "died" without how.
		assert_true(strlen(pvg_shader_reason_name(o.status.reason)) > 0);
		assert_true(o.status.reason != PVG_SHADER_WORKER_DIED ||
			o.status.detail[0] != '\0');
		free(copy);
		if (o.status.reason == PVG_SHADER_WORKER_DIED || i % 50 == 0) {
			struct pvg_shader_variant v = variant();
			v.local_size[0] = 1 + i % 512;
			v.local_size[1] = 1 + i / 512 % 2;
			v.swap_mask = i; // a variant not seen before: it goes through a worker
			struct outcome fine = {0};
			pvg_shader_client_submit(client, module, module_bytes, NULL, &v, 0,
				handle_done, &fine);
			wait_for(client, &fine);
			assert_int_equal(fine.status.reason, PVG_SHADER_OK);
		}
	}
	print_message("%u damaged modules of %u:\n", rounds, pool_count);
	for (uint32_t i = 0; i < PVG_SHADER_REASON_COUNT; i++) {
		if (count[i] > 0) {
			print_message("%7u %s\n", count[i],
				pvg_shader_reason_name((enum pvg_shader_reason)i));
		}
	}
	pvg_shader_client_destroy(client);
}

static void nonsense_is_refused_by_name(void **state) {
	struct pvg_shader_client *client = make_client(NULL, 0);
	size_t size = 10u << 20;
	uint8_t *data = malloc(size);
	assert_non_null(data);
	uint32_t seed = 1;
	for (size_t i = 0; i < size; i++) {
		seed = seed * 1664525u + 1013904223u;
		data[i] = (uint8_t)(seed >> 24);
	}
	assert_int_equal(translate(client, data, size).status.reason, PVG_SHADER_BAD_BITCODE);
	assert_int_equal(translate(client, data, 1).status.reason, PVG_SHADER_BAD_BITCODE);
	for (size_t n = 8; n < module_bytes; n += 61) {
		assert_int_not_equal(translate(client, module, n & ~(size_t)3).status.reason,
			PVG_SHADER_OK);
	}
	free(data);
	pvg_shader_client_destroy(client);
}

/* The functions of a library, for the pool; never freed. */
static void add_library(const char *path) {
	FILE *f = fopen(path, "rb");
	uint8_t *bytes = malloc(PVG_MTLB_MAX_BYTES);
	struct pvg_mtlb lib;
	struct pvg_shader_status status = {0};
	assert_non_null(f);
	assert_non_null(bytes);
	size_t size = fread(bytes, 1, PVG_MTLB_MAX_BYTES, f);
	fclose(f);
	if (!pvg_mtlb_parse(&lib, bytes, size, &status)) {
		print_message("%s: %s\n", path, status.detail);
		return;
	}
	for (size_t i = 0; i < lib.function_count; i++) {
		if (pool_count < sizeof(pool) / sizeof(pool[0])) {
			const struct pvg_mtlb_function *function = &lib.functions[i];
			pool[pool_count++] = (struct pool){
				bytes + function->bitcode_offset_bytes,
				function->bitcode_size_bytes,
			};
		}
	}
	pvg_mtlb_finish(&lib);
}

int main(int argc, char **argv) {
	if (argc < 2 || getenv("PVG_SHADERD") == NULL) {
		fputs("test-client MODULE [LIBRARY...], with PVG_SHADERD set\n", stderr);
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
	pool[pool_count++] = (struct pool){module, module_bytes};
	for (int i = 2; i < argc; i++) {
		add_library(argv[i]);
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_module_comes_back_and_then_from_the_cache),
		cmocka_unit_test(a_killed_worker_is_replaced_and_the_module_tried_again),
		cmocka_unit_test(a_worker_past_its_deadline_is_ended_and_the_module_quarantined),
		cmocka_unit_test(a_cancelled_job_is_not_called_back),
		cmocka_unit_test(the_disk_cache_survives_and_damage_is_found),
		cmocka_unit_test(a_folder_that_cannot_be_written_costs_nothing_but_time),
		cmocka_unit_test(damaged_modules_get_a_named_answer_and_the_next_good_one_works),
		cmocka_unit_test(nonsense_is_refused_by_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
