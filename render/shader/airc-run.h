// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_SHADER_AIRC_RUN_H
#define RENDER_SHADER_AIRC_RUN_H

#include "translate.h"

/* Translations of pvg-airc in a worker process, one after the other. */
struct airc_runner;

struct airc_runner *airc_runner_create(char *why, size_t why_bytes);
void airc_runner_destroy(struct airc_runner *runner);
bool airc_runner_translate(struct airc_runner *runner, const uint8_t *bitcode, size_t size,
	const char *entry, const struct pvg_shader_variant *variant,
	struct pvg_shader_result *result, struct pvg_shader_status *status);

#endif
