// SPDX-License-Identifier: GPL-2.0-or-later
#include "rig.h"

#include <math.h>
#include <string.h>

/* What functions read: textures through samplers, their own target, patches. */

enum { POINT, TRIANGLE = 3 };

static const double black[4] = { 0, 0, 0, 0 };

struct vertex {
	float position[4], color[4];
};

/* ---- samplers -------------------------------------------------------------------------------- */

// A row of four texels whose red is 0, 64, 128, 192; the row below has green as well.
static const uint32_t picture[2][4] = {
	{ 0xff000000, 0xff000040, 0xff000080, 0xff0000c0 },
	{ 0xff00ff00, 0xff00ff40, 0xff00ff80, 0xff00ffc0 },
};

static void upload(struct rig *rig, const struct rig_image *image, const void *texels,
	size_t texel_bytes) {
	size_t row = image->desc.width * texel_bytes, bytes = row * image->desc.height;
	struct pvg_gpu_buffer *buffer = rig_buffer(rig, texels, bytes);
	struct pvg_gpu_transfer transfer = {
		.span = { buffer, 0, bytes },
		.row_bytes = row,
		.image_bytes = bytes,
		.at = { .image = image->image },
		.width = image->desc.width,
		.height = image->desc.height,
		.depth = 1,
	};
	rig_add(rig, PVG_GPU_OP_UPLOAD)->transfer = rig_keep(rig, &transfer, sizeof(transfer));
	rig_run(rig);
	rig->r->ops->buffer_destroy(rig->r, buffer);
}

// One texel in the vertical middle of the first row, across a repeated, clamped... axis.
static double texel_at(int x, uint8_t address, uint8_t border) {
	static const double borders[] = { 0, 0, 1 };
	if (x >= 0 && x < 4) {
		return x * 64 / 255.0;
	}
	switch (address) {
	case 0:
		return x < 0 ? 0 : 192 / 255.0;
	case 1: {
		int mirrored = x < 0 ? -1 - x : x;
		return (mirrored < 4 ? mirrored : 3) * 64 / 255.0;
	}
	case 2:
		return ((x % 4 + 4) % 4) * 64 / 255.0;
	case 3: {
		int place = (x % 8 + 8) % 8;
		return (place < 4 ? place : 7 - place) * 64 / 255.0;
	}
	case 4:
		return 0;
	default:
		return borders[border];
	}
}

static double sampled(double u, uint8_t filter, uint8_t address, uint8_t border) {
	double x = u * 4;
	if (filter == 0) {
		return texel_at((int)floor(x), address, border);
	}
	int left = (int)floor(x - 0.5);
	double weight = x - 0.5 - left;
	return texel_at(left, address, border) * (1 - weight) +
		texel_at(left + 1, address, border) * weight;
}

#define PLACES 26u

/* @pixels: coordinates in texels, as a sampler may have them that is bound and not in the code. */
static void addresses_and_filters(struct rig *rig, bool pixels) {
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_point", "f_texture", RIG_RGBA32F);
	desc.topology = 1;
	desc.input.attribute_count = 1;
	desc.input.attributes[0] = (struct pvg_gpu_attribute){ .format = 31, .used = true };
	desc.input.layouts[0] =
		(struct pvg_gpu_layout){ .step = 1, .used = true, .rate = 1, .stride_bytes = 16 };
	float places[PLACES][4] = { 0 };
	for (uint32_t i = 0; i < PLACES; i++) {
		places[i][0] =
			(float)((int)i * 3 - 32) / 32 + 1.0f / 256; // -1 to 1.4, off the edges
		places[i][1] = 0.25f;
	}
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, places, sizeof(places));
	for (uint32_t i = 0; i < PLACES && pixels; i++) {
		((float *)vertices->map)[i * 4] = places[i][0] * 4;
		((float *)vertices->map)[i * 4 + 1] = places[i][1] * 2;
	}
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	// Another variant is there as well, before or after.
	struct pvg_gpu_use use = { .primitive = POINT };
	use.pixel_samplers[PVG_GPU_FRAGMENT] = !pixels;
	(void)rig_program(rig, p, &use);
	use.pixel_samplers[PVG_GPU_FRAGMENT] = pixels;
	use.pixel_samplers[PVG_GPU_VERTEX] = 1; // not used there
	struct pvg_gpu_program *program = rig_program(rig, p, &use);
	struct rig_image source = rig_image(rig, RIG_RGBA8, 4, 2, 1);
	struct rig_image target = rig_image(rig, RIG_RGBA32F, RIG_SIDE, RIG_SIDE, 1);
	upload(rig, &source, picture, 4);
	for (uint32_t i = 0; i < 24; i++) {
		uint8_t address = i / 2 % 6, filter = i & 1, border = i < 12 ? 0 : 2;
		struct pvg_gpu_sampler_desc s = {
			.min_filter = filter,
			.mag_filter = filter,
			.address = { address, 0, 0 },
			.border = border,
			.normalized = !pixels,
			.lod_max = 1000,
			.max_anisotropy = 1,
		};
		if (pixels && address != 0 && address < 4) {
			continue; // Metal has no mirror and no repetition there
		}
		struct pvg_gpu_sampler *sampler = rig->r->ops->sampler_create(rig->r, &s);
		float texels[RIG_SIDE * RIG_SIDE][4];
		assert_non_null(sampler);
		rig_begin(rig, &target, black);
		rig_use(rig, program);
		rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
		rig_bind_texture(rig, PVG_GPU_FRAGMENT, 0, source.view);
		rig_bind_sampler(rig, PVG_GPU_FRAGMENT, 0, sampler);
		rig_draw(rig, POINT, 0, PLACES);
		rig_end(rig);
		rig_read(rig, &target, texels, 16);
		for (uint32_t n = 0; n < PLACES; n++) {
			double want = sampled((double)places[n][0], filter, address, border);
			if (fabs(texels[n][0] - want) > 1.0 / 200) {
				fail_msg("address %u filter %u border %u at %g: %g, not %g",
					address, filter, border, (double)places[n][0],
					(double)texels[n][0], want);
			}
		}
		rig->r->ops->sampler_destroy(rig->r, sampler);
	}
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig_image_destroy(rig, &source);
	rig_image_destroy(rig, &target);
}

static void samplers_address_and_filter(void **state) {
	addresses_and_filters(*state, false);
}

static void samplers_take_coordinates_in_texels(void **state) {
	addresses_and_filters(*state, true);
}

/* The reference is on the left side of the comparison. */
static void shadow_samplers_compare_in_every_way(void **state) {
	static const float depths[3] = { 0.25f, 0.5f, 0.75f };
	struct rig *rig = *state;
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_point", "f_compare", RIG_RGBA32F);
	desc.topology = 1;
	desc.input.attribute_count = 1;
	desc.input.attributes[0] = (struct pvg_gpu_attribute){ .format = 31, .used = true };
	desc.input.layouts[0] =
		(struct pvg_gpu_layout){ .step = 1, .used = true, .rate = 1, .stride_bytes = 16 };
	float places[3][4] = { 0 };
	for (uint32_t i = 0; i < 3; i++) {
		places[i][0] = places[i][1] = 0.5f;
		places[i][2] = depths[i];
	}
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, places, sizeof(places));
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_program *program = rig_draws(rig, p, POINT);
	struct rig_image source = rig_image(rig, RIG_DEPTH32F, 4, 4, 1);
	struct rig_image target = rig_image(rig, RIG_RGBA32F, RIG_SIDE, RIG_SIDE, 1);
	struct pvg_gpu_pass pass = { .width = 4, .height = 4, .layers = 1, .samples = 1 };
	pass.depth.view = source.view;
	pass.depth.load = PVG_GPU_LOAD_CLEAR;
	pass.depth.store = PVG_GPU_STORE;
	pass.depth.clear.depth = 0.5;
	rig_add(rig, PVG_GPU_OP_BEGIN_PASS)->pass = rig_keep(rig, &pass, sizeof(pass));
	rig_end(rig);
	rig_run(rig);
	for (uint8_t compare = 1; compare < 8; compare++) {
		struct pvg_gpu_sampler_desc s = {
			.normalized = true,
			.lod_max = 1000,
			.max_anisotropy = 1,
			.compare = compare,
		};
		struct pvg_gpu_sampler *sampler = rig->r->ops->sampler_create(rig->r, &s);
		float texels[RIG_SIDE * RIG_SIDE][4];
		rig_begin(rig, &target, black);
		rig_use(rig, program);
		rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
		rig_bind_texture(rig, PVG_GPU_FRAGMENT, 0, source.view);
		rig_bind_sampler(rig, PVG_GPU_FRAGMENT, 0, sampler);
		rig_draw(rig, POINT, 0, 3);
		rig_end(rig);
		rig_read(rig, &target, texels, 16);
		for (int n = 0; n < 3; n++) {
			bool want = compare >> n & 1; // less, equal, greater
			assert_float_equal(texels[n][0], want ? 1 : 0, 0);
		}
		rig->r->ops->sampler_destroy(rig->r, sampler);
	}
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig_image_destroy(rig, &source);
	rig_image_destroy(rig, &target);
}

/* A texture that is not there reads transparent black; a missing sampler is a default one. */
static void what_is_not_bound_reads_as_nothing(void **state) {
	static const float place[4] = { 0.6f, 0.25f, 0, 0 };
	static const double red[4] = { 1, 0, 0, 1 };
	struct rig *rig = *state;
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_point", "f_texture", RIG_RGBA8);
	desc.topology = 1;
	desc.input.attribute_count = 1;
	desc.input.attributes[0] = (struct pvg_gpu_attribute){ .format = 31, .used = true };
	desc.input.layouts[0] =
		(struct pvg_gpu_layout){ .step = 1, .used = true, .rate = 1, .stride_bytes = 16 };
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, place, sizeof(place));
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_program *program = rig_draws(rig, p, POINT);
	struct rig_image source = rig_image(rig, RIG_BGRA8, 4, 2, 1);
	struct rig_image target = rig_image(rig, RIG_RGBA8, RIG_SIDE, RIG_SIDE, 1);
	uint32_t texels[RIG_SIDE][RIG_SIDE];
	upload(rig, &source, picture, 4);
	for (uint32_t i = 0; i < 3; i++) {
		rig_begin(rig, &target, red);
		rig_use(rig, program);
		rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
		rig_bind_texture(rig, PVG_GPU_FRAGMENT, 0, source.view);
		if (i == 1) {
			rig_bind_texture(rig, PVG_GPU_FRAGMENT, 0, NULL);
		}
		rig_draw(rig, POINT, 0, 1);
		rig_end(rig);
		rig_read(rig, &target, texels, 4);
		// Bytes of the source are blue first.
		assert_int_equal(texels[0][0], i == 1 ? 0 : 0xff800000);
	}
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig_image_destroy(rig, &source);
	rig_image_destroy(rig, &target);
}

/* ---- the target itself --------------------------------------------------------------------- */

/* Each of three overlapping draws adds to what the one before left. */
static void check_own_target(struct rig *rig, const char *fragment, uint16_t format) {
	struct vertex v[3] = {
		{ { -1, 1, 0.5f, 1 }, { 0.25f, 0.125f, 0, 0 } },
		{ { 3, 1, 0.5f, 1 }, { 0.25f, 0.125f, 0, 0 } },
		{ { -1, -3, 0.5f, 1 }, { 0.25f, 0.125f, 0, 0 } },
	};
	static const double start[4] = { 0.125, 0, 0.5, 1 };
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_color", fragment, format);
	rig_two_attributes(&desc);
	struct rig_image image = rig_image(rig, format, RIG_SIDE, RIG_SIDE, 1);
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, v, sizeof(v));
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_program *program = rig_draws(rig, p, TRIANGLE);
	uint32_t texels[RIG_SIDE][RIG_SIDE];
	rig_begin(rig, &image, start);
	rig_use(rig, program);
	rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
	rig_bind_texture(rig, PVG_GPU_FRAGMENT, 0, image.view);
	for (uint32_t i = 0; i < 3; i++) {
		rig_draw(rig, TRIANGLE, 0, 3);
		rig_add(rig, PVG_GPU_OP_TEXTURE_BARRIER);
	}
	rig_end(rig);
	rig_read(rig, &image, texels, 4);
	uint32_t red = 223, green = 96, blue = 128;
	uint32_t want = 0xff000000 | green << 8 |
		(format == RIG_RGBA8 ? blue << 16 | red : red << 16 | blue);
	for (uint32_t y = 0; y < RIG_SIDE; y++) {
		for (uint32_t x = 0; x < RIG_SIDE; x++) {
			if (!rig_near(texels[y][x], want, 2)) {
				fail_msg("%s, format %u: %08x, not %08x", fragment, format,
					texels[y][x], want);
			}
		}
	}
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig_image_destroy(rig, &image);
}

static void a_function_can_fetch_its_target(void **state) {
	check_own_target(*state, "f_fetch", RIG_RGBA8);
	check_own_target(*state, "f_fetch", RIG_BGRA8);
}

static void a_function_can_sample_its_target(void **state) {
	check_own_target(*state, "f_own", RIG_RGBA8);
	check_own_target(*state, "f_own", RIG_BGRA8);
}

// Slot 0 of one stage is not slot 0 of the other.
static void stages_keep_their_samplers_apart(void **state) {
	struct rig *rig = *state;
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_texture", "f_texture_too", RIG_RGBA32F);
	const float place[4] = { 0.25f, 0.25f }; // between the first two texels
	desc.topology = 1;
	desc.input.attribute_count = 1;
	desc.input.attributes[0] = (struct pvg_gpu_attribute){ .format = 31, .used = true };
	desc.input.layouts[0] =
		(struct pvg_gpu_layout){ .step = 1, .used = true, .rate = 1, .stride_bytes = 16 };
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, place, sizeof(place));
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_program *program = rig_draws(rig, p, POINT);
	struct rig_image pictures[2] = { rig_image(rig, RIG_RGBA8, 4, 2, 1),
		rig_image(rig, RIG_RGBA8, 4, 2, 1) };
	struct rig_image target = rig_image(rig, RIG_RGBA32F, RIG_SIDE, RIG_SIDE, 1);
	uint32_t brighter[2][4];
	for (uint32_t i = 0; i < 8; i++) {
		brighter[i / 4][i % 4] = picture[i / 4][i % 4] + 8;
	}
	upload(rig, &pictures[0], picture, 4);
	upload(rig, &pictures[1], brighter, 4);
	struct pvg_gpu_sampler *samplers[2];
	for (uint8_t filter = 0; filter < 2; filter++) {
		const struct pvg_gpu_sampler_desc s = {
			.min_filter = filter,
			.mag_filter = filter,
			.normalized = true,
			.lod_max = 1000,
			.max_anisotropy = 1,
		};
		samplers[filter] = rig->r->ops->sampler_create(rig->r, &s);
	}
	for (uint32_t i = 0; i < 4; i++) { // of the vertex stage: which sampler, which texture
		float texels[RIG_SIDE * RIG_SIDE][4];
		uint32_t sampler = i & 1, texture = i >> 1;
		rig_begin(rig, &target, black);
		rig_use(rig, program);
		rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
		rig_bind_texture(rig, PVG_GPU_VERTEX, 0, pictures[texture].view);
		rig_bind_texture(rig, PVG_GPU_FRAGMENT, 0, pictures[1 - texture].view);
		rig_bind_sampler(rig, PVG_GPU_VERTEX, 0, samplers[sampler]);
		rig_bind_sampler(rig, PVG_GPU_FRAGMENT, 0, samplers[1 - sampler]);
		rig_draw(rig, POINT, 0, 1);
		rig_end(rig);
		rig_read(rig, &target, texels, 16);
		const double reds[] = { 64, 32 }; // nearest, linear
		assert_float_equal(texels[0][1], (reds[sampler] + 8 * texture) / 255, 0.002);
		assert_float_equal(texels[0][0], (reds[1 - sampler] + 8 * (1 - texture)) / 255,
			0.002);
	}
	for (uint32_t i = 0; i < 2; i++) {
		rig->r->ops->sampler_destroy(rig->r, samplers[i]);
		rig_image_destroy(rig, &pictures[i]);
	}
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig_image_destroy(rig, &target);
}

static int set_up_without_fetch(void **state) {
	*state = rig_create("GL_EXT_shader_framebuffer_fetch "
			    "GL_EXT_shader_framebuffer_fetch_non_coherent GL_NV_texture_barrier");
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samplers_address_and_filter),
		cmocka_unit_test(samplers_take_coordinates_in_texels),
		cmocka_unit_test(shadow_samplers_compare_in_every_way),
		cmocka_unit_test(what_is_not_bound_reads_as_nothing),
		cmocka_unit_test(stages_keep_their_samplers_apart),
		cmocka_unit_test(a_function_can_fetch_its_target),
		cmocka_unit_test(a_function_can_sample_its_target),
	};
	const struct CMUnitTest copies[] = {
		cmocka_unit_test(a_function_can_fetch_its_target),
		cmocka_unit_test(a_function_can_sample_its_target),
	};
	int failed = cmocka_run_group_tests_name("read", tests, rig_set_up, rig_tear_down);
	return failed +
		cmocka_run_group_tests_name("read by copies", copies, set_up_without_fetch,
			rig_tear_down);
}
