// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pvg-replay CAPTURE: plays a capture of pvg-kiosk --record on a renderer, without a guest. One
 * line for each picture that was shown, then sums.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pvg/log.h>
#include <pvg/renderer.h>

#include "compositor/gpu.h"
#include "compositor/png-write.h"
#include "render/shader/sha256.h"
#include "replay.h"

enum {
	STATUS_DONE = 0,
	STATUS_DIFFERENT = 1, // it was played, but not as it was
	STATUS_BAD = 2,
	STATUS_NO_RENDERER = 3,
	STATUS_USAGE = 64,
};

struct show {
	const char *picture; // path, NULL: none
	bool picture_failed;
	// The newest one, for @picture.
	uint32_t *pixels; // owned
	uint32_t width, height;
};

static void keep(struct show *show, const struct pvg_image *image) {
	size_t pixels = (size_t)image->width * image->height;
	free(show->pixels);
	show->pixels = malloc(pixels * sizeof(*show->pixels));
	if (show->pixels == NULL) {
		show->picture_failed = true;
		return;
	}
	memcpy(show->pixels, image->pixels, pixels * sizeof(*show->pixels));
	show->width = image->width;
	show->height = image->height;
}

// Of R, G and B: what stands in the fourth byte is not shown.
static void hash_pixels(const struct pvg_image *image, uint8_t digest[PVG_SHA256_BYTES]) {
	uint8_t row[3 * 1024];
	struct pvg_sha256 sha;
	size_t pixels = (size_t)image->width * image->height;
	pvg_sha256_init(&sha);
	for (size_t at = 0; at < pixels;) {
		size_t some = pixels - at < 1024 ? pixels - at : 1024;
		for (size_t i = 0; i < some; i++) {
			memcpy(row + i * 3, image->pixels + (at + i) * 4, 3);
		}
		pvg_sha256_update(&sha, row, some * 3);
		at += some;
	}
	pvg_sha256_final(&sha, digest);
}

static void show_present(void *data, uint64_t number, unsigned int port,
	const struct pvg_image *image, const struct pvg_frame_info *info) {
	struct show *show = data;
	uint8_t digest[PVG_SHA256_BYTES];
	hash_pixels(image, digest);
	printf("present %" PRIu64 " port %u sequence %" PRIu64 " %" PRIu32 "x%" PRIu32 " ", number,
		port, info->sequence, image->width, image->height);
	for (size_t i = 0; i < sizeof(digest); i++) {
		printf("%02x", digest[i]);
	}
	printf("\n");
	if (show->picture != NULL) {
		keep(show, image);
	}
}

static bool write_ppm(const struct show *show) {
	FILE *file = fopen(show->picture, "wbe");
	if (file == NULL) {
		return false;
	}
	fprintf(file, "P6\n%" PRIu32 " %" PRIu32 "\n255\n", show->width, show->height);
	for (size_t i = 0; i < (size_t)show->width * show->height; i++) {
		uint32_t pixel = show->pixels[i];
		putc((int)(pixel >> 16 & 255), file);
		putc((int)(pixel >> 8 & 255), file);
		putc((int)(pixel & 255), file);
	}
	bool failed = ferror(file) != 0;
	return fclose(file) == 0 && !failed;
}

static bool ends_in(const char *text, const char *end) {
	size_t length = strlen(text), end_length = strlen(end);
	return length > end_length && strcmp(text + length - end_length, end) == 0;
}

static bool write_picture(const struct show *show) {
	bool written = !show->picture_failed && show->pixels != NULL;
	if (show->pixels == NULL) {
		errno = ENODATA;
	}
	if (written && ends_in(show->picture, ".ppm")) {
		written = write_ppm(show);
	} else if (written) {
		written = pk_png_write(show->picture, show->pixels, (int)show->width,
			(int)show->height);
	}
	if (!written) {
		fprintf(stderr, "pvg-replay: %s: %s\n", show->picture, strerror(errno));
	}
	return written;
}

static void print_sums(const struct replay_result *result) {
	printf("presents %" PRIu64 "\npackets %" PRIu64 "\nrecords %" PRIu64 "\n", result->presents,
		result->packets, result->records);
	for (unsigned int i = 0; i < PVG_REFUSALS_MAX; i++) {
		if (result->refusals[i] != 0) {
			printf("refused %s %" PRIu64 "\n", pvg_refusal_name((enum pvg_refusal)i),
				result->refusals[i]);
		}
	}
	if (result->packets_missing != 0) {
		printf("packets that did not come %" PRIu64 "\n", result->packets_missing);
	}
	if (result->reads_outside != 0) {
		printf("memory outside of the table %" PRIu64 "\n", result->reads_outside);
	}
	if (result->stopped) {
		printf("stopped\n");
	} else if (result->cut) {
		printf("cut off\n");
	}
}

static int replay(const char *path, struct pvg_renderer *renderer, uint64_t presents,
	struct show *show) {
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "pvg-replay: %s: %s\n", path, strerror(errno));
		return STATUS_BAD;
	}
	const struct replay_options options = {
		.renderer = renderer,
		.presents_max = presents,
		.data = show,
		.present = show_present,
	};
	struct replay_result result;
	const char *error = replay_run(fd, &options, &result);
	print_sums(&result);
	if (error != NULL) {
		fprintf(stderr, "pvg-replay: %s: after %" PRIu64 " chunks: %s\n", path,
			result.chunks, error);
		return STATUS_BAD;
	}
	if (show->picture != NULL && !write_picture(show)) {
		return STATUS_BAD;
	}
	return result.packets_missing != 0 || result.reads_outside != 0 ? STATUS_DIFFERENT
									: STATUS_DONE;
}

static void print_usage(FILE *file) {
	fprintf(file,
		"usage: pvg-replay [options] CAPTURE\n"
		"  --renderer gles|null|none  what draws (gles)\n"
		"  --render-node PATH         the GPU\n"
		"  --presents N               stop after N pictures\n"
		"  --picture FILE             write the last picture, .png or .ppm\n"
		"  --verbose                  say what the device says\n");
}

static bool parse_renderer(const char *text, enum pk_renderer *renderer) {
	static const struct {
		const char *name;
		enum pk_renderer renderer;
	} names[] = {
		{ "gles", PK_RENDERER_GLES },
		{ "null", PK_RENDERER_NULL },
		{ "none", PK_RENDERER_NONE },
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i].name) == 0) {
			*renderer = names[i].renderer;
			return true;
		}
	}
	return false;
}

static bool parse_count(const char *text, uint64_t *count) {
	char *end;
	errno = 0;
	*count = strtoull(text, &end, 10);
	return errno == 0 && *text >= '0' && *text <= '9' && *end == '\0' && *count > 0;
}

int main(int argc, char **argv) {
	struct pk_gpu_options gpu = { .renderer = PK_RENDERER_GLES };
	struct show show = { 0 };
	uint64_t presents = 0;
	enum pvg_log_level level = PVG_LOG_ERROR;
	static const struct option long_options[] = {
		{ "renderer", required_argument, NULL, 'r' },
		{ "render-node", required_argument, NULL, 'd' },
		{ "presents", required_argument, NULL, 'n' },
		{ "picture", required_argument, NULL, 'p' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;
	bool good = true;
	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		switch (option) {
		case 'r':
			good = good && parse_renderer(optarg, &gpu.renderer);
			break;
		case 'd':
			gpu.render_node = optarg;
			break;
		case 'n':
			good = good && parse_count(optarg, &presents);
			break;
		case 'p':
			show.picture = optarg;
			good = good && (ends_in(optarg, ".png") || ends_in(optarg, ".ppm"));
			break;
		case 'v':
			level = PVG_LOG_INFO;
			break;
		case 'h':
			print_usage(stdout);
			return STATUS_DONE;
		default:
			good = false;
		}
	}
	if (!good || optind + 1 != argc) {
		print_usage(stderr);
		return STATUS_USAGE;
	}
	pvg_log_init(level, NULL);
	bool failed;
	struct pvg_renderer *renderer = pk_gpu_create(&gpu, &failed);
	if (failed) {
		fprintf(stderr, "pvg-replay: the renderer cannot be had (--verbose says why)\n");
		return STATUS_NO_RENDERER;
	}
	int status = replay(argv[optind], renderer, presents, &show);
	if (renderer != NULL) {
		renderer->ops->destroy(renderer);
	}
	free(show.pixels);
	if (fflush(stdout) != 0) {
		status = STATUS_BAD;
	}
	return status;
}
