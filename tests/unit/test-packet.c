// SPDX-License-Identifier: GPL-2.0-or-later Every opcode is acknowledged, and each malformed
// payload is refused by name (spec 01 sections 4.7, 7.1).
#include "core.h"
#include "fake-parts.h"
#include "harness.h"
#include "wire/opcodes.h"

static int setup(void **state) {
	fake_parts = (struct fake_parts){ 0 };
	return harness_setup(state);
}

static const struct {
	uint16_t opcode;
	uint32_t payload_min;
} table[] = {
#define X(op, name, min, handler, heavy) { op, min },
	PVG_PACKET_OPCODES(X)
#undef X
};

static void every_number_is_acknowledged_with_any_payload(void **state) {
	static const uint32_t sizes[] = { 0, 4, 8, 12, 20, 36, 44, 64, 256 };
	struct harness *h = *state;
	uint8_t payload[256];

	attach(h);
	for (int fill = 0; fill < 3; fill++) {
		memset(payload, fill == 0 ? 0x00 : fill == 1 ? 0xff : 0x5a, sizeof(payload));
		for (uint32_t opcode = 0; opcode <= 0x45; opcode++) {
			for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
				put(h, 2, (uint16_t)opcode, payload, sizes[i]);
				run(h);
				assert_true(acked(h, 2));
			}
		}
		put(h, 2, 0xffff, payload, 0);
		run(h);
		assert_true(acked(h, 2));
		// 0x20 with id 0 has removed the kernel's task, 0x31 nothing: ids 0 and above 31
		// are refused.
		define_task(h, &h->task);
		run(h);
	}
	assert_int_equal(counters(h).resyncs, 0);
}

static void numbers_have_their_class(void **state) {
	struct harness *h = *state;
	uint64_t retired = 0, unknown = 0, packets = 0;

	attach(h);
	uint64_t retired_before = refused(h, PVG_REFUSAL_OPCODE_RETIRED);
	uint64_t unknown_before = refused(h, PVG_REFUSAL_OPCODE);
	for (uint32_t opcode = 0; opcode <= 0x50; opcode++) {
		put(h, 2, (uint16_t)opcode, NULL, 0);
		run(h);
		packets++;
		if (refused(h, PVG_REFUSAL_OPCODE_RETIRED) != retired_before + retired) {
			retired++;
		} else if (refused(h, PVG_REFUSAL_OPCODE) != unknown_before + unknown) {
			unknown++;
		}
	}
	assert_int_equal(retired, 14);
	// 0x42 and up, and what has neither a row nor a retired number.
	assert_int_equal(unknown, packets - 14 - sizeof(table) / sizeof(table[0]));
}

static void a_payload_one_byte_group_short_is_not_acted_on(void **state) {
	static const uint8_t zeros[64];
	struct harness *h = *state;
	uint64_t count = 0;

	attach(h);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].payload_min == 0) {
			continue;
		}
		uint64_t calls = fake_parts.calls[table[i].opcode];
		for (uint32_t size = 0; size < table[i].payload_min; size += 4) {
			put(h, 2, table[i].opcode, zeros, size);
			run(h);
			count++;
			assert_true(acked(h, 2));
			assert_int_equal(refused(h, PVG_REFUSAL_PAYLOAD_SHORT), count);
		}
		assert_int_equal(fake_parts.calls[table[i].opcode], calls);
	}
	assert_true(pvg_task_is_live(h->device, 0)); // a short 0x20 deleted nothing
}

static void any_opcode_is_legal_on_any_channel(void **state) {
	struct harness *h = *state;
	struct pvg_enc_task task;

	attach(h);
	assert_true(pvg_enc_task_init(&task, &h->mem, 3, 2));
	PUT(h, 4, 0x38, pvg_enc_task_word(&task), 0, 4, task.dir_pfn);
	run(h);
	assert_true(pvg_task_is_live(h->device, 3));
	PUT(h, 0, 0x37, 0, 0, 0);
	run(h);
	assert_int_equal(fake_parts.calls[0x37], 1);
}

static void counts_beyond_the_payload_are_refused(void **state) {
	static const uint16_t opcodes[] = { 0x34, 0x35, 0x3e, 0x3f };
	static const uint32_t counts[] = { 3, 0x20000000, 0x40000000, 0x80000000, 0xffffffff };
	struct harness *h = *state;
	uint64_t count = 0;

	attach(h);
	for (size_t i = 0; i < 4; i++) {
		for (size_t j = 0; j < 5; j++) {
			// Room for two entries of four bytes, or one of eight.
			PUT(h, 2, opcodes[i], 0, counts[j], 0, 0);
			run(h);
			assert_true(acked(h, 2));
			assert_int_equal(refused(h, PVG_REFUSAL_COUNT), ++count);
		}
		PUT(h, 2, opcodes[i], 0, 1, 7, 0);
		run(h);
		assert_int_equal(refused(h, PVG_REFUSAL_COUNT), count);
	}
}

static void commands_of_a_dead_task_are_refused(void **state) {
	struct harness *h = *state;

	attach(h);
	PUT(h, 2, 0x20, 9);
	PUT(h, 2, 0x22, 9, 0, 0, 0x1000, 0);
	PUT(h, 2, 0x39, 9, 0, 0, 0x1000, 0);
	PUT(h, 2, 0x25, 9, 1);
	PUT(h, 2, 0x28, 9, 0x3eb, 12, 1);
	PUT(h, 2, 0x33, 9, 1, 100);
	PUT(h, 2, 0x34, 9, 0);
	PUT(h, 2, 0x35, 9, 0);
	PUT(h, 2, 0x36, 1, 9);
	PUT(h, 2, 0x3c, 9, 1);
	PUT(h, 2, 0x3e, 9, 0);
	PUT(h, 2, 0x3f, 9, 0);
	PUT(h, 2, 0x20, 0xffffffff);
	run(h);
	assert_true(acked(h, 2));
	assert_int_equal(refused(h, PVG_REFUSAL_TASK), 13);
}

static void a_task_id_beyond_the_table_is_refused(void **state) {
	struct harness *h = *state;

	attach(h);
	PUT(h, 0, 0x38, 0xffffffff, 0, 4, 5);
	PUT(h, 0, 0x38, PVG_TASK_IDS << 1, 0, 4, 5);
	PUT(h, 0, 0x38, (PVG_TASK_IDS - 1) << 1, 0, 4, 5);
	run(h);
	assert_true(acked(h, 0));
	assert_int_equal(refused(h, PVG_REFUSAL_TASK), 2);
	assert_true(pvg_task_is_live(h->device, PVG_TASK_IDS - 1));
}

static void a_destroy_record_longer_than_its_packet_is_refused(void **state) {
	static const uint32_t lengths[] = { 0, 11, 13, 0xfffffff0, 0xffffffff };
	struct harness *h = *state;

	attach(h);
	for (size_t i = 0; i < 5; i++) {
		PUT(h, 2, 0x28, 0, 0x3eb, lengths[i], 1);
		run(h);
		assert_true(acked(h, 2));
		assert_int_equal(refused(h, PVG_REFUSAL_DELETE), i + 1);
	}
	PUT(h, 2, 0x28, 0, 0x3eb, 12, 1);
	run(h);
	assert_int_equal(refused(h, PVG_REFUSAL_DELETE), 5);
}

static void packets_are_counted_by_opcode(void **state) {
	struct harness *h = *state;

	attach(h);
	assert_int_equal(counters(h).opcodes[0x30], 4);
	assert_int_equal(counters(h).opcodes[0x38], 1);
	assert_int_equal(counters(h).packets, 6);
	assert_int_equal(counters(h).stamps, 6);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, harness_teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		T(every_number_is_acknowledged_with_any_payload),
		T(numbers_have_their_class),
		T(a_payload_one_byte_group_short_is_not_acted_on),
		T(any_opcode_is_legal_on_any_channel),
		T(counts_beyond_the_payload_are_refused),
		T(commands_of_a_dead_task_are_refused),
		T(a_task_id_beyond_the_table_is_refused),
		T(a_destroy_record_longer_than_its_packet_is_refused),
		T(packets_are_counted_by_opcode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
