// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What comes in through the shared page: epoch, write ring, FIFO_WRITTEN, in the order that spec 06
 * section 6.4 rule 1 demands.
 */
#include "core.h"

#define ROUNDS_MAX \
	64 // a guest that storms registers waits for the next run, not the other channels

void pvg_intake_reset(struct pvg_device *device, uint32_t epoch) {
	struct pvg_core *core = device->core;
	struct pvg_link_page *page = device->page;

	// Nothing of the old epoch is written from here on, by any thread (rule 4).
	pvg_gate_close(device);
	PVG_COUNT(device, resets);
	core->fifo.control = 0;
	pvg_fifo_teardown(device);
	core->fifo.no_history = false;
	core->fifo.irq_owed = false;
	pvg_tasks_clear(device);
	pvg_exec_reset(device->exec);
	pvg_displays_reset(device->displays);
	core->intake.cursor_ports = 0;

	for (uint32_t id = 0; id < PVG_LINK_CHANNELS; id++) {
		atomic_store_explicit(&page->taken[id], 0, memory_order_relaxed);
	}
	core->intake.overruns = atomic_load_explicit(&page->ring_overruns, memory_order_acquire);
	core->intake.tail = atomic_load_explicit(&page->ring_head, memory_order_acquire);
	atomic_store_explicit(&page->ring_tail, core->intake.tail, memory_order_release);
	// Registers are taken from the mirror, not assumed to be 0.
	pvg_fifo_load(device, page);
	atomic_store_explicit(&page->intr_disp, 0, memory_order_relaxed);
	atomic_store_explicit(&page->intr_gpu, 0, memory_order_relaxed);
	if (epoch < core->epoch) {
		core->epoch_full += UINT64_C(1) << 32;
	}
	core->epoch = epoch;
	core->epoch_full = (core->epoch_full & ~UINT64_C(0xffffffff)) | epoch;
	if (core->running) {
		pvg_gate_open(device, page, epoch);
	}
	pvg_record_reset(device, core->epoch_full);
	atomic_store_explicit(&page->epoch_seen, epoch, memory_order_release);
	if (device->host.reset_done != NULL) {
		device->host.reset_done(device->host_data, core->epoch_full);
	}
}

// The entry has the low half; the word only grows.
static uint32_t extend_gen(const struct pvg_device *device, uint16_t low) {
	uint32_t known = device->core->fifo.gen;

	return known + (uint16_t)(low - (uint16_t)known);
}

static void take_entry(struct pvg_device *device, const struct pvg_link_ring_entry *entry) {
	if (entry->epoch != device->core->epoch) {
		return;
	}
	pvg_record_register(device, entry->bar_offset, entry->value, entry->fifo_written);
	pvg_fifo_register(device, entry->bar_offset, entry->value, entry->fifo_written,
		extend_gen(device, entry->fifo_gen));
}

static void take_entries(struct pvg_device *device, uint32_t head) {
	struct pvg_intake *in = &device->core->intake;
	struct pvg_link_page *page = device->page;

	while (in->tail != head) {
		// One copy: the page is shared.
		struct pvg_link_ring_entry entry = page->ring[in->tail % PVG_LINK_RING_ENTRIES];
		in->tail++;
		take_entry(device, &entry);
	}
	atomic_store_explicit(&page->ring_tail, in->tail, memory_order_release);
}

// Entries were lost: start over as a host that came late (rule 2).
static void recover_overrun(struct pvg_device *device, uint32_t overruns) {
	struct pvg_intake *in = &device->core->intake;
	struct pvg_link_page *page = device->page;

	if (pvg_line_is_due(device, PVG_LINE_OVERRUN)) {
		pvg_info("register writes were lost: rings are taken over anew");
	}
	PVG_COUNT(device, overruns);
	in->overruns = overruns;
	device->core->fifo.control = 0;
	pvg_fifo_teardown(device);
	in->tail = atomic_load_explicit(&page->ring_head, memory_order_acquire);
	atomic_store_explicit(&page->ring_tail, in->tail, memory_order_release);
	uint32_t gen = device->core->fifo.gen;
	pvg_fifo_load(device, page);
	if (device->core->fifo.gen != gen) {
		// The driver started over meanwhile.
		pvg_tasks_clear(device);
		pvg_exec_reset(device->exec);
	}
}

static bool epoch_moved(const struct pvg_device *device) {
	return atomic_load_explicit(&device->page->epoch, memory_order_acquire) !=
		device->core->epoch;
}

static bool ring_moved(const struct pvg_device *device) {
	const struct pvg_intake *in = &device->core->intake;
	struct pvg_link_page *page = device->page;

	return atomic_load_explicit(&page->ring_head, memory_order_acquire) != in->tail ||
		atomic_load_explicit(&page->ring_overruns, memory_order_acquire) != in->overruns;
}

bool pvg_intake_is_pending(const struct pvg_device *device) {
	return epoch_moved(device) || ring_moved(device);
}

// The counter is a word of the page and no entry of the ring: a capture sees it when it is taken.
static void take_written(struct pvg_device *device, uint32_t written) {
	struct pvg_fifo *fifo = &device->core->fifo;

	if (fifo->written != written) {
		fifo->written = written;
		pvg_record_register(device, PVG_REG_FIFO_WRITTEN, written, written);
	}
}

bool pvg_intake_written(struct pvg_device *device) {
	struct pvg_fifo *fifo = &device->core->fifo;
	uint32_t written = atomic_load_explicit(&device->page->fifo_written, memory_order_acquire);

	// A counter is only understood with the registers that were written before it.
	if (written == fifo->written || epoch_moved(device) || ring_moved(device)) {
		return false;
	}
	take_written(device, written);
	return true;
}

bool pvg_intake_run(struct pvg_device *device) {
	struct pvg_intake *in = &device->core->intake;
	struct pvg_link_page *page = device->page;
	bool any = false;

	for (int i = 0; i < ROUNDS_MAX; i++) {
		if (epoch_moved(device)) {
			pvg_intake_reset(device,
				atomic_load_explicit(&page->epoch, memory_order_acquire));
			any = true;
			continue;
		}
		uint32_t overruns =
			atomic_load_explicit(&page->ring_overruns, memory_order_acquire);
		if (overruns != in->overruns) {
			recover_overrun(device, overruns);
			any = true;
			continue;
		}
		uint32_t head = atomic_load_explicit(&page->ring_head, memory_order_acquire);
		if (head - in->tail > PVG_LINK_RING_ENTRIES) {
			device->core->failed = "the write ring holds more than it can";
			return true;
		}
		if (head != in->tail) {
			take_entries(device, head);
			any = true;
		}
		uint32_t written = atomic_load_explicit(&page->fifo_written, memory_order_acquire);
		if (!ring_moved(device) && !epoch_moved(device)) {
			take_written(device, written);
			break;
		}
	}
	uint32_t kicks = atomic_load_explicit(&page->root_kicks, memory_order_acquire);
	any = any || kicks != in->root_kicks;
	in->root_kicks = kicks;
	return any;
}
