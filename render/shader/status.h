// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_SHADER_STATUS_H
#define RENDER_SHADER_STATUS_H

#include <stdbool.h>

/*
 * Why a library, a function or a request was not accepted. Every refusal has a name: it is what the
 * log, the worker's reply, the histogram of pvg-airc and the quarantine show.
 */
#define PVG_SHADER_REASONS(X) \
	X(OK, "ok") \
	X(NO_MEMORY, "out_of_memory") \
	X(TRUNCATED, "container_truncated") \
	X(BAD_MAGIC, "container_magic") \
	X(BAD_CONTAINER, "container_malformed") \
	X(TOO_LARGE, "container_too_large") \
	X(BAD_HASH, "container_hash_mismatch") \
	X(NO_FUNCTION, "function_not_found") \
	X(BAD_BITCODE, "air_bitcode_unreadable") \
	X(BAD_METADATA, "air_metadata_malformed") \
	X(STAGE, "air_stage_unsupported") \
	X(ARGUMENT, "air_argument_unsupported") \
	X(OUTPUT, "air_output_unsupported") \
	X(TYPE, "air_type_unsupported") \
	X(INSTRUCTION, "air_instruction_unsupported") \
	X(INTRINSIC, "air_unknown_intrinsic") \
	X(SIGNATURE, "air_intrinsic_signature") \
	X(RECURSION, "air_recursion") \
	X(POINTER, "air_pointer_root_unknown") \
	X(POINTER_ROOTS, "air_pointer_too_many_roots") \
	X(TEXTURE, "air_texture_unsupported") \
	X(SAMPLER, "air_sampler_unsupported") \
	X(CONTROL_FLOW, "air_control_flow") \
	X(FUNCTION_POINTER, "air_function_pointer") \
	X(RAY_TRACING, "air_ray_tracing") \
	X(MESH, "air_mesh") \
	X(TESSELLATION, "air_tessellation") \
	X(IMAGEBLOCK, "air_imageblock") \
	X(ATOMIC64, "target_no_64_bit_atomics") \
	X(TARGET_FORMAT, "target_image_format") \
	X(TARGET_STAGE, "target_stage_feature") \
	X(LIMIT_BUFFERS, "limit_buffers") \
	X(LIMIT_TEXTURES, "limit_textures") \
	X(LIMIT_IMAGES, "limit_images") \
	X(LIMIT_ATTRIBUTES, "limit_vertex_attributes") \
	X(LIMIT_THREADGROUP, "limit_threadgroup_memory") \
	X(LIMIT_THREADS, "limit_threads_per_threadgroup") \
	X(LIMIT_SIZE, "limit_module_size") \
	X(LIMIT_OUTPUT, "limit_output_size") \
	X(LINK_MISSING, "link_varying_missing") \
	X(LINK_TYPE, "link_varying_type") \
	X(INVALID_SPIRV, "internal_invalid_spirv") \
	X(INVALID_GLSL, "internal_glsl_conversion") \
	X(BAD_REQUEST, "request_malformed") \
	X(BAD_REPLY, "reply_malformed") \
	X(WORKER_DIED, "worker_died") \
	X(WORKER_TIMEOUT, "worker_timeout") \
	X(WORKER_START, "worker_not_started") \
	X(QUARANTINED, "quarantined") \
	X(CANCELLED, "cancelled")

enum pvg_shader_reason {
#define PVG_SHADER_ENUM(name, text) PVG_SHADER_##name,
	PVG_SHADER_REASONS(PVG_SHADER_ENUM)
#undef PVG_SHADER_ENUM
	PVG_SHADER_REASON_COUNT,
};

/* The first failure of a job. A zeroed status is success. */
struct pvg_shader_status {
	enum pvg_shader_reason reason;
	char detail[160];
};

/* The name of a reason, never NULL. */
const char *pvg_shader_reason_name(enum pvg_shader_reason reason);

/*
 * Notes a failure unless one is noted already: the first one is the cause. Always returns false, so
 * that a function can end with `return pvg_shader_refuse(...)`.
 */
__attribute__((format(printf, 3, 4)))
bool pvg_shader_refuse(struct pvg_shader_status *status, enum pvg_shader_reason reason,
	const char *fmt, ...);

#endif
