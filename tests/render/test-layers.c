// SPDX-License-Identifier: GPL-2.0-or-later
#include "rig.h"

#include <string.h>

/* Functions that choose the layer or the viewport of a primitive: the number of the instance. */

enum { POINT, LINE, LINE_STRIP, TRIANGLE, TRIANGLE_STRIP };
enum { LAYERS = 6, SIDE = RIG_SIDE };

struct vertex {
	float x, y, z, w, r, g, b, a;
};

static struct vertex at(float px, float py) {
	return (struct vertex){ px / 8 - 1, 1 - py / 8, 0.5f, 1, 1, 0, 0, 1 };
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
	const struct vertex triangles[6] = { at(0, 0), at(16, 0), at(0, 16), at(0, 16), at(16, 0),
		at(16, 16) };
	const struct vertex strip[4] = { at(0, 0), at(16, 0), at(0, 16), at(16, 16) };
	const struct vertex line[2] = { at(0, 5.5f), at(16, 5.5f) };
	const struct vertex point[1] = { at(5.5f, 5.5f) };
	const struct vertex *all[] = { point, line, line, triangles, strip };
	static const uint32_t counts[] = { 1, 2, 2, 6, 4 };
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_layer", "f_color", RIG_RGBA32F);
	rig_two_attributes(&desc);
	struct rig_image image = {
		.desc = { .kind = c->kind,
			.usage = PVG_GPU_IMAGE_SAMPLED | PVG_GPU_IMAGE_TARGET,
			.format = RIG_RGBA32F, .width = SIDE, .height = SIDE, .depth = c->depth,
			.levels = 1, .samples = 1,
			.layers = c->kind == PVG_GPU_2D_ARRAY ? (uint16_t)c->layers : 1 },
	};
	image.image = rig->r->ops->image_create(rig->r, &image.desc);
	assert_non_null(image.image);
	struct pvg_gpu_view_desc shown = { .kind = c->kind, .format = RIG_RGBA32F, .levels = 1,
		.slices = (uint16_t)(c->kind == PVG_GPU_3D ? 1 : c->layers),
		.swizzle = { 2, 3, 4, 5 } };
	image.view = rig->r->ops->view_create(rig->r, image.image, &shown);
	assert_non_null(image.view);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_program *program = rig_draws(rig, p, c->primitive);
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, all[c->primitive],
		counts[c->primitive] * sizeof(struct vertex));
	static const double blue[4] = { 0, 0, 1, 1 };
	struct pvg_gpu_pass *pass = rig_begin(rig, &image, blue);
	pass->layers = c->layers;
	rig_use(rig, program);
	rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
	struct pvg_gpu_draw draw = { .primitive = c->primitive, .count = counts[c->primitive],
		.instances = c->layers - 1 }; // the last one stays as it was cleared
	rig_add(rig, PVG_GPU_OP_DRAW)->draw = rig_keep(rig, &draw, sizeof(draw));
	rig_end(rig);
	struct pvg_gpu_buffer *back = rig_readback(rig, c->layers * SIDE * SIDE * 16);
	struct pvg_gpu_transfer t = { .span = { back, 0, back->size_bytes },
		.at.image = image.image, .width = SIDE, .height = SIDE, .depth = c->layers };
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
	const struct vertex v[6] = { at(0, 0), at(16, 0), at(0, 16), at(0, 16), at(16, 0),
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

static int set_up_without(void **state) {
	*state = rig_create("GL_OES_viewport_array GL_NV_viewport_array");
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_function_chooses_the_layer),
		cmocka_unit_test(a_function_chooses_the_viewport),
	};
	return cmocka_run_group_tests_name("layers", tests, rig_set_up, rig_tear_down) +
		cmocka_run_group_tests_name("layers without viewport arrays", tests, set_up_without,
			rig_tear_down);
}
