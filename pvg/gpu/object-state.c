// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Samplers and depth-stencil states (spec 02 sections 4.13, 4.14).
 */
#include <inttypes.h>
#include <stdlib.h>

#include "gpu/memory.h"
#include "wire/state.h"

struct sampler_node {
	struct pvg_gpu_node node;
	struct pvg_gpu_sampler *sampler; // owned
	bool pixels;
};

struct depth_stencil_node {
	struct pvg_gpu_node node;
	struct pvg_gpu_depth_stencil state;
};

void pvg_gpu_sampler_node_finish(struct pvg_gpu *gpu, struct pvg_gpu_node *node) {
	pvg_gpu_bury_sampler(gpu, ((struct sampler_node *)node)->sampler);
}

enum pvg_gpu_found pvg_gpu_sampler_state(struct pvg_gpu *gpu, uint32_t task, uint32_t ref,
	struct pvg_gpu_sampler **sampler, bool *pixels) {
	enum pvg_access access;
	const struct pvg_object *object =
		pvg_gpu_state_object(gpu, task, ref, 0x03, "sampler", &access);

	if (object == NULL) {
		return pvg_gpu_found_of(access);
	}
	struct sampler_node *node =
		(struct sampler_node *)pvg_gpu_node_get(gpu, object, PVG_NODE_SAMPLER);
	if (node != NULL) {
		*sampler = node->sampler;
		*pixels = node->pixels;
		return PVG_GPU_FOUND;
	}
	struct pvg_gpu_sampler_desc desc;
	const char *why = pvg_sampler_parse(&desc, object->descriptor, object->size_bytes);
	if (why != NULL) {
		PVG_REFUSE(gpu->device, SAMPLER, "task %" PRIu32 ": sampler %" PRIu32 ": %s", task,
			ref, why);
		pvg_object_forget(gpu->device, task, ref);
		return PVG_GPU_MISSING;
	}
	node = pvg_gpu_node_create(gpu, object, PVG_NODE_SAMPLER, sizeof(*node));
	if (node == NULL) {
		return PVG_GPU_MISSING;
	}
	node->sampler = gpu->renderer->ops->sampler_create(gpu->renderer, &desc);
	if (node->sampler == NULL) {
		PVG_REFUSE(gpu->device, SAMPLER,
			"task %" PRIu32 ": sampler %" PRIu32 ": the renderer refused it", task,
			ref);
		free(node);
		return PVG_GPU_MISSING;
	}
	node->pixels = !desc.normalized;
	pvg_gpu_node_add(gpu, &node->node);
	*sampler = node->sampler;
	*pixels = node->pixels;
	return PVG_GPU_FOUND;
}

enum pvg_gpu_found pvg_gpu_depth_stencil_state(struct pvg_gpu *gpu, uint32_t task, uint32_t ref,
	const struct pvg_gpu_depth_stencil **state) {
	enum pvg_access access;
	const struct pvg_object *object =
		pvg_gpu_state_object(gpu, task, ref, 0x04, "depth-stencil state", &access);

	if (object == NULL) {
		return pvg_gpu_found_of(access);
	}
	struct depth_stencil_node *node =
		(struct depth_stencil_node *)pvg_gpu_node_get(gpu, object, PVG_NODE_DEPTH_STENCIL);
	if (node != NULL) {
		*state = &node->state;
		return PVG_GPU_FOUND;
	}
	struct pvg_gpu_depth_stencil parsed;
	const char *why = pvg_depth_stencil_parse(&parsed, object->descriptor, object->size_bytes);
	if (why != NULL) {
		PVG_REFUSE(gpu->device, DESCRIPTOR,
			"task %" PRIu32 ": depth-stencil state %" PRIu32 ": %s", task, ref, why);
		pvg_object_forget(gpu->device, task, ref);
		return PVG_GPU_MISSING;
	}
	node = pvg_gpu_node_create(gpu, object, PVG_NODE_DEPTH_STENCIL, sizeof(*node));
	if (node == NULL) {
		return PVG_GPU_MISSING;
	}
	node->state = parsed;
	pvg_gpu_node_add(gpu, &node->node);
	*state = &node->state;
	return PVG_GPU_FOUND;
}
