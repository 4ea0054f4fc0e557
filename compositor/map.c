// SPDX-License-Identifier: GPL-2.0-or-later
#include "map.h"

#include <math.h>

struct pk_rect pk_map_picture(enum pk_scale scale, int out_width, int out_height, int pic_width,
		int pic_height) {
	struct pk_rect rect = { 0, 0, out_width, out_height };
	if (out_width <= 0 || out_height <= 0 || pic_width <= 0 || pic_height <= 0) {
		return rect;
	}
	bool larger = pic_width > out_width || pic_height > out_height;
	if (scale == PK_SCALE_NONE) {
		rect.width = pic_width;
		rect.height = pic_height;
	} else if (scale == PK_SCALE_INTEGER && !larger) {
		int fx = out_width / pic_width;
		int fy = out_height / pic_height;
		int factor = fx < fy ? fx : fy;
		rect.width = pic_width * factor;
		rect.height = pic_height * factor;
	} else if ((int64_t)out_width * pic_height <= (int64_t)out_height * pic_width) {
		// As wide as the output. Rounded; never 0, never more than the output.
		int64_t height = ((int64_t)pic_height * out_width + pic_width / 2) / pic_width;
		rect.height = height < 1 ? 1 : (int)height;
	} else {
		int64_t width = ((int64_t)pic_width * out_height + pic_height / 2) / pic_height;
		rect.width = width < 1 ? 1 : (int)width;
	}
	rect.x = (out_width - rect.width) / 2;
	rect.y = (out_height - rect.height) / 2;
	return rect;
}

static int32_t axis(double position, int origin, int length) {
	if (length <= 0) {
		return 0;
	}
	double v = floor((position - origin) * 32768.0 / length);
	if (!(v > 0)) { // also a NaN
		return 0;
	}
	return v > 32767 ? 32767 : (int32_t)v;
}

void pk_map_pointer(const struct pk_rect *picture, double ox, double oy, int32_t *a, int32_t *b) {
	*a = axis(ox, picture->x, picture->width);
	*b = axis(oy, picture->y, picture->height);
}

void pk_map_to_output(const struct pk_rect *picture, int pic_width, int pic_height, int gx, int gy,
		int *ox, int *oy) {
	*ox = picture->x + (pic_width > 0 ? (int)((int64_t)gx * picture->width / pic_width) : 0);
	*oy = picture->y + (pic_height > 0 ? (int)((int64_t)gy * picture->height / pic_height) : 0);
}
