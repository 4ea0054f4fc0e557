// SPDX-License-Identifier: GPL-2.0-or-later
#include "plain-plan.h"

static bool set_up(struct plain *plain) {
	return plain_plan_set_up(plain, &pvg_plan_desktop);
}

static void frame(struct plain *plain, uint64_t number) {
	plain_plan_frame(plain, &pvg_plan_desktop, number);
}

const struct plain_scene plain_scene_desktop = { "desktop", set_up, frame };
