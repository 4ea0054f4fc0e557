// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When a port gets its tick: spec 04 section 9. Pure: the caller passes the time in and does what
 * the answer says, so that tests run in microseconds.
 *
 * A "slot" is one refresh of the output. While a commit is in flight its flip event is the only
 * source of ticks; otherwise a timer stays on the grid of the last flip. An output without flip
 * events of its own (headless) is "synthetic": the grid decides when its commits count as flipped.
 */
#ifndef COMPOSITOR_PACING_H
#define COMPOSITOR_PACING_H

#include <stdbool.h>
#include <stdint.h>

#define PK_PACING_WATCHDOG_NS 250000000 // DSP-22
#define PK_PACING_LEAD_NS 2000000       // how long before a vblank a cursor-only commit goes out
#define PK_PACING_DEFAULT_MHZ 60000

enum pk_pacing_what {
	PK_PACING_TICK = 1 << 0,     // give pvg_display_tick(when_ns), then call pk_pacing_ticked
	PK_PACING_FLIP = 1 << 1,     // a synthetic flip: the commit in flight is on glass
	PK_PACING_WATCHDOG = 1 << 2, // the commit in flight is overdue: say so
	PK_PACING_REPAINT = 1 << 3,  // a deferred commit is due
};

struct pk_pacing_step {
	unsigned int what;
	int64_t when_ns;  // the vblank that this is about
	uint32_t skipped; // earlier slots that nobody ticked
};

struct pk_pacing {
	int64_t period_ns;
	int64_t grid_ns;      // a known vblank: the phase
	int64_t visited_ns;   // newest slot that a tick was tried for
	int64_t delivered_ns; // newest slot whose tick the guest got
	int64_t committed_ns; // while in_flight
	int64_t retry_ns;     // 0: none
	int64_t repaint_ns;   // 0: none
	bool synthetic;
	bool ticking;   // the port is online and the VM runs
	bool lent;      // ticks of an idle guest are somebody else's (pk_pacing_lend)
	bool in_flight; // a commit waits for its flip
	bool overdue;   // the watchdog spoke; ticks come from the timer until a flip is seen
};

void pk_pacing_init(struct pk_pacing *pacing, uint32_t refresh_mhz, bool synthetic, int64_t now_ns);
// Keeps the phase. 0 means unknown: PK_PACING_DEFAULT_MHZ.
void pk_pacing_set_refresh(struct pk_pacing *pacing, uint32_t refresh_mhz, int64_t now_ns);
void pk_pacing_set_ticking(struct pk_pacing *pacing, bool ticking, int64_t now_ns);

// The output goes away or is switched off: nothing is in flight any more, the timer goes on.
void pk_pacing_reset_output(struct pk_pacing *pacing);

void pk_pacing_committed(struct pk_pacing *pacing, int64_t now_ns);

/**
 * pk_pacing_flipped - a real flip event
 * @refresh_ns: what the event says the period is, 0: unknown
 */
struct pk_pacing_step pk_pacing_flipped(struct pk_pacing *pacing, int64_t when_ns,
	int64_t refresh_ns, int64_t now_ns);
// The commit in flight was thrown away by the output: it will have no flip.
void pk_pacing_discarded(struct pk_pacing *pacing);

// Ask for PK_PACING_REPAINT shortly before the next vblank; returns its time.
int64_t pk_pacing_defer_repaint(struct pk_pacing *pacing, int64_t now_ns);

/*
 * A guest that has armed nothing for a while needs nothing but a look at its enable word each
 * refresh. The device thread has to wake as often for its rescue poll, so it takes both over
 * (spec 01 section 4.6: "together with the display tick") and this timer sleeps. Lent ticks come
 * back before the next commit, and at once when the guest arms.
 */
#define PK_PACING_LEND_AFTER 60 // slots in a row without anything armed
bool pk_pacing_may_lend(const struct pk_pacing *pacing);
void pk_pacing_lend(struct pk_pacing *pacing);
// @visited_ns, @delivered_ns: what the borrower did, INT64_MIN: nothing.
void pk_pacing_take_back(struct pk_pacing *pacing, int64_t visited_ns, int64_t delivered_ns);

// The newest vblank at or before @t_ns of a grid, for borrowers.
int64_t pk_grid_floor(int64_t grid_ns, int64_t period_ns, int64_t t_ns);

// When pk_pacing_timer wants to be called, CLOCK_MONOTONIC; INT64_MAX: never.
int64_t pk_pacing_deadline(const struct pk_pacing *pacing);
struct pk_pacing_step pk_pacing_timer(struct pk_pacing *pacing, int64_t now_ns);

/**
 * pk_pacing_ticked - what became of the tick that a step asked for
 *
 * A tick that found nothing armed consumes no slot (DSP-24); after a flip it is tried once more in
 * the same slot, because guests arm again a fraction of a millisecond after the flip.
 */
void pk_pacing_ticked(struct pk_pacing *pacing, const struct pk_pacing_step *step, bool delivered,
	bool from_flip, int64_t now_ns);

enum pk_late {
	PK_LATE_NONE,
	PK_LATE_MAIN,  // the main loop was busy with something else
	PK_LATE_LOCK,  // pvg_display_tick waited
	PK_LATE_SCHED, // the thread was not scheduled in time
	PK_LATE_FLIP,  // the output flipped later than its grid
	PK_LATE_COUNT,
};

// What the main loop did around a tick. CPU times are the thread's own.
struct pk_loop_times {
	int64_t before_ns;   // the iteration before this one began
	int64_t slept_ns;    // and ended: the loop went to sleep
	int64_t busy_cpu_ns; // CPU time of that iteration
	int64_t woke_ns;     // this one began
	int64_t woke_cpu_ns; // CPU clock at that time
};

/**
 * pk_pacing_lateness - was a delivered tick late by more than half a period, and why
 * @begin_ns:     before pvg_display_tick
 * @begin_cpu_ns: CPU clock at that time
 * @end_ns:       after it
 * @waited:       the thread gave up the CPU of its own accord in between: it waited for a lock
 *
 * On a machine that is too busy a thread may lose the CPU anywhere. A loop that did not use the CPU
 * while it was "busy" is not to blame.
 */
enum pk_late pk_pacing_lateness(const struct pk_pacing *pacing, int64_t when_ns,
	const struct pk_loop_times *loop, int64_t begin_ns, int64_t begin_cpu_ns, int64_t end_ns,
	bool waited);

#endif
