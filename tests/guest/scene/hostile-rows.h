// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The validation rows of spec 02 section 8.2 and 03 section 13.2, one thing wrong at a time in
 * command buffers and objects that work otherwise.
 */
#ifndef TESTS_GUEST_SCENE_HOSTILE_ROWS_H
#define TESTS_GUEST_SCENE_HOSTILE_ROWS_H

#include "workload.h"

struct pvg_hostile_row {
	const char *name;
	const char *refusal; // its name in the counters; NULL: legal, or taken as something else
	// Either a field of the first record of this number in a stream gets a value…
	uint8_t stream; // enum pvg_workload_stream
	uint8_t space;  // enum pvg_enc_space
	uint16_t opcode;
	const char *field; // NULL: the record's length
	uint64_t value;    // see HOSTILE_REF
	// … or a function does what is wrong. It submits.
	void (*run)(struct pvg_workload *workload);
};

extern const struct pvg_hostile_row pvg_hostile_rows[];
extern const unsigned int pvg_hostile_row_count;

// Submits what the row says and waits for its stamp. False: drv->error says why.
bool pvg_hostile_row_run(struct pvg_workload *workload, const struct pvg_hostile_row *row);

/**
 * pvg_hostile_good_frame - after a row: what works must work
 * @shown: whether every pixel that was looked at is right
 *
 * Draws, copies the picture into a buffer and looks at it with the guest's CPU. False: not
 * acknowledged.
 */
bool pvg_hostile_good_frame(struct pvg_workload *workload, bool *shown);

#endif
