// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The null renderer's inside, for tests that want more than pvg_renderer_null_create: lists that
 * complete on demand, pipelines that take their time, functions whose use of slots is made up, and
 * a look at every list.
 */
#ifndef RENDER_NULL_NULL_H
#define RENDER_NULL_NULL_H

#include "render/renderer.h"

struct pvg_null_hooks {
	void *data;
	// What a pipeline's functions use; NULL: nothing but vertex attributes. One of the two
	// descriptions is NULL.
	void (*use)(void *data, const struct pvg_gpu_render_desc *render,
		const struct pvg_gpu_compute_desc *compute, struct pvg_gpu_pipeline_info *info);
	// Each list after it was checked.
	void (*list)(void *data, const struct pvg_gpu_list *list, uint64_t serial);
};

#define PVG_NULL_OPS (PVG_GPU_OP_MIPMAPS + 1)

struct pvg_null_stats {
	uint64_t lists;
	uint64_t commands[PVG_NULL_OPS]; // by enum pvg_gpu_op
	uint64_t errors;                 // commands that break the rules of renderer.h
	char first_error[160];
	uint64_t buffers, images, views, samplers, pipelines; // alive
	uint64_t programs; // variants that were asked for the first time
};

struct pvg_renderer *pvg_null_create(const struct pvg_null_hooks *hooks);
const struct pvg_null_stats *pvg_null_stats(const struct pvg_renderer *renderer);
// From now on lists complete only through pvg_null_complete.
void pvg_null_hold(struct pvg_renderer *renderer, bool hold);
// All lists up to @serial have completed.
void pvg_null_complete(struct pvg_renderer *renderer, uint64_t serial);
// From now on pipelines are PENDING until pvg_null_build, or FAILED where @fail.
void pvg_null_delay(struct pvg_renderer *renderer, bool delay, bool fail);
void pvg_null_build(struct pvg_renderer *renderer);
// The context is lost: everything reads as completed.
void pvg_null_lose(struct pvg_renderer *renderer);
// For benches: lists are counted, not checked.
void pvg_null_trust(struct pvg_renderer *renderer);

#endif
