// SPDX-License-Identifier: GPL-2.0-or-later
#include "emit-texture.h"

/*
 * Texture operations (spec 05 §4.2, §5.7). One-dimensional textures are 2D of height 1 on the host;
 * texels of a cube are read from a 2D array view of it.
 */

/* A call taken apart, and the root it is being written for. */
struct texture_call {
	struct air_value *v;
	char op[64];
	const char *kind; // "2d_array", behind "texture_" or "depth_"
	const char *rest;
	bool depth, grad;
	uint32_t root; // the texture
	struct air_texture t;
	struct emit_texture *tex;
	uint32_t sampler_root;
	struct ev *out;
	uint32_t *locals; // results of a ladder
};

static bool refuse(struct emit *e, const struct texture_call *c, enum pvg_shader_reason reason) {
	return pvg_shader_refuse(e->status, reason, "%s", c->v->callee);
}

static uint32_t coord_count(const struct air_texture *t) {
	return t->dim == AIR_DIM_3D || t->dim == AIR_DIM_CUBE ? 3 :
		t->dim == AIR_DIM_1D || t->dim == AIR_DIM_BUFFER ? 1 : 2;
}

/* ---- operands -------------------------------------------------------------------------------- */

static uint32_t as_int(struct emit *e, uint8_t kind, struct ev v) {
	return OP(Bitcast, e->t_int, emit_sext(e, kind, v.lo));
}

/* Operand i of the call as components, and what kind they are. */
static const struct ev *operand(struct emit *e, const struct texture_call *c, uint32_t i,
		uint32_t want, uint8_t *kind) {
	if (i >= c->v->op_count || c->v->ops[i]->type->comp_count < want) {
		refuse(e, c, PVG_SHADER_SIGNATURE);
		return NULL;
	}
	*kind = c->v->ops[i]->type->comps[0].kind;
	return emit_get(e, c->v->ops[i]);
}

static bool is_zero(const struct texture_call *c, uint32_t i) {
	if (i >= c->v->op_count || c->v->ops[i]->op != AIR_CONST) {
		return false;
	}
	for (uint32_t k = 0; k < c->v->ops[i]->type->comp_count; k++) {
		if (c->v->ops[i]->constant.bits[k] != 0) {
			return false;
		}
	}
	return true;
}

static uint32_t size_of(struct emit *e, const struct texture_call *c, uint32_t image,
		uint32_t level, uint32_t *count) {
	const struct air_texture *t = &c->t;
	bool cube_view = c->tex->flavour & (FLAVOUR_FETCH_CUBE | FLAVOUR_STORAGE) &&
		t->dim == AIR_DIM_CUBE;
	uint32_t n = t->dim == AIR_DIM_3D ? 3 : t->dim == AIR_DIM_BUFFER ? 1 : 2;
	n += t->dim != AIR_DIM_3D && t->dim != AIR_DIM_BUFFER && (t->array || cube_view);
	*count = n;
	spv_capability(&e->s, SpvCapabilityImageQuery);
	uint32_t type = spv_vector(&e->s, e->t_int, n);
	bool levels = !t->multisample && t->dim != AIR_DIM_BUFFER &&
		!(c->tex->flavour & FLAVOUR_STORAGE);
	return levels ? OP(ImageQuerySizeLod, type, image, level) : OP(ImageQuerySize, type, image);
}

static uint32_t int_const(struct emit *e, int32_t v) {
	return spv_constant(&e->s, SpvOpConstant, e->t_int, SPV_ARGS((uint32_t)v));
}

/* Layers past the end are the last layer (spec 05 §4.2). */
static uint32_t clamp_layer(struct emit *e, uint32_t layer, uint32_t size, uint32_t n) {
	uint32_t last = OP(ISub, e->t_int, emit_extract(e, e->t_int, size, n - 1), int_const(e, 1));
	return GLSL(SClamp, e->t_int, layer, int_const(e, 0), last);
}

/* Writes the texels of a result, one per component of the call's type, residency last. */
static void deliver(struct emit *e, struct texture_call *c, const uint32_t texel[4]) {
	const struct air_type *type = c->v->type;
	uint8_t value_class = emit_texel_class(&c->t);
	for (uint32_t i = 0; i < type->comp_count; i++) {
		uint8_t kind = type->comps[i].kind;
		bool residency =
			type->comp_count > 1 && i == type->comp_count - 1 && kind == AIR_I8;
		if (residency) {
			c->out[i] = (struct ev){U32(1), 0};
		} else if (i >= 4) {
			refuse(e, c, PVG_SHADER_SIGNATURE);
			return;
		} else if (value_class == PVG_CLASS_FLOAT) {
			c->out[i] = (struct ev){texel[i], 0};
		} else {
			uint32_t id = value_class == PVG_CLASS_SINT
				? OP(Bitcast, e->t_uint, texel[i])
				: texel[i];
			c->out[i] = (struct ev){emit_norm(e, kind, id), 0};
		}
	}
}

static void split(struct emit *e, const struct texture_call *c, uint32_t value, uint32_t texel[4]) {
	for (uint32_t i = 0; i < 4; i++) {
		texel[i] = emit_extract(e, emit_texel_type(e, &c->t), value, i);
	}
}

/* ---- sample, gather -------------------------------------------------------------------------- */

struct sampling {
	uint32_t coord[4]; // floats, layer included
	uint32_t coord_count;
	uint32_t sampled_image, image;
	uint32_t next; // first operand behind the coordinate and the layer
	bool pixel; // coordinates in texels
};

static bool begin_sampling(struct emit *e, struct texture_call *c, struct sampling *s) {
	const struct root *root = &e->roots[c->sampler_root];
	uint32_t sampler = emit_sampler_variable(e, c->sampler_root,
		strstr(c->op, "_compare_") != NULL);
	if (sampler == 0) {
		return false;
	}
	// Queries of a level may do without the number that depth kinds have there.
	bool numbered = c->depth && c->v->op_count > 2 &&
		c->v->ops[2]->type->comps[0].kind == AIR_I32;
	uint32_t at = numbered ? 3 : 2;
	uint32_t n = coord_count(&c->t);
	uint8_t kind;
	const struct ev *coord = operand(e, c, at++, n, &kind);
	if (coord == NULL) {
		return false;
	}
	s->image = OP(Load, c->tex->type, c->tex->var);
	uint32_t combined = spv_type(&e->s, SpvOpTypeSampledImage, SPV_ARGS(c->tex->type));
	uint32_t sampler_type = spv_type(&e->s, SpvOpTypeSampler, NULL, 0);
	s->sampled_image = OP(SampledImage, combined, s->image, OP(Load, sampler_type, sampler));
	s->pixel = root->kind == ROOT_STATIC_SAMPLER && (root->global->sampler_words[0] >> 15 & 1);
	s->pixel |= root->kind == ROOT_SAMPLER && root->location < 16 &&
		(e->variant->pixel_samplers >> root->location & 1);
	for (uint32_t i = 0; i < n; i++) {
		s->coord[i] = coord[i].lo;
	}
	uint32_t size = 0, size_count = 0;
	if (c->t.array || s->pixel) {
		size = size_of(e, c, s->image, int_const(e, 0), &size_count);
	}
	for (uint32_t i = 0; s->pixel && i < n; i++) {
		uint32_t extent = OP(ConvertSToF, e->t_float, emit_extract(e, e->t_int, size, i));
		s->coord[i] = OP(FDiv, e->t_float, s->coord[i], extent);
	}
	if (c->t.dim == AIR_DIM_1D) {
		s->coord[n++] = F32(0.5f);
	}
	if (c->t.array) {
		const struct ev *layer = operand(e, c, at++, 1, &kind);
		if (layer == NULL) {
			return false;
		}
		uint32_t id = clamp_layer(e, as_int(e, kind, layer[0]), size, size_count);
		s->coord[n++] = OP(ConvertSToF, e->t_float, id);
	}
	s->coord_count = n;
	s->next = at;
	return true;
}

static uint32_t coordinate(struct emit *e, const struct sampling *s) {
	struct ev parts[4] = {
		{s->coord[0], 0}, {s->coord[1], 0}, {s->coord[2], 0}, {s->coord[3], 0}};
	return emit_construct(e, e->t_float, parts, s->coord_count);
}

/* hasoff, off: applied to the coordinate when it is not constant (spec 05 §4.2). */
static bool take_offset(struct emit *e, struct texture_call *c, struct sampling *s, uint32_t *mask,
		uint32_t *offset) {
	if (c->t.dim == AIR_DIM_CUBE) {
		return true;
	}
	uint32_t n = coord_count(&c->t), host = c->t.dim == AIR_DIM_1D ? 2 : n;
	uint32_t at = s->next;
	s->next += 2;
	uint8_t kind;
	const struct ev *off = operand(e, c, at + 1, n, &kind);
	if (off == NULL) {
		return false;
	}
	bool none = c->v->ops[at]->op == AIR_CONST && c->v->ops[at]->constant.bits[0] == 0;
	if (none || is_zero(c, at + 1)) {
		return true;
	}
	uint32_t ids[3];
	bool constant = c->v->ops[at + 1]->op == AIR_CONST;
	for (uint32_t i = 0; i < host; i++) {
		uint32_t v = constant && i < n ? (uint32_t)c->v->ops[at + 1]->constant.bits[i] : 0;
		constant = constant && (int32_t)v >= -8 && (int32_t)v <= 7;
		ids[i] = int_const(e, (int32_t)v);
	}
	if (constant) {
		*mask |= SpvImageOperandsConstOffsetMask;
		*offset = spv_constant(&e->s, SpvOpConstantComposite,
			spv_vector(&e->s, e->t_int, host), ids, host);
		return true;
	}
	uint32_t size_count, size = size_of(e, c, s->image, int_const(e, 0), &size_count);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t extent = OP(ConvertSToF, e->t_float, emit_extract(e, e->t_int, size, i));
		uint32_t step = OP(FDiv, e->t_float,
			OP(ConvertSToF, e->t_float, as_int(e, kind, off[i])), extent);
		s->coord[i] = OP(FAdd, e->t_float, s->coord[i], step);
	}
	return true;
}

/* The level that the target would choose, for what it cannot be told otherwise. */
static uint32_t computed_lod(struct emit *e, const struct texture_call *c,
		const struct sampling *s) {
	struct ev parts[3] = {{s->coord[0], 0}, {s->coord[1], 0}, {s->coord[2], 0}};
	uint32_t plain = emit_construct(e, e->t_float, parts, s->coord_count - c->t.array);
	spv_capability(&e->s, SpvCapabilityImageQuery);
	uint32_t lod = OP(ImageQueryLod, spv_vector(&e->s, e->t_float, 2), s->sampled_image, plain);
	return emit_extract(e, e->t_float, lod, 1);
}

static bool take_gradients(struct emit *e, struct texture_call *c, struct sampling *s,
		uint32_t grad[2]) {
	uint32_t n = coord_count(&c->t);
	uint8_t kind;
	struct ev parts[2][3];
	for (uint32_t k = 0; k < 2; k++) {
		const struct ev *d = operand(e, c, s->next++, n, &kind);
		if (d == NULL) {
			return false;
		}
		for (uint32_t i = 0; i < 3; i++) {
			parts[k][i] = i < n ? d[i] : (struct ev){F32(0), 0};
		}
	}
	emit_bias_gradients(e, c->sampler_root, parts, n);
	// AIR 1.8 has no minimum level in front of the offset.
	if (s->next < c->v->op_count && c->v->ops[s->next]->type->comps[0].kind == AIR_F32) {
		uint32_t at = s->next++;
		if (!is_zero(c, at) && c->t.dim == AIR_DIM_CUBE) {
			return refuse(e, c, PVG_SHADER_SIGNATURE);
		}
		if (!is_zero(c, at)) {
			uint32_t count, size = size_of(e, c, s->image, int_const(e, 0), &count);
			uint32_t min_lod = emit_get(e, c->v->ops[at])[0].lo;
			emit_stretch_gradients(e, size, min_lod, parts, n);
		}
	}
	for (uint32_t k = 0; k < 2; k++) {
		grad[k] = emit_construct(e, e->t_float, parts[k], n == 1 ? 2 : n);
	}
	return true;
}

/* lodsel, lod, [minlod]: an explicit level, or a bias, or neither. */
static bool take_level(struct emit *e, struct texture_call *c, struct sampling *s, uint32_t *lod,
		uint32_t *bias) {
	uint32_t f = e->t_float, at = s->next, min_lod = 0;
	uint8_t kind;
	const struct ev *select = operand(e, c, at, 1, &kind);
	const struct ev *value = select != NULL ? operand(e, c, at + 1, 1, &kind) : NULL;
	if (value == NULL) {
		return false;
	}
	if (at + 2 < c->v->op_count && c->v->ops[at + 2]->type->comps[0].kind == AIR_F32 &&
			!is_zero(c, at + 2)) {
		min_lod = emit_get(e, c->v->ops[at + 2])[0].lo;
	}
	// Without derivatives the level is 0, and a bias means nothing.
	bool derives = e->f->stage == AIR_FRAGMENT && !s->pixel;
	if (c->v->ops[at]->op != AIR_CONST) {
		uint32_t computed =
			derives ? OP(FAdd, f, computed_lod(e, c, s), value[0].lo) : F32(0);
		*lod = emit_select(e, f, select[0].lo, value[0].lo, computed);
	} else if (c->v->ops[at]->constant.bits[0] != 0) {
		*lod = value[0].lo;
	} else if (!derives) {
		*lod = F32(0);
	} else if (min_lod != 0) {
		*lod = computed_lod(e, c, s);
		if (!is_zero(c, at + 1)) {
			*lod = OP(FAdd, f, *lod, value[0].lo);
		}
	} else if (!is_zero(c, at + 1)) {
		*bias = value[0].lo;
	}
	emit_add_bias(e, c->sampler_root, lod, bias);
	if (min_lod != 0) {
		*lod = GLSL(FMax, f, *lod, min_lod);
	}
	return true;
}

static bool do_sample(struct emit *e, struct texture_call *c) {
	struct sampling s = {0};
	bool compare = strncmp(c->op, "sample_compare_", 15) == 0;
	if (!begin_sampling(e, c, &s)) {
		return false;
	}
	uint32_t f = e->t_float, mask = 0, offset = 0, reference = 0, grad[2] = {0, 0};
	uint32_t lod = 0, bias = 0;
	uint8_t kind;
	if (compare) {
		const struct ev *ref = operand(e, c, s.next++, 1, &kind);
		if (ref == NULL) {
			return false;
		}
		reference = ref[0].lo;
	}
	if (c->grad) {
		if (!take_gradients(e, c, &s, grad) || !take_offset(e, c, &s, &mask, &offset)) {
			return false;
		}
		mask |= SpvImageOperandsGradMask;
	} else if (!take_offset(e, c, &s, &mask, &offset) || !take_level(e, c, &s, &lod, &bias)) {
		return false;
	}
	bool grads = c->grad;
	if (e->gles && compare && (c->t.array || c->t.dim == AIR_DIM_CUBE)) {
		// GLSL ES compares there without a bias, and with no level but the first.
		if (bias != 0 && c->t.array) {
			lod = OP(FAdd, f, computed_lod(e, c, &s), bias);
			bias = 0;
		}
		grads |= lod != 0 && lod != F32(0);
	}
	if (grads && !c->grad) {
		uint32_t n, size = size_of(e, c, s.image, int_const(e, 0), &n);
		emit_level_as_gradients(e, c->t.dim == AIR_DIM_CUBE, size, lod, s.coord, grad);
		mask |= SpvImageOperandsGradMask;
		lod = 0;
	}
	uint32_t coord = coordinate(e, &s);
	uint32_t args[10] = {s.sampled_image, coord};
	uint32_t count = 2;
	if (compare) {
		args[count++] = reference;
	}
	mask |= grads  ? 0
		: lod != 0  ? SpvImageOperandsLodMask
		: bias != 0 ? SpvImageOperandsBiasMask
					: 0;
	if (mask != 0) {
		args[count++] = mask;
		if (lod != 0 || (bias != 0 && !grads)) {
			args[count++] = lod != 0 ? lod : bias;
		}
		if (grads) {
			args[count++] = grad[0];
			args[count++] = grad[1];
		}
		if (offset != 0) {
			args[count++] = offset;
		}
	}
	bool is_explicit = grads || lod != 0;
	if (e->gles && compare && is_explicit && c->t.dim == AIR_DIM_CUBE && c->t.array) {
		return refuse(e, c, PVG_SHADER_TARGET_STAGE); // GLSL ES has only the implicit level
	}
	uint32_t texel[4] = {0};
	if (compare) {
		texel[0] = spv_op(&e->s, is_explicit ? SpvOpImageSampleDrefExplicitLod :
			SpvOpImageSampleDrefImplicitLod, f, args, count);
	} else {
		uint32_t type = spv_vector(&e->s, emit_texel_type(e, &c->t), 4);
		split(e, c, spv_op(&e->s, is_explicit ? SpvOpImageSampleExplicitLod :
			SpvOpImageSampleImplicitLod, type, args, count), texel);
	}
	deliver(e, c, texel);
	return true;
}

static bool do_gather(struct emit *e, struct texture_call *c) {
	struct sampling s = {0};
	bool compare = strncmp(c->op, "gather_compare_", 15) == 0;
	uint32_t mask = 0, offset = 0, third = 0;
	uint8_t kind;
	if (!begin_sampling(e, c, &s)) {
		return false;
	}
	if (compare) {
		const struct ev *ref = operand(e, c, s.next++, 1, &kind);
		if (ref == NULL) {
			return false;
		}
		third = ref[0].lo;
	}
	if (!take_offset(e, c, &s, &mask, &offset)) {
		return false;
	}
	uint32_t which = U32(0), known = 0, tries = 1;
	if (!compare && !c->depth) {
		const struct ev *component = operand(e, c, s.next, 1, &kind);
		if (component == NULL) {
			return false;
		}
		which = component[0].lo;
		tries = spv_is_u32(&e->s, which, &known) ? 1 : 4;
	}
	uint32_t scalar = emit_texel_type(e, &c->t), type = spv_vector(&e->s, scalar, 4), texel[4];
	for (uint32_t i = 0; i < tries; i++) {
		// The component has to be a constant: all are gathered when it is not.
		uint32_t number = tries == 1 ? known & 3 : i, part[4];
		uint32_t args[6] = {
			s.sampled_image,
			coordinate(e, &s),
			compare ? third : U32(number),
			mask,
			offset,
		};
		split(e, c,
			spv_op(&e->s, compare ? SpvOpImageDrefGather : SpvOpImageGather, type, args,
				mask != 0 ? 5 : 3),
			part);
		uint32_t hit = OP(IEqual, e->t_bool, which, U32(number));
		for (uint32_t k = 0; k < 4; k++) {
			texel[k] =
				i == 0 ? part[k] : emit_select(e, scalar, hit, part[k], texel[k]);
		}
	}
	deliver(e, c, texel);
	return true;
}

/* ---- read, write, atomics -------------------------------------------------------------------- */

/*
 * AIR 2.8 reads come with a sampler that nothing is asked of (air.get_read_sampler) behind the
 * texture, and with an offset behind the coordinates where the kind has one.
 */
static bool has_read_sampler(const struct texture_call *c) {
	const struct air_type *t = c->v->op_count > 1 ? c->v->ops[1]->type : NULL;
	return t != NULL && t->comp_count == 1 && t->comps[0].kind == AIR_PTR &&
		t->comps[0].space == AIR_SPACE_CONSTANT;
}

/* Is operand i the offset? The value of an atomic or a write has four components. */
static bool is_offset(const struct texture_call *c, uint32_t i, uint32_t n) {
	const struct air_type *t = i < c->v->op_count ? c->v->ops[i]->type : NULL;
	return n > 1 && t != NULL && t->comp_count == n && t->comps[0].kind != AIR_PTR &&
		t->comps[0].kind != AIR_F32;
}

struct texel_place {
	uint32_t coord; // ints
	uint32_t parts[4], count;
	uint32_t next; // operand behind
};

/* pos [face] [layer] [offset]. A face is a layer of the array view. */
static bool texel_place(struct emit *e, struct texture_call *c, uint32_t at, uint32_t image,
		bool clamp, struct texel_place *p) {
	uint32_t n = c->t.dim == AIR_DIM_CUBE ? 2 : coord_count(&c->t);
	uint8_t kind;
	const struct ev *pos = operand(e, c, at++, n, &kind);
	if (pos == NULL) {
		return false;
	}
	uint32_t dims = n;
	for (uint32_t i = 0; i < n; i++) {
		p->parts[i] = OP(Bitcast, e->t_int, pos[i].lo);
	}
	if (c->t.dim == AIR_DIM_1D) {
		p->parts[n++] = int_const(e, 0);
	}
	uint32_t layer = 0;
	if (c->t.dim == AIR_DIM_CUBE) {
		const struct ev *face = operand(e, c, at++, 1, &kind);
		if (face == NULL) {
			return false;
		}
		layer = OP(Bitcast, e->t_int, face[0].lo);
	}
	if (c->t.array) {
		const struct ev *l = operand(e, c, at++, 1, &kind);
		if (l == NULL) {
			return false;
		}
		uint32_t id = OP(Bitcast, e->t_int, l[0].lo);
		layer = layer != 0
			? OP(IAdd, e->t_int, layer, OP(IMul, e->t_int, id, int_const(e, 6)))
			: id;
	}
	if (c->t.dim != AIR_DIM_CUBE && is_offset(c, at, dims)) {
		const struct ev *offset = operand(e, c, at, dims, &kind);
		for (uint32_t i = 0; !is_zero(c, at) && i < dims; i++) {
			p->parts[i] = OP(IAdd, e->t_int, p->parts[i], as_int(e, kind, offset[i]));
		}
		at++;
	}
	if (layer != 0) {
		if (clamp && c->t.array && c->t.dim != AIR_DIM_CUBE) {
			uint32_t count, size = size_of(e, c, image, int_const(e, 0), &count);
			layer = clamp_layer(e, layer, size, count);
		}
		p->parts[n++] = layer;
	}
	struct ev parts[4];
	for (uint32_t i = 0; i < n; i++) {
		parts[i].lo = p->parts[i];
	}
	p->coord = emit_construct(e, e->t_int, parts, n);
	p->count = n;
	p->next = at;
	return true;
}

static bool has_level(const struct air_texture *t) {
	return !t->multisample && t->dim != AIR_DIM_BUFFER;
}

static bool do_read(struct emit *e, struct texture_call *c) {
	uint32_t image = OP(Load, c->tex->type, c->tex->var);
	uint32_t type = spv_vector(&e->s, emit_texel_type(e, &c->t), 4);
	struct texel_place p;
	uint8_t kind;
	uint32_t first = has_read_sampler(c) ? 2 : 1;
	if (!texel_place(e, c, c->depth ? first + 1 : first, image, true, &p)) {
		return false;
	}
	uint32_t texel[4];
	if (c->tex->flavour & FLAVOUR_STORAGE) {
		// Outside the image this is 0 by definition, in GLES and with robust access in
		// Vulkan.
		split(e, c, OP(ImageRead, type, image, p.coord), texel);
		if (c->tex->swap) {
			uint32_t red = texel[0];
			texel[0] = texel[2];
			texel[2] = red;
		}
		deliver(e, c, texel);
		return true;
	}
	uint32_t sample = 0, level = int_const(e, 0);
	if (c->t.multisample) {
		const struct ev *s = operand(e, c, p.next++, 1, &kind);
		if (s == NULL) {
			return false;
		}
		sample = OP(Bitcast, e->t_int, s[0].lo);
	} else if (has_level(&c->t) && p.next < c->v->op_count && c->t.dim != AIR_DIM_1D) {
		level = OP(Bitcast, e->t_int, emit_get(e, c->v->ops[p.next])[0].lo);
	}
	uint32_t inside = spv_true(&e->s, true), coord = p.coord;
	if (e->gles) {
		// A fetch outside is undefined there and 0 in Metal, which the desktop relies on.
		uint32_t count, size = size_of(e, c, image, level, &count);
		struct ev clamped[4];
		for (uint32_t i = 0; i < p.count; i++) {
			uint32_t extent = count > 1 ? emit_extract(e, e->t_int, size, i) : size;
			uint32_t u = OP(Bitcast, e->t_uint, p.parts[i]);
			inside = emit_and(e, inside,
				OP(ULessThan, e->t_bool, u, OP(Bitcast, e->t_uint, extent)));
		}
		for (uint32_t i = 0; i < p.count; i++) {
			clamped[i].lo =
				emit_select(e, e->t_int, inside, p.parts[i], int_const(e, 0));
		}
		coord = emit_construct(e, e->t_int, clamped, p.count);
	}
	uint32_t value;
	if (c->t.multisample) {
		value = OP(ImageFetch, type, image, coord, SpvImageOperandsSampleMask, sample);
	} else if (has_level(&c->t)) {
		value = OP(ImageFetch, type, image, coord, SpvImageOperandsLodMask, level);
	} else {
		value = OP(ImageFetch, type, image, coord);
	}
	split(e, c, value, texel);
	uint32_t scalar = emit_texel_type(e, &c->t);
	uint32_t zero = scalar == e->t_float ? F32(0)
		: scalar == e->t_int         ? int_const(e, 0)
					     : U32(0);
	for (uint32_t i = 0; i < 4; i++) {
		texel[i] = emit_select(e, scalar, inside, texel[i], zero);
	}
	deliver(e, c, texel);
	return true;
}

static bool do_write(struct emit *e, struct texture_call *c) {
	uint32_t image = OP(Load, c->tex->type, c->tex->var);
	struct texel_place p;
	uint8_t kind;
	if (!texel_place(e, c, 1, image, false, &p)) {
		return false;
	}
	const struct ev *value = operand(e, c, p.next, c->depth ? 1 : 4, &kind);
	if (value == NULL) {
		return false;
	}
	uint32_t scalar = emit_texel_type(e, &c->t);
	struct ev parts[4];
	for (uint32_t i = 0; i < 4; i++) {
		parts[i] = value[c->depth ? 0 : i];
		if (scalar == e->t_int) {
			parts[i].lo = OP(Bitcast, e->t_int, emit_sext(e, kind, parts[i].lo));
		}
	}
	if (c->tex->swap) {
		struct ev red = parts[0];
		parts[0] = parts[2];
		parts[2] = red;
	}
	uint32_t merge = emit_begin_unless_killed(e);
	DO(ImageWrite, image, p.coord, emit_construct(e, scalar, parts, 4));
	emit_end_unless_killed(e, merge);
	return true;
}

/* expected, value, orders: the first component counts; what was there goes back to expected. */
static bool do_compare_exchange(struct emit *e, struct texture_call *c, uint32_t at,
		uint32_t pointer) {
	uint32_t scalar = emit_texel_type(e, &c->t), scope = U32(SpvScopeDevice);
	uint8_t kind;
	const struct ev *value = operand(e, c, at + 1, 1, &kind);
	if (value == NULL || c->v->ops[at]->type->comp_count != 1 ||
			c->v->ops[at]->type->comps[0].kind != AIR_PTR) {
		return refuse(e, c, PVG_SHADER_SIGNATURE);
	}
	struct air_comp comp = {AIR_I32, 0, 0};
	struct air_type word = {.comp_count = 1, .comps = &comp, .size_bytes = 4};
	struct ev address = emit_get(e, c->v->ops[at])[0], expected;
	if (!emit_load(e, c->v->ops[at], address, 4, &word, &expected)) {
		return false;
	}
	bool is_int = scalar == e->t_int;
	uint32_t result = spv_local(&e->s, e->t_uint);
	DO(Store, result, expected.lo);
	uint32_t merge = emit_begin_unless_killed(e);
	uint32_t old = OP(AtomicCompareExchange, scalar, pointer, scope, U32(0), U32(0),
		is_int ? OP(Bitcast, e->t_int, value[0].lo) : value[0].lo,
		is_int ? OP(Bitcast, e->t_int, expected.lo) : expected.lo);
	DO(Store, result, is_int ? OP(Bitcast, e->t_uint, old) : old);
	emit_end_unless_killed(e, merge);
	struct ev seen = {OP(Load, e->t_uint, result), 0};
	if (!emit_store(e, c->v->ops[at], address, 4, &word, &seen)) {
		return false;
	}
	c->out[0].lo = OP(IEqual, e->t_bool, seen.lo, expected.lo);
	return true;
}

static bool do_atomic(struct emit *e, struct texture_call *c) {
	static const struct {
		const char *name;
		uint16_t op, signed_op;
	} ops[] = {
		{"atomic_fetch_add", SpvOpAtomicIAdd, SpvOpAtomicIAdd},
		{"atomic_fetch_sub", SpvOpAtomicISub, SpvOpAtomicISub},
		{"atomic_fetch_min", SpvOpAtomicUMin, SpvOpAtomicSMin},
		{"atomic_fetch_max", SpvOpAtomicUMax, SpvOpAtomicSMax},
		{"atomic_fetch_and", SpvOpAtomicAnd, SpvOpAtomicAnd},
		{"atomic_fetch_or", SpvOpAtomicOr, SpvOpAtomicOr},
		{"atomic_fetch_xor", SpvOpAtomicXor, SpvOpAtomicXor},
		{"atomic_exchange", SpvOpAtomicExchange, SpvOpAtomicExchange},
		{"atomic_store", SpvOpAtomicExchange, SpvOpAtomicExchange},
	};
	struct texel_place p;
	uint32_t scalar = emit_texel_type(e, &c->t);
	uint8_t kind;
	if (scalar == e->t_float || c->t.component == AIR_I16 || c->t.multisample ||
			!texel_place(e, c, 1, 0, false, &p)) {
		return refuse(e, c, PVG_SHADER_TEXTURE);
	}
	uint32_t pointer_type = spv_pointer(&e->s, SpvStorageClassImage, scalar);
	uint32_t pointer = OP(ImageTexelPointer, pointer_type, c->tex->var, p.coord, U32(0));
	uint32_t scope = U32(SpvScopeDevice), old = 0;
	if (strncmp(c->op, "atomic_compare_exchange_weak", 28) == 0) {
		return do_compare_exchange(e, c, p.next, pointer);
	}
	if (strncmp(c->op, "atomic_load", 11) == 0) {
		uint32_t zero = scalar == e->t_int ? int_const(e, 0) : U32(0);
		old = OP(AtomicOr, scalar, pointer, scope, U32(0), zero);
	}
	const struct ev *value = old == 0 ? operand(e, c, p.next, 1, &kind) : NULL;
	uint32_t operand_id = value == NULL ? 0 : scalar == e->t_int ?
		OP(Bitcast, e->t_int, value[0].lo) : value[0].lo;
	uint32_t merge = emit_begin_unless_killed(e), result = spv_local(&e->s, scalar);
	if (old != 0) {
		DO(Store, result, old);
	}
	for (size_t i = 0; value != NULL && i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (strncmp(c->op, ops[i].name, strlen(ops[i].name)) == 0) {
			old = spv_op(&e->s, scalar == e->t_int ? ops[i].signed_op : ops[i].op,
				scalar, SPV_ARGS(pointer, scope, U32(0), operand_id));
			DO(Store, result, old);
			break;
		}
	}
	emit_end_unless_killed(e, merge);
	if (old == 0) {
		return refuse(e, c, PVG_SHADER_INTRINSIC);
	}
	if (c->v->type->comp_count > 0) {
		old = OP(Load, scalar, result);
		uint32_t texel[4] = {old, old, old, old};
		deliver(e, c, texel);
	}
	return true;
}

/* ---- queries --------------------------------------------------------------------------------- */

static bool do_query(struct emit *e, struct texture_call *c) {
	uint32_t u = e->t_uint, location = e->roots[c->root].location;
	uint32_t texture_params = PVG_PARAMS_TEXTURES + location;
	if (strncmp(c->op, "get_num_mip_levels_", 19) == 0) {
		c->out[0].lo = emit_params(e, texture_params, 0);
		return true;
	}
	if (strncmp(c->op, "get_num_samples_", 16) == 0) {
		c->out[0].lo = emit_params(e, texture_params, 1);
		return true;
	}
	uint32_t level = int_const(e, 0), count;
	if (c->v->op_count > 1 && has_level(&c->t) && !(c->tex->flavour & FLAVOUR_STORAGE)) {
		level = OP(Bitcast, e->t_int, emit_get(e, c->v->ops[1])[0].lo);
	}
	uint32_t image = OP(Load, c->tex->type, c->tex->var);
	uint32_t size = size_of(e, c, image, level, &count);
	uint32_t which = strncmp(c->op, "get_width_", 10) == 0 ? 0 :
		strncmp(c->op, "get_height_", 11) == 0 ? 1 :
		strncmp(c->op, "get_depth_", 10) == 0 ? 2 : count - 1;
	bool layers = strncmp(c->op, "get_array_size_", 15) == 0;
	if (which >= count || (layers && !c->t.array)) {
		return refuse(e, c, PVG_SHADER_SIGNATURE);
	}
	uint32_t id = OP(Bitcast, u, count > 1 ? emit_extract(e, e->t_int, size, which) : size);
	bool cube_view = c->tex->flavour & FLAVOUR_STORAGE && c->t.dim == AIR_DIM_CUBE;
	c->out[0].lo = layers && cube_view ? OP(UDiv, u, id, U32(6)) : id;
	return true;
}

static bool do_query_lod(struct emit *e, struct texture_call *c) {
	struct sampling s = {0};
	if (e->f->stage != AIR_FRAGMENT || !begin_sampling(e, c, &s)) {
		return refuse(e, c, PVG_SHADER_TARGET_STAGE);
	}
	spv_capability(&e->s, SpvCapabilityImageQuery);
	s.coord_count -= c->t.array;
	uint32_t lod = OP(ImageQueryLod, spv_vector(&e->s, e->t_float, 2), s.sampled_image,
		coordinate(e, &s));
	bool clamped = strncmp(c->op, "calculate_clamped", 17) == 0;
	c->out[0].lo = emit_extract(e, e->t_float, lod, clamped ? 0 : 1);
	return true;
}

/* ---- dispatch -------------------------------------------------------------------------------- */

static bool starts(const char *s, const char *prefix) {
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static bool write_call(struct emit *e, struct texture_call *c) {
	bool ok;
	if (starts(c->op, "sample_")) {
		ok = do_sample(e, c);
	} else if (starts(c->op, "gather_")) {
		ok = do_gather(e, c);
	} else if (starts(c->op, "read_")) {
		ok = do_read(e, c);
	} else if (starts(c->op, "write_")) {
		ok = do_write(e, c);
	} else if (starts(c->op, "atomic_")) {
		uint32_t order = c->v->op_count - 2; // then the access; of two the first
		order -= starts(c->op, "atomic_compare") ? 1 : 0;
		emit_atomic_before(e, c->v, order);
		ok = do_atomic(e, c);
		emit_atomic_after(e, c->v, order);
	} else if (starts(c->op, "calculate_")) {
		ok = do_query_lod(e, c);
	} else if (starts(c->op, "fence_")) {
		DO(MemoryBarrier, U32(SpvScopeDevice), U32(SpvMemorySemanticsAcquireReleaseMask |
			SpvMemorySemanticsImageMemoryMask));
		ok = true;
	} else if (starts(c->op, "is_null_")) {
		c->out[0].lo = spv_true(&e->s, false);
		ok = true;
	} else if (starts(c->op, "get_null")) {
		ok = refuse(e, c, PVG_SHADER_INTRINSIC);
	} else {
		ok = starts(c->op, "get_") ? do_query(e, c) : refuse(e, c, PVG_SHADER_INTRINSIC);
	}
	for (uint32_t i = 0; ok && c->locals != NULL && i < c->v->type->comp_count; i++) {
		DO(Store, c->locals[i], c->out[i].lo);
	}
	return ok;
}

static bool with_sampler(struct emit *e, uint32_t root, void *data) {
	struct texture_call *c = data;
	enum root_kind kind = e->roots[root].kind;
	if (kind != ROOT_SAMPLER && kind != ROOT_STATIC_SAMPLER) {
		return refuse(e, c, PVG_SHADER_SAMPLER);
	}
	c->sampler_root = root;
	return write_call(e, c);
}

static bool with_texture(struct emit *e, uint32_t root, void *data) {
	struct texture_call *c = data;
	if (e->roots[root].kind != ROOT_TEXTURE) {
		return refuse(e, c, PVG_SHADER_TEXTURE);
	}
	c->root = root;
	const struct air_param *a = &e->f->args[e->roots[root].arg];
	c->t = a->texture;
	bool samples = starts(c->op, "sample_") || starts(c->op, "gather_") ||
		starts(c->op, "calculate_");
	bool compare = strstr(c->op, "_compare_") != NULL && !starts(c->op, "atomic_");
	bool texels = starts(c->op, "read_");
	uint32_t flavour = FLAVOUR_SAMPLED;
	if (a->access == AIR_ACCESS_WRITE || a->access == AIR_ACCESS_READ_WRITE) {
		flavour = FLAVOUR_STORAGE;
	} else if (compare) {
		flavour = FLAVOUR_SHADOW;
	} else if (texels && c->t.dim == AIR_DIM_CUBE) {
		flavour = FLAVOUR_FETCH_CUBE;
	} else if (starts(c->op, "write_") || starts(c->op, "atomic_")) {
		return refuse(e, c, PVG_SHADER_SIGNATURE);
	}
	c->tex = emit_texture_variable(e, c->root, flavour);
	if (c->tex == NULL) {
		return false;
	}
	if (samples) {
		if (c->v->op_count < 2 || flavour == FLAVOUR_STORAGE) {
			return refuse(e, c, PVG_SHADER_SIGNATURE);
		}
		struct ev sampler = emit_get(e, c->v->ops[1])[0];
		return emit_ladder(e, emit_roots_of(e, c->v->ops[1], 0), sampler.hi, with_sampler,
			c);
	}
	return write_call(e, c);
}

bool emit_texture_call(struct emit *e, struct air_value *v, const char *op, const char *rest) {
	struct texture_call c = {.v = v, .rest = rest};
	size_t n = strlen(op);
	if (n >= sizeof(c.op) || v->op_count < 1) {
		return pvg_shader_refuse(e->status, PVG_SHADER_INTRINSIC, "%s", v->callee);
	}
	memcpy(c.op, op, n + 1);
	c.depth = strstr(op, "_depth_") != NULL;
	c.kind = strstr(op, c.depth ? "_depth_" : "_texture_") + (c.depth ? 7 : 9);
	c.grad = n > 5 && strcmp(op + n - 5, "_grad") == 0;
	// "get_depth_texture_3d" asks a colour texture for its depth.
	if (starts(op, "get_depth_") && strstr(op, "_texture_") != NULL) {
		c.depth = false;
	}
	uint32_t count = v->type->comp_count;
	c.out = emit_alloc(e, count + 4);
	const uint64_t *textures = emit_roots_of(e, v->ops[0], 0);
	bool samples = starts(op, "sample_") || starts(op, "gather_") || starts(op, "calculate_");
	bool several = emit_set_count(e, textures) > 1 ||
		(samples && v->op_count > 1 &&
			emit_set_count(e, emit_roots_of(e, v->ops[1], 0)) > 1);
	if (several) {
		c.locals = pvg_arena_alloc(e->arena, count, sizeof(uint32_t));
		for (uint32_t i = 0; i < count; i++) {
			c.locals[i] = emit_local(e, v->type->comps[i].kind);
			DO(Store, c.locals[i], emit_zero(e, v->type->comps[i].kind).lo);
		}
	}
	if (v->ops[0]->type->comp_count != 1 || v->ops[0]->type->comps[0].kind != AIR_PTR) {
		return refuse(e, &c, PVG_SHADER_SIGNATURE);
	}
	struct ev handle = emit_get(e, v->ops[0])[0];
	if (!emit_ladder(e, textures, handle.hi, with_texture, &c)) {
		return refuse(e, &c, PVG_SHADER_TEXTURE);
	}
	for (uint32_t i = 0; several && i < count; i++) {
		c.out[i].lo = OP(Load, emit_kind_type(e, v->type->comps[i].kind), c.locals[i]);
	}
	emit_define(e, v, c.out);
	return true;
}
