// SPDX-License-Identifier: GPL-2.0-or-later
#include "plain.h"
#include "scene/msaa.h"

enum { PROGRAM, ARRAY, BUFFER, SAMPLES, FBO };

static const char vertex[] =
	"#version 320 es\n"
	"precision highp float;\n"
	"layout(location = 0) in ivec2 at;\n"
	"layout(location = 1) in vec4 tint;\n"
	"out vec4 color;\n"
	"void main() {\n"
	"	gl_Position = vec4(vec2(at) / 1000.0, 0.5, 1.0);\n"
	"	color = tint;\n"
	"}\n";

static const char fragment[] =
	"#version 320 es\n"
	"precision highp float;\n"
	"in vec4 color;\n"
	"out vec4 result;\n"
	"void main() {\n"
	"	result = color;\n"
	"}\n";

static bool set_up(struct plain *plain) {
	plain->own[PROGRAM] = plain_program(vertex, fragment);
	glGenVertexArrays(1, &plain->own[ARRAY]);
	glBindVertexArray(plain->own[ARRAY]);
	plain->own[BUFFER] = plain_buffer(GL_ARRAY_BUFFER, PVG_GS_FRAMES * PVG_MSAA_BYTES,
		&plain->own_bytes);
	glVertexAttribIFormat(0, 2, GL_SHORT, 0);
	glVertexAttribFormat(1, 4, GL_UNSIGNED_BYTE, GL_TRUE, 4);
	for (GLuint i = 0; i < 2; i++) {
		glVertexAttribBinding(i, 0);
		glEnableVertexAttribArray(i);
	}
	glGenTextures(1, &plain->own[SAMPLES]);
	glBindTexture(GL_TEXTURE_2D_MULTISAMPLE, plain->own[SAMPLES]);
	glTexStorage2DMultisample(GL_TEXTURE_2D_MULTISAMPLE, 4, GL_RGBA8, (GLsizei)plain->width,
		(GLsizei)plain->height, GL_TRUE);
	glGenFramebuffers(1, &plain->own[FBO]);
	glBindFramebuffer(GL_FRAMEBUFFER, plain->own[FBO]);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D_MULTISAMPLE,
		plain->own[SAMPLES], 0);
	return glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
}

static void frame(struct plain *plain, uint64_t number) {
	GLsizei width = (GLsizei)plain->width, height = (GLsizei)plain->height;
	pvg_msaa_corners(plain->own_bytes + plain->page * PVG_MSAA_BYTES, number);
	glBindFramebuffer(GL_FRAMEBUFFER, plain->own[FBO]);
	glViewport(0, 0, width, height);
	glClearBufferfv(GL_COLOR, 0, (const float[]){ 0, 0, 0, 1 });
	glUseProgram(plain->own[PROGRAM]);
	glBindVertexArray(plain->own[ARRAY]);
	glBindVertexBuffer(0, plain->own[BUFFER], (GLintptr)(plain->page * PVG_MSAA_BYTES),
		PVG_MSAA_CORNER_BYTES);
	glDrawArrays(GL_TRIANGLES, 0, PVG_MSAA_BLADES * 3);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, plain->target_fbo);
	glBlitFramebuffer(0, 0, width, height, 0, 0, width, height, GL_COLOR_BUFFER_BIT,
		GL_NEAREST);
}

const struct plain_scene plain_scene_msaa = { "msaa", set_up, frame };
