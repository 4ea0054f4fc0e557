// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The VM's process: the command behind "--", or the configuration's, started again if it says so.
 */
#ifndef COMPOSITOR_AUTOSTART_H
#define COMPOSITOR_AUTOSTART_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct pk_server;
struct wl_event_source;

enum pk_restart {
	PK_RESTART_NO,      // the kiosk ends with the command
	PK_RESTART_FAILURE, // again unless it ended with status 0
	PK_RESTART_ALWAYS,
};

#define PK_AUTOSTART_DELAY_MS 1000
#define PK_AUTOSTART_BURST 5 // ends within PK_AUTOSTART_BURST_MS after which it is given up
#define PK_AUTOSTART_BURST_MS 60000

struct pk_autostart {
	pid_t child;                   // 0: none runs
	struct wl_event_source *timer; // the next start; NULL: none was needed yet
	int64_t ends_ms[PK_AUTOSTART_BURST]; // of the newest ends, in a ring
	unsigned int ends;
};

/**
 * pk_autostart_again - pure: is a command that ended started again?
 * @status: its exit status
 * @now_ms: CLOCK_MONOTONIC; remembered as the time of this end
 */
bool pk_autostart_again(struct pk_autostart *autostart, enum pk_restart policy, int status,
	int64_t now_ms);

// False: it cannot be run; the server's exit status says why. True too where there is no command.
bool pk_autostart_begin(struct pk_server *server);
// SIGCHLD.
void pk_autostart_reap(struct pk_server *server);
// Forgets a start that is due. The child's process is the caller's from here on; 0: none.
pid_t pk_autostart_end(struct pk_server *server);

#endif
