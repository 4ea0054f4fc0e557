// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/render.h"

/* ---- the pass -------------------------------------------------------------------------------- */

#define PREFIX_BYTES 28u // that all attachments share (spec 03 section 3.1)
#define DEPTH_BYTES (PREFIX_BYTES + 12)
#define STENCIL_BYTES (PREFIX_BYTES + 8)
#define COLOR_BYTES (PREFIX_BYTES + 32)
#define TAIL_BYTES 28u

static void read_prefix(const uint8_t *at, struct pvg_wire_attachment *a) {
	a->target.ref = pvg_get32(at);
	a->resolve.ref = pvg_get32(at + 4);
	a->target.level = pvg_get16(at + 8);
	a->target.slice = pvg_get16(at + 10);
	a->target.plane = pvg_get16(at + 12);
	a->resolve.level = pvg_get16(at + 14);
	a->resolve.slice = pvg_get16(at + 16);
	a->resolve.plane = pvg_get16(at + 18);
	a->load = pvg_get16(at + 20);
	a->store = pvg_get16(at + 22);
	a->store_options = pvg_get16(at + 24); // and two bytes that are never written
}

// One check for all of it: every encoder begins with these bytes.
bool pvg_wire_pass(const uint8_t *payload, size_t size_bytes, struct pvg_wire_pass *pass) {
	const uint8_t *at = payload;

	*pass = (struct pvg_wire_pass){ 0 };
	if (size_bytes < DEPTH_BYTES + STENCIL_BYTES + PVG_WIRE_COLORS * COLOR_BYTES + TAIL_BYTES) {
		return false;
	}
	read_prefix(at, &pass->depth);
	pass->depth.clear[0] = pvg_get_f64(at + PREFIX_BYTES);
	pass->depth.filter = pvg_get16(at + PREFIX_BYTES + 8);
	at += DEPTH_BYTES;
	read_prefix(at, &pass->stencil);
	pass->stencil.clear_stencil = pvg_get32(at + PREFIX_BYTES);
	pass->stencil.filter = pvg_get16(at + PREFIX_BYTES + 4);
	at += STENCIL_BYTES;
	for (unsigned int i = 0; i < PVG_WIRE_COLORS; i++, at += COLOR_BYTES) {
		struct pvg_wire_attachment *a = &pass->colors[i];
		read_prefix(at, a);
		for (unsigned int k = 0; k < 4; k++) {
			a->clear[k] = pvg_get_f64(at + PREFIX_BYTES + 8 * k);
		}
	}
	pass->visibility_ref = pvg_get32(at);
	pass->array_length = pvg_get64(at + 4);
	pass->width = pvg_get64(at + 12);
	pass->height = pvg_get64(at + 20);
	return true;
}

/* ---- draws ----------------------------------------------------------------------------------- */

// The compact forms are 16 bits wide, the wide ones 64, field by field the same.
static uint64_t rd_count(struct pvg_cursor *c, bool wide) {
	return wide ? pvg_rd64(c) : pvg_rd16(c);
}

static void read_arrays(struct pvg_cursor *c, uint16_t opcode, struct pvg_wire_draw *draw) {
	bool wide = opcode % 2 == 0;

	if (opcode <= 0x01) {
		draw->primitive = pvg_rd32(c);
	}
	draw->first = rd_count(c, wide);
	draw->count = rd_count(c, wide);
	if (opcode >= 0x02) {
		draw->instances = rd_count(c, wide);
	}
	if (opcode >= 0x04) {
		draw->base_instance = rd_count(c, wide);
	}
	if (opcode >= 0x02) {
		draw->primitive = pvg_rd16(c);
	}
}

static void read_index_head(struct pvg_cursor *c, struct pvg_wire_draw *draw) {
	draw->indexed = true;
	draw->primitive = pvg_rd16(c);
	draw->index_type = pvg_rd16(c);
	draw->index_ref = pvg_rd32(c);
}

static void read_indexed(struct pvg_cursor *c, uint16_t opcode, struct pvg_wire_draw *draw) {
	bool wide = opcode % 2 == 0;

	read_index_head(c, draw);
	draw->count = rd_count(c, wide);
	draw->index_offset = rd_count(c, wide);
	if (opcode >= 0x08) {
		draw->instances = rd_count(c, wide);
	}
}

// In these the offset precedes the count.
static void read_bases(struct pvg_cursor *c, uint16_t opcode, struct pvg_wire_draw *draw) {
	bool wide = opcode % 2 == 0;

	read_index_head(c, draw);
	draw->index_offset = rd_count(c, wide);
	draw->count = rd_count(c, wide);
	draw->instances = rd_count(c, wide);
	draw->base_vertex = wide ? (int64_t)pvg_rd64(c) : (int16_t)pvg_rd16(c);
	draw->base_instance = rd_count(c, wide);
}

bool pvg_wire_draw(uint16_t opcode, const uint8_t *payload, size_t size_bytes,
	struct pvg_wire_draw *draw) {
	struct pvg_cursor c = pvg_cursor_init(payload, size_bytes);

	*draw = (struct pvg_wire_draw){ .instances = 1 };
	if (opcode <= 0x05) {
		read_arrays(&c, opcode, draw);
	} else if (opcode <= 0x09) {
		read_indexed(&c, opcode, draw);
	} else if (opcode == 0x0a || opcode == 0x0b || opcode == 0x1c || opcode == 0x1d) {
		read_bases(&c, opcode, draw);
	} else if (opcode == 0x10) {
		draw->indirect = true;
		draw->indirect_offset = pvg_rd64(&c);
		draw->indirect_ref = pvg_rd32(&c);
		draw->primitive = pvg_rd16(&c);
	} else if (opcode == 0x11) {
		draw->indirect = true;
		read_index_head(&c, draw);
		draw->indirect_ref = pvg_rd32(&c);
		draw->index_offset = pvg_rd64(&c);
		draw->indirect_offset = pvg_rd64(&c);
	} else {
		return false;
	}
	return !c.failed;
}

/* ---- patches --------------------------------------------------------------------------------- */

static void read_patches(struct pvg_cursor *c, bool wide, bool indexed,
	struct pvg_wire_patches *p) {
	p->indexed = indexed;
	p->first = rd_count(c, wide);
	p->count = rd_count(c, wide);
	p->patch_ref = pvg_rd32(c);
	p->patch_offset = rd_count(c, wide);
	if (indexed) {
		p->index_ref = pvg_rd32(c);
		p->index_offset = rd_count(c, wide);
	}
	p->instances = rd_count(c, wide);
	p->base_instance = rd_count(c, wide);
	p->control_points = pvg_rd16(c);
}

bool pvg_wire_patches(uint16_t opcode, const uint8_t *payload, size_t size_bytes,
	struct pvg_wire_patches *p) {
	struct pvg_cursor c = pvg_cursor_init(payload, size_bytes);

	*p = (struct pvg_wire_patches){ .instances = 1 };
	switch (opcode) {
	case 0x0c: // both wide forms have this number
	case 0x0e:
		read_patches(&c, true, size_bytes == 60, p);
		break;
	case 0x0d:
	case 0x0f:
		read_patches(&c, false, opcode == 0x0f, p);
		break;
	case 0x12:
	case 0x13:
		p->indirect = true;
		p->indexed = opcode == 0x13;
		p->patch_ref = pvg_rd32(&c);
		p->index_ref = p->indexed ? pvg_rd32(&c) : 0;
		p->indirect_ref = pvg_rd32(&c);
		p->patch_offset = pvg_rd64(&c);
		p->index_offset = p->indexed ? pvg_rd64(&c) : 0;
		p->indirect_offset = pvg_rd64(&c);
		p->control_points = pvg_rd16(&c);
		break;
	default:
		return false;
	}
	return !c.failed;
}

/* ---- binds ----------------------------------------------------------------------------------- */

struct pvg_wire_binds pvg_wire_binds(const uint8_t *payload, size_t size_bytes) {
	struct pvg_wire_binds binds = { .entries = pvg_cursor_init(payload, size_bytes) };

	binds.first = pvg_rd32(&binds.entries);
	binds.count = pvg_rd32(&binds.entries);
	return binds;
}

struct pvg_wire_bind pvg_wire_next_bind(struct pvg_wire_binds *binds,
	enum pvg_wire_bind_form form) {
	struct pvg_wire_bind bind = { .ref = pvg_rd32(&binds->entries) };

	switch (form) {
	case PVG_WIRE_REF:
		break;
	case PVG_WIRE_SAMPLER_LOD:
		bind.lod_min = pvg_rd_f32(&binds->entries);
		bind.lod_max = pvg_rd_f32(&binds->entries);
		break;
	case PVG_WIRE_BUF_STRIDE:
	case PVG_WIRE_BUF:
		bind.offset = pvg_rd64(&binds->entries);
		bind.stride = form == PVG_WIRE_BUF_STRIDE ? pvg_rd64(&binds->entries) : 0;
		break;
	}
	return bind;
}

struct pvg_wire_offset pvg_wire_offset(const uint8_t *payload, size_t size_bytes, bool stride) {
	struct pvg_cursor c = pvg_cursor_init(payload, size_bytes);
	struct pvg_wire_offset offset = { .index = pvg_rd32(&c) };

	offset.offset = pvg_rd64(&c);
	offset.stride = stride ? pvg_rd64(&c) : 0;
	return offset;
}
