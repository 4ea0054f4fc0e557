// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The structural checks of pvg-link messages, which both ends share, over all types: truncated at
 * every length, too long, wrong number of descriptors, wrong counts and enumerations, the other
 * direction. No QEMU takes part.
 */
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "pvg-link-io.h"

struct sample {
	uint16_t type;
	enum pvg_link_side from;
	unsigned int nfds;
	size_t length;
	_Alignas(8) uint8_t payload[256];
};

static void fill(struct sample *sample, uint16_t type, enum pvg_link_side from, unsigned int nfds,
	const void *payload, size_t length) {
	*sample = (struct sample){ .type = type, .from = from, .nfds = nfds, .length = length };
	assert_true(length <= sizeof(sample->payload));
	memcpy(sample->payload, payload, length);
}

#define SAMPLES 16

// One good message of each type.
static void good_samples(struct sample *samples) {
	static const struct pvg_link_hello hello = { .magic = PVG_LINK_MAGIC,
		.major = PVG_LINK_MAJOR,
		.page_shift = 12,
		.bar0_size = 0x4000,
		.displays = 1,
		.name = "vm" };
	struct {
		uint32_t generation, count, nfd, reserved;
		struct pvg_link_region regions[2];
	} table = { 1, 2, 1, 0,
		{ { .gpa = 0, .size = 0xa0000 },
			{ .gpa = 0x100000, .size = 0x100000, .fd_offset = 0x100000 } } };
	static const uint32_t ready = 1;
	static const struct pvg_link_runstate runstate = { 1, 0 };
	static const struct pvg_link_reset reset = { 2, 0, 0 };
	struct {
		uint32_t count;
		struct pvg_link_mode modes[2];
	} modes = { 2, { { 1, 1, 1, 0 }, { 2, 2, 2, 0 } } };
	static const struct pvg_link_bye bye = { 1 };
	static const struct pvg_link_input input = { PVG_LINK_INPUT_ABSOLUTE };
	static const struct pvg_link_welcome welcome = { .major = PVG_LINK_MAJOR };
	static const struct pvg_link_reset_ack ack = { 2 };
	static const struct pvg_link_key key = { 30, 1 };
	static const struct pvg_link_pointer pointer = { PVG_LINK_POINTER_ABS, 32767, 0, 7 };
	static const struct pvg_link_power power = { PVG_LINK_POWER_RESET };
	static const struct pvg_link_frame_info frame = { 8192, 8192, 32768, 0x34325258 };
	static const struct pvg_link_cursor cursor = { .w = 512, .h = 512, .hx = 511, .hy = 511 };
	static const struct pvg_link_journal journal = { 1 };
	unsigned int n = 0;
#define SAMPLE(type, from, nfds, value) \
	fill(&samples[n++], (type), (from), (nfds), &(value), sizeof(value))
	SAMPLE(PVG_LINK_HELLO, PVG_LINK_FROM_SHIM, 3, hello);
	SAMPLE(PVG_LINK_MEM_TABLE, PVG_LINK_FROM_SHIM, 1, table);
	SAMPLE(PVG_LINK_READY, PVG_LINK_FROM_SHIM, 0, ready);
	SAMPLE(PVG_LINK_RUNSTATE, PVG_LINK_FROM_SHIM, 0, runstate);
	SAMPLE(PVG_LINK_RESET, PVG_LINK_FROM_SHIM, 0, reset);
	SAMPLE(PVG_LINK_MODES, PVG_LINK_FROM_SHIM, 0, modes);
	SAMPLE(PVG_LINK_BYE, PVG_LINK_FROM_SHIM, 0, bye);
	SAMPLE(PVG_LINK_INPUT, PVG_LINK_FROM_SHIM, 0, input);
	SAMPLE(PVG_LINK_WELCOME, PVG_LINK_FROM_HOST, 0, welcome);
	SAMPLE(PVG_LINK_RESET_ACK, PVG_LINK_FROM_HOST, 0, ack);
	SAMPLE(PVG_LINK_KEY, PVG_LINK_FROM_HOST, 0, key);
	SAMPLE(PVG_LINK_POINTER, PVG_LINK_FROM_HOST, 0, pointer);
	SAMPLE(PVG_LINK_POWER, PVG_LINK_FROM_HOST, 0, power);
	SAMPLE(PVG_LINK_FRAME_INFO, PVG_LINK_FROM_HOST, 1, frame);
	SAMPLE(PVG_LINK_CURSOR, PVG_LINK_FROM_HOST, 1, cursor);
	SAMPLE(PVG_LINK_JOURNAL, PVG_LINK_FROM_HOST, 1, journal);
#undef SAMPLE
	assert_int_equal(n, SAMPLES);
}

static size_t pack(const struct sample *sample, uint8_t *bytes, uint32_t flags) {
	struct pvg_link_header header = { .type = sample->type,
		.nfds = (uint16_t)sample->nfds,
		.length = (uint32_t)sample->length,
		.flags = flags };
	memcpy(bytes, &header, sizeof(header));
	memcpy(bytes + sizeof(header), sample->payload, sample->length);
	return sizeof(header) + sample->length;
}

static enum pvg_link_result check(const struct sample *sample, const char **why) {
	uint8_t bytes[512];
	size_t size = pack(sample, bytes, PVG_LINK_FLAG_CRITICAL);
	*why = NULL;
	return pvg_link_check(bytes, size, sample->nfds, sample->from, why);
}

static void good_messages_are_taken(void **state) {
	struct sample samples[SAMPLES];
	const char *why;
	good_samples(samples);
	for (unsigned int i = 0; i < SAMPLES; i++) {
		assert_int_equal(check(&samples[i], &why), PVG_LINK_OK);
	}
}

static void every_truncation_is_refused(void **state) {
	struct sample samples[SAMPLES];
	const char *why;
	good_samples(samples);
	for (unsigned int i = 0; i < SAMPLES; i++) {
		struct sample sample = samples[i];
		for (size_t length = 0; length < samples[i].length; length++) {
			sample.length = length;
			assert_int_equal(check(&sample, &why), PVG_LINK_BAD);
			assert_non_null(why);
		}
		// The packet is shorter than its own header says, at each byte.
		uint8_t bytes[512];
		size_t size = pack(&samples[i], bytes, 0);
		for (size_t cut = 0; cut < size; cut++) {
			assert_int_equal(pvg_link_check(bytes, cut, samples[i].nfds,
						 samples[i].from, &why),
				PVG_LINK_BAD);
		}
		sample.length = samples[i].length + 4;
		assert_int_equal(check(&sample, &why), PVG_LINK_BAD);
	}
}

static void all_ones_are_refused(void **state) {
	struct sample samples[SAMPLES];
	const char *why;
	good_samples(samples);
	for (unsigned int i = 0; i < SAMPLES; i++) {
		switch (samples[i].type) {
		case PVG_LINK_READY:
		case PVG_LINK_RUNSTATE:
		case PVG_LINK_RESET:
		case PVG_LINK_BYE:
		case PVG_LINK_INPUT:
		case PVG_LINK_RESET_ACK:
		case PVG_LINK_JOURNAL:
			continue; // every number is a number there
		}
		memset(samples[i].payload, 0xff, samples[i].length);
		assert_int_equal(check(&samples[i], &why), PVG_LINK_BAD);
	}
}

static void the_other_direction_and_unknown_types_are_no_messages(void **state) {
	struct sample samples[SAMPLES];
	const char *why;
	uint8_t bytes[512];
	good_samples(samples);
	for (unsigned int i = 0; i < SAMPLES; i++) {
		enum pvg_link_side other = samples[i].from == PVG_LINK_FROM_SHIM
			? PVG_LINK_FROM_HOST
			: PVG_LINK_FROM_SHIM;
		size_t size = pack(&samples[i], bytes, PVG_LINK_FLAG_CRITICAL);
		assert_int_equal(pvg_link_check(bytes, size, samples[i].nfds, other, &why),
			PVG_LINK_BAD);
		size = pack(&samples[i], bytes, 0);
		assert_int_equal(pvg_link_check(bytes, size, samples[i].nfds, other, &why),
			PVG_LINK_IGNORE);
		struct sample unknown = samples[i];
		unknown.type = 0x7f;
		size = pack(&unknown, bytes, 0);
		assert_int_equal(pvg_link_check(bytes, size, unknown.nfds, unknown.from, &why),
			PVG_LINK_IGNORE);
	}
}

static void a_wrong_number_of_descriptors_is_refused(void **state) {
	struct sample samples[SAMPLES];
	const char *why;
	good_samples(samples);
	for (unsigned int i = 0; i < SAMPLES; i++) {
		for (unsigned int nfds = 0; nfds <= PVG_LINK_MAX_FDS + 1; nfds++) {
			struct sample sample = samples[i];
			sample.nfds = nfds;
			// A cursor without a descriptor has no glyph; everything else has one right
			// number.
			enum pvg_link_result want =
				nfds == samples[i].nfds ? PVG_LINK_OK : PVG_LINK_BAD;
			assert_int_equal(check(&sample, &why), want);
		}
	}
}

static void hello_says_how_many_descriptors_come(void **state) {
	struct sample samples[SAMPLES];
	const char *why;
	good_samples(samples);
	static const struct {
		uint32_t features;
		unsigned int nfds;
	} cases[] = {
		{ 0, 3 }, { PVG_LINK_FEATURE_BOOT_FB, 4 }, { PVG_LINK_FEATURE_JOURNAL, 4 },
		{ PVG_LINK_FEATURE_BOOT_FB | PVG_LINK_FEATURE_JOURNAL, 5 },
		{ 0xffffffc0, 3 }, // unknown features are no reason to refuse
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (unsigned int nfds = 2; nfds <= 6; nfds++) {
			struct sample sample = samples[0];
			((struct pvg_link_hello *)(void *)sample.payload)->features =
				cases[i].features;
			sample.nfds = nfds;
			assert_int_equal(check(&sample, &why),
				nfds == cases[i].nfds ? PVG_LINK_OK : PVG_LINK_BAD);
		}
	}
}

static void every_field_of_hello_is_checked(void **state) {
	struct sample samples[SAMPLES];
	const char *why;
	good_samples(samples);
	static const struct {
		size_t offset;
		uint32_t value;
		const char *why;
	} cases[] = {
		{ offsetof(struct pvg_link_hello, magic), 0x31475651, "HELLO: magic" },
		{ offsetof(struct pvg_link_hello, major), 2, "HELLO: another major" },
		{ offsetof(struct pvg_link_hello, page_shift), 14, "HELLO: page shift" },
		{ offsetof(struct pvg_link_hello, bar0_size), 0x8000, "HELLO: BAR0" },
		{ offsetof(struct pvg_link_hello, displays), 0, "HELLO: display count" },
		{ offsetof(struct pvg_link_hello, displays), 9, "HELLO: display count" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sample sample = samples[0];
		memcpy(sample.payload + cases[i].offset, &cases[i].value, 4);
		assert_int_equal(check(&sample, &why), PVG_LINK_BAD);
		assert_memory_equal(why, cases[i].why, strlen(cases[i].why));
	}
	struct sample sample = samples[0];
	memset(sample.payload + offsetof(struct pvg_link_hello, name), 'x', 32);
	assert_int_equal(check(&sample, &why), PVG_LINK_BAD);
	assert_string_equal(why, "HELLO: name is not terminated");
}

static enum pvg_link_result check_regions(const struct pvg_link_region *regions, uint32_t count,
	const char **why) {
	_Alignas(8) uint8_t bytes[4096];
	struct {
		struct pvg_link_header header;
		uint32_t generation, count, nfd, reserved;
	} head = { .header = { .type = PVG_LINK_MEM_TABLE,
			   .nfds = 1,
			   .length = (uint32_t)(16 + count * sizeof(*regions)) },
		.count = count,
		.nfd = 1 };
	memcpy(bytes, &head, sizeof(head));
	memcpy(bytes + sizeof(head), regions, count * sizeof(*regions));
	return pvg_link_check(bytes, sizeof(head) + count * sizeof(*regions), 1, PVG_LINK_FROM_SHIM,
		why);
}

static void every_region_of_a_table_is_checked(void **state) {
	const char *why;
	static const struct pvg_link_region good = { .gpa = 0x100000, .size = 0x1000 };
	struct pvg_link_region two[2] = { good, good };
	assert_int_equal(check_regions(&good, 1, &why), PVG_LINK_OK);
	assert_int_equal(check_regions(two, 2, &why), PVG_LINK_BAD); // overlap
	two[1].gpa = 0x101000;
	assert_int_equal(check_regions(two, 2, &why), PVG_LINK_OK);
	two[1].gpa = 0x1000; // not sorted
	assert_int_equal(check_regions(two, 2, &why), PVG_LINK_BAD);
	static const struct {
		uint64_t gpa, size, fd_offset;
		uint32_t fd_index;
	} bad[] = {
		{ 0x100000, 0, 0, 0 }, { 0x100800, 0x1000, 0, 0 }, { 0x100000, 0x1800, 0, 0 },
		{ 0x100000, 0x1000, 0x800, 0 }, { 0x100000, 0x1000, 0, 1 },
		{ 0x100000, 0x1000, 0, 0xffffffff }, { 0xfffffffffffff000, 0x1000, 0, 0 },
		{ 0x100000, 0xfffffffffffff000, 0, 0 }, { 0x100000, 0x1000, 0xfffffffffffff000, 0 },
		{ 0x100000, 0x1000, 0x7ffffffffffff000, 0 }, // ends beyond what a file can have
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct pvg_link_region region = { .gpa = bad[i].gpa,
			.size = bad[i].size,
			.fd_offset = bad[i].fd_offset,
			.fd_index = bad[i].fd_index };
		assert_int_equal(check_regions(&region, 1, &why), PVG_LINK_BAD);
		assert_memory_equal(why, "MEM_TABLE", 9);
	}
	struct pvg_link_region many[PVG_LINK_MAX_REGIONS + 1];
	for (uint32_t i = 0; i <= PVG_LINK_MAX_REGIONS; i++) {
		many[i] = (struct pvg_link_region){ .gpa = i * UINT64_C(0x1000), .size = 0x1000 };
	}
	assert_int_equal(check_regions(many, PVG_LINK_MAX_REGIONS, &why), PVG_LINK_OK);
	assert_int_equal(check_regions(many, PVG_LINK_MAX_REGIONS + 1, &why), PVG_LINK_BAD);
	assert_string_equal(why, "too many entries");
}

static void every_enumeration_and_geometry_of_a_host_is_checked(void **state) {
	struct sample samples[SAMPLES];
	const char *why;
	good_samples(samples);
	static const struct {
		uint16_t type;
		unsigned int word;
		uint32_t value;
	} cases[] = {
		{ PVG_LINK_WELCOME, 0, 2 },
		{ PVG_LINK_KEY, 0, 0x300 },
		{ PVG_LINK_KEY, 1, 2 },
		{ PVG_LINK_POINTER, 0, 4 },
		{ PVG_LINK_POINTER, 1, 32768 },
		{ PVG_LINK_POINTER, 2, 0xffffffff },
		{ PVG_LINK_POINTER, 3, 8 },
		{ PVG_LINK_POWER, 0, 3 },
		{ PVG_LINK_FRAME_INFO, 0, 0 },
		{ PVG_LINK_FRAME_INFO, 0, 8193 },
		{ PVG_LINK_FRAME_INFO, 1, 0 },
		{ PVG_LINK_FRAME_INFO, 1, 8193 },
		{ PVG_LINK_FRAME_INFO, 2, 32764 },
		{ PVG_LINK_FRAME_INFO, 2, 32770 },
		{ PVG_LINK_FRAME_INFO, 2, 0x80000000 },
		{ PVG_LINK_CURSOR, 3, 0 },
		{ PVG_LINK_CURSOR, 3, 513 },
		{ PVG_LINK_CURSOR, 4, 0 },
		{ PVG_LINK_CURSOR, 4, 513 },
		{ PVG_LINK_CURSOR, 5, 512 },
		{ PVG_LINK_CURSOR, 6, 512 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned int s = 0;
		while (samples[s].type != cases[i].type) {
			s++;
		}
		struct sample sample = samples[s];
		memcpy(sample.payload + cases[i].word * 4, &cases[i].value, 4);
		assert_int_equal(check(&sample, &why), PVG_LINK_BAD);
		assert_non_null(why);
	}
}

static unsigned int open_fds(void) {
	unsigned int count = 0;
	for (int fd = 0; fd < 256; fd++) {
		count += fcntl(fd, F_GETFD) >= 0;
	}
	return count;
}

static void whatever_is_not_taken_is_closed(void **state) {
	int pair[2], memfd = memfd_create("x", MFD_CLOEXEC);
	const char *why;
	struct pvg_link_msg msg;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
	unsigned int before = open_fds();
	int fds[3] = { memfd, memfd, memfd };
	struct sample samples[SAMPLES];
	good_samples(samples);
	// Good: ours until taken or finished.
	assert_true(pvg_link_send(pair[0], PVG_LINK_HELLO, samples[0].payload, samples[0].length,
		fds, 3));
	assert_int_equal(pvg_link_recv(pair[1], PVG_LINK_FROM_SHIM, &msg, &why), PVG_LINK_OK);
	assert_int_equal(open_fds(), before + 3);
	int taken = pvg_link_msg_take_fd(&msg, 1);
	pvg_link_msg_finish(&msg);
	assert_int_equal(open_fds(), before + 1);
	assert_true((fcntl(taken, F_GETFD) & FD_CLOEXEC) != 0);
	close(taken);
	assert_int_equal(pvg_link_msg_take_fd(&msg, 1), -1);
	assert_int_equal(pvg_link_msg_take_fd(&msg, PVG_LINK_MAX_FDS), -1);
	// Refused, skipped, empty: nothing stays open.
	static const uint8_t zeros[40];
	struct iovec iov = { (void *)(uintptr_t)zeros, 0 };
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(3 * sizeof(int))];
	} control;
	static const size_t sizes[] = { 0, 8, 40 };
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		iov.iov_len = sizes[i];
		memset(&control, 0, sizeof(control));
		struct msghdr hdr = { .msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control.bytes,
			.msg_controllen = sizeof(control.bytes) };
		struct cmsghdr *c = CMSG_FIRSTHDR(&hdr);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(3 * sizeof(int));
		memcpy(CMSG_DATA(c), fds, 3 * sizeof(int));
		assert_int_equal(sendmsg(pair[0], &hdr, 0), sizes[i]);
		assert_int_not_equal(pvg_link_recv(pair[1], PVG_LINK_FROM_SHIM, &msg, &why),
			PVG_LINK_OK);
		assert_int_equal(open_fds(), before);
	}
	assert_int_equal(pvg_link_recv(pair[1], PVG_LINK_FROM_SHIM, &msg, &why), PVG_LINK_AGAIN);
	close(pair[0]);
	assert_int_equal(pvg_link_recv(pair[1], PVG_LINK_FROM_SHIM, &msg, &why), PVG_LINK_EOF);
	close(pair[1]);
	close(memfd);
}

static void a_full_socket_drops_the_peer_and_never_blocks(void **state) {
	int pair[2];
	static const struct pvg_link_key key = { 30, 1 };
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0); // blocking, even
	unsigned int sent = 0;
	while (pvg_link_send(pair[0], PVG_LINK_KEY, &key, sizeof(key), NULL, 0)) {
		assert_true(++sent < 1000000);
	}
	assert_true(sent > 0);
	close(pair[1]);
	assert_false(pvg_link_send(pair[0], PVG_LINK_KEY, &key, sizeof(key), NULL,
		0)); // no SIGPIPE
	close(pair[0]);
}

static void descriptors_are_what_they_should_be(void **state) {
	const char *why;
	int good = memfd_create("x", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_int_equal(ftruncate(good, 4096), 0);
	assert_false(pvg_link_check_memfd(good, 4096, &why)); // not sealed yet
	assert_int_equal(fcntl(good, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	assert_true(pvg_link_check_memfd(good, 4096, &why));
	assert_false(pvg_link_check_memfd(good, 4097, &why));
	assert_false(pvg_link_check_eventfd(good, &why));
	int event = eventfd(0, 0);
	assert_true(pvg_link_check_eventfd(event, &why));
	assert_true((fcntl(event, F_GETFL) & O_NONBLOCK) != 0);
	assert_false(pvg_link_check_memfd(event, 0, &why));
	assert_false(pvg_link_check_memfd(-1, 0, &why));
	assert_false(pvg_link_check_eventfd(-1, &why));
	// A full counter is as good as signalled.
	uint64_t full = UINT64_MAX - 1;
	assert_int_equal(write(event, &full, 8), 8);
	pvg_link_signal(event);
	assert_true(pvg_link_drain(event));
	assert_false(pvg_link_drain(event));
	close(event);
	close(good);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_messages_are_taken),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(all_ones_are_refused),
		cmocka_unit_test(the_other_direction_and_unknown_types_are_no_messages),
		cmocka_unit_test(a_wrong_number_of_descriptors_is_refused),
		cmocka_unit_test(hello_says_how_many_descriptors_come),
		cmocka_unit_test(every_field_of_hello_is_checked),
		cmocka_unit_test(every_region_of_a_table_is_checked),
		cmocka_unit_test(every_enumeration_and_geometry_of_a_host_is_checked),
		cmocka_unit_test(whatever_is_not_taken_is_closed),
		cmocka_unit_test(a_full_socket_drops_the_peer_and_never_blocks),
		cmocka_unit_test(descriptors_are_what_they_should_be),
	};
	return cmocka_run_group_tests_name("link messages", tests, NULL, NULL);
}
