// SPDX-License-Identifier: GPL-2.0-or-later
#include "rig.h"

#include <string.h>

/* Textures of one dimension, and arrays of them: stored, read, sampled, drawn into, copied. */

enum { TRIANGLE_STRIP = 4, SIDE = RIG_SIDE, LAYERS = 4, LEVELS = 5 };

static struct rig_image lines(struct rig *rig, uint16_t format, uint32_t width, uint16_t levels,
	uint16_t layers) {
	struct rig_image image = {
		.desc = {
			.kind = layers > 1 ? PVG_GPU_1D_ARRAY : PVG_GPU_1D,
			.usage = PVG_GPU_IMAGE_SAMPLED | PVG_GPU_IMAGE_TARGET |
				PVG_GPU_IMAGE_STORAGE | PVG_GPU_IMAGE_VIEWS,
			.format = format, .width = width, .height = 1, .depth = 1, .levels = levels,
			.samples = 1, .layers = layers,
		},
	};
	image.image = rig->r->ops->image_create(rig->r, &image.desc);
	assert_non_null(image.image);
	const struct pvg_gpu_view_desc view = { .kind = image.desc.kind,
		.format = format,
		.levels = levels,
		.slices = layers,
		.swizzle = { 2, 3, 4, 5 } };
	image.view = rig->r->ops->view_create(rig->r, image.image, &view);
	assert_non_null(image.view);
	return image;
}

// One line of an array, as a texture of its own, in a format of as many bytes.
static struct rig_image line_of(struct rig *rig, const struct rig_image *image, uint16_t slice,
	uint16_t level, uint16_t format) {
	struct rig_image line = *image;
	line.desc.kind = PVG_GPU_1D;
	line.desc.width = image->desc.width >> level;
	const struct pvg_gpu_view_desc view = { .kind = PVG_GPU_1D,
		.format = format,
		.first_level = level,
		.levels = 1,
		.first_slice = slice,
		.slices = 1,
		.swizzle = { 2, 3, 4, 5 } };
	line.view = rig->r->ops->view_create(rig->r, image->image, &view);
	assert_non_null(line.view);
	return line;
}

static struct pvg_gpu_transfer *transfer(struct rig *rig, enum pvg_gpu_op op,
	struct pvg_gpu_buffer *buffer, const struct rig_image *image, uint16_t level,
	uint16_t slice) {
	const struct pvg_gpu_transfer t = {
		.span = { buffer, 0, buffer->size_bytes },
		.at = { .image = image->image, .level = level, .slice = slice },
		.width = image->desc.width >> level,
		.height = 1,
		.depth = 1,
	};
	struct pvg_gpu_transfer *kept = rig_keep(rig, &t, sizeof(t));
	rig_add(rig, op)->transfer = kept;
	return kept;
}

static void read_line(struct rig *rig, const struct rig_image *image, uint16_t level,
	uint16_t slice, void *texels, size_t bytes) {
	struct pvg_gpu_buffer *back = rig_readback(rig, bytes);
	transfer(rig, PVG_GPU_OP_READ, back, image, level, slice);
	rig_run(rig);
	memcpy(texels, back->map, bytes);
	rig->r->ops->buffer_destroy(rig->r, back);
}

static void dispatch(struct rig *rig, uint32_t x, uint32_t y) {
	const struct pvg_gpu_dispatch d = { .grid = { x, y, 1 } };
	rig_add(rig, PVG_GPU_OP_DISPATCH)->dispatch = rig_keep(rig, &d, sizeof(d));
	rig_add(rig, PVG_GPU_OP_BARRIER);
}

// Runs a kernel of one thread a group; @out: what it stores into, NULL: the image.
static void run_kernel(struct rig *rig, const char *name, const struct rig_image *image,
	struct pvg_gpu_buffer *out, uint32_t x, uint32_t y) {
	struct pvg_gpu_pipeline *p = rig_kernel(rig, name);
	struct pvg_gpu_view *views[PVG_GPU_TEXTURES] = { image->view };
	const struct pvg_gpu_use use = { .local_size = { 1, 1, 1 },
		.textures[PVG_GPU_KERNEL] = views };
	rig_use(rig, rig_program(rig, p, &use));
	rig_bind_texture(rig, PVG_GPU_KERNEL, 0, image->view);
	if (out != NULL) {
		rig_bind(rig, PVG_GPU_KERNEL, 0, out, 0);
	}
	dispatch(rig, x, y);
	rig_run(rig);
	rig->r->ops->pipeline_destroy(rig->r, p);
}

// What k_line and k_lines leave, in the order of memory.
static uint32_t numbered(uint32_t x, uint32_t layer, bool bgra) {
	uint32_t red = x * 17, green = layer * 64 - (layer != 0), blue = 255;
	return bgra ? 0xff000000 | red << 16 | green << 8 | blue
		    : 0xff000000 | blue << 16 | green << 8 | red;
}

static void kernels_store_and_read(void **state) {
	static const uint16_t formats[] = { RIG_RGBA8, RIG_BGRA8 };
	struct rig *rig = *state;
	struct pvg_gpu_buffer *out = rig_readback(rig, LAYERS * SIDE * 16);
	for (uint32_t i = 0; i < 2; i++) {
		struct rig_image line = lines(rig, formats[i], SIDE, 1, 1);
		struct rig_image array = lines(rig, formats[i], SIDE, 1, LAYERS);
		uint32_t texels[SIDE];
		float seen[LAYERS * SIDE][4];
		run_kernel(rig, "k_line", &line, NULL, SIDE, 1);
		read_line(rig, &line, 0, 0, texels, sizeof(texels));
		for (uint32_t x = 0; x < SIDE; x++) {
			assert_true(rig_near(texels[x], numbered(x, 3, i == 1), 1));
		}
		run_kernel(rig, "k_read_line", &line, out, SIDE, 1);
		memcpy(seen, out->map, SIDE * 16);
		for (uint32_t x = 0; x < SIDE; x++) {
			assert_float_equal(seen[x][0], (float)x / 15, 0.003);
			assert_float_equal(seen[x][1], 0.75, 0.003);
			assert_float_equal(seen[x][2], 1, 0);
		}
		run_kernel(rig, "k_lines", &array, NULL, SIDE, LAYERS);
		for (uint16_t layer = 0; layer < LAYERS; layer++) {
			read_line(rig, &array, 0, layer, texels, sizeof(texels));
			for (uint32_t x = 0; x < SIDE; x++) {
				assert_true(rig_near(texels[x], numbered(x, layer, i == 1), 1));
			}
		}
		run_kernel(rig, "k_read_lines", &array, out, SIDE, LAYERS);
		memcpy(seen, out->map, sizeof(seen));
		for (uint32_t n = 0; n < LAYERS * SIDE; n++) {
			assert_float_equal(seen[n][0], (float)(n % SIDE) / 15, 0.003);
			assert_float_equal(seen[n][1], (float)(n / SIDE) / 4, 0.003);
		}
		// One line of the array, stored into through a view of it.
		struct rig_image third = line_of(rig, &array, 2, 0, formats[i]);
		run_kernel(rig, "k_line", &third, NULL, SIDE / 2, 1);
		read_line(rig, &array, 0, 2, texels, sizeof(texels));
		for (uint32_t x = 0; x < SIDE; x++) {
			uint32_t layer = x < SIDE / 2 ? 3 : 2;
			assert_true(rig_near(texels[x], numbered(x, layer, i == 1), 1));
		}
		rig->r->ops->view_destroy(rig->r, third.view);
		rig_image_destroy(rig, &line);
		rig_image_destroy(rig, &array);
	}
	rig->r->ops->buffer_destroy(rig->r, out);
}

// Draws a quad whose colour goes from 0 to @right and to @bottom, with a texture.
static void draw_with(struct rig *rig, const char *fragment, const struct rig_image *image,
	bool linear, float right, float bottom, float texels[SIDE][SIDE][4]) {
	const float quad[4][8] = {
		{ -1, 1, 0, 1, 0, 0, 0, 1 },
		{ 1, 1, 0, 1, right, 0, 0, 1 },
		{ -1, -1, 0, 1, 0, bottom, 0, 1 },
		{ 1, -1, 0, 1, right, bottom, 0, 1 },
	};
	const struct pvg_gpu_sampler_desc sampling = {
		.min_filter = linear,
		.mag_filter = linear,
		.lod_max = 100,
		.max_anisotropy = 1,
		.normalized = true,
	};
	static const double none[4] = { 0 };
	struct rig_image target = rig_image(rig, RIG_RGBA32F, SIDE, SIDE, 1);
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_color", fragment, RIG_RGBA32F);
	rig_two_attributes(&desc);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_sampler *sampler = rig->r->ops->sampler_create(rig->r, &sampling);
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, quad, sizeof(quad));
	assert_non_null(sampler);
	rig_begin(rig, &target, none);
	rig_use(rig, rig_draws(rig, p, TRIANGLE_STRIP));
	rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
	rig_bind_texture(rig, PVG_GPU_FRAGMENT, 0, image->view);
	rig_bind_sampler(rig, PVG_GPU_FRAGMENT, 0, sampler);
	rig_draw(rig, TRIANGLE_STRIP, 0, 4);
	rig_end(rig);
	rig_read(rig, &target, texels, 16);
	rig->r->ops->sampler_destroy(rig->r, sampler);
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig_image_destroy(rig, &target);
}

static void functions_sample(void **state) {
	struct rig *rig = *state;
	struct rig_image line = lines(rig, RIG_RGBA32F, SIDE, 1, 1);
	struct rig_image array = lines(rig, RIG_BGRA8, SIDE, 1, LAYERS);
	float texels[SIDE][SIDE][4];
	run_kernel(rig, "k_line", &line, NULL, SIDE, 1);
	run_kernel(rig, "k_lines", &array, NULL, SIDE, LAYERS);
	draw_with(rig, "f_line", &line, false, 1, 1, texels);
	for (uint32_t i = 0; i < SIDE * SIDE; i++) {
		assert_float_equal(texels[i / SIDE][i % SIDE][0], (float)(i % SIDE) / 15, 0.0001);
	}
	// Half as wide: between two texels of the first half.
	draw_with(rig, "f_line", &line, true, 0.5f, 1, texels);
	for (uint32_t x = 1; x < SIDE; x++) {
		float want = ((float)x + 0.5f) / 2 - 0.5f;
		assert_float_equal(texels[7][x][0], want / 15, 0.001);
	}
	draw_with(rig, "f_lines", &array, false, 1, LAYERS, texels);
	for (uint32_t i = 0; i < SIDE * SIDE; i++) {
		uint32_t x = i % SIDE, y = i / SIDE;
		assert_float_equal(texels[y][x][0], (float)x / 15, 0.003);
		assert_float_equal(texels[y][x][1], (float)(y / (SIDE / LAYERS)) / 4, 0.003);
		assert_float_equal(texels[y][x][2], 1, 0);
	}
	rig_image_destroy(rig, &line);
	rig_image_destroy(rig, &array);
}

static void parts_are_copied(void **state) {
	struct rig *rig = *state;
	struct rig_image array = lines(rig, RIG_RGBA8, SIDE, 2, LAYERS);
	struct rig_image line = lines(rig, RIG_BGRA8, SIDE, 1, 1);
	uint32_t texels[SIDE], numbers[SIDE];
	for (uint32_t x = 0; x < SIDE; x++) {
		numbers[x] = 0x01020304 * (x + 1);
	}
	struct pvg_gpu_buffer *from = rig_buffer(rig, numbers, sizeof(numbers));
	// Five texels into the middle of slice 2, all of level 1 of slice 3.
	struct pvg_gpu_transfer *part = transfer(rig, PVG_GPU_OP_UPLOAD, from, &array, 0, 2);
	part->at.x = 6;
	part->width = 5;
	transfer(rig, PVG_GPU_OP_UPLOAD, from, &array, 1, 3);
	// From there into a texture with its bytes in another order: copies do not care.
	struct pvg_gpu_copy_image copy = { .from = { .image = array.image, .slice = 2, .x = 7 },
		.to = { .image = line.image, .x = 1 },
		.width = 4,
		.height = 1,
		.depth = 1 };
	rig_add(rig, PVG_GPU_OP_COPY_IMAGE)->copy_image = rig_keep(rig, &copy, sizeof(copy));
	const struct pvg_gpu_fill_image fill = { .at = { .image = line.image, .x = 12 },
		.width = 3,
		.height = 1,
		.depth = 1,
		.format = RIG_RGBA8,
		.texel = { 9, 8, 7, 6 } };
	rig_add(rig, PVG_GPU_OP_FILL_IMAGE)->fill_image = rig_keep(rig, &fill, sizeof(fill));
	rig_run(rig);
	read_line(rig, &array, 0, 2, texels, sizeof(texels));
	for (uint32_t x = 0; x < SIDE; x++) {
		assert_int_equal(texels[x], x >= 6 && x < 11 ? numbers[x - 6] : 0);
	}
	read_line(rig, &array, 1, 3, texels, sizeof(texels) / 2);
	assert_memory_equal(texels, numbers, sizeof(texels) / 2);
	read_line(rig, &array, 1, 2, texels, sizeof(texels) / 2);
	for (uint32_t x = 0; x < SIDE / 2; x++) {
		assert_int_equal(texels[x], 0);
	}
	read_line(rig, &line, 0, 0, texels, sizeof(texels));
	for (uint32_t x = 0; x < SIDE; x++) {
		uint32_t want = x >= 1 && x < 5 ? numbers[x] : x >= 12 && x < 15 ? 0x06070809 : 0;
		assert_int_equal(texels[x], want);
	}
	rig->r->ops->buffer_destroy(rig->r, from);
	rig_image_destroy(rig, &array);
	rig_image_destroy(rig, &line);
}

static void levels_are_averages(void **state) {
	struct rig *rig = *state;
	for (uint16_t layers = 1; layers <= LAYERS; layers += LAYERS - 1) {
		struct rig_image array = lines(rig, RIG_RGBA32F, SIDE, LEVELS, layers);
		float texels[SIDE][4];
		struct pvg_gpu_buffer *from[LAYERS];
		for (uint16_t layer = 0; layer < layers; layer++) {
			for (uint32_t x = 0; x < SIDE; x++) {
				const float texel[4] = { (float)x, layer, 2, 1 };
				memcpy(texels[x], texel, sizeof(texel));
			}
			from[layer] = rig_buffer(rig, texels, sizeof(texels));
			transfer(rig, PVG_GPU_OP_UPLOAD, from[layer], &array, 0, layer);
		}
		rig_add(rig, PVG_GPU_OP_MIPMAPS)->mipmaps.view = array.view;
		rig_run(rig);
		for (uint16_t layer = 0; layer < layers; layer++) {
			for (uint16_t level = 0; level < LEVELS; level++) {
				uint32_t width = SIDE >> level;
				read_line(rig, &array, level, layer, texels, width * 16);
				for (uint32_t x = 0; x < width; x++) {
					float step = (float)(1u << level);
					assert_float_equal(texels[x][0],
						((float)x + 0.5f) * step - 0.5f, 0.001);
					assert_float_equal(texels[x][1], (float)layer, 0);
				}
			}
			rig->r->ops->buffer_destroy(rig->r, from[layer]);
		}
		rig_image_destroy(rig, &array);
	}
}

/* Points of two colours into a line, a line of an array at a level, and all lines at once. */
static void they_are_drawn_into(void **state) {
	static const double blue[4] = { 0, 0, 1, 1 };
	struct rig *rig = *state;
	// The left half in red.
	const float strip[4][8] = {
		{ -1, 1, 0, 1, 1, 0, 0, 1 },
		{ 0, 1, 0, 1, 1, 0, 0, 1 },
		{ -1, -1, 0, 1, 1, 0, 0, 1 },
		{ 0, -1, 0, 1, 1, 0, 0, 1 },
	};
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_color", "f_color", RIG_BGRA8_SRGB);
	rig_two_attributes(&desc);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_program *program = rig_draws(rig, p, TRIANGLE_STRIP);
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, strip, sizeof(strip));
	struct rig_image line = lines(rig, RIG_BGRA8, SIDE, 1, 1);
	struct rig_image array = lines(rig, RIG_BGRA8, SIDE, 2, LAYERS);
	struct rig_image views[] = {
		line_of(rig, &line, 0, 0, RIG_BGRA8_SRGB),
		line_of(rig, &array, 2, 1, RIG_BGRA8_SRGB),
	};
	uint32_t texels[SIDE];
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t width = views[i].desc.width;
		rig_begin(rig, &views[i], blue);
		rig_use(rig, program);
		rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
		rig_draw(rig, TRIANGLE_STRIP, 0, 4);
		rig_end(rig);
		rig_run(rig);
		read_line(rig, i == 0 ? &line : &array, (uint16_t)i, i == 0 ? 0 : 2, texels,
			width * 4);
		for (uint32_t x = 0; x < width; x++) {
			assert_int_equal(texels[x], x < width / 2 ? 0xffff0000 : 0xff0000ff);
		}
		rig->r->ops->view_destroy(rig->r, views[i].view);
	}
	// Cleared, all of them; the other level stays as it is.
	struct pvg_gpu_pass *pass = rig_begin(rig, &array, blue);
	pass->layers = LAYERS;
	rig_end(rig);
	for (uint16_t layer = 0; layer < LAYERS; layer++) {
		read_line(rig, &array, 0, layer, texels, sizeof(texels));
		for (uint32_t x = 0; x < SIDE; x++) {
			assert_int_equal(texels[x], 0xff0000ff);
		}
	}
	read_line(rig, &array, 1, 2, texels, sizeof(texels) / 2);
	assert_int_equal(texels[0], 0xffff0000);
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig_image_destroy(rig, &line);
	rig_image_destroy(rig, &array);
}

static void a_height_is_refused(void **state) {
	struct rig *rig = *state;
	const struct pvg_gpu_image_desc desc = { .kind = PVG_GPU_1D,
		.usage = PVG_GPU_IMAGE_SAMPLED,
		.format = RIG_RGBA8,
		.width = 8,
		.height = 2,
		.depth = 1,
		.levels = 1,
		.samples = 1,
		.layers = 1 };
	assert_null(rig->r->ops->image_create(rig->r, &desc));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernels_store_and_read),
		cmocka_unit_test(functions_sample),
		cmocka_unit_test(parts_are_copied),
		cmocka_unit_test(levels_are_averages),
		cmocka_unit_test(they_are_drawn_into),
		cmocka_unit_test(a_height_is_refused),
	};
	return cmocka_run_group_tests_name("lines", tests, rig_set_up, rig_tear_down);
}
