// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Views: byte orders, swizzles, sRGB, reinterpretation, stencil; mipmaps.
 */
#include <math.h>
#include <string.h>

#include "render/gles/gles.h"
#include "seam.h"

static const uint8_t identity[4] = { 2, 3, 4, 5 };

static struct pvg_gpu_view *view_as(struct seam *s, struct pvg_gpu_image *image, uint16_t format,
	const uint8_t swizzle[4]) {
	struct pvg_gpu_view_desc desc = {
		.kind = PVG_GPU_2D, .format = format, .levels = 1, .slices = 1
	};
	memcpy(desc.swizzle, swizzle, 4);
	struct pvg_gpu_view *view = s->r->ops->view_create(s->r, image, &desc);
	assert_non_null(view);
	return view;
}

static void assert_texel(struct seam *s, struct pvg_gpu_view *view, const float want[4]) {
	float got[4];
	seam_fetch(s, view, 0, 0, 0, got);
	for (int i = 0; i < 4; i++) {
		if (fabsf(got[i] - want[i]) > 0.002f) {
			print_error("%g %g %g %g, not %g %g %g %g\n", got[0], got[1], got[2],
				got[3], want[0], want[1], want[2], want[3]);
		}
		assert_true(fabsf(got[i] - want[i]) <= 0.002f);
	}
}

// A 1x1 image with these bytes, seen through a format.
static void check(struct seam *s, uint16_t format, const void *bytes, size_t count,
	const float want[4]) {
	if (s->r->ops->format_caps(s->r, format) == 0) {
		return;
	}
	struct pvg_gpu_image *image = seam_image(s, PVG_GPU_2D, format, 1, 1, 1, 1, 1, 1);
	struct pvg_gpu_buffer *b = seam_buffer(s, 64);
	memcpy(b->map, bytes, count);
	seam_upload(s, b, 0, 0, image, 0, 0, 1, 1);
	seam_run(s);
	struct pvg_gpu_view *view = view_as(s, image, format, identity);
	assert_texel(s, view, want);
	seam_destroy_view(s, view);
	seam_destroy_buffer(s, b);
	seam_destroy_image(s, image);
}

// Spec 02 section 6.1: where each channel lies in memory.
static void bytes_mean_what_metal_says(void **state) {
	struct seam *s = *state;
	static const struct {
		uint16_t format;
		uint8_t count, bytes[16];
		float want[4];
	} rows[] = {
		{ 1, 1, { 51 }, { 0, 0, 0, 0.2f } },
		{ 10, 1, { 51 }, { 0.2f, 0, 0, 1 } },
		{ 12, 1, { 0x81 }, { -1, 0, 0, 1 } },
		{ 13, 1, { 200 }, { 200, 0, 0, 1 } },
		{ 14, 1, { 0xfe }, { -2, 0, 0, 1 } },
		{ 20, 2, { 0x33, 0x33 }, { 0.2f, 0, 0, 1 } },
		{ 25, 2, { 0x00, 0xc0 }, { -2, 0, 0, 1 } },
		{ 30, 2, { 51, 255 }, { 0.2f, 1, 0, 1 } },
		{ 40, 2, { 0x1f, 0x00 }, { 0, 0, 1, 1 } },          // blue in bits 4:0
		{ 41, 2, { 0x01, 0xf8 }, { 1, 0, 0, 1 } },          // alpha in bit 0
		{ 41, 2, { 0x3e, 0x00 }, { 0, 0, 1, 0 } },
		{ 42, 2, { 0x0f, 0xf0 }, { 1, 0, 0, 1 } },          // alpha in bits 3:0
		{ 43, 2, { 0x1f, 0x80 }, { 0, 0, 1, 1 } }, // blue in bits 4:0, alpha in bit 15
		{ 43, 2, { 0x00, 0x7c }, { 1, 0, 0, 0 } },
		{ 53, 4, { 1, 2, 0, 0 }, { 513, 0, 0, 1 } },
		{ 55, 4, { 0, 0, 0x80, 0x3f }, { 1, 0, 0, 1 } },
		{ 70, 4, { 255, 51, 0, 102 }, { 1, 0.2f, 0, 0.4f } },
		{ 71, 4, { 188, 255, 0, 51 }, { 0.5029f, 1, 0, 0.2f } },
		{ 72, 4, { 127, 0x81, 0, 127 }, { 1, -1, 0, 1 } },
		{ 80, 4, { 255, 51, 0, 102 }, { 0, 0.2f, 1, 0.4f } },
		{ 81, 4, { 188, 255, 0, 51 }, { 0, 1, 0.5029f, 0.2f } },
		{ 90, 4, { 0xff, 0x03, 0, 0x40 }, { 1, 0, 0, 0.3333f } }, // red in bits 9:0
		{ 94, 4, { 0xff, 0x03, 0, 0x40 }, { 0, 0, 1, 0.3333f } }, // blue in bits 9:0
		{ 91, 4, { 5, 0, 0, 0xc0 }, { 5, 0, 0, 3 } },
		{ 92, 4, { 0xc0, 0x03, 0, 0 }, { 1, 0, 0, 1 } },
		{ 93, 4, { 0x00, 0x01, 0x00, 0x80 }, { 1, 0, 0, 1 } },
		{ 65, 4, { 0, 0x3c, 0, 0xc0 }, { 1, -2, 0, 1 } },
		{ 103, 8, { 7, 0, 0, 0, 9, 0, 0, 0 }, { 7, 9, 0, 1 } },
		{ 115, 8, { 0, 0x3c, 0, 0x40, 0, 0, 0, 0xbc }, { 1, 2, 0, -1 } },
		{ 110, 8, { 0xff, 0xff, 0x33, 0x33, 0, 0, 0xff, 0xff }, { 1, 0.2f, 0, 1 } },
		{ 125, 16, { 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0x80, 0xbf },
			{ 1, 2, 0, -1 } },
		// sRGB of one and two channels, where the host has them
		{ 11, 1, { 188 }, { 0.5029f, 0, 0, 1 } },
		{ 31, 2, { 188, 255 }, { 0.5029f, 1, 0, 1 } },
		{ 250, 2, { 0x33, 0x33 }, { 0.2f, 0, 0, 1 } },
		{ 252, 4, { 0, 0, 0, 0x3f }, { 0.5f, 0, 0, 1 } },
		{ 253, 1, { 77 }, { 77, 0, 0, 1 } },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check(s, rows[i].format, rows[i].bytes, rows[i].count, rows[i].want);
	}
}

static void swizzles_come_after_the_formats_own(void **state) {
	struct seam *s = *state;
	struct pvg_gpu_image *image = seam_image(s, PVG_GPU_2D, 80, 1, 1, 1, 1, 1, 1);
	struct pvg_gpu_image *alpha = seam_image(s, PVG_GPU_2D, 1, 1, 1, 1, 1, 1, 1);
	struct pvg_gpu_buffer *b = seam_buffer(s, 64);
	memcpy(b->map, (uint8_t[]){ 51, 102, 153, 204 }, 4); // b 0.2, g 0.4, r 0.6, a 0.8
	seam_upload(s, b, 0, 0, image, 0, 0, 1, 1);
	seam_upload(s, b, 0, 0, alpha, 0, 0, 1, 1);
	seam_run(s);
	static const struct {
		uint8_t swizzle[4];
		float want[4];
	} rows[] = {
		{ { 2, 3, 4, 5 }, { 0.6f, 0.4f, 0.2f, 0.8f } },
		{ { 4, 3, 2, 1 }, { 0.2f, 0.4f, 0.6f, 1 } },
		{ { 5, 5, 5, 0 }, { 0.8f, 0.8f, 0.8f, 0 } },
		{ { 0, 1, 2, 2 }, { 0, 1, 0.6f, 0.6f } },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pvg_gpu_view *view = view_as(s, image, 80, rows[i].swizzle);
		assert_texel(s, view, rows[i].want);
		seam_destroy_view(s, view);
	}
	struct pvg_gpu_view *view = view_as(s, alpha, 1, (uint8_t[]){ 5, 5, 5, 1 });
	assert_texel(s, view, (float[]){ 0.2f, 0.2f, 0.2f, 1 });
	seam_destroy_view(s, view);
	// A view that was made later has changed nothing in the earlier one.
	view = view_as(s, image, 80, identity);
	struct pvg_gpu_view *other = view_as(s, image, 70, (uint8_t[]){ 1, 1, 1, 1 });
	assert_texel(s, view, rows[0].want);
	seam_destroy_view(s, other);
	seam_destroy_view(s, view);
	seam_destroy_buffer(s, b);
	seam_destroy_image(s, image);
	seam_destroy_image(s, alpha);
}

// One storage, many formats: 70, 71, 80 and 81 and everything else of four bytes.
static void views_of_another_format_show_the_same_bytes(void **state) {
	struct seam *s = *state;
	static const uint16_t formats[] = { 70, 71, 80, 81 };
	static const float want[][4] = { { 0.7373f, 0, 1, 0.2f }, { 0.5029f, 0, 1, 0.2f },
		{ 1, 0, 0.7373f, 0.2f }, { 1, 0, 0.5029f, 0.2f } };
	struct pvg_gpu_buffer *b = seam_buffer(s, 64);
	memcpy(b->map, (uint8_t[]){ 188, 0, 255, 51 }, 4);
	for (int i = 0; i < 4; i++) {
		struct pvg_gpu_image *image =
			seam_image(s, PVG_GPU_2D, formats[i], 1, 1, 1, 1, 1, 1);
		seam_upload(s, b, 0, 0, image, 0, 0, 1, 1);
		seam_run(s);
		for (int k = 0; k < 4; k++) {
			struct pvg_gpu_view *view = view_as(s, image, formats[k], identity);
			assert_texel(s, view, want[k]);
			assert_int_equal(gles_view(view)->bgra, k >= 2);
			assert_int_equal(gles_view(view)->srgb, k % 2);
			seam_destroy_view(s, view);
		}
		struct pvg_gpu_view *view = view_as(s, image, 53, identity);
		assert_texel(s, view, (float[]){ (float)0x33ff00bc, 0, 0, 1 });
		seam_destroy_view(s, view);
		seam_destroy_image(s, image);
	}
	seam_destroy_buffer(s, b);
}

static void views_that_cannot_be_are_refused(void **state) {
	struct seam *s = *state;
	struct pvg_gpu_image *image = seam_image(s, PVG_GPU_2D_ARRAY, 80, 8, 8, 1, 2, 4, 1);
	struct pvg_gpu_view_desc good = { .kind = PVG_GPU_2D_ARRAY,
		.format = 80,
		.first_level = 1,
		.levels = 1,
		.first_slice = 1,
		.slices = 2,
		.swizzle = { 2, 3, 4, 5 } };
	struct pvg_gpu_view *view = s->r->ops->view_create(s->r, image, &good);
	assert_non_null(view);
	seam_destroy_view(s, view);
	struct pvg_gpu_view_desc bad[9];
	for (int i = 0; i < 9; i++) {
		bad[i] = good;
	}
	bad[0].levels = 2;
	bad[1].slices = 4;
	bad[2].kind = PVG_GPU_3D;
	bad[3].kind = PVG_GPU_CUBE;
	bad[4].format = 10; // one byte a texel
	bad[5].format = 252; // depth
	bad[6].format = 160;
	bad[7].levels = 0;
	bad[8].kind = PVG_GPU_2D;
	for (int i = 0; i < 9; i++) {
		assert_null(s->r->ops->view_create(s->r, image, &bad[i]));
	}
	assert_int_equal(seam_refusals, 9);
	seam_destroy_image(s, image);
}

static void a_stencil_view_shows_the_stencil(void **state) {
	struct seam *s = *state;
	static const uint16_t formats[2][2] = { { 260, 261 }, { 255, 262 } };
	for (int i = 0; i < 2; i++) {
		if (s->r->ops->format_caps(s->r, formats[i][0]) == 0) {
			continue;
		}
		struct pvg_gpu_image *image =
			seam_image(s, PVG_GPU_2D, formats[i][0], 1, 1, 1, 1, 1, 1);
		struct pvg_gpu_buffer *b = seam_buffer(s, 64);
		memcpy(b->map, (uint8_t[]){ 0, 0, 0, 0x3f, 99, 0, 0, 0 }, 8);
		if (i == 1) {
			memcpy(b->map, (uint8_t[]){ 99, 0, 0, 0x80 }, 4);
		}
		seam_upload(s, b, 0, 0, image, 0, 0, 1, 1);
		seam_run(s);
		struct pvg_gpu_view *depth = view_as(s, image, formats[i][0], identity);
		struct pvg_gpu_view *stencil = view_as(s, image, formats[i][1], identity);
		assert_texel(s, depth, (float[]){ 0.5f, 0, 0, 1 });
		assert_texel(s, stencil, (float[]){ 99, 0, 0, 1 });
		assert_texel(s, depth, (float[]){ 0.5f, 0, 0, 1 });
		seam_destroy_view(s, depth);
		seam_destroy_view(s, stencil);
		seam_destroy_buffer(s, b);
		seam_destroy_image(s, image);
	}
}

// Black and white in turn: grey by energy is 188 in sRGB, grey by number is 128.
static void mipmaps_of_srgb_are_averaged_in_linear_light(void **state) {
	struct seam *s = *state;
	static const struct {
		uint16_t image, view;
		uint8_t low, high;
	} rows[] = { { 70, 70, 127, 128 }, { 80, 80, 127, 128 }, { 71, 71, 187, 188 },
		{ 81, 81, 187, 188 }, { 80, 81, 187, 188 }, { 81, 80, 127, 128 } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pvg_gpu_image *image =
			seam_image(s, PVG_GPU_2D, rows[i].image, 8, 8, 1, 4, 1, 1);
		struct pvg_gpu_view *view = seam_view(s, image, rows[i].view);
		struct pvg_gpu_buffer *b = seam_buffer(s, 8 * 8 * 4 * 2);
		for (uint32_t p = 0; p < 64; p++) {
			memset(b->map + p * 4, (p + p / 8) % 2 ? 255 : 0, 4);
		}
		seam_upload(s, b, 0, 0, image, 0, 0, 8, 8);
		seam_add(s, PVG_GPU_OP_MIPMAPS)->mipmaps.view = view;
		seam_read(s, b, 256, 0, image, 1, 0, 4, 4);
		seam_read(s, b, 256 + 64, 0, image, 3, 0, 1, 1);
		seam_run(s);
		for (uint32_t p = 0; p < 17; p++) {
			for (uint32_t c = 0; c < 3; c++) {
				assert_in_range(b->map[256 + p * 4 + c], rows[i].low, rows[i].high);
			}
			assert_in_range(b->map[256 + p * 4 + 3], 127, 128); // alpha is linear
		}
		seam_destroy_buffer(s, b);
		seam_destroy_view(s, view);
		seam_destroy_image(s, image);
	}
}

static void mipmaps_stay_within_the_view(void **state) {
	struct seam *s = *state;
	struct pvg_gpu_image *image = seam_image(s, PVG_GPU_2D_ARRAY, 80, 8, 8, 1, 4, 2, 1);
	struct pvg_gpu_view_desc desc = { .kind = PVG_GPU_2D,
		.format = 81,
		.first_level = 1,
		.levels = 2,
		.first_slice = 1,
		.slices = 1,
		.swizzle = { 2, 3, 4, 5 } };
	struct pvg_gpu_view *view = s->r->ops->view_create(s->r, image, &desc);
	struct pvg_gpu_buffer *b = seam_buffer(s, 1024);
	for (uint32_t i = 0; i < 256; i++) {
		b->map[i] = i % 8 < 4 ? 0 : 255;
	}
	for (uint16_t slice = 0; slice < 2; slice++) {
		seam_upload(s, b, 0, 0, image, 1, slice, 4, 4);
	}
	seam_add(s, PVG_GPU_OP_MIPMAPS)->mipmaps.view = view;
	seam_read(s, b, 256, 0, image, 2, 1, 2, 2); // made
	seam_read(s, b, 512, 0, image, 3, 1, 1, 1); // not of the view
	seam_read(s, b, 768, 0, image, 2, 0, 2, 2); // another slice
	seam_run(s);
	for (uint32_t i = 0; i < 16; i++) {
		if (i % 4 != 3) {
			assert_in_range(b->map[256 + i], 187, 188);
		}
		assert_int_equal(b->map[768 + i], 0);
	}
	assert_int_equal(b->map[512], 0);
	seam_destroy_buffer(s, b);
	seam_destroy_view(s, view);
	seam_destroy_image(s, image);
}

static void mipmaps_of_integers_and_depth_are_refused(void **state) {
	struct seam *s = *state;
	static const uint16_t formats[] = { 53, 73, 252 };
	for (int i = 0; i < 3; i++) {
		struct pvg_gpu_image *image =
			seam_image(s, PVG_GPU_2D, formats[i], 8, 8, 1, 4, 1, 1);
		struct pvg_gpu_view *view = seam_view(s, image, formats[i]);
		seam_add(s, PVG_GPU_OP_MIPMAPS)->mipmaps.view = view;
		seam_run(s);
		seam_destroy_view(s, view);
		seam_destroy_image(s, image);
	}
	assert_int_equal(seam_refusals, 3);
}

static void samplers_are_made_and_limited(void **state) {
	struct seam *s = *state;
	struct gles_renderer *r = gles_renderer(s->r);
	struct pvg_gpu_sampler_desc desc = { .min_filter = 1,
		.mag_filter = 1,
		.mip_filter = 2,
		.address = { 4, 5, 1 },
		.border = 2,
		.compare = 3,
		.max_anisotropy = 255,
		.normalized = true,
		.lod_max = 5 };
	struct pvg_gpu_sampler *base = s->r->ops->sampler_create(s->r, &desc);
	struct gles_sampler *sampler = gles_sampler(base);
	GLint value;
	GLfloat number, color[4];
	glGetSamplerParameteriv(sampler->id, GL_TEXTURE_MIN_FILTER, &value);
	assert_int_equal(value, GL_LINEAR_MIPMAP_LINEAR);
	glGetSamplerParameteriv(sampler->id, GL_TEXTURE_COMPARE_FUNC, &value);
	assert_int_equal(value, GL_LEQUAL);
	glGetSamplerParameteriv(sampler->id, GL_TEXTURE_WRAP_S, &value);
	assert_int_equal(value, GL_CLAMP_TO_BORDER);
	glGetSamplerParameterfv(sampler->id, GL_TEXTURE_BORDER_COLOR, color);
	assert_true(color[0] == 0 && color[3] == 0); // clamp to zero wins
	assert_int_equal(gles_sampler_id(r, sampler, false, 0, 0), sampler->id);
	GLuint one = gles_sampler_id(r, sampler, true, 1, 2);
	assert_true(one != sampler->id && one == gles_sampler_id(r, sampler, true, 1, 2));
	glGetSamplerParameterfv(one, GL_TEXTURE_MAX_LOD, &number);
	assert_true(number == 2);
	// New limits without end make no samplers without end.
	GLuint highest = 0;
	for (int i = 0; i < 1000; i++) {
		GLuint id = gles_sampler_id(r, sampler, true, (float)i, 1000);
		highest = id > highest ? id : highest;
	}
	assert_true(highest < 64);
	s->r->ops->sampler_destroy(s->r, base);
}

int main(int argc, char **argv) {
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_mean_what_metal_says),
		cmocka_unit_test(swizzles_come_after_the_formats_own),
		cmocka_unit_test(views_of_another_format_show_the_same_bytes),
		cmocka_unit_test(views_that_cannot_be_are_refused),
		cmocka_unit_test(a_stencil_view_shows_the_stencil),
		cmocka_unit_test(mipmaps_of_srgb_are_averaged_in_linear_light),
		cmocka_unit_test(mipmaps_stay_within_the_view),
		cmocka_unit_test(mipmaps_of_integers_and_depth_are_refused),
		cmocka_unit_test(samplers_are_made_and_limited),
	};
	return seam_main(tests, sizeof(tests) / sizeof(tests[0]), "views",
		argc > 1 ? argv[1] : NULL);
}
