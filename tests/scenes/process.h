// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A process of the guest for tests that look at every texel: kernels that write, copy, store and
 * read, passes that clear and sample, and what they should leave.
 */
#ifndef TESTS_SCENES_PROCESS_H
#define TESTS_SCENES_PROCESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mtl/mtl.h"

enum { SIDE = 16, PITCH = 256, BYTES = PITCH * SIDE, PAGE = 4096 };
enum { FORMAT_FLOAT4 = 31, RGBA32_FLOAT = 125 };

// One process of the guest with what most cases need.
struct process {
	struct pvg_mtl mtl;
	const uint8_t *library; // borrowed: of tests/render
	size_t library_bytes;
	uint32_t fill, copy, image, read; // kernels
	uint32_t sample, points; // pipelines: a texture on a quad; points in their colours
	uint32_t points_float; // the same for RGBA32Float
	uint32_t nearest, quad;
	uint32_t target; // RGBA8, what @sample draws into
	uint32_t out; // what is read of it
	uint8_t *out_bytes;
};

/* ---- a process ---------------------------------------------------------------------------- */

static inline uint32_t function(struct process *p, const char *name) {
	return pvg_mtl_named_function(&p->mtl, p->library, (uint32_t)p->library_bytes, name);
}

static inline uint32_t kernel(struct process *p, const char *name) {
	return pvg_mtl_compute_pipeline(&p->mtl, function(p, name));
}

static inline uint32_t pipeline(struct process *p, const char *fragment, uint32_t format) {
	struct pvg_enc_render_pipeline desc = {
		.vertex_function = function(p, "v_color"),
		.fragment_function = function(p, fragment),
		.attribute_count = 2,
		.attributes = { { 0, FORMAT_FLOAT4, 0, 0 }, { 1, FORMAT_FLOAT4, 16, 0 } },
		.layout_count = 1,
		.layouts = { { 0, 1, 1, 32 } },
		.colour_count = 1,
		.colours = { { .format = format, .write_mask = 0xf } },
	};
	return pvg_mtl_render_pipeline(&p->mtl, &desc);
}

static inline uint32_t linear(struct process *p, uint16_t format, uint8_t element_bytes) {
	struct pvg_mtl_texture t = {
		.type = 2,
		.storage = MTL_PRIVATE,
		.usage = MTL_USAGE_READ | MTL_USAGE_TARGET,
		.format = format,
		.width = SIDE,
		.height = SIDE,
		.element_bytes = element_bytes,
	};
	return pvg_mtl_texture(&p->mtl, &t);
}

static inline void open_process(struct process *p, struct pvg_drv *drv, uint32_t task,
	const uint8_t *library, size_t library_bytes) {
	static const float quad[4][8] = {
		{ -1, 1, 0, 1, 0, 0, 0, 1 },
		{ 1, 1, 0, 1, 1, 0, 0, 1 },
		{ -1, -1, 0, 1, 0, 1, 0, 1 },
		{ 1, -1, 0, 1, 1, 1, 0, 1 },
	};
	uint8_t *bytes;
	p->library = library;
	p->library_bytes = library_bytes;
	assert_true(pvg_mtl_open(&p->mtl, drv, task));
	p->fill = kernel(p, "k_fill");
	p->copy = kernel(p, "k_copy");
	p->image = kernel(p, "k_image");
	p->read = kernel(p, "k_read");
	p->sample = pipeline(p, "f_texture", MTL_RGBA8);
	p->points = pipeline(p, "f_color", MTL_BGRA8);
	p->points_float = pipeline(p, "f_color", RGBA32_FLOAT);
	p->nearest = pvg_mtl_sampler(&p->mtl, &(struct pvg_mtl_sampler){ .linear = false });
	p->quad = pvg_mtl_buffer(&p->mtl, sizeof(quad), &bytes);
	memcpy(bytes, quad, sizeof(quad));
	p->target = linear(p, MTL_RGBA8, 4);
	p->out = pvg_mtl_buffer(&p->mtl, BYTES, &p->out_bytes);
	assert_null(p->mtl.drv->error);
}

static inline uint32_t commit(struct process *p) {
	uint32_t signal = pvg_mtl_commit(&p->mtl);
	assert_int_not_equal(signal, 0);
	return signal;
}

static inline void finish(struct process *p) {
	if (!pvg_mtl_wait(&p->mtl, commit(p))) {
		fail_msg("%s", p->mtl.drv->error);
	}
	assert_null(p->mtl.drv->error);
}

/* ---- what the GPU does -------------------------------------------------------------------- */

static inline void begin_compute(struct process *p, uint32_t pso) {
	pvg_mtl_segment(&p->mtl, PVG_ENC_SEGMENT_COMPUTE);
	MTL_COMPUTE(&p->mtl, 0xd0, pso);
}

static inline void bind_buffer(struct process *p, uint32_t slot, uint32_t ref, uint64_t offset) {
	pvg_mtl_bind(&p->mtl, PVG_ENC_COMPUTE, 0xcb, slot, ref, offset);
}

static inline void dispatch(struct process *p, uint32_t width, uint32_t height) {
	pvg_mtl_dispatch(&p->mtl, (const uint32_t[]){ width, height, 1 },
		(const uint32_t[]){ 1, 1, 1 }, false);
}

// Word n of @count becomes n + 1.
static inline void fill(struct process *p, uint32_t buffer, uint64_t offset, uint32_t count) {
	begin_compute(p, p->fill);
	bind_buffer(p, 0, buffer, offset);
	dispatch(p, count, 1);
}

static inline void copy(struct process *p, uint32_t from, uint64_t offset, uint32_t to,
	uint64_t to_offset, uint32_t count) {
	begin_compute(p, p->copy);
	bind_buffer(p, 0, from, offset);
	bind_buffer(p, 1, to, to_offset);
	dispatch(p, count, 1);
}

static inline void begin_pass(struct process *p, uint32_t target, uint8_t load,
	const uint8_t rgba[4]) {
	struct pvg_mtl_pass pass = {
		.width = SIDE,
		.height = SIDE,
		.colors[0] = { .ref = target, .load = load, .store = MTL_STORE },
	};
	for (unsigned int i = 0; i < 4 && rgba != NULL; i++) {
		pass.colors[0].clear[i] = pvg_mtl_f64(rgba[i], 255);
	}
	pvg_mtl_pass(&p->mtl, &pass);
	pvg_mtl_viewport(&p->mtl, 0, 0, SIDE, SIDE);
}

static inline void clear(struct process *p, uint32_t target, uint8_t r, uint8_t g, uint8_t b,
	uint8_t a) {
	begin_pass(p, target, MTL_CLEAR, (const uint8_t[]){ r, g, b, a });
}

// Draws the texture over the whole of the process's target, and copies that to its buffer.
static inline void sample(struct process *p, uint32_t texture) {
	clear(p, p->target, 1, 2, 3, 4);
	MTL_RENDER(&p->mtl, 0x74, p->sample);
	pvg_mtl_bind(&p->mtl, PVG_ENC_RENDER, 0x7d, 0, p->quad, 0);
	pvg_mtl_bind(&p->mtl, PVG_ENC_RENDER, 0x72, 0, texture, 0);
	pvg_mtl_bind(&p->mtl, PVG_ENC_RENDER, 0x70, 0, p->nearest, 0);
	pvg_mtl_draw(&p->mtl, MTL_TRIANGLE_STRIP, 0, 4, 1);
	pvg_mtl_segment(&p->mtl, PVG_ENC_SEGMENT_BLIT);
	MTL_BLIT(&p->mtl, 0x12e, p->target, p->out, 0, 0, 0, SIDE, SIDE, 1, 0, PITCH, BYTES, 0, 0,
		0);
}

static inline uint32_t over(struct process *p, uint32_t buffer, uint64_t offset, uint16_t format) {
	const struct pvg_mtl_texture t = {
		.type = 2,
		.usage = MTL_USAGE_READ | MTL_USAGE_WRITE | MTL_USAGE_TARGET,
		.format = format,
		.width = SIDE,
		.height = SIDE,
	};
	return pvg_mtl_buffer_texture(&p->mtl, buffer, offset, PITCH, &t);
}

/* ---- what is expected --------------------------------------------------------------------- */

static inline uint32_t word(const uint8_t *bytes, uint32_t x, uint32_t y) {
	uint32_t value;
	memcpy(&value, bytes + y * PITCH + x * 4, 4);
	return value;
}

// Red and blue exchanged: BGRA8 drawn onto RGBA8.
static inline uint32_t swapped(uint32_t texel) {
	return (texel & 0xff00ff00) | (texel & 0xff) << 16 | (texel >> 16 & 0xff);
}

static inline uint32_t rgba(uint8_t r, uint8_t g, uint8_t b, uint8_t a) {
	return r | (uint32_t)g << 8 | (uint32_t)b << 16 | (uint32_t)a << 24;
}

typedef uint32_t (*expected_fn)(uint32_t x, uint32_t y);

static inline uint32_t filled(uint32_t x, uint32_t y) { // what k_fill leaves in rows of PITCH
	return y * (PITCH / 4) + x + 1;
}

static inline uint32_t painted(uint32_t x, uint32_t y) { // what k_image leaves
	return rgba((uint8_t)(x * 17), (uint8_t)(y * 17), 64, 255);
}

static inline void expect(const uint8_t *bytes, expected_fn expected, uint32_t first_row,
	uint32_t end_row) {
	for (uint32_t y = first_row; y < end_row; y++) {
		for (uint32_t x = 0; x < SIDE; x++) {
			if (word(bytes, x, y) != expected(x, y)) {
				fail_msg("%u, %u is %08x, not %08x", x, y, word(bytes, x, y),
					expected(x, y));
			}
		}
	}
}

static inline void expect_color(const uint8_t *bytes, uint32_t color, uint32_t first_row,
	uint32_t end_row) {
	for (uint32_t y = first_row; y < end_row; y++) {
		for (uint32_t x = 0; x < SIDE; x++) {
			if (word(bytes, x, y) != color) {
				fail_msg("%u, %u is %08x, not %08x", x, y, word(bytes, x, y),
					color);
			}
		}
	}
}

#endif
