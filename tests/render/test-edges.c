// SPDX-License-Identifier: GPL-2.0-or-later
#include "rig.h"

#include <math.h>
#include <string.h>

/*
 * Fill mode lines with a depth bias: what a host with NV_polygon_mode does by itself is done by a
 * geometry stage elsewhere, and leaves the same depth.
 */

enum { POINT, LINE, LINE_STRIP, TRIANGLE };
enum { SIDE = 32, DEPTH16 = 250 };

struct edges_case {
	const char *what;
	float corners[3][4];
	float bias, slope, clamp;
	double near, far;
};

#define FLAT { { -0.8f, -0.8f, 0.5f, 1 }, { 0.8f, -0.8f, 0.5f, 1 }, { -0.8f, 0.8f, 0.5f, 1 } }
#define STEEP { { -0.8f, -0.8f, 0.2f, 1 }, { 0.8f, -0.8f, 0.6f, 1 }, { -0.8f, 0.8f, 0.3f, 1 } }
// Seen in perspective: w differs.
#define DEEP { { -0.8f, -0.8f, 0.2f, 1 }, { 2.4f, -2.4f, 2.1f, 3 }, { -1.6f, 1.6f, 0.6f, 2 } }

static const struct edges_case cases[] = {
	{ "a constant", FLAT, 40, 0, 0, 0, 1 },
	{ "a constant below", FLAT, -40, 0, 0, 0, 1 },
	{ "a slope", STEEP, 0, 2, 0, 0, 1 },
	{ "a slope below", STEEP, 0, -1.5f, 0, 0, 1 },
	{ "both", STEEP, 100, 1, 0, 0, 1 },
	{ "both, clamped", STEEP, 100, 4, 0.01f, 0, 1 },
	{ "both, clamped below", STEEP, -100, -4, -0.02f, 0, 1 },
	{ "a slope in perspective", DEEP, 3, 2, 0, 0, 1 },
	{ "part of the range of depth", STEEP, 1000, 1, 0, 0.25, 0.75 },
	{ "a range that runs down", STEEP, 1000, 1, 0, 0.9, 0.1 },
	{ "beyond what depth can be", STEEP, 0, 60, 0, 0, 1 },
};

static double depth_at(const void *texels, uint16_t format, uint32_t i) {
	if (format == DEPTH16) {
		return (double)((const uint16_t *)texels)[i] / 65535;
	}
	return (double)((const float *)texels)[i];
}

// Which depth each pixel has after a triangle's edges were drawn; 1 where there are none.
static void draw(struct rig *rig, const struct edges_case *c, uint16_t format, bool biased,
	double depths[SIDE * SIDE]) {
	static const double black[4] = { 0, 0, 0, 0 };
	struct rig_vertex v[3] = { 0 };
	for (uint32_t i = 0; i < 3; i++) {
		memcpy(&v[i], c->corners[i], sizeof(c->corners[i]));
	}
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_color", "f_color", RIG_RGBA8);
	rig_two_attributes(&desc);
	desc.depth_format = format;
	struct rig_image image = rig_image(rig, RIG_RGBA8, SIDE, SIDE, 1);
	struct rig_image depth = rig_image(rig, format, SIDE, SIDE, 1);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	const struct pvg_gpu_use use = { .primitive = TRIANGLE, .lines = true };
	struct pvg_gpu_program *program = rig_program(rig, p, &use);
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, v, sizeof(v));
	const struct pvg_gpu_depth_stencil tested = { .compare = 7, .write = true };
	const struct pvg_gpu_raster raster = { .fill = 1,
		.bias = biased ? c->bias : 0,
		.slope_scale = biased ? c->slope : 0,
		.bias_clamp = c->clamp };
	const struct pvg_gpu_viewport viewport = { 0, 0, SIDE, SIDE, c->near, c->far };
	struct pvg_gpu_pass *pass = rig_begin(rig, &image, black);
	pass->depth = (struct pvg_gpu_attachment){ .view = depth.view,
		.load = PVG_GPU_LOAD_CLEAR,
		.store = PVG_GPU_STORE,
		.clear.depth = 1 };
	rig_use(rig, program);
	rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
	rig_add(rig, PVG_GPU_OP_DEPTH_STENCIL)->depth_stencil =
		rig_keep(rig, &tested, sizeof(tested));
	rig_add(rig, PVG_GPU_OP_RASTER)->raster = rig_keep(rig, &raster, sizeof(raster));
	struct pvg_gpu_cmd *cmd = rig_add(rig, PVG_GPU_OP_VIEWPORTS);
	cmd->viewports.rects = rig_keep(rig, &viewport, sizeof(viewport));
	cmd->viewports.count = 1;
	rig_draw(rig, TRIANGLE, 0, 3);
	rig_end(rig);
	float texels[SIDE * SIDE];
	rig_read(rig, &depth, texels, format == DEPTH16 ? 2 : 4);
	for (uint32_t i = 0; i < SIDE * SIDE; i++) {
		depths[i] = depth_at(texels, format, i);
	}
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig_image_destroy(rig, &image);
	rig_image_destroy(rig, &depth);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const uint16_t formats[] = { RIG_DEPTH32F, DEPTH16 };
static double plain[COUNT(cases)][2][SIDE * SIDE], host[COUNT(cases)][2][SIDE * SIDE];

static void compare(const struct edges_case *c, uint32_t n, uint32_t f,
	const double got[SIDE * SIDE]) {
	const double *before = plain[n][f], *want = host[n][f];
	double within = formats[f] == DEPTH16 ? 1.01 / 65535 : 2e-6;
	uint32_t both = 0, moved = 0;
	for (uint32_t i = 0; i < SIDE * SIDE; i++) {
		if (before[i] == 1 || (got[i] == 1 && want[i] != 1)) {
			continue; // hosts may choose other pixels of an edge
		}
		both++;
		moved += want[i] != before[i];
		if (fabs(got[i] - want[i]) > within) {
			fail_msg("%s, format %u, pixel %u, %u: %.9g, not %.9g (%.9g without)",
				c->what, formats[f], i % SIDE, i / SIDE, got[i], want[i],
				before[i]);
		}
	}
	if (both < 60 || moved * 2 < both) {
		fail_msg("%s: %u pixels in common, %u moved", c->what, both, moved);
	}
}

static void a_stage_moves_edges_as_the_host_does(void **state) {
	static const char *const without[] = { NULL, "GL_NV_polygon_mode",
		"GL_NV_polygon_mode GL_EXT_clip_control GL_OES_viewport_array "
		"GL_NV_viewport_array GL_EXT_buffer_storage" };
	(void)state;
	for (uint32_t k = 0; k < COUNT(without); k++) { // one after the other: they share a thread
		struct rig *rig = rig_create(without[k]);
		for (uint32_t n = 0; n < COUNT(cases); n++) {
			for (uint32_t f = 0; f < COUNT(formats); f++) {
				double got[SIDE * SIDE];
				if (k == 0) {
					draw(rig, &cases[n], formats[f], false, plain[n][f]);
					draw(rig, &cases[n], formats[f], true, host[n][f]);
				} else {
					draw(rig, &cases[n], formats[f], true, got);
					compare(&cases[n], n, f, got);
				}
			}
		}
		rig_destroy(rig);
	}
}

/* A step of 16 bits is as long everywhere; a float's follows the depth. */
static void constants_count_steps(void **state) {
	struct rig *rig = rig_create("GL_NV_polygon_mode");
	double depths[SIDE * SIDE];
	(void)state;
	for (int bias = -200; bias <= 200; bias += 100) {
		struct edges_case c = { "steps", FLAT, (float)bias, 0, 0, 0, 1 };
		draw(rig, &c, DEPTH16, true, depths);
		uint32_t seen = 0;
		for (uint32_t i = 0; i < SIDE * SIDE; i++) {
			double steps = (depths[i] - 0.5) * 65535;
			seen += depths[i] != 1;
			assert_true(depths[i] == 1 || fabs(steps - bias) <= 1);
		}
		assert_true(seen > 60);
		draw(rig, &c, RIG_DEPTH32F, true, depths);
		for (uint32_t i = 0; i < SIDE * SIDE; i++) {
			double steps = (depths[i] - 0.5) * (1 << 24); // 2 to the -24 from 0.5 on
			assert_true(depths[i] == 1 || fabs(steps - bias) <= 1.5);
		}
	}
	rig_destroy(rig);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stage_moves_edges_as_the_host_does),
		cmocka_unit_test(constants_count_steps),
	};
	return cmocka_run_group_tests_name("edges", tests, NULL, NULL);
}
