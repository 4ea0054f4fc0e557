// SPDX-License-Identifier: GPL-2.0-or-later
#include "emit-private.h"

#include "link.h"

/* Arguments, built-ins, outputs (spec 05 §3.4, §3.5, §5.6, §5.8, §5.9). */

enum input_var {
	IN_VERTEX, IN_INSTANCE, IN_FRAG_COORD, IN_FRONT_FACING, IN_POINT_COORD, IN_SAMPLE_ID,
	IN_SAMPLE_MASK, IN_PRIMITIVE, IN_LAYER, IN_VIEWPORT, IN_LOCAL_ID, IN_GROUP_ID, IN_GROUPS,
	IN_LOCAL_INDEX, IN_SUBGROUP_LANE, IN_SUBGROUP_ID, IN_TESS_COORD, IN_PATCH_INSTANCE,
};

uint32_t emit_add_slot(struct emit *e, struct pvg_reflection_slot slot) {
	if (e->r->slot_count == PVG_REFLECTION_SLOTS) {
		pvg_shader_refuse(e->status, PVG_SHADER_LIMIT_TEXTURES, "more than %u resources",
			PVG_REFLECTION_SLOTS);
		return 0;
	}
	e->r->slots[e->r->slot_count] = slot;
	return e->r->slot_count++;
}

static uint32_t input(struct emit *e, enum input_var which, uint32_t builtin, uint32_t type) {
	if (e->builtin_vars[which] == 0) {
		uint32_t var = spv_variable(&e->s, SpvStorageClassInput, type, 0);
		spv_decorate(&e->s, var, SpvDecorationBuiltIn, &builtin, 1);
		bool is_int = type != e->t_float && type != e->t_bool;
		if (e->f->stage == AIR_FRAGMENT && is_int && which != IN_FRAG_COORD &&
				which != IN_POINT_COORD) {
			spv_decorate(&e->s, var, SpvDecorationFlat, NULL, 0);
		}
		e->builtin_vars[which] = var;
	}
	return OP(Load, type, e->builtin_vars[which]);
}

static uint32_t uvec3(struct emit *e) {
	return spv_vector(&e->s, e->t_uint, 3);
}

/* One word of the parameter block (reflect.h). */
uint32_t emit_params(struct emit *e, uint32_t index, uint32_t comp) {
	uint32_t uvec4 = spv_vector(&e->s, e->t_uint, 4);
	if (e->params_var == 0) {
		uint32_t stride = 16, zero = 0;
		uint32_t array = spv_array(&e->s, uvec4, PVG_PARAMS_COUNT, stride);
		uint32_t block = spv_id(&e->s);
		spv_raw(&e->s, &e->s.globals, SpvOpTypeStruct, SPV_ARGS(block, array));
		spv_decorate(&e->s, block, SpvDecorationBlock, NULL, 0);
		spv_member_decorate(&e->s, block, 0, SpvDecorationOffset, &zero, 1);
		spv_name(&e->s, block, "pvg_params");
		e->params_var = spv_variable(&e->s, SpvStorageClassUniform, block, 0);
		spv_name(&e->s, e->params_var, "pvg");
		uint32_t set = e->f->stage == AIR_FRAGMENT, binding = e->next_binding++;
		spv_decorate(&e->s, e->params_var, SpvDecorationDescriptorSet, &set, 1);
		spv_decorate(&e->s, e->params_var, SpvDecorationBinding, &binding, 1);
		e->r->flags |= PVG_REFLECT_PARAMS;
		e->r->params_binding = binding;
	}
	uint32_t pointer = spv_pointer(&e->s, SpvStorageClassUniform, e->t_uint);
	return OP(Load, e->t_uint,
		OP(AccessChain, pointer, e->params_var, U32(0), U32(index), U32(comp)));
}

/* Where a buffer starts in its block (reflect.h). */
uint32_t emit_buffer_base(struct emit *e, const struct root *root) {
	bool offset = e->variant->features & PVG_FEATURE_BUFFER_OFFSETS && !root->uniform;
	return offset || root->packed ? emit_params(e, PVG_PARAMS_BUFFERS + root->location, 0) :
		U32(0);
}

uint32_t emit_local_index(struct emit *e) {
	return input(e, IN_LOCAL_INDEX, SpvBuiltInLocalInvocationIndex, e->t_uint);
}

uint32_t emit_lane(struct emit *e) {
	if (!e->subgroups && e->f->stage != AIR_KERNEL) {
		pvg_shader_refuse(e->status, PVG_SHADER_TARGET_STAGE,
			"simd groups outside a kernel");
		return U32(0);
	}
	if (e->subgroups) {
		spv_capability(&e->s, SpvCapabilityGroupNonUniform);
		e->r->flags |= PVG_REFLECT_SUBGROUP_32;
		return input(e, IN_SUBGROUP_LANE, SpvBuiltInSubgroupLocalInvocationId, e->t_uint);
	}
	return OP(BitwiseAnd, e->t_uint, emit_local_index(e), U32(31));
}

/* Components of a vector input. */
static uint32_t spread(struct emit *e, uint32_t scalar, uint32_t id, uint32_t n, uint32_t *out) {
	for (uint32_t i = 0; i < n; i++) {
		out[i] = emit_extract(e, scalar, id, i);
	}
	return n;
}

/* The raw components of a built-in: uints, floats or one bool. Returns how many. */
uint32_t emit_builtin(struct emit *e, enum air_builtin which, uint32_t out[4]) {
	uint32_t u = e->t_uint, threads = e->local_count;
	const uint32_t *size = e->variant->local_size;
	switch (which) {
	case AIR_BI_VERTEX_ID:
		// gl_VertexID and VertexIndex both include the base vertex, as Metal's does.
		out[0] = OP(Bitcast, u, input(e, IN_VERTEX,
			e->gles ? SpvBuiltInVertexId : SpvBuiltInVertexIndex, e->t_int));
		return 1;
	case AIR_BI_INSTANCE_ID:
		if (e->f->patch != PVG_PATCH_NONE) {
			// Known to the stages in front only, which pass it on with the base added.
			uint32_t *var = &e->builtin_vars[IN_PATCH_INSTANCE];
			if (*var == 0) {
				*var = emit_interface_variable(e, SpvStorageClassInput, u,
					e->gles ? UINT32_MAX : 22, "pvg_instance");
				spv_decorate(&e->s, *var, SpvDecorationPatch, NULL, 0);
				e->r->flags |= PVG_REFLECT_PATCH_INSTANCE;
			}
			out[0] = OP(Load, u, *var);
			return 1;
		}
		out[0] = OP(Bitcast, u, input(e, IN_INSTANCE,
			e->gles ? SpvBuiltInInstanceId : SpvBuiltInInstanceIndex, e->t_int));
		if (e->gles) {
			// gl_InstanceID starts at 0 whatever the base.
			out[0] = OP(IAdd, u, out[0], emit_params(e, PVG_PARAMS_DRAW, 1));
		}
		return 1;
	case AIR_BI_BASE_VERTEX:
		out[0] = emit_params(e, PVG_PARAMS_DRAW, 0);
		return 1;
	case AIR_BI_BASE_INSTANCE:
		out[0] = emit_params(e, PVG_PARAMS_DRAW, 1);
		return 1;
	case AIR_BI_AMPLIFICATION_ID:
		out[0] = U32(0);
		return 1;
	case AIR_BI_AMPLIFICATION_COUNT:
		out[0] = U32(1);
		return 1;
	case AIR_BI_FRAG_COORD:
		return spread(e, e->t_float, input(e, IN_FRAG_COORD, SpvBuiltInFragCoord,
			spv_vector(&e->s, e->t_float, 4)), 4, out);
	case AIR_BI_FRONT_FACING:
		out[0] = input(e, IN_FRONT_FACING, SpvBuiltInFrontFacing, e->t_bool);
		return 1;
	case AIR_BI_POINT_COORD:
		spread(e, e->t_float, input(e, IN_POINT_COORD, SpvBuiltInPointCoord,
			spv_vector(&e->s, e->t_float, 2)), 2, out);
		if (e->gles) {
			// Runs against the rows of pictures whose first row is the top (spec 05
			// §5.6).
			out[1] = OP(FSub, e->t_float, F32(1), out[1]);
		}
		return 2;
	case AIR_BI_SAMPLE_ID:
		spv_capability(&e->s, SpvCapabilitySampleRateShading);
		e->r->flags |= PVG_REFLECT_SAMPLE_RATE;
		out[0] = OP(Bitcast, u, input(e, IN_SAMPLE_ID, SpvBuiltInSampleId, e->t_int));
		return 1;
	case AIR_BI_SAMPLE_MASK_IN: {
		uint32_t array = spv_array(&e->s, e->t_int, 1, 0);
		input(e, IN_SAMPLE_MASK, SpvBuiltInSampleMask, array);
		uint32_t pointer = spv_pointer(&e->s, SpvStorageClassInput, e->t_int);
		out[0] = OP(Bitcast, u, OP(Load, e->t_int,
			OP(AccessChain, pointer, e->builtin_vars[IN_SAMPLE_MASK], U32(0))));
		return 1;
	}
	case AIR_BI_PRIMITIVE_ID:
		spv_capability(&e->s, SpvCapabilityGeometry);
		out[0] = OP(Bitcast, u, input(e, IN_PRIMITIVE, SpvBuiltInPrimitiveId, e->t_int));
		return 1;
	case AIR_BI_LAYER_IN:
		spv_capability(&e->s, SpvCapabilityGeometry);
		out[0] = OP(Bitcast, u, input(e, IN_LAYER, SpvBuiltInLayer, e->t_int));
		return 1;
	case AIR_BI_VIEWPORT_IN:
		if (e->gles) {
			out[0] = U32(0); // GLES has one viewport
			return 1;
		}
		spv_capability(&e->s, SpvCapabilityMultiViewport);
		out[0] = OP(Bitcast, u, input(e, IN_VIEWPORT, SpvBuiltInViewportIndex, e->t_int));
		return 1;
	case AIR_BI_THREAD_POSITION_IN_GRID: {
		// Written out, so that the local size of the variant is what counts.
		uint32_t group[3], local[3];
		spread(e, u, input(e, IN_GROUP_ID, SpvBuiltInWorkgroupId, uvec3(e)), 3, group);
		spread(e, u, input(e, IN_LOCAL_ID, SpvBuiltInLocalInvocationId, uvec3(e)), 3,
			local);
		for (uint32_t i = 0; i < 3; i++) {
			out[i] = OP(IAdd, u, OP(IMul, u, group[i], U32(size[i])), local[i]);
		}
		return 3;
	}
	case AIR_BI_THREADGROUP_POSITION_IN_GRID:
		return spread(e, u, input(e, IN_GROUP_ID, SpvBuiltInWorkgroupId, uvec3(e)), 3, out);
	case AIR_BI_THREAD_POSITION_IN_THREADGROUP:
		return spread(e, u, input(e, IN_LOCAL_ID, SpvBuiltInLocalInvocationId, uvec3(e)), 3,
			out);
	case AIR_BI_THREAD_INDEX_IN_THREADGROUP:
		out[0] = emit_local_index(e);
		return 1;
	case AIR_BI_THREADS_PER_THREADGROUP:
		for (uint32_t i = 0; i < 3; i++) {
			out[i] = U32(size[i]);
		}
		return 3;
	case AIR_BI_THREADGROUPS_PER_GRID:
		return spread(e, u, input(e, IN_GROUPS, SpvBuiltInNumWorkgroups, uvec3(e)), 3, out);
	case AIR_BI_THREADS_PER_GRID:
		for (uint32_t i = 0; i < 3; i++) {
			out[i] = emit_params(e, PVG_PARAMS_GRID, i);
		}
		return 3;
	case AIR_BI_THREAD_INDEX_IN_SIMDGROUP:
		out[0] = emit_lane(e);
		return 1;
	case AIR_BI_SIMDGROUP_INDEX:
		if (e->subgroups) {
			spv_capability(&e->s, SpvCapabilityGroupNonUniform);
			e->r->flags |= PVG_REFLECT_SUBGROUP_32;
			out[0] = input(e, IN_SUBGROUP_ID, SpvBuiltInSubgroupId, u);
		} else {
			out[0] = OP(ShiftRightLogical, u, emit_local_index(e), U32(5));
		}
		return 1;
	case AIR_BI_THREADS_PER_SIMDGROUP:
		out[0] = U32(32);
		return 1;
	case AIR_BI_SIMDGROUPS_PER_THREADGROUP:
		out[0] = U32((threads + 31) / 32);
		return 1;
	case AIR_BI_THREAD_INDEX_IN_QUADGROUP:
		out[0] = OP(BitwiseAnd, u, emit_lane(e), U32(3));
		return 1;
	case AIR_BI_QUADGROUP_INDEX:
		out[0] = OP(ShiftRightLogical, u, emit_local_index(e), U32(2));
		return 1;
	case AIR_BI_QUADGROUPS_PER_THREADGROUP:
		out[0] = U32((threads + 3) / 4);
		return 1;
	case AIR_BI_THREADS_PER_QUADGROUP:
		out[0] = U32(4);
		return 1;
	case AIR_BI_PATCH_ID:
		spv_capability(&e->s, SpvCapabilityTessellation);
		out[0] = OP(Bitcast, u, input(e, IN_PRIMITIVE, SpvBuiltInPrimitiveId, e->t_int));
		out[0] = OP(IAdd, u, out[0], emit_params(e, PVG_PARAMS_DRAW, 3));
		return 1;
	case AIR_BI_POSITION_IN_PATCH:
		spread(e, e->t_float, input(e, IN_TESS_COORD, SpvBuiltInTessCoord,
			spv_vector(&e->s, e->t_float, 3)), 3, out);
		return 3;
	case AIR_BI_STAGE_IN_ORIGIN:
	case AIR_BI_STAGE_IN_SIZE:
		for (uint32_t i = 0; i < 3; i++) {
			out[i] = emit_params(e,
				PVG_PARAMS_STAGE_IN + (which == AIR_BI_STAGE_IN_SIZE ? 1 : 0), i);
		}
		return 3;
	case AIR_BI_COUNT:
		break;
	}
	return 0;
}

/* The same role comes as scalar or vector, 16 or 32 bits wide: convert from the built-in. */
static bool builtin_argument(struct emit *e, const struct air_param *a, struct ev *out) {
	uint32_t raw[4];
	uint32_t n = emit_builtin(e, a->builtin, raw);
	if (a->type->comp_count > n) {
		return pvg_shader_refuse(e->status, PVG_SHADER_ARGUMENT, "%s has %u components",
			a->name, a->type->comp_count);
	}
	bool kernel = a->builtin >= AIR_BI_THREAD_POSITION_IN_GRID &&
		a->builtin <= AIR_BI_THREADS_PER_QUADGROUP &&
		a->builtin != AIR_BI_THREAD_INDEX_IN_SIMDGROUP &&
		a->builtin != AIR_BI_THREADS_PER_SIMDGROUP &&
		a->builtin != AIR_BI_THREAD_INDEX_IN_QUADGROUP;
	if (kernel && e->f->stage != AIR_KERNEL) {
		return pvg_shader_refuse(e->status, PVG_SHADER_ARGUMENT, "%s outside a kernel",
			a->name);
	}
	bool is_float = a->builtin == AIR_BI_FRAG_COORD || a->builtin == AIR_BI_POINT_COORD ||
		a->builtin == AIR_BI_POSITION_IN_PATCH;
	uint8_t kind = is_float ? AIR_F32 : a->builtin == AIR_BI_FRONT_FACING ? AIR_BOOL : AIR_I32;
	for (uint32_t i = 0; i < a->type->comp_count; i++) {
		out[i] = emit_convert(e, kind, false, a->type->comps[i].kind, false,
			(struct ev){raw[i], 0});
	}
	return true;
}

/* What a type name says about the numbers: "uchar4" is unsigned, "half3" float. */
uint8_t emit_class_of(const char *type_name) {
	if (strncmp(type_name, "half", 4) == 0 || strncmp(type_name, "float", 5) == 0 ||
		strncmp(type_name, "bfloat", 6) == 0 ||
		strncmp(type_name, "packed_float", 12) == 0 ||
		strncmp(type_name, "packed_half", 11) == 0) {
		return PVG_CLASS_FLOAT;
	}
	bool is_unsigned = type_name[0] == 'u' || strncmp(type_name, "bool", 4) == 0;
	return is_unsigned ? PVG_CLASS_UINT : PVG_CLASS_SINT;
}

uint8_t emit_param_class(const struct air_param *a) {
	uint8_t kind = a->type->comp_count > 0 ? a->type->comps[0].kind : AIR_F32;
	if (kind == AIR_F32 || kind == AIR_F16 || kind == AIR_BF16) {
		return PVG_CLASS_FLOAT;
	}
	uint8_t by_name = emit_class_of(a->type_name);
	return by_name == PVG_CLASS_FLOAT ? PVG_CLASS_UINT : by_name;
}

uint32_t emit_class_type(struct emit *e, uint8_t value_class) {
	return value_class == PVG_CLASS_FLOAT   ? e->t_float
		: value_class == PVG_CLASS_SINT ? e->t_int
						: e->t_uint;
}

/* From an interface variable's component to the argument's kind, and back. */
struct ev emit_from_interface(struct emit *e, uint8_t value_class, uint8_t kind, uint32_t id) {
	if (value_class == PVG_CLASS_FLOAT) {
		return (struct ev){id, 0};
	}
	id = value_class == PVG_CLASS_SINT ? OP(Bitcast, e->t_uint, id) : id;
	return emit_convert(e, AIR_I32, value_class == PVG_CLASS_SINT, kind, false,
		(struct ev){id, 0});
}

uint32_t emit_interface_variable(struct emit *e, uint32_t storage, uint32_t type,
		uint32_t location, const char *name) {
	uint32_t var = spv_variable(&e->s, storage, type, 0);
	if (location != UINT32_MAX) {
		spv_decorate(&e->s, var, SpvDecorationLocation, &location, 1);
	}
	spv_name(&e->s, var, name);
	return var;
}

bool emit_add_varying(struct emit *e, const struct air_param *a, uint32_t location, bool flat) {
	static const uint8_t samplings[] = {
		[AIR_INTERPOLATION_CENTER] = PVG_SAMPLING_CENTER,
		[AIR_INTERPOLATION_CENTROID] = PVG_SAMPLING_CENTROID,
		[AIR_INTERPOLATION_SAMPLE] = PVG_SAMPLING_SAMPLE,
		[AIR_INTERPOLATION_FLAT] = PVG_SAMPLING_CENTER,
	};
	if (e->r->varying_count == PVG_REFLECTION_VARYINGS || a->type->comp_count > 4 ||
			a->type->comp_count == 0) {
		return pvg_shader_refuse(e->status, PVG_SHADER_ARGUMENT, "varying %s", a->semantic);
	}
	struct pvg_reflection_varying *v = &e->r->varyings[e->r->varying_count++];
	pvg_varying_key(a->semantic, v->name);
	v->location = (uint8_t)location;
	v->components = (uint8_t)a->type->comp_count;
	v->value_class = emit_param_class(a);
	v->interpolation = flat ? PVG_INTERPOLATION_FLAT : a->no_perspective ?
		PVG_INTERPOLATION_NO_PERSPECTIVE : PVG_INTERPOLATION_PERSPECTIVE;
	v->sampling = flat ? PVG_SAMPLING_CENTER : samplings[a->interpolation];
	return true;
}

static uint32_t fragment_variable(struct emit *e, const struct air_param *a, uint32_t n,
		uint8_t value_class) {
	bool flat = a->interpolation == AIR_INTERPOLATION_FLAT || value_class != PVG_CLASS_FLOAT;
	char name[PVG_REFLECTION_NAME_BYTES];
	char key[PVG_REFLECTION_NAME_BYTES];
	pvg_varying_key(a->semantic, key);
	pvg_varying_name(key, name);
	uint32_t type = spv_vector(&e->s, emit_class_type(e, value_class), n);
	uint32_t location = e->r->varying_count;
	uint32_t var = emit_interface_variable(e, SpvStorageClassInput, type,
		e->gles ? UINT32_MAX : location, name);
	if (flat) {
		spv_decorate(&e->s, var, SpvDecorationFlat, NULL, 0);
	} else if (a->no_perspective) {
		spv_decorate(&e->s, var, SpvDecorationNoPerspective, NULL, 0);
	}
	if (!flat && a->interpolation == AIR_INTERPOLATION_CENTROID) {
		spv_decorate(&e->s, var, SpvDecorationCentroid, NULL, 0);
	} else if (!flat && a->interpolation == AIR_INTERPOLATION_SAMPLE) {
		spv_capability(&e->s, SpvCapabilitySampleRateShading);
		spv_decorate(&e->s, var, SpvDecorationSample, NULL, 0);
		e->r->flags |= PVG_REFLECT_SAMPLE_RATE;
	}
	emit_add_varying(e, a, location, flat);
	return var;
}

static bool fragment_input(struct emit *e, uint32_t index, struct ev *out) {
	const struct air_param *a = &e->f->args[index];
	if (a->pull_model) {
		struct root *root = &e->roots[e->arg_root[index]];
		struct air_comp comps[4] = {
			{AIR_F32, 0, 0}, {AIR_F32, 0, 4}, {AIR_F32, 0, 8}, {AIR_F32, 0, 12}};
		struct air_type vec4 = {.comp_count = 4, .comps = comps};
		struct air_param copy = *a;
		copy.type = &vec4;
		root->var = fragment_variable(e, &copy, 4, PVG_CLASS_FLOAT);
		out[0] = (struct ev){U32(0), U32(e->arg_root[index])};
		return true;
	}
	uint32_t n = a->type->comp_count;
	uint8_t value_class = emit_param_class(a);
	if (n == 0 || n > 4) {
		return pvg_shader_refuse(e->status, PVG_SHADER_ARGUMENT, "varying %s", a->semantic);
	}
	uint32_t scalar = emit_class_type(e, value_class);
	uint32_t var = fragment_variable(e, a, n, value_class);
	uint32_t value = OP(Load, spv_vector(&e->s, scalar, n), var);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t id = n > 1 ? emit_extract(e, scalar, value, i) : value;
		out[i] = emit_from_interface(e, value_class, a->type->comps[i].kind, id);
	}
	return true;
}

/* From a texture of the attachment's size, at the place of the fragment. */
static uint32_t fetch_from_copy(struct emit *e, uint32_t location, uint8_t value_class) {
	uint32_t scalar = emit_class_type(e, value_class), vec4 = spv_vector(&e->s, scalar, 4);
	bool samples = e->variant->sample_count > 1;
	uint32_t image = spv_type(&e->s, SpvOpTypeImage,
		SPV_ARGS(scalar, SpvDim2D, 0, 0, samples, 1, SpvImageFormatUnknown));
	uint32_t var = spv_variable(&e->s, SpvStorageClassUniformConstant, image, 0);
	uint32_t set = 1, binding = e->next_binding++;
	char name[24] = "color_copy_0";
	name[11] = (char)('0' + location);
	spv_name(&e->s, var, name);
	spv_decorate(&e->s, var, SpvDecorationDescriptorSet, &set, 1);
	spv_decorate(&e->s, var, SpvDecorationBinding, &binding, 1);
	uint32_t place[4], parts[2];
	emit_builtin(e, AIR_BI_FRAG_COORD, place);
	for (uint32_t i = 0; i < 2; i++) {
		parts[i] = OP(ConvertFToS, e->t_int, place[i]);
	}
	uint32_t at = OP(CompositeConstruct, spv_vector(&e->s, e->t_int, 2), parts[0], parts[1]);
	emit_add_slot(e, (struct pvg_reflection_slot){
		.kind = PVG_SLOT_COLOR_INPUT, .metal_index = (uint16_t)location,
		.binding = (uint16_t)binding, .value_class = value_class, .access = PVG_SLOT_READ,
		.flags = PVG_SLOT_COPY, .dim = samples ? PVG_SLOT_DIM_2D_MS : PVG_SLOT_DIM_2D,
	});
	uint32_t texture = OP(Load, image, var);
	if (!samples) {
		uint32_t zero = spv_constant(&e->s, SpvOpConstant, e->t_int, SPV_ARGS(0));
		return OP(ImageFetch, vec4, texture, at, SpvImageOperandsLodMask, zero);
	}
	uint32_t sample[4];
	emit_builtin(e, AIR_BI_SAMPLE_ID, sample);
	return OP(ImageFetch, vec4, texture, at, SpvImageOperandsSampleMask,
		OP(Bitcast, e->t_int, sample[0]));
}

/* The colour that is there already. GLES reads the output itself (glsl.c makes it inout). */
static bool framebuffer_fetch(struct emit *e, const struct air_param *a, struct ev *out) {
	uint8_t value_class = emit_param_class(a);
	uint32_t scalar = emit_class_type(e, value_class), vec4 = spv_vector(&e->s, scalar, 4);
	uint32_t location = a->location, value;
	if (location > 7 || a->type->comp_count > 4) {
		return pvg_shader_refuse(e->status, PVG_SHADER_ARGUMENT, "render target %u",
			location);
	}
	if (e->variant->fetch == PVG_FETCH_COPY) {
		value = fetch_from_copy(e, location, value_class);
	} else if (e->gles) {
		e->r->flags |= PVG_REFLECT_FRAMEBUFFER_FETCH;
		uint32_t *var = &e->builtin_vars[32 + location];
		char name[16] = "color_0";
		name[6] = (char)('0' + location);
		if (*var == 0) {
			*var = emit_interface_variable(e, SpvStorageClassOutput, vec4, location,
				name);
		}
		value = OP(Load, vec4, *var);
		emit_add_slot(e, (struct pvg_reflection_slot){
			.kind = PVG_SLOT_COLOR_INPUT, .metal_index = (uint16_t)location,
			.value_class = value_class, .access = PVG_SLOT_READ,
		});
	} else {
		e->r->flags |= PVG_REFLECT_FRAMEBUFFER_FETCH;
		spv_capability(&e->s, SpvCapabilityInputAttachment);
		uint32_t image = spv_type(&e->s, SpvOpTypeImage,
			SPV_ARGS(scalar, SpvDimSubpassData, 0, 0, 0, 2, SpvImageFormatUnknown));
		uint32_t var = spv_variable(&e->s, SpvStorageClassUniformConstant, image, 0);
		uint32_t set = 1, binding = e->next_binding++;
		spv_decorate(&e->s, var, SpvDecorationDescriptorSet, &set, 1);
		spv_decorate(&e->s, var, SpvDecorationBinding, &binding, 1);
		spv_decorate(&e->s, var, SpvDecorationInputAttachmentIndex, &location, 1);
		uint32_t zero = spv_constant(&e->s, SpvOpConstant, e->t_int, SPV_ARGS(0));
		uint32_t ivec2 = spv_vector(&e->s, e->t_int, 2);
		uint32_t at =
			spv_constant(&e->s, SpvOpConstantComposite, ivec2, SPV_ARGS(zero, zero));
		value = OP(ImageRead, vec4, OP(Load, image, var), at);
		emit_add_slot(e,
			(struct pvg_reflection_slot){
				.kind = PVG_SLOT_COLOR_INPUT,
				.metal_index = (uint16_t)location,
				.binding = (uint16_t)binding,
				.value_class = value_class,
				.access = PVG_SLOT_READ,
			});
	}
	// A copy is a texture, which is put right as any other is.
	bool swap = (e->variant->swap_mask >> location & 1) != 0 &&
		e->variant->fetch != PVG_FETCH_COPY;
	for (uint32_t i = 0; i < a->type->comp_count; i++) {
		uint32_t from = swap && i != 1 && i < 3 ? 2 - i : i;
		out[i] = emit_from_interface(e, value_class, a->type->comps[i].kind,
			emit_extract(e, scalar, value, from));
	}
	return true;
}

static bool argument(struct emit *e, uint32_t index) {
	const struct air_param *a = &e->f->args[index];
	struct ev *out = emit_alloc(e, a->type->comp_count);
	bool ok = true;
	if (air_is_handle_array(a)) {
		bool by_value = a->type->comp_count > 1;
		if (a->location + a->count > (a->role == AIR_ROLE_BUFFER ? 31u : 128u)) {
			return pvg_shader_refuse(e->status, PVG_SHADER_ARGUMENT, "array of %u: %s",
				a->count, a->name);
		}
		for (uint32_t i = 0; i < a->type->comp_count; i++) {
			uint32_t root = e->arg_root[index] + (by_value ? 1 + i : 0);
			out[i] = (struct ev){U32(0), U32(root)};
			if (by_value && a->role == AIR_ROLE_BUFFER) {
				out[i].lo = emit_buffer_base(e, &e->roots[root]);
			}
		}
		e->values[e->f->arg_values[index]->index] = out;
		return true;
	}
	switch (a->role) {
	case AIR_ROLE_BUFFER:
		if (a->space == AIR_SPACE_THREADGROUP) {
			out[0] = (struct ev){U32(e->arg_offset[index]), U32(e->tg_root)};
			break;
		}
		if (a->location > 30) {
			return pvg_shader_refuse(e->status, PVG_SHADER_LIMIT_BUFFERS, "buffer %u",
				a->location);
		}
		// Binds are aligned down to what the target wants; what is over comes with the
		// parameters.
		out[0].lo = emit_buffer_base(e, &e->roots[e->arg_root[index]]);
		out[0].hi = U32(e->arg_root[index]);
		break;
	case AIR_ROLE_TEXTURE:
	case AIR_ROLE_SAMPLER:
		out[0] = (struct ev){U32(0), U32(e->arg_root[index])};
		break;
	case AIR_ROLE_VERTEX_INPUT:
	case AIR_ROLE_PATCH_INPUT:
		ok = emit_vertex_input(e, a, out);
		break;
	case AIR_ROLE_FRAGMENT_INPUT:
		ok = fragment_input(e, index, out);
		break;
	case AIR_ROLE_RENDER_TARGET:
		ok = framebuffer_fetch(e, a, out);
		break;
	case AIR_ROLE_BUILTIN:
		ok = builtin_argument(e, a, out);
		break;
	default:
		// An argument that function constants turned off, or a handle nothing can use.
		for (uint32_t i = 0; i < a->type->comp_count; i++) {
			out[i] = emit_zero(e, a->type->comps[i].kind);
		}
		break;
	}
	e->values[e->f->arg_values[index]->index] = out;
	return ok;
}

static void mark_used(const struct air_function *f, uint8_t *used) {
	for (uint32_t b = 0; b < f->block_count; b++) {
		const struct air_block *block = f->blocks[b];
		for (uint32_t i = 0; i < block->count; i++) {
			for (uint32_t k = 0; k < block->insts[i]->op_count; k++) {
				used[block->insts[i]->ops[k]->index] = 1;
			}
		}
		if (block->condition != NULL) {
			used[block->condition->index] = 1;
		}
		if (block->result != NULL) {
			used[block->result->index] = 1;
		}
	}
}

static void tessellation_modes(struct emit *e) {
	static const uint32_t spacings[] = {
		SpvExecutionModeSpacingEqual, SpvExecutionModeSpacingEqual,
		SpvExecutionModeSpacingFractionalOdd, SpvExecutionModeSpacingFractionalEven,
	};
	const struct pvg_shader_variant *v = e->variant;
	// Metal and Vulkan count v from the top, OpenGL from the bottom: the other way round there.
	bool ccw = (v->tess_winding != 0) != e->gles;
	uint32_t modes[] = {
		e->f->patch == PVG_PATCH_QUAD ? SpvExecutionModeQuads : SpvExecutionModeTriangles,
		spacings[v->tess_partition & 3],
		ccw ? SpvExecutionModeVertexOrderCcw : SpvExecutionModeVertexOrderCw,
	};
	spv_capability(&e->s, SpvCapabilityTessellation);
	for (uint32_t i = 0; i < 3; i++) {
		spv_raw(&e->s, &e->s.modes, SpvOpExecutionMode, SPV_ARGS(e->main_id, modes[i]));
	}
}

bool emit_prologue(struct emit *e) {
	const struct air_function *f = e->f;
	struct pvg_reflection *r = e->r;
	r->magic = PVG_REFLECTION_MAGIC;
	r->version = PVG_REFLECTION_VERSION;
	r->size_bytes = sizeof(*r);
	r->stage = f->patch != PVG_PATCH_NONE ? PVG_STAGE_TESSELLATION : (uint32_t)f->stage;
	r->patch = f->patch;
	r->control_points = f->control_points;
	r->max_threads = f->max_work_group_size < 1u << 20 ? f->max_work_group_size : 1u << 20;
	if (f->stage == AIR_KERNEL) {
		const uint32_t *size = e->variant->local_size;
		e->local_count = size[0] * size[1] * size[2];
		memcpy(r->local_size, size, sizeof(r->local_size));
		r->flags |= PVG_REFLECT_LOCAL_SIZE;
		spv_raw(&e->s, &e->s.modes, SpvOpExecutionMode,
			SPV_ARGS(e->main_id, SpvExecutionModeLocalSize, size[0], size[1], size[2]));
	} else if (f->patch != PVG_PATCH_NONE) {
		tessellation_modes(e);
	} else if (f->stage == AIR_FRAGMENT) {
		spv_raw(&e->s, &e->s.modes, SpvOpExecutionMode,
			SPV_ARGS(e->main_id, SpvExecutionModeOriginUpperLeft));
		if (f->early_fragment_tests) {
			spv_raw(&e->s, &e->s.modes, SpvOpExecutionMode,
				SPV_ARGS(e->main_id, SpvExecutionModeEarlyFragmentTests));
			r->flags |= PVG_REFLECT_EARLY_TESTS;
		}
		if (f->has_discard) {
			e->discard_var = spv_local(&e->s, e->t_bool);
			DO(Store, e->discard_var, spv_true(&e->s, false));
			r->flags |= PVG_REFLECT_DISCARD;
		}
	}
	for (uint32_t i = 0; i < f->constant_count; i++) {
		if (f->constants[i].used && !f->constants[i].supplied) {
			r->flags |= PVG_REFLECT_CONSTANTS;
		}
	}
	uint8_t *used = pvg_arena_alloc(e->arena, f->value_count, 1);
	mark_used(f, used);
	for (uint32_t i = 0; i < f->arg_count; i++) {
		if (used[f->arg_values[i]->index] && !argument(e, i)) {
			return false;
		}
	}
	return e->status->reason == PVG_SHADER_OK;
}
