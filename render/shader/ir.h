// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_SHADER_IR_H
#define RENDER_SHADER_IR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "status.h"

/*
 * What the loader hands to the emitter: one function, everything inlined, no LLVM type in sight.
 *
 * Values are flat lists of scalar components: a <4 x float> has four, { <4 x float>, i8 } five. A
 * <64 x T> (simdgroup matrix) has two, the two elements that a lane holds. Everything lives in the
 * arena of the job.
 */

enum air_kind {
	AIR_BOOL,
	AIR_I8,
	AIR_I16,
	AIR_I32,
	AIR_I64,
	AIR_F16,
	AIR_BF16,
	AIR_F32,
	AIR_PTR,
	AIR_ODD = 0x40, // | width: an integer of another width below 64, kept zero-extended
};

/* Passes make wide integers out of copied structures: lists of 32-bit parts and a rest. */
#define AIR_MAX_INTEGER_BITS 256u

/* Address spaces of AIR. Handles (textures, samplers) are pointers into device and constant. */
enum air_space {
	AIR_SPACE_PRIVATE = 0,
	AIR_SPACE_DEVICE = 1,
	AIR_SPACE_CONSTANT = 2,
	AIR_SPACE_THREADGROUP = 3,
};

struct air_comp {
	uint8_t kind; // enum air_kind
	uint8_t space; // of a pointer
	uint32_t offset_bytes; // in memory
};

struct air_type {
	uint32_t comp_count; // 0 for void
	uint32_t size_bytes; // in memory, tail padding included
	struct air_comp *comps; // arena
	bool matrix; // <64 x T>
	bool wide; // one integer of more than 64 bits
};

enum air_op {
	AIR_ARG,
	AIR_CONST,
	AIR_ADD, AIR_SUB, AIR_MUL, AIR_UDIV, AIR_SDIV, AIR_UREM, AIR_SREM,
	AIR_SHL, AIR_LSHR, AIR_ASHR, AIR_AND, AIR_OR, AIR_XOR,
	AIR_FADD, AIR_FSUB, AIR_FMUL, AIR_FDIV, AIR_FREM, AIR_FNEG,
	AIR_ICMP, AIR_FCMP,
	AIR_TRUNC, AIR_ZEXT, AIR_SEXT, AIR_FPTRUNC, AIR_FPEXT,
	AIR_FPTOUI, AIR_FPTOSI, AIR_UITOFP, AIR_SITOFP,
	AIR_BITCAST,
	AIR_COPY, // freeze, addrspacecast
	AIR_SELECT,
	AIR_PHI,
	AIR_LOAD, AIR_STORE,
	AIR_PTRADD,
	AIR_ALLOCA,
	AIR_EXTRACT, // components [first, first + type->comp_count) of op 0
	AIR_INSERT, // op 1 over the components of op 0 from first
	AIR_SHUFFLE, // components of op 0 and op 1 by mask; UINT32_MAX is undefined
	AIR_EXTRACT_DYNAMIC, // op 0 [op 1]
	AIR_INSERT_DYNAMIC, // op 0 with op 1 at [op 2]
	AIR_CALL,
};

enum air_predicate {
	AIR_EQ, AIR_NE, AIR_UGT, AIR_UGE, AIR_ULT, AIR_ULE, AIR_SGT, AIR_SGE, AIR_SLT, AIR_SLE,
	AIR_F_FALSE, AIR_F_OEQ, AIR_F_OGT, AIR_F_OGE, AIR_F_OLT, AIR_F_OLE, AIR_F_ONE, AIR_F_ORD,
	AIR_F_UNO, AIR_F_UEQ, AIR_F_UGT, AIR_F_UGE, AIR_F_ULT, AIR_F_ULE, AIR_F_UNE, AIR_F_TRUE,
};

/* A module-level variable that is still used: threadgroup memory, a constant table, a sampler. */
struct air_global {
	const char *name; // arena
	uint8_t space; // enum air_space
	uint32_t size_bytes;
	uint32_t align_bytes;
	const uint8_t *data; // arena; NULL when there is no initial value
	bool sampler;
	uint64_t sampler_words[2];
	uint32_t index;
};

struct air_value {
	enum air_op op;
	uint32_t index; // dense, for side tables
	const struct air_type *type; // arena
	struct air_block *block; // arena; NULL for arguments and constants
	uint32_t call_align; // of the pointers of a memory intrinsic
	uint32_t op_count;
	struct air_value **ops; // arena; of a phi in the order of phi_blocks
	union {
		uint32_t arg; // AIR_ARG
		struct {
			uint64_t *bits; // arena; one per component; of a pointer the byte offset
			// What a pointer component points into; in the arena, or NULL.
			struct air_global **globals;
		} constant;
		enum air_predicate predicate;
		struct air_block **phi_blocks; // arena
		struct {
			uint32_t align_bytes;
			bool is_volatile;
		} memory;
		struct {
			int64_t offset_bytes;
			int64_t *scales_bytes; // arena, one per op after the first
		} ptradd;
		uint32_t alloca_bytes;
		uint32_t first;
		uint32_t *mask; // arena
		const char *callee; // arena
	};
};

enum air_terminator {
	AIR_RET,
	AIR_BR,
	AIR_CONDBR,
	AIR_SYNC, // made by the emitter: wait for other threads, then go on with next[0]
};

struct air_block {
	uint32_t index; // position in air_function.blocks, entry first
	uint32_t count, capacity;
	struct air_value **insts; // arena, phis first
	enum air_terminator terminator;
	struct air_value *condition; // AIR_CONDBR
	struct air_value *result; // AIR_RET, NULL for void
	struct air_value *sync; // AIR_SYNC: the first instruction of next[0]
	struct air_block *next[2]; // AIR_BR: [0]; AIR_CONDBR: true, false
};

enum air_stage {
	AIR_VERTEX,
	AIR_FRAGMENT,
	AIR_KERNEL,
};

enum air_role {
	AIR_ROLE_UNUSED,
	AIR_ROLE_BUFFER,
	AIR_ROLE_TEXTURE,
	AIR_ROLE_SAMPLER,
	AIR_ROLE_VERTEX_INPUT, // also the stage-in of kernels
	AIR_ROLE_PATCH_INPUT, // attribute of a patch
	AIR_ROLE_CONTROL_POINTS, // handle of the control points of a patch
	AIR_ROLE_FRAGMENT_INPUT,
	AIR_ROLE_RENDER_TARGET, // as an input: framebuffer fetch
	AIR_ROLE_BUILTIN,
	AIR_ROLE_POSITION,
	AIR_ROLE_VERTEX_OUTPUT,
	AIR_ROLE_DEPTH,
	AIR_ROLE_STENCIL,
	AIR_ROLE_SAMPLE_MASK,
	AIR_ROLE_CLIP_DISTANCE,
	AIR_ROLE_POINT_SIZE,
	AIR_ROLE_LAYER,
	AIR_ROLE_VIEWPORT,
};

enum air_builtin {
	AIR_BI_VERTEX_ID, AIR_BI_INSTANCE_ID, AIR_BI_BASE_VERTEX, AIR_BI_BASE_INSTANCE,
	AIR_BI_AMPLIFICATION_ID, AIR_BI_AMPLIFICATION_COUNT,
	AIR_BI_FRAG_COORD, AIR_BI_FRONT_FACING, AIR_BI_POINT_COORD, AIR_BI_SAMPLE_ID,
	AIR_BI_SAMPLE_MASK_IN, AIR_BI_PRIMITIVE_ID, AIR_BI_LAYER_IN, AIR_BI_VIEWPORT_IN,
	AIR_BI_THREAD_POSITION_IN_GRID, AIR_BI_THREADGROUP_POSITION_IN_GRID,
	AIR_BI_THREAD_POSITION_IN_THREADGROUP, AIR_BI_THREAD_INDEX_IN_THREADGROUP,
	AIR_BI_THREADS_PER_THREADGROUP, AIR_BI_THREADGROUPS_PER_GRID, AIR_BI_THREADS_PER_GRID,
	AIR_BI_THREAD_INDEX_IN_SIMDGROUP, AIR_BI_SIMDGROUP_INDEX, AIR_BI_THREADS_PER_SIMDGROUP,
	AIR_BI_SIMDGROUPS_PER_THREADGROUP, AIR_BI_THREAD_INDEX_IN_QUADGROUP, AIR_BI_QUADGROUP_INDEX,
	AIR_BI_QUADGROUPS_PER_THREADGROUP, AIR_BI_THREADS_PER_QUADGROUP,
	AIR_BI_PATCH_ID, AIR_BI_POSITION_IN_PATCH,
	AIR_BI_STAGE_IN_ORIGIN, AIR_BI_STAGE_IN_SIZE,
	AIR_BI_COUNT,
};

enum air_access {
	AIR_ACCESS_SAMPLE,
	AIR_ACCESS_READ,
	AIR_ACCESS_WRITE,
	AIR_ACCESS_READ_WRITE,
};

enum air_dim {
	AIR_DIM_1D,
	AIR_DIM_2D,
	AIR_DIM_3D,
	AIR_DIM_CUBE,
	AIR_DIM_BUFFER,
};

struct air_texture {
	uint8_t dim; // enum air_dim
	bool array, multisample, depth;
	uint8_t component; // enum air_kind of a texel component
	bool component_signed;
};

enum air_interpolation {
	AIR_INTERPOLATION_CENTER,
	AIR_INTERPOLATION_CENTROID,
	AIR_INTERPOLATION_SAMPLE,
	AIR_INTERPOLATION_FLAT,
};

/* An attribute of a control point: a member of what the control point function returns. */
struct air_member {
	uint32_t location;
	uint32_t components;
	const char *type_name; // arena
};

/* An argument or an output of the entry point. */
struct air_param {
	enum air_role role;
	enum air_builtin builtin;
	uint32_t location; // Metal index of a resource, attribute or colour
	uint32_t count; // of an array of resources
	uint32_t dual_source; // render target outputs
	uint8_t space; // enum air_space of a buffer
	enum air_access access;
	uint32_t buffer_bytes; // bound of a reference argument, 0 when unknown
	uint32_t type_align_bytes;
	struct air_texture texture;
	enum air_interpolation interpolation;
	bool no_perspective;
	bool pull_model; // the argument is an interpolant handle
	bool invariant;
	uint8_t depth_qualifier; // 0 any, 1 less, 2 greater
	uint32_t array_size; // clip distances
	struct air_member *members; // arena; control points
	uint32_t member_count;
	const char *name; // arena, never NULL; of control points the function that reads them
	const char *type_name; // arena, never NULL; "uchar4"
	const char *semantic; // arena, never NULL; links vertex outputs to fragment inputs
	const struct air_type *type; // arena
	uint32_t first_comp; // outputs: where in the returned value
};

/* Arrays of resources come as a pointer to handles, or as as many handles. */
static inline bool air_is_handle_array(const struct air_param *a) {
	bool resource = a->role == AIR_ROLE_TEXTURE || a->role == AIR_ROLE_SAMPLER ||
		a->role == AIR_ROLE_BUFFER;
	if (!resource || a->type == NULL || a->type->comp_count == 0) {
		return false;
	}
	return a->type->comp_count > 1 || a->type->comps[0].space == AIR_SPACE_PRIVATE;
}

struct air_constant_info {
	const char *name; // arena
	const char *type; // arena
	uint32_t index;
	bool required;
	bool supplied;
	bool used; // by this function
};

struct air_function {
	enum air_stage stage;
	const char *name; // arena
	uint32_t air_major, air_minor;
	bool fast_math;
	bool early_fragment_tests;
	uint32_t patch; // of a post-tessellation vertex function: 1 triangle, 2 quad
	uint32_t control_points;
	uint32_t max_work_group_size; // 0 when the module does not say
	struct air_param *args; // arena
	struct air_value **arg_values; // arena
	uint32_t arg_count;
	struct air_param *outputs; // arena
	uint32_t output_count;
	struct air_global **globals; // arena
	uint32_t global_count;
	struct air_constant_info *constants; // arena
	uint32_t constant_count;
	struct air_block **blocks; // arena
	uint32_t block_count;
	uint32_t value_count;
	uint32_t inst_count;
	bool structured; // structurizecfg ran
	bool has_simd; // simd, quad or matrix operations
	bool has_barrier;
	bool has_discard;
};

/* A value for a function constant: by index or by name. bits holds up to four components. */
struct pvg_function_constant {
	char name[64]; // empty: by index
	uint32_t index;
	double values[4];
	uint32_t count;
};

#define PVG_MAX_FUNCTION_CONSTANTS 64u

struct air_load_options {
	const char *entry; // NULL: the only one, or the first
	const struct pvg_function_constant *constants; // borrowed for the call
	uint32_t constant_count;
	bool native_simd; // the target has simd groups: kernels using them are structured
};

/* Size of a kind in memory. */
uint32_t air_kind_bytes(uint8_t kind);
/* Bits that count. */
uint32_t air_kind_bits(uint8_t kind);

/*
 * Reads raw AIR bitcode and fills *function, all of it in the arena (spec 05 §2, §3, §6.4). Runs
 * LLVM, so hostile bitcode may crash the process: that is what the worker is for.
 */
bool air_load(const uint8_t *bitcode, size_t size, const struct air_load_options *options,
	struct pvg_arena *arena, struct air_function *function, struct pvg_shader_status *status);

/* Names of the entry points of a module, in the arena: a bare module may hold several. */
bool air_list_entries(const uint8_t *bitcode, size_t size, struct pvg_arena *arena,
	const char ***names, uint32_t *count, struct pvg_shader_status *status);

/* Prints the function for people (pvg-airc --emit ir). */
void air_print(const struct air_function *function, void (*write)(void *data, const char *text),
	void *data);

#endif
