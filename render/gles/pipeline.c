// SPDX-License-Identifier: GPL-2.0-or-later
#include "draw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/gles/opengl.h"
#include "render/gles/texel.h"
#include "render/shader/mtlb.h"

/* Pipelines: functions from libraries, what they use, and which variant a draw wants. */

/* ---- fixed state --------------------------------------------------------------------------- */

static GLenum blend_op(uint8_t op) {
	static const GLenum ops[] = { GL_FUNC_ADD, GL_FUNC_SUBTRACT, GL_FUNC_REVERSE_SUBTRACT,
		GL_MIN, GL_MAX };
	return op < sizeof(ops) / sizeof(ops[0]) ? ops[op] : GL_FUNC_ADD;
}

static GLenum blend_factor(uint8_t factor) {
	static const GLenum factors[] = {
		GL_ZERO,
		GL_ONE,
		GL_SRC_COLOR,
		GL_ONE_MINUS_SRC_COLOR,
		GL_SRC_ALPHA,
		GL_ONE_MINUS_SRC_ALPHA,
		GL_DST_COLOR,
		GL_ONE_MINUS_DST_COLOR,
		GL_DST_ALPHA,
		GL_ONE_MINUS_DST_ALPHA,
		GL_SRC_ALPHA_SATURATE,
		GL_CONSTANT_COLOR,
		GL_ONE_MINUS_CONSTANT_COLOR,
		GL_CONSTANT_ALPHA,
		GL_ONE_MINUS_CONSTANT_ALPHA,
		GL_SRC1_COLOR_EXT,
		GL_ONE_MINUS_SRC1_COLOR_EXT,
		GL_SRC1_ALPHA_EXT,
		GL_ONE_MINUS_SRC1_ALPHA_EXT,
	};
	return factor < sizeof(factors) / sizeof(factors[0]) ? factors[factor] : GL_ONE;
}

/* The target's red holds its alpha: what is said of alpha holds for red (spec 03 section 12.3). */
static GLenum alpha_in_red(GLenum factor) {
	switch (factor) {
	case GL_DST_ALPHA:
		return GL_DST_COLOR;
	case GL_ONE_MINUS_DST_ALPHA:
		return GL_ONE_MINUS_DST_COLOR;
	case GL_SRC_ALPHA_SATURATE: // is one for alpha
		return GL_ONE;
	case GL_CONSTANT_COLOR:
		return GL_CONSTANT_ALPHA;
	case GL_ONE_MINUS_CONSTANT_COLOR:
		return GL_ONE_MINUS_CONSTANT_ALPHA;
	default:
		return factor;
	}
}

static struct gles_blend make_blend(const struct pvg_gpu_color_desc *c) {
	const struct gles_format *format = gles_format_find(c->format);
	uint16_t flags = format != NULL ? format->flags : 0;
	// Metal counts from alpha, GL from red.
	uint8_t m = c->write_mask;
	uint8_t mask = (uint8_t)((m >> 3 & 1) | (m >> 1 & 2) | (m << 1 & 4) | (m << 3 & 8));
	struct gles_blend b = {
		.enabled = c->blend,
		.mask = mask,
		.src_rgb = blend_factor(c->src_rgb),
		.dst_rgb = blend_factor(c->dst_rgb),
		.src_alpha = blend_factor(c->src_alpha),
		.dst_alpha = blend_factor(c->dst_alpha),
		.op_rgb = blend_op(c->op_rgb),
		.op_alpha = blend_op(c->op_alpha),
	};
	if (flags & GLES_FORMAT_BGRA) {
		b.mask = (uint8_t)((mask & 10) | (mask & 1) << 2 | (mask & 4) >> 2);
	}
	if (flags & GLES_FORMAT_ALPHA) {
		b.mask = m & 1;
		b.src_rgb = alpha_in_red(b.src_alpha);
		b.dst_rgb = alpha_in_red(b.dst_alpha);
		b.op_rgb = b.op_alpha;
	}
	return b;
}

static bool is_constant(GLenum factor) {
	return factor == GL_CONSTANT_COLOR || factor == GL_ONE_MINUS_CONSTANT_COLOR ||
		factor == GL_CONSTANT_ALPHA || factor == GL_ONE_MINUS_CONSTANT_ALPHA;
}

static void make_blends(struct pvg_gpu_pipeline *p) {
	for (uint32_t i = 0; i < PVG_GPU_COLORS; i++) {
		struct gles_blend *b = &p->blend[i];
		*b = make_blend(&p->render.colors[i]);
		bool color = b->enabled && (is_constant(b->src_rgb) || is_constant(b->dst_rgb));
		p->blend_uses_constant |= color ||
			(b->enabled && (is_constant(b->src_alpha) || is_constant(b->dst_alpha)));
		p->constant_mask |= (uint8_t)(color << i);
	}
}

/* ---- functions ----------------------------------------------------------------------------- */

static bool is_type(enum pvg_mtlb_type type, uint8_t stage) {
	static const enum pvg_mtlb_type types[GLES_STAGES] = {
		PVG_MTLB_VERTEX,
		PVG_MTLB_FRAGMENT,
		PVG_MTLB_KERNEL,
	};
	return type == types[stage] || type == PVG_MTLB_UNKNOWN;
}

/* Takes the code of one function out of its library. */
static bool take_function(struct pvg_gpu_pipeline *p, uint8_t stage,
	const struct pvg_gpu_function *from) {
	struct pvg_shader_status status = { 0 };
	struct pvg_mtlb library;
	if (!pvg_mtlb_parse(&library, from->library, from->library_bytes, &status)) {
		snprintf(p->why, sizeof(p->why), "%s: %s", pvg_shader_reason_name(status.reason),
			status.detail);
		return false;
	}
	struct gles_function *f = &p->functions[stage];
	const char *name = from->name != NULL ? from->name : "";
	snprintf(f->name, sizeof(f->name), "%s", name);
	const struct pvg_mtlb_function *found = NULL;
	if (library.bare || (name[0] == '\0' && library.function_count == 1)) {
		found = &library.functions[0];
	} else {
		found = pvg_mtlb_lookup(&library, name);
	}
	bool ok = false;
	if (found == NULL || (!library.bare && !is_type(found->type, stage))) {
		snprintf(p->why, sizeof(p->why), "no %s function \"%s\" in the library",
			stage == PVG_GPU_VERTEX             ? "vertex"
				: stage == PVG_GPU_FRAGMENT ? "fragment"
							    : "kernel",
			name);
	} else {
		p->patches |= stage == PVG_GPU_VERTEX && found->tess != 0;
		f->bytes = found->bitcode_size_bytes;
		f->bitcode = malloc(f->bytes);
		ok = f->bitcode != NULL;
		if (ok) {
			memcpy(f->bitcode, from->library + found->bitcode_offset_bytes, f->bytes);
		} else {
			snprintf(p->why, sizeof(p->why), "out of memory");
		}
	}
	pvg_mtlb_finish(&library);
	return ok;
}

/* ---- what is used -------------------------------------------------------------------------- */

static void describe_stage(struct pvg_gpu_stage_use *use, const struct pvg_reflection *f,
	struct pvg_gpu_pipeline_info *info) {
	for (uint32_t i = 0; i < f->slot_count; i++) {
		const struct pvg_reflection_slot *s = &f->slots[i];
		uint32_t n = s->metal_index;
		bool written = s->access & PVG_SLOT_WRITE;
		if (s->kind == PVG_SLOT_BUFFER && n < PVG_GPU_BUFFERS) {
			bool known = (use->buffers >> n & 1) == 0 || use->buffer_bytes[n] != 0;
			use->buffers |= 1u << n;
			use->buffers_written |= written ? 1u << n : 0;
			// Two arguments of one index: the longer reach, and none when one has none.
			if (!known || s->size_bytes == 0) {
				use->buffer_bytes[n] = 0;
			} else if (s->size_bytes > use->buffer_bytes[n]) {
				use->buffer_bytes[n] = s->size_bytes;
			}
		} else if ((s->kind == PVG_SLOT_TEXTURE || s->kind == PVG_SLOT_IMAGE) &&
			n < PVG_GPU_TEXTURES) {
			use->textures[n / 64] |= UINT64_C(1) << n % 64;
			use->textures_written[n / 64] |= written ? UINT64_C(1) << n % 64 : 0;
		} else if (s->kind == PVG_SLOT_SAMPLER && n < PVG_GPU_SAMPLERS) {
			use->samplers |= 1u << n;
		} else if (s->kind == PVG_SLOT_COLOR_INPUT && n < PVG_GPU_COLORS) {
			info->colors_read |= (uint8_t)(1u << n);
		}
	}
}

static void describe_input(struct pvg_gpu_pipeline *p, const struct pvg_reflection *vertex) {
	const struct pvg_gpu_vertex_desc *desc = p->compute ? &p->kernel.input : &p->render.input;
	for (uint32_t i = 0; i < vertex->attribute_count; i++) {
		for (uint32_t k = 0; k < desc->attribute_count && k < PVG_GPU_ATTRIBUTES; k++) {
			const struct pvg_gpu_attribute *a = &desc->attributes[k];
			if (a->used && a->location == vertex->attributes[i].location &&
				a->buffer < PVG_GPU_BUFFERS) {
				p->info.input_buffers |= 1u << a->buffer;
			}
		}
	}
}

/* Storage images, and textures over buffers that are sampled: what a variant is made for. */
static const char *find_images(struct pvg_gpu_pipeline *p, uint8_t stage,
	const struct pvg_reflection *f) {
	for (uint32_t i = 0; i < f->slot_count; i++) {
		const struct pvg_reflection_slot *s = &f->slots[i];
		uint8_t *images = &p->image_count[stage], *texels = &p->texel_count[stage];
		if (s->kind == PVG_SLOT_IMAGE) {
			if (*images == GLES_KEY_IMAGES || s->metal_index >= PVG_GPU_TEXTURES) {
				return "more storage images than a stage can have";
			}
			p->image_class[stage][*images] = s->value_class;
			p->image_slots[stage][(*images)++] = (uint8_t)s->metal_index;
		} else if (s->kind == PVG_SLOT_TEXTURE && s->dim == PVG_SLOT_DIM_BUFFER) {
			if (*texels == GLES_KEY_TEXELS || s->metal_index >= PVG_GPU_TEXTURES) {
				return "more textures over buffers than a stage can have";
			}
			p->texel_class[stage][*texels] = s->value_class;
			p->texel_slots[stage][(*texels)++] = (uint8_t)s->metal_index;
		}
	}
	return NULL;
}

void gles_pipeline_failed(struct pvg_gpu_pipeline *p, const char *why) {
	if (p->status == PVG_GPU_PENDING) {
		p->status = PVG_GPU_FAILED;
		snprintf(p->why, sizeof(p->why), "%s", why);
	}
}

/* The functions are translated for the first time: what they use is known from here on. */
void gles_pipeline_translated(struct pvg_gpu_pipeline *p, struct pvg_gpu_program *first) {
	bool images = false, texels = false;
	for (uint8_t stage = 0; stage < GLES_STAGES; stage++) {
		const struct pvg_shader_result *result = first->results[stage];
		if (result == NULL) {
			continue;
		}
		const struct pvg_reflection *f = &result->reflection;
		describe_stage(&p->info.stage[stage], f, &p->info);
		// The wire has no values for them (spec 02 section 4.15).
		if (f->flags & PVG_REFLECT_CONSTANTS) {
			pvg_info("%s pipeline %u: a function has constants without values: undefined",
				p->compute ? "compute" : "render", p->number);
		}
		const char *why = find_images(p, stage, f);
		if (why != NULL) {
			gles_pipeline_failed(p, why);
			return;
		}
		images |= p->image_count[stage] > 0;
		texels |= p->texel_count[stage] > 0;
		for (uint32_t i = 0; i < f->output_count && stage == PVG_GPU_VERTEX; i++) {
			p->chooses_layer |= f->outputs[i].kind == PVG_OUTPUT_LAYER;
			p->chooses_viewport |= f->outputs[i].kind == PVG_OUTPUT_VIEWPORT;
			p->gives_point_size |= f->outputs[i].kind == PVG_OUTPUT_POINT_SIZE;
			if (f->outputs[i].kind == PVG_OUTPUT_CLIP_DISTANCE) {
				p->clip_distances = f->outputs[i].components;
			}
		}
		if (stage != PVG_GPU_FRAGMENT) {
			describe_input(p, f);
		} else {
			for (uint32_t i = 0; i < f->varying_count; i++) {
				p->flat_varyings |=
					f->varyings[i].interpolation == PVG_INTERPOLATION_FLAT;
			}
		}
		if (stage == PVG_GPU_KERNEL) {
			uint32_t host = p->owner->r->base.caps.max_threads;
			p->info.max_threads =
				f->max_threads > 0 && f->max_threads < host ? f->max_threads : host;
			p->info.execution_width = 32;
			p->info.static_threadgroup_bytes = f->threadgroup_bytes;
		}
		if (f->stage == PVG_STAGE_TESSELLATION) {
			p->info.tessellates = true;
			p->tess_patch = f->patch;
		}
	}
	p->points_matter = !p->compute && p->render.topology == 0 && !p->info.tessellates;
	bool geometry = p->chooses_layer || p->chooses_viewport;
	p->one_variant = !p->compute && !images && !texels && !p->points_matter &&
		!p->info.tessellates && !geometry;
	p->status = PVG_GPU_READY;
	p->usual = first;
	// The usual draw wants what was just translated; kernels and images wait for their use.
	first->link = !p->compute && !images && !geometry;
	if (!first->link) {
		first->status = PVG_GPU_FAILED;
		snprintf(first->why, sizeof(first->why), "only to see what is used");
	}
}

/* ---- the seam ------------------------------------------------------------------------------ */

static struct pvg_gpu_pipeline *create(struct gles_pipelines *owner, bool compute,
	const struct pvg_gpu_function *const functions[GLES_STAGES], const struct gles_key *key,
	const void *desc, size_t desc_bytes) {
	struct pvg_gpu_pipeline *p = calloc(1, sizeof(*p));
	if (p == NULL) {
		return NULL;
	}
	p->owner = owner;
	p->compute = compute;
	p->number = ++owner->count;
	memcpy(&p->render, desc, desc_bytes); // render and kernel share their place
	p->status = PVG_GPU_PENDING;
	bool ok = owner->client != NULL && owner->builder != NULL;
	if (!ok) {
		snprintf(p->why, sizeof(p->why), "no shader worker");
	}
	for (uint8_t stage = 0; stage < GLES_STAGES && ok; stage++) {
		ok = functions[stage] == NULL || functions[stage]->library == NULL ||
			take_function(p, stage, functions[stage]);
	}
	if (ok && p->functions[compute ? PVG_GPU_KERNEL : PVG_GPU_VERTEX].bitcode == NULL) {
		snprintf(p->why, sizeof(p->why), "no function");
		ok = false;
	}
	// Library bytes are the caller's and may be gone tomorrow.
	if (compute) {
		p->kernel.kernel = (struct pvg_gpu_function){ 0 };
	} else {
		p->render.vertex = p->render.fragment = (struct pvg_gpu_function){ 0 };
		make_blends(p);
	}
	if (!ok) {
		p->status = PVG_GPU_FAILED;
		pvg_info("%s pipeline %u: %s", compute ? "compute" : "render", p->number, p->why);
	} else if (gles_program_create(p, key, false) == NULL) {
		gles_pipeline_failed(p, "out of memory");
	}
	return p;
}

struct pvg_gpu_pipeline *gles_render_pipeline_create(struct pvg_renderer *renderer,
	const struct pvg_gpu_render_desc *desc) {
	const struct pvg_gpu_function *functions[GLES_STAGES] = {
		[PVG_GPU_VERTEX] = &desc->vertex,
		[PVG_GPU_FRAGMENT] = &desc->fragment,
	};
	struct gles_key key = { .points = desc->topology == 1 };
	return create(gles_renderer(renderer)->pipelines, false, functions, &key, desc,
		sizeof(*desc));
}

struct pvg_gpu_pipeline *gles_compute_pipeline_create(struct pvg_renderer *renderer,
	const struct pvg_gpu_compute_desc *desc) {
	const struct pvg_gpu_function *functions[GLES_STAGES] = { [PVG_GPU_KERNEL] =
									  &desc->kernel };
	struct gles_key key = { .local_size = { 32, 1, 1 } };
	return create(gles_renderer(renderer)->pipelines, true, functions, &key, desc,
		sizeof(*desc));
}

void gles_pipeline_destroy(struct pvg_renderer *renderer, struct pvg_gpu_pipeline *pipeline) {
	if (pipeline == NULL) {
		return;
	}
	gles_draws_drop_pipeline(gles_renderer(renderer), pipeline);
	for (struct pvg_gpu_program *program = pipeline->programs; program != NULL;) {
		struct pvg_gpu_program *next = program->next;
		gles_program_destroy(program);
		program = next;
	}
	for (uint8_t stage = 0; stage < GLES_STAGES; stage++) {
		free(pipeline->functions[stage].bitcode);
	}
	free(pipeline);
}

enum pvg_gpu_status gles_pipeline_status(struct pvg_renderer *renderer,
	struct pvg_gpu_pipeline *pipeline, const char **why) {
	*why = pipeline->status == PVG_GPU_FAILED ? pipeline->why : NULL;
	return pipeline->status;
}

const struct pvg_gpu_pipeline_info *gles_pipeline_info(struct pvg_renderer *renderer,
	const struct pvg_gpu_pipeline *pipeline) {
	return &pipeline->info;
}

/* SpvImageFormat of a storage image as GL has it; 0: GLSL has no such format. */
static uint8_t image_format(const struct gles_view *view) {
	static const struct {
		GLenum gl;
		uint8_t spirv;
	} table[] = {
		{ GL_RGBA32F, 1 },
		{ GL_RGBA16F, 2 },
		{ GL_R32F, 3 },
		{ GL_RGBA8, 4 },
		{ GL_RGBA8_SNORM, 5 },
		{ GL_RG32F, 6 },
		{ GL_RG16F, 7 },
		{ GL_R11F_G11F_B10F, 8 },
		{ GL_R16F, 9 },
		{ GL_RGBA16_EXT, 10 },
		{ GL_RGB10_A2, 11 },
		{ GL_RG16_EXT, 12 },
		{ GL_RG8, 13 },
		{ GL_R16_EXT, 14 },
		{ GL_R8, 15 },
		{ GL_RGBA16_SNORM_EXT, 16 },
		{ GL_RG16_SNORM_EXT, 17 },
		{ GL_RG8_SNORM, 18 },
		{ GL_R16_SNORM_EXT, 19 },
		{ GL_R8_SNORM, 20 },
		{ GL_RGBA32I, 21 },
		{ GL_RGBA16I, 22 },
		{ GL_RGBA8I, 23 },
		{ GL_R32I, 24 },
		{ GL_RG32I, 25 },
		{ GL_RG16I, 26 },
		{ GL_RG8I, 27 },
		{ GL_R16I, 28 },
		{ GL_R8I, 29 },
		{ GL_RGBA32UI, 30 },
		{ GL_RGBA16UI, 31 },
		{ GL_RGBA8UI, 32 },
		{ GL_R32UI, 33 },
		{ GL_RGB10_A2UI, 34 },
		{ GL_RG32UI, 35 },
		{ GL_RG16UI, 36 },
		{ GL_RG8UI, 37 },
		{ GL_R16UI, 38 },
		{ GL_R8UI, 39 },
	};
	GLenum format = gles_view_stored_format(view);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].gl == format) {
			return table[i].spirv;
		}
	}
	return 0;
}

// Samplers with texels for coordinates, of those that the stage's function uses.
static uint16_t pixel_samplers(const struct pvg_gpu_pipeline *p, const struct pvg_gpu_use *use,
	uint8_t stage) {
	return (uint16_t)(use->pixel_samplers[stage] & p->info.stage[stage].samplers);
}

/*
 * What a stage behind the vertex function has to do: choose the layer, make edges of triangles, and
 * change the order of what nobody can write out because only the GPU knows how many there are.
 */
static void geometry_key(const struct pvg_gpu_pipeline *p, const struct pvg_gpu_use *use,
	struct gles_key *key) {
	uint8_t primitive = p->info.tessellates ? 3 : use->primitive;
	bool last = use->opengl != NULL && use->opengl->last_vertex; // GL's own order
	if (use->lines && primitive >= 3 && !p->owner->r->ext.polygon_mode) {
		key->geometry = GLES_GEOMETRY_TRIANGLES;
		key->order = GLES_ORDER_EDGES;
		key->last_vertex = last && p->flat_varyings;
	} else if (use->gpu_vertices && p->flat_varyings && primitive != 0 && !last) {
		key->geometry = (uint8_t)gles_geometry_of(primitive);
		key->order = GLES_ORDER_FIRST;
	} else if (p->chooses_layer || p->chooses_viewport) {
		key->geometry = (uint8_t)gles_geometry_of(primitive);
	}
	key->by_number = key->order != GLES_ORDER_AS_IS && !key->last_vertex && use->gpu_vertices &&
		primitive == 4;
}

static const struct gles_view *view_of(const struct pvg_gpu_use *use, uint8_t stage, uint8_t slot) {
	return use->textures[stage] != NULL ? gles_view(use->textures[stage][slot]) : NULL;
}

/* Formats and orders that GL does not see by itself. */
static void texture_key(const struct pvg_gpu_pipeline *p, const struct pvg_gpu_use *use,
	uint8_t stage, struct gles_key *key) {
	uint32_t row = stage == PVG_GPU_FRAGMENT ? 1 : 0;
	for (uint32_t i = 0; i < p->image_count[stage]; i++) {
		const struct gles_view *v = view_of(use, stage, p->image_slots[stage][i]);
		if (v == NULL) {
			continue;
		}
		gles_texel_code code = gles_texel_stored(v, p->image_class[stage][i]);
		bool swap = v->bgra && code == 0;
		key->images[row][i] = (uint8_t)(image_format(v) | (swap ? PVG_IMAGE_SWAP : 0));
		key->image_texels[row][i] = code;
	}
	for (uint32_t i = 0; i < p->texel_count[stage]; i++) {
		const struct gles_view *v = view_of(use, stage, p->texel_slots[stage][i]);
		if (v != NULL) {
			key->texels[row][i] = gles_texel_sampled(v, p->texel_class[stage][i]);
		}
	}
}

static void make_key(const struct pvg_gpu_pipeline *p, const struct pvg_gpu_use *use,
	struct gles_key *key) {
	memset(key, 0, sizeof(*key));
	key->pixel_samplers[0] =
		pixel_samplers(p, use, p->compute ? PVG_GPU_KERNEL : PVG_GPU_VERTEX);
	key->pixel_samplers[1] = p->compute ? 0 : pixel_samplers(p, use, PVG_GPU_FRAGMENT);
	if (p->compute) {
		memcpy(key->local_size, use->local_size, sizeof(key->local_size));
		memcpy(key->threadgroup_bytes, use->threadgroup_bytes,
			sizeof(key->threadgroup_bytes));
	} else {
		key->points = p->points_matter ? use->primitive == 0 : p->render.topology == 1;
		key->patch_indices = p->info.tessellates && use->patch_indices;
		key->wide_strides = use->wide_strides && p->render.input.attribute_count > 0;
		bool counts = use->counts && p->render.rasterize &&
			!p->owner->r->ext.occlusion_samples;
		key->counts = !counts ? GLES_COUNTS_NOT
			: use->keeps  ? GLES_COUNTS_KEEPING
				      : GLES_COUNTS;
		geometry_key(p, use, key);
		if (use->opengl != NULL) {
			gles_opengl_key(p, use, key);
		}
	}
	for (uint8_t stage = 0; stage < GLES_STAGES; stage++) {
		texture_key(p, use, stage, key);
	}
}

static bool threads_fit(const struct pvg_gpu_pipeline *p, const uint32_t size[3]) {
	const struct pvg_gpu_caps *caps = &p->owner->r->base.caps;
	uint64_t threads = (uint64_t)size[0] * size[1];
	return size[0] > 0 && size[1] > 0 && size[2] > 0 && size[0] <= caps->max_threads_axis[0] &&
		size[1] <= caps->max_threads_axis[1] && size[2] <= caps->max_threads_axis[2] &&
		threads <= caps->max_threads && threads * size[2] <= caps->max_threads;
}

enum pvg_gpu_status gles_pipeline_prepare(struct pvg_renderer *renderer,
	struct pvg_gpu_pipeline *pipeline, const struct pvg_gpu_use *use,
	struct pvg_gpu_program **program, const char **why) {
	*program = NULL;
	*why = NULL;
	if (pipeline->status != PVG_GPU_READY) {
		*why = pipeline->status == PVG_GPU_FAILED ? pipeline->why : NULL;
		return pipeline->status;
	}
	struct pvg_gpu_program *found = pipeline->usual;
	bool rare = use->counts || use->lines || use->gpu_vertices || use->wide_strides ||
		use->opengl != NULL ||
		use->pixel_samplers[PVG_GPU_VERTEX] != 0 ||
		use->pixel_samplers[PVG_GPU_FRAGMENT] != 0;
	if (!pipeline->one_variant || rare) {
		struct gles_key key;
		found = pipeline->programs;
		if (pipeline->compute && !threads_fit(pipeline, use->local_size)) {
			*why = "threadgroup larger than the host's";
			return PVG_GPU_FAILED;
		}
		make_key(pipeline, use, &key);
		while (found != NULL &&
			(!found->link || memcmp(&found->key, &key, sizeof(key)) != 0)) {
			found = found->next;
		}
		if (found == NULL) {
			found = gles_program_create(pipeline, &key, true);
		}
		if (found == NULL) {
			*why = "out of memory";
			return PVG_GPU_FAILED;
		}
	}
	if (found->status == PVG_GPU_READY) {
		*program = found;
	}
	*why = found->status == PVG_GPU_FAILED ? found->why : NULL;
	return found->status;
}

/* ---- all of them --------------------------------------------------------------------------- */

bool gles_pipelines_init(struct gles_renderer *r) {
	struct gles_pipelines *all = calloc(1, sizeof(*all));
	if (all == NULL) {
		return false;
	}
	r->pipelines = all;
	all->r = r;
	all->features = PVG_FEATURE_LOOP_GUARD | PVG_FEATURE_BUFFER_OFFSETS |
		(r->robust ? 0 : PVG_FEATURE_NO_ROBUST_ACCESS) | PVG_FEATURE_Y_FLIP |
		(r->ext.clip_control ? 0 : PVG_FEATURE_DEPTH_REMAP);
	struct pvg_shader_client_options options = {
		.worker = r->options.shader_worker,
		.worker_count = r->options.shader_workers,
		.cache_folder = r->options.shader_cache_folder,
	};
	all->client = options.worker != NULL ? pvg_shader_client_create(&options) : NULL;
	if (all->client == NULL) {
		pvg_error("shader worker %s: cannot be started; nothing is drawn",
			options.worker != NULL ? options.worker : "(none)");
		return true;
	}
	r->build_context = gles_context_create_shared(r);
	char folder[4096];
	const char *shaders = r->options.shader_cache_folder;
	int n = shaders != NULL ? snprintf(folder, sizeof(folder), "%s/programs", shaders) : -1;
	all->builder = gles_builder_create(r->display, r->build_context,
		n > 0 && (size_t)n < sizeof(folder) ? folder : NULL);
	return all->builder != NULL && gles_watch(r, pvg_shader_client_fd(all->client)) &&
		gles_watch(r, gles_builder_fd(all->builder));
}

void gles_pipelines_finish(struct gles_renderer *r) {
	struct gles_pipelines *all = r->pipelines;
	if (all == NULL) {
		return;
	}
	if (all->client != NULL) {
		gles_unwatch(r, pvg_shader_client_fd(all->client));
		pvg_shader_client_destroy(all->client);
	}
	if (all->builder != NULL) {
		gles_unwatch(r, gles_builder_fd(all->builder));
		gles_builder_destroy(all->builder);
	}
	free(all);
	r->pipelines = NULL;
}

void gles_pipelines_dispatch(struct gles_renderer *r) {
	struct gles_pipelines *all = r->pipelines;
	if (all != NULL && all->client != NULL) {
		pvg_shader_client_dispatch(all->client);
	}
	if (all != NULL && all->builder != NULL) {
		gles_builder_dispatch(all->builder);
	}
}
