// SPDX-License-Identifier: GPL-2.0-or-later
#include "rig.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/*
 * What OpenGL has and Metal has not (struct pvg_gpu_opengl), seen in pixels; restarts and the order
 * of vertices are in test-restart.c.
 */

enum { POINT = 0, LINE = 1, TRIANGLE = 3, SIDE = RIG_SIDE };

static const double black[4] = { 0, 0, 0, 0 };

struct vertex {
	float position[4], color[4];
};

struct scene {
	struct rig *rig;
	struct rig_image image;
	struct pvg_gpu_pipeline *pipeline;
	struct pvg_gpu_buffer *vertices;
	struct pvg_gpu_use use;
};

static void scene_init(struct scene *s, struct rig *rig, const char *vertex, uint8_t primitive,
	const struct vertex *v, uint32_t count) {
	struct pvg_gpu_render_desc desc = rig_desc(rig, vertex, "f_color", RIG_RGBA8);
	rig_two_attributes(&desc);
	*s = (struct scene){ .rig = rig, .use = { .primitive = primitive } };
	s->image = rig_image(rig, RIG_RGBA8, SIDE, SIDE, 1);
	s->pipeline = rig_pipeline(rig, &desc);
	s->vertices = rig_buffer(rig, v, count * sizeof(*v));
}

static void scene_finish(struct scene *s) {
	s->rig->r->ops->pipeline_destroy(s->rig->r, s->pipeline);
	s->rig->r->ops->buffer_destroy(s->rig->r, s->vertices);
	rig_image_destroy(s->rig, &s->image);
}

static void say(struct rig *rig, const struct pvg_gpu_opengl *gl) {
	rig_add(rig, PVG_GPU_OP_OPENGL)->opengl =
		gl != NULL ? rig_keep(rig, gl, sizeof(*gl)) : NULL;
}

// Everything up to the draw, with the program for @gl.
static void prepare(struct scene *s, const struct pvg_gpu_opengl *gl) {
	s->use.opengl = gl;
	rig_use(s->rig, rig_program(s->rig, s->pipeline, &s->use));
	say(s->rig, gl);
}

static void begin(struct scene *s, const struct pvg_gpu_opengl *gl) {
	rig_begin(s->rig, &s->image, black);
	prepare(s, gl);
	rig_bind(s->rig, PVG_GPU_VERTEX, 0, s->vertices, 0);
}

// Bit x of row y: is the pixel not black?
static void finish(struct scene *s, uint16_t rows[SIDE]) {
	uint32_t texels[SIDE][SIDE];
	rig_end(s->rig);
	rig_read(s->rig, &s->image, texels, 4);
	for (uint32_t y = 0; y < SIDE; y++) {
		rows[y] = 0;
		for (uint32_t x = 0; x < SIDE; x++) {
			rows[y] |= (uint16_t)((texels[y][x] != 0) << x);
		}
	}
}

// Exactly this rectangle is drawn.
static void check_box(const uint16_t rows[SIDE], uint32_t x, uint32_t y, uint32_t width,
	uint32_t height, const char *what) {
	for (uint32_t i = 0; i < SIDE; i++) {
		uint16_t want = i >= y && i < y + height ? (uint16_t)(((1u << width) - 1) << x) : 0;
		if (rows[i] != want) {
			fail_msg("%s: row %u is %04x, not %04x", what, i, rows[i], want);
		}
	}
}

static const struct vertex cover[3] = {
	{ { -1, 1, 0.5f, 1 }, { 1, 1, 1, 1 } },
	{ { 3, 1, 0.5f, 1 }, { 1, 1, 1, 1 } },
	{ { -1, -3, 0.5f, 1 }, { 1, 1, 1, 1 } },
};

/* ---- points -------------------------------------------------------------------------------- */

static void points_are_as_large_as_said(void **state) {
	static const struct vertex middle = { { 0, 0, 0.5f, 1 }, { 1, 1, 1, 1 } };
	struct rig *rig = *state;
	struct scene s;
	uint16_t rows[SIDE];
	scene_init(&s, rig, "v_color", POINT, &middle, 1);
	for (uint32_t size = 2; size <= 8; size += 2) {
		const struct pvg_gpu_opengl gl = { .point_size = (float)size };
		begin(&s, &gl);
		rig_draw(rig, POINT, 0, 1);
		finish(&s, rows);
		check_box(rows, SIDE / 2 - size / 2, SIDE / 2 - size / 2, size, size, "size");
	}
	// From draw to draw of one program, and the next pass begins with Metal's again.
	const struct pvg_gpu_opengl two = { .point_size = 2 }, four = { .point_size = 4 };
	begin(&s, &two);
	rig_draw(rig, POINT, 0, 1);
	say(rig, &four);
	rig_draw(rig, POINT, 0, 1);
	finish(&s, rows);
	check_box(rows, 6, 6, 4, 4, "two sizes");
	begin(&s, NULL);
	rig_draw(rig, POINT, 0, 1);
	finish(&s, rows);
	uint32_t pixels = 0;
	for (uint32_t y = 0; y < SIDE; y++) {
		pixels += (uint32_t)__builtin_popcount(rows[y]);
	}
	assert_int_equal(pixels, 1);
	scene_finish(&s);
	scene_init(&s, rig, "v_big_point", POINT, &middle, 1); // its own size is kept
	begin(&s, &two);
	rig_draw(rig, POINT, 0, 1);
	finish(&s, rows);
	check_box(rows, 4, 4, 8, 8, "its own size");
	scene_finish(&s);
}

/* ---- clip planes --------------------------------------------------------------------------- */

static void planes_cut(void **state) {
	static const struct {
		struct pvg_gpu_opengl gl;
		uint32_t box[4];
	} rows_of[] = {
		{ { .clip_planes = 1, .planes = { { 1, 0, 0, 0 } } }, { 8, 0, 8, 16 } },
		{ { .clip_planes = 1, .planes = { { -1, 0, 0, 0.5f } } }, { 0, 0, 12, 16 } },
		{ { .clip_planes = 1, .planes = { { 0, 1, 0, 0 } } }, { 0, 0, 16, 8 } }, // y is up
		{ { .clip_planes = 4, .planes = { [2] = { 0, -1, 0, -0.5f } } }, { 0, 12, 16, 4 } },
		{ { .clip_planes = 1, .planes = { { 0, 0, 1, -0.25f } } }, { 0, 0, 16, 16 } },
		{ { .clip_planes = 1, .planes = { { 0, 0, -1, 0.25f } } }, { 0, 0, 0, 0 } },
		// What is off has no effect; eight at once.
		{ { .clip_planes = 0x82,
			  .planes = { { 0, 0, -1, 0.25f }, { 1, 0, 0, 0 }, [7] = { 0, 1, 0, 0 } } },
			{ 8, 0, 8, 8 } },
		{ { .clip_planes = 0xff,
			  .planes = { { 1, 0, 0, 0.75f }, { -1, 0, 0, 0.75f }, { 0, 1, 0, 0.75f },
				  { 0, -1, 0, 0.75f }, { 0, 0, 1, 0 }, { 0, 0, 0, 1 },
				  { 1, 0, 0, 0.5f }, { 0, -1, 0, 0.5f } } },
			{ 4, 4, 10, 10 } },
	};
	struct rig *rig = *state;
	struct scene s;
	uint16_t rows[SIDE];
	scene_init(&s, rig, "v_color", TRIANGLE, cover, 3);
	for (size_t i = 0; i < sizeof(rows_of) / sizeof(rows_of[0]); i++) {
		char what[16];
		(void)snprintf(what, sizeof(what), "planes %zu", i);
		begin(&s, &rows_of[i].gl);
		rig_draw(rig, TRIANGLE, 0, 3);
		finish(&s, rows);
		check_box(rows, rows_of[i].box[0], rows_of[i].box[1], rows_of[i].box[2],
			rows_of[i].box[3], what);
	}
	// A draw without them in the same pass is whole again.
	begin(&s, &rows_of[0].gl);
	rig_draw(rig, TRIANGLE, 0, 3);
	prepare(&s, NULL);
	rig_draw(rig, TRIANGLE, 0, 3);
	finish(&s, rows);
	check_box(rows, 0, 0, 16, 16, "no planes");
	scene_finish(&s);
	// Distances that the function gives win over planes: seen where x is above 0.
	scene_init(&s, rig, "v_clip", TRIANGLE, cover, 3);
	begin(&s, &rows_of[2].gl);
	rig_draw(rig, TRIANGLE, 0, 3);
	finish(&s, rows);
	check_box(rows, 8, 0, 8, 16, "its own distances");
	scene_finish(&s);
}

// Lines and the stage that makes edges keep to planes, too.
static void planes_cut_edges(void **state) {
	static const struct vertex v[3] = {
		{ { -0.9375f, 0.9375f, 0.5f, 1 }, { 1, 1, 1, 1 } },
		{ { 0.9375f, 0.9375f, 0.5f, 1 }, { 1, 1, 1, 1 } },
		{ { -0.9375f, -0.9375f, 0.5f, 1 }, { 1, 1, 1, 1 } },
	};
	const struct pvg_gpu_opengl gl = { .clip_planes = 1, .planes = { { 1, 0, 0, 0 } } };
	const struct pvg_gpu_raster raster = { .fill = 1 };
	struct rig *rig = *state;
	struct scene s;
	uint16_t rows[SIDE], left = 0, right = 0;
	scene_init(&s, rig, "v_color", TRIANGLE, v, 3);
	s.use.lines = true;
	begin(&s, &gl);
	rig_add(rig, PVG_GPU_OP_RASTER)->raster = rig_keep(rig, &raster, sizeof(raster));
	rig_draw(rig, TRIANGLE, 0, 3);
	finish(&s, rows);
	for (uint32_t y = 0; y < SIDE; y++) {
		left |= rows[y] & 0x7f;
		right |= rows[y] & 0xff00;
	}
	assert_int_equal(left, 0);
	assert_true(right != 0);
	scene_finish(&s);
}

static void planes_need_an_extension(void **state) {
	const struct pvg_gpu_opengl gl = { .clip_planes = 1, .planes = { { 1, 0, 0, 0 } } };
	struct rig *rig = rig_create("GL_EXT_clip_cull_distance");
	struct scene s;
	struct pvg_gpu_program *program = NULL;
	const char *why = NULL;
	scene_init(&s, rig, "v_color", TRIANGLE, cover, 3);
	s.use.opengl = &gl;
	assert_int_equal(rig_prepare(rig, s.pipeline, &s.use, &program, &why), PVG_GPU_FAILED);
	assert_non_null(strstr(why, "clip planes need GL_EXT_clip_cull_distance"));
	scene_finish(&s);
	rig_destroy(rig);
}

/* ---- positions in pixels ------------------------------------------------------------------- */

// Two triangles over pixels left..right, top..bottom, clockwise as they are seen.
static void box_of(struct vertex v[6], float left, float top, float right, float bottom, float w) {
	const float x[6] = { left, right, left, left, right, right };
	const float y[6] = { top, top, bottom, bottom, top, bottom };
	for (uint32_t i = 0; i < 6; i++) {
		v[i] = (struct vertex){ { x[i], y[i], 0.25f, w }, { 1, 1, 1, 1 } };
	}
}

static void positions_are_pixels(void **state) {
	const struct pvg_gpu_opengl gl = { .window = 1 };
	// The viewport and its depths are no matter: upside down, small, elsewhere.
	static const struct pvg_gpu_viewport viewports[] = { { 0, 0, 16, 16, 0, 1 },
		{ 3, 5, 4, 4, 0.75, 1 }, { 0, 16, 16, -16, 1, 0 }, { -4.5, 0.25, 100, 7, 0, 1 } };
	struct rig *rig = *state;
	struct rig_image depth = rig_image(rig, RIG_DEPTH32F, SIDE, SIDE, 1);
	const struct pvg_gpu_depth_stencil test = { .compare = 1, .write = true };
	for (uint32_t i = 0; i < 8; i++) {
		struct scene s;
		struct vertex v[6];
		uint16_t rows[SIDE];
		float depths[SIDE][SIDE];
		box_of(v, 2, 5, 9, 14, i < 4 ? 1 : 2.5f);
		scene_init(&s, rig, "v_color", TRIANGLE, v, 6);
		struct pvg_gpu_render_desc desc = rig_desc(rig, "v_color", "f_color", RIG_RGBA8);
		rig_two_attributes(&desc);
		desc.depth_format = RIG_DEPTH32F;
		rig->r->ops->pipeline_destroy(rig->r, s.pipeline);
		s.pipeline = rig_pipeline(rig, &desc);
		struct pvg_gpu_pass *pass = rig_begin(rig, &s.image, black);
		pass->depth.view = depth.view;
		pass->depth.load = PVG_GPU_LOAD_CLEAR;
		pass->depth.store = PVG_GPU_STORE;
		pass->depth.clear.depth = 1;
		prepare(&s, &gl);
		rig_bind(rig, PVG_GPU_VERTEX, 0, s.vertices, 0);
		rig_add(rig, PVG_GPU_OP_DEPTH_STENCIL)->depth_stencil =
			rig_keep(rig, &test, sizeof(test));
		struct pvg_gpu_cmd *cmd = rig_add(rig, PVG_GPU_OP_VIEWPORTS);
		cmd->viewports.rects = rig_keep(rig, &viewports[i & 3], sizeof(viewports[0]));
		cmd->viewports.count = 1;
		// Clockwise as it is seen is Metal's front: what is culled is the back.
		const struct pvg_gpu_raster raster = { .cull = 2 };
		rig_add(rig, PVG_GPU_OP_RASTER)->raster = rig_keep(rig, &raster, sizeof(raster));
		rig_draw(rig, TRIANGLE, 0, 6);
		finish(&s, rows);
		check_box(rows, 2, 5, 7, 9, "pixels");
		rig_read(rig, &depth, depths, 4);
		assert_true(fabsf(depths[6][4] - 0.25f) < 1e-6f);
		assert_true(depths[0][0] == 1);
		scene_finish(&s);
	}
	rig_image_destroy(rig, &depth);
}

static void the_viewport_is_back_afterwards(void **state) {
	const struct pvg_gpu_opengl gl = { .window = 1 };
	static const struct pvg_gpu_viewport corner = { 0, 0, 8, 8, 0, 1 };
	struct rig *rig = *state;
	struct scene s;
	struct vertex v[9];
	uint16_t rows[SIDE];
	box_of(v, 12, 12, 16, 16, 1);
	memcpy(v + 6, cover, sizeof(cover));
	scene_init(&s, rig, "v_color", TRIANGLE, v, 9);
	begin(&s, &gl);
	struct pvg_gpu_cmd *cmd = rig_add(rig, PVG_GPU_OP_VIEWPORTS);
	cmd->viewports.rects = &corner;
	cmd->viewports.count = 1;
	rig_draw(rig, TRIANGLE, 0, 6);
	prepare(&s, NULL);
	rig_draw(rig, TRIANGLE, 6, 3);
	finish(&s, rows);
	for (uint32_t y = 0; y < SIDE; y++) {
		assert_int_equal(rows[y], y < 8 ? 0x00ff : y >= 12 ? 0xf000 : 0);
	}
	scene_finish(&s);
}

/* ---- alpha test ---------------------------------------------------------------------------- */

static bool passes(uint32_t compare, double a, double b) {
	const bool results[8] = { false, a < b, a == b, a <= b, a > b, a != b, a >= b, true };
	return results[compare];
}

static void alpha_is_tested(void **state) {
	static const float alphas[] = { 0.25f, 0.5f, 0.75f };
	struct rig *rig = *state;
	struct vertex v[9];
	uint16_t rows[SIDE];
	struct scene s;
	for (uint32_t i = 0; i < 9; i++) {
		v[i] = cover[i % 3];
		v[i].color[3] = alphas[i / 3];
	}
	for (uint8_t compare = 0; compare < 8; compare++) {
		scene_init(&s, rig, "v_color", TRIANGLE, v, 9);
		struct pvg_gpu_render_desc desc = rig_desc(rig, "v_color", "f_color", RIG_RGBA8);
		rig_two_attributes(&desc);
		desc.alpha_test = (uint8_t)(1 + compare);
		rig->r->ops->pipeline_destroy(rig->r, s.pipeline);
		s.pipeline = rig_pipeline(rig, &desc);
		for (uint32_t i = 0; i < 9; i++) { // each reference with each alpha
			float reference = alphas[i % 3];
			const struct pvg_gpu_opengl gl = { .alpha_reference = reference };
			begin(&s, &gl);
			rig_draw(rig, TRIANGLE, i / 3 * 3, 3);
			finish(&s, rows);
			bool seen = passes(compare, alphas[i / 3], reference);
			check_box(rows, 0, 0, seen ? 16 : 0, seen ? 16 : 0, "alpha");
		}
		scene_finish(&s);
	}
}

/* ---- level bias ---------------------------------------------------------------------------- */

static const uint32_t level_colors[5] = { 0xff0000ff, 0xff00ff00, 0xffff0000, 0xff00ffff,
	0xffff00ff };

// 16 by 16, each level of one colour.
static struct rig_image pyramid(struct rig *rig) {
	struct rig_image image = {
		.desc = { .kind = PVG_GPU_2D,
			.usage = PVG_GPU_IMAGE_SAMPLED,
			.format = RIG_RGBA8,
			.width = SIDE,
			.height = SIDE,
			.depth = 1,
			.levels = 5,
			.samples = 1,
			.layers = 1 },
	};
	image.image = rig->r->ops->image_create(rig->r, &image.desc);
	const struct pvg_gpu_view_desc view = { .kind = PVG_GPU_2D,
		.format = RIG_RGBA8,
		.levels = 5,
		.slices = 1,
		.swizzle = { 2, 3, 4, 5 } };
	image.view = rig->r->ops->view_create(rig->r, image.image, &view);
	assert_non_null(image.view);
	for (uint16_t level = 0; level < 5; level++) {
		struct pvg_gpu_fill_image fill = {
			.at = { .image = image.image, .level = level },
			.width = SIDE >> level,
			.height = SIDE >> level,
			.depth = 1,
			.format = RIG_RGBA8,
		};
		memcpy(fill.texel, &level_colors[level], 4);
		rig_add(rig, PVG_GPU_OP_FILL_IMAGE)->fill_image =
			rig_keep(rig, &fill, sizeof(fill));
	}
	return image;
}

static void bind_biased(struct rig *rig, uint8_t stage, struct pvg_gpu_sampler *sampler,
	float lod_min, float lod_max, float bias) {
	struct pvg_gpu_cmd *cmd = rig_add(rig, PVG_GPU_OP_SAMPLER);
	cmd->sampler.stage = stage;
	cmd->sampler.sampler = sampler;
	cmd->sampler.has_lod = true;
	cmd->sampler.lod_min = lod_min;
	cmd->sampler.lod_max = lod_max;
	cmd->sampler.lod_bias = bias;
}

static void a_bias_moves_the_level(void **state) {
	static const struct {
		const char *vertex, *fragment;
		int level; // without a bias
	} functions[] = {
		{ "v_color", "f_texture", 0 }, // a texel a pixel
		{ "v_color", "f_texture_grad", 1 },
		{ "v_color", "f_texture_level", 1 },
		{ "v_sampled", "f_color", 0 },
	};
	static const struct {
		float min, max, bias;
	} binds[] = { { 0, 4, 0 }, { 0, 4, 1 }, { 0, 4, 2 }, { 0, 4, 9 }, { 0, 2, 3 }, { 1, 4, -1 },
		{ 0, 4, -1 }, { 3, 4, 0 } };
	struct vertex v[3];
	memcpy(v, cover, sizeof(v));
	for (uint32_t i = 0; i < 3; i++) { // 0 to 1 over what is seen
		v[i].color[0] = (v[i].position[0] + 1) / 2;
		v[i].color[1] = (1 - v[i].position[1]) / 2;
	}
	struct rig *rig = *state;
	struct rig_image picture = pyramid(rig);
	const struct pvg_gpu_sampler_desc sampler_desc = {
		.mip_filter = 1, .normalized = true, .max_anisotropy = 1, .lod_max = 1000
	};
	struct pvg_gpu_sampler *sampler = rig->r->ops->sampler_create(rig->r, &sampler_desc);
	const struct pvg_gpu_opengl gl = { .biased_samplers = { 1, 1 } };
	for (size_t k = 0; k < sizeof(functions) / sizeof(functions[0]); k++) {
		struct pvg_gpu_render_desc desc =
			rig_desc(rig, functions[k].vertex, functions[k].fragment, RIG_RGBA8);
		struct rig_image target = rig_image(rig, RIG_RGBA8, SIDE, SIDE, 1);
		uint8_t stage = k == 3 ? PVG_GPU_VERTEX : PVG_GPU_FRAGMENT;
		rig_two_attributes(&desc);
		struct scene s = { .rig = rig, .image = target, .use = { .primitive = TRIANGLE } };
		s.pipeline = rig_pipeline(rig, &desc);
		s.vertices = rig_buffer(rig, v, sizeof(v));
		// One program, several binds in one pass: each has a row of its own.
		begin(&s, &gl);
		rig_bind_texture(rig, stage, 0, picture.view);
		size_t count = sizeof(binds) / sizeof(binds[0]);
		struct pvg_gpu_rect scissors[8];
		for (uint32_t i = 0; i < count; i++) {
			scissors[i] = (struct pvg_gpu_rect){ 0, i * 2, SIDE, 2 };
			struct pvg_gpu_cmd *cmd = rig_add(rig, PVG_GPU_OP_SCISSORS);
			cmd->scissors.rects = rig_keep(rig, &scissors[i], sizeof(scissors[i]));
			cmd->scissors.count = 1;
			bind_biased(rig, stage, sampler, binds[i].min, binds[i].max, binds[i].bias);
			rig_draw(rig, TRIANGLE, 0, 3);
		}
		rig_end(rig);
		uint32_t texels[SIDE][SIDE];
		rig_read(rig, &target, texels, 4);
		for (uint32_t i = 0; i < count; i++) {
			float level = fminf(fmaxf((float)functions[k].level + binds[i].bias,
						    binds[i].min),
				binds[i].max);
			uint32_t want = level_colors[(int)level];
			if (texels[2 * i][7] != want) {
				fail_msg("%s, %s, bias %g of %g to %g: %08x, not %08x",
					functions[k].vertex, functions[k].fragment,
					(double)binds[i].bias, (double)binds[i].min,
					(double)binds[i].max, texels[2 * i][7], want);
			}
		}
		scene_finish(&s);
	}
	rig->r->ops->sampler_destroy(rig->r, sampler);
	rig_image_destroy(rig, &picture);
}

/* ---- fill modes of both sides -------------------------------------------------------------- */

// As the device has it drawn: what is seen of each side, with its mode.
static void sides_have_their_own_mode(void **state) {
	const struct pvg_gpu_raster rasters[2] = { { .cull = 2, .fill = 0 },
		{ .cull = 1, .fill = 1 } };
	struct vertex v[6]; // left: clockwise, the front; right: the other way round
	const float places[6][2] = { { 0, 15 }, { 0, 1 }, { 7, 15 }, { 8, 15 }, { 15, 15 },
		{ 8, 1 } };
	for (uint32_t i = 0; i < 6; i++) {
		v[i] = (struct vertex){ { (places[i][0] + 0.5f) / 8 - 1,
						1 - (places[i][1] + 0.5f) / 8, 0.5f, 1 },
			{ 1, 1, 1, 1 } };
	}
	struct rig *rig = *state;
	struct scene s;
	uint16_t rows[SIDE];
	scene_init(&s, rig, "v_color", TRIANGLE, v, 6);
	begin(&s, NULL);
	for (uint32_t i = 0; i < 2; i++) {
		s.use.lines = rasters[i].fill == 1;
		prepare(&s, NULL);
		rig_add(rig, PVG_GPU_OP_RASTER)->raster =
			rig_keep(rig, &rasters[i], sizeof(rasters[i]));
		rig_draw(rig, TRIANGLE, 0, 6);
	}
	finish(&s, rows);
	// Row 10: the middle of the left one is full; of the right one there are two edges.
	assert_int_equal(rows[10] & 0x00ff, 0x1f);
	assert_int_equal(rows[10] >> 10 & 1, 0);
	assert_true((rows[10] >> 8 & 1) == 1 && __builtin_popcount(rows[10] & 0xff00) == 2);
	scene_finish(&s);
}

/* ---- resolves upside down ------------------------------------------------------------------ */

static void resolves_are_turned_over(void **state) {
	static const uint16_t formats[] = { RIG_RGBA8, RIG_BGRA8, RIG_BGRA8_SRGB, RIG_RGBA32F,
		RIG_RGBA32UI };
	struct rig *rig = *state;
	for (size_t k = 0; k < 2 * sizeof(formats) / sizeof(formats[0]); k++) {
		uint16_t format = formats[k / 2];
		bool inverted = k % 2 != 0, integer = format == RIG_RGBA32UI;
		struct pvg_gpu_render_desc desc =
			rig_desc(rig, "v_color", integer ? "f_uint" : "f_color", format);
		struct rig_image samples = rig_image(rig, format, SIDE, SIDE, 4);
		struct rig_image plain = rig_image(rig, format, SIDE, SIDE, 1);
		struct rig_image depths = rig_image(rig, RIG_DEPTH32F_STENCIL8, SIDE, SIDE, 4);
		struct rig_image depth = rig_image(rig, RIG_DEPTH32F_STENCIL8, SIDE, SIDE, 1);
		struct pvg_gpu_buffer *vertices = rig_buffer(rig, cover, sizeof(cover));
		rig_two_attributes(&desc);
		desc.samples = 4;
		desc.depth_format = desc.stencil_format = RIG_DEPTH32F_STENCIL8;
		struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
		struct pvg_gpu_pass *pass = rig_begin(rig, &samples, black);
		pass->colors[0].resolve = plain.view;
		pass->colors[0].store = PVG_GPU_STORE_RESOLVE;
		pass->colors[0].resolve_inverted = inverted;
		pass->depth.view = pass->stencil.view = depths.view;
		pass->depth.resolve = pass->stencil.resolve = depth.view;
		pass->depth.load = pass->stencil.load = PVG_GPU_LOAD_CLEAR;
		pass->depth.store = pass->stencil.store = PVG_GPU_STORE_RESOLVE;
		pass->depth.resolve_inverted = pass->stencil.resolve_inverted = inverted;
		pass->depth.clear.depth = 1;
		const struct pvg_gpu_stencil_face face = {
			.compare = 7, .pass = 2, .read_mask = 255, .write_mask = 255
		};
		const struct pvg_gpu_depth_stencil test = {
			.compare = 7, .write = true, .stencil = true, .front = face, .back = face
		};
		const struct pvg_gpu_raster raster = { .stencil_front = 0xa5,
			.stencil_back = 0xa5 };
		const struct pvg_gpu_rect top = { 0, 0, SIDE, 5 };
		rig_use(rig, rig_draws(rig, p, TRIANGLE));
		rig_add(rig, PVG_GPU_OP_DEPTH_STENCIL)->depth_stencil =
			rig_keep(rig, &test, sizeof(test));
		rig_add(rig, PVG_GPU_OP_RASTER)->raster = rig_keep(rig, &raster, sizeof(raster));
		struct pvg_gpu_cmd *cmd = rig_add(rig, PVG_GPU_OP_SCISSORS);
		cmd->scissors.rects = rig_keep(rig, &top, sizeof(top));
		cmd->scissors.count = 1;
		rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
		rig_draw(rig, TRIANGLE, 0, 3);
		rig_end(rig);
		uint8_t texels[SIDE][SIDE][16] = { 0 };
		struct {
			float depth;
			uint32_t stencil;
		} tested[SIDE][SIDE];
		size_t bytes = format == RIG_RGBA32F || integer ? 16 : 4;
		rig_read(rig, &plain, texels, bytes);
		rig_read(rig, &depth, tested, 8);
		for (uint32_t y = 0; y < SIDE; y++) {
			bool drawn = inverted ? y >= SIDE - 5 : y < 5;
			const uint8_t *texel = &texels[0][0][0] + (y * SIDE + 7) * bytes;
			uint8_t any = 0;
			for (size_t i = 0; i < bytes; i++) {
				any |= texel[i];
			}
			if ((any != 0) != drawn ||
				fabsf(tested[y][7].depth - (drawn ? 0.5f : 1)) > 1e-6f ||
				(tested[y][7].stencil & 255) != (drawn ? 0xa5u : 0)) {
				fail_msg("format %u%s: row %u: %02x, depth %g, stencil %02x",
					format, inverted ? ", upside down" : "", y, any,
					(double)tested[y][7].depth, tested[y][7].stencil & 255);
			}
		}
		rig->r->ops->pipeline_destroy(rig->r, p);
		rig->r->ops->buffer_destroy(rig->r, vertices);
		rig_image_destroy(rig, &samples);
		rig_image_destroy(rig, &plain);
		rig_image_destroy(rig, &depths);
		rig_image_destroy(rig, &depth);
	}
}

static int set_up_without(void **state) {
	*state = rig_create("GL_NV_polygon_mode GL_EXT_clip_control GL_EXT_buffer_storage");
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(points_are_as_large_as_said),
		cmocka_unit_test(planes_cut),
		cmocka_unit_test(planes_cut_edges),
		cmocka_unit_test(positions_are_pixels),
		cmocka_unit_test(the_viewport_is_back_afterwards),
		cmocka_unit_test(alpha_is_tested),
		cmocka_unit_test(a_bias_moves_the_level),
		cmocka_unit_test(sides_have_their_own_mode),
		cmocka_unit_test(resolves_are_turned_over),
	};
	const struct CMUnitTest alone[] = { cmocka_unit_test(planes_need_an_extension) };
	return cmocka_run_group_tests_name("OpenGL", tests, rig_set_up, rig_tear_down) +
		cmocka_run_group_tests_name("OpenGL without extensions", tests, set_up_without,
			rig_tear_down) +
		cmocka_run_group_tests_name("OpenGL without planes", alone, NULL, NULL);
}
