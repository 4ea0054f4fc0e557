// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Command buffers and what they refer to. The guest around them is a good one, so every packet must
 * be acknowledged, whatever the streams hold. Input: a program of declarations and submissions.
 */
#include <string.h>

#include "fuzz-guest.h"

#define MAX_STEPS 64
#define BUFFER_BYTES 0x10000u
#define MAX_RESOURCES 8u
#define MAX_BUFFERS 4u
#define EXEC_OPCODE 0x37

enum op {
	OP_EXEC,
	OP_DECLARE,
	OP_CLEAR, // a slot of the object list
	OP_QUERY, // 0x3b, 0x40 and the like: answers into guest memory
	OP_MAX,
};

struct target {
	struct fuzz_machine *machine;
	uint8_t *buffer; // borrowed: guest RAM
	uint64_t gva;
};

static void send(struct fuzz_machine *machine, uint32_t channel, uint16_t opcode,
	const uint8_t *payload, size_t size) {
	fuzz_machine_put_packet(machine, channel, opcode, payload, (uint32_t)size);
	FUZZ_CHECK(pvg_drv_flush(&machine->drv, channel));
}

static void exec(struct target *target, struct fuzz_input *in) {
	uint8_t payload[PVG_DRV_PACKET_BYTES];
	struct fuzz_output out = { .bytes = payload };
	unsigned int resources = (unsigned int)fuzz_take(in, 1) % (MAX_RESOURCES + 1);
	unsigned int buffers = (unsigned int)fuzz_take(in, 1) % (MAX_BUFFERS + 1);
	fuzz_put(&out, 0, 4);
	fuzz_put(&out, resources, 4);
	fuzz_put(&out, buffers, 4);
	for (unsigned int i = 0; i < resources; i++) {
		uint32_t flags;
		fuzz_put(&out, fuzz_take(in, 1), 4);
		flags = (uint32_t)fuzz_take(in, 1);
		for (unsigned int bit = 0; bit < 4; bit++) {
			fuzz_put(&out, flags >> bit & 1, 1);
		}
		fuzz_put(&out, 0, 8);
		fuzz_put(&out, 0, 8);
	}
	uint32_t at = 0;
	for (unsigned int i = 0; i < buffers; i++) {
		size_t size, want = fuzz_take(in, 2);
		const uint8_t *bytes = fuzz_take_bytes(in, want, &size);
		if (size > BUFFER_BYTES - at) {
			size = BUFFER_BYTES - at;
		}
		memcpy(target->buffer + at, bytes, size);
		fuzz_put(&out, target->gva + at, 8);
		fuzz_put(&out, size, 8);
		at += (uint32_t)size;
	}
	send(target->machine, PVG_DRV_EXEC, EXEC_OPCODE, payload, out.size);
}

static void query(struct target *target, struct fuzz_input *in) {
	static const uint16_t opcodes[] = { 0x3b, 0x40, 0x35, 0x3e, 0x3f, 0x34, 0x3c, 0x28 };
	uint8_t payload[128] = { 0 };
	size_t size, at = 0;
	uint16_t opcode = opcodes[fuzz_take(in, 1) % 8];
	const uint8_t *bytes = fuzz_take_bytes(in, fuzz_take(in, 1) % 64, &size);
	uint32_t with_buffer = (uint32_t)fuzz_take(in, 1);
	if ((with_buffer & 1) != 0) { // task 0 and a place to answer: past the first checks
		pvg_put(payload + 4, target->gva, 8);
		at = 12;
	}
	memcpy(payload + at, bytes, size);
	send(target->machine, PVG_DRV_IMMEDIATE, opcode, payload, (at + size + 3) & ~(size_t)3);
}

static void declare(struct target *target, struct fuzz_input *in) {
	uint32_t ref = (uint32_t)fuzz_take(in, 1);
	uint8_t type = (uint8_t)fuzz_take(in, 1) % 12;
	size_t size;
	const uint8_t *bytes = fuzz_take_bytes(in, fuzz_take(in, 2) % 2048, &size);
	pvg_enc_task_declare(&target->machine->drv.kernel, ref, type, bytes, (uint32_t)size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct fuzz_input in = { .cur = data, .end = data + size };
	struct target target = { .machine = fuzz_machine_create(FUZZ_RAM_BYTES) };
	struct pvg_enc_task *task = &target.machine->drv.kernel;
	target.buffer = pvg_enc_task_alloc(task, BUFFER_BYTES, &target.gva);
	FUZZ_CHECK(target.buffer != NULL);
	for (unsigned int steps = 0; !fuzz_done(&in) && steps < MAX_STEPS; steps++) {
		switch ((enum op)(fuzz_take(&in, 1) % OP_MAX)) {
		case OP_EXEC:
			exec(&target, &in);
			break;
		case OP_DECLARE:
			declare(&target, &in);
			break;
		case OP_CLEAR:
			pvg_enc_task_set_slot(task, (uint32_t)fuzz_take(&in, 1), 0, 0, 0);
			break;
		case OP_QUERY:
			query(&target, &in);
			break;
		case OP_MAX:
			break;
		}
	}
	fuzz_machine_check_good_guest(target.machine);
	fuzz_machine_destroy(target.machine);
	return 0;
}

/* ---- seeds: every record that the encoder knows, some in a segment --------------------------- */

static bool segment_of(uint8_t space, uint8_t *type) {
	switch ((enum pvg_enc_space)space) {
	case PVG_ENC_RENDER:
		*type = 0;
		return true;
	case PVG_ENC_COMPUTE:
		*type = 1;
		return true;
	case PVG_ENC_BLIT:
		*type = 2;
		return true;
	case PVG_ENC_EVENT:
		*type = 3;
		return true;
	case PVG_ENC_INFO:
		*type = 4;
		return true;
	default:
		return false;
	}
}

static size_t put_records(struct fuzz_output *out, const struct pvg_enc_table *table, size_t from,
	size_t count) {
	uint8_t stream[16384];
	uint32_t size = 0;
	uint8_t type = 0;
	for (size_t i = from; i < table->count && i < from + count; i++) {
		const struct pvg_enc_record *record = &table->records[i];
		struct pvg_enc_values values = { .elements = { 2, 1 } };
		uint8_t bytes[4096];
		uint32_t n = pvg_enc_encode(record, &values, bytes, sizeof(bytes));
		if (!segment_of(record->space, &type) || n == 0 || size + 8 + n > sizeof(stream)) {
			continue;
		}
		// A segment each: a refusal ends its segment only.
		pvg_put(stream + size, 8 + n, 4);
		pvg_put(stream + size + 4, type, 4);
		memcpy(stream + size + 8, bytes, n);
		size += 8 + n;
	}
	fuzz_put(out, OP_EXEC, 1);
	fuzz_put(out, 1, 1); // a resource
	fuzz_put(out, 1, 1); // a command buffer
	fuzz_put(out, 9, 1);
	fuzz_put(out, 5, 1);
	fuzz_put(out, size, 2);
	fuzz_put_bytes(out, stream, size);
	return out->size;
}

static size_t put_descriptors(struct fuzz_output *out, const struct pvg_enc_table *table,
	size_t from, size_t count) {
	for (size_t i = from; i < table->count && i < from + count; i++) {
		struct pvg_enc_values values = { .elements = { 1, 1 } };
		uint8_t bytes[2048];
		uint32_t n = pvg_enc_encode(&table->records[i], &values, bytes, sizeof(bytes));
		if (n == 0) {
			continue;
		}
		fuzz_put(out, OP_DECLARE, 1);
		fuzz_put(out, 9 + i, 1);
		fuzz_put(out, table->records[i].opcode, 1);
		fuzz_put(out, n, 2);
		fuzz_put_bytes(out, bytes, n);
		fuzz_put(out, OP_QUERY, 1); // something that looks it up: invalidate, synchronise
		fuzz_put(out, 5, 1);
		fuzz_put(out, 28, 1);
		fuzz_put(out, 0, 4);
		fuzz_put(out, 1, 4);
		fuzz_put(out, 9 + i, 4);
		fuzz_put(out, 0x01010101, 4);
		fuzz_put(out, 0, 8);
		fuzz_put(out, 0, 4);
		fuzz_put(out, 0, 1);
	}
	return out->size;
}

size_t fuzz_seed(unsigned int index, uint8_t buffer[FUZZ_MAX_INPUT]) {
	static const struct {
		const struct pvg_enc_table *table;
		bool records;
	} groups[] = {
		{ &pvg_enc_render_table, true },
		{ &pvg_enc_compute_table, true },
		{ &pvg_enc_blit_table, true },
		{ &pvg_enc_misc_table, true },
		{ &pvg_enc_descriptor_table, false },
		{ &pvg_enc_object_table, false },
	};
	struct fuzz_output out = { .bytes = buffer };
	const size_t group = 16;
	for (size_t i = 0; i < PVG_ENC_COUNT(groups); i++) {
		size_t parts = (groups[i].table->count + group - 1) / group;
		if (index < parts) {
			return groups[i].records
				? put_records(&out, groups[i].table, index * group, group)
				: put_descriptors(&out, groups[i].table, index * group, group);
		}
		index -= (unsigned int)parts;
	}
	return 0;
}
