// SPDX-License-Identifier: GPL-2.0-or-later
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "airc-check.h"
#include "airc-gl.h"
#include "airc-run.h"
#include "mtlb.h"
#include "translate.h"
#include "variant.h"

/*
 * pvg-airc: the shader translator as a command. Translates functions of Metal libraries and prints
 * what comes out, or checks all of them (docs/pvg-airc.1.scd).
 */

enum emit_what {
	EMIT_SPIRV,
	EMIT_GLSL,
	EMIT_REFLECT,
	EMIT_IR,
};

struct tally {
	char name[64];
	uint32_t count;
};

struct airc {
	struct pvg_shader_variant variant;
	enum emit_what emit;
	const char *function; // borrowed from argv
	bool check, list, in_process, no_gl, allow_refused, local_size_given, quiet;
	uint32_t shard, shards; // only every shards-th function, beginning with this one
	uint32_t seen;
	struct airc_gl gl;
	struct airc_runner *runner; // owned; NULL: in this process
	struct tally tallies[64];
	uint32_t tally_count;
	uint32_t passed, refused, failed;
	double total_ms, worst_ms;
};

static double now_ms(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void count_reason(struct airc *a, const char *name) {
	for (uint32_t i = 0; i < a->tally_count; i++) {
		if (strcmp(a->tallies[i].name, name) == 0) {
			a->tallies[i].count++;
			return;
		}
	}
	if (a->tally_count < 64) {
		snprintf(a->tallies[a->tally_count].name, sizeof(a->tallies[0].name), "%s", name);
		a->tallies[a->tally_count++].count = 1;
	}
}

static void write_text(void *data, const char *text) {
	fputs(text, data);
}

static bool print_ir(struct airc *a, const uint8_t *bitcode, size_t size, const char *entry,
		struct pvg_shader_status *status) {
	struct pvg_arena arena;
	if (!pvg_arena_init(&arena, 384u << 20)) {
		return false;
	}
	struct air_function function;
	struct air_load_options options = {
		.entry = entry, .constants = a->variant.constants,
		.constant_count = a->variant.constant_count,
		.native_simd = (a->variant.features & PVG_FEATURE_SUBGROUPS) != 0,
	};
	bool ok = air_load(bitcode, size, &options, &arena, &function, status);
	if (ok) {
		air_print(&function, write_text, stdout);
	}
	pvg_arena_finish(&arena);
	return ok;
}

static void print_result(const struct airc *a, const struct pvg_shader_result *result) {
	switch (a->emit) {
	case EMIT_SPIRV:
		fwrite(result->spirv, sizeof(uint32_t), result->spirv_words, stdout);
		break;
	case EMIT_GLSL:
		fputs(result->glsl != NULL ? result->glsl : "", stdout);
		break;
	case EMIT_REFLECT:
		pvg_reflection_print(&result->reflection, stdout);
		break;
	case EMIT_IR:
		break;
	}
}

static bool translate(struct airc *a, const uint8_t *bitcode, size_t size, const char *entry,
		struct pvg_shader_result *result, struct pvg_shader_status *status) {
	if (a->runner == NULL) {
		return pvg_shader_translate(bitcode, size, entry, &a->variant, result, status);
	}
	return airc_runner_translate(a->runner, bitcode, size, entry, &a->variant, result, status);
}

/* Is the failure a named refusal, or ours? */
static bool is_refusal(enum pvg_shader_reason reason) {
	return reason != PVG_SHADER_INVALID_SPIRV && reason != PVG_SHADER_INVALID_GLSL &&
		reason != PVG_SHADER_WORKER_DIED && reason != PVG_SHADER_WORKER_TIMEOUT &&
		reason != PVG_SHADER_BAD_REPLY && reason != PVG_SHADER_NO_MEMORY &&
		reason != PVG_SHADER_CONTROL_FLOW;
}

struct module {
	const uint8_t *bitcode; // borrowed
	size_t size;
	const char *entry; // borrowed
};

/* Translated and valid; is it also complete, and does the driver's compiler take it? */
static void check_result(struct airc *a, const char *file, const char *name,
		const struct module *m, const struct pvg_shader_result *result, double ms) {
	char why[256] = "";
	const char *failure = NULL;
	if (!airc_check_module(m->bitcode, m->size, m->entry, &a->variant, result, why,
			sizeof(why))) {
		failure = "incomplete";
	} else if (a->gl.display != NULL && result->glsl != NULL &&
			!airc_gl_compile(result->reflection.stage, result->glsl, why,
				sizeof(why))) {
		failure = "glsl_compiler";
	}
	if (failure != NULL) {
		a->failed++;
		count_reason(a, failure);
		printf("%s %s: FAILED: %s: %s %.1f ms\n", file, name, failure, why, ms);
		return;
	}
	a->passed++;
	if (!a->quiet) {
		printf("%s %s: ok %.1f ms\n", file, name, ms);
	}
}

static void one_function(struct airc *a, const char *file, const char *name,
		const uint8_t *bitcode, size_t size, const char *entry) {
	if (a->seen++ % a->shards != a->shard) {
		return;
	}
	struct pvg_shader_status status = {0};
	struct pvg_shader_result result = {0};
	const char *base = strrchr(file, '/') != NULL ? strrchr(file, '/') + 1 : file;
	if (a->emit == EMIT_IR && !a->check) {
		if (!print_ir(a, bitcode, size, entry, &status)) {
			fprintf(stderr, "pvg-airc: %s: %s: %s: %s\n", base, name,
				pvg_shader_reason_name(status.reason), status.detail);
			a->failed++;
		}
		return;
	}
	double start = now_ms();
	bool ok = translate(a, bitcode, size, entry, &result, &status);
	double ms = now_ms() - start;
	a->total_ms += ms;
	a->worst_ms = ms > a->worst_ms ? ms : a->worst_ms;
	if (!a->check) {
		if (ok) {
			print_result(a, &result);
			a->passed++;
		} else {
			fprintf(stderr, "pvg-airc: %s: %s: %s: %s\n", base, name,
				pvg_shader_reason_name(status.reason), status.detail);
			a->failed++;
		}
	} else if (!ok) {
		bool refusal = is_refusal(status.reason);
		a->refused += refusal;
		a->failed += !refusal;
		count_reason(a, pvg_shader_reason_name(status.reason));
		printf("%s %s: %s: %s: %s %.1f ms\n", base, name, refusal ? "refused" : "FAILED",
			pvg_shader_reason_name(status.reason), status.detail, ms);
	} else {
		check_result(a, base, name, &(struct module){bitcode, size, entry}, &result, ms);
	}
	pvg_shader_result_finish(&result);
}

static uint8_t *read_file(const char *path, size_t *size) {
	FILE *f = fopen(path, "rb");
	if (f == NULL) {
		return NULL;
	}
	uint8_t *data = malloc(PVG_MTLB_MAX_BYTES + 1);
	*size = data != NULL ? fread(data, 1, PVG_MTLB_MAX_BYTES + 1, f) : 0;
	fclose(f);
	return data;
}

/* A bare module may hold several entry points; a library's bitcode holds one. */
static void bare_module(struct airc *a, const char *path, const uint8_t *bitcode, size_t size) {
	struct pvg_arena arena;
	struct pvg_shader_status status = {0};
	const char **names;
	uint32_t count;
	if (!pvg_arena_init(&arena, 64u << 20)) {
		return;
	}
	if (!air_list_entries(bitcode, size, &arena, &names, &count, &status)) {
		printf("%s: refused: %s: %s\n", path, pvg_shader_reason_name(status.reason),
			status.detail);
		a->refused++;
		count_reason(a, pvg_shader_reason_name(status.reason));
	} else {
		for (uint32_t i = 0; i < count; i++) {
			if (a->function != NULL && strcmp(a->function, names[i]) != 0) {
				continue;
			}
			if (a->list) {
				printf("%s %s\n", path, names[i]);
			} else {
				one_function(a, path, names[i], bitcode, size, names[i]);
			}
		}
	}
	pvg_arena_finish(&arena);
}

static void one_file(struct airc *a, const char *path) {
	size_t size;
	uint8_t *data = read_file(path, &size);
	if (data == NULL) {
		fprintf(stderr, "pvg-airc: %s: cannot be read\n", path);
		a->failed++;
		return;
	}
	struct pvg_mtlb lib;
	struct pvg_shader_status status = {0};
	if (!pvg_mtlb_parse(&lib, data, size, &status)) {
		printf("%s: refused: %s: %s\n", path, pvg_shader_reason_name(status.reason),
			status.detail);
		a->refused++;
		count_reason(a, pvg_shader_reason_name(status.reason));
	}
	for (size_t i = 0; i < lib.function_count; i++) {
		const struct pvg_mtlb_function *f = &lib.functions[i];
		const uint8_t *bitcode = data + f->bitcode_offset_bytes;
		if (lib.bare) {
			bare_module(a, path, bitcode, f->bitcode_size_bytes);
		} else if (a->function == NULL || strcmp(a->function, f->name) == 0) {
			if (a->list) {
				printf("%s %s %s AIR %u.%u language %u.%u %zu bytes\n", path,
					f->name, pvg_mtlb_type_name(f->type), f->air_major,
					f->air_minor, f->language_major, f->language_minor,
					f->bitcode_size_bytes);
			} else {
				one_function(a, path, f->name, bitcode, f->bitcode_size_bytes,
					f->name);
			}
		}
	}
	pvg_mtlb_finish(&lib);
	free(data);
}

static bool parse_constant(struct airc *a, const char *text) {
	const char *equal = strchr(text, '=');
	if (equal == NULL || a->variant.constant_count == PVG_MAX_FUNCTION_CONSTANTS) {
		return false;
	}
	struct pvg_function_constant *c = &a->variant.constants[a->variant.constant_count++];
	char *end;
	size_t n = (size_t)(equal - text);
	c->index = (uint32_t)strtoul(text, &end, 0);
	if (end != equal) {
		if (n >= sizeof(c->name)) {
			return false;
		}
		memcpy(c->name, text, n);
	}
	const char *at = equal + 1;
	while (c->count < 4) {
		c->values[c->count++] = strncmp(at, "true", 4) == 0 ? 1 : strtod(at, &end);
		at = strchr(at, ',');
		if (at == NULL) {
			return true;
		}
		at++;
	}
	return false;
}

static bool parse_local_size(struct airc *a, const char *text) {
	a->local_size_given = true;
	return sscanf(text, "%u,%u,%u", &a->variant.local_size[0], &a->variant.local_size[1],
		&a->variant.local_size[2]) == 3;
}

static bool parse_emit(struct airc *a, const char *text) {
	static const char *const names[] = {"spirv", "glsl", "reflect", "ir"};
	for (unsigned i = 0; i < 4; i++) {
		if (strcmp(text, names[i]) == 0) {
			a->emit = (enum emit_what)i;
			return true;
		}
	}
	return false;
}

static int usage(void) {
	fputs("usage: pvg-airc [--profile gles|vulkan] [--emit spirv|glsl|reflect|ir]\n"
	      "                [--function NAME] [--constant N=V] [--local-size X,Y,Z]\n"
	      "                [--threadgroup-bytes N] [--variant TEXT] [--features MASK] [--in-process]\n"
	      "                [--check] [--no-gl] [--allow-refused] [--quiet] [--shard I/N]\n"
	      "                [--list] FILE...\n",
		stderr);
	return 2;
}

static int by_count(const void *x, const void *y) {
	const struct tally *a = x, *b = y;
	return a->count != b->count ? (a->count < b->count ? 1 : -1) : strcmp(a->name, b->name);
}

static int finish(struct airc *a) {
	airc_gl_finish(&a->gl);
	if (a->runner != NULL) {
		airc_runner_destroy(a->runner);
	}
	if (!a->check) {
		return a->failed > 0 || a->refused > 0 ? 1 : 0;
	}
	qsort(a->tallies, a->tally_count, sizeof(a->tallies[0]), by_count);
	for (uint32_t i = 0; i < a->tally_count; i++) {
		printf("%5u %s\n", a->tallies[i].count, a->tallies[i].name);
	}
	uint32_t all = a->passed + a->refused + a->failed;
	if (all > 0) {
		printf("%u functions, %.1f ms on average, %.1f ms at most\n", all,
			a->total_ms / all, a->worst_ms);
	}
	uint32_t failed = a->failed + (a->allow_refused ? 0 : a->refused);
	if (a->allow_refused && a->refused > 0) {
		printf("%u refused by name\n", a->refused);
	}
	printf("%u passed, %u failed\n", a->passed, failed);
	return failed > 0 || all == 0 ? 1 : 0;
}

int main(int argc, char **argv) {
	enum {
		OPT_PROFILE = 1,
		OPT_EMIT,
		OPT_FUNCTION,
		OPT_CONSTANT,
		OPT_LOCAL_SIZE,
		OPT_TG,
		OPT_IN_PROCESS,
		OPT_CHECK,
		OPT_NO_GL,
		OPT_ALLOW_REFUSED,
		OPT_LIST,
		OPT_QUIET,
		OPT_FEATURES,
		OPT_VARIANT,
		OPT_SHARD,
		OPT_HELP,
	};
	static const struct option options[] = {
		{"profile", required_argument, NULL, OPT_PROFILE},
		{"emit", required_argument, NULL, OPT_EMIT},
		{"function", required_argument, NULL, OPT_FUNCTION},
		{"constant", required_argument, NULL, OPT_CONSTANT},
		{"local-size", required_argument, NULL, OPT_LOCAL_SIZE},
		{"threadgroup-bytes", required_argument, NULL, OPT_TG},
		{"in-process", no_argument, NULL, OPT_IN_PROCESS},
		{"check", no_argument, NULL, OPT_CHECK},
		{"no-gl", no_argument, NULL, OPT_NO_GL},
		{"allow-refused", no_argument, NULL, OPT_ALLOW_REFUSED},
		{"list", no_argument, NULL, OPT_LIST},
		{"quiet", no_argument, NULL, OPT_QUIET},
		{"features", required_argument, NULL, OPT_FEATURES},
		{"variant", required_argument, NULL, OPT_VARIANT},
		{"shard", required_argument, NULL, OPT_SHARD},
		{"help", no_argument, NULL, OPT_HELP},
		{0},
	};
	struct airc a = {.emit = EMIT_GLSL, .shards = 1};
	setvbuf(stdout, NULL, _IOLBF, 0);
	bool ok = true, emit_given = false;
	uint32_t tg_bytes = 8192;
	a.variant.features = PVG_FEATURE_BUFFER_OFFSETS | PVG_FEATURE_SUBGROUPS | PVG_FEATURE_LAYER;
	for (int c; ok && (c = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
		switch (c) {
		case OPT_PROFILE:
			ok = strcmp(optarg, "gles") == 0 || strcmp(optarg, "vulkan") == 0;
			a.variant.profile =
				optarg[0] == 'v' ? PVG_PROFILE_VULKAN : PVG_PROFILE_GLES;
			break;
		case OPT_EMIT:
			ok = emit_given = parse_emit(&a, optarg);
			break;
		case OPT_FUNCTION:
			a.function = optarg;
			break;
		case OPT_CONSTANT:
			ok = parse_constant(&a, optarg);
			break;
		case OPT_LOCAL_SIZE:
			ok = parse_local_size(&a, optarg);
			break;
		case OPT_TG:
			tg_bytes = (uint32_t)strtoul(optarg, NULL, 0);
			break;
		case OPT_IN_PROCESS:
			a.in_process = true;
			break;
		case OPT_CHECK:
			a.check = true;
			break;
		case OPT_NO_GL:
			a.no_gl = true;
			break;
		case OPT_ALLOW_REFUSED:
			a.allow_refused = true;
			break;
		case OPT_LIST:
			a.list = true;
			break;
		case OPT_QUIET:
			a.quiet = true;
			break;
		case OPT_FEATURES:
			a.variant.features = (uint32_t)strtoul(optarg, NULL, 0);
			break;
		case OPT_VARIANT:
			ok = pvg_shader_variant_set(&a.variant, optarg);
			break;
		case OPT_SHARD:
			ok = sscanf(optarg, "%u/%u", &a.shard, &a.shards) == 2 &&
				a.shard < a.shards;
			break;
		default:
			return usage() * (c != OPT_HELP && c != 'h');
		}
	}
	if (!ok || optind == argc) {
		return usage();
	}
	if (!a.local_size_given) {
		a.variant.local_size[0] = 64;
		a.variant.local_size[1] = a.variant.local_size[2] = 1;
	}
	for (unsigned i = 0; i < 31; i++) {
		a.variant.threadgroup_bytes[i] = tg_bytes;
	}
	if (a.variant.profile == PVG_PROFILE_VULKAN && !emit_given) {
		a.emit = EMIT_SPIRV;
	}
	char why[128];
	if (a.check && !a.no_gl && a.variant.profile == PVG_PROFILE_GLES &&
			!airc_gl_init(&a.gl, why, sizeof(why))) {
		fprintf(stderr, "pvg-airc: %s; --no-gl leaves the compiler out\n", why);
		return 77;
	}
	if (!a.in_process && (a.runner = airc_runner_create(why, sizeof(why))) == NULL) {
		fprintf(stderr, "pvg-airc: %s; --in-process does without\n", why);
		return 1;
	}
	for (int i = optind; i < argc; i++) {
		one_file(&a, argv[i]);
	}
	return finish(&a);
}
