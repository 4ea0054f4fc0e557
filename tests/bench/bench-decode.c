// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Decode: from Exec packets to command lists, with a renderer that only counts. The mix is a
 * desktop's (spec 03 section 10): a draw a pass or a few, 3.9 buffers bound a draw, a texture and a
 * sampler in most, viewport, scissor and pipeline the same in 19 of 20 draws.
 */
#include <stdlib.h>
#include <string.h>

#include <pvg/device.h>
#include <pvg/log.h>
#include <pvg/regs.h>

#include "bench.h"
#include "enc/pipeline.h"
#include "enc/stream.h"
#include "enc/task.h"
#include "pvg-link.h"
#include "render/null/null.h"

#define RAM_BYTES (UINT32_C(64) << 20)
#define STAMPS 0x10000u // page 0x10, ring behind it
#define ROOT 0x20000u
#define RECORD (ROOT + 0x400)
#define LIST 0x30000u
#define RING 0x31000u
#define RING_BYTES 0x10000u
#define FREE_GPA 0x100000u
#define DRAWS 300u // of a frame
#define FRAMES 400u
#define STREAM_BYTES (UINT32_C(1) << 20)

enum {
	BUFFER = 12,
	BUFFERS = 8,
	TEXTURE = 24,
	TEXTURES = 12,
	PIPELINE = 40,
	PIPELINES = 4,
	SAMPLER = 50,
	FUNCTION = 51
};

struct bench {
	struct pvg_link_page *page;
	struct pvg_regs regs;
	uint8_t *ram;
	struct pvg_device *device;
	struct pvg_renderer *null;
	struct pvg_enc_mem mem;
	struct pvg_enc_task task;
	uint64_t stream_gva;
	uint8_t *stream;
	uint32_t root_written, written, signal;
};

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

static void irq(void *data) {
}

static void use(void *data, const struct pvg_gpu_render_desc *render,
	const struct pvg_gpu_compute_desc *compute, struct pvg_gpu_pipeline_info *info) {
	info->stage[PVG_GPU_VERTEX].buffers = 6; // 0 feeds attributes
	info->stage[PVG_GPU_VERTEX].buffer_bytes[1] = 64;
	info->stage[PVG_GPU_VERTEX].buffer_bytes[2] = 128;
	info->stage[PVG_GPU_FRAGMENT].buffers = 1;
	info->stage[PVG_GPU_FRAGMENT].buffer_bytes[0] = 64;
	info->stage[PVG_GPU_FRAGMENT].textures[0] = 1;
	info->stage[PVG_GPU_FRAGMENT].samplers = 1;
}

/* ---- objects --------------------------------------------------------------------------------- */

struct bytes {
	uint8_t at[1024];
	uint32_t size;
};

static void add(struct bytes *b, uint64_t value, unsigned int size) {
	pvg_put(b->at + b->size, value, size);
	b->size += size;
}

static void declare(struct bench *b, uint32_t ref, uint8_t type, const struct bytes *bytes) {
	if (!pvg_enc_task_declare(&b->task, ref, type, bytes->at, bytes->size)) {
		abort();
	}
}

static uint64_t memory(struct bench *b, uint32_t size) {
	uint64_t gva;

	if (pvg_enc_task_alloc(&b->task, size, &gva) == NULL) {
		abort();
	}
	return gva;
}

static void declare_texture(struct bench *b, uint32_t ref, uint32_t edge) {
	struct bytes d = { .size = 0 };
	uint32_t size = edge * edge * 4;

	add(&d, size, 8);
	add(&d, memory(b, size) >> 12, 4);
	add(&d, 1, 2);
	add(&d, 1, 2);
	add(&d, 0, 8);
	add(&d, size, 8);
	add(&d, 0, 3);
	add(&d, 4, 1);
	add(&d, 0, 8);
	add(&d, size, 8);
	add(&d, edge * 4, 8);
	add(&d, edge, 4);
	add(&d, edge, 4);
	add(&d, 1, 4);
	add(&d, 1, 4);
	add(&d, 44, 4);
	add(&d, ref, 4);
	add(&d, 2 | 0x40u | 7u << 8 | 80u << 16, 4);
	add(&d, edge, 4);
	add(&d, edge, 4);
	add(&d, 1, 4);
	add(&d, 1, 2);
	add(&d, 1, 2);
	add(&d, 1, 2);
	add(&d, 0x20, 2); // private: the guest's CPU does not write it
	add(&d, 0, 8);
	declare(b, ref, 2, &d);
}

static void declare_all(struct bench *b) {
	struct bytes d = { .size = 0 };

	for (uint32_t i = 0; i < BUFFERS; i++) {
		d.size = 0;
		add(&d, 0x10000, 8);
		add(&d, memory(b, 0x10000) >> 12, 8);
		declare(b, BUFFER + i, 1, &d);
	}
	for (uint32_t i = 0; i < TEXTURES; i++) {
		declare_texture(b, TEXTURE + i, i < 2 ? 1024 : 128);
	}
	d.size = 0;
	uint64_t code = memory(b, 64);
	add(&d, code, 8);
	add(&d, 64, 4);
	add(&d, 0, 8);
	add(&d, 1, 4);
	declare(b, FUNCTION, 6, &d);
	pvg_enc_task_write(&b->task, code, "MTLB", 4);
	for (uint32_t i = 0; i < PIPELINES; i++) {
		const struct pvg_enc_render_pipeline p = {
			.object_ref = PIPELINE + i,
			.vertex_function = FUNCTION,
			.fragment_function = FUNCTION,
			.attribute_count = 2,
			.attributes = { { 0, 30, 0, 0 }, { 1, 29, 12, 0 } },
			.layout_count = 1,
			.layouts = { { 0, 1, 1, 20 } },
			.colour_count = 1,
			.colours = { { 0, 80, true, 1, 5, 0, 1, 5, 0, 0xf } },
		};
		d.size = pvg_enc_render_pipeline(&p, d.at, sizeof(d.at));
		declare(b, PIPELINE + i, 7, &d);
	}
	const struct pvg_enc_values values = { 0 };
	d.size = pvg_enc_encode(pvg_enc_find(&pvg_enc_object_table, 0x03), &values, d.at,
		sizeof(d.at));
	declare(b, SAMPLER, 7, &d);
}

/* ---- a frame --------------------------------------------------------------------------------- */

static void record(struct pvg_enc_stream *s, uint16_t opcode, const uint64_t *head,
	uint32_t elements, const uint64_t *array) {
	const struct pvg_enc_values values = {
		.head = head,
		.elements = { elements },
		.arrays = { array },
	};

	pvg_enc_stream_record(s, pvg_enc_find(&pvg_enc_render_table, opcode), &values);
}

static void begin_pass(struct pvg_enc_stream *s, uint32_t target, bool clear) {
	const struct pvg_enc_record *pass = pvg_enc_find(&pvg_enc_render_table, 0x1a);
	uint64_t head[192] = { 0 };

	for (unsigned int i = 0; i < pass->field_count; i++) {
		if (strcmp(pass->fields[i].name, "colour0.texture") == 0) {
			head[i] = target;
		} else if (strcmp(pass->fields[i].name, "colour0.load") == 0) {
			head[i] = clear ? 2 : 1;
		} else if (strcmp(pass->fields[i].name, "colour0.store") == 0) {
			head[i] = 1;
		}
	}
	pvg_enc_stream_begin(s, PVG_ENC_SEGMENT_RENDER, false, false);
	record(s, 0x1a, head, 0, NULL);
}

static void draw(struct pvg_enc_stream *s, uint32_t i, bool first) {
	if (first || i % 20 == 0) {
		record(s, 0x74, (const uint64_t[]){ PIPELINE + i % PIPELINES }, 0, NULL);
		record(s, 0x75, (const uint64_t[]){ 0, 0, 512, 100 + i % 7 }, 0, NULL);
	}
	uint64_t at = i % 64 * 256;
	record(s, 0x7d, (const uint64_t[]){ 0, 3 }, 3,
		(const uint64_t[]){ BUFFER + i % 4, at, BUFFER + 4, at, BUFFER + 5, at });
	record(s, 0x6e, (const uint64_t[]){ 0, 1 }, 1, (const uint64_t[]){ BUFFER + 6, at });
	record(s, 0x72, (const uint64_t[]){ 0, 1 }, 1,
		(const uint64_t[]){ TEXTURE + 2 + i % (TEXTURES - 2) });
	if (first) {
		record(s, 0x70, (const uint64_t[]){ 0, 1 }, 1, (const uint64_t[]){ SAMPLER });
	}
	if (i % 3 == 0) {
		record(s, 0x03, (const uint64_t[]){ 0, 4, 1 + i % 30, 4 }, 0, NULL);
	} else if (i % 3 == 1) {
		record(s, 0x01, (const uint64_t[]){ 3, 0, 6 }, 0, NULL);
	} else {
		record(s, 0x07, (const uint64_t[]){ 3, 0, BUFFER + 7, 6, 0 }, 0, NULL);
	}
}

static uint32_t frame(struct bench *b) {
	struct pvg_enc_stream s = pvg_enc_stream_init(b->stream, STREAM_BYTES);

	for (uint32_t i = 0; i < DRAWS;) {
		uint32_t draws = i % 5 == 0 ? 1 : i % 7 == 0 ? 12 : 3;
		begin_pass(&s, TEXTURE + (i / 40) % 2, i % 60 == 0);
		for (uint32_t k = 0; k < draws && i < DRAWS; k++, i++) {
			draw(&s, i, k == 0);
		}
		pvg_enc_stream_end(&s);
	}
	return s.failed ? 0 : s.length;
}

/* ---- running --------------------------------------------------------------------------------- */

static int start(struct bench *b) {
	const struct pvg_device_config config = { .page_shift = 12 };
	const struct pvg_host host = { .irq = irq };
	const struct pvg_null_hooks hooks = { .use = use };

	*b = (struct bench){ 0 };
	b->page = aligned_alloc(64, sizeof(*b->page));
	b->ram = aligned_alloc(4096, RAM_BYTES);
	b->device = pvg_device_create(&config, &host, b);
	b->null = pvg_null_create(&hooks);
	if (b->page == NULL || b->ram == NULL || b->device == NULL || b->null == NULL) {
		return 1;
	}
	pvg_null_trust(b->null);
	pvg_device_set_renderer(b->device, b->null);
	memset(b->page, 0, sizeof(*b->page));
	memset(b->ram, 0, RAM_BYTES);
	pvg_regs_init(&b->regs, b->page, 1, NULL, NULL);
	const struct pvg_ram_span span = { .gpa = 0, .size_bytes = RAM_BYTES, .hva = b->ram };
	pvg_device_set_ram(b->device, pvg_ram_create(&span, 1, 1, NULL, NULL));
	if (!pvg_device_connect(b->device, b->page, 1, 1)) {
		return 1;
	}
	pvg_regs_write(&b->regs, PVG_REG_VERSION, 4, 6);
	pvg_regs_write(&b->regs, PVG_REG_ROOT_PAGE, 4, ROOT >> 12);
	pvg_regs_write(&b->regs, PVG_REG_FIFO_BASE_PAGE, 4, STAMPS >> 12);
	pvg_regs_write(&b->regs, PVG_REG_FIFO_LENGTH, 4, 0x10000);
	pvg_regs_write(&b->regs, PVG_REG_FIFO_START, 4, 0x1000);
	pvg_regs_write(&b->regs, PVG_REG_CONTROL_FIFO, 4, 1);
	put32(b, RECORD + 0xc, 1);
	put32(b, RECORD + 0x10, LIST >> 12);
	for (uint32_t i = 0; i < RING_BYTES / 4096; i++) {
		put32(b, LIST + 4 * i, (RING >> 12) + i);
	}
	pvg_enc_mem_init(&b->mem, b->ram + FREE_GPA, FREE_GPA, RAM_BYTES - FREE_GPA);
	if (!pvg_enc_task_init(&b->task, &b->mem, 1, 3)) {
		return 1;
	}
	root(b, (const uint32_t[]){ 0x30, 16, 1, 1 }, 4);
	root(b, (const uint32_t[]){ 0x38, 28, 2, 2, 0, 4, b->task.dir_pfn }, 7);
	root(b, (const uint32_t[]){ 0x33, 24, 3, 1, PVG_ENC_LIST_GVA_PAGE, PVG_ENC_LIST_COUNT }, 6);
	declare_all(b);
	b->stream = pvg_enc_task_alloc(&b->task, STREAM_BYTES, &b->stream_gva);
	pvg_device_run(b->device);
	return b->stream == NULL;
}

static void send(struct bench *b, uint32_t bytes) {
	const uint32_t words[] = { 0x37, 40, ++b->signal, 1, 0, 1, (uint32_t)b->stream_gva,
		(uint32_t)(b->stream_gva >> 32), bytes, 0 };

	for (uint32_t i = 0; i < 10; i++) {
		put32(b, RING + (b->written + 4 * i) % RING_BYTES, words[i]);
	}
	b->written += 40;
	put32(b, RECORD, b->written);
	while (*(volatile uint32_t *)(b->ram + STAMPS + 4) != b->signal) {
		pvg_device_run(b->device);
	}
}

// Counted by the linker's --wrap.
static uint64_t allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *at, size_t size);

void *__wrap_malloc(size_t size) {
	allocations++;
	return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
	allocations++;
	return __real_calloc(count, size);
}

void *__wrap_realloc(void *at, size_t size) {
	allocations++;
	return __real_realloc(at, size);
}

// Of this thread: other programs' time is not ours.
static int64_t cpu_ns(void) {
	struct timespec now;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int main(void) {
	struct bench b;
	struct pvg_counters counters;

	pvg_log_init(PVG_LOG_ERROR, NULL);
	if (start(&b) != 0) {
		return 1;
	}
	uint32_t bytes = frame(&b);
	if (bytes == 0) {
		return 1;
	}
	for (unsigned int i = 0; i < 20; i++) {
		send(&b, bytes);
	}
	allocations = 0;
	int64_t best_ns = INT64_MAX;
	for (unsigned int round = 0; round < 5; round++) {
		int64_t from_ns = cpu_ns();
		for (unsigned int i = 0; i < FRAMES / 5; i++) {
			send(&b, bytes);
		}
		int64_t spent_ns = cpu_ns() - from_ns;
		best_ns = spent_ns < best_ns ? spent_ns : best_ns;
	}
	uint64_t allocated = allocations;
	const struct pvg_null_stats *stats = pvg_null_stats(b.null);
	double frames = FRAMES + 20;
	bench_line("decode", (double)best_ns / (FRAMES / 5.0 * DRAWS), "ns/draw");
	bench_line("decode-draws", (double)stats->commands[PVG_GPU_OP_DRAW] / frames, "a frame");
	bench_line("decode-passes", (double)stats->commands[PVG_GPU_OP_BEGIN_PASS] / frames,
		"a frame");
	uint64_t commands = 0;
	for (unsigned int i = 0; i < PVG_NULL_OPS; i++) {
		commands += stats->commands[i];
	}
	bench_line("decode-commands", (double)commands / frames / DRAWS, "a draw");
	bench_line("decode-allocations", (double)allocated, "in 400 frames");
	pvg_device_get_counters(b.device, &counters);
	uint64_t refused = 0;
	for (unsigned int i = 0; i < PVG_REFUSALS_MAX; i++) {
		refused += counters.refusals[i];
	}
	bench_line("decode-refused", (double)refused, "records");
	pvg_device_destroy(b.device);
	b.null->ops->destroy(b.null);
	free(b.page);
	free(b.ram);
	return 0;
}
