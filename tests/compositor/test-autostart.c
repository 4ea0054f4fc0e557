// SPDX-License-Identifier: GPL-2.0-or-later
// When a command that ended is started again.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "autostart.h"

static void policies(void **state) {
	static const struct {
		enum pk_restart policy;
		int status;
		bool again;
	} cases[] = {
		{ PK_RESTART_NO, 0, false },
		{ PK_RESTART_NO, 1, false },
		{ PK_RESTART_FAILURE, 0, false },
		{ PK_RESTART_FAILURE, 1, true },
		{ PK_RESTART_FAILURE, 139, true },
		{ PK_RESTART_ALWAYS, 0, true },
		{ PK_RESTART_ALWAYS, 1, true },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pk_autostart autostart = { 0 };
		assert_int_equal(pk_autostart_again(&autostart, cases[i].policy, cases[i].status,
					 1000),
			cases[i].again);
	}
}

static void a_storm_is_given_up(void **state) {
	struct pk_autostart autostart = { 0 };
	int64_t now_ms = 0; // the clock may begin anywhere
	for (int i = 0; i < PK_AUTOSTART_BURST; i++, now_ms += PK_AUTOSTART_DELAY_MS) {
		assert_true(pk_autostart_again(&autostart, PK_RESTART_ALWAYS, 1, now_ms));
	}
	assert_false(pk_autostart_again(&autostart, PK_RESTART_ALWAYS, 1, now_ms));
}

static void slow_failures_are_not_a_storm(void **state) {
	struct pk_autostart autostart = { 0 };
	for (int i = 0; i < 1000; i++) {
		int64_t now_ms = (int64_t)i * (PK_AUTOSTART_BURST_MS / PK_AUTOSTART_BURST);
		assert_true(pk_autostart_again(&autostart, PK_RESTART_FAILURE, 1, now_ms));
	}
	// A good long while, then a storm again: only its own ends count.
	int64_t now_ms = INT64_C(1) << 40;
	for (int i = 0; i < PK_AUTOSTART_BURST; i++) {
		assert_true(pk_autostart_again(&autostart, PK_RESTART_FAILURE, 1, now_ms + i));
	}
	assert_false(pk_autostart_again(&autostart, PK_RESTART_FAILURE, 1, now_ms + 10));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policies),
		cmocka_unit_test(a_storm_is_given_up),
		cmocka_unit_test(slow_failures_are_not_a_storm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
