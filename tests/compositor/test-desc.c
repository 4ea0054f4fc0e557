// SPDX-License-Identifier: GPL-2.0-or-later
// Descriptions of outputs (spec 04 sections 3.5 and 14.9).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "desc.h"

static struct pk_desc_input panel(void) {
	return (struct pk_desc_input){
		.make = "ACME",
		.model = "Panel 27",
		.serial = "12345",
		.connector = "DP-1",
		.current = { 2560, 1440, 59951 },
		.phys_width_mm = 597,
		.phys_height_mm = 336,
		.cursor_width = 256,
		.cursor_height = 256,
	};
}

static void the_panel_is_named_and_its_mode_comes_first(void **state) {
	static const struct pvg_mode modes[] = { { 3840, 2160, 30000 }, { 2560, 1440, 59951 },
		{ 1920, 1080, 60000 } };
	struct pk_desc_input input = panel();
	struct pvg_display_desc desc;
	input.modes = modes;
	input.mode_count = 3;
	pk_desc_build(&input, &desc);
	assert_string_equal(desc.name, "Panel 27");
	assert_int_equal(desc.mode_count, 3); // the current one is not listed twice
	assert_int_equal(desc.modes[0].width, 2560);
	assert_int_equal(desc.modes[0].refresh_mhz, 59951);
	assert_int_equal(desc.modes[1].width, 3840);
	assert_int_equal(desc.cursor_max_width, 256);
	assert_int_equal(desc.gamma_entries, 0);
}

static void the_users_modes_replace_all_others(void **state) {
	static const struct pvg_mode modes[] = { { 1920, 1080, 60000 } };
	static const struct pvg_mode user[] = { { 1280, 800, 60000 }, { 0, 0, 0 },
		{ 1024, 768, 0 } };
	struct pk_desc_input input = panel();
	struct pvg_display_desc desc;
	input.modes = modes;
	input.mode_count = 1;
	input.any_size = true;
	input.user_modes = user;
	input.user_mode_count = 3;
	pk_desc_build(&input, &desc);
	assert_int_equal(desc.mode_count, 2);
	assert_int_equal(desc.modes[0].width, 1280);
	assert_int_equal(desc.modes[1].refresh_mhz, 60000);
}

static void a_window_offers_usual_sizes_too(void **state) {
	struct pk_desc_input input = { .connector = "WL-1", .current = { 1280, 720, 60000 },
		.any_size = true };
	struct pvg_display_desc desc;
	bool full_hd = false;
	pk_desc_build(&input, &desc);
	assert_int_equal(desc.modes[0].width, 1280);
	assert_int_equal(desc.modes[0].height, 720);
	for (uint32_t i = 0; i < desc.mode_count; i++) {
		full_hd |= desc.modes[i].width == 1920 && desc.modes[i].height == 1080;
	}
	assert_true(full_hd);
	assert_string_equal(desc.name, "pvg-linux-0");
	assert_int_equal(desc.cursor_max_width, 64);
}

static void there_is_always_a_mode(void **state) {
	struct pk_desc_input input = { .connector = "X" };
	struct pvg_display_desc desc;
	pk_desc_build(&input, &desc);
	assert_int_equal(desc.mode_count, 1);
	assert_true(desc.width_mm > 0 && desc.height_mm > 0);
}

static void more_modes_than_the_page_holds_are_cut(void **state) {
	struct pvg_mode modes[200];
	struct pk_desc_input input = panel();
	struct pvg_display_desc desc;
	for (int i = 0; i < 200; i++) {
		modes[i] = (struct pvg_mode){ (uint16_t)(640 + i), 480, 60000 };
	}
	input.modes = modes;
	input.mode_count = 200;
	pk_desc_build(&input, &desc);
	assert_int_equal(desc.mode_count, PVG_MAX_MODES);
}

static void long_and_foreign_names_are_cut_and_cleaned(void **state) {
	struct pk_desc_input input = panel();
	struct pvg_display_desc desc;
	input.model = "A\tvery long model name";
	pk_desc_build(&input, &desc);
	assert_string_equal(desc.name, "A?very long m");
}

static void serials_are_stable_and_differ(void **state) {
	struct pk_desc_input a = panel(), b = panel(), c = panel();
	assert_int_equal(pk_desc_serial(&a), pk_desc_serial(&b));
	b.serial = "12346";
	assert_int_not_equal(pk_desc_serial(&a), pk_desc_serial(&b));
	c.connector = "DP-2"; // the same panel on another socket
	assert_int_equal(pk_desc_serial(&a), pk_desc_serial(&c));
	struct pk_desc_input d = { .connector = "HEADLESS-1", .vm_uuid = { 1 } }, e = d;
	e.connector = "HEADLESS-2";
	assert_int_not_equal(pk_desc_serial(&d), pk_desc_serial(&e));
	e = d;
	e.vm_uuid[0] = 2;
	assert_int_not_equal(pk_desc_serial(&d), pk_desc_serial(&e));
}

static void two_panels_of_one_model_differ_by_connector(void **state) {
	struct pk_desc_input a = panel(), b = panel();
	a.serial = b.serial = NULL;
	b.connector = "DP-2";
	assert_int_not_equal(pk_desc_serial(&a), pk_desc_serial(&b));
}

static void assert_size(uint32_t width, uint32_t height, int phys_width, int phys_height,
		int width_mm, int height_mm) {
	uint16_t w, h;
	pk_desc_size(width, height, pk_desc_ppi(width, height, phys_width, phys_height, 0), &w,
		&h);
	assert_int_equal(w, width_mm);
	assert_int_equal(h, height_mm);
}

static void pixels_are_square_in_whole_centimetres(void **state) {
	assert_size(1920, 1080, 0, 0, 480, 270);     // 100 ppi (section 14.9)
	assert_size(2560, 1440, 597, 336, 640, 360); // k is rounded
	assert_size(1280, 800, 0, 0, 320, 200);
	assert_size(3840, 2160, 600, 340, 640, 360); // 162 ppi: HiDPI stays on
	assert_size(1366, 768, 0, 0, 350, 200);      // 683:384: each side by itself
	assert_size(8192, 8192, 0, 0, 2080, 2080);
}

static void absurd_panel_sizes_are_not_believed(void **state) {
	assert_size(1920, 1080, 1600, 900, 480, 270);
	assert_size(1920, 1080, 16, 9, 480, 270);
	assert_size(1920, 1080, 500, 100, 480, 270); // pixels that are not square
	assert_size(1, 1, 1, 1, 10, 10);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_panel_is_named_and_its_mode_comes_first),
		cmocka_unit_test(the_users_modes_replace_all_others),
		cmocka_unit_test(a_window_offers_usual_sizes_too),
		cmocka_unit_test(there_is_always_a_mode),
		cmocka_unit_test(more_modes_than_the_page_holds_are_cut),
		cmocka_unit_test(long_and_foreign_names_are_cut_and_cleaned),
		cmocka_unit_test(serials_are_stable_and_differ),
		cmocka_unit_test(two_panels_of_one_model_differ_by_connector),
		cmocka_unit_test(pixels_are_square_in_whole_centimetres),
		cmocka_unit_test(absurd_panel_sizes_are_not_believed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
