// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_SHADER_ARENA_H
#define RENDER_SHADER_ARENA_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Memory of one translation: everything the loader and the emitter make lives until the job ends.
 * Running out (or past the limit) aborts the job through `failed`, which is sticky; allocations
 * then return memory from a reserve, so that callers check once at the end of a step.
 */
struct pvg_arena {
	struct pvg_arena_chunk *chunks; // owned, newest first
	size_t used_bytes;
	size_t limit_bytes;
	bool failed;
};

#define PVG_ARENA_RESERVE_BYTES (1u << 20)

bool pvg_arena_init(struct pvg_arena *arena, size_t limit_bytes);
void pvg_arena_finish(struct pvg_arena *arena);

/* Zeroed memory of count * size bytes, aligned for any scalar. Never NULL (see above). */
void *pvg_arena_alloc(struct pvg_arena *arena, size_t count, size_t size);

/* A copy of n bytes of text and a terminating zero. */
char *pvg_arena_text(struct pvg_arena *arena, const char *text, size_t n);

#endif
