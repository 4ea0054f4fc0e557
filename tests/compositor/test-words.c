// SPDX-License-Identifier: GPL-2.0-or-later
// What the kiosk says on the screen: the idle picture, the statistics, and how text is fitted.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "idle-text.h"
#include "osd-text.h"
#include "text.h"

/* ---- text ------------------------------------------------------------------------------------ */

static void lines_break_at_spaces(void **state) {
	char out[128];
	assert_true(pk_text_wrap("waiting for a VM on this", 11, out, sizeof(out)));
	assert_string_equal(out, "waiting for\na VM on\nthis");
	assert_true(pk_text_wrap("a b\n\nc", 11, out, sizeof(out)));
	assert_string_equal(out, "a b\n\nc");
	assert_true(pk_text_wrap("", 11, out, sizeof(out)));
	assert_string_equal(out, "");
}

static void a_word_that_is_too_long_is_broken_and_told(void **state) {
	char out[128];
	assert_false(pk_text_wrap("see /run/user/1000/x", 8, out, sizeof(out)));
	assert_string_equal(out, "see\n/run/use\nr/1000/x");
	assert_false(pk_text_wrap("abc", 0, out, sizeof(out)));
	assert_string_equal(out, "a\nb\nc");
}

static void what_does_not_fit_is_cut(void **state) {
	char out[6];
	pk_text_wrap("abc def ghi", 3, out, sizeof(out));
	assert_string_equal(out, "abc\nd");
}

// The socket path of a usual session, and the longest that a socket may have.
static const char usual[] = "pvg-kiosk\nwaiting for a VM on\n/run/user/1000/pvg-0.sock";

static void text_is_readable_at_every_size(void **state) {
	static const struct {
		int width, height, scale;
	} outputs[] = {
		{ 1, 1, 1 }, { 64, 48, 1 }, { 320, 200, 1 }, { 640, 480, 2 }, { 800, 600, 3 },
		{ 1280, 720, 4 }, { 1920, 1080, 6 }, { 3840, 2160, 13 }, { 2160, 3840, 9 },
		{ 7680, 4320, 26 }, { 8192, 200, 1 },
	};
	char longest[160] = "waiting for a VM on\n/";
	memset(longest + strlen(longest), 'x', 106);
	for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++) {
		char out[1024];
		int width = outputs[i].width, height = outputs[i].height;
		int scale = pk_text_fit(usual, width, height, out, sizeof(out));
		assert_int_equal(scale, outputs[i].scale);
		struct pk_text_size size = pk_text_measure(out);
		if (width >= 320) {
			assert_true((int)size.columns * PK_TEXT_CELL_WIDTH * scale <= width);
			assert_true((int)size.lines * PK_TEXT_LINE_HEIGHT * scale <= height);
			// Nothing of it is lost.
			assert_non_null(strstr(out, "/run/user/1000/pvg-0.sock"));
		}
		scale = pk_text_fit(longest, width, height, out, sizeof(out));
		size = pk_text_measure(out);
		if (width >= 320) {
			assert_true((int)size.columns * PK_TEXT_CELL_WIDTH * scale <= width);
		}
	}
}

static void drawing_stays_inside_its_pixels(void **state) {
	enum { WIDTH = 3 * PK_TEXT_CELL_WIDTH * 2, ROWS = 2 * PK_TEXT_LINE_HEIGHT * 2 };
	uint32_t *pixels = calloc((WIDTH * ROWS) + 2, sizeof(*pixels));
	assert_non_null(pixels);
	pixels[0] = pixels[WIDTH * ROWS + 1] = 7;
	pk_text_draw("ABC\nlonger than the row", 2, true, 1, pixels + 1, WIDTH);
	size_t ink = 0;
	for (size_t i = 1; i <= WIDTH * ROWS; i++) {
		ink += pixels[i] == 1;
		assert_true(pixels[i] <= 1);
	}
	assert_true(ink > 100 && ink < WIDTH * ROWS / 2);
	assert_int_equal(pixels[0], 7);
	assert_int_equal(pixels[WIDTH * ROWS + 1], 7);
	free(pixels);
}

/* ---- the idle picture ------------------------------------------------------------------------ */

static void assert_words(const struct pk_idle_state *state, const char *wanted) {
	char text[256];
	pk_idle_words(state, text, sizeof(text));
	assert_string_equal(text, wanted);
}

static void without_a_vm_it_says_what_it_waits_for(void **state) {
	struct pk_idle_state idle = { .socket = "/run/pvg-0.sock" };
	assert_words(&idle, "pvg-kiosk\nwaiting for a VM on\n/run/pvg-0.sock");
	idle.reason = "the VM shut down";
	assert_words(&idle, "VM ended: it shut down\nwaiting for a VM on\n/run/pvg-0.sock");
	idle.reason = "another reason";
	assert_words(&idle, "VM ended: another reason\nwaiting for a VM on\n/run/pvg-0.sock");
	idle.reason = "the VM shut down";
	idle.registered = idle.online = idle.renderer_restarted = true; // nobody's any more
	assert_words(&idle, "VM ended: it shut down\nwaiting for a VM on\n/run/pvg-0.sock");
}

static void a_guest_s_way_to_its_picture_is_told(void **state) {
	struct pk_idle_state idle = { .socket = "s", .vm = "mac" };
	assert_words(&idle, "VM mac\nthe guest is starting");
	idle.registered = true;
	assert_words(&idle, "VM mac\nthe guest switches its display on");
	idle.registered = false;
	idle.online = true;
	assert_words(&idle, "VM mac\nthe guest has not shown anything yet");
}

static void what_happened_stays_until_the_display_is_back(void **state) {
	struct pk_idle_state idle = { .vm = "mac", .reason = "the guest was reset" };
	assert_words(&idle, "VM mac\nthe guest was reset\nthe guest is starting");
	idle.registered = true;
	assert_words(&idle, "VM mac\nthe guest was reset\nthe guest switches its display on");
	idle.online = true;
	assert_words(&idle, "VM mac\nthe guest has not shown anything yet");
}

static void what_keeps_the_picture_away_is_told(void **state) {
	struct pk_idle_state idle = { .vm = "mac", .online = true, .renderer_restarted = true };
	assert_words(&idle,
		"VM mac\nthe renderer was restarted\nwaiting for the guest to draw again");
	idle.asleep = true;
	assert_words(&idle, "VM mac\nthe display is asleep");
	idle.no_display = true;
	assert_words(&idle, "VM mac\nno display for this screen");
	idle.paused = true;
	assert_words(&idle, "VM mac\npaused");
}

/* ---- statistics ------------------------------------------------------------------------------ */

static void rates_are_of_the_time_between(void **state) {
	const struct pk_osd_sample before = { .when_ns = 1000000000, .flips = 100, .missed = 4,
		.gpu_busy_ns = 1000000 };
	const struct pk_osd_sample now = { .when_ns = 1500000000, .flips = 130, .missed = 5,
		.gpu_busy_ns = 31000000, .refresh_mhz = 59940, .way = "plane", .phase_ns = 3200000,
		.width = 1920, .height = 1080 };
	char text[256];
	pk_osd_words(&before, &now, text, sizeof(text));
	assert_string_equal(text,
		"60.0 fps at 59.94 Hz\n"
		"1920x1080, plane\n"
		"missed 1 (all: 5)\n"
		"GPU 1000 us a frame\n"
		"committed 3.2 ms ahead");
}

static void what_is_not_known_is_a_dash(void **state) {
	const struct pk_osd_sample nothing = { 0 };
	const struct pk_osd_sample now = { .when_ns = 1, .refresh_mhz = 60000,
		.phase_ns = INT64_MIN };
	char text[256];
	pk_osd_words(&nothing, &now, text, sizeof(text));
	assert_string_equal(text,
		"- fps at 60.00 Hz\n"
		"no picture, no way\n"
		"missed 0 (all: 0)\n"
		"GPU - a frame\n"
		"committed - ahead");
	// Another display came to this output: its counters are others.
	const struct pk_osd_sample more = { .when_ns = 1, .flips = 10, .missed = 9 };
	const struct pk_osd_sample less = { .when_ns = 1000000001, .flips = 5, .refresh_mhz = 60000,
		.phase_ns = INT64_MIN };
	pk_osd_words(&more, &less, text, sizeof(text));
	assert_int_equal(strncmp(text, "- fps", 5), 0);
}

static void an_idle_guest_has_no_gpu_time_a_frame(void **state) {
	const struct pk_osd_sample before = { .when_ns = 1, .flips = 5 };
	const struct pk_osd_sample now = { .when_ns = 500000001, .flips = 5, .refresh_mhz = 60000,
		.way = "upload", .phase_ns = INT64_MIN };
	char text[256];
	pk_osd_words(&before, &now, text, sizeof(text));
	assert_non_null(strstr(text, "0.0 fps"));
	assert_non_null(strstr(text, "GPU - a frame"));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_break_at_spaces),
		cmocka_unit_test(a_word_that_is_too_long_is_broken_and_told),
		cmocka_unit_test(what_does_not_fit_is_cut),
		cmocka_unit_test(text_is_readable_at_every_size),
		cmocka_unit_test(drawing_stays_inside_its_pixels),
		cmocka_unit_test(without_a_vm_it_says_what_it_waits_for),
		cmocka_unit_test(a_guest_s_way_to_its_picture_is_told),
		cmocka_unit_test(what_happened_stays_until_the_display_is_back),
		cmocka_unit_test(what_keeps_the_picture_away_is_told),
		cmocka_unit_test(rates_are_of_the_time_between),
		cmocka_unit_test(what_is_not_known_is_a_dash),
		cmocka_unit_test(an_idle_guest_has_no_gpu_time_a_frame),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
