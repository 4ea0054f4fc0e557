// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Samplers (spec 02 section 4.13, 03 section 9.13).
 */
#include <stdlib.h>
#include <string.h>

#include "render/gles/gles.h"

#define VARIANTS_MAX 16 // of one sampler, with other LOD limits

enum {
	CLAMP_EDGE,
	MIRROR_CLAMP_EDGE,
	REPEAT,
	MIRROR_REPEAT,
	CLAMP_ZERO,
	CLAMP_BORDER,
};

static GLenum wrap(const struct gles_renderer *r, uint8_t address) {
	switch (address) {
	case MIRROR_CLAMP_EDGE:
		// Without the extension: right up to one repetition, then mirrored again.
		return r->ext.mirror_clamp ? GL_MIRROR_CLAMP_TO_EDGE_EXT : GL_MIRRORED_REPEAT;
	case REPEAT:
		return GL_REPEAT;
	case MIRROR_REPEAT:
		return GL_MIRRORED_REPEAT;
	case CLAMP_ZERO:
	case CLAMP_BORDER:
		return GL_CLAMP_TO_BORDER;
	default:
		return GL_CLAMP_TO_EDGE;
	}
}

static GLenum min_filter(const struct pvg_gpu_sampler_desc *d) {
	switch (d->mip_filter) {
	case 1:
		return d->min_filter ? GL_LINEAR_MIPMAP_NEAREST : GL_NEAREST_MIPMAP_NEAREST;
	case 2:
		return d->min_filter ? GL_LINEAR_MIPMAP_LINEAR : GL_NEAREST_MIPMAP_LINEAR;
	default:
		return d->min_filter ? GL_LINEAR : GL_NEAREST;
	}
}

static const float *border_color(const struct pvg_gpu_sampler_desc *d) {
	static const float colors[3][4] = { { 0, 0, 0, 0 }, { 0, 0, 0, 1 }, { 1, 1, 1, 1 } };
	for (int i = 0; i < 3; i++) {
		// One border for all axes in GL; zero wins, as nothing else can be meant by it.
		if (d->address[i] == CLAMP_ZERO) {
			return colors[0];
		}
	}
	return colors[d->border < 3 ? d->border : 0];
}

static GLuint make(struct gles_renderer *r, const struct pvg_gpu_sampler_desc *d, float lod_min,
	float lod_max, bool alpha) {
	static const GLenum axes[] = { GL_TEXTURE_WRAP_S, GL_TEXTURE_WRAP_T, GL_TEXTURE_WRAP_R };
	GLuint id = 0;
	glGenSamplers(1, &id);
	if (id == 0) {
		return 0;
	}
	glSamplerParameteri(id, GL_TEXTURE_MIN_FILTER, (GLint)min_filter(d));
	glSamplerParameteri(id, GL_TEXTURE_MAG_FILTER, d->mag_filter ? GL_LINEAR : GL_NEAREST);
	for (int i = 0; i < 3; i++) {
		glSamplerParameteri(id, axes[i], (GLint)wrap(r, d->address[i]));
	}
	const float *border = border_color(d);
	const float swapped[4] = { border[3], 0, 0, 1 }; // GL has it before the view's order
	glSamplerParameterfv(id, GL_TEXTURE_BORDER_COLOR, alpha ? swapped : border);
	/*
	 * Without a mip filter there is level 0 only (spec 03 section 9.13), but llvmpipe follows a
	 * shader's explicit level even then. Not 0: that would make every minification a
	 * magnification.
	 */
	if (d->mip_filter == 0 && lod_max > 0.25f) {
		lod_max = 0.25f;
		lod_min = lod_min < lod_max ? lod_min : lod_max;
	}
	glSamplerParameterf(id, GL_TEXTURE_MIN_LOD, lod_min);
	glSamplerParameterf(id, GL_TEXTURE_MAX_LOD, lod_max);
	if (d->compare != 0) {
		glSamplerParameteri(id, GL_TEXTURE_COMPARE_MODE, GL_COMPARE_REF_TO_TEXTURE);
		glSamplerParameteri(id, GL_TEXTURE_COMPARE_FUNC, GL_NEVER + d->compare);
	}
	if (d->max_anisotropy > 1 && r->ext.anisotropic) {
		float most = r->limits.anisotropy;
		float wanted = (float)d->max_anisotropy;
		glSamplerParameterf(id, GL_TEXTURE_MAX_ANISOTROPY_EXT,
			wanted < most ? wanted : most);
	}
	return id;
}

struct pvg_gpu_sampler *gles_sampler_create(struct pvg_renderer *renderer,
	const struct pvg_gpu_sampler_desc *desc) {
	struct gles_renderer *r = gles_renderer(renderer);
	struct gles_sampler *sampler = calloc(1, sizeof(*sampler));
	if (sampler == NULL) {
		return NULL;
	}
	sampler->desc = *desc;
	sampler->id = make(r, desc, desc->lod_min, desc->lod_max, false);
	if (sampler->id == 0) {
		free(sampler);
		return NULL;
	}
	return (struct pvg_gpu_sampler *)sampler;
}

static void delete_id(struct gles_renderer *r, GLuint id) {
	gles_state_drop_sampler(r, id);
	glDeleteSamplers(1, &id);
}

void gles_sampler_destroy(struct pvg_renderer *renderer, struct pvg_gpu_sampler *base) {
	struct gles_renderer *r = gles_renderer(renderer);
	if (base == NULL) {
		return;
	}
	struct gles_sampler *sampler = gles_sampler(base);
	gles_draws_drop_sampler(r, sampler);
	while (sampler->variants != NULL) {
		struct gles_lod_sampler *variant = sampler->variants;
		sampler->variants = variant->next;
		delete_id(r, variant->id);
		free(variant);
	}
	delete_id(r, sampler->id);
	free(sampler);
}

// The latest first: what a draw uses is not what goes for its next one.
static GLuint variant_id(struct gles_renderer *r, struct gles_sampler *sampler, float lod_min,
	float lod_max, bool alpha) {
	// A guest that moves its limits every frame must not make samplers without end.
	unsigned int count = 1;
	struct gles_lod_sampler **at = &sampler->variants, *variant;
	for (; (variant = *at) != NULL; at = &variant->next, count++) {
		bool same = variant->lod_min == lod_min && variant->lod_max == lod_max &&
			variant->alpha == alpha;
		if (same || count + 1 == VARIANTS_MAX) {
			*at = variant->next;
			if (!same) {
				delete_id(r, variant->id);
				variant->id = 0;
				gles_draws_renew_sampler(r, sampler);
			}
			break;
		}
	}
	if (variant == NULL) {
		variant = calloc(1, sizeof(*variant));
		if (variant == NULL) {
			return sampler->id;
		}
	}
	if (variant->id == 0) {
		variant->lod_min = lod_min;
		variant->lod_max = lod_max;
		variant->alpha = alpha;
		variant->id = make(r, &sampler->desc, lod_min, lod_max, alpha);
	}
	variant->next = sampler->variants;
	sampler->variants = variant;
	return variant->id;
}

GLuint gles_sampler_id(struct gles_renderer *r, struct gles_sampler *sampler, bool has_lod,
	float lod_min, float lod_max) {
	return has_lod ? variant_id(r, sampler, lod_min, lod_max, false) : sampler->id;
}

GLuint gles_sampler_alpha_id(struct gles_renderer *r, struct gles_sampler *sampler, bool has_lod,
	float lod_min, float lod_max) {
	const struct pvg_gpu_sampler_desc *d = &sampler->desc;
	const float *border = border_color(d);
	bool has_border = d->address[0] == CLAMP_BORDER || d->address[1] == CLAMP_BORDER ||
		d->address[2] == CLAMP_BORDER;
	if (!has_border || border[0] == border[3]) {
		return gles_sampler_id(r, sampler, has_lod, lod_min, lod_max);
	}
	return variant_id(r, sampler, has_lod ? lod_min : d->lod_min,
		has_lod ? lod_max : d->lod_max, true);
}
