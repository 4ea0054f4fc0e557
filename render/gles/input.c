// SPDX-License-Identifier: GPL-2.0-or-later
#include "pipeline.h"

#include <stdio.h>

/* Vertex input: what GL fetches, and what it cannot (spec 03 section 9.12). */

#define GLES_INPUTS 16u // attributes and bindings that GLES 3.2 promises

enum kind {
	NONE,
	INTEGER, // read as integers, or as floats of the same value
	NORMALIZED,
	REAL,
	PULLED, // GL has no such format
};

struct format {
	uint8_t kind, components;
	GLenum type;
};

// By MTLVertexFormat (spec 02 section 6.2).
static const struct format formats[] = {
	[1] = { INTEGER, 2, GL_UNSIGNED_BYTE },
	{ INTEGER, 3, GL_UNSIGNED_BYTE },
	{ INTEGER, 4, GL_UNSIGNED_BYTE },
	[4] = { INTEGER, 2, GL_BYTE },
	{ INTEGER, 3, GL_BYTE },
	{ INTEGER, 4, GL_BYTE },
	[7] = { NORMALIZED, 2, GL_UNSIGNED_BYTE },
	{ NORMALIZED, 3, GL_UNSIGNED_BYTE },
	{ NORMALIZED, 4, GL_UNSIGNED_BYTE },
	[10] = { NORMALIZED, 2, GL_BYTE },
	{ NORMALIZED, 3, GL_BYTE },
	{ NORMALIZED, 4, GL_BYTE },
	[13] = { INTEGER, 2, GL_UNSIGNED_SHORT },
	{ INTEGER, 3, GL_UNSIGNED_SHORT },
	{ INTEGER, 4, GL_UNSIGNED_SHORT },
	[16] = { INTEGER, 2, GL_SHORT },
	{ INTEGER, 3, GL_SHORT },
	{ INTEGER, 4, GL_SHORT },
	[19] = { NORMALIZED, 2, GL_UNSIGNED_SHORT },
	{ NORMALIZED, 3, GL_UNSIGNED_SHORT },
	{ NORMALIZED, 4, GL_UNSIGNED_SHORT },
	[22] = { NORMALIZED, 2, GL_SHORT },
	{ NORMALIZED, 3, GL_SHORT },
	{ NORMALIZED, 4, GL_SHORT },
	[25] = { REAL, 2, GL_HALF_FLOAT },
	{ REAL, 3, GL_HALF_FLOAT },
	{ REAL, 4, GL_HALF_FLOAT },
	[28] = { REAL, 1, GL_FLOAT },
	{ REAL, 2, GL_FLOAT },
	{ REAL, 3, GL_FLOAT },
	{ REAL, 4, GL_FLOAT },
	[32] = { INTEGER, 1, GL_INT },
	{ INTEGER, 2, GL_INT },
	{ INTEGER, 3, GL_INT },
	{ INTEGER, 4, GL_INT },
	[36] = { INTEGER, 1, GL_UNSIGNED_INT },
	{ INTEGER, 2, GL_UNSIGNED_INT },
	{ INTEGER, 3, GL_UNSIGNED_INT },
	{ INTEGER, 4, GL_UNSIGNED_INT },
	[40] = { NORMALIZED, 4, GL_INT_2_10_10_10_REV },
	{ NORMALIZED, 4, GL_UNSIGNED_INT_2_10_10_10_REV },
	[42] = { PULLED, 4, 0 }, // BGRA order
	[45] = { INTEGER, 1, GL_UNSIGNED_BYTE },
	{ INTEGER, 1, GL_BYTE },
	{ NORMALIZED, 1, GL_UNSIGNED_BYTE },
	{ NORMALIZED, 1, GL_BYTE },
	[49] = { INTEGER, 1, GL_UNSIGNED_SHORT },
	{ INTEGER, 1, GL_SHORT },
	{ NORMALIZED, 1, GL_UNSIGNED_SHORT },
	{ NORMALIZED, 1, GL_SHORT },
	[53] = { REAL, 1, GL_HALF_FLOAT },
	[54] = { PULLED, 3, 0 },
	{ PULLED, 3, 0 }, // RG11B10 and RGB9E5
};

static const struct format *format_of(uint8_t format) {
	static const struct format none = { NONE, 0, 0 };
	return format < sizeof(formats) / sizeof(formats[0]) ? &formats[format] : &none;
}

static bool fetched_by_gl(const struct gles_renderer *r, const struct pvg_gpu_attribute *a,
	const struct pvg_gpu_layout *layout, bool kernel) {
	const struct format *f = format_of(a->format);
	// Metal rounds -128 and -127 alike; GLES 3.2 does too. Nothing to convert there.
	return !kernel && f->kind != PULLED && a->location < GLES_INPUTS &&
		a->offset_bytes <= (uint32_t)r->limits.attribute_offset &&
		layout->stride_bytes <= (uint32_t)r->limits.attribute_stride &&
		layout->step <= PVG_STEP_INSTANCE;
}

uint32_t gles_input_pulled(const struct gles_renderer *r, const struct pvg_gpu_vertex_desc *desc,
	bool all, struct pvg_shader_attribute *out) {
	uint32_t count = 0;
	for (uint32_t i = 0; i < desc->attribute_count && i < PVG_GPU_ATTRIBUTES; i++) {
		const struct pvg_gpu_attribute *a = &desc->attributes[i];
		if (!a->used || a->buffer >= PVG_GPU_BUFFERS) {
			continue;
		}
		const struct pvg_gpu_layout *layout = &desc->layouts[a->buffer];
		if (fetched_by_gl(r, a, layout, all)) {
			continue;
		}
		out[count++] = (struct pvg_shader_attribute){
			.location = a->location,
			.format = a->format,
			.buffer = a->buffer,
			.step = layout->step,
			.offset_bytes = a->offset_bytes,
			.stride_bytes = PVG_STRIDE_DYNAMIC,
			.step_rate = layout->rate,
		};
	}
	return count;
}

static const struct pvg_gpu_attribute *find(const struct pvg_gpu_vertex_desc *desc,
	uint8_t location) {
	for (uint32_t i = 0; i < desc->attribute_count && i < PVG_GPU_ATTRIBUTES; i++) {
		if (desc->attributes[i].used && desc->attributes[i].location == location) {
			return &desc->attributes[i];
		}
	}
	return NULL;
}

static uint8_t binding_of(const struct pvg_gpu_vertex_desc *desc, uint8_t slot,
	struct gles_input *input) {
	for (uint8_t i = 0; i < input->binding_count; i++) {
		if (input->bindings[i].slot == slot) {
			return i;
		}
	}
	const struct pvg_gpu_layout *layout = &desc->layouts[slot];
	bool constant = layout->step == PVG_STEP_CONSTANT ||
		(layout->step == PVG_STEP_INSTANCE && layout->rate == 0);
	input->bindings[input->binding_count] = (struct gles_input_binding){
		.slot = slot,
		.constant = constant,
		.stride_bytes = constant ? 0 : layout->stride_bytes,
		.divisor = layout->step == PVG_STEP_INSTANCE ? layout->rate : 0,
	};
	input->slots |= 1u << slot;
	return input->binding_count++;
}

bool gles_input_make(const struct pvg_gpu_vertex_desc *desc, const struct pvg_reflection *vertex,
	struct gles_input *input, char *why, size_t why_bytes) {
	*input = (struct gles_input){ 0 };
	for (uint32_t i = 0; i < vertex->attribute_count; i++) {
		const struct pvg_reflection_attribute *want = &vertex->attributes[i];
		const struct pvg_gpu_attribute *a = find(desc, want->location);
		if (want->pulled) {
			continue;
		}
		const struct format *f = a != NULL ? format_of(a->format) : NULL;
		bool integer = want->value_class != PVG_CLASS_FLOAT;
		if (f == NULL || f->kind == NONE || f->kind == PULLED ||
			want->location >= GLES_INPUTS) {
			snprintf(why, why_bytes, "attribute %u: not in the vertex descriptor",
				want->location);
			return false;
		}
		if (integer && f->kind != INTEGER) {
			snprintf(why, why_bytes, "attribute %u: format %u read as an integer",
				want->location, a->format);
			return false;
		}
		input->attributes[input->attribute_count++] = (struct gles_input_attribute){
			.location = want->location,
			.binding = binding_of(desc, a->buffer, input),
			.components = f->components,
			.integer = integer,
			.normalized = f->kind == NORMALIZED,
			.type = f->type,
			.offset_bytes = a->offset_bytes,
		};
	}
	return true;
}
