// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every pixel format: what is uploaded comes back bit for bit, from every kind of image.
 */
#include <stdlib.h>
#include <string.h>

#include "render/gles/gles.h"
#include "seam.h"

#define GAP 0xa5

static struct seam *seam_of(void **state) {
	return *state;
}

// Bytes that a texel of the format can hold; what it cannot hold is not ours to test.
static void random_texel(const struct gles_format *f, uint8_t *to) {
	for (uint32_t i = 0; i < f->block_bytes; i++) {
		to[i] = (uint8_t)seam_random();
	}
	float depth = (float)(seam_random() >> 8) / 16777216.0f;
	if (f->value == GLES_DEPTH && f->block_bytes == 4) {
		memcpy(to, &depth, 4);
	} else if (f->value == GLES_DEPTH_STENCIL && f->block_bytes == 8) {
		memcpy(to, &depth, 4);
		memset(to + 5, 0, 3);
	}
}

// Uploads a part of an image with gaps between rows, reads it back with other gaps.
static void round_trip(struct seam *s, uint16_t number, uint8_t kind, bool odd) {
	const struct gles_format *f = gles_format_find(number);
	uint32_t bw = f->block_width, bh = f->block_height;
	bool one = kind == PVG_GPU_1D || kind == PVG_GPU_1D_ARRAY;
	bool cube = gles_kind_is_cube(kind);
	// Compressed images may end within a block.
	uint32_t cut = odd && (f->flags & GLES_FORMAT_BLOCKS) ? 1 : 0;
	uint32_t width = bw * 9 - cut, height = one ? 1 : cube ? width : bh * 6 - cut;
	bool array =
		kind == PVG_GPU_1D_ARRAY || kind == PVG_GPU_2D_ARRAY || kind == PVG_GPU_CUBE_ARRAY;
	uint16_t layers = array ? 3 : 1;
	uint32_t planes = kind == PVG_GPU_3D ? 4 : 1;
	struct pvg_gpu_image *image = seam_image(s, kind, number, width, height, planes,
		kind == PVG_GPU_3D ? 1 : 2, layers, 1);
	assert_non_null(image);
	uint32_t slice = gles_image(image)->slices - 1;
	// Level 0 whole, so that neighbours can be looked at; then a part of it once more.
	uint32_t columns = 9, rows = one ? 1 : (height + bh - 1) / bh;
	uint32_t texel = f->block_bytes;
	uint32_t from_pitch = columns * texel + (odd ? texel * 3 : 0);
	uint32_t to_pitch = columns * texel + (odd ? texel * 5 : 0);
	uint32_t from_offset = odd ? texel * 2 : 0, to_offset = odd ? texel : 0;
	struct pvg_gpu_buffer *from = seam_buffer(s, from_offset + from_pitch * rows * planes);
	struct pvg_gpu_buffer *to = seam_buffer(s, to_offset + to_pitch * rows * planes + 64);
	for (uint32_t i = 0; i < from->size_bytes / texel; i++) {
		random_texel(f, from->map + i * texel);
	}
	memset(to->map, GAP, to->size_bytes);
	struct pvg_gpu_transfer *t = seam_upload(s, from, from_offset, from_pitch, image, 0,
		(uint16_t)slice, width, height);
	t->depth = planes;
	t = seam_read(s, to, to_offset, to_pitch, image, 0, (uint16_t)slice, width, height);
	t->depth = planes;
	seam_run(s);
	for (uint32_t row = 0; row < rows * planes; row++) {
		const uint8_t *a = from->map + from_offset + row * from_pitch;
		const uint8_t *b = to->map + to_offset + row * to_pitch;
		if (memcmp(a, b, columns * texel) != 0) {
			print_error("format %u %s, type %u, row %u\n", number, f->name, kind, row);
		}
		assert_memory_equal(a, b, columns * texel);
		for (uint32_t i = columns * texel; i < to_pitch; i++) {
			assert_int_equal(b[i], GAP);
		}
	}
	for (uint32_t i = 0; i < to_offset; i++) {
		assert_int_equal(to->map[i], GAP);
	}
	seam_destroy_buffer(s, from);
	seam_destroy_buffer(s, to);
	seam_destroy_image(s, image);
}

static void every_format(struct seam *s, uint8_t kind, bool odd) {
	unsigned int tried = 0, left_out = 0;
	for (uint16_t number = 1; number < GLES_FORMATS; number++) {
		const struct gles_format *f = gles_format_find(number);
		if (f == NULL || s->r->ops->format_caps(s->r, number) == 0 ||
			(f->flags & GLES_FORMAT_PARENT)) {
			continue;
		}
		bool blocks = (f->flags & GLES_FORMAT_BLOCKS) != 0;
		if (blocks && getenv("PVG_TEST_NO_BLOCKS") != NULL) {
			left_out++;
			continue;
		}
		bool flat = blocks || f->value >= GLES_DEPTH;
		bool one = kind == PVG_GPU_1D || kind == PVG_GPU_1D_ARRAY;
		if (flat && (kind == PVG_GPU_3D || one)) {
			continue;
		}
		if (gles_kind_is_cube(kind) && f->block_width != f->block_height) {
			continue; // sides of a cube in whole blocks both ways
		}
		round_trip(s, number, kind, odd);
		tried++;
	}
	if (left_out > 0) {
		print_message("%u compressed formats were left out\n", left_out);
	}
	assert_true(tried >= 40);
	assert_int_equal(seam_refusals, 0);
}

static void texels_come_back_from_2d_images(void **state) {
	every_format(seam_of(state), PVG_GPU_2D, false);
	every_format(seam_of(state), PVG_GPU_2D, true);
}

static void texels_come_back_from_2d_arrays(void **state) {
	every_format(seam_of(state), PVG_GPU_2D_ARRAY, true);
}

static void texels_come_back_from_volumes(void **state) {
	every_format(seam_of(state), PVG_GPU_3D, true);
}

static void texels_come_back_from_cubes(void **state) {
	every_format(seam_of(state), PVG_GPU_CUBE, true);
	every_format(seam_of(state), PVG_GPU_CUBE_ARRAY, true);
}

static void texels_come_back_from_lines(void **state) {
	every_format(seam_of(state), PVG_GPU_1D, true);
	every_format(seam_of(state), PVG_GPU_1D_ARRAY, true);
}

static void a_new_image_is_zero(void **state) {
	struct seam *s = seam_of(state);
	for (uint16_t number = 1; number < GLES_FORMATS; number++) {
		const struct gles_format *f = gles_format_find(number);
		if (f == NULL || s->r->ops->format_caps(s->r, number) == 0 ||
			(f->flags & GLES_FORMAT_PARENT)) {
			continue;
		}
		// Memory that held something else before.
		for (int round = 0; round < 2; round++) {
			uint32_t side = f->block_width * 4u, high = f->block_height * 4u;
			struct pvg_gpu_image *image =
				seam_image(s, PVG_GPU_2D_ARRAY, number, side, high, 1, 2, 2, 1);
			assert_non_null(image);
			uint32_t bytes = f->block_bytes * 16u;
			struct pvg_gpu_buffer *b = seam_buffer(s, bytes * 2);
			memset(b->map, GAP, bytes * 2);
			seam_read(s, b, 0, 0, image, 0, 1, side, high);
			seam_upload(s, b, bytes, 0, image, 0, 1, side, high);
			seam_run(s);
			for (uint32_t i = 0; i < bytes; i++) {
				assert_int_equal(b->map[i], 0);
			}
			seam_destroy_buffer(s, b);
			seam_destroy_image(s, image);
		}
	}
}

static void unaligned_rows_are_staged_or_looped(void **state) {
	// Pitches and offsets that are multiples of nothing; textures of surfaces may have them.
	static const uint16_t formats[] = { 10, 30, 80, 53 };
	struct seam *s = seam_of(state);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		uint32_t texel = gles_format_find(formats[i])->block_bytes;
		struct pvg_gpu_image *image =
			seam_image(s, PVG_GPU_2D, formats[i], 5, 4, 1, 1, 1, 1);
		struct pvg_gpu_buffer *b = seam_buffer(s, 512);
		for (uint32_t k = 0; k < 512; k++) {
			b->map[k] = (uint8_t)seam_random();
		}
		uint32_t pitch = texel * 5 + 3;
		seam_upload(s, b, 7, pitch, image, 0, 0, 5, 4);
		seam_read(s, b, 257, pitch, image, 0, 0, 5, 4);
		seam_run(s);
		for (uint32_t row = 0; row < 4; row++) {
			assert_memory_equal(b->map + 7 + row * pitch, b->map + 257 + row * pitch,
				texel * 5);
		}
		seam_destroy_buffer(s, b);
		seam_destroy_image(s, image);
	}
	// Components of more than a byte: the offset is staged.
	struct pvg_gpu_image *image = seam_image(s, PVG_GPU_2D, 125, 3, 3, 1, 1, 1, 1);
	struct pvg_gpu_buffer *b = seam_buffer(s, 1024);
	for (uint32_t k = 0; k < 512; k++) {
		b->map[k] = (uint8_t)seam_random();
	}
	seam_upload(s, b, 5, 64, image, 0, 0, 3, 3);
	seam_read(s, b, 515, 64, image, 0, 0, 3, 3);
	seam_run(s);
	for (uint32_t row = 0; row < 3; row++) {
		assert_memory_equal(b->map + 5 + row * 64, b->map + 515 + row * 64, 48);
	}
	assert_int_equal(seam_refusals, 0);
	seam_destroy_buffer(s, b);
	seam_destroy_image(s, image);
}

static void parts_of_an_image_are_read_and_written(void **state) {
	struct seam *s = seam_of(state);
	struct pvg_gpu_image *image = seam_image(s, PVG_GPU_2D, 80, 16, 16, 1, 3, 1, 1);
	struct pvg_gpu_buffer *b = seam_buffer(s, 4096);
	for (uint32_t i = 0; i < 64; i++) {
		b->map[i] = (uint8_t)(i + 1);
	}
	struct pvg_gpu_transfer *t = seam_upload(s, b, 0, 16, image, 1, 0, 4, 4);
	t->at.x = 3;
	t->at.y = 2;
	seam_read(s, b, 1024, 32, image, 1, 0, 8, 8);
	seam_run(s);
	for (uint32_t y = 0; y < 8; y++) {
		for (uint32_t x = 0; x < 8; x++) {
			bool in = x >= 3 && x < 7 && y >= 2 && y < 6;
			for (uint32_t c = 0; c < 4; c++) {
				uint32_t want = in ? ((y - 2) * 4 + (x - 3)) * 4 + c + 1 : 0;
				assert_int_equal(b->map[1024 + y * 32 + x * 4 + c], want);
			}
		}
	}
	seam_destroy_buffer(s, b);
	seam_destroy_image(s, image);
}

static void what_does_not_fit_is_refused(void **state) {
	struct seam *s = seam_of(state);
	struct pvg_gpu_image *image = seam_image(s, PVG_GPU_2D, 130, 16, 16, 1, 2, 1, 1);
	struct pvg_gpu_image *many = seam_image(s, PVG_GPU_2D_MS, 80, 16, 16, 1, 1, 1, 4);
	struct pvg_gpu_buffer *b = seam_buffer(s, 4096);
	struct pvg_gpu_transfer *t;
	unsigned int count = 0;
	if (image != NULL) {
		t = seam_upload(s, b, 0, 0, image, 0, 0, 16, 16);
		t->at.x = 2; // not at a block
		t->width = 4;
		t = seam_upload(s, b, 0, 0, image, 0, 0, 6, 4); // half a block
		count += 2;
	}
	seam_upload(s, b, 0, 0, many, 0, 0, 16, 16); // multisampled
	seam_read(s, b, 0, 0, many, 0, 0, 16, 16);
	count += 2;
	seam_run(s);
	seam_destroy_image(s, image);
	image = seam_image(s, PVG_GPU_2D, 80, 16, 16, 1, 2, 1, 1);
	seam_upload(s, b, 0, 0, image, 2, 0, 4, 4); // no such level
	seam_upload(s, b, 0, 0, image, 0, 1, 4, 4); // no such slice
	seam_upload(s, b, 0, 0, image, 1, 0, 9, 4); // wider than the level
	seam_upload(s, b, 0, 60, image, 0, 0, 16, 4); // rows overlap
	seam_upload(s, b, 4000, 0, image, 0, 0, 16, 16); // beyond the buffer
	seam_read(s, b, UINT64_MAX - 3, 0, image, 0, 0, 16, 16);
	t = seam_upload(s, b, 0, 0, image, 0, 0, 16, 16);
	t->at.x = UINT32_MAX;
	t = seam_read(s, b, 0, 0, image, 0, 0, 16, 16);
	t->at.y = 1;
	count += 8;
	seam_run(s);
	assert_int_equal(seam_refusals, count);
	seam_destroy_buffer(s, b);
	seam_destroy_image(s, image);
	seam_destroy_image(s, many);
}

static void unknown_formats_have_no_abilities(void **state) {
	struct seam *s = seam_of(state);
	static const uint16_t refused[] = { 0, 2, 9, 44, 82, 126, 160, 167, 191, 209, 227, 240, 241,
		251, 254, 263, 500, 552, 553, 554, 555, 65535 };
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		assert_int_equal(s->r->ops->format_caps(s->r, refused[i]), 0);
		assert_null(seam_image(s, PVG_GPU_2D, refused[i], 4, 4, 1, 1, 1, 1));
	}
	// And the formats that every desktop needs can do everything.
	uint32_t all = PVG_GPU_SAMPLE | PVG_GPU_FILTER | PVG_GPU_RENDER | PVG_GPU_BLEND |
		PVG_GPU_MULTISAMPLE | PVG_GPU_COPY;
	static const uint16_t needed[] = { 1, 10, 30, 70, 71, 80, 81, 90, 94, 115 };
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		assert_int_equal(s->r->ops->format_caps(s->r, needed[i]) & all, all);
	}
}

static void impossible_images_are_refused(void **state) {
	struct seam *s = seam_of(state);
	uint32_t big = s->r->caps.max_size_2d + 1;
	uint16_t layers = (uint16_t)(s->r->caps.max_layers + 1);
	assert_null(seam_image(s, PVG_GPU_2D, 80, 0, 4, 1, 1, 1, 1));
	assert_null(seam_image(s, PVG_GPU_2D, 80, big, 4, 1, 1, 1, 1));
	assert_null(seam_image(s, PVG_GPU_2D, 80, 4, 4, 2, 1, 1, 1));
	assert_null(seam_image(s, PVG_GPU_2D, 80, 4, 4, 1, 4, 1, 1));
	assert_null(seam_image(s, PVG_GPU_2D, 80, 4, 4, 1, 0, 1, 1));
	assert_null(seam_image(s, PVG_GPU_2D_ARRAY, 80, 4, 4, 1, 1, layers, 1));
	assert_null(seam_image(s, PVG_GPU_CUBE, 80, 4, 5, 1, 1, 1, 1));
	assert_null(seam_image(s, PVG_GPU_1D, 80, 4, 2, 1, 1, 1, 1));
	assert_null(seam_image(s, PVG_GPU_2D_MS, 80, 4, 4, 1, 2, 1, 4));
	assert_null(seam_image(s, PVG_GPU_2D_MS, 80, 4, 4, 1, 1, 1, 64));
	assert_null(seam_image(s, 10, 80, 4, 4, 1, 1, 1, 1));
	assert_null(seam_image(s, PVG_GPU_2D, 261, 4, 4, 1, 1, 1, 1));
	assert_int_equal(seam_refusals, 12);
}

static void texture_buffers_hold_texels(void **state) {
	struct seam *s = seam_of(state);
	struct pvg_gpu_image *image =
		seam_image(s, PVG_GPU_TEXTURE_BUFFER, 125, 1000, 1, 1, 1, 1, 1);
	assert_non_null(image);
	struct pvg_gpu_buffer *b = seam_buffer(s, 32000);
	for (uint32_t i = 0; i < 16000; i++) {
		b->map[i] = (uint8_t)seam_random();
	}
	seam_upload(s, b, 0, 0, image, 0, 0, 1000, 1);
	struct pvg_gpu_transfer *t = seam_read(s, b, 16000, 0, image, 0, 0, 999, 1);
	t->at.x = 1;
	seam_run(s);
	assert_memory_equal(b->map + 16, b->map + 16000, 999 * 16);
	assert_int_equal(s->r->ops->image_bytes(s->r, image), 16000);
	seam_destroy_buffer(s, b);
	seam_destroy_image(s, image);
}

int main(int argc, char **argv) {
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(texels_come_back_from_2d_images),
		cmocka_unit_test(texels_come_back_from_2d_arrays),
		cmocka_unit_test(texels_come_back_from_volumes),
		cmocka_unit_test(texels_come_back_from_cubes),
		cmocka_unit_test(texels_come_back_from_lines),
		cmocka_unit_test(a_new_image_is_zero),
		cmocka_unit_test(unaligned_rows_are_staged_or_looped),
		cmocka_unit_test(parts_of_an_image_are_read_and_written),
		cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(unknown_formats_have_no_abilities),
		cmocka_unit_test(impossible_images_are_refused),
		cmocka_unit_test(texture_buffers_hold_texels),
	};
	return seam_main(tests, sizeof(tests) / sizeof(tests[0]), "formats",
		argc > 1 ? argv[1] : NULL);
}
