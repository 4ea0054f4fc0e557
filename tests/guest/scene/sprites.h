// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Scene sdl2d: a frame of a two-dimensional game as a renderer of rectangles encodes it. One buffer
 * of triangles without indices, drawn in runs that share texture, sampler, blend mode and clip
 * rectangle; one run is drawn into a texture first and shown from there.
 */
#ifndef TESTS_GUEST_SCENE_SPRITES_H
#define TESTS_GUEST_SCENE_SPRITES_H

#include "ui.h"

#define PVG_SPRITES_VERTICES 12288u
#define PVG_SPRITES_RUNS 48u
#define PVG_SPRITES_TILES 128u // edge of the tile sheet: 8 by 8 tiles of 16
#define PVG_SPRITES_MAP 64u    // edge of the small map, a texture that is drawn into

enum pvg_sprites_texture {
	PVG_SPRITES_WHITE,
	PVG_SPRITES_SHEET,
	PVG_SPRITES_FONT,
	PVG_SPRITES_OWN
};
enum pvg_sprites_blend { PVG_SPRITES_NONE, PVG_SPRITES_BLEND, PVG_SPRITES_ADD, PVG_SPRITES_MOD };

struct pvg_sprites_run {
	uint8_t texture, blend;
	bool linear, own_target; // own_target: into the small map
	uint32_t first, count;   // vertices
	uint32_t x, y, width, height; // clip rectangle
};

struct pvg_sprites {
	uint8_t *vertices; // borrowed: place, texture place, colour; PVG_UI_VERTEX_BYTES each
	uint32_t used, run_count;
	struct pvg_sprites_run runs[PVG_SPRITES_RUNS];
	uint32_t width, height;
};

// Grass, water, stones and figures: noise that is the same everywhere.
static inline void pvg_sprites_paint_sheet(uint8_t *rgba, uint32_t pitch_bytes) {
	for (uint32_t y = 0; y < PVG_SPRITES_TILES; y++) {
		for (uint32_t x = 0; x < PVG_SPRITES_TILES; x++) {
			uint32_t tile = y / 16 * 8 + x / 16;
			uint32_t noise = (x * 7 + y * 13 + tile * 29) % 32;
			uint32_t dx = x % 16 < 8 ? 8 - x % 16 : x % 16 - 7;
			uint32_t dy = y % 16 < 8 ? 8 - y % 16 : y % 16 - 7;
			bool figure = tile >= 32, inside = dx * dx + dy * dy < 60;
			uint32_t r = tile * 37 % 160 + noise, g = 90 + tile * 53 % 120 + noise;
			uint32_t b = tile * 91 % 200 + noise, a = figure && !inside ? 0 : 255;
			pvg_put(rgba + (size_t)y * pitch_bytes + 4 * x,
				a == 0 ? 0 : r | g << 8 | b << 16 | a << 24, 4);
		}
	}
}

static inline void pvg_sprites_begin(struct pvg_sprites *s, enum pvg_sprites_texture texture,
	enum pvg_sprites_blend blend, bool linear) {
	if (s->run_count < PVG_SPRITES_RUNS) {
		s->runs[s->run_count++] = (struct pvg_sprites_run){ .texture = (uint8_t)texture,
			.blend = (uint8_t)blend,
			.linear = linear,
			.first = s->used,
			.width = s->width,
			.height = s->height };
	}
}

// @u, @v: texels of a texture of @edge_w by @edge_h; a negative width of them mirrors.
static inline void pvg_sprites_put(struct pvg_sprites *s, int x, int y, int width, int height,
	int u, int v, int uw, int vh, uint32_t edge_w, uint32_t edge_h, uint32_t abgr) {
	static const uint8_t corners[6] = { 0, 1, 2, 2, 1, 3 };
	if (s->used + 6 > PVG_SPRITES_VERTICES) {
		return;
	}
	for (unsigned int i = 0; i < 6; i++) {
		int right = corners[i] & 1, low = corners[i] >> 1;
		uint8_t *at = s->vertices + (size_t)s->used++ * PVG_UI_VERTEX_BYTES;
		pvg_put(at, pvg_mtl_f32(x + right * width, 1), 4);
		pvg_put(at + 4, pvg_mtl_f32(y + low * height, 1), 4);
		pvg_put(at + 8, pvg_mtl_f32(u + right * uw, edge_w), 4);
		pvg_put(at + 12, pvg_mtl_f32(v + low * vh, edge_h), 4);
		pvg_put(at + 16, abgr, 4);
	}
	s->runs[s->run_count - 1].count += 6;
}

static inline void pvg_sprites_tile(struct pvg_sprites *s, int x, int y, int edge, uint32_t tile,
	bool mirror, uint32_t abgr) {
	int u = (int)(tile % 8) * 16, v = (int)(tile / 8) * 16;
	pvg_sprites_put(s, x, y, edge, edge, mirror ? u + 16 : u, v, mirror ? -16 : 16, 16,
		PVG_SPRITES_TILES, PVG_SPRITES_TILES, abgr);
}

static inline void pvg_sprites_box(struct pvg_sprites *s, int x, int y, int width, int height,
	uint32_t abgr) {
	pvg_sprites_put(s, x, y, width, height, 0, 0, 0, 0, 1, 1, abgr);
}

static inline void pvg_sprites_text(struct pvg_sprites *s, int x, int y, const char *text,
	uint32_t abgr) {
	for (; *text != '\0'; text++, x += 14) {
		uint32_t cell = (uint32_t)(uint8_t)*text - ' ';
		if (cell > 0 && cell < 96) {
			pvg_sprites_put(s, x, y, 12, 16, (int)(cell % 16) * 8,
				(int)(cell / 16) * 8, 6, 8, PVG_UI_ATLAS_WIDTH, PVG_UI_ATLAS_HEIGHT,
				abgr);
		}
	}
}

// What is far: the land, scrolled, clipped to the playing field.
static inline void pvg_sprites_land(struct pvg_sprites *s, uint64_t number) {
	int scroll = (int)(number % 32), w = (int)s->width, h = (int)s->height;
	pvg_sprites_begin(s, PVG_SPRITES_SHEET, PVG_SPRITES_NONE, false);
	s->runs[s->run_count - 1].y = 24;
	s->runs[s->run_count - 1].height = s->height - 48;
	for (int y = 24; y < h - 24; y += 32) {
		for (int x = -scroll; x < w; x += 32) {
			uint32_t column = (uint32_t)((x + scroll) / 32) + (uint32_t)(number / 32);
			uint32_t tile = (column * 5 + (uint32_t)y / 32 * 3) % 32;
			pvg_sprites_tile(s, x, y, 32, tile, false, 0xffffffff);
		}
	}
}

static inline void pvg_sprites_frame(struct pvg_sprites *s, uint64_t number) {
	int w = (int)s->width, h = (int)s->height, n = (int)(number % 4096);
	s->used = s->run_count = 0;
	// The small map, a texture of its own.
	pvg_sprites_begin(s, PVG_SPRITES_SHEET, PVG_SPRITES_NONE, false);
	s->runs[0].own_target = true;
	s->runs[0].width = s->runs[0].height = PVG_SPRITES_MAP;
	for (int i = 0; i < 64; i++) {
		pvg_sprites_tile(s, i % 8 * 8, i / 8 * 8, 8, (uint32_t)(i * 7 + n / 16) % 32, false,
			0xffffffff);
	}
	pvg_sprites_land(s, number);
	// Shadows, figures, sparks: a run each as often as the blend mode changes.
	for (int row = 0; row < 6; row++) {
		int top = 60 + row * (h - 120) / 6;
		pvg_sprites_begin(s, PVG_SPRITES_WHITE, PVG_SPRITES_MOD, false);
		for (int i = 0; i < 8; i++) {
			pvg_sprites_box(s, (i * 83 + n * (row + 1)) % w, top + 24, 28, 8,
				0xff808080);
		}
		pvg_sprites_begin(s, PVG_SPRITES_SHEET, PVG_SPRITES_BLEND, row % 2 != 0);
		for (int i = 0; i < 8; i++) {
			pvg_sprites_tile(s, (i * 83 + n * (row + 1)) % w, top, 28,
				32 + (uint32_t)(row * 5 + i) % 32, (n / 8 + i) % 2 != 0,
				0xff000000 | (uint32_t)(0x808080 + 0x10203 * i * row));
		}
		pvg_sprites_begin(s, PVG_SPRITES_WHITE, PVG_SPRITES_ADD, false);
		for (int i = 0; i < 24; i++) {
			pvg_sprites_box(s, (i * 31 + n * 3 + row * 57) % w,
				50 + (i * 17 + n * 2 + row * 71) % (h - 100), 3, 3, 0x80204080);
		}
	}
	pvg_sprites_begin(s, PVG_SPRITES_WHITE, PVG_SPRITES_BLEND, false);
	pvg_sprites_box(s, 0, 0, w, 24, 0xc0301c10);
	pvg_sprites_box(s, 0, h - 24, w, 24, 0xc0301c10);
	pvg_sprites_box(s, 90, 7, 100 - n % 60, 10, 0xff3040e0);
	pvg_sprites_begin(s, PVG_SPRITES_FONT, PVG_SPRITES_BLEND, true);
	pvg_sprites_text(s, 8, 5, "SPEED", 0xffffffff);
	pvg_sprites_text(s, w - 90, 5, "SCALE", 0xffc0f0ff);
	pvg_sprites_begin(s, PVG_SPRITES_OWN, PVG_SPRITES_BLEND, true);
	pvg_sprites_put(s, w - 104, h - 128, 96, 96, 0, 0, 64, 64, 64, 64, 0xd0ffffff);
}

#endif
