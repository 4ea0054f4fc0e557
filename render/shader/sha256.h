// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_SHADER_SHA256_H
#define RENDER_SHADER_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PVG_SHA256_BYTES 32

/* SHA-256 (FIPS 180-4), fed in pieces. Key of the caches and of the quarantine. */
struct pvg_sha256 {
	uint32_t state[8];
	uint64_t length_bytes;
	uint8_t block[64];
};

void pvg_sha256_init(struct pvg_sha256 *sha);
void pvg_sha256_update(struct pvg_sha256 *sha, const void *data, size_t len);
void pvg_sha256_final(struct pvg_sha256 *sha, uint8_t digest[PVG_SHA256_BYTES]);
void pvg_sha256(const void *data, size_t len, uint8_t digest[PVG_SHA256_BYTES]);

/* Do without the processor's instructions for it: for tests, which try both ways. */
void pvg_sha256_use_plain(bool plain);

#endif
