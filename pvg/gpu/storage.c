// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Storages: one for everything that names the same bytes. They know what the host has of each level
 * and slice; how contents move is texture.c's.
 */
#include <stdlib.h>
#include <string.h>

#include <pvg/format.h>

#include "gpu/memory.h"
#include "refuse.h"

#define BUCKETS 4096u

bool pvg_gpu_storages_init(struct pvg_gpu_memory *memory) {
	memory->buckets = calloc(BUCKETS, sizeof(struct pvg_gpu_storage *));
	return memory->buckets != NULL;
}

void pvg_gpu_storages_finish(struct pvg_gpu_memory *memory) {
	free(memory->buckets);
	memory->buckets = NULL;
}

static struct pvg_gpu_storage **bucket_of(const struct pvg_gpu_memory *memory, uint32_t task,
	uint32_t ref) {
	uint64_t key = (uint64_t)task << 32 | ref;

	key *= UINT64_C(0x9e3779b97f4a7c15);
	return &memory->buckets[(key >> 32) % BUCKETS];
}

static struct pvg_gpu_storage *named(struct pvg_gpu_storage *storage, uint32_t task, uint32_t ref) {
	while (storage != NULL &&
		(storage->orphan || storage->task != task || storage->ref != ref)) {
		storage = storage->next_in_bucket;
	}
	return storage;
}

struct pvg_gpu_storage *pvg_gpu_storage_first(struct pvg_gpu *gpu, uint32_t task, uint32_t ref) {
	return named(*bucket_of(gpu->memory, task, ref), task, ref);
}

struct pvg_gpu_storage *pvg_gpu_storage_next(const struct pvg_gpu_storage *storage) {
	return named(storage->next_in_bucket, storage->task, storage->ref);
}

/* ---- order of use ---------------------------------------------------------------------------- */

static void unlink_use(struct pvg_gpu_memory *memory, struct pvg_gpu_storage *storage) {
	if (storage->newer != NULL) {
		storage->newer->older = storage->older;
	} else {
		memory->newest = storage->older;
	}
	if (storage->older != NULL) {
		storage->older->newer = storage->newer;
	} else {
		memory->oldest = storage->newer;
	}
}

static void link_newest(struct pvg_gpu_memory *memory, struct pvg_gpu_storage *storage) {
	storage->newer = NULL;
	storage->older = memory->newest;
	if (memory->newest != NULL) {
		memory->newest->newer = storage;
	} else {
		memory->oldest = storage;
	}
	memory->newest = storage;
}

/* ---- life ------------------------------------------------------------------------------------ */

static bool same_source(const struct pvg_gpu_source *a, const struct pvg_gpu_source *b,
	uint32_t levels) {
	if (a->kind != b->kind || a->surface != b->surface || a->task != b->task ||
		a->gva != b->gva || a->slice_bytes != b->slice_bytes ||
		a->buffer.ref != b->buffer.ref || a->buffer.gva != b->buffer.gva ||
		a->buffer.size_bytes != b->buffer.size_bytes || a->heap != b->heap ||
		a->heap_first != b->heap_first || a->heap_end != b->heap_end) {
		return false;
	}
	for (uint32_t i = 0; i < levels && a->kind != PVG_SOURCE_NONE; i++) {
		if (a->levels[i].offset_bytes != b->levels[i].offset_bytes ||
			a->levels[i].row_bytes != b->levels[i].row_bytes ||
			a->levels[i].plane_bytes != b->levels[i].plane_bytes) {
			return false;
		}
	}
	return true;
}

/*
 * Do views of one image show both? Texels of the same size do (spec 03 section 9.3): a plane of a
 * surface has one image however it is declared. Depth is never seen as something else.
 */
static bool same_texels(const struct pvg_format *a, const struct pvg_format *b, bool surface) {
	if (a == b) {
		return true;
	}
	return surface && a->block_bytes == b->block_bytes && a->kind == PVG_FORMAT_PLAIN &&
		b->kind == PVG_FORMAT_PLAIN && !a->depth && !b->depth && !a->stencil && !b->stencil;
}

static bool same_image(const struct pvg_gpu_image_desc *a, const struct pvg_gpu_image_desc *b) {
	return a->kind == b->kind && a->width == b->width && a->height == b->height &&
		a->depth == b->depth && a->levels == b->levels && a->samples == b->samples &&
		a->layers == b->layers;
}

static uint32_t physical_slices(const struct pvg_gpu_image_desc *desc) {
	bool cube = desc->kind == PVG_GPU_CUBE || desc->kind == PVG_GPU_CUBE_ARRAY;

	return (uint32_t)desc->layers * (cube ? 6u : 1u);
}

static void disown(struct pvg_gpu_storage *storage) {
	storage->orphan = true;
	for (size_t i = 0; i < (size_t)storage->slices * storage->desc.levels; i++) {
		storage->parts[i].payable = false;
	}
}

static void destroy(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage);

struct pvg_gpu_storage *pvg_gpu_storage_get(struct pvg_gpu *gpu, uint32_t task, uint32_t ref,
	uint32_t plane, const struct pvg_gpu_source *source,
	const struct pvg_gpu_image_desc *desc) {
	struct pvg_gpu_memory *memory = gpu->memory;
	const struct pvg_format *format = pvg_format_get(desc->format);
	struct pvg_gpu_storage *storage = pvg_gpu_storage_first(gpu, task, ref);
	bool shared = false;

	for (; storage != NULL; storage = pvg_gpu_storage_next(storage)) {
		if (storage->plane != plane) {
			continue;
		}
		if (same_image(&storage->desc, desc) &&
			same_texels(storage->format, format, source->surface) &&
			same_source(&storage->source, source, desc->levels)) {
			return storage;
		}
		if (source->surface) {
			storage->shared = true;
			shared = true;
		} else {
			// Declared again with another layout: views may keep it, nobody pays it.
			disown(storage);
		}
	}
	// What describes parts counts too: a texture may have 2048 layers of 16 levels.
	uint64_t parts_bytes =
		(uint64_t)physical_slices(desc) * desc->levels * sizeof(struct pvg_gpu_part);
	if (!pvg_gpu_budget_take(gpu, task, parts_bytes, "texture")) {
		return NULL;
	}
	storage = calloc(1, sizeof(*storage));
	uint32_t slices = physical_slices(desc);
	struct pvg_gpu_part *parts = calloc((size_t)slices * desc->levels, sizeof(*parts));
	if (storage == NULL || parts == NULL) {
		PVG_REFUSE(gpu->device, NO_MEMORY, "task %u: texture %u: no memory", task, ref);
		pvg_gpu_budget_give(gpu, task, parts_bytes);
		free(storage);
		free(parts);
		return NULL;
	}
	*storage = (struct pvg_gpu_storage){
		.task = task,
		.ref = ref,
		.plane = plane,
		.source = *source,
		.desc = *desc,
		.format = format,
		.slices = slices,
		.parts = parts,
		.shared = shared,
	};
	struct pvg_gpu_storage **bucket = bucket_of(memory, task, ref);
	storage->next_in_bucket = *bucket;
	*bucket = storage;
	link_newest(memory, storage);
	memory->storages_count++;
	if (source->kind == PVG_SOURCE_BUFFER && !pvg_gpu_alias_over_buffer(gpu, storage)) {
		destroy(gpu, storage);
		return NULL;
	}
	if (source->heap_end != 0) {
		storage->next_placed = memory->placed;
		memory->placed = storage;
	}
	return storage;
}

void pvg_gpu_storage_evict(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage) {
	for (struct pvg_gpu_texture_node *node = storage->textures; node != NULL;
		node = node->next_of_storage) {
		pvg_gpu_bury_view(gpu, node->texture.view);
		node->texture.view = NULL;
		node->texture.image = NULL;
	}
	if (pvg_gpu_home_leave(gpu, storage)) {
		storage->image = NULL;
		storage->image_bytes = 0;
	} else if (storage->image != NULL) {
		pvg_gpu_bury_image(gpu, storage->image);
		pvg_gpu_budget_give(gpu, storage->task, storage->image_bytes);
		storage->image = NULL;
		storage->image_bytes = 0;
	}
	for (size_t i = 0; i < (size_t)storage->slices * storage->desc.levels; i++) {
		pvg_gpu_part_invalidate(&storage->parts[i]);
		storage->parts[i].hashed = false;
	}
}

void pvg_gpu_storage_set_image(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage,
	struct pvg_gpu_image *image) {
	storage->image = image;
	for (struct pvg_gpu_texture_node *node = storage->textures; node != NULL;
		node = node->next_of_storage) {
		bool seen = node->texture.view != NULL;
		pvg_gpu_bury_view(gpu, node->texture.view);
		node->texture.view = NULL;
		node->texture.image = image;
		if (seen) {
			// When it fails, it is tried again with the next use.
			(void)pvg_gpu_texture_realize(gpu, &node->texture);
		}
	}
}

static void destroy(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage) {
	struct pvg_gpu_memory *memory = gpu->memory;
	struct pvg_gpu_storage **link = bucket_of(memory, storage->task, storage->ref);

	pvg_gpu_storage_evict(gpu, storage);
	while (*link != storage) {
		link = &(*link)->next_in_bucket;
	}
	*link = storage->next_in_bucket;
	unlink_use(memory, storage);
	// What was saved of it is not to be put back.
	size_t kept = 0;
	for (size_t i = 0; i < memory->saved_count; i++) {
		if (memory->saved[i].storage != storage) {
			memory->saved[kept++] = memory->saved[i];
		}
	}
	memory->saved_count = kept;
	for (size_t i = 0; i < (size_t)storage->slices * storage->desc.levels; i++) {
		free(storage->parts[i].hashes);
	}
	pvg_gpu_aliases_drop(gpu, storage);
	if (storage->due_epoch == memory->epoch) {
		link = &memory->due;
		while (*link != storage) {
			link = &(*link)->next_due;
		}
		*link = storage->next_due;
	}
	if (storage->source.heap_end != 0) {
		link = &memory->placed;
		while (*link != storage) {
			link = &(*link)->next_placed;
		}
		*link = storage->next_placed;
	}
	memory->storages_count--;
	pvg_gpu_budget_give(gpu, storage->task,
		(uint64_t)storage->slices * storage->desc.levels * sizeof(*storage->parts));
	free(storage->parts);
	free(storage);
}

void pvg_gpu_storages_clear(struct pvg_gpu *gpu) {
	while (gpu->memory->newest != NULL) {
		destroy(gpu, gpu->memory->newest);
	}
}

// A surface keeps its own for as long as it is declared: textures over it come and go.
static void destroy_unused(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage) {
	if (storage->users == 0 && (storage->orphan || !storage->source.surface)) {
		destroy(gpu, storage);
	}
}

void pvg_gpu_storage_add_user(struct pvg_gpu_storage *storage, struct pvg_gpu_texture_node *node) {
	storage->users++;
	node->texture.storage = storage;
	node->next_of_storage = storage->textures;
	storage->textures = node;
}

void pvg_gpu_storage_remove_user(struct pvg_gpu *gpu, struct pvg_gpu_texture_node *node) {
	struct pvg_gpu_storage *storage = node->texture.storage;

	if (storage == NULL) {
		return;
	}
	struct pvg_gpu_texture_node **link = &storage->textures;
	while (*link != node) {
		link = &(*link)->next_of_storage;
	}
	*link = node->next_of_storage;
	node->texture.storage = NULL;
	pvg_gpu_bury_view(gpu, node->texture.view);
	node->texture.view = NULL;
	storage->users--;
	destroy_unused(gpu, storage);
}

void pvg_gpu_storages_orphan(struct pvg_gpu *gpu, uint32_t task, uint32_t ref) {
	struct pvg_gpu_storage *storage;

	while ((storage = pvg_gpu_storage_first(gpu, task, ref)) != NULL) {
		disown(storage);
		destroy_unused(gpu, storage);
	}
}

void pvg_gpu_storages_orphan_task(struct pvg_gpu *gpu, uint32_t task) {
	struct pvg_gpu_storage *storage = gpu->memory->newest;

	while (storage != NULL) {
		if (storage->task != task || storage->orphan) {
			storage = storage->older;
			continue;
		}
		pvg_gpu_storages_orphan(gpu, task, storage->ref);
		storage = gpu->memory->newest; // several may have gone
	}
}

/* ---- the image ------------------------------------------------------------------------------- */

// Before the renderer knows: what the levels take when they lie tight.
static uint64_t estimate(const struct pvg_gpu_storage *storage) {
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < storage->desc.levels; i++) {
		uint32_t width = storage->desc.width >> i, height = storage->desc.height >> i;
		uint64_t depth = storage->desc.depth >> i;
		bytes += pvg_format_row_bytes(storage->format, width != 0 ? width : 1) *
			pvg_format_rows(storage->format, height != 0 ? height : 1) *
			(depth != 0 ? depth : 1);
	}
	return bytes * storage->slices * storage->desc.samples;
}

enum pvg_gpu_found pvg_gpu_storage_image(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage) {
	struct pvg_gpu_memory *memory = gpu->memory;
	struct pvg_renderer *renderer = gpu->renderer;

	storage->used_epoch = memory->epoch;
	if (memory->newest != storage) {
		unlink_use(memory, storage);
		link_newest(memory, storage);
	}
	if (storage->image != NULL) {
		return PVG_GPU_FOUND;
	}
	uint64_t bytes = estimate(storage);
	if (!pvg_gpu_budget_take(gpu, storage->task, bytes, "texture")) {
		return PVG_GPU_MISSING;
	}
	storage->image = renderer->ops->image_create(renderer, &storage->desc);
	if (storage->image == NULL) {
		char name[24];
		pvg_gpu_budget_give(gpu, storage->task, bytes);
		PVG_REFUSE(gpu->device, TEXTURE, "task %u: texture %u: %s %ux%ux%u refused",
			storage->task, storage->ref, pvg_format_name(storage->desc.format, name),
			storage->desc.width, storage->desc.height, storage->desc.depth);
		return PVG_GPU_MISSING;
	}
	// What it really takes is known now; a little above the limit is no reason to drop it.
	uint64_t real = renderer->ops->image_bytes(renderer, storage->image);
	pvg_gpu_budget_give(gpu, storage->task, bytes);
	pvg_gpu_budget_add(gpu, storage->task, real);
	storage->image_bytes = real;
	PVG_COUNT_DEVICE(gpu->device, gpu.images);
	return PVG_GPU_FOUND;
}

void pvg_gpu_storage_take_place(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage) {
	const struct pvg_gpu_source *place = &storage->source;

	storage->overwritten = 0;
	for (struct pvg_gpu_storage *s = gpu->memory->placed; s != NULL; s = s->next_placed) {
		if (s != storage && s->source.heap == place->heap && s->task == storage->task &&
			s->source.heap_first < place->heap_end &&
			place->heap_first < s->source.heap_end && s->overwritten == 0) {
			s->overwritten = gpu->memory->epoch;
		}
	}
}

// Can what the image holds be made again from guest memory, or is it nothing?
static bool is_spare(const struct pvg_gpu_memory *memory, const struct pvg_gpu_storage *storage) {
	bool again = storage->source.kind != PVG_SOURCE_NONE && !pvg_gpu_storage_is_newer(storage);
	bool undefined = storage->overwritten != 0 && storage->overwritten != memory->epoch;

	return storage->image != NULL && storage->used_epoch != memory->epoch &&
		(again || undefined);
}

bool pvg_gpu_storages_evict_one(struct pvg_gpu *gpu, uint32_t task) {
	struct pvg_gpu_storage *storage = gpu->memory->oldest;

	for (; storage != NULL; storage = storage->newer) {
		if ((task == UINT32_MAX || storage->task == task) &&
			is_spare(gpu->memory, storage)) {
			pvg_gpu_storage_evict(gpu, storage);
			PVG_COUNT_DEVICE(gpu->device, gpu.evictions);
			return true;
		}
	}
	return false;
}

/* ---- parts ----------------------------------------------------------------------------------- */

bool pvg_gpu_storage_is_newer(const struct pvg_gpu_storage *storage) {
	for (size_t i = 0; i < (size_t)storage->slices * storage->desc.levels; i++) {
		if (storage->parts[i].newer) {
			return true;
		}
	}
	return false;
}

void pvg_gpu_part_invalidate(struct pvg_gpu_part *part) {
	part->resident = false;
	part->newer = false;
	part->payable = false;
	part->looked = 0;
}

void pvg_gpu_part_journal(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage, uint32_t level,
	uint32_t slice) {
	struct pvg_gpu_memory *memory = gpu->memory;
	struct pvg_gpu_part *part = pvg_gpu_storage_part(storage, level, slice);

	if (part->journaled == memory->epoch) {
		return;
	}
	if (!pvg_gpu_grow((void **)&memory->saved, &memory->saved_room, memory->saved_count,
		    sizeof(*memory->saved))) {
		// The list is not submitted; what this part holds then is not known.
		gpu->list.failed = true;
		return;
	}
	part->journaled = memory->epoch;
	memory->saved[memory->saved_count++] = (struct pvg_gpu_saved){
		.storage = storage,
		.index = (size_t)(part - storage->parts),
		.part = *part,
	};
}

// Bytes of guest memory that a source lies in.
static bool source_overlaps(const struct pvg_gpu_storage *storage, uint64_t gva, uint64_t end) {
	const struct pvg_gpu_source *source = &storage->source;
	uint64_t last = source->gva;

	if (source->kind == PVG_SOURCE_NONE) {
		return false;
	}
	for (uint32_t i = 0; i < storage->desc.levels; i++) {
		const struct pvg_texture_level *level = &source->levels[i];
		uint64_t level_end =
			source->gva + level->offset_bytes + level->plane_bytes * level->depth;
		last = level_end > last ? level_end : last;
	}
	last += source->slice_bytes * (storage->slices - 1);
	return source->gva < end && gva < last;
}

void pvg_gpu_storage_look_again(struct pvg_gpu_storage *storage) {
	for (size_t i = 0; i < (size_t)storage->slices * storage->desc.levels; i++) {
		struct pvg_gpu_part *part = &storage->parts[i];
		if (!part->newer && storage->source.kind != PVG_SOURCE_NONE) {
			part->resident = false; // hashes say later what really changed
		}
	}
}

void pvg_gpu_storages_remapped(struct pvg_gpu *gpu, uint32_t task, uint64_t gva, uint64_t end) {
	for (struct pvg_gpu_storage *storage = gpu->memory->newest; storage != NULL;
		storage = storage->older) {
		if (storage->source.task != task || !source_overlaps(storage, gva, end)) {
			continue;
		}
		for (size_t i = 0; i < (size_t)storage->slices * storage->desc.levels; i++) {
			storage->parts[i].payable = false;
		}
		pvg_gpu_storage_look_again(storage);
	}
}
