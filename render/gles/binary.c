// SPDX-License-Identifier: GPL-2.0-or-later
#include "binary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "render/gles/gles.h"
#include "render/shader/cache-folder.h"

#define FILE_MAGIC 0x42504750u // "PGPB"
#define FILE_VERSION 1u
#define PROGRAM_BYTES_MAX (16u << 20) // of one binary
#define FILE_SUFFIX ".pgb"

struct gles_binaries {
	char *folder;                     // owned
	uint8_t driver[PVG_SHA256_BYTES]; // whose binaries they are
	uint64_t limit_bytes, file_bytes; // file_bytes: about how much there is
};

struct file_header {
	uint32_t magic, version, format, bytes;
	uint8_t key[PVG_SHA256_BYTES], driver[PVG_SHA256_BYTES];
	uint8_t digest[PVG_SHA256_BYTES]; // of the header without it and of what follows
};

static void trim(struct gles_binaries *b) {
	b->file_bytes = pvg_cache_folder_trim(b->folder, FILE_SUFFIX, b->limit_bytes);
}

static void digest(struct file_header h, const uint8_t *body, uint8_t out[PVG_SHA256_BYTES]) {
	struct pvg_sha256 sha;
	memset(h.digest, 0, sizeof(h.digest));
	pvg_sha256_init(&sha);
	pvg_sha256_update(&sha, &h, sizeof(h));
	pvg_sha256_update(&sha, body, h.bytes);
	pvg_sha256_final(&sha, out);
}

/* ---- life ---------------------------------------------------------------------------------- */

struct gles_binaries *gles_binaries_create(const char *folder, uint64_t limit_bytes) {
	static const GLenum names[] = { GL_VENDOR, GL_RENDERER, GL_VERSION,
		GL_SHADING_LANGUAGE_VERSION };
	GLint formats = 0;
	glGetIntegerv(GL_NUM_PROGRAM_BINARY_FORMATS, &formats);
	if (folder == NULL || formats <= 0 || (mkdir(folder, 0700) != 0 && errno != EEXIST)) {
		return NULL;
	}
	struct gles_binaries *b = calloc(1, sizeof(*b));
	if (b == NULL || (b->folder = strdup(folder)) == NULL) {
		free(b);
		return NULL;
	}
	struct pvg_sha256 sha;
	pvg_sha256_init(&sha);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *text = (const char *)glGetString(names[i]);
		text = text != NULL ? text : "";
		pvg_sha256_update(&sha, text, strlen(text) + 1);
	}
	pvg_sha256_final(&sha, b->driver);
	b->limit_bytes = limit_bytes;
	trim(b);
	return b;
}

void gles_binaries_destroy(struct gles_binaries *b) {
	if (b != NULL) {
		free(b->folder);
		free(b);
	}
}

void gles_binaries_key(const struct gles_binaries *b, const GLenum *stages, char *const *texts,
	uint32_t count, uint8_t key[GLES_BINARY_KEY_BYTES]) {
	struct pvg_sha256 sha;
	pvg_sha256_init(&sha);
	pvg_sha256_update(&sha, b->driver, sizeof(b->driver));
	for (uint32_t i = 0; i < count; i++) {
		pvg_sha256_update(&sha, &stages[i], sizeof(stages[i]));
		pvg_sha256_update(&sha, texts[i], strlen(texts[i]) + 1);
	}
	pvg_sha256_final(&sha, key);
}

/* ---- files --------------------------------------------------------------------------------- */

static bool read_all(int fd, void *data, size_t bytes) {
	for (uint8_t *at = data; bytes > 0;) {
		ssize_t n = read(fd, at, bytes);
		if (n <= 0) {
			if (n < 0 && errno == EINTR) {
				continue;
			}
			return false;
		}
		at += n;
		bytes -= (size_t)n;
	}
	return true;
}

static bool write_all(int fd, const void *data, size_t bytes) {
	for (const uint8_t *at = data; bytes > 0;) {
		ssize_t n = write(fd, at, bytes);
		if (n < 0) {
			if (errno == EINTR) {
				continue;
			}
			return false;
		}
		at += n;
		bytes -= (size_t)n;
	}
	return true;
}

// NULL: not what it should be.
static uint8_t *read_file(const struct gles_binaries *b, int fd,
	const uint8_t key[GLES_BINARY_KEY_BYTES], struct file_header *h) {
	struct stat st;
	uint8_t sum[PVG_SHA256_BYTES];
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || !read_all(fd, h, sizeof(*h)) ||
		h->magic != FILE_MAGIC || h->version != FILE_VERSION || h->bytes == 0 ||
		h->bytes > PROGRAM_BYTES_MAX || st.st_size != (off_t)(sizeof(*h) + h->bytes) ||
		memcmp(h->key, key, sizeof(h->key)) != 0 ||
		memcmp(h->driver, b->driver, sizeof(h->driver)) != 0) {
		return NULL;
	}
	uint8_t *body = malloc(h->bytes);
	if (body == NULL || !read_all(fd, body, h->bytes)) {
		free(body);
		return NULL;
	}
	digest(*h, body, sum);
	if (memcmp(sum, h->digest, sizeof(sum)) != 0) {
		free(body);
		return NULL;
	}
	return body;
}

bool gles_binaries_load(struct gles_binaries *b, const uint8_t key[GLES_BINARY_KEY_BYTES],
	GLuint program) {
	char path[4096];
	struct file_header h;
	GLint ok = GL_FALSE;
	if (!pvg_cache_file_path(b->folder, key, FILE_SUFFIX, path, sizeof(path))) {
		return false;
	}
	// A pipe put there would hold us up.
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0) {
		return false;
	}
	uint8_t *body = read_file(b, fd, key, &h);
	if (body != NULL) {
		futimens(fd, NULL); // used now: others go first
		(void)gles_no_error(); // of before
		glProgramBinary(program, h.format, body, (GLsizei)h.bytes);
		if (glGetError() == GL_NO_ERROR) {
			glGetProgramiv(program, GL_LINK_STATUS, &ok);
		}
		free(body);
	}
	close(fd);
	if (!ok) {
		unlink(path);
	}
	return ok;
}

static void write_file(struct gles_binaries *b, const struct file_header *h, const uint8_t *body) {
	char path[4096], beside[4096], suffix[32];
	snprintf(suffix, sizeof(suffix), ".tmp%ld", (long)getpid());
	if (!pvg_cache_file_path(b->folder, h->key, FILE_SUFFIX, path, sizeof(path)) ||
		!pvg_cache_file_path(b->folder, h->key, suffix, beside, sizeof(beside))) {
		return;
	}
	int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		return;
	}
	bool ok = write_all(fd, h, sizeof(*h)) && write_all(fd, body, h->bytes);
	ok = close(fd) == 0 && ok;
	if (!ok || rename(beside, path) != 0) {
		unlink(beside);
		return;
	}
	b->file_bytes += sizeof(*h) + h->bytes;
	if (b->file_bytes > b->limit_bytes) {
		trim(b);
	}
}

void gles_binaries_store(struct gles_binaries *b, const uint8_t key[GLES_BINARY_KEY_BYTES],
	GLuint program) {
	GLint bytes = 0;
	glGetProgramiv(program, GL_PROGRAM_BINARY_LENGTH, &bytes);
	if (bytes <= 0 || (uint32_t)bytes > PROGRAM_BYTES_MAX) {
		return;
	}
	uint8_t *body = malloc((size_t)bytes);
	if (body == NULL) {
		return;
	}
	struct file_header h = { .magic = FILE_MAGIC, .version = FILE_VERSION };
	GLsizei got = 0;
	GLenum format = 0;
	glGetProgramBinary(program, bytes, &got, &format, body);
	if (glGetError() == GL_NO_ERROR && got > 0 && got <= bytes) {
		h.format = format;
		h.bytes = (uint32_t)got;
		memcpy(h.key, key, sizeof(h.key));
		memcpy(h.driver, b->driver, sizeof(h.driver));
		digest(h, body, h.digest);
		write_file(b, &h, body);
	}
	free(body);
}
