// SPDX-License-Identifier: GPL-2.0-or-later
#include "draw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/gles/text.h"

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

/*
 * pvg_tess[0]: offset of the factors in bytes, first patch, bytes between instances, base instance.
 * pvg_tess[1]: factor scale, offset of patch indices in words and of control point indices in
 * bytes, control points of a patch.
 */
static const char head[] = "#version 320 es\n"
			   "layout(vertices = 1) out;\n"
			   "layout(binding = 0, std140) uniform pvg_tess_block\n"
			   "{\n"
			   "    highp uvec4 pvg_tess[2];\n"
			   "};\n"
			   "layout(binding = 0, std430) readonly buffer pvg_factors\n"
			   "{\n"
			   "    highp uint words[];\n"
			   "} factors;\n"
			   "flat in highp int pvg_of_vertex[];\n";

static const char patch_head[] = "layout(binding = 1, std430) readonly buffer pvg_patches\n"
				 "{\n"
				 "    highp uint words[];\n"
				 "} patches;\n"
				 "patch out highp int pvg_patch_index;\n";

static const char control_head[] = "layout(binding = 2, std430) readonly buffer pvg_controls\n"
				   "{\n"
				   "    highp uint words[];\n"
				   "} controls;\n"
				   "patch out highp uvec4 pvg_control[8];\n";

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

static const char half_index[] =
	"highp uint control(highp uint n)\n"
	"{\n"
	"    highp uint at = pvg_tess[1].z + n * 2u;\n"
	"    return controls.words[at >> 2u] >> (at & 2u) * 8u & 0xffffu;\n"
	"}\n";

static const char word_index[] = "highp uint control(highp uint n)\n"
				 "{\n"
				 "    return controls.words[(pvg_tess[1].z >> 2u) + n];\n"
				 "}\n";

/* Whose control points, and which, when not those of the patch's place in the draw. */
static void say_indices(struct gles_text *t, uint32_t points, bool patch_indices, bool controls) {
	if (patch_indices) {
		// The function adds the first patch to what it takes for gl_PrimitiveID.
		gles_text_say(t,
			"    highp uint number = patches.words[pvg_tess[1].y + patch_number];\n"
			"    pvg_patch_index = int(number - pvg_tess[0].y);\n");
	} else if (controls) {
		gles_text_say(t, "    highp uint number = patch_number;\n");
	}
	for (uint32_t i = 0; controls && i < points; i += 4) {
		gles_text_say(t, "    pvg_control[%u] = uvec4(", i / 4);
		for (uint32_t k = i; k < i + 4; k++) {
			gles_text_say(t, "control(number * pvg_tess[1].w + %uu)%s",
				k < points ? k : points - 1, k < i + 3 ? ", " : ");\n");
		}
	}
}

char *gles_tess_control(const struct pvg_gpu_tessellation_desc *desc,
	const struct pvg_reflection *function, bool patch_indices) {
	// By MTLTessellationFactorStepFunction. Factors go by the place in the draw, also with
	// indices.
	static const char *const steps[] = {
		"0u",
		"patch_number * size",
		"instance * size",
		"patch_number * size + instance * pvg_tess[0].z",
	};
	bool quad = function->patch == PVG_PATCH_QUAD;
	bool instance = (function->flags & PVG_REFLECT_PATCH_INSTANCE) != 0;
	bool controls = desc->control_point_index != 0;
	uint32_t points = function->control_points < 32 ? function->control_points : 32;
	uint32_t factors = quad ? 6 : 4, bytes = desc->factor_format == 0 ? 2 : 4;
	uint32_t most = desc->max_factor > 0 && desc->max_factor <= 64 ? desc->max_factor : 64;
	struct gles_text t = { .room = 8192 };
	t.at = malloc(t.room);
	if (t.at == NULL) {
		return NULL;
	}
	gles_text_say(&t, "%s%s%s%s%s%s", head, patch_indices ? patch_head : "",
		controls ? control_head : "",
		instance ? "patch out highp uint pvg_instance;\n" : "",
		bytes == 2 ? half_factor : float_factor,
		!controls                                ? ""
			: desc->control_point_index == 2 ? word_index
							 : half_index);
	gles_text_say(&t,
		"highp float level(highp float f)\n"
		"{\n"
		"    highp float x = f%s;\n"
		"    x = x > 0.0 ? min(x, %u.0) : 0.0;\n" // not a number is no patch either
		"    return %s;\n"
		"}\n"
		"void main()\n"
		"{\n"
		"    const highp uint size = %uu;\n"
		"    highp uint patch_number = uint(gl_PrimitiveID) + pvg_tess[0].y;\n"
		"    highp uint instance = uint(pvg_of_vertex[0]);\n"
		"    highp uint base = pvg_tess[0].x + %s;\n",
		desc->scale ? " * uintBitsToFloat(pvg_tess[1].x)" : "", most,
		desc->partition == 0 ? "x > 1.0 ? exp2(ceil(log2(x))) : x" : "x", factors * bytes,
		steps[desc->factor_step & 3]);
	for (uint32_t i = 0; i < (quad ? 4u : 3u); i++) {
		gles_text_say(&t, "    gl_TessLevelOuter[%u] = level(factor(base, %uu));\n", i, i);
	}
	for (uint32_t i = 0; i < (quad ? 2u : 1u); i++) {
		// An inner level below one is one; none at all would cull nothing in Metal.
		gles_text_say(&t,
			"    gl_TessLevelInner[%u] = max(level(factor(base, %uu)), 1.0);\n", i,
			i + (quad ? 4u : 3u));
	}
	say_indices(&t, points, patch_indices, controls);
	gles_text_say(&t, "%s}\n",
		instance ? "    pvg_instance = instance + pvg_tess[0].w;\n" : "");
	return t.at;
}

/* Binds part of a buffer to a storage block; *over: where in the block it begins. */
static bool bind_words(struct gles_renderer *r, uint32_t binding, const struct pvg_gpu_span *span,
	uint32_t *over) {
	struct gles_buffer *buffer = gles_buffer(span->buffer);
	*over = 0;
	if (buffer == NULL || span->offset_bytes >= buffer->base.size_bytes) {
		return false;
	}
	uint64_t align = (uint64_t)r->limits.storage_alignment;
	uint64_t first = span->offset_bytes & ~(align - 1);
	*over = (uint32_t)(span->offset_bytes - first);
	uint64_t left = buffer->base.size_bytes - first;
	uint64_t size = (span->size_bytes + *over + 3) & ~UINT64_C(3);
	size = size < left ? size : left;
	if (buffer->shadow) {
		gles_span_read(r, span, 0);
	}
	gles_bind_storage(r, binding, buffer->id, first, size);
	return true;
}

static void copy_word(struct gles_renderer *r, const struct pvg_gpu_span *from, uint32_t word,
	const struct gles_piece *to, uint32_t to_word) {
	gles_bind_buffer(r, GL_COPY_READ_BUFFER, gles_buffer(from->buffer)->id);
	gles_bind_buffer(r, GL_COPY_WRITE_BUFFER, to->buffer->id);
	glCopyBufferSubData(GL_COPY_READ_BUFFER, GL_COPY_WRITE_BUFFER,
		(GLintptr)(from->offset_bytes + word * 4u),
		(GLintptr)(to->offset_bytes + to_word * 4u), 4);
}

static bool take(struct gles_renderer *r, const uint32_t *words, uint32_t count, uint32_t align,
	struct gles_piece *piece) {
	if (!gles_ring_take(r, count * 4u, align, piece)) {
		gles_refuse(r, GLES_REFUSE_NO_MEMORY, "no memory for patches");
		return false;
	}
	memcpy(piece->map, words, count * 4u);
	gles_ring_wrote(r, piece, count * 4u);
	return true;
}

// False: nothing is to be drawn.
static bool bind_sources(struct gles_renderer *r, const struct pvg_gpu_patches *p,
	const struct pvg_gpu_program *program, uint32_t words[8]) {
	bool controls = program->pipeline->render.tessellation.control_point_index != 0;
	uint32_t over[3] = { 0 };
	// No factors, or no indices: every patch is culled.
	if (!bind_words(r, 0, &p->factors, &over[0]) ||
		(program->key.patch_indices && !bind_words(r, 1, &p->patch_indices, &over[1])) ||
		(controls && !bind_words(r, 2, &p->control_point_indices, &over[2]))) {
		return false;
	}
	const uint32_t all[8] = { over[0], p->first, (uint32_t)p->factor_instance_stride,
		p->base_instance, 0, over[1] / 4, over[2], p->control_points };
	memcpy(words, all, sizeof(all));
	memcpy(&words[4], &p->factor_scale, sizeof(words[4]));
	return true;
}

/* Counts from a buffer that the GPU wrote stay there; the first patch goes into the parameters. */
static bool draw_counted(struct gles_renderer *r, const struct pvg_gpu_span *from,
	const struct gles_piece *block) {
	static const uint32_t none[4];
	struct gles_piece command;
	if (!take(r, none, 4, 4, &command)) {
		return false;
	}
	copy_word(r, from, 0, &command, 0);
	copy_word(r, from, 1, &command, 1);
	copy_word(r, from, 2, block, 1);
	copy_word(r, from, 3, block, 3);
	gles_params_copy(r, from, 2, 3);
	gles_params_copy(r, from, 3, 1);
	glBindBuffer(GL_DRAW_INDIRECT_BUFFER, command.buffer->id);
	for (uint32_t round = 0; gles_raster_round(r, round); round++) {
		glDrawArraysIndirect(GL_PATCHES, (const void *)(uintptr_t)command.offset_bytes);
	}
	return true;
}

static void draw_patches(struct gles_renderer *r, const struct pvg_gpu_patches *p, bool counted) {
	struct gles_draws *d = r->draws;
	struct pvg_gpu_program *program = d->program;
	struct gles_piece block;
	uint32_t words[8];
	if (!counted &&
		(p->count == 0 || p->instances == 0 ||
			!gles_counts_fit(r, p->count | p->instances))) {
		return;
	}
	if (!bind_sources(r, p, program, words) ||
		!take(r, words, 8, (uint32_t)r->limits.uniform_alignment, &block) ||
		!gles_draw_apply(r, 0, p->base_instance, p->first)) {
		return;
	}
	gles_bind_uniform(r, 0, block.buffer->id, block.offset_bytes, sizeof(words));
	glPatchParameteri(GL_PATCH_VERTICES, 1);
	if (counted) {
		if (!draw_counted(r, &p->indirect, &block)) {
			return;
		}
	} else {
		for (uint32_t round = 0; gles_raster_round(r, round); round++) {
			glDrawArraysInstanced(GL_PATCHES, 0, (GLsizei)p->count,
				(GLsizei)p->instances);
		}
	}
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
	struct pvg_gpu_patches direct = *patches;
	const struct pvg_gpu_span *from = &patches->indirect;
	bool counted = false;
	if (from->buffer != NULL) {
		if (from->offset_bytes > from->buffer->size_bytes ||
			from->buffer->size_bytes - from->offset_bytes < 16 ||
			from->offset_bytes % 4 != 0) {
			return;
		}
		counted = (from->buffer->usage & PVG_GPU_BUFFER_READBACK) != 0;
		if (counted) {
			if (gles_buffer(from->buffer)->shadow) {
				gles_span_read(r, from, 16);
			}
			direct.first = direct.base_instance = 0;
		} else {
			uint32_t words[4];
			memcpy(words, from->buffer->map + from->offset_bytes, sizeof(words));
			direct.count = words[0];
			direct.instances = words[1];
			direct.first = words[2];
			direct.base_instance = words[3];
		}
	}
	draw_patches(r, &direct, counted);
}
