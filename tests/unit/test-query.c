// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Questions that want an answer: those that travel in segments, and packets 0x3b and 0x40 (spec 02
 * section 5).
 */
#include "exec-rig.h"

/* ---- queries in segments --------------------------------------------------------------------- */

static uint32_t reply32(struct rig *rig, uint32_t offset) {
	return rig_get32(rig, REPLY_GPA + offset);
}

#define STATE_REF 11u
#define TEXTURE_REF 12u
#define NOTHING 77u

static int setup_objects(void **state) {
	assert_int_equal(setup(state), 0);
	struct rig *rig = *state;
	const uint32_t sampler[9] = { 0x03, 36, STATE_REF };
	const uint32_t view[5] = { 0x07, 20, TEXTURE_REF };
	rig_object(rig, 1, STATE_REF, 7, 0xf00100, sampler, sizeof(sampler));
	rig_object(rig, 1, TEXTURE_REF, 8, 0xf00200, view, sizeof(view));
	return 0;
}

// An object that a question may be about.
static uint32_t object_of(uint32_t opcode) {
	return opcode == 0x1ce ? TEXTURE_REF : opcode == 0x1cd ? REPLY_REF : STATE_REF;
}

// Asks about @object; @before are payload bytes in front of {reply buffer, offset}, @after behind.
static void ask_about(struct rig *rig, uint32_t object, uint32_t opcode, uint32_t before,
	uint32_t after, uint32_t ref, uint64_t offset) {
	struct stream s = { 0 };
	segment_begin(&s, opcode == 0xa4 ? 0 : 4, 0, 0);
	put32(&s, opcode);
	put32(&s, 8 + before + 12 + after);
	memcpy(s.bytes + s.size, &object, before < 4 ? before : 4);
	s.size += before;
	put32(&s, ref);
	put64(&s, offset);
	if (opcode == 0x1c4) {
		put32(&s, 24); // one layer
		after -= 4;
	}
	if (opcode == 0x1c8) {
		put64(&s, 0);
		put32(&s, 2);
		after -= 12;
	}
	s.size += after;
	segment_end(&s);
	exec(rig, &s);
}

static void ask(struct rig *rig, uint32_t opcode, uint32_t before, uint32_t after, uint32_t ref,
	uint64_t offset) {
	ask_about(rig, object_of(opcode), opcode, before, after, ref, offset);
}

static void queries_write_their_size_and_no_more(void **state) {
	struct rig *rig = *state;
	const struct {
		uint32_t opcode, before, after, bytes;
	} cases[] = {
		{ 0x1c2, 4, 0, 28 },
		{ 0x1c9, 4, 0, 12 },
		{ 0x1c4, 4, 8, 24 },
		{ 0x1c6, 4, 12, 8 },
		{ 0x1c7, 4, 12, 8 },
		{ 0x1c8, 4, 16 + 16, 16 },
		{ 0x1ca, 28, 0, 4 },
		{ 0x1cb, 28, 0, 4 },
		{ 0x1cc, 8, 0, 8 },
		{ 0x1cd, 4, 0, 8 },
		{ 0x1ce, 4, 0, 16 },
		{ 0x1cf, 4, 0, 8 },
		{ 0x1d0, 4, 0, 16 },
		{ 0x1d1, 4, 0, 16 },
		{ 0x1d2, 4, 0, 16 },
		{ 0x1d3, 4, 0, 16 },
		{ 0x1d4, 4, 0, 16 },
		{ 0xa4, 0, 0, 4 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t bytes = cases[i].bytes;
		memset(rig->ram + REPLY_GPA, 0xcc, 0x2000);
		ask(rig, cases[i].opcode, cases[i].before, cases[i].after, REPLY_REF, 0x40);
		assert_int_equal(rig->ram[REPLY_GPA + 0x3f], 0xcc);
		for (uint32_t at = 0x40; at < 0x40 + bytes; at++) {
			if (cases[i].opcode > 0x1c9 ||
				(cases[i].opcode > 0x1c3 && cases[i].opcode < 0x1c9)) {
				// An identifier that is not that of nothing.
				bool id = cases[i].opcode == 0x1cc && at == 0x40;
				assert_int_equal(rig->ram[REPLY_GPA + at], id ? STATE_REF : 0);
			}
		}
		assert_int_not_equal(rig->ram[REPLY_GPA + 0x40 + bytes - 1], 0xcc);
		assert_int_equal(rig->ram[REPLY_GPA + 0x40 + bytes], 0xcc);
		assert_int_equal(rig_refused(rig, PVG_REFUSAL_QUERY), 0);
		// At the very end of the buffer, and one byte past it.
		ask(rig, cases[i].opcode, cases[i].before, cases[i].after, REPLY_REF,
			REPLY_BYTES - bytes);
		assert_int_not_equal(rig->ram[REPLY_GPA + REPLY_BYTES - 1], 0xcc);
		assert_int_equal(rig->ram[REPLY_GPA + REPLY_BYTES], 0xcc);
	}
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_QUERY), 0);
}

static void replies_never_leave_their_buffer(void **state) {
	struct rig *rig = *state;
	memset(rig->ram + REPLY_GPA, 0xcc, 0x2000);
	const uint64_t offsets[] = { REPLY_BYTES - 27, REPLY_BYTES, 0x1800, 0xffffffff,
		0xffffffffffffffff, 0xfffffffffffffff0, UINT64_C(1) << 63 };
	for (uint32_t i = 0; i < 7; i++) {
		ask(rig, 0x1c2, 4, 0, REPLY_REF, offsets[i]);
		assert_int_equal(rig_refused(rig, PVG_REFUSAL_QUERY), i + 1);
	}
	ask(rig, 0x1c2, 4, 0, 99, 0); // no such buffer
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_QUERY), 8);
	// Replies of unknown size: only where there is room, and no fault otherwise.
	ask(rig, 0x1d3, 4, 0, REPLY_REF, REPLY_BYTES - 15);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_QUERY), 8);
	for (uint32_t at = 0; at < 0x2000; at++) {
		assert_int_equal(rig->ram[REPLY_GPA + at], 0xcc);
	}
	// The size of a tile is a record of render encoders, and stays in its buffer too.
	ask(rig, 0xa4, 0, 0, REPLY_REF, REPLY_BYTES - 3);
	ask(rig, 0xa4, 0, 0, 99, 0);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_QUERY), 10);
	assert_int_equal(rig->ram[REPLY_GPA + REPLY_BYTES - 3], 0xcc);
	// A buffer that is larger than what is mapped.
	rig_unmap(rig, 1, REPLY_GVA, 0x1000);
	ask(rig, 0x1c2, 4, 0, REPLY_REF, 0);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_QUERY), 11);
}

// What the guest reads in any case is written in any case; that its object is missing is said.
static void questions_about_nothing_are_answered_and_counted(void **state) {
	struct rig *rig = *state;
	static const struct {
		uint32_t opcode, before;
	} cases[] = { { 0x1c2, 4 }, { 0x1c9, 4 }, { 0x1ca, 28 }, { 0x1cb, 28 }, { 0x1cc, 8 },
		{ 0x1cd, 4 }, { 0x1ce, 4 }, { 0x1d0, 4 }, { 0x1d1, 4 }, { 0x1d2, 4 }, { 0x1d3, 4 },
		{ 0x1d4, 4 } };
	uint32_t wrong = 0;
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t opcode = cases[i].opcode;
		memset(rig->ram + REPLY_GPA, 0xcc, 0x1000);
		ask_about(rig, NOTHING, opcode, cases[i].before, 0, REPLY_REF, 0);
		assert_int_equal(rig_refused(rig, PVG_REFUSAL_QUERY), i + 1);
		assert_int_not_equal(reply32(rig, 0), 0xcccccccc);
		if (opcode == 0x1c2) {
			assert_int_equal(reply32(rig, 8), 32); // guests divide by it
		}
		// Something else than what the question is about.
		ask_about(rig, opcode == 0x1cd ? STATE_REF : REPLY_REF, opcode, cases[i].before, 0,
			REPLY_REF, 0);
		wrong += opcode != 0x1cc; // which asks about anything
		assert_int_equal(rig_refused(rig, PVG_REFUSAL_OBJECT_TYPE), wrong);
		assert_int_equal(rig_refused(rig, PVG_REFUSAL_QUERY), i + 1);
		assert_int_not_equal(reply32(rig, 0), 0xcccccccc);
	}
}

static void pipeline_queries_never_say_zero(void **state) {
	struct rig *rig = *state;
	ask(rig, 0x1c2, 4, 0, REPLY_REF, 0);
	assert_int_equal(reply32(rig, 0), 1024);
	assert_int_equal(reply32(rig, 4), 0);
	assert_int_equal(reply32(rig, 8), 32);
	assert_int_equal(reply32(rig, 12), 0);
	assert_int_equal(reply32(rig, 16), 0);
	ask(rig, 0x1c9, 4, 0, REPLY_REF, 0x100);
	assert_int_equal(reply32(rig, 0x100), 1024);
	ask(rig, 0xa4, 0, 0, REPLY_REF, 0x200);
	assert_int_equal(reply32(rig, 0x200), 32 | 32 << 16);
}

static void narrow_block(struct stream *s, uint32_t type, uint32_t format, uint32_t width,
	uint32_t height, uint32_t depth, uint16_t levels, uint16_t samples, uint16_t layers) {
	put32(s, type | 0x40 | 1 << 8 | format << 16);
	put32(s, width);
	put32(s, height);
	put32(s, depth);
	put16(s, levels);
	put16(s, samples);
	put16(s, layers);
	put16(s, 0x20);
	put64(s, 0);
}

static void wide_block(struct stream *s, uint32_t type, uint32_t format, uint32_t width,
	uint32_t height, uint32_t depth, uint16_t levels, uint16_t samples, uint16_t layers) {
	s->bytes[s->size++] = (uint8_t)(type | 0x40);
	put16(s, (uint16_t)format);
	put32(s, 1);
	put32(s, width);
	put32(s, height);
	put32(s, depth);
	put16(s, levels);
	put16(s, samples);
	put16(s, layers);
	put16(s, 0x20);
	put64(s, 0);
	const uint8_t swizzle[5] = { 2, 3, 4, 5, 0xee };
	memcpy(s->bytes + s->size, swizzle, 5);
	s->size += 5;
}

struct texture {
	uint32_t type, format, width, height, depth;
	uint16_t levels, samples, layers;
	uint64_t size, align;
};

static const struct texture textures[] = {
	{ 2, 80, 64, 64, 1, 1, 1, 1, 64 * 64 * 4, 256 },
	{ 2, 80, 1, 1, 1, 1, 1, 1, 256, 256 },
	{ 2, 125, 180, 135, 1, 1, 1, 1, 389120, 4096 }, // the live example: 2880 * 135 = 388800
	{ 2, 80, 256, 256, 1, 9, 1, 1, 352256, 4096 },
	{ 5, 80, 64, 64, 1, 1, 1, 1, 6 * 64 * 64 * 4, 4096 },
	{ 7, 80, 64, 64, 4, 1, 1, 1, 64 * 64 * 4 * 4, 4096 },
	{ 4, 80, 64, 64, 1, 1, 4, 1, 65536, 65536 },
	{ 2, 130, 64, 64, 1, 1, 1, 1, 2048, 256 }, // BC1: 16 blocks of 8 bytes a row
	{ 2, 204, 65, 65, 1, 1, 1, 1, 17 * 320, 256 }, // ASTC 4x4: 17 blocks of 16, padded to 320
	// Larger than any heap:
	{ 2, 9999, 64, 64, 1, 1, 1, 1, UINT64_C(1) << 40, 65536 },
	{ 2, 80, 0, 64, 1, 1, 1, 1, UINT64_C(1) << 40, 65536 },
	{ 2, 80, 0xffffffff, 0xffffffff, 1, 1, 1, 1, UINT64_C(1) << 40, 65536 },
	{ 2, 80, 64, 64, 1, 8, 1, 1, UINT64_C(1) << 40, 65536 }, // 7 levels at most
	{ 2, 80, 64, 64, 1, 1, 3, 1, UINT64_C(1) << 40, 65536 },
	{ 15, 80, 64, 64, 1, 1, 1, 1, UINT64_C(1) << 40, 65536 },
};

static uint64_t rounded(const struct texture *t) {
	return (t->size + t->align - 1) & ~(t->align - 1);
}

static void heap_texture_records_are_answered(void **state) {
	struct rig *rig = *state;
	for (size_t i = 0; i < sizeof(textures) / sizeof(textures[0]); i++) {
		const struct texture *t = &textures[i];
		struct stream s = { 0 };
		segment_begin(&s, 4, 0, 0);
		put32(&s, 0x1c3);
		put32(&s, 52);
		narrow_block(&s, t->type, t->format, t->width, t->height, t->depth, t->levels,
			t->samples, t->layers);
		put32(&s, REPLY_REF);
		put64(&s, 0);
		put32(&s, 0x1d5);
		put32(&s, 60);
		wide_block(&s, t->type, t->format, t->width, t->height, t->depth, t->levels,
			t->samples, t->layers);
		put32(&s, REPLY_REF);
		put64(&s, 16);
		segment_end(&s);
		exec(rig, &s);
		for (uint32_t at = 0; at < 32; at += 16) {
			assert_int_equal(reply32(rig, at) | (uint64_t)reply32(rig, at + 4) << 32,
				rounded(t));
			assert_int_equal(reply32(rig, at + 8), t->align);
		}
	}
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_RECORD_LENGTH), 0);
}

static void send_heap_query(struct rig *rig, const struct texture *t, uint64_t gva, uint64_t length,
	uint32_t record_length) {
	struct stream s = { 0 };
	put32(&s, 1);
	put64(&s, gva);
	put64(&s, length);
	put32(&s, record_length);
	put32(&s, 0x16);
	put32(&s, 40);
	narrow_block(&s, t->type, t->format, t->width, t->height, t->depth, t->levels, t->samples,
		t->layers);
	rig_send(rig, 2, 0x40, s.bytes, s.size);
}

static void heap_texture_packets_are_answered(void **state) {
	struct rig *rig = *state;
	for (size_t i = 0; i < sizeof(textures) / sizeof(textures[0]); i++) {
		const struct texture *t = &textures[i];
		send_heap_query(rig, t, REPLY_GVA, 16, 40);
		assert_int_equal(reply32(rig, 0) | (uint64_t)reply32(rig, 4) << 32, rounded(t));
		assert_int_equal(reply32(rig, 8), t->align);
		assert_int_equal(reply32(rig, 16), 0xcccccccc);
	}
	uint64_t refused = rig_refused(rig, PVG_REFUSAL_QUERY);
	memset(rig->ram + REPLY_GPA, 0xcc, 0x1000);
	send_heap_query(rig, &textures[0], REPLY_GVA, 15, 40);
	assert_int_equal(reply32(rig, 0), 0xcccccccc);
	send_heap_query(rig, &textures[0], 0x5000000, 16, 40); // not mapped
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_QUERY), refused + 2);
	// A record that is none is answered as larger than any heap: never nothing.
	send_heap_query(rig, &textures[0], REPLY_GVA, 16, 44);
	assert_int_equal(reply32(rig, 4), 1 << 8);
	RIG_SEND(rig, 2, 0x40, 1, REPLY_GVA, 0, 16, 0, 0);
	assert_int_equal(reply32(rig, 4), 1 << 8);
	RIG_SEND(rig, 2, 0x40, 9, REPLY_GVA, 0, 16, 0, 0); // no such task
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_TASK), 1);
}

static void compute_info_is_answered_and_ended(void **state) {
	struct rig *rig = *state;
	const uint32_t pipeline = 5;
	RIG_SEND(rig, 2, 0x3b, 1, pipeline, 5, 6, REPLY_GVA, 0);
	const uint32_t whole[] = { 1, 1024, 3, 32, 4, 0, 0, 0, 0xcccccccc };
	for (uint32_t i = 0; i < 9; i++) {
		assert_int_equal(reply32(rig, 4 * i), whole[i]);
	}
	// Keys at the limit are not sent; nothing is written behind the room.
	memset(rig->ram + REPLY_GPA, 0xcc, 0x1000);
	RIG_SEND(rig, 2, 0x3b, 1, pipeline, 3, 6, REPLY_GVA, 0);
	const uint32_t below3[] = { 1, 1024, 0, 0, 0xcccccccc };
	for (uint32_t i = 0; i < 5; i++) {
		assert_int_equal(reply32(rig, 4 * i), below3[i]);
	}
	memset(rig->ram + REPLY_GPA, 0xcc, 0x1000);
	RIG_SEND(rig, 2, 0x3b, 1, pipeline, 5, 1, REPLY_GVA, 0);
	assert_int_equal(reply32(rig, 0), 1);
	assert_int_equal(reply32(rig, 8), 0xcccccccc);
	memset(rig->ram + REPLY_GPA, 0xcc, 0x1000);
	RIG_SEND(rig, 2, 0x3b, 1, pipeline, 0, 6, REPLY_GVA, 0);
	assert_int_equal(reply32(rig, 0), 0); // at least the end
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_QUERY), 0);
	RIG_SEND(rig, 2, 0x3b, 1, pipeline, 5, 0, REPLY_GVA, 0);
	RIG_SEND(rig, 2, 0x3b, 1, pipeline, 5, 6, 0x5000000, 0);
	RIG_SEND(rig, 2, 0x3b, 1, pipeline, 5, 6, 0xffffffff, 0xffffffff);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_QUERY) +
			rig_refused(rig, PVG_REFUSAL_ADDRESS),
		3);
	RIG_SEND(rig, 2, 0x3b, 9, pipeline, 5, 6, REPLY_GVA, 0);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_TASK), 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup_objects, teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		CASE(queries_write_their_size_and_no_more),
		CASE(replies_never_leave_their_buffer),
		CASE(questions_about_nothing_are_answered_and_counted),
		CASE(pipeline_queries_never_say_zero),
		CASE(heap_texture_records_are_answered),
		CASE(heap_texture_packets_are_answered),
		CASE(compute_info_is_answered_and_ended),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
