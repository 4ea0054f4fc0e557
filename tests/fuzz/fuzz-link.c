// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pvg-link packets, checked alone and received over a socket with descriptors. Input: a byte with
 * the direction and the way, a descriptor count, the packet.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "pvg-link-io.h"

static int null_fd(void) {
	static int fd = -1;
	if (fd < 0) {
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		FUZZ_CHECK(fd >= 0);
	}
	return fd;
}

// What every user of an accepted packet relies on (pvg-link-io.h).
static void check_accepted(const struct pvg_link_header *header, const uint8_t *payload,
	size_t size, unsigned int nfds, enum pvg_link_side from) {
	FUZZ_CHECK(size == sizeof(*header) + header->length);
	FUZZ_CHECK(nfds == header->nfds && nfds <= PVG_LINK_MAX_FDS);
	FUZZ_CHECK((header->type < 0x40) == (from == PVG_LINK_FROM_SHIM));
	if (header->type == PVG_LINK_HELLO) {
		struct pvg_link_hello hello;
		FUZZ_CHECK(header->length >= sizeof(hello));
		memcpy(&hello, payload, sizeof(hello));
		FUZZ_CHECK(hello.displays >= 1 && hello.displays <= 8 &&
			nfds >= PVG_LINK_HELLO_FD_FIXED);
		FUZZ_CHECK(memchr(hello.name, '\0', sizeof(hello.name)) != NULL);
	} else if (header->type == PVG_LINK_MEM_TABLE) {
		struct pvg_link_mem_table table;
		FUZZ_CHECK(header->length >= sizeof(table));
		memcpy(&table, payload, sizeof(table));
		FUZZ_CHECK(table.count <= PVG_LINK_MAX_REGIONS);
		uint64_t end = 0;
		for (uint32_t i = 0; i < table.count; i++) {
			struct pvg_link_region region;
			memcpy(&region, payload + sizeof(table) + i * sizeof(region),
				sizeof(region));
			FUZZ_CHECK(region.gpa >= end && region.size > 0);
			FUZZ_CHECK(!__builtin_add_overflow(region.gpa, region.size, &end));
			FUZZ_CHECK(region.fd_index < nfds);
		}
	} else if (header->type == PVG_LINK_MODES) {
		uint32_t count;
		memcpy(&count, payload, sizeof(count));
		FUZZ_CHECK(header->length == 4 + count * sizeof(struct pvg_link_mode));
	}
}

static void receive(const uint8_t *packet, size_t size, unsigned int nfds, enum pvg_link_side from,
	enum pvg_link_result expected) {
	int sock[2];
	FUZZ_CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock) == 0);
	int before = dup(sock[1]);
	close(before);

	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * 32)];
	} control;
	struct iovec iov = { .iov_base = (void *)(uintptr_t)packet, .iov_len = size };
	struct msghdr hdr = { .msg_iov = &iov, .msg_iovlen = 1 };
	if (nfds > 0) {
		memset(&control, 0, sizeof(control));
		hdr.msg_control = control.bytes;
		hdr.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
		struct cmsghdr *c = CMSG_FIRSTHDR(&hdr);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * nfds);
		int fd = null_fd();
		for (unsigned int i = 0; i < nfds; i++) {
			memcpy(CMSG_DATA(c) + i * sizeof(fd), &fd, sizeof(fd));
		}
	}
	FUZZ_CHECK(sendmsg(sock[0], &hdr, MSG_NOSIGNAL) == (ssize_t)size);
	struct pvg_link_msg msg;
	const char *why = NULL;
	enum pvg_link_result result = pvg_link_recv(sock[1], from, &msg, &why);
	FUZZ_CHECK(result == expected);
	if (result == PVG_LINK_OK) {
		FUZZ_CHECK(memcmp(&msg.header, packet, sizeof(msg.header)) == 0);
		FUZZ_CHECK(memcmp(msg.payload, packet + sizeof(msg.header), msg.header.length) ==
			0);
		int taken = pvg_link_msg_take_fd(&msg, 0);
		FUZZ_CHECK((taken >= 0) == (nfds > 0));
		if (taken >= 0) {
			close(taken);
		}
		pvg_link_msg_finish(&msg);
	} else {
		FUZZ_CHECK(why != NULL);
	}
	FUZZ_CHECK(pvg_link_recv(sock[1], from, &msg, &why) == PVG_LINK_AGAIN);
	// No descriptor stays open: the next free number is the one it was.
	int after = dup(sock[1]);
	FUZZ_CHECK(after == before);
	close(after);
	close(sock[0]);
	close(sock[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct fuzz_input in = { .cur = data, .end = data + size };
	null_fd();
	unsigned int way = (unsigned int)fuzz_take(&in, 1);
	unsigned int nfds = (unsigned int)fuzz_take(&in, 1) % 20;
	enum pvg_link_side from = (way & 1) != 0 ? PVG_LINK_FROM_HOST : PVG_LINK_FROM_SHIM;
	size_t packet_size;
	const uint8_t *packet = fuzz_take_bytes(&in, PVG_LINK_MAX_PACKET + 16, &packet_size);
	const char *why = NULL;
	enum pvg_link_result result = pvg_link_check(packet, packet_size, nfds, from, &why);
	FUZZ_CHECK(result == PVG_LINK_OK || result == PVG_LINK_IGNORE || result == PVG_LINK_BAD);
	FUZZ_CHECK(result == PVG_LINK_OK || why != NULL);
	if (result == PVG_LINK_OK) {
		struct pvg_link_header header;
		memcpy(&header, packet, sizeof(header));
		check_accepted(&header, packet + sizeof(header), packet_size, nfds, from);
	}
	// An empty packet is an end of file on a socket, more descriptors than 16 are cut there.
	if ((way & 2) != 0 && packet_size > 0 && nfds <= PVG_LINK_MAX_FDS) {
		receive(packet, packet_size, nfds, from, result);
	}
	return 0;
}

static size_t put_message(uint8_t *buffer, enum pvg_link_type type, const void *payload,
	size_t size, unsigned int nfds) {
	struct fuzz_output out = { .bytes = buffer };
	struct pvg_link_header header = { .type = (uint16_t)type,
		.nfds = (uint16_t)nfds,
		.length = (uint32_t)size,
		.serial = 7,
		.flags = type < 0x40 ? PVG_LINK_FLAG_CRITICAL : 0 };
	fuzz_put(&out, 2 | (type >= 0x40), 1);
	fuzz_put(&out, nfds, 1);
	fuzz_put_bytes(&out, &header, sizeof(header));
	fuzz_put_bytes(&out, payload, size);
	return out.size;
}

size_t fuzz_seed(unsigned int index, uint8_t buffer[FUZZ_MAX_INPUT]) {
	switch (index) {
	case 0: {
		struct pvg_link_hello hello = { .magic = PVG_LINK_MAGIC, .major = PVG_LINK_MAJOR,
			.qemu_version = 10 << 16, .page_shift = 12, .bar0_size = 0x4000, .epoch = 1,
			.name = "seed", .displays = 2 };
		return put_message(buffer, PVG_LINK_HELLO, &hello, sizeof(hello), 3);
	}
	case 1: {
		struct { // pvg_link_mem_table with its array
			uint32_t generation, count, nfd, reserved;
			struct pvg_link_region regions[3];
		} memory = { .generation = 1, .count = 3, .nfd = 2 };
		for (unsigned int i = 0; i < 3; i++) {
			memory.regions[i] = (struct pvg_link_region){ .gpa = (uint64_t)i << 32,
				.size = 0x10000000,
				.fd_offset = (uint64_t)(i / 2) << 28,
				.fd_index = i % 2,
				.flags = PVG_LINK_REGION_WRITABLE | PVG_LINK_REGION_SEALED_SHRINK,
				.page_size = 4096,
				.block_id = i };
		}
		return put_message(buffer, PVG_LINK_MEM_TABLE, &memory, sizeof(memory), 2);
	}
	case 2: {
		struct pvg_link_ready ready = { .mem_generation = 1 };
		return put_message(buffer, PVG_LINK_READY, &ready, sizeof(ready), 0);
	}
	case 3: {
		struct pvg_link_runstate state = { .running = 1 };
		return put_message(buffer, PVG_LINK_RUNSTATE, &state, sizeof(state), 0);
	}
	case 4: {
		struct pvg_link_reset reset = { .epoch_low = 2 };
		return put_message(buffer, PVG_LINK_RESET, &reset, sizeof(reset), 0);
	}
	case 5: {
		struct {
			uint32_t count;
			struct pvg_link_mode modes[2];
		} modes = { 2, { { 1280, 800, 60, 0 }, { 800, 600, 60, 0 } } };
		return put_message(buffer, PVG_LINK_MODES, &modes, sizeof(modes), 0);
	}
	case 6: {
		struct pvg_link_bye bye = { .reason = PVG_LINK_BYE_QUIT };
		return put_message(buffer, PVG_LINK_BYE, &bye, sizeof(bye), 0);
	}
	case 7: {
		struct pvg_link_welcome welcome = { .major = PVG_LINK_MAJOR };
		return put_message(buffer, PVG_LINK_WELCOME, &welcome, sizeof(welcome), 0);
	}
	case 8: {
		struct pvg_link_reset_ack ack = { .epoch = 2 };
		return put_message(buffer, PVG_LINK_RESET_ACK, &ack, sizeof(ack), 0);
	}
	case 9: {
		struct pvg_link_key key = { .code = 30, .down = 1 };
		return put_message(buffer, PVG_LINK_KEY, &key, sizeof(key), 0);
	}
	case 10: {
		struct pvg_link_pointer pointer = {
			.kind = PVG_LINK_POINTER_ABS, .a = 100, .b = 32767
		};
		return put_message(buffer, PVG_LINK_POINTER, &pointer, sizeof(pointer), 0);
	}
	case 11: {
		struct pvg_link_power power = { .what = PVG_LINK_POWER_BUTTON };
		return put_message(buffer, PVG_LINK_POWER, &power, sizeof(power), 0);
	}
	case 12: {
		struct pvg_link_frame_info info = { .width = 640, .height = 480, .stride = 2560,
			.fourcc = 0x34325258 };
		return put_message(buffer, PVG_LINK_FRAME_INFO, &info, sizeof(info), 1);
	}
	case 13: {
		struct pvg_link_cursor cursor = {
			.visible = 1, .w = 24, .h = 24, .hx = 1, .hy = 2
		};
		return put_message(buffer, PVG_LINK_CURSOR, &cursor, sizeof(cursor), 1);
	}
	case 14: {
		struct pvg_link_journal journal = { .state_token = 5 };
		return put_message(buffer, PVG_LINK_JOURNAL, &journal, sizeof(journal), 1);
	}
	default:
		return 0;
	}
}
