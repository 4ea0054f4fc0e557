// SPDX-License-Identifier: GPL-2.0-or-later
#include "emit-private.h"

#include "link.h"

/* What the entry point returns (spec 05 §3.5, §5.6). */

static uint32_t to_interface(struct emit *e, uint8_t value_class, uint8_t kind, struct ev v) {
	if (value_class == PVG_CLASS_FLOAT) {
		return v.lo;
	}
	bool is_signed = value_class == PVG_CLASS_SINT;
	uint32_t id = emit_convert(e, kind, is_signed, AIR_I32, is_signed, v).lo;
	return is_signed ? OP(Bitcast, e->t_int, id) : id;
}

static struct pvg_reflection_output *add_output(struct emit *e, enum pvg_output_kind kind,
		const struct air_param *o) {
	// Every return writes the outputs; they are described once.
	for (uint32_t i = 0; i < e->r->output_count; i++) {
		struct pvg_reflection_output *r = &e->r->outputs[i];
		if (r->kind == kind && (kind != PVG_OUTPUT_COLOR ||
				(r->location == o->location && r->dual_source == o->dual_source))) {
			return r;
		}
	}
	if (e->r->output_count == PVG_REFLECTION_OUTPUTS) {
		pvg_shader_refuse(e->status, PVG_SHADER_OUTPUT, "too many outputs");
		return &e->r->outputs[0];
	}
	struct pvg_reflection_output *r = &e->r->outputs[e->r->output_count++];
	*r = (struct pvg_reflection_output){
		.kind = (uint8_t)kind, .components = (uint8_t)o->type->comp_count,
		.value_class = kind == PVG_OUTPUT_COLOR ? emit_param_class(o) : PVG_CLASS_FLOAT,
	};
	return r;
}

static uint32_t builtin_output(struct emit *e, uint32_t slot, uint32_t builtin_id, uint32_t type) {
	uint32_t *var = &e->builtin_vars[slot];
	if (*var == 0) {
		*var = spv_variable(&e->s, SpvStorageClassOutput, type, 0);
		spv_decorate(&e->s, *var, SpvDecorationBuiltIn, &builtin_id, 1);
	}
	return *var;
}

/* The alpha test of OpenGL-class guests: MTLCompareFunction against a word of the parameters. */
static uint32_t alpha_passes(struct emit *e, uint32_t alpha) {
	static const enum air_predicate predicates[] = {
		AIR_F_FALSE,
		AIR_F_OLT,
		AIR_F_OEQ,
		AIR_F_OLE,
		AIR_F_OGT,
		AIR_F_UNE,
		AIR_F_OGE,
		AIR_F_TRUE,
	};
	struct ev a = {alpha, 0};
	struct ev b = {OP(Bitcast, e->t_float, emit_params(e, PVG_PARAMS_GRID, 3)), 0};
	return emit_compare(e, predicates[(e->variant->alpha_test - 1) & 7], AIR_F32, a, b);
}

static bool color_output(struct emit *e, const struct air_param *o, const struct ev *v) {
	uint8_t value_class = emit_param_class(o);
	uint32_t n = o->type->comp_count, scalar = emit_class_type(e, value_class);
	if (o->location > 7 || o->dual_source > 1 || n > 4 || n == 0 ||
		(o->dual_source && o->location)) {
		return pvg_shader_refuse(e->status, PVG_SHADER_OUTPUT, "render target %u.%u",
			o->location, o->dual_source);
	}
	struct pvg_reflection_output *r = add_output(e, PVG_OUTPUT_COLOR, o);
	r->location = (uint8_t)o->location;
	r->dual_source = (uint8_t)o->dual_source;
	uint32_t *var = &e->builtin_vars[(o->dual_source ? 40u : 32u) + o->location];
	uint32_t vec4 = spv_vector(&e->s, scalar, 4);
	if (*var == 0) {
		char name[16] = "color_0";
		name[6] = (char)('0' + o->location);
		if (o->dual_source) {
			name[5] = 'b';
		}
		*var = emit_interface_variable(e, SpvStorageClassOutput, vec4, o->location, name);
		if (o->dual_source) {
			uint32_t one = 1;
			spv_decorate(&e->s, *var, SpvDecorationIndex, &one, 1);
		}
	}
	uint32_t ids[4];
	for (uint32_t i = 0; i < 4; i++) {
		struct ev last = value_class == PVG_CLASS_FLOAT
			? (struct ev){F32(i == 3 ? 1 : 0), 0}
			: (struct ev){U32(i == 3 ? 1 : 0), 0};
		uint8_t kind = i < n                     ? o->type->comps[i].kind
			: value_class == PVG_CLASS_FLOAT ? AIR_F32
							 : AIR_I32;
		ids[i] = to_interface(e, value_class, kind, i < n ? v[i] : last);
	}
	if (o->location == 0 && !o->dual_source && value_class == PVG_CLASS_FLOAT) {
		if (e->variant->alpha_test != 0) {
			uint32_t merge = emit_if(e, emit_not(e, alpha_passes(e, ids[3])));
			spv_do(&e->s, SpvOpKill, NULL, 0);
			spv_label(&e->s, merge);
		}
		ids[3] = e->variant->features & PVG_FEATURE_ALPHA_TO_ONE ? F32(1) : ids[3];
	}
	if (e->variant->swap_mask >> o->location & 1) {
		uint32_t red = ids[0];
		ids[0] = ids[2];
		ids[2] = red;
	}
	DO(Store, *var, OP(CompositeConstruct, vec4, ids[0], ids[1], ids[2], ids[3]));
	return true;
}

static bool position_output(struct emit *e, const struct air_param *o, const struct ev *v) {
	uint32_t f = e->t_float, vec4 = spv_vector(&e->s, f, 4);
	if (o->type->comp_count != 4) {
		return pvg_shader_refuse(e->status, PVG_SHADER_OUTPUT, "position");
	}
	bool fresh = e->builtin_vars[48] == 0;
	uint32_t var = builtin_output(e, 48, SpvBuiltInPosition, vec4);
	if (fresh && o->invariant) {
		spv_decorate(&e->s, var, SpvDecorationInvariant, NULL, 0);
	}
	uint32_t y = v[1].lo, z = v[2].lo;
	if (e->variant->features & PVG_FEATURE_Y_FLIP) {
		y = OP(FNegate, f, y);
	}
	if (e->variant->features & PVG_FEATURE_DEPTH_REMAP) {
		z = OP(FSub, f, OP(FAdd, f, z, z), v[3].lo);
	}
	DO(Store, var, OP(CompositeConstruct, vec4, v[0].lo, y, z, v[3].lo));
	add_output(e, PVG_OUTPUT_POSITION, o);
	return true;
}

static bool varying_output(struct emit *e, const struct air_param *o, const struct ev *v,
		uint32_t *seen) {
	uint32_t n = o->type->comp_count, location = (*seen)++;
	uint8_t value_class = emit_param_class(o);
	bool flat = value_class != PVG_CLASS_FLOAT;
	if (n == 0 || n > 4 || location >= 32) {
		return pvg_shader_refuse(e->status, PVG_SHADER_OUTPUT, "varying %s", o->semantic);
	}
	uint32_t scalar = emit_class_type(e, value_class), type = spv_vector(&e->s, scalar, n);
	// One variable however many returns there are; the slot remembers it.
	struct pvg_reflection *r = e->r;
	if (r->varying_count <= location) {
		char name[PVG_REFLECTION_NAME_BYTES];
		char key[PVG_REFLECTION_NAME_BYTES];
		pvg_varying_key(o->semantic, key);
		pvg_varying_name(key, name);
		uint32_t var = emit_interface_variable(e, SpvStorageClassOutput, type,
			e->gles ? UINT32_MAX : location, name);
		if (flat) {
			spv_decorate(&e->s, var, SpvDecorationFlat, NULL, 0);
		}
		if (!emit_add_varying(e, o, location, flat)) {
			return false;
		}
		e->output_vars[location] = var;
	}
	uint32_t ids[4];
	for (uint32_t i = 0; i < n; i++) {
		ids[i] = to_interface(e, value_class, o->type->comps[i].kind, v[i]);
	}
	uint32_t value = n == 1 ? ids[0] : spv_op(&e->s, SpvOpCompositeConstruct, type, ids, n);
	DO(Store, e->output_vars[location], value);
	return true;
}

static bool clip_output(struct emit *e, const struct air_param *o, const struct ev *v) {
	uint32_t n = o->type->comp_count;
	if (n == 0 || n > 8) {
		return pvg_shader_refuse(e->status, PVG_SHADER_OUTPUT, "%u clip distances", n);
	}
	spv_capability(&e->s, SpvCapabilityClipDistance);
	uint32_t var = builtin_output(e, 58, SpvBuiltInClipDistance,
		spv_array(&e->s, e->t_float, n, 0));
	uint32_t pointer = spv_pointer(&e->s, SpvStorageClassOutput, e->t_float);
	for (uint32_t i = 0; i < n; i++) {
		DO(Store, OP(AccessChain, pointer, var, U32(i)), v[i].lo);
	}
	add_output(e, PVG_OUTPUT_CLIP_DISTANCE, o);
	return true;
}

static bool layer_output(struct emit *e, const struct air_param *o, const struct ev *v) {
	bool layer = o->role == AIR_ROLE_LAYER;
	uint32_t known;
	if (spv_is_u32(&e->s, v[0].lo, &known) && known == 0) {
		return true; // what happens without it
	}
	if (e->gles || !(e->variant->features & PVG_FEATURE_LAYER)) {
		// The vertex stage of GLES cannot: a geometry shader passes the value on.
		if (e->gles) {
			struct air_param copy = *o;
			copy.semantic = layer ? "pvg(layer)" : "pvg(viewport)";
			copy.type_name = "uint";
			add_output(e, layer ? PVG_OUTPUT_LAYER : PVG_OUTPUT_VIEWPORT, o);
			return varying_output(e, &copy, v, &e->varyings_seen);
		}
		return pvg_shader_refuse(e->status, PVG_SHADER_TARGET_STAGE,
			"%s in the vertex stage", layer ? "layer" : "viewport index");
	}
	spv_capability(&e->s, SpvCapabilityShaderViewportIndexLayerEXT);
	spv_extension(&e->s, "SPV_EXT_shader_viewport_index_layer");
	uint32_t var = builtin_output(e, layer ? 59 : 60, layer ? SpvBuiltInLayer :
		SpvBuiltInViewportIndex, e->t_int);
	uint32_t value = emit_convert(e, o->type->comps[0].kind, false, AIR_I32, false, v[0]).lo;
	DO(Store, var, OP(Bitcast, e->t_int, value));
	add_output(e, layer ? PVG_OUTPUT_LAYER : PVG_OUTPUT_VIEWPORT, o);
	return true;
}

static bool depth_output(struct emit *e, const struct air_param *o, const struct ev *v) {
	if (e->builtin_vars[61] == 0) {
		spv_raw(&e->s, &e->s.modes, SpvOpExecutionMode,
			SPV_ARGS(e->main_id, SpvExecutionModeDepthReplacing));
		if (o->depth_qualifier > 0 && !e->gles) {
			spv_raw(&e->s, &e->s.modes, SpvOpExecutionMode,
				SPV_ARGS(e->main_id,
					o->depth_qualifier == 1 ? SpvExecutionModeDepthLess
								: SpvExecutionModeDepthGreater));
		}
	}
	DO(Store, builtin_output(e, 61, SpvBuiltInFragDepth, e->t_float), v[0].lo);
	add_output(e, PVG_OUTPUT_DEPTH, o);
	return true;
}

static bool stencil_output(struct emit *e, const struct air_param *o, const struct ev *v) {
	if (e->gles) {
		return pvg_shader_refuse(e->status, PVG_SHADER_TARGET_STAGE, "stencil output");
	}
	if (e->builtin_vars[62] == 0) {
		spv_capability(&e->s, SpvCapabilityStencilExportEXT);
		spv_extension(&e->s, "SPV_EXT_shader_stencil_export");
		spv_raw(&e->s, &e->s.modes, SpvOpExecutionMode,
			SPV_ARGS(e->main_id, SpvExecutionModeStencilRefReplacingEXT));
	}
	uint32_t value = emit_convert(e, o->type->comps[0].kind, false, AIR_I32, false, v[0]).lo;
	DO(Store, builtin_output(e, 62, SpvBuiltInFragStencilRefEXT, e->t_int),
		OP(Bitcast, e->t_int, value));
	add_output(e, PVG_OUTPUT_STENCIL, o);
	return true;
}

static bool mask_output(struct emit *e, const struct air_param *o, const struct ev *v) {
	uint32_t var =
		builtin_output(e, 63, SpvBuiltInSampleMask, spv_array(&e->s, e->t_int, 1, 0));
	uint32_t pointer = spv_pointer(&e->s, SpvStorageClassOutput, e->t_int);
	uint32_t value = emit_convert(e, o->type->comps[0].kind, false, AIR_I32, false, v[0]).lo;
	DO(Store, OP(AccessChain, pointer, var, U32(0)), OP(Bitcast, e->t_int, value));
	add_output(e, PVG_OUTPUT_SAMPLE_MASK, o);
	return true;
}

static bool write_output(struct emit *e, const struct air_param *o, const struct ev *v) {
	switch (o->role) {
	case AIR_ROLE_RENDER_TARGET:
		return color_output(e, o, v);
	case AIR_ROLE_POSITION:
		return position_output(e, o, v);
	case AIR_ROLE_VERTEX_OUTPUT:
		return varying_output(e, o, v, &e->varyings_seen);
	case AIR_ROLE_CLIP_DISTANCE:
		return clip_output(e, o, v);
	case AIR_ROLE_LAYER:
	case AIR_ROLE_VIEWPORT:
		return layer_output(e, o, v);
	case AIR_ROLE_POINT_SIZE:
		DO(Store, builtin_output(e, 57, SpvBuiltInPointSize, e->t_float), v[0].lo);
		add_output(e, PVG_OUTPUT_POINT_SIZE, o);
		return true;
	case AIR_ROLE_DEPTH:
		return depth_output(e, o, v);
	case AIR_ROLE_STENCIL:
		return stencil_output(e, o, v);
	case AIR_ROLE_SAMPLE_MASK:
		return mask_output(e, o, v);
	default:
		return true; // turned off by a function constant
	}
}

bool emit_return(struct emit *e, const struct air_value *result) {
	if (e->discard_var != 0) {
		uint32_t merge = emit_if(e, OP(Load, e->t_bool, e->discard_var));
		spv_do(&e->s, SpvOpKill, NULL, 0);
		spv_label(&e->s, merge);
	}
	const struct ev *v = result != NULL ? emit_get(e, result) : NULL;
	e->varyings_seen = 0;
	bool point_size = false;
	for (uint32_t i = 0; i < e->f->output_count; i++) {
		const struct air_param *o = &e->f->outputs[i];
		point_size |= o->role == AIR_ROLE_POINT_SIZE;
		if (v == NULL || !write_output(e, o, v + o->first_comp)) {
			return pvg_shader_refuse(e->status, PVG_SHADER_OUTPUT,
				"output without a value");
		}
	}
	if (e->f->stage == AIR_VERTEX && !point_size &&
			(e->variant->features & PVG_FEATURE_POINT_SIZE)) {
		DO(Store, builtin_output(e, 57, SpvBuiltInPointSize, e->t_float), F32(1));
	}
	spv_do(&e->s, SpvOpReturn, NULL, 0);
	return true;
}
