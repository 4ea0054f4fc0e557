// SPDX-License-Identifier: GPL-2.0-or-later
#include "airdiff.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/shader/float.h"

/*
 * What the CPU's runs stored, element by element: the exact run's value, how far the others came
 * from
 * it, and whether they disagree about storing anything there at all. Integers have to be the same,
 * unless runs differ: then within what they gave. Floats may be off by twice what runs were off,
 * which
 * is nothing where no rounding is involved. Denormals may be zero.
 */

struct element {
	double low, high; // of floats
	uint64_t first, last; // of integers: an interval modulo the width
};

static struct {
	uint8_t *value, *kinds; // owned; of the exact run
	uint8_t *open; // owned; runs differ in what they are
	struct element *seen; // owned; at the first byte of each element
	double typical;
} kept[DIFF_REGIONS];

static bool have_first;

static uint32_t kind_bytes(uint8_t kind) {
	static const uint8_t bytes[DIFF_KINDS + 1] = { 1, 1, 2, 4, 8, 4, 2, 2, 4, 1, 1, 1, 1, 1, 1,
		1 };
	return bytes[kind & DIFF_KINDS];
}

static bool kind_is_float(uint8_t kind) {
	kind &= DIFF_KINDS;
	return kind == DIFF_F32 || kind == DIFF_F16 || kind == DIFF_BF16 || kind == DIFF_F16_IN_32;
}

static double as_float(uint8_t kind, const uint8_t *at) {
	uint32_t word = 0;
	memcpy(&word, at, kind_bytes(kind));
	switch (kind & DIFF_KINDS) {
	case DIFF_F16:
		return (double)pvg_half_to_float((uint16_t)word);
	case DIFF_BF16:
		return (double)pvg_bits_float(word << 16);
	default:
		return (double)pvg_bits_float(word);
	}
}

static uint64_t as_int(uint8_t kind, const uint8_t *at) {
	uint64_t v = 0;
	memcpy(&v, at, kind_bytes(kind));
	return v;
}

static uint64_t width_mask(uint8_t kind) {
	return UINT64_MAX >> (64 - 8 * kind_bytes(kind));
}

static bool is_head(uint8_t kind) {
	return kind & DIFF_HEAD;
}

/* A head whose tail nobody stored over. */
static bool is_whole(const uint8_t *kinds, uint32_t i, uint32_t bytes) {
	uint32_t n = kind_bytes(kinds[i]);
	for (uint32_t k = 1; k < n; k++) {
		if (i + k >= bytes || kinds[i + k] != (kinds[i] & DIFF_KINDS)) {
			return false;
		}
	}
	return i + n <= bytes;
}

void diff_compare_begin(void) {
	have_first = false;
	for (uint32_t r = 0; r < DIFF_REGIONS; r++) {
		uint32_t n = diff.regions[r].room;
		if (n > 0 && kept[r].value == NULL) {
			kept[r].value = malloc(n);
			kept[r].kinds = malloc(n);
			kept[r].open = malloc(n);
			kept[r].seen = malloc(n * sizeof(struct element));
		}
	}
}

static void take_first(uint32_t r) {
	const struct diff_region *region = &diff.regions[r];
	double sum = 0;
	uint32_t floats = 0;
	memcpy(kept[r].value, region->output, region->bytes);
	memcpy(kept[r].kinds, region->kinds, region->bytes);
	memset(kept[r].open, 0, region->bytes);
	for (uint32_t i = 0; i < region->bytes; i++) {
		uint8_t kind = region->kinds[i];
		struct element *e = &kept[r].seen[i];
		if ((kind & DIFF_KINDS) == DIFF_UNDEFINED) {
			kept[r].open[i] = 1;
		} else if (!is_head(kind)) {
			continue;
		} else if (kind_is_float(kind) && is_whole(region->kinds, i, region->bytes)) {
			e->low = e->high = as_float(kind, region->output + i);
			// Modules say that there are no NaNs: what comes in their place is open.
			kept[r].open[i] = isnan(e->low);
			if (isfinite(e->low)) {
				sum += fabs(e->low);
				floats++;
			}
		} else if (is_whole(region->kinds, i, region->bytes)) {
			e->first = e->last = as_int(kind, region->output + i);
		}
	}
	kept[r].typical = floats > 0 ? sum / floats : 0;
}

static void widen(struct element *e, uint8_t kind, const uint8_t *at, uint8_t *open) {
	if (kind_is_float(kind)) {
		double v = as_float(kind, at);
		if (isnan(v) != isnan(e->low)) {
			*open = 1;
		}
		e->low = v < e->low ? v : e->low;
		e->high = v > e->high ? v : e->high;
		return;
	}
	// The interval grows on the side that is nearer.
	uint64_t mask = width_mask(kind), v = as_int(kind, at);
	if (((v - e->first) & mask) > ((e->last - e->first) & mask)) {
		if (((e->first - v) & mask) < ((v - e->last) & mask)) {
			e->first = v;
		} else {
			e->last = v;
		}
	}
}

void diff_compare_add(const struct diff_how *how) {
	for (uint32_t r = 0; r < DIFF_REGIONS; r++) {
		const struct diff_region *region = &diff.regions[r];
		if (region->bytes == 0) {
			continue;
		}
		if (!have_first) {
			take_first(r);
			continue;
		}
		for (uint32_t i = 0; i < region->bytes; i++) {
			if (region->kinds[i] != kept[r].kinds[i]) {
				kept[r].open[i] = 1;
			} else if (how->reversed && region->output[i] != kept[r].value[i]) {
				kept[r].open[i] =
					1; // what the order of threads decides has no right value
			} else if (is_head(region->kinds[i]) &&
				is_whole(region->kinds, i, region->bytes)) {
				widen(&kept[r].seen[i], region->kinds[i], region->output + i,
					&kept[r].open[i]);
			}
		}
	}
	have_first = true;
}

/* How far the other side may be off. */
static double allowed(uint32_t r, uint32_t i) {
	const struct element *e = &kept[r].seen[i];
	uint8_t kind = kept[r].kinds[i] & DIFF_KINDS;
	double v = as_float(kind, kept[r].value + i);
	double off = 2 * fmax(e->high - v, v - e->low);
	if (kind == DIFF_F16_IN_32) {
		off += fabs(v) * 0x1p-10 + 0x1p-24; // one side rounds to half, the other need not
	}
	if (kind == DIFF_F32 && (off > 0 || fabs(v) < (double)FLT_MIN)) {
		off += (double)FLT_MIN;
	}
	return isnan(off) ? 0 : off;
}

static bool is_open(uint32_t r, uint32_t i) {
	uint32_t n = kind_bytes(kept[r].kinds[i]);
	for (uint32_t k = 0; k < n; k++) {
		if (kept[r].open[i + k]) {
			return true;
		}
	}
	return false;
}

void diff_compare_count(struct diff_verdict *v) {
	v->written = v->checked = v->open = 0;
	for (uint32_t r = 0; r < DIFF_REGIONS; r++) {
		uint32_t bytes = diff.regions[r].bytes;
		for (uint32_t i = 0; i < bytes; i++) {
			uint8_t kind = kept[r].kinds[i];
			if (!is_head(kind) || !is_whole(kept[r].kinds, i, bytes)) {
				continue;
			}
			v->written++;
			if (is_open(r, i)) {
				v->open++;
			} else if (kind_is_float(kind)) {
				double value = as_float(kind, kept[r].value + i);
				double size =
					isfinite(value) ? fmax(fabs(value), kept[r].typical) : 1;
				v->checked += allowed(r, i) <= 0x1p-5 * size;
			} else {
				v->checked += kept[r].seen[i].first == kept[r].seen[i].last;
			}
		}
	}
}

static bool same_float(uint32_t r, uint32_t i, const uint8_t *theirs) {
	uint8_t kind = kept[r].kinds[i];
	const struct element *e = &kept[r].seen[i];
	double a = as_float(kind, kept[r].value + i), b = as_float(kind, theirs);
	if (isnan(b)) {
		return false;
	}
	if (isinf(a) || isinf(b)) {
		// On the verge of the largest number both are right.
		double verge =
			(kind & DIFF_KINDS) == DIFF_F16 || (kind & DIFF_KINDS) == DIFF_F16_IN_32
			? 65472
			: 3.4e38;
		return a == b || (e->low <= b && b <= e->high) ||
			(signbit(a) == signbit(b) && fabs(a) >= verge && fabs(b) >= verge);
	}
	return a == b || fabs(a - b) <= allowed(r, i);
}

/* A float that was copied byte by byte: the sign of a zero is nobody's business. */
static bool is_zero_copied(uint32_t r, uint32_t i, uint8_t kind, const uint8_t *theirs) {
	uint32_t ours, other;
	if ((kind & DIFF_KINDS) != DIFF_I8 || (i & ~3u) + 4 > diff.regions[r].bytes) {
		return false;
	}
	memcpy(&ours, kept[r].value + (i & ~3u), 4);
	memcpy(&other, theirs + (i & ~3u), 4);
	return (ours ^ other) == 0x80000000 && (ours | other) == 0x80000000;
}

bool diff_compare_region(uint32_t r, const uint8_t *theirs, struct diff_verdict *v) {
	const struct diff_region *region = &diff.regions[r];
	uint32_t step;
	for (uint32_t i = 0; i < region->bytes; i += step) {
		uint8_t kind = kept[r].kinds[i];
		bool whole = is_head(kind) && is_whole(kept[r].kinds, i, region->bytes), same;
		step = whole ? kind_bytes(kind) : 1;
		if (is_open(r, i)) {
			continue;
		} else if (whole && kind_is_float(kind)) {
			same = same_float(r, i, theirs + i);
		} else if (whole) {
			const struct element *e = &kept[r].seen[i];
			uint64_t mask = width_mask(kind), n = as_int(kind, theirs + i);
			same = ((n - e->first) & mask) <= ((e->last - e->first) & mask);
		} else {
			same = theirs[i] == kept[r].value[i];
		}
		same = same || is_zero_copied(r, i, kind, theirs);
		if (!same) {
			uint32_t at = i & ~3u, x, y;
			memcpy(&x, kept[r].value + at, 4);
			memcpy(&y, theirs + at, 4);
			snprintf(v->why, sizeof(v->why),
				"%s %u byte %u kind %u: cpu %08x %g gpu %08x %g, %g allowed",
				r < DIFF_BUFFERS                   ? "buffer"
					: r == DIFF_OUTPUTS_REGION ? "output"
								   : "texture",
				r < DIFF_FIRST_TEXTURE ? r : r - DIFF_FIRST_TEXTURE, i,
				kind & DIFF_KINDS, x, (double)pvg_bits_float(x), y,
				(double)pvg_bits_float(y),
				whole && kind_is_float(kind) ? allowed(r, i) : 0.0);
			v->same = false;
			return false;
		}
	}
	return true;
}
