// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef COMPOSITOR_PNG_WRITE_H
#define COMPOSITOR_PNG_WRITE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * pk_png_write - write XRGB8888 pixels without padding as PNG
 *
 * The file appears whole: it is written beside its place and renamed. False with errno set.
 */
bool pk_png_write(const char *path, const uint32_t *pixels, int width, int height);

#endif
