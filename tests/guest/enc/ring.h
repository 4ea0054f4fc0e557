// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The producer's side of a ring (spec 01 section 4): the root FIFO's contiguous buffer or a child
 * channel's list of pages. Counters are free running bytes; a packet may wrap at any byte.
 */
#ifndef TESTS_GUEST_ENC_RING_H
#define TESTS_GUEST_ENC_RING_H

#include "mem.h"

#define PVG_ENC_FIFO_BYTES 0x10000u // the root FIFO with its stamp page
#define PVG_ENC_FIFO_START 0x1000u
#define PVG_ENC_CHILD_RECORDS 0x400u // in the root page
#define PVG_ENC_CHILD_RECORD_BYTES 0x14u

struct pvg_enc_ring {
	const struct pvg_enc_mem *mem; // borrowed
	uint64_t base_gpa;             // root: first byte of the ring
	uint32_t list_pfn;             // child: page of frame numbers, 0 for the root ring
	uint32_t size_bytes;
	uint32_t written; // bytes produced
};

// The root ring in a FIFO buffer of PVG_ENC_FIFO_BYTES at @fifo_pfn.
void pvg_enc_ring_init_root(struct pvg_enc_ring *ring, const struct pvg_enc_mem *mem,
	uint32_t fifo_pfn);
// Allocates @pages ring pages and their list.
bool pvg_enc_ring_init_child(struct pvg_enc_ring *ring, struct pvg_enc_mem *mem, uint32_t pages);

// Writes the channel's record into the root page with both counters at 0.
void pvg_enc_ring_write_record(const struct pvg_enc_ring *ring, uint32_t root_pfn, uint32_t channel,
	uint16_t stamp_slot);
uint8_t *pvg_enc_ring_record(const struct pvg_enc_mem *mem, uint32_t root_pfn, uint32_t channel);

static inline uint32_t pvg_enc_ring_room(const struct pvg_enc_ring *ring, uint32_t read) {
	return ring->size_bytes - (ring->written - read);
}

// Copies bytes in and advances @written. Telling the host is the caller's.
void pvg_enc_ring_put(struct pvg_enc_ring *ring, const void *bytes, uint32_t size_bytes);

#endif
