// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef TESTS_SHADER_MICRO_VK_H
#define TESTS_SHADER_MICRO_VK_H

#include "micro.h"

/* Runs cases on a Vulkan device, without a window: kernels that use nothing but buffers. */

struct micro_vk;

/* The first device that is a CPU, else the first one. NULL: none, and why. */
struct micro_vk *micro_vk_create(char *why, size_t why_bytes);
void micro_vk_destroy(struct micro_vk *vk);

/* Its name; valid as long as it is. */
const char *micro_vk_name(const struct micro_vk *vk);

/* What it has of enum pvg_shader_features: subgroups of 32, and widths. */
uint32_t micro_vk_features(const struct micro_vk *vk);

/* Is it a kernel whose resources are all buffers? */
bool micro_vk_can(const struct pvg_shader_result *result);

/* Runs the case once and compares; false after a message. */
bool micro_vk_run(struct micro_vk *vk, const struct micro_case *c,
	const struct pvg_shader_result *result);

#endif
