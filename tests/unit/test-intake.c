// SPDX-License-Identifier: GPL-2.0-or-later
// The rules of the link as the device sees them (spec 06 section 6.4).
#include <stdlib.h>

#include "core.h"
#include "fake-parts.h"
#include "harness.h"

static int setup(void **state) {
	fake_parts = (struct fake_parts){ 0 };
	return harness_setup(state);
}

/* ---- rule 1: the order of a wake-up ---------------------------------------------------------- */

static struct harness *racing;

// While the device handles a packet, the driver goes away and comes back.
static void restart_driver(struct pvg_device *device, const struct pvg_packet *packet) {
	struct harness *h = racing;

	fake_parts.on_packet = NULL;
	w32(h, PVG_REG_CONTROL_FIFO, 0);
	w32(h, PVG_REG_FIFO_WRITTEN, 0);
	attach_fifo(h);
	PUT(h, 0, 0x1e, 0);
}

static void written_is_not_taken_before_the_registers_ahead_of_it(void **state) {
	struct harness *h = *state;

	attach(h);
	racing = h;
	fake_parts.on_packet = restart_driver;
	// The second of them would lie at the old ring's position of the new counter.
	PUT(h, 0, 0x3a, 12, 512, 5);
	run(h);
	run(h);
	// Taken against the old ring, the new counter would have looked like a desynchronised one.
	assert_int_equal(refused(h, PVG_REFUSAL_RING_DESYNC), 0);
	assert_int_equal(counters(h).resyncs, 0);
	assert_true(acked(h, 0));
	r32_is(h, PVG_REG_FIFO_READ, h->rings[0].written);
}

static void restart_in_intake(struct pvg_device *device, uint32_t offset) {
	fake_parts.on_register = NULL;
	restart_driver(device, NULL);
}

static void the_head_is_looked_at_again_after_written(void **state) {
	struct harness *h = *state;

	attach(h);
	racing = h;
	// While the device takes in one register write, the driver goes away and comes back.
	fake_parts.on_register = restart_in_intake;
	w32(h, PVG_REG_FB_MODE, 1);
	run(h);
	assert_int_equal(refused(h, PVG_REFUSAL_RING_DESYNC), 0);
	assert_true(acked(h, 0));
	r32_is(h, PVG_REG_FIFO_READ, h->rings[0].written);
}

static void a_run_that_leaves_ring_entries_is_due_at_once(void **state) {
	struct harness *h = *state;

	attach(h);
	racing = h;
	fake_parts.on_packet = restart_driver;
	PUT(h, 0, 0x3a, 12, 512, 5);
	assert_true(run(h) <= h->now_ns);
}

static void doorbell_bits_are_swapped_and_every_channel_is_looked_at(void **state) {
	struct harness *h = *state;

	attach(h);
	// As with an ioeventfd: the value of the doorbell never arrives.
	PUT(h, 1, 0x1e, 0);
	run(h);
	assert_true(acked(h, 1));
	ring_doorbell(h, 2);
	run(h);
	assert_int_equal(atomic_load(&h->page->child_doorbells), 0);
	assert_int_equal(refused(h, PVG_REFUSAL_CHANNEL_UNDEFINED), 0);
	ring_doorbell(h, 9);
	run(h);
	assert_int_equal(refused(h, PVG_REFUSAL_CHANNEL_UNDEFINED), 1);
}

static void a_doorbell_of_a_channel_whose_definition_waits_is_no_error(void **state) {
	struct harness *h = *state;
	const struct wait wait = { .slot = 2, .value = 1 };
	uint32_t channel = 6;

	attach(h);
	assert_true(pvg_enc_ring_init_child(&h->rings[6], &h->mem, 1));
	pvg_enc_ring_write_record(&h->rings[6], h->root_pfn, 6, 6);
	put_waits(h, 0, 0x30, &wait, 1, &channel, 4);
	PUT(h, 6, 0x1e, 0);
	ring_doorbell(h, 6);
	run(h);
	assert_int_equal(refused(h, PVG_REFUSAL_CHANNEL_UNDEFINED), 0);
	assert_false(acked(h, 6));
	PUT(h, 2, 0x1e, 0);
	run(h);
	assert_true(acked(h, 6));
}

static void cursor_kicks_reach_the_displays(void **state) {
	struct harness *h = *state;

	attach(h);
	w32(h, PVG_REG_CURSOR_KICK, 0);
	run(h);
	assert_int_equal(fake_parts.cursor_ports, 1);
	assert_int_equal(fake_parts.cursor_kicks, 1);
	run(h);
	assert_int_equal(fake_parts.cursor_kicks, 1);
}

/* ---- rule 2: overruns ------------------------------------------------------------------------ */

static void an_overrun_is_a_teardown_and_the_mirror_counts(void **state) {
	struct harness *h = *state;

	attach(h);
	PUT(h, 1, 0x1e, 0);
	run(h);
	assert_true(acked(h, 1));
	for (int i = 0; i < 1100; i++) {
		w32(h, PVG_REG_FB_MODE, 1);
	}
	// This one is only in the mirror.
	w32(h, PVG_REG_VERSION, 33);
	run(h);
	assert_int_equal(counters(h).overruns, 1);
	assert_int_equal(fake_parts.channels_freed, 0x1e);
	assert_int_equal(atomic_load(&h->page->ring_tail), atomic_load(&h->page->ring_head));
	assert_int_equal(h->device->version, 33);
	// Like a host that came late: rings are adopted where they stand.
	PUT(h, 0, 0x1e, 0);
	PUT(h, 1, 0x1e, 0);
	run(h);
	assert_true(acked(h, 0));
	assert_true(acked(h, 1));
	assert_int_equal(counters(h).resyncs, 0);
}

static void a_driver_that_restarts_in_an_overrun_gets_a_new_life(void **state) {
	struct harness *h = *state;

	attach(h);
	for (int i = 0; i < 1100; i++) {
		w32(h, PVG_REG_FB_MODE, 1);
	}
	w32(h, PVG_REG_CONTROL_FIFO, 0);
	w32(h, PVG_REG_FIFO_WRITTEN, 0);
	attach_fifo(h);
	PUT(h, 0, 0x1e, 0);
	run(h);
	assert_int_equal(counters(h).overruns, 1);
	assert_true(acked(h, 0));
	r32_is(h, PVG_REG_FIFO_READ, h->rings[0].written);
	assert_false(pvg_task_is_live(h->device, 0));
}

static void a_register_storm_ends_a_run(void **state) {
	struct harness *h = *state;

	// Entries for the whole ring are one round; a run never spins for a guest that goes on
	// writing.
	for (int i = 0; i < 1000; i++) {
		w32(h, PVG_REG_FB_MODE, 1);
	}
	run(h);
	assert_int_equal(atomic_load(&h->page->ring_tail), atomic_load(&h->page->ring_head));
}

/* ---- rule 3: FIFO_READ ----------------------------------------------------------------------- */

static void an_edge_is_judged_by_the_entrys_fifo_written(void **state) {
	struct harness *h = *state;

	attach(h);
	w32(h, PVG_REG_CONTROL_FIFO, 0);
	w32(h, PVG_REG_FIFO_WRITTEN, 0);
	attach_fifo(h);
	// Before the device looks, the live word has moved on.
	PUT(h, 0, 0x1e, 0);
	assert_int_equal(atomic_load(&h->page->fifo_written), 0x10);
	run(h);
	assert_true(acked(h, 0));
	r32_is(h, PVG_REG_FIFO_READ, 0x10);
	assert_int_equal(counters(h).resyncs, 0);
}

static void a_restarted_driver_never_sees_the_old_counter(void **state) {
	struct harness *h = *state;

	attach(h);
	assert_int_not_equal(r32(h, PVG_REG_FIFO_READ), 0);
	w32(h, PVG_REG_CONTROL_FIFO, 0);
	w32(h, PVG_REG_FIFO_WRITTEN, 0);
	w32(h, PVG_REG_CONTROL_FIFO, 1);
	r32_is(h, PVG_REG_FIFO_READ, 0);
	run(h);
	r32_is(h, PVG_REG_FIFO_READ, 0);
}

static void counters_go_on_when_the_fifo_pauses(void **state) {
	struct harness *h = *state;

	attach(h);
	uint32_t read = r32(h, PVG_REG_FIFO_READ);
	w32(h, PVG_REG_CONTROL_FIFO, 0);
	run(h);
	assert_int_equal(fake_parts.channels_freed, 0x1e);
	w32(h, PVG_REG_CONTROL_FIFO, 1);
	run(h);
	r32_is(h, PVG_REG_FIFO_READ, read);
	PUT(h, 0, 0x1e, 0);
	run(h);
	assert_true(acked(h, 0));
	// The same driver, the same tasks.
	assert_true(pvg_task_is_live(h->device, 0));
}

static void a_new_life_knows_no_old_tasks(void **state) {
	struct harness *h = *state;

	attach(h);
	assert_true(pvg_task_is_live(h->device, 0));
	w32(h, PVG_REG_CONTROL_FIFO, 0);
	w32(h, PVG_REG_FIFO_WRITTEN, 0);
	attach_fifo(h);
	run(h);
	assert_false(pvg_task_is_live(h->device, 0));
}

static void an_old_hosts_counter_above_16_bits_of_gen_is_extended(void **state) {
	struct harness *h = *state;

	// The entry carries 16 bits of fifo_gen only.
	for (uint32_t i = 0; i < 0x10003; i++) {
		w32(h, PVG_REG_FIFO_WRITTEN, 0);
		w32(h, PVG_REG_CONTROL_FIFO, 1);
		w32(h, PVG_REG_CONTROL_FIFO, 0);
		if (i % 128 == 0) {
			run(h);
		}
	}
	run(h);
	attach(h);
	r32_is(h, PVG_REG_FIFO_READ, h->rings[0].written);
	assert_int_equal(counters(h).overruns, 0);
}

/* ---- rule 4: reset --------------------------------------------------------------------------- */

static void a_reset_is_answered_and_forgets_the_guest(void **state) {
	struct harness *h = *state;

	attach(h);
	PUT(h, 1, 0x1e, 0);
	pvg_regs_reset(&h->regs);
	memset(h->ram.low + RAM_FREE_END, 0xee, RAM_LOW_BYTES - RAM_FREE_END);
	run(h);
	assert_int_equal(atomic_load(&h->page->epoch_seen), 2);
	assert_int_equal(h->resets, 1);
	assert_int_equal(h->reset_epoch, 2);
	assert_int_equal(fake_parts.displays_resets, 1);
	assert_int_equal(fake_parts.channels_freed, 0x1e);
	assert_int_equal(counters(h).resets, 1);
	assert_false(pvg_task_is_live(h->device, 0));
	r32_is(h, PVG_REG_FIFO_READ, 0);
	// Nothing landed in memory that belongs to somebody else by now.
	for (uint32_t i = RAM_FREE_END; i < RAM_LOW_BYTES; i++) {
		if (h->ram.low[i] != 0xee) {
			fail_msg("byte 0x%x was written after the reset", i);
		}
	}
}

static void the_guest_after_a_reset_works(void **state) {
	struct harness *h = *state;

	attach(h);
	pvg_regs_reset(&h->regs);
	run(h);
	pvg_enc_mem_init(&h->mem, h->ram.low + RAM_FREE_END, RAM_FREE_END,
		RAM_LOW_BYTES - RAM_FREE_END);
	attach(h);
	PUT(h, 3, 0x1e, 0);
	run(h);
	assert_true(acked(h, 3));
	r32_is(h, PVG_REG_INTR_STATUS_GPU, 1u << 0 | 1u << 3);
}

static void the_gate_is_shut_from_the_moment_of_the_reset(void **state) {
	struct harness *h = *state;

	attach(h);
	assert_true(pvg_gate_enter(h->device));
	pvg_gate_leave(h->device);
	pvg_regs_reset(&h->regs);
	// The device thread has not even looked yet.
	assert_false(pvg_gate_enter(h->device));
	assert_int_equal(pvg_gpa_write(h->device, RAM_FREE_GPA, "x", 1), PVG_ACCESS_RETRY);
	assert_int_equal(mem32(h, RAM_FREE_GPA), 0);
	run(h);
	assert_true(pvg_gate_enter(h->device));
	pvg_gate_leave(h->device);
}

static void reset_in_packet(struct pvg_device *device, const struct pvg_packet *packet) {
	fake_parts.on_packet = NULL;
	pvg_regs_reset(&racing->regs);
}

static void a_packet_that_ends_after_a_reset_leaves_no_trace(void **state) {
	struct harness *h = *state;

	attach(h);
	racing = h;
	fake_parts.on_packet = reset_in_packet;
	uint32_t before = stamp(h, 1);
	int irqs = h->irqs;
	PUT(h, 1, 0x37, 0, 0, 0);
	assert_true(run(h) <= h->now_ns);
	assert_int_equal(fake_parts.calls[0x37], 1);
	assert_int_equal(stamp(h, 1), before);
	assert_int_equal(child_read(h, 1), 0);
	assert_int_equal(h->irqs, irqs);
	run(h);
	r32_is(h, PVG_REG_INTR_STATUS_GPU, 0);
	assert_int_equal(stamp(h, 1), before);
}

static void status_words_are_zero_when_the_epoch_is_published(void **state) {
	struct harness *h = *state;

	attach(h);
	pvg_regs_reset(&h->regs);
	// A host thread that was inside the gate when the reset began.
	atomic_fetch_or(&h->page->intr_gpu, 0x10);
	atomic_fetch_or(&h->page->intr_disp, 1);
	run(h);
	r32_is(h, PVG_REG_INTR_STATUS_GPU, 0);
	r32_is(h, PVG_REG_INTR_STATUS_DISP, 0);
}

static void ring_entries_of_another_epoch_are_dropped(void **state) {
	struct harness *h = *state;

	attach(h);
	uint32_t head = atomic_load(&h->page->ring_head);
	h->page->ring[head % 1024] = (struct pvg_link_ring_entry){
		.bar_offset = PVG_REG_CONTROL_FIFO,
		.value = 0,
		.epoch = 7,
	};
	atomic_store(&h->page->ring_head, head + 1);
	run(h);
	assert_int_equal(fake_parts.channels_freed, 0);
	PUT(h, 1, 0x1e, 0);
	run(h);
	assert_true(acked(h, 1));
}

static void registers_after_a_reset_come_from_the_mirror(void **state) {
	struct harness *h = *state;

	attach(h);
	pvg_regs_reset(&h->regs);
	// The guest was quick, or the host slow.
	w32(h, PVG_REG_VERSION, 4);
	attach_fifo(h);
	PUT(h, 0, 0x1e, 0);
	run(h);
	assert_true(acked(h, 0));
	assert_int_equal(h->device->version, 6);
}

static void a_reset_is_answered_while_the_vm_is_stopped(void **state) {
	struct harness *h = *state;

	attach(h);
	pvg_device_set_running(h->device, false);
	pvg_regs_reset(&h->regs);
	run(h);
	assert_int_equal(atomic_load(&h->page->epoch_seen), 2);
}

static void the_epoch_grows_beyond_32_bits(void **state) {
	struct harness *h = *state;

	pvg_device_disconnect(h->device);
	atomic_store(&h->page->epoch, 0xffffffffu);
	assert_true(pvg_device_connect(h->device, h->page, 1, 0x1ffffffffull));
	pvg_regs_reset(&h->regs);
	run(h);
	assert_int_equal(h->reset_epoch, 0x200000000ull);
}

/* ---- rule 5: interrupts ---------------------------------------------------------------------- */

static void check_status_before_irq(struct harness *h) {
	assert_int_not_equal(atomic_load(&h->page->intr_gpu) | atomic_load(&h->page->intr_disp), 0);
	assert_int_equal(stamp(h, 2), h->signals[2]);
}

static void an_interrupt_comes_after_stamp_and_status(void **state) {
	struct harness *h = *state;

	attach(h);
	(void)r32(h, PVG_REG_INTR_STATUS_GPU);
	h->irqs = 0;
	h->now_ns += 1000000;
	h->on_irq = check_status_before_irq;
	PUT(h, 2, 0x1e, 0);
	run(h);
	assert_int_equal(h->irqs, 1);
	r32_is(h, PVG_REG_INTR_STATUS_GPU, 1u << 2);
}

static void interrupts_are_coalesced_but_the_last_is_never_lost(void **state) {
	struct harness *h = *state;

	attach(h);
	h->irqs = 0;
	for (int i = 0; i < 100; i++) {
		PUT(h, 2, 0x1e, 0);
	}
	run(h);
	assert_true(acked(h, 2));
	assert_in_range(h->irqs, 1, 3);
}

static void a_display_event_raises_its_ports_bit(void **state) {
	struct harness *h = *state;

	attach(h);
	h->irqs = 0;
	assert_true(pvg_gate_enter(h->device));
	pvg_raise_display(h->device, 3);
	pvg_gate_leave(h->device);
	assert_int_equal(h->irqs, 1);
	r32_is(h, PVG_REG_INTR_STATUS_DISP, 8);
}

/* ---- rule 6: hostile words ------------------------------------------------------------------- */

static void a_ring_longer_than_it_can_be_fails_the_link(void **state) {
	struct harness *h = *state;

	attach(h);
	uint32_t head = atomic_load(&h->page->ring_head);
	atomic_store(&h->page->ring_head, head + 1025);
	assert_null(pvg_device_failed(h->device));
	assert_int_equal(run(h), INT64_MAX);
	assert_non_null(pvg_device_failed(h->device));
	assert_false(pvg_gate_enter(h->device));
	PUT(h, 1, 0x1e, 0);
	assert_int_equal(run(h), INT64_MAX);
	assert_false(acked(h, 1));
	// Another connection starts clean.
	pvg_device_disconnect(h->device);
	atomic_store(&h->page->ring_head, head);
	assert_true(pvg_device_connect(h->device, h->page, 1, 1));
	assert_null(pvg_device_failed(h->device));
	run(h);
	assert_true(acked(h, 1));
}

static void unknown_registers_in_the_ring_change_nothing(void **state) {
	struct harness *h = *state;

	attach(h);
	uint32_t head = atomic_load(&h->page->ring_head);
	for (uint32_t i = 0; i < 1024; i++) {
		h->page->ring[(head + i) % 1024] = (struct pvg_link_ring_entry){
			.bar_offset = (uint16_t)(0x2000 + i * 7),
			.value = ~i,
			.epoch = 1,
			.fifo_gen = (uint16_t)i,
		};
	}
	atomic_store(&h->page->ring_head, head + 1024);
	run(h);
	PUT(h, 1, 0x1e, 0);
	run(h);
	assert_true(acked(h, 1));
}

/* ---- rule 7: the memory table ---------------------------------------------------------------- */

static void a_miss_while_a_newer_table_is_on_its_way_is_retried(void **state) {
	struct harness *h = *state;
	struct pvg_enc_task task;

	attach(h);
	pvg_device_set_ram(h->device, harness_ram_table(h, 1));
	assert_true(pvg_enc_task_init(&task, &h->mem, 1, 3));
	// A page of the span that the table in use does not have.
	assert_true(pvg_enc_task_map_page(&task, 0x5000, RAM_HIGH_GPA >> 12));
	define_task(h, &task);
	run(h);
	uint8_t byte;
	assert_int_equal(pvg_task_read(h->device, 1, 0x5000, &byte, 1), PVG_ACCESS_BAD);
	assert_int_equal(refused(h, PVG_REFUSAL_ADDRESS), 1);
	atomic_store(&h->page->mem_generation, h->ram_generation + 1);
	assert_int_equal(pvg_task_read(h->device, 1, 0x5000, &byte, 1), PVG_ACCESS_RETRY);
	assert_int_equal(refused(h, PVG_REFUSAL_ADDRESS), 1);
	pvg_device_set_ram(h->device, harness_ram_table(h, 2));
	*gpa(h, RAM_HIGH_GPA) = 0x42;
	assert_int_equal(pvg_task_read(h->device, 1, 0x5000, &byte, 1), PVG_ACCESS_OK);
	assert_int_equal(byte, 0x42);
}

static void rings_beyond_the_table_wait_for_the_next_one(void **state) {
	struct harness *h = *state;

	attach(h);
	// A channel whose list is where only the next table reaches.
	pvg_device_set_ram(h->device, harness_ram_table(h, 1));
	atomic_store(&h->page->mem_generation, h->ram_generation + 1);
	define_channel(h, 6, 1, 6);
	PUT(h, 6, 0x1e, 0);
	uint8_t *record = pvg_enc_ring_record(&h->mem, h->root_pfn, 6);
	memcpy(gpa(h, RAM_HIGH_GPA), pvg_enc_mem_page(&h->mem, h->rings[6].list_pfn), 4096);
	pvg_put(record + 16, RAM_HIGH_GPA >> 12, 4);
	int64_t due = run(h);
	assert_true(due - h->now_ns <= 4000000);
	assert_false(acked(h, 6));
	assert_int_equal(refused(h, PVG_REFUSAL_RING_LIST), 0);
	assert_int_equal(refused(h, PVG_REFUSAL_ADDRESS), 0);
	pvg_device_set_ram(h->device, harness_ram_table(h, 2));
	run(h);
	assert_true(acked(h, 6));
}

static void a_new_table_replaces_addresses_everywhere(void **state) {
	struct harness *h = *state;
	struct harness_ram before = h->ram;

	attach(h);
	PUT(h, 1, 0x1e, 0);
	run(h);
	uint32_t pfn = pvg_enc_mem_alloc(&h->mem, 1), value;
	assert_true(pvg_enc_task_map_page(&h->task, 0x5000, pfn));
	assert_int_equal(pvg_task_read(h->device, 0, 0x5000, &value, 4), PVG_ACCESS_OK);
	// The same memory somewhere else, the old mapping gone.
	uint8_t *copy = aligned_alloc(4096, RAM_LOW_BYTES);
	assert_non_null(copy);
	memcpy(copy, before.low, RAM_LOW_BYTES);
	memset(before.low, 0xdd, RAM_LOW_BYTES);
	h->ram.low = copy;
	h->mem.base = copy + RAM_FREE_END;
	for (uint32_t i = 0; i < 5; i++) {
		h->rings[i].mem = &h->mem;
	}
	pvg_device_set_ram(h->device, harness_ram_table(h, 2));
	assert_int_equal(h->ram.releases, 1);
	PUT(h, 0, 0x1e, 0);
	PUT(h, 1, 0x1e, 0);
	run(h);
	assert_true(acked(h, 0));
	assert_true(acked(h, 1));
	set32(h, (uint64_t)pfn << 12, 0x4321);
	assert_int_equal(pvg_task_read(h->device, 0, 0x5000, &value, 4), PVG_ACCESS_OK);
	assert_int_equal(value, 0x4321);
	for (uint32_t i = 0; i < RAM_LOW_BYTES; i++) {
		assert_int_equal(before.low[i], 0xdd);
	}
	pvg_device_set_ram(h->device, NULL);
	run(h);
	free(copy);
	h->ram = before;
}

static void without_ram_nothing_is_touched_and_nothing_crashes(void **state) {
	struct harness *h = *state;

	pvg_device_set_ram(h->device, NULL);
	attach_fifo(h);
	define_channel(h, 1, 1, 1);
	run(h);
	assert_int_equal(stamp(h, 0), 0);
	pvg_device_set_ram(h->device, harness_ram_table(h, 2));
	run(h);
	assert_int_equal(stamp(h, 0), 1);
}

/* ---- rule 8: adoption ------------------------------------------------------------------------ */

// The next host: the shim moves to a new page, the device is another one.
static void next_host(struct harness *h) {
	const struct pvg_host host = h->device->host;

	pvg_device_destroy(h->device);
	struct pvg_link_page *page = aligned_alloc(64, sizeof(*page));
	assert_non_null(page);
	memset(page, 0, sizeof(*page));
	pvg_regs_rebase(&h->regs, page);
	free(h->page);
	h->page = page;
	h->device = pvg_device_create(&h->config, &host, h);
	assert_non_null(h->device);
	assert_true(pvg_device_connect(h->device, h->page, 1, 1));
	pvg_device_set_ram(h->device, harness_ram_table(h, 2));
}

static void a_late_host_takes_over_heads_and_channels(void **state) {
	struct harness *h = *state;

	attach(h);
	PUT(h, 1, 0x1e, 0);
	run(h);
	PUT(h, 1, 0x1e, 0); // not taken by the old host
	PUT(h, 2, 0x1e, 0);
	next_host(h);
	h->irqs = 0;
	run(h);
	assert_true(acked(h, 0));
	assert_true(acked(h, 1));
	assert_true(acked(h, 2));
	assert_true(h->irqs >= 1);
	assert_int_equal(counters(h).packets, 2);
	assert_int_equal(counters(h).resyncs, 0);
	// Bits of every adopted channel, so that nothing is lost that the old host forgot to
	// signal.
	assert_int_equal(r32(h, PVG_REG_INTR_STATUS_GPU) & 0x1f, 0x1f);
}

static void a_late_host_completes_what_the_old_one_took(void **state) {
	struct harness *h = *state;

	attach(h);
	PUT(h, 1, 0x1e, 0);
	run(h);
	// It died between moving `read` and writing the stamp.
	pvg_put(gpa(h, (uint64_t)h->fifo_pfn << 12) + 4, 0, 4);
	assert_false(acked(h, 1));
	next_host(h);
	run(h);
	assert_true(acked(h, 1));
}

static void completion_of_the_table_is_monotonic_and_bounded(void **state) {
	struct harness *h = *state;

	attach(h);
	PUT(h, 1, 0x1e, 0);
	run(h);
	atomic_store(&h->page->taken[1], 0x100000000ull); // slot 1, older than the stamp
	atomic_store(&h->page->taken[2], 0x700000000007ull); // slot 0x7000
	next_host(h);
	run(h);
	assert_true(acked(h, 1));
	assert_int_equal(refused(h, PVG_REFUSAL_STAMP_SLOT), 1);
}

static void a_late_host_refuses_by_name_what_it_never_saw(void **state) {
	struct harness *h = *state;

	attach(h);
	next_host(h);
	PUT(h, 2, 0x22, 0, 0x5000, 0, 0x1000, 0);
	run(h);
	assert_true(acked(h, 2));
	assert_int_equal(refused(h, PVG_REFUSAL_NO_HISTORY), 1);
	assert_int_equal(refused(h, PVG_REFUSAL_TASK), 0);
	// After the guest's next reset nothing is missing any more.
	pvg_regs_reset(&h->regs);
	run(h);
	attach(h);
	PUT(h, 2, 0x22, 5, 0x5000, 0, 0x1000, 0);
	run(h);
	assert_int_equal(refused(h, PVG_REFUSAL_NO_HISTORY), 1);
	assert_int_equal(refused(h, PVG_REFUSAL_TASK), 1);
}

static void a_host_that_comes_after_the_first_packets_misses_nothing(void **state) {
	struct harness *h = *state;

	pvg_device_disconnect(h->device);
	attach_fifo(h);
	define_channel(h, 1, 1, 1);
	assert_true(pvg_enc_task_init(&h->task, &h->mem, 0, 3));
	define_task(h, &h->task);
	PUT(h, 1, 0x22, 0, 0x5000, 0, 0x1000, 0);
	next_host(h);
	run(h);
	assert_true(acked(h, 0));
	assert_true(acked(h, 1));
	assert_true(pvg_task_is_live(h->device, 0));
	assert_int_equal(refused(h, PVG_REFUSAL_NO_HISTORY), 0);
	assert_int_equal(refused(h, PVG_REFUSAL_TASK), 0);
}

static void a_host_that_comes_before_the_guest_misses_nothing(void **state) {
	struct harness *h = *state;

	next_host(h);
	attach(h);
	assert_true(pvg_task_is_live(h->device, 0));
}

static void a_table_of_an_older_life_completes_nothing(void **state) {
	struct harness *h = *state;

	attach(h);
	for (int i = 0; i < 50; i++) {
		PUT(h, 1, 0x1e, 0);
	}
	run(h);
	assert_int_equal(stamp(h, 1), 50);
	// No host: the driver restarts meanwhile.
	pvg_device_disconnect(h->device);
	atomic_store(&h->page->taken[1], 0x100000032ull);
	w32(h, PVG_REG_CONTROL_FIFO, 0);
	w32(h, PVG_REG_FIFO_WRITTEN, 0);
	attach_fifo(h);
	define_channel(h, 1, 1, 1);
	next_host(h);
	run(h);
	assert_true(acked(h, 0));
	assert_int_equal(stamp(h, 1), 0);
}

static void adoption_waits_for_the_memory_table(void **state) {
	struct harness *h = *state;

	attach(h);
	PUT(h, 1, 0x1e, 0);
	struct pvg_link_page *page = aligned_alloc(64, sizeof(*page));
	memset(page, 0, sizeof(*page));
	pvg_device_disconnect(h->device);
	pvg_device_set_ram(h->device, NULL);
	pvg_regs_rebase(&h->regs, page);
	free(h->page);
	h->page = page;
	assert_true(pvg_device_connect(h->device, h->page, 1, 1));
	run(h);
	assert_false(acked(h, 1));
	pvg_device_set_ram(h->device, harness_ram_table(h, 2));
	run(h);
	assert_true(acked(h, 1));
}

/* ---- rule 9: vm stop ------------------------------------------------------------------------- */

static void a_stopped_vm_is_left_alone(void **state) {
	struct harness *h = *state;

	attach(h);
	pvg_device_set_running(h->device, false);
	PUT(h, 1, 0x1e, 0);
	w32(h, PVG_REG_CURSOR_KICK, 0);
	assert_int_equal(run(h), INT64_MAX);
	assert_false(acked(h, 1));
	assert_false(pvg_gate_enter(h->device));
	assert_int_equal(fake_parts.cursor_kicks, 0);
	pvg_device_set_running(h->device, true);
	run(h);
	assert_true(acked(h, 1));
	assert_int_equal(fake_parts.cursor_ports, 1);
}

/* ---- connection ------------------------------------------------------------------------------ */

static void pages_of_another_layout_are_refused(void **state) {
	struct harness *h = *state;

	assert_false(pvg_device_connect(h->device, h->page, 1, 1)); // connected already
	pvg_device_disconnect(h->device);
	assert_int_equal(run(h), INT64_MAX);
	assert_false(pvg_device_connect(h->device, h->page, 0, 1));
	assert_false(pvg_device_connect(h->device, h->page, 9, 1));
	h->page->layout = 2;
	assert_false(pvg_device_connect(h->device, h->page, 1, 1));
	h->page->layout = PVG_LINK_PAGE_LAYOUT;
	h->page->magic ^= 1;
	assert_false(pvg_device_connect(h->device, h->page, 1, 1));
	h->page->magic ^= 1;
	h->page->size = 4096;
	assert_false(pvg_device_connect(h->device, h->page, 1, 1));
	h->page->size = PVG_LINK_PAGE_SIZE;
	assert_true(pvg_device_connect(h->device, h->page, 8, 1));
}

static void nothing_is_written_after_disconnect(void **state) {
	struct harness *h = *state;

	attach(h);
	PUT(h, 1, 0x1e, 0);
	pvg_device_disconnect(h->device);
	assert_false(pvg_gate_enter(h->device));
	run(h);
	assert_false(acked(h, 1));
}

/* ---- the rescue poll (spec 01 section 4.6) --------------------------------------------------- */

static void polls_are_rare_for_an_idle_guest(void **state) {
	struct harness *h = *state;

	assert_int_equal(run(h), INT64_MAX); // nothing attached: no ring to rescue
	attach(h);
	assert_int_equal(run(h) - h->now_ns, 4000000);
	h->now_ns += 999999999;
	assert_int_equal(run(h) - h->now_ns, 4000000);
	h->now_ns += 1;
	assert_int_equal(run(h) - h->now_ns, 100000000);
	fake_parts.online = true;
	assert_int_equal(run(h) - h->now_ns, 16666667);
	fake_parts.poll_due_ns = h->now_ns + 1000;
	assert_int_equal(run(h), h->now_ns + 1000);
}

static void a_poll_finds_what_rang_no_doorbell_and_counts_it(void **state) {
	struct harness *h = *state;

	attach(h);
	struct pvg_counters before = counters(h);
	PUT(h, 1, 0x1e, 0);
	int64_t due = run(h); // before a poll is due: something else woke the host
	PUT(h, 1, 0x1e, 0);
	assert_int_equal(counters(h).polls, before.polls);
	h->now_ns = due;
	run(h);
	assert_true(acked(h, 1));
	assert_int_equal(counters(h).polls, before.polls + 1);
	assert_int_equal(counters(h).rescued, before.rescued + 1);
	PUT(h, 1, 0x1e, 0);
	ring_doorbell(h, 1);
	h->now_ns += 4000000;
	run(h);
	assert_int_equal(counters(h).rescued, before.rescued + 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, harness_teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		T(written_is_not_taken_before_the_registers_ahead_of_it),
		T(the_head_is_looked_at_again_after_written),
		T(a_run_that_leaves_ring_entries_is_due_at_once),
		T(doorbell_bits_are_swapped_and_every_channel_is_looked_at),
		T(a_doorbell_of_a_channel_whose_definition_waits_is_no_error),
		T(cursor_kicks_reach_the_displays),
		T(an_overrun_is_a_teardown_and_the_mirror_counts),
		T(a_driver_that_restarts_in_an_overrun_gets_a_new_life),
		T(a_register_storm_ends_a_run),
		T(an_edge_is_judged_by_the_entrys_fifo_written),
		T(a_restarted_driver_never_sees_the_old_counter),
		T(counters_go_on_when_the_fifo_pauses),
		T(a_new_life_knows_no_old_tasks),
		T(an_old_hosts_counter_above_16_bits_of_gen_is_extended),
		T(a_reset_is_answered_and_forgets_the_guest),
		T(the_guest_after_a_reset_works),
		T(the_gate_is_shut_from_the_moment_of_the_reset),
		T(a_packet_that_ends_after_a_reset_leaves_no_trace),
		T(status_words_are_zero_when_the_epoch_is_published),
		T(ring_entries_of_another_epoch_are_dropped),
		T(registers_after_a_reset_come_from_the_mirror),
		T(a_reset_is_answered_while_the_vm_is_stopped),
		T(the_epoch_grows_beyond_32_bits),
		T(an_interrupt_comes_after_stamp_and_status),
		T(interrupts_are_coalesced_but_the_last_is_never_lost),
		T(a_display_event_raises_its_ports_bit),
		T(a_ring_longer_than_it_can_be_fails_the_link),
		T(unknown_registers_in_the_ring_change_nothing),
		T(a_miss_while_a_newer_table_is_on_its_way_is_retried),
		T(rings_beyond_the_table_wait_for_the_next_one),
		T(a_new_table_replaces_addresses_everywhere),
		T(without_ram_nothing_is_touched_and_nothing_crashes),
		T(a_late_host_takes_over_heads_and_channels),
		T(a_late_host_completes_what_the_old_one_took),
		T(completion_of_the_table_is_monotonic_and_bounded),
		T(a_late_host_refuses_by_name_what_it_never_saw),
		T(a_host_that_comes_after_the_first_packets_misses_nothing),
		T(a_host_that_comes_before_the_guest_misses_nothing),
		T(a_table_of_an_older_life_completes_nothing),
		T(adoption_waits_for_the_memory_table),
		T(a_stopped_vm_is_left_alone),
		T(pages_of_another_layout_are_refused),
		T(nothing_is_written_after_disconnect),
		T(polls_are_rare_for_an_idle_guest),
		T(a_poll_finds_what_rang_no_doorbell_and_counts_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
