// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include <pvg/format.h>

enum { SRGB = 1, BLUE = 2, DEPTH = 4, STENCIL = 8, VIEW = 16 };

/*
 * X(number, name, block width, block height, block bytes, kind, class, components, twin, flags).
 * Numbers that are missing have no public layout (spec 02 section 6.1).
 */
// clang-format off
#define FORMATS(X) \
	X(1, A8Unorm, 1, 1, 1, PLAIN, UNORM, 1, 0, 0) \
	X(10, R8Unorm, 1, 1, 1, PLAIN, UNORM, 1, 11, 0) \
	X(11, R8Unorm_sRGB, 1, 1, 1, PLAIN, UNORM, 1, 10, SRGB) \
	X(12, R8Snorm, 1, 1, 1, PLAIN, SNORM, 1, 0, 0) \
	X(13, R8Uint, 1, 1, 1, PLAIN, UINT, 1, 0, 0) \
	X(14, R8Sint, 1, 1, 1, PLAIN, SINT, 1, 0, 0) \
	X(20, R16Unorm, 1, 1, 2, PLAIN, UNORM, 1, 0, 0) \
	X(22, R16Snorm, 1, 1, 2, PLAIN, SNORM, 1, 0, 0) \
	X(23, R16Uint, 1, 1, 2, PLAIN, UINT, 1, 0, 0) \
	X(24, R16Sint, 1, 1, 2, PLAIN, SINT, 1, 0, 0) \
	X(25, R16Float, 1, 1, 2, PLAIN, FLOAT, 1, 0, 0) \
	X(30, RG8Unorm, 1, 1, 2, PLAIN, UNORM, 2, 31, 0) \
	X(31, RG8Unorm_sRGB, 1, 1, 2, PLAIN, UNORM, 2, 30, SRGB) \
	X(32, RG8Snorm, 1, 1, 2, PLAIN, SNORM, 2, 0, 0) \
	X(33, RG8Uint, 1, 1, 2, PLAIN, UINT, 2, 0, 0) \
	X(34, RG8Sint, 1, 1, 2, PLAIN, SINT, 2, 0, 0) \
	X(40, B5G6R5Unorm, 1, 1, 2, PLAIN, UNORM, 3, 0, BLUE) \
	X(41, A1BGR5Unorm, 1, 1, 2, PLAIN, UNORM, 4, 0, 0) \
	X(42, ABGR4Unorm, 1, 1, 2, PLAIN, UNORM, 4, 0, 0) \
	X(43, BGR5A1Unorm, 1, 1, 2, PLAIN, UNORM, 4, 0, BLUE) \
	X(53, R32Uint, 1, 1, 4, PLAIN, UINT, 1, 0, 0) \
	X(54, R32Sint, 1, 1, 4, PLAIN, SINT, 1, 0, 0) \
	X(55, R32Float, 1, 1, 4, PLAIN, FLOAT, 1, 0, 0) \
	X(60, RG16Unorm, 1, 1, 4, PLAIN, UNORM, 2, 0, 0) \
	X(62, RG16Snorm, 1, 1, 4, PLAIN, SNORM, 2, 0, 0) \
	X(63, RG16Uint, 1, 1, 4, PLAIN, UINT, 2, 0, 0) \
	X(64, RG16Sint, 1, 1, 4, PLAIN, SINT, 2, 0, 0) \
	X(65, RG16Float, 1, 1, 4, PLAIN, FLOAT, 2, 0, 0) \
	X(70, RGBA8Unorm, 1, 1, 4, PLAIN, UNORM, 4, 71, 0) \
	X(71, RGBA8Unorm_sRGB, 1, 1, 4, PLAIN, UNORM, 4, 70, SRGB) \
	X(72, RGBA8Snorm, 1, 1, 4, PLAIN, SNORM, 4, 0, 0) \
	X(73, RGBA8Uint, 1, 1, 4, PLAIN, UINT, 4, 0, 0) \
	X(74, RGBA8Sint, 1, 1, 4, PLAIN, SINT, 4, 0, 0) \
	X(80, BGRA8Unorm, 1, 1, 4, PLAIN, UNORM, 4, 81, BLUE) \
	X(81, BGRA8Unorm_sRGB, 1, 1, 4, PLAIN, UNORM, 4, 80, SRGB | BLUE) \
	X(90, RGB10A2Unorm, 1, 1, 4, PLAIN, UNORM, 4, 0, 0) \
	X(91, RGB10A2Uint, 1, 1, 4, PLAIN, UINT, 4, 0, 0) \
	X(92, RG11B10Float, 1, 1, 4, PLAIN, FLOAT, 3, 0, 0) \
	X(93, RGB9E5Float, 1, 1, 4, PLAIN, FLOAT, 3, 0, 0) \
	X(94, BGR10A2Unorm, 1, 1, 4, PLAIN, UNORM, 4, 0, BLUE) \
	X(103, RG32Uint, 1, 1, 8, PLAIN, UINT, 2, 0, 0) \
	X(104, RG32Sint, 1, 1, 8, PLAIN, SINT, 2, 0, 0) \
	X(105, RG32Float, 1, 1, 8, PLAIN, FLOAT, 2, 0, 0) \
	X(110, RGBA16Unorm, 1, 1, 8, PLAIN, UNORM, 4, 0, 0) \
	X(112, RGBA16Snorm, 1, 1, 8, PLAIN, SNORM, 4, 0, 0) \
	X(113, RGBA16Uint, 1, 1, 8, PLAIN, UINT, 4, 0, 0) \
	X(114, RGBA16Sint, 1, 1, 8, PLAIN, SINT, 4, 0, 0) \
	X(115, RGBA16Float, 1, 1, 8, PLAIN, FLOAT, 4, 0, 0) \
	X(123, RGBA32Uint, 1, 1, 16, PLAIN, UINT, 4, 0, 0) \
	X(124, RGBA32Sint, 1, 1, 16, PLAIN, SINT, 4, 0, 0) \
	X(125, RGBA32Float, 1, 1, 16, PLAIN, FLOAT, 4, 0, 0) \
	X(130, BC1_RGBA, 4, 4, 8, BC, UNORM, 4, 131, 0) \
	X(131, BC1_RGBA_sRGB, 4, 4, 8, BC, UNORM, 4, 130, SRGB) \
	X(132, BC2_RGBA, 4, 4, 16, BC, UNORM, 4, 133, 0) \
	X(133, BC2_RGBA_sRGB, 4, 4, 16, BC, UNORM, 4, 132, SRGB) \
	X(134, BC3_RGBA, 4, 4, 16, BC, UNORM, 4, 135, 0) \
	X(135, BC3_RGBA_sRGB, 4, 4, 16, BC, UNORM, 4, 134, SRGB) \
	X(140, BC4_RUnorm, 4, 4, 8, BC, UNORM, 1, 0, 0) \
	X(141, BC4_RSnorm, 4, 4, 8, BC, SNORM, 1, 0, 0) \
	X(142, BC5_RGUnorm, 4, 4, 16, BC, UNORM, 2, 0, 0) \
	X(143, BC5_RGSnorm, 4, 4, 16, BC, SNORM, 2, 0, 0) \
	X(150, BC6H_RGBFloat, 4, 4, 16, BC, FLOAT, 3, 0, 0) \
	X(151, BC6H_RGBUfloat, 4, 4, 16, BC, FLOAT, 3, 0, 0) \
	X(152, BC7_RGBAUnorm, 4, 4, 16, BC, UNORM, 4, 153, 0) \
	X(153, BC7_RGBAUnorm_sRGB, 4, 4, 16, BC, UNORM, 4, 152, SRGB) \
	X(160, PVRTC_RGB_2BPP, 8, 4, 8, PVRTC, UNORM, 3, 161, 0) \
	X(161, PVRTC_RGB_2BPP_sRGB, 8, 4, 8, PVRTC, UNORM, 3, 160, SRGB) \
	X(162, PVRTC_RGB_4BPP, 4, 4, 8, PVRTC, UNORM, 3, 163, 0) \
	X(163, PVRTC_RGB_4BPP_sRGB, 4, 4, 8, PVRTC, UNORM, 3, 162, SRGB) \
	X(164, PVRTC_RGBA_2BPP, 8, 4, 8, PVRTC, UNORM, 4, 165, 0) \
	X(165, PVRTC_RGBA_2BPP_sRGB, 8, 4, 8, PVRTC, UNORM, 4, 164, SRGB) \
	X(166, PVRTC_RGBA_4BPP, 4, 4, 8, PVRTC, UNORM, 4, 167, 0) \
	X(167, PVRTC_RGBA_4BPP_sRGB, 4, 4, 8, PVRTC, UNORM, 4, 166, SRGB) \
	X(170, EAC_R11Unorm, 4, 4, 8, ETC, UNORM, 1, 0, 0) \
	X(172, EAC_R11Snorm, 4, 4, 8, ETC, SNORM, 1, 0, 0) \
	X(174, EAC_RG11Unorm, 4, 4, 16, ETC, UNORM, 2, 0, 0) \
	X(176, EAC_RG11Snorm, 4, 4, 16, ETC, SNORM, 2, 0, 0) \
	X(178, EAC_RGBA8, 4, 4, 16, ETC, UNORM, 4, 179, 0) \
	X(179, EAC_RGBA8_sRGB, 4, 4, 16, ETC, UNORM, 4, 178, SRGB) \
	X(180, ETC2_RGB8, 4, 4, 8, ETC, UNORM, 3, 181, 0) \
	X(181, ETC2_RGB8_sRGB, 4, 4, 8, ETC, UNORM, 3, 180, SRGB) \
	X(182, ETC2_RGB8A1, 4, 4, 8, ETC, UNORM, 4, 183, 0) \
	X(183, ETC2_RGB8A1_sRGB, 4, 4, 8, ETC, UNORM, 4, 182, SRGB) \
	X(186, ASTC_4x4_sRGB, 4, 4, 16, ASTC, UNORM, 4, 204, SRGB) \
	X(187, ASTC_5x4_sRGB, 5, 4, 16, ASTC, UNORM, 4, 205, SRGB) \
	X(188, ASTC_5x5_sRGB, 5, 5, 16, ASTC, UNORM, 4, 206, SRGB) \
	X(189, ASTC_6x5_sRGB, 6, 5, 16, ASTC, UNORM, 4, 207, SRGB) \
	X(190, ASTC_6x6_sRGB, 6, 6, 16, ASTC, UNORM, 4, 208, SRGB) \
	X(192, ASTC_8x5_sRGB, 8, 5, 16, ASTC, UNORM, 4, 210, SRGB) \
	X(193, ASTC_8x6_sRGB, 8, 6, 16, ASTC, UNORM, 4, 211, SRGB) \
	X(194, ASTC_8x8_sRGB, 8, 8, 16, ASTC, UNORM, 4, 212, SRGB) \
	X(195, ASTC_10x5_sRGB, 10, 5, 16, ASTC, UNORM, 4, 213, SRGB) \
	X(196, ASTC_10x6_sRGB, 10, 6, 16, ASTC, UNORM, 4, 214, SRGB) \
	X(197, ASTC_10x8_sRGB, 10, 8, 16, ASTC, UNORM, 4, 215, SRGB) \
	X(198, ASTC_10x10_sRGB, 10, 10, 16, ASTC, UNORM, 4, 216, SRGB) \
	X(199, ASTC_12x10_sRGB, 12, 10, 16, ASTC, UNORM, 4, 217, SRGB) \
	X(200, ASTC_12x12_sRGB, 12, 12, 16, ASTC, UNORM, 4, 218, SRGB) \
	X(204, ASTC_4x4_LDR, 4, 4, 16, ASTC, UNORM, 4, 186, 0) \
	X(205, ASTC_5x4_LDR, 5, 4, 16, ASTC, UNORM, 4, 187, 0) \
	X(206, ASTC_5x5_LDR, 5, 5, 16, ASTC, UNORM, 4, 188, 0) \
	X(207, ASTC_6x5_LDR, 6, 5, 16, ASTC, UNORM, 4, 189, 0) \
	X(208, ASTC_6x6_LDR, 6, 6, 16, ASTC, UNORM, 4, 190, 0) \
	X(210, ASTC_8x5_LDR, 8, 5, 16, ASTC, UNORM, 4, 192, 0) \
	X(211, ASTC_8x6_LDR, 8, 6, 16, ASTC, UNORM, 4, 193, 0) \
	X(212, ASTC_8x8_LDR, 8, 8, 16, ASTC, UNORM, 4, 194, 0) \
	X(213, ASTC_10x5_LDR, 10, 5, 16, ASTC, UNORM, 4, 195, 0) \
	X(214, ASTC_10x6_LDR, 10, 6, 16, ASTC, UNORM, 4, 196, 0) \
	X(215, ASTC_10x8_LDR, 10, 8, 16, ASTC, UNORM, 4, 197, 0) \
	X(216, ASTC_10x10_LDR, 10, 10, 16, ASTC, UNORM, 4, 198, 0) \
	X(217, ASTC_12x10_LDR, 12, 10, 16, ASTC, UNORM, 4, 199, 0) \
	X(218, ASTC_12x12_LDR, 12, 12, 16, ASTC, UNORM, 4, 200, 0) \
	X(222, ASTC_4x4_HDR, 4, 4, 16, ASTC_HDR, FLOAT, 4, 0, 0) \
	X(223, ASTC_5x4_HDR, 5, 4, 16, ASTC_HDR, FLOAT, 4, 0, 0) \
	X(224, ASTC_5x5_HDR, 5, 5, 16, ASTC_HDR, FLOAT, 4, 0, 0) \
	X(225, ASTC_6x5_HDR, 6, 5, 16, ASTC_HDR, FLOAT, 4, 0, 0) \
	X(226, ASTC_6x6_HDR, 6, 6, 16, ASTC_HDR, FLOAT, 4, 0, 0) \
	X(228, ASTC_8x5_HDR, 8, 5, 16, ASTC_HDR, FLOAT, 4, 0, 0) \
	X(229, ASTC_8x6_HDR, 8, 6, 16, ASTC_HDR, FLOAT, 4, 0, 0) \
	X(230, ASTC_8x8_HDR, 8, 8, 16, ASTC_HDR, FLOAT, 4, 0, 0) \
	X(231, ASTC_10x5_HDR, 10, 5, 16, ASTC_HDR, FLOAT, 4, 0, 0) \
	X(232, ASTC_10x6_HDR, 10, 6, 16, ASTC_HDR, FLOAT, 4, 0, 0) \
	X(233, ASTC_10x8_HDR, 10, 8, 16, ASTC_HDR, FLOAT, 4, 0, 0) \
	X(234, ASTC_10x10_HDR, 10, 10, 16, ASTC_HDR, FLOAT, 4, 0, 0) \
	X(235, ASTC_12x10_HDR, 12, 10, 16, ASTC_HDR, FLOAT, 4, 0, 0) \
	X(236, ASTC_12x12_HDR, 12, 12, 16, ASTC_HDR, FLOAT, 4, 0, 0) \
	X(240, GBGR422, 2, 1, 4, YUV, UNORM, 3, 0, 0) \
	X(241, BGRG422, 2, 1, 4, YUV, UNORM, 3, 0, 0) \
	X(250, Depth16Unorm, 1, 1, 2, PLAIN, DEPTH, 1, 0, DEPTH) \
	X(252, Depth32Float, 1, 1, 4, PLAIN, DEPTH, 1, 0, DEPTH) \
	X(253, Stencil8, 1, 1, 1, PLAIN, STENCIL, 1, 0, STENCIL) \
	X(255, Depth24Unorm_Stencil8, 1, 1, 4, PLAIN, DEPTH, 1, 0, DEPTH | STENCIL) \
	X(260, Depth32Float_Stencil8, 1, 1, 8, PLAIN, DEPTH, 1, 0, DEPTH | STENCIL) \
	X(261, X32_Stencil8, 1, 1, 8, PLAIN, STENCIL, 1, 0, STENCIL | VIEW) \
	X(262, X24_Stencil8, 1, 1, 4, PLAIN, STENCIL, 1, 0, STENCIL | VIEW) \
	X(552, BGRA10_XR, 1, 1, 8, PLAIN, XR, 4, 553, BLUE) \
	X(553, BGRA10_XR_sRGB, 1, 1, 8, PLAIN, XR, 4, 552, SRGB | BLUE) \
	X(554, BGR10_XR, 1, 1, 4, PLAIN, XR, 3, 555, BLUE) \
	X(555, BGR10_XR_sRGB, 1, 1, 4, PLAIN, XR, 3, 554, SRGB | BLUE)
// clang-format on

#define LAST 555u

static const struct pvg_format formats[LAST + 1] = {
#define X(n, text, w, h, size, family, shape, count, other, flags) \
	[n] = { \
		.number = n, \
		.twin = other, \
		.block_width = w, \
		.block_height = h, \
		.block_bytes = size, \
		.type = PVG_FORMAT_##shape, \
		.kind = PVG_FORMAT_##family, \
		.components = count, \
		.srgb = ((flags) & SRGB) != 0, \
		.bgra = ((flags) & BLUE) != 0, \
		.depth = ((flags) & DEPTH) != 0, \
		.stencil = ((flags) & STENCIL) != 0, \
		.view_only = ((flags) & VIEW) != 0, \
		.name = #text, \
	},
	FORMATS(X)
#undef X
};

const struct pvg_format *pvg_format_get(uint32_t number) {
	return number <= LAST && formats[number].block_bytes != 0 ? &formats[number] : NULL;
}

uint64_t pvg_format_row_bytes(const struct pvg_format *format, uint32_t width) {
	uint64_t blocks = ((uint64_t)width + format->block_width - 1) / format->block_width;

	return blocks * format->block_bytes;
}

uint32_t pvg_format_rows(const struct pvg_format *format, uint32_t height) {
	return (uint32_t)(((uint64_t)height + format->block_height - 1) / format->block_height);
}

const char *pvg_format_name(uint32_t number, char *buffer) {
	const struct pvg_format *format = pvg_format_get(number);

	if (format != NULL) {
		return format->name;
	}
	snprintf(buffer, 24, "format %u", number);
	return buffer;
}

uint32_t pvg_vertex_format_bytes(uint32_t number) {
	// 0 and 43, 44 are nobody's.
	static const uint8_t bytes[] = { 0, 2, 3, 4, 2, 3, 4, 2, 3, 4, 2, 3, 4, 4, 6, 8, 4, 6, 8, 4,
		6, 8, 4, 6, 8, 4, 6, 8, 4, 8, 12, 16, 4, 8, 12, 16, 4, 8, 12, 16, 4, 4, 4, 0, 0, 1,
		1, 1, 1, 2, 2, 2, 2, 2, 4, 4 };

	return number < sizeof(bytes) ? bytes[number] : 0;
}
