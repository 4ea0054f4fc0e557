// SPDX-License-Identifier: GPL-2.0-or-later
#include "osd-text.h"

#include <inttypes.h>
#include <stdio.h>

void pk_osd_words(const struct pk_osd_sample *before, const struct pk_osd_sample *now, char *text,
		size_t size) {
	char fps[16] = "-", gpu[24] = "-", phase[24] = "-", guest[24] = "no picture";
	uint64_t missed = now->missed;
	double seconds = (double)(now->when_ns - before->when_ns) / 1e9;
	// Counters that run backwards are another display's.
	if (before->when_ns != 0 && seconds > 0 && now->flips >= before->flips &&
			now->gpu_busy_ns >= before->gpu_busy_ns && now->missed >= before->missed) {
		uint64_t frames = now->flips - before->flips;
		snprintf(fps, sizeof(fps), "%.1f", (double)frames / seconds);
		missed = now->missed - before->missed;
		if (frames != 0) {
			snprintf(gpu, sizeof(gpu), "%.0f us",
				(double)(now->gpu_busy_ns - before->gpu_busy_ns) / 1e3 /
					(double)frames);
		}
	}
	if (now->phase_ns != INT64_MIN) {
		snprintf(phase, sizeof(phase), "%.1f ms", (double)now->phase_ns / 1e6);
	}
	if (now->width != 0) {
		snprintf(guest, sizeof(guest), "%ux%u", now->width, now->height);
	}
	snprintf(text, size,
		"%s fps at %.2f Hz\n"
		"%s, %s\n"
		"missed %" PRIu64 " (all: %" PRIu64 ")\n"
		"GPU %s a frame\n"
		"committed %s ahead",
		fps, (double)now->refresh_mhz / 1000, guest, now->way != NULL ? now->way : "no way",
		missed, now->missed, gpu, phase);
}
