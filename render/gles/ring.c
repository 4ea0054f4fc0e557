// SPDX-License-Identifier: GPL-2.0-or-later
#include "draw.h"

#include <stdlib.h>

/*
 * Upload memory in chunks. A chunk is filled once, then waits until the last list that uses it is
 * complete: nothing here waits, and in steady state nothing is allocated.
 */

static struct gles_ring_chunk *take_free(struct gles_renderer *r, struct gles_ring *ring) {
	uint64_t completed = gles_completed(&r->base);
	for (struct gles_ring_chunk **at = &ring->chunks; *at != NULL; at = &(*at)->next) {
		struct gles_ring_chunk *chunk = *at;
		if (chunk->serial <= completed &&
			chunk->buffer->base.size_bytes == GLES_RING_CHUNK_BYTES) {
			*at = chunk->next;
			return chunk;
		}
	}
	return NULL;
}

static struct gles_ring_chunk *chunk_create(struct gles_renderer *r, uint64_t bytes) {
	struct gles_ring_chunk *chunk = calloc(1, sizeof(*chunk));
	if (chunk == NULL) {
		return NULL;
	}
	chunk->buffer = gles_buffer(gles_buffer_create(&r->base, bytes, PVG_GPU_BUFFER_UPLOAD));
	if (chunk->buffer == NULL) {
		free(chunk);
		return NULL;
	}
	return chunk;
}

static void chunk_destroy(struct gles_renderer *r, struct gles_ring_chunk *chunk) {
	gles_buffer_destroy(&r->base, &chunk->buffer->base);
	free(chunk);
}

/* Larger pieces have a chunk of their own, which goes when its list is complete. */
static void drop_large(struct gles_renderer *r, struct gles_ring *ring) {
	uint64_t completed = gles_completed(&r->base);
	for (struct gles_ring_chunk **at = &ring->chunks; *at != NULL;) {
		struct gles_ring_chunk *chunk = *at;
		if (chunk->serial <= completed &&
			chunk->buffer->base.size_bytes != GLES_RING_CHUNK_BYTES) {
			*at = chunk->next;
			chunk_destroy(r, chunk);
		} else {
			at = &chunk->next;
		}
	}
}

static bool take_large(struct gles_renderer *r, uint64_t bytes, struct gles_piece *piece) {
	struct gles_ring *ring = &r->draws->ring;
	drop_large(r, ring);
	// Never as long as a chunk, so that the two kinds can be told apart.
	struct gles_ring_chunk *chunk = chunk_create(r, bytes + GLES_RING_CHUNK_BYTES);
	if (chunk == NULL) {
		return false;
	}
	chunk->serial = r->serial;
	chunk->next = ring->chunks;
	ring->chunks = chunk;
	*piece = (struct gles_piece){ chunk->buffer, 0, chunk->buffer->base.map };
	return true;
}

bool gles_ring_take(struct gles_renderer *r, uint64_t bytes, uint32_t align,
	struct gles_piece *piece) {
	struct gles_ring *ring = &r->draws->ring;
	if (bytes > GLES_RING_CHUNK_BYTES) {
		return take_large(r, bytes, piece);
	}
	uint64_t at = (ring->used + align - 1) / align * align;
	if (ring->current == NULL || at + bytes > GLES_RING_CHUNK_BYTES) {
		struct gles_ring_chunk *chunk = take_free(r, ring);
		chunk = chunk != NULL ? chunk : chunk_create(r, GLES_RING_CHUNK_BYTES);
		if (chunk == NULL) {
			return false;
		}
		if (ring->current != NULL) {
			ring->current->next = ring->chunks;
			ring->chunks = ring->current;
		}
		ring->current = chunk;
		at = 0;
	}
	ring->used = at + bytes;
	ring->current->serial = r->serial;
	*piece = (struct gles_piece){ ring->current->buffer, at,
		ring->current->buffer->base.map + at };
	return true;
}

void gles_ring_wrote(struct gles_renderer *r, const struct gles_piece *piece, uint64_t bytes) {
	if (piece->buffer->shadow) {
		struct pvg_gpu_span span = {
			.buffer = &piece->buffer->base,
			.offset_bytes = piece->offset_bytes,
			.size_bytes = bytes,
		};
		gles_span_read(r, &span, bytes);
	}
}

void gles_ring_finish(struct gles_renderer *r, struct gles_ring *ring) {
	for (struct gles_ring_chunk *chunk = ring->chunks; chunk != NULL;) {
		struct gles_ring_chunk *next = chunk->next;
		chunk_destroy(r, chunk);
		chunk = next;
	}
	if (ring->current != NULL) {
		chunk_destroy(r, ring->current);
	}
	*ring = (struct gles_ring){ 0 };
}
