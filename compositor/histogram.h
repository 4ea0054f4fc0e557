// SPDX-License-Identifier: GPL-2.0-or-later
// Counts of times in classes that are fine where it matters, for the statistics.
#ifndef COMPOSITOR_HISTOGRAM_H
#define COMPOSITOR_HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>

#define PK_HISTOGRAM_CLASSES 24

struct pk_histogram {
	uint64_t count[PK_HISTOGRAM_CLASSES];
	uint64_t late; // below 0: not in a class
	int64_t max_ns;
};

// Negative times are counted as late.
void pk_histogram_add(struct pk_histogram *histogram, int64_t ns);
void pk_histogram_sum(struct pk_histogram *sum, const struct pk_histogram *histogram);
// Upper bound of class @index in nanoseconds, INT64_MAX for the last one.
int64_t pk_histogram_bound(unsigned int index);
uint64_t pk_histogram_total(const struct pk_histogram *histogram); // without .late
// The bound below which a share of @permille lies, the maximum for the last class, 0: nothing yet.
int64_t pk_histogram_percentile(const struct pk_histogram *histogram, unsigned int permille);
// {"count", "late", "p50_us", "p99_us", "max_us", "below_us": {"50": n, ...}}; classes without
// anything are left out.
void pk_histogram_write(const struct pk_histogram *histogram, FILE *file);

#endif
