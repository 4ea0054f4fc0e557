// SPDX-License-Identifier: GPL-2.0-or-later
// What pvgctl prints and understands.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ctl.h"
#include "json.h"

static char *printed;

static FILE *begin(void) {
	static size_t size;
	free(printed);
	printed = NULL;
	FILE *file = open_memstream(&printed, &size);
	assert_non_null(file);
	return file;
}

static int teardown(void **state) {
	free(printed);
	printed = NULL;
	return 0;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void json_is_quoted_and_separated(void **state) {
	struct pk_json json = { .out = begin() };
	pk_json_open(&json, NULL, '{');
	pk_json_text(&json, "a", "x\"\\\n\x01");
	pk_json_text(&json, "b", NULL);
	pk_json_open(&json, "c", '[');
	pk_json_close(&json, ']');
	pk_json_open(&json, "d", '[');
	pk_json_number(&json, NULL, -1);
	pk_json_bool(&json, NULL, true);
	pk_json_close(&json, ']');
	pk_json_milli(&json, "e", 59940);
	pk_json_milli(&json, "f", 5);
	pk_json_close(&json, '}');
	fclose(json.out);
	assert_string_equal(printed, "{\"a\": \"x\\\"\\\\\\u000a\\u0001\", \"b\": null, \"c\": [], "
		"\"d\": [-1, true], \"e\": 59.940, \"f\": 0.005}");
}

static void note(void *data, const char *path, const char *value) {
	fprintf(data, "%s=%s;", path, value);
}

static bool flatten(const char *text) {
	FILE *file = begin();
	bool ok = pk_json_flatten(text, note, file);
	fclose(file);
	return ok;
}

static void objects_are_flattened(void **state) {
	assert_true(flatten(" {\"a\": 1, \"b\": {\"c\": \"x \\\"y\", \"d\": {}}, \"e\": -2.5e3,"
			    "\"f\": {\"g\": null}, \"h\": true} \n"));
	assert_string_equal(printed, "a=1;b.c=x \"y;e=-2.5e3;f.g=null;h=true;");
	assert_true(flatten("{}"));
	assert_string_equal(printed, "");
}

static void what_is_no_object_is_refused(void **state) {
	static const char *const bad[] = {
		"", "x", "[]", "{", "{\"a\"", "{\"a\":", "{\"a\": }", "{\"a\": 1", "{\"a\": 1,}",
		"{\"a\": 1 \"b\": 2}", "{a: 1}", "{\"a\": \"x", "{\"a\": \"x\\", "{\"a\": [1]}",
		"{\"a\": 1}}", "{\"a\": 1} x", "{,\"a\": 1}", "{\"a\": {\"b\": 1}", "}",
		"{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}}",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (flatten(bad[i])) {
			fail_msg("taken: %s", bad[i]);
		}
	}
}

static void every_cut_of_a_line_is_refused(void **state) {
	const char line[] = "{\"a\": {\"b\": \"text\", \"c\": 1.5}, \"d\": false}";
	for (size_t length = 0; length < sizeof(line) - 1; length++) {
		char cut[sizeof(line)];
		memcpy(cut, line, length);
		cut[length] = '\0';
		assert_false(flatten(cut));
	}
	assert_true(flatten(line));
}

static void long_names_and_values_are_refused(void **state) {
	char text[2048];
	char name[600];
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(text, sizeof(text), "{\"%s\": 1}", name);
	assert_false(flatten(text));
	snprintf(text, sizeof(text), "{\"a\": \"%s\"}", name);
	assert_false(flatten(text));
	name[200] = '\0'; // fits once, not within itself
	snprintf(text, sizeof(text), "{\"%s\": {\"%s\": 1}}", name, name);
	assert_false(flatten(text));
}

/* ---- arguments ------------------------------------------------------------------------------- */

static void modes_are_parsed(void **state) {
	static const struct {
		const char *text;
		uint32_t width, height, refresh_mhz;
	} good[] = {
		{ "1920x1080", 1920, 1080, 0 },
		{ "800x600@75", 800, 600, 75000 },
		{ "800x600@59.94", 800, 600, 59940 },
		{ "1x1@119.879", 1, 1, 119879 },
		{ "99999x99999@1000", 99999, 99999, 1000000 },
	};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct ctl_mode mode;
		assert_true(ctl_parse_mode(good[i].text, &mode));
		assert_int_equal(mode.width, good[i].width);
		assert_int_equal(mode.height, good[i].height);
		assert_int_equal(mode.refresh_mhz, good[i].refresh_mhz);
	}
	static const char *const bad[] = { "", "x", "1920", "1920x", "x1080", "0x1080", "1920x0",
		"-1x5", "+1x5", " 1x5", "1x5 ", "1x5@", "1x5@x", "1x5@60Hz", "1x5@60.0000",
		"1x5@-60", "123456x1", "1x5@100000", "1920X1080", "4294967297x1" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ctl_mode mode;
		if (ctl_parse_mode(bad[i], &mode)) {
			fail_msg("taken: %s", bad[i]);
		}
	}
}

/* ---- output ---------------------------------------------------------------------------------- */

static struct ctl_status *example(void) {
	struct ctl_status *status = calloc(1, sizeof(*status));
	assert_non_null(status);
	*status = (struct ctl_status){
		.version = "0.1",
		.backend = "drm",
		.socket = "/run/s",
		.pid = 42,
		.vm_state = 1,
		.vm_displays = 1,
		.vm_name = "mac",
		.vm_uuid = "00000000-0000-0000-0000-000000000001",
		.message = "the guest is starting",
		.capture = 2,
		.output_count = 2,
		.display_count = 1,
	};
	status->outputs[0] = (struct ctl_output){ .name = "DP-1", .description = "A \"B\"",
		.indirect = "direct", .enabled = true, .mode = { 1920, 1080, 59940, true, false },
		.modes = { { 1920, 1080, 59940, true, true }, { 640, 480, 60000, false, false } },
		.mode_count = 2 };
	status->outputs[1] = (struct ctl_output){ .name = "DP-2", .display = -1 };
	status->displays[0] = (struct ctl_display){ .state = "online", .way = "plane",
		.width = 1920, .height = 1080 };
	return status;
}

static void a_status_for_people_is_short(void **state) {
	struct ctl_status *status = example();
	FILE *file = begin();
	ctl_print_status(status, false, file);
	fclose(file);
	assert_string_equal(printed,
		"pvg-kiosk 0.1, process 42, drm\n"
		"renderer: none\n"
		"socket: /run/s\n"
		"VM: mac, running, 1 display, 00000000-0000-0000-0000-000000000001\n"
		"without a picture: the guest is starting\n"
		"capture: partial, statistics on the screen: off\n"
		"output DP-1: 1920x1080@59.940, A \"B\"\n"
		"  shows display 0, direct\n"
		"  modes: 1920x1080@59.940*+ 640x480@60.000\n"
		"output DP-2: off, \n"
		"  modes:\n"
		"display 0: online, 1920x1080 by plane, on DP-1\n");
	free(status);
}

static void a_status_for_programs_has_every_field(void **state) {
	struct ctl_status *status = example();
	FILE *file = begin();
	ctl_print_status(status, true, file);
	fclose(file);
	assert_string_equal(printed,
		"{\"version\": \"0.1\", \"pid\": 42, \"backend\": \"drm\", \"renderer\": null, "
		"\"socket\": \"/run/s\", \"osd\": false, \"capture\": \"partial\", "
		"\"vm\": {\"state\": \"running\", \"name\": \"mac\", "
		"\"uuid\": \"00000000-0000-0000-0000-000000000001\", \"displays\": 1, "
		"\"message\": \"the guest is starting\"}, "
		"\"outputs\": [{\"name\": \"DP-1\", \"description\": \"A \\\"B\\\"\", \"on\": true, "
		"\"width\": 1920, \"height\": 1080, \"hz\": 59.940, \"display\": 0, "
		"\"indirect\": \"direct\", \"modes\": ["
		"{\"width\": 1920, \"height\": 1080, \"hz\": 59.940, \"current\": true, "
		"\"preferred\": true}, "
		"{\"width\": 640, \"height\": 480, \"hz\": 60.000, \"current\": false, "
		"\"preferred\": false}]}, "
		"{\"name\": \"DP-2\", \"description\": \"\", \"on\": false, \"width\": 0, "
		"\"height\": 0, \"hz\": 0.000, \"display\": null, \"indirect\": \"\", "
		"\"modes\": []}], "
		"\"displays\": [{\"number\": 0, \"state\": \"online\", \"asleep\": false, "
		"\"width\": 1920, \"height\": 1080, \"way\": \"plane\", \"output\": \"DP-1\"}]}\n");
	free(status);
}

static void numbers_beyond_an_enumeration_are_unknown(void **state) {
	struct ctl_status *status = example();
	status->vm_state = 77;
	status->capture = 0xffffffff;
	FILE *file = begin();
	ctl_print_status(status, true, file);
	fclose(file);
	assert_non_null(strstr(printed, "\"state\": \"unknown\""));
	assert_non_null(strstr(printed, "\"capture\": \"unknown\""));
	free(status);
}

static void results_are_said_to_programs_only(void **state) {
	FILE *file = begin();
	ctl_print_result("map", NULL, false, file);
	ctl_print_result("map", NULL, true, file);
	ctl_print_result("map", "no \"such\" output", true, file);
	fclose(file);
	assert_string_equal(printed,
		"{\"command\": \"map\", \"done\": true, \"error\": null}\n"
		"{\"command\": \"map\", \"done\": false, \"error\": \"no \\\"such\\\" output\"}\n");
}

static void statistics_are_a_table_for_people(void **state) {
	FILE *file = begin();
	assert_true(ctl_print_stats("{\"fps\": 60.0, \"ways\": {\"plane\": 3}}\n", false, file));
	assert_true(ctl_print_stats("{\"fps\": 60.0}", true, file));
	assert_false(ctl_print_stats("no JSON", false, file));
	fclose(file);
	assert_string_equal(printed,
		"fps                              60.0\n"
		"ways.plane                       3\n"
		"{\"fps\": 60.0}\n");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(json_is_quoted_and_separated, teardown),
		cmocka_unit_test_teardown(objects_are_flattened, teardown),
		cmocka_unit_test_teardown(what_is_no_object_is_refused, teardown),
		cmocka_unit_test_teardown(every_cut_of_a_line_is_refused, teardown),
		cmocka_unit_test_teardown(long_names_and_values_are_refused, teardown),
		cmocka_unit_test(modes_are_parsed),
		cmocka_unit_test_teardown(a_status_for_people_is_short, teardown),
		cmocka_unit_test_teardown(a_status_for_programs_has_every_field, teardown),
		cmocka_unit_test_teardown(numbers_beyond_an_enumeration_are_unknown, teardown),
		cmocka_unit_test_teardown(results_are_said_to_programs_only, teardown),
		cmocka_unit_test_teardown(statistics_are_a_table_for_people, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
