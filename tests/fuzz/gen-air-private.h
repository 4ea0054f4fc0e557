// SPDX-License-Identifier: GPL-2.0-or-later
/* Between the files of the generator of own IR. */
#ifndef TESTS_FUZZ_GEN_AIR_PRIVATE_H
#define TESTS_FUZZ_GEN_AIR_PRIVATE_H

#include "gen-air.h"

#define GEN_MAX_BLOCKS 24u
#define GEN_MAX_VALUES 512u

struct gen_block {
	int next[2]; // -1: none
	bool seen;
	uint32_t predecessors, dominators; // bits
	struct air_block *block; // arena
};

struct gen {
	struct fuzz_input *in; // borrowed
	struct pvg_arena *arena; // borrowed
	bool wild;
	struct air_function *f; // borrowed
	const struct pvg_shader_variant *variant; // borrowed
	struct gen_block blocks[GEN_MAX_BLOCKS];
	uint32_t block_count;
	struct gen_block *now; // being written
	struct air_value *values[GEN_MAX_VALUES]; // that can be used, in order of definition
	uint32_t defined;
};

uint32_t gen_below(struct gen *g, uint32_t n);
bool gen_chance(struct gen *g, uint32_t of_256);
const struct air_type *gen_type(struct gen *g, uint8_t kind, uint32_t n);
struct air_value *gen_value(struct gen *g, enum air_op op, const struct air_type *type,
	uint32_t op_count);
struct air_value *gen_const(struct gen *g, uint8_t kind, uint32_t n);
struct air_value *gen_const_bits(struct gen *g, uint8_t kind, uint32_t n, uint64_t bits);
struct air_value *gen_pick(struct gen *g, uint8_t kind, uint32_t n, const struct gen_block *in);
void gen_note(struct gen *g, struct air_value *v);
void gen_append(struct gen *g, struct air_value *v);

/* gen-air-params.c */
void gen_globals(struct gen *g);
void gen_params(struct gen *g);

/* gen-air-inst.c: one instruction at the end of the block of now. */
void gen_inst(struct gen *g);
/* gen-air-call.c */
void gen_call(struct gen *g);

#endif
