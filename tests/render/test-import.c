// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Images in memory of another API, as surfaces have them that the display scans out: a udmabuf that
 * GL draws into and that we look at through the memfd behind it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "seam.h"

#define FOURCC(a, b, c, d) \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)
#define XR24 FOURCC('X', 'R', '2', '4')
#define XR30 FOURCC('X', 'R', '3', '0')

static int udmabuf_fd = -1;

struct picture {
	uint32_t width, height, stride;
	size_t bytes;
	uint8_t *map;
	struct pvg_gpu_dmabuf dmabuf;
	struct pvg_gpu_image *image;
};

static struct pvg_gpu_image *import(struct seam *s, const struct picture *p, uint16_t format) {
	struct pvg_gpu_image_desc desc = { .kind = PVG_GPU_2D,
		.usage = PVG_GPU_IMAGE_TARGET | PVG_GPU_IMAGE_SAMPLED | PVG_GPU_IMAGE_VIEWS,
		.format = format,
		.width = p->width,
		.height = p->height,
		.depth = 1,
		.levels = 1,
		.samples = 1,
		.layers = 1 };
	return s->r->ops->image_import(s->r, &desc, &p->dmabuf);
}

static struct picture picture(struct seam *s, uint32_t width, uint32_t height, uint32_t stride,
	uint32_t fourcc, uint16_t format) {
	struct picture p = { .width = width, .height = height, .stride = stride };
	p.bytes = ((size_t)stride * height + 4095) & ~(size_t)4095;
	int memory = memfd_create("picture", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_true(memory >= 0 && ftruncate(memory, (off_t)p.bytes) == 0);
	assert_int_equal(fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	struct udmabuf_create create = { .memfd = (uint32_t)memory,
		.flags = UDMABUF_FLAGS_CLOEXEC,
		.size = p.bytes };
	p.dmabuf = (struct pvg_gpu_dmabuf){ .width = width,
		.height = height,
		.fourcc = fourcc,
		.plane_count = 1,
		.fd = { ioctl(udmabuf_fd, UDMABUF_CREATE, &create) },
		.stride_bytes = { stride } };
	assert_true(p.dmabuf.fd[0] >= 0);
	p.map = mmap(NULL, p.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	assert_true(p.map != MAP_FAILED);
	close(memory);
	p.image = import(s, &p, format);
	assert_non_null(p.image);
	return p;
}

static void drop(struct seam *s, struct picture *p) {
	seam_destroy_image(s, p->image);
	munmap(p->map, p->bytes);
	close(p->dmabuf.fd[0]);
}

static void clear(struct seam *s, struct pvg_gpu_image *image, const struct picture *p,
	uint16_t format, const double color[4]) {
	struct pvg_gpu_view *view = seam_view(s, image, format);
	struct pvg_gpu_pass *pass = seam_begin(s, view, p->width, p->height);
	memcpy(pass->colors[0].clear.color, color, sizeof(pass->colors[0].clear.color));
	seam_end(s);
	seam_run(s);
	seam_destroy_view(s, view);
}

static void a_pass_draws_into_it(void **state) {
	struct seam *s = *state;
	struct picture p = picture(s, 64, 64, 256, XR24, 80);
	clear(s, p.image, &p, 80, (const double[4]){ 1, 0, 0, 1 }); // red: the third byte
	assert_memory_equal(p.map, ((uint8_t[]){ 0, 0, 255, 255 }), 4);
	assert_memory_equal(p.map + 63 * 256 + 63 * 4, ((uint8_t[]){ 0, 0, 255, 255 }), 4);
	drop(s, &p);
}

static void rows_may_be_padded(void **state) {
	struct seam *s = *state;
	struct picture p = picture(s, 50, 33, 256, XR24, 80);
	memset(p.map, 0x5a, p.bytes);
	clear(s, p.image, &p, 80, (const double[4]){ 0, 1, 0, 0 });
	for (uint32_t y = 0; y < p.height; y++) {
		assert_memory_equal(p.map + 256 * y, ((uint8_t[]){ 0, 255, 0, 0 }), 4);
		assert_memory_equal(p.map + 256 * y + 49 * 4, ((uint8_t[]){ 0, 255, 0, 0 }), 4);
		assert_int_equal(p.map[256 * y + 200], 0x5a);
	}
	drop(s, &p);
}

static void an_srgb_view_encodes(void **state) {
	struct seam *s = *state;
	struct picture p = picture(s, 16, 16, 256, XR24, 80);
	clear(s, p.image, &p, 81, (const double[4]){ 0.5029, 1, 0, 0.2 });
	assert_in_range(p.map[2], 187, 189);
	assert_int_equal(p.map[1], 255);
	assert_int_equal(p.map[0], 0);
	assert_in_range(p.map[3], 50, 52);
	drop(s, &p);
}

static void ten_bits_a_channel(void **state) {
	struct seam *s = *state;
	struct picture p = picture(s, 16, 16, 256, XR30, 94);
	clear(s, p.image, &p, 94, (const double[4]){ 1, 0, 0, 0 });
	uint32_t texel;
	memcpy(&texel, p.map, 4);
	assert_int_equal(texel & 0x3fffffff, 0x3ffu << 20); // red in bits 29:20
	drop(s, &p);
}

static void copies_go_in_and_out(void **state) {
	struct seam *s = *state;
	struct picture p = picture(s, 40, 24, 256, XR24, 80);
	struct pvg_gpu_image *own = seam_image(s, PVG_GPU_2D, 80, 40, 24, 1, 1, 1, 1);
	struct pvg_gpu_buffer *b = seam_buffer(s, 40 * 24 * 4);
	for (uint32_t i = 0; i < 40 * 24 * 4; i++) {
		b->map[i] = (uint8_t)(i * 7 + i / 160);
	}
	seam_upload(s, b, 0, 160, own, 0, 0, 40, 24);
	struct pvg_gpu_copy_image copy = { .from = { .image = own },
		.to = { .image = p.image },
		.width = 40,
		.height = 24,
		.depth = 1 };
	seam_add(s, PVG_GPU_OP_COPY_IMAGE)->copy_image = seam_keep(s, &copy, sizeof(copy));
	seam_run(s);
	for (uint32_t y = 0; y < 24; y++) {
		assert_memory_equal(p.map + 256 * y, b->map + 160 * y, 160);
	}
	// And back, after the CPU has changed a texel.
	memset(p.map + 256 * 5 + 4 * 9, 0x77, 4);
	copy.from.image = p.image;
	copy.to.image = own;
	seam_add(s, PVG_GPU_OP_COPY_IMAGE)->copy_image = seam_keep(s, &copy, sizeof(copy));
	seam_read(s, b, 0, 160, own, 0, 0, 40, 24);
	seam_run(s);
	for (uint32_t y = 0; y < 24; y++) {
		assert_memory_equal(p.map + 256 * y, b->map + 160 * y, 160);
	}
	seam_destroy_buffer(s, b);
	seam_destroy_image(s, own);
	drop(s, &p);
}

static void two_images_of_one_memory_agree(void **state) {
	struct seam *s = *state;
	struct picture p = picture(s, 32, 32, 256, XR24, 80);
	struct pvg_gpu_image *other = import(s, &p, 80);
	assert_non_null(other);
	clear(s, other, &p, 80, (const double[4]){ 0, 0, 1, 1 });
	assert_memory_equal(p.map, ((uint8_t[]){ 255, 0, 0, 255 }), 4);
	clear(s, p.image, &p, 80, (const double[4]){ 1, 1, 1, 1 });
	struct pvg_gpu_buffer *b = seam_buffer(s, 32 * 32 * 4);
	seam_read(s, b, 0, 128, other, 0, 0, 32, 32);
	seam_run(s);
	assert_memory_equal(b->map, ((uint8_t[]){ 255, 255, 255, 255 }), 4);
	seam_destroy_buffer(s, b);
	seam_destroy_image(s, other);
	drop(s, &p);
}

static unsigned int descriptors(void) {
	unsigned int count = 0;
	DIR *folder = opendir("/proc/self/fd");
	assert_non_null(folder);
	while (readdir(folder) != NULL) {
		count++;
	}
	closedir(folder);
	return count;
}

static void imports_leave_nothing_behind(void **state) {
	struct seam *s = *state;
	struct picture p = picture(s, 64, 64, 256, XR24, 80);
	unsigned int before = 0;
	for (unsigned int i = 0; i < 200; i++) {
		if (i == 10) { // after what the driver opens once
			before = descriptors();
		}
		struct pvg_gpu_image *image = import(s, &p, 80);
		assert_non_null(image);
		clear(s, image, &p, 80, (const double[4]){ i % 2, 0, 0, 1 });
		seam_destroy_image(s, image);
	}
	assert_int_equal(descriptors(), before);
	assert_int_equal(s->r->ops->image_bytes(s->r, p.image), 64 * 64 * 4);
	drop(s, &p);
}

static void modifiers_are_told_for_what_is_drawn_into(void **state) {
	struct seam *s = *state;
	uint64_t modifiers[64];
	size_t count = s->r->ops->dmabuf_modifiers(s->r, XR24, modifiers, 64);
	for (size_t i = 0; i < count; i++) {
		print_message("modifier 0x%llx\n", (unsigned long long)modifiers[i]);
	}
	assert_true(count <= 64);
	assert_int_equal(s->r->ops->dmabuf_modifiers(s->r, 0x12345678, modifiers, 64), 0);
}

int main(int argc, char **argv) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pass_draws_into_it),
		cmocka_unit_test(rows_may_be_padded),
		cmocka_unit_test(an_srgb_view_encodes),
		cmocka_unit_test(ten_bits_a_channel),
		cmocka_unit_test(copies_go_in_and_out),
		cmocka_unit_test(two_images_of_one_memory_agree),
		cmocka_unit_test(imports_leave_nothing_behind),
		cmocka_unit_test(modifiers_are_told_for_what_is_drawn_into),
	};
	udmabuf_fd = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	if (udmabuf_fd < 0) {
		fprintf(stderr, "skipped: /dev/udmabuf: %s\n", strerror(errno));
		return 77;
	}
	return seam_main(tests, sizeof(tests) / sizeof(tests[0]), "import",
		argc > 1 ? argv[1] : NULL);
}
