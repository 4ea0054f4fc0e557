// SPDX-License-Identifier: GPL-2.0-or-later
// Gamma tables in other sizes (spec 04 section 14.8), and when a guest counts as playing.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gamma-lut.h"
#include "play.h"

static void assert_near(uint16_t value, double wanted) {
	assert_true(fabs(value - wanted) <= 1.0);
}

static void the_identity_is_a_straight_line_in_every_size(void **state) {
	float ramp[257];
	for (int i = 0; i < 257; i++) {
		ramp[i] = (float)i / 256;
	}
	static const size_t sizes[] = { 2, 3, 256, 257, 1024, 4096 };
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		uint16_t made[4096], from[4096];
		pk_gamma_resample(NULL, 0, made, sizes[s]);
		pk_gamma_resample(ramp, 257, from, sizes[s]);
		for (size_t i = 0; i < sizes[s]; i++) {
			assert_near(made[i], 65535.0 * (double)i / (double)(sizes[s] - 1));
			assert_near(from[i], made[i]);
		}
		assert_int_equal(made[0], 0);
		assert_int_equal(from[sizes[s] - 1], 65535);
	}
}

static void values_between_are_interpolated(void **state) {
	const float vee[] = { 1, 0, 1 };
	uint16_t lut[5];
	pk_gamma_resample(vee, 3, lut, 5);
	assert_int_equal(lut[0], 65535);
	assert_near(lut[1], 32767.5);
	assert_int_equal(lut[2], 0);
	assert_near(lut[3], 32767.5);
	assert_int_equal(lut[4], 65535);
}

static void values_outside_stay_inside(void **state) {
	const float wild[] = { -5, 7, -1, 9 }, nothing[] = { NAN, NAN };
	uint16_t lut[4];
	pk_gamma_resample(wild, 4, lut, 4);
	assert_int_equal(lut[0], 0);
	assert_int_equal(lut[1], 65535);
	assert_int_equal(lut[2], 0);
	assert_int_equal(lut[3], 65535);
	pk_gamma_resample(nothing, 2, lut, 4);
	assert_int_equal(lut[0], 0);
	assert_int_equal(lut[3], 0);
}

static void sizes_below_two_change_nothing(void **state) {
	const float one[] = { 1 };
	uint16_t lut[2] = { 3, 4 };
	pk_gamma_resample(one, 1, lut, 2);
	pk_gamma_resample(NULL, 0, lut, 1);
	pk_gamma_chain(lut, 2, lut, 1);
	assert_int_equal(lut[0], 3);
	assert_int_equal(lut[1], 4);
}

static void a_fade_and_a_night_light_are_both_seen(void **state) {
	// The guest fades to half; the client takes a quarter of what is left.
	const float half[] = { 0, 0.5f };
	const uint16_t warm[] = { 0, 49151 };
	uint16_t lut[256];
	pk_gamma_resample(half, 2, lut, 256);
	pk_gamma_chain(lut, 256, warm, 2);
	assert_int_equal(lut[0], 0);
	assert_near(lut[255], 65535 * 0.5 * 0.75);
	assert_near(lut[128], 65535 * 0.5 * 0.75 * 128 / 255);
}

#define MS INT64_C(1000000)

// Frames of @hz for @seconds; how often .playing changed.
static unsigned int present(struct pk_play *play, int64_t *now, int hz, int seconds) {
	unsigned int changes = 0;
	for (int i = 0; i < hz * seconds; i++) {
		*now += 1000 * MS / hz;
		changes += pk_play_frame(play, *now);
	}
	return changes;
}

static void films_play_and_cursors_do_not(void **state) {
	static const struct {
		int hz;
		bool playing;
	} cases[] = { { 1, false }, { 2, false }, { 5, false }, { 12, true }, { 24, true },
		{ 60, true }, { 165, true } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pk_play play = { 0 };
		int64_t now = 5000 * MS;
		unsigned int changes = present(&play, &now, cases[i].hz, 20);
		assert_int_equal(play.playing, cases[i].playing);
		assert_int_equal(changes, cases[i].playing ? 1 : 0);
	}
}

static void the_end_of_a_film_is_noticed(void **state) {
	struct pk_play play = { 0 };
	int64_t now = 5000 * MS;
	present(&play, &now, 24, 10);
	assert_true(play.playing);
	// The timer looks, also when nothing is presented any more.
	unsigned int looks = 0;
	while (play.playing && looks < 10) {
		now += PK_PLAY_WINDOW_NS + MS;
		pk_play_look(&play, now);
		looks++;
	}
	assert_in_range(looks, 1, 2);
	assert_int_equal(present(&play, &now, 24, 10), 1);
	assert_true(play.playing);
}

static void a_frame_after_a_long_pause_is_no_film(void **state) {
	struct pk_play play = { 0 };
	int64_t now = 5000 * MS;
	present(&play, &now, 10, 1);
	now += 3600 * 1000 * MS;
	assert_false(pk_play_frame(&play, now));
	assert_false(play.playing);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_identity_is_a_straight_line_in_every_size),
		cmocka_unit_test(values_between_are_interpolated),
		cmocka_unit_test(values_outside_stay_inside),
		cmocka_unit_test(sizes_below_two_change_nothing),
		cmocka_unit_test(a_fade_and_a_night_light_are_both_seen),
		cmocka_unit_test(films_play_and_cursors_do_not),
		cmocka_unit_test(the_end_of_a_film_is_noticed),
		cmocka_unit_test(a_frame_after_a_long_pause_is_no_film),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
