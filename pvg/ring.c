// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "core.h"

void pvg_ring_finish(struct pvg_ring *ring) {
	free(ring->pages);
	free(ring->gpas);
	*ring = (struct pvg_ring){ 0 };
}

bool pvg_ring_alloc(struct pvg_ring *ring, uint32_t pages_count) {
	*ring = (struct pvg_ring){ .pages_count = pages_count };
	ring->pages = calloc(pages_count, sizeof(uint8_t *));
	ring->gpas = calloc(pages_count, sizeof(uint64_t));
	if (ring->pages != NULL && ring->gpas != NULL) {
		return true;
	}
	pvg_ring_finish(ring);
	return false;
}

static uint32_t min_u32(uint32_t a, uint64_t b) {
	return b < a ? (uint32_t)b : a;
}

void pvg_ring_copy(struct pvg_device *device, const struct pvg_ring *ring, uint32_t counter,
	uint8_t *dst, uint32_t size_bytes) {
	uint32_t page_size = (uint32_t)pvg_page_size(device);

	while (size_bytes > 0) {
		/*
		 * The counter is reduced first, at every byte: where it wraps at 2^32 the position
		 * jumps unless the ring size divides that (spec 01 section 4.1).
		 */
		uint32_t position = counter % ring->size_bytes;
		uint32_t offset = ring->first_offset + position;
		uint32_t in_page = offset % page_size;
		uint32_t piece = min_u32(size_bytes, page_size - in_page);
		piece = min_u32(piece, ring->size_bytes - position);
		piece = min_u32(piece, (UINT64_C(1) << 32) - counter);
		uint32_t page = offset >> device->config.page_shift;
		memcpy(dst, ring->pages[page] + in_page, piece);
		if (device->recorder != NULL) {
			pvg_record_read(device, ring->gpas[page] + in_page, dst, piece);
		}
		dst += piece;
		counter += piece;
		size_bytes -= piece;
	}
}
