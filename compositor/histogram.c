// SPDX-License-Identifier: GPL-2.0-or-later
#include "histogram.h"

#include <inttypes.h>

// Upper bounds, microseconds.
static const int64_t bounds[PK_HISTOGRAM_CLASSES - 1] = { 10, 20, 50, 100, 150, 200, 300, 400, 500,
	700, 1000, 1500, 2000, 3000, 5000, 8000, 12000, 14000, 16000, 17000, 18000, 20000, 50000 };

int64_t pk_histogram_bound(unsigned int index) {
	return index < PK_HISTOGRAM_CLASSES - 1 ? bounds[index] * 1000 : INT64_MAX;
}

void pk_histogram_add(struct pk_histogram *histogram, int64_t ns) {
	if (ns < 0) {
		histogram->late++;
		return;
	}
	unsigned int index = 0;
	while (ns >= pk_histogram_bound(index)) {
		index++;
	}
	histogram->count[index]++;
	if (ns > histogram->max_ns) {
		histogram->max_ns = ns;
	}
}

void pk_histogram_sum(struct pk_histogram *sum, const struct pk_histogram *histogram) {
	for (unsigned int i = 0; i < PK_HISTOGRAM_CLASSES; i++) {
		sum->count[i] += histogram->count[i];
	}
	sum->late += histogram->late;
	if (histogram->max_ns > sum->max_ns) {
		sum->max_ns = histogram->max_ns;
	}
}

uint64_t pk_histogram_total(const struct pk_histogram *histogram) {
	uint64_t total = 0;
	for (unsigned int i = 0; i < PK_HISTOGRAM_CLASSES; i++) {
		total += histogram->count[i];
	}
	return total;
}

int64_t pk_histogram_percentile(const struct pk_histogram *histogram, unsigned int permille) {
	uint64_t total = pk_histogram_total(histogram);
	uint64_t below = 0;
	for (unsigned int i = 0; i < PK_HISTOGRAM_CLASSES && total > 0; i++) {
		below += histogram->count[i];
		if (below * 1000 >= total * permille) {
			int64_t bound = pk_histogram_bound(i);
			return bound < histogram->max_ns ? bound : histogram->max_ns;
		}
	}
	return 0;
}

void pk_histogram_write(const struct pk_histogram *histogram, FILE *file) {
	fprintf(file, "{\"count\": %" PRIu64 ", \"late\": %" PRIu64
		", \"p50_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f, \"below_us\": {",
		pk_histogram_total(histogram), histogram->late,
		(double)pk_histogram_percentile(histogram, 500) / 1e3,
		(double)pk_histogram_percentile(histogram, 990) / 1e3,
		(double)histogram->max_ns / 1e3);
	const char *comma = "";
	for (unsigned int i = 0; i < PK_HISTOGRAM_CLASSES; i++) {
		if (histogram->count[i] == 0) {
			continue;
		}
		if (i < PK_HISTOGRAM_CLASSES - 1) {
			fprintf(file, "%s\"%" PRId64 "\": %" PRIu64, comma, bounds[i],
				histogram->count[i]);
		} else {
			fprintf(file, "%s\"more\": %" PRIu64, comma, histogram->count[i]);
		}
		comma = ", ";
	}
	fputs("}}", file);
}
