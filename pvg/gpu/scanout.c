// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Homes of surfaces that are presented: a storage moves into a picture of the display's once, and
 * from then on what is drawn is what is scanned out (spec 04 sections 14.3 and 14.6).
 */
#include <stdlib.h>

#include <pvg/format.h>

#include "gpu/encoder.h"
#include "gpu/memory.h"
#include "refuse.h"
#include "wire/surface.h"

const char *pvg_read_back_text(enum pvg_read_back why) {
	static const char *const texts[PVG_READ_BACKS_MAX] = {
#define X(id, text) [PVG_READ_BACK_##id] = text,
		PVG_READ_BACKS(X)
#undef X
	};

	return why < PVG_READ_BACKS_MAX ? texts[why] : "?";
}

static const struct pvg_host *host_of(const struct pvg_gpu *gpu) {
	return &gpu->device->host;
}

static unsigned int state_of(const struct pvg_gpu *gpu, const struct pvg_gpu_home *home) {
	return host_of(gpu)->home_state(gpu->device->host_data, home->host);
}

/* ---- life ------------------------------------------------------------------------------------ */

// Nothing names it any more but lists: the host has it back when they have completed.
static void let_go(struct pvg_gpu *gpu, struct pvg_gpu_home *home) {
	struct pvg_gpu_homes *homes = &gpu->memory->homes;

	pvg_gpu_bury_image(gpu, home->image);
	home->image = NULL;
	home->serial =
		gpu->list.count > 0 ? pvg_gpu_next_serial(gpu) : pvg_gpu_last_serial(gpu);
	home->next = homes->going;
	homes->going = home;
}

static void release_complete(struct pvg_gpu *gpu, bool all) {
	struct pvg_gpu_home **link = &gpu->memory->homes.going;

	while (*link != NULL) {
		struct pvg_gpu_home *home = *link;
		if (!all && !pvg_gpu_is_complete(gpu, home->serial)) {
			link = &home->next;
			continue;
		}
		*link = home->next;
		host_of(gpu)->home_release(gpu->device->host_data, home->host);
		free(home);
	}
}

// Kept for the next rename, which then imports nothing.
static void keep_spare(struct pvg_gpu *gpu, struct pvg_gpu_home *home) {
	struct pvg_gpu_homes *homes = &gpu->memory->homes;
	struct pvg_gpu_home **link = &homes->spares;
	unsigned int count = 1;

	home->next = homes->spares;
	homes->spares = home;
	pvg_gpu_budget_add(gpu, 0, home->bytes);
	while (*link != NULL && count++ <= PVG_GPU_SPARES_MAX) {
		link = &(*link)->next;
	}
	while (*link != NULL) { // the oldest
		struct pvg_gpu_home *old = *link;
		*link = old->next;
		pvg_gpu_budget_give(gpu, 0, old->bytes);
		let_go(gpu, old);
	}
}

void pvg_gpu_homes_clear(struct pvg_gpu *gpu) {
	struct pvg_gpu_homes *homes = &gpu->memory->homes;

	while (homes->spares != NULL) {
		struct pvg_gpu_home *home = homes->spares;
		homes->spares = home->next;
		pvg_gpu_budget_give(gpu, 0, home->bytes);
		let_go(gpu, home);
	}
	for (unsigned int port = 0; port < PVG_MAX_PORTS; port++) {
		homes->refused[port].set = false;
	}
	release_complete(gpu, false);
}

void pvg_gpu_homes_finish(struct pvg_gpu *gpu) {
	struct pvg_gpu_homes *homes = &gpu->memory->homes;

	release_complete(gpu, true);
	free(homes->moves);
	homes->moves = NULL;
}

void pvg_gpu_homes_completed(struct pvg_gpu *gpu) {
	if (gpu->memory->homes.going != NULL) {
		release_complete(gpu, false);
	}
}

/* ---- getting one ----------------------------------------------------------------------------- */

struct wanted {
	unsigned int port;
	uint32_t fourcc;
};

static struct pvg_gpu_home *take_spare(struct pvg_gpu *gpu, const struct pvg_gpu_storage *storage,
	const struct wanted *wanted) {
	struct pvg_gpu_home **link = &gpu->memory->homes.spares;

	while (*link != NULL) {
		struct pvg_gpu_home *home = *link;
		unsigned int state = state_of(gpu, home);
		bool fits = home->port == wanted->port && home->fourcc == wanted->fourcc &&
			home->width == storage->desc.width &&
			home->height == storage->desc.height &&
			home->format == storage->desc.format;
		if ((state & PVG_HOME_STALE) != 0 || (fits && state == 0)) {
			*link = home->next;
			pvg_gpu_budget_give(gpu, 0, home->bytes);
			if ((state & PVG_HOME_STALE) == 0) {
				return home;
			}
			let_go(gpu, home);
		} else {
			link = &home->next;
		}
	}
	return NULL;
}

static struct pvg_gpu_home *import(struct pvg_gpu *gpu, const struct pvg_gpu_storage *storage,
	const struct wanted *wanted, struct pvg_image *picture) {
	struct pvg_gpu_home *home = calloc(1, sizeof(*home));

	if (home == NULL) {
		return NULL;
	}
	*home = (struct pvg_gpu_home){
		.host = picture,
		.port = wanted->port,
		.fourcc = wanted->fourcc,
		.width = storage->desc.width,
		.height = storage->desc.height,
		.format = storage->desc.format,
	};
	if (picture->dmabuf != NULL) {
		home->image = gpu->renderer->ops->image_import(gpu->renderer, &storage->desc,
			picture->dmabuf);
	}
	if (home->image == NULL) {
		free(home);
		return NULL;
	}
	home->bytes = gpu->renderer->ops->image_bytes(gpu->renderer, home->image);
	return home;
}

static enum pvg_gpu_housed get(struct pvg_gpu *gpu, const struct pvg_gpu_storage *storage,
	const struct wanted *wanted, struct pvg_gpu_home **home, enum pvg_read_back *why) {
	struct pvg_gpu_homes *homes = &gpu->memory->homes;
	const struct pvg_host *host = host_of(gpu);
	struct pvg_image *picture = NULL;

	*home = take_spare(gpu, storage, wanted);
	if (*home != NULL) {
		return PVG_GPU_HOUSED;
	}
	if (homes->refused[wanted->port].set &&
		homes->refused[wanted->port].width == storage->desc.width &&
		homes->refused[wanted->port].height == storage->desc.height &&
		homes->refused[wanted->port].fourcc == wanted->fourcc) {
		*why = PVG_READ_BACK_REFUSED;
		return PVG_GPU_HOUSED_NOT;
	}
	switch (host->home_acquire(gpu->device->host_data, wanted->port, storage->desc.width,
		storage->desc.height, wanted->fourcc, &picture)) {
	case PVG_HOME_GIVEN:
		break;
	case PVG_HOME_LATER:
		*why = PVG_READ_BACK_BUSY;
		return PVG_GPU_HOUSED_LATER;
	case PVG_HOME_NEVER:
		*why = PVG_READ_BACK_NO_HOME;
		return PVG_GPU_HOUSED_NOT;
	}
	*home = import(gpu, storage, wanted, picture);
	if (*home == NULL) {
		host->home_release(gpu->device->host_data, picture);
		homes->refused[wanted->port].set = true;
		homes->refused[wanted->port].width = storage->desc.width;
		homes->refused[wanted->port].height = storage->desc.height;
		homes->refused[wanted->port].fourcc = wanted->fourcc;
		*why = PVG_READ_BACK_REFUSED;
		return PVG_GPU_HOUSED_NOT;
	}
	homes->refused[wanted->port].set = false;
	return PVG_GPU_HOUSED;
}

/* ---- moving ---------------------------------------------------------------------------------- */

static void emit_copy(struct pvg_gpu *gpu, const struct pvg_gpu_storage *storage,
	struct pvg_gpu_image *to) {
	struct pvg_gpu_copy_image *copy = pvg_gpu_alloc(&gpu->list, sizeof(*copy));

	*copy = (struct pvg_gpu_copy_image){
		.from = { .image = storage->image },
		.to = { .image = to },
		.width = storage->desc.width,
		.height = storage->desc.height,
		.depth = 1,
	};
	pvg_gpu_emit(&gpu->list, PVG_GPU_OP_COPY_IMAGE)->copy_image = copy;
}

// Bindings that were resolved for the list being built see the new image from now on.
static void move(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage, struct pvg_gpu_home *home,
	struct pvg_gpu_image *image, uint64_t bytes) {
	struct pvg_gpu_homes *homes = &gpu->memory->homes;

	homes->moves[homes->moves_count++] = (struct pvg_gpu_move){
		.storage = storage,
		.home = storage->home,
		.image = storage->image,
		.image_bytes = storage->image_bytes,
	};
	pvg_gpu_budget_add(gpu, storage->task, bytes);
	storage->home = home;
	storage->image_bytes = bytes;
	storage->written = pvg_gpu_next_serial(gpu);
	pvg_gpu_storage_set_image(gpu, storage, image);
	pvg_encoders_rebind(gpu->encoders, storage);
}

static bool room_for_move(struct pvg_gpu *gpu) {
	struct pvg_gpu_homes *homes = &gpu->memory->homes;

	if (!pvg_gpu_grow((void **)&homes->moves, &homes->moves_room, homes->moves_count,
		    sizeof(*homes->moves))) {
		gpu->list.failed = true;
		return false;
	}
	return true;
}

static void drop_old(struct pvg_gpu *gpu, const struct pvg_gpu_move *old, bool spare) {
	pvg_gpu_budget_give(gpu, old->storage->task, old->image_bytes);
	if (old->home == NULL) {
		pvg_gpu_bury_image(gpu, old->image);
	} else if (spare) {
		keep_spare(gpu, old->home);
	} else {
		let_go(gpu, old->home);
	}
}

void pvg_gpu_homes_committed(struct pvg_gpu *gpu) {
	struct pvg_gpu_homes *homes = &gpu->memory->homes;

	for (size_t i = 0; i < homes->moves_count; i++) {
		drop_old(gpu, &homes->moves[i], true);
	}
	homes->moves_count = 0;
}

void pvg_gpu_homes_abandoned(struct pvg_gpu *gpu) {
	struct pvg_gpu_homes *homes = &gpu->memory->homes;

	for (size_t i = homes->moves_count; i-- > 0;) { // back the way they came
		struct pvg_gpu_move old = homes->moves[i];
		struct pvg_gpu_storage *storage = old.storage;
		struct pvg_gpu_move undone = {
			.storage = storage,
			.home = storage->home,
			.image = storage->image,
			.image_bytes = storage->image_bytes,
		};
		storage->home = old.home;
		storage->image_bytes = old.image_bytes;
		pvg_gpu_storage_set_image(gpu, storage, old.image);
		drop_old(gpu, &undone, true);
	}
	homes->moves_count = 0;
	for (struct pvg_gpu_home *home = homes->going; home != NULL; home = home->next) {
		if (home->serial > pvg_gpu_last_serial(gpu)) {
			home->serial = pvg_gpu_last_serial(gpu); // that list never was
		}
	}
}

bool pvg_gpu_home_leave(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage) {
	struct pvg_gpu_homes *homes = &gpu->memory->homes;
	size_t kept = 0;

	for (size_t i = 0; i < homes->moves_count; i++) {
		if (homes->moves[i].storage == storage) {
			drop_old(gpu, &homes->moves[i], false);
		} else {
			homes->moves[kept++] = homes->moves[i];
		}
	}
	homes->moves_count = kept;
	if (storage->home == NULL) {
		return false;
	}
	pvg_gpu_budget_give(gpu, storage->task, storage->image_bytes);
	let_go(gpu, storage->home);
	storage->home = NULL;
	return true;
}

enum pvg_gpu_found pvg_gpu_home_guard(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage,
	bool copy) {
	if ((state_of(gpu, storage->home) & PVG_HOME_SHOWN) == 0) {
		return PVG_GPU_FOUND;
	}
	const struct wanted wanted = { storage->home->port, storage->home->fourcc };
	struct pvg_gpu_home *home = NULL;
	struct pvg_gpu_image *image;
	enum pvg_read_back why;

	if (!room_for_move(gpu)) {
		return PVG_GPU_MISSING;
	}
	if (get(gpu, storage, &wanted, &home, &why) == PVG_GPU_HOUSED) {
		image = home->image;
	} else {
		// The next present moves it in again.
		image = gpu->renderer->ops->image_create(gpu->renderer, &storage->desc);
	}
	if (image == NULL) {
		PVG_REFUSE(gpu->device, GPU_MEMORY,
			"task %u: surface %u: no image beside the one that is shown", storage->task,
			storage->ref);
		return PVG_GPU_MISSING;
	}
	if (copy) {
		emit_copy(gpu, storage, image);
	}
	move(gpu, storage, home, image,
		gpu->renderer->ops->image_bytes(gpu->renderer, image));
	PVG_COUNT_DEVICE(gpu->device, gpu.renames);
	return PVG_GPU_FOUND;
}

/* ---- presents -------------------------------------------------------------------------------- */

enum texels { TEXELS_OTHER, TEXELS_8888, TEXELS_2101010 };

static enum texels texels_of_format(uint16_t number) {
	switch (number) {
	case 70:
	case 71:
	case 80:
	case 81:
		return TEXELS_8888;
	case 90:
	case 94:
		return TEXELS_2101010;
	default:
		return TEXELS_OTHER;
	}
}

static enum texels texels_of_fourcc(uint32_t fourcc) {
	switch (fourcc) {
	case PVG_FOURCC_XRGB8888:
	case PVG_FOURCC_XBGR8888:
		return TEXELS_8888;
	case PVG_FOURCC_XRGB2101010:
	case PVG_FOURCC_XBGR2101010:
		return TEXELS_2101010;
	default:
		return TEXELS_OTHER;
	}
}

// Can this storage be what is scanned out?
static bool is_eligible(const struct pvg_gpu *gpu, const struct pvg_gpu_storage *storage,
	const struct pvg_surface *surface, const struct pvg_present_format *format,
	enum pvg_read_back *why) {
	const struct pvg_gpu_image_desc *desc = &storage->desc;
	const struct pvg_surface_plane *plane = &surface->planes[0];
	enum texels texels = texels_of_fourcc(format->fourcc);

	if (!gpu->renderer->caps.dmabuf_import) {
		*why = PVG_READ_BACK_NO_IMPORT;
	} else if (host_of(gpu)->home_acquire == NULL) {
		*why = PVG_READ_BACK_NO_HOME;
	} else if (!format->direct || texels == TEXELS_OTHER ||
		texels != texels_of_format(desc->format)) {
		*why = PVG_READ_BACK_FORMAT;
	} else if (desc->kind != PVG_GPU_2D || desc->levels != 1 || desc->layers != 1 ||
		desc->samples > 1 || desc->width != plane->width || desc->height != plane->height) {
		*why = PVG_READ_BACK_SHAPE;
	} else {
		return true;
	}
	return false;
}

enum pvg_gpu_housed pvg_gpu_home_move_in(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage,
	unsigned int port, const struct pvg_surface *surface,
	const struct pvg_present_format *format, enum pvg_read_back *why) {
	const struct wanted wanted = { port, format->fourcc };
	struct pvg_gpu_home *home = storage->home;

	if (!is_eligible(gpu, storage, surface, format, why)) {
		return PVG_GPU_HOUSED_NOT;
	}
	if (home != NULL) {
		unsigned int state = state_of(gpu, home);
		bool here = home->port == port && home->fourcc == format->fourcc;
		if (here && (state & PVG_HOME_STALE) == 0) {
			return PVG_GPU_HOUSED;
		}
		if (!here && (state & PVG_HOME_SHOWN) != 0) {
			*why = PVG_READ_BACK_SHARED;
			return PVG_GPU_HOUSED_NOT;
		}
	}
	enum pvg_gpu_housed housed = get(gpu, storage, &wanted, &home, why);
	if (housed != PVG_GPU_HOUSED) {
		// One that the output would rather not have is still better than reading it back.
		return storage->home != NULL && storage->home->port == port &&
				storage->home->fourcc == format->fourcc
			? PVG_GPU_HOUSED
			: housed;
	}
	if (!room_for_move(gpu)) {
		home->next = NULL;
		let_go(gpu, home);
		*why = PVG_READ_BACK_BUSY;
		return PVG_GPU_HOUSED_NOT;
	}
	emit_copy(gpu, storage, home->image);
	move(gpu, storage, home, home->image, home->bytes);
	pvg_gpu_commit(gpu); // when it fails everything is as it was
	if (storage->home != home) {
		*why = PVG_READ_BACK_BUSY;
		return PVG_GPU_HOUSED_NOT;
	}
	PVG_COUNT_DEVICE(gpu->device, gpu.homes);
	return PVG_GPU_HOUSED;
}
