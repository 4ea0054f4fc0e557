// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef COMPOSITOR_CHILD_H
#define COMPOSITOR_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct pk_child_places {
	const char *vm;       // PVG_SOCKET
	const char *clients;  // WAYLAND_DISPLAY; NULL: as the kiosk's own environment has it
	unsigned int outputs; // PVG_DISPLAYS: that the VM could have a display for; 0: not set
};

/**
 * pk_child_start - run the command, with the kiosk's environment and what @places say
 * @places:      a PVG_DISPLAYS that the user set is kept
 * @exit_status: set to 126 or 127 when it cannot be run, as a shell does
 *
 * Signals are reset for the child. Returns its pid, or 0 after a log line.
 */
pid_t pk_child_start(char *const *command, const struct pk_child_places *places, int *exit_status);

// The exit status for a status of waitpid: the command's own, or 128 + signal.
int pk_child_status(int status);

/**
 * pk_child_stop - end a command that outlives the kiosk: SIGTERM, SIGKILL after five seconds
 *
 * Returns its exit status.
 */
int pk_child_stop(pid_t pid);

#endif
