// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pipelines: property lists (spec 02 sections 4.16 to 4.18).
 */
#ifndef PVG_WIRE_PIPELINE_H
#define PVG_WIRE_PIPELINE_H

#include <stddef.h>

#include <pvg/renderer.h>

// A property that no table lists. It is logged and the pipeline is built (spec 02 section 4.16).
enum pvg_property_place {
	PVG_PLACE_RENDER,
	PVG_PLACE_COMPUTE,
	PVG_PLACE_COLOR,
	PVG_PLACE_VERTEX,
	PVG_PLACE_STAGE_IN,
	PVG_PLACE_ATTRIBUTE,
	PVG_PLACE_LAYOUT,
	PVG_PLACES,
};
const char *pvg_property_place_name(enum pvg_property_place place);

struct pvg_unknown_property {
	uint8_t place; // enum pvg_property_place
	uint8_t tag, length;
	uint64_t value;
};

#define PVG_UNKNOWN_PROPERTIES 16u

struct pvg_pipeline {
	uint32_t vertex, fragment, kernel; // function refs, 0: none
	struct pvg_gpu_render_desc render; // 0x0e; functions are not set
	struct pvg_gpu_vertex_desc stage_in; // 0x0b
	uint32_t unknown_count; // of them the first PVG_UNKNOWN_PROPERTIES are kept
	struct pvg_unknown_property unknown[PVG_UNKNOWN_PROPERTIES];
};

// NULL, or what is wrong with the descriptor in plain words.
const char *pvg_render_pipeline_parse(struct pvg_pipeline *pipeline, const uint8_t *bytes,
	size_t size_bytes);
const char *pvg_compute_pipeline_parse(struct pvg_pipeline *pipeline, const uint8_t *bytes,
	size_t size_bytes);

#endif
