// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A lost context while presented surfaces live in dma-bufs of the display's: what is on the glass
 * stays, and every picture after it is the one that a machine without a loss shows.
 *
 * Exit status 77: no GLES 3.2 here, or it does not take the pictures of homes.c.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pvg/log.h>

#include "machine.h"
#include "render/renderer.h"
#include "render/shader/client.h"

#define WIDTH 128u
#define HEIGHT 64u
#define BYTES ((size_t)WIDTH * HEIGHT * 4)
#define FRAMES 4u
#define HOMES_MAX 8u // of two surfaces, with what is kept for the next time

static struct pvg_renderer *renderer;
static uint8_t right[FRAMES][BYTES]; // without homes, without a loss

static struct machine *start(void) {
	const char *why;
	struct machine *machine = machine_create_housed(renderer, "triangle", WIDTH, HEIGHT, &why);
	if (machine == NULL) {
		fail_msg("%s", why);
	}
	return machine;
}

static void show(struct machine *machine, uint32_t frame) {
	if (!machine_frame(machine, frame)) {
		fail_msg("frame %u: %s", frame, machine->drv.error);
	}
	assert_memory_equal(machine->pixels, right[frame], BYTES);
}

static bool at_home(const struct machine *machine) {
	return machine_home_shown(machine) != NULL;
}

// What is on the glass now, not what was when it was presented.
static void expect_on_the_glass(const struct machine *machine, uint32_t frame) {
	static uint8_t pixels[BYTES];
	assert_true(at_home(machine));
	machine_home_read(machine_home_shown(machine), pixels);
	assert_memory_equal(pixels, right[frame], BYTES);
}

// Each is complete when it is presented, also with the renderer of an earlier device.
static void what_is_presented_is_drawn(void **state) {
	struct machine *machine = start();
	for (uint32_t i = 0; i < 12; i++) {
		show(machine, i % FRAMES);
		assert_true(at_home(machine));
		expect_on_the_glass(machine, i % FRAMES);
	}
	machine_destroy(machine);
}

static void pictures_come_back_after_a_loss(void **state) {
	struct machine *machine = start();
	for (uint32_t i = 0; i < 12; i++) {
		show(machine, i % FRAMES);
		show(machine, (i + 1) % FRAMES);
		assert_true(at_home(machine));
		uint64_t homes = machine_counters(machine).gpu.homes;
		// With a list on its way every second time.
		uint32_t next = (i + 2) % FRAMES;
		uint32_t signal = i % 2 != 0 ? machine_submit(machine, next) : 0;
		pvg_renderer_gles_lose(renderer);
		expect_on_the_glass(machine, (i + 1) % FRAMES);
		assert_true(signal == 0 || machine_wait(machine, signal));
		expect_on_the_glass(machine, (i + 1) % FRAMES);
		show(machine, next);
		assert_true(at_home(machine)); // in a new one
		assert_true(machine_counters(machine).gpu.homes > homes);
		assert_in_range(machine->homes_count, 1, HOMES_MAX);
	}
	assert_int_equal(machine_counters(machine).gpu.contexts_lost, 12);
	machine_destroy(machine);
}

// What was written back comes out of guest memory again, without being drawn.
static void what_guest_memory_has_is_shown_again(void **state) {
	struct machine *machine = start();
	struct pvg_mtl *mtl = &machine->gpu.mtl;
	for (uint32_t frame = 1; frame < FRAMES; frame++) {
		show(machine, frame);
		pvg_mtl_segment(mtl, PVG_ENC_SEGMENT_BLIT);
		MTL_BLIT(mtl, 0x13a, machine->targets[frame % MACHINE_SURFACES]);
		uint32_t signal = pvg_mtl_commit(mtl);
		assert_true(pvg_mtl_wait(mtl, signal));
		pvg_renderer_gles_lose(renderer);
		memset(machine->pixels, 0, BYTES);
		assert_true(machine_present(machine, frame, signal));
		assert_memory_equal(machine->pixels, right[frame], BYTES);
	}
	machine_destroy(machine);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_presented_is_drawn),
		cmocka_unit_test(pictures_come_back_after_a_loss),
		cmocka_unit_test(what_guest_memory_has_is_shown_again),
	};
	char error[256], worker[PATH_MAX];
	const char *why;
	bool found = pvg_shader_find_worker(worker, sizeof(worker));
	const struct pvg_gles_options options = { .shader_worker = found ? worker : NULL };
	renderer = pvg_renderer_gles_create(&options, error, sizeof(error));
	if (renderer == NULL) {
		printf("SKIP: %s\n", error);
		return 77;
	}
	struct machine *machine = machine_create(renderer, "triangle", WIDTH, HEIGHT, &why);
	for (uint32_t i = 0; i < FRAMES; i++) {
		if (machine == NULL || !machine_frame(machine, i)) {
			printf("no picture: %s\n", machine != NULL ? machine->drv.error : why);
			return 1;
		}
		memcpy(right[i], machine->pixels, BYTES);
	}
	machine_destroy(machine);
	machine = start();
	bool housed = machine_frame(machine, 0) && machine_frame(machine, 1) && at_home(machine);
	machine_destroy(machine);
	if (!housed) {
		printf("SKIP: the driver does not take these pictures\n");
		return 77;
	}
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	renderer->ops->destroy(renderer);
	return failed;
}
