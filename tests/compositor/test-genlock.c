// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pacing and phase against a model of an output and of a guest, on a fake clock: what the guest
 * gets, when its pictures are shown, and what never happens whatever the schedule.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pacing.h"

#define US 1000
#define MS 1000000
#define S 1000000000LL
#define START (1000 * S)
#define NEVER INT64_MAX
#define EVENT_NS (40 * US) // from a vblank to its event
#define HISTORY 16

enum panel {
	PANEL_VBLANK,
	PANEL_SYNTHETIC, // headless: the grid decides
	PANEL_AT_ONCE,   // flips half a millisecond after each commit, counts no vblanks
	PANEL_VRR,
};

enum habit {
	ARMS_AFTER_PRESENT, // one picture for a tick
	ALWAYS_ARMED,       // takes every tick, draws when it is not drawing
	FREE_RUNNING,       // draws by a clock of its own
	HALF_RATE,          // always armed, draws for every second tick
	IDLE,
};

struct world {
	struct pk_pacing pacing;
	enum panel panel;
	double period;    // of the panel, ns
	int64_t need_ns;  // what the panel needs between commit and vblank
	int64_t jitter_ns; // of the flip's time stamp
	unsigned int lose_every; // each so many'th flip event never comes, 0: none
	int64_t host_ns;  // from the doorbell to the commit

	enum habit habit;
	int64_t cost_ns, spread_ns; // of drawing; uniform above .cost_ns
	unsigned int slow_every;    // each so many'th picture takes .slow_ns longer, 0: none
	int64_t slow_ns;
	int64_t own_period_ns;      // of FREE_RUNNING
	bool armed, drawing;
	unsigned int seen;

	uint64_t random;
	int64_t now;
	int64_t present_at, commit_at, arrived, flip_at, flip_when, last_flip, shown_arrived;
	bool waiting; // a picture is queued
	uint32_t sequence;
	bool shown_fresh;

	/* what came out */
	int64_t ticks[HISTORY]; // times of the newest ones
	unsigned int tick_count, frames, flips, lost, misses, watchdogs;
	int64_t pointer_at, pointer_since; // moves next; 0: nothing to show
	bool pointer_follows;              // it moves right after each picture's commit
	int64_t pointer_wait_max;          // from a move to the commit that shows it
	unsigned int pointer_shown;
	int64_t slack_max, slack_min;
	unsigned int slack_far; // pictures a millisecond and more before the latch
	int64_t gap_min, gap_max;
};

static uint32_t draw(struct world *w, uint32_t below) {
	w->random = w->random * 6364136223846793005u + 1442695040888963407u;
	return below > 0 ? (uint32_t)(w->random >> 33) % below : 0;
}

static int64_t vblank_after(const struct world *w, int64_t t) {
	int64_t k = (int64_t)((double)(t - START) / w->period);
	while (START + (int64_t)((double)k * w->period) <= t) {
		k++;
	}
	return START + (int64_t)((double)k * w->period);
}

static void begin(struct world *w, enum panel panel, uint32_t mhz, double off_ppm) {
	memset(w, 0, sizeof(*w));
	w->panel = panel;
	w->period = 1e12 / mhz * (1 + off_ppm / 1e6);
	w->need_ns = 300 * US;
	w->host_ns = 150 * US;
	w->cost_ns = 3 * MS;
	w->armed = true;
	w->random = 1;
	w->now = START;
	w->present_at = w->commit_at = w->flip_at = w->pointer_at = NEVER;
	w->last_flip = START;
	pk_pacing_init(&w->pacing, mhz, false, START);
	pk_pacing_set_source(&w->pacing, panel == PANEL_SYNTHETIC, panel != PANEL_SYNTHETIC);
	pk_pacing_set_phase(&w->pacing, true, 0);
	if (panel == PANEL_VRR) {
		pk_pacing_set_vrr(&w->pacing, true, START);
	}
	pk_pacing_set_ticking(&w->pacing, true, START);
}

static void forget_counts(struct world *w) {
	w->tick_count = w->frames = w->flips = w->misses = w->lost = 0;
	w->pointer_shown = w->slack_far = 0;
	w->pointer_wait_max = 0;
	w->gap_min = w->slack_min = NEVER;
	w->gap_max = w->slack_max = INT64_MIN;
}

/* ---- the guest ------------------------------------------------------------------------------- */

static void guest_draws(struct world *w) {
	w->drawing = true;
	w->present_at = w->now + w->cost_ns + draw(w, (uint32_t)w->spread_ns + 1);
	if (w->slow_every > 0 && ++w->seen % w->slow_every == 0) {
		w->present_at += w->slow_ns;
	}
}

// Returns whether it was armed.
static bool guest_ticked(struct world *w) {
	switch (w->habit) {
	case ARMS_AFTER_PRESENT:
		if (!w->armed) {
			return false;
		}
		w->armed = false;
		guest_draws(w);
		return true;
	case ALWAYS_ARMED:
		if (!w->drawing) {
			guest_draws(w);
		}
		return true;
	case HALF_RATE:
		if (!w->drawing && w->seen++ % 2 == 0) {
			guest_draws(w);
		}
		return true;
	case FREE_RUNNING:
		return true;
	case IDLE:
		return false;
	}
	return false;
}

/* ---- the output ------------------------------------------------------------------------------ */

static void output_commits(struct world *w, int64_t arrived) {
	int64_t slack = pk_pacing_committed(&w->pacing, arrived, w->now);
	if (w->pointer_since != 0) {
		int64_t wait = w->now - w->pointer_since;
		w->pointer_wait_max = wait > w->pointer_wait_max ? wait : w->pointer_wait_max;
		w->pointer_shown++;
	}
	w->pointer_since = 0;
	if (arrived != 0) {
		w->pointer_at = w->pointer_follows ? w->now + 10 * US : w->pointer_at;
		w->frames++;
		if (slack != INT64_MIN) {
			w->slack_min = slack < w->slack_min ? slack : w->slack_min;
			w->slack_max = slack > w->slack_max ? slack : w->slack_max;
			w->slack_far += slack > 1 * MS;
		}
	}
	w->shown_fresh = arrived != 0;
	switch (w->panel) {
	case PANEL_VBLANK:
		w->flip_when = vblank_after(w, w->now + w->need_ns);
		break;
	case PANEL_AT_ONCE:
		w->flip_when = w->now + 500 * US;
		break;
	case PANEL_VRR:
		w->flip_when = w->last_flip + (int64_t)w->period;
		if (w->flip_when < w->now + w->need_ns) {
			w->flip_when = w->now + w->need_ns;
		}
		break;
	case PANEL_SYNTHETIC:
		return;
	}
	w->flip_at = w->flip_when + EVENT_NS;
	if (w->lose_every > 0 && draw(w, w->lose_every) == 0) {
		w->flip_at = NEVER;
		w->lost++;
	}
}

static void try_commit(struct world *w) {
	bool busy = w->panel == PANEL_SYNTHETIC
		? !pk_pacing_may_commit(&w->pacing, true, false, w->now)
		: w->pacing.in_flight && !w->pacing.overdue;
	if (w->waiting && !busy) {
		w->waiting = false;
		output_commits(w, w->arrived);
	} else if (w->pointer_since != 0 && (!busy || w->panel == PANEL_SYNTHETIC)) {
		pk_pacing_defer_repaint(&w->pacing, w->pointer_since, w->now);
	}
}

static void note_tick(struct world *w, const struct pk_pacing_step *step) {
	if (!guest_ticked(w)) {
		pk_pacing_ticked(&w->pacing, step, false, false, w->now);
		return;
	}
	pk_pacing_ticked(&w->pacing, step, true, false, w->now);
	// DSP-26: never before the flip of a picture that is on its way.
	assert_false(w->flip_at != NEVER && w->shown_fresh && !w->pacing.overdue);
	assert_true(w->now >= step->due_ns);
	if (w->tick_count > 0) {
		int64_t gap = w->now - w->ticks[(w->tick_count - 1) % HISTORY];
		w->gap_min = gap < w->gap_min ? gap : w->gap_min;
		w->gap_max = gap > w->gap_max ? gap : w->gap_max;
		// No two at once.
		assert_true(gap > (int64_t)(w->period / 16));
	}
	// No burst: the newest ticks are in that many refreshes, wherever in them they came.
	unsigned int back = w->tick_count < HISTORY - 1 ? w->tick_count : HISTORY - 1;
	if (back > 3) {
		int64_t span = w->now - w->ticks[(w->tick_count - back) % HISTORY];
		assert_true(span > (int64_t)(w->period * (back - 1.6)));
	}
	w->ticks[w->tick_count++ % HISTORY] = w->now;
}

static void output_flipped(struct world *w) {
	int64_t when = w->flip_when;
	if (w->jitter_ns > 0) {
		when += (int64_t)draw(w, (uint32_t)(2 * w->jitter_ns)) - w->jitter_ns;
	}
	w->last_flip = w->flip_when;
	w->flip_at = NEVER;
	w->flips++;
	w->sequence += w->panel == PANEL_AT_ONCE ? 0 : 1;
	uint64_t misses = w->pacing.phase.misses;
	const struct pk_pacing_flip flip = { .when_ns = when, .sequence = w->sequence };
	pk_pacing_waiting(&w->pacing, w->waiting ? w->arrived : 0);
	struct pk_pacing_step step = pk_pacing_flipped(&w->pacing, &flip, w->now);
	w->misses += (unsigned int)(w->pacing.phase.misses - misses);
	if ((step.what & PK_PACING_TICK) != 0) {
		note_tick(w, &step);
	}
	try_commit(w);
}

static void timer(struct world *w) {
	pk_pacing_waiting(&w->pacing, w->waiting ? w->arrived : 0);
	struct pk_pacing_step step = pk_pacing_timer(&w->pacing, w->now);
	assert_true(step.what != 0 || pk_pacing_deadline(&w->pacing) > w->now); // no busy loop
	w->watchdogs += (step.what & PK_PACING_WATCHDOG) != 0;
	w->flips += (step.what & PK_PACING_FLIP) != 0;
	if ((step.what & PK_PACING_TICK) != 0) {
		note_tick(w, &step);
	}
	if ((step.what & PK_PACING_REPAINT) != 0 && (!w->waiting || w->panel == PANEL_SYNTHETIC)) {
		assert_true(pk_pacing_may_commit(&w->pacing, false, true, w->now) ||
			w->pacing.overdue);
		output_commits(w, 0);
	}
	if ((step.what & PK_PACING_FLIP) != 0 || w->pacing.overdue) {
		try_commit(w);
	}
}

static void run_until(struct world *w, int64_t until) {
	for (;;) {
		int64_t deadline = pk_pacing_deadline(&w->pacing);
		deadline = deadline < w->now ? w->now : deadline;
		int64_t next = deadline;
		const int64_t others[] = { w->present_at, w->commit_at, w->flip_at, w->pointer_at };
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
			next = others[i] < next ? others[i] : next;
		}
		if (next > until) {
			w->now = until;
			return;
		}
		w->now = next > w->now ? next : w->now;
		if (next == w->flip_at) {
			output_flipped(w);
		} else if (next == deadline) {
			timer(w);
		} else if (next == w->present_at) {
			w->arrived = w->now;
			w->commit_at = w->now + w->host_ns;
			w->drawing = false;
			w->armed = true;
			w->present_at = w->habit == FREE_RUNNING ? next + w->own_period_ns : NEVER;
		} else if (next == w->commit_at) {
			w->commit_at = NEVER;
			w->waiting = true;
			try_commit(w);
		} else {
			w->pointer_at = w->pointer_follows ? NEVER : next + 7 * MS;
			w->pointer_since = w->pointer_since == 0 ? next : w->pointer_since;
			try_commit(w);
		}
	}
}

static void run_frames(struct world *w, unsigned int frames) {
	run_until(w, w->now + (int64_t)(w->period * frames));
}

/* ---- what is true ---------------------------------------------------------------------------- */

static const uint32_t rates[] = { 60000, 75000, 119880, 144000, 165000 };
#define RATES (sizeof(rates) / sizeof(rates[0]))

static void pictures_come_just_before_the_latch_at_every_rate(void **state) {
	for (size_t i = 0; i < RATES; i++) {
		for (int ppm = -200; ppm <= 200; ppm += 200) {
			struct world w;
			begin(&w, PANEL_VBLANK, rates[i], ppm);
			w.cost_ns = (int64_t)w.period / 5;
			w.spread_ns = 200 * US;
			run_frames(&w, 400); // the offset has found its place
			forget_counts(&w);
			run_frames(&w, 10000);
			assert_in_range(w.frames, 9998, 10001); // one a refresh
			assert_in_range(w.tick_count, 9998, 10001);
			assert_int_equal(w.misses, 0);
			assert_true(w.slack_min >= 0);
			assert_true(w.slack_max < 1 * MS);
			assert_true(w.gap_max < w.period * 1.1 && w.gap_min > w.period * 0.9);
		}
	}
}

static void a_headless_output_is_exact(void **state) {
	for (size_t i = 0; i < RATES; i++) {
		struct world w;
		begin(&w, PANEL_SYNTHETIC, rates[i], 0);
		pk_pacing_set_phase(&w.pacing, false, 0);
		w.cost_ns = (int64_t)w.period / 3;
		w.spread_ns = (int64_t)w.period / 3;
		forget_counts(&w);
		run_frames(&w, 5000);
		assert_in_range(w.tick_count, 4999, 5000);
		// Without jitter, whatever the guest does with its time.
		assert_int_equal(w.gap_min, w.pacing.period_ns);
		assert_int_equal(w.gap_max, w.pacing.period_ns);
	}
}

static void a_fixed_offset_stays(void **state) {
	struct world w;
	begin(&w, PANEL_VBLANK, 60000, 0);
	pk_pacing_set_phase(&w.pacing, false, 5 * MS);
	run_frames(&w, 20);
	forget_counts(&w);
	run_frames(&w, 1000);
	assert_in_range(w.tick_count, 999, 1001);
	assert_int_equal(pk_phase_offset(&w.pacing.phase, w.pacing.period_ns), 5 * MS);
	int64_t into = w.ticks[(w.tick_count - 1) % HISTORY] -
		(vblank_after(&w, w.ticks[(w.tick_count - 1) % HISTORY]) - (int64_t)w.period);
	assert_true(into > 4900 * US && into < 5100 * US);
}

static void a_picture_too_late_takes_the_offset_to_0_at_once(void **state) {
	struct world w;
	begin(&w, PANEL_VBLANK, 60000, 0);
	run_frames(&w, 400);
	assert_true(w.pacing.phase.offset_ns > 8 * MS);
	uint64_t misses = w.pacing.phase.misses;
	w.cost_ns = 20 * MS; // one slow picture
	run_frames(&w, 2);
	w.cost_ns = 3 * MS;
	run_frames(&w, 1);
	assert_int_equal(w.pacing.phase.misses, misses + 1);
	assert_true(w.pacing.phase.offset_ns == 0);
	run_frames(&w, 40);
	assert_true(w.pacing.phase.offset_ns == 0); // it waits before it tries again
	run_frames(&w, 600);
	assert_true(w.pacing.phase.offset_ns > 8 * MS);
}

// Once in some seconds a picture comes later than all of the last half second.
static void rare_late_pictures_are_expected(void **state) {
	const unsigned int every[] = { 40, 180, 500 };
	for (size_t i = 0; i < sizeof(every) / sizeof(every[0]); i++) {
		struct world w;
		begin(&w, PANEL_VBLANK, 60000, 0);
		w.spread_ns = 100 * US;
		w.slow_every = every[i];
		w.slow_ns = 1100 * US;
		run_frames(&w, 600);
		forget_counts(&w);
		run_frames(&w, 10000);
		assert_int_equal(w.misses, 0);
		assert_in_range(w.frames, 9998, 10001);
		// The price is latency: of the pictures after each of them.
		assert_true(w.pacing.phase.offset_ns > 8 * MS);
		assert_true(every[i] < 500 || w.slack_far < 1000);
	}
}

// A host that stops for some milliseconds every ten seconds: no margin of a millisecond helps.
static void stalls_of_the_host_are_risked_less_and_less(void **state) {
	struct world w;
	begin(&w, PANEL_VBLANK, 60000, 0);
	w.spread_ns = 300 * US;
	w.slow_every = 600;
	w.slow_ns = 6 * MS;
	run_frames(&w, 10000);
	uint64_t first = w.pacing.phase.misses;
	assert_in_range(first, 1, 5);
	forget_counts(&w);
	run_frames(&w, 100000);
	uint64_t later = w.pacing.phase.misses - first;
	assert_in_range(later, 1, 10); // one in 10,000, and it has not given up
	assert_in_range(w.frames, 100000 - 10, 100001);
}

static void a_latch_earlier_than_thought_is_learned(void **state) {
	struct world w;
	begin(&w, PANEL_VBLANK, 60000, 0);
	w.need_ns = 3 * MS; // three times the guard
	run_frames(&w, 20000);
	forget_counts(&w);
	run_frames(&w, 5000);
	assert_true(w.misses <= 2);
	assert_true(w.pacing.phase.offset_ns > 4 * MS);
}

static void a_guest_at_half_the_rate_keeps_it(void **state) {
	struct world w;
	// Too slow for every refresh: nothing to gain, nothing is risked.
	begin(&w, PANEL_VBLANK, 60000, 0);
	w.cost_ns = 20 * MS;
	run_frames(&w, 200);
	forget_counts(&w);
	run_frames(&w, 2000);
	assert_in_range(w.frames, 999, 1001);
	assert_true(w.pacing.phase.offset_ns == 0);
	// Fast, but only for every second tick: in step, and still told of every refresh.
	begin(&w, PANEL_VBLANK, 60000, 0);
	w.habit = HALF_RATE;
	run_frames(&w, 2000);
	forget_counts(&w);
	run_frames(&w, 2000);
	assert_in_range(w.frames, 999, 1001);
	assert_in_range(w.tick_count, 1998, 2001);
	assert_true(w.slack_min >= 0 && w.slack_max < 1 * MS);
}

static void a_guest_that_runs_free_gets_its_ticks_at_the_vblank(void **state) {
	// 95 pictures a second, and 60 of its own clock: neither listens to ticks.
	const int64_t own[] = { 10526316, 16666667, 16660000, 33400000 };
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		struct world w;
		unsigned int away = 0, looks = 0;
		begin(&w, PANEL_VBLANK, 60000, 0);
		w.habit = FREE_RUNNING;
		w.own_period_ns = own[i];
		w.present_at = START + 9 * MS;
		for (; looks < 20000; looks++) {
			run_frames(&w, 1);
			away += w.pacing.phase.offset_ns != 0;
		}
		assert_true(away < looks / 5); // it tries now and then
		assert_true(w.frames > 20000 * w.period / (double)own[i] * 0.59);
	}
}

static void a_stall_costs_its_own_time_only(void **state) {
	struct world w;
	begin(&w, PANEL_VBLANK, 60000, 0);
	w.habit = ALWAYS_ARMED;
	run_frames(&w, 500);
	forget_counts(&w);
	for (int i = 0; i < 20; i++) {
		w.cost_ns = 300 * MS;
		run_frames(&w, 1);
		w.cost_ns = 3 * MS;
		run_frames(&w, 99);
	}
	assert_true(w.frames >= 20 * (100 - 20)); // 18 refreshes each are the stall itself
	assert_in_range(w.tick_count, 1970, 2001);
}

static void the_pointer_does_not_delay_pictures(void **state) {
	struct world w;
	begin(&w, PANEL_VBLANK, 60000, 0);
	w.spread_ns = 300 * US;
	w.host_ns = 1 * MS; // to copy a picture, while the pointer only waits
	w.pointer_at = START + 1 * MS; // moves every 7 ms
	run_frames(&w, 500);
	forget_counts(&w);
	run_frames(&w, 5000);
	assert_in_range(w.frames, 4998, 5001);
	assert_int_equal(w.misses, 0);
	assert_true(w.slack_min >= 0 && w.slack_max < 1200 * US);
}

static void the_pointer_waits_no_longer_than_a_refresh(void **state) {
	for (size_t i = 0; i < RATES; i++) {
		for (int follows = 0; follows < 2; follows++) {
			// The worst of moments, and any moment; a guest whose pictures come and go.
			struct world w;
			begin(&w, PANEL_SYNTHETIC, rates[i], 0);
			pk_pacing_set_phase(&w.pacing, false, 0);
			w.cost_ns = 1 * MS;
			w.spread_ns = (int64_t)w.period / 2;
			w.pointer_follows = follows == 1;
			w.pointer_at = START + 1 * MS;
			run_frames(&w, 500);
			forget_counts(&w);
			run_frames(&w, 5000);
			assert_true(w.pointer_shown >= (follows == 1 ? 4990 : 2000));
			assert_true(w.pointer_wait_max <= w.pacing.period_ns);
			// And no picture or tick waits for it.
			assert_in_range(w.frames, 4999, 5001);
			assert_int_equal(w.gap_min, w.pacing.period_ns);
			assert_int_equal(w.gap_max, w.pacing.period_ns);
			assert_int_equal(w.pacing.drained, 0);
		}
		// With a latch: one commit a refresh, and the pictures' own spread on top.
		struct world w;
		begin(&w, PANEL_VBLANK, rates[i], 0);
		w.cost_ns = (int64_t)w.period / 5;
		w.spread_ns = 200 * US;
		w.pointer_follows = true;
		w.pointer_at = START + 1 * MS;
		run_frames(&w, 500);
		forget_counts(&w);
		run_frames(&w, 5000);
		assert_in_range(w.frames, 4998, 5001);
		assert_true(w.pointer_wait_max <= (int64_t)w.period + w.spread_ns + 50 * US);
	}
}

static void pictures_that_wait_for_each_other_are_let_go(void **state) {
	const enum panel panels[] = { PANEL_VBLANK, PANEL_SYNTHETIC };
	for (size_t i = 0; i < 2; i++) {
		struct world w;
		begin(&w, panels[i], 60000, 0);
		pk_pacing_set_phase(&w.pacing, false, 0);
		run_frames(&w, 100);
		// A commit of something else in a bad moment: the next picture waits for its flip,
		// and the one after it, and so on. Without a latch only a picture is waited for.
		run_until(&w, vblank_after(&w, w.now) + 1 * MS);
		output_commits(&w, panels[i] == PANEL_SYNTHETIC ? w.now : 0);
		run_frames(&w, 5);
		assert_true(w.pacing.standing >= 3);
		run_frames(&w, 10);
		assert_int_equal(w.pacing.drained, 1);
		forget_counts(&w);
		run_frames(&w, 2000);
		assert_int_equal(w.pacing.standing, 0);
		assert_int_equal(w.pacing.drained, 1);
		assert_in_range(w.frames, 1999, 2001);
		assert_true(w.slack_max < (int64_t)w.period);
	}
	// Of a guest that is faster than the output hardly a tick is left out.
	struct world w;
	begin(&w, PANEL_VBLANK, 60000, 0);
	w.habit = FREE_RUNNING;
	w.own_period_ns = 7 * MS;
	w.present_at = START + 3 * MS;
	run_frames(&w, 20000);
	assert_true(w.pacing.drained < 20);
	assert_true(w.tick_count > 19900);
}

static void hosts_that_stall_often_do_not_keep_a_queue(void **state) {
	for (int every = 24; every <= 60; every += 12) {
		struct world w;
		begin(&w, PANEL_VBLANK, 60000, 0);
		pk_pacing_set_phase(&w.pacing, false, 0);
		run_frames(&w, 100);
		forget_counts(&w);
		int waited = 0, stalls = (2400 + every - 1) / every;
		for (int i = 0; i < 2400; i++) {
			if (i % every == 0) { // what makes a queue, as above
				run_until(&w, vblank_after(&w, w.now) + 1 * MS);
				output_commits(&w, 0);
			}
			run_frames(&w, 1);
			waited += w.pacing.standing > 0;
		}
		// Each queue stands for as many flips as the first one, and costs a tick.
		assert_in_range(waited, 1, stalls * (PK_PACING_STANDING + 1));
		assert_in_range(w.pacing.drained, 1, stalls);
		assert_true(w.tick_count > 2400 - 2 * (unsigned int)stalls);
	}
}

static void a_moving_pointer_alone_leaves_the_ticks_alone(void **state) {
	struct world w;
	begin(&w, PANEL_VBLANK, 60000, 0);
	w.habit = HALF_RATE;
	w.cost_ns = 400 * S; // takes every tick, shows nothing
	w.pointer_at = START + 1 * MS;
	run_frames(&w, 20);
	forget_counts(&w);
	run_frames(&w, 1000);
	assert_in_range(w.tick_count, 998, 1001);
	assert_true(w.flips > 900);
	assert_true(w.gap_max < w.period * 1.1);
}

static void jittery_flips_keep_the_rate(void **state) {
	struct world w;
	begin(&w, PANEL_VBLANK, 60000, 0);
	w.jitter_ns = 800 * US;
	run_frames(&w, 500);
	forget_counts(&w);
	run_frames(&w, 10000);
	assert_in_range(w.tick_count, 9950, 10001);
	assert_in_range(w.frames, 9950, 10001);
	assert_false(w.pacing.no_vblank);
}

static void lost_flips_cost_a_watchdog_each_and_nothing_else(void **state) {
	struct world w;
	begin(&w, PANEL_VBLANK, 60000, 0);
	w.lose_every = 300;
	run_frames(&w, 10000);
	assert_true(w.lost > 10);
	assert_in_range(w.watchdogs, w.lost - 1, w.lost);
	assert_true(w.frames > 10000 - w.lost * 20);
}

static void an_output_without_vblank_is_found_out_and_paced_by_a_timer(void **state) {
	struct world w;
	begin(&w, PANEL_AT_ONCE, 60000, 0);
	w.spread_ns = 6 * MS;
	run_frames(&w, 60);
	assert_true(w.pacing.no_vblank);
	forget_counts(&w);
	run_frames(&w, 5000);
	assert_in_range(w.tick_count, 4998, 5001); // 60 Hz, not 60 Hz less what drawing takes
	assert_int_equal(w.gap_min, w.pacing.period_ns);
	assert_int_equal(w.gap_max, w.pacing.period_ns);
}

static void a_panel_is_never_taken_for_one_without_vblank(void **state) {
	for (size_t i = 0; i < RATES; i++) {
		struct world w;
		begin(&w, PANEL_VBLANK, rates[i], 300);
		w.cost_ns = 1 * MS;
		w.spread_ns = (int64_t)w.period * 2;
		w.pointer_at = START + 1 * MS;
		run_frames(&w, 5000);
		assert_false(w.pacing.no_vblank);
	}
}

static void with_variable_refresh_flips_follow_the_pictures(void **state) {
	struct world w;
	begin(&w, PANEL_VRR, 144000, 0);
	w.cost_ns = 10 * MS; // 97 a second: neither 72 nor 144
	run_frames(&w, 20);
	forget_counts(&w);
	int64_t from = w.now;
	run_frames(&w, 2000);
	double rate = w.frames * 1e9 / (double)(w.now - from);
	assert_true(rate > 90 && rate < 97);
	assert_true(w.gap_min > w.period * 0.9);
	// Faster than the panel: the panel's rate.
	w.cost_ns = 2 * MS;
	run_frames(&w, 20);
	forget_counts(&w);
	from = w.now;
	run_frames(&w, 2000);
	rate = w.frames * 1e9 / (double)(w.now - from);
	assert_true(rate > 136 && rate < 145);
	assert_true(w.gap_min > w.period * 0.9);
	// Nothing to show: the highest rate, from the timer.
	w.habit = HALF_RATE;
	w.cost_ns = 400 * S;
	run_frames(&w, 20);
	forget_counts(&w);
	run_frames(&w, 2000);
	assert_in_range(w.tick_count, 1998, 2001);
}

static void a_commit_that_fails_is_not_tried_again_at_once(void **state) {
	struct world w;
	begin(&w, PANEL_VBLANK, 60000, 0);
	w.habit = IDLE;
	w.armed = false;
	run_frames(&w, 5);
	int64_t until = w.now + 10 * S, now = w.now;
	unsigned int tries = 0;
	pk_pacing_retry(&w.pacing, now);
	while (now < until) {
		int64_t deadline = pk_pacing_deadline(&w.pacing);
		now = deadline > now ? deadline : now;
		struct pk_pacing_step step = pk_pacing_timer(&w.pacing, now);
		if ((step.what & PK_PACING_REPAINT) != 0) {
			tries++;
			pk_pacing_retry(&w.pacing, now);
		}
	}
	assert_in_range(tries, 595, 2 * 600); // once or twice a refresh
}

static void while_the_output_is_away_a_virtual_clock_goes_on(void **state) {
	struct world w;
	begin(&w, PANEL_VBLANK, 59940, 100);
	w.habit = ALWAYS_ARMED;
	run_frames(&w, 500);
	assert_true(w.pacing.phase.offset_ns > 0);
	// Switched away in the middle of a commit.
	pk_pacing_reset_output(&w.pacing);
	w.flip_at = NEVER;
	w.waiting = false;
	w.cost_ns = 400 * S;
	w.present_at = w.commit_at = NEVER;
	w.drawing = true;
	forget_counts(&w);
	run_frames(&w, 600);
	assert_in_range(w.tick_count, 598, 601);
	assert_true(w.gap_max < w.period * 1.02 && w.gap_min > w.period * 0.98);
	// It comes back with its vblanks elsewhere.
	w.period *= 1.0003;
	w.cost_ns = 3 * MS;
	w.drawing = false;
	forget_counts(&w);
	run_frames(&w, 600);
	assert_in_range(w.tick_count, 596, 601);
	assert_true(w.gap_min > w.period * 0.4 && w.gap_max < w.period * 2.1);
}

static void lent_ticks_are_due_where_ours_were(void **state) {
	struct world w;
	begin(&w, PANEL_VBLANK, 60000, 0);
	run_frames(&w, 400);
	w.habit = IDLE;
	w.armed = false;
	run_frames(&w, 70);
	int64_t offset = w.pacing.phase.offset_ns, due = pk_pacing_deadline(&w.pacing);
	assert_true(offset > 0);
	assert_true(pk_pacing_may_lend(&w.pacing));
	assert_true(pk_pacing_lend(&w.pacing) == offset);
	assert_true(pk_pacing_deadline(&w.pacing) == NEVER);
	pk_pacing_take_back(&w.pacing, due, due); // one given, in the borrower's terms
	assert_true(pk_pacing_deadline(&w.pacing) == due + w.pacing.period_ns);
}

// Whatever happens, what note_tick and timer assert holds, and the guest is never forgotten.
static void random_schedules_break_no_rule(void **state) {
	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct world w;
		uint64_t r = seed * 0x9e3779b97f4a7c15u;
		begin(&w, (enum panel)(r >> 60 & 3), rates[(r >> 50) % RATES],
			(double)((r >> 40) % 401) - 200);
		w.random = r;
		for (int part = 0; part < 30; part++) {
			w.habit = (enum habit)draw(&w, 4);
			w.cost_ns = draw(&w, (uint32_t)(2 * w.period));
			w.spread_ns = draw(&w, 2) ? 100 * US : (int64_t)w.period;
			w.jitter_ns = draw(&w, 3) ? 0 : (int64_t)w.period / 32;
			w.lose_every = draw(&w, 4) ? 0 : 100;
			w.host_ns = 50 * US + draw(&w, 2 * MS);
			w.own_period_ns = 2 * MS + draw(&w, (uint32_t)(2 * w.period));
			w.pointer_at = draw(&w, 2) ? w.now + 1 * MS : NEVER;
			w.armed = true;
			if (w.habit == FREE_RUNNING && w.present_at == NEVER) {
				w.present_at = w.now + 1 * MS;
			}
			if (draw(&w, 5) == 0) {
				pk_pacing_reset_output(&w.pacing);
				w.flip_at = NEVER;
			}
			if (draw(&w, 8) == 0) { // the machine stood still
				w.now += draw(&w, 100 * MS);
			}
			unsigned int before = w.tick_count;
			run_frames(&w, 200);
			assert_true(w.tick_count > before + 3); // the watchdog's rate at least
		}
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pictures_come_just_before_the_latch_at_every_rate),
		cmocka_unit_test(a_headless_output_is_exact),
		cmocka_unit_test(a_fixed_offset_stays),
		cmocka_unit_test(a_picture_too_late_takes_the_offset_to_0_at_once),
		cmocka_unit_test(rare_late_pictures_are_expected),
		cmocka_unit_test(stalls_of_the_host_are_risked_less_and_less),
		cmocka_unit_test(a_latch_earlier_than_thought_is_learned),
		cmocka_unit_test(a_guest_at_half_the_rate_keeps_it),
		cmocka_unit_test(a_guest_that_runs_free_gets_its_ticks_at_the_vblank),
		cmocka_unit_test(a_stall_costs_its_own_time_only),
		cmocka_unit_test(the_pointer_does_not_delay_pictures),
		cmocka_unit_test(the_pointer_waits_no_longer_than_a_refresh),
		cmocka_unit_test(pictures_that_wait_for_each_other_are_let_go),
		cmocka_unit_test(hosts_that_stall_often_do_not_keep_a_queue),
		cmocka_unit_test(a_moving_pointer_alone_leaves_the_ticks_alone),
		cmocka_unit_test(jittery_flips_keep_the_rate),
		cmocka_unit_test(lost_flips_cost_a_watchdog_each_and_nothing_else),
		cmocka_unit_test(an_output_without_vblank_is_found_out_and_paced_by_a_timer),
		cmocka_unit_test(a_panel_is_never_taken_for_one_without_vblank),
		cmocka_unit_test(with_variable_refresh_flips_follow_the_pictures),
		cmocka_unit_test(a_commit_that_fails_is_not_tried_again_at_once),
		cmocka_unit_test(while_the_output_is_away_a_virtual_clock_goes_on),
		cmocka_unit_test(lent_ticks_are_due_where_ours_were),
		cmocka_unit_test(random_schedules_break_no_rule),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
