// SPDX-License-Identifier: GPL-2.0-or-later
#include "translate.h"

#include <stdlib.h>

/* A job may not grow past this; the worker's own limit is above it (spec 05 §6.8). */
#define JOB_BYTES (384u << 20)

bool pvg_shader_translate(const uint8_t *bitcode, size_t size, const char *entry,
		const struct pvg_shader_variant *variant, struct pvg_shader_result *result,
		struct pvg_shader_status *status) {
	*result = (struct pvg_shader_result){0};
	struct pvg_arena arena;
	if (!pvg_shader_variant_check(variant, status)) {
		return false;
	}
	if (!pvg_arena_init(&arena, JOB_BYTES)) {
		return pvg_shader_refuse(status, PVG_SHADER_NO_MEMORY, "arena");
	}
	struct air_function function;
	struct air_load_options options = {
		.entry = entry,
		.constants = variant->constants,
		.constant_count = variant->constant_count,
		.native_simd = variant->profile == PVG_PROFILE_VULKAN &&
			(variant->features & PVG_FEATURE_SUBGROUPS) != 0,
	};
	bool native = options.native_simd;
	options.native_simd = true;
	bool ok = air_load(bitcode, size, &options, &arena, &function, status);
	if (ok && !native && function.has_simd && function.stage == AIR_KERNEL &&
			!pvg_shader_flow_is_uniform(&function, &arena)) {
		// For the state machine, which is better off with the flow as it was.
		options.native_simd = false;
		ok = air_load(bitcode, size, &options, &arena, &function, status);
	}
	ok = ok &&
		pvg_shader_emit(&function, variant, &arena, result, status) &&
		pvg_shader_validate(result, variant, status) &&
		(variant->profile != PVG_PROFILE_GLES || pvg_shader_to_glsl(result, status));
	if (ok && !pvg_reflection_check(&result->reflection, sizeof(result->reflection))) {
		ok = pvg_shader_refuse(status, PVG_SHADER_LIMIT_OUTPUT, "reflection");
	}
	pvg_arena_finish(&arena);
	if (!ok) {
		pvg_shader_result_finish(result);
	}
	return ok;
}

void pvg_shader_result_finish(struct pvg_shader_result *result) {
	free(result->spirv);
	free(result->glsl);
	*result = (struct pvg_shader_result){0};
}
