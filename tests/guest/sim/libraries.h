// SPDX-License-Identifier: GPL-2.0-or-later
// Metal libraries from files, for scenes that draw with functions that are not built in.
#ifndef TESTS_GUEST_SIM_LIBRARIES_H
#define TESTS_GUEST_SIM_LIBRARIES_H

#include "../scene/gpu.h"

/**
 * sim_libraries_load - reads what @scene names from the folder PVG_METALLIB_DIR
 * @missing: the library that is not there, or why none is looked for
 *
 * They are kept until the process ends; scenes find them (pvg_gs_set_libraries). True also for a
 * scene that needs none.
 */
bool sim_libraries_load(const struct pvg_gs_scene *scene, char *missing, size_t missing_size);

#endif
