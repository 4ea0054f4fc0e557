// SPDX-License-Identifier: GPL-2.0-or-later
#include "rig.h"

#include <math.h>
#include <string.h>

/* Blending, masks, depth, stencil, targets of several kinds: against formulas in C. */

enum { TRIANGLE = 3 };

static const double black[4] = { 0, 0, 0, 0 };

struct vertex {
	float position[4], color[4];
};

// A triangle over everything, at one depth.
static struct pvg_gpu_buffer *cover(struct rig *rig, float depth, const float color[4]) {
	struct vertex v[3] = {
		{ { -1, 1, depth, 1 }, { 0 } },
		{ { 3, 1, depth, 1 }, { 0 } },
		{ { -1, -3, depth, 1 }, { 0 } },
	};
	for (uint32_t i = 0; i < 3; i++) {
		memcpy(v[i].color, color, sizeof(v[i].color));
	}
	return rig_buffer(rig, v, sizeof(v));
}

/* ---- blending -------------------------------------------------------------------------------- */

enum { ALPHA = 3 };

static double factor(uint8_t which, uint32_t c, const double s[4], const double d[4],
	const double s1[4], const double k[4]) {
	switch (which) {
	case 0:
		return 0;
	case 1:
		return 1;
	case 2:
		return s[c];
	case 3:
		return 1 - s[c];
	case 4:
		return s[ALPHA];
	case 5:
		return 1 - s[ALPHA];
	case 6:
		return d[c];
	case 7:
		return 1 - d[c];
	case 8:
		return d[ALPHA];
	case 9:
		return 1 - d[ALPHA];
	case 10:
		return c == ALPHA ? 1 : fmin(s[ALPHA], 1 - d[ALPHA]);
	case 11:
		return k[c];
	case 12:
		return 1 - k[c];
	case 13:
		return k[ALPHA];
	case 14:
		return 1 - k[ALPHA];
	case 15:
		return s1[c];
	case 16:
		return 1 - s1[c];
	case 17:
		return s1[ALPHA];
	default:
		return 1 - s1[ALPHA];
	}
}

static double operate(uint8_t op, double s, double fs, double d, double fd) {
	switch (op) {
	case 0:
		return s * fs + d * fd;
	case 1:
		return s * fs - d * fd;
	case 2:
		return d * fd - s * fs;
	case 3:
		return fmin(s, d);
	default:
		return fmax(s, d);
	}
}

// What one texel of a target must be; the guest's bytes, red lowest for RGBA.
static uint32_t blended(const struct pvg_gpu_color_desc *c, const double s[4], const double d[4],
	const double s1[4], const double k[4]) {
	uint32_t texel = 0;
	for (uint32_t i = 0; i < 4; i++) {
		bool alpha = i == ALPHA;
		double fs = factor(alpha ? c->src_alpha : c->src_rgb, i, s, d, s1, k);
		double fd = factor(alpha ? c->dst_alpha : c->dst_rgb, i, s, d, s1, k);
		double value = c->blend
			? operate(alpha ? c->op_alpha : c->op_rgb, s[i], fs, d[i], fd)
			: s[i];
		value = c->write_mask >> (3 - i) & 1 ? value : d[i];
		uint32_t byte = (uint32_t)lrint(fmin(fmax(value, 0), 1) * 255);
		uint32_t place = c->format == RIG_BGRA8 && i < 3 ? 2 - i : i;
		texel |= byte << 8 * place;
	}
	return texel;
}

static const double blend_source[4] = { 0.8, 0.4, 0.2, 0.6 };
static const double blend_second[4] = { 0.3, 0.9, 0.5, 0.7 };
static const double blend_target[4] = { 0.1, 0.7, 0.5, 0.9 };
static const double blend_constant[4] = { 0.25, 0.5, 0.75, 0.125 };

static void check_blend(struct rig *rig, const struct rig_image *image,
	struct pvg_gpu_buffer *vertices, struct pvg_gpu_buffer *second,
	const struct pvg_gpu_color_desc *color) {
	bool dual = color->src_rgb > 14 || color->dst_rgb > 14 || color->src_alpha > 14 ||
		color->dst_alpha > 14;
	struct pvg_gpu_render_desc desc =
		rig_desc(rig, "v_color", dual ? "f_dual" : "f_color", color->format);
	struct pvg_gpu_raster raster = { 0 };
	uint32_t texels[RIG_SIDE][RIG_SIDE];
	rig_two_attributes(&desc);
	desc.colors[0] = *color;
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_program *program = rig_draws(rig, p, TRIANGLE);
	for (uint32_t i = 0; i < 4; i++) {
		raster.blend_color[i] = (float)blend_constant[i];
	}
	rig_begin(rig, image, blend_target);
	rig_use(rig, program);
	rig_add(rig, PVG_GPU_OP_RASTER)->raster = rig_keep(rig, &raster, sizeof(raster));
	rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
	rig_bind(rig, PVG_GPU_FRAGMENT, 0, second, 0);
	rig_draw(rig, TRIANGLE, 0, 3);
	rig_end(rig);
	rig_read(rig, image, texels, 4);
	uint32_t want = blended(color, blend_source, blend_target, blend_second, blend_constant);
	if (!rig_near(texels[5][9], want, 1)) {
		fail_msg(
			"format %u, factors %u %u %u %u, operations %u %u, mask %x: %08x, not %08x",
			color->format, color->src_rgb, color->dst_rgb, color->src_alpha,
			color->dst_alpha, color->op_rgb, color->op_alpha, color->write_mask,
			texels[5][9], want);
	}
	rig->r->ops->pipeline_destroy(rig->r, p);
}

static void blending_is_the_formula(void **state) {
	static const float source[4] = { 0.8f, 0.4f, 0.2f, 0.6f },
			   other[4] = { 0.3f, 0.9f, 0.5f, 0.7f };
	struct rig *rig = *state;
	struct pvg_gpu_buffer *vertices = cover(rig, 0.5f, source);
	struct pvg_gpu_buffer *second = rig_buffer(rig, other, sizeof(other));
	for (uint32_t f = 0; f < 2; f++) {
		uint16_t format = f == 0 ? RIG_RGBA8 : RIG_BGRA8;
		struct rig_image image = rig_image(rig, format, RIG_SIDE, RIG_SIDE, 1);
		for (uint8_t i = 0; i < 19; i++) {
			struct pvg_gpu_color_desc color = {
				.format = format,
				.blend = true,
				.write_mask = 15,
				.src_rgb = i,
				.dst_rgb = (uint8_t)(i < 15 ? (i * 7 + 3) % 15 : i),
				.src_alpha = (uint8_t)(18 - i),
				.dst_alpha = (uint8_t)((i * 5 + 1) % 15),
				.op_rgb = i % 5,
				.op_alpha = (uint8_t)((i + 2) % 5),
			};
			check_blend(rig, &image, vertices, second, &color);
		}
		for (uint8_t mask = 0; mask < 16; mask++) {
			struct pvg_gpu_color_desc color = {
				.format = format,
				.src_rgb = 1,
				.src_alpha = 1,
				.write_mask = mask,
				.blend = mask & 1,
				.dst_rgb = 5,
				.dst_alpha = 5,
			};
			check_blend(rig, &image, vertices, second, &color);
		}
		rig_image_destroy(rig, &image);
	}
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig->r->ops->buffer_destroy(rig->r, second);
}

/* The only channel of an A8 target is the alpha of what is drawn. */
static void an_alpha_target_keeps_alpha(void **state) {
	static const float source[4] = { 0.8f, 0.4f, 0.2f, 0.6f };
	static const double target[4] = { 0, 0, 0, 0.5 };
	struct rig *rig = *state;
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_color", "f_color", RIG_A8);
	rig_two_attributes(&desc);
	desc.colors[0].blend = true;
	desc.colors[0].src_alpha = 4; // its alpha
	desc.colors[0].dst_alpha = 9; // one minus the target's
	desc.colors[0].write_mask = 1; // only alpha
	struct rig_image image = rig_image(rig, RIG_A8, RIG_SIDE, RIG_SIDE, 1);
	struct pvg_gpu_buffer *vertices = cover(rig, 0.5f, source);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_program *program = rig_draws(rig, p, TRIANGLE);
	uint8_t texels[RIG_SIDE][RIG_SIDE];
	rig_begin(rig, &image, target);
	rig_use(rig, program);
	rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
	rig_draw(rig, TRIANGLE, 0, 3);
	rig_end(rig);
	rig_read(rig, &image, texels, 1);
	assert_true(rig_near(texels[3][3], (uint32_t)lrint((0.36 + 0.25) * 255), 1));
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig_image_destroy(rig, &image);
}

/* Several targets, each with its own format, order and mask. */
static void targets_are_independent(void **state) {
	static const float source[4] = { 0.8f, 0.4f, 0.2f, 0.6f };
	struct rig *rig = *state;
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_color", "f_two", RIG_BGRA8);
	rig_two_attributes(&desc);
	desc.colors[1] = desc.colors[0];
	desc.colors[1].format = RIG_RGBA8;
	desc.colors[1].write_mask = 8 | 1; // red and alpha
	struct rig_image a = rig_image(rig, RIG_BGRA8, RIG_SIDE, RIG_SIDE, 1);
	struct rig_image b = rig_image(rig, RIG_RGBA8, RIG_SIDE, RIG_SIDE, 1);
	struct pvg_gpu_buffer *vertices = cover(rig, 0.5f, source);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_program *program = rig_draws(rig, p, TRIANGLE);
	uint32_t texels[RIG_SIDE][RIG_SIDE];
	struct pvg_gpu_pass *pass = rig_begin(rig, &a, black);
	pass->colors[1] = pass->colors[0];
	pass->colors[1].view = b.view;
	rig_use(rig, program);
	rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
	rig_draw(rig, TRIANGLE, 0, 3);
	rig_end(rig);
	rig_read(rig, &a, texels, 4);
	assert_true(rig_near(texels[3][3], 0x99cc6633, 1)); // bytes b g r a
	rig_read(rig, &b, texels, 4);
	assert_true(rig_near(texels[3][3], 0xcc000099,
		1)); // the colour backwards: red is .6, alpha .8
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig_image_destroy(rig, &a);
	rig_image_destroy(rig, &b);
}

/* Both byte orders in one pass, blended with a constant colour: each has its own red. */
static void a_constant_colour_is_each_targets(void **state) {
	static const float source[4] = { 0.8f, 0.4f, 0.2f, 0.6f };
	struct rig *rig = *state;
	struct pvg_gpu_buffer *vertices = cover(rig, 0.5f, source);
	for (uint32_t i = 0; i < 32; i++) {
		struct pvg_gpu_render_desc desc = rig_desc(rig, "v_color", "f_two", 0);
		struct rig_image images[2];
		rig_two_attributes(&desc);
		for (uint32_t k = 0; k < 2; k++) {
			uint16_t format = (i >> k & 1) != 0 ? RIG_BGRA8 : RIG_RGBA8;
			desc.colors[k] = (struct pvg_gpu_color_desc){
				.format = format,
				.blend = true,
				.write_mask = (uint8_t)(i < 16 ? 15 : 10 + k),
				.src_rgb = (i & 4) != 0 || k == 0 ? 11 : 1, // the constant, or one
				.dst_rgb = (uint8_t)(k == 0 ? 12 : 5),
				.src_alpha = 13,
				.dst_alpha = 1,
			};
			images[k] = rig_image(rig, format, RIG_SIDE, RIG_SIDE, 1);
		}
		struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
		struct pvg_gpu_program *program = rig_draws(rig, p, TRIANGLE);
		struct pvg_gpu_raster raster = { 0 };
		for (uint32_t k = 0; k < 4; k++) {
			raster.blend_color[k] = (float)blend_constant[k];
		}
		struct pvg_gpu_pass *pass = rig_begin(rig, &images[0], blend_target);
		pass->colors[1] = pass->colors[0];
		pass->colors[1].view = images[1].view;
		rig_use(rig, program);
		rig_add(rig, PVG_GPU_OP_RASTER)->raster = rig_keep(rig, &raster, sizeof(raster));
		rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
		rig_draw(rig, TRIANGLE, 0, 3);
		if ((i & 8) != 0) { // and once more, with what that left
			rig_draw(rig, TRIANGLE, 0, 3);
		}
		rig_end(rig);
		const double forward[4] = { 0.8, 0.4, 0.2, 0.6 };
		const double backward[4] = { 0.6, 0.2, 0.4, 0.8 };
		for (uint32_t k = 0; k < 2; k++) {
			uint32_t texels[RIG_SIDE][RIG_SIDE];
			const double *from = k == 0 ? forward : backward;
			double target[4];
			memcpy(target, blend_target, sizeof(target));
			uint32_t want =
				blended(&desc.colors[k], from, target, from, blend_constant);
			for (uint32_t c = 0; c < 4 && (i & 8) != 0; c++) {
				bool swap = desc.colors[k].format == RIG_BGRA8 && c < 3;
				target[c] = (want >> 8 * (swap ? 2 - c : c) & 255) / 255.0;
			}
			want = blended(&desc.colors[k], from, target, from, blend_constant);
			rig_read(rig, &images[k], texels, 4);
			if (!rig_near(texels[5][9], want, 2)) {
				fail_msg("case %u, target %u: %08x, not %08x", i, k, texels[5][9],
					want);
			}
			rig_image_destroy(rig, &images[k]);
		}
		rig->r->ops->pipeline_destroy(rig->r, p);
	}
	rig->r->ops->buffer_destroy(rig->r, vertices);
}

static float from_half(uint16_t half) {
	int exponent = half >> 10 & 31;
	float value = exponent == 0 ? ldexpf((float)(half & 1023), -24)
				    : ldexpf((float)((half & 1023) | 1024), exponent - 25);
	return half & 0x8000 ? -value : value;
}

/* Ten bits and halves: blended at their own precision, beyond one where they can. */
static void deep_targets_are_blended(void **state) {
	static const uint16_t formats[] = { 90, 94, 115 }; // RGB10A2, BGR10A2, RGBA16Float
	static const float source[4] = { 0.75f, 0.3f, 2.5f, 1 };
	static const double target[4] = { 0.5, 0.25, 0.125, 1 };
	struct rig *rig = *state;
	struct pvg_gpu_buffer *vertices = cover(rig, 0.5f, source);
	for (uint32_t i = 0; i < 3; i++) {
		for (uint8_t mask = 7; mask < 16; mask += 4) { // 15: all, 7: not red, 11: not green
			struct pvg_gpu_render_desc desc =
				rig_desc(rig, "v_color", "f_color", formats[i]);
			rig_two_attributes(&desc);
			desc.colors[0].blend = true;
			desc.colors[0].dst_rgb = 1;
			desc.colors[0].src_rgb = 13; // a quarter, by alpha
			desc.colors[0].write_mask = mask;
			struct rig_image image = rig_image(rig, formats[i], RIG_SIDE, RIG_SIDE, 1);
			struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
			struct pvg_gpu_program *program = rig_draws(rig, p, TRIANGLE);
			struct pvg_gpu_raster raster = { .blend_color = { 0, 0, 0, 0.25f } };
			rig_begin(rig, &image, target);
			rig_use(rig, program);
			rig_add(rig, PVG_GPU_OP_RASTER)->raster =
				rig_keep(rig, &raster, sizeof(raster));
			rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
			rig_draw(rig, TRIANGLE, 0, 3);
			rig_end(rig);
			uint16_t halves[RIG_SIDE * RIG_SIDE][4];
			uint32_t words[RIG_SIDE * RIG_SIDE];
			if (i == 2) {
				rig_read(rig, &image, halves, 8);
			} else {
				rig_read(rig, &image, words, 4);
			}
			for (uint32_t c = 0; c < 3; c++) {
				double color = i == 2 ? source[c] : fmin(source[c], 1);
				double want = target[c] + (mask >> (3 - c) & 1 ? color / 4 : 0);
				uint32_t place = i == 1 ? 2 - c : c;
				double got = i == 2 ? from_half(halves[77][c])
						    : (words[77] >> 10 * place & 1023) / 1023.0;
				if (fabs(got - want) > (i == 2 ? 0.0006 : 0.0011)) {
					fail_msg("format %u mask %u channel %u: %g, not %g",
						formats[i], mask, c, got, want);
				}
			}
			rig->r->ops->pipeline_destroy(rig->r, p);
			rig_image_destroy(rig, &image);
		}
	}
	rig->r->ops->buffer_destroy(rig->r, vertices);
}

/* What is written to an sRGB target is encoded, blending is linear, the order is the format's. */
static void srgb_targets_encode(void **state) {
	static const float source[4] = { 0.5f, 0.25f, 1, 1 };
	static const uint16_t formats[] = { RIG_RGBA8_SRGB, RIG_BGRA8_SRGB };
	struct rig *rig = *state;
	for (uint32_t i = 0; i < 2; i++) {
		struct pvg_gpu_render_desc desc = rig_desc(rig, "v_color", "f_color", formats[i]);
		rig_two_attributes(&desc);
		desc.colors[0].blend = true;
		desc.colors[0].dst_rgb = 1; // added to the target's 0.25, 0.25, 0
		static const double target[4] = { 0.25, 0.25, 0, 1 };
		struct rig_image image = rig_image(rig, formats[i], RIG_SIDE, RIG_SIDE, 1);
		struct pvg_gpu_buffer *vertices = cover(rig, 0.5f, source);
		struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
		struct pvg_gpu_program *program = rig_draws(rig, p, TRIANGLE);
		uint32_t texels[RIG_SIDE][RIG_SIDE];
		rig_begin(rig, &image, target);
		rig_use(rig, program);
		rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
		rig_draw(rig, TRIANGLE, 0, 3);
		rig_end(rig);
		rig_read(rig, &image, texels, 4);
		uint32_t red = 225, green = 188, blue = 255; // 0.75, 0.5 and 1 encoded
		uint32_t want =
			0xff000000 | green << 8 | (i == 0 ? blue << 16 | red : red << 16 | blue);
		assert_true(rig_near(texels[3][3], want, 1));
		rig->r->ops->pipeline_destroy(rig->r, p);
		rig->r->ops->buffer_destroy(rig->r, vertices);
		rig_image_destroy(rig, &image);
	}
}

/* ---- depth and stencil ----------------------------------------------------------------------- */

struct depth_rig {
	struct rig_image color, depth;
	struct pvg_gpu_pipeline *pipeline;
	struct pvg_gpu_program *program;
	struct pvg_gpu_buffer *vertices[3]; // nearer than, at, and behind the cleared depth
};

static void depth_init(struct rig *rig, struct depth_rig *d) {
	static const float red[4] = { 1, 0, 0, 1 }, depths[3] = { 0.25f, 0.5f, 0.75f };
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_color", "f_color", RIG_RGBA8);
	rig_two_attributes(&desc);
	desc.depth_format = desc.stencil_format = RIG_DEPTH32F_STENCIL8;
	d->color = rig_image(rig, RIG_RGBA8, RIG_SIDE, RIG_SIDE, 1);
	d->depth = rig_image(rig, RIG_DEPTH32F_STENCIL8, RIG_SIDE, RIG_SIDE, 1);
	d->pipeline = rig_pipeline(rig, &desc);
	d->program = rig_draws(rig, d->pipeline, TRIANGLE);
	for (uint32_t i = 0; i < 3; i++) {
		d->vertices[i] = cover(rig, depths[i], red);
	}
}

static void depth_begin(struct rig *rig, struct depth_rig *d, uint32_t stencil) {
	struct pvg_gpu_pass *pass = rig_begin(rig, &d->color, black);
	pass->depth.view = pass->stencil.view = d->depth.view;
	pass->depth.load = pass->stencil.load = PVG_GPU_LOAD_CLEAR;
	pass->depth.store = pass->stencil.store = PVG_GPU_STORE;
	pass->depth.clear.depth = 0.5;
	pass->stencil.clear.stencil = stencil;
	rig_use(rig, d->program);
}

static void depth_finish(struct rig *rig, struct depth_rig *d) {
	for (uint32_t i = 0; i < 3; i++) {
		rig->r->ops->buffer_destroy(rig->r, d->vertices[i]);
	}
	rig->r->ops->pipeline_destroy(rig->r, d->pipeline);
	rig_image_destroy(rig, &d->color);
	rig_image_destroy(rig, &d->depth);
}

// Was anything drawn? Reads what the pass left.
static bool drawn(struct rig *rig, struct depth_rig *d) {
	uint32_t texels[RIG_SIDE][RIG_SIDE];
	rig_end(rig);
	rig_read(rig, &d->color, texels, 4);
	return texels[7][7] != 0;
}

static bool passes(uint8_t compare, int difference) {
	bool less = difference < 0, equal = difference == 0;
	return (compare & 1 && less) || (compare & 2 && equal) || (compare & 4 && difference > 0);
}

static void depth_is_compared_in_every_way(void **state) {
	struct rig *rig = *state;
	struct depth_rig d;
	depth_init(rig, &d);
	for (uint8_t compare = 0; compare < 8; compare++) {
		for (int i = 0; i < 3; i++) {
			struct pvg_gpu_depth_stencil s = { .compare = compare };
			depth_begin(rig, &d, 0);
			rig_add(rig, PVG_GPU_OP_DEPTH_STENCIL)->depth_stencil =
				rig_keep(rig, &s, sizeof(s));
			rig_bind(rig, PVG_GPU_VERTEX, 0, d.vertices[i], 0);
			rig_draw(rig, TRIANGLE, 0, 3);
			assert_int_equal(drawn(rig, &d), passes(compare, i - 1));
		}
	}
	depth_finish(rig, &d);
}

static void depth_is_written_when_it_is_said(void **state) {
	struct rig *rig = *state;
	struct depth_rig d;
	depth_init(rig, &d);
	for (uint32_t write = 0; write < 2; write++) {
		// Something nearer without colour first; then what lies between is seen or not.
		struct pvg_gpu_depth_stencil first = { .compare = 1, .write = write };
		struct pvg_gpu_depth_stencil second = { .compare = 2 };
		depth_begin(rig, &d, 0);
		rig_add(rig, PVG_GPU_OP_DEPTH_STENCIL)->depth_stencil =
			rig_keep(rig, &first, sizeof(first));
		rig_bind(rig, PVG_GPU_VERTEX, 0, d.vertices[0], 0);
		rig_draw(rig, TRIANGLE, 0, 3);
		rig_end(rig);
		struct pvg_gpu_pass *pass = rig_begin(rig, &d.color, black);
		pass->depth.view = pass->stencil.view = d.depth.view;
		pass->depth.load = pass->stencil.load = PVG_GPU_LOAD;
		rig_use(rig, d.program);
		rig_add(rig, PVG_GPU_OP_DEPTH_STENCIL)->depth_stencil =
			rig_keep(rig, &second, sizeof(second));
		rig_bind(rig, PVG_GPU_VERTEX, 0, d.vertices[0], 0);
		rig_draw(rig, TRIANGLE, 0, 3);
		assert_int_equal(drawn(rig, &d), write); // equal only to what was written
	}
	depth_finish(rig, &d);
}

static uint32_t stencil_op(uint8_t op, uint32_t value, uint32_t reference) {
	switch (op) {
	case 0:
		return value;
	case 1:
		return 0;
	case 2:
		return reference;
	case 3:
		return value < 255 ? value + 1 : 255;
	case 4:
		return value > 0 ? value - 1 : 0;
	case 5:
		return ~value & 255;
	case 6:
		return (value + 1) & 255;
	default:
		return (value - 1) & 255;
	}
}

static void stencil_follows_its_table(void **state) {
	static const uint32_t starts[] = { 0, 7, 255 };
	struct rig *rig = *state;
	struct depth_rig d;
	depth_init(rig, &d);
	for (uint32_t i = 0; i < 48; i++) {
		uint8_t op = i % 8, which = (uint8_t)(i / 8 % 3); // which of the three outcomes
		uint32_t start = starts[i / 8 % 3 == 2 ? i % 3 : i % 2 + 1], reference = 9;
		bool back = i >= 24;
		struct pvg_gpu_stencil_face face = {
			.compare = which == 0 ? 0 : 7, .read_mask = 255, .write_mask = 0x3f,
			.fail = which == 0 ? op : 2, .depth_fail = which == 1 ? op : 2,
			.pass = which == 2 ? op : 2,
		}, never = { .compare = 0 };
		struct pvg_gpu_depth_stencil s = {
			.compare = which == 1 ? 0 : 7,
			.stencil = true,
			.front = back ? never : face,
			.back = back ? face : never,
		};
		// The triangle runs clockwise: it is the back when that is said to be.
		struct pvg_gpu_raster raster = {
			.front_face = back,
			.stencil_front = back ? 77 : reference,
			.stencil_back = back ? reference : 77,
		};
		depth_begin(rig, &d, start);
		rig_add(rig, PVG_GPU_OP_DEPTH_STENCIL)->depth_stencil =
			rig_keep(rig, &s, sizeof(s));
		rig_add(rig, PVG_GPU_OP_RASTER)->raster = rig_keep(rig, &raster, sizeof(raster));
		rig_bind(rig, PVG_GPU_VERTEX, 0, d.vertices[0], 0);
		rig_draw(rig, TRIANGLE, 0, 3);
		rig_end(rig);
		uint32_t result = stencil_op(op, start, reference);
		uint32_t want = (start & ~0x3fu) | (result & 0x3f);
		// Then only what equals the expected value is drawn.
		struct pvg_gpu_depth_stencil probe = {
			.compare = 7,
			.stencil = true,
			.front = { .compare = 2, .read_mask = 255 },
			.back = { .compare = 2, .read_mask = 255 },
		};
		struct pvg_gpu_raster value = { .stencil_front = want, .stencil_back = want };
		struct pvg_gpu_pass *pass = rig_begin(rig, &d.color, black);
		pass->depth.view = pass->stencil.view = d.depth.view;
		pass->depth.load = pass->stencil.load = PVG_GPU_LOAD;
		rig_use(rig, d.program);
		rig_add(rig, PVG_GPU_OP_DEPTH_STENCIL)->depth_stencil =
			rig_keep(rig, &probe, sizeof(probe));
		rig_add(rig, PVG_GPU_OP_RASTER)->raster = rig_keep(rig, &value, sizeof(value));
		rig_bind(rig, PVG_GPU_VERTEX, 0, d.vertices[0], 0);
		rig_draw(rig, TRIANGLE, 0, 3);
		if (!drawn(rig, &d)) {
			fail_msg("case %u: operation %u on %u does not give %u", i, op, start,
				want);
		}
	}
	depth_finish(rig, &d);
}

static void bias_and_clamping_move_depth(void **state) {
	static const float red[4] = { 1, 0, 0, 1 };
	struct rig *rig = *state;
	struct depth_rig d;
	depth_init(rig, &d);
	for (uint32_t i = 0; i < 3; i++) {
		// Equal to the cleared depth passes "less" only when the bias takes it nearer.
		struct pvg_gpu_depth_stencil s = { .compare = 1 };
		struct pvg_gpu_raster raster = { .bias = i == 1 ? -64.0f : i == 2 ? 64.0f : 0 };
		depth_begin(rig, &d, 0);
		rig_add(rig, PVG_GPU_OP_DEPTH_STENCIL)->depth_stencil =
			rig_keep(rig, &s, sizeof(s));
		rig_add(rig, PVG_GPU_OP_RASTER)->raster = rig_keep(rig, &raster, sizeof(raster));
		rig_bind(rig, PVG_GPU_VERTEX, 0, d.vertices[1], 0);
		rig_draw(rig, TRIANGLE, 0, 3);
		assert_int_equal(drawn(rig, &d), i == 1);
	}
	struct pvg_gpu_buffer *before = cover(rig, -0.5f, red);
	for (uint32_t clamp = 0; clamp < 2; clamp++) {
		struct pvg_gpu_raster raster = { .depth_clip = (uint8_t)clamp };
		depth_begin(rig, &d, 0);
		rig_add(rig, PVG_GPU_OP_RASTER)->raster = rig_keep(rig, &raster, sizeof(raster));
		rig_bind(rig, PVG_GPU_VERTEX, 0, before, 0);
		rig_draw(rig, TRIANGLE, 0, 3);
		bool can = rig->r->caps.depth_clamp;
		assert_int_equal(drawn(rig, &d), clamp == 1 && can);
	}
	rig->r->ops->buffer_destroy(rig->r, before);
	depth_finish(rig, &d);
}

/* Half of the samples of a texel on an edge: the resolve shows it. */
static void samples_are_resolved(void **state) {
	struct rig *rig = *state;
	if (rig->r->caps.max_samples < 4) {
		skip();
	}
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_color", "f_color", RIG_RGBA8);
	rig_two_attributes(&desc);
	desc.samples = 4;
	struct rig_image many = rig_image(rig, RIG_RGBA8, RIG_SIDE, RIG_SIDE, 4);
	struct rig_image one = rig_image(rig, RIG_RGBA8, RIG_SIDE, RIG_SIDE, 1);
	// A diagonal edge from the top right to the bottom left.
	struct vertex v[3] = {
		{ { -1, 1, 0.5f, 1 }, { 1, 0, 0, 1 } },
		{ { 1, 1, 0.5f, 1 }, { 1, 0, 0, 1 } },
		{ { -1, -1, 0.5f, 1 }, { 1, 0, 0, 1 } },
	};
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, v, sizeof(v));
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_program *program = rig_draws(rig, p, TRIANGLE);
	uint32_t texels[RIG_SIDE][RIG_SIDE];
	struct pvg_gpu_pass *pass = rig_begin(rig, &many, black);
	pass->colors[0].store = PVG_GPU_STORE_RESOLVE;
	pass->colors[0].resolve = one.view;
	rig_use(rig, program);
	rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
	rig_draw(rig, TRIANGLE, 0, 3);
	rig_end(rig);
	rig_read(rig, &one, texels, 4);
	for (uint32_t y = 0; y < RIG_SIDE; y++) {
		assert_true(rig_near(texels[y][15 - y] & 255, 128, 64));
		assert_true(y == 15 || texels[y][14 - y] == 0xff0000ff);
		assert_true(y == 0 || texels[y][16 - y] == 0);
	}
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig_image_destroy(rig, &many);
	rig_image_destroy(rig, &one);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blending_is_the_formula),
		cmocka_unit_test(an_alpha_target_keeps_alpha),
		cmocka_unit_test(targets_are_independent),
		cmocka_unit_test(a_constant_colour_is_each_targets),
		cmocka_unit_test(deep_targets_are_blended),
		cmocka_unit_test(srgb_targets_encode),
		cmocka_unit_test(depth_is_compared_in_every_way),
		cmocka_unit_test(depth_is_written_when_it_is_said),
		cmocka_unit_test(stencil_follows_its_table),
		cmocka_unit_test(bias_and_clamping_move_depth),
		cmocka_unit_test(samples_are_resolved),
	};
	return cmocka_run_group_tests_name("state", tests, rig_set_up, rig_tear_down);
}
