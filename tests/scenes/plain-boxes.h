// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef TESTS_SCENES_PLAIN_BOXES_H
#define TESTS_SCENES_PLAIN_BOXES_H

#include "plain.h"

// Rectangles with a depth in the source's first word; outputs color and where.
extern const char plain_boxes_vertex[];
GLuint plain_make_texture(GLenum format, uint32_t width, uint32_t height);
void plain_draw_boxes(struct plain *plain, GLint sizes, uint32_t width, uint32_t height,
	uint64_t number);

#endif
