// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef TESTS_SHADER_AIRDIFF_H
#define TESTS_SHADER_AIRDIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * pvg-airdiff runs a function twice: its AIR on the CPU through LLVM's JIT with our own C versions
 * of
 * the air functions, and its translation on OpenGL ES. The two share no code but the container
 * reader.
 *
 *	airdiff.c          files, functions, a process for each, totals
 *	airdiff-case.c     one function: which inputs, which runs, the verdict
 *	airdiff-meta.c     metadata: arguments, outputs, layouts of structs
 *	airdiff-inputs.c   bytes of buffers, texels, attributes
 *	airdiff-constants.c  values for function constants
 *	airdiff-jit.c      AIR to machine code that asks us about every access and every operation
 *	airdiff-cpu.c      threads as fibers, memory, quads
 *	airdiff-air.c      the air functions; airdiff-simd.c: of several threads, airdiff-texture.c
 *	airdiff-numbers.c  how exact an operation has to be
 *	airdiff-compare.c  what was written against what the other side wrote
 *	airdiff-gl.c       buffers and textures in GLES; airdiff-draw.c: functions of draws
 */

#define DIFF_BUFFERS 31u
#define DIFF_OUTPUTS_REGION DIFF_BUFFERS // what vertex and fragment functions return
#define DIFF_FIRST_TEXTURE 32u // regions of textures
#define DIFF_TEXTURES 32u
#define DIFF_REGIONS (DIFF_FIRST_TEXTURE + DIFF_TEXTURES)
#define DIFF_BUFFER_BYTES (128u << 10)
#define DIFF_MAX_THREADS 256u
#define DIFF_TILES 4u // of fragments, DIFF_TILE pixels on a side
#define DIFF_TILE 8u
#define DIFF_VERTICES 64u
#define DIFF_VARIANTS 9u // of function constants
#define DIFF_MAX_OUTPUTS 24u
#define DIFF_OUTPUT_BYTES (DIFF_MAX_OUTPUTS * 32u) // of one invocation: up to 8 words each
#define DIFF_INVOCATIONS (DIFF_TILES * DIFF_TILE * DIFF_TILE)
#define DIFF_MAX_ARGUMENTS 64u
#define DIFF_MAX_FIELDS 256u

/* What the last store to a byte was: decides how it is compared. */
enum diff_kind {
	DIFF_UNTOUCHED,
	DIFF_I8,
	DIFF_I16,
	DIFF_I32,
	DIFF_I64,
	DIFF_F32,
	DIFF_F16,
	DIFF_BF16,
	DIFF_F16_IN_32, // a half that is kept as a float: an output, a texel
	DIFF_UNDEFINED, // the module promised that there are no NaNs, and there was one
	DIFF_KINDS = 15,
	DIFF_HEAD = 128, // first byte of an element
};

enum diff_stage { DIFF_VERTEX, DIFF_FRAGMENT, DIFF_KERNEL };

enum diff_type_kind {
	DIFF_T_VOID,
	DIFF_T_I1,
	DIFF_T_I8,
	DIFF_T_I16,
	DIFF_T_I32,
	DIFF_T_I64,
	DIFF_T_HALF,
	DIFF_T_BFLOAT,
	DIFF_T_FLOAT,
	DIFF_T_PTR,
	DIFF_T_OTHER,
};

struct diff_type {
	uint8_t kind; // enum diff_type_kind
	uint8_t count; // of a vector
};

/* One member of a struct that lies in a buffer. */
struct diff_field {
	uint32_t offset_bytes, size_bytes, count;
	char type[24], name[32];
};

enum diff_argument_kind {
	DIFF_ARG_UNUSED,
	DIFF_ARG_BUFFER,
	DIFF_ARG_THREADGROUP,
	DIFF_ARG_TEXTURE,
	DIFF_ARG_SAMPLER,
	DIFF_ARG_BUILTIN,
	DIFF_ARG_ATTRIBUTE,
	DIFF_ARG_VARYING,
	DIFF_ARG_FETCH,
};

struct diff_argument {
	uint8_t kind; // enum diff_argument_kind
	uint8_t space; // of a buffer
	bool flat, written;
	uint32_t location;
	uint32_t type_bytes; // of what a buffer's pointer points to
	struct diff_type type;
	char role[48], type_name[64], name[48], semantic[64];
	uint32_t field_count;
	struct diff_field *fields; // owned by the case
};

struct diff_output {
	char role[40], semantic[64];
	uint32_t location, second; // colour slot, dual-source index
	uint32_t offset_bytes; // in what the function returns
	struct diff_type type; // components in count, also of arrays
	bool is_signed, off;
};

enum diff_dim { DIFF_1D, DIFF_2D, DIFF_3D, DIFF_CUBE };
enum diff_class { DIFF_CLASS_FLOAT, DIFF_CLASS_SINT, DIFF_CLASS_UINT };

/*
 * Texels lie in the region of the texture: 4 words each; x, y, z, sample or layer (6 a cube),
 * level.
 */
struct diff_texture {
	bool used, array, multisample, depth, written;
	uint8_t dim; // enum diff_dim
	uint8_t texel_class; // enum diff_class
	bool half;
	uint32_t channels; // that are kept: 1 for read_write
	uint32_t width, height, slices; // slices: depth, layers, faces of all layers
	uint32_t layers, levels, samples;
};

struct diff_region {
	uint32_t bytes; // 0: not there
	uint32_t room; // what there is memory for: attempts differ in sizes
	uint8_t *input, *output, *kinds; // shared with the runs
};

/* How one run is done. */
struct diff_how {
	uint32_t seed; // 0: exact; else results are moved about as far as they may be off
	bool reversed; // threads in the other order, memory nobody wrote full of something else
	bool flush; // no denormals
};

/* What a run tells, in shared memory. */
struct diff_told {
	bool done, straddles, undefined;
	uint32_t outside; // accesses outside of buffers
	char why[160]; // when not done
};

struct diff_case {
	enum diff_stage stage;
	struct diff_argument arguments[DIFF_MAX_ARGUMENTS];
	uint32_t argument_count;
	struct diff_output outputs[DIFF_MAX_OUTPUTS];
	uint32_t output_count;
	bool uses_quads, uses_matrices, uses_neighbours, early_tests;
	struct diff_texture textures[DIFF_TEXTURES];
	uint64_t samplers[16][2]; // as static ones have it (spec 05 §3.8)
	struct diff_region regions[DIFF_REGIONS];
	uint32_t local[3], groups[3], threadgroup_bytes;
	// Varying v of an invocation at pixel x, y of tile t: base + across x + down y.
	float varying[DIFF_MAX_ARGUMENTS][DIFF_TILES][4][3];
	uint32_t flat[DIFF_MAX_ARGUMENTS][DIFF_TILES][4];
	float depth_in[DIFF_TILES];
	uint32_t attribute[DIFF_MAX_ARGUMENTS][DIFF_VERTICES][4]; // bits of floats or integers
	uint32_t vertices; // how many vertex ids make sense
	// Function constants: all undefined in variant 0, else the same values on both sides.
	uint32_t variant, constant_count;
	bool *has_constants; // shared
	struct {
		char name[64];
		double value;
	} constants[64];
	struct diff_told *told; // shared
};

extern struct diff_case diff; // of this process

/* ---- airdiff-meta.c, airdiff-jit.c ---- */

/* Reads, prepares and compiles; false and why when it cannot be done. Once a process. */
bool diff_jit(const uint8_t *bitcode, size_t size, const char *entry, char *why, size_t why_bytes);

/* Runs one invocation: pointers to the arguments, room for what is returned. */
extern void (*diff_jitted)(void **arguments, void *result);
#define DIFF_GLOBALS 128u
struct diff_global {
	uint8_t *memory;
	size_t bytes;
	uint8_t space; // 2 a table, 3 threadgroup memory
};
extern struct diff_global diff_globals[DIFF_GLOBALS];
extern uint32_t diff_global_count;

/* ---- airdiff-inputs.c ---- */

/* The value of a function constant in the variant; numbers are what it is compared with. */
double diff_constant(const char *name, const char *type, const double *numbers,
	uint32_t number_count);

/* Sizes and contents for an attempt; attempt 0 is the likeliest. False when there are no more. */
bool diff_inputs(uint32_t attempt, bool edges);
void diff_region_open(uint32_t region, uint32_t bytes);

/* ---- airdiff-cpu.c ---- */

/* Runs all invocations. In a process of its own: it may crash. */
void diff_cpu_run(const struct diff_how *how);
#define DIFF_BASE(region) (UINT64_C(1) << 62 | (uint64_t)(region) << 48 | UINT64_C(1) << 40)
#define DIFF_HANDLE(location) (UINT64_C(1) << 61 | (uint64_t)(location))

/* What the air functions need from the thread and its group. */
uint32_t diff_meet(uint32_t site, void **args); // bits of the lanes that take part
void **diff_other(uint32_t lane);
/* After diff_meet: room for what is the same for all lanes; the first one has to compute it. */
void *diff_meeting_result(bool *first);
uint32_t diff_lane(void);
void diff_barrier(void);
/* After a store. */
void diff_note(uint64_t pointer, uint8_t type_kind, uint32_t count, bool atomic);
/* Host memory of a pointer of the function; outside of buffers: zeroes, or nowhere. */
void *diff_at(uint64_t pointer, uint32_t bytes, bool write);
void diff_discard(void);
bool diff_is_discarded(void);
void diff_saw_nan(void);
void diff_give_up(const char *why, const char *what) __attribute__((noreturn));

/* ---- airdiff-air.c and its neighbours ---- */

#define DIFF_MAX_ARGS 20u

struct diff_site {
	char name[96]; // without "air."
	struct diff_type result; // of { value, i8 }: the value
	bool residency;
	struct diff_type args[DIFF_MAX_ARGS];
	uint32_t arg_count;
};

const struct diff_site *diff_site_of(uint32_t number);
uint32_t diff_type_bytes(uint8_t kind);
double diff_get_float(const struct diff_type *t, const void *p, uint32_t i);
void diff_set_float(const struct diff_type *t, void *p, uint32_t i, double v);
uint64_t diff_get_int(const struct diff_type *t, const void *p, uint32_t i);
int64_t diff_get_signed(const struct diff_type *t, const void *p, uint32_t i);
void diff_set_int(const struct diff_type *t, void *p, uint32_t i, uint64_t v);
bool diff_is_float(const struct diff_type *t);

/* Does one call; false when the function is not known. With probe nothing is done. */
bool diff_air_call(const struct diff_site *s, uint32_t number, void **args, void *result,
	bool probe);
bool diff_simd_call(const struct diff_site *s, uint32_t number, const char *op, const char *rest,
	void **args, void *result, bool probe);
bool diff_memory_call(const struct diff_site *s, uint32_t number, const char *op, const char *rest,
	void **args, void *result, bool probe);
bool diff_texture_call(const struct diff_site *s, uint32_t number, void **args, void *result,
	bool probe);

/* ---- airdiff-numbers.c ---- */

enum diff_operation { DIFF_OP_ADD, DIFF_OP_MUL, DIFF_OP_DIV, DIFF_OP_OTHER };

void diff_numbers_begin(const struct diff_how *how);
/* The exact result v of a function of x, rounded to the type and moved as far as it may be off. */
double diff_inexact(const char *function, bool fast, uint8_t type_kind, double v, double x);
/* The same by a number of units in the last place. */
double diff_move(uint8_t type_kind, double v, double ulps);
double diff_move_by(double v, double most); // an absolute distance
float diff_float_result(float v, uint32_t operation);
void diff_vector_result(void *v, uint32_t type_kind, uint32_t count, uint32_t operation);

/* ---- airdiff-compare.c ---- */

struct diff_verdict {
	uint32_t written, checked,
		open; // elements: stored, compared closely, differing between runs
	bool same;
	char why[200];
};

/* Takes what a run left. The first one is what the others are measured by. */
void diff_compare_begin(void);
void diff_compare_add(const struct diff_how *how);
void diff_compare_count(struct diff_verdict *v);
/* Against what the other side has in the region, of which it wrote the bytes. */
bool diff_compare_region(uint32_t region, const uint8_t *theirs, struct diff_verdict *v);

/* ---- airdiff-gl.c, airdiff-draw.c ---- */

struct pvg_shader_result;

bool diff_gl_begin(char *why, size_t why_bytes); // once a process
/* Compiles, once for a translation. */
bool diff_gl_link(const struct pvg_shader_result *r, char *why, size_t why_bytes);
/* Makes resources from the inputs and runs; what was written goes to theirs[region]. */
bool diff_gl_run(const struct pvg_shader_result *r, uint8_t *theirs[DIFF_REGIONS], char *why,
	size_t why_bytes);
uint32_t diff_gl_compile(uint32_t stage, const char *text, char *why, size_t why_bytes);
bool diff_draw_link(const struct pvg_shader_result *r, char *why, size_t why_bytes);
bool diff_draw(const struct pvg_shader_result *r, uint8_t *outputs, char *why, size_t why_bytes);

/* ---- airdiff-case.c ---- */

enum diff_outcome { DIFF_AGREES, DIFF_DISAGREES, DIFF_NOT_TRIED };

enum diff_outcome diff_function(const uint8_t *bitcode, size_t size, const char *entry, char *text,
	size_t text_bytes);

#endif
