// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/input-event-codes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "input.h"
#include "together.h"

#define S INT64_C(1000000000)
#include "pvg-link.h"

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

static void a_key_comes_up_with_the_last_device_that_holds_it(void **state) {
	struct pk_keys keys = { 0 };
	struct pk_held left = { 0 }, right = { 0 };
	assert_true(pk_keys_change(&keys, &left, KEY_LEFTSHIFT, true));
	assert_false(pk_keys_change(&keys, &right, KEY_LEFTSHIFT, true));
	assert_false(pk_keys_change(&keys, &left, KEY_LEFTSHIFT, false));
	assert_true(pk_keys_any(&keys));
	assert_true(pk_keys_change(&keys, &right, KEY_LEFTSHIFT, false));
	assert_false(pk_keys_any(&keys));
	assert_false(pk_keys_change(&keys, &right, KEY_LEFTSHIFT, false));
	assert_false(pk_keys_change(&keys, &right, PK_KEYS, true));
}

static void everything_held_can_be_let_go_once(void **state) {
	struct pk_keys keys = { 0 };
	struct pk_held keyboard = { 0 }, mouse = { 0 };
	pk_keys_change(&keys, &keyboard, KEY_LEFTMETA, true);
	pk_keys_change(&keys, &keyboard, 0, true);
	pk_keys_change(&keys, &mouse, BTN_LEFT, true);
	unsigned int told = 0;
	for (uint32_t code = 0; code < PK_KEYS; code++) {
		told += pk_keys_change(&keys, &keyboard, code, false);
		told += pk_keys_change(&keys, &mouse, code, false);
	}
	assert_int_equal(told, 3);
	assert_false(pk_keys_any(&keys));
	// The user's fingers come up later: strays.
	assert_false(pk_keys_change(&keys, &keyboard, KEY_LEFTMETA, false));
	// And the next press counts again.
	assert_true(pk_keys_change(&keys, &keyboard, KEY_LEFTMETA, true));
}

static void more_devices_than_can_be_counted_hold_nothing(void **state) {
	static struct pk_held devices[300];
	struct pk_keys keys = { 0 };
	unsigned int down = 0, up = 0;
	for (size_t i = 0; i < 300; i++) {
		down += pk_keys_change(&keys, &devices[i], KEY_A, true);
	}
	for (size_t i = 0; i < 300; i++) {
		up += pk_keys_change(&keys, &devices[i], KEY_A, false);
	}
	assert_int_equal(down, 1);
	assert_int_equal(up, 1);
	assert_false(pk_keys_any(&keys));
}

static void chords_need_their_modifiers_alone(void **state) {
	unsigned int vt = 0;
	const uint32_t wanted = PK_CHORD_MODS;
	assert_int_equal(pk_chord_of(wanted, wanted, KEY_G, &vt), PK_CHORD_RELEASE);
	assert_int_equal(pk_chord_of(wanted, wanted, KEY_F, &vt), PK_CHORD_FULLSCREEN);
	assert_int_equal(pk_chord_of(wanted, wanted, KEY_TAB, &vt), PK_CHORD_SWITCH);
	assert_int_equal(pk_chord_of(wanted, wanted, KEY_BACKSPACE, &vt), PK_CHORD_CLOSE);
	assert_int_equal(pk_chord_of(PK_MOD_CTRL, wanted, KEY_G, &vt), PK_CHORD_NONE);
	assert_int_equal(pk_chord_of(PK_MOD_ALT, wanted, KEY_G, &vt), PK_CHORD_NONE);
	assert_int_equal(pk_chord_of(wanted | PK_MOD_SHIFT, wanted, KEY_G, &vt), PK_CHORD_NONE);
	assert_int_equal(pk_chord_of(wanted | PK_MOD_SUPER, wanted, KEY_G, &vt), PK_CHORD_NONE);
	assert_int_equal(pk_chord_of(wanted, wanted, KEY_A, &vt), PK_CHORD_NONE);
}

static void other_modifiers_move_the_chords_but_not_the_terminals(void **state) {
	unsigned int vt = 0;
	const uint32_t wanted = PK_MOD_SUPER | PK_MOD_SHIFT;
	assert_int_equal(pk_chord_of(wanted, wanted, KEY_G, &vt), PK_CHORD_RELEASE);
	assert_int_equal(pk_chord_of(PK_CHORD_MODS, wanted, KEY_G, &vt), PK_CHORD_NONE);
	assert_int_equal(pk_chord_of(wanted, wanted, KEY_F2, &vt), PK_CHORD_NONE);
	assert_int_equal(pk_chord_of(PK_CHORD_MODS, wanted, KEY_F2, &vt), PK_CHORD_VT);
	assert_int_equal(vt, 2);
}

static void modifiers_are_read_and_written(void **state) {
	static const struct {
		const char *text;
		uint32_t mods;
		const char *keys;
	} good[] = {
		{ "ctrl+alt", PK_MOD_CTRL | PK_MOD_ALT, "Ctrl+Alt" },
		{ "alt+ctrl", PK_MOD_CTRL | PK_MOD_ALT, "Ctrl+Alt" },
		{ "super", PK_MOD_SUPER, "Super" },
		{ "ctrl+alt+shift+super", PK_MOD_CTRL | PK_MOD_ALT | PK_MOD_SHIFT | PK_MOD_SUPER,
			"Ctrl+Alt+Shift+Super" },
	};
	static const char *const bad[] = { "", "+", "ctrl+", "+alt", "hyper", "ctrl alt", "shift",
		"ctr", "ctrll", "Ctrl" };
	char text[PK_CHORD_NAME_SIZE];
	uint32_t mods;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(pk_chord_parse(good[i].text, &mods));
		assert_int_equal(mods, good[i].mods);
		pk_chord_name(mods, true, text, sizeof(text));
		assert_string_equal(text, good[i].keys);
		pk_chord_name(mods, false, text, sizeof(text));
		uint32_t again;
		assert_true(pk_chord_parse(text, &again));
		assert_int_equal(again, mods);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		mods = 77;
		assert_false(pk_chord_parse(bad[i], &mods));
		assert_int_equal(mods, 77);
	}
}

static void function_keys_name_their_terminal(void **state) {
	static const uint32_t keys[] = { KEY_F1, KEY_F2, KEY_F3, KEY_F4, KEY_F5, KEY_F6, KEY_F7,
		KEY_F8, KEY_F9, KEY_F10, KEY_F11, KEY_F12 };
	for (unsigned int i = 0; i < 12; i++) {
		unsigned int vt = 0;
		assert_int_equal(pk_chord_of(PK_CHORD_MODS, PK_CHORD_MODS, keys[i], &vt),
			PK_CHORD_VT);
		assert_int_equal(vt, i + 1);
	}
}

static void a_pointer_hidden_for_typing_stays_absolute(void **state) {
	struct pk_motion motion = { 0 };
	assert_false(pk_motion_is_relative(&motion, 1000 * MS)); // no pointer seen yet: firmware
	pk_motion_visible(&motion, false);
	assert_false(pk_motion_is_relative(&motion, 1500 * MS));
	assert_false(pk_motion_is_relative(&motion, 1900 * MS)); // nor hidden, then
	pk_motion_visible(&motion, true);
	pk_motion_visible(&motion, false);
	assert_false(pk_motion_is_relative(&motion, 2000 * MS)); // first motion brings it back
	pk_motion_visible(&motion, true);
	assert_false(pk_motion_is_relative(&motion, 9000 * (int64_t)MS));
}

static void a_pointer_that_stays_hidden_makes_motion_relative(void **state) {
	struct pk_motion motion = { 0 };
	pk_motion_visible(&motion, true);
	pk_motion_visible(&motion, false);
	assert_false(pk_motion_is_relative(&motion, 1000 * MS));
	assert_false(pk_motion_is_relative(&motion, 1249 * MS));
	assert_true(pk_motion_is_relative(&motion, 1250 * MS));
	pk_motion_visible(&motion, false); // said again: nothing new
	assert_true(pk_motion_is_relative(&motion, 1300 * MS));
	pk_motion_visible(&motion, true);
	assert_false(pk_motion_is_relative(&motion, 1310 * MS));
}

static void motion_is_of_a_kind_that_the_vm_has_a_device_for(void **state) {
	const uint32_t abs = PVG_LINK_INPUT_ABSOLUTE, rel = PVG_LINK_INPUT_RELATIVE,
		       ps2 = PVG_LINK_INPUT_PS2_MOUSE;
	static const enum pk_pointer wishes[] = { PK_POINTER_AUTO, PK_POINTER_ABSOLUTE,
		PK_POINTER_RELATIVE };
	for (size_t i = 0; i < 3; i++) {
		for (int hidden = 0; hidden < 2; hidden++) {
			// One kind only: that, whatever is wished.
			assert_false(pk_pointer_is_relative(wishes[i], abs, hidden));
			assert_true(pk_pointer_is_relative(wishes[i], rel, hidden));
			assert_true(pk_pointer_is_relative(wishes[i], ps2, hidden));
			assert_false(pk_pointer_is_relative(wishes[i], 0, hidden));
		}
	}
	assert_false(pk_pointer_is_relative(PK_POINTER_AUTO, abs | rel | ps2, false));
	assert_true(pk_pointer_is_relative(PK_POINTER_AUTO, abs | rel | ps2, true));
	// The PS/2 mouse that every PC has does not count beside a tablet, unless asked for.
	assert_false(pk_pointer_is_relative(PK_POINTER_AUTO, abs | ps2, true));
	assert_true(pk_pointer_is_relative(PK_POINTER_RELATIVE, abs | ps2, false));
	assert_true(pk_pointer_is_relative(PK_POINTER_RELATIVE, abs | rel, false));
	assert_false(pk_pointer_is_relative(PK_POINTER_ABSOLUTE, abs | rel, true));
}

static void notches_pass_and_fine_scrolling_adds_up(void **state) {
	double rest = 0;
	assert_int_equal(pk_wheel_units(&rest, 15.0, 120), 120);
	assert_int_equal(pk_wheel_units(&rest, -15.0, -120), -120);
	assert_int_equal(pk_wheel_units(&rest, 1.875, 15), 15); // a wheel of eight steps a notch
	int32_t sum = 0;
	for (int i = 0; i < 30; i++) {
		sum += pk_wheel_units(&rest, 0.5, 0);
	}
	assert_int_equal(sum, 120);
	assert_int_equal(pk_wheel_units(&rest, 1e300, 0), 0);
	assert_true(rest == 0);
	sum = 0;
	for (int i = 0; i < 300; i++) {
		sum += pk_wheel_units(&rest, -0.05, 0); // 0.4 units each
	}
	assert_int_equal(sum, -120);
}

static void what_is_left_of_a_scroll_ends_with_it(void **state) {
	double rest = 0;
	assert_int_equal(pk_wheel_units(&rest, 0.1, 0), 0); // 0.8
	assert_int_equal(pk_wheel_units(&rest, 0, 0), 0);   // the fingers are lifted
	assert_true(rest == 0);
	assert_int_equal(pk_wheel_units(&rest, 0.1, 0), 0);
	assert_int_equal(pk_wheel_units(&rest, -0.125, 0), -1); // back: none of the 0.8
	assert_int_equal(pk_wheel_units(&rest, NAN, 0), 0);
	assert_true(rest == 0);
}

static void one_finger_is_the_pointer(void **state) {
	struct pk_touch touch = { 0 };
	assert_false(pk_touch_is(&touch, 0));
	assert_false(pk_touch_up(&touch, 0));
	assert_true(pk_touch_down(&touch, 4));
	assert_false(pk_touch_down(&touch, 5));
	assert_true(pk_touch_is(&touch, 4));
	assert_false(pk_touch_is(&touch, 5));
	assert_false(pk_touch_up(&touch, 5));
	assert_true(pk_touch_up(&touch, 4));
	assert_false(pk_touch_is(&touch, 4));
	assert_true(pk_touch_down(&touch, 5));
}

static void pointers_are_together_once_both_were_seen_in_one_place(void **state) {
	struct pk_together t = { 0 };
	assert_false(pk_together_judge(&t, 4, 1));
	pk_together_host(&t, 100, 100, 10);
	assert_false(pk_together_judge(&t, 4, 10));
	pk_together_guest(&t, 103, 97);
	assert_true(pk_together_judge(&t, 4, 11));
	// The guest is behind while the host's moves, however far.
	int64_t now = 20;
	for (int i = 0; i < 100; i++) {
		now += 8000000;
		pk_together_host(&t, 100 + 10 * i, 100, now);
		pk_together_guest(&t, 100 + 10 * (i - 3), 100);
		assert_true(pk_together_judge(&t, 4, now));
	}
	// It stops on its way: apart after a while, and only then.
	assert_true(pk_together_deadline(&t, 4) == now + PK_TOGETHER_AFTER_NS);
	assert_true(pk_together_judge(&t, 4, now + PK_TOGETHER_AFTER_NS - 1));
	assert_false(pk_together_judge(&t, 4, now + PK_TOGETHER_AFTER_NS));
	assert_true(pk_together_deadline(&t, 4) == INT64_MAX);
	// Moving apart stays apart, until they meet.
	pk_together_host(&t, 500, 500, now + S);
	assert_false(pk_together_judge(&t, 4, now + S));
	pk_together_guest(&t, 500, 500);
	assert_true(pk_together_judge(&t, 4, now + S));
	assert_true(pk_together_deadline(&t, 4) == INT64_MAX);
	// The guest puts it elsewhere while the host's rests.
	pk_together_guest(&t, 10, 10);
	assert_false(pk_together_judge(&t, 4, now + 2 * S));
	pk_together_guest(&t, 500, 500);
	assert_true(pk_together_judge(&t, 4, now + 2 * S));
	pk_together_forget(&t);
	assert_false(pk_together_judge(&t, 4, now + 2 * S));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(repeats_and_stray_releases_are_not_sent),
		cmocka_unit_test(codes_beyond_the_link_are_refused),
		cmocka_unit_test(a_key_comes_up_with_the_last_device_that_holds_it),
		cmocka_unit_test(everything_held_can_be_let_go_once),
		cmocka_unit_test(more_devices_than_can_be_counted_hold_nothing),
		cmocka_unit_test(chords_need_their_modifiers_alone),
		cmocka_unit_test(other_modifiers_move_the_chords_but_not_the_terminals),
		cmocka_unit_test(modifiers_are_read_and_written),
		cmocka_unit_test(function_keys_name_their_terminal),
		cmocka_unit_test(a_pointer_hidden_for_typing_stays_absolute),
		cmocka_unit_test(a_pointer_that_stays_hidden_makes_motion_relative),
		cmocka_unit_test(motion_is_of_a_kind_that_the_vm_has_a_device_for),
		cmocka_unit_test(notches_pass_and_fine_scrolling_adds_up),
		cmocka_unit_test(what_is_left_of_a_scroll_ends_with_it),
		cmocka_unit_test(one_finger_is_the_pointer),
		cmocka_unit_test(pointers_are_together_once_both_were_seen_in_one_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
