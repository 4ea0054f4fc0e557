// SPDX-License-Identifier: GPL-2.0-or-later
#include "airc-check.h"

#include <spirv/unified1/spirv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"

/* What pvg-airc --check counts on both sides (see airc-check.h). */

#define MAX_BUFFERS 31u

struct counts {
	uint32_t stores, atomics, image_writes, image_atomics, samples, discards, barriers;
	uint32_t buffer_stores[MAX_BUFFERS]; // AIR: those whose pointer is simply an argument's
};

/* ---- AIR ---------------------------------------------------------------------------------- */

struct uses {
	const struct air_function *f; // borrowed
	uint8_t *used; // owned; by value index: something that counts depends on it
	uint32_t *argument; // owned; by value index: 1 + the argument a pointer is made from, or 0
	struct counts counts;
	uint8_t *arg_used; // owned
};

static bool starts(const char *s, const char *prefix) {
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* Asks that are answered without the resource: from the parameters, or by a constant. */
static bool needs_resource(const struct air_value *call, uint32_t operand) {
	static const char *const without[] = {
		"air.get_num_mip_levels_",
		"air.get_num_samples_",
		"air.is_null_",
	};
	for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++) {
		if (starts(call->callee, without[i])) {
			return false;
		}
	}
	// A sampler in front of a place in texels says nothing.
	return operand != 1 || !starts(call->callee, "air.read_");
}

static bool is_handle_or_memory(const struct air_value *v) {
	return v->type->comp_count > 0 && v->type->comps[0].kind == AIR_PTR;
}

/* The simple pointers: an argument, with or without an offset. */
static void follow_pointer(struct uses *u, const struct air_value *v) {
	if ((v->op == AIR_PTRADD || v->op == AIR_COPY) && is_handle_or_memory(v)) {
		u->argument[v->index] = u->argument[v->ops[0]->index];
	}
}

static void note_store(struct uses *u, const struct air_value *pointer) {
	uint8_t space = pointer->type->comps[0].space;
	if (space == AIR_SPACE_PRIVATE) {
		return;
	}
	u->counts.stores++;
	uint32_t argument = u->argument[pointer->index];
	if (argument == 0 || space != AIR_SPACE_DEVICE) {
		return;
	}
	const struct air_param *a = &u->f->args[argument - 1];
	if (a->role == AIR_ROLE_BUFFER && a->location < MAX_BUFFERS && !air_is_handle_array(a)) {
		u->counts.buffer_stores[a->location]++;
	}
}

static void count_call(struct uses *u, const struct air_value *v) {
	const char *name = v->callee;
	struct counts *c = &u->counts;
	bool texture = strstr(name, "_texture_") != NULL || strstr(name, "_depth_") != NULL;
	if (starts(name, "llvm.mem") && v->op_count > 2) {
		bool nothing = v->ops[2]->op == AIR_CONST && v->ops[2]->constant.bits[0] == 0;
		if (!nothing) {
			note_store(u, v->ops[0]);
		}
	} else if (starts(name, "air.store.") && v->op_count > 1) {
		note_store(u, v->ops[is_handle_or_memory(v->ops[1]) ? 1 : 0]);
	} else if (starts(name, "air.simdgroup_matrix_8x8_store") && v->op_count > 1) {
		note_store(u, v->ops[1]);
	} else if (starts(name, "air.atomic.") && !starts(name, "air.atomic.fence")) {
		c->atomics++;
	} else if (starts(name, "air.atomic_") && texture) {
		c->image_atomics++;
	} else if (starts(name, "air.write_") && texture) {
		c->image_writes++;
	} else if ((starts(name, "air.sample_") || starts(name, "air.gather_") ||
			   starts(name, "air.read_")) &&
		texture) {
		c->samples += u->used[v->index];
	} else if (starts(name, "air.discard_fragment")) {
		c->discards++;
	} else if (starts(name, "air.wg.barrier")) {
		c->barriers++;
	}
}

/* Calls that do something besides giving a value. */
static bool acts(const struct air_value *v) {
	static const char *const names[] = {
		"air.atomic",
		"air.write_",
		"air.store.",
		"air.simdgroup_async_copy",
		"llvm.mem",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (starts(v->callee, names[i])) {
			return true;
		}
	}
	return v->type->comp_count == 0;
}

struct live {
	struct uses *u; // borrowed
	const struct air_value **stack; // owned
	uint32_t count;
};

static void mark(struct live *l, const struct air_value *v) {
	if (!l->u->used[v->index]) {
		l->u->used[v->index] = 1;
		l->stack[l->count++] = v; // each value once: value_count places are enough
	}
}

/* Marks what the marked values are made of. */
static void spread(struct live *l) {
	while (l->count > 0) {
		const struct air_value *v = l->stack[--l->count];
		if (v->op == AIR_ARG) {
			l->u->arg_used[v->arg] = 1;
		}
		for (uint32_t i = 0; i < v->op_count; i++) {
			const struct air_value *op = v->ops[i];
			bool compared = v->op == AIR_ICMP && is_handle_or_memory(op);
			bool asked = v->op != AIR_CALL || needs_resource(v, i);
			if (!compared && asked) {
				mark(l, op);
			}
		}
	}
}

/* Does an output that is not turned off lie in these components of the result? */
static bool is_returned(const struct air_function *f, uint32_t first, uint32_t count) {
	for (uint32_t i = 0; i < f->output_count; i++) {
		const struct air_param *o = &f->outputs[i];
		if (o->role != AIR_ROLE_UNUSED && o->first_comp < first + count &&
			first < o->first_comp + o->type->comp_count) {
			return true;
		}
	}
	return false;
}

/* A result is put together member by member; those of outputs that are off say nothing. */
static void mark_result(struct live *l, const struct air_value *v) {
	while (v->op == AIR_INSERT) {
		if (is_returned(l->u->f, v->first, v->ops[1]->type->comp_count)) {
			mark(l, v->ops[1]);
		}
		v = v->ops[0];
	}
	if (is_returned(l->u->f, 0, v->type->comp_count)) {
		mark(l, v);
	}
}

static bool find_uses(struct uses *u) {
	const struct air_function *f = u->f;
	struct live l = { u, calloc(f->value_count + 1u, sizeof(*l.stack)), 0 };
	if (l.stack == NULL) {
		return false;
	}
	for (uint32_t b = 0; b < f->block_count; b++) {
		const struct air_block *block = f->blocks[b];
		for (uint32_t i = 0; i < block->count; i++) {
			const struct air_value *v = block->insts[i];
			follow_pointer(u, v);
			if (v->op == AIR_STORE || (v->op == AIR_CALL && acts(v))) {
				mark(&l, v);
			}
		}
		if (block->condition != NULL) {
			mark(&l, block->condition);
		}
		if (block->result != NULL) {
			mark_result(&l, block->result);
		}
	}
	spread(&l);
	free(l.stack);
	return true;
}

static bool count_air(struct uses *u) {
	const struct air_function *f = u->f;
	u->used = calloc(f->value_count + 1u, 1);
	u->argument = calloc(f->value_count + 1u, sizeof(uint32_t));
	u->arg_used = calloc(f->arg_count + 1u, 1);
	if (u->used == NULL || u->argument == NULL || u->arg_used == NULL) {
		return false;
	}
	for (uint32_t i = 0; i < f->arg_count; i++) {
		u->argument[f->arg_values[i]->index] = i + 1;
	}
	if (!find_uses(u)) {
		return false;
	}
	for (uint32_t b = 0; b < f->block_count; b++) {
		for (uint32_t i = 0; i < f->blocks[b]->count; i++) {
			const struct air_value *v = f->blocks[b]->insts[i];
			if (v->op == AIR_STORE && v->ops[0]->type->comp_count > 0) {
				note_store(u, v->ops[1]);
			} else if (v->op == AIR_CALL) {
				count_call(u, v);
			}
		}
	}
	return true;
}

/* ---- SPIR-V ------------------------------------------------------------------------------- */

struct spirv_id {
	uint32_t variable; // an access chain: its variable; a variable: itself
	uint32_t storage; // of a variable
	uint32_t builtin, location, index; // decorations, UINT32_MAX when there is none
	uint32_t stores;
	const char *name; // borrowed from the words; NULL
};

struct spirv {
	struct spirv_id *ids; // owned
	uint32_t bound;
	struct counts counts;
};

static bool in_memory(const struct spirv *s, uint32_t id) {
	uint32_t storage = s->ids[s->ids[id].variable].storage;
	return storage == SpvStorageClassStorageBuffer || storage == SpvStorageClassWorkgroup;
}

static void note_write(struct spirv *s, uint32_t pointer) {
	if (pointer < s->bound && s->ids[pointer].variable != 0) {
		s->ids[s->ids[pointer].variable].stores++;
		s->counts.stores += in_memory(s, pointer);
	}
}

static void read_decoration(struct spirv *s, const uint32_t *w, uint32_t n) {
	if (n < 4 || w[1] >= s->bound) {
		return;
	}
	struct spirv_id *id = &s->ids[w[1]];
	if (w[2] == SpvDecorationBuiltIn) {
		id->builtin = w[3];
	} else if (w[2] == SpvDecorationLocation) {
		id->location = w[3];
	} else if (w[2] == SpvDecorationIndex) {
		id->index = w[3];
	}
}

static bool is_atomic(uint32_t op) {
	return op >= SpvOpAtomicLoad && op <= SpvOpAtomicXor;
}

static void read_instruction(struct spirv *s, uint32_t op, const uint32_t *w, uint32_t n) {
	struct counts *c = &s->counts;
	if (op == SpvOpDecorate) {
		read_decoration(s, w, n);
	} else if (op == SpvOpName && n > 2 && w[1] < s->bound) {
		s->ids[w[1]].name = (const char *)(w + 2);
	} else if (op == SpvOpVariable && n > 3 && w[2] < s->bound) {
		s->ids[w[2]].variable = w[2];
		s->ids[w[2]].storage = w[3];
	} else if (op == SpvOpAccessChain && n > 3 && w[2] < s->bound && w[3] < s->bound) {
		s->ids[w[2]].variable = s->ids[w[3]].variable;
	} else if (op == SpvOpStore && n > 2) {
		note_write(s, w[1]);
	} else if (op == SpvOpAtomicStore && n > 1) {
		note_write(s, w[1]);
		c->atomics++;
	} else if (is_atomic(op) && n > 3) {
		note_write(s, w[3]);
		c->atomics++;
	} else if (op == SpvOpImageTexelPointer) {
		c->image_atomics++;
	} else if (op == SpvOpImageWrite) {
		c->image_writes++;
	} else if ((op >= SpvOpImageSampleImplicitLod && op <= SpvOpImageDrefGather) ||
		op == SpvOpImageRead) {
		c->samples++;
	} else if (op == SpvOpKill || op == SpvOpDemoteToHelperInvocation) {
		c->discards++;
	} else if (op == SpvOpControlBarrier) {
		c->barriers++;
	}
}

static bool read_spirv(struct spirv *s, const uint32_t *words, size_t count) {
	if (count < 5 || words[0] != SpvMagicNumber || words[3] == 0 || words[3] > count) {
		return false;
	}
	s->bound = words[3];
	s->ids = calloc(s->bound, sizeof(*s->ids));
	if (s->ids == NULL) {
		return false;
	}
	for (uint32_t i = 0; i < s->bound; i++) {
		s->ids[i].builtin = s->ids[i].location = UINT32_MAX;
	}
	for (size_t at = 5; at < count;) {
		uint32_t n = words[at] >> 16;
		if (n == 0 || n > count - at) {
			return false;
		}
		read_instruction(s, words[at] & 0xffff, words + at, n);
		at += n;
	}
	return true;
}

/* An output variable that is stored to: by built-in, or by location and index. */
static bool is_written(const struct spirv *s, uint32_t builtin, uint32_t location, uint32_t index) {
	for (uint32_t i = 0; i < s->bound; i++) {
		const struct spirv_id *id = &s->ids[i];
		bool match = builtin != UINT32_MAX ? id->builtin == builtin
						   : id->builtin == UINT32_MAX &&
				id->location == location && id->index == index;
		if (id->variable == i && id->storage == SpvStorageClassOutput && match) {
			return id->stores > 0;
		}
	}
	return false;
}

/* ---- comparison --------------------------------------------------------------------------- */

struct check {
	const struct uses *air; // borrowed
	const struct spirv *spirv; // borrowed
	const struct pvg_reflection *r; // borrowed
	char *why; // borrowed
	size_t why_bytes;
};

static bool has_slot(const struct check *c, const struct air_param *a, uint32_t kinds,
	bool written) {
	uint32_t count = a->count > 1 ? a->count : 1;
	for (uint32_t i = 0; i < c->r->slot_count; i++) {
		const struct pvg_reflection_slot *s = &c->r->slots[i];
		if ((kinds >> s->kind & 1) != 0 && s->metal_index >= a->location &&
			s->metal_index - a->location < count) {
			return !written || (s->access & PVG_SLOT_WRITE) != 0;
		}
	}
	return false;
}

static bool has_varying(const struct check *c, const char *semantic) {
	char key[PVG_REFLECTION_NAME_BYTES];
	pvg_varying_key(semantic, key);
	for (uint32_t i = 0; i < c->r->varying_count; i++) {
		if (strcmp(c->r->varyings[i].name, key) == 0) {
			return true;
		}
	}
	return false;
}

static bool has_attribute(const struct check *c, uint32_t location) {
	for (uint32_t i = 0; i < c->r->attribute_count; i++) {
		if (c->r->attributes[i].location == location) {
			return true;
		}
	}
	return false;
}

static bool argument_is_there(const struct check *c, const struct air_param *a) {
	bool written = a->access == AIR_ACCESS_WRITE || a->access == AIR_ACCESS_READ_WRITE;
	switch (a->role) {
	case AIR_ROLE_BUFFER:
		if (a->space == AIR_SPACE_THREADGROUP) {
			return c->r->threadgroup_bytes > 0;
		}
		written = a->location < MAX_BUFFERS && !air_is_handle_array(a) &&
			c->air->counts.buffer_stores[a->location] > 0;
		return has_slot(c, a, 1u << PVG_SLOT_BUFFER, written);
	case AIR_ROLE_TEXTURE:
		return has_slot(c, a, 1u << PVG_SLOT_TEXTURE | 1u << PVG_SLOT_IMAGE, written);
	case AIR_ROLE_SAMPLER:
		return has_slot(c, a, 1u << PVG_SLOT_SAMPLER, false);
	case AIR_ROLE_VERTEX_INPUT:
	case AIR_ROLE_PATCH_INPUT:
		return has_attribute(c, a->location);
	case AIR_ROLE_FRAGMENT_INPUT:
		return has_varying(c, a->semantic);
	case AIR_ROLE_RENDER_TARGET:
		return has_slot(c, a, 1u << PVG_SLOT_COLOR_INPUT, false);
	default:
		return true; // built-ins need nothing bound
	}
}

static bool check_arguments(const struct check *c) {
	const struct air_function *f = c->air->f;
	for (uint32_t i = 0; i < f->arg_count; i++) {
		if (c->air->arg_used[i] && !argument_is_there(c, &f->args[i])) {
			snprintf(c->why, c->why_bytes,
				"argument %u %s is used and not in the reflection", i,
				f->args[i].name);
			return false;
		}
	}
	return true;
}

static bool output_is_reflected(const struct check *c, uint32_t kind, const struct air_param *o) {
	for (uint32_t i = 0; i < c->r->output_count; i++) {
		const struct pvg_reflection_output *r = &c->r->outputs[i];
		if (r->kind == kind &&
			(kind != PVG_OUTPUT_COLOR ||
				(r->location == o->location && r->dual_source == o->dual_source))) {
			return true;
		}
	}
	return false;
}

static bool output_is_there(const struct check *c, const struct air_param *o) {
	static const struct {
		enum air_role role;
		uint32_t kind, builtin;
	} builtins[] = {
		{ AIR_ROLE_POSITION, PVG_OUTPUT_POSITION, SpvBuiltInPosition },
		{ AIR_ROLE_POINT_SIZE, PVG_OUTPUT_POINT_SIZE, SpvBuiltInPointSize },
		{ AIR_ROLE_CLIP_DISTANCE, PVG_OUTPUT_CLIP_DISTANCE, SpvBuiltInClipDistance },
		{ AIR_ROLE_DEPTH, PVG_OUTPUT_DEPTH, SpvBuiltInFragDepth },
		{ AIR_ROLE_STENCIL, PVG_OUTPUT_STENCIL, SpvBuiltInFragStencilRefEXT },
		{ AIR_ROLE_SAMPLE_MASK, PVG_OUTPUT_SAMPLE_MASK, SpvBuiltInSampleMask },
	};
	for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++) {
		if (o->role == builtins[i].role) {
			return output_is_reflected(c, builtins[i].kind, o) &&
				is_written(c->spirv, builtins[i].builtin, 0, 0);
		}
	}
	if (o->role == AIR_ROLE_RENDER_TARGET) {
		return output_is_reflected(c, PVG_OUTPUT_COLOR, o) &&
			is_written(c->spirv, UINT32_MAX, o->location, o->dual_source);
	}
	return o->role != AIR_ROLE_VERTEX_OUTPUT || has_varying(c, o->semantic);
}

static bool check_outputs(const struct check *c) {
	const struct air_function *f = c->air->f;
	uint32_t varyings = 0, written = 0;
	for (uint32_t i = 0; i < f->output_count; i++) {
		const struct air_param *o = &f->outputs[i];
		varyings += o->role == AIR_ROLE_VERTEX_OUTPUT;
		if (!output_is_there(c, o)) {
			snprintf(c->why, c->why_bytes, "output %u %s%s is not written", i, o->name,
				o->semantic);
			return false;
		}
	}
	for (uint32_t i = 0; i < c->spirv->bound; i++) {
		const struct spirv_id *id = &c->spirv->ids[i];
		written += id->variable == i && id->storage == SpvStorageClassOutput &&
			id->builtin == UINT32_MAX && id->stores > 0;
	}
	if (f->stage == AIR_VERTEX && written < varyings) {
		snprintf(c->why, c->why_bytes, "%u varyings are returned, %u are written", varyings,
			written);
		return false;
	}
	return true;
}

static bool check_counts(const struct check *c) {
	const struct counts *a = &c->air->counts, *s = &c->spirv->counts;
	const struct {
		const char *what;
		uint32_t air, spirv;
	} rows[] = {
		{ "stores and atomics", a->stores + a->atomics, s->stores },
		{ "atomics", a->atomics, s->atomics },
		{ "texture writes", a->image_writes, s->image_writes },
		{ "texture atomics", a->image_atomics, s->image_atomics },
		{ "samples and fetches", a->samples, s->samples },
		{ "discards", a->discards > 0, s->discards },
		{ "barriers", a->barriers > 0 && c->air->f->stage == AIR_KERNEL, s->barriers },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].spirv < rows[i].air) {
			snprintf(c->why, c->why_bytes, "%s: %u in AIR, %u in SPIR-V", rows[i].what,
				rows[i].air, rows[i].spirv);
			return false;
		}
	}
	// Buffers are called after their number, unless several share a block; one may have views.
	uint32_t stores[MAX_BUFFERS] = { 0 };
	bool named[MAX_BUFFERS] = { false };
	for (uint32_t i = 0; i < c->spirv->bound; i++) {
		const struct spirv_id *id = &c->spirv->ids[i];
		uint32_t n;
		if (id->variable == i && id->name != NULL &&
			sscanf(id->name, "buffer_%2u", &n) == 1 && n < MAX_BUFFERS) {
			named[n] = true;
			stores[n] += id->stores;
		}
	}
	for (uint32_t n = 0; n < MAX_BUFFERS; n++) {
		if (named[n] && stores[n] < a->buffer_stores[n]) {
			snprintf(c->why, c->why_bytes,
				"stores to buffer %u: %u in AIR, %u in SPIR-V", n,
				a->buffer_stores[n], stores[n]);
			return false;
		}
	}
	return true;
}

bool airc_check_facts(const struct air_function *f, const struct pvg_shader_result *result,
	char *why, size_t why_bytes) {
	struct uses air = { .f = f };
	struct spirv spirv = { 0 };
	struct check c = { &air, &spirv, &result->reflection, why, why_bytes };
	snprintf(why, why_bytes, "cannot be counted");
	bool ok = count_air(&air) && read_spirv(&spirv, result->spirv, result->spirv_words) &&
		check_arguments(&c) && check_outputs(&c) && check_counts(&c);
	free(air.used);
	free(air.argument);
	free(air.arg_used);
	free(spirv.ids);
	return ok;
}

bool airc_check_module(const uint8_t *bitcode, size_t size, const char *entry,
	const struct pvg_shader_variant *variant, const struct pvg_shader_result *result, char *why,
	size_t why_bytes) {
	struct pvg_arena arena;
	struct air_function function;
	struct pvg_shader_status status = { 0 };
	struct air_load_options options = {
		.entry = entry,
		.constants = variant->constants,
		.constant_count = variant->constant_count,
		.native_simd = variant->profile == PVG_PROFILE_VULKAN &&
			(variant->features & PVG_FEATURE_SUBGROUPS) != 0,
	};
	if (!pvg_arena_init(&arena, 384u << 20)) {
		snprintf(why, why_bytes, "no memory");
		return false;
	}
	bool ok = air_load(bitcode, size, &options, &arena, &function, &status);
	if (!ok) {
		snprintf(why, why_bytes, "not loaded again: %s",
			pvg_shader_reason_name(status.reason));
	}
	ok = ok && airc_check_facts(&function, result, why, why_bytes);
	pvg_arena_finish(&arena);
	return ok;
}
