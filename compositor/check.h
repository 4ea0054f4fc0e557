// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pvg-kiosk --check: what this machine has of what the kiosk uses, one line each, with what to do
 * about it where something is missing.
 */
#ifndef COMPOSITOR_CHECK_H
#define COMPOSITOR_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct pk_options;

enum pk_check_word {
	PK_CHECK_OK,
	PK_CHECK_NOTE, // works, but less well than it could
	PK_CHECK_BAD,  // a macOS guest cannot be used like this
	PK_CHECK_WORDS,
};

struct pk_check {
	FILE *out; // borrowed
	unsigned int counts[PK_CHECK_WORDS];
};

/**
 * pk_check_line - one finding
 * @topic: what was looked at
 * @fix:   what to do; NULL only with PK_CHECK_OK
 */
void pk_check_line(struct pk_check *check, enum pk_check_word word, const char *topic,
	const char *fix, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/**
 * pk_check_run - looks at everything
 *
 * Returns the exit status: PK_EXIT_OK, or PK_EXIT_FAILURE when a line says "bad". Opens devices and
 * closes them, changes no mode, needs no seat, starts QEMU only to ask for its version.
 */
int pk_check_run(const struct pk_options *options, FILE *out);

/* The parts, with the paths that they look at; for tests too. */

void pk_check_kvm(struct pk_check *check, const char *path);
void pk_check_memory(struct pk_check *check);
// @module_folder: /sys/module/udmabuf/parameters, where the kernel says its limits
void pk_check_udmabuf(struct pk_check *check, const char *path, const char *module_folder);
// @folder: /dev/dri
void pk_check_drm(struct pk_check *check, const char *folder);

// Descriptor of a dmabuf of plain memory, -1 and errno: cannot be made.
int pk_check_make_udmabuf(const char *path, uint64_t size_bytes);

#endif
