// SPDX-License-Identifier: GPL-2.0-or-later
#include "draw.h"

#include <string.h>

/* Dispatches (spec 03 section 9.6). */

static void set_words(struct gles_draws *d, uint32_t *words, const uint32_t *want, size_t count) {
	if (memcmp(words, want, count * sizeof(words[0])) != 0) {
		memcpy(words, want, count * sizeof(words[0]));
		d->news |= GLES_NEW_BASES;
	}
}

static void set_limit(struct pvg_gpu_program *program, const uint32_t limit[3]) {
	if (program->limit >= 0 &&
		memcmp(limit, program->last_limit, sizeof(program->last_limit)) != 0) {
		glUniform3ui(program->limit, limit[0], limit[1], limit[2]);
		memcpy(program->last_limit, limit, sizeof(program->last_limit));
	}
}

/* More groups than GL takes at once: in parts, each told where it begins. */
static void dispatch_parts(struct gles_renderer *r, const struct pvg_gpu_program *program,
	const uint32_t groups[3]) {
	const GLint *most = r->draws->most_groups;
	if (groups[0] <= (uint32_t)most[0] && groups[1] <= (uint32_t)most[1] &&
		groups[2] <= (uint32_t)most[2]) {
		glDispatchCompute(groups[0], groups[1], groups[2]);
		return;
	}
	if (program->groups >= 0) {
		glUniform3ui(program->groups, groups[0], groups[1], groups[2]);
	}
	uint64_t at[3]; // the last step may go beyond 32 bits
	for (at[2] = 0; at[2] < groups[2]; at[2] += (uint32_t)most[2]) {
		for (at[1] = 0; at[1] < groups[1]; at[1] += (uint32_t)most[1]) {
			for (at[0] = 0; at[0] < groups[0]; at[0] += (uint32_t)most[0]) {
				uint32_t n[3];
				for (uint32_t i = 0; i < 3; i++) {
					uint64_t left = groups[i] - at[i];
					n[i] = left < (uint32_t)most[i] ? (uint32_t)left
									: (uint32_t)most[i];
				}
				glUniform3ui(program->group, (GLuint)at[0], (GLuint)at[1],
					(GLuint)at[2]);
				glDispatchCompute(n[0], n[1], n[2]);
			}
		}
	}
	glUniform3ui(program->group, 0, 0, 0);
	if (program->groups >= 0) {
		glUniform3ui(program->groups, 0, 0, 0);
	}
}

/* Sizes of the grid from a dispatch; false: nothing runs. */
static bool measure(const struct pvg_gpu_program *program, const struct pvg_gpu_dispatch *dispatch,
	uint32_t groups[3], uint32_t threads[3]) {
	for (uint32_t i = 0; i < 3; i++) {
		uint32_t size = program->local_size[i];
		uint64_t all =
			dispatch->exact ? dispatch->grid[i] : (uint64_t)dispatch->grid[i] * size;
		if (all == 0 || all > UINT32_MAX) {
			return false;
		}
		threads[i] = (uint32_t)all;
		groups[i] = (uint32_t)((all + size - 1) / size);
	}
	return true;
}

void gles_cmd_dispatch(struct gles_renderer *r, const struct pvg_gpu_dispatch *dispatch) {
	struct gles_draws *d = r->draws;
	struct pvg_gpu_program *program = d->program;
	if (program == NULL || !program->pipeline->compute) {
		return;
	}
	static const uint32_t no_limit[3] = { UINT32_MAX, UINT32_MAX, UINT32_MAX };
	struct gles_buffer *indirect =
		dispatch->indirect.buffer != NULL ? gles_buffer(dispatch->indirect.buffer) : NULL;
	struct pvg_gpu_dispatch from_cpu = *dispatch;
	if (indirect != NULL) {
		uint64_t offset = dispatch->indirect.offset_bytes, size = indirect->base.size_bytes;
		if (offset % 4 != 0 || offset > size || size - offset < 12) {
			return;
		}
		if (!(indirect->base.usage & PVG_GPU_BUFFER_READBACK)) {
			memcpy(from_cpu.grid, indirect->base.map + offset, 12);
			from_cpu.exact = false;
			indirect = NULL;
		}
	}
	uint32_t groups[3] = { 0 }, threads[4] = { 0 };
	if (indirect == NULL && !measure(program, &from_cpu, groups, threads)) {
		return;
	}
	uint32_t origin[4] = { dispatch->origin[0], dispatch->origin[1], dispatch->origin[2], 0 };
	set_words(d, d->grid_words, threads, 3);
	set_words(d, d->stage_in_words[0], origin, 4);
	set_words(d, d->stage_in_words[1], threads, 4);
	if (!gles_bind_program(r, program)) {
		return;
	}
	gles_draws_applied(d);
	set_limit(program, indirect == NULL ? threads : no_limit);
	if (indirect != NULL) {
		glBindBuffer(GL_DISPATCH_INDIRECT_BUFFER, indirect->id);
		if (indirect->shadow) {
			gles_span_read(r, &dispatch->indirect, 12);
		}
		glDispatchComputeIndirect((GLintptr)dispatch->indirect.offset_bytes);
	} else {
		dispatch_parts(r, program, groups);
	}
	if (program->plan.any_packed) {
		gles_pack_return(r, program);
	}
}
