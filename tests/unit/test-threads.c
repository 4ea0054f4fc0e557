// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Resets and ticks at once: the guest and QEMU on one thread, the device on a second, ticks and
 * completions on a third. Built once more with ThreadSanitizer. The rule (spec 06 section 6.4 rule
 * 4): once the host has answered a reset, nothing of before lands.
 *
 * The guest's memory is touched with atomics only, as vCPU and host do on a real machine.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pvg/device.h>
#include <pvg/log.h>
#include <pvg/regs.h>

#include "core.h"

#define RAM_BYTES 0x100000u
#define STAMPS 0x10000u
#define ROOT_PAGE 0x20000u
#define RECORD 0x20400u
#define LIST 0x30000u
#define RING 0x31000u
#define DISPLAY_RECORD 0x20450u // channel 5
#define DISPLAY_LIST 0x40000u
#define DISPLAY_RING 0x41000u
#define SHARED 0x50000u // the display's page
#define SCRATCH 0x80000u // where the tick thread writes
#ifndef ROUNDS
#define ROUNDS 300
#endif

static struct pvg_link_page *page;
static struct pvg_regs regs;
static uint8_t *ram;
static struct pvg_device *device;
static _Atomic bool stop;
static _Atomic uint32_t ticks_done, irqs;

static void ignore_log(enum pvg_log_level level, const char *fmt, va_list args) {
}

static void irq(void *data) {
	atomic_fetch_add(&irqs, 1);
}

static void put32(uint32_t gpa, uint32_t value) {
	__atomic_store_n((uint32_t *)(ram + gpa), value, __ATOMIC_RELEASE);
}

static uint32_t get32(uint32_t gpa) {
	return __atomic_load_n((uint32_t *)(ram + gpa), __ATOMIC_ACQUIRE);
}

static void *device_thread(void *data) {
	while (!atomic_load(&stop)) {
		pvg_device_run(device);
		sched_yield();
	}
	return NULL;
}

// What pvg_display_tick and a completion from a GPU do: write inside the gate, then signal.
static void *tick_thread(void *data) {
	while (!atomic_load(&stop)) {
		if (pvg_gate_enter(device)) {
			put32(SCRATCH, 1);
			const struct pvg_completion done = {
				.life = device->core->stamps.life,
				.channel = 9,
				.slot = 9,
				.signal = 1,
			};
			pvg_stamp_complete(device, &done);
			pvg_raise_display(device, 0);
			pvg_gate_leave(device);
			atomic_fetch_add(&ticks_done, 1);
		}
		if (pvg_display_tick(device, 0, pvg_now_ns(device)).delivered) {
			atomic_fetch_add(&ticks_done, 1);
		}
		struct pvg_counters counters;
		pvg_device_get_counters(device, &counters);
		PVG_REFUSE(device, PORT, "port %d: from another thread", 1);
		sched_yield();
	}
	return NULL;
}

static void wr(uint32_t reg, uint32_t value) {
	pvg_regs_write(&regs, reg, 4, value);
}

static void attach(void) {
	static const uint32_t root[] = { 0x30, 16, 1, 1, 0x30, 16, 2, 5 };
	static const uint32_t child[] = { 0x1e, 12, 1 };
	static const uint32_t display[] = { 0x01, 20, 1, 0, SHARED >> 12 };

	for (uint32_t i = 0; i < 8; i++) {
		put32(STAMPS + 0x1000 + 4 * i, root[i]);
	}
	for (uint32_t i = 0; i < 5; i++) {
		put32(DISPLAY_RING + 4 * i, display[i]);
	}
	put32(DISPLAY_LIST, DISPLAY_RING >> 12);
	put32(DISPLAY_RECORD + 0xc, 5);
	put32(DISPLAY_RECORD + 0x10, DISPLAY_LIST >> 12);
	put32(DISPLAY_RECORD, 20);
	for (uint32_t i = 0; i < 3; i++) {
		put32(RING + 4 * i, child[i]);
	}
	put32(LIST, RING >> 12);
	put32(RECORD + 0xc, 1);
	put32(RECORD + 0x10, LIST >> 12);
	put32(RECORD, 12);
	wr(PVG_REG_VERSION, 6);
	wr(PVG_REG_ROOT_PAGE, ROOT_PAGE >> 12);
	wr(PVG_REG_FIFO_BASE_PAGE, STAMPS >> 12);
	wr(PVG_REG_FIFO_LENGTH, 0x10000);
	wr(PVG_REG_FIFO_START, 0x1000);
	wr(PVG_REG_CONTROL_FIFO, 1);
	wr(PVG_REG_FIFO_WRITTEN, 32);
}

// A bound on waiting, in yields: the other threads have nothing else to do.
static bool wait_until(bool (*done)(void)) {
	for (long i = 0; i < 100000000; i++) {
		if (done()) {
			return true;
		}
		sched_yield();
	}
	return false;
}

static bool acknowledged(void) {
	return get32(STAMPS) == 2 && get32(STAMPS + 4) == 1 && get32(STAMPS + 20) == 1;
}

static bool reset_answered(void) {
	return atomic_load(&page->epoch_seen) == atomic_load(&page->epoch);
}

static uint32_t ticks_before;

static bool ticked(void) {
	return atomic_load(&ticks_done) != ticks_before;
}

static bool online_pending(void) {
	return (get32(SHARED + 0x100) & 4) != 0;
}

static bool display_acknowledged(void) {
	return get32(STAMPS + 20) == 2;
}

static bool vbl_pending(void) {
	return (get32(SHARED + 0x100) & 1) != 0;
}

// Takes the display online and waits for a tick in its page.
static bool bring_display_up(void) {
	put32(SHARED + 0x104, 0xf);
	if (!wait_until(online_pending)) {
		return false;
	}
	__atomic_exchange_n((uint32_t *)(ram + SHARED + 0x100), 0, __ATOMIC_ACQ_REL);
	const uint32_t ack[] = { 0x02, 20, 2, 0, get32(SHARED + 0x200) };
	for (uint32_t i = 0; i < 5; i++) {
		put32(DISPLAY_RING + 20 + 4 * i, ack[i]);
	}
	put32(DISPLAY_RECORD, 40);
	wr(PVG_REG_CHILD_DOORBELL, 5);
	return wait_until(display_acknowledged) && wait_until(vbl_pending);
}

static int guest(void) {
	for (int round = 0; round < ROUNDS; round++) {
		attach();
		if (!wait_until(acknowledged)) {
			printf("round %d: no answer\n", round);
			return 1;
		}
		ticks_before = atomic_load(&ticks_done);
		if (round % 16 == 0 && !wait_until(ticked)) {
			printf("round %d: no tick\n", round);
			return 1;
		}
		if (round % 4 == 0 && !bring_display_up()) {
			printf("round %d: no display\n", round);
			return 1;
		}
		pvg_regs_reset(&regs);
		if (!wait_until(reset_answered)) {
			printf("round %d: reset not answered\n", round);
			return 1;
		}
		// The memory has another owner now, the FIFO of the next life does not exist yet.
		for (uint32_t gpa = STAMPS; gpa < SCRATCH; gpa += 4) {
			put32(gpa, 0);
		}
		for (int i = 0; i < 20; i++) {
			sched_yield();
			if (get32(STAMPS) != 0 || get32(STAMPS + 4) != 0 ||
				get32(STAMPS + 36) != 0 || get32(RECORD + 4) != 0 ||
				get32(STAMPS + 20) != 0 || get32(SHARED) != 0 ||
				get32(SHARED + 0x100) != 0 || get32(SHARED + 0x200) != 0) {
				printf("round %d: a write landed after the reset\n", round);
				return 1;
			}
		}
		if ((pvg_regs_read(&regs, PVG_REG_INTR_STATUS_GPU, 4)) != 0) {
			printf("round %d: a status bit of the epoch before\n", round);
			return 1;
		}
	}
	return 0;
}

int main(void) {
	const struct pvg_device_config config = { .page_shift = 12 };
	const struct pvg_host host = { .irq = irq };
	pthread_t device_id, tick_id;

	pvg_log_init(PVG_LOG_INFO, ignore_log);
	page = aligned_alloc(64, sizeof(*page));
	ram = aligned_alloc(4096, RAM_BYTES);
	device = pvg_device_create(&config, &host, NULL);
	if (page == NULL || ram == NULL || device == NULL) {
		return 1;
	}
	memset(page, 0, sizeof(*page));
	memset(ram, 0, RAM_BYTES);
	pvg_regs_init(&regs, page, 1, NULL, NULL);
	const struct pvg_ram_span span = { .gpa = 0, .size_bytes = RAM_BYTES, .hva = ram };
	pvg_device_set_ram(device, pvg_ram_create(&span, 1, 1, NULL, NULL));
	if (!pvg_device_connect(device, page, 1, 1)) {
		return 1;
	}
	const struct pvg_display_desc desc = {
		.name = "threads",
		.width_mm = 480,
		.height_mm = 270,
		.mode_count = 1,
		.modes = { { 1280, 800, 60000 } },
	};
	pvg_display_set_desc(device, 0, &desc);
	if (pthread_create(&device_id, NULL, device_thread, NULL) != 0 ||
		pthread_create(&tick_id, NULL, tick_thread, NULL) != 0) {
		return 1;
	}
	int failed = guest();
	atomic_store(&stop, true);
	pthread_join(device_id, NULL);
	pthread_join(tick_id, NULL);
	pvg_device_destroy(device);
	free(page);
	free(ram);
	printf("%d passed, %d failed\n", 1 - failed, failed);
	return failed;
}
