// SPDX-License-Identifier: GPL-2.0-or-later
#include "emit-private.h"

/*
 * Integers of more than 64 bits, which passes make of copied structures (spec 05 §2.3): a list of
 * words and a rest. Loads, stores, selections and bitwise operations work on the parts anyway; here
 * is what moves bits from one to another.
 */

#define MAX_WORDS 8u // AIR_MAX_INTEGER_BITS

static uint32_t kind_words(uint8_t kind) {
	return emit_is_wide(kind) ? 2 : 1;
}

/* The bits of an integer as words, zeroes above. */
static void to_words(struct emit *e, const struct air_type *type, const struct ev *in,
		uint32_t words[MAX_WORDS]) {
	uint32_t n = 0;
	for (uint32_t i = 0; i < type->comp_count && n < MAX_WORDS; i++) {
		uint8_t kind = type->comps[i].kind;
		words[n++] = emit_is_wide(kind) ? in[i].lo : emit_bits(e, kind, in[i]);
		if (emit_is_wide(kind) && n < MAX_WORDS) {
			words[n++] = in[i].hi;
		}
	}
	while (n < MAX_WORDS) {
		words[n++] = U32(0);
	}
}

static void from_words(struct emit *e, const struct air_type *type,
		const uint32_t words[MAX_WORDS], struct ev *out) {
	uint32_t n = 0;
	for (uint32_t i = 0; i < type->comp_count; i++) {
		uint8_t kind = type->comps[i].kind;
		if (emit_is_wide(kind)) {
			out[i] = emit_norm_ev(e, kind, (struct ev){words[n], words[n + 1]});
		} else {
			out[i] = emit_from_bits(e, kind, words[n]);
		}
		n += kind_words(kind);
	}
}

static uint32_t total_bits(const struct air_type *type) {
	uint32_t n = 0;
	for (uint32_t i = 0; i < type->comp_count; i++) {
		n += air_kind_bits(type->comps[i].kind);
	}
	return n;
}

static void shift_words(struct emit *e, bool left, uint32_t amount, uint32_t w[MAX_WORDS]) {
	uint32_t u = e->t_uint, words = amount / 32, bits = amount % 32, out[MAX_WORDS];
	for (uint32_t i = 0; i < MAX_WORDS; i++) {
		uint32_t from = left ? i - words : i + words; // wraps far beyond the end
		uint32_t near = from < MAX_WORDS ? w[from] : U32(0);
		uint32_t next = left ? from - 1 : from + 1;
		uint32_t far = from < MAX_WORDS && next < MAX_WORDS ? w[next] : U32(0);
		if (left && from == MAX_WORDS) {
			far = U32(0);
		}
		out[i] = near;
		if (bits > 0) {
			uint32_t a = left ? OP(ShiftLeftLogical, u, near, U32(bits)) :
				OP(ShiftRightLogical, u, near, U32(bits));
			uint32_t b = left ? OP(ShiftRightLogical, u, far, U32(32 - bits)) :
				OP(ShiftLeftLogical, u, far, U32(32 - bits));
			out[i] = OP(BitwiseOr, u, a, b);
		}
	}
	memcpy(w, out, sizeof(out));
}

bool emit_is_wide_inst(const struct air_value *v) {
	bool wide = v->type->wide || (v->op_count > 0 && v->ops[0]->type->wide);
	switch (v->op) {
	case AIR_LOAD:
	case AIR_STORE:
	case AIR_PHI:
	case AIR_SELECT:
	case AIR_COPY:
	case AIR_BITCAST:
	case AIR_AND:
	case AIR_OR:
	case AIR_XOR:
	case AIR_EXTRACT:
	case AIR_INSERT:
		return false;
	default:
		return wide;
	}
}

bool emit_wide_inst(struct emit *e, const struct air_value *v, struct ev *out) {
	const struct air_type *from = v->ops[0]->type;
	const struct ev *a = emit_get(e, v->ops[0]);
	uint32_t words[MAX_WORDS];
	to_words(e, from, a, words);
	switch (v->op) {
	case AIR_TRUNC:
	case AIR_ZEXT:
		break;
	case AIR_SEXT: {
		uint32_t bits = total_bits(from);
		uint32_t top = OP(BitFieldSExtract, e->t_uint, words[(bits - 1) / 32],
			U32((bits - 1) % 32), U32(1));
		uint32_t first = (bits + 31) / 32;
		if (bits % 32 != 0) {
			words[first - 1] = OP(BitwiseOr, e->t_uint, words[first - 1],
				OP(ShiftLeftLogical, e->t_uint, top, U32(bits % 32)));
		}
		for (uint32_t i = first; i < MAX_WORDS; i++) {
			words[i] = top;
		}
		break;
	}
	case AIR_SHL:
	case AIR_LSHR:
		if (v->ops[1]->op != AIR_CONST || v->ops[1]->constant.bits[0] >= total_bits(from)) {
			return pvg_shader_refuse(e->status, PVG_SHADER_INSTRUCTION,
				"shift of %u bits by an unknown amount", total_bits(from));
		}
		shift_words(e, v->op == AIR_SHL, (uint32_t)v->ops[1]->constant.bits[0], words);
		break;
	case AIR_ICMP: {
		uint32_t other[MAX_WORDS], same = spv_true(&e->s, true);
		if (v->predicate != AIR_EQ && v->predicate != AIR_NE) {
			return pvg_shader_refuse(e->status, PVG_SHADER_INSTRUCTION,
				"order of integers of %u bits", total_bits(from));
		}
		to_words(e, from, emit_get(e, v->ops[1]), other);
		for (uint32_t i = 0; i < MAX_WORDS; i++) {
			if (words[i] != other[i]) {
				same = emit_and(e, same, OP(IEqual, e->t_bool, words[i], other[i]));
			}
		}
		out[0] = (struct ev){v->predicate == AIR_EQ ? same : emit_not(e, same), 0};
		return true;
	}
	default:
		return pvg_shader_refuse(e->status, PVG_SHADER_INSTRUCTION,
			"arithmetic on integers of %u bits", total_bits(from));
	}
	from_words(e, v->type, words, out);
	return true;
}
