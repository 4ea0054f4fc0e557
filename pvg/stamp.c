// SPDX-License-Identifier: GPL-2.0-or-later
#include "core.h"

void pvg_stamps_set(struct pvg_device *device, uint8_t *page, uint64_t gpa) {
	struct pvg_stamps *stamps = &device->core->stamps;

	pvg_gate_lock(device);
	if (page == NULL || stamps->page == NULL || stamps->gpa != gpa) {
		stamps->life++;
	}
	stamps->page = page;
	stamps->gpa = gpa;
	// Spec 01 section 5.1: as many as fit a page of this variant, never more.
	stamps->slots = page != NULL ? (uint32_t)(pvg_page_size(device) / 4) : 0;
	pvg_gate_unlock(device);
}

static void raise_status(_Atomic uint32_t *word, uint32_t bits) {
	atomic_fetch_or_explicit(word, bits, memory_order_release);
}

// Spec 01 section 5.1: forwards only, exactly the packet's value.
static void write_stamp(struct pvg_device *device, uint32_t slot, uint32_t signal) {
	const struct pvg_stamps *stamps = &device->core->stamps;
	uint8_t *word = stamps->page + (size_t)slot * 4;

	if ((int32_t)(signal - pvg_load_word(word)) > 0) {
		pvg_store_word(word, signal);
		pvg_record_write(device, stamps->gpa + (uint64_t)slot * 4, 4);
	}
}

void pvg_stamp_complete(struct pvg_device *device, const struct pvg_completion *completion) {
	const struct pvg_stamps *stamps = &device->core->stamps;

	if (completion->life != stamps->life || stamps->page == NULL) {
		return; // the FIFO that this was for is gone
	}
	if (completion->slot >= stamps->slots) {
		PVG_REFUSE(device, STAMP_SLOT, "channel %u: stamp slot %u of %u",
			completion->channel, completion->slot, stamps->slots);
		return;
	}
	write_stamp(device, completion->slot, completion->signal);
	raise_status(&device->core->gate.page->intr_gpu, 1u << (completion->slot & 31));
	PVG_COUNT(device, stamps);
}

void pvg_stamp_interrupt(struct pvg_device *device) {
	PVG_COUNT(device, interrupts);
	if (device->host.irq != NULL) {
		device->host.irq(device->host_data);
	}
}

void pvg_raise_display(struct pvg_device *device, unsigned int port) {
	raise_status(&device->core->gate.page->intr_disp, 1u << (port & 31));
	pvg_stamp_interrupt(device);
}

bool pvg_stamp_reached(struct pvg_device *device, uint32_t slot, uint32_t value) {
	const struct pvg_stamps *stamps = &device->core->stamps;

	if (stamps->page == NULL || slot >= stamps->slots) {
		PVG_REFUSE(device, WAIT_SLOT, "wait for stamp slot %u of %u: taken as met", slot,
			stamps->slots);
		return true;
	}
	return (int32_t)(pvg_load_word(stamps->page + (size_t)slot * 4) - value) >= 0;
}
