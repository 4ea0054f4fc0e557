// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules of renderer.h: what every command of every list keeps to. A list that breaks one comes
 * from a mistake of ours, never from a guest.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <pvg/format.h>

#include "private.h"

struct check {
	struct null_renderer *null;
	size_t at; // command
	bool ok;   // of the list so far
	bool in_pass;
	const struct pvg_gpu_pass *pass;
	const struct pvg_gpu_program *program;
};

__attribute__((format(printf, 2, 3))) static void wrong(struct check *c, const char *fmt, ...) {
	struct pvg_null_stats *stats = &c->null->stats;

	c->ok = false;
	if (stats->errors++ == 0) {
		char text[120];
		va_list args;
		va_start(args, fmt);
		(void)vsnprintf(text, sizeof(text), fmt, args);
		va_end(args);
		(void)snprintf(stats->first_error, sizeof(stats->first_error),
			"list %llu, command %zu: %s", (unsigned long long)stats->lists, c->at,
			text);
	}
}

#define RULE(c, condition, ...) \
	do { \
		if (!(condition)) { \
			wrong((c), __VA_ARGS__); \
			return; \
		} \
	} while (0)

static bool is_alive(const struct null_handle *handle, enum null_kind kind) {
	return handle->kind == (uint32_t)kind && handle->alive;
}

static bool span_ok(const struct pvg_gpu_span *span, bool may_be_empty) {
	if (span->buffer == NULL) {
		return may_be_empty && span->size_bytes == 0;
	}
	return is_alive(&((const struct null_buffer *)span->buffer)->handle, NULL_BUFFER) &&
		span->offset_bytes <= span->buffer->size_bytes &&
		span->size_bytes <= span->buffer->size_bytes - span->offset_bytes;
}

static uint32_t at_level(uint32_t size, unsigned int level) {
	return level < 32 && size >> level != 0 ? size >> level : 1;
}

/* ---- passes ---------------------------------------------------------------------------------- */

static void check_target(struct check *c, const char *what, const struct pvg_gpu_view *view,
	unsigned int level, unsigned int slice, unsigned int plane, uint32_t *samples) {
	RULE(c, is_alive(&view->handle, NULL_VIEW) && view->image->handle.alive, "%s: dead view",
		what);
	const struct pvg_gpu_image_desc *image = &view->image->desc;
	RULE(c, level < view->desc.levels, "%s: level %u of %u", what, level, view->desc.levels);
	RULE(c, slice < view->desc.slices, "%s: slice %u of %u", what, slice, view->desc.slices);
	uint32_t depth = at_level(image->depth, level + view->desc.first_level);
	RULE(c, plane < depth, "%s: plane %u of %u", what, plane, depth);
	uint32_t width = at_level(image->width, level + view->desc.first_level);
	uint32_t height = at_level(image->height, level + view->desc.first_level);
	RULE(c, c->pass->width <= width && c->pass->height <= height, "%s: pass of %ux%u in %ux%u",
		what, c->pass->width, c->pass->height, width, height);
	RULE(c, *samples == 0 || *samples == image->samples, "%s: %u samples, others %u", what,
		image->samples, *samples);
	*samples = image->samples;
}

static void check_attachment(struct check *c, const char *what, const struct pvg_gpu_attachment *a,
	uint32_t *samples) {
	RULE(c, a->load <= PVG_GPU_LOAD_CLEAR, "%s: load %u", what, a->load);
	RULE(c, a->store <= PVG_GPU_STORE_AND_RESOLVE, "%s: store %u", what, a->store);
	if (a->view == NULL) {
		RULE(c, a->resolve == NULL, "%s: resolve without attachment", what);
		return;
	}
	check_target(c, what, a->view, a->level, a->slice, a->plane, samples);
	if (a->resolve != NULL) {
		uint32_t one = 1;
		check_target(c, what, a->resolve, a->resolve_level, a->resolve_slice,
			a->resolve_plane, &one);
	}
	RULE(c, a->resolve != NULL || (a->store < PVG_GPU_STORE_RESOLVE && !a->resolve_inverted),
		"%s: resolves into nothing", what);
}

static void begin_pass(struct check *c, const struct pvg_gpu_pass *pass) {
	uint32_t samples = 0;

	RULE(c, !c->in_pass, "a pass in a pass");
	c->in_pass = true;
	c->pass = pass;
	c->program = NULL;
	RULE(c, pass->width > 0 && pass->height > 0 && pass->layers > 0, "pass of %ux%u, %u layers",
		pass->width, pass->height, pass->layers);
	for (unsigned int i = 0; i < PVG_GPU_COLORS; i++) {
		check_attachment(c, "colour", &pass->colors[i], &samples);
		for (unsigned int k = 0; k < 4 && pass->colors[i].view != NULL; k++) {
			RULE(c, isfinite(pass->colors[i].clear.color[k]), "clear colour %u", i);
		}
	}
	check_attachment(c, "depth", &pass->depth, &samples);
	check_attachment(c, "stencil", &pass->stencil, &samples);
	RULE(c, samples != 0 || pass->samples != 0, "a pass without attachments and samples");
}

static void end_pass(struct check *c, const struct pvg_gpu_stores *stores) {
	const struct pvg_gpu_pass *pass = c->pass;

	RULE(c, c->in_pass, "the end of no pass");
	c->in_pass = false;
	c->program = NULL;
	if (stores == NULL) {
		return;
	}
	for (unsigned int i = 0; i < PVG_GPU_COLORS; i++) {
		RULE(c, stores->colors[i] <= PVG_GPU_STORE_AND_RESOLVE, "store of colour %u", i);
		RULE(c,
			stores->colors[i] < PVG_GPU_STORE_RESOLVE ||
				pass->colors[i].resolve != NULL,
			"colour %u resolves into nothing", i);
	}
	RULE(c, stores->depth < PVG_GPU_STORE_RESOLVE || pass->depth.resolve != NULL,
		"depth resolves into nothing");
	RULE(c, stores->stencil < PVG_GPU_STORE_RESOLVE || pass->stencil.resolve != NULL,
		"stencil resolves into nothing");
}

/* ---- state ----------------------------------------------------------------------------------- */

static void check_program(struct check *c, const struct pvg_gpu_program *program) {
	RULE(c, program != NULL && is_alive(&program->handle, NULL_PROGRAM), "dead program");
	RULE(c, program->pipeline->compute != c->in_pass, "a %s program %s a pass",
		program->pipeline->compute ? "compute" : "render", c->in_pass ? "in" : "outside");
	c->program = program;
}

static void check_depth_stencil(struct check *c, const struct pvg_gpu_depth_stencil *ds) {
	RULE(c, c->in_pass, "depth state outside a pass");
	RULE(c, ds == NULL || ds->compare <= 7, "depth compare %u", ds->compare);
}

static void check_raster(struct check *c, const struct pvg_gpu_raster *raster) {
	RULE(c, c->in_pass, "raster state outside a pass");
	RULE(c,
		raster->cull <= 2 && raster->front_face <= 1 && raster->fill <= 1 &&
			raster->depth_clip <= 1,
		"raster state");
	RULE(c,
		isfinite(raster->bias) && isfinite(raster->slope_scale) &&
			isfinite(raster->bias_clamp),
		"depth bias");
}

static void check_opengl(struct check *c, const struct pvg_gpu_opengl *gl) {
	RULE(c, c->in_pass, "OpenGL's state outside a pass");
	if (gl == NULL) {
		return;
	}
	RULE(c,
		gl->restart <= PVG_GPU_RESTART_INDEX && gl->last_vertex <= 1 && gl->window <= 1 &&
			(gl->restart == PVG_GPU_RESTART_INDEX || gl->restart_index == 0),
		"OpenGL's state");
	RULE(c, isfinite(gl->point_size) && gl->point_size >= 0 && isfinite(gl->alpha_reference),
		"point size or alpha reference");
	for (unsigned int i = 0; i < PVG_GPU_CLIP_PLANES; i++) {
		const float *p = gl->planes[i];
		bool zero = p[0] == 0 && p[1] == 0 && p[2] == 0 && p[3] == 0;
		RULE(c, isfinite(p[0]) && isfinite(p[1]) && isfinite(p[2]) && isfinite(p[3]),
			"clip plane %u", i);
		RULE(c, zero == ((gl->clip_planes >> i & 1) == 0), "clip plane %u is %s", i,
			zero ? "on" : "off");
	}
}

static void check_viewports(struct check *c, const struct pvg_gpu_viewport *rects, uint32_t count) {
	RULE(c, c->in_pass && count >= 1 && count <= PVG_GPU_VIEWPORTS, "%u viewports", count);
	for (uint32_t i = 0; i < count; i++) {
		RULE(c,
			isfinite(rects[i].x) && isfinite(rects[i].y) && isfinite(rects[i].width) &&
				isfinite(rects[i].height) && isfinite(rects[i].near) &&
				isfinite(rects[i].far),
			"viewport %u", i);
	}
}

static void check_scissors(struct check *c, const struct pvg_gpu_rect *rects, uint32_t count) {
	RULE(c, c->in_pass && count <= PVG_GPU_VIEWPORTS, "%u scissors", count);
	for (uint32_t i = 0; i < count; i++) {
		RULE(c,
			(uint64_t)rects[i].x + rects[i].width <= c->pass->width &&
				(uint64_t)rects[i].y + rects[i].height <= c->pass->height,
			"scissor %u outside of the pass", i);
	}
}

static bool stage_ok(const struct check *c, unsigned int stage) {
	return c->in_pass ? stage <= PVG_GPU_FRAGMENT : stage == PVG_GPU_KERNEL;
}

static void check_buffer(struct check *c, const struct pvg_gpu_cmd *cmd) {
	RULE(c, stage_ok(c, cmd->buffer.stage) && cmd->buffer.slot < PVG_GPU_BUFFERS,
		"buffer slot %u of stage %u", cmd->buffer.slot, cmd->buffer.stage);
	RULE(c, span_ok(&cmd->buffer.span, true), "buffer slot %u: span", cmd->buffer.slot);
}

static void check_texture(struct check *c, const struct pvg_gpu_cmd *cmd) {
	const struct pvg_gpu_view *view = cmd->texture.view;

	RULE(c, stage_ok(c, cmd->texture.stage) && cmd->texture.slot < PVG_GPU_TEXTURES,
		"texture slot %u of stage %u", cmd->texture.slot, cmd->texture.stage);
	RULE(c, view == NULL || (is_alive(&view->handle, NULL_VIEW) && view->image->handle.alive),
		"texture slot %u: dead view", cmd->texture.slot);
}

static void check_sampler(struct check *c, const struct pvg_gpu_cmd *cmd) {
	const struct pvg_gpu_sampler *sampler = cmd->sampler.sampler;

	RULE(c, stage_ok(c, cmd->sampler.stage) && cmd->sampler.slot < PVG_GPU_SAMPLERS,
		"sampler slot %u of stage %u", cmd->sampler.slot, cmd->sampler.stage);
	RULE(c, sampler == NULL || is_alive(&sampler->handle, NULL_SAMPLER),
		"sampler slot %u: dead", cmd->sampler.slot);
	RULE(c,
		isfinite(cmd->sampler.lod_bias) &&
			(cmd->sampler.lod_bias == 0 || cmd->sampler.has_lod),
		"sampler slot %u: bias", cmd->sampler.slot);
}

static void check_visibility(struct check *c, const struct pvg_gpu_cmd *cmd) {
	const struct pvg_gpu_span span = {
		.buffer = cmd->visibility.buffer,
		.offset_bytes = cmd->visibility.offset_bytes,
		.size_bytes = 8,
	};

	RULE(c, c->in_pass && cmd->visibility.mode <= 2, "visibility mode %u",
		cmd->visibility.mode);
	RULE(c, cmd->visibility.mode == 0 || (span_ok(&span, false) && span.offset_bytes % 8 == 0),
		"visibility result");
}

/* ---- work ------------------------------------------------------------------------------------ */

static void check_draw(struct check *c, const struct pvg_gpu_draw *draw) {
	RULE(c, c->in_pass && c->program != NULL, "a draw without %s",
		c->in_pass ? "program" : "pass");
	RULE(c, draw->primitive <= 4, "primitive %u", draw->primitive);
	RULE(c, draw->index_size == 0 || draw->index_size == 2 || draw->index_size == 4,
		"index size %u", draw->index_size);
	RULE(c, span_ok(&draw->indices, draw->index_size == 0), "indices: span");
	RULE(c, span_ok(&draw->indirect, true), "indirect: span");
	RULE(c, draw->indirect.buffer == NULL || draw->index_size != 0 || c->program->gpu_vertices,
		"indirect: the program was asked for without it");
	if (draw->indirect.buffer != NULL) {
		RULE(c,
			draw->indirect.size_bytes >= (draw->index_size != 0 ? 20 : 16) &&
				draw->indirect.offset_bytes % 4 == 0,
			"indirect: %llu bytes", (unsigned long long)draw->indirect.size_bytes);
		return;
	}
	RULE(c, draw->count > 0 && draw->instances > 0, "a draw of nothing");
	RULE(c,
		draw->index_size == 0 ||
			draw->indices.size_bytes >= (uint64_t)draw->count * draw->index_size,
		"indices: too short");
}

static void check_patches(struct check *c, const struct pvg_gpu_patches *patches) {
	RULE(c, c->in_pass && c->program != NULL, "patches without program or pass");
	RULE(c, patches->control_points <= 32, "%u control points", patches->control_points);
	RULE(c, span_ok(&patches->factors, false), "factors: span");
	RULE(c, span_ok(&patches->patch_indices, true), "patch indices: span");
	RULE(c, span_ok(&patches->control_point_indices, true), "control point indices: span");
	RULE(c, span_ok(&patches->indirect, true), "indirect: span");
	RULE(c, patches->indirect.buffer != NULL || (patches->count > 0 && patches->instances > 0),
		"patches of nothing");
}

static void check_dispatch(struct check *c, const struct pvg_gpu_dispatch *dispatch) {
	RULE(c, !c->in_pass && c->program != NULL, "a dispatch %s",
		c->in_pass ? "in a pass" : "without program");
	RULE(c, c->program->pipeline->compute, "a dispatch of a render program");
	const uint32_t *local = c->program->local_size;
	uint64_t threads = (uint64_t)local[0] * local[1] * local[2];
	RULE(c, threads > 0 && threads <= c->null->base.caps.max_threads, "threadgroup of %llu",
		(unsigned long long)threads);
	RULE(c, span_ok(&dispatch->indirect, true), "indirect: span");
	if (dispatch->indirect.buffer != NULL) {
		RULE(c,
			dispatch->indirect.size_bytes >= 12 &&
				dispatch->indirect.offset_bytes % 4 == 0,
			"indirect: %llu bytes", (unsigned long long)dispatch->indirect.size_bytes);
		return;
	}
	RULE(c, dispatch->grid[0] > 0 && dispatch->grid[1] > 0 && dispatch->grid[2] > 0,
		"an empty grid");
}

static void check_location(struct check *c, const struct pvg_gpu_location *at, uint32_t width,
	uint32_t height, uint32_t depth) {
	RULE(c, at->image != NULL && is_alive(&at->image->handle, NULL_IMAGE), "dead image");
	const struct pvg_gpu_image_desc *desc = &at->image->desc;
	RULE(c, at->level < desc->levels && at->slice < at->image->slices, "level %u, slice %u",
		at->level, at->slice);
	const struct pvg_format *format = pvg_format_get(desc->format);
	// The last block of a level may reach over its edge.
	uint64_t w = (uint64_t)at_level(desc->width, at->level) + format->block_width - 1u;
	uint64_t h = (uint64_t)at_level(desc->height, at->level) + format->block_height - 1u;
	w -= w % format->block_width;
	h -= h % format->block_height;
	RULE(c, width > 0 && height > 0 && depth > 0, "a region of %ux%ux%u", width, height, depth);
	RULE(c,
		(uint64_t)at->x + width <= w && (uint64_t)at->y + height <= h &&
			(uint64_t)at->z + depth <= at_level(desc->depth, at->level),
		"region %u,%u,%u %ux%ux%u outside of level %u", at->x, at->y, at->z, width, height,
		depth, at->level);
}

static uint32_t texel_bytes(const struct pvg_format *format, unsigned int aspect) {
	if (format->depth && format->stencil && aspect != PVG_GPU_ASPECT_ALL) {
		return aspect == PVG_GPU_ASPECT_STENCIL ? 1 : 4;
	}
	return format->block_bytes;
}

static void check_transfer(struct check *c, const struct pvg_gpu_transfer *t) {
	RULE(c, !c->in_pass, "a transfer in a pass");
	RULE(c, span_ok(&t->span, false), "transfer: span");
	RULE(c, t->aspect <= PVG_GPU_ASPECT_STENCIL, "aspect %u", t->aspect);
	check_location(c, &t->at, t->width, t->height, t->depth);
	if (!c->ok) {
		return;
	}
	const struct pvg_format *format = pvg_format_get(t->at.image->desc.format);
	uint64_t blocks = ((uint64_t)t->width + format->block_width - 1u) / format->block_width;
	uint64_t row = blocks * texel_bytes(format, t->aspect);
	uint64_t rows = pvg_format_rows(format, t->height);
	RULE(c, rows == 1 || t->row_bytes >= row, "row pitch %llu below %llu",
		(unsigned long long)t->row_bytes, (unsigned long long)row);
	RULE(c, t->depth == 1 || t->image_bytes >= (rows - 1) * t->row_bytes + row,
		"image pitch %llu", (unsigned long long)t->image_bytes);
	uint64_t need = (t->depth - 1) * t->image_bytes + (rows - 1) * t->row_bytes + row;
	RULE(c, need <= t->span.size_bytes, "transfer of %llu bytes in a span of %llu",
		(unsigned long long)need, (unsigned long long)t->span.size_bytes);
}

static void check_copy_buffer(struct check *c, const struct pvg_gpu_copy_buffer *copy) {
	const struct pvg_gpu_span *from = &copy->from;
	const struct pvg_gpu_span *to = &copy->to;

	RULE(c, !c->in_pass, "a copy in a pass");
	RULE(c, span_ok(from, false) && span_ok(to, false) && from->size_bytes == to->size_bytes,
		"copy of %llu to %llu bytes", (unsigned long long)from->size_bytes,
		(unsigned long long)to->size_bytes);
	RULE(c,
		from->buffer != to->buffer ||
			from->offset_bytes + from->size_bytes <= to->offset_bytes ||
			to->offset_bytes + to->size_bytes <= from->offset_bytes,
		"an overlapping copy");
}

static void check_copy_image(struct check *c, const struct pvg_gpu_copy_image *copy) {
	RULE(c, !c->in_pass, "a copy in a pass");
	check_location(c, &copy->from, copy->width, copy->height, copy->depth);
	if (!c->ok) {
		return;
	}
	check_location(c, &copy->to, copy->width, copy->height, copy->depth);
	if (!c->ok) {
		return;
	}
	const struct pvg_format *from = pvg_format_get(copy->from.image->desc.format);
	const struct pvg_format *to = pvg_format_get(copy->to.image->desc.format);
	RULE(c, from->block_bytes == to->block_bytes, "a copy between %u and %u bytes a texel",
		from->block_bytes, to->block_bytes);
	RULE(c, copy->from.image->desc.samples == copy->to.image->desc.samples,
		"a copy between sample counts");
}

static void check_fill_image(struct check *c, const struct pvg_gpu_fill_image *fill) {
	RULE(c, !c->in_pass, "a fill in a pass");
	RULE(c, pvg_format_get(fill->format) != NULL, "fill as format %u", fill->format);
	check_location(c, &fill->at, fill->width, fill->height, fill->depth);
}

static void check_mipmaps(struct check *c, const struct pvg_gpu_view *view) {
	RULE(c, !c->in_pass, "mipmaps in a pass");
	RULE(c, view != NULL && is_alive(&view->handle, NULL_VIEW) && view->desc.levels > 1,
		"mipmaps of nothing");
}

static void check_command(struct check *c, const struct pvg_gpu_cmd *cmd) {
	switch (cmd->op) {
	case PVG_GPU_OP_BEGIN_PASS:
		begin_pass(c, cmd->pass);
		break;
	case PVG_GPU_OP_END_PASS:
		end_pass(c, cmd->stores);
		break;
	case PVG_GPU_OP_PROGRAM:
		check_program(c, cmd->program);
		break;
	case PVG_GPU_OP_DEPTH_STENCIL:
		check_depth_stencil(c, cmd->depth_stencil);
		break;
	case PVG_GPU_OP_RASTER:
		check_raster(c, cmd->raster);
		break;
	case PVG_GPU_OP_OPENGL:
		check_opengl(c, cmd->opengl);
		break;
	case PVG_GPU_OP_VIEWPORTS:
		check_viewports(c, cmd->viewports.rects, cmd->viewports.count);
		break;
	case PVG_GPU_OP_SCISSORS:
		check_scissors(c, cmd->scissors.rects, cmd->scissors.count);
		break;
	case PVG_GPU_OP_BUFFER:
		check_buffer(c, cmd);
		break;
	case PVG_GPU_OP_TEXTURE:
		check_texture(c, cmd);
		break;
	case PVG_GPU_OP_SAMPLER:
		check_sampler(c, cmd);
		break;
	case PVG_GPU_OP_VISIBILITY:
		check_visibility(c, cmd);
		break;
	case PVG_GPU_OP_DRAW:
		check_draw(c, cmd->draw);
		break;
	case PVG_GPU_OP_PATCHES:
		check_patches(c, cmd->patches);
		break;
	case PVG_GPU_OP_DISPATCH:
		check_dispatch(c, cmd->dispatch);
		break;
	case PVG_GPU_OP_BARRIER:
		break;
	case PVG_GPU_OP_TEXTURE_BARRIER:
		RULE(c, c->in_pass, "a texture barrier outside a pass");
		break;
	case PVG_GPU_OP_UPLOAD:
	case PVG_GPU_OP_READ:
		check_transfer(c, cmd->transfer);
		break;
	case PVG_GPU_OP_COPY_BUFFER:
		check_copy_buffer(c, cmd->copy_buffer);
		break;
	case PVG_GPU_OP_COPY_IMAGE:
		check_copy_image(c, cmd->copy_image);
		break;
	case PVG_GPU_OP_FILL_BUFFER:
		RULE(c, !c->in_pass && span_ok(&cmd->fill_buffer.span, false), "a fill");
		break;
	case PVG_GPU_OP_FILL_IMAGE:
		check_fill_image(c, cmd->fill_image);
		break;
	case PVG_GPU_OP_MIPMAPS:
		check_mipmaps(c, cmd->mipmaps.view);
		break;
	}
}

bool null_check(struct null_renderer *null, const struct pvg_gpu_list *list) {
	struct check c = { .null = null, .ok = true };

	for (; c.at < list->count; c.at++) {
		const struct pvg_gpu_cmd *cmd = &list->cmds[c.at];
		if ((unsigned int)cmd->op >= PVG_NULL_OPS) {
			wrong(&c, "operation %u", (unsigned int)cmd->op);
			continue;
		}
		null->stats.commands[cmd->op]++;
		if (!null->trust) {
			check_command(&c, cmd);
		}
	}
	if (c.in_pass) {
		wrong(&c, "a pass without end");
	}
	return c.ok;
}
