// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "gen-air-private.h"
#include "gen-air.h"

/* Values, types and the flow graph; the instructions are in gen-air-inst.c. */

uint32_t gen_below(struct gen *g, uint32_t n) {
	return n > 0 ? (uint32_t)fuzz_take(g->in, 1) % n : 0;
}

bool gen_chance(struct gen *g, uint32_t of_256) {
	return fuzz_take(g->in, 1) < of_256;
}

const struct air_type *gen_type(struct gen *g, uint8_t kind, uint32_t n) {
	struct air_type *t = pvg_arena_alloc(g->arena, 1, sizeof(*t));
	t->comp_count = n;
	t->comps = pvg_arena_alloc(g->arena, n, sizeof(*t->comps));
	uint32_t bytes = air_kind_bytes(kind);
	for (uint32_t i = 0; i < n; i++) {
		t->comps[i] = (struct air_comp){.kind = kind, .offset_bytes = i * bytes};
		if (kind == AIR_PTR) {
			t->comps[i].space = AIR_SPACE_DEVICE;
		}
	}
	t->size_bytes = (n == 3 ? 4 : n) * bytes;
	return t;
}

struct air_value *gen_value(struct gen *g, enum air_op op, const struct air_type *type,
	uint32_t op_count) {
	struct air_value *v = pvg_arena_alloc(g->arena, 1, sizeof(*v));
	v->op = op;
	v->type = type;
	v->index = g->f->value_count++;
	v->op_count = op_count;
	v->ops = pvg_arena_alloc(g->arena, op_count, sizeof(*v->ops));
	return v;
}

struct air_value *gen_const_bits(struct gen *g, uint8_t kind, uint32_t n, uint64_t bits) {
	struct air_value *v = gen_value(g, AIR_CONST, gen_type(g, kind, n), 0);
	v->constant.bits = pvg_arena_alloc(g->arena, n, sizeof(uint64_t));
	v->constant.globals = pvg_arena_alloc(g->arena, n, sizeof(struct air_global *));
	for (uint32_t i = 0; i < n; i++) {
		v->constant.bits[i] = bits;
	}
	return v;
}

static uint64_t edge_bits(struct gen *g, uint8_t kind) {
	static const uint32_t floats[] = {
		0,
		0x80000000,
		0x3f800000,
		0xbf800000,
		0x7f800000,
		0x7fc00000,
		1,
		0x7f7fffff,
		0x3f000000,
		0x4f000000,
		0x477fe000,
		0x33800000,
	};
	static const uint64_t ints[] = {
		0,
		1,
		2,
		3,
		31,
		32,
		63,
		0x7f,
		0x80,
		0xff,
		0x7fff,
		0x8000,
		0xffff,
		0x7fffffff,
		0x80000000,
		0xffffffff,
		0x8000000000000000,
		UINT64_MAX,
	};
	uint32_t bytes = air_kind_bytes(kind);
	if (kind == AIR_F16 || kind == AIR_BF16 || kind == AIR_F32) {
		return floats[gen_below(g, sizeof(floats) / sizeof(floats[0]))];
	}
	uint64_t value = gen_chance(g, 64) ? fuzz_take(g->in, 8)
					   : ints[gen_below(g, sizeof(ints) / sizeof(ints[0]))];
	return kind == AIR_BOOL ? value & 1
		: bytes >= 8    ? value
				: value & ((UINT64_C(1) << 8 * bytes) - 1);
}

struct air_value *gen_const(struct gen *g, uint8_t kind, uint32_t n) {
	struct air_value *v = gen_const_bits(g, kind, n, 0);
	for (uint32_t i = 0; i < n; i++) {
		if (kind == AIR_PTR) {
			// A global, or null.
			if (g->f->global_count > 0 && !gen_chance(g, 40)) {
				uint32_t which = gen_below(g, g->f->global_count);
				v->constant.globals[i] = g->f->globals[which];
				v->constant.bits[i] = gen_below(g, 64) & ~3u;
			}
		} else {
			v->constant.bits[i] = edge_bits(g, kind);
		}
	}
	return v;
}

static bool same_shape(const struct air_type *t, uint8_t kind, uint32_t n) {
	if (t->comp_count != n || t->matrix) {
		return false;
	}
	for (uint32_t i = 0; i < n; i++) {
		if (t->comps[i].kind != kind) {
			return false;
		}
	}
	return true;
}

/* A value of the shape whose definition dominates the end of block `in` as far as it is written. */
struct air_value *gen_pick(struct gen *g, uint8_t kind, uint32_t n, const struct gen_block *in) {
	uint32_t start = gen_below(g, 256);
	for (uint32_t k = 0; k < g->defined && !gen_chance(g, 24); k++) {
		struct air_value *v = g->values[(start + k) % g->defined];
		if (!same_shape(v->type, kind, n)) {
			continue;
		}
		if (v->block == NULL || (in->dominators >> v->block->index & 1) != 0) {
			return v;
		}
	}
	return gen_const(g, kind, n);
}

void gen_note(struct gen *g, struct air_value *v) {
	if (g->defined < GEN_MAX_VALUES) {
		g->values[g->defined++] = v;
	}
}

void gen_append(struct gen *g, struct air_value *v) {
	struct air_block *b = g->now->block;
	if (b->count == b->capacity) {
		uint32_t capacity = b->capacity > 0 ? 2 * b->capacity : 16;
		struct air_value **insts = pvg_arena_alloc(g->arena, capacity, sizeof(*insts));
		if (b->count > 0) {
			memcpy(insts, b->insts, b->count * sizeof(*insts));
		}
		b->insts = insts;
		b->capacity = capacity;
	}
	b->insts[b->count++] = v;
	v->block = b;
	g->f->inst_count++;
	if (v->type->comp_count > 0) {
		gen_note(g, v);
	}
}

/* ---- flow ------------------------------------------------------------------------------------ */

static uint32_t new_block(struct gen *g) {
	if (g->block_count < GEN_MAX_BLOCKS) {
		g->blocks[g->block_count] = (struct gen_block){.next = {-1, -1}};
		return g->block_count++;
	}
	return g->block_count - 1;
}

/* Sequences, ifs and loops below `from`; returns the block where it goes on. */
static uint32_t structured(struct gen *g, uint32_t from, uint32_t depth) {
	for (uint32_t pieces = 1 + gen_below(g, 3); pieces > 0; pieces--) {
		if (depth == 0 || g->block_count + 6 > GEN_MAX_BLOCKS) {
			return from;
		}
		uint32_t kind = gen_below(g, 4);
		if (kind == 0) {
			continue;
		}
		if (kind == 3) { // a loop that is left at its end, as the structurizer leaves them
			uint32_t header = new_block(g);
			uint32_t latch = structured(g, header, depth - 1), after = new_block(g);
			g->blocks[from].next[0] = (int)header;
			g->blocks[latch].next[0] = (int)(gen_chance(g, 128) ? header : after);
			g->blocks[latch].next[1] =
				(int)(g->blocks[latch].next[0] == (int)header ? after : header);
			from = after;
			continue;
		}
		uint32_t then = new_block(g), end = structured(g, then, depth - 1), last = end;
		int other = -1;
		if (kind == 2) {
			other = (int)new_block(g);
			last = structured(g, (uint32_t)other, depth - 1);
		}
		uint32_t merge = new_block(g);
		g->blocks[from].next[0] = (int)then;
		g->blocks[from].next[1] = other >= 0 ? other : (int)merge;
		g->blocks[end].next[0] = (int)merge;
		if (other >= 0) {
			g->blocks[last].next[0] = (int)merge;
		}
		from = merge;
	}
	return from;
}

static void any_flow(struct gen *g) {
	uint32_t n = 1 + gen_below(g, 10);
	while (g->block_count < n) {
		new_block(g);
	}
	for (uint32_t i = 0; i < n && n > 1; i++) {
		uint32_t ways = gen_below(g, 8);
		// The first block has no predecessor.
		g->blocks[i].next[0] = ways == 0 ? -1 : (int)(1 + gen_below(g, n - 1));
		g->blocks[i].next[1] = ways < 4 ? -1 : (int)(1 + gen_below(g, n - 1));
	}
}

/* Reverse post order of what can be reached, as the loader numbers blocks. */
static void visit(struct gen *g, uint32_t at, uint32_t *post, uint32_t *count) {
	g->blocks[at].seen = true;
	for (uint32_t k = 2; k-- > 0;) {
		int next = g->blocks[at].next[k];
		if (next >= 0 && !g->blocks[next].seen) {
			visit(g, (uint32_t)next, post, count);
		}
	}
	post[(*count)++] = at;
}

static void order_blocks(struct gen *g) {
	uint32_t post[GEN_MAX_BLOCKS], count = 0, place[GEN_MAX_BLOCKS] = {0};
	struct gen_block ordered[GEN_MAX_BLOCKS];
	visit(g, 0, post, &count);
	for (uint32_t i = 0; i < count; i++) {
		place[post[i]] = count - 1 - i;
	}
	for (uint32_t i = 0; i < count; i++) {
		struct gen_block b = g->blocks[post[count - 1 - i]];
		for (uint32_t k = 0; k < 2; k++) {
			b.next[k] = b.next[k] >= 0 ? (int)place[b.next[k]] : -1;
		}
		ordered[i] = b;
	}
	memcpy(g->blocks, ordered, count * sizeof(ordered[0]));
	g->block_count = count;
	for (uint32_t i = 0; i < count; i++) {
		g->blocks[i].predecessors = 0;
	}
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t k = 0; k < 2; k++) {
			if (g->blocks[i].next[k] >= 0) {
				g->blocks[g->blocks[i].next[k]].predecessors |= 1u << i;
			}
		}
		g->blocks[i].dominators = UINT32_MAX;
	}
	g->blocks[0].dominators = 1;
	for (bool changed = true; changed;) {
		changed = false;
		for (uint32_t i = 1; i < count; i++) {
			uint32_t all = UINT32_MAX;
			for (uint32_t p = 0; p < count; p++) {
				if (g->blocks[i].predecessors >> p & 1) {
					all &= g->blocks[p].dominators;
				}
			}
			all |= 1u << i;
			changed |= all != g->blocks[i].dominators;
			g->blocks[i].dominators = all;
		}
	}
}

static void make_blocks(struct gen *g) {
	new_block(g);
	g->f->structured = gen_chance(g, 160);
	if (g->f->structured) {
		structured(g, 0, 3);
	} else {
		any_flow(g);
	}
	order_blocks(g);
	g->f->block_count = g->block_count;
	g->f->blocks = pvg_arena_alloc(g->arena, g->block_count, sizeof(*g->f->blocks));
	for (uint32_t i = 0; i < g->block_count; i++) {
		struct air_block *b = pvg_arena_alloc(g->arena, 1, sizeof(*b));
		b->index = i;
		g->f->blocks[i] = g->blocks[i].block = b;
	}
	for (uint32_t i = 0; i < g->block_count; i++) {
		const struct gen_block *b = &g->blocks[i];
		for (uint32_t k = 0; k < 2; k++) {
			b->block->next[k] = b->next[k] >= 0 ? g->f->blocks[b->next[k]] : NULL;
		}
		if (b->next[0] < 0) {
			b->block->next[0] = b->block->next[1];
			b->block->next[1] = NULL;
		}
		b->block->terminator = b->block->next[0] == NULL ? AIR_RET
			: b->block->next[1] == NULL              ? AIR_BR
								 : AIR_CONDBR;
	}
}

static void make_phis(struct gen *g) {
	struct gen_block *b = g->now;
	uint32_t n = (uint32_t)__builtin_popcount(b->predecessors);
	if (n == 0 || b->block->index == 0) {
		return;
	}
	for (uint32_t left = gen_below(g, 3); left > 0; left--) {
		uint8_t kind = (uint8_t)gen_below(g, AIR_PTR + 1);
		struct air_value *v = gen_value(g, AIR_PHI,
			gen_type(g, kind, kind == AIR_PTR ? 1 : 1 + gen_below(g, 4)), n);
		v->phi_blocks = pvg_arena_alloc(g->arena, n, sizeof(*v->phi_blocks));
		gen_append(g, v);
	}
}

/* Once everything is written: what comes in from each predecessor. */
static void fill_phis(struct gen *g) {
	for (uint32_t i = 0; i < g->block_count; i++) {
		struct air_block *b = g->blocks[i].block;
		for (uint32_t k = 0; k < b->count && b->insts[k]->op == AIR_PHI; k++) {
			struct air_value *v = b->insts[k];
			uint32_t at = 0;
			for (uint32_t p = 0; p < g->block_count; p++) {
				if (g->blocks[i].predecessors >> p & 1) {
					v->phi_blocks[at] = g->blocks[p].block;
					v->ops[at++] = gen_pick(g, v->type->comps[0].kind,
						v->type->comp_count, &g->blocks[p]);
				}
			}
		}
	}
}

/* The returned value: every output's components one after another. */
static struct air_value *make_result(struct gen *g) {
	uint32_t n = 0;
	for (uint32_t i = 0; i < g->f->output_count; i++) {
		n += g->f->outputs[i].type->comp_count;
	}
	if (n == 0) {
		return NULL;
	}
	struct air_type *t = pvg_arena_alloc(g->arena, 1, sizeof(*t));
	t->comp_count = n;
	t->comps = pvg_arena_alloc(g->arena, n, sizeof(*t->comps));
	uint32_t at = 0;
	for (uint32_t i = 0; i < g->f->output_count; i++) {
		const struct air_type *part = g->f->outputs[i].type;
		for (uint32_t k = 0; k < part->comp_count; k++) {
			t->comps[at] = part->comps[k];
			t->comps[at++].offset_bytes = t->size_bytes + part->comps[k].offset_bytes;
		}
		t->size_bytes += (part->size_bytes + 15) & ~15u;
	}
	struct air_value *all = gen_value(g, AIR_CONST, t, 0);
	all->constant.bits = pvg_arena_alloc(g->arena, n, sizeof(uint64_t));
	all->constant.globals = pvg_arena_alloc(g->arena, n, sizeof(struct air_global *));
	for (uint32_t i = 0; i < g->f->output_count; i++) {
		const struct air_param *o = &g->f->outputs[i];
		struct air_value *v = gen_value(g, AIR_INSERT, t, 2);
		v->first = o->first_comp;
		v->ops[0] = all;
		v->ops[1] = gen_pick(g, o->type->comps[0].kind, o->type->comp_count, g->now);
		gen_append(g, v);
		all = v;
	}
	return all;
}

static void make_variant(struct gen *g, struct pvg_shader_variant *v) {
	*v = (struct pvg_shader_variant){
		.profile = gen_chance(g, 128) ? PVG_PROFILE_GLES : PVG_PROFILE_VULKAN,
		.features = (uint32_t)fuzz_take(g->in, 1),
		.local_size = {1u << gen_below(g, 7), 1 + gen_below(g, 4), 1 + gen_below(g, 2)},
		.sample_count = gen_below(g, 5),
		.swap_mask = (uint32_t)fuzz_take(g->in, 1),
	};
	for (uint32_t i = 0; i < 31; i++) {
		v->threadgroup_bytes[i] = 256;
	}
	if (!gen_chance(g, 100)) {
		return;
	}
	v->fetch = gen_chance(g, 128) ? PVG_FETCH_EXTENSION : PVG_FETCH_COPY;
	v->alpha_test = gen_below(g, 9);
	v->storage_buffers = gen_chance(g, 60) ? PVG_NO_STORAGE_BUFFERS : gen_below(g, 20);
	v->uniform_buffers = gen_below(g, 12);
	v->attribute_count = gen_below(g, 4);
	for (uint32_t i = 0; i < v->attribute_count; i++) {
		v->attributes[i] = (struct pvg_shader_attribute){
			.location = (uint8_t)i,
			.format = (uint8_t)(1 + gen_below(g, 42)),
			.buffer = (uint8_t)(8 + gen_below(g, 4)),
			.step = (uint8_t)gen_below(g, PVG_STEP_COUNT),
			.offset_bytes = gen_below(g, 32),
			.stride_bytes = gen_below(g, 64),
			.step_rate = gen_below(g, 3),
		};
	}
}

void gen_air(const struct gen_air *gen, struct air_function *function,
	struct pvg_shader_variant *variant) {
	struct gen *g = pvg_arena_alloc(gen->arena, 1, sizeof(*g));
	*function = (struct air_function){.name = "generated", .air_major = 2, .air_minor = 5};
	g->in = gen->in;
	g->arena = gen->arena;
	g->wild = gen->wild;
	g->f = function;
	g->variant = variant;
	make_variant(g, variant);
	function->stage = (enum air_stage)gen_below(g, 3);
	function->fast_math = gen_chance(g, 128);
	function->early_fragment_tests = gen_chance(g, 16);
	gen_globals(g);
	gen_params(g);
	make_blocks(g);
	for (uint32_t i = 0; i < g->block_count; i++) {
		g->now = &g->blocks[i];
		make_phis(g);
		for (uint32_t n = gen_below(g, 8); n > 0; n--) {
			gen_inst(g);
		}
		struct air_block *b = g->now->block;
		if (b->terminator == AIR_CONDBR) {
			b->condition = gen_pick(g, AIR_BOOL, 1, g->now);
		} else if (b->terminator == AIR_RET) {
			b->result = make_result(g);
		}
	}
	fill_phis(g);
	// Kernels with simd groups and no native ones are not structured (load-module.c).
	bool native = variant->profile == PVG_PROFILE_VULKAN &&
		(variant->features & PVG_FEATURE_SUBGROUPS) != 0;
	function->structured = !function->has_simd || native;
}
