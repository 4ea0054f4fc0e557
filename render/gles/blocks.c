// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/gles/blocks.h"

#include <stdlib.h>
#include <string.h>

#include "render/gles/bc.h"
#include "render/gles/draw.h"

#define EDGE 4u // texels of a block, across and down
#define BAND_BYTES (1u << 20) // of texels that are decoded at once

struct grid { // of one level
	uint32_t columns, rows, depth; // depth: slices or planes
	uint64_t offset; // in the image's blocks
};

static struct grid grid_of(const struct gles_image *image, uint32_t level) {
	const struct pvg_gpu_image_desc *d = &image->desc;
	struct grid grid = { 0 };
	for (uint32_t i = 0; i <= level; i++) {
		grid.offset += (uint64_t)grid.columns * grid.rows * grid.depth *
			image->format->block_bytes;
		grid.columns = (gles_level_size(d->width, i) + EDGE - 1) / EDGE;
		grid.rows = (gles_level_size(d->height, i) + EDGE - 1) / EDGE;
		grid.depth = d->kind == PVG_GPU_3D ? gles_level_size(d->depth, i) : image->slices;
	}
	return grid;
}

static uint8_t *row_at(const struct gles_image *image, const struct grid *grid,
	const struct gles_block_box *box, uint32_t row, uint32_t z) {
	uint64_t index = ((uint64_t)(box->z + z) * grid->rows + box->y + row) * grid->columns +
		box->x;
	return image->blocks + grid->offset + index * image->format->block_bytes;
}

struct gles_block_box gles_block_box(const struct gles_image *image, uint32_t level,
	const uint32_t origin[3], const uint32_t size[3]) {
	return (struct gles_block_box){
		.level = level,
		.x = origin[0] / EDGE,
		.y = origin[1] / EDGE,
		.z = origin[2],
		.columns = (size[0] + EDGE - 1) / EDGE,
		.rows = (size[1] + EDGE - 1) / EDGE,
		.depth = size[2],
	};
}

uint64_t gles_blocks_bytes(const struct gles_image *image) {
	struct grid end = grid_of(image, image->desc.levels - 1u);
	return end.offset +
		(uint64_t)end.columns * end.rows * end.depth * image->format->block_bytes;
}

bool gles_blocks_make(struct gles_image *image) {
	image->blocks = calloc(1, gles_blocks_bytes(image));
	return image->blocks != NULL;
}

/* ---- texels -------------------------------------------------------------------------------- */

// Decodes rows of blocks into texels, @pitch bytes from one row of texels to the next.
static void decode(const struct gles_bc *bc, uint32_t block_bytes, const uint8_t *row,
	uint32_t columns, uint8_t *texels, size_t pitch) {
	uint8_t sixteen[16 * 8];
	size_t bytes = EDGE * bc->texel_bytes;
	for (uint32_t i = 0; i < columns; i++, row += block_bytes) {
		gles_bc_decode(bc, row, sixteen);
		for (uint32_t y = 0; y < EDGE; y++) {
			memcpy(texels + y * pitch + i * bytes, sixteen + y * bytes, bytes);
		}
	}
}

static void put_texels(const struct gles_image *image, const struct gles_block_box *box,
	const struct gles_raw_format *raw, uint32_t row, uint32_t rows, uint32_t z,
	const uint8_t *texels) {
	const struct pvg_gpu_image_desc *d = &image->desc;
	uint32_t x = box->x * EDGE, y = (box->y + row) * EDGE;
	uint32_t width = gles_level_size(d->width, box->level) - x;
	uint32_t height = gles_level_size(d->height, box->level) - y;
	width = width < box->columns * EDGE ? width : box->columns * EDGE;
	height = height < rows * EDGE ? height : rows * EDGE;
	if (image->raw_target == GL_TEXTURE_2D) {
		glTexSubImage2D(GL_TEXTURE_2D, (GLint)box->level, (GLint)x, (GLint)y,
			(GLsizei)width, (GLsizei)height, raw->format, raw->type, texels);
	} else {
		glTexSubImage3D(image->raw_target, (GLint)box->level, (GLint)x, (GLint)y,
			(GLint)(box->z + z), (GLsizei)width, (GLsizei)height, 1, raw->format,
			raw->type, texels);
	}
}

// The texture shows what the blocks of a box mean.
static bool show(struct gles_renderer *r, struct gles_image *image,
	const struct gles_block_box *box) {
	const struct gles_bc *bc = gles_bc_find(image->desc.format);
	const struct gles_raw_format *raw = gles_raw_format(image->shown);
	struct grid grid = grid_of(image, box->level);
	size_t pitch = (size_t)box->columns * EDGE * bc->texel_bytes;
	uint32_t band = (uint32_t)(BAND_BYTES / (pitch * EDGE));
	band = band == 0 ? 1 : band < box->rows ? band : box->rows;
	uint8_t *texels = malloc(pitch * EDGE * band);
	if (texels == NULL) {
		return false;
	}
	gles_bind_buffer(r, GL_PIXEL_UNPACK_BUFFER, 0);
	gles_bind_scratch(r, image->raw_target, image->raw);
	glPixelStorei(GL_UNPACK_ROW_LENGTH, (GLint)(box->columns * EDGE));
	for (uint32_t z = 0; z < box->depth; z++) {
		for (uint32_t row = 0; row < box->rows; row += band) {
			uint32_t rows = box->rows - row < band ? box->rows - row : band;
			for (uint32_t i = 0; i < rows; i++) {
				decode(bc, image->format->block_bytes,
					row_at(image, &grid, box, row + i, z), box->columns,
					texels + i * EDGE * pitch, pitch);
			}
			put_texels(image, box, raw, row, rows, z, texels);
		}
	}
	glPixelStorei(GL_UNPACK_ROW_LENGTH, 0);
	free(texels);
	return true;
}

/* ---- blocks -------------------------------------------------------------------------------- */

bool gles_blocks_zero(struct gles_renderer *r, struct gles_image *image) {
	for (uint32_t level = 0; level < image->desc.levels; level++) {
		struct grid grid = grid_of(image, level);
		struct gles_block_box all = {
			.level = level,
			.columns = grid.columns,
			.rows = grid.rows,
			.depth = grid.depth,
		};
		if (!show(r, image, &all)) {
			return false;
		}
	}
	return true;
}

bool gles_blocks_fill(struct gles_renderer *r, struct gles_image *image,
	const struct gles_block_box *box, const uint8_t block[16]) {
	struct grid grid = grid_of(image, box->level);
	uint32_t bytes = image->format->block_bytes;
	for (uint32_t z = 0; z < box->depth; z++) {
		for (uint32_t row = 0; row < box->rows; row++) {
			uint8_t *at = row_at(image, &grid, box, row, z);
			for (uint32_t i = 0; i < box->columns; i++) {
				memcpy(at + (size_t)i * bytes, block, bytes);
			}
		}
	}
	return show(r, image, box);
}

// What the GPU may have written is waited for: there is no other way to read it now.
static void wait_for(struct gles_renderer *r, const struct pvg_gpu_span *span) {
	if ((span->buffer->usage & PVG_GPU_BUFFER_READBACK) == 0) {
		return;
	}
	if (r->ext.buffer_storage) {
		glMemoryBarrier(GL_CLIENT_MAPPED_BUFFER_BARRIER_BIT_EXT);
	}
	glFinish();
	gles_buffers_completed(r, r->serial);
}

bool gles_blocks_upload(struct gles_renderer *r, struct gles_image *image,
	const struct gles_block_box *box, const struct pvg_gpu_span *from, uint64_t row_bytes,
	uint64_t image_bytes) {
	struct grid grid = grid_of(image, box->level);
	size_t bytes = (size_t)box->columns * image->format->block_bytes;
	wait_for(r, from);
	for (uint32_t z = 0; z < box->depth; z++) {
		const uint8_t *row = from->buffer->map + from->offset_bytes + image_bytes * z;
		for (uint32_t i = 0; i < box->rows; i++, row += row_bytes) {
			memcpy(row_at(image, &grid, box, i, z), row, bytes);
		}
	}
	return show(r, image, box);
}

bool gles_blocks_read(struct gles_renderer *r, const struct gles_image *image,
	const struct gles_block_box *box, const struct pvg_gpu_span *to, uint64_t row_bytes,
	uint64_t image_bytes) {
	struct grid grid = grid_of(image, box->level);
	uint64_t bytes = (uint64_t)box->columns * image->format->block_bytes;
	struct gles_piece piece;
	if (!gles_ring_take(r, bytes * box->rows * box->depth, 16, &piece)) {
		return false;
	}
	uint8_t *at = piece.map;
	for (uint32_t z = 0; z < box->depth; z++) {
		for (uint32_t i = 0; i < box->rows; i++, at += bytes) {
			memcpy(at, row_at(image, &grid, box, i, z), bytes);
		}
	}
	gles_ring_wrote(r, &piece, bytes * box->rows * box->depth);
	gles_bind_buffer(r, GL_COPY_READ_BUFFER, piece.buffer->id);
	gles_bind_buffer(r, GL_COPY_WRITE_BUFFER, gles_buffer(to->buffer)->id);
	bool tight = row_bytes == bytes;
	uint32_t steps = tight ? 1 : box->rows;
	uint64_t step = tight ? bytes * box->rows : bytes;
	for (uint32_t z = 0; z < box->depth; z++) {
		for (uint32_t i = 0; i < steps; i++) {
			glCopyBufferSubData(GL_COPY_READ_BUFFER, GL_COPY_WRITE_BUFFER,
				(GLintptr)(piece.offset_bytes + (z * steps + i) * step),
				(GLintptr)(to->offset_bytes + image_bytes * z + row_bytes * i),
				(GLsizeiptr)step);
		}
	}
	return true;
}

bool gles_blocks_copy(struct gles_renderer *r, const struct gles_image *from,
	const struct gles_block_box *from_box, struct gles_image *to,
	const struct gles_block_box *to_box) {
	struct grid a = grid_of(from, from_box->level), b = grid_of(to, to_box->level);
	size_t bytes = (size_t)from_box->columns * from->format->block_bytes;
	size_t rows = (size_t)from_box->rows * from_box->depth;
	uint8_t *between = malloc(bytes * rows); // the boxes may overlap
	if (between == NULL) {
		return false;
	}
	for (size_t i = 0; i < rows; i++) {
		memcpy(between + i * bytes,
			row_at(from, &a, from_box, (uint32_t)(i % from_box->rows),
				(uint32_t)(i / from_box->rows)),
			bytes);
	}
	for (size_t i = 0; i < rows; i++) {
		memcpy(row_at(to, &b, to_box, (uint32_t)(i % from_box->rows),
			       (uint32_t)(i / from_box->rows)),
			between + i * bytes, bytes);
	}
	free(between);
	return show(r, to, to_box);
}
