// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an output says while there is no picture: a few plain words in a small font of our own.
 */
#ifndef COMPOSITOR_IDLE_H
#define COMPOSITOR_IDLE_H

#include <stddef.h>

struct pk_output;
struct pk_server;
struct wlr_buffer;

// Of one output.
void pk_idle_text(const struct pk_server *server, const struct pk_output *output, char *text,
	size_t size);
// Of the whole, for pvgctl.
void pk_idle_server_text(const struct pk_server *server, char *text, size_t size);

// For a picture of @width by @height pixels, as large as is readable in it. NULL without memory.
struct wlr_buffer *pk_idle_render(const char *text, int width, int height);

#endif
