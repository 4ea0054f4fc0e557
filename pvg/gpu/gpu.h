// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device's half of a GPU: one for each renderer that a device was given. The parts keep their
 * own state behind the pointers here.
 */
#ifndef PVG_GPU_GPU_H
#define PVG_GPU_GPU_H

#include "gpu-private.h"
#include "timeline.h"

struct pvg_gpu_objects; // object.c
struct pvg_gpu_memory;  // memory.h

struct pvg_gpu {
	struct pvg_device *device;     // borrowed: it owns us
	struct pvg_renderer *renderer; // borrowed
	struct pvg_gpu_builder list;   // being built
	struct pvg_timeline timeline;
	struct pvg_encoders *encoders;   // owned
	struct pvg_gpu_objects *objects; // owned
	struct pvg_gpu_memory *memory;   // owned
	bool lost; // the renderer's context is gone
	int64_t restore_ns; // when to ask it for another one
};

/* ---- object.c -------------------------------------------------------------------------------- */

bool pvg_gpu_objects_init(struct pvg_gpu *gpu);
void pvg_gpu_objects_finish(struct pvg_gpu *gpu);
// Forgets every object; storages stay until pvg_gpu_memory_reset.
void pvg_gpu_objects_reset(struct pvg_gpu *gpu);

/* ---- memory.c: what a list's life means for memory ------------------------------------------- */

bool pvg_gpu_memory_init(struct pvg_gpu *gpu);
void pvg_gpu_memory_finish(struct pvg_gpu *gpu);
void pvg_gpu_memory_reset(struct pvg_gpu *gpu);
/*
 * While a list is built, residency, debts and ring positions move as if it will run. The timeline
 * tells how it ended:
 *   sealing    the list is about to be submitted: appends what has to follow its commands
 *   committed  it was submitted, or there was nothing to submit
 *   abandoned  it was thrown away: everything is as before it was begun
 *   completed  lists completed and their actions ran: memory that they used comes back
 */
void pvg_gpu_memory_sealing(struct pvg_gpu *gpu);
void pvg_gpu_memory_committed(struct pvg_gpu *gpu);
void pvg_gpu_memory_abandoned(struct pvg_gpu *gpu);
void pvg_gpu_memory_completed(struct pvg_gpu *gpu);
// The renderer's context was lost: no handle of before may be used again. Contents come back from
// guest memory with the next use.
void pvg_gpu_memory_lost(struct pvg_gpu *gpu);

#endif
