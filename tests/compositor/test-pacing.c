// SPDX-License-Identifier: GPL-2.0-or-later
// Pacing (spec 04 section 9) on a fake clock.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pacing.h"

#define MS 1000000
#define S 1000000000LL
#define START (1000 * S)
#define T 16666667 // 60 Hz, rounded as the code rounds

// Runs the timer at its deadlines up to @until and counts; ticks are delivered when @armed.
struct run {
	unsigned int ticks, skipped, flips, watchdogs, repaints;
	int64_t last_ns;
	int64_t gap_min_ns, gap_max_ns;
};

static void note_tick(struct run *run, int64_t when_ns) {
	if (run->ticks > 0) {
		int64_t gap = when_ns - run->last_ns;
		if (run->gap_min_ns == 0 || gap < run->gap_min_ns) {
			run->gap_min_ns = gap;
		}
		if (gap > run->gap_max_ns) {
			run->gap_max_ns = gap;
		}
	}
	run->ticks++;
	run->last_ns = when_ns;
}

static void run_until(struct pk_pacing *pacing, int64_t until_ns, bool armed, struct run *run) {
	for (;;) {
		int64_t now = pk_pacing_deadline(pacing);
		if (now > until_ns) {
			return;
		}
		struct pk_pacing_step step = pk_pacing_timer(pacing, now);
		assert_true(step.what != 0 || pk_pacing_deadline(pacing) > now); // no busy loop
		if ((step.what & PK_PACING_TICK) != 0) {
			if (armed) {
				note_tick(run, step.when_ns);
			}
			pk_pacing_ticked(pacing, &step, armed, (step.what & PK_PACING_FLIP) != 0,
				now);
			run->skipped += step.skipped;
		}
		run->flips += (step.what & PK_PACING_FLIP) != 0;
		run->watchdogs += (step.what & PK_PACING_WATCHDOG) != 0;
		run->repaints += (step.what & PK_PACING_REPAINT) != 0;
	}
}

// A new picture of the guest, from the doorbell straight to the output.
static void commit(struct pk_pacing *pacing, int64_t now_ns) {
	pk_pacing_committed(pacing, now_ns, now_ns);
}

static struct pk_pacing_step flipped(struct pk_pacing *pacing, int64_t when_ns,
	int64_t refresh_ns, int64_t now_ns) {
	const struct pk_pacing_flip flip = { .when_ns = when_ns, .refresh_ns = refresh_ns };
	return pk_pacing_flipped(pacing, &flip, now_ns);
}

static void make(struct pk_pacing *pacing, bool synthetic) {
	pk_pacing_init(pacing, 60000, synthetic, START);
	pk_pacing_set_ticking(pacing, true, START);
}

static void an_idle_output_ticks_exactly_at_its_rate(void **state) {
	struct pk_pacing pacing;
	struct run run = { 0 };
	pk_pacing_init(&pacing, 119880, false, START);
	pk_pacing_set_ticking(&pacing, true, START);
	run_until(&pacing, START + 100 * S, true, &run);
	assert_in_range(run.ticks, 11987, 11988); // 8 ms instead of 8.342 would give 12500 (DSP-23)
	assert_int_equal(run.gap_min_ns, run.gap_max_ns);
	assert_int_equal(run.skipped, 0);
}

static void nobody_who_is_not_online_is_woken(void **state) {
	struct pk_pacing pacing;
	pk_pacing_init(&pacing, 60000, true, START);
	assert_true(pk_pacing_deadline(&pacing) == INT64_MAX);
	pk_pacing_set_ticking(&pacing, true, START);
	assert_true(pk_pacing_deadline(&pacing) == START + T);
	pk_pacing_set_ticking(&pacing, false, START);
	assert_true(pk_pacing_deadline(&pacing) == INT64_MAX);
}

static void nothing_ticks_between_a_commit_and_its_flip(void **state) {
	struct pk_pacing pacing;
	struct run run = { 0 };
	make(&pacing, false);
	commit(&pacing, START + 10 * MS);
	run_until(&pacing, START + 200 * MS, true, &run);
	assert_int_equal(run.ticks, 0); // DSP-26
	struct pk_pacing_step step =
		flipped(&pacing, START + T, T, START + T + 100000);
	assert_int_equal(step.what, PK_PACING_TICK);
	assert_true(step.when_ns == START + T);
	assert_int_equal(step.skipped, 0);
}

static void the_timer_is_locked_to_the_last_flip(void **state) {
	struct pk_pacing pacing;
	struct run run = { 0 };
	make(&pacing, false);
	commit(&pacing, START + 1 * MS);
	int64_t flip = START + 9 * MS;
	struct pk_pacing_step step = flipped(&pacing, flip, 16683350, flip + 50000);
	pk_pacing_ticked(&pacing, &step, true, true, flip + 60000);
	assert_true(pk_pacing_deadline(&pacing) == flip + 16683350);
	run_until(&pacing, flip + 5 * 16683350LL, true, &run);
	assert_int_equal(run.ticks, 5);
	assert_true(run.last_ns == flip + 5 * 16683350LL);
}

static void a_flip_half_a_period_after_a_tick_gives_no_second_one(void **state) {
	struct pk_pacing pacing;
	struct run run = { 0 };
	make(&pacing, false);
	run_until(&pacing, START + T, true, &run);
	assert_int_equal(run.ticks, 1);
	commit(&pacing, START + T + 1 * MS);
	int64_t flip = START + T + 3 * MS; // the panel's phase was elsewhere
	struct pk_pacing_step step = flipped(&pacing, flip, T, flip + 10000);
	assert_int_equal(step.what, 0);
	assert_true(pk_pacing_deadline(&pacing) == flip + T); // and the new phase holds
}

static void a_stalled_loop_gets_one_tick_and_counts_the_others(void **state) {
	struct pk_pacing pacing;
	make(&pacing, false);
	int64_t now = START + 10 * T + 3 * MS;
	struct pk_pacing_step step = pk_pacing_timer(&pacing, now);
	assert_int_equal(step.what, PK_PACING_TICK);
	assert_true(step.when_ns == START + 10LL * T); // resynchronised (DSP-25)
	assert_int_equal(step.skipped, 9);
	pk_pacing_ticked(&pacing, &step, true, false, now);
	assert_int_equal(pk_pacing_timer(&pacing, now).what, 0); // no burst
	assert_true(pk_pacing_deadline(&pacing) == START + 11LL * T);
}

static void what_passed_while_nobody_listened_is_no_debt(void **state) {
	struct pk_pacing pacing;
	make(&pacing, false);
	pk_pacing_set_ticking(&pacing, false, START + 1 * MS);
	pk_pacing_set_ticking(&pacing, true, START + 50 * S + 1 * MS);
	struct pk_pacing_step step = pk_pacing_timer(&pacing, START + 50 * S + 1 * MS);
	assert_int_equal(step.what, 0);
	step = pk_pacing_timer(&pacing, pk_pacing_deadline(&pacing));
	assert_int_equal(step.what, PK_PACING_TICK);
	assert_int_equal(step.skipped, 0);
}

static void the_watchdog_ticks_after_250_ms_and_goes_on(void **state) {
	struct pk_pacing pacing;
	struct run run = { 0 };
	make(&pacing, false);
	commit(&pacing, START);
	run_until(&pacing, START + 249 * MS, true, &run);
	assert_int_equal(run.ticks, 0);
	run_until(&pacing, START + 250 * MS, true, &run);
	assert_int_equal(run.watchdogs, 1);
	assert_int_equal(run.ticks, 1);
	run_until(&pacing, START + 1250 * MS, true, &run);
	assert_int_equal(run.watchdogs, 1);
	assert_in_range(run.ticks, 60, 62); // the timer goes on: no guest waits for ever
	struct pk_pacing_step step =
		flipped(&pacing, START + 1260 * MS, T, START + 1260 * MS + 1000);
	assert_int_equal(step.skipped, 0);
	assert_false(pacing.overdue);
}

static void a_discarded_commit_gives_the_timer_back(void **state) {
	struct pk_pacing pacing;
	struct run run = { 0 };
	make(&pacing, false);
	commit(&pacing, START + 1 * MS);
	pk_pacing_discarded(&pacing);
	run_until(&pacing, START + 2 * T, true, &run);
	assert_int_equal(run.ticks, 2);
	assert_int_equal(run.watchdogs, 0);
}

static void an_unarmed_flip_is_tried_once_more_in_its_slot(void **state) {
	struct pk_pacing pacing;
	make(&pacing, false);
	commit(&pacing, START + 1 * MS);
	int64_t flip = START + T, now = flip + 20000;
	struct pk_pacing_step step = flipped(&pacing, flip, T, now);
	pk_pacing_ticked(&pacing, &step, false, true, now);
	int64_t retry = pk_pacing_deadline(&pacing);
	assert_true(retry > now && retry < flip + T / 2);
	step = pk_pacing_timer(&pacing, retry);
	assert_int_equal(step.what, PK_PACING_TICK);
	assert_true(step.when_ns == flip); // the slot was not consumed (DSP-24)
	pk_pacing_ticked(&pacing, &step, false, false, retry);
	assert_true(pk_pacing_deadline(&pacing) == flip + T); // only once
}

static void an_unarmed_tick_of_the_timer_costs_one_look_a_period(void **state) {
	struct pk_pacing pacing;
	unsigned int looks = 0;
	make(&pacing, false);
	for (int64_t now; (now = pk_pacing_deadline(&pacing)) <= START + 1 * S;) {
		struct pk_pacing_step step = pk_pacing_timer(&pacing, now);
		pk_pacing_ticked(&pacing, &step, false, false, now);
		looks++;
	}
	assert_in_range(looks, 59, 60);
}

static void a_headless_commit_flips_at_the_next_grid_point(void **state) {
	struct pk_pacing pacing;
	make(&pacing, true);
	commit(&pacing, START + 5 * MS);
	assert_true(pk_pacing_deadline(&pacing) == START + T);
	struct pk_pacing_step step = pk_pacing_timer(&pacing, START + T + 30000);
	assert_int_equal(step.what, PK_PACING_FLIP | PK_PACING_TICK);
	assert_true(step.when_ns == START + T);
	assert_false(pacing.in_flight);
}

static void headless_commits_without_ticks_still_flip(void **state) {
	struct pk_pacing pacing;
	struct run run = { 0 };
	pk_pacing_init(&pacing, 60000, true, START);
	commit(&pacing, START + 5 * MS);
	run_until(&pacing, START + 1 * S, true, &run);
	assert_int_equal(run.flips, 1);
	assert_int_equal(run.ticks, 0);
	assert_true(pk_pacing_deadline(&pacing) == INT64_MAX); // idle: no timer
}

static void a_moved_cursor_waits_until_shortly_before_the_vblank(void **state) {
	struct pk_pacing pacing;
	make(&pacing, false);
	int64_t due = pk_pacing_defer_repaint(&pacing, 0, START + 1 * MS);
	assert_true(due == START + T - 2 * MS);
	struct pk_pacing_step step = pk_pacing_timer(&pacing, due);
	assert_int_equal(step.what, PK_PACING_REPAINT);
	// A frame that comes first takes the cursor with it.
	pk_pacing_defer_repaint(&pacing, 0, START + 1 * MS);
	commit(&pacing, START + 2 * MS);
	assert_int_equal(pacing.repaint_ns, 0);
	// Within the lead there is nothing left to wait for.
	int64_t late = START + 2LL * T - 1 * MS;
	assert_true(pk_pacing_defer_repaint(&pacing, 0, late) == late);
}

static void a_flip_two_vblanks_late_counts_the_one_without_a_tick(void **state) {
	struct pk_pacing pacing;
	make(&pacing, false);
	commit(&pacing, START + 2 * MS);
	int64_t flip = START + 3LL * T;
	struct pk_pacing_step step = flipped(&pacing, flip, T, flip + 10000);
	assert_int_equal(step.what, PK_PACING_TICK);
	assert_int_equal(step.skipped, 2);
}

static void a_foreign_clock_in_a_flip_is_replaced_by_now(void **state) {
	struct pk_pacing pacing;
	make(&pacing, false);
	commit(&pacing, START + 1 * MS);
	struct pk_pacing_step step = flipped(&pacing, 17 * S, 0, START + T);
	assert_true(step.when_ns == START + T);
	commit(&pacing, START + T + 1 * MS);
	step = flipped(&pacing, START + 900 * S, 0, START + 2LL * T);
	assert_true(step.when_ns == START + 2LL * T);
}

static void lent_ticks_cost_this_timer_nothing_and_come_back(void **state) {
	struct pk_pacing pacing;
	make(&pacing, false);
	assert_true(pk_pacing_may_lend(&pacing));
	pk_pacing_lend(&pacing);
	assert_true(pk_pacing_deadline(&pacing) == INT64_MAX);
	assert_false(pk_pacing_may_lend(&pacing));
	pk_pacing_take_back(&pacing, START + 30LL * T, START + 30LL * T);
	assert_true(pk_pacing_deadline(&pacing) == START + 31LL * T); // that slot is spent
	commit(&pacing, START + 30LL * T + 1 * MS);
	assert_false(pk_pacing_may_lend(&pacing)); // DSP-26
}

static void the_grid_floor_holds_on_both_sides(void **state) {
	assert_true(pk_grid_floor(100, 10, 100) == 100);
	assert_true(pk_grid_floor(100, 10, 109) == 100);
	assert_true(pk_grid_floor(100, 10, 99) == 90);
	assert_true(pk_grid_floor(100, 10, 90) == 90);
	assert_true(pk_grid_floor(100, 10, 81) == 80);
}

static void nonsense_rates_fall_back_to_60_hz(void **state) {
	struct pk_pacing pacing;
	pk_pacing_init(&pacing, 0, false, START);
	assert_int_equal(pacing.period_ns, T);
	pk_pacing_set_refresh(&pacing, 4000000000u, START);
	assert_int_equal(pacing.period_ns, T);
	pk_pacing_set_refresh(&pacing, 120000, START);
	assert_int_equal(pacing.period_ns, 8333333);
}

// @from: when the loop slept, woke and had used the CPU, relative to the vblank at 0.
static enum pk_late lateness(const struct pk_loop_times *from, int64_t begin_ns,
	int64_t begin_cpu_ns, int64_t end_ns, bool waited) {
	struct pk_pacing pacing;
	make(&pacing, false);
	int64_t g = START + 100LL * T;
	const struct pk_loop_times loop = {
		.before_ns = g + from->before_ns,
		.slept_ns = g + from->slept_ns,
		.busy_cpu_ns = from->busy_cpu_ns,
		.woke_ns = g + from->woke_ns,
		.woke_cpu_ns = from->woke_cpu_ns,
	};
	return pk_pacing_lateness(&pacing, g, &loop, g + begin_ns, begin_cpu_ns, g + end_ns,
		waited);
}

static void late_ticks_are_told_apart(void **state) {
	const struct pk_loop_times asleep = { -6 * MS, -5 * MS, 1 * MS, 10 * MS, 0 };
	const struct pk_loop_times punctual = { -6 * MS, -5 * MS, 1 * MS, 50000, 0 };
	const struct pk_loop_times busy = { -6 * MS, 9 * MS, 14 * MS, 9 * MS, 0 };
	const struct pk_loop_times starved = { -6 * MS, 9 * MS, 1 * MS, 9 * MS, 0 };
	assert_int_equal(lateness(&punctual, 60000, 0, 70000, false), PK_LATE_NONE);
	assert_int_equal(lateness(&asleep, 10 * MS, 0, 10 * MS, false), PK_LATE_SCHED);
	// Busy when it fell due, with and without the CPU.
	assert_int_equal(lateness(&busy, 9 * MS, 0, 9 * MS, false), PK_LATE_MAIN);
	assert_int_equal(lateness(&starved, 9 * MS, 0, 9 * MS, false), PK_LATE_SCHED);
	// Woken in time, but other handlers came first, with and without the CPU.
	assert_int_equal(lateness(&punctual, 9 * MS, 8 * MS, 9 * MS, false), PK_LATE_MAIN);
	assert_int_equal(lateness(&punctual, 9 * MS, 1 * MS, 9 * MS, false), PK_LATE_SCHED);
	// The tick itself took long: it waited, or lost the CPU.
	assert_int_equal(lateness(&punctual, 60000, 0, 9 * MS, true), PK_LATE_LOCK);
	assert_int_equal(lateness(&punctual, 60000, 0, 9 * MS, false), PK_LATE_SCHED);
}

static void frames_at_full_rate_get_one_tick_each(void **state) {
	struct pk_pacing pacing;
	struct run run = { 0 };
	make(&pacing, true);
	for (int frame = 0; frame < 600; frame++) {
		// The guest presents 4 ms after each tick.
		commit(&pacing, START + (int64_t)frame * T + 4 * MS);
		run_until(&pacing, START + (int64_t)(frame + 1) * T, true, &run);
	}
	assert_int_equal(run.ticks, 600);
	assert_int_equal(run.flips, 600);
	assert_int_equal(run.gap_min_ns, T);
	assert_int_equal(run.gap_max_ns, T);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_idle_output_ticks_exactly_at_its_rate),
		cmocka_unit_test(nobody_who_is_not_online_is_woken),
		cmocka_unit_test(nothing_ticks_between_a_commit_and_its_flip),
		cmocka_unit_test(the_timer_is_locked_to_the_last_flip),
		cmocka_unit_test(a_flip_half_a_period_after_a_tick_gives_no_second_one),
		cmocka_unit_test(a_stalled_loop_gets_one_tick_and_counts_the_others),
		cmocka_unit_test(what_passed_while_nobody_listened_is_no_debt),
		cmocka_unit_test(the_watchdog_ticks_after_250_ms_and_goes_on),
		cmocka_unit_test(a_discarded_commit_gives_the_timer_back),
		cmocka_unit_test(an_unarmed_flip_is_tried_once_more_in_its_slot),
		cmocka_unit_test(an_unarmed_tick_of_the_timer_costs_one_look_a_period),
		cmocka_unit_test(a_headless_commit_flips_at_the_next_grid_point),
		cmocka_unit_test(headless_commits_without_ticks_still_flip),
		cmocka_unit_test(a_moved_cursor_waits_until_shortly_before_the_vblank),
		cmocka_unit_test(a_flip_two_vblanks_late_counts_the_one_without_a_tick),
		cmocka_unit_test(a_foreign_clock_in_a_flip_is_replaced_by_now),
		cmocka_unit_test(lent_ticks_cost_this_timer_nothing_and_come_back),
		cmocka_unit_test(the_grid_floor_holds_on_both_sides),
		cmocka_unit_test(nonsense_rates_fall_back_to_60_hz),
		cmocka_unit_test(late_ticks_are_told_apart),
		cmocka_unit_test(frames_at_full_rate_get_one_tick_each),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
