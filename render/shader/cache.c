// SPDX-License-Identifier: GPL-2.0-or-later
#include "cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache-folder.h"
#include "wire.h"

#define FILE_MAGIC 0x43485350u // "PSHC"
#define FILE_SUFFIX ".psc"
#define BUCKETS 1024u

struct pvg_shader_cache {
	struct pvg_shader_cached *buckets[BUCKETS]; // owned lists
	char *folder; // owned, NULL: memory only
	uint8_t worker[PVG_SHA256_BYTES]; // what files come from
	uint64_t limit_bytes; // of the files
	uint64_t file_bytes; // about how much there is, other processes' files not counted
	uint64_t memory_bytes;
};

struct file_header {
	uint32_t magic, version, header_bytes;
	uint32_t spirv_words, glsl_bytes;
	uint32_t reserved; // 0; instead of padding, whose bytes would be anyone's guess
	struct pvg_shader_key key;
	uint8_t worker[PVG_SHA256_BYTES]; // the program that made it
	uint8_t digest[PVG_SHA256_BYTES]; // of everything behind the header and of the header
					  // without it
	struct pvg_reflection reflection;
};

void pvg_shader_cache_key(const uint8_t *bitcode, size_t size, const char *entry,
	const struct pvg_shader_variant *v, struct pvg_shader_key *key) {
	struct pvg_sha256 sha;
	uint8_t module[PVG_SHA256_BYTES];
	pvg_sha256(bitcode, size, module);
	pvg_sha256_init(&sha);
	uint32_t version = PVG_SHADER_TRANSLATOR_VERSION;
	pvg_sha256_update(&sha, &version, sizeof(version));
	pvg_sha256_update(&sha, module, sizeof(module));
	// The zero behind the name keeps two neighbours apart.
	pvg_sha256_update(&sha, entry != NULL ? entry : "", entry != NULL ? strlen(entry) + 1 : 1);
	pvg_sha256_update(&sha, v, offsetof(struct pvg_shader_variant, constants));
	for (uint32_t i = 0; i < v->constant_count && i < PVG_MAX_FUNCTION_CONSTANTS; i++) {
		const struct pvg_function_constant *c = &v->constants[i];
		pvg_sha256_update(&sha, c->name, strnlen(c->name, sizeof(c->name)));
		pvg_sha256_update(&sha, "", 1);
		pvg_sha256_update(&sha, &c->index, sizeof(c->index));
		pvg_sha256_update(&sha, &c->count, sizeof(c->count));
		pvg_sha256_update(&sha, c->values, sizeof(c->values));
	}
	pvg_sha256_final(&sha, key->bytes);
}

static void trim(struct pvg_shader_cache *cache) {
	cache->file_bytes = pvg_cache_folder_trim(cache->folder, FILE_SUFFIX, cache->limit_bytes);
}

struct pvg_shader_cache *pvg_shader_cache_create(const char *folder, uint64_t limit_bytes,
	const uint8_t worker[PVG_SHA256_BYTES]) {
	struct pvg_shader_cache *cache = calloc(1, sizeof(*cache));
	if (cache == NULL) {
		return NULL;
	}
	cache->limit_bytes = limit_bytes;
	memcpy(cache->worker, worker, sizeof(cache->worker));
	// A folder that cannot be made costs time, nothing else.
	if (folder != NULL && (mkdir(folder, 0700) == 0 || errno == EEXIST)) {
		cache->folder = strdup(folder);
		if (cache->folder != NULL) {
			trim(cache);
		}
	}
	return cache;
}

void pvg_shader_cache_destroy(struct pvg_shader_cache *cache) {
	if (cache == NULL) {
		return;
	}
	for (uint32_t i = 0; i < BUCKETS; i++) {
		struct pvg_shader_cached *c = cache->buckets[i];
		while (c != NULL) {
			struct pvg_shader_cached *next = c->next;
			free(c->result.spirv);
			free(c->result.glsl);
			free(c);
			c = next;
		}
	}
	free(cache->folder);
	free(cache);
}

static struct pvg_shader_cached **bucket(struct pvg_shader_cache *cache,
	const struct pvg_shader_key *key) {
	return &cache->buckets[(key->bytes[0] | (uint32_t)key->bytes[1] << 8) % BUCKETS];
}

static struct pvg_shader_cached *remember(struct pvg_shader_cache *cache,
	const struct pvg_shader_key *key, const struct pvg_shader_status *status,
	struct pvg_shader_result *result) {
	uint64_t bytes =
		sizeof(struct pvg_shader_cached) + 4 * result->spirv_words + result->glsl_bytes;
	if (bytes > PVG_SHADER_CACHE_MEMORY_BYTES - cache->memory_bytes) {
		return NULL;
	}
	struct pvg_shader_cached *c = calloc(1, sizeof(*c));
	if (c == NULL) {
		return NULL;
	}
	cache->memory_bytes += bytes;
	c->key = *key;
	c->status = *status;
	c->result = *result;
	*result = (struct pvg_shader_result){ 0 };
	struct pvg_shader_cached **head = bucket(cache, key);
	c->next = *head;
	*head = c;
	return c;
}


static void file_digest(struct file_header h, const uint8_t *body, size_t body_bytes,
	uint8_t digest[PVG_SHA256_BYTES]) {
	struct pvg_sha256 sha;
	memset(h.digest, 0, sizeof(h.digest));
	pvg_sha256_init(&sha);
	pvg_sha256_update(&sha, &h, sizeof(h));
	pvg_sha256_update(&sha, body, body_bytes);
	pvg_sha256_final(&sha, digest);
}

static bool read_all(int fd, void *data, size_t size) {
	uint8_t *at = data;
	while (size > 0) {
		ssize_t n = read(fd, at, size);
		if (n <= 0) {
			if (n < 0 && errno == EINTR) {
				continue;
			}
			return false;
		}
		at += n;
		size -= (size_t)n;
	}
	return true;
}

static bool parse_file(const struct pvg_shader_cache *cache, int fd,
	const struct pvg_shader_key *key, struct pvg_shader_result *out) {
	struct file_header h;
	struct stat st;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || !read_all(fd, &h, sizeof(h)) ||
		h.magic != FILE_MAGIC || h.version != PVG_SHADER_TRANSLATOR_VERSION ||
		h.header_bytes != sizeof(h) || memcmp(&h.key, key, sizeof(*key)) != 0 ||
		memcmp(h.worker, cache->worker, sizeof(h.worker)) != 0 ||
		h.spirv_words > PVG_SHADER_MAX_SPIRV_BYTES / 4 || h.spirv_words < 5 ||
		h.glsl_bytes > PVG_SHADER_MAX_GLSL_BYTES ||
		!pvg_reflection_check(&h.reflection, sizeof(h.reflection))) {
		return false;
	}
	size_t words = (size_t)h.spirv_words * 4, body_bytes = words + h.glsl_bytes;
	if (st.st_size != (off_t)(sizeof(h) + body_bytes)) {
		return false;
	}
	uint8_t *body = malloc(body_bytes);
	uint8_t digest[PVG_SHA256_BYTES];
	bool ok = body != NULL && read_all(fd, body, body_bytes);
	if (ok) {
		file_digest(h, body, body_bytes, digest);
		ok = memcmp(digest, h.digest, sizeof(digest)) == 0;
	}
	if (ok) {
		out->spirv = malloc(words);
		out->glsl = h.glsl_bytes > 0 ? malloc((size_t)h.glsl_bytes + 1) : NULL;
		ok = out->spirv != NULL && (h.glsl_bytes == 0 || out->glsl != NULL);
	}
	if (ok) {
		memcpy(out->spirv, body, words);
		out->spirv_words = h.spirv_words;
		out->glsl_bytes = h.glsl_bytes;
		out->reflection = h.reflection;
		if (out->glsl != NULL) {
			memcpy(out->glsl, body + words, h.glsl_bytes);
			out->glsl[h.glsl_bytes] = '\0';
		}
	} else {
		free(out->spirv);
		free(out->glsl);
		*out = (struct pvg_shader_result){ 0 };
	}
	free(body);
	return ok;
}

static const struct pvg_shader_cached *load_file(struct pvg_shader_cache *cache,
	const struct pvg_shader_key *key) {
	char path[4096];
	if (cache->folder == NULL ||
		!pvg_cache_file_path(cache->folder, key->bytes, FILE_SUFFIX, path, sizeof(path))) {
		return NULL;
	}
	// A pipe put there would hold us up.
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0) {
		return NULL;
	}
	struct pvg_shader_result result = { 0 };
	struct pvg_shader_status status = { 0 };
	bool ok = parse_file(cache, fd, key, &result);
	if (ok) {
		futimens(fd, NULL); // used now: others go first
	}
	close(fd);
	if (!ok) {
		unlink(path);
		return NULL;
	}
	const struct pvg_shader_cached *c = remember(cache, key, &status, &result);
	free(result.spirv); // empty when it was taken over
	free(result.glsl);
	return c;
}

const struct pvg_shader_cached *pvg_shader_cache_lookup(struct pvg_shader_cache *cache,
	const struct pvg_shader_key *key) {
	for (struct pvg_shader_cached *c = *bucket(cache, key); c != NULL; c = c->next) {
		if (memcmp(&c->key, key, sizeof(*key)) == 0) {
			return c;
		}
	}
	return load_file(cache, key);
}

/* Failure leaves no file: a full disk costs the next start some time, no shader. */
static void store_file(struct pvg_shader_cache *cache, const struct pvg_shader_cached *c) {
	const struct pvg_shader_result *r = &c->result;
	size_t words = r->spirv_words * 4, body_bytes = words + r->glsl_bytes;
	uint8_t *body = malloc(body_bytes > 0 ? body_bytes : 1);
	char path[4096], beside[4096], suffix[32];
	snprintf(suffix, sizeof(suffix), ".tmp%ld", (long)getpid());
	if (body == NULL ||
		!pvg_cache_file_path(cache->folder, c->key.bytes, FILE_SUFFIX, path,
			sizeof(path)) ||
		!pvg_cache_file_path(cache->folder, c->key.bytes, suffix, beside, sizeof(beside))) {
		free(body);
		return;
	}
	struct file_header h = { 0 };
	h.magic = FILE_MAGIC;
	h.version = PVG_SHADER_TRANSLATOR_VERSION;
	h.header_bytes = sizeof(h);
	h.spirv_words = (uint32_t)r->spirv_words;
	h.glsl_bytes = (uint32_t)r->glsl_bytes;
	h.key = c->key;
	memcpy(h.worker, cache->worker, sizeof(h.worker));
	h.reflection = r->reflection;
	memcpy(body, r->spirv, words);
	if (r->glsl_bytes > 0) {
		memcpy(body + words, r->glsl, r->glsl_bytes);
	}
	file_digest(h, body, body_bytes, h.digest);
	int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0) {
		bool ok = pvg_shader_write_all(fd, &h, sizeof(h)) &&
			pvg_shader_write_all(fd, body, body_bytes);
		ok = close(fd) == 0 && ok;
		if (!ok || rename(beside, path) != 0) {
			unlink(beside);
		} else {
			cache->file_bytes += sizeof(h) + body_bytes;
		}
	}
	free(body);
	if (cache->file_bytes > cache->limit_bytes) {
		trim(cache);
	}
}

const struct pvg_shader_cached *pvg_shader_cache_put(struct pvg_shader_cache *cache,
	const struct pvg_shader_key *key, const struct pvg_shader_status *status,
	struct pvg_shader_result *result) {
	struct pvg_shader_cached *c = remember(cache, key, status, result);
	if (c != NULL && c->status.reason == PVG_SHADER_OK && cache->folder != NULL) {
		store_file(cache, c);
	}
	return c;
}
