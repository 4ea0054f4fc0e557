// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness.h"

#include <stdlib.h>
#include <sys/mman.h>

#include <pvg/log.h>

#define GUARD_BYTES 0x10000u

static void ignore_log(enum pvg_log_level level, const char *fmt, va_list args) {
}

/* ---- around the device ----------------------------------------------------------------------- */

static void host_irq(void *data) {
	struct harness *h = data;

	h->irqs++;
	if (h->on_irq != NULL) {
		h->on_irq(h);
	}
}

static int64_t host_now(void *data) {
	struct harness *h = data;

	h->now_ns += h->clock_step_ns;
	return h->now_ns;
}

static void host_reset_done(void *data, uint64_t epoch) {
	struct harness *h = data;

	h->resets++;
	h->reset_epoch = epoch;
	if (h->on_reset_done != NULL) {
		h->on_reset_done(h);
	}
}

static void doorbell(void *data) {
	((struct harness *)data)->doorbells++;
}

static void ram_init(struct harness_ram *ram) {
	size_t size = RAM_LOW_BYTES + RAM_HIGH_BYTES + 3 * GUARD_BYTES;

	ram->map = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_ptr_not_equal(ram->map, MAP_FAILED);
	ram->low = ram->map + GUARD_BYTES;
	ram->high = ram->low + RAM_LOW_BYTES + GUARD_BYTES;
	assert_int_equal(mprotect(ram->low, RAM_LOW_BYTES, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(mprotect(ram->high, RAM_HIGH_BYTES, PROT_READ | PROT_WRITE), 0);
}

static void count_release(void *data) {
	((struct harness *)data)->ram.releases++;
}

struct pvg_ram *harness_ram_table(struct harness *h, size_t spans) {
	const struct pvg_ram_span table[] = {
		{ .gpa = 0, .size_bytes = RAM_LOW_BYTES, .hva = h->ram.low },
		{ .gpa = RAM_HIGH_GPA, .size_bytes = RAM_HIGH_BYTES, .hva = h->ram.high },
	};
	struct pvg_ram *ram = pvg_ram_create(table, spans, ++h->ram_generation, count_release, h);

	assert_non_null(ram);
	return ram;
}

void harness_init(struct harness *h, uint32_t page_shift) {
	const struct pvg_host host = {
		.irq = host_irq,
		.now_ns = host_now,
		.reset_done = host_reset_done,
	};

	*h = (struct harness){ .now_ns = 1000000000 };
	pvg_log_init(PVG_LOG_INFO, ignore_log);
	h->page = aligned_alloc(64, sizeof(*h->page));
	assert_non_null(h->page);
	memset(h->page, 0, sizeof(*h->page));
	pvg_regs_init(&h->regs, h->page, 1, doorbell, h);
	ram_init(&h->ram);
	pvg_enc_mem_init(&h->mem, h->ram.low + RAM_FREE_END, RAM_FREE_END,
		RAM_LOW_BYTES - RAM_FREE_END);
	h->config.page_shift = page_shift;
	assert_true(pvg_info_profile(&h->config.info, "proven"));
	h->device = pvg_device_create(&h->config, &host, h);
	assert_non_null(h->device);
	assert_true(pvg_device_connect(h->device, h->page, 1, 1));
	struct pvg_ram *ram = harness_ram_table(h, 2);
	atomic_store(&h->page->mem_generation, h->ram_generation);
	pvg_device_set_ram(h->device, ram);
}

void harness_finish(struct harness *h) {
	pvg_device_destroy(h->device);
	free(h->page);
	munmap(h->ram.map, RAM_LOW_BYTES + RAM_HIGH_BYTES + 3 * GUARD_BYTES);
}

int harness_setup(void **state) {
	struct harness *h = malloc(sizeof(*h));

	assert_non_null(h);
	harness_init(h, 12);
	*state = h;
	return 0;
}

int harness_teardown(void **state) {
	struct harness *h = *state;

	harness_finish(h);
	free(h);
	return 0;
}

/* ---- memory and registers -------------------------------------------------------------------- */

uint8_t *gpa(struct harness *h, uint64_t address) {
	return address >= RAM_HIGH_GPA ? h->ram.high + (address - RAM_HIGH_GPA)
				       : h->ram.low + address;
}

uint32_t mem32(struct harness *h, uint64_t address) {
	return (uint32_t)pvg_get(gpa(h, address), 4);
}

void set32(struct harness *h, uint64_t address, uint32_t value) {
	pvg_put(gpa(h, address), value, 4);
}

uint32_t r32(struct harness *h, uint32_t reg) {
	return (uint32_t)pvg_regs_read(&h->regs, reg, 4);
}

void r32_is(struct harness *h, uint32_t reg, uint32_t value) {
	assert_int_equal(r32(h, reg), value);
}

void w32(struct harness *h, uint32_t reg, uint32_t value) {
	pvg_regs_write(&h->regs, reg, 4, value);
}

int64_t run(struct harness *h) {
	return pvg_device_run(h->device);
}

struct pvg_counters counters(struct harness *h) {
	struct pvg_counters c;

	pvg_device_get_counters(h->device, &c);
	return c;
}

uint64_t refused(struct harness *h, enum pvg_refusal reason) {
	return counters(h).refusals[reason];
}

/* ---- the driver ------------------------------------------------------------------------------ */

void attach_fifo(struct harness *h) {
	h->root_pfn = pvg_enc_mem_alloc(&h->mem, 1);
	h->fifo_pfn = pvg_enc_mem_alloc(&h->mem, PVG_ENC_FIFO_BYTES / PVG_ENC_PAGE_BYTES);
	assert_int_not_equal(h->fifo_pfn, 0);
	pvg_enc_ring_init_root(&h->rings[0], &h->mem, h->fifo_pfn);
	memset(h->signals, 0, sizeof(h->signals));
	w32(h, PVG_REG_VERSION, 6);
	w32(h, PVG_REG_ROOT_PAGE, h->root_pfn);
	w32(h, PVG_REG_FIFO_BASE_PAGE, h->fifo_pfn);
	w32(h, PVG_REG_FIFO_LENGTH, PVG_ENC_FIFO_BYTES);
	w32(h, PVG_REG_FIFO_START, PVG_ENC_FIFO_START);
	w32(h, PVG_REG_CONTROL_FIFO, 1);
}

void define_channel(struct harness *h, uint32_t channel, uint32_t pages, uint16_t slot) {
	assert_true(pvg_enc_ring_init_child(&h->rings[channel], &h->mem, pages));
	pvg_enc_ring_write_record(&h->rings[channel], h->root_pfn, channel, slot);
	h->signals[channel] = 0;
	PUT(h, 0, 0x30, channel);
}

void define_task(struct harness *h, struct pvg_enc_task *task) {
	PUT(h, 0, 0x38, pvg_enc_task_word(task), 0, 4, task->dir_pfn);
	PUT(h, 0, 0x33, task->id, PVG_ENC_LIST_GVA_PAGE, PVG_ENC_LIST_COUNT);
}

void attach(struct harness *h) {
	attach_fifo(h);
	for (uint32_t channel = 1; channel <= 4; channel++) {
		define_channel(h, channel, 16, (uint16_t)channel);
	}
	assert_true(pvg_enc_task_init(&h->task, &h->mem, 0, 3));
	define_task(h, &h->task);
	run(h);
	assert_true(acked(h, 0));
}

uint32_t put_waits(struct harness *h, uint32_t channel, uint16_t opcode, const struct wait *waits,
	uint16_t n_wait, const void *payload, uint32_t payload_bytes) {
	struct pvg_enc_ring *ring = &h->rings[channel];
	uint32_t total = 12u + 8u * n_wait + payload_bytes;
	uint8_t header[12];

	pvg_put(header, opcode, 2);
	pvg_put(header + 2, n_wait, 2);
	pvg_put(header + 4, total, 4);
	pvg_put(header + 8, ++h->signals[channel], 4);
	pvg_enc_ring_put(ring, header, sizeof(header));
	for (uint16_t i = 0; i < n_wait; i++) {
		uint8_t wait[8];
		pvg_put(wait, waits[i].slot, 4);
		pvg_put(wait + 4, waits[i].value, 4);
		pvg_enc_ring_put(ring, wait, sizeof(wait));
	}
	if (payload_bytes > 0) {
		pvg_enc_ring_put(ring, payload, payload_bytes);
	}
	if (channel == 0) {
		w32(h, PVG_REG_FIFO_WRITTEN, ring->written);
	} else {
		pvg_put(pvg_enc_ring_record(&h->mem, h->root_pfn, channel), ring->written, 4);
	}
	return h->signals[channel];
}

uint32_t put(struct harness *h, uint32_t channel, uint16_t opcode, const void *payload,
	uint32_t payload_bytes) {
	return put_waits(h, channel, opcode, NULL, 0, payload, payload_bytes);
}

void ring_doorbell(struct harness *h, uint32_t channel) {
	w32(h, PVG_REG_CHILD_DOORBELL, channel);
}

uint32_t stamp(struct harness *h, uint32_t slot) {
	return mem32(h, ((uint64_t)h->fifo_pfn << 12) + 4ull * slot);
}

uint32_t child_read(struct harness *h, uint32_t channel) {
	return (uint32_t)pvg_get(pvg_enc_ring_record(&h->mem, h->root_pfn, channel) + 4, 4);
}

bool acked(struct harness *h, uint32_t channel) {
	uint32_t slot = channel == 0
		? 0
		: (uint32_t)pvg_get(pvg_enc_ring_record(&h->mem, h->root_pfn, channel) + 12, 2);

	return stamp(h, slot) == h->signals[channel];
}
