// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "airdiff-jit.h"

/* Function constants: what the module compares them with, and values for them. */

#define MAX_NUMBERS 64u

static double numbers[MAX_NUMBERS];
static uint32_t number_count;

static void add_number(LLVMValueRef v) {
	double n = v != NULL && LLVMIsAConstantInt(v) != NULL
		? (double)LLVMConstIntGetZExtValue(v)
		: -1;
	for (uint32_t i = 0; i < number_count; i++) {
		n = numbers[i] == n ? -1 : n;
	}
	if (n >= 0 && number_count < MAX_NUMBERS) {
		numbers[number_count++] = n;
	}
}

/* Cases of switches and comparisons of a value, also when it was widened or copied before. */
static void collect_uses(LLVMValueRef v, uint32_t depth) {
	for (LLVMUseRef use = LLVMGetFirstUse(v); use != NULL && depth < 8;
		use = LLVMGetNextUse(use)) {
		LLVMValueRef user = LLVMGetUser(use);
		if (LLVMIsASwitchInst(user) != NULL && LLVMGetOperand(user, 0) == v) {
			for (int i = 2; i < LLVMGetNumOperands(user); i += 2) {
				add_number(LLVMGetOperand(user, (unsigned)i));
			}
		} else if (LLVMIsAICmpInst(user) != NULL) {
			add_number(LLVMGetOperand(user, LLVMGetOperand(user, 0) == v ? 1 : 0));
		} else if (LLVMIsALoadInst(user) != NULL || LLVMIsACastInst(user) != NULL ||
			LLVMIsAFreezeInst(user) != NULL || LLVMIsAPHINode(user) != NULL ||
			LLVMIsASelectInst(user) != NULL) {
			collect_uses(user, depth + 1);
		} else if (LLVMIsAStoreInst(user) != NULL && LLVMGetOperand(user, 0) == v) {
			collect_uses(LLVMGetOperand(user, 1), depth + 1); // its copy
		} else if (LLVMIsACallInst(user) != NULL) {
			// A helper that gets it: the parameter.
			LLVMValueRef callee = LLVMGetCalledValue(user);
			unsigned n = LLVMGetNumArgOperands(user);
			for (unsigned i = 0; LLVMIsAFunction(callee) != NULL && i < n; i++) {
				if (LLVMGetOperand(user, i) == v && i < LLVMCountParams(callee)) {
					collect_uses(LLVMGetParam(callee, i), depth + 1);
				}
			}
		}
	}
}

static void collect_numbers(LLVMValueRef global) {
	number_count = 0;
	collect_uses(global, 0);
}

static void replace_uses(struct diff_module *m, const char *name, bool keep_operand) {
	LLVMValueRef fn = LLVMGetNamedFunction(m->module, name);
	LLVMUseRef use = fn != NULL ? LLVMGetFirstUse(fn) : NULL;
	while (use != NULL) {
		LLVMValueRef call = LLVMGetUser(use);
		use = LLVMGetNextUse(use);
		if (LLVMIsACallInst(call)) {
			LLVMValueRef operand = LLVMGetOperand(call, 0);
			bool defined = diff.variant > 0 && LLVMIsAGlobalVariable(operand) != NULL;
			LLVMReplaceAllUsesWith(call,
				keep_operand ? operand
					     : LLVMConstInt(LLVMTypeOf(call), defined, false));
			LLVMInstructionEraseFromParent(call);
		}
	}
}

/* Gives function constants their values; what has none is zero and not defined. */
static void list_constants(struct diff_module *m) {
	static LLVMValueRef nodes[256];
	unsigned n = LLVMGetNamedMetadataNumOperands(m->module, "air.function_constants"), length;
	*diff.has_constants = n > 0;
	if (n > 0 && n <= 256) {
		LLVMGetNamedMetadataOperands(m->module, "air.function_constants", nodes);
	}
	for (unsigned i = 0; i < n && n <= 256 && diff.variant > 0; i++) {
		LLVMValueRef ops[8];
		if (LLVMGetMDNodeNumOperands(nodes[i]) > 8 ||
			LLVMGetMDNodeNumOperands(nodes[i]) < 3 || diff.constant_count == 64) {
			continue;
		}
		LLVMGetMDNodeOperands(nodes[i], ops);
		const char *type = LLVMGetMDString(ops[1], &length);
		char type_name[32];
		snprintf(type_name, sizeof(type_name), "%.*s", (int)length, type);
		const char *name = LLVMGetMDString(ops[2], &length);
		if (ops[0] == NULL || !LLVMIsAGlobalVariable(ops[0])) {
			continue;
		}
		snprintf(diff.constants[diff.constant_count].name, 64, "%.*s", (int)length, name);
		collect_numbers(ops[0]);
		double v = diff_constant(diff.constants[diff.constant_count].name, type_name,
			numbers, number_count);
		diff.constants[diff.constant_count++].value = v;
		LLVMTypeRef t = LLVMGlobalGetValueType(ops[0]);
		LLVMTypeKind kind = LLVMGetTypeKind(t);
		if (kind == LLVMIntegerTypeKind) {
			LLVMSetInitializer(ops[0], LLVMConstInt(t, (uint64_t)v, false));
		} else if (kind == LLVMFloatTypeKind || kind == LLVMHalfTypeKind) {
			LLVMSetInitializer(ops[0], LLVMConstReal(t, v));
		} else {
			diff_give_up("function constant",
				diff.constants[diff.constant_count - 1].name);
		}
	}
}

void diff_fold_constants(struct diff_module *m) {
	for (LLVMValueRef g = LLVMGetFirstGlobal(m->module); g != NULL; g = LLVMGetNextGlobal(g)) {
		if (LLVMIsExternallyInitialized(g)) {
			LLVMSetExternallyInitialized(g, false);
			LLVMSetInitializer(g, LLVMConstNull(LLVMGlobalGetValueType(g)));
			LLVMSetGlobalConstant(g, true);
			LLVMSetLinkage(g, LLVMInternalLinkage);
		}
	}
	list_constants(m);
	replace_uses(m, "air.is_function_constant_defined", false);
	replace_uses(m, "air.normalize_function_constant_predicate.i8", true);
	const char *tables[] = { "llvm.used", "llvm.compiler.used" };
	for (unsigned i = 0; i < 2; i++) {
		LLVMValueRef table = LLVMGetNamedGlobal(m->module, tables[i]);
		if (table != NULL) {
			LLVMDeleteGlobal(table);
		}
	}
}
