// SPDX-License-Identifier: GPL-2.0-or-later
// One triangle with a colour at each corner that go round: the least that shows a picture.
#include "gpu.h"

#define CORNER_BYTES 8u
#define CORNER_BYTES_MAX 32u

enum { FORMAT_UCHAR4_NORMALIZED = 9, FORMAT_SHORT2 = 16 };
enum { PIPELINE, VERTICES, EXTENT };

static const int16_t corners[3][2] = { { 0, 700 }, { -800, -600 }, { 800, -600 } };

// Functions that fetch their corners themselves.
struct kit {
	uint8_t corner_bytes, color_at;
	uint32_t scale; // of a place, for the extent that is told in buffer 1
};

static bool set_up(struct pvg_gs *gpu) {
	const char *const *functions = gpu->scene->functions;
	const struct kit *kit = gpu->scene->kit;
	struct pvg_enc_render_pipeline pipeline = {
		.vertex_function = pvg_gs_function(gpu,
			functions[0] != NULL ? functions[0] : "triangle.vert"),
		.fragment_function =
			functions[1] != NULL ? pvg_gs_function(gpu, functions[1]) : gpu->solid,
		.attribute_count = kit != NULL ? 0 : 2,
		.attributes = { { 0, FORMAT_SHORT2, 0, 0 }, { 1, FORMAT_UCHAR4_NORMALIZED, 4, 0 } },
		.layout_count = kit != NULL ? 0 : 1,
		.layouts = { { 0, 1, 1, CORNER_BYTES } },
		.colour_count = 1,
		.colours = { { .format = MTL_BGRA8, .source_rgb = 1, .source_alpha = 1,
			.write_mask = 0xf } },
	};
	uint8_t *bytes, *extent;
	gpu->own[PIPELINE] = pvg_mtl_render_pipeline(&gpu->mtl, &pipeline);
	gpu->own[VERTICES] =
		pvg_mtl_buffer(&gpu->mtl, PVG_GS_FRAMES * 3 * CORNER_BYTES_MAX, &bytes);
	gpu->own[EXTENT] = pvg_mtl_buffer(&gpu->mtl, 8, &extent);
	gpu->own_bytes = bytes;
	if (gpu->drv->error != NULL) {
		return false;
	}
	pvg_put(extent, 2000, 4);
	pvg_put(extent + 4, 2000, 4);
	return true;
}

// Places and colours as floats.
static void put_corner(const struct kit *kit, uint8_t *at, const int16_t place[2],
	const uint8_t rgba[4]) {
	for (unsigned int i = 0; i < 2; i++) {
		pvg_put(at + 4 * i, pvg_mtl_f32(place[i], kit->scale), 4);
	}
	for (unsigned int i = 0; 4 * i < (unsigned int)(kit->corner_bytes - kit->color_at); i++) {
		pvg_put(at + kit->color_at + 4 * i, pvg_mtl_f32(rgba[i] / 255, 1), 4);
	}
}

static void frame(struct pvg_gs *gpu, uint32_t target, uint64_t number) {
	static const uint8_t blue[] = { 16, 24, 48, 255 };
	const struct kit *kit = gpu->scene->kit;
	uint32_t stride = kit != NULL ? kit->corner_bytes : CORNER_BYTES;
	uint32_t first = gpu->page * 3;
	for (uint32_t i = 0; i < 3; i++) {
		uint8_t *at = gpu->own_bytes + (size_t)(first + i) * stride;
		uint32_t strong = (uint32_t)(i + number / 60) % 3;
		const uint8_t rgba[] = { strong == 0 ? 255 : 0, strong == 1 ? 255 : 0,
			strong == 2 ? 255 : 0, 255 };
		if (kit != NULL) {
			put_corner(kit, at, corners[i], rgba);
			continue;
		}
		pvg_put(at, (uint16_t)corners[i][0], 2);
		pvg_put(at + 2, (uint16_t)corners[i][1], 2);
		memcpy(at + 4, rgba, sizeof(rgba));
	}
	pvg_gs_begin(gpu, target, gpu->width, gpu->height, MTL_CLEAR, blue);
	MTL_RENDER(&gpu->mtl, 0x74, gpu->own[PIPELINE]);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x7d, 0, (uint32_t)gpu->own[VERTICES], 0);
	if (kit != NULL && kit->scale == 1) {
		pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x7d, 1, (uint32_t)gpu->own[EXTENT], 0);
	}
	pvg_mtl_draw(&gpu->mtl, MTL_TRIANGLE, first, 3, 1);
}

const struct pvg_gs_scene pvg_gs_scene_triangle = { "triangle", set_up, frame };

// The circle example of metal-rs, and Apple's first sample, whose places are pixels of an extent.
static const struct kit circle = { 20, 8, 1000 };
static const struct kit hello = { 32, 16, 1 };

const struct pvg_gs_scene pvg_gs_kits_triangle[] = {
	PVG_GS_KIT("triangle-circle", "triangle", &circle, "metalrs-circle:vs",
		"metalrs-circle:ps"),
	PVG_GS_KIT("triangle-hello", "triangle", &hello, "zhuowei-hello:vertexShader",
		"zhuowei-hello:fragmentShader"),
	{ .name = NULL },
};
