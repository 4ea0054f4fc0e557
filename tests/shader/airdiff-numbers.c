// SPDX-License-Identifier: GPL-2.0-or-later
#include "airdiff.h"

#include <math.h>
#include <string.h>
#include <xmmintrin.h>

/*
 * How exact operations have to be: Apple, Metal Shading Language Specification, chapter
 * "Numerical Compliance", section "ULPs and Relative Error" (7.4 in the edition of September 2017,
 * 8.4 in newer ones): single precision without and with fast math, half precision. The rows of half
 * precision were compared with the edition of 2017, those of single precision have not been yet.
 *
 * A run with a seed moves the result of every operation by as much as these tables allow, up or
 * down
 * at random. What several such runs store says how far a correct implementation may be off at that
 * place, whatever lies between the operation and the store: there is no tolerance besides.
 */

struct bound {
	const char *name;
	double precise_ulps, fast_ulps;
	double fast_absolute; // in the interval where the table names one
};

static const struct bound bounds[] = {
	{ "acos", 4, 5, 0 },
	{ "acosh", 4, 4, 0 },
	{ "asin", 4, 5, 0 },
	{ "asinh", 4, 4, 0 },
	{ "atan", 5, 5, 0 },
	{ "atan2", 6, 6, 0 },
	{ "atanh", 5, 5, 0 },
	{ "cos", 4, 0, 0x1p-13 },
	{ "cosh", 4, 4, 0 },
	{ "cospi", 4, 0, 0x1p-13 },
	{ "exp", 4, 3, 0 },
	{ "exp2", 4, 3, 0 },
	{ "exp10", 4, 3, 0 },
	{ "log", 4, 3, 0x1p-21 },
	{ "log2", 4, 3, 0x1p-21 },
	{ "log10", 4, 3, 0x1p-21 },
	{ "pow", 16, 16, 0 },
	{ "powr", 16, 16, 0 },
	{ "rsqrt", 1, 2, 0 },
	{ "sin", 4, 0, 0x1p-13 },
	{ "sinh", 4, 4, 0 },
	{ "sinpi", 4, 0, 0x1p-13 },
	{ "sqrt", 1, 3, 0 },
	{ "sincos", 4, 0, 0x1p-13 },
	{ "tan", 6, 6, 0x1p-12 },
	{ "tanpi", 6, 6, 0x1p-12 },
	{ "tanh", 5, 5, 0 },
	{ "fma", 1, 1, 0 },
	{ "mix", 2, 2, 0 },
	{ "fmod", 1, 1, 0 },
	{ "fract", 0, 0, 0 },
};

static const struct diff_how *how;
static uint64_t random_state;

static uint32_t next_random(void) {
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(random_state >> 33);
}

void diff_numbers_begin(const struct diff_how *h) {
	how = h;
	random_state = h->seed * UINT64_C(0x9e3779b97f4a7c15);
	if (h->flush) {
		_mm_setcsr(_mm_getcsr() | 0x8040); // results and operands
	}
}

static double unit(uint8_t type_kind, double v) {
	int e = 0;
	int digits = type_kind == DIFF_T_HALF ? 11 : type_kind == DIFF_T_BFLOAT ? 8 : 24;
	int smallest = type_kind == DIFF_T_HALF ? -24 : -149;
	(void)frexp(v, &e);
	return ldexp(1, e - digits < smallest ? smallest : e - digits);
}

double diff_move_by(double v, double most) {
	if (how->seed == 0 || most == 0 || !isfinite(v)) {
		return v;
	}
	// All the way more often than not: that is where something gives way.
	uint32_t r = next_random();
	double part = r % 4 == 0 ? (double)(r >> 8 & 0xff) / 255 : 1;
	return r >> 20 & 1 ? v + part * most : v - part * most;
}

double diff_move(uint8_t type_kind, double v, double ulps) {
	return how->seed == 0 || v == 0 || !isfinite(v)
		? v
		: diff_move_by(v, ulps * unit(type_kind, v));
}

double diff_inexact(const char *function, bool fast, uint8_t type_kind, double v, double x) {
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		const struct bound *b = &bounds[i];
		if (strcmp(b->name, function) != 0) {
			continue;
		}
		double ulps = fast ? b->fast_ulps : b->precise_ulps;
		if (fast && strncmp(function, "exp", 3) == 0) {
			ulps += floor(fabs(2 * x));
		}
		bool near_one = strncmp(function, "log", 3) != 0 || (x >= 0.5 && x <= 2);
		double absolute = fast && near_one ? b->fast_absolute : 0;
		if (type_kind == DIFF_T_HALF) {
			// The table of half precision: one unit for what is not exact anyway.
			static const char *const exact[] = { "fma", "fmod", "fract" };
			ulps = 1;
			for (size_t k = 0; k < sizeof(exact) / sizeof(exact[0]); k++) {
				ulps = strcmp(function, exact[k]) == 0 ? 0 : ulps;
			}
		}
		return diff_move_by(diff_move(type_kind, v, ulps), absolute);
	}
	return v;
}

/*
 * Sums and products are correctly rounded, but may be contracted and put in another order: one unit
 * up or down, or as it is. Quotients: 2.5 ULP.
 */
static double operation_result(uint8_t kind, double v, uint32_t operation) {
	if (how->seed == 0 || isnan(v)) {
		return v;
	}
	uint32_t r = next_random() % 3;
	double ulps = operation == DIFF_OP_DIV && kind != DIFF_T_HALF ? 2.5 : 1;
	return r == 0 ? v : diff_move(kind, v, ulps);
}

float diff_float_result(float v, uint32_t operation) {
	return (float)operation_result(DIFF_T_FLOAT, (double)v, operation);
}

void diff_vector_result(void *v, uint32_t type_kind, uint32_t count, uint32_t operation) {
	struct diff_type t = { (uint8_t)type_kind, (uint8_t)count };
	for (uint32_t i = 0; i < count; i++) {
		diff_set_float(&t, v, i,
			operation_result((uint8_t)type_kind, diff_get_float(&t, v, i), operation));
	}
}
