// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_GLES_BUILD_H
#define RENDER_GLES_BUILD_H

#include <EGL/egl.h>
#include <GLES3/gl32.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Compiles and links programs in a thread with a context of its own, which shares objects with the
 * renderer's. Nothing here is called on the way of a draw.
 */
struct gles_builder;

#define GLES_BUILD_STAGES 5u // as many as a program can have

struct gles_build_result {
	GLuint program; // 0: it failed
	char why[192];  // first error of the driver
};

// On the thread that calls gles_builder_dispatch. The program is the callee's.
typedef void (*gles_build_done)(void *data, const struct gles_build_result *result);

#define GLES_BINARIES_BYTES_MAX (64u << 20) // of the files with linked programs

/**
 * gles_builder_create - start the thread
 * @context: shares objects with the renderer's; borrowed, the thread's until destroy returns
 * @folder:  of linked programs (binary.h); NULL: none are kept
 *
 * NULL: no memory or no context.
 */
struct gles_builder *gles_builder_create(EGLDisplay display, EGLContext context,
	const char *folder);
// Waits for the thread. Jobs that are not done are forgotten: @done is not called.
void gles_builder_destroy(struct gles_builder *builder);

struct gles_build;

/**
 * gles_builder_submit - queue a program
 * @texts: taken over, also on failure; one for each of @count stages
 *
 * NULL: out of memory.
 */
struct gles_build *gles_builder_submit(struct gles_builder *builder, const GLenum *stages,
	char *const *texts, uint32_t count, gles_build_done done, void *data);
// @done is not called any more; the program is deleted if it is made at all.
void gles_builder_cancel(struct gles_builder *builder, struct gles_build *build);

// Readable when dispatch has something to do.
int gles_builder_fd(const struct gles_builder *builder);
void gles_builder_dispatch(struct gles_builder *builder);

struct gles_builder_counts {
	uint64_t compiled, loaded; // programs, loaded: out of files
};
struct gles_builder_counts gles_builder_count(struct gles_builder *builder);

#endif
