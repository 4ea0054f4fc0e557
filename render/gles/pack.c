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

// Part of a buffer; those of one stage that overlap are one, so that a word has one place only.
struct region {
	const struct gles_bound_buffer *bound; // any of them
	uint64_t first, end; // in the buffer
	uint64_t at; // in the block
	bool written;
};

static struct region *region_of(struct region *regions, uint32_t count,
	const struct gles_bound_buffer *b) {
	for (uint32_t i = 0; i < count; i++) {
		if (regions[i].bound->buffer == b->buffer && b->offset_bytes >= regions[i].first &&
			b->offset_bytes < regions[i].end) {
			return &regions[i];
		}
	}
	return NULL;
}

static uint32_t add_region(struct region *regions, uint32_t count, struct region add) {
	for (uint32_t i = 0; i < count;) {
		struct region *r = &regions[i];
		if (r->bound->buffer != add.bound->buffer || r->first >= add.end ||
			add.first >= r->end) {
			i++;
			continue;
		}
		add.first = r->first < add.first ? r->first : add.first;
		add.end = r->end > add.end ? r->end : add.end;
		add.written |= r->written;
		*r = regions[--count]; // the sum may meet others
		i = 0;
	}
	regions[count] = add;
	return count + 1;
}

// The buffers of a stage that share its block, in the order in which they lie there.
static uint32_t regions_of(const struct gles_renderer *r, const struct gles_plan *plan,
	uint8_t stage, struct region regions[GLES_PLAN_BUFFERS], uint64_t *total) {
	uint32_t count = 0;
	for (uint32_t i = 0; i < plan->buffer_count; i++) {
		const struct gles_plan_buffer *use = &plan->buffers[i];
		const struct gles_bound_buffer *b = &r->draws->bound[stage].buffers[use->slot];
		uint64_t bytes = window(b, use);
		if (use->packed && use->stage == stage && bytes > 0) {
			count = add_region(regions, count,
				(struct region){ b, b->offset_bytes, b->offset_bytes + bytes, 0,
					use->written });
		}
	}
	*total = 0;
	for (uint32_t i = 0; i < count; i++) {
		regions[i].at = *total;
		*total += (regions[i].end - regions[i].first + PACK_ALIGN - 1) &
			~(uint64_t)(PACK_ALIGN - 1);
	}
	return count;
}

static bool pack_stage(struct gles_renderer *r, const struct gles_plan *plan, uint8_t stage,
	uint8_t binding) {
	struct gles_draws *d = r->draws;
	struct region regions[GLES_PLAN_BUFFERS];
	uint32_t align = (uint32_t)r->limits.storage_alignment;
	uint64_t total;
	uint32_t count = regions_of(r, plan, stage, regions, &total);
	if (total > PACK_MOST) {
		gles_refuse(r, GLES_REFUSE_PACK, "buffers too large to share a block");
		return false;
	}
	for (uint32_t i = 0; i < plan->buffer_count; i++) {
		const struct gles_plan_buffer *use = &plan->buffers[i];
		if (use->packed && use->stage == stage) {
			const struct gles_bound_buffer *b = &d->bound[stage].buffers[use->slot];
			const struct region *region = region_of(regions, count, b);
			uint64_t at =
				region != NULL ? region->at + b->offset_bytes - region->first : 0;
			d->packed[stage][use->slot][0] = (uint32_t)at;
			d->packed[stage][use->slot][1] = (uint32_t)window(b, use);
		}
	}
	struct gles_piece *pack = &d->pack[stage];
	total = total > PACK_ALIGN ? total : PACK_ALIGN;
	if (!gles_ring_take(r, total, align > PACK_ALIGN ? align : PACK_ALIGN, pack)) {
		gles_refuse(r, GLES_REFUSE_NO_MEMORY, "no memory for buffers that share a block");
		return false;
	}
	for (uint32_t i = 0; i < count; i++) {
		struct gles_buffer *buffer = regions[i].bound->buffer;
		uint64_t bytes = regions[i].end - regions[i].first;
		if (buffer->shadow) {
			struct pvg_gpu_span span = { &buffer->base, regions[i].first, bytes };
			gles_span_read(r, &span, bytes);
		}
		copy(r, buffer->id, regions[i].first, pack->buffer->id,
			pack->offset_bytes + regions[i].at, bytes);
	}
	gles_bind_storage(r, binding, pack->buffer->id, pack->offset_bytes, total);
	return true;
}

bool gles_pack_apply(struct gles_renderer *r, const struct pvg_gpu_program *program) {
	struct gles_draws *d = r->draws;
	const struct gles_plan *plan = &program->plan;
	uint64_t align = (uint64_t)r->limits.storage_alignment;
	for (uint8_t stage = 0; stage < GLES_STAGES; stage++) {
		const struct gles_plan_buffer *any = NULL;
		for (uint32_t i = 0; i < plan->buffer_count; i++) {
			const struct gles_plan_buffer *use = &plan->buffers[i];
			if (use->stage != stage || use->uniform) {
				continue;
			}
			any = use->packed ? use : any;
			if (!use->packed) { // words of the others are what they always are
				const struct gles_bound_buffer *b =
					&d->bound[stage].buffers[use->slot];
				d->packed[stage][use->slot][0] =
					(uint32_t)(b->offset_bytes & (align - 1));
				d->packed[stage][use->slot][1] = (uint32_t)b->size_bytes;
			}
		}
		if (any != NULL && !pack_stage(r, plan, stage, any->binding)) {
			return false;
		}
	}
	return true;
}

void gles_pack_return(struct gles_renderer *r, const struct pvg_gpu_program *program) {
	struct gles_draws *d = r->draws;
	bool waited = false;
	for (uint8_t stage = 0; stage < GLES_STAGES; stage++) {
		struct region regions[GLES_PLAN_BUFFERS];
		uint64_t total;
		uint32_t count = regions_of(r, &program->plan, stage, regions, &total);
		for (uint32_t i = 0; i < count; i++) {
			struct gles_buffer *buffer = regions[i].bound->buffer;
			const struct gles_piece *pack = &d->pack[stage];
			uint64_t bytes = regions[i].end - regions[i].first;
			if (!regions[i].written) {
				continue;
			}
			if (!waited) {
				glMemoryBarrier(GL_BUFFER_UPDATE_BARRIER_BIT);
				waited = true;
			}
			if (buffer->shadow) { // before it is written
				struct pvg_gpu_span span = { &buffer->base, regions[i].first,
					bytes };
				gles_span_written(r, &span, bytes);
			}
			copy(r, pack->buffer->id, pack->offset_bytes + regions[i].at, buffer->id,
				regions[i].first, bytes);
		}
	}
}
