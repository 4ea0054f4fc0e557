// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/gles/fbo.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS 64u
#define FBOS_MAX 192u

struct gles_fbo {
	struct gles_fbo *next; // in its bucket
	struct gles_fbo_key key;
	uint64_t used; // clock of the cache
	GLuint id;
};

struct gles_fbo_cache {
	struct gles_fbo *buckets[BUCKETS]; // owned
	uint32_t count;
	uint64_t clock;
	GLuint scratch[2];
};

bool gles_fbos_init(struct gles_renderer *r) {
	r->fbos = calloc(1, sizeof(*r->fbos));
	if (r->fbos == NULL) {
		return false;
	}
	glGenFramebuffers(2, r->fbos->scratch);
	return true;
}

static void destroy(struct gles_renderer *r, struct gles_fbo *fbo) {
	if (r->state.draw_fbo == fbo->id || r->state.read_fbo == fbo->id) {
		gles_bind_framebuffer(r, GL_FRAMEBUFFER, 0);
	}
	glDeleteFramebuffers(1, &fbo->id);
	r->fbos->count--;
	free(fbo);
}

void gles_fbos_finish(struct gles_renderer *r) {
	if (r->fbos == NULL) {
		return;
	}
	for (uint32_t i = 0; i < BUCKETS; i++) {
		while (r->fbos->buckets[i] != NULL) {
			struct gles_fbo *fbo = r->fbos->buckets[i];
			r->fbos->buckets[i] = fbo->next;
			destroy(r, fbo);
		}
	}
	glDeleteFramebuffers(2, r->fbos->scratch);
	free(r->fbos);
	r->fbos = NULL;
}

GLuint gles_fbo_scratch(struct gles_renderer *r, int which) {
	return r->fbos->scratch[which];
}

struct gles_attach gles_attach_view(struct gles_view *view, uint32_t level, uint32_t slice,
	uint32_t plane) {
	return (struct gles_attach){
		.texture = view->texture,
		.target = view->target,
		.level = level,
		.layer = view->target == GL_TEXTURE_3D ? plane : slice,
	};
}

struct gles_attach gles_attach_raw(const struct gles_image *image, uint32_t level, uint32_t slice) {
	return (struct gles_attach){
		.texture = image->raw,
		.target = image->raw_target,
		.level = level,
		.layer = slice,
	};
}

static void attach(GLenum fbo_target, GLenum point, const struct gles_attach *a, bool layered) {
	GLint level = (GLint)a->level;
	if (a->texture == 0) {
		glFramebufferTexture2D(fbo_target, point, GL_TEXTURE_2D, 0, 0);
		return;
	}
	switch (a->target) {
	case GL_TEXTURE_2D:
	case GL_TEXTURE_2D_MULTISAMPLE:
		glFramebufferTexture2D(fbo_target, point, a->target, a->texture, level);
		return;
	case GL_TEXTURE_CUBE_MAP:
		if (!layered) {
			glFramebufferTexture2D(fbo_target, point,
				GL_TEXTURE_CUBE_MAP_POSITIVE_X + a->layer, a->texture, level);
			return;
		}
		break;
	default:
		if (!layered) {
			glFramebufferTextureLayer(fbo_target, point, a->texture, level,
				(GLint)a->layer);
			return;
		}
		break;
	}
	glFramebufferTexture(fbo_target, point, a->texture, level);
}

void gles_attach_now(struct gles_renderer *r, GLenum fbo_target, GLenum point,
	const struct gles_attach *a) {
	attach(fbo_target, point, a, false);
}

static uint32_t hash(const struct gles_fbo_key *key) {
	uint32_t h = 2166136261u;
	for (uint32_t i = 0; i < PVG_GPU_COLORS; i++) {
		const struct gles_attach *a = &key->colors[i];
		h = (h ^ (a->texture * 31 + a->level * 7 + a->layer)) * 16777619u;
	}
	h = (h ^ key->depth.texture) * 16777619u;
	h = (h ^ key->stencil.texture) * 16777619u;
	return (h ^ h >> 16) % BUCKETS;
}

static bool same_attach(const struct gles_attach *a, const struct gles_attach *b) {
	return a->texture == b->texture && a->target == b->target && a->level == b->level &&
		a->layer == b->layer;
}

static bool same(const struct gles_fbo_key *a, const struct gles_fbo_key *b) {
	for (uint32_t i = 0; i < PVG_GPU_COLORS; i++) {
		if (!same_attach(&a->colors[i], &b->colors[i])) {
			return false;
		}
	}
	return same_attach(&a->depth, &b->depth) && same_attach(&a->stencil, &b->stencil) &&
		a->layered == b->layered && a->width == b->width && a->height == b->height &&
		a->layers == b->layers && a->samples == b->samples;
}

static bool names(const struct gles_fbo_key *key, GLuint texture) {
	for (uint32_t i = 0; i < PVG_GPU_COLORS; i++) {
		if (key->colors[i].texture == texture) {
			return true;
		}
	}
	return key->depth.texture == texture || key->stencil.texture == texture;
}

void gles_fbos_drop(struct gles_renderer *r, GLuint texture) {
	if (texture == 0 || r->fbos == NULL) {
		return;
	}
	for (uint32_t i = 0; i < BUCKETS; i++) {
		struct gles_fbo **at = &r->fbos->buckets[i];
		while (*at != NULL) {
			struct gles_fbo *fbo = *at;
			if (names(&fbo->key, texture)) {
				*at = fbo->next;
				destroy(r, fbo);
			} else {
				at = &fbo->next;
			}
		}
	}
}

static void drop_oldest(struct gles_renderer *r) {
	struct gles_fbo **oldest = NULL;
	for (uint32_t i = 0; i < BUCKETS; i++) {
		for (struct gles_fbo **at = &r->fbos->buckets[i]; *at != NULL; at = &(*at)->next) {
			if (oldest == NULL || (*at)->used < (*oldest)->used) {
				oldest = at;
			}
		}
	}
	if (oldest != NULL) {
		struct gles_fbo *fbo = *oldest;
		*oldest = fbo->next;
		destroy(r, fbo);
	}
}

static bool build(struct gles_renderer *r, const struct gles_fbo_key *key, GLuint id) {
	GLenum buffers[PVG_GPU_COLORS];
	GLsizei count = 0;
	gles_bind_framebuffer(r, GL_FRAMEBUFFER, id);
	for (uint32_t i = 0; i < PVG_GPU_COLORS; i++) {
		buffers[i] = GL_NONE;
		if (key->colors[i].texture != 0) {
			attach(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0 + i, &key->colors[i],
				key->layered);
			buffers[i] = GL_COLOR_ATTACHMENT0 + i;
			count = (GLsizei)i + 1;
		}
	}
	if (key->depth.texture != 0 && same_attach(&key->depth, &key->stencil)) {
		attach(GL_FRAMEBUFFER, GL_DEPTH_STENCIL_ATTACHMENT, &key->depth, key->layered);
	} else {
		if (key->depth.texture != 0) {
			attach(GL_FRAMEBUFFER, GL_DEPTH_ATTACHMENT, &key->depth, key->layered);
		}
		if (key->stencil.texture != 0) {
			attach(GL_FRAMEBUFFER, GL_STENCIL_ATTACHMENT, &key->stencil, key->layered);
		}
	}
	if (key->width != 0) {
		glFramebufferParameteri(GL_FRAMEBUFFER, GL_FRAMEBUFFER_DEFAULT_WIDTH,
			(GLint)key->width);
		glFramebufferParameteri(GL_FRAMEBUFFER, GL_FRAMEBUFFER_DEFAULT_HEIGHT,
			(GLint)key->height);
		glFramebufferParameteri(GL_FRAMEBUFFER, GL_FRAMEBUFFER_DEFAULT_LAYERS,
			(GLint)key->layers);
		glFramebufferParameteri(GL_FRAMEBUFFER, GL_FRAMEBUFFER_DEFAULT_SAMPLES,
			(GLint)key->samples);
	}
	if (count > 0) {
		glDrawBuffers(count, buffers);
	} else {
		GLenum none = GL_NONE;
		glDrawBuffers(1, &none);
		glReadBuffer(GL_NONE);
	}
	GLenum status = glCheckFramebufferStatus(GL_FRAMEBUFFER);
	if (status != GL_FRAMEBUFFER_COMPLETE) {
		pvg_info("gles: a set of attachments refused by the driver (0x%x)", status);
	}
	return status == GL_FRAMEBUFFER_COMPLETE;
}

GLuint gles_fbo_get(struct gles_renderer *r, const struct gles_fbo_key *key) {
	struct gles_fbo_cache *cache = r->fbos;
	uint32_t bucket = hash(key);
	for (struct gles_fbo *fbo = cache->buckets[bucket]; fbo != NULL; fbo = fbo->next) {
		if (same(&fbo->key, key)) {
			fbo->used = ++cache->clock;
			return fbo->id;
		}
	}
	if (cache->count >= FBOS_MAX) {
		drop_oldest(r);
	}
	struct gles_fbo *fbo = calloc(1, sizeof(*fbo));
	if (fbo == NULL) {
		return 0;
	}
	fbo->key = *key;
	fbo->used = ++cache->clock;
	cache->count++;
	glGenFramebuffers(1, &fbo->id);
	if (!build(r, key, fbo->id)) {
		destroy(r, fbo);
		return 0;
	}
	fbo->next = cache->buckets[bucket];
	cache->buckets[bucket] = fbo;
	return fbo->id;
}
