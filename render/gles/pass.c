// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Passes: attachments, load and store actions, resolves (spec 03 sections 3 and 9.3-9.4).
 */
#include <math.h>
#include <string.h>

#include "render/gles/blitter.h"
#include "render/gles/fbo.h"
#include "render/gles/gles.h"
#include "render/gles/timeline.h"

// @layer: counted from the attachment's slice or plane.
static struct gles_attach attach_of(const struct pvg_gpu_attachment *a, uint32_t layer) {
	struct gles_view *view = gles_view(a->view);
	if (view == NULL) {
		return (struct gles_attach){ 0 };
	}
	return gles_attach_view(view, a->level, a->slice + layer, a->plane + layer);
}

/*
 * Two views of one depth-stencil image are two textures, which GL does not take; the image's own
 * serves both when they mean the same texels.
 */
static bool is_pair(const struct pvg_gpu_pass *pass) {
	const struct gles_view *d = gles_view(pass->depth.view), *s = gles_view(pass->stencil.view);
	return d != NULL && s != NULL && d != s && d->image == s->image &&
		d->desc.first_level + pass->depth.level ==
		s->desc.first_level + pass->stencil.level &&
		d->desc.first_slice + pass->depth.slice ==
		s->desc.first_slice + pass->stencil.slice;
}

static void make_pair(const struct pvg_gpu_pass *pass, struct gles_fbo_key *key) {
	const struct gles_view *d = gles_view(pass->depth.view);
	key->depth.level += d->desc.first_level;
	key->depth.layer += d->desc.first_slice;
	key->depth.texture = d->image->texture;
	key->depth.target = d->image->target;
	key->stencil = key->depth;
}

static void make_key(const struct pvg_gpu_pass *pass, uint32_t layer, struct gles_fbo_key *key) {
	memset(key, 0, sizeof(*key));
	for (uint32_t i = 0; i < PVG_GPU_COLORS; i++) {
		key->colors[i] = attach_of(&pass->colors[i], layer);
	}
	key->depth = attach_of(&pass->depth, layer);
	key->stencil = attach_of(&pass->stencil, layer);
	if (is_pair(pass)) {
		make_pair(pass, key);
	}
}

static bool layers_of(struct gles_renderer *r, const struct pvg_gpu_pass *pass,
	const struct pvg_gpu_attachment *a, bool as_array, struct gles_attach *out) {
	const struct gles_view *view = gles_view(a->view);
	return view == NULL ||
		gles_attach_layers(r, a, pass->layers, as_array, view->gl_format, out);
}

// All layers of the pass at once. False: no memory.
static bool make_layered_key(struct gles_renderer *r, const struct pvg_gpu_pass *pass,
	struct gles_fbo_key *key) {
	bool mixes = gles_pass_mixes(pass), good = true;
	memset(key, 0, sizeof(*key));
	key->layered = true;
	for (uint32_t i = 0; i < PVG_GPU_COLORS; i++) {
		good = good && layers_of(r, pass, &pass->colors[i], mixes, &key->colors[i]);
	}
	if (!is_pair(pass)) {
		return good && layers_of(r, pass, &pass->depth, mixes, &key->depth) &&
			layers_of(r, pass, &pass->stencil, mixes, &key->stencil);
	}
	const struct gles_view *d = gles_view(pass->depth.view);
	const struct gles_image *image = d->image;
	if (pass->depth.slice + d->desc.first_slice == 0 && pass->layers == image->slices &&
		!mixes) {
		key->depth = gles_attach_view(gles_view(pass->depth.view), pass->depth.level, 0, 0);
		make_pair(pass, key);
		return good;
	}
	good = good &&
		gles_attach_layers(r, &pass->depth, pass->layers, true, image->shown->storage,
			&key->depth);
	key->stencil = key->depth;
	return good;
}

static GLuint framebuffer_of(struct gles_renderer *r, const struct pvg_gpu_pass *pass) {
	struct gles_fbo_key key;
	bool attached = pass->depth.view != NULL || pass->stencil.view != NULL;
	for (uint32_t i = 0; i < PVG_GPU_COLORS; i++) {
		attached = attached || pass->colors[i].view != NULL;
	}
	if (pass->layers > 1) {
		if (!make_layered_key(r, pass, &key)) {
			return 0;
		}
	} else {
		make_key(pass, 0, &key);
	}
	if (!attached) {
		key.width = pass->width;
		key.height = pass->height;
		key.layers = pass->layers > 1 ? pass->layers : 0;
		key.samples = pass->samples > 1 ? pass->samples : 0;
	}
	return gles_fbo_get(r, &key);
}

/* ---- loads ----------------------------------------------------------------------------------- */

static double number(double v) {
	return isnan(v) ? 0.0 : v;
}

static GLint to_int(double v) {
	v = number(v);
	return v <= INT32_MIN ? INT32_MIN : v >= INT32_MAX ? INT32_MAX : (GLint)v;
}

static GLuint to_uint(double v) {
	v = number(v);
	return v <= 0 ? 0 : v >= UINT32_MAX ? UINT32_MAX : (GLuint)v;
}

// In the order of the guest's bytes. sRGB attachments encode by themselves.
static void clear_color(const struct gles_view *view, GLint index, const double color[4]) {
	double c[4] = { color[0], color[1], color[2], color[3] };
	if (view->bgra) {
		c[0] = color[2];
		c[2] = color[0];
	} else if (view->alpha) {
		c[0] = color[3];
	}
	if (view->format->value == GLES_SINT) {
		GLint v[4] = { to_int(c[0]), to_int(c[1]), to_int(c[2]), to_int(c[3]) };
		glClearBufferiv(GL_COLOR, index, v);
	} else if (view->format->value == GLES_UINT) {
		GLuint v[4] = { to_uint(c[0]), to_uint(c[1]), to_uint(c[2]), to_uint(c[3]) };
		glClearBufferuiv(GL_COLOR, index, v);
	} else {
		GLfloat v[4] = { (float)number(c[0]), (float)number(c[1]), (float)number(c[2]),
			(float)number(c[3]) };
		glClearBufferfv(GL_COLOR, index, v);
	}
}

static float clear_depth(double depth) {
	depth = number(depth);
	return depth < 0 ? 0.0f : depth > 1 ? 1.0f : (float)depth;
}

static void clear_all(const struct pvg_gpu_pass *pass) {
	for (uint32_t i = 0; i < PVG_GPU_COLORS; i++) {
		const struct pvg_gpu_attachment *a = &pass->colors[i];
		if (a->view != NULL && a->load == PVG_GPU_LOAD_CLEAR) {
			clear_color(gles_view(a->view), (GLint)i, a->clear.color);
		}
	}
	bool depth = pass->depth.view != NULL && pass->depth.load == PVG_GPU_LOAD_CLEAR;
	bool stencil = pass->stencil.view != NULL && pass->stencil.load == PVG_GPU_LOAD_CLEAR;
	GLfloat d = clear_depth(pass->depth.clear.depth);
	GLint s = (GLint)(pass->stencil.clear.stencil & 0xff);
	if (depth && stencil) {
		glClearBufferfi(GL_DEPTH_STENCIL, 0, d, s);
	} else if (depth) {
		glClearBufferfv(GL_DEPTH, 0, &d);
	} else if (stencil) {
		glClearBufferiv(GL_STENCIL, 0, &s);
	}
}

static bool any_clear(const struct pvg_gpu_pass *pass) {
	bool any = (pass->depth.view != NULL && pass->depth.load == PVG_GPU_LOAD_CLEAR) ||
		(pass->stencil.view != NULL && pass->stencil.load == PVG_GPU_LOAD_CLEAR);
	for (uint32_t i = 0; i < PVG_GPU_COLORS; i++) {
		any = any ||
			(pass->colors[i].view != NULL &&
				pass->colors[i].load == PVG_GPU_LOAD_CLEAR);
	}
	return any;
}

static void attachment_size(const struct pvg_gpu_attachment *a, uint32_t size[3]) {
	const struct gles_view *view = gles_view(a->view);
	size[0] = gles_level_size(view->width, a->level);
	size[1] = gles_level_size(view->height, a->level);
	size[2] = view->target == GL_TEXTURE_3D ? gles_level_size(view->depth, a->level)
						: view->desc.slices;
}

// Is the pass smaller than one of its attachments? Then clears must leave the rest alone.
static bool is_partial(const struct pvg_gpu_pass *pass) {
	bool partial = false;
	for (uint32_t i = 0; i < PVG_GPU_COLORS + 2; i++) {
		const struct pvg_gpu_attachment *a = i < PVG_GPU_COLORS ? &pass->colors[i]
			: i == PVG_GPU_COLORS                           ? &pass->depth
									: &pass->stencil;
		if (a->view != NULL) {
			uint32_t size[3];
			attachment_size(a, size);
			bool volume = gles_view(a->view)->target == GL_TEXTURE_3D;
			// Of slices no more than the pass's are attached.
			partial = partial || pass->width < size[0] || pass->height < size[1] ||
				(volume && pass->layers > 1 && pass->layers < size[2]);
		}
	}
	return partial;
}

// Attachments whose content is of no use. GL may drop it only whole.
static void invalidate(const struct pvg_gpu_pass *pass, bool loads, const uint8_t *color_stores,
	uint8_t depth_store, uint8_t stencil_store) {
	GLenum points[PVG_GPU_COLORS + 2];
	GLsizei count = 0;
	for (uint32_t i = 0; i < PVG_GPU_COLORS; i++) {
		const struct pvg_gpu_attachment *a = &pass->colors[i];
		bool gone = loads ? a->load == PVG_GPU_LOAD_DONT_CARE
				  : color_stores[i] == PVG_GPU_STORE_DONT_CARE ||
				color_stores[i] == PVG_GPU_STORE_RESOLVE;
		if (a->view != NULL && gone) {
			points[count++] = GL_COLOR_ATTACHMENT0 + i;
		}
	}
	const struct pvg_gpu_attachment *const two[] = { &pass->depth, &pass->stencil };
	const uint8_t stores[] = { depth_store, stencil_store };
	for (int i = 0; i < 2; i++) {
		bool gone = loads ? two[i]->load == PVG_GPU_LOAD_DONT_CARE
				  : stores[i] == PVG_GPU_STORE_DONT_CARE ||
				stores[i] == PVG_GPU_STORE_RESOLVE;
		if (two[i]->view != NULL && gone) {
			points[count++] = i == 0 ? GL_DEPTH_ATTACHMENT : GL_STENCIL_ATTACHMENT;
		}
	}
	if (count > 0) {
		glInvalidateFramebuffer(GL_DRAW_FRAMEBUFFER, count, points);
	}
}

// Depth or stencil of an image that has both?
static bool clears_one_aspect(const struct pvg_gpu_pass *pass) {
	bool depth = pass->depth.view != NULL && pass->depth.load == PVG_GPU_LOAD_CLEAR;
	bool stencil = pass->stencil.view != NULL && pass->stencil.load == PVG_GPU_LOAD_CLEAR;
	const struct gles_view *view = gles_view(depth ? pass->depth.view : pass->stencil.view);
	return depth != stencil && view->image->format->value == GLES_DEPTH_STENCIL;
}

static void load(struct gles_renderer *r) {
	const struct pvg_gpu_pass *pass = &r->pass.desc;
	bool partial = r->pass.partial;
	if (!partial) {
		invalidate(pass, true, NULL, 0, 0);
	}
	if (!any_clear(pass)) {
		return;
	}
	gles_raster_clears(r, pass);
	if (!partial) {
		clear_all(pass);
		return;
	}
	uint32_t layers = pass->layers > 1 ? pass->layers : 1;
	for (uint32_t layer = 0; layer < layers; layer++) {
		struct gles_fbo_key key;
		make_key(pass, layer, &key);
		GLuint fbo = layers > 1 ? gles_fbo_get(r, &key) : r->pass.fbo;
		if (fbo != 0) {
			gles_bind_framebuffer(r, GL_FRAMEBUFFER, fbo);
			clear_all(pass);
		}
	}
	gles_bind_framebuffer(r, GL_FRAMEBUFFER, r->pass.fbo);
	if (clears_one_aspect(pass)) {
		// Some drivers (zink of Mesa 25.0) take this and a later clear of the whole other
		// aspect for one clear of both, of everything, when nothing comes between.
		glFlush();
	}
}

static bool in_range(const struct pvg_gpu_attachment *a, uint32_t layers) {
	const struct gles_view *view = gles_view(a->view);
	if (view == NULL) {
		return true;
	}
	uint32_t size[3];
	attachment_size(a, size);
	uint32_t at = view->target == GL_TEXTURE_3D ? a->plane : a->slice;
	const struct gles_view *resolve = gles_view(a->resolve);
	if (resolve != NULL) {
		uint32_t planes = resolve->target == GL_TEXTURE_3D
			? gles_level_size(resolve->depth, a->resolve_level)
			: resolve->desc.slices;
		uint32_t to =
			resolve->target == GL_TEXTURE_3D ? a->resolve_plane : a->resolve_slice;
		if (a->resolve_level >= resolve->desc.levels || to >= planes ||
			(layers > 1 && layers > planes - to)) {
			return false;
		}
	}
	return a->level < view->desc.levels && at < size[2] &&
		(layers <= 1 || layers <= size[2] - at) && view->target != GL_TEXTURE_BUFFER;
}

void gles_cmd_begin_pass(struct gles_renderer *r, const struct pvg_gpu_pass *pass) {
	if (r->pass.open) {
		gles_cmd_end_pass(r, NULL);
	}
	struct gles_pass *p = &r->pass;
	memset(p, 0, sizeof(*p));
	p->desc = *pass;
	bool good = in_range(&pass->depth, pass->layers) && in_range(&pass->stencil, pass->layers);
	p->samples = pass->samples;
	for (uint32_t i = 0; i < PVG_GPU_COLORS + 2; i++) {
		const struct pvg_gpu_attachment *a = i < PVG_GPU_COLORS ? &pass->colors[i]
			: i == PVG_GPU_COLORS                           ? &pass->depth
									: &pass->stencil;
		struct gles_view *view = gles_view(a->view);
		if (view == NULL) {
			continue;
		}
		good = good && in_range(a, pass->layers);
		p->samples = gles_kind_is_multisample(view->desc.kind)
			? (uint32_t)view->image->samples
			: 1;
		if (i < PVG_GPU_COLORS) {
			p->colors[i] = view;
			p->bgra_mask |= (uint8_t)(view->bgra << i);
			p->alpha_mask |= (uint8_t)(view->alpha << i);
			p->srgb_mask |= (uint8_t)(view->srgb << i);
		}
	}
	p->depth = gles_view(pass->depth.view);
	p->stencil = gles_view(pass->stencil.view);
	p->width = pass->width;
	p->height = pass->height;
	p->layers = pass->layers > 1 ? pass->layers : 1;
	if (good && gles_pass_stand_in(r)) {
		p->fbo = framebuffer_of(r, &p->desc);
	}
	if (p->fbo == 0) {
		gles_pass_stand_in_finish(r);
		pvg_info("gles: pass of %ux%u, %u layers refused", pass->width, pass->height,
			pass->layers);
		return; // draws are refused: no pass is open
	}
	p->open = true;
	p->partial = is_partial(pass);
	gles_bind_framebuffer(r, GL_FRAMEBUFFER, p->fbo);
	load(r);
	gles_draws_begin(r);
}

/* ---- stores ---------------------------------------------------------------------------------- */

static bool resolves(uint8_t store, const struct pvg_gpu_attachment *a) {
	return a->view != NULL && a->resolve != NULL &&
		(store == PVG_GPU_STORE_RESOLVE || store == PVG_GPU_STORE_AND_RESOLVE) &&
		gles_kind_is_multisample(gles_view(a->view)->desc.kind) &&
		!gles_kind_is_multisample(gles_view(a->resolve)->desc.kind);
}

static struct gles_attach resolve_target(const struct pvg_gpu_attachment *a, uint32_t layer) {
	return gles_attach_view(gles_view(a->resolve), a->resolve_level, a->resolve_slice + layer,
		a->resolve_plane + layer);
}

static void resolve_color(struct gles_renderer *r, const struct pvg_gpu_attachment *a,
	uint32_t layer) {
	static const struct gles_attach none;
	struct gles_attach from = attach_of(a, layer);
	struct gles_attach to = resolve_target(a, layer);
	struct gles_view *view = gles_view(a->view);
	if (view->texture != view->image->texture || a->resolve_inverted) {
		if (!gles_blitter_resolve_color(r, view, &from, &to, a->resolve_inverted,
			    r->pass.width, r->pass.height)) {
			pvg_info("gles: resolve of format %s refused", view->format->name);
		}
		return;
	}
	gles_bind_framebuffer(r, GL_READ_FRAMEBUFFER, gles_fbo_scratch(r, 1));
	gles_bind_framebuffer(r, GL_DRAW_FRAMEBUFFER, gles_fbo_scratch(r, 0));
	gles_attach_now(r, GL_READ_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, &from);
	gles_attach_now(r, GL_DRAW_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, &to);
	glReadBuffer(GL_COLOR_ATTACHMENT0);
	glDrawBuffers(1, &(GLenum){ GL_COLOR_ATTACHMENT0 });
	GLint w = (GLint)r->pass.width, h = (GLint)r->pass.height;
	glBlitFramebuffer(0, 0, w, h, 0, 0, w, h, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	gles_attach_now(r, GL_READ_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, &none);
	gles_attach_now(r, GL_DRAW_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, &none);
}

static void resolve_tested(struct gles_renderer *r, const struct pvg_gpu_attachment *a,
	uint32_t layer, bool stencil) {
	struct gles_attach from = attach_of(a, layer);
	struct gles_attach to = resolve_target(a, layer);
	if (!gles_blitter_resolve(r, gles_view(a->view), &from, &to, stencil, a->resolve_filter,
		    r->pass.desc.depth.resolve_filter, a->resolve_inverted, r->pass.width,
		    r->pass.height)) {
		pvg_info("gles: resolve of format %s refused", gles_view(a->view)->format->name);
	}
}

void gles_cmd_end_pass(struct gles_renderer *r, const struct pvg_gpu_stores *stores) {
	struct gles_pass *p = &r->pass;
	if (!p->open) {
		return;
	}
	gles_queries_end(r);
	struct pvg_gpu_stores own;
	if (stores == NULL) {
		for (uint32_t i = 0; i < PVG_GPU_COLORS; i++) {
			own.colors[i] = p->desc.colors[i].store;
		}
		own.depth = p->desc.depth.store;
		own.stencil = p->desc.stencil.store;
		stores = &own;
	}
	bool resolved = false;
	for (uint32_t layer = 0; layer < p->layers; layer++) {
		for (uint32_t i = 0; i < PVG_GPU_COLORS; i++) {
			if (resolves(stores->colors[i], &p->desc.colors[i])) {
				if (!resolved) {
					gles_blitter_state(r);
				}
				resolved = true;
				resolve_color(r, &p->desc.colors[i], layer);
			}
		}
		if (resolves(stores->depth, &p->desc.depth)) {
			resolve_tested(r, &p->desc.depth, layer, false);
			resolved = true;
		}
		if (resolves(stores->stencil, &p->desc.stencil)) {
			resolve_tested(r, &p->desc.stencil, layer, true);
			resolved = true;
		}
	}
	if (!p->partial) {
		if (resolved) {
			gles_bind_framebuffer(r, GL_FRAMEBUFFER, p->fbo);
		}
		invalidate(&p->desc, false, stores->colors, stores->depth, stores->stencil);
	}
	gles_pass_stand_in_return(r);
	gles_pass_stand_in_finish(r);
	p->open = false;
}

/* ---- reading attachments --------------------------------------------------------------------- */

static bool overlaps(uint32_t a, uint32_t a_count, uint32_t b, uint32_t b_count) {
	return a < b + b_count && b < a + a_count;
}

static bool conflicts(const struct gles_renderer *r, const struct pvg_gpu_attachment *a,
	const struct gles_view *view) {
	const struct gles_view *target = gles_view(a->view);
	if (target == NULL || target->image != view->image ||
		!overlaps(view->desc.first_level, view->desc.levels,
			target->desc.first_level + a->level, 1u)) {
		return false;
	}
	if (view->target == GL_TEXTURE_3D) {
		return true;
	}
	uint32_t first = (uint32_t)target->desc.first_slice + a->slice;
	return overlaps(view->desc.first_slice, view->desc.slices, first, r->pass.layers);
}

bool gles_pass_conflict(const struct gles_renderer *r, const struct gles_view *view) {
	const struct gles_pass *p = &r->pass;
	if (!p->open) {
		return false;
	}
	for (uint32_t i = 0; i < PVG_GPU_COLORS; i++) {
		const struct pvg_gpu_attachment *a =
			p->stand_ins[i].view != NULL ? &p->stand_ins[i].home : &p->desc.colors[i];
		if (p->colors[i] != NULL && conflicts(r, a, view)) {
			return true;
		}
	}
	return conflicts(r, &p->desc.depth, view) || conflicts(r, &p->desc.stencil, view);
}

void gles_cmd_texture_barrier(struct gles_renderer *r) {
	gles_pass_stand_in_return(r);
	if (r->ext.texture_barrier) {
		r->gl.texture_barrier();
	}
	// Elsewhere draws that would need it read copies.
}
