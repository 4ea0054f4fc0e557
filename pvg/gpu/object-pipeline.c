// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Functions and pipelines (spec 02 sections 4.15 to 4.18). What a pipeline was built from may be
 * deleted behind it: the renderer has copies.
 */
#include <inttypes.h>
#include <stdlib.h>

#include <pvg/format.h>

#include "core.h"
#include "gpu/memory.h"
#include "wire/pipeline.h"
#include "wire/state.h"

struct pipeline_node {
	struct pvg_gpu_node node;
	struct pvg_gpu_pipeline_state state;
};

void pvg_gpu_pipeline_node_finish(struct pvg_gpu *gpu, struct pvg_gpu_node *node) {
	struct pipeline_node *pipeline = (struct pipeline_node *)node;

	if (pipeline->state.pipeline != NULL) {
		gpu->renderer->ops->pipeline_destroy(gpu->renderer, pipeline->state.pipeline);
	}
}

// The library of a function, read whole: *bytes is the caller's to free. Refused by PIPELINE.
static enum pvg_gpu_found read_function(struct pvg_gpu *gpu, uint32_t task, uint32_t pipeline,
	uint32_t ref, uint8_t **bytes, size_t *size_bytes) {
	struct pvg_function function;
	enum pvg_access access;
	const struct pvg_object *object =
		pvg_object_lookup(gpu->device, task, ref, 1u << PVG_OBJECT_FUNCTION, &access);

	if (object == NULL) {
		return pvg_gpu_found_of(access);
	}
	const char *why = pvg_function_parse(&function, object->descriptor, object->size_bytes);
	uint8_t *library = NULL;
	if (why == NULL) {
		library = malloc(function.size_bytes);
		why = library == NULL ? "no memory" : NULL;
	}
	if (why == NULL) {
		access = pvg_task_read(gpu->device, task, function.gva, library,
			function.size_bytes);
		if (access == PVG_ACCESS_OK) {
			*bytes = library;
			*size_bytes = function.size_bytes;
			return PVG_GPU_FOUND;
		}
		free(library);
		if (access != PVG_ACCESS_UNMAPPED) {
			return pvg_gpu_found_of(access);
		}
		why = "the library is not mapped";
	}
	PVG_REFUSE(gpu->device, PIPELINE,
		"task %" PRIu32 ": pipeline %" PRIu32 ": function %" PRIu32 ": %s", task, pipeline,
		ref, why);
	pvg_object_forget(gpu->device, task, ref);
	return PVG_GPU_MISSING;
}

static void log_unknown(const struct pvg_gpu *gpu, uint32_t task, uint32_t ref,
	const struct pvg_pipeline *pipeline) {
	uint32_t count = pipeline->unknown_count < PVG_UNKNOWN_PROPERTIES ? pipeline->unknown_count
									  : PVG_UNKNOWN_PROPERTIES;

	for (uint32_t i = 0; i < count; i++) {
		const struct pvg_unknown_property *p = &pipeline->unknown[i];
		uint8_t *bits = &gpu->objects->tags_logged[p->place][p->tag / 8];
		uint8_t bit = (uint8_t)(1u << p->tag % 8);
		if ((*bits & bit) == 0) {
			*bits |= bit;
			pvg_info("task %" PRIu32 ": pipeline %" PRIu32
				 ": %s: unknown property 0x%02x of %u bytes, 0x%" PRIx64,
				task, ref, pvg_property_place_name(p->place), p->tag, p->length,
				p->value);
		}
	}
}

// NULL, or why the renderer cannot draw into it.
static const char *check_host(struct pvg_gpu *gpu, const struct pvg_gpu_render_desc *desc) {
	struct pvg_renderer *renderer = gpu->renderer;

	if (desc->samples > renderer->caps.max_samples && desc->samples > 1) {
		return "more samples than the host has";
	}
	for (unsigned int i = 0; i < PVG_GPU_COLORS; i++) {
		const struct pvg_gpu_color_desc *color = &desc->colors[i];
		if (color->format == 0) {
			continue;
		}
		uint32_t caps = renderer->ops->format_caps(renderer, color->format);
		uint8_t type = pvg_format_get(color->format)->type;
		bool whole = type == PVG_FORMAT_UINT || type == PVG_FORMAT_SINT; // never blended
		if (i >= renderer->caps.max_colors) {
			return "more colour attachments than the host has";
		}
		if ((caps & PVG_GPU_RENDER) == 0) {
			return "a colour format that the host does not render to";
		}
		if (color->blend && !whole && (caps & PVG_GPU_BLEND) == 0) {
			return "a colour format that the host does not blend";
		}
	}
	const uint16_t others[] = { desc->depth_format, desc->stencil_format };
	for (unsigned int i = 0; i < 2; i++) {
		if (others[i] != 0 &&
			(renderer->ops->format_caps(renderer, others[i]) & PVG_GPU_RENDER) == 0) {
			return "a depth or stencil format that the host does not have";
		}
	}
	return NULL;
}

// How far the attributes of each buffer reach into an element.
static void measure_inputs(struct pvg_gpu_pipeline_state *state) {
	const struct pvg_gpu_vertex_desc *desc = &state->render.input;

	for (unsigned int i = 0; i < PVG_GPU_ATTRIBUTES; i++) {
		const struct pvg_gpu_attribute *a = &desc->attributes[i];
		if (a->used && a->buffer < PVG_GPU_BUFFERS) {
			uint64_t *reach = &state->input_reach[a->buffer];
			uint64_t end =
				(uint64_t)a->offset_bytes + pvg_vertex_format_bytes(a->format);
			*reach = end > *reach ? end : *reach;
		}
	}
}

// The pipeline from its functions; frees what they were read into.
static enum pvg_gpu_found build(struct pvg_gpu *gpu, struct pvg_gpu_pipeline_state *state,
	const struct pvg_pipeline *parsed) {
	struct pvg_renderer *renderer = gpu->renderer;
	uint32_t first = state->compute ? parsed->kernel : parsed->vertex;
	uint8_t *libraries[2] = { NULL, NULL };
	size_t sizes[2] = { 0, 0 };
	enum pvg_gpu_found found =
		read_function(gpu, state->task, state->ref, first, &libraries[0], &sizes[0]);

	if (found == PVG_GPU_FOUND && !state->compute && parsed->fragment != 0) {
		found = read_function(gpu, state->task, state->ref, parsed->fragment, &libraries[1],
			&sizes[1]);
	}
	if (found != PVG_GPU_FOUND) {
		goto out;
	}
	if (state->compute) {
		struct pvg_gpu_compute_desc desc = {
			.kernel = { .library = libraries[0], .library_bytes = sizes[0] },
			.input = parsed->stage_in,
		};
		state->pipeline = renderer->ops->compute_pipeline_create(renderer, &desc);
		state->stage_in = parsed->stage_in;
	} else {
		struct pvg_gpu_render_desc desc = parsed->render;
		desc.vertex = (struct pvg_gpu_function){ libraries[0], sizes[0], NULL };
		if (libraries[1] != NULL) {
			desc.fragment = (struct pvg_gpu_function){ libraries[1], sizes[1], NULL };
		}
		state->pipeline = renderer->ops->render_pipeline_create(renderer, &desc);
		state->render = parsed->render;
		measure_inputs(state);
	}
	if (state->pipeline == NULL) {
		PVG_REFUSE(gpu->device, PIPELINE,
			"task %" PRIu32 ": pipeline %" PRIu32 ": no memory", state->task,
			state->ref);
		found = PVG_GPU_MISSING;
	}

out:
	free(libraries[0]);
	free(libraries[1]);
	return found;
}

static enum pvg_gpu_found pipeline(struct pvg_gpu *gpu, uint32_t task, uint32_t ref, bool compute,
	struct pvg_gpu_pipeline_state **state) {
	enum pvg_access access;
	const struct pvg_object *object = compute
		? pvg_gpu_state_object(gpu, task, ref, 0x0b, "compute pipeline", &access)
		: pvg_gpu_state_object(gpu, task, ref, 0x0e, "render pipeline", &access);

	if (object == NULL) {
		return pvg_gpu_found_of(access);
	}
	struct pipeline_node *node =
		(struct pipeline_node *)pvg_gpu_node_get(gpu, object, PVG_NODE_PIPELINE);
	if (node != NULL) {
		*state = &node->state;
		return PVG_GPU_FOUND;
	}
	struct pvg_pipeline *parsed = malloc(sizeof(*parsed)); // too large for a stack
	node = parsed != NULL ? pvg_gpu_node_create(gpu, object, PVG_NODE_PIPELINE, sizeof(*node))
			      : NULL;
	if (node == NULL) {
		free(parsed);
		return PVG_GPU_MISSING;
	}
	const char *why = compute
		? pvg_compute_pipeline_parse(parsed, object->descriptor, object->size_bytes)
		: pvg_render_pipeline_parse(parsed, object->descriptor, object->size_bytes);
	if (why == NULL && !compute) {
		why = check_host(gpu, &parsed->render);
	}
	enum pvg_gpu_found found = PVG_GPU_MISSING;
	if (why != NULL) {
		PVG_REFUSE(gpu->device, PIPELINE, "task %" PRIu32 ": pipeline %" PRIu32 ": %s",
			task, ref, why);
		pvg_object_forget(gpu->device, task, ref);
	} else {
		log_unknown(gpu, task, ref, parsed);
		node->state.task = task;
		node->state.ref = ref;
		node->state.generation = node->node.generation;
		node->state.compute = compute;
		found = build(gpu, &node->state, parsed);
	}
	free(parsed);
	if (found != PVG_GPU_FOUND) {
		free(node);
		return found;
	}
	pvg_gpu_node_add(gpu, &node->node);
	*state = &node->state;
	return PVG_GPU_FOUND;
}

enum pvg_gpu_found pvg_gpu_render_pipeline(struct pvg_gpu *gpu, uint32_t task, uint32_t ref,
	struct pvg_gpu_pipeline_state **state) {
	return pipeline(gpu, task, ref, false, state);
}

enum pvg_gpu_found pvg_gpu_compute_pipeline(struct pvg_gpu *gpu, uint32_t task, uint32_t ref,
	struct pvg_gpu_pipeline_state **state) {
	return pipeline(gpu, task, ref, true, state);
}
