// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/work.h"

static struct pvg_wire_extent rd_extent(struct pvg_cursor *c) {
	struct pvg_wire_extent extent = { .x = pvg_rd64(c) };

	extent.y = pvg_rd64(c);
	extent.z = pvg_rd64(c);
	return extent;
}

/* ---- compute --------------------------------------------------------------------------------- */

bool pvg_wire_dispatch(uint16_t opcode, const uint8_t *payload, size_t size_bytes,
	struct pvg_wire_dispatch *d) {
	struct pvg_cursor c = pvg_cursor_init(payload, size_bytes);

	*d = (struct pvg_wire_dispatch){ .exact = opcode == 0xca || opcode == 0xe6 };
	switch (opcode) {
	case 0xc8:
	case 0xca:
		d->grid = rd_extent(&c);
		d->threads = rd_extent(&c);
		break;
	case 0xc9: // the threads before the indirect buffer, the offset before its ref
		d->indirect = true;
		d->threads = rd_extent(&c);
		d->offset = pvg_rd64(&c);
		d->ref = pvg_rd32(&c);
		break;
	case 0xe6:
		d->indirect = true;
		d->offset = pvg_rd64(&c);
		d->ref = pvg_rd32(&c);
		break;
	default:
		return false;
	}
	return !c.failed;
}

bool pvg_wire_region(const uint8_t *payload, size_t size_bytes, struct pvg_wire_region *region) {
	struct pvg_cursor c = pvg_cursor_init(payload, size_bytes);

	region->size = rd_extent(&c); // before the origin
	region->origin = rd_extent(&c);
	return !c.failed;
}

bool pvg_wire_predicate(const uint8_t *payload, size_t size_bytes,
	struct pvg_wire_predicate *predicate) {
	struct pvg_cursor c = pvg_cursor_init(payload, size_bytes);

	predicate->ref = pvg_rd32(&c);
	predicate->offset = pvg_rd64(&c);
	predicate->comparison = pvg_rd32(&c);
	predicate->reference = pvg_rd32(&c);
	return !c.failed;
}

/* ---- blit ------------------------------------------------------------------------------------ */

static void rd_place(struct pvg_cursor *c, struct pvg_wire_place *place) {
	place->slice = pvg_rd16(c);
	place->level = pvg_rd16(c);
}

static void read_texture_copy(struct pvg_cursor *c, uint16_t opcode, struct pvg_wire_copy *copy) {
	copy->from.ref = pvg_rd32(c);
	copy->to.ref = pvg_rd32(c);
	if (opcode == 0x13e) {
		rd_place(c, &copy->from);
		rd_place(c, &copy->to);
		copy->slices = pvg_rd16(c);
		copy->levels = pvg_rd16(c);
		return;
	}
	copy->from.origin = rd_extent(c);
	copy->size = rd_extent(c);
	copy->to.origin = rd_extent(c);
	rd_place(c, &copy->from);
	rd_place(c, &copy->to);
	copy->options = opcode == 0x130 ? pvg_rd32(c) : 0;
}

bool pvg_wire_copy(uint16_t opcode, const uint8_t *payload, size_t size_bytes,
	struct pvg_wire_copy *copy) {
	struct pvg_cursor c = pvg_cursor_init(payload, size_bytes);

	*copy = (struct pvg_wire_copy){ 0 };
	switch (opcode) {
	case 0x12c:
		copy->from_ref = pvg_rd32(&c);
		copy->to.ref = pvg_rd32(&c);
		copy->from_offset = pvg_rd64(&c);
		copy->row_bytes = pvg_rd64(&c);
		copy->image_bytes = pvg_rd64(&c);
		copy->size = rd_extent(&c);
		copy->to.origin = rd_extent(&c);
		rd_place(&c, &copy->to);
		copy->options = pvg_rd32(&c);
		break;
	case 0x12d:
		copy->from_ref = pvg_rd32(&c);
		copy->to_ref = pvg_rd32(&c);
		copy->from_offset = pvg_rd64(&c);
		copy->to_offset = pvg_rd64(&c);
		copy->size_bytes = pvg_rd64(&c);
		break;
	case 0x12e:
		copy->from.ref = pvg_rd32(&c);
		copy->to_ref = pvg_rd32(&c);
		copy->from.origin = rd_extent(&c);
		copy->size = rd_extent(&c);
		copy->to_offset = pvg_rd64(&c);
		copy->row_bytes = pvg_rd64(&c);
		copy->image_bytes = pvg_rd64(&c);
		rd_place(&c, &copy->from);
		copy->options = pvg_rd16(&c); // two bytes here
		break;
	case 0x12f:
	case 0x130:
	case 0x13e:
		read_texture_copy(&c, opcode, copy);
		break;
	default:
		return false;
	}
	return !c.failed;
}

bool pvg_wire_fill(uint16_t opcode, const uint8_t *payload, size_t size_bytes,
	struct pvg_wire_fill *fill) {
	struct pvg_cursor c = pvg_cursor_init(payload, size_bytes);

	*fill = (struct pvg_wire_fill){ 0 };
	if (opcode == 0x132 || opcode == 0x13f) {
		fill->ref = pvg_rd32(&c);
		fill->offset = pvg_rd64(&c);
		fill->length = pvg_rd64(&c);
		fill->pattern = opcode == 0x13f ? pvg_rd32(&c) : pvg_rd8(&c) * UINT32_C(0x01010101);
		return !c.failed;
	}
	// Level and slice in this order here, the size before the origin.
	fill->at.ref = pvg_rd32(&c);
	fill->at.level = pvg_rd16(&c);
	fill->at.slice = pvg_rd16(&c);
	fill->size = rd_extent(&c);
	fill->at.origin = rd_extent(&c);
	if (opcode == 0x140) {
		fill->bytes_ref = pvg_rd32(&c);
		fill->bytes_offset = pvg_rd64(&c);
		fill->length = pvg_rd64(&c);
	} else if (opcode == 0x141) {
		for (unsigned int i = 0; i < 4; i++) {
			fill->color[i] = pvg_rd_f64(&c);
		}
		fill->format = pvg_rd16(&c);
	} else {
		return false;
	}
	return !c.failed;
}
