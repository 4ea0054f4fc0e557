// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef TESTS_SHADER_MICRO_H
#define TESTS_SHADER_MICRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "render/shader/translate.h"

/*
 * pvg-micro runs small functions on GLES, or kernels on Vulkan, and compares what they did with
 * what their text says.
 *
 * A case is a file of AIR text. Its directives are comments, one a line (docs/shaders.md):
 *
 *   ; THREADS x y z        threads of a threadgroup (1 1 1)
 *   ; GROUPS x y z         threadgroups (1 1 1)
 *   ; IN n TYPE: v v v     buffer n begins with these values
 *   ; SIZE n bytes         length of buffer n (1024); what IN does not say is 0xcc
 *   ; TG n bytes           length of threadgroup argument n (1024)
 *   ; CONSTANT n v         function constant n
 *   ; TEXTURE n KIND FORMAT WxHxD [levels n] [samples n] [zero]
 *   ; SAMPLER n WORD...    nearest linear mipnearest miplinear edge repeat mirror; less greater...
 *   ; FORMAT n NAME        format of storage texture n in the variant
 *   ; BASE vertex instance of a draw
 *   ; DRAW w h [cw|points|samples n|blend]  a triangle over everything, for fragment functions
 *   ; CLEAR r g b a        of the targets before the draw
 *   ; VARYING semantic type = expression    of the vertex stage; p is 0 to 1 over the target
 *   ; POINTS n instances   runs a vertex function and catches what it returns
 *   ; ATTRIBUTE n TYPE components: v v v
 *   ; FEATURE n            bits of enum pvg_shader_features
 *   ; CHECK n[i] TYPE [ulp n] [abs x]: v v v      of buffer n from element i on
 *   ; CHECK texture n x y z level TYPE: r g b a
 *   ; CHECK color n x y TYPE: r g b a
 *   ; CHECK position i TYPE: x y z w              of vertex i
 *   ; CHECK varying NAME i TYPE: v
 *   ; REFUSE gles|vulkan|all REASON
 *
 * TYPE: u8 u16 u32 u64 i8 i16 i32 i64 f16 bf16 f32. A value 0x... is bits, ? is anything.
 */

#define MICRO_BUFFERS 31u
#define MICRO_TEXTURES 32u
#define MICRO_SAMPLERS 16u
#define MICRO_CHECKS 96u
#define MICRO_VALUES 256u
#define MICRO_VARYINGS 8u
#define MICRO_MAX_BYTES 65536u

enum micro_type {
	MICRO_U8,
	MICRO_U16,
	MICRO_U32,
	MICRO_U64,
	MICRO_I8,
	MICRO_I16,
	MICRO_I32,
	MICRO_I64,
	MICRO_F16,
	MICRO_BF16,
	MICRO_F32,
};

struct micro_value {
	uint64_t bits;
	bool any, nan;
};

struct micro_buffer {
	uint32_t size_bytes;
	uint8_t *data; // owned
};

enum micro_kind {
	MICRO_2D, // 1D as well
	MICRO_2D_ARRAY,
	MICRO_3D,
	MICRO_CUBE,
	MICRO_CUBE_ARRAY,
	MICRO_2D_MS,
	MICRO_2D_MS_ARRAY,
	MICRO_TEXEL_BUFFER,
};

struct micro_format {
	const char *name;
	uint32_t internal, format, type; // GL
	uint32_t components, component_bytes;
	char kind; // f, h, i, u, d (depth), n (normalised)
	uint32_t spirv; // SpvImageFormat
};

struct micro_texture {
	bool given, zero;
	enum micro_kind kind;
	const struct micro_format *format;
	uint32_t width, height, depth; // depth: slices, layers, or faces
	uint32_t levels, samples;
	uint32_t object, buffer; // GL, owned
};

struct micro_sampler {
	uint32_t mag, min, mip, wrap, compare; // GL; 0: default
};

enum micro_where {
	MICRO_AT_BUFFER,
	MICRO_AT_TEXTURE,
	MICRO_AT_COLOR,
	MICRO_AT_POSITION,
	MICRO_AT_VARYING,
};

struct micro_check {
	enum micro_where where;
	uint32_t line, index, at[4];
	char name[64]; // of a varying
	enum micro_type type;
	uint32_t ulp;
	double absolute;
	struct micro_value values[MICRO_VALUES];
	uint32_t count;
};

struct micro_case {
	const char *path; // borrowed
	struct pvg_shader_variant variant;
	uint32_t groups[3];
	struct micro_buffer buffers[MICRO_BUFFERS];
	struct micro_texture textures[MICRO_TEXTURES];
	struct micro_sampler samplers[MICRO_SAMPLERS];
	struct micro_check checks[MICRO_CHECKS];
	uint32_t check_count;
	char varyings[MICRO_VARYINGS][3][160]; // name, type, expression
	uint32_t varying_count;
	struct micro_buffer attributes[16];
	uint32_t attribute_components[16];
	enum micro_type attribute_types[16];
	uint32_t draw[2], samples, points, instances, base[2];
	bool clockwise, point_sprite, blend;
	float clear[4];
	enum pvg_shader_reason refuse[2]; // by profile; OK: translates
};

/* micro-case.c: reads the directives; false after a message that names the line. */
bool micro_parse(struct micro_case *c, const char *path, char *text);
void micro_free(struct micro_case *c);
uint32_t micro_type_bytes(enum micro_type type);
const struct micro_format *micro_format_of(const char *name, uint32_t spirv);
/* Compares count values at data; false after a message. */
bool micro_compare(const struct micro_case *c, const struct micro_check *check, const uint8_t *data,
	uint32_t bytes);

/* The parameter block of a case (reflect.h). */
void micro_params(const struct micro_case *c, uint32_t params[PVG_PARAMS_COUNT][4]);

/* micro-texture.c: objects and their contents. */
bool micro_make_texture(struct micro_texture *t);
uint32_t micro_make_sampler(const struct micro_sampler *s, const uint64_t *words, bool shadow,
	bool has_levels);
/* Texel (x, y, z or layer or face, level) as 4 components of 4 bytes. */
void micro_read_texel(const struct micro_texture *t, const uint32_t at[4], uint8_t out[16]);
uint32_t micro_target(enum micro_kind kind);
void micro_drop_texture(struct micro_texture *t);
uint32_t micro_program(const char *const *texts, const uint32_t *stages, uint32_t count,
	const char *const *feedback, uint32_t feedback_count);

/* micro-gl.c: the extension that a result needs and the host has not; NULL: it can be run. */
const char *micro_lacks(const struct pvg_shader_result *result);
/* Runs the case and compares. */
bool micro_run(struct micro_case *c, const struct pvg_shader_result *result);

#endif
