// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * State objects and functions (spec 02 sections 4.13 to 4.15) in the renderer's terms. Each parser
 * returns NULL, or what is wrong with the descriptor in plain words.
 */
#ifndef PVG_WIRE_STATE_H
#define PVG_WIRE_STATE_H

#include <stddef.h>

#include <pvg/renderer.h>

const char *pvg_sampler_parse(struct pvg_gpu_sampler_desc *sampler, const uint8_t *bytes,
	size_t size_bytes);
const char *pvg_depth_stencil_parse(struct pvg_gpu_depth_stencil *state, const uint8_t *bytes,
	size_t size_bytes);

#define PVG_LIBRARY_BYTES_MAX (UINT32_C(16) << 20) // spec 02 section 4.15

struct pvg_function {
	uint64_t gva; // of the library, in the task's address space
	uint32_t size_bytes;
};

const char *pvg_function_parse(struct pvg_function *function, const uint8_t *bytes,
	size_t size_bytes);

#endif
