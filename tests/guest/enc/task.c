// SPDX-License-Identifier: GPL-2.0-or-later
#include "task.h"

#define NODE_BITS (PVG_ENC_PAGE_SHIFT - 2u)
#define NODE_MASK ((1u << NODE_BITS) - 1u)
#define PFN_MASK 0x7fffffffu

// Above the object list, which ends at 0xc01000.
#define FIRST_GVA 0x1000000ull
// A depth-1 table reaches 4 MiB only: there everything lives low and the list is short.
#define FIRST_GVA_SHALLOW 0x40000ull
#define LIST_COUNT_SHALLOW 0x4000u

bool pvg_enc_task_init(struct pvg_enc_task *task, struct pvg_enc_mem *mem, uint32_t id,
	uint32_t depth) {
	memset(task, 0, sizeof(*task));
	task->mem = mem;
	task->id = id;
	task->depth = depth;
	task->list_gva = (uint64_t)PVG_ENC_LIST_GVA_PAGE << PVG_ENC_PAGE_SHIFT;
	task->list_count = depth == 1 ? LIST_COUNT_SHALLOW : PVG_ENC_LIST_COUNT;
	task->gva_next = depth == 1 ? FIRST_GVA_SHALLOW : FIRST_GVA;
	task->dir_pfn = pvg_enc_mem_alloc(mem, 1);
	task->root_pfn = pvg_enc_mem_alloc(mem, 1);
	if (task->dir_pfn == 0 || task->root_pfn == 0) {
		return false;
	}
	uint8_t *dir = pvg_enc_mem_page(mem, task->dir_pfn);
	pvg_put(dir, task->root_pfn, 4);
	pvg_put(dir + 4, depth, 4);
	return true;
}

static uint8_t *entry(const struct pvg_enc_task *task, uint64_t gva, bool make) {
	uint64_t index = gva >> PVG_ENC_PAGE_SHIFT;
	uint32_t pfn = task->root_pfn;
	for (uint32_t level = 0;; level++) {
		uint8_t *node = pvg_enc_mem_page(task->mem, pfn);
		if (node == NULL) {
			return NULL;
		}
		uint32_t shift = NODE_BITS * (task->depth - 1 - level);
		uint8_t *slot = node + 4 * ((index >> shift) & NODE_MASK);
		if (level == task->depth - 1) {
			return slot;
		}
		pfn = (uint32_t)pvg_get(slot, 4) & PFN_MASK;
		if (pfn == 0) {
			pfn = make ? pvg_enc_mem_alloc(task->mem, 1) : 0;
			if (pfn == 0) {
				return NULL;
			}
			pvg_put(slot, pfn, 4);
		}
	}
}

bool pvg_enc_task_map_page(struct pvg_enc_task *task, uint64_t gva, uint32_t pte) {
	uint8_t *slot = entry(task, gva, true);
	if (slot == NULL) {
		return false;
	}
	pvg_put(slot, pte, 4);
	return true;
}

bool pvg_enc_task_map(struct pvg_enc_task *task, uint64_t gva, uint32_t pfn, uint32_t pages) {
	for (uint32_t i = 0; i < pages; i++) {
		if (!pvg_enc_task_map_page(task, gva + ((uint64_t)i << PVG_ENC_PAGE_SHIFT),
			    pfn + i)) {
			return false;
		}
	}
	return true;
}

void pvg_enc_task_unmap(struct pvg_enc_task *task, uint64_t gva, uint32_t pages) {
	for (uint32_t i = 0; i < pages; i++) {
		uint8_t *slot = entry(task, gva + ((uint64_t)i << PVG_ENC_PAGE_SHIFT), false);
		if (slot != NULL) {
			pvg_put(slot, 0, 4);
		}
	}
}

uint32_t pvg_enc_task_pte(const struct pvg_enc_task *task, uint64_t gva) {
	const uint8_t *slot = entry(task, gva, false);
	return slot != NULL ? (uint32_t)pvg_get(slot, 4) : 0;
}

uint64_t pvg_enc_task_reserve(struct pvg_enc_task *task, uint32_t pages) {
	uint64_t gva = task->gva_next;
	task->gva_next += (uint64_t)pages << PVG_ENC_PAGE_SHIFT;
	return gva;
}

void *pvg_enc_task_alloc(struct pvg_enc_task *task, uint32_t size_bytes, uint64_t *gva) {
	uint32_t pages = (size_bytes + PVG_ENC_PAGE_BYTES - 1) / PVG_ENC_PAGE_BYTES;
	uint32_t pfn = pvg_enc_mem_alloc(task->mem, pages);
	if (pfn == 0) {
		return NULL;
	}
	*gva = pvg_enc_task_reserve(task, pages);
	if (!pvg_enc_task_map(task, *gva, pfn, pages)) {
		pvg_enc_mem_free(task->mem, pfn, pages);
		return NULL;
	}
	return pvg_enc_mem_page(task->mem, pfn);
}

void *pvg_enc_task_alloc_small(struct pvg_enc_task *task, uint32_t size_bytes, uint64_t *gva) {
	size_bytes = (size_bytes + 7u) & ~7u;
	if (size_bytes > task->small_left) {
		uint32_t room = (size_bytes + PVG_ENC_PAGE_BYTES - 1) & ~(PVG_ENC_PAGE_BYTES - 1);
		if (pvg_enc_task_alloc(task, room, &task->small_gva) == NULL) {
			return NULL;
		}
		task->small_left = room;
	}
	*gva = task->small_gva;
	task->small_gva += size_bytes;
	task->small_left -= size_bytes;
	uint32_t pfn = pvg_enc_task_pte(task, *gva) & PFN_MASK;
	return pvg_enc_mem_ptr(task->mem,
		((uint64_t)pfn << PVG_ENC_PAGE_SHIFT) | (*gva & (PVG_ENC_PAGE_BYTES - 1)));
}

bool pvg_enc_task_write(struct pvg_enc_task *task, uint64_t gva, const void *bytes,
	size_t size_bytes) {
	const uint8_t *from = bytes;
	while (size_bytes > 0) {
		uint32_t in_page = (uint32_t)(gva & (PVG_ENC_PAGE_BYTES - 1));
		size_t room = PVG_ENC_PAGE_BYTES - in_page;
		size_t chunk = size_bytes < room ? size_bytes : room;
		uint32_t pfn = pvg_enc_task_pte(task, gva) & PFN_MASK;
		uint8_t *page = pfn != 0 ? pvg_enc_mem_page(task->mem, pfn) : NULL;
		if (page == NULL) {
			return false;
		}
		memcpy(page + in_page, from, chunk);
		from += chunk;
		gva += chunk;
		size_bytes -= chunk;
	}
	return true;
}

bool pvg_enc_task_set_slot(struct pvg_enc_task *task, uint32_t ref, uint8_t type,
	uint32_t desc_bytes, uint64_t desc_gva) {
	uint64_t gva = task->list_gva + (uint64_t)ref * PVG_ENC_SLOT_BYTES;
	uint64_t first = gva & ~(uint64_t)(PVG_ENC_PAGE_BYTES - 1);
	// 12 does not divide 4096: a slot may need two pages.
	for (uint64_t page = first; page < gva + PVG_ENC_SLOT_BYTES; page += PVG_ENC_PAGE_BYTES) {
		if (pvg_enc_task_pte(task, page) != 0) {
			continue;
		}
		uint32_t pfn = pvg_enc_mem_alloc(task->mem, 1);
		if (pfn == 0 || !pvg_enc_task_map_page(task, page, pfn)) {
			return false;
		}
	}
	uint8_t slot[PVG_ENC_SLOT_BYTES];
	pvg_put(slot, (uint32_t)type | desc_bytes << 8, 4);
	pvg_put(slot + 4, desc_gva, 8);
	return pvg_enc_task_write(task, gva, slot, sizeof(slot));
}

bool pvg_enc_task_declare(struct pvg_enc_task *task, uint32_t ref, uint8_t type, const void *desc,
	uint32_t desc_bytes) {
	uint64_t gva;
	return pvg_enc_task_alloc_small(task, desc_bytes, &gva) != NULL &&
		pvg_enc_task_write(task, gva, desc, desc_bytes) &&
		pvg_enc_task_set_slot(task, ref, type, desc_bytes, gva);
}
