// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory that is filled once and comes back when the list that named it has completed: slabs, taken
 * from in turn. What a thrown away list took is taken back at once.
 */
#include <stdlib.h>

#include "gpu/memory.h"

#define IDLE_KEPT 4u

void pvg_gpu_ring_init(struct pvg_gpu_ring *ring, uint32_t usage) {
	*ring = (struct pvg_gpu_ring){ .usage = usage };
	ring->busy_end = &ring->busy;
}

static void slab_destroy(struct pvg_gpu *gpu, struct pvg_gpu_ring *ring,
	struct pvg_gpu_slab *slab) {
	uint64_t size_bytes = slab->size_bytes;

	ring->bytes -= size_bytes;
	pvg_gpu_budget_give(gpu, 0, size_bytes);
	gpu->renderer->ops->buffer_destroy(gpu->renderer, slab->buffer);
	free(slab);
}

static void slabs_destroy(struct pvg_gpu *gpu, struct pvg_gpu_ring *ring,
	struct pvg_gpu_slab *slab) {
	while (slab != NULL) {
		struct pvg_gpu_slab *next = slab->next;
		slab_destroy(gpu, ring, slab);
		slab = next;
	}
}

void pvg_gpu_ring_finish(struct pvg_gpu *gpu, struct pvg_gpu_ring *ring) {
	slabs_destroy(gpu, ring, ring->current);
	slabs_destroy(gpu, ring, ring->busy);
	slabs_destroy(gpu, ring, ring->idle);
	pvg_gpu_ring_init(ring, ring->usage);
}

static void make_idle(struct pvg_gpu *gpu, struct pvg_gpu_ring *ring, struct pvg_gpu_slab *slab) {
	if (slab->size_bytes != PVG_GPU_SLAB_BYTES || ring->idle_count >= IDLE_KEPT) {
		slab_destroy(gpu, ring, slab); // of its own size, or one of many after a peak
		return;
	}
	slab->used_bytes = 0;
	slab->next = ring->idle;
	ring->idle = slab;
	ring->idle_count++;
}

static struct pvg_gpu_slab *take_idle(struct pvg_gpu_ring *ring) {
	struct pvg_gpu_slab *slab = ring->idle;

	if (slab != NULL) {
		ring->idle = slab->next;
		ring->idle_count--;
		ring->idle_least = ring->idle_count < ring->idle_least ? ring->idle_count
								       : ring->idle_least;
		slab->next = NULL;
	}
	return slab;
}

// The newest idle one is taken first, so that as many as were always idle are not needed.
static void give_back_unneeded(struct pvg_gpu *gpu, struct pvg_gpu_ring *ring) {
	if (++ring->commits < PVG_GPU_RING_COMMITS) {
		return;
	}
	for (unsigned int count = ring->idle_least; count != 0; count--) {
		slab_destroy(gpu, ring, take_idle(ring));
	}
	ring->idle_least = ring->idle_count;
	ring->commits = 0;
}

static void make_busy(struct pvg_gpu *gpu, struct pvg_gpu_ring *ring, struct pvg_gpu_slab *slab) {
	slab->serial = pvg_gpu_next_serial(gpu);
	slab->epoch = gpu->memory->epoch;
	slab->next = NULL;
	*ring->busy_end = slab;
	ring->busy_end = &slab->next;
}

static void collect(struct pvg_gpu *gpu, struct pvg_gpu_ring *ring) {
	while (ring->busy != NULL && pvg_gpu_is_complete(gpu, ring->busy->serial)) {
		struct pvg_gpu_slab *slab = ring->busy;
		ring->busy = slab->next;
		if (ring->busy == NULL) {
			ring->busy_end = &ring->busy;
		}
		make_idle(gpu, ring, slab);
	}
}

static struct pvg_gpu_slab *slab_create(struct pvg_gpu *gpu, struct pvg_gpu_ring *ring,
	uint64_t size_bytes) {
	struct pvg_gpu_slab *slab = calloc(1, sizeof(*slab));

	if (slab == NULL || !pvg_gpu_budget_take(gpu, 0, size_bytes, "transfer memory")) {
		free(slab);
		return NULL;
	}
	slab->buffer = gpu->renderer->ops->buffer_create(gpu->renderer, size_bytes, ring->usage);
	if (slab->buffer == NULL) {
		PVG_REFUSE(gpu->device, GPU_MEMORY, "transfer memory: %llu bytes refused",
			(unsigned long long)size_bytes);
		pvg_gpu_budget_give(gpu, 0, size_bytes);
		free(slab);
		return NULL;
	}
	slab->size_bytes = size_bytes;
	ring->bytes += size_bytes;
	return slab;
}

static uint8_t *take(struct pvg_gpu_slab *slab, uint64_t size_bytes, uint32_t alignment,
	struct pvg_gpu_span *span) {
	uint64_t at = (slab->used_bytes + alignment - 1) & ~(uint64_t)(alignment - 1);

	if (at > slab->size_bytes || slab->size_bytes - at < size_bytes) {
		return NULL;
	}
	slab->used_bytes = at + size_bytes;
	*span = (struct pvg_gpu_span){
		.buffer = slab->buffer,
		.offset_bytes = at,
		.size_bytes = size_bytes,
	};
	return slab->buffer->map + at;
}

enum pvg_gpu_found pvg_gpu_ring_take(struct pvg_gpu *gpu, struct pvg_gpu_ring *ring,
	uint64_t size_bytes, uint32_t alignment, struct pvg_gpu_span *span, uint8_t **map) {
	if (ring->current != NULL) {
		*map = take(ring->current, size_bytes, alignment, span);
		if (*map != NULL) {
			return PVG_GPU_FOUND;
		}
	}
	collect(gpu, ring);
	bool own = size_bytes > PVG_GPU_SLAB_BYTES / 2;
	struct pvg_gpu_slab *slab = own ? NULL : take_idle(ring);
	if (slab == NULL) {
		uint64_t wanted = own ? size_bytes : PVG_GPU_SLAB_BYTES;
		bool full = ring->bytes > PVG_GPU_RING_BYTES_MAX ||
			wanted > PVG_GPU_RING_BYTES_MAX - ring->bytes;
		bool in_flight = ring->busy != NULL && ring->busy->epoch != gpu->memory->epoch;
		if (full && in_flight) {
			return PVG_GPU_RETRY;
		}
		if (full) {
			PVG_REFUSE(gpu->device, GPU_MEMORY,
				"transfer memory: %llu bytes wanted by one list",
				(unsigned long long)(ring->bytes + wanted));
			return PVG_GPU_MISSING;
		}
		slab = slab_create(gpu, ring, wanted);
		if (slab == NULL) {
			return in_flight ? PVG_GPU_RETRY : PVG_GPU_MISSING;
		}
	}
	*map = take(slab, size_bytes, alignment, span);
	if (own) {
		make_busy(gpu, ring, slab);
	} else {
		if (ring->current != NULL) {
			make_busy(gpu, ring, ring->current);
		}
		ring->current = slab;
	}
	return PVG_GPU_FOUND;
}

void pvg_gpu_ring_committed(struct pvg_gpu *gpu, struct pvg_gpu_ring *ring) {
	uint64_t last = pvg_gpu_last_serial(gpu);

	// Of a list that had nothing to submit: its serial is another one's.
	for (struct pvg_gpu_slab *slab = ring->busy; slab != NULL; slab = slab->next) {
		slab->serial = slab->serial < last ? slab->serial : last;
	}
	collect(gpu, ring);
	give_back_unneeded(gpu, ring);
	ring->mark = ring->current;
	ring->mark_bytes = ring->current != NULL ? ring->current->used_bytes : 0;
}

void pvg_gpu_ring_abandoned(struct pvg_gpu *gpu, struct pvg_gpu_ring *ring) {
	struct pvg_gpu_slab **link = &ring->busy;
	struct pvg_gpu_slab *current = ring->current;

	ring->current = NULL;
	while (*link != NULL) {
		struct pvg_gpu_slab *slab = *link;
		if (slab->epoch != gpu->memory->epoch) {
			link = &slab->next;
			continue;
		}
		*link = slab->next;
		slab->next = NULL;
		if (slab == ring->mark) {
			ring->current = slab;
		} else {
			make_idle(gpu, ring, slab);
		}
	}
	ring->busy_end = link;
	if (current != NULL && (ring->current != NULL || current != ring->mark)) {
		if (ring->current == NULL) {
			current->used_bytes = 0;
			ring->current = current;
		} else {
			make_idle(gpu, ring, current);
		}
	} else if (current != NULL) {
		ring->current = current;
	}
	if (ring->current != NULL && ring->current == ring->mark) {
		ring->current->used_bytes = ring->mark_bytes;
	}
	ring->mark = ring->current;
	ring->mark_bytes = ring->current != NULL ? ring->current->used_bytes : 0;
}
