// SPDX-License-Identifier: GPL-2.0-or-later
#include "pipeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/gles/opengl.h"
#include "render/gles/texel.h"
#include "render/gles/text.h"
#include "render/shader/link.h"

/*
 * From what the stages of a program use to what is bound for a draw. Numbers of bindings belong to
 * the program: those of a later stage come after those of an earlier one.
 */

struct bases {
	uint32_t uniform, storage, unit, image;
};

static bool refuse(char *why, size_t why_bytes, const char *what, uint32_t count, int limit) {
	snprintf(why, why_bytes, "%u %s, the host has %d", count, what, limit);
	return false;
}

/* ---- samplers in the code (spec 05 section 3.8) -------------------------------------------- */

static float half_to_float(uint32_t half) {
	uint32_t exponent = half >> 10 & 31, mantissa = half & 1023;
	float value = exponent == 0 ? (float)mantissa / 1024 : 1 + (float)mantissa / 1024;
	float scale = 1;
	for (uint32_t e = exponent == 0 ? 1 : exponent; e < 15; e++) {
		scale /= 2;
	}
	for (uint32_t e = exponent; e > 15; e--) {
		scale *= 2;
	}
	return half & 0x8000 ? -value * scale : value * scale;
}

static struct pvg_gpu_sampler *static_sampler(struct gles_renderer *r, const uint64_t words[2]) {
	// Both number the same things in another order.
	static const uint8_t compare[16] = { 0, 1, 3, 4, 6, 2, 5, 7, 0 };
	static const uint8_t address[8] = { 4, 0, 2, 3, 4, 4, 4, 4 };
	uint64_t w = words[0];
	uint32_t border = w >> 56 & 3;
	struct pvg_gpu_sampler_desc desc = {
		.mag_filter = (w >> 9 & 3) != 0,
		.min_filter = (w >> 11 & 3) != 0,
		.mip_filter = w >> 13 & 3,
		.border = (uint8_t)border,
		.compare = compare[w >> 16 & 15],
		.max_anisotropy = (uint8_t)((w >> 20 & 15) + 1),
		.normalized = true, // the shader divides
		.lod_min = half_to_float(w >> 24 & 0xffff),
		.lod_max = half_to_float(w >> 40 & 0xffff),
	};
	for (uint32_t i = 0; i < 3; i++) {
		desc.address[i] = address[w >> 3 * i & 7];
		if (desc.address[i] == 4 && border != 0) {
			desc.address[i] = 5;
		}
	}
	return gles_sampler_create(&r->base, &desc);
}

/* ---- one stage ----------------------------------------------------------------------------- */

static bool plan_buffer(struct gles_plan *plan, uint8_t stage, const struct pvg_reflection_slot *s,
	const struct bases *base, struct bases *next) {
	if (plan->buffer_count == GLES_PLAN_BUFFERS || s->metal_index >= PVG_GPU_BUFFERS) {
		return false;
	}
	bool uniform = s->flags & PVG_SLOT_UNIFORM;
	uint32_t binding = s->binding + (uniform ? base->uniform : base->storage);
	uint32_t *end = uniform ? &next->uniform : &next->storage;
	*end = binding + 1 > *end ? binding + 1 : *end;
	plan->buffers[plan->buffer_count++] = (struct gles_plan_buffer){
		.stage = stage,
		.slot = (uint8_t)s->metal_index,
		.binding = (uint8_t)binding,
		.uniform = uniform,
		.packed = s->flags & PVG_SLOT_PACKED,
		.written = s->access & PVG_SLOT_WRITE,
		.bytes = uniform ? (s->size_bytes + 15) & ~15u : s->size_bytes,
	};
	plan->buffer_slots[stage] |= 1u << s->metal_index;
	plan->any_packed |= (s->flags & PVG_SLOT_PACKED) != 0;
	plan->any_written |= (s->access & PVG_SLOT_WRITE) != 0;
	return true;
}

static bool plan_image(struct gles_plan *plan, uint8_t stage, const struct pvg_reflection_slot *s,
	const struct bases *base, struct bases *next) {
	if (plan->image_count == GLES_PLAN_IMAGES || s->metal_index >= PVG_GPU_TEXTURES) {
		return false;
	}
	uint32_t unit = s->binding + base->image;
	next->image = unit + 1 > next->image ? unit + 1 : next->image;
	plan->images[plan->image_count++] = (struct gles_plan_image){
		.stage = stage,
		.texture = (uint8_t)s->metal_index,
		.unit = (uint8_t)unit,
		.access = s->access,
		.dim = s->dim,
		.format = (uint8_t)s->image_format,
		.flags = s->flags,
	};
	plan->texture_slots[stage][s->metal_index / 64] |= UINT64_C(1) << s->metal_index % 64;
	plan->any_written |= (s->access & PVG_SLOT_WRITE) != 0;
	return true;
}

static gles_texel_code unit_texel(const struct pvg_gpu_program *program, uint8_t stage,
	const struct pvg_reflection_slot *texture) {
	const struct pvg_gpu_pipeline *p = program->pipeline;
	for (uint32_t k = 0; k < p->texel_count[stage]; k++) {
		if (texture->kind == PVG_SLOT_TEXTURE && texture->dim == PVG_SLOT_DIM_BUFFER &&
			p->texel_slots[stage][k] == texture->metal_index) {
			return program->key.texels[stage == PVG_GPU_FRAGMENT ? 1 : 0][k];
		}
	}
	return 0;
}

static bool plan_pair(struct pvg_gpu_program *program, uint8_t stage,
	const struct pvg_reflection *f, const struct pvg_reflection_pair *pair,
	const struct bases *base, struct bases *next) {
	struct gles_renderer *r = program->pipeline->owner->r;
	struct gles_plan *plan = &program->plan;
	const struct pvg_reflection_slot *t = &f->slots[pair->texture_slot];
	const struct pvg_reflection_slot *s =
		pair->sampler_slot != UINT16_MAX ? &f->slots[pair->sampler_slot] : NULL;
	if (plan->unit_count == GLES_PLAN_UNITS || t->metal_index >= PVG_GPU_TEXTURES ||
		(t->kind == PVG_SLOT_COLOR_INPUT && t->metal_index >= PVG_GPU_COLORS)) {
		return false;
	}
	uint32_t unit = pair->unit + base->unit;
	next->unit = unit + 1 > next->unit ? unit + 1 : next->unit;
	struct gles_plan_unit *u = &plan->units[plan->unit_count++];
	gles_texel_code texel = unit_texel(program, stage, t);
	*u = (struct gles_plan_unit){
		.stage = stage,
		.texture = (uint8_t)t->metal_index,
		.unit = (uint8_t)unit,
		.sampler = GLES_NO_SLOT,
		.dim = t->dim,
		.value_class = gles_texel_raw_class(texel, t->value_class),
		.texel = texel,
		.flags = t->flags,
		.color_copy = t->kind == PVG_SLOT_COLOR_INPUT,
	};
	if (s != NULL && s->kind == PVG_SLOT_SAMPLER && s->metal_index < PVG_GPU_SAMPLERS) {
		u->sampler = (uint8_t)s->metal_index;
		plan->sampler_slots[stage] |= 1u << s->metal_index;
	} else if (s != NULL && s->kind == PVG_SLOT_STATIC_SAMPLER) {
		u->static_sampler = static_sampler(r, s->sampler_words);
		if (u->static_sampler == NULL) {
			return false;
		}
	}
	if (u->color_copy) {
		plan->reads_color_copy = true;
	} else {
		plan->texture_slots[stage][t->metal_index / 64] |= UINT64_C(1)
			<< t->metal_index % 64;
	}
	return true;
}

static void plan_params(struct gles_plan *plan, uint8_t stage, const struct pvg_reflection *f,
	const char *glsl, const struct bases *base, struct bases *next) {
	struct gles_plan_params *params = &plan->params[stage];
	if (!(f->flags & PVG_REFLECT_PARAMS)) {
		return;
	}
	uint8_t used[PVG_PARAMS_COUNT];
	params->count = (uint8_t)gles_text_params(glsl, used);
	params->used = params->count > 0;
	params->binding = (uint8_t)(f->params_binding + base->uniform);
	next->uniform = params->binding + 1u > next->uniform ? params->binding + 1u : next->uniform;
	for (uint32_t i = 0; i < PVG_PARAMS_COUNT; i++) {
		if (used[i] != 0) {
			params->entries[params->entry_count++] = (uint8_t)i;
		}
	}
}

// GLES reads and writes one image only where a texel is one channel of 32 bits.
static bool check_texels(const struct pvg_gpu_program *program, uint8_t stage, char *why,
	size_t why_bytes) {
	const struct pvg_gpu_pipeline *p = program->pipeline;
	uint32_t row = stage == PVG_GPU_FRAGMENT ? 1 : 0;
	for (uint32_t i = 0; i < program->plan.image_count; i++) {
		const struct gles_plan_image *image = &program->plan.images[i];
		if (image->stage != stage || image->access != (PVG_SLOT_READ | PVG_SLOT_WRITE)) {
			continue;
		}
		for (uint32_t k = 0; k < p->image_count[stage]; k++) {
			uint8_t format = program->key.images[row][k];
			bool mine = p->image_slots[stage][k] == image->texture;
			if (mine && program->key.image_texels[row][k] != 0 && format != 33) {
				snprintf(why, why_bytes, "texture %u: GLES cannot both read and "
							 "write an image of this format",
					image->texture);
				return false;
			}
		}
	}
	return true;
}

static bool plan_stage(struct pvg_gpu_program *program, uint8_t stage, const struct bases *base,
	struct bases *next, char *why, size_t why_bytes) {
	struct gles_renderer *r = program->pipeline->owner->r;
	struct gles_plan *plan = &program->plan;
	const struct pvg_reflection *f = &program->results[stage]->reflection;
	*next = *base;
	bool room = true;
	for (uint32_t i = 0; i < f->slot_count; i++) {
		const struct pvg_reflection_slot *s = &f->slots[i];
		if (s->kind == PVG_SLOT_BUFFER) {
			room &= plan_buffer(plan, stage, s, base, next);
		} else if (s->kind == PVG_SLOT_IMAGE) {
			room &= plan_image(plan, stage, s, base, next);
		}
	}
	for (uint32_t i = 0; i < f->pair_count; i++) {
		room &= plan_pair(program, stage, f, &f->pairs[i], base, next);
	}
	plan_params(plan, stage, f, program->results[stage]->glsl, base, next);
	if (!check_texels(program, stage, why, why_bytes)) {
		return false;
	}
	if (!room) {
		snprintf(why, why_bytes, "more resources than a program can have");
		return false;
	}
	const struct gles_limits *l = &r->limits;
	if (next->storage - base->storage > (uint32_t)l->storage_blocks[stage]) {
		return refuse(why, why_bytes, "storage buffers", next->storage - base->storage,
			l->storage_blocks[stage]);
	}
	if (next->unit - base->unit > (uint32_t)l->textures[stage]) {
		return refuse(why, why_bytes, "textures", next->unit - base->unit,
			l->textures[stage]);
	}
	if (next->image - base->image > (uint32_t)l->images[stage] ||
		next->image > (uint32_t)l->image_units) {
		return refuse(why, why_bytes, "storage images", next->image, l->image_units);
	}
	return next->unit <= GLES_TEXTURE_UNITS ||
		refuse(why, why_bytes, "textures", next->unit, (int)GLES_TEXTURE_UNITS);
}

/*
 * Where the uniform blocks of a render program begin. By what its functions say, so that programs
 * which take turns mostly have bindings of their own: blocks that stay the same stay bound, where
 * one place for all of them would be bound again with each program.
 */
static uint32_t first_uniform(const struct gles_renderer *r, const struct pvg_shader_result *vertex,
	const struct pvg_shader_result *fragment) {
	const struct pvg_shader_result *stages[] = { vertex, fragment };
	uint32_t hash = 2166136261u, blocks = 0;
	for (uint32_t i = 0; i < 2 && stages[i] != NULL; i++) {
		const struct pvg_reflection *f = &stages[i]->reflection;
		uint32_t end = f->flags & PVG_REFLECT_PARAMS ? f->params_binding + 1u : 0;
		for (uint32_t k = 0; k < f->slot_count; k++) {
			const struct pvg_reflection_slot *s = &f->slots[k];
			bool block = s->kind == PVG_SLOT_BUFFER && s->flags & PVG_SLOT_UNIFORM;
			end = block && s->binding >= end ? s->binding + 1u : end;
		}
		blocks += end;
		for (const char *c = stages[i]->glsl; *c != '\0'; c++) {
			hash = (hash ^ (uint8_t)*c) * 16777619u;
		}
	}
	uint32_t bindings = (uint32_t)r->limits.uniform_bindings;
	return blocks < bindings ? (hash ^ hash >> 16) % (bindings - blocks + 1) : 0;
}

/* ---- texts --------------------------------------------------------------------------------- */

/* What becomes of the stage's images and units, by their number in the stage. */
struct texels {
	uint8_t formats[GLES_TEXT_IMAGES];
	uint16_t images[GLES_TEXT_IMAGES], units[GLES_TEXT_UNITS];
};

static void stage_texels(const struct pvg_gpu_program *program, uint8_t stage,
	const struct bases *base, struct texels *t) {
	const struct pvg_gpu_pipeline *p = program->pipeline;
	uint32_t row = stage == PVG_GPU_FRAGMENT ? 1 : 0;
	memset(t, 0, sizeof(*t));
	for (uint32_t i = 0; i < program->plan.image_count; i++) {
		const struct gles_plan_image *image = &program->plan.images[i];
		uint32_t number = image->unit - base->image;
		for (uint32_t k = 0; k < p->image_count[stage]; k++) {
			if (image->stage == stage && p->image_slots[stage][k] == image->texture &&
				number < GLES_TEXT_IMAGES) {
				t->formats[number] =
					program->key.images[row][k] & (uint8_t)~PVG_IMAGE_SWAP;
				t->images[number] = program->key.image_texels[row][k];
			}
		}
	}
	for (uint32_t i = 0; i < program->plan.unit_count; i++) {
		const struct gles_plan_unit *unit = &program->plan.units[i];
		if (unit->stage == stage && unit->unit - base->unit < GLES_TEXT_UNITS) {
			t->units[unit->unit - base->unit] = unit->texel;
		}
	}
}

/* As many samples as the first target's alpha says, before alpha becomes one. */
static size_t coverage_tail(const struct pvg_gpu_program *program, char *tail, size_t bytes) {
	const struct pvg_gpu_pipeline *p = program->pipeline;
	const struct pvg_reflection *f = &program->results[PVG_GPU_FRAGMENT]->reflection;
	size_t used = 0;
	if (!gles_covers_by_mask(p)) {
		return 0;
	}
	for (uint32_t pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < f->output_count; i++) {
			const struct pvg_reflection_output *o = &f->outputs[i];
			if (o->kind != PVG_OUTPUT_COLOR || o->dual_source != 0 ||
				o->value_class != PVG_CLASS_FLOAT || o->components < 4) {
				continue;
			}
			if (pass == 0 && o->location == 0) {
				used += (size_t)snprintf(tail + used, bytes - used,
					"    pvg_main();\n"
					"    gl_SampleMask[0] = (1 << int(clamp(color_0.a, 0.0, 1.0) "
					"* %u.0 + 0.5)) - 1;\n",
					p->render.samples);
			} else if (pass == 1 && used > 0) {
				used += (size_t)snprintf(tail + used, bytes - used,
					"    color_%u.a = 1.0;\n", o->location);
			}
		}
	}
	return used;
}

/* Targets that keep alpha in red get it there (spec 03 section 12.3). "": there are none. */
static void alpha_tail(const struct pvg_gpu_program *program, char *tail, size_t bytes) {
	const struct pvg_reflection *f = &program->results[PVG_GPU_FRAGMENT]->reflection;
	tail[0] = '\0';
	size_t used = coverage_tail(program, tail, bytes);
	for (uint32_t i = 0; i < f->output_count; i++) {
		const struct pvg_reflection_output *o = &f->outputs[i];
		const struct gles_format *format = o->location < PVG_GPU_COLORS
			? gles_format_find(program->pipeline->render.colors[o->location].format)
			: NULL;
		if (o->kind == PVG_OUTPUT_COLOR && o->dual_source == 0 && format != NULL &&
			format->flags & GLES_FORMAT_ALPHA) {
			used += (size_t)snprintf(tail + used, bytes - used,
				"%s    color_%u = color_%u.aaaa;\n",
				used == 0 ? "    pvg_main();\n" : "", o->location, o->location);
		}
	}
}

/*
 * Samples are counted where they pass (spec 03 section 9.5): tests come first, unless the function
 * writes memory, for samples that fail as well, or decides what becomes of a sample while the tests
 * have an effect. Then those are counted that it leaves, before the tests: too many rather than too
 * few. Of a pixel of which some samples pass GLES does not tell which: where nothing else comes of
 * it, the function runs for each sample.
 */
struct counting {
	bool early; // tests are made to come first
	bool mask;  // the function leaves out samples by a mask
	bool each;  // once for each sample
};

static struct counting counting_of(const struct pvg_gpu_program *program,
	const struct pvg_reflection *f) {
	const struct pvg_gpu_pipeline *p = program->pipeline;
	struct counting c = { .mask = gles_covers_by_mask(p) };
	bool writes = false, depth = false, colors = false;
	bool first = f != NULL && (f->flags & PVG_REFLECT_EARLY_TESTS) != 0;
	for (uint32_t i = 0; f != NULL && i < f->slot_count; i++) {
		writes |= (f->slots[i].access & PVG_SLOT_WRITE) != 0;
	}
	for (uint32_t i = 0; f != NULL && i < f->output_count; i++) {
		const struct pvg_reflection_output *o = &f->outputs[i];
		depth |= o->kind == PVG_OUTPUT_DEPTH || o->kind == PVG_OUTPUT_STENCIL;
		c.mask |= o->kind == PVG_OUTPUT_SAMPLE_MASK;
		colors |= o->kind == PVG_OUTPUT_COLOR && o->location < PVG_GPU_COLORS &&
			p->render.colors[o->location].format != 0 &&
			p->blend[o->location].mask != 0;
	}
	bool decides = (f != NULL && (f->flags & PVG_REFLECT_DISCARD) != 0) || c.mask || depth ||
		p->render.alpha_to_coverage || p->render.alpha_test != 0;
	c.early = !first && !writes && !depth &&
		(!decides || program->key.counts == GLES_COUNTS_KEEPING);
	c.mask &= p->render.samples > 1;
	c.each = p->render.samples > 1 && (first || c.early) && !decides && !writes && !colors;
	return c;
}

static void count_samples(const struct pvg_gpu_program *program, const struct pvg_reflection *f,
	char *head, size_t head_bytes, char *tail, size_t tail_bytes) {
	bool many = program->pipeline->render.samples > 1;
	size_t used = strlen(tail);
	struct counting c = counting_of(program, f);
	const char *samples = !many ? "1u"
		: c.mask            ? "uint(bitCount(gl_SampleMaskIn[0] & gl_SampleMask[0]))"
		: c.each            ? "uint(gl_SampleMaskIn[0] >> gl_SampleID & 1)"
				    : "uint(bitCount(gl_SampleMaskIn[0]))";
	snprintf(head, head_bytes,
		"%slayout(binding = %u, std430) coherent buffer pvg_counter\n"
		"{\n"
		"    highp uint samples, carry;\n"
		"} pvg_count;\n",
		c.early ? "layout(early_fragment_tests) in;\n" : "", program->plan.counter);
	// 64 bits: a large pass drawn over often enough has more than 2^32 samples.
	snprintf(tail + used, tail_bytes - used,
		"%s    highp uint pvg_n = %s;\n"
		"    if (atomicAdd(pvg_count.samples, pvg_n) + pvg_n < pvg_n) {\n"
		"        atomicAdd(pvg_count.carry, 1u);\n"
		"    }\n",
		used == 0 ? "    pvg_main();\n" : "", samples);
}

static void plan_counter(struct pvg_gpu_program *program, const struct bases *base,
	struct bases *next) {
	const struct gles_limits *l = &program->pipeline->owner->r->limits;
	uint32_t used = next->storage - base->storage;
	if (program->key.counts && used < (uint32_t)l->storage_blocks[PVG_GPU_FRAGMENT] &&
		next->storage < (uint32_t)l->storage_bindings) {
		program->plan.counts = true;
		program->plan.counter = (uint8_t)next->storage++;
	}
}

/* What the stage that gives positions does besides. Its texts go to @head and @tail. */
static void edit_vertex(const struct pvg_gpu_program *program, struct gles_text_edit *edit,
	char *head, size_t head_bytes, char *tail, size_t tail_bytes) {
	const struct gles_key *key = &program->key;
	struct gles_text before = { .at = head, .room = head_bytes };
	struct gles_text after = { .at = tail, .room = tail_bytes };
	if (key->geometry != GLES_GEOMETRY_NONE) {
		edit->varyings = &program->results[PVG_GPU_VERTEX]->reflection;
	}
	gles_opengl_head(key, &before); // an extension comes first
	if (key->by_number) {
		gles_text_say(&before, "flat out highp int " GLES_GEOMETRY_NUMBER ";\n");
	}
	if (key->patch_indices) {
		edit->word = "gl_PrimitiveID";
		edit->instead = "pvg_patch_index";
		gles_text_say(&before, "patch in highp int pvg_patch_index;\n");
	}
	if (key->by_number || gles_opengl_edits(key)) {
		gles_text_say(&after, "    pvg_main();\n%s",
			key->by_number ? "    " GLES_GEOMETRY_NUMBER " = gl_VertexID;\n" : "");
		gles_opengl_tail(program, &after);
	}
	edit->head = before.used > 0 ? head : NULL;
	edit->tail = after.used > 0 ? tail : NULL;
}

static char *stage_text(const struct pvg_gpu_program *program, uint8_t stage, const char *glsl,
	const struct bases *base, bool rename) {
	struct gles_text_edit edit = {
		.glsl = glsl,
		.uniform_base = base->uniform,
		.storage_base = base->storage,
		.unit_base = base->unit,
		.image_base = base->image,
		.rename = rename,
		.params = program->plan.params[stage].count,
	};
	struct texels texels;
	char tail[PVG_GPU_COLORS * 80 + 640], head[320];
	stage_texels(program, stage, base, &texels);
	edit.image_formats = texels.formats;
	edit.image_texels = texels.images;
	edit.unit_texels = texels.units;
	if (stage == PVG_GPU_FRAGMENT) {
		alpha_tail(program, tail, sizeof(tail));
		if (program->plan.counts) {
			const struct pvg_reflection *f = &program->results[stage]->reflection;
			count_samples(program, f, head, sizeof(head), tail, sizeof(tail));
			edit.head = head;
		}
		edit.tail = tail[0] != '\0' ? tail : NULL;
	}
	if (stage == PVG_GPU_VERTEX) {
		edit_vertex(program, &edit, head, sizeof(head), tail, sizeof(tail));
	}
	if (stage == PVG_GPU_KERNEL) {
		edit.split = true;
		edit.head = "uniform highp uvec3 pvg_limit, pvg_group, pvg_groups;\n";
		// Exactly the threads that were asked for run (spec 03 section 9.6).
		edit.tail =
			"    if (all(lessThan((gl_WorkGroupID + pvg_group) * gl_WorkGroupSize +\n"
			"            gl_LocalInvocationID, pvg_limit))) {\n"
			"        pvg_main();\n"
			"    }\n";
	}
	return gles_text_edit(&edit);
}

/* Of a pipeline without fragment function. */
static char *depth_text(const struct pvg_gpu_program *program) {
	static const char empty[] = "#version 320 es\nvoid main()\n{\n}\n";
	char head[256], tail[320] = "";
	if (!program->plan.counts) {
		return strdup(empty);
	}
	count_samples(program, NULL, head, sizeof(head), tail, sizeof(tail));
	return gles_text_edit(&(struct gles_text_edit){
		.glsl = empty, .head = head, .tail = tail });
}

// What a function wants of the host.
static bool check_host(const struct pvg_gpu_program *program,
	const struct pvg_reflection *fragment, char *why, size_t why_bytes) {
	const struct pvg_gpu_pipeline *p = program->pipeline;
	const struct gles_ext *ext = &p->owner->r->ext;
	bool two = false;
	for (uint32_t i = 0; fragment != NULL && i < fragment->output_count; i++) {
		two |= fragment->outputs[i].dual_source != 0;
	}
	const char *what = p->clip_distances > 0 && !ext->clip_cull_distance
		? "clip distances need GL_EXT_clip_cull_distance"
		: program->key.clip_planes > 0 && !ext->clip_cull_distance
		? "clip planes need GL_EXT_clip_cull_distance"
		: p->chooses_viewport && !ext->viewport_array
		? "a function that chooses its viewport needs GL_OES_viewport_array"
		: two && !ext->blend_func_extended
		? "a second source colour needs GL_EXT_blend_func_extended"
		: NULL;
	snprintf(why, why_bytes, "%s", what != NULL ? what : "");
	return what == NULL;
}

static bool render_texts(struct pvg_gpu_program *program, char *texts[GLES_BUILD_STAGES],
	GLenum stages[GLES_BUILD_STAGES], uint32_t *count, char *why, size_t why_bytes) {
	const struct pvg_shader_result *vertex = program->results[PVG_GPU_VERTEX];
	const struct pvg_shader_result *fragment = program->results[PVG_GPU_FRAGMENT];
	struct pvg_gpu_pipeline *p = program->pipeline;
	bool tessellates = vertex->reflection.stage == PVG_STAGE_TESSELLATION;
	struct bases base = { 0 }, next = { 0 };
	if (!check_host(program, fragment != NULL ? &fragment->reflection : NULL, why, why_bytes)) {
		return false;
	}
	if (tessellates) {
		base.storage = next.storage = GLES_TESS_STORAGE;
		base.uniform = next.uniform = GLES_TESS_UNIFORM;
	} else {
		base.uniform = next.uniform = first_uniform(p->owner->r, vertex, fragment);
	}
	if (tessellates) {
		stages[*count] = GL_VERTEX_SHADER;
		texts[(*count)++] = strdup(gles_tess_vertex);
		stages[*count] = GL_TESS_CONTROL_SHADER;
		texts[(*count)++] = gles_tess_control(&p->render.tessellation, &vertex->reflection,
			program->key.patch_indices);
	}
	if (!plan_stage(program, PVG_GPU_VERTEX, &base, &next, why, why_bytes)) {
		return false;
	}
	char *linked = NULL;
	if (fragment != NULL) {
		struct pvg_shader_status status = { 0 };
		linked = pvg_link_glsl(&vertex->reflection, vertex->glsl, &fragment->reflection,
			&status);
		if (linked == NULL) {
			snprintf(why, why_bytes, "%s: %s", pvg_shader_reason_name(status.reason),
				status.detail);
			return false;
		}
	}
	stages[*count] = tessellates ? GL_TESS_EVALUATION_SHADER : GL_VERTEX_SHADER;
	const char *text = linked != NULL ? linked : vertex->glsl;
	texts[(*count)++] = stage_text(program, PVG_GPU_VERTEX, text, &base, true);
	if (program->key.geometry != GLES_GEOMETRY_NONE) {
		const struct gles_geometry_desc desc = {
			.in = program->key.geometry,
			.order = program->key.order,
			.by_number = program->key.by_number,
			.clip_distances = (uint8_t)(p->clip_distances + program->key.clip_planes),
			.last_vertex = program->key.last_vertex,
			.depth_to_one = p->owner->r->ext.clip_control,
			.point_size = program->key.points && p->owner->r->ext.geometry_point_size,
		};
		stages[*count] = GL_GEOMETRY_SHADER;
		texts[(*count)++] = gles_geometry_text(&vertex->reflection, text, &desc);
	}
	free(linked);
	stages[*count] = GL_FRAGMENT_SHADER;
	base = next;
	if (fragment == NULL) {
		plan_counter(program, &base, &next);
		texts[(*count)++] = depth_text(program);
		return true;
	}
	if (!plan_stage(program, PVG_GPU_FRAGMENT, &base, &next, why, why_bytes)) {
		return false;
	}
	plan_counter(program, &base, &next);
	texts[(*count)++] = stage_text(program, PVG_GPU_FRAGMENT, fragment->glsl, &base, false);
	return true;
}

bool gles_plan_make(struct pvg_gpu_program *program, char *texts[GLES_BUILD_STAGES],
	GLenum stages[GLES_BUILD_STAGES], uint32_t *count, char *why, size_t why_bytes) {
	*count = 0;
	if (!program->pipeline->compute) {
		return render_texts(program, texts, stages, count, why, why_bytes);
	}
	struct bases base = { 0 }, next;
	const struct pvg_shader_result *kernel = program->results[PVG_GPU_KERNEL];
	if (!plan_stage(program, PVG_GPU_KERNEL, &base, &next, why, why_bytes)) {
		return false;
	}
	stages[*count] = GL_COMPUTE_SHADER;
	texts[(*count)++] = stage_text(program, PVG_GPU_KERNEL, kernel->glsl, &base, false);
	return true;
}

void gles_plan_finish(struct gles_renderer *r, struct gles_plan *plan) {
	for (uint32_t i = 0; i < plan->unit_count; i++) {
		if (plan->units[i].static_sampler != NULL) {
			gles_sampler_destroy(&r->base, plan->units[i].static_sampler);
		}
	}
	*plan = (struct gles_plan){ 0 };
}
