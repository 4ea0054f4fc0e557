// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each record of the command stream, made by the encoder of tests/guest, taken by the device: good,
 * cut at every length, all ones, each field all ones. A record that is refused leaves the next one
 * alone, and the packet is acknowledged whatever happens.
 */
#include "unit/exec-rig.h"

#include "enc/pipeline.h"
#include "enc/record.h"
#include "render/null/null.h"

#define UNWRITTEN 0xcb
#define MAX_RECORD 1024u

static const struct pvg_enc_table *const tables[] = {
	&pvg_enc_render_table,
	&pvg_enc_compute_table,
	&pvg_enc_blit_table,
	&pvg_enc_misc_table,
};

// The segment type that carries a space, or -1: never in a command stream.
static int segment_of(const struct pvg_enc_record *record) {
	switch (record->space) {
	case PVG_ENC_RENDER:
		return 0;
	case PVG_ENC_COMPUTE:
		return 1;
	case PVG_ENC_BLIT:
		return 2;
	case PVG_ENC_EVENT:
		return 3;
	case PVG_ENC_INFO:
		return 4;
	default:
		return -1;
	}
}

static struct pvg_enc_values samples(const struct pvg_enc_record *record, uint32_t elements) {
	struct pvg_enc_values values = { .unwritten = UNWRITTEN };
	for (unsigned int i = 0; i < PVG_ENC_MAX_ARRAYS; i++) {
		values.elements[i] = record->arrays[i].element_bytes != 0 ? elements : 0;
	}
	return values;
}

static void append(struct stream *stream, const uint8_t *bytes, uint32_t size) {
	assert_true(size <= sizeof(stream->bytes) - stream->size);
	memcpy(stream->bytes + stream->size, bytes, size);
	stream->size += size;
}

// Something good behind the record under test, told apart by its event's value.
static void append_sentinel(struct stream *stream, uint64_t value) {
	segment_begin(stream, 3, 0, 0);
	event(stream, 0x191, 99, value);
	segment_end(stream);
}

// One segment with these bytes as its record and, in the same segment, a harmless second one.
static void run_record(struct rig *rig, int segment, const uint8_t *bytes, uint32_t size) {
	static const struct {
		uint32_t opcode, length;
	} harmless[] = { { 0x85, 8 }, { 0xe3, 8 }, { 0x134, 12 }, { 0x191, 20 }, { 0x1d4, 24 } };
	static uint64_t value;
	struct stream stream = { .size = 0 };
	segment_begin(&stream, (uint8_t)segment, 0, 0);
	append(&stream, bytes, size);
	record(&stream, harmless[segment].opcode, harmless[segment].length);
	segment_end(&stream);
	append_sentinel(&stream, ++value);
	const char *space = pvg_enc_space_name((enum pvg_enc_space[]){ PVG_ENC_RENDER,
		PVG_ENC_COMPUTE, PVG_ENC_BLIT, PVG_ENC_EVENT, PVG_ENC_INFO }[segment]);
	uint64_t before = seen(rig, space, harmless[segment].opcode).seen;
	uint64_t signals = seen(rig, "event", 0x191).seen;
	exec(rig, &stream);
	assert_true(seen(rig, space, harmless[segment].opcode).seen > before);
	assert_true(seen(rig, "event", 0x191).seen > signals);
}

// A wait that nobody has satisfied is refused as a record too: that one is not about framing.
static uint64_t framing_refusals(struct rig *rig, const struct pvg_enc_record *record) {
	uint64_t sum = rig_refused(rig, PVG_REFUSAL_RECORD_LENGTH) +
		rig_refused(rig, PVG_REFUSAL_RECORD_UNKNOWN) +
		rig_refused(rig, PVG_REFUSAL_SEGMENT) + rig_refused(rig, PVG_REFUSAL_CMDBUF);
	return record->space == PVG_ENC_EVENT ? sum : sum + rig_refused(rig, PVG_REFUSAL_RECORD);
}

typedef void (*record_case)(struct rig *rig, const struct pvg_enc_record *record, int segment);

static void each_record(struct rig *rig, record_case one) {
	unsigned int count = 0;
	for (size_t i = 0; i < PVG_ENC_COUNT(tables); i++) {
		for (size_t j = 0; j < tables[i]->count; j++) {
			const struct pvg_enc_record *record = &tables[i]->records[j];
			if (segment_of(record) >= 0) {
				one(rig, record, segment_of(record));
				count++;
			}
		}
	}
	// The rows of spec 02 section 2 that are in command streams, the two forms of render 0x0c,
	// and the three numbers of spec 03.
	assert_int_equal(count, 179 + 1 + 3);
}

static void good(struct rig *rig, const struct pvg_enc_record *record, int segment) {
	uint8_t bytes[MAX_RECORD];
	for (uint32_t elements = 1; elements <= 3; elements++) {
		struct pvg_enc_values values = samples(record, elements);
		uint32_t size = pvg_enc_encode(record, &values, bytes, sizeof(bytes));
		uint64_t before = seen(rig, pvg_enc_space_name(record->space), record->opcode).seen;
		uint64_t refused = framing_refusals(rig, record);
		run_record(rig, segment, bytes, size);
		uint64_t after = seen(rig, pvg_enc_space_name(record->space), record->opcode).seen;
		if (after <= before || framing_refusals(rig, record) != refused) {
			fail_msg("%s %s with %u elements was not taken",
				pvg_enc_space_name(record->space), record->name, elements);
		}
	}
}

static void a_good_record_is_known_and_has_its_length(void **state) {
	each_record(*state, good);
}

static void cut(struct rig *rig, const struct pvg_enc_record *record, int segment) {
	uint8_t bytes[MAX_RECORD];
	struct pvg_enc_values values = samples(record, 2);
	uint32_t size = pvg_enc_encode(record, &values, bytes, sizeof(bytes));
	for (uint32_t length = 8; length < size; length += 4) {
		if (record->space == PVG_ENC_RENDER && record->opcode == 0x0c && length == 56) {
			continue; // the other form of it
		}
		uint64_t refused = rig_refused(rig, PVG_REFUSAL_RECORD_LENGTH);
		pvg_put(bytes + 4, length, 4);
		run_record(rig, segment, bytes, length);
		if (rig_refused(rig, PVG_REFUSAL_RECORD_LENGTH) != refused + 1) {
			fail_msg("%s %s of %u instead of %u bytes was not refused",
				pvg_enc_space_name(record->space), record->name, length, size);
		}
	}
}

static void a_record_cut_at_any_length_is_refused(void **state) {
	each_record(*state, cut);
}

static void all_ones(struct rig *rig, const struct pvg_enc_record *record, int segment) {
	uint8_t bytes[MAX_RECORD];
	struct pvg_enc_values values = samples(record, 1);
	uint32_t size = pvg_enc_encode(record, &values, bytes, sizeof(bytes));
	memset(bytes + 8, 0xff, size - 8);
	run_record(rig, segment, bytes, size);
}

static void a_record_of_ones_harms_nothing(void **state) {
	each_record(*state, all_ones);
}

static void fields(struct rig *rig, const struct pvg_enc_record *record, int segment) {
	static const uint64_t nasty[] = { UINT64_MAX, 0, 0x8000000080000000, 0x7fffffff7fffffff };
	uint8_t bytes[MAX_RECORD];
	for (unsigned int i = 0; i < record->field_count; i++) {
		for (size_t j = 0; j < PVG_ENC_COUNT(nasty); j++) {
			struct pvg_enc_values values = samples(record, 1);
			uint32_t size = pvg_enc_encode(record, &values, bytes, sizeof(bytes));
			pvg_put(bytes + 8 + record->fields[i].offset, nasty[j],
				pvg_enc_type_bytes(record->fields[i].type));
			run_record(rig, segment, bytes, size);
		}
	}
}

static void a_field_that_is_out_of_range_harms_nothing(void **state) {
	each_record(*state, fields);
}

// Replies go into the buffer that the guest set aside and nowhere else, whatever offset it says.
static void replies_stay_in_their_buffer(void **state) {
	struct rig *rig = *state;
	each_record(rig, all_ones);
	each_record(rig, fields);
	for (uint32_t i = REPLY_BYTES; i < 0x2000; i++) {
		assert_int_equal(rig->ram[REPLY_GPA + i], 0xcc);
	}
}

// Both tables were written from the specification by themselves; neither may have a row more.
static void decoder_and_encoder_have_the_same_rows(void **state) {
	static const enum pvg_enc_space spaces[PVG_SPACES_MAX] = {
		[PVG_SPACE_RENDER] = PVG_ENC_RENDER,
		[PVG_SPACE_COMPUTE] = PVG_ENC_COMPUTE,
		[PVG_SPACE_BLIT] = PVG_ENC_BLIT,
		[PVG_SPACE_EVENT] = PVG_ENC_EVENT,
		[PVG_SPACE_INFO] = PVG_ENC_INFO,
		[PVG_SPACE_OBJECT] = PVG_ENC_OBJECT,
		[PVG_SPACE_DESTROY] = PVG_ENC_DESTROY,
	};
	const struct pvg_enc_table *const all[] = { &pvg_enc_render_table, &pvg_enc_compute_table,
		&pvg_enc_blit_table, &pvg_enc_misc_table, &pvg_enc_object_table };
	for (size_t i = 0; i < PVG_RECORDS_COUNT; i++) {
		const struct pvg_record_info *info = &pvg_record_table[i];
		bool found = info->space == PVG_SPACE_OBJECT && info->rule == PVG_RULE_OPEN;
		for (size_t j = 0; j < PVG_ENC_COUNT(all); j++) {
			for (size_t k = 0; k < all[j]->count; k++) {
				const struct pvg_enc_record *record = &all[j]->records[k];
				found = found ||
					(record->space == spaces[info->space] &&
						record->opcode == info->opcode);
			}
		}
		if (!found) {
			fail_msg("the encoder has no %s 0x%x", pvg_record_space_name(info->space),
				info->opcode);
		}
	}
	for (size_t j = 0; j < PVG_ENC_COUNT(all); j++) {
		for (size_t k = 0; k < all[j]->count; k++) {
			const struct pvg_enc_record *record = &all[j]->records[k];
			if (record->space == PVG_ENC_SEGMENT) {
				continue;
			}
			bool found = false;
			for (unsigned int s = 0; s < PVG_SPACES_MAX; s++) {
				found = found ||
					(spaces[s] == record->space &&
						pvg_record_find(s, record->opcode) != NULL);
			}
			assert_true(found);
		}
	}
}

static void tree_objects_are_as_long_as_they_say(void **state) {
	uint8_t bytes[MAX_RECORD];
	const struct pvg_enc_render_pipeline pipeline = { .object_ref = 1,
		.vertex_function = 2,
		.colour_count = 1,
		.colours = { { 0, 80, false, 1, 0, 0, 1, 0, 0, 0xf } } };
	uint32_t size = pvg_enc_render_pipeline(&pipeline, bytes, sizeof(bytes));
	assert_true(pvg_record_length_ok(pvg_record_find(PVG_SPACE_OBJECT, 0x0e), bytes + 8, size));
	const struct pvg_enc_compute_pipeline compute = { .object_ref = 1, .function = 2 };
	size = pvg_enc_compute_pipeline(&compute, bytes, sizeof(bytes));
	assert_true(pvg_record_length_ok(pvg_record_find(PVG_SPACE_OBJECT, 0x0b), bytes + 8, size));
}

static struct pvg_renderer *null;

// The same with encoders behind the records: the null renderer checks what becomes of them.
static int setup_null(void **state) {
	int result = setup(state);
	struct rig *rig = *state;
	null = pvg_null_create(NULL);
	assert_non_null(null);
	pvg_device_set_renderer(rig->device, null);
	return result;
}

static int teardown_null(void **state) {
	(void)teardown(state);
	const struct pvg_null_stats *stats = pvg_null_stats(null);
	if (stats->errors != 0) {
		fail_msg("%s", stats->first_error);
	}
	null->ops->destroy(null);
	return 0;
}

#define CASE(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown), { \
		#function "_encoded", function, setup_null, teardown_null, NULL \
	}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decoder_and_encoder_have_the_same_rows),
		cmocka_unit_test(tree_objects_are_as_long_as_they_say),
		CASE(a_good_record_is_known_and_has_its_length),
		CASE(a_record_cut_at_any_length_is_refused),
		CASE(a_record_of_ones_harms_nothing),
		CASE(a_field_that_is_out_of_range_harms_nothing),
		CASE(replies_stay_in_their_buffer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
