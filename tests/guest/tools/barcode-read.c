// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * barcode-read: what a screenshot of a test guest shows. Reads PNG and PPM, also from standard
 * input ("-"), and prints one line of JSON for each file. The picture may have been scaled.
 *
 * Exit status: 0 when a frame number was found in every file, 1 when not, 2 for a file that cannot
 * be read.
 */
#include <errno.h>
#include <inttypes.h>
#include <png.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../scene/barcode.h"

#define TOLERANCE 40 // of a colour channel: scaling and rounding
#define MAX_STRIPS 64
#define MAX_EDGE 16384u

struct picture {
	uint32_t width, height;
	uint8_t *rgb; // owned, three bytes a pixel
};

struct strip {
	bool is_mode;
	uint64_t value;
	uint32_t first_row, rows;
};

static bool is_colour(const uint8_t *pixel, uint32_t colour) {
	for (unsigned int i = 0; i < 3; i++) {
		int want = colour >> (16 - 8 * i) & 0xff;
		if (abs(pixel[i] - want) > TOLERANCE) {
			return false;
		}
	}
	return true;
}

static const uint8_t *pixel_at(const struct picture *picture, uint32_t x, uint32_t y) {
	return picture->rgb + ((size_t)y * picture->width + x) * 3;
}

// First x from @from on whose pixel is (or is not) of a colour; the width when there is none.
static uint32_t scan(const struct picture *picture, uint32_t from, uint32_t y, uint32_t colour,
	bool wanted) {
	uint32_t x = from;
	while (x < picture->width && is_colour(pixel_at(picture, x, y), colour) != wanted) {
		x++;
	}
	return x;
}

static bool read_bits(const struct picture *picture, uint32_t start, uint32_t end, uint32_t y,
	uint64_t *value) {
	double cell = (double)(end - start) / PVG_BARCODE_CELLS;
	uint32_t checksum = 0;
	*value = 0;
	for (unsigned int i = 0; i < PVG_BARCODE_BITS; i++) {
		double centre = start + (PVG_BARCODE_MARKER_CELLS + i + 0.5) * cell;
		const uint8_t *pixel = pixel_at(picture, (uint32_t)centre, y);
		bool one = is_colour(pixel, PVG_BARCODE_ONE);
		if (!one && !is_colour(pixel, PVG_BARCODE_ZERO)) {
			return false;
		}
		if (i < 64) {
			*value = *value << 1 | one;
		} else {
			checksum = checksum << 1 | one;
		}
	}
	return checksum == pvg_barcode_checksum(*value);
}

// One row: a start marker, bits, an end marker.
static bool read_row(const struct picture *picture, uint32_t y, struct strip *strip) {
	static const uint32_t starts[] = { PVG_BARCODE_FRAME_START, PVG_BARCODE_MODE_START };
	for (unsigned int i = 0; i < 2; i++) {
		uint32_t start = scan(picture, 0, y, starts[i], true);
		if (start == picture->width) {
			continue;
		}
		uint32_t green = scan(picture, start, y, PVG_BARCODE_END, true);
		uint32_t end = scan(picture, green, y, PVG_BARCODE_END, false);
		if (green < picture->width && end - start >= PVG_BARCODE_CELLS &&
			read_bits(picture, start, end, y, &strip->value)) {
			strip->is_mode = i == 1;
			return true;
		}
	}
	return false;
}

static unsigned int find_strips(const struct picture *picture, struct strip *strips) {
	unsigned int count = 0;
	for (uint32_t y = 0; y < picture->height; y++) {
		struct strip row = { .first_row = y, .rows = 1 };
		if (!read_row(picture, y, &row)) {
			continue;
		}
		struct strip *last = count > 0 ? &strips[count - 1] : NULL;
		if (last != NULL && last->first_row + last->rows == y && last->value == row.value &&
			last->is_mode == row.is_mode) {
			last->rows++;
		} else if (count < MAX_STRIPS) {
			strips[count++] = row;
		}
	}
	return count;
}

struct box {
	uint32_t left, top, right, bottom; // right and bottom are outside
};

static bool find_cursor(const struct picture *picture, struct box *box) {
	*box = (struct box){ picture->width, picture->height, 0, 0 };
	for (uint32_t y = 0; y < picture->height; y++) {
		for (uint32_t x = 0; x < picture->width; x++) {
			if (!is_colour(pixel_at(picture, x, y), PVG_CURSOR_YELLOW)) {
				continue;
			}
			box->left = x < box->left ? x : box->left;
			box->right = x + 1 > box->right ? x + 1 : box->right;
			box->top = y < box->top ? y : box->top;
			box->bottom = y + 1 > box->bottom ? y + 1 : box->bottom;
		}
	}
	if (box->right <= box->left || box->bottom <= box->top) {
		return false;
	}
	return is_colour(pixel_at(picture, (box->left + box->right) / 2,
				 (box->top + box->bottom) / 2),
		PVG_CURSOR_BLUE);
}

static bool report(const char *name, const struct picture *picture) {
	struct strip strips[MAX_STRIPS];
	unsigned int count = find_strips(picture, strips);
	const struct strip *frame = NULL, *mode = NULL;
	bool torn = false;
	for (unsigned int i = 0; i < count; i++) {
		if (strips[i].is_mode) {
			mode = &strips[i];
		} else if (frame == NULL) {
			frame = &strips[i];
		} else if (frame->value != strips[i].value) {
			torn = true;
		}
	}
	printf("{\"file\":\"%s\",\"width\":%u,\"height\":%u,\"strips\":%u,\"frame\":", name,
		picture->width, picture->height, count);
	if (frame != NULL) {
		printf("%" PRIu64 ",\"torn\":%s", frame->value, torn ? "true" : "false");
	} else {
		printf("null,\"torn\":false");
	}
	if (mode != NULL) {
		printf(",\"mode\":{\"width\":%u,\"height\":%u,\"refresh_mhz\":%u,\"port\":%u}",
			(unsigned int)(mode->value >> 48),
			(unsigned int)(mode->value >> 32 & 0xffff),
			(unsigned int)(mode->value >> 8 & 0xffffff),
			(unsigned int)(mode->value & 0xff));
	} else {
		printf(",\"mode\":null");
	}
	struct box box;
	if (find_cursor(picture, &box)) {
		uint32_t width = box.right - box.left, height = box.bottom - box.top;
		printf(",\"cursor\":{\"x\":%u,\"y\":%u,\"width\":%u,\"height\":%u}}\n",
			box.left + PVG_CURSOR_HOT * width / PVG_CURSOR_EDGE,
			box.top + PVG_CURSOR_HOT * height / PVG_CURSOR_EDGE, width, height);
	} else {
		printf(",\"cursor\":null}\n");
	}
	return frame != NULL;
}

static uint8_t *read_all(FILE *file, size_t *size) {
	size_t room = 1 << 20;
	uint8_t *bytes = malloc(room);
	*size = 0;
	while (bytes != NULL) {
		size_t got = fread(bytes + *size, 1, room - *size, file);
		if (got == 0) {
			return bytes;
		}
		*size += got;
		if (*size == room) {
			room *= 2;
			uint8_t *more = realloc(bytes, room);
			if (more == NULL) {
				free(bytes);
			}
			bytes = more;
		}
	}
	return NULL;
}

// "P6 width height 255" and one white space, then three bytes a pixel.
static bool load_ppm(const uint8_t *bytes, size_t size, struct picture *picture) {
	char head[64] = "";
	size_t head_size = size < sizeof(head) - 1 ? size : sizeof(head) - 1;
	int used = 0;
	memcpy(head, bytes, head_size);
	if (sscanf(head, "P6 %u %u 255%n", &picture->width, &picture->height, &used) != 2 ||
		used == 0 || picture->width == 0 || picture->width > MAX_EDGE ||
		picture->height == 0 || picture->height > MAX_EDGE) {
		return false;
	}
	size_t need = (size_t)picture->width * picture->height * 3;
	if (size < (size_t)used + 1 + need) {
		return false;
	}
	picture->rgb = malloc(need);
	if (picture->rgb != NULL) {
		memcpy(picture->rgb, bytes + used + 1, need);
	}
	return picture->rgb != NULL;
}

static bool load_png(const uint8_t *bytes, size_t size, struct picture *picture) {
	png_image image = { .version = PNG_IMAGE_VERSION };
	if (png_image_begin_read_from_memory(&image, bytes, size) == 0) {
		return false;
	}
	image.format = PNG_FORMAT_RGB;
	picture->width = image.width;
	picture->height = image.height;
	picture->rgb = image.width <= MAX_EDGE && image.height <= MAX_EDGE
		? malloc((size_t)image.width * image.height * 3)
		: NULL;
	if (picture->rgb == NULL ||
		png_image_finish_read(&image, NULL, picture->rgb, 0, NULL) == 0) {
		png_image_free(&image);
		return false;
	}
	return true;
}

static int read_file(const char *name) {
	FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "rb");
	if (file == NULL) {
		fprintf(stderr, "barcode-read: %s: %s\n", name, strerror(errno));
		return 2;
	}
	size_t size;
	uint8_t *bytes = read_all(file, &size);
	if (file != stdin) {
		fclose(file);
	}
	struct picture picture = { 0 };
	bool loaded = bytes != NULL && size > 8 &&
		(bytes[0] == 'P' ? load_ppm(bytes, size, &picture)
				 : load_png(bytes, size, &picture));
	int code = 2;
	if (loaded) {
		code = report(name, &picture) ? 0 : 1;
	} else {
		fprintf(stderr, "barcode-read: %s: neither a PNG nor a PPM that can be read\n",
			name);
	}
	free(picture.rgb);
	free(bytes);
	return code;
}

int main(int argc, char **argv) {
	int code = 0;
	if (argc < 2) {
		fputs("usage: barcode-read FILE...\n", stderr);
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		int one = read_file(argv[i]);
		code = one > code ? one : code;
	}
	return code;
}
