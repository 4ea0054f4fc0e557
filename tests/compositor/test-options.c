// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "keys.h"
#include "options.h"

#define PARSE(options, ...) \
	parse(options, (char *[]){ "pvg-kiosk", __VA_ARGS__, NULL })

static char *said; // on stdout or stderr; freed by the next parse
static struct pk_options newest; // what was parsed last: its texts are to be freed

static enum pk_options_result parse(struct pk_options *options, char **argv) {
	int argc = 0;
	size_t size;
	while (argv[argc] != NULL) {
		argc++;
	}
	free(said);
	pk_options_finish(&newest);
	FILE *out = open_memstream(&said, &size);
	enum pk_options_result result = pk_options_parse(options, argc, argv, out, out);
	fclose(out);
	newest = *options; // nothing when it was not right
	return result;
}

static int forget(void **state) {
	pk_options_finish(&newest);
	return 0;
}

static bool is_profile(const struct pk_options *options, const char *name) {
	struct pvg_device_info info;
	assert_true(pvg_info_profile(&info, name));
	return memcmp(info.present, options->info.present, sizeof(info.present)) == 0 &&
		memcmp(info.value, options->info.value, sizeof(info.value)) == 0;
}

static void defaults_are_auto_fit_and_proven(void **state) {
	struct pk_options o;
	assert_int_equal(parse(&o, (char *[]){ "pvg-kiosk", NULL }), PK_OPTIONS_RUN);
	assert_int_equal(o.backend, PK_BACKEND_AUTO);
	assert_int_equal(o.scale, PK_SCALE_FIT);
	assert_int_equal(o.log_level, PVG_LOG_INFO);
	assert_true(is_profile(&o, "proven"));
	assert_null(o.command);
	assert_int_equal(o.mode.width, 0);
}

static void everything_can_be_said(void **state) {
	struct pk_options o;
	assert_int_equal(PARSE(&o, "--backend", "headless", "--mode=1280x800@59.94", "--outputs",
				 "2", "--scale", "integer", "--socket", "/tmp/s", "--displays", "3",
				 "--device-info", "strict", "--stats", "a", "--screenshot", "b",
				 "--screenshot-at", "7", "--record", "c", "--no-cursor-plane",
				 "--renderer", "null", "--render-node", "/dev/dri/renderD129",
				 "--log-level", "debug", "--", "qemu", "-m", "4G"),
		PK_OPTIONS_RUN);
	assert_int_equal(o.backend, PK_BACKEND_HEADLESS);
	assert_int_equal(o.mode.width, 1280);
	assert_int_equal(o.mode.height, 800);
	assert_int_equal(o.mode.refresh_mhz, 59940);
	assert_int_equal(o.outputs, 2);
	assert_int_equal(o.scale, PK_SCALE_INTEGER);
	assert_string_equal(o.socket, "/tmp/s");
	assert_int_equal(o.displays, 3);
	assert_true(is_profile(&o, "strict"));
	assert_int_equal(o.screenshot_at, 7);
	assert_true(o.no_cursor_plane);
	assert_int_equal(o.gpu.renderer, PK_RENDERER_NULL);
	assert_string_equal(o.gpu.render_node, "/dev/dri/renderD129");
	assert_int_equal(o.log_level, PVG_LOG_DEBUG);
	assert_string_equal(o.command[0], "qemu");
	assert_string_equal(o.command[2], "4G");
	assert_null(o.command[3]);
}

static void device_info_keys_can_be_set_one_by_one(void **state) {
	struct pk_options o;
	assert_int_equal(PARSE(&o, "--device-info", "strict", "--device-info", "1=2"),
		PK_OPTIONS_RUN);
	assert_true(o.info.present[1]);
	assert_int_equal(o.info.value[1], 2);
	assert_int_equal(PARSE(&o, "--device-info", "99=1"), PK_OPTIONS_BAD);
	assert_int_equal(PARSE(&o, "--device-info", "bold"), PK_OPTIONS_BAD);
	assert_non_null(strstr(said, "no such profile"));
}

static void modes_are_read_strictly(void **state) {
	static const char *const bad[] = { "", "1280", "1280x", "x800", "0x800", "1280x0", "-1x5",
		"1280x800@", "1280x800@0", "1280x800@abc", "1280x800@60.1.2", "1280x800@60.1234",
		"1280x800 ", "9000x800", "1280x99999999999999999999", "1280x800@1001", "+1x1",
		" 1x1" };
	struct pk_mode mode;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(pk_mode_read(bad[i], &mode));
	}
	assert_true(pk_mode_read("1x1", &mode));
	assert_true(pk_mode_read("8192x8192@1000", &mode));
	assert_int_equal(mode.refresh_mhz, 1000000);
	assert_true(pk_mode_read("1920x1080@59.9", &mode));
	assert_int_equal(mode.refresh_mhz, 59900);
}

static void wrong_values_are_named(void **state) {
	struct pk_options o;
	assert_int_equal(PARSE(&o, "--backend", "windows"), PK_OPTIONS_BAD);
	assert_non_null(strstr(said, "--backend windows"));
	assert_int_equal(PARSE(&o, "--outputs", "9"), PK_OPTIONS_BAD);
	assert_int_equal(PARSE(&o, "--outputs", "0"), PK_OPTIONS_BAD);
	assert_int_equal(PARSE(&o, "--outputs", "1x"), PK_OPTIONS_BAD);
	assert_int_equal(PARSE(&o, "--scale", "2"), PK_OPTIONS_BAD);
	assert_int_equal(PARSE(&o, "--mode", "big"), PK_OPTIONS_BAD);
	assert_int_equal(PARSE(&o, "--displays", "-1"), PK_OPTIONS_BAD);
	assert_int_equal(PARSE(&o, "--log-level", "loud"), PK_OPTIONS_BAD);
	assert_int_equal(PARSE(&o, "--socket", ""), PK_OPTIONS_BAD);
	assert_int_equal(PARSE(&o, "--screenshot", "a", "--screenshot-at", "0"), PK_OPTIONS_BAD);
	assert_int_equal(PARSE(&o, "--screenshot-at", "5"), PK_OPTIONS_BAD);
	assert_non_null(strstr(said, "needs --screenshot"));
}

static void the_phase_is_auto_or_microseconds(void **state) {
	struct pk_options o;
	assert_int_equal(PARSE(&o, "--scale", "fit"), PK_OPTIONS_RUN);
	assert_int_equal(o.phase.fixed, 0);
	assert_false(o.vrr);
	assert_int_equal(PARSE(&o, "--phase", "0", "--vrr"), PK_OPTIONS_RUN);
	assert_int_equal(o.phase.fixed, 1);
	assert_int_equal(o.phase.us, 0);
	assert_true(o.vrr);
	assert_int_equal(PARSE(&o, "--phase", "4500"), PK_OPTIONS_RUN);
	assert_int_equal(o.phase.us, 4500);
	assert_int_equal(PARSE(&o, "--phase", "auto"), PK_OPTIONS_RUN);
	assert_int_equal(o.phase.fixed, 0);
	assert_int_equal(PARSE(&o, "--phase", "-1"), PK_OPTIONS_BAD);
	assert_int_equal(PARSE(&o, "--phase", "1000000"), PK_OPTIONS_BAD);
	assert_int_equal(PARSE(&o, "--phase", "late"), PK_OPTIONS_BAD);
	assert_non_null(strstr(said, "--phase late"));
}

static void unknown_and_incomplete_options_are_named(void **state) {
	struct pk_options o;
	assert_int_equal(PARSE(&o, "--frobnicate"), PK_OPTIONS_BAD);
	assert_non_null(strstr(said, "--frobnicate"));
	assert_int_equal(PARSE(&o, "--mode"), PK_OPTIONS_BAD);
	assert_non_null(strstr(said, "--mode needs a value"));
}

static void a_command_needs_its_dashes(void **state) {
	struct pk_options o;
	assert_int_equal(PARSE(&o, "qemu-system-x86_64"), PK_OPTIONS_BAD);
	assert_non_null(strstr(said, "--"));
	assert_int_equal(PARSE(&o, "--"), PK_OPTIONS_RUN);
	assert_null(o.command);
}

static void help_and_version_answer_on_stdout(void **state) {
	struct pk_options o;
	assert_int_equal(PARSE(&o, "--help"), PK_OPTIONS_DONE);
	assert_non_null(strstr(said, "--screenshot"));
	assert_int_equal(PARSE(&o, "--version"), PK_OPTIONS_DONE);
	assert_non_null(strstr(said, "pvg-kiosk "));
}

#define CASE(name) cmocka_unit_test_teardown(name, forget)

static int free_said(void **state) {
	free(said);
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		CASE(defaults_are_auto_fit_and_proven),
		CASE(everything_can_be_said),
		CASE(device_info_keys_can_be_set_one_by_one),
		CASE(modes_are_read_strictly),
		CASE(wrong_values_are_named),
		CASE(the_phase_is_auto_or_microseconds),
		CASE(unknown_and_incomplete_options_are_named),
		CASE(a_command_needs_its_dashes),
		CASE(help_and_version_answer_on_stdout),
	};
	// the user's own file is nothing to these
	setenv("XDG_CONFIG_HOME", "/nonexistent", true);
	return cmocka_run_group_tests(tests, NULL, free_said);
}
