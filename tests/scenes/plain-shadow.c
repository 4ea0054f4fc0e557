// SPDX-License-Identifier: GPL-2.0-or-later
#include "plain-boxes.h"

#define MAP_EDGE 256u

enum { FILL_MAP, SHOW, MAP, MAP_FBO, DEPTH, FBO };

static const char nothing[] =
	"#version 320 es\n"
	"precision highp float;\n"
	"void main() {\n"
	"}\n";

static const char fragment[] =
	"#version 320 es\n"
	"precision highp float;\n"
	"uniform highp sampler2DShadow map;\n"
	"in vec4 color;\n"
	"in vec4 where;\n"
	"out vec4 result;\n"
	"void main() {\n"
	"	float lit = textureLod(map, vec3(where.xy + 0.03125, where.z), 0.0);\n"
	"	result = vec4(color.rgb * (lit * 0.75 + 0.25), 1.0);\n"
	"}\n";

static GLint map_sizes, show_sizes;

static bool set_up(struct plain *plain) {
	plain->own[FILL_MAP] = plain_program(plain_boxes_vertex, nothing);
	plain->own[SHOW] = plain_program(plain_boxes_vertex, fragment);
	map_sizes = glGetUniformLocation(plain->own[FILL_MAP], "sizes");
	show_sizes = glGetUniformLocation(plain->own[SHOW], "sizes");
	plain->own[MAP] = plain_make_texture(GL_DEPTH_COMPONENT32F, MAP_EDGE, MAP_EDGE);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_COMPARE_MODE, GL_COMPARE_REF_TO_TEXTURE);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_COMPARE_FUNC, GL_LEQUAL);
	plain->own[DEPTH] =
		plain_make_texture(GL_DEPTH_COMPONENT32F, plain->width, plain->height);
	glGenFramebuffers(1, &plain->own[MAP_FBO]);
	glBindFramebuffer(GL_FRAMEBUFFER, plain->own[MAP_FBO]);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_DEPTH_ATTACHMENT, GL_TEXTURE_2D, plain->own[MAP],
		0);
	glGenFramebuffers(1, &plain->own[FBO]);
	glBindFramebuffer(GL_FRAMEBUFFER, plain->own[FBO]);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, plain->target,
		0);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_DEPTH_ATTACHMENT, GL_TEXTURE_2D,
		plain->own[DEPTH], 0);
	return glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
}

static void frame(struct plain *plain, uint64_t number) {
	glBindVertexArray(plain->rect_array);
	glBindFramebuffer(GL_FRAMEBUFFER, plain->own[MAP_FBO]);
	glViewport(0, 0, MAP_EDGE, MAP_EDGE);
	glClearBufferfv(GL_DEPTH, 0, (const float[]){ 1 });
	glUseProgram(plain->own[FILL_MAP]);
	plain_draw_boxes(plain, map_sizes, MAP_EDGE, MAP_EDGE, number);
	glBindFramebuffer(GL_FRAMEBUFFER, plain->own[FBO]);
	glViewport(0, 0, (GLsizei)plain->width, (GLsizei)plain->height);
	glClearBufferfv(GL_COLOR, 0, (const float[]){ 0, 0, 0, 0 });
	glClearBufferfv(GL_DEPTH, 0, (const float[]){ 1 });
	glUseProgram(plain->own[SHOW]);
	glActiveTexture(GL_TEXTURE0);
	glBindTexture(GL_TEXTURE_2D, plain->own[MAP]);
	plain_draw_boxes(plain, show_sizes, plain->width, plain->height, number);
}

const struct plain_scene plain_scene_shadow = { "shadow", set_up, frame };
