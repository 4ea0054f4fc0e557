// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_SHADER_SPIRV_H
#define RENDER_SHADER_SPIRV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Writer of SPIR-V words. Types and constants are unique; integer constants fold; pure operations
 * of one straight piece of code are found again instead of written twice. Output depends on nothing
 * but the order of calls.
 */

struct spv_words {
	uint32_t *words; // owned
	size_t count, capacity;
};

struct spv_entry {
	uint32_t hash, id, epoch;
	uint32_t at, length; // the words that were written, in keys
};

struct spv_table {
	struct spv_entry *entries; // owned
	size_t count, capacity;
	struct spv_words keys;
};

struct spv {
	struct spv_words capabilities, extensions, modes, names, decorations, globals;
	struct spv_words functions; // finished helper functions
	struct spv_words variables; // OpVariable of the function being written
	struct spv_words code; // its body, without the first label
	struct spv_words interface;
	struct spv_table unique; // types and constants
	struct spv_table numbered; // pure operations
	uint32_t epoch; // of numbered; a new label makes all older entries stale
	uint32_t bound;
	uint32_t glsl; // id of GLSL.std.450
	struct spv_words constant_of; // by id: 1 + index into constant_values, or 0
	struct spv_words constant_values;
	uint64_t capability_mask[2]; // capabilities below 128
	bool failed; // out of memory, or larger than SPV_MAX_WORDS
};

#define SPV_MAX_WORDS (8u << 20)

bool spv_init(struct spv *s);
void spv_finish(struct spv *s);

uint32_t spv_id(struct spv *s);
/* Appends one instruction to a section. */
void spv_raw(struct spv *s, struct spv_words *section, uint32_t op, const uint32_t *args, size_t n);
void spv_append(struct spv *s, struct spv_words *to, const uint32_t *words, size_t n);

void spv_capability(struct spv *s, uint32_t capability);
void spv_extension(struct spv *s, const char *name);
void spv_name(struct spv *s, uint32_t id, const char *name);
void spv_decorate(struct spv *s, uint32_t id, uint32_t decoration, const uint32_t *args, size_t n);
void spv_member_decorate(struct spv *s, uint32_t id, uint32_t member, uint32_t decoration,
	const uint32_t *args, size_t n);

/* A unique type or constant: result id first or second, as the opcode has it. */
uint32_t spv_type(struct spv *s, uint32_t op, const uint32_t *args, size_t n);
uint32_t spv_constant(struct spv *s, uint32_t op, uint32_t type, const uint32_t *args, size_t n);

uint32_t spv_void(struct spv *s);
uint32_t spv_bool(struct spv *s);
uint32_t spv_uint(struct spv *s);
uint32_t spv_int(struct spv *s);
uint32_t spv_float(struct spv *s);
uint32_t spv_vector(struct spv *s, uint32_t scalar, uint32_t n);
uint32_t spv_array(struct spv *s, uint32_t element, uint32_t length, uint32_t stride_bytes);
uint32_t spv_pointer(struct spv *s, uint32_t storage, uint32_t type);

uint32_t spv_u32(struct spv *s, uint32_t v);
uint32_t spv_f32(struct spv *s, uint32_t bits);
uint32_t spv_true(struct spv *s, bool v);
/* Is id a uint constant? */
bool spv_is_u32(const struct spv *s, uint32_t id, uint32_t *v);

/* A variable of a storage class at module level, with an initialiser or 0. */
uint32_t spv_variable(struct spv *s, uint32_t storage, uint32_t type, uint32_t initial);
/* A Function variable of the function being written. */
uint32_t spv_local(struct spv *s, uint32_t type);

/* An operation with a result, in the body; folds and numbers what is pure. */
uint32_t spv_op(struct spv *s, uint32_t op, uint32_t type, const uint32_t *args, size_t n);
/* An operation without one. */
void spv_do(struct spv *s, uint32_t op, const uint32_t *args, size_t n);
void spv_label(struct spv *s, uint32_t id);

/* Wraps variables and code into a function of no parameters, and starts over. */
void spv_end_function(struct spv *s, uint32_t id, uint32_t result_type);

/* Removes operations whose results nothing uses and stores to locals that nothing reads. */
void spv_remove_dead(struct spv *s);

#define SPV_ARGS(...) \
	(uint32_t[]){__VA_ARGS__}, sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)
#define SPV_OP(s, op, type, ...) spv_op(s, op, type, SPV_ARGS(__VA_ARGS__))
#define SPV_DO(s, op, ...) spv_do(s, op, SPV_ARGS(__VA_ARGS__))

#endif
