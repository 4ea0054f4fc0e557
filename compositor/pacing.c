// SPDX-License-Identifier: GPL-2.0-or-later
#include "pacing.h"

#define MEASURED 2000 // a period within this part of the nominal one is taken for a measurement

int64_t pk_grid_floor(int64_t grid_ns, int64_t period_ns, int64_t t_ns) {
	int64_t d = t_ns - grid_ns;
	int64_t k = d / period_ns;
	if (d < 0 && k * period_ns != d) {
		k--;
	}
	return grid_ns + k * period_ns;
}

static int64_t grid_floor(const struct pk_pacing *pacing, int64_t t) {
	return pk_grid_floor(pacing->grid_ns, pacing->period_ns, t);
}

static int64_t grid_after(const struct pk_pacing *pacing, int64_t t) {
	return grid_floor(pacing, t) + pacing->period_ns;
}

static int64_t earlier(int64_t a, int64_t b) {
	return a < b ? a : b;
}

static int64_t period_of(uint32_t refresh_mhz) {
	if (refresh_mhz < 1000 || refresh_mhz > 1000000) {
		refresh_mhz = PK_PACING_DEFAULT_MHZ;
	}
	return (1000000000000 + refresh_mhz / 2) / refresh_mhz;
}

void pk_pacing_init(struct pk_pacing *pacing, uint32_t refresh_mhz, bool synthetic,
	int64_t now_ns) {
	*pacing = (struct pk_pacing){
		.period_ns = period_of(refresh_mhz),
		.grid_ns = now_ns,
		.visited_ns = now_ns,
		.delivered_ns = now_ns - 1000000000,
		.tick_due_ns = INT64_MIN,
		.ticked_ns = now_ns - 1000000000,
		.flip_ns = INT64_MIN,
		.fresh_ns = now_ns - 1000000000,
		.drain_wait = PK_PACING_STANDING,
		.synthetic = synthetic,
	};
	pk_phase_init(&pacing->phase, false, 0);
}

void pk_pacing_set_refresh(struct pk_pacing *pacing, uint32_t refresh_mhz, int64_t now_ns) {
	pacing->grid_ns = grid_floor(pacing, now_ns);
	pacing->period_ns = period_of(refresh_mhz);
	// The next flip may be anywhere.
	pacing->resync = true;
	pacing->flip_ns = INT64_MIN;
	pk_phase_forget(&pacing->phase);
}

void pk_pacing_set_ticking(struct pk_pacing *pacing, bool ticking, int64_t now_ns) {
	if (pacing->ticking == ticking) {
		return;
	}
	pacing->ticking = ticking;
	pacing->retry_ns = 0;
	// What passed while nobody listened is no debt (DSP-25).
	pacing->visited_ns = grid_floor(pacing, now_ns);
}

void pk_pacing_reset_output(struct pk_pacing *pacing) {
	pacing->in_flight = false;
	pacing->fresh = false;
	pacing->overdue = false;
	pacing->repaint_ns = 0;
	pacing->resync = true;
	pacing->flip_ns = INT64_MIN;
	pacing->strange = 0;
}

void pk_pacing_set_phase(struct pk_pacing *pacing, bool adapt, int64_t fixed_ns) {
	pk_phase_init(&pacing->phase, adapt, fixed_ns);
}

void pk_pacing_set_source(struct pk_pacing *pacing, bool synthetic, bool detect) {
	pacing->synthetic = synthetic;
	pacing->detect = detect;
	pacing->no_vblank = false;
	pacing->vrr = false;
}

void pk_pacing_set_vrr(struct pk_pacing *pacing, bool vrr, int64_t now_ns) {
	if (pacing->vrr == vrr) {
		return;
	}
	pacing->grid_ns = grid_floor(pacing, now_ns);
	pacing->vrr = vrr;
	pk_phase_restart(&pacing->phase);
}

// Is there a vblank to come just before?
static bool has_latch(const struct pk_pacing *pacing) {
	return !pacing->vrr && !pacing->no_vblank;
}

static int64_t offset_of(const struct pk_pacing *pacing) {
	return has_latch(pacing) ? pk_phase_offset(&pacing->phase, pacing->period_ns) : 0;
}

// The tick after a picture must not come before its flip (DSP-26).
static bool held_back(const struct pk_pacing *pacing) {
	return pacing->in_flight && pacing->fresh && !pacing->overdue;
}

bool pk_pacing_may_commit(const struct pk_pacing *pacing, bool picture, bool due, int64_t now_ns) {
	if (!pacing->in_flight) {
		return true;
	}
	if (pacing->synthetic) {
		return picture ? !pacing->fresh : due;
	}
	return pacing->overdue && now_ns - pacing->committed_ns >= PK_PACING_WATCHDOG_NS;
}

int64_t pk_pacing_committed(struct pk_pacing *pacing, int64_t arrived_ns, int64_t now_ns) {
	int64_t slack = INT64_MIN;
	if (arrived_ns == 0 && pacing->in_flight && pacing->synthetic) {
		pacing->repaint_ns = 0; // it is on glass with what is in flight
		return slack;
	}
	int64_t next_ns = grid_after(pacing, now_ns);
	bool fresh = arrived_ns != 0;
	if (fresh && has_latch(pacing)) {
		const struct pk_phase_frame frame = {
			.slot_ns = next_ns - pacing->period_ns,
			.tick_ns = pacing->tick_due_ns,
			.arrived_ns = arrived_ns,
			.committed_ns = now_ns,
			.queued = pacing->flip_ns != INT64_MIN && arrived_ns < pacing->flip_ns,
		};
		slack = pk_phase_frame(&pacing->phase, pacing->period_ns, &frame);
	}
	pacing->in_flight = true;
	pacing->fresh = fresh;
	pacing->fresh_ns = fresh ? now_ns : pacing->fresh_ns;
	pacing->committed_ns = now_ns;
	pacing->expected_ns = next_ns;
	pacing->repaint_ns = 0;
	if (fresh) {
		pacing->retry_ns = 0;
	}
	return slack;
}

/*
 * What no vertical blank makes: a flip less than a period after the last one, not a whole number of
 * periods after it, or with a sequence number that stands still, as kernel drivers without a vblank
 * count it. Such a flip does not move the grid.
 */
static bool is_strange(struct pk_pacing *pacing, const struct pk_pacing_flip *flip,
		int64_t when_ns) {
	if (!pacing->detect || pacing->vrr || pacing->flip_ns == INT64_MIN) {
		return false;
	}
	int64_t apart = when_ns - pacing->flip_ns;
	int64_t off = apart - pk_grid_floor(0, pacing->period_ns, apart + pacing->period_ns / 2);
	bool strange = apart < pacing->period_ns * 3 / 4 ||
		flip->sequence == pacing->flip_sequence || off > pacing->period_ns / 8 ||
		off < -pacing->period_ns / 8;
	pacing->strange = strange ? pacing->strange + 1 : 0;
	pacing->no_vblank = pacing->no_vblank || pacing->strange >= PK_PACING_STRANGE_FLIPS;
	return strange;
}

// The crystal of the panel is not ours: over many flips the period comes out to some parts in a
// million, so that the grid holds while nothing flips.
static void measure_period(struct pk_pacing *pacing, int64_t when_ns) {
	if (pacing->flip_ns == INT64_MIN || !has_latch(pacing)) {
		return;
	}
	int64_t apart = when_ns - pacing->flip_ns;
	int64_t slots = (apart + pacing->period_ns / 2) / pacing->period_ns;
	int64_t off = apart - slots * pacing->period_ns;
	int64_t limit = slots * pacing->period_ns / MEASURED;
	if (slots >= 1 && slots <= 1000 && off < limit && off > -limit) {
		pacing->period_ns += off / slots / 8;
	}
}

static void adopt_refresh(struct pk_pacing *pacing, int64_t refresh_ns) {
	if (refresh_ns < 1000000 || refresh_ns > 1000000000 || !has_latch(pacing)) {
		return;
	}
	int64_t off = pacing->period_ns - refresh_ns;
	if (off > refresh_ns / MEASURED || off < -refresh_ns / MEASURED) {
		pacing->period_ns = refresh_ns;
	}
}

// At most one tick a refresh (DSP-23): when the grid moved, or the last tick came very late, the
// next vblank is soon enough.
static bool too_soon(const struct pk_pacing *pacing, int64_t when_ns, int64_t at_ns,
		int64_t slots_apart_ns, int64_t apart_ns) {
	return when_ns - pacing->delivered_ns < slots_apart_ns ||
		at_ns - pacing->ticked_ns < apart_ns;
}

// Variable refresh: at once, or when the shortest period since the last tick is over.
static void follow_flip(struct pk_pacing *pacing, int64_t when_ns) {
	int64_t allowed = pacing->delivered_ns + pacing->period_ns;
	pacing->grid_ns = when_ns >= allowed - pacing->period_ns / 16 ? when_ns : allowed;
	pacing->visited_ns = pacing->grid_ns - pacing->period_ns;
}

void pk_pacing_waiting(struct pk_pacing *pacing, int64_t arrived_ns) {
	pacing->waiting_ns = arrived_ns;
}

#define MAX_DRAIN_WAIT 4096

// Has a queue stood long enough to leave out the tick of this flip? A guest that fills it again at
// once is faster than the output, and is left alone for longer and longer. One whose queue was gone
// for a while is not: a stall of the host made the next one.
static bool drains(struct pk_pacing *pacing, int64_t when_ns) {
	if (pacing->waiting_ns == 0 || pacing->waiting_ns > when_ns - pacing->period_ns / 8) {
		pacing->standing = 0;
		if (++pacing->unqueued >= PK_PACING_DRAINED) {
			pacing->unqueued = PK_PACING_DRAINED;
			pacing->drain_wait = PK_PACING_STANDING;
		}
		return false;
	}
	pacing->unqueued = 0;
	if (++pacing->standing < pacing->drain_wait) {
		return false;
	}
	pacing->standing = 0;
	pacing->drain_wait = pacing->drain_wait * 4 < MAX_DRAIN_WAIT ? pacing->drain_wait * 4
								     : MAX_DRAIN_WAIT;
	pacing->drained++;
	return true;
}

struct pk_pacing_step pk_pacing_flipped(struct pk_pacing *pacing,
		const struct pk_pacing_flip *flip, int64_t now_ns) {
	struct pk_pacing_step step = { 0 };
	int64_t when_ns = flip->when_ns;
	// A clock that is not ours, or nonsense: the event itself is the best time there is.
	if (when_ns > now_ns + pacing->period_ns || when_ns < now_ns - 1000000000) {
		when_ns = now_ns;
	}
	adopt_refresh(pacing, flip->refresh_ns);
	bool strange = is_strange(pacing, flip, when_ns);
	if (!strange) {
		measure_period(pacing, when_ns);
	}
	bool in_flight = pacing->in_flight && !pacing->overdue;
	bool fresh = pacing->fresh, resync = pacing->resync;
	int64_t waited = when_ns - pacing->committed_ns;
	int64_t period = pacing->period_ns;
	pacing->in_flight = pacing->fresh = pacing->overdue = pacing->resync = false;
	pacing->flip_ns = when_ns;
	pacing->flip_sequence = flip->sequence;
	step.when_ns = when_ns;
	if (pacing->no_vblank || strange) {
		return step; // the timer's slot, should it be due, comes at once
	}
	if (pacing->vrr) {
		follow_flip(pacing, when_ns);
	} else {
		if (resync) {
			pk_phase_restart(&pacing->phase);
		} else if (in_flight && fresh && when_ns > pacing->expected_ns + period / 2) {
			pk_phase_latch_missed(&pacing->phase, period,
				pacing->expected_ns - pacing->committed_ns);
		}
		pacing->grid_ns = when_ns;
		pacing->visited_ns = when_ns - period;
	}
	int64_t due = grid_after(pacing, pacing->visited_ns) + offset_of(pacing);
	// A flip soon after a slot that the timer foretold is the flip of that slot, late: of a
	// parent compositor on a busy machine.
	int64_t slots = pacing->foretold && !resync ? period - period / 8 : period / 2;
	if (drains(pacing, when_ns) || too_soon(pacing, pacing->grid_ns, due, slots,
			resync ? period / 2 : period / 8)) {
		pacing->visited_ns = pacing->grid_ns;
		return step;
	}
	if (!pacing->ticking || now_ns < due) {
		return step; // the timer's
	}
	pacing->visited_ns = pacing->grid_ns;
	step.what = PK_PACING_TICK;
	step.when_ns = pacing->grid_ns;
	step.due_ns = due;
	// Slots that passed while the commit was in flight had no tick by rule (section 9.4).
	if (in_flight && fresh && !pacing->vrr && waited > period + period / 2) {
		step.skipped = (uint32_t)((waited - period / 2) / period);
	}
	return step;
}

void pk_pacing_discarded(struct pk_pacing *pacing) {
	pacing->in_flight = false;
	pacing->fresh = false;
}

int64_t pk_pacing_defer_repaint(struct pk_pacing *pacing, int64_t since_ns, int64_t now_ns) {
	int64_t due = grid_after(pacing, now_ns) -
		pk_phase_least_lead(&pacing->phase, pacing->period_ns);
	// Unless the guest draws anyhow: its next picture takes the pointer along.
	if (since_ns != 0 && now_ns - pacing->fresh_ns > 2 * pacing->period_ns) {
		due = earlier(due, since_ns + pacing->period_ns);
	}
	pacing->repaint_ns = due > now_ns ? due : now_ns;
	return pacing->repaint_ns;
}

void pk_pacing_retry(struct pk_pacing *pacing, int64_t now_ns) {
	int64_t earliest = now_ns + pacing->period_ns / 8;
	int64_t due = pk_pacing_defer_repaint(pacing, 0, now_ns);
	pacing->repaint_ns = due > earliest ? due : earliest;
}

bool pk_pacing_may_lend(const struct pk_pacing *pacing) {
	return pacing->ticking && !pacing->lent && !pacing->in_flight && pacing->retry_ns == 0 &&
		pacing->repaint_ns == 0;
}

int64_t pk_pacing_lend(struct pk_pacing *pacing) {
	pacing->lent = true;
	pacing->lent_offset_ns = offset_of(pacing);
	return pacing->lent_offset_ns;
}

void pk_pacing_take_back(struct pk_pacing *pacing, int64_t visited_ns, int64_t delivered_ns) {
	pacing->lent = false;
	if (visited_ns != INT64_MIN && visited_ns - pacing->lent_offset_ns > pacing->visited_ns) {
		pacing->visited_ns = visited_ns - pacing->lent_offset_ns;
	}
	if (delivered_ns != INT64_MIN &&
			delivered_ns - pacing->lent_offset_ns > pacing->delivered_ns) {
		pacing->delivered_ns = delivered_ns - pacing->lent_offset_ns;
		pacing->tick_due_ns = pacing->ticked_ns = delivered_ns;
		pacing->foretold = true;
	}
}

static bool takes_repaint(const struct pk_pacing *pacing) {
	return !pacing->in_flight || pacing->overdue || pacing->synthetic;
}

int64_t pk_pacing_deadline(const struct pk_pacing *pacing) {
	int64_t deadline = INT64_MAX;
	if (pacing->in_flight && pacing->synthetic) {
		deadline = earlier(deadline, grid_after(pacing, pacing->committed_ns));
	} else if (pacing->in_flight && !pacing->overdue) {
		deadline = earlier(deadline, pacing->committed_ns + PK_PACING_WATCHDOG_NS);
	}
	if (pacing->ticking && !pacing->lent && !held_back(pacing)) {
		deadline = earlier(deadline,
			grid_after(pacing, pacing->visited_ns) + offset_of(pacing));
	}
	if (pacing->retry_ns != 0) {
		deadline = earlier(deadline, pacing->retry_ns);
	}
	if (pacing->repaint_ns != 0 && takes_repaint(pacing)) {
		deadline = earlier(deadline, pacing->repaint_ns);
	}
	return deadline;
}

// A slot of the timer's: the newest vblank, and how many before it nobody ticked.
static void take_slot(struct pk_pacing *pacing, struct pk_pacing_step *step, int64_t now_ns) {
	int64_t offset = offset_of(pacing);
	int64_t next = grid_after(pacing, pacing->visited_ns);
	if (now_ns < next + offset) {
		return;
	}
	int64_t when = grid_floor(pacing, now_ns - offset);
	pacing->visited_ns = when;
	pacing->retry_ns = 0;
	if (too_soon(pacing, when, now_ns, pacing->period_ns / 2, pacing->period_ns / 8)) {
		return;
	}
	step->what |= PK_PACING_TICK;
	step->when_ns = when;
	step->due_ns = when + offset;
	step->skipped = (uint32_t)((when - next) / pacing->period_ns);
}

struct pk_pacing_step pk_pacing_timer(struct pk_pacing *pacing, int64_t now_ns) {
	struct pk_pacing_step step = { 0 };
	if (pacing->in_flight && pacing->synthetic) {
		int64_t flip = grid_after(pacing, pacing->committed_ns);
		if (now_ns >= flip) {
			if (pacing->fresh && pacing->visited_ns < flip - pacing->period_ns) {
				pacing->visited_ns = flip - pacing->period_ns; // as with a real one
			}
			pacing->in_flight = pacing->fresh = false;
			pacing->flip_ns = flip;
			step.what |= PK_PACING_FLIP;
			step.when_ns = flip;
			if (drains(pacing, flip)) {
				pacing->visited_ns = flip;
			}
		}
	} else if (pacing->in_flight && !pacing->overdue &&
			now_ns >= pacing->committed_ns + PK_PACING_WATCHDOG_NS) {
		pacing->overdue = true;
		step.what |= PK_PACING_WATCHDOG;
		// The slots in between are the output's fault and reported by the watchdog's own
		// counter.
		pacing->visited_ns = grid_floor(pacing, now_ns) - pacing->period_ns;
	}
	if (pacing->ticking && !pacing->lent && !held_back(pacing)) {
		take_slot(pacing, &step, now_ns);
	}
	if (pacing->retry_ns != 0 && now_ns >= pacing->retry_ns) {
		pacing->retry_ns = 0;
		if (pacing->ticking && !held_back(pacing) && (step.what & PK_PACING_TICK) == 0) {
			step.what |= PK_PACING_TICK;
			step.when_ns = pacing->visited_ns;
			step.due_ns = pacing->visited_ns + offset_of(pacing);
		}
	}
	if (pacing->repaint_ns != 0 && now_ns >= pacing->repaint_ns && takes_repaint(pacing)) {
		pacing->repaint_ns = 0;
		step.what |= PK_PACING_REPAINT;
	}
	return step;
}

void pk_pacing_ticked(struct pk_pacing *pacing, const struct pk_pacing_step *step, bool delivered,
		bool from_flip, int64_t now_ns) {
	if (delivered) {
		pacing->delivered_ns = step->when_ns;
		pacing->tick_due_ns = step->due_ns;
		pacing->ticked_ns = now_ns;
		pacing->foretold = !from_flip;
		return;
	}
	if (from_flip && pacing->ticking) {
		pacing->retry_ns = now_ns + pacing->period_ns / 8;
	}
}

// Did a stretch of the loop use the CPU for at least half of it?
static enum pk_late blame(int64_t wall_ns, int64_t cpu_ns) {
	return cpu_ns >= wall_ns / 2 ? PK_LATE_MAIN : PK_LATE_SCHED;
}

enum pk_late pk_pacing_lateness(const struct pk_pacing *pacing, int64_t due_ns,
	const struct pk_loop_times *loop, int64_t begin_ns, int64_t begin_cpu_ns, int64_t end_ns,
	bool waited) {
	if (end_ns - due_ns <= pacing->period_ns / 2) {
		return PK_LATE_NONE;
	}
	if (end_ns - begin_ns > pacing->period_ns / 4) {
		return waited ? PK_LATE_LOCK : PK_LATE_SCHED;
	}
	// Woken in time, but other handlers came first.
	if (begin_ns - loop->woke_ns > pacing->period_ns / 4) {
		return blame(begin_ns - loop->woke_ns, begin_cpu_ns - loop->woke_cpu_ns);
	}
	// It fell due while the iteration before worked.
	if (loop->slept_ns > due_ns) {
		return blame(loop->slept_ns - loop->before_ns, loop->busy_cpu_ns);
	}
	return PK_LATE_SCHED;
}
