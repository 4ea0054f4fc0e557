// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "emit-private.h"

/* Several numbers in a word and back (spec 05 §4.3). */

static uint32_t srgb(struct emit *e, uint32_t x, bool encode) {
	uint32_t f = e->t_float;
	if (encode) {
		uint32_t low = OP(FMul, f, x, F32(12.92f));
		uint32_t high = OP(FSub, f, OP(FMul, f, F32(1.055f),
			GLSL(Pow, f, x, F32(1 / 2.4f))), F32(0.055f));
		return emit_select(e, f, OP(FOrdLessThanEqual, e->t_bool, x, F32(0.0031308f)), low,
			high);
	}
	uint32_t low = OP(FMul, f, x, F32(1 / 12.92f));
	uint32_t base = OP(FMul, f, OP(FAdd, f, x, F32(0.055f)), F32(1 / 1.055f));
	uint32_t high = GLSL(Pow, f, base, F32(2.4f));
	return emit_select(e, f, OP(FOrdLessThanEqual, e->t_bool, x, F32(0.04045f)), low, high);
}

struct packing {
	const char *name;
	bool is_signed, is_srgb;
	uint8_t count;
	uint8_t bits[4];
};

static const struct packing packings[] = {
	{"unorm4x8.srgb", false, true, 4, {8, 8, 8, 8}},
	{"unorm4x8", false, false, 4, {8, 8, 8, 8}},
	{"snorm4x8", true, false, 4, {8, 8, 8, 8}},
	{"unorm2x16", false, false, 2, {16, 16}},
	{"snorm2x16", true, false, 2, {16, 16}},
	{"unorm4x16", false, false, 4, {16, 16, 16, 16}},
	{"snorm4x16", true, false, 4, {16, 16, 16, 16}},
	{"unorm.rgb10a2", false, false, 4, {10, 10, 10, 2}},
	{"snorm.rgb10a2", true, false, 4, {10, 10, 10, 2}},
	{"unorm.rgb565", false, false, 3, {5, 6, 5}},
};

static void pack(struct emit *e, const struct packing *p, const struct ev *a, struct ev *out) {
	uint32_t u = e->t_uint, f = e->t_float, at = 0, words[2] = {U32(0), U32(0)};
	for (uint32_t i = 0; i < p->count; i++) {
		uint32_t mask = (1u << p->bits[i]) - 1, scale = p->is_signed ? mask >> 1 : mask;
		uint32_t x = emit_select(e, f, emit_is_nan(e, a[i].lo), F32(0), a[i].lo);
		x = GLSL(FClamp, f, x, F32(p->is_signed ? -1 : 0), F32(1));
		x = p->is_srgb && i < 3 ? srgb(e, x, true) : x;
		x = GLSL(RoundEven, f, OP(FMul, f, x, F32((float)scale)));
		uint32_t bits = p->is_signed ? OP(BitwiseAnd, u, OP(ConvertFToS, u, x), U32(mask)) :
			OP(ConvertFToU, u, x);
		words[at / 32] = OP(BitwiseOr, u, words[at / 32],
			OP(ShiftLeftLogical, u, bits, U32(at % 32)));
		at += p->bits[i];
	}
	out[0] = (struct ev){words[0], words[1]};
}

static void unpack(struct emit *e, const struct packing *p, struct ev in, struct ev *out) {
	uint32_t u = e->t_uint, f = e->t_float, place = 0;
	for (uint32_t i = 0; i < p->count; i++) {
		uint32_t mask = (1u << p->bits[i]) - 1, scale = p->is_signed ? mask >> 1 : mask;
		uint32_t x, at = place % 32, word = place < 32 ? in.lo : in.hi;
		if (p->is_signed) {
			x = OP(ConvertSToF, f,
				OP(BitFieldSExtract, u, word, U32(at), U32(p->bits[i])));
		} else {
			x = OP(ConvertUToF, f,
				OP(BitwiseAnd, u, OP(ShiftRightLogical, u, word, U32(at)),
					U32(mask)));
		}
		x = OP(FDiv, f, x, F32((float)scale));
		out[i].lo = p->is_signed ? GLSL(FMax, f, x, F32(-1)) : p->is_srgb && i < 3 ?
			srgb(e, x, false) : x;
		place += p->bits[i];
	}
}

/* ---- floats of few bits ------------------------------------------------------------------ */

/* A float of 5 bits of exponent and `bits` of mantissa, no sign, to nearest even. */
static uint32_t small_float(struct emit *e, uint32_t x, uint32_t bits) {
	uint32_t u = e->t_uint, f = e->t_float, b = e->t_bool;
	float max = (2 - 1 / (float)(1u << bits)) * 32768;
	uint32_t nan = emit_is_nan(e, x);
	uint32_t infinite = OP(IEqual, b, OP(Bitcast, u, x), U32(0x7f800000));
	uint32_t safe = GLSL(FClamp, f, emit_select(e, f, nan, F32(0), x), F32(0), F32(max));
	uint32_t exponent = OP(ShiftRightLogical, u, OP(Bitcast, u, safe), U32(23));
	exponent = GLSL(UMax, u, exponent, U32(113)); // 2 to the -14: below it are denormals
	uint32_t scale = OP(ShiftLeftLogical, u,
		OP(ISub, u, U32(254 + bits), exponent), U32(23));
	uint32_t mantissa = OP(ConvertFToU, u,
		GLSL(RoundEven, f, OP(FMul, f, safe, OP(Bitcast, f, scale))));
	uint32_t r = OP(IAdd, u, mantissa,
		OP(ShiftLeftLogical, u, OP(ISub, u, exponent, U32(113)), U32(bits)));
	r = emit_select(e, u, infinite, U32(31u << bits), r);
	return emit_select(e, u, nan, U32(31u << bits | 1u << (bits - 1)), r);
}

static uint32_t pack_rg11b10(struct emit *e, const struct ev *a) {
	uint32_t u = e->t_uint;
	uint32_t g = OP(ShiftLeftLogical, u, small_float(e, a[1].lo, 6), U32(11));
	uint32_t b = OP(ShiftLeftLogical, u, small_float(e, a[2].lo, 5), U32(22));
	return OP(BitwiseOr, u, OP(BitwiseOr, u, small_float(e, a[0].lo, 6), g), b);
}

/* One exponent for three mantissas of 9 bits without a leading one. */
static uint32_t pack_rgb9e5(struct emit *e, const struct ev *a) {
	uint32_t u = e->t_uint, f = e->t_float, c[3];
	for (uint32_t i = 0; i < 3; i++) {
		uint32_t number = emit_select(e, f, emit_is_nan(e, a[i].lo), F32(0), a[i].lo);
		c[i] = GLSL(FClamp, f, number, F32(0), F32(65408));
	}
	uint32_t largest = GLSL(FMax, f, c[0], GLSL(FMax, f, c[1], c[2]));
	// The exponent of the largest, not below 2 to the -16, and one more where its mantissa
	// rounds up.
	uint32_t exponent =
		GLSL(UMax, u, OP(ShiftRightLogical, u, OP(Bitcast, u, largest), U32(23)), U32(111));
	for (uint32_t round = 0; round < 2; round++) {
		uint32_t scale = OP(Bitcast, f,
			OP(ShiftLeftLogical, u, OP(ISub, u, U32(262), exponent), U32(23)));
		if (round == 0) {
			uint32_t top = GLSL(Floor, f,
				OP(FAdd, f, OP(FMul, f, largest, scale), F32(0.5f)));
			uint32_t over = OP(FOrdGreaterThanEqual, e->t_bool, top, F32(512));
			exponent = OP(IAdd, u, exponent, emit_select(e, u, over, U32(1), U32(0)));
			continue;
		}
		uint32_t word = OP(ShiftLeftLogical, u, OP(ISub, u, exponent, U32(111)), U32(27));
		for (uint32_t i = 0; i < 3; i++) {
			uint32_t part = OP(ConvertFToU, u, GLSL(Floor, f,
				OP(FAdd, f, OP(FMul, f, c[i], scale), F32(0.5f))));
			word = OP(BitwiseOr, u, word, OP(ShiftLeftLogical, u, part, U32(9 * i)));
		}
		return word;
	}
	return 0;
}

void emit_unpack_shared(struct emit *e, bool shared, uint32_t word, uint32_t out[3]) {
	uint32_t u = e->t_uint, f = e->t_float;
	if (shared) {
		uint32_t exponent = OP(ShiftRightLogical, u, word, U32(27));
		uint32_t scale = OP(Bitcast, f,
			OP(ShiftLeftLogical, u, OP(IAdd, u, exponent, U32(103)), U32(23)));
		for (uint32_t i = 0; i < 3; i++) {
			uint32_t part = OP(BitwiseAnd, u,
				OP(ShiftRightLogical, u, word, U32(9 * i)), U32(511));
			out[i] = OP(FMul, f, OP(ConvertUToF, f, part), scale);
		}
		return;
	}
	static const uint8_t at[3] = {0, 11, 22}, bits[3] = {6, 6, 5};
	for (uint32_t i = 0; i < 3; i++) {
		// As a half without the lower bits of its mantissa.
		uint32_t part = OP(BitwiseAnd, u, OP(ShiftRightLogical, u, word, U32(at[i])),
			U32((1u << (bits[i] + 5)) - 1));
		out[i] = emit_from_bits(e, AIR_F16,
			OP(ShiftLeftLogical, u, part, U32(10u - bits[i]))).lo;
	}
}

/* pack.unorm.rg11b10f, pack.unorm.rgb9e5 and their inverses. */
static bool shared_call(struct emit *e, struct air_value *v, bool packs, bool shared) {
	const struct air_type *floats = packs ? v->ops[0]->type : v->type;
	if (floats->comp_count != 3) {
		return false;
	}
	struct ev *out = emit_alloc(e, v->type->comp_count + 4);
	const struct ev *a = emit_get(e, v->ops[0]);
	if (packs) {
		out[0] = (struct ev){shared ? pack_rgb9e5(e, a) : pack_rg11b10(e, a), 0};
	} else {
		uint32_t parts[3];
		emit_unpack_shared(e, shared, a[0].lo, parts);
		for (uint32_t i = 0; i < 3; i++) {
			out[i].lo = emit_round(e, floats->comps[i].kind, parts[i]);
		}
	}
	emit_define(e, v, out);
	return true;
}

/* Two halves in a word. */
static bool half_call(struct emit *e, struct air_value *v, bool packs) {
	const struct air_type *floats = packs ? v->ops[0]->type : v->type;
	const struct ev *a = emit_get(e, v->ops[0]);
	uint32_t u = e->t_uint;
	if (floats->comp_count != 2 || (packs ? v->type : v->ops[0]->type)->comp_count != 1) {
		return pvg_shader_refuse(e->status, PVG_SHADER_SIGNATURE, "%s", v->callee);
	}
	struct ev *out = emit_alloc(e, v->type->comp_count);
	if (packs) {
		uint32_t high = OP(ShiftLeftLogical, u, emit_half_bits(e, a[1].lo), U32(16));
		out[0] = (struct ev){ OP(BitwiseOr, u, emit_half_bits(e, a[0].lo), high), 0 };
	} else {
		out[0] = emit_from_bits(e, AIR_F16, a[0].lo);
		out[1] = emit_from_bits(e, AIR_F16, OP(ShiftRightLogical, u, a[0].lo, U32(16)));
	}
	emit_define(e, v, out);
	return true;
}

/* "unorm10a2.v4f32" and "unorm.10a2.v4f32" for "unorm.rgb10a2.v4f32"; the same with 565. */
static const char *usual_name(const char *rest, char *buffer, size_t bytes) {
	static const char *const formats[] = { "10a2", "565" };
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		const char *at = strstr(rest, formats[i]);
		bool norm = strncmp(rest + 1, "norm", 4) == 0;
		if (norm && at != NULL && (at == rest + 5 || at == rest + 6)) {
			snprintf(buffer, bytes, "%.5s.rgb%s", rest, at);
			return buffer;
		}
	}
	return rest;
}

bool emit_pack_call(struct emit *e, struct air_value *v, const char *op, const char *rest) {
	bool packs = strcmp(op, "pack") == 0;
	char name[32];
	rest = usual_name(rest, name, sizeof(name));
	if (strncmp(rest, "half2x16", 8) == 0 && v->op_count == 1) {
		return half_call(e, v, packs);
	}
	bool rg11b10 = strstr(rest, "rg11b10f") != NULL, rgb9e5 = strstr(rest, "rgb9e5") != NULL;
	if ((rg11b10 || rgb9e5) && v->op_count == 1 && shared_call(e, v, packs, rgb9e5)) {
		return true;
	}
	struct ev *out = emit_alloc(e, v->type->comp_count + 4);
	for (size_t i = 0; i < sizeof(packings) / sizeof(packings[0]); i++) {
		const struct packing *p = &packings[i];
		size_t n = strlen(p->name);
		if (strncmp(rest, p->name, n) != 0 || (rest[n] != '.' && rest[n] != '\0') ||
			v->op_count < 1) {
			continue;
		}
		const struct air_type *floats = packs ? v->ops[0]->type : v->type;
		if (floats->comp_count != p->count ||
			!(emit_kind_type(e, floats->comps[0].kind) == e->t_float)) {
			break;
		}
		const struct ev *a = emit_get(e, v->ops[0]);
		if (packs) {
			pack(e, p, a, out);
		} else {
			unpack(e, p, a[0], out);
		}
		for (uint32_t k = 0; !packs && k < p->count; k++) {
			out[k].lo = emit_round(e, v->type->comps[k].kind, out[k].lo);
		}
		emit_define(e, v, out);
		return true;
	}
	return pvg_shader_refuse(e->status, PVG_SHADER_INTRINSIC, "%s", v->callee);
}
