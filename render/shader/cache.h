// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_SHADER_CACHE_H
#define RENDER_SHADER_CACHE_H

#include "sha256.h"
#include "translate.h"

/*
 * Results by key, in memory and in a folder. A file is written beside its place and renamed,
 * carries a digest of its content and the key it was made for, and is checked like a reply of the
 * worker: a damaged one is removed and the shader is translated again. Refusals stay in memory.
 */
struct pvg_shader_cache;

struct pvg_shader_key {
	uint8_t bytes[PVG_SHA256_BYTES];
};

/* A result that the cache keeps; valid until the cache is destroyed. */
struct pvg_shader_cached {
	struct pvg_shader_key key;
	struct pvg_shader_status status;
	struct pvg_shader_result result; // empty when status is a refusal
	struct pvg_shader_cached *next; // owned by the cache
};

/* Results in memory stay until the end: what a guest can make us keep has a bound. */
#define PVG_SHADER_CACHE_MEMORY_BYTES (UINT64_C(512) << 20)

/*
 * folder may be NULL: memory only. It is made if it is not there. limit_bytes bounds the files:
 * past it those used longest ago are removed. worker is the digest of the program that translates:
 * files of another one are not read.
 */
struct pvg_shader_cache *pvg_shader_cache_create(const char *folder, uint64_t limit_bytes,
	const uint8_t worker[PVG_SHA256_BYTES]);
void pvg_shader_cache_destroy(struct pvg_shader_cache *cache);

/* Everything that the result depends on, module and translator included (spec 05 §6.7). */
void pvg_shader_cache_key(const uint8_t *bitcode, size_t size, const char *entry,
	const struct pvg_shader_variant *variant, struct pvg_shader_key *key);

/* Memory first, then the folder. NULL when it is not there. */
const struct pvg_shader_cached *pvg_shader_cache_lookup(struct pvg_shader_cache *cache,
	const struct pvg_shader_key *key);

/*
 * Takes the result (leaves it empty). Good results are written to the folder too. NULL when there
 * is no memory for it, or no more of it for the cache; the result stays the caller's then.
 */
const struct pvg_shader_cached *pvg_shader_cache_put(struct pvg_shader_cache *cache,
	const struct pvg_shader_key *key, const struct pvg_shader_status *status,
	struct pvg_shader_result *result);

#endif
