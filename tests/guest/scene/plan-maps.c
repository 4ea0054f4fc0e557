// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a map application does in a frame (spec 03 section 10): 1,100 draws of one or two rectangles
 * into a private texture, then whole-level copies into the surfaces that are composed.
 */
#include "plan.h"

enum { TILES = 1, TILE_COUNT = 8, MAP = TILES + TILE_COUNT, CANVAS, COUNT };

#define TILE_EDGE 128u
#define ROADS 1000

enum { BGRA8 = 80 };

static uint32_t mix(uint32_t value) {
	value = (value ^ value >> 15) * 0x2c1b3c6d;
	value = (value ^ value >> 12) * 0x297a2d39;
	return value ^ value >> 15;
}

// Meadow, water and blocks from a hash of the place; the size of the tile tells which.
static void paint(uint8_t *pixels, uint32_t pitch, uint32_t edge, uint32_t kind) {
	static const uint8_t grounds[4][3] = { { 226, 232, 214 }, { 198, 221, 180 },
		{ 168, 205, 232 }, { 236, 230, 220 } };
	for (uint32_t y = 0; y < edge; y++) {
		for (uint32_t x = 0; x < edge; x++) {
			uint32_t block = mix((x / 16) * 977 + (y / 16) * 331 + kind * 7919);
			const uint8_t *ground = grounds[(kind + (block % 5 == 0)) % 4];
			uint32_t grain = mix(x * 131 + y * 17 + kind) % 6;
			uint8_t *at = pixels + (uint64_t)y * pitch + (uint64_t)x * 4;
			for (unsigned int i = 0; i < 3; i++) {
				at[2 - i] = (uint8_t)(ground[i] - grain);
			}
			at[3] = 255;
		}
	}
}

#define PAINTER(n) \
	static void paint_##n(uint8_t *pixels, uint32_t pitch, uint32_t width, uint32_t height) { \
		paint(pixels, pitch, width < height ? width : height, n); \
	}
PAINTER(0)
PAINTER(1)
PAINTER(2)
PAINTER(3)
PAINTER(4)
PAINTER(5)
PAINTER(6)
PAINTER(7)

static uint32_t textures(struct pvg_plan_texture *textures, uint32_t width, uint32_t height) {
	static void (*const painters[])(uint8_t *, uint32_t, uint32_t, uint32_t) = { paint_0,
		paint_1, paint_2, paint_3, paint_4, paint_5, paint_6, paint_7 };
	for (uint32_t i = 0; i < TILE_COUNT; i++) {
		textures[TILES + i] = (struct pvg_plan_texture){ TILE_EDGE, TILE_EDGE, BGRA8, 4,
			false, false, painters[i] };
	}
	textures[MAP] = (struct pvg_plan_texture){ width, height, BGRA8, 4, true, false, NULL };
	textures[CANVAS] = (struct pvg_plan_texture){ width, height, BGRA8, 4, true, true, NULL };
	return COUNT;
}

static struct pvg_plan_rect rect(int x, int y, int width, int height, uint32_t rgb) {
	return (struct pvg_plan_rect){
		.x = (int16_t)x,
		.y = (int16_t)y,
		.width = (int16_t)width,
		.height = (int16_t)height,
		.rgba = { (uint8_t)(rgb >> 16), (uint8_t)(rgb >> 8), (uint8_t)rgb, 255 },
	};
}

static void draw_tiles(const struct pvg_plan_sink *sink, void *data, int width, int height,
	uint64_t number) {
	int edge = (int)TILE_EDGE, shift = (int)(number * 2 % TILE_EDGE);
	for (int y = -edge; y < height + edge; y += edge) {
		for (int x = -edge; x < width + edge; x += edge) {
			struct pvg_plan_rect tile = rect(x + shift, y + shift / 2, edge, edge,
				0xffffff);
			tile.source_w = tile.source_h = TILE_EDGE;
			uint32_t kind = mix((uint32_t)(x / edge + 40) * 61 +
						(uint32_t)(y / edge + 40) * 13) %
				TILE_COUNT;
			sink->draw(data, PVG_PLAN_TEXTURED, PVG_PLAN_OPAQUE, TILES + kind, &tile,
				1);
		}
	}
}

static void draw_roads(const struct pvg_plan_sink *sink, void *data, int width, int height,
	uint64_t number) {
	static const uint32_t colors[] = { 0xffffff, 0xf6d77a, 0xf2a65a, 0xd8d8d8 };
	for (uint32_t i = 0; i < ROADS; i++) {
		uint32_t hash = mix(i * 2654435761u);
		int along = (int)(12 + hash % 70), wide = (int)(2 + (hash >> 8) % 4);
		int x = (int)((hash >> 4) % (uint32_t)width);
		int y = (int)((hash >> 13) % (uint32_t)height);
		bool across = (hash >> 20 & 1) != 0;
		x = (x + (int)(number % (uint64_t)width)) % width;
		struct pvg_plan_rect pair[2] = { rect(x, y, across ? along : wide,
							 across ? wide : along, 0x9a9a9a),
			rect(x + (across ? 0 : 1), y + (across ? 1 : 0), across ? along : wide - 1,
				across ? wide - 1 : along, colors[hash >> 24 & 3]) };
		bool cased = i % 3 == 0;
		sink->draw(data, PVG_PLAN_SOLID, PVG_PLAN_OPAQUE, 0, cased ? pair : pair + 1,
			cased ? 2 : 1);
		if (i % 250 == 249) {
			sink->pass(data, MAP, false, NULL);
		}
	}
}

static void frame(const struct pvg_plan_sink *sink, void *data, uint32_t width, uint32_t height,
	uint64_t number) {
	static const uint8_t sea[] = { 160, 200, 230, 255 };
	sink->pass(data, MAP, false, sea);
	draw_tiles(sink, data, (int)width, (int)height, number);
	draw_roads(sink, data, (int)width, (int)height, number);
	sink->copy(data, MAP, CANVAS);
	sink->copy(data, CANVAS, PVG_PLAN_TARGET);
	sink->pass(data, PVG_PLAN_TARGET, false, NULL);
	struct pvg_plan_rect pin = rect((int)width / 2 - 8, (int)height / 2 - 8, 16, 16, 0xd03030);
	sink->draw(data, PVG_PLAN_SOLID, PVG_PLAN_OPAQUE, 0, &pin, 1);
}

const struct pvg_plan pvg_plan_maps = { "maps", textures, frame };
