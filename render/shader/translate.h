// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_SHADER_TRANSLATE_H
#define RENDER_SHADER_TRANSLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ir.h"
#include "reflect.h"
#include "status.h"

/* Changes whenever the same request may give another result: part of every cache key. */
#define PVG_SHADER_TRANSLATOR_VERSION 1u

#define PVG_SHADER_MAX_GLSL_BYTES (2u << 20)
#define PVG_SHADER_MAX_SPIRV_BYTES (8u << 20)

enum pvg_profile {
	PVG_PROFILE_GLES, // 32-bit only, no subgroups; GLSL ES 3.20 comes with it
	PVG_PROFILE_VULKAN, // Vulkan 1.1
};

enum pvg_shader_features {
	PVG_FEATURE_SUBGROUPS = 1, // vulkan: subgroups of 32 with shuffle and arithmetic
	PVG_FEATURE_NO_ROBUST_ACCESS = 2, // test every buffer access against the bound size
	PVG_FEATURE_LOOP_GUARD = 4, // loops end after 65536 rounds
	PVG_FEATURE_BUFFER_OFFSETS = 8, // binds are aligned down; parameters hold the rest
	PVG_FEATURE_Y_FLIP = 16, // no clip control: the vertex stage flips y, z is -1..1
	PVG_FEATURE_POINT_SIZE = 32, // write point size 1 when the function writes none
	PVG_FEATURE_LAYER = 64, // layer and viewport can be written by the vertex stage
};

/* Everything besides the module that the code depends on (spec 05 §6.7). Zeroed is a good start. */
struct pvg_shader_variant {
	uint32_t profile; // enum pvg_profile
	uint32_t features; // enum pvg_shader_features
	uint32_t local_size[3]; // of kernels
	uint32_t threadgroup_bytes[31]; // per threadgroup-memory argument
	uint32_t sample_count;
	uint32_t swap_mask; // colour outputs whose red and blue change places
	uint8_t image_formats[128]; // SpvImageFormat per texture slot, 0: by component type
	uint32_t constant_count;
	struct pvg_function_constant constants[PVG_MAX_FUNCTION_CONSTANTS];
};

struct pvg_shader_result {
	uint32_t *spirv; // owned
	size_t spirv_words;
	char *glsl; // owned; NULL in the vulkan profile
	size_t glsl_bytes; // without the terminating zero
	struct pvg_reflection reflection;
};

/* wire.c: is everything in range? What is not gets BAD_REQUEST. */
bool pvg_shader_variant_check(const struct pvg_shader_variant *variant,
	struct pvg_shader_status *status);

/*
 * Translates one function. Calls LLVM: hostile bitcode may bring the process down (spec 05 §6.8).
 * entry may be NULL when the module has one entry point.
 */
bool pvg_shader_translate(const uint8_t *bitcode, size_t size, const char *entry,
	const struct pvg_shader_variant *variant, struct pvg_shader_result *result,
	struct pvg_shader_status *status);
void pvg_shader_result_finish(struct pvg_shader_result *result);

/* emit.c: own IR to SPIR-V words (owned by the caller) and reflection. */
bool pvg_shader_emit(const struct air_function *f, const struct pvg_shader_variant *variant,
	struct pvg_arena *arena, struct pvg_shader_result *result,
	struct pvg_shader_status *status);

/* validate.c: SPIRV-Tools on the words. */
bool pvg_shader_validate(const struct pvg_shader_result *result, uint32_t profile,
	struct pvg_shader_status *status);

/* glsl.c: GLSL ES 3.20 text and the texture units of the reflection. */
bool pvg_shader_to_glsl(struct pvg_shader_result *result, struct pvg_shader_status *status);

#endif
