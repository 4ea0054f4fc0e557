// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How long after the vblank the guest is told, so that its next picture comes just before the
 * output latches instead of most of a refresh earlier. Pure: times come from the caller.
 *
 *   vblank        tick                      picture   latch   vblank
 *     |-- offset --|------- response ----------| slack |- lead -|
 *
 * response: from the tick to the doorbell of the picture; measured for each picture.
 * lead:     from the doorbell to the end of the commit, plus a guard for the output itself.
 * slack:    what is left. The offset is chosen so that little is.
 *
 * It is right only for a guest that draws a picture for a tick, time after time. Any other guest
 * (free running, stalling, irregular) and any picture that came too late has offset 0, at which
 * nothing is risked. The rate of the ticks never changes: only where in the refresh they come.
 */
#ifndef COMPOSITOR_PHASE_H
#define COMPOSITOR_PHASE_H

#include <stdbool.h>
#include <stdint.h>

#define PK_PHASE_WINDOW 32       // pictures that are looked at
#define PK_PHASE_STEADY 16       // pictures in step before the offset grows
#define PK_PHASE_GUARD_NS 1000000 // what an output may need between a commit and its vblank
#define PK_PHASE_MARGIN_NS 150000
#define PK_PHASE_DOUBT_NS 700000  // at most, and never more than 1/24 of a period
#define PK_PHASE_PROMISE_NS 950000 // doubt takes no picture further from the latch than this

struct pk_phase_window {
	int64_t ns[PK_PHASE_WINDOW];
	unsigned int count; // ever written
};

struct pk_phase {
	bool adapt;
	int64_t offset_ns; // in force
	int64_t target_ns; // where it goes
	int64_t proven_ns; // held up to here before: reached faster
	int64_t guard_ns;
	int64_t extra_ns;  // margin that misses have added
	int64_t doubt_ns;  // margin for pictures that come later than those of the window
	int64_t base_ns;   // response at offset 0
	struct pk_phase_window response, lead;
	int64_t slot_ns; // of the newest picture, INT64_MIN: none
	unsigned int stride; // refreshes from picture to picture
	unsigned int run;    // pictures in a row at this stride
	unsigned int hold;   // pictures until the offset may grow again
	unsigned int backoff;
	unsigned int good;   // pictures since the last miss, offset > 0
	unsigned int looks;  // pictures, for the cadence of new targets
	uint64_t misses;     // pictures that came too late for a refresh, offset > 0
	uint64_t strangers;  // times the guest turned out not to be driven by the ticks
};

// One picture.
struct pk_phase_frame {
	int64_t slot_ns;      // the vblank before its commit
	int64_t tick_ns;      // when the newest tick the guest got was due; INT64_MIN: none
	int64_t arrived_ns;   // doorbell
	int64_t committed_ns; // end of the commit
	bool queued;          // it had to wait for the flip of another
};

// @fixed_ns: the offset for ever, unless @adapt.
void pk_phase_init(struct pk_phase *phase, bool adapt, int64_t fixed_ns);
// Another output or mode: what was measured holds no more.
void pk_phase_forget(struct pk_phase *phase);
// The vblanks are elsewhere now: offset 0, but what was measured holds.
void pk_phase_restart(struct pk_phase *phase);

// The offset for a refresh of @period_ns, less than the period.
int64_t pk_phase_offset(const struct pk_phase *phase, int64_t period_ns);
// How long before a vblank a picture must be here to be shown by it.
int64_t pk_phase_lead(const struct pk_phase *phase, int64_t period_ns);

// How long before a vblank a commit without a picture goes out: after the picture that is expected.
int64_t pk_phase_least_lead(const struct pk_phase *phase, int64_t period_ns);

// Returns the slack: negative when the picture came after the latch.
int64_t pk_phase_frame(struct pk_phase *phase, int64_t period_ns,
	const struct pk_phase_frame *frame);
// A commit made @room_ns before its vblank was shown by a later one.
void pk_phase_latch_missed(struct pk_phase *phase, int64_t period_ns, int64_t room_ns);

#endif
