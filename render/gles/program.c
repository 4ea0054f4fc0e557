// SPDX-License-Identifier: GPL-2.0-or-later
#include "draw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/gles/opengl.h"
#include "render/gles/texel.h"
#include "render/gles/text.h"

/*
 * Variants: translate each function for the key (the client answers at once what it knows), then
 * compile and link in the build thread. Callbacks may come before the submitting call returns.
 */

struct translation { // which function of which variant a callback is about
	struct pvg_gpu_program *program;
	uint8_t stage;
};

static void fail(struct pvg_gpu_program *program, const char *why) {
	if (program->status == PVG_GPU_FAILED) {
		return;
	}
	program->status = PVG_GPU_FAILED;
	snprintf(program->why, sizeof(program->why), "%s", why);
	struct pvg_gpu_pipeline *p = program->pipeline;
	if (!p->complained) {
		p->complained = true;
		pvg_info("%s pipeline %u (%s): not drawn with: %s",
			p->compute ? "compute" : "render", p->number,
			p->functions[p->compute ? PVG_GPU_KERNEL : PVG_GPU_VERTEX].name, why);
	}
}

static void handle_built(void *data, const struct gles_build_result *result) {
	struct pvg_gpu_program *program = data;
	program->build = NULL;
	memset(program->results, 0, sizeof(program->results));
	if (result->program == 0) {
		fail(program, result->why);
		return;
	}
	program->id = result->program;
	program->limit = glGetUniformLocation(program->id, "pvg_limit");
	program->group = glGetUniformLocation(program->id, "pvg_group");
	program->groups = glGetUniformLocation(program->id, "pvg_groups");
	gles_edges_find(&program->edges, program->id);
	program->special = program->edges.cull >= 0;
	program->clips = program->pipeline->clip_distances;
	if (gles_opengl_edits(&program->key)) {
		program->special = true;
		program->clips += program->key.clip_planes;
		program->planes = glGetUniformLocation(program->id, "pvg_planes");
		program->pixel = glGetUniformLocation(program->id, "pvg_pixel");
		program->point_size = glGetUniformLocation(program->id, "pvg_point_size");
	}
	program->status = PVG_GPU_READY;
}

static void link_program(struct pvg_gpu_program *program) {
	struct pvg_gpu_pipeline *p = program->pipeline;
	char *texts[GLES_BUILD_STAGES] = { 0 };
	GLenum stages[GLES_BUILD_STAGES];
	uint32_t count = 0;
	char why[192] = "";
	bool ok = true;
	if (!p->compute) {
		ok = gles_input_make(&p->render.input,
			&program->results[PVG_GPU_VERTEX]->reflection, &program->input, why,
			sizeof(why));
	}
	if (!ok || !gles_plan_make(program, texts, stages, &count, why, sizeof(why))) {
		for (uint32_t i = 0; i < count; i++) {
			free(texts[i]);
		}
		fail(program, why);
		return;
	}
	program->build =
		gles_builder_submit(p->owner->builder, stages, texts, count, handle_built, program);
	if (program->build == NULL) {
		fail(program, "out of memory");
	}
}

static void all_translated(struct pvg_gpu_program *program) {
	struct pvg_gpu_pipeline *p = program->pipeline;
	if (p->status == PVG_GPU_PENDING && p->programs == program) {
		gles_pipeline_translated(p, program);
	}
	if (program->link && program->status == PVG_GPU_PENDING) {
		link_program(program);
	}
}

static void translated(struct pvg_gpu_program *program, uint8_t stage,
	const struct pvg_shader_status *status, const struct pvg_shader_result *result) {
	program->jobs[stage] = NULL;
	program->results[stage] = result;
	program->waiting--;
	if (result == NULL) {
		char why[320];
		snprintf(why, sizeof(why), "%s: %s: %s", program->pipeline->functions[stage].name,
			pvg_shader_reason_name(status->reason), status->detail);
		fail(program, why);
		if (program->pipeline->programs == program) {
			gles_pipeline_failed(program->pipeline, why);
		}
		return;
	}
	if (program->waiting == 0 && program->status == PVG_GPU_PENDING) {
		all_translated(program);
	}
}

// One for each stage, so that the callback knows which it is.
static void vertex_done(void *data, const struct pvg_shader_status *status,
	const struct pvg_shader_result *result) {
	translated(data, PVG_GPU_VERTEX, status, result);
}

static void fragment_done(void *data, const struct pvg_shader_status *status,
	const struct pvg_shader_result *result) {
	translated(data, PVG_GPU_FRAGMENT, status, result);
}

static void kernel_done(void *data, const struct pvg_shader_status *status,
	const struct pvg_shader_result *result) {
	translated(data, PVG_GPU_KERNEL, status, result);
}

/* ---- what a function is translated for ----------------------------------------------------- */

static void resources(const struct gles_renderer *r, uint8_t stage, struct pvg_shader_variant *v) {
	GLint storage = r->limits.storage_blocks[stage], uniform = r->limits.uniform_blocks[stage];
	v->storage_buffers = storage > 0 ? (uint32_t)storage : PVG_NO_STORAGE_BUFFERS;
	v->uniform_buffers = uniform > 1 ? (uint32_t)uniform - 1 : 0; // one is the parameters'
	v->uniform_bytes = r->limits.uniform_block_bytes < 65536
		? (uint32_t)r->limits.uniform_block_bytes
		: 65536;
}

static void describe(const struct pvg_gpu_program *program, uint8_t stage,
	struct pvg_shader_variant *v) {
	const struct pvg_gpu_pipeline *p = program->pipeline;
	const struct gles_renderer *r = p->owner->r;
	const struct gles_key *key = &program->key;
	memset(v, 0, sizeof(*v));
	v->profile = PVG_PROFILE_GLES;
	v->features = p->owner->features;
	resources(r, stage, v);
	for (uint32_t i = 0; i < p->image_count[stage]; i++) {
		uint32_t row = stage == PVG_GPU_FRAGMENT ? 1 : 0;
		uint8_t format = key->images[row][i];
		uint8_t swap = format & PVG_IMAGE_SWAP;
		if (gles_texel_kind(key->image_texels[row][i]) != GLES_TEXEL_PLAIN) {
			continue; // other bits than the function's: their format is put in later
		}
		v->image_formats[p->image_slots[stage][i]] =
			(uint8_t)(gles_text_stand_in((uint8_t)(format & ~PVG_IMAGE_SWAP)) | swap);
	}
	if (p->compute) {
		v->pixel_samplers = key->pixel_samplers[0];
		memcpy(v->local_size, key->local_size, sizeof(v->local_size));
		memcpy(v->threadgroup_bytes, key->threadgroup_bytes, sizeof(v->threadgroup_bytes));
		v->attribute_count = gles_input_pulled(r, &p->kernel.input, true, v->attributes);
		return;
	}
	v->pixel_samplers = key->pixel_samplers[stage == PVG_GPU_FRAGMENT];
	v->biased_samplers = key->biased_samplers[stage == PVG_GPU_FRAGMENT];
	v->sample_count = p->render.samples > 0 ? p->render.samples : 1;
	if (stage == PVG_GPU_VERTEX) {
		v->features |= key->points ? PVG_FEATURE_POINT_SIZE : 0;
		v->attribute_count = gles_input_pulled(r, &p->render.input,
			p->patches || key->wide_strides, v->attributes);
		v->tess_partition = p->render.tessellation.partition;
		v->tess_winding = p->render.tessellation.winding;
		v->control_indices = p->render.tessellation.control_point_index != 0;
		if (p->patches && v->storage_buffers > GLES_TESS_STORAGE &&
			v->storage_buffers <= 80) {
			v->storage_buffers -= GLES_TESS_STORAGE; // where limits are shared
		}
		return;
	}
	v->fetch = r->ext.framebuffer_fetch ? PVG_FETCH_EXTENSION : PVG_FETCH_COPY;
	v->alpha_test = p->render.alpha_test <= 8 ? p->render.alpha_test : 0;
	// With both the alpha is needed for coverage first (plan.c).
	v->features |= p->render.alpha_to_one && !gles_covers_by_mask(p) ? PVG_FEATURE_ALPHA_TO_ONE
									  : 0;
	for (uint32_t i = 0; i < PVG_GPU_COLORS; i++) {
		const struct gles_format *format = gles_format_find(p->render.colors[i].format);
		if (format != NULL && format->flags & GLES_FORMAT_BGRA) {
			v->swap_mask |= 1u << i;
		}
	}
}

struct pvg_gpu_program *gles_program_create(struct pvg_gpu_pipeline *p, const struct gles_key *key,
	bool link) {
	static const pvg_shader_done done[GLES_STAGES] = { vertex_done, fragment_done,
		kernel_done };
	struct pvg_gpu_program *program = calloc(1, sizeof(*program));
	if (program == NULL) {
		return NULL;
	}
	program->pipeline = p;
	program->key = *key;
	program->status = PVG_GPU_PENDING;
	program->link = link;
	memcpy(program->local_size, key->local_size, sizeof(program->local_size));
	program->limit = program->group = program->groups = program->edges.cull = -1;
	program->next = p->programs;
	p->programs = program;
	for (uint8_t stage = 0; stage < GLES_STAGES; stage++) {
		program->waiting += p->functions[stage].bitcode != NULL;
	}
	for (uint8_t stage = 0; stage < GLES_STAGES; stage++) {
		const struct gles_function *f = &p->functions[stage];
		if (f->bitcode == NULL || program->status == PVG_GPU_FAILED) {
			continue;
		}
		struct pvg_shader_variant variant;
		describe(program, stage, &variant);
		// What a draw waits for comes before what a pipeline only wants to know.
		struct pvg_shader_job *job = pvg_shader_client_submit(p->owner->client, f->bitcode,
			f->bytes, f->name[0] != '\0' ? f->name : NULL, &variant, link ? 1 : 0,
			done[stage], program);
		program->jobs[stage] = job;
	}
	return program;
}

void gles_program_destroy(struct pvg_gpu_program *program) {
	if (program == NULL) {
		return;
	}
	struct gles_pipelines *owner = program->pipeline->owner;
	for (uint8_t stage = 0; stage < GLES_STAGES; stage++) {
		if (program->jobs[stage] != NULL) {
			pvg_shader_client_cancel(owner->client, program->jobs[stage]);
		}
	}
	if (program->build != NULL) {
		gles_builder_cancel(owner->builder, program->build);
	}
	if (program->id != 0) {
		gles_state_drop_program(owner->r, program->id);
		glDeleteProgram(program->id);
	}
	gles_plan_finish(owner->r, &program->plan);
	free(program);
}
