// SPDX-License-Identifier: GPL-2.0-or-later
#include "draw.h"

#include <math.h>
#include <string.h>

/* Fixed-function state (spec 03 sections 9.11, 9.15 and 12.3), each call behind a comparison. */

enum cap {
	CAP_CULL,
	CAP_DEPTH,
	CAP_STENCIL,
	CAP_BIAS,
	CAP_CLAMP,
	CAP_COVERAGE,
	CAP_DISCARD,
	CAP_RESTART,
	CAP_SCISSOR,
	CAP_BIAS_LINES,
	CAP_COUNT,
};

static const GLenum cap_names[CAP_COUNT] = {
	[CAP_CULL] = GL_CULL_FACE,
	[CAP_DEPTH] = GL_DEPTH_TEST,
	[CAP_STENCIL] = GL_STENCIL_TEST,
	[CAP_BIAS] = GL_POLYGON_OFFSET_FILL,
	[CAP_CLAMP] = GL_DEPTH_CLAMP_EXT,
	[CAP_COVERAGE] = GL_SAMPLE_ALPHA_TO_COVERAGE,
	[CAP_DISCARD] = GL_RASTERIZER_DISCARD,
	[CAP_RESTART] = GL_PRIMITIVE_RESTART_FIXED_INDEX,
	[CAP_SCISSOR] = GL_SCISSOR_TEST,
	[CAP_BIAS_LINES] = GL_POLYGON_OFFSET_LINE_NV,
};

static void set_cap(struct gles_told *told, enum cap cap, bool on) {
	uint32_t bit = 1u << cap;
	if ((told->caps_known & bit) != 0 && ((told->caps & bit) != 0) == on) {
		return;
	}
	told->caps_known |= bit;
	if (on) {
		glEnable(cap_names[cap]);
		told->caps |= bit;
	} else {
		glDisable(cap_names[cap]);
		told->caps &= ~bit;
	}
}

static GLenum compare_func(uint8_t compare) {
	return compare < 8 ? GL_NEVER + compare : GL_ALWAYS; // both count in the same order
}

static GLenum stencil_op(uint8_t op) {
	static const GLenum ops[] = { GL_KEEP, GL_ZERO, GL_REPLACE, GL_INCR, GL_DECR, GL_INVERT,
		GL_INCR_WRAP, GL_DECR_WRAP };
	return op < sizeof(ops) / sizeof(ops[0]) ? ops[op] : GL_KEEP;
}

/* ---- colour -------------------------------------------------------------------------------- */

static bool same_blend(const struct gles_blend *a, const struct gles_blend *b) {
	return a->src_rgb == b->src_rgb && a->dst_rgb == b->dst_rgb &&
		a->src_alpha == b->src_alpha && a->dst_alpha == b->dst_alpha &&
		a->op_rgb == b->op_rgb && a->op_alpha == b->op_alpha;
}

static void apply_color(struct gles_told *told, uint32_t index, const struct gles_blend *want) {
	struct gles_blend *b = &told->blend[index];
	uint8_t bit = (uint8_t)(1u << index);
	bool known = (told->color_known & bit) != 0;
	if (!known || ((told->blend_enabled & bit) != 0) != want->enabled) {
		if (want->enabled) {
			glEnablei(GL_BLEND, index);
			told->blend_enabled |= bit;
		} else {
			glDisablei(GL_BLEND, index);
			told->blend_enabled &= (uint8_t)~bit;
		}
	}
	if (!known || b->mask != want->mask) {
		glColorMaski(index, want->mask & 1, want->mask >> 1 & 1, want->mask >> 2 & 1,
			want->mask >> 3 & 1);
		b->mask = want->mask;
	}
	if (want->enabled && !same_blend(b, want)) {
		glBlendFuncSeparatei(index, want->src_rgb, want->dst_rgb, want->src_alpha,
			want->dst_alpha);
		glBlendEquationSeparatei(index, want->op_rgb, want->op_alpha);
		*b = *want;
	}
	told->color_known |= bit;
}

static void apply_colors(struct gles_renderer *r, const struct pvg_gpu_pipeline *p) {
	struct gles_told *told = &r->draws->told;
	for (uint32_t i = 0; i < PVG_GPU_COLORS; i++) {
		if (r->pass.colors[i] != NULL) {
			apply_color(told, i, &p->blend[i]);
		}
	}
}

static void apply_clips(struct gles_told *told, uint8_t clips) {
	for (GLenum i = 0; i < 8; i++) {
		if (i < clips) {
			glEnable(GL_CLIP_DISTANCE0_EXT + i);
		} else if (i < told->clips) {
			glDisable(GL_CLIP_DISTANCE0_EXT + i);
		}
	}
	told->clips = clips;
}

static void blend_color(struct gles_renderer *r, bool swap) {
	struct gles_told *told = &r->draws->told;
	const float *c = r->draws->raster.blend_color;
	float want[4] = { swap ? c[2] : c[0], c[1], swap ? c[0] : c[2], c[3] };
	if (memcmp(want, told->blend_color, sizeof(want)) != 0) {
		glBlendColor(want[0], want[1], want[2], want[3]);
		memcpy(told->blend_color, want, sizeof(want));
	}
}

/*
 * GL has one colour for all targets. Where two of them take it and have their bytes in another
 * order the draw is made twice, each time for those of one order (gles_raster_round).
 */
static void apply_blend_color(struct gles_renderer *r, const struct pvg_gpu_pipeline *p) {
	struct gles_draws *d = r->draws;
	const float *c = d->raster.blend_color;
	uint8_t takes = 0;
	for (uint32_t i = 0; i < PVG_GPU_COLORS; i++) {
		takes |= (uint8_t)((r->pass.colors[i] != NULL) << i) & p->constant_mask;
	}
	uint8_t swapped = takes & r->pass.bgra_mask;
	d->second_round = swapped != takes && c[0] != c[2] ? swapped : 0;
	bool writes = (r->pass.depth != NULL && d->depth_stencil.write) ||
		(r->pass.stencil != NULL && d->depth_stencil.stencil) ||
		d->program->plan.any_written || gles_queries_counting(r);
	if (d->second_round != 0 && writes) {
		gles_refuse(r, GLES_REFUSE_TWO_ORDERS,
			"a constant blend colour for targets of both byte orders, and a draw that "
			"writes more than colours: right for RGBA targets only");
		d->second_round = 0;
	}
	blend_color(r, swapped != 0 && swapped == takes);
}

bool gles_raster_round(struct gles_renderer *r, uint32_t round) {
	struct gles_draws *d = r->draws;
	if (d->second_round == 0) {
		return round == 0;
	}
	const struct pvg_gpu_pipeline *p = d->program->pipeline;
	for (uint32_t i = 0; i < PVG_GPU_COLORS; i++) {
		bool mine = round > 1 || (d->second_round >> i & 1) == round;
		uint8_t mask = mine ? p->blend[i].mask : 0;
		if (r->pass.colors[i] != NULL && d->told.blend[i].mask != mask) {
			glColorMaski(i, mask & 1, mask >> 1 & 1, mask >> 2 & 1, mask >> 3 & 1);
			d->told.blend[i].mask = mask;
		}
	}
	blend_color(r, round == 1);
	return round < 2;
}

/* ---- depth and stencil --------------------------------------------------------------------- */

static void apply_stencil_face(struct gles_told *told, uint32_t face,
	const struct pvg_gpu_stencil_face *f, uint32_t reference) {
	static const GLenum names[] = { GL_FRONT, GL_BACK };
	struct gles_stencil_told *t = &told->stencil[face];
	struct gles_stencil_told want = {
		.func = compare_func(f->compare),
		.fail = stencil_op(f->fail),
		.depth_fail = stencil_op(f->depth_fail),
		.pass = stencil_op(f->pass),
		.ref = reference,
		.read_mask = f->read_mask,
		.write_mask = f->write_mask,
	};
	if (t->func != want.func || t->ref != want.ref || t->read_mask != want.read_mask) {
		glStencilFuncSeparate(names[face], want.func, (GLint)want.ref, want.read_mask);
	}
	if (t->fail != want.fail || t->depth_fail != want.depth_fail || t->pass != want.pass) {
		glStencilOpSeparate(names[face], want.fail, want.depth_fail, want.pass);
	}
	if (t->write_mask != want.write_mask || t->func == GLES_UNKNOWN) {
		glStencilMaskSeparate(names[face], want.write_mask);
	}
	*t = want;
}

static void apply_depth_stencil(struct gles_renderer *r) {
	struct gles_draws *d = r->draws;
	struct gles_told *told = &d->told;
	const struct pvg_gpu_depth_stencil *s = &d->depth_stencil;
	bool depth = r->pass.depth != NULL && (s->compare != 7 || s->write);
	set_cap(told, CAP_DEPTH, depth);
	if (depth) {
		GLenum func = compare_func(s->compare);
		if (told->depth_func != func) {
			glDepthFunc(func);
			told->depth_func = func;
		}
		if (told->depth_write != (int)s->write) {
			glDepthMask(s->write);
			told->depth_write = s->write;
		}
	}
	bool stencil = r->pass.stencil != NULL && s->stencil;
	set_cap(told, CAP_STENCIL, stencil);
	if (stencil) {
		apply_stencil_face(told, 0, &s->front, d->raster.stencil_front);
		apply_stencil_face(told, 1, &s->back, d->raster.stencil_back);
	}
}

/* ---- geometry ------------------------------------------------------------------------------ */

static bool upside_down(const struct gles_draws *d) {
	return d->has_viewport && d->viewport.height < 0 && !d->opengl.window;
}

static void apply_facing(struct gles_renderer *r) {
	struct gles_draws *d = r->draws;
	struct gles_told *told = &d->told;
	const struct pvg_gpu_raster *s = &d->raster;
	set_cap(told, CAP_CULL, s->cull == 1 || s->cull == 2);
	GLenum cull = s->cull == 1 ? GL_FRONT : GL_BACK;
	if ((s->cull == 1 || s->cull == 2) && told->cull != cull) {
		glCullFace(cull);
		told->cull = cull;
	}
	// Rows of an image run down and GL's y runs up: what is seen as clockwise is not to GL.
	// Another origin changes the sign.
	GLenum front = (s->front_face == 0) == upside_down(d) ? GL_CW : GL_CCW;
	if (told->front_face != front) {
		glFrontFace(front);
		told->front_face = front;
	}
}

/* Lines are as wide as the host can make them. */
static void apply_line_width(struct gles_renderer *r) {
	float width = r->draws->raster.line_width > 0 ? r->draws->raster.line_width : 1;
	float most = r->limits.line_width;
	if (width > most) {
		gles_refuse(r, GLES_REFUSE_LINE_WIDTH,
			"lines wider than GL_ALIASED_LINE_WIDTH_RANGE: as wide as that");
		width = most;
	}
	if (r->draws->told.line_width != width) {
		glLineWidth(width);
		r->draws->told.line_width = width;
	}
}

static void apply_raster(struct gles_renderer *r) {
	struct gles_draws *d = r->draws;
	struct gles_told *told = &d->told;
	const struct pvg_gpu_raster *s = &d->raster;
	apply_facing(r);
	apply_line_width(r);
	bool bias = s->bias != 0 || s->slope_scale != 0;
	set_cap(told, CAP_BIAS, bias);
	float want[3] = { s->slope_scale, s->bias, s->bias_clamp };
	if (bias && memcmp(want, told->bias, sizeof(want)) != 0) {
		if (r->ext.polygon_offset_clamp) {
			r->gl.polygon_offset_clamp(want[0], want[1], want[2]);
		} else {
			glPolygonOffset(want[0], want[1]);
			if (want[2] != 0) {
				gles_refuse(r, GLES_REFUSE_BIAS_CLAMP,
					"a depth bias is not clamped without "
					"GL_EXT_polygon_offset_clamp");
			}
		}
		memcpy(told->bias, want, sizeof(want));
	}
	if (r->ext.depth_clamp) {
		set_cap(told, CAP_CLAMP, s->depth_clip == 1);
	} else if (s->depth_clip == 1) {
		gles_refuse(r, GLES_REFUSE_DEPTH_CLAMP,
			"depth clip mode clamp needs GL_EXT_depth_clamp: clipped");
	}
	GLenum fill = s->fill == 1 ? GL_LINE_NV : GL_FILL_NV;
	if (r->ext.polygon_mode) {
		if (told->fill != fill) {
			r->gl.polygon_mode(GL_FRONT_AND_BACK, fill);
			told->fill = fill;
		}
		set_cap(told, CAP_BIAS_LINES, bias);
	}
}

static bool is_whole(double value) {
	return value == floor(value);
}

/* Far outside every target there is nothing to tell apart. */
static GLint whole_number(double value) {
	return value > -1e6 && value < 1e6 ? (GLint)lrint(value) : value > 0 ? 1000000 : -1000000;
}

// What GL makes of it is another picture: at least it is said.
static void check_viewport(struct gles_renderer *r, const struct pvg_gpu_viewport *v, bool whole) {
	if (v->height < 0 && !r->ext.clip_control) {
		gles_refuse(r, GLES_REFUSE_UPSIDE_DOWN,
			"a viewport of negative height needs GL_EXT_clip_control: not turned over");
	}
	if (!whole && !r->ext.viewport_array) {
		gles_refuse(r, GLES_REFUSE_VIEWPORT_PARTS,
			"parts of pixels in a viewport need GL_OES_viewport_array: rounded");
	}
	if (v->width > r->limits.viewport[0] || fabs(v->height) > r->limits.viewport[1]) {
		gles_refuse(r, GLES_REFUSE_VIEWPORT_SIZE,
			"a viewport beyond GL_MAX_VIEWPORT_DIMS: as large as that");
	}
}

static void apply_viewport(struct gles_renderer *r) {
	struct gles_draws *d = r->draws;
	struct gles_told *told = &d->told;
	struct pvg_gpu_viewport v = d->has_viewport && !d->opengl.window
		? d->viewport
		: (struct pvg_gpu_viewport){ 0, 0, r->pass.width, r->pass.height, 0, 1 };
	// The vertex stage turns the picture over, not the origin: Mesa's fill rule goes with the
	// origin, and would take the bottom edge of a primitive for the top one.
	GLenum origin = upside_down(d) ? GL_UPPER_LEFT_EXT : GL_LOWER_LEFT_EXT;
	if (r->ext.clip_control && told->origin != origin) {
		r->gl.clip_control(origin, GL_ZERO_TO_ONE_EXT);
		told->origin = origin;
	}
	struct pvg_gpu_viewport given = v;
	if (v.height < 0) {
		v.y += v.height;
		v.height = -v.height;
	}
	if (memcmp(&v, &told->viewport, sizeof(v)) == 0) {
		return;
	}
	bool whole = is_whole(v.x) && is_whole(v.y) && is_whole(v.width) && is_whole(v.height);
	check_viewport(r, &given, whole);
	if (!whole && r->ext.viewport_array) {
		r->gl.viewport_indexed(0, (GLfloat)v.x, (GLfloat)v.y, (GLfloat)v.width,
			(GLfloat)v.height);
	} else {
		glViewport(whole_number(v.x), whole_number(v.y), whole_number(v.width),
			whole_number(v.height));
	}
	if (told->viewport.near != v.near || told->viewport.far != v.far) {
		glDepthRangef((GLfloat)v.near, (GLfloat)v.far);
	}
	told->viewport = v;
}

// Nothing outside the area is drawn, whatever the rectangle says.
static struct pvg_gpu_rect cut(const struct gles_renderer *r, const struct pvg_gpu_rect *rect) {
	struct pvg_gpu_rect s = { 0, 0, r->pass.width, r->pass.height };
	s.x = rect->x < s.width ? rect->x : s.width;
	s.y = rect->y < s.height ? rect->y : s.height;
	uint32_t right = s.width - s.x, down = s.height - s.y;
	s.width = rect->width < right ? rect->width : right;
	s.height = rect->height < down ? rect->height : down;
	return s;
}

struct pvg_gpu_rect gles_raster_area(const struct gles_renderer *r) {
	const struct gles_draws *d = r->draws;
	struct pvg_gpu_rect whole = { 0, 0, r->pass.width, r->pass.height };
	bool chosen = d->program != NULL && d->program->pipeline->chooses_viewport;
	return d->has_scissor && !chosen ? cut(r, &d->scissor) : whole;
}

// For a function that chooses: viewports and scissors with the same number go together.
static void apply_array(struct gles_renderer *r) {
	struct gles_draws *d = r->draws;
	GLfloat rects[PVG_GPU_VIEWPORTS][4];
	GLint scissors[PVG_GPU_VIEWPORTS][4];
	const struct pvg_gpu_viewport whole = { 0, 0, r->pass.width, r->pass.height, 0, 1 };
	const struct pvg_gpu_rect all = { 0, 0, r->pass.width, r->pass.height };
	for (uint32_t i = 0; i < PVG_GPU_VIEWPORTS; i++) {
		const struct pvg_gpu_viewport *v = d->opengl.window ? &whole
			: i < d->viewport_count                     ? &d->viewports[i]
			: d->viewport_count > 0                     ? &d->viewports[0]
								    : &whole;
		struct pvg_gpu_rect s = i < d->scissor_count ? cut(r, &d->scissors[i])
			: d->scissor_count > 0               ? cut(r, &d->scissors[0])
							     : all;
		double height = v->height < 0 ? -v->height : v->height;
		if ((v->height < 0) != upside_down(d)) { // the origin is one for all
			gles_refuse(r, GLES_REFUSE_UPSIDE_DOWN,
				"viewports of which some are upside down: all as the first");
		}
		rects[i][0] = (GLfloat)v->x;
		rects[i][1] = (GLfloat)(v->height < 0 ? v->y - height : v->y);
		rects[i][2] = (GLfloat)v->width;
		rects[i][3] = (GLfloat)height;
		scissors[i][0] = (GLint)s.x;
		scissors[i][1] = (GLint)s.y;
		scissors[i][2] = (GLint)s.width;
		scissors[i][3] = (GLint)s.height;
		r->gl.depth_range_indexed(i, (GLfloat)v->near, (GLfloat)v->far);
	}
	r->gl.viewport_array(0, PVG_GPU_VIEWPORTS, &rects[0][0]);
	r->gl.scissor_array(0, PVG_GPU_VIEWPORTS, &scissors[0][0]);
	// The next function that does not choose sets its own.
	memset(&d->told.viewport, 0xff, sizeof(d->told.viewport));
	memset(&d->told.scissor, 0xff, sizeof(d->told.scissor));
}

static bool is_off(const struct gles_told *told, enum cap cap) {
	return (told->caps_known & ~told->caps & 1u << cap) != 0;
}

/*
 * Clears of whole attachments leave the test off, and it stays off for draws to all of them: few
 * passes need more, and a driver looks at its state again after each switch.
 */
static void apply_scissor(struct gles_renderer *r, bool array) {
	struct gles_told *told = &r->draws->told;
	struct pvg_gpu_rect s = gles_raster_area(r);
	if (!array && !r->pass.partial && is_off(told, CAP_SCISSOR) && s.x == 0 && s.y == 0 &&
		s.width == r->pass.width && s.height == r->pass.height) {
		return;
	}
	set_cap(told, CAP_SCISSOR, true);
	if (memcmp(&s, &told->scissor, sizeof(s)) != 0) {
		glScissor((GLint)s.x, (GLint)s.y, (GLsizei)s.width, (GLsizei)s.height);
		told->scissor = s;
	}
}

void gles_raster_apply(struct gles_renderer *r, const struct pvg_gpu_pipeline *p) {
	struct gles_draws *d = r->draws;
	if (d->news & GLES_NEW_PROGRAM) {
		apply_colors(r, p);
		d->second_round = 0;
		set_cap(&d->told, CAP_COVERAGE,
			p->render.alpha_to_coverage && !gles_covers_by_mask(p));
		set_cap(&d->told, CAP_DISCARD, !p->render.rasterize);
		if (d->told.clips != d->program->clips && r->ext.clip_cull_distance) {
			apply_clips(&d->told, d->program->clips);
		}
	}
	if (d->news & (GLES_NEW_PROGRAM | GLES_NEW_RASTER | GLES_NEW_DEPTH_STENCIL) &&
		p->blend_uses_constant) {
		apply_blend_color(r, p);
	}
	if (d->news & (GLES_NEW_DEPTH_STENCIL | GLES_NEW_RASTER)) {
		apply_depth_stencil(r);
	}
	if (d->news & (GLES_NEW_RASTER | GLES_NEW_VIEWPORT)) {
		apply_raster(r);
	}
	bool chosen = p->chooses_viewport;
	if (d->news & (GLES_NEW_VIEWPORT | GLES_NEW_PROGRAM)) {
		apply_viewport(r);
	}
	if (d->news & (GLES_NEW_SCISSOR | GLES_NEW_PROGRAM)) {
		apply_scissor(r, chosen);
	}
	if (d->program->special) {
		if (d->program->edges.cull >= 0) {
			gles_edges_apply(r, d->told.front_face == GL_CCW); // whatever the origin is
		}
		gles_opengl_uniforms(r);
	}
	if (chosen && d->news & (GLES_NEW_VIEWPORT | GLES_NEW_SCISSOR | GLES_NEW_PROGRAM)) {
		apply_array(r);
	}
}

void gles_raster_clears(struct gles_renderer *r, const struct pvg_gpu_pass *pass) {
	struct gles_told *told = &r->draws->told;
	struct pvg_gpu_rect area = { 0, 0, pass->width, pass->height };
	set_cap(told, CAP_DISCARD, false);
	set_cap(told, CAP_SCISSOR, r->pass.partial);
	if (r->pass.partial && memcmp(&area, &told->scissor, sizeof(area)) != 0) {
		glScissor(0, 0, (GLsizei)area.width, (GLsizei)area.height);
		told->scissor = area;
	}
	for (uint32_t i = 0; i < PVG_GPU_COLORS; i++) {
		bool known = (told->color_known >> i & 1) != 0;
		if (pass->colors[i].view != NULL && pass->colors[i].load == PVG_GPU_LOAD_CLEAR &&
			(!known || told->blend[i].mask != 15)) {
			glColorMaski(i, GL_TRUE, GL_TRUE, GL_TRUE, GL_TRUE);
			told->blend[i].mask = 15;
		}
	}
	if (pass->depth.view != NULL && pass->depth.load == PVG_GPU_LOAD_CLEAR &&
		told->depth_write != 1) {
		glDepthMask(GL_TRUE);
		told->depth_write = 1;
	}
	if (pass->stencil.view != NULL && pass->stencil.load == PVG_GPU_LOAD_CLEAR) {
		glStencilMask(0xff);
		told->stencil[0].write_mask = told->stencil[1].write_mask = 0xff;
	}
}

void gles_raster_restart(struct gles_renderer *r, bool strips) {
	set_cap(&r->draws->told, CAP_RESTART, strips);
}

void gles_raster_discard(struct gles_renderer *r, bool discard) {
	set_cap(&r->draws->told, CAP_DISCARD, discard);
}

void gles_raster_forget(struct gles_told *told) {
	told->color_known = 0;
	told->clips = UINT8_MAX;
	told->line_width = 0;
	memset(told->blend, 0xff, sizeof(told->blend));
	memset(told->blend_color, 0xff, sizeof(told->blend_color));
	memset(told->bias, 0xff, sizeof(told->bias));
	memset(told->stencil, 0xff, sizeof(told->stencil));
	memset(&told->viewport, 0xff, sizeof(told->viewport));
	memset(&told->scissor, 0xff, sizeof(told->scissor));
	told->caps_known = 0;
	told->depth_func = told->cull = told->front_face = told->origin = told->fill = GLES_UNKNOWN;
	told->depth_write = -1;
}
