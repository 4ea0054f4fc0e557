// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The words of the statistics on the screen. Pure.
 */
#ifndef COMPOSITOR_OSD_TEXT_H
#define COMPOSITOR_OSD_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Counters of one display at one moment.
struct pk_osd_sample {
	int64_t when_ns;
	uint64_t flips;  // guest frames that reached the screen
	uint64_t missed; // refreshes that came late or not at all
	uint64_t gpu_busy_ns;
	uint32_t refresh_mhz;
	const char *way;   // of the newest frame, NULL: none
	int64_t phase_ns;  // from the newest commit to its refresh, INT64_MIN: unknown
	unsigned int width, height; // of the guest's picture, 0: none
};

// What happened between two samples; .when_ns of @before is 0 when there is none.
void pk_osd_words(const struct pk_osd_sample *before, const struct pk_osd_sample *now, char *text,
	size_t size);

#endif
