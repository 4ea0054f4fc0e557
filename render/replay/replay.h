// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A capture (docs/capture-format.md) played back into a device: memory is filled as the capture
 * says, registers and doorbells are written, and each packet is taken when it was taken then. The
 * clock is the capture's. The file is not trusted.
 */
#ifndef TOOLS_REPLAY_H
#define TOOLS_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include <pvg/capture.h>
#include <pvg/counters.h>
#include <pvg/display.h>

struct pvg_tap;
struct pvg_renderer;

struct replay_options {
	struct pvg_renderer *renderer; // borrowed, NULL: none
	uint64_t presents_max;         // stop after so many, 0: play everything
	const struct pvg_tap *watch;   // borrowed, NULL: none; its may_* are not asked
	void *data;		    // of the functions below, each may be NULL
	// Before the chunk has an effect.
	void (*chunk)(void *data, const struct pvg_capture_chunk *chunk);
	// @image: XRGB8888, borrowed for the call. @number: presents of the replay, from 1.
	void (*present)(void *data, uint64_t number, unsigned int port,
		const struct pvg_image *image, const struct pvg_frame_info *info);
};

struct replay_result {
	uint64_t chunks, presents, packets;
	uint64_t packets_missing; // were taken then and did not come now
	uint64_t reads_outside;   // of memory that the capture's own table does not have
	bool cut;                 // the file ends without its trailer
	bool stopped;             // at presents_max
	// Sums over all connections.
	uint64_t records, refusals[PVG_REFUSALS_MAX];
};

/**
 * replay_run - play the capture in @fd, which is taken over
 *
 * NULL: @result is filled. Otherwise what was wrong, static, and @result says how far it came.
 */
const char *replay_run(int fd, const struct replay_options *options, struct replay_result *result);

#endif
