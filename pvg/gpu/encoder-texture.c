// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Blit encoders, what concerns textures (spec 03 sections 6, 9.7, 13.2). Nothing here passes
 * through guest memory: copies are commands between images and buffers of the GPU.
 */
#include "encoder.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <pvg/format.h>

#include "wire/work.h"

#define OPTION_DEPTH 1u
#define OPTION_STENCIL 2u

static enum pvg_step refuse(struct pvg_gpu *gpu, const struct pvg_encoder *encoder,
	const struct pvg_record_info *info, const char *why) {
	return PVG_ENCODER_REFUSE(gpu, BLIT, "task %" PRIu32 ": %s: %s", encoder->task, info->name,
		why);
}

static uint32_t at_level(uint32_t size, unsigned int level) {
	return level < 32 && size >> level != 0 ? size >> level : 1;
}

static uint32_t slices_of(const struct pvg_texture_desc *desc) {
	uint32_t layers = desc->layers != 0 ? desc->layers : 1;

	return desc->type == PVG_TEXTURE_CUBE || desc->type == PVG_TEXTURE_CUBE_ARRAY ? layers * 6
										      : layers;
}

/* ---- places ---------------------------------------------------------------------------------- */

struct place {
	struct pvg_gpu_texture *texture;
	const struct pvg_format *format;
	uint32_t width, height, depth; // of the level
};

static bool is_identity(const uint8_t swizzle[4]) {
	return (swizzle[0] == 2 && swizzle[1] == 3 && swizzle[2] == 4 && swizzle[3] == 5) ||
		(swizzle[0] == 0 && swizzle[1] == 0 && swizzle[2] == 0 && swizzle[3] == 0);
}

static enum pvg_step find_place(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const struct pvg_wire_place *wire,
	struct place *place) {
	struct pvg_encoder *encoder = &context->encoder;
	enum pvg_gpu_found found = pvg_gpu_texture(gpu, encoder->task, wire->ref, &place->texture);

	if (found == PVG_GPU_RETRY) {
		return pvg_step_of(gpu, found);
	}
	if (found == PVG_GPU_MISSING) {
		return refuse(gpu, encoder, info, "no such texture");
	}
	const struct pvg_texture_desc *desc = &place->texture->desc;
	place->format = pvg_format_get(desc->format);
	if (place->format == NULL || place->format->kind == PVG_FORMAT_PVRTC) {
		return refuse(gpu, encoder, info, "a format that is not copied");
	}
	if (wire->level >= desc->levels || wire->slice >= slices_of(desc)) {
		return refuse(gpu, encoder, info, "no such level or slice");
	}
	if (!is_identity(desc->swizzle)) {
		return refuse(gpu, encoder, info, "a texture view with a swizzle");
	}
	place->width = at_level(desc->width, wire->level);
	place->height = at_level(desc->height, wire->level);
	place->depth = desc->type == PVG_TEXTURE_3D ? at_level(desc->depth, wire->level) : 1;
	return PVG_STEP_DONE;
}

// In whole blocks, the last of a level may be cut.
static const char *region_fault(const struct place *place, const struct pvg_wire_extent *origin,
	const struct pvg_wire_extent *size) {
	const struct pvg_format *f = place->format;
	uint64_t x, y, z;

	if (!pvg_add(origin->x, size->x, &x) || !pvg_add(origin->y, size->y, &y) ||
		!pvg_add(origin->z, size->z, &z) || x > place->width || y > place->height ||
		z > place->depth) {
		return "a region beyond the level";
	}
	if (origin->x % f->block_width != 0 || origin->y % f->block_height != 0 ||
		(size->x % f->block_width != 0 && x != place->width) ||
		(size->y % f->block_height != 0 && y != place->height)) {
		return "a region that cuts blocks";
	}
	return NULL;
}

static bool is_empty(const struct pvg_wire_extent *size) {
	return size->x == 0 || size->y == 0 || size->z == 0;
}

static struct pvg_gpu_location location_of(const struct place *place,
	const struct pvg_wire_place *wire) {
	return (struct pvg_gpu_location){
		.image = place->texture->image,
		.level = (uint16_t)(place->texture->first_level + wire->level),
		.slice = (uint16_t)(place->texture->first_slice + wire->slice),
		.x = (uint32_t)wire->origin.x,
		.y = (uint32_t)wire->origin.y,
		.z = (uint32_t)wire->origin.z,
	};
}

static bool covers(const struct place *place, const struct pvg_wire_extent *size) {
	return size->x == place->width && size->y == place->height && size->z == place->depth;
}

static enum pvg_step use_place(struct pvg_gpu *gpu, const struct pvg_encoder *encoder,
	const struct pvg_record_info *info, const struct place *place,
	const struct pvg_wire_place *wire, uint32_t use) {
	enum pvg_step step = pvg_step_of(gpu,
		pvg_gpu_texture_use(gpu, place->texture, wire->level, 1, wire->slice, 1, use));

	return step == PVG_STEP_DROP || place->texture->image == NULL
		? (step == PVG_STEP_RETRY ? step : refuse(gpu, encoder, info, "no image for it"))
		: step;
}

/* ---- between buffers and textures ------------------------------------------------------------ */

// NULL: *aspect and *texel are what the options say.
static const char *aspect_fault(const struct pvg_format *format, uint32_t options, uint8_t *aspect,
	uint32_t *texel_bytes) {
	bool both = format->depth && format->stencil;

	*aspect = PVG_GPU_ASPECT_ALL;
	*texel_bytes = format->block_bytes;
	if ((options & ~(OPTION_DEPTH | OPTION_STENCIL)) != 0 ||
		options == (OPTION_DEPTH | OPTION_STENCIL)) {
		return "options that are not known";
	}
	if (options == OPTION_DEPTH) {
		*aspect = both ? PVG_GPU_ASPECT_DEPTH : PVG_GPU_ASPECT_ALL;
		*texel_bytes = both ? 4 : *texel_bytes;
		return format->depth ? NULL : "no depth in this format";
	}
	if (options == OPTION_STENCIL) {
		*aspect = both ? PVG_GPU_ASPECT_STENCIL : PVG_GPU_ASPECT_ALL;
		*texel_bytes = both ? 1 : *texel_bytes;
		return format->stencil ? NULL : "no stencil in this format";
	}
	return both ? "depth and stencil at once" : NULL;
}

struct pitch {
	uint64_t row_bytes, image_bytes, need_bytes;
};

static const char *pitch_fault(const struct pvg_format *format, uint32_t texel_bytes,
	const struct pvg_wire_copy *copy, struct pitch *pitch) {
	uint64_t columns = (copy->size.x + format->block_width - 1) / format->block_width;
	uint64_t rows = (copy->size.y + format->block_height - 1) / format->block_height;
	uint64_t tight = columns * texel_bytes;
	uint64_t row = copy->row_bytes != 0 ? copy->row_bytes : tight;
	uint64_t image = copy->image_bytes;
	uint64_t last_rows, images, need;

	if (row < tight && rows > 1) {
		return "rows shorter than the region's";
	}
	row = row < tight ? tight : row;
	if (!pvg_mul(rows - 1, row, &last_rows) || !pvg_add(last_rows, tight, &last_rows)) {
		return "rows that do not fit 64 bits";
	}
	if (image == 0 && !pvg_mul(rows, row, &image)) {
		return "rows that do not fit 64 bits";
	}
	if (image < last_rows && copy->size.z > 1) {
		return "images shorter than the region's";
	}
	image = image < last_rows ? last_rows : image;
	row = rows > 1 ? row : tight; // what the only row's would be says nothing
	if (!pvg_mul(copy->size.z - 1, image, &images) || !pvg_add(images, last_rows, &need)) {
		return "images that do not fit 64 bits";
	}
	*pitch = (struct pitch){ row, image, need };
	return NULL;
}

static enum pvg_step copy_with_buffer(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes) {
	struct pvg_encoder *encoder = &context->encoder;
	bool upload = info->opcode == 0x12c;
	struct pvg_gpu_backing backing;
	struct pvg_wire_copy copy;
	struct place place;
	struct pitch pitch;
	uint8_t aspect;
	uint32_t texel_bytes;

	(void)pvg_wire_copy(info->opcode, payload, payload_bytes, &copy);
	const struct pvg_wire_place *wire = upload ? &copy.to : &copy.from;
	enum pvg_step step = find_place(gpu, context, info, wire, &place);
	if (step != PVG_STEP_DONE) {
		return step;
	}
	if (is_empty(&copy.size)) {
		return PVG_STEP_DONE;
	}
	const char *why = region_fault(&place, &wire->origin, &copy.size);
	if (why == NULL && place.texture->desc.samples > 1) {
		why = "a multisample texture";
	}
	if (why == NULL) {
		why = aspect_fault(place.format, copy.options, &aspect, &texel_bytes);
	}
	if (why == NULL) {
		why = pitch_fault(place.format, texel_bytes, &copy, &pitch);
	}
	if (why != NULL) {
		return refuse(gpu, encoder, info, why);
	}
	uint32_t ref = upload ? copy.from_ref : copy.to_ref;
	uint64_t offset = upload ? copy.from_offset : copy.to_offset;
	step = pvg_draw_buffer(gpu, context, info->name, ref, offset, pitch.need_bytes, &backing);
	if (step != PVG_STEP_DONE) {
		return step;
	}
	bool whole = covers(&place, &copy.size) && aspect == PVG_GPU_ASPECT_ALL;
	uint32_t use = !upload ? PVG_GPU_READS
		: whole        ? PVG_GPU_WRITES | PVG_GPU_DISCARDS
			       : PVG_GPU_READS | PVG_GPU_WRITES;
	step = use_place(gpu, encoder, info, &place, wire, use);
	if (step != PVG_STEP_DONE) {
		return step;
	}
	struct pvg_gpu_transfer *t = pvg_gpu_alloc(&gpu->list, sizeof(*t));
	// What lies between the rows of a destination stays as it is: it is read first.
	step = pvg_step_of(gpu,
		pvg_gpu_window(gpu, &backing, offset, pitch.need_bytes, 16,
			upload ? PVG_GPU_READS : PVG_GPU_READS | PVG_GPU_WRITES, &t->span));
	if (step != PVG_STEP_DONE) {
		return step;
	}
	t->row_bytes = pitch.row_bytes;
	t->image_bytes = pitch.image_bytes;
	t->at = location_of(&place, wire);
	t->width = (uint32_t)copy.size.x;
	t->height = (uint32_t)copy.size.y;
	t->depth = (uint32_t)copy.size.z;
	t->aspect = aspect;
	gpu->encoders->window_tag += upload ? 0 : 1;
	pvg_encoder_see_writes(gpu);
	pvg_gpu_emit(&gpu->list, upload ? PVG_GPU_OP_UPLOAD : PVG_GPU_OP_READ)->transfer = t;
	return PVG_STEP_DONE;
}

/* ---- between textures ------------------------------------------------------------------------ */

static const char *pair_fault(const struct place *from, const struct place *to) {
	if (from->format->block_bytes != to->format->block_bytes ||
		from->format->block_width != to->format->block_width ||
		from->format->depth != to->format->depth ||
		from->format->stencil != to->format->stencil) {
		return "formats of different sizes";
	}
	// Blocks mean something to their own format alone.
	if ((from->format->kind != PVG_FORMAT_PLAIN || to->format->kind != PVG_FORMAT_PLAIN) &&
		from->format != to->format && from->format->twin != to->format->number) {
		return "compressed formats that differ";
	}
	uint32_t a = from->texture->desc.samples != 0 ? from->texture->desc.samples : 1;
	uint32_t b = to->texture->desc.samples != 0 ? to->texture->desc.samples : 1;
	return a != b ? "different sample counts" : NULL;
}

static bool ranges_meet(uint64_t a, uint64_t b, uint64_t size) {
	return a < b + size && b < a + size;
}

static bool regions_overlap(const struct place *from, const struct pvg_wire_place *f,
	const struct place *to, const struct pvg_wire_place *t,
	const struct pvg_wire_extent *size) {
	return from->texture->storage == to->texture->storage &&
		from->texture->first_level + f->level == to->texture->first_level + t->level &&
		from->texture->first_slice + f->slice == to->texture->first_slice + t->slice &&
		ranges_meet(f->origin.x, t->origin.x, size->x) &&
		ranges_meet(f->origin.y, t->origin.y, size->y) &&
		ranges_meet(f->origin.z, t->origin.z, size->z);
}

static enum pvg_step copy_region(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const struct pvg_wire_place *f,
	const struct pvg_wire_place *t, const struct pvg_wire_extent *size, uint32_t options) {
	struct pvg_encoder *encoder = &context->encoder;
	struct place from, to;
	enum pvg_step step;
	uint8_t aspect = PVG_GPU_ASPECT_ALL;
	uint32_t texel_bytes;

	if ((step = find_place(gpu, context, info, f, &from)) != PVG_STEP_DONE ||
		(step = find_place(gpu, context, info, t, &to)) != PVG_STEP_DONE) {
		return step;
	}
	if (is_empty(size)) {
		return PVG_STEP_DONE;
	}
	const char *why = pair_fault(&from, &to);
	if (why == NULL) {
		why = region_fault(&from, &f->origin, size);
	}
	if (why == NULL) {
		why = region_fault(&to, &t->origin, size);
	}
	if (why == NULL && options != 0) {
		why = aspect_fault(from.format, options, &aspect, &texel_bytes);
	}
	if (why == NULL && regions_overlap(&from, f, &to, t, size)) {
		why = "source and destination overlap";
	}
	if (why != NULL) {
		return refuse(gpu, encoder, info, why);
	}
	bool whole = covers(&to, size) && aspect == PVG_GPU_ASPECT_ALL;
	if ((step = use_place(gpu, encoder, info, &from, f, PVG_GPU_READS)) != PVG_STEP_DONE ||
		(step = use_place(gpu, encoder, info, &to, t,
			 PVG_GPU_WRITES | (whole ? PVG_GPU_DISCARDS : PVG_GPU_READS))) !=
			PVG_STEP_DONE) {
		return step;
	}
	struct pvg_gpu_copy_image *cmd = pvg_gpu_alloc(&gpu->list, sizeof(*cmd));
	cmd->from = location_of(&from, f);
	cmd->to = location_of(&to, t);
	cmd->width = (uint32_t)size->x;
	cmd->height = (uint32_t)size->y;
	cmd->depth = (uint32_t)size->z;
	cmd->aspect = aspect;
	pvg_encoder_see_writes(gpu);
	pvg_gpu_emit(&gpu->list, PVG_GPU_OP_COPY_IMAGE)->copy_image = cmd;
	return PVG_STEP_DONE;
}

// 0x13e: whole levels, level by level and slice by slice.
static enum pvg_step copy_whole(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const struct pvg_wire_copy *copy) {
	struct place from;
	enum pvg_step step;

	if (copy->levels == 0 || copy->slices == 0) {
		return PVG_STEP_DONE;
	}
	// Ends first: nothing is copied when a part of it cannot be.
	const struct pvg_wire_place *ends[] = { &copy->from, &copy->to };
	for (unsigned int i = 0; i < 2; i++) {
		struct pvg_wire_place last = *ends[i];
		uint32_t level = (uint32_t)last.level + copy->levels - 1;
		uint32_t slice = (uint32_t)last.slice + copy->slices - 1;
		if (level > UINT16_MAX || slice > UINT16_MAX) {
			return refuse(gpu, &context->encoder, info, "no such level or slice");
		}
		last.level = (uint16_t)level;
		last.slice = (uint16_t)slice;
		if ((step = find_place(gpu, context, info, &last, &from)) != PVG_STEP_DONE) {
			return step;
		}
	}
	for (uint16_t level = 0; level < copy->levels; level++) {
		for (uint16_t slice = 0; slice < copy->slices; slice++) {
			struct pvg_wire_place f = copy->from;
			struct pvg_wire_place t = copy->to;
			f.level = (uint16_t)(f.level + level);
			f.slice = (uint16_t)(f.slice + slice);
			t.level = (uint16_t)(t.level + level);
			t.slice = (uint16_t)(t.slice + slice);
			if ((step = find_place(gpu, context, info, &f, &from)) != PVG_STEP_DONE) {
				return step;
			}
			const struct pvg_wire_extent size = { from.width, from.height, from.depth };
			step = copy_region(gpu, context, info, &f, &t, &size, 0);
			if (step != PVG_STEP_DONE) {
				return step;
			}
		}
	}
	return PVG_STEP_DONE;
}

/* ---- fills ----------------------------------------------------------------------------------- */

static enum pvg_step emit_fill(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const struct pvg_wire_fill *fill,
	const struct place *place, uint16_t format, const uint8_t texel[16]) {
	bool whole = covers(place, &fill->size);
	enum pvg_step step = use_place(gpu, &context->encoder, info, place, &fill->at,
		PVG_GPU_WRITES | (whole ? PVG_GPU_DISCARDS : PVG_GPU_READS));

	if (step != PVG_STEP_DONE) {
		return step;
	}
	struct pvg_gpu_fill_image *cmd = pvg_gpu_alloc(&gpu->list, sizeof(*cmd));
	cmd->at = location_of(place, &fill->at);
	cmd->width = (uint32_t)fill->size.x;
	cmd->height = (uint32_t)fill->size.y;
	cmd->depth = (uint32_t)fill->size.z;
	cmd->format = format;
	memcpy(cmd->texel, texel, sizeof(cmd->texel));
	pvg_encoder_see_writes(gpu);
	pvg_gpu_emit(&gpu->list, PVG_GPU_OP_FILL_IMAGE)->fill_image = cmd;
	return PVG_STEP_DONE;
}

static enum pvg_step fill_texture(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes) {
	struct pvg_encoder *encoder = &context->encoder;
	struct pvg_gpu_backing backing;
	struct pvg_wire_fill fill;
	struct place place;
	uint8_t texel[16] = { 0 };

	(void)pvg_wire_fill(info->opcode, payload, payload_bytes, &fill);
	enum pvg_step step = find_place(gpu, context, info, &fill.at, &place);
	if (step != PVG_STEP_DONE || is_empty(&fill.size)) {
		return step;
	}
	const char *why = region_fault(&place, &fill.at.origin, &fill.size);
	if (why == NULL && place.texture->desc.samples > 1) {
		why = "a multisample texture";
	}
	const struct pvg_format *format = place.format;
	if (info->opcode == 0x141) {
		const struct pvg_format *as = pvg_format_get(fill.format);
		if (as == NULL || as->block_bytes != format->block_bytes) {
			why = "a colour of another size than a texel";
		} else {
			format = as;
		}
		if (why == NULL && !pvg_texel_encode(format, fill.color, texel)) {
			why = "a colour that this format does not hold";
		}
	} else if (fill.length != format->block_bytes || fill.length > sizeof(texel)) {
		why = "bytes that are no texel";
	}
	if (why != NULL) {
		return refuse(gpu, encoder, info, why);
	}
	if (info->opcode == 0x140) {
		step = pvg_draw_buffer(gpu, context, info->name, fill.bytes_ref, fill.bytes_offset,
			fill.length, &backing);
		if (step != PVG_STEP_DONE) {
			return step;
		}
		switch (pvg_gpu_read_bytes(gpu, &backing, fill.bytes_offset, texel,
			(size_t)fill.length)) {
		case PVG_GPU_FOUND:
			break;
		case PVG_GPU_RETRY:
			return PVG_STEP_PAUSE;
		case PVG_GPU_MISSING:
			return PVG_STEP_DROP;
		}
	}
	return emit_fill(gpu, context, info, &fill, &place, format->number, texel);
}

/* ---- mipmaps --------------------------------------------------------------------------------- */

static enum pvg_step mipmaps(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, uint32_t ref) {
	struct pvg_encoder *encoder = &context->encoder;
	const struct pvg_wire_place whole = { .ref = ref };
	struct place place;
	enum pvg_step step = find_place(gpu, context, info, &whole, &place);

	if (step != PVG_STEP_DONE) {
		return step;
	}
	struct pvg_gpu_texture *texture = place.texture;
	const struct pvg_texture_desc *desc = &texture->desc;
	if (desc->levels < 2) {
		return PVG_STEP_DONE;
	}
	uint32_t caps = gpu->renderer->ops->format_caps(gpu->renderer, (uint16_t)desc->format);
	if ((caps & PVG_GPU_FILTER) == 0 || (caps & PVG_GPU_RENDER) == 0 || place.format->depth ||
		place.format->stencil) {
		return refuse(gpu, encoder, info, "a format that is not averaged");
	}
	uint16_t slices = (uint16_t)slices_of(desc);
	step = pvg_step_of(gpu, pvg_gpu_texture_use(gpu, texture, 0, 1, 0, slices, PVG_GPU_READS));
	if (step == PVG_STEP_DONE) {
		step = pvg_step_of(gpu,
			pvg_gpu_texture_use(gpu, texture, 1, (uint16_t)(desc->levels - 1), 0,
				slices, PVG_GPU_WRITES | PVG_GPU_DISCARDS));
	}
	if (step == PVG_STEP_RETRY) {
		return step;
	}
	if (step != PVG_STEP_DONE || texture->view == NULL) {
		return refuse(gpu, encoder, info, "no image for it");
	}
	pvg_encoder_see_writes(gpu);
	pvg_gpu_emit(&gpu->list, PVG_GPU_OP_MIPMAPS)->mipmaps.view = texture->view;
	return PVG_STEP_DONE;
}

enum pvg_step pvg_texture_record(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_record_info *info, const uint8_t *payload, uint32_t payload_bytes) {
	struct pvg_cursor c = pvg_cursor_init(payload, payload_bytes);
	struct pvg_wire_copy copy;

	switch (info->opcode) {
	case 0x12c:
	case 0x12e:
		return copy_with_buffer(gpu, context, info, payload, payload_bytes);
	case 0x12f:
	case 0x130:
		(void)pvg_wire_copy(info->opcode, payload, payload_bytes, &copy);
		return copy_region(gpu, context, info, &copy.from, &copy.to, &copy.size,
			copy.options);
	case 0x13e:
		(void)pvg_wire_copy(info->opcode, payload, payload_bytes, &copy);
		return copy_whole(gpu, context, info, &copy);
	case 0x133:
		return mipmaps(gpu, context, info, pvg_rd32(&c));
	default: // 0x140, 0x141
		return fill_texture(gpu, context, info, payload, payload_bytes);
	}
}
