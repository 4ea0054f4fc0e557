// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the renderer's tests share: a renderer behind the seam, lists written command by command,
 * images read back. Every function fails the running test when something is not as it must be.
 */
#ifndef TESTS_RENDER_RIG_H
#define TESTS_RENDER_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pvg/renderer.h>

#include "render/renderer.h"

#define RIG_SIDE 16u // width and height of most images

enum rig_format { // MTLPixelFormat
	RIG_A8 = 1,
	RIG_R8 = 10,
	RIG_R32UI = 53,
	RIG_R32F = 55,
	RIG_RGBA8 = 70,
	RIG_RGBA8_SRGB = 71,
	RIG_BGRA8 = 80,
	RIG_BGRA8_SRGB = 81,
	RIG_RGBA32UI = 123,
	RIG_RGBA32F = 125,
	RIG_DEPTH32F = 252,
	RIG_STENCIL8 = 253,
	RIG_DEPTH32F_STENCIL8 = 260,
};

struct rig {
	struct pvg_renderer *r;
	uint8_t *library; // owned
	size_t library_bytes;
	uint64_t serial;
	// The list that is being written; what commands point at lies in the arena.
	struct pvg_gpu_cmd cmds[4096];
	size_t count;
	uint8_t arena[1 << 20];
	size_t used;
};

// A picture: an image with a view of all of it.
struct rig_image {
	struct pvg_gpu_image *image;
	struct pvg_gpu_view *view;
	struct pvg_gpu_image_desc desc;
};

/* ---- setup --------------------------------------------------------------------------------- */

// Skips the program (77) when there is no GLES. @without: extensions to leave unused, NULL: none.
struct rig *rig_create(const char *without);
// @folder: where translated functions and linked programs are kept.
struct rig *rig_create_cached(const char *folder);
void rig_destroy(struct rig *rig);
// For cmocka: *@state is the rig.
int rig_set_up(void **state);
int rig_tear_down(void **state);
// Names of files come from the environment: what a meson test passes.
uint8_t *rig_load(const char *path, size_t *bytes);

struct pvg_gpu_buffer *rig_buffer(struct rig *rig, const void *data, size_t bytes);
struct pvg_gpu_buffer *rig_readback(struct rig *rig, size_t bytes);
struct rig_image rig_image(struct rig *rig, uint16_t format, uint32_t width, uint32_t height,
	uint32_t samples);
void rig_image_destroy(struct rig *rig, struct rig_image *image);
struct pvg_gpu_function rig_function(struct rig *rig, const char *name);

// A description to change: colour attachment 0 in a format, no blending.
struct pvg_gpu_render_desc rig_desc(struct rig *rig, const char *vertex, const char *fragment,
	uint16_t format);
// Position and colour, float4 each, in buffer 0.
void rig_two_attributes(struct pvg_gpu_render_desc *desc);
struct pvg_gpu_pipeline *rig_pipeline(struct rig *rig, const struct pvg_gpu_render_desc *desc);
struct pvg_gpu_pipeline *rig_kernel(struct rig *rig, const char *name);
// Waits until what is being built is built.
enum pvg_gpu_status rig_wait(struct rig *rig, struct pvg_gpu_pipeline *p, const char **why);
struct pvg_gpu_program *rig_program(struct rig *rig, struct pvg_gpu_pipeline *p,
	const struct pvg_gpu_use *use);
enum pvg_gpu_status rig_prepare(struct rig *rig, struct pvg_gpu_pipeline *p,
	const struct pvg_gpu_use *use, struct pvg_gpu_program **program, const char **why);
// For a draw of a primitive type with no storage images.
struct pvg_gpu_program *rig_draws(struct rig *rig, struct pvg_gpu_pipeline *p, uint8_t primitive);

/* ---- lists --------------------------------------------------------------------------------- */

struct pvg_gpu_cmd *rig_add(struct rig *rig, enum pvg_gpu_op op);
void *rig_keep(struct rig *rig, const void *data, size_t bytes);
// Begins a pass over an image, cleared to a colour (NULL: loaded).
struct pvg_gpu_pass *rig_begin(struct rig *rig, const struct rig_image *target,
	const double clear[4]);
void rig_end(struct rig *rig);
void rig_use(struct rig *rig, struct pvg_gpu_program *program);
void rig_bind(struct rig *rig, uint8_t stage, uint8_t slot, struct pvg_gpu_buffer *buffer,
	uint64_t offset);
void rig_bind_texture(struct rig *rig, uint8_t stage, uint8_t slot, struct pvg_gpu_view *view);
void rig_bind_sampler(struct rig *rig, uint8_t stage, uint8_t slot,
	struct pvg_gpu_sampler *sampler);
void rig_draw(struct rig *rig, uint8_t primitive, uint32_t first, uint32_t count);
struct pvg_gpu_draw *rig_draw_indexed(struct rig *rig, uint8_t primitive, uint8_t index_size,
	struct pvg_gpu_buffer *indices, uint64_t offset, uint32_t count);
// Submits and waits for completion.
void rig_run(struct rig *rig);
// Reads an image's first level, rows without gaps, in the guest's byte order.
void rig_read(struct rig *rig, const struct rig_image *image, void *texels, size_t texel_bytes);

// What v_color reads.
struct rig_vertex {
	float x, y, z, w, r, g, b, a;
};

// The next of 24 random bits, the same ones each time.
uint32_t rig_noise(uint32_t *state);

/* ---- checks -------------------------------------------------------------------------------- */

// Are two texels of 4 bytes alike, each byte within @within?
bool rig_near(uint32_t a, uint32_t b, int within);

#endif
