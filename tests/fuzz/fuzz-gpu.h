// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A renderer for targets that attack what is drawn: the null renderer, or with FUZZ_GLES the GLES
 * one on the software device. What stands between it and the device makes time the input's
 * business: lists complete and pipelines are built at once, or when the input says so, the context
 * is lost when it says so, and every handle is counted.
 */
#ifndef TESTS_FUZZ_FUZZ_GPU_H
#define TESTS_FUZZ_FUZZ_GPU_H

#include "fuzz-guest.h"
#include "fuzz.h"
#include "render/null/null.h"

/**
 * fuzz_gpu_get - the process's renderer, in its first state
 * @use: for the null renderer, what pipelines use (struct pvg_null_hooks)
 *
 * One for all inputs: a GLES context, and the programs that it has linked, are too dear for one.
 */
struct pvg_renderer *fuzz_gpu_get(void (*use)(void *data, const struct pvg_gpu_render_desc *render,
	const struct pvg_gpu_compute_desc *compute, struct pvg_gpu_pipeline_info *info));
// From now on lists complete only by fuzz_gpu_complete.
void fuzz_gpu_hold(struct pvg_renderer *renderer, bool hold);
void fuzz_gpu_complete(struct pvg_renderer *renderer);
// From now on pipelines and variants are PENDING until fuzz_gpu_build, or FAILED where @fail.
void fuzz_gpu_delay(struct pvg_renderer *renderer, bool delay, bool fail);
void fuzz_gpu_build(struct pvg_renderer *renderer);
// Everything reads as completed and nothing is executed any more, until no handle is left.
void fuzz_gpu_lose(struct pvg_renderer *renderer);
// At the end of an input, the device gone: nothing was left behind, no list broke the rules.
void fuzz_gpu_check(struct pvg_renderer *renderer);
// All of that: what is held goes on, the guest's work comes to its end, the machine goes.
void fuzz_gpu_close(struct pvg_renderer *renderer, struct fuzz_machine *machine);

#endif
