// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compressed images that the host cannot sample: their blocks stay in memory of ours, byte for
 * byte, for reads and copies; the texture holds the texels that they mean. All of it happens while
 * a list is submitted, in its order.
 */
#ifndef RENDER_GLES_BLOCKS_H
#define RENDER_GLES_BLOCKS_H

#include "render/gles/gles.h"

// A box of blocks in one level; z: slices or planes.
struct gles_block_box {
	uint32_t level, x, y, z;
	uint32_t columns, rows, depth;
};

// From texels; the caller has checked that they are whole blocks inside of the image.
struct gles_block_box gles_block_box(const struct gles_image *image, uint32_t level,
	const uint32_t origin[3], const uint32_t size[3]);

// Bytes of all blocks of an image.
uint64_t gles_blocks_bytes(const struct gles_image *image);
// Memory for the blocks, zero. False: there is none.
bool gles_blocks_make(struct gles_image *image);
// Each returns false without memory.
bool gles_blocks_zero(struct gles_renderer *r, struct gles_image *image);
bool gles_blocks_fill(struct gles_renderer *r, struct gles_image *image,
	const struct gles_block_box *box, const uint8_t block[16]);
bool gles_blocks_upload(struct gles_renderer *r, struct gles_image *image,
	const struct gles_block_box *box, const struct pvg_gpu_span *from, uint64_t row_bytes,
	uint64_t image_bytes);
bool gles_blocks_read(struct gles_renderer *r, const struct gles_image *image,
	const struct gles_block_box *box, const struct pvg_gpu_span *to, uint64_t row_bytes,
	uint64_t image_bytes);
// Boxes of one size; both images have their blocks here.
bool gles_blocks_copy(struct gles_renderer *r, const struct gles_image *from,
	const struct gles_block_box *from_box, struct gles_image *to,
	const struct gles_block_box *to_box);

#endif
