// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where the guest's picture lies on an output, and the same rectangle backwards for the pointer:
 * one pure function each, so that the two halves cannot disagree (spec 04 section 13).
 */
#ifndef COMPOSITOR_MAP_H
#define COMPOSITOR_MAP_H

#include <stdbool.h>
#include <stdint.h>

enum pk_scale {
	PK_SCALE_FIT,     // as large as fits, aspect kept, black bars
	PK_SCALE_INTEGER, // the largest whole factor that fits; a larger picture is fitted
	PK_SCALE_NONE,    // one to one, centred, cropped when larger
};

struct pk_rect {
	// output pixels; may lie partly outside the output with PK_SCALE_NONE
	int x, y, width, height;
};

struct pk_rect pk_map_picture(enum pk_scale scale, int out_width, int out_height, int pic_width,
	int pic_height);

/**
 * pk_map_pointer - an output position as 0..32767 across the picture
 *
 * Positions beside the picture clamp to its edge.
 */
void pk_map_pointer(const struct pk_rect *picture, double ox, double oy, int32_t *a, int32_t *b);

// A guest pixel's place on the output.
void pk_map_to_output(const struct pk_rect *picture, int pic_width, int pic_height, int gx, int gy,
	int *ox, int *oy);

#endif
