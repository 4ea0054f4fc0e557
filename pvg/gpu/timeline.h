// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What has been submitted and what is due when it completes. Embedded in struct pvg_gpu. Device
 * thread.
 */
#ifndef PVG_GPU_TIMELINE_H
#define PVG_GPU_TIMELINE_H

#include "gpu-private.h"

#include "core.h"

#define PVG_TIMELINE_SLOTS 64u // stamp slots are told apart by their low bits only

struct pvg_timeline_action {
	pvg_gpu_action run;
	void *data; // owned
};

struct pvg_timeline_actions {
	struct pvg_timeline_action *items; // owned
	size_t count, capacity;
};

struct pvg_timeline_entry {
	uint64_t serial; // due when this list has completed
	pvg_gpu_action run; // NULL: a stamp
	union {
		void *data; // owned
		struct pvg_completion stamp;
	};
};

struct pvg_timeline {
	uint64_t submitted; // serial of the last list
	int64_t busy_since_ns; // while they differ
	uint64_t completed; // up to here everything is done, actions included
	uint64_t void_up_to; // lists of a guest that is gone
	bool may_write;     // for the action that runs
	bool running;       // entries are being worked off
	bool hold;          // pvg_gpu_hold was called
	bool held;          // a packet waits for a wake-up
	uint64_t wakeups;
	// Of the list being built.
	struct pvg_timeline_actions at_commit, at_completion;
	// Ring of what is due, in order.
	struct pvg_timeline_entry *entries; // owned
	size_t head, count, capacity;       // capacity: a power of two
	uint32_t queued[PVG_TIMELINE_SLOTS]; // stamps in the ring, by slot
};

// For gpu.c. A timeline of zeros is a good one; one that follows another begins at its last serial.
void pvg_timeline_start(struct pvg_gpu *gpu, uint64_t serial);
void pvg_timeline_finish(struct pvg_gpu *gpu); // runs all actions, writes nothing
// The guest is gone: stamps are dropped, actions run when their list completes.
void pvg_timeline_reset(struct pvg_gpu *gpu);
// Asks the renderer what completed and does what is due. True: something was.
bool pvg_timeline_run(struct pvg_gpu *gpu);
// Lets the renderer dispatch when its descriptor is readable. True: it was.
bool pvg_timeline_dispatch(struct pvg_gpu *gpu);
// Is a list under way, an action due, or a packet held?
bool pvg_timeline_is_waiting(const struct pvg_gpu *gpu);

#endif
