// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef TESTS_SHADER_AIRTEXT_H
#define TESTS_SHADER_AIRTEXT_H

#include <llvm-c/Core.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Text of AIR to a module: LLVM's own parser, with the target that every module of Apple's compiler
 * names (spec 05 §2.3) in front where the text names none.
 */

#define AIRTEXT_MAX_BYTES (16u << 20)

/* The whole file, terminated; the caller frees it. NULL after a message to standard error. */
char *airtext_read(const char *path, size_t *size);

/*
 * Parses and verifies. The module's name is the last part of path, so that the bytes do not depend
 * on the folder. NULL after a message that names the line.
 */
LLVMModuleRef airtext_parse(LLVMContextRef context, const char *path, const char *text,
	size_t size);

#endif
