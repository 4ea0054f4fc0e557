// SPDX-License-Identifier: GPL-2.0-or-later
#include "draw.h"

/*
 * More buffers than a stage has storage blocks: the translator puts some of them into one block
 * (PVG_SLOT_PACKED), and here they are copied together, and back when the shader wrote them. Rare.
 *
 * A word has one place only, so that what is written through one slot is there for the others and
 * nothing old is copied over it: parts of a buffer that overlap are one region, in all stages of
 * the program, and slots that have a block of their own get a window of the copy when one of the
 * two is written.
 */

#define PACK_ALIGN 16u
#define PACK_MOST (64u << 20)

static void copy(struct gles_renderer *r, GLuint from, uint64_t from_offset, GLuint to,
	uint64_t to_offset, uint64_t bytes) {
	gles_bind_buffer(r, GL_COPY_READ_BUFFER, from);
	gles_bind_buffer(r, GL_COPY_WRITE_BUFFER, to);
	glCopyBufferSubData(GL_COPY_READ_BUFFER, GL_COPY_WRITE_BUFFER, (GLintptr)from_offset,
		(GLintptr)to_offset, (GLsizeiptr)bytes);
}

/* ---- what is copied ------------------------------------------------------------------------ */

struct region { // part of a buffer
	struct gles_buffer *buffer; // borrowed
	uint64_t first, end; // in the buffer
	uint64_t at; // in the block
	bool written;
};

struct pack {
	struct region regions[GLES_PLAN_BUFFERS];
	uint32_t count;
	uint64_t bytes;
	bool moved[GLES_PLAN_BUFFERS]; // by the plan's order: the slot sees the copy
};

static const struct gles_bound_buffer *bound_of(const struct gles_renderer *r,
	const struct gles_plan_buffer *use) {
	return &r->draws->bound[use->stage].buffers[use->slot];
}

static uint64_t window(const struct gles_bound_buffer *b, const struct gles_plan_buffer *use) {
	uint64_t size = b->buffer != NULL ? b->size_bytes : 0;
	return use->bytes > 0 && use->bytes < size ? use->bytes : size;
}

static struct region region_of(const struct gles_renderer *r, const struct gles_plan_buffer *use) {
	const struct gles_bound_buffer *b = bound_of(r, use);
	return (struct region){ b->buffer, b->offset_bytes, b->offset_bytes + window(b, use), 0,
		use->written };
}

static struct region *meeting(struct pack *pack, const struct region *with) {
	for (uint32_t i = 0; i < pack->count; i++) {
		struct region *region = &pack->regions[i];
		if (region->buffer == with->buffer && region->first < with->end &&
			with->first < region->end) {
			return region;
		}
	}
	return NULL;
}

static void add(struct pack *pack, struct region region) {
	struct region *other;
	while ((other = meeting(pack, &region)) != NULL) { // the sum may meet others
		region.first = other->first < region.first ? other->first : region.first;
		region.end = other->end > region.end ? other->end : region.end;
		region.written |= other->written;
		*other = pack->regions[--pack->count];
	}
	pack->regions[pack->count++] = region;
}

static void plan_pack(const struct gles_renderer *r, const struct gles_plan *plan,
	struct pack *pack) {
	*pack = (struct pack){ 0 };
	for (uint32_t i = 0; i < plan->buffer_count; i++) {
		const struct gles_plan_buffer *use = &plan->buffers[i];
		struct region region = region_of(r, use);
		if (use->packed && region.end > region.first) {
			pack->moved[i] = true;
			add(pack, region);
		}
	}
	for (bool more = true; more;) { // one that is added may make another one's words common
		more = false;
		for (uint32_t i = 0; i < plan->buffer_count; i++) {
			const struct gles_plan_buffer *use = &plan->buffers[i];
			struct region region = region_of(r, use), *other;
			if (pack->moved[i] || use->packed || use->uniform ||
				region.end == region.first) {
				continue;
			}
			other = meeting(pack, &region);
			if (other != NULL && (other->written || region.written)) {
				pack->moved[i] = more = true;
				add(pack, region);
			}
		}
	}
	for (uint32_t i = 0; i < pack->count; i++) {
		struct region *region = &pack->regions[i];
		region->at = pack->bytes;
		pack->bytes += (region->end - region->first + PACK_ALIGN - 1) &
			~(uint64_t)(PACK_ALIGN - 1);
	}
	pack->bytes = pack->bytes > PACK_ALIGN ? pack->bytes : PACK_ALIGN;
}

/* ---- a draw's ------------------------------------------------------------------------------ */

// Where a slot's bytes are: in the block, or in a window of their own.
static void bind(struct gles_renderer *r, const struct gles_plan_buffer *use, struct pack *pack,
	bool moved) {
	struct gles_draws *d = r->draws;
	const struct gles_piece *piece = &d->pack;
	uint64_t align = (uint64_t)r->limits.storage_alignment;
	uint32_t *words = d->packed[use->stage][use->slot];
	struct region mine = region_of(r, use);
	const struct region *region = moved ? meeting(pack, &mine) : NULL;
	uint64_t bytes = mine.end - mine.first;
	uint64_t at = region != NULL ? region->at + mine.first - region->first : 0;
	if (use->packed) {
		gles_bind_storage(r, use->binding, piece->buffer->id, piece->offset_bytes,
			pack->bytes);
		words[0] = (uint32_t)at;
		words[1] = (uint32_t)bytes;
		return;
	}
	const struct gles_bound_buffer *b = bound_of(r, use);
	words[0] = (uint32_t)(b->offset_bytes & (align - 1));
	words[1] = (uint32_t)b->size_bytes;
	if (region != NULL) {
		uint64_t offset = piece->offset_bytes + at, over = offset & (align - 1);
		uint64_t whole = (bytes + over + 3) & ~UINT64_C(3);
		gles_bind_storage(r, use->binding, piece->buffer->id, offset - over, whole);
		words[0] = (uint32_t)over;
		words[1] = (uint32_t)bytes;
	}
}

bool gles_pack_apply(struct gles_renderer *r, const struct pvg_gpu_program *program) {
	struct gles_piece *piece = &r->draws->pack;
	const struct gles_plan *plan = &program->plan;
	uint32_t align = (uint32_t)r->limits.storage_alignment;
	struct pack pack;
	plan_pack(r, plan, &pack);
	if (pack.bytes > PACK_MOST) {
		gles_refuse(r, GLES_REFUSE_PACK, "buffers too large to share a block");
		return false;
	}
	if (!gles_ring_take(r, pack.bytes, align > PACK_ALIGN ? align : PACK_ALIGN, piece)) {
		gles_refuse(r, GLES_REFUSE_NO_MEMORY, "no memory for buffers that share a block");
		return false;
	}
	for (uint32_t i = 0; i < pack.count; i++) {
		const struct region *region = &pack.regions[i];
		uint64_t bytes = region->end - region->first;
		if (region->buffer->shadow) {
			struct pvg_gpu_span span = { &region->buffer->base, region->first, bytes };
			gles_span_read(r, &span, bytes);
		}
		copy(r, region->buffer->id, region->first, piece->buffer->id,
			piece->offset_bytes + region->at, bytes);
	}
	for (uint32_t i = 0; i < plan->buffer_count; i++) {
		if (!plan->buffers[i].uniform) {
			bind(r, &plan->buffers[i], &pack, pack.moved[i]);
		}
	}
	return true;
}

void gles_pack_return(struct gles_renderer *r, const struct pvg_gpu_program *program) {
	const struct gles_piece *piece = &r->draws->pack;
	bool waited = false;
	struct pack pack;
	plan_pack(r, &program->plan, &pack);
	for (uint32_t i = 0; i < pack.count; i++) {
		const struct region *region = &pack.regions[i];
		uint64_t bytes = region->end - region->first;
		if (!region->written) {
			continue;
		}
		if (!waited) {
			glMemoryBarrier(GL_BUFFER_UPDATE_BARRIER_BIT);
			waited = true;
		}
		if (region->buffer->shadow) { // before it is written
			struct pvg_gpu_span span = { &region->buffer->base, region->first, bytes };
			gles_span_written(r, &span, bytes);
		}
		copy(r, piece->buffer->id, piece->offset_bytes + region->at, region->buffer->id,
			region->first, bytes);
	}
}
