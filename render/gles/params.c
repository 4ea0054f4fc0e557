// SPDX-License-Identifier: GPL-2.0-or-later
#include "draw.h"

#include <string.h>

/*
 * The parameter block (render/shader/reflect.h): only words that a shader reads are gathered and
 * compared with what was uploaded last; a block is uploaded when one of them changed.
 */

static bool same_words(uint32_t (*a)[4], uint32_t (*b)[4], uint32_t count) {
	return memcmp(a, b, count * sizeof(a[0])) == 0;
}

static void buffer_words(const struct gles_renderer *r, const struct pvg_gpu_program *program,
	uint8_t stage, uint32_t slot, uint32_t words[4]) {
	const struct gles_draws *d = r->draws;
	const struct gles_bound_buffer *b = &d->bound[stage].buffers[slot];
	const struct pvg_gpu_pipeline *p = program->pipeline;
	const struct pvg_gpu_vertex_desc *input = p->compute ? &p->kernel.input : &p->render.input;
	if (program->plan.any_packed) {
		memcpy(words, d->packed[stage][slot], 2 * sizeof(words[0]));
	} else if (b->buffer != NULL) {
		words[0] =
			(uint32_t)(b->offset_bytes & ((uint64_t)r->limits.storage_alignment - 1));
		// A robust context tests the window itself.
		words[1] = r->robust                 ? 0
			: b->size_bytes < UINT32_MAX ? (uint32_t)b->size_bytes
						     : UINT32_MAX;
	}
	if (stage != PVG_GPU_FRAGMENT) {
		words[2] = b->has_stride ? b->stride_bytes : input->layouts[slot].stride_bytes;
	}
}

static void entry_words(const struct gles_renderer *r, const struct pvg_gpu_program *program,
	uint8_t stage, uint32_t entry, uint32_t words[4]) {
	const struct gles_draws *d = r->draws;
	memset(words, 0, 4 * sizeof(words[0]));
	if (entry == PVG_PARAMS_DRAW) {
		memcpy(words, d->draw_words, sizeof(d->draw_words));
		words[2] = r->pass.open ? r->pass.samples : 1;
	} else if (entry == PVG_PARAMS_GRID) {
		memcpy(words, d->grid_words, sizeof(d->grid_words));
	} else if (entry < PVG_PARAMS_TEXTURES) {
		buffer_words(r, program, stage, entry - PVG_PARAMS_BUFFERS, words);
	} else if (entry < PVG_PARAMS_STAGE_IN) {
		const struct gles_view *view =
			d->bound[stage].textures[entry - PVG_PARAMS_TEXTURES];
		words[0] = view != NULL ? view->desc.levels : 1;
		words[1] = view != NULL && view->image->desc.samples > 0 ? view->image->desc.samples
									 : 1;
	} else if (entry >= PVG_PARAMS_BIAS) {
		for (uint32_t i = 0; i < 4; i++) {
			uint32_t slot = (entry - PVG_PARAMS_BIAS) * 4 + i;
			memcpy(&words[i], &d->bound[stage].samplers[slot].lod_bias,
				sizeof(words[i]));
		}
	} else {
		memcpy(words, d->stage_in_words[entry - PVG_PARAMS_STAGE_IN], 4 * sizeof(words[0]));
	}
}

static bool upload(struct gles_renderer *r, const struct gles_plan_params *params,
	uint32_t (*words)[4], struct gles_sent_params *sent) {
	struct gles_piece piece;
	uint64_t bytes = (uint64_t)params->count * 16;
	if (!gles_ring_take(r, bytes, (uint32_t)r->limits.uniform_alignment, &piece)) {
		gles_refuse(r, GLES_REFUSE_NO_MEMORY, "no memory for parameters");
		return false;
	}
	for (uint32_t i = 0; i < params->entry_count; i++) {
		memcpy(piece.map + params->entries[i] * 16u, words[i], 16);
	}
	gles_ring_wrote(r, &piece, bytes);
	sent->piece = piece;
	return true;
}

static bool apply_stage(struct gles_renderer *r, struct pvg_gpu_program *program, uint8_t stage) {
	const struct gles_plan_params *params = &program->plan.params[stage];
	struct gles_sent_params *sent = &r->draws->sent[stage];
	uint32_t words[PVG_PARAMS_COUNT][4];
	for (uint32_t i = 0; i < params->entry_count; i++) {
		entry_words(r, program, stage, params->entries[i], words[i]);
	}
	bool same = sent->program == program && sent->serial == r->serial &&
		same_words(words, sent->words, params->entry_count);
	if (!same) {
		if (!upload(r, params, words, sent)) {
			return false;
		}
		memcpy(sent->words, words, params->entry_count * sizeof(words[0]));
		sent->program = program;
		sent->serial = r->serial;
	}
	gles_bind_uniform(r, params->binding, sent->piece.buffer->id, sent->piece.offset_bytes,
		(uint64_t)params->count * 16);
	return true;
}

bool gles_params_apply(struct gles_renderer *r, struct pvg_gpu_program *program) {
	struct gles_draws *d = r->draws;
	for (uint8_t stage = 0; stage < GLES_STAGES; stage++) {
		const struct gles_bound *bound = &d->bound[stage];
		const struct gles_sent_params *sent = &d->sent[stage];
		if (!program->plan.params[stage].used) {
			continue;
		}
		bool changed = sent->program != program || sent->serial != r->serial ||
			(d->news & (GLES_NEW_PROGRAM | GLES_NEW_BASES)) != 0 ||
			bound->new_buffers != 0 ||
			(bound->new_textures[0] | bound->new_textures[1]) != 0;
		if (changed && !apply_stage(r, program, stage)) {
			return false;
		}
	}
	return true;
}

void gles_params_copy(struct gles_renderer *r, const struct pvg_gpu_span *from, uint32_t word,
	uint32_t component) {
	struct gles_draws *d = r->draws;
	for (uint32_t stage = 0; stage < GLES_STAGES; stage++) {
		const struct gles_plan_params *params = &d->program->plan.params[stage];
		if (!params->used || params->entry_count == 0 ||
			params->entries[0] != PVG_PARAMS_DRAW) {
			continue;
		}
		const struct gles_piece *to = &d->sent[stage].piece;
		gles_bind_buffer(r, GL_COPY_READ_BUFFER, gles_buffer(from->buffer)->id);
		gles_bind_buffer(r, GL_COPY_WRITE_BUFFER, to->buffer->id);
		glCopyBufferSubData(GL_COPY_READ_BUFFER, GL_COPY_WRITE_BUFFER,
			(GLintptr)(from->offset_bytes + word * 4u),
			(GLintptr)(to->offset_bytes + component * 4u), 4);
		d->sent[stage].program = NULL; // the next draw's are not these
		d->news |= GLES_NEW_BASES;
	}
}
