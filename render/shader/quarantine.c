// SPDX-License-Identifier: GPL-2.0-or-later
#include "quarantine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire.h"

#define FILE_MAGIC 0x51485350u // "PSHQ"

struct entry {
	struct pvg_shader_key key;
	uint32_t strikes;
	bool lasting;
};

struct pvg_shader_quarantine {
	char *path; // owned, NULL: memory only
	uint8_t worker[PVG_SHA256_BYTES];
	struct entry entries[PVG_QUARANTINE_MAX]; // a ring once it is full
	uint32_t count, next;
};

struct file_header {
	uint32_t magic, version, count, reserved;
	uint8_t worker[PVG_SHA256_BYTES];
	uint8_t digest[PVG_SHA256_BYTES]; // of the header without it and of the keys
};

static void file_digest(struct file_header h, const struct pvg_shader_key *keys,
	uint8_t digest[PVG_SHA256_BYTES]) {
	struct pvg_sha256 sha;
	memset(h.digest, 0, sizeof(h.digest));
	pvg_sha256_init(&sha);
	pvg_sha256_update(&sha, &h, sizeof(h));
	pvg_sha256_update(&sha, keys, h.count * sizeof(*keys));
	pvg_sha256_final(&sha, digest);
}

static struct entry *add(struct pvg_shader_quarantine *q, const struct pvg_shader_key *key) {
	struct entry *e = &q->entries[q->next];
	q->next = (q->next + 1) % PVG_QUARANTINE_MAX;
	q->count += q->count < PVG_QUARANTINE_MAX;
	*e = (struct entry){.key = *key};
	return e;
}

static bool parse(struct pvg_shader_quarantine *q, const uint8_t *bytes, size_t size) {
	struct file_header h;
	uint8_t digest[PVG_SHA256_BYTES];
	static struct pvg_shader_key keys[PVG_QUARANTINE_MAX];
	if (size < sizeof(h)) {
		return false;
	}
	memcpy(&h, bytes, sizeof(h));
	if (h.magic != FILE_MAGIC || h.version != PVG_SHADER_TRANSLATOR_VERSION ||
		h.count > PVG_QUARANTINE_MAX || size != sizeof(h) + h.count * sizeof(keys[0]) ||
		memcmp(h.worker, q->worker, sizeof(h.worker)) != 0) {
		return false;
	}
	memcpy(keys, bytes + sizeof(h), h.count * sizeof(keys[0]));
	file_digest(h, keys, digest);
	if (memcmp(digest, h.digest, sizeof(digest)) != 0) {
		return false;
	}
	for (uint32_t i = 0; i < h.count; i++) {
		struct entry *e = add(q, &keys[i]);
		e->strikes = PVG_QUARANTINE_STRIKES;
		e->lasting = true;
	}
	return true;
}

static void load(struct pvg_shader_quarantine *q) {
	size_t room =
		sizeof(struct file_header) + PVG_QUARANTINE_MAX * sizeof(struct pvg_shader_key);
	uint8_t *bytes = malloc(room + 1);
	struct stat st;
	int fd = open(q->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0) {
		free(bytes);
		return;
	}
	bool ok = bytes != NULL && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	if (ok) {
		ssize_t n = read(fd, bytes, room + 1);
		ok = n >= 0 && parse(q, bytes, (size_t)n);
	}
	close(fd);
	if (!ok) {
		unlink(q->path);
	}
	free(bytes);
}

/* Beside its place and renamed: it is there whole, or as it was. */
static void save(const struct pvg_shader_quarantine *q) {
	struct file_header h = {.magic = FILE_MAGIC, .version = PVG_SHADER_TRANSLATOR_VERSION};
	struct pvg_shader_key *keys = calloc(PVG_QUARANTINE_MAX, sizeof(*keys));
	char beside[4096];
	if (keys == NULL ||
		snprintf(beside, sizeof(beside), "%s.tmp%ld", q->path, (long)getpid()) >=
			(int)sizeof(beside)) {
		free(keys);
		return;
	}
	memcpy(h.worker, q->worker, sizeof(h.worker));
	// Oldest first, so that the next reader forgets in the same order.
	for (uint32_t i = 0; i < q->count; i++) {
		uint32_t first = q->count < PVG_QUARANTINE_MAX ? 0 : q->next;
		const struct entry *e = &q->entries[(first + i) % PVG_QUARANTINE_MAX];
		if (e->lasting && e->strikes >= PVG_QUARANTINE_STRIKES) {
			keys[h.count++] = e->key;
		}
	}
	file_digest(h, keys, h.digest);
	int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0) {
		bool ok = pvg_shader_write_all(fd, &h, sizeof(h)) &&
			pvg_shader_write_all(fd, keys, h.count * sizeof(*keys));
		ok = close(fd) == 0 && ok;
		if (!ok || rename(beside, q->path) != 0) {
			unlink(beside);
		}
	}
	free(keys);
}

struct pvg_shader_quarantine *pvg_shader_quarantine_create(const char *folder,
	const uint8_t worker[PVG_SHA256_BYTES]) {
	struct pvg_shader_quarantine *q = calloc(1, sizeof(*q));
	if (q == NULL) {
		return NULL;
	}
	memcpy(q->worker, worker, sizeof(q->worker));
	if (folder != NULL) {
		size_t size = strlen(folder) + sizeof("/quarantine");
		q->path = malloc(size);
		if (q->path != NULL) {
			snprintf(q->path, size, "%s/quarantine", folder);
			load(q);
		}
	}
	return q;
}

void pvg_shader_quarantine_destroy(struct pvg_shader_quarantine *q) {
	if (q != NULL) {
		free(q->path);
		free(q);
	}
}

static const struct entry *find(const struct pvg_shader_quarantine *q,
	const struct pvg_shader_key *key) {
	for (uint32_t i = 0; i < q->count; i++) {
		if (memcmp(&q->entries[i].key, key, sizeof(*key)) == 0) {
			return &q->entries[i];
		}
	}
	return NULL;
}

bool pvg_shader_quarantine_has(const struct pvg_shader_quarantine *q,
	const struct pvg_shader_key *key) {
	const struct entry *e = find(q, key);
	return e != NULL && e->strikes >= PVG_QUARANTINE_STRIKES;
}

uint32_t pvg_shader_quarantine_strike(struct pvg_shader_quarantine *q,
	const struct pvg_shader_key *key, bool lasting) {
	const struct entry *found = find(q, key);
	struct entry *e = found != NULL ? &q->entries[found - q->entries] : add(q, key);
	e->strikes++;
	e->lasting = lasting;
	if (lasting && e->strikes >= PVG_QUARANTINE_STRIKES && q->path != NULL) {
		save(q);
	}
	return e->strikes;
}
