// SPDX-License-Identifier: GPL-2.0-or-later
#include <pvg/format.h>

#include "wire/cursor.h"
#include "wire/texture-object.h"

enum {
	OP_TEXTURE = 0x01,
	OP_VIEW_FORMAT = 0x07,
	OP_VIEW_RANGE = 0x08,
	OP_BUFFER_TEXTURE = 0x09,
	OP_SURFACE_TEXTURE = 0x0c,
	OP_HEAP_TEXTURE = 0x15,
	OP_VIEW_SWIZZLE = 0x1b,
	OP_SURFACE_TEXTURE_ROTATED = 0x2f,
	OP_TEXTURE_WIDE = 0x34,
	OP_BUFFER_TEXTURE_WIDE = 0x37,
	OP_HEAP_TEXTURE_WIDE = 0x38,
	OP_SURFACE_TEXTURE_WIDE = 0x39,
};

#define HEADER_BYTES 8u
#define LINEAR_HEAD_BYTES 36u
#define LEVEL_BYTES 36u

static uint32_t shifted(uint32_t edge, uint32_t level) {
	edge >>= level;
	return edge != 0 ? edge : 1;
}

static bool is_cube(uint8_t type) {
	return type == PVG_TEXTURE_CUBE || type == PVG_TEXTURE_CUBE_ARRAY;
}

uint32_t pvg_texture_slices(const struct pvg_texture_desc *desc) {
	return (uint32_t)desc->layers * (is_cube(desc->type) ? 6u : 1u);
}

/* ---- linear memory --------------------------------------------------------------------------- */

struct linear_head {
	uint64_t allocation_bytes, base_offset, slice_bytes;
	uint32_t handle;
	uint32_t levels;
	bool cube, blocks;
	uint32_t slice_count;
	uint8_t element_bytes;
};

static struct linear_head read_head(struct pvg_cursor *c) {
	struct linear_head head = { .allocation_bytes = pvg_rd64(c) };

	head.handle = pvg_rd32(c);
	uint32_t flags = pvg_rd16(c);
	head.levels = flags & 0x3fff;
	head.cube = (flags & 1u << 14) != 0;
	head.blocks = (flags & 1u << 15) != 0;
	head.slice_count = pvg_rd16(c);
	head.base_offset = pvg_rd64(c);
	head.slice_bytes = pvg_rd64(c);
	pvg_rd_skip(c, 3);
	head.element_bytes = pvg_rd8(c);
	return head;
}

// The record 0x01 or 0x34 that ends a descriptor; anything else is read as a narrow block.
static void read_declaration(struct pvg_cursor *c, struct pvg_texture_desc *desc) {
	uint32_t opcode = pvg_rd32(c);
	uint32_t length = pvg_rd32(c);

	pvg_rd_skip(c, 4); // own ref
	if (opcode == OP_TEXTURE_WIDE && length == HEADER_BYTES + 4 + PVG_TEXTURE_WIDE_BYTES) {
		pvg_texture_read_wide(c, desc);
	} else {
		pvg_texture_read_narrow(c, desc);
	}
}

static const char *check_level(const struct pvg_linear_texture *texture, uint32_t index,
	const struct pvg_format *format, bool blocks, uint64_t *end) {
	const struct pvg_texture_desc *desc = &texture->desc;
	const struct pvg_texture_level *level = &texture->levels[index];
	uint32_t width = shifted(desc->width, index), height = shifted(desc->height, index);
	uint32_t depth = shifted(desc->depth, index);
	bool equal = level->width == width && level->height == height;

	if (blocks) {
		uint32_t columns =
			(uint32_t)(pvg_format_row_bytes(format, width) / format->block_bytes);
		equal = level->width == columns && level->height == pvg_format_rows(format, height);
	}
	if (!equal || level->depth != depth) {
		return "level is not as large as the declaration says";
	}
	uint64_t tight = pvg_format_row_bytes(format, width);
	uint64_t rows = pvg_format_rows(format, height);
	if (level->row_bytes < tight && rows > 1) {
		return "rows overlap";
	}
	uint64_t needed, planes;
	if (!pvg_mul(level->row_bytes, rows - 1, &needed) || !pvg_add(needed, tight, &needed)) {
		return "level is too large";
	}
	uint64_t plane_bytes = depth > 1 ? level->size_bytes / depth : needed;
	if (depth > 1 && plane_bytes < needed) {
		return "planes overlap";
	}
	if (!pvg_mul(plane_bytes, depth - 1, &planes) || !pvg_add(planes, needed, &needed) ||
		needed > level->size_bytes ||
		!pvg_add(level->offset_bytes, level->size_bytes, end)) {
		return "level is shorter than its rows";
	}
	return NULL;
}

const char *pvg_linear_texture_parse(struct pvg_linear_texture *texture, const uint8_t *bytes,
	size_t size_bytes, uint32_t page_shift) {
	struct pvg_cursor c = pvg_cursor_init(bytes, size_bytes);
	struct linear_head head = read_head(&c);

	*texture = (struct pvg_linear_texture){ .slice_bytes = head.slice_bytes };
	if (c.failed) {
		return "descriptor shorter than its head";
	}
	if (head.levels == 0 || head.levels > PVG_TEXTURE_LEVELS) {
		return "level count";
	}
	for (uint32_t i = 0; i < head.levels; i++) {
		struct pvg_texture_level *level = &texture->levels[i];
		level->offset_bytes = pvg_rd64(&c);
		level->size_bytes = pvg_rd64(&c);
		level->row_bytes = pvg_rd64(&c);
		level->width = pvg_rd32(&c);
		level->height = pvg_rd32(&c);
		level->depth = pvg_rd32(&c);
		level->depth = level->depth != 0 ? level->depth : 1;
	}
	read_declaration(&c, &texture->desc);
	if (c.failed) {
		return "descriptor shorter than its levels";
	}
	struct pvg_texture_desc *desc = &texture->desc;
	const char *why = pvg_texture_check(desc);
	if (why != NULL) {
		return why;
	}
	const struct pvg_format *format = pvg_format_get(desc->format);
	if (desc->levels != head.levels) {
		return "declaration has another level count";
	}
	if (is_cube(desc->type) != head.cube || desc->layers != head.slice_count) {
		return "declaration has other slices";
	}
	if (head.element_bytes != 0 && head.element_bytes != format->block_bytes) {
		return "bytes per element are not the format's";
	}
	texture->slices = pvg_texture_slices(desc);
	if (texture->slices > 1 && head.slice_bytes == 0) {
		return "no pitch between slices";
	}
	uint64_t span = 0;
	for (uint32_t i = 0; i < head.levels; i++) {
		struct pvg_texture_level *level = &texture->levels[i];
		uint64_t end = 0;
		why = check_level(texture, i, format, head.blocks, &end);
		if (why != NULL) {
			return why;
		}
		span = end > span ? end : span;
		// From here on in pixels, with the pitch that the check allowed.
		level->width = shifted(desc->width, i);
		level->height = shifted(desc->height, i);
		level->plane_bytes = level->size_bytes / level->depth;
	}
	if (head.slice_bytes != 0 && span > head.slice_bytes) {
		return "level reaches beyond its slice";
	}
	span = head.slice_bytes != 0 ? head.slice_bytes : span;
	uint64_t total, end;
	if (!pvg_mul(span, texture->slices, &total) || !pvg_add(total, head.base_offset, &total) ||
		total > head.allocation_bytes) {
		return "slices reach beyond the allocation";
	}
	texture->gva = (uint64_t)head.handle << page_shift;
	if (head.handle == 0 || !pvg_add(texture->gva, head.allocation_bytes, &end)) {
		return "no backing";
	}
	texture->gva += head.base_offset;
	texture->size_bytes = head.allocation_bytes - head.base_offset;
	return NULL;
}

/* ---- surface planes -------------------------------------------------------------------------- */

// A whole record 0x0c, 0x2f or 0x39 that fills what is left.
static const char *read_plane_record(struct pvg_cursor *c, struct pvg_plane_texture *texture) {
	size_t whole = pvg_cursor_left(c);
	uint32_t opcode = pvg_rd32(c);
	uint32_t length = pvg_rd32(c);
	bool wide = opcode == OP_SURFACE_TEXTURE_WIDE;

	if (!wide && opcode != OP_SURFACE_TEXTURE && opcode != OP_SURFACE_TEXTURE_ROTATED) {
		return "no texture record in it";
	}
	if (length != whole ||
		length !=
			HEADER_BYTES + 8 +
				(wide ? PVG_TEXTURE_WIDE_BYTES : PVG_TEXTURE_NARROW_BYTES)) {
		return "record and descriptor disagree";
	}
	pvg_rd_skip(c, 4); // own ref
	if (wide) {
		pvg_texture_read_wide(c, &texture->desc);
	} else {
		pvg_texture_read_narrow(c, &texture->desc);
	}
	texture->plane = pvg_rd16(c);
	texture->rotation = opcode != OP_SURFACE_TEXTURE ? pvg_rd8(c) : 0;
	if (texture->rotation != 0) {
		return "rotated"; // no source says by how much
	}
	const char *why = pvg_texture_check(&texture->desc);
	if (why != NULL) {
		return why;
	}
	const struct pvg_texture_desc *desc = &texture->desc;
	if (desc->type != PVG_TEXTURE_2D && desc->type != PVG_TEXTURE_2D_ARRAY) {
		return "not a flat texture";
	}
	if (desc->levels != 1 || desc->layers != 1) {
		return "levels or layers in a surface";
	}
	return NULL;
}

const char *pvg_plane_texture_parse(struct pvg_plane_texture *texture, const uint8_t *bytes,
	size_t size_bytes) {
	struct pvg_cursor c = pvg_cursor_init(bytes, size_bytes);

	*texture = (struct pvg_plane_texture){ .surface = pvg_rd32(&c) };
	texture->owner_task = pvg_rd32(&c);
	return c.failed ? "descriptor shorter than its head" : read_plane_record(&c, texture);
}

const char *pvg_mapper_texture_parse(struct pvg_plane_texture *texture, const uint8_t *bytes,
	size_t size_bytes) {
	struct pvg_cursor c = pvg_cursor_init(bytes, size_bytes);

	*texture = (struct pvg_plane_texture){ .mapper = pvg_rd64(&c) };
	return c.failed ? "descriptor shorter than its head" : read_plane_record(&c, texture);
}

/* ---- derived textures ------------------------------------------------------------------------ */

static const char *read_view(struct pvg_cursor *c, uint32_t opcode,
	struct pvg_derived_texture *view) {
	view->kind = PVG_DERIVED_VIEW;
	view->base = pvg_rd32(c);
	view->format = pvg_rd16(c);
	uint32_t type = pvg_rd16(c); // unwritten in 0x07
	for (uint8_t i = 0; i < 4; i++) {
		view->swizzle[i] = (uint8_t)(2 + i);
	}
	if (opcode == OP_VIEW_FORMAT) {
		return NULL;
	}
	view->has_range = true;
	if (type > PVG_TEXTURE_BUFFER) {
		return "unknown type";
	}
	view->type = (uint8_t)type;
	view->level_base = pvg_rd64(c);
	view->level_count = pvg_rd64(c);
	view->slice_base = pvg_rd64(c);
	view->slice_count = pvg_rd64(c);
	for (unsigned int i = 0; opcode == OP_VIEW_SWIZZLE && i < 4; i++) {
		view->swizzle[i] = pvg_rd8(c);
		if (view->swizzle[i] > 5) {
			return "swizzle";
		}
	}
	return NULL;
}

static const char *read_buffer_texture(struct pvg_cursor *c, bool wide,
	struct pvg_derived_texture *texture) {
	struct pvg_texture_desc *desc = &texture->desc;

	texture->kind = PVG_DERIVED_BUFFER;
	texture->base = pvg_rd32(c);
	texture->offset_bytes = pvg_rd64(c);
	texture->row_bytes = pvg_rd64(c);
	if (wide) {
		pvg_texture_read_wide(c, desc);
	} else {
		pvg_texture_read_narrow(c, desc);
	}
	const char *why = pvg_texture_check(desc);
	if (why != NULL) {
		return why;
	}
	const struct pvg_format *format = pvg_format_get(desc->format);
	if (desc->type != PVG_TEXTURE_2D && desc->type != PVG_TEXTURE_BUFFER) {
		return "buffers back flat textures only";
	}
	if (desc->levels != 1 || desc->layers != 1 || desc->samples != 1) {
		return "levels, layers or samples in a buffer";
	}
	if (format->kind != PVG_FORMAT_PLAIN) {
		return "compressed format in a buffer";
	}
	if (desc->height > 1 && texture->row_bytes < pvg_format_row_bytes(format, desc->width)) {
		return "rows overlap";
	}
	if (texture->row_bytes % format->block_bytes != 0) {
		return "row pitch is no multiple of the pixel size";
	}
	return NULL;
}

static const char *read_heap_texture(struct pvg_cursor *c, bool wide,
	struct pvg_derived_texture *texture) {
	texture->kind = PVG_DERIVED_HEAP;
	texture->base = pvg_rd32(c);
	if (wide) {
		pvg_texture_read_wide(c, &texture->desc);
	} else {
		pvg_texture_read_narrow(c, &texture->desc);
	}
	texture->placed = (pvg_rd8(c) & 1) != 0; // the other bits are unwritten
	pvg_rd_skip(c, 3);
	texture->heap_offset = pvg_rd64(c);
	if (texture->base == 0) {
		return "no heap";
	}
	return pvg_texture_check(&texture->desc);
}

const char *pvg_derived_texture_parse(struct pvg_derived_texture *texture, const uint8_t *bytes,
	size_t size_bytes) {
	struct pvg_cursor c = pvg_cursor_init(bytes, size_bytes);
	uint32_t opcode = pvg_rd32(&c);
	uint32_t length = pvg_rd32(&c);
	const char *why = NULL;
	static const struct {
		uint8_t opcode, length;
	} lengths[] = {
		{ OP_VIEW_FORMAT, 20 },
		{ OP_VIEW_RANGE, 52 },
		{ OP_VIEW_SWIZZLE, 56 },
		{ OP_BUFFER_TEXTURE, 64 },
		{ OP_BUFFER_TEXTURE_WIDE, 72 },
		{ OP_HEAP_TEXTURE, 60 },
		{ OP_HEAP_TEXTURE_WIDE, 68 },
	};
	uint32_t expected = 0;

	*texture = (struct pvg_derived_texture){ 0 };
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		if (lengths[i].opcode == opcode) {
			expected = lengths[i].length;
		}
	}
	if (c.failed || expected == 0) {
		return "not a record that makes textures";
	}
	if (length != expected || size_bytes != expected) {
		return "record length";
	}
	pvg_rd_skip(&c, 4); // own ref
	switch (opcode) {
	case OP_BUFFER_TEXTURE:
	case OP_BUFFER_TEXTURE_WIDE:
		why = read_buffer_texture(&c, opcode == OP_BUFFER_TEXTURE_WIDE, texture);
		break;
	case OP_HEAP_TEXTURE:
	case OP_HEAP_TEXTURE_WIDE:
		why = read_heap_texture(&c, opcode == OP_HEAP_TEXTURE_WIDE, texture);
		break;
	default:
		why = read_view(&c, opcode, texture);
		break;
	}
	return why;
}

/* ---- views ----------------------------------------------------------------------------------- */

// Which kinds show the same physical slices (spec 02 section 4.11).
static bool kinds_fit(uint8_t base, uint8_t view) {
	switch ((enum pvg_texture_type)view) {
	case PVG_TEXTURE_1D:
	case PVG_TEXTURE_1D_ARRAY:
		return base == PVG_TEXTURE_1D || base == PVG_TEXTURE_1D_ARRAY;
	case PVG_TEXTURE_2D:
	case PVG_TEXTURE_2D_ARRAY:
	case PVG_TEXTURE_CUBE:
	case PVG_TEXTURE_CUBE_ARRAY:
		return base == PVG_TEXTURE_2D || base == PVG_TEXTURE_2D_ARRAY || is_cube(base);
	case PVG_TEXTURE_2D_MULTISAMPLE:
	case PVG_TEXTURE_2D_MULTISAMPLE_ARRAY:
		return base == PVG_TEXTURE_2D_MULTISAMPLE ||
			base == PVG_TEXTURE_2D_MULTISAMPLE_ARRAY;
	case PVG_TEXTURE_3D:
	case PVG_TEXTURE_BUFFER:
		return base == view;
	}
	return false;
}

static bool formats_fit(const struct pvg_format *base, const struct pvg_format *view) {
	if (base == view) {
		return true;
	}
	if (base->depth || base->stencil || view->depth || view->stencil) {
		// The stencil aspect of a combined format is what Metal permits.
		return (base->number == 260 && view->number == 261) ||
			(base->number == 255 && view->number == 262);
	}
	return base->block_bytes == view->block_bytes && base->block_width == view->block_width &&
		base->block_height == view->block_height;
}

static const char *compose_range(const struct pvg_derived_texture *view,
	struct pvg_texture_desc *desc, uint16_t *first_level, uint16_t *first_slice) {
	uint64_t slices = desc->type == PVG_TEXTURE_3D ? 1 : pvg_texture_slices(desc);
	uint64_t end;

	if (!kinds_fit(desc->type, view->type)) {
		return "type does not fit the base's";
	}
	if (view->level_count == 0 || !pvg_add(view->level_base, view->level_count, &end) ||
		end > desc->levels) {
		return "levels outside of the base";
	}
	if (view->slice_count == 0 || !pvg_add(view->slice_base, view->slice_count, &end) ||
		end > slices) {
		return "slices outside of the base";
	}
	uint32_t level = (uint32_t)view->level_base;
	uint32_t layers = (uint32_t)view->slice_count;
	switch ((enum pvg_texture_type)view->type) {
	case PVG_TEXTURE_CUBE:
	case PVG_TEXTURE_CUBE_ARRAY:
		if (layers % 6 != 0 || (view->type == PVG_TEXTURE_CUBE && layers != 6)) {
			return "cube without six faces";
		}
		if (desc->width != desc->height) {
			return "cube is not square";
		}
		layers /= 6;
		break;
	case PVG_TEXTURE_1D:
	case PVG_TEXTURE_2D:
	case PVG_TEXTURE_2D_MULTISAMPLE:
		if (layers != 1) {
			return "more than one slice in a flat view";
		}
		break;
	case PVG_TEXTURE_1D_ARRAY:
	case PVG_TEXTURE_2D_ARRAY:
	case PVG_TEXTURE_2D_MULTISAMPLE_ARRAY:
	case PVG_TEXTURE_3D:
	case PVG_TEXTURE_BUFFER:
		break;
	}
	desc->type = view->type;
	desc->layers = (uint16_t)layers;
	desc->levels = (uint16_t)view->level_count;
	desc->width = shifted(desc->width, level);
	desc->height = shifted(desc->height, level);
	desc->depth = shifted(desc->depth, level);
	*first_level = (uint16_t)(*first_level + level);
	*first_slice = (uint16_t)(*first_slice + view->slice_base);
	return NULL;
}

const char *pvg_view_compose(const struct pvg_derived_texture *view, struct pvg_texture_desc *desc,
	uint16_t *first_level, uint16_t *first_slice) {
	const struct pvg_format *base = pvg_format_get(desc->format);
	const struct pvg_format *seen = view->format != 0 ? pvg_format_get(view->format) : base;

	if (base == NULL || seen == NULL) {
		return "unknown format";
	}
	if (!formats_fit(base, seen)) {
		return "format does not fit the base's";
	}
	if (view->has_range) {
		const char *why = compose_range(view, desc, first_level, first_slice);
		if (why != NULL) {
			return why;
		}
	}
	desc->format = seen->number;
	uint8_t inner[4];
	memcpy(inner, desc->swizzle, sizeof(inner));
	for (unsigned int i = 0; i < 4; i++) {
		uint8_t outer = view->swizzle[i];
		desc->swizzle[i] = outer < 2 ? outer : inner[outer - 2];
	}
	return NULL;
}

/* ---- memoryless ------------------------------------------------------------------------------ */

const char *pvg_memoryless_parse(struct pvg_texture_desc *desc, const uint8_t *bytes,
	size_t size_bytes) {
	static const struct {
		uint8_t opcode, length;
	} forms[] = {
		{ OP_TEXTURE, HEADER_BYTES + 4 + PVG_TEXTURE_NARROW_BYTES },
		{ OP_TEXTURE_WIDE, HEADER_BYTES + 4 + PVG_TEXTURE_WIDE_BYTES },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (size_bytes < forms[i].length) {
			continue;
		}
		struct pvg_cursor c =
			pvg_cursor_init(bytes + size_bytes - forms[i].length, forms[i].length);
		if (pvg_rd32(&c) != forms[i].opcode || pvg_rd32(&c) != forms[i].length) {
			continue;
		}
		pvg_rd_skip(&c, 4); // own ref
		if (forms[i].opcode == OP_TEXTURE_WIDE) {
			pvg_texture_read_wide(&c, desc);
		} else {
			pvg_texture_read_narrow(&c, desc);
		}
		return pvg_texture_check(desc);
	}
	return "no creation record ends it";
}
