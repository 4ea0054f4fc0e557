// SPDX-License-Identifier: GPL-2.0-or-later
#include "phase.h"

#include <string.h>

#define LEAST_LEAD_NS 2000000 // while nothing was measured
#define LOOK_EVERY 8          // pictures between two choices of the target
#define FORGIVE_AFTER 1024    // good pictures that halve what misses have added
#define MAX_BACKOFF 4
#define MAX_HOLD 32768
#define DOUBT_FADES 512 // the part of the doubt that a picture as expected takes away
#define MAX_STRIDE 4 // a guest that shows every fifth refresh or fewer is idle, not slow

static int64_t min64(int64_t a, int64_t b) {
	return a < b ? a : b;
}

static int64_t max64(int64_t a, int64_t b) {
	return a > b ? a : b;
}

static void push(struct pk_phase_window *window, int64_t ns) {
	window->ns[window->count % PK_PHASE_WINDOW] = ns;
	// Once full it stays full.
	window->count = window->count + 1 < 2 * PK_PHASE_WINDOW ? window->count + 1
								: PK_PHASE_WINDOW;
}

static unsigned int filled(const struct pk_phase_window *window) {
	return window->count < PK_PHASE_WINDOW ? window->count : PK_PHASE_WINDOW;
}

static int64_t highest(const struct pk_phase_window *window) {
	int64_t high = 0;
	for (unsigned int i = 0; i < filled(window); i++) {
		high = max64(high, window->ns[i]);
	}
	return high;
}

static int64_t median(const struct pk_phase_window *window) {
	int64_t sorted[PK_PHASE_WINDOW];
	unsigned int count = filled(window);
	for (unsigned int i = 0; i < count; i++) {
		unsigned int at = i;
		for (; at > 0 && sorted[at - 1] > window->ns[i]; at--) {
			sorted[at] = sorted[at - 1];
		}
		sorted[at] = window->ns[i];
	}
	return count > 0 ? sorted[count / 2] : 0;
}

void pk_phase_init(struct pk_phase *phase, bool adapt, int64_t fixed_ns) {
	*phase = (struct pk_phase){
		.adapt = adapt,
		.offset_ns = adapt ? 0 : fixed_ns,
		.guard_ns = PK_PHASE_GUARD_NS,
		.doubt_ns = PK_PHASE_DOUBT_NS,
		.slot_ns = INT64_MIN,
	};
}

void pk_phase_forget(struct pk_phase *phase) {
	uint64_t misses = phase->misses, strangers = phase->strangers;
	pk_phase_init(phase, phase->adapt, phase->offset_ns);
	phase->misses = misses;
	phase->strangers = strangers;
}

void pk_phase_restart(struct pk_phase *phase) {
	phase->slot_ns = INT64_MIN;
	phase->run = 0;
	if (phase->adapt) {
		phase->proven_ns = max64(phase->proven_ns, phase->offset_ns);
		phase->offset_ns = phase->target_ns = 0;
	}
}

int64_t pk_phase_offset(const struct pk_phase *phase, int64_t period_ns) {
	return min64(phase->offset_ns, period_ns - period_ns / 8);
}

int64_t pk_phase_lead(const struct pk_phase *phase, int64_t period_ns) {
	int64_t lead = phase->lead.count > 0 ? highest(&phase->lead) + phase->guard_ns
					     : LEAST_LEAD_NS;
	return min64(lead, period_ns / 2);
}

int64_t pk_phase_least_lead(const struct pk_phase *phase, int64_t period_ns) {
	// A picture with a slack of nothing is committed a guard before the vblank.
	return phase->offset_ns > 0 && phase->adapt ? phase->guard_ns
						    : pk_phase_lead(phase, period_ns);
}

static void fall_back(struct pk_phase *phase, unsigned int hold) {
	phase->proven_ns = phase->offset_ns / 2;
	phase->offset_ns = phase->target_ns = 0;
	phase->run = 0;
	phase->hold = hold << 2 * phase->backoff;
	phase->hold = phase->hold < MAX_HOLD ? phase->hold : MAX_HOLD;
	phase->backoff += phase->backoff < MAX_BACKOFF;
	phase->good = 0;
}

static void missed(struct pk_phase *phase, int64_t period_ns) {
	if (!phase->adapt || phase->offset_ns == 0) {
		return;
	}
	phase->misses++;
	phase->extra_ns = min64(phase->extra_ns + period_ns / 64, period_ns / 4);
	phase->doubt_ns = PK_PHASE_DOUBT_NS;
	fall_back(phase, 64);
}

void pk_phase_latch_missed(struct pk_phase *phase, int64_t period_ns, int64_t room_ns) {
	// With less than the guard it was to be expected, with half a refresh it had other causes.
	if (room_ns >= phase->guard_ns && room_ns < period_ns / 2) {
		phase->guard_ns = min64(phase->guard_ns + phase->guard_ns / 2, period_ns / 4);
	}
	missed(phase, period_ns);
}

// In step with the ones before? Notes where it came.
static void count_stride(struct pk_phase *phase, int64_t period_ns, int64_t slot_ns,
		bool queued) {
	int64_t slots = phase->slot_ns == INT64_MIN
		? 0
		: (slot_ns - phase->slot_ns + period_ns / 2) / period_ns;
	phase->slot_ns = slot_ns;
	if (queued || slots <= 0 || slots > MAX_STRIDE) {
		phase->run = 0;
		phase->stride = 1;
		return;
	}
	if (slots == phase->stride) {
		phase->run++;
		return;
	}
	bool late = slots > phase->stride && phase->run >= PK_PHASE_STEADY;
	phase->stride = (unsigned int)slots;
	phase->run = 0;
	if (late) {
		missed(phase, period_ns);
	}
}

// The earliest pictures come about twice @above_ns before the latest, and no earlier than promised.
static int64_t doubt_room(int64_t period_ns, int64_t above_ns) {
	int64_t left = PK_PHASE_PROMISE_NS - PK_PHASE_MARGIN_NS - above_ns / 2 - 2 * above_ns;
	return max64(0, min64(left, period_ns / 24));
}

static void choose_target(struct pk_phase *phase, int64_t period_ns) {
	int64_t high = highest(&phase->response), middle = median(&phase->response);
	if (phase->offset_ns == 0) {
		phase->base_ns = middle;
	} else if (phase->offset_ns > period_ns / 8 &&
			middle < phase->base_ns - phase->offset_ns / 2) {
		// Ticks came later, pictures did not: something else makes this guest draw.
		phase->strangers++;
		fall_back(phase, 512);
		return;
	}
	int64_t margin = PK_PHASE_MARGIN_NS + (high - middle) / 2 + phase->extra_ns +
		min64(phase->doubt_ns, doubt_room(period_ns, high - middle));
	int64_t want = period_ns - pk_phase_lead(phase, period_ns) - high - margin;
	want = min64(want, period_ns - period_ns / 8);
	if (want < period_ns / 32) {
		want = 0; // not worth any risk
	}
	if (want < phase->target_ns) {
		phase->target_ns = want;
	} else if (want > phase->target_ns + period_ns / 128 && phase->hold == 0 &&
			phase->run >= PK_PHASE_STEADY) {
		phase->target_ns = want;
	}
}

static void move(struct pk_phase *phase, int64_t period_ns) {
	int64_t up = phase->offset_ns < phase->proven_ns ? period_ns / 32 : period_ns / 256;
	if (phase->target_ns > phase->offset_ns) {
		phase->offset_ns = min64(phase->target_ns, phase->offset_ns + up);
	} else {
		phase->offset_ns = max64(phase->target_ns, phase->offset_ns - period_ns / 16);
	}
}

/*
 * How much later than all of the window a picture may come, of which a window of half a second says
 * nothing: a lot is supposed at first and whenever one did. Before it is pushed.
 */
static void doubt(struct pk_phase *phase, int64_t response_ns, int64_t lead_ns) {
	if (filled(&phase->response) < PK_PHASE_WINDOW) {
		return;
	}
	int64_t beyond = max64(0, response_ns - highest(&phase->response)) +
		max64(0, lead_ns - highest(&phase->lead));
	phase->doubt_ns -= phase->doubt_ns / DOUBT_FADES;
	phase->doubt_ns =
		min64(max64(phase->doubt_ns, beyond + beyond / 2), PK_PHASE_DOUBT_NS);
}

// Pictures at the vblank prove nothing: only those that came near the latch count.
static void forgive(struct pk_phase *phase) {
	if (phase->offset_ns == 0 || ++phase->good % FORGIVE_AFTER != 0) {
		return;
	}
	phase->proven_ns = max64(phase->proven_ns, phase->offset_ns);
	phase->extra_ns /= 2;
	phase->backoff -= phase->backoff > 0;
	phase->guard_ns -= (phase->guard_ns - PK_PHASE_GUARD_NS) / 32; // a fact about the output
}

int64_t pk_phase_frame(struct pk_phase *phase, int64_t period_ns,
		const struct pk_phase_frame *frame) {
	if (!frame->queued) {
		int64_t lead = frame->committed_ns - frame->arrived_ns;
		if (frame->tick_ns != INT64_MIN &&
			frame->arrived_ns - frame->tick_ns < 2 * period_ns) {
			doubt(phase, frame->arrived_ns - frame->tick_ns, lead);
		}
		push(&phase->lead, lead);
	}
	int64_t next_ns = frame->slot_ns + period_ns;
	int64_t slack = next_ns - pk_phase_lead(phase, period_ns) - frame->arrived_ns;
	if (!phase->adapt) {
		return slack;
	}
	count_stride(phase, period_ns, frame->slot_ns, frame->queued);
	int64_t response = frame->tick_ns == INT64_MIN ? -1 : frame->arrived_ns - frame->tick_ns;
	if (frame->queued) {
		missed(phase, period_ns);
	}
	if (frame->queued || response < 0) {
		response = period_ns; // nobody knows what made the guest draw it
	}
	if (response < 2 * period_ns) { // else the guest had stopped
		push(&phase->response, response);
		if (response > period_ns) {
			missed(phase, period_ns);
		}
	}
	phase->hold -= phase->hold > 0;
	forgive(phase);
	phase->looks++;
	if (filled(&phase->response) == PK_PHASE_WINDOW && phase->looks % LOOK_EVERY == 0) {
		choose_target(phase, period_ns);
	}
	move(phase, period_ns);
	return slack;
}
