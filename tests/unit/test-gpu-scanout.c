// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Surfaces that GPU work draws and that are shown from where they are drawn: moving in, moving on
 * when the display still has the old picture, and everything that can go away in between.
 */
#include "gpu-rig.h"

#include "display-private.h"

#define SURFACE 5u
#define PLANE 20u

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
	g->rig->homes_never = false;
	g->rig->homes_free = 8;
	return 0;
}

static void draw(struct gpu_rig *g, uint32_t value) {
	paint(g, PLANE, value);
	pvg_gpu_commit(g->gpu);
}

static void run(struct gpu_rig *g) {
	rig_run(g->rig);
	rig_advance(g->rig, 2 * RIG_MS);
	pvg_gpu_poll(g->gpu);
	rig_run(g->rig);
}

static void present(struct gpu_rig *g) {
	const uint32_t words[3] = { 0, SURFACE, 0 };
	rig_publish(g->rig, 5, 0x06, words, sizeof(words));
	run(g);
}

static uint32_t shown_at(struct gpu_rig *g, uint32_t x, uint32_t y) {
	assert_non_null(g->rig->shown);
	return word_of(g->rig->shown->pixels + (size_t)g->rig->shown->stride_bytes * y + 4 * x);
}

// The display has flipped away from every home.
static void flip_away(struct gpu_rig *g) {
	for (unsigned int i = 0; i < RIG_HOMES; i++) {
		g->rig->homes[i].state = 0;
	}
}

static unsigned int kept(struct gpu_rig *g) {
	unsigned int count = 0;
	for (unsigned int i = 0; i < RIG_HOMES; i++) {
		count += g->rig->homes[i].kept;
	}
	return count;
}

static void a_presented_surface_moves_in_once(void **state) {
	struct gpu_rig *g = *state;
	draw(g, 0x00aabbcc);
	present(g);
	const struct pvg_image *home = g->rig->shown;
	assert_int_equal(shown_at(g, 0, 0), 0x00aabbcc);
	assert_int_equal(shown_at(g, 63, 47), 0x00aabbcc);
	assert_true(g->rig->ports[0].frame.zero_copy);
	assert_int_equal(g->rig->ports[0].frame.bytes_copied, 0);
	assert_int_equal(g->fake.commands[PVG_GPU_OP_COPY_IMAGE], 1);
	for (unsigned int i = 0; i < 10; i++) {
		flip_away(g);
		draw(g, i);
		present(g);
		assert_ptr_equal(g->rig->shown, home);
		assert_int_equal(shown_at(g, 31, 7), i);
	}
	assert_int_equal(g->rig->ports[0].presented, 11);
	assert_int_equal(g->fake.commands[PVG_GPU_OP_COPY_IMAGE], 1);
	assert_int_equal(g->fake.commands[PVG_GPU_OP_READ], 0);
	assert_int_equal(g->fake.imports, 1);
	struct pvg_gpu_counters counters = gpu_counters(g);
	assert_int_equal(counters.homes, 1);
	assert_int_equal(counters.presents_shown, 11);
	assert_int_equal(counters.presents_read, 0);
	assert_int_equal(counters.renames, 0);
	assert_int_equal(rig_counters(g->rig).ports[0].bytes_copied, 0);
}

static void its_transaction_ends_with_a_tick_and_not_before(void **state) {
	struct gpu_rig *g = *state;
	rig_put32(g->rig, RIG_PAGE_GPA + PVG_PAGE_ENABLE, PVG_EVENT_TRANSACTION | 0xc);
	rig_put32(g->rig, RIG_PAGE_GPA + PVG_PAGE_PENDING, 0);
	draw(g, 1);
	present(g);
	assert_int_equal(g->rig->ports[0].presented, 1);
	assert_int_equal(rig_get32(g->rig, RIG_PAGE_GPA + PVG_PAGE_PENDING), 0);
	assert_true(pvg_display_tick(g->rig->device, 0, 1).delivered);
	assert_int_equal(rig_get32(g->rig, RIG_PAGE_GPA + PVG_PAGE_PENDING),
		PVG_EVENT_TRANSACTION);
}

static void what_is_shown_is_not_written(void **state) {
	struct gpu_rig *g = *state;
	draw(g, 0x11);
	present(g);
	const struct pvg_image *first = g->rig->shown;
	// Whole: nothing of the old frame is needed.
	draw(g, 0x22);
	assert_int_equal(word_of(first->pixels), 0x11);
	assert_int_equal(g->fake.commands[PVG_GPU_OP_COPY_IMAGE], 1);
	assert_int_equal(gpu_counters(g).renames, 1);
	present(g);
	const struct pvg_image *second = g->rig->shown;
	assert_ptr_not_equal(first, second);
	assert_int_equal(shown_at(g, 5, 5), 0x22);
	// In part: the rest comes along.
	struct pvg_gpu_texture *t = use(g, PLANE, PVG_GPU_READS | PVG_GPU_WRITES);
	assert_int_equal(texel(t, 0, 0), 0xdddddddd); // the copy has not run yet
	pvg_gpu_commit(g->gpu);
	assert_int_equal(texel(texture(g, PLANE), 0, 0), 0x22);
	assert_int_equal(g->fake.commands[PVG_GPU_OP_COPY_IMAGE], 2);
	assert_int_equal(gpu_counters(g).renames, 2);
	// The first one is free again: a rename takes it and imports nothing.
	unsigned int imports = g->fake.imports;
	rig_home(g->rig, first)->state = 0;
	present(g);
	draw(g, 0x33);
	present(g);
	assert_ptr_equal(g->rig->shown, first);
	assert_int_equal(g->fake.imports, imports);
}

static void a_read_of_what_is_shown_moves_nothing(void **state) {
	struct gpu_rig *g = *state;
	draw(g, 0x11);
	present(g);
	use(g, PLANE, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(gpu_counters(g).renames, 0);
}

static void an_upload_into_what_is_shown_moves_on_too(void **state) {
	struct gpu_rig *g = *state;
	draw(g, 0x11);
	present(g);
	const struct pvg_image *first = g->rig->shown;
	memset(surface_at(g, SURFACE), 0x42, 320 * 48);
	clear_host(g, PLANE);
	struct pvg_gpu_texture *t = use(g, PLANE, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(texel(t, 9, 9), 0x42424242);
	assert_int_equal(word_of(first->pixels), 0x11);
	assert_int_equal(gpu_counters(g).renames, 1);
}

static void drawn_and_not_stored_moves_on_too(void **state) {
	struct gpu_rig *g = *state;
	draw(g, 0x11);
	present(g);
	const struct pvg_image *first = g->rig->shown;
	fill(g, use(g, PLANE, PVG_GPU_READS | PVG_GPU_TOUCHES), 0x77);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(word_of(first->pixels), 0x11);
}

static void views_of_one_list_see_the_new_picture(void **state) {
	struct gpu_rig *g = *state;
	draw(g, 0x11);
	present(g);
	declare_view(g, 21, &(struct view){ .base = PLANE, .format = 81 });
	struct pvg_gpu_texture *seen = use(g, 21, PVG_GPU_READS);
	struct pvg_gpu_view *before = seen->view;
	struct pvg_gpu_texture *t = use(g, PLANE, PVG_GPU_READS | PVG_GPU_WRITES);
	assert_ptr_not_equal(seen->view, before);
	assert_ptr_equal(seen->image, t->image);
	assert_non_null(seen->view);
	pvg_gpu_commit(g->gpu);
}

static void a_list_that_is_thrown_away_leaves_the_old_home(void **state) {
	struct gpu_rig *g = *state;
	draw(g, 0x11);
	present(g);
	const struct pvg_image *first = g->rig->shown;
	fill(g, use(g, PLANE, PVG_GPU_WRITES | PVG_GPU_DISCARDS), 0x22);
	assert_int_equal(gpu_counters(g).renames, 1);
	pvg_gpu_abandon(g->gpu);
	present(g);
	assert_ptr_equal(g->rig->shown, first);
	assert_int_equal(shown_at(g, 1, 1), 0x11);
	pvg_gpu_memory_reap(g->gpu);
	uint64_t used = gpu_counters(g).memory_bytes;
	for (unsigned int i = 0; i < 20; i++) {
		fill(g, use(g, PLANE, PVG_GPU_WRITES | PVG_GPU_DISCARDS), i);
		pvg_gpu_abandon(g->gpu);
	}
	assert_int_equal(gpu_counters(g).memory_bytes, used);
	assert_true(kept(g) <= 2);
}

static void without_a_free_home_a_write_gets_an_image_of_its_own(void **state) {
	struct gpu_rig *g = *state;
	draw(g, 0x11);
	present(g);
	const struct pvg_image *first = g->rig->shown;
	g->rig->homes_free = 0;
	draw(g, 0x22);
	assert_int_equal(word_of(first->pixels), 0x11);
	assert_int_equal(gpu_counters(g).renames, 1);
	flip_away(g);
	present(g); // in again, into what it left
	assert_int_equal(shown_at(g, 3, 3), 0x22);
	assert_ptr_equal(g->rig->shown, first);
	assert_int_equal(gpu_counters(g).homes, 2);
}

static void a_present_waits_100_ms_for_a_home_then_it_is_read_back(void **state) {
	struct gpu_rig *g = *state;
	g->rig->homes_free = 0;
	draw(g, 0x11);
	present(g);
	assert_int_equal(g->rig->ports[0].presented, 0);
	for (unsigned int i = 0; i < 60; i++) {
		run(g);
	}
	assert_int_equal(g->rig->ports[0].presented, 1);
	assert_true(g->rig->ports[0].frame.read_back);
	assert_string_equal(g->rig->ports[0].frame.why, pvg_read_back_text(PVG_READ_BACK_BUSY));
	assert_int_equal(gpu_counters(g).read_backs[PVG_READ_BACK_BUSY], 1);
	g->rig->homes_free = 1;
	draw(g, 0x22);
	present(g);
	assert_true(g->rig->ports[0].frame.zero_copy);
}

static void expect_read_back(struct gpu_rig *g, enum pvg_read_back why) {
	uint64_t before = gpu_counters(g).read_backs[why];
	draw(g, 0x00abcdef);
	present(g);
	run(g);
	assert_true(g->rig->ports[0].frame.read_back);
	assert_string_equal(g->rig->ports[0].frame.why, pvg_read_back_text(why));
	assert_int_equal(gpu_counters(g).read_backs[why], before + 1);
}

static void what_cannot_live_in_a_home_is_read_back_by_name(void **state) {
	struct gpu_rig *g = *state;
	g->rig->homes_never = true;
	expect_read_back(g, PVG_READ_BACK_NO_HOME);
	g->rig->homes_never = false;
	g->fake.refuse_imports = true;
	expect_read_back(g, PVG_READ_BACK_REFUSED);
	g->fake.refuse_imports = false;
	unsigned int acquired = g->rig->homes[0].acquired;
	expect_read_back(g, PVG_READ_BACK_REFUSED); // not asked for each frame
	assert_int_equal(g->rig->homes[0].acquired, acquired);
	g->fake.renderer.caps.dmabuf_import = false;
	expect_read_back(g, PVG_READ_BACK_NO_IMPORT);
	g->fake.renderer.caps.dmabuf_import = true;
	struct shape other = window;
	other.width = 32;
	declare_plane(g, PLANE, SURFACE, &other);
	forget(g, PLANE);
	expect_read_back(g, PVG_READ_BACK_SHAPE);
	other = window;
	other.format = 115; // RGBA16Float: converted for the display
	rig_surface(g->rig, SURFACE,
		&(struct rig_surface){
			.gva = SURFACE_GVA + (uint64_t)SURFACE * 0x400000,
			.gpa = SURFACE_GPA + (uint64_t)SURFACE * 0x400000,
			.format = 0x52476841, // 'RGhA'
			.width = 64,
			.height = 48,
			.stride = 512,
			.element = 8,
		});
	RIG_SEND(g->rig, 1, 0x36, SURFACE, 0);
	declare_plane(g, PLANE, SURFACE, &other);
	forget(g, PLANE);
	expect_read_back(g, PVG_READ_BACK_FORMAT);
	assert_int_equal(kept(g), 0);
}

static void a_home_that_the_output_no_longer_takes_is_left(void **state) {
	struct gpu_rig *g = *state;
	draw(g, 0x11);
	present(g);
	const struct pvg_image *first = g->rig->shown;
	rig_home(g->rig, first)->state = PVG_HOME_SHOWN | PVG_HOME_STALE;
	present(g);
	assert_ptr_not_equal(g->rig->shown, first);
	assert_int_equal(shown_at(g, 2, 2), 0x11);
	// With no other it is still better than nothing.
	const struct pvg_image *second = g->rig->shown;
	rig_home(g->rig, second)->state = PVG_HOME_STALE;
	g->rig->homes_free = 0;
	for (unsigned int i = 0; i < 60 && g->rig->ports[0].presented < 3; i++) {
		present(g);
	}
	assert_ptr_equal(g->rig->shown, second);
	assert_true(g->rig->ports[0].frame.zero_copy);
}

static void a_surface_that_goes_while_it_is_shown_gives_its_home_back(void **state) {
	struct gpu_rig *g = *state;
	draw(g, 0x11);
	present(g);
	assert_int_equal(kept(g), 1);
	g->fake.held = true;
	draw(g, 0x22); // moves on; lists name both homes
	RIG_SEND(g->rig, 1, 0x36, SURFACE, 0);
	forget(g, PLANE);
	run(g);
	assert_true(kept(g) > 0); // lists in flight may still draw there
	fake_gpu_complete(&g->fake);
	run(g);
	pvg_gpu_homes_clear(g->gpu);
	assert_int_equal(kept(g), 0);
	present(g); // its slot in the list is still there: what guest memory has
	assert_false(g->rig->ports[0].frame.zero_copy);
}

static void a_reset_gives_all_of_them_back(void **state) {
	struct gpu_rig *g = *state;
	draw(g, 0x11);
	present(g);
	draw(g, 0x22);
	present(g);
	draw(g, 0x33);
	assert_true(kept(g) >= 2);
	pvg_gpu_reset(g->gpu);
	assert_int_equal(kept(g), 0);
	assert_int_equal(g->fake.images, 0);
}

static void a_lost_context_gives_all_of_them_back(void **state) {
	struct gpu_rig *g = *state;
	memset(surface_at(g, SURFACE), 0x17, 320 * 48);
	g->fake.held = true;
	draw(g, 0x11);
	present(g);
	g->fake.lost = true;
	run(g);
	assert_int_equal(kept(g), 0);
	assert_int_equal(g->rig->ports[0].presented, 1); // what guest memory has
	assert_false(g->rig->ports[0].frame.zero_copy);
}

static void a_present_is_shown_when_the_gpu_is_done(void **state) {
	struct gpu_rig *g = *state;
	g->fake.held = true;
	draw(g, 0x11);
	present(g);
	for (unsigned int i = 0; i < 200; i++) {
		run(g);
	}
	assert_int_equal(g->rig->ports[0].presented, 0);
	assert_int_equal(g->fake.commands[PVG_GPU_OP_COPY_IMAGE], 1); // once
	fake_gpu_complete(&g->fake);
	run(g);
	assert_int_equal(g->rig->ports[0].presented, 1);
	assert_true(g->rig->ports[0].frame.zero_copy);
}

static void a_display_that_waits_itself_gets_the_fence(void **state) {
	struct gpu_rig *g = *state;
	g->fake.held = true;
	g->fake.has_fences = true;
	g->rig->fence_taken = true;
	draw(g, 0x11);
	present(g);
	assert_int_equal(g->rig->ports[0].presented, 1);
	assert_int_equal(g->rig->fences, 1);
	fake_gpu_complete(&g->fake);
	run(g);
	g->rig->fence_taken = false;
	flip_away(g);
	draw(g, 0x22);
	present(g);
	assert_int_equal(g->rig->ports[0].presented, 1); // it cannot: the packet waits
	assert_int_equal(g->fake.held, true);
	fake_gpu_complete(&g->fake);
	run(g);
	assert_int_equal(g->rig->ports[0].presented, 2);
}

static void a_home_that_goes_while_a_present_waits_is_not_shown(void **state) {
	struct gpu_rig *g = *state;
	g->fake.held = true;
	draw(g, 0x11);
	present(g);
	clear_host(g, PLANE); // the guest's CPU has the newest
	memset(surface_at(g, SURFACE), 0x42, 320 * 48);
	run(g);
	assert_int_equal(g->rig->ports[0].presented, 1);
	assert_false(g->rig->ports[0].frame.zero_copy);
	fake_gpu_complete(&g->fake);
	run(g);
}

static void without_memory_for_the_move_it_is_read_back(void **state) {
	struct gpu_rig *g = *state;
	draw(g, 0x11);
	present(g);
	g->rig->homes_free = 0;
	g->fake.refuse_images = true;
	struct pvg_gpu_texture *t = texture(g, PLANE);
	assert_int_equal(pvg_gpu_texture_use(g->gpu, t, 0, 0, 0, 0,
				 PVG_GPU_WRITES | PVG_GPU_DISCARDS),
		PVG_GPU_MISSING);
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_GPU_MEMORY), 1);
	pvg_gpu_abandon(g->gpu);
	g->fake.refuse_images = false;
	assert_int_equal(shown_at(g, 1, 1), 0x11);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, gpu_teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(a_presented_surface_moves_in_once),
		TEST(its_transaction_ends_with_a_tick_and_not_before),
		TEST(what_is_shown_is_not_written),
		TEST(a_read_of_what_is_shown_moves_nothing),
		TEST(an_upload_into_what_is_shown_moves_on_too),
		TEST(drawn_and_not_stored_moves_on_too),
		TEST(views_of_one_list_see_the_new_picture),
		TEST(a_list_that_is_thrown_away_leaves_the_old_home),
		TEST(without_a_free_home_a_write_gets_an_image_of_its_own),
		TEST(a_present_waits_100_ms_for_a_home_then_it_is_read_back),
		TEST(what_cannot_live_in_a_home_is_read_back_by_name),
		TEST(a_home_that_the_output_no_longer_takes_is_left),
		TEST(a_surface_that_goes_while_it_is_shown_gives_its_home_back),
		TEST(a_reset_gives_all_of_them_back),
		TEST(a_lost_context_gives_all_of_them_back),
		TEST(a_present_is_shown_when_the_gpu_is_done),
		TEST(a_display_that_waits_itself_gets_the_fence),
		TEST(a_home_that_goes_while_a_present_waits_is_not_shown),
		TEST(without_memory_for_the_move_it_is_read_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
