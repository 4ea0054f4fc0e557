// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "plain.h"
#include "scene/textured.h"

#include <GLES2/gl2ext.h>

enum { TEXTURE, SAMPLERS };

static void set_address(GLuint sampler, const struct pvg_mtl_sampler *from) {
	static const GLenum modes[] = { GL_CLAMP_TO_EDGE, GL_MIRROR_CLAMP_TO_EDGE_EXT, GL_REPEAT,
		GL_MIRRORED_REPEAT, GL_CLAMP_TO_BORDER, GL_CLAMP_TO_BORDER };
	static const float borders[][4] = { { 0, 0, 0, 0 }, { 0, 0, 0, 1 }, { 1, 1, 1, 1 } };
	for (GLenum axis = 0; axis < 2; axis++) {
		glSamplerParameteri(sampler, axis == 0 ? GL_TEXTURE_WRAP_S : GL_TEXTURE_WRAP_T,
			(GLint)modes[from->address]);
	}
	if (from->address >= 4) { // 4 is clamp to zero
		glSamplerParameterfv(sampler, GL_TEXTURE_BORDER_COLOR,
			borders[from->address == 4 ? 0 : from->border]);
	}
}

static GLuint make_sampler(const struct pvg_mtl_sampler *from) {
	static const GLenum minify[2][3] = {
		{ GL_NEAREST, GL_NEAREST_MIPMAP_NEAREST, GL_NEAREST_MIPMAP_LINEAR },
		{ GL_LINEAR, GL_LINEAR_MIPMAP_NEAREST, GL_LINEAR_MIPMAP_LINEAR },
	};
	GLuint sampler;
	unsigned int mip = !from->mipmapped ? 0 : from->mip_linear ? 2 : 1;
	glGenSamplers(1, &sampler);
	glSamplerParameteri(sampler, GL_TEXTURE_MIN_FILTER, (GLint)minify[from->linear][mip]);
	glSamplerParameteri(sampler, GL_TEXTURE_MAG_FILTER, from->linear ? GL_LINEAR : GL_NEAREST);
	set_address(sampler, from);
	return sampler;
}

static bool set_up(struct plain *plain) {
	glGenTextures(1, &plain->own[TEXTURE]);
	glBindTexture(GL_TEXTURE_2D, plain->own[TEXTURE]);
	glTexStorage2D(GL_TEXTURE_2D, PVG_TEXTURED_LEVELS, GL_RGBA8, PVG_TEXTURED_EDGE,
		PVG_TEXTURED_EDGE);
	for (uint32_t level = 0; level < PVG_TEXTURED_LEVELS; level++) {
		static uint8_t pixels[PVG_TEXTURED_EDGE * PVG_TEXTURED_EDGE * 4];
		uint32_t edge = PVG_TEXTURED_EDGE >> level;
		pvg_textured_paint(pixels, edge * 4, level);
		plain_swap_red_blue(pixels, (size_t)edge * edge);
		glTexSubImage2D(GL_TEXTURE_2D, (GLint)level, 0, 0, (GLsizei)edge, (GLsizei)edge,
			GL_RGBA, GL_UNSIGNED_BYTE, pixels);
	}
	for (uint32_t i = 0; i < PVG_TEXTURED_SAMPLERS; i++) {
		plain->own[SAMPLERS + i] = make_sampler(&pvg_textured_samplers[i]);
	}
	return true;
}

static void frame(struct plain *plain, uint64_t number) {
	glBindFramebuffer(GL_FRAMEBUFFER, plain->target_fbo);
	glViewport(0, 0, (GLsizei)plain->width, (GLsizei)plain->height);
	glClearBufferfv(GL_COLOR, 0, (const float[]){ 64 / 255.0f, 64 / 255.0f, 72 / 255.0f, 1 });
	glUseProgram(plain->textured);
	glBindVertexArray(plain->rect_array);
	glEnable(GL_BLEND);
	glBlendFunc(GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
	glActiveTexture(GL_TEXTURE0);
	glBindTexture(GL_TEXTURE_2D, plain->own[TEXTURE]);
	for (uint32_t i = 0; i < PVG_TEXTURED_COLUMNS * PVG_TEXTURED_ROWS; i++) {
		struct pvg_plan_rect quad =
			pvg_textured_quad(i, plain->width, plain->height, number);
		uint32_t first = plain_put_rects(plain, &quad, 1);
		glBindSampler(0, plain->own[SAMPLERS + i % PVG_TEXTURED_SAMPLERS]);
		plain_draw_rects(plain, plain->textured_sizes, first, 1, plain->width,
			plain->height, PVG_TEXTURED_EDGE, PVG_TEXTURED_EDGE);
	}
	glBindSampler(0, 0);
}

const struct plain_scene plain_scene_textured = { "textured", set_up, frame };
