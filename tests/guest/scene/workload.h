// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Objects of every kind and valid command buffers over them, small: what attackers of the device
 * start from. The hostile scene breaks one thing at a time, the fuzz targets many.
 */
#ifndef TESTS_GUEST_SCENE_WORKLOAD_H
#define TESTS_GUEST_SCENE_WORKLOAD_H

#include "../mtl/mtl.h"

#define PVG_WORKLOAD_EDGE 32u // of most textures
#define PVG_WORKLOAD_BUFFER_BYTES 0x2000u

enum pvg_workload_buffer {
	PVG_WL_VERTICES,  // instances of rect.vert; corners of triangle.vert at 0x1000
	PVG_WL_CONSTANTS, // sizes for rect.vert, and the kernel's frame at 0x100
	PVG_WL_INDICES,   // u16, then u32 at 0x800; draw and dispatch arguments at 0x1000
	PVG_WL_FACTORS,   // of patches; predicates at 0x800, zero
	PVG_WL_RESULTS,   // what is written: visibility, copies, kernels
	PVG_WL_BUFFERS
};

enum pvg_workload_texture {
	PVG_WL_TARGET,  // BGRA8, 2D
	PVG_WL_MIPS,    // BGRA8, 6 levels
	PVG_WL_DEPTH,   // Depth32_Stencil8, private
	PVG_WL_ARRAY,   // RGBA8, 3 layers
	PVG_WL_SAMPLES, // BGRA8, 4 samples, private
	PVG_WL_VOLUME,  // RGBA8, 8 x 8 x 4
	PVG_WL_CUBE,    // RGBA16Float, 2 levels
	PVG_WL_UINTS,   // R32Uint
	PVG_WL_HALF,    // RGBA16Float, 2D
	PVG_WL_SURFACE, // BGRA8 over a surface
	PVG_WL_SRGB,    // view of the target
	PVG_WL_LAYER,   // view of the array's second layer
	PVG_WL_LINEAR,  // R8 over the constants
	PVG_WL_HEAP,    // RGBA8 in a heap
	PVG_WL_BLOCKS,  // BC3 in a heap
	PVG_WL_TEXTURES
};

enum pvg_workload_pipeline {
	PVG_WL_SOLID,     // rect.vert, BGRA8
	PVG_WL_TEXTURED,  // with blending and a texture
	PVG_WL_CORNERS,   // triangle.vert, with depth
	PVG_WL_MSAA,      // the same, four samples
	PVG_WL_DEFERRED,  // three targets and depth
	PVG_WL_PATCHES,   // tess.vert
	PVG_WL_GLASS,     // reads its own target
	PVG_WL_KERNEL,    // particles.kernel
	PVG_WL_PIPELINES
};

enum pvg_workload_stream {
	PVG_WL_STREAM_DRAWS,   // every form of a draw
	PVG_WL_STREAM_STATES,  // every state of an encoder
	PVG_WL_STREAM_OPENGL,  // and those of OpenGL's
	PVG_WL_STREAM_TARGETS, // samples and resolve, several targets, layers, own target read
	PVG_WL_STREAM_PATCHES,
	PVG_WL_STREAM_KERNELS,
	PVG_WL_STREAM_COPIES,
	PVG_WL_STREAM_MISC, // events, questions, fences, barriers
	PVG_WL_STREAMS
};

struct pvg_workload {
	struct pvg_mtl *mtl; // borrowed
	uint32_t buffers[PVG_WL_BUFFERS];
	uint8_t *bytes[PVG_WL_BUFFERS]; // borrowed: guest RAM
	uint32_t textures[PVG_WL_TEXTURES];
	uint32_t pipelines[PVG_WL_PIPELINES];
	uint32_t samplers[2], depth_states[2], fence;
	uint32_t first_ref, end_ref; // everything above lies between them, functions too
	struct pvg_drv_surface surface;
};

// False: drv->error says why.
bool pvg_workload_open(struct pvg_workload *workload, struct pvg_mtl *mtl);
// What the CPU wrote into the buffers, as it was at first.
void pvg_workload_fill(struct pvg_workload *workload);
// Records a stream into the open command buffer of .mtl.
void pvg_workload_record(struct pvg_workload *workload, enum pvg_workload_stream which);

#endif
