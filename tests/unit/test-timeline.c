// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lists to stamps: serials, actions at commit and at completion, the order of stamps in a slot, and
 * that nothing reaches a guest that is gone. The renderer here completes when the test says so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "core.h"
#include "gpu/gpu.h"
#include "rig.h"

struct fixture {
	struct rig *rig;
	struct pvg_renderer renderer;
	int fd; // what ops.fd answers
	unsigned int dispatched;
	uint64_t completed, submitted;
	size_t commands;
	struct pvg_gpu gpu;
	char log[64];
	unsigned int logged;
};

static struct fixture *fixture; // of the test that runs: actions get no pointer of their own

static void submit(struct pvg_renderer *renderer, const struct pvg_gpu_list *list,
	uint64_t serial) {
	assert_true(serial > fixture->submitted);
	fixture->submitted = serial;
	fixture->commands += list->count;
}

static uint64_t completed(struct pvg_renderer *renderer) {
	return fixture->completed;
}

static int descriptor(struct pvg_renderer *renderer) {
	return fixture->fd;
}

static void dispatch(struct pvg_renderer *renderer) {
	eventfd_t count;
	fixture->dispatched++;
	if (fixture->fd >= 0) {
		assert_int_equal(eventfd_read(fixture->fd, &count), 0);
	}
}

static const struct pvg_renderer_ops ops = { .submit = submit,
	.completed = completed,
	.fd = descriptor,
	.dispatch = dispatch };

static int setup(void **state) {
	struct fixture *f = calloc(1, sizeof(*f));
	f->rig = rig_create(1);
	f->fd = -1;
	f->renderer.ops = &ops;
	f->gpu.device = f->rig->device;
	f->gpu.renderer = &f->renderer;
	fixture = f;
	*state = f;
	return 0;
}

static int teardown(void **state) {
	struct fixture *f = *state;
	pvg_timeline_finish(&f->gpu);
	pvg_gpu_builder_finish(&f->gpu.list);
	rig_destroy(f->rig);
	free(f);
	return 0;
}

// Programs are built ahead: the renderer may have something to tell while no list is in flight. The
// device thread sleeps on its descriptor and would spin for as long as nobody reads it.
static void a_renderer_is_heard_without_a_list(void **state) {
	struct fixture *f = *state;
	assert_false(pvg_timeline_dispatch(&f->gpu));
	assert_int_equal(f->dispatched, 0);
	f->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	assert_true(f->fd >= 0);
	assert_false(pvg_timeline_dispatch(&f->gpu));
	assert_int_equal(eventfd_write(f->fd, 1), 0);
	assert_true(pvg_timeline_dispatch(&f->gpu));
	assert_int_equal(f->dispatched, 1);
	assert_false(pvg_timeline_dispatch(&f->gpu));
	close(f->fd);
}

static void note(struct pvg_gpu *gpu, void *data) {
	fixture->log[fixture->logged++] = *(const char *)data;
}

static void note_if_alive(struct pvg_gpu *gpu, void *data) {
	fixture->log[fixture->logged++] = pvg_gpu_may_write(gpu) ? 'w' : '-';
}

static void *letter(char c) {
	char *data = malloc(1);
	*data = c;
	return data;
}

static bool stamp(struct fixture *f, uint32_t slot, uint32_t signal, uint64_t serial) {
	const struct pvg_completion completion = {
		.life = f->rig->device->core->stamps.life,
		.channel = slot,
		.slot = slot,
		.signal = signal,
	};
	return pvg_gpu_stamp(&f->gpu, &completion, serial);
}

static void stamps_wait_for_their_list_and_keep_their_order(void **state) {
	struct fixture *f = *state;
	assert_false(stamp(f, 7, 1, 0)); // nothing in flight: the caller writes
	pvg_gpu_emit(&f->gpu.list, PVG_GPU_OP_BARRIER);
	assert_int_equal(pvg_gpu_next_serial(&f->gpu), 1);
	pvg_gpu_commit(&f->gpu);
	assert_int_equal(pvg_gpu_last_serial(&f->gpu), 1);
	assert_true(stamp(f, 7, 5, 1));
	assert_true(stamp(f, 7, 6, 0));  // same slot: behind it
	assert_false(stamp(f, 8, 3, 0)); // another slot: free to go
	(void)pvg_timeline_run(&f->gpu);
	assert_int_equal(rig_stamp(f->rig, 7), 0);
	unsigned int irqs = f->rig->irqs;
	f->completed = 1;
	assert_true(pvg_timeline_run(&f->gpu));
	assert_int_equal(rig_stamp(f->rig, 7), 6);
	assert_int_equal(f->rig->irqs, irqs + 1);
	assert_true(pvg_gpu_is_complete(&f->gpu, 1));
	assert_false(pvg_timeline_run(&f->gpu));
	assert_false(stamp(f, 7, 7, 1)); // all done: at once again
}

static void actions_run_in_order_around_the_list(void **state) {
	struct fixture *f = *state;
	pvg_gpu_at_completion(&f->gpu, note, letter('c'));
	pvg_gpu_at_commit(&f->gpu, note, letter('a'));
	pvg_gpu_at_commit(&f->gpu, note, letter('b'));
	pvg_gpu_at_completion(&f->gpu, note, letter('d'));
	pvg_gpu_emit(&f->gpu.list, PVG_GPU_OP_BARRIER);
	assert_int_equal(f->logged, 0);
	pvg_gpu_commit(&f->gpu);
	assert_string_equal(f->log, "ab");
	assert_false(pvg_gpu_is_complete(&f->gpu, 1));
	pvg_gpu_at_completion(&f->gpu, note, letter('e')); // an empty list waits for those before
	pvg_gpu_commit(&f->gpu);
	assert_string_equal(f->log, "ab");
	f->completed = 1;
	(void)pvg_timeline_run(&f->gpu);
	assert_string_equal(f->log, "abcde");
}

static void what_is_abandoned_leaves_no_trace(void **state) {
	struct fixture *f = *state;
	pvg_gpu_at_commit(&f->gpu, note, letter('a'));
	pvg_gpu_at_completion(&f->gpu, note, letter('b'));
	pvg_gpu_emit(&f->gpu.list, PVG_GPU_OP_BARRIER);
	pvg_gpu_abandon(&f->gpu);
	pvg_gpu_commit(&f->gpu);
	assert_int_equal(f->logged, 0);
	assert_int_equal(f->submitted, 0);
}

static void after_a_reset_actions_run_but_may_not_write(void **state) {
	struct fixture *f = *state;
	pvg_gpu_at_completion(&f->gpu, note_if_alive, NULL);
	pvg_gpu_emit(&f->gpu.list, PVG_GPU_OP_BARRIER);
	pvg_gpu_commit(&f->gpu);
	assert_true(stamp(f, 7, 5, 1));
	pvg_timeline_reset(&f->gpu);
	pvg_gpu_at_completion(&f->gpu, note_if_alive, NULL); // of the new guest
	pvg_gpu_emit(&f->gpu.list, PVG_GPU_OP_BARRIER);
	pvg_gpu_commit(&f->gpu);
	f->completed = 2;
	(void)pvg_timeline_run(&f->gpu);
	assert_string_equal(f->log, "-w");
	assert_int_equal(rig_stamp(f->rig, 7), 0);
}

// vm stop between submission and completion: the stamp is owed, not lost.
static void a_stamp_survives_a_stopped_machine(void **state) {
	struct fixture *f = *state;
	pvg_gpu_emit(&f->gpu.list, PVG_GPU_OP_BARRIER);
	pvg_gpu_commit(&f->gpu);
	assert_true(stamp(f, 7, 5, 1));
	pvg_device_set_running(f->rig->device, false);
	f->completed = 1;
	(void)pvg_timeline_run(&f->gpu);
	assert_int_equal(rig_stamp(f->rig, 7), 0);
	assert_false(pvg_gpu_is_complete(&f->gpu, 1));
	pvg_device_set_running(f->rig->device, true);
	(void)pvg_timeline_run(&f->gpu);
	assert_int_equal(rig_stamp(f->rig, 7), 5);
	assert_true(pvg_gpu_is_complete(&f->gpu, 1));
}

static void a_list_without_memory_is_not_submitted(void **state) {
	struct fixture *f = *state;
	pvg_gpu_at_completion(&f->gpu, note, letter('a'));
	pvg_gpu_emit(&f->gpu.list, PVG_GPU_OP_BARRIER);
	f->gpu.list.failed = true;
	pvg_gpu_commit(&f->gpu);
	assert_int_equal(f->submitted, 0);
	assert_int_equal(f->logged, 0);
	assert_int_equal(rig_refused(f->rig, PVG_REFUSAL_NO_MEMORY), 1);
	pvg_gpu_emit(&f->gpu.list, PVG_GPU_OP_BARRIER); // the next one is a good one again
	pvg_gpu_commit(&f->gpu);
	assert_int_equal(f->submitted, 1);
}

static void many_stamps_and_actions_keep_their_order(void **state) {
	struct fixture *f = *state;
	for (uint32_t i = 1; i <= 300; i++) {
		pvg_gpu_emit(&f->gpu.list, PVG_GPU_OP_BARRIER);
		pvg_gpu_commit(&f->gpu);
		assert_true(stamp(f, 7, i, i));
		if (i % 3 == 0) {
			f->completed = i - 2;
			(void)pvg_timeline_run(&f->gpu);
			assert_int_equal(rig_stamp(f->rig, 7), i - 2);
		}
	}
	f->completed = 300;
	(void)pvg_timeline_run(&f->gpu);
	assert_int_equal(rig_stamp(f->rig, 7), 300);
}

// The arena: zeroed, aligned, kept from list to list.
static void memory_of_a_list_is_used_again(void **state) {
	struct fixture *f = *state;
	struct pvg_gpu_builder *list = &f->gpu.list;
	uint8_t *first = NULL;
	for (unsigned int round = 0; round < 3; round++) {
		for (unsigned int i = 0; i < 1000; i++) {
			uint8_t *at = pvg_gpu_alloc(list, 1 + i % 200);
			assert_int_equal((uintptr_t)at % 16, 0);
			for (unsigned int b = 0; b < 1 + i % 200; b++) {
				assert_int_equal(at[b], 0);
			}
			memset(at, 0xff, 1 + i % 200);
			if (i == 0) {
				assert_true(round == 0 || at == first);
				first = at;
			}
		}
		memset(pvg_gpu_alloc(list, 300000), 0xee, 300000); // larger than a chunk
		pvg_gpu_builder_clear(list);
	}
	assert_false(list->failed);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		CASE(a_renderer_is_heard_without_a_list),
		CASE(stamps_wait_for_their_list_and_keep_their_order),
		CASE(actions_run_in_order_around_the_list),
		CASE(what_is_abandoned_leaves_no_trace),
		CASE(after_a_reset_actions_run_but_may_not_write),
		CASE(a_stamp_survives_a_stopped_machine),
		CASE(a_list_without_memory_is_not_submitted),
		CASE(many_stamps_and_actions_keep_their_order),
		CASE(memory_of_a_list_is_used_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
