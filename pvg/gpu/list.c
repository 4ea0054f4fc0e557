// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command list being built: an array of commands and an arena for what they point to. Both are
 * kept from list to list, so that building one allocates nothing once the sizes are known.
 */
#include <stdlib.h>
#include <string.h>

#include "gpu-private.h"

#define CHUNK_BYTES (UINT32_C(64) << 10)
#define COMMANDS_FIRST 256u
#define ALIGNMENT 16u
#define KEEP_BYTES (UINT32_C(8) << 20) // from list to list

struct pvg_gpu_chunk {
	struct pvg_gpu_chunk *next;
	size_t size_bytes, used_bytes;
	_Alignas(ALIGNMENT) uint8_t bytes[];
};

// Where writes go when memory is out. The list is not submitted, so nobody reads it.
static _Alignas(ALIGNMENT) uint8_t scrap[CHUNK_BYTES];
static struct pvg_gpu_cmd scrap_cmd;

struct pvg_gpu_cmd *pvg_gpu_emit(struct pvg_gpu_builder *builder, enum pvg_gpu_op op) {
	if (builder->count == builder->capacity) {
		size_t capacity = builder->capacity != 0 ? builder->capacity * 2 : COMMANDS_FIRST;
		struct pvg_gpu_cmd *cmds = realloc(builder->cmds, capacity * sizeof(*cmds));
		if (cmds == NULL) {
			builder->failed = true;
			return &scrap_cmd;
		}
		builder->cmds = cmds;
		builder->capacity = capacity;
	}
	struct pvg_gpu_cmd *cmd = &builder->cmds[builder->count++];
	memset(cmd, 0, sizeof(*cmd));
	cmd->op = op;
	return cmd;
}

void pvg_gpu_append(struct pvg_gpu_builder *builder, const struct pvg_gpu_cmd *cmds, size_t count) {
	if (builder->capacity - builder->count < count) {
		size_t capacity = builder->capacity * 2 + count;
		struct pvg_gpu_cmd *grown = realloc(builder->cmds, capacity * sizeof(*grown));
		if (grown == NULL) {
			builder->failed = true;
			return;
		}
		builder->cmds = grown;
		builder->capacity = capacity;
	}
	if (count > 0) {
		memcpy(builder->cmds + builder->count, cmds, count * sizeof(*cmds));
		builder->count += count;
	}
}

// The next chunk with room, a new one behind the current one when there is none.
static struct pvg_gpu_chunk *chunk_for(struct pvg_gpu_builder *builder, size_t size_bytes) {
	struct pvg_gpu_chunk *chunk = builder->current;

	while (chunk != NULL && chunk->next != NULL) {
		chunk = chunk->next;
		if (chunk->size_bytes >= size_bytes) { // all behind the current one are empty
			builder->current = chunk;
			return chunk;
		}
	}
	size_t room = size_bytes > CHUNK_BYTES ? size_bytes : CHUNK_BYTES;
	struct pvg_gpu_chunk *fresh = malloc(sizeof(*fresh) + room);
	if (fresh == NULL) {
		return NULL;
	}
	*fresh = (struct pvg_gpu_chunk){ .size_bytes = room };
	if (chunk != NULL) {
		chunk->next = fresh;
	} else {
		builder->chunks = fresh;
	}
	builder->current = fresh;
	return fresh;
}

void *pvg_gpu_alloc(struct pvg_gpu_builder *builder, size_t size_bytes) {
	struct pvg_gpu_chunk *chunk = builder->current;

	if (size_bytes > SIZE_MAX / 2) {
		builder->failed = true;
		return NULL;
	}
	size_bytes = (size_bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (chunk == NULL || chunk->size_bytes - chunk->used_bytes < size_bytes) {
		chunk = chunk_for(builder, size_bytes);
	}
	if (chunk == NULL) {
		builder->failed = true;
		return size_bytes <= sizeof(scrap) ? memset(scrap, 0, size_bytes) : NULL;
	}
	uint8_t *at = chunk->bytes + chunk->used_bytes;
	chunk->used_bytes += size_bytes;
	return memset(at, 0, size_bytes);
}

void pvg_gpu_builder_clear(struct pvg_gpu_builder *builder) {
	size_t kept = 0;
	struct pvg_gpu_chunk **at = &builder->chunks;
	while (*at != NULL) {
		struct pvg_gpu_chunk *chunk = *at;
		if (kept + chunk->size_bytes > KEEP_BYTES) { // one huge list costs once
			*at = chunk->next;
			free(chunk);
			continue;
		}
		kept += chunk->size_bytes;
		chunk->used_bytes = 0;
		at = &chunk->next;
	}
	if (builder->capacity * sizeof(*builder->cmds) > KEEP_BYTES) {
		free(builder->cmds);
		builder->cmds = NULL;
		builder->capacity = 0;
	}
	builder->current = builder->chunks;
	builder->count = 0;
	builder->failed = false;
}

void pvg_gpu_builder_finish(struct pvg_gpu_builder *builder) {
	while (builder->chunks != NULL) {
		struct pvg_gpu_chunk *next = builder->chunks->next;
		free(builder->chunks);
		builder->chunks = next;
	}
	free(builder->cmds);
	*builder = (struct pvg_gpu_builder){ 0 };
}
