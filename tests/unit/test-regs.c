// SPDX-License-Identifier: GPL-2.0-or-later
// The register file (spec 01 section 2, 06 sections 6.2 and 6.4).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pvg/regs.h>

#include "pvg-link.h"

struct fixture {
	struct pvg_link_page *page;
	struct pvg_regs regs;
	int doorbells, warnings;
	uint32_t warned_value;
};

static void doorbell(void *data) {
	((struct fixture *)data)->doorbells++;
}

static void warn(void *data, const char *what, uint32_t value) {
	((struct fixture *)data)->warnings++;
	((struct fixture *)data)->warned_value = value;
}

static struct pvg_link_page *new_page(void) {
	struct pvg_link_page *page = aligned_alloc(64, sizeof(*page));

	assert_non_null(page);
	memset(page, 0, sizeof(*page));
	return page;
}

static int setup(void **state) {
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->page = new_page();
	pvg_regs_init(&f->regs, f->page, 2, doorbell, f);
	f->regs.warn = warn;
	*state = f;
	return 0;
}

static int teardown(void **state) {
	struct fixture *f = *state;

	free(f->page);
	free(f);
	return 0;
}

static uint32_t rd(struct fixture *f, uint32_t offset) {
	return (uint32_t)pvg_regs_read(&f->regs, offset, 4);
}

static void wr(struct fixture *f, uint32_t offset, uint32_t value) {
	pvg_regs_write(&f->regs, offset, 4, value);
}

// What a host does when it has let go of everything older.
static void host_sees_epoch(struct fixture *f) {
	atomic_store(&f->page->epoch_seen, atomic_load(&f->page->epoch));
}

static void host_reads(struct fixture *f, uint32_t gen, uint32_t value) {
	atomic_store(&f->page->fifo_read, (uint64_t)gen << 32 | value);
}

static void a_new_page_says_what_it_is(void **state) {
	struct fixture *f = *state;

	assert_int_equal(f->page->magic, PVG_LINK_PAGE_MAGIC);
	assert_int_equal(f->page->layout, PVG_LINK_PAGE_LAYOUT);
	assert_int_equal(f->page->size, PVG_LINK_PAGE_SIZE);
	assert_int_equal(atomic_load(&f->page->epoch), 1);
	assert_int_equal(atomic_load(&f->page->epoch_seen), 0);
}

static void every_listed_register_has_its_reset_value(void **state) {
	static const struct {
		uint32_t offset, value;
	} table[] = {
		{ 0x1000, 0 },
		{ 0x1004, 0 },
		{ 0x1008, 0 },
		{ 0x100c, 0 },
		{ 0x1010, 0 },
		{ 0x1014, 0 },
		{ 0x1018, 0 },
		{ 0x101c, 0 },
		{ 0x1020, 0 },
		{ 0x1024, 0 },
		{ 0x1028, 0 },
		{ 0x102c, 0 },
		{ 0x1030, 0 },
		{ 0x1034, 0 },
		{ 0x1200, 0 },
		{ 0x1204, 1 },
		{ 0x1208, 0 },
		{ 0x120c, 1920u << 16 | 1080 },
		{ 0x1210, 0 },
		{ 0x1214, 0 },
		{ 0x1218, 0 },
		{ 0x121c, 0 },
		{ 0x1220, 0 },
		{ 0x1224, 64 },
		{ 0x1228, 0 },
		{ 0x122c, 2 },
		{ 0x1234, 1 },
	};
	struct fixture *f = *state;

	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
			assert_int_equal(rd(f, table[i].offset), table[i].value);
			wr(f, table[i].offset, 0x12345678);
		}
		pvg_regs_reset(&f->regs);
	}
}

static void storage_registers_keep_and_read_only_ones_ignore(void **state) {
	static const uint32_t storage[] = { 0x1000, 0x1004, 0x1008, 0x1010, 0x101c, 0x1030, 0x1200,
		0x1208, 0x1210, 0x1214, 0x1218, 0x121c, 0x1228 };
	static const uint32_t read_only[] = { 0x100c, 0x102c, 0x1204, 0x120c, 0x1224, 0x122c,
		0x1234 };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(storage) / sizeof(storage[0]); i++) {
		wr(f, storage[i], 0xa5000000u + storage[i]);
	}
	for (size_t i = 0; i < sizeof(storage) / sizeof(storage[0]); i++) {
		assert_int_equal(rd(f, storage[i]), 0xa5000000u + storage[i]);
	}
	for (size_t i = 0; i < sizeof(read_only) / sizeof(read_only[0]); i++) {
		uint32_t before = rd(f, read_only[i]);
		wr(f, read_only[i], ~before);
		assert_int_equal(rd(f, read_only[i]), before);
	}
}

static void unlisted_offsets_are_sparse_storage(void **state) {
	struct fixture *f = *state;
	uint32_t head = atomic_load(&f->page->ring_head);
	static const uint32_t offsets[] = { 0x1038, 0x11fc, 0x1230, 0x1ffc, 0x2000, 0x3ffc };

	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		assert_int_equal(rd(f, offsets[i]), 0);
		wr(f, offsets[i], 0x77000000u + offsets[i]);
	}
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		assert_int_equal(rd(f, offsets[i]), 0x77000000u + offsets[i]);
	}
	// They have no order to keep: nothing for the host.
	assert_int_equal(atomic_load(&f->page->ring_head), head);
	pvg_regs_reset(&f->regs);
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		assert_int_equal(rd(f, offsets[i]), 0);
	}
}

static void the_msi_area_reads_zero_and_ignores_writes(void **state) {
	struct fixture *f = *state;

	for (uint32_t offset = 0; offset < 0x1000; offset += 0x7c) {
		wr(f, offset, 0xffffffff);
		assert_int_equal(rd(f, offset), 0);
	}
	assert_int_equal(f->doorbells, 0);
	assert_true(f->regs.refused_offset > 0);
	assert_int_equal(f->warnings, 1);
}

static void wrong_widths_and_alignments_are_refused(void **state) {
	static const unsigned int widths[] = { 1, 2, 3, 5, 6, 7, 0, 16 };
	struct fixture *f = *state;

	wr(f, PVG_REG_ROOT_PAGE, 0x11223344);
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		assert_int_equal(pvg_regs_read(&f->regs, PVG_REG_ROOT_PAGE, widths[i]), 0);
		pvg_regs_write(&f->regs, PVG_REG_ROOT_PAGE, widths[i], 0x55);
	}
	for (uint32_t skew = 1; skew < 4; skew++) {
		assert_int_equal(pvg_regs_read(&f->regs, PVG_REG_ROOT_PAGE + skew, 4), 0);
		pvg_regs_write(&f->regs, PVG_REG_ROOT_PAGE + skew, 4, 0x55);
	}
	assert_int_equal(rd(f, PVG_REG_ROOT_PAGE), 0x11223344);
	assert_int_equal(f->regs.refused_width, 22);
	assert_int_equal(f->warnings, 1);
}

static void accesses_outside_the_bar_are_refused(void **state) {
	struct fixture *f = *state;

	wr(f, 0x3ffc, 5);
	assert_int_equal(pvg_regs_read(&f->regs, 0x3ffc, 8), 0);
	assert_int_equal(pvg_regs_read(&f->regs, 0x4000, 4), 0);
	assert_int_equal(pvg_regs_read(&f->regs, 0xfffffffc, 8), 0);
	pvg_regs_write(&f->regs, 0x3ffc, 8, 6);
	pvg_regs_write(&f->regs, 0x4000, 4, 6);
	pvg_regs_write(&f->regs, 0xfffffffc, 8, 6);
	assert_int_equal(rd(f, 0x3ffc), 5);
	assert_int_equal(f->regs.refused_offset, 6);
}

static void eight_byte_accesses_are_two_words_low_first(void **state) {
	struct fixture *f = *state;

	pvg_regs_write(&f->regs, PVG_REG_FB_START, 8, 0x0001234580000000ull);
	assert_int_equal(rd(f, PVG_REG_FB_START), 0x80000000u);
	assert_int_equal(rd(f, PVG_REG_FB_LENGTH), 0x00012345u);
	assert_int_equal(pvg_regs_read(&f->regs, PVG_REG_FB_START, 8), 0x0001234580000000ull);
	assert_int_equal(f->page->ring[0].bar_offset, PVG_REG_FB_START);
	assert_int_equal(f->page->ring[1].bar_offset, PVG_REG_FB_LENGTH);
	assert_int_equal(f->regs.refused_width, 0);
}

static void the_high_half_of_a_write_to_the_base_page_is_dropped(void **state) {
	struct fixture *f = *state;

	wr(f, PVG_REG_VERSION, 6);
	pvg_regs_write(&f->regs, PVG_REG_FIFO_BASE_PAGE, 8, 0x0000002a00000010ull);
	assert_int_equal(rd(f, PVG_REG_FIFO_BASE_PAGE), 0x10);
	assert_int_equal(rd(f, PVG_REG_VERSION), 6);
}

static void version_is_clamped_and_never_raised(void **state) {
	static const uint32_t proposals[][2] = {
		{ 0, 0 },
		{ 4, 4 },
		{ 6, 6 },
		{ 62, 62 },
		{ 63, 62 },
		{ 0x80000000u, 62 },
		{ 0xffffffffu, 62 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(proposals) / sizeof(proposals[0]); i++) {
		wr(f, PVG_REG_VERSION, proposals[i][0]);
		assert_int_equal(rd(f, PVG_REG_VERSION), proposals[i][1]);
		assert_int_equal(f->page->ring[i].value, proposals[i][1]);
	}
}

static void ordered_writes_go_through_the_ring(void **state) {
	static const uint32_t ordered[] = { 0x1000, 0x1004, 0x1010, 0x101c, 0x1030, 0x1034, 0x1200,
		0x1208, 0x1210, 0x1214, 0x1218, 0x121c, 0x1228 };
	struct fixture *f = *state;
	const size_t count = sizeof(ordered) / sizeof(ordered[0]);

	wr(f, PVG_REG_FIFO_WRITTEN, 0x40);
	for (size_t i = 0; i < count; i++) {
		int before = f->doorbells;
		wr(f, ordered[i], (uint32_t)i);
		assert_int_equal(f->doorbells, before + 1);
	}
	assert_int_equal(atomic_load(&f->page->ring_head), count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(f->page->ring[i].bar_offset, ordered[i]);
		assert_int_equal(f->page->ring[i].value, i);
		assert_int_equal(f->page->ring[i].epoch, 1);
		assert_int_equal(f->page->ring[i].fifo_written, 0x40);
		assert_int_equal(atomic_load(&f->page->mirror[(ordered[i] - 0x1000) / 4]), i);
	}
}

static void a_full_ring_drops_counts_and_rings(void **state) {
	struct fixture *f = *state;

	for (uint32_t i = 0; i < PVG_LINK_RING_ENTRIES + 3; i++) {
		wr(f, PVG_REG_FB_MODE, i);
	}
	assert_int_equal(atomic_load(&f->page->ring_head), PVG_LINK_RING_ENTRIES);
	assert_int_equal(atomic_load(&f->page->ring_overruns), 3);
	assert_int_equal(f->doorbells, PVG_LINK_RING_ENTRIES + 3);
	assert_int_equal(f->page->ring[0].value, 0);
	assert_int_equal(f->page->ring[PVG_LINK_RING_ENTRIES - 1].value, PVG_LINK_RING_ENTRIES - 1);
	// The mirror has the newest all the same.
	assert_int_equal(rd(f, PVG_REG_FB_MODE), PVG_LINK_RING_ENTRIES + 2);
	atomic_store(&f->page->ring_tail, 1);
	wr(f, PVG_REG_FB_MODE, 7);
	assert_int_equal(f->page->ring[0].value, 7);
}

static void fifo_written_is_a_doorbell_only_while_enabled(void **state) {
	struct fixture *f = *state;

	wr(f, PVG_REG_FIFO_WRITTEN, 0x10);
	assert_int_equal(f->doorbells, 0);
	assert_int_equal(atomic_load(&f->page->fifo_written), 0x10);
	wr(f, PVG_REG_CONTROL_FIFO, 1);
	f->doorbells = 0;
	wr(f, PVG_REG_FIFO_WRITTEN, 0x20);
	wr(f, PVG_REG_MAIN_KICK, 0);
	assert_int_equal(f->doorbells, 2);
	assert_int_equal(atomic_load(&f->page->root_kicks), 3);
}

static void doorbells_set_the_channels_bit(void **state) {
	struct fixture *f = *state;

	wr(f, PVG_REG_CHILD_DOORBELL, 1);
	wr(f, PVG_REG_CHILD_REPLAY_DOORBELL, 31);
	assert_int_equal(atomic_load(&f->page->child_doorbells), 0x80000002u);
	assert_int_equal(f->doorbells, 2);
}

static void impossible_channels_are_named_once_each(void **state) {
	struct fixture *f = *state;

	for (int round = 0; round < 3; round++) {
		wr(f, PVG_REG_CHILD_DOORBELL, 0);
		wr(f, PVG_REG_CHILD_DOORBELL, 32);
		wr(f, PVG_REG_CHILD_DOORBELL, 127);
		wr(f, PVG_REG_CHILD_DOORBELL, 128);
		wr(f, PVG_REG_CHILD_DOORBELL, 0xffffffffu);
	}
	assert_int_equal(atomic_load(&f->page->child_doorbells), 0);
	assert_int_equal(f->regs.refused_channel, 15);
	assert_int_equal(f->warnings, 4);
	assert_int_equal(f->doorbells, 0);
}

static void cursor_kicks_set_the_ports_bit(void **state) {
	struct fixture *f = *state;

	wr(f, PVG_REG_CURSOR_KICK, 0);
	wr(f, PVG_REG_CURSOR_KICK, 7);
	wr(f, PVG_REG_CURSOR_KICK, 8);
	wr(f, PVG_REG_CURSOR_KICK, 0xffffffffu);
	assert_int_equal(atomic_load(&f->page->cursor_kicks), 0x81);
	assert_int_equal(f->regs.refused_port, 2);
	assert_int_equal(f->doorbells, 2);
}

static void status_words_are_read_to_clear(void **state) {
	struct fixture *f = *state;

	host_sees_epoch(f);
	atomic_store(&f->page->intr_disp, 0x3);
	atomic_store(&f->page->intr_gpu, 0x21);
	assert_int_equal(rd(f, PVG_REG_INTR_STATUS_GPU), 0x21);
	assert_int_equal(rd(f, PVG_REG_INTR_STATUS_GPU), 0);
	assert_int_equal(rd(f, PVG_REG_INTR_STATUS_DISP), 3);
	assert_int_equal(rd(f, PVG_REG_INTR_STATUS_DISP), 0);
}

static void a_status_write_clears_the_written_bits(void **state) {
	struct fixture *f = *state;

	host_sees_epoch(f);
	atomic_store(&f->page->intr_gpu, 0xf0);
	wr(f, PVG_REG_INTR_STATUS_GPU, 0x30);
	assert_int_equal(rd(f, PVG_REG_INTR_STATUS_GPU), 0xc0);
}

static void the_fault_word_is_zero_whatever_the_host_writes(void **state) {
	struct fixture *f = *state;

	host_sees_epoch(f);
	memset(f->page->mirror, 0xff, sizeof(f->page->mirror));
	assert_int_equal(rd(f, PVG_REG_INTR_FAULT), 0);
	assert_int_equal(rd(f, PVG_REG_DISPLAY_PORTS), 2);
	assert_int_equal(rd(f, PVG_REG_MODE_COUNT), 1);
}

static void host_words_count_only_in_the_hosts_epoch(void **state) {
	struct fixture *f = *state;

	host_reads(f, 0, 0x40);
	atomic_store(&f->page->intr_gpu, 1);
	atomic_store(&f->page->intr_disp, 1);
	assert_int_equal(rd(f, PVG_REG_FIFO_READ), 0);
	assert_int_equal(rd(f, PVG_REG_INTR_STATUS_GPU), 0);
	assert_int_equal(rd(f, PVG_REG_INTR_STATUS_DISP), 0);
	host_sees_epoch(f);
	assert_int_equal(rd(f, PVG_REG_FIFO_READ), 0x40);
	assert_int_equal(rd(f, PVG_REG_INTR_STATUS_GPU), 1);
	assert_int_equal(rd(f, PVG_REG_INTR_STATUS_DISP), 1);
}

static void fifo_read_of_another_life_is_zero(void **state) {
	struct fixture *f = *state;

	host_sees_epoch(f);
	wr(f, PVG_REG_CONTROL_FIFO, 1);
	uint32_t gen = atomic_load(&f->page->fifo_gen);
	assert_int_equal(gen, 1);
	host_reads(f, gen, 0x8c);
	assert_int_equal(rd(f, PVG_REG_FIFO_READ), 0x8c);
	// The driver goes and comes back with counters at 0.
	wr(f, PVG_REG_CONTROL_FIFO, 0);
	wr(f, PVG_REG_FIFO_WRITTEN, 0);
	wr(f, PVG_REG_CONTROL_FIFO, 1);
	assert_int_equal(rd(f, PVG_REG_FIFO_READ), 0);
	host_reads(f, gen + 1, 0x10);
	assert_int_equal(rd(f, PVG_REG_FIFO_READ), 0x10);
}

static void fifo_gen_moves_only_at_edges_from_zero_with_written_zero(void **state) {
	struct fixture *f = *state;

	wr(f, PVG_REG_CONTROL_FIFO, 1);
	wr(f, PVG_REG_CONTROL_FIFO, 1);
	wr(f, PVG_REG_CONTROL_FIFO, 2);
	assert_int_equal(atomic_load(&f->page->fifo_gen), 1);
	assert_int_equal(f->page->ring[0].fifo_gen, 1);
	wr(f, PVG_REG_FIFO_WRITTEN, 0x10);
	wr(f, PVG_REG_CONTROL_FIFO, 0);
	wr(f, PVG_REG_CONTROL_FIFO, 1);
	assert_int_equal(atomic_load(&f->page->fifo_gen), 1);
	wr(f, PVG_REG_CONTROL_FIFO, 0);
	wr(f, PVG_REG_FIFO_WRITTEN, 0);
	assert_int_equal(atomic_load(&f->page->fifo_gen), 1);
	wr(f, PVG_REG_CONTROL_FIFO, 1);
	assert_int_equal(atomic_load(&f->page->fifo_gen), 2);
}

static void a_reset_zeroes_everything_and_moves_epoch_and_gen(void **state) {
	struct fixture *f = *state;

	host_sees_epoch(f);
	wr(f, PVG_REG_CONTROL_FIFO, 1);
	wr(f, PVG_REG_FIFO_WRITTEN, 0x40);
	wr(f, PVG_REG_CHILD_DOORBELL, 3);
	wr(f, PVG_REG_CURSOR_KICK, 1);
	host_reads(f, 1, 0x40);
	atomic_store(&f->page->intr_gpu, 1);
	atomic_store(&f->page->intr_disp, 1);
	f->doorbells = 0;
	pvg_regs_reset(&f->regs);
	assert_int_equal(f->doorbells, 1);
	assert_int_equal(atomic_load(&f->page->epoch), 2);
	assert_int_equal(atomic_load(&f->page->fifo_gen), 2);
	assert_int_equal(atomic_load(&f->page->child_doorbells), 0);
	assert_int_equal(atomic_load(&f->page->cursor_kicks), 0);
	assert_int_equal(rd(f, PVG_REG_CONTROL_FIFO), 0);
	assert_int_equal(rd(f, PVG_REG_FIFO_WRITTEN), 0);
	// Even once the host has followed: its counter is of the life before.
	host_sees_epoch(f);
	assert_int_equal(rd(f, PVG_REG_FIFO_READ), 0);
	assert_int_equal(rd(f, PVG_REG_INTR_STATUS_GPU), 0);
	assert_int_equal(rd(f, PVG_REG_INTR_STATUS_DISP), 0);
}

static void a_new_page_takes_over_what_matters(void **state) {
	struct fixture *f = *state;
	struct pvg_link_page *old = f->page;

	host_sees_epoch(f);
	atomic_store(&old->mem_generation, 9);
	wr(f, PVG_REG_CONTROL_FIFO, 1);
	wr(f, PVG_REG_ROOT_PAGE, 0x20);
	wr(f, 0x2000, 0x99);
	wr(f, PVG_REG_FIFO_WRITTEN, 0x40);
	wr(f, PVG_REG_CHILD_DOORBELL, 3);
	wr(f, PVG_REG_CURSOR_KICK, 1);
	host_reads(f, 1, 0x30);
	atomic_store(&old->intr_gpu, 1);
	atomic_store(&old->intr_disp, 2);
	atomic_store(&old->taken[5], 0x500000007ull);
	f->page = new_page();
	pvg_regs_rebase(&f->regs, f->page);

	assert_int_equal(f->page->magic, PVG_LINK_PAGE_MAGIC);
	assert_int_equal(atomic_load(&f->page->epoch), 1);
	assert_int_equal(atomic_load(&f->page->mem_generation), 9);
	assert_int_equal(atomic_load(&f->page->ring_head), 0);
	assert_int_equal(atomic_load(&f->page->ring_tail), 0);
	assert_int_equal(atomic_load(&f->page->child_doorbells), 8);
	assert_int_equal(atomic_load(&f->page->cursor_kicks), 2);
	assert_int_equal(atomic_load(&f->page->fifo_written), 0x40);
	assert_int_equal(atomic_load(&f->page->taken[5]), 0x500000007ull);
	assert_int_equal(rd(f, PVG_REG_ROOT_PAGE), 0x20);
	assert_int_equal(rd(f, 0x2000), 0x99);
	// Between two hosts the last one's words stay in force.
	assert_int_equal(rd(f, PVG_REG_FIFO_READ), 0x30);
	assert_int_equal(rd(f, PVG_REG_INTR_STATUS_GPU), 1);
	assert_int_equal(rd(f, PVG_REG_INTR_STATUS_DISP), 2);
	// Writes go to the new page; what the old host still does reaches nobody.
	atomic_store(&old->intr_gpu, 0xff);
	assert_int_equal(rd(f, PVG_REG_INTR_STATUS_GPU), 0);
	wr(f, PVG_REG_FB_MODE, 1);
	assert_int_equal(atomic_load(&f->page->ring_head), 1);
	free(old);
}

static void a_host_lost_in_a_reset_leaves_nothing_behind(void **state) {
	struct fixture *f = *state;
	struct pvg_link_page *old = f->page;

	host_sees_epoch(f);
	wr(f, PVG_REG_CONTROL_FIFO, 1);
	host_reads(f, 1, 0x30);
	pvg_regs_reset(&f->regs);
	// The host never answered and still writes.
	atomic_store(&old->intr_gpu, 1);
	atomic_store(&old->taken[1], 0x100000001ull);
	f->page = new_page();
	pvg_regs_rebase(&f->regs, f->page);
	assert_int_equal(rd(f, PVG_REG_FIFO_READ), 0);
	assert_int_equal(atomic_load(&f->page->taken[1]), 0);
	host_sees_epoch(f);
	assert_int_equal(rd(f, PVG_REG_FIFO_READ), 0);
	assert_int_equal(rd(f, PVG_REG_INTR_STATUS_GPU), 0);
	free(old);
}

static void a_tail_ahead_of_the_head_is_a_bad_host(void **state) {
	struct fixture *f = *state;

	assert_false(pvg_regs_host_is_bad(&f->regs));
	for (int i = 0; i < 1024; i++) {
		wr(f, PVG_REG_FB_MODE, 1);
	}
	assert_false(pvg_regs_host_is_bad(&f->regs));
	atomic_store(&f->page->ring_tail, 1025);
	assert_true(pvg_regs_host_is_bad(&f->regs));
	// And a write then harms nobody.
	wr(f, PVG_REG_FB_MODE, 2);
	assert_int_equal(rd(f, PVG_REG_FB_MODE), 2);
	atomic_store(&f->page->ring_tail, (uint32_t)-1);
	assert_true(pvg_regs_host_is_bad(&f->regs));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		T(a_new_page_says_what_it_is),
		T(every_listed_register_has_its_reset_value),
		T(storage_registers_keep_and_read_only_ones_ignore),
		T(unlisted_offsets_are_sparse_storage),
		T(the_msi_area_reads_zero_and_ignores_writes),
		T(wrong_widths_and_alignments_are_refused),
		T(accesses_outside_the_bar_are_refused),
		T(eight_byte_accesses_are_two_words_low_first),
		T(the_high_half_of_a_write_to_the_base_page_is_dropped),
		T(version_is_clamped_and_never_raised),
		T(ordered_writes_go_through_the_ring),
		T(a_full_ring_drops_counts_and_rings),
		T(fifo_written_is_a_doorbell_only_while_enabled),
		T(doorbells_set_the_channels_bit),
		T(impossible_channels_are_named_once_each),
		T(cursor_kicks_set_the_ports_bit),
		T(status_words_are_read_to_clear),
		T(a_status_write_clears_the_written_bits),
		T(the_fault_word_is_zero_whatever_the_host_writes),
		T(host_words_count_only_in_the_hosts_epoch),
		T(fifo_read_of_another_life_is_zero),
		T(fifo_gen_moves_only_at_edges_from_zero_with_written_zero),
		T(a_reset_zeroes_everything_and_moves_epoch_and_gen),
		T(a_new_page_takes_over_what_matters),
		T(a_host_lost_in_a_reset_leaves_nothing_behind),
		T(a_tail_ahead_of_the_head_is_a_bad_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
