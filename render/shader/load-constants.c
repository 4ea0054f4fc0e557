// SPDX-License-Identifier: GPL-2.0-or-later
#include "load-private.h"

#include <string.h>

/*
 * Function constants (spec 05 §3.7). Each is a global without a value; a static initialiser copies
 * them into mirrors and computes the predicates that guard arguments. Giving the globals values and
 * letting LLVM run the initialiser turns all of them into constants.
 */

static bool read_operands(LLVMValueRef node, LLVMValueRef *ops, unsigned max, unsigned *count) {
	if (node == NULL || LLVMIsAMDNode(node) == NULL || LLVMIsAMDString(node) != NULL) {
		return false;
	}
	*count = LLVMGetMDNodeNumOperands(node);
	if (*count > max) {
		return false;
	}
	LLVMGetMDNodeOperands(node, ops);
	return true;
}

static const struct pvg_function_constant *supplied(const struct loader *l,
		const struct air_constant_info *info) {
	for (uint32_t i = 0; i < l->options->constant_count; i++) {
		const struct pvg_function_constant *c = &l->options->constants[i];
		if (c->name[0] != '\0' ? strcmp(c->name, info->name) == 0
				       : c->index == info->index) {
			return c;
		}
	}
	return NULL;
}

static LLVMValueRef scalar_constant(LLVMTypeRef type, double value) {
	switch (LLVMGetTypeKind(type)) {
	case LLVMIntegerTypeKind:
		// Both -1 and 4294967295 are good ways to write an all-ones uint.
		return LLVMConstInt(type, value < 0 ? (unsigned long long)(long long)value :
			(unsigned long long)value, false);
	case LLVMHalfTypeKind:
	case LLVMBFloatTypeKind:
	case LLVMFloatTypeKind:
		return LLVMConstReal(type, value);
	default:
		return NULL;
	}
}

static LLVMValueRef make_constant(LLVMTypeRef type, const struct pvg_function_constant *c) {
	if (LLVMGetTypeKind(type) != LLVMVectorTypeKind) {
		return scalar_constant(type, c->values[0]);
	}
	unsigned n = LLVMGetVectorSize(type);
	LLVMValueRef elements[4];
	if (n > 4) {
		return NULL;
	}
	for (unsigned i = 0; i < n; i++) {
		elements[i] =
			scalar_constant(LLVMGetElementType(type), i < c->count ? c->values[i] : 0);
		if (elements[i] == NULL) {
			return NULL;
		}
	}
	return LLVMConstVector(elements, n);
}

static bool give_values(struct loader *l) {
	unsigned n = LLVMGetNamedMetadataNumOperands(l->module, "air.function_constants");
	if (n == 0) {
		return true;
	}
	if (n > 4096) {
		return pvg_shader_refuse(l->status, PVG_SHADER_BAD_METADATA,
			"%u function constants", n);
	}
	LLVMValueRef *nodes = pvg_arena_alloc(l->arena, n, sizeof(LLVMValueRef));
	LLVMGetNamedMetadataOperands(l->module, "air.function_constants", nodes);
	l->function->constants = pvg_arena_alloc(l->arena, n, sizeof(struct air_constant_info));
	for (unsigned i = 0; i < n; i++) {
		LLVMValueRef ops[8];
		unsigned count, length = 0;
		if (!read_operands(nodes[i], ops, 8, &count) || count < 4) {
			return pvg_shader_refuse(l->status, PVG_SHADER_BAD_METADATA,
				"function constant %u", i);
		}
		LLVMValueRef global = ops[0] != NULL ? LLVMIsAGlobalVariable(ops[0]) : NULL;
		struct air_constant_info *info =
			&l->function->constants[l->function->constant_count++];
		const char *text = load_md_text(ops[1], &length);
		info->type = pvg_arena_text(l->arena, text != NULL ? text : "",
			text != NULL ? length : 0);
		text = load_md_text(ops[2], &length);
		info->name = pvg_arena_text(l->arena, text != NULL ? text : "",
			text != NULL ? length : 0);
		if (ops[3] != NULL && LLVMIsAConstantInt(ops[3])) {
			info->index = (uint32_t)LLVMConstIntGetZExtValue(ops[3]);
		}
		info->required = count > 4 && ops[4] != NULL && LLVMIsAConstantInt(ops[4]) &&
			LLVMConstIntGetZExtValue(ops[4]) != 0;
		const struct pvg_function_constant *c = supplied(l, info);
		info->supplied = c != NULL;
		info->used = global != NULL;
		if (global == NULL) {
			continue; // not used by this function
		}
		LLVMTypeRef type = LLVMGlobalGetValueType(global);
		LLVMValueRef value = c != NULL ? make_constant(type, c) : LLVMConstNull(type);
		if (value == NULL) {
			return pvg_shader_refuse(l->status, PVG_SHADER_TYPE, "function constant %s",
				info->name);
		}
		LLVMSetInitializer(global, value);
		LLVMSetExternallyInitialized(global, false);
		LLVMSetGlobalConstant(global, true);
		LLVMSetLinkage(global, LLVMInternalLinkage);
	}
	return true;
}

/* Is this the global of a function constant, and is a value supplied for it? */
static bool is_defined(struct loader *l, LLVMValueRef pointer) {
	unsigned n = LLVMGetNamedMetadataNumOperands(l->module, "air.function_constants");
	if (n == 0 || n > 4096) {
		return false;
	}
	LLVMValueRef *nodes = pvg_arena_alloc(l->arena, n, sizeof(LLVMValueRef));
	LLVMGetNamedMetadataOperands(l->module, "air.function_constants", nodes);
	for (unsigned i = 0; i < n && i < l->function->constant_count; i++) {
		LLVMValueRef ops[8];
		unsigned count;
		if (read_operands(nodes[i], ops, 8, &count) && count > 0 && ops[0] == pointer) {
			return l->function->constants[i].supplied;
		}
	}
	return false;
}

static void replace_helpers(struct loader *l) {
	LLVMTypeRef i1 = LLVMInt1TypeInContext(l->context);
	LLVMValueRef fn = LLVMGetNamedFunction(l->module, "air.is_function_constant_defined");
	LLVMUseRef use = fn != NULL ? LLVMGetFirstUse(fn) : NULL;
	while (use != NULL) {
		LLVMValueRef call = LLVMGetUser(use);
		use = LLVMGetNextUse(use);
		if (LLVMIsACallInst(call) && LLVMGetNumArgOperands(call) == 1) {
			bool defined = is_defined(l, LLVMGetOperand(call, 0));
			LLVMReplaceAllUsesWith(call, LLVMConstInt(i1, defined, false));
			LLVMInstructionEraseFromParent(call);
		}
	}
	// i8 normalize(i8 x) { return x != 0; }
	fn = LLVMGetNamedFunction(l->module, "air.normalize_function_constant_predicate.i8");
	LLVMTypeRef i8 = LLVMInt8TypeInContext(l->context);
	if (fn != NULL && LLVMIsDeclaration(fn) && LLVMCountParams(fn) == 1 &&
			LLVMTypeOf(LLVMGetParam(fn, 0)) == i8) {
		LLVMBuilderRef builder = LLVMCreateBuilderInContext(l->context);
		LLVMPositionBuilderAtEnd(builder,
			LLVMAppendBasicBlockInContext(l->context, fn, ""));
		LLVMValueRef set = LLVMBuildICmp(builder, LLVMIntNE, LLVMGetParam(fn, 0),
			LLVMConstNull(i8), "");
		LLVMBuildRet(builder, LLVMBuildZExt(builder, set, i8, ""));
		LLVMDisposeBuilder(builder);
		LLVMSetLinkage(fn, LLVMInternalLinkage);
	}
}

bool load_function_constants(struct loader *l) {
	if (!give_values(l)) {
		return false;
	}
	replace_helpers(l);
	// These tables only keep predicates alive.
	static const char *const tables[] = {"llvm.used", "llvm.compiler.used"};
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		LLVMValueRef table = LLVMGetNamedGlobal(l->module, tables[i]);
		if (table != NULL) {
			LLVMDeleteGlobal(table);
		}
	}
	// Metadata keeps nothing alive: what it names must not be local until it has been read.
	for (uint32_t i = 0; i < l->input_count + l->output_count; i++) {
		struct load_param *p =
			i < l->input_count ? &l->inputs[i] : &l->outputs[i - l->input_count];
		if (p->guard != NULL) {
			LLVMSetLinkage(p->guard, LLVMExternalLinkage);
		}
		if (p->location != NULL) {
			LLVMSetLinkage(p->location, LLVMExternalLinkage);
		}
	}
	return true;
}

static bool constant_of(struct loader *l, LLVMValueRef global, int64_t *v) {
	LLVMValueRef value = LLVMGetInitializer(global);
	if (value == NULL || LLVMIsAConstantInt(value) == NULL) {
		return pvg_shader_refuse(l->status, PVG_SHADER_BAD_METADATA,
			"guard is not a constant");
	}
	*v = LLVMConstIntGetSExtValue(value);
	// Nothing writes it any more: let loads of it fold.
	LLVMSetGlobalConstant(global, true);
	LLVMSetLinkage(global, LLVMInternalLinkage);
	return true;
}

bool load_fold_params(struct loader *l) {
	for (uint32_t i = 0; i < l->input_count + l->output_count; i++) {
		struct load_param *p =
			i < l->input_count ? &l->inputs[i] : &l->outputs[i - l->input_count];
		int64_t v;
		if (p->guard != NULL) {
			if (!constant_of(l, p->guard, &v)) {
				return false;
			}
			if (v == 0) {
				p->param.role = AIR_ROLE_UNUSED;
			}
		}
		if (p->location != NULL) {
			if (!constant_of(l, p->location, &v)) {
				return false;
			}
			if (v < 0) {
				p->param.role = AIR_ROLE_UNUSED;
			} else {
				p->param.location = (uint32_t)v;
			}
		}
	}
	return true;
}
