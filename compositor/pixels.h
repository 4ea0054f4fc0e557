// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef COMPOSITOR_PIXELS_H
#define COMPOSITOR_PIXELS_H

#include <stdint.h>
#include <wlr/types/wlr_buffer.h>

/**
 * pk_pixels_create - a small ARGB8888 buffer of our own (glyphs, messages)
 * @pixels: set to width * height premultiplied pixels, zeroed, to be filled before first use
 *
 * Dropped by the caller like any wlr_buffer. NULL without memory.
 */
struct wlr_buffer *pk_pixels_create(int width, int height, uint32_t **pixels);

#endif
