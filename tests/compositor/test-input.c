// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/input-event-codes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "input.h"

#define MS 1000000

static void repeats_and_stray_releases_are_not_sent(void **state) {
	struct pk_held held = { 0 };
	assert_true(pk_held_set(&held, KEY_A, true));
	assert_false(pk_held_set(&held, KEY_A, true));
	assert_true(pk_held_set(&held, KEY_A, false));
	assert_false(pk_held_set(&held, KEY_A, false));
	assert_false(pk_held_set(&held, KEY_B, false));
}

static void codes_beyond_the_link_are_refused(void **state) {
	struct pk_held held = { 0 };
	assert_true(pk_held_set(&held, PK_KEYS - 1, true));
	assert_false(pk_held_set(&held, PK_KEYS, true));
	assert_false(pk_held_set(&held, UINT32_MAX, true));
}

static void everything_held_can_be_let_go(void **state) {
	struct pk_held held = { 0 };
	uint32_t code, count = 0;
	pk_held_set(&held, KEY_LEFTMETA, true);
	pk_held_set(&held, BTN_LEFT, true);
	pk_held_set(&held, 0, true);
	assert_true(pk_held_any(&held));
	while (pk_held_pop(&held, &code)) {
		assert_true(code == KEY_LEFTMETA || code == BTN_LEFT || code == 0);
		count++;
	}
	assert_int_equal(count, 3);
	assert_false(pk_held_any(&held));
}

static void chords_need_control_and_alt_alone(void **state) {
	unsigned int vt = 0;
	assert_int_equal(pk_chord_of(true, true, false, KEY_G, &vt), PK_CHORD_RELEASE);
	assert_int_equal(pk_chord_of(true, true, false, KEY_TAB, &vt), PK_CHORD_SWITCH);
	assert_int_equal(pk_chord_of(true, true, false, KEY_BACKSPACE, &vt), PK_CHORD_CLOSE);
	assert_int_equal(pk_chord_of(true, false, false, KEY_G, &vt), PK_CHORD_NONE);
	assert_int_equal(pk_chord_of(false, true, false, KEY_G, &vt), PK_CHORD_NONE);
	assert_int_equal(pk_chord_of(true, true, true, KEY_G, &vt), PK_CHORD_NONE);
	assert_int_equal(pk_chord_of(true, true, false, KEY_A, &vt), PK_CHORD_NONE);
}

static void function_keys_name_their_terminal(void **state) {
	static const uint32_t keys[] = { KEY_F1, KEY_F2, KEY_F3, KEY_F4, KEY_F5, KEY_F6, KEY_F7,
		KEY_F8, KEY_F9, KEY_F10, KEY_F11, KEY_F12 };
	for (unsigned int i = 0; i < 12; i++) {
		unsigned int vt = 0;
		assert_int_equal(pk_chord_of(true, true, false, keys[i], &vt), PK_CHORD_VT);
		assert_int_equal(vt, i + 1);
	}
}

static void a_pointer_hidden_for_typing_stays_absolute(void **state) {
	struct pk_motion motion = { 0 };
	assert_false(pk_motion_is_relative(&motion, 1000 * MS)); // no pointer seen yet: firmware
	pk_motion_visible(&motion, false, true);
	assert_false(pk_motion_is_relative(&motion, 2000 * MS)); // first motion brings it back
	pk_motion_visible(&motion, true, false);
	assert_false(pk_motion_is_relative(&motion, 9000 * (int64_t)MS));
}

static void a_pointer_that_stays_hidden_makes_motion_relative(void **state) {
	struct pk_motion motion = { 0 };
	pk_motion_visible(&motion, false, true);
	assert_false(pk_motion_is_relative(&motion, 1000 * MS));
	assert_false(pk_motion_is_relative(&motion, 1249 * MS));
	assert_true(pk_motion_is_relative(&motion, 1250 * MS));
	assert_true(pk_motion_is_relative(&motion, 1300 * MS));
	pk_motion_visible(&motion, true, false);
	assert_false(pk_motion_is_relative(&motion, 1310 * MS));
}

static void notches_pass_and_fine_scrolling_adds_up(void **state) {
	double rest = 0;
	assert_int_equal(pk_wheel_units(&rest, 15.0, 120), 120);
	assert_int_equal(pk_wheel_units(&rest, -15.0, -120), -120);
	int32_t sum = 0;
	for (int i = 0; i < 30; i++) {
		sum += pk_wheel_units(&rest, 0.5, 0);
	}
	assert_int_equal(sum, 120);
	assert_int_equal(pk_wheel_units(&rest, 1e300, 0), 0);
	assert_true(rest == 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(repeats_and_stray_releases_are_not_sent),
		cmocka_unit_test(codes_beyond_the_link_are_refused),
		cmocka_unit_test(everything_held_can_be_let_go),
		cmocka_unit_test(chords_need_control_and_alt_alone),
		cmocka_unit_test(function_keys_name_their_terminal),
		cmocka_unit_test(a_pointer_hidden_for_typing_stays_absolute),
		cmocka_unit_test(a_pointer_that_stays_hidden_makes_motion_relative),
		cmocka_unit_test(notches_pass_and_fine_scrolling_adds_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
