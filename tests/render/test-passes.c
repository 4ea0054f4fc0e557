// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Passes without draws: loads, clears, stores, resolves, attachments of every kind; visibility.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "render/gles/blitter.h"
#include "render/gles/gles.h"
#include "render/gles/timeline.h"
#include "seam.h"

static void set_color(struct pvg_gpu_pass *pass, int index, double r, double g, double b,
	double a) {
	double *c = pass->colors[index].clear.color;
	c[0] = r;
	c[1] = g;
	c[2] = b;
	c[3] = a;
}

static void clears_are_encoded_for_the_format(void **state) {
	struct seam *s = *state;
	static const struct {
		uint16_t format;
		double color[4];
		uint8_t count, bytes[16];
	} rows[] = {
		{ 70, { 1, 0.2, 0, 0.4 }, 4, { 255, 51, 0, 102 } },
		{ 80, { 1, 0.2, 0, 0.4 }, 4, { 0, 51, 255, 102 } },
		{ 71, { 0.5, 1, 0, 0.2 }, 4, { 188, 255, 0, 51 } }, // linear, encoded once
		{ 81, { 0.5, 1, 0, 0.2 }, 4, { 0, 255, 188, 51 } },
		{ 1, { 1, 1, 1, 0.2 }, 1, { 51 } },
		{ 10, { 0.2, 1, 1, 1 }, 1, { 51 } },
		{ 94, { 1, 0, 0, 1 }, 4, { 0, 0, 0xf0, 0xff } },
		{ 90, { 1, 0, 0, 1 }, 4, { 0xff, 0x03, 0, 0xc0 } },
		{ 53, { 4000000000.0, 0, 0, 0 }, 4, { 0x00, 0x28, 0x6b, 0xee } },
		{ 54, { -2, 0, 0, 0 }, 4, { 0xfe, 0xff, 0xff, 0xff } },
		{ 74, { -300, 300, -1, 1 }, 4, { 0x80, 0x7f, 0xff, 1 } },
		{ 115, { 1, 2, NAN, -1 }, 8, { 0, 0x3c, 0, 0x40, 0, 0, 0, 0xbc } },
		{ 125, { 1, 2, 0, -1 }, 16,
			{ 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0x80, 0xbf } },
		{ 40, { 0, 0, 1, 1 }, 2, { 0x1f, 0 } },
		{ 43, { 0, 0, 1, 1 }, 2, { 0x1f, 0x80 } },
		{ 43, { 1, 0, 0, 0 }, 2, { 0x00, 0x7c } },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pvg_gpu_image *image =
			seam_image(s, PVG_GPU_2D, rows[i].format, 3, 2, 1, 1, 1, 1);
		struct pvg_gpu_view *view = seam_view(s, image, rows[i].format);
		struct pvg_gpu_buffer *b = seam_buffer(s, 256);
		struct pvg_gpu_pass *pass = seam_begin(s, view, 3, 2);
		set_color(pass, 0, rows[i].color[0], rows[i].color[1], rows[i].color[2],
			rows[i].color[3]);
		seam_end(s);
		seam_read(s, b, 0, 0, image, 0, 0, 3, 2);
		seam_run(s);
		for (uint32_t p = 0; p < 6; p++) {
			if (memcmp(b->map + p * rows[i].count, rows[i].bytes, rows[i].count) != 0) {
				print_error("format %u: %02x %02x %02x %02x\n", rows[i].format,
					b->map[0], b->map[1], b->map[2], b->map[3]);
			}
			assert_memory_equal(b->map + p * rows[i].count, rows[i].bytes,
				rows[i].count);
		}
		seam_destroy_buffer(s, b);
		seam_destroy_view(s, view);
		seam_destroy_image(s, image);
	}
}

// What is declared linear and what is declared sRGB may be one image, and may be in one pass.
static void srgb_and_linear_attachments_share_a_pass(void **state) {
	struct seam *s = *state;
	struct pvg_gpu_image *images[3];
	struct pvg_gpu_view *views[3];
	static const uint16_t formats[3] = { 80, 81, 115 };
	for (int i = 0; i < 3; i++) {
		images[i] = seam_image(s, PVG_GPU_2D, i == 2 ? 115 : 80, 4, 4, 1, 1, 1, 1);
		views[i] = seam_view(s, images[i], formats[i]);
	}
	struct pvg_gpu_buffer *b = seam_buffer(s, 512);
	struct pvg_gpu_pass *pass = seam_begin(s, views[0], 4, 4);
	for (int i = 0; i < 3; i++) {
		pass->colors[i * 2] = pass->colors[0]; // with gaps
		pass->colors[i * 2].view = views[i];
		set_color(pass, i * 2, 0.5, 0.5, 0.5, 0.5);
	}
	seam_end(s);
	for (int i = 0; i < 3; i++) {
		seam_read(s, b, (uint64_t)i * 128, 0, images[i], 0, 0, 4, 4);
	}
	seam_run(s);
	assert_in_range(b->map[0], 127, 128);
	assert_int_equal(b->map[128], 188);
	assert_in_range(b->map[131], 127, 128);
	assert_int_equal(b->map[257], 0x38);
	assert_int_equal(gles_renderer(s->r)->pass.open, false);
	for (int i = 0; i < 3; i++) {
		seam_destroy_view(s, views[i]);
		seam_destroy_image(s, images[i]);
	}
	seam_destroy_buffer(s, b);
}

static void a_pass_keeps_what_it_loads_and_what_lies_outside(void **state) {
	struct seam *s = *state;
	struct pvg_gpu_image *image = seam_image(s, PVG_GPU_2D, 80, 8, 8, 1, 1, 1, 1);
	struct pvg_gpu_view *view = seam_view(s, image, 80);
	struct pvg_gpu_buffer *b = seam_buffer(s, 1024);
	memset(b->map, 7, 256);
	seam_upload(s, b, 0, 0, image, 0, 0, 8, 8);
	struct pvg_gpu_pass *pass = seam_begin(s, view, 8, 8);
	pass->colors[0].load = PVG_GPU_LOAD;
	seam_end(s);
	pass = seam_begin(s, view, 5, 3); // smaller than the attachment
	set_color(pass, 0, 1, 1, 1, 1);
	seam_end(s);
	seam_read(s, b, 256, 0, image, 0, 0, 8, 8);
	seam_run(s);
	for (uint32_t y = 0; y < 8; y++) {
		for (uint32_t x = 0; x < 8; x++) {
			int want = x < 5 && y < 3 ? 255 : 7;
			assert_int_equal(b->map[256 + (y * 8 + x) * 4], want);
		}
	}
	seam_destroy_buffer(s, b);
	seam_destroy_view(s, view);
	seam_destroy_image(s, image);
}

static void levels_slices_and_planes_are_honoured(void **state) {
	struct seam *s = *state;
	static const struct {
		uint8_t kind;
		uint16_t level, slice, plane;
	} rows[] = { { PVG_GPU_2D_ARRAY, 1, 2, 0 }, { PVG_GPU_3D, 0, 0, 3 },
		{ PVG_GPU_CUBE, 1, 4, 0 }, { PVG_GPU_CUBE_ARRAY, 0, 9, 0 }, { PVG_GPU_3D, 1, 0, 1 },
		{ PVG_GPU_1D, 0, 0, 0 } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t kind = rows[i].kind;
		uint16_t layers = kind == PVG_GPU_2D_ARRAY ? 4 : kind == PVG_GPU_CUBE_ARRAY ? 2 : 1;
		uint32_t high = kind == PVG_GPU_1D ? 1 : 8;
		struct pvg_gpu_image *image = seam_image(s, kind, 80, 8, high,
			kind == PVG_GPU_3D ? 4 : 1, kind == PVG_GPU_1D ? 1 : 2, layers, 1);
		struct pvg_gpu_view *view = seam_view(s, image, 80);
		struct pvg_gpu_buffer *b = seam_buffer(s, 4096);
		uint32_t side = 8u >> rows[i].level;
		struct pvg_gpu_pass *pass = seam_begin(s, view, side, high == 1 ? 1 : side);
		pass->colors[0].level = rows[i].level;
		pass->colors[0].slice = rows[i].slice;
		pass->colors[0].plane = rows[i].plane;
		set_color(pass, 0, 1, 1, 1, 1);
		seam_end(s);
		uint32_t painted = 0;
		uint32_t slices = gles_image(image)->slices;
		for (uint32_t level = 0; level < gles_image(image)->desc.levels; level++) {
			uint32_t w = 8u >> level, h = high == 1 ? 1 : w;
			uint32_t planes = kind == PVG_GPU_3D ? 4u >> level : 1;
			for (uint32_t k = 0; k < slices * planes; k++) {
				struct pvg_gpu_transfer *t = seam_read(s, b, 0, 0, image,
					(uint16_t)level, (uint16_t)(planes > 1 ? 0 : k), w, h);
				t->at.z = planes > 1 ? k : 0;
				seam_run(s);
				bool here = level == rows[i].level &&
					k == (kind == PVG_GPU_3D ? rows[i].plane : rows[i].slice);
				for (uint32_t p = 0; p < w * h; p++) {
					assert_int_equal(b->map[p * 4], here ? 255 : 0);
				}
				painted += here;
			}
		}
		assert_int_equal(painted, 1);
		seam_destroy_buffer(s, b);
		seam_destroy_view(s, view);
		seam_destroy_image(s, image);
	}
}

static void layered_passes_clear_their_layers(void **state) {
	struct seam *s = *state;
	struct pvg_gpu_image *image = seam_image(s, PVG_GPU_2D_ARRAY, 80, 4, 4, 1, 1, 6, 1);
	struct pvg_gpu_view *view = seam_view(s, image, 80);
	struct pvg_gpu_buffer *b = seam_buffer(s, 64);
	static const uint32_t layers[] = { 6, 3 };
	for (int i = 0; i < 2; i++) {
		struct pvg_gpu_pass *pass = seam_begin(s, view, 4, 4);
		pass->layers = layers[i];
		set_color(pass, 0, i, i, i, 1);
		seam_end(s);
	}
	for (uint16_t slice = 0; slice < 6; slice++) {
		seam_read(s, b, 0, 0, image, 0, slice, 4, 4);
		seam_run(s);
		assert_int_equal(b->map[0], slice < 3 ? 255 : 0);
		assert_int_equal(b->map[3], 255);
	}
	seam_destroy_buffer(s, b);
	seam_destroy_view(s, view);
	seam_destroy_image(s, image);
}

static void depth_and_stencil_are_cleared(void **state) {
	struct seam *s = *state;
	struct pvg_gpu_image *image = seam_image(s, PVG_GPU_2D, 260, 4, 4, 1, 1, 1, 1);
	struct pvg_gpu_view *view = seam_view(s, image, 260);
	struct pvg_gpu_view *stencil = seam_view(s, image, 261);
	struct pvg_gpu_buffer *b = seam_buffer(s, 512);
	struct pvg_gpu_pass *pass = seam_begin(s, view, 4, 4);
	pass->depth.clear.depth = 0.75;
	pass->stencil.clear.stencil = 0x142;
	seam_end(s);
	pass = seam_begin(s, view, 4, 2); // depth alone, of two rows
	pass->depth.clear.depth = 7;
	pass->stencil.load = PVG_GPU_LOAD;
	seam_end(s);
	pass = seam_begin(s, view, 4, 4); // two views of one image
	pass->depth.load = PVG_GPU_LOAD;
	pass->stencil.view = stencil;
	pass->stencil.clear.stencil = 9;
	seam_end(s);
	seam_read(s, b, 0, 0, image, 0, 0, 4, 4);
	seam_run(s);
	for (uint32_t i = 0; i < 16; i++) {
		float depth;
		memcpy(&depth, b->map + i * 8, 4);
		assert_true(depth == (i < 8 ? 1.0f : 0.75f));
		assert_int_equal(b->map[i * 8 + 4], 9);
	}
	seam_destroy_buffer(s, b);
	seam_destroy_view(s, view);
	seam_destroy_view(s, stencil);
	seam_destroy_image(s, image);
}

// Paints one sample of every pixel through GL itself, as no seam command does without a shader.
static void paint_sample(struct gles_renderer *r, struct pvg_gpu_view *base, GLuint sample,
	const float color[4], float depth, GLint stencil) {
	static const char *const vertex = "#version 320 es\nuniform highp float z;\nvoid main() {\n"
					  "gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0,\n"
					  "gl_VertexID == 2 ? 3.0 : -1.0, z, 1.0); }\n";
	static const char *const fragment =
		"#version 320 es\nprecision highp float;\n"
		"uniform vec4 c;\nout vec4 o;\nvoid main() { o = c; }\n";
	const char *const sources[2] = { vertex, fragment };
	GLuint id = glCreateProgram(), fbo, vertices;
	for (int i = 0; i < 2; i++) {
		GLuint shader = glCreateShader(i == 0 ? GL_VERTEX_SHADER : GL_FRAGMENT_SHADER);
		glShaderSource(shader, 1, &sources[i], NULL);
		glCompileShader(shader);
		glAttachShader(id, shader);
		glDeleteShader(shader);
	}
	glLinkProgram(id);
	glGenFramebuffers(1, &fbo);
	glGenVertexArrays(1, &vertices);
	struct gles_view *view = gles_view(base);
	GLenum point = view->format->value < GLES_DEPTH ? GL_COLOR_ATTACHMENT0
							: GL_DEPTH_STENCIL_ATTACHMENT;
	gles_blitter_state(r);
	glBindFramebuffer(GL_FRAMEBUFFER, fbo);
	glFramebufferTexture2D(GL_FRAMEBUFFER, point, view->target, view->texture, 0);
	glDrawBuffers(1, &(GLenum){ point == GL_COLOR_ATTACHMENT0 ? point : GL_NONE });
	glEnable(GL_SAMPLE_MASK);
	glSampleMaski(0, 1u << sample);
	glViewport(0, 0, (GLsizei)view->width, (GLsizei)view->height);
	glUseProgram(id);
	glUniform1f(glGetUniformLocation(id, "z"), depth * 2 - 1);
	glUniform4fv(glGetUniformLocation(id, "c"), 1, color);
	glBindVertexArray(vertices);
	if (point != GL_COLOR_ATTACHMENT0) {
		glEnable(GL_DEPTH_TEST);
		glDepthFunc(GL_ALWAYS);
		glEnable(GL_STENCIL_TEST);
		glStencilFunc(GL_ALWAYS, stencil, 0xff);
		glStencilOp(GL_REPLACE, GL_REPLACE, GL_REPLACE);
	}
	glDrawArrays(GL_TRIANGLES, 0, 3);
	glDisable(GL_SAMPLE_MASK);
	glDisable(GL_DEPTH_TEST);
	glDisable(GL_STENCIL_TEST);
	glDeleteProgram(id);
	glDeleteFramebuffers(1, &fbo);
	glDeleteVertexArrays(1, &vertices);
	gles_state_forget(r);
}

static void resolves_average_in_linear_light(void **state) {
	struct seam *s = *state;
	static const struct {
		uint16_t image, view;
		uint8_t want;
	} rows[] = { { 80, 80, 64 }, { 70, 70, 64 }, { 81, 81, 137 }, { 80, 81, 137 },
		{ 71, 71, 137 }, { 81, 80, 64 } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pvg_gpu_image *many =
			seam_image(s, PVG_GPU_2D_MS, rows[i].image, 4, 4, 1, 1, 1, 4);
		struct pvg_gpu_image *one =
			seam_image(s, PVG_GPU_2D_ARRAY, rows[i].image, 8, 8, 1, 2, 3, 1);
		struct pvg_gpu_view *from = seam_view(s, many, rows[i].view);
		struct pvg_gpu_view *to = seam_view(s, one, rows[i].view);
		struct pvg_gpu_buffer *b = seam_buffer(s, 256);
		// A quarter of the samples is white: 0.25 is 64, or 137 in sRGB.
		seam_begin(s, from, 4, 4);
		seam_end(s);
		seam_run(s);
		paint_sample(gles_renderer(s->r), from, 2, (float[]){ 1, 1, 1, 1 }, 0, 0);
		struct pvg_gpu_pass *pass = seam_begin(s, from, 4, 4);
		pass->colors[0].load = PVG_GPU_LOAD;
		pass->colors[0].store = PVG_GPU_STORE_AND_RESOLVE;
		pass->colors[0].resolve = to;
		pass->colors[0].resolve_level = 1;
		pass->colors[0].resolve_slice = 2;
		seam_end(s);
		seam_read(s, b, 0, 0, one, 1, 2, 4, 4);
		seam_read(s, b, 64, 0, one, 1, 1, 4, 4);
		seam_run(s);
		for (uint32_t p = 0; p < 16; p++) {
			if (abs(b->map[p * 4] - rows[i].want) > 1) {
				print_error("format %u as %u\n", rows[i].image, rows[i].view);
			}
			assert_in_range(b->map[p * 4], rows[i].want - 1, rows[i].want + 1);
			assert_in_range(b->map[p * 4 + 3], 63, 64);
			assert_int_equal(b->map[64 + p * 4], 0);
		}
		seam_destroy_buffer(s, b);
		seam_destroy_view(s, from);
		seam_destroy_view(s, to);
		seam_destroy_image(s, many);
		seam_destroy_image(s, one);
	}
}

// A host may make more samples than were asked for: all of them are averaged.
static void two_samples_are_averaged(void **state) {
	struct seam *s = *state;
	static const uint16_t formats[] = { 80, 81 };
	for (int i = 0; i < 2; i++) {
		struct pvg_gpu_image *many =
			seam_image(s, PVG_GPU_2D_MS, formats[i], 4, 4, 1, 1, 1, 2);
		struct pvg_gpu_image *one = seam_image(s, PVG_GPU_2D, formats[i], 4, 4, 1, 1, 1, 1);
		struct pvg_gpu_view *from = seam_view(s, many, formats[i]);
		struct pvg_gpu_view *to = seam_view(s, one, formats[i]);
		struct pvg_gpu_buffer *b = seam_buffer(s, 64);
		seam_begin(s, from, 4, 4);
		seam_end(s);
		seam_run(s);
		GLint samples = gles_image(many)->samples;
		assert_true(samples >= 2);
		for (GLint k = samples / 2; k < samples; k++) {
			paint_sample(gles_renderer(s->r), from, (GLuint)k, (float[]){ 1, 1, 1, 1 },
				0, 0);
		}
		struct pvg_gpu_pass *pass = seam_begin(s, from, 4, 4);
		pass->colors[0].load = PVG_GPU_LOAD;
		pass->colors[0].store = PVG_GPU_STORE_RESOLVE;
		pass->colors[0].resolve = to;
		seam_end(s);
		seam_read(s, b, 0, 0, one, 0, 0, 4, 4);
		seam_run(s);
		assert_in_range(b->map[0], i == 0 ? 127 : 187, i == 0 ? 128 : 188);
		seam_destroy_buffer(s, b);
		seam_destroy_view(s, from);
		seam_destroy_view(s, to);
		seam_destroy_image(s, many);
		seam_destroy_image(s, one);
	}
}

static void depth_and_stencil_resolve_by_their_filters(void **state) {
	struct seam *s = *state;
	struct pvg_gpu_image *many = seam_image(s, PVG_GPU_2D_MS, 260, 4, 4, 1, 1, 1, 4);
	struct pvg_gpu_image *one = seam_image(s, PVG_GPU_2D, 260, 4, 4, 1, 1, 1, 1);
	struct pvg_gpu_view *from = seam_view(s, many, 260), *to = seam_view(s, one, 260);
	struct pvg_gpu_buffer *b = seam_buffer(s, 128);
	static const float depths[4] = { 0.5f, 0.25f, 0.875f, 0.75f };
	seam_begin(s, from, 4, 4);
	seam_end(s);
	seam_run(s);
	for (GLuint i = 0; i < 4; i++) {
		paint_sample(gles_renderer(s->r), from, i, (float[4]){ 0 }, depths[i],
			(GLint)i * 50 + 5);
	}
	static const struct {
		uint8_t depth_filter, stencil_filter;
		float depth;
		uint8_t stencil;
	} rows[] = { { 0, 0, 0.5f, 5 }, { 1, 0, 0.25f, 5 }, { 2, 0, 0.875f, 5 },
		{ 1, 1, 0.25f, 55 }, { 2, 1, 0.875f, 105 }, { 0, 1, 0.5f, 5 } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pvg_gpu_pass *pass = seam_begin(s, from, 4, 4);
		pass->depth.load = pass->stencil.load = PVG_GPU_LOAD;
		pass->depth.resolve = pass->stencil.resolve = to;
		pass->depth.resolve_filter = rows[i].depth_filter;
		pass->stencil.resolve_filter = rows[i].stencil_filter;
		// The store actions that count are those of the end.
		struct pvg_gpu_stores stores = { .depth = PVG_GPU_STORE_AND_RESOLVE,
			.stencil = PVG_GPU_STORE_AND_RESOLVE };
		seam_add(s, PVG_GPU_OP_END_PASS)->stores = seam_keep(s, &stores, sizeof(stores));
		seam_read(s, b, 0, 0, one, 0, 0, 4, 4);
		seam_run(s);
		for (uint32_t p = 0; p < 16; p++) {
			float depth;
			memcpy(&depth, b->map + p * 8, 4);
			assert_true(fabsf(depth - rows[i].depth) < 1e-6f);
			assert_int_equal(b->map[p * 8 + 4], rows[i].stencil);
		}
	}
	seam_destroy_buffer(s, b);
	seam_destroy_view(s, from);
	seam_destroy_view(s, to);
	seam_destroy_image(s, many);
	seam_destroy_image(s, one);
}

/* Into a level and slice that is not the first, and nothing beside it changes. */
static void depth_and_stencil_resolve_into_levels_and_slices(void **state) {
	struct seam *s = *state;
	struct pvg_gpu_image *many = seam_image(s, PVG_GPU_2D_MS, 260, 4, 4, 1, 1, 1, 4);
	struct pvg_gpu_image *array = seam_image(s, PVG_GPU_2D_ARRAY, 260, 8, 8, 1, 2, 3, 1);
	struct pvg_gpu_view *from = seam_view(s, many, 260), *to = seam_view(s, array, 260);
	struct pvg_gpu_buffer *b = seam_buffer(s, 1024);
	for (uint32_t aspects = 1; aspects < 4; aspects++) {
		for (uint16_t slice = 0; slice < 3; slice++) { // what was there
			for (uint16_t level = 0; level < 2; level++) {
				struct pvg_gpu_pass *pass =
					seam_begin(s, to, 8u >> level, 8u >> level);
				pass->depth.level = pass->stencil.level = level;
				pass->depth.slice = pass->stencil.slice = slice;
				pass->depth.load = pass->stencil.load = PVG_GPU_LOAD_CLEAR;
				pass->depth.store = pass->stencil.store = PVG_GPU_STORE;
				pass->depth.clear.depth = 0.25;
				pass->stencil.clear.stencil = 9;
				seam_end(s);
			}
		}
		struct pvg_gpu_pass *pass = seam_begin(s, from, 4, 4);
		struct pvg_gpu_attachment *two[] = { &pass->depth, &pass->stencil };
		pass->depth.clear.depth = 0.75;
		pass->stencil.clear.stencil = 77;
		for (uint32_t i = 0; i < 2; i++) {
			two[i]->load = PVG_GPU_LOAD_CLEAR;
			two[i]->store = PVG_GPU_STORE;
			if (aspects >> i & 1) {
				two[i]->store = PVG_GPU_STORE_RESOLVE;
				two[i]->resolve = to;
				two[i]->resolve_level = 1;
				two[i]->resolve_slice = 2;
			}
		}
		seam_end(s);
		for (uint16_t i = 0; i < 6; i++) {
			uint16_t level = i & 1, slice = i / 2;
			bool here = level == 1 && slice == 2;
			seam_read(s, b, 0, 0, array, level, slice, 8u >> level, 8u >> level);
			seam_run(s);
			for (uint32_t p = 0; p < 64u >> 2 * level; p++) {
				float depth;
				memcpy(&depth, b->map + p * 8, 4);
				float want = here && aspects & 1 ? 0.75f : 0.25f;
				assert_true(fabsf(depth - want) < 1e-6f);
				assert_int_equal(b->map[p * 8 + 4], here && aspects & 2 ? 77 : 9);
			}
		}
	}
	seam_destroy_buffer(s, b);
	seam_destroy_view(s, from);
	seam_destroy_view(s, to);
	seam_destroy_image(s, many);
	seam_destroy_image(s, array);
}

static void impossible_passes_are_refused(void **state) {
	struct seam *s = *state;
	struct pvg_gpu_image *image = seam_image(s, PVG_GPU_2D_ARRAY, 80, 4, 4, 1, 2, 2, 1);
	struct pvg_gpu_view *view = seam_view(s, image, 80);
	struct pvg_gpu_buffer *b = seam_buffer(s, 64);
	seam_begin(s, view, 4, 4)->colors[0].level = 2;
	seam_end(s);
	seam_begin(s, view, 4, 4)->colors[0].slice = 2;
	seam_end(s);
	seam_begin(s, view, 4, 4)->layers = 3;
	seam_end(s);
	struct pvg_gpu_pass *pass = seam_begin(s, view, 4, 4);
	pass->colors[0].resolve = view;
	pass->colors[0].resolve_slice = 2;
	seam_end(s);
	// A renderer that stumbled would have painted something.
	seam_read(s, b, 0, 0, image, 0, 0, 4, 4);
	seam_run(s);
	assert_int_equal(seam_refusals, 4);
	for (int i = 0; i < 64; i++) {
		assert_int_equal(b->map[i], 0);
	}
	seam_destroy_buffer(s, b);
	seam_destroy_view(s, view);
	seam_destroy_image(s, image);
}

static void framebuffers_do_not_outlive_their_views(void **state) {
	struct seam *s = *state;
	// New textures get the names of old ones: a stale framebuffer would paint nothing.
	for (int i = 0; i < 50; i++) {
		struct pvg_gpu_image *image =
			seam_image(s, PVG_GPU_2D, i % 2 ? 80 : 115, 4, 4, 1, 1, 1, 1);
		struct pvg_gpu_view *view = seam_view(s, image, i % 2 ? 80 : 115);
		struct pvg_gpu_buffer *b = seam_buffer(s, 128);
		set_color(seam_begin(s, view, 4, 4), 0, 1, 1, 1, 1);
		seam_end(s);
		seam_read(s, b, 0, 0, image, 0, 0, 4, 4);
		seam_run(s);
		assert_int_equal(b->map[1], i % 2 ? 255 : 0x3c);
		seam_destroy_buffer(s, b);
		seam_destroy_view(s, view);
		seam_destroy_image(s, image);
	}
}

static void attachments_that_are_read_are_found_and_copied(void **state) {
	struct seam *s = *state;
	struct gles_renderer *r = gles_renderer(s->r);
	struct pvg_gpu_image *image = seam_image(s, PVG_GPU_2D_ARRAY, 80, 4, 4, 1, 2, 3, 1);
	struct pvg_gpu_view *all = seam_view(s, image, 80);
	struct pvg_gpu_view_desc desc = { .kind = PVG_GPU_2D,
		.format = 81,
		.first_level = 0,
		.levels = 1,
		.first_slice = 1,
		.slices = 1,
		.swizzle = { 2, 3, 4, 5 } };
	struct pvg_gpu_view *same = s->r->ops->view_create(s->r, image, &desc);
	desc.first_slice = 2;
	struct pvg_gpu_view *slice = s->r->ops->view_create(s->r, image, &desc);
	desc.first_slice = 1;
	desc.first_level = 1;
	struct pvg_gpu_view *level = s->r->ops->view_create(s->r, image, &desc);
	struct pvg_gpu_pass *pass = seam_begin(s, all, 4, 4);
	pass->colors[0].slice = 1;
	set_color(pass, 0, 1, 0, 0, 1);
	gles_cmd_begin_pass(r, pass);
	assert_true(gles_pass_conflict(r, gles_view(all)));
	assert_true(gles_pass_conflict(r, gles_view(same)));
	assert_false(gles_pass_conflict(r, gles_view(slice)));
	assert_false(gles_pass_conflict(r, gles_view(level)));
	// A draw has bound its first textures when it asks for the copy.
	for (GLuint unit = 0; unit < 3; unit++) {
		gles_bind_texture(r, unit, GL_TEXTURE_2D_ARRAY, gles_view(all)->texture);
	}
	GLuint copy = gles_pass_copy(r, gles_view(same));
	for (GLuint unit = 0; unit < 3; unit++) {
		GLint bound = 0;
		glActiveTexture(GL_TEXTURE0 + unit);
		glGetIntegerv(GL_TEXTURE_BINDING_2D_ARRAY, &bound);
		assert_int_equal(bound, gles_view(all)->texture);
	}
	GLint fbo = 0;
	glGetIntegerv(GL_DRAW_FRAMEBUFFER_BINDING, &fbo);
	assert_int_equal(fbo, r->pass.fbo);
	gles_state_forget(r);
	assert_true(copy != 0 && copy != gles_view(same)->texture);
	// What a draw samples: the colour of now, as the view shows it.
	struct gles_view shown = *gles_view(same);
	shown.texture = copy;
	float texel[4];
	seam_fetch(s, (struct pvg_gpu_view *)&shown, 0, 1, 1, texel);
	assert_true(texel[0] == 1 && texel[1] == 0 && texel[2] == 0 && texel[3] == 1);
	gles_cmd_end_pass(r, NULL);
	assert_false(gles_pass_conflict(r, gles_view(same)));
	s->count = s->used = 0;
	seam_destroy_view(s, all);
	seam_destroy_view(s, same);
	seam_destroy_view(s, slice);
	seam_destroy_view(s, level);
	seam_destroy_image(s, image);
}

static void visibility_adds_to_what_is_there(void **state) {
	struct seam *s = *state;
	struct gles_renderer *r = gles_renderer(s->r);
	struct pvg_gpu_image *image = seam_image(s, PVG_GPU_2D, 80, 4, 4, 1, 1, 1, 1);
	struct pvg_gpu_view *view = seam_view(s, image, 80);
	struct pvg_gpu_buffer *b = seam_buffer(s, 64);
	uint64_t *results = (uint64_t *)(void *)b->map;
	results[1] = 100;
	static const struct {
		uint8_t mode;
		uint64_t offset;
		bool draws;
	} steps[] = { { 1, 0, true }, { 1, 8, true }, { 2, 16, true }, { 2, 24, false },
		{ 0, 32, true }, { 1, 57, true } };
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		gles_cmd_begin_pass(r, seam_begin(s, view, 4, 4));
		gles_cmd_visibility(r, steps[i].mode, b, steps[i].offset);
		if (steps[i].draws) {
			GLuint fbo = r->pass.fbo;
			paint_sample(r, view, 0, (float[]){ 1, 1, 1, 1 }, 0.5f, 0);
			gles_bind_framebuffer(r, GL_FRAMEBUFFER, fbo);
		}
		gles_cmd_end_pass(r, NULL);
		s->count = s->used = 0;
	}
	seam_run(s);
	assert_int_equal(results[0], 1);
	assert_int_equal(results[1], 101);
	assert_int_equal(results[2], 16); // GLES cannot count: as many as there are
	for (int i = 3; i < 8; i++) {
		assert_int_equal(results[i], 0);
	}
	assert_int_equal(seam_refusals, 1); // the one beyond the buffer
	seam_destroy_buffer(s, b);
	seam_destroy_view(s, view);
	seam_destroy_image(s, image);
}

int main(int argc, char **argv) {
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(clears_are_encoded_for_the_format),
		cmocka_unit_test(srgb_and_linear_attachments_share_a_pass),
		cmocka_unit_test(a_pass_keeps_what_it_loads_and_what_lies_outside),
		cmocka_unit_test(levels_slices_and_planes_are_honoured),
		cmocka_unit_test(layered_passes_clear_their_layers),
		cmocka_unit_test(depth_and_stencil_are_cleared),
		cmocka_unit_test(resolves_average_in_linear_light),
		cmocka_unit_test(two_samples_are_averaged),
		cmocka_unit_test(depth_and_stencil_resolve_by_their_filters),
		cmocka_unit_test(depth_and_stencil_resolve_into_levels_and_slices),
		cmocka_unit_test(impossible_passes_are_refused),
		cmocka_unit_test(framebuffers_do_not_outlive_their_views),
		cmocka_unit_test(attachments_that_are_read_are_found_and_copied),
		cmocka_unit_test(visibility_adds_to_what_is_there),
	};
	return seam_main(tests, sizeof(tests) / sizeof(tests[0]), "passes",
		argc > 1 ? argv[1] : NULL);
}
