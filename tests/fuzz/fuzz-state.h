// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A task full of valid objects and the means to spoil them: command buffers whose records get
 * other values, descriptors that are declared again, memory that changes under the host.
 */
#ifndef TESTS_FUZZ_FUZZ_STATE_H
#define TESTS_FUZZ_FUZZ_STATE_H

#include "fuzz-gpu.h"
#include "fuzz-guest.h"
#include "fuzz-more.h"

struct fuzz_state {
	struct fuzz_machine *machine; // owned
	struct pvg_renderer *renderer;
	struct pvg_mtl mtl;
	struct pvg_workload workload;
	struct fuzz_more more;
	bool recorded; // something is in the command buffer that was not submitted
};

void fuzz_state_open(struct fuzz_state *state);
// Lets everything complete, sees that a good guest is served, and that nothing was left behind.
void fuzz_state_close(struct fuzz_state *state);

/* What inputs do: each takes what it needs from the input. */

// A valid stream behind what the command buffer already has.
void fuzz_state_record(struct fuzz_state *state, struct fuzz_input *in);
// A field of a record of the command buffer gets another value.
void fuzz_state_change_field(struct fuzz_state *state, struct fuzz_input *in);
// Lengths, order and number of records; bytes that belong to no field.
void fuzz_state_change_framing(struct fuzz_state *state, struct fuzz_input *in);
void fuzz_state_submit(struct fuzz_state *state, struct fuzz_input *in);
// An object is declared again, with other values, as something else, or under another number.
void fuzz_state_redeclare(struct fuzz_state *state, struct fuzz_input *in);
// An object of any kind, from the tables' samples.
void fuzz_state_declare(struct fuzz_state *state, struct fuzz_input *in);
void fuzz_state_delete(struct fuzz_state *state, struct fuzz_input *in);
// Packets about validity: 0x34, 0x35, 0x3c, 0x3e, 0x3f, and questions.
void fuzz_state_tell(struct fuzz_state *state, struct fuzz_input *in);
// Bytes of buffers, pages of the address space.
void fuzz_state_change_memory(struct fuzz_state *state, struct fuzz_input *in);
// The renderer waits, builds, completes, is lost; time passes.
void fuzz_state_control(struct fuzz_state *state, struct fuzz_input *in);


#endif
