// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each FIFO packet and display command, made by the encoder of tests/guest, taken by the device:
 * good, cut at every length, all ones, each field out of range. Every one is acknowledged, which
 * rig_send checks; a short one is named as that and does nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "unit/rig.h"

#include "enc/record.h"

#define MAX_PACKET 512u
#define CHANNEL 2 // any opcode is legal on any channel

static const struct pvg_enc_table *const tables[] = { &pvg_enc_packet_table,
	&pvg_enc_display_table };

/*
 * Payload bytes that a packet must have at least (spec 01 section 4.7, column P). The encoder's
 * samples are longer where a tail is optional.
 */
static uint32_t least_payload(const struct pvg_enc_record *record) {
	switch (record->opcode) {
	case 0x08:
		return 12;
	case 0x40:
		return 24;
	default:
		return record->length - 12u;
	}
}

// Payload bytes of a packet, samples in every field.
static uint32_t make(const struct pvg_enc_record *record, uint32_t elements, uint8_t *payload) {
	uint8_t packet[MAX_PACKET];
	struct pvg_enc_values values = { .unwritten = 0xcb };
	for (unsigned int i = 0; i < PVG_ENC_MAX_ARRAYS; i++) {
		values.elements[i] = record->arrays[i].element_bytes != 0 ? elements : 0;
	}
	uint32_t size = pvg_enc_packet(record, &values, 1, NULL, 0, packet, sizeof(packet));
	assert_true(size >= 12);
	memcpy(payload, packet + 12, size - 12);
	return size - 12;
}

typedef void (*packet_case)(struct rig *rig, const struct pvg_enc_record *record);

// A device of its own for each packet: many change what the next one would meet.
static void each_packet(packet_case one) {
	unsigned int count = 0;
	for (size_t i = 0; i < PVG_ENC_COUNT(tables); i++) {
		for (size_t j = 0; j < tables[i]->count; j++) {
			struct rig *rig = rig_create(1);
			struct pvg_display_desc desc;
			rig_desc(&desc);
			pvg_display_set_desc(rig->device, 0, &desc);
			rig_define_task(rig, 1);
			one(rig, &tables[i]->records[j]);
			rig_destroy(rig);
			count++;
		}
	}
	assert_int_equal(count, 24 + 9);
}

static void good(struct rig *rig, const struct pvg_enc_record *record) {
	uint8_t payload[MAX_PACKET];
	uint32_t size = make(record, 2, payload);
	rig_send(rig, CHANNEL, record->opcode, payload, size);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_PAYLOAD_SHORT), 0);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_PAYLOAD_LONG), 0);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_OPCODE), 0);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_COUNT), 0);
	assert_int_equal(rig_counters(rig).opcodes[record->opcode] > 0, 1);
}

static void a_good_packet_is_known(void **state) {
	each_packet(good);
}

static void cut(struct rig *rig, const struct pvg_enc_record *record) {
	uint8_t payload[MAX_PACKET];
	uint32_t size = make(record, 0, payload);
	for (uint32_t length = 0; length < size; length += 4) {
		uint64_t before = rig_refused(rig, PVG_REFUSAL_PAYLOAD_SHORT);
		uint64_t presented = rig->ports[0].presented;
		rig_send(rig, CHANNEL, record->opcode, payload, length);
		uint64_t after = rig_refused(rig, PVG_REFUSAL_PAYLOAD_SHORT);
		if (length < least_payload(record) && after != before + 1) {
			fail_msg("%s with %u bytes was not refused as short", record->name, length);
		}
		assert_int_equal(rig->ports[0].presented, presented);
	}
}

static void a_packet_cut_at_any_length_is_refused(void **state) {
	each_packet(cut);
}

static void counts(struct rig *rig, const struct pvg_enc_record *record) {
	static const uint32_t lies[] = { 3, 0x10000000, 0x20000000, 0x7fffffff, 0x80000000,
		0xffffffff };
	uint8_t payload[MAX_PACKET];
	uint32_t size = make(record, 2, payload);
	for (unsigned int i = 0; i < record->field_count; i++) {
		const char *name = record->fields[i].name;
		if (strstr(name, "count") == NULL || record->arrays[0].element_bytes == 0) {
			continue;
		}
		for (size_t j = 0; j < PVG_ENC_COUNT(lies); j++) {
			uint8_t changed[MAX_PACKET];
			memcpy(changed, payload, size);
			pvg_put(changed + record->fields[i].offset, lies[j], 4);
			uint64_t before = rig_refused(rig, PVG_REFUSAL_COUNT);
			rig_send(rig, CHANNEL, record->opcode, changed, size);
			if (rig_refused(rig, PVG_REFUSAL_COUNT) != before + 1) {
				fail_msg("%s: %s = 0x%x was not refused", record->name, name,
					lies[j]);
			}
		}
	}
}

static void a_count_beyond_the_payload_is_refused(void **state) {
	each_packet(counts);
}

static void all_ones(struct rig *rig, const struct pvg_enc_record *record) {
	uint8_t payload[MAX_PACKET];
	uint32_t size = make(record, 1, payload);
	memset(payload, 0xff, size);
	rig_send(rig, CHANNEL, record->opcode, payload, size);
	rig_send(rig, CHANNEL, 0x1e, NULL, 0);
}

static void a_packet_of_ones_harms_nothing(void **state) {
	each_packet(all_ones);
}

static void fields(struct rig *rig, const struct pvg_enc_record *record) {
	static const uint64_t nasty[] = { UINT64_MAX, 0, 0x8000000080000000, 0x7fffffff7fffffff };
	for (unsigned int i = 0; i < record->field_count; i++) {
		for (size_t j = 0; j < PVG_ENC_COUNT(nasty); j++) {
			uint8_t payload[MAX_PACKET];
			uint32_t size = make(record, 1, payload);
			pvg_put(payload + record->fields[i].offset, nasty[j],
				pvg_enc_type_bytes(record->fields[i].type));
			rig_send(rig, CHANNEL, record->opcode, payload, size);
		}
	}
	rig_send(rig, CHANNEL, 0x1e, NULL, 0);
}

static void a_field_that_is_out_of_range_harms_nothing(void **state) {
	each_packet(fields);
}

// A longer packet than the layout is decoded by its known prefix and said once (04 section 4.4).
static void longer(struct rig *rig, const struct pvg_enc_record *record) {
	uint8_t payload[MAX_PACKET];
	uint32_t size = make(record, 0, payload);
	memset(payload + size, 0xee, 8);
	rig_send(rig, CHANNEL, record->opcode, payload, size + 8);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_PAYLOAD_SHORT), 0);
}

static void a_longer_packet_is_taken(void **state) {
	each_packet(longer);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_packet_is_known),
		cmocka_unit_test(a_packet_cut_at_any_length_is_refused),
		cmocka_unit_test(a_count_beyond_the_payload_is_refused),
		cmocka_unit_test(a_packet_of_ones_harms_nothing),
		cmocka_unit_test(a_field_that_is_out_of_range_harms_nothing),
		cmocka_unit_test(a_longer_packet_is_taken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
