// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_SHADER_EMIT_PRIVATE_H
#define RENDER_SHADER_EMIT_PRIVATE_H

#include <spirv/unified1/GLSL.std.450.h>
#include <spirv/unified1/spirv.h>
#include <string.h>

#include "spirv.h"
#include "translate.h"

/*
 * Shared by the emit-*.c files.
 *
 * Every component is one 32-bit id: bool, uint or float. Narrow integers are kept zero-extended in
 * a uint, half and bfloat as float, 64-bit integers as two uints, pointers as (byte offset, root).
 */

struct ev {
	uint32_t lo, hi; // hi: upper word of an i64, root number of a pointer
};

enum root_kind {
	ROOT_NULL,
	ROOT_BUFFER,
	ROOT_THREADGROUP, // one for all: the group's memory is one array
	ROOT_PRIVATE,
	ROOT_TABLE,
	ROOT_TEXTURE,
	ROOT_SAMPLER,
	ROOT_STATIC_SAMPLER,
	ROOT_INTERPOLANT,
	ROOT_HANDLES, // array of textures, samplers or buffers: the next roots are its elements
};

/* What a pointer can point into (spec 05 §5.3). */
struct root {
	enum root_kind kind;
	uint32_t arg; // of the function, where it is one
	const struct air_global *global; // arena
	uint32_t var; // SPIR-V variable, 0 until used
	uint32_t shadow_var; // the same of a sampler, for comparisons in GLSL
	uint32_t words; // length of the array, 0: runtime
	uint32_t slot; // in the reflection
	uint64_t *stored; // arena; roots of the pointers stored in it (private memory)
	// Buffers, see emit-plan.c:
	uint32_t location; // Metal index
	uint32_t extent_bytes; // furthest byte that is reached, UINT32_MAX when not known
	bool used, uniform, packed;
	bool element; // of an array of handles
	uint32_t count; // of an array of handles
	uint32_t views[3]; // the same memory in elements of 1, 2 and 8 bytes, 0 until used
	bool attributes; // not an argument: vertex attributes are read from it
};

/* Spec 05 §5.3 rule 4. */
#define EMIT_MAX_LADDER 32u

enum emit_mode {
	EMIT_STRUCTURED,
	EMIT_DISPATCHER, // one loop around a switch over the blocks
	EMIT_LOCKSTEP, // the same, stepping all threads from one simd operation to the next
};

struct emit {
	struct spv s;
	const struct air_function *f; // borrowed
	const struct pvg_shader_variant *variant; // borrowed
	struct pvg_arena *arena; // borrowed
	struct pvg_shader_status *status; // borrowed
	struct pvg_reflection *r; // borrowed: being filled
	bool gles, subgroups;
	bool exchange; // simd groups by way of shared memory, in structured code
	enum emit_mode mode;
	uint32_t main_id;

	uint32_t t_void, t_bool, t_uint, t_int, t_float;

	struct ev **values; // arena; by value index, NULL until emitted
	uint32_t **spills; // arena; by value index: two variables per component
	uint32_t *value_stamp; // arena; which emission of a block made values[i]
	uint32_t stamp;
	struct air_block *block; // being emitted
	uint8_t *emitted; // arena; by block index

	struct root *roots; // arena
	uint32_t root_count, set_words;
	uint64_t ***sets; // arena; by value index, by component: bit set of roots
	uint32_t *arg_root, *global_root, *alloca_root; // arena; root numbers
	uint32_t tg_root;
	uint32_t attribute_root[31]; // by Metal buffer index; 0: no attribute is read from it
	uint32_t control_vars[32]; // by location
	uint32_t patch_control; // indices of the patch's control points, 0: not read
	uint32_t *global_offset; // arena; threadgroup globals
	uint32_t *arg_offset; // arena; threadgroup arguments
	uint32_t tg_words;

	uint32_t next_binding;
	uint32_t params_var;
	uint32_t pack_var; // the storage block that several buffers share
	uint32_t pack_binding;
	uint32_t pack_views[3];
	bool pack_writes;
	uint32_t builtin_vars[64]; // by small number of emit-io.c
	uint32_t discard_var; // bool, 0 when nothing is ever discarded
	uint32_t output_vars[32]; // by location of a varying
	uint32_t varyings_seen; // in the return being written
	uint32_t helper_ids[64];
	struct emit_texture *textures; // arena list
	struct emit_lockstep *lockstep; // arena
	uint32_t state_var; // of the dispatcher
	uint32_t local_count; // threads in a group
};

#define OP(op, type, ...) spv_op(&e->s, SpvOp##op, type, SPV_ARGS(__VA_ARGS__))
#define DO(op, ...) spv_do(&e->s, SpvOp##op, SPV_ARGS(__VA_ARGS__))
#define GLSL(op, type, ...) \
	spv_op(&e->s, SpvOpExtInst, type, SPV_ARGS(e->s.glsl, GLSLstd450##op, __VA_ARGS__))
#define U32(v) spv_u32(&e->s, v)
#define F32(v) spv_f32(&e->s, emit_float_bits(v))

static inline uint32_t emit_float_bits(float f) {
	uint32_t bits;
	memcpy(&bits, &f, sizeof(bits));
	return bits;
}

static inline bool set_has(const uint64_t *set, uint32_t i) {
	return set != NULL && (set[i / 64] >> (i % 64) & 1);
}

/* emit.c */
struct ev *emit_alloc(struct emit *e, uint32_t n);
struct ev *emit_get(struct emit *e, const struct air_value *v);
uint32_t emit_kind_type(struct emit *e, uint8_t kind);
bool emit_is_wide(uint8_t kind); // two words
bool emit_block(struct emit *e, struct air_block *b);
bool emit_inst(struct emit *e, struct air_value *v);
struct ev emit_zero(struct emit *e, uint8_t kind);
uint32_t emit_local(struct emit *e, uint8_t kind);
void emit_define(struct emit *e, const struct air_value *v, struct ev *ids);

/* emit-value.c: scalars */
uint32_t emit_not(struct emit *e, uint32_t b);
uint32_t emit_and(struct emit *e, uint32_t a, uint32_t b);
uint32_t emit_select(struct emit *e, uint32_t type, uint32_t c, uint32_t a, uint32_t b);
struct ev emit_select_ev(struct emit *e, uint8_t kind, uint32_t c, struct ev a, struct ev b);
uint32_t emit_sext(struct emit *e, uint8_t kind, uint32_t id);
uint32_t emit_norm(struct emit *e, uint8_t kind, uint32_t id);
/* The same for integers of one or two words. */
struct ev emit_sext_ev(struct emit *e, uint8_t kind, struct ev v);
struct ev emit_norm_ev(struct emit *e, uint8_t kind, struct ev v);
uint32_t emit_bits(struct emit *e, uint8_t kind, struct ev v);
struct ev emit_from_bits(struct emit *e, uint8_t kind, uint32_t id);
uint32_t emit_half_bits(struct emit *e, uint32_t id);
uint32_t emit_round(struct emit *e, uint8_t kind, uint32_t id);
struct ev emit_binary(struct emit *e, enum air_op op, uint8_t kind, struct ev a, struct ev b);
uint32_t emit_compare(struct emit *e, enum air_predicate p, uint8_t kind, struct ev a, struct ev b);
struct ev emit_convert(struct emit *e, uint8_t from, bool from_signed, uint8_t to, bool to_signed,
	struct ev v);
bool emit_bitcast(struct emit *e, const struct air_type *from, const struct air_type *to,
	const struct ev *in, struct ev *out);
uint32_t emit_is_nan(struct emit *e, uint32_t id);

/* emit-wide.c: integers of more than 64 bits */
bool emit_is_wide_inst(const struct air_value *v);
bool emit_wide_inst(struct emit *e, const struct air_value *v, struct ev *out);

/* emit-int64.c */
struct ev emit_mul_hi64(struct emit *e, bool is_signed, struct ev a, struct ev b);
uint32_t emit_float_of64(struct emit *e, struct ev v, bool odd);
struct ev emit_binary64(struct emit *e, enum air_op op, struct ev a, struct ev b);
uint32_t emit_compare64(struct emit *e, enum air_predicate p, struct ev a, struct ev b);
struct ev emit_negate64(struct emit *e, struct ev a);

/*
 * emit-native.c: widths that a vulkan target has by itself. The binary and compare functions say
 * false when it has not, or when words are as good.
 */
bool emit_has(const struct emit *e, uint32_t feature);
uint32_t emit_pack64(struct emit *e, struct ev v);
struct ev emit_unpack64(struct emit *e, uint32_t id);
bool emit_native_binary64(struct emit *e, enum air_op op, struct ev a, struct ev b,
	struct ev *out);
bool emit_native_compare64(struct emit *e, enum air_predicate p, struct ev a, struct ev b,
	uint32_t *out);
/* Unsigned from a float that is in range; from 64 bits to the nearest float. */
struct ev emit_native_from_float(struct emit *e, uint32_t x);
uint32_t emit_native_to_float(struct emit *e, bool is_signed, struct ev v);
bool emit_native_binary16(struct emit *e, enum air_op op, uint8_t kind, uint32_t a, uint32_t b,
	uint32_t *out);
/* Elements of 1 or 2 bytes of storage buffers, without a word around them. */
bool emit_can_store_narrow(const struct emit *e, uint32_t root, uint32_t bytes);
void emit_store_narrow(struct emit *e, uint32_t root, uint32_t address, uint32_t bytes,
	uint32_t bits);
/* For 64-bit atomics: a pointer to the element at an aligned byte. */
uint32_t emit_pointer64(struct emit *e, uint32_t root, uint32_t address);

/* emit-precise.c: as exact as Metal's tables ask for. */
enum emit_precise {
	EMIT_EXP,
	EMIT_LOG,
	EMIT_ASIN,
	EMIT_ACOS,
	EMIT_ATAN,
	EMIT_ATAN2, // of x over y
	EMIT_SINH,
	EMIT_COSH,
	EMIT_TANH,
	EMIT_ASINH,
	EMIT_ACOSH,
	EMIT_ATANH,
};
uint32_t emit_precise(struct emit *e, enum emit_precise op, uint32_t x, uint32_t y);

/* emit-ptr.c */
bool emit_analyse_pointers(struct emit *e);
const uint64_t *emit_roots_of(struct emit *e, const struct air_value *v, uint32_t comp);
uint32_t emit_set_count(const struct emit *e, const uint64_t *set);
typedef bool (*emit_ladder_fn)(struct emit *e, uint32_t root, void *data);
/* Calls fn once per root that the pointer may have, behind tests of the root number. */
bool emit_ladder(struct emit *e, const uint64_t *set, uint32_t tag, emit_ladder_fn fn, void *data);

/* emit-plan.c: extents, uniform blocks, the shared storage block. Once, after the pointers. */
bool emit_plan_buffers(struct emit *e);

/* emit-mem.c */
bool emit_load(struct emit *e, const struct air_value *pointer, struct ev address,
	uint32_t align_bytes, const struct air_type *type, struct ev *out);
bool emit_store(struct emit *e, const struct air_value *pointer, struct ev address,
	uint32_t align_bytes, const struct air_type *type, const struct ev *in);
bool emit_memory_call(struct emit *e, struct air_value *v);
void emit_load_root(struct emit *e, uint32_t root, uint32_t address, uint32_t align_bytes,
	const struct air_type *type, struct ev *out);
uint32_t emit_word_pointer(struct emit *e, uint32_t root, uint32_t word);
uint32_t emit_root_var(struct emit *e, uint32_t root);
uint32_t emit_block_variable(struct emit *e, uint32_t storage, uint32_t array, bool writes,
	const char *name, uint32_t binding);
uint32_t emit_begin_unless_killed(struct emit *e);
void emit_end_unless_killed(struct emit *e, uint32_t merge);
bool emit_alive(struct emit *e);

/* emit-flow.c */
bool emit_structured(struct emit *e);
bool emit_dispatcher(struct emit *e);
/* body for the block of [first, first + count) that state names; open: it went on to the end. */
bool emit_by_state(struct emit *e, uint32_t state, uint32_t first, uint32_t count,
	bool (*body)(struct emit *e, uint32_t block, bool *open), bool *open);
uint32_t emit_if(struct emit *e, uint32_t condition); // returns the label after it
void emit_fi(struct emit *e, uint32_t merge);
struct emit_loop {
	uint32_t header, body, next, merge;
};
void emit_loop_begin(struct emit *e, struct emit_loop *l);
void emit_loop_break_unless(struct emit *e, struct emit_loop *l, uint32_t condition);
void emit_loop_end(struct emit *e, struct emit_loop *l);

/* emit-io.c */
bool emit_prologue(struct emit *e);
uint32_t emit_params(struct emit *e, uint32_t index, uint32_t comp);
uint32_t emit_buffer_base(struct emit *e, const struct root *root);
uint32_t emit_local_index(struct emit *e);
uint32_t emit_lane(struct emit *e);
uint32_t emit_add_slot(struct emit *e, struct pvg_reflection_slot slot);
uint8_t emit_class_of(const char *type_name);
uint8_t emit_param_class(const struct air_param *a);
uint32_t emit_class_type(struct emit *e, uint8_t value_class);
struct ev emit_from_interface(struct emit *e, uint8_t value_class, uint8_t kind, uint32_t id);
uint32_t emit_interface_variable(struct emit *e, uint32_t storage, uint32_t type, uint32_t location,
	const char *name);
/* The raw components of a built-in: uints, floats or one bool. Returns how many. */
uint32_t emit_builtin(struct emit *e, enum air_builtin which, uint32_t out[4]);

/* emit-output.c: writes the outputs and leaves the function. */
bool emit_return(struct emit *e, const struct air_value *result);

/* A varying for the reflection. */
bool emit_add_varying(struct emit *e, const struct air_param *a, uint32_t location, bool flat);

/* emit-fetch.c */
bool emit_attribute_roots(struct emit *e);
bool emit_vertex_input(struct emit *e, const struct air_param *a, struct ev *out);
bool emit_control_point(struct emit *e, struct air_value *v);

/* emit-call.c, emit-math.c, emit-texture.c, emit-simd.c, emit-atomic.c */
bool emit_call(struct emit *e, struct air_value *v);
bool emit_math_call(struct emit *e, struct air_value *v, const char *op, const char *rest,
	bool fast);
/* emit-vector.c; false when it is none of theirs. */
bool emit_vector_call(struct emit *e, const struct air_value *v, const char *op, struct ev *out);
bool emit_pointer_call(struct emit *e, const struct air_value *v, const char *op, struct ev *out);
bool emit_texture_call(struct emit *e, struct air_value *v, const char *op, const char *rest);
bool emit_simd_call(struct emit *e, struct air_value *v, const char *op);
bool emit_atomic_call(struct emit *e, struct air_value *v, const char *rest);
void emit_atomic_before(struct emit *e, const struct air_value *v, uint32_t at);
void emit_atomic_after(struct emit *e, const struct air_value *v, uint32_t at);
bool emit_pack_call(struct emit *e, struct air_value *v, const char *op, const char *rest);
/* Three floats from a word of RG11B10 or, shared, RGB9E5. */
void emit_unpack_shared(struct emit *e, bool shared, uint32_t word, uint32_t out[3]);
uint32_t emit_extract(struct emit *e, uint32_t scalar, uint32_t id, uint32_t i);
uint32_t emit_construct(struct emit *e, uint32_t scalar, const struct ev *v, uint32_t n);

/* emit-lockstep.c */
bool emit_is_sync(const struct emit *e, const struct air_value *v);
bool emit_lockstep(struct emit *e);

/* A helper function being written while another one waits. */
struct emit_saved {
	struct spv_words variables, code;
};
void emit_begin_helper(struct emit *e, struct emit_saved *saved);
void emit_end_helper(struct emit *e, struct emit_saved *saved, uint32_t id, uint32_t result_type);

#endif
