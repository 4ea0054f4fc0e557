// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A machine without QEMU: guest RAM in a memfd, the register file of the shim, a connection to a
 * PVG host that is made, lost and made again as the shim does (spec 06 section 6).
 */
#ifndef TESTS_GUEST_SIM_H
#define TESTS_GUEST_SIM_H

#include <pvg/regs.h>

#include "../drv/drv.h"
#include "pvg-link-io.h"
#include "pvg-link.h"

enum sim_link {
	SIM_CONNECTING,
	SIM_HELLO_SENT,
	SIM_LIVE,
};

struct sim {
	const char *socket_path; // borrowed
	uint64_t ram_bytes;
	uint32_t displays;
	bool follow; // the pointer goes where the host says, in the first mode of the list
	void (*line)(const char *json); // for input that arrives and for the link's state

	int ram_fd;    // owned
	uint8_t *ram;  // owned mapping
	int page_fd;   // owned
	struct pvg_link_page *page; // owned mapping
	bool page_shared; // a host has seen it
	int doorbell_fd, irq_fd, sock; // owned, -1: none
	enum sim_link state;
	uint64_t epoch;
	int64_t retry_at_ns, retry_ns, welcome_by_ns;
	unsigned int connections; // that became live
	struct pvg_regs regs;
	struct pvg_enc_mem mem;
	struct pvg_drv *drv; // borrowed: gets the interrupts
	volatile int *stop;  // borrowed: set by a signal handler
};

int64_t sim_now_ns(void *data);

// Makes RAM and registers. False: no memory.
bool sim_init(struct sim *sim);
void sim_finish(struct sim *sim); // says BYE when connected
// Handles the link and interrupts until irq_count differs from @seen or the deadline has passed.
bool sim_wait(void *data, uint32_t seen, int64_t deadline_ns);
// Waits until a host has taken the machine. False: not within @timeout_ns.
bool sim_connect(struct sim *sim, int64_t timeout_ns);
// Machine reset with the wait of spec 06 section 6.4 rule 4; guest RAM is free again afterwards.
bool sim_reset(struct sim *sim);

extern const struct pvg_drv_ops sim_drv_ops;

#endif
