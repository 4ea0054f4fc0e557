// SPDX-License-Identifier: GPL-2.0-or-later
#include "ring.h"

void pvg_enc_ring_init_root(struct pvg_enc_ring *ring, const struct pvg_enc_mem *mem,
	uint32_t fifo_pfn) {
	memset(ring, 0, sizeof(*ring));
	ring->mem = mem;
	ring->base_gpa = ((uint64_t)fifo_pfn << PVG_ENC_PAGE_SHIFT) + PVG_ENC_FIFO_START;
	ring->size_bytes = PVG_ENC_FIFO_BYTES - PVG_ENC_FIFO_START;
}

bool pvg_enc_ring_init_child(struct pvg_enc_ring *ring, struct pvg_enc_mem *mem, uint32_t pages) {
	memset(ring, 0, sizeof(*ring));
	ring->mem = mem;
	ring->size_bytes = pages << PVG_ENC_PAGE_SHIFT;
	ring->list_pfn = pvg_enc_mem_alloc(mem, 1);
	uint32_t pfn = pvg_enc_mem_alloc(mem, pages);
	if (ring->list_pfn == 0 || pfn == 0) {
		return false;
	}
	uint8_t *list = pvg_enc_mem_page(mem, ring->list_pfn);
	for (uint32_t i = 0; i < pages; i++) { // the page was zeroed: the list is terminated
		pvg_put(list + 4 * i, pfn + i, 4);
	}
	return true;
}

uint8_t *pvg_enc_ring_record(const struct pvg_enc_mem *mem, uint32_t root_pfn, uint32_t channel) {
	return (uint8_t *)pvg_enc_mem_page(mem, root_pfn) + PVG_ENC_CHILD_RECORDS +
		(channel - 1) * PVG_ENC_CHILD_RECORD_BYTES;
}

void pvg_enc_ring_write_record(const struct pvg_enc_ring *ring, uint32_t root_pfn, uint32_t channel,
	uint16_t stamp_slot) {
	uint8_t *record = pvg_enc_ring_record(ring->mem, root_pfn, channel);
	memset(record, 0, PVG_ENC_CHILD_RECORD_BYTES);
	pvg_put(record + 0x0c, stamp_slot, 2);
	pvg_put(record + 0x10, ring->list_pfn, 4);
}

static uint8_t *ring_at(const struct pvg_enc_ring *ring, uint32_t position, uint32_t *room) {
	if (ring->list_pfn == 0) {
		*room = ring->size_bytes - position;
		return pvg_enc_mem_ptr(ring->mem, ring->base_gpa + position);
	}
	uint32_t in_page = position & (PVG_ENC_PAGE_BYTES - 1);
	const uint8_t *list = pvg_enc_mem_page(ring->mem, ring->list_pfn);
	uint32_t pfn = (uint32_t)pvg_get(list + 4 * (position >> PVG_ENC_PAGE_SHIFT), 4);
	*room = PVG_ENC_PAGE_BYTES - in_page;
	return (uint8_t *)pvg_enc_mem_page(ring->mem, pfn) + in_page;
}

void pvg_enc_ring_put(struct pvg_enc_ring *ring, const void *bytes, uint32_t size_bytes) {
	const uint8_t *from = bytes;
	while (size_bytes > 0) {
		uint32_t room;
		uint8_t *to = ring_at(ring, ring->written % ring->size_bytes, &room);
		uint32_t chunk = size_bytes < room ? size_bytes : room;
		memcpy(to, from, chunk);
		from += chunk;
		ring->written += chunk;
		size_bytes -= chunk;
	}
}
