// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "gpu/encoder.h"
#include "gpu/memory.h"
#include "gpu/object.h"
#include "refuse.h"

struct pvg_gpu *pvg_gpu_create(struct pvg_device *device, struct pvg_renderer *renderer) {
	struct pvg_gpu *gpu = calloc(1, sizeof(*gpu));

	if (gpu == NULL) {
		return NULL;
	}
	gpu->device = device;
	gpu->renderer = renderer;
	gpu->encoders = pvg_encoders_create(gpu);
	if (gpu->encoders == NULL || !pvg_gpu_objects_init(gpu) || !pvg_gpu_memory_init(gpu)) {
		pvg_gpu_destroy(gpu);
		return NULL;
	}
	return gpu;
}

void pvg_gpu_destroy(struct pvg_gpu *gpu) {
	if (gpu == NULL) {
		return;
	}
	pvg_timeline_finish(gpu); // its actions look at memory
	if (gpu->memory != NULL) {
		pvg_gpu_objects_reset(gpu);
		pvg_gpu_memory_finish(gpu);
	}
	pvg_gpu_objects_finish(gpu);
	pvg_encoders_destroy(gpu->encoders);
	pvg_gpu_builder_finish(&gpu->list);
	free(gpu);
}

void pvg_gpu_reset(struct pvg_gpu *gpu) {
	pvg_timeline_reset(gpu);
	pvg_encoders_reset(gpu->encoders);
	pvg_gpu_objects_reset(gpu);
	pvg_gpu_memory_reset(gpu);
}

#define RESTORE_NS INT64_C(1000000000) // between two attempts

// No handle is left: a new context, now or once a second.
static void restore(struct pvg_gpu *gpu) {
	const struct pvg_renderer_ops *ops = gpu->renderer->ops;
	int64_t now_ns = pvg_now_ns(gpu->device);

	if (ops->restore == NULL || now_ns < gpu->restore_ns) {
		return;
	}
	gpu->restore_ns = now_ns + RESTORE_NS;
	if (ops->restore(gpu->renderer)) {
		gpu->lost = false;
		pvg_info("GPU: renderer restarted: %s", gpu->renderer->caps.name);
	}
}

bool pvg_gpu_poll(struct pvg_gpu *gpu) {
	struct pvg_renderer *renderer = gpu->renderer;

	bool woken = pvg_timeline_dispatch(gpu);
	bool lost = renderer->ops->is_lost(renderer);
	if (lost && !gpu->lost) {
		/*
		 * What the host alone had is gone: guest memory is the newest of everything again,
		 * and what is used is made again. All lists read as completed, so stamps go out.
		 */
		PVG_COUNT_DEVICE(gpu->device, gpu.contexts_lost);
		pvg_error("GPU: context lost, everything is rebuilt from guest memory");
		pvg_gpu_abandon(gpu);
		pvg_encoders_reset(gpu->encoders);
		pvg_gpu_memory_lost(gpu); // before actions look at it
		gpu->restore_ns = 0;
	}
	gpu->lost = lost;
	if (lost) {
		restore(gpu);
	}
	bool any = pvg_timeline_run(gpu);
	if (woken || any) {
		pvg_gpu_wake(gpu);
	}
	return any;
}
