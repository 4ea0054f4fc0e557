// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What QEMU shows and types: the console of the device, and input that comes over the link (spec 06
 * section 9). Keys and the relative mouse are read back at the PS/2 controller; what goes into
 * QEMU's input layer otherwise is seen by its own trace points.
 */
#include "fixture.h"

#include <fcntl.h>
#include <linux/input-event-codes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct picture {
	unsigned int width, height;
	uint8_t *rgb; // owned
};

static void take_screendump(struct ctx *ctx, struct picture *picture) {
	char path[128], command[256];
	snprintf(path, sizeof(path), "%s/shot.ppm", ctx->vm->dir);
	snprintf(command, sizeof(command),
		"{'execute':'screendump','arguments':{'filename':'%s','device':'gfx'}}", path);
	assert_non_null(strstr(vm_qmp(ctx->vm, command), "return"));
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "P6 %u %u 255", &picture->width, &picture->height), 2);
	fgetc(file);
	size_t size = (size_t)picture->width * picture->height * 3;
	picture->rgb = malloc(size);
	assert_non_null(picture->rgb);
	assert_int_equal(fread(picture->rgb, 1, size, file), size);
	fclose(file);
}

static bool picture_has_text(const struct picture *picture) {
	size_t lit = 0;
	for (size_t i = 0; i < (size_t)picture->width * picture->height * 3; i += 3) {
		lit += picture->rgb[i] > 0x60;
	}
	return lit > 50 && lit < (size_t)picture->width * picture->height / 4;
}

static void the_placeholder_is_a_text(void **state) {
	struct ctx *ctx = *state;
	struct picture before, after;
	fakehost_close(&ctx->host);
	vm_start(ctx->vm, VM_MEMORY_256M, "", NULL);
	take_screendump(ctx, &before);
	assert_int_equal(before.width, 640);
	assert_true(picture_has_text(&before));
	fakehost_listen(&ctx->host, ctx->vm->socket_path);
	fakehost_attach(&ctx->host, &ctx->link);
	take_screendump(ctx, &after);
	assert_true(picture_has_text(&after));
	// Another text: there is a host now.
	assert_memory_not_equal(before.rgb, after.rgb, 640 * 480 * 3);
	free(before.rgb);
	free(after.rgb);
}

#define FRAME_W 100
#define FRAME_H 50
#define FRAME_STRIDE 512

static uint32_t frame_pixel(unsigned int x, unsigned int y, uint32_t salt) {
	return (x * 2) << 16 | (y * 5) << 8 | (salt & 0xff);
}

static void draw_frame(uint8_t *map, uint32_t salt) {
	for (unsigned int y = 0; y < FRAME_H; y++) {
		for (unsigned int x = 0; x < FRAME_W; x++) {
			uint32_t pixel = frame_pixel(x, y, salt);
			memcpy(map + (size_t)y * FRAME_STRIDE + (size_t)x * 4, &pixel, 4);
		}
	}
}

static void check_frame(struct ctx *ctx, uint32_t salt) {
	struct picture picture;
	take_screendump(ctx, &picture);
	assert_int_equal(picture.width, FRAME_W);
	assert_int_equal(picture.height, FRAME_H);
	for (unsigned int y = 0; y < FRAME_H; y++) {
		for (unsigned int x = 0; x < FRAME_W; x++) {
			const uint8_t *rgb = picture.rgb + ((size_t)y * FRAME_W + x) * 3;
			uint32_t got = (uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | rgb[2];
			assert_int_equal(got, frame_pixel(x, y, salt));
		}
	}
	free(picture.rgb);
}

static void a_frame_of_the_host_is_what_screendump_sees(void **state) {
	struct ctx *ctx = *state;
	size_t bytes = FRAME_STRIDE * FRAME_H;
	struct pvg_link_frame_info info = {
		.width = FRAME_W, .height = FRAME_H, .stride = FRAME_STRIDE, .fourcc = 0x34325258
	};
	unsigned int count = 0;
	int fd = fake_memfd(bytes, 0, F_SEAL_SHRINK | F_SEAL_GROW);
	uint8_t *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(map != MAP_FAILED);
	for (uint32_t salt = 1; salt <= 3; salt++) {
		// The same buffer again and again, drawn into in place.
		draw_frame(map, salt);
		fakelink_send(&ctx->link, PVG_LINK_FRAME_INFO, &info, sizeof(info), &fd, 1);
		vm_reg(ctx->vm, 0x1204); // the message was sent first, the main loop goes round
		check_frame(ctx, salt);
		if (salt == 1) {
			// QEMU's own placeholder has a memfd, a frame has none
			count = vm_fd_count(ctx->vm);
		}
	}
	// Another buffer of the same size.
	int second = fake_memfd(bytes, 0, F_SEAL_SHRINK | F_SEAL_GROW);
	uint8_t *second_map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, second, 0);
	assert_true(second_map != MAP_FAILED);
	draw_frame(second_map, 77);
	fakelink_send(&ctx->link, PVG_LINK_FRAME_INFO, &info, sizeof(info), &second, 1);
	vm_reg(ctx->vm, 0x1204);
	check_frame(ctx, 77);
	vm_wait_fd_count(ctx->vm, count);
	// After the host is gone: the text again, the buffer unmapped.
	fakelink_close(&ctx->link);
	vm_wait_log(ctx->vm, "it is gone");
	struct picture picture;
	take_screendump(ctx, &picture);
	assert_int_equal(picture.width, 640);
	free(picture.rgb);
	char maps[64], line[512];
	snprintf(maps, sizeof(maps), "/proc/%d/maps", (int)ctx->vm->pid);
	FILE *file = fopen(maps, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		assert_null(strstr(line, "memfd:fake"));
	}
	fclose(file);
	munmap(map, bytes);
	munmap(second_map, bytes);
	close(fd);
	close(second);
}

static void cursors_of_all_sizes_are_taken(void **state) {
	struct ctx *ctx = *state;
	unsigned int count = vm_fd_count(ctx->vm);
	for (uint32_t size = 1; size <= 512; size *= 2) {
		int fd = fake_memfd((uint64_t)size * size * 4, 0x80, F_SEAL_SHRINK);
		struct pvg_link_cursor cursor = {
			.x = -5, .y = 100000, .visible = 1, .w = size, .h = size, .hx = size - 1
		};
		fakelink_send(&ctx->link, PVG_LINK_CURSOR, &cursor, sizeof(cursor), &fd, 1);
		close(fd);
	}
	struct pvg_link_cursor moved = { .x = 3, .y = 4 };
	fakelink_send(&ctx->link, PVG_LINK_CURSOR, &moved, sizeof(moved), NULL, 0);
	assert_int_equal(vm_reg(ctx->vm, 0x1204), 1);
	assert_false(fakelink_receive(&ctx->link, 50));
	assert_false(ctx->link.eof);
	vm_wait_fd_count(ctx->vm, count);
}

static void start_running(struct ctx *ctx, const char *const *more) {
	const char *extra[16] = { "-bios", ctx_halting_firmware(ctx) };
	size_t n = 2;
	for (size_t i = 0; more != NULL && more[i] != NULL; i++) {
		extra[n++] = more[i];
	}
	ctx_start(ctx, "", extra);
	vm_qmp(ctx->vm, "{'execute':'cont'}");
	vm_wait_status(ctx->vm, "running");
}

static void send_key(struct ctx *ctx, uint32_t code, bool down) {
	struct pvg_link_key key = { .code = code, .down = down };
	fakelink_send(&ctx->link, PVG_LINK_KEY, &key, sizeof(key), NULL, 0);
}

// The next byte of the PS/2 controller; @mouse: which of its two queues it has to come from.
static uint8_t ps2_byte(struct ctx *ctx, bool mouse) {
	int64_t deadline = vm_now_ms() + VM_DEADLINE_MS;
	for (;;) {
		uint32_t status = vm_in(ctx->vm, 0x64, 1);
		if ((status & 1) != 0) {
			assert_int_equal((status & 0x20) != 0, mouse);
			return (uint8_t)vm_in(ctx->vm, 0x60, 1);
		}
		if (vm_now_ms() > deadline) {
			fail_msg("no byte from the PS/2 controller");
		}
	}
}

static void ps2_start_keyboard(struct ctx *ctx) {
	vm_out(ctx->vm, 0x64, 1, 0x60); // command byte: no translation, no interrupts
	vm_out(ctx->vm, 0x60, 1, 0x00);
	vm_out(ctx->vm, 0x60, 1, 0xf4);
	assert_int_equal(ps2_byte(ctx, false), 0xfa);
}

static void keys_arrive_at_the_keyboard_controller(void **state) {
	struct ctx *ctx = *state;
	start_running(ctx, NULL);
	ps2_start_keyboard(ctx);
	send_key(ctx, KEY_A, true);
	assert_int_equal(ps2_byte(ctx, false), 0x1c);
	send_key(ctx, KEY_A, false);
	assert_int_equal(ps2_byte(ctx, false), 0xf0);
	assert_int_equal(ps2_byte(ctx, false), 0x1c);
	send_key(ctx, KEY_RIGHTCTRL, true); // an extended one
	assert_int_equal(ps2_byte(ctx, false), 0xe0);
	assert_int_equal(ps2_byte(ctx, false), 0x14);
	send_key(ctx, 0x2ff, true); // no such key on any keyboard of QEMU's: nothing
	send_key(ctx, KEY_ENTER, true);
	assert_int_equal(ps2_byte(ctx, false), 0x5a);
}

static void keys_held_by_a_host_that_died_are_released(void **state) {
	struct ctx *ctx = *state;
	start_running(ctx, NULL);
	ps2_start_keyboard(ctx);
	send_key(ctx, KEY_A, true);
	assert_int_equal(ps2_byte(ctx, false), 0x1c);
	fakelink_close(&ctx->link);
	assert_int_equal(ps2_byte(ctx, false), 0xf0);
	assert_int_equal(ps2_byte(ctx, false), 0x1c);
}

static void a_key_let_go_while_the_vm_stands_is_let_go_when_it_runs(void **state) {
	struct ctx *ctx = *state;
	start_running(ctx, NULL);
	ps2_start_keyboard(ctx);
	send_key(ctx, KEY_A, true);
	assert_int_equal(ps2_byte(ctx, false), 0x1c);
	vm_qmp(ctx->vm, "{'execute':'stop'}");
	send_key(ctx, KEY_A, false);
	send_key(ctx, KEY_B, true); // pressed while it stands: not for the guest
	send_key(ctx, KEY_B, false);
	vm_reg(ctx->vm, 0x1204);
	assert_int_equal(vm_in(ctx->vm, 0x64, 1) & 1, 0);
	vm_qmp(ctx->vm, "{'execute':'cont'}");
	assert_int_equal(ps2_byte(ctx, false), 0xf0);
	assert_int_equal(ps2_byte(ctx, false), 0x1c);
	assert_int_equal(vm_in(ctx->vm, 0x64, 1) & 1, 0);
}

static void send_pointer(struct ctx *ctx, uint32_t kind, int32_t a, int32_t b, uint32_t c) {
	struct pvg_link_pointer pointer = { .kind = kind, .a = a, .b = b, .c = c };
	fakelink_send(&ctx->link, PVG_LINK_POINTER, &pointer, sizeof(pointer), NULL, 0);
}

static void mouse_command(struct ctx *ctx, uint8_t byte) {
	vm_out(ctx->vm, 0x64, 1, 0xd4);
	vm_out(ctx->vm, 0x60, 1, byte);
	assert_int_equal(ps2_byte(ctx, true), 0xfa);
}

static void check_mouse(struct ctx *ctx, uint8_t flags, int8_t dx, int8_t dy) {
	assert_int_equal(ps2_byte(ctx, true), flags);
	assert_int_equal((int8_t)ps2_byte(ctx, true), dx);
	assert_int_equal((int8_t)ps2_byte(ctx, true), dy);
}

static void relative_motion_and_buttons_arrive_at_the_mouse(void **state) {
	struct ctx *ctx = *state;
	start_running(ctx, NULL);
	vm_out(ctx->vm, 0x64, 1, 0x60);
	vm_out(ctx->vm, 0x60, 1, 0x00);
	mouse_command(ctx, 0xf4);
	send_pointer(ctx, PVG_LINK_POINTER_REL, 5, -3, 0);
	check_mouse(ctx, 0x08, 5, 3); // PS/2 counts upwards
	send_pointer(ctx, PVG_LINK_POINTER_BUTTON, BTN_RIGHT, 1, 0);
	check_mouse(ctx, 0x0a, 0, 0);
	send_pointer(ctx, PVG_LINK_POINTER_BUTTON, BTN_RIGHT, 0, 0);
	check_mouse(ctx, 0x08, 0, 0);
	// A button held by a host that dies comes up.
	send_pointer(ctx, PVG_LINK_POINTER_BUTTON, BTN_LEFT, 1, 0);
	check_mouse(ctx, 0x09, 0, 0);
	fakelink_close(&ctx->link);
	check_mouse(ctx, 0x08, 0, 0);
}

static void a_button_let_go_while_the_vm_stands_comes_up(void **state) {
	struct ctx *ctx = *state;
	start_running(ctx, NULL);
	vm_out(ctx->vm, 0x64, 1, 0x60);
	vm_out(ctx->vm, 0x60, 1, 0x00);
	mouse_command(ctx, 0xf4);
	send_pointer(ctx, PVG_LINK_POINTER_BUTTON, BTN_LEFT, 1, 0);
	check_mouse(ctx, 0x09, 0, 0);
	vm_qmp(ctx->vm, "{'execute':'stop'}");
	send_pointer(ctx, PVG_LINK_POINTER_BUTTON, BTN_LEFT, 0, 0);
	vm_reg(ctx->vm, 0x1204);
	vm_qmp(ctx->vm, "{'execute':'cont'}");
	check_mouse(ctx, 0x08, 0, 0);
}

static bool qemu_traces(struct ctx *ctx) {
	return !vm_log_has(ctx->vm, "warning: trace event") &&
		!vm_log_has(ctx->vm, "Unknown trace");
}

static void absolute_positions_and_the_wheel_reach_the_tablet(void **state) {
	struct ctx *ctx = *state;
	static const char *const more[] = { "-device", "qemu-xhci", "-device", "usb-tablet",
		"-trace", "input_event_abs", "-trace", "input_event_btn", "-trace",
		"input_event_sync", NULL };
	start_running(ctx, more);
	assert_true(qemu_traces(ctx));
	assert_non_null(strstr(vm_qmp(ctx->vm, "{'execute':'query-mice'}"), "QEMU HID Tablet"));
	assert_non_null(strstr(ctx->vm->line, "\"absolute\": true"));
	send_pointer(ctx, PVG_LINK_POINTER_ABS, 1234, 32767, 0);
	vm_wait_log(ctx->vm, "axis x, value 0x4d2");
	vm_wait_log(ctx->vm, "axis y, value 0x7fff");
	send_pointer(ctx, PVG_LINK_POINTER_WHEEL, 240, 0, 0); // two notches down
	vm_wait_log(ctx->vm, "button wheel-down, down 0");
	send_pointer(ctx, PVG_LINK_POINTER_WHEEL, 0, -119, 0); // not yet one
	send_pointer(ctx, PVG_LINK_POINTER_WHEEL, 0, -1, 0);   // now
	vm_wait_log(ctx->vm, "button wheel-left, down 0");
	assert_int_equal(vm_log_count(ctx->vm, "button wheel-down, down 1"), 2);
	assert_int_equal(vm_log_count(ctx->vm, "button wheel-left, down 1"), 1);
	send_pointer(ctx, PVG_LINK_POINTER_BUTTON, BTN_SIDE, 1, 0);
	vm_wait_log(ctx->vm, "button side, down 1");
	// A number that would be millions of clicks is sixteen.
	send_pointer(ctx, PVG_LINK_POINTER_WHEEL, INT32_MIN, 0, 0);
	send_pointer(ctx, PVG_LINK_POINTER_BUTTON, BTN_EXTRA, 1, 0);
	vm_wait_log(ctx->vm, "button extra, down 1");
	assert_int_equal(vm_log_count(ctx->vm, "button wheel-up, down 1"), 16);
	// Something that no mouse of QEMU's has: named, and nothing more.
	send_pointer(ctx, PVG_LINK_POINTER_BUTTON, BTN_TASK, 1, 0);
	vm_wait_log(ctx->vm, "pointer button 0x117 has no match");
}

static void pointing_devices_are_announced_also_later_ones(void **state) {
	struct ctx *ctx = *state;
	static const char *const more[] = { "-device", "qemu-xhci", NULL };
	start_running(ctx, more);
	assert_int_equal(ctx->link.inputs, 1);
	assert_int_equal(ctx->link.input.pointers, PVG_LINK_INPUT_PS2_MOUSE);
	static const struct {
		const char *add;
		uint32_t pointers;
	} steps[] = {
		{ "{'execute':'device_add','arguments':{'driver':'usb-tablet','id':'t'}}",
			PVG_LINK_INPUT_PS2_MOUSE | PVG_LINK_INPUT_ABSOLUTE },
		{ "{'execute':'device_add','arguments':{'driver':'usb-mouse','id':'m'}}",
			PVG_LINK_INPUT_PS2_MOUSE | PVG_LINK_INPUT_ABSOLUTE |
				PVG_LINK_INPUT_RELATIVE },
		{ "{'execute':'device_del','arguments':{'id':'t'}}",
			PVG_LINK_INPUT_PS2_MOUSE | PVG_LINK_INPUT_RELATIVE },
	};
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		assert_non_null(strstr(vm_qmp(ctx->vm, steps[i].add), "return"));
		int64_t deadline = vm_now_ms() + VM_DEADLINE_MS;
		while (ctx->link.input.pointers != steps[i].pointers) {
			// QEMU has no event for it: the shim looks when it passes something on.
			send_pointer(ctx, PVG_LINK_POINTER_REL, 1, 0, 0);
			fakelink_receive(&ctx->link, 100);
			assert_true(vm_now_ms() < deadline);
		}
	}
	assert_int_equal(ctx->link.inputs, 4);
}

static void scrolling_back_does_not_eat_the_first_notch(void **state) {
	struct ctx *ctx = *state;
	static const char *const more[] = { "-trace", "input_event_btn", "-trace",
		"input_event_sync", NULL };
	start_running(ctx, more);
	assert_true(qemu_traces(ctx));
	send_pointer(ctx, PVG_LINK_POINTER_WHEEL, 100, 0, 0);
	send_pointer(ctx, PVG_LINK_POINTER_WHEEL, -120, 0, 0);
	vm_wait_log(ctx->vm, "button wheel-up, down 0");
	assert_int_equal(vm_log_count(ctx->vm, "button wheel-down, down 1"), 0);
	for (int i = 0; i < 8; i++) { // a wheel of eight steps a notch
		send_pointer(ctx, PVG_LINK_POINTER_WHEEL, 15, 0, 0);
	}
	vm_wait_log(ctx->vm, "button wheel-down, down 0");
	assert_int_equal(vm_log_count(ctx->vm, "button wheel-down, down 1"), 1);
}

int main(void) {
	vm_require();
	const struct CMUnitTest tests[] = {
		TEST_EMPTY(the_placeholder_is_a_text),
		TEST_STARTED(a_frame_of_the_host_is_what_screendump_sees),
		TEST_STARTED(cursors_of_all_sizes_are_taken),
		TEST_EMPTY(keys_arrive_at_the_keyboard_controller),
		TEST_EMPTY(keys_held_by_a_host_that_died_are_released),
		TEST_EMPTY(a_key_let_go_while_the_vm_stands_is_let_go_when_it_runs),
		TEST_EMPTY(relative_motion_and_buttons_arrive_at_the_mouse),
		TEST_EMPTY(a_button_let_go_while_the_vm_stands_comes_up),
		TEST_EMPTY(absolute_positions_and_the_wheel_reach_the_tablet),
		TEST_EMPTY(pointing_devices_are_announced_also_later_ones),
		TEST_EMPTY(scrolling_back_does_not_eat_the_first_notch),
	};
	return cmocka_run_group_tests_name("qtest console and input", tests, NULL, NULL);
}
