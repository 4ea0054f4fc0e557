// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The register file under a guest that writes anything and a host that writes anything: the shim's
 * side of the page (spec 06 section 6.4 rules 2, 3 and 6). Input: a program of accesses.
 */
#include <string.h>

#include <pvg/regs.h>

#include "fuzz.h"
#include "pvg-link.h"

#define MAX_STEPS 1500 // more than the ring holds
#define MAX_LIVES 6    // resets and new pages: they touch every register

enum op {
	OP_WRITE,
	OP_READ,
	OP_RESET,
	OP_REBASE,
	OP_HOST_STATUS,  // the host behaves: a status bit, FIFO_READ, the ring taken
	OP_HOST_TAKES,
	OP_HOST_STORM,   // the host does not: any word of the page
	OP_MAX,
};

struct machine {
	struct pvg_regs regs;
	struct pvg_link_page *pages[2]; // owned
	unsigned int page;
	uint64_t doorbells;
	bool host_honest;
	unsigned int lives;
};

static void handle_doorbell(void *data) {
	struct machine *machine = data;
	machine->doorbells++;
}

static void guest_write(struct machine *machine, struct fuzz_input *in) {
	static const uint8_t sizes[8] = {4, 8, 4, 8, 1, 2, 3, 16};
	struct pvg_link_page *page = machine->pages[machine->page];
	uint32_t offset = (uint32_t)fuzz_take(in, 2);
	unsigned int size = sizes[fuzz_take(in, 1) % 8];
	uint32_t head = page->ring_head;
	uint64_t bells = machine->doorbells;
	pvg_regs_write(&machine->regs, offset, size, fuzz_take(in, 8));
	// Entries come one for each half at most, and never without a doorbell.
	FUZZ_CHECK(page->ring_head - head <= (size == 8 ? 2u : size == 4 ? 1u : 0u));
	FUZZ_CHECK(page->ring_head == head || machine->doorbells > bells);
	if (machine->host_honest) {
		FUZZ_CHECK(page->ring_head - page->ring_tail <= PVG_LINK_RING_ENTRIES);
		FUZZ_CHECK(!pvg_regs_host_is_bad(&machine->regs));
	}
}

static void guest_read(struct machine *machine, struct fuzz_input *in) {
	uint32_t offset = (uint32_t)fuzz_take(in, 2);
	unsigned int size = (unsigned int)fuzz_take(in, 1) % 10;
	uint64_t value = pvg_regs_read(&machine->regs, offset, size);
	if (size != 4 && size != 8) {
		FUZZ_CHECK(value == 0);
	}
	if (size == 4 && offset == PVG_REG_INTR_FAULT) {
		FUZZ_CHECK(value == 0); // no value of the host's may reach it
	}
	if (size == 4 && offset == PVG_REG_DISPLAY_PORTS) {
		FUZZ_CHECK(value == 3);
	}
	if (size == 4 && offset == PVG_REG_VERSION && machine->host_honest) {
		FUZZ_CHECK(value <= PVG_VERSION_MAX);
	}
	// Status registers are cleared by being read.
	if (size == 4 && offset == PVG_REG_INTR_STATUS_DISP) {
		FUZZ_CHECK(pvg_regs_read(&machine->regs, offset, size) == 0);
	}
}

static void host_storm(struct machine *machine, struct fuzz_input *in) {
	machine->host_honest = false;
	uint8_t *page = (uint8_t *)machine->pages[machine->page];
	size_t at = fuzz_take(in, 2) % PVG_LINK_PAGE_SIZE, size;
	const uint8_t *bytes = fuzz_take_bytes(in, fuzz_take(in, 1), &size);
	if (size > PVG_LINK_PAGE_SIZE - at) {
		size = PVG_LINK_PAGE_SIZE - at;
	}
	memcpy(page + at, bytes, size);
}

static void step(struct machine *machine, struct fuzz_input *in) {
	struct pvg_link_page *page = machine->pages[machine->page];
	enum op op = (enum op)(fuzz_take(in, 1) % OP_MAX);
	if ((op == OP_RESET || op == OP_REBASE) && ++machine->lives > MAX_LIVES) {
		return;
	}
	switch (op) {
	case OP_WRITE:
		guest_write(machine, in);
		break;
	case OP_READ:
		guest_read(machine, in);
		break;
	case OP_RESET:
		pvg_regs_reset(&machine->regs);
		FUZZ_CHECK(page->fifo_written == 0 && page->child_doorbells == 0);
		FUZZ_CHECK(pvg_regs_read(&machine->regs, PVG_REG_INTR_STATUS_DISP, 4) == 0);
		FUZZ_CHECK(pvg_regs_read(&machine->regs, PVG_REG_CONTROL_FIFO, 4) == 0);
		FUZZ_CHECK(pvg_regs_read(&machine->regs, PVG_REG_FIFO_READ, 4) == 0);
		break;
	case OP_REBASE:
		machine->page ^= 1;
		memset(machine->pages[machine->page], 0, PVG_LINK_PAGE_SIZE);
		pvg_regs_rebase(&machine->regs, machine->pages[machine->page]);
		machine->host_honest = false; // what the old host left may have come along
		break;
	case OP_HOST_STATUS:
		page->epoch_seen = page->epoch;
		page->intr_disp |= (uint32_t)fuzz_take(in, 1);
		page->intr_gpu |= (uint32_t)fuzz_take(in, 4);
		page->fifo_read = fuzz_take(in, 4) | (uint64_t)page->fifo_gen << 32;
		break;
	case OP_HOST_TAKES:
		page->ring_tail = page->ring_head;
		break;
	case OP_HOST_STORM:
		host_storm(machine, in);
		break;
	case OP_MAX:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct fuzz_input in = {.cur = data, .end = data + size};
	// Each page between nothing: a write beside it hits the sanitizer's red zone.
	struct machine machine = {.host_honest = true};
	for (unsigned int i = 0; i < 2; i++) {
		machine.pages[i] = aligned_alloc(64, PVG_LINK_PAGE_SIZE);
		FUZZ_CHECK(machine.pages[i] != NULL);
		memset(machine.pages[i], 0, PVG_LINK_PAGE_SIZE);
	}
	pvg_regs_init(&machine.regs, machine.pages[0], 3, handle_doorbell, &machine);
	for (unsigned int steps = 0; !fuzz_done(&in) && steps < MAX_STEPS; steps++) {
		step(&machine, &in);
	}
	free(machine.pages[0]);
	free(machine.pages[1]);
	return 0;
}

static void put_write(struct fuzz_output *out, uint32_t offset, unsigned int size, uint64_t value) {
	fuzz_put(out, OP_WRITE, 1);
	fuzz_put(out, offset, 2);
	fuzz_put(out, size == 8 ? 1 : 0, 1);
	fuzz_put(out, value, 8);
}

static void put_read(struct fuzz_output *out, uint32_t offset, unsigned int size) {
	fuzz_put(out, OP_READ, 1);
	fuzz_put(out, offset, 2);
	fuzz_put(out, size, 1);
}

size_t fuzz_seed(unsigned int index, uint8_t buffer[FUZZ_MAX_INPUT]) {
	struct fuzz_output out = {.bytes = buffer};
	switch (index) {
	case 0: // an attach
		put_write(&out, PVG_REG_VERSION, 4, 62);
		put_read(&out, PVG_REG_VERSION, 4);
		put_write(&out, PVG_REG_FIFO_BASE_PAGE, 8, 0x123);
		put_write(&out, PVG_REG_FIFO_LENGTH, 4, 0x4000);
		put_write(&out, PVG_REG_ROOT_PAGE, 4, 0x456);
		put_write(&out, PVG_REG_CONTROL_FIFO, 4, 1);
		put_write(&out, PVG_REG_FIFO_WRITTEN, 4, 64);
		fuzz_put(&out, OP_HOST_STATUS, 1);
		fuzz_put(&out, 1, 1);
		fuzz_put(&out, 2, 4);
		fuzz_put(&out, 64, 4);
		put_read(&out, PVG_REG_FIFO_READ, 4);
		put_read(&out, PVG_REG_INTR_STATUS_GPU, 4);
		put_read(&out, PVG_REG_INTR_STATUS_DISP, 4);
		put_write(&out, PVG_REG_CHILD_DOORBELL, 4, 3);
		put_write(&out, PVG_REG_CURSOR_KICK, 4, 1);
		fuzz_put(&out, OP_RESET, 1);
		return out.size;
	case 1: // every register, both widths
		for (uint32_t offset = 0xff8; offset < 0x1240; offset += 4) {
			put_write(&out, offset, offset % 8 == 0 ? 8 : 4, offset * 0x10001u);
			put_read(&out, offset, 4);
		}
		return out.size;
	case 2: // a full ring, then a new connection
		for (unsigned int i = 0; i < PVG_LINK_RING_ENTRIES + 8; i++) {
			put_write(&out, PVG_REG_EFI_DISPLAY, 4, i);
		}
		fuzz_put(&out, OP_REBASE, 1);
		put_read(&out, PVG_REG_EFI_DISPLAY, 4);
		fuzz_put(&out, OP_HOST_TAKES, 1);
		return out.size;
	case 3: // a host that lies
		fuzz_put(&out, OP_HOST_STORM, 1);
		fuzz_put(&out, 0x40, 2);
		fuzz_put(&out, 200, 1);
		for (unsigned int i = 0; i < 200; i++) {
			fuzz_put(&out, 0xff, 1);
		}
		put_write(&out, PVG_REG_CONTROL_FIFO, 4, 1);
		put_read(&out, PVG_REG_FIFO_READ, 4);
		put_read(&out, 0x3ffc, 8);
		put_write(&out, 0x3ffc, 8, ~UINT64_C(0));
		return out.size;
	default:
		return 0;
	}
}
