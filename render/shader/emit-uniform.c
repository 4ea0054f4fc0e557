// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "translate.h"

/*
 * Do all threads of a group come to each barrier and simd operation together, whatever the data?
 * Then
 * they can exchange values behind plain barriers, and the state machine of emit-lockstep.c is not
 * needed. A value is uniform when it comes from uniform values alone; a phi is not where a branch
 * that
 * threads take differently joins again, and neither is anything in between.
 */

#define MAX_BLOCKS 1024u

struct uniformity {
	const struct air_function *f; // borrowed
	uint8_t *divergent; // arena; by value index
	uint8_t *region; // arena; by block: 1 between a divergent branch and its join, 2 a join
	uint64_t *after; // arena; by block: set of the blocks that every way out passes
	uint32_t words; // of a set
};

static bool starts(const char *s, const char *prefix) {
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static bool meets(const struct air_value *v) {
	return v->op == AIR_CALL &&
		(starts(v->callee, "air.simd") || starts(v->callee, "air.quad") ||
			starts(v->callee, "air.wg.barrier") ||
			starts(v->callee, "air.threadgroup.barrier") ||
			starts(v->callee, "air.wait_simdgroup"));
}

static bool uniform_argument(const struct air_param *a) {
	if (a->role != AIR_ROLE_BUILTIN) {
		return a->role != AIR_ROLE_VERTEX_INPUT;
	}
	switch (a->builtin) {
	case AIR_BI_THREADGROUP_POSITION_IN_GRID:
	case AIR_BI_THREADS_PER_THREADGROUP:
	case AIR_BI_THREADGROUPS_PER_GRID:
	case AIR_BI_THREADS_PER_GRID:
	case AIR_BI_THREADS_PER_SIMDGROUP:
	case AIR_BI_SIMDGROUPS_PER_THREADGROUP:
	case AIR_BI_QUADGROUPS_PER_THREADGROUP:
	case AIR_BI_THREADS_PER_QUADGROUP:
	case AIR_BI_STAGE_IN_ORIGIN:
	case AIR_BI_STAGE_IN_SIZE:
		return true;
	default:
		return false;
	}
}

/* Memory that nobody writes while the kernel runs. */
static bool constant_memory(const struct uniformity *u, const struct air_value *pointer) {
	while (pointer->op == AIR_PTRADD || pointer->op == AIR_COPY || pointer->op == AIR_BITCAST) {
		pointer = pointer->ops[0];
	}
	if (pointer->op == AIR_CONST) {
		return pointer->constant.globals[0] != NULL &&
			pointer->constant.globals[0]->space == AIR_SPACE_CONSTANT;
	}
	if (pointer->op != AIR_ARG) {
		return false;
	}
	const struct air_param *a = &u->f->args[pointer->arg];
	return a->role == AIR_ROLE_BUFFER && a->space == AIR_SPACE_CONSTANT;
}

static bool diverges(const struct uniformity *u, const struct air_value *v) {
	for (uint32_t i = 0; i < v->op_count; i++) {
		if (u->divergent[v->ops[i]->index]) {
			return true;
		}
	}
	switch (v->op) {
	case AIR_LOAD:
		return !constant_memory(u, v->ops[0]);
	case AIR_PHI:
		return u->region[v->block->index] != 0;
	case AIR_CALL:
		// Of the rest only arithmetic has the same result for the same operands.
		return !starts(v->callee, "llvm.") && !starts(v->callee, "air.convert") &&
			!starts(v->callee, "air.fast_") && !starts(v->callee, "air.min") &&
			!starts(v->callee, "air.max") && !starts(v->callee, "air.clamp") &&
			!starts(v->callee, "air.fm") && !starts(v->callee, "air.get_");
	default:
		return false;
	}
}

static uint32_t successors(const struct air_block *b, const struct air_block *out[2]) {
	uint32_t n = 0;
	for (uint32_t k = 0; k < 2; k++) {
		if (b->next[k] != NULL) {
			out[n++] = b->next[k];
		}
	}
	return n;
}

static bool passes(const struct uniformity *u, uint32_t block, uint32_t later) {
	return u->after[(size_t)block * u->words + later / 64] >> later % 64 & 1;
}

static void find_post_dominators(struct uniformity *u) {
	uint32_t n = u->f->block_count;
	memset(u->after, 0xff, (size_t)n * u->words * sizeof(uint64_t));
	bool changed = true;
	while (changed) {
		changed = false;
		for (uint32_t b = n; b-- > 0;) {
			const struct air_block *next[2];
			uint32_t count = successors(u->f->blocks[b], next);
			for (uint32_t w = 0; w < u->words; w++) {
				uint64_t set = count > 0 ? UINT64_MAX : 0;
				for (uint32_t k = 0; k < count; k++) {
					set &= u->after[(size_t)next[k]->index * u->words + w];
				}
				set |= b / 64 == w ? UINT64_C(1) << b % 64 : 0;
				changed |= set != u->after[(size_t)b * u->words + w];
				u->after[(size_t)b * u->words + w] = set;
			}
		}
	}
}

/* Marks what lies between a branch and the block where its ways meet again. */
static bool mark_region(struct uniformity *u, const struct air_block *branch, uint32_t *stack,
		uint8_t *seen) {
	const struct air_block *next[2];
	uint32_t depth = 0, count = successors(branch, next);
	bool changed = false;
	memset(seen, 0, u->f->block_count);
	for (uint32_t k = 0; k < count; k++) {
		stack[depth++] = next[k]->index;
	}
	while (depth > 0) {
		uint32_t b = stack[--depth];
		if (seen[b]) {
			continue;
		}
		seen[b] = 1;
		bool join = b != branch->index && passes(u, branch->index, b);
		uint8_t mark = join ? 2 : 1;
		changed |= (u->region[b] & mark) == 0;
		u->region[b] |= mark;
		count = join ? 0 : successors(u->f->blocks[b], next);
		for (uint32_t k = 0; k < count; k++) {
			stack[depth++] = next[k]->index;
		}
	}
	return changed;
}

bool pvg_shader_flow_is_uniform(const struct air_function *f, struct pvg_arena *arena) {
	uint32_t n = f->block_count;
	if (n == 0 || n > MAX_BLOCKS) {
		return false;
	}
	struct uniformity u = {.f = f, .words = (n + 63) / 64};
	u.divergent = pvg_arena_alloc(arena, f->value_count, 1);
	u.region = pvg_arena_alloc(arena, n, 1);
	u.after = pvg_arena_alloc(arena, (size_t)n * u.words, sizeof(uint64_t));
	uint8_t *seen = pvg_arena_alloc(arena, n, 1);
	uint32_t *stack = pvg_arena_alloc(arena, 2 * (size_t)n + 2, sizeof(*stack));
	if (arena->failed) {
		return false;
	}
	find_post_dominators(&u);
	for (uint32_t i = 0; i < f->arg_count; i++) {
		u.divergent[f->arg_values[i]->index] = !uniform_argument(&f->args[i]);
	}
	bool changed = true;
	while (changed) {
		changed = false;
		for (uint32_t b = 0; b < n; b++) {
			const struct air_block *block = f->blocks[b];
			for (uint32_t i = 0; i < block->count; i++) {
				const struct air_value *v = block->insts[i];
				if (!u.divergent[v->index] && diverges(&u, v)) {
					u.divergent[v->index] = 1;
					changed = true;
				}
			}
			if (block->terminator == AIR_CONDBR &&
				u.divergent[block->condition->index]) {
				changed |= mark_region(&u, block, stack, seen);
			}
		}
	}
	for (uint32_t b = 0; b < n; b++) {
		for (uint32_t i = 0; i < f->blocks[b]->count && (u.region[b] & 1); i++) {
			if (meets(f->blocks[b]->insts[i])) {
				return false;
			}
		}
	}
	return true;
}
