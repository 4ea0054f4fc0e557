// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A device with one task whose command buffers and reply buffer are at known places, and a writer
 * of segments and records.
 */
#ifndef TESTS_UNIT_EXEC_RIG_H
#define TESTS_UNIT_EXEC_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "rig.h"
#include "wire/records.h"

#define CB_GVA 0x1000000u
#define CB_GPA 0x800000u
#define CB_MAPPED 0x40000u
#define REPLY_GVA 0x2000000u
#define REPLY_GPA 0x900000u
#define REPLY_REF 3
#define REPLY_BYTES 0x1000u

struct stream {
	uint8_t bytes[0x10000];
	uint32_t size, segment; // offset of the open segment
};

static inline void put16(struct stream *s, uint16_t value) {
	memcpy(s->bytes + s->size, &value, 2);
	s->size += 2;
}

static inline void put32(struct stream *s, uint32_t value) {
	memcpy(s->bytes + s->size, &value, 4);
	s->size += 4;
}

static inline void put64(struct stream *s, uint64_t value) {
	memcpy(s->bytes + s->size, &value, 8);
	s->size += 8;
}

static inline void segment_begin(struct stream *s, uint8_t type, uint8_t previous, uint8_t next) {
	s->segment = s->size;
	put32(s, 0);
	s->bytes[s->size++] = type;
	s->bytes[s->size++] = previous;
	s->bytes[s->size++] = next;
	s->bytes[s->size++] = 0xaa; // never written by a guest
}

static inline void segment_end(struct stream *s) {
	uint32_t length = s->size - s->segment;
	memcpy(s->bytes + s->segment, &length, 4);
}

// Zeros but for the header.
static inline void record(struct stream *s, uint32_t opcode, uint32_t length) {
	put32(s, opcode);
	put32(s, length);
	memset(s->bytes + s->size, 0, length - 8);
	s->size += length - 8;
}

static inline void event(struct stream *s, uint32_t opcode, uint32_t ref, uint64_t value) {
	put32(s, opcode);
	put32(s, opcode == 0x192 ? 24 : 20);
	put32(s, ref);
	put64(s, value);
	if (opcode == 0x192) {
		put32(s, 1000);
	}
}

static inline int setup(void **state) {
	struct rig *rig = rig_create(1);
	rig_define_task(rig, 1);
	rig_map(rig, 1, CB_GVA, CB_GPA, CB_MAPPED);
	rig_map(rig, 1, REPLY_GVA, REPLY_GPA, 0x2000);
	rig_map(rig, 1, 0xf00000, 0x2e0000, 0x1000);
	const uint32_t buffer[4] = { REPLY_BYTES, 0, REPLY_GVA >> 12, 0xdeadbeef };
	rig_object(rig, 1, REPLY_REF, 1, 0xf00000, buffer, sizeof(buffer));
	memset(rig->ram + REPLY_GPA, 0xcc, 0x2000);
	*state = rig;
	return 0;
}

static inline int teardown(void **state) {
	rig_destroy(*state);
	return 0;
}

static inline void exec_at(struct rig *rig, uint64_t gva, uint64_t length) {
	RIG_SEND(rig, 1, 0x37, 1, 0, 1, (uint32_t)gva, (uint32_t)(gva >> 32), (uint32_t)length,
		(uint32_t)(length >> 32));
}

static inline void exec(struct rig *rig, const struct stream *s) {
	memcpy(rig->ram + CB_GPA, s->bytes, s->size);
	exec_at(rig, CB_GVA, s->size);
}

// How often a record type was seen and refused.
static inline struct pvg_record_counter seen(struct rig *rig, const char *space, uint32_t opcode) {
	struct pvg_record_counter list[PVG_RECORDS_COUNT];
	size_t count = pvg_device_list_records(rig->device, list, PVG_RECORDS_COUNT);
	for (size_t i = 0; i < count; i++) {
		if (list[i].opcode == opcode && strcmp(list[i].space, space) == 0) {
			return list[i];
		}
	}
	return (struct pvg_record_counter){ 0 };
}

static inline uint64_t all_refusals(struct rig *rig) {
	struct pvg_counters counters = rig_counters(rig);
	uint64_t sum = 0;
	for (unsigned int i = 0; i < PVG_REFUSALS_MAX; i++) {
		sum += counters.refusals[i];
	}
	return sum;
}

#endif
