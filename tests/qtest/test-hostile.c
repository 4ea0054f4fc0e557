// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A host that lies. Every malformed message ends the connection with its reason named, every
 * descriptor that came with it is closed, and QEMU goes on (spec 06 section 6.1).
 */
#include "fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct packet {
	uint8_t bytes[PVG_LINK_MAX_PACKET + 64];
	size_t size;
	int fds[32];
	unsigned int nfds;
};

static void begin(struct packet *packet, uint16_t type, uint16_t nfds, const void *payload,
	size_t length) {
	memset(packet, 0, sizeof(*packet));
	struct pvg_link_header header = {
		.type = type,
		.nfds = nfds,
		.length = (uint32_t)length,
		.serial = 1,
	};
	memcpy(packet->bytes, &header, sizeof(header));
	memcpy(packet->bytes + sizeof(header), payload, length);
	packet->size = sizeof(header) + length;
}

static void add_fds(struct packet *packet, unsigned int n, uint64_t size, unsigned int seals) {
	for (unsigned int i = 0; i < n; i++) {
		packet->fds[packet->nfds++] = fake_memfd(size, 0, seals);
	}
}

// Sends, expects the end of the connection with @why, no descriptor left, and a new connection.
static void refuse(struct ctx *ctx, struct packet *packet, const char *why) {
	unsigned int count = vm_fd_count(ctx->vm);
	unsigned int before = vm_log_count(ctx->vm, why);
	fakelink_send_raw(&ctx->link, packet->bytes, packet->size, packet->fds, packet->nfds);
	for (unsigned int i = 0; i < packet->nfds; i++) {
		close(packet->fds[i]);
	}
	fakelink_wait_eof(&ctx->link);
	ctx_reconnect(ctx);
	vm_wait_fd_count(ctx->vm, count);
	if (vm_log_count(ctx->vm, why) == before && !vm_log_has(ctx->vm, "more)")) {
		// The log says one line a second: give it the next second.
		vm_wait_log(ctx->vm, why);
	}
	assert_int_equal(vm_reg(ctx->vm, 0x1204), 1);
}

// As refuse, with a VM of its own, so that the log line is not held back.
static void refuse_and_name(void **state, struct packet *packet, const char *why) {
	struct ctx *ctx = *state;
	unsigned int count = vm_fd_count(ctx->vm);
	fakelink_send_raw(&ctx->link, packet->bytes, packet->size, packet->fds, packet->nfds);
	for (unsigned int i = 0; i < packet->nfds; i++) {
		close(packet->fds[i]);
	}
	fakelink_wait_eof(&ctx->link);
	vm_wait_log(ctx->vm, why);
	ctx_reconnect(ctx);
	vm_wait_fd_count(ctx->vm, count);
	assert_int_equal(vm_reg(ctx->vm, 0x1204), 1);
	ctx_teardown(state);
	ctx_started(state);
}

#define SEALED (F_SEAL_SHRINK | F_SEAL_GROW)

static void broken_packets_are_refused(void **state) {
	struct packet packet;
	static const struct pvg_link_key key = { .code = 30, .down = 1 };

	begin(&packet, PVG_LINK_KEY, 0, &key, sizeof(key));
	packet.size = 7; // less than a header
	refuse_and_name(state, &packet, "packet shorter than its header");

	begin(&packet, PVG_LINK_KEY, 0, &key, sizeof(key));
	packet.size -= 1;
	refuse_and_name(state, &packet, "packet length differs from the header's");

	begin(&packet, PVG_LINK_KEY, 0, &key, sizeof(key) - 4);
	refuse_and_name(state, &packet, "wrong payload length for this type");

	begin(&packet, PVG_LINK_KEY, 1, &key, sizeof(key)); // says one, sends none
	refuse_and_name(state, &packet, "descriptor count differs from the header's");

	begin(&packet, PVG_LINK_KEY, 0, &key, sizeof(key)); // says none, sends two
	add_fds(&packet, 2, 4096, SEALED);
	refuse_and_name(state, &packet, "descriptor count differs from the header's");

	begin(&packet, PVG_LINK_KEY, 3, &key, sizeof(key));
	add_fds(&packet, 3, 4096, SEALED);
	refuse_and_name(state, &packet, "wrong number of descriptors for this type");

	begin(&packet, 0x60, 0, "", 0);
	packet.bytes[12] = PVG_LINK_FLAG_CRITICAL;
	refuse_and_name(state, &packet, "unknown message type");

	begin(&packet, PVG_LINK_READY, 0, "\1\0\0\0", 4); // of the other direction
	packet.bytes[12] = PVG_LINK_FLAG_CRITICAL;
	refuse_and_name(state, &packet, "unknown message type");

	begin(&packet, PVG_LINK_KEY, 0, &key, sizeof(key));
	packet.size = PVG_LINK_MAX_PACKET + 8;
	refuse_and_name(state, &packet, "truncated");

	begin(&packet, PVG_LINK_KEY, 17, &key, sizeof(key));
	add_fds(&packet, 17, 4096, SEALED);
	refuse_and_name(state, &packet, "descriptor count differs from the header's");

	begin(&packet, PVG_LINK_KEY, 2, &key, sizeof(key)); // an empty packet is the end
	packet.size = 0;
	add_fds(&packet, 2, 4096, SEALED);
	refuse_and_name(state, &packet, "it is gone");

	begin(&packet, PVG_LINK_KEY, 20, &key, sizeof(key));
	add_fds(&packet, 20, 4096, SEALED);
	refuse_and_name(state, &packet, "truncated");
}

static void broken_contents_are_refused(void **state) {
	struct packet packet;

	struct pvg_link_welcome welcome = { .major = PVG_LINK_MAJOR };
	begin(&packet, PVG_LINK_WELCOME, 0, &welcome, sizeof(welcome));
	refuse_and_name(state, &packet, "WELCOME: a second one");

	struct pvg_link_key key = { .code = 0x300, .down = 1 };
	begin(&packet, PVG_LINK_KEY, 0, &key, sizeof(key));
	refuse_and_name(state, &packet, "KEY: no such key or state");
	key = (struct pvg_link_key){ .code = 30, .down = 2 };
	begin(&packet, PVG_LINK_KEY, 0, &key, sizeof(key));
	refuse_and_name(state, &packet, "KEY: no such key or state");

	struct pvg_link_pointer pointer = { .kind = 4 };
	begin(&packet, PVG_LINK_POINTER, 0, &pointer, sizeof(pointer));
	refuse_and_name(state, &packet, "POINTER: unknown kind");
	pointer = (struct pvg_link_pointer){ .kind = PVG_LINK_POINTER_ABS, .a = 32768 };
	begin(&packet, PVG_LINK_POINTER, 0, &pointer, sizeof(pointer));
	refuse_and_name(state, &packet, "POINTER: absolute position");

	struct pvg_link_power power = { .what = 3 };
	begin(&packet, PVG_LINK_POWER, 0, &power, sizeof(power));
	refuse_and_name(state, &packet, "POWER: unknown request");
}

static void broken_frames_are_refused(void **state) {
	struct packet packet;
	struct pvg_link_frame_info good = {
		.width = 64, .height = 32, .stride = 256, .fourcc = 0x34325258
	};
	struct pvg_link_frame_info info = good;

	info.width = 0;
	begin(&packet, PVG_LINK_FRAME_INFO, 1, &info, sizeof(info));
	add_fds(&packet, 1, 8192, SEALED);
	refuse_and_name(state, &packet, "FRAME_INFO: geometry out of range");

	info = good;
	info.height = 8193;
	begin(&packet, PVG_LINK_FRAME_INFO, 1, &info, sizeof(info));
	add_fds(&packet, 1, 8192, SEALED);
	refuse_and_name(state, &packet, "FRAME_INFO: geometry out of range");

	info = good;
	info.stride = 258; // pixman wants whole pixels
	begin(&packet, PVG_LINK_FRAME_INFO, 1, &info, sizeof(info));
	add_fds(&packet, 1, 16384, SEALED);
	refuse_and_name(state, &packet, "FRAME_INFO: geometry out of range");

	info = good;
	info.fourcc = 0x12345678;
	begin(&packet, PVG_LINK_FRAME_INFO, 1, &info, sizeof(info));
	add_fds(&packet, 1, 8192, SEALED);
	refuse_and_name(state, &packet, "FRAME_INFO: format is neither");

	begin(&packet, PVG_LINK_FRAME_INFO, 1, &good, sizeof(good));
	add_fds(&packet, 1, 8191, SEALED);
	refuse_and_name(state, &packet, "FRAME_INFO: not a sealed memfd");

	begin(&packet, PVG_LINK_FRAME_INFO, 1, &good, sizeof(good));
	add_fds(&packet, 1, 8192, 0); // could be shrunk under the mapping
	refuse_and_name(state, &packet, "FRAME_INFO: not a sealed memfd");

	begin(&packet, PVG_LINK_FRAME_INFO, 1, &good, sizeof(good));
	packet.fds[packet.nfds++] = eventfd(0, 0);
	refuse_and_name(state, &packet, "FRAME_INFO: not a sealed memfd");

	begin(&packet, PVG_LINK_FRAME_INFO, 0, &good, sizeof(good));
	refuse_and_name(state, &packet, "wrong number of descriptors for this type");
}

static void broken_cursors_and_journals_are_refused(void **state) {
	struct packet packet;
	struct pvg_link_cursor good = { .w = 16, .h = 16, .visible = 1 };
	struct pvg_link_cursor cursor = good;

	cursor.hx = 16;
	begin(&packet, PVG_LINK_CURSOR, 1, &cursor, sizeof(cursor));
	add_fds(&packet, 1, 1024, SEALED);
	refuse_and_name(state, &packet, "CURSOR: geometry out of range");

	cursor = good;
	cursor.w = 513;
	begin(&packet, PVG_LINK_CURSOR, 1, &cursor, sizeof(cursor));
	add_fds(&packet, 1, 1024, SEALED);
	refuse_and_name(state, &packet, "CURSOR: geometry out of range");

	cursor = good;
	cursor.h = 0;
	begin(&packet, PVG_LINK_CURSOR, 1, &cursor, sizeof(cursor));
	add_fds(&packet, 1, 1024, SEALED);
	refuse_and_name(state, &packet, "CURSOR: geometry out of range");

	begin(&packet, PVG_LINK_CURSOR, 0, &good, sizeof(good));
	refuse_and_name(state, &packet, "CURSOR: glyph size and descriptor do not agree");

	begin(&packet, PVG_LINK_CURSOR, 1, &good, sizeof(good));
	add_fds(&packet, 1, 1023, SEALED);
	refuse_and_name(state, &packet, "CURSOR: not a sealed memfd");

	struct pvg_link_journal journal = { .state_token = 1 };
	begin(&packet, PVG_LINK_JOURNAL, 1, &journal, sizeof(journal));
	add_fds(&packet, 1, 4096, F_SEAL_SHRINK);
	refuse_and_name(state, &packet, "JOURNAL: not sealed against growing");

	begin(&packet, PVG_LINK_JOURNAL, 1, &journal, sizeof(journal));
	add_fds(&packet, 1, 0, SEALED);
	refuse_and_name(state, &packet, "JOURNAL: not a memfd");
}

static void nothing_is_taken_before_welcome(void **state) {
	struct ctx *ctx = *state;
	vm_start(ctx->vm, VM_MEMORY_256M, "", NULL);
	fakehost_accept(&ctx->host, &ctx->link);
	fakelink_hello(&ctx->link);
	struct pvg_link_power power = { .what = PVG_LINK_POWER_QUIT };
	fakelink_send(&ctx->link, PVG_LINK_POWER, &power, sizeof(power), NULL, 0);
	fakelink_wait_eof(&ctx->link);
	vm_wait_log(ctx->vm, "a message before WELCOME");
	ctx_reconnect(ctx);
}

static void another_major_version_is_refused(void **state) {
	struct ctx *ctx = *state;
	vm_start(ctx->vm, VM_MEMORY_256M, "", NULL);
	fakehost_accept(&ctx->host, &ctx->link);
	fakelink_hello(&ctx->link);
	struct pvg_link_welcome welcome = { .major = PVG_LINK_MAJOR + 1 };
	fakelink_send(&ctx->link, PVG_LINK_WELCOME, &welcome, sizeof(welcome), NULL, 0);
	fakelink_wait_eof(&ctx->link);
	vm_wait_log(ctx->vm, "WELCOME: another major version");
	ctx_reconnect(ctx);
}

// A small generator of our own: the same run everywhere.
static uint32_t next_random(uint32_t *state) {
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void random_packets_never_leak_or_hang(void **state) {
	struct ctx *ctx = *state;
	uint32_t seed = 0x9e3779b9;
	unsigned int count = vm_fd_count(ctx->vm), ended = 0;
	static const uint16_t types[] = { PVG_LINK_WELCOME, PVG_LINK_RESET_ACK, PVG_LINK_KEY,
		PVG_LINK_POINTER, PVG_LINK_FRAME_INFO, PVG_LINK_CURSOR, PVG_LINK_JOURNAL,
		PVG_LINK_HELLO, PVG_LINK_MEM_TABLE, 0, 0xffff };
	for (unsigned int i = 0; i < 60; i++) {
		uint8_t payload[512];
		for (size_t b = 0; b < sizeof(payload); b++) {
			payload[b] =
				(uint8_t)(next_random(&seed) % 7 == 0 ? next_random(&seed) : 0);
		}
		struct packet packet;
		uint16_t type = types[next_random(&seed) % (sizeof(types) / sizeof(types[0]))];
		unsigned int nfds = next_random(&seed) % 4;
		begin(&packet, type, (uint16_t)nfds, payload, next_random(&seed) % 48);
		packet.bytes[12] = (uint8_t)(next_random(&seed) & 1);
		add_fds(&packet, nfds, 4096, next_random(&seed) % 2 == 0 ? SEALED : 0);
		fakelink_send_raw(&ctx->link, packet.bytes, packet.size, packet.fds, packet.nfds);
		for (unsigned int f = 0; f < packet.nfds; f++) {
			close(packet.fds[f]);
		}
		assert_int_equal(vm_reg(ctx->vm, 0x1204), 1);
		fakelink_receive(&ctx->link, 20);
		if (ctx->link.eof) {
			ended++;
			ctx_reconnect(ctx);
		}
	}
	assert_true(ended > 20);
	ctx_reconnect(ctx);
	// A journal that happened to be well formed may be kept: one descriptor.
	unsigned int now = vm_fd_count(ctx->vm);
	assert_in_range(now, count, count + 1);
}

static void a_scribbled_page_harms_nobody(void **state) {
	struct ctx *ctx = *state;
	uint32_t seed = 0x12345;
	for (unsigned int round = 0; round < 20; round++) {
		uint32_t *words = (uint32_t *)(void *)ctx->link.page;
		for (size_t i = 0; i < PVG_LINK_PAGE_SIZE / 4; i++) {
			words[i] = next_random(&seed);
		}
		vm_set_reg(ctx->vm, 0x1000, round & 1);
		vm_set_reg(ctx->vm, 0x1208, round);
		vm_set_reg(ctx->vm, 0x1020, 5);
		vm_reg(ctx->vm, 0x1018);
		assert_int_equal(vm_reg(ctx->vm, 0x102c), 0);
		assert_int_equal(vm_reg(ctx->vm, 0x1204), 1);
		ctx_reconnect(ctx);
		// The next host gets the epoch, the table and the header as they are.
		assert_int_equal((uint32_t)ctx->link.hello.epoch,
			atomic_load(&ctx->link.page->epoch));
		assert_int_equal(ctx->link.mem_generation,
			atomic_load(&ctx->link.page->mem_generation));
	}
}

static void good_messages_still_work_after_all_that(void **state) {
	struct ctx *ctx = *state;
	struct packet packet;
	struct pvg_link_key key = { .code = 0x300 };
	for (unsigned int i = 0; i < 3; i++) {
		begin(&packet, PVG_LINK_KEY, 0, &key, sizeof(key));
		refuse(ctx, &packet, "KEY: no such key or state");
	}
	key.code = 30;
	fakelink_send(&ctx->link, PVG_LINK_KEY, &key, sizeof(key), NULL, 0);
	vm_set_reg(ctx->vm, 0x1020, 1);
	assert_true(fakelink_rung(&ctx->link, 1000));
	assert_false(fakelink_receive(&ctx->link, 0));
	assert_false(ctx->link.eof);
}

int main(void) {
	vm_require();
	const struct CMUnitTest tests[] = {
		TEST_STARTED(broken_packets_are_refused),
		TEST_STARTED(broken_contents_are_refused),
		TEST_STARTED(broken_frames_are_refused),
		TEST_STARTED(broken_cursors_and_journals_are_refused),
		TEST_EMPTY(nothing_is_taken_before_welcome),
		TEST_EMPTY(another_major_version_is_refused),
		TEST_STARTED(random_packets_never_leak_or_hang),
		TEST_STARTED(a_scribbled_page_harms_nobody),
		TEST_STARTED(good_messages_still_work_after_all_that),
	};
	return cmocka_run_group_tests_name("qtest hostile host", tests, NULL, NULL);
}
