// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kiosk's side of pvg-control-v1: what pvgctl asks for. Only clients of the same user see it.
 * Requests are checked here and done by the modules that own what they change; nothing a client
 * sends makes the main loop wait for the client.
 */
#ifndef COMPOSITOR_CONTROL_H
#define COMPOSITOR_CONTROL_H

#include <stdbool.h>

struct pk_control;
struct pk_server;
struct wl_resource;

// NULL without memory. Also hides the globals that give power over the session from other users.
struct pk_control *pk_control_create(struct pk_server *server);
// The clients are gone by now. NULL is fine.
void pk_control_destroy(struct pk_control *control);

// The device thread has taken a recorder in, or let go of it: who asked may hear.
void pk_control_capture_settled(struct pk_control *control, const char *error);

/* control-status.c */

// Describes everything to a pvg_control_status_v1.
void pk_control_send_status(struct pk_server *server, struct wl_resource *resource);

#endif
