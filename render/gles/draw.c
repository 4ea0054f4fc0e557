// SPDX-License-Identifier: GPL-2.0-or-later
#include "draw.h"

#include <stdlib.h>
#include <string.h>

/* Commands that set state, and draws. */

void gles_refuse(struct gles_renderer *r, enum gles_refusal which, const char *what) {
	struct gles_draws *d = r->draws;
	d->refusals++;
	if (!d->refused[which]) {
		d->refused[which] = true;
		pvg_info("draw: %s (said once)", what);
	}
}

/* ---- state --------------------------------------------------------------------------------- */

static void set_defaults(struct gles_draws *d) {
	for (uint32_t stage = 0; stage < GLES_STAGES; stage++) {
		struct gles_bound *b = &d->bound[stage];
		memset(b->buffers, 0, sizeof(b->buffers));
		memset(b->samplers, 0, sizeof(b->samplers));
		if (b->any_texture) {
			memset(b->textures, 0, sizeof(b->textures));
			b->any_texture = false;
		}
	}
	d->program = NULL;
	d->depth_stencil = (struct pvg_gpu_depth_stencil){ .compare = 7 };
	d->raster = (struct pvg_gpu_raster){ 0 };
	if (d->has_opengl) {
		d->has_opengl = false;
		d->opengl = (struct pvg_gpu_opengl){ 0 };
	}
	d->has_viewport = d->has_scissor = false;
	d->viewport_count = d->scissor_count = 0;
	memset(d->draw_words, 0, sizeof(d->draw_words));
	memset(d->grid_words, 0, sizeof(d->grid_words));
	d->news = GLES_NEW_ALL;
}

void gles_draws_begin(struct gles_renderer *r) {
	set_defaults(r->draws);
	r->draws->in_compute = false;
}

void gles_draws_end(struct gles_renderer *r) {
	r->draws->in_compute = false;
}

void gles_draws_forget(struct gles_renderer *r) {
	if (r->draws != NULL) {
		gles_raster_forget(&r->draws->told);
		r->draws->news = GLES_NEW_ALL;
	}
}

void gles_draws_drop_view(struct gles_renderer *r, struct gles_view *view) {
	struct gles_draws *d = r->draws;
	if (d == NULL) {
		return;
	}
	for (uint32_t stage = 0; stage < GLES_STAGES; stage++) {
		for (uint32_t i = 0; i < PVG_GPU_TEXTURES && d->bound[stage].any_texture; i++) {
			if (d->bound[stage].textures[i] == view) {
				d->bound[stage].textures[i] = NULL;
				d->bound[stage].new_textures[i / 64] |= UINT64_C(1) << i % 64;
			}
		}
	}
	for (uint32_t i = 0; i < GLES_IMAGE_UNITS; i++) {
		if (d->told.images[i].texture == view->texture) {
			d->told.images[i].texture = GLES_UNKNOWN;
		}
	}
}

void gles_draws_drop_sampler(struct gles_renderer *r, struct gles_sampler *sampler) {
	struct gles_draws *d = r->draws;
	for (uint32_t stage = 0; d != NULL && stage < GLES_STAGES; stage++) {
		for (uint32_t i = 0; i < PVG_GPU_SAMPLERS; i++) {
			if (d->bound[stage].samplers[i].sampler == sampler) {
				d->bound[stage].samplers[i] = (struct gles_bound_sampler){ 0 };
				d->bound[stage].new_samplers |= 1u << i;
			}
		}
	}
}

void gles_draws_renew_sampler(struct gles_renderer *r, const struct gles_sampler *sampler) {
	struct gles_draws *d = r->draws;
	for (uint32_t stage = 0; d != NULL && stage < GLES_STAGES; stage++) {
		for (uint32_t i = 0; i < PVG_GPU_SAMPLERS; i++) {
			if (d->bound[stage].samplers[i].sampler == sampler) {
				d->bound[stage].new_samplers |= 1u << i;
			}
		}
	}
}

static void drop_ranges(struct gles_range *ranges, GLuint buffer) {
	for (uint32_t i = 0; i < GLES_BINDINGS; i++) {
		if (ranges[i].buffer == buffer) {
			ranges[i].buffer = 0;
		}
	}
}

void gles_draws_drop_buffer(struct gles_renderer *r, struct gles_buffer *buffer) {
	struct gles_draws *d = r->draws;
	if (d == NULL) {
		return;
	}
	for (uint32_t stage = 0; stage < GLES_STAGES; stage++) {
		for (uint32_t i = 0; i < PVG_GPU_BUFFERS; i++) {
			if (d->bound[stage].buffers[i].buffer == buffer) {
				d->bound[stage].buffers[i] = (struct gles_bound_buffer){ 0 };
				d->bound[stage].new_buffers |= 1u << i;
			}
		}
	}
	drop_ranges(d->told.storage, buffer->id);
	drop_ranges(d->told.uniform, buffer->id);
	gles_vertex_drop_buffer(r, buffer->id);
}

void gles_draws_drop_pipeline(struct gles_renderer *r, const struct pvg_gpu_pipeline *pipeline) {
	struct gles_draws *d = r->draws;
	if (d != NULL && d->program != NULL && d->program->pipeline == pipeline) {
		d->program = NULL;
	}
	for (uint32_t stage = 0; d != NULL && stage < GLES_STAGES; stage++) {
		d->sent[stage].program = NULL; // another program may get its address
	}
}

void gles_cmd_program(struct gles_renderer *r, struct pvg_gpu_program *program) {
	struct gles_draws *d = r->draws;
	bool compute = program != NULL && program->pipeline->compute;
	if (compute && !d->in_compute) {
		set_defaults(d); // a new encoder
	}
	d->in_compute = compute;
	if (d->program != program) {
		d->program = program;
		d->news |= GLES_NEW_PROGRAM;
	}
}

void gles_cmd_depth_stencil(struct gles_renderer *r, const struct pvg_gpu_depth_stencil *state) {
	static const struct pvg_gpu_depth_stencil none = { .compare = 7 };
	struct gles_draws *d = r->draws;
	d->depth_stencil = state != NULL ? *state : none;
	d->news |= GLES_NEW_DEPTH_STENCIL;
}

void gles_cmd_raster(struct gles_renderer *r, const struct pvg_gpu_raster *raster) {
	r->draws->raster = *raster;
	r->draws->news |= GLES_NEW_RASTER;
}

void gles_cmd_viewports(struct gles_renderer *r, const struct pvg_gpu_viewport *rects,
	uint32_t count) {
	struct gles_draws *d = r->draws;
	count = count < PVG_GPU_VIEWPORTS ? count : PVG_GPU_VIEWPORTS;
	d->has_viewport = count > 0; // the first, unless the function chooses
	d->viewport_count = count;
	if (count > 0) {
		d->viewport = rects[0];
		memcpy(d->viewports, rects, count * sizeof(rects[0]));
	}
	d->news |= GLES_NEW_VIEWPORT;
}

void gles_cmd_scissors(struct gles_renderer *r, const struct pvg_gpu_rect *rects, uint32_t count) {
	struct gles_draws *d = r->draws;
	count = count < PVG_GPU_VIEWPORTS ? count : PVG_GPU_VIEWPORTS;
	d->has_scissor = count > 0;
	d->scissor_count = count;
	if (count > 0) {
		d->scissor = rects[0];
		memcpy(d->scissors, rects, count * sizeof(rects[0]));
	}
	d->news |= GLES_NEW_SCISSOR;
}

void gles_cmd_bind_buffer(struct gles_renderer *r, const struct pvg_gpu_cmd *cmd) {
	const struct pvg_gpu_span *span = &cmd->buffer.span;
	if (cmd->buffer.stage >= GLES_STAGES || cmd->buffer.slot >= PVG_GPU_BUFFERS) {
		return;
	}
	struct gles_bound *bound = &r->draws->bound[cmd->buffer.stage];
	struct gles_bound_buffer *b = &bound->buffers[cmd->buffer.slot];
	struct gles_bound_buffer want = { 0 };
	uint64_t size = span->buffer != NULL ? span->buffer->size_bytes : 0;
	if (span->buffer != NULL && span->offset_bytes < size) {
		uint64_t left = size - span->offset_bytes;
		want.buffer = gles_buffer(span->buffer);
		want.offset_bytes = span->offset_bytes;
		want.size_bytes = span->size_bytes < left ? span->size_bytes : left;
		want.has_stride = cmd->buffer.has_stride;
		want.stride_bytes = cmd->buffer.has_stride ? cmd->buffer.stride_bytes : 0;
	}
	if (b->buffer != want.buffer || b->offset_bytes != want.offset_bytes ||
		b->size_bytes != want.size_bytes || b->stride_bytes != want.stride_bytes ||
		b->has_stride != want.has_stride || (want.buffer != NULL && want.buffer->shadow)) {
		*b = want;
		bound->new_buffers |= 1u << cmd->buffer.slot;
	}
}

void gles_cmd_bind_texture(struct gles_renderer *r, const struct pvg_gpu_cmd *cmd) {
	if (cmd->texture.stage >= GLES_STAGES || cmd->texture.slot >= PVG_GPU_TEXTURES) {
		return;
	}
	struct gles_bound *bound = &r->draws->bound[cmd->texture.stage];
	struct gles_view *view = cmd->texture.view != NULL ? gles_view(cmd->texture.view) : NULL;
	if (bound->textures[cmd->texture.slot] != view) {
		bound->textures[cmd->texture.slot] = view;
		bound->new_textures[cmd->texture.slot / 64] |= UINT64_C(1)
			<< cmd->texture.slot % 64;
		bound->any_texture = true;
	}
}

void gles_cmd_bind_sampler(struct gles_renderer *r, const struct pvg_gpu_cmd *cmd) {
	if (cmd->sampler.stage >= GLES_STAGES || cmd->sampler.slot >= PVG_GPU_SAMPLERS) {
		return;
	}
	struct gles_draws *d = r->draws;
	struct gles_bound *bound = &d->bound[cmd->sampler.stage];
	struct gles_bound_sampler *s = &bound->samplers[cmd->sampler.slot];
	struct gles_sampler *sampler =
		cmd->sampler.sampler != NULL ? gles_sampler(cmd->sampler.sampler) : NULL;
	bool same = s->sampler == sampler && s->has_lod == cmd->sampler.has_lod &&
		(!s->has_lod ||
			(s->lod_min == cmd->sampler.lod_min &&
				s->lod_max == cmd->sampler.lod_max &&
				s->lod_bias == cmd->sampler.lod_bias));
	if (same) {
		return;
	}
	d->news |= s->lod_bias != cmd->sampler.lod_bias ? GLES_NEW_BASES : 0;
	*s = (struct gles_bound_sampler){
		.sampler = sampler,
		.has_lod = cmd->sampler.has_lod,
		.lod_min = cmd->sampler.lod_min,
		.lod_max = cmd->sampler.lod_max,
		.lod_bias = cmd->sampler.lod_bias,
	};
	bound->new_samplers |= 1u << cmd->sampler.slot;
}

void gles_cmd_barrier(struct gles_renderer *r) {
	if (r->draws->shaders_wrote) {
		glMemoryBarrier(GL_ALL_BARRIER_BITS);
		r->draws->shaders_wrote = false;
	}
}

// Mesa's software driver finishes all of its work here: only for lists whose shaders wrote.
void gles_draws_written(struct gles_renderer *r) {
	if (r->draws->list_wrote && r->ext.buffer_storage) {
		// Persistent mappings see it only after this.
		glMemoryBarrier(GL_CLIENT_MAPPED_BUFFER_BARRIER_BIT_EXT);
	}
	r->draws->list_wrote = false;
}

/* ---- draws --------------------------------------------------------------------------------- */

void gles_draws_applied(struct gles_draws *d) {
	for (uint32_t stage = 0; stage < GLES_STAGES; stage++) {
		struct gles_bound *b = &d->bound[stage];
		b->new_buffers = b->new_samplers = 0;
		b->new_textures[0] = b->new_textures[1] = 0;
	}
	d->news = 0;
}

static void set_bases(struct gles_draws *d, int32_t vertex, uint32_t instance, uint32_t patch) {
	uint32_t words[4] = { (uint32_t)vertex, instance, 0, patch };
	if (memcmp(words, d->draw_words, sizeof(words)) != 0) {
		memcpy(d->draw_words, words, sizeof(words));
		d->news |= GLES_NEW_BASES;
	}
}

/* Everything but the draw itself. */
bool gles_draw_apply(struct gles_renderer *r, int32_t base_vertex, uint32_t base_instance,
	uint32_t first_patch) {
	struct gles_draws *d = r->draws;
	set_bases(d, base_vertex, base_instance, first_patch);
	if (!gles_bind_program(r, d->program) ||
		!gles_vertex_apply(r, d->program, r->ext.base_instance ? 0 : base_instance)) {
		return false;
	}
	if (d->news != 0 || d->program->edges.cull >= 0) {
		gles_raster_apply(r, d->program->pipeline);
	}
	gles_draws_applied(d);
	if (d->feedback) {
		gles_cmd_texture_barrier(r);
	}
	return true;
}

static void issue(struct gles_renderer *r, const struct gles_elements *e, uint32_t instances,
	uint32_t base_instance) {
	GLsizei count = (GLsizei)e->count, n = (GLsizei)instances;
	bool base = base_instance > 0 && r->ext.base_instance;
	if (e->index_size == 0) {
		if (base) {
			r->gl.draw_arrays_base_instance(e->mode, (GLint)e->first, count, n,
				base_instance);
		} else if (n == 1) {
			glDrawArrays(e->mode, (GLint)e->first, count);
		} else {
			glDrawArraysInstanced(e->mode, (GLint)e->first, count, n);
		}
		return;
	}
	GLenum type = e->index_size == 2 ? GL_UNSIGNED_SHORT : GL_UNSIGNED_INT;
	const void *offset = (const void *)(uintptr_t)e->offset_bytes;
	gles_vertex_indices(r, e->buffer);
	if (base) {
		r->gl.draw_elements_base(e->mode, count, type, offset, n, e->base_vertex,
			base_instance);
	} else if (n == 1 && e->base_vertex == 0) {
		glDrawElements(e->mode, count, type, offset);
	} else {
		glDrawElementsInstancedBaseVertex(e->mode, count, type, offset, n, e->base_vertex);
	}
}

// What flat values need; an order of its own is the geometry stage's work.
static enum gles_rewrite order_of(struct gles_renderer *r, uint8_t primitive) {
	const struct pvg_gpu_program *program = r->draws->program;
	if (!program->pipeline->flat_varyings || primitive == 0 || program->key.by_number) {
		return GLES_REWRITE_NONE;
	}
	switch ((enum gles_order)program->key.order) {
	case GLES_ORDER_AS_IS:
		return GLES_REWRITE_FIRST;
	case GLES_ORDER_EDGES: // it takes the first vertex for the first
		return primitive == 4 ? GLES_REWRITE_LIST : GLES_REWRITE_NONE;
	case GLES_ORDER_FIRST:
		break;
	}
	return GLES_REWRITE_NONE;
}

static enum gles_rewrite rewrite_of(struct gles_renderer *r, const struct pvg_gpu_draw *draw) {
	enum gles_rewrite rewrite = order_of(r, draw->primitive);
	return r->draws->has_opengl ? gles_opengl_rewrite(r->draws, draw, rewrite) : rewrite;
}

static void finish_draw(struct gles_renderer *r) {
	struct gles_draws *d = r->draws;
	if (d->program->plan.any_packed) {
		gles_pack_return(r, d->program);
	}
}

bool gles_counts_fit(struct gles_renderer *r, uint32_t all) {
	if (all > INT32_MAX) {
		gles_refuse(r, GLES_REFUSE_COUNTS,
			"numbers of vertices, patches or instances "
			"above 2^31 - 1: not drawn");
	}
	return all <= INT32_MAX;
}

void gles_draw_direct(struct gles_renderer *r, const struct pvg_gpu_draw *draw) {
	struct gles_elements e = { 0 };
	uint32_t first = draw->index_size == 0 ? draw->first : 0;
	if (!gles_counts_fit(r, first | draw->count | draw->instances)) {
		return;
	}
	enum gles_rewrite rewrite = rewrite_of(r, draw);
	if (draw->instances == 0 || draw->count == 0 ||
		!gles_index_prepare(r, draw, rewrite, &e)) {
		return;
	}
	// The base vertex that a function asks for is the draw's, also where indices were made up.
	int32_t base_vertex = draw->index_size != 0 ? draw->base_vertex : (int32_t)draw->first;
	if (!gles_draw_apply(r, base_vertex, draw->base_instance, 0)) {
		return;
	}
	gles_raster_restart(r,
		r->draws->has_opengl
			? gles_opengl_restarts(r->draws, draw, rewrite, &e)
			: draw->index_size != 0 && (draw->primitive == 2 || draw->primitive == 4));
	if (r->draws->second_round == 0) {
		issue(r, &e, draw->instances, draw->base_instance);
	} else {
		for (uint32_t round = 0; gles_raster_round(r, round); round++) {
			issue(r, &e, draw->instances, draw->base_instance);
		}
	}
	finish_draw(r);
}

void gles_cmd_draw(struct gles_renderer *r, const struct pvg_gpu_draw *draw) {
	struct gles_draws *d = r->draws;
	if (!r->pass.open || d->program == NULL || d->program->pipeline->compute) {
		return;
	}
	if (draw->indirect.buffer != NULL) {
		gles_draw_indirect(r, draw, rewrite_of(r, draw));
		return;
	}
	gles_draw_direct(r, draw);
}

/* ---- all of it ----------------------------------------------------------------------------- */

bool gles_draws_init(struct gles_renderer *r) {
	r->draws = calloc(1, sizeof(*r->draws));
	if (r->draws == NULL) {
		return false;
	}
	set_defaults(r->draws);
	gles_raster_forget(&r->draws->told);
	for (GLuint i = 0; i < 3; i++) {
		glGetIntegeri_v(GL_MAX_COMPUTE_WORK_GROUP_COUNT, i, &r->draws->most_groups[i]);
	}
	return gles_bind_init(r);
}

void gles_draws_finish(struct gles_renderer *r) {
	if (r->draws == NULL) {
		return;
	}
	struct gles_draws *d = r->draws;
	gles_vertex_finish(r);
	gles_bind_finish(r);
	gles_expander_finish(r);
	gles_ring_finish(r, &d->ring);
	r->draws = NULL;
	free(d);
}
