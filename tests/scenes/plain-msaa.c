// SPDX-License-Identifier: GPL-2.0-or-later
#include "plain.h"
#include "scene/msaa.h"

enum { SAMPLES, FBO };

static struct plain_corners made;

static bool set_up(struct plain *plain) {
	plain_make_corners(PVG_GS_FRAMES * PVG_MSAA_BYTES, &made, &plain->own_bytes);
	glGenTextures(1, &plain->own[SAMPLES]);
	glBindTexture(GL_TEXTURE_2D_MULTISAMPLE, plain->own[SAMPLES]);
	glTexStorage2DMultisample(GL_TEXTURE_2D_MULTISAMPLE, 4, GL_RGBA8, (GLsizei)plain->width,
		(GLsizei)plain->height, GL_TRUE);
	glGenFramebuffers(1, &plain->own[FBO]);
	glBindFramebuffer(GL_FRAMEBUFFER, plain->own[FBO]);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D_MULTISAMPLE,
		plain->own[SAMPLES], 0);
	return glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
}

static void frame(struct plain *plain, uint64_t number) {
	GLsizei width = (GLsizei)plain->width, height = (GLsizei)plain->height;
	pvg_msaa_corners(plain->own_bytes + plain->page * PVG_MSAA_BYTES, number);
	glBindFramebuffer(GL_FRAMEBUFFER, plain->own[FBO]);
	glViewport(0, 0, width, height);
	glClearBufferfv(GL_COLOR, 0, (const float[]){ 0, 0, 0, 1 });
	glUseProgram(made.program);
	glBindVertexArray(made.array);
	glBindVertexBuffer(0, made.buffer, (GLintptr)(plain->page * PVG_MSAA_BYTES),
		PVG_MSAA_CORNER_BYTES);
	glDrawArrays(GL_TRIANGLES, 0, PVG_MSAA_BLADES * 3);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, plain->target_fbo);
	glBlitFramebuffer(0, 0, width, height, 0, 0, width, height, GL_COLOR_BUFFER_BIT,
		GL_NEAREST);
}

const struct plain_scene plain_scene_msaa = { "msaa", set_up, frame };
