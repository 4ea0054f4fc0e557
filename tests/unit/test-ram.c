// SPDX-License-Identifier: GPL-2.0-or-later
// Memory tables, refusals and the log.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <pvg/log.h>

#include "core.h"

static uint8_t memory[0x4000] __attribute__((aligned(4096)));
static int releases;

static void release(void *data) {
	assert_ptr_equal(data, memory);
	releases++;
}

static void spans_resolve_and_nothing_around_them(void **state) {
	const struct pvg_ram_span spans[] = {
		{ .gpa = 0x1000, .size_bytes = 0x1000, .hva = memory },
		{ .gpa = 0x2000, .size_bytes = 0x1000, .hva = memory + 0x2000 },
		{ .gpa = 0x100000000, .size_bytes = 0x800, .hva = memory + 0x3000 },
	};
	struct pvg_ram *ram = pvg_ram_create(spans, 3, 7, NULL, NULL);

	assert_non_null(ram);
	assert_int_equal(pvg_ram_generation(ram), 7);
	assert_ptr_equal(pvg_ram_ptr(ram, 0x1000, 0x1000), memory);
	assert_ptr_equal(pvg_ram_ptr(ram, 0x1fff, 1), memory + 0xfff);
	assert_ptr_equal(pvg_ram_ptr(ram, 0x2000, 1), memory + 0x2000);
	assert_ptr_equal(pvg_ram_ptr(ram, 0x1000007ff, 1), memory + 0x37ff);
	assert_null(pvg_ram_ptr(ram, 0xfff, 2));
	assert_null(pvg_ram_ptr(ram, 0xfff, 1));
	assert_null(pvg_ram_ptr(ram, 0x1fff, 2)); // one span must hold all of it
	assert_null(pvg_ram_ptr(ram, 0x3000, 1));
	assert_null(pvg_ram_ptr(ram, 0x1000007ff, 2));
	assert_null(pvg_ram_ptr(ram, 0x1000, UINT64_MAX));
	assert_null(pvg_ram_ptr(ram, UINT64_MAX, 1));
	pvg_ram_unref(ram);
}

static void bad_tables_are_refused(void **state) {
	const struct pvg_ram_span good = { .gpa = 0x1000, .size_bytes = 0x1000, .hva = memory };
	struct pvg_ram_span spans[33];

	spans[0] = good;
	spans[1] = (struct pvg_ram_span){ .gpa = 0x1fff, .size_bytes = 1, .hva = memory };
	assert_null(pvg_ram_create(spans, 2, 1, NULL, NULL)); // overlap
	spans[1].gpa = 0x0;
	assert_null(pvg_ram_create(spans, 2, 1, NULL, NULL)); // order
	spans[1] = good;
	assert_null(pvg_ram_create(spans, 2, 1, NULL, NULL)); // twice
	spans[0].hva = NULL;
	assert_null(pvg_ram_create(spans, 1, 1, NULL, NULL));
	spans[0] = good;
	spans[0].size_bytes = 0;
	assert_null(pvg_ram_create(spans, 1, 1, NULL, NULL));
	spans[0].size_bytes = UINT64_MAX;
	assert_null(pvg_ram_create(spans, 1, 1, NULL, NULL));
	spans[0] = good;
	spans[0].hva = memory + 1;
	assert_null(pvg_ram_create(spans, 1, 1, NULL, NULL));
	for (uint32_t i = 0; i < 33; i++) {
		spans[i] = good;
		spans[i].gpa = 0x1000ull * i;
	}
	assert_null(pvg_ram_create(spans, 33, 1, NULL, NULL));
	struct pvg_ram *ram = pvg_ram_create(spans, 32, 1, NULL, NULL);
	assert_non_null(ram);
	pvg_ram_unref(ram);
	ram = pvg_ram_create(NULL, 0, 1, NULL, NULL);
	assert_non_null(ram);
	assert_null(pvg_ram_ptr(ram, 0, 1));
	pvg_ram_unref(ram);
}

static void the_last_reference_releases(void **state) {
	const struct pvg_ram_span span = { .gpa = 0, .size_bytes = 0x1000, .hva = memory };

	releases = 0;
	struct pvg_ram *ram = pvg_ram_create(&span, 1, 1, release, memory);
	assert_ptr_equal(pvg_ram_ref(ram), ram);
	pvg_ram_unref(ram);
	assert_int_equal(releases, 0);
	pvg_ram_unref(ram);
	assert_int_equal(releases, 1);
	pvg_ram_unref(NULL);
}

/* ---- refusals -------------------------------------------------------------------------------- */

static int lines;
static char last_line[512];
static int64_t now_ns;

static void keep_line(enum pvg_log_level level, const char *fmt, va_list args) {
	lines++;
	(void)vsnprintf(last_line, sizeof(last_line), fmt, args);
}

static int64_t fake_now(void *data) {
	return now_ns;
}

static void a_reason_is_logged_once_a_second_and_counted_always(void **state) {
	const struct pvg_device_config config = { .page_shift = 12 };
	const struct pvg_host host = { .now_ns = fake_now };
	struct pvg_device *device = pvg_device_create(&config, &host, NULL);
	struct pvg_counters counters;

	assert_non_null(device);
	pvg_log_init(PVG_LOG_INFO, keep_line);
	now_ns = 5000000000;
	lines = 0;
	for (int i = 0; i < 10; i++) {
		PVG_REFUSE(device, TASK, "task %d: gone", i);
	}
	assert_int_equal(lines, 1);
	assert_string_equal(last_line, "task 0: gone [task]");
	PVG_REFUSE(device, OPCODE, "another reason");
	assert_int_equal(lines, 2);
	now_ns += 999999999;
	PVG_REFUSE(device, TASK, "task 10: gone");
	assert_int_equal(lines, 2);
	now_ns += 1;
	PVG_REFUSE(device, TASK, "task 11: gone");
	assert_int_equal(lines, 3);
	assert_string_equal(last_line, "task 11: gone [task, 10 more since the last line]");
	pvg_device_get_counters(device, &counters);
	assert_int_equal(counters.refusals[PVG_REFUSAL_TASK], 12);
	assert_int_equal(counters.refusals[PVG_REFUSAL_OPCODE], 1);
	// Nobody listens: counted all the same.
	pvg_log_init(PVG_LOG_ERROR, keep_line);
	now_ns += 2000000000;
	PVG_REFUSE(device, TASK, "task 12: gone");
	assert_int_equal(lines, 3);
	pvg_device_get_counters(device, &counters);
	assert_int_equal(counters.refusals[PVG_REFUSAL_TASK], 13);
	pvg_device_destroy(device);
}

static void lines_of_events_come_once_a_second_too(void **state) {
	const struct pvg_device_config config = { .page_shift = 12 };
	const struct pvg_host host = { .now_ns = fake_now };
	struct pvg_device *device = pvg_device_create(&config, &host, NULL);

	assert_non_null(device);
	now_ns = 1000;
	assert_true(pvg_line_is_due(device, PVG_LINE_RESYNC));
	assert_false(pvg_line_is_due(device, PVG_LINE_RESYNC));
	assert_true(pvg_line_is_due(device, PVG_LINE_OVERRUN));
	now_ns += 1000000000;
	assert_true(pvg_line_is_due(device, PVG_LINE_RESYNC));
	pvg_device_destroy(device);
}

static void every_reason_has_a_name_of_its_own(void **state) {
	for (int i = 0; i < PVG_REFUSALS_MAX; i++) {
		assert_non_null(pvg_refusal_name((enum pvg_refusal)i));
		for (int j = 0; j < i; j++) {
			assert_string_not_equal(pvg_refusal_name((enum pvg_refusal)i),
				pvg_refusal_name((enum pvg_refusal)j));
		}
	}
	assert_string_equal(pvg_refusal_name(PVG_REFUSALS_MAX), "unknown");
}

static void levels_filter_lines(void **state) {
	lines = 0;
	pvg_log_init(PVG_LOG_ERROR, keep_line);
	pvg_info("no");
	pvg_debug("no");
	pvg_error("yes %d", 1);
	assert_int_equal(lines, 1);
	assert_string_equal(last_line, "yes 1");
	pvg_log_init(PVG_LOG_DEBUG, keep_line);
	pvg_debug("too");
	assert_int_equal(lines, 2);
	assert_true(pvg_log_enabled(PVG_LOG_DEBUG));
}

static void only_known_page_sizes_make_a_device(void **state) {
	struct pvg_device_config config = { .page_shift = 0 };
	const struct pvg_host host = { .now_ns = fake_now };

	for (uint32_t shift = 0; shift < 64; shift++) {
		config.page_shift = shift;
		struct pvg_device *device = pvg_device_create(&config, &host, NULL);
		assert_int_equal(device != NULL, shift == 12 || shift == 14);
		pvg_device_destroy(device);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_resolve_and_nothing_around_them),
		cmocka_unit_test(bad_tables_are_refused),
		cmocka_unit_test(the_last_reference_releases),
		cmocka_unit_test(a_reason_is_logged_once_a_second_and_counted_always),
		cmocka_unit_test(lines_of_events_come_once_a_second_too),
		cmocka_unit_test(every_reason_has_a_name_of_its_own),
		cmocka_unit_test(levels_filter_lines),
		cmocka_unit_test(only_known_page_sizes_make_a_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
