// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Descriptors of textures in all their forms (spec 02 sections 4.3 to 4.12). Each parser returns
 * NULL, or what is wrong with the descriptor in plain words.
 */
#ifndef PVG_WIRE_TEXTURE_OBJECT_H
#define PVG_WIRE_TEXTURE_OBJECT_H

#include <stddef.h>

#include "wire/texture.h"

#define PVG_TEXTURE_LEVELS 16u

// ---- entry types 2 and 3: linear guest memory of its own

struct pvg_texture_level {
	uint64_t offset_bytes; // in the slice
	uint64_t size_bytes;
	uint64_t row_bytes;   // pitch of rows, of block rows in compressed formats
	uint64_t plane_bytes; // pitch of 3D planes
	uint32_t width, height, depth; // pixels
};

struct pvg_linear_texture {
	uint64_t gva; // of slice 0, level 0's offset not added
	uint64_t size_bytes; // from there to the end of the allocation
	uint64_t slice_bytes; // pitch of slices, 0 when there is one
	uint32_t slices;      // physical: a cube has six for each layer
	struct pvg_texture_level levels[PVG_TEXTURE_LEVELS]; // desc.levels of them
	struct pvg_texture_desc desc;
};

const char *pvg_linear_texture_parse(struct pvg_linear_texture *texture, const uint8_t *bytes,
	size_t size_bytes, uint32_t page_shift);

// ---- entry types 5 and 11: a plane of a surface, of a mapper's reference

struct pvg_plane_texture {
	uint32_t surface, owner_task; // type 5
	uint64_t mapper;              // type 11
	uint32_t plane;
	uint8_t rotation;
	struct pvg_texture_desc desc;
};

const char *pvg_plane_texture_parse(struct pvg_plane_texture *texture, const uint8_t *bytes,
	size_t size_bytes);
const char *pvg_mapper_texture_parse(struct pvg_plane_texture *texture, const uint8_t *bytes,
	size_t size_bytes);

// ---- entry type 8: derived from another object

enum pvg_derived_kind {
	PVG_DERIVED_VIEW,   // 0x07, 0x08, 0x1b
	PVG_DERIVED_BUFFER, // 0x09, 0x37
	PVG_DERIVED_HEAP,   // 0x15, 0x38
};

struct pvg_derived_texture {
	uint8_t kind; // enum pvg_derived_kind
	uint32_t base; // texture, buffer or heap ref
	// Views.
	uint16_t format; // 0: the base's
	bool has_range;  // else the base's type, levels and slices
	uint8_t type;
	uint64_t level_base, level_count, slice_base, slice_count; // within the base
	uint8_t swizzle[4];
	// Buffer textures.
	uint64_t offset_bytes, row_bytes;
	// Heap textures.
	bool placed; // by the guest, at this offset of the heap
	uint64_t heap_offset;
	// Buffer and heap textures.
	struct pvg_texture_desc desc;
};

const char *pvg_derived_texture_parse(struct pvg_derived_texture *texture, const uint8_t *bytes,
	size_t size_bytes);

/*
 * Composes a view with what it is a view of: @desc and the first level and slice are the base's at
 * entry, the view's afterwards. NULL, or why the base cannot be seen so.
 */
const char *pvg_view_compose(const struct pvg_derived_texture *view, struct pvg_texture_desc *desc,
	uint16_t *first_level, uint16_t *first_slice);

// Physical slices of a description.
uint32_t pvg_texture_slices(const struct pvg_texture_desc *desc);

// ---- entry type 9: memoryless. The layout is not known: a creation record that ends it is taken.

const char *pvg_memoryless_parse(struct pvg_texture_desc *desc, const uint8_t *bytes,
	size_t size_bytes);

#endif
