// SPDX-License-Identifier: GPL-2.0-or-later
#include "rig.h"

#include <stdio.h>
#include <string.h>

/*
 * OpenGL's restarts and its provoking vertex: the picture is that of plain lists that are written
 * out here, whoever knows the indices and their number.
 */

enum { POINT, LINE, LINE_STRIP, TRIANGLE, TRIANGLE_STRIP, SIDE = RIG_SIDE };
enum { BASE = 3, FIRST = 2, MOST = 700, VERTICES = 65536 + BASE };

static const double black[4] = { 0, 0, 0, 0 };

struct scene {
	struct rig *rig;
	struct rig_image image;
	struct pvg_gpu_pipeline *pipeline;
	struct pvg_gpu_buffer *vertices;
	bool flat;
	uint32_t count; // of indices that are drawn
	uint32_t numbers[MOST];
};

// Random numbers, some of them @special ones.
static void scene_init(struct scene *s, struct rig *rig, bool flat, uint32_t count,
	uint32_t special) {
	struct pvg_gpu_render_desc desc =
		rig_desc(rig, "v_color", flat ? "f_flat" : "f_color", RIG_RGBA8);
	static struct rig_vertex v[VERTICES];
	uint32_t seed = count;
	rig_two_attributes(&desc);
	*s = (struct scene){ .rig = rig, .count = count, .flat = flat };
	s->image = rig_image(rig, RIG_RGBA8, SIDE, SIDE, 1);
	s->pipeline = rig_pipeline(rig, &desc);
	for (uint32_t i = 0; i < VERTICES; i++) {
		v[i] = (struct rig_vertex){ (float)(rig_noise(&seed) % 65) / 32 - 1,
			(float)(rig_noise(&seed) % 65) / 32 - 1, 0.5f, 1, 1, 1, 1, 1 };
		if (flat) { // else interpolation would depend on the order
			v[i].r = (float)(rig_noise(&seed) % 256) / 255;
			v[i].g = (float)(rig_noise(&seed) % 256) / 255;
			v[i].b = (float)(rig_noise(&seed) % 256) / 255;
		}
	}
	s->vertices = rig_buffer(rig, v, sizeof(v));
	for (uint32_t i = 0; i < MOST; i++) {
		bool cut = i < 60 ? rig_noise(&seed) % 6 == 0 : i == 500 || i == 520;
		s->numbers[i] = cut ? special : rig_noise(&seed) % MOST;
	}
}

static void scene_finish(struct scene *s) {
	s->rig->r->ops->pipeline_destroy(s->rig->r, s->pipeline);
	s->rig->r->ops->buffer_destroy(s->rig->r, s->vertices);
	rig_image_destroy(s->rig, &s->image);
}

struct way {
	uint8_t primitive, index_size;
	bool gpu_indices, gpu_counts;
	uint32_t odd; // bytes that the indices begin late
};

static struct pvg_gpu_buffer *buffer_of(struct rig *rig, bool gpu, size_t bytes) {
	return gpu ? rig_readback(rig, bytes) : rig_buffer(rig, NULL, bytes);
}

static void draw(struct scene *s, const struct way *way, const uint32_t *numbers, uint32_t total,
	uint32_t first, uint32_t count, const struct pvg_gpu_opengl *gl,
	uint32_t texels[SIDE][SIDE]) {
	struct rig *rig = s->rig;
	const struct pvg_gpu_use use = { .primitive = way->primitive, .opengl = gl };
	struct pvg_gpu_program *program = rig_program(rig, s->pipeline, &use);
	size_t size = way->index_size, bytes = total * size;
	struct pvg_gpu_buffer *indices = buffer_of(rig, way->gpu_indices, way->odd + bytes + 4);
	struct pvg_gpu_buffer *arguments = buffer_of(rig, way->gpu_counts, 32);
	const uint32_t counts[] = { count, 1, first, BASE, 0 };
	memcpy(arguments->map + 8, counts, sizeof(counts));
	for (uint32_t i = 0; i < total; i++) { // the low bytes of a word come first
		memcpy(indices->map + way->odd + i * size, &numbers[i], size);
	}
	rig_begin(rig, &s->image, black);
	rig_use(rig, program);
	rig_add(rig, PVG_GPU_OP_OPENGL)->opengl =
		gl != NULL ? rig_keep(rig, gl, sizeof(*gl)) : NULL;
	rig_bind(rig, PVG_GPU_VERTEX, 0, s->vertices, 0);
	struct pvg_gpu_draw d = { .primitive = way->primitive, .index_size = way->index_size };
	d.indices = (struct pvg_gpu_span){ indices, way->odd, bytes };
	if (way->gpu_counts) {
		d.indirect = (struct pvg_gpu_span){ arguments, 8, 20 };
	} else {
		d.count = count;
		d.instances = 1;
		d.base_vertex = BASE;
		d.indices.offset_bytes += (uint64_t)first * size;
	}
	rig_add(rig, PVG_GPU_OP_DRAW)->draw = rig_keep(rig, &d, sizeof(d));
	rig_end(rig);
	rig_read(rig, &s->image, texels, 4);
	rig->r->ops->buffer_destroy(rig->r, arguments);
	rig->r->ops->buffer_destroy(rig->r, indices);
}

/* ---- what it has to be --------------------------------------------------------------------- */

struct list {
	uint32_t numbers[3 * MOST], count;
};

// A primitive whose flat values are its first vertex's, as Metal has it.
static void add(struct list *list, bool last, uint32_t size, uint32_t a, uint32_t b, uint32_t c) {
	const uint32_t n[3] = { a, b, c };
	for (uint32_t i = 0; i < size; i++) {
		list->numbers[list->count++] = n[last ? (i + size - 1) % size : i];
	}
}

static void write_out(const struct scene *s, uint8_t primitive, bool restarts, uint32_t special,
	bool last, struct list *list) {
	const uint32_t *n = s->numbers + FIRST;
	uint32_t start = 0;
	last = last && s->flat; // lines the other way round are not quite the same pixels
	list->count = 0;
	for (uint32_t i = 0; i < s->count; i++) {
		uint32_t have = i - start + 1; // of this strip or list
		if (restarts && n[i] == special) {
			start = i + 1;
		} else if (primitive == POINT) {
			add(list, last, 1, n[i], 0, 0);
		} else if (primitive == LINE && have % 2 == 0) {
			add(list, last, 2, n[i - 1], n[i], 0);
		} else if (primitive == LINE_STRIP && have >= 2) {
			add(list, last, 2, n[i - 1], n[i], 0);
		} else if (primitive == TRIANGLE && have % 3 == 0) {
			add(list, last, 3, n[i - 2], n[i - 1], n[i]);
		} else if (primitive == TRIANGLE_STRIP && have >= 3) {
			bool odd = have % 2 == 0; // the oldest is first, the newest last
			bool swap = odd && !last, turn = odd && last;
			add(list, last, 3, n[turn ? i - 1 : i - 2],
				n[swap                 ? i
						: turn ? i - 2
						       : i - 1],
				n[swap ? i - 1 : i]);
		}
	}
}

static const char *name_of(const struct pvg_gpu_opengl *gl) {
	static const char *const names[] = { "Metal's", "never", "largest", "index" };
	return names[gl->restart];
}

// All ways of saying the same, against plain lists of 32-bit indices.
static void compare(struct rig *rig, const struct pvg_gpu_opengl *gl, bool flat, uint8_t size,
	uint32_t count, uint32_t special, bool lists, bool strips) {
	struct scene s;
	scene_init(&s, rig, flat, count, special);
	for (uint8_t primitive = POINT; primitive <= TRIANGLE_STRIP; primitive++) {
		static struct list list;
		bool strip = primitive == LINE_STRIP || primitive == TRIANGLE_STRIP;
		const struct way plain = {
			.primitive = primitive == POINT   ? POINT
				: primitive <= LINE_STRIP ? LINE
							  : TRIANGLE,
			.index_size = 4,
		};
		uint32_t want[SIDE][SIDE], got[SIDE][SIDE];
		write_out(&s, primitive, strip ? strips : lists, special, gl->last_vertex != 0,
			&list);
		draw(&s, &plain, list.numbers, list.count, 0, list.count, NULL, want);
		for (uint32_t i = 0; i < 8; i++) {
			const struct way way = {
				.primitive = primitive,
				.index_size = size,
				.gpu_indices = i & 1,
				.gpu_counts = i >> 1 & 1,
				.odd = i >> 2 != 0 ? size / 2u + 1 : 0,
			};
			draw(&s, &way, s.numbers, MOST, FIRST, count, gl, got);
			if (memcmp(want, got, sizeof(want)) != 0) {
				fail_msg(
					"restart %s%s%s, primitive %u, %u indices of %u bytes%s%s, "
					"%u late: another picture",
					name_of(gl), gl->last_vertex ? ", last vertex" : "",
					flat ? ", flat" : "", primitive, count, size,
					way.gpu_indices ? ", of the GPU" : "",
					way.gpu_counts ? ", counted by it" : "", way.odd);
			}
		}
	}
	scene_finish(&s);
}

static void compare_all(struct rig *rig, struct pvg_gpu_opengl gl, uint8_t size, uint32_t special,
	bool lists, bool strips) {
	for (uint32_t i = 0; i < 8; i++) {
		uint32_t count = i & 1 ? MOST - FIRST - 2 : 20;
		gl.last_vertex = i >> 1 & 1;
		compare(rig, &gl, i >> 2 & 1, size, count, special, lists, strips);
	}
}

/* ---- tests --------------------------------------------------------------------------------- */

static void metals_restart_is_of_strips(void **state) {
	const struct pvg_gpu_opengl gl = { .alpha_reference = 1 }; // what is nothing to this
	// 65535 would be a vertex of lists.
	compare_all(*state, gl, 2, UINT16_MAX, false, true);
}

static void the_largest_index_cuts_everything(void **state) {
	const struct pvg_gpu_opengl gl = { .restart = PVG_GPU_RESTART_LARGEST };
	compare_all(*state, gl, 2, UINT16_MAX, true, true);
	compare_all(*state, gl, 4, UINT32_MAX, true, true);
}

static void without_restart_every_index_is_a_vertex(void **state) {
	const struct pvg_gpu_opengl gl = { .restart = PVG_GPU_RESTART_NEVER };
	compare_all(*state, gl, 2, UINT16_MAX, false, false);
}

static void any_index_can_cut(void **state) {
	const struct pvg_gpu_opengl gl = { .restart = PVG_GPU_RESTART_INDEX,
		.restart_index = 1000 };
	compare_all(*state, gl, 2, 1000, true, true);
	compare_all(*state, gl, 4, 1000, true, true);
}

// The type's largest value is a vertex like others then, and what a type cannot hold cuts nothing.
static void another_index_leaves_the_largest_alone(void **state) {
	const struct pvg_gpu_opengl small = { .restart = PVG_GPU_RESTART_INDEX,
		.restart_index = 1000 };
	const struct pvg_gpu_opengl wide = { .restart = PVG_GPU_RESTART_INDEX,
		.restart_index = 70000 };
	const struct pvg_gpu_opengl narrow = { .restart = PVG_GPU_RESTART_INDEX,
		.restart_index = UINT16_MAX };
	compare_all(*state, small, 2, UINT16_MAX, false, false);
	compare_all(*state, wide, 2, UINT16_MAX, false, false);
	compare_all(*state, narrow, 2, UINT16_MAX, true, true);
	compare_all(*state, narrow, 4, UINT16_MAX, true, true);
}

/* Without indices: numbers that count up, also where only the GPU knows how many. */
static void the_last_vertex_has_the_flat_values(void **state) {
	struct rig *rig = *state;
	struct scene s;
	const struct pvg_gpu_opengl gl = { .last_vertex = 1 };
	scene_init(&s, rig, true, 20, 0);
	for (uint32_t i = 0; i < MOST; i++) {
		s.numbers[i] = i - FIRST;
	}
	for (uint8_t primitive = POINT; primitive <= TRIANGLE_STRIP; primitive++) {
		static struct list list;
		const struct way plain = {
			.primitive = primitive == POINT   ? POINT
				: primitive <= LINE_STRIP ? LINE
							  : TRIANGLE,
			.index_size = 4,
		};
		uint32_t want[SIDE][SIDE], got[SIDE][SIDE];
		write_out(&s, primitive, false, 0, true, &list);
		draw(&s, &plain, list.numbers, list.count, 0, list.count, NULL, want);
		for (uint32_t i = 0; i < 2; i++) {
			const struct pvg_gpu_use use = {
				.primitive = primitive, .gpu_vertices = i, .opengl = &gl
			};
			struct pvg_gpu_draw d = { .primitive = primitive,
				.first = BASE,
				.count = s.count,
				.instances = 1 };
			const uint32_t counts[] = { s.count, 1, BASE, 0 };
			struct pvg_gpu_buffer *arguments = rig_readback(rig, 16);
			memcpy(arguments->map, counts, sizeof(counts));
			if (i == 1) {
				d.indirect = (struct pvg_gpu_span){ arguments, 0, 16 };
			}
			rig_begin(rig, &s.image, black);
			rig_use(rig, rig_program(rig, s.pipeline, &use));
			rig_add(rig, PVG_GPU_OP_OPENGL)->opengl = rig_keep(rig, &gl, sizeof(gl));
			rig_bind(rig, PVG_GPU_VERTEX, 0, s.vertices, 0);
			rig_add(rig, PVG_GPU_OP_DRAW)->draw = rig_keep(rig, &d, sizeof(d));
			rig_end(rig);
			rig_read(rig, &s.image, got, 4);
			rig->r->ops->buffer_destroy(rig->r, arguments);
			if (memcmp(want, got, sizeof(want)) != 0) {
				fail_msg("primitive %u%s: another picture", primitive,
					i ? ", counted by the GPU" : "");
			}
		}
	}
	scene_finish(&s);
}

// Edges of a triangle have the colour of its last vertex, in lists and strips.
static void edges_have_it_too(void **state) {
	static const float places[4][2] = { { 1, 14 }, { 1, 1 }, { 14, 14 }, { 14, 1 } };
	struct rig_vertex v[4];
	for (uint32_t i = 0; i < 4; i++) {
		v[i] = (struct rig_vertex){ (places[i][0] + 0.5f) / 8 - 1,
			1 - (places[i][1] + 0.5f) / 8, 0.5f, 1, i == 0, i == 1, i == 2,
			1 }; // red, green, blue, black
	}
	struct rig *rig = *state;
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_color", "f_flat", RIG_RGBA8);
	struct rig_image image = rig_image(rig, RIG_RGBA8, SIDE, SIDE, 1);
	rig_two_attributes(&desc);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, v, sizeof(v));
	const struct pvg_gpu_raster raster = { .fill = 1 };
	for (uint32_t i = 0; i < 4; i++) {
		const struct pvg_gpu_opengl gl = { .last_vertex = i & 1 };
		const struct pvg_gpu_use use = { .primitive = i < 2 ? TRIANGLE : TRIANGLE_STRIP,
			.lines = true,
			.opengl = gl.last_vertex ? &gl : NULL };
		uint32_t texels[SIDE][SIDE];
		rig_begin(rig, &image, black);
		rig_use(rig, rig_program(rig, p, &use));
		if (gl.last_vertex) {
			rig_add(rig, PVG_GPU_OP_OPENGL)->opengl = rig_keep(rig, &gl, sizeof(gl));
		}
		rig_add(rig, PVG_GPU_OP_RASTER)->raster = rig_keep(rig, &raster, sizeof(raster));
		rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
		rig_draw(rig, use.primitive, 0, i < 2 ? 3 : 4);
		rig_end(rig);
		rig_read(rig, &image, texels, 4);
		// The left edge is the first triangle's alone, the right one the second's.
		assert_int_equal(texels[8][1], gl.last_vertex ? 0xffff0000 : 0xff0000ff);
		if (i >= 2) {
			assert_int_equal(texels[8][14], gl.last_vertex ? 0xff000000 : 0xff00ff00);
		}
	}
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig_image_destroy(rig, &image);
}

static int set_up_without(void **state) {
	*state = rig_create("GL_NV_polygon_mode GL_EXT_buffer_storage GL_EXT_base_instance");
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metals_restart_is_of_strips),
		cmocka_unit_test(the_largest_index_cuts_everything),
		cmocka_unit_test(without_restart_every_index_is_a_vertex),
		cmocka_unit_test(any_index_can_cut),
		cmocka_unit_test(another_index_leaves_the_largest_alone),
		cmocka_unit_test(the_last_vertex_has_the_flat_values),
		cmocka_unit_test(edges_have_it_too),
	};
	return cmocka_run_group_tests_name("restart", tests, rig_set_up, rig_tear_down) +
		cmocka_run_group_tests_name("restart without extensions", tests, set_up_without,
			rig_tear_down);
}
