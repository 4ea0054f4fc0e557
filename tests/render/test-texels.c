// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Textures over buffers: every format that they can have is read and written by functions as Metal
 * means it, whatever GL's buffer textures know of it; and pictures whose alpha lies in red.
 */
#include "rig.h"

#include <math.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TEXELS 8u
#define FROM_UINT 4 // in a row's class: the function's numbers are unsigned

enum { TRIANGLE = 3 };

static const uint8_t identity[4] = { 2, 3, 4, 5 };

static struct rig_image texels_of(struct rig *rig, uint16_t image, uint16_t view,
	const uint8_t swizzle[4]) {
	struct rig_image t = { .desc = { .kind = PVG_GPU_TEXTURE_BUFFER,
				       .usage = PVG_GPU_IMAGE_SAMPLED | PVG_GPU_IMAGE_STORAGE |
					       PVG_GPU_IMAGE_VIEWS,
				       .format = image,
				       .width = TEXELS,
				       .height = 1,
				       .depth = 1,
				       .levels = 1,
				       .samples = 1,
				       .layers = 1 } };
	t.image = rig->r->ops->image_create(rig->r, &t.desc);
	assert_non_null(t.image);
	struct pvg_gpu_view_desc shown = {
		.kind = PVG_GPU_TEXTURE_BUFFER, .format = view, .levels = 1, .slices = 1
	};
	memcpy(shown.swizzle, swizzle, 4);
	t.view = rig->r->ops->view_create(rig->r, t.image, &shown);
	if (t.view == NULL) {
		fail_msg("no view of format %u over format %u", view, image);
	}
	return t;
}

static void transfer(struct rig *rig, enum pvg_gpu_op op, struct rig_image *t,
	struct pvg_gpu_buffer *buffer) {
	struct pvg_gpu_transfer what = { .span = { buffer, 0, buffer->size_bytes },
		.at.image = t->image,
		.width = TEXELS,
		.height = 1,
		.depth = 1 };
	rig_add(rig, op)->transfer = rig_keep(rig, &what, sizeof(what));
}

static struct pvg_gpu_program *prepare(struct rig *rig, struct pvg_gpu_pipeline *p,
	struct pvg_gpu_view *view) {
	static struct pvg_gpu_view *views[PVG_GPU_TEXTURES];
	views[0] = view;
	struct pvg_gpu_use use = { .local_size = { TEXELS, 1, 1 },
		.textures = { [PVG_GPU_KERNEL] = views } };
	return rig_program(rig, p, &use);
}

static void dispatch(struct rig *rig, uint32_t x, uint32_t y) {
	const struct pvg_gpu_dispatch d = { .grid = { x, y, 1 }, .exact = true };
	rig_add(rig, PVG_GPU_OP_DISPATCH)->dispatch = rig_keep(rig, &d, sizeof(d));
}

// Runs a kernel with the texture in slot 0 and a buffer in slot 0.
static void run(struct rig *rig, struct pvg_gpu_pipeline *p, struct pvg_gpu_view *view,
	struct pvg_gpu_buffer *buffer, uint32_t threads) {
	struct pvg_gpu_program *program = prepare(rig, p, view);
	rig_use(rig, program);
	rig_bind_texture(rig, PVG_GPU_KERNEL, 0, view);
	if (buffer != NULL) {
		rig_bind(rig, PVG_GPU_KERNEL, 0, buffer, 0);
	}
	dispatch(rig, threads, 1);
}

static bool has(struct rig *rig, uint16_t format) {
	return rig->r->ops->format_caps(rig->r, format) != 0;
}

static void expect(const char *what, uint16_t format, const float got[4], const float want[4],
	float within) {
	for (int i = 0; i < 4; i++) {
		if (!(fabsf(got[i] - want[i]) <= within)) {
			fail_msg("%s, format %u: %g %g %g %g, not %g %g %g %g", what, format,
				(double)got[0], (double)got[1], (double)got[2], (double)got[3],
				(double)want[0], (double)want[1], (double)want[2], (double)want[3]);
		}
	}
}

struct row {
	uint16_t format;
	uint8_t bytes, texel[16]; // of a texel
	uint8_t value_class;      // FROM_UINT or 0
	float want[4];
};

// Spec 02 section 6.1: where each channel lies in memory.
static const struct row rows[] = {
	{ 1, 1, { 51 }, 0, { 0, 0, 0, 0.2f } },
	{ 10, 1, { 51 }, 0, { 0.2f, 0, 0, 1 } },
	{ 11, 1, { 188 }, 0, { 0.50289f, 0, 0, 1 } },
	{ 12, 1, { 0x81 }, 0, { -1, 0, 0, 1 } },
	{ 13, 1, { 200 }, FROM_UINT, { 200, 0, 0, 1 } },
	{ 20, 2, { 0x33, 0x33 }, 0, { 0.2f, 0, 0, 1 } },
	{ 22, 2, { 0x01, 0x80 }, 0, { -1, 0, 0, 1 } },
	{ 23, 2, { 0x01, 0x80 }, FROM_UINT, { 32769, 0, 0, 1 } },
	{ 25, 2, { 0x00, 0xc0 }, 0, { -2, 0, 0, 1 } },
	{ 30, 2, { 51, 255 }, 0, { 0.2f, 1, 0, 1 } },
	{ 31, 2, { 188, 255 }, 0, { 0.50289f, 1, 0, 1 } },
	{ 32, 2, { 127, 0x81 }, 0, { 1, -1, 0, 1 } },
	{ 40, 2, { 0x1f, 0x00 }, 0, { 0, 0, 1, 1 } },
	{ 40, 2, { 0xe0, 0x0f }, 0, { 0.0322581f, 1, 0, 1 } },
	{ 41, 2, { 0x01, 0xf8 }, 0, { 1, 0, 0, 1 } },
	{ 41, 2, { 0x3e, 0x00 }, 0, { 0, 0, 1, 0 } },
	{ 42, 2, { 0x3f, 0xf6 }, 0, { 1, 0.4f, 0.2f, 1 } },
	{ 43, 2, { 0x1f, 0x80 }, 0, { 0, 0, 1, 1 } },
	{ 43, 2, { 0x00, 0x7c }, 0, { 1, 0, 0, 0 } },
	{ 53, 4, { 1, 2, 0, 0 }, FROM_UINT, { 513, 0, 0, 1 } },
	{ 55, 4, { 0, 0, 0x80, 0x3f }, 0, { 1, 0, 0, 1 } },
	{ 60, 4, { 0x33, 0x33, 0xff, 0xff }, 0, { 0.2f, 1, 0, 1 } },
	{ 62, 4, { 0xff, 0x7f, 0x00, 0x80 }, 0, { 1, -1, 0, 1 } },
	{ 63, 4, { 1, 0, 2, 0 }, FROM_UINT, { 1, 2, 0, 1 } },
	{ 65, 4, { 0, 0x3c, 0, 0xc0 }, 0, { 1, -2, 0, 1 } },
	{ 70, 4, { 255, 51, 0, 102 }, 0, { 1, 0.2f, 0, 0.4f } },
	{ 71, 4, { 188, 255, 10, 51 }, 0, { 0.50289f, 1, 0.0030353f, 0.2f } },
	{ 72, 4, { 127, 0x81, 0x80, 0 }, 0, { 1, -1, -1, 0 } },
	{ 73, 4, { 1, 2, 3, 255 }, FROM_UINT, { 1, 2, 3, 255 } },
	{ 80, 4, { 255, 51, 0, 102 }, 0, { 0, 0.2f, 1, 0.4f } },
	{ 81, 4, { 188, 255, 10, 51 }, 0, { 0.0030353f, 1, 0.50289f, 0.2f } },
	{ 90, 4, { 0xff, 0x03, 0, 0x40 }, 0, { 1, 0, 0, 0.333333f } },
	{ 91, 4, { 5, 0x18, 0x70, 0xc0 }, FROM_UINT, { 5, 6, 7, 3 } },
	{ 92, 4, { 0xc0, 0x03, 0, 0 }, 0, { 1, 0, 0, 1 } },
	{ 92, 4, { 0x01, 0x00, 0x1e, 0x80 }, 0, { 9.53674e-7f, 1, 2, 1 } },
	{ 93, 4, { 0x00, 0x01, 0x00, 0x80 }, 0, { 1, 0, 0, 1 } },
	{ 93, 4, { 0x80, 0x00, 0x02, 0x8e }, 0, { 1, 2, 3, 1 } },
	{ 94, 4, { 0xff, 0x03, 0, 0x40 }, 0, { 0, 0, 1, 0.333333f } },
	{ 103, 8, { 7, 0, 0, 0, 9, 0, 0, 0 }, FROM_UINT, { 7, 9, 0, 1 } },
	{ 110, 8, { 0xff, 0xff, 0x33, 0x33, 0, 0, 0xff, 0xff }, 0, { 1, 0.2f, 0, 1 } },
	{ 112, 8, { 0xff, 0x7f, 0x01, 0x80, 0, 0, 0, 0x80 }, 0, { 1, -1, 0, -1 } },
	{ 115, 8, { 0, 0x3c, 0, 0x40, 0, 0, 0, 0xbc }, 0, { 1, 2, 0, -1 } },
	{ 123, 16, { 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4 }, FROM_UINT, { 1, 2, 3, 4 } },
	{ 125, 16, { 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0x80, 0xbf }, 0,
		{ 1, 2, 0, -1 } },
};

// What texels 0 to 8 of a texture are to a kernel, the last one outside.
static void read_texels(struct rig *rig, const struct row *row, const uint8_t swizzle[4],
	float got[TEXELS + 1][4]) {
	struct pvg_gpu_pipeline *p =
		rig_kernel(rig, row->value_class == FROM_UINT ? "k_read_uint" : "k_read");
	struct rig_image t = texels_of(rig, row->format, row->format, swizzle);
	struct pvg_gpu_buffer *from = rig_buffer(rig, NULL, (size_t)TEXELS * row->bytes);
	struct pvg_gpu_buffer *to = rig_readback(rig, (TEXELS + 1) * 16);
	memset(from->map, 0, TEXELS * row->bytes);
	memset(to->map, 0xff, (TEXELS + 1) * 16);
	memcpy(from->map + 5u * row->bytes, row->texel, row->bytes);
	transfer(rig, PVG_GPU_OP_UPLOAD, &t, from);
	run(rig, p, t.view, to, TEXELS + 1);
	rig_run(rig);
	for (uint32_t i = 0; i < (TEXELS + 1) * 4; i++) {
		uint32_t word;
		memcpy(&word, to->map + i * 4, 4);
		if (row->value_class == FROM_UINT) {
			got[i / 4][i % 4] = (float)word;
		} else {
			memcpy(&got[i / 4][i % 4], &word, 4);
		}
	}
	rig->r->ops->buffer_destroy(rig->r, from);
	rig->r->ops->buffer_destroy(rig->r, to);
	rig_image_destroy(rig, &t);
	rig->r->ops->pipeline_destroy(rig->r, p);
}

static void every_format_is_read(void **state) {
	struct rig *rig = *state;
	static const float none[4] = { 0, 0, 0, 0 };
	uint32_t seen = 0;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		float got[TEXELS + 1][4];
		if (!has(rig, row->format)) {
			continue;
		}
		read_texels(rig, row, identity, got);
		expect("read", row->format, got[5], row->want, 2e-5f);
		expect("outside", row->format, got[TEXELS], none, 0);
		seen++;
	}
	assert_true(seen > 30);
}

static void swizzles_change_places(void **state) {
	struct rig *rig = *state;
	static const uint8_t swizzles[][4] = { { 4, 3, 2, 5 }, { 5, 2, 0, 1 }, { 1, 1, 3, 3 } };
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t k = 0; k < COUNT(swizzles) && has(rig, rows[i].format); k++) {
			float got[TEXELS + 1][4], want[4];
			if (i % 3 != k) {
				continue; // each format with some
			}
			for (uint32_t c = 0; c < 4; c++) {
				uint8_t from = swizzles[k][c];
				want[c] = from < 2 ? from : rows[i].want[from - 2];
			}
			read_texels(rig, &rows[i], swizzles[k], got);
			expect("swizzled", rows[i].format, got[5], want, 2e-5f);
		}
	}
}

// One image, and views of another format with texels of the same size.
static void views_change_the_format(void **state) {
	struct rig *rig = *state;
	static const struct {
		uint16_t image, view;
		float want[4];
	} pairs[] = {
		{ 80, 81, { 0.0030353f, 1, 0.50289f, 0.2f } },
		{ 80, 70, { 0.737255f, 1, 0.0392157f, 0.2f } },
		{ 53, 80, { 0.0392157f, 1, 0.737255f, 0.2f } },
		{ 70, 94, { 0.648094f, 0.248289f, 0.184751f, 0 } },
	};
	struct pvg_gpu_pipeline *p = rig_kernel(rig, "k_read");
	struct pvg_gpu_buffer *from = rig_buffer(rig, NULL, TEXELS * 4);
	struct pvg_gpu_buffer *to = rig_readback(rig, TEXELS * 16);
	for (uint32_t i = 0; i < TEXELS; i++) {
		memcpy(from->map + i * 4, (uint8_t[]){ 188, 255, 10, 51 }, 4);
	}
	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct rig_image t = texels_of(rig, pairs[i].image, pairs[i].view, identity);
		float got[4];
		transfer(rig, PVG_GPU_OP_UPLOAD, &t, from);
		run(rig, p, t.view, to, TEXELS);
		rig_run(rig);
		memcpy(got, to->map + 16, sizeof(got));
		if (pairs[i].view == 94) { // blue lies lowest
			uint32_t word = 0x330affbc;
			const float want[4] = { (float)(word >> 20 & 1023) / 1023,
				(float)(word >> 10 & 1023) / 1023, (float)(word & 1023) / 1023, 0 };
			expect("view", pairs[i].view, got, want, 2e-5f);
		} else {
			expect("view", pairs[i].view, got, pairs[i].want, 2e-5f);
		}
		rig_image_destroy(rig, &t);
	}
	rig->r->ops->buffer_destroy(rig->r, from);
	rig->r->ops->buffer_destroy(rig->r, to);
	rig->r->ops->pipeline_destroy(rig->r, p);
}

// Functions write what they then would read.
static void every_format_is_written(void **state) {
	struct rig *rig = *state;
	uint32_t seen = 0;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		bool srgb = row->format == 11 || row->format == 31 || row->format == 71 ||
			row->format == 81; // are stored as they come
		if (!has(rig, row->format) || srgb) {
			continue;
		}
		struct pvg_gpu_pipeline *p =
			rig_kernel(rig, row->value_class == FROM_UINT ? "k_write_uint" : "k_write");
		struct rig_image t = texels_of(rig, row->format, row->format, identity);
		struct pvg_gpu_buffer *from = rig_buffer(rig, NULL, (TEXELS + 1) * 16);
		struct pvg_gpu_buffer *to = rig_readback(rig, (size_t)TEXELS * row->bytes);
		memset(to->map, 0xee, TEXELS * row->bytes);
		for (uint32_t k = 0; k < (TEXELS + 1) * 4; k++) {
			float value = k / 4 == 5 ? row->want[k % 4] : 0;
			uint32_t word = (uint32_t)value;
			memcpy(from->map + k * 4,
				row->value_class == FROM_UINT ? (void *)&word : (void *)&value, 4);
		}
		run(rig, p, t.view, from, TEXELS + 1); // the last one is outside
		transfer(rig, PVG_GPU_OP_READ, &t, to);
		rig_run(rig);
		uint8_t want[16];
		memcpy(want, row->texel, sizeof(want));
		if (row->format == 72) {
			want[2] = 0x81; // -1 has two names
		} else if (row->format == 62) {
			want[2] = 1;
		} else if (row->format == 112) {
			want[6] = 1;
		}
		for (uint32_t k = 0; k < row->bytes; k++) {
			if (to->map[5u * row->bytes + k] != want[k]) {
				fail_msg("format %u: byte %u of the texel is 0x%02x, not 0x%02x",
					row->format, k, to->map[5u * row->bytes + k], want[k]);
			}
			assert_int_equal(to->map[6u * row->bytes + k] |
					to->map[4u * row->bytes + k],
				0);
		}
		rig->r->ops->buffer_destroy(rig->r, from);
		rig->r->ops->buffer_destroy(rig->r, to);
		rig_image_destroy(rig, &t);
		rig->r->ops->pipeline_destroy(rig->r, p);
		seen++;
	}
	assert_true(seen > 25);
}

// Texels of 32 bits can be read and written by one function, also where they are packed.
static void texels_are_read_and_written_at_once(void **state) {
	struct rig *rig = *state;
	static const struct {
		uint16_t format;
		uint32_t before, after;
	} cases[] = {
		{ 55, 0x40400000, 0x3fc00000 },  // 3 to 1.5
		{ 94, 0xffd003ff, 0xbfa00200 }, // each channel halved, to even
		{ 92, 0x000003c0, 0x00000380 },
	};
	struct pvg_gpu_pipeline *p = rig_kernel(rig, "k_halve");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct rig_image t = texels_of(rig, cases[i].format, cases[i].format, identity);
		struct pvg_gpu_buffer *from = rig_buffer(rig, NULL, TEXELS * 4);
		struct pvg_gpu_buffer *to = rig_readback(rig, TEXELS * 4);
		memset(from->map, 0, TEXELS * 4);
		memcpy(from->map + 12, &cases[i].before, 4);
		transfer(rig, PVG_GPU_OP_UPLOAD, &t, from);
		run(rig, p, t.view, NULL, TEXELS);
		transfer(rig, PVG_GPU_OP_READ, &t, to);
		rig_run(rig);
		uint32_t got;
		memcpy(&got, to->map + 12, 4);
		if (cases[i].format == 94) { // 1023 / 2 lies between two numbers
			for (uint32_t c = 0; c < 30; c += 10) {
				uint32_t was = cases[i].before >> c & 1023;
				int off = (int)(got >> c & 1023) * 2 - (int)was;
				assert_in_range(off + 1, 0, 2);
			}
			assert_in_range(got >> 30, 1, 2);
		} else {
			assert_int_equal(got, cases[i].after);
		}
		rig->r->ops->buffer_destroy(rig->r, from);
		rig->r->ops->buffer_destroy(rig->r, to);
		rig_image_destroy(rig, &t);
	}
	// What GLES cannot do is said, not done wrong.
	struct rig_image t = texels_of(rig, 72, 72, identity);
	static struct pvg_gpu_view *views[PVG_GPU_TEXTURES];
	struct pvg_gpu_use use = { .local_size = { TEXELS, 1, 1 },
		.textures = { [PVG_GPU_KERNEL] = views } };
	struct pvg_gpu_program *program = NULL;
	const char *why = NULL;
	views[0] = t.view;
	assert_int_equal(rig_prepare(rig, p, &use, &program, &why), PVG_GPU_FAILED);
	assert_non_null(strstr(why, "cannot both read and write"));
	rig_image_destroy(rig, &t);
	rig->r->ops->pipeline_destroy(rig->r, p);
}

// Both stages of a program fetch, each from a texture of its own in the same slot.
static void stages_have_their_own(void **state) {
	struct rig *rig = *state;
	static const float corners[3][4] = { { -1, 3, 0.5f, 1 }, { -1, -1, 0.5f, 1 },
		{ 3, -1, 0.5f, 1 } };
	struct rig_image first = texels_of(rig, 81, 81, identity);
	struct rig_image second = texels_of(rig, 12, 12, (const uint8_t[]){ 0, 2, 0, 0 });
	struct rig_image image = rig_image(rig, RIG_RGBA32F, 4, 4, 1);
	struct pvg_gpu_buffer *from = rig_buffer(rig, NULL, TEXELS * 4);
	struct pvg_gpu_buffer *other = rig_buffer(rig, NULL, TEXELS);
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, corners, sizeof(corners));
	memset(from->map, 0, TEXELS * 4);
	memset(other->map, 0, TEXELS);
	memcpy(from->map + 4, (uint8_t[]){ 188, 0, 255, 51 }, 4);
	other->map[2] = 127;
	transfer(rig, PVG_GPU_OP_UPLOAD, &first, from);
	transfer(rig, PVG_GPU_OP_UPLOAD, &second, other);
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_texel", "f_texel", RIG_RGBA32F);
	desc.input.attribute_count = 1;
	desc.input.attributes[0] =
		(struct pvg_gpu_attribute){ .format = 31, .buffer = 0, .used = true };
	desc.input.layouts[0] =
		(struct pvg_gpu_layout){ .step = 1, .used = true, .rate = 1, .stride_bytes = 16 };
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	static struct pvg_gpu_view *views[2][PVG_GPU_TEXTURES];
	static const float want[2][4] = { { 1, 1, 0.50289f, 0.2f }, { 0.0f, 1.0f, 0.0f, 0.0f } };
	static const double black[4] = { 0, 0, 0, 0 };
	for (uint32_t i = 0; i < 2; i++) { // then with nothing in the vertex stage
		views[0][0] = i == 0 ? first.view : NULL;
		views[1][0] = second.view;
		struct pvg_gpu_use use = { .textures = { views[0], views[1] },
			.primitive = TRIANGLE };
		struct pvg_gpu_program *program = rig_program(rig, p, &use);
		rig_begin(rig, &image, black);
		rig_use(rig, program);
		rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
		rig_bind_texture(rig, PVG_GPU_VERTEX, 0, views[0][0]);
		rig_bind_texture(rig, PVG_GPU_FRAGMENT, 0, views[1][0]);
		rig_draw(rig, TRIANGLE, 0, 3);
		rig_end(rig);
		float got[16][4];
		rig_read(rig, &image, got, 16);
		expect("stages", (uint16_t)i, got[7], want[i], 2e-5f);
	}
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig->r->ops->buffer_destroy(rig->r, from);
	rig->r->ops->buffer_destroy(rig->r, other);
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig_image_destroy(rig, &image);
	rig_image_destroy(rig, &first);
	rig_image_destroy(rig, &second);
}

static void alpha_is_what_is_written_to_alpha(void **state) {
	struct rig *rig = *state;
	if ((rig->r->ops->format_caps(rig->r, RIG_A8) & PVG_GPU_STORAGE) == 0) {
		return;
	}
	struct rig_image image = rig_image(rig, RIG_A8, TEXELS, 2, 1);
	struct pvg_gpu_buffer *from = rig_buffer(rig, NULL, 2 * TEXELS * 16);
	struct pvg_gpu_pipeline *p = rig_kernel(rig, "k_write_picture");
	for (uint32_t i = 0; i < 2 * TEXELS; i++) {
		const float color[4] = { 0.9f, 0.8f, 0.7f, (float)i / 255 };
		memcpy(from->map + i * 16, color, 16);
	}
	static struct pvg_gpu_view *views[PVG_GPU_TEXTURES];
	views[0] = image.view;
	struct pvg_gpu_use use = { .local_size = { TEXELS, 1, 1 },
		.textures = { [PVG_GPU_KERNEL] = views } };
	rig_use(rig, rig_program(rig, p, &use));
	rig_bind_texture(rig, PVG_GPU_KERNEL, 0, image.view);
	rig_bind(rig, PVG_GPU_KERNEL, 0, from, 0);
	dispatch(rig, TEXELS, 2);
	uint8_t got[2 * TEXELS];
	rig_read(rig, &image, got, 1);
	for (uint32_t i = 0; i < 2 * TEXELS; i++) {
		assert_int_equal(got[i], i);
	}
	rig->r->ops->buffer_destroy(rig->r, from);
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig_image_destroy(rig, &image);
}

// Not in Metal either.
static void depth_and_blocks_are_refused(void **state) {
	struct rig *rig = *state;
	static const uint16_t formats[] = { 252, 250, 253, 130, 204 };
	for (size_t i = 0; i < COUNT(formats); i++) {
		const struct pvg_gpu_image_desc desc = { .kind = PVG_GPU_TEXTURE_BUFFER,
			.usage = PVG_GPU_IMAGE_SAMPLED,
			.format = formats[i],
			.width = 16,
			.height = 1,
			.depth = 1,
			.levels = 1,
			.samples = 1,
			.layers = 1 };
		assert_null(rig->r->ops->image_create(rig->r, &desc));
	}
}

static int set_up_without(void **state) {
	*state = rig_create("GL_EXT_buffer_storage GL_EXT_texture_norm16 GL_EXT_clip_control");
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_is_read),
		cmocka_unit_test(swizzles_change_places),
		cmocka_unit_test(views_change_the_format),
		cmocka_unit_test(every_format_is_written),
		cmocka_unit_test(texels_are_read_and_written_at_once),
		cmocka_unit_test(stages_have_their_own),
		cmocka_unit_test(alpha_is_what_is_written_to_alpha),
		cmocka_unit_test(depth_and_blocks_are_refused),
	};
	return cmocka_run_group_tests_name("texels", tests, rig_set_up, rig_tear_down) +
		cmocka_run_group_tests_name("texels without extensions", tests, set_up_without,
			rig_tear_down);
}
