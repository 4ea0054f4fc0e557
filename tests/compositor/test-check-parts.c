// SPDX-License-Identifier: GPL-2.0-or-later
// pvg-kiosk --check on machines that lack something: each finding, and what it says to do.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "check.h"

static struct pk_check check;
static char *said;
static size_t said_bytes;
static char folder[] = "/tmp/pvg-check-XXXXXX";

static int set_up(void **state) {
	memset(&check, 0, sizeof(check));
	check.out = open_memstream(&said, &said_bytes);
	return check.out != NULL ? 0 : -1;
}

static int tear_down(void **state) {
	fclose(check.out);
	free(said);
	return 0;
}

static void expect_line(enum pk_check_word word, const char *begin, const char *fix) {
	fflush(check.out);
	assert_int_equal(check.counts[word], 1);
	assert_int_equal(check.counts[PK_CHECK_OK] + check.counts[PK_CHECK_NOTE] +
		check.counts[PK_CHECK_BAD], 1);
	assert_memory_equal(said, begin, strlen(begin));
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1); // one line
	const char *what = strstr(said, "; fix: ");
	assert_non_null(what);
	assert_non_null(strstr(what, fix));
}

static void no_kvm_is_bad(void **state) {
	pk_check_kvm(&check, "/nonexistent/kvm");
	expect_line(PK_CHECK_BAD, "bad   KVM: /nonexistent/kvm: No such file", "firmware");
}

static void what_is_not_kvm_is_bad(void **state) {
	pk_check_kvm(&check, "/dev/null");
	expect_line(PK_CHECK_BAD, "bad   KVM: /dev/null speaks no KVM", "the kernel's KVM device");
}

static void a_kvm_of_others_is_bad(void **state) {
	char path[sizeof(folder) + 8];
	snprintf(path, sizeof(path), "%s/kvm", folder);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fclose(f);
	chmod(path, 0);
	if (geteuid() == 0) {
		skip(); // root may open anything
	}
	pk_check_kvm(&check, path);
	expect_line(PK_CHECK_BAD, "bad   KVM: ", "the group that owns it");
}

static void no_udmabuf_is_a_note(void **state) {
	pk_check_udmabuf(&check, "/nonexistent/udmabuf", folder);
	expect_line(PK_CHECK_NOTE, "note  udmabuf: /nonexistent/udmabuf: No such file",
		"modprobe udmabuf");
}

static void what_is_not_udmabuf_is_a_note(void **state) {
	pk_check_udmabuf(&check, "/dev/null", folder);
	expect_line(PK_CHECK_NOTE, "note  udmabuf: /dev/null: ", "CONFIG_UDMABUF");
}

static void a_udmabuf_for_small_pictures_is_a_note(void **state) {
	char path[sizeof(folder) + 24];
	snprintf(path, sizeof(path), "%s/size_limit_mb", folder);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs("4\n", f);
	fclose(f);
	if (access("/dev/udmabuf", R_OK | W_OK) != 0) {
		skip();
	}
	pk_check_udmabuf(&check, "/dev/udmabuf", folder);
	expect_line(PK_CHECK_NOTE, "note  udmabuf: works, but no larger than 4 MiB",
		"udmabuf.size_limit_mb");
}

static void no_screens_are_a_note(void **state) {
	pk_check_drm(&check, "/nonexistent/dri");
	expect_line(PK_CHECK_NOTE, "note  screens: no KMS device", "kernel driver");
}

static void a_card_that_is_none_is_a_note(void **state) {
	char path[sizeof(folder) + 8];
	snprintf(path, sizeof(path), "%s/card0", folder);
	assert_int_equal(symlink("/dev/null", path), 0);
	pk_check_drm(&check, folder);
	expect_line(PK_CHECK_NOTE, "note  card0 driver: is no DRM device", "WLR_DRM_DEVICES");
}

static int make_folder(void **state) {
	return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state) {
	static const char *const names[] = { "kvm", "size_limit_mb", "card0" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[sizeof(folder) + 24];
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	return rmdir(folder);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(no_kvm_is_bad),
		CASE(what_is_not_kvm_is_bad),
		CASE(a_kvm_of_others_is_bad),
		CASE(no_udmabuf_is_a_note),
		CASE(what_is_not_udmabuf_is_a_note),
		CASE(a_udmabuf_for_small_pictures_is_a_note),
		CASE(no_screens_are_a_note),
		CASE(a_card_that_is_none_is_a_note),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
