// SPDX-License-Identifier: GPL-2.0-or-later
// One function out of a Metal library of several, as the guest sends it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mtl/mtl.h"

#define LIST 88u
#define BITCODE_BYTES 900u

static uint8_t library[2048];

static size_t put_tag(uint8_t *at, const char *tag, const void *data, size_t length) {
	memcpy(at, tag, 4);
	pvg_put(at + 4, length, 2);
	memcpy(at + 6, data, length);
	return 6 + length;
}

// A group with a name and the place of its code; its length.
static size_t put_group(uint8_t *at, const char *name, uint64_t code) {
	uint8_t offsets[24] = { 0 };
	size_t length = 4;
	pvg_put(offsets + 16, code, 8);
	length += put_tag(at + length, "NAME", name, strlen(name) + 1);
	length += put_tag(at + length, "TYPE", "\1", 1);
	length += put_tag(at + length, "OFFT", offsets, sizeof(offsets));
	memcpy(at + length, "ENDT", 4);
	length += 4;
	pvg_put(at, length, 4);
	return length;
}

static int make(void **state) {
	static const struct {
		const char *name;
		uint64_t code;
	} functions[] = { { "first", 0 }, { "a_longer_second", 600 }, { "third", 200 } };
	memset(library, 0, sizeof(library));
	memcpy(library, "MTLB", 4);
	pvg_put(library + 24, LIST, 8);
	pvg_put(library + 80, BITCODE_BYTES, 8);
	pvg_put(library + LIST, 3, 4);
	size_t at = LIST + 4;
	for (size_t i = 0; i < 3; i++) {
		at += put_group(library + at, functions[i].name, functions[i].code);
	}
	return 0;
}

static uint64_t first_code(void) {
	uint64_t group = pvg_get(library + LIST + 4, 4);
	return pvg_get(library + LIST + 4 + group - 4 - 8, 8);
}

static void the_one_of_that_name_is_left(void **state) {
	static const struct {
		const char *name;
		uint64_t code, end;
	} cases[] = { { "first", 0, 200 }, { "a_longer_second", 600, BITCODE_BYTES },
		{ "third", 200, 600 } };
	for (size_t i = 0; i < 3; i++) {
		make(NULL);
		assert_true(pvg_mtl_pick(library, sizeof(library), cases[i].name));
		assert_int_equal(pvg_get(library + LIST, 4), 1);
		assert_string_equal((const char *)library + LIST + 14, cases[i].name);
		assert_int_equal(first_code(), cases[i].code);
		// Its code ends where the next one's begins.
		assert_int_equal(pvg_get(library + 80, 8), cases[i].end);
	}
}

static void other_names_are_not_there(void **state) {
	static const char *const names[] = { "", "fir", "firsts", "second", "third " };
	for (size_t i = 0; i < PVG_ENC_COUNT(names); i++) {
		assert_false(pvg_mtl_pick(library, sizeof(library), names[i]));
		assert_int_equal(pvg_get(library + LIST, 4), 3);
	}
}

static void what_is_no_library_is_refused(void **state) {
	assert_false(pvg_mtl_pick(library, 87, "first"));
	assert_false(pvg_mtl_pick(library, LIST + 12, "third"));
	pvg_put(library + LIST + 4, 3, 4); // a group shorter than its own length
	assert_false(pvg_mtl_pick(library, sizeof(library), "third"));
	pvg_put(library + 24, sizeof(library), 8);
	assert_false(pvg_mtl_pick(library, sizeof(library), "first"));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_one_of_that_name_is_left, make),
		cmocka_unit_test_setup(other_names_are_not_there, make),
		cmocka_unit_test_setup(what_is_no_library_is_refused, make),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
