// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A task's address space and object list as the guest driver writes them (spec 01 section 6,
 * 02 section 3): a directory page, page tables of 1 to 4 levels, the sparse list of 12-byte slots.
 */
#ifndef TESTS_GUEST_ENC_TASK_H
#define TESTS_GUEST_ENC_TASK_H

#include "mem.h"

#define PVG_ENC_LIST_GVA_PAGE 1u      // what live guests say in 0x33
#define PVG_ENC_LIST_COUNT 0x100000u  // 12 MiB of address space, mapped page by page
#define PVG_ENC_TASK_VA_BYTES 0x400000000ull
#define PVG_ENC_SLOT_BYTES 12u

struct pvg_enc_task {
	struct pvg_enc_mem *mem; // borrowed
	uint32_t id;
	uint32_t depth;
	uint32_t dir_pfn, root_pfn;
	uint64_t list_gva;
	uint32_t list_count;
	uint64_t gva_next;   // where the next allocation goes
	uint64_t small_gva;  // room for descriptors in a page that is already mapped
	uint32_t small_left;
};

// Makes directory and root node. False: no memory.
bool pvg_enc_task_init(struct pvg_enc_task *task, struct pvg_enc_mem *mem, uint32_t id,
	uint32_t depth);

// Word 0 of DefineTask2: the id shifted by one, bit 0 for the kernel's own task.
static inline uint32_t pvg_enc_task_word(const struct pvg_enc_task *task) {
	return task->id << 1 | (task->id == 0 ? 1u : 0u);
}

// Writes the entry of one page, making the nodes on the way. @pte may carry bit 31 or be malformed.
bool pvg_enc_task_map_page(struct pvg_enc_task *task, uint64_t gva, uint32_t pte);
bool pvg_enc_task_map(struct pvg_enc_task *task, uint64_t gva, uint32_t pfn, uint32_t pages);
void pvg_enc_task_unmap(struct pvg_enc_task *task, uint64_t gva, uint32_t pages);
// The entry of the page that holds @gva, 0 when there is none.
uint32_t pvg_enc_task_pte(const struct pvg_enc_task *task, uint64_t gva);

// Address space for @pages pages, nothing mapped.
uint64_t pvg_enc_task_reserve(struct pvg_enc_task *task, uint32_t pages);
// Contiguous zeroed memory, mapped; NULL without memory.
void *pvg_enc_task_alloc(struct pvg_enc_task *task, uint32_t size_bytes, uint64_t *gva);
// The same for small things that may share pages (descriptors), 8-byte aligned.
void *pvg_enc_task_alloc_small(struct pvg_enc_task *task, uint32_t size_bytes, uint64_t *gva);
// Copies into mapped memory of the task, page by page. False: not mapped.
bool pvg_enc_task_write(struct pvg_enc_task *task, uint64_t gva, const void *bytes,
	size_t size_bytes);

// Fills a slot of the object list and maps its page when that is new; type 0, length 0: empties it.
bool pvg_enc_task_set_slot(struct pvg_enc_task *task, uint32_t ref, uint8_t type,
	uint32_t desc_bytes, uint64_t desc_gva);
// Copies a descriptor into the task and names it in a slot.
bool pvg_enc_task_declare(struct pvg_enc_task *task, uint32_t ref, uint8_t type, const void *desc,
	uint32_t desc_bytes);

#endif
