// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "gpu/object.h"
#include "refuse.h"
#include "wire/cursor.h"

#define BUCKETS_MIN 1024u

bool pvg_gpu_objects_init(struct pvg_gpu *gpu) {
	struct pvg_gpu_objects *objects = calloc(1, sizeof(*objects));

	if (objects == NULL) {
		return false;
	}
	objects->buckets = calloc(BUCKETS_MIN, sizeof(struct pvg_gpu_node *));
	objects->buckets_count = BUCKETS_MIN;
	if (objects->buckets == NULL) {
		free(objects);
		return false;
	}
	gpu->objects = objects;
	return true;
}

void pvg_gpu_objects_finish(struct pvg_gpu *gpu) {
	if (gpu->objects == NULL) {
		return;
	}
	free(gpu->objects->buckets); // empty: pvg_gpu_objects_reset and a reap came before
	free(gpu->objects);
	gpu->objects = NULL;
}

static struct pvg_gpu_node **bucket_of(const struct pvg_gpu_objects *objects, uint32_t task,
	uint32_t ref) {
	uint64_t key = (uint64_t)task << 32 | ref;

	key *= UINT64_C(0x9e3779b97f4a7c15);
	return &objects->buckets[(key >> 32) & (objects->buckets_count - 1)];
}

// Where the link to the node is, *link NULL when there is none.
static struct pvg_gpu_node **find(const struct pvg_gpu_objects *objects, uint32_t task,
	uint32_t ref) {
	struct pvg_gpu_node **link = bucket_of(objects, task, ref);

	while (*link != NULL && ((*link)->task != task || (*link)->ref != ref)) {
		link = &(*link)->next_in_bucket;
	}
	return link;
}

// The list being built may name its handles: it goes with the end of that list.
static void bury(struct pvg_gpu_objects *objects, struct pvg_gpu_node **link) {
	struct pvg_gpu_node *node = *link;

	*link = node->next_in_bucket;
	node->next_in_bucket = objects->dead;
	objects->dead = node;
	objects->count--;
}

void pvg_gpu_objects_reap(struct pvg_gpu *gpu) {
	while (gpu->objects->dead != NULL) {
		struct pvg_gpu_node *node = gpu->objects->dead;
		gpu->objects->dead = node->next_in_bucket;
		switch ((enum pvg_gpu_node_kind)node->kind) {
		case PVG_NODE_TEXTURE:
			pvg_gpu_texture_node_finish(gpu, node);
			break;
		case PVG_NODE_SAMPLER:
			pvg_gpu_sampler_node_finish(gpu, node);
			break;
		case PVG_NODE_PIPELINE:
			pvg_gpu_pipeline_node_finish(gpu, node);
			break;
		case PVG_NODE_DEPTH_STENCIL:
		case PVG_NODE_KINDS:
			break;
		}
		free(node);
	}
}

void pvg_gpu_objects_reset(struct pvg_gpu *gpu) {
	struct pvg_gpu_objects *objects = gpu->objects;

	for (size_t i = 0; i < objects->buckets_count; i++) {
		while (objects->buckets[i] != NULL) {
			bury(objects, &objects->buckets[i]);
		}
	}
}

struct pvg_gpu_node *pvg_gpu_node_get(struct pvg_gpu *gpu, const struct pvg_object *object,
	enum pvg_gpu_node_kind kind) {
	struct pvg_gpu_node **link = find(gpu->objects, object->task, object->ref);

	if (*link == NULL) {
		return NULL;
	}
	if ((*link)->generation != object->generation || (*link)->kind != kind) {
		bury(gpu->objects, link);
		return NULL;
	}
	return *link;
}

void *pvg_gpu_node_create(struct pvg_gpu *gpu, const struct pvg_object *object,
	enum pvg_gpu_node_kind kind, size_t size_bytes) {
	struct pvg_gpu_node *node = calloc(1, size_bytes);

	if (node == NULL) {
		PVG_REFUSE(gpu->device, OBJECT, "task %u: object %u: no memory", object->task,
			object->ref);
		return NULL;
	}
	node->task = object->task;
	node->ref = object->ref;
	node->generation = object->generation;
	node->kind = (uint8_t)kind;
	return node;
}

// Without memory the table stays as it is: slower, not wrong.
static void grow(struct pvg_gpu_objects *objects) {
	struct pvg_gpu_objects bigger = { .buckets_count = objects->buckets_count * 2 };

	bigger.buckets = calloc(bigger.buckets_count, sizeof(struct pvg_gpu_node *));
	if (bigger.buckets == NULL) {
		return;
	}
	for (size_t i = 0; i < objects->buckets_count; i++) {
		while (objects->buckets[i] != NULL) {
			struct pvg_gpu_node *node = objects->buckets[i];
			objects->buckets[i] = node->next_in_bucket;
			struct pvg_gpu_node **bucket = bucket_of(&bigger, node->task, node->ref);
			node->next_in_bucket = *bucket;
			*bucket = node;
		}
	}
	free(objects->buckets);
	objects->buckets = bigger.buckets;
	objects->buckets_count = bigger.buckets_count;
}

void pvg_gpu_node_add(struct pvg_gpu *gpu, struct pvg_gpu_node *node) {
	struct pvg_gpu_objects *objects = gpu->objects;
	struct pvg_gpu_node **old = find(objects, node->task, node->ref);

	if (*old != NULL) {
		bury(objects, old);
	}
	if (objects->count >= objects->buckets_count) {
		grow(objects);
	}
	struct pvg_gpu_node **bucket = bucket_of(objects, node->task, node->ref);
	node->next_in_bucket = *bucket;
	*bucket = node;
	objects->count++;
}

struct pvg_gpu_node *pvg_gpu_node_peek(struct pvg_gpu *gpu, uint32_t task, uint32_t ref) {
	return *find(gpu->objects, task, ref);
}

enum pvg_gpu_found pvg_gpu_found_of(enum pvg_access access) {
	switch (access) {
	case PVG_ACCESS_OK:
		return PVG_GPU_FOUND;
	case PVG_ACCESS_RETRY:
		return PVG_GPU_RETRY;
	case PVG_ACCESS_UNMAPPED:
	case PVG_ACCESS_BAD:
		break;
	}
	return PVG_GPU_MISSING;
}

const struct pvg_object *pvg_gpu_state_object(struct pvg_gpu *gpu, uint32_t task, uint32_t ref,
	uint32_t opcode, const char *what, enum pvg_access *access) {
	const struct pvg_object *object =
		pvg_object_lookup(gpu->device, task, ref, 1u << PVG_OBJECT_STATE, access);

	if (object == NULL) {
		return NULL;
	}
	struct pvg_cursor c = pvg_cursor_init(object->descriptor, object->size_bytes);
	uint32_t declared = pvg_rd32(&c);
	if (declared == opcode) {
		return object;
	}
	// The object is good, only not for this: it stays.
	PVG_REFUSE(gpu->device, OBJECT_TYPE, "task %u: object %u: record 0x%x is no %s", task, ref,
		declared, what);
	*access = PVG_ACCESS_BAD;
	return NULL;
}

/* ---- what ends objects ----------------------------------------------------------------------- */

void pvg_gpu_objects_drop(struct pvg_gpu *gpu, uint32_t task, uint32_t ref) {
	struct pvg_gpu_node **link = find(gpu->objects, task, ref);

	if (*link != NULL) {
		bury(gpu->objects, link);
	}
}

void pvg_gpu_objects_drop_task(struct pvg_gpu *gpu, uint32_t task) {
	struct pvg_gpu_objects *objects = gpu->objects;

	for (size_t i = 0; i < objects->buckets_count; i++) {
		struct pvg_gpu_node **link = &objects->buckets[i];
		while (*link != NULL) {
			if ((*link)->task == task) {
				bury(objects, link);
			} else {
				link = &(*link)->next_in_bucket;
			}
		}
	}
}
