// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "emit-private.h"

/*
 * Numbers of 16 and 64 bits where the vulkan target has them (spec 05 §5.12). Components stay what
 * they are everywhere else, words and floats; an operation converts, does what it does in the width
 * it has in AIR and converts back, which compilers see through.
 */

bool emit_has(const struct emit *e, uint32_t feature) {
	return !e->gles && (e->variant->features & feature) != 0;
}

static uint32_t int_type(struct emit *e, uint32_t bits) {
	spv_capability(&e->s, bits == 64 ? SpvCapabilityInt64 : SpvCapabilityInt16);
	return spv_type(&e->s, SpvOpTypeInt, SPV_ARGS(bits, 0));
}

/* What lies in buffers may be narrower than what can be computed with. */
static uint32_t memory_type(struct emit *e, uint32_t bytes) {
	if (bytes == 8) {
		return int_type(e, 64);
	}
	spv_capability(&e->s, bytes == 1 ? SpvCapabilityStorageBuffer8BitAccess
					 : SpvCapabilityStorageBuffer16BitAccess);
	if (bytes == 1) {
		spv_extension(&e->s, "SPV_KHR_8bit_storage");
	}
	return spv_type(&e->s, SpvOpTypeInt, SPV_ARGS(bytes * 8, 0));
}

static uint32_t half_type(struct emit *e) {
	spv_capability(&e->s, SpvCapabilityFloat16);
	return spv_type(&e->s, SpvOpTypeFloat, SPV_ARGS(16));
}

/* ---- 64 bits --------------------------------------------------------------------------------- */

uint32_t emit_pack64(struct emit *e, struct ev v) {
	uint32_t pair = OP(CompositeConstruct, spv_vector(&e->s, e->t_uint, 2), v.lo, v.hi);
	return OP(Bitcast, int_type(e, 64), pair);
}

struct ev emit_unpack64(struct emit *e, uint32_t id) {
	uint32_t pair = OP(Bitcast, spv_vector(&e->s, e->t_uint, 2), id);
	return (struct ev){
		emit_extract(e, e->t_uint, pair, 0),
		emit_extract(e, e->t_uint, pair, 1),
	};
}

bool emit_native_binary64(struct emit *e, enum air_op op, struct ev a, struct ev b,
	struct ev *out) {
	static const struct {
		enum air_op op;
		uint16_t spirv;
	} ops[] = {
		{ AIR_ADD, SpvOpIAdd },
		{ AIR_SUB, SpvOpISub },
		{ AIR_MUL, SpvOpIMul },
		{ AIR_UDIV, SpvOpUDiv },
		{ AIR_SDIV, SpvOpSDiv },
		{ AIR_UREM, SpvOpUMod },
		{ AIR_SREM, SpvOpSRem },
		{ AIR_SHL, SpvOpShiftLeftLogical },
		{ AIR_LSHR, SpvOpShiftRightLogical },
		{ AIR_ASHR, SpvOpShiftRightArithmetic },
	};
	if (!emit_has(e, PVG_FEATURE_INT64)) {
		return false;
	}
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (ops[i].op != op) {
			continue;
		}
		bool shifts = op >= AIR_SHL && op <= AIR_ASHR;
		uint32_t t = int_type(e, 64), x = emit_pack64(e, a), y;
		if (shifts) {
			y = OP(BitwiseAnd, e->t_uint, b.lo, U32(63)); // Metal masks the amount
		} else {
			y = emit_pack64(e, b);
		}
		if (op >= AIR_UDIV && op <= AIR_SREM) {
			// By zero is undefined, and must not trap.
			uint32_t none = OP(IEqual, e->t_bool,
				OP(BitwiseOr, e->t_uint, b.lo, b.hi), U32(0));
			uint32_t one = emit_pack64(e, (struct ev){ U32(1), U32(0) });
			y = OP(Select, t, none, one, y);
		}
		if (op == AIR_SREM) {
			// OpSRem with negative operands is undefined in Vulkan: written out.
			uint32_t q = OP(SDiv, t, x, y);
			*out = emit_unpack64(e, OP(ISub, t, x, OP(IMul, t, q, y)));
			return true;
		}
		*out = emit_unpack64(e, spv_op(&e->s, ops[i].spirv, t, SPV_ARGS(x, y)));
		return true;
	}
	return false; // bitwise operations are as good on words
}

bool emit_native_compare64(struct emit *e, enum air_predicate p, struct ev a, struct ev b,
	uint32_t *out) {
	static const uint16_t ops[] = {
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
	if (!emit_has(e, PVG_FEATURE_INT64) || p > AIR_SLE) {
		return false;
	}
	*out = spv_op(&e->s, ops[p], e->t_bool,
		SPV_ARGS(emit_pack64(e, a), emit_pack64(e, b)));
	return true;
}

struct ev emit_native_from_float(struct emit *e, uint32_t x) {
	return emit_unpack64(e, OP(ConvertFToU, int_type(e, 64), x));
}

uint32_t emit_native_to_float(struct emit *e, bool is_signed, struct ev v) {
	uint32_t x = emit_pack64(e, v);
	return is_signed ? OP(ConvertSToF, e->t_float, x) : OP(ConvertUToF, e->t_float, x);
}

/* ---- 16 bits --------------------------------------------------------------------------------- */

static bool half_binary(struct emit *e, enum air_op op, uint32_t a, uint32_t b, uint32_t *out) {
	static const uint16_t ops[] = { SpvOpFAdd, SpvOpFSub, SpvOpFMul, SpvOpFDiv };
	if (op < AIR_FADD || op > AIR_FDIV) {
		return false;
	}
	uint32_t h = half_type(e);
	uint32_t r = spv_op(&e->s, ops[op - AIR_FADD], h,
		SPV_ARGS(OP(FConvert, h, a), OP(FConvert, h, b)));
	*out = OP(FConvert, e->t_float, r);
	return true;
}

/* Those that have to be cut to 16 bits otherwise; the sign of what is shifted is looked at. */
static bool short_binary(struct emit *e, enum air_op op, uint32_t a, uint32_t b, uint32_t *out) {
	static const struct {
		enum air_op op;
		uint16_t spirv;
	} ops[] = {
		{ AIR_ADD, SpvOpIAdd },
		{ AIR_SUB, SpvOpISub },
		{ AIR_MUL, SpvOpIMul },
		{ AIR_SHL, SpvOpShiftLeftLogical },
		{ AIR_ASHR, SpvOpShiftRightArithmetic },
	};
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (ops[i].op != op) {
			continue;
		}
		uint32_t t = int_type(e, 16);
		uint32_t y = op >= AIR_SHL ? OP(BitwiseAnd, e->t_uint, b, U32(15))
					   : OP(UConvert, t, b);
		uint32_t r = spv_op(&e->s, ops[i].spirv, t, SPV_ARGS(OP(UConvert, t, a), y));
		*out = OP(UConvert, e->t_uint, r);
		return true;
	}
	return false;
}

bool emit_native_binary16(struct emit *e, enum air_op op, uint8_t kind, uint32_t a, uint32_t b,
	uint32_t *out) {
	if (kind == AIR_F16 && emit_has(e, PVG_FEATURE_FLOAT16)) {
		return half_binary(e, op, a, b, out);
	}
	return kind == AIR_I16 && emit_has(e, PVG_FEATURE_INT16) &&
		short_binary(e, op, a, b, out);
}

/* ---- memory ---------------------------------------------------------------------------------- */

/*
 * The buffer as an array of other elements: a second variable at the same binding, which Vulkan
 * allows. Both are marked as aliases of each other (emit-mem.c marks the first).
 */
static uint32_t view(struct emit *e, uint32_t root, uint32_t bytes) {
	struct root *r = &e->roots[root];
	uint32_t which = bytes == 8 ? 2 : bytes - 1;
	uint32_t *var = r->packed ? &e->pack_views[which] : &r->views[which];
	if (*var != 0) {
		return *var;
	}
	uint32_t element = memory_type(e, bytes), array = spv_id(&e->s);
	spv_raw(&e->s, &e->s.globals, SpvOpTypeRuntimeArray, SPV_ARGS(array, element));
	spv_decorate(&e->s, array, SpvDecorationArrayStride, &bytes, 1);
	uint32_t binding = r->packed ? e->pack_binding : e->r->slots[r->slot].binding;
	char name[32] = "buffers";
	if (!r->packed) {
		snprintf(name, sizeof(name), "buffer_%02u_%u", r->location, bytes * 8);
	}
	*var = emit_block_variable(e, SpvStorageClassStorageBuffer, array, true, name, binding);
	return *var;
}

/* A pointer to the element of 1, 2 or 8 bytes at a byte of a buffer, aligned to that. */
static uint32_t element_pointer(struct emit *e, uint32_t root, uint32_t address, uint32_t bytes) {
	uint32_t var = view(e, root, bytes);
	uint32_t shift = bytes == 8 ? 3 : bytes - 1;
	uint32_t index = shift == 0 ? address
				    : OP(ShiftRightLogical, e->t_uint, address, U32(shift));
	uint32_t type = spv_pointer(&e->s, SpvStorageClassStorageBuffer, memory_type(e, bytes));
	return OP(AccessChain, type, var, U32(0), index);
}

bool emit_can_store_narrow(const struct emit *e, uint32_t root, uint32_t bytes) {
	const struct root *r = &e->roots[root];
	uint32_t feature = bytes == 1 ? PVG_FEATURE_STORAGE8 : PVG_FEATURE_STORAGE16;
	return r->kind == ROOT_BUFFER && !r->uniform && emit_has(e, feature);
}

void emit_store_narrow(struct emit *e, uint32_t root, uint32_t address, uint32_t bytes,
	uint32_t bits) {
	DO(Store, element_pointer(e, root, address, bytes),
		OP(UConvert, memory_type(e, bytes), bits));
}

uint32_t emit_pointer64(struct emit *e, uint32_t root, uint32_t address) {
	spv_capability(&e->s, SpvCapabilityInt64Atomics);
	return element_pointer(e, root, address, 8);
}
