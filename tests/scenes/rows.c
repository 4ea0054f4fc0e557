// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every validation row against the whole device: refused under its name, counted, acknowledged,
 * and the next good frame is right.
 *
 *   pvg-rows               the rows
 *   pvg-rows sweep [STEP]  every record with everything wrong, every so many of the ways
 *
 * Exit status 77: no GLES 3.2 here.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pvg/log.h>

#include "machine.h"
#include "render/renderer.h"
#include "render/shader/client.h"
#include "scene/hostile-rows.h"
#include "scene/hostile-sweep.h"

#define TASK 2u // the scene that comes with the machine has 1

static char last[512]; // what the device said

static void keep_line(enum pvg_log_level level, const char *fmt, va_list args) {
	vsnprintf(last, sizeof(last), fmt, args);
}

static uint64_t count_of(const struct pvg_counters *counters, const char *name) {
	for (int i = 0; i < PVG_REFUSALS_MAX; i++) {
		if (strcmp(pvg_refusal_name((enum pvg_refusal)i), name) == 0) {
			return counters->refusals[i];
		}
	}
	fprintf(stderr, "no refusal is called %s\n", name);
	exit(1);
}

static void print_risen(const struct pvg_counters *before, const struct pvg_counters *after) {
	for (int i = 0; i < PVG_REFUSALS_MAX; i++) {
		if (after->refusals[i] != before->refusals[i]) {
			printf("    counted: %s %llu\n", pvg_refusal_name((enum pvg_refusal)i),
				(unsigned long long)(after->refusals[i] - before->refusals[i]));
		}
	}
}

static bool run_row(struct machine *machine, struct pvg_workload *workload,
	const struct pvg_hostile_row *row) {
	struct pvg_counters before = machine_counters(machine);
	bool shown = false;
	last[0] = '\0';
	if (!pvg_hostile_row_run(workload, row) || !pvg_hostile_good_frame(workload, &shown)) {
		printf("not ok: %s: %s\n", row->name, machine->drv.error);
		return false;
	}
	struct pvg_counters after = machine_counters(machine);
	bool counted = row->refusal == NULL ||
		count_of(&after, row->refusal) > count_of(&before, row->refusal);
	if (!counted || !shown) {
		printf("not ok: %s: %s%s; last said: %s\n", row->name,
			counted ? "next frame is wrong" : "not counted as ",
			counted ? "" : row->refusal, last);
		print_risen(&before, &after);
		return false;
	}
	return true;
}

static uint64_t all_refusals(const struct machine *machine) {
	struct pvg_counters counters = machine_counters(machine);
	uint64_t sum = 0;
	for (int i = 0; i < PVG_REFUSALS_MAX; i++) {
		sum += counters.refusals[i];
	}
	return sum;
}

// Every record with everything wrong; what is cut short is counted, and good frames are good.
static unsigned int run_sweep(struct machine *machine, struct pvg_workload *workload,
	uint32_t step) {
	struct pvg_hostile_sweep sweep = { .workload = workload, .step = step };
	const struct pvg_enc_record *record;
	unsigned int bad = 0, records = 0;
	while ((record = pvg_hostile_sweep_next(&sweep)) != NULL) {
		uint32_t index = sweep.record, variation = sweep.variation;
		uint64_t before = all_refusals(machine);
		last[0] = '\0';
		if (!pvg_hostile_sweep_run(&sweep)) {
			printf("not ok: %s %s %u: %s; last said: %s\n",
				pvg_enc_space_name(record->space), record->name, variation,
				machine->drv.error, last);
			return bad + 1;
		}
		if (sweep.cut && all_refusals(machine) == before) {
			printf("not ok: %s %s, cut at %u: not counted\n",
				pvg_enc_space_name(record->space), record->name, variation - 1);
			bad++;
		}
		bool shown = true;
		if (sweep.record != index) {
			records++;
			if (!pvg_hostile_good_frame(workload, &shown) || !shown) {
				printf("not ok: the frame after %s %s\n",
					pvg_enc_space_name(record->space), record->name);
				bad++;
			}
		}
	}
	printf("%llu variations of %u records, %u not ok\n", (unsigned long long)sweep.done,
		records, bad);
	return bad;
}

int main(int argc, char **argv) {
	char error[256];
	const char *why;
	pvg_log_init(PVG_LOG_INFO, keep_line);
	char worker[PATH_MAX];
	bool found = pvg_shader_find_worker(worker, sizeof(worker));
	const struct pvg_gles_options options = { .shader_worker = found ? worker : NULL };
	struct pvg_renderer *renderer = pvg_renderer_gles_create(&options, error, sizeof(error));
	if (renderer == NULL) {
		printf("SKIP: %s\n", error);
		return 77;
	}
	struct machine *machine = machine_create(renderer, "triangle", 256, 128, &why);
	struct pvg_mtl mtl;
	struct pvg_workload workload;
	if (machine == NULL || !pvg_mtl_open(&mtl, &machine->drv, TASK) ||
		!pvg_workload_open(&workload, &mtl)) {
		printf("no machine: %s\n", machine == NULL ? why : machine->drv.error);
		return 1;
	}
	unsigned int bad = 0;
	bool shown = false;
	if (!pvg_hostile_good_frame(&workload, &shown) || !shown) {
		printf("not ok: the frame before all rows\n");
		bad++;
	}
	if (argc > 1 && strcmp(argv[1], "sweep") == 0) {
		uint32_t step = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1;
		bad += run_sweep(machine, &workload, step != 0 ? step : 1);
		machine_destroy(machine);
		renderer->ops->destroy(renderer);
		return bad != 0;
	}
	for (unsigned int i = 0; i < pvg_hostile_row_count && machine->drv.error == NULL; i++) {
		bad += !run_row(machine, &workload, &pvg_hostile_rows[i]);
	}
	printf("%u rows, %u not ok\n", pvg_hostile_row_count, bad);
	machine_destroy(machine);
	renderer->ops->destroy(renderer);
	return bad != 0;
}
