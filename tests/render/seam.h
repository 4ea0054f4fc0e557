// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * For tests of images, transfers and passes: a GLES renderer behind the seam and lists of commands
 * that need no shaders.
 */
#ifndef TESTS_RENDER_SEAM_H
#define TESTS_RENDER_SEAM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pvg/renderer.h>

#define SEAM_CMDS 4096
#define SEAM_ARENA (1 << 20)

struct seam {
	struct pvg_renderer *r;
	uint64_t serial;
	struct pvg_gpu_cmd cmds[SEAM_CMDS];
	size_t count;
	_Alignas(16) uint8_t arena[SEAM_ARENA];
	size_t used;
};

// What the renderer said since the last seam_forget_log.
extern unsigned int seam_gl_errors, seam_refusals;
extern char seam_last[512];
void seam_forget_log(void);

/**
 * seam_main - runs cmocka tests on a renderer; state is a struct seam
 * @without: extensions to leave unused, NULL: none
 *
 * Answers 77 after saying why when there is no GLES 3.2. Every test fails that leaves a GL error.
 */
int seam_main(const struct CMUnitTest *tests, size_t count, const char *name, const char *without);

struct pvg_gpu_cmd *seam_add(struct seam *s, enum pvg_gpu_op op);
void *seam_keep(struct seam *s, const void *data, size_t bytes);
// Submits, and waits for completion on the renderer's descriptor.
void seam_run(struct seam *s);

struct pvg_gpu_buffer *seam_buffer(struct seam *s, size_t bytes);
struct pvg_gpu_image *seam_image(struct seam *s, uint8_t kind, uint16_t format, uint32_t width,
	uint32_t height, uint32_t depth, uint16_t levels, uint16_t layers, uint16_t samples);
// All levels and slices as the image is.
struct pvg_gpu_view *seam_view(struct seam *s, struct pvg_gpu_image *image, uint16_t format);
struct pvg_gpu_transfer *seam_upload(struct seam *s, struct pvg_gpu_buffer *from, uint64_t offset,
	uint64_t row_bytes, struct pvg_gpu_image *image, uint16_t level, uint16_t slice,
	uint32_t width, uint32_t height);
struct pvg_gpu_transfer *seam_read(struct seam *s, struct pvg_gpu_buffer *to, uint64_t offset,
	uint64_t row_bytes, struct pvg_gpu_image *image, uint16_t level, uint16_t slice,
	uint32_t width, uint32_t height);
// One colour attachment, or depth and stencil by the view's format; to be changed by the caller.
struct pvg_gpu_pass *seam_begin(struct seam *s, struct pvg_gpu_view *view, uint32_t width,
	uint32_t height);
void seam_end(struct seam *s);
void seam_destroy_image(struct seam *s, struct pvg_gpu_image *image);
void seam_destroy_view(struct seam *s, struct pvg_gpu_view *view);
void seam_destroy_buffer(struct seam *s, struct pvg_gpu_buffer *buffer);

/**
 * seam_fetch - what a shader sees in a 2D view, by a program written in GLSL
 *
 * One texel, without filtering: @texel is at x, y of @level. Integers come as their value.
 */
void seam_fetch(struct seam *s, struct pvg_gpu_view *view, int level, int x, int y, float texel[4]);

uint32_t seam_random(void); // the same numbers every time

#endif
