// SPDX-License-Identifier: GPL-2.0-or-later
#include "gen-air-private.h"

/* Globals, arguments and outputs of a generated function. */

void gen_globals(struct gen *g) {
	struct air_function *f = g->f;
	f->globals = pvg_arena_alloc(g->arena, 4, sizeof(*f->globals));
	for (uint32_t n = gen_below(g, 4); n > 0; n--) {
		struct air_global *global = pvg_arena_alloc(g->arena, 1, sizeof(*global));
		bool shared = f->stage == AIR_KERNEL && gen_chance(g, 128);
		*global = (struct air_global){
			.name = "table",
			.space = shared ? AIR_SPACE_THREADGROUP : AIR_SPACE_CONSTANT,
			.size_bytes = 4 + 4 * gen_below(g, 40),
			.align_bytes = 4,
			.index = f->global_count,
		};
		if (!shared) {
			uint8_t *data = pvg_arena_alloc(g->arena, global->size_bytes, 1);
			for (uint32_t i = 0; i < global->size_bytes; i++) {
				data[i] = (uint8_t)(i * 37 + n);
			}
			global->data = data;
		}
		f->globals[f->global_count++] = global;
	}
}

static void set_texture(struct gen *g, struct air_param *p) {
	static const uint8_t components[] = {AIR_F32, AIR_F16, AIR_I32, AIR_I32, AIR_I16, AIR_I16};
	uint32_t which = gen_below(g, 6);
	struct air_texture *t = &p->texture;
	p->role = AIR_ROLE_TEXTURE;
	p->access = (enum air_access)gen_below(g, 4);
	t->dim = (uint8_t)gen_below(g, AIR_DIM_BUFFER + 1);
	t->array = t->dim != AIR_DIM_3D && t->dim != AIR_DIM_BUFFER && gen_chance(g, 100);
	t->multisample = t->dim == AIR_DIM_2D && gen_chance(g, 40);
	t->depth = (t->dim == AIR_DIM_2D || t->dim == AIR_DIM_CUBE) && gen_chance(g, 60);
	t->component = t->depth ? AIR_F32 : components[which];
	t->component_signed = which % 2 == 1;
	if (t->multisample || t->depth) {
		p->access = p->access == AIR_ACCESS_SAMPLE ? AIR_ACCESS_SAMPLE : AIR_ACCESS_READ;
	}
	if (t->dim == AIR_DIM_BUFFER && p->access == AIR_ACCESS_SAMPLE) {
		p->access = AIR_ACCESS_READ;
	}
}

struct builtin {
	uint8_t which, stage, kind, n;
};

static const struct builtin builtins[] = {
	{AIR_BI_VERTEX_ID, AIR_VERTEX, AIR_I32, 1},
	{AIR_BI_INSTANCE_ID, AIR_VERTEX, AIR_I32, 1},
	{AIR_BI_BASE_VERTEX, AIR_VERTEX, AIR_I32, 1},
	{AIR_BI_BASE_INSTANCE, AIR_VERTEX, AIR_I32, 1},
	{AIR_BI_FRAG_COORD, AIR_FRAGMENT, AIR_F32, 4},
	{AIR_BI_FRONT_FACING, AIR_FRAGMENT, AIR_BOOL, 1},
	{AIR_BI_POINT_COORD, AIR_FRAGMENT, AIR_F32, 2},
	{AIR_BI_SAMPLE_ID, AIR_FRAGMENT, AIR_I32, 1},
	{AIR_BI_SAMPLE_MASK_IN, AIR_FRAGMENT, AIR_I32, 1},
	{AIR_BI_PRIMITIVE_ID, AIR_FRAGMENT, AIR_I32, 1},
	{AIR_BI_LAYER_IN, AIR_FRAGMENT, AIR_I32, 1},
	{AIR_BI_THREAD_POSITION_IN_GRID, AIR_KERNEL, AIR_I32, 3},
	{AIR_BI_THREAD_POSITION_IN_GRID, AIR_KERNEL, AIR_I16, 2},
	{AIR_BI_THREADGROUP_POSITION_IN_GRID, AIR_KERNEL, AIR_I32, 3},
	{AIR_BI_THREAD_POSITION_IN_THREADGROUP, AIR_KERNEL, AIR_I32, 1},
	{AIR_BI_THREAD_INDEX_IN_THREADGROUP, AIR_KERNEL, AIR_I16, 1},
	{AIR_BI_THREADS_PER_THREADGROUP, AIR_KERNEL, AIR_I32, 3},
	{AIR_BI_THREADGROUPS_PER_GRID, AIR_KERNEL, AIR_I32, 2},
	{AIR_BI_THREADS_PER_GRID, AIR_KERNEL, AIR_I32, 3},
	{AIR_BI_THREAD_INDEX_IN_SIMDGROUP, AIR_KERNEL, AIR_I32, 1},
	{AIR_BI_SIMDGROUP_INDEX, AIR_KERNEL, AIR_I16, 1},
	{AIR_BI_THREADS_PER_SIMDGROUP, AIR_KERNEL, AIR_I32, 1},
};

static const struct air_type *numbers(struct gen *g) {
	static const uint8_t kinds[] = {AIR_F32, AIR_F32, AIR_I32, AIR_F16, AIR_I16, AIR_I8};
	return gen_type(g, kinds[gen_below(g, 6)], 1 + gen_below(g, 4));
}

static void set_argument(struct gen *g, struct air_param *p, uint32_t index) {
	p->location = index;
	p->type = gen_type(g, AIR_PTR, 1);
	switch (gen_below(g, 8)) {
	case 0:
	case 1:
	case 2:
		p->role = AIR_ROLE_BUFFER;
		p->space = (uint8_t)(gen_chance(g, 128) ? AIR_SPACE_DEVICE : AIR_SPACE_CONSTANT);
		if (g->f->stage == AIR_KERNEL && gen_chance(g, 60)) {
			p->space = AIR_SPACE_THREADGROUP;
		}
		p->buffer_bytes = gen_chance(g, 128) ? 0 : 16 * gen_below(g, 20);
		p->access = (enum air_access)(1 + gen_below(g, 3));
		p->type_align_bytes = 16;
		break;
	case 3:
		set_texture(g, p);
		break;
	case 4:
		p->role = AIR_ROLE_SAMPLER;
		p->space = AIR_SPACE_CONSTANT;
		break;
	case 5:
	case 6: {
		const struct builtin *b =
			&builtins[gen_below(g, sizeof(builtins) / sizeof(builtins[0]))];
		if (b->stage == g->f->stage || g->wild) {
			p->role = AIR_ROLE_BUILTIN;
			p->builtin = (enum air_builtin)b->which;
			p->type = gen_type(g, b->kind, b->n);
			break;
		}
	}
		// fallthrough
	default:
		p->type = numbers(g);
		if (g->f->stage == AIR_VERTEX) {
			p->role = AIR_ROLE_VERTEX_INPUT;
		} else if (g->f->stage == AIR_FRAGMENT) {
			p->role = gen_chance(g, 40) && index < 8 ? AIR_ROLE_RENDER_TARGET
								 : AIR_ROLE_FRAGMENT_INPUT;
			p->interpolation = (enum air_interpolation)gen_below(g, 4);
			if (p->type->comps[0].kind <= AIR_I64) {
				p->interpolation = AIR_INTERPOLATION_FLAT;
			}
			p->no_perspective = gen_chance(g, 30);
		} else {
			p->role = AIR_ROLE_BUILTIN;
			p->builtin = AIR_BI_THREAD_POSITION_IN_GRID;
			p->type = gen_type(g, AIR_I32, 1 + gen_below(g, 3));
		}
		break;
	}
	if (g->wild && gen_chance(g, 40)) {
		p->role = (enum air_role)gen_below(g, AIR_ROLE_VIEWPORT + 1);
		p->builtin = (enum air_builtin)gen_below(g, AIR_BI_COUNT);
		p->location = (uint32_t)fuzz_take(g->in, 2);
		p->type = gen_chance(g, 128) ? numbers(g) : p->type;
	}
}

static const char *semantic(uint32_t i) {
	static const char *const names[] = {
		"user(locn0)",
		"user(locn1)",
		"user(locn2)",
		"user(locn3)",
		"user(locn4)",
		"user(locn5)",
		"user(locn6)",
		"user(locn7)",
	};
	return names[i % 8];
}

static const char *type_name(const struct air_type *t) {
	return t->comps[0].kind == AIR_F32    ? "float4"
		: t->comps[0].kind == AIR_F16 ? "half4"
		: t->comps[0].kind == AIR_PTR ? ""
					      : "uint4";
}

static void add_output(struct gen *g, enum air_role role, const struct air_type *type,
	uint32_t location) {
	struct air_function *f = g->f;
	struct air_param *o = &f->outputs[f->output_count];
	uint32_t first = 0;
	if (f->output_count > 0) {
		first = o[-1].first_comp + o[-1].type->comp_count;
	}
	*o = (struct air_param){
		.role = role,
		.location = location,
		.type = type,
		.name = "output",
		.type_name = type_name(type),
		.semantic = semantic(location),
		.first_comp = first,
	};
	f->output_count++;
}

/* What is fetched from a target has the type of what is written to it. */
static const struct air_type *target_type(struct gen *g, uint32_t location) {
	for (uint32_t i = 0; i < g->f->arg_count; i++) {
		const struct air_param *a = &g->f->args[i];
		if (a->role == AIR_ROLE_RENDER_TARGET && a->location == location) {
			return a->type;
		}
	}
	return numbers(g);
}

static void make_outputs(struct gen *g) {
	struct air_function *f = g->f;
	f->outputs = pvg_arena_alloc(g->arena, 16, sizeof(*f->outputs));
	if (f->stage == AIR_VERTEX) {
		add_output(g, AIR_ROLE_POSITION, gen_type(g, AIR_F32, 4), 0);
		for (uint32_t i = gen_below(g, 4); i > 0; i--) {
			add_output(g, AIR_ROLE_VERTEX_OUTPUT, numbers(g), i);
		}
		if (gen_chance(g, 40)) {
			add_output(g, AIR_ROLE_POINT_SIZE, gen_type(g, AIR_F32, 1), 0);
		}
		if (gen_chance(g, 40)) {
			add_output(g, AIR_ROLE_CLIP_DISTANCE, gen_type(g, AIR_F32, 1), 0);
			f->outputs[f->output_count - 1].array_size = 1;
		}
		if (gen_chance(g, 20)) {
			add_output(g, AIR_ROLE_LAYER, gen_type(g, AIR_I32, 1), 0);
		}
	} else if (f->stage == AIR_FRAGMENT) {
		for (uint32_t i = gen_below(g, 4); i > 0; i--) {
			add_output(g, AIR_ROLE_RENDER_TARGET, target_type(g, i - 1), i - 1);
		}
		if (gen_chance(g, 40)) {
			add_output(g, AIR_ROLE_DEPTH, gen_type(g, AIR_F32, 1), 0);
			f->outputs[f->output_count - 1].depth_qualifier = (uint8_t)gen_below(g, 3);
		}
		if (gen_chance(g, 20)) {
			add_output(g, AIR_ROLE_SAMPLE_MASK, gen_type(g, AIR_I32, 1), 0);
		}
	}
	if (g->wild && gen_chance(g, 40) && f->output_count < 15) {
		add_output(g, (enum air_role)gen_below(g, AIR_ROLE_VIEWPORT + 1), numbers(g),
			(uint32_t)fuzz_take(g->in, 2));
	}
}

void gen_params(struct gen *g) {
	struct air_function *f = g->f;
	f->arg_count = gen_below(g, 9);
	f->args = pvg_arena_alloc(g->arena, f->arg_count, sizeof(*f->args));
	f->arg_values = pvg_arena_alloc(g->arena, f->arg_count, sizeof(*f->arg_values));
	for (uint32_t i = 0; i < f->arg_count; i++) {
		set_argument(g, &f->args[i], i);
		f->args[i].name = "argument";
		f->args[i].count = 1;
		f->args[i].semantic = semantic(i);
		f->args[i].type_name = type_name(f->args[i].type);
		struct air_value *v = gen_value(g, AIR_ARG, f->args[i].type, 0);
		v->arg = i;
		f->arg_values[i] = v;
		// Handles are for texture calls alone.
		if (g->wild ||
			(f->args[i].role != AIR_ROLE_TEXTURE &&
				f->args[i].role != AIR_ROLE_SAMPLER)) {
			gen_note(g, v);
		}
	}
	make_outputs(g);
}
