// SPDX-License-Identifier: GPL-2.0-or-later
// Page-table walks: answered from the cache, and of 1 to 4 levels.
#include <stdlib.h>
#include <string.h>

#include <pvg/log.h>

#include "bench.h"
#include "core.h"
#include "enc/task.h"

#define RAM_BYTES 0x4000000u
#define PAGES 2025u // a picture of 1920x1080

static struct pvg_device *make_device(uint8_t *ram) {
	const struct pvg_device_config config = { .page_shift = 12 };
	const struct pvg_host host = { .irq = NULL };
	const struct pvg_ram_span spans[] = {
		{ .gpa = 0, .size_bytes = RAM_BYTES / 2, .hva = ram },
		{ .gpa = RAM_BYTES, .size_bytes = RAM_BYTES / 2, .hva = ram + RAM_BYTES / 2 },
	};
	struct pvg_device *device = pvg_device_create(&config, &host, NULL);

	if (device != NULL) {
		pvg_device_set_ram(device, pvg_ram_create(spans, 2, 1, NULL, NULL));
	}
	return device;
}

// Nanoseconds a page; the sum keeps the compiler honest.
static double pass(struct pvg_device *device, struct pvg_task *task, uint64_t gva, uint32_t pages,
	bool cached) {
	static volatile uintptr_t sink;
	uintptr_t sum = 0;
	int64_t best_ns = INT64_MAX;

	for (int round = 0; round < 200; round++) {
		if (!cached) {
			pvg_task_invalidate_all(device, task);
		}
		int64_t from_ns = bench_now_ns();
		for (uint32_t i = 0; i < pages; i++) {
			enum pvg_access access;
			sum += (uintptr_t)pvg_task_translate(device, task, gva + i * 4096ull, NULL,
				&access);
		}
		int64_t ns = bench_now_ns() - from_ns;
		best_ns = ns < best_ns ? ns : best_ns;
	}
	sink = sum;
	(void)sink;
	return (double)best_ns / pages;
}

int main(void) {
	uint8_t *ram = aligned_alloc(4096, RAM_BYTES);
	struct pvg_enc_mem mem;
	double cached_ns = 0;

	pvg_log_init(PVG_LOG_ERROR, NULL);
	if (ram == NULL) {
		return 1;
	}
	memset(ram, 0, RAM_BYTES);
	struct pvg_device *device = make_device(ram);
	if (device == NULL) {
		return 1;
	}
	pvg_enc_mem_init(&mem, ram + 0x10000, 0x10000, RAM_BYTES / 2 - 0x10000);
	for (uint32_t depth = 1; depth <= 4; depth++) {
		struct pvg_enc_task guest;
		uint64_t gva = depth == 1 ? 0x10000 : 0x100000;
		uint32_t pages = depth == 1 ? 1000 : PAGES;
		if (!pvg_enc_task_init(&guest, &mem, depth, depth) ||
			!pvg_enc_task_map(&guest, gva, pvg_enc_mem_alloc(&mem, pages), pages)) {
			return 1;
		}
		struct pvg_task *task = pvg_task_make(device, depth);
		if (task == NULL) {
			return 1;
		}
		task->live = true;
		task->dir_pfn = guest.dir_pfn;
		if (depth == 4) {
			(void)pass(device, task, gva, pages, true);
			cached_ns = pass(device, task, gva, pages, true);
			bench_line("walk-cached", cached_ns, "ns");
		}
		char name[32];
		(void)snprintf(name, sizeof(name), "walk-%u-levels", depth);
		double ns = pass(device, task, gva, pages, false);
		if (depth == 4) {
			bench_ratio(name, ns, "ns", ns / cached_ns);
		} else {
			bench_line(name, ns, "ns");
		}
	}
	pvg_device_destroy(device);
	free(ram);
	return 0;
}
