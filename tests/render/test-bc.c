// SPDX-License-Identifier: GPL-2.0-or-later
#include "rig.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/gles/bc.h"

/*
 * BC textures on a host that cannot sample them, beside the same on one that can: what is sampled
 * is alike, and what is copied and read comes back to the byte.
 */

#define WITHOUT_BC \
	"GL_EXT_texture_compression_s3tc GL_EXT_texture_compression_dxt1 " \
	"GL_EXT_texture_compression_s3tc_srgb GL_NV_sRGB_formats " \
	"GL_EXT_texture_compression_rgtc GL_EXT_texture_compression_bptc"

#define EDGE 128u // of the pictures with all kinds of blocks
#define TRIANGLE 3

// The host's decoder may take a step of the format off what lies between two end points; sRGB makes
// up to 2.4 of one. BC6H and BC7 are integers throughout.
static const struct {
	uint16_t format;
	uint8_t block_bytes;
	float within; // in 255ths
} formats[] = {
	{ 130, 8, 1.01f },
	{ 131, 8, 2.5f },
	{ 132, 16, 1.01f },
	{ 133, 16, 2.5f },
	{ 134, 16, 2.01f },
	{ 135, 16, 2.5f },
	{ 140, 8, 2.01f },
	{ 141, 8, 4.02f },
	{ 142, 16, 2.01f },
	{ 143, 16, 4.02f },
	{ 150, 16, 0 },
	{ 151, 16, 0 },
	{ 152, 16, 0 },
	{ 153, 16, 0.5f },
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

enum { WIDTH = 28, HEIGHT = 20, LEVELS = 4, LAYERS = 2, ROOM = 16384 };

struct results { // of a format
	bool known; // the host has it
	float sampled[EDGE * EDGE][4];
	uint8_t read[ROOM];
	float copied[(WIDTH / 2) * (HEIGHT / 2)][4];
	float zero[12 * 12][4];
};

static uint32_t state_of_chance;

static uint8_t chance(void) {
	state_of_chance = state_of_chance * 1664525u + 1013904223u;
	return (uint8_t)(state_of_chance >> 24);
}

// Every mode comes often: the low bits of each block count through them.
static void make_blocks(uint8_t *blocks, size_t count, uint8_t block_bytes) {
	for (size_t i = 0; i < count; i++) {
		uint8_t *block = blocks + i * block_bytes;
		for (uint32_t k = 0; k < block_bytes; k++) {
			block[k] = chance();
		}
		if (i % 3 == 0) {
			block[0] = (uint8_t)(1u << i / 3 % 9); // BC7's modes, and none
		} else if (i % 3 == 1) {
			block[0] = (uint8_t)((block[0] & 0xe0) | i / 3 % 32); // BC6H's
		}
	}
}

static struct rig_image make_image(struct rig *rig, uint16_t format, uint32_t width,
	uint32_t height, uint8_t kind, uint16_t levels, uint16_t layers) {
	struct rig_image image = {
		.desc = { .kind = kind, .usage = PVG_GPU_IMAGE_SAMPLED, .format = format,
			.width = width, .height = height, .depth = 1, .levels = levels,
			.samples = 1, .layers = layers },
	};
	image.image = rig->r->ops->image_create(rig->r, &image.desc);
	assert_non_null(image.image);
	return image;
}

static void transfer(struct rig *rig, enum pvg_gpu_op op, const struct rig_image *image,
	struct pvg_gpu_buffer *buffer, uint64_t offset, uint16_t level, uint16_t slice) {
	uint32_t w = image->desc.width >> level, h = image->desc.height >> level;
	struct pvg_gpu_transfer t = {
		.span = { buffer, offset, buffer->size_bytes - offset },
		.at = { .image = image->image, .level = level, .slice = slice },
		.width = w > 0 ? w : 1,
		.height = h > 0 ? h : 1,
		.depth = 1,
	};
	rig_add(rig, op)->transfer = rig_keep(rig, &t, sizeof(t));
}

// Draws a level and slice as large as it is; four floats a texel.
static void sample(struct rig *rig, const struct rig_image *image, uint16_t level, uint16_t slice,
	uint16_t format, float *texels) {
	static const float v[3][8] = { { -1, -3, 0, 1, 0, 2, 0, 1 }, { -1, 1, 0, 1, 0, 0, 0, 1 },
		{ 3, 1, 0, 1, 2, 0, 0, 1 } };
	uint32_t w = image->desc.width >> level, h = image->desc.height >> level;
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_color", "f_texture", RIG_RGBA32F);
	rig_two_attributes(&desc);
	struct pvg_gpu_view_desc shown = {
		.kind = PVG_GPU_2D,
		.format = format,
		.first_level = level,
		.levels = 1,
		.first_slice = slice,
		.slices = 1,
		.swizzle = { 2, 3, 4, 5 },
	};
	struct pvg_gpu_view *view = rig->r->ops->view_create(rig->r, image->image, &shown);
	assert_non_null(view);
	struct rig_image target = rig_image(rig, RIG_RGBA32F, w, h, 1);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, v, sizeof(v));
	struct pvg_gpu_program *program = rig_draws(rig, p, TRIANGLE);
	rig_begin(rig, &target, NULL);
	rig_use(rig, program);
	rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
	rig_bind_texture(rig, PVG_GPU_FRAGMENT, 0, view);
	rig_draw(rig, TRIANGLE, 0, 3);
	rig_end(rig);
	rig_read(rig, &target, texels, 16);
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig->r->ops->view_destroy(rig->r, view);
	rig_image_destroy(rig, &target);
}

static void compare(size_t which, const char *what, const float *a, const float *b, size_t count) {
	float within = formats[which].within / 255;
	if (formats[which].format == 152 && strcmp(what, "copied") == 0) {
		within = 0.5f / 255; // the view of the other transfer function
	}
	for (size_t i = 0; i < count; i++) {
		bool same = a[i] == b[i] || fabsf(a[i] - b[i]) <= within ||
			(isnan(a[i]) && isnan(b[i]));
		if (!same) {
			fail_msg("format %u, %s: texel %zu channel %zu is %g, the host's %g",
				formats[which].format, what, i / 4, i % 4, (double)b[i],
				(double)a[i]);
		}
	}
}

// All kinds of blocks, as they are sampled.
static void sample_blocks(struct rig *rig, size_t which, float *texels) {
	size_t count = EDGE * EDGE / 16, bytes = count * formats[which].block_bytes;
	uint8_t *blocks = malloc(bytes);
	assert_non_null(blocks);
	state_of_chance = 1;
	make_blocks(blocks, count, formats[which].block_bytes);
	struct rig_image image =
		make_image(rig, formats[which].format, EDGE, EDGE, PVG_GPU_2D, 1, 1);
	struct pvg_gpu_buffer *buffer = rig_buffer(rig, blocks, bytes);
	transfer(rig, PVG_GPU_OP_UPLOAD, &image, buffer, 0, 0, 0);
	rig_run(rig);
	sample(rig, &image, 0, 0, formats[which].format, texels);
	rig->r->ops->buffer_destroy(rig->r, buffer);
	rig->r->ops->image_destroy(rig->r, image.image);
	free(blocks);
}

// The face of a cube that nothing was put into.
static void sample_nothing(struct rig *rig, size_t which, float *texels) {
	struct rig_image image =
		make_image(rig, formats[which].format, 12, 12, PVG_GPU_CUBE, 2, 1);
	sample(rig, &image, 0, 4, formats[which].format, texels);
	rig->r->ops->image_destroy(rig->r, image.image);
}

/* ---- transfers ------------------------------------------------------------------------------ */

// The same list on both: uploads, a fill, copies within and between, then everything is read.
static void work(struct rig *rig, size_t which, uint8_t *read, float *texels) {
	uint16_t format = formats[which].format;
	uint8_t block_bytes = formats[which].block_bytes;
	uint8_t kind = PVG_GPU_2D_ARRAY;
	struct rig_image a = make_image(rig, format, WIDTH, HEIGHT, kind, LEVELS, LAYERS);
	struct rig_image b = make_image(rig, format, WIDTH, HEIGHT, kind, LEVELS, LAYERS);
	uint8_t bytes[ROOM];
	state_of_chance = 4;
	make_blocks(bytes, ROOM / block_bytes, block_bytes);
	// Written by the GPU as far as the renderer knows.
	struct pvg_gpu_buffer *from = rig_readback(rig, ROOM);
	memcpy(from->map, bytes, ROOM);
	struct pvg_gpu_buffer *to = rig_readback(rig, ROOM);
	uint64_t at = 0;
	for (uint16_t level = 0; level < LEVELS; level++) {
		for (uint16_t slice = 0; slice < LAYERS; slice++, at += 512) {
			transfer(rig, PVG_GPU_OP_UPLOAD, &a, from, at, level, slice);
		}
	}
	struct pvg_gpu_fill_image fill = { .at = { .image = a.image, .slice = 1, .x = 4, .y = 8 },
		.width = 12, .height = 4, .depth = 1, .format = format };
	memcpy(fill.texel, bytes + 64, 16);
	rig_add(rig, PVG_GPU_OP_FILL_IMAGE)->fill_image = rig_keep(rig, &fill, sizeof(fill));
	const struct pvg_gpu_copy_image copies[] = {
		{ { .image = a.image }, { .image = a.image, .x = 4, .y = 4 }, 20, 12, 1, 0 },
		{ { .image = a.image }, { .image = b.image }, WIDTH, HEIGHT, 2, 0 },
		{ { .image = a.image, .level = 1, .slice = 1 },
			{ .image = b.image, .level = 1 }, 14, 10, 1, 0 },
		{ { .image = a.image, .level = 3 }, { .image = b.image, .level = 3, .slice = 1 }, 3,
			2, 1, 0 },
	};
	for (size_t i = 0; i < 4; i++) {
		rig_add(rig, PVG_GPU_OP_COPY_IMAGE)->copy_image =
			rig_keep(rig, &copies[i], sizeof(copies[i]));
	}
	at = 0;
	for (uint16_t level = 0; level < LEVELS; level++) {
		for (uint16_t slice = 0; slice < LAYERS; slice++, at += 1024) {
			transfer(rig, PVG_GPU_OP_READ, &a, to, at, level, slice);
			transfer(rig, PVG_GPU_OP_READ, &b, to, at + 512, level, slice);
		}
	}
	rig_run(rig);
	memcpy(read, to->map, ROOM);
	// A view of another level, slice and transfer function.
	sample(rig, &b, 1, 0, format == 152 ? 153 : format, texels);
	rig->r->ops->buffer_destroy(rig->r, from);
	rig->r->ops->buffer_destroy(rig->r, to);
	rig->r->ops->image_destroy(rig->r, a.image);
	rig->r->ops->image_destroy(rig->r, b.image);
}

/* Between two end points: the nearest step to the formula. */
static void end_points_are_mixed_by_the_formula(void **state) {
	static const uint8_t indices[6] = { 0x88, 0xc6, 0xfa, 0x88, 0xc6, 0xfa }; // 0 to 7, twice
	static const struct {
		uint16_t format;
		uint8_t a, b;
		int16_t want[8];
	} channels[] = {
		{ 140, 200, 10, { 200, 10, 173, 146, 119, 91, 64, 37 } },
		{ 140, 10, 200, { 10, 200, 48, 86, 124, 162, 0, 255 } },
		{ 141, 100, 0x9c, { 100, -100, 71, 43, 14, -14, -43, -71 } },
		{ 141, 0x9c, 100, { -100, 100, -60, -20, 20, 60, -128, 127 } },
	};
	for (size_t i = 0; i < sizeof(channels) / sizeof(channels[0]); i++) {
		uint8_t block[8] = { channels[i].a, channels[i].b }, texels[16];
		memcpy(block + 2, indices, 6);
		gles_bc_decode(gles_bc_find(channels[i].format), block, texels);
		for (uint32_t k = 0; k < 16; k++) {
			assert_int_equal(texels[k], (uint8_t)channels[i].want[k % 8]);
		}
	}
	// 0xf800 and 0x001f: red and blue; the other way round there are three colours and nothing.
	static const uint8_t blocks[2][8] = { { 0x00, 0xf8, 0x1f, 0x00, 0xe4, 0xe4, 0xe4, 0xe4 },
		{ 0x1f, 0x00, 0x00, 0xf8, 0xe4, 0xe4, 0xe4, 0xe4 } };
	static const uint32_t want[2][4] = { { 0xff0000ff, 0xffff0000, 0xff5500aa, 0xffaa0055 },
		{ 0xffff0000, 0xff0000ff, 0xff800080, 0 } };
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t texels[16];
		gles_bc_decode(gles_bc_find(130), blocks[i], (uint8_t *)texels);
		for (uint32_t k = 0; k < 16; k++) {
			assert_int_equal(texels[k], want[i][k % 4]);
		}
	}
}

/* Any bytes are a block. */
static void every_pattern_is_decoded(void **state) {
	state_of_chance = 7;
	for (uint32_t i = 0; i < 200000; i++) {
		uint8_t block[16], texels[16 * 8];
		make_blocks(block, 1, 16);
		block[0] = (uint8_t)i;
		gles_bc_decode(gles_bc_find(formats[i / 256 % FORMATS].format), block, texels);
	}
}

static struct results *gather(const char *without) {
	struct rig *rig = rig_create(without);
	struct results *all = calloc(FORMATS, sizeof(*all));
	assert_non_null(all);
	for (size_t i = 0; i < FORMATS; i++) {
		all[i].known = rig->r->ops->format_caps(rig->r, formats[i].format) != 0;
		if (all[i].known) {
			sample_blocks(rig, i, &all[i].sampled[0][0]);
			sample_nothing(rig, i, &all[i].zero[0][0]);
			work(rig, i, all[i].read, &all[i].copied[0][0]);
		}
	}
	assert_true(rig->r->caps.bc || without == NULL);
	rig_destroy(rig);
	return all;
}

static void check(const char *without) {
	struct results *host = gather(NULL), *decoded = gather(without);
	for (size_t i = 0; i < FORMATS; i++) {
		assert_true(decoded[i].known);
		if (!host[i].known) {
			continue; // nothing to compare with
		}
		compare(i, "sampled", &host[i].sampled[0][0], &decoded[i].sampled[0][0],
			EDGE * EDGE * 4);
		compare(i, "zero", &host[i].zero[0][0], &decoded[i].zero[0][0], 12 * 12 * 4);
		compare(i, "copied", &host[i].copied[0][0], &decoded[i].copied[0][0],
			(WIDTH / 2) * (HEIGHT / 2) * 4);
		for (size_t k = 0; k < ROOM; k++) {
			if (host[i].read[k] != decoded[i].read[k]) {
				fail_msg("format %u: byte %zu is %02x, not %02x", formats[i].format,
					k, decoded[i].read[k], host[i].read[k]);
			}
		}
	}
	free(host);
	free(decoded);
}

static void decoded_blocks_are_as_the_hosts(void **state) {
	check(WITHOUT_BC);
}

static void also_in_shadow_memory(void **state) {
	check(WITHOUT_BC " GL_EXT_buffer_storage");
}

// Formats that are views of one another are decoded together.
static void also_where_some_are_missing(void **state) {
	check("GL_EXT_texture_compression_s3tc_srgb GL_NV_sRGB_formats");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(end_points_are_mixed_by_the_formula),
		cmocka_unit_test(every_pattern_is_decoded),
		cmocka_unit_test(decoded_blocks_are_as_the_hosts),
		cmocka_unit_test(also_in_shadow_memory),
		cmocka_unit_test(also_where_some_are_missing),
	};
	return cmocka_run_group_tests_name("bc", tests, NULL, NULL);
}
