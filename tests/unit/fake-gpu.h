// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A renderer that moves bytes: images are plain memory, transfers and copies are executed at
 * submission, lists complete when the test says so. It draws nothing; what a GPU would write is put
 * into images and buffers by fills.
 */
#ifndef TESTS_UNIT_FAKE_GPU_H
#define TESTS_UNIT_FAKE_GPU_H

#include <pvg/renderer.h>

#define FAKE_LEVELS 16

struct pvg_gpu_image {
	struct pvg_gpu_image_desc desc;
	uint32_t slices;
	uint8_t *parts[FAKE_LEVELS]; // owned unless .imported: all slices of a level, tight rows
	bool imported;
};

struct pvg_gpu_view {
	struct pvg_gpu_image *image;
	struct pvg_gpu_view_desc desc;
};

struct fake_gpu {
	struct pvg_renderer renderer;
	uint64_t submitted, completed;
	bool held; // lists complete only through fake_gpu_complete
	bool lost;
	unsigned int buffers, images, views, samplers, pipelines; // alive
	unsigned int images_made, pipelines_made;
	unsigned int commands[PVG_GPU_OP_MIPMAPS + 1];
	uint64_t uploaded_bytes; // by UPLOAD
	struct pvg_gpu_sampler_desc sampler; // the newest
	struct pvg_gpu_view_desc view;
	struct pvg_gpu_render_desc render; // without libraries
	size_t library_bytes;
	uint32_t format_lacks; // enum pvg_gpu_format_caps that no format has
	bool refuse_images, refuse_buffers, refuse_imports;
	bool has_fences; // sync files: descriptors that say nothing
	unsigned int imports; // made
};

void fake_gpu_init(struct fake_gpu *gpu);
// Fails the test when a handle is alive.
void fake_gpu_finish(struct fake_gpu *gpu);
void fake_gpu_complete(struct fake_gpu *gpu);
// The bytes of one texel.
uint8_t *fake_gpu_texel(const struct pvg_gpu_image *image, uint32_t level, uint32_t slice,
	uint32_t x, uint32_t y);

#endif
