// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A kernel writes instances and the arguments of the draw that shows them; what it adds to in each
 * frame stays in a buffer that the CPU never touches.
 */
#include "gpu.h"

#define PARTICLES 3000u
#define GROUP 64u
#define INFO_STRIDE 256u
#define ARGUMENT_BYTES 16u

enum { KERNEL, PIPELINE, INSTANCES, ARGUMENTS, AGES, INFO };

static bool set_up(struct pvg_gs *gpu) {
	struct pvg_enc_render_pipeline pipeline;
	uint8_t *info;
	gpu->own[KERNEL] = pvg_mtl_compute_pipeline(&gpu->mtl,
		pvg_gs_function(gpu, "particles.kernel"));
	pvg_gs_rect_pipeline(gpu, &pipeline, gpu->solid, MTL_BGRA8, PVG_PLAN_ADD);
	gpu->own[PIPELINE] = pvg_mtl_render_pipeline(&gpu->mtl, &pipeline);
	gpu->own[INSTANCES] =
		pvg_mtl_buffer(&gpu->mtl, PARTICLES * PVG_GS_INSTANCE_BYTES, NULL);
	gpu->own[ARGUMENTS] = pvg_mtl_buffer(&gpu->mtl, ARGUMENT_BYTES, NULL);
	gpu->own[AGES] = pvg_mtl_buffer(&gpu->mtl, PARTICLES * 4, NULL);
	gpu->own[INFO] = pvg_mtl_buffer(&gpu->mtl, PVG_GS_FRAMES * INFO_STRIDE, &info);
	gpu->own_bytes = info;
	return gpu->drv->error == NULL;
}

static void compute(struct pvg_gs *gpu, uint64_t number) {
	static const uint8_t buffers[] = { INSTANCES, ARGUMENTS, AGES };
	const uint32_t info[] = { (uint32_t)number, gpu->width, gpu->height, PARTICLES };
	uint32_t at = gpu->page * INFO_STRIDE;
	for (unsigned int i = 0; i < PVG_ENC_COUNT(info); i++) {
		pvg_put(gpu->own_bytes + at + 4 * i, info[i], 4);
	}
	pvg_mtl_segment(&gpu->mtl, PVG_ENC_SEGMENT_BLIT);
	MTL_BLIT(&gpu->mtl, 0x132, gpu->own[ARGUMENTS], 0, ARGUMENT_BYTES, 0);
	pvg_mtl_segment(&gpu->mtl, PVG_ENC_SEGMENT_COMPUTE);
	MTL_COMPUTE(&gpu->mtl, 0xd0, gpu->own[KERNEL]);
	for (uint32_t i = 0; i < PVG_ENC_COUNT(buffers); i++) {
		pvg_mtl_bind(&gpu->mtl, PVG_ENC_COMPUTE, 0xcb, i, (uint32_t)gpu->own[buffers[i]],
			0);
	}
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_COMPUTE, 0xcb, 3, (uint32_t)gpu->own[INFO], at);
	// More threads than particles: the kernel looks.
	pvg_mtl_dispatch(&gpu->mtl, (const uint32_t[]){ PARTICLES / GROUP + 1, 1, 1 },
		(const uint32_t[]){ GROUP, 1, 1 }, false);
}

static void frame(struct pvg_gs *gpu, uint32_t target, uint64_t number) {
	static const uint8_t night[] = { 8, 8, 16, 255 };
	compute(gpu, number);
	pvg_gs_begin(gpu, target, gpu->width, gpu->height, MTL_CLEAR, night);
	MTL_RENDER(&gpu->mtl, 0x74, gpu->own[PIPELINE]);
	pvg_gs_bind_rects(gpu, 0, gpu->width, gpu->height, 1, 1);
	pvg_mtl_bind(&gpu->mtl, PVG_ENC_RENDER, 0x7d, 0, (uint32_t)gpu->own[INSTANCES], 0);
	MTL_RENDER(&gpu->mtl, 0x10, 0, gpu->own[ARGUMENTS], MTL_TRIANGLE_STRIP);
}

const struct pvg_gs_scene pvg_gs_scene_particles = { "particles", set_up, frame };
