// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checked reading of bytes that a guest wrote. A cursor runs over a private copy, never over guest
 * memory; once a read does not fit it stays failed and every later read gives zero, so a function
 * checks once, at its end.
 */
#ifndef PVG_WIRE_CURSOR_H
#define PVG_WIRE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct pvg_cursor {
	const uint8_t *cur, *end;
	bool failed;
};

// Little-endian, of bytes that are known to be there: one check for many.
static inline uint16_t pvg_get16(const uint8_t *at) {
	return (uint16_t)((uint32_t)at[0] | (uint32_t)at[1] << 8);
}

static inline uint32_t pvg_get32(const uint8_t *at) {
	return (uint32_t)pvg_get16(at) | (uint32_t)pvg_get16(at + 2) << 16;
}

static inline uint64_t pvg_get64(const uint8_t *at) {
	return (uint64_t)pvg_get32(at) | (uint64_t)pvg_get32(at + 4) << 32;
}

static inline double pvg_get_f64(const uint8_t *at) {
	uint64_t bits = pvg_get64(at);
	double value;
	memcpy(&value, &bits, sizeof(value));
	return value;
}

static inline struct pvg_cursor pvg_cursor_init(const void *bytes, size_t size_bytes) {
	return (struct pvg_cursor){
		.cur = bytes,
		.end = (const uint8_t *)bytes + size_bytes,
	};
}

static inline size_t pvg_cursor_left(const struct pvg_cursor *c) {
	return c->failed ? 0 : (size_t)(c->end - c->cur);
}

static inline const uint8_t *pvg_rd_bytes(struct pvg_cursor *c, size_t size_bytes) {
	if (c->failed || (size_t)(c->end - c->cur) < size_bytes) {
		c->failed = true;
		return NULL;
	}
	const uint8_t *at = c->cur;
	c->cur += size_bytes;
	return at;
}

static inline uint8_t pvg_rd8(struct pvg_cursor *c) {
	const uint8_t *at = pvg_rd_bytes(c, 1);
	return at != NULL ? at[0] : 0;
}

static inline uint16_t pvg_rd16(struct pvg_cursor *c) {
	const uint8_t *at = pvg_rd_bytes(c, 2);
	return at != NULL ? pvg_get16(at) : 0;
}

static inline uint32_t pvg_rd32(struct pvg_cursor *c) {
	const uint8_t *at = pvg_rd_bytes(c, 4);
	return at != NULL ? pvg_get32(at) : 0;
}

static inline uint64_t pvg_rd64(struct pvg_cursor *c) {
	uint64_t low = pvg_rd32(c);
	uint64_t high = pvg_rd32(c);
	return low | high << 32;
}

static inline float pvg_rd_f32(struct pvg_cursor *c) {
	uint32_t bits = pvg_rd32(c);
	float value;
	memcpy(&value, &bits, sizeof(value));
	return value;
}

static inline double pvg_rd_f64(struct pvg_cursor *c) {
	uint64_t bits = pvg_rd64(c);
	double value;
	memcpy(&value, &bits, sizeof(value));
	return value;
}

static inline void pvg_rd_skip(struct pvg_cursor *c, size_t size_bytes) {
	(void)pvg_rd_bytes(c, size_bytes);
}

static inline bool pvg_mul(uint64_t a, uint64_t b, uint64_t *out) {
	return !__builtin_mul_overflow(a, b, out);
}

static inline bool pvg_add(uint64_t a, uint64_t b, uint64_t *out) {
	return !__builtin_add_overflow(a, b, out);
}

#endif
