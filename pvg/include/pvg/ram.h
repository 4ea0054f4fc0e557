// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Guest RAM as the host sees it: an immutable table of at most 32 spans, replaced as a whole when
 * the VM's memory map changes (spec 06 section 6.4 rule 7, section 7).
 */
#ifndef PVG_RAM_H
#define PVG_RAM_H

#include <stddef.h>
#include <stdint.h>

struct pvg_ram_span {
	uint64_t gpa;
	uint64_t size_bytes;
	uint8_t *hva; // borrowed: valid until the table's release function runs
};

struct pvg_ram;

/**
 * pvg_ram_create - make a table; spans are copied, must be sorted by gpa, must not overlap, and
 * need gpa and hva to be multiples of 8
 * @release: called with @data when the last reference goes, from whatever thread that is; may be
 * NULL
 *
 * Returns NULL for an invalid list or without memory (then @release is not called).
 */
struct pvg_ram *pvg_ram_create(const struct pvg_ram_span *spans, size_t count, uint32_t generation,
	void (*release)(void *data), void *data);
struct pvg_ram *pvg_ram_ref(struct pvg_ram *ram);
void pvg_ram_unref(struct pvg_ram *ram); // NULL is fine
uint32_t pvg_ram_generation(const struct pvg_ram *ram);
// The table itself: returns the count, *spans is borrowed from the table.
size_t pvg_ram_spans(const struct pvg_ram *ram, const struct pvg_ram_span **spans);

/**
 * pvg_ram_ptr - host address of [gpa, gpa + size_bytes), or NULL unless one span holds all of it
 */
void *pvg_ram_ptr(const struct pvg_ram *ram, uint64_t gpa, uint64_t size_bytes);

#endif
