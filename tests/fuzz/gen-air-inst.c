// SPDX-License-Identifier: GPL-2.0-or-later
#include "gen-air-private.h"

/* Instructions other than calls. */

static const uint8_t ints[] = {AIR_I8, AIR_I16, AIR_I32, AIR_I64, AIR_I32, AIR_I32};
static const uint8_t floats[] = {AIR_F32, AIR_F16, AIR_BF16, AIR_F32};

static uint8_t int_kind(struct gen *g) {
	return ints[gen_below(g, sizeof(ints))];
}

static uint8_t float_kind(struct gen *g) {
	return floats[gen_below(g, sizeof(floats))];
}

static uint32_t width(struct gen *g) {
	return gen_chance(g, 128) ? 1 : 1 + gen_below(g, 4);
}

static struct air_value *pick(struct gen *g, uint8_t kind, uint32_t n) {
	return gen_pick(g, kind, n, g->now);
}

static struct air_value *binary(struct gen *g, enum air_op op, uint8_t kind, uint32_t n) {
	struct air_value *v = gen_value(g, op, gen_type(g, kind, n), 2);
	v->ops[0] = pick(g, kind, n);
	v->ops[1] = pick(g, kind, n);
	return v;
}

static struct air_value *compare(struct gen *g) {
	bool is_float = gen_chance(g, 100);
	uint8_t kind = is_float ? float_kind(g) : int_kind(g);
	uint32_t n = width(g);
	enum air_predicate p = is_float ? (enum air_predicate)(AIR_F_FALSE + (int)gen_below(g, 16))
					: (enum air_predicate)gen_below(g, AIR_SLE + 1);
	if (!is_float && gen_chance(g, 20)) {
		kind = AIR_PTR;
		n = 1;
		p = gen_chance(g, 128) ? AIR_EQ : AIR_NE;
	}
	struct air_value *v = binary(g, is_float ? AIR_FCMP : AIR_ICMP, kind, n);
	v->type = gen_type(g, AIR_BOOL, n);
	v->predicate = p;
	return v;
}

static struct air_value *cast(struct gen *g) {
	uint32_t n = width(g);
	static const uint8_t by_size[] = {AIR_BOOL, AIR_I8, AIR_I16, AIR_I32, AIR_I64};
	uint8_t narrow = (uint8_t)gen_below(g, 4),
		wide = (uint8_t)(narrow + 1 + gen_below(g, 4u - narrow));
	uint8_t from = by_size[narrow], to = by_size[wide];
	enum air_op op;
	switch (gen_below(g, 9)) {
	case 0:
		op = AIR_TRUNC;
		from = by_size[wide];
		to = by_size[narrow];
		break;
	case 1:
		op = AIR_ZEXT;
		break;
	case 2:
		op = AIR_SEXT;
		break;
	case 3:
		op = AIR_FPTRUNC;
		from = AIR_F32;
		to = gen_chance(g, 128) ? AIR_F16 : AIR_BF16;
		break;
	case 4:
		op = AIR_FPEXT;
		from = gen_chance(g, 128) ? AIR_F16 : AIR_BF16;
		to = AIR_F32;
		break;
	case 5:
	case 6:
		op = gen_chance(g, 128) ? AIR_FPTOUI : AIR_FPTOSI;
		from = float_kind(g);
		to = int_kind(g);
		break;
	default:
		op = gen_chance(g, 128) ? AIR_UITOFP : AIR_SITOFP;
		from = gen_chance(g, 60) ? AIR_BOOL : int_kind(g);
		to = float_kind(g);
		break;
	}
	struct air_value *v = gen_value(g, op, gen_type(g, to, n), 1);
	v->ops[0] = pick(g, from, n);
	return v;
}

static struct air_value *bitcast(struct gen *g) {
	static const uint8_t kinds[] = {
		AIR_I8, AIR_I16, AIR_F16, AIR_I32, AIR_F32, AIR_I64, AIR_BF16};
	uint8_t from = kinds[gen_below(g, 7)], to = kinds[gen_below(g, 7)];
	uint32_t bytes = 1u << gen_below(g, 4);
	if (bytes < air_kind_bytes(from)) {
		bytes = air_kind_bytes(from);
	}
	if (bytes < air_kind_bytes(to)) {
		bytes = air_kind_bytes(to);
	}
	struct air_value *v =
		gen_value(g, AIR_BITCAST, gen_type(g, to, bytes / air_kind_bytes(to)), 1);
	v->ops[0] = pick(g, from, bytes / air_kind_bytes(from));
	return v;
}

static uint8_t any_kind(struct gen *g) {
	return (uint8_t)gen_below(g, AIR_F32 + 1);
}

static struct air_value *select_value(struct gen *g) {
	uint8_t kind = gen_chance(g, 40) ? AIR_PTR : any_kind(g);
	uint32_t n = kind == AIR_PTR ? 1 : width(g);
	struct air_value *v = gen_value(g, AIR_SELECT, gen_type(g, kind, n), 3);
	v->ops[0] = pick(g, AIR_BOOL, gen_chance(g, 128) ? 1 : n);
	v->ops[1] = pick(g, kind, n);
	v->ops[2] = pick(g, kind, n);
	return v;
}

static struct air_value *memory(struct gen *g, bool store) {
	uint8_t kind = any_kind(g);
	uint32_t n = width(g);
	const struct air_type *type = gen_type(g, kind, n);
	struct air_value *v = gen_value(g, store ? AIR_STORE : AIR_LOAD,
		store ? gen_type(g, AIR_I32, 0) : type, store ? 2 : 1);
	if (store) {
		v->ops[0] = pick(g, kind, n);
	}
	v->ops[store] = pick(g, AIR_PTR, 1);
	v->memory.align_bytes = 1u << gen_below(g, 5);
	v->memory.is_volatile = gen_chance(g, 10);
	return v;
}

static struct air_value *pointer_add(struct gen *g) {
	uint32_t extra = gen_below(g, 3);
	struct air_value *v = gen_value(g, AIR_PTRADD, gen_type(g, AIR_PTR, 1), 1 + extra);
	v->ptradd.scales_bytes = pvg_arena_alloc(g->arena, extra + 1, sizeof(int64_t));
	v->ops[0] = pick(g, AIR_PTR, 1);
	v->ptradd.offset_bytes = (int64_t)gen_below(g, 64) - 8;
	for (uint32_t i = 0; i < extra; i++) {
		v->ptradd.scales_bytes[i] = 1 << gen_below(g, 5);
		v->ops[1 + i] = pick(g, gen_chance(g, 128) ? AIR_I32 : AIR_I64, 1);
	}
	return v;
}

static struct air_value *vector_op(struct gen *g) {
	uint8_t kind = any_kind(g);
	uint32_t n = 2 + gen_below(g, 3), which = gen_below(g, 5);
	struct air_value *v;
	switch (which) {
	case 0: {
		uint32_t part = 1 + gen_below(g, n);
		v = gen_value(g, AIR_EXTRACT, gen_type(g, kind, part), 1);
		v->first = gen_below(g, n - part + 1);
		v->ops[0] = pick(g, kind, n);
		return v;
	}
	case 1: {
		uint32_t part = 1 + gen_below(g, n);
		v = gen_value(g, AIR_INSERT, gen_type(g, kind, n), 2);
		v->first = gen_below(g, n - part + 1);
		v->ops[0] = pick(g, kind, n);
		v->ops[1] = pick(g, kind, part);
		return v;
	}
	case 2: {
		uint32_t m = 1 + gen_below(g, 4);
		v = gen_value(g, AIR_SHUFFLE, gen_type(g, kind, m), 2);
		v->ops[0] = pick(g, kind, n);
		v->ops[1] = pick(g, kind, n);
		v->mask = pvg_arena_alloc(g->arena, m, sizeof(uint32_t));
		for (uint32_t i = 0; i < m; i++) {
			v->mask[i] = gen_chance(g, 20) ? UINT32_MAX : gen_below(g, 2 * n);
		}
		return v;
	}
	case 3:
		v = gen_value(g, AIR_EXTRACT_DYNAMIC, gen_type(g, kind, 1), 2);
		v->ops[0] = pick(g, kind, n);
		v->ops[1] = pick(g, gen_chance(g, 128) ? AIR_I32 : AIR_I64, 1);
		return v;
	default:
		v = gen_value(g, AIR_INSERT_DYNAMIC, gen_type(g, kind, n), 3);
		v->ops[0] = pick(g, kind, n);
		v->ops[1] = pick(g, kind, 1);
		v->ops[2] = pick(g, gen_chance(g, 128) ? AIR_I32 : AIR_I64, 1);
		return v;
	}
}

void gen_inst(struct gen *g) {
	struct air_value *v;
	uint32_t which = gen_below(g, 24);
	if (which < 4) {
		static const enum air_op ops[] = {AIR_ADD, AIR_SUB, AIR_MUL, AIR_UDIV, AIR_SDIV,
			AIR_UREM, AIR_SREM, AIR_SHL, AIR_LSHR, AIR_ASHR, AIR_AND, AIR_OR, AIR_XOR};
		enum air_op op = ops[gen_below(g, 13)];
		bool logic = op >= AIR_AND && op <= AIR_XOR && gen_chance(g, 100);
		v = binary(g, op, logic ? AIR_BOOL : int_kind(g), width(g));
	} else if (which < 6) {
		v = binary(g, (enum air_op)(AIR_FADD + (int)gen_below(g, 5)), float_kind(g),
			width(g));
	} else if (which == 6) {
		uint8_t kind = float_kind(g);
		uint32_t n = width(g);
		v = gen_value(g, AIR_FNEG, gen_type(g, kind, n), 1);
		v->ops[0] = pick(g, kind, n);
	} else if (which < 9) {
		v = compare(g);
	} else if (which < 11) {
		v = cast(g);
	} else if (which == 11) {
		v = bitcast(g);
	} else if (which == 12) {
		v = select_value(g);
	} else if (which == 13) {
		v = memory(g, false);
	} else if (which == 14) {
		v = memory(g, true);
	} else if (which == 15) {
		v = pointer_add(g);
	} else if (which == 16) {
		v = gen_value(g, AIR_ALLOCA, gen_type(g, AIR_PTR, 1), 0);
		v->alloca_bytes = 4 + 4 * gen_below(g, 16);
	} else if (which < 19) {
		v = vector_op(g);
	} else {
		gen_call(g);
		return;
	}
	gen_append(g, v);
}
