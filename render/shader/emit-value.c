// SPDX-License-Identifier: GPL-2.0-or-later
#include "emit-private.h"

/* Operations on single components (spec 05 §4.3, §4.5, §5.12). */

uint32_t emit_not(struct emit *e, uint32_t b) {
	if (b == spv_true(&e->s, true)) {
		return spv_true(&e->s, false);
	}
	if (b == spv_true(&e->s, false)) {
		return spv_true(&e->s, true);
	}
	return OP(LogicalNot, e->t_bool, b);
}

uint32_t emit_and(struct emit *e, uint32_t a, uint32_t b) {
	uint32_t yes = spv_true(&e->s, true);
	return a == yes ? b : b == yes ? a : OP(LogicalAnd, e->t_bool, a, b);
}

uint32_t emit_select(struct emit *e, uint32_t type, uint32_t c, uint32_t a, uint32_t b) {
	if (a == b || c == spv_true(&e->s, true)) {
		return a;
	}
	return c == spv_true(&e->s, false) ? b : OP(Select, type, c, a, b);
}

struct ev emit_select_ev(struct emit *e, uint8_t kind, uint32_t c, struct ev a, struct ev b) {
	uint32_t type = emit_kind_type(e, kind);
	return (struct ev){
		emit_select(e, type, c, a.lo, b.lo),
		emit_is_wide(kind) ? emit_select(e, type, c, a.hi, b.hi) : 0,
	};
}

static uint32_t width_of(uint8_t kind) {
	return kind == AIR_BOOL ? 8 : air_kind_bits(kind);
}

uint32_t emit_sext(struct emit *e, uint8_t kind, uint32_t id) {
	if (kind == AIR_BOOL) {
		return emit_select(e, e->t_uint, id, U32(UINT32_MAX), U32(0));
	}
	if (kind != AIR_I8 && kind != AIR_I16 && !(kind & AIR_ODD && width_of(kind) < 32)) {
		return id;
	}
	uint32_t v, w = width_of(kind);
	if (spv_is_u32(&e->s, id, &v)) {
		return U32((uint32_t)((int32_t)(v << (32 - w)) >> (32 - w)));
	}
	return OP(BitFieldSExtract, e->t_uint, id, U32(0), U32(w));
}

uint32_t emit_norm(struct emit *e, uint8_t kind, uint32_t id) {
	uint32_t w = width_of(kind);
	if (kind == AIR_I8 || kind == AIR_I16 || (kind & AIR_ODD && w < 32)) {
		return OP(BitwiseAnd, e->t_uint, id, U32((1u << w) - 1));
	}
	return id;
}

struct ev emit_sext_ev(struct emit *e, uint8_t kind, struct ev v) {
	if (!emit_is_wide(kind)) {
		return (struct ev){emit_sext(e, kind, v.lo), 0};
	}
	uint32_t w = width_of(kind);
	return w == 64 ? v : (struct ev){
		v.lo, OP(BitFieldSExtract, e->t_uint, v.hi, U32(0), U32(w - 32)),
	};
}

struct ev emit_norm_ev(struct emit *e, uint8_t kind, struct ev v) {
	if (!emit_is_wide(kind)) {
		return (struct ev){emit_norm(e, kind, v.lo), 0};
	}
	uint32_t w = width_of(kind);
	return w == 64 ? v : (struct ev){
		v.lo, OP(BitwiseAnd, e->t_uint, v.hi, U32((1u << (w - 32)) - 1)),
	};
}

uint32_t emit_extract(struct emit *e, uint32_t scalar, uint32_t id, uint32_t i) {
	return OP(CompositeExtract, scalar, id, i);
}

uint32_t emit_construct(struct emit *e, uint32_t scalar, const struct ev *v, uint32_t n) {
	uint32_t args[4];
	for (uint32_t i = 0; i < n && i < 4; i++) {
		args[i] = v[i].lo;
	}
	return n == 1 ? args[0] :
		spv_op(&e->s, SpvOpCompositeConstruct, spv_vector(&e->s, scalar, n), args, n);
}

uint32_t emit_half_bits(struct emit *e, uint32_t id) {
	uint32_t pair = OP(CompositeConstruct, spv_vector(&e->s, e->t_float, 2), id, F32(0));
	return OP(BitwiseAnd, e->t_uint, GLSL(PackHalf2x16, e->t_uint, pair), U32(0xffff));
}

static uint32_t half_from_bits(struct emit *e, uint32_t id) {
	return emit_extract(e, e->t_float,
		GLSL(UnpackHalf2x16, spv_vector(&e->s, e->t_float, 2), id), 0);
}

/* Upper half of a float, to nearest even. A NaN keeps a bit that makes it one. */
static uint32_t bfloat_bits(struct emit *e, uint32_t id) {
	uint32_t bits = OP(Bitcast, e->t_uint, id);
	uint32_t odd = OP(BitwiseAnd, e->t_uint,
		OP(ShiftRightLogical, e->t_uint, bits, U32(16)), U32(1));
	uint32_t up = OP(IAdd, e->t_uint, bits, OP(IAdd, e->t_uint, odd, U32(0x7fff)));
	uint32_t magnitude = OP(BitwiseAnd, e->t_uint, bits, U32(0x7fffffff));
	uint32_t nan = OP(UGreaterThan, e->t_bool, magnitude, U32(0x7f800000));
	return OP(ShiftRightLogical, e->t_uint, emit_select(e, e->t_uint, nan,
		OP(BitwiseOr, e->t_uint, bits, U32(0x400000)), up), U32(16));
}

/* The bits of a component of at most 32 bits, in a uint. */
uint32_t emit_bits(struct emit *e, uint8_t kind, struct ev v) {
	switch (kind) {
	case AIR_BOOL:
		return emit_select(e, e->t_uint, v.lo, U32(1), U32(0));
	case AIR_F16:
		return emit_half_bits(e, v.lo);
	case AIR_BF16:
		return bfloat_bits(e, v.lo);
	case AIR_F32:
		return OP(Bitcast, e->t_uint, v.lo);
	default:
		return v.lo;
	}
}

/* Inverse of emit_bits; bits above the kind's width are ignored. */
struct ev emit_from_bits(struct emit *e, uint8_t kind, uint32_t id) {
	switch (kind) {
	case AIR_BOOL:
		return (struct ev){OP(INotEqual, e->t_bool,
			OP(BitwiseAnd, e->t_uint, id, U32(1)), U32(0)), 0};
	case AIR_F16:
		return (struct ev){half_from_bits(e, id), 0};
	case AIR_BF16:
		return (struct ev){OP(Bitcast, e->t_float,
			OP(ShiftLeftLogical, e->t_uint, id, U32(16))), 0};
	case AIR_F32:
		return (struct ev){OP(Bitcast, e->t_float, id), 0};
	default:
		return (struct ev){emit_norm(e, kind, id), 0};
	}
}

/* The value as it would be after a trip through the narrower float type. */
uint32_t emit_round(struct emit *e, uint8_t kind, uint32_t id) {
	if (kind == AIR_F16) {
		return half_from_bits(e, emit_half_bits(e, id));
	}
	if (kind == AIR_BF16) {
		return OP(Bitcast, e->t_float,
			OP(ShiftLeftLogical, e->t_uint, bfloat_bits(e, id), U32(16)));
	}
	return id;
}

uint32_t emit_is_nan(struct emit *e, uint32_t id) {
	// By bits: drivers drop isnan() when they assume that there is none.
	uint32_t magnitude = OP(BitwiseAnd, e->t_uint, OP(Bitcast, e->t_uint, id), U32(0x7fffffff));
	return OP(UGreaterThan, e->t_bool, magnitude, U32(0x7f800000));
}

/* Metal masks the amount of a shift (spec 05 §4.5). */
static uint32_t shift_amount(struct emit *e, uint8_t kind, uint32_t id) {
	return OP(BitwiseAnd, e->t_uint, id, U32(kind & AIR_ODD ? 31 : width_of(kind) - 1));
}

/* Division by zero must not trap and gives anything: 0 is what most hardware does not do either. */
static uint32_t divisor(struct emit *e, uint32_t id) {
	uint32_t v;
	if (spv_is_u32(&e->s, id, &v) && v != 0) {
		return id;
	}
	return emit_select(e, e->t_uint, OP(IEqual, e->t_bool, id, U32(0)), U32(1), id);
}

static struct ev bool_binary(struct emit *e, enum air_op op, struct ev a, struct ev b) {
	switch (op) {
	case AIR_AND:
	case AIR_MUL:
		return (struct ev){emit_and(e, a.lo, b.lo), 0};
	case AIR_OR:
		return (struct ev){OP(LogicalOr, e->t_bool, a.lo, b.lo), 0};
	case AIR_XOR:
	case AIR_ADD:
	case AIR_SUB:
		if (b.lo == spv_true(&e->s, true)) {
			return (struct ev){emit_not(e, a.lo), 0};
		}
		return (struct ev){OP(LogicalNotEqual, e->t_bool, a.lo, b.lo), 0};
	default:
		// A shift or division by a bool that is defined leaves the value.
		return a;
	}
}

struct ev emit_binary(struct emit *e, enum air_op op, uint8_t kind, struct ev a, struct ev b) {
	uint32_t u = e->t_uint, f = e->t_float;
	if (kind == AIR_BOOL) {
		return bool_binary(e, op, a, b);
	}
	if (kind == AIR_I64) {
		return emit_binary64(e, op, a, b);
	}
	if (emit_is_wide(kind)) {
		bool is_signed = op == AIR_SDIV || op == AIR_SREM || op == AIR_ASHR;
		a = is_signed ? emit_sext_ev(e, kind, a) : a;
		b = is_signed && op != AIR_ASHR ? emit_sext_ev(e, kind, b) : b;
		return emit_norm_ev(e, kind, emit_binary64(e, op, a, b));
	}
	uint32_t id = 0;
	if (emit_native_binary16(e, op, kind, a.lo, b.lo, &id)) {
		return (struct ev){ id, 0 };
	}
	switch (op) {
	case AIR_ADD:
		id = emit_norm(e, kind, OP(IAdd, u, a.lo, b.lo));
		break;
	case AIR_SUB:
		id = emit_norm(e, kind, OP(ISub, u, a.lo, b.lo));
		break;
	case AIR_MUL:
		id = emit_norm(e, kind, OP(IMul, u, a.lo, b.lo));
		break;
	case AIR_UDIV:
		id = OP(UDiv, u, a.lo, divisor(e, b.lo));
		break;
	case AIR_UREM:
		id = OP(UMod, u, a.lo, divisor(e, b.lo));
		break;
	case AIR_SDIV:
		id = emit_norm(e, kind, OP(SDiv, u, emit_sext(e, kind, a.lo),
			divisor(e, emit_sext(e, kind, b.lo))));
		break;
	case AIR_SREM: {
		// Written out: GLSL leaves % of negative operands undefined.
		uint32_t x = emit_sext(e, kind, a.lo), y = divisor(e, emit_sext(e, kind, b.lo));
		id = emit_norm(e, kind, OP(ISub, u, x, OP(IMul, u, OP(SDiv, u, x, y), y)));
		break;
	}
	case AIR_SHL:
		id = emit_norm(e, kind, OP(ShiftLeftLogical, u, a.lo, shift_amount(e, kind, b.lo)));
		break;
	case AIR_LSHR:
		id = OP(ShiftRightLogical, u, a.lo, shift_amount(e, kind, b.lo));
		break;
	case AIR_ASHR:
		id = emit_norm(e, kind, OP(ShiftRightArithmetic, u, emit_sext(e, kind, a.lo),
			shift_amount(e, kind, b.lo)));
		break;
	case AIR_AND:
		id = OP(BitwiseAnd, u, a.lo, b.lo);
		break;
	case AIR_OR:
		id = OP(BitwiseOr, u, a.lo, b.lo);
		break;
	case AIR_XOR:
		id = OP(BitwiseXor, u, a.lo, b.lo);
		break;
	case AIR_FADD:
		id = OP(FAdd, f, a.lo, b.lo);
		break;
	case AIR_FSUB:
		id = OP(FSub, f, a.lo, b.lo);
		break;
	case AIR_FMUL:
		id = OP(FMul, f, a.lo, b.lo);
		break;
	case AIR_FDIV:
		id = OP(FDiv, f, a.lo, b.lo);
		break;
	case AIR_FREM: {
		uint32_t q = GLSL(Trunc, f, OP(FDiv, f, a.lo, b.lo));
		id = OP(FSub, f, a.lo, OP(FMul, f, b.lo, q));
		break;
	}
	default:
		pvg_shader_refuse(e->status, PVG_SHADER_INSTRUCTION, "binary operation %d",
			(int)op);
		break;
	}
	return (struct ev){id, 0};
}

static uint32_t float_compare(struct emit *e, enum air_predicate p, uint32_t a, uint32_t b) {
	uint32_t t = e->t_bool;
	switch (p) {
	case AIR_F_FALSE:
		return spv_true(&e->s, false);
	case AIR_F_TRUE:
		return spv_true(&e->s, true);
	case AIR_F_OEQ:
		return OP(FOrdEqual, t, a, b);
	case AIR_F_OGT:
		return OP(FOrdGreaterThan, t, a, b);
	case AIR_F_OGE:
		return OP(FOrdGreaterThanEqual, t, a, b);
	case AIR_F_OLT:
		return OP(FOrdLessThan, t, a, b);
	case AIR_F_OLE:
		return OP(FOrdLessThanEqual, t, a, b);
	case AIR_F_ONE:
		// Less or greater: != is true for NaN in GLSL.
		return OP(LogicalOr, t, OP(FOrdLessThan, t, a, b), OP(FOrdGreaterThan, t, a, b));
	case AIR_F_UEQ:
		return emit_not(e, OP(LogicalOr, t, OP(FOrdLessThan, t, a, b),
			OP(FOrdGreaterThan, t, a, b)));
	case AIR_F_UGT:
		return emit_not(e, OP(FOrdLessThanEqual, t, a, b));
	case AIR_F_UGE:
		return emit_not(e, OP(FOrdLessThan, t, a, b));
	case AIR_F_ULT:
		return emit_not(e, OP(FOrdGreaterThanEqual, t, a, b));
	case AIR_F_ULE:
		return emit_not(e, OP(FOrdGreaterThan, t, a, b));
	case AIR_F_UNE:
		return OP(FUnordNotEqual, t, a, b);
	case AIR_F_UNO:
		return a == b ? emit_is_nan(e, a)
			      : OP(LogicalOr, t, emit_is_nan(e, a), emit_is_nan(e, b));
	case AIR_F_ORD:
		return emit_not(e, float_compare(e, AIR_F_UNO, a, b));
	default:
		return 0;
	}
}

uint32_t emit_compare(struct emit *e, enum air_predicate p, uint8_t kind, struct ev a,
	struct ev b) {
	uint32_t t = e->t_bool;
	if (p >= AIR_F_FALSE) {
		return float_compare(e, p, a.lo, b.lo);
	}
	if (emit_is_wide(kind)) {
		bool is_signed = p >= AIR_SGT && p <= AIR_SLE;
		return emit_compare64(e, p, is_signed ? emit_sext_ev(e, kind, a) : a,
			is_signed ? emit_sext_ev(e, kind, b) : b);
	}
	if (kind == AIR_BOOL) {
		if (p == AIR_EQ) {
			return OP(LogicalEqual, t, a.lo, b.lo);
		}
		if (p == AIR_NE) {
			return OP(LogicalNotEqual, t, a.lo, b.lo);
		}
		// As a signed number true is -1.
		bool is_signed = p >= AIR_SGT;
		a.lo = is_signed ? emit_sext(e, AIR_BOOL, a.lo) : emit_bits(e, AIR_BOOL, a);
		b.lo = is_signed ? emit_sext(e, AIR_BOOL, b.lo) : emit_bits(e, AIR_BOOL, b);
	} else if (p >= AIR_SGT) {
		a.lo = emit_sext(e, kind, a.lo);
		b.lo = emit_sext(e, kind, b.lo);
	}
	static const SpvOp ops[] = {
		SpvOpIEqual,
		SpvOpINotEqual,
		SpvOpUGreaterThan,
		SpvOpUGreaterThanEqual,
		SpvOpULessThan,
		SpvOpULessThanEqual,
		SpvOpSGreaterThan,
		SpvOpSGreaterThanEqual,
		SpvOpSLessThan,
		SpvOpSLessThanEqual,
	};
	return spv_op(&e->s, ops[p], t, SPV_ARGS(a.lo, b.lo));
}

static bool is_float(uint8_t kind) {
	return kind == AIR_F16 || kind == AIR_BF16 || kind == AIR_F32;
}

static struct ev float_to_int64(struct emit *e, bool is_signed, uint32_t x) {
	uint32_t f = e->t_float, u = e->t_uint;
	uint32_t nan = emit_is_nan(e, x);
	uint32_t negative = OP(FOrdLessThan, e->t_bool, x, F32(0));
	uint32_t magnitude = GLSL(Trunc, f, GLSL(FAbs, f, x));
	uint32_t limit = is_signed ? F32(0x1p63f) : F32(0x1p64f);
	uint32_t over = OP(FOrdGreaterThanEqual, e->t_bool, magnitude, limit);
	uint32_t safe = emit_select(e, f, over, F32(0), magnitude);
	struct ev v;
	if (emit_has(e, PVG_FEATURE_INT64)) {
		v = emit_native_from_float(e, safe);
	} else {
		uint32_t hi = OP(ConvertFToU, u, OP(FMul, f, safe, F32(0x1p-32f)));
		uint32_t low =
			OP(FSub, f, safe, OP(FMul, f, OP(ConvertUToF, f, hi), F32(0x1p32f)));
		v = (struct ev){ OP(ConvertFToU, u, low), hi };
	}
	struct ev max = {U32(UINT32_MAX), U32(is_signed ? 0x7fffffff : UINT32_MAX)};
	struct ev zero = {U32(0), U32(0)};
	v = emit_select_ev(e, AIR_I64, over, max, v);
	if (is_signed) {
		struct ev minus = emit_negate64(e, v);
		struct ev min = {U32(0), U32(0x80000000)};
		minus = emit_select_ev(e, AIR_I64, over, min, minus);
		v = emit_select_ev(e, AIR_I64, negative, minus, v);
	} else {
		v = emit_select_ev(e, AIR_I64, negative, zero, v);
	}
	return emit_select_ev(e, AIR_I64, nan, zero, v);
}

/* Saturates, NaN gives 0 (spec 05 §4.3). */
static struct ev float_to_int(struct emit *e, uint8_t kind, bool is_signed, uint32_t x) {
	uint32_t f = e->t_float;
	if (kind == AIR_BOOL) {
		return (struct ev){OP(FUnordNotEqual, e->t_bool, x, F32(0)), 0};
	}
	if (kind == AIR_I64) {
		return float_to_int64(e, is_signed, x);
	}
	if (kind & AIR_ODD) {
		// Out of range is undefined for widths that Metal does not have.
		uint8_t wider = emit_is_wide(kind) ? AIR_I64 : AIR_I32;
		return emit_norm_ev(e, kind, float_to_int(e, wider, is_signed, x));
	}
	uint32_t w = width_of(kind);
	float low = is_signed ? -(float)(1u << (w - 1)) : 0;
	// The largest float that still fits; 32-bit limits are not floats themselves.
	float high = w == 32 ? (is_signed ? 0x1.fffffep30f : 0x1.fffffep31f) :
		(float)((1u << (is_signed ? w - 1 : w)) - 1);
	uint32_t nan = emit_is_nan(e, x);
	uint32_t clamped = GLSL(FClamp, f, emit_select(e, f, nan, F32(0), x), F32(low), F32(high));
	uint32_t id = is_signed ? OP(ConvertFToS, e->t_uint, clamped) :
		OP(ConvertFToU, e->t_uint, clamped);
	if (w == 32) {
		uint32_t over = OP(FOrdGreaterThan, e->t_bool, x, F32(high));
		id = emit_select(e, e->t_uint, over, U32(is_signed ? 0x7fffffff : UINT32_MAX), id);
	}
	return (struct ev){emit_norm(e, kind, id), 0};
}

/*
 * To a float, to nearest even. odd: what does not fit is kept as a lowest bit that is set, so that
 * a
 * second rounding to fewer bits is as good as one.
 */
static uint32_t int_to_float(struct emit *e, uint8_t kind, bool is_signed, struct ev v, bool odd) {
	uint32_t f = e->t_float, u = e->t_uint;
	if (kind == AIR_BOOL) {
		return emit_select(e, f, v.lo, is_signed ? F32(-1) : F32(1), F32(0));
	}
	v = is_signed ? emit_sext_ev(e, kind, v) : v;
	bool wide = emit_is_wide(kind);
	if (!wide && !(odd && width_of(kind) > 24)) {
		return is_signed ? OP(ConvertSToF, f, v.lo) : OP(ConvertUToF, f, v.lo);
	}
	if (!odd && emit_has(e, PVG_FEATURE_INT64)) {
		return emit_native_to_float(e, is_signed, v);
	}
	struct ev w = {v.lo, wide ? v.hi : is_signed ?
		OP(ShiftRightArithmetic, u, v.lo, U32(31)) : U32(0)};
	uint32_t negative = 0;
	if (is_signed) {
		negative = OP(SLessThan, e->t_bool, w.hi, U32(0));
		w = emit_select_ev(e, AIR_I64, negative, emit_negate64(e, w), w);
	}
	uint32_t id = emit_float_of64(e, w, odd);
	return is_signed ? emit_select(e, f, negative, OP(FNegate, f, id), id) : id;
}

struct ev emit_convert(struct emit *e, uint8_t from, bool from_signed, uint8_t to, bool to_signed,
		struct ev v) {
	if (is_float(from)) {
		if (is_float(to)) {
			bool narrows = to != AIR_F32 && to != from;
			return (struct ev){narrows ? emit_round(e, to, v.lo) : v.lo, 0};
		}
		return float_to_int(e, to, to_signed, v.lo);
	}
	if (is_float(to)) {
		uint32_t id = int_to_float(e, from, from_signed, v, to == AIR_BF16);
		return (struct ev){to == AIR_F32 ? id : emit_round(e, to, id), 0};
	}
	if (to == AIR_BOOL) {
		uint32_t bits = emit_is_wide(from) ? OP(BitwiseOr, e->t_uint, v.lo, v.hi) : v.lo;
		return from == AIR_BOOL ? v
					: (struct ev){ OP(INotEqual, e->t_bool, bits, U32(0)), 0 };
	}
	if (from == AIR_BOOL) {
		v.lo = from_signed ? emit_sext(e, from, v.lo) : emit_bits(e, from, v);
	} else if (from_signed) {
		v = emit_sext_ev(e, from, v);
	}
	if (emit_is_wide(to) && !emit_is_wide(from)) {
		v.hi = from_signed ? OP(ShiftRightArithmetic, e->t_uint, v.lo, U32(31)) : U32(0);
	}
	return emit_norm_ev(e, to, v);
}

/* Ors n bits (at most 32) into a string of bits. */
static void put_bits(struct emit *e, uint32_t words[33], uint32_t at, uint32_t n, uint32_t bits) {
	uint32_t u = e->t_uint, part = OP(ShiftLeftLogical, u, bits, U32(at % 32));
	uint32_t *w = &words[at / 32];
	w[0] = w[0] == 0 ? part : OP(BitwiseOr, u, w[0], part);
	if (at % 32 + n > 32) {
		w[1] = OP(ShiftRightLogical, u, bits, U32(32 - at % 32));
	}
}

/* n bits of a string of bits; what lies above them is anything. */
static uint32_t get_bits(struct emit *e, const uint32_t words[33], uint32_t at, uint32_t n) {
	uint32_t u = e->t_uint, low = words[at / 32] != 0 ? words[at / 32] : U32(0);
	uint32_t part = OP(ShiftRightLogical, u, low, U32(at % 32));
	if (at % 32 + n > 32) {
		uint32_t high = words[at / 32 + 1] != 0 ? words[at / 32 + 1] : U32(0);
		part = OP(BitwiseOr, u, part, OP(ShiftLeftLogical, u, high, U32(32 - at % 32)));
	}
	return part;
}

bool emit_bitcast(struct emit *e, const struct air_type *from, const struct air_type *to,
		const struct ev *in, struct ev *out) {
	uint32_t n = from->comp_count, m = to->comp_count;
	if (n == m && (n == 0 || (!from->wide && !to->wide &&
			air_kind_bits(from->comps[0].kind) == air_kind_bits(to->comps[0].kind)))) {
		for (uint32_t i = 0; i < n; i++) {
			uint8_t a = from->comps[i].kind, b = to->comps[i].kind;
			bool same = a == b || emit_is_wide(a);
			out[i] = same ? in[i] : emit_from_bits(e, b, emit_bits(e, a, in[i]));
		}
		return true;
	}
	// Through words, as in memory; bools are single bits here.
	uint32_t words[33] = {0};
	uint32_t at = 0;
	for (uint32_t i = 0; i < n; i++) {
		uint8_t kind = from->comps[i].kind;
		uint32_t width = air_kind_bits(kind);
		if (at + width > 1024) {
			return pvg_shader_refuse(e->status, PVG_SHADER_TYPE,
				"bitcast of %u components", n);
		}
		bool wide = emit_is_wide(kind);
		put_bits(e, words, at, wide ? 32 : width,
			wide ? in[i].lo : emit_bits(e, kind, in[i]));
		if (wide) {
			put_bits(e, words, at + 32, width - 32, in[i].hi);
		}
		at += width;
	}
	at = 0;
	for (uint32_t i = 0; i < m; i++) {
		uint8_t kind = to->comps[i].kind;
		uint32_t width = air_kind_bits(kind);
		if (at + width > 1024) {
			return pvg_shader_refuse(e->status, PVG_SHADER_TYPE,
				"bitcast to %u components", m);
		}
		if (emit_is_wide(kind)) {
			uint32_t high = get_bits(e, words, at + 32, width - 32);
			out[i] = emit_norm_ev(e, kind,
				(struct ev){ get_bits(e, words, at, 32), high });
		} else {
			out[i] = emit_from_bits(e, kind, get_bits(e, words, at, width));
		}
		at += width;
	}
	return true;
}
