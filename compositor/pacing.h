// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When a port gets its tick: spec 04 section 9. Pure: the caller passes the time in and does what
 * the answer says, so that tests run in microseconds.
 *
 * A "slot" is one refresh of the output. While a commit is in flight its flip event is the only
 * source of ticks; otherwise a timer stays on the grid of the last flip. An output without flip
 * events of its own (headless) is "synthetic": the grid decides when its commits count as flipped.
 * Within its slot a tick comes at an offset that phase.h chooses. A commit that carries no new
 * picture of the guest (a moved pointer) holds no tick back.
 *
 * With variable refresh (spec 04 section 9.4) there is no grid: a flip comes when a picture does,
 * and ticks follow the flips, never closer than the period of the highest rate.
 */
#ifndef COMPOSITOR_PACING_H
#define COMPOSITOR_PACING_H

#include <stdbool.h>
#include <stdint.h>

#include "phase.h"

#define PK_PACING_WATCHDOG_NS 250000000 // DSP-22
#define PK_PACING_DEFAULT_MHZ 60000
#define PK_PACING_STRANGE_FLIPS 16 // in a row: the output has no vertical blank

enum pk_pacing_what {
	PK_PACING_TICK = 1 << 0,     // give pvg_display_tick(when_ns), then call pk_pacing_ticked
	PK_PACING_FLIP = 1 << 1,     // a synthetic flip: the commit in flight is on glass
	PK_PACING_WATCHDOG = 1 << 2, // the commit in flight is overdue: say so
	PK_PACING_REPAINT = 1 << 3,  // a deferred commit is due
};

struct pk_pacing_step {
	unsigned int what;
	int64_t when_ns;  // the vblank that this is about
	int64_t due_ns;   // when the tick was to come: the vblank and the offset
	uint32_t skipped; // earlier slots that nobody ticked
};

struct pk_pacing {
	int64_t period_ns;
	int64_t grid_ns;      // a known vblank
	int64_t visited_ns;   // newest slot that a tick was tried for
	int64_t delivered_ns; // newest slot whose tick the guest got
	int64_t tick_due_ns;  // when that tick was due, INT64_MIN: there was none
	int64_t ticked_ns;    // when it went out
	bool foretold;        // it was the timer's, not a flip's
	int64_t committed_ns; // while in_flight
	int64_t expected_ns;  // the vblank that should show it
	int64_t fresh_ns;     // newest commit with a new picture
	int64_t flip_ns;      // newest flip, INT64_MIN: none of this output
	int64_t retry_ns;     // 0: none
	int64_t repaint_ns;   // 0: none
	int64_t lent_offset_ns; // while .lent
	int64_t waiting_ns;   // pk_pacing_waiting
	uint32_t flip_sequence;
	unsigned int standing;   // flips in a row at which a picture had waited
	unsigned int drain_wait; // how many of those before a tick is left out
	unsigned int unqueued;   // flips in a row at which none had, PK_PACING_DRAINED at most
	uint64_t drained;        // ticks left out
	unsigned int strange; // flips in a row that no vertical blank can have made
	struct pk_phase phase;
	bool synthetic;
	bool vrr;       // flips follow pictures (pk_pacing_set_vrr)
	bool no_vblank; // flips come at once: the grid is a timer's
	bool detect;    // .no_vblank may be found out
	bool ticking;   // the port is online and the VM runs
	bool lent;      // ticks of an idle guest are somebody else's (pk_pacing_lend)
	bool in_flight; // a commit waits for its flip
	bool fresh;     // and carries a picture that was not shown before
	bool overdue;   // the watchdog spoke; ticks come from the timer until a flip is seen
	bool resync;    // the output was away: its next flip is a new beginning
};

void pk_pacing_init(struct pk_pacing *pacing, uint32_t refresh_mhz, bool synthetic, int64_t now_ns);
// Keeps the phase. 0 means unknown: PK_PACING_DEFAULT_MHZ.
void pk_pacing_set_refresh(struct pk_pacing *pacing, uint32_t refresh_mhz, int64_t now_ns);
void pk_pacing_set_ticking(struct pk_pacing *pacing, bool ticking, int64_t now_ns);

// The output goes away or is switched off: nothing is in flight any more, and a virtual clock goes
// on as if the vblanks did. The first flip afterwards is where the ticks are from then on.
void pk_pacing_reset_output(struct pk_pacing *pacing);

// Where in a refresh ticks come: adapted, or always @fixed_ns after the vblank.
void pk_pacing_set_phase(struct pk_pacing *pacing, bool adapt, int64_t fixed_ns);
// How ticks of this output are made. @detect: it claims to have vertical blanks, which is checked.
void pk_pacing_set_source(struct pk_pacing *pacing, bool synthetic, bool detect);
// Variable refresh; the period is the one of the highest rate.
void pk_pacing_set_vrr(struct pk_pacing *pacing, bool vrr, int64_t now_ns);

/**
 * pk_pacing_committed - a commit was taken by the output
 * @arrived_ns: doorbell of the new picture that it carries, 0: it carries none
 *
 * Returns the slack of the picture: how long before the latch of the output it was there, negative
 * when it came too late for the next vblank. INT64_MIN without a picture or a latch.
 */
int64_t pk_pacing_committed(struct pk_pacing *pacing, int64_t arrived_ns, int64_t now_ns);

struct pk_pacing_flip {
	int64_t when_ns;
	int64_t refresh_ns; // what the event says the period is, 0: unknown
	uint32_t sequence;  // of the vblanks
};

// A real flip event.
struct pk_pacing_step pk_pacing_flipped(struct pk_pacing *pacing,
	const struct pk_pacing_flip *flip, int64_t now_ns);
/*
 * A picture that comes while another is in flight waits for its flip, and the guest's next one for
 * the flip of this one: each is a refresh late from then on, although the guest is fast enough. One
 * tick that is left out ends that. Told before each flip and each timer, 0: no picture waits.
 */
#define PK_PACING_STANDING 8 // flips that make a standing queue
#define PK_PACING_DRAINED 8  // flips without one after which leaving out a tick has helped
void pk_pacing_waiting(struct pk_pacing *pacing, int64_t arrived_ns);

// The commit in flight was thrown away by the output: it will have no flip.
void pk_pacing_discarded(struct pk_pacing *pacing);

/*
 * What may be committed now. One commit is in flight at a time; but an output without a latch
 * (synthetic) takes a picture over a commit that carries none, and, when it is @due
 * (PK_PACING_REPAINT), a moved pointer over a picture: neither waits for the other there.
 */
bool pk_pacing_may_commit(const struct pk_pacing *pacing, bool picture, bool due, int64_t now_ns);

/**
 * pk_pacing_defer_repaint - ask for PK_PACING_REPAINT shortly before the next vblank
 * @since_ns: what there is to show has waited since then: for a period at most, unless the guest
 *            draws picture after picture. 0: does not matter
 *
 * Returns its time.
 */
int64_t pk_pacing_defer_repaint(struct pk_pacing *pacing, int64_t since_ns, int64_t now_ns);

// A commit failed: PK_PACING_REPAINT before the next vblank, but not again at once.
void pk_pacing_retry(struct pk_pacing *pacing, int64_t now_ns);

/*
 * A guest that has armed nothing for a while needs nothing but a look at its enable word each
 * refresh. The device thread has to wake as often for its rescue poll, so it takes both over
 * (spec 01 section 4.6: "together with the display tick") and this timer sleeps. Lent ticks come
 * back before the next commit, and at once when the guest arms.
 */
#define PK_PACING_LEND_AFTER 60 // slots in a row without anything armed
bool pk_pacing_may_lend(const struct pk_pacing *pacing);
// Returns what the borrower has to add to grid and slots: its ticks are due where ours were.
int64_t pk_pacing_lend(struct pk_pacing *pacing);
// @visited_ns, @delivered_ns: what the borrower did, in its own terms, INT64_MIN: nothing.
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
 * @due_ns:       when it was to come
 * @begin_ns:     before pvg_display_tick
 * @begin_cpu_ns: CPU clock at that time
 * @end_ns:       after it
 * @waited:       the thread gave up the CPU of its own accord in between: it waited for a lock
 *
 * On a machine that is too busy a thread may lose the CPU anywhere. A loop that did not use the CPU
 * while it was "busy" is not to blame.
 */
enum pk_late pk_pacing_lateness(const struct pk_pacing *pacing, int64_t due_ns,
	const struct pk_loop_times *loop, int64_t begin_ns, int64_t begin_cpu_ns, int64_t end_ns,
	bool waited);

#endif
