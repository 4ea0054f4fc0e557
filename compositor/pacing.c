// SPDX-License-Identifier: GPL-2.0-or-later
#include "pacing.h"

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
		.synthetic = synthetic,
	};
}

void pk_pacing_set_refresh(struct pk_pacing *pacing, uint32_t refresh_mhz, int64_t now_ns) {
	pacing->grid_ns = grid_floor(pacing, now_ns);
	pacing->period_ns = period_of(refresh_mhz);
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
	pacing->overdue = false;
	pacing->repaint_ns = 0;
}

void pk_pacing_committed(struct pk_pacing *pacing, int64_t now_ns) {
	pacing->in_flight = true;
	pacing->committed_ns = now_ns;
	pacing->repaint_ns = 0;
	pacing->retry_ns = 0;
}

struct pk_pacing_step pk_pacing_flipped(struct pk_pacing *pacing, int64_t when_ns,
		int64_t refresh_ns, int64_t now_ns) {
	struct pk_pacing_step step = { 0 };
	// A clock that is not ours, or nonsense: the event itself is the best time there is.
	if (when_ns > now_ns + pacing->period_ns || when_ns < now_ns - 1000000000) {
		when_ns = now_ns;
	}
	if (refresh_ns >= 1000000 && refresh_ns <= 1000000000) {
		pacing->period_ns = refresh_ns;
	}
	bool in_flight = pacing->in_flight && !pacing->overdue;
	int64_t waited = when_ns - pacing->committed_ns;
	pacing->in_flight = false;
	pacing->overdue = false;
	pacing->grid_ns = when_ns;
	pacing->visited_ns = when_ns;
	step.when_ns = when_ns;
	if (!pacing->ticking) {
		return step;
	}
	// At most one tick a refresh (DSP-23): when the phase moved, the next vblank is soon
	// enough.
	if (when_ns - pacing->delivered_ns < pacing->period_ns / 2) {
		return step;
	}
	step.what = PK_PACING_TICK;
	// Slots that passed while the commit was in flight had no tick by rule (section 9.4).
	if (in_flight && waited > pacing->period_ns + pacing->period_ns / 2) {
		step.skipped = (uint32_t)((waited - pacing->period_ns / 2) / pacing->period_ns);
	}
	return step;
}

void pk_pacing_discarded(struct pk_pacing *pacing) {
	pacing->in_flight = false;
}

int64_t pk_pacing_defer_repaint(struct pk_pacing *pacing, int64_t now_ns) {
	int64_t due = grid_after(pacing, now_ns) - PK_PACING_LEAD_NS;
	pacing->repaint_ns = due > now_ns ? due : now_ns;
	return pacing->repaint_ns;
}

bool pk_pacing_may_lend(const struct pk_pacing *pacing) {
	return pacing->ticking && !pacing->lent && !pacing->in_flight && pacing->retry_ns == 0 &&
		pacing->repaint_ns == 0;
}

void pk_pacing_lend(struct pk_pacing *pacing) {
	pacing->lent = true;
}

void pk_pacing_take_back(struct pk_pacing *pacing, int64_t visited_ns, int64_t delivered_ns) {
	pacing->lent = false;
	if (visited_ns > pacing->visited_ns) {
		pacing->visited_ns = visited_ns;
	}
	if (delivered_ns > pacing->delivered_ns) {
		pacing->delivered_ns = delivered_ns;
	}
}

static int64_t earlier(int64_t a, int64_t b) {
	return a < b ? a : b;
}

int64_t pk_pacing_deadline(const struct pk_pacing *pacing) {
	int64_t deadline = INT64_MAX;
	if (pacing->in_flight && pacing->synthetic) {
		deadline = earlier(deadline, grid_after(pacing, pacing->committed_ns));
	} else if (pacing->in_flight && !pacing->overdue) {
		deadline = earlier(deadline, pacing->committed_ns + PK_PACING_WATCHDOG_NS);
	} else if (pacing->ticking && !pacing->lent) {
		deadline = earlier(deadline, grid_after(pacing, pacing->visited_ns));
	}
	if (pacing->retry_ns != 0) {
		deadline = earlier(deadline, pacing->retry_ns);
	}
	if (pacing->repaint_ns != 0 && (!pacing->in_flight || pacing->overdue)) {
		deadline = earlier(deadline, pacing->repaint_ns);
	}
	return deadline;
}

// A slot of the timer's: the newest vblank, and how many before it nobody ticked.
static void take_slot(struct pk_pacing *pacing, struct pk_pacing_step *step, int64_t now_ns) {
	int64_t due = grid_after(pacing, pacing->visited_ns);
	if (now_ns < due) {
		return;
	}
	int64_t when = grid_floor(pacing, now_ns);
	pacing->visited_ns = when;
	pacing->retry_ns = 0;
	if (when - pacing->delivered_ns < pacing->period_ns / 2) {
		return;
	}
	step->what |= PK_PACING_TICK;
	step->when_ns = when;
	step->skipped = (uint32_t)((when - due) / pacing->period_ns);
}

struct pk_pacing_step pk_pacing_timer(struct pk_pacing *pacing, int64_t now_ns) {
	struct pk_pacing_step step = { 0 };
	if (pacing->in_flight && pacing->synthetic) {
		int64_t flip = grid_after(pacing, pacing->committed_ns);
		if (now_ns >= flip) {
			pacing->in_flight = false;
			step.what |= PK_PACING_FLIP;
			step.when_ns = flip;
		}
	} else if (pacing->in_flight && !pacing->overdue &&
			now_ns >= pacing->committed_ns + PK_PACING_WATCHDOG_NS) {
		pacing->overdue = true;
		step.what |= PK_PACING_WATCHDOG;
		// The slots in between are the output's fault and reported by the watchdog's own
		// counter.
		pacing->visited_ns = grid_floor(pacing, now_ns) - pacing->period_ns;
	}
	if (pacing->ticking && !pacing->lent && (!pacing->in_flight || pacing->overdue)) {
		take_slot(pacing, &step, now_ns);
	}
	if (pacing->retry_ns != 0 && now_ns >= pacing->retry_ns) {
		pacing->retry_ns = 0;
		if (pacing->ticking && !pacing->in_flight && (step.what & PK_PACING_TICK) == 0) {
			step.what |= PK_PACING_TICK;
			step.when_ns = pacing->visited_ns;
		}
	}
	if (pacing->repaint_ns != 0 && now_ns >= pacing->repaint_ns &&
			(!pacing->in_flight || pacing->overdue)) {
		pacing->repaint_ns = 0;
		step.what |= PK_PACING_REPAINT;
	}
	return step;
}

void pk_pacing_ticked(struct pk_pacing *pacing, const struct pk_pacing_step *step, bool delivered,
		bool from_flip, int64_t now_ns) {
	if (delivered) {
		pacing->delivered_ns = step->when_ns;
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

enum pk_late pk_pacing_lateness(const struct pk_pacing *pacing, int64_t when_ns,
	const struct pk_loop_times *loop, int64_t begin_ns, int64_t begin_cpu_ns, int64_t end_ns,
	bool waited) {
	if (end_ns - when_ns <= pacing->period_ns / 2) {
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
	if (loop->slept_ns > when_ns) {
		return blame(loop->slept_ns - loop->before_ns, loop->busy_cpu_ns);
	}
	return PK_LATE_SCHED;
}
