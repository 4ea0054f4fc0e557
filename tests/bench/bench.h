// SPDX-License-Identifier: GPL-2.0-or-later
// What benches share: the clock and the line that each prints.
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <time.h>

static inline int64_t bench_now_ns(void) {
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline void bench_line(const char *name, double value, const char *unit) {
	printf("{\"bench\": \"%s\", \"value\": %.1f, \"unit\": \"%s\"}\n", name, value, unit);
	fflush(stdout);
}

static inline void bench_ratio(const char *name, double value, const char *unit, double ratio) {
	printf("{\"bench\": \"%s\", \"value\": %.1f, \"unit\": \"%s\", \"ratio\": %.2f}\n", name,
		value, unit, ratio);
	fflush(stdout);
}

#endif
