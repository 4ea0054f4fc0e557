// SPDX-License-Identifier: GPL-2.0-or-later
#include "plain-boxes.h"
#include "scene/video.h"

enum { PROGRAM, LUMA, CHROMA };

static const char fragment[] =
	"#version 320 es\n"
	"precision highp float;\n"
	"layout(binding = 0) uniform highp sampler2D luma;\n"
	"layout(binding = 1) uniform highp sampler2D chroma;\n"
	"in vec4 color;\n"
	"in vec2 place;\n"
	"out vec4 result;\n"
	"void main() {\n"
	"	float y = (texture(luma, place).r - 0.0625) * 1.1640625;\n"
	"	vec2 uv = texture(chroma, place).rg - 0.5;\n"
	"	result = vec4(y + uv.y * 1.79296875, y + uv.x * -0.212890625 + uv.y * -0.533203125,\n"
	"		y + uv.x * 2.1123046875, 1.0);\n"
	"}\n";

static GLint sizes;

static GLuint make_plane(GLenum format, uint32_t width, uint32_t height) {
	GLuint texture = plain_make_texture(format, width, height);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
	return texture;
}

static bool set_up(struct plain *plain) {
	plain->own[PROGRAM] = plain_program(plain_rect_vertex, fragment);
	sizes = glGetUniformLocation(plain->own[PROGRAM], "sizes");
	plain->own[LUMA] = make_plane(GL_R8, PVG_VIDEO_WIDTH, PVG_VIDEO_HEIGHT);
	plain->own[CHROMA] = make_plane(GL_RG8, PVG_VIDEO_WIDTH / 2, PVG_VIDEO_HEIGHT / 2);
	return true;
}

static void frame(struct plain *plain, uint64_t number) {
	static uint8_t luma[PVG_VIDEO_WIDTH * PVG_VIDEO_HEIGHT];
	static uint8_t chroma[PVG_VIDEO_WIDTH * PVG_VIDEO_HEIGHT / 2];
	const struct pvg_plan_rect quad = {
		.x = (int16_t)(plain->width / 16),
		.y = (int16_t)(plain->height / 6),
		.width = (int16_t)(plain->width * 7 / 8),
		.height = (int16_t)(plain->height * 2 / 3),
		.source_w = PVG_VIDEO_WIDTH,
		.source_h = PVG_VIDEO_HEIGHT,
		.rgba = { 255, 255, 255, 255 },
	};
	pvg_video_paint(luma, PVG_VIDEO_WIDTH, chroma, PVG_VIDEO_WIDTH, number);
	glActiveTexture(GL_TEXTURE1);
	glBindTexture(GL_TEXTURE_2D, plain->own[CHROMA]);
	glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, PVG_VIDEO_WIDTH / 2, PVG_VIDEO_HEIGHT / 2, GL_RG,
		GL_UNSIGNED_BYTE, chroma);
	glActiveTexture(GL_TEXTURE0);
	glBindTexture(GL_TEXTURE_2D, plain->own[LUMA]);
	glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, PVG_VIDEO_WIDTH, PVG_VIDEO_HEIGHT, GL_RED,
		GL_UNSIGNED_BYTE, luma);
	glBindFramebuffer(GL_FRAMEBUFFER, plain->target_fbo);
	glViewport(0, 0, (GLsizei)plain->width, (GLsizei)plain->height);
	glClearBufferfv(GL_COLOR, 0, (const float[]){ 0, 0, 0, 1 });
	glUseProgram(plain->own[PROGRAM]);
	glBindVertexArray(plain->rect_array);
	uint32_t first = plain_put_rects(plain, &quad, 1);
	plain_draw_rects(plain, sizes, first, 1, plain->width, plain->height, PVG_VIDEO_WIDTH,
		PVG_VIDEO_HEIGHT);
}

const struct plain_scene plain_scene_video = { "video", set_up, frame };
