// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Guest RAM as the guest sees it: pages with frame numbers, handed out first fit.
 */
#ifndef TESTS_GUEST_ENC_MEM_H
#define TESTS_GUEST_ENC_MEM_H

#include "bytes.h"

#define PVG_ENC_PAGE_SHIFT 12u
#define PVG_ENC_PAGE_BYTES 4096u
#define PVG_ENC_MEM_HOLES 128

struct pvg_enc_extent {
	uint32_t pfn, pages;
};

struct pvg_enc_mem {
	uint8_t *base; // borrowed: where @gpa is mapped here
	uint64_t gpa, size_bytes;
	struct pvg_enc_extent holes[PVG_ENC_MEM_HOLES]; // free, sorted by pfn
	unsigned int hole_count;
};

void pvg_enc_mem_init(struct pvg_enc_mem *mem, void *base, uint64_t gpa, uint64_t size_bytes);

// First frame number of @pages zeroed contiguous pages, 0 when there is no room.
uint32_t pvg_enc_mem_alloc(struct pvg_enc_mem *mem, uint32_t pages);
void pvg_enc_mem_free(struct pvg_enc_mem *mem, uint32_t pfn, uint32_t pages);

// Where a guest-physical address is mapped; NULL outside of the RAM that init got.
void *pvg_enc_mem_ptr(const struct pvg_enc_mem *mem, uint64_t gpa);

static inline void *pvg_enc_mem_page(const struct pvg_enc_mem *mem, uint32_t pfn) {
	return pvg_enc_mem_ptr(mem, (uint64_t)pfn << PVG_ENC_PAGE_SHIFT);
}

#endif
