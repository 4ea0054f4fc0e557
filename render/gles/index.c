// SPDX-License-Identifier: GPL-2.0-or-later
#include "draw.h"

#include <string.h>

/*
 * Indices as GL wants them. Metal takes flat values from the first vertex of a primitive and GLES
 * from the last, and GLES draws no triangles as lines: primitives are then written out as lists,
 * here where the CPU knows the indices (expand.c: where it does not).
 */

#define MOST16 0xffffu

// What comes in: indices, or numbers that count up.
struct source {
	const uint8_t *data; // NULL: no indices
	uint8_t size;
	uint32_t count;
	struct gles_restart restart; // .on only of indices
};

static uint32_t index_at(const struct source *s, uint32_t i) {
	if (s->data == NULL) {
		return i;
	}
	if (s->size == 2) {
		uint16_t value;
		memcpy(&value, s->data + i * 2u, sizeof(value));
		return value;
	}
	uint32_t value;
	memcpy(&value, s->data + i * 4u, sizeof(value));
	return value;
}

static bool is_restart(const struct source *s, uint32_t index) {
	return s->restart.on && index == s->restart.index;
}

struct sink {
	uint8_t *data;
	bool wide;
	uint32_t count;
};

static void put(struct sink *o, uint32_t index) {
	if (o->wide) {
		memcpy(o->data + o->count * 4u, &index, sizeof(index));
	} else {
		uint16_t narrow = (uint16_t)index;
		memcpy(o->data + o->count * 2u, &narrow, sizeof(narrow));
	}
	o->count++;
}

static void put_triangle(struct sink *o, enum gles_rewrite rewrite, uint32_t a, uint32_t b,
	uint32_t c) {
	if (rewrite != GLES_REWRITE_FIRST) {
		put(o, a);
	}
	put(o, b);
	put(o, c);
	if (rewrite == GLES_REWRITE_FIRST) {
		put(o, a);
	}
}

static void put_line(struct sink *o, enum gles_rewrite rewrite, uint32_t a, uint32_t b) {
	put(o, rewrite == GLES_REWRITE_FIRST ? b : a);
	put(o, rewrite == GLES_REWRITE_FIRST ? a : b);
}

// A list whose primitives have @size vertices; what a restart cuts off is none.
static void rewrite_list(const struct source *s, enum gles_rewrite rewrite, uint32_t size,
	struct sink *o) {
	uint32_t start = 0;
	for (uint32_t i = 0; i < s->count; i++) {
		uint32_t last = index_at(s, i);
		if (is_restart(s, last)) {
			start = i + 1;
		} else if (size == 1) {
			put(o, last);
		} else if (size == 2 && (i - start) % 2 == 1) {
			put_line(o, rewrite, index_at(s, i - 1), last);
		} else if (size == 3 && (i - start) % 3 == 2) {
			put_triangle(o, rewrite, index_at(s, i - 2), index_at(s, i - 1), last);
		}
	}
}

static void rewrite_strip(const struct source *s, enum gles_rewrite rewrite, struct sink *o) {
	uint32_t start = 0;
	for (uint32_t i = 0; i < s->count; i++) {
		uint32_t c = index_at(s, i);
		if (is_restart(s, c)) {
			start = i + 1;
			continue;
		}
		if (i < start + 2) {
			continue;
		}
		uint32_t a = index_at(s, i - 2), b = index_at(s, i - 1);
		// Every other triangle turns round; the oldest vertex stays the first, or the
		// newest one the last.
		if (((i - start) & 1) == 0) {
			put_triangle(o, rewrite, a, b, c);
		} else if (rewrite == GLES_REWRITE_LAST) {
			put_triangle(o, rewrite, b, a, c);
		} else {
			put_triangle(o, rewrite, a, c, b);
		}
	}
}

static void rewrite_line_strip(const struct source *s, enum gles_rewrite rewrite, struct sink *o) {
	for (uint32_t i = 1; i < s->count; i++) {
		uint32_t a = index_at(s, i - 1), b = index_at(s, i);
		if (!is_restart(s, a) && !is_restart(s, b)) {
			put_line(o, rewrite, a, b);
		}
	}
}

static uint64_t most_indices(uint8_t primitive, uint64_t count) {
	return primitive == 2    ? count * 2
		: primitive == 4 ? count * 3
				 : count;
}

static bool rewrite_into(struct gles_renderer *r, const struct source *s, uint8_t primitive,
	enum gles_rewrite rewrite, struct gles_elements *out) {
	bool wide = s->data == NULL ? s->count > MOST16 : s->size == 4;
	uint64_t bytes = most_indices(primitive, s->count) * (wide ? 4 : 2);
	struct gles_piece piece;
	if (bytes == 0) {
		return false;
	}
	if (bytes > GLES_INDEX_BYTES_MAX || !gles_ring_take(r, bytes, 4, &piece)) {
		gles_refuse(r, GLES_REFUSE_NO_MEMORY, "no memory for indices");
		return false;
	}
	struct sink o = { .data = piece.map, .wide = wide };
	if (primitive == 2) {
		rewrite_line_strip(s, rewrite, &o);
	} else if (primitive == 4) {
		rewrite_strip(s, rewrite, &o);
	} else {
		rewrite_list(s, rewrite, primitive == 0 ? 1 : primitive == 1 ? 2 : 3, &o);
	}
	gles_ring_wrote(r, &piece, bytes);
	*out = (struct gles_elements){
		.mode = primitive == 0  ? GL_POINTS
			: primitive < 3 ? GL_LINES
					: GL_TRIANGLES,
		.index_size = wide ? 4 : 2,
		.buffer = piece.buffer->id,
		.offset_bytes = piece.offset_bytes,
		.count = o.count,
	};
	return o.count > 0;
}

static const GLenum modes[] = { GL_POINTS, GL_LINES, GL_LINE_STRIP, GL_TRIANGLES,
	GL_TRIANGLE_STRIP };

static bool prepare_arrays(struct gles_renderer *r, const struct pvg_gpu_draw *draw,
	enum gles_rewrite rewrite, struct gles_elements *out) {
	if (rewrite == GLES_REWRITE_NONE) {
		*out = (struct gles_elements){
			.mode = modes[draw->primitive],
			.first = draw->first,
			.count = draw->count,
		};
		return true;
	}
	struct source s = { .count = draw->count };
	if (!rewrite_into(r, &s, draw->primitive, rewrite, out)) {
		return false;
	}
	// The number of a vertex has the base in it, as it had the first.
	out->base_vertex = (int32_t)draw->first;
	return true;
}

/* An offset that is no multiple of the index: GL takes none, so they are copied. */
static bool align_indices(struct gles_renderer *r, const struct pvg_gpu_span *indices,
	uint64_t bytes, struct gles_elements *out) {
	struct gles_piece piece;
	struct gles_buffer *buffer = gles_buffer(indices->buffer);
	if (!gles_ring_take(r, bytes, 4, &piece)) {
		gles_refuse(r, GLES_REFUSE_NO_MEMORY, "no memory for indices");
		return false;
	}
	if (buffer->base.usage & PVG_GPU_BUFFER_READBACK) {
		if (buffer->shadow) {
			gles_span_read(r, indices, bytes);
		}
		gles_bind_buffer(r, GL_COPY_READ_BUFFER, buffer->id);
		gles_bind_buffer(r, GL_COPY_WRITE_BUFFER, piece.buffer->id);
		glCopyBufferSubData(GL_COPY_READ_BUFFER, GL_COPY_WRITE_BUFFER,
			(GLintptr)indices->offset_bytes, (GLintptr)piece.offset_bytes,
			(GLsizeiptr)bytes);
	} else {
		memcpy(piece.map, buffer->base.map + indices->offset_bytes, bytes);
		gles_ring_wrote(r, &piece, bytes);
	}
	out->buffer = piece.buffer->id;
	out->offset_bytes = piece.offset_bytes;
	return true;
}

bool gles_index_prepare(struct gles_renderer *r, const struct pvg_gpu_draw *draw,
	enum gles_rewrite rewrite, struct gles_elements *out) {
	if (draw->primitive >= sizeof(modes) / sizeof(modes[0]) || draw->count == 0) {
		return false;
	}
	if (draw->index_size == 0) {
		return prepare_arrays(r, draw, rewrite, out);
	}
	struct gles_buffer *buffer = gles_buffer(draw->indices.buffer);
	uint64_t bytes = (uint64_t)draw->count * draw->index_size;
	if (buffer == NULL || draw->indices.offset_bytes > buffer->base.size_bytes ||
		bytes > buffer->base.size_bytes - draw->indices.offset_bytes) {
		return false;
	}
	if (rewrite != GLES_REWRITE_NONE && buffer->base.usage & PVG_GPU_BUFFER_READBACK) {
		return gles_expand_indices(r, draw, rewrite, out, NULL);
	}
	if (rewrite != GLES_REWRITE_NONE) {
		struct source s = {
			.data = buffer->base.map + draw->indices.offset_bytes,
			.size = draw->index_size,
			.count = draw->count,
			.restart = gles_restart_of(&r->draws->opengl, draw),
		};
		bool ok = rewrite_into(r, &s, draw->primitive, rewrite, out);
		out->base_vertex = draw->base_vertex;
		return ok;
	}
	*out = (struct gles_elements){
		.mode = modes[draw->primitive],
		.index_size = draw->index_size,
		.buffer = buffer->id,
		.offset_bytes = draw->indices.offset_bytes,
		.count = draw->count,
		.base_vertex = draw->base_vertex,
	};
	if (draw->indices.offset_bytes % draw->index_size != 0) {
		return align_indices(r, &draw->indices, bytes, out);
	}
	if (buffer->shadow) {
		gles_span_read(r, &draw->indices, bytes);
	}
	return true;
}
