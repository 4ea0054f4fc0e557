// SPDX-License-Identifier: GPL-2.0-or-later
#include "emit-lockstep.h"

/*
 * simd groups and barriers in any control flow, on a target that has neither subgroups nor barriers
 * outside uniform flow. All threads go round one loop together:
 *
 *   run      each thread follows its blocks until it stands before a simd operation or a barrier
 *   publish  number of the operation (its site) and operands go to shared memory
 *   decide   of the lanes of a simd group those at the lowest site go on; a barrier is passed when
 *            every thread that still runs stands at one
 *
 * Sites are numbered in reverse post-order, so lanes that are behind go first and meet the others
 * where the flow joins again.
 */

#define SITE_BARRIER 0x40000000u
#define SITE_DONE UINT32_MAX
#define LOCKSTEP_WORDS 8u

struct emit_lockstep {
	uint32_t words; // published per lane
	uint32_t sites; // shared: by thread
	uint32_t values; // shared: by thread and word
	uint32_t flags; // shared: [simd waiting, running] x [even, odd round]
	uint32_t regs[LOCKSTEP_WORDS]; // private copies until they are published
	uint32_t site; // private
	uint32_t state;
	uint32_t active; // private: lanes at the same site
	uint32_t next_site; // while code is written
};

static bool starts(const char *s, const char *prefix) {
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static bool is_wg_barrier(const struct air_value *v) {
	return starts(v->callee, "air.wg.barrier") || starts(v->callee, "air.threadgroup.barrier");
}

static bool is_group_barrier(const struct air_value *v) {
	return starts(v->callee, "air.simdgroup.barrier") ||
		starts(v->callee, "air.quadgroup.barrier");
}

/* Reads operands of other lanes. */
static bool is_simd(const struct air_value *v) {
	// Loads, stores and fills of matrices and asynchronous copies touch nothing of other lanes.
	return starts(v->callee, "air.simd_") || starts(v->callee, "air.quad_") ||
		starts(v->callee, "air.simdgroup_matrix_8x8_multiply");
}

bool emit_is_sync(const struct emit *e, const struct air_value *v) {
	if (e->mode != EMIT_LOCKSTEP || v->op != AIR_CALL) {
		return false;
	}
	if (is_wg_barrier(v) || is_group_barrier(v) ||
			starts(v->callee, "air.wait_simdgroup_events")) {
		return true;
	}
	return is_simd(v);
}

void emit_split_blocks(struct emit *e) {
	struct air_function *f = pvg_arena_alloc(e->arena, 1, sizeof(*f));
	*f = *e->f;
	uint32_t extra = 0;
	for (uint32_t b = 0; b < f->block_count; b++) {
		for (uint32_t i = 0; i < f->blocks[b]->count; i++) {
			extra += emit_is_sync(e, f->blocks[b]->insts[i]);
		}
	}
	struct air_block **blocks =
		pvg_arena_alloc(e->arena, f->block_count + extra, sizeof(*blocks));
	uint32_t n = 0;
	for (uint32_t b = 0; b < f->block_count; b++) {
		struct air_block *block = f->blocks[b];
		block->index = n;
		blocks[n++] = block;
		for (uint32_t i = 0; i < block->count; i++) {
			if (!emit_is_sync(e, block->insts[i])) {
				continue;
			}
			if (block->terminator == AIR_SYNC && i == 0) {
				continue;
			}
			if (block->sync == block->insts[i]) {
				continue;
			}
			struct air_block *rest = pvg_arena_alloc(e->arena, 1, sizeof(*rest));
			*rest = *block;
			rest->insts = block->insts + i;
			rest->count = rest->capacity = block->count - i;
			rest->index = n;
			rest->sync = block->insts[i]; // marks that this one has been waited for
			block->count = i;
			block->terminator = AIR_SYNC;
			block->sync = rest->insts[0];
			block->condition = NULL;
			block->result = NULL;
			block->next[0] = rest;
			block->next[1] = NULL;
			for (uint32_t k = 0; k < rest->count; k++) {
				rest->insts[k]->block = rest;
			}
			// Phis name the block that branches: that is the last piece now.
			for (uint32_t s = 0; s < 2; s++) {
				struct air_block *next = rest->next[s];
				for (uint32_t k = 0; next != NULL && k < next->count &&
						next->insts[k]->op == AIR_PHI; k++) {
					struct air_value *phi = next->insts[k];
					for (uint32_t p = 0; p < phi->op_count; p++) {
						phi->phi_blocks[p] = phi->phi_blocks[p] == block
							? rest
							: phi->phi_blocks[p];
					}
				}
			}
			blocks[n++] = rest;
			block = rest;
			i = 0;
		}
	}
	f->blocks = blocks;
	f->block_count = n;
	e->f = f;
}

uint32_t emit_lockstep_word(struct emit *e, uint32_t lane, uint32_t word) {
	uint32_t u = e->t_uint;
	uint32_t thread = OP(IAdd, u, OP(BitwiseAnd, u, emit_local_index(e), U32(~31u)), lane);
	thread = GLSL(UMin, u, thread, U32(e->local_count - 1));
	uint32_t at = OP(IAdd, u, OP(IMul, u, thread, U32(e->lockstep->words)), U32(word));
	uint32_t pointer = spv_pointer(&e->s, SpvStorageClassWorkgroup, u);
	return OP(Load, u, OP(AccessChain, pointer, e->lockstep->values, at));
}

uint32_t emit_lockstep_active(struct emit *e) {
	if (e->exchange) {
		uint32_t u = e->t_uint, rest = e->local_count % 32;
		if (rest == 0) {
			return U32(UINT32_MAX);
		}
		uint32_t last = OP(UGreaterThanEqual, e->t_bool, emit_local_index(e),
			U32(e->local_count - rest));
		return emit_select(e, u, last, U32((1u << rest) - 1), U32(UINT32_MAX));
	}
	return OP(Load, e->t_uint, e->lockstep->active);
}

uint32_t emit_lockstep_ballot(struct emit *e) {
	uint32_t u = e->t_uint, result = spv_local(&e->s, u), left = spv_local(&e->s, u);
	DO(Store, result, U32(0));
	DO(Store, left, emit_lockstep_active(e));
	struct emit_loop l;
	emit_loop_begin(e, &l);
	uint32_t rest = OP(Load, u, left);
	emit_loop_break_unless(e, &l, OP(INotEqual, e->t_bool, rest, U32(0)));
	uint32_t lane = GLSL(FindILsb, u, rest);
	DO(Store, left, OP(BitwiseAnd, u, rest, OP(ISub, u, rest, U32(1))));
	uint32_t set = OP(INotEqual, e->t_bool, emit_lockstep_word(e, lane, 0), U32(0));
	uint32_t bit = OP(ShiftLeftLogical, u, U32(1), lane);
	DO(Store, result,
		OP(BitwiseOr, u, OP(Load, u, result), emit_select(e, u, set, bit, U32(0))));
	emit_loop_end(e, &l);
	return OP(Load, u, result);
}

/* The operands that other lanes may read, as words. Returns how many; writes them when write. */
static uint32_t publish(struct emit *e, const struct air_value *v, bool write) {
	uint32_t n = 0, ops = v->op_count < 1 || is_wg_barrier(v) ||
		is_group_barrier(v) || starts(v->callee, "air.wait") ? 0 : 1;
	if (starts(v->callee, "air.simdgroup_matrix") || strstr(v->callee, "_and_fill_") != NULL) {
		ops = 2;
	}
	for (uint32_t k = 0; k < ops; k++) {
		const struct air_type *t = v->ops[k]->type;
		const struct ev *x = write ? emit_get(e, v->ops[k]) : NULL;
		for (uint32_t i = 0; i < t->comp_count; i++) {
			uint8_t kind = t->comps[i].kind;
			bool is_float = emit_kind_type(e, kind) == e->t_float;
			if (write && n < LOCKSTEP_WORDS) {
				DO(Store, e->lockstep->regs[n],
					emit_is_wide(kind)
						? x[i].lo
						: emit_bits(e, is_float ? AIR_F32 : kind, x[i]));
			}
			n++;
			if (emit_is_wide(kind)) {
				if (write && n < LOCKSTEP_WORDS) {
					DO(Store, e->lockstep->regs[n], x[i].hi);
				}
				n++;
			}
		}
	}
	return n;
}

static bool plan(struct emit *e) {
	struct emit_lockstep *l = e->lockstep = pvg_arena_alloc(e->arena, 1, sizeof(*l));
	uint32_t u = e->t_uint, threads = e->local_count;
	l->words = 1;
	for (uint32_t b = 0; b < e->f->block_count; b++) {
		const struct air_block *block = e->f->blocks[b];
		if (block->terminator == AIR_SYNC) {
			uint32_t n = publish(e, block->sync, false);
			l->words = n > l->words ? n : l->words;
		}
	}
	if (l->words > LOCKSTEP_WORDS) {
		return pvg_shader_refuse(e->status, PVG_SHADER_SIGNATURE,
			"simd operation on %u words", l->words);
	}
	uint32_t total = e->tg_words + threads * (l->words + 1) + 4;
	if (total * 4 > 32768) {
		return pvg_shader_refuse(e->status, PVG_SHADER_LIMIT_THREADGROUP,
			"%u bytes with simd groups", total * 4);
	}
	e->r->threadgroup_bytes = total * 4;
	l->sites =
		spv_variable(&e->s, SpvStorageClassWorkgroup, spv_array(&e->s, u, threads, 0), 0);
	l->values = spv_variable(&e->s, SpvStorageClassWorkgroup,
		spv_array(&e->s, u, threads * l->words, 0), 0);
	l->flags = spv_variable(&e->s, SpvStorageClassWorkgroup, spv_array(&e->s, u, 4, 0), 0);
	for (uint32_t i = 0; i < l->words; i++) {
		l->regs[i] = spv_variable(&e->s, SpvStorageClassPrivate, u, 0);
	}
	l->site = spv_variable(&e->s, SpvStorageClassPrivate, u, 0);
	l->state = spv_variable(&e->s, SpvStorageClassPrivate, u, 0);
	l->active = spv_variable(&e->s, SpvStorageClassPrivate, u, 0);
	return true;
}

static void wait(struct emit *e) {
	DO(ControlBarrier, U32(SpvScopeWorkgroup), U32(SpvScopeDevice),
		U32(SpvMemorySemanticsAcquireReleaseMask | SpvMemorySemanticsWorkgroupMemoryMask |
		SpvMemorySemanticsUniformMemoryMask | SpvMemorySemanticsImageMemoryMask));
}

bool emit_plan_exchange(struct emit *e) {
	struct emit_lockstep *l = e->lockstep = pvg_arena_alloc(e->arena, 1, sizeof(*l));
	uint32_t u = e->t_uint;
	for (uint32_t b = 0; b < e->f->block_count; b++) {
		const struct air_block *block = e->f->blocks[b];
		for (uint32_t i = 0; i < block->count; i++) {
			const struct air_value *v = block->insts[i];
			if (v->op == AIR_CALL && is_simd(v)) {
				uint32_t n = publish(e, v, false);
				l->words = n > l->words ? n : l->words;
			}
		}
	}
	if (l->words > LOCKSTEP_WORDS) {
		return pvg_shader_refuse(e->status, PVG_SHADER_SIGNATURE,
			"simd operation on %u words", l->words);
	}
	uint32_t total = e->tg_words + e->local_count * l->words;
	if (total * 4 > 32768) {
		return pvg_shader_refuse(e->status, PVG_SHADER_LIMIT_THREADGROUP,
			"%u bytes with simd groups", total * 4);
	}
	e->r->threadgroup_bytes = total * 4;
	if (l->words > 0) {
		l->values = spv_variable(&e->s, SpvStorageClassWorkgroup,
			spv_array(&e->s, u, e->local_count * l->words, 0), 0);
	}
	for (uint32_t i = 0; i < l->words; i++) {
		l->regs[i] = spv_variable(&e->s, SpvStorageClassPrivate, u, 0);
	}
	return true;
}

void emit_exchange(struct emit *e, const struct air_value *v) {
	struct emit_lockstep *l = e->lockstep;
	uint32_t u = e->t_uint, n = publish(e, v, true);
	if (n == 0) {
		return;
	}
	uint32_t pointer = spv_pointer(&e->s, SpvStorageClassWorkgroup, u);
	uint32_t base = OP(IMul, u, emit_local_index(e), U32(l->words));
	wait(e); // everybody has read what was there before
	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = OP(IAdd, u, base, U32(i));
		DO(Store, OP(AccessChain, pointer, l->values, at), OP(Load, u, l->regs[i]));
	}
	wait(e);
}

static uint32_t shared(struct emit *e, uint32_t var, uint32_t index) {
	return OP(AccessChain, spv_pointer(&e->s, SpvStorageClassWorkgroup, e->t_uint), var, index);
}

static bool run_block(struct emit *e, uint32_t b, bool *open) {
	struct emit_lockstep *ls = e->lockstep;
	struct air_block *block = e->f->blocks[b];
	if (!emit_block(e, block)) {
		return false;
	}
	switch (block->terminator) {
	case AIR_RET:
		DO(Store, ls->site, U32(SITE_DONE));
		break;
	case AIR_SYNC:
		publish(e, block->sync, true);
		ls->next_site++;
		DO(Store, ls->site,
			U32(ls->next_site | (is_wg_barrier(block->sync) ? SITE_BARRIER : 0)));
		DO(Store, ls->state, U32(block->next[0]->index));
		break;
	case AIR_BR:
		DO(Store, ls->state, U32(block->next[0]->index));
		break;
	case AIR_CONDBR:
		DO(Store, ls->state,
			emit_select(e, e->t_uint, emit_get(e, block->condition)[0].lo,
				U32(block->next[0]->index), U32(block->next[1]->index)));
		break;
	}
	return true;
}

/* One thread until it waits or ends. */
static bool emit_run(struct emit *e) {
	struct emit_lockstep *ls = e->lockstep;
	struct emit_loop l;
	bool open;
	emit_loop_begin(e, &l);
	emit_loop_break_unless(e, &l,
		OP(IEqual, e->t_bool, OP(Load, e->t_uint, ls->site), U32(0)));
	uint32_t state = OP(Load, e->t_uint, ls->state);
	if (!emit_by_state(e, state, 0, e->f->block_count, run_block, &open)) {
		return false;
	}
	emit_loop_end(e, &l);
	return true;
}

static void emit_publish(struct emit *e, uint32_t parity) {
	struct emit_lockstep *ls = e->lockstep;
	uint32_t u = e->t_uint, thread = emit_local_index(e), site = OP(Load, u, ls->site);
	DO(Store, shared(e, ls->sites, thread), site);
	for (uint32_t i = 0; i < ls->words; i++) {
		uint32_t at = OP(IAdd, u, OP(IMul, u, thread, U32(ls->words)), U32(i));
		DO(Store, shared(e, ls->values, at), OP(Load, u, ls->regs[i]));
	}
	// Flags of this round are raised, those of the next one lowered.
	uint32_t simd = emit_if(e, OP(ULessThan, e->t_bool, site, U32(SITE_BARRIER)));
	DO(Store, shared(e, ls->flags, parity), U32(1));
	emit_fi(e, simd);
	uint32_t running = emit_if(e, OP(INotEqual, e->t_bool, site, U32(SITE_DONE)));
	DO(Store, shared(e, ls->flags, OP(IAdd, u, parity, U32(2))), U32(1));
	emit_fi(e, running);
	uint32_t first = emit_if(e, OP(IEqual, e->t_bool, thread, U32(0)));
	uint32_t other = OP(ISub, u, U32(1), parity);
	DO(Store, shared(e, ls->flags, other), U32(0));
	DO(Store, shared(e, ls->flags, OP(IAdd, u, other, U32(2))), U32(0));
	emit_fi(e, first);
}

/* The lowest site in my simd group and who stands there. */
static void emit_decide(struct emit *e, uint32_t parity) {
	struct emit_lockstep *ls = e->lockstep;
	uint32_t u = e->t_uint, b = e->t_bool;
	uint32_t lowest = spv_local(&e->s, u), mask = spv_local(&e->s, u),
		 lane = spv_local(&e->s, u);
	DO(Store, lowest, U32(SITE_DONE));
	DO(Store, mask, U32(0));
	DO(Store, lane, U32(0));
	uint32_t base = OP(BitwiseAnd, u, emit_local_index(e), U32(~31u));
	struct emit_loop l;
	emit_loop_begin(e, &l);
	uint32_t i = OP(Load, u, lane), thread = OP(IAdd, u, base, i);
	emit_loop_break_unless(e, &l, OP(LogicalAnd, b, OP(ULessThan, b, i, U32(32)),
		OP(ULessThan, b, thread, U32(e->local_count))));
	DO(Store, lane, OP(IAdd, u, i, U32(1)));
	uint32_t site = OP(Load, u, shared(e, ls->sites, thread));
	uint32_t old = OP(Load, u, lowest), bits = OP(Load, u, mask);
	uint32_t lower = OP(ULessThan, b, site, old);
	bits = emit_select(e, u, lower, U32(0), bits);
	uint32_t low = emit_select(e, u, lower, site, old);
	uint32_t here = OP(IEqual, b, site, low), bit = OP(ShiftLeftLogical, u, U32(1), i);
	DO(Store, lowest, low);
	DO(Store, mask, OP(BitwiseOr, u, bits, emit_select(e, u, here, bit, U32(0))));
	emit_loop_end(e, &l);
	uint32_t own = OP(Load, u, ls->site), best = OP(Load, u, lowest);
	uint32_t is_simd = OP(ULessThan, b, own, U32(SITE_BARRIER));
	uint32_t simd_goes = OP(LogicalAnd, b, is_simd, OP(IEqual, b, own, best));
	uint32_t none = OP(IEqual, b, OP(Load, u, shared(e, ls->flags, parity)), U32(0));
	uint32_t barrier_goes = OP(LogicalAnd, b, none, OP(LogicalAnd, b, emit_not(e, is_simd),
		OP(INotEqual, b, own, U32(SITE_DONE))));
	uint32_t goes = OP(LogicalOr, b, simd_goes, barrier_goes);
	DO(Store, ls->active, OP(Load, u, mask));
	DO(Store, ls->site, emit_select(e, u, goes, U32(0), own));
}

bool emit_lockstep(struct emit *e) {
	if (e->f->block_count > 4096) {
		return pvg_shader_refuse(e->status, PVG_SHADER_CONTROL_FLOW, "too many blocks");
	}
	e->r->flags |= PVG_REFLECT_LOCKSTEP;
	if (!plan(e)) {
		return false;
	}
	struct emit_lockstep *ls = e->lockstep;
	uint32_t u = e->t_uint, round = spv_local(&e->s, u);
	uint32_t first = emit_if(e, OP(IEqual, e->t_bool, emit_local_index(e), U32(0)));
	for (uint32_t i = 0; i < 4; i++) {
		DO(Store, shared(e, ls->flags, U32(i)), U32(0));
	}
	emit_fi(e, first);
	DO(Store, ls->site, U32(0));
	DO(Store, ls->state, U32(0));
	DO(Store, round, U32(0));
	for (uint32_t i = 0; i < ls->words; i++) {
		DO(Store, ls->regs[i], U32(0));
	}
	struct emit_loop l;
	emit_loop_begin(e, &l);
	if (!emit_run(e)) {
		return false;
	}
	uint32_t n = OP(Load, u, round), parity = OP(BitwiseAnd, u, n, U32(1));
	DO(Store, round, OP(IAdd, u, n, U32(1)));
	wait(e); // nobody reads the old values any more
	emit_publish(e, parity);
	wait(e);
	emit_decide(e, parity);
	uint32_t running = OP(Load, u, shared(e, ls->flags, OP(IAdd, u, parity, U32(2))));
	emit_loop_break_unless(e, &l, OP(INotEqual, e->t_bool, running, U32(0)));
	emit_loop_end(e, &l);
	spv_do(&e->s, SpvOpReturn, NULL, 0);
	return true;
}
