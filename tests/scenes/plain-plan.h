// SPDX-License-Identifier: GPL-2.0-or-later
// Plans (tests/guest/scene/plan.h) by hand.
#ifndef TESTS_SCENES_PLAIN_PLAN_H
#define TESTS_SCENES_PLAIN_PLAN_H

#include "plain.h"
#include "scene/plan.h"

bool plain_plan_set_up(struct plain *plain, const struct pvg_plan *plan);
void plain_plan_frame(struct plain *plain, const struct pvg_plan *plan, uint64_t number);

#endif
