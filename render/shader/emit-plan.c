// SPDX-License-Identifier: GPL-2.0-or-later
#include "emit-private.h"

/*
 * How far each buffer is read and written, and what becomes of it: a storage block of its own, a
 * uniform block, or a part of the one block that buffers share when there are more of them than the
 * target has blocks (spec 05 §5.1, §5.3).
 */

#define UNBOUNDED UINT32_MAX

/* Where a pointer points, when the code shows it. */
struct known {
	uint32_t root; // 0: not known
	int64_t offset_bytes;
};

struct plan {
	struct emit *e; // borrowed
	struct known *known; // arena; by value index
};

static bool is_pointer(const struct air_value *v) {
	return v->type->comp_count == 1 && v->type->comps[0].kind == AIR_PTR;
}

static struct known follow(const struct plan *p, const struct air_value *v) {
	struct known from;
	switch (v->op) {
	case AIR_PTRADD:
		if (v->op_count != 1) {
			return (struct known){0};
		}
		from = p->known[v->ops[0]->index];
		from.offset_bytes += v->ptradd.offset_bytes;
		return from;
	case AIR_COPY:
	case AIR_BITCAST:
		return p->known[v->ops[0]->index];
	default:
		return (struct known){0};
	}
}

/* Size bytes at the pointer are reached; UNBOUNDED: nobody knows how many. */
static void reach(struct plan *p, const struct air_value *pointer, uint32_t size) {
	struct emit *e = p->e;
	struct known k = p->known[pointer->index];
	if (k.root != 0 && size != UNBOUNDED && k.offset_bytes >= 0 &&
			k.offset_bytes < INT64_C(1) << 31) {
		struct root *r = &e->roots[k.root];
		uint64_t end = (uint64_t)k.offset_bytes + size;
		r->used = true;
		if (r->extent_bytes != UNBOUNDED && end > r->extent_bytes) {
			r->extent_bytes = end < UNBOUNDED ? (uint32_t)end : UNBOUNDED;
		}
		return;
	}
	const uint64_t *set = emit_roots_of(e, pointer, 0);
	for (uint32_t r = 1; r < e->root_count; r++) {
		if (set_has(set, r)) {
			e->roots[r].used = true;
			e->roots[r].extent_bytes = UNBOUNDED;
		}
	}
}

static bool starts(const char *s, const char *prefix) {
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static void visit_call(struct plan *p, const struct air_value *v) {
	uint32_t size = UNBOUNDED;
	if (starts(v->callee, "air.atomic.")) {
		size = strstr(v->callee, ".i64") != NULL ? 8 : 4;
	} else if (starts(v->callee, "llvm.mem") && v->op_count >= 3 &&
		v->ops[2]->op == AIR_CONST && v->ops[2]->constant.bits[0] < 1u << 30) {
		size = (uint32_t)v->ops[2]->constant.bits[0];
	}
	for (uint32_t i = 0; i < v->op_count; i++) {
		if (is_pointer(v->ops[i])) {
			reach(p, v->ops[i], size);
		}
	}
}

static void visit(struct plan *p, const struct air_value *v) {
	if (is_pointer(v)) {
		p->known[v->index] = follow(p, v);
	}
	switch (v->op) {
	case AIR_LOAD:
		reach(p, v->ops[0], v->type->size_bytes);
		break;
	case AIR_STORE:
		reach(p, v->ops[1], v->ops[0]->type->size_bytes);
		break;
	case AIR_CALL:
		visit_call(p, v);
		break;
	default:
		break;
	}
}

static void find_extents(struct emit *e) {
	const struct air_function *f = e->f;
	struct plan p = {
		.e = e, .known = pvg_arena_alloc(e->arena, f->value_count, sizeof(struct known)),
	};
	for (uint32_t i = 0; i < f->arg_count; i++) {
		if (f->args[i].role == AIR_ROLE_BUFFER && is_pointer(f->arg_values[i])) {
			p.known[f->arg_values[i]->index].root = e->arg_root[i];
		}
	}
	// Definitions come before uses except through phis, which are not followed.
	for (uint32_t b = 0; b < f->block_count; b++) {
		for (uint32_t i = 0; i < f->blocks[b]->count; i++) {
			visit(&p, f->blocks[b]->insts[i]);
		}
	}
	for (uint32_t r = 1; r < e->root_count; r++) {
		struct root *root = &e->roots[r];
		if (root->kind != ROOT_BUFFER || root->attributes || root->element) {
			continue;
		}
		// A reference reaches no further than its type.
		uint32_t bound = f->args[root->arg].buffer_bytes;
		if (bound > 0 && root->extent_bytes > bound) {
			root->extent_bytes = bound;
		}
	}
}

static bool writes(const struct emit *e, const struct root *root) {
	const struct air_param *a = &e->f->args[root->arg];
	return !root->attributes && a->access != AIR_ACCESS_READ && a->space != AIR_SPACE_CONSTANT;
}

/* The later a buffer becomes a block of its own the higher: written last, then unbounded. */
static uint32_t pack_rank(const struct emit *e, const struct root *root) {
	return (writes(e, root) ? 0u : 2u) + (root->extent_bytes != UNBOUNDED ? 1u : 0u);
}

bool emit_plan_buffers(struct emit *e) {
	const struct pvg_shader_variant *v = e->variant;
	find_extents(e);
	uint32_t uniform_bytes = v->uniform_bytes != 0 ? v->uniform_bytes : 16384;
	uint32_t uniforms = 0, storage = 0;
	uint32_t limit = v->storage_buffers == PVG_NO_STORAGE_BUFFERS ? 0 :
		v->storage_buffers != 0 ? v->storage_buffers : 16;
	for (uint32_t r = 1; r < e->root_count; r++) {
		struct root *root = &e->roots[r];
		if (root->kind != ROOT_BUFFER || !root->used) {
			continue;
		}
		bool constant =
			!root->attributes && e->f->args[root->arg].space == AIR_SPACE_CONSTANT;
		if (constant && uniforms < v->uniform_buffers && root->extent_bytes > 0 &&
				root->extent_bytes <= uniform_bytes) {
			root->uniform = true;
			root->words = (root->extent_bytes + 15) / 16 * 4;
			uniforms++;
		} else {
			storage++;
		}
	}
	if (!e->gles && v->storage_buffers == 0) {
		return true; // plenty
	}
	if (storage > 0 && limit == 0) {
		return pvg_shader_refuse(e->status, PVG_SHADER_LIMIT_BUFFERS,
			"%u storage buffers, the target has none", storage);
	}
	// What is over shares the last block. Read-only ones first: nothing has to come back from
	// them.
	for (uint32_t packed = 0; storage > limit || packed == 1;) {
		uint32_t best = 0;
		for (uint32_t r = 1; r < e->root_count; r++) {
			const struct root *root = &e->roots[r];
			if (root->kind == ROOT_BUFFER && root->used && !root->uniform &&
				!root->packed &&
				(best == 0 ||
					pack_rank(e, root) >= pack_rank(e, &e->roots[best]))) {
				best = r;
			}
		}
		if (best == 0) {
			break;
		}
		e->roots[best].packed = true;
		e->pack_writes |= writes(e, &e->roots[best]);
		storage -= packed > 0;
		packed++;
	}
	return true;
}
