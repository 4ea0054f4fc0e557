// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Textures in all their forms (spec 02 sections 4.3 to 4.12): from a descriptor to a storage and a
 * view of it.
 */
#include <inttypes.h>
#include <stdlib.h>

#include <pvg/format.h>

#include "core.h"
#include "gpu/memory.h"
#include "refuse.h"
#include "wire/surface.h"

#define VIEWS_DEEP 8u // views of views, spec 02 section 4.11
#define STORAGE_SHARED 0u
#define STORAGE_PRIVATE 2u
#define STORAGE_MEMORYLESS 3u

static const uint32_t texture_types = 1u << PVG_OBJECT_TEXTURE_2 | 1u << PVG_OBJECT_TEXTURE_3 |
	1u << PVG_OBJECT_SURFACE | 1u << PVG_OBJECT_SURFACE_TEXTURE |
	1u << PVG_OBJECT_DERIVED_TEXTURE | 1u << PVG_OBJECT_MEMORYLESS |
	1u << PVG_OBJECT_MAPPER_TEXTURE;

static uint32_t storage_mode(const struct pvg_texture_desc *desc) {
	return desc->options >> 4 & 0xf;
}

void pvg_gpu_texture_node_finish(struct pvg_gpu *gpu, struct pvg_gpu_node *node) {
	pvg_gpu_storage_remove_user(gpu, (struct pvg_gpu_texture_node *)node);
}

/* ---- what the host needs --------------------------------------------------------------------- */

static const char *check_host(struct pvg_gpu *gpu, const struct pvg_texture_desc *desc) {
	const struct pvg_gpu_caps *caps = &gpu->renderer->caps;
	uint32_t edge = desc->type == PVG_TEXTURE_3D ? caps->max_size_3d : caps->max_size_2d;

	if (gpu->renderer->ops->format_caps(gpu->renderer, desc->format) == 0) {
		return "a format that the host does not have";
	}
	if (desc->type != PVG_TEXTURE_BUFFER &&
		(desc->width > edge || desc->height > edge || desc->depth > edge)) {
		return "larger than the host's textures";
	}
	if (pvg_texture_slices(desc) > caps->max_layers) {
		return "more layers than the host's textures";
	}
	if (desc->samples > 1 && desc->samples > caps->max_samples) {
		return "more samples than the host has";
	}
	return NULL;
}

static struct pvg_gpu_image_desc image_desc(struct pvg_gpu *gpu,
	const struct pvg_texture_desc *desc, uint16_t format, bool surface) {
	uint32_t caps = gpu->renderer->ops->format_caps(gpu->renderer, format);
	uint32_t wanted = desc->usage; // MTLTextureUsage, 0: everything
	bool any = wanted == 0 || surface;
	uint32_t usage = PVG_GPU_IMAGE_SAMPLED;

	if ((caps & PVG_GPU_RENDER) != 0 && (any || (wanted & 4) != 0)) {
		usage |= PVG_GPU_IMAGE_TARGET;
	}
	if ((caps & PVG_GPU_STORAGE) != 0 && (any || (wanted & 2) != 0)) {
		usage |= PVG_GPU_IMAGE_STORAGE;
	}
	// Metal lets the sRGB form of a format be seen without being told before.
	if (any || (wanted & 0x10) != 0 || pvg_format_get(format)->twin != 0) {
		usage |= PVG_GPU_IMAGE_VIEWS;
	}
	return (struct pvg_gpu_image_desc){
		.kind = desc->type,
		.usage = (uint8_t)usage,
		.format = format,
		.width = desc->width,
		.height = desc->height,
		.depth = desc->depth,
		.levels = desc->levels,
		.samples = desc->samples,
		.layers = desc->layers,
	};
}

// sRGB is a way of looking: the image itself is of the linear form.
static uint16_t linear_format(uint16_t number) {
	const struct pvg_format *format = pvg_format_get(number);

	return format->srgb && format->twin != 0 ? format->twin : number;
}

enum pvg_gpu_found pvg_gpu_texture_realize(struct pvg_gpu *gpu, struct pvg_gpu_texture *texture) {
	struct pvg_gpu_storage *storage = texture->storage;
	enum pvg_gpu_found found = pvg_gpu_storage_image(gpu, storage);

	if (found != PVG_GPU_FOUND) {
		return found;
	}
	texture->image = storage->image;
	if (texture->view != NULL) {
		return PVG_GPU_FOUND;
	}
	struct pvg_gpu_view_desc desc = {
		.kind = texture->desc.type,
		.format = texture->desc.format,
		.first_level = texture->first_level,
		.levels = texture->desc.levels,
		.first_slice = texture->first_slice,
		.slices = (uint16_t)pvg_texture_slices(&texture->desc),
	};
	memcpy(desc.swizzle, texture->desc.swizzle, sizeof(desc.swizzle));
	texture->view = gpu->renderer->ops->view_create(gpu->renderer, storage->image, &desc);
	if (texture->view == NULL) {
		char seen[24], base[24];
		PVG_REFUSE(gpu->device, TEXTURE,
			"task %" PRIu32 ": texture %" PRIu32 ": no view of %s as %s", texture->task,
			texture->ref, pvg_format_name(storage->desc.format, base),
			pvg_format_name(desc.format, seen));
		return PVG_GPU_MISSING;
	}
	return PVG_GPU_FOUND;
}

/* ---- forms ----------------------------------------------------------------------------------- */

// What a form is made of, before there is a node.
struct form {
	struct pvg_texture_desc desc;
	struct pvg_gpu_source source;
	uint32_t task, ref, plane; // that name the storage
	uint16_t format; // of the image
	uint16_t first_level, first_slice;
	struct pvg_gpu_storage *storage; // of a view's base, NULL otherwise
	uint32_t surface_generation;
};

static enum pvg_gpu_found resolve(struct pvg_gpu *gpu, uint32_t task, uint32_t ref,
	unsigned int depth, struct pvg_gpu_texture_node **node);

// Multisample textures and memoryless ones have no bytes that a guest could read or write.
static void set_source(struct form *form, bool memory) {
	uint32_t mode = storage_mode(&form->desc);

	if (!memory || form->desc.samples > 1 || mode == STORAGE_MEMORYLESS) {
		form->source = (struct pvg_gpu_source){ .kind = PVG_SOURCE_NONE };
		return;
	}
	form->source.kind = PVG_SOURCE_MEMORY;
	form->source.silent = mode == STORAGE_SHARED;
}

static const char *linear_form(struct pvg_gpu *gpu, const struct pvg_object *object,
	struct form *form) {
	struct pvg_linear_texture texture;
	const char *why = pvg_linear_texture_parse(&texture, object->descriptor, object->size_bytes,
		gpu->device->config.page_shift);

	if (why != NULL) {
		return why;
	}
	form->desc = texture.desc;
	form->source.task = object->task;
	form->source.gva = texture.gva;
	form->source.slice_bytes = texture.slice_bytes;
	memcpy(form->source.levels, texture.levels, sizeof(form->source.levels));
	set_source(form, true);
	form->format = linear_format(texture.desc.format);
	return NULL;
}

static const char *memoryless_form(const struct pvg_object *object, struct form *form) {
	const char *why = pvg_memoryless_parse(&form->desc, object->descriptor, object->size_bytes);

	if (why == NULL) {
		set_source(form, false);
		form->format = linear_format(form->desc.format);
	}
	return why;
}

// IOSurface codes whose planes are of one format each (spec 02 section 4.7), 0: not known.
static uint16_t plane_format(uint32_t code, uint32_t plane) {
	static const struct {
		char code[5];
		uint16_t formats[2];
	} codes[] = {
		{ "BGRA", { 80, 0 } },
		{ "ARGB", { 80, 0 } },
		{ "RGBA", { 70, 0 } },
		{ "RGhA", { 115, 0 } },
		{ "AhGR", { 115, 0 } },
		{ "l10r", { 94, 0 } },
		{ "R8  ", { 10, 0 } },
		{ "RG08", { 30, 0 } },
		{ "420f", { 10, 30 } },
		{ "420v", { 10, 30 } },
		{ "x420", { 20, 60 } },
		{ "xf20", { 20, 60 } },
	};

	if (code <= UINT16_MAX) {
		return plane == 0 && pvg_format_get(code) != NULL ? linear_format((uint16_t)code)
								  : 0;
	}
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		uint32_t value = 0;
		for (unsigned int c = 0; c < 4; c++) {
			value = value << 8 | (uint8_t)codes[i].code[c];
		}
		if (value == code) {
			return plane < 2 ? codes[i].formats[plane] : 0;
		}
	}
	return 0;
}

static const char *place_on_plane(const struct pvg_surface *surface, uint32_t plane_index,
	struct form *form) {
	const struct pvg_format *format = pvg_format_get(form->desc.format);
	struct pvg_texture_level *level = &form->source.levels[0];
	uint64_t tight = pvg_format_row_bytes(format, form->desc.width);
	uint64_t rows = pvg_format_rows(format, form->desc.height);
	uint64_t offset = 0, pitch = tight;

	if (surface->plane_count != 0) {
		const struct pvg_surface_plane *plane = &surface->planes[plane_index];
		offset = plane->offset_bytes;
		pitch = plane->stride_bytes;
		if (tight > pitch) {
			return "rows longer than the plane's";
		}
	} else if (rows > 0 && (tight + 63) / 64 * 64 * rows <= surface->length_bytes) {
		pitch = (tight + 63) / 64 * 64; // as every pitch that was seen is
	}
	uint64_t needed;
	if (!pvg_mul(pitch, rows - 1, &needed) || !pvg_add(needed, tight, &needed) ||
		!pvg_add(needed, offset, &needed) || needed > surface->length_bytes) {
		return "reaches beyond the surface";
	}
	*level = (struct pvg_texture_level){
		.size_bytes = needed - offset,
		.row_bytes = pitch,
		.plane_bytes = needed - offset,
		.width = form->desc.width,
		.height = form->desc.height,
		.depth = 1,
	};
	form->source.gva = surface->gva + offset;
	uint16_t own = plane_format(surface->format, plane_index);
	const struct pvg_format *own_format = own != 0 ? pvg_format_get(own) : NULL;
	form->format = own_format != NULL && own_format->block_bytes == format->block_bytes &&
			own_format->kind == format->kind && !format->depth && !format->stencil
		? own
		: linear_format(form->desc.format);
	return NULL;
}

/*
 * The guest may declare a surface again in other memory without a delete (spec 02 section 3.5):
 * what was kept of the old one is not this one's.
 */
static void check_declaration(struct pvg_gpu *gpu, uint32_t task, uint32_t ref,
	const struct pvg_surface *surface) {
	for (struct pvg_gpu_storage *storage = pvg_gpu_storage_first(gpu, task, ref);
		storage != NULL; storage = pvg_gpu_storage_next(storage)) {
		const struct pvg_surface_plane *plane = &surface->planes[storage->plane];
		bool same = surface->plane_count == 0
			? storage->plane == 0 && storage->source.gva == surface->gva
			: storage->plane < surface->plane_count &&
				storage->source.gva == surface->gva + plane->offset_bytes &&
				storage->source.levels[0].row_bytes == plane->stride_bytes;
		if (!same) {
			pvg_gpu_storages_orphan(gpu, task, ref);
			return;
		}
	}
}

static enum pvg_gpu_found surface_of(struct pvg_gpu *gpu, uint32_t task, uint32_t ref,
	struct pvg_surface *surface, uint32_t *generation, const char **why) {
	enum pvg_access access;
	const struct pvg_object *object =
		pvg_object_lookup(gpu->device, task, ref, 1u << PVG_OBJECT_SURFACE, &access);

	if (object == NULL) {
		return pvg_gpu_found_of(access);
	}
	*generation = object->generation;
	*why = pvg_surface_parse(surface, object->descriptor, object->size_bytes,
		gpu->device->config.page_shift);
	if (*why != NULL) {
		pvg_object_forget(gpu->device, task, ref);
		return PVG_GPU_MISSING;
	}
	check_declaration(gpu, task, ref, surface);
	return PVG_GPU_FOUND;
}

static enum pvg_gpu_found plane_form(struct pvg_gpu *gpu, const struct pvg_object *object,
	struct form *form, const char **why) {
	struct pvg_plane_texture texture;
	struct pvg_surface surface;

	*why = pvg_plane_texture_parse(&texture, object->descriptor, object->size_bytes);
	if (*why != NULL) {
		return PVG_GPU_MISSING;
	}
	enum pvg_gpu_found found = surface_of(gpu, texture.owner_task, texture.surface, &surface,
		&form->surface_generation, why);
	if (found != PVG_GPU_FOUND) {
		return found;
	}
	if (texture.plane != 0 && texture.plane >= surface.plane_count) {
		*why = "no such plane";
		return PVG_GPU_MISSING;
	}
	form->desc = texture.desc;
	form->task = texture.owner_task;
	form->ref = texture.surface;
	form->plane = texture.plane;
	form->source.task = texture.owner_task;
	form->source.surface = true;
	*why = place_on_plane(&surface, texture.plane, form);
	set_source(form, true);
	return *why == NULL ? PVG_GPU_FOUND : PVG_GPU_MISSING;
}

// A surface named where a texture is meant: its first plane as it is declared.
static const char *surface_form(struct pvg_gpu *gpu, const struct pvg_object *object,
	struct form *form) {
	struct pvg_surface surface;
	const char *why = pvg_surface_parse(&surface, object->descriptor, object->size_bytes,
		gpu->device->config.page_shift);

	if (why != NULL) {
		return why;
	}
	uint16_t format = plane_format(surface.format, 0);
	if (format == 0 || surface.plane_count == 0) {
		return "a surface whose format says nothing of its pixels";
	}
	check_declaration(gpu, object->task, object->ref, &surface);
	form->desc = (struct pvg_texture_desc){
		.type = PVG_TEXTURE_2D,
		.format = format,
		.width = surface.planes[0].width,
		.height = surface.planes[0].height,
		.depth = 1,
		.levels = 1,
		.samples = 1,
		.layers = 1,
		.options = 1u << 4,
		.swizzle = { 2, 3, 4, 5 },
	};
	form->surface_generation = object->generation;
	form->source.task = object->task;
	form->source.surface = true;
	why = place_on_plane(&surface, 0, form);
	set_source(form, true);
	return why;
}

static enum pvg_gpu_found buffer_form(struct pvg_gpu *gpu, uint32_t task,
	const struct pvg_derived_texture *texture, struct form *form, const char **why) {
	const struct pvg_format *format = pvg_format_get(texture->desc.format);
	uint64_t tight = pvg_format_row_bytes(format, texture->desc.width);
	uint64_t pitch = texture->desc.height > 1 ? texture->row_bytes : tight;
	struct pvg_gpu_backing backing;
	enum pvg_gpu_found found = pvg_gpu_buffer(gpu, task, texture->base, &backing);
	uint64_t end;

	if (found != PVG_GPU_FOUND) {
		return found;
	}
	if (!pvg_mul(pitch, texture->desc.height - 1, &end) || !pvg_add(end, tight, &end) ||
		!pvg_add(end, texture->offset_bytes, &end) || end > backing.size_bytes) {
		*why = "reaches beyond its buffer";
		return PVG_GPU_MISSING;
	}
	form->desc = texture->desc;
	form->format = linear_format(texture->desc.format);
	form->source = (struct pvg_gpu_source){
		.kind = PVG_SOURCE_BUFFER,
		.silent = true,
		.task = task,
		.gva = backing.gva + texture->offset_bytes,
		.buffer = backing,
		.levels[0] = { .size_bytes = end - texture->offset_bytes,
			.row_bytes = pitch,
			.plane_bytes = end - texture->offset_bytes,
			.width = texture->desc.width,
			.height = texture->desc.height,
			.depth = 1 },
	};
	return PVG_GPU_FOUND;
}

/*
 * Where a heap's memory is has no known record (spec 02 section 4.10): its textures have images of
 * their own, so the guest's CPU may see none of it. Textures at one place are told apart by who was
 * written last: what the others hold is undefined in Metal, too.
 */
static const char *heap_form(const struct pvg_derived_texture *texture, struct form *form) {
	uint64_t size_bytes, end;

	form->desc = texture->desc;
	form->format = linear_format(texture->desc.format);
	if (storage_mode(&form->desc) != STORAGE_PRIVATE) {
		return "in a heap, and not private";
	}
	set_source(form, false);
	form->source.heap = texture->base;
	if (texture->placed && pvg_texture_size(&form->desc, &size_bytes) &&
		pvg_add(texture->heap_offset, size_bytes, &end)) {
		form->source.heap_first = texture->heap_offset;
		form->source.heap_end = end;
	}
	return NULL;
}

static enum pvg_gpu_found derived_form(struct pvg_gpu *gpu, const struct pvg_object *object,
	unsigned int depth, struct form *form, const char **why) {
	struct pvg_derived_texture texture;

	*why = pvg_derived_texture_parse(&texture, object->descriptor, object->size_bytes);
	if (*why != NULL) {
		return PVG_GPU_MISSING;
	}
	if (texture.kind == PVG_DERIVED_BUFFER) {
		return buffer_form(gpu, object->task, &texture, form, why);
	}
	if (texture.kind == PVG_DERIVED_HEAP) {
		*why = heap_form(&texture, form);
		return *why == NULL ? PVG_GPU_FOUND : PVG_GPU_MISSING;
	}
	if (depth >= VIEWS_DEEP) {
		*why = "more than 8 views deep";
		return PVG_GPU_MISSING;
	}
	struct pvg_gpu_texture_node *base;
	enum pvg_gpu_found found = resolve(gpu, object->task, texture.base, depth + 1, &base);
	if (found != PVG_GPU_FOUND) {
		return found;
	}
	form->desc = base->texture.desc;
	form->first_level = base->texture.first_level;
	form->first_slice = base->texture.first_slice;
	form->storage = base->texture.storage;
	*why = pvg_view_compose(&texture, &form->desc, &form->first_level, &form->first_slice);
	return *why == NULL ? PVG_GPU_FOUND : PVG_GPU_MISSING;
}

static enum pvg_gpu_found form_of(struct pvg_gpu *gpu, const struct pvg_object *object,
	unsigned int depth, struct form *form, const char **why) {
	switch (object->type) {
	case PVG_OBJECT_TEXTURE_2:
	case PVG_OBJECT_TEXTURE_3:
		*why = linear_form(gpu, object, form);
		break;
	case PVG_OBJECT_SURFACE:
		*why = surface_form(gpu, object, form);
		break;
	case PVG_OBJECT_SURFACE_TEXTURE:
		return plane_form(gpu, object, form, why);
	case PVG_OBJECT_DERIVED_TEXTURE:
		return derived_form(gpu, object, depth, form, why);
	case PVG_OBJECT_MEMORYLESS:
		*why = memoryless_form(object, form);
		break;
	default: // the mapper is the system-bus device's (spec 02 section 4.9)
		*why = "a mapper's reference";
		break;
	}
	return *why == NULL ? PVG_GPU_FOUND : PVG_GPU_MISSING;
}

/* ---- nodes ----------------------------------------------------------------------------------- */

static enum pvg_gpu_found make_node(struct pvg_gpu *gpu, const struct pvg_object *object,
	const struct form *form, struct pvg_gpu_texture_node **out) {
	struct pvg_gpu_storage *storage = form->storage;

	if (storage == NULL) {
		struct pvg_gpu_image_desc desc =
			image_desc(gpu, &form->desc, form->format, form->source.surface);
		if (form->source.surface) {
			desc.kind = PVG_GPU_2D; // arrays of one slice are the same image
		}
		storage = pvg_gpu_storage_get(gpu, form->task, form->ref, form->plane,
			&form->source, &desc);
		if (storage == NULL) {
			return PVG_GPU_MISSING;
		}
		storage->source.silent |= form->source.silent;
	}
	struct pvg_gpu_texture_node *node =
		pvg_gpu_node_create(gpu, object, PVG_NODE_TEXTURE, sizeof(*node));
	if (node == NULL) {
		return PVG_GPU_MISSING; // the storage stays until its object goes
	}
	node->texture = (struct pvg_gpu_texture){
		.task = object->task,
		.ref = object->ref,
		.generation = object->generation,
		.desc = form->desc,
		.first_level = form->first_level,
		.first_slice = form->first_slice,
	};
	node->surface_task = form->task;
	node->surface = form->source.surface ? form->ref : 0;
	node->surface_generation = form->surface_generation;
	pvg_gpu_storage_add_user(storage, node);
	pvg_gpu_node_add(gpu, &node->node);
	*out = node;
	return PVG_GPU_FOUND;
}

// Is the surface still what the texture was laid over? One that is gone stays with its textures.
static bool surface_is_same(struct pvg_gpu *gpu, const struct pvg_gpu_texture_node *node) {
	enum pvg_access access;

	if (node->surface == 0) {
		return true;
	}
	const struct pvg_object *surface = pvg_object_lookup(gpu->device, node->surface_task,
		node->surface, 1u << PVG_OBJECT_SURFACE, &access);
	return surface == NULL || surface->generation == node->surface_generation;
}

static enum pvg_gpu_found resolve(struct pvg_gpu *gpu, uint32_t task, uint32_t ref,
	unsigned int depth, struct pvg_gpu_texture_node **out) {
	enum pvg_access access;
	const struct pvg_object *object =
		pvg_object_lookup(gpu->device, task, ref, texture_types, &access);

	if (object == NULL) {
		return pvg_gpu_found_of(access);
	}
	struct pvg_gpu_texture_node *node =
		(struct pvg_gpu_texture_node *)pvg_gpu_node_get(gpu, object, PVG_NODE_TEXTURE);
	if (node != NULL && surface_is_same(gpu, node)) {
		*out = node;
		return PVG_GPU_FOUND;
	}
	struct form form = { .task = task, .ref = ref };
	const char *why = NULL;
	enum pvg_gpu_found found = form_of(gpu, object, depth, &form, &why);
	if (found == PVG_GPU_FOUND) {
		why = check_host(gpu, &form.desc);
	}
	if (why != NULL) {
		PVG_REFUSE(gpu->device, TEXTURE, "task %" PRIu32 ": texture %" PRIu32 ": %s", task,
			ref, why);
		pvg_object_forget(gpu->device, task, ref);
		return PVG_GPU_MISSING;
	}
	return found == PVG_GPU_FOUND ? make_node(gpu, object, &form, out) : found;
}

enum pvg_gpu_found pvg_gpu_texture(struct pvg_gpu *gpu, uint32_t task, uint32_t ref,
	struct pvg_gpu_texture **texture) {
	struct pvg_gpu_texture_node *node;
	enum pvg_gpu_found found = resolve(gpu, task, ref, 0, &node);

	if (found == PVG_GPU_FOUND) {
		*texture = &node->texture;
	}
	return found;
}

struct pvg_gpu_texture_node *pvg_gpu_texture_peek(struct pvg_gpu *gpu, uint32_t task,
	uint32_t ref) {
	struct pvg_gpu_node *node = pvg_gpu_node_peek(gpu, task, ref);

	return node != NULL && node->kind == PVG_NODE_TEXTURE ? (struct pvg_gpu_texture_node *)node
							      : NULL;
}

struct pvg_gpu_texture_node *pvg_gpu_texture_named(struct pvg_gpu *gpu, uint32_t task,
	uint32_t ref) {
	const struct pvg_task *t = pvg_task_find(gpu->device, task);
	struct pvg_gpu_texture_node *node;
	enum pvg_access access;

	if (t == NULL || !t->live || !t->list_bound || ref >= t->list_count) {
		return NULL;
	}
	const struct pvg_object *object =
		pvg_object_lookup(gpu->device, task, ref, UINT32_MAX, &access);
	if (object == NULL ||
		(object->type != PVG_OBJECT_SURFACE_TEXTURE &&
			object->type != PVG_OBJECT_DERIVED_TEXTURE)) {
		return NULL;
	}
	return resolve(gpu, task, ref, 0, &node) == PVG_GPU_FOUND ? node : NULL;
}
