// SPDX-License-Identifier: GPL-2.0-or-later
#include "emit-private.h"

#include "emit-lockstep.h"

/*
 * simd and quad groups (spec 05 §4.8). With subgroups of 32 these are instructions; without, the
 * state machine of emit-lockstep.c has put the operands of all lanes into shared memory and this
 * code reads them. A matrix of 8 x 8 is two elements in each of 32 lanes, laid out as Apple does.
 */

static bool starts(const char *s, const char *prefix) {
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static bool refuse(struct emit *e, const struct air_value *v, enum pvg_shader_reason reason) {
	return pvg_shader_refuse(e->status, reason, "%s", v->callee);
}

static uint32_t subgroup_scope(struct emit *e) {
	return U32(SpvScopeSubgroup);
}

/* ---- values of other lanes ------------------------------------------------------------------- */

/* Word `word` of the operands that a lane brought. */
static uint32_t other_word(struct emit *e, uint32_t lane, uint32_t word, uint32_t own) {
	if (e->subgroups) {
		spv_capability(&e->s, SpvCapabilityGroupNonUniformShuffle);
		return OP(GroupNonUniformShuffle, e->t_uint, subgroup_scope(e), own, lane);
	}
	return emit_lockstep_word(e, lane, word);
}

/* A component of a lane; first_word is where its words were published. */
static struct ev other_value(struct emit *e, uint8_t kind, uint32_t lane, uint32_t first_word,
		struct ev own) {
	if (emit_is_wide(kind)) {
		return (struct ev){
			other_word(e, lane, first_word, own.lo),
			other_word(e, lane, first_word + 1, own.hi),
		};
	}
	// Floats travel by their full 32 bits: what a half carries beyond its width stays.
	bool is_float = emit_kind_type(e, kind) == e->t_float;
	uint8_t carrier = is_float ? AIR_F32 : kind;
	return emit_from_bits(e, carrier,
		other_word(e, lane, first_word, emit_bits(e, carrier, own)));
}

static uint32_t words_of(uint8_t kind) {
	return emit_is_wide(kind) ? 2 : 1;
}

static bool shuffle(struct emit *e, const struct air_value *v, uint32_t lane, struct ev *out) {
	if (v->op_count < 1 || v->ops[0]->type->comp_count != v->type->comp_count) {
		return refuse(e, v, PVG_SHADER_SIGNATURE);
	}
	const struct ev *own = emit_get(e, v->ops[0]);
	uint32_t word = 0;
	for (uint32_t i = 0; i < v->type->comp_count; i++) {
		uint8_t kind = v->type->comps[i].kind;
		out[i] = other_value(e, kind, lane, word, own[i]);
		word += words_of(kind);
	}
	return true;
}

/* Lanes that take part, as a mask of 32. */
static uint32_t active_mask(struct emit *e) {
	if (!e->subgroups) {
		return emit_lockstep_active(e);
	}
	spv_capability(&e->s, SpvCapabilityGroupNonUniformBallot);
	uint32_t uvec4 = spv_vector(&e->s, e->t_uint, 4);
	uint32_t ballot =
		OP(GroupNonUniformBallot, uvec4, subgroup_scope(e), spv_true(&e->s, true));
	return emit_extract(e, e->t_uint, ballot, 0);
}

static uint32_t ballot(struct emit *e, uint32_t condition) {
	if (!e->subgroups) {
		return emit_lockstep_ballot(e);
	}
	spv_capability(&e->s, SpvCapabilityGroupNonUniformBallot);
	uint32_t uvec4 = spv_vector(&e->s, e->t_uint, 4);
	return emit_extract(e, e->t_uint,
		OP(GroupNonUniformBallot, uvec4, subgroup_scope(e), condition), 0);
}

/* The lanes of my quad, as a mask. */
static uint32_t quad_mask(struct emit *e) {
	uint32_t first = OP(BitwiseAnd, e->t_uint, emit_lane(e), U32(28));
	return OP(ShiftLeftLogical, e->t_uint, U32(15), first);
}

/* ---- shuffles -------------------------------------------------------------------------------- */

static bool shuffle_call(struct emit *e, struct air_value *v, const char *what, bool quad,
		struct ev *out) {
	uint32_t u = e->t_uint, width = quad ? 4 : 32;
	uint32_t lane = emit_lane(e), in = OP(BitwiseAnd, u, lane, U32(width - 1));
	uint32_t base = OP(BitwiseAnd, u, lane, U32(~(width - 1)));
	bool fills = starts(what, "shuffle_and_fill_");
	uint32_t at = fills ? 2 : 1;
	if (v->op_count <= at || v->ops[at]->type->comp_count != 1) {
		return refuse(e, v, PVG_SHADER_SIGNATURE);
	}
	uint32_t n = emit_sext(e, v->ops[at]->type->comps[0].kind, emit_get(e, v->ops[at])[0].lo);
	bool down = strstr(what, "_down") != NULL;
	uint32_t source, inside = spv_true(&e->s, true);
	if (strcmp(what, "shuffle") == 0 || strcmp(what, "broadcast") == 0) {
		source = n;
	} else if (strcmp(what, "shuffle_xor") == 0) {
		source = OP(BitwiseXor, u, in, n);
	} else if (strcmp(what, "shuffle_up") == 0 || strcmp(what, "shuffle_down") == 0 ||
			starts(what, "shuffle_rotate_") || fills) {
		source = down ? OP(IAdd, u, in, n) : OP(ISub, u, in, n);
		if (fills) {
			// Groups of modulo lanes; what comes from outside is taken from the fill.
			uint32_t modulo =
				v->op_count > 3 ? emit_get(e, v->ops[3])[0].lo : U32(width);
			uint32_t group =
				OP(BitwiseAnd, u, in, OP(Not, u, OP(ISub, u, modulo, U32(1))));
			uint32_t relative = OP(ISub, u, source, group);
			inside = OP(ULessThan, e->t_bool, relative, modulo);
		}
	} else {
		return refuse(e, v, PVG_SHADER_INTRINSIC);
	}
	uint32_t target = OP(BitwiseOr, u, base, OP(BitwiseAnd, u, source, U32(width - 1)));
	bool wraps = strcmp(what, "shuffle_up") == 0 || strcmp(what, "shuffle_down") == 0;
	if (wraps) {
		// Past the end a lane keeps its own value.
		uint32_t good = OP(ULessThan, e->t_bool, source, U32(width));
		target = emit_select(e, u, good, target, lane);
	}
	if (!shuffle(e, v, target, out)) {
		return false;
	}
	if (fills) {
		if (v->ops[1]->type->comp_count != v->type->comp_count) {
			return refuse(e, v, PVG_SHADER_SIGNATURE);
		}
		const struct ev *fill = emit_get(e, v->ops[1]);
		uint32_t modulo = v->op_count > 3 ? emit_get(e, v->ops[3])[0].lo : U32(width);
		uint32_t wrapped = OP(BitwiseAnd, u, source, OP(ISub, u, modulo, U32(1)));
		uint32_t group = OP(BitwiseAnd, u, in, OP(Not, u, OP(ISub, u, modulo, U32(1))));
		struct ev *other = emit_alloc(e, v->type->comp_count);
		uint32_t from = OP(BitwiseOr, u, base, OP(IAdd, u, group, wrapped));
		uint32_t word = 0;
		for (uint32_t i = 0; i < v->type->comp_count; i++) {
			uint8_t kind = v->type->comps[i].kind;
			word += words_of(kind);
		}
		for (uint32_t i = 0; i < v->type->comp_count; i++) {
			uint8_t kind = v->type->comps[i].kind;
			other[i] = other_value(e, kind, from, word, fill[i]);
			word += words_of(kind);
			out[i] = emit_select_ev(e, kind, inside, out[i], other[i]);
		}
	}
	return true;
}

/* ---- reductions ------------------------------------------------------------------------------ */

struct reduction {
	const char *name;
	enum air_op op; // AIR_COPY: minimum or maximum
	uint16_t group_int, group_signed, group_float;
};

static const struct reduction reductions[] = {
	{"sum", AIR_ADD, SpvOpGroupNonUniformIAdd, SpvOpGroupNonUniformIAdd,
		SpvOpGroupNonUniformFAdd},
	{"product", AIR_MUL, SpvOpGroupNonUniformIMul, SpvOpGroupNonUniformIMul,
		SpvOpGroupNonUniformFMul},
	{"min", AIR_COPY, SpvOpGroupNonUniformUMin, SpvOpGroupNonUniformSMin,
		SpvOpGroupNonUniformFMin},
	{"max", AIR_COPY, SpvOpGroupNonUniformUMax, SpvOpGroupNonUniformSMax,
		SpvOpGroupNonUniformFMax},
	{"and", AIR_AND, SpvOpGroupNonUniformBitwiseAnd, SpvOpGroupNonUniformBitwiseAnd, 0},
	{"or", AIR_OR, SpvOpGroupNonUniformBitwiseOr, SpvOpGroupNonUniformBitwiseOr, 0},
	{"xor", AIR_XOR, SpvOpGroupNonUniformBitwiseXor, SpvOpGroupNonUniformBitwiseXor, 0},
};

static struct ev combine(struct emit *e, const struct reduction *r, uint8_t kind, bool is_signed,
		struct ev a, struct ev b) {
	bool max = strcmp(r->name, "max") == 0, is_float = emit_kind_type(e, kind) == e->t_float;
	uint8_t wide = emit_is_wide(kind) ? AIR_I64 : AIR_I32;
	if (is_float) {
		uint32_t f = e->t_float;
		return (struct ev){r->op == AIR_COPY ? (max ? GLSL(NMax, f, a.lo, b.lo) :
			GLSL(NMin, f, a.lo, b.lo)) : r->op == AIR_ADD ? OP(FAdd, f, a.lo, b.lo) :
			OP(FMul, f, a.lo, b.lo), 0};
	}
	if (r->op == AIR_COPY) {
		enum air_predicate p =
			is_signed ? (max ? AIR_SGT : AIR_SLT) : (max ? AIR_UGT : AIR_ULT);
		return emit_select_ev(e, wide, emit_compare(e, p, wide, a, b), a, b);
	}
	return emit_binary(e, r->op, wide, a, b);
}

/* What leaves any value as it is. */
static struct ev identity(struct emit *e, const struct reduction *r, uint8_t kind,
		bool is_signed) {
	bool max = strcmp(r->name, "max") == 0, is_float = emit_kind_type(e, kind) == e->t_float;
	if (is_float) {
		return (struct ev){ r->op == AIR_COPY
				? spv_f32(&e->s, max ? 0xff800000 : 0x7f800000)
				: r->op == AIR_ADD ? F32(0)
						   : F32(1),
			0 };
	}
	uint64_t v = r->op == AIR_AND ? UINT64_MAX : r->op == AIR_MUL ? 1 : 0;
	bool wide = emit_is_wide(kind);
	if (r->op == AIR_COPY) {
		uint64_t top = wide ? INT64_MAX : INT32_MAX;
		v = is_signed ? (max ? top + 1 : top) : max ? 0 : UINT64_MAX;
	}
	return (struct ev){U32((uint32_t)v), wide ? U32((uint32_t)(v >> 32)) : 0};
}

static struct ev load_local(struct emit *e, uint8_t kind, const uint32_t vars[2]) {
	uint32_t type = emit_kind_type(e, kind);
	return (struct ev){
		OP(Load, type, vars[0]), emit_is_wide(kind) ? OP(Load, type, vars[1]) : 0,
	};
}

static void store_local(struct emit *e, uint8_t kind, const uint32_t vars[2], struct ev v) {
	DO(Store, vars[0], v.lo);
	if (emit_is_wide(kind)) {
		DO(Store, vars[1], v.hi);
	}
}

/*
 * Goes through the lanes in order and takes those of mask. One loop in the code per use. With
 * native
 * groups every lane goes through all that take part: who left the loop early could not be asked.
 */
static struct ev reduce_lanes(struct emit *e, const struct reduction *r, uint8_t kind,
		bool is_signed, uint32_t mask, uint32_t word, struct ev own) {
	uint32_t u = e->t_uint, left = spv_local(&e->s, u);
	uint32_t sum[2] = {emit_local(e, kind), emit_is_wide(kind) ? emit_local(e, kind) : 0};
	store_local(e, kind, sum, identity(e, r, kind, is_signed));
	DO(Store, left, e->subgroups ? active_mask(e) : mask);
	struct emit_loop l;
	emit_loop_begin(e, &l);
	uint32_t rest = OP(Load, u, left);
	emit_loop_break_unless(e, &l, OP(INotEqual, e->t_bool, rest, U32(0)));
	uint32_t lane = GLSL(FindILsb, u, rest);
	DO(Store, left, OP(BitwiseAnd, u, rest, OP(ISub, u, rest, U32(1))));
	struct ev x = other_value(e, kind, lane, word, own), old = load_local(e, kind, sum);
	x = is_signed ? emit_sext_ev(e, kind, x) : x;
	struct ev next = combine(e, r, kind, is_signed, old, x);
	if (e->subgroups) {
		uint32_t bit = OP(BitwiseAnd, u, OP(ShiftRightLogical, u, mask, lane), U32(1));
		next = emit_select_ev(e, kind, OP(INotEqual, e->t_bool, bit, U32(0)), next, old);
	}
	store_local(e, kind, sum, next);
	emit_loop_end(e, &l);
	return load_local(e, kind, sum);
}

static uint32_t reduce_native(struct emit *e, const struct reduction *r, uint8_t kind,
		bool is_signed, uint32_t group, bool quad, struct ev own) {
	bool is_float = emit_kind_type(e, kind) == e->t_float;
	uint32_t op = is_float ? r->group_float : is_signed ? r->group_signed : r->group_int;
	uint32_t type = is_float ? e->t_float : e->t_uint;
	uint32_t x = is_float ? own.lo : is_signed ? emit_sext(e, kind, own.lo) : own.lo;
	spv_capability(&e->s, SpvCapabilityGroupNonUniformArithmetic);
	if (quad) {
		spv_capability(&e->s, SpvCapabilityGroupNonUniformClustered);
		return spv_op(&e->s, op, type,
			SPV_ARGS(subgroup_scope(e), SpvGroupOperationClusteredReduce, x, U32(4)));
	}
	return spv_op(&e->s, op, type, SPV_ARGS(subgroup_scope(e), group, x));
}

static bool reduce_call(struct emit *e, struct air_value *v, const char *what, bool quad,
		struct ev *out) {
	bool inclusive = starts(what, "prefix_inclusive_"),
		 exclusive = starts(what, "prefix_exclusive_");
	const char *name = inclusive || exclusive ? what + 17 : what;
	const struct reduction *r = NULL;
	for (size_t i = 0; i < sizeof(reductions) / sizeof(reductions[0]); i++) {
		if (strcmp(reductions[i].name, name) == 0) {
			r = &reductions[i];
		}
	}
	if (r == NULL) {
		return refuse(e, v, PVG_SHADER_INTRINSIC);
	}
	if (v->ops[0]->type->comp_count != v->type->comp_count) {
		return refuse(e, v, PVG_SHADER_SIGNATURE);
	}
	const struct ev *own = emit_get(e, v->ops[0]);
	bool is_signed = strstr(v->callee, ".s.") != NULL && r->op == AIR_COPY;
	uint32_t u = e->t_uint, word = 0;
	for (uint32_t i = 0; i < v->type->comp_count; i++) {
		uint8_t kind = v->type->comps[i].kind;
		bool is_float = emit_kind_type(e, kind) == e->t_float;
		bool wide = emit_is_wide(kind);
		if (kind == AIR_BOOL || kind & AIR_ODD || kind == AIR_PTR ||
				(is_float && r->group_float == 0)) {
			return refuse(e, v, PVG_SHADER_SIGNATURE);
		}
		if (e->subgroups && !wide && !(quad && (inclusive || exclusive))) {
			uint32_t id = reduce_native(e, r, kind, is_signed,
				inclusive           ? SpvGroupOperationInclusiveScan
					: exclusive ? SpvGroupOperationExclusiveScan
						    : SpvGroupOperationReduce,
				quad, own[i]);
			out[i].lo = is_float ? id : emit_norm(e, kind, id);
		} else {
			uint32_t mask = active_mask(e);
			if (quad) {
				mask = OP(BitwiseAnd, u, mask, quad_mask(e));
			}
			if (inclusive || exclusive) {
				uint32_t bit = OP(ShiftLeftLogical, u, U32(1), emit_lane(e));
				uint32_t below = OP(ISub, u, bit, U32(1));
				mask = OP(BitwiseAnd, u, mask,
					inclusive ? OP(BitwiseOr, u, below, bit) : below);
			}
			struct ev sum = reduce_lanes(e, r, kind, is_signed, mask, word, own[i]);
			out[i] = is_float ? sum : emit_norm_ev(e, kind, sum);
		}
		word += words_of(kind);
	}
	return true;
}

/* ---- votes ----------------------------------------------------------------------------------- */

static bool vote_call(struct emit *e, struct air_value *v, const char *what, bool quad,
		struct ev *out) {
	uint32_t u = e->t_uint, b = e->t_bool;
	uint32_t width = quad ? quad_mask(e) : U32(UINT32_MAX);
	if (strcmp(what, "active_threads_mask") == 0) {
		out[0] = (struct ev){OP(BitwiseAnd, u, active_mask(e), width), U32(0)};
	} else if (strcmp(what, "is_first") == 0) {
		uint32_t mask = OP(BitwiseAnd, u, active_mask(e), width);
		out[0].lo = OP(IEqual, b, GLSL(FindILsb, u, mask), emit_lane(e));
	} else if (strcmp(what, "is_helper_thread") == 0) {
		out[0].lo = spv_true(&e->s, false);
	} else if (starts(what, "vote_") && v->op_count == 1) {
		// A comparison of a mask that is there already with the lanes that take part.
		uint32_t mask = OP(BitwiseAnd, u, emit_get(e, v->ops[0])[0].lo, active_mask(e));
		out[0].lo = strcmp(what, "vote_all") == 0 ? OP(IEqual, b, mask, active_mask(e)) :
			OP(INotEqual, b, mask, U32(0));
	} else if (v->op_count == 1 && v->ops[0]->type->comps[0].kind == AIR_BOOL) {
		uint32_t mask = OP(BitwiseAnd, u, ballot(e, emit_get(e, v->ops[0])[0].lo), width);
		if (strcmp(what, "ballot") == 0) {
			if (quad) {
				mask = OP(ShiftRightLogical, u, mask,
					OP(BitwiseAnd, u, emit_lane(e), U32(28)));
			}
			out[0] = (struct ev){mask, U32(0)};
		} else if (strcmp(what, "any") == 0) {
			out[0].lo = OP(INotEqual, b, mask, U32(0));
		} else if (strcmp(what, "all") == 0) {
			out[0].lo = OP(IEqual, b, mask, OP(BitwiseAnd, u, active_mask(e), width));
		} else {
			return refuse(e, v, PVG_SHADER_INTRINSIC);
		}
	} else {
		return false;
	}
	return true;
}

/* ---- matrices -------------------------------------------------------------------------------- */

/* The two elements of a lane are (row, column) and (row, column + 1). */
static void matrix_place(struct emit *e, uint32_t *row, uint32_t *column) {
	uint32_t u = e->t_uint, lane = emit_lane(e);
	uint32_t low = OP(BitwiseAnd, u, OP(ShiftRightLogical, u, lane, U32(1)), U32(3));
	*row = OP(BitwiseOr, u, low,
		OP(ShiftLeftLogical, u, OP(ShiftRightLogical, u, lane, U32(4)), U32(2)));
	uint32_t far = OP(BitwiseAnd, u, OP(ShiftRightLogical, u, lane, U32(1)), U32(4));
	*column = OP(BitwiseOr, u, far,
		OP(ShiftLeftLogical, u, OP(BitwiseAnd, u, lane, U32(1)), U32(1)));
}

/* The lane that holds (row, column). */
static uint32_t matrix_lane(struct emit *e, uint32_t row, uint32_t column) {
	uint32_t u = e->t_uint;
	uint32_t lane = OP(ShiftLeftLogical, u, OP(BitwiseAnd, u, row, U32(3)), U32(1));
	lane = OP(BitwiseOr, u, lane,
		OP(ShiftLeftLogical, u, OP(BitwiseAnd, u, row, U32(4)), U32(2)));
	lane = OP(BitwiseOr, u, lane,
		OP(BitwiseAnd, u, OP(ShiftRightLogical, u, column, U32(1)), U32(1)));
	return OP(BitwiseOr, u, lane,
		OP(ShiftLeftLogical, u, OP(BitwiseAnd, u, column, U32(4)), U32(1)));
}

static bool matrix_memory(struct emit *e, struct air_value *v, bool load, struct ev *out) {
	// load: pointer, elements per row, origin, transpose; store: the matrix first.
	uint32_t at = load ? 0 : 1;
	const struct air_type *type = load ? v->type : v->ops[0]->type;
	// AIR 2.8: pointer, extent, stride of a column and a row, origin, all of two.
	bool strides = v->op_count == at + 4 && v->ops[at + 3]->type->comp_count == 2;
	if (v->op_count < at + 4 || !type->matrix || v->ops[at + 2]->type->comp_count != 2) {
		return refuse(e, v, PVG_SHADER_SIGNATURE);
	}
	uint32_t u = e->t_uint, row, column;
	matrix_place(e, &row, &column);
	struct ev pointer = emit_get(e, v->ops[at])[0];
	uint32_t stride = emit_get(e, v->ops[at + 1])[0].lo;
	const struct ev *origin = emit_get(e, v->ops[strides ? at + 3 : at + 2]);
	const struct ev *step = strides ? emit_get(e, v->ops[at + 2]) : NULL;
	uint32_t transpose = strides ? spv_true(&e->s, false) : emit_get(e, v->ops[at + 3])[0].lo;
	struct air_comp comp = type->comps[0];
	struct air_type one = {
		.comp_count = 1, .comps = &comp, .size_bytes = air_kind_bytes(comp.kind)
	};
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t c = OP(IAdd, u, column, U32(i));
		uint32_t y = emit_select(e, u, transpose, c, row),
			 x = emit_select(e, u, transpose, row, c);
		y = OP(IAdd, u, y, origin[1].lo);
		x = OP(IAdd, u, x, origin[0].lo);
		uint32_t index = strides ?
			OP(IAdd, u, OP(IMul, u, y, step[1].lo), OP(IMul, u, x, step[0].lo)) :
			OP(IAdd, u, OP(IMul, u, y, stride), x);
		struct ev address = {
			OP(IAdd, u, pointer.lo, OP(IMul, u, index, U32(one.size_bytes))),
			pointer.hi,
		};
		bool ok = load ? emit_load(e, v->ops[at], address, one.size_bytes, &one, &out[i])
			       : emit_store(e, v->ops[at], address, one.size_bytes, &one,
					 emit_get(e, v->ops[0]) + i);
		if (!ok) {
			return false;
		}
	}
	return true;
}

/* D = A B + C. A's words were published in 0 and 1, B's in 2 and 3. */
static bool matrix_multiply(struct emit *e, struct air_value *v, struct ev *out) {
	if (v->op_count != 3 || !v->type->matrix || !v->ops[0]->type->matrix ||
		!v->ops[1]->type->matrix || !v->ops[2]->type->matrix) {
		return refuse(e, v, PVG_SHADER_SIGNATURE);
	}
	uint32_t f = e->t_float, row, column;
	matrix_place(e, &row, &column);
	const struct ev *a = emit_get(e, v->ops[0]), *b = emit_get(e, v->ops[1]);
	const struct ev *c = emit_get(e, v->ops[2]);
	out[0] = c[0];
	out[1] = c[1];
	for (uint32_t k = 0; k < 8; k++) {
		uint32_t a_lane = matrix_lane(e, row, U32(k)),
			 b_lane = matrix_lane(e, U32(k), column);
		struct ev x = other_value(e, AIR_F32, a_lane, k & 1, a[k & 1]);
		for (uint32_t i = 0; i < 2; i++) {
			struct ev y = other_value(e, AIR_F32, b_lane, 2 + i, b[i]);
			out[i].lo = OP(FAdd, f, out[i].lo, OP(FMul, f, x.lo, y.lo));
		}
	}
	for (uint32_t i = 0; i < 2; i++) {
		out[i].lo = emit_round(e, v->type->comps[i].kind, out[i].lo);
	}
	return true;
}

static bool matrix_call(struct emit *e, struct air_value *v, const char *what, struct ev *out) {
	if (strcmp(what, "load") == 0) {
		return matrix_memory(e, v, true, out);
	}
	if (strcmp(what, "store") == 0) {
		return matrix_memory(e, v, false, NULL);
	}
	if (strcmp(what, "multiply_accumulate") == 0) {
		return matrix_multiply(e, v, out);
	}
	if (v->op_count < 1 || !v->type->matrix) {
		return refuse(e, v, PVG_SHADER_INTRINSIC);
	}
	struct ev fill = emit_get(e, v->ops[0])[0];
	if (strcmp(what, "init_filled") == 0) {
		out[0] = out[1] = fill;
		return true;
	}
	if (strcmp(what, "init_diag") == 0) {
		uint32_t row, column;
		matrix_place(e, &row, &column);
		for (uint32_t i = 0; i < 2; i++) {
			uint32_t on =
				OP(IEqual, e->t_bool, row, OP(IAdd, e->t_uint, column, U32(i)));
			out[i].lo = emit_select(e, e->t_float, on, fill.lo, F32(0));
		}
		return true;
	}
	return refuse(e, v, PVG_SHADER_INTRINSIC);
}

/* ---- copies ---------------------------------------------------------------------------------- */

static bool copy_element(struct emit *e, struct air_value *v, uint32_t to_op, uint32_t from_op,
		uint32_t to, uint32_t from, uint32_t size, uint32_t inside) {
	uint8_t kind = size % 4 == 0 ? AIR_I32 : size % 2 == 0 ? AIR_I16 : AIR_I8;
	uint32_t step = air_kind_bytes(kind);
	struct air_comp comp = {kind, 0, 0};
	struct air_type type = {.comp_count = 1, .comps = &comp, .size_bytes = step};
	struct ev dst = emit_get(e, v->ops[to_op])[0], src = emit_get(e, v->ops[from_op])[0];
	for (uint32_t at = 0; at < size; at += step) {
		struct ev x;
		uint32_t offset =
			OP(IAdd, e->t_uint, OP(IMul, e->t_uint, from, U32(size)), U32(at));
		offset = emit_select(e, e->t_uint, inside, offset, U32(0));
		struct ev address = {OP(IAdd, e->t_uint, src.lo, offset), src.hi};
		if (!emit_load(e, v->ops[from_op], address, step, &type, &x)) {
			return false;
		}
		x.lo = emit_select(e, e->t_uint, inside, x.lo, U32(0));
		offset = OP(IAdd, e->t_uint, OP(IMul, e->t_uint, to, U32(size)), U32(at));
		address = (struct ev){OP(IAdd, e->t_uint, dst.lo, offset), dst.hi};
		if (!emit_store(e, v->ops[to_op], address, step, &type, &x)) {
			return false;
		}
	}
	return true;
}

/*
 * Asynchronous copies are done at once, 32 lanes side by side; waiting for them is a barrier of the
 * simd group. 2d: size, align, dst, dst elements per row, 1, dst tile, src, src elements per row,
 * 1, src tile, offset, clamp mode. What the source tile lacks is zero.
 */
static bool async_copy(struct emit *e, struct air_value *v, bool two, struct ev *out) {
	if (v->op_count < (two ? 10u : 5u) || v->ops[0]->op != AIR_CONST) {
		return refuse(e, v, PVG_SHADER_SIGNATURE);
	}
	uint64_t size = v->ops[0]->constant.bits[0];
	bool clamps = two && v->op_count > 11 && (v->ops[11]->op != AIR_CONST ||
		v->ops[11]->constant.bits[0] != 0);
	bool tiles = !two ||
		(v->ops[5]->type->comp_count == 2 && v->ops[9]->type->comp_count == 2);
	if (size == 0 || size > 64 || clamps || !tiles) {
		return refuse(e, v, PVG_SHADER_SIGNATURE);
	}
	uint32_t u = e->t_uint, index = spv_local(&e->s, u);
	uint32_t dst_op = 2, src_op = two ? 6 : 3;
	uint32_t width, total;
	if (two) {
		width = emit_get(e, v->ops[5])[0].lo;
		total = OP(IMul, u, width, emit_get(e, v->ops[5])[1].lo);
	} else {
		width = total = emit_get(e, v->ops[4])[0].lo;
	}
	DO(Store, index, emit_lane(e));
	struct emit_loop l;
	emit_loop_begin(e, &l);
	uint32_t i = OP(Load, u, index);
	emit_loop_break_unless(e, &l, OP(ULessThan, e->t_bool, i, total));
	DO(Store, index, OP(IAdd, u, i, U32(32)));
	uint32_t to = i, from = i, inside = spv_true(&e->s, true);
	if (two) {
		uint32_t y = OP(UDiv, u, i, width), x = OP(UMod, u, i, width);
		const struct ev *tile = emit_get(e, v->ops[9]);
		to = OP(IAdd, u, OP(IMul, u, y, emit_get(e, v->ops[3])[0].lo), x);
		from = OP(IAdd, u, OP(IMul, u, y, emit_get(e, v->ops[7])[0].lo), x);
		inside = OP(LogicalAnd, e->t_bool, OP(ULessThan, e->t_bool, x, tile[0].lo),
			OP(ULessThan, e->t_bool, y, tile[1].lo));
	}
	bool ok = copy_element(e, v, dst_op, src_op, to, from, (uint32_t)size, inside);
	emit_loop_end(e, &l);
	out[0] = (struct ev){U32(0), U32(0)};
	return ok;
}

bool emit_simd_call(struct emit *e, struct air_value *v, const char *op) {
	struct ev *out = emit_alloc(e, v->type->comp_count + 2);
	bool quad = starts(op, "quad_"), ok;
	const char *what = quad ? op + 5 : starts(op, "simd_") ? op + 5 : op;
	if (e->f->stage != AIR_KERNEL && !e->subgroups) {
		return refuse(e, v, PVG_SHADER_TARGET_STAGE);
	}
	e->r->flags |= e->subgroups ? PVG_REFLECT_SUBGROUP_32 : 0;
	if (e->exchange && !e->subgroups && (starts(op, "simd_") || quad ||
			starts(op, "simdgroup_matrix_8x8_multiply"))) {
		emit_exchange(e, v);
	}
	if (starts(op, "simdgroup_matrix_8x8_")) {
		ok = matrix_call(e, v, op + 21, out);
	} else if (starts(op, "simdgroup_async_copy_1d") || starts(op, "simdgroup_async_copy_2d")) {
		ok = async_copy(e, v, op[21] == '2', out);
	} else if (strcmp(op, "wait_simdgroup_events") == 0) {
		if (e->subgroups || e->exchange) {
			DO(ControlBarrier,
				e->subgroups ? subgroup_scope(e) : U32(SpvScopeWorkgroup),
				U32(SpvScopeWorkgroup),
				U32(SpvMemorySemanticsAcquireReleaseMask |
					SpvMemorySemanticsWorkgroupMemoryMask |
					SpvMemorySemanticsUniformMemoryMask));
		}
		return true;
	} else if (strcmp(op, "get_null_simdgroup_event") == 0) {
		out[0] = (struct ev){U32(0), U32(0)};
		ok = true;
	} else if (strcmp(what, "broadcast_first") == 0) {
		uint32_t mask = active_mask(e);
		mask = quad ? OP(BitwiseAnd, e->t_uint, mask, quad_mask(e)) : mask;
		ok = shuffle(e, v, GLSL(FindILsb, e->t_uint, mask), out);
	} else if (starts(what, "shuffle") || strcmp(what, "broadcast") == 0) {
		ok = shuffle_call(e, v, what, quad, out);
	} else if (v->op_count == 1 && (v->ops[0]->type->comps[0].kind != AIR_BOOL) &&
			!starts(what, "vote_")) {
		ok = reduce_call(e, v, what, quad, out);
	} else {
		ok = vote_call(e, v, what, quad, out) || refuse(e, v, PVG_SHADER_INTRINSIC);
	}
	if (ok && v->type->comp_count > 0) {
		emit_define(e, v, out);
	}
	return ok;
}
