// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/gles/opengl.h"

#include <string.h>

#include "draw.h"

void gles_cmd_opengl(struct gles_renderer *r, const struct pvg_gpu_opengl *opengl) {
	static const struct pvg_gpu_opengl none;
	struct gles_draws *d = r->draws;
	d->has_opengl = opengl != NULL;
	d->opengl = opengl != NULL ? *opengl : none;
	memcpy(&d->grid_words[3], &d->opengl.alpha_reference, sizeof(d->grid_words[3]));
	// The viewport is another one for positions in pixels, and uniforms are the program's.
	d->news |= GLES_NEW_PROGRAM | GLES_NEW_RASTER | GLES_NEW_VIEWPORT | GLES_NEW_BASES;
}

/* ---- order of vertices --------------------------------------------------------------------- */

struct gles_restart gles_restart_of(const struct pvg_gpu_opengl *opengl,
	const struct pvg_gpu_draw *draw) {
	struct gles_restart restart = {
		.on = draw->primitive == 2 || draw->primitive == 4,
		.index = draw->index_size == 2 ? UINT16_MAX : UINT32_MAX,
	};
	switch ((enum pvg_gpu_restart)opengl->restart) {
	case PVG_GPU_RESTART_METAL:
		break;
	case PVG_GPU_RESTART_NEVER:
		restart.on = false;
		break;
	case PVG_GPU_RESTART_LARGEST:
		restart.on = true;
		break;
	case PVG_GPU_RESTART_INDEX: // a type that cannot hold it has none
		restart.on = opengl->restart_index <= restart.index;
		restart.index = opengl->restart_index;
		break;
	}
	restart.on = restart.on && draw->index_size != 0;
	return restart;
}

enum gles_rewrite gles_opengl_rewrite(const struct gles_draws *d, const struct pvg_gpu_draw *draw,
	enum gles_rewrite usual) {
	uint32_t largest = draw->index_size == 2 ? UINT16_MAX : UINT32_MAX;
	struct gles_restart restart = gles_restart_of(&d->opengl, draw);
	// GL's own order, and the only index that it begins anew at.
	enum gles_rewrite rewrite = d->opengl.last_vertex ? GLES_REWRITE_NONE : usual;
	if (!restart.on || restart.index == largest || rewrite != GLES_REWRITE_NONE) {
		return rewrite;
	}
	return d->opengl.last_vertex ? GLES_REWRITE_LAST : GLES_REWRITE_LIST;
}

bool gles_opengl_restarts(const struct gles_draws *d, const struct pvg_gpu_draw *draw,
	enum gles_rewrite rewrite, const struct gles_elements *e) {
	return rewrite != GLES_REWRITE_NONE ? e->dead : gles_restart_of(&d->opengl, draw).on;
}

/* ---- programs ------------------------------------------------------------------------------ */

void gles_opengl_key(const struct pvg_gpu_pipeline *p, const struct pvg_gpu_use *use,
	struct gles_key *key) {
	const struct pvg_gpu_opengl *gl = use->opengl;
	for (uint32_t stage = 0; stage < 2; stage++) {
		key->biased_samplers[stage] =
			(uint16_t)(gl->biased_samplers[stage] & p->info.stage[stage].samplers);
	}
	// OpenGL's planes give way to distances that the function gives itself.
	key->clip_planes =
		p->clip_distances == 0 ? (uint8_t)__builtin_popcount(gl->clip_planes) : 0;
	key->window = gl->window;
	key->point_size = key->points && gl->point_size != 0 && !p->gives_point_size;
}

void gles_opengl_head(const struct gles_key *key, struct gles_text *text) {
	if (key->clip_planes > 0) {
		gles_text_say(text,
			"#extension GL_EXT_clip_cull_distance : require\n"
			"uniform highp vec4 pvg_planes[%u];\n",
			key->clip_planes);
	}
	if (key->window) {
		gles_text_say(text, "uniform highp vec2 pvg_pixel;\n");
	}
	if (key->point_size) {
		gles_text_say(text, "uniform highp float pvg_point_size;\n");
	}
}

void gles_opengl_tail(const struct pvg_gpu_program *program, struct gles_text *text) {
	const struct gles_key *key = &program->key;
	// What the function gave: y is turned over, z may be GL's.
	bool remapped = !program->pipeline->owner->r->ext.clip_control;
	if ((key->clip_planes | key->window) != 0) {
		gles_text_say(text,
			"    highp vec4 pvg_p = gl_Position * vec4(1.0, -1.0, 1.0, 1.0);\n"
			"%s",
			remapped ? "    pvg_p.z = (pvg_p.z + pvg_p.w) * 0.5;\n" : "");
	}
	for (uint32_t i = 0; i < key->clip_planes; i++) {
		gles_text_say(text, "    gl_ClipDistance[%u] = dot(pvg_planes[%u], pvg_p);\n", i,
			i);
	}
	if (key->window) { // row 0 is the lowest to GL
		gles_text_say(text,
			"    gl_Position = vec4(vec3(pvg_p.xy * pvg_pixel - 1.0, %s) * pvg_p.w, "
			"pvg_p.w);\n",
			remapped ? "pvg_p.z * 2.0 - 1.0" : "pvg_p.z");
	}
	if (key->point_size) {
		gles_text_say(text, "    gl_PointSize = pvg_point_size;\n");
	}
}

void gles_opengl_uniforms(struct gles_renderer *r) {
	struct gles_draws *d = r->draws;
	const struct pvg_gpu_opengl *gl = &d->opengl;
	const struct pvg_gpu_program *program = d->program;
	if (program->key.clip_planes > 0) {
		GLfloat planes[PVG_GPU_CLIP_PLANES][4];
		GLsizei count = 0;
		for (uint32_t i = 0; i < PVG_GPU_CLIP_PLANES; i++) {
			if (gl->clip_planes >> i & 1) {
				memcpy(planes[count++], gl->planes[i], sizeof(planes[0]));
			}
		}
		GLsizei room = program->key.clip_planes;
		glUniform4fv(program->planes, count < room ? count : room, planes[0]);
	}
	if (program->key.window) {
		glUniform2f(program->pixel, 2.0f / (GLfloat)r->pass.width,
			2.0f / (GLfloat)r->pass.height);
	}
	if (program->key.point_size) {
		glUniform1f(program->point_size, gl->point_size != 0 ? gl->point_size : 1);
	}
}
