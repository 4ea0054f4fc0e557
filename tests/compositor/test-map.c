// SPDX-License-Identifier: GPL-2.0-or-later
// The picture's rectangle and the pointer's way back through it (spec 04 section 13).
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "map.h"

static void assert_rect(struct pk_rect r, int x, int y, int width, int height) {
	assert_int_equal(r.x, x);
	assert_int_equal(r.y, y);
	assert_int_equal(r.width, width);
	assert_int_equal(r.height, height);
}

static void fit_keeps_the_aspect_and_centres(void **state) {
	assert_rect(pk_map_picture(PK_SCALE_FIT, 1920, 1080, 1920, 1080), 0, 0, 1920, 1080);
	assert_rect(pk_map_picture(PK_SCALE_FIT, 1920, 1080, 1280, 1024), 285, 0, 1350, 1080);
	assert_rect(pk_map_picture(PK_SCALE_FIT, 1280, 1024, 1920, 1080), 0, 152, 1280, 720);
	assert_rect(pk_map_picture(PK_SCALE_FIT, 1920, 1080, 3840, 2160), 0, 0, 1920, 1080);
	assert_rect(pk_map_picture(PK_SCALE_FIT, 1920, 1080, 8192, 1), 0, 539, 1920, 1);
}

static void integer_scales_by_whole_factors_or_fits(void **state) {
	assert_rect(pk_map_picture(PK_SCALE_INTEGER, 1920, 1080, 640, 480), 320, 60, 1280, 960);
	assert_rect(pk_map_picture(PK_SCALE_INTEGER, 1920, 1080, 1280, 800), 320, 140, 1280, 800);
	assert_rect(pk_map_picture(PK_SCALE_INTEGER, 1280, 720, 1920, 1080), 0, 0, 1280, 720);
}

static void none_centres_and_crops(void **state) {
	assert_rect(pk_map_picture(PK_SCALE_NONE, 1920, 1080, 1280, 720), 320, 180, 1280, 720);
	assert_rect(pk_map_picture(PK_SCALE_NONE, 1280, 720, 1920, 1080), -320, -180, 1920, 1080);
}

static void a_picture_without_size_takes_the_output(void **state) {
	assert_rect(pk_map_picture(PK_SCALE_FIT, 800, 600, 0, 0), 0, 0, 800, 600);
}

static void assert_pointer(struct pk_rect r, double x, double y, int a, int b) {
	int32_t pa, pb;
	pk_map_pointer(&r, x, y, &pa, &pb);
	assert_int_equal(pa, a);
	assert_int_equal(pb, b);
}

static void corners_and_centre_of_a_full_picture(void **state) {
	struct pk_rect r = { 0, 0, 1024, 512 };
	assert_pointer(r, 0, 0, 0, 0);
	assert_pointer(r, 512, 256, 16384, 16384);
	assert_pointer(r, 1023.999, 511.999, 32767, 32767);
}

static void positions_in_the_bars_clamp_to_the_edge(void **state) {
	struct pk_rect r = { 285, 0, 1350, 1080 };
	assert_pointer(r, 0, 540, 0, 16384);
	assert_pointer(r, 1919, 540, 32767, 16384);
	assert_pointer(r, 285, 2000, 0, 32767);
	assert_pointer(r, -5000, -1, 0, 0);
	assert_pointer(r, (double)NAN, (double)INFINITY, 0, 32767);
}

static void every_guest_pixel_is_hit_by_its_own_place(void **state) {
	static const int outputs[][2] = { { 1920, 1080 }, { 1280, 720 }, { 1366, 768 } };
	static const int pictures[][2] = { { 1280, 800 }, { 640, 480 }, { 1024, 768 } };
	for (int o = 0; o < 3; o++) {
		for (int p = 0; p < 3; p++) {
			int width = pictures[p][0], height = pictures[p][1];
			struct pk_rect r = pk_map_picture(PK_SCALE_FIT, outputs[o][0],
				outputs[o][1], width, height);
			if (r.width < width) {
				continue; // several guest pixels share one
			}
			for (int gx = 0; gx < width; gx++) {
				// The middle of where this pixel is drawn.
				double ox = r.x + (gx + 0.5) * r.width / width;
				int32_t a, b;
				pk_map_pointer(&r, ox, r.y, &a, &b);
				assert_int_equal((int64_t)a * width / 32768, gx);
			}
		}
	}
}

static void the_cursor_lands_where_the_picture_has_its_pixel(void **state) {
	struct pk_rect r = pk_map_picture(PK_SCALE_FIT, 1920, 1080, 1280, 1024);
	int ox, oy;
	pk_map_to_output(&r, 1280, 1024, 0, 0, &ox, &oy);
	assert_int_equal(ox, 285);
	assert_int_equal(oy, 0);
	pk_map_to_output(&r, 1280, 1024, 640, 512, &ox, &oy);
	assert_int_equal(ox, 285 + 675);
	assert_int_equal(oy, 540);
	pk_map_to_output(&r, 1280, 1024, -32768, 32767, &ox, &oy); // what a guest may say
	assert_true(ox < 0);
	assert_true(oy > 1080);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fit_keeps_the_aspect_and_centres),
		cmocka_unit_test(integer_scales_by_whole_factors_or_fits),
		cmocka_unit_test(none_centres_and_crops),
		cmocka_unit_test(a_picture_without_size_takes_the_output),
		cmocka_unit_test(corners_and_centre_of_a_full_picture),
		cmocka_unit_test(positions_in_the_bars_clamp_to_the_edge),
		cmocka_unit_test(every_guest_pixel_is_hit_by_its_own_place),
		cmocka_unit_test(the_cursor_lands_where_the_picture_has_its_pixel),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
