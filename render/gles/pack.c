// SPDX-License-Identifier: GPL-2.0-or-later
#include "draw.h"

/*
 * More buffers than a stage has storage blocks: the translator puts some of them into one block
 * (PVG_SLOT_PACKED), and here they are copied together, and back when the shader wrote them. Rare.
 */

#define PACK_ALIGN 16u
#define PACK_MOST (64u << 20)

static uint64_t window(const struct gles_bound_buffer *b, const struct gles_plan_buffer *use) {
	uint64_t size = b->buffer != NULL ? b->size_bytes : 0;
	return use->bytes > 0 && use->bytes < size ? use->bytes : size;
}

static void copy(struct gles_renderer *r, GLuint from, uint64_t from_offset, GLuint to,
	uint64_t to_offset, uint64_t bytes) {
	if (bytes == 0) {
		return;
	}
	gles_bind_buffer(r, GL_COPY_READ_BUFFER, from);
	gles_bind_buffer(r, GL_COPY_WRITE_BUFFER, to);
	glCopyBufferSubData(GL_COPY_READ_BUFFER, GL_COPY_WRITE_BUFFER, (GLintptr)from_offset,
		(GLintptr)to_offset, (GLsizeiptr)bytes);
}

bool gles_pack_apply(struct gles_renderer *r, const struct pvg_gpu_program *program) {
	struct gles_draws *d = r->draws;
	const struct gles_plan *plan = &program->plan;
	uint32_t align = (uint32_t)r->limits.storage_alignment;
	for (uint8_t stage = 0; stage < GLES_STAGES; stage++) {
		uint64_t total = 0;
		const struct gles_plan_buffer *any = NULL;
		for (uint32_t i = 0; i < plan->buffer_count; i++) {
			const struct gles_plan_buffer *use = &plan->buffers[i];
			if (!use->packed || use->stage != stage) {
				// Words of the others are what they always are.
				if (use->stage == stage && !use->uniform) {
					const struct gles_bound_buffer *b =
						&d->bound[stage].buffers[use->slot];
					d->packed[stage][use->slot][0] =
						(uint32_t)(b->offset_bytes & ((uint64_t)align - 1));
					d->packed[stage][use->slot][1] = (uint32_t)b->size_bytes;
				}
				continue;
			}
			any = use;
			uint64_t bytes = window(&d->bound[stage].buffers[use->slot], use);
			if (total + bytes > PACK_MOST) {
				gles_refuse(r, GLES_REFUSE_PACK,
					"buffers too large to share a block");
				return false;
			}
			d->packed[stage][use->slot][0] = (uint32_t)total;
			d->packed[stage][use->slot][1] = (uint32_t)bytes;
			total = (total + bytes + PACK_ALIGN - 1) & ~(uint64_t)(PACK_ALIGN - 1);
		}
		if (any == NULL) {
			continue;
		}
		struct gles_piece *pack = &d->pack[stage];
		total = total > PACK_ALIGN ? total : PACK_ALIGN;
		if (!gles_ring_take(r, total, align > PACK_ALIGN ? align : PACK_ALIGN, pack)) {
			gles_refuse(r, GLES_REFUSE_NO_MEMORY,
				"no memory for buffers that share a block");
			return false;
		}
		for (uint32_t i = 0; i < plan->buffer_count; i++) {
			const struct gles_plan_buffer *use = &plan->buffers[i];
			const struct gles_bound_buffer *b = &d->bound[stage].buffers[use->slot];
			if (use->packed && use->stage == stage && b->buffer != NULL) {
				if (b->buffer->shadow) {
					struct pvg_gpu_span span = { &b->buffer->base,
						b->offset_bytes, b->size_bytes };
					gles_span_read(r, &span, b->size_bytes);
				}
				copy(r, b->buffer->id, b->offset_bytes, pack->buffer->id,
					pack->offset_bytes + d->packed[stage][use->slot][0],
					d->packed[stage][use->slot][1]);
			}
		}
		gles_bind_storage(r, any->binding, pack->buffer->id, pack->offset_bytes, total);
	}
	return true;
}

void gles_pack_return(struct gles_renderer *r, const struct pvg_gpu_program *program) {
	struct gles_draws *d = r->draws;
	const struct gles_plan *plan = &program->plan;
	bool waited = false;
	for (uint32_t i = 0; i < plan->buffer_count; i++) {
		const struct gles_plan_buffer *use = &plan->buffers[i];
		const struct gles_bound_buffer *b = &d->bound[use->stage].buffers[use->slot];
		if (!use->packed || !use->written || b->buffer == NULL) {
			continue;
		}
		if (!waited) {
			glMemoryBarrier(GL_BUFFER_UPDATE_BARRIER_BIT);
			waited = true;
		}
		const struct gles_piece *pack = &d->pack[use->stage];
		copy(r, pack->buffer->id, pack->offset_bytes + d->packed[use->stage][use->slot][0],
			b->buffer->id, b->offset_bytes, d->packed[use->stage][use->slot][1]);
		if (b->buffer->shadow) {
			struct pvg_gpu_span span = { &b->buffer->base, b->offset_bytes,
				b->size_bytes };
			gles_span_written(r, &span, b->size_bytes);
		}
	}
}
