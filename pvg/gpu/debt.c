// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the host owes to guest memory: read back when somebody asks, written when the list has
 * completed, to the pages that are mapped then, and not at all when the mappings changed meanwhile
 * (spec 03 section 9.9: guests recycle pages at once, a late write has panicked their kernels).
 */
#include <inttypes.h>
#include <stdlib.h>

#include <pvg/format.h>

#include "core.h"
#include "gpu/memory.h"
#include "refuse.h"

uint64_t pvg_gpu_debt_add(struct pvg_gpu *gpu, uint32_t task, uint64_t gva, uint64_t size_bytes) {
	struct pvg_gpu_memory *memory = gpu->memory;
	uint64_t end;

	if (!pvg_add(gva, size_bytes, &end) ||
		!pvg_gpu_grow((void **)&memory->debts, &memory->debts_room, memory->debts_count,
			sizeof(*memory->debts))) {
		gpu->list.failed = true;
		return 0;
	}
	memory->debts[memory->debts_count++] = (struct pvg_gpu_debt){
		.id = ++memory->last_debt,
		.epoch = memory->epoch,
		.task = task,
		.gva = gva,
		.end = end,
	};
	return memory->last_debt;
}

bool pvg_gpu_debt_take(struct pvg_gpu *gpu, uint64_t id) {
	struct pvg_gpu_memory *memory = gpu->memory;

	for (size_t i = 0; i < memory->debts_count; i++) {
		struct pvg_gpu_debt debt = memory->debts[i];
		if (debt.id != id) {
			continue;
		}
		memory->debts[i] = memory->debts[--memory->debts_count];
		if (!pvg_gpu_may_write(gpu) || gpu->renderer->ops->is_lost(gpu->renderer)) {
			return false;
		}
		if (debt.is_void) {
			PVG_REFUSE(gpu->device, WRITE_BACK,
				"task %" PRIu32 ": 0x%" PRIx64 ": mapped anew before %" PRIu64
				" bytes were written back",
				debt.task, debt.gva, debt.end - debt.gva);
		}
		return !debt.is_void;
	}
	return false; // of a guest that is gone
}

void pvg_gpu_debts_void(struct pvg_gpu *gpu, uint32_t task, uint64_t gva, uint64_t end) {
	for (size_t i = 0; i < gpu->memory->debts_count; i++) {
		struct pvg_gpu_debt *debt = &gpu->memory->debts[i];
		if (debt->task == task && debt->gva < end && gva < debt->end) {
			debt->is_void = true;
		}
	}
}

void pvg_gpu_debts_abandon(struct pvg_gpu *gpu) {
	struct pvg_gpu_memory *memory = gpu->memory;
	size_t kept = 0;

	for (size_t i = 0; i < memory->debts_count; i++) {
		if (memory->debts[i].epoch != memory->epoch) {
			memory->debts[kept++] = memory->debts[i];
		}
	}
	memory->debts_count = kept;
}

/* ---- textures -------------------------------------------------------------------------------- */

struct payment {
	uint64_t debt;
	const uint8_t *map; // readback memory, good until the action has run
	uint32_t task;
	bool surface;
	uint64_t gva;
	uint64_t tight, row_pitch, plane_pitch;
	uint32_t rows, planes;
	// Whose part it is, compared before it is looked at.
	const struct pvg_gpu_storage *storage;
	uint32_t level, slice;
	uint64_t serial;
};

static bool write_rows(struct pvg_gpu *gpu, const struct payment *payment) {
	const uint8_t *from = payment->map;

	for (uint32_t plane = 0; plane < payment->planes; plane++) {
		for (uint32_t row = 0; row < payment->rows; row++, from += payment->tight) {
			uint64_t gva = payment->gva + payment->plane_pitch * plane +
				payment->row_pitch * row;
			enum pvg_access access;
			// The pages of the device's own rings are never written.
			if (payment->surface &&
				pvg_task_surface_page(gpu->device, payment->task, gva, &access) ==
					NULL) {
				return false;
			}
			if (pvg_task_write(gpu->device, payment->task, gva, from,
				    (size_t)payment->tight) != PVG_ACCESS_OK) {
				return false;
			}
		}
	}
	return true;
}

/*
 * What the CPU may change without a word is compared with guest memory before its next use: that
 * this is what the image holds need not be found out by uploading it.
 */
static void remember(struct pvg_gpu *gpu, const struct payment *payment) {
	struct pvg_gpu_storage *storage = gpu->memory->newest;

	while (storage != NULL && storage != payment->storage) {
		storage = storage->older;
	}
	if (storage == NULL || !storage->source.silent || storage->image == NULL ||
		payment->level >= storage->desc.levels || payment->slice >= storage->slices) {
		return;
	}
	const struct pvg_gpu_part *part =
		pvg_gpu_storage_part(storage, payment->level, payment->slice);
	if (part->resident && !part->newer && part->paid == payment->serial) {
		pvg_gpu_part_rehash(gpu, storage, payment->level, payment->slice);
	}
}

static void pay(struct pvg_gpu *gpu, void *data) {
	const struct payment *payment = data;
	uint64_t size_bytes = payment->tight * payment->rows * payment->planes;

	if (!pvg_gpu_debt_take(gpu, payment->debt)) {
		return;
	}
	if (!pvg_task_is_live(gpu->device, payment->task) || !write_rows(gpu, payment)) {
		PVG_REFUSE(gpu->device, WRITE_BACK,
			"task %" PRIu32 ": 0x%" PRIx64 ": not mapped, %" PRIu64
			" bytes are not written back",
			payment->task, payment->gva, size_bytes);
		return;
	}
	PVG_COUNT_DEVICE(gpu->device, gpu.write_backs);
	PVG_ADD_DEVICE(gpu->device, gpu.bytes_written_back, size_bytes);
	remember(gpu, payment);
}

enum pvg_gpu_found pvg_gpu_part_pay(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage,
	uint32_t level, uint32_t slice) {
	const struct pvg_gpu_source *source = &storage->source;
	const struct pvg_texture_level *at = &source->levels[level];
	struct pvg_gpu_part *part = pvg_gpu_storage_part(storage, level, slice);
	struct payment *payment = calloc(1, sizeof(*payment));
	struct pvg_gpu_span span;
	uint8_t *map;

	if (payment == NULL) {
		gpu->list.failed = true;
		return PVG_GPU_MISSING;
	}
	enum pvg_gpu_found found = pvg_gpu_storage_image(gpu, storage);
	if (found == PVG_GPU_FOUND) {
		uint32_t width = storage->desc.width >> level,
			 height = storage->desc.height >> level;
		uint32_t depth = storage->desc.depth >> level;
		*payment = (struct payment){
			.task = source->task,
			.surface = source->surface,
			.gva = source->gva + source->slice_bytes * slice + at->offset_bytes,
			.tight = pvg_format_row_bytes(storage->format, width != 0 ? width : 1),
			.row_pitch = at->row_bytes,
			.plane_pitch = at->plane_bytes,
			.rows = pvg_format_rows(storage->format, height != 0 ? height : 1),
			.planes = depth != 0 ? depth : 1,
			.storage = storage,
			.level = level,
			.slice = slice,
			.serial = pvg_gpu_next_serial(gpu),
		};
		found = pvg_gpu_ring_take(gpu, &gpu->memory->readback,
			payment->tight * payment->rows * payment->planes, 256, &span, &map);
	}
	if (found != PVG_GPU_FOUND) {
		free(payment);
		return found;
	}
	pvg_gpu_part_transfer(gpu, PVG_GPU_OP_READ, storage, level, slice)->span = span;
	payment->map = map;
	payment->debt = pvg_gpu_debt_add(gpu, payment->task, payment->gva,
		payment->plane_pitch * (payment->planes - 1) +
			payment->row_pitch * (payment->rows - 1) + payment->tight);
	if (payment->debt == 0 || !pvg_gpu_at_completion(gpu, pay, payment)) {
		if (payment->debt == 0) {
			free(payment);
		}
		return PVG_GPU_MISSING;
	}
	pvg_gpu_part_journal(gpu, storage, level, slice);
	part->newer = false; // both have it, once it is written
	part->payable = false;
	part->paid = pvg_gpu_next_serial(gpu);
	return PVG_GPU_FOUND;
}

static enum pvg_gpu_found pay_storage(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage) {
	for (uint32_t slice = 0; slice < storage->slices; slice++) {
		for (uint32_t level = 0; level < storage->desc.levels; level++) {
			const struct pvg_gpu_part *part =
				pvg_gpu_storage_part(storage, level, slice);
			if (!part->newer) {
				continue;
			}
			if (!part->payable) {
				PVG_REFUSE(gpu->device, WRITE_BACK,
					"task %" PRIu32 ": texture %" PRIu32
					": mapped anew since it was drawn",
					storage->task, storage->ref);
				continue;
			}
			enum pvg_gpu_found found = pvg_gpu_part_pay(gpu, storage, level, slice);
			if (found != PVG_GPU_FOUND) {
				return found;
			}
		}
	}
	return PVG_GPU_FOUND;
}

// What was mapped anew since it was drawn is refused when somebody asks for it, not with each list.
static enum pvg_gpu_found pay_payable(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage) {
	enum pvg_gpu_found found = PVG_GPU_FOUND;

	for (uint32_t slice = 0; slice < storage->slices; slice++) {
		for (uint32_t level = 0; level < storage->desc.levels && found == PVG_GPU_FOUND;
			level++) {
			const struct pvg_gpu_part *part =
				pvg_gpu_storage_part(storage, level, slice);
			if (part->newer && part->payable) {
				found = pvg_gpu_part_pay(gpu, storage, level, slice);
			}
		}
	}
	return found;
}

void pvg_gpu_storages_sealing(struct pvg_gpu *gpu) {
	for (struct pvg_gpu_storage *s = gpu->memory->due; s != NULL; s = s->next_due) {
		if (pay_payable(gpu, s) != PVG_GPU_FOUND) {
			PVG_REFUSE(gpu->device, WRITE_BACK,
				"task %" PRIu32 ": texture %" PRIu32
				": no memory, its bytes stay on the host",
				s->task, s->ref);
		}
	}
}

enum pvg_gpu_found pvg_gpu_synchronize(struct pvg_gpu *gpu, uint32_t task, uint32_t ref) {
	const struct pvg_gpu_texture_node *node = pvg_gpu_texture_peek(gpu, task, ref);

	if (node != NULL) {
		struct pvg_gpu_storage *storage = node->texture.storage;
		if (storage->orphan) { // nothing is owed for what is gone
			return PVG_GPU_FOUND;
		}
		// Another texture of the same plane may be the newest.
		task = storage->task;
		ref = storage->ref;
	}
	for (struct pvg_gpu_storage *storage = pvg_gpu_storage_first(gpu, task, ref);
		storage != NULL; storage = pvg_gpu_storage_next(storage)) {
		enum pvg_gpu_found found = pay_storage(gpu, storage);
		if (found != PVG_GPU_FOUND) {
			return found;
		}
	}
	return PVG_GPU_FOUND;
}

/* ---- what the guest says --------------------------------------------------------------------- */

static void forget_part(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage, uint32_t level,
	uint32_t slice) {
	struct pvg_gpu_part *part = pvg_gpu_storage_part(storage, level, slice);
	const struct pvg_gpu_source *source = &storage->source;
	const struct pvg_texture_level *at = &source->levels[level];

	if (!pvg_gpu_is_complete(gpu, part->paid)) { // unpaid results are dropped
		uint64_t gva = source->gva + source->slice_bytes * slice + at->offset_bytes;
		pvg_gpu_debts_void(gpu, source->task, gva, gva + at->size_bytes);
	}
	pvg_gpu_part_invalidate(part);
}

static void forget_storage(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage) {
	if (storage->source.kind == PVG_SOURCE_NONE) {
		return; // there is no guest memory that could be newer
	}
	for (uint32_t slice = 0; slice < storage->slices; slice++) {
		for (uint32_t level = 0; level < storage->desc.levels; level++) {
			forget_part(gpu, storage, level, slice);
		}
	}
}

static void forget_object(struct pvg_gpu *gpu, uint32_t task, uint32_t ref) {
	for (struct pvg_gpu_storage *storage = pvg_gpu_storage_first(gpu, task, ref);
		storage != NULL; storage = pvg_gpu_storage_next(storage)) {
		forget_storage(gpu, storage);
	}
}

static void clear_host(struct pvg_gpu *gpu, uint32_t task, uint32_t ref) {
	struct pvg_gpu_texture_node *node = pvg_gpu_texture_peek(gpu, task, ref);

	if (node == NULL) {
		/*
		 * Said once and never again: a texture over a surface that others have used may be
		 * named here before it is used itself.
		 */
		node = pvg_gpu_texture_named(gpu, task, ref);
	}
	if (node == NULL) {
		forget_object(gpu, task, ref); // a surface itself
		return;
	}
	struct pvg_gpu_storage *storage = node->texture.storage;
	if (storage->shared) {
		forget_object(gpu, storage->task, storage->ref);
	} else if (storage->source.kind != PVG_SOURCE_NONE) {
		const struct pvg_gpu_texture *texture = &node->texture;
		for (uint32_t s = 0; s < pvg_texture_slices(&texture->desc); s++) {
			for (uint32_t l = 0; l < texture->desc.levels; l++) {
				forget_part(gpu, storage, texture->first_level + l,
					texture->first_slice + s);
			}
		}
	}
}

/*
 * clear_host alone moves anything here: what the host has written is known from the lists, whatever
 * the other three announce.
 */
void pvg_gpu_validity(struct pvg_gpu *gpu, uint32_t task, uint32_t ref, const uint8_t quad[4]) {
	if (quad[0] != 0 && ref != 0) {
		clear_host(gpu, task, ref);
	}
}

void pvg_gpu_mapping_changed(struct pvg_gpu *gpu, uint32_t task, uint64_t gva, uint64_t length) {
	uint64_t end;

	if (!pvg_add(gva, length, &end)) {
		end = UINT64_MAX;
	}
	pvg_gpu_debts_void(gpu, task, gva, end);
	pvg_gpu_storages_remapped(gpu, task, gva, end);
	pvg_gpu_aliases_remapped(gpu, task, gva, end);
	pvg_gpu_shadows_drop(gpu, task, gva, end);
}

/*
 * Pages are resolved when they are written, so debts stay good: they are the object's, not the
 * pages'. What the image has of guest memory is compared again, because nobody says whether the
 * guest copied its bytes. Buffers are compared by each list as it is.
 */
void pvg_gpu_pages_replaced(struct pvg_gpu *gpu, uint32_t task, uint32_t ref) {
	const struct pvg_gpu_texture_node *node = pvg_gpu_texture_peek(gpu, task, ref);

	if (node != NULL) {
		task = node->texture.storage->task;
		ref = node->texture.storage->ref;
	}
	for (struct pvg_gpu_storage *storage = pvg_gpu_storage_first(gpu, task, ref);
		storage != NULL; storage = pvg_gpu_storage_next(storage)) {
		for (size_t i = 0; i < (size_t)storage->slices * storage->desc.levels; i++) {
			// Also when a 0x39 for these pages came before.
			storage->parts[i].payable = storage->parts[i].newer && !storage->orphan;
		}
		pvg_gpu_storage_look_again(storage);
	}
	pvg_gpu_aliases_remapped(gpu, task, 0, UINT64_MAX);
	gpu->memory->alias_generation++; // they may be other buffers' pages now
}

void pvg_gpu_object_gone(struct pvg_gpu *gpu, uint32_t task, uint32_t ref) {
	pvg_gpu_objects_drop(gpu, task, ref);
	pvg_gpu_storages_orphan(gpu, task, ref);
	pvg_gpu_alias_buffer_gone(gpu, task, ref);
	pvg_gpu_memory_reap(gpu);
}

void pvg_gpu_task_gone(struct pvg_gpu *gpu, uint32_t task) {
	pvg_gpu_objects_drop_task(gpu, task);
	pvg_gpu_mapping_changed(gpu, task, 0, UINT64_MAX);
	pvg_gpu_storages_orphan_task(gpu, task);
	pvg_gpu_memory_reap(gpu);
}
