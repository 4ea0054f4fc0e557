// SPDX-License-Identifier: GPL-2.0-or-later
#include "emit-private.h"

/*
 * Which memory can each pointer point into? A pointer is a byte offset and a root number; the set
 * of possible roots is found by following pointers through the whole function (spec 05 §5.3).
 */

static uint64_t *new_set(struct emit *e) {
	return pvg_arena_alloc(e->arena, e->set_words, sizeof(uint64_t));
}

static bool join(struct emit *e, uint64_t **to, const uint64_t *from) {
	if (from == NULL) {
		return false;
	}
	if (*to == NULL) {
		*to = new_set(e);
	}
	bool changed = false;
	for (uint32_t i = 0; i < e->set_words; i++) {
		uint64_t both = (*to)[i] | from[i];
		changed |= both != (*to)[i];
		(*to)[i] = both;
	}
	return changed;
}

static bool add_root(struct emit *e, uint64_t **to, uint32_t root) {
	if (*to == NULL) {
		*to = new_set(e);
	}
	uint64_t bit = UINT64_C(1) << root % 64;
	bool changed = !((*to)[root / 64] & bit);
	(*to)[root / 64] |= bit;
	return changed;
}

const uint64_t *emit_roots_of(struct emit *e, const struct air_value *v, uint32_t comp) {
	return e->sets[v->index] != NULL ? e->sets[v->index][comp] : NULL;
}

uint32_t emit_set_count(const struct emit *e, const uint64_t *set) {
	uint32_t n = 0;
	for (uint32_t i = 0; set != NULL && i < e->set_words; i++) {
		n += (uint32_t)__builtin_popcountll(set[i]);
	}
	return n;
}

static bool has_pointer(const struct air_type *t) {
	for (uint32_t i = 0; i < t->comp_count; i++) {
		if (t->comps[i].kind == AIR_PTR) {
			return true;
		}
	}
	return false;
}

static uint64_t **sets_of(struct emit *e, const struct air_value *v) {
	if (e->sets[v->index] == NULL && v->type->comp_count > 0) {
		e->sets[v->index] =
			pvg_arena_alloc(e->arena, v->type->comp_count, sizeof(uint64_t *));
		for (uint32_t c = 0; v->op == AIR_CONST && c < v->type->comp_count; c++) {
			if (v->type->comps[c].kind != AIR_PTR) {
				continue;
			}
			const struct air_global *g = v->constant.globals[c];
			add_root(e, &e->sets[v->index][c],
				g != NULL ? e->global_root[g->index] : 0);
		}
	}
	return e->sets[v->index];
}

/* The byte of an argument's memory that a pointer names, when the code shows it. */
static bool constant_place(const struct air_value *v, uint64_t *offset) {
	*offset = 0;
	while (v->op != AIR_ARG) {
		if (v->op == AIR_PTRADD && v->op_count == 1) {
			*offset += (uint64_t)v->ptradd.offset_bytes;
		} else if (v->op != AIR_COPY && v->op != AIR_BITCAST) {
			return false;
		}
		v = v->ops[0];
	}
	return true;
}

/* Pointers stored anywhere in a private array are taken out of it anywhere. */
static bool load_sets(struct emit *e, const struct air_value *v, uint64_t **sets) {
	bool changed = false;
	const uint64_t *from = emit_roots_of(e, v->ops[0], 0);
	uint64_t place;
	bool known = constant_place(v->ops[0], &place);
	for (uint32_t r = 0; r < e->root_count; r++) {
		for (uint32_t c = 0; set_has(from, r) && c < v->type->comp_count; c++) {
			uint64_t index = known ? (place + v->type->comps[c].offset_bytes) / 8 : 0;
			if (v->type->comps[c].kind != AIR_PTR) {
				continue;
			}
			if (e->roots[r].kind == ROOT_HANDLES && known &&
				index < e->roots[r].count) {
				changed |= add_root(e, &sets[c], r + 1 + (uint32_t)index);
			} else {
				changed |= join(e, &sets[c], e->roots[r].stored);
			}
		}
	}
	return changed;
}

static bool store_sets(struct emit *e, const struct air_value *v) {
	bool changed = false;
	const struct air_value *value = v->ops[0];
	const uint64_t *to = emit_roots_of(e, v->ops[1], 0);
	uint64_t **sets = sets_of(e, value);
	for (uint32_t r = 0; r < e->root_count; r++) {
		for (uint32_t c = 0; set_has(to, r) && c < value->type->comp_count; c++) {
			if (value->type->comps[c].kind == AIR_PTR) {
				changed |= join(e, &e->roots[r].stored, sets[c]);
			}
		}
	}
	return changed;
}

/* memcpy moves pointers too. */
static bool copy_sets(struct emit *e, const struct air_value *v) {
	bool changed = false;
	const uint64_t *to = emit_roots_of(e, v->ops[0], 0), *from = emit_roots_of(e, v->ops[1], 0);
	for (uint32_t r = 0; r < e->root_count; r++) {
		for (uint32_t s = 0; set_has(to, r) && s < e->root_count; s++) {
			if (set_has(from, s)) {
				changed |= join(e, &e->roots[r].stored, e->roots[s].stored);
			}
		}
	}
	return changed;
}

static bool visit(struct emit *e, const struct air_value *v) {
	if (v->op == AIR_STORE) {
		sets_of(e, v->ops[1]);
		return has_pointer(v->ops[0]->type) && store_sets(e, v);
	}
	if (v->op == AIR_CALL && v->op_count > 1 && (strncmp(v->callee, "llvm.memcpy", 11) == 0 ||
			strncmp(v->callee, "llvm.memmove", 12) == 0)) {
		sets_of(e, v->ops[0]);
		sets_of(e, v->ops[1]);
		return copy_sets(e, v);
	}
	for (uint32_t i = 0; i < v->op_count; i++) {
		sets_of(e, v->ops[i]);
	}
	if (!has_pointer(v->type)) {
		return false;
	}
	uint64_t **sets = sets_of(e, v);
	bool changed = false;
	uint32_t n = v->type->comp_count;
	switch (v->op) {
	case AIR_PTRADD:
	case AIR_COPY:
	case AIR_BITCAST:
		for (uint32_t c = 0; c < n && c < v->ops[0]->type->comp_count; c++) {
			changed |= join(e, &sets[c], emit_roots_of(e, v->ops[0], c));
		}
		break;
	case AIR_PHI:
	case AIR_SELECT:
		for (uint32_t i = v->op == AIR_SELECT; i < v->op_count; i++) {
			for (uint32_t c = 0; c < n; c++) {
				changed |= join(e, &sets[c], emit_roots_of(e, v->ops[i], c));
			}
		}
		break;
	case AIR_EXTRACT:
		for (uint32_t c = 0; c < n; c++) {
			changed |= join(e, &sets[c], emit_roots_of(e, v->ops[0], v->first + c));
		}
		break;
	case AIR_INSERT:
		for (uint32_t c = 0; c < n; c++) {
			bool from_new = c >= v->first && c < v->first + v->ops[1]->type->comp_count;
			changed |= join(e, &sets[c],
				from_new ? emit_roots_of(e, v->ops[1], c - v->first)
					 : emit_roots_of(e, v->ops[0], c));
		}
		break;
	case AIR_ALLOCA:
		changed |= add_root(e, &sets[0], e->alloca_root[v->index]);
		break;
	case AIR_LOAD:
		changed |= load_sets(e, v, sets);
		break;
	case AIR_CALL:
		// Events of asynchronous copies: nothing behind them.
		for (uint32_t c = 0; c < n; c++) {
			if (v->type->comps[c].kind == AIR_PTR) {
				changed |= add_root(e, &sets[c], 0);
			}
		}
		break;
	default:
		break;
	}
	return changed;
}

static uint32_t add(struct emit *e, struct root root) {
	e->roots[e->root_count] = root;
	return e->root_count++;
}

/* An array of handles and, behind it, its elements. */
static uint32_t add_handles(struct emit *e, struct root element, uint32_t count) {
	uint32_t array = add(e,
		(struct root){
			.kind = ROOT_HANDLES,
			.arg = element.arg,
			.location = element.location,
			.count = count,
		});
	uint64_t *elements = NULL;
	for (uint32_t k = 0; k < count; k++) {
		element.element = true;
		add_root(e, &elements, add(e, element));
		element.location++;
	}
	e->roots[array].stored = elements;
	return array;
}

static bool make_roots(struct emit *e) {
	const struct air_function *f = e->f;
	uint32_t allocas = 0;
	for (uint32_t b = 0; b < f->block_count; b++) {
		for (uint32_t i = 0; i < f->blocks[b]->count; i++) {
			allocas += f->blocks[b]->insts[i]->op == AIR_ALLOCA;
		}
	}
	if (allocas > 512) {
		return pvg_shader_refuse(e->status, PVG_SHADER_LIMIT_SIZE, "%u private arrays",
			allocas);
	}
	uint32_t max = 2 + f->arg_count + f->global_count + allocas + PVG_MAX_ATTRIBUTES;
	for (uint32_t i = 0; i < f->arg_count; i++) {
		if (f->args[i].count > 128) {
			return pvg_shader_refuse(e->status, PVG_SHADER_ARGUMENT, "array of %u: %s",
				f->args[i].count, f->args[i].name);
		}
		max += f->args[i].count;
	}
	e->roots = pvg_arena_alloc(e->arena, max, sizeof(*e->roots));
	e->set_words = (max + 63) / 64;
	e->arg_root = pvg_arena_alloc(e->arena, f->arg_count, sizeof(uint32_t));
	e->global_root = pvg_arena_alloc(e->arena, f->global_count, sizeof(uint32_t));
	e->alloca_root = pvg_arena_alloc(e->arena, f->value_count, sizeof(uint32_t));
	add(e, (struct root){.kind = ROOT_NULL});
	e->tg_root = add(e, (struct root){.kind = ROOT_THREADGROUP});
	for (uint32_t i = 0; i < f->arg_count; i++) {
		const struct air_param *a = &f->args[i];
		if (a->type->comp_count == 0 || a->type->comps[0].kind != AIR_PTR) {
			continue;
		}
		struct root root = {.kind = ROOT_NULL, .arg = i};
		switch (a->role) {
		case AIR_ROLE_BUFFER:
			root.kind =
				a->space == AIR_SPACE_THREADGROUP ? ROOT_THREADGROUP : ROOT_BUFFER;
			break;
		case AIR_ROLE_TEXTURE:
			root.kind = ROOT_TEXTURE;
			break;
		case AIR_ROLE_SAMPLER:
			root.kind = ROOT_SAMPLER;
			break;
		case AIR_ROLE_FRAGMENT_INPUT:
			root.kind = ROOT_INTERPOLANT;
			break;
		default:
			break;
		}
		root.location = a->location;
		if (air_is_handle_array(a)) {
			e->arg_root[i] = add_handles(e, root, a->count);
			continue;
		}
		e->arg_root[i] = root.kind == ROOT_THREADGROUP ? e->tg_root :
			root.kind == ROOT_NULL ? 0 : add(e, root);
	}
	for (uint32_t i = 0; i < f->global_count; i++) {
		const struct air_global *g = f->globals[i];
		e->global_root[i] = g->space == AIR_SPACE_THREADGROUP
			? e->tg_root
			: add(e,
				  (struct root){
					  .kind = g->sampler ? ROOT_STATIC_SAMPLER : ROOT_TABLE,
					  .global = g,
					  .words = (g->size_bytes + 3) / 4,
				  });
	}
	for (uint32_t b = 0; b < f->block_count; b++) {
		for (uint32_t i = 0; i < f->blocks[b]->count; i++) {
			const struct air_value *v = f->blocks[b]->insts[i];
			if (v->op == AIR_ALLOCA) {
				e->alloca_root[v->index] = add(e, (struct root){
					.kind = ROOT_PRIVATE, .words = (v->alloca_bytes + 3) / 4,
				});
			}
		}
	}
	return emit_attribute_roots(e);
}

bool emit_analyse_pointers(struct emit *e) {
	const struct air_function *f = e->f;
	e->sets = pvg_arena_alloc(e->arena, f->value_count, sizeof(*e->sets));
	if (!make_roots(e)) {
		return false;
	}
	for (uint32_t i = 0; i < f->arg_count; i++) {
		uint32_t n = f->args[i].type->comp_count;
		bool by_value = air_is_handle_array(&f->args[i]) && n > 1;
		for (uint32_t c = 0; has_pointer(f->args[i].type) && (n == 1 || by_value) && c < n;
			c++) {
			add_root(e, &sets_of(e, f->arg_values[i])[c],
				e->arg_root[i] + (by_value ? 1 + c : 0));
		}
	}
	bool changed;
	do {
		changed = false;
		for (uint32_t b = 0; b < f->block_count; b++) {
			for (uint32_t i = 0; i < f->blocks[b]->count; i++) {
				changed |= visit(e, f->blocks[b]->insts[i]);
			}
		}
	} while (changed);
	return !e->arena->failed;
}

bool emit_ladder(struct emit *e, const uint64_t *set, uint32_t tag, emit_ladder_fn fn, void *data) {
	uint32_t roots[EMIT_MAX_LADDER];
	uint32_t n = 0;
	for (uint32_t r = 1; r < e->root_count; r++) {
		if (!set_has(set, r) || e->roots[r].kind == ROOT_NULL) {
			continue; // an access through null reads zero and writes nothing
		}
		if (n == EMIT_MAX_LADDER) {
			return pvg_shader_refuse(e->status, PVG_SHADER_POINTER_ROOTS,
				"more than %u", EMIT_MAX_LADDER);
		}
		roots[n++] = r;
	}
	if (n == 0) {
		return pvg_shader_refuse(e->status, PVG_SHADER_POINTER, "pointer read from memory");
	}
	if (n == 1) {
		return fn(e, roots[0], data);
	}
	uint32_t merges[EMIT_MAX_LADDER];
	for (uint32_t i = 0; i < n; i++) {
		merges[i] = emit_if(e, OP(IEqual, e->t_bool, tag, U32(roots[i])));
		if (!fn(e, roots[i], data)) {
			return false;
		}
		emit_fi(e, merges[i]);
	}
	return true;
}
