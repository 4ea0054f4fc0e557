// SPDX-License-Identifier: GPL-2.0-or-later
// pvg-plain SCENE FRAME OUT.ppm [WIDTHxHEIGHT]: a scene by hand, to look at.
#include <stdio.h>
#include <stdlib.h>

#include "plain.h"

int main(int argc, char **argv) {
	unsigned int width = 1280, height = 800;
	const char *error;
	if (argc < 4 || (argc > 4 && sscanf(argv[4], "%ux%u", &width, &height) != 2)) {
		fputs("usage: pvg-plain SCENE FRAME OUT.ppm [WIDTHxHEIGHT]\n", stderr);
		return 2;
	}
	struct plain *plain = plain_create(argv[1], width, height, &error);
	uint8_t *pixels = malloc((size_t)width * height * 4);
	if (plain == NULL || pixels == NULL) {
		fprintf(stderr, "pvg-plain: %s\n", plain == NULL ? error : "no memory");
		return 1;
	}
	uint64_t last = strtoull(argv[2], NULL, 10);
	for (uint64_t number = 1; number <= last; number++) {
		plain_frame(plain, number);
	}
	plain_read(plain, pixels);
	bool written = plain_write_ppm(argv[3], pixels, width, height);
	if (!written) {
		fprintf(stderr, "pvg-plain: %s cannot be written\n", argv[3]);
	}
	free(pixels);
	plain_destroy(plain);
	return written ? 0 : 1;
}
