// SPDX-License-Identifier: GPL-2.0-or-later
#include "load-private.h"

#include <string.h>

/* LLVM types to flat lists of components at their places in memory. */

uint32_t air_kind_bits(uint8_t kind) {
	return kind == AIR_BOOL ? 1 : kind & AIR_ODD ? kind & 0x3fu : air_kind_bytes(kind) * 8;
}

uint32_t air_kind_bytes(uint8_t kind) {
	if (kind & AIR_ODD) {
		return ((kind & 0x3fu) + 7) / 8;
	}
	switch (kind) {
	case AIR_BOOL:
	case AIR_I8:
		return 1;
	case AIR_I16:
	case AIR_F16:
	case AIR_BF16:
		return 2;
	case AIR_I64:
	case AIR_PTR:
		return 8;
	default:
		return 4;
	}
}

struct flat {
	struct air_comp *comps; // arena
	uint32_t count;
};

static uint8_t int_kind(uint32_t width) {
	switch (width) {
	case 1:
		return AIR_BOOL;
	case 8:
		return AIR_I8;
	case 16:
		return AIR_I16;
	case 32:
		return AIR_I32;
	case 64:
		return AIR_I64;
	default:
		return (uint8_t)(AIR_ODD | width);
	}
}

/* Words, and what is left. */
static bool flatten_wide(struct loader *l, uint32_t width, uint32_t offset, struct flat *out) {
	if (width > AIR_MAX_INTEGER_BITS || out->count + width / 32 + 1 > LOAD_MAX_COMPS) {
		return pvg_shader_refuse(l->status, PVG_SHADER_TYPE, "i%u", width);
	}
	for (uint32_t at = 0; at < width; at += 32) {
		uint32_t left = width - at < 32 ? width - at : 32;
		out->comps[out->count++] = (struct air_comp){int_kind(left), 0, offset + at / 8};
	}
	return true;
}

static bool flatten(struct loader *l, LLVMTypeRef type, uint32_t offset, struct flat *out) {
	uint8_t kind;
	uint8_t space = 0;
	switch (LLVMGetTypeKind(type)) {
	case LLVMIntegerTypeKind:
		if (LLVMGetIntTypeWidth(type) > 64) {
			return flatten_wide(l, LLVMGetIntTypeWidth(type), offset, out);
		}
		kind = int_kind(LLVMGetIntTypeWidth(type));
		break;
	case LLVMHalfTypeKind:
		kind = AIR_F16;
		break;
	case LLVMBFloatTypeKind:
		kind = AIR_BF16;
		break;
	case LLVMFloatTypeKind:
		kind = AIR_F32;
		break;
	case LLVMPointerTypeKind:
		kind = AIR_PTR;
		space = (uint8_t)LLVMGetPointerAddressSpace(type);
		if (space > AIR_SPACE_THREADGROUP) {
			return pvg_shader_refuse(l->status, PVG_SHADER_TYPE, "address space %u",
				space);
		}
		break;
	case LLVMVectorTypeKind:
	case LLVMArrayTypeKind: {
		bool vector = LLVMGetTypeKind(type) == LLVMVectorTypeKind;
		LLVMTypeRef element = LLVMGetElementType(type);
		bool integers = vector && LLVMGetTypeKind(element) == LLVMIntegerTypeKind;
		uint32_t width = integers ? LLVMGetIntTypeWidth(element) : 0;
		if (width > 64 || (integers && int_kind(width) & AIR_ODD)) {
			// Packed without gaps in memory, which nothing here knows of.
			return pvg_shader_refuse(l->status, PVG_SHADER_TYPE, "vector of i%u",
				width);
		}
		uint64_t n = vector ? LLVMGetVectorSize(type) : LLVMGetArrayLength2(type);
		if (vector && n == 64) {
			n = 2; // a simdgroup matrix: what one of 32 lanes holds
		}
		if (n > LOAD_MAX_COMPS) {
			return pvg_shader_refuse(l->status, PVG_SHADER_TYPE, "array of %llu",
				(unsigned long long)n);
		}
		uint64_t stride = LLVMABISizeOfType(l->layout, element);
		for (uint64_t i = 0; i < n; i++) {
			if (!flatten(l, element, offset + (uint32_t)(i * stride), out)) {
				return false;
			}
		}
		return true;
	}
	case LLVMStructTypeKind: {
		if (LLVMIsOpaqueStruct(type)) {
			return pvg_shader_refuse(l->status, PVG_SHADER_TYPE, "opaque struct");
		}
		unsigned n = LLVMCountStructElementTypes(type);
		for (unsigned i = 0; i < n; i++) {
			if (!flatten(l, LLVMStructGetTypeAtIndex(type, i),
				    offset + (uint32_t)LLVMOffsetOfElement(l->layout, type, i),
				    out)) {
				return false;
			}
		}
		return true;
	}
	case LLVMDoubleTypeKind:
		return pvg_shader_refuse(l->status, PVG_SHADER_TYPE, "double");
	default:
		return pvg_shader_refuse(l->status, PVG_SHADER_TYPE, "type kind %d",
			(int)LLVMGetTypeKind(type));
	}
	if (out->count >= LOAD_MAX_COMPS) {
		return pvg_shader_refuse(l->status, PVG_SHADER_TYPE, "more than %u components",
			LOAD_MAX_COMPS);
	}
	out->comps[out->count++] = (struct air_comp){kind, space, offset};
	return true;
}

const struct air_type *load_type(struct loader *l, LLVMTypeRef type) {
	struct air_type *t = load_map_get(&l->types, type);
	if (t != NULL) {
		return t;
	}
	t = pvg_arena_alloc(l->arena, 1, sizeof(*t));
	if (LLVMGetTypeKind(type) != LLVMVoidTypeKind) {
		static struct air_comp scratch[LOAD_MAX_COMPS];
		struct flat flat = {scratch, 0};
		if (!LLVMTypeIsSized(type) || !flatten(l, type, 0, &flat)) {
			pvg_shader_refuse(l->status, PVG_SHADER_TYPE, "unsized type");
			return NULL;
		}
		t->comps = pvg_arena_alloc(l->arena, flat.count, sizeof(*t->comps));
		memcpy(t->comps, scratch, flat.count * sizeof(*t->comps));
		t->comp_count = flat.count;
		t->size_bytes = (uint32_t)LLVMABISizeOfType(l->layout, type);
		t->wide = LLVMGetTypeKind(type) == LLVMIntegerTypeKind &&
			LLVMGetIntTypeWidth(type) > 64;
		t->matrix = LLVMGetTypeKind(type) == LLVMVectorTypeKind &&
			LLVMGetVectorSize(type) == 64;
	}
	load_map_put(&l->types, type, t);
	return t;
}
