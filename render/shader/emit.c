// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "emit-lockstep.h"

/* Own IR to SPIR-V: values, instructions, assembly of the module. */

struct ev *emit_alloc(struct emit *e, uint32_t n) {
	return pvg_arena_alloc(e->arena, n, sizeof(struct ev));
}

bool emit_is_wide(uint8_t kind) {
	return kind == AIR_I64 || kind == AIR_PTR || (kind & AIR_ODD && air_kind_bits(kind) > 32);
}

uint32_t emit_kind_type(struct emit *e, uint8_t kind) {
	switch (kind) {
	case AIR_BOOL:
		return e->t_bool;
	case AIR_F16:
	case AIR_BF16:
	case AIR_F32:
		return e->t_float;
	default:
		return e->t_uint;
	}
}

struct ev emit_zero(struct emit *e, uint8_t kind) {
	uint32_t type = emit_kind_type(e, kind);
	uint32_t zero = type == e->t_bool ? spv_true(&e->s, false)
		: type == e->t_float          ? F32(0)
									  : U32(0);
	return (struct ev){zero, emit_is_wide(kind) ? zero : 0};
}

uint32_t emit_local(struct emit *e, uint8_t kind) {
	return spv_local(&e->s, emit_kind_type(e, kind));
}

static struct ev *constant(struct emit *e, const struct air_value *v) {
	uint32_t n = v->type->comp_count;
	struct ev *out = emit_alloc(e, n);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t bits = v->constant.bits[i];
		const struct air_global *g = v->constant.globals[i];
		switch (v->type->comps[i].kind) {
		case AIR_BOOL:
			out[i].lo = spv_true(&e->s, bits & 1);
			break;
		case AIR_I8:
			out[i].lo = U32(bits & 0xff);
			break;
		case AIR_I16:
			out[i].lo = U32(bits & 0xffff);
			break;
		case AIR_I64:
			out[i] = (struct ev){U32((uint32_t)bits), U32((uint32_t)(bits >> 32))};
			break;
		case AIR_PTR:
			if (g != NULL && g->space == AIR_SPACE_THREADGROUP) {
				bits += e->global_offset[g->index];
			}
			out[i] = (struct ev){
				U32((uint32_t)bits), U32(g != NULL ? e->global_root[g->index] : 0),
			};
			break;
		case AIR_F16:
		case AIR_BF16:
		case AIR_F32:
			out[i].lo = spv_f32(&e->s, (uint32_t)bits);
			break;
		default:
			out[i].lo = U32((uint32_t)bits);
			if (emit_is_wide(v->type->comps[i].kind)) {
				out[i].hi = U32((uint32_t)(bits >> 32));
			}
			break;
		}
	}
	return out;
}

static struct ev *reload(struct emit *e, const struct air_value *v) {
	uint32_t n = v->type->comp_count;
	struct ev *out = emit_alloc(e, n);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t type = emit_kind_type(e, v->type->comps[i].kind);
		out[i].lo = OP(Load, type, e->spills[v->index][2 * i]);
		out[i].hi = emit_is_wide(v->type->comps[i].kind) ?
			OP(Load, type, e->spills[v->index][2 * i + 1]) : 0;
	}
	return out;
}

struct ev *emit_get(struct emit *e, const struct air_value *v) {
	struct ev **slot = &e->values[v->index];
	if (v->op == AIR_CONST) {
		if (*slot == NULL) {
			*slot = constant(e, v);
		}
		return *slot;
	}
	if (v->op == AIR_ARG || (e->mode == EMIT_STRUCTURED && *slot != NULL) ||
			(*slot != NULL && e->value_stamp[v->index] == e->stamp)) {
		if (*slot != NULL) {
			return *slot;
		}
		pvg_shader_refuse(e->status, PVG_SHADER_ARGUMENT, "argument %u has no value",
			v->arg);
	} else if (e->spills[v->index] != NULL) {
		// Kept in variables between the blocks of a state machine. Good until the next
		// label, so not remembered.
		return reload(e, v);
	} else {
		pvg_shader_refuse(e->status, PVG_SHADER_CONTROL_FLOW,
			"value used before it is made");
	}
	struct ev *out = emit_alloc(e, v->type->comp_count);
	for (uint32_t i = 0; i < v->type->comp_count; i++) {
		out[i] = emit_zero(e, v->type->comps[i].kind);
	}
	return out;
}

static void store_spill(struct emit *e, const struct air_value *v, const struct ev *ids) {
	for (uint32_t i = 0; i < v->type->comp_count; i++) {
		DO(Store, e->spills[v->index][2 * i], ids[i].lo);
		if (emit_is_wide(v->type->comps[i].kind)) {
			DO(Store, e->spills[v->index][2 * i + 1], ids[i].hi);
		}
	}
}

void emit_define(struct emit *e, const struct air_value *v, struct ev *ids) {
	e->values[v->index] = ids;
	e->value_stamp[v->index] = e->stamp;
	if (e->spills[v->index] != NULL && v->op != AIR_PHI) {
		store_spill(e, v, ids);
	}
}

static void need_spill(struct emit *e, const struct air_value *v) {
	if (e->spills[v->index] != NULL || v->op == AIR_CONST || v->op == AIR_ARG) {
		return;
	}
	uint32_t n = v->type->comp_count;
	uint32_t *vars = pvg_arena_alloc(e->arena, n, 2 * sizeof(uint32_t));
	for (uint32_t i = 0; i < n; i++) {
		uint8_t kind = v->type->comps[i].kind;
		vars[2 * i] = emit_local(e, kind);
		vars[2 * i + 1] = emit_is_wide(kind) ? emit_local(e, kind) : 0;
	}
	e->spills[v->index] = vars;
}

static void note_use(struct emit *e, const struct air_value *v, const struct air_block *in) {
	if (e->mode != EMIT_STRUCTURED && v->block != in) {
		need_spill(e, v);
	}
}

/* Variables for phis, and for what crosses blocks in a state machine. */
static void plan_spills(struct emit *e) {
	const struct air_function *f = e->f;
	for (uint32_t b = 0; b < f->block_count; b++) {
		const struct air_block *block = f->blocks[b];
		for (uint32_t i = 0; i < block->count; i++) {
			const struct air_value *v = block->insts[i];
			if (v->op == AIR_PHI) {
				need_spill(e, v);
			}
			for (uint32_t k = 0; k < v->op_count; k++) {
				note_use(e, v->ops[k], v->op == AIR_PHI ? v->phi_blocks[k] : block);
			}
		}
		if (block->condition != NULL) {
			note_use(e, block->condition, block);
		}
		if (block->result != NULL) {
			note_use(e, block->result, block);
		}
	}
}

/*
 * Values for the phis of the successors. In a state machine a value of another block is read from
 * its variable, which may be the very phi that is about to change: everything is read first.
 */
static void leave_block(struct emit *e, const struct air_block *b) {
	uint32_t phis = 0;
	for (uint32_t k = 0; k < 2; k++) {
		const struct air_block *next = b->next[k];
		for (uint32_t i = 0;
			next != NULL && i < next->count && next->insts[i]->op == AIR_PHI; i++) {
			phis++;
		}
	}
	if (b->condition != NULL && phis > 0) {
		// The condition is asked for after this; within the block it stays what it was.
		e->values[b->condition->index] = emit_get(e, b->condition);
		e->value_stamp[b->condition->index] = e->stamp;
	}
	const struct air_value **targets = pvg_arena_alloc(e->arena, phis, sizeof(*targets));
	struct ev **sources = pvg_arena_alloc(e->arena, phis, sizeof(*sources));
	uint32_t n = 0;
	for (uint32_t k = 0; k < 2; k++) {
		const struct air_block *next = b->next[k];
		if (next == NULL || (k == 1 && next == b->next[0])) {
			continue;
		}
		for (uint32_t i = 0; i < next->count && next->insts[i]->op == AIR_PHI; i++) {
			const struct air_value *phi = next->insts[i];
			for (uint32_t p = 0; p < phi->op_count; p++) {
				if (phi->phi_blocks[p] == b) {
					targets[n] = phi;
					sources[n++] = emit_get(e, phi->ops[p]);
					break;
				}
			}
		}
	}
	for (uint32_t i = 0; i < n; i++) {
		store_spill(e, targets[i], sources[i]);
	}
}

bool emit_block(struct emit *e, struct air_block *b) {
	e->block = b;
	e->stamp++;
	for (uint32_t i = 0; i < b->count; i++) {
		struct air_value *v = b->insts[i];
		if (v->op == AIR_PHI) {
			emit_define(e, v, reload(e, v));
		} else if (!emit_inst(e, v)) {
			return pvg_shader_refuse(e->status, PVG_SHADER_INSTRUCTION, "operation %d",
				(int)v->op);
		}
		if (e->s.failed || e->status->reason != PVG_SHADER_OK) {
			return pvg_shader_refuse(e->status, PVG_SHADER_LIMIT_OUTPUT,
				"module too large");
		}
	}
	leave_block(e, b);
	return true;
}

static bool inst_ptradd(struct emit *e, const struct air_value *v, struct ev *out) {
	struct ev p = emit_get(e, v->ops[0])[0];
	uint32_t u = e->t_uint;
	for (uint32_t i = 1; i < v->op_count; i++) {
		struct ev index = emit_get(e, v->ops[i])[0];
		uint32_t low = emit_sext(e, v->ops[i]->type->comps[0].kind, index.lo);
		p.lo = OP(IAdd, u, p.lo,
			OP(IMul, u, low, U32((uint32_t)v->ptradd.scales_bytes[i - 1])));
	}
	p.lo = OP(IAdd, u, p.lo, U32((uint32_t)v->ptradd.offset_bytes));
	out[0] = p;
	return true;
}

static bool inst_dynamic(struct emit *e, const struct air_value *v, struct ev *out) {
	bool insert = v->op == AIR_INSERT_DYNAMIC;
	const struct ev *vec = emit_get(e, v->ops[0]);
	const struct ev *index = emit_get(e, v->ops[insert ? 2 : 1]);
	uint32_t n = v->ops[0]->type->comp_count;
	uint8_t kind = v->ops[0]->type->comps[0].kind;
	struct ev r = insert ? emit_get(e, v->ops[1])[0] : vec[0];
	for (uint32_t i = 0; i < n; i++) {
		uint32_t hit = OP(IEqual, e->t_bool, index->lo, U32(i));
		if (insert) {
			out[i] = emit_select_ev(e, kind, hit, r, vec[i]);
		} else if (i > 0) {
			r = emit_select_ev(e, kind, hit, vec[i], r);
		}
	}
	if (!insert) {
		out[0] = r;
	}
	return true;
}

static bool inst_cast(struct emit *e, const struct air_value *v, struct ev *out) {
	const struct air_value *a = v->ops[0];
	const struct ev *in = emit_get(e, a);
	bool from_signed = v->op == AIR_SEXT || v->op == AIR_SITOFP;
	for (uint32_t i = 0; i < v->type->comp_count; i++) {
		uint8_t from = a->type->comps[i].kind, to = v->type->comps[i].kind;
		if (v->op == AIR_TRUNC && to == AIR_BOOL) {
			// The lowest bit, where a conversion would ask for any.
			out[i] = emit_from_bits(e, AIR_BOOL, in[i].lo);
		} else {
			out[i] = emit_convert(e, from, from_signed, to, v->op == AIR_FPTOSI, in[i]);
		}
	}
	return true;
}

bool emit_inst(struct emit *e, struct air_value *v) {
	if (v->op == AIR_CALL) {
		return emit_call(e, v);
	}
	uint32_t n = v->type->comp_count;
	struct ev *out = emit_alloc(e, n);
	const struct air_comp *comps = v->type->comps;
	const struct ev *a = v->op_count > 0 ? emit_get(e, v->ops[0]) : NULL;
	const struct ev *b = v->op_count > 1 ? emit_get(e, v->ops[1]) : NULL;
	bool ok = true;
	if (emit_is_wide_inst(v)) {
		if (!emit_wide_inst(e, v, out)) {
			return false;
		}
		emit_define(e, v, out);
		return true;
	}
	switch (v->op) {
	case AIR_FNEG:
		for (uint32_t i = 0; i < n; i++) {
			out[i].lo = OP(FNegate, e->t_float, a[i].lo);
		}
		break;
	case AIR_ICMP:
	case AIR_FCMP:
		for (uint32_t i = 0; i < n; i++) {
			out[i].lo = emit_compare(e, v->predicate, v->ops[0]->type->comps[i].kind,
				a[i], b[i]);
		}
		break;
	case AIR_TRUNC:
	case AIR_ZEXT:
	case AIR_SEXT:
	case AIR_FPTRUNC:
	case AIR_FPEXT:
	case AIR_FPTOUI:
	case AIR_FPTOSI:
	case AIR_UITOFP:
	case AIR_SITOFP:
		ok = inst_cast(e, v, out);
		break;
	case AIR_BITCAST:
		ok = emit_bitcast(e, v->ops[0]->type, v->type, a, out);
		break;
	case AIR_COPY:
		memcpy(out, a, n * sizeof(*out));
		break;
	case AIR_SELECT: {
		const struct ev *c = emit_get(e, v->ops[2]);
		bool one = v->ops[0]->type->comp_count == 1;
		for (uint32_t i = 0; i < n; i++) {
			out[i] = emit_select_ev(e, comps[i].kind, a[one ? 0 : i].lo, b[i], c[i]);
		}
		break;
	}
	case AIR_LOAD:
		ok = emit_load(e, v->ops[0], a[0], v->memory.align_bytes, v->type, out);
		break;
	case AIR_STORE:
		ok = emit_store(e, v->ops[1], b[0], v->memory.align_bytes, v->ops[0]->type, a);
		break;
	case AIR_PTRADD:
		ok = inst_ptradd(e, v, out);
		break;
	case AIR_ALLOCA:
		out[0] = (struct ev){U32(0), U32(e->alloca_root[v->index])};
		break;
	case AIR_EXTRACT:
		memcpy(out, a + v->first, n * sizeof(*out));
		break;
	case AIR_INSERT:
		memcpy(out, a, n * sizeof(*out));
		memcpy(out + v->first, b, v->ops[1]->type->comp_count * sizeof(*out));
		break;
	case AIR_SHUFFLE: {
		uint32_t first = v->ops[0]->type->comp_count;
		for (uint32_t i = 0; i < n; i++) {
			uint32_t m = v->mask[i];
			out[i] = m == UINT32_MAX ? emit_zero(e, comps[i].kind)
				: m < first          ? a[m]
									 : b[m - first];
		}
		break;
	}
	case AIR_EXTRACT_DYNAMIC:
	case AIR_INSERT_DYNAMIC:
		ok = inst_dynamic(e, v, out);
		break;
	default:
		if (v->op < AIR_ADD || v->op > AIR_FREM) {
			return pvg_shader_refuse(e->status, PVG_SHADER_INSTRUCTION, "operation %d",
				(int)v->op);
		}
		for (uint32_t i = 0; i < n; i++) {
			out[i] = emit_binary(e, v->op, comps[i].kind, a[i], b[i]);
		}
		break;
	}
	if (ok) {
		emit_define(e, v, out);
	}
	return ok;
}

void emit_begin_helper(struct emit *e, struct emit_saved *saved) {
	saved->variables = e->s.variables;
	saved->code = e->s.code;
	e->s.variables = (struct spv_words){0};
	e->s.code = (struct spv_words){0};
	e->s.epoch++;
}

void emit_end_helper(struct emit *e, struct emit_saved *saved, uint32_t id, uint32_t result_type) {
	spv_end_function(&e->s, id, result_type);
	free(e->s.variables.words);
	free(e->s.code.words);
	e->s.variables = saved->variables;
	e->s.code = saved->code;
	e->s.epoch++;
}

/* ---- the module ------------------------------------------------------------------------------ */

/* Places of threadgroup globals and arguments in the one array (spec 05 §5.4). */
static bool plan_threadgroup_memory(struct emit *e) {
	const struct air_function *f = e->f;
	e->global_offset = pvg_arena_alloc(e->arena, f->global_count, sizeof(uint32_t));
	e->arg_offset = pvg_arena_alloc(e->arena, f->arg_count, sizeof(uint32_t));
	uint32_t at = 0;
	for (uint32_t i = 0; i < f->global_count; i++) {
		const struct air_global *g = f->globals[i];
		if (g->space == AIR_SPACE_THREADGROUP) {
			e->global_offset[i] = at;
			at += (g->size_bytes + 15) & ~15u;
			if (at > 65536) {
				break;
			}
		}
	}
	for (uint32_t i = 0; i < f->arg_count && at <= 65536; i++) {
		const struct air_param *a = &f->args[i];
		if (a->role == AIR_ROLE_BUFFER && a->space == AIR_SPACE_THREADGROUP) {
			uint32_t bytes =
				a->location < 31 ? e->variant->threadgroup_bytes[a->location] : 0;
			e->arg_offset[i] = at;
			at += (bytes < 65536 ? bytes + 15 : 131072) & ~15u;
		}
	}
	if (at > 32768) {
		return pvg_shader_refuse(e->status, PVG_SHADER_LIMIT_THREADGROUP, "%u bytes", at);
	}
	e->tg_words = at / 4;
	e->r->threadgroup_bytes = at;
	return true;
}

static void entry_point(struct emit *e, struct spv_words *out) {
	static const uint32_t models[] = {
		SpvExecutionModelVertex, SpvExecutionModelFragment, SpvExecutionModelGLCompute,
	};
	uint32_t head[4] = {
		0, e->f->patch != PVG_PATCH_NONE ? SpvExecutionModelTessellationEvaluation :
			models[e->f->stage], e->main_id, 0x6e69616d, // "main"
	};
	uint32_t zero = 0;
	head[0] = (uint32_t)(5 + e->s.interface.count) << 16 | SpvOpEntryPoint;
	spv_append(&e->s, out, head, 4);
	spv_append(&e->s, out, &zero, 1);
	spv_append(&e->s, out, e->s.interface.words, e->s.interface.count);
}

static bool assemble(struct emit *e, struct pvg_shader_result *result) {
	struct spv *s = &e->s;
	struct spv_words out = {0};
	uint32_t header[5] = {SpvMagicNumber, 0x00010300, 0, s->bound, 0};
	spv_append(s, &out, header, 5);
	spv_append(s, &out, s->capabilities.words, s->capabilities.count);
	spv_append(s, &out, s->extensions.words, s->extensions.count);
	uint32_t import[] = {
		6u << 16 | SpvOpExtInstImport, s->glsl, 0x4c534c47, 0x6474732e, 0x3035342e, 0,
	};
	spv_append(s, &out, import, 6);
	uint32_t model[] = {
		3u << 16 | SpvOpMemoryModel, SpvAddressingModelLogical, SpvMemoryModelGLSL450,
	};
	spv_append(s, &out, model, 3);
	entry_point(e, &out);
	struct spv_words *sections[] = {
		&s->modes, &s->names, &s->decorations, &s->globals, &s->functions,
	};
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		spv_append(s, &out, sections[i]->words, sections[i]->count);
	}
	if (s->failed || out.count * 4 > PVG_SHADER_MAX_SPIRV_BYTES) {
		free(out.words);
		return pvg_shader_refuse(e->status, PVG_SHADER_LIMIT_OUTPUT, "module too large");
	}
	result->spirv = out.words;
	result->spirv_words = out.count;
	return true;
}

static bool emit_module(struct emit *e) {
	if (e->mode == EMIT_LOCKSTEP) {
		emit_split_blocks(e);
	}
	uint32_t n = e->f->value_count;
	e->values = pvg_arena_alloc(e->arena, n, sizeof(*e->values));
	e->spills = pvg_arena_alloc(e->arena, n, sizeof(*e->spills));
	e->value_stamp = pvg_arena_alloc(e->arena, n, sizeof(uint32_t));
	e->emitted = pvg_arena_alloc(e->arena, e->f->block_count, 1);
	spv_capability(&e->s, SpvCapabilityShader);
	e->main_id = spv_id(&e->s);
	e->t_void = spv_void(&e->s);
	e->t_bool = spv_bool(&e->s);
	e->t_uint = spv_uint(&e->s);
	e->t_int = spv_int(&e->s);
	e->t_float = spv_float(&e->s);
	if (!plan_threadgroup_memory(e) || !emit_analyse_pointers(e) || !emit_plan_buffers(e)) {
		return false;
	}
	plan_spills(e);
	if (!emit_prologue(e) || (e->exchange && !e->subgroups && !emit_plan_exchange(e))) {
		return false;
	}
	bool ok = e->mode == EMIT_LOCKSTEP ? emit_lockstep(e) :
		e->mode == EMIT_DISPATCHER ? emit_dispatcher(e) : emit_structured(e);
	if (!ok || e->status->reason != PVG_SHADER_OK) {
		return pvg_shader_refuse(e->status, PVG_SHADER_CONTROL_FLOW, "not emitted");
	}
	spv_end_function(&e->s, e->main_id, e->t_void);
	return !e->s.failed && !e->arena->failed;
}

static bool try_mode(const struct air_function *f, const struct pvg_shader_variant *variant,
		struct pvg_arena *arena, struct pvg_shader_result *result, enum emit_mode mode,
		struct pvg_shader_status *status) {
	struct emit *e = pvg_arena_alloc(arena, 1, sizeof(*e));
	memset(&result->reflection, 0, sizeof(result->reflection));
	*e = (struct emit){
		.f = f, .variant = variant, .arena = arena, .status = status, .mode = mode,
		.r = &result->reflection, .gles = variant->profile == PVG_PROFILE_GLES,
		.exchange = mode == EMIT_STRUCTURED && f->has_simd && f->stage == AIR_KERNEL,
		.subgroups = variant->profile == PVG_PROFILE_VULKAN &&
			(variant->features & PVG_FEATURE_SUBGROUPS) != 0,
	};
	spv_init(&e->s);
	bool ok = emit_module(e) && assemble(e, result);
	spv_finish(&e->s);
	if (!ok && arena->failed) {
		pvg_shader_refuse(status, PVG_SHADER_NO_MEMORY, "emitter");
	}
	return ok || pvg_shader_refuse(status, PVG_SHADER_LIMIT_OUTPUT, "module too large");
}

bool pvg_shader_emit(const struct air_function *f, const struct pvg_shader_variant *variant,
	struct pvg_arena *arena, struct pvg_shader_result *result,
	struct pvg_shader_status *status) {
	bool native = variant->profile == PVG_PROFILE_VULKAN &&
		(variant->features & PVG_FEATURE_SUBGROUPS) != 0;
	bool lockstep = f->has_simd && !native &&
		(!f->structured || !pvg_shader_flow_is_uniform(f, arena));
	if (f->stage == AIR_KERNEL) {
		uint64_t threads = (uint64_t)variant->local_size[0] * variant->local_size[1] *
			variant->local_size[2];
		if (variant->local_size[0] > 1024 || variant->local_size[1] > 1024 ||
				variant->local_size[2] > 1024 || threads == 0 || threads > 1024) {
			return pvg_shader_refuse(status, PVG_SHADER_LIMIT_THREADS,
				"local size %u x %u x %u", variant->local_size[0],
				variant->local_size[1], variant->local_size[2]);
		}
	} else if (lockstep) {
		return pvg_shader_refuse(status, PVG_SHADER_TARGET_STAGE,
			"simd groups outside a kernel");
	}
	if (lockstep) {
		return try_mode(f, variant, arena, result, EMIT_LOCKSTEP, status);
	}
	struct pvg_shader_status first = {0};
	if (try_mode(f, variant, arena, result, EMIT_STRUCTURED, &first)) {
		return true;
	}
	// Without structure: threads of one group would not meet at a barrier in the dispatcher.
	if (first.reason != PVG_SHADER_CONTROL_FLOW || arena->failed) {
		*status = first;
		return false;
	}
	bool meets = f->has_barrier || (f->has_simd && !native);
	enum emit_mode mode = meets ? EMIT_LOCKSTEP : EMIT_DISPATCHER;
	return try_mode(f, variant, arena, result, mode, status);
}
