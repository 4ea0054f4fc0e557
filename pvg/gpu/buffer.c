// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Windows of guest buffers that the GPU reads. A buffer's bytes may change at any time without a
 * word (spec 03 section 9.9), so each list looks at each window again: what changes goes through
 * the ring, what was found unchanged twice gets a place that lasts, and stays there.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "core.h"
#include "gpu/memory.h"
#include "refuse.h"

#define PHASE 256u // windows keep their offset modulo this, so that others may lie within them
#define CAPTURE_BYTES_MIN UINT64_C(4096)
#define WHOLE_BYTES (UINT64_C(64) << 20) // a larger buffer is not captured as a whole
#define LASTING_BYTES (UINT64_C(16) << 20) // a larger window always goes through the ring
#define UNCHANGED_ENOUGH 2u

/* ---- places that last ------------------------------------------------------------------------ */

/*
 * Pools of blocks in sizes of powers of two. A block that is let go may still be read by lists in
 * flight: it comes back when they have completed.
 */
#define BLOCK_SHIFT_MIN 8u
#define BLOCK_CLASSES 17u // 256 bytes to 16 MiB
#define POOL_BYTES (UINT64_C(4) << 20)

struct pvg_gpu_block {
	struct pvg_gpu_block *next; // free, or waiting
	struct pvg_gpu_buffer *buffer; // borrowed from its pool
	uint64_t offset_bytes;
	uint8_t *map;
	uint64_t serial; // waiting: for this list
	uint8_t size_class;
};

struct pvg_gpu_pool {
	struct pvg_gpu_pool *next;
	struct pvg_gpu_buffer *buffer; // owned
	uint64_t size_bytes;
	struct pvg_gpu_block *blocks; // owned: all of them
};

struct pvg_gpu_pools {
	struct pvg_gpu_pool *pools; // owned
	struct pvg_gpu_block *spare[BLOCK_CLASSES]; // borrowed from their pools
	struct pvg_gpu_block *waiting, **waiting_end;
	struct pvg_gpu_block *late; // the first of them that waits for the list being built
};

static unsigned int class_of(uint64_t size_bytes) {
	unsigned int size_class = 0;

	while (size_class < BLOCK_CLASSES &&
		UINT64_C(1) << (BLOCK_SHIFT_MIN + size_class) < size_bytes) {
		size_class++;
	}
	return size_class;
}

static void collect(struct pvg_gpu *gpu, struct pvg_gpu_pools *pools) {
	while (pools->waiting != NULL && pvg_gpu_is_complete(gpu, pools->waiting->serial)) {
		struct pvg_gpu_block *block = pools->waiting;
		pools->waiting = block->next;
		if (pools->waiting == NULL) {
			pools->waiting_end = &pools->waiting;
		}
		block->next = pools->spare[block->size_class];
		pools->spare[block->size_class] = block;
	}
}

// One buffer, cut into blocks of one class. NULL: no memory; windows stay in the ring then.
static void add_pool(struct pvg_gpu *gpu, struct pvg_gpu_pools *pools, unsigned int size_class) {
	uint64_t block_bytes = UINT64_C(1) << (BLOCK_SHIFT_MIN + size_class);
	uint64_t size_bytes = block_bytes > POOL_BYTES ? block_bytes : POOL_BYTES;
	uint64_t count = size_bytes / block_bytes;
	struct pvg_gpu_pool *pool = calloc(1, sizeof(*pool));
	struct pvg_gpu_block *blocks = calloc(count, sizeof(*blocks));

	if (pool == NULL || blocks == NULL ||
		gpu->memory->used_bytes > gpu->memory->limit_bytes / 2 ||
		!pvg_gpu_budget_take(gpu, 0, size_bytes, "buffer memory")) {
		goto error;
	}
	pool->buffer =
		gpu->renderer->ops->buffer_create(gpu->renderer, size_bytes, PVG_GPU_BUFFER_UPLOAD);
	if (pool->buffer == NULL) {
		pvg_gpu_budget_give(gpu, 0, size_bytes);
		goto error;
	}
	pool->size_bytes = size_bytes;
	pool->blocks = blocks;
	pool->next = pools->pools;
	pools->pools = pool;
	for (uint64_t i = count; i-- > 0;) {
		blocks[i] = (struct pvg_gpu_block){
			.buffer = pool->buffer,
			.offset_bytes = block_bytes * i,
			.map = pool->buffer->map + block_bytes * i,
			.size_class = (uint8_t)size_class,
			.next = pools->spare[size_class],
		};
		pools->spare[size_class] = &blocks[i];
	}
	return;

error:
	free(blocks);
	free(pool);
}

static struct pvg_gpu_block *take_block(struct pvg_gpu *gpu, uint64_t size_bytes) {
	struct pvg_gpu_pools *pools = gpu->memory->windows.pools;
	unsigned int size_class = class_of(size_bytes);

	if (size_class >= BLOCK_CLASSES) {
		return NULL;
	}
	collect(gpu, pools);
	if (pools->spare[size_class] == NULL) {
		add_pool(gpu, pools, size_class);
	}
	struct pvg_gpu_block *block = pools->spare[size_class];
	if (block != NULL) {
		pools->spare[size_class] = block->next;
		block->next = NULL;
	}
	return block;
}

static void give_block(struct pvg_gpu *gpu, struct pvg_gpu_block *block) {
	struct pvg_gpu_pools *pools = gpu->memory->windows.pools;

	block->serial = pvg_gpu_next_serial(gpu);
	block->next = NULL;
	*pools->waiting_end = block;
	pools->waiting_end = &block->next;
	pools->late = pools->late != NULL ? pools->late : block;
}

/* ---- windows --------------------------------------------------------------------------------- */

bool pvg_gpu_windows_init(struct pvg_gpu_windows *windows) {
	windows->buckets = calloc(PVG_GPU_WINDOW_BUCKETS, sizeof(struct pvg_gpu_window *));
	windows->pools = calloc(1, sizeof(*windows->pools));
	if (windows->pools != NULL) {
		windows->pools->waiting_end = &windows->pools->waiting;
	}
	return windows->buckets != NULL && windows->pools != NULL;
}

void pvg_gpu_windows_clear(struct pvg_gpu *gpu) {
	struct pvg_gpu_windows *windows = &gpu->memory->windows;

	while (windows->newest != NULL) {
		struct pvg_gpu_window *window = windows->newest;
		windows->newest = window->older;
		free(window);
	}
	windows->oldest = NULL;
	windows->count = 0;
	if (windows->buckets != NULL) {
		memset(windows->buckets, 0,
			PVG_GPU_WINDOW_BUCKETS * sizeof(struct pvg_gpu_window *));
	}
	struct pvg_gpu_pools *pools = windows->pools;
	while (pools != NULL && pools->pools != NULL) {
		struct pvg_gpu_pool *pool = pools->pools;
		pools->pools = pool->next;
		pvg_gpu_bury_buffer(gpu, pool->buffer);
		pvg_gpu_budget_give(gpu, 0, pool->size_bytes);
		free(pool->blocks);
		free(pool);
	}
	if (pools != NULL) {
		*pools = (struct pvg_gpu_pools){ .waiting_end = &pools->waiting };
	}
}

void pvg_gpu_windows_finish(struct pvg_gpu *gpu, struct pvg_gpu_windows *windows) {
	free(windows->buckets);
	free(windows->pools);
}

void pvg_gpu_windows_committed(struct pvg_gpu *gpu) {
	uint64_t last = pvg_gpu_last_serial(gpu);

	// Of a list that had nothing to submit: its serial is another one's.
	for (struct pvg_gpu_block *b = gpu->memory->windows.pools->late; b != NULL; b = b->next) {
		b->serial = b->serial < last ? b->serial : last;
	}
	gpu->memory->windows.pools->late = NULL;
}

void pvg_gpu_windows_completed(struct pvg_gpu *gpu) {
	collect(gpu, gpu->memory->windows.pools);
}

static struct pvg_gpu_window **bucket_of(const struct pvg_gpu_windows *windows, uint32_t task,
	uint64_t gva, uint64_t size_bytes) {
	uint64_t key =
		(gva ^ size_bytes << 40 ^ (uint64_t)task << 48) * UINT64_C(0x9e3779b97f4a7c15);

	return &windows->buckets[(key >> 40) % PVG_GPU_WINDOW_BUCKETS];
}

static void unlink_use(struct pvg_gpu_windows *windows, struct pvg_gpu_window *window) {
	if (window->newer != NULL) {
		window->newer->older = window->older;
	} else {
		windows->newest = window->older;
	}
	if (window->older != NULL) {
		window->older->newer = window->newer;
	} else {
		windows->oldest = window->newer;
	}
}

static void link_newest(struct pvg_gpu_windows *windows, struct pvg_gpu_window *window) {
	window->newer = NULL;
	window->older = windows->newest;
	if (windows->newest != NULL) {
		windows->newest->newer = window;
	} else {
		windows->oldest = window;
	}
	windows->newest = window;
}

static void unlink_bucket(struct pvg_gpu_windows *windows, struct pvg_gpu_window *window) {
	struct pvg_gpu_window **link =
		bucket_of(windows, window->task, window->gva, window->size_bytes);

	while (*link != window) {
		link = &(*link)->next_in_bucket;
	}
	*link = window->next_in_bucket;
}

// The window of this range, as it was or empty. NULL without memory.
static struct pvg_gpu_window *window_get(struct pvg_gpu *gpu, uint32_t task, uint64_t gva,
	uint64_t size_bytes) {
	struct pvg_gpu_windows *windows = &gpu->memory->windows;
	struct pvg_gpu_window **bucket = bucket_of(windows, task, gva, size_bytes);

	for (struct pvg_gpu_window *w = *bucket; w != NULL; w = w->next_in_bucket) {
		if (w->task == task && w->gva == gva && w->size_bytes == size_bytes) {
			if (windows->newest != w) {
				unlink_use(windows, w);
				link_newest(windows, w);
			}
			return w;
		}
	}
	struct pvg_gpu_window *window = NULL;
	if (windows->count >= PVG_GPU_WINDOWS_MAX) {
		window = windows->oldest;
		if (window->block != NULL) {
			give_block(gpu, window->block);
		}
		unlink_bucket(windows, window);
		unlink_use(windows, window);
		memset(window, 0, sizeof(*window));
	} else {
		window = calloc(1, sizeof(*window));
		if (window == NULL) {
			PVG_REFUSE(gpu->device, NO_MEMORY, "task %" PRIu32 ": window: no memory",
				task);
			return NULL;
		}
		windows->count++;
	}
	window->task = task;
	window->gva = gva;
	window->size_bytes = size_bytes;
	bucket = bucket_of(windows, task, gva, size_bytes);
	window->next_in_bucket = *bucket;
	*bucket = window;
	link_newest(windows, window);
	return window;
}

// Where to put @gva's byte so that it keeps its phase, or is aligned when that does not do.
static uint64_t phase_of(uint64_t offset_bytes, uint32_t alignment) {
	uint64_t phase = offset_bytes % PHASE;

	return alignment <= PHASE && phase % alignment == 0 ? phase : 0;
}

static enum pvg_gpu_found into_ring(struct pvg_gpu *gpu, struct pvg_gpu_reader *reader,
	const struct pvg_gpu_window *window, uint64_t phase, uint32_t alignment,
	struct pvg_gpu_span *span) {
	uint8_t *map;
	enum pvg_gpu_found found = pvg_gpu_ring_take(gpu, &gpu->memory->upload,
		phase + window->size_bytes, alignment > PHASE ? alignment : PHASE, span, &map);

	if (found != PVG_GPU_FOUND) {
		return found;
	}
	span->offset_bytes += phase;
	span->size_bytes = window->size_bytes;
	return pvg_gpu_reader_copy(reader, window->gva, window->size_bytes, map + phase)
		? PVG_GPU_FOUND
		: PVG_GPU_RETRY;
}

// Into a place that lasts. False: there is none, or its pages are on their way.
static bool into_block(struct pvg_gpu *gpu, struct pvg_gpu_reader *reader,
	struct pvg_gpu_window *window, uint64_t phase) {
	if (window->size_bytes + phase > LASTING_BYTES) {
		return false;
	}
	struct pvg_gpu_block *block = take_block(gpu, window->size_bytes + phase);
	if (block == NULL) {
		return false;
	}
	if (!pvg_gpu_reader_copy(reader, window->gva, window->size_bytes, block->map + phase)) {
		give_block(gpu, block);
		return false;
	}
	window->block = block;
	window->span = (struct pvg_gpu_span){
		.buffer = block->buffer,
		.offset_bytes = block->offset_bytes + phase,
		.size_bytes = window->size_bytes,
	};
	return true;
}

static bool is_aligned(const struct pvg_gpu_span *span, uint32_t alignment) {
	return span->offset_bytes % alignment == 0;
}

static enum pvg_gpu_found capture(struct pvg_gpu *gpu, struct pvg_gpu_window *window,
	uint64_t offset_bytes, uint32_t alignment) {
	struct pvg_gpu_reader reader = pvg_gpu_reader(gpu, window->task, false);
	uint64_t phase = phase_of(offset_bytes, alignment);
	uint64_t hash = 0;

	if (!pvg_gpu_reader_hash(&reader, window->gva, window->size_bytes, &hash)) {
		return PVG_GPU_RETRY;
	}
	bool same = window->epoch != 0 && window->hash == hash;
	window->hash = hash;
	if (window->block != NULL && (!same || !is_aligned(&window->span, alignment))) {
		give_block(gpu, window->block);
		window->block = NULL;
	}
	window->unchanged = !same               ? 0
		: window->unchanged < UINT8_MAX ? window->unchanged + 1
						: UINT8_MAX;
	if (window->block != NULL) {
		PVG_COUNT_DEVICE(gpu->device, gpu.uploads_skipped);
		window->epoch = gpu->memory->epoch;
		return PVG_GPU_FOUND;
	}
	if (window->unchanged < UNCHANGED_ENOUGH || !into_block(gpu, &reader, window, phase)) {
		enum pvg_gpu_found found =
			into_ring(gpu, &reader, window, phase, alignment, &window->span);
		if (found != PVG_GPU_FOUND) {
			window->epoch = 0;
			return found;
		}
	}
	if (reader.missed) {
		PVG_REFUSE(gpu->device, BUFFER,
			"task %" PRIu32 ": 0x%" PRIx64 ": not all of %" PRIu64
			" bytes is mapped, the rest reads as zeros",
			window->task, window->gva, window->size_bytes);
	}
	window->epoch = gpu->memory->epoch;
	PVG_COUNT_DEVICE(gpu->device, gpu.uploads);
	PVG_ADD_DEVICE(gpu->device, gpu.bytes_uploaded, window->size_bytes);
	return PVG_GPU_FOUND;
}

// A larger capture of this list that holds the range.
static bool find_capture(const struct pvg_gpu *gpu, uint32_t task, uint64_t gva,
	uint64_t size_bytes, uint32_t alignment, struct pvg_gpu_span *span) {
	const struct pvg_gpu_windows *windows = &gpu->memory->windows;

	for (unsigned int i = 0; i < PVG_GPU_CAPTURES; i++) {
		const struct pvg_gpu_capture *capture = &windows->captures[i];
		if (capture->epoch != gpu->memory->epoch || capture->task != task ||
			gva < capture->gva || gva - capture->gva > capture->size_bytes ||
			size_bytes > capture->size_bytes - (gva - capture->gva)) {
			continue;
		}
		*span = (struct pvg_gpu_span){
			.buffer = capture->span.buffer,
			.offset_bytes = capture->span.offset_bytes + (gva - capture->gva),
			.size_bytes = size_bytes,
		};
		if (is_aligned(span, alignment)) {
			return true;
		}
	}
	return false;
}

// How much of the buffer this list has captured already, with what is wanted now.
static uint64_t tally(struct pvg_gpu *gpu, const struct pvg_gpu_backing *backing,
	uint64_t size_bytes) {
	uint64_t key = (backing->gva >> 12 ^ backing->task) * UINT64_C(0x9e3779b97f4a7c15);
	struct pvg_gpu_tally *tally = &gpu->memory->windows.tallies[(key >> 40) % PVG_GPU_TALLIES];

	if (tally->epoch != gpu->memory->epoch || tally->task != backing->task ||
		tally->gva != backing->gva) {
		*tally = (struct pvg_gpu_tally){
			.epoch = gpu->memory->epoch,
			.task = backing->task,
			.gva = backing->gva,
		};
	}
	tally->bytes += size_bytes;
	return tally->bytes;
}

enum pvg_gpu_found pvg_gpu_window_read(struct pvg_gpu *gpu, const struct pvg_gpu_backing *backing,
	uint64_t offset_bytes, uint64_t size_bytes, uint32_t alignment, struct pvg_gpu_span *span) {
	struct pvg_gpu_windows *windows = &gpu->memory->windows;
	uint64_t gva = backing->gva + offset_bytes;

	if (find_capture(gpu, backing->task, gva, size_bytes, alignment, span)) {
		return PVG_GPU_FOUND;
	}
	struct pvg_gpu_window *window = window_get(gpu, backing->task, gva, size_bytes);
	if (window == NULL) {
		return PVG_GPU_MISSING;
	}
	if (window->epoch == gpu->memory->epoch && is_aligned(&window->span, alignment)) {
		*span = window->span;
		return PVG_GPU_FOUND;
	}
	/*
	 * Many windows of one buffer that overlap ("from here to the end", draw after draw) would
	 * copy its bytes over and over: once they add up to the whole, the whole is taken.
	 */
	if (tally(gpu, backing, size_bytes) > backing->size_bytes &&
		size_bytes < backing->size_bytes && backing->size_bytes <= WHOLE_BYTES &&
		offset_bytes % alignment == 0) {
		struct pvg_gpu_span whole;
		enum pvg_gpu_found found = pvg_gpu_window_read(gpu, backing, 0, backing->size_bytes,
			alignment, &whole);
		if (found == PVG_GPU_FOUND) {
			*span = (struct pvg_gpu_span){
				.buffer = whole.buffer,
				.offset_bytes = whole.offset_bytes + offset_bytes,
				.size_bytes = size_bytes,
			};
		}
		return found;
	}
	enum pvg_gpu_found found = capture(gpu, window, offset_bytes, alignment);
	if (found != PVG_GPU_FOUND) {
		return found;
	}
	*span = window->span;
	if (size_bytes >= CAPTURE_BYTES_MIN) {
		windows->captures[windows->next_capture++ % PVG_GPU_CAPTURES] =
			(struct pvg_gpu_capture){
				.epoch = gpu->memory->epoch,
				.task = backing->task,
				.gva = gva,
				.size_bytes = size_bytes,
				.span = window->span,
			};
	}
	return PVG_GPU_FOUND;
}
