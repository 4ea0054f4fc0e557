// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_SHADER_AIRC_GL_H
#define RENDER_SHADER_AIRC_GL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A GLES 3.2 context without a surface, for compiling what was translated. */
struct airc_gl {
	void *display, *context; // EGLDisplay, EGLContext: owned
};

bool airc_gl_init(struct airc_gl *gl, char *why, size_t why_bytes);
void airc_gl_finish(struct airc_gl *gl);

/* Compiles and links one stage as a separable program. stage: enum air_stage. */
bool airc_gl_compile(uint32_t stage, const char *glsl, char *why, size_t why_bytes);

#endif
