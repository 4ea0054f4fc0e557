// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "gen-air-private.h"

/*
 * Calls. A signature is its name, the result and the operands, each a letter with a count before
 * it: b bool, c i8, s i16, i i32, l i64, h half, w bfloat, f float, p a pointer, z a constant i32
 * that is small, v nothing. K in a name becomes what the stage allows.
 */
struct signature {
	const char *name, *result, *operands;
	uint8_t stages; // bits by enum air_stage, 0 all
};

#define KERNEL (1u << AIR_KERNEL)
#define FRAGMENT (1u << AIR_FRAGMENT)

static const struct signature signatures[] = {
	{"air.fast_sin.f32", "f", "f", 0},
	{"air.sin.v3f32", "3f", "3f", 0},
	{"air.fast_pow.f32", "f", "f f", 0},
	{"air.fast_exp2.f16", "h", "h", 0},
	{"air.fast_fmax.v2f32", "2f", "2f 2f", 0},
	{"air.fast_fmin.f16", "h", "h h", 0},
	{"air.fast_clamp.v4f32", "4f", "4f 4f 4f", 0},
	{"air.fast_saturate.f32", "f", "f", 0},
	{"air.mix.v4f32", "4f", "4f 4f 4f", 0},
	{"air.fma.f32", "f", "f f f", 0},
	{"air.fast_round.f32", "f", "f", 0},
	{"air.fast_fract.v2f32", "2f", "2f", 0},
	{"air.fast_ldexp.f32", "f", "f i", 0},
	{"air.ilogb.f32", "i", "f", 0},
	{"air.nextafter.f32", "f", "f f", 0},
	{"air.fast_sincos.f32", "f", "f p", 0},
	{"air.modf.f32", "f", "f p", 0},
	{"air.frexp.f32", "f", "f p", 0},
	{"air.dot.v4f32", "f", "4f 4f", 0},
	{"air.cross.v3f32", "3f", "3f 3f", 0},
	{"air.length.v2f32", "f", "2f", 0},
	{"air.fast_normalize.v3f32", "3f", "3f", 0},
	{"air.reflect.v3f32", "3f", "3f 3f", 0},
	{"air.refract.v3f32", "3f", "3f 3f f", 0},
	{"air.smoothstep.f32", "f", "f f f", 0},
	{"air.sign.v4f32", "4f", "4f", 0},
	{"air.isnan.f32", "b", "f", 0},
	{"air.isinf.v2f32", "2b", "2f", 0},
	{"air.abs.s.i32", "i", "i", 0},
	{"air.abs_diff.s.i16", "s", "s s", 0},
	{"air.min.u.v4i32", "4i", "4i 4i", 0},
	{"air.max.s.i8", "c", "c c", 0},
	{"air.max.s.i64", "l", "l l", 0},
	{"air.clamp.s.i32", "i", "i i i", 0},
	{"air.mul_hi.u.i32", "i", "i i", 0},
	{"air.mul_hi.s.i64", "l", "l l", 0},
	{"air.mad_sat.s.i32", "i", "i i i", 0},
	{"air.mad_hi.s.i16", "s", "s s s", 0},
	{"air.add_sat.s.i16", "s", "s s", 0},
	{"air.sub_sat.u.i64", "l", "l l", 0},
	{"air.hadd.s.i32", "i", "i i", 0},
	{"air.rhadd.u.i8", "c", "c c", 0},
	{"air.rotate.u.i32", "i", "i i", 0},
	{"air.rotate.u.i16", "s", "s s", 0},
	{"air.popcount.i32", "i", "i", 0},
	{"air.popcount.i64", "l", "l", 0},
	{"air.reverse_bits.i32", "i", "i", 0},
	{"air.reverse_bits.i16", "s", "s", 0},
	{"air.clz.i8", "c", "c b", 0},
	{"air.ctz.i64", "l", "l b", 0},
	{"air.extract_bits.s.i32", "i", "i i i", 0},
	{"air.insert_bits.u.i32", "i", "i i i i", 0},
	{"air.mul24.u.i32", "i", "i i", 0},
	{"air.mad24.s.i32", "i", "i i i", 0},
	{"air.convert.f.f32.s.i32", "f", "i", 0},
	{"air.convert.u.v4i8.f.v4f32", "4c", "4f", 0},
	{"air.convert.s.i64.f.f32", "l", "f", 0},
	{"air.convert.f.v2f16.u.v2i16", "2h", "2s", 0},
	{"air.convert.f.v4bf16.f.v4f32", "4w", "4f", 0},
	{"air.convert.u.i1.f.f32", "b", "f", 0},
	{"llvm.smax.i32", "i", "i i", 0},
	{"llvm.umin.i64", "l", "l l", 0},
	{"llvm.fshl.i32", "i", "i i i", 0},
	{"llvm.bswap.i32", "i", "i", 0},
	{"llvm.ctpop.i16", "s", "s", 0},
	{"llvm.usub.sat.i32", "i", "i i", 0},
	{"llvm.sadd.sat.i8", "c", "c c", 0},
	{"llvm.maxnum.f32", "f", "f f", 0},
	{"llvm.fmuladd.v4f32", "4f", "4f 4f 4f", 0},
	{"llvm.fabs.f16", "h", "h", 0},
	{"llvm.vector.reduce.add.v4i32", "i", "4i", 0},
	{"llvm.memset.p0.i64", "v", "p c q b", 0},
	{"llvm.memcpy.p0.p1.i64", "v", "p p q b", 0},
	{"air.pack.unorm4x8.v4f32", "i", "4f", 0},
	{"air.unpack.snorm2x16.v2f32", "2f", "i", 0},
	{"air.atomic.global.add.u.i32", "i", "p i z z b", 0},
	{"air.atomic.global.max.s.i32", "i", "p i z z b", 0},
	{"air.atomic.global.load.i32", "i", "p z z b", 0},
	{"air.atomic.global.store.i32", "v", "p i z z b", 0},
	{"air.atomic.global.xchg.f32", "f", "p f z z b", 0},
	{"air.atomic.local.or.u.i32", "i", "p i z z b", KERNEL},
	{"air.wg.barrier", "v", "z z", KERNEL},
	{"air.simdgroup.barrier", "v", "z z", KERNEL},
	{"air.simd_sum.f32", "f", "f", KERNEL},
	{"air.simd_max.s.i32", "i", "i", KERNEL},
	{"air.simd_and.u.i32", "i", "i", KERNEL},
	{"air.simd_prefix_exclusive_sum.u.i32", "i", "i", KERNEL},
	{"air.simd_shuffle_down.f32", "f", "f s", KERNEL},
	{"air.simd_shuffle_xor.u.i32", "i", "i s", KERNEL},
	{"air.simd_shuffle.v4f32", "4f", "4f s", KERNEL},
	{"air.simd_broadcast.f16", "h", "h s", KERNEL},
	{"air.simd_broadcast_first.i64", "l", "l", KERNEL},
	{"air.simd_ballot.i64", "l", "b", KERNEL},
	{"air.simd_all", "b", "b", KERNEL},
	{"air.simd_is_first", "b", "", KERNEL},
	{"air.quad_sum.f32", "f", "f", KERNEL},
	{"air.quad_shuffle_xor.u.i32", "i", "i s", KERNEL},
	{"air.dfdx.v2f32", "2f", "2f", FRAGMENT},
	{"air.dfdy.f32", "f", "f", FRAGMENT},
	{"air.fwidth.v2f32", "2f", "2f", FRAGMENT},
	{"air.discard_fragment", "v", "", FRAGMENT},
};

static uint8_t letter_kind(char c) {
	static const char letters[] = "bcsilhwfp";
	static const uint8_t kinds[] = {
		AIR_BOOL, AIR_I8, AIR_I16, AIR_I32, AIR_I64, AIR_F16, AIR_BF16, AIR_F32, AIR_PTR};
	const char *at = strchr(letters, c);
	return at != NULL ? kinds[at - letters] : AIR_I32;
}

static uint32_t count_of(const char **text) {
	return **text >= '1' && **text <= '9' ? (uint32_t)(*(*text)++ - '0') : 1;
}

static struct air_value *operand(struct gen *g, const char **text) {
	while (**text == ' ') {
		(*text)++;
	}
	uint32_t n = count_of(text);
	char c = *(*text)++;
	if (g->wild && gen_chance(g, 16)) {
		n = 1 + gen_below(g, 6);
		c = "bcsilhwfp"[gen_below(g, 9)];
	}
	if (c == 'z') {
		return gen_const_bits(g, AIR_I32, 1, gen_below(g, 4));
	}
	if (c == 'q') { // bytes of a memory intrinsic
		return gen_chance(g, 200) ? gen_const_bits(g, AIR_I64, 1, gen_below(g, 80))
					  : gen_pick(g, AIR_I64, 1, g->now);
	}
	return gen_pick(g, letter_kind(c), n, g->now);
}

static void note_name(struct gen *g, const char *name) {
	g->f->has_simd |= strncmp(name, "air.simd", 8) == 0 || strncmp(name, "air.quad", 8) == 0;
	g->f->has_barrier |= strncmp(name, "air.wg.barrier", 14) == 0;
	g->f->has_discard |= strncmp(name, "air.discard_fragment", 20) == 0;
}

static struct air_value *new_call(struct gen *g, const char *name, const struct air_type *result,
	uint32_t operands) {
	struct air_value *v = gen_value(g, AIR_CALL, result, operands);
	v->callee = pvg_arena_text(g->arena, name, strlen(name));
	v->call_align = 1u << gen_below(g, 5);
	note_name(g, name);
	return v;
}

static void plain_call(struct gen *g) {
	const struct signature *s =
		&signatures[gen_below(g, sizeof(signatures) / sizeof(signatures[0]))];
	if (s->stages != 0 && !(s->stages >> g->f->stage & 1) && !g->wild) {
		return;
	}
	const char *text = s->result, *operands = s->operands;
	uint32_t n = count_of(&text), count = 0;
	const struct air_type *result =
		*text == 'v' ? gen_type(g, AIR_I32, 0) : gen_type(g, letter_kind(*text), n);
	if (g->wild && gen_chance(g, 16)) {
		result = gen_type(g, letter_kind("bcsilhwfp"[gen_below(g, 9)]), gen_below(g, 6));
	}
	for (const char *c = operands; *c != '\0'; c++) {
		count += *c >= 'a' && *c <= 'z';
	}
	if (g->wild && gen_chance(g, 16) && count > 0) {
		count -= 1 + gen_below(g, count);
	}
	struct air_value *v = new_call(g, s->name, result, count);
	for (uint32_t i = 0; i < count; i++) {
		v->ops[i] = operand(g, &operands);
	}
	gen_append(g, v);
}

/* ---- textures -------------------------------------------------------------------------------- */

struct texture_call {
	char name[96];
	struct air_value *ops[20];
	uint32_t count;
};

static void push(struct texture_call *c, struct air_value *v) {
	c->ops[c->count++] = v;
}

static struct air_value *argument(struct gen *g, enum air_role role, uint32_t *index) {
	uint32_t start = gen_below(g, 16);
	for (uint32_t k = 0; k < g->f->arg_count; k++) {
		uint32_t i = (start + k) % g->f->arg_count;
		if (g->f->args[i].role == role) {
			*index = i;
			return g->f->arg_values[i];
		}
	}
	return NULL;
}

static const char *kind_of(const struct air_texture *t, char *text, size_t size) {
	static const char *const dims[] = {"1d", "2d", "3d", "cube", "buffer_1d"};
	snprintf(text, size, "%s_%s%s%s", t->depth ? "depth" : "texture", dims[t->dim],
		t->multisample ? "_ms" : "", t->array ? "_array" : "");
	return text;
}

static const char *texel_suffix(const struct air_texture *t) {
	if (t->depth) {
		return "f32";
	}
	switch (t->component) {
	case AIR_F32:
		return "v4f32";
	case AIR_F16:
		return "v4f16";
	case AIR_I16:
		return t->component_signed ? "s.v4i16" : "u.v4i16";
	default:
		return t->component_signed ? "s.v4i32" : "u.v4i32";
	}
}

static uint32_t dimensions(const struct air_texture *t) {
	return t->dim == AIR_DIM_3D || t->dim == AIR_DIM_CUBE ? 3 : t->dim == AIR_DIM_2D ? 2 : 1;
}

/* The texel, with the byte of residency behind it half of the time. */
static const struct air_type *texel_type(struct gen *g, const struct air_texture *t) {
	uint32_t n = t->depth ? 1 : 4;
	if (gen_chance(g, 128)) {
		return gen_type(g, t->component, n);
	}
	struct air_type *r = pvg_arena_alloc(g->arena, 1, sizeof(*r));
	*r = *gen_type(g, t->component, n + 1);
	r->comps[n].kind = AIR_I8;
	return r;
}

static void push_offset(struct gen *g, struct texture_call *c, const struct air_texture *t) {
	if (t->dim == AIR_DIM_CUBE) {
		return;
	}
	push(c, gen_const_bits(g, AIR_BOOL, 1, t->dim != AIR_DIM_1D));
	push(c,
		gen_const_bits(g, AIR_I32, dimensions(t),
			gen_chance(g, 200) ? 0 : gen_below(g, 8)));
}

static void sample(struct gen *g, struct texture_call *c, const struct air_texture *t,
	const char *kind, struct air_value *sampler) {
	bool compare = t->depth && gen_chance(g, 128);
	bool gather = t->dim != AIR_DIM_1D && t->dim != AIR_DIM_3D && gen_chance(g, 60);
	bool grad = !gather && !compare && gen_chance(g, 60);
	snprintf(c->name, sizeof(c->name), "air.%s%s_%s%s.%s", gather ? "gather" : "sample",
		compare ? "_compare" : "", kind, grad ? "_grad" : "",
		gather && t->depth ? "v4f32" : texel_suffix(t));
	push(c, sampler);
	if (t->depth) {
		push(c, gen_const_bits(g, AIR_I32, 1, 1));
	}
	push(c, gen_pick(g, AIR_F32, dimensions(t), g->now));
	if (t->array) {
		push(c, gen_pick(g, AIR_I32, 1, g->now));
	}
	if (compare) {
		push(c, gen_pick(g, AIR_F32, 1, g->now));
	}
	if (grad) {
		push(c, gen_pick(g, AIR_F32, dimensions(t), g->now));
		push(c, gen_pick(g, AIR_F32, dimensions(t), g->now));
		push(c, gen_const_bits(g, AIR_F32, 1, 0));
		push_offset(g, c, t);
	} else if (gather) {
		push_offset(g, c, t);
		if (!t->depth) {
			push(c, gen_const_bits(g, AIR_I32, 1, gen_below(g, 4)));
		}
	} else {
		push_offset(g, c, t);
		push(c, gen_const_bits(g, AIR_BOOL, 1, gen_below(g, 2)));
		push(c, gen_pick(g, AIR_F32, 1, g->now));
		push(c, gen_const_bits(g, AIR_F32, 1, 0));
	}
	push(c, gen_const_bits(g, AIR_I32, 1, 0));
}

static void push_position(struct gen *g, struct texture_call *c, const struct air_texture *t) {
	uint32_t n = t->dim == AIR_DIM_CUBE ? 2 : dimensions(t);
	push(c, gen_pick(g, AIR_I32, n, g->now));
	if (t->dim == AIR_DIM_CUBE) {
		push(c, gen_pick(g, AIR_I32, 1, g->now));
	}
	if (t->array) {
		push(c, gen_pick(g, AIR_I32, 1, g->now));
	}
}

static void push_level(struct gen *g, struct texture_call *c, const struct air_texture *t) {
	if (!t->multisample && t->dim != AIR_DIM_BUFFER) {
		push(c, gen_const_bits(g, AIR_I32, 1, 0));
	}
}

static void texture_call(struct gen *g) {
	uint32_t which = 0, sampler_index = 0;
	struct air_value *texture = argument(g, AIR_ROLE_TEXTURE, &which);
	struct air_value *sampler = argument(g, AIR_ROLE_SAMPLER, &sampler_index);
	if (texture == NULL) {
		plain_call(g);
		return;
	}
	const struct air_param *p = &g->f->args[which];
	const struct air_texture *t = &p->texture;
	struct texture_call c = {.count = 0};
	char kind[48];
	kind_of(t, kind, sizeof(kind));
	const struct air_type *result = texel_type(g, t);
	push(&c, texture);
	uint32_t form = gen_below(g, 4);
	if (form == 0) {
		static const char *const queries[] = {
			"width", "height", "num_mip_levels", "num_samples"};
		snprintf(c.name, sizeof(c.name), "air.get_%s_%s", queries[gen_below(g, 4)], kind);
		result = gen_type(g, AIR_I32, 1);
		push_level(g, &c, t);
	} else if (form == 1 && p->access != AIR_ACCESS_READ && p->access != AIR_ACCESS_SAMPLE) {
		snprintf(c.name, sizeof(c.name), "air.write_%s.%s", kind, texel_suffix(t));
		push_position(g, &c, t);
		push(&c, gen_pick(g, t->component, t->depth ? 1 : 4, g->now));
		push_level(g, &c, t);
		push(&c, gen_const_bits(g, AIR_I32, 1, p->access));
		result = gen_type(g, AIR_I32, 0);
	} else if (p->access == AIR_ACCESS_SAMPLE && sampler != NULL && !t->multisample &&
		form != 2) {
		sample(g, &c, t, kind, sampler);
		if (t->depth && strncmp(c.name, "air.gather", 10) == 0) {
			result = gen_type(g, AIR_F32, 4);
		}
	} else if (p->access != AIR_ACCESS_WRITE) {
		snprintf(c.name, sizeof(c.name), "air.read_%s.%s", kind, texel_suffix(t));
		if (t->depth) {
			push(&c, gen_const_bits(g, AIR_I32, 1, 1));
		}
		push_position(g, &c, t);
		if (t->multisample) {
			push(&c, gen_pick(g, AIR_I32, 1, g->now));
		}
		push_level(g, &c, t);
		push(&c, gen_const_bits(g, AIR_I32, 1, p->access));
	} else {
		return;
	}
	if (g->wild && gen_chance(g, 24)) {
		c.count -= gen_below(g, c.count);
	}
	if (g->wild && gen_chance(g, 24)) {
		c.ops[gen_below(g, c.count)] = gen_pick(g, AIR_I64, 1, g->now);
	}
	if (g->wild && gen_chance(g, 24)) {
		result = gen_type(g, (uint8_t)gen_below(g, AIR_PTR + 1), gen_below(g, 7));
	}
	struct air_value *v = new_call(g, c.name, result, c.count);
	memcpy(v->ops, c.ops, c.count * sizeof(c.ops[0]));
	gen_append(g, v);
}

void gen_call(struct gen *g) {
	if (gen_chance(g, 90)) {
		texture_call(g);
	} else {
		plain_call(g);
	}
}
