// SPDX-License-Identifier: GPL-2.0-or-later
#include "mtl.h"

#define UNWRITTEN 0xcb

/* ---- numbers ---------------------------------------------------------------------------- */

// Sign, exponent and @bits of fraction of a quotient, without floating point.
static uint64_t quotient(int32_t numerator, uint32_t denominator, unsigned int bits,
	uint32_t bias) {
	if (numerator == 0) {
		return 0;
	}
	uint64_t sign = numerator < 0;
	uint64_t n = sign ? 0 - (uint64_t)(int64_t)numerator : (uint64_t)numerator;
	uint64_t d = denominator;
	uint32_t exponent = bias;
	while (n >= 2 * d) {
		d *= 2;
		exponent++;
	}
	while (n < d) {
		n *= 2;
		exponent--;
	}
	// n / d is in [1, 2): its binary digits one after the other.
	uint64_t fraction = 0;
	n -= d;
	for (unsigned int i = 0; i < bits; i++) {
		n *= 2;
		fraction = fraction << 1 | (n >= d);
		n -= n >= d ? d : 0;
	}
	unsigned int width = bits == 23 ? 8 : 11;
	return sign << (bits + width) | (uint64_t)exponent << bits | fraction;
}

uint32_t pvg_mtl_f32(int32_t numerator, uint32_t denominator) {
	return (uint32_t)quotient(numerator, denominator, 23, 127);
}

uint64_t pvg_mtl_f64(int32_t numerator, uint32_t denominator) {
	return quotient(numerator, denominator, 52, 1023);
}

/* ---- recording -------------------------------------------------------------------------- */

static void start(struct pvg_mtl *mtl) {
	if (mtl->recording) {
		return;
	}
	// The oldest command buffer is free once its stamp was written.
	uint32_t signal = mtl->slots[mtl->slot].signal;
	if (signal != 0) {
		pvg_drv_wait_stamp(mtl->drv, mtl->channel, signal);
	}
	mtl->stream = pvg_enc_stream_init(mtl->slots[mtl->slot].at, PVG_MTL_SLOT_BYTES);
	mtl->recording = true;
}

static void end_segment(struct pvg_mtl *mtl) {
	if (mtl->segment_open) {
		pvg_enc_stream_end(&mtl->stream);
		mtl->segment_open = false;
	}
}

void pvg_mtl_segment(struct pvg_mtl *mtl, enum pvg_enc_segment_type type) {
	start(mtl);
	end_segment(mtl);
	pvg_enc_stream_begin(&mtl->stream, type, false, false);
	mtl->segment_open = true;
}

void pvg_mtl_counted(struct pvg_mtl *mtl, enum pvg_enc_space space, uint16_t opcode,
	const uint64_t *head, const uint64_t *elements, uint32_t count) {
	const struct pvg_enc_record *record =
		opcode < PVG_MTL_OPCODES ? mtl->records[space][opcode] : NULL;
	if (record == NULL || !mtl->segment_open) {
		pvg_drv_fail(mtl->drv, "no such record, or no open segment");
		return;
	}
	struct pvg_enc_values values = {
		.head = head,
		.arrays = { elements },
		.elements = { count },
		.unwritten = UNWRITTEN,
	};
	pvg_enc_stream_record(&mtl->stream, record, &values);
}

void pvg_mtl_record(struct pvg_mtl *mtl, enum pvg_enc_space space, uint16_t opcode,
	const uint64_t *head) {
	pvg_mtl_counted(mtl, space, opcode, head, NULL, 0);
}

void pvg_mtl_bind(struct pvg_mtl *mtl, enum pvg_enc_space space, uint16_t opcode, uint32_t slot,
	uint32_t ref, uint64_t offset_bytes) {
	const uint64_t head[] = { slot, 1 };
	const uint64_t element[] = { ref, offset_bytes };
	pvg_mtl_counted(mtl, space, opcode, head, element, 1);
}

static uint64_t *put_attachment(uint64_t *at, const struct pvg_mtl_attachment *attachment) {
	const uint64_t values[] = { attachment->ref, attachment->resolve, attachment->level,
		attachment->slice, 0, 0, 0, 0, attachment->load, attachment->store, 0 };
	memcpy(at, values, sizeof(values));
	return at + PVG_ENC_COUNT(values);
}

void pvg_mtl_pass(struct pvg_mtl *mtl, const struct pvg_mtl_pass *pass) {
	uint64_t head[13 + 13 + 8 * 15 + 4];
	uint64_t *at = put_attachment(head, &pass->depth);
	*at++ = pass->depth.clear[0];
	*at++ = 0;
	at = put_attachment(at, &pass->stencil);
	*at++ = pass->stencil.clear[0];
	*at++ = 0;
	for (unsigned int i = 0; i < 8; i++) {
		at = put_attachment(at, &pass->colors[i]);
		memcpy(at, pass->colors[i].clear, sizeof(pass->colors[i].clear));
		at += 4;
	}
	*at++ = pass->visibility;
	*at++ = pass->layers;
	*at++ = pass->width;
	*at++ = pass->height;
	pvg_mtl_segment(mtl, PVG_ENC_SEGMENT_RENDER);
	pvg_mtl_record(mtl, PVG_ENC_RENDER, 0x1a, head);
}

void pvg_mtl_viewport(struct pvg_mtl *mtl, uint32_t x, uint32_t y, uint32_t width,
	uint32_t height) {
	MTL_RENDER(mtl, 0x82, pvg_mtl_f64((int32_t)x, 1), pvg_mtl_f64((int32_t)y, 1),
		pvg_mtl_f64((int32_t)width, 1), pvg_mtl_f64((int32_t)height, 1), 0,
		pvg_mtl_f64(1, 1));
}

void pvg_mtl_draw(struct pvg_mtl *mtl, uint32_t primitive, uint32_t first, uint32_t count,
	uint32_t instances) {
	if (first > 0xffff || count > 0xffff || instances > 0xffff) {
		MTL_RENDER(mtl, 0x02, first, count, instances, primitive);
	} else if (instances == 1) {
		MTL_RENDER(mtl, 0x01, primitive, first, count);
	} else {
		MTL_RENDER(mtl, 0x03, first, count, instances, primitive);
	}
}

void pvg_mtl_draw_indexed(struct pvg_mtl *mtl, uint32_t primitive, uint32_t index_bytes,
	uint32_t buffer, uint32_t offset_bytes, uint32_t count, uint32_t instances) {
	uint32_t type = index_bytes == 4;
	if (offset_bytes > 0xffff || count > 0xffff || instances > 0xffff) {
		MTL_RENDER(mtl, 0x08, primitive, type, buffer, count, offset_bytes, instances);
	} else if (instances == 1) {
		MTL_RENDER(mtl, 0x07, primitive, type, buffer, count, offset_bytes);
	} else {
		MTL_RENDER(mtl, 0x09, primitive, type, buffer, count, offset_bytes, instances);
	}
}

void pvg_mtl_dispatch(struct pvg_mtl *mtl, const uint32_t grid[3], const uint32_t group[3],
	bool exact) {
	MTL_COMPUTE(mtl, exact ? 0xca : 0xc8, grid[0], grid[1], grid[2], group[0], group[1],
		group[2]);
}

/* ---- submission ------------------------------------------------------------------------- */

static void name_resource(struct pvg_mtl *mtl, uint32_t ref, const uint8_t quad[4]) {
	if (mtl->resource_count == PVG_MTL_RESOURCES) {
		pvg_drv_fail(mtl->drv, "too many resources in a submission");
		return;
	}
	struct pvg_mtl_resource *resource = &mtl->resources[mtl->resource_count++];
	resource->ref = ref;
	memcpy(resource->quad, quad, sizeof(resource->quad));
}

void pvg_mtl_touched(struct pvg_mtl *mtl, uint32_t ref) {
	name_resource(mtl, ref, (const uint8_t[]){ 1, 0, 0, 1 });
}

void pvg_mtl_written(struct pvg_mtl *mtl, uint32_t ref) {
	name_resource(mtl, ref, (const uint8_t[]){ 0, 1, 1, 0 });
}

uint32_t pvg_mtl_commit(struct pvg_mtl *mtl) {
	struct pvg_drv *drv = mtl->drv;
	start(mtl);
	end_segment(mtl);
	mtl->recording = false;
	if (mtl->stream.failed) {
		pvg_drv_fail(drv, "command buffer too long");
	}
	if (drv->error != NULL) {
		return 0;
	}
	uint64_t resources[PVG_MTL_RESOURCES * 7] = { 0 };
	for (uint32_t i = 0; i < mtl->resource_count; i++) {
		const struct pvg_mtl_resource *resource = &mtl->resources[i];
		resources[i * 7] = resource->ref;
		for (unsigned int k = 0; k < 4; k++) {
			resources[i * 7 + 1 + k] = resource->quad[k];
		}
	}
	const uint64_t head[] = { mtl->task.id, 0, 0 };
	const uint64_t cmdbuf[] = { mtl->slots[mtl->slot].gva, mtl->stream.length };
	struct pvg_enc_values values = {
		.head = head,
		.arrays = { resources, cmdbuf },
		.elements = { mtl->resource_count, 1 },
	};
	// What the object list and the mappings say travels on another channel.
	struct pvg_enc_wait waits[] = { { drv->channels[PVG_DRV_IMMEDIATE].slot,
						drv->channels[PVG_DRV_IMMEDIATE].issued },
		mtl->after };
	uint32_t signal = pvg_drv_send(drv, mtl->channel,
		pvg_enc_find(&pvg_enc_packet_table, 0x37), &values, waits,
		mtl->after.slot != 0 ? 2 : 1);
	mtl->after.slot = 0;
	mtl->slots[mtl->slot].signal = signal;
	mtl->slot = (mtl->slot + 1) % PVG_MTL_SLOTS;
	mtl->resource_count = 0;
	return signal;
}

bool pvg_mtl_wait(struct pvg_mtl *mtl, uint32_t signal) {
	return signal != 0 && pvg_drv_wait_stamp(mtl->drv, mtl->channel, signal);
}
