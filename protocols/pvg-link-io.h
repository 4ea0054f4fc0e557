// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sending, receiving and checking pvg-link messages. Both ends use this file, so both refuse the
 * same things. Nothing here allocates, logs or blocks.
 */
#ifndef PROTOCOLS_PVG_LINK_IO_H
#define PROTOCOLS_PVG_LINK_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pvg-link.h"

enum pvg_link_side {
	PVG_LINK_FROM_SHIM,
	PVG_LINK_FROM_HOST,
};

struct pvg_link_msg {
	struct pvg_link_header header;
	int fds[PVG_LINK_MAX_FDS]; // owned until taken with pvg_link_msg_take_fd; -1: taken
	_Alignas(8) uint8_t payload[PVG_LINK_MAX_PACKET - sizeof(struct pvg_link_header)];
};

enum pvg_link_result {
	// *msg is valid and its length, counts, enums and descriptor count fit its type
	PVG_LINK_OK,
	PVG_LINK_IGNORE, // an unknown type that is not critical: skip it (descriptors are closed)
	PVG_LINK_AGAIN,  // nothing to read now
	PVG_LINK_EOF,    // the peer is gone
	// refuse: close the connection. Descriptors are closed, *why names the reason
	PVG_LINK_BAD,
};

/**
 * pvg_link_recv - take one message from a non-blocking socket and check it
 * @from: who the peer is; a type of the other direction is unknown
 * @why:  set to a static string for PVG_LINK_BAD and PVG_LINK_IGNORE
 */
enum pvg_link_result pvg_link_recv(int sock, enum pvg_link_side from, struct pvg_link_msg *msg,
	const char **why);

/**
 * pvg_link_check - the structural check that pvg_link_recv applies, for tests and fuzzers
 *
 * @bytes is one packet of @size bytes with @nfds descriptors. Returns PVG_LINK_OK, _IGNORE or _BAD.
 */
enum pvg_link_result pvg_link_check(const void *bytes, size_t size, unsigned int nfds,
	enum pvg_link_side from, const char **why);

/**
 * pvg_link_send - send one message; the descriptors stay the caller's
 *
 * Never blocks. Returns false when the peer is gone or its queue is full; the caller then drops the
 * connection. The shim's types of version 1.0 and WELCOME, RESET_ACK are sent as critical.
 */
bool pvg_link_send(int sock, enum pvg_link_type type, const void *payload, size_t length,
	const int *fds, unsigned int nfds);

// Moves descriptor @index out of the message; -1 when there is none.
int pvg_link_msg_take_fd(struct pvg_link_msg *msg, unsigned int index);

// Closes every descriptor that was not taken.
void pvg_link_msg_finish(struct pvg_link_msg *msg);

/*
 * Descriptor checks, before any use: a memfd needs F_SEAL_SHRINK and at least @min_size bytes, or
 * the peer could raise SIGBUS here; an eventfd is recognised and set non-blocking.
 */
bool pvg_link_check_memfd(int fd, uint64_t min_size, const char **why);
bool pvg_link_check_eventfd(int fd, const char **why);

// Writes 1 to an eventfd; a full counter is as good as signalled. Any thread.
void pvg_link_signal(int eventfd);
// Reads an eventfd empty. Returns true when it was signalled.
bool pvg_link_drain(int eventfd);

#endif
