// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The display page, presents of any surface, cursor glyphs and gamma tables of a guest whose rings
 * and page tables are sound: every packet is acknowledged. Input: a program.
 */
#include <string.h>

#include "fuzz-guest.h"

#define MAX_STEPS 200
#define SCRATCH_BYTES 0x8000u
#define SURFACE_TYPE 4

enum op {
	OP_PAGE_WORD, // of the shared page
	OP_SURFACE,   // any descriptor
	OP_PRESENT,
	OP_PACKET,    // any display packet, any payload
	OP_CURSOR,
	OP_KICK,
	OP_PASS,
	OP_DESCRIBE,
	OP_REGISTER_PAGE, // 0x01 with another page
	OP_STARVE,
	OP_SCRATCH,
	OP_MAX,
};

struct target {
	struct fuzz_machine *machine;
	uint8_t *scratch; // borrowed: guest RAM for glyphs, tables and pixels
	uint64_t gva;
};

static void send(struct fuzz_machine *machine, unsigned int port, uint16_t opcode,
	const uint8_t *payload, size_t size) {
	fuzz_machine_put_packet(machine, PVG_DRV_DISPLAY + port, opcode, payload, (uint32_t)size);
	FUZZ_CHECK(pvg_drv_flush(&machine->drv, PVG_DRV_DISPLAY + port));
}

static void set_surface(struct target *target, struct fuzz_input *in) {
	uint32_t id = 20 + (uint32_t)fuzz_take(in, 1) % 4;
	uint8_t desc[256] = { 0 };
	size_t size;
	uint32_t way = (uint32_t)fuzz_take(in, 1);
	const uint8_t *bytes = fuzz_take_bytes(in, fuzz_take(in, 1), &size);
	memcpy(desc, bytes, size);
	if ((way & 1) != 0 && size >= 12) { // backed by memory that is there
		pvg_put(desc + 8, target->gva >> PVG_ENC_PAGE_SHIFT, 4);
	}
	pvg_enc_task_declare(&target->machine->drv.kernel, id, SURFACE_TYPE, desc, (uint32_t)size);
	uint64_t gone[] = { id, 0 };
	if ((way & 2) != 0) { // what the host knew of the id is over
		pvg_drv_send_plain(&target->machine->drv, PVG_DRV_IMMEDIATE, &pvg_enc_packet_table,
			0x36, gone);
		FUZZ_CHECK(pvg_drv_flush(&target->machine->drv, PVG_DRV_IMMEDIATE));
	}
}

static void present(struct target *target, struct fuzz_input *in) {
	uint8_t payload[64] = { 0 };
	unsigned int port = (unsigned int)fuzz_take(in, 1) % FUZZ_PORTS;
	uint32_t id = 19 + (uint32_t)fuzz_take(in, 1) % 6;
	uint32_t entries = (uint32_t)fuzz_take(in, 2);
	pvg_put(payload, port, 4);
	if (entries == 0) {
		pvg_put(payload + 4, id, 4);
		send(target->machine, port, 0x06, payload, 12);
		return;
	}
	pvg_put(payload + 8, id, 4);
	pvg_put(payload + 12, target->gva + fuzz_take(in, 1), 8);
	pvg_put(payload + 20, SCRATCH_BYTES, 8);
	pvg_put(payload + 28, entries, 4);
	pvg_put(payload + 32, fuzz_take(in, 4), 4);
	send(target->machine, port, 0x07, payload, 36);
}

static void step(struct target *target, struct fuzz_input *in) {
	struct fuzz_machine *machine = target->machine;
	unsigned int port = 0;
	switch ((enum op)(fuzz_take(in, 1) % OP_MAX)) {
	case OP_PAGE_WORD: {
		port = (unsigned int)fuzz_take(in, 1) % FUZZ_PORTS;
		uint32_t at = (uint32_t)fuzz_take(in, 2) % (PVG_ENC_PAGE_BYTES - 3);
		pvg_put((uint8_t *)machine->drv.ports[port].page + at, fuzz_take(in, 4), 4);
		break;
	}
	case OP_SURFACE:
		set_surface(target, in);
		break;
	case OP_PRESENT:
		present(target, in);
		break;
	case OP_PACKET: {
		port = (unsigned int)fuzz_take(in, 1) % FUZZ_PORTS;
		uint16_t opcode = (uint16_t)fuzz_take(in, 1) % 0x0c;
		size_t size;
		const uint8_t *bytes = fuzz_take_bytes(in, fuzz_take(in, 1) & ~3u, &size);
		// The page's registration is an own step: it must name a page that nobody else
		// uses.
		send(machine, port, opcode == 1 ? 2 : opcode, bytes, size & ~(size_t)3);
		break;
	}
	case OP_CURSOR: {
		uint8_t payload[0x2c] = { 0 };
		port = (unsigned int)fuzz_take(in, 1) % FUZZ_PORTS;
		pvg_put(payload, port, 4);
		pvg_put(payload + 8, target->gva + fuzz_take(in, 1), 8);
		pvg_put(payload + 16, fuzz_take(in, 2), 8);
		pvg_put(payload + 24, fuzz_take(in, 2), 4);
		for (unsigned int i = 0; i < 4; i++) {
			pvg_put(payload + 32 + 2 * i, fuzz_take(in, 2), 2);
		}
		send(machine, port, 0x04, payload, sizeof(payload));
		break;
	}
	case OP_KICK:
		pvg_regs_write(&machine->regs, PVG_REG_CURSOR_KICK, 4, fuzz_take(in, 1) % 9);
		fuzz_machine_pass(machine, 1000000);
		break;
	case OP_PASS:
		fuzz_machine_pass(machine, (int64_t)(fuzz_take(in, 1) % 64) * 1000000);
		break;
	case OP_DESCRIBE: {
		port = (unsigned int)fuzz_take(in, 1) % FUZZ_PORTS;
		uint16_t width = (uint16_t)fuzz_take(in, 2);
		if (width == 0) {
			pvg_display_set_desc(machine->device, port, NULL);
		} else {
			fuzz_machine_describe(machine, port, width, (uint16_t)fuzz_take(in, 2),
				(uint32_t)fuzz_take(in, 2));
		}
		break;
	}
	case OP_REGISTER_PAGE: {
		port = (unsigned int)fuzz_take(in, 1) % FUZZ_PORTS;
		uint8_t payload[8];
		uint32_t pfn = machine->drv.ports[port].page_pfn;
		uint32_t way = (uint32_t)fuzz_take(in, 1);
		if ((way & 1) != 0) {
			// some beyond its end
			pfn = (uint32_t)(FUZZ_HIGH_GPA >> PVG_ENC_PAGE_SHIFT) + way % 18;
		}
		pvg_put(payload, (way & 2) != 0 ? way : port, 4);
		pvg_put(payload + 4, pfn, 4);
		send(machine, port, 0x01, payload, sizeof(payload));
		break;
	}
	case OP_STARVE:
		machine->starved = (fuzz_take(in, 1) & 1) != 0;
		break;
	case OP_SCRATCH: {
		size_t at = fuzz_take(in, 2) % SCRATCH_BYTES, size;
		const uint8_t *bytes = fuzz_take_bytes(in, fuzz_take(in, 1), &size);
		memcpy(target->scratch + at, bytes,
			size < SCRATCH_BYTES - at ? size : SCRATCH_BYTES - at);
		break;
	}
	case OP_MAX:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct fuzz_input in = { .cur = data, .end = data + size };
	struct target target = { .machine = fuzz_machine_create(FUZZ_RAM_BYTES) };
	target.scratch =
		pvg_enc_task_alloc(&target.machine->drv.kernel, SCRATCH_BYTES, &target.gva);
	FUZZ_CHECK(target.scratch != NULL);
	for (unsigned int steps = 0; !fuzz_done(&in) && steps < MAX_STEPS; steps++) {
		step(&target, &in);
	}
	fuzz_machine_check_good_guest(target.machine);
	fuzz_machine_destroy(target.machine);
	return 0;
}

/* ---- seeds ----------------------------------------------------------------------------------- */

static void put_surface(struct fuzz_output *out, unsigned int slot, uint32_t format, uint32_t width,
	uint32_t height, uint32_t pitch) {
	uint8_t desc[64];
	uint64_t head[] = { SCRATCH_BYTES, 0, format, 1, 0, 0, 0 };
	uint64_t plane[] = { 0, width, height, pitch | 4u << 24 };
	struct pvg_enc_values values = { .head = head, .arrays = { plane }, .elements = { 1 } };
	uint32_t size = pvg_enc_encode(pvg_enc_find(&pvg_enc_descriptor_table, SURFACE_TYPE),
		&values, desc, sizeof(desc));
	fuzz_put(out, OP_SURFACE, 1);
	fuzz_put(out, slot, 1);
	fuzz_put(out, 3, 1);
	fuzz_put(out, size, 1);
	fuzz_put_bytes(out, desc, size);
}

static void put_present(struct fuzz_output *out, unsigned int port, unsigned int slot,
	uint32_t entries) {
	fuzz_put(out, OP_PRESENT, 1);
	fuzz_put(out, port, 1);
	fuzz_put(out, slot + 1, 1);
	fuzz_put(out, entries, 2);
	if (entries != 0) {
		fuzz_put(out, 0, 1);
		fuzz_put(out, 0x48400000, 4);
	}
	fuzz_put(out, OP_PASS, 1);
	fuzz_put(out, 17, 1);
}

static void put_glyph(struct fuzz_output *out, uint32_t mapped, uint32_t stride, uint32_t width,
	uint32_t height) {
	fuzz_put(out, OP_CURSOR, 1);
	fuzz_put(out, 0, 1);
	fuzz_put(out, 0, 1);
	fuzz_put(out, mapped, 2);
	fuzz_put(out, stride, 2);
	fuzz_put(out, width, 2);
	fuzz_put(out, height, 2);
	fuzz_put(out, 3, 2);
	fuzz_put(out, 1, 2);
}

static void put_page_word(struct fuzz_output *out, unsigned int port, uint32_t at, uint32_t value) {
	fuzz_put(out, OP_PAGE_WORD, 1);
	fuzz_put(out, port, 1);
	fuzz_put(out, at, 2);
	fuzz_put(out, value, 4);
}

size_t fuzz_seed(unsigned int index, uint8_t buffer[FUZZ_MAX_INPUT]) {
	// BGRA, RGhA, l10r, a MTLPixelFormat and one that is none
	static const uint32_t formats[] = { 0x42475241, 0x52476841, 0x6c313072, 80, 0x12345678 };
	struct fuzz_output out = { .bytes = buffer };
	if (index < PVG_ENC_COUNT(formats)) {
		put_surface(&out, 0, formats[index], 64, 32, 256);
		put_present(&out, 0, 0, 257);
		put_present(&out, 1, 0, 0);
		put_surface(&out, 0, formats[index], 30, 30, 128);
		put_present(&out, 0, 0, 0);
		put_present(&out, 0, 5, 0);
		return out.size;
	}
	switch (index - PVG_ENC_COUNT(formats)) {
	case 0: // cursor, a usual one and one close to the limit
		put_glyph(&out, 0x1000, 64, 16, 16);
		put_glyph(&out, 0x7000, 0x3000, 511, 2);
		put_page_word(&out, 0, 0xe00, 100 | 50 << 16);
		put_page_word(&out, 0, 0xe04, 1);
		fuzz_put(&out, OP_KICK, 1);
		fuzz_put(&out, 0, 1);
		put_page_word(&out, 0, 0xe00, 0xffffffff);
		fuzz_put(&out, OP_KICK, 1);
		fuzz_put(&out, 0, 1);
		return out.size;
	case 1: // the handshake, over and over
		for (unsigned int i = 0; i < 4; i++) {
			fuzz_put(&out, OP_DESCRIBE, 1);
			fuzz_put(&out, i % 2, 1);
			fuzz_put(&out, i == 2 ? 0 : 1024 + i, 2);
			if (i != 2) {
				fuzz_put(&out, 768, 2);
				fuzz_put(&out, i * 128, 2);
			}
			put_page_word(&out, i % 2, 0x104, 0xc | i);
			put_page_word(&out, i % 2, 0x100, i);
			fuzz_put(&out, OP_PASS, 1);
			fuzz_put(&out, 20, 1);
			fuzz_put(&out, OP_REGISTER_PAGE, 1);
			fuzz_put(&out, i % 2, 1);
			fuzz_put(&out, i, 1);
		}
		return out.size;
	case 2: // no picture is free for a while
		put_surface(&out, 1, formats[0], 64, 32, 256);
		fuzz_put(&out, OP_STARVE, 1);
		fuzz_put(&out, 1, 1);
		put_present(&out, 0, 1, 0);
		fuzz_put(&out, OP_STARVE, 1);
		fuzz_put(&out, 0, 1);
		put_present(&out, 0, 1, 0);
		return out.size;
	default:
		return 0;
	}
}
