// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_SHADER_EMIT_TEXTURE_H
#define RENDER_SHADER_EMIT_TEXTURE_H

#include "emit-private.h"

/* Between emit-texture.c (operations) and emit-texture-bind.c (variables and slots). */

enum flavour {
	FLAVOUR_SAMPLED = 0,
	FLAVOUR_SHADOW = 1,
	FLAVOUR_FETCH_CUBE = 2, // as a 2D array
	FLAVOUR_STORAGE = 4,
};

struct emit_texture {
	struct emit_texture *next; // arena
	uint32_t root, flavour;
	uint32_t var, type;
	uint32_t format;
	bool swap; // red and blue change places
};

/* Scalar type and number class of a texel. */
uint32_t emit_texel_type(struct emit *e, const struct air_texture *t);
uint8_t emit_texel_class(const struct air_texture *t);

/* The variable of a texture root used in this way; NULL when refused. */
struct emit_texture *emit_texture_variable(struct emit *e, uint32_t root, uint32_t flavour);
/* The variable of a sampler root; 0 when refused. */
uint32_t emit_sampler_variable(struct emit *e, uint32_t root, bool compares);

/*
 * What is bound to a sampler's slot has a level bias of its own, OpenGL's: it comes on top of any
 * level and bias. 0: none yet.
 */
void emit_add_bias(struct emit *e, uint32_t sampler_root, uint32_t *lod, uint32_t *bias);
/* The same for gradients of n components. */
void emit_bias_gradients(struct emit *e, uint32_t sampler_root, struct ev d[2][3], uint32_t n);

/*
 * Gradients from which the target computes this level: for 2D arrays, and for cubes around the
 * direction coord. size: in texels, as integers.
 */
void emit_level_as_gradients(struct emit *e, bool cube, uint32_t size, uint32_t lod,
	const uint32_t *coord, uint32_t grad[2]);
/*
 * Makes gradients of n components longer until they lead to no level below min_lod. size: in
 * texels, as integers.
 */
void emit_stretch_gradients(struct emit *e, uint32_t size, uint32_t min_lod, struct ev d[2][3],
	uint32_t n);

#endif
