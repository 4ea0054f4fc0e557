// SPDX-License-Identifier: GPL-2.0-or-later
#include "gpu/memory.h"

#include <stdlib.h>
#include <unistd.h>

#include "core.h"
#include "gpu/object.h"
#include "refuse.h"

#define LIMIT_MIN (UINT64_C(512) << 20)
#define LIMIT_MAX (UINT64_C(8) << 30)

bool pvg_gpu_grow(void **items, size_t *room, size_t count, size_t item_bytes) {
	if (count < *room) {
		return true;
	}
	size_t bigger = *room != 0 ? *room * 2 : 64;
	void *grown = bigger <= SIZE_MAX / item_bytes ? realloc(*items, bigger * item_bytes) : NULL;
	if (grown == NULL) {
		return false;
	}
	*items = grown;
	*room = bigger;
	return true;
}

// A quarter of the host's memory: the guest's own is there too, and nothing is to be swapped.
static uint64_t default_limit(void) {
	long pages = sysconf(_SC_PHYS_PAGES);
	long page_bytes = sysconf(_SC_PAGESIZE);

	if (pages <= 0 || page_bytes <= 0) {
		return LIMIT_MIN;
	}
	uint64_t quarter = (uint64_t)pages * (uint64_t)page_bytes / 4;
	return quarter < LIMIT_MIN ? LIMIT_MIN : quarter > LIMIT_MAX ? LIMIT_MAX : quarter;
}

bool pvg_gpu_memory_init(struct pvg_gpu *gpu) {
	struct pvg_gpu_memory *memory = calloc(1, sizeof(*memory));

	if (memory == NULL) {
		return false;
	}
	gpu->memory = memory;
	memory->epoch = 1;
	memory->alias_generation = 1; // 0: a buffer that was not looked at
	memory->limit_bytes = gpu->device->config.gpu_memory_bytes != 0
		? gpu->device->config.gpu_memory_bytes
		: default_limit();
	memory->task_limit_bytes = memory->limit_bytes / 4 * 3;
	pvg_gpu_ring_init(&memory->upload, PVG_GPU_BUFFER_UPLOAD);
	pvg_gpu_ring_init(&memory->readback, PVG_GPU_BUFFER_READBACK);
	memory->task_bytes = calloc(PVG_TASK_IDS, sizeof(*memory->task_bytes));
	return memory->task_bytes != NULL && pvg_gpu_storages_init(memory) &&
		pvg_gpu_windows_init(&memory->windows);
}

void pvg_gpu_memory_finish(struct pvg_gpu *gpu) {
	struct pvg_gpu_memory *memory = gpu->memory;

	if (memory == NULL) {
		return;
	}
	pvg_gpu_memory_reset(gpu);
	pvg_gpu_homes_finish(gpu);
	pvg_gpu_storages_finish(memory);
	pvg_gpu_aliases_finish(memory);
	pvg_gpu_windows_finish(gpu, &memory->windows);
	free(memory->graves);
	free(memory->saved);
	free(memory->debts);
	free(memory->hashes);
	free(memory->task_bytes);
	free(memory);
	gpu->memory = NULL;
}

/* ---- the dead -------------------------------------------------------------------------------- */

static void destroy_handle(struct pvg_gpu *gpu, const struct pvg_gpu_grave *grave) {
	const struct pvg_renderer_ops *ops = gpu->renderer->ops;

	switch (grave->kind) {
	case PVG_GRAVE_IMAGE:
		ops->image_destroy(gpu->renderer, grave->handle);
		break;
	case PVG_GRAVE_VIEW:
		ops->view_destroy(gpu->renderer, grave->handle);
		break;
	case PVG_GRAVE_BUFFER:
		ops->buffer_destroy(gpu->renderer, grave->handle);
		break;
	case PVG_GRAVE_SAMPLER:
		ops->sampler_destroy(gpu->renderer, grave->handle);
		break;
	}
}

static void bury(struct pvg_gpu *gpu, struct pvg_gpu_grave grave) {
	struct pvg_gpu_memory *memory = gpu->memory;

	if (grave.handle == NULL) {
		return;
	}
	if (!pvg_gpu_grow((void **)&memory->graves, &memory->graves_room, memory->graves_count,
		    sizeof(*memory->graves))) {
		gpu->list.failed = true; // so that nobody executes what names it
		destroy_handle(gpu, &grave);
		return;
	}
	memory->graves[memory->graves_count++] = grave;
}

void pvg_gpu_bury_image(struct pvg_gpu *gpu, struct pvg_gpu_image *image) {
	bury(gpu, (struct pvg_gpu_grave){ PVG_GRAVE_IMAGE, image });
}

void pvg_gpu_bury_view(struct pvg_gpu *gpu, struct pvg_gpu_view *view) {
	bury(gpu, (struct pvg_gpu_grave){ PVG_GRAVE_VIEW, view });
}

void pvg_gpu_bury_buffer(struct pvg_gpu *gpu, struct pvg_gpu_buffer *buffer) {
	bury(gpu, (struct pvg_gpu_grave){ PVG_GRAVE_BUFFER, buffer });
}

void pvg_gpu_bury_sampler(struct pvg_gpu *gpu, struct pvg_gpu_sampler *sampler) {
	bury(gpu, (struct pvg_gpu_grave){ PVG_GRAVE_SAMPLER, sampler });
}

// In the order of burial: views come before their image.
static void reap(struct pvg_gpu *gpu) {
	struct pvg_gpu_memory *memory = gpu->memory;

	pvg_gpu_objects_reap(gpu); // buries more
	for (size_t i = 0; i < memory->graves_count; i++) {
		destroy_handle(gpu, &memory->graves[i]);
	}
	memory->graves_count = 0;
}

void pvg_gpu_memory_reap(struct pvg_gpu *gpu) {
	if (gpu->list.count == 0) {
		reap(gpu);
	}
}

/* ---- how a list ends ------------------------------------------------------------------------- */

void pvg_gpu_memory_sealing(struct pvg_gpu *gpu) {
	if (gpu->memory != NULL) {
		pvg_gpu_aliases_sealing(gpu);
		pvg_gpu_storages_sealing(gpu);
		pvg_gpu_shadows_sealing(gpu);
	}
}

static void end_list(struct pvg_gpu *gpu) {
	gpu->memory->saved_count = 0;
	gpu->memory->due = NULL;
	gpu->memory->epoch++;
	reap(gpu);
}

void pvg_gpu_memory_committed(struct pvg_gpu *gpu) {
	struct pvg_gpu_memory *memory = gpu->memory;

	if (memory == NULL) {
		return;
	}
	pvg_gpu_homes_committed(gpu);
	pvg_gpu_shadows_committed(gpu);
	pvg_gpu_windows_committed(gpu);
	pvg_gpu_ring_committed(gpu, &memory->upload);
	pvg_gpu_ring_committed(gpu, &memory->readback);
	end_list(gpu);
}

void pvg_gpu_memory_abandoned(struct pvg_gpu *gpu) {
	struct pvg_gpu_memory *memory = gpu->memory;

	if (memory == NULL) {
		return;
	}
	for (size_t i = memory->saved_count; i-- > 0;) {
		struct pvg_gpu_saved *saved = &memory->saved[i];
		struct pvg_gpu_part *part = &saved->storage->parts[saved->index];
		uint64_t *hashes = part->hashes;
		*part = saved->part;
		part->hashes = hashes;
		part->hashed = false; // they may be of an upload that never ran
	}
	pvg_gpu_aliases_abandoned(gpu);
	pvg_gpu_homes_abandoned(gpu);
	pvg_gpu_shadows_abandoned(gpu);
	pvg_gpu_debts_abandon(gpu);
	pvg_gpu_ring_abandoned(gpu, &memory->upload);
	pvg_gpu_ring_abandoned(gpu, &memory->readback);
	end_list(gpu);
}

void pvg_gpu_memory_completed(struct pvg_gpu *gpu) {
	if (gpu->memory != NULL) {
		pvg_gpu_windows_completed(gpu);
		pvg_gpu_homes_completed(gpu);
	}
}

void pvg_gpu_memory_reset(struct pvg_gpu *gpu) {
	struct pvg_gpu_memory *memory = gpu->memory;

	memory->saved_count = 0;
	pvg_gpu_presents_finish(gpu);
	pvg_gpu_objects_reap(gpu);
	pvg_gpu_storages_clear(gpu);
	pvg_gpu_twins_clear(gpu);
	pvg_gpu_homes_clear(gpu);
	pvg_gpu_shadows_finish(gpu);
	pvg_gpu_windows_clear(gpu);
	reap(gpu);
	/*
	 * Lists in flight may still name ring memory and write into it: the renderer keeps it for
	 * them, nobody here looks at it again.
	 */
	pvg_gpu_ring_finish(gpu, &memory->upload);
	pvg_gpu_ring_finish(gpu, &memory->readback);
	memory->debts_count = 0;
	memory->due = NULL;
	memory->epoch++;
}

void pvg_gpu_memory_lost(struct pvg_gpu *gpu) {
	pvg_gpu_objects_reset(gpu);
	pvg_gpu_memory_reset(gpu);
}

/* ---- budget ---------------------------------------------------------------------------------- */

static void give(uint64_t *from, uint64_t size_bytes) {
	*from -= size_bytes < *from ? size_bytes : *from;
}

void pvg_gpu_budget_give(struct pvg_gpu *gpu, uint32_t task, uint64_t size_bytes) {
	struct pvg_gpu_memory *memory = gpu->memory;

	give(&memory->used_bytes, size_bytes);
	if (task < PVG_TASK_IDS) {
		give(&memory->task_bytes[task], size_bytes);
	}
	PVG_SET_DEVICE(gpu->device, gpu.memory_bytes, memory->used_bytes);
}

void pvg_gpu_budget_add(struct pvg_gpu *gpu, uint32_t task, uint64_t size_bytes) {
	struct pvg_gpu_memory *memory = gpu->memory;

	memory->used_bytes += size_bytes;
	if (task < PVG_TASK_IDS) {
		memory->task_bytes[task] += size_bytes;
	}
	PVG_SET_DEVICE(gpu->device, gpu.memory_bytes, memory->used_bytes);
}

static bool fits(const struct pvg_gpu_memory *memory, uint32_t task, uint64_t size_bytes,
	bool *own) {
	*own = task != 0 && task < PVG_TASK_IDS &&
		(size_bytes > memory->task_limit_bytes ||
			memory->task_bytes[task] > memory->task_limit_bytes - size_bytes);
	return !*own && size_bytes <= memory->limit_bytes &&
		memory->used_bytes <= memory->limit_bytes - size_bytes;
}

bool pvg_gpu_budget_take(struct pvg_gpu *gpu, uint32_t task, uint64_t size_bytes,
	const char *what) {
	struct pvg_gpu_memory *memory = gpu->memory;
	bool own;

	while (!fits(memory, task, size_bytes, &own)) {
		// Of this task alone, when it is its own limit that is reached.
		if (!pvg_gpu_storages_evict_one(gpu, own ? task : UINT32_MAX) &&
			!pvg_gpu_shadow_evict(gpu)) {
			PVG_REFUSE(gpu->device, GPU_MEMORY,
				"task %u: %s of %llu bytes: %llu of %llu are in use", task, what,
				(unsigned long long)size_bytes,
				(unsigned long long)(own ? memory->task_bytes[task]
							 : memory->used_bytes),
				(unsigned long long)(own ? memory->task_limit_bytes
							 : memory->limit_bytes));
			return false;
		}
	}
	pvg_gpu_budget_add(gpu, task, size_bytes);
	return true;
}
