// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An attachment that is sampled while it is drawn to (spec 03 section 9.14): a texture barrier, or
 * without that extension a copy, which costs an interrupted pass.
 */
#include "encoder.h"

#include <inttypes.h>
#include <string.h>

#define COPIES (sizeof((struct pvg_encoders){ 0 }.copies) / sizeof(struct pvg_feedback_copy))

static bool same_copy(const struct pvg_feedback_copy *copy, const struct pvg_gpu_image_desc *desc) {
	return copy->image != NULL && memcmp(&copy->desc, desc, sizeof(*desc)) == 0;
}

// An image like the texture's, to be sampled in its place.
static struct pvg_feedback_copy *feedback_image(struct pvg_gpu *gpu,
	const struct pvg_gpu_texture *texture) {
	struct pvg_encoders *encoders = gpu->encoders;
	const struct pvg_renderer_ops *ops = gpu->renderer->ops;
	const struct pvg_texture_desc *desc = &texture->desc;
	struct pvg_gpu_image_desc want;

	memset(&want, 0, sizeof(want));
	want.kind = (uint8_t)desc->type;
	want.usage = PVG_GPU_IMAGE_SAMPLED | PVG_GPU_IMAGE_VIEWS;
	want.format = (uint16_t)desc->format;
	want.width = desc->width;
	want.height = desc->height;
	want.depth = desc->depth;
	want.levels = desc->levels;
	want.samples = desc->samples;
	want.layers = desc->layers;
	// The texture's own, or one that no binding of this draw has.
	for (unsigned int own = 2; own-- > 0;) {
		for (size_t i = 0; i < COPIES; i++) {
			struct pvg_feedback_copy *copy = &encoders->copies[i];
			if (same_copy(copy, &want) &&
				(own != 0 ? copy->source == texture
					  : copy->build != encoders->build ||
							copy->draw != encoders->draws)) {
				return copy;
			}
		}
	}
	struct pvg_feedback_copy *copy = &encoders->copies[encoders->next_copy++ % COPIES];
	if (copy->image != NULL) {
		if (copy->build == encoders->build) {
			return NULL; // the list being built names it
		}
		ops->view_destroy(gpu->renderer, copy->view);
		ops->image_destroy(gpu->renderer, copy->image);
	}
	*copy = (struct pvg_feedback_copy){ 0 };
	copy->image = ops->image_create(gpu->renderer, &want);
	if (copy->image == NULL) {
		return NULL;
	}
	struct pvg_gpu_view_desc view = {
		.kind = want.kind,
		.format = want.format,
		.levels = want.levels,
		.slices = (uint16_t)(want.kind == PVG_GPU_CUBE || want.kind == PVG_GPU_CUBE_ARRAY
				? want.layers * 6
				: want.layers),
	};
	memcpy(view.swizzle, desc->swizzle, sizeof(view.swizzle));
	copy->view = ops->view_create(gpu->renderer, copy->image, &view);
	if (copy->view == NULL) {
		ops->image_destroy(gpu->renderer, copy->image);
		copy->image = NULL;
		return NULL;
	}
	copy->desc = want;
	copy->slices = view.slices;
	return copy;
}

static void copy_all(struct pvg_gpu *gpu, const struct pvg_gpu_texture *texture,
	const struct pvg_feedback_copy *copy) {
	for (uint16_t level = 0; level < copy->desc.levels; level++) {
		for (uint16_t slice = 0; slice < copy->slices; slice++) {
			struct pvg_gpu_copy_image *c = pvg_gpu_alloc(&gpu->list, sizeof(*c));
			uint32_t w = copy->desc.width >> level;
			uint32_t h = copy->desc.height >> level;
			uint32_t d = copy->desc.depth >> level;
			c->from.image = texture->image;
			c->from.level = (uint16_t)(texture->first_level + level);
			c->from.slice = (uint16_t)(texture->first_slice + slice);
			c->to.image = copy->image;
			c->to.level = level;
			c->to.slice = slice;
			c->width = w != 0 ? w : 1;
			c->height = h != 0 ? h : 1;
			c->depth = d != 0 ? d : 1;
			pvg_gpu_emit(&gpu->list, PVG_GPU_OP_COPY_IMAGE)->copy_image = c;
		}
	}
}

// What was drawn since the copy was made: of the attached level and slice, and no more of it than
// scissors allowed. False: the copy knows too little.
static bool copy_drawn(struct pvg_gpu *gpu, const struct pvg_context *context,
	const struct pvg_gpu_texture *texture, const struct pvg_feedback_copy *copy) {
	const struct pvg_open_pass *pass = &context->pass;
	uint32_t width = copy->drawn[2] - copy->drawn[0], height = copy->drawn[3] - copy->drawn[1];

	if (copy->build != gpu->encoders->build || copy->source != texture ||
		copy->encoder != gpu->encoders->encoder_number || pass->wrote ||
		pass->desc.layers > 1 || texture->desc.type == PVG_GPU_3D) {
		return false;
	}
	for (unsigned int i = 0; i < PVG_TARGETS; i++) {
		const struct pvg_target *target = &pass->targets[i];
		if ((pass->targets_count & 1u << i) == 0 ||
			target->texture->image != texture->image || copy->drawn[2] == 0) {
			continue;
		}
		uint32_t level = target->level + target->texture->first_level;
		uint32_t slice = target->slice + target->texture->first_slice;
		if (level < texture->first_level ||
			level - texture->first_level >= copy->desc.levels ||
			slice < texture->first_slice ||
			slice - texture->first_slice >= copy->slices) {
			continue;
		}
		struct pvg_gpu_copy_image *c = pvg_gpu_alloc(&gpu->list, sizeof(*c));
		c->from.image = texture->image;
		c->from.level = (uint16_t)level;
		c->from.slice = (uint16_t)slice;
		c->to.image = copy->image;
		c->to.level = (uint16_t)(level - texture->first_level);
		c->to.slice = (uint16_t)(slice - texture->first_slice);
		c->from.x = c->to.x = copy->drawn[0];
		c->from.y = c->to.y = copy->drawn[1];
		c->width = width;
		c->height = height;
		c->depth = 1;
		pvg_gpu_emit(&gpu->list, PVG_GPU_OP_COPY_IMAGE)->copy_image = c;
	}
	return true;
}

// Without a texture barrier: the pass is interrupted, and a copy is sampled.
static enum pvg_step sample_copy(struct pvg_gpu *gpu, struct pvg_context *context,
	enum pvg_gpu_stage which, unsigned int index) {
	struct pvg_encoder_stage *stage = &context->stages[which];
	const struct pvg_gpu_texture *texture = stage->textures[index].texture;
	struct pvg_feedback_copy *copy = feedback_image(gpu, texture);

	if (copy == NULL) {
		return PVG_ENCODER_REFUSE(gpu, DRAW,
			"task %" PRIu32 ": texture %" PRIu32
			" is drawn to and sampled: no memory for a copy",
			context->encoder.task, texture->ref);
	}
	if (context->pass.open) {
		pvg_pass_suspend(gpu, context);
	}
	if (!copy_drawn(gpu, context, texture, copy)) {
		copy_all(gpu, texture, copy);
	}
	copy->build = gpu->encoders->build;
	copy->source = texture;
	copy->encoder = gpu->encoders->encoder_number;
	copy->draw = gpu->encoders->draws;
	memset(copy->drawn, 0, sizeof(copy->drawn));
	stage->views[index] = copy->view;
	stage->views_changed = true;
	return PVG_STEP_DONE;
}

static bool any_feedback(const struct pvg_context *context, enum pvg_gpu_stage which,
	unsigned int *index) {
	const struct pvg_gpu_stage_use *use = &context->encoder.info->stage[which];
	const struct pvg_encoder_stage *stage = &context->stages[which];

	for (; stage->any_feedback && *index < PVG_GPU_TEXTURES; ++*index) {
		uint64_t left = use->textures[*index / 64] & stage->textures_bound[*index / 64] &
			~UINT64_C(0) << (*index % 64);
		if (left == 0) {
			*index |= 63;
			continue;
		}
		*index = (*index & ~63u) + (unsigned int)__builtin_ctzll(left);
		if (stage->textures[*index].texture != NULL && stage->textures[*index].feedback) {
			return true;
		}
	}
	return false;
}

enum pvg_step pvg_feedback_prepare(struct pvg_gpu *gpu, struct pvg_context *context) {
	bool suspended = false;

	for (unsigned int which = PVG_GPU_VERTEX; which <= PVG_GPU_FRAGMENT; which++) {
		unsigned int index = 0;
		while (any_feedback(context, which, &index)) {
			if (gpu->renderer->caps.texture_barrier) {
				if (context->pass.drawn) {
					pvg_gpu_emit(&context->pass.commands,
						PVG_GPU_OP_TEXTURE_BARRIER);
					context->pass.drawn = false;
				}
				return PVG_STEP_DONE;
			}
			enum pvg_step step = sample_copy(gpu, context, which, index);
			if (step != PVG_STEP_DONE) {
				return step;
			}
			suspended = true;
			index++;
		}
	}
	if (suspended) {
		pvg_pass_resume(gpu, context);
	}
	return PVG_STEP_DONE;
}

void pvg_feedback_drawn(struct pvg_gpu *gpu, struct pvg_context *context) {
	const struct pvg_encoder *encoder = &context->encoder;
	const struct pvg_gpu_pass *pass = &context->pass.desc;
	uint32_t area[4] = { 0, 0, pass->width, pass->height };

	context->pass.drawn = true;
	gpu->encoders->draws++;
	if (gpu->renderer->caps.texture_barrier) {
		return; // copies are never made
	}
	if (encoder->scissor_count == 1) {
		const struct pvg_gpu_rect *s = &encoder->scissors[0];
		area[0] = s->x < pass->width ? s->x : pass->width;
		area[1] = s->y < pass->height ? s->y : pass->height;
		uint32_t right = pass->width - area[0], down = pass->height - area[1];
		area[2] = area[0] + (s->width < right ? s->width : right);
		area[3] = area[1] + (s->height < down ? s->height : down);
		if (area[2] == area[0] || area[3] == area[1]) {
			return;
		}
	}
	for (size_t i = 0; i < COPIES; i++) {
		struct pvg_feedback_copy *copy = &gpu->encoders->copies[i];
		bool first = copy->drawn[2] == 0;
		for (unsigned int k = 0; k < 4; k++) {
			bool wider = k < 2 ? area[k] < copy->drawn[k] : area[k] > copy->drawn[k];
			copy->drawn[k] = first || wider ? area[k] : copy->drawn[k];
		}
	}
}
