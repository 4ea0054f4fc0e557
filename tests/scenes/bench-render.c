// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the device costs: frames of a scene through registers, rings, decoding and the renderer,
 * against the same frames by hand, in turns. The guest's own work (recording) is not counted, nor
 * is anything presented. Two threads because each has a context of its own; only one runs.
 *
 *   bench-render [SCENE [WIDTHxHEIGHT [FRAMES]]]
 *
 * Beside wall time the processor's time of all threads is compared (cpu_ratio): it says more on a
 * machine that does other things too. Where a core is two threads, somebody else's work beside a
 * turn halves its speed without a sign of it in any clock: adds_per_ns is what the turn's core did
 * right before and after it, the lower of the two.
 */
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <pvg/log.h>

#include "machine.h"
#include "plain.h"
#include "render/renderer.h"
#include "render/shader/client.h"

#define PAIRS 5
#define WARM_UP 30u
#define IN_FLIGHT 3u

struct by_hand {
	const char *scene;
	uint32_t width, height;
	sem_t go, done;
	uint32_t frames; // of the turn; 0: end
	double seconds, cpu, thread_cpu; // cpu: of all threads of the process
	const char *error;
	uint64_t number;
};

static double read_clock(clockid_t clock) {
	struct timespec ts;
	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double now(void) {
	return read_clock(CLOCK_MONOTONIC);
}

static double thread_cpu(void) {
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

static double process_cpu(void) {
	return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

// Additions in four chains, as many as a core can do beside each other.
static double adds_per_ns(void) {
	uint64_t a = 1, b = 2, c = 3, d = 4;
	const unsigned int rounds = 1000000;
	double start = now();
	for (unsigned int i = 0; i < rounds; i++) {
		a += i, b += i, c += i, d += i;
		__asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
		a += i, b += i, c += i, d += i;
		__asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
	}
	return rounds * 8 / (now() - start) / 1e9;
}

static void *run_by_hand(void *data) {
	struct by_hand *hand = data;
	struct plain *plain = plain_create(hand->scene, hand->width, hand->height, &hand->error);
	sem_post(&hand->done);
	while (plain != NULL) {
		while (sem_wait(&hand->go) != 0) {
		}
		if (hand->frames == 0) {
			break;
		}
		double start = now(), cpu_start = process_cpu(), thread_start = thread_cpu();
		for (uint32_t i = 0; i < hand->frames; i++) {
			plain_frame(plain, ++hand->number);
		}
		plain_finish(plain);
		hand->seconds = now() - start;
		hand->cpu = process_cpu() - cpu_start;
		hand->thread_cpu = thread_cpu() - thread_start;
		sem_post(&hand->done);
	}
	plain_destroy(plain);
	return NULL;
}

static double turn_by_hand(struct by_hand *hand, uint32_t frames) {
	hand->frames = frames;
	sem_post(&hand->go);
	while (sem_wait(&hand->done) != 0) {
	}
	return hand->seconds;
}

struct device_turn {
	double seconds; // of the device and what it waits for
	double thread_cpu; // of this thread in it
	double cpu; // of all threads, without the guest's recording
};

static struct device_turn turn_device(struct machine *machine, uint64_t *number, uint32_t frames) {
	uint32_t signals[IN_FLIGHT] = { 0 };
	struct device_turn turn = { 0 };
	double process_start = process_cpu(), recording = 0;
	for (uint32_t i = 0; i < frames + IN_FLIGHT; i++) {
		uint32_t *signal = &signals[i % IN_FLIGHT];
		double start = now(), cpu_start = thread_cpu();
		if (*signal != 0 && !machine_wait(machine, *signal)) {
			fprintf(stderr, "%s\n", machine->drv.error);
			exit(1);
		}
		turn.seconds += now() - start;
		double cpu_end = thread_cpu();
		turn.thread_cpu += cpu_end - cpu_start;
		*signal = i < frames ? machine_submit(machine, ++*number) : 0;
		recording += thread_cpu() - cpu_end;
	}
	turn.cpu = process_cpu() - process_start - recording;
	return turn;
}

static int by_value(const void *a, const void *b) {
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static double median(double *values) {
	qsort(values, PAIRS, sizeof(*values), by_value);
	return values[PAIRS / 2];
}

static void quiet(enum pvg_log_level level, const char *fmt, va_list args) {
}

// Draw records so far, of all kinds.
static uint64_t count_draws(const struct machine *machine) {
	struct pvg_record_counter records[256];
	size_t found = pvg_device_list_records(machine->device, records, 256);
	uint64_t draws = 0;
	for (size_t i = 0; i < found && i < 256; i++) {
		bool draw = strncmp(records[i].name, "draw", 4) == 0;
		draws += draw ? records[i].seen - records[i].refused : 0;
	}
	return draws;
}

static int bench(struct pvg_renderer *renderer, const char *scene, uint32_t width, uint32_t height,
	uint32_t frames) {
	const char *error;
	struct machine *machine = machine_create(renderer, scene, width, height, &error);
	if (machine == NULL) {
		fprintf(stderr, "bench-render: %s: %s\n", scene, error);
		return 1;
	}
	struct by_hand hand = { .scene = scene, .width = width, .height = height };
	pthread_t thread;
	sem_init(&hand.go, 0, 0);
	sem_init(&hand.done, 0, 0);
	pthread_create(&thread, NULL, run_by_hand, &hand);
	while (sem_wait(&hand.done) != 0) {
	}
	if (hand.error != NULL && hand.number == 0 && strcmp(hand.error, "no memory") != 0) {
		fprintf(stderr, "bench-render: by hand: %s\n", hand.error);
		return 1;
	}
	uint64_t number = 0;
	double ratios[PAIRS], device_ms[PAIRS], plain_ms[PAIRS], cpu_ms[PAIRS], cpu_ratios[PAIRS];
	double plain_cpu_ms[PAIRS], speeds[PAIRS];
	turn_device(machine, &number, WARM_UP);
	turn_by_hand(&hand, WARM_UP);
	struct pvg_counters before = machine_counters(machine);
	uint64_t draws_before = count_draws(machine);
	for (int i = 0; i < PAIRS; i++) {
		double speed_before = adds_per_ns();
		struct device_turn turn = turn_device(machine, &number, frames);
		double speed_after = adds_per_ns();
		speeds[i] = speed_before < speed_after ? speed_before : speed_after;
		device_ms[i] = turn.seconds * 1e3 / frames;
		plain_ms[i] = turn_by_hand(&hand, frames) * 1e3 / frames;
		cpu_ms[i] = turn.thread_cpu * 1e3 / frames;
		plain_cpu_ms[i] = hand.thread_cpu * 1e3 / frames;
		ratios[i] = device_ms[i] / plain_ms[i];
		cpu_ratios[i] = turn.cpu / hand.cpu;
	}
	struct pvg_counters after = machine_counters(machine);
	double draws = (double)(count_draws(machine) - draws_before) / (PAIRS * (double)frames);
	if (draws < 1) {
		fprintf(stderr, "bench-render: %s: nothing was drawn\n", scene);
		return 1;
	}
	double uploaded = (double)(after.gpu.bytes_uploaded - before.gpu.bytes_uploaded) /
		(PAIRS * (double)frames);
	printf("{\"bench\": \"render-%s\", \"value\": %.3f, \"unit\": \"ms/frame\", \"ratio\": %.3f, "
	       "\"cpu_ratio\": %.3f, \"plain_ms\": %.3f, \"size\": \"%ux%u\", \"draws\": %.0f, "
	       "\"cpu_us_per_draw\": %.2f, \"plain_cpu_us_per_draw\": %.2f, \"adds_per_ns\": %.1f, "
	       "\"uploaded_bytes\": %.0f, \"renderer\": \"%s\"}\n",
		scene, median(device_ms), median(ratios), median(cpu_ratios), median(plain_ms),
		width, height, draws, median(cpu_ms) * 1e3 / draws,
		median(plain_cpu_ms) * 1e3 / draws, median(speeds), uploaded, renderer->caps.name);
	fflush(stdout);
	turn_by_hand(&hand, 1);
	hand.frames = 0;
	sem_post(&hand.go);
	pthread_join(thread, NULL);
	machine_destroy(machine);
	return 0;
}

int main(int argc, char **argv) {
	char error[256];
	char worker[PATH_MAX];
	bool found = pvg_shader_find_worker(worker, sizeof(worker));
	const struct pvg_gles_options options = { .shader_worker = found ? worker : NULL,
		.drm_node = getenv("PVG_RENDER_NODE") };
	pvg_log_init(PVG_LOG_ERROR, quiet);
	struct pvg_renderer *renderer = pvg_renderer_gles_create(&options, error, sizeof(error));
	if (renderer == NULL) {
		fprintf(stderr, "bench-render: skipped: %s\n", error);
		return 77;
	}
	int result = 0;
	if (argc > 1) {
		unsigned int width = 1280, height = 800;
		if (argc > 2 && sscanf(argv[2], "%ux%u", &width, &height) != 2) {
			return 2;
		}
		unsigned long frames = argc > 3 ? strtoul(argv[3], NULL, 10) : 60;
		if (frames < 1 || frames > 100000) {
			return 2;
		}
		result = bench(renderer, argv[1], width, height, (uint32_t)frames);
	} else {
		static const char *const scenes[] = { "desktop", "maps" };
		for (size_t i = 0; i < 2; i++) {
			// The small one has next to no pixels: fill cannot hide the cost.
			result |= bench(renderer, scenes[i], 1280, 800, 40);
			result |= bench(renderer, scenes[i], 256, 256, 100);
		}
	}
	renderer->ops->destroy(renderer);
	return result;
}
