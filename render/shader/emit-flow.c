// SPDX-License-Identifier: GPL-2.0-or-later
#include "emit-private.h"

/*
 * Blocks to structured SPIR-V (spec 05 §6.5). Phis are variables, so labels mean nothing but
 * structure: the tree walk makes as many of them as it likes. When a block would have to be written
 * twice or a branch leaves two loops at once, the walk fails and the caller uses the dispatcher.
 */

uint32_t emit_if(struct emit *e, uint32_t condition) {
	uint32_t then = spv_id(&e->s), merge = spv_id(&e->s);
	DO(SelectionMerge, merge, SpvSelectionControlMaskNone);
	DO(BranchConditional, condition, then, merge);
	spv_label(&e->s, then);
	return merge;
}

void emit_fi(struct emit *e, uint32_t merge) {
	DO(Branch, merge);
	spv_label(&e->s, merge);
}

void emit_loop_begin(struct emit *e, struct emit_loop *l) {
	l->header = spv_id(&e->s);
	l->body = spv_id(&e->s);
	l->next = spv_id(&e->s);
	l->merge = spv_id(&e->s);
	DO(Branch, l->header);
	spv_label(&e->s, l->header);
	DO(LoopMerge, l->merge, l->next, SpvLoopControlMaskNone);
	DO(Branch, l->body);
	spv_label(&e->s, l->body);
}

void emit_loop_break_unless(struct emit *e, struct emit_loop *l, uint32_t condition) {
	uint32_t leave = spv_id(&e->s), stay = spv_id(&e->s);
	DO(SelectionMerge, stay, SpvSelectionControlMaskNone);
	DO(BranchConditional, condition, stay, leave);
	spv_label(&e->s, leave);
	DO(Branch, l->merge);
	spv_label(&e->s, stay);
}

void emit_loop_end(struct emit *e, struct emit_loop *l) {
	DO(Branch, l->next);
	spv_label(&e->s, l->next);
	DO(Branch, l->header);
	spv_label(&e->s, l->merge);
}

/* ---- loops and post-dominators --------------------------------------------------------------- */

#define NONE UINT32_MAX

struct flow {
	uint32_t n;
	uint32_t *idom; // by block
	uint32_t *loop; // by block: header of the innermost loop, or NONE
	uint32_t *parent; // by header: header of the loop around it, or NONE
	uint32_t *exit; // by header: the one block that the loop leaves to, or NONE
	uint32_t *ipdom; // by node: see post_dominators
	struct emit *e; // borrowed
};

static uint32_t successors(const struct air_block *b, uint32_t out[2]) {
	switch (b->terminator) {
	case AIR_CONDBR:
		out[0] = b->next[0]->index;
		out[1] = b->next[1]->index;
		return out[0] == out[1] ? 1 : 2;
	case AIR_BR:
	case AIR_SYNC:
		out[0] = b->next[0]->index;
		return 1;
	default:
		return 0;
	}
}

static uint32_t *filled(struct emit *e, uint32_t n) {
	uint32_t *p = pvg_arena_alloc(e->arena, n, sizeof(*p));
	for (uint32_t i = 0; i < n; i++) {
		p[i] = NONE;
	}
	return p;
}

/* Blocks are in reverse post-order, so a plain fixpoint over them is quick. */
static void dominators(struct flow *f) {
	const struct air_function *fn = f->e->f;
	f->idom[0] = 0;
	bool changed = true;
	while (changed) {
		changed = false;
		uint32_t *fresh = filled(f->e, f->n);
		for (uint32_t b = 0; b < f->n; b++) {
			uint32_t next[2], count = successors(fn->blocks[b], next);
			if (f->idom[b] == NONE) {
				continue;
			}
			for (uint32_t k = 0; k < count; k++) {
				uint32_t x = fresh[next[k]] != NONE ? fresh[next[k]] : b, y = b;
				while (x != y) {
					while (x > y) {
						x = f->idom[x];
					}
					while (y > x) {
						y = f->idom[y];
					}
				}
				fresh[next[k]] = x;
			}
			if (b + 1 < f->n && f->idom[b + 1] == NONE && fresh[b + 1] != NONE) {
				f->idom[b + 1] = fresh[b + 1];
			}
		}
		fresh[0] = 0;
		for (uint32_t b = 0; b < f->n; b++) {
			changed |= f->idom[b] != fresh[b];
			f->idom[b] = fresh[b];
		}
	}
}

static bool dominates(const struct flow *f, uint32_t a, uint32_t b) {
	while (b > a) {
		b = f->idom[b];
	}
	return a == b;
}

static bool in_loop(const struct flow *f, uint32_t block, uint32_t header) {
	for (uint32_t h = f->loop[block]; h != NONE; h = f->parent[h]) {
		if (h == header) {
			return true;
		}
	}
	return false;
}

/* Natural loops, inner ones last so that they win; false when a cycle has two entries. */
static bool find_loops(struct flow *f) {
	const struct air_function *fn = f->e->f;
	uint8_t *member = pvg_arena_alloc(f->e->arena, f->n, 1);
	uint32_t *stack = pvg_arena_alloc(f->e->arena, (size_t)f->n + 1, sizeof(*stack));
	uint32_t **preds = pvg_arena_alloc(f->e->arena, f->n, sizeof(*preds));
	uint32_t *pred_count = pvg_arena_alloc(f->e->arena, f->n, sizeof(*pred_count));
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t b = 0; b < f->n; b++) {
			uint32_t next[2], count = successors(fn->blocks[b], next);
			for (uint32_t k = 0; k < count; k++) {
				if (pass == 1) {
					preds[next[k]][pred_count[next[k]]] = b;
				}
				pred_count[next[k]]++;
			}
		}
		for (uint32_t b = 0; pass == 0 && b < f->n; b++) {
			preds[b] = pvg_arena_alloc(f->e->arena, pred_count[b], sizeof(uint32_t));
			pred_count[b] = 0;
		}
	}
	for (uint32_t h = 0; h < f->n; h++) {
		uint32_t depth = 0;
		memset(member, 0, f->n);
		for (uint32_t i = 0; i < pred_count[h]; i++) {
			uint32_t p = preds[h][i];
			if (p < h) {
				continue;
			}
			if (!dominates(f, h, p)) {
				return false;
			}
			if (!member[p]) {
				member[p] = 1;
				stack[depth++] = p;
			}
		}
		if (depth == 0) {
			continue;
		}
		member[h] = 1;
		f->parent[h] = f->loop[h];
		while (depth > 0) {
			uint32_t b = stack[--depth];
			for (uint32_t i = 0; b != h && i < pred_count[b]; i++) {
				if (!member[preds[b][i]]) {
					member[preds[b][i]] = 1;
					stack[depth++] = preds[b][i];
				}
			}
		}
		for (uint32_t b = h; b < f->n; b++) {
			if (member[b]) {
				f->loop[b] = h;
			}
		}
	}
	return true;
}

static bool find_exits(struct flow *f) {
	for (uint32_t b = 0; b < f->n; b++) {
		uint32_t next[2], count = successors(f->e->f->blocks[b], next);
		for (uint32_t k = 0; k < count; k++) {
			for (uint32_t h = f->loop[b]; h != NONE; h = f->parent[h]) {
				if (in_loop(f, next[k], h)) {
					break;
				}
				if (f->exit[h] != NONE && f->exit[h] != next[k]) {
					return false;
				}
				f->exit[h] = next[k];
			}
		}
	}
	return true;
}

static bool dominates_latches(const struct flow *f, uint32_t a, uint32_t header) {
	for (uint32_t b = header; b < f->n; b++) {
		uint32_t next[2], count = successors(f->e->f->blocks[b], next);
		for (uint32_t k = 0; k < count; k++) {
			if (next[k] == header && !dominates(f, a, b)) {
				return false;
			}
		}
	}
	return true;
}

/*
 * A guard leaves a loop from its latches. What is used behind the loop must be made by then, which
 * it is when one of the blocks that leave comes before every latch.
 */
static bool can_guard(const struct flow *f) {
	for (uint32_t h = 0; h < f->n; h++) {
		bool fine = f->loop[h] != h || f->exit[h] == NONE;
		for (uint32_t b = h; b < f->n && !fine; b++) {
			uint32_t next[2], count = successors(f->e->f->blocks[b], next);
			for (uint32_t k = 0; k < count && !fine; k++) {
				fine = in_loop(f, b, h) && !in_loop(f, next[k], h) &&
					dominates_latches(f, b, h);
			}
		}
		if (!fine) {
			return false;
		}
	}
	return true;
}

/*
 * Post-dominators of what the walk sees: inside a loop the edges to its header and exit are cut,
 * and from outside a loop is one node (n + header) that goes to its exit. Node 2n is the end.
 */
static void post_dominators(struct flow *f) {
	uint32_t end = 2 * f->n;
	f->ipdom = filled(f->e, end + 1);
	f->ipdom[end] = end;
	uint32_t *rank = pvg_arena_alloc(f->e->arena, end + 1, sizeof(*rank));
	// A loop node comes before everything that follows the loop and after what leads to it.
	for (uint32_t b = 0; b < f->n; b++) {
		rank[b] = 2 * b + 1;
		rank[f->n + b] = 2 * b;
	}
	rank[end] = 2 * f->n;
	bool changed = true;
	while (changed) {
		changed = false;
		for (uint32_t i = 2 * f->n; i-- > 0;) {
			uint32_t node = i % 2 == 1 ? i / 2 : f->n + i / 2;
			uint32_t b = i / 2, next[2], count = 0, targets[2];
			if (node < f->n) {
				count = successors(f->e->f->blocks[b], next);
				uint32_t kept = 0;
				for (uint32_t k = 0; k < count; k++) {
					uint32_t t = next[k], h = f->loop[b];
					if (h != NONE && (t == h || t == f->exit[h])) {
						continue;
					}
					bool header = f->loop[t] == t && !in_loop(f, b, t);
					targets[kept++] = header ? f->n + t : t;
				}
				count = kept;
			} else if (f->loop[b] == b && f->exit[b] != NONE) {
				uint32_t t = f->exit[b], h = f->parent[b];
				if (h == NONE || (t != h && t != f->exit[h])) {
					targets[count++] = f->loop[t] == t ? f->n + t : t;
				}
			}
			uint32_t x = NONE;
			if (count == 0) {
				x = end;
			}
			for (uint32_t k = 0; k < count; k++) {
				uint32_t y = targets[k];
				if (f->ipdom[y] == NONE) {
					continue;
				}
				if (x == NONE) {
					x = y;
				}
				while (x != y) {
					while (rank[x] < rank[y]) {
						x = f->ipdom[x];
					}
					while (rank[y] < rank[x]) {
						y = f->ipdom[y];
					}
				}
			}
			if (x != NONE && f->ipdom[node] != x) {
				f->ipdom[node] = x;
				changed = true;
			}
		}
	}
}

/* ---- the walk -------------------------------------------------------------------------------- */

struct walk_loop {
	struct emit_loop labels;
	uint32_t header, exit;
	uint32_t counter; // variable of the guard, or 0
};

static bool failed(struct emit *e, const char *why) {
	return pvg_shader_refuse(e->status, PVG_SHADER_CONTROL_FLOW, "%s", why);
}

/* Where a branch out of straight code leads: the label of a break or continue, or 0. */
static uint32_t jump_label(const struct walk_loop *loop, uint32_t target) {
	if (loop == NULL) {
		return 0;
	}
	return target == loop->header ? loop->labels.next
		: target == loop->exit    ? loop->labels.merge
								  : 0;
}

static bool walk(struct flow *f, uint32_t b, uint32_t stop, const struct walk_loop *loop,
		bool inside, uint32_t depth, bool *open);

static void begin_guard(struct emit *e, struct walk_loop *l) {
	l->counter = 0;
	if (e->variant->features & PVG_FEATURE_LOOP_GUARD) {
		l->counter = spv_local(&e->s, e->t_uint);
		DO(Store, l->counter, U32(0));
	}
}

/*
 * The way back to the header. A loop whose bound comes from the guest ends at last (spec 05 §6.5):
 * here and not at its head, where what is used behind the loop is not made yet.
 */
static void close_loop(struct emit *e, const struct walk_loop *l) {
	spv_label(&e->s, l->labels.next);
	if (l->counter != 0) {
		uint32_t n = OP(Load, e->t_uint, l->counter);
		DO(Store, l->counter, OP(IAdd, e->t_uint, n, U32(1)));
		DO(BranchConditional, OP(ULessThan, e->t_bool, n, U32(65535)), l->labels.header,
			l->labels.merge);
	} else {
		DO(Branch, l->labels.header);
	}
	spv_label(&e->s, l->labels.merge);
}

/* Behind a loop that has no exit: only a guard comes here. */
static void end_of_endless(struct emit *e) {
	bool guarded = (e->variant->features & PVG_FEATURE_LOOP_GUARD) != 0;
	spv_do(&e->s, guarded ? SpvOpReturn : SpvOpUnreachable, NULL, 0);
}

static bool walk_inner_loop(struct flow *f, uint32_t header, uint32_t depth) {
	struct emit *e = f->e;
	struct walk_loop l = {.header = header, .exit = f->exit[header]};
	begin_guard(e, &l);
	emit_loop_begin(e, &l.labels);
	bool open;
	if (!walk(f, header, NONE, &l, true, depth + 1, &open)) {
		return false;
	}
	if (open) {
		return failed(e, "loop body without an end");
	}
	close_loop(e, &l);
	return true;
}

/* An if whose arms meet at join (NONE: they do not). */
static bool walk_branch(struct flow *f, const struct air_block *b, uint32_t join,
		const struct walk_loop *loop, uint32_t depth) {
	struct emit *e = f->e;
	uint32_t condition = emit_get(e, b->condition)[0].lo;
	uint32_t merge = spv_id(&e->s), label[2] = {merge, merge};
	for (uint32_t k = 0; k < 2; k++) {
		if (b->next[k]->index != join) {
			label[k] = spv_id(&e->s);
		}
	}
	DO(SelectionMerge, merge, SpvSelectionControlMaskNone);
	DO(BranchConditional, condition, label[0], label[1]);
	for (uint32_t k = 0; k < 2; k++) {
		if (label[k] == merge) {
			continue;
		}
		spv_label(&e->s, label[k]);
		uint32_t jump = jump_label(loop, b->next[k]->index);
		bool open = false;
		if (jump != 0) {
			DO(Branch, jump);
		} else if (!walk(f, b->next[k]->index, join, loop, false, depth + 1, &open)) {
			return false;
		}
		if (open) {
			DO(Branch, merge);
		}
	}
	spv_label(&e->s, merge);
	return true;
}

static bool walk(struct flow *f, uint32_t b, uint32_t stop, const struct walk_loop *loop,
		bool inside, uint32_t depth, bool *open) {
	struct emit *e = f->e;
	*open = true;
	if (depth > 400) {
		return failed(e, "nested too deeply");
	}
	while (b != stop) {
		if (f->loop[b] == b && !inside) {
			if (!walk_inner_loop(f, b, depth)) {
				return false;
			}
			b = f->exit[b];
			if (b == NONE) {
				end_of_endless(e);
				*open = false;
				return true;
			}
		} else {
			inside = false;
			struct air_block *block = e->f->blocks[b];
			if (e->emitted[b]) {
				return failed(e, "block needed twice");
			}
			e->emitted[b] = 1;
			if (!emit_block(e, block)) {
				return false;
			}
			if (block->terminator == AIR_RET) {
				*open = false;
				return emit_return(e, block->result);
			}
			uint32_t next[2] = {0}, count = successors(block, next);
			if (count == 1) {
				b = next[0];
			} else {
				uint32_t jump[2] = {
					jump_label(loop, next[0]), jump_label(loop, next[1])};
				if (jump[0] != 0 && jump[1] != 0) {
					DO(BranchConditional, emit_get(e, block->condition)[0].lo,
						jump[0], jump[1]);
					*open = false;
					return true;
				}
				// One arm jumps: the other is what follows.
				uint32_t join = jump[0] != 0 ? next[1]
					: jump[1] != 0       ? next[0]
							     : f->ipdom[b];
				join = join == 2 * f->n                ? NONE
					: join >= f->n && join != NONE ? join - f->n
								       : join;
				if (!walk_branch(f, block, join, loop, depth)) {
					return false;
				}
				if (join == NONE) {
					spv_do(&e->s, SpvOpUnreachable, NULL, 0);
					*open = false;
					return true;
				}
				b = join;
			}
		}
		uint32_t jump = jump_label(loop, b);
		if (jump != 0) {
			DO(Branch, jump);
			*open = false;
			return true;
		}
	}
	return true;
}

bool emit_structured(struct emit *e) {
	struct flow f = {.n = e->f->block_count, .e = e};
	f.idom = filled(e, f.n);
	f.loop = filled(e, f.n);
	f.parent = filled(e, f.n);
	f.exit = filled(e, f.n);
	dominators(&f);
	if (!find_loops(&f) || !find_exits(&f)) {
		return failed(e, "loop with several entries or exits");
	}
	if (e->variant->features & PVG_FEATURE_LOOP_GUARD && !can_guard(&f)) {
		return failed(e, "loop that a guard cannot leave");
	}
	post_dominators(&f);
	bool open;
	if (!walk(&f, 0, NONE, NULL, false, 0, &open)) {
		return false;
	}
	for (uint32_t b = 0; b < f.n; b++) {
		if (!e->emitted[b]) {
			return failed(e, "block left out");
		}
	}
	return !open || failed(e, "no return");
}

/* ---- dispatcher ------------------------------------------------------------------------------ */

/*
 * A tree of branches and no switch: llvmpipe nests the cases of a switch one in the other and ends
 * the process when there are more than about eighty.
 */
bool emit_by_state(struct emit *e, uint32_t state, uint32_t first, uint32_t count,
		bool (*body)(struct emit *e, uint32_t block, bool *open), bool *open) {
	*open = true;
	if (count == 1) {
		return body(e, first, open);
	}
	uint32_t low = spv_id(&e->s), high = spv_id(&e->s), merge = spv_id(&e->s), half = count / 2;
	uint32_t is_low = OP(ULessThan, e->t_bool, state, U32(first + half));
	bool falls;
	DO(SelectionMerge, merge, SpvSelectionControlMaskNone);
	DO(BranchConditional, is_low, low, high);
	for (uint32_t side = 0; side < 2; side++) {
		spv_label(&e->s, side == 0 ? low : high);
		if (!emit_by_state(e, state, side == 0 ? first : first + half,
				side == 0 ? half : count - half, body, &falls)) {
			return false;
		}
		if (falls) {
			DO(Branch, merge);
		}
	}
	spv_label(&e->s, merge);
	return true;
}

static bool dispatched_block(struct emit *e, uint32_t b, bool *open) {
	struct air_block *block = e->f->blocks[b];
	if (!emit_block(e, block)) {
		return false;
	}
	if (block->terminator == AIR_RET) {
		*open = false;
		return emit_return(e, block->result);
	}
	uint32_t next = U32(block->next[0]->index);
	if (block->terminator == AIR_CONDBR) {
		next = emit_select(e, e->t_uint, emit_get(e, block->condition)[0].lo, next,
			U32(block->next[1]->index));
	}
	DO(Store, e->state_var, next);
	return true;
}

bool emit_dispatcher(struct emit *e) {
	const struct air_function *fn = e->f;
	if (fn->block_count > 2048) {
		return failed(e, "too many blocks for a state machine");
	}
	e->r->flags |= PVG_REFLECT_DISPATCHER;
	uint32_t rounds = spv_local(&e->s, e->t_uint);
	e->state_var = spv_local(&e->s, e->t_uint);
	DO(Store, e->state_var, U32(0));
	DO(Store, rounds, U32(0));
	struct emit_loop l;
	emit_loop_begin(e, &l);
	if (e->variant->features & PVG_FEATURE_LOOP_GUARD) {
		uint32_t n = OP(Load, e->t_uint, rounds);
		DO(Store, rounds, OP(IAdd, e->t_uint, n, U32(1)));
		emit_loop_break_unless(e, &l, OP(ULessThan, e->t_bool, n, U32(1u << 20)));
	}
	bool open;
	uint32_t state = OP(Load, e->t_uint, e->state_var);
	if (!emit_by_state(e, state, 0, fn->block_count, dispatched_block, &open)) {
		return false;
	}
	emit_loop_end(e, &l);
	spv_do(&e->s, SpvOpReturn, NULL, 0);
	return true;
}
