// SPDX-License-Identifier: GPL-2.0-or-later
#include "rig.h"

#include <math.h>
#include <string.h>

/* What few guests use: each drawn once, against what the CPU says. */

enum { POINT, TRIANGLE = 3, SIDE = RIG_SIDE };

static const double black[4] = { 0, 0, 0, 0 };

// A triangle over everything.
static struct pvg_gpu_buffer *cover(struct rig *rig, float r, float g, float b, float a) {
	const struct rig_vertex v[3] = { { -1, 3, 0.5f, 1, r, g, b, a },
		{ -1, -1, 0.5f, 1, r, g, b, a }, { 3, -1, 0.5f, 1, r, g, b, a } };
	return rig_buffer(rig, v, sizeof(v));
}

static void expect(const char *what, const float *texel, float r, float g, float b, float a,
	float within) {
	const float want[4] = { r, g, b, a };
	for (int i = 0; i < 4; i++) {
		if (!(fabsf(texel[i] - want[i]) <= within)) {
			fail_msg("%s: channel %d is %g, not %g", what, i, (double)texel[i],
				(double)want[i]);
		}
	}
}

/* Three draws that each read both targets. */
static void several_targets_are_fetched(void **state) {
	struct rig *rig = *state;
	static const uint16_t formats[][2] = { { RIG_RGBA32F, RIG_RGBA32F },
		{ RIG_BGRA8, RIG_RGBA8 } };
	for (uint32_t f = 0; f < 2; f++) {
		struct pvg_gpu_render_desc desc =
			rig_desc(rig, "v_color", "f_fetch_two", formats[f][0]);
		rig_two_attributes(&desc);
		desc.colors[1] = desc.colors[0];
		desc.colors[1].format = formats[f][1];
		struct rig_image images[2];
		for (uint32_t i = 0; i < 2; i++) {
			images[i] = rig_image(rig, formats[f][i], SIDE, SIDE, 1);
		}
		struct pvg_gpu_buffer *vertices = cover(rig, 0.25f, 0.0625f, 0, 0);
		struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
		struct pvg_gpu_program *program = rig_draws(rig, p, TRIANGLE);
		static const double first[4] = { 0, 0.5, 0, 1 }, second[4] = { 0, 0, 0.5, 1 };
		struct pvg_gpu_pass *pass = rig_begin(rig, &images[0], first);
		pass->colors[1] = pass->colors[0];
		pass->colors[1].view = images[1].view;
		memcpy(pass->colors[1].clear.color, second, sizeof(second));
		rig_use(rig, program);
		rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
		for (uint32_t i = 0; i < 3; i++) {
			rig_draw(rig, TRIANGLE, 0, 3);
		}
		rig_end(rig);
		if (f == 0) {
			float texels[SIDE * SIDE][4];
			rig_read(rig, &images[0], texels, 16);
			expect("first target", texels[37], 0.75f, 0.1875f, 0.5f, 1, 1e-6f);
			rig_read(rig, &images[1], texels, 16);
			expect("second target", texels[37], 0.75f, 0.6875f, 0, 1, 1e-6f);
		} else { // red and blue lie the other way round in the first one only
			uint32_t texels[SIDE * SIDE];
			rig_read(rig, &images[0], texels, 4);
			assert_true(rig_near(texels[37], 0xffbf3080, 2));
			rig_read(rig, &images[1], texels, 4);
			assert_true(rig_near(texels[37], 0xff00b0bf, 2));
		}
		rig->r->ops->pipeline_destroy(rig->r, p);
		rig->r->ops->buffer_destroy(rig->r, vertices);
		rig_image_destroy(rig, &images[0]);
		rig_image_destroy(rig, &images[1]);
	}
}

/* Alpha decides how many of four samples are covered; alpha to one comes after that. */
static void alpha_becomes_coverage_and_one(void **state) {
	struct rig *rig = *state;
	static const struct {
		bool coverage, one;
		float alpha, red, result; // red and alpha of the resolved pixel
	} cases[] = {
		{ false, false, 0.5f, 1, 0.5f },
		{ false, true, 0.5f, 1, 1 },
		{ true, false, 1, 1, 1 },
		{ true, false, 0, 0, 0 },
		{ true, false, 0.5f, 0.5f, 0.25f },
		{ true, true, 0.5f, 0.5f, 0.5f },
	};
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pvg_gpu_render_desc desc = rig_desc(rig, "v_color", "f_color", RIG_RGBA32F);
		rig_two_attributes(&desc);
		desc.samples = 4;
		desc.alpha_to_coverage = cases[i].coverage;
		desc.alpha_to_one = cases[i].one;
		struct rig_image many = rig_image(rig, RIG_RGBA32F, SIDE, SIDE, 4);
		struct rig_image one = rig_image(rig, RIG_RGBA32F, SIDE, SIDE, 1);
		struct pvg_gpu_buffer *vertices = cover(rig, 1, 0, 0, cases[i].alpha);
		struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
		struct pvg_gpu_program *program = rig_draws(rig, p, TRIANGLE);
		struct pvg_gpu_pass *pass = rig_begin(rig, &many, black);
		pass->colors[0].store = PVG_GPU_STORE_RESOLVE;
		pass->colors[0].resolve = one.view;
		rig_use(rig, program);
		rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
		rig_draw(rig, TRIANGLE, 0, 3);
		rig_end(rig);
		float texels[SIDE * SIDE][4];
		rig_read(rig, &one, texels, 16);
		// A host may dither over neighbouring pixels: what counts is the mean of a square.
		float mean[4] = { 0 };
		for (uint32_t k = 0; k < 16; k++) {
			for (uint32_t c = 0; c < 4; c++) {
				mean[c] += texels[(k / 4 + 4) * SIDE + k % 4 + 4][c] / 16;
			}
		}
		expect("coverage", mean, cases[i].red, 0, 0, cases[i].result, 0.13f);
		rig->r->ops->pipeline_destroy(rig->r, p);
		rig->r->ops->buffer_destroy(rig->r, vertices);
		rig_image_destroy(rig, &many);
		rig_image_destroy(rig, &one);
	}
}

/* From the left top corner of the point to its right bottom one (spec 05 section 5.6). */
static void a_point_has_coordinates(void **state) {
	struct rig *rig = *state;
	struct pvg_gpu_render_desc desc =
		rig_desc(rig, "v_big_point", "f_point_coord", RIG_RGBA32F);
	rig_two_attributes(&desc);
	const struct rig_vertex v = { 0, 0, 0.5f, 1, 0, 0, 1, 1 }; // the middle: pixels 4 to 11
	struct rig_image image = rig_image(rig, RIG_RGBA32F, SIDE, SIDE, 1);
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, &v, sizeof(v));
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_program *program = rig_draws(rig, p, POINT);
	rig_begin(rig, &image, black);
	rig_use(rig, program);
	rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
	rig_draw(rig, POINT, 0, 1);
	rig_end(rig);
	float texels[SIDE][SIDE][4];
	rig_read(rig, &image, texels, 16);
	for (uint32_t y = 0; y < SIDE; y++) {
		for (uint32_t x = 0; x < SIDE; x++) {
			if (x < 4 || x > 11 || y < 4 || y > 11) {
				expect("outside", texels[y][x], 0, 0, 0, 0, 0);
			} else {
				expect("inside", texels[y][x], ((float)x - 3.5f) / 8,
					((float)y - 3.5f) / 8, 1, 1, 0.01f);
			}
		}
	}
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig_image_destroy(rig, &image);
}

static void texels_of_a_buffer_are_read(void **state) {
	struct rig *rig = *state;
	static const uint16_t formats[] = { RIG_RGBA8, RIG_BGRA8, RIG_RGBA32F };
	for (uint32_t f = 0; f < 3; f++) {
		uint32_t texel_bytes = formats[f] == RIG_RGBA32F ? 16 : 4;
		struct pvg_gpu_render_desc desc = rig_desc(rig, "v_color", "f_texels", RIG_RGBA32F);
		rig_two_attributes(&desc);
		struct rig_image texels = { .desc = { .kind = PVG_GPU_TEXTURE_BUFFER,
						    .usage = PVG_GPU_IMAGE_SAMPLED,
						    .format = formats[f],
						    .width = SIDE * SIDE,
						    .height = 1,
						    .depth = 1,
						    .levels = 1,
						    .samples = 1,
						    .layers = 1 } };
		texels.image = rig->r->ops->image_create(rig->r, &texels.desc);
		assert_non_null(texels.image);
		struct pvg_gpu_view_desc shown = { .kind = PVG_GPU_TEXTURE_BUFFER,
			.format = formats[f],
			.levels = 1,
			.slices = 1,
			.swizzle = { 2, 3, 4, 5 } };
		texels.view = rig->r->ops->view_create(rig->r, texels.image, &shown);
		assert_non_null(texels.view);
		uint8_t bytes[SIDE * SIDE * 16];
		for (uint32_t i = 0; i < SIDE * SIDE; i++) {
			const float numbers[4] = { (float)i, 1, 2, 3 };
			const uint8_t small[4] = { (uint8_t)i, 51, 102, 255 };
			memcpy(bytes + i * texel_bytes,
				texel_bytes == 16 ? (const void *)numbers : small, texel_bytes);
		}
		struct pvg_gpu_buffer *from = rig_buffer(rig, bytes, SIDE * SIDE * texel_bytes);
		struct pvg_gpu_transfer t = { .span = { from, 0, from->size_bytes },
			.at.image = texels.image,
			.width = SIDE * SIDE,
			.height = 1,
			.depth = 1 };
		rig_add(rig, PVG_GPU_OP_UPLOAD)->transfer = rig_keep(rig, &t, sizeof(t));
		struct rig_image image = rig_image(rig, RIG_RGBA32F, SIDE, SIDE, 1);
		struct pvg_gpu_buffer *vertices = cover(rig, 0, 0, 0, 0);
		struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
		struct pvg_gpu_view *views[PVG_GPU_TEXTURES] = { texels.view };
		struct pvg_gpu_use use = { .textures = { [PVG_GPU_FRAGMENT] = views },
			.primitive = TRIANGLE };
		struct pvg_gpu_program *program = rig_program(rig, p, &use);
		rig_begin(rig, &image, black);
		rig_use(rig, program);
		rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
		rig_bind_texture(rig, PVG_GPU_FRAGMENT, 0, texels.view);
		rig_draw(rig, TRIANGLE, 0, 3);
		rig_end(rig);
		float seen[SIDE * SIDE][4];
		rig_read(rig, &image, seen, 16);
		for (uint32_t i = 0; i < SIDE * SIDE; i++) {
			float n = (float)i;
			if (f == 0) {
				expect("RGBA8", seen[i], n / 255, 0.2f, 0.4f, 1, 1e-4f);
			} else if (f == 1) {
				expect("BGRA8", seen[i], 0.4f, 0.2f, n / 255, 1, 1e-4f);
			} else {
				expect("floats", seen[i], n, 1, 2, 3, 0);
			}
		}
		rig->r->ops->pipeline_destroy(rig->r, p);
		rig->r->ops->buffer_destroy(rig->r, from);
		rig->r->ops->buffer_destroy(rig->r, vertices);
		rig_image_destroy(rig, &image);
		rig_image_destroy(rig, &texels);
	}
}

static void kernels_are_given_attributes(void **state) {
	struct rig *rig = *state;
	struct pvg_gpu_compute_desc desc = { .kernel = rig_function(rig, "k_stage_in") };
	desc.input.attribute_count = 1;
	desc.input.attributes[0] = (struct pvg_gpu_attribute){
		.format = 30, .buffer = 2, .used = true, .offset_bytes = 4
	}; // three floats
	desc.input.layouts[2] = (struct pvg_gpu_layout){
		.step = 5, .used = true, .rate = 1, .stride_bytes = 20
	}; // by the thread's x
	float values[8][5];
	for (uint32_t i = 0; i < 40; i++) {
		values[i / 5][i % 5] = (float)i;
	}
	const char *why = NULL;
	struct pvg_gpu_pipeline *p = rig->r->ops->compute_pipeline_create(rig->r, &desc);
	assert_non_null(p);
	if (rig_wait(rig, p, &why) != PVG_GPU_READY) {
		fail_msg("%s", why);
	}
	struct pvg_gpu_use use = { .local_size = { 4, 1, 1 } };
	struct pvg_gpu_program *program = rig_program(rig, p, &use);
	struct pvg_gpu_buffer *from = rig_buffer(rig, values, sizeof(values));
	struct pvg_gpu_buffer *to = rig_readback(rig, 8 * 16);
	const struct pvg_gpu_dispatch dispatch = { .grid = { 6, 1, 1 }, .exact = true };
	rig_use(rig, program);
	rig_bind(rig, PVG_GPU_KERNEL, 2, from, 0);
	rig_bind(rig, PVG_GPU_KERNEL, 1, to, 0);
	rig_add(rig, PVG_GPU_OP_DISPATCH)->dispatch = rig_keep(rig, &dispatch, sizeof(dispatch));
	rig_run(rig);
	float got[8][4];
	memcpy(got, to->map, sizeof(got));
	for (uint32_t i = 0; i < 8; i++) {
		float first = (float)(i * 5 + 1);
		if (i < 6) {
			expect("thread", got[i], 2 * first, 2 * first + 2, 2 * first + 4, 2, 0);
		} else {
			expect("no thread", got[i], 0, 0, 0, 0, 0);
		}
	}
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig->r->ops->buffer_destroy(rig->r, from);
	rig->r->ops->buffer_destroy(rig->r, to);
}

/* More buffers than storage blocks: they share one, and what was written comes back. */
static void buffers_share_a_block(void **state) {
	struct rig *rig = *state;
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_color", "f_many", RIG_RGBA32F);
	rig_two_attributes(&desc);
	struct rig_image image = rig_image(rig, RIG_RGBA32F, SIDE, SIDE, 1);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_program *program = rig_draws(rig, p, TRIANGLE);
	struct pvg_gpu_buffer *vertices = cover(rig, 0, 0, 0, 0);
	struct pvg_gpu_buffer *buffers[24];
	float sum = 0;
	rig_begin(rig, &image, black);
	rig_use(rig, program);
	rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
	for (uint32_t i = 0; i < 24; i++) {
		float values[8] = { 99, 99, 99, (float)(i % 5) + 0.5f, 99 };
		sum += i < 23 ? values[3] * (float)(i + 1) : 0; // the last one is written
		buffers[i] = rig_readback(rig, sizeof(values));
		memcpy(buffers[i]->map, values, sizeof(values));
		rig_bind(rig, PVG_GPU_FRAGMENT, (uint8_t)i, buffers[i], 12);
		struct pvg_gpu_cmd *cmd = &rig->cmds[rig->count - 1];
		cmd->buffer.written = i == 23;
	}
	rig_draw(rig, TRIANGLE, 0, 3);
	rig_end(rig);
	float texels[SIDE * SIDE][4], back[8];
	rig_read(rig, &image, texels, 16);
	expect("sum", texels[100], sum, 0, 0, 1, 1e-3f);
	memcpy(back, buffers[23]->map, sizeof(back));
	assert_true(fabsf(back[3] - sum) < 1e-3f);
	assert_true(back[2] == 99 && back[4] == 99);
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig->r->ops->buffer_destroy(rig->r, vertices);
	for (uint32_t i = 0; i < 24; i++) {
		rig->r->ops->buffer_destroy(rig->r, buffers[i]);
	}
	rig_image_destroy(rig, &image);
}

/*
 * One buffer bound twice among those that share a block: what is written through either bind is
 * there, and what neither wrote is as it was.
 */
static void binds_of_one_buffer_share_their_words(void **state) {
	struct rig *rig = *state;
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_color", "f_many_written", RIG_RGBA32F);
	rig_two_attributes(&desc);
	struct rig_image image = rig_image(rig, RIG_RGBA32F, 1, 1, 1);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_program *program = rig_draws(rig, p, TRIANGLE);
	struct pvg_gpu_buffer *vertices = cover(rig, 0, 0, 0, 0);
	for (uint32_t order = 0; order < 2; order++) {
		struct pvg_gpu_buffer *buffers[24];
		rig_begin(rig, &image, black);
		rig_use(rig, program);
		rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
		for (uint32_t i = 0; i < 24; i++) {
			const float values[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
			buffers[i] = i == 23 ? buffers[22] : rig_readback(rig, sizeof(values));
			memcpy(buffers[i]->map, values, sizeof(values));
			// The later bind begins behind the other, or in front of it.
			uint64_t offset = i < 22 ? 0 : (i == 22) == (order == 0) ? 4 : 20;
			rig_bind(rig, PVG_GPU_FRAGMENT, (uint8_t)i, buffers[i], offset);
			rig->cmds[rig->count - 1].buffer.written = i >= 6;
		}
		rig_draw(rig, TRIANGLE, 0, 3);
		rig_end(rig);
		float texel[4], back[8];
		rig_read(rig, &image, texel, 16);
		expect("sum", texel, 22 + 2 + 6, 0, 0, 1, 1e-3f);
		memcpy(back, buffers[22]->map, sizeof(back));
		const float low = order == 0 ? 102 : -98, high = order == 0 ? -94 : 106;
		const float want[8] = { 1, low, 3, 4, 5, high, 7, 8 };
		assert_memory_equal(back, want, sizeof(back));
		for (uint32_t i = 0; i < 22; i++) {
			memcpy(back, buffers[i]->map, sizeof(back));
			assert_true(back[0] == (i < 6 ? 1.0f : 101.0f) && back[1] == 2);
		}
		for (uint32_t i = 0; i < 23; i++) {
			rig->r->ops->buffer_destroy(rig->r, buffers[i]);
		}
	}
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig_image_destroy(rig, &image);
}

static int set_up_without(void **state) {
	*state = rig_create("GL_EXT_shader_framebuffer_fetch GL_EXT_buffer_storage "
			    "GL_EXT_shader_framebuffer_fetch_non_coherent GL_NV_texture_barrier");
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_targets_are_fetched),
		cmocka_unit_test(alpha_becomes_coverage_and_one),
		cmocka_unit_test(a_point_has_coordinates),
		cmocka_unit_test(texels_of_a_buffer_are_read),
		cmocka_unit_test(kernels_are_given_attributes),
		cmocka_unit_test(buffers_share_a_block),
		cmocka_unit_test(binds_of_one_buffer_share_their_words),
	};
	return cmocka_run_group_tests_name("paths", tests, rig_set_up, rig_tear_down) +
		cmocka_run_group_tests_name("paths by copies", tests, set_up_without,
			rig_tear_down);
}
