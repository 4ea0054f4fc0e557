// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Everything a guest can do to an attached device: registers, RAM, ring bytes, packets, resets,
 * and what its host does meanwhile: ticks, other memory tables, stops, outputs that change. Input:
 * a byte that says whether a capture is written, and a program.
 */
#include <fcntl.h>
#include <string.h>

#include <pvg/record.h>

#include "fuzz-guest.h"

#define MAX_STEPS 300

enum op {
	OP_PACKET,      // a packet with good framing and any payload
	OP_RING_BYTES,  // anything in a ring
	OP_RAM,         // anything in RAM
	OP_PAGE_TABLE,  // one page table entry of the kernel's task
	OP_REGISTER,
	OP_READ,
	OP_PASS,        // time
	OP_RESET,
	OP_RAM_TABLE,
	OP_RUNNING,
	OP_DESCRIBE,
	OP_LINK_PAGE,   // a broken shim
	OP_STARVE,
	OP_MAX,
};

static uint32_t pick_channel(struct fuzz_input *in) {
	static const uint8_t channels[] = { PVG_DRV_ROOT, PVG_DRV_EXEC, PVG_DRV_IMMEDIATE,
		PVG_DRV_UPLOADS, PVG_DRV_DOWNLOADS, PVG_DRV_DISPLAY, PVG_DRV_DISPLAY + 1,
		PVG_DRV_IMMEDIATE };
	return channels[fuzz_take(in, 1) % sizeof(channels)];
}

static void write_ram(struct fuzz_machine *machine, struct fuzz_input *in) {
	size_t at = fuzz_take(in, 3) % FUZZ_RAM_BYTES, size;
	const uint8_t *bytes = fuzz_take_bytes(in, fuzz_take(in, 1), &size);
	if (size > FUZZ_RAM_BYTES - at) {
		size = FUZZ_RAM_BYTES - at;
	}
	memcpy(machine->ram + at, bytes, size);
}

static void write_link_page(struct fuzz_machine *machine, struct fuzz_input *in) {
	size_t at = fuzz_take(in, 2) % PVG_LINK_PAGE_SIZE, size;
	const uint8_t *bytes = fuzz_take_bytes(in, fuzz_take(in, 1), &size);
	if (size > PVG_LINK_PAGE_SIZE - at) {
		size = PVG_LINK_PAGE_SIZE - at;
	}
	memcpy((uint8_t *)machine->page + at, bytes, size);
}

static void step(struct fuzz_machine *machine, struct fuzz_input *in) {
	switch ((enum op)(fuzz_take(in, 1) % OP_MAX)) {
	case OP_PACKET: {
		uint32_t channel = pick_channel(in);
		uint16_t opcode = (uint16_t)fuzz_take(in, 1);
		size_t size, want = fuzz_take(in, 2) % (PVG_DRV_PACKET_BYTES + 1);
		const uint8_t *payload = fuzz_take_bytes(in, want, &size);
		fuzz_machine_put_packet(machine, channel, opcode, payload, (uint32_t)size);
		break;
	}
	case OP_RING_BYTES: {
		uint32_t channel = pick_channel(in);
		size_t size;
		const uint8_t *bytes = fuzz_take_bytes(in, fuzz_take(in, 1), &size);
		fuzz_machine_put(machine, channel, bytes, (uint32_t)size);
		break;
	}
	case OP_RAM:
		write_ram(machine, in);
		break;
	case OP_PAGE_TABLE: {
		// The directory and the nodes, which were allocated one after the other.
		uint32_t pfn = machine->drv.kernel.dir_pfn + (uint32_t)fuzz_take(in, 1) % 8;
		uint64_t gpa = (uint64_t)pfn << PVG_ENC_PAGE_SHIFT | (fuzz_take(in, 2) & 0xffc);
		uint8_t *entry = pvg_enc_mem_ptr(&machine->mem, gpa);
		uint32_t value = (uint32_t)fuzz_take(in, 4);
		if (entry != NULL) {
			pvg_put(entry, value, 4);
		}
		break;
	}
	case OP_REGISTER: {
		uint32_t offset = 0x1000 + (uint32_t)fuzz_take(in, 2) % 0x300;
		pvg_regs_write(&machine->regs, offset & ~3u, 4, fuzz_take(in, 4));
		break;
	}
	case OP_READ:
		pvg_regs_read(&machine->regs, 0x1000 + (uint32_t)fuzz_take(in, 2) % 0x300, 4);
		break;
	case OP_PASS:
		fuzz_machine_pass(machine, (int64_t)(fuzz_take(in, 1) % 64) * 1000000);
		break;
	case OP_RESET: // and the next life
		fuzz_machine_check_good_guest(machine);
		break;
	case OP_RAM_TABLE:
		fuzz_machine_set_ram(machine, (unsigned int)fuzz_take(in, 1) & 3);
		break;
	case OP_RUNNING:
		pvg_device_set_running(machine->device, (fuzz_take(in, 1) & 1) != 0);
		break;
	case OP_DESCRIBE: {
		unsigned int port = (unsigned int)fuzz_take(in, 1) % FUZZ_PORTS;
		uint16_t width = (uint16_t)fuzz_take(in, 2);
		if (width == 0) {
			pvg_display_set_desc(machine->device, port, NULL);
		} else {
			fuzz_machine_describe(machine, port, width, 600,
				(uint32_t)fuzz_take(in, 1));
		}
		break;
	}
	case OP_LINK_PAGE:
		write_link_page(machine, in);
		break;
	case OP_STARVE:
		machine->starved = (fuzz_take(in, 1) & 1) != 0;
		break;
	case OP_MAX:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct fuzz_input in = { .cur = data, .end = data + size };
	struct fuzz_machine *machine = fuzz_machine_create(FUZZ_RAM_BYTES);
	struct pvg_recorder *recorder = NULL;
	if ((fuzz_take(&in, 1) & 1) != 0) { // with a capture going on
		int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
		FUZZ_CHECK(fd >= 0);
		recorder = pvg_recorder_create(fd);
		FUZZ_CHECK(recorder != NULL);
		pvg_device_set_recorder(machine->device, recorder);
	}
	for (unsigned int steps = 0; !fuzz_done(&in) && steps < MAX_STEPS; steps++) {
		step(machine, &in);
	}
	fuzz_machine_pass(machine, 300000000);
	fuzz_machine_check_good_guest(machine);
	if (recorder != NULL) {
		pvg_device_set_recorder(machine->device, NULL);
		pvg_recorder_destroy(recorder);
	}
	fuzz_machine_destroy(machine);
	return 0;
}

static void put_table(struct fuzz_output *out, const struct pvg_enc_table *table, uint8_t channel,
	size_t from, size_t count) {
	for (size_t i = from; i < table->count && i < from + count; i++) {
		uint8_t packet[PVG_DRV_PACKET_BYTES];
		struct pvg_enc_values values = { .elements = { 2, 1 } };
		uint32_t size = pvg_enc_packet(&table->records[i], &values, 1, NULL, 0, packet,
			sizeof(packet));
		if (size < 12) {
			continue;
		}
		fuzz_put(out, OP_PACKET, 1);
		fuzz_put(out, channel, 1);
		fuzz_put(out, table->records[i].opcode, 1);
		fuzz_put(out, size - 12, 2);
		fuzz_put_bytes(out, packet + 12, size - 12);
		fuzz_put(out, OP_PASS, 1);
		fuzz_put(out, 2, 1);
	}
}

size_t fuzz_seed(unsigned int index, uint8_t buffer[FUZZ_MAX_INPUT]) {
	struct fuzz_output out = { .bytes = buffer };
	fuzz_put(&out, index & 1, 1); // recorded or not
	const size_t group = 4;
	size_t packets = pvg_enc_packet_table.count, displays = pvg_enc_display_table.count;
	size_t first = (packets + group - 1) / group, second = (displays + group - 1) / group;
	if (index < first) { // every packet, on the channels where it is seen
		put_table(&out, &pvg_enc_packet_table, 0, index * group, group);
		put_table(&out, &pvg_enc_packet_table, 2, index * group, group);
		return out.size;
	}
	if (index < first + second) {
		put_table(&out, &pvg_enc_display_table, 5, (index - first) * group, group);
		return out.size;
	}
	switch (index - first - second) {
	case 0: // what surrounds a guest changes
		fuzz_put(&out, OP_DESCRIBE, 1);
		fuzz_put(&out, 0, 1);
		fuzz_put(&out, 1280, 2);
		fuzz_put(&out, 1, 1);
		fuzz_put(&out, OP_PASS, 1);
		fuzz_put(&out, 40, 1);
		fuzz_put(&out, OP_RAM_TABLE, 1);
		fuzz_put(&out, 1, 1);
		fuzz_put(&out, OP_RUNNING, 1);
		fuzz_put(&out, 0, 1);
		fuzz_put(&out, OP_PASS, 1);
		fuzz_put(&out, 20, 1);
		fuzz_put(&out, OP_RUNNING, 1);
		fuzz_put(&out, 1, 1);
		fuzz_put(&out, OP_RESET, 1);
		return out.size;
	case 1: // wrecks: RAM, ring, registers, link page
		fuzz_put(&out, OP_RAM, 1);
		fuzz_put(&out, 0x400, 3);
		fuzz_put(&out, 8, 1);
		fuzz_put(&out, UINT64_MAX, 8);
		fuzz_put(&out, OP_RING_BYTES, 1);
		fuzz_put(&out, 1, 1);
		fuzz_put(&out, 8, 1);
		fuzz_put(&out, UINT64_MAX, 8);
		fuzz_put(&out, OP_REGISTER, 1);
		fuzz_put(&out, 0, 2);
		fuzz_put(&out, 0, 4);
		fuzz_put(&out, OP_PAGE_TABLE, 1);
		fuzz_put(&out, 1, 1);
		fuzz_put(&out, 4, 2);
		fuzz_put(&out, 0x7fffffff, 4);
		fuzz_put(&out, OP_LINK_PAGE, 1);
		fuzz_put(&out, 0xc0, 2);
		fuzz_put(&out, 8, 1);
		fuzz_put(&out, UINT64_MAX, 8);
		fuzz_put(&out, OP_PASS, 1);
		fuzz_put(&out, 30, 1);
		return out.size;
	default:
		return 0;
	}
}
