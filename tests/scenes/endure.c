// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What must not wear out, through the whole device with GLES:
 *
 *   pvg-endure churn [SECONDS]     tasks with objects of every kind come, are used, and go
 *   pvg-endure lose [TIMES]        the context is lost; the picture comes back, the guest goes on
 *   pvg-endure dead [TIMES]        no context comes back for a while: everything is still answered
 *   pvg-endure memory MIB [SCENE]  host memory for a scene at 1920 x 1080, driver included
 *   pvg-endure endless MIB         a guest that may have so much allocates without end
 *
 * Memory, descriptors and handles are counted again and again; what was in use at the least in the
 * last third of the time is no more than in the one before it. Churn prints a line now and then.
 * Exit status 77: no GLES 3.2 here.
 */
#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <pvg/log.h>

#include "machine.h"
#include "plain.h"
#include "render/renderer.h"
#include "render/shader/client.h"
#include "scene/workload.h"

#define WIDTH 256u
#define HEIGHT 128u
#define CHURN_TASK 2u
#define EXTRA_TEXTURES 12u
#define KIB 1024u
// What allocators keep of the last rounds. A leak of one texture a cycle would be far above it.
#define GROWTH_KIB (8 * KIB)
// Rings grow by slabs of 8 MiB when a loaded machine completes late, and keep them for a while.
#define RING_GROWTH_KIB (16 * KIB)
#define SAMPLES_A_RUN 90
#define LINES_A_RUN 15

static struct pvg_renderer *renderer;
static unsigned int restarts_said;

static void count_lines(enum pvg_log_level level, const char *fmt, va_list args) {
	restarts_said += strstr(fmt, "renderer restarted") != NULL;
}

static double seconds_now(void) {
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* ---- what is counted ------------------------------------------------------------------- */

struct use {
	uint64_t rss_kib, pss_kib; // without the guest's RAM
	unsigned int descriptors, dma_bufs;
	uint64_t gpu_bytes;
};

// KiB of @kind in the mapping that begins at @address; in everything when it is NULL.
static uint64_t mapped_kib(const void *address, const char *kind) {
	FILE *file = fopen("/proc/self/smaps", "r");
	char line[512];
	bool here = false;
	uint64_t sum = 0, from, to, value;
	size_t length = strlen(kind);
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " ", &from, &to) == 2) {
			uintptr_t wanted = (uintptr_t)address;
			here = address == NULL || (wanted >= from && wanted < to);
		} else if (here && strncmp(line, kind, length) == 0 &&
			sscanf(line + length, ": %" SCNu64 " kB", &value) == 1) {
			sum += value;
		}
	}
	if (file != NULL) {
		fclose(file);
	}
	return sum;
}

static void count_descriptors(struct use *use) {
	DIR *folder = opendir("/proc/self/fd");
	const struct dirent *entry;
	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		char target[256];
		ssize_t length =
			readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1);
		target[length > 0 ? length : 0] = '\0';
		use->descriptors++;
		use->dma_bufs += strstr(target, "dmabuf") != NULL;
	}
	if (folder != NULL) {
		closedir(folder);
	}
}

static struct use measure(const struct machine *machine) {
	struct pvg_counters counters = machine_counters(machine);
	malloc_trim(0); // what is free is not in use
	struct use use = {
		.rss_kib = mapped_kib(NULL, "Rss") - mapped_kib(machine->ram, "Rss"),
		.pss_kib = mapped_kib(NULL, "Pss") - mapped_kib(machine->ram, "Pss"),
		.gpu_bytes = counters.gpu.memory_bytes,
	};
	count_descriptors(&use);
	return use;
}

// The least of each.
static void take_least(struct use *least, const struct use *use) {
	if (least->rss_kib == 0) {
		*least = *use;
		return;
	}
	least->rss_kib = use->rss_kib < least->rss_kib ? use->rss_kib : least->rss_kib;
	least->pss_kib = use->pss_kib < least->pss_kib ? use->pss_kib : least->pss_kib;
	least->gpu_bytes = use->gpu_bytes < least->gpu_bytes ? use->gpu_bytes : least->gpu_bytes;
	least->descriptors =
		use->descriptors < least->descriptors ? use->descriptors : least->descriptors;
}

static bool is_flat(const struct use *before, const struct use *after, uint64_t ring_growth_kib) {
	printf("host memory %" PRIu64 " KiB, then %" PRIu64 "; descriptors %u, then %u; "
	       "counted for the GPU %" PRIu64 " KiB, then %" PRIu64 "\n",
		before->rss_kib, after->rss_kib, before->descriptors, after->descriptors,
		before->gpu_bytes / KIB, after->gpu_bytes / KIB);
	bool grown = after->gpu_bytes > before->gpu_bytes;
	uint64_t ring_kib = grown ? (after->gpu_bytes - before->gpu_bytes) / KIB : 0;
	return after->rss_kib <= before->rss_kib + GROWTH_KIB + ring_kib &&
		after->descriptors == before->descriptors && ring_kib <= ring_growth_kib;
}

static void print_use(double seconds, unsigned int cycles, const struct use *use) {
	printf("%5.0f s, %u cycles: RSS %" PRIu64 " KiB, PSS %" PRIu64 " KiB, for the GPU %" PRIu64
	       " KiB, descriptors %u, dma-bufs %u\n",
		seconds, cycles, use->rss_kib, use->pss_kib, use->gpu_bytes / KIB, use->descriptors,
		use->dma_bufs);
	fflush(stdout);
}

static struct machine *start(const char *scene, uint32_t width, uint32_t height,
	uint64_t gpu_memory_bytes) {
	const char *why;
	struct machine *machine =
		machine_create_limited(renderer, scene, width, height, gpu_memory_bytes, &why);
	if (machine == NULL) {
		printf("no machine: %s\n", why);
	}
	return machine;
}

/* ---- churn -------------------------------------------------------------------------------- */

static uint32_t roll(uint32_t below) {
	static uint64_t state = 0x9e3779b97f4a7c15;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % below;
}

static void use_textures(struct pvg_mtl *mtl, uint32_t buffer, uint32_t *refs) {
	for (uint32_t i = 0; i < EXTRA_TEXTURES; i++) {
		struct pvg_mtl_texture texture = {
			.type = 2,
			.storage = roll(2) != 0 ? MTL_MANAGED : MTL_PRIVATE,
			.usage = MTL_USAGE_READ | MTL_USAGE_TARGET,
			.format = roll(2) != 0 ? MTL_BGRA8 : MTL_RGBA8,
			.width = 16 + roll(200),
			.height = 16 + roll(200),
			.levels = (uint16_t)(1 + roll(4)),
			.element_bytes = 4,
		};
		refs[i] = pvg_mtl_texture(mtl, &texture);
	}
	pvg_mtl_segment(mtl, PVG_ENC_SEGMENT_BLIT);
	for (uint32_t i = 0; i < EXTRA_TEXTURES; i++) {
		MTL_BLIT(mtl, 0x12e, refs[i], buffer, 0, 0, 0, 16, 16, 1, 0, 64, 1024, 0, 0, 0);
	}
	pvg_mtl_wait(mtl, pvg_mtl_commit(mtl));
}

static void send(struct machine *machine, uint32_t channel, uint16_t opcode, const uint64_t *head) {
	pvg_drv_send_plain(&machine->drv, channel, &pvg_enc_packet_table, opcode, head);
}

static void delete_all(struct machine *machine, const struct pvg_mtl *mtl,
	const struct pvg_workload *workload, const uint32_t *extra) {
	for (uint32_t i = 0; i < EXTRA_TEXTURES; i++) {
		const uint64_t head[] = { mtl->task.id, extra[i] };
		send(machine, PVG_DRV_IMMEDIATE, 0x25, head);
	}
	for (uint32_t ref = workload->first_ref; ref < workload->end_ref; ref++) {
		const uint64_t resource[] = { mtl->task.id, ref };
		const uint64_t state[] = { mtl->task.id, 0x3ef, 12, ref };
		send(machine, PVG_DRV_IMMEDIATE, 0x25, resource);
		send(machine, PVG_DRV_IMMEDIATE, 0x28, state);
	}
	pvg_drv_flush(&machine->drv, PVG_DRV_IMMEDIATE);
}

// A process of the guest, from its first object to its end. Memory is given back as a kernel does.
static bool cycle(struct machine *machine, unsigned int number) {
	static struct pvg_mtl mtl;
	static struct pvg_workload workload;
	struct pvg_drv *drv = &machine->drv;
	struct pvg_enc_mem mem = *drv->mem;
	struct pvg_enc_task kernel = drv->kernel;
	uint32_t surface = drv->next_surface_id, extra[EXTRA_TEXTURES];
	if (!pvg_mtl_open(&mtl, drv, CHURN_TASK) || !pvg_workload_open(&workload, &mtl)) {
		return false;
	}
	for (unsigned int i = 0; i < PVG_WL_STREAMS; i++) {
		pvg_workload_record(&workload, (enum pvg_workload_stream)i);
		pvg_mtl_wait(&mtl, pvg_mtl_commit(&mtl));
	}
	use_textures(&mtl, workload.buffers[PVG_WL_RESULTS], extra);
	// Every second one ends as a process that is killed: nobody deletes its objects.
	if (number % 2 == 0) {
		delete_all(machine, &mtl, &workload, extra);
	}
	bool ok = pvg_drv_surface_destroy(drv, &workload.surface);
	const uint64_t task[] = { CHURN_TASK };
	send(machine, PVG_DRV_ROOT, 0x20, task);
	ok = pvg_drv_flush(drv, PVG_DRV_ROOT) && ok;
	*drv->mem = mem;
	drv->kernel = kernel;
	drv->next_surface_id = surface;
	return ok && drv->error == NULL;
}

static int churn(double seconds) {
	struct machine *machine = start("triangle", WIDTH, HEIGHT, 0);
	if (machine == NULL) {
		return 1;
	}
	double begin = seconds_now(), end = begin + seconds, sampled = begin;
	unsigned int cycles = 0, samples = 0, lines = 0;
	struct use least[3] = { 0 }; // of each third
	bool ok = true;
	// So many at least: caches of the driver are full after some.
	while (ok && (seconds_now() < end || cycles < 48)) {
		ok = cycle(machine, ++cycles) && machine_frame(machine, cycles);
		double now = seconds_now(), part = (now - begin) / seconds;
		part = part * 48 > cycles ? cycles / 48.0 : part;
		if (now - sampled < seconds / SAMPLES_A_RUN) {
			continue;
		}
		struct use use = measure(machine);
		sampled = now;
		samples++;
		take_least(&least[part < 1 / 3.0 ? 0 : part < 2 / 3.0 ? 1 : 2], &use);
		if ((now - begin) * LINES_A_RUN >= lines * seconds) {
			lines++;
			print_use(now - begin, cycles, &use);
		}
	}
	if (!ok) {
		printf("cycle %u: %s\n", cycles, machine->drv.error);
	} else {
		printf("%u cycles, %.1f a second, looked at %u times\n", cycles,
			cycles / (seconds_now() - begin), samples);
		// In a short run a slab that came late is not given back yet.
		ok = is_flat(&least[1], &least[2], seconds < 120 ? RING_GROWTH_KIB : 0);
	}
	machine_destroy(machine);
	return !ok;
}

/* ---- loss of the context ------------------------------------------------------------------ */

static int lose(unsigned int times) {
	struct machine *machine = start("triangle", WIDTH, HEIGHT, 0);
	size_t bytes = (size_t)WIDTH * HEIGHT * 4;
	uint8_t *first = malloc(bytes);
	if (machine == NULL || first == NULL || !machine_frame(machine, 1)) {
		return 1;
	}
	memcpy(first, machine->pixels, bytes);
	struct use before = { 0 };
	unsigned int wrong = 0, i = 0;
	bool ok = true;
	for (; ok && i < times; i++) {
		if (i == times / 3) {
			before = measure(machine);
		}
		// With a list on its way every second time.
		uint32_t signal = i % 2 != 0 ? machine_submit(machine, 1) : 0;
		pvg_renderer_gles_lose(renderer);
		ok = (signal == 0 || machine_wait(machine, signal)) && machine_frame(machine, 1);
		wrong += ok && memcmp(first, machine->pixels, bytes) != 0;
	}
	struct pvg_counters counters = machine_counters(machine);
	printf("%u losses: %" PRIu64 " counted, %u restarts said, %u pictures wrong\n", i,
		counters.gpu.contexts_lost, restarts_said, wrong);
	if (!ok) {
		printf("%s\n", machine->drv.error);
	}
	struct use after = measure(machine);
	ok = is_flat(&before, &after, RING_GROWTH_KIB) && ok && wrong == 0 &&
		counters.gpu.contexts_lost == times && restarts_said == times;
	free(first);
	machine_destroy(machine);
	return !ok;
}

// Whatever the guest sends while there is no renderer: no picture, and every stamp.
static bool everything(struct machine *machine, unsigned int number) {
	static struct pvg_mtl mtl;
	static struct pvg_workload workload;
	struct pvg_drv *drv = &machine->drv;
	struct pvg_enc_mem mem = *drv->mem;
	struct pvg_enc_task kernel = drv->kernel;
	uint32_t surface = drv->next_surface_id, extra[EXTRA_TEXTURES];
	if (!pvg_mtl_open(&mtl, drv, CHURN_TASK) || !pvg_workload_open(&workload, &mtl)) {
		return false;
	}
	bool ok = true;
	for (unsigned int i = 0; i < PVG_WL_STREAMS && ok; i++) {
		pvg_workload_record(&workload, (enum pvg_workload_stream)i);
		ok = pvg_mtl_wait(&mtl, pvg_mtl_commit(&mtl));
	}
	use_textures(&mtl, workload.buffers[PVG_WL_RESULTS], extra);
	static const uint16_t opcodes[] = { 0x35, 0x3e, 0x3f };
	for (uint32_t ref = workload.first_ref; ref < workload.end_ref; ref++) {
		for (size_t i = 0; i < sizeof(opcodes) / sizeof(opcodes[0]); i++) {
			const uint64_t list[] = { mtl.task.id, 1, ref };
			send(machine, PVG_DRV_IMMEDIATE, opcodes[i], list);
		}
		const uint64_t replace[] = { mtl.task.id, ref };
		send(machine, PVG_DRV_IMMEDIATE, 0x3c, replace);
	}
	ok = pvg_drv_flush(drv, PVG_DRV_IMMEDIATE) && ok;
	ok = machine_frame(machine, number) && ok;
	delete_all(machine, &mtl, &workload, extra);
	ok = pvg_drv_surface_destroy(drv, &workload.surface) && ok;
	const uint64_t task[] = { CHURN_TASK };
	send(machine, PVG_DRV_ROOT, 0x20, task);
	ok = pvg_drv_flush(drv, PVG_DRV_ROOT) && ok;
	*drv->mem = mem;
	drv->kernel = kernel;
	drv->next_surface_id = surface;
	return ok && drv->error == NULL;
}

static int dead(unsigned int times) {
	struct machine *machine = start("triangle", WIDTH, HEIGHT, 0);
	size_t bytes = (size_t)WIDTH * HEIGHT * 4;
	uint8_t *first = malloc(bytes);
	if (machine == NULL || first == NULL || !machine_frame(machine, 1)) {
		return 1;
	}
	memcpy(first, machine->pixels, bytes);
	struct use before = { 0 };
	unsigned int wrong = 0, i = 0;
	bool ok = true;
	for (; ok && i < times; i++) {
		if (i == times / 3) {
			before = measure(machine);
		}
		pvg_renderer_gles_stay_lost(renderer, true);
		uint32_t signal = i % 2 != 0 ? machine_submit(machine, 1) : 0;
		pvg_renderer_gles_lose(renderer);
		ok = (signal == 0 || machine_wait(machine, signal)) && everything(machine, i + 2) &&
			everything(machine, i + 3);
		unsigned int said = restarts_said;
		pvg_renderer_gles_stay_lost(renderer, false);
		// It is asked for again once a second.
		double end = seconds_now() + 60;
		while (ok && restarts_said == said && seconds_now() < end) {
			usleep(20000);
			ok = machine_frame(machine, 1);
		}
		ok = ok && machine_frame(machine, 1);
		wrong += ok && memcmp(first, machine->pixels, bytes) != 0;
	}
	struct pvg_counters counters = machine_counters(machine);
	printf("%u times dead: %" PRIu64 " losses counted, %u restarts said, %u pictures wrong\n",
		i, counters.gpu.contexts_lost, restarts_said, wrong);
	if (!ok) {
		printf("%s\n", machine->drv.error);
	}
	struct use after = measure(machine);
	ok = is_flat(&before, &after, RING_GROWTH_KIB) && ok && wrong == 0 &&
		counters.gpu.contexts_lost == times && restarts_said == times;
	free(first);
	machine_destroy(machine);
	return !ok;
}

/* ---- memory ------------------------------------------------------------------------------- */

static int memory(uint64_t most_mib, const char *scene) {
	struct machine *machine = start(scene, 1920, 1080, 0);
	bool ok = machine != NULL;
	for (uint64_t i = 1; ok && i <= 30; i++) {
		ok = machine_frame(machine, i);
	}
	if (!ok) {
		return 1;
	}
	struct use use = measure(machine);
	printf("%s at 1920 x 1080: %.1f MiB of host memory, %.1f MiB of it counted for the GPU\n",
		scene, (double)use.rss_kib / KIB, (double)use.gpu_bytes / KIB / KIB);
	machine_destroy(machine);
	return use.rss_kib > most_mib * KIB;
}

// Textures in heaps: no guest memory stands behind them, so a guest can name as many as it likes.
static int endless(uint64_t most_mib) {
	enum { EDGE = 1024, STEP = 4 }; // 4 MiB each
	struct machine *machine = start("triangle", WIDTH, HEIGHT, most_mib << 20);
	static struct pvg_mtl mtl;
	if (machine == NULL || !pvg_mtl_open(&mtl, &machine->drv, CHURN_TASK)) {
		return 1;
	}
	uint8_t *bytes;
	uint32_t buffer = pvg_mtl_buffer(&mtl, 4096, &bytes);
	struct use before = measure(machine);
	uint64_t named = 0, refused = 0;
	bool ok = true;
	while (ok && refused < 64 && named < 4 * most_mib) {
		const uint64_t packed = 2 | 1u << 6 | 5u << 8 | (uint64_t)MTL_RGBA8 << 16;
		uint64_t head[] = { 0, 4, packed, EDGE, EDGE, 1, 1, 1, 1, MTL_PRIVATE << 4, 0, 0,
			0 };
		uint32_t ref = pvg_mtl_object(&mtl, 8, 0x15, head);
		pvg_mtl_segment(&mtl, PVG_ENC_SEGMENT_BLIT);
		MTL_BLIT(&mtl, 0x12c, buffer, ref, 0, 256, 256, 1, 1, 1, 0, 0, 0, 0, 0, 0);
		ok = pvg_mtl_wait(&mtl, pvg_mtl_commit(&mtl));
		named += STEP;
		refused = machine_counters(machine).refusals[PVG_REFUSAL_GPU_MEMORY];
	}
	struct use after = measure(machine);
	printf("%" PRIu64 " MiB named, %" PRIu64 " refusals, host memory %" PRIu64 " MiB more\n",
		named, refused, (after.rss_kib - before.rss_kib) / KIB);
	// And what comes after it still works.
	ok = ok && machine_frame(machine, 1) && refused != 0 &&
		after.rss_kib - before.rss_kib <= (most_mib + most_mib / 4) * KIB;
	machine_destroy(machine);
	return !ok;
}

int main(int argc, char **argv) {
	char error[256];
	const char *what = argc > 1 ? argv[1] : "";
	char worker[PATH_MAX];
	bool found = pvg_shader_find_worker(worker, sizeof(worker));
	const struct pvg_gles_options options = { .shader_worker = found ? worker : NULL };
	pvg_log_init(PVG_LOG_INFO, count_lines);
	renderer = pvg_renderer_gles_create(&options, error, sizeof(error));
	if (renderer == NULL) {
		printf("SKIP: %s\n", error);
		return 77;
	}
	int result = 2;
	if (strcmp(what, "churn") == 0) {
		result = churn(argc > 2 ? strtod(argv[2], NULL) : 5);
	} else if (strcmp(what, "lose") == 0) {
		result = lose(argc > 2 ? (unsigned int)strtoul(argv[2], NULL, 10) : 12);
	} else if (strcmp(what, "dead") == 0) {
		result = dead(argc > 2 ? (unsigned int)strtoul(argv[2], NULL, 10) : 3);
	} else if (strcmp(what, "memory") == 0 && argc > 2) {
		result = memory(strtoull(argv[2], NULL, 10), argc > 3 ? argv[3] : "desktop");
	} else if (strcmp(what, "endless") == 0 && argc > 2) {
		result = endless(strtoull(argv[2], NULL, 10));
	} else {
		fputs("usage: pvg-endure churn [SECONDS] | lose [TIMES] | dead [TIMES] | "
		      "memory MIB [SCENE] | "
		      "endless MIB\n",
			stderr);
	}
	renderer->ops->destroy(renderer);
	return result;
}
