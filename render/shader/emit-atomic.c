// SPDX-License-Identifier: GPL-2.0-or-later
#include "emit-private.h"

/*
 * Atomics on buffers and threadgroup memory (spec 05 §4.6). The operations are relaxed: an order
 * that one has beside is made of barriers around it.
 */

struct atomic {
	struct air_value *v;
	char op[24];
	bool is_signed, is_float;
	uint32_t address, value, compare;
	uint32_t result; // a local
	const struct air_value *expected; // pointer, of a compare and exchange
};

struct atomic64 {
	const struct air_value *v;
	const char *op;
	bool is_signed;
	uint32_t address, type, value, compare; // compare and value: 64-bit ids
	uint32_t result[2]; // locals
};

/* What the operation makes of the word that is there; bits in, bits out. */
static uint32_t new_word(struct emit *e, const struct atomic *a, uint32_t old) {
	uint32_t f = e->t_float, x, y, r;
	if (!a->is_float) {
		return strcmp(a->op, "min") == 0 ? GLSL(SMin, e->t_uint, old, a->value) :
			GLSL(SMax, e->t_uint, old, a->value);
	}
	x = OP(Bitcast, f, old);
	y = OP(Bitcast, f, a->value);
	if (strcmp(a->op, "add") == 0) {
		r = OP(FAdd, f, x, y);
	} else if (strcmp(a->op, "sub") == 0) {
		r = OP(FSub, f, x, y);
	} else {
		r = strcmp(a->op, "min") == 0 ? GLSL(NMin, f, x, y) : GLSL(NMax, f, x, y);
	}
	return OP(Bitcast, e->t_uint, r);
}

/*
 * Reads, changes and tries again until nobody was faster: float addition has no instruction, and in
 * GLSL ES the type of the memory, which is uint here, decides what the least number is.
 */
static uint32_t retry_loop(struct emit *e, const struct atomic *a, uint32_t pointer,
		uint32_t scope) {
	uint32_t u = e->t_uint;
	uint32_t old = spv_local(&e->s, u), result = spv_local(&e->s, u),
			 go = spv_local(&e->s, e->t_bool);
	DO(Store, old, OP(AtomicLoad, u, pointer, scope, U32(0)));
	DO(Store, go, spv_true(&e->s, true));
	struct emit_loop l;
	emit_loop_begin(e, &l);
	emit_loop_break_unless(e, &l, OP(Load, e->t_bool, go));
	uint32_t expected = OP(Load, u, old);
	uint32_t seen = OP(AtomicCompareExchange, u, pointer, scope, U32(0), U32(0),
		new_word(e, a, expected), expected);
	DO(Store, go, OP(INotEqual, e->t_bool, seen, expected));
	DO(Store, result, expected);
	DO(Store, old, seen);
	emit_loop_end(e, &l);
	return OP(Load, u, result);
}

/* 64 bits: one instruction each, on storage buffers only. */
static bool on_root64(struct emit *e, uint32_t root, void *data) {
	static const struct {
		const char *name;
		uint16_t op, signed_op;
	} ops[] = {
		{ "add", SpvOpAtomicIAdd, SpvOpAtomicIAdd },
		{ "sub", SpvOpAtomicISub, SpvOpAtomicISub },
		{ "min", SpvOpAtomicUMin, SpvOpAtomicSMin },
		{ "max", SpvOpAtomicUMax, SpvOpAtomicSMax },
		{ "and", SpvOpAtomicAnd, SpvOpAtomicAnd },
		{ "or", SpvOpAtomicOr, SpvOpAtomicOr },
		{ "xor", SpvOpAtomicXor, SpvOpAtomicXor },
		{ "xchg", SpvOpAtomicExchange, SpvOpAtomicExchange },
	};
	const struct atomic64 *a = data;
	if (e->roots[root].kind != ROOT_BUFFER || e->roots[root].uniform) {
		return pvg_shader_refuse(e->status, PVG_SHADER_ATOMIC64,
			"%s outside of device memory", a->v->callee);
	}
	if (emit_root_var(e, root) == 0) {
		return false;
	}
	uint32_t pointer = emit_pointer64(e, root, a->address), scope = U32(SpvScopeDevice);
	uint32_t type = a->type, r = 0;
	if (strcmp(a->op, "load") == 0) {
		r = OP(AtomicLoad, type, pointer, scope, U32(0));
	} else if (strcmp(a->op, "store") == 0) {
		DO(AtomicStore, pointer, scope, U32(0), a->value);
		return true;
	} else if (strcmp(a->op, "cmpxchg") == 0) {
		r = OP(AtomicCompareExchange, type, pointer, scope, U32(0), U32(0), a->value,
			a->compare);
	}
	for (size_t i = 0; r == 0 && i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (strcmp(a->op, ops[i].name) == 0) {
			r = spv_op(&e->s, a->is_signed ? ops[i].signed_op : ops[i].op, type,
				SPV_ARGS(pointer, scope, U32(0), a->value));
		}
	}
	if (r == 0) {
		return pvg_shader_refuse(e->status, PVG_SHADER_INTRINSIC, "%s", a->v->callee);
	}
	struct ev words = emit_unpack64(e, r);
	DO(Store, a->result[0], words.lo);
	DO(Store, a->result[1], words.hi);
	return true;
}

static bool atomic64_call(struct emit *e, struct air_value *v, const char *op, bool is_signed) {
	struct atomic64 a = { .v = v, .op = op, .is_signed = is_signed };
	bool load = strcmp(op, "load") == 0, cmpxchg = strcmp(op, "cmpxchg") == 0;
	uint32_t at = cmpxchg ? 2 : 1;
	const uint32_t native = PVG_FEATURE_INT64 | PVG_FEATURE_ATOMIC64;
	if (e->gles || (e->variant->features & native) != native) {
		return pvg_shader_refuse(e->status, PVG_SHADER_ATOMIC64, "%s", v->callee);
	}
	const struct air_type *type = load ? v->type : at < v->op_count ? v->ops[at]->type : NULL;
	if (type == NULL || type->comp_count != 1 || type->comps[0].kind != AIR_I64) {
		return pvg_shader_refuse(e->status, PVG_SHADER_SIGNATURE, "%s", v->callee);
	}
	struct ev address = emit_get(e, v->ops[0])[0], expected = { 0 };
	a.address = address.lo;
	a.type = spv_type(&e->s, SpvOpTypeInt, SPV_ARGS(64, 0));
	a.value = load ? 0 : emit_pack64(e, emit_get(e, v->ops[at])[0]);
	for (uint32_t i = 0; i < 2; i++) {
		a.result[i] = spv_local(&e->s, e->t_uint);
		DO(Store, a.result[i], U32(0));
	}
	if (cmpxchg) {
		if (!emit_load(e, v->ops[1], emit_get(e, v->ops[1])[0], 8, type, &expected)) {
			return false;
		}
		a.compare = emit_pack64(e, expected);
	}
	uint32_t merge = emit_begin_unless_killed(e);
	bool ok = emit_ladder(e, emit_roots_of(e, v->ops[0], 0), address.hi, on_root64, &a);
	emit_end_unless_killed(e, merge);
	struct ev *out = emit_alloc(e, v->type->comp_count + 1);
	struct ev old = { OP(Load, e->t_uint, a.result[0]), OP(Load, e->t_uint, a.result[1]) };
	if (ok && cmpxchg) {
		ok = emit_store(e, v->ops[1], emit_get(e, v->ops[1])[0], 8, type, &old);
	}
	if (ok && v->type->comp_count == 1) {
		bool success = cmpxchg && v->type->comps[0].kind == AIR_BOOL;
		out[0] = success
			? (struct ev){ emit_compare64(e, AIR_EQ, old, expected), 0 }
			: old;
		emit_define(e, v, out);
	}
	return ok;
}

static bool on_root(struct emit *e, uint32_t root, void *data) {
	struct atomic *a = data;
	if ((e->roots[root].kind != ROOT_BUFFER && e->roots[root].kind != ROOT_THREADGROUP) ||
		e->roots[root].uniform) {
		return pvg_shader_refuse(e->status, PVG_SHADER_POINTER,
			"atomic on private memory or a constant");
	}
	static const struct {
		const char *name;
		uint16_t op, signed_op;
	} ops[] = {
		{"add", SpvOpAtomicIAdd, SpvOpAtomicIAdd},
		{"sub", SpvOpAtomicISub, SpvOpAtomicISub},
		{"min", SpvOpAtomicUMin, SpvOpAtomicSMin},
		{"max", SpvOpAtomicUMax, SpvOpAtomicSMax},
		{"and", SpvOpAtomicAnd, SpvOpAtomicAnd}, {"or", SpvOpAtomicOr, SpvOpAtomicOr},
		{"xor", SpvOpAtomicXor, SpvOpAtomicXor},
		{"xchg", SpvOpAtomicExchange, SpvOpAtomicExchange},
	};
	uint32_t u = e->t_uint;
	uint32_t word = OP(ShiftRightLogical, u, a->address, U32(2));
	uint32_t pointer = emit_word_pointer(e, root, word);
	uint32_t scope = U32(e->roots[root].kind == ROOT_THREADGROUP ? SpvScopeWorkgroup :
		SpvScopeDevice);
	if (e->status->reason != PVG_SHADER_OK) {
		return false;
	}
	if (strcmp(a->op, "load") == 0) {
		// Or with nothing: what GLSL ES has for an atomic load.
		uint32_t id = OP(AtomicOr, u, pointer, scope, U32(0), U32(0));
		DO(Store, a->result, id);
		return true;
	}
	if (strcmp(a->op, "store") == 0) {
		OP(AtomicExchange, u, pointer, scope, U32(0), a->value);
		return true;
	}
	if (strcmp(a->op, "cmpxchg") == 0) {
		DO(Store, a->result,
			OP(AtomicCompareExchange, u, pointer, scope, U32(0), U32(0), a->value,
				a->compare));
		return true;
	}
	bool order = strcmp(a->op, "min") == 0 || strcmp(a->op, "max") == 0;
	if ((a->is_float && strcmp(a->op, "xchg") != 0) || (e->gles && a->is_signed && order)) {
		DO(Store, a->result, retry_loop(e, a, pointer, scope));
		return true;
	}
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (strcmp(a->op, ops[i].name) == 0) {
			DO(Store, a->result,
				spv_op(&e->s, a->is_signed ? ops[i].signed_op : ops[i].op, u,
					SPV_ARGS(pointer, scope, U32(0), a->value)));
			return true;
		}
	}
	return pvg_shader_refuse(e->status, PVG_SHADER_INTRINSIC, "%s", a->v->callee);
}

static void fence(struct emit *e) {
	DO(MemoryBarrier, U32(SpvScopeDevice), U32(SpvMemorySemanticsAcquireReleaseMask |
		SpvMemorySemanticsUniformMemoryMask | SpvMemorySemanticsImageMemoryMask |
		(e->f->stage == AIR_KERNEL ? SpvMemorySemanticsWorkgroupMemoryMask : 0)));
}

/* C++'s numbers: 1 consume, 2 acquire, 3 release, 4 both, 5 sequentially consistent. */
static uint32_t order_of(const struct air_value *v, uint32_t at) {
	bool known = at < v->op_count && v->ops[at]->op == AIR_CONST;
	return known ? (uint32_t)v->ops[at]->constant.bits[0] : 0;
}

void emit_atomic_before(struct emit *e, const struct air_value *v, uint32_t at) {
	if (order_of(v, at) >= 3) {
		fence(e);
	}
}

void emit_atomic_after(struct emit *e, const struct air_value *v, uint32_t at) {
	uint32_t order = order_of(v, at);
	if (order != 0 && order != 3) {
		fence(e);
	}
}

static bool atomic_call(struct emit *e, struct air_value *v, const char *rest) {
	struct atomic a = {.v = v};
	const char *op = strchr(rest, '.');
	size_t n = op != NULL ? strcspn(op + 1, ".") : sizeof(a.op);
	if (n >= sizeof(a.op) || v->op_count < 2) {
		return pvg_shader_refuse(e->status, PVG_SHADER_INTRINSIC, "%s", v->callee);
	}
	memcpy(a.op, op + 1, n);
	const char *types = op + 1 + n;
	a.is_signed = strncmp(types, ".s.", 3) == 0;
	a.is_float = strstr(types, ".f32") != NULL;
	if (strstr(types, ".i64") != NULL) {
		return atomic64_call(e, v, a.op, a.is_signed);
	}
	bool load = strcmp(a.op, "load") == 0, cmpxchg = strcmp(a.op, "cmpxchg") == 0;
	const struct air_type *type = load ? v->type : v->ops[cmpxchg ? 2 : 1]->type;
	uint8_t kind = type->comp_count == 1 ? type->comps[0].kind : AIR_I64;
	if ((kind != AIR_I32 && kind != AIR_F32) || (cmpxchg && v->op_count < 3)) {
		return pvg_shader_refuse(e->status, PVG_SHADER_SIGNATURE, "%s", v->callee);
	}
	struct ev address = emit_get(e, v->ops[0])[0];
	a.address = address.lo;
	a.value = load ? 0 : emit_bits(e, kind, emit_get(e, v->ops[cmpxchg ? 2 : 1])[0]);
	a.result = spv_local(&e->s, e->t_uint);
	DO(Store, a.result, U32(0));
	if (cmpxchg) {
		struct ev expected;
		if (!emit_load(e, v->ops[1], emit_get(e, v->ops[1])[0], 4, type, &expected)) {
			return false;
		}
		a.compare = emit_bits(e, kind, expected);
	}
	uint32_t merge = emit_begin_unless_killed(e);
	bool ok = emit_ladder(e, emit_roots_of(e, v->ops[0], 0), address.hi, on_root, &a);
	emit_end_unless_killed(e, merge);
	if (!ok) {
		return false;
	}
	struct ev *out = emit_alloc(e, v->type->comp_count + 1);
	uint32_t old = OP(Load, e->t_uint, a.result);
	struct ev typed = emit_from_bits(e, kind, old);
	if (cmpxchg && !emit_store(e, v->ops[1], emit_get(e, v->ops[1])[0], 4, type, &typed)) {
		return false;
	}
	if (v->type->comp_count == 1) {
		bool success = cmpxchg && v->type->comps[0].kind == AIR_BOOL;
		out[0] = success ? (struct ev){OP(IEqual, e->t_bool, old, a.compare), 0} : typed;
		emit_define(e, v, out);
	}
	return true;
}

bool emit_atomic_call(struct emit *e, struct air_value *v, const char *rest) {
	if (strncmp(rest, "fence", 5) == 0) {
		fence(e);
		return true;
	}
	// Pointer, order; pointer, value, order; pointer, pointer to the expected, value, order.
	uint32_t at = strstr(rest, ".load.") != NULL ? 1 :
		strstr(rest, ".cmpxchg.") != NULL ? 3 : 2;
	emit_atomic_before(e, v, at);
	bool ok = atomic_call(e, v, rest);
	emit_atomic_after(e, v, at);
	return ok;
}
