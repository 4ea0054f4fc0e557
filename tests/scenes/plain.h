// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The scenes once more, by hand: GLES as an application writes it, highp shaders, vertex arrays,
 * persistently mapped buffers. What the guest's Metal must look like, and what it may cost.
 */
#ifndef TESTS_SCENES_PLAIN_H
#define TESTS_SCENES_PLAIN_H

#include <EGL/egl.h>
#include <GLES3/gl32.h>
#include <stdbool.h>
#include <stdint.h>

#include "scene/gpu.h"

struct plain_scene;

struct plain {
	EGLDisplay display;
	EGLContext context;
	uint32_t width, height;
	const struct plain_scene *scene;
	GLuint target, target_fbo; // RGBA8, row 0 is the top one
	struct pvg_painter painter;
	// Rectangles: an instance buffer for each frame in flight, mapped for good.
	GLuint rect_array, rect_buffer;
	uint8_t *rect_bytes;
	GLsync fences[PVG_GS_FRAMES];
	GLuint solid, textured; // programs
	GLint solid_sizes, textured_sizes;
	uint32_t page, used;
	GLuint own[64]; // the scene's
	uint8_t *own_bytes;
};

struct plain_scene {
	const char *name;
	bool (*set_up)(struct plain *plain);
	void (*frame)(struct plain *plain, uint64_t number);
};

/**
 * plain_create - a context of its own on the calling thread's EGL, current afterwards
 *
 * NULL: *error says why.
 */
struct plain *plain_create(const char *scene, uint32_t width, uint32_t height, const char **error);
void plain_destroy(struct plain *plain);
void plain_frame(struct plain *plain, uint64_t number);
void plain_finish(struct plain *plain);
// The target as XRGB8888 rows of width * 4 bytes.
void plain_read(struct plain *plain, uint8_t *pixels);
// Such rows as a file to look at.
bool plain_write_ppm(const char *path, const uint8_t *xrgb, uint32_t width, uint32_t height);

/* ---- for the scenes ---------------------------------------------------------------------- */

GLuint plain_program(const char *vertex, const char *fragment);
// A buffer that stays mapped.
GLuint plain_buffer(GLenum target, uint32_t size_bytes, uint8_t **bytes);
/*
 * Where row 0 of clip space is. Mesa's fill rule goes with it: with GL_LOWER_LEFT_EXT, and y turned
 * over in the vertex shader, the edge at the top of the picture belongs to a primitive as in Metal.
 * That shows where edges go through the middles of pixels.
 */
void plain_set_origin(GLenum origin);
// The vertex shader of rectangles, as rect.vert has it; outputs color and place.
extern const char plain_rect_vertex[];
// Fragment shaders: the colour that came, and a texture times it.
extern const char plain_color_fragment[], plain_textured_fragment[];
// A place, a place in the texture and a tint, through the uniform "matrix".
extern const char plain_tinted_vertex[];
// Guests' pixels are BGRA, the textures here RGBA.
void plain_swap_red_blue(uint8_t *pixels, size_t count);

// Corners of eight bytes: place as short2 in thousandths, colour as bytes (triangle.vert).
struct plain_corners {
	GLuint program, array, buffer;
};
void plain_make_corners(uint32_t size_bytes, struct plain_corners *corners, uint8_t **bytes);
uint32_t plain_put_rects(struct plain *plain, const struct pvg_plan_rect *rects, uint32_t count);
// Draws instances with the program in use, whose uniform sizes is at @sizes.
void plain_draw_rects(struct plain *plain, GLint sizes, uint32_t first, uint32_t count,
	uint32_t target_w, uint32_t target_h, uint32_t texture_w, uint32_t texture_h);

extern const struct plain_scene plain_scene_angle_blits, plain_scene_desktop, plain_scene_imgui,
	plain_scene_imgui_linear, plain_scene_maps, plain_scene_mrt_deferred, plain_scene_msaa,
	plain_scene_particles, plain_scene_sdl2d, plain_scene_shadow, plain_scene_tess,
	plain_scene_textured, plain_scene_triangle, plain_scene_video;

#endif
