// SPDX-License-Identifier: GPL-2.0-or-later
#include "spirv.h"

#define SPV_ENABLE_UTILITY_CODE
#include <spirv/unified1/spirv.h>
#include <stdlib.h>
#include <string.h>

/* The header only has C99 inline definitions: this makes the one that is used a real function. */
extern void SpvHasResultAndType(SpvOp opcode, bool *has_result, bool *has_result_type);

static bool reserve(struct spv *s, struct spv_words *w, size_t n) {
	if (n > SPV_MAX_WORDS - w->count) {
		s->failed = true;
		w->count = 0;
	}
	if (w->capacity - w->count >= n) {
		return true;
	}
	size_t capacity = w->capacity * 2 > w->count + n ? w->capacity * 2 : w->count + n + 256;
	uint32_t *words = realloc(w->words, capacity * sizeof(*words));
	if (words == NULL) {
		s->failed = true;
		return false;
	}
	w->words = words;
	w->capacity = capacity;
	return true;
}

void spv_append(struct spv *s, struct spv_words *to, const uint32_t *words, size_t n) {
	if (n > 0 && reserve(s, to, n)) {
		memcpy(to->words + to->count, words, n * sizeof(*words));
		to->count += n;
	}
}

void spv_raw(struct spv *s, struct spv_words *section, uint32_t op, const uint32_t *args,
		size_t n) {
	if (n > 0xfffe) {
		s->failed = true;
		return;
	}
	uint32_t first = (uint32_t)(n + 1) << 16 | op;
	if (reserve(s, section, n + 1)) {
		section->words[section->count++] = first;
		if (n > 0) {
			memcpy(section->words + section->count, args, n * sizeof(*args));
		}
		section->count += n;
	}
}

bool spv_init(struct spv *s) {
	*s = (struct spv){.bound = 1, .epoch = 1};
	s->glsl = spv_id(s);
	return true;
}

void spv_finish(struct spv *s) {
	struct spv_words *all[] = {
		&s->capabilities,
		&s->extensions,
		&s->modes,
		&s->names,
		&s->decorations,
		&s->globals,
		&s->functions,
		&s->variables,
		&s->code,
		&s->interface,
		&s->unique.keys,
		&s->numbered.keys,
		&s->constant_of,
		&s->constant_values,
	};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		free(all[i]->words);
	}
	free(s->unique.entries);
	free(s->numbered.entries);
	*s = (struct spv){0};
}

uint32_t spv_id(struct spv *s) {
	return s->bound++;
}

/* ---- hash tables of instructions ------------------------------------------------------------- */

static uint32_t hash_words(uint32_t op, uint32_t type, const uint32_t *args, size_t n) {
	uint32_t h = 0x811c9dc5u ^ op;
	h = (h ^ type) * 0x01000193u;
	for (size_t i = 0; i < n; i++) {
		h = (h ^ args[i]) * 0x01000193u;
		h ^= h >> 15;
	}
	return h;
}

static bool entry_is(const struct spv_table *t, const struct spv_entry *e, uint32_t op,
		uint32_t type, const uint32_t *args, size_t n) {
	const uint32_t *key = t->keys.words + e->at;
	return e->length == n + 2 && key[0] == op && key[1] == type &&
		(n == 0 || memcmp(key + 2, args, n * sizeof(*args)) == 0);
}

/* The entry for these words: id is 0 when it is new (or stale), and the caller sets it. */
static struct spv_entry *table_find(struct spv *s, struct spv_table *t, uint32_t epoch, uint32_t op,
		uint32_t type, const uint32_t *args, size_t n) {
	static struct spv_entry lost; // only when out of memory; the job fails
	if (t->count * 2 >= t->capacity) {
		size_t capacity = t->capacity > 0 ? t->capacity * 2 : 1024;
		struct spv_entry *entries = calloc(capacity, sizeof(*entries));
		if (entries == NULL) {
			s->failed = true;
			lost = (struct spv_entry){0};
			return &lost;
		}
		for (size_t i = 0; i < t->capacity; i++) {
			if (t->entries[i].id != 0) {
				size_t k = t->entries[i].hash & (capacity - 1);
				while (entries[k].id != 0) {
					k = (k + 1) & (capacity - 1);
				}
				entries[k] = t->entries[i];
			}
		}
		free(t->entries);
		t->entries = entries;
		t->capacity = capacity;
	}
	uint32_t hash = hash_words(op, type, args, n);
	size_t k = hash & (t->capacity - 1);
	for (; t->entries[k].id != 0; k = (k + 1) & (t->capacity - 1)) {
		struct spv_entry *e = &t->entries[k];
		if (e->hash == hash && entry_is(t, e, op, type, args, n)) {
			if (e->epoch != epoch) {
				e->id = 0;
				e->epoch = epoch;
				t->count--;
				break;
			}
			return e;
		}
	}
	struct spv_entry *e = &t->entries[k];
	e->hash = hash;
	e->epoch = epoch;
	e->at = (uint32_t)t->keys.count;
	e->length = (uint32_t)n + 2;
	uint32_t head[2] = {op, type};
	spv_append(s, &t->keys, head, 2);
	spv_append(s, &t->keys, args, n);
	t->count++;
	return e;
}

/* ---- declarations ---------------------------------------------------------------------------- */

void spv_capability(struct spv *s, uint32_t capability) {
	if (capability < 128) {
		uint64_t bit = UINT64_C(1) << capability % 64;
		if (s->capability_mask[capability / 64] & bit) {
			return;
		}
		s->capability_mask[capability / 64] |= bit;
	}
	for (size_t i = 1; capability >= 128 && i < s->capabilities.count; i += 2) {
		if (s->capabilities.words[i] == capability) {
			return;
		}
	}
	spv_raw(s, &s->capabilities, SpvOpCapability, &capability, 1);
}

static size_t pack_text(uint32_t *out, size_t max, const char *text) {
	size_t n = strlen(text);
	n = n < max * 4 - 1 ? n : max * 4 - 1;
	memset(out, 0, max * 4);
	memcpy(out, text, n);
	return n / 4 + 1;
}

void spv_extension(struct spv *s, const char *name) {
	uint32_t args[16];
	size_t n = pack_text(args, 16, name);
	for (size_t at = 0; at < s->extensions.count; at += s->extensions.words[at] >> 16) {
		if (s->extensions.words[at] >> 16 == n + 1 &&
				memcmp(s->extensions.words + at + 1, args, n * 4) == 0) {
			return;
		}
	}
	spv_raw(s, &s->extensions, SpvOpExtension, args, n);
}

void spv_name(struct spv *s, uint32_t id, const char *name) {
	uint32_t args[33] = {id};
	spv_raw(s, &s->names, SpvOpName, args, 1 + pack_text(args + 1, 32, name));
}

/* args may be NULL when there are none. */
static void copy_words(uint32_t *to, const uint32_t *args, size_t n) {
	for (size_t i = 0; i < n; i++) {
		to[i] = args[i];
	}
}

void spv_decorate(struct spv *s, uint32_t id, uint32_t decoration, const uint32_t *args, size_t n) {
	uint32_t all[8] = {id, decoration};
	copy_words(all + 2, args, n < 6 ? n : 6);
	spv_raw(s, &s->decorations, SpvOpDecorate, all, 2 + n);
}

void spv_member_decorate(struct spv *s, uint32_t id, uint32_t member, uint32_t decoration,
		const uint32_t *args, size_t n) {
	uint32_t all[8] = {id, member, decoration};
	copy_words(all + 3, args, n < 5 ? n : 5);
	spv_raw(s, &s->decorations, SpvOpMemberDecorate, all, 3 + n);
}

uint32_t spv_type(struct spv *s, uint32_t op, const uint32_t *args, size_t n) {
	struct spv_entry *e = table_find(s, &s->unique, 0, op, 0, args, n);
	if (e->id == 0) {
		e->id = spv_id(s);
		uint32_t all[12] = {e->id};
		copy_words(all + 1, args, n < 11 ? n : 11);
		spv_raw(s, &s->globals, op, all, 1 + n);
	}
	return e->id;
}

uint32_t spv_constant(struct spv *s, uint32_t op, uint32_t type, const uint32_t *args, size_t n) {
	struct spv_entry *e = table_find(s, &s->unique, 0, op, type, args, n);
	if (e->id == 0) {
		uint32_t id = spv_id(s);
		e->id = id;
		uint32_t head[3] = {(uint32_t)(n + 3) << 16 | op, type, id};
		if (n > 0xfff0) {
			s->failed = true;
			return id;
		}
		spv_append(s, &s->globals, head, 3);
		spv_append(s, &s->globals, args, n);
	}
	return e->id;
}

uint32_t spv_void(struct spv *s) {
	return spv_type(s, SpvOpTypeVoid, NULL, 0);
}

uint32_t spv_bool(struct spv *s) {
	return spv_type(s, SpvOpTypeBool, NULL, 0);
}

uint32_t spv_uint(struct spv *s) {
	return spv_type(s, SpvOpTypeInt, SPV_ARGS(32, 0));
}

uint32_t spv_int(struct spv *s) {
	return spv_type(s, SpvOpTypeInt, SPV_ARGS(32, 1));
}

uint32_t spv_float(struct spv *s) {
	return spv_type(s, SpvOpTypeFloat, SPV_ARGS(32));
}

uint32_t spv_vector(struct spv *s, uint32_t scalar, uint32_t n) {
	return n > 1 ? spv_type(s, SpvOpTypeVector, SPV_ARGS(scalar, n)) : scalar;
}

uint32_t spv_array(struct spv *s, uint32_t element, uint32_t length, uint32_t stride_bytes) {
	uint32_t n = spv_u32(s, length);
	if (stride_bytes == 0) {
		return spv_type(s, SpvOpTypeArray, SPV_ARGS(element, n));
	}
	// A type with a stride is another type than the one without: never shared.
	uint32_t id = spv_id(s);
	spv_raw(s, &s->globals, SpvOpTypeArray, SPV_ARGS(id, element, n));
	spv_decorate(s, id, SpvDecorationArrayStride, &stride_bytes, 1);
	return id;
}

uint32_t spv_pointer(struct spv *s, uint32_t storage, uint32_t type) {
	return spv_type(s, SpvOpTypePointer, SPV_ARGS(storage, type));
}

static void note_constant(struct spv *s, uint32_t id, uint32_t v) {
	while (s->constant_of.count <= id) {
		uint32_t zero = 0;
		size_t before = s->constant_of.count;
		spv_append(s, &s->constant_of, &zero, 1);
		if (s->constant_of.count == before) {
			return;
		}
	}
	if (s->constant_of.words[id] == 0) {
		spv_append(s, &s->constant_values, &v, 1);
		s->constant_of.words[id] = (uint32_t)s->constant_values.count;
	}
}

uint32_t spv_u32(struct spv *s, uint32_t v) {
	uint32_t id = spv_constant(s, SpvOpConstant, spv_uint(s), &v, 1);
	note_constant(s, id, v);
	return id;
}

bool spv_is_u32(const struct spv *s, uint32_t id, uint32_t *v) {
	if (id >= s->constant_of.count || s->constant_of.words[id] == 0) {
		return false;
	}
	*v = s->constant_values.words[s->constant_of.words[id] - 1];
	return true;
}

uint32_t spv_f32(struct spv *s, uint32_t bits) {
	return spv_constant(s, SpvOpConstant, spv_float(s), &bits, 1);
}

uint32_t spv_true(struct spv *s, bool v) {
	return spv_constant(s, v ? SpvOpConstantTrue : SpvOpConstantFalse, spv_bool(s), NULL, 0);
}

uint32_t spv_variable(struct spv *s, uint32_t storage, uint32_t type, uint32_t initial) {
	uint32_t id = spv_id(s);
	uint32_t args[4] = {spv_pointer(s, storage, type), id, storage, initial};
	spv_raw(s, &s->globals, SpvOpVariable, args, initial != 0 ? 4 : 3);
	if (storage == SpvStorageClassInput || storage == SpvStorageClassOutput) {
		spv_append(s, &s->interface, &id, 1);
	}
	return id;
}

uint32_t spv_local(struct spv *s, uint32_t type) {
	uint32_t pointer = spv_pointer(s, SpvStorageClassFunction, type);
	uint32_t id = spv_id(s);
	spv_raw(s, &s->variables, SpvOpVariable, SPV_ARGS(pointer, id, SpvStorageClassFunction));
	return id;
}

/* ---- operations ------------------------------------------------------------------------------ */

static bool fold(struct spv *s, uint32_t op, const uint32_t *args, size_t n, uint32_t *result) {
	uint32_t a = 0, b = 0;
	bool ka = n > 0 && spv_is_u32(s, args[0], &a);
	bool kb = n > 1 && spv_is_u32(s, args[1], &b);
	if (n != 2) {
		return false;
	}
	if (ka && kb) {
		switch (op) {
		case SpvOpIAdd:
			*result = spv_u32(s, a + b);
			return true;
		case SpvOpISub:
			*result = spv_u32(s, a - b);
			return true;
		case SpvOpIMul:
			*result = spv_u32(s, a * b);
			return true;
		case SpvOpBitwiseAnd:
			*result = spv_u32(s, a & b);
			return true;
		case SpvOpBitwiseOr:
			*result = spv_u32(s, a | b);
			return true;
		case SpvOpBitwiseXor:
			*result = spv_u32(s, a ^ b);
			return true;
		case SpvOpShiftLeftLogical:
			*result = spv_u32(s, b < 32 ? a << b : 0);
			return true;
		case SpvOpShiftRightLogical:
			*result = spv_u32(s, b < 32 ? a >> b : 0);
			return true;
		default:
			return false;
		}
	}
	switch (op) {
	case SpvOpIAdd:
	case SpvOpBitwiseOr:
	case SpvOpBitwiseXor:
		if ((ka && a == 0) || (kb && b == 0)) {
			*result = ka ? args[1] : args[0];
			return true;
		}
		return false;
	case SpvOpISub:
	case SpvOpShiftLeftLogical:
	case SpvOpShiftRightLogical:
	case SpvOpShiftRightArithmetic:
		if (kb && b == 0) {
			*result = args[0];
			return true;
		}
		return false;
	case SpvOpIMul:
		if ((ka && a == 0) || (kb && b == 0)) {
			*result = spv_u32(s, 0);
			return true;
		}
		if ((ka && a == 1) || (kb && b == 1)) {
			*result = ka ? args[1] : args[0];
			return true;
		}
		return false;
	case SpvOpBitwiseAnd:
		if ((ka && a == 0) || (kb && b == 0)) {
			*result = spv_u32(s, 0);
			return true;
		}
		if ((ka && a == UINT32_MAX) || (kb && b == UINT32_MAX)) {
			*result = ka ? args[1] : args[0];
			return true;
		}
		return false;
	default:
		return false;
	}
}

/* The same operands give the same result, wherever it stands. */
static bool is_pure(uint32_t op) {
	return (op >= SpvOpConvertFToU && op <= SpvOpBitcast) ||
		(op >= SpvOpSNegate && op <= SpvOpSMulExtended) ||
		(op >= SpvOpAny && op <= SpvOpFUnordGreaterThanEqual) ||
		(op >= SpvOpShiftRightLogical && op <= SpvOpBitCount) ||
		op == SpvOpCompositeConstruct || op == SpvOpCompositeExtract ||
		op == SpvOpCompositeInsert || op == SpvOpAccessChain || op == SpvOpVectorShuffle ||
		op == SpvOpExtInst;
}

uint32_t spv_op(struct spv *s, uint32_t op, uint32_t type, const uint32_t *args, size_t n) {
	uint32_t id;
	if (fold(s, op, args, n, &id)) {
		return id;
	}
	struct spv_entry *e = NULL;
	if (is_pure(op)) {
		e = table_find(s, &s->numbered, s->epoch, op, type, args, n);
		if (e->id != 0) {
			return e->id;
		}
	}
	id = spv_id(s);
	if (e != NULL) {
		e->id = id;
	}
	if (n > 0xff00 || !reserve(s, &s->code, n + 3)) {
		s->failed = true;
		return id;
	}
	uint32_t *w = s->code.words + s->code.count;
	w[0] = (uint32_t)(n + 3) << 16 | op;
	w[1] = type;
	w[2] = id;
	if (n > 0) {
		memcpy(w + 3, args, n * sizeof(*args));
	}
	s->code.count += n + 3;
	return id;
}

void spv_do(struct spv *s, uint32_t op, const uint32_t *args, size_t n) {
	spv_raw(s, &s->code, op, args, n);
}

void spv_label(struct spv *s, uint32_t id) {
	spv_do(s, SpvOpLabel, &id, 1);
	s->epoch++;
}

void spv_end_function(struct spv *s, uint32_t id, uint32_t result_type) {
	uint32_t type = spv_type(s, SpvOpTypeFunction, &result_type, 1);
	uint32_t label = spv_id(s);
	spv_remove_dead(s);
	spv_raw(s, &s->functions, SpvOpFunction,
		SPV_ARGS(result_type, id, SpvFunctionControlMaskNone, type));
	spv_raw(s, &s->functions, SpvOpLabel, &label, 1);
	spv_append(s, &s->functions, s->variables.words, s->variables.count);
	spv_append(s, &s->functions, s->code.words, s->code.count);
	spv_raw(s, &s->functions, SpvOpFunctionEnd, NULL, 0);
	s->variables.count = 0;
	s->code.count = 0;
	s->epoch++;
}

/* ---- dead code ------------------------------------------------------------------------------- */

static bool has_result(uint32_t op) {
	bool result = false, type = false;
	SpvHasResultAndType((SpvOp)op, &result, &type);
	return result && type;
}

/* Operations that stay whether or not their result is used. */
static bool has_effect(uint32_t op) {
	return !has_result(op) || (op >= SpvOpAtomicLoad && op <= SpvOpAtomicXor) ||
		op == SpvOpFunctionCall || (op >= SpvOpGroupNonUniformElect &&
		op <= SpvOpGroupNonUniformQuadSwap);
}

struct sweep {
	uint32_t *def; // owned; by id: 1 + offset of the instruction
	uint8_t *live; // owned; by id
	uint32_t *work; // owned; ids to visit
	size_t work_count;
	uint32_t bound;
};

static void mark(struct sweep *w, uint32_t id) {
	if (id < w->bound && !w->live[id]) {
		w->live[id] = 1;
		w->work[w->work_count++] = id;
	}
}

/* Marks every operand; a literal that looks like an id keeps something alive, no more. */
static void mark_operands(struct sweep *w, const uint32_t *inst) {
	uint32_t op = inst[0] & 0xffff;
	for (uint32_t i = has_result(op) ? 3 : 1; i < inst[0] >> 16; i++) {
		mark(w, inst[i]);
	}
}

/* Stores to a local wait until something reads the local. */
static bool is_local(const struct sweep *w, uint32_t id) {
	return id < w->bound && w->def[id] == UINT32_MAX;
}

void spv_remove_dead(struct spv *s) {
	struct sweep w = {.bound = s->bound};
	w.def = calloc(s->bound, sizeof(*w.def));
	w.live = calloc(s->bound, 1);
	w.work = calloc(s->bound, sizeof(*w.work));
	if (w.def == NULL || w.live == NULL || w.work == NULL || s->failed) {
		s->failed = true;
		goto out;
	}
	const uint32_t *vars = s->variables.words;
	for (size_t at = 0; at < s->variables.count; at += vars[at] >> 16) {
		w.def[vars[at + 2]] = UINT32_MAX;
	}
	uint32_t *code = s->code.words;
	for (size_t at = 0; at < s->code.count; at += code[at] >> 16) {
		uint32_t op = code[at] & 0xffff;
		if (has_result(op)) {
			w.def[code[at + 2]] = (uint32_t)at + 1;
		}
		if (!has_effect(op) || (op == SpvOpStore && is_local(&w, code[at + 1]))) {
			continue;
		}
		if (has_result(op)) {
			w.live[code[at + 2]] = 1;
		}
		mark_operands(&w, code + at);
	}
	// A store through an access chain into a local counts as a use; whole locals are what
	// matters.
	for (bool again = true; again;) {
		while (w.work_count > 0) {
			uint32_t id = w.work[--w.work_count];
			if (w.def[id] != 0 && w.def[id] != UINT32_MAX) {
				mark_operands(&w, code + w.def[id] - 1);
			}
		}
		again = false;
		for (size_t at = 0; at < s->code.count; at += code[at] >> 16) {
			if ((code[at] & 0xffff) == SpvOpStore && is_local(&w, code[at + 1]) &&
					w.live[code[at + 1]] && !w.live[code[at + 2]]) {
				mark(&w, code[at + 2]);
				again = true;
			}
		}
	}
	size_t out = 0;
	for (size_t at = 0; at < s->code.count;) {
		uint32_t n = code[at] >> 16, op = code[at] & 0xffff;
		bool keep = has_effect(op) ? op != SpvOpStore || !is_local(&w, code[at + 1]) ||
			w.live[code[at + 1]] : w.live[code[at + 2]];
		if (keep) {
			memmove(code + out, code + at, n * sizeof(*code));
			out += n;
		}
		at += n;
	}
	s->code.count = out;
	uint32_t *locals = s->variables.words;
	out = 0;
	for (size_t at = 0; at < s->variables.count;) {
		uint32_t n = locals[at] >> 16;
		if (w.live[locals[at + 2]]) {
			memmove(locals + out, locals + at, n * sizeof(*locals));
			out += n;
		}
		at += n;
	}
	s->variables.count = out;
out:
	free(w.def);
	free(w.live);
	free(w.work);
}
