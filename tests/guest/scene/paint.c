// SPDX-License-Identifier: GPL-2.0-or-later
#include "paint.h"

#include "barcode.h"
#include "font.h"
#include "text.h"

#define INK 0xffe0e0e0u
#define PAPER 0xff203038u
#define GRADIENT_STEP 4u // pixels that the band moves in a frame

void pvg_paint_init(struct pvg_painter *painter, uint32_t width, uint32_t height,
	uint32_t refresh_mhz, uint32_t port, uint32_t *gradient) {
	memset(painter, 0, sizeof(*painter));
	painter->width = width;
	painter->height = height;
	painter->refresh_mhz = refresh_mhz;
	painter->port = port;
	painter->cell = width * 7 / 8 / PVG_BARCODE_CELLS;
	if (painter->cell == 0) {
		painter->cell = 1;
	}
	uint32_t strip = painter->cell * PVG_BARCODE_CELLS;
	painter->strip_x = strip < width ? (width - strip) / 2 : 0;
	painter->strip_height = height / 32 > 4 ? height / 32 : 4;
	painter->band_y = height * 3 / 8;
	painter->band_height = height / 16;
	painter->gradient = gradient;
	// Two periods, so that every frame's row is a piece of it: nothing is computed for a pixel.
	for (uint32_t x = 0; x < 2 * width; x++) {
		uint32_t level = (x % width) * 160 / width;
		gradient[x] = 0xff000000u | level << 16 | (200 - level) << 8 | (40 + level / 2);
	}
}

static uint32_t *row_of(const struct pvg_drv_surface *surface, uint32_t y) {
	return (uint32_t *)(void *)(surface->pixels + (size_t)y * surface->pitch_bytes);
}

static void fill(struct pvg_drv_surface *surface, uint32_t x, uint32_t y, uint32_t width,
	uint32_t height, uint32_t colour) {
	for (uint32_t row = y; row < y + height && row < surface->height; row++) {
		uint32_t *at = row_of(surface, row);
		for (uint32_t i = x; i < x + width && i < surface->width; i++) {
			at[i] = colour;
		}
	}
}

static void copy_row_down(struct pvg_drv_surface *surface, uint32_t x, uint32_t y, uint32_t width,
	uint32_t height) {
	const uint32_t *first = row_of(surface, y) + x;
	for (uint32_t row = y + 1; row < y + height && row < surface->height; row++) {
		memcpy(row_of(surface, row) + x, first, (size_t)width * 4);
	}
}

static void paint_strip(const struct pvg_painter *painter, struct pvg_drv_surface *surface,
	uint32_t y, uint32_t start, uint64_t value) {
	uint32_t cell = painter->cell;
	uint32_t x = painter->strip_x;
	uint32_t marker = PVG_BARCODE_MARKER_CELLS * cell;
	uint8_t checksum = pvg_barcode_checksum(value);
	if (y >= surface->height || x + PVG_BARCODE_CELLS * cell > surface->width) {
		return;
	}
	fill(surface, x, y, marker, 1, start);
	for (unsigned int i = 0; i < PVG_BARCODE_BITS; i++) {
		uint32_t bit =
			i < 64 ? (uint32_t)(value >> (63 - i)) & 1 : checksum >> (71 - i) & 1u;
		fill(surface, x + marker + i * cell, y, cell, 1,
			bit ? PVG_BARCODE_ONE : PVG_BARCODE_ZERO);
	}
	fill(surface, x + marker + PVG_BARCODE_BITS * cell, y, marker, 1, PVG_BARCODE_END);
	copy_row_down(surface, x, y, PVG_BARCODE_CELLS * cell, painter->strip_height);
}

void pvg_paint_text(struct pvg_drv_surface *surface, uint32_t x, uint32_t y, uint32_t scale,
	const char *text, uint32_t ink, uint32_t paper) {
	for (; *text != '\0'; text++, x += (PVG_FONT_WIDTH + 1) * scale) {
		const uint8_t *rows = NULL;
		for (size_t i = 0; i < PVG_ENC_COUNT(pvg_font); i++) {
			rows = pvg_font[i].character == *text ? pvg_font[i].rows : rows;
		}
		for (uint32_t row = 0; row < PVG_FONT_HEIGHT; row++) {
			for (uint32_t column = 0; column < PVG_FONT_WIDTH; column++) {
				bool set = rows != NULL && (rows[row] >> (4 - column) & 1) != 0;
				fill(surface, x + column * scale, y + row * scale, scale, scale,
					set ? ink : paper);
			}
		}
	}
}

static uint32_t text_scale(const struct pvg_painter *painter) {
	uint32_t scale = painter->height / 200;
	return scale > 0 ? scale : 1;
}

static void paint_whole(const struct pvg_painter *painter, struct pvg_drv_surface *surface) {
	for (uint32_t y = 0; y < surface->height; y++) {
		uint32_t level = y * 48 / surface->height;
		fill(surface, 0, y, surface->width, 1, PAPER + (level << 16 | level << 8 | level));
	}
	char line[64];
	struct pvg_text text = pvg_text_init(line, sizeof(line));
	pvg_text_u64(&text, painter->width);
	pvg_text_str(&text, "X");
	pvg_text_u64(&text, painter->height);
	pvg_text_str(&text, "@");
	pvg_text_milli(&text, painter->refresh_mhz);
	pvg_text_str(&text, " PORT ");
	pvg_text_u64(&text, painter->port);
	uint32_t scale = text_scale(painter);
	uint32_t x = painter->strip_x, y = 6 * painter->strip_height;
	fill(surface, x - 3 * scale, y - 3 * scale, 29 * (PVG_FONT_WIDTH + 1) * scale,
		2 * (PVG_FONT_HEIGHT + 3) * scale + 3 * scale, PAPER);
	pvg_paint_text(surface, x, y, scale, line, INK, PAPER);
	paint_strip(painter, surface, 3 * painter->strip_height, PVG_BARCODE_MODE_START,
		pvg_barcode_mode(painter->width, painter->height, painter->refresh_mhz,
			painter->port));
}

static void paint_number(const struct pvg_painter *painter, struct pvg_drv_surface *surface,
	uint64_t number) {
	char line[32];
	struct pvg_text text = pvg_text_init(line, sizeof(line));
	pvg_text_str(&text, "FRAME ");
	pvg_text_u64(&text, number);
	uint32_t scale = text_scale(painter);
	uint32_t y = 6 * painter->strip_height + (PVG_FONT_HEIGHT + 3) * scale;
	pvg_paint_text(surface, painter->strip_x, y, scale, line, INK, PAPER);
}

void pvg_paint_frame(const struct pvg_painter *painter, struct pvg_drv_surface *surface,
	uint64_t number) {
	if (surface->painted == 0) {
		paint_whole(painter, surface);
	}
	uint32_t bottom = surface->height - 2 * painter->strip_height;
	paint_strip(painter, surface, painter->strip_height, PVG_BARCODE_FRAME_START, number);
	paint_strip(painter, surface, bottom, PVG_BARCODE_FRAME_START, number);
	uint32_t shift = (uint32_t)(number * GRADIENT_STEP % painter->width);
	memcpy(row_of(surface, painter->band_y), painter->gradient + shift,
		(size_t)painter->width * 4);
	copy_row_down(surface, 0, painter->band_y, painter->width, painter->band_height);
	paint_number(painter, surface, number);
	surface->painted = number;
}

void pvg_paint_cursor_at(const struct pvg_painter *painter, uint64_t number, uint16_t *x,
	uint16_t *y) {
	// Below the band and above the bottom strip, with the whole glyph inside the picture.
	uint32_t span_x = painter->width - 2 * PVG_CURSOR_EDGE;
	uint32_t span_y = painter->height / 4;
	*x = (uint16_t)(PVG_CURSOR_EDGE + number * 3 % span_x);
	*y = (uint16_t)(painter->height * 5 / 8 + number % span_y - PVG_CURSOR_EDGE / 2);
}

void pvg_paint_glyph(uint32_t argb[PVG_CURSOR_EDGE * PVG_CURSOR_EDGE]) {
	for (uint32_t y = 0; y < PVG_CURSOR_EDGE; y++) {
		for (uint32_t x = 0; x < PVG_CURSOR_EDGE; x++) {
			bool inner = x >= PVG_CURSOR_INNER_FROM && x < PVG_CURSOR_INNER_TO &&
				y >= PVG_CURSOR_INNER_FROM && y < PVG_CURSOR_INNER_TO;
			argb[y * PVG_CURSOR_EDGE + x] = inner ? PVG_CURSOR_BLUE : PVG_CURSOR_YELLOW;
		}
	}
}
