// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_SHADER_CACHE_FOLDER_H
#define RENDER_SHADER_CACHE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sha256.h"

/*
 * A folder of files named by a digest and an ending of four characters, written beside as ".tmp…"
 * and renamed. Several processes may use it at once.
 */

// The path of a file; false: it does not fit.
bool pvg_cache_file_path(const char *folder, const uint8_t key[PVG_SHA256_BYTES],
	const char *suffix, char *path, size_t size);

/*
 * Counts the bytes of what there is with that ending. Above the limit, what was used longest ago
 * goes until three quarters of it are left. What a process left half written goes too. Returns the
 * bytes that stay.
 */
uint64_t pvg_cache_folder_trim(const char *folder, const char suffix[5], uint64_t limit_bytes);

#endif
