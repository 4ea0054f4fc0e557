// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Presents of surfaces whose newest pixels are on the host, and the packets that move memory, from
 * ring to stamp.
 */
#include "gpu-rig.h"

#define SURFACE 5u
#define PLANE 20u
#define BUFFER 10u

static const struct shape window = {
	.type = 2, .format = 80, .width = 64, .height = 48, .mode = 1
};

static int setup(void **state) {
	gpu_setup(state);
	struct gpu_rig *g = *state;
	struct pvg_display_desc desc;
	rig_desc(&desc);
	pvg_display_set_desc(g->rig->device, 0, &desc);
	rig_online(g->rig, 0);
	declare_surface(g, SURFACE, 64, 48, 320);
	declare_plane(g, PLANE, SURFACE, &window);
	return 0;
}

static uint32_t shown(struct gpu_rig *g, uint32_t x, uint32_t y) {
	return word_of(g->rig->ports[0].pixels + g->rig->ports[0].stride * y + 4 * x);
}

static uint32_t publish_present(struct gpu_rig *g) {
	const uint32_t words[3] = { 0, SURFACE, 0 };
	return rig_publish(g->rig, 5, 0x06, words, sizeof(words));
}

static void run(struct gpu_rig *g) {
	rig_run(g->rig);
	rig_advance(g->rig, 2 * RIG_MS);
	pvg_gpu_poll(g->gpu);
	rig_run(g->rig);
}

static void a_drawn_surface_is_read_back_when_the_gpu_is_done(void **state) {
	struct gpu_rig *g = *state;
	g->fake.held = true;
	paint(g, PLANE, 0x00aabbcc);
	pvg_gpu_commit(g->gpu);
	publish_present(g);
	for (unsigned int i = 0; i < 200; i++) { // longer than a packet waits for a picture
		run(g);
	}
	assert_int_equal(g->rig->ports[0].presented, 0);
	assert_int_equal(g->fake.commands[PVG_GPU_OP_READ], 1); // once, however often it is asked
	fake_gpu_complete(&g->fake);
	run(g);
	assert_int_equal(g->rig->ports[0].presented, 1);
	assert_int_equal(shown(g, 0, 0) & 0xffffff, 0xaabbcc);
	assert_int_equal(shown(g, 63, 47) & 0xffffff, 0xaabbcc);
	assert_int_equal(g->rig->ports[0].frame.surface_id, SURFACE);
	assert_int_equal(gpu_counters(g).presents_read, 1);
	// Guest memory was not written: nobody asked.
	assert_int_equal(word_of(surface_at(g, SURFACE)), 0);
	// The next frame is read anew.
	paint(g, PLANE, 0x00112233);
	pvg_gpu_commit(g->gpu);
	publish_present(g);
	run(g);
	fake_gpu_complete(&g->fake);
	run(g);
	assert_int_equal(g->rig->ports[0].presented, 2);
	assert_int_equal(shown(g, 9, 9) & 0xffffff, 0x112233);
}

static void what_the_guest_painted_is_copied_from_its_memory(void **state) {
	struct gpu_rig *g = *state;
	paint(g, PLANE, 0x00aabbcc);
	pvg_gpu_commit(g->gpu);
	memset(surface_at(g, SURFACE), 0x42, 320 * 48);
	RIG_SEND(g->rig, 1, 0x34, TASK, 1, PLANE, 0x00000001);
	publish_present(g);
	run(g);
	assert_int_equal(g->rig->ports[0].presented, 1);
	assert_int_equal(shown(g, 3, 3) & 0xffffff, 0x424242);
	assert_int_equal(gpu_counters(g).presents_read, 0);
}

static void a_present_that_was_given_up_does_not_hold_the_next(void **state) {
	struct gpu_rig *g = *state;
	g->fake.held = true;
	paint(g, PLANE, 0x00aabbcc);
	pvg_gpu_commit(g->gpu);
	publish_present(g);
	run(g);
	RIG_SEND(g->rig, 0, 0x31, 5); // its channel goes
	RIG_SEND(g->rig, 1, 0x36, SURFACE, 0);
	fake_gpu_complete(&g->fake);
	run(g);
	assert_int_equal(g->rig->ports[0].presented, 0);
	pvg_gpu_reset(g->gpu);
	assert_int_equal(g->fake.buffers, 0);
}

static void a_context_that_is_lost_ends_the_wait(void **state) {
	struct gpu_rig *g = *state;
	g->fake.held = true;
	memset(surface_at(g, SURFACE), 0x17, 320 * 48);
	paint(g, PLANE, 0x00aabbcc);
	pvg_gpu_commit(g->gpu);
	publish_present(g);
	run(g);
	g->fake.lost = true;
	run(g);
	assert_int_equal(g->rig->ports[0].presented, 1);
	assert_int_equal(shown(g, 3, 3) & 0xffffff, 0x171717); // what guest memory has
}

static void a_renderer_without_memory_drops_the_frame_by_name(void **state) {
	struct gpu_rig *g = *state;
	paint(g, PLANE, 0x00aabbcc);
	pvg_gpu_commit(g->gpu);
	g->fake.refuse_buffers = true;
	publish_present(g);
	run(g);
	assert_int_equal(g->rig->ports[0].presented, 0);
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_GPU_MEMORY), 1);
}

static void synchronize_packets_pay_what_they_name(void **state) {
	struct gpu_rig *g = *state;
	paint(g, PLANE, 0x00aabbcc);
	pvg_gpu_commit(g->gpu);
	RIG_SEND(g->rig, 1, 0x3f, TASK, 1, PLANE); // discard: nothing is owed by it
	pvg_gpu_poll(g->gpu);
	assert_int_equal(word_of(surface_at(g, SURFACE)), 0);
	RIG_SEND(g->rig, 1, 0x35, TASK, 2, 0, PLANE);
	pvg_gpu_poll(g->gpu);
	assert_int_equal(word_of(surface_at(g, SURFACE) + 320 * 47 + 4 * 63), 0x00aabbcc);
	assert_int_equal(word_of(surface_at(g, SURFACE) + 256), 0); // the pitch's rest
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, gpu_teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(a_drawn_surface_is_read_back_when_the_gpu_is_done),
		TEST(what_the_guest_painted_is_copied_from_its_memory),
		TEST(a_present_that_was_given_up_does_not_hold_the_next),
		TEST(a_context_that_is_lost_ends_the_wait),
		TEST(a_renderer_without_memory_drops_the_frame_by_name),
		TEST(synchronize_packets_pay_what_they_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
