// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Gamma tables of another size (spec 04 section 14.8). Pure.
 */
#ifndef COMPOSITOR_GAMMA_LUT_H
#define COMPOSITOR_GAMMA_LUT_H

#include <stddef.h>
#include <stdint.h>

/**
 * pk_gamma_resample - one channel in another number of entries, by linear interpolation
 * @from: 0 to 1, @from_size entries; NULL: the identity
 * @to:   16 bit, @to_size entries
 *
 * Both ends stay where they are. Sizes below 2 give nothing.
 */
void pk_gamma_resample(const float *from, size_t from_size, uint16_t *to, size_t to_size);

// What @after makes of what @lut gives, in place.
void pk_gamma_chain(uint16_t *lut, size_t size, const uint16_t *after, size_t after_size);

#endif
