// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "plain.h"
#include "scene/blits.h"

enum { NEAREST, LEVELS, FROM, TO };

static GLuint make_texture(void) {
	GLuint texture;
	glGenTextures(1, &texture);
	glBindTexture(GL_TEXTURE_2D, texture);
	glTexStorage2D(GL_TEXTURE_2D, PVG_BLITS_LEVELS, GL_RGBA8, PVG_BLITS_EDGE, PVG_BLITS_EDGE);
	return texture;
}

static GLuint make_sampler(GLenum minify) {
	GLuint sampler;
	glGenSamplers(1, &sampler);
	glSamplerParameteri(sampler, GL_TEXTURE_MIN_FILTER, (GLint)minify);
	glSamplerParameteri(sampler, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	glSamplerParameteri(sampler, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
	glSamplerParameteri(sampler, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
	return sampler;
}

static bool set_up(struct plain *plain) {
	plain->own[FROM] = make_texture();
	plain->own[TO] = make_texture();
	plain->own[NEAREST] = make_sampler(GL_NEAREST);
	plain->own[LEVELS] = make_sampler(GL_NEAREST_MIPMAP_NEAREST);
	return true;
}

// The pictures are small: what the guest does in buffers is done by the CPU here.
static void upload(GLuint texture, uint8_t *bgra, uint32_t pitch, uint32_t x, uint32_t y,
	uint32_t edge) {
	static uint8_t rgba[PVG_BLITS_EDGE * PVG_BLITS_EDGE * 4];
	for (uint32_t row = 0; row < edge; row++) {
		for (uint32_t i = 0; i < edge; i++) {
			const uint8_t *from = bgra + (size_t)row * pitch + (size_t)i * 4;
			uint8_t *to = rgba + ((size_t)row * edge + i) * 4;
			to[0] = from[2];
			to[1] = from[1];
			to[2] = from[0];
			to[3] = from[3];
		}
	}
	glBindTexture(GL_TEXTURE_2D, texture);
	glTexSubImage2D(GL_TEXTURE_2D, 0, (GLint)x, (GLint)y, (GLsizei)edge, (GLsizei)edge, GL_RGBA,
		GL_UNSIGNED_BYTE, rgba);
}

static void copy(struct plain *plain, uint32_t x, uint32_t y, uint32_t to_x, uint32_t to_y,
	uint32_t edge) {
	glCopyImageSubData(plain->own[FROM], GL_TEXTURE_2D, 0, (GLint)x, (GLint)y, 0,
		plain->own[TO], GL_TEXTURE_2D, 0, (GLint)to_x, (GLint)to_y, 0, (GLsizei)edge,
		(GLsizei)edge, 1);
}

static void blit(struct plain *plain, uint64_t number) {
	static uint8_t picture[PVG_BLITS_EDGE * PVG_BLITS_PITCH];
	static const uint32_t pattern = PVG_BLITS_PATTERN;
	pvg_blits_paint(picture, number);
	upload(plain->own[FROM], picture, PVG_BLITS_PITCH, 0, 0, PVG_BLITS_EDGE);
	copy(plain, 0, 0, 0, 0, PVG_BLITS_EDGE);
	for (size_t i = 0; i < PVG_ENC_COUNT(pvg_blits_moves); i++) {
		const uint16_t *move = pvg_blits_moves[i];
		copy(plain, move[0], move[1], move[2], move[3], move[4]);
	}
	// Nothing was moved into the upper left corner: the picture has it.
	for (uint32_t i = 0; i < 32; i++) {
		memcpy(picture + 8 * PVG_BLITS_PITCH + (size_t)i * 4, &pattern, 4);
		memcpy(picture + 20 * PVG_BLITS_PITCH + (size_t)i * 4, &pattern, 4);
	}
	memset(picture + 9 * PVG_BLITS_PITCH, 0xff, 128);
	upload(plain->own[TO], picture, PVG_BLITS_PITCH, 96, 96, 32);
	glGenerateMipmap(GL_TEXTURE_2D);
}

static void frame(struct plain *plain, uint64_t number) {
	int left = 16, top = (int)plain->height / 5;
	glActiveTexture(GL_TEXTURE0);
	blit(plain, number);
	glBindFramebuffer(GL_FRAMEBUFFER, plain->target_fbo);
	glViewport(0, 0, (GLsizei)plain->width, (GLsizei)plain->height);
	glClearBufferfv(GL_COLOR, 0, (const float[]){ 40 / 255.0f, 40 / 255.0f, 40 / 255.0f, 1 });
	glUseProgram(plain->textured);
	glBindVertexArray(plain->rect_array);
	for (uint32_t i = 0; i < 5; i++) {
		int size = (int)PVG_BLITS_EDGE >> (i < 2 ? 0 : i - 1);
		const struct pvg_plan_rect quad = {
			.x = (int16_t)left,
			.y = (int16_t)top,
			.width = (int16_t)size,
			.height = (int16_t)size,
			.source_w = PVG_BLITS_EDGE,
			.source_h = PVG_BLITS_EDGE,
			.rgba = { 255, 255, 255, 255 },
		};
		uint32_t first = plain_put_rects(plain, &quad, 1);
		glBindTexture(GL_TEXTURE_2D, plain->own[i == 0 ? FROM : TO]);
		glBindSampler(0, plain->own[i < 2 ? NEAREST : LEVELS]);
		plain_draw_rects(plain, plain->textured_sizes, first, 1, plain->width,
			plain->height, PVG_BLITS_EDGE, PVG_BLITS_EDGE);
		left += size + 16;
	}
	glBindSampler(0, 0);
}

const struct plain_scene plain_scene_angle_blits = { "angle-blits", set_up, frame };
