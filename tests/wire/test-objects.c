// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Descriptors of textures, state objects, functions and pipelines: as the encoder of tests/guest
 * writes them, cut at every length, all ones, each field all ones, each byte flipped. The parsers
 * get a copy of exactly the bytes there are, so that a read beyond them is one that a checker sees.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "enc/pipeline.h"
#include "enc/record.h"
#include "wire/pipeline.h"
#include "wire/state.h"
#include "wire/texture-object.h"

#define UNWRITTEN 0xcb
#define MAX_BYTES 4096u

static union {
	struct pvg_linear_texture linear;
	struct pvg_plane_texture plane;
	struct pvg_derived_texture derived;
	struct pvg_texture_desc desc;
	struct pvg_gpu_sampler_desc sampler;
	struct pvg_gpu_depth_stencil depth_stencil;
	struct pvg_function function;
	struct pvg_pipeline pipeline;
} out;

static const char *linear(const uint8_t *bytes, size_t size) {
	return pvg_linear_texture_parse(&out.linear, bytes, size, 12);
}
static const char *plane(const uint8_t *bytes, size_t size) {
	return pvg_plane_texture_parse(&out.plane, bytes, size);
}
static const char *mapper(const uint8_t *bytes, size_t size) {
	return pvg_mapper_texture_parse(&out.plane, bytes, size);
}
static const char *derived(const uint8_t *bytes, size_t size) {
	return pvg_derived_texture_parse(&out.derived, bytes, size);
}
static const char *memoryless(const uint8_t *bytes, size_t size) {
	return pvg_memoryless_parse(&out.desc, bytes, size);
}
static const char *sampler(const uint8_t *bytes, size_t size) {
	return pvg_sampler_parse(&out.sampler, bytes, size);
}
static const char *depth_stencil(const uint8_t *bytes, size_t size) {
	return pvg_depth_stencil_parse(&out.depth_stencil, bytes, size);
}
static const char *function(const uint8_t *bytes, size_t size) {
	return pvg_function_parse(&out.function, bytes, size);
}
static const char *render_pipeline(const uint8_t *bytes, size_t size) {
	return pvg_render_pipeline_parse(&out.pipeline, bytes, size);
}
static const char *compute_pipeline(const uint8_t *bytes, size_t size) {
	return pvg_compute_pipeline_parse(&out.pipeline, bytes, size);
}

typedef const char *(*parser)(const uint8_t *bytes, size_t size);

// Over memory of exactly that size.
static const char *parse(parser parse_it, const uint8_t *bytes, size_t size) {
	uint8_t *copy = malloc(size != 0 ? size : 1);
	assert_non_null(copy);
	memcpy(copy, bytes, size);
	memset(&out, 0x5a, sizeof(out));
	const char *why = parse_it(copy, size);
	free(copy);
	return why;
}

static const struct form {
	const struct pvg_enc_table *table;
	uint8_t space;
	uint16_t opcode;
	parser parse_it;
	uint32_t minimum; // shorter ones are refused
} forms[] = {
	{ &pvg_enc_descriptor_table, PVG_ENC_DESCRIPTOR, 2, linear, 116 },
	{ &pvg_enc_descriptor_table, PVG_ENC_DESCRIPTOR, 3, linear, 116 },
	{ &pvg_enc_descriptor_table, PVG_ENC_DESCRIPTOR, 5, plane, 56 },
	{ &pvg_enc_descriptor_table, PVG_ENC_DESCRIPTOR, 6, function, 12 },
	{ &pvg_enc_descriptor_table, PVG_ENC_DESCRIPTOR, 11, mapper, 56 },
	{ &pvg_enc_object_table, PVG_ENC_OBJECT, 0x01, memoryless, 44 },
	{ &pvg_enc_object_table, PVG_ENC_OBJECT, 0x34, memoryless, 52 },
	{ &pvg_enc_object_table, PVG_ENC_OBJECT, 0x03, sampler, 36 },
	{ &pvg_enc_object_table, PVG_ENC_OBJECT, 0x04, depth_stencil, 40 },
	{ &pvg_enc_object_table, PVG_ENC_OBJECT, 0x07, derived, 20 },
	{ &pvg_enc_object_table, PVG_ENC_OBJECT, 0x08, derived, 52 },
	{ &pvg_enc_object_table, PVG_ENC_OBJECT, 0x09, derived, 64 },
	{ &pvg_enc_object_table, PVG_ENC_OBJECT, 0x15, derived, 60 },
	{ &pvg_enc_object_table, PVG_ENC_OBJECT, 0x1b, derived, 56 },
	{ &pvg_enc_object_table, PVG_ENC_OBJECT, 0x37, derived, 72 },
	{ &pvg_enc_object_table, PVG_ENC_OBJECT, 0x38, derived, 68 },
};

#define EACH_FORM(f) \
	for (const struct form *f = forms; f < forms + sizeof(forms) / sizeof(forms[0]); f++)

static uint32_t encode(const struct form *form, uint8_t *bytes) {
	const struct pvg_enc_record *record = pvg_enc_find(form->table, form->opcode);
	assert_non_null(record);
	struct pvg_enc_values values = { .unwritten = UNWRITTEN };
	for (unsigned int i = 0; i < PVG_ENC_MAX_ARRAYS; i++) {
		values.elements[i] = record->arrays[i].element_bytes != 0 ? 1 : 0;
	}
	uint32_t size = pvg_enc_encode(record, &values, bytes, MAX_BYTES);
	assert_int_not_equal(size, 0);
	return size;
}

static void samples_are_understood(void **state) {
	(void)state;
	uint8_t bytes[MAX_BYTES];
	EACH_FORM(form) {
		uint32_t size = encode(form, bytes);
		const char *why = parse(form->parse_it, bytes, size);
		if (why != NULL) {
			fail_msg("form 0x%02x: %s", form->opcode, why);
		}
	}
}

static void cut_ones_are_refused(void **state) {
	(void)state;
	uint8_t bytes[MAX_BYTES];
	EACH_FORM(form) {
		uint32_t size = encode(form, bytes);
		for (uint32_t n = 0; n < size; n++) {
			const char *why = parse(form->parse_it, bytes, n);
			if (n < form->minimum && why == NULL) {
				fail_msg("form 0x%02x: %u bytes taken", form->opcode, n);
			}
		}
	}
}

static void ones_are_refused(void **state) {
	(void)state;
	uint8_t bytes[MAX_BYTES];
	EACH_FORM(form) {
		uint32_t size = encode(form, bytes);
		memset(bytes, 0xff, size);
		assert_non_null(parse(form->parse_it, bytes, size));
	}
}

// Nothing here may crash or read beyond; what is taken satisfies the promises of the headers.
static void check_promises(const struct form *form) {
	if (form->parse_it == linear) {
		const struct pvg_linear_texture *t = &out.linear;
		assert_null(pvg_texture_check(&t->desc));
		uint64_t span = 0;
		for (uint32_t i = 0; i < t->desc.levels; i++) {
			const struct pvg_texture_level *l = &t->levels[i];
			assert_true(l->plane_bytes * l->depth <= l->size_bytes);
			uint64_t end = l->offset_bytes + l->size_bytes;
			assert_true(end >= l->offset_bytes);
			span = end > span ? end : span;
		}
		assert_true(t->slice_bytes == 0 ? t->slices == 1 : span <= t->slice_bytes);
		assert_true(t->slice_bytes * (t->slices - 1) + span <= t->size_bytes);
		assert_true(t->gva + t->size_bytes >= t->gva);
	} else if (form->parse_it == plane || form->parse_it == mapper) {
		assert_null(pvg_texture_check(&out.plane.desc));
	} else if (form->parse_it == derived && out.derived.kind != PVG_DERIVED_VIEW) {
		assert_null(pvg_texture_check(&out.derived.desc));
	} else if (form->parse_it == sampler) {
		assert_true(out.sampler.lod_min <= out.sampler.lod_max);
		assert_true(out.sampler.max_anisotropy >= 1 && out.sampler.max_anisotropy <= 16);
	}
}

static void every_byte_may_be_anything(void **state) {
	(void)state;
	uint8_t bytes[MAX_BYTES];
	EACH_FORM(form) {
		uint32_t size = encode(form, bytes);
		for (uint32_t at = 0; at < size; at++) {
			for (uint32_t value = 0; value < 256; value++) {
				uint8_t saved = bytes[at];
				bytes[at] = (uint8_t)value;
				if (parse(form->parse_it, bytes, size) == NULL) {
					check_promises(form);
				}
				bytes[at] = saved;
			}
		}
		// Runs of ones of each width at each place.
		for (uint32_t at = 0; at < size; at++) {
			for (uint32_t width = 2; width <= 8 && at + width <= size; width *= 2) {
				uint8_t saved[8];
				memcpy(saved, bytes + at, width);
				memset(bytes + at, 0xff, width);
				if (parse(form->parse_it, bytes, size) == NULL) {
					check_promises(form);
				}
				memcpy(bytes + at, saved, width);
			}
		}
	}
}

static void random_bytes_are_survived(void **state) {
	(void)state;
	uint8_t bytes[MAX_BYTES];
	uint64_t seed = 12345;
	EACH_FORM(form) {
		for (unsigned int round = 0; round < 5000; round++) {
			uint32_t size = encode(form, bytes);
			for (unsigned int i = 0; i < 1 + round % 6; i++) {
				seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
				bytes[(seed >> 33) % size] = (uint8_t)(seed >> 24);
			}
			if (parse(form->parse_it, bytes, size) == NULL) {
				check_promises(form);
			}
		}
	}
}

static void a_linear_texture_is_read_as_it_lies(void **state) {
	(void)state;
	uint8_t bytes[MAX_BYTES];
	uint32_t size = encode(&forms[0], bytes);
	assert_null(parse(linear, bytes, size));
	assert_int_equal(out.linear.gva, UINT64_C(0x1234) << 12);
	assert_int_equal(out.linear.slices, 1);
	assert_int_equal(out.linear.slice_bytes, 0x2000);
	assert_int_equal(out.linear.levels[0].row_bytes, 128);
	assert_int_equal(out.linear.desc.width, 17);
	assert_int_equal(out.linear.desc.height, 64);
}

static void unwritten_bytes_do_not_matter(void **state) {
	(void)state;
	static const uint8_t patterns[] = { 0x00, 0xff, 0x5a };
	uint8_t bytes[MAX_BYTES], first[sizeof(out)];
	EACH_FORM(form) {
		const struct pvg_enc_record *record = pvg_enc_find(form->table, form->opcode);
		for (size_t i = 0; i < sizeof(patterns); i++) {
			struct pvg_enc_values values = { .unwritten = patterns[i] };
			values.elements[0] = record->arrays[0].element_bytes != 0 ? 1 : 0;
			uint32_t size = pvg_enc_encode(record, &values, bytes, MAX_BYTES);
			assert_null(parse(form->parse_it, bytes, size));
			if (i == 0) {
				memcpy(first, &out, sizeof(out));
			}
			assert_memory_equal(first, &out, sizeof(out));
		}
	}
}

/* ---- pipelines ------------------------------------------------------------------------------- */

static uint32_t example(uint8_t *bytes) {
	static const struct pvg_enc_render_pipeline pipeline = {
		.object_ref = 9,
		.label = "a",
		.vertex_function = 2,
		.fragment_function = 3,
		.sample_count = 4,
		.depth_format = 260,
		.stencil_format = 260,
		.attribute_count = 3,
		.attributes = { { 0, 30, 0, 1 }, { 1, 28, 12, 1 }, { 2, 45, 0, 2 } },
		.layout_count = 2,
		.layouts = { { 1, 1, 1, 16 }, { 2, 2, 3, 1 } },
		.colour_count = 2,
		.colours = { { 0, 80, false, 1, 0, 0, 1, 0, 0, 0xf },
			{ 3, 115, true, 4, 5, 2, 9, 10, 4, 0x5 } },
	};
	return pvg_enc_render_pipeline(&pipeline, bytes, MAX_BYTES);
}

static void a_render_pipeline_has_what_was_set(void **state) {
	(void)state;
	uint8_t bytes[MAX_BYTES];
	uint32_t size = example(bytes);
	assert_null(parse(render_pipeline, bytes, size));
	const struct pvg_gpu_render_desc *d = &out.pipeline.render;
	assert_int_equal(out.pipeline.vertex, 2);
	assert_int_equal(out.pipeline.fragment, 3);
	assert_int_equal(d->samples, 4);
	assert_int_equal(d->depth_format, 260);
	assert_int_equal(d->input.attribute_count, 3);
	assert_int_equal(d->input.attributes[2].format, 45);
	assert_int_equal(d->input.layouts[2].step, 2);
	assert_int_equal(d->input.layouts[2].rate, 3);
	assert_int_equal(d->colors[3].format, 115);
	assert_int_equal(d->colors[3].op_alpha, 4);
	assert_int_equal(d->colors[3].write_mask, 5);
	assert_int_equal(d->colors[0].src_rgb, 1); // a default that was left out
	assert_int_equal(d->tessellation.max_factor, 16);
	assert_int_equal(out.pipeline.unknown_count, 0);
}

static void an_unknown_property_is_noted_and_the_pipeline_built(void **state) {
	(void)state;
	// Two properties: the vertex function, and one that nobody lists, two bytes wide.
	const uint8_t bytes[32] = { 0x0e, 0, 0, 0, 28, 0, 0, 0, 9, 0, 0, 0, 11, 0, 0, 0, //
		2, 0x01, 4, 7, 0, 0, 0, 0x33, 2, 0x34, 0x12, 0xcb };
	assert_null(parse(render_pipeline, bytes, 28));
	assert_int_equal(out.pipeline.vertex, 7);
	assert_int_equal(out.pipeline.unknown_count, 1);
	assert_int_equal(out.pipeline.unknown[0].tag, 0x33);
	assert_int_equal(out.pipeline.unknown[0].length, 2);
	assert_int_equal(out.pipeline.unknown[0].value, 0x1234);
	assert_int_equal(out.pipeline.unknown[0].place, PVG_PLACE_RENDER);
	for (uint32_t n = 0; n < 28; n++) {
		assert_non_null(parse(render_pipeline, bytes, n));
	}
	// Kind and length must agree with what carries them.
	assert_non_null(parse(compute_pipeline, bytes, 28));
	assert_non_null(parse(render_pipeline, bytes, 32));
}

static void pipelines_may_hold_any_bytes(void **state) {
	(void)state;
	uint8_t bytes[MAX_BYTES], compute[MAX_BYTES];
	uint32_t size = example(bytes);
	uint32_t compute_size =
		pvg_enc_compute_pipeline(&(struct pvg_enc_compute_pipeline){ .object_ref = 1,
						 .function = 2 },
			compute, MAX_BYTES);
	assert_null(parse(compute_pipeline, compute, compute_size));
	assert_int_equal(out.pipeline.kernel, 2);
	for (uint32_t at = 0; at < size; at++) {
		uint8_t saved = bytes[at];
		for (uint32_t value = 0; value < 256; value++) {
			bytes[at] = (uint8_t)value;
			if (parse(render_pipeline, bytes, size) == NULL) {
				assert_true(out.pipeline.render.input.attribute_count <=
					PVG_GPU_ATTRIBUTES);
			}
			// The same bytes under the other kind: offsets mean other things.
			if (at >= 16) {
				bytes[0] = 0x0b;
				(void)parse(compute_pipeline, bytes, size);
				bytes[0] = 0x0e;
			}
		}
		bytes[at] = saved;
	}
	for (uint32_t at = 0; at < compute_size; at++) {
		for (uint32_t value = 0; value < 256; value++) {
			uint8_t saved = compute[at];
			compute[at] = (uint8_t)value;
			(void)parse(compute_pipeline, compute, compute_size);
			compute[at] = saved;
		}
	}
	for (uint32_t n = 0; n < size; n++) {
		assert_non_null(parse(render_pipeline, bytes, n));
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_are_understood),
		cmocka_unit_test(cut_ones_are_refused),
		cmocka_unit_test(ones_are_refused),
		cmocka_unit_test(every_byte_may_be_anything),
		cmocka_unit_test(random_bytes_are_survived),
		cmocka_unit_test(a_linear_texture_is_read_as_it_lies),
		cmocka_unit_test(unwritten_bytes_do_not_matter),
		cmocka_unit_test(a_render_pipeline_has_what_was_set),
		cmocka_unit_test(an_unknown_property_is_noted_and_the_pipeline_built),
		cmocka_unit_test(pipelines_may_hold_any_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
