// SPDX-License-Identifier: GPL-2.0-or-later
#include "emit-texture.h"

/* Variables, formats and reflection slots of textures and samplers (spec 05 §5.1, §5.7). */

uint32_t emit_texel_type(struct emit *e, const struct air_texture *t) {
	bool is_float = t->component == AIR_F32 || t->component == AIR_F16;
	return is_float ? e->t_float : t->component_signed ? e->t_int : e->t_uint;
}

uint8_t emit_texel_class(const struct air_texture *t) {
	bool is_float = t->component == AIR_F32 || t->component == AIR_F16;
	return is_float ? PVG_CLASS_FLOAT : t->component_signed ? PVG_CLASS_SINT : PVG_CLASS_UINT;
}

static uint8_t slot_dim(const struct air_texture *t, uint32_t flavour) {
	if (flavour & FLAVOUR_FETCH_CUBE || (flavour & FLAVOUR_STORAGE && t->dim == AIR_DIM_CUBE)) {
		return PVG_SLOT_DIM_2D_ARRAY;
	}
	switch (t->dim) {
	case AIR_DIM_3D:
		return PVG_SLOT_DIM_3D;
	case AIR_DIM_CUBE:
		return t->array ? PVG_SLOT_DIM_CUBE_ARRAY : PVG_SLOT_DIM_CUBE;
	case AIR_DIM_BUFFER:
		return PVG_SLOT_DIM_BUFFER;
	default:
		return t->multisample ? (t->array ? PVG_SLOT_DIM_2D_MS_ARRAY : PVG_SLOT_DIM_2D_MS) :
			t->array ? PVG_SLOT_DIM_2D_ARRAY : PVG_SLOT_DIM_2D;
	}
}

/* Atomics on texels need a format, also where nothing else does. */
static bool has_atomics(struct emit *e, uint32_t root) {
	for (uint32_t b = 0; b < e->f->block_count; b++) {
		for (uint32_t i = 0; i < e->f->blocks[b]->count; i++) {
			const struct air_value *v = e->f->blocks[b]->insts[i];
			bool atomic = v->op == AIR_CALL && v->op_count > 0 &&
				strncmp(v->callee, "air.atomic_", 11) == 0;
			if (atomic && set_has(emit_roots_of(e, v->ops[0], 0), root)) {
				return true;
			}
		}
	}
	return false;
}

/* The image format of a storage texture: of the variant, or the widest that GLES reads and writes.
 */
static uint32_t image_format(struct emit *e, const struct air_param *a, uint32_t location,
		uint32_t root) {
	uint8_t given = location < 128 ?
		e->variant->image_formats[location] & (uint8_t)~PVG_IMAGE_SWAP : 0;
	if (given != 0 || (!e->gles && !has_atomics(e, root))) {
		return given;
	}
	uint8_t value_class = emit_texel_class(&a->texture);
	if (a->access == AIR_ACCESS_READ_WRITE) {
		return value_class == PVG_CLASS_FLOAT ? SpvImageFormatR32f :
			value_class == PVG_CLASS_SINT ? SpvImageFormatR32i : SpvImageFormatR32ui;
	}
	return value_class == PVG_CLASS_FLOAT ? SpvImageFormatRgba32f :
		value_class == PVG_CLASS_SINT ? SpvImageFormatRgba32i : SpvImageFormatRgba32ui;
}

static bool allowed_on_gles(uint32_t format, bool reads_and_writes) {
	switch (format) {
	case SpvImageFormatR32f:
	case SpvImageFormatR32i:
	case SpvImageFormatR32ui:
		return true;
	case SpvImageFormatRgba32f:
	case SpvImageFormatRgba16f:
	case SpvImageFormatRgba8:
	case SpvImageFormatRgba8Snorm:
	case SpvImageFormatRgba32i:
	case SpvImageFormatRgba16i:
	case SpvImageFormatRgba8i:
	case SpvImageFormatRgba32ui:
	case SpvImageFormatRgba16ui:
	case SpvImageFormatRgba8ui:
		return !reads_and_writes;
	default:
		return false;
	}
}

static uint32_t image_type(struct emit *e, const struct air_texture *t, uint32_t flavour,
		uint32_t format) {
	uint32_t dim = t->dim == AIR_DIM_3D ? SpvDim3D : t->dim == AIR_DIM_CUBE ? SpvDimCube :
		t->dim == AIR_DIM_BUFFER ? SpvDimBuffer : SpvDim2D;
	bool array = t->array;
	bool storage = flavour & FLAVOUR_STORAGE;
	if (flavour & FLAVOUR_FETCH_CUBE || (storage && dim == SpvDimCube)) {
		dim = SpvDim2D;
		array = true;
	}
	if (dim == SpvDimBuffer) {
		spv_capability(&e->s,
			storage ? SpvCapabilityImageBuffer : SpvCapabilitySampledBuffer);
	}
	if (dim == SpvDimCube && array) {
		spv_capability(&e->s, SpvCapabilitySampledCubeArray);
	}
	if (t->multisample && storage) {
		spv_capability(&e->s, SpvCapabilityStorageImageMultisample);
	}
	if (t->multisample && array) {
		spv_capability(&e->s, SpvCapabilityImageMSArray);
	}
	return spv_type(&e->s, SpvOpTypeImage, SPV_ARGS(emit_texel_type(e, t), dim,
		flavour & FLAVOUR_SHADOW ? 1 : 0, array, t->multisample, storage ? 2 : 1, format));
}

static bool count_units(struct emit *e, bool storage) {
	uint32_t n = 0;
	for (const struct emit_texture *t = e->textures; t != NULL; t = t->next) {
		n += ((t->flavour & FLAVOUR_STORAGE) != 0) == storage;
	}
	if (e->gles && n >= (storage ? 8u : 32u)) {
		return pvg_shader_refuse(e->status, storage ? PVG_SHADER_LIMIT_IMAGES :
			PVG_SHADER_LIMIT_TEXTURES, "more than %u", n);
	}
	return true;
}

struct emit_texture *emit_texture_variable(struct emit *e, uint32_t root, uint32_t flavour) {
	const struct air_param *a = &e->f->args[e->roots[root].arg];
	uint32_t location = e->roots[root].location;
	for (struct emit_texture *t = e->textures; t != NULL; t = t->next) {
		if (t->root == root && t->flavour == flavour) {
			return t;
		}
	}
	bool storage = flavour & FLAVOUR_STORAGE;
	if (location > 127 || !count_units(e, storage)) {
		pvg_shader_refuse(e->status, PVG_SHADER_LIMIT_TEXTURES, "texture %u", location);
		return NULL;
	}
	struct emit_texture *t = pvg_arena_alloc(e->arena, 1, sizeof(*t));
	*t = (struct emit_texture){.next = e->textures, .root = root, .flavour = flavour};
	if (storage) {
		t->format = image_format(e, a, location, root);
		t->swap = location < 128 &&
			(e->variant->image_formats[location] & PVG_IMAGE_SWAP) != 0;
		if (e->gles &&
			!allowed_on_gles(t->format, a->access == AIR_ACCESS_READ_WRITE)) {
			pvg_shader_refuse(e->status, PVG_SHADER_TARGET_FORMAT, "image %u format %u",
				location, t->format);
			return NULL;
		}
		if (e->gles && a->texture.multisample) {
			pvg_shader_refuse(e->status, PVG_SHADER_TEXTURE,
				"writing a multisample texture");
			return NULL;
		}
		if (!e->gles && t->format == SpvImageFormatUnknown) {
			spv_capability(&e->s, SpvCapabilityStorageImageWriteWithoutFormat);
			if (a->access != AIR_ACCESS_WRITE) {
				spv_capability(&e->s, SpvCapabilityStorageImageReadWithoutFormat);
			}
		}
	}
	t->type = image_type(e, &a->texture, flavour, t->format);
	t->var = spv_variable(&e->s, SpvStorageClassUniformConstant, t->type, 0);
	char name[24] = "texture_";
	name[8] = (char)('0' + location / 100);
	name[9] = (char)('0' + location / 10 % 10);
	name[10] = (char)('0' + location % 10);
	name[11] = flavour == 0 ? '\0' : (char)('a' + flavour);
	spv_name(&e->s, t->var, name);
	uint32_t set = e->f->stage == AIR_FRAGMENT, binding = e->next_binding++;
	spv_decorate(&e->s, t->var, SpvDecorationDescriptorSet, &set, 1);
	spv_decorate(&e->s, t->var, SpvDecorationBinding, &binding, 1);
	uint8_t access = PVG_SLOT_READ;
	if (storage) {
		access = a->access == AIR_ACCESS_WRITE       ? PVG_SLOT_WRITE
			: a->access == AIR_ACCESS_READ_WRITE ? PVG_SLOT_READ | PVG_SLOT_WRITE
							     : PVG_SLOT_READ;
		if (a->access == AIR_ACCESS_WRITE) {
			spv_decorate(&e->s, t->var, SpvDecorationNonReadable, NULL, 0);
		}
	}
	uint8_t flags = 0;
	flags |= flavour & FLAVOUR_SHADOW ? PVG_SLOT_SHADOW : 0;
	flags |= a->texture.dim == AIR_DIM_1D ? PVG_SLOT_ONE_DIMENSIONAL : 0;
	flags |= a->texture.dim == AIR_DIM_CUBE && slot_dim(&a->texture, flavour) ==
		PVG_SLOT_DIM_2D_ARRAY ? PVG_SLOT_CUBE_AS_ARRAY : 0;
	emit_add_slot(e,
		(struct pvg_reflection_slot){
			.kind = storage ? PVG_SLOT_IMAGE : PVG_SLOT_TEXTURE,
			.metal_index = (uint16_t)location,
			.binding = (uint16_t)binding,
			.access = access,
			.value_class = emit_texel_class(&a->texture),
			.dim = slot_dim(&a->texture, flavour),
			.flags = flags,
			.image_format = (uint16_t)t->format,
		});
	e->textures = t;
	return t;
}

uint32_t emit_sampler_variable(struct emit *e, uint32_t index, bool compares) {
	struct root *root = &e->roots[index];
	// Where texture and sampler are one, a sampler that compares makes every texture it is used
	// with one that is compared: it is two samplers there, which are bound alike.
	uint32_t *var = compares && e->gles ? &root->shadow_var : &root->var;
	if (*var != 0) {
		return *var;
	}
	bool is_static = root->kind == ROOT_STATIC_SAMPLER;
	uint32_t metal = is_static ? root->global->index : root->location;
	if (metal >= (is_static ? 64u : 16u)) {
		pvg_shader_refuse(e->status, PVG_SHADER_SAMPLER, "sampler %u", metal);
		return 0;
	}
	*var = spv_variable(&e->s, SpvStorageClassUniformConstant,
		spv_type(&e->s, SpvOpTypeSampler, NULL, 0), 0);
	char name[24] = "sampler_";
	name[7] = is_static ? 's' : '_';
	name[8] = (char)('0' + metal / 10);
	name[9] = (char)('0' + metal % 10);
	name[10] = compares && e->gles ? 'c' : '\0';
	spv_name(&e->s, *var, name);
	uint32_t set = e->f->stage == AIR_FRAGMENT, binding = e->next_binding++;
	spv_decorate(&e->s, *var, SpvDecorationDescriptorSet, &set, 1);
	spv_decorate(&e->s, *var, SpvDecorationBinding, &binding, 1);
	struct pvg_reflection_slot slot = {
		.kind = is_static ? PVG_SLOT_STATIC_SAMPLER : PVG_SLOT_SAMPLER,
		.metal_index = (uint16_t)metal,
		.binding = (uint16_t)binding,
		.access = PVG_SLOT_READ,
	};
	if (is_static) {
		memcpy(slot.sampler_words, root->global->sampler_words, sizeof(slot.sampler_words));
	}
	root->slot = emit_add_slot(e, slot);
	return *var;
}

/* 0: the slot's sampler has none. */
static uint32_t sampler_bias(struct emit *e, uint32_t sampler_root) {
	const struct root *root = &e->roots[sampler_root];
	if (root->kind != ROOT_SAMPLER || root->location > 15 ||
		(e->variant->biased_samplers >> root->location & 1) == 0) {
		return 0;
	}
	uint32_t word = emit_params(e, PVG_PARAMS_BIAS + root->location / 4, root->location % 4);
	return OP(Bitcast, e->t_float, word);
}

void emit_add_bias(struct emit *e, uint32_t sampler_root, uint32_t *lod, uint32_t *bias) {
	uint32_t more = sampler_bias(e, sampler_root);
	if (more != 0) {
		uint32_t *to = *lod != 0 ? lod : bias;
		*to = *to != 0 ? OP(FAdd, e->t_float, *to, more) : more;
	}
}

void emit_bias_gradients(struct emit *e, uint32_t sampler_root, struct ev d[2][3], uint32_t n) {
	uint32_t more = sampler_bias(e, sampler_root);
	if (more != 0) {
		uint32_t factor = GLSL(Exp2, e->t_float, more);
		for (uint32_t i = 0; i < 2 * n; i++) {
			d[i / n][i % n].lo = OP(FMul, e->t_float, d[i / n][i % n].lo, factor);
		}
	}
}

void emit_level_as_gradients(struct emit *e, bool cube, uint32_t size, uint32_t lod,
	const uint32_t *coord, uint32_t grad[2]) {
	uint32_t f = e->t_float, zero = F32(0), step[2];
	uint32_t texels = GLSL(Exp2, f, lod);
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t extent = OP(ConvertSToF, f, emit_extract(e, e->t_int, size, i));
		step[i] = OP(FDiv, f, texels, extent);
	}
	if (!cube) {
		const struct ev across[2] = { { step[0], 0 }, { zero, 0 } };
		const struct ev down[2] = { { zero, 0 }, { step[1], 0 } };
		grad[0] = emit_construct(e, f, across, 2);
		grad[1] = emit_construct(e, f, down, 2);
		return;
	}
	// Along an axis that is not the face's; a face is two long where the largest is one.
	uint32_t x = GLSL(FAbs, f, coord[0]), y = GLSL(FAbs, f, coord[1]);
	uint32_t largest = GLSL(FMax, f, x, GLSL(FMax, f, y, GLSL(FAbs, f, coord[2])));
	uint32_t length = OP(FMul, f, step[0], OP(FMul, f, largest, F32(2)));
	uint32_t along_y = OP(FOrdEqual, e->t_bool, x, largest);
	const struct ev across[3] = {
		{ emit_select(e, f, along_y, zero, length), 0 },
		{ emit_select(e, f, along_y, length, zero), 0 },
		{ zero, 0 },
	};
	const struct ev none[3] = { { zero, 0 }, { zero, 0 }, { zero, 0 } };
	grad[0] = emit_construct(e, f, across, 3);
	grad[1] = emit_construct(e, f, none, 3);
}

/* rho is what the level is the logarithm of. */
void emit_stretch_gradients(struct emit *e, uint32_t size, uint32_t min_lod, struct ev d[2][3],
	uint32_t n) {
	uint32_t f = e->t_float, square[2];
	for (uint32_t k = 0; k < 2; k++) {
		square[k] = F32(0);
		for (uint32_t i = 0; i < n; i++) {
			uint32_t texels = OP(FMul, f, d[k][i].lo,
				OP(ConvertSToF, f, emit_extract(e, e->t_int, size, i)));
			square[k] = OP(FAdd, f, square[k], OP(FMul, f, texels, texels));
		}
	}
	uint32_t rho = GLSL(Sqrt, f,
		GLSL(FMax, f, GLSL(FMax, f, square[0], square[1]), F32(1e-30f)));
	uint32_t factor = GLSL(FMax, f, F32(1), OP(FDiv, f, GLSL(Exp2, f, min_lod), rho));
	for (uint32_t k = 0; k < 2; k++) {
		for (uint32_t i = 0; i < n; i++) {
			d[k][i].lo = OP(FMul, f, d[k][i].lo, factor);
		}
	}
}
