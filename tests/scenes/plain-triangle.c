// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "plain.h"

#define CORNER_BYTES 8u

enum { PROGRAM, ARRAY, BUFFER };

static const int16_t corners[3][2] = { { 0, 700 }, { -800, -600 }, { 800, -600 } };

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
	plain->own[BUFFER] = plain_buffer(GL_ARRAY_BUFFER, PVG_GS_FRAMES * 3 * CORNER_BYTES,
		&plain->own_bytes);
	glVertexAttribIFormat(0, 2, GL_SHORT, 0);
	glVertexAttribFormat(1, 4, GL_UNSIGNED_BYTE, GL_TRUE, 4);
	for (GLuint i = 0; i < 2; i++) {
		glVertexAttribBinding(i, 0);
		glEnableVertexAttribArray(i);
	}
	glBindVertexBuffer(0, plain->own[BUFFER], 0, CORNER_BYTES);
	return true;
}

static void frame(struct plain *plain, uint64_t number) {
	uint32_t first = plain->page * 3;
	for (uint32_t i = 0; i < 3; i++) {
		uint8_t *at = plain->own_bytes + (size_t)(first + i) * CORNER_BYTES;
		uint32_t strong = (uint32_t)(i + number / 60) % 3;
		const uint8_t rgba[] = { strong == 0 ? 255 : 0, strong == 1 ? 255 : 0,
			strong == 2 ? 255 : 0, 255 };
		memcpy(at, corners[i], sizeof(corners[i]));
		memcpy(at + 4, rgba, sizeof(rgba));
	}
	glBindFramebuffer(GL_FRAMEBUFFER, plain->target_fbo);
	glViewport(0, 0, (GLsizei)plain->width, (GLsizei)plain->height);
	glClearBufferfv(GL_COLOR, 0,
		(const float[]){ 16 / 255.0f, 24 / 255.0f, 48 / 255.0f, 1.0f });
	glUseProgram(plain->own[PROGRAM]);
	glBindVertexArray(plain->own[ARRAY]);
	glDrawArrays(GL_TRIANGLES, (GLint)first, 3);
}

const struct plain_scene plain_scene_triangle = { "triangle", set_up, frame };
