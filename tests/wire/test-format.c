// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pvg/format.h>

static void every_entry_is_whole(void **state) {
	(void)state;
	unsigned int count = 0;
	for (uint32_t n = 0; n <= 70000; n++) {
		const struct pvg_format *f = pvg_format_get(n);
		if (f == NULL) {
			continue;
		}
		count++;
		assert_int_equal(f->number, n);
		assert_true(f->block_width >= 1 && f->block_height >= 1 && f->block_bytes >= 1);
		assert_true(f->components >= 1 && f->components <= 4);
		assert_true(strlen(f->name) > 0);
		bool block = f->block_width > 1 || f->block_height > 1;
		assert_int_equal(block, f->kind != PVG_FORMAT_PLAIN);
		assert_int_equal(f->srgb, strstr(f->name, "_sRGB") != NULL);
		assert_int_equal(f->depth, f->type == PVG_FORMAT_DEPTH);
		if (f->srgb) {
			assert_int_not_equal(f->twin, 0);
		}
		if (f->twin != 0) {
			const struct pvg_format *twin = pvg_format_get(f->twin);
			assert_non_null(twin);
			assert_int_equal(twin->twin, n);
			assert_int_not_equal(twin->srgb, f->srgb);
			assert_int_equal(twin->block_bytes, f->block_bytes);
			assert_int_equal(twin->block_width, f->block_width);
			assert_int_equal(twin->bgra, f->bgra);
		}
	}
	// The rows of spec 02 section 6.1 that have bytes.
	assert_int_equal(count, 138);
}

static void known_formats_are_as_metal_has_them(void **state) {
	(void)state;
	static const struct {
		uint32_t number;
		uint8_t width, height, bytes, type;
		uint16_t twin;
	} expected[] = {
		{ 1, 1, 1, 1, PVG_FORMAT_UNORM, 0 },
		{ 10, 1, 1, 1, PVG_FORMAT_UNORM, 11 },
		{ 55, 1, 1, 4, PVG_FORMAT_FLOAT, 0 },
		{ 80, 1, 1, 4, PVG_FORMAT_UNORM, 81 },
		{ 115, 1, 1, 8, PVG_FORMAT_FLOAT, 0 },
		{ 123, 1, 1, 16, PVG_FORMAT_UINT, 0 },
		{ 130, 4, 4, 8, PVG_FORMAT_UNORM, 131 },
		{ 150, 4, 4, 16, PVG_FORMAT_FLOAT, 0 },
		{ 160, 8, 4, 8, PVG_FORMAT_UNORM, 161 },
		{ 193, 8, 6, 16, PVG_FORMAT_UNORM, 211 },
		{ 236, 12, 12, 16, PVG_FORMAT_FLOAT, 0 },
		{ 240, 2, 1, 4, PVG_FORMAT_UNORM, 0 },
		{ 253, 1, 1, 1, PVG_FORMAT_STENCIL, 0 },
		{ 260, 1, 1, 8, PVG_FORMAT_DEPTH, 0 },
		{ 552, 1, 1, 8, PVG_FORMAT_XR, 553 },
	};
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		const struct pvg_format *f = pvg_format_get(expected[i].number);
		assert_non_null(f);
		assert_int_equal(f->block_width, expected[i].width);
		assert_int_equal(f->block_height, expected[i].height);
		assert_int_equal(f->block_bytes, expected[i].bytes);
		assert_int_equal(f->type, expected[i].type);
		assert_int_equal(f->twin, expected[i].twin);
	}
	assert_true(pvg_format_get(80)->bgra);
	assert_false(pvg_format_get(70)->bgra);
	assert_true(pvg_format_get(255)->stencil && pvg_format_get(255)->depth);
	assert_true(pvg_format_get(261)->view_only);
}

static void unknown_numbers_are_nobodys(void **state) {
	(void)state;
	static const uint32_t unknown[] = { 0, 2, 9, 191, 203, 209, 237, 263, 500, 551, 556, 65535,
		0x42475241, UINT32_MAX };
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		assert_null(pvg_format_get(unknown[i]));
	}
	char name[24];
	assert_string_equal(pvg_format_name(UINT32_MAX, name), "format 4294967295");
	assert_string_equal(pvg_format_name(81, name), "BGRA8Unorm_sRGB");
}

static void rows_are_of_blocks(void **state) {
	(void)state;
	assert_int_equal(pvg_format_row_bytes(pvg_format_get(80), 17), 68);
	assert_int_equal(pvg_format_row_bytes(pvg_format_get(130), 17), 40);
	assert_int_equal(pvg_format_rows(pvg_format_get(130), 17), 5);
	assert_int_equal(pvg_format_rows(pvg_format_get(80), 17), 17);
	assert_int_equal(pvg_format_row_bytes(pvg_format_get(123), UINT32_MAX),
		UINT64_C(16) * UINT32_MAX);
	assert_int_equal(pvg_format_rows(pvg_format_get(218), UINT32_MAX), UINT32_MAX / 12 + 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_entry_is_whole),
		cmocka_unit_test(known_formats_are_as_metal_has_them),
		cmocka_unit_test(unknown_numbers_are_nobodys),
		cmocka_unit_test(rows_are_of_blocks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
