// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every record of the tables in a command buffer that works otherwise, or as an object that is then
 * used: as it is, cut at each byte, all zeros, all ones, and each field with values at the edges; a
 * field that names an object also with none, a stale one and those of every other kind.
 */
#ifndef TESTS_GUEST_SCENE_HOSTILE_SWEEP_H
#define TESTS_GUEST_SCENE_HOSTILE_SWEEP_H

#include "workload.h"

struct pvg_hostile_sweep {
	struct pvg_workload *workload; // borrowed
	uint32_t record, variation; // what comes next
	uint32_t step; // only every so many variations; 1: all of them
	uint64_t done;
	bool cut; // what was done last was a record cut short: it must be refused
};

// The record that comes next; NULL: nothing does.
const struct pvg_enc_record *pvg_hostile_sweep_next(const struct pvg_hostile_sweep *sweep);
// Submits the next variation and waits for its stamp. False: drv->error says why.
bool pvg_hostile_sweep_run(struct pvg_hostile_sweep *sweep);

#endif
