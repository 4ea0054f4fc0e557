// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Small packets through a child ring: copy, dispatch, `read`, stamp, status bit, interrupt. The
 * guest's side is prepared outside of the measured time.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <pvg/device.h>
#include <pvg/log.h>
#include <pvg/regs.h>

#include "bench.h"
#include "pvg-link.h"

#define RAM_BYTES 0x400000u
#define STAMPS 0x10000u // page 0x10, ring behind it
#define RECORD 0x20400u // root page 0x20, channel 1
#define LIST 0x30000u
#define RING 0x31000u
#define RING_BYTES 0x10000u
#define DIRECTORY 0x100000u

struct bench {
	struct pvg_link_page *page;
	struct pvg_regs regs;
	uint8_t *ram;
	struct pvg_device *device;
	uint64_t irqs;
	uint32_t root_written, written, signal;
};

static void count_irq(void *data) {
	((struct bench *)data)->irqs++;
}

static int irq_fd = -1;

// As the link does it.
static void signal_irq(void *data) {
	const uint64_t one = 1;

	((struct bench *)data)->irqs++;
	(void)!write(irq_fd, &one, sizeof(one));
}

static void put32(struct bench *b, uint32_t gpa, uint32_t value) {
	__atomic_store_n((uint32_t *)(b->ram + gpa), value, __ATOMIC_RELEASE);
}

static void root(struct bench *b, const uint32_t *words, uint32_t count) {
	for (uint32_t i = 0; i < count; i++) {
		put32(b, STAMPS + 0x1000 + b->root_written + 4 * i, words[i]);
	}
	b->root_written += 4 * count;
	pvg_regs_write(&b->regs, PVG_REG_FIFO_WRITTEN, 4, b->root_written);
}

static int start(struct bench *b) {
	const struct pvg_device_config config = { .page_shift = 12 };
	const struct pvg_host host = { .irq = irq_fd >= 0 ? signal_irq : count_irq };

	*b = (struct bench){ 0 };
	b->page = aligned_alloc(64, sizeof(*b->page));
	b->ram = aligned_alloc(4096, RAM_BYTES);
	b->device = pvg_device_create(&config, &host, b);
	if (b->page == NULL || b->ram == NULL || b->device == NULL) {
		return 1;
	}
	memset(b->page, 0, sizeof(*b->page));
	memset(b->ram, 0, RAM_BYTES);
	pvg_regs_init(&b->regs, b->page, 1, NULL, NULL);
	const struct pvg_ram_span span = { .gpa = 0, .size_bytes = RAM_BYTES, .hva = b->ram };
	pvg_device_set_ram(b->device, pvg_ram_create(&span, 1, 1, NULL, NULL));
	if (!pvg_device_connect(b->device, b->page, 1, 1)) {
		return 1;
	}
	pvg_regs_write(&b->regs, PVG_REG_VERSION, 4, 6);
	pvg_regs_write(&b->regs, PVG_REG_ROOT_PAGE, 4, 0x20);
	pvg_regs_write(&b->regs, PVG_REG_FIFO_BASE_PAGE, 4, STAMPS >> 12);
	pvg_regs_write(&b->regs, PVG_REG_FIFO_LENGTH, 4, 0x10000);
	pvg_regs_write(&b->regs, PVG_REG_FIFO_START, 4, 0x1000);
	pvg_regs_write(&b->regs, PVG_REG_CONTROL_FIFO, 4, 1);
	put32(b, RECORD + 0xc, 1);
	put32(b, RECORD + 0x10, LIST >> 12);
	for (uint32_t i = 0; i < RING_BYTES / 4096; i++) {
		put32(b, LIST + 4 * i, (RING >> 12) + i);
	}
	root(b, (const uint32_t[]){ 0x30, 16, 1, 1 }, 4);
	root(b, (const uint32_t[]){ 0x38, 28, 2, 2, 0, 4, DIRECTORY >> 12 }, 7);
	pvg_device_run(b->device);
	return 0;
}

static void fill(struct bench *b, uint16_t opcode, uint32_t payload_words, uint32_t waits,
	uint32_t packets) {
	uint32_t words[32] = { 0 };
	uint32_t count = 3 + 2 * waits + payload_words;

	words[0] = opcode | waits << 16;
	words[1] = count * 4;
	for (uint32_t i = 0; i < waits; i++) {
		words[3 + 2 * i] = 0; // the root's stamp, long reached
		words[4 + 2 * i] = 1;
	}
	if (payload_words > 0) {
		words[3 + 2 * waits] = 1; // task
	}
	while (packets-- > 0) {
		words[2] = ++b->signal;
		for (uint32_t i = 0; i < count; i++) {
			put32(b, RING + (b->written + 4 * i) % RING_BYTES, words[i]);
		}
		b->written += count * 4;
	}
	put32(b, RECORD, b->written);
}

static int measure(const char *name, uint16_t opcode, uint32_t payload_words, uint32_t waits) {
	struct bench b;
	int64_t spent_ns = 0;
	uint64_t done = 0;
	uint32_t batch = RING_BYTES / (4 * (3 + 2 * waits + payload_words)) - 1;

	if (start(&b) != 0) {
		return 1;
	}
	while (done < 2000000) {
		fill(&b, opcode, payload_words, waits, batch);
		int64_t from_ns = bench_now_ns();
		while (*(volatile uint32_t *)(b.ram + STAMPS + 4) != b.signal) {
			pvg_device_run(b.device);
		}
		spent_ns += bench_now_ns() - from_ns;
		done += batch;
	}
	char line[64];
	(void)snprintf(line, sizeof(line), "drain-%s", name);
	bench_line(line, (double)done * 1e9 / (double)spent_ns, "packets/s");
	(void)snprintf(line, sizeof(line), "drain-%s-packets-per-interrupt", name);
	bench_line(line, (double)done / (double)b.irqs, "packets");
	pvg_device_destroy(b.device);
	free(b.page);
	free(b.ram);
	return 0;
}

static int idle(void) {
	struct bench b;

	if (start(&b) != 0) {
		return 1;
	}
	fill(&b, 0x1e, 0, 0, 1);
	pvg_device_run(b.device);
	int64_t from_ns = bench_now_ns();
	for (int i = 0; i < 100000; i++) {
		pvg_device_run(b.device);
	}
	bench_line("drain-idle-poll", (double)(bench_now_ns() - from_ns) / 100000, "ns");
	pvg_device_destroy(b.device);
	free(b.page);
	free(b.ram);
	return 0;
}

int main(void) {
	pvg_log_init(PVG_LOG_ERROR, NULL);
	if (measure("nop", 0x1e, 0, 0) != 0 || measure("nop-one-wait", 0x1e, 0, 1) != 0 ||
		measure("map", 0x39, 5, 0) != 0 || idle() != 0) {
		return 1;
	}
	irq_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return irq_fd >= 0 ? measure("nop-eventfd", 0x1e, 0, 0) : 1;
}
