// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/gles/blitter.h"
#include "render/gles/gles.h"
#include "render/gles/timeline.h"

static void command(struct gles_renderer *r, const struct pvg_gpu_cmd *c) {
	if (c->op >= PVG_GPU_OP_UPLOAD) {
		gles_draws_end(r); // transfers are encoders of their own
	}
	switch (c->op) {
	case PVG_GPU_OP_BEGIN_PASS:
		gles_cmd_begin_pass(r, c->pass);
		return;
	case PVG_GPU_OP_END_PASS:
		gles_cmd_end_pass(r, c->stores);
		return;
	case PVG_GPU_OP_PROGRAM:
		gles_cmd_program(r, c->program);
		return;
	case PVG_GPU_OP_DEPTH_STENCIL:
		gles_cmd_depth_stencil(r, c->depth_stencil);
		return;
	case PVG_GPU_OP_RASTER:
		gles_cmd_raster(r, c->raster);
		return;
	case PVG_GPU_OP_OPENGL:
		gles_cmd_opengl(r, c->opengl);
		return;
	case PVG_GPU_OP_VIEWPORTS:
		gles_cmd_viewports(r, c->viewports.rects, c->viewports.count);
		return;
	case PVG_GPU_OP_SCISSORS:
		gles_cmd_scissors(r, c->scissors.rects, c->scissors.count);
		return;
	case PVG_GPU_OP_BUFFER:
		gles_cmd_bind_buffer(r, c);
		return;
	case PVG_GPU_OP_TEXTURE:
		gles_cmd_bind_texture(r, c);
		return;
	case PVG_GPU_OP_SAMPLER:
		gles_cmd_bind_sampler(r, c);
		return;
	case PVG_GPU_OP_VISIBILITY:
		gles_cmd_visibility(r, c->visibility.mode, c->visibility.buffer,
			c->visibility.offset_bytes);
		return;
	case PVG_GPU_OP_DRAW:
		gles_cmd_draw(r, c->draw);
		return;
	case PVG_GPU_OP_PATCHES:
		gles_cmd_patches(r, c->patches);
		return;
	case PVG_GPU_OP_DISPATCH:
		gles_cmd_dispatch(r, c->dispatch);
		return;
	case PVG_GPU_OP_BARRIER:
		gles_cmd_barrier(r);
		return;
	case PVG_GPU_OP_TEXTURE_BARRIER:
		gles_cmd_texture_barrier(r);
		return;
	case PVG_GPU_OP_UPLOAD:
		gles_cmd_upload(r, c->transfer);
		return;
	case PVG_GPU_OP_READ:
		gles_cmd_read(r, c->transfer);
		return;
	case PVG_GPU_OP_COPY_BUFFER:
		gles_cmd_copy_buffer(r, c->copy_buffer);
		return;
	case PVG_GPU_OP_COPY_IMAGE:
		gles_cmd_copy_image(r, c->copy_image);
		return;
	case PVG_GPU_OP_FILL_BUFFER:
		gles_cmd_fill_buffer(r, &c->fill_buffer.span, c->fill_buffer.pattern);
		return;
	case PVG_GPU_OP_FILL_IMAGE:
		gles_cmd_fill_image(r, c->fill_image);
		return;
	case PVG_GPU_OP_MIPMAPS:
		gles_cmd_mipmaps(r, gles_view(c->mipmaps.view));
		return;
	}
}

void gles_submit(struct pvg_renderer *renderer, const struct pvg_gpu_list *list, uint64_t serial) {
	struct gles_renderer *r = gles_renderer(renderer);
	r->serial = serial;
	gles_check_lost(r);
	if (!r->lost) {
		gles_draws_end(r);
		for (size_t i = 0; i < list->count; i++) {
			command(r, &list->cmds[i]);
		}
		if (r->pass.open) {
			gles_cmd_end_pass(r, NULL);
		}
		gles_blitter_trim(r);
		gles_draws_written(r);
	}
	gles_fences_submit(r, serial);
}
