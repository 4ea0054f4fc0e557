// SPDX-License-Identifier: GPL-2.0-or-later
// The configuration file: what it may say, how errors are told, and that no bytes do harm.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "config.h"
#include "keys.h"

static struct pk_options options;
static char *said;

static int set_up(void **state) {
	char *argv[] = { "pvg-kiosk", "--no-config", NULL };
	assert_int_equal(pk_options_parse(&options, 2, argv, stdout, stderr), PK_OPTIONS_RUN);
	said = NULL;
	return 0;
}

static int tear_down(void **state) {
	pk_options_finish(&options);
	free(said);
	return 0;
}

static unsigned int read_bytes(const char *text, size_t length) {
	size_t size;
	free(said);
	FILE *out = open_memstream(&said, &size);
	unsigned int errors = pk_config_read(text, length, "f", &options, out);
	fclose(out);
	return errors;
}

static unsigned int read_text(const char *text) {
	return read_bytes(text, strlen(text));
}

static const char everything[] =
	"# a comment\n"
	"; another\r\n"
	"\n"
	"[kiosk]\n"
	"backend=headless\n"
	"  mode =\t1280x800@59.94  \n"
	"outputs = 4\n"
	"scale = integer\n"
	"socket = \" /run/with space \"\n"
	"stats = a#b\n"
	"trace = t\n"
	"screenshot = s.png\n"
	"screenshot-at = 99\n"
	"record = r\n"
	"displays = 3\n"
	"log-level = debug\n"
	"no-cursor-plane = yes\n"
	"renderer = null\n"
	"render-node = /dev/dri/renderD129\n"
	"[vm]\n"
	"device-info = strict\n"
	"device-info = 1=2\n"
	"[output DP-*]\n"
	"mode = 1920x1080\n"
	"[output \"ACME Panel 27 *\"]\n"
	"scale = none\n"
	"[output DP-2]\n"
	"mode = 1024x768\n"
	"[display 1]\n"
	"name = Left\n"
	"modes = 800x600, 640x480@75 1x1\n";

static void everything_can_be_said(void **state) {
	assert_int_equal(read_text(everything), 0);
	assert_string_equal(said, "");
	assert_int_equal(options.backend, PK_BACKEND_HEADLESS);
	assert_int_equal(options.mode.refresh_mhz, 59940);
	assert_int_equal(options.outputs, 4);
	assert_int_equal(options.scale, PK_SCALE_INTEGER);
	assert_string_equal(options.socket, " /run/with space ");
	assert_string_equal(options.stats, "a#b");
	assert_int_equal(options.screenshot_at, 99);
	assert_int_equal(options.displays, 3);
	assert_int_equal(options.log_level, PVG_LOG_DEBUG);
	assert_true(options.no_cursor_plane);
	assert_int_equal(options.gpu.renderer, PK_RENDERER_NULL);
	assert_string_equal(options.gpu.render_node, "/dev/dri/renderD129");
	assert_int_equal(options.info.value[1], 2);
	assert_int_equal(options.output_config_count, 3);
	assert_string_equal(options.display_configs[1].name, "Left");
	assert_int_equal(options.display_configs[1].modes.count, 3);
	assert_int_equal(options.display_configs[1].modes.modes[1].refresh_mhz, 75000);
}

static void what_is_printed_says_the_same(void **state) {
	char *first = NULL, *second = NULL;
	size_t size;
	assert_int_equal(read_text(everything), 0);
	FILE *out = open_memstream(&first, &size);
	pk_config_print(&options, out);
	fclose(out);
	pk_options_finish(&options);
	set_up(state);
	assert_int_equal(read_text(first), 0);
	out = open_memstream(&second, &size);
	pk_config_print(&options, out);
	fclose(out);
	assert_string_equal(first, second);
	assert_non_null(strstr(first, "\nmode = 1280x800@59.940\n"));
	free(first);
	free(second);
}

static void an_output_is_meant_by_connector_or_panel(void **state) {
	struct pk_output_config wish;
	assert_int_equal(read_text(everything), 0);
	pk_options_wish(&options, "DP-1", "ACME", "Panel 27", "123", &wish);
	assert_int_equal(wish.mode.width, 1920);
	assert_int_equal(wish.scale, PK_SCALE_NONE);
	pk_options_wish(&options, "DP-2", "Other", "Panel", NULL, &wish); // the later one wins
	assert_int_equal(wish.mode.width, 1024);
	assert_int_equal(wish.scale, PK_SCALE_INTEGER); // as in [kiosk]
	pk_options_wish(&options, "HDMI-A-1", NULL, NULL, NULL, &wish);
	assert_int_equal(wish.mode.width, 1280);
}

static void the_command_line_wins(void **state) {
	char path[] = "/tmp/pvg-test-config-XXXXXX";
	char *argv[] = { "pvg-kiosk", "--config", path, "--mode", "640x480", "--device-info",
		"proven", NULL };
	struct pk_output_config wish;
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, everything, sizeof(everything) - 1), sizeof(everything) - 1);
	close(fd);
	pk_options_finish(&options);
	assert_int_equal(pk_options_parse(&options, 7, argv, stdout, stderr), PK_OPTIONS_RUN);
	unlink(path);
	assert_string_equal(options.config_path, path);
	assert_int_equal(options.mode.width, 640);
	assert_int_equal(options.scale, PK_SCALE_INTEGER);
	pk_options_wish(&options, "DP-1", NULL, NULL, NULL, &wish);
	assert_int_equal(wish.mode.width, 640);
	struct pvg_device_info proven;
	assert_true(pvg_info_profile(&proven, "proven"));
	assert_memory_equal(options.info.value, proven.value, sizeof(proven.value));
}

static void all_errors_are_shown_with_their_lines(void **state) {
	assert_int_equal(read_text("mode = 1x1\n"
				   "[kiosk]\n"
				   "scael = fit\n"
				   "mode = 12\n"
				   "outputs = 9\n"
				   "outputs = 2\n"
				   "nonsense\n"
				   "device-info = strict\n"
				   "[ouput DP-1]\n"
				   "whatever = 1\n"
				   "[output]\n"
				   "[output A]\n"
				   "scale = \"fit\n"
				   "[display 8]\n"
				   "[kiosk]\n"
				   "[display 0]\n"
				   "name = fourteen chars\n"
				   "zzzzzzzz = 1\n"
				   "[vm\n"
				   "[vm] x\n"
				   "[vm x]\n"), 17);
	static const char *const lines[] = {
		"f:1: mode: before the first section; is it for [kiosk]?\n",
		"f:3: scael: no such key in [kiosk]; is scale meant?\n",
		"f:4: mode = 12: not WIDTHxHEIGHT or WIDTHxHEIGHT@HZ, at most 8192x8192@1000\n",
		"f:5: outputs = 9: not a number from 1 to 8, or auto\n",
		"f:6: outputs: given on line 5 already\n",
		"f:7: nonsense: neither KEY = VALUE nor [SECTION]\n",
		"f:8: device-info: belongs to [vm], not to [kiosk]\n",
		"f:9: [ouput]: no such section; is [output] meant?\n",
		"f:11: [output]: which one? [output DP-1] for example\n",
		"f:13: scale: the closing \" is missing\n",
		"f:14: [display 8]: not a number from 0 to 7\n",
		"f:15: [kiosk]: this section is on line 2 already\n",
		"f:17: name = fourteen chars: longer than 13 bytes\n",
		"f:18: zzzzzzzz: no such key in [display] (see pvg-kiosk.conf(5))\n",
		"f:19: a section's name ends with ]\n",
		"f:20: a section's name ends with ]\n",
		"f:21: [vm] has nothing behind its name\n",
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (strstr(said, lines[i]) == NULL) {
			fail_msg("\"%s\" is not in\n%s", lines[i], said);
		}
	}
}

static void a_file_full_of_errors_is_cut(void **state) {
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	for (int i = 0; i < 5000; i++) {
		fprintf(out, "nonsense %d\n", i);
	}
	fclose(out);
	assert_int_equal(read_text(text), 5000);
	free(text);
	assert_non_null(strstr(said, "f: and 4900 more\n"));
	assert_null(strstr(said, "f:101:"));
}

static void bytes_of_the_file_cannot_reach_the_terminal(void **state) {
	assert_int_equal(read_text("[kiosk]\n\033[2Jx = 1\nscale = \033]0;t\a\n[\001]\n"), 3);
	for (const char *p = said; *p != '\0'; p++) {
		assert_true(*p == '\n' || (*p >= ' ' && *p <= '~'));
	}
	assert_int_equal(read_bytes("[kiosk]\0\nscale = fit\0x\n", 23), 2);
	assert_non_null(strstr(said, "f:1: a zero byte"));
}

static void strange_but_right(void **state) {
	assert_int_equal(read_text(""), 0);
	assert_int_equal(read_text("\n\n\n"), 0);
	assert_int_equal(read_text("\xef\xbb\xbf[kiosk]\r\nscale = none"), 0);
	assert_int_equal(options.scale, PK_SCALE_NONE);
	assert_int_equal(read_text("[ output   DP-1 ]\nmode = auto\n"), 0);
	assert_string_equal(options.output_configs[0].name, "DP-1");
}

static void too_many_sections_are_refused(void **state) {
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	for (int i = 0; i < PK_OUTPUT_SECTIONS_MAX + 2; i++) {
		fprintf(out, "[output o%d]\nmode = 1x1\n", i);
	}
	fclose(out);
	assert_int_equal(read_text(text), 2);
	assert_int_equal(options.output_config_count, PK_OUTPUT_SECTIONS_MAX);
	free(text);
}

static void files_that_are_none_are_refused(void **state) {
	char folder[] = "/tmp/pvg-test-config-XXXXXX";
	char path[128];
	size_t size;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/c", folder);
	FILE *out = open_memstream(&said, &size);
	assert_int_equal(pk_config_load(path, &options, out), 1); // not there
	assert_int_equal(pk_config_load(folder, &options, out), 1);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(pk_config_load(path, &options, out), 1); // and no waiting for a writer
	unlink(path);
	FILE *large = fopen(path, "w");
	assert_non_null(large);
	for (int i = 0; i <= PK_CONFIG_MAX_BYTES / 2; i++) {
		fputs("#\n", large);
	}
	fclose(large);
	assert_int_equal(pk_config_load(path, &options, out), 1);
	fclose(out);
	assert_non_null(strstr(said, "No such file"));
	assert_non_null(strstr(said, "no regular file"));
	assert_non_null(strstr(said, "larger than"));
	unlink(path);
	rmdir(folder);
}

static void the_users_file_comes_first(void **state) {
	char folder[] = "/tmp/pvg-test-config-XXXXXX";
	char path[128];
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/pvg-linux", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/pvg-linux/pvg-kiosk.conf", folder);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs("[kiosk]\nscale = none\n", file);
	fclose(file);
	assert_int_equal(chmod(path, 0644), 0);
	setenv("XDG_CONFIG_HOME", folder, true);
	assert_int_equal(pk_config_load(NULL, &options, stderr), 0);
	assert_int_equal(options.scale, PK_SCALE_NONE);
	assert_string_equal(options.config_path, path);
	if (geteuid() == 0) { // what anybody can write is not for root
		size_t size;
		FILE *out = open_memstream(&said, &size);
		assert_int_equal(chmod(path, 0666), 0);
		assert_int_equal(pk_config_load(NULL, &options, out), 1);
		assert_int_equal(pk_config_load(path, &options, out), 0);
		fclose(out);
		assert_non_null(strstr(said, "others than root can write it"));
	}
	setenv("XDG_CONFIG_HOME", "/nonexistent", true);
	unlink(path);
	snprintf(path, sizeof(path), "%s/pvg-linux", folder);
	rmdir(path);
	rmdir(folder);
}

/* ---- changes while it runs ------------------------------------------------------------------- */

static char reported[1000];

static void report(const char *section, const char *key, bool later) {
	size_t n = strlen(reported);
	snprintf(reported + n, sizeof(reported) - n, "%s.%s%s ", section, key, later ? "!" : "");
}

static void what_can_change_changes(void **state) {
	struct pk_options live = options;
	memset(&options, 0, sizeof(options));
	set_up(state);
	reported[0] = '\0';
	assert_int_equal(pk_options_take(&live, &options, report), 0);
	assert_string_equal(reported, "");
	assert_int_equal(read_text("[kiosk]\nscale = none\nsocket = /s\nstats = x\n"
				   "[output A]\nscale = fit\n[display 2]\nname = N\n"), 0);
	unsigned int effect = pk_options_take(&live, &options, report);
	assert_string_equal(reported,
		"kiosk.scale kiosk.socket! kiosk.stats display.name output.* ");
	assert_int_equal(effect, PK_EFFECT_OUTPUTS | PK_EFFECT_STATS);
	assert_int_equal(live.scale, PK_SCALE_NONE);
	assert_null(live.socket);
	assert_string_equal(live.stats, "x");
	assert_int_equal(live.output_config_count, 1);
	assert_string_equal(live.display_configs[2].name, "N");
	assert_null(options.stats);
	pk_options_finish(&live);
}

/* ---- hostile bytes --------------------------------------------------------------------------- */

static void fresh(void **state) {
	pk_options_finish(&options);
	free(said);
	set_up(state);
}

static void every_prefix_is_read(void **state) {
	for (size_t n = 0; n < sizeof(everything); n++) {
		fresh(state);
		assert_in_range(read_bytes(everything, n), 0, 2);
	}
}

static void every_changed_byte_is_read(void **state) {
	static const char bytes[] = { '\0', '\n', '\r', ' ', '[', ']', '=', '"', '#', '0', '9',
		'x', '@', '.', '*', '\x7f', '\x80', '\xff' };
	char text[sizeof(everything)];
	for (size_t at = 0; at < sizeof(everything) - 1; at++) {
		for (size_t b = 0; b < sizeof(bytes); b++) {
			fresh(state);
			memcpy(text, everything, sizeof(text));
			text[at] = bytes[b];
			read_bytes(text, sizeof(text) - 1);
			assert_true(options.outputs <= PVG_MAX_PORTS);
			assert_in_range(options.mode.width, 0, PVG_MAX_SURFACE_EDGE);
			assert_in_range((int)options.scale, 0, PK_SCALE_NONE);
		}
	}
}

static void random_lines_are_read(void **state) {
	uint32_t seed = 1;
	char text[600];
	for (int round = 0; round < 20000; round++) {
		size_t n = 0;
		fresh(state);
		while (n < sizeof(text) - 80) { // pieces of a right file in any order
			seed = seed * 1664525 + 1013904223;
			size_t at = (seed >> 8) % (sizeof(everything) - 1);
			size_t length = (seed >> 24) % 64;
			if (length > sizeof(everything) - 1 - at) {
				length = sizeof(everything) - 1 - at;
			}
			memcpy(text + n, everything + at, length);
			n += length;
			text[n++] = (seed & 1) != 0 ? '\n' : (char)(seed >> 16);
		}
		read_bytes(text, n);
	}
}

/* ---- words ----------------------------------------------------------------------------------- */

static void patterns_match(void **state) {
	assert_true(pk_glob("DP-*", "DP-1"));
	assert_true(pk_glob("*", ""));
	assert_true(pk_glob("a?c*e", "abcdde"));
	assert_true(pk_glob("*b*b", "abab"));
	assert_false(pk_glob("DP-1", "DP-10"));
	assert_false(pk_glob("?", ""));
	assert_false(pk_glob("*b", "ba"));
	assert_false(pk_glob("", "x"));
	char text[4000], pattern[400]; // no blow-up
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (size_t i = 0; i < sizeof(pattern) - 2; i += 2) {
		pattern[i] = '*';
		pattern[i + 1] = 'a';
	}
	pattern[sizeof(pattern) - 2] = 'b';
	pattern[sizeof(pattern) - 1] = '\0';
	assert_false(pk_glob(pattern, text));
}

static void the_nearest_word_is_found(void **state) {
	static const char *const names[] = { "mode", "modes", "scale", "screenshot-at", NULL };
	assert_string_equal(pk_nearest("mdoe", names), "mode");
	assert_string_equal(pk_nearest("moddes", names), "modes");
	assert_string_equal(pk_nearest("screenshot_at", names), "screenshot-at");
	assert_null(pk_nearest("zebra", names));
	assert_null(pk_nearest("x", names));
	assert_null(pk_nearest("a word that is much longer than any of them", names));
}

static void rows_are_right(void **state) {
	for (int s = 0; s < PK_SECTION_COUNT; s++) {
		const struct pk_section *section = &pk_sections[s];
		assert_true(section->key_count <= 64);
		for (size_t i = 0; i < section->key_count; i++) {
			const struct pk_key *key = &section->keys[i];
			assert_int_equal(pk_section_find(section, key->name), (int)i);
			assert_true(key->type != PK_KEY_TEXT || key->standard == NULL);
			assert_true(key->type == PK_KEY_TEXT || key->standard != NULL);
			assert_true((key->type == PK_KEY_CHOICE) == (key->choices != NULL));
		}
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
	const struct CMUnitTest tests[] = {
		CASE(everything_can_be_said),
		CASE(what_is_printed_says_the_same),
		CASE(an_output_is_meant_by_connector_or_panel),
		CASE(the_command_line_wins),
		CASE(all_errors_are_shown_with_their_lines),
		CASE(a_file_full_of_errors_is_cut),
		CASE(bytes_of_the_file_cannot_reach_the_terminal),
		CASE(strange_but_right),
		CASE(too_many_sections_are_refused),
		CASE(files_that_are_none_are_refused),
		CASE(the_users_file_comes_first),
		CASE(what_can_change_changes),
		CASE(every_prefix_is_read),
		CASE(every_changed_byte_is_read),
		CASE(random_lines_are_read),
		CASE(patterns_match),
		CASE(the_nearest_word_is_found),
		CASE(rows_are_right),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
