// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a macOS desktop does in a frame (spec 03 section 10), without macOS: windows that draw
 * themselves into surfaces, a compositor that puts them on a wallpaper with shadows, a blur pyramid
 * in half floats behind menu bar and dock, panels that read what is below them, text as batches of
 * glyph instances, about 300 draws in many short passes.
 */
#include "font.h"
#include "plan.h"

#include <stddef.h>

enum {
	WALLPAPER = 1,
	GLYPHS,
	SHADOW,
	HALF, // the pyramid: a quarter of the target's edges, an eighth, a sixteenth, up again
	QUARTER,
	EIGHTH,
	SOFT,
	WINDOWS,
	ICONS = WINDOWS + 4,
	COUNT = ICONS + 8,
};

#define WINDOW_COUNT 4u
#define ICON_COUNT 8u
#define ICON_EDGE 64u
#define LINES 12u
#define LINE_HEIGHT 13
#define CELL 8 // of a glyph
#define ATLAS_COLUMNS 16u

enum { R8 = 10, BGRA8 = 80, BGRA8_SRGB = 81, RGBA16_FLOAT = 115 };

struct out {
	const struct pvg_plan_sink *sink;
	void *data;
	int width, height;
};

/* ---- what the CPU paints once ------------------------------------------------------------- */

static void put_bgra(uint8_t *at, uint32_t red, uint32_t green, uint32_t blue, uint32_t alpha) {
	at[0] = (uint8_t)blue;
	at[1] = (uint8_t)green;
	at[2] = (uint8_t)red;
	at[3] = (uint8_t)alpha;
}

// A parabola as a row of hills.
static uint32_t hill(uint32_t x, uint32_t period, uint32_t height) {
	uint32_t at = x % period;
	return 4 * height * at / period * (period - at) / period;
}

static void paint_wallpaper(uint8_t *pixels, uint32_t pitch, uint32_t width, uint32_t height) {
	for (uint32_t x = 0; x < width; x++) {
		uint32_t far = height / 2 + height / 8 - hill(x + 40, width / 2, height / 5);
		uint32_t near =
			height - height / 8 - hill(x + width / 3, width * 3 / 4, height / 4);
		for (uint32_t y = 0; y < height; y++) {
			uint32_t level = y * 255 / height;
			uint8_t *at = pixels + (size_t)y * pitch + (size_t)x * 4;
			if (y > near) {
				put_bgra(at, 20 + level / 12, 44 + level / 8, 58 + level / 10, 255);
			} else if (y > far) {
				put_bgra(at, 52 + level / 5, 62 + level / 6, 104 + level / 8, 255);
			} else {
				put_bgra(at, 240 - (255 - level) * 3 / 4, 120 + level / 4,
					170 - level / 3, 255);
			}
		}
	}
}

static void paint_glyphs(uint8_t *pixels, uint32_t pitch, uint32_t width, uint32_t height) {
	for (size_t i = 0; i < sizeof(pvg_font) / sizeof(pvg_font[0]); i++) {
		uint32_t cell = (uint32_t)pvg_font[i].character - ' ';
		uint32_t x = cell % ATLAS_COLUMNS * CELL, y = cell / ATLAS_COLUMNS * CELL;
		if (x + CELL > width || y + CELL > height) {
			continue;
		}
		for (uint32_t row = 0; row < PVG_FONT_HEIGHT; row++) {
			for (uint32_t column = 0; column < PVG_FONT_WIDTH; column++) {
				bool ink = (pvg_font[i].rows[row] >> (4 - column) & 1) != 0;
				pixels[(y + row) * pitch + x + column] = ink ? 255 : 0;
			}
		}
	}
}

// Darkest in the middle, nothing at the edge.
static void paint_shadow(uint8_t *pixels, uint32_t pitch, uint32_t width, uint32_t height) {
	for (uint32_t y = 0; y < height; y++) {
		for (uint32_t x = 0; x < width; x++) {
			uint32_t in_x = x < width / 2 ? x : width - 1 - x;
			uint32_t in_y = y < height / 2 ? y : height - 1 - y;
			uint32_t alpha = 160 * in_x * in_y / (width * height / 4);
			put_bgra(pixels + (size_t)y * pitch + (size_t)x * 4, 0, 0, 0, alpha);
		}
	}
}

// A round sheet of one hue with a lighter disc; the hue comes from the first byte that is there.
static void paint_icon(uint8_t *pixels, uint32_t pitch, uint32_t edge, uint32_t hue) {
	static const uint8_t hues[ICON_COUNT][3] = { { 230, 70, 60 }, { 240, 150, 40 },
		{ 235, 210, 60 }, { 90, 190, 80 }, { 60, 180, 190 }, { 60, 110, 220 },
		{ 140, 80, 210 }, { 150, 150, 160 } };
	for (uint32_t y = 0; y < edge; y++) {
		for (uint32_t x = 0; x < edge; x++) {
			int dx = (int)(2 * x) - (int)edge + 1, dy = (int)(2 * y) - (int)edge + 1;
			int square = dx * dx + dy * dy, radius = (int)edge;
			bool disc = square < radius * radius / 3;
			bool sheet = dx * dx / 16 * (dx * dx / 16) + dy * dy / 16 * (dy * dy / 16) <
				radius * radius / 16 * (radius * radius / 16);
			uint32_t lift = disc ? 60 : 0;
			uint32_t rgb[3];
			for (unsigned int i = 0; i < 3; i++) {
				rgb[i] = hues[hue][i] * (edge - y / 2) / edge + lift;
				rgb[i] = !sheet ? 0 : rgb[i] > 255 ? 255 : rgb[i];
			}
			put_bgra(pixels + (size_t)y * pitch + (size_t)x * 4, rgb[0], rgb[1], rgb[2],
				sheet ? 255 : 0);
		}
	}
}

#define ICON_PAINTER(n) \
	static void paint_icon_##n(uint8_t *pixels, uint32_t pitch, uint32_t width, \
		uint32_t height) { \
		paint_icon(pixels, pitch, width < height ? width : height, n); \
	}
ICON_PAINTER(0)
ICON_PAINTER(1)
ICON_PAINTER(2)
ICON_PAINTER(3)
ICON_PAINTER(4)
ICON_PAINTER(5)
ICON_PAINTER(6)
ICON_PAINTER(7)

static uint32_t window_width(uint32_t width, uint32_t index) {
	return width * (index % 2 == 0 ? 7 : 6) / 20;
}

static uint32_t window_height(uint32_t height, uint32_t index) {
	return height * (index < 2 ? 8 : 7) / 20;
}

static uint32_t textures(struct pvg_plan_texture *textures, uint32_t width, uint32_t height) {
	static void (*const icons[])(uint8_t *, uint32_t, uint32_t, uint32_t) = { paint_icon_0,
		paint_icon_1, paint_icon_2, paint_icon_3, paint_icon_4, paint_icon_5, paint_icon_6,
		paint_icon_7 };
	textures[WALLPAPER] = (struct pvg_plan_texture){ 512, 320, BGRA8, 4, false, false,
		paint_wallpaper };
	textures[GLYPHS] = (struct pvg_plan_texture){ ATLAS_COLUMNS * CELL, 4 * CELL, R8, 1, false,
		false, paint_glyphs };
	textures[SHADOW] = (struct pvg_plan_texture){ 64, 64, BGRA8, 4, false, false,
		paint_shadow };
	for (uint32_t i = 0; i < 3; i++) {
		textures[HALF + i] = (struct pvg_plan_texture){ width >> (2 + i), height >> (2 + i),
			RGBA16_FLOAT, 8, true, false, NULL };
	}
	textures[SOFT] = textures[QUARTER];
	for (uint32_t i = 0; i < WINDOW_COUNT; i++) {
		textures[WINDOWS + i] = (struct pvg_plan_texture){ window_width(width, i),
			window_height(height, i), BGRA8, 4, true, true, NULL };
	}
	for (uint32_t i = 0; i < ICON_COUNT; i++) {
		textures[ICONS + i] = (struct pvg_plan_texture){ ICON_EDGE, ICON_EDGE, BGRA8_SRGB,
			4, false, false, icons[i] };
	}
	return COUNT;
}

/* ---- drawing ------------------------------------------------------------------------------- */

static struct pvg_plan_rect rect(int x, int y, int width, int height, uint32_t argb) {
	uint32_t alpha = argb >> 24;
	return (struct pvg_plan_rect){
		.x = (int16_t)x,
		.y = (int16_t)y,
		.width = (int16_t)width,
		.height = (int16_t)height,
		.rgba = { (uint8_t)((argb >> 16 & 0xff) * alpha / 255),
			(uint8_t)((argb >> 8 & 0xff) * alpha / 255),
			(uint8_t)((argb & 0xff) * alpha / 255), (uint8_t)alpha },
	};
}

static void pass(const struct out *out, uint32_t texture) {
	out->sink->pass(out->data, texture, false, NULL);
}

static void solid(const struct out *out, int x, int y, int width, int height, uint32_t argb) {
	struct pvg_plan_rect one = rect(x, y, width, height, argb);
	out->sink->draw(out->data, PVG_PLAN_SOLID,
		argb >> 24 == 255 ? PVG_PLAN_OPAQUE : PVG_PLAN_PREMULTIPLIED, 0, &one, 1);
}

static void picture(const struct out *out, enum pvg_plan_program program, uint32_t texture,
	struct pvg_plan_rect one, uint32_t source_w, uint32_t source_h) {
	one.source_w = (int16_t)source_w;
	one.source_h = (int16_t)source_h;
	out->sink->draw(out->data, program, PVG_PLAN_PREMULTIPLIED, texture, &one, 1);
}

static void text(const struct out *out, int x, int y, int scale, const char *line, uint32_t argb) {
	struct pvg_plan_rect glyphs[64];
	uint32_t count = 0;
	for (; *line != '\0' && count < 64; line++, x += (PVG_FONT_WIDTH + 1) * scale) {
		uint32_t cell = (uint32_t)(uint8_t)*line - ' ';
		if (cell == 0 || cell >= 64) {
			continue;
		}
		struct pvg_plan_rect one = rect(x, y, PVG_FONT_WIDTH * scale,
			PVG_FONT_HEIGHT * scale, argb);
		one.source_x = (int16_t)(cell % ATLAS_COLUMNS * CELL);
		one.source_y = (int16_t)(cell / ATLAS_COLUMNS * CELL);
		one.source_w = PVG_FONT_WIDTH;
		one.source_h = PVG_FONT_HEIGHT;
		glyphs[count++] = one;
	}
	if (count > 0) {
		out->sink->draw(out->data, PVG_PLAN_GLYPH, PVG_PLAN_PREMULTIPLIED, GLYPHS, glyphs,
			count);
	}
}

static void number_text(char *to, uint64_t number) {
	for (int i = 6; i >= 0; i--) {
		to[i] = (char)('0' + number % 10);
		number /= 10;
	}
	to[7] = '\0';
}

static const char *const lines[] = { "THE GUEST DRAWS THIS WINDOW", "EACH LINE IS ONE DRAW",
	"SHADERS CAME AS AIR", "SURFACES STAY ON THE HOST", "STAMPS KEEP THE ORDER",
	"NOTHING IS READ BACK", "OBJECT LISTS HOLD THE REST", "RINGS CARRY THE PACKETS",
	"THE PANEL GIVES THE CLOCK", "A REFUSAL HAS A NAME", "PAGES ARE WALKED ONCE",
	"FRAMES GO TO THE PLANE" };

// Some 40 draws in a surface of its own, as an application does.
static void draw_window(const struct out *out, uint32_t index, uint64_t number) {
	static const uint32_t accents[] = { 0xff2f6fdf, 0xffdf5f2f, 0xff2faf6f, 0xff8f4fcf };
	static const char *const titles[] = { "FINDER", "NOTES", "MAPS", "TERMINAL" };
	int width = (int)window_width((uint32_t)out->width, index);
	int height = (int)window_height((uint32_t)out->height, index);
	bool dark = index == 3;
	uint32_t paper = dark ? 0xff1c1f24 : 0xfff4f5f7, ink = dark ? 0xff9fe0a0 : 0xff22262c;
	const uint8_t clear[] = { (uint8_t)(paper >> 16), (uint8_t)(paper >> 8), (uint8_t)paper,
		255 };
	out->sink->pass(out->data, WINDOWS + index, false, clear);
	solid(out, 0, 0, width, 22, dark ? 0xff30343a : 0xffdfe2e6);
	solid(out, 8, 7, 8, 8, 0xffe8564c);
	solid(out, 20, 7, 8, 8, 0xffe7b23c);
	solid(out, 32, 7, 8, 8, 0xff5cb94f);
	text(out, width / 2 - 24, 7, 1, titles[index], ink);
	pass(out, WINDOWS + index);
	for (uint32_t i = 0; i < LINES; i++) {
		int y = 30 + (int)i * LINE_HEIGHT;
		if (y + LINE_HEIGHT > height - 14) {
			break;
		}
		if (i % 2 == 1 && !dark) {
			solid(out, 6, y - 2, width - 12, LINE_HEIGHT, 0xffe9ecf0);
		}
		solid(out, 10, y, 7, 7, accents[(index + i) % 4]);
		text(out, 24, y, 1, lines[(i + index * 3 + (uint32_t)(number / 90)) % 12], ink);
		if (i % 4 == 3) {
			pass(out, WINDOWS + index);
		}
	}
	int done = (int)(number * (3 + index) % (uint64_t)(width - 20));
	solid(out, 10, height - 12, width - 20, 4, 0xffc4c9d0);
	solid(out, 10, height - 12, done, 4, accents[index]);
}

static void window_place(const struct out *out, uint32_t index, uint64_t number, int *x, int *y) {
	static const int8_t at[WINDOW_COUNT][2] = { { 1, 2 }, { 11, 3 }, { 3, 10 }, { 12, 9 } };
	// The second window is being dragged.
	int swing = (int)(number % 240);
	int drag = index == 1 ? (swing < 120 ? swing : 240 - swing) / 2 : 0;
	*x = out->width * at[index][0] / 20 - drag;
	*y = out->height * at[index][1] / 20 + drag / 2;
}

// A texture with soft edges, stretched in nine pieces around a window.
static void draw_shadow(const struct out *out, int x, int y, int width, int height) {
	struct pvg_plan_rect pieces[9];
	const int edge = 24, soft = 32;
	const int xs[] = { x - edge, x, x + width }, ws[] = { edge, width, edge };
	const int ys[] = { y - edge + 8, y + 8, y + height + 8 }, hs[] = { edge, height, edge };
	const int sources[] = { 0, soft - 1, soft }, lengths[] = { soft, 1, soft };
	for (int i = 0; i < 9; i++) {
		pieces[i] = rect(xs[i % 3], ys[i / 3], ws[i % 3], hs[i / 3], 0xffffffff);
		pieces[i].source_x = (int16_t)sources[i % 3];
		pieces[i].source_y = (int16_t)sources[i / 3];
		pieces[i].source_w = (int16_t)lengths[i % 3];
		pieces[i].source_h = (int16_t)lengths[i / 3];
	}
	out->sink->draw(out->data, PVG_PLAN_TEXTURED, PVG_PLAN_PREMULTIPLIED, SHADOW, pieces, 9);
}

static void compose_windows(const struct out *out, uint64_t number) {
	static const uint8_t black[] = { 0, 0, 0, 255 };
	out->sink->pass(out->data, PVG_PLAN_TARGET, false, black);
	struct pvg_plan_rect wall = rect(0, 0, out->width, out->height, 0xffffffff);
	wall.source_w = 512;
	wall.source_h = 320;
	out->sink->draw(out->data, PVG_PLAN_TEXTURED, PVG_PLAN_OPAQUE, WALLPAPER, &wall, 1);
	for (uint32_t i = 0; i < WINDOW_COUNT; i++) {
		uint32_t width = window_width((uint32_t)out->width, i);
		uint32_t height = window_height((uint32_t)out->height, i);
		int x, y;
		window_place(out, i, number, &x, &y);
		pass(out, PVG_PLAN_TARGET);
		draw_shadow(out, x, y, (int)width, (int)height);
		picture(out, PVG_PLAN_ROUNDED, WINDOWS + i,
			rect(x, y, (int)width, (int)height, 0xffffffff), width, height);
	}
}

// Level by level, as macOS 26 renders it.
static void blur_backdrop(const struct out *out) {
	static const struct {
		uint32_t from, to;
		int shift; // of the target's edges
	} steps[] = { { PVG_PLAN_TARGET, HALF, 2 }, { HALF, QUARTER, 3 }, { QUARTER, EIGHTH, 4 },
		{ EIGHTH, SOFT, 3 } };
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		static const uint8_t clear[] = { 0, 0, 0, 0 };
		int width = out->width >> steps[i].shift, height = out->height >> steps[i].shift;
		int from = i == 0 ? 0 : steps[i - 1].shift;
		out->sink->pass(out->data, steps[i].to, false, clear);
		struct pvg_plan_rect whole = rect(0, 0, width, height, 0xffffffff);
		whole.source_w = (int16_t)(out->width >> from);
		whole.source_h = (int16_t)(out->height >> from);
		out->sink->draw(out->data, PVG_PLAN_BLUR, PVG_PLAN_OPAQUE, steps[i].from, &whole,
			1);
	}
}

// The blurred backdrop, then a panel that reads what it lies on.
static void draw_panel(const struct out *out, int x, int y, int width, int height, uint32_t argb) {
	pass(out, PVG_PLAN_TARGET);
	struct pvg_plan_rect soft = rect(x, y, width, height, 0xffffffff);
	soft.source_x = (int16_t)(x >> 3);
	soft.source_y = (int16_t)(y >> 3);
	soft.source_w = (int16_t)(width >> 3);
	soft.source_h = (int16_t)(height >> 3);
	out->sink->draw(out->data, PVG_PLAN_TEXTURED, PVG_PLAN_OPAQUE, SOFT, &soft, 1);
	struct pvg_plan_rect glass = rect(x, y, width, height, argb);
	out->sink->draw(out->data, PVG_PLAN_GLASS, PVG_PLAN_OPAQUE, PVG_PLAN_TARGET, &glass, 1);
}

static void draw_menu(const struct out *out, uint64_t number) {
	static const char *const words[] = { "PVG", "FILE", "EDIT", "VIEW", "GO", "WINDOW",
		"HELP" };
	char clock[8];
	int x = 14;
	draw_panel(out, 0, 0, out->width, 24, 0xffffffff);
	pass(out, PVG_PLAN_TARGET);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		int length = 0;
		while (words[i][length] != '\0') {
			length++;
		}
		text(out, x, 8, 1, words[i], 0xff101418);
		x += (length + 3) * (PVG_FONT_WIDTH + 1);
	}
	number_text(clock, number);
	text(out, out->width - 64, 8, 1, clock, 0xff101418);
}

static void draw_dock(const struct out *out, uint64_t number) {
	int step = out->width / 18, edge = step * 4 / 5;
	int width = step * (int)ICON_COUNT + 16, x = (out->width - width) / 2;
	int y = out->height - edge - 24;
	// Above the strip with the frame's number.
	y -= out->height / 16;
	draw_panel(out, x, y, width, edge + 16, 0xffe8ecf4);
	for (uint32_t i = 0; i < ICON_COUNT; i++) {
		int phase = (int)((number * 2 + i * 30) % 240);
		int lift = phase < 40 ? phase / 4 : phase < 80 ? (80 - phase) / 4 : 0;
		if (i % 4 == 0) {
			pass(out, PVG_PLAN_TARGET);
		}
		picture(out, PVG_PLAN_TEXTURED, ICONS + i,
			rect(x + 8 + (int)i * step, y + 8 - lift, edge, edge, 0xffffffff),
			ICON_EDGE, ICON_EDGE);
	}
	// Badges are blended in linear light.
	out->sink->pass(out->data, PVG_PLAN_TARGET, true, NULL);
	for (uint32_t i = 0; i < ICON_COUNT; i += 3) {
		solid(out, x + 8 + (int)i * step + edge - 12, y + 6, 12, 12, 0xc0ff2020);
	}
}

// A meter of many small draws, each with its own colour.
static void draw_meter(const struct out *out, uint64_t number) {
	int left = out->width * 19 / 20 - 84, top = out->height / 10;
	pass(out, PVG_PLAN_TARGET);
	solid(out, left - 6, top - 6, 90, 90, 0xb0101420);
	for (int i = 0; i < 100; i++) {
		int on = (int)((number + (uint64_t)(i * 7)) % 100);
		uint32_t level = (uint32_t)(on * 2 + 40);
		solid(out, left + i % 10 * 8, top + i / 10 * 8, 6, 6,
			0xff000000 | level << 16 | (255 - level) << 8 | 0x60);
		if (i % 25 == 24) {
			pass(out, PVG_PLAN_TARGET);
		}
	}
}

static void frame(const struct pvg_plan_sink *sink, void *data, uint32_t width, uint32_t height,
	uint64_t number) {
	const struct out out = { sink, data, (int)width, (int)height };
	for (uint32_t i = 0; i < WINDOW_COUNT; i++) {
		if (number < 3 || (number + i) % 2 == 0) {
			draw_window(&out, i, number);
		}
	}
	compose_windows(&out, number);
	blur_backdrop(&out);
	draw_menu(&out, number);
	draw_dock(&out, number);
	draw_meter(&out, number);
}

const struct pvg_plan pvg_plan_desktop = { "desktop", textures, frame };
