// SPDX-License-Identifier: GPL-2.0-or-later
#include "plain-plan.h"

#include <GLES2/gl2ext.h>
#include <EGL/egl.h>
#include <stdlib.h>
#include <string.h>

#define HEAD \
	"#version 320 es\n" \
	"precision highp float;\n" \
	"uniform highp sampler2D picture;\n" \
	"uniform vec4 sizes;\n" \
	"in vec4 color;\n" \
	"in vec2 place;\n" \
	"out vec4 result;\n" \
	"void main() {\n"

static const char *const fragments[] = {
	[PVG_PLAN_SOLID] = HEAD "	result = color;\n}\n",
	[PVG_PLAN_TEXTURED] = HEAD "	result = texture(picture, place) * color;\n}\n",
	[PVG_PLAN_GLYPH] = HEAD "	result = color * texture(picture, place).r;\n}\n",
	[PVG_PLAN_ROUNDED] = HEAD
	"	vec2 out_of = max(abs((place - 0.5) * sizes.zw) - (sizes.zw * 0.5 - 10.0), 0.0);\n"
	"	float inside = clamp(10.5 - length(out_of), 0.0, 1.0);\n"
	"	result = texture(picture, place) * color * inside;\n"
	"}\n",
	[PVG_PLAN_BLUR] = HEAD
	"	vec2 step = 1.0 / sizes.zw;\n"
	"	vec4 sum = vec4(0.0);\n"
	"	for (int y = -1; y <= 1; y++) {\n"
	"		for (int x = -1; x <= 1; x++) {\n"
	"			float weight = float((2 - abs(x)) * (2 - abs(y))) / 16.0;\n"
	"			sum += texture(picture, place + step * vec2(x, y)) * weight;\n"
	"		}\n"
	"	}\n"
	"	result = sum * color;\n"
	"}\n",
	[PVG_PLAN_GLASS] = HEAD
	"	result = texelFetch(picture, ivec2(gl_FragCoord.xy), 0) * 0.5 + color * 0.5;\n"
	"}\n",
};

static const GLenum formats[][3] = { { 10, GL_R8, GL_RED }, { 80, GL_RGBA8, GL_RGBA },
	{ 81, GL_SRGB8_ALPHA8, GL_RGBA }, { 115, GL_RGBA16F, GL_RGBA } };

static struct plain_plan {
	uint32_t count;
	struct pvg_plan_texture textures[PVG_PLAN_TEXTURES];
	GLuint names[PVG_PLAN_TEXTURES], fbos[PVG_PLAN_TEXTURES];
	GLuint srgb_view, srgb_fbo; // of the target
	GLuint copy; // what a panel reads: the target as it was
	GLuint programs[PVG_PLAN_PROGRAMS];
	GLint sizes[PVG_PLAN_PROGRAMS];
	GLuint linear, nearest;
	// Of the open pass; and what is set, as an application keeps it.
	uint32_t into;
	GLuint fbo, program, texture, sampler;
	int blend;
	struct plain *plain;
} state;

static GLuint make_texture(const struct pvg_plan_texture *texture) {
	GLuint name;
	const GLenum *format = formats[0];
	for (size_t i = 0; i < PVG_ENC_COUNT(formats); i++) {
		format = formats[i][0] == texture->format ? formats[i] : format;
	}
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_2D, name);
	glTexStorage2D(GL_TEXTURE_2D, 1, format[1], (GLsizei)texture->width,
		(GLsizei)texture->height);
	if (texture->paint != NULL) {
		uint32_t pitch = texture->width * texture->element_bytes;
		uint8_t *pixels = calloc(texture->height, pitch);
		if (pixels == NULL) {
			abort();
		}
		texture->paint(pixels, pitch, texture->width, texture->height);
		if (texture->element_bytes == 4) { // BGRA, as the guest has it
			plain_swap_red_blue(pixels, (size_t)texture->height * texture->width);
		}
		glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
		glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, (GLsizei)texture->width,
			(GLsizei)texture->height, format[2], GL_UNSIGNED_BYTE, pixels);
		free(pixels);
	}
	return name;
}

static GLuint make_fbo(GLuint texture) {
	GLuint fbo;
	glGenFramebuffers(1, &fbo);
	glBindFramebuffer(GL_FRAMEBUFFER, fbo);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture, 0);
	return fbo;
}

static GLuint make_sampler(GLenum filter) {
	GLuint sampler;
	glGenSamplers(1, &sampler);
	glSamplerParameteri(sampler, GL_TEXTURE_MIN_FILTER, (GLint)filter);
	glSamplerParameteri(sampler, GL_TEXTURE_MAG_FILTER, (GLint)filter);
	glSamplerParameteri(sampler, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
	glSamplerParameteri(sampler, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
	return sampler;
}

bool plain_plan_set_up(struct plain *plain, const struct pvg_plan *plan) {
	PFNGLTEXTUREVIEWEXTPROC texture_view =
		(PFNGLTEXTUREVIEWEXTPROC)eglGetProcAddress("glTextureViewEXT");
	memset(&state, 0, sizeof(state));
	state.plain = plain;
	state.textures[PVG_PLAN_TARGET] = (struct pvg_plan_texture){ plain->width, plain->height,
		80, 4, true, true, NULL };
	state.count = plan->textures(state.textures, plain->width, plain->height);
	state.names[PVG_PLAN_TARGET] = plain->target;
	state.fbos[PVG_PLAN_TARGET] = plain->target_fbo;
	for (uint32_t i = 1; i < state.count; i++) {
		state.names[i] = make_texture(&state.textures[i]);
		if (state.textures[i].drawn) {
			state.fbos[i] = make_fbo(state.names[i]);
			glClearBufferfv(GL_COLOR, 0, (const float[]){ 0, 0, 0, 0 });
		}
	}
	glGenTextures(1, &state.srgb_view);
	texture_view(state.srgb_view, GL_TEXTURE_2D, plain->target, GL_SRGB8_ALPHA8, 0, 1, 0, 1);
	glBindTexture(GL_TEXTURE_2D, state.srgb_view);
	state.srgb_fbo = make_fbo(state.srgb_view);
	state.copy = make_texture(&state.textures[PVG_PLAN_TARGET]);
	state.linear = make_sampler(GL_LINEAR);
	state.nearest = make_sampler(GL_NEAREST);
	for (unsigned int i = 0; i < PVG_PLAN_PROGRAMS; i++) {
		state.programs[i] = plain_program(plain_rect_vertex, fragments[i]);
		state.sizes[i] = glGetUniformLocation(state.programs[i], "sizes");
	}
	return glGetError() == GL_NO_ERROR;
}

static void plan_pass(void *data, uint32_t texture, bool srgb, const uint8_t *clear) {
	GLuint fbo = srgb ? state.srgb_fbo : state.fbos[texture];
	if (fbo != state.fbo) {
		glBindFramebuffer(GL_FRAMEBUFFER, fbo);
		glViewport(0, 0, (GLsizei)state.textures[texture].width,
			(GLsizei)state.textures[texture].height);
		state.fbo = fbo;
	}
	state.into = texture;
	if (clear != NULL) {
		const float values[] = { clear[0] / 255.0f, clear[1] / 255.0f, clear[2] / 255.0f,
			clear[3] / 255.0f };
		glClearBufferfv(GL_COLOR, 0, values);
	}
}

static void set_blend(enum pvg_plan_blend blend) {
	if ((int)blend == state.blend) {
		return;
	}
	state.blend = (int)blend;
	if (blend == PVG_PLAN_OPAQUE) {
		glDisable(GL_BLEND);
		return;
	}
	glEnable(GL_BLEND);
	glBlendFunc(GL_ONE, blend == PVG_PLAN_ADD ? GL_ONE : GL_ONE_MINUS_SRC_ALPHA);
}

// The part of the target that a panel covers, before it is drawn.
static void keep_backdrop(const struct pvg_plan_rect *rects, uint32_t count) {
	for (uint32_t i = 0; i < count; i++) {
		glCopyImageSubData(state.plain->target, GL_TEXTURE_2D, 0, rects[i].x, rects[i].y, 0,
			state.copy, GL_TEXTURE_2D, 0, rects[i].x, rects[i].y, 0, rects[i].width,
			rects[i].height, 1);
	}
}

static void plan_draw(void *data, enum pvg_plan_program program, enum pvg_plan_blend blend,
	uint32_t texture, const struct pvg_plan_rect *rects, uint32_t count) {
	const struct pvg_plan_texture *into = &state.textures[state.into];
	const struct pvg_plan_texture *from = &state.textures[texture];
	if (state.program != state.programs[program]) {
		state.program = state.programs[program];
		glUseProgram(state.program);
	}
	if (program == PVG_PLAN_GLASS) {
		keep_backdrop(rects, count);
	}
	GLuint name = program == PVG_PLAN_GLASS ? state.copy : state.names[texture];
	if (program != PVG_PLAN_SOLID && name != state.texture) {
		state.texture = name;
		glBindTexture(GL_TEXTURE_2D, name);
	}
	GLuint sampler = program == PVG_PLAN_GLYPH ? state.nearest : state.linear;
	if (program != PVG_PLAN_SOLID && sampler != state.sampler) {
		state.sampler = sampler;
		glBindSampler(0, sampler);
	}
	set_blend(blend);
	uint32_t first = plain_put_rects(state.plain, rects, count);
	plain_draw_rects(state.plain, state.sizes[program], first, count, into->width,
		into->height, from->width, from->height);
}

static void plan_copy(void *data, uint32_t from, uint32_t to) {
	glCopyImageSubData(state.names[from], GL_TEXTURE_2D, 0, 0, 0, 0, state.names[to],
		GL_TEXTURE_2D, 0, 0, 0, 0, (GLsizei)state.textures[from].width,
		(GLsizei)state.textures[from].height, 1);
}

void plain_plan_frame(struct plain *plain, const struct pvg_plan *plan, uint64_t number) {
	static const struct pvg_plan_sink sink = { plan_pass, plan_draw, plan_copy };
	// The frame's number was drawn last, with other state.
	state.fbo = state.program = state.texture = state.sampler = 0;
	state.blend = -1;
	glActiveTexture(GL_TEXTURE0);
	glBindVertexArray(plain->rect_array);
	plan->frame(&sink, NULL, plain->width, plain->height, number);
	glBindSampler(0, 0);
}
