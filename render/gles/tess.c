// SPDX-License-Identifier: GPL-2.0-or-later
#include "draw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Tessellation (spec 03 sections 4.2 and 12.2). Metal has no stages in front of its
 * post-tessellation vertex function: a vertex stage that only knows the instance, and a control
 * stage that reads the factor buffer, are made here. A patch is one GL vertex; control points are
 * read in the function.
 */

const char gles_tess_vertex[] = "#version 320 es\n"
				"flat out highp int pvg_of_vertex;\n"
				"void main()\n"
				"{\n"
				"    gl_Position = vec4(0.0);\n"
				"    pvg_of_vertex = gl_InstanceID;\n"
				"}\n";

// pvg_tess: offset of the factors in bytes, first patch, bytes between instances, base instance.
static const char head[] = "#version 320 es\n"
			   "layout(vertices = 1) out;\n"
			   "layout(binding = 0, std430) readonly buffer pvg_factors\n"
			   "{\n"
			   "    highp uint words[];\n"
			   "} factors;\n"
			   "uniform highp uvec4 pvg_tess;\n"
			   "uniform highp float pvg_scale;\n"
			   "flat in highp int pvg_of_vertex[];\n";

static const char half_factor[] = "highp float factor(highp uint base, highp uint n)\n"
				  "{\n"
				  "    highp uint at = base + n * 2u;\n"
				  "    highp vec2 pair = unpackHalf2x16(factors.words[at >> 2u]);\n"
				  "    return (at & 2u) != 0u ? pair.y : pair.x;\n"
				  "}\n";

static const char float_factor[] = "highp float factor(highp uint base, highp uint n)\n"
				   "{\n"
				   "    return uintBitsToFloat(factors.words[(base >> 2u) + n]);\n"
				   "}\n";

char *gles_tess_control(const struct pvg_gpu_tessellation_desc *desc, bool quad,
	bool wants_instance) {
	// By MTLTessellationFactorStepFunction.
	static const char *const steps[] = {
		"0u",
		"patch_number * size",
		"instance * size",
		"patch_number * size + instance * pvg_tess.z",
	};
	uint32_t factors = quad ? 6 : 4, bytes = desc->factor_format == 0 ? 2 : 4;
	uint32_t most = desc->max_factor > 0 && desc->max_factor <= 64 ? desc->max_factor : 64;
	size_t room = 4096;
	char *text = malloc(room);
	if (text == NULL) {
		return NULL;
	}
	int n = snprintf(text, room,
		"%s%s%s"
		"highp float level(highp float f)\n"
		"{\n"
		"    highp float x = f%s;\n"
		"    x = x > 0.0 ? min(x, %u.0) : 0.0;\n" // not a number is no patch either
		"    return %s;\n"
		"}\n"
		"void main()\n"
		"{\n"
		"    const highp uint size = %uu;\n"
		"    highp uint patch_number = uint(gl_PrimitiveID) + pvg_tess.y;\n"
		"    highp uint instance = uint(pvg_of_vertex[0]);\n"
		"    highp uint base = pvg_tess.x + %s;\n",
		head, wants_instance ? "patch out highp uint pvg_instance;\n" : "",
		bytes == 2 ? half_factor : float_factor, desc->scale ? " * pvg_scale" : "", most,
		desc->partition == 0 ? "x > 1.0 ? exp2(ceil(log2(x))) : x" : "x", factors * bytes,
		steps[desc->factor_step & 3]);
	for (uint32_t i = 0; i < (quad ? 4u : 3u) && n > 0; i++) {
		n += snprintf(text + n, room - (size_t)n,
			"    gl_TessLevelOuter[%u] = level(factor(base, %uu));\n", i, i);
	}
	for (uint32_t i = 0; i < (quad ? 2u : 1u) && n > 0; i++) {
		// An inner level below one is one; none at all would cull nothing in Metal.
		n += snprintf(text + n, room - (size_t)n,
			"    gl_TessLevelInner[%u] = max(level(factor(base, %uu)), 1.0);\n", i,
			i + (quad ? 4u : 3u));
	}
	snprintf(text + n, room - (size_t)n, "%s}\n",
		wants_instance ? "    pvg_instance = instance + pvg_tess.w;\n" : "");
	return text;
}

static bool bind_factors(struct gles_renderer *r, const struct pvg_gpu_span *factors,
	uint32_t *over) {
	struct gles_buffer *buffer = gles_buffer(factors->buffer);
	if (buffer == NULL || factors->offset_bytes >= buffer->base.size_bytes) {
		return false;
	}
	uint64_t align = (uint64_t)r->limits.storage_alignment;
	uint64_t first = factors->offset_bytes & ~(align - 1);
	*over = (uint32_t)(factors->offset_bytes - first);
	uint64_t left = buffer->base.size_bytes - first;
	uint64_t size = (factors->size_bytes + *over + 3) & ~UINT64_C(3);
	size = size < left ? size : left;
	if (buffer->shadow) {
		gles_span_read(r, factors, 0);
	}
	gles_bind_storage(r, 0, buffer->id, first, size);
	return true;
}

static void draw_patches(struct gles_renderer *r, const struct pvg_gpu_patches *p) {
	struct gles_draws *d = r->draws;
	struct pvg_gpu_program *program = d->program;
	uint32_t over;
	if (p->count == 0 || p->instances == 0 || p->count > INT32_MAX ||
		p->instances > INT32_MAX) {
		return;
	}
	if (!bind_factors(r, &p->factors, &over)) {
		return; // no factors: every patch is culled
	}
	if (!gles_draw_apply(r, 0, p->base_instance, p->first)) {
		return;
	}
	glUniform4ui(program->tess, over, p->first, (GLuint)p->factor_instance_stride,
		p->base_instance);
	if (program->tess_scale >= 0) {
		glUniform1f(program->tess_scale, p->factor_scale);
	}
	glPatchParameteri(GL_PATCH_VERTICES, 1);
	glDrawArraysInstanced(GL_PATCHES, 0, (GLsizei)p->count, (GLsizei)p->instances);
	if (program->plan.any_packed) {
		gles_pack_return(r, program);
	}
}

void gles_cmd_patches(struct gles_renderer *r, const struct pvg_gpu_patches *patches) {
	struct gles_draws *d = r->draws;
	if (!r->pass.open || d->program == NULL || d->program->pipeline->compute ||
		!d->program->pipeline->info.tessellates) {
		return;
	}
	if (patches->patch_indices.buffer != NULL ||
		patches->control_point_indices.buffer != NULL) {
		gles_refuse(r, GLES_REFUSE_PATCH_INDICES, "patches by index: not drawn");
		return;
	}
	struct pvg_gpu_patches direct = *patches;
	if (patches->indirect.buffer != NULL) {
		const struct pvg_gpu_span *from = &patches->indirect;
		if (from->offset_bytes > from->buffer->size_bytes ||
			from->buffer->size_bytes - from->offset_bytes < 16) {
			return;
		}
		if (from->buffer->usage & PVG_GPU_BUFFER_READBACK) {
			gles_refuse(r, GLES_REFUSE_INDIRECT,
				"patch counts that the GPU may write: not drawn");
			return;
		}
		uint32_t words[4];
		memcpy(words, from->buffer->map + from->offset_bytes, sizeof(words));
		direct.count = words[0];
		direct.instances = words[1];
		direct.first = words[2];
		direct.base_instance = words[3];
	}
	draw_patches(r, &direct);
}
