// SPDX-License-Identifier: GPL-2.0-or-later
#include "gamma-lut.h"

#include <math.h>

#define FULL 65535.0

static uint16_t to_word(double value) {
	if (!(value > 0)) {
		return 0;
	}
	return value >= 1 ? UINT16_MAX : (uint16_t)lround(value * FULL);
}

void pk_gamma_resample(const float *from, size_t from_size, uint16_t *to, size_t to_size) {
	if (to_size < 2 || (from != NULL && from_size < 2)) {
		return;
	}
	for (size_t i = 0; i < to_size; i++) {
		double place = (double)i / (double)(to_size - 1);
		if (from == NULL) {
			to[i] = to_word(place);
			continue;
		}
		place *= (double)(from_size - 1);
		size_t left = (size_t)place;
		if (left > from_size - 2) {
			left = from_size - 2;
		}
		double part = place - (double)left;
		to[i] = to_word((double)from[left] * (1 - part) + (double)from[left + 1] * part);
	}
}

void pk_gamma_chain(uint16_t *lut, size_t size, const uint16_t *after, size_t after_size) {
	if (after_size < 2) {
		return;
	}
	for (size_t i = 0; i < size; i++) {
		double place = lut[i] / FULL * (double)(after_size - 1);
		size_t left = (size_t)place;
		if (left > after_size - 2) {
			left = after_size - 2;
		}
		double part = place - (double)left;
		lut[i] = to_word((after[left] * (1 - part) + after[left + 1] * part) / FULL);
	}
}
