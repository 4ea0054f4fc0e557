// SPDX-License-Identifier: GPL-2.0-or-later
#include <pvg/format.h>

#include "wire/cursor.h"
#include "wire/texture.h"

#define TEXTURE_EDGE_MAX 16384
#define TEXTURE_LAYERS_MAX 2048
#define TEXTURE_LEVELS_MAX 16

void pvg_texture_read_narrow(struct pvg_cursor *c, struct pvg_texture_desc *desc) {
	uint32_t packed = pvg_rd32(c);
	*desc = (struct pvg_texture_desc){
		.type = packed & 0xf,
		.framebuffer_only = (packed & 1u << 4) != 0,
		.drawable = (packed & 1u << 5) != 0,
		.gpu_optimised = (packed & 1u << 6) != 0,
		.usage = packed >> 8 & 0xff,
		.format = (uint16_t)(packed >> 16),
		.swizzle = { 2, 3, 4, 5 },
	};
	desc->width = pvg_rd32(c);
	desc->height = pvg_rd32(c);
	desc->depth = pvg_rd32(c);
	desc->levels = pvg_rd16(c);
	desc->samples = pvg_rd16(c);
	desc->layers = pvg_rd16(c);
	desc->options = pvg_rd16(c);
	desc->protection = pvg_rd64(c);
}

void pvg_texture_read_wide(struct pvg_cursor *c, struct pvg_texture_desc *desc) {
	uint8_t packed = pvg_rd8(c);
	*desc = (struct pvg_texture_desc){
		.type = packed & 0xf,
		.framebuffer_only = (packed & 1u << 4) != 0,
		.drawable = (packed & 1u << 5) != 0,
		.gpu_optimised = (packed & 1u << 6) != 0,
		.write_swizzle = (packed & 1u << 7) != 0,
	};
	desc->format = pvg_rd16(c);
	desc->usage = pvg_rd32(c);
	desc->width = pvg_rd32(c);
	desc->height = pvg_rd32(c);
	desc->depth = pvg_rd32(c);
	desc->levels = pvg_rd16(c);
	desc->samples = pvg_rd16(c);
	desc->layers = pvg_rd16(c);
	desc->options = pvg_rd16(c);
	desc->protection = pvg_rd64(c);
	for (unsigned int i = 0; i < 4; i++) {
		desc->swizzle[i] = pvg_rd8(c);
	}
	pvg_rd_skip(c, 1); // never written
}

const char *pvg_texture_check(const struct pvg_texture_desc *desc) {
	struct pvg_format_block block;
	if (desc->type > PVG_TEXTURE_BUFFER) {
		return "unknown type";
	}
	if (!pvg_format_block(desc->format, &block)) {
		return "unknown format";
	}
	if (desc->width == 0 || desc->height == 0 || desc->depth == 0) {
		return "edge is 0";
	}
	// A texture buffer is one long row.
	uint32_t width_max = desc->type == PVG_TEXTURE_BUFFER ? 1u << 28 : TEXTURE_EDGE_MAX;
	if (desc->width > width_max || desc->height > TEXTURE_EDGE_MAX ||
		desc->depth > TEXTURE_EDGE_MAX) {
		return "edge above the limit";
	}
	if (desc->depth != 1 && desc->type != PVG_TEXTURE_3D) {
		return "depth of a flat texture";
	}
	if ((desc->type == PVG_TEXTURE_CUBE || desc->type == PVG_TEXTURE_CUBE_ARRAY) &&
		desc->width != desc->height) {
		return "cube is not square";
	}
	uint32_t edge = desc->width > desc->height ? desc->width : desc->height;
	edge = edge > desc->depth ? edge : desc->depth;
	if (desc->levels == 0 || desc->levels > TEXTURE_LEVELS_MAX ||
		edge >> (desc->levels - 1) == 0) {
		return "level count";
	}
	bool multisample = desc->type == PVG_TEXTURE_2D_MULTISAMPLE ||
		desc->type == PVG_TEXTURE_2D_MULTISAMPLE_ARRAY;
	if (desc->samples != 1 &&
		(!multisample ||
			(desc->samples != 2 && desc->samples != 4 && desc->samples != 8))) {
		return "sample count";
	}
	if (desc->layers == 0 || desc->layers > TEXTURE_LAYERS_MAX) {
		return "layer count";
	}
	for (unsigned int i = 0; i < 4; i++) {
		if (desc->swizzle[i] > 5) {
			return "swizzle";
		}
	}
	return NULL;
}

bool pvg_format_block(uint32_t number, struct pvg_format_block *block) {
	const struct pvg_format *format = pvg_format_get(number);

	if (format == NULL) {
		return false;
	}
	*block = (struct pvg_format_block){
		.width = format->block_width,
		.height = format->block_height,
		.bytes = format->block_bytes,
	};
	return true;
}

bool pvg_texture_size(const struct pvg_texture_desc *desc, uint64_t *size_bytes) {
	struct pvg_format_block block;
	if (!pvg_format_block(desc->format, &block)) {
		return false;
	}
	uint64_t slices = desc->layers;
	if (desc->type == PVG_TEXTURE_CUBE || desc->type == PVG_TEXTURE_CUBE_ARRAY) {
		slices *= 6;
	}
	uint64_t chain = 0;
	for (uint32_t level = 0; level < desc->levels; level++) {
		uint64_t width = desc->width >> level, height = desc->height >> level,
			 depth = desc->depth >> level;
		width = width != 0 ? width : 1;
		height = height != 0 ? height : 1;
		depth = depth != 0 ? depth : 1;
		uint64_t row = (width + block.width - 1) / block.width * block.bytes;
		row = (row + 63) & ~UINT64_C(63);
		uint64_t plane, bytes;
		if (!pvg_mul(row, (height + block.height - 1) / block.height, &plane) ||
			!pvg_mul(plane, depth, &bytes) || !pvg_add(chain, bytes, &chain)) {
			return false;
		}
	}
	return pvg_mul(chain, slices, &chain) && pvg_mul(chain, desc->samples, size_bytes);
}
