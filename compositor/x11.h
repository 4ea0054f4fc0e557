// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kiosk's windows on an X server have beyond what wlroots gives them: full screen, and a
 * class by which desktops find name and icon. wlroots keeps its connection and its windows to
 * itself, so this is a connection of our own, which knows them by their owner.
 *
 * Every function takes NULL and does nothing then.
 */
#ifndef COMPOSITOR_X11_H
#define COMPOSITOR_X11_H

#include <stddef.h>

struct pk_server;
struct pk_x11;

#ifdef PK_HAVE_XCB

// After the windows are there. NULL: the backend is not X11, or the server cannot tell owners.
struct pk_x11 *pk_x11_create(struct pk_server *server);
void pk_x11_destroy(struct pk_x11 *x11);
// A window was opened again.
void pk_x11_adopt(struct pk_x11 *x11);
// Of the window that has the keys: asks the window manager.
void pk_x11_toggle_fullscreen(struct pk_x11 *x11);

#else

static inline struct pk_x11 *pk_x11_create(struct pk_server *server) {
	return NULL;
}

static inline void pk_x11_destroy(struct pk_x11 *x11) {
}

static inline void pk_x11_adopt(struct pk_x11 *x11) {
}

static inline void pk_x11_toggle_fullscreen(struct pk_x11 *x11) {
}

#endif

#endif
