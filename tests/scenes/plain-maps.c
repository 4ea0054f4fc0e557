// SPDX-License-Identifier: GPL-2.0-or-later
#include "plain-plan.h"

static bool set_up(struct plain *plain) {
	return plain_plan_set_up(plain, &pvg_plan_maps);
}

static void frame(struct plain *plain, uint64_t number) {
	plain_plan_frame(plain, &pvg_plan_maps, number);
}

const struct plain_scene plain_scene_maps = { "maps", set_up, frame };
