// SPDX-License-Identifier: GPL-2.0-or-later
#include "rig.h"

#include <string.h>

/* Visibility results that count: exactly the samples that pass. */

enum { TRIANGLE = 3, DEPTH32F = 252, LESS = 1, ALWAYS = 7 };

// A box in pixels, y down, at a depth; a different red on its left and right half is left to it.
struct box {
	float left, top, right, bottom, z, red;
};

struct draw {
	struct box boxes[2]; // of one draw; a right edge of 0: there is none
	uint8_t mode;        // visibility
	uint64_t offset;
};

struct count_case {
	const char *what;
	const char *fragment; // NULL: none
	uint32_t samples;
	bool depth, write, coverage, scissor;
	bool keeps; // depth is as the first draw left it
	bool masked; // no colour is written
	struct draw draws[3];
	uint64_t want[2]; // at 0 and at 8
};

static const struct box whole = { 0, 0, 16, 16, 0.5f, 1 };

#define WHOLE { 0, 0, 16, 16, 0.5f, 1 }
#define NONE { 0 }

static const struct count_case cases[] = {
	{ "every pixel", "f_color", 1, .draws = { { { WHOLE }, 2, 0 } }, .want = { 256 } },
	{ "what a scissor leaves", "f_color", 1, .scissor = true, .draws = { { { WHOLE }, 2, 0 } },
		.want = { 30 } },
	{ "two draws add up, and offsets are apart", "f_color", 1,
		.draws = { { { WHOLE }, 2, 0 }, { { { 2, 3, 5, 7, 0.5f, 1 } }, 2, 8 },
			{ { { 0, 0, 8, 8, 0.5f, 1 } }, 2, 0 } },
		.want = { 256 + 64, 12 } },
	{ "a boolean one beside it", "f_color", 1,
		.draws = { { { WHOLE }, 1, 0 }, { { { 2, 3, 5, 7, 0.5f, 1 } }, 2, 8 } },
		.want = { 1, 12 } },
	{ "behind what is there", "f_color", 1, .depth = true, .write = true,
		.draws = { { { { 0, 0, 4, 16, 0.25f, 1 } }, 0, 0 }, { { WHOLE }, 2, 0 } },
		.want = { 192 } },
	{ "front to back in one draw", "f_color", 1, .depth = true, .write = true,
		.draws = { { { { 0, 0, 16, 16, 0.25f, 1 }, WHOLE }, 2, 0 } }, .want = { 256 } },
	{ "back to front in one draw", "f_color", 1, .depth = true, .write = true,
		.draws = { { { WHOLE, { 0, 0, 16, 16, 0.25f, 1 } }, 2, 0 } }, .want = { 512 } },
	{ "nothing passes", "f_color", 1, .depth = true, .write = true,
		.draws = { { { { 0, 0, 16, 16, 0.25f, 1 } }, 0, 0 }, { { WHOLE }, 2, 0 } },
		.want = { 0 } },
	{ "depth alone", NULL, 1, .depth = true, .write = true,
		.draws = { { { { 0, 0, 4, 16, 0.25f, 1 } }, 0, 0 }, { { WHOLE }, 2, 0 } },
		.want = { 192 } },
	{ "what a function leaves", "f_discard", 1,
		.draws = { { { { 0, 0, 4, 16, 0.5f, 0 }, { 4, 0, 16, 16, 0.5f, 1 } }, 2, 0 } },
		.want = { 192 } },
	{ "samples", "f_color", 4, .draws = { { { WHOLE }, 2, 0 } }, .want = { 1024 } },
	{ "samples of half a pixel", "f_color", 4,
		.draws = { { { { 0, 0, 8.5f, 16, 0.5f, 1 } }, 2, 0 } },
		.want = { 8 * 16 * 4 + 16 * 2 } },
	{ "what a function leaves of what passes", "f_discard", 1, .depth = true, .write = true,
		.keeps = true,
		.draws = { { { { 0, 0, 8, 16, 0.25f, 1 } }, 0, 0 },
			{ { { 0, 0, 16, 8, 0.5f, 1 }, { 0, 8, 16, 16, 0.5f, 0 } }, 2, 0 } },
		.want = { 64 } },
	{ "some samples of a pixel, depth alone", NULL, 4, .depth = true, .write = true,
		.draws = { { { { 0, 0, 8.5f, 16, 0.25f, 1 } }, 0, 0 }, { { WHOLE }, 2, 0 } },
		.want = { 1024 - (8 * 16 * 4 + 16 * 2) } },
	{ "some samples of a pixel, no colours", "f_color", 4, .depth = true, .write = true,
		.masked = true,
		.draws = { { { { 0, 0, 8.5f, 16, 0.25f, 1 } }, 0, 0 }, { { WHOLE }, 2, 0 } },
		.want = { 1024 - (8 * 16 * 4 + 16 * 2) } },
	{ "samples, from coverage", "f_color", 4, .coverage = true,
		.draws = { { { WHOLE }, 2, 0 } }, .want = { 1024 } },
};

static struct rig_vertex at(float x, float y, const struct box *b) {
	return (struct rig_vertex){ x / 8 - 1, 1 - y / 8, b->z, 1, b->red, 0, 0, 1 };
}

static uint32_t put_box(struct rig_vertex v[6], const struct box *b) {
	v[0] = v[5] = at(b->left, b->top, b);
	v[1] = at(b->right, b->top, b);
	v[2] = v[3] = at(b->right, b->bottom, b);
	v[4] = at(b->left, b->bottom, b);
	return b->right > 0 ? 6 : 0;
}

static void check(struct rig *rig, const struct count_case *c) {
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_color", c->fragment, RIG_RGBA8);
	rig_two_attributes(&desc);
	desc.samples = (uint8_t)c->samples;
	desc.alpha_to_coverage = c->coverage;
	desc.colors[0].write_mask = c->masked ? 0 : 15;
	desc.depth_format = c->depth ? DEPTH32F : 0;
	struct rig_image color = rig_image(rig, RIG_RGBA8, RIG_SIDE, RIG_SIDE, c->samples);
	struct rig_image depth = rig_image(rig, DEPTH32F, RIG_SIDE, RIG_SIDE, c->samples);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_buffer *results = rig_readback(rig, 16);
	struct rig_vertex v[3][12];
	uint32_t count[3] = { 0 };
	for (uint32_t i = 0; i < 3; i++) {
		count[i] = put_box(v[i], &c->draws[i].boxes[0]);
		count[i] += put_box(v[i] + count[i], &c->draws[i].boxes[1]);
	}
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, v, sizeof(v));
	struct pvg_gpu_use use = { .primitive = TRIANGLE };
	struct pvg_gpu_program *programs[2];
	programs[0] = rig_program(rig, p, &use);
	use.counts = true;
	use.keeps = c->keeps;
	programs[1] = rig_program(rig, p, &use);
	static const double black[4] = { 0, 0, 0, 0 };
	struct pvg_gpu_pass *pass = rig_begin(rig, &color, black);
	if (c->depth) {
		pass->depth = (struct pvg_gpu_attachment){
			.view = depth.view,
			.load = PVG_GPU_LOAD_CLEAR,
			.clear.depth = 1,
		};
	}
	struct pvg_gpu_depth_stencil state = { .compare = c->depth ? LESS : ALWAYS,
		.write = c->write };
	rig_add(rig, PVG_GPU_OP_DEPTH_STENCIL)->depth_stencil =
		rig_keep(rig, &state, sizeof(state));
	if (c->scissor) {
		const struct pvg_gpu_rect rect = { 3, 2, 5, 6 };
		struct pvg_gpu_cmd *cmd = rig_add(rig, PVG_GPU_OP_SCISSORS);
		cmd->scissors.rects = rig_keep(rig, &rect, sizeof(rect));
		cmd->scissors.count = 1;
	}
	rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
	for (uint32_t i = 0; i < 3; i++) {
		if (i == 1 && c->keeps) {
			state.write = false;
			rig_add(rig, PVG_GPU_OP_DEPTH_STENCIL)->depth_stencil =
				rig_keep(rig, &state, sizeof(state));
		}
		if (count[i] > 0) {
			struct pvg_gpu_cmd *cmd = rig_add(rig, PVG_GPU_OP_VISIBILITY);
			cmd->visibility.mode = c->draws[i].mode;
			cmd->visibility.buffer = c->draws[i].mode != 0 ? results : NULL;
			cmd->visibility.offset_bytes = c->draws[i].offset;
			rig_use(rig, programs[c->draws[i].mode == 2]);
			rig_draw(rig, TRIANGLE, i * 12, count[i]);
		}
	}
	rig_end(rig);
	rig_run(rig);
	uint64_t got[2];
	memcpy(got, results->map, sizeof(got));
	if (got[0] != c->want[0] || got[1] != c->want[1]) {
		fail_msg("%s: %llu and %llu samples", c->what, (unsigned long long)got[0],
			(unsigned long long)got[1]);
	}
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig->r->ops->buffer_destroy(rig->r, results);
	rig_image_destroy(rig, &color);
	rig_image_destroy(rig, &depth);
}

static void exactly_the_samples_that_pass_are_counted(void **state) {
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check(*state, &cases[i]);
	}
}

/* A program that cannot count: more than there is, never less. */
static void a_draw_that_cannot_count_counts_as_all(void **state) {
	struct rig *rig = *state;
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_color", "f_color", RIG_RGBA8);
	rig_two_attributes(&desc);
	struct rig_image color = rig_image(rig, RIG_RGBA8, RIG_SIDE, RIG_SIDE, 1);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_buffer *results = rig_readback(rig, 16);
	struct rig_vertex v[6];
	struct box small = whole;
	small.right = 4;
	put_box(v, &small);
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, v, sizeof(v));
	struct pvg_gpu_program *program = rig_draws(rig, p, TRIANGLE);
	rig_begin(rig, &color, NULL);
	rig_use(rig, program);
	rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
	struct pvg_gpu_cmd *cmd = rig_add(rig, PVG_GPU_OP_VISIBILITY);
	cmd->visibility.mode = 2;
	cmd->visibility.buffer = results;
	rig_draw(rig, TRIANGLE, 0, 6);
	rig_end(rig);
	rig_run(rig);
	uint64_t got;
	memcpy(&got, results->map, sizeof(got));
	assert_int_equal(got, 256);
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig->r->ops->buffer_destroy(rig->r, results);
	rig_image_destroy(rig, &color);
}

static int set_up_without_storage(void **state) {
	*state = rig_create("GL_EXT_buffer_storage");
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exactly_the_samples_that_pass_are_counted),
		cmocka_unit_test(a_draw_that_cannot_count_counts_as_all),
	};
	return cmocka_run_group_tests_name("counts", tests, rig_set_up, rig_tear_down) +
		cmocka_run_group_tests_name("counts in shadow memory", tests,
			set_up_without_storage, rig_tear_down);
}
