// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lists and their completion, memory, loss of the context, dma-bufs.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "render/gles/gles.h"
#include "seam.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#else
#define SANITIZED false
#endif

static void wait_for(struct seam *s, uint64_t serial) {
	while (s->r->ops->completed(s->r) < serial) {
		struct pollfd fd = { .fd = s->r->ops->fd(s->r), .events = POLLIN };
		assert_int_equal(poll(&fd, 1, 20000), 1);
		s->r->ops->dispatch(s->r);
	}
}

static void lists_complete_in_order(void **state) {
	struct seam *s = *state;
	struct pvg_gpu_image *image = seam_image(s, PVG_GPU_2D, 80, 64, 64, 1, 1, 1, 1);
	struct pvg_gpu_view *view = seam_view(s, image, 80);
	struct pvg_gpu_buffer *b = seam_buffer(s, 64 * 2000);
	uint64_t last = 0;
	for (uint64_t i = 1; i <= 2000; i++) {
		struct pvg_gpu_pass *pass = seam_begin(s, view, 64, 64);
		pass->colors[0].clear.color[2] = (double)(i % 256) / 255.0;
		seam_end(s);
		seam_read(s, b, (i - 1) * 64, 0, image, 0, 0, 4, 4);
		struct pvg_gpu_list list = { s->cmds, s->count };
		s->r->ops->submit(s->r, &list, i * 10);
		s->count = s->used = 0;
		uint64_t done = s->r->ops->completed(s->r);
		assert_true(done >= last && done <= i * 10 && done % 10 == 0);
		last = done;
		if (done > 0) {
			assert_int_equal(b->map[(done / 10 - 1) * 64], done / 10 % 256);
		}
	}
	wait_for(s, 20000);
	for (uint64_t i = 1; i <= 2000; i++) {
		assert_int_equal(b->map[(i - 1) * 64], i % 256);
	}
	// Nothing is left that would wake anybody.
	s->r->ops->dispatch(s->r);
	struct pollfd fd = { .fd = s->r->ops->fd(s->r), .events = POLLIN };
	assert_int_equal(poll(&fd, 1, 0), 0);
	seam_destroy_buffer(s, b);
	seam_destroy_view(s, view);
	seam_destroy_image(s, image);
}

static void an_empty_list_completes(void **state) {
	struct seam *s = *state;
	for (uint64_t i = 1; i < 10; i++) {
		struct pvg_gpu_list list = { NULL, 0 };
		s->r->ops->submit(s->r, &list, i);
		wait_for(s, i);
	}
}

// Rasterizers on the CPU have none, real GPUs may: then it signals.
static void sync_files_follow_the_lists(void **state) {
	struct seam *s = *state;
	struct pvg_gpu_image *image = seam_image(s, PVG_GPU_2D, 80, 1024, 1024, 1, 1, 1, 1);
	struct pvg_gpu_view *view = seam_view(s, image, 80);
	int given = 0;
	for (uint64_t i = 1; i <= 20; i++) {
		for (unsigned int pass = 0; pass < 16; pass++) {
			seam_begin(s, view, 1024, 1024);
			seam_end(s);
		}
		struct pvg_gpu_list list = { s->cmds, s->count };
		s->r->ops->submit(s->r, &list, i);
		s->count = s->used = 0;
		int file = s->r->ops->fence(s->r, i);
		if (file >= 0) {
			given++;
			struct pollfd fd = { .fd = file, .events = POLLIN };
			assert_int_equal(poll(&fd, 1, 20000), 1);
			close(file);
		}
		wait_for(s, i);
		assert_int_equal(s->r->ops->fence(s->r, i), -1); // it is complete
	}
	if (s->r->caps.software || !gles_renderer(s->r)->ext.native_fence) {
		assert_int_equal(given, 0);
	} else {
		assert_true(given > 0);
	}
	seam_destroy_view(s, view);
	seam_destroy_image(s, image);
}

static void handles_may_die_after_submit(void **state) {
	struct seam *s = *state;
	struct pvg_gpu_buffer *to = seam_buffer(s, 256 * 256 * 4);
	for (uint64_t i = 1; i <= 20; i++) {
		struct pvg_gpu_image *image = seam_image(s, PVG_GPU_2D, 80, 256, 256, 1, 1, 1, 1);
		struct pvg_gpu_view *view = seam_view(s, image, 80);
		struct pvg_gpu_buffer *from = seam_buffer(s, 256 * 256 * 4);
		memset(from->map, (int)i, from->size_bytes);
		seam_upload(s, from, 0, 0, image, 0, 0, 256, 256);
		seam_read(s, to, 0, 0, image, 0, 0, 256, 256);
		struct pvg_gpu_list list = { s->cmds, s->count };
		s->r->ops->submit(s->r, &list, i);
		s->count = s->used = 0;
		seam_destroy_buffer(s, from);
		seam_destroy_view(s, view);
		seam_destroy_image(s, image);
		wait_for(s, i);
		assert_int_equal(to->map[0], i);
		assert_int_equal(to->map[256 * 256 * 4 - 1], i);
	}
	seam_destroy_buffer(s, to);
}

static void a_renderer_is_destroyed_with_lists_in_flight(void **state) {
	struct seam *s = *state;
	for (int round = 0; round < 5; round++) {
		char error[256];
		struct pvg_gles_options options = { 0 };
		struct pvg_renderer *kept = s->r;
		s->r = pvg_renderer_gles_create(&options, error, sizeof(error));
		assert_non_null(s->r);
		struct pvg_gpu_image *image = seam_image(s, PVG_GPU_2D, 80, 512, 512, 1, 1, 1, 1);
		struct pvg_gpu_view *view = seam_view(s, image, 80);
		for (uint64_t i = 1; i < 50; i++) {
			seam_begin(s, view, 512, 512);
			seam_end(s);
			struct pvg_gpu_list list = { s->cmds, s->count };
			s->r->ops->submit(s->r, &list, i);
			s->count = s->used = 0;
		}
		seam_destroy_view(s, view);
		seam_destroy_image(s, image);
		s->r->ops->destroy(s->r);
		// The other one on the same display goes on.
		s->r = kept;
		eglMakeCurrent(gles_renderer(kept)->display, EGL_NO_SURFACE, EGL_NO_SURFACE,
			gles_renderer(kept)->context);
		seam_run(s);
	}
}

static void a_lost_context_completes_everything(void **state) {
	struct seam *s = *state;
	struct pvg_gpu_image *image = seam_image(s, PVG_GPU_2D, 80, 64, 64, 1, 1, 1, 1);
	struct pvg_gpu_buffer *b = seam_buffer(s, 64);
	seam_run(s);
	assert_false(s->r->ops->is_lost(s->r));
	gles_renderer(s->r)->lost = true; // as dispatch finds out from the driver
	seam_read(s, b, 0, 0, image, 0, 0, 4, 4);
	struct pvg_gpu_list list = { s->cmds, s->count };
	s->r->ops->submit(s->r, &list, 77);
	s->count = s->used = 0;
	assert_true(s->r->ops->is_lost(s->r));
	assert_int_equal(s->r->ops->completed(s->r), 77);
	s->r->ops->dispatch(s->r);
	seam_destroy_buffer(s, b);
	seam_destroy_image(s, image);
}

// What the CPU writes beside what a list writes must stay, mapped or not.
static void the_cpu_may_write_beside_the_gpu(void **state) {
	struct seam *s = *state;
	struct pvg_gpu_image *image = seam_image(s, PVG_GPU_2D, 80, 4, 4, 1, 1, 1, 1);
	struct pvg_gpu_buffer *b = seam_buffer(s, 4096);
	memset(b->map, 1, 64);
	seam_upload(s, b, 0, 0, image, 0, 0, 4, 4);
	seam_read(s, b, 256, 0, image, 0, 0, 4, 4);
	seam_read(s, b, 2048, 0, image, 0, 0, 4, 4);
	struct pvg_gpu_list list = { s->cmds, s->count };
	s->r->ops->submit(s->r, &list, ++s->serial);
	s->count = s->used = 0;
	memset(b->map + 1024, 2, 64);
	seam_upload(s, b, 1024, 0, image, 0, 0, 4, 4);
	seam_read(s, b, 3072, 0, image, 0, 0, 4, 4);
	// What the GPU wrote is read by the GPU, before anybody fetched it.
	struct pvg_gpu_copy_buffer c = { { b, 256, 64 }, { b, 3500, 64 } };
	seam_add(s, PVG_GPU_OP_COPY_BUFFER)->copy_buffer = &c;
	seam_run(s);
	for (int i = 0; i < 64; i++) {
		assert_int_equal(b->map[256 + i], 1);
		assert_int_equal(b->map[2048 + i], 1);
		assert_int_equal(b->map[1024 + i], 2);
		assert_int_equal(b->map[3072 + i], 2);
		assert_int_equal(b->map[3500 + i], 1);
	}
	seam_destroy_buffer(s, b);
	seam_destroy_image(s, image);
}

static void impossible_buffers_are_refused(void **state) {
	struct seam *s = *state;
	assert_null(s->r->ops->buffer_create(s->r, 0, PVG_GPU_BUFFER_UPLOAD));
	assert_null(s->r->ops->buffer_create(s->r, UINT64_MAX, PVG_GPU_BUFFER_UPLOAD));
	assert_int_equal(seam_refusals, 2);
}

static long resident_kib(void) {
	long pages = 0, skipped;
	FILE *file = fopen("/proc/self/statm", "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%ld %ld", &skipped, &pages), 2);
	fclose(file);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void ten_thousand_images_leave_nothing(void **state) {
	struct seam *s = *state;
	static const uint16_t formats[] = { 80, 81, 115, 252, 260, 40, 10, 130 };
	long before = 0;
	struct pvg_gpu_buffer *b = seam_buffer(s, 65536);
	for (int i = 0; i < 10000; i++) {
		uint16_t format = formats[i % 8];
		struct pvg_gpu_image *image = seam_image(s, PVG_GPU_2D, format, 64, 64, 1, 2, 1, 1);
		if (image == NULL) {
			continue; // a host without BC
		}
		struct pvg_gpu_view *view = seam_view(s, image, format);
		struct pvg_gpu_sampler_desc desc = { .lod_max = (float)i };
		struct pvg_gpu_sampler *sampler = s->r->ops->sampler_create(s->r, &desc);
		if (i % 8 < 5) {
			seam_begin(s, view, 64, 64);
			seam_end(s);
		}
		seam_upload(s, b, 0, 0, image, 1, 0, 32, 32);
		seam_read(s, b, 32768, 0, image, 1, 0, 32, 32);
		seam_run(s);
		s->r->ops->sampler_destroy(s->r, sampler);
		seam_destroy_view(s, view);
		seam_destroy_image(s, image);
		if (i == 2000) {
			before = resident_kib();
		}
	}
	long grown = resident_kib() - before;
	printf("resident memory grew by %ld KiB over 8000 images\n", grown);
	assert_true(SANITIZED || grown < 4096);
	// Only what the renderer keeps for itself.
	assert_true(gles_renderer(s->r)->image_bytes < (1u << 20));
	seam_destroy_buffer(s, b);
}

static void bytes_of_images_are_counted(void **state) {
	struct seam *s = *state;
	struct pvg_gpu_image *image = seam_image(s, PVG_GPU_CUBE_ARRAY, 80, 16, 16, 1, 3, 2, 1);
	assert_int_equal(s->r->ops->image_bytes(s->r, image), (256 + 64 + 16) * 4 * 12);
	seam_destroy_image(s, image);
	image = seam_image(s, PVG_GPU_3D, 115, 8, 4, 4, 2, 1, 1);
	assert_int_equal(s->r->ops->image_bytes(s->r, image), (8 * 4 * 4 + 4 * 2 * 2) * 8);
	seam_destroy_image(s, image);
	image = seam_image(s, PVG_GPU_2D_MS, 80, 10, 10, 1, 1, 1, 4);
	assert_int_equal(s->r->ops->image_bytes(s->r, image), 1600);
	seam_destroy_image(s, image);
	image = seam_image(s, PVG_GPU_2D, 180, 10, 10, 1, 2, 1, 1);
	assert_int_equal(s->r->ops->image_bytes(s->r, image), (9 + 4) * 8);
	seam_destroy_image(s, image);
	assert_int_equal(gles_renderer(s->r)->image_bytes, 0);
}

/* ---- dma-bufs -------------------------------------------------------------------------------- */

static void impossible_imports_are_refused(void **state) {
	struct seam *s = *state;
	struct pvg_gpu_image_desc desc = { .kind = PVG_GPU_2D,
		.usage = PVG_GPU_IMAGE_TARGET,
		.format = 80,
		.width = 4,
		.height = 4,
		.depth = 1,
		.levels = 1,
		.samples = 1,
		.layers = 1 };
	struct pvg_gpu_dmabuf dmabuf = { .width = 4,
		.height = 4,
		.fourcc = 0x34325258,
		.plane_count = 1,
		.fd = { -1 },
		.stride_bytes = { 16 } };
	assert_null(s->r->ops->image_import(s->r, &desc, &dmabuf));
	desc.levels = 2;
	assert_null(s->r->ops->image_import(s->r, &desc, &dmabuf));
	assert_int_equal(seam_refusals, 2);
}

int main(int argc, char **argv) {
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_complete_in_order),
		cmocka_unit_test(an_empty_list_completes),
		cmocka_unit_test(sync_files_follow_the_lists),
		cmocka_unit_test(handles_may_die_after_submit),
		cmocka_unit_test(a_renderer_is_destroyed_with_lists_in_flight),
		cmocka_unit_test(a_lost_context_completes_everything),
		cmocka_unit_test(the_cpu_may_write_beside_the_gpu),
		cmocka_unit_test(impossible_buffers_are_refused),
		cmocka_unit_test(ten_thousand_images_leave_nothing),
		cmocka_unit_test(bytes_of_images_are_counted),
		cmocka_unit_test(impossible_imports_are_refused),
	};
	return seam_main(tests, sizeof(tests) / sizeof(tests[0]), "timeline",
		argc > 1 ? argv[1] : NULL);
}
