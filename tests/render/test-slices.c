// SPDX-License-Identifier: GPL-2.0-or-later
#include "rig.h"

#include <string.h>

/*
 * Passes of several layers that begin behind the first slice or plane of their attachments, at
 * different ones, and in attachments of different kinds. Each image is new in each case, so that
 * what was kept for an image of before would show.
 */

enum { POINT, LINE, LINE_STRIP, TRIANGLE, TRIANGLE_STRIP };
enum { SIDE = RIG_SIDE, LAYERS = 3, NONE = 0 };

static const struct rig_vertex left[3] = { { -1, 3, 0.5f, 1, 1, 0, 0, 1 },
	{ -1, -1, 0.5f, 1, 1, 0, 0, 1 }, { 0, -1, 0.5f, 1, 1, 0, 0, 1 } };

struct place { // what is attached, and where
	uint8_t kind;
	uint16_t format, view_format;
	uint16_t depth, layers; // of the image
	uint16_t first, count;  // slices of the view
	uint16_t level, at;     // slice or plane of the view
};

struct slices_case {
	const char *what;
	struct place colors[2];
};

static const struct slices_case cases[] = {
	{ "behind the first slice",
		{ { PVG_GPU_2D_ARRAY, RIG_RGBA32F, RIG_RGBA32F, 1, 8, 0, 8, 0, 2 } } },
	{ "fewer slices than there are",
		{ { PVG_GPU_2D_ARRAY, RIG_RGBA32F, RIG_RGBA32F, 1, 8, 0, 8, 0, 0 } } },
	{ "the last slices of a view",
		{ { PVG_GPU_2D_ARRAY, RIG_RGBA32F, RIG_RGBA32F, 1, 8, 2, 4, 1, 1 } } },
	{ "different slices",
		{ { PVG_GPU_2D_ARRAY, RIG_RGBA32F, RIG_RGBA32F, 1, 8, 0, 8, 0, 5 },
			{ PVG_GPU_2D_ARRAY, RIG_RGBA32F, RIG_RGBA32F, 1, 6, 1, 5, 0, 1 } } },
	{ "another format's view",
		{ { PVG_GPU_2D_ARRAY, RIG_BGRA8, RIG_BGRA8_SRGB, 1, 5, 0, 5, 0, 1 },
			{ PVG_GPU_2D_ARRAY, RIG_RGBA8, RIG_RGBA8, 1, 5, 0, 5, 0, 2 } } },
	{ "faces of a cube", { { PVG_GPU_CUBE, RIG_RGBA32F, RIG_RGBA32F, 1, 1, 0, 6, 0, 3 } } },
	{ "faces of two cubes",
		{ { PVG_GPU_CUBE_ARRAY, RIG_RGBA32F, RIG_RGBA32F, 1, 2, 0, 12, 0, 4 } } },
	{ "a cube and an array",
		{ { PVG_GPU_CUBE, RIG_RGBA32F, RIG_RGBA32F, 1, 1, 0, 6, 0, 0 },
			{ PVG_GPU_2D_ARRAY, RIG_RGBA32F, RIG_RGBA32F, 1, 3, 0, 3, 0, 0 } } },
	{ "planes of a volume", { { PVG_GPU_3D, RIG_RGBA32F, RIG_RGBA32F, 8, 1, 0, 1, 0, 4 } } },
	{ "planes of a smaller level",
		{ { PVG_GPU_3D, RIG_BGRA8, RIG_BGRA8_SRGB, 16, 1, 0, 1, 1, 5 } } },
	{ "a volume and an array",
		{ { PVG_GPU_3D, RIG_RGBA32F, RIG_RGBA32F, 4, 1, 0, 1, 0, 0 },
			{ PVG_GPU_2D_ARRAY, RIG_RGBA32F, RIG_RGBA32F, 1, 7, 0, 7, 0, 4 } } },
	{ "two volumes",
		{ { PVG_GPU_3D, RIG_RGBA32F, RIG_RGBA32F, 4, 1, 0, 1, 0, 1 },
			{ PVG_GPU_3D, RIG_RGBA32F, RIG_RGBA32F, 5, 1, 0, 1, 0, 2 } } },
};

static struct rig_image image_at(struct rig *rig, const struct place *p) {
	struct rig_image image = { .desc = { .kind = p->kind,
					   .usage = PVG_GPU_IMAGE_SAMPLED | PVG_GPU_IMAGE_TARGET |
						   PVG_GPU_IMAGE_VIEWS,
					   .format = p->format,
					   .width = (uint32_t)SIDE << p->level,
					   .height = (uint32_t)SIDE << p->level,
					   .depth = p->depth,
					   .levels = (uint16_t)(p->level + 1),
					   .samples = 1,
					   .layers = p->layers } };
	image.image = rig->r->ops->image_create(rig->r, &image.desc);
	assert_non_null(image.image);
	struct pvg_gpu_view_desc shown = { .kind = p->kind,
		.format = p->view_format,
		.levels = (uint16_t)(p->level + 1),
		.first_slice = p->first,
		.slices = p->count,
		.swizzle = { 2, 3, 4, 5 } };
	image.view = rig->r->ops->view_create(rig->r, image.image, &shown);
	assert_non_null(image.view);
	return image;
}

// One texel of a layer as numbers; @x, @y within the level of the place.
static void texel_of(struct rig *rig, const struct rig_image *image, const struct place *p,
	uint32_t layer, uint32_t x, uint32_t y, float texel[4]) {
	struct pvg_gpu_buffer *back = rig_readback(rig, 16);
	struct pvg_gpu_transfer t = { .span = { back, 0, 16 },
		.at = { .image = image->image, .level = p->level, .x = x, .y = y },
		.width = 1,
		.height = 1,
		.depth = 1 };
	if (p->kind == PVG_GPU_3D) {
		t.at.z = layer;
	} else {
		t.at.slice = (uint16_t)layer;
	}
	rig_add(rig, PVG_GPU_OP_READ)->transfer = rig_keep(rig, &t, sizeof(t));
	rig_run(rig);
	if (p->format == RIG_RGBA32F) {
		memcpy(texel, back->map, 16);
	} else {
		for (uint32_t i = 0; i < 4; i++) {
			bool swap = p->format == RIG_BGRA8 && i < 3;
			texel[i] = (float)back->map[swap ? 2 - i : i] / 255;
		}
	}
	rig->r->ops->buffer_destroy(rig->r, back);
}

static void expect(const struct slices_case *c, uint32_t target, uint32_t layer, const char *where,
	const float got[4], const float want[4]) {
	for (uint32_t i = 0; i < 4; i++) {
		if (got[i] < want[i] - 0.003f || got[i] > want[i] + 0.003f) {
			fail_msg("%s, target %u, layer %u, %s: %g %g %g %g, not %g %g %g %g",
				c->what, target, layer, where, (double)got[0], (double)got[1],
				(double)got[2], (double)got[3], (double)want[0], (double)want[1],
				(double)want[2], (double)want[3]);
		}
	}
}

static void draw(struct rig *rig, struct pvg_gpu_program *program, struct pvg_gpu_buffer *vertices,
	const struct pvg_gpu_rect *scissor) {
	rig_use(rig, program);
	rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
	struct pvg_gpu_cmd *cmd = rig_add(rig, PVG_GPU_OP_SCISSORS);
	cmd->scissors.rects = rig_keep(rig, scissor, sizeof(*scissor));
	cmd->scissors.count = 1;
	const struct pvg_gpu_draw d = { .primitive = TRIANGLE, .count = 3, .instances = 2 };
	rig_add(rig, PVG_GPU_OP_DRAW)->draw = rig_keep(rig, &d, sizeof(d));
}

/* Cleared by one pass, whose left half is drawn on above, and by another one below. */
static void check(struct rig *rig, const struct slices_case *c) {
	bool two = c->colors[1].kind != NONE;
	uint32_t targets = two ? 2 : 1;
	struct pvg_gpu_render_desc desc =
		rig_desc(rig, "v_layer", two ? "f_two" : "f_color", c->colors[0].view_format);
	rig_two_attributes(&desc);
	struct rig_image images[2];
	for (uint32_t i = 0; i < targets; i++) {
		images[i] = image_at(rig, &c->colors[i]);
		desc.colors[i] = desc.colors[0];
		desc.colors[i].format = c->colors[i].view_format;
	}
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_program *program = rig_draws(rig, p, TRIANGLE);
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, left, sizeof(left));
	static const double gray[4] = { 0, 0, 1, 0 };
	for (uint32_t pass = 0; pass < 2; pass++) {
		const struct pvg_gpu_rect part = { 0, pass * 8, SIDE, 4 };
		struct pvg_gpu_pass *desc_of = rig_begin(rig, &images[0], pass == 0 ? gray : NULL);
		desc_of->width = desc_of->height = SIDE;
		desc_of->layers = LAYERS;
		for (uint32_t i = 0; i < targets; i++) {
			const struct place *at = &c->colors[i];
			desc_of->colors[i] = desc_of->colors[0];
			desc_of->colors[i].view = images[i].view;
			desc_of->colors[i].level = at->level;
			desc_of->colors[i].slice = at->kind == PVG_GPU_3D ? 0 : at->at;
			desc_of->colors[i].plane = at->kind == PVG_GPU_3D ? at->at : 0;
		}
		draw(rig, program, vertices, &part);
		rig_end(rig);
	}
	for (uint32_t i = 0; i < targets; i++) {
		const struct place *at = &c->colors[i];
		uint32_t all = at->kind == PVG_GPU_3D  ? (uint32_t)at->depth >> at->level
			: at->kind == PVG_GPU_2D_ARRAY ? at->layers
						       : at->layers * 6u;
		for (uint32_t layer = 0; layer < all; layer++) {
			static const float none[4] = { 0, 0, 0, 0 }, clear[4] = { 0, 0, 1, 0 };
			float texel[4];
			uint32_t first = at->first + at->at, n = layer - first;
			bool inside = layer >= first && n < LAYERS;
			const float color[4] = { 1, (float)n, 0, 1 },
				    back[4] = { 1, 0, (float)n, 1 };
			bool drawn = inside && n < 2;
			const float *want = drawn ? (i == 0 ? color : back) : inside ? clear : none;
			texel_of(rig, &images[i], at, layer, 1, 2, texel);
			expect(c, i, layer, "above", texel, want);
			texel_of(rig, &images[i], at, layer, 1, 10, texel);
			expect(c, i, layer, "below", texel, want);
			texel_of(rig, &images[i], at, layer, 1, 6, texel);
			expect(c, i, layer, "between", texel, inside ? clear : none);
			texel_of(rig, &images[i], at, layer, SIDE - 1, 2, texel);
			expect(c, i, layer, "right", texel, inside ? clear : none);
		}
	}
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig->r->ops->buffer_destroy(rig->r, vertices);
	for (uint32_t i = 0; i < targets; i++) {
		rig_image_destroy(rig, &images[i]);
	}
}

static void layers_begin_anywhere(void **state) {
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check(*state, &cases[i]);
		check(*state, &cases[i]);
	}
}

/* Depth and stencil of one image, by one view or two, from its second slice on. */
static void depth_and_stencil_begin_anywhere(void **state) {
	struct rig *rig = *state;
	const struct place color = { PVG_GPU_2D_ARRAY, RIG_RGBA32F, RIG_RGBA32F, 1, LAYERS, 0,
		LAYERS, 0, 0 };
	const struct place depth = { PVG_GPU_2D_ARRAY, RIG_DEPTH32F_STENCIL8, RIG_DEPTH32F_STENCIL8,
		1, 6, 0, 6, 0, 2 };
	for (uint32_t views = 1; views <= 2; views++) {
		struct pvg_gpu_render_desc desc = rig_desc(rig, "v_layer", "f_color", RIG_RGBA32F);
		rig_two_attributes(&desc);
		desc.depth_format = desc.stencil_format = RIG_DEPTH32F_STENCIL8;
		struct rig_image image = image_at(rig, &color), tested = image_at(rig, &depth);
		struct pvg_gpu_view_desc shown = { .kind = PVG_GPU_2D_ARRAY,
			.format = RIG_DEPTH32F_STENCIL8,
			.levels = 1,
			.slices = 6,
			.swizzle = { 2, 3, 4, 5 } };
		struct pvg_gpu_view *second = tested.view;
		if (views == 2) {
			shown.format = 261;
			second = rig->r->ops->view_create(rig->r, tested.image, &shown);
			assert_non_null(second);
		}
		struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
		struct pvg_gpu_program *program = rig_draws(rig, p, TRIANGLE);
		struct pvg_gpu_buffer *vertices = rig_buffer(rig, left, sizeof(left));
		static const double black[4] = { 0, 0, 0, 0 };
		for (uint32_t pass = 0; pass < 2; pass++) {
			const struct pvg_gpu_rect whole = { 0, 0, SIDE, SIDE };
			// Once what is nearer is drawn, with stencil 7; then nothing is nearer.
			struct pvg_gpu_depth_stencil state_of = { .compare = 1,
				.write = true,
				.stencil = true,
				.front = { .compare = pass == 0 ? 7 : 2,
					.pass = 2,
					.read_mask = 255,
					.write_mask = 255 },
				.back = { .compare = pass == 0 ? 7 : 2,
					.pass = 2,
					.read_mask = 255,
					.write_mask = 255 } };
			const struct pvg_gpu_raster raster = { .stencil_front = 7,
				.stencil_back = 7 };
			struct pvg_gpu_pass *at = rig_begin(rig, &image, pass == 0 ? black : NULL);
			at->layers = LAYERS;
			at->depth = (struct pvg_gpu_attachment){ .view = tested.view,
				.slice = 2,
				.load = pass == 0 ? PVG_GPU_LOAD_CLEAR : PVG_GPU_LOAD,
				.store = PVG_GPU_STORE };
			at->stencil = at->depth;
			at->stencil.view = second;
			at->depth.clear.depth = 0.75;
			at->stencil.clear.stencil = 1;
			rig_add(rig, PVG_GPU_OP_DEPTH_STENCIL)->depth_stencil =
				rig_keep(rig, &state_of, sizeof(state_of));
			rig_add(rig, PVG_GPU_OP_RASTER)->raster =
				rig_keep(rig, &raster, sizeof(raster));
			draw(rig, program, vertices, &whole);
			rig_end(rig);
		}
		static const struct slices_case what = { .what = "depth" };
		for (uint32_t layer = 0; layer < 6; layer++) {
			float texel[4], d;
			struct pvg_gpu_buffer *back = rig_readback(rig, 8);
			struct pvg_gpu_transfer t = { .span = { back, 0, 8 },
				.at = { .image = tested.image,
					.slice = (uint16_t)layer,
					.x = 1,
					.y = 2 },
				.width = 1,
				.height = 1,
				.depth = 1 };
			rig_add(rig, PVG_GPU_OP_READ)->transfer = rig_keep(rig, &t, sizeof(t));
			rig_run(rig);
			memcpy(&d, back->map, 4);
			bool inside = layer >= 2 && layer < 5, drawn = inside && layer < 4;
			assert_true(d == (drawn ? 0.5f : inside ? 0.75f : 0.0f));
			assert_int_equal(back->map[4], drawn ? 7 : inside ? 1 : 0);
			rig->r->ops->buffer_destroy(rig->r, back);
			if (layer < LAYERS) {
				const float lit[4] = { 1, (float)layer, 0, 1 }, none[4] = { 0 };
				texel_of(rig, &image, &color, layer, 1, 2, texel);
				expect(&what, 0, layer, "tested", texel, layer < 2 ? lit : none);
			}
		}
		if (views == 2) {
			rig->r->ops->view_destroy(rig->r, second);
		}
		rig->r->ops->pipeline_destroy(rig->r, p);
		rig->r->ops->buffer_destroy(rig->r, vertices);
		rig_image_destroy(rig, &image);
		rig_image_destroy(rig, &tested);
	}
}

/* More places of one texture than are kept, in turns. */
static void many_places_of_one_texture(void **state) {
	struct rig *rig = *state;
	const struct place all = { PVG_GPU_2D_ARRAY, RIG_RGBA32F, RIG_RGBA32F, 1, 40, 0, 40, 0, 0 };
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_layer", "f_color", RIG_RGBA32F);
	rig_two_attributes(&desc);
	struct rig_image image = image_at(rig, &all);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_program *program = rig_draws(rig, p, TRIANGLE);
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, left, sizeof(left));
	for (uint32_t n = 0; n < 120; n++) {
		const struct pvg_gpu_rect whole = { 0, 0, SIDE, SIDE };
		const double color[4] = { 0, 0, n, 1 };
		struct pvg_gpu_pass *pass = rig_begin(rig, &image, color);
		pass->layers = 2;
		pass->colors[0].slice = (uint16_t)(n * 7 % 38);
		draw(rig, program, vertices, &whole);
		rig_end(rig);
	}
	rig_run(rig);
	uint32_t last[40] = { 0 };
	for (uint32_t n = 0; n < 120; n++) {
		last[n * 7 % 38] = last[n * 7 % 38 + 1] = n;
	}
	static const struct slices_case what = { .what = "places" };
	for (uint32_t layer = 0; layer < 40; layer++) {
		float texel[4];
		texel_of(rig, &image, &all, layer, SIDE - 1, 2, texel);
		expect(&what, 0, layer, "cleared", texel,
			(const float[]){ 0, 0, (float)last[layer], layer < 39 ? 1 : 0 });
	}
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig_image_destroy(rig, &image);
}

static int set_up_without(void **state) {
	*state = rig_create("GL_EXT_buffer_storage GL_EXT_clear_texture GL_NV_texture_barrier");
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layers_begin_anywhere),
		cmocka_unit_test(depth_and_stencil_begin_anywhere),
		cmocka_unit_test(many_places_of_one_texture),
	};
	return cmocka_run_group_tests_name("slices", tests, rig_set_up, rig_tear_down) +
		cmocka_run_group_tests_name("slices without extensions", tests, set_up_without,
			rig_tear_down);
}
