// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The other end of pvg-link for tests: listens, receives, answers, executes nothing. Everything is
 * done by the test itself, step by step, so that a test can stop, lie or hang up at any of them.
 */
#ifndef TESTS_QTEST_FAKEHOST_H
#define TESTS_QTEST_FAKEHOST_H

#include "pvg-link-io.h"
#include "pvg-link.h"
#include "vm.h"

struct fakehost {
	int listener; // owned; -1
	char path[96];
};

struct fakelink {
	int sock; // owned; -1: closed
	struct pvg_link_hello hello;
	struct pvg_link_page *page; // owned mapping
	int shm, doorbell, irq, boot_fb, journal; // owned; -1
	uint32_t mem_generation, mem_count;
	struct pvg_link_region mem_regions[PVG_LINK_MAX_REGIONS];
	int mem_fds[PVG_LINK_MAX_FDS]; // owned
	unsigned int tables, readies, runstates, resets, byes, modes_messages, inputs;
	struct pvg_link_runstate runstate;
	struct pvg_link_reset reset;
	struct pvg_link_bye bye;
	struct pvg_link_input input;
	uint32_t mode_count;
	struct pvg_link_mode modes[PVG_LINK_MAX_MODES];
	bool eof;
};

void fakehost_listen(struct fakehost *host, const char *path);
void fakehost_close(struct fakehost *host);

// A connection, nothing read from it yet.
void fakehost_accept(struct fakehost *host, struct fakelink *link);
// True when a connection waits within @ms.
bool fakehost_pending(struct fakehost *host, int ms);
// Receives HELLO and maps the page.
void fakelink_hello(struct fakelink *link);
void fakelink_welcome(struct fakelink *link);
// accept, HELLO, WELCOME, everything up to INPUT; takes over the epoch.
void fakehost_attach(struct fakehost *host, struct fakelink *link);
void fakelink_close(struct fakelink *link);

// Receives one message within @ms and records it; false: none came, or EOF (link->eof).
bool fakelink_receive(struct fakelink *link, int ms);
// Receives until *@counter is at least @want.
void fakelink_wait(struct fakelink *link, const unsigned int *counter, unsigned int want);
void fakelink_wait_eof(struct fakelink *link);

void fakelink_send(struct fakelink *link, enum pvg_link_type type, const void *payload,
	size_t length, const int *fds, unsigned int nfds);
// Any bytes at all.
void fakelink_send_raw(struct fakelink *link, const void *bytes, size_t size, const int *fds,
	unsigned int nfds);

// Says that the host let go of everything older than the page's epoch.
void fakelink_take_epoch(struct fakelink *link);
// True when the doorbell was rung within @ms; reads it empty.
bool fakelink_rung(struct fakelink *link, int ms);
// OR bits into a status word and signal.
void fakelink_interrupt(struct fakelink *link, uint32_t gpu, uint32_t disp);

// A memfd with @seals; its content is @size bytes of @fill.
int fake_memfd(uint64_t size, uint8_t fill, unsigned int seals);

#endif
