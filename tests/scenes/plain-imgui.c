// SPDX-License-Identifier: GPL-2.0-or-later
#include "plain.h"
#include "scene/ui.h"

#include <GLES2/gl2ext.h>

enum { PROGRAM, SAMPLER, ATLAS, ARRAY, VERTICES, INDICES = VERTICES + PVG_GS_FRAMES };

static struct pvg_ui lists[PVG_GS_FRAMES];

// Veldrid's: a polynomial that makes sRGB colours linear.
static const char linear_vertex[] =
	"#version 320 es\n"
	"precision highp float;\n"
	"layout(location = 0) in vec2 at;\n"
	"layout(location = 1) in vec2 uv;\n"
	"layout(location = 2) in vec4 tint;\n"
	"uniform mat4 matrix;\n"
	"out vec4 color;\n"
	"out vec2 place;\n"
	"void main() {\n"
	"	gl_Position = matrix[0] * at.x + matrix[1] * at.y + matrix[3];\n"
	"	gl_Position.y = -gl_Position.y;\n"
	"	vec3 c = tint.rgb;\n"
	"	color = vec4(c * (c * (c * 0.305306011 + 0.682171111) + 0.012522878), tint.a);\n"
	"	place = uv;\n"
	"}\n";

static bool make(struct plain *plain, const char *vertex) {
	static uint8_t pixels[PVG_UI_ATLAS_WIDTH * PVG_UI_ATLAS_HEIGHT * 4];
	uint8_t words[64];
	plain->own[PROGRAM] = plain_program(vertex, plain_textured_fragment);
	glUseProgram(plain->own[PROGRAM]);
	pvg_ui_projection(words, plain->width, plain->height);
	float matrix[16];
	memcpy(matrix, words, sizeof(matrix));
	glUniformMatrix4fv(glGetUniformLocation(plain->own[PROGRAM], "matrix"), 1, GL_FALSE,
		matrix);
	glGenTextures(1, &plain->own[ATLAS]);
	glBindTexture(GL_TEXTURE_2D, plain->own[ATLAS]);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, PVG_UI_ATLAS_WIDTH, PVG_UI_ATLAS_HEIGHT);
	pvg_ui_paint_atlas(pixels, PVG_UI_ATLAS_WIDTH * 4);
	glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, PVG_UI_ATLAS_WIDTH, PVG_UI_ATLAS_HEIGHT, GL_RGBA,
		GL_UNSIGNED_BYTE, pixels);
	glGenSamplers(1, &plain->own[SAMPLER]);
	glSamplerParameteri(plain->own[SAMPLER], GL_TEXTURE_MIN_FILTER, GL_LINEAR);
	glSamplerParameteri(plain->own[SAMPLER], GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
	glSamplerParameteri(plain->own[SAMPLER], GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
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
		lists[i].width = plain->width;
		lists[i].height = plain->height;
		plain->own[VERTICES + i] = plain_buffer(GL_ARRAY_BUFFER,
			PVG_UI_VERTICES * PVG_UI_VERTEX_BYTES, &lists[i].vertices);
		plain->own[INDICES + i] = plain_buffer(GL_COPY_WRITE_BUFFER, PVG_UI_INDICES * 2,
			&lists[i].indices);
	}
	return true;
}

static bool set_up(struct plain *plain) {
	return make(plain, plain_tinted_vertex);
}

static bool set_up_linear(struct plain *plain) {
	return make(plain, linear_vertex);
}

static void frame(struct plain *plain, uint64_t number) {
	struct pvg_ui *ui = &lists[plain->page];
	pvg_ui_frame(ui, number);
	glBindFramebuffer(GL_FRAMEBUFFER, plain->target_fbo);
	glViewport(0, 0, (GLsizei)plain->width, (GLsizei)plain->height);
	glClearBufferfv(GL_COLOR, 0,
		(const float[]){ 115 / 255.0f, 140 / 255.0f, 153 / 255.0f, 1 });
	plain_set_origin(GL_LOWER_LEFT_EXT);
	glUseProgram(plain->own[PROGRAM]);
	glBindVertexArray(plain->own[ARRAY]);
	glBindBuffer(GL_ELEMENT_ARRAY_BUFFER, plain->own[INDICES + plain->page]);
	glActiveTexture(GL_TEXTURE0);
	glBindTexture(GL_TEXTURE_2D, plain->own[ATLAS]);
	glBindSampler(0, plain->own[SAMPLER]);
	glEnable(GL_SCISSOR_TEST);
	glEnable(GL_BLEND);
	glBlendFuncSeparate(GL_SRC_ALPHA, GL_ONE_MINUS_SRC_ALPHA, GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
	glBindVertexBuffer(0, plain->own[VERTICES + plain->page], 0, PVG_UI_VERTEX_BYTES);
	for (uint32_t i = 0; i < ui->command_count; i++) {
		const struct pvg_ui_command *command = &ui->commands[i];
		glScissor((GLint)command->x, (GLint)command->y, (GLsizei)command->width,
			(GLsizei)command->height);
		glDrawElementsBaseVertex(GL_TRIANGLES, (GLsizei)command->index_count,
			GL_UNSIGNED_SHORT, (const void *)((size_t)command->first_index * 2),
			(GLint)command->first_vertex);
	}
	glDisable(GL_SCISSOR_TEST);
	plain_set_origin(GL_UPPER_LEFT_EXT);
	glBindSampler(0, 0);
}

const struct plain_scene plain_scene_imgui = { "imgui", set_up, frame };
const struct plain_scene plain_scene_imgui_linear = { "imgui-linear", set_up_linear, frame };
