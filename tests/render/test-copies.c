// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies and fills of buffers and images.
 */
#include <stdlib.h>
#include <string.h>

#include "render/gles/gles.h"
#include "seam.h"

static struct pvg_gpu_copy_image *copy(struct seam *s, struct pvg_gpu_image *from,
	struct pvg_gpu_image *to, uint32_t width, uint32_t height) {
	struct pvg_gpu_copy_image c = {
		.from.image = from, .to.image = to, .width = width, .height = height, .depth = 1
	};
	struct pvg_gpu_copy_image *kept = seam_keep(s, &c, sizeof(c));
	seam_add(s, PVG_GPU_OP_COPY_IMAGE)->copy_image = kept;
	return kept;
}

static void fill_random(struct pvg_gpu_buffer *b, size_t bytes) {
	for (size_t i = 0; i < bytes; i++) {
		b->map[i] = (uint8_t)seam_random();
	}
}

static void copies_never_convert(void **state) {
	struct seam *s = *state;
	// From and to; texels of the same size, whatever they mean.
	static const uint16_t pairs[][2] = { { 80, 81 }, { 81, 80 }, { 70, 81 }, { 71, 70 },
		{ 80, 53 }, { 90, 94 }, { 55, 80 }, { 1, 10 }, { 25, 20 }, { 115, 105 },
		{ 125, 123 }, { 12, 10 }, { 41, 41 }, { 43, 43 }, { 40, 40 }, { 93, 93 },
		{ 92, 53 }, { 252, 252 }, { 250, 250 }, { 260, 260 }, { 253, 253 }, { 130, 130 },
		{ 130, 131 }, { 152, 153 }, { 204, 186 }, { 180, 180 } };
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const struct gles_format *f = gles_format_find(pairs[i][0]);
		if (s->r->ops->format_caps(s->r, pairs[i][0]) == 0 ||
			s->r->ops->format_caps(s->r, pairs[i][1]) == 0) {
			continue;
		}
		uint32_t w = f->block_width * 4, h = f->block_height * 4;
		struct pvg_gpu_image *from =
			seam_image(s, PVG_GPU_2D, pairs[i][0], w, h, 1, 1, 1, 1);
		struct pvg_gpu_image *to = seam_image(s, PVG_GPU_2D, pairs[i][1], w, h, 1, 1, 1, 1);
		uint32_t bytes = 16u * f->block_bytes;
		struct pvg_gpu_buffer *b = seam_buffer(s, bytes * 2);
		fill_random(b, bytes);
		for (uint32_t k = 0; f->value >= GLES_DEPTH && k < 16; k++) {
			float depth = (float)k / 16.0f;
			if (f->block_bytes >= 4) {
				memset(b->map + k * f->block_bytes, 0, f->block_bytes);
				memcpy(b->map + k * f->block_bytes, &depth, 4);
			}
		}
		seam_upload(s, b, 0, 0, from, 0, 0, w, h);
		copy(s, from, to, w, h);
		seam_read(s, b, bytes, 0, to, 0, 0, w, h);
		seam_run(s);
		if (memcmp(b->map, b->map + bytes, bytes) != 0) {
			print_error("from %u to %u\n", pairs[i][0], pairs[i][1]);
		}
		assert_memory_equal(b->map, b->map + bytes, bytes);
		seam_destroy_buffer(s, b);
		seam_destroy_image(s, from);
		seam_destroy_image(s, to);
	}
	assert_int_equal(seam_refusals, 0);
}

static void copies_go_between_levels_slices_and_planes(void **state) {
	struct seam *s = *state;
	struct pvg_gpu_image *array = seam_image(s, PVG_GPU_2D_ARRAY, 80, 8, 8, 1, 2, 4, 1);
	struct pvg_gpu_image *volume = seam_image(s, PVG_GPU_3D, 80, 8, 8, 8, 1, 1, 1);
	struct pvg_gpu_image *cube = seam_image(s, PVG_GPU_CUBE, 80, 4, 4, 1, 1, 1, 1);
	struct pvg_gpu_buffer *b = seam_buffer(s, 4096);
	fill_random(b, 64);
	seam_upload(s, b, 0, 0, array, 1, 2, 4, 4);
	struct pvg_gpu_copy_image *c = copy(s, array, volume, 4, 4);
	c->from.level = 1;
	c->from.slice = 2;
	c->to.x = 1;
	c->to.y = 2;
	c->to.z = 5;
	c = copy(s, volume, cube, 4, 4);
	c->from = (struct pvg_gpu_location){ .image = volume, .x = 1, .y = 2, .z = 5 };
	c->to.slice = 4;
	seam_read(s, b, 256, 0, cube, 0, 4, 4, 4);
	seam_read(s, b, 512, 0, cube, 0, 3, 4, 4);
	seam_run(s);
	assert_memory_equal(b->map, b->map + 256, 64);
	for (int i = 0; i < 64; i++) {
		assert_int_equal(b->map[512 + i], 0);
	}
	seam_destroy_buffer(s, b);
	seam_destroy_image(s, array);
	seam_destroy_image(s, volume);
	seam_destroy_image(s, cube);
}

static void overlapping_copies_read_before_they_write(void **state) {
	struct seam *s = *state;
	static const uint16_t formats[] = { 80, 252, 260, 40, 130 };
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		const struct gles_format *f = gles_format_find(formats[i]);
		if (s->r->ops->format_caps(s->r, formats[i]) == 0) {
			continue;
		}
		uint32_t bw = f->block_width, bh = f->block_height, texel = f->block_bytes;
		struct pvg_gpu_image *image =
			seam_image(s, PVG_GPU_2D, formats[i], bw * 8, bh * 8, 1, 1, 1, 1);
		struct pvg_gpu_buffer *b = seam_buffer(s, texel * 128);
		for (uint32_t k = 0; k < 64; k++) {
			memset(b->map + k * texel, 0, texel);
			b->map[k * texel] = (uint8_t)(k + 1);
			if (f->value >= GLES_DEPTH) {
				float depth = (float)k / 64.0f;
				memcpy(b->map + k * texel, &depth, 4);
			}
		}
		seam_upload(s, b, 0, 0, image, 0, 0, bw * 8, bh * 8);
		struct pvg_gpu_copy_image *c = copy(s, image, image, bw * 6, bh * 6);
		c->to.x = bw;
		c->to.y = bh;
		seam_read(s, b, texel * 64, 0, image, 0, 0, bw * 8, bh * 8);
		seam_run(s);
		for (uint32_t y = 0; y < 6; y++) {
			assert_memory_equal(b->map + y * 8 * texel,
				b->map + texel * 64 + ((y + 1) * 8 + 1) * texel, 6 * texel);
		}
		seam_destroy_buffer(s, b);
		seam_destroy_image(s, image);
	}
	assert_int_equal(seam_refusals, 0);
}

// Depth and stencil of combined texels, one at a time, by every way.
static void aspects_are_apart(void **state) {
	struct seam *s = *state;
	for (int way = 0; way < 2; way++) { // 0: images to images, 1: by buffers
		struct pvg_gpu_image *from = seam_image(s, PVG_GPU_2D_ARRAY, 260, 4, 4, 1, 1, 2, 1);
		struct pvg_gpu_image *to = seam_image(s, PVG_GPU_2D_ARRAY, 260, 4, 4, 1, 1, 2, 1);
		struct pvg_gpu_buffer *b = seam_buffer(s, 2048);
		for (uint32_t k = 0; k < 32; k++) { // 16 for each image
			float depth = (float)k / 32.0f;
			memset(b->map + k * 8, 0, 8);
			memcpy(b->map + k * 8, &depth, 4);
			b->map[k * 8 + 4] = (uint8_t)(k * 7 + 1);
		}
		seam_upload(s, b, 0, 0, from, 0, 1, 4, 4);
		seam_upload(s, b, 128, 0, to, 0, 1, 4, 4);
		struct pvg_gpu_transfer *t;
		if (way == 0) {
			struct pvg_gpu_copy_image *c = copy(s, from, to, 4, 2);
			c->aspect = PVG_GPU_ASPECT_DEPTH;
			c->from.slice = c->to.slice = 1;
			c = copy(s, from, to, 4, 2);
			c->aspect = PVG_GPU_ASPECT_STENCIL;
			c->from.slice = c->to.slice = 1;
			c->from.y = c->to.y = 2;
		} else {
			t = seam_read(s, b, 512, 20, from, 0, 1, 4, 2);
			t->aspect = PVG_GPU_ASPECT_DEPTH;
			t = seam_upload(s, b, 512, 20, to, 0, 1, 4, 2);
			t->aspect = PVG_GPU_ASPECT_DEPTH;
			t = seam_read(s, b, 601, 5, from, 0, 1, 4, 2);
			t->aspect = PVG_GPU_ASPECT_STENCIL;
			t->at.y = 2;
			t = seam_upload(s, b, 601, 5, to, 0, 1, 4, 2);
			t->aspect = PVG_GPU_ASPECT_STENCIL;
			t->at.y = 2;
		}
		seam_read(s, b, 1024, 0, to, 0, 1, 4, 4);
		seam_run(s);
		for (uint32_t k = 0; k < 16; k++) {
			const uint8_t *got = b->map + 1024 + k * 8;
			const uint8_t *depth = b->map + (k < 8 ? 0 : 128) + k * 8;
			const uint8_t *stencil = b->map + (k < 8 ? 128 : 0) + k * 8;
			assert_memory_equal(got, depth, 4);
			assert_int_equal(got[4], stencil[4]);
		}
		seam_destroy_buffer(s, b);
		seam_destroy_image(s, from);
		seam_destroy_image(s, to);
	}
	assert_int_equal(seam_refusals, 0);
}

static void aspects_of_24_bits_are_exact(void **state) {
	struct seam *s = *state;
	if (s->r->ops->format_caps(s->r, 255) == 0) {
		skip();
	}
	struct pvg_gpu_image *image = seam_image(s, PVG_GPU_2D, 255, 64, 64, 1, 1, 1, 1);
	uint32_t bytes = 64 * 64 * 4;
	struct pvg_gpu_buffer *b = seam_buffer(s, bytes * 3);
	fill_random(b, bytes * 2);
	seam_upload(s, b, 0, 0, image, 0, 0, 64, 64);
	struct pvg_gpu_transfer *t = seam_upload(s, b, bytes, 0, image, 0, 0, 64, 64);
	t->aspect = PVG_GPU_ASPECT_DEPTH;
	seam_read(s, b, bytes * 2, 0, image, 0, 0, 64, 64);
	seam_run(s);
	for (uint32_t i = 0; i < bytes; i += 4) {
		const uint8_t *got = b->map + bytes * 2 + i;
		assert_int_equal(got[0], b->map[i]); // stencil stayed
		assert_memory_equal(got + 1, b->map + bytes + i + 1, 3);
	}
	t = seam_read(s, b, 0, 0, image, 0, 0, 64, 64);
	t->aspect = PVG_GPU_ASPECT_DEPTH;
	seam_run(s);
	for (uint32_t i = 0; i < bytes; i += 4) {
		assert_memory_equal(b->map + i + 1, b->map + bytes + i + 1, 3);
	}
	seam_destroy_buffer(s, b);
	seam_destroy_image(s, image);
}

static void impossible_copies_are_refused(void **state) {
	struct seam *s = *state;
	struct pvg_gpu_image *four = seam_image(s, PVG_GPU_2D, 80, 8, 8, 1, 1, 1, 1);
	struct pvg_gpu_image *one = seam_image(s, PVG_GPU_2D, 10, 8, 8, 1, 1, 1, 1);
	struct pvg_gpu_image *depth = seam_image(s, PVG_GPU_2D, 252, 8, 8, 1, 1, 1, 1);
	struct pvg_gpu_image *many = seam_image(s, PVG_GPU_2D_MS, 80, 8, 8, 1, 1, 1, 4);
	copy(s, four, one, 8, 8);
	copy(s, four, depth, 8, 8);
	copy(s, four, many, 8, 8);
	copy(s, four, four, 9, 8);
	copy(s, four, four, 8, 8)->to.x = 1;
	copy(s, four, four, 4, 4)->from.level = 1;
	copy(s, four, four, 4, 4)->to.slice = 1;
	copy(s, four, four, 4, 4)->from.x = UINT32_MAX;
	copy(s, four, one, 0, 8); // nothing to do: not refused
	seam_run(s);
	assert_int_equal(seam_refusals, 8);
	seam_destroy_image(s, four);
	seam_destroy_image(s, one);
	seam_destroy_image(s, depth);
	seam_destroy_image(s, many);
}

static void buffers_are_copied_and_filled(void **state) {
	struct seam *s = *state;
	struct pvg_gpu_buffer *b = seam_buffer(s, 100000);
	struct pvg_gpu_buffer *other = seam_buffer(s, 1000);
	fill_random(other, 1000);
	memset(b->map, 0xee, b->size_bytes);
	static const uint32_t at[][2] = { { 0, 3 }, { 8, 4 }, { 101, 1 }, { 1003, 4096 },
		{ 6000, 50001 } };
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		struct pvg_gpu_cmd *cmd = seam_add(s, PVG_GPU_OP_FILL_BUFFER);
		cmd->fill_buffer.span = (struct pvg_gpu_span){ b, at[i][0], at[i][1] };
		cmd->fill_buffer.pattern = 0x44332211;
	}
	struct pvg_gpu_copy_buffer c = { { other, 7, 501 }, { b, 70001, 501 } };
	seam_add(s, PVG_GPU_OP_COPY_BUFFER)->copy_buffer = seam_keep(s, &c, sizeof(c));
	// Within one buffer, and what was just written.
	struct pvg_gpu_copy_buffer d = { { b, 1003, 64 }, { b, 90000, 64 } };
	seam_add(s, PVG_GPU_OP_COPY_BUFFER)->copy_buffer = seam_keep(s, &d, sizeof(d));
	seam_run(s);
	uint8_t *want = malloc(100000);
	memset(want, 0xee, 100000);
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		for (uint32_t k = 0; k < at[i][1]; k++) {
			want[at[i][0] + k] = (uint8_t)(0x11 * (k % 4 + 1));
		}
	}
	memcpy(want + 70001, other->map + 7, 501);
	memcpy(want + 90000, want + 1003, 64);
	assert_memory_equal(b->map, want, 100000);
	free(want);
	seam_destroy_buffer(s, b);
	seam_destroy_buffer(s, other);
}

// A box of every format; neighbours stay.
static void texels_are_filled(void **state) {
	struct seam *s = *state;
	for (uint16_t number = 1; number < GLES_FORMATS; number++) {
		const struct gles_format *f = gles_format_find(number);
		if (f == NULL || s->r->ops->format_caps(s->r, number) == 0 ||
			(f->flags & GLES_FORMAT_PARENT)) {
			continue;
		}
		uint32_t bw = f->block_width, bh = f->block_height, texel = f->block_bytes;
		struct pvg_gpu_image *image =
			seam_image(s, PVG_GPU_2D_ARRAY, number, bw * 5, bh * 5, 1, 1, 3, 1);
		struct pvg_gpu_buffer *b = seam_buffer(s, texel * 25);
		struct pvg_gpu_fill_image fill = {
			.at = { .image = image, .slice = 1, .x = bw, .y = bh * 2 },
			.width = bw * 3,
			.height = bh * 2,
			.depth = 2,
			.format = number
		};
		for (uint32_t i = 0; i < texel; i++) {
			fill.texel[i] = (uint8_t)(seam_random() | 1);
		}
		float depth = 0.25f;
		if (f->value >= GLES_DEPTH && texel >= 4) {
			memcpy(fill.texel, &depth, 4);
			memset(fill.texel + 4, 0, 12);
			fill.texel[4] = texel == 8 ? 77 : 0;
		}
		seam_add(s, PVG_GPU_OP_FILL_IMAGE)->fill_image = seam_keep(s, &fill, sizeof(fill));
		for (uint16_t slice = 0; slice < 3; slice++) {
			seam_read(s, b, 0, 0, image, 0, slice, bw * 5, bh * 5);
			seam_run(s);
			for (uint32_t y = 0; y < 5; y++) {
				for (uint32_t x = 0; x < 5; x++) {
					static const uint8_t zero[16];
					bool in = slice > 0 && x >= 1 && x < 4 && y >= 2 && y < 4;
					const uint8_t *got = b->map + (y * 5 + x) * texel;
					if (memcmp(got, in ? fill.texel : zero, texel) != 0) {
						print_error("format %u %s\n", number, f->name);
					}
					assert_memory_equal(got, in ? fill.texel : zero, texel);
				}
			}
		}
		seam_destroy_buffer(s, b);
		seam_destroy_image(s, image);
	}
	assert_int_equal(seam_refusals, 0);
}

static void fills_that_do_not_fit_are_refused(void **state) {
	struct seam *s = *state;
	struct pvg_gpu_image *image = seam_image(s, PVG_GPU_2D, 80, 8, 8, 1, 1, 1, 1);
	struct pvg_gpu_fill_image fill = {
		.at.image = image, .width = 8, .height = 8, .depth = 1, .format = 81
	};
	struct pvg_gpu_fill_image bad[5];
	for (int i = 0; i < 5; i++) {
		bad[i] = fill;
	}
	bad[0].format = 10;
	bad[1].format = 65535;
	bad[2].width = UINT32_MAX;
	bad[3].at.level = 1;
	bad[4].depth = 2;
	seam_add(s, PVG_GPU_OP_FILL_IMAGE)->fill_image = &fill;
	for (int i = 0; i < 5; i++) {
		seam_add(s, PVG_GPU_OP_FILL_IMAGE)->fill_image = &bad[i];
	}
	seam_run(s);
	assert_int_equal(seam_refusals, 5);
	seam_destroy_image(s, image);
}

int main(int argc, char **argv) {
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_never_convert),
		cmocka_unit_test(copies_go_between_levels_slices_and_planes),
		cmocka_unit_test(overlapping_copies_read_before_they_write),
		cmocka_unit_test(aspects_are_apart),
		cmocka_unit_test(aspects_of_24_bits_are_exact),
		cmocka_unit_test(impossible_copies_are_refused),
		cmocka_unit_test(buffers_are_copied_and_filled),
		cmocka_unit_test(texels_are_filled),
		cmocka_unit_test(fills_that_do_not_fit_are_refused),
	};
	return seam_main(tests, sizeof(tests) / sizeof(tests[0]), "copies",
		argc > 1 ? argv[1] : NULL);
}
