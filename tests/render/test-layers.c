// SPDX-License-Identifier: GPL-2.0-or-later
#include "rig.h"

#include <string.h>

/* Functions that choose the layer or the viewport of a primitive: the number of the instance. */

enum { POINT, LINE, LINE_STRIP, TRIANGLE, TRIANGLE_STRIP };
enum { LAYERS = 6, SIDE = RIG_SIDE };

static struct rig_vertex at(float px, float py) {
	return (struct rig_vertex){ px / 8 - 1, 1 - py / 8, 0.5f, 1, 1, 0, 0, 1 };
}

struct layered_case {
	const char *what;
	uint8_t kind, primitive;
	uint32_t depth, layers;
};

static const struct layered_case cases[] = {
	{ "triangles, slices of an array", PVG_GPU_2D_ARRAY, TRIANGLE, 1, LAYERS },
	{ "a strip, slices of an array", PVG_GPU_2D_ARRAY, TRIANGLE_STRIP, 1, LAYERS },
	{ "lines, slices of an array", PVG_GPU_2D_ARRAY, LINE, 1, LAYERS },
	{ "points, slices of an array", PVG_GPU_2D_ARRAY, POINT, 1, LAYERS },
	{ "faces of a cube", PVG_GPU_CUBE, TRIANGLE, 1, 6 },
	{ "planes of a volume", PVG_GPU_3D, TRIANGLE, LAYERS, LAYERS },
};

static void check_layers(struct rig *rig, const struct layered_case *c) {
	// All of them cover pixel 5, 5.
	const struct rig_vertex triangles[6] = { at(0, 0), at(16, 0), at(0, 16), at(0, 16),
		at(16, 0),
		at(16, 16) };
	const struct rig_vertex strip[4] = { at(0, 0), at(16, 0), at(0, 16), at(16, 16) };
	const struct rig_vertex line[2] = { at(0, 5.5f), at(16, 5.5f) };
	const struct rig_vertex point[1] = { at(5.5f, 5.5f) };
	const struct rig_vertex *all[] = { point, line, line, triangles, strip };
	static const uint32_t counts[] = { 1, 2, 2, 6, 4 };
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_layer", "f_color", RIG_RGBA32F);
	rig_two_attributes(&desc);
	struct rig_image image = {
		.desc = { .kind = c->kind,
			.usage = PVG_GPU_IMAGE_SAMPLED | PVG_GPU_IMAGE_TARGET,
			.format = RIG_RGBA32F,
			.width = SIDE,
			.height = SIDE,
			.depth = c->depth,
			.levels = 1,
			.samples = 1,
			.layers = c->kind == PVG_GPU_2D_ARRAY ? (uint16_t)c->layers : 1 },
	};
	image.image = rig->r->ops->image_create(rig->r, &image.desc);
	assert_non_null(image.image);
	struct pvg_gpu_view_desc shown = { .kind = c->kind,
		.format = RIG_RGBA32F,
		.levels = 1,
		.slices = (uint16_t)(c->kind == PVG_GPU_3D ? 1 : c->layers),
		.swizzle = { 2, 3, 4, 5 } };
	image.view = rig->r->ops->view_create(rig->r, image.image, &shown);
	assert_non_null(image.view);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_program *program = rig_draws(rig, p, c->primitive);
	struct pvg_gpu_buffer *vertices =
		rig_buffer(rig, all[c->primitive],
			counts[c->primitive] * sizeof(struct rig_vertex));
	static const double blue[4] = { 0, 0, 1, 1 };
	struct pvg_gpu_pass *pass = rig_begin(rig, &image, blue);
	pass->layers = c->layers;
	rig_use(rig, program);
	rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
	struct pvg_gpu_draw draw = {
		.primitive = c->primitive, .count = counts[c->primitive], .instances = c->layers - 1
	}; // the last one stays as it was cleared
	rig_add(rig, PVG_GPU_OP_DRAW)->draw = rig_keep(rig, &draw, sizeof(draw));
	rig_end(rig);
	struct pvg_gpu_buffer *back = rig_readback(rig, c->layers * SIDE * SIDE * 16);
	struct pvg_gpu_transfer t = { .span = { back, 0, back->size_bytes },
		.at.image = image.image,
		.width = SIDE,
		.height = SIDE,
		.depth = c->layers };
	rig_add(rig, PVG_GPU_OP_READ)->transfer = rig_keep(rig, &t, sizeof(t));
	rig_run(rig);
	for (uint32_t layer = 0; layer < c->layers; layer++) {
		float texel[4];
		memcpy(texel, back->map + ((layer * SIDE + 5) * SIDE + 5) * 16, 16);
		bool drawn = layer + 1 < c->layers;
		if (texel[0] != (drawn ? 1.0f : 0.0f) || texel[2] != (drawn ? 0.0f : 1.0f) ||
			texel[1] != (drawn ? (float)layer : 0.0f)) {
			fail_msg("%s: layer %u is %g %g %g", c->what, layer, (double)texel[0],
				(double)texel[1], (double)texel[2]);
		}
	}
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig->r->ops->buffer_destroy(rig->r, back);
	rig_image_destroy(rig, &image);
}

static void a_function_chooses_the_layer(void **state) {
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check_layers(*state, &cases[i]);
	}
}

/* Sixteen viewports, each four by four pixels, with scissors that leave three by two. */
static void a_function_chooses_the_viewport(void **state) {
	struct rig *rig = *state;
	const struct rig_vertex v[6] = { at(0, 0), at(16, 0), at(0, 16), at(0, 16), at(16, 0),
		at(16, 16) };
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_viewport", "f_color", RIG_RGBA32F);
	rig_two_attributes(&desc);
	struct rig_image image = rig_image(rig, RIG_RGBA32F, SIDE, SIDE, 1);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_program *program;
	const char *why = NULL;
	struct pvg_gpu_use use = { .primitive = TRIANGLE };
	if (rig_prepare(rig, p, &use, &program, &why) != PVG_GPU_READY) {
		print_message("refused: %s\n", why); // by the name of what is missing
		assert_non_null(strstr(why, "GL_OES_viewport_array"));
		rig->r->ops->pipeline_destroy(rig->r, p);
		rig_image_destroy(rig, &image);
		return;
	}
	struct pvg_gpu_render_desc plain = rig_desc(rig, "v_color", "f_color", RIG_RGBA32F);
	rig_two_attributes(&plain);
	struct pvg_gpu_pipeline *after = rig_pipeline(rig, &plain);
	struct pvg_gpu_program *after_program = rig_draws(rig, after, TRIANGLE);
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, v, sizeof(v));
	struct pvg_gpu_viewport viewports[16];
	struct pvg_gpu_rect scissors[16];
	for (uint32_t i = 0; i < 16; i++) {
		uint32_t x = i % 4 * 4, y = i / 4 * 4;
		viewports[i] = (struct pvg_gpu_viewport){ x, y, 4, 4, 0, 1 };
		scissors[i] = (struct pvg_gpu_rect){ x, y, 3, 2 };
	}
	static const double blue[4] = { 0, 0, 1, 1 };
	float texels[SIDE][SIDE][4];
	for (uint32_t plain_after = 0; plain_after < 2; plain_after++) {
		rig_begin(rig, &image, blue);
		rig_use(rig, program);
		rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
		struct pvg_gpu_cmd *cmd = rig_add(rig, PVG_GPU_OP_VIEWPORTS);
		cmd->viewports.rects = rig_keep(rig, viewports, sizeof(viewports));
		cmd->viewports.count = 16;
		cmd = rig_add(rig, PVG_GPU_OP_SCISSORS);
		cmd->scissors.rects = rig_keep(rig, scissors, sizeof(scissors));
		cmd->scissors.count = 16;
		struct pvg_gpu_draw draw = { .primitive = TRIANGLE, .count = 6, .instances = 16 };
		rig_add(rig, PVG_GPU_OP_DRAW)->draw = rig_keep(rig, &draw, sizeof(draw));
		if (plain_after == 1) { // the first viewport and scissor are what others draw with
			rig_use(rig, after_program);
			rig_draw(rig, TRIANGLE, 0, 6);
		}
		rig_end(rig);
		rig_read(rig, &image, texels, 16);
		for (uint32_t y = 0; y < SIDE; y++) {
			for (uint32_t x = 0; x < SIDE; x++) {
				bool inside = x % 4 < 3 && y % 4 < 2;
				uint32_t number = y / 4 * 4 + x / 4;
				float red = inside ? 1 : 0, green = inside ? (float)number : 0;
				if (texels[y][x][0] != red || texels[y][x][1] != green) {
					fail_msg("%u, %u is %g %g", x, y, (double)texels[y][x][0],
						(double)texels[y][x][1]);
				}
			}
		}
	}
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig->r->ops->pipeline_destroy(rig->r, after);
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig_image_destroy(rig, &image);
}

static const double black[4] = { 0, 0, 0, 0 };

static void refused_by(struct rig *rig, const char *vertex, const char *extension) {
	struct pvg_gpu_render_desc desc = rig_desc(rig, vertex, "f_color", RIG_RGBA32F);
	rig_two_attributes(&desc);
	struct pvg_gpu_pipeline *p = rig->r->ops->render_pipeline_create(rig->r, &desc);
	struct pvg_gpu_program *program;
	struct pvg_gpu_use use = { .primitive = TRIANGLE };
	const char *why = NULL;
	assert_int_equal(rig_prepare(rig, p, &use, &program, &why), PVG_GPU_FAILED);
	assert_non_null(strstr(why, extension));
	rig->r->ops->pipeline_destroy(rig->r, p);
}

/* Distances cut off the left half; the next function without any is not cut. */
static void clip_distances_cut(void **state) {
	struct rig *rig = *state;
	const struct rig_vertex v[6] = { at(0, 0), at(16, 0), at(0, 16), at(0, 16), at(16, 0),
		at(16, 16) };
	struct rig_image image = rig_image(rig, RIG_RGBA32F, SIDE, SIDE, 1);
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, v, sizeof(v));
	struct pvg_gpu_pipeline *pipelines[2];
	struct pvg_gpu_program *programs[2];
	for (uint32_t i = 0; i < 2; i++) {
		struct pvg_gpu_render_desc desc =
			rig_desc(rig, i == 0 ? "v_clip" : "v_color", "f_color", RIG_RGBA32F);
		rig_two_attributes(&desc);
		pipelines[i] = rig_pipeline(rig, &desc);
		programs[i] = rig_draws(rig, pipelines[i], TRIANGLE);
	}
	for (uint32_t last = 0; last < 2; last++) {
		float texels[SIDE][SIDE][4];
		rig_begin(rig, &image, black);
		for (uint32_t i = 0; i <= last; i++) {
			rig_use(rig, programs[i]);
			rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
			rig_draw(rig, TRIANGLE, 0, 6);
		}
		rig_end(rig);
		rig_read(rig, &image, texels, 16);
		for (uint32_t i = 0; i < SIDE * SIDE; i++) {
			float want = i % SIDE >= SIDE / 2 || last == 1 ? 1 : 0;
			assert_float_equal(texels[i / SIDE][i % SIDE][0], want, 0);
		}
	}
	for (uint32_t i = 0; i < 2; i++) {
		rig->r->ops->pipeline_destroy(rig->r, pipelines[i]);
	}
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig_image_destroy(rig, &image);
}

/* Draws into two slices of an array and gives the second one. */
static void draw_layers(struct rig *rig, const char *vertex, bool lines, bool indexed, bool gpu,
	float texels[SIDE][SIDE][4]) {
	static const uint16_t order[4] = { 0, 1, 2, 3 };
	const struct rig_vertex v[4] = { at(1.5f, 1.5f), at(14.5f, 2.5f), at(2.5f, 13.5f),
		at(15.5f, 14.5f) };
	struct pvg_gpu_render_desc desc = rig_desc(rig, vertex, "f_color", RIG_RGBA32F);
	rig_two_attributes(&desc);
	struct rig_image image = { .desc = { .kind = PVG_GPU_2D_ARRAY,
					   .usage = PVG_GPU_IMAGE_SAMPLED | PVG_GPU_IMAGE_TARGET,
					   .format = RIG_RGBA32F,
					   .width = SIDE,
					   .height = SIDE,
					   .depth = 1,
					   .levels = 1,
					   .samples = 1,
					   .layers = 2 } };
	image.image = rig->r->ops->image_create(rig->r, &image.desc);
	struct pvg_gpu_view_desc shown = { .kind = PVG_GPU_2D_ARRAY,
		.format = RIG_RGBA32F,
		.levels = 1,
		.slices = 2,
		.swizzle = { 2, 3, 4, 5 } };
	image.view = rig->r->ops->view_create(rig->r, image.image, &shown);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_use use = {
		.primitive = TRIANGLE_STRIP, .lines = lines, .gpu_vertices = gpu && !indexed
	};
	struct pvg_gpu_program *program = rig_program(rig, p, &use);
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, v, sizeof(v));
	struct pvg_gpu_buffer *indices = rig_buffer(rig, order, sizeof(order));
	struct pvg_gpu_buffer *counts = rig_readback(rig, 20);
	memcpy(counts->map, (uint32_t[]){ 4, 2, 0, 0, 0 }, 20);
	struct pvg_gpu_pass *pass = rig_begin(rig, &image, black);
	pass->layers = 2;
	rig_use(rig, program);
	rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
	struct pvg_gpu_raster raster = { .fill = lines };
	rig_add(rig, PVG_GPU_OP_RASTER)->raster = rig_keep(rig, &raster, sizeof(raster));
	struct pvg_gpu_draw draw = { .primitive = TRIANGLE_STRIP, .count = 4, .instances = 2 };
	if (indexed) {
		draw.index_size = 2;
		draw.indices = (struct pvg_gpu_span){ indices, 0, sizeof(order) };
	}
	if (gpu) {
		draw.indirect = (struct pvg_gpu_span){ counts, 0, indexed ? 20 : 16 };
	}
	rig_add(rig, PVG_GPU_OP_DRAW)->draw = rig_keep(rig, &draw, sizeof(draw));
	rig_end(rig);
	struct pvg_gpu_buffer *back = rig_readback(rig, 2 * SIDE * SIDE * 16);
	struct pvg_gpu_transfer t = { .span = { back, 0, back->size_bytes },
		.at = { .image = image.image, .slice = 1 },
		.width = SIDE,
		.height = SIDE,
		.depth = 1 };
	rig_add(rig, PVG_GPU_OP_READ)->transfer = rig_keep(rig, &t, sizeof(t));
	rig_run(rig);
	memcpy(texels, back->map, SIDE * SIDE * 16);
	struct pvg_gpu_buffer *all[] = { vertices, indices, counts, back };
	for (uint32_t i = 0; i < 4; i++) {
		rig->r->ops->buffer_destroy(rig->r, all[i]);
	}
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig_image_destroy(rig, &image);
}

static void layers_are_clipped_and_drawn_as_lines(void **state) {
	struct rig *rig = *state;
	float filled[SIDE][SIDE][4], edges[SIDE][SIDE][4], texels[SIDE][SIDE][4];
	draw_layers(rig, "v_layer", false, false, false, filled);
	draw_layers(rig, "v_layer", true, false, false, edges);
	assert_true(filled[8][8][0] == 1 && filled[4][10][0] == 1 && filled[10][4][0] == 1);
	// Another triangle's inside; the edge that both have runs from the top right.
	assert_true(edges[4][4][0] == 0 && edges[12][12][0] == 0 && filled[4][4][0] == 1);
	assert_true(edges[8][8][0] == 1 || edges[7][8][0] == 1 || edges[8][7][0] == 1);
	for (uint32_t i = 1; i < 4; i++) {
		draw_layers(rig, "v_layer", true, i & 1, i >> 1, texels);
		assert_memory_equal(texels, edges, sizeof(edges));
	}
	draw_layers(rig, "v_clip_layer", false, false, false, texels);
	for (uint32_t i = 0; i < SIDE * SIDE; i++) {
		uint32_t x = i % SIDE, y = i / SIDE;
		assert_float_equal(texels[y][x][0], x >= SIDE / 2 ? filled[y][x][0] : 0, 0);
	}
	draw_layers(rig, "v_clip_layer", true, false, true, texels);
	assert_float_equal(texels[4][4][0], 0, 0);
	assert_true(texels[2][13][0] == 1 && texels[2][4][0] == 0 &&
		edges[1][3][0] + edges[2][4][0] > 0);
}

static void distances_need_an_extension(void **state) {
	refused_by(*state, "v_clip", "GL_EXT_clip_cull_distance");
}

static int set_up_without(void **state) {
	*state = rig_create("GL_OES_viewport_array GL_NV_viewport_array GL_EXT_clip_cull_distance "
			    "GL_NV_polygon_mode");
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_function_chooses_the_layer),
		cmocka_unit_test(a_function_chooses_the_viewport),
		cmocka_unit_test(clip_distances_cut),
		cmocka_unit_test(layers_are_clipped_and_drawn_as_lines),
	};
	const struct CMUnitTest without[] = {
		cmocka_unit_test(a_function_chooses_the_layer),
		cmocka_unit_test(a_function_chooses_the_viewport),
		cmocka_unit_test(distances_need_an_extension),
	};
	return cmocka_run_group_tests_name("layers", tests, rig_set_up, rig_tear_down) +
		cmocka_run_group_tests_name("layers without extensions", without, set_up_without,
			rig_tear_down);
}
