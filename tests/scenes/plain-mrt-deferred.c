// SPDX-License-Identifier: GPL-2.0-or-later
#include "plain-boxes.h"

enum { FILL, LIGHT, DEPTH, FBO, TARGETS };

static const char fill[] =
	"#version 320 es\n"
	"precision highp float;\n"
	"precision highp int;\n"
	"in vec4 color;\n"
	"in vec4 where;\n"
	"layout(location = 0) out vec4 albedo;\n"
	"layout(location = 1) out vec4 place;\n"
	"layout(location = 2) out uint number;\n"
	"void main() {\n"
	"	albedo = color;\n"
	"	place = where;\n"
	"	number = uint(where.z * 1000.0);\n"
	"}\n";

static const char light[] =
	"#version 320 es\n"
	"precision highp float;\n"
	"precision highp int;\n"
	"layout(binding = 0) uniform highp sampler2D albedo;\n"
	"layout(binding = 1) uniform highp sampler2D places;\n"
	"layout(binding = 2) uniform highp usampler2D numbers;\n"
	"out vec4 result;\n"
	"void main() {\n"
	"	ivec2 at = ivec2(gl_FragCoord.xy);\n"
	"	vec2 middle = texelFetch(places, at, 0).xy - 0.5;\n"
	"	float bright = (middle.x * middle.x + middle.y * middle.y) * -1.5 + 1.0;\n"
	"	bool banded = (uint(at.y) >> 2 & texelFetch(numbers, at, 0).x & 1u) != 0u;\n"
	"	float scale = bright * (banded ? 0.75 : 1.0);\n"
	"	result = vec4(texelFetch(albedo, at, 0).rgb * scale, 1.0);\n"
	"}\n";

static GLint fill_sizes, light_sizes;

static bool set_up(struct plain *plain) {
	static const GLenum formats[] = { GL_RGBA8, GL_RGBA16F, GL_R32UI };
	static const GLenum buffers[] = { GL_COLOR_ATTACHMENT0, GL_COLOR_ATTACHMENT1,
		GL_COLOR_ATTACHMENT2 };
	plain->own[FILL] = plain_program(plain_boxes_vertex, fill);
	plain->own[LIGHT] = plain_program(plain_boxes_vertex, light);
	fill_sizes = glGetUniformLocation(plain->own[FILL], "sizes");
	light_sizes = glGetUniformLocation(plain->own[LIGHT], "sizes");
	plain->own[DEPTH] =
		plain_make_texture(GL_DEPTH_COMPONENT32F, plain->width, plain->height);
	glGenFramebuffers(1, &plain->own[FBO]);
	glBindFramebuffer(GL_FRAMEBUFFER, plain->own[FBO]);
	for (GLuint i = 0; i < 3; i++) {
		plain->own[TARGETS + i] =
			plain_make_texture(formats[i], plain->width, plain->height);
		glFramebufferTexture2D(GL_FRAMEBUFFER, buffers[i], GL_TEXTURE_2D,
			plain->own[TARGETS + i], 0);
	}
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_DEPTH_ATTACHMENT, GL_TEXTURE_2D,
		plain->own[DEPTH], 0);
	glDrawBuffers(3, buffers);
	return glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
}

static void frame(struct plain *plain, uint64_t number) {
	static const float none[] = { 0, 0, 0, 0 };
	static const GLuint zero[] = { 0, 0, 0, 0 };
	glBindVertexArray(plain->rect_array);
	glBindFramebuffer(GL_FRAMEBUFFER, plain->own[FBO]);
	glViewport(0, 0, (GLsizei)plain->width, (GLsizei)plain->height);
	glClearBufferfv(GL_COLOR, 0, none);
	glClearBufferfv(GL_COLOR, 1, none);
	glClearBufferuiv(GL_COLOR, 2, zero);
	glClearBufferfv(GL_DEPTH, 0, (const float[]){ 1 });
	glUseProgram(plain->own[FILL]);
	plain_draw_boxes(plain, fill_sizes, plain->width, plain->height, number);
	glBindFramebuffer(GL_FRAMEBUFFER, plain->target_fbo);
	glUseProgram(plain->own[LIGHT]);
	for (GLuint i = 0; i < 3; i++) {
		glActiveTexture(GL_TEXTURE0 + i);
		glBindTexture(GL_TEXTURE_2D, plain->own[TARGETS + i]);
	}
	glActiveTexture(GL_TEXTURE0);
	plain_draw_rects(plain, light_sizes, 0, 1, plain->width, plain->height, 1, 1);
}

const struct plain_scene plain_scene_mrt_deferred = { "mrt-deferred", set_up, frame };
