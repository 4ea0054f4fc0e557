// SPDX-License-Identifier: GPL-2.0-or-later
#include "airdiff.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "render/shader/translate.h"

/* One function, in a process of its own: inputs that make it do something, runs, the verdict. */

#define RUN_SECONDS 4u
#define TRY_SEEDS 2u
#define FIRST_SEEDS 4u
#define MORE_SEEDS 28u

struct diff_case diff;

/* In a child: whatever the function does to the process ends there. */
static bool run_cpu(const struct diff_how *how) {
	struct diff_told *told = diff.told;
	*told = (struct diff_told){ 0 };
	pid_t pid = fork();
	if (pid == 0) {
		// Of processor time: a busy machine does not make it shorter.
		const struct itimerval limit = { .it_value.tv_sec = RUN_SECONDS };
		setitimer(ITIMER_PROF, &limit, NULL);
		diff_cpu_run(how);
		_exit(0);
	}
	int status = 0;
	waitpid(pid, &status, 0);
	if (!told->done && told->why[0] == '\0') {
		int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
		snprintf(told->why, sizeof(told->why), "%s",
			signal == SIGPROF          ? "runs too long with these inputs"
				: signal == SIGFPE ? "divides by zero with these inputs"
						   : "leaves its private memory with these inputs");
	}
	if (told->done && told->straddles) {
		told->done = false;
		snprintf(told->why, sizeof(told->why),
			"straddles the end of a buffer with these inputs");
	}
	return told->done;
}

static bool run_and_add(const struct diff_how *how) {
	bool done = run_cpu(how);
	if (done) {
		diff_compare_add(how);
	}
	return done;
}

static bool run_seeds(uint32_t first, uint32_t last, struct diff_verdict *v) {
	bool done = true;
	for (uint32_t i = first; i <= last && done; i++) {
		done = run_and_add(&(struct diff_how){ .seed = i, .flush = i % 2 != 0 });
	}
	diff_compare_count(v);
	return done;
}

/*
 * The exact run, one with threads the other way round, and some with results moved. Without all of
 * them nobody knows what is determined.
 */
static bool run_all(uint32_t seeds, struct diff_verdict *v) {
	diff_compare_begin();
	return run_and_add(&(struct diff_how){ 0 }) &&
		run_and_add(&(struct diff_how){ .reversed = true }) && run_seeds(1, seeds, v);
}

struct attempt {
	uint32_t index, score;
	bool found, good;
	char why[160];
};

/* Takes the first attempt that is good, or the best there is. */
static struct attempt find_attempt(void) {
	struct attempt best = { 0 };
	for (uint32_t i = 0; diff_inputs(i, false); i++) {
		struct diff_verdict v = { 0 };
		if (!run_all(TRY_SEEDS, &v)) {
			// The first reason is that of the likeliest inputs.
			if (best.why[0] == '\0') {
				snprintf(best.why, sizeof(best.why), "%s", diff.told->why);
			}
			continue;
		}
		bool inside = diff.told->outside == 0;
		bool good = inside && v.checked >= 16 && v.checked > v.written / 4 * 3;
		uint32_t score = good ? UINT32_MAX : v.checked + (inside ? v.checked : 0);
		if (v.written == 0 && best.why[0] == '\0') {
			snprintf(best.why, sizeof(best.why), "writes nothing with these inputs");
		} else if (v.checked == 0 && best.why[0] == '\0') {
			snprintf(best.why, sizeof(best.why), "%s",
				v.open > v.written / 2
					? "depends on the order of threads with these inputs"
					: "has no precise result with these inputs");
		}
		if (score > best.score) {
			best.index = i;
			best.score = score;
			best.found = true;
		}
		if (good) {
			best.good = true;
			break;
		}
	}
	return best;
}

static bool compare(uint8_t *theirs[DIFF_REGIONS], struct diff_verdict *v) {
	v->same = true;
	for (uint32_t r = 0; r < DIFF_REGIONS && v->same; r++) {
		if (diff.regions[r].bytes > 0 && theirs[r] != NULL) {
			diff_compare_region(r, theirs[r], v);
		}
	}
	return v->same;
}

/* Differences at the border of a rounding need runs that fall on either side of it. */
static bool compare_closely(uint8_t *theirs[DIFF_REGIONS], struct diff_verdict *v) {
	if (compare(theirs, v)) {
		return true;
	}
	for (uint32_t i = 1; i <= MORE_SEEDS; i++) {
		run_and_add(&(struct diff_how){ .seed = FIRST_SEEDS + i, .flush = i % 2 != 0 });
		if (i % 4 == 0 && compare(theirs, v)) {
			break;
		}
	}
	diff_compare_count(v);
	return v->same;
}

static uint8_t *theirs[DIFF_REGIONS];

static bool run_gpu(const struct pvg_shader_result *result, char *why, size_t why_bytes) {
	for (uint32_t r = 0; r < DIFF_REGIONS; r++) {
		if (diff.regions[r].bytes > 0) {
			theirs[r] = theirs[r] != NULL ? theirs[r] : malloc(diff.regions[r].room);
			memcpy(theirs[r], diff.regions[r].input, diff.regions[r].bytes);
		}
	}
	return diff_gl_run(result, theirs, why, why_bytes);
}

static bool translate(const uint8_t *bitcode, size_t size, const char *entry,
	struct pvg_shader_result *result, char *why, size_t why_bytes) {
	struct pvg_shader_variant variant = { .profile = PVG_PROFILE_GLES, .sample_count = 1 };
	struct pvg_shader_status status = { 0 };
	memcpy(variant.local_size, diff.local, sizeof(variant.local_size));
	for (uint32_t i = 0; i < 31; i++) {
		variant.threadgroup_bytes[i] = diff.threadgroup_bytes;
	}
	for (uint32_t i = 0; i < diff.constant_count; i++) {
		struct pvg_function_constant *c = &variant.constants[variant.constant_count++];
		snprintf(c->name, sizeof(c->name), "%s", diff.constants[i].name);
		c->count = 4;
		for (uint32_t k = 0; k < 4; k++) {
			c->values[k] = diff.constants[i].value;
		}
	}
	if (!pvg_shader_translate(bitcode, size, entry, &variant, result, &status)) {
		snprintf(why, why_bytes, "%s", pvg_shader_reason_name(status.reason));
		return false;
	}
	return true;
}

enum diff_outcome diff_function(const uint8_t *bitcode, size_t size, const char *entry, char *text,
	size_t text_bytes) {
	struct pvg_shader_result result;
	struct diff_verdict v = { 0 }, with_edges = { 0 };
	if (!diff_jit(bitcode, size, entry, text, text_bytes)) {
		return DIFF_NOT_TRIED;
	}
	struct attempt best = find_attempt();
	if (!best.found) {
		snprintf(text, text_bytes, "%s", best.why);
		return DIFF_NOT_TRIED;
	}
	// The good one was the last one that ran.
	bool done = best.good ? run_seeds(TRY_SEEDS + 1, FIRST_SEEDS, &v)
			      : diff_inputs(best.index, false) && run_all(FIRST_SEEDS, &v);
	if (!done) {
		snprintf(text, text_bytes, "%s", diff.told->why);
		return DIFF_NOT_TRIED;
	}
	uint32_t outside = diff.told->outside;
	if (!translate(bitcode, size, entry, &result, text, text_bytes) ||
		!diff_gl_begin(text, text_bytes) || !diff_gl_link(&result, text, text_bytes) ||
		!run_gpu(&result, text, text_bytes)) {
		return DIFF_NOT_TRIED;
	}
	if (!compare_closely(theirs, &v)) {
		snprintf(text, text_bytes, "attempt %u: %s", best.index, v.why);
		return DIFF_DISAGREES;
	}
	if (v.checked == 0 || v.checked < v.written / 4) {
		snprintf(text, text_bytes, "too few results are determined: %u of %u, %u open",
			v.checked, v.written, v.open);
		return DIFF_NOT_TRIED;
	}
	// The same with NaNs, infinities and the largest and smallest numbers among the inputs.
	diff_inputs(best.index, true);
	if (run_all(FIRST_SEEDS, &with_edges) && run_gpu(&result, text, text_bytes)) {
		if (!compare_closely(theirs, &with_edges)) {
			snprintf(text, text_bytes, "attempt %u with edges: %s", best.index,
				with_edges.why);
			return DIFF_DISAGREES;
		}
	}
	snprintf(text, text_bytes, "%u of %u values checked, with edges %u of %u%s", v.checked,
		v.written, with_edges.checked, with_edges.written, outside > 0 ? ", clamped" : "");
	return DIFF_AGREES;
}
