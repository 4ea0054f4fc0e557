// SPDX-License-Identifier: GPL-2.0-or-later
#include "draw.h"

#include <stdlib.h>
#include <string.h>

/* Buffers, textures, samplers and images of a program (spec 03 section 9.2, 05 section 5). */

#define ZERO_BYTES 65536u // the largest uniform block

void gles_bind_storage(struct gles_renderer *r, uint32_t binding, GLuint buffer,
	uint64_t offset_bytes, uint64_t size_bytes) {
	struct gles_range *told = &r->draws->told.storage[binding];
	if (told->buffer != buffer || told->offset_bytes != offset_bytes ||
		told->size_bytes != size_bytes) {
		glBindBufferRange(GL_SHADER_STORAGE_BUFFER, binding, buffer, (GLintptr)offset_bytes,
			(GLsizeiptr)size_bytes);
		*told = (struct gles_range){ buffer, offset_bytes, size_bytes };
	}
}

void gles_bind_uniform(struct gles_renderer *r, uint32_t binding, GLuint buffer,
	uint64_t offset_bytes, uint64_t size_bytes) {
	struct gles_range *told = &r->draws->told.uniform[binding];
	if (told->buffer != buffer || told->offset_bytes != offset_bytes ||
		told->size_bytes != size_bytes) {
		glBindBufferRange(GL_UNIFORM_BUFFER, binding, buffer, (GLintptr)offset_bytes,
			(GLsizeiptr)size_bytes);
		*told = (struct gles_range){ buffer, offset_bytes, size_bytes };
	}
}

static struct pvg_gpu_span span_of(const struct gles_bound_buffer *b) {
	return (struct pvg_gpu_span){ &b->buffer->base, b->offset_bytes, b->size_bytes };
}

/* What GL and the shader do not see alike is copied: odd offsets, and binds that end too early. */
static bool copy_uniform(struct gles_renderer *r, const struct gles_plan_buffer *use,
	const struct gles_bound_buffer *b) {
	struct gles_piece piece;
	uint64_t bytes = b->size_bytes < use->bytes ? b->size_bytes : use->bytes;
	if (!gles_ring_take(r, use->bytes, (uint32_t)r->limits.uniform_alignment, &piece)) {
		gles_refuse(r, GLES_REFUSE_NO_MEMORY, "no memory for a uniform block");
		return false;
	}
	if (b->buffer->base.usage & PVG_GPU_BUFFER_READBACK) {
		memset(piece.map, 0, use->bytes);
		gles_ring_wrote(r, &piece, use->bytes);
		if (b->buffer->shadow) {
			struct pvg_gpu_span span = span_of(b);
			gles_span_read(r, &span, bytes);
		}
		gles_bind_buffer(r, GL_COPY_READ_BUFFER, b->buffer->id);
		gles_bind_buffer(r, GL_COPY_WRITE_BUFFER, piece.buffer->id);
		glCopyBufferSubData(GL_COPY_READ_BUFFER, GL_COPY_WRITE_BUFFER,
			(GLintptr)b->offset_bytes, (GLintptr)piece.offset_bytes, (GLsizeiptr)bytes);
	} else {
		memcpy(piece.map, b->buffer->base.map + b->offset_bytes, bytes);
		memset(piece.map + bytes, 0, use->bytes - bytes);
		gles_ring_wrote(r, &piece, use->bytes);
	}
	gles_bind_uniform(r, use->binding, piece.buffer->id, piece.offset_bytes, use->bytes);
	return true;
}

static bool bind_uniform(struct gles_renderer *r, const struct gles_plan_buffer *use,
	const struct gles_bound_buffer *b) {
	if (b->buffer == NULL) {
		gles_bind_uniform(r, use->binding, r->draws->zeros->id, 0, use->bytes);
		return true;
	}
	if (b->offset_bytes % (uint64_t)r->limits.uniform_alignment != 0 ||
		b->size_bytes < use->bytes) {
		return copy_uniform(r, use, b);
	}
	if (b->buffer->shadow) {
		struct pvg_gpu_span span = span_of(b);
		gles_span_read(r, &span, use->bytes);
	}
	gles_bind_uniform(r, use->binding, b->buffer->id, b->offset_bytes, use->bytes);
	return true;
}

static bool bind_buffer(struct gles_renderer *r, const struct gles_plan_buffer *use) {
	struct gles_draws *d = r->draws;
	const struct gles_bound_buffer *b = &d->bound[use->stage].buffers[use->slot];
	if (use->uniform) {
		return bind_uniform(r, use, b);
	}
	if (b->buffer == NULL) {
		struct gles_buffer *none = use->written ? d->trash : d->zeros;
		gles_bind_storage(r, use->binding, none->id, 0, none->base.size_bytes);
		return true;
	}
	uint64_t over = b->offset_bytes & ((uint64_t)r->limits.storage_alignment - 1);
	uint64_t first = b->offset_bytes - over;
	// Whole words, as far as the buffer has them: a shader reads nothing less.
	uint64_t size = (b->size_bytes + over + 3) & ~UINT64_C(3);
	uint64_t left = b->buffer->base.size_bytes - first;
	size = size < left ? size : left;
	if (size > (uint64_t)r->limits.storage_block_bytes) {
		size = (uint64_t)r->limits.storage_block_bytes;
	}
	if (b->buffer->shadow) {
		struct pvg_gpu_span span = { &b->buffer->base, first, size };
		gles_span_read(r, &span, size);
		if (use->written) {
			gles_span_written(r, &span, size);
		}
	}
	gles_bind_storage(r, use->binding, b->buffer->id, first, size);
	return true;
}

/* ---- textures ------------------------------------------------------------------------------ */

static GLenum target_of(uint8_t dim) {
	static const GLenum targets[PVG_SLOT_DIM_COUNT] = {
		[PVG_SLOT_DIM_2D] = GL_TEXTURE_2D,
		[PVG_SLOT_DIM_2D_ARRAY] = GL_TEXTURE_2D_ARRAY,
		[PVG_SLOT_DIM_2D_MS] = GL_TEXTURE_2D_MULTISAMPLE,
		[PVG_SLOT_DIM_2D_MS_ARRAY] = GL_TEXTURE_2D_MULTISAMPLE_ARRAY,
		[PVG_SLOT_DIM_3D] = GL_TEXTURE_3D,
		[PVG_SLOT_DIM_CUBE] = GL_TEXTURE_CUBE_MAP,
		[PVG_SLOT_DIM_CUBE_ARRAY] = GL_TEXTURE_CUBE_MAP_ARRAY,
		[PVG_SLOT_DIM_BUFFER] = GL_TEXTURE_BUFFER,
	};
	return targets[dim < PVG_SLOT_DIM_COUNT ? dim : 0];
}

static void neutral_storage(GLenum target, uint8_t value_class, bool shadow) {
	static const GLenum formats[PVG_CLASS_COUNT] = { GL_RGBA8, GL_RGBA8I, GL_RGBA8UI };
	static const uint8_t zeros[6 * 4];
	GLenum format = shadow ? GL_DEPTH_COMPONENT16 : formats[value_class];
	GLenum transfer = shadow                 ? GL_DEPTH_COMPONENT
		: value_class == PVG_CLASS_FLOAT ? GL_RGBA
						 : GL_RGBA_INTEGER;
	GLenum type = shadow                    ? GL_UNSIGNED_SHORT
		: value_class == PVG_CLASS_SINT ? GL_BYTE
						: GL_UNSIGNED_BYTE;
	switch (target) {
	case GL_TEXTURE_2D:
		glTexStorage2D(target, 1, format, 1, 1);
		glTexSubImage2D(target, 0, 0, 0, 1, 1, transfer, type, zeros);
		break;
	case GL_TEXTURE_CUBE_MAP:
		glTexStorage2D(target, 1, format, 1, 1);
		for (GLenum face = 0; face < 6; face++) {
			glTexSubImage2D(GL_TEXTURE_CUBE_MAP_POSITIVE_X + face, 0, 0, 0, 1, 1,
				transfer, type, zeros);
		}
		break;
	case GL_TEXTURE_2D_MULTISAMPLE:
		glTexStorage2DMultisample(target, 1, format, 1, 1, GL_TRUE);
		break;
	case GL_TEXTURE_2D_MULTISAMPLE_ARRAY:
		glTexStorage3DMultisample(target, 1, format, 1, 1, 1, GL_TRUE);
		break;
	default: {
		GLsizei depth = target == GL_TEXTURE_CUBE_MAP_ARRAY ? 6 : 1;
		glTexStorage3D(target, 1, format, 1, 1, depth);
		glTexSubImage3D(target, 0, 0, 0, 0, 1, 1, depth, transfer, type, zeros);
		break;
	}
	}
}

/* Transparent black of the right kind, for what a shader samples and nothing is bound to. */
static GLuint neutral_texture(struct gles_renderer *r, uint32_t unit,
	const struct gles_plan_unit *u) {
	bool shadow = u->flags & PVG_SLOT_SHADOW;
	uint32_t index = u->dim * 4u + (shadow ? 3 : u->value_class);
	GLenum target = target_of(u->dim);
	GLuint *texture = &r->draws->neutral[index];
	if (*texture == 0) {
		glGenTextures(1, texture);
		gles_bind_texture(r, unit, target, *texture);
		if (target == GL_TEXTURE_BUFFER) {
			static const GLenum formats[] = { GL_RGBA8, GL_RGBA8I, GL_RGBA8UI,
				GL_RGBA8 };
			glTexBufferRange(target, formats[index & 3], r->draws->zeros->id, 0, 4);
		} else {
			gles_bind_buffer(r, GL_PIXEL_UNPACK_BUFFER, 0);
			neutral_storage(target, u->value_class, shadow);
			if (target != GL_TEXTURE_2D_MULTISAMPLE &&
				target != GL_TEXTURE_2D_MULTISAMPLE_ARRAY) {
				glTexParameteri(target, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
				glTexParameteri(target, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
			}
		}
	}
	return *texture;
}

/* An attachment of the pass that a draw samples: as it is with a barrier, else a copy. */
static GLuint attached_texture(struct gles_renderer *r, struct gles_view *view) {
	if (r->ext.texture_barrier) {
		r->draws->feedback = true;
		return view->texture;
	}
	GLuint copy = gles_pass_copy(r, view);
	if (copy == 0) {
		gles_refuse(r, GLES_REFUSE_FEEDBACK,
			"no copy of an attachment that a draw samples");
	}
	r->draws->copied_attachment = true;
	return copy;
}

static GLuint sampler_of(struct gles_renderer *r, const struct gles_plan_unit *u,
	const struct gles_view *view) {
	struct gles_draws *d = r->draws;
	if (u->static_sampler != NULL) {
		return gles_sampler(u->static_sampler)->id;
	}
	if (u->sampler == GLES_NO_SLOT) {
		return d->neutral_sampler;
	}
	const struct gles_bound_sampler *s = &d->bound[u->stage].samplers[u->sampler];
	if (s->sampler == NULL) {
		return u->flags & PVG_SLOT_SHADOW ? d->shadow_sampler : d->neutral_sampler;
	}
	return view != NULL && view->alpha
		? gles_sampler_alpha_id(r, s->sampler, s->has_lod, s->lod_min, s->lod_max)
		: gles_sampler_id(r, s->sampler, s->has_lod, s->lod_min, s->lod_max);
}

static void bind_unit(struct gles_renderer *r, const struct gles_plan_unit *u) {
	GLenum target = target_of(u->dim);
	struct gles_view *view = u->color_copy
		? r->pass.colors[u->texture]
		: r->draws->bound[u->stage].textures[u->texture];
	GLuint texture = 0;
	if (u->color_copy && view != NULL) {
		struct pvg_gpu_rect area = gles_raster_area(r);
		texture = gles_pass_copy_color(r, u->texture, &area);
		r->draws->copied_attachment = true;
	} else if (view != NULL && u->flags & PVG_SLOT_CUBE_AS_ARRAY) {
		texture = gles_view_array_texture(r, view);
	} else if (view != NULL && view->target == target) {
		texture = r->pass.open && gles_pass_conflict(r, view) ? attached_texture(r, view)
								      : view->texture;
	} else if (view != NULL) {
		gles_refuse(r, GLES_REFUSE_TEXTURE_KIND,
			"a texture of another kind than the function's");
	}
	if (texture == 0) {
		texture = neutral_texture(r, u->unit, u);
	}
	gles_bind_texture(r, u->unit, target, texture);
	gles_bind_sampler(r, u->unit, sampler_of(r, u, view));
}

static void bind_image(struct gles_renderer *r, const struct gles_plan_image *use) {
	struct gles_view *view = r->draws->bound[use->stage].textures[use->texture];
	struct gles_image_binding want = {
		.access = use->access == PVG_SLOT_READ  ? GL_READ_ONLY
			: use->access == PVG_SLOT_WRITE ? GL_WRITE_ONLY
							: GL_READ_WRITE,
		.format = GL_R32UI,
	};
	if (view != NULL) {
		want.texture = gles_view_stored_texture(r, view);
		want.format = gles_view_stored_format(view);
		want.layered = use->dim != PVG_SLOT_DIM_2D && use->dim != PVG_SLOT_DIM_BUFFER;
	}
	struct gles_image_binding *told = &r->draws->told.images[use->unit];
	if (memcmp(told, &want, sizeof(want)) != 0) {
		glBindImageTexture(use->unit, want.texture, 0, want.layered, 0, want.access,
			want.format);
		*told = want;
	}
}

/* ---- a program's --------------------------------------------------------------------------- */

static bool any_new_texture(const struct gles_draws *d, const struct gles_plan *plan) {
	for (uint32_t stage = 0; stage < GLES_STAGES; stage++) {
		const struct gles_bound *b = &d->bound[stage];
		if ((b->new_textures[0] & plan->texture_slots[stage][0]) != 0 ||
			(b->new_textures[1] & plan->texture_slots[stage][1]) != 0 ||
			(b->new_samplers & plan->sampler_slots[stage]) != 0) {
			return true;
		}
	}
	return false;
}

static bool any_new_buffer(const struct gles_draws *d, const struct gles_plan *plan) {
	for (uint32_t stage = 0; stage < GLES_STAGES; stage++) {
		if ((d->bound[stage].new_buffers & plan->buffer_slots[stage]) != 0) {
			return true;
		}
	}
	return false;
}

bool gles_bind_program(struct gles_renderer *r, struct pvg_gpu_program *program) {
	struct gles_draws *d = r->draws;
	const struct gles_plan *plan = &program->plan;
	bool program_is_new = (d->news & GLES_NEW_PROGRAM) != 0;
	gles_use_program(r, program->id);
	if (program_is_new || any_new_buffer(d, plan) || plan->any_packed) {
		for (uint32_t i = 0; i < plan->buffer_count; i++) {
			if (!plan->buffers[i].packed && !bind_buffer(r, &plan->buffers[i])) {
				return false;
			}
		}
		if (plan->any_packed && !gles_pack_apply(r, program)) {
			return false;
		}
	}
	// What reads its own target reads something else after each draw.
	if (program_is_new || any_new_texture(d, plan) || d->copied_attachment ||
		plan->reads_color_copy) {
		d->feedback = d->copied_attachment = false;
		for (uint32_t i = 0; i < plan->unit_count; i++) {
			bind_unit(r, &plan->units[i]);
		}
		for (uint32_t i = 0; i < plan->image_count; i++) {
			bind_image(r, &plan->images[i]);
		}
	}
	d->shaders_wrote |= plan->any_written;
	d->list_wrote |= plan->any_written;
	if (!program->pipeline->compute) {
		GLuint counter = gles_queries_counter(r, plan->counts);
		if (plan->counts) {
			gles_bind_storage(r, plan->counter, counter != 0 ? counter : d->trash->id,
				0, 16);
		}
	}
	return gles_params_apply(r, program);
}

bool gles_bind_init(struct gles_renderer *r) {
	struct gles_draws *d = r->draws;
	d->zeros = gles_buffer(gles_buffer_create(&r->base, ZERO_BYTES, PVG_GPU_BUFFER_UPLOAD));
	d->trash = gles_buffer(gles_buffer_create(&r->base, ZERO_BYTES, PVG_GPU_BUFFER_UPLOAD));
	if (d->zeros == NULL || d->trash == NULL) {
		return false;
	}
	memset(d->zeros->base.map, 0, ZERO_BYTES);
	if (d->zeros->shadow) {
		struct pvg_gpu_span span = { &d->zeros->base, 0, ZERO_BYTES };
		gles_span_read(r, &span, ZERO_BYTES);
	}
	glGenSamplers(1, &d->neutral_sampler);
	glGenSamplers(1, &d->shadow_sampler);
	GLuint samplers[] = { d->neutral_sampler, d->shadow_sampler };
	for (uint32_t i = 0; i < 2; i++) {
		glSamplerParameteri(samplers[i], GL_TEXTURE_MIN_FILTER, GL_NEAREST);
		glSamplerParameteri(samplers[i], GL_TEXTURE_MAG_FILTER, GL_NEAREST);
		glSamplerParameteri(samplers[i], GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
		glSamplerParameteri(samplers[i], GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
		glSamplerParameteri(samplers[i], GL_TEXTURE_WRAP_R, GL_CLAMP_TO_EDGE);
	}
	glSamplerParameteri(d->shadow_sampler, GL_TEXTURE_COMPARE_MODE, GL_COMPARE_REF_TO_TEXTURE);
	return true;
}

void gles_bind_finish(struct gles_renderer *r) {
	struct gles_draws *d = r->draws;
	if (d->zeros != NULL) {
		gles_buffer_destroy(&r->base, &d->zeros->base);
	}
	if (d->trash != NULL) {
		gles_buffer_destroy(&r->base, &d->trash->base);
	}
	for (uint32_t i = 0; i < GLES_NEUTRALS; i++) {
		if (d->neutral[i] != 0) {
			gles_state_drop_texture(r, d->neutral[i]);
			glDeleteTextures(1, &d->neutral[i]);
		}
	}
	glDeleteSamplers(1, &d->neutral_sampler);
	glDeleteSamplers(1, &d->shadow_sampler);
}
