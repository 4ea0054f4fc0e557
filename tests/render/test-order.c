// SPDX-License-Identifier: GPL-2.0-or-later
#include "rig.h"

#include <stdio.h>
#include <string.h>

/*
 * Flat values and fill mode lines: what the GPU may have written, indices or counts, is drawn like
 * what the CPU wrote, pixel for pixel.
 */

enum { LINE = 1, LINE_STRIP, TRIANGLE, TRIANGLE_STRIP, SIDE = RIG_SIDE };
enum { BASE = 3, FIRST = 2, MOST = 700 };

static const double black[4] = { 0, 0, 0, 0 };

struct scene {
	struct rig *rig;
	struct rig_image image;
	struct pvg_gpu_pipeline *pipeline;
	struct pvg_gpu_buffer *vertices;
	uint16_t narrow[MOST];
	uint32_t wide[MOST];
	uint32_t count;
};

struct way { // to say the same
	uint8_t primitive, index_size;
	bool lines, gpu_indices, gpu_counts;
	uint32_t odd; // bytes that the indices begin late
};

static void scene_init(struct scene *s, struct rig *rig, const char *fragment, uint32_t count) {
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_color", fragment, RIG_RGBA8);
	struct rig_vertex v[BASE + MOST];
	uint32_t seed = count;
	rig_two_attributes(&desc);
	*s = (struct scene){ .rig = rig, .count = count };
	s->image = rig_image(rig, RIG_RGBA8, SIDE, SIDE, 1);
	s->pipeline = rig_pipeline(rig, &desc);
	for (uint32_t i = 0; i < BASE + MOST; i++) {
		v[i] = (struct rig_vertex){ (float)(rig_noise(&seed) % 65) / 32 - 1,
			(float)(rig_noise(&seed) % 65) / 32 - 1, 0.5f, 1,
			(float)(rig_noise(&seed) % 256) / 255,
			(float)(rig_noise(&seed) % 256) / 255,
			(float)(rig_noise(&seed) % 256) / 255, 1 };
	}
	s->vertices = rig_buffer(rig, v, sizeof(v));
	for (uint32_t i = 0; i < MOST; i++) {
		// Strips of various lengths, one of them longer than a group of the kernel.
		bool restart = i < 60 ? rig_noise(&seed) % 6 == 0 : i == 500;
		s->narrow[i] = restart ? UINT16_MAX : (uint16_t)(rig_noise(&seed) % MOST);
		s->wide[i] = restart ? UINT32_MAX : s->narrow[i];
	}
}

static void scene_finish(struct scene *s) {
	s->rig->r->ops->pipeline_destroy(s->rig->r, s->pipeline);
	s->rig->r->ops->buffer_destroy(s->rig->r, s->vertices);
	rig_image_destroy(s->rig, &s->image);
}

static struct pvg_gpu_buffer *buffer_of(struct rig *rig, bool gpu, const void *data, size_t bytes,
	uint32_t late) {
	struct pvg_gpu_buffer *buffer =
		gpu ? rig_readback(rig, bytes + late) : rig_buffer(rig, NULL, bytes + late);
	memcpy(buffer->map + late, data, bytes);
	return buffer;
}

static void draw(struct scene *s, const struct way *way, uint32_t texels[SIDE][SIDE]) {
	struct rig *rig = s->rig;
	bool indexed = way->index_size != 0;
	struct pvg_gpu_use use = {
		.primitive = way->primitive,
		.lines = way->lines,
		.gpu_vertices = way->gpu_counts && !indexed,
	};
	struct pvg_gpu_program *program = rig_program(rig, s->pipeline, &use);
	const uint32_t counts[] = { s->count, 1, indexed ? FIRST : BASE, indexed ? BASE : 0, 0 };
	struct pvg_gpu_buffer *arguments =
		buffer_of(rig, way->gpu_counts, counts, sizeof(counts), 8);
	const void *data = way->index_size == 2 ? (const void *)s->narrow : s->wide;
	size_t bytes = (size_t)way->index_size * MOST;
	struct pvg_gpu_buffer *indices =
		buffer_of(rig, way->gpu_indices, data, indexed ? bytes : 4, way->odd);
	rig_begin(rig, &s->image, black);
	rig_use(rig, program);
	rig_bind(rig, PVG_GPU_VERTEX, 0, s->vertices, 0);
	struct pvg_gpu_raster raster = { .fill = way->lines };
	rig_add(rig, PVG_GPU_OP_RASTER)->raster = rig_keep(rig, &raster, sizeof(raster));
	struct pvg_gpu_draw d = { .primitive = way->primitive, .index_size = way->index_size };
	if (indexed) {
		d.indices = (struct pvg_gpu_span){ indices, way->odd, bytes };
	}
	if (way->gpu_counts) {
		d.indirect = (struct pvg_gpu_span){ arguments, 8, indexed ? 20 : 16 };
	} else {
		d.count = s->count;
		d.instances = 1;
		d.first = indexed ? 0 : BASE;
		d.base_vertex = indexed ? BASE : 0;
		d.indices.offset_bytes += indexed ? (uint64_t)FIRST * way->index_size : 0;
	}
	rig_add(rig, PVG_GPU_OP_DRAW)->draw = rig_keep(rig, &d, sizeof(d));
	// Another draw behind it finds its own bindings.
	rig_draw(rig, TRIANGLE, 0, 0);
	rig_end(rig);
	rig_read(rig, &s->image, texels, 4);
	rig->r->ops->buffer_destroy(rig->r, arguments);
	rig->r->ops->buffer_destroy(rig->r, indices);
}

static void compare(struct rig *rig, const char *fragment, bool lines, uint32_t count) {
	struct scene s;
	scene_init(&s, rig, fragment, count);
	for (uint8_t primitive = lines ? TRIANGLE : LINE; primitive <= TRIANGLE_STRIP;
		primitive++) {
		for (uint8_t size = 0; size <= 4; size += 2) {
			struct way way = {
				.primitive = primitive, .index_size = size, .lines = lines
			};
			uint32_t want[SIDE][SIDE], got[SIDE][SIDE], drawn = 0;
			draw(&s, &way, want);
			for (uint32_t i = 0; i < SIDE * SIDE; i++) {
				drawn += want[i / SIDE][i % SIDE] != 0;
			}
			assert_true(drawn > 0);
			for (uint32_t i = 1; i < 8; i++) {
				way.gpu_indices = i & 1;
				way.gpu_counts = i >> 1 & 1;
				way.odd = i >> 2 != 0 ? size / 2 + 1 : 0;
				if (size == 0 && (!way.gpu_counts || way.odd != 0)) {
					continue;
				}
				draw(&s, &way, got);
				if (memcmp(want, got, sizeof(want)) != 0) {
					fail_msg("%s%s: primitive %u, indices of %u bytes%s%s, %u "
						 "late: another picture",
						fragment, lines ? ", lines" : "", primitive, size,
						way.gpu_indices ? ", indices of the GPU" : "",
						way.gpu_counts ? ", counts of the GPU" : "",
						way.odd);
				}
			}
		}
	}
	scene_finish(&s);
}

static void flat_values_stay_with_their_vertex(void **state) {
	compare(*state, "f_flat", false, 10);
	compare(*state, "f_flat", false, MOST - FIRST - 2);
}

static void edges_are_drawn(void **state) {
	compare(*state, "f_color", true, 10);
	compare(*state, "f_color", true, 60);
}

static void edges_have_flat_values(void **state) {
	compare(*state, "f_flat", true, 10);
	compare(*state, "f_flat", true, 60);
}

/* Triangles that are culled have no edges: either the one that runs clockwise or the other. */
static void culled_triangles_have_no_edges(void **state) {
	struct rig *rig = *state;
	const struct rig_vertex v[6] = { { -0.9f, 0.9f, 0.5f, 1, 1, 0, 0, 1 },
		{ 0.9f, 0.9f, 0.5f, 1, 1, 0, 0, 1 }, { -0.9f, 0.2f, 0.5f, 1, 1, 0, 0, 1 },
		{ -0.9f, -0.2f, 1, 2, 0, 1, 0, 1 }, { -0.9f, -0.9f, 0.5f, 1, 0, 1, 0, 1 },
		{ 0.9f, -0.9f, 0.5f, 1, 0, 1, 0, 1 } };
	struct scene s;
	scene_init(&s, rig, "f_color", 6);
	memcpy(s.vertices->map, v, sizeof(v));
	struct pvg_gpu_use use = { .primitive = TRIANGLE, .lines = true };
	struct pvg_gpu_program *program = rig_program(rig, s.pipeline, &use);
	for (uint32_t i = 0; i < 12; i++) {
		struct pvg_gpu_raster raster = {
			.fill = 1, .cull = (uint8_t)(i % 3), .front_face = i / 3 % 2
		};
		bool down = i >= 6;
		struct pvg_gpu_viewport viewport = { 0, down ? SIDE : 0, SIDE, down ? -SIDE : SIDE,
			0, 1 };
		uint32_t texels[SIDE][SIDE], red = 0, green = 0;
		rig_begin(rig, &s.image, black);
		rig_use(rig, program);
		rig_bind(rig, PVG_GPU_VERTEX, 0, s.vertices, 0);
		rig_add(rig, PVG_GPU_OP_RASTER)->raster = rig_keep(rig, &raster, sizeof(raster));
		struct pvg_gpu_cmd *cmd = rig_add(rig, PVG_GPU_OP_VIEWPORTS);
		cmd->viewports.rects = rig_keep(rig, &viewport, sizeof(viewport));
		cmd->viewports.count = 1;
		rig_draw(rig, TRIANGLE, 0, 6);
		rig_end(rig);
		rig_read(rig, &s.image, texels, 4);
		for (uint32_t k = 0; k < SIDE * SIDE; k++) {
			red += texels[k / SIDE][k % SIDE] == 0xff0000ff;
			green += texels[k / SIDE][k % SIDE] == 0xff00ff00;
		}
		// The red one runs clockwise as it is seen, the green one does not.
		bool red_is_front = (raster.front_face == 0) != down;
		bool red_gone = raster.cull != 0 && (raster.cull == 1) == red_is_front;
		bool green_gone = raster.cull != 0 && (raster.cull == 1) != red_is_front;
		assert_int_equal(red != 0, !red_gone);
		assert_int_equal(green != 0, !green_gone);
	}
	scene_finish(&s);
}

// Fewer than one primitive, and counts beyond the indices.
static void counts_of_nothing_draw_nothing(void **state) {
	struct rig *rig = *state;
	for (uint32_t count = 0; count < 3; count++) {
		struct scene s;
		scene_init(&s, rig, "f_flat", count);
		for (uint8_t size = 0; size <= 4; size += 4) {
			struct way way = { .primitive = TRIANGLE_STRIP,
				.index_size = size,
				.gpu_indices = true,
				.gpu_counts = true };
			uint32_t texels[SIDE][SIDE];
			draw(&s, &way, texels);
			for (uint32_t i = 0; i < SIDE * SIDE; i++) {
				assert_int_equal(texels[i / SIDE][i % SIDE], 0);
			}
		}
		scene_finish(&s);
	}
	struct scene s;
	uint32_t all[SIDE][SIDE], more[SIDE][SIDE];
	struct way way = {
		.primitive = TRIANGLE, .index_size = 4, .gpu_indices = true, .gpu_counts = true
	};
	scene_init(&s, rig, "f_flat", MOST - FIRST);
	draw(&s, &way, all);
	s.count = UINT32_MAX;
	draw(&s, &way, more); // as many as there are
	assert_memory_equal(all, more, sizeof(all));
	scene_finish(&s);
}

/* All ones begin a strip anew; in lists they are an index, of a vertex that is there. */
static void all_ones_are_an_index_in_lists(void **state) {
	struct rig *rig = *state;
	static const struct rig_vertex corner = { -0.9f, 0.9f, 0.5f, 1, 1, 0, 0, 1 },
				   last = { 0.9f, -0.9f, 0.5f, 1, 1, 0, 0, 1 },
				   other = { -0.9f, -0.9f, 0.5f, 1, 1, 0, 0, 1 };
	static const char *const fragments[] = { "f_color", "f_flat" };
	static const uint16_t order[] = { 0, 1, UINT16_MAX };
	static struct rig_vertex many[UINT16_MAX + 1];
	many[0] = corner;
	many[1] = other;
	many[UINT16_MAX] = last;
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, many, sizeof(many));
	struct rig_image image = rig_image(rig, RIG_RGBA8, SIDE, SIDE, 1);
	const uint32_t arguments[] = { 3, 1, 0, 0, 0 };
	for (uint32_t way = 0; way < 32; way++) {
		static const uint8_t primitives[] = { 0, LINE, TRIANGLE, TRIANGLE_STRIP };
		uint8_t primitive = primitives[way >> 3];
		bool gpu_indices = way & 2, gpu_counts = way & 4;
		struct pvg_gpu_render_desc desc =
			rig_desc(rig, "v_color", fragments[way & 1], RIG_RGBA8);
		rig_two_attributes(&desc);
		struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
		const struct pvg_gpu_use use = { .primitive = primitive };
		struct pvg_gpu_program *program = rig_program(rig, p, &use);
		struct pvg_gpu_buffer *indices =
			buffer_of(rig, gpu_indices, order, sizeof(order), 2);
		struct pvg_gpu_buffer *counts =
			buffer_of(rig, true, arguments, sizeof(arguments), 0);
		uint32_t texels[SIDE][SIDE], drawn = 0;
		rig_begin(rig, &image, black);
		rig_use(rig, program);
		rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
		// A line runs from the first to the last.
		uint32_t from = primitive == LINE ? 1 : 0;
		struct pvg_gpu_draw d = { .primitive = primitive,
			.index_size = 2,
			.indices = { indices, 2 + from * 2, sizeof(order) - from * 2 },
			.count = 3 - from,
			.instances = 1 };
		if (gpu_counts) {
			d.indirect = (struct pvg_gpu_span){ counts, 0, 20 };
			d.count = 0;
		}
		rig_add(rig, PVG_GPU_OP_DRAW)->draw = rig_keep(rig, &d, sizeof(d));
		rig_end(rig);
		rig_read(rig, &image, texels, 4);
		for (uint32_t i = 0; i < SIDE * SIDE; i++) {
			drawn += texels[i / SIDE][i % SIDE] != 0;
		}
		bool right = primitive == TRIANGLE ? drawn > 90
			: primitive == LINE        ? drawn >= 13 && drawn < 16
			: primitive == 0           ? drawn == 3
						   : drawn == 0;
		if (!right) {
			fail_msg("primitive %u, way %u: %u pixels", primitive, way, drawn);
		}
		rig->r->ops->pipeline_destroy(rig->r, p);
		rig->r->ops->buffer_destroy(rig->r, indices);
		rig->r->ops->buffer_destroy(rig->r, counts);
	}
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig_image_destroy(rig, &image);
}

static int set_up_plain(void **state) {
	*state = rig_create("GL_NV_polygon_mode");
	return 0;
}

static int set_up_without(void **state) {
	*state = rig_create("GL_NV_polygon_mode GL_EXT_buffer_storage GL_EXT_base_instance");
	return 0;
}

static int tear_down(void **state) {
	rig_destroy(*state);
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flat_values_stay_with_their_vertex),
		cmocka_unit_test(edges_are_drawn),
		cmocka_unit_test(edges_have_flat_values),
		cmocka_unit_test(culled_triangles_have_no_edges),
		cmocka_unit_test(counts_of_nothing_draw_nothing),
		cmocka_unit_test(all_ones_are_an_index_in_lists),
	};
	return cmocka_run_group_tests_name("order", tests, set_up_plain, tear_down) +
		cmocka_run_group_tests_name("order without extensions", tests, set_up_without,
			tear_down);
}
