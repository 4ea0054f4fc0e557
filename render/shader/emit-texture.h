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

#endif
