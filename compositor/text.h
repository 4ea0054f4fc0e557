// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lines of text in the kiosk's own small font, in pixels. Pure.
 */
#ifndef COMPOSITOR_TEXT_H
#define COMPOSITOR_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "font.h"

#define PK_TEXT_CELL_WIDTH (PK_FONT_WIDTH + 1)
#define PK_TEXT_LINE_HEIGHT (PK_FONT_HEIGHT + 3)

struct pk_text_size {
	size_t columns, lines;
};

// The widest line, and how many there are.
struct pk_text_size pk_text_measure(const char *text);

/**
 * pk_text_wrap - break lines at spaces so that none is wider than @columns
 * @out: cut at @size bytes
 *
 * A word that is wider is broken anywhere; then the result is false.
 */
bool pk_text_wrap(const char *text, size_t columns, char *out, size_t size);

/**
 * pk_text_fit - the largest whole scale at which @text is readable in a picture
 * @out: the text, wrapped for it
 *
 * No line has fewer than some 40 columns of room, and all is within nine tenths of both sides if
 * that is possible at all.
 */
int pk_text_fit(const char *text, int width, int height, char *out, size_t size);

/**
 * pk_text_draw - draw lines, each in the middle or at the left
 * @pixels: @width pixels a row, at least .lines * PK_TEXT_LINE_HEIGHT * @scale rows
 */
void pk_text_draw(const char *text, int scale, bool centred, uint32_t ink, uint32_t *pixels,
	int width);

#endif
