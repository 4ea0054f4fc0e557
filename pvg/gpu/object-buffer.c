// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Buffers (spec 02 section 4.1) and what encoders ask of their bytes.
 */
#include <inttypes.h>

#include "core.h"
#include "gpu/memory.h"
#include "refuse.h"
#include "wire/cursor.h"

enum pvg_gpu_found pvg_gpu_buffer(struct pvg_gpu *gpu, uint32_t task, uint32_t ref,
	struct pvg_gpu_backing *backing) {
	enum pvg_access access;
	const struct pvg_object *object =
		pvg_object_lookup(gpu->device, task, ref, 1u << PVG_OBJECT_BUFFER, &access);

	if (object == NULL) {
		return pvg_gpu_found_of(access);
	}
	struct pvg_cursor c = pvg_cursor_init(object->descriptor, object->size_bytes);
	*backing = (struct pvg_gpu_backing){
		.task = task,
		.ref = ref,
		.generation = object->generation,
		.size_bytes = pvg_rd64(&c),
	};
	uint64_t page = pvg_rd64(&c) & UINT32_MAX; // the high half is nobody's
	uint64_t end;
	backing->gva = page << gpu->device->config.page_shift;
	if (c.failed || backing->size_bytes == 0 || page == 0 ||
		!pvg_add(backing->gva, backing->size_bytes, &end)) {
		PVG_REFUSE(gpu->device, BUFFER,
			"task %" PRIu32 ": buffer %" PRIu32 ": no backing, %" PRIu64 " bytes", task,
			ref, backing->size_bytes);
		pvg_object_forget(gpu->device, task, ref);
		return PVG_GPU_MISSING;
	}
	if (object->alias_generation != gpu->memory->alias_generation &&
		pvg_gpu_alias_look(gpu, backing)) {
		pvg_object_set_alias_generation(gpu->device, object, gpu->memory->alias_generation);
	}
	return PVG_GPU_FOUND;
}

static bool in_range(struct pvg_gpu *gpu, const struct pvg_gpu_backing *backing,
	uint64_t offset_bytes, uint64_t size_bytes) {
	if (offset_bytes < backing->size_bytes &&
		size_bytes <= backing->size_bytes - offset_bytes) {
		return true;
	}
	PVG_REFUSE(gpu->device, BUFFER,
		"task %" PRIu32 ": buffer %" PRIu32 ": %" PRIu64 " bytes at %" PRIu64
		" of %" PRIu64,
		backing->task, backing->ref, size_bytes, offset_bytes, backing->size_bytes);
	return false;
}

// A copy that lies as the caller needs it.
static enum pvg_gpu_found realign(struct pvg_gpu *gpu, const struct pvg_gpu_span *from,
	uint32_t alignment, struct pvg_gpu_span *span) {
	uint8_t *map;
	enum pvg_gpu_found found = pvg_gpu_ring_take(gpu, &gpu->memory->upload, from->size_bytes,
		alignment, span, &map);

	if (found != PVG_GPU_FOUND) {
		return found;
	}
	struct pvg_gpu_copy_buffer *copy = pvg_gpu_alloc(&gpu->list, sizeof(*copy));
	*copy = (struct pvg_gpu_copy_buffer){ .from = *from, .to = *span };
	pvg_gpu_emit(&gpu->list, PVG_GPU_OP_COPY_BUFFER)->copy_buffer = copy;
	return PVG_GPU_FOUND;
}

enum pvg_gpu_found pvg_gpu_window(struct pvg_gpu *gpu, const struct pvg_gpu_backing *backing,
	uint64_t offset_bytes, uint64_t size_bytes, uint32_t alignment, uint32_t use,
	struct pvg_gpu_span *span) {
	bool written = (use & (PVG_GPU_WRITES | PVG_GPU_DISCARDS)) != 0;

	if (offset_bytes < backing->size_bytes) {
		uint64_t left = backing->size_bytes - offset_bytes;
		size_bytes = size_bytes == 0 || size_bytes > left ? left : size_bytes;
	}
	if (!in_range(gpu, backing, offset_bytes, size_bytes)) {
		return PVG_GPU_MISSING;
	}
	if (size_bytes > PVG_GPU_WINDOW_BYTES_MAX) { // it would be looked at byte by byte
		PVG_REFUSE(gpu->device, BUFFER,
			"task %" PRIu32 ": buffer %" PRIu32 ": window of %" PRIu64 " bytes",
			backing->task, backing->ref, size_bytes);
		return PVG_GPU_MISSING;
	}
	uint64_t gva = backing->gva + offset_bytes;
	enum pvg_gpu_found found = PVG_GPU_FOUND;
	if (pvg_gpu_has_names(gpu)) {
		found = pvg_gpu_twins_settle(gpu, backing->task, gva, gva + size_bytes, written);
		if (found == PVG_GPU_FOUND) {
			found = pvg_gpu_aliases_land(gpu, backing->task, gva, gva + size_bytes,
				written, NULL);
		}
	}
	if (found != PVG_GPU_FOUND) {
		return found;
	}
	if (!written && !pvg_gpu_shadow_is_over(gpu, backing, offset_bytes, size_bytes)) {
		return pvg_gpu_window_read(gpu, backing, offset_bytes, size_bytes, alignment, span);
	}
	found = pvg_gpu_shadow_window(gpu, backing, offset_bytes, size_bytes,
		written ? PVG_GPU_READS | PVG_GPU_WRITES : PVG_GPU_READS, span);
	if (found != PVG_GPU_FOUND || span->offset_bytes % alignment == 0) {
		return found;
	}
	if (!written) {
		struct pvg_gpu_span from = *span;
		return realign(gpu, &from, alignment, span);
	}
	PVG_REFUSE(gpu->device, BUFFER,
		"task %" PRIu32 ": buffer %" PRIu32 ": written at %" PRIu64
		", which is no multiple of %" PRIu32,
		backing->task, backing->ref, offset_bytes, alignment);
	return PVG_GPU_MISSING;
}

static enum pvg_gpu_found bytes_pending(struct pvg_gpu *gpu, const struct pvg_gpu_backing *backing,
	uint64_t offset_bytes, uint64_t size_bytes) {
	if (pvg_gpu_shadow_is_pending(gpu, backing, offset_bytes, size_bytes)) {
		return PVG_GPU_RETRY;
	}
	uint64_t gva = backing->gva + offset_bytes, end = gva + size_bytes;
	enum pvg_gpu_found found = pvg_gpu_twins_settle(gpu, backing->task, gva, end, false);
	if (found != PVG_GPU_FOUND ||
		!pvg_gpu_aliases_have_news(gpu, backing->task, gva, end, true)) {
		return found;
	}
	found = pvg_gpu_aliases_land(gpu, backing->task, gva, end, false, NULL);
	return found == PVG_GPU_FOUND ? PVG_GPU_RETRY : found; // once this list has completed
}

enum pvg_gpu_found pvg_gpu_read_bytes(struct pvg_gpu *gpu, const struct pvg_gpu_backing *backing,
	uint64_t offset_bytes, void *dst, size_t size_bytes) {
	if (!in_range(gpu, backing, offset_bytes, size_bytes)) {
		return PVG_GPU_MISSING;
	}
	enum pvg_gpu_found found = bytes_pending(gpu, backing, offset_bytes, size_bytes);
	if (found != PVG_GPU_FOUND) {
		return found;
	}
	enum pvg_access access = pvg_task_read(gpu->device, backing->task,
		backing->gva + offset_bytes, dst, size_bytes);
	if (access == PVG_ACCESS_UNMAPPED) {
		PVG_REFUSE(gpu->device, BUFFER,
			"task %" PRIu32 ": buffer %" PRIu32 ": %" PRIu64 " is not mapped",
			backing->task, backing->ref, offset_bytes);
	}
	return pvg_gpu_found_of(access);
}

bool pvg_gpu_peek(struct pvg_gpu *gpu, const struct pvg_gpu_backing *backing,
	uint64_t offset_bytes, void *dst, size_t size_bytes) {
	uint64_t gva = backing->gva + offset_bytes;

	return offset_bytes < backing->size_bytes &&
		size_bytes <= backing->size_bytes - offset_bytes &&
		(!pvg_gpu_has_names(gpu) ||
			(!pvg_gpu_twins_have_news(gpu, backing->task, gva, gva + size_bytes) &&
				!pvg_gpu_aliases_have_news(gpu, backing->task, gva,
					gva + size_bytes, true))) &&
		!pvg_gpu_shadow_is_over(gpu, backing, offset_bytes, size_bytes) &&
		pvg_task_read(gpu->device, backing->task, gva, dst, size_bytes) == PVG_ACCESS_OK;
}

bool pvg_gpu_ring_alloc(struct pvg_gpu *gpu, uint64_t size_bytes, uint32_t alignment,
	struct pvg_gpu_span *span, uint8_t **map) {
	return pvg_gpu_ring_take(gpu, &gpu->memory->upload, size_bytes, alignment, span, map) ==
		PVG_GPU_FOUND;
}

bool pvg_gpu_readback_alloc(struct pvg_gpu *gpu, uint64_t size_bytes, struct pvg_gpu_span *span,
	const uint8_t **map) {
	uint8_t *at;

	if (pvg_gpu_ring_take(gpu, &gpu->memory->readback, size_bytes, 256, span, &at) !=
		PVG_GPU_FOUND) {
		return false;
	}
	*map = at;
	return true;
}
