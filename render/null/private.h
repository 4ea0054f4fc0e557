// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_NULL_PRIVATE_H
#define RENDER_NULL_PRIVATE_H

#include "null.h"

enum null_kind {
	NULL_BUFFER = 0x6e756c31,
	NULL_IMAGE,
	NULL_VIEW,
	NULL_SAMPLER,
	NULL_PIPELINE,
	NULL_PROGRAM,
};

// First in every handle. Destroyed ones stay readable for a while, so that their use is noticed.
struct null_handle {
	uint32_t kind; // enum null_kind
	bool alive;
	struct null_handle *next;
};

struct null_buffer {
	struct pvg_gpu_buffer base;
	struct null_handle handle;
};

struct pvg_gpu_image {
	struct null_handle handle;
	struct pvg_gpu_image_desc desc;
	uint32_t slices;    // physical
	unsigned int views; // alive
};

struct pvg_gpu_view {
	struct null_handle handle;
	struct pvg_gpu_image *image;
	struct pvg_gpu_view_desc desc;
};

struct pvg_gpu_sampler {
	struct null_handle handle;
};

struct pvg_gpu_program {
	struct null_handle handle;
	struct pvg_gpu_pipeline *pipeline;
	uint32_t local_size[3];
	uint8_t control_points;
	uint16_t pixel_samplers[PVG_GPU_STAGES];
	bool lines, gpu_vertices, wide_strides, opengl;
	struct pvg_gpu_program *next; // of the pipeline
};

struct pvg_gpu_pipeline {
	struct null_handle handle;
	bool compute, built, failed;
	struct pvg_gpu_pipeline_info info;
	struct pvg_gpu_program *programs; // owned
	struct pvg_gpu_pipeline *next_pending;
};

struct null_renderer {
	struct pvg_renderer base;
	struct pvg_null_hooks hooks;
	struct pvg_null_stats stats;
	struct null_handle *dead, **dead_end; // owned, oldest first
	unsigned int dead_count;
	struct pvg_gpu_pipeline *pending;
	uint64_t submitted, completed;
	bool hold, delay, fail, lost, trust;
	int fd; // eventfd
};

// check.c: counts and checks; false when the list must not be executed.
bool null_check(struct null_renderer *null, const struct pvg_gpu_list *list);

#endif
