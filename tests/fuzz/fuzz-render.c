// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Render, compute and blit state from valid command buffers: records of a working stream get other
 * values, lengths and order while memory and objects change under them.
 */
#include "fuzz-state.h"

#define MAX_STEPS 256

enum op {
	OP_RECORD,
	OP_FIELD,
	OP_FRAMING,
	OP_SUBMIT,
	OP_MEMORY,
	OP_DELETE,
	OP_REDECLARE,
	OP_TELL,
	OP_CONTROL,
	OP_MAX,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static void (*const ops[])(struct fuzz_state *, struct fuzz_input *) = {
		[OP_RECORD] = fuzz_state_record,
		[OP_FIELD] = fuzz_state_change_field,
		[OP_FRAMING] = fuzz_state_change_framing,
		[OP_SUBMIT] = fuzz_state_submit,
		[OP_MEMORY] = fuzz_state_change_memory,
		[OP_DELETE] = fuzz_state_delete,
		[OP_REDECLARE] = fuzz_state_redeclare,
		[OP_TELL] = fuzz_state_tell,
		[OP_CONTROL] = fuzz_state_control,
	};
	struct fuzz_input in = { .cur = data, .end = data + size };
	struct fuzz_state state;
	unsigned int records = 0, submits = 0;
	fuzz_state_open(&state);
	for (unsigned int step = 0; !fuzz_done(&in) && step < MAX_STEPS; step++) {
		enum op op = (enum op)(fuzz_take(&in, 1) % (OP_MAX + 3));
		op = op >= OP_MAX ? OP_FIELD : op; // what this is about
		// What costs most has a bound of its own.
		if ((op == OP_RECORD && ++records > 10) || (op == OP_SUBMIT && ++submits > 10)) {
			break;
		}
		ops[op](&state, &in);
	}
	fuzz_state_close(&state);
	return 0;
}

size_t fuzz_seed(unsigned int index, uint8_t buffer[FUZZ_MAX_INPUT]) {
	struct fuzz_output out = { .bytes = buffer };
	unsigned int stream = index % FUZZ_STREAMS, variant = index / FUZZ_STREAMS;
	if (variant >= 30) {
		return 0;
	}
	if (variant % 3 == 2) { // on a small machine, or in another process with the same number
		fuzz_put(&out, OP_CONTROL, 1);
		fuzz_put(&out, variant < 24 ? 197 + variant % 4 * 8 : 237, 1);
	}
	fuzz_put(&out, OP_RECORD, 1);
	fuzz_put(&out, stream, 1);
	if (variant > 0) { // a record of it, a field of that, an edge
		fuzz_put(&out, OP_FIELD, 1);
		fuzz_put(&out, variant - 1, 2);
		fuzz_put(&out, variant, 1);
		fuzz_put(&out, variant % 3 == 0 ? 25 : variant % 3 == 1 ? 0 : 170, 1);
	}
	if (variant % 4 == 3) {
		fuzz_put(&out, OP_FRAMING, 1);
		fuzz_put(&out, variant / 4, 1);
		fuzz_put(&out, 2 * variant, 2);
		fuzz_put(&out, 0x0305, 2);
	}
	if (variant % 5 == 4) {
		fuzz_put(&out, OP_DELETE, 1);
		fuzz_put(&out, variant, 1);
		fuzz_put(&out, 2 * variant, 1);
	}
	fuzz_put(&out, OP_SUBMIT, 1);
	fuzz_put(&out, 1, 1);
	fuzz_put(&out, 1, 1);
	fuzz_put(&out, 5, 1);
	fuzz_put(&out, OP_TELL, 1);
	fuzz_put(&out, variant % 9, 1);
	fuzz_put(&out, 5, 1);
	fuzz_put(&out, OP_RECORD, 1);
	fuzz_put(&out, stream, 1);
	fuzz_put(&out, OP_SUBMIT, 1);
	fuzz_put(&out, 0, 1);
	return out.size;
}
