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

/* What it does with them. */
enum gles_order {
	GLES_ORDER_AS_IS,
	GLES_ORDER_FIRST, // Metal's first vertex, which has the flat values, becomes the last
	GLES_ORDER_EDGES, // triangles become their edges
};

struct gles_geometry_desc {
	enum gles_geometry in;
	enum gles_order order;
	bool point_size;
	bool by_number; // of a strip without indices: the first vertex has the least gl_VertexID
	bool depth_to_one; // what is seen has z / w of 0 to 1, else of -1 to 1
	bool last_vertex; // of edges: flat values are the last vertex's
	uint8_t clip_distances;
};

#define GLES_GEOMETRY_NUMBER "pvg_number" // what the stage in front tells it then

// Of names of the function's outputs in front of it. They may end in an underscore, and GLSL
// reserves names with two in a row.
#define GLES_GEOMETRY_FRONT "g"

/* By MTLPrimitiveType. */
enum gles_geometry gles_geometry_of(uint8_t primitive);

/* The stage behind a function that may choose layers or viewports, @glsl its text, linked. Owned by
 * the caller; NULL: out of memory. */
char *gles_geometry_text(const struct pvg_reflection *function, const char *glsl,
	const struct gles_geometry_desc *desc);

#endif
