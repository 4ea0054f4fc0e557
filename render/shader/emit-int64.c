// SPDX-License-Identifier: GPL-2.0-or-later
#include "emit-private.h"

/* 64-bit integers as two words: GLSL ES has none (spec 05 §5.12). */

static struct ev add(struct emit *e, struct ev a, struct ev b) {
	uint32_t u = e->t_uint;
	uint32_t lo = OP(IAdd, u, a.lo, b.lo);
	uint32_t carry = emit_select(e, u, OP(ULessThan, e->t_bool, lo, a.lo), U32(1), U32(0));
	return (struct ev){lo, OP(IAdd, u, OP(IAdd, u, a.hi, b.hi), carry)};
}

static struct ev sub(struct emit *e, struct ev a, struct ev b) {
	uint32_t u = e->t_uint;
	uint32_t borrow = emit_select(e, u, OP(ULessThan, e->t_bool, a.lo, b.lo), U32(1), U32(0));
	return (struct ev){
		OP(ISub, u, a.lo, b.lo), OP(ISub, u, OP(ISub, u, a.hi, b.hi), borrow),
	};
}

struct ev emit_negate64(struct emit *e, struct ev a) {
	return sub(e, (struct ev){U32(0), U32(0)}, a);
}

static struct ev mul(struct emit *e, struct ev a, struct ev b) {
	uint32_t u = e->t_uint;
	uint32_t pair = spv_type(&e->s, SpvOpTypeStruct, SPV_ARGS(u, u));
	// The low word by itself: when nobody wants the high one, all of that goes away.
	uint32_t high = emit_extract(e, u, OP(UMulExtended, pair, a.lo, b.lo), 1);
	uint32_t cross = OP(IAdd, u, OP(IMul, u, a.lo, b.hi), OP(IMul, u, a.hi, b.lo));
	return (struct ev){OP(IMul, u, a.lo, b.lo), OP(IAdd, u, high, cross)};
}

static struct ev shift(struct emit *e, enum air_op op, struct ev a, uint32_t amount) {
	uint32_t u = e->t_uint;
	uint32_t n = OP(BitwiseAnd, u, amount, U32(63));
	uint32_t far = OP(UGreaterThanEqual, e->t_bool, n, U32(32));
	uint32_t m = OP(BitwiseAnd, u, n, U32(31));
	// Shifting by 32 - 0 is undefined: shift by 31 - m and once more.
	uint32_t rest = OP(ISub, u, U32(31), m);
	uint32_t known;
	if (spv_is_u32(&e->s, n, &known)) {
		far = spv_true(&e->s, known >= 32);
	}
	if (op == AIR_SHL) {
		uint32_t over =
			OP(ShiftRightLogical, u, OP(ShiftRightLogical, u, a.lo, rest), U32(1));
		uint32_t lo = OP(ShiftLeftLogical, u, a.lo, m);
		uint32_t hi = OP(BitwiseOr, u, OP(ShiftLeftLogical, u, a.hi, m), over);
		return (struct ev){
			emit_select(e, u, far, U32(0), lo), emit_select(e, u, far, lo, hi)};
	}
	uint32_t over = OP(ShiftLeftLogical, u, OP(ShiftLeftLogical, u, a.hi, rest), U32(1));
	uint32_t lo = OP(BitwiseOr, u, OP(ShiftRightLogical, u, a.lo, m), over);
	uint32_t hi = op == AIR_ASHR ? OP(ShiftRightArithmetic, u, a.hi, m) :
		OP(ShiftRightLogical, u, a.hi, m);
	uint32_t fill = op == AIR_ASHR ? OP(ShiftRightArithmetic, u, a.hi, U32(31)) : U32(0);
	return (struct ev){emit_select(e, u, far, hi, lo), emit_select(e, u, far, fill, hi)};
}

/*
 * Unsigned division by shift and subtract, one function for the module: operands and results go
 * through four private variables, quotient in 0 and 1, remainder in 2 and 3.
 */
static uint32_t divide_function(struct emit *e, uint32_t vars[4]) {
	enum {
		SLOT_FUNCTION = 0, SLOT_VARS = 1,
	};
	for (unsigned i = 0; i < 4; i++) {
		if (e->helper_ids[SLOT_VARS + i] == 0) {
			e->helper_ids[SLOT_VARS + i] =
				spv_variable(&e->s, SpvStorageClassPrivate, e->t_uint, 0);
		}
		vars[i] = e->helper_ids[SLOT_VARS + i];
	}
	if (e->helper_ids[SLOT_FUNCTION] != 0) {
		return e->helper_ids[SLOT_FUNCTION];
	}
	uint32_t id = e->helper_ids[SLOT_FUNCTION] = spv_id(&e->s);
	uint32_t u = e->t_uint;
	struct emit_saved saved;
	emit_begin_helper(e, &saved);
	uint32_t n_lo = spv_local(&e->s, u), n_hi = spv_local(&e->s, u);
	uint32_t r_lo = spv_local(&e->s, u), r_hi = spv_local(&e->s, u),
		 count = spv_local(&e->s, u);
	struct ev d = {OP(Load, u, vars[2]), OP(Load, u, vars[3])};
	DO(Store, n_lo, OP(Load, u, vars[0]));
	DO(Store, n_hi, OP(Load, u, vars[1]));
	DO(Store, r_lo, U32(0));
	DO(Store, r_hi, U32(0));
	DO(Store, count, U32(0));
	struct emit_loop l;
	emit_loop_begin(e, &l);
	uint32_t i = OP(Load, u, count);
	emit_loop_break_unless(e, &l, OP(ULessThan, e->t_bool, i, U32(64)));
	DO(Store, count, OP(IAdd, u, i, U32(1)));
	// The numerator shifts out at the top into the remainder, the quotient in at the bottom.
	struct ev n = {OP(Load, u, n_lo), OP(Load, u, n_hi)};
	struct ev r = {OP(Load, u, r_lo), OP(Load, u, r_hi)};
	uint32_t top = OP(ShiftRightLogical, u, r.hi, U32(31));
	r.hi = OP(BitwiseOr, u, OP(ShiftLeftLogical, u, r.hi, U32(1)),
		OP(ShiftRightLogical, u, r.lo, U32(31)));
	r.lo = OP(BitwiseOr, u, OP(ShiftLeftLogical, u, r.lo, U32(1)),
		OP(ShiftRightLogical, u, n.hi, U32(31)));
	n.hi = OP(BitwiseOr, u, OP(ShiftLeftLogical, u, n.hi, U32(1)),
		OP(ShiftRightLogical, u, n.lo, U32(31)));
	n.lo = OP(ShiftLeftLogical, u, n.lo, U32(1));
	uint32_t fits = OP(LogicalOr, e->t_bool, OP(INotEqual, e->t_bool, top, U32(0)),
		emit_compare64(e, AIR_UGE, r, d));
	struct ev less = sub(e, r, d);
	r = emit_select_ev(e, AIR_I64, fits, less, r);
	n.lo = OP(BitwiseOr, u, n.lo, emit_select(e, u, fits, U32(1), U32(0)));
	DO(Store, n_lo, n.lo);
	DO(Store, n_hi, n.hi);
	DO(Store, r_lo, r.lo);
	DO(Store, r_hi, r.hi);
	emit_loop_end(e, &l);
	DO(Store, vars[0], OP(Load, u, n_lo));
	DO(Store, vars[1], OP(Load, u, n_hi));
	DO(Store, vars[2], OP(Load, u, r_lo));
	DO(Store, vars[3], OP(Load, u, r_hi));
	spv_do(&e->s, SpvOpReturn, NULL, 0);
	emit_end_helper(e, &saved, id, e->t_void);
	return id;
}

static struct ev divide(struct emit *e, struct ev a, struct ev b, bool remainder) {
	uint32_t vars[4], u = e->t_uint;
	uint32_t function = divide_function(e, vars);
	DO(Store, vars[0], a.lo);
	DO(Store, vars[1], a.hi);
	DO(Store, vars[2], b.lo);
	DO(Store, vars[3], b.hi);
	OP(FunctionCall, e->t_void, function);
	unsigned at = remainder ? 2 : 0;
	return (struct ev){OP(Load, u, vars[at]), OP(Load, u, vars[at + 1])};
}

static struct ev signed_divide(struct emit *e, struct ev a, struct ev b, bool remainder) {
	uint32_t a_negative = OP(SLessThan, e->t_bool, a.hi, U32(0));
	uint32_t b_negative = OP(SLessThan, e->t_bool, b.hi, U32(0));
	struct ev x = emit_select_ev(e, AIR_I64, a_negative, emit_negate64(e, a), a);
	struct ev y = emit_select_ev(e, AIR_I64, b_negative, emit_negate64(e, b), b);
	struct ev q = divide(e, x, y, remainder);
	uint32_t negative = remainder ? a_negative :
		OP(LogicalNotEqual, e->t_bool, a_negative, b_negative);
	return emit_select_ev(e, AIR_I64, negative, emit_negate64(e, q), q);
}

/* The upper 64 bits of a product, from four products of words. */
struct ev emit_mul_hi64(struct emit *e, bool is_signed, struct ev a, struct ev b) {
	uint32_t u = e->t_uint, zero = U32(0);
	uint32_t pair = spv_type(&e->s, SpvOpTypeStruct, SPV_ARGS(u, u));
	const uint32_t x[4] = {a.lo, a.lo, a.hi, a.hi}, y[4] = {b.lo, b.hi, b.lo, b.hi};
	struct ev p[4];
	for (uint32_t i = 0; i < 4; i++) {
		uint32_t both = OP(UMulExtended, pair, x[i], y[i]);
		p[i] = (struct ev){emit_extract(e, u, both, 0), emit_extract(e, u, both, 1)};
	}
	struct ev middle = add(e, (struct ev){p[0].hi, zero}, (struct ev){p[1].lo, zero});
	middle = add(e, middle, (struct ev){p[2].lo, zero});
	struct ev r = add(e, p[3], (struct ev){p[1].hi, zero});
	r = add(e, r, (struct ev){p[2].hi, zero});
	r = add(e, r, (struct ev){middle.hi, zero});
	if (is_signed) {
		uint32_t a_sign = OP(ShiftRightArithmetic, u, a.hi, U32(31));
		uint32_t b_sign = OP(ShiftRightArithmetic, u, b.hi, U32(31));
		r = sub(e, r, (struct ev){
			OP(BitwiseAnd, u, b.lo, a_sign), OP(BitwiseAnd, u, b.hi, a_sign),
		});
		r = sub(e, r, (struct ev){
			OP(BitwiseAnd, u, a.lo, b_sign), OP(BitwiseAnd, u, a.hi, b_sign),
		});
	}
	return r;
}

/*
 * An unsigned number as a float: shifted up so that the upper word has all that counts, with a bit
 * at
 * the bottom that says whether more was there, converted once and scaled by a power of two.
 */
uint32_t emit_float_of64(struct emit *e, struct ev v, bool odd) {
	uint32_t u = e->t_uint, f = e->t_float, b = e->t_bool;
	uint32_t high_zeros = OP(ISub, u, U32(31), GLSL(FindUMsb, u, v.hi));
	uint32_t low_zeros = OP(ISub, u, U32(63), GLSL(FindUMsb, u, v.lo));
	uint32_t zeros = emit_select(e, u, OP(IEqual, b, v.hi, U32(0)), low_zeros, high_zeros);
	uint32_t none = OP(IEqual, b, OP(BitwiseOr, u, v.lo, v.hi), U32(0));
	zeros = emit_select(e, u, none, U32(0), zeros);
	struct ev up = shift(e, AIR_SHL, v, zeros);
	uint32_t rest = emit_select(e, u, OP(INotEqual, b, up.lo, U32(0)), U32(1), U32(0));
	uint32_t top = OP(BitwiseOr, u, up.hi, rest);
	if (odd) {
		uint32_t lost = OP(INotEqual, b, OP(BitwiseAnd, u, top, U32(0xff)), U32(0));
		uint32_t sticky = emit_select(e, u, lost, U32(0x100), U32(0));
		top = OP(BitwiseOr, u, OP(BitwiseAnd, u, top, U32(0xffffff00)), sticky);
	}
	uint32_t scale = OP(ShiftLeftLogical, u, OP(ISub, u, U32(127 + 32), zeros), U32(23));
	return OP(FMul, f, OP(ConvertUToF, f, top), OP(Bitcast, f, scale));
}

struct ev emit_binary64(struct emit *e, enum air_op op, struct ev a, struct ev b) {
	uint32_t u = e->t_uint;
	struct ev native;
	if (emit_native_binary64(e, op, a, b, &native)) {
		return native;
	}
	switch (op) {
	case AIR_ADD:
		return add(e, a, b);
	case AIR_SUB:
		return sub(e, a, b);
	case AIR_MUL:
		return mul(e, a, b);
	case AIR_UDIV:
	case AIR_UREM:
		return divide(e, a, b, op == AIR_UREM);
	case AIR_SDIV:
	case AIR_SREM:
		return signed_divide(e, a, b, op == AIR_SREM);
	case AIR_SHL:
	case AIR_LSHR:
	case AIR_ASHR:
		return shift(e, op, a, b.lo);
	case AIR_AND:
		return (struct ev){OP(BitwiseAnd, u, a.lo, b.lo), OP(BitwiseAnd, u, a.hi, b.hi)};
	case AIR_OR:
		return (struct ev){OP(BitwiseOr, u, a.lo, b.lo), OP(BitwiseOr, u, a.hi, b.hi)};
	case AIR_XOR:
		return (struct ev){OP(BitwiseXor, u, a.lo, b.lo), OP(BitwiseXor, u, a.hi, b.hi)};
	default:
		pvg_shader_refuse(e->status, PVG_SHADER_INSTRUCTION, "64-bit operation %d",
			(int)op);
		return (struct ev){U32(0), U32(0)};
	}
}

uint32_t emit_compare64(struct emit *e, enum air_predicate p, struct ev a, struct ev b) {
	uint32_t t = e->t_bool, native;
	if (emit_native_compare64(e, p, a, b, &native)) {
		return native;
	}
	uint32_t same = OP(IEqual, t, a.hi, b.hi);
	switch (p) {
	case AIR_EQ:
		return OP(LogicalAnd, t, OP(IEqual, t, a.lo, b.lo), same);
	case AIR_NE:
		return OP(LogicalOr, t, OP(INotEqual, t, a.lo, b.lo), OP(INotEqual, t, a.hi, b.hi));
	case AIR_UGT:
	case AIR_SGT:
		return emit_compare64(e, p == AIR_UGT ? AIR_ULT : AIR_SLT, b, a);
	case AIR_UGE:
	case AIR_SGE:
		return emit_not(e, emit_compare64(e, p == AIR_UGE ? AIR_ULT : AIR_SLT, a, b));
	case AIR_ULE:
	case AIR_SLE:
		return emit_not(e, emit_compare64(e, p == AIR_ULE ? AIR_ULT : AIR_SLT, b, a));
	default: {
		uint32_t high =
			p == AIR_SLT ? OP(SLessThan, t, a.hi, b.hi) : OP(ULessThan, t, a.hi, b.hi);
		return OP(LogicalOr, t, high,
			OP(LogicalAnd, t, same, OP(ULessThan, t, a.lo, b.lo)));
	}
	}
}
