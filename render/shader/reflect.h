// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_SHADER_REFLECT_H
#define RENDER_SHADER_REFLECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * What a renderer needs to bind a translated function. One flat struct of fixed size, so that it
 * can cross the worker's socket and lie in the disk cache; whoever receives it calls
 * pvg_reflection_check before reading it. Integers are in host order: it never leaves the machine.
 */

#define PVG_REFLECTION_MAGIC 0x52475650u // "PVGR"
#define PVG_REFLECTION_VERSION 2u

#define PVG_REFLECTION_SLOTS 192u
#define PVG_REFLECTION_ATTRIBUTES 32u
#define PVG_REFLECTION_VARYINGS 40u
#define PVG_REFLECTION_OUTPUTS 16u
#define PVG_REFLECTION_PAIRS 64u
#define PVG_REFLECTION_NAME_BYTES 64u

enum pvg_slot_kind {
	PVG_SLOT_BUFFER, // storage buffer of 32-bit words
	PVG_SLOT_TEXTURE, // sampled or fetched
	PVG_SLOT_IMAGE, // storage image
	PVG_SLOT_SAMPLER, // from the encoder's sampler table
	PVG_SLOT_STATIC_SAMPLER, // described by words
	PVG_SLOT_COLOR_INPUT, // framebuffer fetch
	PVG_SLOT_KIND_COUNT,
};

enum pvg_slot_access {
	PVG_SLOT_READ = 1,
	PVG_SLOT_WRITE = 2,
};

enum pvg_slot_dim {
	PVG_SLOT_DIM_NONE,
	PVG_SLOT_DIM_2D, // one-dimensional textures are bound as 2D of height 1
	PVG_SLOT_DIM_2D_ARRAY,
	PVG_SLOT_DIM_2D_MS,
	PVG_SLOT_DIM_2D_MS_ARRAY,
	PVG_SLOT_DIM_3D,
	PVG_SLOT_DIM_CUBE,
	PVG_SLOT_DIM_CUBE_ARRAY,
	PVG_SLOT_DIM_BUFFER,
	PVG_SLOT_DIM_COUNT,
};

enum pvg_slot_class {
	PVG_CLASS_FLOAT,
	PVG_CLASS_SINT,
	PVG_CLASS_UINT,
	PVG_CLASS_COUNT,
};

enum pvg_slot_flags {
	PVG_SLOT_SHADOW = 1, // sampled with a comparison
	PVG_SLOT_CUBE_AS_ARRAY = 2, // a cube to be viewed as a 2D array of 6 faces each
	PVG_SLOT_ONE_DIMENSIONAL = 4,
	PVG_SLOT_UNIFORM = 8, // the buffer is a uniform block, see below
	PVG_SLOT_PACKED = 16, // the buffer shares its storage block with others, see below
	PVG_SLOT_ATTRIBUTES = 32, // vertex attributes are read from this buffer
	PVG_SLOT_COPY = 64, // a colour input that is read from a copy of the attachment
};

/*
 * How buffers are bound.
 *
 * Storage block (no flag): bind the guest's buffer at its offset, aligned down to what the target
 * wants; what is over goes to word 0 of the buffer's entry in the parameter block, when the variant
 * asked for PVG_FEATURE_BUFFER_OFFSETS.
 *
 * PVG_SLOT_UNIFORM: a block of size_bytes rounded up to 16. It starts with the first byte of the
 * guest's bind (no offset is added) and the range bound must have that length, so a bind at an odd
 * offset, or near the end of a buffer, has to be copied first. Only constant-address-space buffers
 * whose extent is known become uniform blocks.
 *
 * PVG_SLOT_PACKED: all slots of this flag have the same binding: one storage block. The consumer
 * puts
 * the buffers into it at offsets of its choice that are multiples of 16 and says in the parameter
 * block where each starts and how long it is; accesses are tested against that. What is written
 * (PVG_SLOT_WRITE) has to be copied back. Happens only when a function uses more buffers than the
 * variant allows.
 *
 * size_bytes is the end of the furthest byte that the function can reach, counted from the start of
 * the bind, where the code shows it; 0 says that it depends on what the shader computes.
 */

struct pvg_reflection_slot {
	uint8_t kind; // enum pvg_slot_kind
	uint8_t access; // enum pvg_slot_access, or-ed
	uint8_t dim; // enum pvg_slot_dim
	uint8_t value_class; // enum pvg_slot_class
	uint8_t flags; // enum pvg_slot_flags
	uint8_t reserved;
	uint16_t metal_index; // in the Metal table of the kind; static samplers: running number
	uint16_t binding; // in the translated module
	uint16_t image_format; // SpvImageFormat of an image, 0 unknown
	uint32_t size_bytes; // buffers: static extent, 0 unbounded
	uint64_t sampler_words[2]; // static samplers (spec 05 §3.8)
};

/* An attribute of the vertex descriptor that the function reads. */
struct pvg_reflection_attribute {
	uint8_t location; // Metal attribute index
	uint8_t components;
	uint8_t value_class; // enum pvg_slot_class: the fetch must deliver this class
	uint8_t pulled; // 1: the shader reads it from a buffer slot itself, nothing to set up
};

enum pvg_interpolation {
	PVG_INTERPOLATION_PERSPECTIVE,
	PVG_INTERPOLATION_NO_PERSPECTIVE,
	PVG_INTERPOLATION_FLAT,
	PVG_INTERPOLATION_COUNT,
};

enum pvg_sampling {
	PVG_SAMPLING_CENTER,
	PVG_SAMPLING_CENTROID,
	PVG_SAMPLING_SAMPLE,
	PVG_SAMPLING_COUNT,
};

/*
 * A value that goes from the vertex (or tessellation) function to the fragment function. Stages are
 * linked by name and by nothing else: see link.h. In GLSL the variable is called after the name and
 * has no location.
 */
struct pvg_reflection_varying {
	char name[PVG_REFLECTION_NAME_BYTES]; // the Metal semantic
	uint8_t location; // SPIR-V: provisional, until the pair is linked
	uint8_t components;
	uint8_t value_class; // enum pvg_slot_class
	uint8_t interpolation; // enum pvg_interpolation; of a vertex output: FLAT for integers
	uint8_t sampling; // enum pvg_sampling, fragment inputs
	uint8_t reserved[3];
};

enum pvg_output_kind {
	PVG_OUTPUT_COLOR,
	PVG_OUTPUT_DEPTH,
	PVG_OUTPUT_STENCIL,
	PVG_OUTPUT_SAMPLE_MASK,
	PVG_OUTPUT_POSITION,
	PVG_OUTPUT_POINT_SIZE,
	PVG_OUTPUT_CLIP_DISTANCE,
	PVG_OUTPUT_LAYER,
	PVG_OUTPUT_VIEWPORT,
	PVG_OUTPUT_KIND_COUNT,
};

struct pvg_reflection_output {
	uint8_t kind; // enum pvg_output_kind
	uint8_t location;
	uint8_t dual_source;
	uint8_t components;
	uint8_t value_class;
	uint8_t reserved[3];
};

/* A texture and a sampler that GLSL knows as one: indices into slots, UINT16_MAX for fetches. */
struct pvg_reflection_pair {
	uint16_t texture_slot;
	uint16_t sampler_slot;
	uint16_t unit;
	uint16_t reserved;
};

enum pvg_reflection_flags {
	PVG_REFLECT_EARLY_TESTS = 1,
	PVG_REFLECT_DISCARD = 2,
	PVG_REFLECT_PARAMS = 4, // the parameter block is read
	PVG_REFLECT_SAMPLE_RATE = 8,
	PVG_REFLECT_LOCKSTEP = 16, // simd groups are emulated by a state machine
	PVG_REFLECT_SUBGROUP_32 = 32, // needs subgroups of 32
	PVG_REFLECT_FRAMEBUFFER_FETCH = 64,
	PVG_REFLECT_LOCAL_SIZE = 128, // the local size went into the code
	PVG_REFLECT_DISPATCHER = 256, // flow had to be written as a state machine
	PVG_REFLECT_PATCH_INSTANCE =
		1024, // reads `patch in uint pvg_instance`: instance id with base
	PVG_REFLECT_CONSTANTS = 2048, // function constants that nobody gave a value
	PVG_REFLECT_SUBGROUPS_GLSL = 512, // GLSL: needs GL_KHR_shader_subgroup
};

/* A post-tessellation vertex function is a tessellation evaluation shader: see docs/shaders.md. */
enum pvg_reflection_stage {
	PVG_STAGE_VERTEX,
	PVG_STAGE_FRAGMENT,
	PVG_STAGE_KERNEL,
	PVG_STAGE_TESSELLATION,
	PVG_STAGE_COUNT,
};

enum pvg_patch {
	PVG_PATCH_NONE,
	PVG_PATCH_TRIANGLE,
	PVG_PATCH_QUAD,
	PVG_PATCH_COUNT,
};

struct pvg_reflection {
	uint32_t magic, version, size_bytes;
	uint32_t stage; // enum pvg_reflection_stage
	uint32_t flags; // enum pvg_reflection_flags
	uint32_t local_size[3];
	uint32_t max_threads; // 0: not said
	uint32_t threadgroup_bytes; // memory of the group in all
	uint32_t params_binding; // uniform block of the parameter block
	uint32_t patch; // enum pvg_patch, of PVG_STAGE_TESSELLATION
	uint32_t control_points; // of a patch
	uint32_t slot_count, attribute_count, varying_count, output_count, pair_count;
	struct pvg_reflection_slot slots[PVG_REFLECTION_SLOTS];
	struct pvg_reflection_attribute attributes[PVG_REFLECTION_ATTRIBUTES];
	struct pvg_reflection_varying varyings[PVG_REFLECTION_VARYINGS];
	struct pvg_reflection_output outputs[PVG_REFLECTION_OUTPUTS];
	struct pvg_reflection_pair pairs[PVG_REFLECTION_PAIRS];
};

/*
 * The parameter block: std140 uvec4[] at params_binding.
 *   [0] base vertex, base instance, sample count, first patch
 *   [1] threads per grid x, y, z, alpha-test reference (a float)
 *   [2 + n] buffer n of the Metal table: byte offset into the bound window, bytes from there, bytes
 *           from one vertex to the next where the variant said PVG_STRIDE_DYNAMIC, 0
 *   [33 + n] texture n: mip levels, samples, 0, 0
 *   [161] stage-in region of a kernel: origin x, y, z, 0
 *   [162] its size x, y, z, 0
 *   [163 + n / 4] component n % 4: level bias of sampler n, where the variant says so (a float)
 */
#define PVG_PARAMS_DRAW 0u
#define PVG_PARAMS_GRID 1u
#define PVG_PARAMS_BUFFERS 2u
#define PVG_PARAMS_TEXTURES 33u
#define PVG_PARAMS_STAGE_IN 161u
#define PVG_PARAMS_BIAS 163u
#define PVG_PARAMS_COUNT 167u

/* Everything in range and consistent? A reply of the worker and a cached file are not trusted. */
bool pvg_reflection_check(const void *data, size_t size);

/* Text for people and golden files: one line a fact, stable order. */
void pvg_reflection_print(const struct pvg_reflection *r, FILE *out);

#endif
