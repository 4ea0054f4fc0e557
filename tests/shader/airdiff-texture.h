// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef TESTS_SHADER_AIRDIFF_TEXTURE_H
#define TESTS_SHADER_AIRDIFF_TEXTURE_H

#include "airdiff.h"

/* Where texels lie in the region of a texture. */

uint32_t diff_level_size(uint32_t size, uint32_t level);
/* In bytes. slice: z, layer, or 6 * layer + face. */
uint32_t diff_texel_offset(const struct diff_texture *t, uint32_t level, uint32_t slice, uint32_t y,
	uint32_t x, uint32_t sample);

#endif
