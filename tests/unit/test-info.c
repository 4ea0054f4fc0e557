// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Device information: the table, overrides, and the reply (spec 01 section 2.6).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <pvg/log.h>

#include "rig.h"

#define REPLY_GPA 0x700000u
#define ABSENT PVG_INFO_ABSENT

// Columns "run" of spec 01 section 2.6 and "First implementation" of 02 section 7.3.
static const struct {
	uint32_t key;
	int64_t proven, strict;
} expected[] = {
	{ 1, 8, 8 },
	{ 2, 1, 1 },
	{ 3, 1024, 1024 },
	{ 4, 1024, 1024 },
	{ 5, 64, 64 },
	{ 6, 32768, 32768 },
	{ 7, 1, 1 },
	{ 8, 1, 1 },
	{ 9, 1, 1 },
	{ 10, 8, 8 },
	{ 11, 0x1f, 0x1f },
	{ 12, ABSENT, ABSENT },
	{ 13, 256, 256 },
	{ 14, 1, 0 },
	{ 15, 32, 256 },
	{ 16, 1, 1 },
	{ 17, 1, 0 },
	{ 18, 0x20007, 0x20007 },
	{ 19, 1, 0 },
	{ 20, ABSENT, ABSENT },
	{ 21, 1, 0 },
	{ 22, ABSENT, ABSENT },
	{ 23, 1, 0 },
	{ 24, 1, 0 },
	{ 25, 1, 0 },
	{ 26, 1, 1 },
	{ 27, 1, 1 },
	{ 28, 7, 6 },
	{ 29, 1024, 1024 },
	{ 30, 32768, 32768 },
	{ 31, 32768, 32768 },
	{ 32, 16, 16 },
	{ 33, 0xfff, 0x147 },
	{ 34, 8, 8 },
	{ 35, 2048, 2048 },
	{ 36, 16, 16 },
	{ 37, 1009, 1009 },
	{ 38, ABSENT, ABSENT },
	{ 39, ABSENT, ABSENT },
	{ 40, 256, 256 },
	{ 41, 7, 7 },
	{ 42, 2, 0 },
	{ 44, 0x1f, 0x1f },
};
#define EXPECTED (sizeof(expected) / sizeof(expected[0]))

static void the_table_is_the_specifications(void **state) {
	struct pvg_device_info proven, strict;
	assert_true(pvg_info_profile(&proven, "proven"));
	assert_true(pvg_info_profile(&strict, "strict"));
	assert_false(pvg_info_profile(&strict, "brave"));
	assert_true(proven.planes_by_version && strict.planes_by_version);
	assert_true(proven.heaps_by_version && strict.heaps_by_version);
	for (size_t i = 0; i < EXPECTED; i++) {
		uint32_t key = expected[i].key;
		assert_int_equal(proven.present[key], expected[i].proven != ABSENT);
		assert_int_equal(strict.present[key], expected[i].strict != ABSENT);
		if (expected[i].proven != ABSENT) {
			assert_int_equal(proven.value[key], expected[i].proven);
			assert_int_equal(strict.value[key], expected[i].strict);
		}
		const struct pvg_info_key *row = pvg_info_key(key);
		assert_non_null(row);
		assert_int_equal(row->key, key);
		assert_true(strlen(row->field) > 0 && strlen(row->why) > 0 &&
			strlen(row->spec) > 0);
	}
	assert_null(pvg_info_key(0));
	assert_null(pvg_info_key(43)); // nothing reads it
	assert_null(pvg_info_key(45));
	assert_false(proven.present[0] || proven.present[43]);
}

static void strict_promises_nothing_that_is_refused(void **state) {
	struct pvg_device_info proven, strict;
	assert_true(pvg_info_profile(&proven, "proven"));
	assert_true(pvg_info_profile(&strict, "strict"));
	unsigned int promised = 0;
	for (uint32_t key = 0; key < PVG_INFO_KEYS; key++) {
		if (strict.present[key]) {
			assert_null(pvg_info_promise(key, strict.value[key]));
		}
		if (proven.present[key] && pvg_info_promise(key, proven.value[key]) != NULL) {
			promised++;
			assert_true(proven.value[key] != strict.value[key]);
		}
	}
	assert_int_equal(promised, 10);
	assert_null(pvg_info_promise(43, 1));
}

static bool set(struct pvg_device_info *info, const char *assignment) {
	char error[128] = "";
	bool ok = pvg_info_set(info, assignment, error, sizeof(error));
	assert_int_equal(ok, error[0] == '\0');
	if (!ok) {
		assert_non_null(strstr(error, assignment));
	}
	return ok;
}

static void single_keys_are_overridden(void **state) {
	struct pvg_device_info info;
	assert_true(pvg_info_profile(&info, "strict"));
	for (size_t i = 0; i < EXPECTED; i++) {
		uint32_t key = expected[i].key;
		char text[128];
		snprintf(text, sizeof(text), "%u=%u", key, 1000 + key);
		assert_true(set(&info, text));
		assert_true(info.present[key]);
		assert_int_equal(info.value[key], 1000 + key);
		snprintf(text, sizeof(text), "%s=absent", pvg_info_key(key)->field);
		assert_true(set(&info, text));
		assert_false(info.present[key]);
	}
	assert_true(set(&info, "tileshaders=0xFFFFFFFF"));
	assert_int_equal(info.value[23], 0xffffffff);
	assert_true(set(&info, "TileShaders=4294967295"));
	assert_false(info.planes_by_version);
	assert_false(info.heaps_by_version);
	const char *wrong[] = { "", "=", "1", "1=", "=1", "43=1", "45=1", "0=1", "999999999999=1",
		"1=x", "1=0x", "1=-1", "1=4294967296", "1=1 ", "1x=1", "Tile=1", "TileShaders2=1",
		"1=99999999999999999999", "1=absentee" };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_false(set(&info, wrong[i]));
	}
}

/* ---- the reply ------------------------------------------------------------------------------- */

static void ask(struct rig *rig, uint32_t key_limit, uint32_t pairs, uint32_t pfn) {
	memset(rig->ram + REPLY_GPA, 0xff, 0x2000);
	RIG_SEND(rig, 0, 0x3a, key_limit, pairs, pfn);
}

// Pairs with each key once and below the limit, then zeros to @end, then what was there.
static unsigned int check_reply(struct rig *rig, uint32_t key_limit, uint32_t end,
	uint32_t values[PVG_INFO_KEYS]) {
	unsigned int pairs = 0;
	uint32_t at = 0;
	memset(values, 0xee, PVG_INFO_KEYS * sizeof(*values));
	for (; at < end; at += 8) {
		uint32_t key = rig_get32(rig, REPLY_GPA + at);
		if (key == 0) {
			break;
		}
		assert_true(key < key_limit && key < PVG_INFO_KEYS);
		assert_int_equal(values[key], 0xeeeeeeee);
		values[key] = rig_get32(rig, REPLY_GPA + at + 4);
		pairs++;
	}
	for (; at < end; at += 4) {
		assert_int_equal(rig_get32(rig, REPLY_GPA + at), 0);
	}
	assert_int_equal(rig_get32(rig, REPLY_GPA + end), 0xffffffff);
	return pairs;
}

static void every_key_below_the_limit_is_sent_once(void **state) {
	struct rig *rig = rig_create(1);
	uint32_t values[PVG_INFO_KEYS];
	for (uint32_t limit = 0; limit <= 50; limit++) {
		ask(rig, limit, 512, REPLY_GPA >> 12);
		unsigned int pairs = check_reply(rig, limit, 0x1000, values);
		unsigned int want = 0;
		for (size_t i = 0; i < EXPECTED; i++) {
			// 12 is computed: absent from the profile, always sent.
			bool sent = expected[i].proven != ABSENT || expected[i].key == 12;
			if (expected[i].key < limit && sent) {
				want++;
				assert_int_equal(values[expected[i].key],
					expected[i].key == 12 ? 0 : expected[i].proven);
			}
		}
		assert_int_equal(pairs, want);
	}
	rig_destroy(rig);
}

static void the_reply_ends_where_there_is_room(void **state) {
	struct rig *rig = rig_create(1);
	uint32_t values[PVG_INFO_KEYS];
	for (uint32_t pairs = 1; pairs < 60; pairs++) {
		ask(rig, 45, pairs, REPLY_GPA >> 12);
		unsigned int sent = check_reply(rig, 45, pairs * 8, values);
		assert_int_equal(sent, pairs < 39 ? pairs : 39);
	}
	ask(rig, 45, 0xffffffff, REPLY_GPA >> 12); // never past one page
	check_reply(rig, 45, 0x1000, values);
	ask(rig, 0xffffffff, 0x20000001, REPLY_GPA >> 12);
	check_reply(rig, 45, 0x1000, values);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_QUERY), 0);
	ask(rig, 45, 0, REPLY_GPA >> 12);
	assert_int_equal(rig_get32(rig, REPLY_GPA), 0xffffffff);
	ask(rig, 45, 512, 0);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_QUERY), 2);
	ask(rig, 45, 512, 0xfffff); // not RAM
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_ADDRESS), 1);
	rig_destroy(rig);
}

static void two_plane_textures_follow_the_version(void **state) {
	const struct {
		uint32_t version, planes;
	} cases[] = { { 4, 0 }, { 6, 0 }, { 30, 0 }, { 31, 1 }, { 40, 0 }, { 41, 1 }, { 43, 1 },
		{ 44, 0 }, { 60, 1 }, { 62, 1 }, { 63, 1 } };
	struct rig *rig = rig_create(1);
	uint32_t values[PVG_INFO_KEYS];
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pvg_regs_write(&rig->regs, PVG_REG_VERSION, 4, cases[i].version);
		ask(rig, 45, 512, REPLY_GPA >> 12);
		check_reply(rig, 45, 0x1000, values);
		assert_int_equal(values[12], cases[i].planes);
	}
	rig_destroy(rig);
}

static void buffers_in_heaps_and_over_surfaces_are_not_offered(void **state) {
	const struct {
		uint32_t version, heap_buffers, surface_buffers;
	} cases[] = { { 4, 1, 1 }, { 42, 1, 1 }, { 43, 0, 1 }, { 59, 0, 1 }, { 60, 0, 0 },
		{ 62, 0, 0 } };
	struct rig *rig = rig_create(1);
	uint32_t values[PVG_INFO_KEYS];
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pvg_regs_write(&rig->regs, PVG_REG_VERSION, 4, cases[i].version);
		ask(rig, 45, 512, REPLY_GPA >> 12);
		check_reply(rig, 45, 0x1000, values);
		assert_int_equal(values[14], cases[i].heap_buffers);
		assert_int_equal(values[16], 1);
		assert_int_equal(values[17], cases[i].surface_buffers);
	}
	rig_destroy(rig);
}

static void the_old_form_gets_the_oldest_keys(void **state) {
	struct rig *rig = rig_create(1);
	uint32_t values[PVG_INFO_KEYS];
	memset(rig->ram + REPLY_GPA, 0xff, 0x2000);
	RIG_SEND(rig, 0, 0x2d, 512, REPLY_GPA >> 12);
	assert_int_equal(check_reply(rig, 7, 0x1000, values), 6);
	rig_destroy(rig);
}

/* ---- what is logged -------------------------------------------------------------------------- */

static unsigned int table_lines, promise_lines;

static void count_lines(enum pvg_log_level level, const char *fmt, va_list args) {
	char line[2048];
	vsnprintf(line, sizeof(line), fmt, args);
	if (strstr(line, "device info: version") != NULL) {
		table_lines++;
		assert_non_null(strstr(line, " 23=1!"));
		assert_non_null(strstr(line, " 13=256 "));
	}
	if (strstr(line, "promises what is refused") != NULL) {
		promise_lines++;
	}
}

static void the_table_is_logged_once_for_each_attach(void **state) {
	struct rig *rig = rig_create(1);
	pvg_log_init(PVG_LOG_INFO, count_lines);
	ask(rig, 42, 512, REPLY_GPA >> 12);
	ask(rig, 42, 512, REPLY_GPA >> 12);
	assert_int_equal(table_lines, 1);
	// 14 and 17 are not heard at this VERSION; 42 is
	assert_int_equal(promise_lines, 7); // 42 is not among them: the guest does not know it
	rig_destroy(rig);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_the_specifications),
		cmocka_unit_test(strict_promises_nothing_that_is_refused),
		cmocka_unit_test(single_keys_are_overridden),
		cmocka_unit_test(every_key_below_the_limit_is_sent_once),
		cmocka_unit_test(the_reply_ends_where_there_is_room),
		cmocka_unit_test(two_plane_textures_follow_the_version),
		cmocka_unit_test(buffers_in_heaps_and_over_surfaces_are_not_offered),
		cmocka_unit_test(the_old_form_gets_the_oldest_keys),
		cmocka_unit_test(the_table_is_logged_once_for_each_attach),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
