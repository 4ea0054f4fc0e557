// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Buffers that the GPU writes. Guest memory stays their home (spec 03 section 9.9): a shadow is
 * memory both sides see, made equal to the guest's bytes before each use and compared with what it
 * was made equal to when a list that wrote it has completed. What differs then goes to guest pages,
 * before the stamp, and nothing else does.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "core.h"
#include "gpu/memory.h"
#include "refuse.h"

#define WAITED_EPOCHS 16u // lists after which nobody comes any more
#define PAGE_BYTES 4096u
// What is compared and written at once. Two writers of one such granule at the same time are no
// case that a guest's CPU caches would survive.
#define GRANULE_BYTES 16u
#define WHOLE_BYTES (UINT64_C(16) << 20) // of a larger buffer, what is used

struct shadow_page {
	bool valid;   // the base is what the guest had
	bool is_void; // mapped anew while writes were in flight: those are not for these pages
	uint64_t looked; // epoch
};

struct shadow_range {
	uint64_t first, end;
};

struct pvg_gpu_shadow {
	struct pvg_gpu_shadow *next;
	uint64_t id;
	uint32_t task;
	uint64_t gva, size_bytes; // of the guest's buffer, of all that overlap
	uint64_t join_gva, join_end; // of the one that it will become, 0: none
	uint64_t first, end;      // offsets that are covered, whole pages
	uint64_t want_first, want_end; // that will be, once nothing is in flight
	uint64_t waited_epoch; // of the last list that was thrown away for that or a join, 0: none
	bool stuck;            // there was no memory for what lists want together
	struct pvg_gpu_buffer *buffer; // owned
	uint8_t *base;                 // owned: what the guest had
	struct shadow_page *pages;     // owned
	uint64_t used_serial, serial_before; // list that used it last; the one before this epoch's
	uint64_t used_epoch;
	unsigned int pending; // lists in flight that write it
	struct shadow_range *written; // owned: by the list being built
	size_t written_count, written_room;
	struct shadow_patch *patches; // owned: bases as of commit
};

struct shadow_patch {
	struct shadow_patch *next;
	uint64_t page;
	uint8_t bytes[PAGE_BYTES];
};

static void free_patches(struct pvg_gpu_shadow *shadow) {
	while (shadow->patches != NULL) {
		struct shadow_patch *next = shadow->patches->next;
		free(shadow->patches);
		shadow->patches = next;
	}
}

static uint64_t covered_pages(const struct pvg_gpu_shadow *shadow) {
	return (shadow->end - shadow->first) / PAGE_BYTES;
}

static uint64_t memory_of(const struct pvg_gpu_shadow *shadow) {
	return 2 * (shadow->end - shadow->first);
}

static void drop_memory(struct pvg_gpu *gpu, struct pvg_gpu_shadow *shadow) {
	if (shadow->buffer != NULL) {
		pvg_gpu_bury_buffer(gpu, shadow->buffer);
		pvg_gpu_budget_give(gpu, shadow->task, memory_of(shadow));
	}
	free(shadow->base);
	free(shadow->pages);
	shadow->buffer = NULL;
	shadow->base = NULL;
	shadow->pages = NULL;
	shadow->first = shadow->end = 0;
}

static void destroy(struct pvg_gpu *gpu, struct pvg_gpu_shadow *shadow) {
	struct pvg_gpu_shadow **link = &gpu->memory->shadows;

	while (*link != shadow) {
		link = &(*link)->next;
	}
	*link = shadow->next;
	drop_memory(gpu, shadow);
	free_patches(shadow);
	free(shadow->written);
	free(shadow);
}

void pvg_gpu_shadows_finish(struct pvg_gpu *gpu) {
	while (gpu->memory->shadows != NULL) {
		destroy(gpu, gpu->memory->shadows);
	}
}

static bool is_idle(const struct pvg_gpu *gpu, const struct pvg_gpu_shadow *shadow) {
	return shadow->pending == 0 && shadow->used_epoch != gpu->memory->epoch &&
		pvg_gpu_is_complete(gpu, shadow->used_serial);
}

// A list that was thrown away comes again, and would be for ever if its reason were forgotten.
static bool is_waited_for(const struct pvg_gpu *gpu, const struct pvg_gpu_shadow *shadow) {
	return shadow->waited_epoch != 0 &&
		gpu->memory->epoch - shadow->waited_epoch <= WAITED_EPOCHS;
}

bool pvg_gpu_shadow_evict(struct pvg_gpu *gpu) {
	struct pvg_gpu_shadow *oldest = NULL;

	for (struct pvg_gpu_shadow *s = gpu->memory->shadows; s != NULL; s = s->next) {
		if (s->buffer != NULL && is_idle(gpu, s) && !is_waited_for(gpu, s) &&
			(oldest == NULL || s->used_epoch < oldest->used_epoch)) {
			oldest = s;
		}
	}
	if (oldest == NULL) {
		return false;
	}
	destroy(gpu, oldest);
	PVG_COUNT_DEVICE(gpu->device, gpu.evictions);
	return true;
}

// No two of them reach over the same byte. NULL: none does so within [gva, end).
static struct pvg_gpu_shadow *next_over(struct pvg_gpu_shadow *shadow, uint32_t task, uint64_t gva,
	uint64_t end) {
	while (shadow != NULL &&
		(shadow->task != task || shadow->gva >= end ||
			gva >= shadow->gva + shadow->size_bytes)) {
		shadow = shadow->next;
	}
	return shadow;
}

static bool holds(const struct pvg_gpu_shadow *shadow, const struct pvg_gpu_backing *backing) {
	uint64_t at = backing->gva - shadow->gva;

	return backing->gva >= shadow->gva && at <= shadow->size_bytes &&
		backing->size_bytes <= shadow->size_bytes - at;
}

static bool is_written(const struct pvg_gpu_shadow *shadow, uint64_t offset_bytes,
	uint64_t size_bytes) {
	for (size_t i = 0; i < shadow->written_count; i++) {
		const struct shadow_range *range = &shadow->written[i];
		if (range->first < offset_bytes + size_bytes && offset_bytes < range->end) {
			return true;
		}
	}
	return false;
}

bool pvg_gpu_shadow_is_over(struct pvg_gpu *gpu, const struct pvg_gpu_backing *backing,
	uint64_t offset_bytes, uint64_t size_bytes) {
	uint64_t gva = backing->gva + offset_bytes, end = gva + size_bytes;
	struct pvg_gpu_shadow *shadow = gpu->memory->shadows;

	for (; (shadow = next_over(shadow, backing->task, gva, end)) != NULL;
		shadow = shadow->next) {
		// Of another buffer that reaches in here only while guest memory is older.
		if (shadow->buffer != NULL && gva < shadow->gva + shadow->end &&
			shadow->gva + shadow->first < end &&
			(holds(shadow, backing) || shadow->pending > 0 ||
				shadow->written_count > 0)) {
			return true;
		}
	}
	return false;
}

/* ---- cover ----------------------------------------------------------------------------------- */

static enum pvg_gpu_found cover(struct pvg_gpu *gpu, struct pvg_gpu_shadow *shadow, uint64_t first,
	uint64_t end) {
	bool grows = shadow->want_first < shadow->first || shadow->want_end > shadow->end;

	// A list that was thrown away because of it comes here again, and may come to a part first.
	if (shadow->buffer != NULL && first >= shadow->first && end <= shadow->end &&
		(!grows || !is_idle(gpu, shadow))) {
		return PVG_GPU_FOUND;
	}
	if (shadow->size_bytes <= WHOLE_BYTES) {
		first = 0;
		end = shadow->size_bytes;
	}
	first &= ~(uint64_t)(PAGE_BYTES - 1);
	end = (end + PAGE_BYTES - 1) & ~(uint64_t)(PAGE_BYTES - 1);
	if (shadow->want_end == 0 || first < shadow->want_first) {
		shadow->want_first = first;
	}
	if (end > shadow->want_end) {
		shadow->want_end = end;
	}
	if (shadow->buffer != NULL && !is_idle(gpu, shadow)) {
		if (!shadow->stuck) {
			shadow->waited_epoch = gpu->memory->epoch;
			return PVG_GPU_RETRY; // this list again, once nothing is in flight
		}
		shadow->want_first = shadow->first;
		shadow->want_end = shadow->end;
		PVG_REFUSE(gpu->device, GPU_MEMORY,
			"task %" PRIu32 ": no memory for all that a list uses of a buffer",
			shadow->task);
		return PVG_GPU_MISSING;
	}
	drop_memory(gpu, shadow);
	uint64_t size_bytes = shadow->want_end - shadow->want_first;
	uint64_t want_first = shadow->want_first;
	bool together = want_first < first || shadow->want_end > end;
	// What there is no memory for is not wanted again.
	shadow->want_first = shadow->want_end = 0;
	if (!pvg_gpu_budget_take(gpu, shadow->task, 2 * size_bytes, "buffer")) {
		shadow->stuck = shadow->stuck || together;
		return PVG_GPU_MISSING;
	}
	shadow->base = malloc(size_bytes);
	shadow->pages = calloc(size_bytes / PAGE_BYTES, sizeof(*shadow->pages));
	if (shadow->base != NULL && shadow->pages != NULL) {
		shadow->buffer = gpu->renderer->ops->buffer_create(gpu->renderer, size_bytes,
			PVG_GPU_BUFFER_UPLOAD | PVG_GPU_BUFFER_READBACK);
	}
	if (shadow->buffer == NULL) {
		PVG_REFUSE(gpu->device, GPU_MEMORY, "task %" PRIu32 ": buffer of %" PRIu64 " bytes",
			shadow->task, size_bytes);
		pvg_gpu_budget_give(gpu, shadow->task, 2 * size_bytes);
		drop_memory(gpu, shadow);
		return PVG_GPU_MISSING;
	}
	shadow->first = shadow->want_first = want_first;
	shadow->end = shadow->want_end = want_first + size_bytes;
	return PVG_GPU_FOUND;
}

/*
 * The one that reaches over the whole buffer. Buffers that overlap share one (a heap's, or declared
 * again larger): each sees the other's bytes where they are. They become one when nothing
 * of theirs is in flight; until then they remember how far it will reach, because this list is
 * built again and comes to the first of them first.
 */
static enum pvg_gpu_found shadow_get(struct pvg_gpu *gpu, const struct pvg_gpu_backing *backing,
	struct pvg_gpu_shadow **out) {
	struct pvg_gpu_shadow *const all = gpu->memory->shadows;
	uint64_t gva = backing->gva, end = backing->gva + backing->size_bytes;
	struct pvg_gpu_shadow *shadow, *next;
	bool idle = true, grown;

	shadow = next_over(all, backing->task, gva, end);
	if (shadow != NULL && shadow->join_end == 0 && holds(shadow, backing)) {
		*out = shadow;
		return PVG_GPU_FOUND;
	}
	do {
		grown = false;
		for (shadow = all; (shadow = next_over(shadow, backing->task, gva, end)) != NULL;
			shadow = shadow->next) {
			uint64_t first = shadow->join_end != 0 ? shadow->join_gva : shadow->gva;
			uint64_t last = shadow->gva + shadow->size_bytes;
			last = shadow->join_end > last ? shadow->join_end : last;
			grown = grown || first < gva || last > end;
			gva = first < gva ? first : gva;
			end = last > end ? last : end;
			idle = idle && is_idle(gpu, shadow);
		}
	} while (grown);
	for (shadow = all; (shadow = next_over(shadow, backing->task, gva, end)) != NULL;
		shadow = next) {
		next = shadow->next;
		if (idle) {
			destroy(gpu, shadow);
		} else {
			shadow->join_gva = gva;
			shadow->join_end = end;
			shadow->waited_epoch = gpu->memory->epoch;
		}
	}
	if (!idle) {
		return PVG_GPU_RETRY;
	}
	shadow = calloc(1, sizeof(*shadow));
	if (shadow == NULL) {
		PVG_REFUSE(gpu->device, NO_MEMORY, "task %" PRIu32 ": buffer: no memory",
			backing->task);
		return PVG_GPU_MISSING;
	}
	shadow->id = ++gpu->memory->last_debt;
	shadow->task = backing->task;
	shadow->gva = gva;
	shadow->size_bytes = end - gva;
	shadow->next = gpu->memory->shadows;
	gpu->memory->shadows = shadow;
	*out = shadow;
	return PVG_GPU_FOUND;
}

/* ---- made equal to the guest's bytes --------------------------------------------------------- */

// Bytes of a page that the buffer has.
static uint32_t page_length(const struct pvg_gpu_shadow *shadow, uint64_t offset) {
	uint64_t left = offset < shadow->size_bytes ? shadow->size_bytes - offset : 0;

	return left < PAGE_BYTES ? (uint32_t)left : PAGE_BYTES;
}

// In the order of the list: what runs now still reads the old bytes.
static enum pvg_gpu_found patch(struct pvg_gpu *gpu, struct pvg_gpu_shadow *shadow, uint64_t page,
	const uint8_t *bytes, uint32_t length) {
	struct pvg_gpu_span span;
	uint8_t *map;
	enum pvg_gpu_found found =
		pvg_gpu_ring_take(gpu, &gpu->memory->upload, length, 16, &span, &map);

	if (found != PVG_GPU_FOUND) {
		return found;
	}
	struct shadow_patch *saved = calloc(1, sizeof(*saved));
	if (saved == NULL) {
		gpu->list.failed = true;
		return PVG_GPU_MISSING;
	}
	saved->page = page;
	saved->next = shadow->patches;
	shadow->patches = saved;
	memcpy(saved->bytes, bytes, length);
	memcpy(map, bytes, length);
	struct pvg_gpu_copy_buffer *copy = pvg_gpu_alloc(&gpu->list, sizeof(*copy));
	copy->from = span;
	copy->to = (struct pvg_gpu_span){
		.buffer = shadow->buffer,
		.offset_bytes = page * PAGE_BYTES,
		.size_bytes = length,
	};
	pvg_gpu_emit(&gpu->list, PVG_GPU_OP_COPY_BUFFER)->copy_buffer = copy;
	PVG_COUNT_DEVICE(gpu->device, gpu.uploads);
	PVG_ADD_DEVICE(gpu->device, gpu.bytes_uploaded, length);
	return PVG_GPU_FOUND;
}

static enum pvg_gpu_found look_at_page(struct pvg_gpu *gpu, struct pvg_gpu_shadow *shadow,
	struct pvg_gpu_reader *reader, uint64_t page) {
	struct shadow_page *state = &shadow->pages[page];
	uint64_t offset = shadow->first + page * PAGE_BYTES;
	uint32_t length = page_length(shadow, offset);
	uint8_t bytes[PAGE_BYTES];

	if (state->looked == gpu->memory->epoch || length == 0) {
		return PVG_GPU_FOUND;
	}
	// A copy, because the guest may write while it is compared and then taken.
	if (!pvg_gpu_reader_copy(reader, shadow->gva + offset, length, bytes)) {
		return PVG_GPU_RETRY;
	}
	uint8_t *base = shadow->base + page * PAGE_BYTES;
	if (state->valid && memcmp(base, bytes, length) == 0) {
		state->looked = gpu->memory->epoch;
		return PVG_GPU_FOUND;
	}
	if (is_idle(gpu, shadow)) {
		memcpy(base, bytes, length);
		memcpy(shadow->buffer->map + page * PAGE_BYTES, bytes, length);
		state->valid = true;
		state->is_void = false;
		state->looked = gpu->memory->epoch;
		PVG_COUNT_DEVICE(gpu->device, gpu.uploads);
		PVG_ADD_DEVICE(gpu->device, gpu.bytes_uploaded, length);
		return PVG_GPU_FOUND;
	}
	/*
	 * The guest's CPU wrote into a page that lists in flight write too. What each of them
	 * changed can only be told apart once those have completed.
	 */
	if (shadow->pending > 0 && (state->valid || state->is_void)) {
		return PVG_GPU_RETRY;
	}
	enum pvg_gpu_found found = patch(gpu, shadow, page, bytes, length);
	if (found == PVG_GPU_FOUND) {
		state->looked = gpu->memory->epoch;
	}
	return found;
}

static bool add_written(struct pvg_gpu_shadow *shadow, uint64_t first, uint64_t end) {
	for (size_t i = 0; i < shadow->written_count; i++) {
		struct shadow_range *range = &shadow->written[i];
		if (first <= range->end && range->first <= end) {
			range->first = first < range->first ? first : range->first;
			range->end = end > range->end ? end : range->end;
			return true;
		}
	}
	if (!pvg_gpu_grow((void **)&shadow->written, &shadow->written_room, shadow->written_count,
		    sizeof(*shadow->written))) {
		return false;
	}
	shadow->written[shadow->written_count++] = (struct shadow_range){ first, end };
	return true;
}

enum pvg_gpu_found pvg_gpu_shadow_window(struct pvg_gpu *gpu, const struct pvg_gpu_backing *backing,
	uint64_t offset_bytes, uint64_t size_bytes, uint32_t use, struct pvg_gpu_span *span) {
	struct pvg_gpu_shadow *shadow = NULL;
	enum pvg_gpu_found found = shadow_get(gpu, backing, &shadow);

	if (found != PVG_GPU_FOUND) {
		return found;
	}
	offset_bytes += backing->gva - shadow->gva;
	uint64_t end = offset_bytes + size_bytes;
	found = cover(gpu, shadow, offset_bytes, end);
	if (found != PVG_GPU_FOUND) {
		return found;
	}
	struct pvg_gpu_reader reader = pvg_gpu_reader(gpu, backing->task, false);
	uint64_t last = (end - shadow->first + PAGE_BYTES - 1) / PAGE_BYTES;
	for (uint64_t page = (offset_bytes - shadow->first) / PAGE_BYTES; page < last; page++) {
		found = look_at_page(gpu, shadow, &reader, page);
		if (found != PVG_GPU_FOUND) {
			return found;
		}
	}
	if (shadow->used_epoch != gpu->memory->epoch) {
		shadow->used_epoch = gpu->memory->epoch;
		shadow->serial_before = shadow->used_serial;
		shadow->used_serial = pvg_gpu_next_serial(gpu);
	}
	if ((use & PVG_GPU_WRITES) != 0 && !add_written(shadow, offset_bytes, end)) {
		gpu->list.failed = true;
		return PVG_GPU_MISSING;
	}
	*span = (struct pvg_gpu_span){
		.buffer = shadow->buffer,
		.offset_bytes = offset_bytes - shadow->first,
		.size_bytes = size_bytes,
	};
	return PVG_GPU_FOUND;
}

bool pvg_gpu_shadow_is_pending(struct pvg_gpu *gpu, const struct pvg_gpu_backing *backing,
	uint64_t offset_bytes, uint64_t size_bytes) {
	uint64_t gva = backing->gva + offset_bytes, end = gva + size_bytes;
	struct pvg_gpu_shadow *shadow = gpu->memory->shadows;

	for (; (shadow = next_over(shadow, backing->task, gva, end)) != NULL;
		shadow = shadow->next) {
		uint64_t first = gva > shadow->gva ? gva - shadow->gva : 0;
		bool over = shadow->buffer != NULL && first < shadow->end &&
			shadow->gva + shadow->first < end;
		if (over &&
			(shadow->pending > 0 ||
				is_written(shadow, first, end - shadow->gva - first))) {
			return true;
		}
	}
	return false;
}

/* ---- back to the guest ----------------------------------------------------------------------- */

struct landing {
	uint64_t shadow; // id
	size_t count;
	struct shadow_range ranges[];
};

static struct pvg_gpu_shadow *by_id(const struct pvg_gpu *gpu, uint64_t id) {
	struct pvg_gpu_shadow *shadow = gpu->memory->shadows;

	while (shadow != NULL && shadow->id != id) {
		shadow = shadow->next;
	}
	return shadow;
}

// Runs of granules that differ. False: the pages are not there any more.
static bool land_bytes(struct pvg_gpu *gpu, struct pvg_gpu_shadow *shadow, uint64_t at,
	uint32_t length, uint64_t *landed) {
	uint8_t *base = shadow->base + at;
	const uint8_t *map = shadow->buffer->map + at;

	for (uint32_t i = 0; i < length;) {
		uint32_t end = i;
		while (end < length) {
			uint32_t piece =
				length - end < GRANULE_BYTES ? length - end : GRANULE_BYTES;
			if (memcmp(base + end, map + end, piece) == 0) {
				break;
			}
			end += piece;
		}
		if (end == i) {
			i += length - i < GRANULE_BYTES ? length - i : GRANULE_BYTES;
			continue;
		}
		memcpy(base + i, map + i, end - i);
		if (pvg_task_write(gpu->device, shadow->task, shadow->gva + shadow->first + at + i,
			    base + i, end - i) != PVG_ACCESS_OK) {
			return false;
		}
		*landed += end - i;
		i = end;
	}
	return true;
}

static bool land_range(struct pvg_gpu *gpu, struct pvg_gpu_shadow *shadow,
	const struct shadow_range *range, uint64_t *landed) {
	bool good = true;

	for (uint64_t offset = range->first; offset < range->end;) {
		uint64_t at = offset - shadow->first;
		uint64_t left = PAGE_BYTES - at % PAGE_BYTES;
		uint32_t length =
			(uint32_t)(left < range->end - offset ? left : range->end - offset);
		const struct shadow_page *page = &shadow->pages[at / PAGE_BYTES];
		if (page->is_void || !page->valid || !land_bytes(gpu, shadow, at, length, landed)) {
			good = false;
		}
		offset += length;
	}
	return good;
}

static void land(struct pvg_gpu *gpu, void *data) {
	const struct landing *landing = data;
	struct pvg_gpu_shadow *shadow = by_id(gpu, landing->shadow);
	uint64_t landed = 0;
	bool good = true;

	if (shadow == NULL || shadow->buffer == NULL) {
		return;
	}
	if (pvg_gpu_may_write(gpu) && !gpu->renderer->ops->is_lost(gpu->renderer) &&
		pvg_task_is_live(gpu->device, shadow->task)) {
		for (size_t i = 0; i < landing->count; i++) {
			good = land_range(gpu, shadow, &landing->ranges[i], &landed) && good;
		}
		PVG_COUNT_DEVICE(gpu->device, gpu.write_backs);
		PVG_ADD_DEVICE(gpu->device, gpu.bytes_written_back, landed);
	}
	if (!good) {
		PVG_REFUSE(gpu->device, WRITE_BACK,
			"task %" PRIu32 ": buffer at 0x%" PRIx64
			": mapped anew or not mapped: not all of it was written back",
			shadow->task, shadow->gva);
	}
	if (--shadow->pending == 0) {
		for (uint64_t i = 0; i < covered_pages(shadow); i++) {
			if (shadow->pages[i].is_void) {
				shadow->pages[i] = (struct shadow_page){ 0 };
			}
		}
	}
}

void pvg_gpu_shadows_sealing(struct pvg_gpu *gpu) {
	for (struct pvg_gpu_shadow *s = gpu->memory->shadows; s != NULL; s = s->next) {
		if (s->written_count == 0) {
			continue;
		}
		size_t ranges_bytes = s->written_count * sizeof(struct shadow_range);
		struct landing *landing = malloc(sizeof(*landing) + ranges_bytes);
		if (landing == NULL) {
			gpu->list.failed = true;
			return;
		}
		landing->shadow = s->id;
		landing->count = s->written_count;
		memcpy(landing->ranges, s->written, ranges_bytes);
		if (!pvg_gpu_at_completion(gpu, land, landing)) {
			return;
		}
	}
}

void pvg_gpu_shadows_committed(struct pvg_gpu *gpu) {
	uint64_t last = pvg_gpu_last_serial(gpu);

	for (struct pvg_gpu_shadow *s = gpu->memory->shadows; s != NULL; s = s->next) {
		for (const struct shadow_patch *p = s->patches; p != NULL; p = p->next) {
			memcpy(s->base + p->page * PAGE_BYTES, p->bytes, PAGE_BYTES);
			s->pages[p->page].valid = true;
		}
		free_patches(s);
		if (s->used_epoch == gpu->memory->epoch) {
			s->waited_epoch = 0;
		}
		s->stuck = false;
		// Of a list that had nothing to submit: its serial is another one's.
		s->used_serial = s->used_serial < last ? s->used_serial : last;
		if (s->written_count > 0) {
			s->pending++;
			s->written_count = 0;
		}
	}
}

void pvg_gpu_shadows_abandoned(struct pvg_gpu *gpu) {
	for (struct pvg_gpu_shadow *s = gpu->memory->shadows; s != NULL; s = s->next) {
		free_patches(s);
		s->written_count = 0;
		if (s->used_epoch == gpu->memory->epoch) {
			s->used_serial = s->serial_before;
		}
	}
}

void pvg_gpu_shadows_drop(struct pvg_gpu *gpu, uint32_t task, uint64_t gva, uint64_t end) {
	struct pvg_gpu_shadow *next;

	for (struct pvg_gpu_shadow *s = gpu->memory->shadows; s != NULL; s = next) {
		next = s->next;
		if (s->task != task || s->buffer == NULL || s->gva + s->first >= end ||
			gva >= s->gva + s->end) {
			continue;
		}
		if (s->pending == 0 && gva <= s->gva && end >= s->gva + s->size_bytes &&
			is_idle(gpu, s)) {
			destroy(gpu, s);
			continue;
		}
		for (uint64_t i = 0; i < covered_pages(s); i++) {
			uint64_t page_gva = s->gva + s->first + i * PAGE_BYTES;
			if (page_gva < end && gva < page_gva + PAGE_BYTES) {
				s->pages[i].is_void = s->pending > 0;
				s->pages[i].valid = false;
			}
		}
	}
}
