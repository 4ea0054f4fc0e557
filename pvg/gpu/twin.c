// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pages that several names show without lying alike: a buffer over a part of a surface, or over its
 * pages in another order; buffers of two tasks, or at two places of one, over the same pages. No
 * copy on the GPU connects these, so what one side wrote goes to guest memory first: the list ends
 * in front of the record that needs the bytes, which goes on when that has completed. The plain
 * forms are alias.c's.
 *
 * Found by page, when a buffer is looked up first and when a surface of known pages is used first.
 */
#include <stdlib.h>

#include "core.h"
#include "gpu/encoder.h"
#include "gpu/memory.h"
#include "refuse.h"

#define TWINS_MAX 1024u
#define OWNERS 65536u
#define WAYS 8u // places where a page may be noted

struct side {
	uint32_t task, ref;
	uint64_t gva, end; // from the first to the last page that both have
};

struct pvg_gpu_twin {
	struct pvg_gpu_twin *next;
	struct pvg_gpu_storage *storage; // a surface's, NULL: the other side is a buffer, too
	struct side sides[2]; // storage: the first alone
};

// A page of a buffer that was looked up.
struct pvg_gpu_owner {
	uint64_t gpa; // 0: nobody's
	uint64_t gva;
	uint32_t task, ref;
};

/* ---- which there are ------------------------------------------------------------------------- */

static void drop(struct pvg_gpu *gpu, struct pvg_gpu_twin **link) {
	struct pvg_gpu_twin *twin = *link;

	*link = twin->next;
	if (twin->storage != NULL) {
		twin->storage->twins--;
	}
	gpu->memory->twins_count--;
	free(twin);
}

static bool is_of(const struct side *side, uint32_t task, uint32_t ref) {
	return side->task == task && side->ref == ref;
}

static bool is_over(const struct side *side, uint32_t task, uint64_t gva, uint64_t end) {
	return side->task == task && side->gva < end && gva < side->end;
}

static void widen(struct side *side, uint64_t gva, uint64_t end) {
	side->gva = gva < side->gva ? gva : side->gva;
	side->end = end > side->end ? end : side->end;
}

static void add(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage, const struct side *first,
	const struct side *second) {
	struct pvg_gpu_memory *memory = gpu->memory;

	for (struct pvg_gpu_twin *twin = memory->twins; twin != NULL; twin = twin->next) {
		unsigned int a = is_of(&twin->sides[0], first->task, first->ref) ? 0 : 1;
		if (twin->storage != storage || !is_of(&twin->sides[a], first->task, first->ref) ||
			(storage == NULL &&
				!is_of(&twin->sides[1 - a], second->task, second->ref))) {
			continue;
		}
		widen(&twin->sides[a], first->gva, first->end);
		if (storage == NULL) {
			widen(&twin->sides[1 - a], second->gva, second->end);
		}
		return;
	}
	struct pvg_gpu_twin *twin =
		memory->twins_count < TWINS_MAX ? calloc(1, sizeof(*twin)) : NULL;
	if (twin == NULL) {
		PVG_REFUSE(gpu->device, BUFFER,
			"task %u: buffer %u: its pages have other names, too many to follow",
			first->task, first->ref);
		return;
	}
	twin->storage = storage;
	twin->sides[0] = *first;
	if (storage != NULL) {
		storage->twins++;
	} else {
		twin->sides[1] = *second;
	}
	twin->next = memory->twins;
	memory->twins = twin;
	memory->twins_count++;
}

static struct side side_of(const struct pvg_gpu_backing *backing, uint64_t gva,
	uint64_t page_bytes) {
	return (struct side){ backing->task, backing->ref, gva, gva + page_bytes };
}

void pvg_gpu_twin_surface(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage,
	const struct pvg_gpu_backing *backing, uint64_t gva, uint64_t width_bytes) {
	struct side side = side_of(backing, gva, width_bytes);

	add(gpu, storage, &side, NULL);
}

static struct pvg_gpu_owner *first_way(const struct pvg_gpu *gpu, uint64_t gpa) {
	uint64_t key = (gpa >> gpu->device->config.page_shift) * UINT64_C(0x9e3779b97f4a7c15);

	return &gpu->memory->owners[(key >> 40) % (OWNERS / WAYS) * WAYS];
}

// Is the page still there, for a buffer that is still declared?
static bool is_alive(struct pvg_gpu *gpu, const struct pvg_gpu_owner *owner) {
	struct pvg_task *task = pvg_task_find(gpu->device, owner->task);
	enum pvg_access access;
	uint64_t gpa;

	return task != NULL && task->live &&
		pvg_object_is_known(gpu->device, owner->task, owner->ref) &&
		pvg_task_translate(gpu->device, task, owner->gva, &gpa, &access) != NULL &&
		gpa == owner->gpa;
}

void pvg_gpu_twins_note(struct pvg_gpu *gpu, const struct pvg_gpu_backing *backing, uint64_t gva,
	uint64_t gpa, uint64_t width_bytes) {
	struct pvg_gpu_memory *memory = gpu->memory;

	if (memory->owners == NULL) {
		memory->owners = calloc(OWNERS, sizeof(*memory->owners));
		if (memory->owners == NULL) { // as if there were no others
			memory->owners_lossy = true;
			return;
		}
	}
	struct pvg_gpu_owner *ways = first_way(gpu, gpa), *room = NULL;
	const struct pvg_gpu_owner mine = { gpa, gva, backing->task, backing->ref };
	for (unsigned int i = 0; i < WAYS; i++) {
		struct pvg_gpu_owner *owner = &ways[i];
		if (owner->gpa == gpa && owner->task == mine.task && owner->gva == gva) {
			room = owner; // the newest name of this place
		} else if (owner->gpa == gpa && is_alive(gpu, owner)) {
			struct side side = side_of(backing, gva, width_bytes);
			const struct side other = { owner->task, owner->ref, owner->gva,
				owner->gva + width_bytes };
			add(gpu, NULL, &side, &other);
		} else if (owner->gpa == 0 && room == NULL) {
			room = owner;
		}
	}
	for (unsigned int i = 0; i < WAYS && room == NULL; i++) {
		room = is_alive(gpu, &ways[i]) ? NULL : &ways[i];
	}
	if (room == NULL) {
		memory->owners_lossy = true;
	} else {
		*room = mine;
	}
}

bool pvg_gpu_twins_may_show(const struct pvg_gpu *gpu, uint64_t gpa) {
	const struct pvg_gpu_memory *memory = gpu->memory;

	if (memory->owners == NULL || memory->owners_lossy) {
		return memory->owners_lossy;
	}
	const struct pvg_gpu_owner *ways = first_way(gpu, gpa);
	for (unsigned int i = 0; i < WAYS; i++) {
		if (ways[i].gpa == gpa) {
			return true;
		}
	}
	return false;
}

void pvg_gpu_twins_drop_surface(struct pvg_gpu *gpu, const struct pvg_gpu_storage *storage) {
	struct pvg_gpu_twin **link = &gpu->memory->twins;

	while (*link != NULL && storage->twins > 0) {
		if ((*link)->storage == storage) {
			drop(gpu, link);
		} else {
			link = &(*link)->next;
		}
	}
}

void pvg_gpu_twins_drop_buffer(struct pvg_gpu *gpu, uint32_t task, uint32_t ref) {
	struct pvg_gpu_twin **link = &gpu->memory->twins;

	while (*link != NULL) {
		const struct pvg_gpu_twin *twin = *link;
		if (is_of(&twin->sides[0], task, ref) ||
			(twin->storage == NULL && is_of(&twin->sides[1], task, ref))) {
			drop(gpu, link);
		} else {
			link = &(*link)->next;
		}
	}
}

void pvg_gpu_twins_remapped(struct pvg_gpu *gpu, uint32_t task, uint64_t gva, uint64_t end) {
	struct pvg_gpu_twin **link = &gpu->memory->twins;
	bool any = false;

	while (*link != NULL) {
		const struct pvg_gpu_twin *twin = *link;
		if (is_over(&twin->sides[0], task, gva, end) ||
			(twin->storage == NULL && is_over(&twin->sides[1], task, gva, end))) {
			drop(gpu, link);
			any = true;
		} else {
			link = &(*link)->next;
		}
	}
	gpu->memory->alias_generation += any;
}

void pvg_gpu_twins_clear(struct pvg_gpu *gpu) {
	struct pvg_gpu_memory *memory = gpu->memory;

	while (memory->twins != NULL) {
		drop(gpu, &memory->twins);
	}
	free(memory->owners);
	memory->owners = NULL;
	memory->owners_lossy = false;
	memory->alias_generation++;
}

/* ---- between them ---------------------------------------------------------------------------- */

// What this list has so far ends it; the record is tried again when that has completed.
static enum pvg_gpu_found wait(struct pvg_gpu *gpu) {
	gpu->memory->wants_commit = true;
	return PVG_GPU_RETRY;
}

// Does a buffer's place have bytes that guest memory has not?
static bool is_pending(struct pvg_gpu *gpu, const struct side *side) {
	const struct pvg_gpu_backing backing = {
		.task = side->task,
		.gva = side->gva,
		.size_bytes = side->end - side->gva,
	};

	return pvg_gpu_shadow_is_pending(gpu, &backing, 0, backing.size_bytes);
}

static bool is_unpaid(const struct pvg_gpu *gpu, const struct pvg_gpu_part *part) {
	return (part->newer && part->payable) ||
		(part->resident && !pvg_gpu_is_complete(gpu, part->paid));
}

// To guest memory, as 0x35 would. What was drawn in this list is not in it before the pass ends.
static enum pvg_gpu_found pay(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage) {
	if (storage->parts[0].newer && storage->written < pvg_gpu_next_serial(gpu)) {
		enum pvg_gpu_found found = pvg_gpu_part_pay(gpu, storage, 0, 0);
		if (found != PVG_GPU_FOUND) {
			return found;
		}
	}
	return wait(gpu);
}

static enum pvg_gpu_found settle_surface(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage,
	bool written) {
	struct pvg_gpu_part *part = &storage->parts[0];

	if (is_unpaid(gpu, part) && storage->image != NULL) {
		return pay(gpu, storage);
	}
	if (written && part->resident && !part->newer) {
		pvg_encoders_crossed(gpu->encoders);
		pvg_gpu_part_journal(gpu, storage, 0, 0);
		part->resident = false; // hashes say later what really changed
	}
	return PVG_GPU_FOUND;
}

static enum pvg_gpu_found settle_buffer(struct pvg_gpu *gpu, const struct side *other) {
	// A surface's come to this name by its own way.
	if (pvg_gpu_aliases_have_news(gpu, other->task, other->gva, other->end, false)) {
		enum pvg_gpu_found found = pvg_gpu_aliases_land(gpu, other->task, other->gva,
			other->end, false, NULL);
		return found == PVG_GPU_FOUND ? wait(gpu) : found;
	}
	return is_pending(gpu, other) ? wait(gpu) : PVG_GPU_FOUND;
}

enum pvg_gpu_found pvg_gpu_twins_settle(struct pvg_gpu *gpu, uint32_t task, uint64_t gva,
	uint64_t end, bool written) {
	if (gpu->memory->ignores_twins) {
		return PVG_GPU_FOUND;
	}
	for (struct pvg_gpu_twin *twin = gpu->memory->twins; twin != NULL; twin = twin->next) {
		enum pvg_gpu_found found = PVG_GPU_FOUND;
		bool first = is_over(&twin->sides[0], task, gva, end);
		if (twin->storage != NULL) {
			found = first ? settle_surface(gpu, twin->storage, written) : found;
		} else if (first || is_over(&twin->sides[1], task, gva, end)) {
			found = settle_buffer(gpu, &twin->sides[first ? 1 : 0]);
			// The windows of the other were good until now.
			if (found == PVG_GPU_FOUND && written) {
				pvg_encoders_crossed(gpu->encoders);
			}
		}
		if (found != PVG_GPU_FOUND) {
			return found;
		}
	}
	return PVG_GPU_FOUND;
}

bool pvg_gpu_twins_have_news(struct pvg_gpu *gpu, uint32_t task, uint64_t gva, uint64_t end) {
	for (const struct pvg_gpu_twin *twin = gpu->memory->twins; twin != NULL;
		twin = twin->next) {
		bool first = is_over(&twin->sides[0], task, gva, end);
		if (twin->storage != NULL) {
			if (first && is_unpaid(gpu, &twin->storage->parts[0])) {
				return true;
			}
			continue;
		}
		const struct side *other = &twin->sides[first ? 1 : 0];
		if ((first || is_over(&twin->sides[1], task, gva, end)) &&
			(is_pending(gpu, other) ||
				pvg_gpu_aliases_have_news(gpu, other->task, other->gva, other->end,
					false))) {
			return true;
		}
	}
	return false;
}

enum pvg_gpu_found pvg_gpu_twins_use(struct pvg_gpu *gpu, const struct pvg_gpu_storage *storage,
	bool written) {
	if (gpu->memory->ignores_twins) {
		return PVG_GPU_FOUND;
	}
	for (const struct pvg_gpu_twin *twin = gpu->memory->twins; twin != NULL;
		twin = twin->next) {
		if (twin->storage != storage) {
			continue;
		}
		enum pvg_gpu_found found = settle_buffer(gpu, &twin->sides[0]);
		if (found != PVG_GPU_FOUND) {
			return found;
		}
	}
	if (written) {
		pvg_encoders_crossed(gpu->encoders);
	}
	return PVG_GPU_FOUND;
}
