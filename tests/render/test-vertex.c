// SPDX-License-Identifier: GPL-2.0-or-later
#include "rig.h"

#include <math.h>
#include <string.h>

/* Vertex fetch: every format against a reader in C, step functions, strides. */

enum { POINT };

static const double black[4] = { 0, 0, 0, 0 };

enum kind { UINTS, SINTS, UNORM, SNORM, HALFS, FLOATS, TEN_SIGNED, TEN, BGRA, SHARED, PACKED };

struct format {
	uint8_t number, kind, components, bytes; // bytes of one component, or of all when packed
};

static const struct format formats[] = {
	{ 1, UINTS, 2, 1 },
	{ 2, UINTS, 3, 1 },
	{ 3, UINTS, 4, 1 },
	{ 4, SINTS, 2, 1 },
	{ 5, SINTS, 3, 1 },
	{ 6, SINTS, 4, 1 },
	{ 7, UNORM, 2, 1 },
	{ 8, UNORM, 3, 1 },
	{ 9, UNORM, 4, 1 },
	{ 10, SNORM, 2, 1 },
	{ 11, SNORM, 3, 1 },
	{ 12, SNORM, 4, 1 },
	{ 13, UINTS, 2, 2 },
	{ 14, UINTS, 3, 2 },
	{ 15, UINTS, 4, 2 },
	{ 16, SINTS, 2, 2 },
	{ 17, SINTS, 3, 2 },
	{ 18, SINTS, 4, 2 },
	{ 19, UNORM, 2, 2 },
	{ 20, UNORM, 3, 2 },
	{ 21, UNORM, 4, 2 },
	{ 22, SNORM, 2, 2 },
	{ 23, SNORM, 3, 2 },
	{ 24, SNORM, 4, 2 },
	{ 25, HALFS, 2, 2 },
	{ 26, HALFS, 3, 2 },
	{ 27, HALFS, 4, 2 },
	{ 28, FLOATS, 1, 4 },
	{ 29, FLOATS, 2, 4 },
	{ 30, FLOATS, 3, 4 },
	{ 31, FLOATS, 4, 4 },
	{ 32, SINTS, 1, 4 },
	{ 33, SINTS, 2, 4 },
	{ 34, SINTS, 3, 4 },
	{ 35, SINTS, 4, 4 },
	{ 36, UINTS, 1, 4 },
	{ 37, UINTS, 2, 4 },
	{ 38, UINTS, 3, 4 },
	{ 39, UINTS, 4, 4 },
	{ 40, TEN_SIGNED, 4, 4 },
	{ 41, TEN, 4, 4 },
	{ 42, BGRA, 4, 1 },
	{ 45, UINTS, 1, 1 },
	{ 46, SINTS, 1, 1 },
	{ 47, UNORM, 1, 1 },
	{ 48, SNORM, 1, 1 },
	{ 49, UINTS, 1, 2 },
	{ 50, SINTS, 1, 2 },
	{ 51, UNORM, 1, 2 },
	{ 52, SNORM, 1, 2 },
	{ 53, HALFS, 1, 2 },
	{ 54, PACKED, 3, 4 },
	{ 55, SHARED, 3, 4 },
};

static uint32_t little(const uint8_t *at, uint32_t bytes) {
	uint32_t value = 0;
	for (uint32_t i = 0; i < bytes; i++) {
		value |= (uint32_t)at[i] << 8 * i;
	}
	return value;
}

static double sign_extended(uint32_t value, uint32_t bits) {
	int64_t wide = (int64_t)((uint64_t)value << (64 - bits));
	return (double)(wide >> (64 - bits));
}

// A float of @mantissa bits with five bits of exponent, without its sign.
static double small_float(uint32_t bits, uint32_t mantissa) {
	uint32_t exponent = bits >> mantissa, fraction = bits & ((1u << mantissa) - 1);
	double part = (double)fraction / (1u << mantissa);
	return exponent == 0 ? ldexp(part, -14) : ldexp(1 + part, (int)exponent - 15);
}

static double component(const struct format *f, const uint8_t *at, uint32_t c) {
	uint32_t word = little(at, 4), bits = f->bytes * 8u;
	uint32_t raw = little(at + c * f->bytes, f->bytes);
	switch (f->kind) {
	case UINTS:
		return raw;
	case SINTS:
		return sign_extended(raw, bits);
	case UNORM:
		return raw / (ldexp(1, (int)bits) - 1);
	case SNORM:
		return fmax(sign_extended(raw, bits) / (ldexp(1, (int)bits - 1) - 1), -1);
	case HALFS:
		return (raw & 0x8000 ? -1 : 1) * small_float(raw & 0x7fff, 10);
	case FLOATS: {
		float value;
		memcpy(&value, &raw, sizeof(value));
		return value;
	}
	case TEN_SIGNED:
		return fmax(c < 3 ? sign_extended(word >> 10 * c & 1023, 10) / 511
				  : sign_extended(word >> 30, 2),
			-1);
	case TEN:
		return c < 3 ? (word >> 10 * c & 1023) / 1023.0 : (word >> 30) / 3.0;
	case BGRA:
		return at[c < 3 ? 2 - c : 3] / 255.0;
	case PACKED:
		return c < 2 ? small_float(word >> 11 * c & 2047, 6) : small_float(word >> 22, 5);
	default: // five bits of exponent for three of nine bits
		return ldexp(word >> 9 * c & 511, (int)(word >> 27) - 24);
	}
}

// Values of any bits, but no infinities and no numbers that are none.
static void make_values(const struct format *f, uint8_t *bytes, size_t count, uint32_t *seed) {
	for (size_t i = 0; i < count; i++) {
		*seed = *seed * 1664525u + 1013904223u;
		bytes[i] = (uint8_t)(*seed >> 24);
	}
	for (size_t i = 0; f->kind == HALFS && i + 1 < count; i += 2) {
		bytes[i + 1] &= 0xbb;
	}
	for (size_t i = 0; f->kind == FLOATS && i + 3 < count; i += 4) {
		float value = (float)(int8_t)bytes[i] / 8;
		memcpy(bytes + i, &value, sizeof(value));
	}
	for (size_t i = 0; f->kind == PACKED && i + 3 < count; i += 4) {
		uint32_t word = little(bytes + i, 4) & ~(1u << 10 | 1u << 21 | 1u << 31);
		memcpy(bytes + i, &word, sizeof(word));
	}
}

static struct pvg_gpu_render_desc one_attribute(struct rig *rig, const char *vertex, uint8_t format,
	uint32_t offset, uint32_t stride) {
	struct pvg_gpu_render_desc desc = rig_desc(rig, vertex, "f_color", RIG_RGBA32F);
	desc.topology = 1;
	desc.input.attribute_count = 1;
	desc.input.attributes[0] = (struct pvg_gpu_attribute){
		.format = format,
		.buffer = 3,
		.used = true,
		.offset_bytes = offset,
	};
	desc.input.layouts[3] = (struct pvg_gpu_layout){
		.step = 1,
		.used = true,
		.rate = 1,
		.stride_bytes = stride,
	};
	return desc;
}

static void check_format(struct rig *rig, const struct rig_image *image, const struct format *f,
	const char *vertex, uint32_t *seed) {
	uint32_t size = f->kind >= TEN_SIGNED && f->kind != BGRA ? 4 : f->bytes * f->components;
	uint32_t stride = (size + 3) / 4 * 4 + 8, offset = 4, count = 32;
	uint8_t bytes[32 * 24 + 4];
	float texels[RIG_SIDE * RIG_SIDE][4];
	make_values(f, bytes, sizeof(bytes), seed);
	struct pvg_gpu_render_desc desc = one_attribute(rig, vertex, f->number, offset, stride);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_program *program = rig_draws(rig, p, POINT);
	struct pvg_gpu_buffer *buffer = rig_buffer(rig, bytes, sizeof(bytes));
	rig_begin(rig, image, black);
	rig_use(rig, program);
	rig_bind(rig, PVG_GPU_VERTEX, 3, buffer, 4);
	rig_draw(rig, POINT, 0, count);
	rig_end(rig);
	rig_read(rig, image, texels, 16);
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t c = 0; c < 4; c++) {
			const uint8_t *at = bytes + 4 + i * stride + offset;
			double want = c < f->components ? component(f, at, c) : c == 3 ? 1 : 0;
			double allowed = fabs(want) * 1e-6 + 1e-6;
			if (fabs(texels[i][c] - want) > allowed) {
				fail_msg("format %u as %s: vertex %u component %u is %g, not %g",
					f->number, vertex, i, c, (double)texels[i][c], want);
			}
		}
	}
	rig->r->ops->buffer_destroy(rig->r, buffer);
	rig->r->ops->pipeline_destroy(rig->r, p);
}

static void every_format_is_read(void **state) {
	struct rig *rig = *state;
	struct rig_image image = rig_image(rig, RIG_RGBA32F, RIG_SIDE, RIG_SIDE, 1);
	uint32_t seed = 1;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		check_format(rig, &image, &formats[i], "v_point", &seed);
		if (formats[i].kind == UINTS) {
			check_format(rig, &image, &formats[i], "v_point_uint", &seed);
		} else if (formats[i].kind == SINTS) {
			check_format(rig, &image, &formats[i], "v_point_int", &seed);
		}
	}
	rig_image_destroy(rig, &image);
}

struct step_case {
	uint8_t step, format;
	uint32_t rate, base_instance;
};

/* By vertex, by instance at a rate, the same for all; fetched by GL and by the shader. */
static void steps_choose_the_element(void **state) {
	static const struct step_case cases[] = {
		{ 1, 31, 1, 0 },
		{ 2, 31, 1, 0 },
		{ 2, 31, 2, 0 },
		{ 0, 31, 0, 0 },
		{ 2, 31, 1, 3 },
		{ 2, 31, 2, 3 },
		{ 0, 31, 0, 3 },
		{ 1, 42, 1, 0 },
		{ 2, 42, 1, 0 },
		{ 2, 42, 2, 0 },
		{ 0, 42, 0, 0 },
		{ 2, 42, 1, 3 },
		{ 2, 42, 2, 3 },
	};
	struct rig *rig = *state;
	struct rig_image image = rig_image(rig, RIG_RGBA32F, RIG_SIDE, RIG_SIDE, 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct step_case *c = &cases[i];
		struct pvg_gpu_render_desc desc = one_attribute(rig, "v_point", c->format, 0, 16);
		desc.input.layouts[3].step = c->step;
		desc.input.layouts[3].rate = c->rate;
		struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
		struct pvg_gpu_program *program = rig_draws(rig, p, POINT);
		uint8_t bytes[16 * 16] = { 0 };
		for (uint32_t n = 0; n < 16; n++) {
			float value = (float)n / 255;
			memcpy(bytes + n * 16, &value, 4);
			if (c->format == 42) {
				bytes[n * 16] = bytes[n * 16 + 1] = bytes[n * 16 + 3] = 0;
				bytes[n * 16 + 2] = (uint8_t)n;
			}
		}
		struct pvg_gpu_buffer *buffer = rig_buffer(rig, bytes, sizeof(bytes));
		// Of several instances the last one's points stay.
		for (uint32_t instances = 1; instances < 5; instances++) {
			float texels[RIG_SIDE * RIG_SIDE][4];
			struct pvg_gpu_draw draw = {
				.primitive = POINT,
				.count = 4,
				.instances = instances,
				.base_instance = c->base_instance,
			};
			rig_begin(rig, &image, black);
			rig_use(rig, program);
			rig_bind(rig, PVG_GPU_VERTEX, 3, buffer, 0);
			rig_add(rig, PVG_GPU_OP_DRAW)->draw = rig_keep(rig, &draw, sizeof(draw));
			rig_end(rig);
			rig_read(rig, &image, texels, 16);
			for (uint32_t v = 0; v < 4; v++) {
				uint32_t element = c->step == 1 ? v
					: c->step == 0
					? 0
					: (instances - 1) / c->rate + c->base_instance;
				if (fabs(texels[v][0] - element / 255.0) > 1e-6) {
					fail_msg(
						"case %zu, %u instances: vertex %u has %g, not element %u",
						i, instances, v, texels[v][0] * 255.0, element);
				}
			}
		}
		rig->r->ops->buffer_destroy(rig->r, buffer);
		rig->r->ops->pipeline_destroy(rig->r, p);
	}
	rig_image_destroy(rig, &image);
}

/* A stride said at the bind wins, also when it is nothing, or more than GL can do itself. */
static void a_bind_can_say_the_stride(void **state) {
	static const uint32_t strides[] = { 0, 4, 32, 2048, 2052, 4096 };
	struct rig *rig = *state;
	struct rig_image image = rig_image(rig, RIG_RGBA32F, RIG_SIDE, RIG_SIDE, 1);
	float values[4 * 1024];
	for (uint32_t n = 0; n < 4 * 1024; n++) {
		values[n] = (float)n;
	}
	struct pvg_gpu_buffer *buffer = rig_buffer(rig, values, sizeof(values));
	struct pvg_gpu_render_desc desc = one_attribute(rig, "v_point", 28, 0, 16);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	for (uint32_t i = 0; i < sizeof(strides) / sizeof(strides[0]); i++) {
		float texels[RIG_SIDE * RIG_SIDE][4];
		const struct pvg_gpu_use use = {
			.primitive = POINT,
			.wide_strides = strides[i] > rig->r->caps.max_attribute_stride,
		};
		struct pvg_gpu_program *program = rig_program(rig, p, &use);
		rig_begin(rig, &image, black);
		rig_use(rig, program);
		rig_bind(rig, PVG_GPU_VERTEX, 3, buffer, 0);
		rig->cmds[rig->count - 1].buffer.has_stride = true;
		rig->cmds[rig->count - 1].buffer.stride_bytes = strides[i];
		rig_draw(rig, POINT, 0, 4);
		rig_end(rig);
		rig_read(rig, &image, texels, 16);
		for (uint32_t v = 0; v < 4; v++) {
			assert_float_equal(texels[v][0], (float)(v * strides[i] / 4), 0);
		}
	}
	rig->r->ops->buffer_destroy(rig->r, buffer);
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig_image_destroy(rig, &image);
}

static int set_up_without(void **state) {
	*state = rig_create("GL_EXT_base_instance");
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_is_read),
		cmocka_unit_test(steps_choose_the_element),
		cmocka_unit_test(a_bind_can_say_the_stride),
	};
	const struct CMUnitTest fallbacks[] = { cmocka_unit_test(steps_choose_the_element) };
	int failed = cmocka_run_group_tests_name("vertex", tests, rig_set_up, rig_tear_down);
	return failed +
		cmocka_run_group_tests_name("vertex without base instances", fallbacks,
			set_up_without, rig_tear_down);
}
