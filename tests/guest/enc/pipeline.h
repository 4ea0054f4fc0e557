// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Creation records that are not one flat layout: pipelines as property lists (spec 02 sections 4.16
 * to 4.18) and the rasterization rate map (4.24). Properties at their default are left out, as the
 * guest does.
 */
#ifndef TESTS_GUEST_ENC_PIPELINE_H
#define TESTS_GUEST_ENC_PIPELINE_H

#include "bytes.h"

#define PVG_ENC_MAX_ATTRIBUTES 31
#define PVG_ENC_MAX_COLOURS 8

struct pvg_enc_attribute {
	uint32_t index, format, offset, buffer;
};

struct pvg_enc_layout {
	uint32_t buffer, step_function, step_rate, stride;
};

struct pvg_enc_colour {
	uint32_t index, format;
	bool blend;
	uint32_t source_rgb, destination_rgb, operation_rgb;
	uint32_t source_alpha, destination_alpha, operation_alpha;
	uint32_t write_mask; // bit 0 alpha, 1 blue, 2 green, 3 red
};

struct pvg_enc_render_pipeline {
	uint32_t object_ref;
	const char *label; // NULL: none
	uint32_t vertex_function, fragment_function;
	uint32_t sample_count; // 0 and 1: left out
	uint32_t depth_format, stencil_format;
	uint32_t max_factor, factor_step; // tessellation; 0: left out
	uint32_t control_point_index; // MTLTessellationControlPointIndexType; 0: left out
	uint32_t attribute_count, layout_count, colour_count;
	struct pvg_enc_attribute attributes[PVG_ENC_MAX_ATTRIBUTES];
	struct pvg_enc_layout layouts[PVG_ENC_MAX_ATTRIBUTES];
	struct pvg_enc_colour colours[PVG_ENC_MAX_COLOURS];
};

struct pvg_enc_compute_pipeline {
	uint32_t object_ref;
	const char *label;
	uint32_t function;
	bool size_is_multiple;
};

// Bytes of the record 0x0e or 0x0b, 0 when @room is too small.
uint32_t pvg_enc_render_pipeline(const struct pvg_enc_render_pipeline *pipeline, void *out,
	uint32_t room);
uint32_t pvg_enc_compute_pipeline(const struct pvg_enc_compute_pipeline *pipeline, void *out,
	uint32_t room);

struct pvg_enc_rate_layer {
	uint16_t width, height; // samples
};

/*
 * Record 0x32. @qualities: f32 bits, for each layer its widths and then its heights. The declared
 * length is 16 bytes longer than what is written; those bytes are filled with @unwritten.
 */
uint32_t pvg_enc_rate_map(uint32_t object_ref, uint16_t screen_width, uint16_t screen_height,
	const struct pvg_enc_rate_layer *layers, uint32_t layer_count, const uint32_t *qualities,
	uint8_t unwritten, void *out, uint32_t room);

#endif
