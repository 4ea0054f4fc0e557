// SPDX-License-Identifier: GPL-2.0-or-later
#include "draw.h"

#include <string.h>

/*
 * Draws whose counts lie in a buffer (spec 03 section 4.1). What the CPU wrote is read here and
 * drawn as if the numbers had been given; what the GPU may have written stays there.
 */

static bool holds(const struct pvg_gpu_span *span, uint64_t bytes) {
	return span->offset_bytes <= span->buffer->size_bytes &&
		bytes <= span->buffer->size_bytes - span->offset_bytes;
}

static void draw_from_cpu(struct gles_renderer *r, const struct pvg_gpu_draw *draw) {
	const uint8_t *at = draw->indirect.buffer->map + draw->indirect.offset_bytes;
	uint32_t words[5];
	memcpy(words, at, draw->index_size != 0 ? 20 : 16);
	struct pvg_gpu_draw direct = *draw;
	direct.indirect = (struct pvg_gpu_span){ 0 };
	direct.count = words[0];
	direct.instances = words[1];
	if (draw->index_size == 0) {
		direct.first = words[2];
		direct.base_instance = words[3];
	} else {
		direct.indices.offset_bytes += (uint64_t)words[2] * draw->index_size;
		direct.base_vertex = (int32_t)words[3];
		direct.base_instance = words[4];
	}
	gles_draw_direct(r, &direct);
}

/* GL counts indices from the start of the buffer; the guest from where it bound it. */
static bool indices_from_start(struct gles_renderer *r, const struct pvg_gpu_span *indices,
	GLuint *buffer) {
	struct gles_buffer *from = gles_buffer(indices->buffer);
	if (indices->offset_bytes == 0) {
		*buffer = from->id;
		if (from->shadow) {
			gles_span_read(r, indices, 0);
		}
		return true;
	}
	struct gles_piece piece;
	uint64_t left = from->base.size_bytes - indices->offset_bytes;
	uint64_t bytes = indices->size_bytes < left ? indices->size_bytes : left;
	// A piece of its own begins a buffer.
	if (!gles_ring_take(r, bytes > GLES_RING_CHUNK_BYTES ? bytes : GLES_RING_CHUNK_BYTES + 1, 4,
		    &piece)) {
		gles_refuse(r, GLES_REFUSE_NO_MEMORY, "no memory for indices");
		return false;
	}
	if (from->shadow) {
		gles_span_read(r, indices, bytes);
	}
	gles_bind_buffer(r, GL_COPY_READ_BUFFER, from->id);
	gles_bind_buffer(r, GL_COPY_WRITE_BUFFER, piece.buffer->id);
	glCopyBufferSubData(GL_COPY_READ_BUFFER, GL_COPY_WRITE_BUFFER,
		(GLintptr)indices->offset_bytes, 0, (GLsizeiptr)bytes);
	*buffer = piece.buffer->id;
	return true;
}

/* Without GL_EXT_base_instance the base is not GL's business: zero, and a parameter. */
static bool without_base(struct gles_renderer *r, const struct pvg_gpu_span *given, bool indexed,
	struct gles_piece *command) {
	const struct gles_input *input = &r->draws->program->input;
	for (uint32_t i = 0; i < input->binding_count; i++) {
		if (input->bindings[i].divisor > 0) {
			gles_refuse(r, GLES_REFUSE_BASE_INSTANCE,
				"instanced attributes with a base that the GPU wrote need "
				"GL_EXT_base_instance: read from the first instance");
		}
	}
	if (!gles_ring_take(r, 32, 4, command)) {
		gles_refuse(r, GLES_REFUSE_NO_MEMORY, "no memory for counts");
		return false;
	}
	memset(command->map, 0, 32);
	gles_ring_wrote(r, command, 32);
	gles_bind_buffer(r, GL_COPY_READ_BUFFER, gles_buffer(given->buffer)->id);
	gles_bind_buffer(r, GL_COPY_WRITE_BUFFER, command->buffer->id);
	glCopyBufferSubData(GL_COPY_READ_BUFFER, GL_COPY_WRITE_BUFFER,
		(GLintptr)given->offset_bytes, (GLintptr)command->offset_bytes, indexed ? 16 : 12);
	return true;
}

void gles_draw_indirect(struct gles_renderer *r, const struct pvg_gpu_draw *draw,
	enum gles_rewrite rewrite) {
	static const GLenum modes[] = { GL_POINTS, GL_LINES, GL_LINE_STRIP, GL_TRIANGLES,
		GL_TRIANGLE_STRIP };
	bool indexed = draw->index_size != 0;
	if (draw->primitive > 4 || !holds(&draw->indirect, indexed ? 20 : 16) ||
		draw->indirect.offset_bytes % 4 != 0 || (indexed && draw->indices.buffer == NULL) ||
		(indexed && !holds(&draw->indices, 0))) {
		return;
	}
	if (!(draw->indirect.buffer->usage & PVG_GPU_BUFFER_READBACK)) {
		draw_from_cpu(r, draw);
		return;
	}
	struct gles_elements e = { .mode = modes[draw->primitive], .index_size = draw->index_size };
	struct gles_piece command = { gles_buffer(draw->indirect.buffer),
		draw->indirect.offset_bytes, NULL };
	if (command.buffer->shadow) {
		gles_span_read(r, &draw->indirect, indexed ? 20 : 16);
	}
	bool expand = rewrite != GLES_REWRITE_NONE && indexed;
	if (expand) {
		if (!gles_expand_indices(r, draw, rewrite, &e, &command)) {
			return;
		}
	} else if (indexed && !indices_from_start(r, &draw->indices, &e.buffer)) {
		return;
	}
	if (!gles_draw_apply(r, 0, 0, 0) ||
		(!expand && !r->ext.base_instance &&
			!without_base(r, &draw->indirect, indexed, &command))) {
		return;
	}
	gles_params_copy(r, &draw->indirect, indexed ? 3 : 2, 0);
	gles_params_copy(r, &draw->indirect, indexed ? 4 : 3, 1);
	gles_raster_restart(r,
		r->draws->has_opengl
			? gles_opengl_restarts(r->draws, draw, rewrite, &e)
			: indexed && (draw->primitive == 2 || draw->primitive == 4));
	glBindBuffer(GL_DRAW_INDIRECT_BUFFER, command.buffer->id);
	const void *offset = (const void *)(uintptr_t)command.offset_bytes;
	if (indexed) {
		gles_vertex_indices(r, e.buffer);
	}
	for (uint32_t round = 0; gles_raster_round(r, round); round++) {
		if (indexed) {
			glDrawElementsIndirect(e.mode,
				e.index_size == 2 ? GL_UNSIGNED_SHORT : GL_UNSIGNED_INT, offset);
		} else {
			glDrawArraysIndirect(e.mode, offset);
		}
	}
	if (r->draws->program->plan.any_packed) {
		gles_pack_return(r, r->draws->program);
	}
}
