// SPDX-License-Identifier: GPL-2.0-or-later
#include "emit-private.h"

/*
 * Functions that GLSL and SPIR-V leave less exact than Metal asks for: its tables allow some units
 * in the last place, where drivers' versions are good for a few digits or lose them near zero.
 * Polynomials with the coefficients of the Cephes library for single precision, one to three units
 * off.
 */

/* first is the coefficient of the highest power. */
static uint32_t polynomial(struct emit *e, uint32_t z, const float *c, uint32_t n) {
	uint32_t f = e->t_float, r = F32(c[0]);
	for (uint32_t i = 1; i < n; i++) {
		r = OP(FAdd, f, OP(FMul, f, r, z), F32(c[i]));
	}
	return r;
}

#define POLYNOMIAL(z, ...) \
	polynomial(e, z, (const float[]){ __VA_ARGS__ }, \
		sizeof((const float[]){ __VA_ARGS__ }) / sizeof(float))

static uint32_t with_sign_of(struct emit *e, uint32_t magnitude, uint32_t x) {
	uint32_t u = e->t_uint;
	uint32_t sign = OP(BitwiseAnd, u, OP(Bitcast, u, x), U32(0x80000000));
	uint32_t bits =
		OP(BitwiseAnd, u, OP(Bitcast, u, magnitude), U32(0x7fffffff));
	return OP(Bitcast, e->t_float, OP(BitwiseOr, u, bits, sign));
}

static uint32_t less(struct emit *e, uint32_t a, float b) {
	return OP(FOrdLessThan, e->t_bool, a, F32(b));
}

static uint32_t more(struct emit *e, uint32_t a, float b) {
	return OP(FOrdGreaterThan, e->t_bool, a, F32(b));
}

static uint32_t choose(struct emit *e, uint32_t c, uint32_t a, uint32_t b) {
	return emit_select(e, e->t_float, c, a, b);
}

static uint32_t square(struct emit *e, uint32_t x) {
	return OP(FMul, e->t_float, x, x);
}

static uint32_t infinity(struct emit *e, bool negative) {
	return OP(Bitcast, e->t_float, U32(negative ? 0xff800000 : 0x7f800000));
}

/* x + x * z * p: odd functions near zero. */
static uint32_t odd(struct emit *e, uint32_t x, uint32_t z, uint32_t p) {
	uint32_t f = e->t_float;
	return OP(FAdd, f, x, OP(FMul, f, OP(FMul, f, x, z), p));
}

/* The power of two apart from the rest, which is near enough to zero for exp2 to be exact. */
static uint32_t exponential(struct emit *e, uint32_t x) {
	uint32_t f = e->t_float;
	uint32_t n = GLSL(RoundEven, f, OP(FMul, f, x, F32(1.44269504f)));
	uint32_t r = OP(FSub, f, x, OP(FMul, f, n, F32(0.693359375f)));
	r = OP(FSub, f, r, OP(FMul, f, n, F32(-2.12194440e-4f)));
	uint32_t whole = OP(ConvertFToS, e->t_int,
		GLSL(FClamp, f, n, F32(-160), F32(160)));
	uint32_t y = GLSL(Ldexp, f, GLSL(Exp2, f, OP(FMul, f, r, F32(1.44269504f))), whole);
	y = choose(e, more(e, x, 88.8f), infinity(e, false), y);
	return choose(e, less(e, x, -104.0f), F32(0), y);
}

static uint32_t logarithm(struct emit *e, uint32_t x) {
	uint32_t f = e->t_float, u = e->t_uint, b = e->t_bool;
	uint32_t small = less(e, x, 0x1p-126f);
	uint32_t scaled = choose(e, small, OP(FMul, f, x, F32(0x1p25f)), x);
	uint32_t bits = OP(Bitcast, u, scaled);
	uint32_t exponent = OP(ISub, u,
		OP(BitwiseAnd, u, OP(ShiftRightLogical, u, bits, U32(23)), U32(0xff)),
		emit_select(e, u, small, U32(126 + 25), U32(126)));
	uint32_t m = OP(Bitcast, f,
		OP(BitwiseOr, u, OP(BitwiseAnd, u, bits, U32(0x7fffff)), U32(0x3f000000)));
	uint32_t low = less(e, m, 0.707106781f);
	uint32_t n = OP(ConvertSToF, f,
		OP(ISub, u, exponent, emit_select(e, u, low, U32(1), U32(0))));
	m = OP(FSub, f, choose(e, low, OP(FAdd, f, m, m), m), F32(1));
	uint32_t z = square(e, m);
	uint32_t p = POLYNOMIAL(m, 7.0376836292e-2f, -1.1514610310e-1f, 1.1676998740e-1f,
		-1.2420140846e-1f, 1.4249322787e-1f, -1.6668057665e-1f, 2.0000714765e-1f,
		-2.4999993993e-1f, 3.3333331174e-1f);
	uint32_t y = OP(FMul, f, OP(FMul, f, p, m), z);
	y = OP(FAdd, f, y, OP(FMul, f, n, F32(-2.12194440e-4f)));
	y = OP(FSub, f, y, OP(FMul, f, z, F32(0.5f)));
	y = OP(FAdd, f, OP(FAdd, f, m, y), OP(FMul, f, n, F32(0.693359375f)));
	// Infinity and NaN come through, zero and what is below it have their own results.
	uint32_t large =
		OP(UGreaterThanEqual, b, OP(Bitcast, u, GLSL(FAbs, f, x)), U32(0x7f800000));
	y = choose(e, large, x, y);
	y = choose(e, OP(FOrdEqual, b, x, F32(0)), infinity(e, true), y);
	return choose(e, less(e, x, 0), OP(Bitcast, f, U32(0x7fc00000)), y);
}

/* asin of s, whose square is z and not above 1/4. */
static uint32_t arc_sine_core(struct emit *e, uint32_t s, uint32_t z) {
	return odd(e, s, z,
		POLYNOMIAL(z, 4.2163199048e-2f, 2.4181311049e-2f, 4.5470025998e-2f,
			7.4953002686e-2f, 1.6666752422e-1f));
}

static uint32_t arc_sine(struct emit *e, uint32_t x, bool cosine) {
	uint32_t f = e->t_float, a = GLSL(FAbs, f, x), far = more(e, a, 0.5f);
	uint32_t z = OP(FMul, f, OP(FSub, f, F32(1), a), F32(0.5f));
	uint32_t outer = arc_sine_core(e, GLSL(Sqrt, f, z), z);
	outer = OP(FAdd, f, outer, outer);
	uint32_t inner = arc_sine_core(e, x, square(e, x)), half_pi = F32(1.57079632679f);
	if (cosine) {
		uint32_t left = OP(FSub, f, F32(3.14159265359f), outer);
		return choose(e, far, choose(e, less(e, x, 0), left, outer),
			OP(FSub, f, half_pi, inner));
	}
	return choose(e, far, with_sign_of(e, OP(FSub, f, half_pi, outer), x), inner);
}

/* Of a number that is not negative. */
static uint32_t arc_tangent_core(struct emit *e, uint32_t a) {
	uint32_t f = e->t_float;
	uint32_t high = more(e, a, 2.414213562f), middle = more(e, a, 0.4142135624f);
	uint32_t one = F32(1);
	uint32_t t = choose(e, middle,
		OP(FDiv, f, OP(FSub, f, a, one), OP(FAdd, f, a, one)), a);
	t = choose(e, high, OP(FDiv, f, F32(-1), a), t);
	uint32_t base = choose(e, high, F32(1.57079632679f),
		choose(e, middle, F32(0.785398163397f), F32(0)));
	uint32_t z = square(e, t);
	uint32_t p = POLYNOMIAL(z, 8.05374449538e-2f, -1.38776856032e-1f, 1.99777106478e-1f,
		-3.33329491539e-1f);
	return OP(FAdd, f, base, odd(e, t, z, p));
}

static uint32_t arc_tangent2(struct emit *e, uint32_t y, uint32_t x) {
	uint32_t f = e->t_float, b = e->t_bool;
	uint32_t ax = GLSL(FAbs, f, x), ay = GLSL(FAbs, f, y);
	uint32_t steep = OP(FOrdGreaterThan, b, ay, ax);
	uint32_t top = choose(e, steep, ax, ay), bottom = choose(e, steep, ay, ax);
	uint32_t t = OP(FDiv, f, top, bottom);
	// Both zero or both infinite: the axes and the diagonals.
	t = choose(e, OP(FOrdEqual, b, top, bottom), F32(1), t);
	t = choose(e, OP(FOrdEqual, b, bottom, F32(0)), F32(0), t);
	uint32_t r = arc_tangent_core(e, t);
	r = choose(e, steep, OP(FSub, f, F32(1.57079632679f), r), r);
	uint32_t left = OP(SLessThan, b, OP(Bitcast, e->t_uint, x), U32(0));
	r = choose(e, left, OP(FSub, f, F32(3.14159265359f), r), r);
	r = with_sign_of(e, r, y);
	return choose(e, OP(LogicalOr, b, emit_is_nan(e, x), emit_is_nan(e, y)),
		OP(FAdd, f, x, y), r);
}

static uint32_t hyperbolic(struct emit *e, uint32_t x, enum emit_precise op) {
	uint32_t f = e->t_float, a = GLSL(FAbs, f, x), z = square(e, x), half = F32(0.5f);
	if (op == EMIT_TANH) {
		uint32_t near = odd(e, x, z,
			POLYNOMIAL(z, -5.70498872745e-3f, 2.06390887954e-2f, -5.37397155531e-2f,
				1.33314422036e-1f, -3.33332819422e-1f));
		uint32_t t = OP(FAdd, f, GLSL(Exp, f, OP(FAdd, f, a, a)), F32(1));
		uint32_t far = OP(FSub, f, F32(1), OP(FDiv, f, F32(2), t));
		return choose(e, less(e, a, 0.625f), near, with_sign_of(e, far, x));
	}
	// The square of a root, so that the power does not overflow before its half.
	uint32_t root = exponential(e, OP(FMul, f, a, half));
	uint32_t grows = OP(FMul, f, OP(FMul, f, half, root), root);
	uint32_t falls = OP(FDiv, f, OP(FDiv, f, half, root), root);
	if (op == EMIT_COSH) {
		return OP(FAdd, f, grows, falls);
	}
	uint32_t near = odd(e, x, z,
		POLYNOMIAL(z, 2.03721912945e-4f, 8.33028376239e-3f, 1.66667160211e-1f));
	uint32_t far = with_sign_of(e, OP(FSub, f, grows, falls), x);
	return choose(e, less(e, a, 1), near, far);
}

static uint32_t area(struct emit *e, uint32_t x, enum emit_precise op) {
	uint32_t f = e->t_float, a = GLSL(FAbs, f, x), z = square(e, x), one = F32(1);
	if (op == EMIT_ATANH) {
		uint32_t near = odd(e, x, z,
			POLYNOMIAL(z, 1.81740078349e-1f, 8.24370301058e-2f, 1.46691431730e-1f,
				1.99782164500e-1f, 3.33337300303e-1f));
		uint32_t far = logarithm(e,
			OP(FDiv, f, OP(FAdd, f, one, a), OP(FSub, f, one, a)));
		far = with_sign_of(e, OP(FMul, f, F32(0.5f), far), x);
		// Outside of -1..1 there is none.
		far = choose(e, more(e, a, 1), OP(Bitcast, f, U32(0x7fc00000)), far);
		return choose(e, less(e, a, 0.5f), near, far);
	}
	if (op == EMIT_ASINH) {
		uint32_t near = odd(e, x, z,
			POLYNOMIAL(z, 2.0122003309e-2f, -4.2699340972e-2f, 7.4847586088e-2f,
				-1.6666288134e-1f));
		uint32_t big = more(e, a, 1500);
		uint32_t sum = OP(FAdd, f, a, GLSL(Sqrt, f, OP(FAdd, f, z, one)));
		uint32_t far = logarithm(e, choose(e, big, a, sum));
		far = choose(e, big, OP(FAdd, f, far, F32(0.693147180560f)), far);
		return choose(e, less(e, a, 0.5f), near, with_sign_of(e, far, x));
	}
	uint32_t d = OP(FSub, f, x, one), big = more(e, x, 1500);
	uint32_t p = POLYNOMIAL(d, 1.7596881071e-3f, -7.5272886713e-3f, 2.6454905019e-2f,
		-1.1784741703e-1f, 1.4142135263f);
	uint32_t near = OP(FMul, f, GLSL(Sqrt, f, d), p);
	uint32_t sum = OP(FAdd, f, x,
		GLSL(Sqrt, f, OP(FMul, f, d, OP(FAdd, f, x, one))));
	uint32_t far = logarithm(e, choose(e, big, x, sum));
	far = choose(e, big, OP(FAdd, f, far, F32(0.693147180560f)), far);
	return choose(e, less(e, d, 0.5f), near, far);
}

uint32_t emit_precise(struct emit *e, enum emit_precise op, uint32_t x, uint32_t y) {
	switch (op) {
	case EMIT_EXP:
		return exponential(e, x);
	case EMIT_LOG:
		return logarithm(e, x);
	case EMIT_ASIN:
	case EMIT_ACOS:
		return arc_sine(e, x, op == EMIT_ACOS);
	case EMIT_ATAN:
		return with_sign_of(e, arc_tangent_core(e, GLSL(FAbs, e->t_float, x)), x);
	case EMIT_ATAN2:
		return arc_tangent2(e, x, y);
	case EMIT_SINH:
	case EMIT_COSH:
	case EMIT_TANH:
		return hyperbolic(e, x, op);
	default:
		return area(e, x, op);
	}
}
