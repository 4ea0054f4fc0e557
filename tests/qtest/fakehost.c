// SPDX-License-Identifier: GPL-2.0-or-later
#include "fakehost.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void fakehost_listen(struct fakehost *host, const char *path) {
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	assert_true(strlen(path) < sizeof(addr.sun_path));
	memcpy(addr.sun_path, path, strlen(path) + 1);
	memcpy(host->path, path, strlen(path) + 1);
	unlink(path);
	host->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_true(host->listener >= 0);
	assert_int_equal(bind(host->listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(host->listener, 4), 0);
}

void fakehost_close(struct fakehost *host) {
	if (host->listener >= 0) {
		close(host->listener);
		unlink(host->path);
		host->listener = -1;
	}
}

bool fakehost_pending(struct fakehost *host, int ms) {
	struct pollfd pfd = { .fd = host->listener, .events = POLLIN };
	return poll(&pfd, 1, ms) > 0;
}

void fakehost_accept(struct fakehost *host, struct fakelink *link) {
	memset(link, 0, sizeof(*link));
	link->sock = link->shm = link->doorbell = link->irq = link->boot_fb = link->journal = -1;
	for (size_t i = 0; i < PVG_LINK_MAX_FDS; i++) {
		link->mem_fds[i] = -1;
	}
	if (!fakehost_pending(host, VM_DEADLINE_MS)) {
		fail_msg("nobody connects");
	}
	link->sock = accept4(host->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	assert_true(link->sock >= 0);
}

static void take_fd(int *to, struct pvg_link_msg *msg, unsigned int index) {
	if (*to >= 0) {
		close(*to);
	}
	*to = pvg_link_msg_take_fd(msg, index);
}

static void take_hello(struct fakelink *link, struct pvg_link_msg *msg) {
	const char *why = NULL;
	memcpy(&link->hello, msg->payload, sizeof(link->hello));
	take_fd(&link->shm, msg, PVG_LINK_HELLO_FD_SHM);
	take_fd(&link->doorbell, msg, PVG_LINK_HELLO_FD_DOORBELL);
	take_fd(&link->irq, msg, PVG_LINK_HELLO_FD_IRQ);
	unsigned int next = PVG_LINK_HELLO_FD_FIXED;
	if ((link->hello.features & PVG_LINK_FEATURE_BOOT_FB) != 0) {
		take_fd(&link->boot_fb, msg, next++);
	}
	if ((link->hello.features & PVG_LINK_FEATURE_JOURNAL) != 0) {
		take_fd(&link->journal, msg, next++);
	}
	if (!pvg_link_check_memfd(link->shm, PVG_LINK_PAGE_SIZE, &why) ||
		!pvg_link_check_eventfd(link->doorbell, &why) ||
		!pvg_link_check_eventfd(link->irq, &why)) {
		fail_msg("HELLO: %s", why);
	}
	link->page =
		mmap(NULL, PVG_LINK_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, link->shm, 0);
	assert_true(link->page != MAP_FAILED);
	assert_int_equal(link->page->magic, PVG_LINK_PAGE_MAGIC);
	assert_int_equal(link->page->layout, PVG_LINK_PAGE_LAYOUT);
	assert_int_equal(link->page->size, PVG_LINK_PAGE_SIZE);
}

static void take_message(struct fakelink *link, struct pvg_link_msg *msg) {
	switch (msg->header.type) {
	case PVG_LINK_HELLO:
		take_hello(link, msg);
		break;
	case PVG_LINK_MEM_TABLE:
		for (unsigned int i = 0; i < PVG_LINK_MAX_FDS; i++) {
			take_fd(&link->mem_fds[i], msg, i);
		}
		memcpy(&link->mem_generation, msg->payload, sizeof(link->mem_generation));
		memcpy(&link->mem_count, msg->payload + sizeof(uint32_t), sizeof(link->mem_count));
		memcpy(link->mem_regions, msg->payload + sizeof(struct pvg_link_mem_table),
			link->mem_count * sizeof(link->mem_regions[0]));
		link->tables++;
		break;
	case PVG_LINK_READY:
		link->readies++;
		break;
	case PVG_LINK_RUNSTATE:
		memcpy(&link->runstate, msg->payload, sizeof(link->runstate));
		link->runstates++;
		break;
	case PVG_LINK_RESET:
		memcpy(&link->reset, msg->payload, sizeof(link->reset));
		link->resets++;
		break;
	case PVG_LINK_MODES:
		memcpy(&link->mode_count, msg->payload, sizeof(link->mode_count));
		memcpy(link->modes, msg->payload + sizeof(struct pvg_link_modes),
			msg->header.length - sizeof(struct pvg_link_modes));
		link->modes_messages++;
		break;
	case PVG_LINK_BYE:
		memcpy(&link->bye, msg->payload, sizeof(link->bye));
		link->byes++;
		break;
	case PVG_LINK_INPUT:
		memcpy(&link->input, msg->payload, sizeof(link->input));
		link->inputs++;
		assert_int_equal(msg->header.flags, 0); // a host of version 1.0 skips it
		return;
	default:
		fail_msg("unexpected message 0x%x", msg->header.type);
	}
	assert_true((msg->header.flags & PVG_LINK_FLAG_CRITICAL) != 0);
}

bool fakelink_receive(struct fakelink *link, int ms) {
	struct pollfd pfd = { .fd = link->sock, .events = POLLIN };
	if (link->eof || poll(&pfd, 1, ms) <= 0) {
		return false;
	}
	struct pvg_link_msg msg;
	const char *why = NULL;
	switch (pvg_link_recv(link->sock, PVG_LINK_FROM_SHIM, &msg, &why)) {
	case PVG_LINK_OK:
		take_message(link, &msg);
		pvg_link_msg_finish(&msg);
		return true;
	case PVG_LINK_EOF:
		link->eof = true;
		return false;
	case PVG_LINK_AGAIN:
		return false;
	default:
		fail_msg("the shim sent a bad message: %s", why);
		return false;
	}
}

void fakelink_wait(struct fakelink *link, const unsigned int *counter, unsigned int want) {
	int64_t deadline = vm_now_ms() + VM_DEADLINE_MS;
	while (*counter < want) {
		int64_t left = deadline - vm_now_ms();
		fakelink_receive(link, left > 0 ? (int)left : 0);
		if (link->eof || left <= 0) {
			fail_msg("the message did not come%s", link->eof ? ": EOF" : "");
		}
	}
}

void fakelink_wait_eof(struct fakelink *link) {
	int64_t deadline = vm_now_ms() + VM_DEADLINE_MS;
	while (!link->eof) {
		int64_t left = deadline - vm_now_ms();
		if (left <= 0) {
			fail_msg("the shim keeps the connection");
		}
		fakelink_receive(link, (int)left);
	}
}

void fakelink_hello(struct fakelink *link) {
	int64_t deadline = vm_now_ms() + VM_DEADLINE_MS;
	while (link->page == NULL) {
		fakelink_receive(link, VM_DEADLINE_MS);
		if (link->eof || vm_now_ms() > deadline) {
			fail_msg("no HELLO");
		}
	}
}

void fakelink_welcome(struct fakelink *link) {
	struct pvg_link_welcome welcome = {
		.major = PVG_LINK_MAJOR,
		.minor = PVG_LINK_MINOR,
		.features = link->hello.features,
	};
	fakelink_send(link, PVG_LINK_WELCOME, &welcome, sizeof(welcome), NULL, 0);
}

void fakelink_take_epoch(struct fakelink *link) {
	atomic_store(&link->page->intr_disp, 0);
	atomic_store(&link->page->intr_gpu, 0);
	atomic_store(&link->page->epoch_seen, atomic_load(&link->page->epoch));
}

void fakehost_attach(struct fakehost *host, struct fakelink *link) {
	fakehost_accept(host, link);
	fakelink_hello(link);
	// What was carried over stays; only the epoch is taken.
	atomic_store(&link->page->epoch_seen, atomic_load(&link->page->epoch));
	fakelink_welcome(link);
	fakelink_wait(link, &link->inputs, 1);
	assert_int_equal(link->runstates, 1);
	assert_int_equal(link->tables, 1);
	assert_int_equal(link->readies, 1);
}

void fakelink_close(struct fakelink *link) {
	if (link->page != NULL) {
		munmap(link->page, PVG_LINK_PAGE_SIZE);
		link->page = NULL;
	}
	int *fds[] = { &link->sock, &link->shm, &link->doorbell, &link->irq, &link->boot_fb,
		&link->journal };
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (*fds[i] >= 0) {
			close(*fds[i]);
			*fds[i] = -1;
		}
	}
	for (size_t i = 0; i < PVG_LINK_MAX_FDS; i++) {
		if (link->mem_fds[i] >= 0) {
			close(link->mem_fds[i]);
			link->mem_fds[i] = -1;
		}
	}
}

void fakelink_send(struct fakelink *link, enum pvg_link_type type, const void *payload,
	size_t length, const int *fds, unsigned int nfds) {
	assert_true(pvg_link_send(link->sock, type, payload, length, fds, nfds));
}

void fakelink_send_raw(struct fakelink *link, const void *bytes, size_t size, const int *fds,
	unsigned int nfds) {
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * 64)];
	} control;
	struct iovec iov = { .iov_base = (void *)(uintptr_t)bytes, .iov_len = size };
	struct msghdr hdr = { .msg_iov = &iov, .msg_iovlen = 1 };
	if (nfds != 0) {
		memset(&control, 0, sizeof(control));
		hdr.msg_control = control.bytes;
		hdr.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
		struct cmsghdr *c = CMSG_FIRSTHDR(&hdr);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * nfds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * nfds);
	}
	assert_int_equal(sendmsg(link->sock, &hdr, MSG_NOSIGNAL), size);
}

bool fakelink_rung(struct fakelink *link, int ms) {
	struct pollfd pfd = { .fd = link->doorbell, .events = POLLIN };
	return poll(&pfd, 1, ms) > 0 && pvg_link_drain(link->doorbell);
}

void fakelink_interrupt(struct fakelink *link, uint32_t gpu, uint32_t disp) {
	atomic_fetch_or(&link->page->intr_gpu, gpu);
	atomic_fetch_or(&link->page->intr_disp, disp);
	pvg_link_signal(link->irq);
}

int fake_memfd(uint64_t size, uint8_t fill, unsigned int seals) {
	int fd = memfd_create("fake", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	if (size > 0) {
		uint8_t *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		assert_true(map != MAP_FAILED);
		memset(map, fill, size);
		munmap(map, size);
	}
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}
