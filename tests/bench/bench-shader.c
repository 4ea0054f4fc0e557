// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Shader translation through a warm worker: every function of the libraries in a folder, in both
 * profiles, five rounds of it. Wall time is what a caller waits, from submit to the callback; CPU
 * time is the worker's own and says the same on a machine that does other things as well.
 *
 * bench-shader [--rounds N] [--slowest N] [FILE|FOLDER…]
 */
#include <dirent.h>
#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "render/shader/client.h"
#include "render/shader/mtlb.h"

#include "bench.h"

#define MAX_MODULES 4096u

struct module {
	const char *file; // owned; base name
	char entry[256];
	uint8_t *bitcode; // owned
	size_t size;
};

struct answer {
	bool done;
	enum pvg_shader_reason reason;
};

struct sample {
	double wall_ms, cpu_ms;
	const struct module *module;
};

static struct module modules[MAX_MODULES];
static size_t module_count;
static const char *worker_path;
static unsigned int rounds = 5, slowest;

static uint8_t *read_file(const char *path, size_t *size) {
	FILE *f = fopen(path, "rb");
	uint8_t *data = f != NULL ? malloc(PVG_MTLB_MAX_BYTES) : NULL;
	*size = data != NULL ? fread(data, 1, PVG_MTLB_MAX_BYTES, f) : 0;
	if (f != NULL) {
		fclose(f);
	}
	return data;
}

static void add_file(const char *path) {
	size_t size;
	uint8_t *data = read_file(path, &size);
	struct pvg_mtlb lib;
	struct pvg_shader_status status = {0};
	if (data == NULL || !pvg_mtlb_parse(&lib, data, size, &status)) {
		free(data);
		return;
	}
	const char *slash = strrchr(path, '/');
	for (size_t i = 0; i < lib.function_count && module_count < MAX_MODULES; i++) {
		const struct pvg_mtlb_function *f = &lib.functions[i];
		struct module *m = &modules[module_count++];
		m->file = strdup(slash != NULL ? slash + 1 : path);
		snprintf(m->entry, sizeof(m->entry), "%.255s", lib.bare ? "" : f->name);
		m->size = f->bitcode_size_bytes;
		m->bitcode = malloc(m->size);
		if (m->bitcode == NULL || m->file == NULL) {
			abort();
		}
		memcpy(m->bitcode, data + f->bitcode_offset_bytes, m->size);
	}
	pvg_mtlb_finish(&lib);
	free(data);
}

static int by_name(const struct dirent **a, const struct dirent **b) {
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_path(const char *path) {
	struct stat st;
	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
		add_file(path);
		return;
	}
	struct dirent **names;
	int n = scandir(path, &names, NULL, by_name);
	for (int i = 0; i < n; i++) {
		const char *dot = strrchr(names[i]->d_name, '.');
		char inner[4096];
		if (dot != NULL && (strcmp(dot, ".metallib") == 0 || strcmp(dot, ".air") == 0) &&
			snprintf(inner, sizeof(inner), "%s/%s", path, names[i]->d_name) <
				(int)sizeof(inner)) {
			add_file(inner);
		}
		free(names[i]);
	}
	if (n >= 0) {
		free(names);
	}
}

static struct pvg_shader_client *make_client(const char *folder) {
	struct pvg_shader_client_options options = {
		.worker = worker_path,
		.cache_folder = folder,
	};
	return pvg_shader_client_create(&options);
}

static void handle_done(void *data, const struct pvg_shader_status *status,
	const struct pvg_shader_result *result) {
	struct answer *answer = data;
	answer->done = true;
	answer->reason = status->reason;
	(void)result;
}

static struct pvg_shader_variant variant_of(uint32_t profile) {
	struct pvg_shader_variant v = {
		.profile = profile,
		.features = PVG_FEATURE_BUFFER_OFFSETS | PVG_FEATURE_SUBGROUPS | PVG_FEATURE_LAYER,
		.local_size = {64, 1, 1},
	};
	for (unsigned int i = 0; i < 31; i++) {
		v.threadgroup_bytes[i] = 8192;
	}
	return v;
}

static enum pvg_shader_reason translate(struct pvg_shader_client *client, const struct module *m,
	const struct pvg_shader_variant *v) {
	struct answer answer = {0};
	pvg_shader_client_submit(client, m->bitcode, m->size, m->entry[0] != '\0' ? m->entry : NULL,
		v, 0, handle_done, &answer);
	struct pollfd fd = {.fd = pvg_shader_client_fd(client), .events = POLLIN};
	while (!answer.done) {
		poll(&fd, 1, -1);
		pvg_shader_client_dispatch(client);
	}
	return answer.reason;
}

/* CPU time that process pid has used, 0 when it is gone. */
static double cpu_ms(int pid) {
	clockid_t id;
	struct timespec t;
	if (pid <= 0 || clock_getcpuclockid(pid, &id) != 0 || clock_gettime(id, &t) != 0) {
		return 0;
	}
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double rss_mib(int pid) {
	char path[64], line[256];
	unsigned long kib = 0;
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	FILE *f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "VmRSS: %lu", &kib) == 1) {
			break;
		}
	}
	if (f != NULL) {
		fclose(f);
	}
	return (double)kib / 1024;
}

static int by_wall(const void *a, const void *b) {
	double x = ((const struct sample *)a)->wall_ms, y = ((const struct sample *)b)->wall_ms;
	return x < y ? -1 : x > y;
}

static int by_cpu(const void *a, const void *b) {
	double x = ((const struct sample *)a)->cpu_ms, y = ((const struct sample *)b)->cpu_ms;
	return x < y ? -1 : x > y;
}

static void line(const char *what, const char *name, const char *suffix, double value,
	const char *unit) {
	char text[128];
	snprintf(text, sizeof(text), "shader-%s-%s%s", what, name, suffix);
	printf("{\"bench\": \"%s\", \"value\": %.3f, \"unit\": \"%s\"}\n", text, value, unit);
	fflush(stdout);
}

/* Sorts the samples. */
static void distribution(const char *what, const char *name, struct sample *s, size_t n,
	double scale, const char *unit) {
	if (n == 0) {
		return;
	}
	qsort(s, n, sizeof(*s), by_wall);
	line(what, name, "-median", s[n / 2].wall_ms * scale, unit);
	line(what, name, "-p99", s[n * 99 / 100].wall_ms * scale, unit);
	line(what, name, "-max", s[n - 1].wall_ms * scale, unit);
}

static void cpu_distribution(const char *name, struct sample *s, size_t n) {
	double total = 0;
	qsort(s, n, sizeof(*s), by_cpu);
	for (size_t i = 0; i < n; i++) {
		total += s[i].cpu_ms;
	}
	line(name, "cpu", "-median", s[n / 2].cpu_ms, "ms");
	line(name, "cpu", "-p99", s[n * 99 / 100].cpu_ms, "ms");
	line(name, "cpu", "-total", total, "ms");
	for (size_t i = 0; i < slowest && i < n; i++) {
		const struct sample *x = &s[n - 1 - i];
		fprintf(stderr, "%8.2f ms %7zu bytes %s %s\n", x->cpu_ms, x->module->size,
			x->module->file, x->module->entry);
	}
}

/* One round of everything; the client is new, so that nothing comes from its cache. */
static void bench_profile(const char *name, uint32_t profile) {
	struct pvg_shader_client *client = NULL;
	struct pvg_shader_variant v = variant_of(profile);
	struct sample *samples = calloc(module_count, sizeof(*samples));
	double rss_max = 0, rss_end = 0;
	size_t ok = 0;
	if (samples == NULL) {
		abort();
	}
	for (unsigned int round = 0; round < rounds; round++) {
		if (client == NULL && (client = make_client(NULL)) == NULL) {
			fprintf(stderr, "no worker %s\n", worker_path);
			exit(1);
		}
		// Another variant each round, in a way that changes no code: nothing is cached, and
		// the worker lives on.
		v.threadgroup_bytes[30] = 16 * round;
		if (round == 0) {
			translate(client, &modules[0], &v); // now it is warm
			v.threadgroup_bytes[30] = 1024;
		}
		ok = 0;
		for (size_t i = 0; i < module_count; i++) {
			int pid = 0;
			pvg_shader_client_pids(client, &pid, 1);
			double cpu = cpu_ms(pid);
			int64_t start = bench_now_ns();
			ok += translate(client, &modules[i], &v) == PVG_SHADER_OK;
			double wall = (double)(bench_now_ns() - start) / 1e6;
			int now = 0;
			pvg_shader_client_pids(client, &now, 1);
			double used = now == pid ? cpu_ms(pid) - cpu : 0; // or another worker's
			// The best of the rounds: the others measure the neighbours.
			struct sample *s = &samples[i];
			s->module = &modules[i];
			s->wall_ms = round == 0 || wall < s->wall_ms ? wall : s->wall_ms;
			if (used > 0 && (s->cpu_ms <= 0 || used < s->cpu_ms)) {
				s->cpu_ms = used;
			}
			rss_end = rss_mib(pid);
			rss_max = rss_end > rss_max ? rss_end : rss_max;
		}
	}
	line(name, "functions", "", (double)module_count, "functions");
	line(name, "translated", "", (double)ok, "functions");
	distribution(name, "translate", samples, module_count, 1, "ms");
	cpu_distribution(name, samples, module_count);
	line(name, "rss", "-max", rss_max, "MiB");
	line(name, "rss", "-end", rss_end, "MiB");
	// Everything of the last round is in memory.
	for (size_t i = 0; i < module_count; i++) {
		int64_t start = bench_now_ns();
		translate(client, &modules[i], &v);
		samples[i].wall_ms = (double)(bench_now_ns() - start) / 1e6;
	}
	distribution(name, "memory-hit", samples, module_count, 1e3, "us");
	free(samples);
	pvg_shader_client_destroy(client);
}

static void remove_folder(const char *folder) {
	DIR *dir = opendir(folder);
	for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
		if (e->d_name[0] != '.') {
			unlinkat(dirfd(dir), e->d_name, 0);
		}
	}
	if (dir != NULL) {
		closedir(dir);
	}
	rmdir(folder);
}

static void bench_disk(void) {
	char folder[] = "/tmp/pvg-bench-shader-XXXXXX";
	if (mkdtemp(folder) == NULL) {
		return;
	}
	struct pvg_shader_variant v = variant_of(PVG_PROFILE_GLES);
	struct sample *samples = calloc(module_count, sizeof(*samples));
	struct pvg_shader_client *client = make_client(folder);
	bool *ok = calloc(module_count, sizeof(*ok));
	if (samples == NULL || client == NULL || ok == NULL) {
		abort();
	}
	for (size_t i = 0; i < module_count; i++) {
		ok[i] = translate(client, &modules[i], &v) == PVG_SHADER_OK;
	}
	pvg_shader_client_destroy(client);
	client = make_client(folder);
	if (client == NULL) {
		abort();
	}
	size_t n = 0;
	for (size_t i = 0; i < module_count; i++) {
		int64_t start = bench_now_ns();
		if (!ok[i]) {
			continue; // refusals are not kept in files
		}
		translate(client, &modules[i], &v);
		samples[n].module = &modules[i];
		samples[n++].wall_ms = (double)(bench_now_ns() - start) / 1e6;
	}
	for (size_t i = 0; i < n && slowest > 0; i++) {
		if (samples[i].wall_ms > 1) {
			fprintf(stderr, "%8.2f ms from disk: %s %s\n", samples[i].wall_ms,
				samples[i].module->file, samples[i].module->entry);
		}
	}
	distribution("gles", "disk-hit", samples, n, 1e3, "us");
	pvg_shader_client_destroy(client);
	remove_folder(folder);
	free(samples);
	free(ok);
}

/* From nothing to the first answer, which needs no translation. */
static void bench_start(void) {
	struct sample samples[20];
	static uint8_t nonsense[4];
	struct module m = {.bitcode = nonsense, .size = sizeof(nonsense)};
	struct pvg_shader_variant v = variant_of(PVG_PROFILE_GLES);
	for (unsigned int i = 0; i < 20; i++) {
		int64_t start = bench_now_ns();
		struct pvg_shader_client *client = make_client(NULL);
		if (client == NULL) {
			fprintf(stderr, "no worker %s\n", worker_path);
			exit(1);
		}
		translate(client, &m, &v);
		samples[i].wall_ms = (double)(bench_now_ns() - start) / 1e6;
		pvg_shader_client_destroy(client);
	}
	distribution("worker", "start", samples, 20, 1, "ms");
}

int main(int argc, char **argv) {
	static const struct option options[] = {
		{"rounds", required_argument, NULL, 'r'},
		{"slowest", required_argument, NULL, 's'},
		{0},
	};
	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (c == 'r') {
			rounds = (unsigned int)strtoul(optarg, NULL, 0);
		} else if (c == 's') {
			slowest = (unsigned int)strtoul(optarg, NULL, 0);
		} else {
			return 2;
		}
	}
	worker_path = getenv("PVG_SHADERD");
	worker_path = worker_path != NULL ? worker_path : BENCH_SHADERD;
	for (int i = optind; i < argc; i++) {
		add_path(argv[i]);
	}
	if (optind == argc) {
		add_path(BENCH_METALLIBS);
		if (module_count == 0) {
			fprintf(stderr, "bench shader: no Metal libraries at hand, only our own modules\n");
			add_path(BENCH_OWN);
		}
	}
	if (module_count == 0) {
		fprintf(stderr, "bench shader: nothing to translate\n");
		return 77;
	}
	bench_start();
	bench_profile("gles", PVG_PROFILE_GLES);
	bench_profile("vulkan", PVG_PROFILE_VULKAN);
	bench_disk();
	for (size_t i = 0; i < module_count; i++) {
		free(modules[i].bitcode);
		free((void *)(uintptr_t)modules[i].file);
	}
	return 0;
}
