// SPDX-License-Identifier: GPL-2.0-or-later
#include "draw.h"

#include <math.h>
#include <string.h>

/*
 * What a geometry stage that makes edges of triangles (geometry.c) has to know of state that GL
 * keeps for triangles alone: which way round are those that are culled, and how far depth is
 * moved, which needs the viewport and what a step of depth is.
 */

// The least step of depth; 0: a float's, which depends on the depth itself.
static float depth_step(const struct gles_renderer *r) {
	const struct gles_view *view = r->pass.depth;
	switch (view != NULL ? view->image->shown->storage : GL_NONE) {
	case GL_DEPTH_COMPONENT16:
		return 1.0f / 0xffff;
	case GL_DEPTH24_STENCIL8:
	case GL_NONE:
		return 1.0f / 0xffffff;
	default:
		return 0;
	}
}

// From a viewport: half its size, and from z / w to depth, as GL does it.
static void window_of(const struct gles_renderer *r, const struct pvg_gpu_viewport *v,
	float window[4]) {
	double near = fmin(fmax(v->near, 0), 1), far = fmin(fmax(v->far, 0), 1);
	bool to_one = r->ext.clip_control; // else z / w is -1 to 1
	window[0] = (float)fabs(v->width / 2);
	window[1] = (float)fabs(v->height / 2);
	window[2] = (float)(to_one ? far - near : (far - near) / 2);
	window[3] = (float)(to_one ? near : (far + near) / 2);
}

static void apply_windows(struct gles_renderer *r, struct gles_edges *edges) {
	const struct gles_draws *d = r->draws;
	const struct pvg_gpu_viewport whole = { 0, 0, r->pass.width, r->pass.height, 0, 1 };
	bool chosen = d->program->pipeline->chooses_viewport;
	uint32_t count = chosen ? PVG_GPU_VIEWPORTS : 1;
	float windows[PVG_GPU_VIEWPORTS][4];
	for (uint32_t i = 0; i < count; i++) {
		const struct pvg_gpu_viewport *v = d->opengl.window ? &whole
			: i < d->viewport_count                     ? &d->viewports[i]
			: d->viewport_count > 0                     ? &d->viewports[0]
								    : &whole;
		window_of(r, v, windows[i]);
	}
	if (memcmp(windows, edges->windows, count * sizeof(windows[0])) != 0) {
		glUniform4fv(edges->window, (GLsizei)count, windows[0]);
		memcpy(edges->windows, windows, count * sizeof(windows[0]));
	}
}

void gles_edges_find(struct gles_edges *edges, GLuint program) {
	edges->cull = glGetUniformLocation(program, "pvg_cull");
	edges->bias = glGetUniformLocation(program, "pvg_bias");
	edges->window = glGetUniformLocation(program, "pvg_window");
}

void gles_edges_apply(struct gles_renderer *r, bool ccw_is_front) {
	const struct pvg_gpu_raster *s = &r->draws->raster;
	struct gles_edges *edges = &r->draws->program->edges;
	float front = ccw_is_front ? 1 : -1;
	float cull = s->cull == 1 ? front : s->cull == 2 ? -front : 0;
	if (cull != edges->last_cull) {
		glUniform1f(edges->cull, cull);
		edges->last_cull = cull;
	}
	float step = depth_step(r);
	const float bias[4] = { step != 0 ? s->bias * step : s->bias, s->slope_scale, s->bias_clamp,
		step != 0 ? 0 : 1 };
	if (memcmp(bias, edges->last_bias, sizeof(bias)) != 0) {
		glUniform4fv(edges->bias, 1, bias);
		memcpy(edges->last_bias, bias, sizeof(bias));
	}
	if (s->bias != 0 || s->slope_scale != 0) {
		apply_windows(r, edges);
	}
}
