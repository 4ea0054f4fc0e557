// SPDX-License-Identifier: GPL-2.0-or-later
#include "draw.h"

#include <stdlib.h>
#include <string.h>

/* Vertex arrays: one for each layout of attributes, with what is bound to it last. */

static void attributes_set(const struct gles_input *input) {
	for (uint32_t i = 0; i < input->attribute_count; i++) {
		const struct gles_input_attribute *a = &input->attributes[i];
		glEnableVertexAttribArray(a->location);
		if (a->integer) {
			glVertexAttribIFormat(a->location, a->components, a->type, a->offset_bytes);
		} else {
			glVertexAttribFormat(a->location, a->components, a->type, a->normalized,
				a->offset_bytes);
		}
		glVertexAttribBinding(a->location, a->binding);
	}
	for (uint32_t i = 0; i < input->binding_count; i++) {
		glVertexBindingDivisor(i, input->bindings[i].divisor);
	}
}

static bool same_attributes(const struct gles_input *a, const struct gles_input *b) {
	if (a->attribute_count != b->attribute_count || a->binding_count != b->binding_count) {
		return false;
	}
	for (uint32_t i = 0; i < a->attribute_count; i++) {
		const struct gles_input_attribute *x = &a->attributes[i], *y = &b->attributes[i];
		if (x->location != y->location || x->binding != y->binding ||
			x->components != y->components || x->integer != y->integer ||
			x->normalized != y->normalized || x->type != y->type ||
			x->offset_bytes != y->offset_bytes) {
			return false;
		}
	}
	for (uint32_t i = 0; i < a->binding_count; i++) {
		// Which buffer, and its stride, are said with every bind.
		if (a->bindings[i].divisor != b->bindings[i].divisor) {
			return false;
		}
	}
	return true;
}

static struct gles_vertex_array *find_array(struct gles_renderer *r,
	const struct gles_input *input) {
	struct gles_draws *d = r->draws;
	for (struct gles_vertex_array *v = d->vertex_arrays; v != NULL; v = v->next) {
		if (same_attributes(&v->input, input)) {
			return v;
		}
	}
	struct gles_vertex_array *v = calloc(1, sizeof(*v));
	if (v == NULL) {
		return NULL;
	}
	v->input = *input;
	glGenVertexArrays(1, &v->id);
	gles_bind_vertex_array(r, v->id);
	attributes_set(input);
	v->next = d->vertex_arrays;
	d->vertex_arrays = v;
	return v;
}

static bool bind_slot(struct gles_renderer *r, struct gles_vertex_array *v, uint32_t index,
	const struct gles_input_binding *binding, uint32_t base_instance) {
	struct gles_draws *d = r->draws;
	const struct gles_bound_buffer *b = &d->bound[PVG_GPU_VERTEX].buffers[binding->slot];
	struct gles_buffer *buffer = b->buffer != NULL ? b->buffer : d->zeros;
	uint32_t stride = binding->constant ? 0
		: b->buffer == NULL         ? 0
		: b->has_stride             ? b->stride_bytes
					    : binding->stride_bytes;
	uint64_t offset = b->buffer != NULL ? b->offset_bytes : 0;
	if (binding->divisor > 0) {
		offset += (uint64_t)base_instance * stride; // it is not divided
	}
	if (offset >= buffer->base.size_bytes) {
		buffer = d->zeros;
		offset = stride = 0;
	}
	if (stride > (uint32_t)r->limits.attribute_stride) {
		return false; // such draws say wide_strides, and the function fetches
	}
	struct gles_vertex_binding *told = &v->bindings[index];
	if (buffer->shadow) {
		struct pvg_gpu_span span = { .buffer = &buffer->base, .offset_bytes = offset };
		gles_span_read(r, &span, b->buffer != NULL ? b->size_bytes : 0);
	}
	if (told->buffer != buffer->id || told->offset_bytes != offset ||
		told->stride_bytes != stride) {
		glBindVertexBuffer(index, buffer->id, (GLintptr)offset, (GLsizei)stride);
		*told = (struct gles_vertex_binding){ buffer->id, offset, stride };
	}
	return true;
}

bool gles_vertex_apply(struct gles_renderer *r, struct pvg_gpu_program *program,
	uint32_t base_instance) {
	struct gles_draws *d = r->draws;
	struct gles_vertex_array *v = program->vertex_array;
	if (v == NULL) {
		v = program->vertex_array = find_array(r, &program->input);
		if (v == NULL) {
			return false;
		}
	}
	gles_bind_vertex_array(r, v->id);
	const struct gles_input *input = &program->input;
	bool changed = (d->news & GLES_NEW_PROGRAM) != 0 || base_instance > 0 ||
		d->instances_moved || (d->bound[PVG_GPU_VERTEX].new_buffers & input->slots) != 0;
	if (!changed) {
		return true;
	}
	d->instances_moved = base_instance > 0;
	bool ok = true;
	for (uint32_t i = 0; i < input->binding_count; i++) {
		ok &= bind_slot(r, v, i, &input->bindings[i], base_instance);
	}
	return ok;
}

void gles_vertex_indices(struct gles_renderer *r, GLuint buffer) {
	struct gles_vertex_array *v = r->draws->program->vertex_array;
	if (v->indices != buffer) {
		glBindBuffer(GL_ELEMENT_ARRAY_BUFFER, buffer);
		v->indices = buffer;
	}
}

void gles_vertex_drop_buffer(struct gles_renderer *r, GLuint buffer) {
	for (struct gles_vertex_array *v = r->draws->vertex_arrays; v != NULL; v = v->next) {
		// What is not bound keeps a deleted buffer; a new one may get its name.
		v->indices = v->indices == buffer ? GLES_UNKNOWN : v->indices;
		for (uint32_t i = 0; i < 16; i++) {
			if (v->bindings[i].buffer == buffer) {
				v->bindings[i].buffer = GLES_UNKNOWN;
			}
		}
	}
}

void gles_vertex_finish(struct gles_renderer *r) {
	while (r->draws->vertex_arrays != NULL) {
		struct gles_vertex_array *v = r->draws->vertex_arrays;
		r->draws->vertex_arrays = v->next;
		gles_state_drop_vertex_array(r, v->id);
		glDeleteVertexArrays(1, &v->id);
		free(v);
	}
}
