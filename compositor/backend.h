// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef COMPOSITOR_BACKEND_H
#define COMPOSITOR_BACKEND_H

#include <stdbool.h>

struct pk_server;

/**
 * pk_backend_create - backend, renderer and allocator as the options and the environment say
 *
 * Fills the server's backend, session, renderer, allocator, backend_name and nested. False after a
 * log line that says what to do.
 */
bool pk_backend_create(struct pk_server *server);

#endif
