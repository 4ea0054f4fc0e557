// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_SHADER_AIRC_CHECK_H
#define RENDER_SHADER_AIRC_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "translate.h"

/*
 * Is everything that a function does in what it was translated to? Counts on both sides, with a
 * reader of SPIR-V that shares nothing with the writer:
 *   - each argument that the optimised function uses is in the reflection, written ones as written;
 *   - there are at least as many stores, atomics, texture writes, samples and fetches as in AIR,
 *     stores to one buffer compared for that buffer;
 *   - each output is an output variable that is stored to, and is in the reflection;
 *   - discards and barriers are there.
 * false: why says what is missing. Needs the function as the loader made it for this variant.
 */
bool airc_check_facts(const struct air_function *f, const struct pvg_shader_result *result,
	char *why, size_t why_bytes);

/* Loads the function again (LLVM in this process) and compares. */
bool airc_check_module(const uint8_t *bitcode, size_t size, const char *entry,
	const struct pvg_shader_variant *variant, const struct pvg_shader_result *result, char *why,
	size_t why_bytes);

#endif
