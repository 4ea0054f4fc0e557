// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef COMPOSITOR_FONT_H
#define COMPOSITOR_FONT_H

#include <stdbool.h>

#define PK_FONT_WIDTH 5
#define PK_FONT_HEIGHT 8

// Printable ASCII; everything else looks like '?'.
bool pk_font_pixel(char c, int x, int y);

#endif
