// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "plain.h"

#define CORNER_BYTES 8u

static const int16_t corners[3][2] = { { 0, 700 }, { -800, -600 }, { 800, -600 } };

static struct plain_corners made;

static bool set_up(struct plain *plain) {
	plain_make_corners(PVG_GS_FRAMES * 3 * CORNER_BYTES, &made, &plain->own_bytes);
	glBindVertexBuffer(0, made.buffer, 0, CORNER_BYTES);
	return true;
}

static void frame(struct plain *plain, uint64_t number) {
	uint32_t first = plain->page * 3;
	for (uint32_t i = 0; i < 3; i++) {
		uint8_t *at = plain->own_bytes + (size_t)(first + i) * CORNER_BYTES;
		uint32_t strong = (uint32_t)(i + number / 60) % 3;
		const uint8_t rgba[] = { strong == 0 ? 255 : 0, strong == 1 ? 255 : 0,
			strong == 2 ? 255 : 0, 255 };
		memcpy(at, corners[i], sizeof(corners[i]));
		memcpy(at + 4, rgba, sizeof(rgba));
	}
	glBindFramebuffer(GL_FRAMEBUFFER, plain->target_fbo);
	glViewport(0, 0, (GLsizei)plain->width, (GLsizei)plain->height);
	glClearBufferfv(GL_COLOR, 0,
		(const float[]){ 16 / 255.0f, 24 / 255.0f, 48 / 255.0f, 1.0f });
	glUseProgram(made.program);
	glBindVertexArray(made.array);
	glDrawArrays(GL_TRIANGLES, (GLint)first, 3);
}

const struct plain_scene plain_scene_triangle = { "triangle", set_up, frame };
