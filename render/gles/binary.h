// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Linked programs in files, so that the next start need not compile them. A file belongs to the
 * driver that made it and to the texts it was made from; one that is broken, or that the driver no
 * longer takes, is removed and the program is compiled. Used by one thread, the one that builds.
 */
#ifndef RENDER_GLES_BINARY_H
#define RENDER_GLES_BINARY_H

#include <GLES3/gl32.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gles_binaries;

#define GLES_BINARY_KEY_BYTES 32u

/**
 * gles_binaries_create - a context is current
 * @folder: made where it is missing
 *
 * NULL: the driver gives no binaries, or no folder; programs are compiled then.
 */
struct gles_binaries *gles_binaries_create(const char *folder, uint64_t limit_bytes);
void gles_binaries_destroy(struct gles_binaries *binaries);

void gles_binaries_key(const struct gles_binaries *binaries, const GLenum *stages,
	char *const *texts, uint32_t count, uint8_t key[GLES_BINARY_KEY_BYTES]);
// Fills a program that nothing is attached to. False: it is to be compiled.
bool gles_binaries_load(struct gles_binaries *binaries, const uint8_t key[GLES_BINARY_KEY_BYTES],
	GLuint program);
// Failure leaves no file: a full disk costs the next start some time.
void gles_binaries_store(struct gles_binaries *binaries, const uint8_t key[GLES_BINARY_KEY_BYTES],
	GLuint program);

#endif
