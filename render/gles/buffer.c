// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Buffers that the CPU sees at any time: mapped persistently and coherently where the host has
 * EXT_buffer_storage. Elsewhere .map is memory of ours (shadow): what a list reads goes to GL when
 * the list is submitted, what it writes comes back after its fence.
 */
#include <stdlib.h>
#include <string.h>

#include "render/gles/gles.h"
#include "render/gles/timeline.h"

// Offsets and sizes are signed in GL, and nothing that a guest may own comes near this.
#define BUFFER_BYTES_MAX 0x7fffffff

struct pvg_gpu_buffer *gles_buffer_create(struct pvg_renderer *renderer, uint64_t size_bytes,
	uint32_t usage) {
	struct gles_renderer *r = gles_renderer(renderer);
	if (size_bytes == 0 || size_bytes > BUFFER_BYTES_MAX) {
		pvg_info("gles: buffer of %llu bytes refused", (unsigned long long)size_bytes);
		return NULL;
	}
	struct gles_buffer *buffer = calloc(1, sizeof(*buffer));
	if (buffer == NULL) {
		return NULL;
	}
	buffer->base.size_bytes = size_bytes;
	buffer->base.usage = usage;
	buffer->shadow = !r->ext.buffer_storage;
	glGenBuffers(1, &buffer->id);
	gles_bind_buffer(r, GL_COPY_WRITE_BUFFER, buffer->id);
	GLsizeiptr size = (GLsizeiptr)size_bytes;
	while (glGetError() == GL_OUT_OF_MEMORY) {
	}
	if (buffer->shadow) {
		buffer->base.map = calloc(1, size_bytes);
		if (buffer->base.map != NULL) {
			glBufferData(GL_COPY_WRITE_BUFFER, size, buffer->base.map, GL_DYNAMIC_DRAW);
		}
	} else {
		GLbitfield map = GL_MAP_READ_BIT | GL_MAP_WRITE_BIT | GL_MAP_PERSISTENT_BIT_EXT |
			GL_MAP_COHERENT_BIT_EXT;
		// Reads by the CPU need cached memory.
		GLbitfield place = usage & PVG_GPU_BUFFER_READBACK ? GL_CLIENT_STORAGE_BIT_EXT : 0;
		r->gl.buffer_storage(GL_COPY_WRITE_BUFFER, size, NULL, map | place);
		buffer->base.map = glMapBufferRange(GL_COPY_WRITE_BUFFER, 0, size, map);
		if (buffer->base.map != NULL) {
			memset(buffer->base.map, 0,
				size_bytes); // drivers give what was there before
		}
	}
	if (buffer->base.map == NULL || glGetError() == GL_OUT_OF_MEMORY) {
		pvg_error("gles: no memory for a buffer of %llu bytes",
			(unsigned long long)size_bytes);
		gles_buffer_destroy(renderer, &buffer->base);
		return NULL;
	}
	return &buffer->base;
}

static void buffer_free(struct gles_renderer *r, struct gles_buffer *buffer) {
	gles_draws_drop_buffer(r, buffer);
	gles_state_drop_buffer(r, buffer->id);
	glDeleteBuffers(1, &buffer->id); // unmaps
	if (buffer->shadow) {
		free(buffer->base.map);
	}
	free(buffer);
}

static void dirty_remove(struct gles_renderer *r, size_t index) {
	r->dirty[index] = r->dirty[--r->dirty_count];
}

void gles_buffer_destroy(struct pvg_renderer *renderer, struct pvg_gpu_buffer *base) {
	struct gles_renderer *r = gles_renderer(renderer);
	if (base == NULL) {
		return;
	}
	struct gles_buffer *buffer = gles_buffer(base);
	gles_queries_drop_buffer(r, buffer);
	for (size_t i = r->dirty_count; i-- > 0;) {
		if (r->dirty[i].buffer == buffer) {
			dirty_remove(r, i);
		}
	}
	buffer_free(r, buffer);
}

static void shadow_range(const struct pvg_gpu_span *span, uint64_t bytes, uint64_t *first,
	uint64_t *end) {
	uint64_t size = span->buffer->size_bytes;
	*first = span->offset_bytes < size ? span->offset_bytes : size;
	*end = bytes == 0 || bytes > size - *first ? size : *first + bytes;
}

// What a list wrote and nobody fetched is newer in GL than in the shadow: ranges from @index on
// are left out.
static void shadow_upload(struct gles_renderer *r, struct gles_buffer *buffer, uint64_t first,
	uint64_t end, size_t index) {
	for (; first < end && index < r->dirty_count; index++) {
		const struct gles_dirty *d = &r->dirty[index];
		if (d->buffer != buffer || d->end <= first || d->first >= end) {
			continue;
		}
		if (d->first > first) {
			shadow_upload(r, buffer, first, d->first, index + 1);
		}
		first = d->end;
	}
	if (first < end) {
		glBufferSubData(GL_COPY_WRITE_BUFFER, (GLintptr)first, (GLsizeiptr)(end - first),
			buffer->base.map + first);
	}
}

void gles_span_read(struct gles_renderer *r, const struct pvg_gpu_span *span, uint64_t bytes) {
	struct gles_buffer *buffer = span->buffer != NULL ? gles_buffer(span->buffer) : NULL;
	if (buffer == NULL || !buffer->shadow) {
		return;
	}
	uint64_t first, end;
	shadow_range(span, bytes, &first, &end);
	// Whole words: NVIDIA's driver lost an update of a single byte.
	first &= ~3ull;
	end = buffer->base.size_bytes - end < 4 ? buffer->base.size_bytes : (end + 3) & ~3ull;
	gles_bind_buffer(r, GL_COPY_WRITE_BUFFER, buffer->id);
	shadow_upload(r, buffer, first, end, 0);
}

void gles_span_written(struct gles_renderer *r, const struct pvg_gpu_span *span, uint64_t bytes) {
	struct gles_buffer *buffer = span->buffer != NULL ? gles_buffer(span->buffer) : NULL;
	if (buffer == NULL || !buffer->shadow) {
		return;
	}
	struct gles_dirty d = { .buffer = buffer, .serial = r->serial };
	shadow_range(span, bytes, &d.first, &d.end);
	if (d.first == d.end) {
		return;
	}
	// All of it is fetched, also what the list leaves alone.
	gles_span_read(r, span, bytes);
	for (size_t i = 0; i < r->dirty_count; i++) {
		struct gles_dirty *other = &r->dirty[i];
		if (other->buffer == buffer && other->first <= d.first && other->end >= d.end) {
			other->serial = r->serial;
			return;
		}
	}
	if (r->dirty_count == r->dirty_room) {
		size_t room = r->dirty_room == 0 ? 16 : r->dirty_room * 2;
		struct gles_dirty *more = realloc(r->dirty, room * sizeof(*more));
		if (more == NULL) {
			pvg_error("gles: no memory: what list %llu writes stays on the GPU",
				(unsigned long long)r->serial);
			return;
		}
		r->dirty = more;
		r->dirty_room = room;
	}
	r->dirty[r->dirty_count++] = d;
}

void gles_buffers_completed(struct gles_renderer *r, uint64_t serial) {
	for (size_t i = r->dirty_count; i-- > 0;) {
		struct gles_dirty d = r->dirty[i];
		if (d.serial > serial) {
			continue;
		}
		gles_bind_buffer(r, GL_COPY_READ_BUFFER, d.buffer->id);
		void *from = glMapBufferRange(GL_COPY_READ_BUFFER, (GLintptr)d.first,
			(GLsizeiptr)(d.end - d.first), GL_MAP_READ_BIT);
		if (from != NULL) {
			memcpy(d.buffer->base.map + d.first, from, d.end - d.first);
			glUnmapBuffer(GL_COPY_READ_BUFFER);
		}
		dirty_remove(r, i);
	}
}

void gles_buffers_finish(struct gles_renderer *r) {
	free(r->dirty);
	r->dirty = NULL;
	r->dirty_count = r->dirty_room = 0;
}
