// SPDX-License-Identifier: GPL-2.0-or-later
#include "emit-private.h"

/*
 * Vertex attributes (spec 05 §5.8, 03 §9.12): fetched by the target, or read from buffers here when
 * the variant describes them. The same for the attributes of control points and patches, and for
 * the
 * stage-in of kernels.
 */

enum packing {
	PLAIN,
	NORMALIZED, // of the integers
	BITS_1010102,
	BITS_BGRA,
	BITS_RG11B10,
	BITS_RGB9E5,
};

struct format {
	uint8_t kind; // enum air_kind of a component in memory, AIR_BOOL: no such format
	uint8_t count;
	bool is_signed;
	uint8_t packing;
};

/* By MTLVertexFormat. */
static const struct format formats[PVG_MAX_VERTEX_FORMAT + 1] = {
	[1] = { AIR_I8, 2, false, PLAIN },
	{ AIR_I8, 3, false, PLAIN },
	{ AIR_I8, 4, false, PLAIN },
	[4] = { AIR_I8, 2, true, PLAIN },
	{ AIR_I8, 3, true, PLAIN },
	{ AIR_I8, 4, true, PLAIN },
	[7] = { AIR_I8, 2, false, NORMALIZED },
	{ AIR_I8, 3, false, NORMALIZED },
	{ AIR_I8, 4, false, NORMALIZED },
	[10] = { AIR_I8, 2, true, NORMALIZED },
	{ AIR_I8, 3, true, NORMALIZED },
	{ AIR_I8, 4, true, NORMALIZED },
	[13] = { AIR_I16, 2, false, PLAIN },
	{ AIR_I16, 3, false, PLAIN },
	{ AIR_I16, 4, false, PLAIN },
	[16] = { AIR_I16, 2, true, PLAIN },
	{ AIR_I16, 3, true, PLAIN },
	{ AIR_I16, 4, true, PLAIN },
	[19] = { AIR_I16, 2, false, NORMALIZED },
	{ AIR_I16, 3, false, NORMALIZED },
	{ AIR_I16, 4, false, NORMALIZED },
	[22] = { AIR_I16, 2, true, NORMALIZED },
	{ AIR_I16, 3, true, NORMALIZED },
	{ AIR_I16, 4, true, NORMALIZED },
	[25] = { AIR_F16, 2, true, PLAIN },
	{ AIR_F16, 3, true, PLAIN },
	{ AIR_F16, 4, true, PLAIN },
	[28] = { AIR_F32, 1, true, PLAIN },
	{ AIR_F32, 2, true, PLAIN },
	{ AIR_F32, 3, true, PLAIN },
	{ AIR_F32, 4, true, PLAIN },
	[32] = { AIR_I32, 1, true, PLAIN },
	{ AIR_I32, 2, true, PLAIN },
	{ AIR_I32, 3, true, PLAIN },
	{ AIR_I32, 4, true, PLAIN },
	[36] = { AIR_I32, 1, false, PLAIN },
	{ AIR_I32, 2, false, PLAIN },
	{ AIR_I32, 3, false, PLAIN },
	{ AIR_I32, 4, false, PLAIN },
	[40] = { AIR_I32, 4, true, BITS_1010102 },
	{ AIR_I32, 4, false, BITS_1010102 },
	{ AIR_I32, 4, false, BITS_BGRA },
	[45] = { AIR_I8, 1, false, PLAIN },
	{ AIR_I8, 1, true, PLAIN },
	{ AIR_I8, 1, false, NORMALIZED },
	{ AIR_I8, 1, true, NORMALIZED },
	[49] = { AIR_I16, 1, false, PLAIN },
	{ AIR_I16, 1, true, PLAIN },
	{ AIR_I16, 1, false, NORMALIZED },
	{ AIR_I16, 1, true, NORMALIZED },
	[53] = { AIR_F16, 1, true, PLAIN },
	{ AIR_I32, 3, false, BITS_RG11B10 },
	{ AIR_I32, 3, false, BITS_RGB9E5 },
};

static const struct pvg_shader_attribute *described(const struct emit *e, uint32_t location) {
	for (uint32_t i = 0; i < e->variant->attribute_count; i++) {
		if (e->variant->attributes[i].location == location) {
			return &e->variant->attributes[i];
		}
	}
	return NULL;
}

/* Roots for the buffers that attributes of the function are read from. */
bool emit_attribute_roots(struct emit *e) {
	const struct air_function *f = e->f;
	for (uint32_t i = 0; i < f->arg_count; i++) {
		const struct air_param *a = &f->args[i];
		bool points = a->role == AIR_ROLE_CONTROL_POINTS;
		for (uint32_t k = 0; k < (points ? a->member_count : 1); k++) {
			if (!points && a->role != AIR_ROLE_VERTEX_INPUT &&
				a->role != AIR_ROLE_PATCH_INPUT) {
				break;
			}
			const struct pvg_shader_attribute *d =
				described(e, points ? a->members[k].location : a->location);
			if (d == NULL) {
				continue;
			}
			if (d->buffer > 30 || d->step >= PVG_STEP_COUNT ||
				d->format > PVG_MAX_VERTEX_FORMAT ||
				formats[d->format].count == 0) {
				return pvg_shader_refuse(e->status, PVG_SHADER_BAD_REQUEST,
					"attribute %u", d->location);
			}
			if (e->attribute_root[d->buffer] == 0) {
				e->roots[e->root_count] = (struct root){
					.kind = ROOT_BUFFER,
					.location = d->buffer,
					.attributes = true,
					.used = true,
					.extent_bytes = UINT32_MAX,
				};
				e->attribute_root[d->buffer] = e->root_count++;
			}
		}
	}
	return true;
}

/* ---- formats ----------------------------------------------------------------------------- */

static uint32_t normalize(struct emit *e, uint32_t word, uint32_t at, uint32_t bits,
		bool is_signed) {
	uint32_t f = e->t_float, u = e->t_uint;
	float scale = (float)((UINT64_C(1) << (is_signed ? bits - 1 : bits)) - 1);
	if (!is_signed) {
		uint32_t part = OP(BitwiseAnd, u, OP(ShiftRightLogical, u, word, U32(at)),
			U32((1u << bits) - 1));
		return OP(FDiv, f, OP(ConvertUToF, f, part), F32(scale));
	}
	uint32_t part = OP(ConvertSToF, f, OP(BitFieldSExtract, u, word, U32(at), U32(bits)));
	return GLSL(FMax, f, OP(FDiv, f, part, F32(scale)), F32(-1));
}

static uint8_t format_class(const struct format *f) {
	bool floats = f->packing != PLAIN || f->kind == AIR_F16 || f->kind == AIR_F32;
	return floats ? PVG_CLASS_FLOAT : f->is_signed ? PVG_CLASS_SINT : PVG_CLASS_UINT;
}

/* The components of an element at an address: floats or sign-extended words. Returns how many. */
static uint32_t read_format(struct emit *e, uint32_t root, uint32_t address, uint32_t align,
		const struct format *f, uint32_t out[4]) {
	bool word = f->packing > NORMALIZED;
	uint32_t n = word ? 1 : f->count, size = air_kind_bytes(f->kind);
	struct air_comp comps[4];
	struct air_type type = {.comp_count = n, .comps = comps, .size_bytes = n * size};
	struct ev raw[4];
	for (uint32_t i = 0; i < n; i++) {
		comps[i] = (struct air_comp){f->kind, 0, i * size};
	}
	emit_load_root(e, root, address, align, &type, raw);
	static const uint8_t shifts[2][4] = {{0, 10, 20, 30}, {16, 8, 0, 24}};
	switch (f->packing) {
	case PLAIN:
	case NORMALIZED:
		for (uint32_t i = 0; i < n; i++) {
			out[i] = f->packing == NORMALIZED ?
				normalize(e, raw[i].lo, 0, size * 8, f->is_signed) :
				f->is_signed ? emit_sext(e, f->kind, raw[i].lo) : raw[i].lo;
		}
		return n;
	case BITS_RG11B10:
	case BITS_RGB9E5:
		emit_unpack_shared(e, f->packing == BITS_RGB9E5, raw[0].lo, out);
		return 3;
	default:
		for (uint32_t i = 0; i < 4; i++) {
			bool bgra = f->packing == BITS_BGRA;
			out[i] = normalize(e, raw[0].lo, shifts[bgra][i],
				bgra             ? 8
					: i == 3 ? 2
						 : 10,
				f->is_signed);
		}
		return 4;
	}
}

/* ---- elements ---------------------------------------------------------------------------- */

static uint32_t instance_element(struct emit *e, uint32_t rate) {
	uint32_t base = emit_params(e, PVG_PARAMS_DRAW, 1), u = e->t_uint;
	if (rate == 0) {
		return base;
	}
	uint32_t id[4];
	emit_builtin(e, AIR_BI_INSTANCE_ID, id);
	return rate == 1 ? id[0] :
		OP(IAdd, u, base, OP(UDiv, u, OP(ISub, u, id[0], base), U32(rate)));
}

/* A control point's index, which the control stage has read for the whole patch. */
static uint32_t indexed_point(struct emit *e, uint32_t point) {
	uint32_t u = e->t_uint, location = e->gles ? UINT32_MAX : 23, array;
	if (e->patch_control == 0) {
		array = spv_array(&e->s, spv_vector(&e->s, u, 4), 8, 0);
		e->patch_control = emit_interface_variable(e, SpvStorageClassInput, array, location,
			"pvg_control");
		spv_decorate(&e->s, e->patch_control, SpvDecorationPatch, NULL, 0);
	}
	uint32_t pointer = OP(AccessChain, spv_pointer(&e->s, SpvStorageClassInput, u),
		e->patch_control, OP(ShiftRightLogical, u, point, U32(2)),
		OP(BitwiseAnd, u, point, U32(3)));
	return OP(Load, u, pointer);
}

/* Which element of its buffer an attribute comes from. point: number in the patch, or 0. */
static uint32_t element(struct emit *e, const struct pvg_shader_attribute *d, uint32_t point) {
	uint32_t u = e->t_uint, id[4];
	switch (d->step) {
	case PVG_STEP_CONSTANT:
		return U32(0);
	case PVG_STEP_INSTANCE:
		return instance_element(e, d->step_rate);
	case PVG_STEP_PATCH:
		if (e->f->patch != PVG_PATCH_NONE) {
			emit_builtin(e, AIR_BI_PATCH_ID, id);
			return id[0];
		}
		break;
	case PVG_STEP_CONTROL_POINT:
		if (e->f->patch != PVG_PATCH_NONE && point != 0 && e->variant->control_indices) {
			return indexed_point(e, point);
		}
		if (e->f->patch != PVG_PATCH_NONE && point != 0) {
			emit_builtin(e, AIR_BI_PATCH_ID, id);
			return OP(IAdd, u, OP(IMul, u, id[0], U32(e->f->control_points)), point);
		}
		break;
	case PVG_STEP_GRID_X:
	case PVG_STEP_GRID_Y:
		if (e->f->stage == AIR_KERNEL) {
			emit_builtin(e, AIR_BI_THREAD_POSITION_IN_GRID, id);
			uint32_t i = d->step == PVG_STEP_GRID_Y;
			return OP(IAdd, u, id[i], emit_params(e, PVG_PARAMS_STAGE_IN, i));
		}
		break;
	case PVG_STEP_VERTEX:
		if (e->f->stage == AIR_VERTEX && e->f->patch == PVG_PATCH_NONE) {
			emit_builtin(e, AIR_BI_VERTEX_ID, id);
			return id[0];
		}
		break;
	default:
		break;
	}
	pvg_shader_refuse(e->status, PVG_SHADER_ARGUMENT, "attribute %u with step function %u",
		d->location, d->step);
	return U32(0);
}

static bool pull(struct emit *e, const struct pvg_shader_attribute *d, uint32_t point,
		const struct air_type *type, struct ev *out) {
	const struct format *f = &formats[d->format];
	uint32_t u = e->t_uint, root = e->attribute_root[d->buffer];
	uint8_t kind = type->comps[0].kind;
	bool wants_float = emit_kind_type(e, kind) == e->t_float;
	if (wants_float != (format_class(f) == PVG_CLASS_FLOAT)) {
		return pvg_shader_refuse(e->status, PVG_SHADER_ARGUMENT,
			"attribute %u of format %u", d->location, d->format);
	}
	if (emit_root_var(e, root) == 0) {
		return false;
	}
	bool dynamic = d->stride_bytes == PVG_STRIDE_DYNAMIC;
	uint32_t stride = dynamic ? emit_params(e, PVG_PARAMS_BUFFERS + d->buffer, 2) :
		U32(d->stride_bytes);
	uint32_t address = OP(IAdd, u, OP(IMul, u, element(e, d, point), stride),
		U32(d->offset_bytes));
	address = OP(IAdd, u, address, emit_buffer_base(e, &e->roots[root]));
	// Metal wants strides and offsets of binds in multiples of four.
	bool aligned = d->offset_bytes % 4 == 0 && (dynamic || d->stride_bytes % 4 == 0);
	uint32_t parts[4];
	uint32_t n = read_format(e, root, address, aligned ? 4 : 1, f, parts);
	for (uint32_t i = 0; i < type->comp_count; i++) {
		uint32_t missing = wants_float ? F32(i == 3 ? 1 : 0) : U32(i == 3 ? 1 : 0);
		uint32_t id = i < n ? parts[i] : missing;
		out[i] = wants_float ? (struct ev){ id, 0 }
				     : emit_convert(e, AIR_I32, f->is_signed, type->comps[i].kind,
					       false, (struct ev){ id, 0 });
	}
	return e->status->reason == PVG_SHADER_OK;
}

static bool describe(struct emit *e, uint32_t location, const struct air_param *a, bool pulled) {
	for (uint32_t i = 0; i < e->r->attribute_count; i++) {
		if (e->r->attributes[i].location == location) {
			return true;
		}
	}
	if (e->r->attribute_count == PVG_REFLECTION_ATTRIBUTES) {
		return pvg_shader_refuse(e->status, PVG_SHADER_LIMIT_ATTRIBUTES, "more than %u",
			PVG_REFLECTION_ATTRIBUTES);
	}
	e->r->attributes[e->r->attribute_count++] = (struct pvg_reflection_attribute){
		.location = (uint8_t)location, .components = (uint8_t)a->type->comp_count,
		.value_class = emit_param_class(a), .pulled = pulled,
	};
	return true;
}

static bool check(struct emit *e, uint32_t location, const struct air_type *type) {
	if (type->comp_count == 0 || type->comp_count > 4 || location > 31) {
		return pvg_shader_refuse(e->status, PVG_SHADER_ARGUMENT, "attribute %u", location);
	}
	return true;
}

/* An input variable of the target: attribute_NN, control_NN[] or patch_NN. */
static uint32_t input_variable(struct emit *e, uint32_t location, const struct air_param *a,
		const char *prefix, bool array) {
	uint32_t n = a->type->comp_count;
	uint32_t type = spv_vector(&e->s, emit_class_type(e, emit_param_class(a)), n);
	char name[24];
	snprintf(name, sizeof(name), "%s_%02u", prefix, location);
	if (array) {
		type = spv_array(&e->s, type, 32, 0);
	}
	return emit_interface_variable(e, SpvStorageClassInput, type, location, name);
}

static void deliver(struct emit *e, const struct air_param *a, uint32_t value, struct ev *out) {
	uint8_t value_class = emit_param_class(a);
	uint32_t n = a->type->comp_count, scalar = emit_class_type(e, value_class);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t id = n > 1 ? emit_extract(e, scalar, value, i) : value;
		out[i] = emit_from_interface(e, value_class, a->type->comps[i].kind, id);
	}
}

bool emit_vertex_input(struct emit *e, const struct air_param *a, struct ev *out) {
	const struct pvg_shader_attribute *d = described(e, a->location);
	bool patch = a->role == AIR_ROLE_PATCH_INPUT;
	if (!check(e, a->location, a->type) || !describe(e, a->location, a, d != NULL)) {
		return false;
	}
	if (d != NULL) {
		return pull(e, d, 0, a->type, out);
	}
	if (e->f->stage == AIR_KERNEL) {
		return pvg_shader_refuse(e->status, PVG_SHADER_ARGUMENT,
			"stage-in attribute %u, not described", a->location);
	}
	if (e->gles && a->location > 15) {
		return pvg_shader_refuse(e->status, PVG_SHADER_LIMIT_ATTRIBUTES, "attribute %u",
			a->location);
	}
	uint32_t var = input_variable(e, a->location, a, patch ? "patch" : "attribute", false);
	if (patch) {
		spv_decorate(&e->s, var, SpvDecorationPatch, NULL, 0);
	}
	uint32_t type = spv_vector(&e->s, emit_class_type(e, emit_param_class(a)),
		a->type->comp_count);
	deliver(e, a, OP(Load, type, var), out);
	return true;
}

/* { attributes } fn(i32 number, handle): what a control point of the patch has. */
bool emit_control_point(struct emit *e, struct air_value *v) {
	const struct air_param *a = NULL;
	for (uint32_t i = 0; i < e->f->arg_count; i++) {
		const struct air_param *p = &e->f->args[i];
		if (p->role == AIR_ROLE_CONTROL_POINTS && strcmp(p->name, v->callee) == 0) {
			a = p;
		}
	}
	if (a == NULL || v->op_count < 1 || v->ops[0]->type->comp_count != 1) {
		return pvg_shader_refuse(e->status, PVG_SHADER_TESSELLATION, "%s", v->callee);
	}
	uint32_t number = GLSL(UMin, e->t_uint, emit_get(e, v->ops[0])[0].lo,
		U32(e->f->control_points > 0 ? e->f->control_points - 1 : 0));
	struct ev *out = emit_alloc(e, v->type->comp_count);
	uint32_t at = 0;
	for (uint32_t k = 0; k < a->member_count; k++) {
		struct air_param member = {
			.location = a->members[k].location, .type_name = a->members[k].type_name,
		};
		struct air_type type = {
			.comps = v->type->comps + at, .comp_count = a->members[k].components,
		};
		member.type = &type;
		const struct pvg_shader_attribute *d = described(e, member.location);
		if (at + type.comp_count > v->type->comp_count ||
			!check(e, member.location, &type) ||
			!describe(e, member.location, &member, d != NULL)) {
			return pvg_shader_refuse(e->status, PVG_SHADER_TESSELLATION, "%s",
				v->callee);
		}
		if (d != NULL) {
			if (!pull(e, d, number, &type, out + at)) {
				return false;
			}
		} else {
			uint32_t *var = &e->control_vars[member.location];
			if (*var == 0) {
				*var = input_variable(e, member.location, &member, "control", true);
			}
			uint32_t element_type = spv_vector(&e->s,
				emit_class_type(e, emit_param_class(&member)), type.comp_count);
			uint32_t pointer = OP(AccessChain,
				spv_pointer(&e->s, SpvStorageClassInput, element_type), *var,
				number);
			deliver(e, &member, OP(Load, element_type, pointer), out + at);
		}
		at += type.comp_count;
	}
	emit_define(e, v, out);
	return true;
}
