// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The Wayland compositor whose windows the kiosk's outputs are: asked not to become idle while the
 * guest plays (idle-inhibit), where it offers that.
 */
#ifndef COMPOSITOR_PARENT_H
#define COMPOSITOR_PARENT_H

#include <stdbool.h>

struct pk_parent;
struct pk_server;

// NULL where there is no such parent, or it does not offer it. The backend has been started.
struct pk_parent *pk_parent_create(struct pk_server *server);
// Before the backend is destroyed. NULL is fine.
void pk_parent_destroy(struct pk_parent *parent);
void pk_parent_inhibit_idle(struct pk_parent *parent, bool inhibit);

#endif
