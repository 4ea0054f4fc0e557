// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The emitter on functions made from the input (gen-air.h): what comes out must pass SPIRV-Tools
 * and, in the gles profile, become GLSL; everything else must be a refusal with a name. Input: a
 * byte that says whether calls keep to their signatures, then choices.
 */
#include <string.h>

#include "gen-air.h"

#define ARENA_BYTES (64u << 20)

size_t fuzz_seed(unsigned int index, uint8_t buffer[FUZZ_MAX_INPUT]) {
	// Different functions; nothing of them is special.
	uint32_t state = 0x9e3779b9u * (index + 1);
	size_t size = 64 + 32 * (index % 12);
	if (index >= 48) {
		return 0;
	}
	for (size_t i = 0; i < size; i++) {
		state = state * 1664525u + 1013904223u;
		buffer[i] = (uint8_t)(state >> 24);
	}
	buffer[0] = (uint8_t)(index % 4);
	return size;
}

static void print_text(void *data, const char *text) {
	fputs(text, data);
}

/* Must hold, and shows the function when it does not. */
static void check(bool holds, const struct air_function *f,
	const struct pvg_shader_status *status) {
	if (!holds) {
		air_print(f, print_text, stderr);
		fprintf(stderr, "%s: %s\n", pvg_shader_reason_name(status->reason), status->detail);
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct fuzz_input in = {data, data + size};
	struct pvg_arena arena;
	struct air_function function;
	struct pvg_shader_variant variant;
	struct pvg_shader_result result = {0};
	struct pvg_shader_status status = {0};
	if (!pvg_arena_init(&arena, ARENA_BYTES)) {
		return 0;
	}
	uint64_t how = fuzz_take(&in, 1);
	bool wild = how % 4 == 3, convert = how / 4 % 4 == 0; // the slowest step, now and then
	struct gen_air gen = {&in, &arena, wild};
	gen_air(&gen, &function, &variant);
	bool ok = pvg_shader_emit(&function, &variant, &arena, &result, &status);
	check(ok == (status.reason == PVG_SHADER_OK), &function, &status);
	if (ok) {
		bool valid = pvg_shader_validate(&result, &variant, &status);
		check(valid || wild, &function, &status);
		if (valid && convert && variant.profile == PVG_PROFILE_GLES) {
			pvg_shader_to_glsl(&result, &status);
			check(status.reason != PVG_SHADER_INVALID_GLSL || wild, &function, &status);
		}
		if (status.reason == PVG_SHADER_OK) {
			check(pvg_reflection_check(&result.reflection, sizeof(result.reflection)),
				&function, &status);
		}
	}
	pvg_shader_result_finish(&result);
	pvg_arena_finish(&arena);
	return 0;
}
