// SPDX-License-Identifier: GPL-2.0-or-later
#include "emit-private.h"

/* Calls: air.<op>[.<rest>], and the intrinsics of LLVM that its passes leave (spec 05 §4). */

static bool is(const char *a, const char *b) {
	return strcmp(a, b) == 0;
}

static bool starts(const char *s, const char *prefix) {
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static bool by_name(struct emit *e, enum pvg_shader_reason reason, const struct air_value *v) {
	return pvg_shader_refuse(e->status, reason, "%s", v->callee);
}

/* Features that no target of ours can do; the name says which. */
static bool refuse_known(struct emit *e, const struct air_value *v, const char *op) {
	static const struct {
		const char *text;
		enum pvg_shader_reason reason;
	} known[] = {
		{"function_pointer", PVG_SHADER_FUNCTION_POINTER},
		{"function_table", PVG_SHADER_FUNCTION_POINTER},
		{"intersect", PVG_SHADER_RAY_TRACING},
		{"intersection", PVG_SHADER_RAY_TRACING},
		{"ray", PVG_SHADER_RAY_TRACING},
		{"acceleration", PVG_SHADER_RAY_TRACING},
		{"mesh", PVG_SHADER_MESH},
		{"imageblock", PVG_SHADER_IMAGEBLOCK},
		{"render_command", PVG_SHADER_INTRINSIC},
		{"compute_command", PVG_SHADER_INTRINSIC},
	};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strstr(op, known[i].text) != NULL) {
			return by_name(e, known[i].reason, v);
		}
	}
	return by_name(e, PVG_SHADER_INTRINSIC, v);
}

static void barrier(struct emit *e, uint32_t flags, bool control) {
	uint32_t semantics = SpvMemorySemanticsAcquireReleaseMask;
	if (flags & 1) {
		semantics |= SpvMemorySemanticsUniformMemoryMask;
	}
	if (flags & 2 || flags == 0) {
		semantics |= SpvMemorySemanticsWorkgroupMemoryMask;
	}
	if (flags & 4) {
		semantics |= SpvMemorySemanticsImageMemoryMask;
	}
	uint32_t scope = U32(flags & 5 ? SpvScopeDevice : SpvScopeWorkgroup);
	if (control) {
		DO(ControlBarrier, U32(SpvScopeWorkgroup), scope, U32(semantics));
	} else {
		DO(MemoryBarrier, scope, U32(semantics));
	}
}

static bool call_barrier(struct emit *e, struct air_value *v, bool simd) {
	uint32_t flags = 3;
	if (v->op_count > 0 && v->ops[0]->op == AIR_CONST) {
		flags = (uint32_t)v->ops[0]->constant.bits[0];
	}
	if (e->f->stage != AIR_KERNEL) {
		barrier(e, flags & ~2u, false);
		return true;
	}
	if (e->mode == EMIT_LOCKSTEP) {
		return true; // the state machine waited before it came here
	}
	if (simd && e->subgroups) {
		spv_capability(&e->s, SpvCapabilityGroupNonUniform);
		uint32_t semantics = SpvMemorySemanticsAcquireReleaseMask |
			SpvMemorySemanticsWorkgroupMemoryMask | SpvMemorySemanticsUniformMemoryMask;
		DO(ControlBarrier, U32(SpvScopeSubgroup), U32(SpvScopeWorkgroup), U32(semantics));
		return true;
	}
	barrier(e, flags, !simd || e->exchange);
	return true;
}

static bool call_interpolate(struct emit *e, struct air_value *v, const char *op) {
	const uint64_t *set = v->op_count > 0 ? emit_roots_of(e, v->ops[0], 0) : NULL;
	uint32_t var = 0, f = e->t_float, vec4 = spv_vector(&e->s, f, 4);
	for (uint32_t r = 0; set != NULL && r < e->root_count; r++) {
		if (set_has(set, r) && e->roots[r].kind == ROOT_INTERPOLANT) {
			var = var == 0 ? e->roots[r].var : UINT32_MAX;
		}
	}
	if (var == 0 || var == UINT32_MAX || v->type->comp_count > 4) {
		return by_name(e, PVG_SHADER_POINTER, v);
	}
	uint32_t value;
	if (starts(op, "interpolate_center")) {
		value = OP(Load, vec4, var);
	} else {
		spv_capability(&e->s, SpvCapabilityInterpolationFunction);
		if (starts(op, "interpolate_centroid")) {
			value = GLSL(InterpolateAtCentroid, vec4, var);
		} else if (starts(op, "interpolate_sample") && v->op_count > 1) {
			uint32_t index = OP(Bitcast, e->t_int, emit_get(e, v->ops[1])[0].lo);
			value = GLSL(InterpolateAtSample, vec4, var, index);
		} else if (starts(op, "interpolate_offset") && v->op_count > 1 &&
			v->ops[1]->type->comp_count == 2) {
			// From the top left corner there, from the centre here.
			const struct ev *o = emit_get(e, v->ops[1]);
			struct ev shifted[2] = {
				{OP(FSub, f, o[0].lo, F32(0.5f)), 0},
				{OP(FSub, f, o[1].lo, F32(0.5f)), 0},
			};
			value = GLSL(InterpolateAtOffset, vec4, var,
				emit_construct(e, f, shifted, 2));
		} else {
			return by_name(e, PVG_SHADER_INTRINSIC, v);
		}
	}
	struct ev *out = emit_alloc(e, v->type->comp_count);
	for (uint32_t i = 0; i < v->type->comp_count; i++) {
		out[i].lo = emit_extract(e, f, value, i);
	}
	emit_define(e, v, out);
	return true;
}

static bool call_coherent(struct emit *e, struct air_value *v, bool load) {
	// Buffers that are written are declared coherent as a whole.
	if (load && v->op_count >= 1) {
		struct ev *out = emit_alloc(e, v->type->comp_count);
		if (!emit_load(e, v->ops[0], emit_get(e, v->ops[0])[0], 4, v->type, out)) {
			return false;
		}
		emit_define(e, v, out);
		return true;
	}
	if (v->op_count < 2) {
		return by_name(e, PVG_SHADER_SIGNATURE, v);
	}
	bool value_first = v->ops[1]->type->comps[0].kind == AIR_PTR;
	const struct air_value *value = v->ops[value_first ? 0 : 1], *pointer = v->ops[value_first];
	return emit_store(e, pointer, emit_get(e, pointer)[0], 4, value->type, emit_get(e, value));
}

static bool call_air(struct emit *e, struct air_value *v) {
	const char *name = v->callee + 4;
	char op[96];
	size_t n = strcspn(name, ".");
	if (n >= sizeof(op)) {
		return by_name(e, PVG_SHADER_INTRINSIC, v);
	}
	bool fast = starts(name, "fast_");
	memcpy(op, name, n);
	op[n] = '\0';
	const char *base = fast ? op + 5 : op, *rest = name[n] == '.' ? name + n + 1 : "";
	if ((is(op, "wg") || is(op, "threadgroup")) && starts(rest, "barrier")) {
		return call_barrier(e, v, false);
	}
	if ((is(op, "simdgroup") || is(op, "quadgroup")) && starts(rest, "barrier")) {
		return call_barrier(e, v, true);
	}
	if (is(op, "atomic")) {
		return emit_atomic_call(e, v, rest);
	}
	if (is(op, "discard_fragment")) {
		DO(Store, e->discard_var, spv_true(&e->s, true));
		return true;
	}
	if (is(op, "get_read_sampler")) {
		struct ev *out = emit_alloc(e, v->type->comp_count);
		out[0] = (struct ev){U32(0), U32(0)};
		emit_define(e, v, out);
		return true;
	}
	if (is(op, "is_uniform")) {
		// Only ever assumed to be true.
		struct ev *out = emit_alloc(e, v->type->comp_count);
		out[0].lo = spv_true(&e->s, true);
		emit_define(e, v, out);
		return true;
	}
	if (is(op, "get_num_samples")) {
		struct ev *out = emit_alloc(e, v->type->comp_count + 1);
		out[0].lo = e->variant->sample_count > 0 ? U32(e->variant->sample_count) :
			emit_params(e, PVG_PARAMS_DRAW, 2);
		emit_define(e, v, out);
		return true;
	}
	if (starts(op, "interpolate_")) {
		return call_interpolate(e, v, op);
	}
	if (is(op, "pack") || is(op, "unpack")) {
		return emit_pack_call(e, v, op, rest);
	}
	if (is(op, "load") || is(op, "store")) {
		return call_coherent(e, v, is(op, "load"));
	}
	if (starts(op, "simd") || starts(op, "quad_") || is(op, "wait_simdgroup_events") ||
			is(op, "get_null_simdgroup_event")) {
		return emit_simd_call(e, v, op);
	}
	if (strstr(op, "_texture_") != NULL || strstr(op, "_depth_") != NULL) {
		return emit_texture_call(e, v, op, rest);
	}
	if (emit_math_call(e, v, base, rest, fast)) {
		return true;
	}
	return e->status->reason == PVG_SHADER_OK ? refuse_known(e, v, op) : false;
}

bool emit_call(struct emit *e, struct air_value *v) {
	// Functions work on components, which parts of a wide integer are not.
	bool wide = v->type->wide;
	for (uint32_t i = 0; i < v->op_count; i++) {
		wide |= v->ops[i]->type->wide;
	}
	if (wide) {
		return by_name(e, PVG_SHADER_SIGNATURE, v);
	}
	if (strstr(v->callee, ".MTL_CONTROL_POINT_FN") != NULL) {
		return emit_control_point(e, v);
	}
	if (starts(v->callee, "air.")) {
		return call_air(e, v);
	}
	if (starts(v->callee, "llvm.mem")) {
		return emit_memory_call(e, v);
	}
	if (starts(v->callee, "llvm.")) {
		char op[48];
		const char *name = v->callee + 5;
		// The types at the end are not needed; "umul.with.overflow" and "vector.reduce.add"
		// are names.
		size_t n = strcspn(name, ".");
		if (starts(name, "vector.reduce.")) {
			n = 14 + strcspn(name + 14, ".");
		} else if (strstr(name, ".sat.") != NULL) {
			n = (size_t)(strstr(name, ".sat.") - name) + 4;
		} else if (starts(name, "is.fpclass")) {
			n = 10;
		} else if (starts(name, "arithmetic.fence")) {
			n = 16;
		} else if (strstr(name, ".with.overflow.") != NULL) {
			n = (size_t)(strstr(name, ".with.overflow.") - name) + 14;
		}
		if (n < sizeof(op)) {
			memcpy(op, name, n);
			op[n] = '\0';
			if (is(op, "trap")) {
				return true;
			}
			if (emit_math_call(e, v, op, "llvm", false)) {
				return true;
			}
		}
	}
	return e->status->reason != PVG_SHADER_OK ? false : by_name(e, PVG_SHADER_INTRINSIC, v);
}
