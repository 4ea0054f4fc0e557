// SPDX-License-Identifier: GPL-2.0-or-later
#include "airc-gl.h"

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES3/gl32.h>
#include <stdio.h>
#include <string.h>

bool airc_gl_init(struct airc_gl *gl, char *why, size_t why_bytes) {
	*gl = (struct airc_gl){0};
	EGLDisplay display =
		eglGetPlatformDisplay(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, NULL);
	if (display == EGL_NO_DISPLAY || !eglInitialize(display, NULL, NULL)) {
		snprintf(why, why_bytes, "no surfaceless EGL display");
		return false;
	}
	eglBindAPI(EGL_OPENGL_ES_API);
	static const EGLint attributes[] = {
		EGL_CONTEXT_MAJOR_VERSION, 3, EGL_CONTEXT_MINOR_VERSION, 2, EGL_NONE,
	};
	EGLContext context =
		eglCreateContext(display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, attributes);
	if (context == EGL_NO_CONTEXT ||
			!eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, context)) {
		snprintf(why, why_bytes, "no OpenGL ES 3.2 context");
		eglTerminate(display);
		return false;
	}
	gl->display = display;
	gl->context = context;
	return true;
}

void airc_gl_finish(struct airc_gl *gl) {
	if (gl->display == NULL) {
		return;
	}
	eglMakeCurrent(gl->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
	eglDestroyContext(gl->display, gl->context);
	eglTerminate(gl->display);
	*gl = (struct airc_gl){0};
}

/* First line of a log that is an error. */
static void keep_error(const char *log, char *why, size_t why_bytes) {
	const char *error = strstr(log, "error");
	const char *line = error != NULL ? error : log;
	snprintf(why, why_bytes, "%.*s", (int)strcspn(line, "\n"), line);
}

bool airc_gl_compile(uint32_t stage, const char *glsl, char *why, size_t why_bytes) {
	static const GLenum stages[] = {
		GL_VERTEX_SHADER, GL_FRAGMENT_SHADER, GL_COMPUTE_SHADER, GL_TESS_EVALUATION_SHADER,
	};
	char log[4096] = "";
	GLint ok = GL_FALSE;
	GLuint shader = glCreateShader(stages[stage]);
	glShaderSource(shader, 1, &glsl, NULL);
	glCompileShader(shader);
	glGetShaderiv(shader, GL_COMPILE_STATUS, &ok);
	if (!ok) {
		glGetShaderInfoLog(shader, sizeof(log), NULL, log);
		keep_error(log, why, why_bytes);
		glDeleteShader(shader);
		return false;
	}
	GLuint program = glCreateProgram();
	glProgramParameteri(program, GL_PROGRAM_SEPARABLE, GL_TRUE);
	glAttachShader(program, shader);
	glLinkProgram(program);
	glGetProgramiv(program, GL_LINK_STATUS, &ok);
	if (!ok) {
		glGetProgramInfoLog(program, sizeof(log), NULL, log);
		keep_error(log, why, why_bytes);
	}
	glDeleteProgram(program);
	glDeleteShader(shader);
	return ok;
}
