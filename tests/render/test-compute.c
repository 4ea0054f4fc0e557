// SPDX-License-Identifier: GPL-2.0-or-later
#include "rig.h"

#include <string.h>

/* Dispatches: which threads run, and what they see. */

static struct pvg_gpu_program *prepare(struct rig *rig, struct pvg_gpu_pipeline *p, uint32_t x,
	uint32_t y, uint32_t z) {
	struct pvg_gpu_use use = { .local_size = { x, y, z } };
	return rig_program(rig, p, &use);
}

static void dispatch(struct rig *rig, uint32_t x, uint32_t y, uint32_t z, bool exact) {
	struct pvg_gpu_dispatch d = { .grid = { x, y, z }, .exact = exact };
	rig_add(rig, PVG_GPU_OP_DISPATCH)->dispatch = rig_keep(rig, &d, sizeof(d));
}

/* Exactly the grid runs, and it counts as long as it is, whatever the groups' size. */
static void an_exact_grid_runs_exactly(void **state) {
	static const uint32_t grids[][3] = { { 1, 1, 1 }, { 17, 5, 3 }, { 64, 1, 1 }, { 7, 9, 1 } };
	struct rig *rig = *state;
	struct pvg_gpu_pipeline *p = rig_kernel(rig, "k_fill");
	struct pvg_gpu_program *program = prepare(rig, p, 8, 4, 1);
	for (uint32_t i = 0; i < 4; i++) {
		const uint32_t *g = grids[i];
		uint32_t count = g[0] * g[1] * g[2], *words;
		struct pvg_gpu_buffer *out = rig_readback(rig, 4096);
		rig_use(rig, program);
		rig_bind(rig, PVG_GPU_KERNEL, 0, out, 0);
		dispatch(rig, g[0], g[1], g[2], true);
		rig_run(rig);
		words = (uint32_t *)out->map;
		for (uint32_t n = 0; n < 1024; n++) {
			assert_int_equal(words[n], n < count ? n + 1 : 0);
		}
		rig->r->ops->buffer_destroy(rig->r, out);
	}
	rig->r->ops->pipeline_destroy(rig->r, p);
}

/* A bind may begin anywhere that is a multiple of four, and ends where it ends. */
static void a_bind_is_a_window(void **state) {
	struct rig *rig = *state;
	struct pvg_gpu_pipeline *p = rig_kernel(rig, "k_fill");
	struct pvg_gpu_program *program = prepare(rig, p, 16, 1, 1);
	for (uint32_t offset = 0; offset < 32; offset += 4) {
		struct pvg_gpu_buffer *out = rig_readback(rig, 1024);
		rig_use(rig, program);
		rig_bind(rig, PVG_GPU_KERNEL, 0, out, offset);
		struct pvg_gpu_cmd *bind = &rig->cmds[rig->count - 1];
		bind->buffer.span.size_bytes = 40; // ten words: the others are not written
		dispatch(rig, 1, 1, 1, false);
		rig_run(rig);
		const uint32_t *words = (const uint32_t *)out->map;
		for (uint32_t n = 0; n < 256; n++) {
			uint32_t first = offset / 4;
			assert_int_equal(words[n],
				n >= first && n < first + 10 ? n - first + 1 : 0);
		}
		rig->r->ops->buffer_destroy(rig->r, out);
	}
	rig->r->ops->pipeline_destroy(rig->r, p);
}

static void nothing_runs_in_an_empty_grid(void **state) {
	struct rig *rig = *state;
	struct pvg_gpu_pipeline *p = rig_kernel(rig, "k_count");
	struct pvg_gpu_program *program = prepare(rig, p, 8, 1, 1);
	struct pvg_gpu_buffer *out = rig_readback(rig, 16);
	rig_use(rig, program);
	rig_bind(rig, PVG_GPU_KERNEL, 0, out, 0);
	dispatch(rig, 0, 1, 1, true);
	dispatch(rig, 3, 0, 1, false);
	dispatch(rig, UINT32_MAX, UINT32_MAX, UINT32_MAX, false); // more threads than there are
	rig_run(rig);
	assert_int_equal(*(uint32_t *)out->map, 0);
	rig->r->ops->buffer_destroy(rig->r, out);
	rig->r->ops->pipeline_destroy(rig->r, p);
}

/* More groups in a row than GL takes at once. */
static void a_grid_beyond_the_hosts_limit_is_split(void **state) {
	struct rig *rig = *state;
	struct pvg_gpu_pipeline *p = rig_kernel(rig, "k_fill");
	struct pvg_gpu_program *program = prepare(rig, p, 1, 1, 1);
	uint32_t count = 150001;
	struct pvg_gpu_buffer *out = rig_readback(rig, 160000 * 4);
	rig_use(rig, program);
	rig_bind(rig, PVG_GPU_KERNEL, 0, out, 0);
	dispatch(rig, count, 1, 1, false);
	rig_run(rig);
	const uint32_t *words = (const uint32_t *)out->map;
	for (uint32_t n = 0; n < 160000; n++) {
		assert_int_equal(words[n], n < count ? n + 1 : 0);
	}
	rig->r->ops->buffer_destroy(rig->r, out);
	rig->r->ops->pipeline_destroy(rig->r, p);
}

static void threadgroup_memory_is_as_long_as_asked(void **state) {
	struct rig *rig = *state;
	struct pvg_gpu_pipeline *p = rig_kernel(rig, "k_shared");
	for (uint32_t size = 5; size <= 64; size *= 3) {
		struct pvg_gpu_use use = { .local_size = { size, 1, 1 },
			.threadgroup_bytes = { size * 4 } };
		struct pvg_gpu_program *program = rig_program(rig, p, &use);
		struct pvg_gpu_buffer *out = rig_readback(rig, 1024);
		rig_use(rig, program);
		rig_bind(rig, PVG_GPU_KERNEL, 0, out, 0);
		dispatch(rig, 3, 1, 1, false);
		rig_run(rig);
		const uint32_t *words = (const uint32_t *)out->map;
		for (uint32_t n = 0; n < 3 * size; n++) {
			uint32_t group = n / size;
			assert_int_equal(words[n], group * size + (n + 1) % size);
		}
		rig->r->ops->buffer_destroy(rig->r, out);
	}
	rig->r->ops->pipeline_destroy(rig->r, p);
}

/* The last group is not full: its threads that are not there do not keep the others waiting. */
static void a_barrier_in_a_partial_group_ends(void **state) {
	struct rig *rig = *state;
	struct pvg_gpu_pipeline *p = rig_kernel(rig, "k_shared");
	struct pvg_gpu_use use = { .local_size = { 16, 1, 1 }, .threadgroup_bytes = { 64 } };
	struct pvg_gpu_program *program = rig_program(rig, p, &use);
	struct pvg_gpu_buffer *out = rig_readback(rig, 1024);
	rig_use(rig, program);
	rig_bind(rig, PVG_GPU_KERNEL, 0, out, 0);
	dispatch(rig, 40, 1, 1, true);
	rig_run(rig);
	const uint32_t *words = (const uint32_t *)out->map;
	for (uint32_t n = 0; n < 256; n++) {
		if (n != 39) { // its neighbour is not there
			assert_int_equal(words[n], n < 40 ? n / 16 * 16 + (n + 1) % 16 : 0);
		}
	}
	rig->r->ops->buffer_destroy(rig->r, out);
	rig->r->ops->pipeline_destroy(rig->r, p);
}

/* What an encoder bound is forgotten by the next one: the trash takes what is written then. */
static void a_new_encoder_starts_with_nothing(void **state) {
	struct rig *rig = *state;
	struct pvg_gpu_pipeline *p = rig_kernel(rig, "k_count");
	struct pvg_gpu_program *program = prepare(rig, p, 8, 1, 1);
	struct pvg_gpu_buffer *out = rig_readback(rig, 16), *other = rig_readback(rig, 16);
	rig_use(rig, program);
	rig_bind(rig, PVG_GPU_KERNEL, 0, out, 0);
	dispatch(rig, 8, 1, 1, true);
	struct pvg_gpu_copy_buffer copy = { .from = { other, 0, 4 }, .to = { other, 8, 4 } };
	rig_add(rig, PVG_GPU_OP_COPY_BUFFER)->copy_buffer = rig_keep(rig, &copy, sizeof(copy));
	rig_use(rig, program);
	dispatch(rig, 8, 1, 1, true);
	rig_run(rig);
	rig_use(rig, program);
	dispatch(rig, 8, 1, 1, true);
	rig_run(rig);
	assert_int_equal(*(uint32_t *)out->map, 8);
	rig->r->ops->buffer_destroy(rig->r, out);
	rig->r->ops->buffer_destroy(rig->r, other);
	rig->r->ops->pipeline_destroy(rig->r, p);
}

static void too_large_a_group_is_refused(void **state) {
	struct rig *rig = *state;
	struct pvg_gpu_pipeline *p = rig_kernel(rig, "k_fill");
	struct pvg_gpu_program *program;
	const char *why = NULL;
	struct pvg_gpu_use use = { .local_size = { 1024, 1024, 64 } };
	assert_int_equal(rig_prepare(rig, p, &use, &program, &why), PVG_GPU_FAILED);
	assert_non_null(why);
	use.local_size[0] = 0;
	assert_int_equal(rig_prepare(rig, p, &use, &program, &why), PVG_GPU_FAILED);
	rig->r->ops->pipeline_destroy(rig->r, p);
}

/* Arguments that the CPU wrote, and arguments that a kernel made. */
static void an_indirect_dispatch_reads_its_groups(void **state) {
	static const uint32_t arguments[4] = { 99, 3, 2, 1 };
	struct rig *rig = *state;
	struct pvg_gpu_pipeline *count = rig_kernel(rig, "k_count"),
				*copy = rig_kernel(rig, "k_copy");
	struct pvg_gpu_program *counts = prepare(rig, count, 8, 1, 1);
	struct pvg_gpu_program *copies = prepare(rig, copy, 4, 1, 1);
	struct pvg_gpu_buffer *out = rig_readback(rig, 16), *made = rig_readback(rig, 16);
	struct pvg_gpu_buffer *written = rig_buffer(rig, arguments, sizeof(arguments));
	rig_use(rig, copies);
	rig_bind(rig, PVG_GPU_KERNEL, 0, written, 0);
	rig_bind(rig, PVG_GPU_KERNEL, 1, made, 0);
	dispatch(rig, 1, 1, 1, false);
	rig_add(rig, PVG_GPU_OP_BARRIER);
	for (uint32_t i = 0; i < 2; i++) {
		struct pvg_gpu_dispatch d = { .indirect = { i == 0 ? written : made, 4, 12 } };
		rig_use(rig, counts);
		rig_bind(rig, PVG_GPU_KERNEL, 0, out, 0);
		rig_add(rig, PVG_GPU_OP_DISPATCH)->dispatch = rig_keep(rig, &d, sizeof(d));
		rig_run(rig);
		assert_int_equal(*(uint32_t *)out->map, (i + 1) * 48);
	}
	rig->r->ops->buffer_destroy(rig->r, out);
	rig->r->ops->buffer_destroy(rig->r, made);
	rig->r->ops->buffer_destroy(rig->r, written);
	rig->r->ops->pipeline_destroy(rig->r, count);
	rig->r->ops->pipeline_destroy(rig->r, copy);
}

/* A kernel writes an image of each byte order; the guest sees red where it wrote red. */
static void images_are_written_in_their_byte_order(void **state) {
	static const uint16_t formats[] = { RIG_RGBA8, RIG_BGRA8 };
	struct rig *rig = *state;
	struct pvg_gpu_pipeline *p = rig_kernel(rig, "k_image");
	for (uint32_t i = 0; i < 2; i++) {
		struct rig_image image = rig_image(rig, formats[i], RIG_SIDE, RIG_SIDE, 1);
		struct pvg_gpu_view *views[PVG_GPU_TEXTURES] = { image.view };
		struct pvg_gpu_use use = { .local_size = { 8, 8, 1 },
			.textures[PVG_GPU_KERNEL] = views };
		struct pvg_gpu_program *program = rig_program(rig, p, &use);
		uint32_t texels[RIG_SIDE][RIG_SIDE];
		rig_use(rig, program);
		rig_bind_texture(rig, PVG_GPU_KERNEL, 0, image.view);
		dispatch(rig, RIG_SIDE, RIG_SIDE, 1, true);
		rig_read(rig, &image, texels, 4);
		for (uint32_t y = 0; y < RIG_SIDE; y++) {
			for (uint32_t x = 0; x < RIG_SIDE; x++) {
				uint32_t red = x * 17, green = y * 17, blue = 0x40;
				uint32_t want = i == 0 ? 0xff000000 | blue << 16 | green << 8 | red
						       : 0xff000000 | red << 16 | green << 8 | blue;
				assert_true(rig_near(texels[y][x], want, 1));
			}
		}
		rig_image_destroy(rig, &image);
	}
	rig->r->ops->pipeline_destroy(rig->r, p);
}

/* Formats beyond GLES 3.2's own, where the host has them. */
/* Planes of ten-bit video, which no fragment function may see first. */
static void kernels_read_what_fragments_may_sample(void **state) {
	static const struct {
		uint16_t format;
		uint8_t bytes, texel[8];
		float want[4];
	} rows[] = {
		{ 20, 2, { 0xff, 0x7f }, { 0.5f, 0, 0, 1 } },             // R16Unorm
		{ 60, 4, { 0, 0x40, 0xff, 0xbf }, { 0.25f, 0.75f, 0, 1 } }, // RG16Unorm
		{ 1, 1, { 0x80 }, { 0, 0, 0, 0.502f } },                    // A8Unorm
		{ 81, 4, { 10, 255, 188, 51 }, { 0.5029f, 1, 0.003f, 0.2f } }, // BGRA8, sRGB
		{ 115, 8, { 0, 0x40, 0, 0xc0, 0, 0x3c, 0, 0x38 }, { 2, -2, 1, 0.5f } }, // halves
		{ 94, 4, { 0xff, 0x03, 0, 0xc0 }, { 0, 0, 1, 1 } }, // BGR10A2
	};
	struct rig *rig = *state;
	struct pvg_gpu_pipeline *p = rig_kernel(rig, "k_read");
	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig_image image = rig_image(rig, rows[i].format, 4, 4, 1);
		struct pvg_gpu_view *views[PVG_GPU_TEXTURES] = { image.view };
		struct pvg_gpu_use use = { .local_size = { 4, 4, 1 },
			.textures[PVG_GPU_KERNEL] = views };
		struct pvg_gpu_program *program = rig_program(rig, p, &use);
		uint8_t texels[4 * 4 * 8];
		for (uint32_t n = 0; n < 16; n++) {
			memcpy(texels + (size_t)n * rows[i].bytes, rows[i].texel, rows[i].bytes);
		}
		struct pvg_gpu_buffer *from = rig_buffer(rig, texels, 16u * rows[i].bytes);
		struct pvg_gpu_buffer *out = rig_readback(rig, 16 * 16);
		const struct pvg_gpu_transfer transfer = {
			.span = { from, 0, 16u * rows[i].bytes },
			.row_bytes = 4u * rows[i].bytes,
			.at = { .image = image.image },
			.width = 4,
			.height = 4,
			.depth = 1,
		};
		rig_add(rig, PVG_GPU_OP_UPLOAD)->transfer =
			rig_keep(rig, &transfer, sizeof(transfer));
		rig_use(rig, program);
		rig_bind_texture(rig, PVG_GPU_KERNEL, 0, image.view);
		rig_bind(rig, PVG_GPU_KERNEL, 0, out, 0);
		dispatch(rig, 4, 4, 1, true);
		rig_run(rig);
		const float *got = (const float *)out->map;
		for (uint32_t n = 0; n < 16 * 4; n++) {
			assert_float_equal(got[n], rows[i].want[n % 4], 0.001);
		}
		rig->r->ops->buffer_destroy(rig->r, from);
		rig->r->ops->buffer_destroy(rig->r, out);
		rig_image_destroy(rig, &image);
	}
	rig->r->ops->pipeline_destroy(rig->r, p);
}

static void images_of_other_formats_are_written(void **state) {
	struct rig *rig = *state;
	if (!(rig->r->ops->format_caps(rig->r, RIG_R8) & PVG_GPU_STORAGE)) {
		skip();
	}
	struct pvg_gpu_pipeline *p = rig_kernel(rig, "k_image");
	struct rig_image image = rig_image(rig, RIG_R8, RIG_SIDE, RIG_SIDE, 1);
	struct pvg_gpu_view *views[PVG_GPU_TEXTURES] = { image.view };
	struct pvg_gpu_use use = { .local_size = { 8, 8, 1 }, .textures[PVG_GPU_KERNEL] = views };
	struct pvg_gpu_program *program = rig_program(rig, p, &use);
	uint8_t texels[RIG_SIDE][RIG_SIDE];
	rig_use(rig, program);
	rig_bind_texture(rig, PVG_GPU_KERNEL, 0, image.view);
	dispatch(rig, RIG_SIDE, RIG_SIDE, 1, true);
	rig_read(rig, &image, texels, 1);
	for (uint32_t y = 0; y < RIG_SIDE; y++) {
		for (uint32_t x = 0; x < RIG_SIDE; x++) {
			assert_true(rig_near(texels[y][x], x * 17, 1));
		}
	}
	rig_image_destroy(rig, &image);
	rig->r->ops->pipeline_destroy(rig->r, p);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exact_grid_runs_exactly),
		cmocka_unit_test(a_bind_is_a_window),
		cmocka_unit_test(nothing_runs_in_an_empty_grid),
		cmocka_unit_test(a_grid_beyond_the_hosts_limit_is_split),
		cmocka_unit_test(threadgroup_memory_is_as_long_as_asked),
		cmocka_unit_test(a_barrier_in_a_partial_group_ends),
		cmocka_unit_test(a_new_encoder_starts_with_nothing),
		cmocka_unit_test(too_large_a_group_is_refused),
		cmocka_unit_test(an_indirect_dispatch_reads_its_groups),
		cmocka_unit_test(images_are_written_in_their_byte_order),
		cmocka_unit_test(images_of_other_formats_are_written),
		cmocka_unit_test(kernels_read_what_fragments_may_sample),
	};
	return cmocka_run_group_tests_name("compute", tests, rig_set_up, rig_tear_down);
}
