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
#define PVG_SHADER_TRANSLATOR_VERSION 10u

#define PVG_SHADER_MAX_GLSL_BYTES (2u << 20)
#define PVG_SHADER_MAX_SPIRV_BYTES (8u << 20)

enum pvg_profile {
	PVG_PROFILE_GLES, // 32-bit only, no subgroups; GLSL ES 3.20 comes with it
	PVG_PROFILE_VULKAN, // Vulkan 1.1; 1.2 with PVG_FEATURE_NATIVE
};

enum pvg_shader_features {
	PVG_FEATURE_SUBGROUPS = 1, // vulkan: subgroups of 32 with shuffle and arithmetic
	PVG_FEATURE_NO_ROBUST_ACCESS = 2, // test every buffer access against the bound size
	PVG_FEATURE_LOOP_GUARD = 4, // loops end after 65536 rounds
	PVG_FEATURE_BUFFER_OFFSETS = 8, // binds are aligned down; parameters hold the rest
	PVG_FEATURE_Y_FLIP = 16, // the vertex stage turns y over
	PVG_FEATURE_DEPTH_REMAP = 256, // no clip control: the vertex stage makes z -1..1
	PVG_FEATURE_POINT_SIZE = 32, // write point size 1 when the function writes none
	PVG_FEATURE_ALPHA_TO_ONE = 128, // colour output 0 has alpha 1
	PVG_FEATURE_LAYER = 64, // layer and viewport can be written by the vertex stage
	// vulkan: widths that the device has; the others are made of words and floats.
	PVG_FEATURE_INT16 = 512,
	PVG_FEATURE_INT64 = 1024,
	PVG_FEATURE_FLOAT16 = 2048,
	PVG_FEATURE_STORAGE16 = 4096, // elements of 16 bits in storage buffers
	PVG_FEATURE_STORAGE8 = 8192,
	PVG_FEATURE_ATOMIC64 = 16384, // on storage buffers; asks for INT64 as well
	PVG_FEATURE_NATIVE = 32256, // all of these
};

/* Ordinals of MTLVertexFormat that mean something: 1 to 42 and 45 to 55 (spec 03 §8). */
#define PVG_MAX_VERTEX_FORMAT 55u
#define PVG_MAX_ATTRIBUTES 31u
#define PVG_STRIDE_DYNAMIC 0xffffffffu // the parameter block has the stride
#define PVG_NO_STORAGE_BUFFERS 0xffffffffu

/* MTLStepFunction. */
enum pvg_step {
	PVG_STEP_CONSTANT,
	PVG_STEP_VERTEX,
	PVG_STEP_INSTANCE,
	PVG_STEP_PATCH,
	PVG_STEP_CONTROL_POINT,
	PVG_STEP_GRID_X,
	PVG_STEP_GRID_Y,
	PVG_STEP_GRID_X_INDEXED,
	PVG_STEP_GRID_Y_INDEXED,
	PVG_STEP_COUNT,
};

/* An attribute that the shader reads from a buffer instead of having it fetched. */
struct pvg_shader_attribute {
	uint8_t location; // Metal attribute index
	uint8_t format; // MTLVertexFormat
	uint8_t buffer; // Metal buffer index, 0 to 30
	uint8_t step; // enum pvg_step
	uint32_t offset_bytes;
	uint32_t stride_bytes;
	uint32_t step_rate; // of PVG_STEP_INSTANCE; 0 reads the base instance's
};

/* How the colour that is there already reaches a fragment function. */
enum pvg_fetch {
	PVG_FETCH_EXTENSION, // gles: EXT_shader_framebuffer_fetch; vulkan: input attachment
	PVG_FETCH_COPY, // from a copy, as a texture of the attachment's size
};

/* Or-ed to an image format: red and blue change places in loads and stores. */
#define PVG_IMAGE_SWAP 0x80u

/* Everything besides the module that the code depends on (spec 05 §6.7). Zeroed is a good start. */
struct pvg_shader_variant {
	uint32_t profile; // enum pvg_profile
	uint32_t features; // enum pvg_shader_features
	uint32_t local_size[3]; // of kernels
	uint32_t threadgroup_bytes[31]; // per threadgroup-memory argument
	uint32_t sample_count;
	uint32_t swap_mask; // colour outputs whose red and blue change places
	uint8_t image_formats[128]; // SpvImageFormat per texture slot, 0: by component type; swap
	uint32_t pixel_samplers; // sampler slots whose coordinates are in texels
	uint32_t biased_samplers; // sampler slots whose level bias is in the parameters
	uint32_t fetch; // enum pvg_fetch
	uint32_t
		// 0 none, else 1 + MTLCompareFunction; the reference is in the parameters
		alpha_test;
	uint32_t storage_buffers; // that the stage may have; 0: 16, PVG_NO_STORAGE_BUFFERS: none
	uint32_t
		// that buffers may become, the parameter block not counted; 0: none
		uniform_buffers;
	uint32_t uniform_bytes; // largest uniform block; 0: 16384
	uint32_t tess_partition; // MTLTessellationPartitionMode: 0 pow2, 1 integer, 2 odd, 3 even
	uint32_t tess_winding; // MTLWinding: 0 clockwise
	// 1: control points by index, from `patch in uvec4 pvg_control[8]`
	uint32_t control_indices;
	uint32_t attribute_count;
	struct pvg_shader_attribute attributes[PVG_MAX_ATTRIBUTES];
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

/*
 * emit-uniform.c: do all threads of a group come to every barrier and simd operation together?
 * False
 * when that is not certain.
 */
bool pvg_shader_flow_is_uniform(const struct air_function *f, struct pvg_arena *arena);

/* validate.c: SPIRV-Tools on the words. */
bool pvg_shader_validate(const struct pvg_shader_result *result,
	const struct pvg_shader_variant *variant, struct pvg_shader_status *status);

/* glsl.c: GLSL ES 3.20 text and the texture units of the reflection. */
bool pvg_shader_to_glsl(struct pvg_shader_result *result, struct pvg_shader_status *status);

#endif
