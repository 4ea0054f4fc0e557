// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * regs-walk: drive libpvg without QEMU and without a guest.
 *
 * This program is the guest driver and the machine at once: it writes the bytes of the worked
 * example (spec 01 section 10.1 to 10.3) into 4 MiB of "guest RAM", writes the registers that a
 * driver writes while it attaches, lets the device run, and prints what came back. The technique: a
 * device needs a register page, a table of RAM and a few callbacks, nothing else; no thread, no
 * socket.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pvg/device.h>
#include <pvg/ram.h>
#include <pvg/regs.h>

#include "pvg-link.h"

#define RAM_BYTES 0x400000u
#define STAMP_PAGE 0x10000u // FIFO_BASE_PAGE 0x10
#define RING 0x11000u
#define ROOT_PAGE 0x20000u
#define REPLY 0xd0000u

struct machine {
	uint8_t *ram;
	struct pvg_link_page *page;
	struct pvg_regs regs;
	struct pvg_device *device;
	unsigned int interrupts;
};

static void poke32(struct machine *m, uint32_t gpa, uint32_t value) {
	for (unsigned int i = 0; i < 4; i++) {
		m->ram[gpa + i] = (uint8_t)(value >> 8 * i);
	}
}

static uint32_t peek32(const struct machine *m, uint32_t gpa) {
	const uint8_t *at = m->ram + gpa;
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
		(uint32_t)at[3] << 24;
}

static void handle_irq(void *data) {
	struct machine *m = data;
	m->interrupts++;
}

// The shim would signal an eventfd here; this program runs the device itself.
static void handle_doorbell(void *data) {
	(void)data;
}

// Spec 01 section 10.1: what the driver writes, in its order.
static void attach(struct machine *m) {
	uint64_t displays = pvg_regs_read(&m->regs, PVG_REG_DISPLAY_PORTS, 4);
	printf("0x122c displays  = %" PRIu64 "\n", displays);
	pvg_regs_write(&m->regs, PVG_REG_VERSION, 4, 4);
	printf("0x1034 version   = %" PRIu64 "\n", pvg_regs_read(&m->regs, PVG_REG_VERSION, 4));
	pvg_regs_write(&m->regs, PVG_REG_ROOT_PAGE, 4, ROOT_PAGE >> 12);
	pvg_regs_write(&m->regs, PVG_REG_FIFO_BASE_PAGE, 4, STAMP_PAGE >> 12);
	pvg_regs_write(&m->regs, PVG_REG_FIFO_LENGTH, 4, 0x10000);
	pvg_regs_write(&m->regs, PVG_REG_FIFO_START, 4, 0x1000);
	pvg_regs_write(&m->regs, PVG_REG_CONTROL_FIFO, 4, 1);
}

// Spec 01 section 10.2: records and page lists of channels 1 to 4.
static void publish_channels(struct machine *m) {
	for (uint32_t channel = 1; channel <= 4; channel++) {
		uint32_t record = ROOT_PAGE + 0x400 + (channel - 1) * 0x14;
		uint32_t list_page = 0x10 + channel * 0x20;
		poke32(m, record + 0x0c, channel); // stamp slot
		poke32(m, record + 0x10, list_page);
		for (uint32_t i = 0; i < 16; i++) {
			poke32(m, (list_page << 12) + i * 4, list_page + 1 + i);
		}
	}
	memset(m->ram + REPLY, 0xff, 0x1000); // shows that the reply is terminated
}

// One packet into the root ring: a header of 12 bytes without waits, then the payload.
static uint32_t put_packet(struct machine *m, uint32_t written, uint32_t opcode, uint32_t signal,
		const uint32_t *words, uint32_t count) {
	uint32_t at = RING + written;
	uint32_t total = 12 + count * 4;
	poke32(m, at, opcode);
	poke32(m, at + 4, total);
	poke32(m, at + 8, signal);
	for (uint32_t i = 0; i < count; i++) {
		poke32(m, at + 12 + i * 4, words[i]);
	}
	return written + total;
}

// Spec 01 section 10.3.
static uint32_t root_commands(struct machine *m) {
	uint32_t written = 0, signal = 0;
	for (uint32_t channel = 1; channel <= 4; channel++) {
		written = put_packet(m, written, 0x30, ++signal, &channel, 1);
	}
	const uint32_t define_task[] = { 1, 0, 4, 0xc0 }; // kernel task 0, 0x4_0000_0000, page 0xc0
	written = put_packet(m, written, 0x38, ++signal, define_task, 4);
	const uint32_t object_list[] = { 0, 1, 0x100000 };
	written = put_packet(m, written, 0x33, ++signal, object_list, 3);
	const uint32_t device_info[] = { 18, 0x200, REPLY >> 12 };
	written = put_packet(m, written, 0x3a, ++signal, device_info, 3);
	pvg_regs_write(&m->regs, PVG_REG_FIFO_WRITTEN, 4, written);
	return written;
}

static bool report(struct machine *m, uint32_t written) {
	uint64_t fifo_read = pvg_regs_read(&m->regs, PVG_REG_FIFO_READ, 4);
	uint32_t stamp = peek32(m, STAMP_PAGE);
	uint64_t first = pvg_regs_read(&m->regs, PVG_REG_INTR_STATUS_GPU, 4);
	uint64_t second = pvg_regs_read(&m->regs, PVG_REG_INTR_STATUS_GPU, 4);
	printf("0x100c FIFO_READ = 0x%" PRIx64 " of 0x%x\n", fifo_read, written);
	printf("stamp of slot 0  = %u\n", stamp);
	printf("0x1018 status    = 0x%" PRIx64 ", then 0x%" PRIx64 "\n", first, second);
	printf("interrupts       = %u\n", m->interrupts);
	uint32_t pairs = 0;
	while (pairs < 512 && peek32(m, REPLY + pairs * 8) != 0) {
		printf("device info key %2u = 0x%x\n", peek32(m, REPLY + pairs * 8),
			peek32(m, REPLY + pairs * 8 + 4));
		pairs++;
	}
	return fifo_read == written && stamp == 7 && first == 1 && second == 0 &&
		m->interrupts >= 1 && pairs > 0 && pairs < 18;
}

int main(void) {
	struct machine m = { 0 };
	struct pvg_device_config config = { .page_shift = 12 };
	struct pvg_host host = { .irq = handle_irq };
	struct pvg_ram *ram = NULL;
	int status = 1;

	m.ram = calloc(1, RAM_BYTES);
	m.page = aligned_alloc(4096, sizeof(*m.page));
	if (m.ram == NULL || m.page == NULL) {
		goto out;
	}
	memset(m.page, 0, sizeof(*m.page));
	pvg_regs_init(&m.regs, m.page, 1, handle_doorbell, &m);
	if (!pvg_info_profile(&config.info, "proven")) {
		goto out;
	}
	m.device = pvg_device_create(&config, &host, &m);
	struct pvg_ram_span span = { .gpa = 0, .size_bytes = RAM_BYTES, .hva = m.ram };
	ram = pvg_ram_create(&span, 1, 1, NULL, NULL);
	if (m.device == NULL || ram == NULL || !pvg_device_connect(m.device, m.page, 1, 0)) {
		goto out;
	}
	pvg_device_set_ram(m.device, ram); // takes the reference over
	ram = NULL;
	pvg_device_set_running(m.device, true);

	attach(&m);
	publish_channels(&m);
	uint32_t written = root_commands(&m);
	// A device thread calls this after each doorbell, and when the time it returns has come.
	pvg_device_run(m.device);
	if (pvg_device_failed(m.device) != NULL) {
		fprintf(stderr, "the device gave up: %s\n", pvg_device_failed(m.device));
	} else if (report(&m, written)) {
		status = 0;
	} else {
		fprintf(stderr, "not what spec 01 section 10.3 expects\n");
	}
out:
	pvg_device_destroy(m.device);
	pvg_ram_unref(ram);
	free(m.page);
	free(m.ram);
	return status;
}
