// SPDX-License-Identifier: GPL-2.0-or-later
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

static bool block_is(struct pvg_format_block *block, uint8_t width, uint8_t height,
	uint8_t bytes) {
	*block = (struct pvg_format_block){ width, height, bytes };
	return true;
}

// The ASTC sizes in the order in which every one of their three families counts them.
static bool astc_block(uint32_t index, struct pvg_format_block *block) {
	static const uint8_t sizes[][2] = { { 4, 4 }, { 5, 4 }, { 5, 5 }, { 6, 5 }, { 6, 6 },
		{ 0, 0 }, { 8, 5 }, { 8, 6 }, { 8, 8 }, { 10, 5 }, { 10, 6 }, { 10, 8 }, { 10, 10 },
		{ 12, 10 }, { 12, 12 } };
	if (index >= sizeof(sizes) / sizeof(sizes[0]) || sizes[index][0] == 0) {
		return false;
	}
	return block_is(block, sizes[index][0], sizes[index][1], 16);
}

bool pvg_format_block(uint32_t format, struct pvg_format_block *block) {
	if (format >= 186 && format <= 200) {
		return astc_block(format - 186, block);
	}
	if (format >= 204 && format <= 218) {
		return astc_block(format - 204, block);
	}
	if (format >= 222 && format <= 236) {
		return astc_block(format - 222, block);
	}
	switch (format) {
	case 1:
	case 10:
	case 11:
	case 12:
	case 13:
	case 14:
	case 253:
		return block_is(block, 1, 1, 1);
	case 20:
	case 22:
	case 23:
	case 24:
	case 25:
	case 30:
	case 31:
	case 32:
	case 33:
	case 34:
	case 40:
	case 41:
	case 42:
	case 43:
	case 250:
		return block_is(block, 1, 1, 2);
	case 53:
	case 54:
	case 55:
	case 60:
	case 62:
	case 63:
	case 64:
	case 65:
	case 70:
	case 71:
	case 72:
	case 73:
	case 74:
	case 80:
	case 81:
	case 90:
	case 91:
	case 92:
	case 93:
	case 94:
	case 252:
	case 255:
	case 262:
	case 554:
	case 555:
		return block_is(block, 1, 1, 4);
	case 103:
	case 104:
	case 105:
	case 110:
	case 112:
	case 113:
	case 114:
	case 115:
	case 260:
	case 261:
	case 552:
	case 553:
		return block_is(block, 1, 1, 8);
	case 123:
	case 124:
	case 125:
		return block_is(block, 1, 1, 16);
	case 130:
	case 131:
	case 140:
	case 141:
	case 170:
	case 172:
	case 180:
	case 181:
	case 182:
	case 183:
		return block_is(block, 4, 4, 8);
	case 132:
	case 133:
	case 134:
	case 135:
	case 142:
	case 143:
	case 150:
	case 151:
	case 152:
	case 153:
	case 174:
	case 176:
	case 178:
	case 179:
		return block_is(block, 4, 4, 16);
	case 160:
	case 161:
	case 164:
	case 165:
		return block_is(block, 8, 4, 8);
	case 162:
	case 163:
	case 166:
	case 167:
		return block_is(block, 4, 4, 8);
	case 240:
	case 241:
		return block_is(block, 2, 1, 4);
	}
	return false;
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
