// SPDX-License-Identifier: GPL-2.0-or-later
#include "emit-private.h"

/* Float and integer functions, component by component (spec 05 §4.3 to §4.5, §4.9). */

enum math {
	M_GLSL1, M_GLSL2, M_GLSL3, // the instruction of GLSL.std.450 in glsl
	M_PRECISE, // enum emit_precise in glsl
	M_EXP, M_LOG, // the instruction when fast
	M_FRACT, M_ROUND, M_SINPI, M_COSPI, M_TANPI, M_EXP10, M_LOG10, M_POW, M_POWR, M_SIGN,
	M_FMOD,
	M_FMA, M_FMIN, M_FMAX, M_FMIN3, M_FMAX3, M_FMEDIAN3, M_CLAMP, M_SATURATE, M_MIX, M_COPYSIGN,
	M_FDIM, M_DIVIDE, M_RECIP, M_MAD, M_POWI, M_ORDERED, M_UNORDERED,
	M_LDEXP, M_ILOGB, M_LOGB, M_NEXTAFTER, M_STEP, M_SMOOTHSTEP,
	M_ISNAN, M_ISINF, M_ISFINITE, M_ISNORMAL, M_SIGNBIT,
	M_DDX, M_DDY, M_FWIDTH,
	M_ABS, M_ABS_DIFF, M_MIN, M_MAX, M_MIN3, M_MAX3, M_MEDIAN3, M_MUL_HI, M_MAD_HI, M_MAD_SAT,
	M_ADD_SAT, M_SUB_SAT, M_HADD, M_RHADD, M_ROTATE, M_POPCOUNT, M_REVERSE, M_CLZ, M_CTZ,
	M_EXTRACT_BITS, M_INSERT_BITS, M_BSWAP, M_FSHL, M_FSHR, M_MUL24, M_MAD24,
};

struct math_op {
	const char *name;
	enum math op;
	uint32_t glsl;
	uint32_t args;
};

static const struct math_op table[] = {
	{"fabs", M_GLSL1, GLSLstd450FAbs, 1}, {"floor", M_GLSL1, GLSLstd450Floor, 1},
	{"ceil", M_GLSL1, GLSLstd450Ceil, 1}, {"trunc", M_GLSL1, GLSLstd450Trunc, 1},
	{"rint", M_GLSL1, GLSLstd450RoundEven, 1}, {"nearbyint", M_GLSL1, GLSLstd450RoundEven, 1},
	{"roundeven", M_GLSL1, GLSLstd450RoundEven, 1},
	{"sin", M_GLSL1, GLSLstd450Sin, 1}, {"cos", M_GLSL1, GLSLstd450Cos, 1},
	{"tan", M_GLSL1, GLSLstd450Tan, 1}, {"asin", M_PRECISE, EMIT_ASIN, 1},
	{"acos", M_PRECISE, EMIT_ACOS, 1}, {"atan", M_PRECISE, EMIT_ATAN, 1},
	{"sinh", M_PRECISE, EMIT_SINH, 1}, {"cosh", M_PRECISE, EMIT_COSH, 1},
	{"tanh", M_PRECISE, EMIT_TANH, 1}, {"asinh", M_PRECISE, EMIT_ASINH, 1},
	{"acosh", M_PRECISE, EMIT_ACOSH, 1}, {"atanh", M_PRECISE, EMIT_ATANH, 1},
	{"atan2", M_PRECISE, EMIT_ATAN2, 2}, {"exp", M_EXP, 0, 1},
	{"exp2", M_GLSL1, GLSLstd450Exp2, 1}, {"log", M_LOG, 0, 1},
	{"log2", M_GLSL1, GLSLstd450Log2, 1}, {"sqrt", M_GLSL1, GLSLstd450Sqrt, 1},
	{"rsqrt", M_GLSL1, GLSLstd450InverseSqrt, 1},
	{"fract", M_FRACT, 0, 1}, {"round", M_ROUND, 0, 1}, {"sinpi", M_SINPI, 0, 1},
	{"cospi", M_COSPI, 0, 1}, {"tanpi", M_TANPI, 0, 1}, {"exp10", M_EXP10, 0, 1},
	{"log10", M_LOG10, 0, 1}, {"pow", M_POW, 0, 2}, {"powr", M_POWR, 0, 2},
	{"sign", M_SIGN, 0, 1},
	{"fmod", M_FMOD, 0, 2}, {"fma", M_FMA, 0, 3}, {"fmuladd", M_FMA, 0, 3},
	{"fmin", M_FMIN, 0, 2}, {"fmax", M_FMAX, 0, 2}, {"minnum", M_FMIN, 0, 2},
	{"maxnum", M_FMAX, 0, 2}, {"minimum", M_FMIN, 0, 2}, {"maximum", M_FMAX, 0, 2},
	{"fmin3", M_FMIN3, 0, 3}, {"fmax3", M_FMAX3, 0, 3}, {"fmedian3", M_FMEDIAN3, 0, 3},
	{"clamp", M_CLAMP, 0, 3}, {"saturate", M_SATURATE, 0, 1}, {"mix", M_MIX, 0, 3},
	{"copysign", M_COPYSIGN, 0, 2}, {"fdim", M_FDIM, 0, 2}, {"ldexp", M_LDEXP, 0, 2},
	{"divide", M_DIVIDE, 0, 2}, {"recip", M_RECIP, 0, 1}, {"mad", M_MAD, 0, 3},
	{"powi", M_POWI, 0, 2}, {"isordered", M_ORDERED, 0, 2}, {"isunordered", M_UNORDERED, 0, 2},
	{"ilogb", M_ILOGB, 0, 1}, {"logb", M_LOGB, 0, 1}, {"nextafter", M_NEXTAFTER, 0, 2},
	{"step", M_STEP, 0, 2}, {"smoothstep", M_SMOOTHSTEP, 0, 3},
	{"isnan", M_ISNAN, 0, 1}, {"isinf", M_ISINF, 0, 1}, {"isfinite", M_ISFINITE, 0, 1},
	{"isnormal", M_ISNORMAL, 0, 1}, {"signbit", M_SIGNBIT, 0, 1},
	{"dfdx", M_DDX, 0, 1}, {"dfdy", M_DDY, 0, 1}, {"fwidth", M_FWIDTH, 0, 1},
	{"abs", M_ABS, 0, 1}, {"abs_diff", M_ABS_DIFF, 0, 2}, {"absdiff", M_ABS_DIFF, 0, 2},
	{"min", M_MIN, 0, 2}, {"max", M_MAX, 0, 2}, {"smin", M_MIN, 0, 2}, {"smax", M_MAX, 0, 2},
	{"umin", M_MIN, 0, 2}, {"umax", M_MAX, 0, 2}, {"min3", M_MIN3, 0, 3},
	{"max3", M_MAX3, 0, 3},
	{"median3", M_MEDIAN3, 0, 3}, {"mul_hi", M_MUL_HI, 0, 2}, {"mad_hi", M_MAD_HI, 0, 3},
	{"mad_sat", M_MAD_SAT, 0, 3}, {"add_sat", M_ADD_SAT, 0, 2}, {"sub_sat", M_SUB_SAT, 0, 2},
	{"sadd.sat", M_ADD_SAT, 0, 2}, {"uadd.sat", M_ADD_SAT, 0, 2}, {"ssub.sat", M_SUB_SAT, 0, 2},
	{"usub.sat", M_SUB_SAT, 0, 2}, {"hadd", M_HADD, 0, 2}, {"rhadd", M_RHADD, 0, 2},
	{"rotate", M_ROTATE, 0, 2}, {"popcount", M_POPCOUNT, 0, 1}, {"ctpop", M_POPCOUNT, 0, 1},
	{"reverse_bits", M_REVERSE, 0, 1}, {"bitreverse", M_REVERSE, 0, 1}, {"clz", M_CLZ, 0, 1},
	{"ctlz", M_CLZ, 0, 1}, {"ctz", M_CTZ, 0, 1}, {"cttz", M_CTZ, 0, 1},
	{"extract_bits", M_EXTRACT_BITS, 0, 3}, {"insert_bits", M_INSERT_BITS, 0, 4},
	{"bswap", M_BSWAP, 0, 1}, {"fshl", M_FSHL, 0, 3}, {"fshr", M_FSHR, 0, 3},
	{"mul24", M_MUL24, 0, 2}, {"mad24", M_MAD24, 0, 3},
};

static uint32_t glsl(struct emit *e, uint32_t op, uint32_t type, uint32_t a) {
	return spv_op(&e->s, SpvOpExtInst, type, SPV_ARGS(e->s.glsl, op, a));
}

static uint32_t magnitude(struct emit *e, uint32_t x) {
	return OP(BitwiseAnd, e->t_uint, OP(Bitcast, e->t_uint, x), U32(0x7fffffff));
}

/* Negative bases have a result for whole exponents, which GLSL leaves undefined. */
static uint32_t power(struct emit *e, uint32_t x, uint32_t y) {
	uint32_t f = e->t_float, b = e->t_bool;
	uint32_t r = GLSL(Pow, f, GLSL(FAbs, f, x), y);
	uint32_t whole = OP(FOrdEqual, b, GLSL(Floor, f, y), y);
	uint32_t half = OP(FMul, f, y, F32(0.5f));
	uint32_t odd = OP(FUnordNotEqual, b, GLSL(Floor, f, half), half);
	uint32_t negative = OP(FOrdLessThan, b, x, F32(0));
	uint32_t signed_r = emit_select(e, f, odd, OP(FNegate, f, r), r);
	uint32_t nan = OP(Bitcast, f, U32(0x7fc00000));
	uint32_t of_negative = emit_select(e, f, whole, signed_r, nan);
	r = emit_select(e, f, negative, of_negative, r);
	return emit_select(e, f, OP(FOrdEqual, b, y, F32(0)), F32(1), r);
}

static uint32_t next_after(struct emit *e, uint32_t x, uint32_t y) {
	uint32_t u = e->t_uint, f = e->t_float;
	uint32_t bits = OP(Bitcast, u, x);
	uint32_t up = OP(FOrdLessThan, e->t_bool, x, y);
	uint32_t positive = OP(FOrdGreaterThan, e->t_bool, x, F32(0));
	uint32_t grow = OP(LogicalEqual, e->t_bool, up, positive);
	uint32_t step = OP(IAdd, u, bits, emit_select(e, u, grow, U32(1), U32(UINT32_MAX)));
	uint32_t tiny = emit_select(e, u, up, U32(1), U32(0x80000001));
	step = emit_select(e, u, OP(FOrdEqual, e->t_bool, x, F32(0)), tiny, step);
	uint32_t r = emit_select(e, f, OP(FOrdEqual, e->t_bool, x, y), y, OP(Bitcast, f, step));
	uint32_t nan = OP(LogicalOr, e->t_bool, emit_is_nan(e, x), emit_is_nan(e, y));
	return emit_select(e, f, nan, OP(FAdd, f, x, y), r);
}

static struct ev float_op(struct emit *e, const struct math_op *m, bool fast, uint8_t kind,
		const struct ev a[4]) {
	uint32_t f = e->t_float, x = a[0].lo, y = a[1].lo, z = a[2].lo, r = 0;
	uint32_t fmin = fast ? GLSLstd450FMin : GLSLstd450NMin, fmax = fast ? GLSLstd450FMax :
		GLSLstd450NMax;
#define TWO(op, p, q) spv_op(&e->s, SpvOpExtInst, f, SPV_ARGS(e->s.glsl, op, p, q))
	switch (m->op) {
	case M_GLSL1:
		r = glsl(e, m->glsl, f, x);
		break;
	case M_GLSL2:
		r = TWO(m->glsl, x, y);
		break;
	case M_PRECISE:
		r = emit_precise(e, (enum emit_precise)m->glsl, x, y);
		break;
	case M_EXP:
		r = fast ? GLSL(Exp, f, x) : emit_precise(e, EMIT_EXP, x, 0);
		break;
	case M_LOG:
		r = fast ? GLSL(Log, f, x) : emit_precise(e, EMIT_LOG, x, 0);
		break;
	case M_FRACT:
		r = TWO(fmin, OP(FSub, f, x, GLSL(Floor, f, x)), F32(0x1.fffffep-1f));
		break;
	case M_ROUND: {
		// Half away from zero: add one half with the sign of x, except where that would
		// carry.
		uint32_t t = GLSL(Trunc, f, x);
		uint32_t rest = GLSL(FAbs, f, OP(FSub, f, x, t));
		uint32_t sign =
			OP(BitwiseAnd, e->t_uint, OP(Bitcast, e->t_uint, x), U32(0x80000000));
		uint32_t one = OP(Bitcast, f, OP(BitwiseOr, e->t_uint, sign, U32(0x3f800000)));
		uint32_t up = OP(FOrdGreaterThanEqual, e->t_bool, rest, F32(0.5f));
		r = emit_select(e, f, up, OP(FAdd, f, t, one), t);
		break;
	}
	case M_SINPI:
	case M_COSPI:
	case M_TANPI: {
		// Whole turns first: the product with pi of a large number has lost the angle.
		uint32_t turns = GLSL(RoundEven, f, OP(FMul, f, x, F32(0.5f)));
		uint32_t angle = OP(FMul, f, OP(FSub, f, x, OP(FMul, f, turns, F32(2))),
			F32(3.14159265358979f));
		r = glsl(e, m->op == M_SINPI ? GLSLstd450Sin : m->op == M_COSPI ? GLSLstd450Cos :
			GLSLstd450Tan, f, angle);
		break;
	}
	case M_EXP10:
		r = GLSL(Exp2, f, OP(FMul, f, x, F32(3.32192809488736f)));
		break;
	case M_LOG10:
		r = OP(FMul, f, GLSL(Log2, f, x), F32(0.301029995663981f));
		break;
	case M_POW:
		r = fast ? GLSL(Pow, f, x, y) : power(e, x, y);
		break;
	case M_POWR:
		r = GLSL(Pow, f, x, y);
		break;
	case M_SIGN:
		r = emit_select(e, f, emit_is_nan(e, x), F32(0), GLSL(FSign, f, x));
		break;
	case M_FMOD:
		r = emit_binary(e, AIR_FREM, AIR_F32, a[0], a[1]).lo;
		break;
	case M_FMA:
		r = GLSL(Fma, f, x, y, z);
		break;
	case M_FMIN:
		r = TWO(fmin, x, y);
		break;
	case M_FMAX:
		r = TWO(fmax, x, y);
		break;
	case M_FMIN3:
		r = TWO(fmin, TWO(fmin, x, y), z);
		break;
	case M_FMAX3:
		r = TWO(fmax, TWO(fmax, x, y), z);
		break;
	case M_FMEDIAN3:
		r = TWO(fmax, TWO(fmin, x, y), TWO(fmin, TWO(fmax, x, y), z));
		break;
	case M_CLAMP:
		r = TWO(fmin, TWO(fmax, x, y), z);
		break;
	case M_SATURATE:
		// saturate(NaN) is 0: the maximum with 0 comes first and drops it.
		r = TWO(GLSLstd450FMin, TWO(fmax, x, F32(0)), F32(1));
		break;
	case M_MIX:
		r = GLSL(FMix, f, x, y, z);
		break;
	case M_COPYSIGN: {
		uint32_t sign =
			OP(BitwiseAnd, e->t_uint, OP(Bitcast, e->t_uint, y), U32(0x80000000));
		r = OP(Bitcast, f, OP(BitwiseOr, e->t_uint, magnitude(e, x), sign));
		break;
	}
	case M_FDIM:
		r = TWO(fmax, OP(FSub, f, x, y), F32(0));
		break;
	case M_DIVIDE:
		r = OP(FDiv, f, x, y);
		break;
	case M_RECIP:
		r = OP(FDiv, f, F32(1), x);
		break;
	case M_MAD:
		r = OP(FAdd, f, OP(FMul, f, x, y), z);
		break;
	case M_POWI:
		r = power(e, x, OP(ConvertSToF, f, y));
		break;
	case M_ORDERED:
	case M_UNORDERED:
		r = emit_compare(e, m->op == M_ORDERED ? AIR_F_ORD : AIR_F_UNO, kind, a[0], a[1]);
		break;
	case M_LDEXP:
		r = GLSL(Ldexp, f, x, OP(Bitcast, e->t_int, y));
		break;
	case M_LOGB:
		r = OP(ConvertSToF, f, OP(ISub, e->t_uint,
			OP(ShiftRightLogical, e->t_uint, magnitude(e, x), U32(23)), U32(127)));
		break;
	case M_ILOGB:
		r = OP(ISub, e->t_uint, OP(ShiftRightLogical, e->t_uint, magnitude(e, x), U32(23)),
			U32(127));
		break;
	case M_NEXTAFTER:
		r = next_after(e, x, y);
		break;
	case M_STEP:
		r = GLSL(Step, f, x, y);
		break;
	case M_SMOOTHSTEP:
		r = GLSL(SmoothStep, f, x, y, z);
		break;
	case M_ISNAN:
		r = emit_is_nan(e, x);
		break;
	case M_ISINF:
		r = OP(IEqual, e->t_bool, magnitude(e, x), U32(0x7f800000));
		break;
	case M_ISFINITE:
		r = OP(ULessThan, e->t_bool, magnitude(e, x), U32(0x7f800000));
		break;
	case M_ISNORMAL: {
		uint32_t big = OP(UGreaterThanEqual, e->t_bool, magnitude(e, x), U32(0x00800000));
		r = OP(LogicalAnd, e->t_bool, big,
			OP(ULessThan, e->t_bool, magnitude(e, x), U32(0x7f800000)));
		break;
	}
	case M_SIGNBIT:
		r = OP(SLessThan, e->t_bool, OP(Bitcast, e->t_uint, x), U32(0));
		break;
	case M_DDX:
		r = OP(DPdx, f, x);
		break;
	case M_DDY:
		r = OP(DPdy, f, x);
		break;
	case M_FWIDTH:
		r = OP(Fwidth, f, x);
		break;
	default:
		pvg_shader_refuse(e->status, PVG_SHADER_SIGNATURE, "%s of floats", m->name);
		break;
	}
#undef TWO
	return (struct ev){r, 0};
}

static struct ev int_min(struct emit *e, uint8_t kind, bool is_signed, bool max, struct ev a,
		struct ev b) {
	enum air_predicate p = is_signed ? (max ? AIR_SGT : AIR_SLT) : (max ? AIR_UGT : AIR_ULT);
	if (kind == AIR_I32) {
		uint32_t op = is_signed ? (max ? GLSLstd450SMax : GLSLstd450SMin) :
			(max ? GLSLstd450UMax : GLSLstd450UMin);
		return (struct ev){spv_op(&e->s, SpvOpExtInst, e->t_uint,
			SPV_ARGS(e->s.glsl, op, a.lo, b.lo)), 0};
	}
	return emit_select_ev(e, kind, emit_compare(e, p, kind, a, b), a, b);
}

static struct ev small(struct emit *e, uint8_t kind, uint64_t v) {
	return emit_is_wide(kind) ? emit_norm_ev(e, kind,
		(struct ev){U32((uint32_t)v), U32((uint32_t)(v >> 32))}) :
		(struct ev){emit_norm(e, kind, U32((uint32_t)v)), 0};
}

/* High half of the product. */
static struct ev mul_hi(struct emit *e, uint8_t kind, bool is_signed, struct ev a, struct ev b) {
	if (kind == AIR_I8 || kind == AIR_I16) {
		uint32_t x = is_signed ? emit_sext(e, kind, a.lo) : a.lo;
		uint32_t y = is_signed ? emit_sext(e, kind, b.lo) : b.lo;
		uint32_t product = OP(IMul, e->t_uint, x, y);
		return (struct ev){emit_norm(e, kind, OP(ShiftRightLogical, e->t_uint, product,
			U32(air_kind_bits(kind)))), 0};
	}
	if (kind == AIR_I64) {
		return emit_mul_hi64(e, is_signed, a, b);
	}
	uint32_t pair = spv_type(&e->s, SpvOpTypeStruct, SPV_ARGS(e->t_uint, e->t_uint));
	uint32_t hi = emit_extract(e, e->t_uint, OP(UMulExtended, pair, a.lo, b.lo), 1);
	if (is_signed) {
		// hi(s) = hi(u) - (a < 0 ? b : 0) - (b < 0 ? a : 0)
		uint32_t fix_a = OP(BitwiseAnd, e->t_uint,
			OP(ShiftRightArithmetic, e->t_uint, a.lo, U32(31)), b.lo);
		uint32_t fix_b = OP(BitwiseAnd, e->t_uint,
			OP(ShiftRightArithmetic, e->t_uint, b.lo, U32(31)), a.lo);
		hi = OP(ISub, e->t_uint, OP(ISub, e->t_uint, hi, fix_a), fix_b);
	}
	return (struct ev){hi, 0};
}

static struct ev saturate_to(struct emit *e, uint8_t kind, bool is_signed, uint32_t negative) {
	uint32_t w = air_kind_bits(kind);
	uint64_t max = UINT64_MAX >> (64 - w + (is_signed ? 1 : 0));
	uint64_t min = is_signed ? UINT64_C(1) << (w - 1) : 0;
	return emit_select_ev(e, kind, negative, small(e, kind, min), small(e, kind, max));
}

static struct ev add_sat(struct emit *e, uint8_t kind, bool is_signed, bool sub, struct ev a,
		struct ev b) {
	struct ev zero = small(e, kind, 0);
	struct ev r = emit_binary(e, sub ? AIR_SUB : AIR_ADD, kind, a, b);
	if (!is_signed) {
		// A sum below its operand has wrapped; so has a difference of the smaller and the
		// larger.
		uint32_t over = sub ? emit_compare(e, AIR_ULT, kind, a, b)
				    : emit_compare(e, AIR_ULT, kind, r, a);
		return emit_select_ev(e, kind, over, sub ? zero : small(e, kind, UINT64_MAX), r);
	}
	uint32_t a_negative = emit_compare(e, AIR_SLT, kind, a, zero);
	uint32_t b_negative = emit_compare(e, AIR_SLT, kind, b, zero);
	uint32_t r_negative = emit_compare(e, AIR_SLT, kind, r, zero);
	uint32_t risk = sub ? OP(LogicalNotEqual, e->t_bool, a_negative, b_negative) :
		OP(LogicalEqual, e->t_bool, a_negative, b_negative);
	uint32_t over = OP(LogicalAnd, e->t_bool, risk,
		OP(LogicalNotEqual, e->t_bool, a_negative, r_negative));
	return emit_select_ev(e, kind, over, saturate_to(e, kind, true, a_negative), r);
}

static uint32_t low_zeros(struct emit *e, uint32_t x, uint32_t width) {
	uint32_t none = OP(IEqual, e->t_bool, x, U32(0));
	return emit_select(e, e->t_uint, none, U32(width), GLSL(FindILsb, e->t_uint, x));
}

static uint32_t high_zeros(struct emit *e, uint32_t x, uint32_t width) {
	uint32_t none = OP(IEqual, e->t_bool, x, U32(0));
	uint32_t n = OP(ISub, e->t_uint, U32(width - 1), GLSL(FindUMsb, e->t_uint, x));
	return emit_select(e, e->t_uint, none, U32(width), n);
}

static struct ev count_bits(struct emit *e, enum math op, uint8_t kind, struct ev a) {
	uint32_t u = e->t_uint, width = air_kind_bits(kind);
	if (emit_is_wide(kind)) {
		uint32_t low, high, r;
		switch (op) {
		case M_POPCOUNT:
			r = OP(IAdd, u, OP(BitCount, u, a.lo), OP(BitCount, u, a.hi));
			break;
		case M_CLZ:
			low = OP(IAdd, u, high_zeros(e, a.lo, 32), U32(32));
			r = emit_select(e, u, OP(IEqual, e->t_bool, a.hi, U32(0)), low,
				high_zeros(e, a.hi, 32));
			break;
		default:
			high = OP(IAdd, u, low_zeros(e, a.hi, 32), U32(32));
			r = emit_select(e, u, OP(IEqual, e->t_bool, a.lo, U32(0)), high,
				low_zeros(e, a.lo, 32));
			break;
		}
		return (struct ev){r, U32(0)};
	}
	return (struct ev){op == M_POPCOUNT ? OP(BitCount, u, a.lo) :
		op == M_CLZ ? high_zeros(e, a.lo, width) : low_zeros(e, a.lo, width), 0};
}

/* fshl(a, b, n): the upper word of a:b shifted left by n. fshr the lower one, to the right. */
static struct ev funnel(struct emit *e, bool left, uint8_t kind, struct ev a, struct ev b,
		struct ev n) {
	uint32_t w = air_kind_bits(kind);
	n.lo = OP(BitwiseAnd, e->t_uint, n.lo, U32(w - 1));
	struct ev amount = {n.lo, kind == AIR_I64 ? U32(0) : 0};
	struct ev rest = {OP(ISub, e->t_uint, U32(w - 1), n.lo), amount.hi};
	struct ev one = {U32(1), amount.hi};
	struct ev x = left ? emit_binary(e, AIR_SHL, kind, a, amount) :
		emit_binary(e, AIR_SHL, kind, emit_binary(e, AIR_SHL, kind, a, rest), one);
	struct ev y = left ?
		emit_binary(e, AIR_LSHR, kind, emit_binary(e, AIR_LSHR, kind, b, rest), one) :
		emit_binary(e, AIR_LSHR, kind, b, amount);
	return emit_binary(e, AIR_OR, kind, x, y);
}

static struct ev swap_bytes(struct emit *e, uint8_t kind, struct ev a) {
	uint32_t u = e->t_uint;
	uint32_t parts = 0;
	for (uint32_t i = 0; i < 4; i++) {
		uint32_t byte =
			OP(BitwiseAnd, u, OP(ShiftRightLogical, u, a.lo, U32(8 * i)), U32(0xff));
		uint32_t moved = OP(ShiftLeftLogical, u, byte, U32(24 - 8 * i));
		parts = i == 0 ? moved : OP(BitwiseOr, u, parts, moved);
	}
	if (kind == AIR_I64) {
		struct ev low = swap_bytes(e, AIR_I32, (struct ev){a.hi, 0});
		return (struct ev){low.lo, parts};
	}
	return (struct ev){kind == AIR_I16 ? OP(ShiftRightLogical, u, parts, U32(16)) : parts, 0};
}

static struct ev reverse_bits(struct emit *e, uint8_t kind, struct ev a) {
	uint32_t u = e->t_uint, low = OP(BitReverse, u, a.lo);
	if (kind == AIR_I64) {
		return (struct ev){OP(BitReverse, u, a.hi), low};
	}
	return (struct ev){OP(ShiftRightLogical, u, low, U32(32 - air_kind_bits(kind))), 0};
}

static struct ev bit_field64(struct emit *e, bool insert, bool is_signed, const struct ev a[4]) {
	uint32_t u = e->t_uint;
	struct ev ones = {U32(UINT32_MAX), U32(UINT32_MAX)}, zero = {U32(0), U32(0)};
	uint32_t offset = GLSL(UMin, u, insert ? a[2].lo : a[1].lo, U32(63));
	uint32_t bits = GLSL(UMin, u, insert ? a[3].lo : a[2].lo, OP(ISub, u, U32(64), offset));
	uint32_t none = OP(IEqual, e->t_bool, bits, U32(0));
	struct ev at = {offset, U32(0)}, rest = {OP(ISub, u, U32(64), bits), U32(0)};
	struct ev mask = emit_select_ev(e, AIR_I64, none, zero,
		emit_binary64(e, AIR_LSHR, ones, rest));
	if (insert) {
		struct ev field =
			emit_binary64(e, AIR_SHL, emit_binary64(e, AIR_AND, a[1], mask), at);
		struct ev hole =
			emit_binary64(e, AIR_XOR, emit_binary64(e, AIR_SHL, mask, at), ones);
		return emit_binary64(e, AIR_OR, emit_binary64(e, AIR_AND, a[0], hole), field);
	}
	struct ev r = emit_binary64(e, AIR_AND, emit_binary64(e, AIR_LSHR, a[0], at), mask);
	if (!is_signed) {
		return r;
	}
	r = emit_binary64(e, AIR_ASHR, emit_binary64(e, AIR_SHL, r, rest), rest);
	return emit_select_ev(e, AIR_I64, none, zero, r);
}

/* Written with shifts: GLSL leaves fields past the end undefined. */
static struct ev bit_field(struct emit *e, bool insert, uint8_t kind, bool is_signed,
		const struct ev a[4]) {
	uint32_t u = e->t_uint, w = air_kind_bits(kind);
	if (kind == AIR_I64) {
		return bit_field64(e, insert, is_signed, a);
	}
	uint32_t offset = insert ? a[2].lo : a[1].lo, bits = insert ? a[3].lo : a[2].lo;
	offset = GLSL(UMin, u, offset, U32(w - 1));
	uint32_t room = OP(ISub, u, U32(w), offset);
	bits = GLSL(UMin, u, bits, room);
	uint32_t none = OP(IEqual, e->t_bool, bits, U32(0));
	uint32_t mask = OP(ShiftRightLogical, u, U32(UINT32_MAX),
		OP(BitwiseAnd, u, OP(ISub, u, U32(32), bits), U32(31)));
	mask = emit_select(e, u, none, U32(0), mask);
	if (insert) {
		uint32_t at = OP(ShiftLeftLogical, u, mask, offset);
		uint32_t field = OP(ShiftLeftLogical, u, OP(BitwiseAnd, u, a[1].lo, mask), offset);
		uint32_t r = OP(BitwiseOr, u, OP(BitwiseAnd, u, a[0].lo, OP(Not, u, at)), field);
		return (struct ev){emit_norm(e, kind, r), 0};
	}
	uint32_t r = OP(BitwiseAnd, u, OP(ShiftRightLogical, u, a[0].lo, offset), mask);
	if (is_signed) {
		uint32_t shift = OP(BitwiseAnd, u, OP(ISub, u, U32(32), bits), U32(31));
		uint32_t wide =
			OP(ShiftRightArithmetic, u, OP(ShiftLeftLogical, u, r, shift), shift);
		r = emit_norm(e, kind, emit_select(e, u, none, U32(0), wide));
	}
	return (struct ev){r, 0};
}

static struct ev int_op(struct emit *e, const struct math_op *m, bool is_signed, uint8_t kind,
		const struct ev a[4]) {
	struct ev one = small(e, kind, 1);
	bool plain = m->op == M_ABS || (m->op >= M_ABS_DIFF && m->op <= M_MEDIAN3) ||
		m->op == M_CLAMP || m->op == M_ADD_SAT || m->op == M_SUB_SAT || m->op == M_POPCOUNT;
	bool saturates = m->op == M_ADD_SAT || m->op == M_SUB_SAT || m->op == M_MAD_SAT;
	if (kind == AIR_PTR || (kind == AIR_BOOL && saturates)) {
		pvg_shader_refuse(e->status, PVG_SHADER_SIGNATURE, "%s", m->name);
		return a[0];
	}
	if (kind & AIR_ODD && !plain) {
		pvg_shader_refuse(e->status, PVG_SHADER_SIGNATURE, "%s of %u bits", m->name,
			air_kind_bits(kind));
		return a[0];
	}
	switch (m->op) {
	case M_ABS:
	case M_GLSL1:
		if (is_signed) {
			struct ev zero = small(e, kind, 0);
			uint32_t negative = emit_compare(e, AIR_SLT, kind, a[0], zero);
			return emit_select_ev(e, kind, negative,
				emit_binary(e, AIR_SUB, kind, zero, a[0]), a[0]);
		}
		return a[0];
	case M_ABS_DIFF:
		return emit_binary(e, AIR_SUB, kind, int_min(e, kind, is_signed, true, a[0], a[1]),
			int_min(e, kind, is_signed, false, a[0], a[1]));
	case M_MIN:
	case M_MAX:
		return int_min(e, kind, is_signed, m->op == M_MAX, a[0], a[1]);
	case M_MIN3:
	case M_MAX3: {
		bool max = m->op == M_MAX3;
		struct ev two = int_min(e, kind, is_signed, max, a[0], a[1]);
		return int_min(e, kind, is_signed, max, two, a[2]);
	}
	case M_MEDIAN3: {
		struct ev low = int_min(e, kind, is_signed, false, a[0], a[1]);
		struct ev high = int_min(e, kind, is_signed, true, a[0], a[1]);
		return int_min(e, kind, is_signed, true, low,
			int_min(e, kind, is_signed, false, high, a[2]));
	}
	case M_CLAMP:
		return int_min(e, kind, is_signed, false,
			int_min(e, kind, is_signed, true, a[0], a[1]), a[2]);
	case M_MUL24:
	case M_MAD24: {
		struct ev r = emit_binary(e, AIR_MUL, kind, a[0], a[1]);
		return m->op == M_MAD24 ? emit_binary(e, AIR_ADD, kind, r, a[2]) : r;
	}
	case M_MUL_HI:
		return mul_hi(e, kind, is_signed, a[0], a[1]);
	case M_MAD_HI:
		return emit_binary(e, AIR_ADD, kind, mul_hi(e, kind, is_signed, a[0], a[1]), a[2]);
	case M_MAD_SAT: {
		// The product saturates where its upper half is not the sign of the lower one.
		struct ev lo = emit_binary(e, AIR_MUL, kind, a[0], a[1]);
		struct ev hi = mul_hi(e, kind, is_signed, a[0], a[1]);
		struct ev w = {U32(air_kind_bits(kind) - 1), 0};
		struct ev want =
			is_signed ? emit_binary(e, AIR_ASHR, kind, lo, w) : small(e, kind, 0);
		uint32_t over = emit_compare(e, AIR_NE, kind, hi, want);
		uint32_t negative = is_signed
			? emit_compare(e, AIR_SLT, kind, hi, small(e, kind, 0))
			: spv_true(&e->s, false);
		struct ev limit = saturate_to(e, kind, is_signed, negative);
		return emit_select_ev(e, kind, over, limit,
			add_sat(e, kind, is_signed, false, lo, a[2]));
	}
	case M_ADD_SAT:
	case M_SUB_SAT:
		return add_sat(e, kind, is_signed, m->op == M_SUB_SAT, a[0], a[1]);
	case M_HADD:
	case M_RHADD: {
		// (a & b) + ((a ^ b) >> 1), or (a | b) - ((a ^ b) >> 1) to round up.
		struct ev differ = emit_binary(e, AIR_XOR, kind, a[0], a[1]);
		differ = emit_binary(e, is_signed ? AIR_ASHR : AIR_LSHR, kind, differ, one);
		bool up = m->op == M_RHADD;
		struct ev common = emit_binary(e, up ? AIR_OR : AIR_AND, kind, a[0], a[1]);
		return emit_binary(e, up ? AIR_SUB : AIR_ADD, kind, common, differ);
	}
	case M_ROTATE:
		return funnel(e, true, kind, a[0], a[0], a[1]);
	case M_FSHL:
	case M_FSHR:
		return funnel(e, m->op == M_FSHL, kind, a[0], a[1], a[2]);
	case M_POPCOUNT:
	case M_CLZ:
	case M_CTZ:
		return count_bits(e, m->op, kind, a[0]);
	case M_REVERSE:
		return reverse_bits(e, kind, a[0]);
	case M_BSWAP:
		return swap_bytes(e, kind, a[0]);
	case M_EXTRACT_BITS:
	case M_INSERT_BITS:
		return bit_field(e, m->op == M_INSERT_BITS, kind, is_signed, a);
	default:
		pvg_shader_refuse(e->status, PVG_SHADER_SIGNATURE, "%s of integers", m->name);
		return a[0];
	}
}

static bool is_float(uint8_t kind) {
	return kind == AIR_F16 || kind == AIR_BF16 || kind == AIR_F32;
}

/* llvm.vector.reduce.*: what instcombine makes of chains. */
static bool reduce_call(struct emit *e, const struct air_value *v, const char *op, struct ev *out) {
	static const struct {
		const char *name;
		enum air_op op;
	} reductions[] = {
		{"add", AIR_ADD}, {"mul", AIR_MUL}, {"and", AIR_AND}, {"or", AIR_OR},
		{"xor", AIR_XOR},
	};
	uint32_t last = v->op_count - 1;
	const struct ev *a = emit_get(e, v->ops[last]);
	const struct air_type *t = v->ops[last]->type;
	for (size_t k = 0; k < sizeof(reductions) / sizeof(reductions[0]); k++) {
		if (strcmp(op, reductions[k].name) != 0) {
			continue;
		}
		out[0] = a[0];
		for (uint32_t i = 1; i < t->comp_count; i++) {
			out[0] = emit_binary(e, reductions[k].op, t->comps[0].kind, out[0], a[i]);
		}
		return true;
	}
	if (op[0] == 'f') {
		// fadd and fmul start from their first operand.
		bool add = strcmp(op, "fadd") == 0, mul = strcmp(op, "fmul") == 0;
		bool max = strcmp(op, "fmax") == 0 || strcmp(op, "fmaximum") == 0;
		bool min = strcmp(op, "fmin") == 0 || strcmp(op, "fminimum") == 0;
		if (!add && !mul && !max && !min) {
			return false;
		}
		uint32_t f = e->t_float, r = last > 0 ? emit_get(e, v->ops[0])[0].lo : a[0].lo;
		for (uint32_t i = last > 0 ? 0 : 1; i < t->comp_count; i++) {
			r = add ? OP(FAdd, f, r, a[i].lo) : mul ? OP(FMul, f, r, a[i].lo) :
				max ? GLSL(NMax, f, r, a[i].lo) : GLSL(NMin, f, r, a[i].lo);
		}
		out[0] = (struct ev){r, 0};
		return true;
	}
	bool minmax = strlen(op) == 4 && (strcmp(op + 1, "min") == 0 || strcmp(op + 1, "max") == 0);
	if (minmax && !is_float(t->comps[0].kind)) {
		out[0] = a[0];
		for (uint32_t i = 1; i < t->comp_count; i++) {
			out[0] = int_min(e, t->comps[0].kind, op[0] == 's', op[2] == 'a', out[0],
				a[i]);
		}
		return true;
	}
	return false;
}

static bool convert_call(struct emit *e, const struct air_value *v, const char *rest,
		struct ev *out) {
	// convert.<kind>.<type>.<kind>.<type>
	const char *second = strchr(rest, '.');
	second = second != NULL ? strchr(second + 1, '.') : NULL;
	if (second == NULL || v->op_count < 1 ||
		v->ops[0]->type->comp_count != v->type->comp_count) {
		return false;
	}
	const struct ev *a = emit_get(e, v->ops[0]);
	for (uint32_t i = 0; i < v->type->comp_count; i++) {
		uint8_t from = v->ops[0]->type->comps[i].kind;
		if (from == AIR_PTR || v->type->comps[i].kind == AIR_PTR) {
			return pvg_shader_refuse(e->status, PVG_SHADER_SIGNATURE, "%s", v->callee);
		}
		// A bool is 1 or 0, also where the name says signed.
		out[i] = emit_convert(e, from, second[1] == 's' && from != AIR_BOOL,
			v->type->comps[i].kind, rest[0] == 's', a[i]);
	}
	return true;
}

/* llvm.is.fpclass: NaN (signalling, quiet), then from -inf to inf: -normal, -denormal, -0, 0... */
static uint32_t float_class(struct emit *e, uint32_t x, uint32_t mask) {
	uint32_t u = e->t_uint, b = e->t_bool;
	uint32_t bits = OP(Bitcast, u, x), size = magnitude(e, x);
	uint32_t negative = OP(SLessThan, b, bits, U32(0)), positive = emit_not(e, negative);
	uint32_t nan = OP(UGreaterThan, b, size, U32(0x7f800000));
	uint32_t infinite = OP(IEqual, b, size, U32(0x7f800000)),
		 zero = OP(IEqual, b, size, U32(0));
	uint32_t small_size = OP(ULessThan, b, size, U32(0x00800000));
	uint32_t denormal = emit_and(e, small_size, emit_not(e, zero));
	uint32_t normal = emit_and(e, emit_not(e, small_size),
		OP(ULessThan, b, size, U32(0x7f800000)));
	uint32_t quiet = OP(UGreaterThanEqual, b, size, U32(0x7fc00000));
	const uint32_t classes[10] = {
		emit_and(e, nan, emit_not(e, quiet)), quiet, emit_and(e, infinite, negative),
		emit_and(e, normal, negative), emit_and(e, denormal, negative),
		emit_and(e, zero, negative), emit_and(e, zero, positive),
		emit_and(e, denormal, positive), emit_and(e, normal, positive),
		emit_and(e, infinite, positive),
	};
	uint32_t r = spv_true(&e->s, false);
	for (uint32_t i = 0; i < 10; i++) {
		if (mask >> i & 1) {
			r = OP(LogicalOr, b, r, classes[i]);
		}
	}
	return r;
}

/* umul.with.overflow: the product and whether it did not fit. */
static bool overflow_call(struct emit *e, const struct air_value *v, const char *op,
		struct ev *out) {
	if (v->op_count != 2 || v->type->comp_count != 2) {
		return false;
	}
	uint8_t kind = v->type->comps[0].kind;
	struct ev a = emit_get(e, v->ops[0])[0], b = emit_get(e, v->ops[1])[0];
	if (strcmp(op, "umul.with.overflow") == 0) {
		out[0] = emit_binary(e, AIR_MUL, kind, a, b);
		struct ev over = mul_hi(e, kind, false, a, b);
		out[1].lo = emit_compare(e, AIR_NE, kind, over, small(e, kind, 0));
	} else if (strcmp(op, "uadd.with.overflow") == 0) {
		out[0] = emit_binary(e, AIR_ADD, kind, a, b);
		out[1].lo = emit_compare(e, AIR_ULT, kind, out[0], a);
	} else if (strcmp(op, "usub.with.overflow") == 0) {
		out[0] = emit_binary(e, AIR_SUB, kind, a, b);
		out[1].lo = emit_compare(e, AIR_ULT, kind, a, b);
	} else if (strcmp(op, "sadd.with.overflow") == 0 || strcmp(op, "ssub.with.overflow") == 0) {
		// The saturated result differs exactly where the other one is wrong.
		bool minus = op[2] == 'u';
		out[0] = emit_binary(e, minus ? AIR_SUB : AIR_ADD, kind, a, b);
		out[1].lo =
			emit_compare(e, AIR_NE, kind, out[0], add_sat(e, kind, true, minus, a, b));
	} else if (strcmp(op, "smul.with.overflow") == 0) {
		out[0] = emit_binary(e, AIR_MUL, kind, a, b);
		struct ev sign = {U32(air_kind_bits(kind) - 1), U32(0)};
		out[1].lo = emit_compare(e, AIR_NE, kind, mul_hi(e, kind, true, a, b),
			emit_binary(e, AIR_ASHR, kind, out[0], sign));
	} else {
		return false;
	}
	return true;
}

/* What LLVM's passes make of comparisons and conversions. */
static bool llvm_call(struct emit *e, const struct air_value *v, const char *op, struct ev *out) {
	uint32_t n = v->type->comp_count;
	const struct ev *a = v->op_count > 0 ? emit_get(e, v->ops[0]) : NULL;
	const struct air_type *t = v->op_count > 0 ? v->ops[0]->type : NULL;
	if (a == NULL || t->comp_count < n) {
		return false;
	}
	bool three_way = strcmp(op, "scmp") == 0 || strcmp(op, "ucmp") == 0;
	for (uint32_t i = 0; i < n; i++) {
		uint8_t kind = t->comps[i].kind, to = v->type->comps[i].kind;
		if (strcmp(op, "is.fpclass") == 0 && v->ops[1]->op == AIR_CONST) {
			out[i].lo = float_class(e, a[i].lo, (uint32_t)v->ops[1]->constant.bits[0]);
		} else if (three_way && v->op_count == 2) {
			struct ev b = emit_get(e, v->ops[1])[i];
			bool is_signed = op[0] == 's';
			struct ev less = emit_select_ev(e, to,
				emit_compare(e, is_signed ? AIR_SLT : AIR_ULT, kind, a[i], b),
				small(e, to, UINT64_MAX), small(e, to, 0));
			out[i] = emit_select_ev(e, to,
				emit_compare(e, is_signed ? AIR_SGT : AIR_UGT, kind, a[i], b),
				small(e, to, 1), less);
		} else if (strncmp(op, "fptosi.sat", 10) == 0 ||
			strncmp(op, "fptoui.sat", 10) == 0) {
			out[i] = emit_convert(e, kind, false, to, op[4] == 's', a[i]);
		} else if (strcmp(op, "canonicalize") == 0 || strcmp(op, "arithmetic.fence") == 0 ||
			strcmp(op, "expect") == 0) {
			out[i] = a[i];
		} else {
			return false;
		}
	}
	return true;
}

static bool table_call(struct emit *e, const struct air_value *v, const char *op, const char *rest,
		bool fast, struct ev *out) {
	const struct math_op *m = NULL;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(op, table[i].name) == 0) {
			m = &table[i];
		}
	}
	if (m == NULL || v->op_count < m->args) {
		return false;
	}
	bool is_signed = rest[0] == 's' || (strcmp(rest, "llvm") == 0 && op[0] == 's') ||
		(strcmp(rest, "llvm") == 0 && strcmp(op, "abs") == 0);
	const struct ev *args[4] = {0};
	for (uint32_t k = 0; k < m->args; k++) {
		args[k] = emit_get(e, v->ops[k]);
	}
	for (uint32_t i = 0; i < v->type->comp_count; i++) {
		struct ev a[4] = {0};
		for (uint32_t k = 0; k < m->args; k++) {
			uint32_t n = v->ops[k]->type->comp_count;
			a[k] = args[k][n == 1 ? 0 : i < n ? i : n - 1];
		}
		uint8_t kind = v->ops[0]->type->comps[0].kind;
		out[i] = is_float(kind) ? float_op(e, m, fast, kind, a) :
			int_op(e, m, is_signed, kind, a);
	}
	return true;
}

bool emit_math_call(struct emit *e, struct air_value *v, const char *op, const char *rest,
		bool fast) {
	struct ev *out = emit_alloc(e, v->type->comp_count + 1);
	bool ok;
	if (strcmp(op, "convert") == 0) {
		ok = convert_call(e, v, rest, out);
	} else if (strncmp(op, "vector.reduce.", 14) == 0 && v->op_count > 0) {
		ok = reduce_call(e, v, op + 14, out);
	} else if (strstr(op, ".with.overflow") != NULL) {
		ok = overflow_call(e, v, op, out);
	} else {
		ok = emit_vector_call(e, v, op, out) ||
			emit_pointer_call(e, v, op, out) ||
			(strcmp(rest, "llvm") == 0 && llvm_call(e, v, op, out)) ||
			table_call(e, v, op, rest, fast, out);
	}
	if (ok && e->status->reason == PVG_SHADER_OK) {
		emit_define(e, v, out);
	}
	return ok && e->status->reason == PVG_SHADER_OK;
}
