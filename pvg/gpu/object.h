// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What was made of guest objects, found by (task, ref). A node is good for one generation of its
 * ref: deleting or declaring again makes another.
 */
#ifndef PVG_GPU_OBJECT_H
#define PVG_GPU_OBJECT_H

#include "gpu.h"

enum pvg_gpu_node_kind {
	PVG_NODE_TEXTURE,
	PVG_NODE_SAMPLER,
	PVG_NODE_DEPTH_STENCIL,
	PVG_NODE_PIPELINE,
	PVG_NODE_KINDS,
};

// First member of what is kept for an object.
struct pvg_gpu_node {
	uint32_t task, ref, generation;
	uint8_t kind;			// enum pvg_gpu_node_kind
	struct pvg_gpu_node *next_in_bucket; // or in the list of the dead
};

struct pvg_gpu_objects {
	struct pvg_gpu_node **buckets; // owned
	size_t buckets_count;          // a power of two
	size_t count;
	struct pvg_gpu_node *dead; // owned: named by the list being built, gone with its end
	uint8_t tags_logged[8][32]; // unknown properties, by where they stood
};

// No list is being built any more: the dead go.
void pvg_gpu_objects_reap(struct pvg_gpu *gpu);

/*
 * The node of an object's present generation, NULL when there is none; one of an older generation
 * dies.
 */
struct pvg_gpu_node *pvg_gpu_node_get(struct pvg_gpu *gpu, const struct pvg_object *object,
	enum pvg_gpu_node_kind kind);
// The node of a ref, whatever is declared there now.
struct pvg_gpu_node *pvg_gpu_node_peek(struct pvg_gpu *gpu, uint32_t task, uint32_t ref);
/**
 * pvg_gpu_node_create - zeroed memory for an object's node
 * @size_bytes: of the whole struct
 *
 * Not found before pvg_gpu_node_add; free() it instead when what it stands for cannot be made.
 * NULL without memory, refused.
 */
void *pvg_gpu_node_create(struct pvg_gpu *gpu, const struct pvg_object *object,
	enum pvg_gpu_node_kind kind, size_t size_bytes);
void pvg_gpu_node_add(struct pvg_gpu *gpu, struct pvg_gpu_node *node);
// Deleted, or the whole task.
void pvg_gpu_objects_drop(struct pvg_gpu *gpu, uint32_t task, uint32_t ref);
void pvg_gpu_objects_drop_task(struct pvg_gpu *gpu, uint32_t task);
// What ends with a node: object-texture.c, object-state.c, object-pipeline.c.
void pvg_gpu_texture_node_finish(struct pvg_gpu *gpu, struct pvg_gpu_node *node);
void pvg_gpu_sampler_node_finish(struct pvg_gpu *gpu, struct pvg_gpu_node *node);
void pvg_gpu_pipeline_node_finish(struct pvg_gpu *gpu, struct pvg_gpu_node *node);

/*
 * The object of entry type 7 whose record is of this opcode. NULL as pvg_object_lookup; one of
 * another kind is refused by OBJECT_TYPE and stays as it is. @what: for the log.
 */
const struct pvg_object *pvg_gpu_state_object(struct pvg_gpu *gpu, uint32_t task, uint32_t ref,
	uint32_t opcode, const char *what, enum pvg_access *access);
// From pvg_object_lookup's answer.
enum pvg_gpu_found pvg_gpu_found_of(enum pvg_access access);

#endif
