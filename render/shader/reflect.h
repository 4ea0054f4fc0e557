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
#define PVG_REFLECTION_VERSION 1u

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
	PVG_SLOT_UNIFORM = 8, // the buffer is a uniform block (vec4 words), not a storage block
};

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
	uint32_t size_bytes; // buffers: what the function can reach, 0 unbounded
	uint64_t sampler_words[2]; // static samplers (spec 05 §3.8)
};

struct pvg_reflection_attribute {
	uint8_t location;
	uint8_t components;
	uint8_t value_class;
	uint8_t reserved;
};

struct pvg_reflection_varying {
	char name[PVG_REFLECTION_NAME_BYTES]; // the Metal semantic: what links the stages
	uint8_t location;
	uint8_t components;
	uint8_t value_class;
	uint8_t flat;
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
};

struct pvg_reflection {
	uint32_t magic, version, size_bytes;
	uint32_t stage; // enum air_stage: 0 vertex, 1 fragment, 2 kernel
	uint32_t flags; // enum pvg_reflection_flags
	uint32_t local_size[3];
	uint32_t max_threads; // 0: not said
	uint32_t threadgroup_bytes; // memory of the group in all
	uint32_t params_binding;
	uint32_t slot_count, attribute_count, varying_count, output_count, pair_count;
	struct pvg_reflection_slot slots[PVG_REFLECTION_SLOTS];
	struct pvg_reflection_attribute attributes[PVG_REFLECTION_ATTRIBUTES];
	struct pvg_reflection_varying varyings[PVG_REFLECTION_VARYINGS];
	struct pvg_reflection_output outputs[PVG_REFLECTION_OUTPUTS];
	struct pvg_reflection_pair pairs[PVG_REFLECTION_PAIRS];
};

/*
 * The parameter block: std140 uvec4[] at params_binding.
 *   [0] base vertex, base instance, sample count, 0
 *   [1] threads per grid x, y, z, 0
 *   [2 + n] buffer n of the Metal table: byte offset into the bound window, bytes from there, 0, 0
 *   [33 + n] texture n: mip levels, samples, 0, 0
 */
#define PVG_PARAMS_DRAW 0u
#define PVG_PARAMS_GRID 1u
#define PVG_PARAMS_BUFFERS 2u
#define PVG_PARAMS_TEXTURES 33u
#define PVG_PARAMS_COUNT 161u

/* Everything in range and consistent? A reply of the worker and a cached file are not trusted. */
bool pvg_reflection_check(const void *data, size_t size);

/* Text for people and golden files: one line a fact, stable order. */
void pvg_reflection_print(const struct pvg_reflection *r, FILE *out);

#endif
