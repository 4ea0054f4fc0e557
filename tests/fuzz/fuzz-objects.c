// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Object descriptors from valid ones: each kind with other values, in the place of another kind,
 * deleted and declared again, while command buffers use them.
 */
#include "fuzz-state.h"

#define MAX_STEPS 256
#define OBJECTS 72u // about what a workload declares

enum op {
	OP_REDECLARE,
	OP_DECLARE,
	OP_DELETE,
	OP_RECORD, // and submitted at once
	OP_TELL,
	OP_MEMORY,
	OP_CONTROL,
	OP_MAX,
};

static void run(struct fuzz_state *state, struct fuzz_input *in) {
	fuzz_state_record(state, in);
	fuzz_state_submit(state, in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static void (*const ops[])(struct fuzz_state *, struct fuzz_input *) = {
		[OP_REDECLARE] = fuzz_state_redeclare,
		[OP_DECLARE] = fuzz_state_declare,
		[OP_DELETE] = fuzz_state_delete,
		[OP_RECORD] = run,
		[OP_TELL] = fuzz_state_tell,
		[OP_MEMORY] = fuzz_state_change_memory,
		[OP_CONTROL] = fuzz_state_control,
	};
	struct fuzz_input in = { .cur = data, .end = data + size };
	struct fuzz_state state;
	unsigned int submits = 0;
	fuzz_state_open(&state);
	for (unsigned int step = 0; !fuzz_done(&in) && step < MAX_STEPS; step++) {
		enum op op = (enum op)(fuzz_take(&in, 1) % OP_MAX);
		if (op == OP_RECORD && ++submits > 12) {
			break;
		}
		ops[op](&state, &in);
	}
	// What was declared is looked at at least once.
	for (unsigned int i = 0; i < FUZZ_STREAMS; i++) {
		fuzz_more_record(&state.more, i);
		state.recorded = true;
	}
	fuzz_state_close(&state);
	return 0;
}

// Objects with one memory, tasks that end, small machines: with each stream.
static size_t put_late_seed(struct fuzz_output *out, unsigned int index) {
	static const uint8_t controls[] = { 229, 237, 197, 205, 213, 221 };
	unsigned int stream = index % FUZZ_STREAMS, what = index / FUZZ_STREAMS;
	if (what >= 4 + PVG_ENC_COUNT(controls)) {
		return 0;
	}
	fuzz_put(out, OP_RECORD, 1);
	fuzz_put(out, stream, 1);
	fuzz_put(out, 0, 1);
	if (what < 4) { // a buffer over another one, a texture over another one
		fuzz_put(out, OP_DECLARE, 1);
		fuzz_put(out, 240, 1);
		fuzz_put(out, what < 2 ? 4 : 5 + stream, 1);
		fuzz_put(out, what < 2 ? stream % 4 : 6 + stream, 1);
		fuzz_put(out, what % 2, 1);
	} else {
		fuzz_put(out, OP_CONTROL, 1);
		fuzz_put(out, controls[what - 4], 1);
	}
	for (unsigned int i = 0; i < 2; i++) {
		fuzz_put(out, OP_RECORD, 1);
		fuzz_put(out, (stream + i) % FUZZ_STREAMS, 1);
		fuzz_put(out, 1, 1);
		fuzz_put(out, 8, 1);
		fuzz_put(out, 5 + stream, 1);
	}
	return out->size;
}

size_t fuzz_seed(unsigned int index, uint8_t buffer[FUZZ_MAX_INPUT]) {
	struct fuzz_output out = { .bytes = buffer };
	if (index < 3 * OBJECTS) { // one value of one object
		fuzz_put(&out, OP_REDECLARE, 1);
		fuzz_put(&out, index % 3 == 2 ? 0x80 : 0, 1);
		fuzz_put(&out, index / 3, 1);
		fuzz_put(&out, 4 * index, 1);
		fuzz_put(&out, 2, 1);
		fuzz_put(&out, index % 3 == 0 ? 25 : index % 3 == 1 ? 0 : 100, 1);
		fuzz_put(&out, OP_RECORD, 1);
		fuzz_put(&out, index % FUZZ_STREAMS, 1);
		fuzz_put(&out, 0, 1);
		return out.size;
	}
	index -= 3 * OBJECTS;
	if (index >= 32) {
		return put_late_seed(&out, index - 32);
	}
	// A sample in the place of an object.
	fuzz_put(&out, OP_DECLARE, 1);
	fuzz_put(&out, index < 24 ? index : 192 + index, 1);
	fuzz_put(&out, 2 * index, 1);
	for (unsigned int i = 0; i < 40; i++) {
		fuzz_put(&out, 0, 1);
	}
	fuzz_put(&out, OP_DELETE, 1);
	fuzz_put(&out, 5, 1);
	fuzz_put(&out, 2 * index, 1);
	return out.size;
}
