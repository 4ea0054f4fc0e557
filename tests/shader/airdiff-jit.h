// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef TESTS_SHADER_AIRDIFF_JIT_H
#define TESTS_SHADER_AIRDIFF_JIT_H

#include <llvm-c/Core.h>

#include "airdiff.h"

/* Between airdiff-jit.c and airdiff-meta.c, the two that see LLVM. */

struct diff_module {
	LLVMContextRef context;
	LLVMModuleRef module;
	LLVMBuilderRef builder;
	LLVMValueRef entry;
	LLVMValueRef output_node, input_node; // metadata
};

/* airdiff-constants.c: gives function constants their values; what has none is zero. */
void diff_fold_constants(struct diff_module *m);

struct diff_type diff_type_of(LLVMTypeRef t);

/* Finds the entry point; guards and computed locations stay alive until diff_meta_read. */
void diff_meta_find(struct diff_module *m, const char *entry);
/* After function constants were folded: fills diff.arguments and diff.outputs. */
void diff_meta_read(struct diff_module *m);

#endif
