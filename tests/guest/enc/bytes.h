// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Little-endian stores and loads at any alignment: no field of the protocol may be assumed to be
 * aligned (spec 02 section 0). Freestanding: nothing beyond memcpy and memset is needed.
 */
#ifndef TESTS_GUEST_ENC_BYTES_H
#define TESTS_GUEST_ENC_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PVG_ENC_COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline void pvg_put(void *at, uint64_t value, unsigned int size_bytes) {
	uint8_t *p = at;
	for (unsigned int i = 0; i < size_bytes; i++) {
		p[i] = (uint8_t)(value >> (8 * i));
	}
}

static inline uint64_t pvg_get(const void *at, unsigned int size_bytes) {
	const uint8_t *p = at;
	uint64_t value = 0;
	for (unsigned int i = 0; i < size_bytes; i++) {
		value |= (uint64_t)p[i] << (8 * i);
	}
	return value;
}

#endif
