// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation of an attach fails in turn: nothing crashes, nothing leaks (run it under ASan),
 * and once there is memory again the guest is served.
 */
#include <stdlib.h>

#include "core.h"
#include "harness.h"

static long fail_at; // counts down; 0: never
static long fail_every; // once reached, how many fail in a row
static bool failing;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static bool fails(void) {
	if (fail_at == 0 || --fail_at > 0) {
		return false;
	}
	failing = true;
	fail_at = --fail_every > 0 ? 1 : 0;
	return true;
}

void *__wrap_malloc(size_t size) {
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size) {
	return fails() ? NULL : __real_realloc(old, size);
}

static void use_device(struct harness *h) {
	struct pvg_enc_task task;
	uint8_t desc[16] = { 1 };
	enum pvg_access access;

	attach_fifo(h);
	for (uint32_t channel = 1; channel <= 4; channel++) {
		define_channel(h, channel, 16, (uint16_t)channel);
	}
	assert_true(pvg_enc_task_init(&task, &h->mem, 0, 3));
	define_task(h, &task);
	assert_true(pvg_enc_task_declare(&task, 5, PVG_OBJECT_BUFFER, desc, sizeof(desc)));
	PUT(h, 2, 0x1e, 0);
	for (int i = 0; i < 4; i++) {
		run(h);
		(void)pvg_object_lookup(h->device, 0, 5, 1u << PVG_OBJECT_BUFFER, &access);
		(void)pvg_fifo_owns_page(h->device, 0x1000);
	}
}

static void each_allocation_of_an_attach_may_fail(void **state) {
	bool ended = false;
	long at = 1;

	for (; !ended; at++) {
		struct harness h;
		harness_init(&h, 12);
		failing = false;
		fail_every = 1 + at % 3;
		fail_at = at;
		use_device(&h);
		fail_at = 0;
		ended = !failing;
		// Memory is back: what was put off is done, and the next life of the driver is
		// whole.
		for (int i = 0; i < 4; i++) {
			run(&h);
		}
		assert_true(acked(&h, 0));
		assert_true(acked(&h, 2));
		pvg_regs_reset(&h.regs);
		run(&h);
		attach(&h);
		assert_true(pvg_task_is_live(h.device, 0));
		harness_finish(&h);
	}
	assert_true(at > 5);
}

static void each_allocation_of_a_creation_may_fail(void **state) {
	const struct pvg_device_config config = { .page_shift = 12 };
	const struct pvg_host host = { .irq = NULL };
	struct pvg_device *device = NULL;
	long at = 1;

	for (; device == NULL; at++) {
		fail_every = 1;
		fail_at = at;
		device = pvg_device_create(&config, &host, NULL);
	}
	fail_at = 0;
	assert_true(at > 5);
	pvg_device_destroy(device);
	pvg_device_destroy(NULL);
}

static void a_table_without_memory_is_not_released(void **state) {
	static uint8_t memory[64] __attribute__((aligned(8)));
	const struct pvg_ram_span span = { .gpa = 0, .size_bytes = 64, .hva = memory };

	fail_every = 1;
	fail_at = 1;
	assert_null(pvg_ram_create(&span, 1, 1, NULL, NULL));
	fail_at = 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_of_a_creation_may_fail),
		cmocka_unit_test(each_allocation_of_an_attach_may_fail),
		cmocka_unit_test(a_table_without_memory_is_not_released),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
