// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What moves into images: uploads of what changed in guest memory, copies between storages of the
 * same bytes. Textures whose bytes a buffer shows, too: alias.c.
 *
 * A part is compared and uploaded in bands of rows, so that a small change in a large surface is a
 * small upload.
 */
#include <stdlib.h>

#include <pvg/format.h>

#include "gpu/memory.h"
#include "refuse.h"

#define BAND_BYTES (UINT64_C(64) << 10)
#define PIECE_BYTES (PVG_GPU_SLAB_BYTES / 2) // one upload's share of the ring

// How a part is cut. A line is one long row: a texture buffer.
struct cut {
	const struct pvg_gpu_storage *storage;
	uint64_t gva;        // of the part
	uint64_t row_pitch, plane_pitch; // in guest memory
	uint64_t tight;      // bytes of a row, of a band of a line
	uint32_t width, height, depth;   // pixels
	uint32_t rows;       // of blocks, in a plane
	uint32_t band_rows;  // rows in a band
	uint32_t plane_bands;
	uint32_t bands;      // of all planes
	uint32_t line_texels; // in a band of a line, 0: not a line
};

static uint32_t shifted(uint32_t edge, uint32_t level) {
	edge >>= level;
	return edge != 0 ? edge : 1;
}

static struct cut cut_part(const struct pvg_gpu_storage *storage, uint32_t level, uint32_t slice) {
	const struct pvg_gpu_source *source = &storage->source;
	const struct pvg_format *format = storage->format;
	struct cut cut = {
		.storage = storage,
		.gva = source->gva + source->slice_bytes * slice +
			source->levels[level].offset_bytes,
		.row_pitch = source->levels[level].row_bytes,
		.plane_pitch = source->levels[level].plane_bytes,
		.width = shifted(storage->desc.width, level),
		.height = shifted(storage->desc.height, level),
		.depth = shifted(storage->desc.depth, level),
	};

	cut.tight = pvg_format_row_bytes(format, cut.width);
	cut.rows = pvg_format_rows(format, cut.height);
	if (storage->desc.kind == PVG_GPU_TEXTURE_BUFFER) {
		cut.line_texels = (uint32_t)(BAND_BYTES / format->block_bytes);
		cut.plane_bands = (uint32_t)((cut.tight + BAND_BYTES - 1) / BAND_BYTES);
		cut.band_rows = 1;
	} else {
		uint64_t rows = BAND_BYTES / cut.tight;
		cut.band_rows = rows == 0 ? 1 : rows > cut.rows ? cut.rows : (uint32_t)rows;
		cut.plane_bands = (cut.rows + cut.band_rows - 1) / cut.band_rows;
	}
	cut.bands = cut.plane_bands * cut.depth;
	return cut;
}

// Bands of one plane, as a box of texels.
struct box {
	uint64_t gva;
	uint64_t row_bytes; // tight
	uint32_t rows;
	uint32_t x, y, z, width, height;
};

static struct box box_of(const struct cut *cut, uint32_t band, uint32_t count) {
	const struct pvg_format *format = cut->storage->format;
	uint32_t plane = band / cut->plane_bands, first = band % cut->plane_bands;
	struct box box = {
		.gva = cut->gva + cut->plane_pitch * plane,
		.row_bytes = cut->tight,
		.z = plane,
		.width = cut->width,
		.height = cut->height,
	};

	if (cut->line_texels != 0) {
		uint32_t left = cut->width - first * cut->line_texels;
		uint64_t wanted = (uint64_t)count * cut->line_texels;
		box.x = first * cut->line_texels;
		box.width = wanted < left ? (uint32_t)wanted : left;
		box.row_bytes = pvg_format_row_bytes(format, box.width);
		box.gva += (uint64_t)box.x * format->block_bytes;
		box.rows = 1;
		return box;
	}
	uint32_t row = first * cut->band_rows;
	uint32_t rows = count * cut->band_rows;
	box.rows = rows < cut->rows - row ? rows : cut->rows - row;
	box.gva += cut->row_pitch * row;
	box.y = row * format->block_height;
	uint32_t height = box.rows * format->block_height;
	box.height = height < cut->height - box.y ? height : cut->height - box.y;
	return box;
}

static bool hash_box(struct pvg_gpu_reader *reader, const struct cut *cut, const struct box *box,
	uint64_t *hash) {
	*hash = 0;
	if (cut->row_pitch == box->row_bytes) {
		return pvg_gpu_reader_hash(reader, box->gva, box->row_bytes * box->rows, hash);
	}
	for (uint32_t row = 0; row < box->rows; row++) {
		if (!pvg_gpu_reader_hash(reader, box->gva + cut->row_pitch * row, box->row_bytes,
			    hash)) {
			return false;
		}
	}
	return true;
}

static bool copy_box(struct pvg_gpu_reader *reader, const struct cut *cut, const struct box *box,
	uint8_t *dst) {
	if (cut->row_pitch == box->row_bytes) {
		return pvg_gpu_reader_copy(reader, box->gva, box->row_bytes * box->rows, dst);
	}
	for (uint32_t row = 0; row < box->rows; row++) {
		if (!pvg_gpu_reader_copy(reader, box->gva + cut->row_pitch * row, box->row_bytes,
			    dst + box->row_bytes * row)) {
			return false;
		}
	}
	return true;
}

static struct pvg_gpu_transfer *emit_transfer(struct pvg_gpu *gpu, enum pvg_gpu_op op) {
	struct pvg_gpu_transfer *transfer = pvg_gpu_alloc(&gpu->list, sizeof(*transfer));

	pvg_gpu_emit(&gpu->list, op)->transfer = transfer;
	return transfer;
}

static enum pvg_gpu_found upload_box(struct pvg_gpu *gpu, struct pvg_gpu_reader *reader,
	const struct cut *cut, const struct box *box, uint32_t level, uint32_t slice) {
	uint64_t size_bytes = box->row_bytes * box->rows;
	struct pvg_gpu_span span;
	uint8_t *map;
	enum pvg_gpu_found found =
		pvg_gpu_ring_take(gpu, &gpu->memory->upload, size_bytes, 16, &span, &map);

	if (found != PVG_GPU_FOUND) {
		return found;
	}
	if (!copy_box(reader, cut, box, map)) {
		return PVG_GPU_RETRY;
	}
	*emit_transfer(gpu, PVG_GPU_OP_UPLOAD) = (struct pvg_gpu_transfer){
		.span = span,
		.row_bytes = box->row_bytes,
		.image_bytes = size_bytes,
		.at = { .image = cut->storage->image,
			.level = (uint16_t)level,
			.slice = (uint16_t)slice,
			.x = box->x,
			.y = box->y,
			.z = box->z },
		.width = box->width,
		.height = box->height,
		.depth = 1,
	};
	PVG_COUNT_DEVICE(gpu->device, gpu.uploads);
	PVG_ADD_DEVICE(gpu->device, gpu.bytes_uploaded, size_bytes);
	return PVG_GPU_FOUND;
}

// The bands from @first that changed, cut where they are too much for one upload.
static uint32_t run_of(const struct cut *cut, const struct pvg_gpu_part *part,
	const uint64_t *hashes, uint32_t first) {
	uint64_t band_bytes = cut->line_texels != 0 ? BAND_BYTES : cut->tight * cut->band_rows;
	uint32_t end = first;

	while (end < cut->bands && end / cut->plane_bands == first / cut->plane_bands &&
		(!part->hashed || part->hashes[end] != hashes[end]) &&
		(end == first || (end - first + 1) * band_bytes <= PIECE_BYTES)) {
		end++;
	}
	return end - first;
}

// Of each band as guest memory has it, into memory->hashes. MISSING: no memory.
static enum pvg_gpu_found hash_bands(struct pvg_gpu *gpu, struct pvg_gpu_reader *reader,
	const struct cut *cut, struct pvg_gpu_part *part) {
	struct pvg_gpu_memory *memory = gpu->memory;

	while (memory->hashes_room < cut->bands) {
		if (!pvg_gpu_grow((void **)&memory->hashes, &memory->hashes_room,
			    memory->hashes_room, sizeof(*memory->hashes))) {
			return PVG_GPU_MISSING;
		}
	}
	if (part->hashes == NULL) {
		part->hashes = calloc(cut->bands, sizeof(*part->hashes));
		if (part->hashes == NULL) {
			return PVG_GPU_MISSING;
		}
	}
	for (uint32_t band = 0; band < cut->bands; band++) {
		struct box box = box_of(cut, band, 1);
		if (!hash_box(reader, cut, &box, &memory->hashes[band])) {
			return PVG_GPU_RETRY;
		}
	}
	return PVG_GPU_FOUND;
}

void pvg_gpu_part_rehash(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage, uint32_t level,
	uint32_t slice) {
	struct pvg_gpu_part *part = pvg_gpu_storage_part(storage, level, slice);
	struct cut cut = cut_part(storage, level, slice);
	struct pvg_gpu_reader reader =
		pvg_gpu_reader(gpu, storage->source.task, storage->source.surface);

	if (hash_bands(gpu, &reader, &cut, part) == PVG_GPU_FOUND && !reader.missed) {
		memcpy(part->hashes, gpu->memory->hashes, cut.bands * sizeof(*part->hashes));
		part->hashed = true;
	}
}

// Compares guest memory with what the image holds and uploads the difference.
static enum pvg_gpu_found refresh(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage,
	uint32_t level, uint32_t slice) {
	struct pvg_gpu_memory *memory = gpu->memory;
	struct pvg_gpu_part *part = pvg_gpu_storage_part(storage, level, slice);
	struct cut cut = cut_part(storage, level, slice);
	struct pvg_gpu_reader reader =
		pvg_gpu_reader(gpu, storage->source.task, storage->source.surface);
	enum pvg_gpu_found hashed = hash_bands(gpu, &reader, &cut, part);

	if (hashed != PVG_GPU_FOUND) {
		gpu->list.failed = gpu->list.failed || hashed == PVG_GPU_MISSING;
		return hashed;
	}
	pvg_gpu_part_journal(gpu, storage, level, slice);
	bool uploaded = false;
	for (uint32_t band = 0; band < cut.bands;) {
		uint32_t count = run_of(&cut, part, memory->hashes, band);
		if (count == 0) {
			band++;
			continue;
		}
		struct box box = box_of(&cut, band, count);
		enum pvg_gpu_found found = upload_box(gpu, &reader, &cut, &box, level, slice);
		if (found != PVG_GPU_FOUND) {
			part->hashed = false; // some of it may have been uploaded
			return found;
		}
		uploaded = true;
		band += count;
	}
	if (!uploaded) {
		PVG_COUNT_DEVICE(gpu->device, gpu.uploads_skipped);
	}
	if (reader.missed) {
		PVG_REFUSE(gpu->device, TEXTURE,
			"task %u: texture %u: pages are not mapped, they read as zeros",
			storage->task, storage->ref);
	}
	memcpy(part->hashes, memory->hashes, cut.bands * sizeof(*part->hashes));
	part->hashed = true;
	part->resident = true;
	part->looked = memory->epoch;
	return PVG_GPU_FOUND;
}

struct pvg_gpu_transfer *pvg_gpu_part_transfer(struct pvg_gpu *gpu, enum pvg_gpu_op op,
	const struct pvg_gpu_storage *storage, uint32_t level, uint32_t slice) {
	struct pvg_gpu_transfer *transfer = emit_transfer(gpu, op);
	uint32_t width = shifted(storage->desc.width, level);
	uint32_t height = shifted(storage->desc.height, level);
	uint64_t row_bytes = pvg_format_row_bytes(storage->format, width);

	*transfer = (struct pvg_gpu_transfer){
		.row_bytes = row_bytes,
		.image_bytes = row_bytes * pvg_format_rows(storage->format, height),
		.at = { .image = storage->image,
			.level = (uint16_t)level,
			.slice = (uint16_t)slice },
		.width = width,
		.height = height,
		.depth = shifted(storage->desc.depth, level),
	};
	return transfer;
}

/* ---- other storages of the same bytes -------------------------------------------------------- */

// One of the same plane whose image is newer than guest memory.
static struct pvg_gpu_storage *newer_sibling(struct pvg_gpu *gpu,
	const struct pvg_gpu_storage *storage) {
	struct pvg_gpu_storage *other = pvg_gpu_storage_first(gpu, storage->task, storage->ref);

	for (; other != NULL; other = pvg_gpu_storage_next(other)) {
		if (other != storage && other->plane == storage->plane && other->parts[0].newer &&
			other->image != NULL) {
			return other;
		}
	}
	return NULL;
}

// Through a buffer, on the GPU: the same bytes as texels of another size (spec 02 section 4.8).
static enum pvg_gpu_found copy_from_sibling(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage,
	struct pvg_gpu_storage *from) {
	uint64_t a = pvg_format_row_bytes(from->format, from->desc.width);
	uint64_t b = pvg_format_row_bytes(storage->format, storage->desc.width);
	uint64_t pitch = ((a > b ? a : b) + 15) & ~UINT64_C(15);
	uint32_t height =
		from->desc.height < storage->desc.height ? from->desc.height : storage->desc.height;
	uint64_t texels = (a < b ? a : b) / storage->format->block_bytes;
	struct pvg_gpu_span span;
	uint8_t *map;

	if (texels == 0) {
		return PVG_GPU_FOUND;
	}
	enum pvg_gpu_found found =
		pvg_gpu_ring_take(gpu, &gpu->memory->readback, pitch * height, 256, &span, &map);
	if (found == PVG_GPU_FOUND) {
		found = pvg_gpu_storage_image(gpu, from);
	}
	if (found != PVG_GPU_FOUND) {
		return found;
	}
	struct pvg_gpu_transfer *read = pvg_gpu_part_transfer(gpu, PVG_GPU_OP_READ, from, 0, 0);
	read->span = span;
	read->row_bytes = pitch;
	read->height = height;
	read->image_bytes = pitch * height;
	struct pvg_gpu_transfer *upload =
		pvg_gpu_part_transfer(gpu, PVG_GPU_OP_UPLOAD, storage, 0, 0);
	upload->span = span;
	upload->row_bytes = pitch;
	upload->width = (uint32_t)texels;
	upload->height = height;
	upload->image_bytes = pitch * height;
	return PVG_GPU_FOUND;
}

static void outdate_siblings(struct pvg_gpu *gpu, const struct pvg_gpu_storage *storage) {
	struct pvg_gpu_storage *other = pvg_gpu_storage_first(gpu, storage->task, storage->ref);

	for (; other != NULL; other = pvg_gpu_storage_next(other)) {
		if (other != storage && other->plane == storage->plane) {
			pvg_gpu_part_journal(gpu, other, 0, 0);
			pvg_gpu_part_invalidate(&other->parts[0]);
			other->parts[0].hashed = false;
		}
	}
}

/* ---- use ------------------------------------------------------------------------------------- */

static enum pvg_gpu_found make_current(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage,
	uint32_t level, uint32_t slice) {
	struct pvg_gpu_part *part = pvg_gpu_storage_part(storage, level, slice);
	const struct pvg_gpu_source *source = &storage->source;
	bool look = source->silent && !part->newer && part->looked != gpu->memory->epoch &&
		pvg_gpu_is_complete(gpu, part->paid);

	if (storage->shared && !part->newer) {
		struct pvg_gpu_storage *from = newer_sibling(gpu, storage);
		if (from != NULL && part->resident) {
			return PVG_GPU_FOUND; // has been copied since
		}
		if (from != NULL) {
			enum pvg_gpu_found found = refresh(gpu, storage, level, slice);
			if (found == PVG_GPU_FOUND) {
				found = copy_from_sibling(gpu, storage, from);
			}
			part->hashed = false;
			return found;
		}
	}
	if (part->resident && !look) {
		return PVG_GPU_FOUND;
	}
	if (source->kind == PVG_SOURCE_NONE) {
		part->resident = true; // what was never written is zero
		return PVG_GPU_FOUND;
	}
	if (storage->aliases != 0) {
		bool loaded;
		enum pvg_gpu_found found = pvg_gpu_alias_load(gpu, storage, &loaded);
		if (loaded) {
			return found;
		}
	}
	return refresh(gpu, storage, level, slice);
}

enum pvg_gpu_found pvg_gpu_part_use(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage,
	uint32_t level, uint32_t slice, uint32_t use) {
	struct pvg_gpu_part *part = pvg_gpu_storage_part(storage, level, slice);
	bool written = (use & PVG_GPU_WRITES) != 0;

	if (storage->source.surface && !storage->indexed) {
		pvg_gpu_alias_index_surface(gpu, storage);
	}
	if ((storage->aliases | storage->twins) != 0) {
		enum pvg_gpu_found found = pvg_gpu_twins_use(gpu, storage, written);
		if (found == PVG_GPU_FOUND) {
			found = pvg_gpu_alias_use(gpu, storage, written);
		}
		if (found != PVG_GPU_FOUND) {
			return found;
		}
	}
	if ((use & PVG_GPU_READS) != 0 || use == PVG_GPU_WRITES) {
		enum pvg_gpu_found found = make_current(gpu, storage, level, slice);
		if (found != PVG_GPU_FOUND) {
			return found;
		}
	}
	if ((use & (PVG_GPU_WRITES | PVG_GPU_DISCARDS)) == 0) {
		return PVG_GPU_FOUND;
	}
	if (written && storage->source.kind == PVG_SOURCE_BUFFER) {
		// Where it will land, while there is still a way back.
		enum pvg_gpu_found found = pvg_gpu_alias_reserve(gpu, storage);
		if (found != PVG_GPU_FOUND) {
			return found;
		}
	}
	pvg_gpu_part_journal(gpu, storage, level, slice);
	bool backed = storage->source.kind != PVG_SOURCE_NONE;
	part->hashed = false;
	part->resident = written || !backed;
	part->newer = written && backed;
	part->payable = part->newer && !storage->orphan;
	if (storage->shared) {
		outdate_siblings(gpu, storage);
	}
	if (storage->source.heap_end != 0) {
		pvg_gpu_storage_take_place(gpu, storage);
	}
	if (part->payable && storage->source.silent &&
		storage->source.kind == PVG_SOURCE_MEMORY && !storage->source.surface &&
		storage->due_epoch != gpu->memory->epoch) {
		storage->due_epoch = gpu->memory->epoch;
		storage->next_due = gpu->memory->due;
		gpu->memory->due = storage;
	}
	return PVG_GPU_FOUND;
}

// Ranges in the texture's own numbering; false when they leave it.
static bool range_ok(uint32_t first, uint32_t *count, uint32_t all) {
	if (first >= all) {
		return false;
	}
	if (*count == 0) {
		*count = all - first;
	}
	return *count <= all - first;
}

// Notes who writes the image, and sees to it that the display does not show what is written.
static enum pvg_gpu_found guard(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage,
	uint32_t use) {
	const struct pvg_gpu_part *part = &storage->parts[0];
	bool draws = (use & (PVG_GPU_WRITES | PVG_GPU_DISCARDS | PVG_GPU_TOUCHES)) != 0;
	bool uploads = !part->resident ||
		(storage->source.silent && !part->newer && part->looked != gpu->memory->epoch);

	if (!draws && !uploads) {
		return PVG_GPU_FOUND;
	}
	storage->written = pvg_gpu_next_serial(gpu);
	if (storage->home == NULL) {
		return PVG_GPU_FOUND;
	}
	return pvg_gpu_home_guard(gpu, storage,
		(use & PVG_GPU_READS) != 0 || use == PVG_GPU_WRITES);
}

enum pvg_gpu_found pvg_gpu_texture_use(struct pvg_gpu *gpu, struct pvg_gpu_texture *texture,
	uint16_t first_level, uint16_t levels, uint16_t first_slice, uint16_t slices,
	uint32_t use) {
	struct pvg_gpu_storage *storage = texture->storage;
	uint32_t level_count = levels, slice_count = slices;

	if (!range_ok(first_level, &level_count, texture->desc.levels) ||
		!range_ok(first_slice, &slice_count, pvg_texture_slices(&texture->desc))) {
		PVG_REFUSE(gpu->device, TEXTURE,
			"task %u: texture %u: level %u, slice %u: outside of it", texture->task,
			texture->ref, first_level, first_slice);
		return PVG_GPU_MISSING;
	}
	enum pvg_gpu_found found = guard(gpu, storage, use);
	if (found == PVG_GPU_FOUND) {
		found = pvg_gpu_texture_realize(gpu, texture);
	}
	uint32_t level = (uint32_t)texture->first_level + first_level;
	uint32_t slice = (uint32_t)texture->first_slice + first_slice;
	for (uint32_t s = slice; s < slice + slice_count; s++) {
		for (uint32_t l = level; l < level + level_count && found == PVG_GPU_FOUND; l++) {
			found = pvg_gpu_part_use(gpu, storage, l, s, use);
		}
	}
	return found;
}

bool pvg_gpu_texture_is_stale(const struct pvg_gpu_texture *texture) {
	const struct pvg_gpu_storage *storage = texture->storage;
	uint32_t level = texture->first_level, slice = texture->first_slice;

	if (storage->image == NULL || texture->view == NULL) {
		return true;
	}
	for (uint32_t s = slice; s < slice + pvg_texture_slices(&texture->desc); s++) {
		for (uint32_t l = level; l < level + (uint32_t)texture->desc.levels; l++) {
			const struct pvg_gpu_part *part = pvg_gpu_storage_part(storage, l, s);
			bool look = storage->source.silent && !part->newer &&
				part->looked != storage->used_epoch;
			if (!part->resident || look) {
				return true;
			}
		}
	}
	return false;
}
