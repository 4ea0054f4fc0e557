// SPDX-License-Identifier: GPL-2.0-or-later
#include "arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* With AddressSanitizer every allocation ends where it ends: the rest of the chunk is poisoned. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONED 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONED 1
#endif
#ifdef ARENA_POISONED
#include <sanitizer/asan_interface.h>
#define GAP_BYTES 16u
#define poison(p, n) ASAN_POISON_MEMORY_REGION(p, n)
#define unpoison(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define GAP_BYTES 0u
#define poison(p, n) ((void)(p), (void)(n))
#define unpoison(p, n) ((void)(p), (void)(n))
#endif

// The first is small, for most jobs are; each one after it is larger.
#define FIRST_CHUNK_BYTES (32u << 10)
#define CHUNK_BYTES (256u << 10)

struct pvg_arena_chunk {
	struct pvg_arena_chunk *next; // owned
	size_t size, used;
	_Alignas(16) unsigned char data[];
};

// What failed allocations of reasonable size return, of whichever arena: never touched otherwise.
static _Alignas(16) unsigned char reserve[PVG_ARENA_RESERVE_BYTES];

bool pvg_arena_init(struct pvg_arena *arena, size_t limit_bytes) {
	*arena = (struct pvg_arena){.limit_bytes = limit_bytes};
	return true;
}

void pvg_arena_finish(struct pvg_arena *arena) {
	struct pvg_arena_chunk *chunk = arena->chunks;
	while (chunk != NULL) {
		struct pvg_arena_chunk *next = chunk->next;
		unpoison(chunk->data, chunk->size);
		free(chunk);
		chunk = next;
	}
	*arena = (struct pvg_arena){0};
}

/* The reserve is only ever read as zeroes and written by a job that is going to be refused. */
static void *fail(struct pvg_arena *arena, size_t bytes) {
	arena->failed = true;
	if (bytes > PVG_ARENA_RESERVE_BYTES) {
		// Sizes are bounded by the limits of the loader; past them there is nothing to go
		// on with.
		abort();
	}
	memset(reserve, 0, bytes);
	return reserve;
}

void *pvg_arena_alloc(struct pvg_arena *arena, size_t count, size_t size) {
	size_t bytes;
	if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - 64) {
		abort();
	}
	size_t exact = bytes > 0 ? bytes : 1;
	bytes = ((exact + 15) & ~(size_t)15) + GAP_BYTES;
	if (bytes > arena->limit_bytes - arena->used_bytes) {
		return fail(arena, bytes);
	}
	struct pvg_arena_chunk *chunk = arena->chunks;
	if (chunk == NULL || chunk->size - chunk->used < bytes) {
		size_t usual = chunk == NULL ? FIRST_CHUNK_BYTES : CHUNK_BYTES;
		size_t room = bytes > usual ? bytes : usual;
		chunk = calloc(1, sizeof(*chunk) + room);
		if (chunk == NULL) {
			return fail(arena, bytes);
		}
		chunk->size = room;
		chunk->next = arena->chunks;
		arena->chunks = chunk;
		poison(chunk->data, room);
	}
	void *p = chunk->data + chunk->used;
	unpoison(p, exact);
	chunk->used += bytes;
	arena->used_bytes += bytes;
	return p;
}

char *pvg_arena_text(struct pvg_arena *arena, const char *text, size_t n) {
	char *copy = pvg_arena_alloc(arena, n + 1, 1);
	memcpy(copy, text, n);
	copy[n] = '\0';
	return copy;
}
