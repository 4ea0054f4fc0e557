// SPDX-License-Identifier: GPL-2.0-or-later
#include "text.h"

#include <string.h>

#define COLUMNS_WANTED 40
#define LINES_WANTED 15

struct pk_text_size pk_text_measure(const char *text) {
	struct pk_text_size size = { 0, 1 };
	for (;;) {
		size_t length = strcspn(text, "\n");
		size.columns = length > size.columns ? length : size.columns;
		if (text[length] == '\0') {
			return size;
		}
		size.lines++;
		text += length + 1;
	}
}

struct writer {
	char *out;
	size_t size, at;
};

static void put(struct writer *writer, const char *text, size_t length) {
	for (size_t i = 0; i < length && writer->at + 1 < writer->size; i++) {
		writer->out[writer->at++] = text[i];
	}
}

static bool wrap_line(struct writer *writer, const char *line, size_t length, size_t columns) {
	bool whole = true;
	while (length > columns) {
		size_t cut = columns;
		while (cut > 0 && line[cut] != ' ') {
			cut--;
		}
		if (cut == 0) { // no space to break at
			whole = false;
			cut = columns;
		}
		put(writer, line, cut);
		put(writer, "\n", 1);
		cut += line[cut] == ' ';
		line += cut;
		length -= cut;
	}
	put(writer, line, length);
	return whole;
}

bool pk_text_wrap(const char *text, size_t columns, char *out, size_t size) {
	struct writer writer = { out, size, 0 };
	bool whole = true;
	if (columns == 0) {
		columns = 1;
	}
	for (;;) {
		size_t length = strcspn(text, "\n");
		whole = wrap_line(&writer, text, length, columns) && whole;
		if (text[length] == '\0') {
			break;
		}
		put(&writer, "\n", 1);
		text += length + 1;
	}
	if (size > 0) {
		out[writer.at] = '\0';
	}
	return whole;
}

int pk_text_fit(const char *text, int width, int height, char *out, size_t size) {
	int scale = width / (COLUMNS_WANTED * PK_TEXT_CELL_WIDTH);
	int limit = height / (LINES_WANTED * PK_TEXT_LINE_HEIGHT);
	scale = limit < scale ? limit : scale;
	for (scale = scale > 1 ? scale : 1;; scale--) {
		int columns = width / 10 * 9 / (PK_TEXT_CELL_WIDTH * scale);
		bool whole = pk_text_wrap(text, columns > 0 ? (size_t)columns : 1, out, size);
		size_t rows = pk_text_measure(out).lines * PK_TEXT_LINE_HEIGHT * (size_t)scale;
		if (scale == 1 || (whole && rows <= (size_t)height / 10 * 9)) {
			return scale;
		}
	}
}

static void draw_glyph(char c, int scale, uint32_t ink, uint32_t *pixels, int width) {
	for (int y = 0; y < PK_FONT_HEIGHT * scale; y++) {
		for (int x = 0; x < PK_FONT_WIDTH * scale; x++) {
			if (pk_font_pixel(c, x / scale, y / scale)) {
				pixels[(size_t)y * (size_t)width + (size_t)x] = ink;
			}
		}
	}
}

void pk_text_draw(const char *text, int scale, bool centred, uint32_t ink, uint32_t *pixels,
		int width) {
	int cell = PK_TEXT_CELL_WIDTH * scale;
	for (;;) {
		int length = (int)strcspn(text, "\n");
		int x = centred ? (width - length * cell) / 2 : 0;
		for (int i = 0; i < length; i++) {
			if (x >= 0 && x + cell <= width) {
				draw_glyph(text[i], scale, ink, pixels + x, width);
			}
			x += cell;
		}
		if (text[length] == '\0') {
			return;
		}
		text += length + 1;
		pixels += (size_t)(PK_TEXT_LINE_HEIGHT * scale) * (size_t)width;
	}
}
