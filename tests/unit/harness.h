// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A device with everything around it faked but the register file: shared page, guest RAM between
 * inaccessible pages, a host that records its calls, a clock that stands still, and the driver's
 * side of rings and tasks from tests/guest/enc.
 *
 * Guest RAM: two spans, as below and above the PCI hole of a real machine.
 */
#ifndef TESTS_UNIT_HARNESS_H
#define TESTS_UNIT_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pvg/device.h>
#include <pvg/regs.h>

#include "enc/ring.h"
#include "enc/task.h"
#include "pvg-link.h"

#define RAM_LOW_BYTES 0x1000000u // GPA 0
#define RAM_HIGH_GPA 0x100000000u
#define RAM_HIGH_BYTES 0x100000u
// What the allocator of the guest side does not touch: for tests that place things themselves.
#define RAM_FREE_GPA 0x10000u
#define RAM_FREE_END 0x400000u

#define HARNESS_CHANNELS 32

struct harness_ram {
	uint8_t *map; // owned: both spans with inaccessible pages around them
	uint8_t *low, *high;
	int releases; // tables that were let go
};

struct harness {
	struct pvg_link_page *page; // owned
	struct pvg_regs regs;
	struct harness_ram ram;
	struct pvg_device *device; // owned
	struct pvg_device_config config;
	uint32_t ram_generation;

	// Recorded.
	int irqs, doorbells, resets;
	uint64_t reset_epoch;
	int64_t now_ns;
	int64_t clock_step_ns; // added at each look at the clock
	void (*on_irq)(struct harness *h);
	void (*on_reset_done)(struct harness *h);

	// The guest's driver.
	struct pvg_enc_mem mem;
	uint32_t root_pfn, fifo_pfn;
	struct pvg_enc_ring rings[HARNESS_CHANNELS];
	uint32_t signals[HARNESS_CHANNELS]; // newest issued
	struct pvg_enc_task task; // 0
};

// Page, registers, RAM, device; connected, with RAM, nothing attached. Setup and teardown for
// cmocka.
int harness_setup(void **state);
int harness_teardown(void **state);
void harness_init(struct harness *h, uint32_t page_shift);
void harness_finish(struct harness *h);

// A table over the harness' RAM. @spans: 1 for the low span alone, 2 for both.
struct pvg_ram *harness_ram_table(struct harness *h, size_t spans);

uint8_t *gpa(struct harness *h, uint64_t address);
uint32_t mem32(struct harness *h, uint64_t address);
void set32(struct harness *h, uint64_t address, uint32_t value);
void r32_is(struct harness *h, uint32_t reg, uint32_t value);
uint32_t r32(struct harness *h, uint32_t reg);
void w32(struct harness *h, uint32_t reg, uint32_t value);

// pvg_device_run; the clock stands still.
int64_t run(struct harness *h);
uint64_t refused(struct harness *h, enum pvg_refusal reason);
struct pvg_counters counters(struct harness *h);

/*
 * What the driver does at its start: VERSION, root page, FIFO, channels 1 to 4 of 64 KiB, task 0
 * with its object list. Run and acknowledged.
 */
void attach(struct harness *h);
// Registers alone: root page and FIFO.
void attach_fifo(struct harness *h);
// Ring of @pages, record, 0x30. Not run.
void define_channel(struct harness *h, uint32_t channel, uint32_t pages, uint16_t slot);
// 0x38 and 0x33 through the root. Not run.
void define_task(struct harness *h, struct pvg_enc_task *task);

struct wait {
	uint32_t slot, value;
};

/*
 * Puts a packet into a ring with the next signal, publishes the counter, does not ring a child's
 * doorbell. Returns the signal.
 */
uint32_t put(struct harness *h, uint32_t channel, uint16_t opcode, const void *payload,
	uint32_t payload_bytes);
uint32_t put_waits(struct harness *h, uint32_t channel, uint16_t opcode, const struct wait *waits,
	uint16_t n_wait, const void *payload, uint32_t payload_bytes);
// The same with 32-bit payload words.
#define PUT(h, channel, opcode, ...) \
	put((h), (channel), (opcode), (const uint32_t[]){ __VA_ARGS__ }, \
		(uint32_t)sizeof((const uint32_t[]){ __VA_ARGS__ }))
void ring_doorbell(struct harness *h, uint32_t channel);

uint32_t stamp(struct harness *h, uint32_t slot);
uint32_t child_read(struct harness *h, uint32_t channel);
// A channel's newest packet is acknowledged.
bool acked(struct harness *h, uint32_t channel);

#endif
