// SPDX-License-Identifier: GPL-2.0-or-later
#include "mem.h"

void pvg_enc_mem_init(struct pvg_enc_mem *mem, void *base, uint64_t gpa, uint64_t size_bytes) {
	memset(mem, 0, sizeof(*mem));
	mem->base = base;
	mem->gpa = gpa;
	mem->size_bytes = size_bytes & ~(uint64_t)(PVG_ENC_PAGE_BYTES - 1);
	mem->holes[0].pfn = (uint32_t)(gpa >> PVG_ENC_PAGE_SHIFT);
	mem->holes[0].pages = (uint32_t)(mem->size_bytes >> PVG_ENC_PAGE_SHIFT);
	mem->hole_count = 1;
	if (mem->holes[0].pfn == 0) { // frame 0 means "none" everywhere in the protocol
		mem->holes[0].pfn++;
		mem->holes[0].pages--;
	}
}

static void remove_hole(struct pvg_enc_mem *mem, unsigned int index) {
	mem->hole_count--;
	for (unsigned int i = index; i < mem->hole_count; i++) {
		mem->holes[i] = mem->holes[i + 1];
	}
}

uint32_t pvg_enc_mem_alloc(struct pvg_enc_mem *mem, uint32_t pages) {
	for (unsigned int i = 0; i < mem->hole_count; i++) {
		struct pvg_enc_extent *hole = &mem->holes[i];
		if (pages == 0 || hole->pages < pages) {
			continue;
		}
		uint32_t pfn = hole->pfn;
		hole->pfn += pages;
		hole->pages -= pages;
		if (hole->pages == 0) {
			remove_hole(mem, i);
		}
		memset(pvg_enc_mem_page(mem, pfn), 0, (size_t)pages << PVG_ENC_PAGE_SHIFT);
		return pfn;
	}
	return 0;
}

void pvg_enc_mem_free(struct pvg_enc_mem *mem, uint32_t pfn, uint32_t pages) {
	if (pfn == 0 || pages == 0) {
		return;
	}
	unsigned int at = 0;
	while (at < mem->hole_count && mem->holes[at].pfn < pfn) {
		at++;
	}
	if (at > 0 && mem->holes[at - 1].pfn + mem->holes[at - 1].pages == pfn) {
		at--;
		mem->holes[at].pages += pages;
	} else {
		if (mem->hole_count == PVG_ENC_MEM_HOLES) {
			return; // the pages stay used: no one can be harmed by that
		}
		for (unsigned int i = mem->hole_count; i > at; i--) {
			mem->holes[i] = mem->holes[i - 1];
		}
		mem->hole_count++;
		mem->holes[at] = (struct pvg_enc_extent){ pfn, pages };
	}
	if (at + 1 < mem->hole_count &&
		mem->holes[at].pfn + mem->holes[at].pages == mem->holes[at + 1].pfn) {
		mem->holes[at].pages += mem->holes[at + 1].pages;
		remove_hole(mem, at + 1);
	}
}

void *pvg_enc_mem_ptr(const struct pvg_enc_mem *mem, uint64_t gpa) {
	if (gpa < mem->gpa || gpa - mem->gpa >= mem->size_bytes) {
		return NULL;
	}
	return mem->base + (gpa - mem->gpa);
}
