// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading guest pages on the GPU's behalf. Pages that are neighbours in the host's address space
 * are one run, so that most copies are one memcpy.
 */
#include "core.h"
#include "gpu/memory.h"

#define RUN_PAGES 256u

static const uint8_t zeros[4096]; // what unmapped memory reads as

struct pvg_gpu_reader pvg_gpu_reader(struct pvg_gpu *gpu, uint32_t task, bool surface) {
	return (struct pvg_gpu_reader){
		.device = gpu->device,
		.task = task,
		.surface = surface,
	};
}

static const uint8_t *page_at(struct pvg_gpu_reader *reader, uint64_t gva,
	enum pvg_access *access) {
	return reader->surface ? pvg_task_surface_page(reader->device, reader->task, gva, access)
			       : pvg_task_page(reader->device, reader->task, gva, access);
}

static bool find_run(struct pvg_gpu_reader *reader, uint64_t gva, uint64_t size_bytes,
	enum pvg_access *access) {
	uint64_t page_bytes = pvg_page_size(reader->device);
	uint64_t first = gva & ~(page_bytes - 1);
	const uint8_t *page = page_at(reader, first, access);

	reader->run = page;
	reader->run_gva = first;
	reader->run_bytes = page_bytes;
	if (page == NULL) {
		reader->run_bytes = 0;
		return false;
	}
	for (unsigned int i = 1; i < RUN_PAGES; i++) {
		uint64_t next = first + reader->run_bytes;
		enum pvg_access ignored; // whoever needs that page will ask for it again
		if (next < first || next - gva >= size_bytes ||
			page_at(reader, next, &ignored) != page + reader->run_bytes) {
			break;
		}
		reader->run_bytes += page_bytes;
	}
	return true;
}

const uint8_t *pvg_gpu_reader_piece(struct pvg_gpu_reader *reader, uint64_t gva,
	uint64_t size_bytes, size_t *piece, enum pvg_access *access) {
	uint64_t page_bytes = pvg_page_size(reader->device);

	*access = PVG_ACCESS_OK;
	if (gva - reader->run_gva >= reader->run_bytes &&
		!find_run(reader, gva, size_bytes, access)) {
		if (*access != PVG_ACCESS_RETRY) {
			// Zeros (spec 02 section 3.6). A malformed table was refused.
			*access = PVG_ACCESS_OK;
			reader->missed = true;
		}
		uint64_t left = page_bytes - (gva & (page_bytes - 1));
		left = left < sizeof(zeros) ? left : sizeof(zeros);
		*piece = (size_t)(left < size_bytes ? left : size_bytes);
		return NULL;
	}
	uint64_t skip = gva - reader->run_gva;
	uint64_t left = reader->run_bytes - skip;
	*piece = (size_t)(left < size_bytes ? left : size_bytes);
	return reader->run + skip;
}

bool pvg_gpu_reader_hash(struct pvg_gpu_reader *reader, uint64_t gva, uint64_t size_bytes,
	uint64_t *hash) {
	while (size_bytes > 0) {
		size_t piece;
		enum pvg_access access;
		const uint8_t *at = pvg_gpu_reader_piece(reader, gva, size_bytes, &piece, &access);
		if (access == PVG_ACCESS_RETRY) {
			return false;
		}
		*hash = pvg_gpu_hash(*hash, at != NULL ? at : zeros, piece);
		gva += piece;
		size_bytes -= piece;
	}
	return true;
}

bool pvg_gpu_reader_copy(struct pvg_gpu_reader *reader, uint64_t gva, uint64_t size_bytes,
	uint8_t *dst) {
	while (size_bytes > 0) {
		size_t piece;
		enum pvg_access access;
		const uint8_t *at = pvg_gpu_reader_piece(reader, gva, size_bytes, &piece, &access);
		if (access == PVG_ACCESS_RETRY) {
			return false;
		}
		if (at != NULL) {
			memcpy(dst, at, piece);
		} else {
			memset(dst, 0, piece);
		}
		dst += piece;
		gva += piece;
		size_bytes -= piece;
	}
	return true;
}

/* ---- hash ------------------------------------------------------------------------------------ */

#define K0 UINT64_C(0x9e3779b97f4a7c15)
#define K1 UINT64_C(0xc2b2ae3d27d4eb4f)

static uint64_t word(const uint8_t *at) {
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint64_t mix(uint64_t hash, uint64_t value) {
	hash = (hash ^ value) * K0;
	return hash ^ hash >> 29;
}

#define BLOCK_BYTES 32u

// Four lanes in registers, so that as many multiplications are under way at once.
static uint64_t hash_blocks(uint64_t hash, const uint8_t *at, size_t blocks) {
	uint64_t a = hash, b = hash + K0, c = hash ^ K1, d = ~hash;

	for (; blocks > 0; blocks--, at += BLOCK_BYTES) {
		a = mix(a, word(at));
		b = mix(b, word(at + 8));
		c = mix(c, word(at + 16));
		d = mix(d, word(at + 24));
	}
	return mix(mix(mix(mix(hash, a), b), c), d);
}

uint64_t pvg_gpu_hash(uint64_t seed, const void *bytes, size_t size_bytes) {
	const uint8_t *at = bytes;
	size_t blocks = size_bytes / BLOCK_BYTES;
	size_t left = size_bytes % BLOCK_BYTES;
	uint64_t hash = mix(seed, size_bytes);

	if (blocks > 0) {
		hash = hash_blocks(hash, at, blocks);
		at += BLOCK_BYTES * blocks;
	}
	for (; left >= 8; left -= 8, at += 8) {
		hash = mix(hash, word(at));
	}
	uint64_t tail = 0;
	for (size_t i = 0; i < left; i++) {
		tail = tail << 8 | at[i];
	}
	hash = mix(hash, tail);
	return (hash ^ hash >> 32) * K1;
}
