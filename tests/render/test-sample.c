// SPDX-License-Identifier: GPL-2.0-or-later
#include "rig.h"

#include <math.h>
#include <string.h>

/* Samplers: which level they take, what limits do to that, and what lies beyond the edges. */

enum { POINT, TRIANGLE = 3 };

#define EDGE 64u
#define LEVELS 7u

static const double black[4] = { 0, 0, 0, 0 };

struct vertex {
	float position[4], color[4];
};

static uint32_t red_of(uint32_t level) {
	return 16 + 32 * level;
}

// Level n is red 16 + 32 n all over.
static struct rig_image pyramid(struct rig *rig) {
	struct rig_image image = {
		.desc = { .kind = PVG_GPU_2D,
			.usage = PVG_GPU_IMAGE_SAMPLED | PVG_GPU_IMAGE_VIEWS,
			.format = RIG_RGBA8,
			.width = EDGE,
			.height = EDGE,
			.depth = 1,
			.levels = LEVELS,
			.samples = 1,
			.layers = 1 },
	};
	const struct pvg_gpu_view_desc view = { .kind = PVG_GPU_2D,
		.format = RIG_RGBA8,
		.levels = LEVELS,
		.slices = 1,
		.swizzle = { 2, 3, 4, 5 } };
	image.image = rig->r->ops->image_create(rig->r, &image.desc);
	assert_non_null(image.image);
	image.view = rig->r->ops->view_create(rig->r, image.image, &view);
	assert_non_null(image.view);
	for (uint32_t level = 0; level < LEVELS; level++) {
		uint32_t edge = EDGE >> level, texels[EDGE * EDGE];
		for (uint32_t i = 0; i < edge * edge; i++) {
			texels[i] = 0xff000000 | red_of(level);
		}
		struct pvg_gpu_buffer *buffer = rig_buffer(rig, texels, (size_t)edge * edge * 4);
		const struct pvg_gpu_transfer transfer = {
			.span = { buffer, 0, edge * edge * 4 },
			.row_bytes = edge * 4,
			.at = { .image = image.image, .level = (uint16_t)level },
			.width = edge,
			.height = edge,
			.depth = 1,
		};
		rig_add(rig, PVG_GPU_OP_UPLOAD)->transfer =
			rig_keep(rig, &transfer, sizeof(transfer));
		rig_run(rig);
		rig->r->ops->buffer_destroy(rig->r, buffer);
	}
	return image;
}

struct level_case {
	uint8_t filter, mip_filter;
	float lod_min, lod_max;
	float bind_min, bind_max; // of the bind, 0 0: it says none
	float scale;              // texels a pixel
	double level;
};

/* Four texels a pixel are level 2, and so on. */
static void levels_are_chosen_and_limited(void **state) {
	static const struct level_case cases[] = {
		{ 0, 0, 0, 1000, 0, 0, 4, 0 }, // no mip filter: the first, whatever else is said
		{ 1, 0, 0, 1000, 0, 0, 16, 0 }, { 0, 0, 3, 5, 0, 0, 4, 0 },
		{ 1, 0, 0, 1000, 4, 5, 4, 0 }, { 0, 1, 0, 1000, 0, 0, 1, 0 },
		{ 0, 1, 0, 1000, 0, 0, 4, 2 },
		{ 1, 1, 0, 1000, 0, 0, 5, 2 }, // nearer to 2 than to 3
		{ 0, 1, 0, 1000, 0, 0, 7, 3 }, { 1, 2, 0, 1000, 0, 0, 5.656854f, 2.5 },
		{ 1, 2, 0, 1000, 0, 0, 0.25f, 0 }, { 0, 1, 3, 1000, 0, 0, 4, 3 },
		{ 0, 1, 0, 1, 0, 0, 16, 1 }, { 1, 2, 0, 1.5f, 0, 0, 16, 1.5 },
		{ 0, 1, 0, 1000, 4, 5, 4, 4 }, // the bind's limits, in place of its own
		{ 0, 1, 0, 1, 3, 6, 16, 4 }, { 1, 2, 3, 1000, 0, 1.25f, 4, 1.25 },
		{ 0, 1, 0, 1000, 20, 30, 4, 6 }, // there are no more
	};
	struct rig *rig = *state;
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_color", "f_texture", RIG_RGBA32F);
	rig_two_attributes(&desc);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_program *program = rig_draws(rig, p, TRIANGLE);
	struct rig_image source = pyramid(rig);
	struct rig_image target = rig_image(rig, RIG_RGBA32F, RIG_SIDE, RIG_SIDE, 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct level_case *c = &cases[i];
		// Coordinates from 0 on, twice as far as the picture is wide.
		float reach = 2 * c->scale * RIG_SIDE / EDGE;
		const struct vertex v[3] = { { { -1, 1, 0, 1 }, { 0 } },
			{ { 3, 1, 0, 1 }, { reach, 0 } }, { { -1, -3, 0, 1 }, { 0, reach } } };
		const struct pvg_gpu_sampler_desc s = {
			.min_filter = c->filter,
			.mag_filter = c->filter,
			.mip_filter = c->mip_filter,
			.address = { 2, 2, 2 },
			.normalized = true,
			.lod_min = c->lod_min,
			.lod_max = c->lod_max,
			.max_anisotropy = 1,
		};
		struct pvg_gpu_buffer *vertices = rig_buffer(rig, v, sizeof(v));
		struct pvg_gpu_sampler *sampler = rig->r->ops->sampler_create(rig->r, &s);
		float texels[RIG_SIDE][RIG_SIDE][4];
		assert_non_null(sampler);
		rig_begin(rig, &target, black);
		rig_use(rig, program);
		rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
		rig_bind_texture(rig, PVG_GPU_FRAGMENT, 0, source.view);
		rig_bind_sampler(rig, PVG_GPU_FRAGMENT, 0, sampler);
		struct pvg_gpu_cmd *bind = &rig->cmds[rig->count - 1];
		bind->sampler.has_lod = c->bind_max != 0;
		bind->sampler.lod_min = c->bind_min;
		bind->sampler.lod_max = c->bind_max;
		rig_draw(rig, TRIANGLE, 0, 3);
		rig_end(rig);
		rig_read(rig, &target, texels, 16);
		double got = texels[5][5][0] * 255;
		double want = 16 + 32 * c->level;
		// Between levels drivers count in steps.
		if (fabs(got - want) > (c->level == floor(c->level) ? 0.5 : 2.5)) {
			fail_msg("case %zu: level %g, not %g", i, (got - 16) / 32, c->level);
		}
		rig->r->ops->sampler_destroy(rig->r, sampler);
		rig->r->ops->buffer_destroy(rig->r, vertices);
	}
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig_image_destroy(rig, &source);
	rig_image_destroy(rig, &target);
}

/* All four components of what lies beyond, in formats with another order or fewer of them. */
static void borders_have_their_colour(void **state) {
	static const uint16_t formats[] = { RIG_RGBA8, RIG_BGRA8, RIG_RGBA32F, RIG_R8,
		RIG_BGRA8_SRGB, RIG_A8 };
	static const float colors[3][4] = { { 0, 0, 0, 0 }, { 0, 0, 0, 1 }, { 1, 1, 1, 1 } };
	struct rig *rig = *state;
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_point", "f_texture", RIG_RGBA32F);
	desc.topology = 1;
	desc.input.attribute_count = 1;
	desc.input.attributes[0] = (struct pvg_gpu_attribute){ .format = 31, .used = true };
	desc.input.layouts[0] =
		(struct pvg_gpu_layout){ .step = 1, .used = true, .rate = 1, .stride_bytes = 16 };
	const float place[4] = { -0.5f, 0.5f };
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, place, sizeof(place));
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_program *program = rig_draws(rig, p, POINT);
	struct rig_image target = rig_image(rig, RIG_RGBA32F, RIG_SIDE, RIG_SIDE, 1);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]) * 6; i++) {
		uint8_t border = i % 3, address = i / 3 % 2 == 0 ? 5 : 4;
		struct rig_image source = rig_image(rig, formats[i / 6], 4, 4, 1);
		const struct pvg_gpu_sampler_desc s = {
			.address = { address, address, address },
			.border = border,
			.normalized = true,
			.lod_max = 1000,
			.max_anisotropy = 1,
		};
		struct pvg_gpu_sampler *sampler = rig->r->ops->sampler_create(rig->r, &s);
		float texels[RIG_SIDE * RIG_SIDE][4];
		assert_non_null(sampler);
		rig_begin(rig, &target, black);
		rig_use(rig, program);
		rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
		rig_bind_texture(rig, PVG_GPU_FRAGMENT, 0, source.view);
		rig_bind_sampler(rig, PVG_GPU_FRAGMENT, 0, sampler);
		rig_draw(rig, POINT, 0, 1);
		rig_end(rig);
		rig_read(rig, &target, texels, 16);
		bool one = formats[i / 6] == RIG_R8, alpha = formats[i / 6] == RIG_A8;
		for (uint32_t c = 0; c < 4; c++) {
			float want = colors[address == 4 ? 0 : border][c];
			want = one && c != 0 ? c == 3 : alpha && c != 3 ? 0 : want; // what it has
			if (fabsf(texels[0][c] - want) > 1e-4f) {
				fail_msg("format %u address %u border %u: component %u is %g",
					formats[i / 6], address, border, c, (double)texels[0][c]);
			}
		}
		rig->r->ops->sampler_destroy(rig->r, sampler);
		rig_image_destroy(rig, &source);
	}
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig_image_destroy(rig, &target);
}

/* Limits that move with every draw: there are many samplers then, and old ones go. */
static void limits_of_other_binds_stay(void **state) {
	struct rig *rig = *state;
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_texture", "f_texture_too", RIG_RGBA32F);
	desc.topology = 1;
	desc.input.attribute_count = 1;
	desc.input.attributes[0] = (struct pvg_gpu_attribute){ .format = 31, .used = true };
	desc.input.layouts[0] =
		(struct pvg_gpu_layout){ .step = 0, .used = true, .rate = 0, .stride_bytes = 16 };
	const float place[4] = { 0.5f, 0.5f };
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, place, sizeof(place));
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_program *program = rig_draws(rig, p, POINT);
	struct rig_image source = pyramid(rig);
	struct rig_image target = rig_image(rig, RIG_RGBA32F, RIG_SIDE, RIG_SIDE, 1);
	const struct pvg_gpu_sampler_desc s = {
		.mip_filter = 1, .normalized = true, .lod_max = 1000, .max_anisotropy = 1
	};
	struct pvg_gpu_sampler *sampler = rig->r->ops->sampler_create(rig->r, &s);
	float texels[RIG_SIDE * RIG_SIDE][4];
	rig_begin(rig, &target, black);
	rig_use(rig, program);
	rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
	rig_bind_texture(rig, PVG_GPU_VERTEX, 0, source.view);
	rig_bind_texture(rig, PVG_GPU_FRAGMENT, 0, source.view);
	for (uint32_t i = 0; i < 60; i++) {
		if (i % 15 == 0) { // of the vertex stage: level 1, 2, 3, 4 for 15 draws each
			rig_bind_sampler(rig, PVG_GPU_VERTEX, 0, sampler);
			struct pvg_gpu_cmd *bind = &rig->cmds[rig->count - 1];
			bind->sampler.has_lod = true;
			bind->sampler.lod_min = bind->sampler.lod_max = 1 + (float)(i / 15);
		}
		rig_bind_sampler(rig, PVG_GPU_FRAGMENT, 0, sampler);
		struct pvg_gpu_cmd *bind = &rig->cmds[rig->count - 1];
		bind->sampler.has_lod = true;
		bind->sampler.lod_min = bind->sampler.lod_max = 0.1f * (float)i + 0.02f;
		rig_draw(rig, POINT, i, 1);
	}
	rig_end(rig);
	rig_read(rig, &target, texels, 16);
	for (uint32_t i = 0; i < 60; i++) {
		uint32_t level = (uint32_t)floor(0.1 * i + 0.52);
		assert_float_equal(texels[i][0] * 255, red_of(level), 0.5);
		assert_float_equal(texels[i][1] * 255, red_of(1 + i / 15), 0.5);
	}
	rig->r->ops->sampler_destroy(rig->r, sampler);
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig_image_destroy(rig, &source);
	rig_image_destroy(rig, &target);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels_are_chosen_and_limited),
		cmocka_unit_test(limits_of_other_binds_stay),
		cmocka_unit_test(borders_have_their_colour),
	};
	return cmocka_run_group_tests_name("sample", tests, rig_set_up, rig_tear_down);
}
