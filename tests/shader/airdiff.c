// SPDX-License-Identifier: GPL-2.0-or-later
#include "airdiff.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "render/shader/ir.h"
#include "render/shader/mtlb.h"

/*
 * pvg-airdiff: functions of libraries on the CPU and on GLES, results compared. A process for each.
 */

#define MAX_JOBS 64u

struct report { // shared with the process of a function
	enum diff_outcome outcome;
	bool finished, stage_known, has_constants;
	enum diff_stage stage;
	char text[256];
	struct diff_told told;
};

struct job {
	pid_t pid;
	struct report *report;
	enum pvg_mtlb_type type;
	struct library *library; // counted: its bytes are data
	double begun, first_begun; // seconds; of this variant, of the function
	bool late;
	uint32_t variant; // of function constants
	uint64_t offset_bytes, size_bytes; // of the bitcode
	char entry[256], first_reason[256];
};

/* A file, as long as a job works on it. */
struct library {
	uint8_t *data; // owned
	uint32_t users;
	char base[128];
};

struct counts {
	uint32_t agree, disagree, not_tried;
};

struct reason {
	char text[160];
	uint32_t count;
};

static struct job jobs[MAX_JOBS];
static uint32_t job_count = 1, list_only, every = 1, shard, seen, deadline_seconds = 200;
static const char *only;
static FILE *table; // a line of fields for each function, when asked for
static struct counts compute, draw;
static struct reason reasons[256];
static uint32_t reason_count;

static void count_reason(const char *text) {
	// Numbers differ from function to function.
	size_t n = strcspn(text, ":0123456789");
	for (uint32_t i = 0; i < reason_count; i++) {
		if (strlen(reasons[i].text) == n && memcmp(reasons[i].text, text, n) == 0) {
			reasons[i].count++;
			return;
		}
	}
	if (reason_count < 256) {
		snprintf(reasons[reason_count].text, sizeof(reasons[0].text), "%.*s", (int)n, text);
		reasons[reason_count++].count = 1;
	}
}

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void release(struct library *library) {
	if (--library->users == 0) {
		free(library->data);
		free(library);
	}
}

static void launch(struct job *job);

static void finish(struct job *job, int status) {
	job->pid = 0;
	struct report *r = job->report;
	static const char *const stages[] = { "vertex", "fragment", "kernel" };
	bool kernel = r->stage_known ? r->stage == DIFF_KERNEL : job->type == PVG_MTLB_KERNEL;
	struct counts *c = kernel ? &compute : &draw;
	if (!r->finished) {
		r->outcome = DIFF_NOT_TRIED;
		if (job->late) {
			snprintf(r->text, sizeof(r->text), "deadline");
		} else if (WIFSIGNALED(status)) {
			// A crash of the translator or of the driver: nothing that may happen.
			r->outcome = DIFF_DISAGREES;
			snprintf(r->text, sizeof(r->text), "crashed, signal %d", WTERMSIG(status));
		} else {
			snprintf(r->text, sizeof(r->text), "%s",
				r->told.why[0] != '\0' ? r->told.why : "ended without a word");
		}
	}
	if (r->outcome == DIFF_NOT_TRIED && r->has_constants && job->variant + 1 < DIFF_VARIANTS) {
		// Function constants turn off all there is, or choose what cannot be done here.
		if (job->variant == 0) {
			snprintf(job->first_reason, sizeof(job->first_reason), "%s", r->text);
		}
		job->variant++;
		launch(job);
		return;
	}
	if (r->outcome == DIFF_NOT_TRIED && job->variant > 0) {
		snprintf(r->text, sizeof(r->text), "%s", job->first_reason);
	}
	static const char *const words[] = { "agrees", "DISAGREES", "not tried" };
	if (!list_only || r->outcome == DIFF_NOT_TRIED) {
		printf("%s %s: %s: %s\n", job->library->base, job->entry, words[r->outcome],
			r->text);
	}
	if (table != NULL) {
		fprintf(table, "%s\t%s\t%s\t%s\t%.2f\t%s\n", job->library->base, job->entry,
			r->stage_known ? stages[r->stage]
				: kernel ? stages[DIFF_KERNEL]
					 : "other",
			words[r->outcome], now() - job->first_begun, r->text);
		fflush(table);
	}
	release(job->library);
	c->agree += r->outcome == DIFF_AGREES;
	c->disagree += r->outcome == DIFF_DISAGREES;
	c->not_tried += r->outcome == DIFF_NOT_TRIED;
	if (r->outcome == DIFF_NOT_TRIED) {
		count_reason(r->text);
	}
}

/* Waits until fewer than most processes run. */
static void reap(uint32_t most) {
	for (;;) {
		uint32_t running = 0;
		for (uint32_t i = 0; i < job_count; i++) {
			struct job *job = &jobs[i];
			int status = 0;
			if (job->pid == 0) {
				continue;
			}
			pid_t pid = waitpid(job->pid, &status, WNOHANG);
			if (pid == job->pid) {
				finish(job, status);
				running += job->pid != 0;
				continue;
			}
			if (now() - job->begun > deadline_seconds && !job->late) {
				job->late = true;
				kill(-job->pid, SIGKILL);
			}
			running++;
		}
		if (running < most) {
			return;
		}
		nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	}
}

static void launch(struct job *job) {
	memset(job->report, 0, sizeof(*job->report));
	job->late = false;
	job->begun = now();
	fflush(NULL);
	job->pid = fork();
	if (job->pid == 0) {
		setpgid(0, 0);
		struct report *r = job->report;
		diff.told = &r->told;
		diff.has_constants = &r->has_constants;
		diff.variant = job->variant;
		r->outcome = diff_function(job->library->data + job->offset_bytes, job->size_bytes,
			job->entry, r->text, sizeof(r->text));
		r->stage = diff.stage;
		r->stage_known = r->finished = true;
		_exit(0);
	}
	if (job->pid < 0) {
		perror("fork");
		exit(1);
	}
	setpgid(job->pid, job->pid);
}

static void start(struct library *library, const struct pvg_mtlb_function *fn) {
	reap(job_count);
	struct job *job = &jobs[0];
	while (job->pid != 0) {
		job++;
	}
	if (job->report == NULL) {
		job->report = mmap(NULL, sizeof(*job->report), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (job->report == MAP_FAILED) {
			perror("mmap");
			exit(1);
		}
	}
	job->type = fn->type;
	job->variant = 0;
	job->library = library;
	library->users++;
	job->first_begun = now();
	job->offset_bytes = fn->bitcode_offset_bytes;
	job->size_bytes = fn->bitcode_size_bytes;
	snprintf(job->entry, sizeof(job->entry), "%s", fn->name);
	launch(job);
}

static void offer(struct library *library, const struct pvg_mtlb_function *fn) {
	if ((only == NULL || strcmp(only, fn->name) == 0) && seen++ % every == shard) {
		start(library, fn);
	}
}

/* A bare module does not say what is in it. */
static void bare_module(struct library *library, struct pvg_mtlb_function *fn) {
	struct pvg_arena arena;
	struct pvg_shader_status status = { 0 };
	const char **names;
	uint32_t count = 0;
	if (!pvg_arena_init(&arena, 64u << 20)) {
		return;
	}
	if (!air_list_entries(library->data + fn->bitcode_offset_bytes, fn->bitcode_size_bytes,
		    &arena, &names, &count, &status)) {
		printf("%s: not read: %s\n", library->base,
			pvg_shader_reason_name(status.reason));
	}
	for (uint32_t i = 0; i < count; i++) {
		snprintf(fn->name, sizeof(fn->name), "%s", names[i]);
		offer(library, fn);
	}
	pvg_arena_finish(&arena);
}

static void one_file(const char *path) {
	FILE *f = fopen(path, "rb");
	struct library *library = calloc(1, sizeof(*library));
	struct pvg_mtlb lib;
	struct pvg_shader_status status = { 0 };
	if (library == NULL || (library->data = malloc(PVG_MTLB_MAX_BYTES)) == NULL) {
		perror("malloc");
		exit(1);
	}
	size_t size = f != NULL ? fread(library->data, 1, PVG_MTLB_MAX_BYTES, f) : 0;
	if (f != NULL) {
		fclose(f);
	}
	library->users = 1;
	snprintf(library->base, sizeof(library->base), "%s",
		strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path);
	if (!pvg_mtlb_parse(&lib, library->data, size, &status)) {
		printf("%s: not read: %s\n", library->base,
			pvg_shader_reason_name(status.reason));
	}
	for (size_t i = 0; i < lib.function_count; i++) {
		struct pvg_mtlb_function *fn = &lib.functions[i];
		if (lib.bare) {
			bare_module(library, fn);
		} else {
			offer(library, fn);
		}
	}
	pvg_mtlb_finish(&lib);
	release(library);
}

static int by_count(const void *a, const void *b) {
	const struct reason *x = a, *y = b;
	return x->count < y->count ? 1 : x->count > y->count ? -1 : 0;
}

static void print_counts(const char *what, const struct counts *c) {
	uint32_t all = c->agree + c->disagree + c->not_tried;
	printf("%s: %u of %u agree (%.1f %%), %u disagree, %u not tried\n", what, c->agree, all,
		all > 0 ? 100.0 * c->agree / all : 0.0, c->disagree, c->not_tried);
}

int main(int argc, char **argv) {
	uint32_t floor_compute = 0, floor_draw = 0;
	int first = 1;
	char why[128] = "";
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (; first < argc && argv[first][0] == '-'; first++) {
		const char *name = argv[first];
		uint32_t *number = strcmp(name, "--every") == 0 ? &every
			: strcmp(name, "--jobs") == 0           ? &job_count
			: strcmp(name, "--shard") == 0          ? &shard
			: strcmp(name, "--deadline") == 0       ? &deadline_seconds
			: strcmp(name, "--floor-compute") == 0  ? &floor_compute
			: strcmp(name, "--floor-draw") == 0     ? &floor_draw
								: NULL;
		if (strcmp(name, "--list") == 0) {
			list_only = 1;
		} else if (first + 1 < argc && number != NULL) {
			*number = (uint32_t)strtoul(argv[++first], NULL, 0);
		} else if (first + 1 < argc && strcmp(name, "--function") == 0) {
			only = argv[++first];
		} else if (first + 1 < argc && strcmp(name, "--table") == 0) {
			table = fopen(argv[++first], "w");
			if (table == NULL) {
				perror(argv[first]);
				return 2;
			}
		} else {
			first = argc;
		}
	}
	if (first >= argc || shard >= every || job_count == 0 || job_count > MAX_JOBS) {
		fputs("usage: pvg-airdiff [--list] [--table FILE] [--every N [--shard I]] [--jobs N]\n"
		      "                   [--deadline SECONDS] [--function NAME]\n"
		      "                   [--floor-compute N] [--floor-draw N] FILE...\n"
		      "--table writes file, function, stage, verdict, seconds and reason, by tabs.\n",
			stderr);
		return 2;
	}
	// In a child: what is set up there must not be inherited by the functions' processes.
	fflush(stdout);
	pid_t probe = fork();
	if (probe == 0) {
		bool ok = diff_gl_begin(why, sizeof(why));
		if (!ok) {
			printf("skipped: %s\n", why);
			fflush(stdout);
		}
		_exit(ok ? 0 : 77);
	}
	int status = 0;
	waitpid(probe, &status, 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		return 77;
	}
	for (int i = first; i < argc; i++) {
		one_file(argv[i]);
	}
	reap(1);
	if (table != NULL) {
		fclose(table);
	}
	qsort(reasons, reason_count, sizeof(reasons[0]), by_count);
	for (uint32_t i = 0; i < reason_count; i++) {
		printf("%6u not tried: %s\n", reasons[i].count, reasons[i].text);
	}
	print_counts("compute functions", &compute);
	print_counts("vertex and fragment functions", &draw);
	printf("%u passed, %u failed\n", compute.agree + draw.agree,
		compute.disagree + draw.disagree);
	if (compute.agree < floor_compute || draw.agree < floor_draw) {
		printf("fewer than %u and %u agree\n", floor_compute, floor_draw);
		return 1;
	}
	return compute.disagree + draw.disagree > 0 || compute.agree + draw.agree == 0;
}
