// SPDX-License-Identifier: GPL-2.0-or-later
// Starting and refusing to start: properties, plugin arguments, versions (spec 06 sections 2, 5.2).
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// QEMU ends with an error that names the reason.
static void fails_with(void **state, const char *memory, const char *device,
	const char *const *extra, const char *why) {
	struct ctx *ctx = *state;
	vm_spawn(ctx->vm, memory, device, extra);
	assert_int_not_equal(vm_wait(ctx->vm), 0);
	if (!vm_log_has(ctx->vm, why)) {
		fail_msg("expected '%s', QEMU said: %s", why, ctx->vm->log_text);
	}
	ctx_teardown(state);
	ctx_empty(state);
}

static void wrong_properties_are_named(void **state) {
	static const char *const cases[][2] = {
		{ "displays=0", "displays: 0 is not in 1..8" },
		{ "displays=9", "displays: 9 is not in 1..8" },
		{ "on-disconnect=explode", "on-disconnect: 'explode' is not one of" },
		{ "boot-fb=maybe", "boot-fb" },
		{ "irqfd=7", "irqfd" },
		{ "no-such-thing=1", "no-such-thing" },
		{ "name=", "name: '' is not of 1..31 bytes" },
		{ "name=an-identifier-of-32-bytes-length", "is not of 1..31 bytes" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fails_with(state, VM_MEMORY_256M, cases[i][0], NULL, cases[i][1]);
	}
	char path[256];
	snprintf(path, sizeof(path), "socket=/tmp/%0120d", 0);
	fails_with(state, VM_MEMORY_256M, path, NULL, "socket: path is too long");
}

static void wrong_display_modes_name_the_bad_part(void **state) {
	static const char *const cases[][2] = {
		{ "x1080@60", "width in 'x1080@60' must be a decimal" },
		{ "0x1080@60", "width in '0x1080@60' must be a decimal" },
		{ "65536x1080@60", "width in '65536x1080@60' must be a decimal" },
		{ "4294967297x1@1", "width in" },
		{ "1920*1080@60", "width in '1920*1080@60' must be followed by 'x'" },
		{ "1920x@60", "height in '1920x@60' must be a decimal" },
		{ "1920x1080", "height in '1920x1080' must be followed by '@'" },
		{ "1920x1080@", "refresh rate in '1920x1080@' must be a decimal" },
		{ "1920x1080@60.0", "'1920x1080@60.0' has more after the refresh rate" },
		{ "-1x1@60", "width in" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char json[256];
		snprintf(json, sizeof(json),
			"{\"driver\":\"apple-gfx-pci\",\"display-modes\":[\"1x1@1\",\"%s\"]}",
			cases[i][0]);
		const char *const extra[] = { "-device", json, NULL };
		fails_with(state, VM_MEMORY_256M, NULL, extra, cases[i][1]);
	}
}

static void more_modes_than_the_link_carries_are_refused(void **state) {
	char json[2048];
	size_t at = (size_t)snprintf(json, sizeof(json),
		"{\"driver\":\"apple-gfx-pci\",\"socket\":\"/tmp/x\",\"display-modes\":[\"1x1@1\"");
	for (unsigned int i = 0; i < PVG_LINK_MAX_MODES; i++) {
		at += (size_t)snprintf(json + at, sizeof(json) - at, ",\"1x1@1\"");
	}
	snprintf(json + at, sizeof(json) - at, "]}");
	const char *const extra[] = { "-device", json, NULL };
	fails_with(state, VM_MEMORY_256M, NULL, extra, "display-modes: 65 modes, at most 64");
}

static void ram_that_cannot_be_shared_is_refused_with_a_hint(void **state) {
	static const char *const plain[] = { "-machine", "q35", "-m", "256M", NULL };
	fails_with(state, NULL, "", plain, "guest RAM is not shareable");
	fails_with(state, NULL, "", plain, "memory-backend-memfd,id=ram,size=SIZE,share=on");
	fails_with(state, "size=256M,share=off", "", NULL, "guest RAM is not shareable");
}

static void registers_alone_work_without_shared_ram(void **state) {
	struct ctx *ctx = *state;
	static const char *const plain[] = { "-machine", "q35", "-m", "256M", NULL };
	vm_start(ctx->vm, NULL, "require-shared-ram=off", plain);
	assert_int_equal(vm_reg(ctx->vm, 0x1204), 1);
	fakehost_attach(&ctx->host, &ctx->link);
	assert_int_equal(ctx->link.mem_count, 0);
}

static void upstreams_properties_and_ours_exist(void **state) {
	struct ctx *ctx = *state;
	vm_start(ctx->vm, VM_MEMORY_256M, "", NULL);
	const char *answer = vm_qmp(ctx->vm,
		"{'execute':'device-list-properties','arguments':{'typename':'apple-gfx-pci'}}");
	static const char *const names[] = { "display-modes", "socket", "name", "on-disconnect",
		"doorbell-eventfd", "irqfd", "boot-fb", "require-shared-ram", "displays",
		"romfile" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char want[64];
		snprintf(want, sizeof(want), "\"name\": \"%s\"", names[i]);
		assert_non_null(strstr(answer, want));
	}
	// The placement is the user's, hot-plug is not supported.
	assert_non_null(strstr(
		vm_qmp(ctx->vm,
			"{'execute':'device_add','arguments':{'driver':'apple-gfx-pci','id':'late'}}"),
		"does not support hotplugging"));
	assert_non_null(strstr(vm_qmp(ctx->vm, "{'execute':'device_del','arguments':{'id':'gfx'}}"),
		"does not support hotplugging"));
}

static void migration_and_snapshots_are_blocked(void **state) {
	struct ctx *ctx = *state;
	vm_start(ctx->vm, VM_MEMORY_256M, "", NULL);
	assert_non_null(strstr(
		vm_qmp(ctx->vm, "{'execute':'migrate','arguments':{'uri':'exec:cat>/dev/null'}}"),
		"Migration state blocked by apple-gfx display device"));
	assert_non_null(strstr(vm_hmp(ctx->vm, "savevm x"), "blocked by apple-gfx"));
}

static void a_device_that_discards_ram_and_ours_exclude_each_other(void **state) {
	static const char *const extra[] = { "-m", "256M,maxmem=1G", "-object",
		"memory-backend-memfd,id=more,size=128M,share=on", "-device",
		"virtio-mem-pci,memdev=more", NULL };
	struct ctx *ctx = *state;
	char device[256];
	snprintf(device, sizeof(device), "apple-gfx-pci,socket=%s", ctx->vm->socket_path);
	const char *const with[] = { extra[0], extra[1], extra[2], extra[3], extra[4], extra[5],
		"-device", device, NULL };
	fails_with(state, VM_MEMORY_256M, NULL, with, "another device needs to discard guest RAM");
}

static bool builtin(void) {
	return strcmp(getenv("PVG_SHIM"), "builtin") == 0;
}

static void plugin_arguments_are_defaults_of_the_devices(void **state) {
	struct ctx *ctx = *state;
	if (builtin()) {
		skip();
	}
	char plugin[512];
	snprintf(plugin, sizeof(plugin), "file=%s,socket=%s,name=by-plugin", getenv("PVG_SHIM"),
		ctx->vm->socket_path);
	// The plugin is loaded twice here: vm_start loads it too.
	const char *const extra[] = { "-plugin", plugin, "-device", "apple-gfx-pci,addr=5", NULL };
	vm_start(ctx->vm, VM_MEMORY_256M, NULL, extra);
	fakehost_attach(&ctx->host, &ctx->link);
	assert_string_equal(ctx->link.hello.name, "by-plugin");
}

static void an_unknown_plugin_argument_is_refused(void **state) {
	if (builtin()) {
		skip();
	}
	char plugin[512];
	snprintf(plugin, sizeof(plugin), "file=%s,sockett=/x", getenv("PVG_SHIM"));
	const char *const extra[] = { "-plugin", plugin, NULL };
	fails_with(state, VM_MEMORY_256M, NULL, extra, "'sockett=/x' is neither socket= nor name=");
}

static void the_name_of_the_vm_is_the_default(void **state) {
	struct ctx *ctx = *state;
	static const char *const extra[] = { "-name", "sequoia", NULL };
	ctx_start(ctx, "", extra);
	assert_string_equal(ctx->link.hello.name, "sequoia");
}

static void no_socket_and_no_runtime_dir_is_an_error(void **state) {
	static const char *const extra[] = { "-device", "apple-gfx-pci", NULL };
	char *saved = getenv("XDG_RUNTIME_DIR") != NULL ? strdup(getenv("XDG_RUNTIME_DIR")) : NULL;
	unsetenv("XDG_RUNTIME_DIR");
	fails_with(state, VM_MEMORY_256M, NULL, extra, "socket: not given, and XDG_RUNTIME_DIR");
	if (saved != NULL) {
		setenv("XDG_RUNTIME_DIR", saved, 1);
	}
	free(saved);
}

static void the_default_socket_is_in_the_runtime_dir(void **state) {
	struct ctx *ctx = *state;
	char *saved = getenv("XDG_RUNTIME_DIR") != NULL ? strdup(getenv("XDG_RUNTIME_DIR")) : NULL;
	setenv("XDG_RUNTIME_DIR", ctx->vm->dir, 1);
	char path[96];
	snprintf(path, sizeof(path), "%s/pvg-0.sock", ctx->vm->dir);
	fakehost_close(&ctx->host);
	fakehost_listen(&ctx->host, path);
	static const char *const extra[] = { "-device", "apple-gfx-pci,addr=5", NULL };
	vm_start(ctx->vm, VM_MEMORY_256M, NULL, extra);
	fakehost_attach(&ctx->host, &ctx->link);
	if (saved != NULL) {
		setenv("XDG_RUNTIME_DIR", saved, 1);
	} else {
		unsetenv("XDG_RUNTIME_DIR");
	}
	free(saved);
}

static void a_relative_socket_outlives_a_change_of_folder(void **state) {
	struct ctx *ctx = *state;
	char before[256], device[64];
	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(chdir(ctx->vm->dir), 0);
	snprintf(device, sizeof(device), "apple-gfx-pci,addr=5,socket=pvg.sock");
	const char *const extra[] = { "-device", device, NULL };
	vm_start(ctx->vm, VM_MEMORY_256M, NULL, extra);
	assert_int_equal(chdir(before), 0);
	fakehost_attach(&ctx->host, &ctx->link);
	vm_wait_log(ctx->vm, ctx->vm->socket_path);
}

static void qemus_sandbox_lets_it_connect_again_and_again(void **state) {
	struct ctx *ctx = *state;
	static const char *const extra[] = { "-sandbox",
		"on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny", NULL };
	vm_start(ctx->vm, VM_MEMORY_256M, "", extra);
	fakehost_attach(&ctx->host, &ctx->link);
	ctx_reconnect(ctx);
	ctx_reconnect(ctx);
	vm_set_reg(ctx->vm, 0x1020, 1);
	assert_true(fakelink_rung(&ctx->link, VM_DEADLINE_MS));
}

// A ROM image that a PC accepts: signature, size, no code.
static void write_rom(const char *path, const char *text) {
	uint8_t rom[4096] = { 0x55, 0xaa, sizeof(rom) / 512 };
	rom[0x18] = 0x1c;
	memcpy(rom + 0x1c, "PCIR", 4);
	snprintf((char *)rom + 0x100, 256, "%s", text);
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(rom, 1, 3000, file), 3000); // no power of two
	assert_int_equal(fclose(file), 0);
}

static bool has_bar1(struct ctx *ctx) {
	vm_pci_write(ctx->vm, VM_DEVFN, 0x14, 4, 0xffffffff);
	uint32_t value = vm_pci_read(ctx->vm, VM_DEVFN, 0x14, 4);
	assert_true(value == 0 || value == 0xff000000);
	return value != 0;
}

static void the_boot_frame_buffer_comes_with_our_rom_only(void **state) {
	static const struct {
		const char *text, *options;
		bool bar1;
	} cases[] = {
		{ "pvg-linux GOP", "", true },
		{ "pvg-linux GOP", ",boot-fb=off", false },
		{ "pvg-linux GOP", ",rombar=0", false },
		{ "someone else's", "", false },
		{ "someone else's", ",boot-fb=on", true },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ctx *ctx = *state;
		char path[128], device[256];
		snprintf(path, sizeof(path), "%s/a.rom", ctx->vm->dir);
		write_rom(path, cases[i].text);
		snprintf(device, sizeof(device), "romfile=%s%s", path, cases[i].options);
		ctx_start(ctx, device, NULL);
		assert_int_equal(has_bar1(ctx), cases[i].bar1);
		assert_int_equal((ctx->link.hello.features & PVG_LINK_FEATURE_BOOT_FB) != 0,
			cases[i].bar1);
		assert_int_equal(ctx->link.boot_fb >= 0, cases[i].bar1);
		ctx_teardown(state);
		ctx_empty(state);
	}
}

static void the_device_works_on_the_older_machine_too(void **state) {
	struct ctx *ctx = *state;
	static const char *const extra[] = { "-machine", "pc,memory-backend=ram", NULL };
	ctx_start(ctx, "", extra);
	assert_int_equal(vm_reg(ctx->vm, 0x1204), 1);
	assert_int_equal(ctx->link.mem_count, 2);
}

static void a_shim_of_another_series_says_so_and_stops(void **state) {
	struct ctx *ctx = *state;
	const char *other = getenv("PVG_SHIM_OTHER");
	if (other == NULL || other[0] == '\0' || builtin()) {
		skip();
	}
	char plugin[512];
	snprintf(plugin, sizeof(plugin), "file=%s", other);
	const char *const extra[] = { "-plugin", plugin, NULL };
	vm_spawn(ctx->vm, VM_MEMORY_256M, NULL, extra);
	assert_int_not_equal(vm_wait(ctx->vm), 0);
	assert_true(vm_log_has(ctx->vm, "built for QEMU 10.1, running 10.0"));
	assert_true(vm_log_has(ctx->vm, "qemu_plugin_install returned error code 1"));
}

int main(void) {
	vm_require();
	const struct CMUnitTest tests[] = {
		TEST_EMPTY(wrong_properties_are_named),
		TEST_EMPTY(wrong_display_modes_name_the_bad_part),
		TEST_EMPTY(more_modes_than_the_link_carries_are_refused),
		TEST_EMPTY(ram_that_cannot_be_shared_is_refused_with_a_hint),
		TEST_EMPTY(registers_alone_work_without_shared_ram),
		TEST_EMPTY(upstreams_properties_and_ours_exist),
		TEST_EMPTY(migration_and_snapshots_are_blocked),
		TEST_EMPTY(a_device_that_discards_ram_and_ours_exclude_each_other),
		TEST_EMPTY(plugin_arguments_are_defaults_of_the_devices),
		TEST_EMPTY(an_unknown_plugin_argument_is_refused),
		TEST_EMPTY(the_name_of_the_vm_is_the_default),
		TEST_EMPTY(no_socket_and_no_runtime_dir_is_an_error),
		TEST_EMPTY(the_default_socket_is_in_the_runtime_dir),
		TEST_EMPTY(a_relative_socket_outlives_a_change_of_folder),
		TEST_EMPTY(qemus_sandbox_lets_it_connect_again_and_again),
		TEST_EMPTY(the_boot_frame_buffer_comes_with_our_rom_only),
		TEST_EMPTY(the_device_works_on_the_older_machine_too),
		TEST_EMPTY(a_shim_of_another_series_says_so_and_stops),
	};
	return cmocka_run_group_tests_name("qtest properties", tests, NULL, NULL);
}
