// SPDX-License-Identifier: GPL-2.0-or-later
#include "load-private.h"

#include <string.h>

#include "float.h"

/* LLVM instructions to own IR, one to one. */

static struct air_value *new_value(struct loader *l, enum air_op op, const struct air_type *type,
		uint32_t op_count) {
	struct air_value *v = pvg_arena_alloc(l->arena, 1, sizeof(*v));
	v->op = op;
	v->type = type;
	v->index = l->function->value_count++;
	v->op_count = op_count;
	v->ops = pvg_arena_alloc(l->arena, op_count, sizeof(struct air_value *));
	return v;
}

/* ---- globals --------------------------------------------------------------------------------- */

/* Writes the bytes of a constant as they lie in memory. */
static bool constant_bytes(struct loader *l, LLVMValueRef c, uint8_t *out) {
	LLVMTypeRef type = LLVMTypeOf(c);
	if (LLVMIsAUndefValue(c) || LLVMIsAConstantAggregateZero(c) || LLVMIsNull(c)) {
		return true;
	}
	switch (LLVMGetTypeKind(type)) {
	case LLVMIntegerTypeKind: {
		if (LLVMIsAConstantInt(c) == NULL || LLVMGetIntTypeWidth(type) > 64) {
			break;
		}
		uint64_t v = LLVMConstIntGetZExtValue(c);
		uint64_t n = LLVMABISizeOfType(l->layout, type);
		for (uint64_t i = 0; i < n; i++) {
			out[i] = (uint8_t)(v >> 8 * i);
		}
		return true;
	}
	case LLVMHalfTypeKind:
	case LLVMBFloatTypeKind:
	case LLVMFloatTypeKind: {
		if (LLVMIsAConstantFP(c) == NULL) {
			break;
		}
		LLVMBool loses;
		float f = (float)LLVMConstRealGetDouble(c, &loses);
		uint32_t bits = pvg_float_bits(f);
		if (LLVMGetTypeKind(type) == LLVMHalfTypeKind) {
			bits = pvg_float_to_half(f);
		} else if (LLVMGetTypeKind(type) == LLVMBFloatTypeKind) {
			bits >>= 16;
		}
		uint64_t n = LLVMABISizeOfType(l->layout, type);
		for (uint64_t i = 0; i < n; i++) {
			out[i] = (uint8_t)(bits >> 8 * i);
		}
		return true;
	}
	case LLVMArrayTypeKind:
	case LLVMVectorTypeKind: {
		bool vector = LLVMGetTypeKind(type) == LLVMVectorTypeKind;
		uint64_t n = vector ? LLVMGetVectorSize(type) : LLVMGetArrayLength2(type);
		uint64_t stride = LLVMABISizeOfType(l->layout, LLVMGetElementType(type));
		for (uint64_t i = 0; i < n; i++) {
			LLVMValueRef e = LLVMGetAggregateElement(c, (unsigned)i);
			if (e == NULL || !constant_bytes(l, e, out + i * stride)) {
				return false;
			}
		}
		return true;
	}
	case LLVMStructTypeKind: {
		unsigned n = LLVMCountStructElementTypes(type);
		for (unsigned i = 0; i < n; i++) {
			LLVMValueRef e = LLVMGetAggregateElement(c, i);
			if (e == NULL ||
				!constant_bytes(l, e,
					out + LLVMOffsetOfElement(l->layout, type, i))) {
				return false;
			}
		}
		return true;
	}
	default:
		break;
	}
	return pvg_shader_refuse(l->status, PVG_SHADER_POINTER, "constant table of pointers");
}

static struct air_global *load_global(struct loader *l, LLVMValueRef global) {
	struct air_global *g = load_map_get(&l->globals, global);
	if (g != NULL) {
		return g;
	}
	LLVMTypeRef type = LLVMGlobalGetValueType(global);
	size_t n;
	const char *name = LLVMGetValueName2(global, &n);
	g = pvg_arena_alloc(l->arena, 1, sizeof(*g));
	g->name = pvg_arena_text(l->arena, name, n);
	g->space = (uint8_t)LLVMGetPointerAddressSpace(LLVMTypeOf(global));
	uint64_t size = LLVMTypeIsSized(type) ? LLVMABISizeOfType(l->layout, type) : 0;
	if (size > LOAD_MAX_TABLE_BYTES) {
		pvg_shader_refuse(l->status, PVG_SHADER_LIMIT_SIZE, "%llu bytes of %s",
			(unsigned long long)size, g->name);
		return NULL;
	}
	g->size_bytes = (uint32_t)size;
	g->align_bytes = LLVMABIAlignmentOfType(l->layout, type);
	LLVMValueRef init = LLVMGetInitializer(global);
	if (g->space != AIR_SPACE_THREADGROUP) {
		if (init == NULL) {
			pvg_shader_refuse(l->status, PVG_SHADER_POINTER, "global %s has no value",
				g->name);
			return NULL;
		}
		uint8_t *data = pvg_arena_alloc(l->arena, g->size_bytes, 1);
		if (!constant_bytes(l, init, data)) {
			return NULL;
		}
		g->data = data;
		g->sampler = strstr(g->name, "air_sampler_state") != NULL;
		if (g->sampler) {
			for (uint32_t i = 0; i < 16 && i < g->size_bytes; i++) {
				g->sampler_words[i / 8] |= (uint64_t)data[i] << 8 * (i % 8);
			}
		}
	}
	g->index = l->function->global_count++;
	if (g->index >= 256) {
		pvg_shader_refuse(l->status, PVG_SHADER_LIMIT_SIZE, "more than 256 globals");
		return NULL;
	}
	l->function->globals[g->index] = g;
	load_map_put(&l->globals, global, g);
	return g;
}

/* ---- constants ------------------------------------------------------------------------------- */

/* Offset of constant indices; false when an index is not constant. */
static bool constant_gep(struct loader *l, LLVMValueRef gep, int64_t *offset) {
	LLVMTypeRef type = LLVMGetGEPSourceElementType(gep);
	unsigned n = (unsigned)LLVMGetNumOperands(gep);
	for (unsigned i = 1; i < n; i++) {
		LLVMValueRef index = LLVMGetOperand(gep, i);
		if (LLVMIsAConstantInt(index) == NULL) {
			return false;
		}
		int64_t v = LLVMConstIntGetSExtValue(index);
		if (i > 1) {
			if (LLVMGetTypeKind(type) == LLVMStructTypeKind) {
				*offset +=
					(int64_t)LLVMOffsetOfElement(l->layout, type, (unsigned)v);
				type = LLVMStructGetTypeAtIndex(type, (unsigned)v);
				continue;
			}
			type = LLVMGetElementType(type);
		}
		*offset += v * (int64_t)LLVMABISizeOfType(l->layout, type);
	}
	return true;
}

/* The C interface gives no more than 64 bits of a constant, but its text has all. */
static bool fill_wide(struct loader *l, LLVMValueRef c, struct air_value *v, uint32_t count,
		uint32_t *at) {
	uint32_t words[AIR_MAX_INTEGER_BITS / 32] = {0};
	char *text = LLVMPrintValueToString(c); // "i96 -123"
	const char *digit = strchr(text, ' ');
	bool negative = digit != NULL && digit[1] == '-';
	bool ok = digit != NULL;
	for (digit += ok ? (negative ? 2 : 1) : 0; ok && *digit != '\0'; digit++) {
		uint64_t carry = (uint64_t)(*digit - '0');
		ok = carry <= 9;
		for (uint32_t i = 0; i < AIR_MAX_INTEGER_BITS / 32; i++) {
			carry += (uint64_t)words[i] * 10;
			words[i] = (uint32_t)carry;
			carry >>= 32;
		}
	}
	LLVMDisposeMessage(text);
	uint64_t carry = 1;
	for (uint32_t i = 0; negative && i < AIR_MAX_INTEGER_BITS / 32; i++) {
		carry += (uint32_t)~words[i];
		words[i] = (uint32_t)carry;
		carry >>= 32;
	}
	for (uint32_t i = 0; i < count; i++) {
		uint32_t bits = air_kind_bits(v->type->comps[*at].kind);
		v->constant.bits[(*at)++] = words[i] & (uint32_t)(UINT64_MAX >> (64 - bits));
	}
	return ok || pvg_shader_refuse(l->status, PVG_SHADER_INSTRUCTION, "wide constant");
}

static bool fill_constant(struct loader *l, LLVMValueRef c, struct air_value *v, uint32_t *at) {
	LLVMTypeRef type = LLVMTypeOf(c);
	LLVMTypeKind kind = LLVMGetTypeKind(type);
	const struct air_type *t = load_type(l, type);
	if (t == NULL) {
		return false;
	}
	if (LLVMIsAUndefValue(c) || LLVMIsAConstantAggregateZero(c) ||
		LLVMIsAConstantPointerNull(c)) {
		*at += t->comp_count;
		return true;
	}
	if (kind == LLVMVectorTypeKind || kind == LLVMArrayTypeKind || kind == LLVMStructTypeKind) {
		uint64_t n = kind == LLVMVectorTypeKind ? LLVMGetVectorSize(type)
			: kind == LLVMArrayTypeKind     ? LLVMGetArrayLength2(type)
							: LLVMCountStructElementTypes(type);
		for (uint64_t i = 0; i < n && !(t->matrix && i >= 2); i++) {
			LLVMValueRef e = LLVMGetAggregateElement(c, (unsigned)i);
			if (e == NULL || !fill_constant(l, e, v, at)) {
				return pvg_shader_refuse(l->status, PVG_SHADER_INSTRUCTION,
					"constant aggregate");
			}
		}
		return true;
	}
	if (t->wide && LLVMIsAConstantInt(c)) {
		return fill_wide(l, c, v, t->comp_count, at);
	}
	uint32_t slot = (*at)++;
	if (LLVMIsAConstantInt(c)) {
		v->constant.bits[slot] = LLVMConstIntGetZExtValue(c);
		return true;
	}
	if (LLVMIsAConstantFP(c)) {
		LLVMBool loses;
		v->constant.bits[slot] = pvg_float_bits((float)LLVMConstRealGetDouble(c, &loses));
		return true;
	}
	if (kind == LLVMPointerTypeKind) {
		int64_t offset = 0;
		LLVMValueRef p = c;
		while (LLVMIsAConstantExpr(p)) {
			LLVMOpcode op = LLVMGetConstOpcode(p);
			if (op == LLVMGetElementPtr ? !constant_gep(l, p, &offset) :
					op != LLVMBitCast && op != LLVMAddrSpaceCast) {
				break;
			}
			p = LLVMGetOperand(p, 0);
		}
		if (LLVMIsAGlobalVariable(p)) {
			struct air_global *g = load_global(l, p);
			v->constant.bits[slot] = (uint64_t)offset;
			v->constant.globals[slot] = g;
			return g != NULL;
		}
	}
	return pvg_shader_refuse(l->status, PVG_SHADER_INSTRUCTION, "constant expression");
}

static struct air_value *load_constant(struct loader *l, LLVMValueRef c) {
	const struct air_type *type = load_type(l, LLVMTypeOf(c));
	if (type == NULL) {
		return NULL;
	}
	struct air_value *v = new_value(l, AIR_CONST, type, 0);
	v->constant.bits = pvg_arena_alloc(l->arena, type->comp_count, sizeof(uint64_t));
	v->constant.globals =
		pvg_arena_alloc(l->arena, type->comp_count, sizeof(struct air_global *));
	uint32_t at = 0;
	return fill_constant(l, c, v, &at) ? v : NULL;
}

static struct air_value *get_value(struct loader *l, LLVMValueRef value) {
	struct air_value *v = load_map_get(&l->values, value);
	if (v != NULL) {
		return v;
	}
	if (!LLVMIsConstant(value)) {
		pvg_shader_refuse(l->status, PVG_SHADER_INSTRUCTION, "operand kind %d",
			(int)LLVMGetValueKind(value));
		return NULL;
	}
	v = load_constant(l, value);
	if (v != NULL) {
		load_map_put(&l->values, value, v);
	}
	return v;
}

/* ---- instructions ---------------------------------------------------------------------------- */

static bool set_ops(struct loader *l, struct air_value *v, LLVMValueRef inst, uint32_t count) {
	for (uint32_t i = 0; i < count; i++) {
		v->ops[i] = get_value(l, LLVMGetOperand(inst, i));
		if (v->ops[i] == NULL || v->ops[i]->type->comp_count == 0) {
			return pvg_shader_refuse(l->status, PVG_SHADER_TYPE, "empty struct");
		}
	}
	return true;
}

/* First component that an index path of extractvalue or insertvalue names. */
static uint32_t path_first(struct loader *l, LLVMTypeRef type, const unsigned *indices,
	unsigned n) {
	uint32_t first = 0;
	for (unsigned i = 0; i < n; i++) {
		unsigned index = indices[i];
		bool is_struct = LLVMGetTypeKind(type) == LLVMStructTypeKind;
		for (unsigned k = 0; k < index; k++) {
			LLVMTypeRef before = is_struct ? LLVMStructGetTypeAtIndex(type, k)
						       : LLVMGetElementType(type);
			const struct air_type *t = load_type(l, before);
			first += t != NULL ? t->comp_count : 0;
		}
		type = is_struct ? LLVMStructGetTypeAtIndex(type, index) : LLVMGetElementType(type);
	}
	return first;
}

static bool convert_gep(struct loader *l, LLVMValueRef inst, struct air_value *v) {
	if (LLVMGetTypeKind(LLVMTypeOf(inst)) == LLVMVectorTypeKind) {
		return pvg_shader_refuse(l->status, PVG_SHADER_INSTRUCTION, "vector of pointers");
	}
	LLVMTypeRef type = LLVMGetGEPSourceElementType(inst);
	unsigned n = (unsigned)LLVMGetNumOperands(inst);
	v->ptradd.scales_bytes = pvg_arena_alloc(l->arena, n, sizeof(int64_t));
	v->ops[0] = get_value(l, LLVMGetOperand(inst, 0));
	v->op_count = 1;
	for (unsigned i = 1; i < n; i++) {
		LLVMValueRef index = LLVMGetOperand(inst, i);
		if (i > 1 && LLVMGetTypeKind(type) == LLVMStructTypeKind) {
			unsigned k = (unsigned)LLVMConstIntGetZExtValue(index);
			v->ptradd.offset_bytes += (int64_t)LLVMOffsetOfElement(l->layout, type, k);
			type = LLVMStructGetTypeAtIndex(type, k);
			continue;
		}
		if (i > 1) {
			type = LLVMGetElementType(type);
		}
		int64_t scale = (int64_t)LLVMABISizeOfType(l->layout, type);
		if (LLVMIsAConstantInt(index)) {
			v->ptradd.offset_bytes += LLVMConstIntGetSExtValue(index) * scale;
			continue;
		}
		v->ptradd.scales_bytes[v->op_count - 1] = scale;
		v->ops[v->op_count++] = get_value(l, index);
		if (v->ops[v->op_count - 1] == NULL) {
			return false;
		}
	}
	return v->ops[0] != NULL;
}

static bool ignored_call(const char *name) {
	static const char *const ignored[] = {
		"llvm.lifetime.", "llvm.sideeffect", "llvm.invariant.", "llvm.prefetch",
		"llvm.dbg.",
		"llvm.assume",
		"llvm.experimental.noalias",
		"llvm.donothing",
		"llvm.var.annotation",
	};
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
		if (strncmp(name, ignored[i], strlen(ignored[i])) == 0) {
			return true;
		}
	}
	return false;
}

/* The least alignment that the pointer arguments of a call promise. */
static uint32_t pointer_alignment(LLVMValueRef call, uint32_t count) {
	unsigned kind = LLVMGetEnumAttributeKindForName("align", 5);
	uint64_t least = UINT32_MAX;
	for (uint32_t i = 0; i < count; i++) {
		if (LLVMGetTypeKind(LLVMTypeOf(LLVMGetOperand(call, i))) != LLVMPointerTypeKind) {
			continue;
		}
		LLVMAttributeRef a = LLVMGetCallSiteEnumAttribute(call, i + 1, kind);
		uint64_t align = a != NULL ? LLVMGetEnumAttributeValue(a) : 1;
		least = align < least ? align : least;
	}
	return (uint32_t)least;
}

/* Fills what an opcode needs beyond its operands; ops[] is allocated, not set. */
static bool convert_inst(struct loader *l, LLVMValueRef inst, struct air_value *v) {
	LLVMOpcode op = LLVMGetInstructionOpcode(inst);
	uint32_t n = v->op_count;
	switch (op) {
	case LLVMICmp:
	case LLVMFCmp: {
		static const enum air_predicate integer[] = {
			AIR_EQ, AIR_NE, AIR_UGT, AIR_UGE, AIR_ULT, AIR_ULE, AIR_SGT, AIR_SGE,
			AIR_SLT, AIR_SLE,
		};
		v->predicate = op == LLVMICmp ? integer[LLVMGetICmpPredicate(inst) - LLVMIntEQ] :
			(enum air_predicate)((int)AIR_F_FALSE + (int)LLVMGetFCmpPredicate(inst));
		return set_ops(l, v, inst, n);
	}
	case LLVMLoad:
	case LLVMStore:
		v->memory.align_bytes = LLVMGetAlignment(inst);
		v->memory.is_volatile = LLVMGetVolatile(inst);
		return set_ops(l, v, inst, n);
	case LLVMGetElementPtr:
		return convert_gep(l, inst, v);
	case LLVMAlloca: {
		LLVMValueRef length = LLVMGetOperand(inst, 0);
		uint64_t size = LLVMABISizeOfType(l->layout, LLVMGetAllocatedType(inst));
		v->op_count = 0;
		if (LLVMIsAConstantInt(length) == NULL || size > LOAD_MAX_TABLE_BYTES ||
				size * LLVMConstIntGetZExtValue(length) > LOAD_MAX_TABLE_BYTES) {
			return pvg_shader_refuse(l->status, PVG_SHADER_LIMIT_SIZE, "private array");
		}
		v->alloca_bytes = (uint32_t)(size * LLVMConstIntGetZExtValue(length));
		return true;
	}
	case LLVMExtractElement:
	case LLVMInsertElement: {
		LLVMValueRef index = LLVMGetOperand(inst, n - 1);
		if (LLVMIsAConstantInt(index)) {
			uint64_t first = LLVMConstIntGetZExtValue(index);
			const struct air_type *t =
				load_type(l, LLVMTypeOf(LLVMGetOperand(inst, 0)));
			v->op = op == LLVMExtractElement ? AIR_EXTRACT : AIR_INSERT;
			v->op_count = n - 1;
			if (t == NULL || first >= t->comp_count) {
				return pvg_shader_refuse(l->status, PVG_SHADER_INSTRUCTION,
					"vector index");
			}
			v->first = (uint32_t)first;
		}
		return set_ops(l, v, inst, v->op_count);
	}
	case LLVMExtractValue:
	case LLVMInsertValue:
		v->first = path_first(l, LLVMTypeOf(LLVMGetOperand(inst, 0)), LLVMGetIndices(inst),
			LLVMGetNumIndices(inst));
		return set_ops(l, v, inst, n);
	case LLVMShuffleVector: {
		unsigned m = LLVMGetNumMaskElements(inst);
		if (m > 32) {
			return pvg_shader_refuse(l->status, PVG_SHADER_INSTRUCTION,
				"shuffle of a matrix");
		}
		v->mask = pvg_arena_alloc(l->arena, m, sizeof(uint32_t));
		for (unsigned i = 0; i < m; i++) {
			int e = LLVMGetMaskValue(inst, i);
			v->mask[i] = e < 0 ? UINT32_MAX : (uint32_t)e;
		}
		return set_ops(l, v, inst, n);
	}
	case LLVMCall: {
		size_t length;
		const char *name = LLVMGetValueName2(LLVMGetCalledValue(inst), &length);
		v->callee = pvg_arena_text(l->arena, name, length);
		v->op_count = LLVMGetNumArgOperands(inst);
		v->call_align = pointer_alignment(inst, v->op_count);
		return set_ops(l, v, inst, v->op_count);
	}
	case LLVMPHI:
		return true; // operands later: they may not be converted yet
	default:
		return set_ops(l, v, inst, n);
	}
}

static bool opcode_of(LLVMOpcode op, enum air_op *out) {
	static const struct {
		LLVMOpcode from;
		enum air_op to;
	} table[] = {
		{ LLVMAdd, AIR_ADD },
		{ LLVMSub, AIR_SUB },
		{ LLVMMul, AIR_MUL },
		{ LLVMUDiv, AIR_UDIV },
		{ LLVMSDiv, AIR_SDIV },
		{ LLVMURem, AIR_UREM },
		{ LLVMSRem, AIR_SREM },
		{ LLVMShl, AIR_SHL },
		{ LLVMLShr, AIR_LSHR },
		{ LLVMAShr, AIR_ASHR },
		{ LLVMAnd, AIR_AND },
		{ LLVMOr, AIR_OR },
		{ LLVMXor, AIR_XOR },
		{ LLVMFAdd, AIR_FADD },
		{ LLVMFSub, AIR_FSUB },
		{ LLVMFMul, AIR_FMUL },
		{ LLVMFDiv, AIR_FDIV },
		{ LLVMFRem, AIR_FREM },
		{ LLVMFNeg, AIR_FNEG },
		{ LLVMICmp, AIR_ICMP },
		{ LLVMFCmp, AIR_FCMP },
		{ LLVMTrunc, AIR_TRUNC },
		{ LLVMZExt, AIR_ZEXT },
		{ LLVMSExt, AIR_SEXT },
		{ LLVMFPTrunc, AIR_FPTRUNC },
		{ LLVMFPExt, AIR_FPEXT },
		{ LLVMFPToUI, AIR_FPTOUI },
		{ LLVMFPToSI, AIR_FPTOSI },
		{ LLVMUIToFP, AIR_UITOFP },
		{ LLVMSIToFP, AIR_SITOFP },
		{ LLVMBitCast, AIR_BITCAST },
		{ LLVMFreeze, AIR_COPY },
		{ LLVMAddrSpaceCast, AIR_COPY },
		{ LLVMPtrToInt, AIR_ZEXT },
		{ LLVMSelect, AIR_SELECT },
		{ LLVMPHI, AIR_PHI },
		{ LLVMLoad, AIR_LOAD },
		{ LLVMStore, AIR_STORE },
		{ LLVMGetElementPtr, AIR_PTRADD },
		{ LLVMAlloca, AIR_ALLOCA },
		{ LLVMExtractValue, AIR_EXTRACT },
		{ LLVMInsertValue, AIR_INSERT },
		{ LLVMShuffleVector, AIR_SHUFFLE },
		{ LLVMExtractElement, AIR_EXTRACT_DYNAMIC },
		{ LLVMInsertElement, AIR_INSERT_DYNAMIC },
		{ LLVMCall, AIR_CALL },
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].from == op) {
			*out = table[i].to;
			return true;
		}
	}
	return false;
}

static void append(struct loader *l, struct air_block *b, struct air_value *v) {
	if (b->count == b->capacity) {
		uint32_t capacity = b->capacity > 0 ? b->capacity * 2 : 16;
		struct air_value **insts = pvg_arena_alloc(l->arena, capacity, sizeof(*insts));
		if (b->count > 0) {
			memcpy(insts, b->insts, b->count * sizeof(*insts));
		}
		b->insts = insts;
		b->capacity = capacity;
	}
	b->insts[b->count++] = v;
	v->block = b;
	l->function->inst_count++;
}

static bool convert_terminator(struct loader *l, LLVMValueRef inst, struct air_block *b) {
	switch (LLVMGetInstructionOpcode(inst)) {
	case LLVMRet:
		b->terminator = AIR_RET;
		if (LLVMGetNumOperands(inst) > 0) {
			b->result = get_value(l, LLVMGetOperand(inst, 0));
			return b->result != NULL;
		}
		return true;
	case LLVMBr:
		b->terminator = LLVMIsConditional(inst) ? AIR_CONDBR : AIR_BR;
		for (unsigned i = 0; i < LLVMGetNumSuccessors(inst); i++) {
			b->next[i] = load_map_get(&l->blocks, LLVMGetSuccessor(inst, i));
		}
		if (b->terminator == AIR_CONDBR) {
			b->condition = get_value(l, LLVMGetCondition(inst));
			return b->condition != NULL;
		}
		return true;
	default:
		return pvg_shader_refuse(l->status, PVG_SHADER_CONTROL_FLOW, "terminator");
	}
}

static bool convert_block(struct loader *l, LLVMBasicBlockRef bb, struct air_block *b) {
	for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i != NULL;
		i = LLVMGetNextInstruction(i)) {
		if (LLVMIsATerminatorInst(i)) {
			continue; // after all values exist
		}
		LLVMOpcode opcode = LLVMGetInstructionOpcode(i);
		enum air_op op;
		if (!opcode_of(opcode, &op)) {
			return pvg_shader_refuse(l->status, PVG_SHADER_INSTRUCTION, "%s",
				opcode == LLVMIntToPtr           ? "inttoptr"
					: opcode == LLVMPtrToInt ? "ptrtoint"
								 : "opcode");
		}
		if (op == AIR_CALL) {
			size_t n;
			if (ignored_call(LLVMGetValueName2(LLVMGetCalledValue(i), &n))) {
				continue;
			}
		}
		const struct air_type *type = load_type(l, LLVMTypeOf(i));
		if (type == NULL) {
			return false;
		}
		struct air_value *v = new_value(l, op, type, (uint32_t)LLVMGetNumOperands(i));
		load_map_put(&l->values, i, v);
		append(l, b, v);
		if (!convert_inst(l, i, v)) {
			return false;
		}
	}
	return true;
}

static bool convert_phis(struct loader *l, LLVMBasicBlockRef bb) {
	for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i != NULL && LLVMIsAPHINode(i);
			i = LLVMGetNextInstruction(i)) {
		struct air_value *v = load_map_get(&l->values, i);
		unsigned n = LLVMCountIncoming(i);
		v->phi_blocks = pvg_arena_alloc(l->arena, n, sizeof(struct air_block *));
		v->ops = pvg_arena_alloc(l->arena, n, sizeof(struct air_value *));
		v->op_count = n;
		for (unsigned k = 0; k < n; k++) {
			v->phi_blocks[k] = load_map_get(&l->blocks, LLVMGetIncomingBlock(i, k));
			v->ops[k] = get_value(l, LLVMGetIncomingValue(i, k));
			if (v->ops[k] == NULL || v->phi_blocks[k] == NULL) {
				return false;
			}
		}
	}
	return true;
}

/* Depth first from the entry, so that a definition is converted before the uses it dominates. */
struct order {
	LLVMBasicBlockRef *post; // arena, post order
	uint32_t count;
};

static bool order_blocks(struct loader *l, struct order *order) {
	uint32_t max = LLVMCountBasicBlocks(l->entry);
	struct frame {
		LLVMBasicBlockRef block;
		unsigned next;
	} *stack = pvg_arena_alloc(l->arena, max + 1u, sizeof(*stack));
	order->post = pvg_arena_alloc(l->arena, max, sizeof(LLVMBasicBlockRef));
	uint32_t depth = 0;
	stack[depth++] = (struct frame){LLVMGetEntryBasicBlock(l->entry), 0};
	struct load_map seen = {0};
	load_map_put(&seen, stack[0].block, l);
	while (depth > 0) {
		struct frame *f = &stack[depth - 1];
		LLVMValueRef last = LLVMGetBasicBlockTerminator(f->block);
		unsigned n = last != NULL ? LLVMGetNumSuccessors(last) : 0;
		if (f->next == n) {
			order->post[order->count++] = f->block;
			depth--;
			continue;
		}
		// The last successor first: the reverse then reads in source order.
		LLVMBasicBlockRef next = LLVMGetSuccessor(last, n - 1 - f->next++);
		if (load_map_get(&seen, next) == NULL) {
			load_map_put(&seen, next, l);
			stack[depth++] = (struct frame){next, 0};
		}
	}
	load_map_finish(&seen);
	return true;
}

static bool convert_params(struct loader *l) {
	struct air_function *f = l->function;
	f->arg_count = LLVMCountParams(l->entry);
	if (f->arg_count > LOAD_MAX_ARGS) {
		return pvg_shader_refuse(l->status, PVG_SHADER_ARGUMENT, "%u arguments",
			f->arg_count);
	}
	f->args = pvg_arena_alloc(l->arena, f->arg_count, sizeof(*f->args));
	f->arg_values = pvg_arena_alloc(l->arena, f->arg_count, sizeof(*f->arg_values));
	for (uint32_t i = 0; i < f->arg_count; i++) {
		f->args[i].name = f->args[i].semantic = f->args[i].type_name = "";
	}
	for (uint32_t i = 0; i < l->input_count; i++) {
		f->args[l->inputs[i].arg_index] = l->inputs[i].param;
	}
	for (uint32_t i = 0; i < f->arg_count; i++) {
		LLVMValueRef param = LLVMGetParam(l->entry, i);
		const struct air_type *type = load_type(l, LLVMTypeOf(param));
		if (type == NULL) {
			return false;
		}
		f->args[i].type = type;
		f->arg_values[i] = new_value(l, AIR_ARG, type, 0);
		f->arg_values[i]->arg = i;
		load_map_put(&l->values, param, f->arg_values[i]);
	}
	LLVMTypeRef result = LLVMGetReturnType(LLVMGlobalGetValueType(l->entry));
	f->outputs = pvg_arena_alloc(l->arena, l->output_count, sizeof(*f->outputs));
	f->output_count = l->output_count;
	// One output may be returned bare, or as a struct of one member.
	bool is_struct = LLVMGetTypeKind(result) == LLVMStructTypeKind;
	if (l->output_count > 1 && (!is_struct ||
			LLVMCountStructElementTypes(result) != l->output_count)) {
		return pvg_shader_refuse(l->status, PVG_SHADER_BAD_METADATA,
			"outputs and return type differ");
	}
	if (l->output_count > 0 && LLVMGetTypeKind(result) == LLVMVoidTypeKind) {
		return pvg_shader_refuse(l->status, PVG_SHADER_BAD_METADATA,
			"outputs of a void function");
	}
	for (uint32_t i = 0; i < l->output_count; i++) {
		f->outputs[i] = l->outputs[i].param;
		LLVMTypeRef type = is_struct ? LLVMStructGetTypeAtIndex(result, i) : result;
		f->outputs[i].type = load_type(l, type);
		f->outputs[i].first_comp = is_struct ? path_first(l, result, &i, 1) : 0;
		if (f->outputs[i].type == NULL) {
			return false;
		}
	}
	return true;
}

bool load_convert(struct loader *l) {
	struct air_function *f = l->function;
	f->globals = pvg_arena_alloc(l->arena, 256, sizeof(*f->globals));
	struct order order = {0};
	if (!convert_params(l) || !order_blocks(l, &order)) {
		return false;
	}
	f->block_count = order.count;
	f->blocks = pvg_arena_alloc(l->arena, order.count, sizeof(*f->blocks));
	for (uint32_t i = 0; i < order.count; i++) {
		struct air_block *b = pvg_arena_alloc(l->arena, 1, sizeof(*b));
		b->index = i;
		f->blocks[i] = b;
		load_map_put(&l->blocks, order.post[order.count - 1 - i], b);
	}
	for (uint32_t i = 0; i < order.count; i++) {
		if (!convert_block(l, order.post[order.count - 1 - i], f->blocks[i])) {
			return false;
		}
	}
	for (uint32_t i = 0; i < order.count; i++) {
		LLVMBasicBlockRef bb = order.post[order.count - 1 - i];
		if (!convert_phis(l, bb) ||
			!convert_terminator(l, LLVMGetBasicBlockTerminator(bb), f->blocks[i])) {
			return pvg_shader_refuse(l->status, PVG_SHADER_INSTRUCTION,
				"phi or branch");
		}
	}
	return l->status->reason == PVG_SHADER_OK;
}
