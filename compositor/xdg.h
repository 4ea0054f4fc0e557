// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Client windows (QEMU's own during an installation, a terminal): full screen on the first output,
 * the newest on top. Above the guest while it has no picture, beneath it otherwise, unless the user
 * says so (Ctrl+Alt+Tab).
 */
#ifndef COMPOSITOR_XDG_H
#define COMPOSITOR_XDG_H

#include <stdbool.h>

struct pk_server;
struct pk_xdg;
struct wlr_surface;

struct pk_xdg *pk_xdg_create(struct pk_server *server);
// After the clients are gone.
void pk_xdg_destroy(struct pk_xdg *xdg);
bool pk_xdg_any_mapped(const struct pk_xdg *xdg);
// Gives every window the size of the output again.
void pk_xdg_arrange(struct pk_xdg *xdg);
// The window that has the keyboard, NULL: none.
struct wlr_surface *pk_xdg_focus(struct pk_xdg *xdg);
struct wlr_surface *pk_xdg_surface_at(struct pk_xdg *xdg, double lx, double ly, double *sx,
	double *sy);

#endif
