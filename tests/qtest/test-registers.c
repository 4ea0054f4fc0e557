// SPDX-License-Identifier: GPL-2.0-or-later
// BAR0 as a guest sees it, through a real QEMU (spec 01 section 2; spec 06 sections 6.2, 6.4).
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include <pvg/regs.h>

static int set_up(void **state) {
	ctx_empty(state);
	ctx_start(*state, "displays=3", NULL);
	return 0;
}

enum reg_kind {
	STORAGE,   // read back what was written
	CONSTANT,  // writes do nothing
	WRITE_ONLY // reads 0
};

static const struct {
	uint32_t offset;
	enum reg_kind kind;
	uint32_t value; // after reset
} registers[] = {
	{ 0x1000, STORAGE, 0 },
	{ 0x1004, STORAGE, 0 },
	{ 0x1008, STORAGE, 0 },
	{ 0x100c, CONSTANT, 0 },
	{ 0x1010, STORAGE, 0 },
	{ 0x101c, STORAGE, 0 },
	{ 0x1020, WRITE_ONLY, 0 },
	{ 0x1024, WRITE_ONLY, 0 },
	{ 0x1028, WRITE_ONLY, 0 },
	{ 0x102c, CONSTANT, 0 },
	{ 0x1030, STORAGE, 0 },
	{ 0x1200, STORAGE, 0 },
	{ 0x1204, CONSTANT, 1 },
	{ 0x1208, STORAGE, 0 },
	{ 0x120c, CONSTANT, 1920u << 16 | 1080 },
	{ 0x1210, STORAGE, 0 },
	{ 0x1214, STORAGE, 0 },
	{ 0x1218, STORAGE, 0 },
	{ 0x121c, STORAGE, 0 },
	{ 0x1220, WRITE_ONLY, 0 },
	{ 0x1224, CONSTANT, 64 },
	{ 0x1228, STORAGE, 0 },
	{ 0x122c, CONSTANT, 3 },
	{ 0x1234, CONSTANT, 1 },
	// Not listed in the specification: remembered, also beyond the mirror.
	{ 0x1100, STORAGE, 0 },
	{ 0x1ffc, STORAGE, 0 },
	{ 0x2000, STORAGE, 0 },
	{ 0x3ffc, STORAGE, 0 },
};

static void every_register_resets_and_answers_as_specified(void **state) {
	struct ctx *ctx = *state;
	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
		assert_int_equal(vm_reg(ctx->vm, registers[i].offset), registers[i].value);
	}
	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
		uint32_t offset = registers[i].offset;
		uint32_t written = offset == 0x1020 || offset == 0x1028 || offset == 0x1220
			? 1
			: 0xa5000000u | offset;
		vm_set_reg(ctx->vm, offset, written);
		uint32_t want = registers[i].kind == STORAGE ? written : registers[i].value;
		assert_int_equal(vm_reg(ctx->vm, offset), want);
	}
}

static void the_msi_area_reads_zero_and_ignores_writes(void **state) {
	struct ctx *ctx = *state;
	for (uint32_t offset = 0; offset < 0x1000; offset += 0x3fc) {
		vm_set_reg(ctx->vm, offset, 0xffffffff);
		assert_int_equal(vm_reg(ctx->vm, offset), 0);
	}
}

static void version_is_the_smaller_of_proposal_and_62(void **state) {
	struct ctx *ctx = *state;
	static const uint32_t pairs[][2] = { { 4, 4 }, { 6, 6 }, { 62, 62 }, { 63, 62 },
		{ 0x80000006, 62 }, { 0, 0 } };
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		vm_set_reg(ctx->vm, 0x1034, pairs[i][0]);
		assert_int_equal(vm_reg(ctx->vm, 0x1034), pairs[i][1]);
	}
}

static void eight_byte_accesses_are_two_registers_low_first(void **state) {
	struct ctx *ctx = *state;
	uint32_t head = atomic_load(&ctx->link.page->ring_head);
	vm_write(ctx->vm, VM_BAR0 + 0x1210, 8, 0x1122334455667788u);
	assert_int_equal(vm_reg(ctx->vm, 0x1210), 0x55667788);
	assert_int_equal(vm_reg(ctx->vm, 0x1214), 0x11223344);
	assert_true(vm_read(ctx->vm, VM_BAR0 + 0x1210, 8) == 0x1122334455667788u);
	assert_int_equal(atomic_load(&ctx->link.page->ring_head), head + 2);
	assert_int_equal(ctx->link.page->ring[head % PVG_LINK_RING_ENTRIES].bar_offset, 0x1210);
	assert_int_equal(ctx->link.page->ring[(head + 1) % PVG_LINK_RING_ENTRIES].bar_offset,
		0x1214);
}

static void the_high_half_of_a_wide_write_to_the_fifo_base_is_dropped(void **state) {
	struct ctx *ctx = *state;
	vm_set_reg(ctx->vm, 0x1034, 6);
	vm_write(ctx->vm, VM_BAR0 + 0x1030, 8, 0x0000000400000010u);
	assert_int_equal(vm_reg(ctx->vm, 0x1030), 0x10);
	assert_int_equal(vm_reg(ctx->vm, 0x1034), 6);
}

static void narrow_and_crooked_accesses_read_zero_and_do_nothing(void **state) {
	struct ctx *ctx = *state;
	vm_set_reg(ctx->vm, 0x1004, 0x10203040);
	assert_int_equal(vm_read(ctx->vm, VM_BAR0 + 0x1004, 1), 0);
	assert_int_equal(vm_read(ctx->vm, VM_BAR0 + 0x1004, 2), 0);
	assert_int_equal(vm_read(ctx->vm, VM_BAR0 + 0x1006, 4), 0);
	assert_int_equal(vm_read(ctx->vm, VM_BAR0 + 0x1002, 8), 0);
	vm_write(ctx->vm, VM_BAR0 + 0x1004, 1, 0xff);
	vm_write(ctx->vm, VM_BAR0 + 0x1004, 2, 0xffff);
	vm_write(ctx->vm, VM_BAR0 + 0x1005, 4, 0xffffffff);
	vm_write(ctx->vm, VM_BAR0 + 0x1001, 8, ~0ull);
	assert_int_equal(vm_reg(ctx->vm, 0x1004), 0x10203040);
	assert_int_equal(vm_reg(ctx->vm, 0x1000), 0);
	vm_wait_log(ctx->vm, "access of a wrong width or alignment");
	assert_int_equal(vm_log_count(ctx->vm, "wrong width or alignment"), 1);
}

static void status_words_are_cleared_by_reading_or_by_writing_the_bits(void **state) {
	struct ctx *ctx = *state;
	fakelink_interrupt(&ctx->link, 0x21, 0x1);
	assert_int_equal(vm_reg(ctx->vm, 0x1018), 0x21);
	assert_int_equal(vm_reg(ctx->vm, 0x1018), 0);
	assert_int_equal(vm_reg(ctx->vm, 0x1014), 1);
	assert_int_equal(vm_reg(ctx->vm, 0x1014), 0);
	fakelink_interrupt(&ctx->link, 0x21, 0x3);
	vm_set_reg(ctx->vm, 0x1018, 0x20);
	vm_set_reg(ctx->vm, 0x1014, 0x1);
	assert_int_equal(vm_reg(ctx->vm, 0x1018), 0x1);
	assert_int_equal(vm_reg(ctx->vm, 0x1014), 0x2);
}

static void no_word_of_the_host_reaches_the_fault_register(void **state) {
	struct ctx *ctx = *state;
	for (size_t i = 0; i < PVG_LINK_MIRROR_WORDS; i++) {
		atomic_store(&ctx->link.page->mirror[i], 0xffffffff);
	}
	assert_int_equal(vm_reg(ctx->vm, 0x102c), 0);
	assert_int_equal(vm_reg(ctx->vm, 0x122c), 3);
	assert_int_equal(vm_reg(ctx->vm, 0x1224), 64);
}

static void a_register_write_is_mirrored_ringed_and_rung(void **state) {
	struct ctx *ctx = *state;
	struct pvg_link_page *page = ctx->link.page;
	static const uint32_t ordered[] = { 0x1034, 0x101c, 0x1030, 0x1004, 0x1010, 0x1000, 0x1200,
		0x1208, 0x1210, 0x1214, 0x1218, 0x121c, 0x1228 };
	uint32_t head = atomic_load(&page->ring_head);
	for (size_t i = 0; i < sizeof(ordered) / sizeof(ordered[0]); i++) {
		vm_set_reg(ctx->vm, ordered[i], 7 + (uint32_t)i);
		assert_true(fakelink_rung(&ctx->link, 1000));
		assert_int_equal(atomic_load(&page->ring_head), head + i + 1);
		const struct pvg_link_ring_entry *entry =
			&page->ring[(head + i) % PVG_LINK_RING_ENTRIES];
		assert_int_equal(entry->bar_offset, ordered[i]);
		assert_int_equal(entry->value, 7 + i);
		assert_int_equal(entry->epoch, atomic_load(&page->epoch));
		assert_int_equal(entry->fifo_gen, (uint16_t)atomic_load(&page->fifo_gen));
		assert_int_equal(entry->fifo_written, 0);
		assert_int_equal(atomic_load(&page->mirror[(ordered[i] - 0x1000) / 4]), 7 + i);
	}
}

static void each_doorbell_says_which(void **state) {
	struct ctx *ctx = *state;
	struct pvg_link_page *page = ctx->link.page;
	vm_set_reg(ctx->vm, 0x1000, 1);
	fakelink_rung(&ctx->link, 0);
	vm_set_reg(ctx->vm, 0x1020, 5);
	assert_true(fakelink_rung(&ctx->link, 1000));
	vm_set_reg(ctx->vm, 0x1028, 31);
	assert_true(fakelink_rung(&ctx->link, 1000));
	assert_int_equal(atomic_exchange(&page->child_doorbells, 0), 1u << 5 | 1u << 31);
	vm_set_reg(ctx->vm, 0x1220, 7);
	assert_true(fakelink_rung(&ctx->link, 1000));
	assert_int_equal(atomic_exchange(&page->cursor_kicks, 0), 1u << 7);
	uint32_t kicks = atomic_load(&page->root_kicks);
	vm_set_reg(ctx->vm, 0x1008, 0x10);
	assert_true(fakelink_rung(&ctx->link, 1000));
	vm_set_reg(ctx->vm, 0x1024, 0);
	assert_true(fakelink_rung(&ctx->link, 1000));
	assert_int_equal(atomic_load(&page->root_kicks), kicks + 2);
	assert_int_equal(atomic_load(&page->fifo_written), 0x10);
}

static void impossible_doorbells_are_dropped_and_logged_once(void **state) {
	struct ctx *ctx = *state;
	struct pvg_link_page *page = ctx->link.page;
	static const uint32_t wrong[] = { 0, 32, 0xffffffff };
	for (unsigned int round = 0; round < 3; round++) {
		for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
			vm_set_reg(ctx->vm, 0x1020, wrong[i]);
		}
		vm_set_reg(ctx->vm, 0x1220, 8);
	}
	assert_int_equal(atomic_load(&page->child_doorbells), 0);
	assert_int_equal(atomic_load(&page->cursor_kicks), 0);
	vm_wait_log(ctx->vm, "doorbell of an impossible channel");
	assert_in_range(vm_log_count(ctx->vm, "impossible"), 1, 4);
}

static void fifo_read_of_another_fifo_generation_answers_zero(void **state) {
	struct ctx *ctx = *state;
	struct pvg_link_page *page = ctx->link.page;
	uint64_t gen = atomic_load(&page->fifo_gen);
	atomic_store(&page->fifo_read, gen << 32 | 0x8c);
	assert_int_equal(vm_reg(ctx->vm, 0x100c), 0x8c);
	// The 0 -> 1 edge with FIFO_WRITTEN 0 starts a new life.
	vm_set_reg(ctx->vm, 0x1000, 1);
	assert_int_equal(atomic_load(&page->fifo_gen), (uint32_t)gen + 1);
	assert_int_equal(vm_reg(ctx->vm, 0x100c), 0);
	atomic_store(&page->fifo_read, (gen + 1) << 32 | 0x10);
	assert_int_equal(vm_reg(ctx->vm, 0x100c), 0x10);
	// With FIFO_WRITTEN not 0 the edge is no restart.
	vm_set_reg(ctx->vm, 0x1008, 0x10);
	vm_set_reg(ctx->vm, 0x1000, 0);
	vm_set_reg(ctx->vm, 0x1000, 1);
	assert_int_equal(vm_reg(ctx->vm, 0x100c), 0x10);
}

static void words_of_a_host_that_is_behind_a_reset_answer_zero(void **state) {
	struct ctx *ctx = *state;
	struct pvg_link_page *page = ctx->link.page;
	fakelink_interrupt(&ctx->link, 1, 1);
	atomic_store(&page->fifo_read, (uint64_t)atomic_load(&page->fifo_gen) << 32 | 0x8c);
	atomic_store(&page->epoch_seen, atomic_load(&page->epoch) - 1);
	assert_int_equal(vm_reg(ctx->vm, 0x1018), 0);
	assert_int_equal(vm_reg(ctx->vm, 0x1014), 0);
	assert_int_equal(vm_reg(ctx->vm, 0x100c), 0);
}

static void a_full_write_ring_counts_and_the_mirror_has_the_truth(void **state) {
	struct ctx *ctx = *state;
	struct pvg_link_page *page = ctx->link.page;
	uint32_t used = atomic_load(&page->ring_head) - atomic_load(&page->ring_tail);
	uint32_t writes = PVG_LINK_RING_ENTRIES - used + 10;
	for (uint32_t i = 1; i <= writes; i++) {
		vm_set_reg(ctx->vm, 0x1208, i);
	}
	assert_int_equal(atomic_load(&page->ring_head) - atomic_load(&page->ring_tail),
		PVG_LINK_RING_ENTRIES);
	assert_int_equal(atomic_load(&page->ring_overruns), 10);
	assert_int_equal(atomic_load(&page->mirror[0x208 / 4]), writes);
	assert_int_equal(vm_reg(ctx->vm, 0x1208), writes);
	// The host catches up and the ring goes on.
	atomic_store(&page->ring_tail, atomic_load(&page->ring_head));
	vm_set_reg(ctx->vm, 0x1208, 77);
	assert_int_equal(atomic_load(&page->ring_overruns), 10);
	assert_int_equal(page->ring[(atomic_load(&page->ring_head) - 1) % PVG_LINK_RING_ENTRIES]
				 .value,
		77);
}

static void a_tail_beyond_the_head_ends_the_connection(void **state) {
	struct ctx *ctx = *state;
	atomic_store(&ctx->link.page->ring_tail, atomic_load(&ctx->link.page->ring_head) + 1);
	vm_set_reg(ctx->vm, 0x1208, 1);
	fakelink_wait_eof(&ctx->link);
	vm_wait_log(ctx->vm, "moved the tail of the write ring past its head");
	fakelink_close(&ctx->link);
	fakehost_attach(&ctx->host, &ctx->link);
	assert_int_equal(vm_reg(ctx->vm, 0x1208), 1);
}

int main(void) {
	vm_require();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_register_resets_and_answers_as_specified,
			set_up, ctx_teardown),
		cmocka_unit_test_setup_teardown(the_msi_area_reads_zero_and_ignores_writes, set_up,
			ctx_teardown),
		cmocka_unit_test_setup_teardown(version_is_the_smaller_of_proposal_and_62, set_up,
			ctx_teardown),
		cmocka_unit_test_setup_teardown(eight_byte_accesses_are_two_registers_low_first,
			set_up, ctx_teardown),
		cmocka_unit_test_setup_teardown(
			the_high_half_of_a_wide_write_to_the_fifo_base_is_dropped, set_up,
			ctx_teardown),
		cmocka_unit_test_setup_teardown(
			narrow_and_crooked_accesses_read_zero_and_do_nothing, set_up, ctx_teardown),
		cmocka_unit_test_setup_teardown(
			status_words_are_cleared_by_reading_or_by_writing_the_bits, set_up,
			ctx_teardown),
		cmocka_unit_test_setup_teardown(no_word_of_the_host_reaches_the_fault_register,
			set_up, ctx_teardown),
		cmocka_unit_test_setup_teardown(a_register_write_is_mirrored_ringed_and_rung,
			set_up, ctx_teardown),
		cmocka_unit_test_setup_teardown(each_doorbell_says_which, set_up, ctx_teardown),
		cmocka_unit_test_setup_teardown(impossible_doorbells_are_dropped_and_logged_once,
			set_up, ctx_teardown),
		cmocka_unit_test_setup_teardown(fifo_read_of_another_fifo_generation_answers_zero,
			set_up, ctx_teardown),
		cmocka_unit_test_setup_teardown(words_of_a_host_that_is_behind_a_reset_answer_zero,
			set_up, ctx_teardown),
		cmocka_unit_test_setup_teardown(
			a_full_write_ring_counts_and_the_mirror_has_the_truth, set_up,
			ctx_teardown),
		cmocka_unit_test_setup_teardown(a_tail_beyond_the_head_ends_the_connection, set_up,
			ctx_teardown),
	};
	return cmocka_run_group_tests_name("qtest registers", tests, NULL, NULL);
}
