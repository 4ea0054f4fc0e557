// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Textures whose bytes a buffer shows, too: textures over buffers (spec 02 section 4.5), and planes
 * of surfaces whose pages a task has mapped and made a buffer of. What one side wrote reaches the
 * other on the GPU, in the order of the stream, when it is used there; and it is in guest memory
 * before the stamp as a buffer's bytes are. What lies less simply is twin.c's.
 *
 * Who has such a place is found out when a surface's storage is used first and when a buffer is
 * looked up first, not draw by draw.
 */
#include <stdlib.h>

#include <pvg/format.h>

#include "core.h"
#include "gpu/encoder.h"
#include "gpu/memory.h"
#include "refuse.h"

#define BUCKETS 16384u
#define NOTHING UINT64_MAX // has landed yet
#define PROBES 4096u // pages of a buffer that are looked at
#define FEW_PAGES 64u // so many are looked at with each use until all of them are mapped

struct pvg_gpu_alias {
	struct pvg_gpu_storage *storage;
	struct pvg_gpu_backing backing; // the buffer
	uint64_t gva, end; // of the storage's bytes in the buffer's task
	bool found; // by its pages, not declared over the buffer
	uint64_t landed; // what of storage->writes the buffer has
	uint64_t landed_epoch;
	struct pvg_gpu_alias *next; // in pvg_gpu_memory.aliases
};

// A page of a surface.
struct page {
	uint64_t gpa;
	uint32_t index; // in its storage
	struct pvg_gpu_storage *storage;
	struct page *next;
};

struct pvg_gpu_alias_index {
	struct page *buckets[BUCKETS];
};

static struct page **bucket_of(const struct pvg_gpu *gpu, uint64_t gpa) {
	uint64_t key = (gpa >> gpu->device->config.page_shift) * UINT64_C(0x9e3779b97f4a7c15);

	return &gpu->memory->alias_index->buckets[(key >> 40) % BUCKETS];
}

/* ---- which there are ------------------------------------------------------------------------- */

static uint64_t bytes_of(const struct pvg_gpu_storage *storage) {
	return storage->source.levels[0].row_bytes * (storage->desc.height - 1) +
		pvg_format_row_bytes(storage->format, storage->desc.width);
}

static bool add(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage,
	const struct pvg_gpu_backing *backing, uint64_t gva, bool found) {
	struct pvg_gpu_alias *alias = calloc(1, sizeof(*alias));

	if (alias == NULL) {
		PVG_REFUSE(gpu->device, NO_MEMORY, "task %u: texture %u: no memory", storage->task,
			storage->ref);
		return false;
	}
	*alias = (struct pvg_gpu_alias){
		.storage = storage,
		.backing = *backing,
		.gva = gva,
		.end = gva + bytes_of(storage),
		.found = found,
		.landed = NOTHING,
		.next = gpu->memory->aliases,
	};
	gpu->memory->aliases = alias;
	storage->aliases++;
	return true;
}

static void drop(struct pvg_gpu_alias **link) {
	struct pvg_gpu_alias *alias = *link;

	*link = alias->next;
	alias->storage->aliases--;
	free(alias);
}

bool pvg_gpu_alias_over_buffer(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage) {
	return add(gpu, storage, &storage->source.buffer, storage->source.gva, false);
}

static void forget_pages(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage) {
	struct page *pages = storage->pages;

	for (uint32_t i = 0; i < storage->pages_count; i++) {
		struct page **link = bucket_of(gpu, pages[i].gpa);
		while (*link != &pages[i]) {
			link = &(*link)->next;
		}
		*link = pages[i].next;
	}
	gpu->memory->indexed_pages -= storage->pages_count;
	free(pages);
	storage->pages = NULL;
	storage->pages_count = 0;
	storage->indexed = false;
}

void pvg_gpu_aliases_drop(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage) {
	struct pvg_gpu_alias **link = &gpu->memory->aliases;

	while (*link != NULL && storage->aliases > 0) {
		if ((*link)->storage == storage) {
			drop(link);
		} else {
			link = &(*link)->next;
		}
	}
	pvg_gpu_twins_drop_surface(gpu, storage);
	forget_pages(gpu, storage);
}

void pvg_gpu_aliases_finish(struct pvg_gpu_memory *memory) {
	free(memory->alias_index);
	memory->alias_index = NULL;
}

/*
 * Remembers the pages of a surface. Without memory nothing is found: the guest's CPU and the GPU
 * then see each other's writes as without an alias.
 */
void pvg_gpu_alias_index_surface(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage) {
	struct pvg_gpu_memory *memory = gpu->memory;
	struct pvg_task *task = pvg_task_find(gpu->device, storage->source.task);
	uint64_t page_bytes = pvg_page_size(gpu->device);
	uint64_t first = storage->source.gva & ~(page_bytes - 1);
	uint64_t count =
		(storage->source.gva + bytes_of(storage) - first + page_bytes - 1) / page_bytes;

	storage->indexed = true;
	if (memory->alias_index == NULL) {
		memory->alias_index = calloc(1, sizeof(*memory->alias_index));
	}
	struct page *pages = calloc(count, sizeof(*pages));
	if (memory->alias_index == NULL || pages == NULL || task == NULL || !task->live) {
		free(pages);
		return;
	}
	uint32_t known = 0;
	bool shown = false; // by a buffer that was looked at
	for (uint64_t i = 0; i < count; i++) {
		enum pvg_access access;
		struct page *page = &pages[known];
		if (pvg_task_translate(gpu->device, task, first + i * page_bytes, &page->gpa,
			    &access) == NULL) {
			continue; // its 0x39 makes everything anew
		}
		struct page **bucket = bucket_of(gpu, page->gpa);
		page->index = (uint32_t)i;
		page->storage = storage;
		page->next = *bucket;
		*bucket = page;
		known++;
		shown = shown || pvg_gpu_twins_may_show(gpu, page->gpa);
	}
	storage->pages = pages;
	storage->pages_count = known;
	memory->indexed_pages += known;
	memory->alias_generation += shown;
}

static bool same_pages(struct pvg_gpu *gpu, const struct pvg_gpu_storage *storage,
	struct pvg_task *task, uint64_t gva) {
	const struct page *pages = storage->pages;
	uint64_t page_bytes = pvg_page_size(gpu->device);

	for (uint32_t i = 0; i < storage->pages_count; i++) {
		enum pvg_access access;
		uint64_t gpa;
		if (pages[i].index != i ||
			pvg_task_translate(gpu->device, task, gva + i * page_bytes, &gpa,
				&access) == NULL ||
			gpa != pages[i].gpa) {
			return false;
		}
	}
	return true;
}

static bool is_known(const struct pvg_gpu *gpu, const struct pvg_gpu_storage *storage,
	const struct pvg_gpu_backing *backing) {
	for (const struct pvg_gpu_alias *a = gpu->memory->aliases; a != NULL; a = a->next) {
		if (a->storage == storage && a->backing.task == backing->task &&
			a->backing.ref == backing->ref) {
			return true;
		}
	}
	return false;
}

// A page of the buffer: is it a surface's, and is the whole of the surface in the buffer? Or
// another buffer's? False: it is not mapped yet. @width_bytes: to the next page that is looked at.
static bool probe(struct pvg_gpu *gpu, const struct pvg_gpu_backing *backing, struct pvg_task *task,
	uint64_t gva, uint64_t width_bytes) {
	uint64_t page_bytes = pvg_page_size(gpu->device);
	enum pvg_access access;
	uint64_t gpa;

	if (pvg_task_translate(gpu->device, task, gva, &gpa, &access) == NULL) {
		return false;
	}
	pvg_gpu_twins_note(gpu, backing, gva, gpa, width_bytes);
	if (gpu->memory->indexed_pages == 0) {
		return true;
	}
	for (const struct page *page = *bucket_of(gpu, gpa); page != NULL; page = page->next) {
		struct pvg_gpu_storage *storage = page->storage;
		uint64_t before = page->index * page_bytes;
		uint64_t skipped = storage->source.gva & (page_bytes - 1);
		if (page->gpa != gpa || is_known(gpu, storage, backing)) {
			continue;
		}
		if (gva < before || gva - before + skipped < backing->gva ||
			gva - before + skipped + bytes_of(storage) >
				backing->gva + backing->size_bytes ||
			!same_pages(gpu, storage, task, gva - before)) {
			pvg_gpu_twin_surface(gpu, storage, backing, gva, width_bytes);
			continue;
		}
		(void)add(gpu, storage, backing, gva - before + skipped, true);
	}
	return true;
}

bool pvg_gpu_alias_look(struct pvg_gpu *gpu, const struct pvg_gpu_backing *backing) {
	struct pvg_task *task = pvg_task_find(gpu->device, backing->task);
	uint64_t page_bytes = pvg_page_size(gpu->device);
	uint64_t pages = (backing->size_bytes + page_bytes - 1) / page_bytes;
	uint64_t stride = (pages + PROBES - 1) / PROBES;
	bool mapped = true;

	if (task == NULL || !task->live) {
		return true;
	}
	pvg_gpu_alias_buffer_gone(gpu, backing->task, backing->ref);
	for (uint64_t i = 0; i < pages; i += stride) {
		mapped = probe(gpu, backing, task, backing->gva + i * page_bytes,
				 stride * page_bytes) &&
			mapped;
	}
	if (stride > 1) {
		gpu->memory->owners_lossy = true;
		mapped = probe(gpu, backing, task, backing->gva + (pages - 1) * page_bytes,
				 page_bytes) &&
			mapped;
	}
	// Of a large one with holes, only when something was mapped.
	gpu->memory->alias_holes = gpu->memory->alias_holes || !mapped;
	return mapped || pages > FEW_PAGES;
}

void pvg_gpu_alias_buffer_gone(struct pvg_gpu *gpu, uint32_t task, uint32_t ref) {
	struct pvg_gpu_alias **link = &gpu->memory->aliases;

	pvg_gpu_twins_drop_buffer(gpu, task, ref);
	while (*link != NULL) {
		const struct pvg_gpu_alias *alias = *link;
		if (alias->found && alias->backing.task == task && alias->backing.ref == ref) {
			drop(link);
		} else {
			link = &(*link)->next;
		}
	}
}

void pvg_gpu_aliases_remapped(struct pvg_gpu *gpu, uint32_t task, uint64_t gva, uint64_t end) {
	struct pvg_gpu_memory *memory = gpu->memory;
	struct pvg_gpu_alias **link = &memory->aliases;
	bool any = false;

	memory->alias_generation += memory->alias_holes;
	memory->alias_holes = false;
	pvg_gpu_twins_remapped(gpu, task, gva, end);
	for (struct pvg_gpu_storage *s = memory->newest; s != NULL && memory->indexed_pages > 0;
		s = s->older) {
		if (s->indexed && s->source.task == task && s->source.gva < end &&
			gva < s->source.gva + bytes_of(s)) {
			pvg_gpu_aliases_drop(gpu, s);
		}
	}
	while (*link != NULL) {
		const struct pvg_gpu_alias *alias = *link;
		if (alias->found && alias->backing.task == task && alias->gva < end &&
			gva < alias->end) {
			drop(link);
			any = true;
		} else {
			link = &(*link)->next;
		}
	}
	memory->alias_generation += any; // their buffers are looked at again
}

/* ---- between the two ------------------------------------------------------------------------- */

// The buffer's bytes as the GPU has them.
static enum pvg_gpu_found span_of(struct pvg_gpu *gpu, const struct pvg_gpu_alias *alias,
	uint32_t use, struct pvg_gpu_span *span) {
	return pvg_gpu_shadow_window(gpu, &alias->backing, alias->gva - alias->backing.gva,
		alias->end - alias->gva, use, span);
}

static void set_rows(struct pvg_gpu_transfer *transfer, const struct pvg_gpu_storage *storage,
	const struct pvg_gpu_span *span) {
	transfer->span = *span;
	if (storage->desc.height > 1) {
		transfer->row_bytes = storage->source.levels[0].row_bytes;
	}
	transfer->image_bytes = transfer->row_bytes * storage->desc.height;
}

static enum pvg_gpu_found load(struct pvg_gpu *gpu, const struct pvg_gpu_alias *alias) {
	struct pvg_gpu_storage *storage = alias->storage;
	struct pvg_gpu_span span;
	enum pvg_gpu_found found = span_of(gpu, alias, PVG_GPU_READS, &span);

	if (found != PVG_GPU_FOUND) {
		return found;
	}
	pvg_encoders_crossed(gpu->encoders);
	pvg_gpu_part_journal(gpu, storage, 0, 0);
	set_rows(pvg_gpu_part_transfer(gpu, PVG_GPU_OP_UPLOAD, storage, 0, 0), storage, &span);
	storage->parts[0].resident = true;
	storage->parts[0].hashed = false;
	storage->parts[0].looked = gpu->memory->epoch;
	return PVG_GPU_FOUND;
}

enum pvg_gpu_found pvg_gpu_alias_load(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage,
	bool *loaded) {
	*loaded = false;
	for (const struct pvg_gpu_alias *a = gpu->memory->aliases; a != NULL; a = a->next) {
		uint64_t offset = a->gva - a->backing.gva, size_bytes = a->end - a->gva;
		if (a->storage != storage) {
			continue;
		}
		// Of a surface only what has not landed: else guest memory says what changed.
		if (a->found ? pvg_gpu_shadow_is_pending(gpu, &a->backing, offset, size_bytes)
			     : pvg_gpu_shadow_is_over(gpu, &a->backing, offset, size_bytes)) {
			*loaded = true;
			return load(gpu, a);
		}
	}
	return PVG_GPU_FOUND;
}

enum pvg_gpu_found pvg_gpu_alias_reserve(struct pvg_gpu *gpu,
	const struct pvg_gpu_storage *storage) {
	for (const struct pvg_gpu_alias *a = gpu->memory->aliases; a != NULL; a = a->next) {
		struct pvg_gpu_span span;
		if (a->storage == storage && !a->found) {
			return span_of(gpu, a, PVG_GPU_READS | PVG_GPU_WRITES, &span);
		}
	}
	return PVG_GPU_FOUND;
}

static bool has_news(const struct pvg_gpu *gpu, const struct pvg_gpu_alias *alias) {
	const struct pvg_gpu_part *part = &alias->storage->parts[0];
	// Also what is on its way to guest memory.
	bool newer = part->newer || (part->resident && !pvg_gpu_is_complete(gpu, part->paid));

	return newer && alias->landed != alias->storage->writes && alias->storage->image != NULL;
}

static enum pvg_gpu_found land(struct pvg_gpu *gpu, struct pvg_gpu_alias *alias) {
	struct pvg_gpu_storage *storage = alias->storage;
	struct pvg_gpu_span span;

	// First of all, so that nothing comes here again.
	pvg_encoders_crossed(gpu->encoders);
	pvg_gpu_part_journal(gpu, storage, 0, 0);
	if (!alias->found) {
		storage->parts[0].newer = false;
		storage->parts[0].payable = false;
	}
	alias->landed = storage->writes;
	alias->landed_epoch = gpu->memory->epoch;
	enum pvg_gpu_found found = span_of(gpu, alias, PVG_GPU_READS | PVG_GPU_WRITES, &span);
	if (found == PVG_GPU_FOUND) {
		found = pvg_gpu_storage_image(gpu, storage);
	}
	if (found != PVG_GPU_FOUND) {
		return found;
	}
	set_rows(pvg_gpu_part_transfer(gpu, PVG_GPU_OP_READ, storage, 0, 0), storage, &span);
	return PVG_GPU_FOUND;
}

static bool is_over(const struct pvg_gpu_alias *alias, uint32_t task, uint64_t gva, uint64_t end) {
	return alias->backing.task == task && alias->gva < end && gva < alias->end;
}

enum pvg_gpu_found pvg_gpu_aliases_land(struct pvg_gpu *gpu, uint32_t task, uint64_t gva,
	uint64_t end, bool written, const struct pvg_gpu_storage *except) {
	for (struct pvg_gpu_alias *alias = gpu->memory->aliases; alias != NULL;
		alias = alias->next) {
		struct pvg_gpu_storage *storage = alias->storage;
		if (storage == except || !is_over(alias, task, gva, end)) {
			continue;
		}
		if (has_news(gpu, alias)) {
			enum pvg_gpu_found found = land(gpu, alias);
			if (found != PVG_GPU_FOUND) {
				return found;
			}
		}
		if (written && storage->parts[0].resident) {
			pvg_encoders_crossed(gpu->encoders);
		}
		if (written) {
			pvg_gpu_part_journal(gpu, storage, 0, 0);
			pvg_gpu_part_invalidate(&storage->parts[0]);
			storage->parts[0].hashed = false;
		}
	}
	return PVG_GPU_FOUND;
}

enum pvg_gpu_found pvg_gpu_alias_use(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage,
	bool written) {
	for (const struct pvg_gpu_alias *a = gpu->memory->aliases; a != NULL; a = a->next) {
		if (a->storage != storage) {
			continue;
		}
		enum pvg_gpu_found found =
			pvg_gpu_twins_settle(gpu, a->backing.task, a->gva, a->end, written);
		if (found == PVG_GPU_FOUND) {
			found = pvg_gpu_aliases_land(gpu, a->backing.task, a->gva, a->end, written,
				storage);
		}
		if (found != PVG_GPU_FOUND) {
			return found;
		}
	}
	if (written) {
		storage->writes++;
		pvg_encoders_crossed(gpu->encoders);
	}
	return PVG_GPU_FOUND;
}

bool pvg_gpu_aliases_have_news(const struct pvg_gpu *gpu, uint32_t task, uint64_t gva, uint64_t end,
	bool surfaces) {
	for (const struct pvg_gpu_alias *a = gpu->memory->aliases; a != NULL; a = a->next) {
		if (is_over(a, task, gva, end) && (surfaces || !a->found) && has_news(gpu, a)) {
			return true;
		}
	}
	return false;
}

void pvg_gpu_alias_settle(struct pvg_gpu *gpu, uint32_t task, uint32_t ref) {
	struct pvg_gpu_storage *storage = pvg_gpu_storage_first(gpu, task, ref);
	bool any = false;

	for (; storage != NULL; storage = pvg_gpu_storage_next(storage)) {
		struct pvg_gpu_part *part = &storage->parts[0];
		bool loaded = false;
		if (storage->aliases == 0 || part->resident || storage->image == NULL) {
			continue;
		}
		if ((storage->home != NULL &&
			    pvg_gpu_home_guard(gpu, storage, false) != PVG_GPU_FOUND) ||
			pvg_gpu_storage_image(gpu, storage) != PVG_GPU_FOUND ||
			pvg_gpu_alias_load(gpu, storage, &loaded) != PVG_GPU_FOUND) {
			pvg_gpu_abandon(gpu);
			return;
		}
		if (loaded) {
			part->newer = true;
			part->payable = !storage->orphan;
			storage->written = pvg_gpu_next_serial(gpu);
			any = true;
		}
	}
	if (any) {
		pvg_gpu_commit(gpu);
	}
}

// What textures wrote into buffers has to be in guest memory before the stamp, as a buffer's bytes.
void pvg_gpu_aliases_sealing(struct pvg_gpu *gpu) {
	for (struct pvg_gpu_alias *a = gpu->memory->aliases; a != NULL; a = a->next) {
		if (!a->found && has_news(gpu, a) && land(gpu, a) != PVG_GPU_FOUND) {
			PVG_REFUSE(gpu->device, WRITE_BACK,
				"task %u: texture %u: its buffer cannot be written",
				a->storage->task, a->storage->ref);
		}
	}
}

void pvg_gpu_aliases_abandoned(struct pvg_gpu *gpu) {
	for (struct pvg_gpu_alias *a = gpu->memory->aliases; a != NULL; a = a->next) {
		if (a->landed_epoch == gpu->memory->epoch) {
			a->landed = NOTHING;
		}
	}
}
