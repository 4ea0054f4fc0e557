// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A device with a renderer that moves bytes (fake-gpu.h), one task with mapped memory, and writers
 * of object descriptors.
 */
#ifndef TESTS_UNIT_GPU_RIG_H
#define TESTS_UNIT_GPU_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "device-private.h"
#include "fake-gpu.h"
#include "gpu/memory.h"
#include "rig.h"

#define TASK 1u
#define DATA_GVA 0x1000000u // of the task
#define DATA_GPA 0x800000u
#define DATA_BYTES 0x800000u
#define DESC_GVA 0xf00000u
#define DESC_GPA 0x2e0000u
#define DESC_BYTES 0x8000u // 256 bytes for each ref below 128
#define SURFACE_GVA 0x30000000u // of task 0
#define SURFACE_GPA 0x1000000u

struct gpu_rig {
	struct rig *rig;
	struct fake_gpu fake;
	struct pvg_gpu *gpu;
};

static inline int gpu_setup(void **state) {
	struct gpu_rig *g = calloc(1, sizeof(*g));
	assert_non_null(g);
	g->rig = rig_create(1);
	rig_define_task(g->rig, TASK);
	rig_map(g->rig, TASK, DATA_GVA, DATA_GPA, DATA_BYTES);
	rig_map(g->rig, TASK, DESC_GVA, DESC_GPA, DESC_BYTES);
	fake_gpu_init(&g->fake);
	g->gpu = pvg_gpu_create(g->rig->device, &g->fake.renderer);
	assert_non_null(g->gpu);
	g->rig->device->gpu = g->gpu;
	*state = g;
	return 0;
}

static inline int gpu_teardown(void **state) {
	struct gpu_rig *g = *state;
	g->rig->device->gpu = NULL;
	pvg_gpu_destroy(g->gpu);
	fake_gpu_finish(&g->fake);
	rig_destroy(g->rig);
	free(g);
	return 0;
}

static inline uint32_t word_of(const uint8_t *at) {
	uint32_t value;
	memcpy(&value, at, 4);
	return value;
}

static inline struct pvg_gpu_counters gpu_counters(struct gpu_rig *g) {
	return rig_counters(g->rig).gpu;
}

static inline uint8_t *data_at(struct gpu_rig *g, uint32_t offset) {
	return g->rig->ram + DATA_GPA + offset;
}

/* ---- descriptors ----------------------------------------------------------------------------- */

struct bytes {
	uint8_t at[1024];
	uint32_t size;
};

static inline void add(struct bytes *b, uint64_t value, uint32_t size) {
	for (uint32_t i = 0; i < size; i++) {
		b->at[b->size++] = (uint8_t)(value >> 8 * i);
	}
}

static inline void declare(struct gpu_rig *g, uint32_t ref, uint8_t type, const struct bytes *b) {
	assert_true(b->size <= 1024 && ref * 256 < DESC_BYTES - 1024);
	rig_object(g->rig, TASK, ref, type, DESC_GVA + ref * 256, b->at, b->size);
}

static inline void forget(struct gpu_rig *g, uint32_t ref) {
	RIG_SEND(g->rig, 1, 0x25, TASK, ref);
}

// A type-1 buffer at @offset of the data.
static inline void declare_buffer(struct gpu_rig *g, uint32_t ref, uint32_t offset, uint32_t size) {
	struct bytes b = { .size = 0 };
	add(&b, size, 8);
	add(&b, (DATA_GVA + offset) >> 12, 8);
	declare(g, ref, 1, &b);
}

struct shape {
	uint8_t type, levels, samples, layers, mode; // mode: MTLStorageMode
	uint16_t format;
	uint32_t width, height, depth;
	uint8_t usage;
};

static inline void add_narrow(struct bytes *b, const struct shape *s) {
	add(b, s->type | 0x40u | (uint32_t)s->usage << 8 | (uint32_t)s->format << 16, 4);
	add(b, s->width, 4);
	add(b, s->height, 4);
	add(b, s->depth != 0 ? s->depth : 1, 4);
	add(b, s->levels != 0 ? s->levels : 1, 2);
	add(b, s->samples != 0 ? s->samples : 1, 2);
	add(b, s->layers != 0 ? s->layers : 1, 2);
	add(b, (uint32_t)s->mode << 4, 2);
	add(b, 0, 8);
}

/*
 * A type-2 texture of 4 bytes a texel at @offset of the data: each level's rows padded to 64 bytes,
 * levels behind each other. Returns the bytes of a slice.
 */
static inline uint32_t declare_linear(struct gpu_rig *g, uint32_t ref, uint32_t offset,
	const struct shape *s) {
	uint32_t levels = s->levels != 0 ? s->levels : 1, slices = s->layers != 0 ? s->layers : 1;
	uint32_t sizes[16], strides[16], slice = 0;
	for (uint32_t i = 0; i < levels; i++) {
		uint32_t w = s->width >> i != 0 ? s->width >> i : 1;
		uint32_t h = s->height >> i != 0 ? s->height >> i : 1;
		uint32_t d = s->depth >> i != 0 ? s->depth >> i : 1;
		strides[i] = (w * 4 + 63) & ~63u;
		sizes[i] = strides[i] * h * d;
		slice += sizes[i];
	}
	bool cube = s->type == 5 || s->type == 6;
	struct bytes b = { .size = 0 };
	add(&b, (uint64_t)slice * slices * (cube ? 6 : 1), 8);
	add(&b, (DATA_GVA + offset) >> 12, 4);
	add(&b, levels | (cube ? 1u << 14 : 0), 2);
	add(&b, slices, 2);
	add(&b, 0, 8);
	add(&b, slice, 8);
	add(&b, 0xaaaaaa, 3);
	add(&b, 4, 1);
	for (uint32_t i = 0, at = 0; i < levels; at += sizes[i], i++) {
		add(&b, at, 8);
		add(&b, sizes[i], 8);
		add(&b, strides[i], 8);
		add(&b, s->width >> i != 0 ? s->width >> i : 1, 4);
		add(&b, s->height >> i != 0 ? s->height >> i : 1, 4);
		add(&b, s->depth >> i != 0 ? s->depth >> i : 1, 4);
	}
	add(&b, 1, 4);
	add(&b, 44, 4);
	add(&b, ref, 4);
	add_narrow(&b, s);
	declare(g, ref, 2, &b);
	return slice;
}

// A BGRA surface in task 0 with rows of @stride bytes.
static inline void declare_surface(struct gpu_rig *g, uint32_t ref, uint32_t width, uint32_t height,
	uint32_t stride) {
	rig_surface(g->rig, ref,
		&(struct rig_surface){
			.gva = SURFACE_GVA + (uint64_t)ref * 0x400000,
			.gpa = SURFACE_GPA + (uint64_t)ref * 0x400000,
			.format = RIG_BGRA,
			.width = width,
			.height = height,
			.stride = stride,
			.element = 4,
		});
}

static inline uint8_t *surface_at(struct gpu_rig *g, uint32_t ref) {
	return g->rig->ram + SURFACE_GPA + (uint64_t)ref * 0x400000;
}

// A type-5 texture over a surface's plane @number.
static inline void declare_plane_of(struct gpu_rig *g, uint32_t ref, uint32_t surface,
	uint16_t number, const struct shape *s) {
	struct bytes b = { .size = 0 };
	add(&b, surface, 4);
	add(&b, 0, 4);
	add(&b, 0x2f, 4);
	add(&b, 48, 4);
	add(&b, ref, 4);
	add_narrow(&b, s);
	add(&b, number, 2);
	add(&b, 0, 1);
	add(&b, 0xcb, 1);
	declare(g, ref, 5, &b);
}

static inline void declare_plane(struct gpu_rig *g, uint32_t ref, uint32_t surface,
	const struct shape *s) {
	declare_plane_of(g, ref, surface, 0, s);
}

struct view {
	uint32_t base;
	uint16_t format, type;
	uint32_t level, levels, slice, slices;
	uint8_t swizzle[4];
};

static inline void declare_view(struct gpu_rig *g, uint32_t ref, const struct view *v) {
	bool swizzle = v->swizzle[0] != 0 || v->swizzle[1] != 0;
	struct bytes b = { .size = 0 };
	add(&b, v->levels == 0 ? 0x07 : swizzle ? 0x1b : 0x08, 4);
	add(&b, v->levels == 0 ? 20 : swizzle ? 56 : 52, 4);
	add(&b, ref, 4);
	add(&b, v->base, 4);
	add(&b, v->format, 2);
	add(&b, v->type, 2);
	if (v->levels != 0) {
		add(&b, v->level, 8);
		add(&b, v->levels, 8);
		add(&b, v->slice, 8);
		add(&b, v->slices, 8);
	}
	for (unsigned int i = 0; swizzle && i < 4; i++) {
		add(&b, v->swizzle[i], 1);
	}
	declare(g, ref, 8, &b);
}

static inline void declare_buffer_texture(struct gpu_rig *g, uint32_t ref, uint32_t buffer,
	uint32_t offset, uint32_t row_bytes, const struct shape *s) {
	struct bytes b = { .size = 0 };
	add(&b, 0x09, 4);
	add(&b, 64, 4);
	add(&b, ref, 4);
	add(&b, buffer, 4);
	add(&b, offset, 8);
	add(&b, row_bytes, 8);
	add_narrow(&b, s);
	declare(g, ref, 8, &b);
}

/* ---- use ------------------------------------------------------------------------------------- */

static inline struct pvg_gpu_texture *texture(struct gpu_rig *g, uint32_t ref) {
	struct pvg_gpu_texture *found = NULL;
	assert_int_equal(pvg_gpu_texture(g->gpu, TASK, ref, &found), PVG_GPU_FOUND);
	assert_non_null(found);
	return found;
}

static inline struct pvg_gpu_texture *use(struct gpu_rig *g, uint32_t ref, uint32_t bits) {
	struct pvg_gpu_texture *t = texture(g, ref);
	assert_int_equal(pvg_gpu_texture_use(g->gpu, t, 0, 0, 0, 0, bits), PVG_GPU_FOUND);
	assert_non_null(t->view);
	return t;
}

// Every texel of level 0, slice 0 of what was used for writing becomes @value.
static inline void fill(struct gpu_rig *g, const struct pvg_gpu_texture *t, uint32_t value) {
	struct pvg_gpu_fill_image *f = pvg_gpu_alloc(&g->gpu->list, sizeof(*f));
	f->at.image = t->image;
	f->at.level = t->first_level;
	f->at.slice = t->first_slice;
	f->width = t->desc.width;
	f->height = t->desc.height;
	f->depth = 1;
	memcpy(f->texel, &value, 4);
	memcpy(f->texel + 4, &value, 4);
	memcpy(f->texel + 8, &value, 4);
	memcpy(f->texel + 12, &value, 4);
	pvg_gpu_emit(&g->gpu->list, PVG_GPU_OP_FILL_IMAGE)->fill_image = f;
}

// What a pass would do.
static inline void paint(struct gpu_rig *g, uint32_t ref, uint32_t value) {
	fill(g, use(g, ref, PVG_GPU_WRITES | PVG_GPU_DISCARDS), value);
}

static inline uint32_t texel(const struct pvg_gpu_texture *t, uint32_t x, uint32_t y) {
	return word_of(fake_gpu_texel(t->image, t->first_level, t->first_slice, x, y));
}

static inline void clear_host(struct gpu_rig *g, uint32_t ref) {
	RIG_SEND(g->rig, 1, 0x34, TASK, 1, ref, 0x00000001);
}

static inline struct pvg_gpu_backing backing(struct gpu_rig *g, uint32_t ref) {
	struct pvg_gpu_backing b = { 0 };
	assert_int_equal(pvg_gpu_buffer(g->gpu, TASK, ref, &b), PVG_GPU_FOUND);
	return b;
}

#endif
