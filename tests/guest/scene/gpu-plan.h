// SPDX-License-Identifier: GPL-2.0-or-later
// Plans (plan.h) as a guest draws them with Metal.
#ifndef TESTS_GUEST_SCENE_GPU_PLAN_H
#define TESTS_GUEST_SCENE_GPU_PLAN_H

#include "gpu.h"
#include "plan.h"

// Bodies of a scene's two functions.
bool pvg_gs_plan_set_up(struct pvg_gs *gpu, const struct pvg_plan *plan);
void pvg_gs_plan_frame(struct pvg_gs *gpu, const struct pvg_plan *plan, uint32_t target,
	uint64_t number);

#endif
