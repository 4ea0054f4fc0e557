// SPDX-License-Identifier: GPL-2.0-or-later
// Page tables and the translation cache (spec 01 sections 6.2 and 6.3).
#include <stdlib.h>

#include "core.h"
#include "fake-parts.h"
#include "harness.h"

struct fixture {
	struct harness h;
	struct pvg_enc_task guest; // task 1
	uint32_t pfns[4];          // pages with their own number in the first word
};

static void use_depth(struct fixture *f, uint32_t depth) {
	assert_true(pvg_enc_task_init(&f->guest, &f->h.mem, 1, depth));
	PUT(&f->h, 0, 0x38, pvg_enc_task_word(&f->guest), 0, 4, f->guest.dir_pfn);
	run(&f->h);
	assert_true(acked(&f->h, 0));
}

static int setup(void **state) {
	struct fixture *f = malloc(sizeof(*f));

	fake_parts = (struct fake_parts){ 0 };
	assert_non_null(f);
	harness_init(&f->h, 12);
	attach(&f->h);
	for (uint32_t i = 0; i < 4; i++) {
		f->pfns[i] = pvg_enc_mem_alloc(&f->h.mem, 1);
		set32(&f->h, (uint64_t)f->pfns[i] << 12, 0x100 + i);
	}
	use_depth(f, 3);
	*state = f;
	return 0;
}

static int teardown(void **state) {
	struct fixture *f = *state;

	harness_finish(&f->h);
	free(f);
	return 0;
}

static enum pvg_access look(struct fixture *f, uint64_t gva, uint32_t *value) {
	*value = 0;
	return pvg_task_read(f->h.device, 1, gva, value, sizeof(*value));
}

static void finds(struct fixture *f, uint64_t gva, uint32_t value) {
	uint32_t found;

	assert_int_equal(look(f, gva, &found), PVG_ACCESS_OK);
	assert_int_equal(found, value);
}

static void unmapped(struct fixture *f, uint64_t gva) {
	uint32_t found;

	assert_int_equal(look(f, gva, &found), PVG_ACCESS_UNMAPPED);
}

static void bad(struct fixture *f, uint64_t gva) {
	uint32_t found;

	assert_int_equal(look(f, gva, &found), PVG_ACCESS_BAD);
}

static void map_notice(struct fixture *f, uint16_t opcode, uint64_t gva, uint64_t bytes) {
	PUT(&f->h, 2, opcode, 1, (uint32_t)gva, (uint32_t)(gva >> 32), (uint32_t)bytes,
		(uint32_t)(bytes >> 32));
	run(&f->h);
	assert_true(acked(&f->h, 2));
}

static void every_depth_reaches_its_last_page(void **state) {
	struct fixture *f = *state;

	for (uint32_t depth = 1; depth <= 4; depth++) {
		use_depth(f, depth);
		uint64_t last = (UINT64_C(1) << (10 * depth + 12)) - 4096;
		unmapped(f, 0x3000);
		assert_true(pvg_enc_task_map_page(&f->guest, 0x3000, f->pfns[0]));
		assert_true(pvg_enc_task_map_page(&f->guest, last, f->pfns[1]));
		finds(f, 0x3000, 0x100);
		finds(f, last, 0x101);
		unmapped(f, last - 4096);
	}
	assert_int_equal(refused(&f->h, PVG_REFUSAL_PAGE_TABLE), 0);
}

static void addresses_beyond_the_reach_alias_low_ones(void **state) {
	struct fixture *f = *state;
	uint64_t reach = UINT64_C(1) << 42;

	assert_true(pvg_enc_task_map_page(&f->guest, 0x3000, f->pfns[0]));
	finds(f, reach + 0x3000, 0x100);
	finds(f, 0xfffffc0000003000ull, 0x100);
	// And the cached translation of the alias goes with the page.
	finds(f, reach + 0x3000, 0x100);
	assert_true(pvg_enc_task_map_page(&f->guest, 0x3000, f->pfns[1]));
	map_notice(f, 0x39, 0x3000, 0x1000);
	finds(f, reach + 0x3000, 0x101);
	assert_true(pvg_enc_task_map_page(&f->guest, 0x3000, f->pfns[2]));
	finds(f, 0x3000, 0x101);
	map_notice(f, 0x39, reach + 0x3000, 0x1000);
	finds(f, 0x3000, 0x102);
}

static void bit_31_of_an_entry_is_masked(void **state) {
	struct fixture *f = *state;

	assert_true(pvg_enc_task_map_page(&f->guest, 0x3000, f->pfns[0] | 0x80000000u));
	finds(f, 0x3000, 0x100);
}

static void a_flag_without_a_frame_is_malformed(void **state) {
	struct fixture *f = *state;

	assert_true(pvg_enc_task_map_page(&f->guest, 0x3000, 0x80000000u));
	bad(f, 0x3000);
	assert_int_equal(refused(&f->h, PVG_REFUSAL_PAGE_TABLE), 1);
	// In a node above the leaf too.
	set32(&f->h, (uint64_t)f->guest.root_pfn << 12, 0x80000000u);
	bad(f, 0x4000);
	assert_int_equal(refused(&f->h, PVG_REFUSAL_PAGE_TABLE), 2);
}

static void a_malformed_directory_maps_nothing(void **state) {
	struct fixture *f = *state;
	uint64_t dir = (uint64_t)f->guest.dir_pfn << 12;

	assert_true(pvg_enc_task_map_page(&f->guest, 0x3000, f->pfns[0]));
	set32(&f->h, dir, 0);
	bad(f, 0x3000);
	set32(&f->h, dir, f->guest.root_pfn);
	static const uint32_t depths[] = { 0, 5, 9, 0xffffffff };
	for (size_t i = 0; i < 4; i++) {
		set32(&f->h, dir + 4, depths[i]);
		bad(f, 0x3000);
	}
	assert_int_equal(refused(&f->h, PVG_REFUSAL_PAGE_TABLE), 5);
	set32(&f->h, dir + 4, 3);
	finds(f, 0x3000, 0x100);
	PUT(&f->h, 0, 0x38, 2, 0, 4, 0); // directory page 0
	run(&f->h);
	bad(f, 0x3000);
	assert_int_equal(refused(&f->h, PVG_REFUSAL_PAGE_TABLE), 6);
}

static void tables_and_pages_outside_ram_are_refused(void **state) {
	struct fixture *f = *state;

	assert_true(pvg_enc_task_map_page(&f->guest, 0x3000, 0x7fffffff));
	bad(f, 0x3000);
	assert_true(pvg_enc_task_map_page(&f->guest, 0x4000, RAM_LOW_BYTES >> 12));
	bad(f, 0x4000);
	set32(&f->h, (uint64_t)f->guest.root_pfn << 12, RAM_LOW_BYTES >> 12);
	bad(f, 0x5000);
	PUT(&f->h, 0, 0x38, 2, 0, 4, 0xffffffff);
	run(&f->h);
	bad(f, 0x3000);
	assert_int_equal(refused(&f->h, PVG_REFUSAL_ADDRESS), 4);
}

static void a_table_that_points_at_itself_ends(void **state) {
	struct fixture *f = *state;

	use_depth(f, 4);
	for (uint32_t i = 0; i < 1024; i++) {
		set32(&f->h, ((uint64_t)f->guest.root_pfn << 12) + 4 * i, f->guest.root_pfn);
	}
	finds(f, 0x123456789000ull, f->guest.root_pfn);
}

static void translations_are_cached(void **state) {
	struct fixture *f = *state;

	assert_true(pvg_enc_task_map_page(&f->guest, 0x3000, f->pfns[0]));
	finds(f, 0x3000, 0x100);
	struct pvg_counters before = counters(&f->h);
	for (int i = 0; i < 10; i++) {
		finds(f, 0x3ff0 & ~0xfffull, 0x100);
	}
	assert_int_equal(counters(&f->h).walks, before.walks);
	assert_int_equal(counters(&f->h).walk_hits, before.walk_hits + 10);
	// Without a notice the guest has not changed anything that counts.
	assert_true(pvg_enc_task_map_page(&f->guest, 0x3000, f->pfns[1]));
	finds(f, 0x3000, 0x100);
}

static void what_is_not_mapped_is_not_remembered(void **state) {
	struct fixture *f = *state;

	unmapped(f, 0x3000);
	assert_true(pvg_enc_task_map_page(&f->guest, 0x3000, f->pfns[0]));
	finds(f, 0x3000, 0x100); // no 0x39
}

static void map_and_unmap_drop_their_range_only(void **state) {
	static const uint16_t notices[] = { 0x39, 0x22 };
	struct fixture *f = *state;

	for (int i = 0; i < 2; i++) {
		for (uint64_t page = 0; page < 4; page++) {
			assert_true(pvg_enc_task_map_page(&f->guest, 0x3000 + page * 4096,
				f->pfns[page]));
		}
		map_notice(f, 0x39, 0, 0x1000000000ull);
		for (uint64_t page = 0; page < 4; page++) {
			finds(f, 0x3000 + page * 4096, 0x100 + (uint32_t)page);
		}
		for (uint64_t page = 0; page < 4; page++) {
			assert_true(pvg_enc_task_map_page(&f->guest, 0x3000 + page * 4096,
				f->pfns[3 - page]));
		}
		uint64_t generation = pvg_task_find(f->h.device, 1)->map_generation;
		// From the middle of the second page to the middle of the third.
		map_notice(f, notices[i], 0x4800, 0x1000);
		finds(f, 0x3000, 0x100);
		finds(f, 0x4000, 0x102);
		finds(f, 0x5000, 0x101);
		finds(f, 0x6000, 0x103);
		assert_true(pvg_task_find(f->h.device, 1)->map_generation > generation);
	}
}

static void ranges_that_overflow_drop_everything(void **state) {
	struct fixture *f = *state;

	assert_true(pvg_enc_task_map_page(&f->guest, 0x3000, f->pfns[0]));
	finds(f, 0x3000, 0x100);
	assert_true(pvg_enc_task_map_page(&f->guest, 0x3000, f->pfns[1]));
	map_notice(f, 0x39, 0x5000, 0); // nothing
	finds(f, 0x3000, 0x100);
	map_notice(f, 0x39, 0x3000, UINT64_MAX);
	finds(f, 0x3000, 0x101);
}

static void a_new_directory_and_replaced_pages_drop_everything(void **state) {
	struct fixture *f = *state;

	assert_true(pvg_enc_task_map_page(&f->guest, 0x3000, f->pfns[0]));
	finds(f, 0x3000, 0x100);
	assert_true(pvg_enc_task_map_page(&f->guest, 0x3000, f->pfns[1]));
	PUT(&f->h, 2, 0x3c, 1, 77);
	run(&f->h);
	finds(f, 0x3000, 0x101);
	assert_true(pvg_enc_task_map_page(&f->guest, 0x3000, f->pfns[2]));
	PUT(&f->h, 2, 0x38, 2, 0, 4, f->guest.dir_pfn);
	run(&f->h);
	finds(f, 0x3000, 0x102);
	assert_true(pvg_enc_task_map_page(&f->guest, 0x3000, f->pfns[3]));
	PUT(&f->h, 2, 0x36, 5, 1);
	run(&f->h);
	finds(f, 0x3000, 0x103);
}

static void another_depth_drops_what_was_reduced_by_the_old_one(void **state) {
	struct fixture *f = *state;

	use_depth(f, 2);
	assert_true(pvg_enc_task_map_page(&f->guest, 0x3000, f->pfns[0]));
	finds(f, 0x3000, 0x100);
	// The guest grows its table in place: a new root above the old one, one level more.
	uint32_t root = pvg_enc_mem_alloc(&f->h.mem, 1);
	set32(&f->h, (uint64_t)root << 12, f->guest.root_pfn);
	set32(&f->h, (uint64_t)f->guest.dir_pfn << 12, root);
	set32(&f->h, ((uint64_t)f->guest.dir_pfn << 12) + 4, 3);
	unmapped(f, 0x4000);
	finds(f, 0x3000, 0x100);
	// Two levels would have made this the same page.
	unmapped(f, (UINT64_C(1) << 33) + 0x3000);
}

static void tasks_do_not_share_translations(void **state) {
	struct fixture *f = *state;
	struct pvg_enc_task other;
	uint32_t value;

	assert_true(pvg_enc_task_map_page(&f->guest, 0x3000, f->pfns[0]));
	assert_true(pvg_enc_task_init(&other, &f->h.mem, 2, 3));
	assert_true(pvg_enc_task_map_page(&other, 0x3000, f->pfns[1]));
	define_task(&f->h, &other);
	run(&f->h);
	finds(f, 0x3000, 0x100);
	assert_int_equal(pvg_task_read(f->h.device, 2, 0x3000, &value, 4), PVG_ACCESS_OK);
	assert_int_equal(value, 0x101);
	// A task that takes over the id starts with nothing.
	PUT(&f->h, 2, 0x20, 1);
	run(&f->h);
	assert_false(pvg_task_is_live(f->h.device, 1));
	bad(f, 0x3000);
	assert_int_equal(fake_parts.tasks_deleted, 2);
	use_depth(f, 3);
	unmapped(f, 0x3000);
}

static void reads_cross_pages_and_stop_at_a_hole(void **state) {
	struct fixture *f = *state;
	uint8_t bytes[8192];

	assert_true(pvg_enc_task_map_page(&f->guest, 0x3000, f->pfns[2]));
	assert_true(pvg_enc_task_map_page(&f->guest, 0x4000, f->pfns[0]));
	memset(gpa(&f->h, (uint64_t)f->pfns[2] << 12), 0xaa, 4096);
	memset(gpa(&f->h, (uint64_t)f->pfns[0] << 12), 0xbb, 4096);
	assert_int_equal(pvg_task_read(f->h.device, 1, 0x3ffe, bytes, 4), PVG_ACCESS_OK);
	assert_memory_equal(bytes, "\xaa\xaa\xbb\xbb", 4);
	assert_int_equal(pvg_task_read(f->h.device, 1, 0x3000, bytes, 8192), PVG_ACCESS_OK);
	assert_int_equal(pvg_task_read(f->h.device, 1, 0x3001, bytes, 8192), PVG_ACCESS_UNMAPPED);
	assert_int_equal(pvg_task_write(f->h.device, 1, 0x3ffe, "wxyz", 4), PVG_ACCESS_OK);
	assert_memory_equal(gpa(&f->h, ((uint64_t)f->pfns[2] << 12) + 0xffe), "wx", 2);
	assert_memory_equal(gpa(&f->h, (uint64_t)f->pfns[0] << 12), "yz\xbb", 3);
	assert_int_equal(pvg_task_write(f->h.device, 1, 0x4ffe, "wxyz", 4), PVG_ACCESS_UNMAPPED);
}

static void physical_accesses_stay_in_ram(void **state) {
	struct fixture *f = *state;
	static uint8_t bytes[8192];
	struct pvg_device *d = f->h.device;

	assert_int_equal(pvg_gpa_read(d, RAM_LOW_BYTES - 8192, bytes, 8192), PVG_ACCESS_OK);
	assert_int_equal(pvg_gpa_read(d, RAM_LOW_BYTES - 4096, bytes, 4097), PVG_ACCESS_BAD);
	assert_int_equal(pvg_gpa_read(d, RAM_HIGH_GPA - 1, bytes, 2), PVG_ACCESS_BAD);
	assert_int_equal(pvg_gpa_read(d, UINT64_MAX - 1, bytes, 4), PVG_ACCESS_BAD);
	assert_int_equal(pvg_gpa_write(d, RAM_HIGH_GPA + RAM_HIGH_BYTES - 2, bytes, 4),
		PVG_ACCESS_BAD);
	assert_int_equal(pvg_gpa_write(d, RAM_HIGH_GPA + RAM_HIGH_BYTES - 4, "abcd", 4),
		PVG_ACCESS_OK);
	assert_memory_equal(gpa(&f->h, RAM_HIGH_GPA + RAM_HIGH_BYTES - 4), "abcd", 4);
}

static void a_surface_page_may_not_be_the_devices_own(void **state) {
	struct fixture *f = *state;
	enum pvg_access access;

	assert_true(pvg_enc_task_map_page(&f->guest, 0x3000, f->h.fifo_pfn + 3));
	assert_true(pvg_enc_task_map_page(&f->guest, 0x4000, f->pfns[0]));
	assert_null(pvg_task_surface_page(f->h.device, 1, 0x3000, &access));
	assert_int_equal(access, PVG_ACCESS_BAD);
	assert_int_equal(refused(&f->h, PVG_REFUSAL_SURFACE_PAGES), 1);
	assert_non_null(pvg_task_surface_page(f->h.device, 1, 0x4000, &access));
	assert_non_null(pvg_task_page(f->h.device, 1, 0x3000, &access));
	assert_null(pvg_task_page(f->h.device, 1, 0x5000, &access));
	assert_int_equal(access, PVG_ACCESS_UNMAPPED);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		T(every_depth_reaches_its_last_page),
		T(addresses_beyond_the_reach_alias_low_ones),
		T(bit_31_of_an_entry_is_masked),
		T(a_flag_without_a_frame_is_malformed),
		T(a_malformed_directory_maps_nothing),
		T(tables_and_pages_outside_ram_are_refused),
		T(a_table_that_points_at_itself_ends),
		T(translations_are_cached),
		T(what_is_not_mapped_is_not_remembered),
		T(map_and_unmap_drop_their_range_only),
		T(ranges_that_overflow_drop_everything),
		T(a_new_directory_and_replaced_pages_drop_everything),
		T(another_depth_drops_what_was_reduced_by_the_old_one),
		T(tasks_do_not_share_translations),
		T(reads_cross_pages_and_stop_at_a_hole),
		T(physical_accesses_stay_in_ram),
		T(a_surface_page_may_not_be_the_devices_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
