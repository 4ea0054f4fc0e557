// SPDX-License-Identifier: GPL-2.0-or-later
#include "airdiff.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "render/shader/float.h"

/* The air functions in C, for one thread (spec 05 §4). Arguments and results are in memory. */

uint32_t diff_type_bytes(uint8_t kind) {
	static const uint8_t bytes[] = { 0, 1, 1, 2, 4, 8, 2, 2, 4, 8, 1 };
	return bytes[kind];
}

double diff_get_float(const struct diff_type *t, const void *p, uint32_t i) {
	if (t->kind == DIFF_T_FLOAT) {
		float f;
		memcpy(&f, (const char *)p + 4 * (size_t)i, 4);
		return (double)f;
	}
	uint16_t half;
	memcpy(&half, (const char *)p + 2 * (size_t)i, 2);
	return (double)(t->kind == DIFF_T_HALF ? pvg_half_to_float(half)
					       : pvg_bits_float((uint32_t)half << 16));
}

void diff_set_float(const struct diff_type *t, void *p, uint32_t i, double v) {
	float f = (float)v;
	if (t->kind == DIFF_T_FLOAT) {
		memcpy((char *)p + 4 * (size_t)i, &f, 4);
		return;
	}
	uint16_t half = pvg_float_to_half(f);
	if (t->kind == DIFF_T_BFLOAT) {
		uint32_t bits = pvg_float_bits(f);
		half = isnan(f) ? 0x7fc0 : (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
	}
	memcpy((char *)p + 2 * (size_t)i, &half, 2);
}

uint64_t diff_get_int(const struct diff_type *t, const void *p, uint32_t i) {
	uint64_t v = 0;
	uint32_t n = diff_type_bytes(t->kind);
	memcpy(&v, (const char *)p + (size_t)n * i, n);
	return t->kind == DIFF_T_I1 ? v & 1 : v;
}

int64_t diff_get_signed(const struct diff_type *t, const void *p, uint32_t i) {
	uint32_t shift = t->kind == DIFF_T_I1 ? 63 : 64 - 8 * diff_type_bytes(t->kind);
	return (int64_t)(diff_get_int(t, p, i) << shift) >> shift;
}

void diff_set_int(const struct diff_type *t, void *p, uint32_t i, uint64_t v) {
	uint32_t n = diff_type_bytes(t->kind);
	memcpy((char *)p + (size_t)n * i, &v, n);
}

bool diff_is_float(const struct diff_type *t) {
	return t->kind == DIFF_T_HALF || t->kind == DIFF_T_BFLOAT || t->kind == DIFF_T_FLOAT;
}

static bool starts(const char *s, const char *prefix) {
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* ---- functions of components ----------------------------------------------------------------- */

static double fn_fract(double x) {
	return fmin(x - floor(x), 0x1.fffffep-1);
}

static double fn_rsqrt(double x) {
	return 1 / sqrt(x);
}

static double fn_saturate(double x) {
	return fmin(fmax(x, 0), 1);
}

static double fn_sign(double x) {
	return isnan(x) ? 0 : x > 0 ? 1 : x < 0 ? -1 : x;
}

static double fn_exp10(double x) {
	return pow(10, x);
}

static double fn_sinpi(double x) {
	return sin(M_PI * x);
}

static double fn_cospi(double x) {
	return cos(M_PI * x);
}

static double fn_tanpi(double x) {
	return tan(M_PI * x);
}

static const struct {
	const char *name;
	double (*one)(double);
	double (*two)(double, double);
} float_functions[] = {
	{ "fabs", fabs, NULL },
	{ "floor", floor, NULL },
	{ "ceil", ceil, NULL },
	{ "trunc", trunc, NULL },
	{ "rint", rint, NULL },
	{ "round", round, NULL },
	{ "sin", sin, NULL },
	{ "cos", cos, NULL },
	{ "tan", tan, NULL },
	{ "asin", asin, NULL },
	{ "acos", acos, NULL },
	{ "atan", atan, NULL },
	{ "sinh", sinh, NULL },
	{ "cosh", cosh, NULL },
	{ "tanh", tanh, NULL },
	{ "asinh", asinh, NULL },
	{ "acosh", acosh, NULL },
	{ "atanh", atanh, NULL },
	{ "exp", exp, NULL },
	{ "exp2", exp2, NULL },
	{ "exp10", fn_exp10, NULL },
	{ "log", log, NULL },
	{ "log2", log2, NULL },
	{ "log10", log10, NULL },
	{ "sqrt", sqrt, NULL },
	{ "rsqrt", fn_rsqrt, NULL },
	{ "sinpi", fn_sinpi, NULL },
	{ "cospi", fn_cospi, NULL },
	{ "tanpi", fn_tanpi, NULL },
	{ "fract", fn_fract, NULL },
	{ "saturate", fn_saturate, NULL },
	{ "sign", fn_sign, NULL },
	{ "pow", NULL, pow },
	{ "powr", NULL, pow },
	{ "fmin", NULL, fmin },
	{ "fmax", NULL, fmax },
	{ "fmod", NULL, fmod },
	{ "atan2", NULL, atan2 },
	{ "copysign", NULL, copysign },
	{ "fdim", NULL, fdim },
};

static double median(double x, double y, double z) {
	return fmax(fmin(x, y), fmin(fmax(x, y), z));
}

/* A NaN operand of a fast function: whatever comes of it is nobody's promise. */
static void check_operands(const struct diff_site *s, void **args, bool fast, uint32_t i) {
	for (uint32_t k = 0; fast && k < s->arg_count; k++) {
		if (diff_is_float(&s->args[k]) && i < s->args[k].count &&
			isnan(diff_get_float(&s->args[k], args[k], i))) {
			diff_saw_nan();
		}
	}
}

static bool three_operands(const struct diff_site *s, const char *op, bool fast, void **args,
	void *result, bool probe) {
	static const char *const three[] = { "fma", "mix", "clamp", "fmin3", "fmax3", "fmedian3" };
	for (size_t k = 0; k < sizeof(three) / sizeof(three[0]); k++) {
		if (strcmp(op, three[k]) != 0) {
			continue;
		}
		for (uint32_t i = 0; !probe && i < s->result.count; i++) {
			double x = diff_get_float(&s->args[0], args[0], i);
			double y = diff_get_float(&s->args[1], args[1], i);
			double z = diff_get_float(&s->args[2], args[2], i);
			double v = k == 0 ? fma(x, y, z)
				: k == 1  ? x + (y - x) * z
				: k == 2  ? fmin(fmax(x, y), z)
				: k == 3  ? fmin(fmin(x, y), z)
				: k == 4  ? fmax(fmax(x, y), z)
					  : median(x, y, z);
			check_operands(s, args, fast, i);
			if (k == 1) {
				// Of the terms: they may cancel, and it can be written in two ways.
				v = diff_move_by(v, 0x1p-23 * (fabs(x) + fabs((y - x) * z)));
			}
			diff_set_float(&s->result, result, i,
				diff_inexact(op, fast, s->result.kind, v, x));
		}
		return true;
	}
	return false;
}

static bool dot(const struct diff_site *s, void **args, void *result, bool probe) {
	double sum = 0, terms = 0;
	for (uint32_t i = 0; !probe && i < s->args[0].count; i++) {
		double term = diff_get_float(&s->args[0], args[0], i) *
			diff_get_float(&s->args[1], args[1], i);
		sum += term;
		terms += fabs(term);
	}
	if (!probe) {
		// Each term and each partial sum is rounded, in any order.
		double epsilon = s->result.kind == DIFF_T_HALF ? 0x1p-10 : 0x1p-23;
		diff_set_float(&s->result, result, 0, diff_move_by(sum, epsilon * terms));
	}
	return true;
}

static bool float_call(const struct diff_site *s, const char *op, bool fast, void **args,
	void *result, bool probe) {
	for (size_t k = 0; k < sizeof(float_functions) / sizeof(float_functions[0]); k++) {
		if (strcmp(op, float_functions[k].name) != 0) {
			continue;
		}
		for (uint32_t i = 0; !probe && i < s->result.count; i++) {
			double x = diff_get_float(&s->args[0], args[0], i), y = 0, v;
			if (float_functions[k].one != NULL) {
				v = float_functions[k].one(x);
			} else {
				y = diff_get_float(&s->args[1], args[1], i);
				v = float_functions[k].two(x, y);
			}
			check_operands(s, args, fast, i);
			if (starts(op, "pow") && fast) {
				// Table 8.3: exp2(y * log2(x)), undefined below zero.
				if (x < 0 || (starts(op, "powr") && x == 0 && y == 0)) {
					diff_saw_nan();
				}
				double logarithm = log2(fabs(x));
				double slack = x >= 0.5 && x <= 2 ? 0x1p-21
								  : 3 * fabs(logarithm) * 0x1p-23;
				double exponent = diff_move_by(y * logarithm,
					fabs(y) * slack + fabs(y * logarithm) * 0x1p-23);
				v = x > 0 && isfinite(exponent)
					? diff_inexact("exp2", true, s->result.kind, exp2(exponent),
						  exponent)
					: v;
			}
			diff_set_float(&s->result, result, i,
				diff_inexact(op, fast, s->result.kind, v, x));
		}
		return true;
	}
	if (strcmp(op, "sincos") == 0) {
		for (uint32_t i = 0; !probe && i < s->result.count; i++) {
			double x = diff_get_float(&s->args[0], args[0], i);
			uint64_t pointer;
			memcpy(&pointer, args[1], sizeof(pointer));
			void *cosine = diff_at(pointer,
				diff_type_bytes(s->result.kind) * s->result.count, true);
			check_operands(s, args, fast, i);
			diff_set_float(&s->result, result, i,
				diff_inexact("sin", fast, s->result.kind, sin(x), x));
			diff_set_float(&s->result, cosine, i,
				diff_inexact("cos", fast, s->result.kind, cos(x), x));
		}
		return true;
	}
	return strcmp(op, "dot") == 0 ? dot(s, args, result, probe)
				      : three_operands(s, op, fast, args, result, probe);
}

/* ---- integers -------------------------------------------------------------------------------- */

static uint64_t int_result(const char *op, bool is_signed, uint32_t bits, const uint64_t v[3]) {
	// Sign-extended, with the top bit turned over, both kinds are in order.
	uint64_t flip = is_signed ? UINT64_C(1) << 63 : 0, a = v[0] ^ flip, b = v[1] ^ flip;
	uint64_t c = v[2] ^ flip, mask = UINT64_MAX >> (64 - bits), n = v[0] & mask;
	if (strcmp(op, "abs") == 0) {
		return is_signed && (int64_t)v[0] < 0 ? 0 - v[0] : v[0];
	} else if (strcmp(op, "clamp") == 0) {
		a = a < b ? b : a;
		return (a > c ? c : a) ^ flip;
	} else if (strcmp(op, "min") == 0) {
		return (a < b ? a : b) ^ flip;
	} else if (strcmp(op, "max") == 0) {
		return (a > b ? a : b) ^ flip;
	} else if (strcmp(op, "abs_diff") == 0) {
		return a > b ? v[0] - v[1] : v[1] - v[0];
	} else if (strcmp(op, "popcount") == 0) {
		return (uint64_t)__builtin_popcountll(n);
	} else if (strcmp(op, "clz") == 0) {
		return n == 0 ? bits : (uint64_t)__builtin_clzll(n) - (64 - bits);
	} else if (strcmp(op, "ctz") == 0) {
		return n == 0 ? bits : (uint64_t)__builtin_ctzll(n);
	} else if (strcmp(op, "rotate") == 0) {
		uint32_t by = (uint32_t)v[1] & (bits - 1);
		return by == 0 ? n : n << by | n >> (bits - by);
	} else if (strcmp(op, "mul_hi") == 0) {
		__extension__ typedef unsigned __int128 wide;
		__extension__ typedef __int128 signed_wide;
		return is_signed ? (uint64_t)((signed_wide)(int64_t)v[0] * (int64_t)v[1] >> bits)
				 : (uint64_t)((wide)v[0] * v[1] >> bits);
	}
	uint64_t r = 0; // reverse_bits
	for (uint32_t i = 0; i < bits; i++) {
		r |= (n >> i & 1) << (bits - 1 - i);
	}
	return r;
}

static bool int_call(const struct diff_site *s, const char *op, const char *rest, void **args,
	void *result, bool probe) {
	static const char *const names[] = { "abs", "clamp", "min", "max", "abs_diff", "popcount",
		"clz", "ctz", "rotate", "mul_hi", "reverse_bits" };
	bool is_signed = rest[0] == 's', known = false;
	bool all = strcmp(op, "all") == 0, any = strcmp(op, "any") == 0;
	if (all || any) {
		bool r = all;
		for (uint32_t i = 0; !probe && i < s->args[0].count; i++) {
			bool b = diff_get_int(&s->args[0], args[0], i);
			r = all ? r && b : r || b;
		}
		if (!probe) {
			diff_set_int(&s->result, result, 0, r);
		}
		return true;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		known |= strcmp(op, names[i]) == 0;
	}
	for (uint32_t i = 0; known && !probe && i < s->result.count; i++) {
		uint64_t v[3] = { 0 };
		for (uint32_t k = 0; k < 3 && k < s->arg_count; k++) {
			v[k] = i >= s->args[k].count ? diff_get_int(&s->args[k], args[k], 0)
				: is_signed ? (uint64_t)diff_get_signed(&s->args[k], args[k], i)
					    : diff_get_int(&s->args[k], args[k], i);
		}
		diff_set_int(&s->result, result, i,
			int_result(op, is_signed, 8 * diff_type_bytes(s->result.kind), v));
	}
	return known;
}

/* ---- conversions ----------------------------------------------------------------------------- */

static void convert(const struct diff_site *s, const char *rest, void **args, void *result) {
	const char *second = strchr(strchr(rest, '.') + 1, '.') + 1;
	bool from_signed = second[0] == 's', to_signed = rest[0] == 's';
	for (uint32_t i = 0; i < s->result.count; i++) {
		if (diff_is_float(&s->args[0])) {
			double x = diff_get_float(&s->args[0], args[0], i);
			if (diff_is_float(&s->result)) {
				diff_set_float(&s->result, result, i, x);
				continue;
			}
			uint32_t bits = 8 * diff_type_bytes(s->result.kind);
			double high = ldexp(1, (int)bits - to_signed), low = to_signed ? -high : 0;
			uint64_t max = UINT64_MAX >> (64 - bits + to_signed);
			uint64_t v = isnan(x) ? 0
				: x >= high   ? max
				: x <= low    ? (to_signed ? max + 1 : 0)
				: to_signed   ? (uint64_t)(int64_t)x
					      : (uint64_t)x;
			diff_set_int(&s->result, result, i,
				s->result.kind == DIFF_T_I1 ? x != 0 : v);
		} else {
			uint64_t v = from_signed
				? (uint64_t)diff_get_signed(&s->args[0], args[0], i)
				: diff_get_int(&s->args[0], args[0], i);
			if (diff_is_float(&s->result)) {
				float f = from_signed ? (float)(int64_t)v : (float)v;
				diff_set_float(&s->result, result, i, (double)f);
			} else {
				diff_set_int(&s->result, result, i,
					s->result.kind == DIFF_T_I1 ? v != 0 : v);
			}
		}
	}
}

static double to_srgb(double v) {
	return v <= 0.0031308 ? v * 12.92 : 1.055 * pow(v, 1 / 2.4) - 0.055;
}

static double from_srgb(double v) {
	return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

/* pack.unorm4x8.srgb.v4f32 and the like: numbers of 8 or 16 bits, the first lowest. */
static bool pack_call(const struct diff_site *s, const char *op, const char *rest, void **args,
	void *result, bool probe) {
	bool is_signed = starts(rest, "snorm"), eight = starts(rest + 5, "4x8"),
	     pack = op[0] == 'p';
	bool srgb = strstr(rest, ".srgb.") != NULL;
	if ((!is_signed && !starts(rest, "unorm")) || (!eight && !starts(rest + 5, "2x16"))) {
		return false;
	}
	uint32_t n = eight ? 4 : 2, bits = eight ? 8 : 16, word = 0;
	double max = is_signed ? (double)((1u << (bits - 1)) - 1) : (double)((1u << bits) - 1);
	static const struct diff_type number = { DIFF_T_I32, 1 };
	word = probe || pack ? 0 : (uint32_t)diff_get_int(&number, args[0], 0);
	for (uint32_t i = 0; i < n && !probe; i++) {
		bool curve = srgb && i < 3;
		if (pack) {
			double v = diff_get_float(&s->args[0], args[0], i);
			v = isnan(v) ? 0 : fmin(fmax(v, is_signed ? -1 : 0), 1);
			if (curve) {
				v = diff_move_by(to_srgb(v), 0x1p-19);
			}
			int32_t q = (int32_t)rint(diff_move(DIFF_T_FLOAT, v * max, 2));
			word |= ((uint32_t)q & (eight ? 0xff : 0xffff)) << (bits * i);
		} else {
			uint32_t raw = word >> (bits * i);
			int32_t q = eight   ? is_signed ? (int8_t)raw : (uint8_t)raw
				: is_signed ? (int16_t)raw
					    : (uint16_t)raw;
			double v = fmax(q / max, -1);
			v = curve ? diff_move_by(from_srgb(v), 0x1p-19)
				  : diff_move(DIFF_T_FLOAT, v, 1);
			diff_set_float(&s->result, result, i, v);
		}
	}
	if (pack && !probe) {
		diff_set_int(&number, result, 0, word);
	}
	return true;
}

/* ---- fragments ------------------------------------------------------------------------------- */

static bool derivative_call(const struct diff_site *s, uint32_t number, const char *op, void **args,
	void *result, bool probe) {
	bool across = strcmp(op, "dfdx") == 0, down = strcmp(op, "dfdy") == 0;
	bool both = strcmp(op, "fwidth") == 0;
	if (probe || (!across && !down && !both)) {
		return across || down || both;
	}
	if ((diff_meet(number, args) & 15) != 15) {
		diff_saw_nan(); // nothing is promised then
	}
	for (uint32_t i = 0; i < s->result.count; i++) {
		double v[4];
		for (uint32_t k = 0; k < 4; k++) {
			void **other = diff_other(k);
			v[k] = diff_get_float(&s->args[0], other != NULL ? other[0] : args[0], i);
		}
		uint32_t lane = diff_lane();
		// Either row, either column of the quad may stand for all of it.
		double most = fabs((v[1] - v[0]) - (v[3] - v[2]));
		double x = (lane & 2 ? v[3] - v[2] : v[1] - v[0]);
		double y = (lane & 1 ? v[3] - v[1] : v[2] - v[0]);
		double d = across ? x : down ? y : fabs(x) + fabs(y);
		diff_set_float(&s->result, result, i, diff_move_by(d, 2 * most));
	}
	return true;
}

/* What is one function, whatever its operands. */
static bool single_call(const char *op, bool probe) {
	if (strcmp(op, "discard_fragment") == 0) {
		if (!probe) {
			diff_discard();
		}
		return true;
	}
	return false;
}

bool diff_air_call(const struct diff_site *s, uint32_t number, void **args, void *result,
	bool probe) {
	char op[96];
	size_t n = strcspn(s->name, ".");
	memcpy(op, s->name, n);
	op[n] = '\0';
	const char *rest = s->name[n] == '.' ? s->name + n + 1 : "";
	if (strcmp(op, "wg") == 0) {
		if (!probe) {
			diff_barrier();
		}
		return true;
	}
	if (strcmp(op, "convert") == 0) {
		if (!probe) {
			convert(s, rest, args, result);
		}
		return true;
	}
	if (strcmp(op, "get_num_samples") == 0) {
		static const struct diff_type word = { DIFF_T_I32, 1 };
		if (!probe) {
			diff_set_int(&word, result, 0, 1);
		}
		return true;
	}
	if (strcmp(op, "pack") == 0 || strcmp(op, "unpack") == 0) {
		return pack_call(s, op, rest, args, result, probe);
	}
	if (strstr(op, "_texture_") != NULL || strstr(op, "_depth_") != NULL) {
		return diff_texture_call(s, number, args, result, probe);
	}
	if (single_call(op, probe) || derivative_call(s, number, op, args, result, probe) ||
		diff_memory_call(s, number, op, rest, args, result, probe) ||
		diff_simd_call(s, number, op, rest, args, result, probe)) {
		return true;
	}
	bool fast = starts(op, "fast_");
	const char *base = fast ? op + 5 : op;
	return s->arg_count > 0 && diff_is_float(&s->args[0])
		? float_call(s, base, fast, args, result, probe)
		: int_call(s, base, rest, args, result, probe);
}
