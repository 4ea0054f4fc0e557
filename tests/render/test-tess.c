// SPDX-License-Identifier: GPL-2.0-or-later
#include "rig.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Patches: their domain, and where numbers, factors and control points come from. */

enum { TRIANGLE = 3 };

static const double black[4] = { 0, 0, 0, 0 };

static uint16_t half(float value) { // of small whole numbers
	uint16_t exponent = 15;
	while (value >= 2) {
		value /= 2;
		exponent++;
	}
	return (uint16_t)(exponent << 10 | (uint16_t)lrintf((value - 1) * 1024));
}

/* Two triangles that make a square, each a patch with its own number and factors. */
static void check_patches(struct rig *rig, uint8_t partition, uint8_t step, uint8_t winding) {
	static const float points[9][4] = {
		{ 9, 9, 9, 9 },
		{ 9, 9, 9, 9 },
		{ 9, 9, 9, 9 }, // of a patch that is not drawn
		{ -1, 1, 0.5f, 1 },
		{ 1, 1, 0.5f, 1 },
		{ -1, -1, 0.5f, 1 },
		{ 1, 1, 0.5f, 1 },
		{ 1, -1, 0.5f, 1 },
		{ -1, -1, 0.5f, 1 },
	};
	uint16_t factors[3][4];
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_patch", "f_color", RIG_RGBA32F);
	desc.input.attribute_count = 1;
	desc.input.attributes[0] =
		(struct pvg_gpu_attribute){ .format = 31, .buffer = 1, .used = true };
	desc.input.layouts[1] =
		(struct pvg_gpu_layout){ .step = 4, .used = true, .rate = 1, .stride_bytes = 16 };
	desc.tessellation = (struct pvg_gpu_tessellation_desc){
		.partition = partition,
		.factor_step = step,
		.winding = winding,
		.max_factor = 16,
		.scale = true,
	};
	for (uint32_t i = 0; i < 12; i++) {
		factors[i / 4][i % 4] = half((float)(1 + i % 4));
	}
	struct rig_image image = rig_image(rig, RIG_RGBA32F, RIG_SIDE, RIG_SIDE, 1);
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, points, sizeof(points));
	struct pvg_gpu_buffer *levels = rig_buffer(rig, factors, sizeof(factors));
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_use use = { .primitive = TRIANGLE, .control_points = 3 };
	struct pvg_gpu_program *program = rig_program(rig, p, &use);
	assert_true(rig->r->ops->pipeline_info(rig->r, p)->tessellates);
	struct pvg_gpu_patches patches = {
		.first = 1,
		.count = 2,
		.instances = 1,
		.control_points = 3,
		.factor_scale = 1.5f,
		.factors = { levels, 0, sizeof(factors) },
	};
	// The patches run clockwise; with that as the winding asked for they are fronts.
	struct pvg_gpu_raster raster = { .cull = winding == 0 ? 2 : 1 };
	float texels[RIG_SIDE * RIG_SIDE][4];
	rig_begin(rig, &image, black);
	rig_use(rig, program);
	rig_add(rig, PVG_GPU_OP_RASTER)->raster = rig_keep(rig, &raster, sizeof(raster));
	rig_bind(rig, PVG_GPU_VERTEX, 1, vertices, 0);
	rig_add(rig, PVG_GPU_OP_PATCHES)->patches = rig_keep(rig, &patches, sizeof(patches));
	rig_end(rig);
	rig_read(rig, &image, texels, 16);
	for (uint32_t i = 0; i < RIG_SIDE * RIG_SIDE; i++) {
		uint32_t x = i % RIG_SIDE, y = i / RIG_SIDE;
		if (x + y == RIG_SIDE - 1) {
			continue; // where they meet
		}
		float want = x + y < RIG_SIDE - 1 ? 1 : 2;
		if (texels[i][1] != 1 || fabsf(texels[i][0] - want) > 1e-5f) {
			fail_msg("partition %u step %u winding %u: %u, %u is of patch %g",
				partition, step, winding, x, y, (double)texels[i][0]);
		}
	}
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig->r->ops->buffer_destroy(rig->r, levels);
	rig_image_destroy(rig, &image);
}

static void patches_cover_their_domain(void **state) {
	struct rig *rig = *state;
	if (!rig->r->caps.tessellation) {
		skip();
	}
	for (uint8_t i = 0; i < 8; i++) {
		check_patches(rig, i & 3, i >> 2, i & 1);
	}
}

/* ---- where things come from ------------------------------------------------------------------ */

/*
 * Two triangles make a square. Point 0 is far out, so that a patch with a wrong control point does
 * not look right: 1 left top, 2 right top, 3 left bottom, 4 right bottom.
 */
static const float corners[5][4] = {
	{ 9, 9, 9, 9 },
	{ -1, 1, 0.5f, 1 },
	{ 1, 1, 0.5f, 1 },
	{ -1, -1, 0.5f, 1 },
	{ 1, -1, 0.5f, 1 },
};

struct source {
	const char *what;
	uint8_t control; // MTLTessellationControlPointIndexType
	bool patch_indices, counted, gpu_factors, odd;
	uint32_t first, instances, base_instance;
	uint8_t step; // of factors
	float a, b; // numbers of the left and of the right patch
};

static const struct source sources[] = {
	{ .what = "16-bit control points",
		.control = 1,
		.first = 1,
		.instances = 1,
		.a = 1,
		.b = 2 },
	{ .what = "32-bit control points",
		.control = 2,
		.first = 1,
		.instances = 1,
		.a = 1,
		.b = 2 },
	{ .what = "16-bit ones behind an odd word",
		.control = 1,
		.odd = true,
		.first = 1,
		.instances = 1,
		.a = 1,
		.b = 2 },
	{ .what = "patch indices",
		.patch_indices = true,
		.first = 1,
		.instances = 1,
		.a = 3,
		.b = 2 },
	{ .what = "patch and control point indices",
		.patch_indices = true,
		.control = 1,
		.first = 1,
		.instances = 1,
		.a = 3,
		.b = 2 },
	{ .what = "counts that the GPU wrote",
		.counted = true,
		.first = 1,
		.instances = 1,
		.a = 1,
		.b = 2 },
	{ .what = "counts and indices",
		.counted = true,
		.control = 2,
		.patch_indices = true,
		.first = 1,
		.instances = 1,
		.a = 3,
		.b = 2 },
	{ .what = "factors that the GPU wrote",
		.gpu_factors = true,
		.first = 1,
		.instances = 1,
		.a = 1,
		.b = 2 },
	{ .what = "instances",
		.first = 1,
		.instances = 3,
		.base_instance = 5,
		.step = 3,
		.a = 1,
		.b = 2 },
	{ .what = "instances with factors of their own",
		.first = 1,
		.instances = 2,
		.step = 2,
		.a = 1,
		.b = 2 },
	{ .what = "instances, counted",
		.counted = true,
		.first = 1,
		.instances = 2,
		.base_instance = 3,
		.step = 3,
		.a = 1,
		.b = 2 },
};

// Words that a kernel copies, so that the GPU has written them.
static struct pvg_gpu_buffer *by_gpu(struct rig *rig, const void *data, uint32_t words) {
	struct pvg_gpu_buffer *from = rig_buffer(rig, data, words * 4);
	struct pvg_gpu_buffer *to = rig_readback(rig, words * 4);
	struct pvg_gpu_pipeline *kernel = rig_kernel(rig, "k_copy");
	struct pvg_gpu_use use = { .local_size = { 1, 1, 1 } };
	struct pvg_gpu_program *program = rig_program(rig, kernel, &use);
	const struct pvg_gpu_dispatch dispatch = { .grid = { words, 1, 1 }, .exact = true };
	rig_use(rig, program);
	rig_bind(rig, PVG_GPU_KERNEL, 0, from, 0);
	rig_bind(rig, PVG_GPU_KERNEL, 1, to, 0);
	rig_add(rig, PVG_GPU_OP_DISPATCH)->dispatch = rig_keep(rig, &dispatch, sizeof(dispatch));
	rig_add(rig, PVG_GPU_OP_BARRIER);
	rig_run(rig);
	rig->r->ops->pipeline_destroy(rig->r, kernel);
	rig->r->ops->buffer_destroy(rig->r, from);
	return to;
}

// Patches 1 and 2 of the draw; by index they are 3 and 2.
static struct pvg_gpu_buffer *make_points(struct rig *rig, const struct source *s) {
	float points[12][4];
	// Of the patches 0 to 3: 3 is like 1.
	static const uint8_t order[12] = { 0, 0, 0, 1, 2, 3, 2, 4, 3, 1, 2, 3 };
	for (uint32_t i = 0; i < 12; i++) {
		memcpy(points[i], corners[s->control != 0 ? (i < 5 ? i : 0) : order[i]], 16);
	}
	return rig_buffer(rig, points, sizeof(points));
}

static struct pvg_gpu_buffer *make_controls(struct rig *rig, const struct source *s) {
	static const uint16_t halves[14] = { 0, 0, 0, 0, 1, 2, 3, 2, 4, 3, 1, 2, 3, 0 };
	uint32_t words[14];
	for (uint32_t i = 0; i < 14; i++) {
		words[i] = halves[i];
	}
	if (s->control == 2) {
		return rig_buffer(rig, words + 1, 13 * 4);
	}
	return rig_buffer(rig, s->odd ? halves : halves + 1, 13 * 2);
}

static void check_source(struct rig *rig, const struct source *s) {
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_patch_instance", "f_color", RIG_RGBA32F);
	desc.colors[0].blend = true;
	desc.colors[0].dst_rgb = desc.colors[0].dst_alpha = 1; // instances add up
	desc.input.attribute_count = 1;
	desc.input.attributes[0] =
		(struct pvg_gpu_attribute){ .format = 31, .buffer = 1, .used = true };
	desc.input.layouts[1] =
		(struct pvg_gpu_layout){ .step = 4, .used = true, .rate = 1, .stride_bytes = 16 };
	desc.tessellation = (struct pvg_gpu_tessellation_desc){
		.partition = 1,
		.factor_step = s->step == 0 ? 1 : s->step,
		.max_factor = 16,
		.control_point_index = s->control,
	};
	uint16_t factors[16][4];
	for (uint32_t i = 0; i < 64; i++) {
		factors[i / 4][i % 4] = half((float)(1 + i % 3));
	}
	const uint32_t patches_of[] = { 0, 3, 2 };
	const uint32_t counts[] = { 99, 2, s->instances, s->first, s->base_instance };
	struct rig_image image = rig_image(rig, RIG_RGBA32F, RIG_SIDE, RIG_SIDE, 1);
	struct pvg_gpu_buffer *points = make_points(rig, s);
	struct pvg_gpu_buffer *controls = make_controls(rig, s);
	struct pvg_gpu_buffer *numbers = rig_buffer(rig, patches_of, sizeof(patches_of));
	struct pvg_gpu_buffer *arguments = by_gpu(rig, counts, 5);
	struct pvg_gpu_buffer *levels = s->gpu_factors ? by_gpu(rig, factors, sizeof(factors) / 4)
						       : rig_buffer(rig, factors, sizeof(factors));
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_use use = {
		.primitive = TRIANGLE,
		.control_points = 3,
		.patch_indices = s->patch_indices,
	};
	struct pvg_gpu_program *program = rig_program(rig, p, &use);
	struct pvg_gpu_patches patches = {
		.first = s->first,
		.count = 2,
		.instances = s->instances,
		.base_instance = s->base_instance,
		.control_points = 3,
		.factor_scale = 1,
		.factors = { levels, 0, sizeof(factors) },
		.factor_instance_stride = 8,
	};
	if (s->patch_indices) {
		patches.patch_indices = (struct pvg_gpu_span){ numbers, 0, sizeof(patches_of) };
	}
	if (s->control != 0) {
		uint64_t skip = s->odd ? 2 : 0;
		patches.control_point_indices =
			(struct pvg_gpu_span){ controls, skip, controls->size_bytes - skip };
	}
	if (s->counted) {
		patches.indirect = (struct pvg_gpu_span){ arguments, 4, 16 };
		patches.count = patches.instances = patches.first = patches.base_instance = 0;
	}
	float texels[RIG_SIDE * RIG_SIDE][4];
	rig_begin(rig, &image, black);
	rig_use(rig, program);
	rig_bind(rig, PVG_GPU_VERTEX, 1, points, 0);
	rig_add(rig, PVG_GPU_OP_PATCHES)->patches = rig_keep(rig, &patches, sizeof(patches));
	rig_end(rig);
	rig_read(rig, &image, texels, 16);
	float n = (float)s->instances;
	float ids = n * (float)s->base_instance + n * (n - 1) / 2;
	for (uint32_t i = 0; i < RIG_SIDE * RIG_SIDE; i++) {
		uint32_t x = i % RIG_SIDE, y = i / RIG_SIDE;
		float want = n * (x + y < RIG_SIDE - 1 ? s->a : s->b);
		if (x + y != RIG_SIDE - 1 && // where they meet
			(fabsf(texels[i][3] - n) > 1e-4f || fabsf(texels[i][0] - want) > 1e-4f ||
				fabsf(texels[i][1] - ids) > 1e-4f)) {
			fail_msg("%s: %u, %u is %g %g %g, not %g %g %g", s->what, x, y,
				(double)texels[i][0], (double)texels[i][1], (double)texels[i][3],
				(double)want, (double)ids, (double)n);
		}
	}
	rig->r->ops->pipeline_destroy(rig->r, p);
	struct pvg_gpu_buffer *const all[] = { points, controls, numbers, arguments, levels };
	for (uint32_t i = 0; i < 5; i++) {
		rig->r->ops->buffer_destroy(rig->r, all[i]);
	}
	rig_image_destroy(rig, &image);
}

static void numbers_factors_and_points_come_from_where_they_should(void **state) {
	struct rig *rig = *state;
	if (!rig->r->caps.tessellation) {
		skip();
	}
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		check_source(rig, &sources[i]);
	}
}

/* Indices that are missing, short or wild draw nothing bad. */
static void bad_indices_are_harmless(void **state) {
	struct rig *rig = *state;
	if (!rig->r->caps.tessellation) {
		skip();
	}
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_patch_instance", "f_color", RIG_RGBA32F);
	desc.input.attribute_count = 1;
	desc.input.attributes[0] =
		(struct pvg_gpu_attribute){ .format = 31, .buffer = 1, .used = true };
	desc.input.layouts[1] =
		(struct pvg_gpu_layout){ .step = 4, .used = true, .rate = 1, .stride_bytes = 16 };
	desc.tessellation = (struct pvg_gpu_tessellation_desc){
		.factor_step = 1, .max_factor = 16, .control_point_index = 2
	};
	uint32_t wild[16];
	memset(wild, 0xff, sizeof(wild));
	struct rig_image image = rig_image(rig, RIG_RGBA32F, RIG_SIDE, RIG_SIDE, 1);
	struct pvg_gpu_buffer *words = rig_buffer(rig, wild, sizeof(wild));
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_use use = {
		.primitive = TRIANGLE,
		.control_points = 3,
		.patch_indices = true,
	};
	struct pvg_gpu_program *program = rig_program(rig, p, &use);
	for (uint32_t i = 0; i < 4; i++) {
		struct pvg_gpu_patches patches = {
			.count = 4,
			.instances = 2,
			.control_points = 3,
			.factor_scale = 1,
			.factors = { words, 0, sizeof(wild) },
		};
		if (i & 1) {
			patches.patch_indices = (struct pvg_gpu_span){ words, 60, 4 };
		}
		if (i & 2) {
			patches.control_point_indices = (struct pvg_gpu_span){ words, 56, 8 };
		}
		rig_begin(rig, &image, black);
		rig_use(rig, program);
		rig_bind(rig, PVG_GPU_VERTEX, 1, words, 0);
		rig_add(rig, PVG_GPU_OP_PATCHES)->patches =
			rig_keep(rig, &patches, sizeof(patches));
		rig_end(rig);
		rig_run(rig);
	}
	assert_false(rig->r->ops->is_lost(rig->r));
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig->r->ops->buffer_destroy(rig->r, words);
	rig_image_destroy(rig, &image);
}

/* A patch that is one triangle, drawn as lines: its edges and nothing inside. */
static void patches_are_drawn_as_lines(void **state) {
	struct rig *rig = *state;
	static const float points[3][4] = { { -0.8f, 0.8f, 0.5f, 1 }, { 0.8f, 0.8f, 0.5f, 1 },
		{ -0.8f, -0.8f, 0.5f, 1 } };
	static const uint16_t factors[4] = { 0x3c00, 0x3c00, 0x3c00, 0x3c00 }; // ones
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_patch", "f_color", RIG_RGBA32F);
	desc.input.attribute_count = 1;
	desc.input.attributes[0] =
		(struct pvg_gpu_attribute){ .format = 31, .buffer = 1, .used = true };
	desc.input.layouts[1] =
		(struct pvg_gpu_layout){ .step = 4, .used = true, .rate = 1, .stride_bytes = 16 };
	desc.tessellation =
		(struct pvg_gpu_tessellation_desc){ .factor_step = 1, .max_factor = 16 };
	struct rig_image image = rig_image(rig, RIG_RGBA32F, RIG_SIDE, RIG_SIDE, 1);
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, points, sizeof(points));
	struct pvg_gpu_buffer *levels = rig_buffer(rig, factors, sizeof(factors));
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_use use = { .primitive = TRIANGLE, .control_points = 3, .lines = true };
	struct pvg_gpu_program *program = rig_program(rig, p, &use);
	struct pvg_gpu_patches patches = { .count = 1,
		.instances = 1,
		.control_points = 3,
		.factor_scale = 1,
		.factors = { levels, 0, sizeof(factors) } };
	struct pvg_gpu_raster raster = { .fill = 1 };
	float texels[RIG_SIDE][RIG_SIDE][4];
	rig_begin(rig, &image, black);
	rig_use(rig, program);
	rig_add(rig, PVG_GPU_OP_RASTER)->raster = rig_keep(rig, &raster, sizeof(raster));
	rig_bind(rig, PVG_GPU_VERTEX, 1, vertices, 0);
	rig_add(rig, PVG_GPU_OP_PATCHES)->patches = rig_keep(rig, &patches, sizeof(patches));
	rig_end(rig);
	rig_read(rig, &image, texels, 16);
	assert_true(texels[1][7][1] == 1 && texels[7][1][1] == 1);
	assert_true(texels[7][7][1] == 1 || texels[7][8][1] == 1 || texels[8][7][1] == 1);
	assert_true(texels[4][4][1] == 0 && texels[3][8][1] == 0 && texels[12][12][1] == 0);
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig->r->ops->buffer_destroy(rig->r, levels);
	rig_image_destroy(rig, &image);
}

static int set_up_without(void **state) {
	*state = rig_create("GL_EXT_buffer_storage GL_EXT_base_instance");
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patches_cover_their_domain),
		cmocka_unit_test(numbers_factors_and_points_come_from_where_they_should),
		cmocka_unit_test(bad_indices_are_harmless),
		cmocka_unit_test(patches_are_drawn_as_lines),
	};
	return cmocka_run_group_tests_name("patches", tests, rig_set_up, rig_tear_down) +
		cmocka_run_group_tests_name("patches without extensions", tests, set_up_without,
			rig_tear_down);
}
