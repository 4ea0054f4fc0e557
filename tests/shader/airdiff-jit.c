// SPDX-License-Identifier: GPL-2.0-or-later
#include "airdiff-jit.h"

#include <llvm-c/Analysis.h>
#include <llvm-c/BitReader.h>
#include <llvm-c/DebugInfo.h>
#include <llvm-c/Error.h>
#include <llvm-c/ExecutionEngine.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <stdio.h>
#include <string.h>

/*
 * AIR to machine code. Every access to device and threadgroup memory asks diff_at where that is,
 * every floating-point result passes through airdiff-numbers.c, every air function is a call of
 * handle_call. Fast-math flags are taken off: this side does what was written.
 */

#define MAX_SITES 8192u

void (*diff_jitted)(void **arguments, void *result);
struct diff_global diff_globals[DIFF_GLOBALS];
uint32_t diff_global_count;

static struct diff_site sites[MAX_SITES];
static uint32_t site_count;
static LLVMValueRef global_values[DIFF_GLOBALS];

/* Declared in the module, mapped to functions of ours. */
enum hook {
	HOOK_CALL,
	HOOK_AT,
	HOOK_NOTE,
	HOOK_FLOAT,
	HOOK_VECTOR,
	HOOK_COPY,
	HOOK_FILL,
	HOOK_COMPARED,
	HOOKS
};
static LLVMValueRef hooks[HOOKS];

const struct diff_site *diff_site_of(uint32_t number) {
	return &sites[number];
}

static void handle_call(uint32_t number, void **args, void *result) {
	if (!diff_air_call(&sites[number], number, args, result, false)) {
		diff_give_up("air function", sites[number].name);
	}
}

static void *handle_at(uint64_t pointer, uint32_t bytes, uint32_t flags) {
	uint32_t align = flags >> 1 & 0x7fff;
	if (align > 1 && (pointer & (align - 1)) != 0) {
		diff_give_up("is not aligned with these inputs", "");
	}
	if (flags >> 16 == 1 && (pointer >> 62 & 1) == 0) {
		diff_give_up("computes an address far outside with these inputs", "");
	}
	uint32_t space = flags >> 16;
	bool inside = (pointer >> 62 & 1) != 0;
	for (uint32_t i = 0; i < diff_global_count && !inside; i++) {
		uint64_t at = pointer - (uintptr_t)diff_globals[i].memory;
		inside = diff_globals[i].space == space && at < diff_globals[i].bytes &&
			bytes <= diff_globals[i].bytes - at;
	}
	if (!inside) {
		diff_give_up(space == 3 ? "leaves its threadgroup memory with these inputs"
					: "leaves its tables with these inputs",
			"");
	}
	return diff_at(pointer, bytes, flags & 1);
}

static void handle_note(uint64_t pointer, uint32_t kind, uint32_t count) {
	diff_note(pointer, (uint8_t)kind, count, false);
}

static void handle_copy(uint64_t to, uint64_t from, uint64_t bytes) {
	uint8_t value[64];
	for (uint64_t i = 0; i < bytes; i += sizeof(value)) {
		uint32_t n =
			bytes - i < sizeof(value) ? (uint32_t)(bytes - i) : (uint32_t)sizeof(value);
		memcpy(value, diff_at(from + i, n, false), n);
		memcpy(diff_at(to + i, n, true), value, n);
		diff_note(to + i, DIFF_T_I8, n, false);
	}
}

static void handle_fill(uint64_t to, uint32_t value, uint64_t bytes) {
	for (uint64_t i = 0; i < bytes; i++) {
		memset(diff_at(to + i, 1, true), (int)value, 1);
		diff_note(to + i, DIFF_T_I8, 1, false);
	}
}

/* A comparison that was promised no NaN and got one may come out either way. */
static void handle_compared(float v) {
	if (v != v) {
		diff_saw_nan();
	}
}

/* bfloat has no instruction on most machines: what LLVM calls for it, by its ABI. */
__attribute__((visibility("default"))) __bf16 __truncsfbf2(float f);
__attribute__((visibility("default"))) __bf16 __truncsfbf2(float f) {
	uint32_t bits;
	memcpy(&bits, &f, sizeof(bits));
	uint16_t half = f != f ? 0x7fc0 : (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
	__bf16 r;
	memcpy(&r, &half, sizeof(r));
	return r;
}

struct diff_type diff_type_of(LLVMTypeRef t) {
	struct diff_type r = { DIFF_T_OTHER, 1 };
	if (LLVMGetTypeKind(t) == LLVMVectorTypeKind) {
		r.count = (uint8_t)LLVMGetVectorSize(t);
		t = LLVMGetElementType(t);
	}
	unsigned w = LLVMGetTypeKind(t) == LLVMIntegerTypeKind ? LLVMGetIntTypeWidth(t) : 0;
	switch (LLVMGetTypeKind(t)) {
	case LLVMVoidTypeKind:
		r.kind = DIFF_T_VOID;
		break;
	case LLVMIntegerTypeKind:
		r.kind = w == 1   ? DIFF_T_I1
			: w == 8  ? DIFF_T_I8
			: w == 16 ? DIFF_T_I16
			: w == 32 ? DIFF_T_I32
			: w == 64 ? DIFF_T_I64
				  : DIFF_T_OTHER;
		break;
	case LLVMHalfTypeKind:
		r.kind = DIFF_T_HALF;
		break;
	case LLVMBFloatTypeKind:
		r.kind = DIFF_T_BFLOAT;
		break;
	case LLVMFloatTypeKind:
		r.kind = DIFF_T_FLOAT;
		break;
	case LLVMPointerTypeKind:
		r.kind = DIFF_T_PTR;
		break;
	default:
		break;
	}
	return r;
}

static LLVMTypeRef ptr_type(const struct diff_module *m) {
	return LLVMPointerTypeInContext(m->context, 0);
}

static LLVMValueRef u32(const struct diff_module *m, uint64_t v) {
	return LLVMConstInt(LLVMInt32TypeInContext(m->context), v, false);
}

static LLVMValueRef call_hook(struct diff_module *m, enum hook h, LLVMValueRef *args, unsigned n) {
	return LLVMBuildCall2(m->builder, LLVMGlobalGetValueType(hooks[h]), hooks[h], args, n, "");
}

/* Vectors of bools are packed bits in memory: they travel as bytes. */
static LLVMTypeRef memory_type(const struct diff_module *m, LLVMTypeRef t) {
	LLVMTypeRef i8 = LLVMInt8TypeInContext(m->context);
	if (LLVMGetTypeKind(t) == LLVMVectorTypeKind &&
		LLVMGetElementType(t) == LLVMInt1TypeInContext(m->context)) {
		return LLVMVectorType(i8, LLVMGetVectorSize(t));
	}
	return t;
}

static LLVMValueRef alloca_at_top(const struct diff_module *m, LLVMValueRef fn, LLVMTypeRef type) {
	LLVMBasicBlockRef entry = LLVMGetEntryBasicBlock(fn);
	LLVMPositionBuilderBefore(m->builder, LLVMGetFirstInstruction(entry));
	return LLVMBuildAlloca(m->builder, type, "");
}

static void describe(struct diff_site *s, LLVMValueRef call, const char *name) {
	LLVMTypeRef result = LLVMTypeOf(call);
	unsigned n = LLVMGetNumArgOperands(call);
	snprintf(s->name, sizeof(s->name), "%s", name);
	if (LLVMGetTypeKind(result) == LLVMStructTypeKind &&
		LLVMCountStructElementTypes(result) == 2) {
		s->residency = true;
		result = LLVMStructGetTypeAtIndex(result, 0);
	}
	s->result = diff_type_of(result);
	s->arg_count = n;
	if (n > DIFF_MAX_ARGS) {
		diff_give_up("arguments of", name);
	}
	for (unsigned i = 0; i < n; i++) {
		s->args[i] = diff_type_of(LLVMTypeOf(LLVMGetOperand(call, i)));
	}
	diff.uses_matrices |= strncmp(name, "simdgroup_", 10) == 0;
	diff.uses_neighbours |= strncmp(name, "simd", 4) == 0 || strncmp(name, "quad", 4) == 0 ||
		strncmp(name, "wg.", 3) == 0;
	diff.uses_quads |= strncmp(name, "dfd", 3) == 0 || strncmp(name, "fwidth", 6) == 0 ||
		strncmp(name, "sample_", 7) == 0;
}

static void replace_call(struct diff_module *m, LLVMValueRef fn, LLVMValueRef call,
	const char *name) {
	if (site_count == MAX_SITES) {
		diff_give_up("too many", "calls");
	}
	struct diff_site *s = &sites[site_count];
	LLVMTypeRef result = LLVMTypeOf(call), ptr = ptr_type(m);
	describe(s, call, name);
	if (!diff_air_call(s, 0, NULL, NULL, true)) {
		diff_give_up("air function", name);
	}
	LLVMValueRef list = alloca_at_top(m, fn, LLVMArrayType2(ptr, DIFF_MAX_ARGS));
	LLVMValueRef slots[DIFF_MAX_ARGS], out;
	for (unsigned i = 0; i < s->arg_count; i++) {
		slots[i] =
			alloca_at_top(m, fn, memory_type(m, LLVMTypeOf(LLVMGetOperand(call, i))));
	}
	bool is_void = s->result.kind == DIFF_T_VOID;
	out = is_void ? LLVMConstPointerNull(ptr) : alloca_at_top(m, fn, memory_type(m, result));
	LLVMPositionBuilderBefore(m->builder, call);
	for (unsigned i = 0; i < s->arg_count; i++) {
		LLVMValueRef v = LLVMGetOperand(call, i), at = u32(m, i);
		LLVMTypeRef t = LLVMTypeOf(v);
		if (memory_type(m, t) != t) {
			v = LLVMBuildZExt(m->builder, v, memory_type(m, t), "");
		}
		LLVMBuildStore(m->builder, v, slots[i]);
		LLVMBuildStore(m->builder, slots[i],
			LLVMBuildGEP2(m->builder, ptr, list, &at, 1, ""));
	}
	LLVMValueRef args[] = { u32(m, site_count), list, out };
	call_hook(m, HOOK_CALL, args, 3);
	if (!is_void) {
		LLVMValueRef v = LLVMBuildLoad2(m->builder, memory_type(m, result), out, "");
		if (memory_type(m, result) != result) {
			v = LLVMBuildTrunc(m->builder, v, result, "");
		}
		LLVMReplaceAllUsesWith(call, v);
	}
	LLVMInstructionEraseFromParent(call);
	site_count++;
}

static LLVMValueRef as_number(struct diff_module *m, LLVMValueRef pointer) {
	return LLVMBuildPtrToInt(m->builder, pointer, LLVMInt64TypeInContext(m->context), "");
}

/* Loads and stores outside of private memory go to where diff_at says. */
static void replace_access(struct diff_module *m, LLVMValueRef inst, bool store,
	LLVMValueRef next) {
	unsigned which = store ? 1 : 0;
	LLVMValueRef pointer = LLVMGetOperand(inst, which);
	unsigned space = LLVMGetPointerAddressSpace(LLVMTypeOf(pointer));
	LLVMTypeRef type = store ? LLVMTypeOf(LLVMGetOperand(inst, 0)) : LLVMTypeOf(inst);
	uint32_t align = LLVMGetAlignment(inst);
	LLVMSetAlignment(inst, 1);
	if (space == 0) {
		return;
	}
	uint64_t bytes = LLVMStoreSizeOfType(LLVMGetModuleDataLayout(m->module), type);
	LLVMPositionBuilderBefore(m->builder, inst);
	LLVMValueRef at = as_number(m, pointer);
	LLVMValueRef args[] = { at, u32(m, bytes),
		u32(m, (store ? 1u : 0u) | align << 1 | space << 16) };
	LLVMValueRef place = call_hook(m, HOOK_AT, args, 3);
	LLVMSetOperand(inst, which, place);
	struct diff_type t = diff_type_of(type);
	if (store && space == 1) {
		bool known = t.kind != DIFF_T_OTHER && t.kind != DIFF_T_VOID;
		LLVMValueRef note[] = { at, u32(m, known ? t.kind : DIFF_T_I8),
			u32(m, known ? t.count : bytes) };
		LLVMPositionBuilderBefore(m->builder, next);
		call_hook(m, HOOK_NOTE, note, 3);
	}
}

static uint32_t operation(LLVMOpcode op) {
	return op == LLVMFAdd || op == LLVMFSub ? DIFF_OP_ADD
		: op == LLVMFMul                ? DIFF_OP_MUL
		: op == LLVMFDiv                ? DIFF_OP_DIV
						: DIFF_OP_OTHER;
}

/* The result of an operation passes through airdiff-numbers.c. */
static void replace_result(struct diff_module *m, LLVMValueRef fn, LLVMValueRef inst, uint32_t op,
	LLVMValueRef next) {
	LLVMTypeRef type = LLVMTypeOf(inst);
	struct diff_type t = diff_type_of(type);
	if (t.kind != DIFF_T_FLOAT && t.kind != DIFF_T_HALF && t.kind != DIFF_T_BFLOAT) {
		return;
	}
	if (t.kind == DIFF_T_FLOAT && t.count == 1 && LLVMGetTypeKind(type) == LLVMFloatTypeKind) {
		LLVMPositionBuilderBefore(m->builder, next);
		// Made with itself as a placeholder, then every use but that one moves over.
		LLVMValueRef args[] = { LLVMGetUndef(type), u32(m, op) };
		LLVMValueRef v = call_hook(m, HOOK_FLOAT, args, 2);
		LLVMReplaceAllUsesWith(inst, v);
		LLVMSetOperand(v, 0, inst);
		return;
	}
	LLVMValueRef slot = alloca_at_top(m, fn, type);
	LLVMPositionBuilderBefore(m->builder, next);
	LLVMValueRef store = LLVMBuildStore(m->builder, LLVMGetUndef(type), slot);
	LLVMValueRef args[] = { slot, u32(m, t.kind), u32(m, t.count), u32(m, op) };
	call_hook(m, HOOK_VECTOR, args, 4);
	LLVMReplaceAllUsesWith(inst, LLVMBuildLoad2(m->builder, type, slot, ""));
	LLVMSetOperand(store, 0, inst);
}

static void note_comparison(struct diff_module *m, LLVMValueRef inst) {
	LLVMTypeRef f32 = LLVMFloatTypeInContext(m->context);
	for (unsigned i = 0; i < 2; i++) {
		LLVMValueRef v = LLVMGetOperand(inst, i);
		LLVMTypeKind kind = LLVMGetTypeKind(LLVMTypeOf(v));
		if (!LLVMIsConstant(v) && (kind == LLVMFloatTypeKind || kind == LLVMHalfTypeKind)) {
			LLVMPositionBuilderBefore(m->builder, inst);
			v = kind == LLVMHalfTypeKind ? LLVMBuildFPExt(m->builder, v, f32, "") : v;
			call_hook(m, HOOK_COMPARED, &v, 1);
		}
	}
}

/* Metal takes the amount of a shift modulo the width; LLVM says such a shift is undefined. */
static void mask_shift(struct diff_module *m, LLVMValueRef inst) {
	LLVMValueRef amount = LLVMGetOperand(inst, 1);
	LLVMTypeRef type = LLVMTypeOf(amount), scalar = type;
	if (LLVMIsConstant(amount)) {
		return;
	}
	LLVMPositionBuilderBefore(m->builder, inst);
	LLVMValueRef mask;
	if (LLVMGetTypeKind(type) == LLVMVectorTypeKind) {
		LLVMValueRef lanes[16];
		unsigned n = LLVMGetVectorSize(type);
		scalar = LLVMGetElementType(type);
		for (unsigned i = 0; i < n && i < 16; i++) {
			lanes[i] = LLVMConstInt(scalar, LLVMGetIntTypeWidth(scalar) - 1, false);
		}
		mask = LLVMConstVector(lanes, n);
	} else {
		mask = LLVMConstInt(scalar, LLVMGetIntTypeWidth(scalar) - 1, false);
	}
	LLVMSetOperand(inst, 1, LLVMBuildAnd(m->builder, amount, mask, ""));
}

static void replace_copy(struct diff_module *m, LLVMValueRef call, bool fill) {
	LLVMTypeRef i64 = LLVMInt64TypeInContext(m->context),
		    i32 = LLVMInt32TypeInContext(m->context);
	LLVMPositionBuilderBefore(m->builder, call);
	LLVMValueRef second = LLVMGetOperand(call, 1);
	LLVMValueRef args[] = {
		as_number(m, LLVMGetOperand(call, 0)),
		fill ? LLVMBuildZExt(m->builder, second, i32, "") : as_number(m, second),
		LLVMBuildZExtOrBitCast(m->builder, LLVMGetOperand(call, 2), i64, ""),
	};
	call_hook(m, fill ? HOOK_FILL : HOOK_COPY, args, 3);
	LLVMInstructionEraseFromParent(call);
}

static void instrument_call(struct diff_module *m, LLVMValueRef fn, LLVMValueRef i,
	LLVMValueRef next) {
	size_t n;
	LLVMValueRef callee = LLVMGetCalledValue(i);
	const char *name = callee != NULL ? LLVMGetValueName2(callee, &n) : "";
	if (strncmp(name, "air.", 4) == 0 && LLVMIsDeclaration(callee)) {
		replace_call(m, fn, i, name + 4);
	} else if (strncmp(name, "llvm.memcpy", 11) == 0 ||
		strncmp(name, "llvm.memmove", 12) == 0) {
		replace_copy(m, i, false);
	} else if (strncmp(name, "llvm.memset", 11) == 0) {
		replace_copy(m, i, true);
	} else if (strncmp(name, "llvm.fmuladd", 12) == 0 || strncmp(name, "llvm.fma.", 9) == 0 ||
		strncmp(name, "llvm.sqrt", 9) == 0) {
		replace_result(m, fn, i, DIFF_OP_ADD, next);
	}
}

static void instrument(struct diff_module *m) {
	for (LLVMValueRef fn = LLVMGetFirstFunction(m->module); fn != NULL;
		fn = LLVMGetNextFunction(fn)) {
		if (LLVMIsDeclaration(fn)) {
			continue;
		}
		LLVMAddTargetDependentFunctionAttr(fn, "target-features", "+f16c,+avx2,+fma");
		for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(fn); b != NULL;
			b = LLVMGetNextBasicBlock(b)) {
			LLVMValueRef next;
			for (LLVMValueRef i = LLVMGetFirstInstruction(b); i != NULL; i = next) {
				next = LLVMGetNextInstruction(i);
				LLVMOpcode op = LLVMGetInstructionOpcode(i);
				if (op == LLVMLoad || op == LLVMStore) {
					replace_access(m, i, op == LLVMStore, next);
				} else if (op == LLVMFAdd || op == LLVMFSub || op == LLVMFMul ||
					op == LLVMFDiv || op == LLVMFRem) {
					replace_result(m, fn, i, operation(op), next);
				} else if (op == LLVMShl || op == LLVMLShr || op == LLVMAShr) {
					mask_shift(m, i);
				} else if (op == LLVMFCmp) {
					note_comparison(m, i);
				} else if (op == LLVMCall) {
					instrument_call(m, fn, i, next);
				}
			}
		}
	}
}

static void drop_fast_math(struct diff_module *m) {
	for (LLVMValueRef fn = LLVMGetFirstFunction(m->module); fn != NULL;
		fn = LLVMGetNextFunction(fn)) {
		for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(fn); b != NULL;
			b = LLVMGetNextBasicBlock(b)) {
			for (LLVMValueRef i = LLVMGetFirstInstruction(b); i != NULL;
				i = LLVMGetNextInstruction(i)) {
				if (LLVMCanValueUseFastMathFlags(i)) {
					LLVMSetFastMathFlags(i, 0);
				}
			}
		}
	}
}

static void run_passes(struct diff_module *m, const char *passes) {
	LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
	LLVMErrorRef error = LLVMRunPasses(m->module, passes, NULL, options);
	LLVMDisposePassBuilderOptions(options);
	if (error != NULL) {
		diff_give_up("passes", "");
	}
}

/* After the initialisers ran nothing writes these globals: loads of them can fold. */
static void freeze_globals(struct diff_module *m) {
	for (LLVMValueRef g = LLVMGetFirstGlobal(m->module); g != NULL; g = LLVMGetNextGlobal(g)) {
		size_t n;
		bool table = strncmp(LLVMGetValueName2(g, &n), "llvm.", 5) == 0;
		unsigned space = LLVMGetPointerAddressSpace(LLVMTypeOf(g));
		if (!table && space != 3 && LLVMGetInitializer(g) != NULL) {
			LLVMSetGlobalConstant(g, true);
		}
	}
}

/*
 * void run(ptr list, ptr result): loads the arguments, calls the function, stores what it returns.
 */
static void make_wrapper(struct diff_module *m) {
	LLVMTypeRef ptr = ptr_type(m), params[] = { ptr, ptr };
	LLVMTypeRef type = LLVMFunctionType(LLVMVoidTypeInContext(m->context), params, 2, false);
	LLVMValueRef fn = LLVMAddFunction(m->module, "airdiff_run", type), args[DIFF_MAX_ARGUMENTS];
	LLVMPositionBuilderAtEnd(m->builder, LLVMAppendBasicBlockInContext(m->context, fn, ""));
	for (unsigned i = 0; i < diff.argument_count; i++) {
		LLVMValueRef at = u32(m, i), param = LLVMGetParam(m->entry, i);
		LLVMTypeRef t = LLVMTypeOf(param), kept = memory_type(m, t);
		LLVMValueRef place =
			LLVMBuildGEP2(m->builder, ptr, LLVMGetParam(fn, 0), &at, 1, "");
		LLVMValueRef slot = LLVMBuildLoad2(m->builder, ptr, place, "");
		args[i] = LLVMBuildLoad2(m->builder, kept, slot, "");
		LLVMSetAlignment(args[i], 1);
		args[i] = kept != t ? LLVMBuildTrunc(m->builder, args[i], t, "") : args[i];
	}
	LLVMTypeRef fn_type = LLVMGlobalGetValueType(m->entry);
	LLVMValueRef v =
		LLVMBuildCall2(m->builder, fn_type, m->entry, args, diff.argument_count, "");
	if (LLVMGetTypeKind(LLVMGetReturnType(fn_type)) != LLVMVoidTypeKind) {
		LLVMSetAlignment(LLVMBuildStore(m->builder, v, LLVMGetParam(fn, 1)), 1);
	}
	LLVMBuildRetVoid(m->builder);
}

static void declare_hooks(struct diff_module *m) {
	LLVMTypeRef i32 = LLVMInt32TypeInContext(m->context), ptr = ptr_type(m);
	LLVMTypeRef i64 = LLVMInt64TypeInContext(m->context),
		    f32 = LLVMFloatTypeInContext(m->context);
	LLVMTypeRef none = LLVMVoidTypeInContext(m->context);
	const struct {
		const char *name;
		LLVMTypeRef result, args[4];
		unsigned count;
	} list[HOOKS] = {
		[HOOK_CALL] = { "airdiff_call", none, { i32, ptr, ptr }, 3 },
		[HOOK_AT] = { "airdiff_at", ptr, { i64, i32, i32 }, 3 },
		[HOOK_NOTE] = { "airdiff_note", none, { i64, i32, i32 }, 3 },
		[HOOK_FLOAT] = { "airdiff_float", f32, { f32, i32 }, 2 },
		[HOOK_VECTOR] = { "airdiff_vector", none, { ptr, i32, i32, i32 }, 4 },
		[HOOK_COPY] = { "airdiff_copy", none, { i64, i64, i64 }, 3 },
		[HOOK_FILL] = { "airdiff_fill", none, { i64, i32, i64 }, 3 },
		[HOOK_COMPARED] = { "airdiff_compared", none, { f32 }, 1 },
	};
	for (unsigned i = 0; i < HOOKS; i++) {
		LLVMTypeRef args[4];
		memcpy(args, list[i].args, sizeof(args));
		hooks[i] = LLVMAddFunction(m->module, list[i].name,
			LLVMFunctionType(list[i].result, args, list[i].count, false));
	}
}

static void compile(struct diff_module *m) {
	char *message = NULL;
	LLVMExecutionEngineRef engine;
	struct LLVMMCJITCompilerOptions options;
	LLVMInitializeMCJITCompilerOptions(&options, sizeof(options));
	options.OptLevel = 1;
	if (LLVMVerifyModule(m->module, LLVMReturnStatusAction, &message)) {
		diff_give_up("verifier:", message);
	}
	if (LLVMCreateMCJITCompilerForModule(&engine, m->module, &options, sizeof(options),
		    &message)) {
		diff_give_up("JIT:", message);
	}
	const void *targets[HOOKS] = {
		[HOOK_CALL] = (void *)(uintptr_t)handle_call,
		[HOOK_AT] = (void *)(uintptr_t)handle_at,
		[HOOK_NOTE] = (void *)(uintptr_t)handle_note,
		[HOOK_FLOAT] = (void *)(uintptr_t)diff_float_result,
		[HOOK_VECTOR] = (void *)(uintptr_t)diff_vector_result,
		[HOOK_COPY] = (void *)(uintptr_t)handle_copy,
		[HOOK_FILL] = (void *)(uintptr_t)handle_fill,
		[HOOK_COMPARED] = (void *)(uintptr_t)handle_compared,
	};
	for (unsigned i = 0; i < HOOKS; i++) {
		LLVMAddGlobalMapping(engine, hooks[i], (void *)targets[i]);
	}
	diff_jitted = (void (*)(void **, void *))LLVMGetFunctionAddress(engine, "airdiff_run");
	for (uint32_t i = 0; i < diff_global_count; i++) {
		size_t n;
		diff_globals[i].memory = (void *)(uintptr_t)LLVMGetGlobalValueAddress(engine,
			LLVMGetValueName2(global_values[i], &n));
	}
}

/* Threadgroup memory that is declared inside, and tables: where they are and how long. */
static void list_globals(struct diff_module *m) {
	for (LLVMValueRef g = LLVMGetFirstGlobal(m->module); g != NULL; g = LLVMGetNextGlobal(g)) {
		unsigned space = LLVMGetPointerAddressSpace(LLVMTypeOf(g));
		if ((space != 3 && (space != 2 || LLVMGetInitializer(g) == NULL)) ||
			diff_global_count == DIFF_GLOBALS) {
			continue;
		}
		char name[32];
		snprintf(name, sizeof(name), "airdiff_global_%u", diff_global_count);
		LLVMSetValueName2(g, name, strlen(name));
		LLVMSetLinkage(g, LLVMExternalLinkage);
		if (space == 3) {
			LLVMSetInitializer(g, LLVMConstNull(LLVMGlobalGetValueType(g)));
		}
		global_values[diff_global_count] = g;
		diff_globals[diff_global_count].space = (uint8_t)space;
		diff_globals[diff_global_count++].bytes =
			LLVMABISizeOfType(LLVMGetModuleDataLayout(m->module),
				LLVMGlobalGetValueType(g));
	}
}

static void handle_diagnostic(LLVMDiagnosticInfoRef info, void *data) {
}

bool diff_jit(const uint8_t *bitcode, size_t size, const char *entry, char *why, size_t why_bytes) {
	struct diff_module m = { .context = LLVMContextCreate() };
	LLVMLinkInMCJIT();
	LLVMInitializeNativeTarget();
	LLVMInitializeNativeAsmPrinter();
	LLVMContextSetDiagnosticHandler(m.context, handle_diagnostic, NULL);
	LLVMMemoryBufferRef buffer =
		LLVMCreateMemoryBufferWithMemoryRangeCopy((const char *)bitcode, size, "air");
	if (LLVMParseBitcodeInContext2(m.context, buffer, &m.module)) {
		snprintf(why, why_bytes, "bitcode");
		return false;
	}
	LLVMStripModuleDebugInfo(m.module);
	diff_meta_find(&m, entry);
	diff_fold_constants(&m);
	drop_fast_math(&m);
	run_passes(&m, "globalopt");
	// The data layout changes before anything asks for offsets: both agree on all that occurs.
	LLVMSetTarget(m.module, LLVMGetDefaultTargetTriple());
	LLVMSetDataLayout(m.module,
		"e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-"
		"n8:16:32:64-S128");
	freeze_globals(&m);
	run_passes(&m,
		"globalopt,always-inline,cgscc(inline),globaldce,"
		"function(sroa,instcombine<no-verify-fixpoint>,simplifycfg,adce),globaldce");
	diff_meta_read(&m);
	m.builder = LLVMCreateBuilderInContext(m.context);
	declare_hooks(&m);
	list_globals(&m);
	instrument(&m);
	make_wrapper(&m);
	compile(&m);
	return diff_jitted != NULL;
}
