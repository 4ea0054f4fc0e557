// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The whole table of pixel formats (spec 02 section 6.1), format by format: uploaded and read by a
 * function, cleared, drawn into, stored into by a kernel, copied, seen as its sRGB or linear twin;
 * against what its bits say. What a format cannot do here is in this file, by number.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pvg/format.h>

#include "rig.h"

#define TEXELS 16u // a row

// Where each channel lies, from bit 0 on, and what its bits are: un, sn, ui, si or fl.
static const struct layout {
	uint16_t format;
	const char *channels, *type;
} layouts[] = {
	{ 1, "a8", "un" },
	{ 10, "r8", "un" },
	{ 11, "r8", "un" },
	{ 12, "r8", "sn" },
	{ 13, "r8", "ui" },
	{ 14, "r8", "si" },
	{ 20, "r16", "un" },
	{ 22, "r16", "sn" },
	{ 23, "r16", "ui" },
	{ 24, "r16", "si" },
	{ 25, "r16", "fl" },
	{ 30, "r8g8", "un" },
	{ 31, "r8g8", "un" },
	{ 32, "r8g8", "sn" },
	{ 33, "r8g8", "ui" },
	{ 34, "r8g8", "si" },
	{ 40, "b5g6r5", "un" },
	{ 41, "a1b5g5r5", "un" },
	{ 42, "a4b4g4r4", "un" },
	{ 43, "b5g5r5a1", "un" },
	{ 53, "r32", "ui" },
	{ 54, "r32", "si" },
	{ 55, "r32", "fl" },
	{ 60, "r16g16", "un" },
	{ 62, "r16g16", "sn" },
	{ 63, "r16g16", "ui" },
	{ 64, "r16g16", "si" },
	{ 65, "r16g16", "fl" },
	{ 70, "r8g8b8a8", "un" },
	{ 71, "r8g8b8a8", "un" },
	{ 72, "r8g8b8a8", "sn" },
	{ 73, "r8g8b8a8", "ui" },
	{ 74, "r8g8b8a8", "si" },
	{ 80, "b8g8r8a8", "un" },
	{ 81, "b8g8r8a8", "un" },
	{ 90, "r10g10b10a2", "un" },
	{ 91, "r10g10b10a2", "ui" },
	{ 92, "r11g11b10", "fl" },
	{ 93, "r9g9b9e5", "fl" },
	{ 94, "b10g10r10a2", "un" },
	{ 103, "r32g32", "ui" },
	{ 104, "r32g32", "si" },
	{ 105, "r32g32", "fl" },
	{ 110, "r16g16b16a16", "un" },
	{ 112, "r16g16b16a16", "sn" },
	{ 113, "r16g16b16a16", "ui" },
	{ 114, "r16g16b16a16", "si" },
	{ 115, "r16g16b16a16", "fl" },
	{ 123, "r32g32b32a32", "ui" },
	{ 124, "r32g32b32a32", "si" },
	{ 125, "r32g32b32a32", "fl" },
};

#define EACH(l) \
	for (const struct layout *l = layouts; l < layouts + sizeof(layouts) / sizeof(*l); l++)

// Refused by name wherever they are named: no GLES has them (docs/limits.md).
static bool is_refused(uint16_t number) {
	return (number >= 160 && number <= 167) || number == 240 || number == 241 ||
		(number >= 552 && number <= 555);
}

static uint32_t next_random(void) {
	static uint64_t state = 0x243f6a8885a308d3ull;
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(state >> 32);
}

/* ---- what bits mean ------------------------------------------------------------------------ */

static double small_float(uint32_t bits, uint32_t mantissa_bits, uint32_t exponent_bits) {
	uint32_t mantissa = bits & ((1u << mantissa_bits) - 1);
	uint32_t exponent = bits >> mantissa_bits & ((1u << exponent_bits) - 1);
	int bias = (1 << (exponent_bits - 1)) - 1;
	double value = exponent == 0 ? ldexp(mantissa, 1 - bias - (int)mantissa_bits)
				     : ldexp(mantissa + (double)(1u << mantissa_bits),
					       (int)exponent - bias - (int)mantissa_bits);
	return bits >> (mantissa_bits + exponent_bits) & 1 ? -value : value;
}

static double meaning(uint32_t bits, uint32_t count, const char *type) {
	double most = ldexp(1, (int)count) - 1;
	int32_t whole =
		count == 32 ? (int32_t)bits : (int32_t)(bits << (32 - count)) >> (32 - count);
	if (strcmp(type, "un") == 0) {
		return bits / most;
	}
	if (strcmp(type, "sn") == 0) {
		double value = whole / (ldexp(1, (int)count - 1) - 1);
		return value < -1 ? -1 : value;
	}
	if (strcmp(type, "ui") == 0) {
		return bits;
	}
	if (strcmp(type, "si") == 0) {
		return whole;
	}
	if (count == 32) {
		float value;
		memcpy(&value, &bits, 4);
		return value;
	}
	return count == 16 ? small_float(bits, 10, 5) : small_float(bits, count - 5, 5);
}

static double linear_of(double v) {
	return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static int channel_of(char letter) {
	return letter == 'r' ? 0 : letter == 'g' ? 1 : letter == 'b' ? 2 : 3;
}

static uint32_t bits_at(const uint8_t *texel, uint32_t first, uint32_t count) {
	uint64_t all = 0;
	for (uint32_t i = 0; i < 5 && first / 8 + i < 16; i++) {
		all |= (uint64_t)texel[first / 8 + i] << 8 * i;
	}
	return (uint32_t)(all >> first % 8 & ((UINT64_C(1) << count) - 1));
}

// Calls @each for every channel of a layout: its letter, first bit and number of bits.
static uint32_t walk(const struct layout *l, const uint8_t *texel,
	void (*each)(char letter, uint32_t bits, uint32_t count, void *data), void *data) {
	uint32_t first = 0;
	for (const char *c = l->channels; *c != '\0';) {
		char letter = *c++;
		uint32_t count = 0;
		while (*c >= '0' && *c <= '9') {
			count = count * 10 + (uint32_t)(*c++ - '0');
		}
		if (each != NULL) {
			each(letter, bits_at(texel, first, count), count, data);
		}
		first += count;
	}
	return first;
}

struct decoded {
	const struct layout *layout;
	double v[4];
	bool odd; // there is another way to write it
};

static void decode_channel(char letter, uint32_t bits, uint32_t count, void *data) {
	struct decoded *d = data;
	if (letter == 'e') { // RGB9E5: the others were mantissas
		for (unsigned int i = 0; i < 3; i++) {
			d->v[i] = ldexp(d->v[i], (int)bits - 15 - 9);
		}
		return;
	}
	bool shared = d->layout->format == 93;
	double value = shared ? bits : meaning(bits, count, d->layout->type);
	bool srgb = pvg_format_get(d->layout->format)->srgb && letter != 'a';
	d->v[channel_of(letter)] = srgb ? linear_of(value) : value;
}

static struct decoded decode(const struct layout *l, const uint8_t *texel) {
	struct decoded d = { l, { 0, 0, 0, 1 }, false };
	(void)walk(l, texel, decode_channel, &d);
	return d;
}

// Bits of which there is one way to write them: no NaN, infinity, denormal or second minus one.
static void spoils(char letter, uint32_t bits, uint32_t count, void *data) {
	struct decoded *d = data;
	const struct layout *l = d->layout;
	uint32_t exponent_bits = count == 32 ? 8 : 5;
	uint32_t mantissa = count == 32 ? 23 : count == 16 ? 10 : count - 5;
	uint32_t exponent = bits >> mantissa & ((1u << exponent_bits) - 1);
	if (strcmp(l->type, "sn") == 0) {
		d->odd |= bits == 1u << (count - 1);
	} else if (strcmp(l->type, "fl") == 0 && l->format != 93) {
		d->odd |= exponent < 4 || exponent > (1u << exponent_bits) - 4;
	} else if (l->format == 93) {
		d->odd |= letter != 'e' && bits < 256; // as a normalised one has it
	}
}

static void random_row(const struct layout *l, uint8_t *row) {
	uint32_t bytes = pvg_format_get(l->format)->block_bytes;
	for (uint32_t i = 0; i < TEXELS; i++) {
		struct decoded flag;
		do {
			for (uint32_t k = 0; k < 16; k++) {
				row[i * bytes + k] = (uint8_t)next_random();
			}
			flag = (struct decoded){ .layout = l };
			(void)walk(l, row + i * bytes, spoils, &flag);
		} while (flag.odd);
	}
}

/* ---- the renderer -------------------------------------------------------------------------- */

static char kind_of(uint16_t format) {
	uint8_t type = pvg_format_get(format)->type;
	return type == PVG_FORMAT_SINT ? 'i' : type == PVG_FORMAT_UINT ? 'u' : 'f';
}

static void transfer(struct rig *rig, enum pvg_gpu_op op, struct pvg_gpu_buffer *buffer,
	const struct rig_image *image) {
	struct pvg_gpu_transfer t = {
		.span = { buffer, 0, buffer->size_bytes },
		.at = { .image = image->image },
		.width = image->desc.width,
		.height = image->desc.height,
		.depth = 1,
	};
	rig_add(rig, op)->transfer = rig_keep(rig, &t, sizeof(t));
}

static void upload(struct rig *rig, const struct rig_image *image, const void *bytes, size_t size) {
	struct pvg_gpu_buffer *buffer = rig_buffer(rig, bytes, size);
	transfer(rig, PVG_GPU_OP_UPLOAD, buffer, image);
	rig_run(rig);
	rig->r->ops->buffer_destroy(rig->r, buffer);
}

enum { READ, STORE, KERNELS };
static struct pvg_gpu_pipeline *pipelines[KERNELS][3]; // made when they are needed

static struct pvg_gpu_program *kernel(struct rig *rig, unsigned int what, char kind,
	struct pvg_gpu_view *view) {
	struct pvg_gpu_pipeline **p = &pipelines[what][kind == 'f' ? 0 : kind == 'i' ? 1 : 2];
	char name[16];
	struct pvg_gpu_view *views[PVG_GPU_TEXTURES] = { view };
	struct pvg_gpu_use use = { .local_size = { 8, 1, 1 }, .textures[PVG_GPU_KERNEL] = views };
	snprintf(name, sizeof(name), "k_%s_%c", what == READ ? "read" : "store", kind);
	if (*p == NULL) {
		*p = rig_kernel(rig, name);
	}
	return rig_program(rig, *p, &use);
}

static int tear_down(void **state) {
	struct rig *rig = *state;
	for (unsigned int i = 0; i < KERNELS * 3; i++) {
		if (pipelines[i / 3][i % 3] != NULL) {
			rig->r->ops->pipeline_destroy(rig->r, pipelines[i / 3][i % 3]);
		}
	}
	return rig_tear_down(state);
}

static void run_kernel(struct rig *rig, struct pvg_gpu_program *program, struct pvg_gpu_view *view,
	struct pvg_gpu_buffer *buffer) {
	struct pvg_gpu_dispatch d = { .grid = { TEXELS, 1, 1 }, .exact = true };
	rig_use(rig, program);
	rig_bind_texture(rig, PVG_GPU_KERNEL, 0, view);
	rig_bind(rig, PVG_GPU_KERNEL, 0, buffer, 0);
	rig_add(rig, PVG_GPU_OP_DISPATCH)->dispatch = rig_keep(rig, &d, sizeof(d));
	rig_run(rig);
}

// What a function reads in a view of 16 texels: floats, or whole numbers.
static void read_row(struct rig *rig, struct pvg_gpu_view *view, char kind, double out[TEXELS][4]) {
	struct pvg_gpu_program *program = kernel(rig, READ, kind, view);
	struct pvg_gpu_buffer *buffer = rig_readback(rig, TEXELS * 16);
	run_kernel(rig, program, view, buffer);
	for (uint32_t i = 0; i < TEXELS * 4; i++) {
		uint32_t word;
		float value;
		memcpy(&word, buffer->map + 4 * i, 4);
		memcpy(&value, &word, 4);
		out[i / 4][i % 4] = kind == 'f' ? (double)value
			: kind == 'i'           ? (double)(int32_t)word
						: (double)word;
	}
	rig->r->ops->buffer_destroy(rig->r, buffer);
}

// The same numbers as four words a texel, for functions to draw and store.
static struct pvg_gpu_buffer *row_buffer(struct rig *rig, const struct layout *l,
	const uint8_t *row) {
	uint32_t words[TEXELS * 4], bytes = pvg_format_get(l->format)->block_bytes;
	char kind = kind_of(l->format);
	for (uint32_t i = 0; i < TEXELS; i++) {
		struct decoded d = decode(l, row + i * bytes);
		for (uint32_t k = 0; k < 4; k++) {
			float value = (float)d.v[k];
			words[i * 4 + k] =
				kind == 'i' ? (uint32_t)(int32_t)d.v[k] : (uint32_t)d.v[k];
			if (kind == 'f') {
				memcpy(&words[i * 4 + k], &value, 4);
			}
		}
	}
	return rig_buffer(rig, words, sizeof(words));
}

static void expect_row(const struct layout *l, const char *what, double got[TEXELS][4],
	const uint8_t *row) {
	const struct pvg_format *f = pvg_format_get(l->format);
	for (uint32_t i = 0; i < TEXELS; i++) {
		struct decoded want = decode(l, row + i * f->block_bytes);
		for (uint32_t k = 0; k < 4; k++) {
			double within = f->srgb ? 0.003 : fabs(want.v[k]) * 1e-5 + 1e-6;
			if (!(fabs(got[i][k] - want.v[k]) <= within)) {
				fail_msg("%s, %s: texel %u, channel %u is %g, not %g", f->name,
					what, i, k, got[i][k], want.v[k]);
			}
		}
	}
}

// Two rows of texels are the same; an sRGB channel may be rounded another way.
static void expect_bytes(const struct layout *l, const char *what, const uint8_t *got,
	const uint8_t *want, uint32_t bytes) {
	const struct pvg_format *f = pvg_format_get(l->format);
	for (uint32_t i = 0; i < bytes; i++) {
		int difference = abs(got[i] - want[i]);
		if (difference > (f->srgb ? 1 : 0)) {
			fail_msg("%s, %s: byte %u is %02x, not %02x", f->name, what, i, got[i],
				want[i]);
		}
	}
}

/* ---- tests --------------------------------------------------------------------------------- */

static void every_number_is_here_or_refused(void **state) {
	struct rig *rig = *state;
	unsigned int refused = 0;
	EACH(l) {
		const struct pvg_format *f = pvg_format_get(l->format);
		assert_non_null(f);
		assert_int_equal(walk(l, NULL, NULL, NULL), f->block_bytes * 8u);
	}
	for (uint32_t number = 0; number < 700; number++) {
		const struct pvg_format *f = pvg_format_get(number);
		uint32_t caps = rig->r->ops->format_caps(rig->r, (uint16_t)number);
		bool listed = false;
		EACH(l) {
			listed |= l->format == number;
		}
		if (f == NULL || is_refused((uint16_t)number)) {
			refused += f != NULL;
			assert_int_equal(caps, 0);
			assert_false(listed);
			continue;
		}
		assert_true(listed || f->kind != PVG_FORMAT_PLAIN || f->depth || f->stencil);
		if (caps == 0) {
			print_message("%s: not on this host\n", f->name);
		}
	}
	assert_int_equal(refused, 14);
}

static void uploaded_texels_mean_what_their_bits_say(void **state) {
	struct rig *rig = *state;
	EACH(l) {
		if (rig->r->ops->format_caps(rig->r, l->format) == 0) {
			continue;
		}
		uint8_t row[TEXELS * 16 + 16];
		double got[TEXELS][4];
		const struct pvg_format *f = pvg_format_get(l->format);
		struct rig_image image = rig_image(rig, l->format, TEXELS, 1, 1);
		random_row(l, row);
		upload(rig, &image, row, TEXELS * f->block_bytes);
		read_row(rig, image.view, kind_of(l->format), got);
		expect_row(l, "read", got, row);
		if (f->twin != 0 && rig->r->ops->format_caps(rig->r, f->twin) != 0) {
			struct layout other = { f->twin, l->channels, l->type };
			struct pvg_gpu_view_desc desc = { .kind = PVG_GPU_2D,
				.format = f->twin,
				.levels = 1,
				.slices = 1,
				.swizzle = { 2, 3, 4, 5 } };
			struct pvg_gpu_view *view =
				rig->r->ops->view_create(rig->r, image.image, &desc);
			assert_non_null(view);
			read_row(rig, view, kind_of(f->twin), got);
			expect_row(&other, "read as its twin", got, row);
			rig->r->ops->view_destroy(rig->r, view);
		}
		rig_image_destroy(rig, &image);
	}
}

static void clears_and_draws_leave_those_bits(void **state) {
	struct rig *rig = *state;
	EACH(l) {
		uint32_t caps = rig->r->ops->format_caps(rig->r, l->format);
		if ((caps & PVG_GPU_RENDER) == 0) {
			assert_true(caps == 0 || l->format == 93 || strcmp(l->type, "sn") == 0 ||
				l->format == 11 || l->format == 31);
			continue;
		}
		uint8_t row[TEXELS * 16 + 16], got[TEXELS * 16];
		const struct pvg_format *f = pvg_format_get(l->format);
		struct rig_image image = rig_image(rig, l->format, TEXELS, 1, 1);
		random_row(l, row);
		for (uint32_t i = 0; i < 3; i++) {
			struct decoded d = decode(l, row + i * f->block_bytes);
			rig_begin(rig, &image, d.v);
			rig_end(rig);
			rig_read(rig, &image, got, f->block_bytes);
			expect_bytes(l, "cleared", got, row + i * f->block_bytes, f->block_bytes);
		}
		const char name[] = { 'f', '_', 'd', 'r', 'a', 'w', '_', kind_of(l->format), '\0' };
		struct pvg_gpu_render_desc desc = rig_desc(rig, "v_whole", name, l->format);
		struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
		struct pvg_gpu_program *program = rig_draws(rig, p, 3);
		struct pvg_gpu_buffer *texels = row_buffer(rig, l, row);
		rig_begin(rig, &image, (double[4]){ 0 });
		rig_use(rig, program);
		rig_bind(rig, PVG_GPU_FRAGMENT, 0, texels, 0);
		rig_draw(rig, 3, 0, 3);
		rig_end(rig);
		rig_read(rig, &image, got, f->block_bytes);
		expect_bytes(l, "drawn", got, row, TEXELS * f->block_bytes);
		rig->r->ops->buffer_destroy(rig->r, texels);
		rig->r->ops->pipeline_destroy(rig->r, p);
		rig_image_destroy(rig, &image);
	}
}

static void kernels_store_those_bits(void **state) {
	struct rig *rig = *state;
	unsigned int stored = 0;
	EACH(l) {
		uint32_t caps = rig->r->ops->format_caps(rig->r, l->format);
		if ((caps & PVG_GPU_STORAGE) == 0) {
			// Packed ones have no image format at all, others need NV_image_formats.
			assert_int_not_equal(l->format, 80);
			continue;
		}
		assert_false(l->format >= 40 && l->format <= 43);
		uint8_t row[TEXELS * 16 + 16], got[TEXELS * 16];
		const struct pvg_format *f = pvg_format_get(l->format);
		struct rig_image image = rig_image(rig, l->format, TEXELS, 1, 1);
		struct pvg_gpu_program *program =
			kernel(rig, STORE, kind_of(l->format), image.view);
		random_row(l, row);
		struct pvg_gpu_buffer *texels = row_buffer(rig, l, row);
		run_kernel(rig, program, image.view, texels);
		rig_read(rig, &image, got, f->block_bytes);
		expect_bytes(l, "stored", got, row, TEXELS * f->block_bytes);
		rig->r->ops->buffer_destroy(rig->r, texels);
		rig_image_destroy(rig, &image);
		stored++;
	}
	assert_true(stored >= 16); // what GLES 3.2 itself has, and what is stored as that
}

// A view of one slice and level is where it is, encoded as the format says.
static void srgb_slices_are_stored_into(void **state) {
	struct rig *rig = *state;
	static const struct layout layout = { 81, "b8g8r8a8", "un" };
	struct rig_image image = { .desc = { .kind = PVG_GPU_2D_ARRAY,
					   .usage = PVG_GPU_IMAGE_SAMPLED | PVG_GPU_IMAGE_STORAGE |
						   PVG_GPU_IMAGE_VIEWS,
					   .format = 80,
					   .width = 2 * TEXELS,
					   .height = 2,
					   .depth = 1,
					   .levels = 2,
					   .samples = 1,
					   .layers = 3 } };
	image.image = rig->r->ops->image_create(rig->r, &image.desc);
	struct pvg_gpu_view_desc desc = { .kind = PVG_GPU_2D,
		.format = 81,
		.first_level = 1,
		.levels = 1,
		.first_slice = 2,
		.slices = 1,
		.swizzle = { 2, 3, 4, 5 } };
	struct pvg_gpu_view *view = rig->r->ops->view_create(rig->r, image.image, &desc);
	assert_non_null(view);
	uint8_t row[TEXELS * 4 + 16];
	random_row(&layout, row);
	struct pvg_gpu_buffer *texels = row_buffer(rig, &layout, row);
	run_kernel(rig, kernel(rig, STORE, 'f', view), view, texels);
	struct pvg_gpu_buffer *buffer = rig_readback(rig, 3 * TEXELS * 4);
	for (uint16_t slice = 0; slice < 3; slice++) {
		struct pvg_gpu_transfer t = {
			.span = { buffer, slice * TEXELS * 4u, TEXELS * 4 },
			.at = { .image = image.image, .level = 1, .slice = slice },
			.width = TEXELS,
			.height = 1,
			.depth = 1,
		};
		rig_add(rig, PVG_GPU_OP_READ)->transfer = rig_keep(rig, &t, sizeof(t));
	}
	rig_run(rig);
	for (uint32_t i = 0; i < 2 * TEXELS * 4; i++) {
		assert_int_equal(buffer->map[i], 0);
	}
	expect_bytes(&layout, "stored in a slice", buffer->map + 2 * TEXELS * 4, row, TEXELS * 4);
	rig->r->ops->buffer_destroy(rig->r, buffer);
	rig->r->ops->buffer_destroy(rig->r, texels);
	rig->r->ops->view_destroy(rig->r, view);
	rig->r->ops->image_destroy(rig->r, image.image);
}

// Everything that there is, blocks and depth too, between two images and back to memory.
static void copies_keep_every_bit(void **state) {
	struct rig *rig = *state;
	for (uint16_t number = 1; number < 300; number++) {
		const struct pvg_format *f = pvg_format_get(number);
		if (f == NULL || f->view_only || rig->r->ops->format_caps(rig->r, number) == 0) {
			continue;
		}
		uint8_t bytes[16 * 16], got[16 * 16];
		uint32_t width = 4u * f->block_width, height = 4u * f->block_height;
		uint32_t size = 16u * f->block_bytes;
		struct rig_image from = rig_image(rig, number, width, height, 1);
		struct rig_image to = rig_image(rig, number, width, height, 1);
		for (uint32_t i = 0; i < size; i++) {
			bytes[i] = (uint8_t)next_random();
		}
		for (uint32_t i = 0; f->depth && i < size; i += f->block_bytes) {
			float depth = (float)(next_random() >> 8) / 16777216.0f;
			if (f->block_bytes >= 4 && number != 255) {
				memset(bytes + i + 4, 0, f->block_bytes - 4u);
				memcpy(bytes + i, &depth, 4);
			}
		}
		upload(rig, &from, bytes, size);
		struct pvg_gpu_copy_image c = {
			.from.image = from.image,
			.to.image = to.image,
			.width = width,
			.height = height,
			.depth = 1,
		};
		rig_add(rig, PVG_GPU_OP_COPY_IMAGE)->copy_image = rig_keep(rig, &c, sizeof(c));
		struct pvg_gpu_buffer *buffer = rig_readback(rig, size);
		transfer(rig, PVG_GPU_OP_READ, buffer, &to);
		rig_run(rig);
		memcpy(got, buffer->map, size);
		for (uint32_t i = 0; i < size; i++) {
			if (got[i] != bytes[i]) {
				fail_msg("%s, copied: byte %u is %02x, not %02x", f->name, i,
					got[i], bytes[i]);
			}
		}
		rig->r->ops->buffer_destroy(rig->r, buffer);
		rig_image_destroy(rig, &from);
		rig_image_destroy(rig, &to);
	}
}

/* ---- blocks -------------------------------------------------------------------------------- */

// Four blocks of one colour each, seen at the corner of each block. BC is test-bc.c's.
static void blocks_of_one_colour_are_that_colour(void **state) {
	struct rig *rig = *state;
	static const struct {
		uint16_t format;
		uint8_t bytes[16];
		double want[4];
	} rows[] = {
		// b times 8 and 4, table 13 with its modifier 0
		{ 170, { 0x80, 0x0d, 0x92, 0x49, 0x24, 0x92, 0x49, 0x24 },
			{ (128 * 8 + 4) / 2047.0, 0, 0, 1 } },
		{ 172, { 0xc0, 0x0d, 0x92, 0x49, 0x24, 0x92, 0x49, 0x24 },
			{ -64 * 8 / 1023.0, 0, 0, 1 } },
		{ 174,
			{ 0x80, 0x0d, 0x92, 0x49, 0x24, 0x92, 0x49, 0x24, 0x20, 0x0d, 0x92, 0x49,
				0x24, 0x92, 0x49, 0x24 },
			{ (128 * 8 + 4) / 2047.0, (32 * 8 + 4) / 2047.0, 0, 1 } },
		{ 176,
			{ 0xc0, 0x0d, 0x92, 0x49, 0x24, 0x92, 0x49, 0x24, 0x20, 0x0d, 0x92, 0x49,
				0x24, 0x92, 0x49, 0x24 },
			{ -64 * 8 / 1023.0, 32 * 8 / 1023.0, 0, 1 } },
		// individual colours 0x88, 0x44, 0x22 and the smallest modifier, 2
		{ 178, { 0x60, 0x1d, 0x92, 0x49, 0x24, 0x92, 0x49, 0x24, 0x88, 0x44, 0x22 },
			{ 0x8a / 255.0, 0x46 / 255.0, 0x24 / 255.0, 0x60 / 255.0 } },
		{ 180, { 0x88, 0x44, 0x22 }, { 0x8a / 255.0, 0x46 / 255.0, 0x24 / 255.0, 1 } },
		// differential, opaque: 0x84 and 2
		{ 182, { 0x80, 0x40, 0x20, 0x02 },
			{ 0x86 / 255.0, 0x44 / 255.0, 0x23 / 255.0, 1 } },
	};
	unsigned int seen = 0;
	for (uint16_t number = 170; number < 240; number++) {
		const struct pvg_format *f = pvg_format_get(number);
		if (f == NULL || rig->r->ops->format_caps(rig->r, number) == 0) {
			continue;
		}
		// A void-extent block of ASTC: the colour as four 16-bit numbers, halves for HDR.
		uint8_t block[16] = { 0xfc, 0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x80,
			0x00, 0x40, 0x00, 0x20, 0x00, 0xc0 };
		double want[4] = { 0x8000 / 65535.0, 0x4000 / 65535.0, 0x2000 / 65535.0,
			0xc000 / 65535.0 };
		bool known = f->kind == PVG_FORMAT_ASTC;
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			if (rows[i].format == number || (f->srgb && rows[i].format == f->twin)) {
				memcpy(block, rows[i].bytes, 16);
				memcpy(want, rows[i].want, sizeof(want));
				known = true;
			}
		}
		if (!known) {
			continue;
		}
		for (unsigned int i = 0; f->srgb && i < 3; i++) {
			want[i] = linear_of(want[i]);
		}
		uint8_t blocks[16 * TEXELS];
		double got[TEXELS][4];
		for (uint32_t i = 0; i < TEXELS; i++) {
			memcpy(blocks + i * f->block_bytes, block, f->block_bytes);
		}
		struct rig_image image =
			rig_image(rig, number, TEXELS * f->block_width, f->block_height, 1);
		upload(rig, &image, blocks, TEXELS * f->block_bytes);
		read_row(rig, image.view, 'f', got);
		for (uint32_t i = 0; i < TEXELS; i++) {
			for (uint32_t k = 0; k < 4; k++) {
				if (!(fabs(got[i][k] - want[k]) <= 0.005)) {
					fail_msg("%s: texel %u, channel %u is %g, not %g", f->name,
						i, k, got[i][k], want[k]);
				}
			}
		}
		rig_image_destroy(rig, &image);
		seen++;
	}
	assert_true(seen >= 38); // ETC2, EAC and ASTC are GLES 3.2's own
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_number_is_here_or_refused),
		cmocka_unit_test(uploaded_texels_mean_what_their_bits_say),
		cmocka_unit_test(clears_and_draws_leave_those_bits),
		cmocka_unit_test(kernels_store_those_bits),
		cmocka_unit_test(srgb_slices_are_stored_into),
		cmocka_unit_test(copies_keep_every_bit),
		cmocka_unit_test(blocks_of_one_colour_are_that_colour),
	};
	return cmocka_run_group_tests_name("table", tests, rig_set_up, tear_down);
}
