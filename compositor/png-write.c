// SPDX-License-Identifier: GPL-2.0-or-later
#include "png-write.h"

#include <errno.h>
#include <fcntl.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void handle_warning(png_structp png, png_const_charp text) {
}

static bool encode(FILE *file, const uint32_t *pixels, int width, int height, uint8_t *row) {
	png_structp png =
		png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, handle_warning);
	png_infop info = png != NULL ? png_create_info_struct(png) : NULL;
	if (info == NULL || setjmp(png_jmpbuf(png)) != 0) {
		png_destroy_write_struct(&png, &info);
		return false;
	}
	png_init_io(png, file);
	png_set_compression_level(png, 1);
	png_set_IHDR(png, info, (png_uint_32)width, (png_uint_32)height, 8, PNG_COLOR_TYPE_RGB,
		PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_write_info(png, info);
	for (int y = 0; y < height; y++) {
		const uint32_t *from = pixels + (size_t)y * (size_t)width;
		for (int x = 0; x < width; x++) {
			row[x * 3 + 0] = (uint8_t)(from[x] >> 16);
			row[x * 3 + 1] = (uint8_t)(from[x] >> 8);
			row[x * 3 + 2] = (uint8_t)from[x];
		}
		png_write_row(png, row);
	}
	png_write_end(png, NULL);
	png_destroy_write_struct(&png, &info);
	return true;
}

// mkostemp gives 0600; a picture is as readable as any file the user makes.
static bool fchmod_readable(int fd) {
	mode_t mask = umask(0);
	umask(mask);
	return fchmod(fd, 0666 & ~mask) == 0;
}

bool pk_png_write(const char *path, const uint32_t *pixels, int width, int height) {
	char temporary[4096 + 16];
	int length = snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
	if (length < 0 || (size_t)length >= sizeof(temporary)) {
		errno = ENAMETOOLONG;
		return false;
	}
	uint8_t *row = malloc((size_t)width * 3);
	int fd = mkostemp(temporary, O_CLOEXEC);
	FILE *file = fd >= 0 ? fdopen(fd, "wb") : NULL;
	bool ok = row != NULL && file != NULL && fchmod_readable(fd) &&
		encode(file, pixels, width, height, row);
	int error = errno;
	if (file != NULL) {
		if (fclose(file) != 0) {
			error = errno;
			ok = false;
		}
	} else if (fd >= 0) {
		close(fd);
	}
	free(row);
	if (ok && rename(temporary, path) != 0) {
		error = errno;
		ok = false;
	}
	if (!ok && fd >= 0) {
		unlink(temporary);
	}
	errno = error;
	return ok;
}
