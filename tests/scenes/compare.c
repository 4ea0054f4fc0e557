// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A scene twice: through the whole device (registers, rings, objects, AIR, renderer, present) and
 * by hand. Frames must be the same picture.
 *
 *   pvg-compare SCENE [WIDTHxHEIGHT] [--frames N] [--tolerance N] [--ppm PREFIX]
 *
 * Exit status 77: no GLES 3.2 here, another driver than PVG_TEST_DRIVER, or a library of the scene
 * is not in PVG_METALLIB_DIR.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pvg/log.h>

#include "machine.h"
#include "plain.h"
#include "render/renderer.h"
#include "render/shader/client.h"
#include "sim/libraries.h"
#include "tests/render/driver.h"

struct options {
	const char *scene;
	uint32_t width, height;
	uint32_t frames;
	int tolerance;
	const char *ppm;
};

static void log_line(enum pvg_log_level level, const char *fmt, va_list args) {
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

static void write_ppm(const char *prefix, const char *which, const uint8_t *xrgb, uint32_t width,
	uint32_t height) {
	char path[512];
	snprintf(path, sizeof(path), "%s-%s.ppm", prefix, which);
	plain_write_ppm(path, xrgb, width, height);
}

// Frames that are looked at: the first, and others as far apart as 1 3 7 15 …
static uint64_t frame_number(uint32_t index) {
	return (UINT64_C(2) << index) - 1;
}

static bool run_device(const struct options *options, uint8_t **pictures) {
	char error[256];
	const char *why;
	char worker[PATH_MAX];
	bool found = pvg_shader_find_worker(worker, sizeof(worker));
	const struct pvg_gles_options gles = { .shader_worker = found ? worker : NULL };
	struct pvg_renderer *renderer = pvg_renderer_gles_create(&gles, error, sizeof(error));
	if (renderer == NULL) {
		printf("skipped: %s\n", error);
		exit(77);
	}
	if (driver_is_other(renderer->caps.name)) {
		renderer->ops->destroy(renderer);
		exit(77);
	}
	const struct pvg_gs_scene *scene = pvg_gs_scene_find(options->scene);
	if (scene != NULL && !sim_libraries_load(scene, error, sizeof(error))) {
		printf("SKIP: %s\n", error);
		renderer->ops->destroy(renderer);
		exit(77);
	}
	struct machine *machine =
		machine_create(renderer, options->scene, options->width, options->height, &why);
	bool ok = machine != NULL;
	if (!ok) {
		fprintf(stderr, "%s\n", why);
	}
	size_t bytes = (size_t)options->width * options->height * 4;
	uint64_t number = 1;
	for (uint32_t i = 0; ok && i < options->frames; i++) {
		// What lies between is drawn too: a picture may depend on the one before.
		for (; ok && number <= frame_number(i); number++) {
			ok = machine_frame(machine, number);
		}
		pictures[i] = malloc(bytes);
		if (ok && pictures[i] != NULL) {
			memcpy(pictures[i], machine->pixels, bytes);
		}
	}
	if (machine != NULL) {
		if (!ok) {
			fprintf(stderr, "%s\n", machine->drv.error);
		}
		struct pvg_counters counters = machine_counters(machine);
		for (int i = 0; i < PVG_REFUSALS_MAX; i++) {
			if (counters.refusals[i] != 0) {
				fprintf(stderr, "refused: %s %llu\n",
					pvg_refusal_name((enum pvg_refusal)i),
					(unsigned long long)counters.refusals[i]);
				ok = false;
			}
		}
	}
	machine_destroy(machine);
	renderer->ops->destroy(renderer);
	return ok;
}

static bool same(const struct options *options, const uint8_t *device, const uint8_t *plain,
	uint64_t number) {
	size_t different = 0, first = 0;
	int worst = 0;
	for (size_t i = 0; i < (size_t)options->width * options->height; i++) {
		int here = 0;
		for (size_t c = 0; c < 3; c++) { // X is nobody's
			int distance = abs(device[4 * i + c] - plain[4 * i + c]);
			here = distance > here ? distance : here;
		}
		first = here > options->tolerance && different == 0 ? i : first;
		different += here > options->tolerance;
		worst = here > worst ? here : worst;
	}
	printf("%s frame %llu: %zu of %zu pixels differ by more than %d, worst %d\n",
		options->scene, (unsigned long long)number, different,
		(size_t)options->width * options->height, options->tolerance, worst);
	if (different != 0) {
		const uint8_t *d = device + 4 * first, *p = plain + 4 * first;
		printf("  first at %zu,%zu: %02x%02x%02x, by hand %02x%02x%02x\n",
			first % options->width, first / options->width, d[2], d[1], d[0], p[2],
			p[1], p[0]);
	}
	return different == 0;
}

static bool parse(int argc, char **argv, struct options *options) {
	*options = (struct options){ .width = 640, .height = 400, .frames = 3 };
	for (int i = 1; i < argc; i++) {
		unsigned int width, height;
		if (strcmp(argv[i], "--frames") == 0 && i + 1 < argc) {
			options->frames = (uint32_t)strtoul(argv[++i], NULL, 10);
		} else if (strcmp(argv[i], "--tolerance") == 0 && i + 1 < argc) {
			options->tolerance = (int)strtol(argv[++i], NULL, 10);
		} else if (strcmp(argv[i], "--ppm") == 0 && i + 1 < argc) {
			options->ppm = argv[++i];
		} else if (sscanf(argv[i], "%ux%u", &width, &height) == 2) {
			options->width = width;
			options->height = height;
		} else if (options->scene == NULL && argv[i][0] != '-') {
			options->scene = argv[i];
		} else {
			return false;
		}
	}
	return options->scene != NULL && options->frames >= 1 && options->frames <= 16 &&
		options->width >= 256 && options->width <= 4096 && options->height >= 128 &&
		options->height <= 4096;
}

int main(int argc, char **argv) {
	struct options options;
	if (!parse(argc, argv, &options)) {
		fputs("usage: pvg-compare SCENE [WIDTHxHEIGHT] [--frames N] [--tolerance N] "
		      "[--ppm PREFIX]\n",
			stderr);
		return 2;
	}
	pvg_log_init(PVG_LOG_INFO, log_line);
	uint8_t *pictures[16] = { NULL };
	bool ok = run_device(&options, pictures);
	const char *error;
	const struct pvg_gs_scene *scene = pvg_gs_scene_find(options.scene);
	const char *picture =
		scene != NULL && scene->plain != NULL ? scene->plain : options.scene;
	struct plain *plain = plain_create(picture, options.width, options.height, &error);
	uint8_t *by_hand = malloc((size_t)options.width * options.height * 4);
	if (plain == NULL || by_hand == NULL) {
		printf("by hand: %s\n", plain == NULL ? error : "no memory");
		return 1;
	}
	uint64_t number = 1;
	for (uint32_t i = 0; ok && i < options.frames; i++) {
		for (; number <= frame_number(i); number++) {
			plain_frame(plain, number);
		}
		plain_read(plain, by_hand);
		if (options.ppm != NULL) {
			write_ppm(options.ppm, "device", pictures[i], options.width,
				options.height);
			write_ppm(options.ppm, "plain", by_hand, options.width, options.height);
		}
		ok = same(&options, pictures[i], by_hand, frame_number(i)) && ok;
	}
	for (size_t i = 0; i < 16; i++) {
		free(pictures[i]);
	}
	free(by_hand);
	plain_destroy(plain);
	return ok ? 0 : 1;
}
