// SPDX-License-Identifier: GPL-2.0-or-later
#include "load-private.h"
#include "sandbox.h"

#include <llvm-c/Analysis.h>
#include <llvm-c/BitReader.h>
#include <llvm-c/DebugInfo.h>
#include <llvm-c/Error.h>
#include <llvm-c/ErrorHandling.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Bitcode to an optimised module with one function: spec 05 §6.2 steps 3 to 8. */

void *load_map_get(const struct load_map *map, const void *key) {
	if (map->capacity == 0) {
		return NULL;
	}
	size_t mask = map->capacity - 1;
	for (size_t i = ((uintptr_t)key >> 4) * 0x9e3779b1u & mask;; i = (i + 1) & mask) {
		if (map->entries[i].key == key) {
			return map->entries[i].value;
		}
		if (map->entries[i].key == NULL) {
			return NULL;
		}
	}
}

bool load_map_put(struct load_map *map, const void *key, void *value) {
	if (map->count * 2 >= map->capacity) {
		size_t capacity = map->capacity > 0 ? map->capacity * 2 : 256;
		struct load_map bigger = {calloc(capacity, sizeof(*bigger.entries)), capacity, 0};
		if (bigger.entries == NULL) {
			return false;
		}
		for (size_t i = 0; i < map->capacity; i++) {
			if (map->entries[i].key != NULL) {
				load_map_put(&bigger, map->entries[i].key, map->entries[i].value);
			}
		}
		free(map->entries);
		*map = bigger;
	}
	size_t mask = map->capacity - 1;
	size_t i = ((uintptr_t)key >> 4) * 0x9e3779b1u & mask;
	while (map->entries[i].key != NULL && map->entries[i].key != key) {
		i = (i + 1) & mask;
	}
	map->count += map->entries[i].key == NULL;
	map->entries[i] = (struct load_map_entry){key, value};
	return true;
}

void load_map_finish(struct load_map *map) {
	free(map->entries);
	*map = (struct load_map){0};
}

/* Errors of LLVM become the status of the job; warnings about debug info are nothing to us. */
static void handle_diagnostic(LLVMDiagnosticInfoRef info, void *data) {
	struct loader *l = data;
	if (LLVMGetDiagInfoSeverity(info) == LLVMDSError) {
		char *text = LLVMGetDiagInfoDescription(info);
		pvg_shader_refuse(l->status, PVG_SHADER_BAD_BITCODE, "%s", text);
		LLVMDisposeMessage(text);
	}
}

static void handle_fatal_error(const char *reason) {
	// LLVM exits when this returns; the parent sees a dead worker and this line says why.
	fprintf(stderr, "pvg-shaderd: LLVM gave up: %s\n", reason);
	_exit(PVG_SHADERD_EXIT_LLVM);
}

static bool run_passes(struct loader *l, const char *passes) {
	LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
	LLVMErrorRef error = LLVMRunPasses(l->module, passes, NULL, options);
	LLVMDisposePassBuilderOptions(options);
	if (error != NULL) {
		char *text = LLVMGetErrorMessage(error);
		pvg_shader_refuse(l->status, PVG_SHADER_BAD_BITCODE, "passes: %s", text);
		LLVMDisposeErrorMessage(text);
		return false;
	}
	return l->status->reason == PVG_SHADER_OK;
}

static bool parse_module(struct loader *l, const uint8_t *bitcode, size_t size) {
	LLVMInstallFatalErrorHandler(handle_fatal_error);
	l->context = LLVMContextCreate();
	LLVMContextSetDiagnosticHandler(l->context, handle_diagnostic, l);
	LLVMMemoryBufferRef buffer =
		LLVMCreateMemoryBufferWithMemoryRangeCopy((const char *)bitcode, size, "air");
	bool failed = LLVMParseBitcodeInContext2(l->context, buffer, &l->module);
	LLVMDisposeMemoryBuffer(buffer);
	if (failed || l->module == NULL) {
		return pvg_shader_refuse(l->status, PVG_SHADER_BAD_BITCODE, "not readable");
	}
	char *message = NULL;
	bool broken = LLVMVerifyModule(l->module, LLVMReturnStatusAction, &message);
	if (broken) {
		pvg_shader_refuse(l->status, PVG_SHADER_BAD_BITCODE, "%s",
			message != NULL ? message : "broken");
	}
	LLVMDisposeMessage(message);
	if (broken) {
		return false;
	}
	LLVMStripModuleDebugInfo(l->module);
	// AIR's architecture is unknown to LLVM. The data layout stays: it is the memory format.
	LLVMSetTarget(l->module, "");
	l->layout = LLVMGetModuleDataLayout(l->module);
	if (LLVMPointerSize(l->layout) != 8 || LLVMByteOrder(l->layout) != LLVMLittleEndian) {
		return pvg_shader_refuse(l->status, PVG_SHADER_BAD_BITCODE, "data layout");
	}
	return true;
}

#define FUNCTION_INDEX ((LLVMAttributeIndex)LLVMAttributeFunctionIndex)

static void set_attribute(struct loader *l, LLVMValueRef fn, const char *name, bool set) {
	unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));
	LLVMRemoveEnumAttributeAtIndex(fn, FUNCTION_INDEX, kind);
	if (set) {
		LLVMAddAttributeAtIndex(fn, FUNCTION_INDEX,
			LLVMCreateEnumAttribute(l->context, kind, 0));
	}
}

static void mark_inline(struct loader *l) {
	for (LLVMValueRef fn = LLVMGetFirstFunction(l->module); fn != NULL;
		fn = LLVMGetNextFunction(fn)) {
		if (LLVMIsDeclaration(fn)) {
			continue;
		}
		set_attribute(l, fn, "optnone", false);
		set_attribute(l, fn, "noinline", false);
		if (fn != l->entry) {
			set_attribute(l, fn, "alwaysinline", true);
			LLVMSetLinkage(fn, LLVMInternalLinkage);
		}
	}
}

static bool starts_with(const char *s, size_t n, const char *prefix) {
	size_t m = strlen(prefix);
	return n >= m && memcmp(s, prefix, m) == 0;
}

/* After inlining: nothing but intrinsics may be called, and there is a budget. */
static bool check_calls(struct loader *l) {
	uint32_t count = 0;
	for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(l->entry); b != NULL;
			b = LLVMGetNextBasicBlock(b)) {
		for (LLVMValueRef i = LLVMGetFirstInstruction(b); i != NULL;
			i = LLVMGetNextInstruction(i)) {
			count++;
			if (LLVMGetInstructionOpcode(i) != LLVMCall) {
				continue;
			}
			LLVMValueRef callee = LLVMIsAFunction(LLVMGetCalledValue(i));
			if (callee == NULL) {
				return pvg_shader_refuse(l->status, PVG_SHADER_FUNCTION_POINTER,
					"indirect call");
			}
			size_t n;
			const char *name = LLVMGetValueName2(callee, &n);
			if (!LLVMIsDeclaration(callee)) {
				return pvg_shader_refuse(l->status, PVG_SHADER_RECURSION, "%.*s",
					(int)(n < 100 ? n : 100), name);
			}
			if (starts_with(name, n, "air.simd") || starts_with(name, n, "air.quad") ||
					starts_with(name, n, "air.wait_simdgroup")) {
				l->function->has_simd = true;
			} else if (starts_with(name, n, "air.wg.barrier") ||
					starts_with(name, n, "air.threadgroup.barrier")) {
				l->function->has_barrier = true;
			} else if (starts_with(name, n, "air.discard_fragment")) {
				l->function->has_discard = true;
			}
		}
	}
	if (count > LOAD_MAX_INSTRUCTIONS) {
		return pvg_shader_refuse(l->status, PVG_SHADER_LIMIT_SIZE, "%u instructions",
			count);
	}
	return true;
}

/* structurizecfg leaves exits with `unreachable` alone: they return zeroes instead. */
static void replace_unreachable(struct loader *l) {
	LLVMTypeRef result = LLVMGetReturnType(LLVMGlobalGetValueType(l->entry));
	LLVMBuilderRef builder = LLVMCreateBuilderInContext(l->context);
	for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(l->entry); b != NULL;
			b = LLVMGetNextBasicBlock(b)) {
		LLVMValueRef last = LLVMGetBasicBlockTerminator(b);
		if (last == NULL || LLVMGetInstructionOpcode(last) != LLVMUnreachable) {
			continue;
		}
		LLVMPositionBuilderBefore(builder, last);
		if (LLVMGetTypeKind(result) == LLVMVoidTypeKind) {
			LLVMBuildRetVoid(builder);
		} else {
			LLVMBuildRet(builder, LLVMConstNull(result));
		}
		LLVMInstructionEraseFromParent(last);
	}
	LLVMDisposeBuilder(builder);
}

/* An initialiser that LLVM could not evaluate would leave constants wrong: say so. */
static bool check_initialisers(struct loader *l) {
	LLVMValueRef ctors = LLVMGetNamedGlobal(l->module, "llvm.global_ctors");
	if (ctors != NULL && LLVMGetInitializer(ctors) != NULL &&
			LLVMGetArrayLength2(LLVMGlobalGetValueType(ctors)) > 0) {
		return pvg_shader_refuse(l->status, PVG_SHADER_INSTRUCTION, "static initialiser");
	}
	return true;
}

static bool optimise(struct loader *l) {
	// Function constants first, then inlining: dead variants would cost time.
	if (!load_function_constants(l) || !run_passes(l, "globalopt") || !check_initialisers(l) ||
			!load_fold_params(l)) {
		return false;
	}
	if (!load_check_growth(l)) {
		return false;
	}
	mark_inline(l);
	// No sinking or hoisting (it would select between textures), no unrolling (it would grow
	// loops).
	if (!run_passes(l, "always-inline,globaldce,"
			"function(sroa,early-cse,instcombine<no-verify-fixpoint>,simplifycfg,sroa,early-cse,"
			"instcombine<no-verify-fixpoint>,simplifycfg,adce),globalopt,globaldce") ||
			!check_calls(l)) {
		return false;
	}
	replace_unreachable(l);
	// Without simd groups such a kernel becomes a state machine, for which any flow is good.
	bool structure = !l->function->has_simd || l->options->native_simd;
	l->function->structured = structure;
	if (!run_passes(l, structure ?
			"function(lower-switch,mergereturn,fix-irreducible,unify-loop-exits,structurizecfg,"
			"early-cse,adce)" : "function(lower-switch,mergereturn)")) {
		return false;
	}
	char *message = NULL;
	if (LLVMVerifyModule(l->module, LLVMReturnStatusAction, &message)) {
		pvg_shader_refuse(l->status, PVG_SHADER_BAD_BITCODE, "after passes: %s",
			message != NULL ? message : "broken");
	}
	LLVMDisposeMessage(message);
	return l->status->reason == PVG_SHADER_OK;
}

static void finish(struct loader *l) {
	load_map_finish(&l->values);
	load_map_finish(&l->types);
	load_map_finish(&l->globals);
	load_map_finish(&l->blocks);
	if (l->module != NULL) {
		LLVMDisposeModule(l->module);
	}
	if (l->context != NULL) {
		LLVMContextDispose(l->context);
	}
}

bool air_load(const uint8_t *bitcode, size_t size, const struct air_load_options *options,
	struct pvg_arena *arena, struct air_function *function, struct pvg_shader_status *status) {
	*function = (struct air_function){0};
	struct loader l = {
		.arena = arena, .status = status, .options = options, .function = function,
	};
	bool ok = parse_module(&l, bitcode, size) && load_entry(&l) && optimise(&l) &&
		load_convert(&l);
	if (ok && arena->failed) {
		ok = pvg_shader_refuse(status, PVG_SHADER_NO_MEMORY, "loader");
	}
	finish(&l);
	return ok && status->reason == PVG_SHADER_OK;
}

bool air_list_entries(const uint8_t *bitcode, size_t size, struct pvg_arena *arena,
		const char ***names, uint32_t *count, struct pvg_shader_status *status) {
	struct air_load_options options = {0};
	struct air_function function = {0};
	struct loader l = {
		.arena = arena, .status = status, .options = &options, .function = &function,
	};
	bool ok = parse_module(&l, bitcode, size) && load_list(&l, names, count);
	finish(&l);
	return ok;
}
