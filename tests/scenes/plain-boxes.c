// SPDX-License-Identifier: GPL-2.0-or-later
#include "plain-boxes.h"
#include "scene/boxes.h"

const char plain_boxes_vertex[] =
	"#version 320 es\n"
	"precision highp float;\n"
	"layout(location = 0) in ivec4 rect;\n"
	"layout(location = 1) in ivec4 source;\n"
	"layout(location = 2) in vec4 tint;\n"
	"uniform vec4 sizes;\n"
	"out vec4 color;\n"
	"out vec4 where;\n"
	"void main() {\n"
	"	vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);\n"
	"	vec2 at = vec2(rect.xy) + corner * vec2(rect.zw);\n"
	"	float depth = float(source.x) / 1000.0;\n"
	"	gl_Position = vec4(at.x * 2.0 / sizes.x - 1.0, 1.0 - at.y * 2.0 / sizes.y, depth, 1.0);\n"
	"	color = tint;\n"
	"	where = vec4(at / sizes.xy, depth, 1.0);\n"
	"}\n";

GLuint plain_make_texture(GLenum format, uint32_t width, uint32_t height) {
	GLuint texture;
	glGenTextures(1, &texture);
	glBindTexture(GL_TEXTURE_2D, texture);
	glTexStorage2D(GL_TEXTURE_2D, 1, format, (GLsizei)width, (GLsizei)height);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
	return texture;
}

void plain_draw_boxes(struct plain *plain, GLint sizes, uint32_t width, uint32_t height,
	uint64_t number) {
	struct pvg_plan_rect rects[PVG_BOXES];
	pvg_boxes(rects, width, height, number);
	uint32_t first = plain_put_rects(plain, rects, PVG_BOXES);
	glEnable(GL_DEPTH_TEST);
	glDepthFunc(GL_LESS);
	plain_draw_rects(plain, sizes, first, PVG_BOXES, width, height, 1, 1);
	glDisable(GL_DEPTH_TEST);
}
