// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What every fuzz target has: the entry point that libFuzzer knows, and seeds of its own making.
 * One source file a target, linked either with libFuzzer or with standalone.c.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define FUZZ_MAX_INPUT 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/**
 * fuzz_seed - write seed number @index, made by the encoders, into @buffer
 *
 * Returns its size, at most FUZZ_MAX_INPUT, or 0 when there are no more seeds.
 */
size_t fuzz_seed(unsigned int index, uint8_t buffer[FUZZ_MAX_INPUT]);

// What must hold for any input: a finding like a crash, also without assertions compiled in.
#define FUZZ_CHECK(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: must hold: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

/*
 * Inputs are programs for the target: bytes taken from the front decide what happens next. At the
 * end zeros come out, so every prefix of a program is one.
 */
struct fuzz_input {
	const uint8_t *cur, *end;
};

static inline bool fuzz_done(const struct fuzz_input *in) {
	return in->cur == in->end;
}

static inline uint64_t fuzz_take(struct fuzz_input *in, unsigned int bytes) {
	uint64_t value = 0;
	for (unsigned int i = 0; i < bytes && in->cur < in->end; i++) {
		value |= (uint64_t)*in->cur++ << (8 * i);
	}
	return value;
}

static inline const uint8_t *fuzz_take_bytes(struct fuzz_input *in, size_t want, size_t *got) {
	const uint8_t *at = in->cur;
	size_t left = (size_t)(in->end - in->cur);
	*got = want < left ? want : left;
	in->cur += *got;
	return at;
}

// The other direction, for seeds. Drops what does not fit.
struct fuzz_output {
	uint8_t *bytes;
	size_t size;
};

static inline void fuzz_put(struct fuzz_output *out, uint64_t value, unsigned int bytes) {
	for (unsigned int i = 0; i < bytes && out->size < FUZZ_MAX_INPUT; i++) {
		out->bytes[out->size++] = (uint8_t)(value >> (8 * i));
	}
}

static inline void fuzz_put_bytes(struct fuzz_output *out, const void *bytes, size_t size) {
	for (size_t i = 0; i < size; i++) {
		fuzz_put(out, ((const uint8_t *)bytes)[i], 1);
	}
}

#endif
