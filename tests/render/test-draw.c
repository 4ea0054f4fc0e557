// SPDX-License-Identifier: GPL-2.0-or-later
#include "rig.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Where primitives land, and in which order their vertices are read. */

enum { POINT, LINE, LINE_STRIP, TRIANGLE, TRIANGLE_STRIP };

static const double black[4] = { 0, 0, 0, 0 };

// Clip coordinates of a place in an image of RIG_SIDE, in pixels from the top left.
static struct rig_vertex at(float px, float py, float r, float g, float b) {
	return (struct rig_vertex){ px / 8 - 1, 1 - py / 8, 0.5f, 1, r, g, b, 1 };
}

struct scene {
	struct rig_image image;
	struct pvg_gpu_pipeline *pipeline;
	struct pvg_gpu_buffer *vertices;
	uint32_t texels[RIG_SIDE][RIG_SIDE];
};

static void scene_init(struct rig *rig, struct scene *s, const char *fragment,
	const struct rig_vertex *vertices, size_t count, uint16_t format) {
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_color", fragment, format);
	rig_two_attributes(&desc);
	s->image = rig_image(rig, format, RIG_SIDE, RIG_SIDE, 1);
	s->pipeline = rig_pipeline(rig, &desc);
	s->vertices = rig_buffer(rig, vertices, count * sizeof(vertices[0]));
}

static void scene_begin(struct rig *rig, struct scene *s, uint8_t primitive) {
	struct pvg_gpu_program *program = rig_draws(rig, s->pipeline, primitive);
	rig_begin(rig, &s->image, black);
	rig_use(rig, program);
	rig_bind(rig, PVG_GPU_VERTEX, 0, s->vertices, 0);
}

static void scene_end(struct rig *rig, struct scene *s) {
	rig_end(rig);
	rig_read(rig, &s->image, s->texels, 4);
}

static void scene_finish(struct rig *rig, struct scene *s) {
	rig->r->ops->pipeline_destroy(rig->r, s->pipeline);
	rig->r->ops->buffer_destroy(rig->r, s->vertices);
	rig_image_destroy(rig, &s->image);
}

static void expect_box(struct scene *s, uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1,
	uint32_t texel) {
	for (uint32_t y = 0; y < RIG_SIDE; y++) {
		for (uint32_t x = 0; x < RIG_SIDE; x++) {
			uint32_t want = x >= x0 && x < x1 && y >= y0 && y < y1 ? texel : 0;
			if (s->texels[y][x] != want) {
				fail_msg("texel %u, %u is %08x, not %08x", x, y, s->texels[y][x],
					want);
			}
		}
	}
}

static void box(struct rig_vertex v[6], float x0, float y0, float x1, float y1) {
	v[0] = at(x0, y0, 1, 0, 0);
	v[1] = at(x1, y0, 1, 0, 0);
	v[2] = at(x0, y1, 1, 0, 0);
	v[3] = at(x0, y1, 1, 0, 0);
	v[4] = at(x1, y0, 1, 0, 0);
	v[5] = at(x1, y1, 1, 0, 0);
}

/* Edges through centres: the left and the top one belong to the primitive. */
static void a_box_fills_from_the_top_left(void **state) {
	struct rig *rig = *state;
	struct rig_vertex v[6];
	struct scene s;
	box(v, 2.5f, 3.5f, 10.5f, 9.5f);
	scene_init(rig, &s, "f_color", v, 6, RIG_RGBA8);
	scene_begin(rig, &s, TRIANGLE);
	rig_draw(rig, TRIANGLE, 0, 6);
	scene_end(rig, &s);
	expect_box(&s, 2, 3, 10, 9, 0xff0000ff);
	scene_finish(rig, &s);
}

static void bgra_bytes_are_blue_first(void **state) {
	struct rig *rig = *state;
	struct rig_vertex v[6];
	struct scene s;
	box(v, 0, 0, 16, 16);
	scene_init(rig, &s, "f_color", v, 6, RIG_BGRA8);
	scene_begin(rig, &s, TRIANGLE);
	rig_draw(rig, TRIANGLE, 0, 6);
	scene_end(rig, &s);
	expect_box(&s, 0, 0, 16, 16, 0xffff0000);
	scene_finish(rig, &s);
}

static void depth_runs_from_zero_to_one(void **state) {
	static const float depths[] = { -0.25f, 0, 1, 1.25f };
	static const bool seen[] = { false, true, true, false };
	struct rig *rig = *state;
	for (uint32_t i = 0; i < 4; i++) {
		struct rig_vertex v[6];
		struct scene s;
		box(v, 0, 0, 16, 16);
		for (uint32_t k = 0; k < 6; k++) {
			v[k].z = depths[i];
		}
		scene_init(rig, &s, "f_color", v, 6, RIG_RGBA8);
		scene_begin(rig, &s, TRIANGLE);
		rig_draw(rig, TRIANGLE, 0, 6);
		scene_end(rig, &s);
		expect_box(&s, 0, 0, seen[i] ? 16 : 0, 16, 0xff0000ff);
		scene_finish(rig, &s);
	}
}

/* Clockwise as it is seen is the front unless the encoder says otherwise. */
static void winding_is_as_seen(void **state) {
	struct rig *rig = *state;
	for (uint32_t i = 0; i < 12; i++) {
		bool reversed = i & 1, counter = i >> 1 & 1;
		uint8_t cull = (uint8_t)(i / 4);
		struct rig_vertex v[6], swap;
		struct scene s;
		box(v, 0, 0, 16, 16);
		for (uint32_t k = 0; reversed && k < 6; k += 3) {
			swap = v[k];
			v[k] = v[k + 1];
			v[k + 1] = swap;
		}
		scene_init(rig, &s, "f_color", v, 6, RIG_RGBA8);
		scene_begin(rig, &s, TRIANGLE);
		struct pvg_gpu_raster raster = { .cull = cull, .front_face = counter };
		rig_add(rig, PVG_GPU_OP_RASTER)->raster = rig_keep(rig, &raster, sizeof(raster));
		rig_draw(rig, TRIANGLE, 0, 6);
		scene_end(rig, &s);
		// The first triangle of a box runs clockwise: top left, top right, bottom left.
		bool front = reversed == counter;
		bool drawn = cull == 0 || (cull == 1 ? !front : front);
		expect_box(&s, 0, 0, drawn ? 16 : 0, 16, 0xff0000ff);
		scene_finish(rig, &s);
	}
}

static void viewport_and_scissor_cut(void **state) {
	struct rig *rig = *state;
	struct rig_vertex v[6];
	struct scene s;
	box(v, 0, 0, 16, 16);
	scene_init(rig, &s, "f_color", v, 6, RIG_RGBA8);
	scene_begin(rig, &s, TRIANGLE);
	struct pvg_gpu_viewport viewport = { 2, 4, 8, 10, 0, 1 };
	struct pvg_gpu_rect scissor = { 4, 1, 100, 9 };
	struct pvg_gpu_cmd *cmd = rig_add(rig, PVG_GPU_OP_VIEWPORTS);
	cmd->viewports.rects = rig_keep(rig, &viewport, sizeof(viewport));
	cmd->viewports.count = 1;
	cmd = rig_add(rig, PVG_GPU_OP_SCISSORS);
	cmd->scissors.rects = rig_keep(rig, &scissor, sizeof(scissor));
	cmd->scissors.count = 1;
	rig_draw(rig, TRIANGLE, 0, 6);
	scene_end(rig, &s);
	expect_box(&s, 4, 4, 10, 10, 0xff0000ff);
	scene_finish(rig, &s);
}

/* Whole ones, smaller ones and passes smaller than their attachment, one after the other. */
static void scissors_end_with_their_pass(void **state) {
	static const struct {
		struct {
			uint32_t side; // of the pass, 0: there is none
			bool clear, draw, cut;
			struct pvg_gpu_rect scissor;
		} passes[3];
		uint32_t box[4]; // what is red then
	} cases[] = {
		{ { { 16, true, true, true, { 2, 2, 2, 2 } }, { 16, true, true } },
			{ 0, 0, 16, 16 } },
		{ { { 16, true, true, true, { 2, 2, 2, 2 } },
			  { 16, true, true, true, { 0, 0, 16, 16 } } },
			{ 0, 0, 16, 16 } },
		{ { { 16, true, true }, { 16, true, true, true, { 9, 9, 3, 90 } } },
			{ 9, 9, 12, 16 } },
		{ { { 16, true }, { 5, false, true } }, { 0, 0, 5, 5 } },
		{ { { 16, true }, { 5, true, true, true, { 1, 1, 16, 16 } } }, { 1, 1, 5, 5 } },
		{ { { 16, true, true }, { 5, true }, { 16, true, false } }, { 0, 0, 0, 0 } },
		{ { { 5, true, true }, { 16, true }, { 5, false, true, true, { 0, 0, 5, 5 } } },
			{ 0, 0, 5, 5 } },
	};
	struct rig *rig = *state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig_vertex v[6];
		struct scene s;
		box(v, 0, 0, 16, 16);
		scene_init(rig, &s, "f_color", v, 6, RIG_RGBA8);
		for (uint32_t k = 0; k < 3 && cases[i].passes[k].side != 0; k++) {
			struct pvg_gpu_program *program = rig_draws(rig, s.pipeline, TRIANGLE);
			struct pvg_gpu_pass *pass =
				rig_begin(rig, &s.image, cases[i].passes[k].clear ? black : NULL);
			pass->width = pass->height = cases[i].passes[k].side;
			rig_use(rig, program);
			rig_bind(rig, PVG_GPU_VERTEX, 0, s.vertices, 0);
			// A small viewport is not what cuts here.
			struct pvg_gpu_viewport viewport = { 0, 0, 16, 16, 0, 1 };
			struct pvg_gpu_cmd *cmd = rig_add(rig, PVG_GPU_OP_VIEWPORTS);
			cmd->viewports.rects = rig_keep(rig, &viewport, sizeof(viewport));
			cmd->viewports.count = 1;
			if (cases[i].passes[k].cut) {
				cmd = rig_add(rig, PVG_GPU_OP_SCISSORS);
				cmd->scissors.rects = rig_keep(rig, &cases[i].passes[k].scissor,
					sizeof(cases[i].passes[k].scissor));
				cmd->scissors.count = 1;
			}
			if (cases[i].passes[k].draw) {
				rig_draw(rig, TRIANGLE, 0, 6);
			}
			rig_end(rig);
		}
		rig_read(rig, &s.image, s.texels, 4);
		const uint32_t *b = cases[i].box;
		expect_box(&s, b[0], b[1], b[2], b[3], 0xff0000ff);
		scene_finish(rig, &s);
	}
}

/* A height below zero turns the picture over: its top then lies at y plus height. */
static void a_viewport_can_be_upside_down(void **state) {
	struct rig *rig = *state;
	struct rig_vertex v[6];
	struct scene s;
	box(v, 0, 0, 16, 4);
	scene_init(rig, &s, "f_color", v, 6, RIG_RGBA8);
	scene_begin(rig, &s, TRIANGLE);
	struct pvg_gpu_viewport viewport = { 0, 16, 16, -16, 0, 1 };
	struct pvg_gpu_cmd *cmd = rig_add(rig, PVG_GPU_OP_VIEWPORTS);
	cmd->viewports.rects = rig_keep(rig, &viewport, sizeof(viewport));
	cmd->viewports.count = 1;
	rig_draw(rig, TRIANGLE, 0, 6);
	scene_end(rig, &s);
	expect_box(&s, 0, 12, 16, 16, 0xff0000ff);
	scene_finish(rig, &s);
}

/* Position, derivatives and facing as the picture has them, whatever the viewport does to it. */
static void check_places(struct rig *rig, uint32_t cases_count) {
	static const struct {
		struct pvg_gpu_viewport viewport;
		float z, slope, front;
	} cases[] = {
		{ { 0, 0, 16, 16, 0, 1 }, 0.25f, -0.125f, 1 },
		{ { -0.25, -0.75, 16.5, 17.5, 0.2, 0.6 }, 0.3f, -2 / 17.5f, 1 },
		{ { 0, 16, 16, -16, 0, 1 }, 0.25f, 0.125f, 0 },
	};
	struct rig_vertex v[6];
	box(v, 0, 0, 16, 16);
	for (uint32_t k = 0; k < 6; k++) {
		v[k].g = v[k].y; // up is 1
		v[k].x *= 2;
		v[k].y *= 2;
		v[k].w = 2;
	}
	for (uint32_t i = 0; i < cases_count * 2; i++) {
		float texels[RIG_SIDE][RIG_SIDE][4];
		struct scene s;
		scene_init(rig, &s, i & 1 ? "f_slopes" : "f_where", v, 6, RIG_RGBA32F);
		scene_begin(rig, &s, TRIANGLE);
		struct pvg_gpu_cmd *cmd = rig_add(rig, PVG_GPU_OP_VIEWPORTS);
		cmd->viewports.rects =
			rig_keep(rig, &cases[i / 2].viewport, sizeof(cases[0].viewport));
		cmd->viewports.count = 1;
		rig_draw(rig, TRIANGLE, 0, 6);
		rig_end(rig);
		rig_read(rig, &s.image, texels, 16);
		for (uint32_t n = 0; n < RIG_SIDE * RIG_SIDE; n++) {
			uint32_t x = n % RIG_SIDE, y = n / RIG_SIDE;
			const float where[] = { (float)x + 0.5f, (float)y + 0.5f, cases[i / 2].z,
				0.5f };
			const float slopes[] = { 1, 1, cases[i / 2].slope, cases[i / 2].front };
			for (uint32_t c = 0; c < 4; c++) {
				float want = i & 1 ? slopes[c] : where[c];
				if (fabsf(texels[y][x][c] - want) > 1e-4f) {
					fail_msg(
						"case %u, texel %u, %u: component %u is %g, not %g",
						i, x, y, c, (double)texels[y][x][c], (double)want);
				}
			}
		}
		scene_finish(rig, &s);
	}
}

static void fragments_know_where_they_are(void **state) {
	check_places(*state, 3);
}

// Without extensions viewports are whole, and not upside down.
static void fragments_know_where_they_are_at_least(void **state) {
	check_places(*state, 1);
}

/* ---- indices ------------------------------------------------------------------------------- */

static void indices_of_both_sizes_at_any_offset(void **state) {
	static const uint32_t order[6] = { 4, 5, 6, 7, 8, 9 };
	struct rig *rig = *state;
	for (uint32_t i = 0; i < 8; i++) {
		bool wide = i & 1;
		uint32_t offset = i >> 1; // bytes: also ones that are no multiple of an index
		struct rig_vertex v[10] = { 0 };
		struct scene s;
		uint8_t bytes[32] = { 0 };
		box(v + 4, 4, 4, 12, 12);
		for (uint32_t k = 0; k < 6; k++) {
			uint16_t narrow = (uint16_t)order[k];
			if (wide) {
				memcpy(bytes + offset + 4 * k, &order[k], 4);
			} else {
				memcpy(bytes + offset + 2 * k, &narrow, 2);
			}
		}
		scene_init(rig, &s, "f_color", v, 10, RIG_RGBA8);
		struct pvg_gpu_buffer *indices = rig_buffer(rig, bytes, sizeof(bytes));
		scene_begin(rig, &s, TRIANGLE);
		rig_draw_indexed(rig, TRIANGLE, wide ? 4 : 2, indices, offset, 6);
		scene_end(rig, &s);
		expect_box(&s, 4, 4, 12, 12, 0xff0000ff);
		rig->r->ops->buffer_destroy(rig->r, indices);
		scene_finish(rig, &s);
	}
}

static void a_base_vertex_is_added(void **state) {
	static const uint16_t order[6] = { 7, 8, 9, 10, 11, 12 };
	struct rig *rig = *state;
	struct rig_vertex v[6];
	struct scene s;
	box(v, 4, 4, 12, 12);
	scene_init(rig, &s, "f_color", v, 6, RIG_RGBA8);
	struct pvg_gpu_buffer *indices = rig_buffer(rig, order, sizeof(order));
	scene_begin(rig, &s, TRIANGLE);
	rig_draw_indexed(rig, TRIANGLE, 2, indices, 0, 6)->base_vertex = -7;
	scene_end(rig, &s);
	expect_box(&s, 4, 4, 12, 12, 0xff0000ff);
	rig->r->ops->buffer_destroy(rig->r, indices);
	scene_finish(rig, &s);
}

/* All ones starts a strip anew, with and without reordered vertices. */
static void strips_restart(void **state) {
	static const uint16_t order[9] = { 0, 1, 2, 3, 0xffff, 4, 5, 6, 7 };
	static const char *const fragments[] = { "f_color", "f_flat" };
	struct rig *rig = *state;
	for (uint32_t i = 0; i < 2; i++) {
		struct rig_vertex v[8] = {
			at(0, 0, 1, 0, 0),
			at(4, 0, 1, 0, 0),
			at(0, 16, 1, 0, 0),
			at(4, 16, 1, 0, 0),
			at(8, 0, 1, 0, 0),
			at(16, 0, 1, 0, 0),
			at(8, 16, 1, 0, 0),
			at(16, 16, 1, 0, 0),
		};
		struct scene s;
		scene_init(rig, &s, fragments[i], v, 8, RIG_RGBA8);
		struct pvg_gpu_buffer *indices = rig_buffer(rig, order, sizeof(order));
		scene_begin(rig, &s, TRIANGLE_STRIP);
		rig_draw_indexed(rig, TRIANGLE_STRIP, 2, indices, 0, 9);
		scene_end(rig, &s);
		for (uint32_t y = 0; y < 16; y++) {
			for (uint32_t x = 0; x < 16; x++) {
				uint32_t want = x < 4 || x >= 8 ? 0xff0000ff : 0;
				assert_int_equal(s.texels[y][x], want);
			}
		}
		rig->r->ops->buffer_destroy(rig->r, indices);
		scene_finish(rig, &s);
	}
}

/* Flat values come from the first vertex, in lists, strips and with indices. */
static void flat_values_come_from_the_first_vertex(void **state) {
	static const uint16_t order[6] = { 0, 1, 2, 3, 4, 5 };
	struct rig *rig = *state;
	for (uint32_t i = 0; i < 4; i++) {
		bool strip = i & 1, indexed = i >> 1;
		struct rig_vertex v[6];
		struct scene s;
		if (strip) { // two triangles: 0 1 2 and 1 3 2
			v[0] = at(0, 0, 1, 0, 0);
			v[1] = at(16, 0, 0, 1, 0);
			v[2] = at(0, 16, 0, 0, 1);
			v[3] = at(16, 16, 0, 0, 1);
		} else {
			box(v, 0, 0, 16, 16);
			for (uint32_t k = 0; k < 6; k++) {
				v[k].r = k == 0;
				v[k].g = k == 3;
				v[k].b = k != 0 && k != 3;
			}
		}
		scene_init(rig, &s, "f_flat", v, 6, RIG_RGBA8);
		struct pvg_gpu_buffer *indices = rig_buffer(rig, order, sizeof(order));
		uint8_t primitive = strip ? TRIANGLE_STRIP : TRIANGLE;
		scene_begin(rig, &s, primitive);
		if (indexed) {
			rig_draw_indexed(rig, primitive, 2, indices, 0, strip ? 4 : 6);
		} else {
			rig_draw(rig, primitive, 0, strip ? 4 : 6);
		}
		scene_end(rig, &s);
		assert_int_equal(s.texels[2][2], 0xff0000ff);
		assert_int_equal(s.texels[13][13], 0xff00ff00);
		rig->r->ops->buffer_destroy(rig->r, indices);
		scene_finish(rig, &s);
	}
}

static void fill_mode_lines_draws_edges(void **state) {
	struct rig *rig = *state;
	struct rig_vertex v[3] = { at(2.5f, 2.5f, 1, 0, 0), at(12.5f, 2.5f, 1, 0, 0),
		at(2.5f, 12.5f, 1, 0, 0) };
	struct scene s;
	scene_init(rig, &s, "f_color", v, 3, RIG_RGBA8);
	struct pvg_gpu_use use = { .primitive = TRIANGLE, .lines = true };
	struct pvg_gpu_program *edges = rig_program(rig, s.pipeline, &use);
	scene_begin(rig, &s, TRIANGLE);
	rig_use(rig, edges);
	struct pvg_gpu_raster raster = { .fill = 1 };
	rig_add(rig, PVG_GPU_OP_RASTER)->raster = rig_keep(rig, &raster, sizeof(raster));
	rig_draw(rig, TRIANGLE, 0, 3);
	scene_end(rig, &s);
	assert_int_equal(s.texels[2][7], 0xff0000ff);
	assert_int_equal(s.texels[7][2], 0xff0000ff);
	assert_int_equal(s.texels[7][7] | s.texels[8][7] | s.texels[7][8],
		0xff0000ff); // the long edge
	assert_int_equal(s.texels[4][4], 0);
	assert_int_equal(s.texels[12][12], 0);
	scene_finish(rig, &s);
}

static void lines_and_points_are_one_pixel(void **state) {
	struct rig *rig = *state;
	struct rig_vertex v[3] = { at(3.5f, 5.5f, 1, 0, 0), at(9.5f, 5.5f, 1, 0, 0),
		at(12.5f, 12.5f, 1, 0, 0) };
	struct scene s;
	scene_init(rig, &s, "f_color", v, 3, RIG_RGBA8);
	scene_begin(rig, &s, LINE);
	rig_draw(rig, LINE, 0, 2);
	scene_end(rig, &s);
	expect_box(&s, 3, 5, 9, 6, 0xff0000ff);
	scene_begin(rig, &s, POINT);
	rig_draw(rig, POINT, 2, 1);
	scene_end(rig, &s);
	expect_box(&s, 12, 12, 13, 13, 0xff0000ff);
	scene_finish(rig, &s);
}

/* Wider lines are wider across, and end where they ended. */
static void lines_may_be_wide(void **state) {
	struct rig *rig = *state;
	struct rig_vertex v[2] = { at(3.5f, 5.5f, 1, 0, 0), at(9.5f, 5.5f, 1, 0, 0) };
	struct scene s;
	scene_init(rig, &s, "f_color", v, 2, RIG_RGBA8);
	for (uint32_t i = 0; i < 3; i++) { // and the next draw's are thin again
		struct pvg_gpu_raster raster = { .line_width = i == 1 ? 3 : 0 };
		scene_begin(rig, &s, LINE);
		rig_add(rig, PVG_GPU_OP_RASTER)->raster = rig_keep(rig, &raster, sizeof(raster));
		rig_draw(rig, LINE, 0, 2);
		scene_end(rig, &s);
		expect_box(&s, 3, i == 1 ? 4 : 5, 9, i == 1 ? 7 : 6, 0xff0000ff);
	}
	scene_finish(rig, &s);
}

/* ---- numbers of vertices and instances ----------------------------------------------------- */

static void expect_numbers(struct rig *rig, const struct rig_image *image, uint32_t first,
	uint32_t count, uint32_t base_instance, uint32_t instances, float base_vertex) {
	float texels[RIG_SIDE * RIG_SIDE][4];
	rig_read(rig, image, texels, 16);
	for (uint32_t i = 0; i < instances; i++) {
		for (uint32_t v = 0; v < count; v++) {
			uint32_t n = first + v + 4 * (base_instance + i);
			assert_float_equal(texels[n][0], (float)(first + v), 0);
			assert_float_equal(texels[n][1], (float)(base_instance + i), 0);
			assert_float_equal(texels[n][2], base_vertex, 0);
			assert_float_equal(texels[n][3], (float)base_instance, 0);
		}
	}
}

static void numbers_have_the_bases_in_them(void **state) {
	static const uint16_t order[4] = { 0, 1, 2, 3 };
	struct rig *rig = *state;
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_numbers", "f_color", RIG_RGBA32F);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_program *program = rig_draws(rig, p, POINT);
	struct rig_image image = rig_image(rig, RIG_RGBA32F, RIG_SIDE, RIG_SIDE, 1);
	struct pvg_gpu_buffer *indices = rig_buffer(rig, order, sizeof(order));

	rig_begin(rig, &image, black);
	rig_use(rig, program);
	struct pvg_gpu_draw draw = {
		.primitive = POINT,
		.first = 3,
		.count = 4,
		.instances = 3,
		.base_instance = 5,
	};
	rig_add(rig, PVG_GPU_OP_DRAW)->draw = rig_keep(rig, &draw, sizeof(draw));
	rig_end(rig);
	expect_numbers(rig, &image, 3, 4, 5, 3, 3);

	rig_begin(rig, &image, black);
	rig_use(rig, program);
	struct pvg_gpu_draw *indexed = rig_draw_indexed(rig, POINT, 2, indices, 0, 4);
	indexed->instances = 2;
	indexed->base_vertex = 6;
	indexed->base_instance = 9;
	rig_end(rig);
	expect_numbers(rig, &image, 6, 4, 9, 2, 6);

	rig->r->ops->buffer_destroy(rig->r, indices);
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig_image_destroy(rig, &image);
}

/* The same from a buffer: what the CPU wrote, and what a kernel wrote. */
static void indirect_draws_read_their_arguments(void **state) {
	static const uint32_t arguments[] = { 4, 3, 3, 5, /* indexed: */ 4, 2, 1, 6, 9 };
	static const uint16_t order[6] = { 9, 9, 0, 1, 2, 3 };
	struct rig *rig = *state;
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_numbers", "f_color", RIG_RGBA32F);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc), *copy = rig_kernel(rig, "k_copy");
	struct pvg_gpu_program *program = rig_draws(rig, p, POINT);
	struct pvg_gpu_use use = { .local_size = { 9, 1, 1 } };
	struct pvg_gpu_program *kernel = rig_program(rig, copy, &use);
	struct rig_image image = rig_image(rig, RIG_RGBA32F, RIG_SIDE, RIG_SIDE, 1);
	struct pvg_gpu_buffer *indices = rig_buffer(rig, order, sizeof(order));
	struct pvg_gpu_buffer *written = rig_buffer(rig, arguments, sizeof(arguments));
	struct pvg_gpu_buffer *made = rig_readback(rig, sizeof(arguments));

	rig_use(rig, kernel);
	rig_bind(rig, PVG_GPU_KERNEL, 0, written, 0);
	rig_bind(rig, PVG_GPU_KERNEL, 1, made, 0);
	struct pvg_gpu_dispatch dispatch = { .grid = { 1, 1, 1 } };
	rig_add(rig, PVG_GPU_OP_DISPATCH)->dispatch = rig_keep(rig, &dispatch, sizeof(dispatch));
	rig_add(rig, PVG_GPU_OP_BARRIER);
	for (uint32_t i = 0; i < 2; i++) {
		struct pvg_gpu_buffer *from = i == 0 ? written : made;
		rig_begin(rig, &image, black);
		rig_use(rig, program);
		struct pvg_gpu_draw draw = { .primitive = POINT, .indirect = { from, 0, 36 } };
		rig_add(rig, PVG_GPU_OP_DRAW)->draw = rig_keep(rig, &draw, sizeof(draw));
		rig_end(rig);
		expect_numbers(rig, &image, 3, 4, 5, 3, 3);

		rig_begin(rig, &image, black);
		rig_use(rig, program);
		// Bound at its second index, and the arguments start at the second from there.
		struct pvg_gpu_draw *indexed = rig_draw_indexed(rig, POINT, 2, indices, 2, 0);
		indexed->indirect = (struct pvg_gpu_span){ from, 16, 20 };
		rig_end(rig);
		expect_numbers(rig, &image, 6, 4, 9, 2, 6);
	}
	rig->r->ops->buffer_destroy(rig->r, indices);
	rig->r->ops->buffer_destroy(rig->r, written);
	rig->r->ops->buffer_destroy(rig->r, made);
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig->r->ops->pipeline_destroy(rig->r, copy);
	rig_image_destroy(rig, &image);
}

static void add_draw(struct rig *rig, const struct pvg_gpu_draw *draw) {
	rig_add(rig, PVG_GPU_OP_DRAW)->draw = rig_keep(rig, draw, sizeof(*draw));
}

/* Numbers that no program would send: nothing of them is drawn, and the next draw is as ever. */
static void numbers_out_of_range_are_harmless(void **state) {
	struct rig *rig = *state;
	for (uint32_t flat = 0; flat < 2; flat++) {
		struct rig_vertex v[6];
		struct scene s;
		box(v, 4, 4, 12, 12);
		scene_init(rig, &s, flat ? "f_flat" : "f_color", v, 6, RIG_RGBA8);
		uint16_t order[6] = { 0, 1, 2, 3, 4, 5 };
		struct pvg_gpu_buffer *indices = rig_buffer(rig, order, sizeof(order));
		struct pvg_gpu_span all = { indices, 0, sizeof(order) };
		struct pvg_gpu_span beyond = { indices, UINT64_MAX - 1, 12 };
		const struct pvg_gpu_draw draws[] = {
			{ .primitive = 3, .count = 3, .instances = UINT32_MAX },
			{ .primitive = 3, .first = UINT32_MAX, .count = 3, .instances = 1 },
			{ .primitive = 9, .count = 3, .instances = 1 },
			{ .primitive = 3, .count = UINT32_MAX, .instances = 1 },
			{ .primitive = 3,
				.index_size = 2,
				.count = 7,
				.instances = 1,
				.indices = all },
			{ .primitive = 3,
				.index_size = 4,
				.count = UINT32_MAX,
				.instances = 1,
				.indices = all },
			{ .primitive = 3,
				.index_size = 2,
				.count = 3,
				.instances = 1,
				.indices = beyond },
			{ .primitive = 3, .index_size = 2, .count = 3, .instances = 1 },
			{ .primitive = 3, .indirect = beyond },
			{ .primitive = 3, .index_size = 2, .indices = all, .indirect = beyond },
			{ .primitive = 3, .indirect = { indices, 0, 12 } },
		};
		const struct pvg_gpu_viewport odd[] = {
			{ NAN, NAN, NAN, NAN, NAN, NAN },
			{ -1e300, 1e300, 1e300, -1e300, -5, 7 },
		};
		scene_begin(rig, &s, TRIANGLE);
		for (uint32_t i = 0; i < sizeof(draws) / sizeof(draws[0]); i++) {
			add_draw(rig, &draws[i]);
		}
		for (uint32_t i = 0; i < 2; i++) {
			struct pvg_gpu_cmd *cmd = rig_add(rig, PVG_GPU_OP_VIEWPORTS);
			cmd->viewports.rects = rig_keep(rig, &odd[i], sizeof(odd[i]));
			cmd->viewports.count = 1;
			rig_draw_indexed(rig, TRIANGLE, 2, indices, 0, 3)->base_vertex = INT32_MAX;
		}
		rig_end(rig);
		rig_run(rig);
		scene_begin(rig, &s, TRIANGLE);
		rig_draw(rig, TRIANGLE, 0, 6);
		scene_end(rig, &s);
		expect_box(&s, 4, 4, 12, 12, 0xff0000ff);
		rig->r->ops->buffer_destroy(rig->r, indices);
		scene_finish(rig, &s);
	}
}

static int set_up_without(void **state) {
	*state = rig_create("GL_EXT_clip_control GL_EXT_base_instance GL_EXT_polygon_offset_clamp "
			    "GL_OES_viewport_array GL_NV_polygon_mode");
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_box_fills_from_the_top_left),
		cmocka_unit_test(bgra_bytes_are_blue_first),
		cmocka_unit_test(depth_runs_from_zero_to_one),
		cmocka_unit_test(winding_is_as_seen),
		cmocka_unit_test(viewport_and_scissor_cut),
		cmocka_unit_test(scissors_end_with_their_pass),
		cmocka_unit_test(a_viewport_can_be_upside_down),
		cmocka_unit_test(fragments_know_where_they_are),
		cmocka_unit_test(indices_of_both_sizes_at_any_offset),
		cmocka_unit_test(a_base_vertex_is_added),
		cmocka_unit_test(strips_restart),
		cmocka_unit_test(flat_values_come_from_the_first_vertex),
		cmocka_unit_test(fill_mode_lines_draws_edges),
		cmocka_unit_test(lines_and_points_are_one_pixel),
		cmocka_unit_test(lines_may_be_wide),
		cmocka_unit_test(numbers_have_the_bases_in_them),
		cmocka_unit_test(indirect_draws_read_their_arguments),
		cmocka_unit_test(numbers_out_of_range_are_harmless),
	};
	const struct CMUnitTest fallbacks[] = {
		cmocka_unit_test(a_box_fills_from_the_top_left),
		cmocka_unit_test(fragments_know_where_they_are_at_least),
		cmocka_unit_test(depth_runs_from_zero_to_one),
		cmocka_unit_test(winding_is_as_seen),
		cmocka_unit_test(viewport_and_scissor_cut),
		cmocka_unit_test(scissors_end_with_their_pass),
		cmocka_unit_test(fill_mode_lines_draws_edges),
		cmocka_unit_test(numbers_have_the_bases_in_them),
	};
	int failed = cmocka_run_group_tests_name("draw", tests, rig_set_up, rig_tear_down);
	return failed +
		cmocka_run_group_tests_name("draw without extensions", fallbacks, set_up_without,
			rig_tear_down);
}
