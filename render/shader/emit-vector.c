// SPDX-License-Identifier: GPL-2.0-or-later
#include "emit-private.h"

/* Functions of vectors as a whole, and those with a second result (spec 05 §4.4). */

static uint32_t dot(struct emit *e, const struct ev *a, const struct ev *b, uint32_t n) {
	uint32_t r = OP(FMul, e->t_float, a[0].lo, b[0].lo);
	for (uint32_t i = 1; i < n; i++) {
		r = OP(FAdd, e->t_float, r, OP(FMul, e->t_float, a[i].lo, b[i].lo));
	}
	return r;
}

/* Nothing where all of the light is reflected. */
static void refract(struct emit *e, const struct ev *i, const struct ev *n, uint32_t eta,
	uint32_t count, struct ev *out) {
	uint32_t f = e->t_float, d = dot(e, n, i, count), one = F32(1);
	uint32_t k = OP(FMul, f, OP(FMul, f, eta, eta),
		OP(FSub, f, one, OP(FMul, f, d, d)));
	k = OP(FSub, f, one, k);
	uint32_t none = OP(FOrdLessThan, e->t_bool, k, F32(0));
	uint32_t scale = OP(FAdd, f, OP(FMul, f, eta, d),
		GLSL(Sqrt, f, GLSL(FMax, f, k, F32(0))));
	for (uint32_t c = 0; c < count; c++) {
		uint32_t v = OP(FSub, f, OP(FMul, f, eta, i[c].lo), OP(FMul, f, scale, n[c].lo));
		out[c].lo = emit_select(e, f, none, F32(0), v);
	}
}

/* Functions of whole vectors. */
bool emit_vector_call(struct emit *e, const struct air_value *v, const char *op, struct ev *out) {
	uint32_t f = e->t_float, n = v->op_count > 0 ? v->ops[0]->type->comp_count : 0;
	const struct ev *a = v->op_count > 0 ? emit_get(e, v->ops[0]) : NULL;
	const struct ev *b = v->op_count > 1 ? emit_get(e, v->ops[1]) : NULL;
	bool two = v->op_count == 2 && v->ops[1]->type->comp_count == n;
	if (n == 0) {
		return false;
	}
	if (strcmp(op, "dot") == 0 && two) {
		out[0].lo = dot(e, a, b, n);
	} else if (strcmp(op, "length") == 0) {
		out[0].lo = GLSL(Sqrt, f, dot(e, a, a, n));
	} else if (strcmp(op, "length_squared") == 0) {
		out[0].lo = dot(e, a, a, n);
	} else if ((strcmp(op, "distance") == 0 || strcmp(op, "distance_squared") == 0) && two) {
		struct ev d[4];
		for (uint32_t i = 0; i < n && i < 4; i++) {
			d[i].lo = OP(FSub, f, a[i].lo, b[i].lo);
		}
		out[0].lo = dot(e, d, d, n < 4 ? n : 4);
		out[0].lo = op[8] == '\0' ? GLSL(Sqrt, f, out[0].lo) : out[0].lo;
	} else if (strcmp(op, "normalize") == 0 && v->type->comp_count == n) {
		uint32_t scale = GLSL(InverseSqrt, f, dot(e, a, a, n));
		for (uint32_t i = 0; i < n; i++) {
			out[i].lo = OP(FMul, f, a[i].lo, scale);
		}
	} else if (strcmp(op, "cross") == 0 && two && n == 3 && v->type->comp_count == 3) {
		for (uint32_t i = 0; i < 3; i++) {
			uint32_t j = (i + 1) % 3, k = (i + 2) % 3;
			out[i].lo = OP(FSub, f, OP(FMul, f, a[j].lo, b[k].lo),
				OP(FMul, f, a[k].lo, b[j].lo));
		}
	} else if (strcmp(op, "reflect") == 0 && two && v->type->comp_count == n) {
		uint32_t d = OP(FMul, f, F32(2), dot(e, b, a, n));
		for (uint32_t i = 0; i < n; i++) {
			out[i].lo = OP(FSub, f, a[i].lo, OP(FMul, f, d, b[i].lo));
		}
	} else if (strcmp(op, "faceforward") == 0 && v->op_count == 3 &&
		v->type->comp_count == n && v->ops[1]->type->comp_count == n &&
		v->ops[2]->type->comp_count == n) {
		uint32_t d = dot(e, emit_get(e, v->ops[2]), b, n);
		uint32_t behind = OP(FOrdLessThan, e->t_bool, d, F32(0));
		for (uint32_t i = 0; i < n; i++) {
			out[i].lo = emit_select(e, f, behind, a[i].lo, OP(FNegate, f, a[i].lo));
		}
	} else if (strcmp(op, "refract") == 0 && v->op_count == 3 && v->type->comp_count == n &&
		v->ops[1]->type->comp_count == n && v->ops[2]->type->comp_count == 1) {
		refract(e, a, b, emit_get(e, v->ops[2])[0].lo, n, out);
	} else if (strcmp(op, "all") == 0 || strcmp(op, "any") == 0) {
		bool all = op[1] == 'l';
		out[0] = a[0];
		for (uint32_t i = 1; i < n; i++) {
			out[0].lo = all ? OP(LogicalAnd, e->t_bool, out[0].lo, a[i].lo) :
				OP(LogicalOr, e->t_bool, out[0].lo, a[i].lo);
		}
	} else {
		return false;
	}
	return true;
}

/* sincos, frexp, modf: one result comes back, the other goes through a pointer. */
bool emit_pointer_call(struct emit *e, const struct air_value *v, const char *op,
	struct ev *out) {
	uint32_t n = v->type->comp_count, f = e->t_float;
	if (v->op_count < 2 || v->ops[1]->type->comp_count != 1 ||
			v->ops[1]->type->comps[0].kind != AIR_PTR || n == 0 || n > 4 ||
			v->ops[0]->type->comp_count != n) {
		return false;
	}
	const struct ev *a = emit_get(e, v->ops[0]);
	struct ev other[4] = {0};
	struct air_comp comps[4];
	struct air_type type = *v->type;
	memcpy(comps, v->type->comps, n * sizeof(comps[0]));
	for (uint32_t i = 0; i < n; i++) {
		if (strcmp(op, "sincos") == 0) {
			out[i].lo = GLSL(Sin, f, a[i].lo);
			other[i].lo = GLSL(Cos, f, a[i].lo);
		} else if (strcmp(op, "modf") == 0) {
			other[i].lo = GLSL(Trunc, f, a[i].lo);
			out[i].lo = OP(FSub, f, a[i].lo, other[i].lo);
		} else if (strcmp(op, "frexp") == 0) {
			uint32_t pair = spv_type(&e->s, SpvOpTypeStruct, SPV_ARGS(f, e->t_int));
			uint32_t both = GLSL(FrexpStruct, pair, a[i].lo);
			out[i].lo = emit_extract(e, f, both, 0);
			other[i].lo = OP(Bitcast, e->t_uint, emit_extract(e, e->t_int, both, 1));
			comps[i] = (struct air_comp){AIR_I32, 0, 4 * i};
			type.size_bytes = n == 3 ? 16 : 4 * n;
		} else {
			return false;
		}
	}
	type.comps = comps;
	return emit_store(e, v->ops[1], emit_get(e, v->ops[1])[0], 4, &type, other);
}
