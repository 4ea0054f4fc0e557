// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * link-hello: the smallest host that a pvg-link shim will talk to.
 *
 * It listens on a socket, takes one connection, checks what arrives, prints the HELLO and the
 * memory table, and answers. It maps nothing and runs no device, so a guest behind it sees a GPU
 * that never completes anything. The technique: message by message, with protocols/pvg-link-io.h
 * doing the checking; descriptors are looked at before they are used, and closed on every path.
 *
 *     link-hello /tmp/hello.sock &
 *     pvg-qemu -device apple-gfx-pci,socket=/tmp/hello.sock ...
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "pvg-link-io.h"

static int listen_at(const char *path) {
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(address.sun_path)) {
		fprintf(stderr, "%s: longer than a socket's name may be\n", path);
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock < 0) {
		perror("socket");
		return -1;
	}
	// Nobody but this user may ever connect, also between bind and chmod.
	mode_t mask = umask(0177);
	int bound = bind(sock, (struct sockaddr *)&address, sizeof(address));
	umask(mask);
	if (bound != 0 || listen(sock, 1) != 0) {
		perror(path);
		close(sock);
		return -1;
	}
	return sock;
}

static bool wait_readable(int fd) {
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int n;
	do {
		n = poll(&pfd, 1, -1);
	} while (n < 0 && errno == EINTR);
	return n == 1;
}

// Who is it? The kernel answers, not the peer.
static bool peer_is_us(int sock) {
	struct ucred peer;
	socklen_t size = sizeof(peer);
	return getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == getuid();
}

static bool handle_hello(int sock, struct pvg_link_msg *msg) {
	struct pvg_link_hello hello;
	memcpy(&hello, msg->payload, sizeof(hello));
	uint32_t qemu = hello.qemu_version;
	printf("HELLO %u.%u from \"%.31s\", QEMU %u.%u.%u, ", hello.major, hello.minor, hello.name,
		qemu >> 16, qemu >> 8 & 0xff, qemu & 0xff);
	printf("%u display%s, features 0x%x, epoch %" PRIu64 "\n", hello.displays,
		hello.displays == 1 ? "" : "s", hello.features, hello.epoch);

	const char *why;
	if (!pvg_link_check_memfd(msg->fds[PVG_LINK_HELLO_FD_SHM], PVG_LINK_PAGE_SIZE, &why) ||
			!pvg_link_check_eventfd(msg->fds[PVG_LINK_HELLO_FD_DOORBELL], &why) ||
			!pvg_link_check_eventfd(msg->fds[PVG_LINK_HELLO_FD_IRQ], &why)) {
		fprintf(stderr, "HELLO refused: %s\n", why);
		return false;
	}
	// A real host takes these three with pvg_link_msg_take_fd and maps the page.
	struct pvg_link_welcome welcome = {
		.major = PVG_LINK_MAJOR,
		.minor = PVG_LINK_MINOR,
		.features = 0, // nothing optional
		.state_token = 0, // no history
	};
	return pvg_link_send(sock, PVG_LINK_WELCOME, &welcome, sizeof(welcome), NULL, 0);
}

static void handle_mem_table(const struct pvg_link_msg *msg) {
	struct pvg_link_mem_table table;
	memcpy(&table, msg->payload, sizeof(table));
	printf("MEM_TABLE generation %u: %u region%s in %u file%s\n", table.generation, table.count,
		table.count == 1 ? "" : "s", table.nfd, table.nfd == 1 ? "" : "s");
	for (uint32_t i = 0; i < table.count; i++) {
		struct pvg_link_region region;
		memcpy(&region, msg->payload + sizeof(table) + i * sizeof(region), sizeof(region));
		const char *why;
		bool safe = pvg_link_check_memfd(msg->fds[region.fd_index],
			region.fd_offset + region.size, &why);
		printf("  gpa 0x%09" PRIx64 " + 0x%09" PRIx64 " <- file %u at 0x%" PRIx64,
			region.gpa, region.size, region.fd_index, region.fd_offset);
		printf("%s%s%s\n",
			(region.flags & PVG_LINK_REGION_HUGETLB) != 0 ? ", huge pages" : "",
			safe ? "" : ", refused: ", safe ? "" : why);
	}
}

// Returns false when the connection is over.
static bool take_message(int sock) {
	struct pvg_link_msg msg;
	const char *why;
	bool go_on = true;
	switch (pvg_link_recv(sock, PVG_LINK_FROM_SHIM, &msg, &why)) {
	case PVG_LINK_AGAIN:
		return true;
	case PVG_LINK_IGNORE:
		printf("ignored: %s\n", why);
		return true;
	case PVG_LINK_EOF:
		printf("the shim is gone\n");
		return false;
	case PVG_LINK_BAD:
		fprintf(stderr, "refused: %s\n", why);
		return false;
	case PVG_LINK_OK:
		break;
	}
	switch (msg.header.type) {
	case PVG_LINK_HELLO:
		go_on = handle_hello(sock, &msg);
		break;
	case PVG_LINK_MEM_TABLE:
		handle_mem_table(&msg);
		break;
	case PVG_LINK_READY:
		printf("READY: the guest may run\n");
		break;
	case PVG_LINK_BYE:
		printf("BYE\n");
		go_on = false;
		break;
	default:
		printf("message 0x%02x, %u bytes\n", msg.header.type, msg.header.length);
		break;
	}
	pvg_link_msg_finish(&msg);
	return go_on;
}

int main(int argc, char **argv) {
	if (argc != 2) {
		fprintf(stderr, "usage: link-hello SOCKET\n");
		return 2;
	}
	int listener = listen_at(argv[1]);
	if (listener < 0) {
		return 1;
	}
	printf("listening at %s\n", argv[1]);
	fflush(stdout);
	int status = 1;
	int sock = -1;
	if (wait_readable(listener)) {
		sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	}
	if (sock < 0) {
		perror("accept");
	} else if (!peer_is_us(sock)) {
		fprintf(stderr, "refused: a peer of another user\n");
	} else {
		while (wait_readable(sock) && take_message(sock)) {
			fflush(stdout);
		}
		status = 0;
	}
	if (sock >= 0) {
		close(sock);
	}
	close(listener);
	unlink(argv[1]);
	return status;
}
