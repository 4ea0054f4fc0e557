// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Scenes made of rectangles: what is drawn, said once, for the guest's Metal (gpu-plan.c) and for
 * the same thing by hand in GLES (tests/scenes/plain-plan.c). A plan names textures and programs by
 * number and pours passes and draws into a sink; each side has its own shaders and its own way of
 * getting them to the GPU. Freestanding, no floating point.
 */
#ifndef TESTS_GUEST_SCENE_PLAN_H
#define TESTS_GUEST_SCENE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PVG_PLAN_TEXTURES 48u
#define PVG_PLAN_TARGET 0u // the texture that is presented

enum pvg_plan_program {
	PVG_PLAN_SOLID,    // the colour
	PVG_PLAN_TEXTURED, // texture * colour
	PVG_PLAN_GLYPH,    // colour * the texture's red: letters of an atlas, nearest
	PVG_PLAN_ROUNDED,  // texture * colour with round corners of 10 texels
	PVG_PLAN_BLUR,     // 3 x 3 tent over the texture, * colour
	PVG_PLAN_GLASS,    // half of what is there (the attachment itself), half the colour
	PVG_PLAN_PROGRAMS,
};

enum pvg_plan_blend { PVG_PLAN_OPAQUE, PVG_PLAN_PREMULTIPLIED, PVG_PLAN_ADD, PVG_PLAN_BLENDS };

struct pvg_plan_rect { // an instance, in the layout of the vertex buffer
	int16_t x, y, width, height;                    // pixels of the target
	int16_t source_x, source_y, source_w, source_h; // texels
	uint8_t rgba[4];                                // premultiplied
};

struct pvg_plan_texture {
	uint32_t width, height;
	uint16_t format; // MTLPixelFormat: R8, BGRA8, BGRA8 sRGB, RGBA16Float
	uint8_t element_bytes;
	bool drawn;   // a render target
	bool surface; // IOSurface memory rather than a texture's own
	// First contents, by the CPU; NULL: zero. Pixels in the format's order.
	void (*paint)(uint8_t *pixels, uint32_t pitch_bytes, uint32_t width, uint32_t height);
};

struct pvg_plan_sink {
	/*
	 * Draws go to @texture from now on. @srgb: seen as its sRGB partner. @clear: four bytes, or
	 * NULL to keep what is there.
	 */
	void (*pass)(void *data, uint32_t texture, bool srgb, const uint8_t *clear);
	// @texture: what the program reads, PVG_PLAN_TARGET where it reads none.
	void (*draw)(void *data, enum pvg_plan_program program, enum pvg_plan_blend blend,
		uint32_t texture, const struct pvg_plan_rect *rects, uint32_t count);
	// A whole level 0, equal sizes and formats.
	void (*copy)(void *data, uint32_t from, uint32_t to);
};

struct pvg_plan {
	const char *name;
	// Fills [1] … of @textures; [0] is the target, filled already. The count, with the target.
	uint32_t (*textures)(struct pvg_plan_texture *textures, uint32_t width, uint32_t height);
	void (*frame)(const struct pvg_plan_sink *sink, void *data, uint32_t width, uint32_t height,
		uint64_t number);
};

extern const struct pvg_plan pvg_plan_desktop, pvg_plan_maps;

#endif
