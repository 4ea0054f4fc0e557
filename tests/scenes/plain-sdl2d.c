// SPDX-License-Identifier: GPL-2.0-or-later
#include "plain.h"
#include "scene/sprites.h"

#include <GLES2/gl2ext.h>

enum {
	PROGRAM,
	MATRIX,
	SAMPLERS,
	TEXTURES = SAMPLERS + 2,
	OWN_FBO = TEXTURES + 4,
	ARRAY,
	VERTICES
};

static struct pvg_sprites frames[PVG_GS_FRAMES];
static float matrices[2][16];

static GLuint make_texture(GLsizei width, GLsizei height, const void *pixels) {
	GLuint texture;
	glGenTextures(1, &texture);
	glBindTexture(GL_TEXTURE_2D, texture);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, width, height);
	if (pixels != NULL) {
		glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE,
			pixels);
	}
	return texture;
}

static bool set_up(struct plain *plain) {
	static uint8_t sheet[PVG_SPRITES_TILES * PVG_SPRITES_TILES * 4];
	static uint8_t font[PVG_UI_ATLAS_WIDTH * PVG_UI_ATLAS_HEIGHT * 4];
	static const uint8_t white[4] = { 255, 255, 255, 255 };
	uint8_t words[64];
	plain->own[PROGRAM] = plain_program(plain_tinted_vertex, plain_textured_fragment);
	plain->own[MATRIX] = (GLuint)glGetUniformLocation(plain->own[PROGRAM], "matrix");
	pvg_ui_projection(words, plain->width, plain->height);
	memcpy(matrices[0], words, sizeof(words));
	pvg_ui_projection(words, PVG_SPRITES_MAP, PVG_SPRITES_MAP);
	memcpy(matrices[1], words, sizeof(words));
	pvg_sprites_paint_sheet(sheet, PVG_SPRITES_TILES * 4);
	pvg_ui_paint_atlas(font, PVG_UI_ATLAS_WIDTH * 4);
	plain->own[TEXTURES + PVG_SPRITES_WHITE] = make_texture(1, 1, white);
	plain->own[TEXTURES + PVG_SPRITES_SHEET] =
		make_texture(PVG_SPRITES_TILES, PVG_SPRITES_TILES, sheet);
	plain->own[TEXTURES + PVG_SPRITES_FONT] =
		make_texture(PVG_UI_ATLAS_WIDTH, PVG_UI_ATLAS_HEIGHT, font);
	plain->own[TEXTURES + PVG_SPRITES_OWN] =
		make_texture(PVG_SPRITES_MAP, PVG_SPRITES_MAP, NULL);
	glGenFramebuffers(1, &plain->own[OWN_FBO]);
	glBindFramebuffer(GL_FRAMEBUFFER, plain->own[OWN_FBO]);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D,
		plain->own[TEXTURES + PVG_SPRITES_OWN], 0);
	for (uint32_t i = 0; i < 2; i++) {
		GLint filter = i != 0 ? GL_LINEAR : GL_NEAREST;
		glGenSamplers(1, &plain->own[SAMPLERS + i]);
		glSamplerParameteri(plain->own[SAMPLERS + i], GL_TEXTURE_MIN_FILTER, filter);
		glSamplerParameteri(plain->own[SAMPLERS + i], GL_TEXTURE_MAG_FILTER, filter);
		glSamplerParameteri(plain->own[SAMPLERS + i], GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
		glSamplerParameteri(plain->own[SAMPLERS + i], GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
	}
	glGenVertexArrays(1, &plain->own[ARRAY]);
	glBindVertexArray(plain->own[ARRAY]);
	glVertexAttribFormat(0, 2, GL_FLOAT, GL_FALSE, 0);
	glVertexAttribFormat(1, 2, GL_FLOAT, GL_FALSE, 8);
	glVertexAttribFormat(2, 4, GL_UNSIGNED_BYTE, GL_TRUE, 16);
	for (GLuint i = 0; i < 3; i++) {
		glVertexAttribBinding(i, 0);
		glEnableVertexAttribArray(i);
	}
	for (uint32_t i = 0; i < PVG_GS_FRAMES; i++) {
		frames[i].width = plain->width;
		frames[i].height = plain->height;
		plain->own[VERTICES + i] = plain_buffer(GL_ARRAY_BUFFER,
			PVG_SPRITES_VERTICES * PVG_UI_VERTEX_BYTES, &frames[i].vertices);
	}
	return true;
}

static void set_blend(uint8_t blend) {
	if (blend == PVG_SPRITES_NONE) {
		glDisable(GL_BLEND);
		return;
	}
	glEnable(GL_BLEND);
	if (blend == PVG_SPRITES_BLEND) {
		glBlendFuncSeparate(GL_SRC_ALPHA, GL_ONE_MINUS_SRC_ALPHA, GL_ONE,
			GL_ONE_MINUS_SRC_ALPHA);
	} else if (blend == PVG_SPRITES_ADD) {
		glBlendFuncSeparate(GL_SRC_ALPHA, GL_ONE, GL_ZERO, GL_ONE);
	} else {
		glBlendFuncSeparate(GL_ZERO, GL_SRC_COLOR, GL_ZERO, GL_ONE);
	}
}

static void draw_run(struct plain *plain, const struct pvg_sprites_run *run) {
	set_blend(run->blend);
	glBindTexture(GL_TEXTURE_2D, plain->own[TEXTURES + run->texture]);
	glBindSampler(0, plain->own[SAMPLERS + run->linear]);
	glScissor((GLint)run->x, (GLint)run->y, (GLsizei)run->width, (GLsizei)run->height);
	glDrawArrays(GL_TRIANGLES, (GLint)run->first, (GLsizei)run->count);
}

static void begin(GLuint fbo, uint32_t width, uint32_t height) {
	glBindFramebuffer(GL_FRAMEBUFFER, fbo);
	glViewport(0, 0, (GLsizei)width, (GLsizei)height);
	glDisable(GL_SCISSOR_TEST);
	glClearBufferfv(GL_COLOR, 0,
		(const float[]){ 40 / 255.0f, 80 / 255.0f, 120 / 255.0f, 1 });
	glEnable(GL_SCISSOR_TEST);
}

static void frame(struct plain *plain, uint64_t number) {
	struct pvg_sprites *sprites = &frames[plain->page];
	pvg_sprites_frame(sprites, number);
	plain_set_origin(GL_LOWER_LEFT_EXT);
	glUseProgram(plain->own[PROGRAM]);
	glBindVertexArray(plain->own[ARRAY]);
	glBindVertexBuffer(0, plain->own[VERTICES + plain->page], 0, PVG_UI_VERTEX_BYTES);
	glActiveTexture(GL_TEXTURE0);
	begin(plain->own[OWN_FBO], PVG_SPRITES_MAP, PVG_SPRITES_MAP);
	glUniformMatrix4fv((GLint)plain->own[MATRIX], 1, GL_FALSE, matrices[1]);
	draw_run(plain, &sprites->runs[0]);
	begin(plain->target_fbo, plain->width, plain->height);
	glUniformMatrix4fv((GLint)plain->own[MATRIX], 1, GL_FALSE, matrices[0]);
	for (uint32_t i = 1; i < sprites->run_count; i++) {
		draw_run(plain, &sprites->runs[i]);
	}
	glDisable(GL_SCISSOR_TEST);
	plain_set_origin(GL_UPPER_LEFT_EXT);
	glBindSampler(0, 0);
}

const struct plain_scene plain_scene_sdl2d = { "sdl2d", set_up, frame };
