// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Command buffers: framing (spec 02 section 1), the table of records, and events.
 */
#include <stdlib.h>

#include "exec-rig.h"

/* ---- the table ------------------------------------------------------------------------------- */

static void the_table_has_every_record_of_the_specification(void **state) {
	unsigned int spaces[PVG_SPACES_MAX] = { 0 };
	for (size_t i = 0; i < PVG_RECORDS_COUNT; i++) {
		const struct pvg_record_info *info = &pvg_record_table[i];
		spaces[info->space]++;
		assert_true(info->length >= 8 && info->length % 4 == 0);
		assert_ptr_equal(pvg_record_find(info->space, info->opcode), info);
		for (size_t j = 0; j < i; j++) {
			assert_true(pvg_record_table[j].space != info->space ||
				strcmp(pvg_record_table[j].name, info->name) != 0);
		}
	}
	// 210 rows of spec 02 section 2, and render 0x0e, 0x1c and 0x1d of spec 03.
	assert_int_equal(spaces[PVG_SPACE_OBJECT], 20);
	assert_int_equal(spaces[PVG_SPACE_RENDER], 99 + 3);
	assert_int_equal(spaces[PVG_SPACE_COMPUTE], 33);
	assert_int_equal(spaces[PVG_SPACE_BLIT], 24);
	assert_int_equal(spaces[PVG_SPACE_EVENT], 3);
	assert_int_equal(spaces[PVG_SPACE_INFO], 20);
	assert_int_equal(spaces[PVG_SPACE_DESTROY], 11);
	assert_null(pvg_record_find(PVG_SPACE_RENDER, 0x1f));
	assert_null(pvg_record_find(PVG_SPACE_RENDER, 0x25));
	assert_null(pvg_record_find(PVG_SPACE_RENDER, 0xa7));
	assert_null(pvg_record_find(PVG_SPACE_RENDER, 0xc8));
	assert_null(pvg_record_find(PVG_SPACE_BLIT, 0x12b));
	assert_null(pvg_record_find(PVG_SPACE_BLIT, 0x144));
	assert_null(pvg_record_find(PVG_SPACE_EVENT, 0));
	assert_null(pvg_record_find(PVG_SPACE_INFO, UINT32_MAX));
	assert_null(pvg_record_find(PVG_SPACE_DESTROY, 0x3ec));
	// Of the encoder base class: also in blit segments.
	assert_non_null(pvg_record_find(PVG_SPACE_BLIT, 0x86));
	assert_non_null(pvg_record_find(PVG_SPACE_BLIT, 0x87));
}

// A length that a payload with element count @n has.
static uint32_t length_for(const struct pvg_record_info *info, uint32_t n) {
	bool counted = info->rule == PVG_RULE_COUNTED || info->rule == PVG_RULE_BIND;
	return info->length + (counted ? n * info->element : 0);
}

static void put_count(const struct pvg_record_info *info, uint8_t *payload, uint32_t n) {
	if (info->rule == PVG_RULE_COUNTED || info->rule == PVG_RULE_BIND) {
		memcpy(payload + info->count_at, &n, 4);
	}
}

static void each_record_has_exactly_its_length(void **state) {
	for (size_t i = 0; i < PVG_RECORDS_COUNT; i++) {
		const struct pvg_record_info *info = &pvg_record_table[i];
		for (uint32_t n = 1; n < 5; n++) {
			uint32_t right = length_for(info, n);
			uint8_t *payload = calloc(1, right);
			put_count(info, payload, n);
			for (uint32_t length = 8; length <= right + 200; length++) {
				bool expected = length == right ||
					(info->rule == PVG_RULE_EITHER && length == info->other) ||
					(info->rule == PVG_RULE_OPEN && length >= info->length);
				// A heap block of exactly the payload: reading past it is a
				// finding.
				uint8_t *exact = malloc(length - 8 + (length == 8));
				memset(exact, 0, length - 8 + (length == 8));
				size_t shorter = length < right ? length - 8 : right - 8;
				memcpy(exact, payload, shorter);
				assert_int_equal(pvg_record_length_ok(info, exact, length),
					expected);
				free(exact);
			}
			free(payload);
		}
	}
}

static void counts_do_not_overflow(void **state) {
	for (size_t i = 0; i < PVG_RECORDS_COUNT; i++) {
		const struct pvg_record_info *info = &pvg_record_table[i];
		if (info->rule != PVG_RULE_COUNTED && info->rule != PVG_RULE_BIND) {
			continue;
		}
		uint8_t payload[256];
		for (uint32_t extra = 0; extra < 64; extra += 4) {
			memset(payload, 0xff, sizeof(payload));
			assert_false(pvg_record_length_ok(info, payload, info->length + extra));
		}
		// No element: malformed for binds, a no-op for the others (spec 03 section 1.1).
		memset(payload, 0, sizeof(payload));
		assert_int_equal(pvg_record_length_ok(info, payload, info->length),
			info->rule == PVG_RULE_COUNTED);
	}
}

/* ---- each record through a real packet ------------------------------------------------------- */

static void each_record_is_named_and_acknowledged(void **state) {
	struct rig *rig = *state;
	uint64_t records = 0;
	for (size_t i = 0; i < PVG_RECORDS_COUNT; i++) {
		const struct pvg_record_info *info = &pvg_record_table[i];
		if (info->space > PVG_SPACE_INFO) {
			continue;
		}
		struct stream s = { 0 };
		segment_begin(&s, info->space, 0, 0);
		uint32_t right = length_for(info, 2);
		uint32_t at = s.size + 8;
		record(&s, info->opcode, right);
		put_count(info, s.bytes + at, 2);
		segment_end(&s);
		uint64_t lengths = rig_refused(rig, PVG_REFUSAL_RECORD_LENGTH);
		uint64_t no_renderer = rig_refused(rig, PVG_REFUSAL_RECORD_NO_RENDERER);
		exec(rig, &s);
		records++;
		const char *space = pvg_record_space_name(info->space);
		struct pvg_record_counter counter = seen(rig, space, info->opcode);
		assert_int_equal(counter.seen, 1);
		assert_string_equal(counter.name, info->name);
		bool refused = info->action > PVG_RECORD_QUERY;
		assert_int_equal(counter.refused, refused);
		assert_int_equal(rig_refused(rig, PVG_REFUSAL_RECORD_NO_RENDERER) - no_renderer,
			refused);
		assert_int_equal(rig_counters(rig).records, records);

		// One word short, and one word long.
		for (int delta = -4; delta <= 4; delta += 8) {
			if (right == 8 && delta < 0) {
				continue;
			}
			struct stream wrong = { 0 };
			segment_begin(&wrong, info->space, 0, 0);
			record(&wrong, info->opcode, right + (uint32_t)delta);
			if (right + (uint32_t)delta >= 8 + info->count_at + 4u) {
				put_count(info, wrong.bytes + at, 2);
			}
			segment_end(&wrong);
			exec(rig, &wrong);
			assert_int_equal(rig_refused(rig, PVG_REFUSAL_RECORD_LENGTH), ++lengths);
		}
		assert_int_equal(seen(rig, space, info->opcode).seen, 1);
	}
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_RECORD_UNKNOWN), 0);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_SEGMENT), 0);
	struct pvg_record_counter one;
	assert_int_equal(pvg_device_list_records(rig->device, &one, 1), records);
}

static void unknown_records_are_skipped_by_length(void **state) {
	struct rig *rig = *state;
	struct stream s = { 0 };
	for (uint8_t type = 0; type < 5; type++) {
		segment_begin(&s, type, 0, 0);
		record(&s, 0x1f, 12);
		record(&s, 0xffffffff, 8);
		segment_end(&s);
	}
	segment_begin(&s, 3, 0, 0);
	event(&s, 0x191, 7, 5);
	segment_end(&s);
	exec(rig, &s);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_RECORD_UNKNOWN), 10);
	assert_int_equal(seen(rig, "event", 0x191).seen, 1);
}

/* ---- framing --------------------------------------------------------------------------------- */

static void whole_stream(struct stream *s) {
	memset(s, 0, sizeof(*s));
	segment_begin(s, 0, 0, 0);
	record(s, 0x1a, 592);
	record(s, 0x74, 12);
	record(s, 0x01, 16);
	segment_end(s);
	segment_begin(s, 2, 0, 0);
	record(s, 0x12d, 40);
	segment_end(s);
	segment_begin(s, 3, 0, 0);
	event(s, 0x191, 7, 1);
	segment_end(s);
}

static void a_buffer_cut_at_any_byte_is_refused_whole(void **state) {
	struct rig *rig = *state;
	struct stream s;
	whole_stream(&s);
	memcpy(rig->ram + CB_GPA, s.bytes, s.size);
	uint64_t refused = 0;
	for (uint32_t length = 1; length < s.size; length++) {
		uint32_t first = 8 + 592 + 12 + 16, second = first + 8 + 40;
		uint64_t records = rig_counters(rig).records;
		exec_at(rig, CB_GVA, length);
		if (length == first || length == second) { // ends between segments: whole
			assert_true(rig_counters(rig).records > records);
			continue;
		}
		assert_int_equal(rig_refused(rig, PVG_REFUSAL_CMDBUF), ++refused);
		assert_int_equal(rig_counters(rig).records, records);
	}
}

static void a_segment_cut_at_any_byte_executes_nothing(void **state) {
	struct rig *rig = *state;
	struct stream s;
	whole_stream(&s);
	// The first segment's length says less than its records need.
	for (uint32_t length = 0; length < 8 + 592 + 12 + 16; length++) {
		memcpy(s.bytes, &length, 4);
		uint64_t before = all_refusals(rig);
		exec(rig, &s);
		bool boundary = length == 8 || length == 8 + 592 || length == 8 + 592 + 12;
		if (!boundary) {
			assert_true(all_refusals(rig) > before);
		}
	}
}

static void records_that_do_not_fit_cost_the_rest_of_their_segment(void **state) {
	struct rig *rig = *state;
	const uint32_t lengths[] = { 0, 4, 7, 17, 0x80000000, 0xffffffff };
	for (uint32_t i = 0; i < 6; i++) {
		struct stream s = { 0 };
		segment_begin(&s, 3, 0, 0);
		event(&s, 0x191, 1, i + 1);
		uint32_t at = s.size;
		record(&s, 0x191, 16);
		memcpy(s.bytes + at + 4, &lengths[i], 4);
		segment_end(&s);
		segment_begin(&s, 3, 0, 0);
		event(&s, 0x191, 2, i + 1);
		segment_end(&s);
		exec(rig, &s);
		assert_int_equal(rig_refused(rig, PVG_REFUSAL_RECORD), i + 1);
		assert_int_equal(seen(rig, "event", 0x191).seen, 2 * (i + 1));
	}
	// Fewer than 8 bytes left.
	struct stream s = { 0 };
	segment_begin(&s, 3, 0, 0);
	put32(&s, 0x191);
	segment_end(&s);
	exec(rig, &s);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_RECORD), 7);
}

static void a_length_that_is_no_multiple_of_4_costs_the_record(void **state) {
	struct rig *rig = *state;
	struct stream s = { 0 };
	segment_begin(&s, 3, 0, 0);
	record(&s, 0x191, 21);
	event(&s, 0x191, 2, 1);
	segment_end(&s);
	exec(rig, &s);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_RECORD), 1);
	assert_int_equal(seen(rig, "event", 0x191).seen, 1);
}

static void unknown_segments_are_skipped(void **state) {
	struct rig *rig = *state;
	const uint8_t types[] = { 6, 7, 0x80, 0xff };
	for (uint32_t i = 0; i < 4; i++) {
		struct stream s = { 0 };
		segment_begin(&s, types[i], 0, 0);
		put32(&s, 0x55555555);
		segment_end(&s);
		segment_begin(&s, 3, 0, 0);
		event(&s, 0x191, 2, 1);
		segment_end(&s);
		exec(rig, &s);
		assert_int_equal(rig_refused(rig, PVG_REFUSAL_SEGMENT_TYPE), i + 1);
		assert_int_equal(seen(rig, "event", 0x191).seen, i + 1);
	}
}

static void protection_envelopes_are_skipped(void **state) {
	struct rig *rig = *state;
	const uint32_t lengths[] = { 0, 8, 16, 24 };
	for (uint32_t i = 0; i < 4; i++) {
		struct stream s = { 0 };
		segment_begin(&s, 5, 0, 0);
		memcpy(s.bytes, &lengths[i], 4);
		put64(&s, 1);
		if (lengths[i] == 24) {
			put64(&s, 0);
		}
		segment_begin(&s, 3, 0, 0);
		event(&s, 0x191, 2, 1);
		segment_end(&s);
		exec(rig, &s);
		assert_int_equal(seen(rig, "event", 0x191).seen, i + 1);
	}
	assert_int_equal(all_refusals(rig), 0);
	// The value is cut off.
	struct stream s = { 0 };
	segment_begin(&s, 5, 0, 0);
	put32(&s, 1);
	exec(rig, &s);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_CMDBUF), 1);
}

static void continuations_need_an_open_encoder_of_their_type(void **state) {
	struct rig *rig = *state;
	struct stream s = { 0 };
	segment_begin(&s, 2, 0, 1); // stays open
	record(&s, 0x13c, 12);
	segment_end(&s);
	segment_begin(&s, 2, 1, 1);
	record(&s, 0x13c, 12);
	segment_end(&s);
	segment_begin(&s, 2, 1, 0); // closes
	record(&s, 0x13c, 12);
	segment_end(&s);
	exec(rig, &s);
	assert_int_equal(seen(rig, "blit", 0x13c).seen, 3);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_SEGMENT), 0);

	memset(&s, 0, sizeof(s));
	segment_begin(&s, 2, 1, 0); // nothing is open
	record(&s, 0x13c, 12);
	segment_end(&s);
	segment_begin(&s, 1, 0, 1);
	record(&s, 0xd4, 12);
	segment_end(&s);
	segment_begin(&s, 2, 1, 0); // a compute encoder is open
	record(&s, 0x13c, 12);
	segment_end(&s);
	segment_begin(&s, 1, 1, 0); // and was closed by that
	record(&s, 0xd4, 12);
	segment_end(&s);
	exec(rig, &s);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_SEGMENT), 3);
	assert_int_equal(seen(rig, "blit", 0x13c).seen, 3);
	assert_int_equal(seen(rig, "compute", 0xd4).seen, 1);
}

static void an_encoder_may_continue_in_the_next_command_buffer(void **state) {
	struct rig *rig = *state;
	struct stream s = { 0 };
	segment_begin(&s, 2, 0, 1);
	record(&s, 0x13c, 12);
	segment_end(&s);
	uint32_t first = s.size;
	segment_begin(&s, 2, 1, 0);
	record(&s, 0x13d, 12);
	segment_end(&s);
	memcpy(rig->ram + CB_GPA, s.bytes, s.size);
	RIG_SEND(rig, 1, 0x37, 1, 0, 2, CB_GVA, 0, first, 0, CB_GVA + first, 0, s.size - first, 0);
	assert_int_equal(seen(rig, "blit", 0x13d).seen, 1);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_SEGMENT), 0);
	// Not in the next packet.
	exec_at(rig, CB_GVA, first);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_SEGMENT), 1);
	exec_at(rig, CB_GVA + first, s.size - first);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_SEGMENT), 2);
}

/* ---- the packet ------------------------------------------------------------------------------ */

static void counts_beyond_the_payload_are_refused(void **state) {
	struct rig *rig = *state;
	RIG_SEND(rig, 1, 0x37, 1, 0, 0xffffffff);
	RIG_SEND(rig, 1, 0x37, 1, 0xffffffff, 0);
	RIG_SEND(rig, 1, 0x37, 1, 0xffffffff, 0xffffffff, 1, 2, 3, 4);
	RIG_SEND(rig, 1, 0x37, 1, 1, 0, 1, 2, 3, 4, 5); // 20 of 24
	RIG_SEND(rig, 1, 0x37, 1, 0, 1, 1, 2, 3); // 12 of 16
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_COUNT), 5);
	RIG_SEND(rig, 1, 0x37, 9, 0, 0);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_TASK), 1);
	RIG_SEND(rig, 1, 0x37, 1, 0, 0); // nothing to do is fine
	assert_int_equal(all_refusals(rig), 6);
}

static void command_buffers_are_bounded(void **state) {
	struct rig *rig = *state;
	exec_at(rig, CB_GVA, 0); // skipped
	assert_int_equal(all_refusals(rig), 0);
	exec_at(rig, CB_GVA, (64u << 20) + 1);
	exec_at(rig, CB_GVA, 64u << 20); // allowed, but not mapped that far
	exec_at(rig, 0x5000000, 100); // not mapped at all
	exec_at(rig, 0xfffffffffffff000, 0x2000);
	exec_at(rig, CB_GVA, 0xffffffffffffffff);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_CMDBUF), 5);
	// A bad one does not cost the next.
	struct stream s = { 0 };
	segment_begin(&s, 3, 0, 0);
	event(&s, 0x191, 2, 1);
	segment_end(&s);
	memcpy(rig->ram + CB_GPA, s.bytes, s.size);
	RIG_SEND(rig, 1, 0x37, 1, 0, 3, 0x5000000, 0, 100, 0, CB_GVA, 0, 0, 0, CB_GVA, 0, s.size,
		0);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_CMDBUF), 6);
	assert_int_equal(seen(rig, "event", 0x191).seen, 1);
}

static void a_large_command_buffer_is_walked(void **state) {
	struct rig *rig = *state;
	// 40 MiB of fence records, all in the same guest page.
	const uint64_t size = 40u << 20;
	for (uint32_t at = 0; at < 0x1000; at += 16) {
		rig_put32(rig, CB_GPA + at, 0x18);
		rig_put32(rig, CB_GPA + at + 4, 16);
	}
	for (uint64_t at = 0; at < size; at += 0x400000) {
		rig_map(rig, 1, 0x10000000 + at, CB_GPA, 0x1000);
		for (uint64_t page = 0x1000; page < 0x400000; page += 0x1000) {
			// the rest of each 4 MiB by the page table alone
			uint64_t index = (0x10000000 + at + page) >> 12;
			uint32_t node = rig->tasks[1].root_pfn;
			for (unsigned int level = 0; level < 2; level++) {
				node = rig_get32(rig,
					((uint64_t)node << 12) +
						4 * (index >> (10 * (2 - level)) & 1023));
			}
			rig_put32(rig, ((uint64_t)node << 12) + 4 * (index & 1023), CB_GPA >> 12);
		}
	}
	// The first page is another one: it has the segment's header.
	rig_map(rig, 1, 0x10000000, CB_GPA + 0x1000, 0x1000);
	memcpy(rig->ram + CB_GPA + 0x1000, rig->ram + CB_GPA, 0x1000);
	rig_put32(rig, CB_GPA + 0x1000, (uint32_t)size);
	rig_put32(rig, CB_GPA + 0x1004, 0); // render; the record after it is two words late
	for (uint32_t at = 8; at < 0x1000; at += 16) {
		rig_put32(rig, CB_GPA + 0x1000 + at, 0x85);
		rig_put32(rig, CB_GPA + 0x1000 + at + 4, at + 16 > 0x1000 ? 8 : 16);
	}
	exec_at(rig, 0x10000000, size);
	// 1M records are walked, what is above is refused by name.
	assert_true(rig_counters(rig).records > 1000000);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_RECORD), 1);
}

static void resources_are_announced_before_anything_runs(void **state) {
	struct rig *rig = *state;
	struct stream s = { 0 };
	segment_begin(&s, 3, 0, 0);
	event(&s, 0x191, 2, 1);
	segment_end(&s);
	memcpy(rig->ram + CB_GPA, s.bytes, s.size);
	// Ref 0, the reply buffer, and one that nobody has seen: none is an error.
	RIG_SEND(rig, 1, 0x37, 1, 3, 1, 0, 0x01000001, 0, 0, 0, 0, REPLY_REF, 0x00000101, 0, 0, 0,
		0, 0x1234, 0xffffffff, 1, 2, 3, 4, CB_GVA, 0, s.size, 0);
	assert_int_equal(all_refusals(rig), 0);
	assert_int_equal(seen(rig, "event", 0x191).seen, 1);
}

/*
 * The second command buffer lies in memory that the device does not have yet. What went before it
 * runs once, and the resource table is not applied again.
 */
static void a_packet_that_is_tried_again_goes_on_where_it_was(void **state) {
	struct rig *rig = *state;
	struct stream s = { 0 };
	segment_begin(&s, 3, 0, 0);
	event(&s, 0x191, 2, 1);
	segment_end(&s);
	memcpy(rig->ram + CB_GPA, s.bytes, s.size);
	memcpy(rig->ram + 0x5000000, s.bytes, s.size);
	rig_map(rig, 1, 0x3000000, 0x5000000, 0x1000);
	struct pvg_ram_span span = { 0, 0x4000000, rig->ram };
	pvg_device_set_ram(rig->device, pvg_ram_create(&span, 1, 1, NULL, NULL));
	atomic_store(&rig->page->mem_generation, 2);
	const uint32_t payload[] = { 1, 1, 2, REPLY_REF, 0x00000101, 0, 0, 0, 0, CB_GVA, 0, s.size,
		0, 0x3000000, 0, s.size, 0 };
	uint32_t signal = rig_publish(rig, 1, 0x37, payload, sizeof(payload));
	for (unsigned int i = 0; i < 5; i++) {
		rig_run(rig);
		rig_advance(rig, RIG_MS);
	}
	assert_int_equal(rig_stamp(rig, 1), signal - 1);
	assert_int_equal(seen(rig, "event", 0x191).seen, 1);
	span.size_bytes = RIG_RAM_BYTES;
	pvg_device_set_ram(rig->device, pvg_ram_create(&span, 1, 2, NULL, NULL));
	rig_run(rig);
	assert_int_equal(rig_stamp(rig, 1), signal);
	assert_int_equal(seen(rig, "event", 0x191).seen, 2);
	assert_int_equal(all_refusals(rig), 0);
	exec_at(rig, CB_GVA, s.size); // the next packet starts at its own beginning
	assert_int_equal(seen(rig, "event", 0x191).seen, 3);
}

static void a_long_packet_gives_others_their_turn(void **state) {
	struct rig *rig = *state;
	struct stream s = { 0 };
	segment_begin(&s, 3, 0, 0);
	event(&s, 0x191, 2, 1);
	segment_end(&s);
	memcpy(rig->ram + CB_GPA, s.bytes, s.size);
	uint32_t payload[3 + 4 * 20] = { 1, 0, 20 };
	for (uint32_t i = 0; i < 20; i++) {
		payload[3 + 4 * i] = CB_GVA;
		payload[3 + 4 * i + 2] = s.size;
	}
	uint32_t exec_signal = rig_publish(rig, 1, 0x37, payload, sizeof(payload));
	uint32_t other_signal = rig_publish(rig, 3, 0x1e, NULL, 0);
	rig->clock_step_ns = 2 * RIG_MS;
	(void)pvg_device_run(rig->device);
	assert_int_equal(rig_stamp(rig, 1), exec_signal - 1);
	assert_int_equal(rig_stamp(rig, 3), other_signal);
	assert_in_range(seen(rig, "event", 0x191).seen, 1, 3);
	for (unsigned int i = 0; i < 100 && rig_stamp(rig, 1) != exec_signal; i++) {
		(void)pvg_device_run(rig->device);
	}
	rig->clock_step_ns = 0;
	assert_int_equal(rig_stamp(rig, 1), exec_signal);
	assert_int_equal(seen(rig, "event", 0x191).seen, 20);
}

static void no_frame_is_shown_while_earlier_work_is_parked(void **state) {
	struct rig *rig = *state;
	struct stream s = { 0 };
	segment_begin(&s, 3, 0, 0);
	event(&s, 0x191, 2, 1);
	segment_end(&s);
	memcpy(rig->ram + 0x5000000, s.bytes, s.size);
	rig_map(rig, 1, 0x3000000, 0x5000000, 0x1000);
	rig_surface(rig, 7,
		&(struct rig_surface){ 0x1000000, 0xa00000, RIG_BGRA, 16, 16, 64, 0, 4 });
	struct pvg_ram_span span = { 0, 0x4000000, rig->ram };
	pvg_device_set_ram(rig->device, pvg_ram_create(&span, 1, 1, NULL, NULL));
	atomic_store(&rig->page->mem_generation, 2);
	const uint32_t payload[] = { 1, 0, 1, 0x3000000, 0, s.size, 0 };
	uint32_t exec_signal = rig_publish(rig, 1, 0x37, payload, sizeof(payload));
	uint32_t signal = rig_publish(rig, 5, 0x06, (const uint32_t[]){ 0, 7, 0 }, 12);
	rig_run(rig);
	rig_advance(rig, 99 * RIG_MS);
	rig_run(rig);
	assert_int_equal(rig->ports[0].presented, 0);
	assert_int_equal(rig_stamp(rig, 5), signal - 1);
	rig_advance(rig, RIG_MS); // and not for longer than 100 ms
	rig_run(rig);
	assert_int_equal(rig->ports[0].presented, 1);
	assert_int_equal(rig_stamp(rig, 5), signal);
	signal = rig_publish(rig, 5, 0x06, (const uint32_t[]){ 0, 7, 0 }, 12);
	rig_run(rig);
	assert_int_equal(rig->ports[0].presented, 1);
	span.size_bytes = RIG_RAM_BYTES;
	pvg_device_set_ram(rig->device, pvg_ram_create(&span, 1, 2, NULL, NULL));
	rig_run(rig);
	assert_int_equal(rig_stamp(rig, 1), exec_signal);
	assert_int_equal(rig->ports[0].presented, 2);
	assert_int_equal(rig_counters(rig).ports[0].image_waits, 0);
	assert_int_equal(all_refusals(rig), 0);
}

static void what_was_parked_goes_with_its_channel(void **state) {
	struct rig *rig = *state;
	rig_map(rig, 1, 0x3000000, 0x5000000, 0x1000);
	rig_surface(rig, 7,
		&(struct rig_surface){ 0x1000000, 0xa00000, RIG_BGRA, 16, 16, 64, 0, 4 });
	struct pvg_ram_span span = { 0, 0x4000000, rig->ram };
	pvg_device_set_ram(rig->device, pvg_ram_create(&span, 1, 1, NULL, NULL));
	atomic_store(&rig->page->mem_generation, 2);
	const uint32_t payload[] = { 1, 0, 1, 0x3000000, 0, 16, 0 };
	rig_publish(rig, 1, 0x37, payload, sizeof(payload));
	rig_run(rig);
	RIG_SEND(rig, 0, 0x31, 1);
	RIG_SEND(rig, 5, 0x06, 0, 7, 0);
	assert_int_equal(rig->ports[0].presented, 1);
}

static void a_host_without_history_says_so(void **state) {
	struct rig *rig = *state;
	pvg_device_disconnect(rig->device);
	assert_true(pvg_device_connect(rig->device, rig->page, 1, 1));
	rig_run(rig);
	exec_at(rig, CB_GVA, 16);
	RIG_SEND(rig, 2, 0x3b, 1, 5, 5, 6, REPLY_GVA, 0);
	RIG_SEND(rig, 2, 0x40, 1, REPLY_GVA, 0, 16, 0, 0);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_NO_HISTORY), 3);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_TASK), 0);
}

/* ---- events ---------------------------------------------------------------------------------- */

static void one_event(struct rig *rig, uint32_t opcode, uint32_t ref, uint64_t value) {
	struct stream s = { 0 };
	segment_begin(&s, 3, 0, 0);
	event(&s, opcode, ref, value);
	segment_end(&s);
	exec(rig, &s);
}

static void events_count_upwards_and_waits_never_stall(void **state) {
	struct rig *rig = *state;
	one_event(rig, 0x190, 7, 0); // 0 is always reached
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_RECORD), 0);
	one_event(rig, 0x190, 7, 1); // passed over, stamped all the same
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_RECORD), 1);
	one_event(rig, 0x191, 7, UINT64_C(1) << 40);
	one_event(rig, 0x191, 7, 5); // never down
	one_event(rig, 0x190, 7, UINT64_C(1) << 40);
	one_event(rig, 0x192, 7, 6);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_RECORD), 1);
	one_event(rig, 0x192, 7, (UINT64_C(1) << 40) + 1);
	one_event(rig, 0x190, 8, 1); // another event
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_RECORD), 3);
	one_event(rig, 0x190, 0, 1); // no event
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_RECORD), 3);
	assert_int_equal(seen(rig, "event", 0x190).refused, 2);
	assert_int_equal(seen(rig, "event", 0x192).refused, 1);
}

static void events_belong_to_their_task(void **state) {
	struct rig *rig = *state;
	rig_define_task(rig, 2);
	rig_map(rig, 2, CB_GVA, CB_GPA, 0x1000);
	one_event(rig, 0x191, 7, 5);
	struct stream s = { 0 };
	segment_begin(&s, 3, 0, 0);
	event(&s, 0x190, 7, 5);
	segment_end(&s);
	memcpy(rig->ram + CB_GPA, s.bytes, s.size);
	RIG_SEND(rig, 1, 0x37, 2, 0, 1, CB_GVA, 0, s.size, 0);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_RECORD), 1);
	exec_at(rig, CB_GVA, s.size);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_RECORD), 1);
	// They go with it.
	RIG_SEND(rig, 0, 0x20, 1);
	rig_define_task(rig, 1);
	rig_map(rig, 1, CB_GVA, CB_GPA, 0x1000);
	exec_at(rig, CB_GVA, s.size);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_RECORD), 2);
}

static void the_number_of_events_is_bounded(void **state) {
	struct rig *rig = *state;
	struct stream s = { 0 };
	for (uint32_t round = 0; round < 66; round++) {
		memset(&s, 0, sizeof(s));
		segment_begin(&s, 3, 0, 0);
		for (uint32_t i = 0; i < 1000; i++) {
			event(&s, 0x191, 1 + round * 1000 + i, 1);
		}
		segment_end(&s);
		exec(rig, &s);
	}
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_RECORD), 66000 - 65536);
	one_event(rig, 0x190, 65536, 1);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_RECORD), 66000 - 65536);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_has_every_record_of_the_specification),
		cmocka_unit_test(each_record_has_exactly_its_length),
		cmocka_unit_test(counts_do_not_overflow),
		CASE(each_record_is_named_and_acknowledged),
		CASE(unknown_records_are_skipped_by_length),
		CASE(a_buffer_cut_at_any_byte_is_refused_whole),
		CASE(a_segment_cut_at_any_byte_executes_nothing),
		CASE(records_that_do_not_fit_cost_the_rest_of_their_segment),
		CASE(a_length_that_is_no_multiple_of_4_costs_the_record),
		CASE(unknown_segments_are_skipped),
		CASE(protection_envelopes_are_skipped),
		CASE(continuations_need_an_open_encoder_of_their_type),
		CASE(an_encoder_may_continue_in_the_next_command_buffer),
		CASE(counts_beyond_the_payload_are_refused),
		CASE(command_buffers_are_bounded),
		CASE(a_large_command_buffer_is_walked),
		CASE(resources_are_announced_before_anything_runs),
		CASE(a_packet_that_is_tried_again_goes_on_where_it_was),
		CASE(a_long_packet_gives_others_their_turn),
		CASE(no_frame_is_shown_while_earlier_work_is_parked),
		CASE(what_was_parked_goes_with_its_channel),
		CASE(a_host_without_history_says_so),
		CASE(events_count_upwards_and_waits_never_stall),
		CASE(events_belong_to_their_task),
		CASE(the_number_of_events_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
