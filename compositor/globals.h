// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Wayland globals beside those that windows need, and who may see them. Whoever may look at the
 * screen, switch it off or end the VM must be the kiosk's own user.
 */
#ifndef COMPOSITOR_GLOBALS_H
#define COMPOSITOR_GLOBALS_H

#include <stdbool.h>
#include <sys/types.h>

struct pk_server;
struct wl_client;

// Captures, presentation times. False without memory.
bool pk_globals_create(struct pk_server *server);

// For log lines.
pid_t pk_client_pid(struct wl_client *client);

#endif
