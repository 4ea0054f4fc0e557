// SPDX-License-Identifier: GPL-2.0-or-later
#include "gpu-plan.h"

static bool set_up(struct pvg_gs *gpu) {
	return pvg_gs_plan_set_up(gpu, &pvg_plan_maps);
}

static void frame(struct pvg_gs *gpu, uint32_t target, uint64_t number) {
	pvg_gs_plan_frame(gpu, &pvg_plan_maps, target, number);
}

const struct pvg_gs_scene pvg_gs_scene_maps = { "maps", set_up, frame };
