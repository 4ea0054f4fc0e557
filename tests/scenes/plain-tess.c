// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "plain.h"
#include "scene/tess.h"

enum { PROGRAM, ARRAY };

static const char *const stages[] = {
	"#version 320 es\n"
	"void main() {\n"
	"}\n",
	"#version 320 es\n"
	"layout(vertices = 1) out;\n"
	"uniform highp float level[12];\n"
	"void main() {\n"
	"	for (int i = 0; i < 4; i++) {\n"
	"		gl_TessLevelOuter[i] = level[gl_PrimitiveID];\n"
	"	}\n"
	"	gl_TessLevelInner[0] = gl_TessLevelInner[1] = level[gl_PrimitiveID];\n"
	"}\n",
	"#version 320 es\n"
	"precision highp float;\n"
	"layout(quads, equal_spacing, cw) in;\n"
	"out vec4 color;\n"
	"void main() {\n"
	"	vec2 at = gl_TessCoord.xy;\n"
	"	vec2 cell = vec2(gl_PrimitiveID % 4, gl_PrimitiveID / 4);\n"
	"	float bulge = at.x * (1.0 - at.x) * 0.5;\n"
	"	vec2 point = cell + vec2(at.x * 0.875, at.y * 0.5 + bulge);\n"
	"	gl_Position = vec4(point * 0.5 - vec2(0.9375, 0.75), 0.5, 1.0);\n"
	"	color = vec4(at, 0.25, 1.0);\n"
	"}\n",
	plain_color_fragment,
};

static GLint level;

static bool set_up(struct plain *plain) {
	static const GLenum kinds[] = { GL_VERTEX_SHADER, GL_TESS_CONTROL_SHADER,
		GL_TESS_EVALUATION_SHADER, GL_FRAGMENT_SHADER };
	plain->own[PROGRAM] = glCreateProgram();
	for (size_t i = 0; i < 4; i++) {
		GLuint shader = glCreateShader(kinds[i]);
		glShaderSource(shader, 1, &stages[i], NULL);
		glCompileShader(shader);
		glAttachShader(plain->own[PROGRAM], shader);
		glDeleteShader(shader);
	}
	glLinkProgram(plain->own[PROGRAM]);
	GLint ok;
	glGetProgramiv(plain->own[PROGRAM], GL_LINK_STATUS, &ok);
	level = glGetUniformLocation(plain->own[PROGRAM], "level");
	glGenVertexArrays(1, &plain->own[ARRAY]);
	return ok != 0;
}

static void frame(struct plain *plain, uint64_t number) {
	GLfloat levels[PVG_TESS_PATCHES];
	for (uint32_t i = 0; i < PVG_TESS_PATCHES; i++) {
		levels[i] = (GLfloat)(1u << pvg_tess_level(i, number));
	}
	glBindFramebuffer(GL_FRAMEBUFFER, plain->target_fbo);
	glViewport(0, 0, (GLsizei)plain->width, (GLsizei)plain->height);
	glClearBufferfv(GL_COLOR, 0, (const float[]){ 24 / 255.0f, 20 / 255.0f, 32 / 255.0f, 1 });
	glUseProgram(plain->own[PROGRAM]);
	glUniform1fv(level, PVG_TESS_PATCHES, levels);
	glBindVertexArray(plain->own[ARRAY]);
	glPatchParameteri(GL_PATCH_VERTICES, 1);
	glDrawArrays(GL_PATCHES, 0, PVG_TESS_PATCHES);
}

const struct plain_scene plain_scene_tess = { "tess", set_up, frame };
