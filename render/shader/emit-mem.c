// SPDX-License-Identifier: GPL-2.0-or-later
#include "emit-private.h"

/* Loads and stores of any type at any byte of word arrays (spec 05 §5.3 to §5.5). */

static uint32_t table_initialiser(struct emit *e, const struct air_global *g, uint32_t words) {
	uint32_t *ids = pvg_arena_alloc(e->arena, words, sizeof(uint32_t));
	for (uint32_t w = 0; w < words; w++) {
		uint32_t v = 0;
		for (uint32_t b = 0; b < 4 && w * 4 + b < g->size_bytes; b++) {
			v |= (uint32_t)g->data[w * 4 + b] << 8 * b;
		}
		ids[w] = U32(v);
	}
	return spv_constant(&e->s, SpvOpConstantComposite, spv_array(&e->s, e->t_uint, words, 0),
		ids, words);
}

/* A block around an array of words, or of vectors of four words, and a variable of it. */
uint32_t emit_block_variable(struct emit *e, uint32_t storage, uint32_t array, bool writes,
	const char *name, uint32_t binding) {
	uint32_t zero = 0, block = spv_id(&e->s);
	spv_raw(&e->s, &e->s.globals, SpvOpTypeStruct, SPV_ARGS(block, array));
	spv_decorate(&e->s, block, SpvDecorationBlock, NULL, 0);
	spv_member_decorate(&e->s, block, 0, SpvDecorationOffset, &zero, 1);
	uint32_t var = spv_variable(&e->s, storage, block, 0);
	spv_name(&e->s, var, name);
	if (storage == SpvStorageClassStorageBuffer && !writes) {
		spv_decorate(&e->s, var, SpvDecorationNonWritable, NULL, 0);
		spv_member_decorate(&e->s, block, 0, SpvDecorationNonWritable, NULL, 0);
	} else if (storage == SpvStorageClassStorageBuffer) {
		// The same buffer may be bound twice: what one name writes, the other must see.
		spv_decorate(&e->s, var, SpvDecorationCoherent, NULL, 0);
	}
	if (storage == SpvStorageClassStorageBuffer && !e->gles) {
		// Other arguments and views of other widths may be the same memory.
		spv_decorate(&e->s, var, SpvDecorationAliased, NULL, 0);
	}
	spv_decorate(&e->s, var, SpvDecorationBinding, &binding, 1);
	uint32_t set = e->f->stage == AIR_FRAGMENT;
	spv_decorate(&e->s, var, SpvDecorationDescriptorSet, &set, 1);
	return var;
}

static uint32_t storage_array(struct emit *e) {
	uint32_t stride = 4, words = spv_id(&e->s);
	spv_raw(&e->s, &e->s.globals, SpvOpTypeRuntimeArray, SPV_ARGS(words, e->t_uint));
	spv_decorate(&e->s, words, SpvDecorationArrayStride, &stride, 1);
	return words;
}

static uint32_t buffer_variable(struct emit *e, struct root *root) {
	const struct air_param *a = root->attributes ? NULL : &e->f->args[root->arg];
	bool writes = a != NULL && a->access != AIR_ACCESS_READ && a->space != AIR_SPACE_CONSTANT;
	char name[24] = "buffer_";
	name[7] = (char)('0' + root->location / 10);
	name[8] = (char)('0' + root->location % 10);
	name[9] = root->attributes ? 'a' : '\0';
	uint32_t var, binding;
	if (root->packed) {
		if (e->pack_var == 0) {
			e->pack_binding = e->next_binding++;
			e->pack_var = emit_block_variable(e, SpvStorageClassStorageBuffer,
				storage_array(e), e->pack_writes, "buffers", e->pack_binding);
		}
		var = e->pack_var;
		binding = e->pack_binding;
	} else {
		binding = e->next_binding++;
		var = root->uniform
			? emit_block_variable(e, SpvStorageClassUniform,
				  spv_array(&e->s, spv_vector(&e->s, e->t_uint, 4),
					  root->words / 4, 16),
				  false, name, binding)
			: emit_block_variable(e, SpvStorageClassStorageBuffer, storage_array(e),
				  writes, name, binding);
	}
	root->slot = emit_add_slot(e,
		(struct pvg_reflection_slot){
			.kind = PVG_SLOT_BUFFER,
			.metal_index = (uint16_t)root->location,
			.binding = (uint16_t)binding,
			.access = writes ? PVG_SLOT_READ | PVG_SLOT_WRITE : PVG_SLOT_READ,
			.value_class = PVG_CLASS_UINT,
			.flags = (uint8_t)((root->uniform ? PVG_SLOT_UNIFORM : 0) |
				(root->packed ? PVG_SLOT_PACKED : 0) |
				(root->attributes ? PVG_SLOT_ATTRIBUTES : 0)),
			.size_bytes = root->extent_bytes != UINT32_MAX ? root->extent_bytes : 0,
		});
	return var;
}

uint32_t emit_root_var(struct emit *e, uint32_t index) {
	struct root *root = &e->roots[index];
	if (root->var != 0) {
		return root->var;
	}
	switch (root->kind) {
	case ROOT_BUFFER:
		root->var = buffer_variable(e, root);
		break;
	case ROOT_THREADGROUP:
		root->words = e->tg_words > 0 ? e->tg_words : 1;
		root->var = spv_variable(&e->s, SpvStorageClassWorkgroup,
			spv_array(&e->s, e->t_uint, root->words, 0), 0);
		spv_name(&e->s, root->var, "threadgroup_memory");
		break;
	case ROOT_PRIVATE:
		root->words = root->words > 0 ? root->words : 1;
		// Module level, so that it outlives the blocks of a state machine and helper
		// functions see it.
		root->var = spv_variable(&e->s, SpvStorageClassPrivate,
			spv_array(&e->s, e->t_uint, root->words, 0), 0);
		break;
	case ROOT_TABLE:
		root->words = root->words > 0 ? root->words : 1;
		root->var = spv_variable(&e->s, SpvStorageClassPrivate,
			spv_array(&e->s, e->t_uint, root->words, 0),
			table_initialiser(e, root->global, root->words));
		break;
	case ROOT_HANDLES:
		root->var = UINT32_MAX; // nothing in the module: its words are made up
		break;
	default:
		pvg_shader_refuse(e->status, PVG_SHADER_POINTER, "memory access through a handle");
		break;
	}
	return root->var;
}

uint32_t emit_word_pointer(struct emit *e, uint32_t root, uint32_t word) {
	uint32_t var = emit_root_var(e, root);
	const struct root *r = &e->roots[root];
	if (r->kind == ROOT_BUFFER && !r->uniform) {
		uint32_t type = spv_pointer(&e->s, SpvStorageClassStorageBuffer, e->t_uint);
		return OP(AccessChain, type, var, U32(0), word);
	}
	// Nothing outside the array, whatever the guest computes.
	uint32_t known;
	if (!spv_is_u32(&e->s, word, &known)) {
		word = GLSL(UMin, e->t_uint, word, U32(r->words - 1));
	} else if (known >= r->words) {
		word = U32(r->words - 1);
	}
	if (r->uniform) {
		return OP(AccessChain, spv_pointer(&e->s, SpvStorageClassUniform, e->t_uint), var,
			U32(0), OP(ShiftRightLogical, e->t_uint, word, U32(2)),
			OP(BitwiseAnd, e->t_uint, word, U32(3)));
	}
	uint32_t storage = r->kind == ROOT_THREADGROUP ? SpvStorageClassWorkgroup :
		SpvStorageClassPrivate;
	return OP(AccessChain, spv_pointer(&e->s, storage, e->t_uint), var, word);
}

/*
 * Is the word inside what is bound? Only asked when the context does not guard it itself, and in a
 * block that buffers share, where the neighbour would be hit.
 */
static uint32_t in_bounds(struct emit *e, uint32_t root, uint32_t word) {
	const struct root *r = &e->roots[root];
	bool asks = e->variant->features & PVG_FEATURE_NO_ROBUST_ACCESS || r->packed;
	if (r->kind != ROOT_BUFFER || r->uniform || !asks) {
		return spv_true(&e->s, true);
	}
	uint32_t index = PVG_PARAMS_BUFFERS + r->location, u = e->t_uint;
	if (!r->packed) {
		uint32_t bytes = OP(IAdd, u, emit_params(e, index, 0), emit_params(e, index, 1));
		return OP(ULessThan, e->t_bool, word, OP(ShiftRightLogical, u, bytes, U32(2)));
	}
	uint32_t first = OP(ShiftRightLogical, u, emit_params(e, index, 0), U32(2));
	uint32_t words = OP(ShiftRightLogical, u,
		OP(IAdd, u, emit_params(e, index, 1), U32(3)), U32(2));
	return OP(ULessThan, e->t_bool, OP(ISub, u, word, first), words);
}

/* The words one load has read, so that neighbouring components share them. */
struct word_cache {
	uint32_t index[4], value[4];
	uint32_t count;
};

/* A handle is two words: where its buffer starts, and the number of its root. */
static uint32_t handle_word(struct emit *e, uint32_t root, uint32_t word) {
	const struct root *r = &e->roots[root];
	uint32_t u = e->t_uint;
	uint32_t index = GLSL(UMin, u, OP(ShiftRightLogical, u, word, U32(1)), U32(r->count - 1));
	uint32_t known;
	if (spv_is_u32(&e->s, word, &known)) {
		index = U32(known / 2 < r->count ? known / 2 : r->count - 1);
	}
	uint32_t number = OP(IAdd, u, index, U32(root + 1));
	uint32_t base = U32(0);
	for (uint32_t k = 0; e->roots[root + 1].kind == ROOT_BUFFER && k < r->count; k++) {
		uint32_t hit = OP(IEqual, e->t_bool, index, U32(k));
		base = emit_select(e, u, hit, emit_buffer_base(e, &e->roots[root + 1 + k]), base);
	}
	uint32_t second = OP(INotEqual, e->t_bool, OP(BitwiseAnd, u, word, U32(1)), U32(0));
	return emit_select(e, u, second, number, base);
}

static uint32_t load_word(struct emit *e, uint32_t root, uint32_t word, struct word_cache *cache) {
	for (uint32_t i = 0; i < 4 && i < cache->count; i++) {
		if (cache->index[i] == word) {
			return cache->value[i];
		}
	}
	uint32_t inside = in_bounds(e, root, word);
	uint32_t at = emit_select(e, e->t_uint, inside, word, U32(0));
	uint32_t value = e->roots[root].kind == ROOT_HANDLES ? handle_word(e, root, word) :
		OP(Load, e->t_uint, emit_word_pointer(e, root, at));
	value = emit_select(e, e->t_uint, inside, value, U32(0));
	cache->index[cache->count % 4] = word;
	cache->value[cache->count % 4] = value;
	cache->count++;
	return value;
}

/* Where a component lies: word index and bit shift. */
struct place {
	uint32_t word, shift;
	bool straddles; // may continue in the next word
};

static struct place place_of(struct emit *e, uint32_t address, uint32_t align, uint32_t offset,
		uint32_t size) {
	uint32_t u = e->t_uint;
	if (align >= 4) {
		uint32_t base = OP(ShiftRightLogical, u, address, U32(2));
		return (struct place){
			OP(IAdd, u, base, U32(offset / 4)),
			U32(offset % 4 * 8),
			offset % 4 + size > 4 && size < 8,
		};
	}
	uint32_t at = OP(IAdd, u, address, U32(offset));
	uint32_t shift = OP(ShiftLeftLogical, u, OP(BitwiseAnd, u, at, U32(3)), U32(3));
	bool aligned = size == 1 || (size == 2 && align == 2 && offset % 2 == 0);
	return (struct place){OP(ShiftRightLogical, u, at, U32(2)), shift, !aligned};
}

static uint32_t load_bits(struct emit *e, uint32_t root, struct place p, struct word_cache *cache) {
	uint32_t u = e->t_uint;
	uint32_t low = OP(ShiftRightLogical, u, load_word(e, root, p.word, cache), p.shift);
	if (!p.straddles) {
		return low;
	}
	uint32_t next = load_word(e, root, OP(IAdd, u, p.word, U32(1)), cache);
	// A shift by 32 is undefined: shift by 31 - n and once more.
	uint32_t rest = OP(ISub, u, U32(31), p.shift);
	uint32_t high = OP(ShiftLeftLogical, u, OP(ShiftLeftLogical, u, next, rest), U32(1));
	return OP(BitwiseOr, u, low, high);
}

void emit_load_root(struct emit *e, uint32_t root, uint32_t address, uint32_t align,
		const struct air_type *type, struct ev *out) {
	struct word_cache cache = {0};
	for (uint32_t i = 0; i < type->comp_count; i++) {
		uint8_t kind = type->comps[i].kind;
		uint32_t offset = type->comps[i].offset_bytes, size = air_kind_bytes(kind);
		bool odd_wide = emit_is_wide(kind) && size < 8;
		struct place p = place_of(e, address, align, offset, odd_wide ? 4 : size);
		uint32_t bits = load_bits(e, root, p, &cache);
		if (emit_is_wide(kind)) {
			struct place q =
				place_of(e, address, align, offset + 4, size == 8 ? 8 : size - 4);
			out[i] = emit_norm_ev(e, kind,
				(struct ev){ bits, load_bits(e, root, q, &cache) });
		} else {
			out[i] = emit_from_bits(e, kind, bits);
		}
	}
}

static void store_word(struct emit *e, uint32_t root, uint32_t word, uint32_t value) {
	uint32_t inside = in_bounds(e, root, word);
	bool test = inside != spv_true(&e->s, true);
	uint32_t merge = test ? emit_if(e, inside) : 0;
	DO(Store, emit_word_pointer(e, root, word), value);
	if (test) {
		emit_fi(e, merge);
	}
}

/* The halves or bytes of a word that the mask has whole, without touching the others. */
static void store_parts(struct emit *e, uint32_t root, uint32_t word, uint32_t mask,
	uint32_t value) {
	uint32_t u = e->t_uint, at = OP(ShiftLeftLogical, u, word, U32(2));
	for (uint32_t byte = 0; byte < 4;) {
		uint32_t one = 0xffu << 8 * byte, two = 0xffffu << 8 * (byte & 2);
		bool half = byte % 2 == 0 && (mask & two) == two &&
			emit_can_store_narrow(e, root, 2);
		if (half || (mask & one) != 0) {
			uint32_t size = half ? 2 : 1;
			emit_store_narrow(e, root, OP(IAdd, u, at, U32(byte)), size,
				OP(ShiftRightLogical, u, value, U32(8 * byte)));
		}
		byte += half ? 2 : 1;
	}
}

/* Can every part of the mask be stored by itself? */
static bool has_parts(struct emit *e, uint32_t root, uint32_t mask) {
	bool halves = true;
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t half = mask >> 16 * i & 0xffff;
		halves &= half == 0 || half == 0xffff;
	}
	return emit_can_store_narrow(e, root, 1) ||
		(halves && emit_can_store_narrow(e, root, 2));
}

/* Replaces the bits of mask. Neighbours in shared memory may be written by other threads. */
static void store_masked(struct emit *e, uint32_t root, uint32_t word, uint32_t mask,
		uint32_t value) {
	uint32_t u = e->t_uint, known;
	if (spv_is_u32(&e->s, mask, &known) && known == UINT32_MAX) {
		store_word(e, root, word, value);
		return;
	}
	uint32_t inside = in_bounds(e, root, word);
	bool test = inside != spv_true(&e->s, true);
	uint32_t merge = test ? emit_if(e, inside) : 0;
	bool parts = spv_is_u32(&e->s, mask, &known) && has_parts(e, root, known);
	uint32_t pointer = parts ? 0 : emit_word_pointer(e, root, word);
	uint32_t keep = OP(Not, u, mask);
	if (parts) {
		store_parts(e, root, word, known, value);
	} else if (e->roots[root].kind == ROOT_PRIVATE) {
		uint32_t old = OP(BitwiseAnd, u, OP(Load, u, pointer), keep);
		DO(Store, pointer, OP(BitwiseOr, u, old, value));
	} else {
		uint32_t scope = U32(e->roots[root].kind == ROOT_THREADGROUP ? SpvScopeWorkgroup :
			SpvScopeDevice);
		OP(AtomicAnd, u, pointer, scope, U32(0), keep);
		OP(AtomicOr, u, pointer, scope, U32(0), value);
	}
	if (test) {
		emit_fi(e, merge);
	}
}

static void store_bits(struct emit *e, uint32_t root, struct place p, uint32_t size,
	uint32_t bits) {
	uint32_t u = e->t_uint;
	uint32_t mask = U32(size >= 4 ? UINT32_MAX : (1u << size * 8) - 1);
	if (size < 4 && size != 3 && !p.straddles && emit_can_store_narrow(e, root, size)) {
		uint32_t inside = in_bounds(e, root, p.word);
		bool test = inside != spv_true(&e->s, true);
		uint32_t merge = test ? emit_if(e, inside) : 0;
		uint32_t byte = OP(ShiftRightLogical, u, p.shift, U32(3));
		emit_store_narrow(e, root,
			OP(BitwiseOr, u, OP(ShiftLeftLogical, u, p.word, U32(2)), byte), size,
			bits);
		if (test) {
			emit_fi(e, merge);
		}
		return;
	}
	store_masked(e, root, p.word, OP(ShiftLeftLogical, u, mask, p.shift),
		OP(ShiftLeftLogical, u, bits, p.shift));
	if (!p.straddles) {
		return;
	}
	uint32_t rest = OP(ISub, u, U32(31), p.shift);
	uint32_t over_mask = OP(ShiftRightLogical, u, OP(ShiftRightLogical, u, mask, rest), U32(1));
	uint32_t over = OP(ShiftRightLogical, u, OP(ShiftRightLogical, u, bits, rest), U32(1));
	uint32_t merge = emit_if(e, OP(INotEqual, e->t_bool, over_mask, U32(0)));
	store_masked(e, root, OP(IAdd, u, p.word, U32(1)), over_mask, over);
	emit_fi(e, merge);
}

static void store_to(struct emit *e, uint32_t root, uint32_t address, uint32_t align,
		const struct air_type *type, const struct ev *in) {
	// Parts of one word at known places are collected: four chars are one store.
	uint32_t pending_word = 0, pending_mask = 0, pending = 0;
	for (uint32_t i = 0; i <= type->comp_count; i++) {
		bool last = i == type->comp_count;
		uint8_t kind = last ? AIR_I32 : type->comps[i].kind;
		uint32_t offset = last ? 0 : type->comps[i].offset_bytes,
			 size = air_kind_bytes(kind);
		bool part = !last && size < 4 && align >= 4 && offset % 4 + size <= 4;
		struct place p = {0};
		if (!last) {
			p = place_of(e, address, align, offset,
				emit_is_wide(kind) && size < 8 ? 4 : size);
		}
		if (pending_mask != 0 && (!part || p.word != pending_word)) {
			store_masked(e, root, pending_word, U32(pending_mask), pending);
			pending_mask = 0;
		}
		if (last) {
			break;
		}
		if (part) {
			uint32_t bits = OP(ShiftLeftLogical, e->t_uint, emit_bits(e, kind, in[i]),
				U32(offset % 4 * 8));
			pending =
				pending_mask == 0 ? bits : OP(BitwiseOr, e->t_uint, pending, bits);
			pending_mask |= ((1u << size * 8) - 1) << offset % 4 * 8;
			pending_word = p.word;
		} else if (emit_is_wide(kind)) {
			uint32_t rest = size == 8 ? 8 : size - 4;
			store_bits(e, root, p, 4, in[i].lo);
			store_bits(e, root, place_of(e, address, align, offset + 4, rest), size - 4,
				in[i].hi);
		} else {
			store_bits(e, root, p, size, emit_bits(e, kind, in[i]));
		}
	}
}

struct access {
	struct ev address;
	uint32_t align;
	const struct air_type *type;
	struct ev *out; // of a load, NULL for a store
	const struct ev *in;
	uint32_t *locals; // results of a ladder
};

static bool access_root(struct emit *e, uint32_t root, void *data) {
	struct access *a = data;
	if (emit_root_var(e, root) == 0) {
		return false;
	}
	if (a->in != NULL) {
		if (e->roots[root].kind == ROOT_TABLE || e->roots[root].kind == ROOT_HANDLES ||
			e->roots[root].uniform) {
			return pvg_shader_refuse(e->status, PVG_SHADER_POINTER,
				"store to a constant");
		}
		store_to(e, root, a->address.lo, a->align, a->type, a->in);
		return true;
	}
	emit_load_root(e, root, a->address.lo, a->align, a->type, a->out);
	for (uint32_t i = 0; a->locals != NULL && i < a->type->comp_count; i++) {
		DO(Store, a->locals[2 * i], a->out[i].lo);
		if (a->locals[2 * i + 1] != 0) {
			DO(Store, a->locals[2 * i + 1], a->out[i].hi);
		}
	}
	return true;
}

bool emit_load(struct emit *e, const struct air_value *pointer, struct ev address,
		uint32_t align_bytes, const struct air_type *type, struct ev *out) {
	const uint64_t *set = emit_roots_of(e, pointer, 0);
	struct access a = {.address = address, .align = align_bytes, .type = type, .out = out};
	if (emit_set_count(e, set) <= 1) {
		return emit_ladder(e, set, address.hi, access_root, &a);
	}
	a.locals = pvg_arena_alloc(e->arena, type->comp_count, 2 * sizeof(uint32_t));
	for (uint32_t i = 0; i < type->comp_count; i++) {
		uint8_t kind = type->comps[i].kind;
		struct ev zero = emit_zero(e, kind);
		a.locals[2 * i] = emit_local(e, kind);
		DO(Store, a.locals[2 * i], zero.lo);
		if (emit_is_wide(kind)) {
			a.locals[2 * i + 1] = emit_local(e, kind);
			DO(Store, a.locals[2 * i + 1], zero.hi);
		}
	}
	if (!emit_ladder(e, set, address.hi, access_root, &a)) {
		return false;
	}
	for (uint32_t i = 0; i < type->comp_count; i++) {
		uint32_t t = emit_kind_type(e, type->comps[i].kind);
		out[i].lo = OP(Load, t, a.locals[2 * i]);
		out[i].hi = a.locals[2 * i + 1] != 0 ? OP(Load, t, a.locals[2 * i + 1]) : 0;
	}
	return true;
}

/* Metal keeps derivatives after discard, but what is discarded must not write (spec 05 §4.9). */
uint32_t emit_begin_unless_killed(struct emit *e) {
	return e->discard_var != 0 ?
		emit_if(e, emit_not(e, OP(Load, e->t_bool, e->discard_var))) : 0;
}

void emit_end_unless_killed(struct emit *e, uint32_t merge) {
	if (merge != 0) {
		emit_fi(e, merge);
	}
}

bool emit_store(struct emit *e, const struct air_value *pointer, struct ev address,
		uint32_t align_bytes, const struct air_type *type, const struct ev *in) {
	struct access a = {.address = address, .align = align_bytes, .type = type, .in = in};
	const uint64_t *set = emit_roots_of(e, pointer, 0);
	uint32_t merge = pointer->type->comps[0].space != AIR_SPACE_PRIVATE ?
		emit_begin_unless_killed(e) : 0;
	bool ok = emit_ladder(e, set, address.hi, access_root, &a);
	emit_end_unless_killed(e, merge);
	return ok;
}

/* ---- memcpy, memmove, memset ----------------------------------------------------------------- */

/* A run of components of one kind, for copies. */
static struct air_type *run_type(struct emit *e, uint8_t kind, uint32_t count) {
	struct air_type *t = pvg_arena_alloc(e->arena, 1, sizeof(*t));
	t->comps = pvg_arena_alloc(e->arena, count, sizeof(*t->comps));
	t->comp_count = count;
	for (uint32_t i = 0; i < count; i++) {
		t->comps[i] = (struct air_comp){kind, 0, i * air_kind_bytes(kind)};
	}
	t->size_bytes = count * air_kind_bytes(kind);
	return t;
}

static bool copy_run(struct emit *e, const struct air_value *v, struct ev to, struct ev from,
		uint32_t at, uint8_t kind, uint32_t count, bool set) {
	struct air_type *t = run_type(e, kind, count);
	struct ev *values = emit_alloc(e, count);
	uint32_t align = kind == AIR_I32 ? 4 : 1;
	to.lo = OP(IAdd, e->t_uint, to.lo, U32(at));
	if (set) {
		uint32_t byte = OP(BitwiseAnd, e->t_uint, from.lo, U32(0xff));
		for (uint32_t i = 0; i < count; i++) {
			values[i].lo =
				kind == AIR_I32 ? OP(IMul, e->t_uint, byte, U32(0x01010101)) : byte;
		}
	} else {
		struct ev source = {OP(IAdd, e->t_uint, from.lo, U32(at)), from.hi};
		if (!emit_load(e, v->ops[1], source, align, t, values)) {
			return false;
		}
	}
	return emit_store(e, v->ops[0], to, align, t, values);
}

/* A length that is only known when it runs: byte after byte. */
static bool copy_loop(struct emit *e, const struct air_value *v, bool set) {
	uint32_t index = spv_local(&e->s, e->t_uint), n = emit_get(e, v->ops[2])[0].lo;
	struct ev to = emit_get(e, v->ops[0])[0], from = emit_get(e, v->ops[1])[0];
	DO(Store, index, U32(0));
	struct emit_loop l;
	emit_loop_begin(e, &l);
	uint32_t i = OP(Load, e->t_uint, index);
	emit_loop_break_unless(e, &l, OP(ULessThan, e->t_bool, i, n));
	struct ev target = {OP(IAdd, e->t_uint, to.lo, i), to.hi};
	struct ev source = set ? from : (struct ev){OP(IAdd, e->t_uint, from.lo, i), from.hi};
	bool ok = copy_run(e, v, target, source, 0, AIR_I8, 1, set);
	DO(Store, index, OP(IAdd, e->t_uint, i, U32(1)));
	emit_loop_end(e, &l);
	return ok;
}

bool emit_memory_call(struct emit *e, struct air_value *v) {
	bool set = strncmp(v->callee, "llvm.memset", 11) == 0;
	bool move = strncmp(v->callee, "llvm.memmove", 12) == 0;
	bool known = v->op_count > 2 && v->ops[2]->op == AIR_CONST;
	if (v->op_count < 3 || (move && !known)) {
		return pvg_shader_refuse(e->status, PVG_SHADER_INSTRUCTION, "%s of unknown length",
			v->callee);
	}
	if (!known) {
		return copy_loop(e, v, set);
	}
	uint64_t length = v->ops[2]->constant.bits[0];
	if (length > 16384) {
		return pvg_shader_refuse(e->status, PVG_SHADER_LIMIT_SIZE, "copy of %llu bytes",
			(unsigned long long)length);
	}
	struct ev to = emit_get(e, v->ops[0])[0], from = emit_get(e, v->ops[1])[0];
	bool words = v->call_align >= 4;
	uint32_t n = (uint32_t)length, at = 0;
	// Everything is read before anything is written in a piece, which memmove of small sizes
	// needs.
	uint32_t piece = words ? 64 : 16;
	if (move && n > piece * (words ? 4 : 1)) {
		return pvg_shader_refuse(e->status, PVG_SHADER_LIMIT_SIZE,
			"memmove of %u bytes", n);
	}
	while (at < n) {
		uint32_t left = n - at;
		uint32_t size = words && left >= 4 ? 4 : 1;
		uint32_t count = left / size < piece ? left / size : piece;
		if (!copy_run(e, v, to, from, at, size == 4 ? AIR_I32 : AIR_I8, count, set)) {
			return false;
		}
		at += count * size;
	}
	return true;
}
