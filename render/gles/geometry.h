// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_GLES_GEOMETRY_H
#define RENDER_GLES_GEOMETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "render/shader/reflect.h"

/* What a geometry stage takes: as many vertices as the number says. */
enum gles_geometry {
	GLES_GEOMETRY_NONE,
	GLES_GEOMETRY_POINTS,
	GLES_GEOMETRY_LINES,
	GLES_GEOMETRY_TRIANGLES,
};

#define GLES_GEOMETRY_ENDING "_g" // of the function's outputs in front of it

/* By MTLPrimitiveType. */
enum gles_geometry gles_geometry_of(uint8_t primitive);

/* The stage for a function that chooses layers or viewports, @glsl its text, linked. Owned by the
 * caller; NULL: out of memory. */
char *gles_geometry_text(const struct pvg_reflection *function, const char *glsl,
	enum gles_geometry in, bool point_size);

#endif
