// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Presents of surfaces that were drawn on the host. One that lives in a home of the display's is
 * shown as it is, once what draws it has completed or as soon as the display can wait for that.
 * Others are read back behind everything that was submitted, and copied into the host's picture
 * once that has completed. The packet waits, nothing blocks.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include <pvg/format.h>

#include "gpu/memory.h"
#include "refuse.h"
#include "wire/surface.h"

struct pvg_gpu_presents {
	struct {
		bool pending;
		bool at_home; // what is pending is shown from its home
		enum pvg_read_back why; // it is read back
		uint32_t task, surface;
		uint64_t serial;
		uint64_t row_bytes; // of what was read
		uint32_t rows;
		struct pvg_gpu_buffer *buffer; // owned, kept from frame to frame
		uint64_t size_bytes;
	} ports[PVG_MAX_PORTS];
};

void pvg_gpu_presents_finish(struct pvg_gpu *gpu) {
	struct pvg_gpu_presents *presents = gpu->memory->presents;

	for (unsigned int i = 0; presents != NULL && i < PVG_MAX_PORTS; i++) {
		if (presents->ports[i].buffer != NULL) {
			pvg_gpu_bury_buffer(gpu, presents->ports[i].buffer);
			pvg_gpu_budget_give(gpu, 0, presents->ports[i].size_bytes);
		}
	}
	free(presents);
	gpu->memory->presents = NULL;
}

// The storage of a surface's first plane that holds what guest memory does not.
static struct pvg_gpu_storage *newest(struct pvg_gpu *gpu, uint32_t task, uint32_t surface) {
	struct pvg_gpu_storage *storage = pvg_gpu_storage_first(gpu, task, surface);

	while (storage != NULL &&
		(storage->plane != 0 || !storage->source.surface || storage->image == NULL ||
			!(storage->parts[0].newer ||
				!pvg_gpu_is_complete(gpu, storage->parts[0].paid)))) {
		storage = pvg_gpu_storage_next(storage);
	}
	return storage;
}

static bool room_for(struct pvg_gpu *gpu, struct pvg_gpu_presents *presents, unsigned int port,
	uint64_t size_bytes) {
	if (presents->ports[port].size_bytes >= size_bytes) {
		return true;
	}
	if (!pvg_gpu_budget_take(gpu, 0, size_bytes, "read-back memory")) {
		return false;
	}
	struct pvg_gpu_buffer *buffer = gpu->renderer->ops->buffer_create(gpu->renderer, size_bytes,
		PVG_GPU_BUFFER_READBACK);
	if (buffer == NULL) {
		PVG_REFUSE(gpu->device, GPU_MEMORY,
			"port %u: read-back memory of %" PRIu64 " bytes", port, size_bytes);
		pvg_gpu_budget_give(gpu, 0, size_bytes);
		return false;
	}
	if (presents->ports[port].buffer != NULL) {
		pvg_gpu_bury_buffer(gpu, presents->ports[port].buffer);
		pvg_gpu_budget_give(gpu, 0, presents->ports[port].size_bytes);
	}
	presents->ports[port].buffer = buffer;
	presents->ports[port].size_bytes = size_bytes;
	return true;
}

static enum pvg_gpu_present read_back(struct pvg_gpu *gpu, struct pvg_gpu_presents *presents,
	unsigned int port, struct pvg_gpu_storage *storage) {
	struct pvg_gpu_span span = { 0 };
	uint64_t row_bytes = pvg_format_row_bytes(storage->format, storage->desc.width);

	span.size_bytes = row_bytes * storage->desc.height;
	if (!room_for(gpu, presents, port, span.size_bytes)) {
		return PVG_GPU_PRESENT_FAILED;
	}
	span.buffer = presents->ports[port].buffer;
	(void)pvg_gpu_storage_image(gpu, storage); // counts as use
	pvg_gpu_part_transfer(gpu, PVG_GPU_OP_READ, storage, 0, 0)->span = span;
	presents->ports[port].serial = pvg_gpu_next_serial(gpu);
	presents->ports[port].row_bytes = row_bytes;
	presents->ports[port].rows = storage->desc.height;
	pvg_gpu_commit(gpu);
	if (pvg_gpu_last_serial(gpu) < presents->ports[port].serial) {
		return PVG_GPU_PRESENT_FAILED; // no memory, refused
	}
	presents->ports[port].pending = true;
	return PVG_GPU_PRESENT_PENDING;
}

// The display waits for the GPU itself where both can.
static bool fence_is_taken(struct pvg_gpu *gpu, const struct pvg_gpu_home *home, uint64_t serial) {
	const struct pvg_renderer_ops *ops = gpu->renderer->ops;
	const struct pvg_host *host = &gpu->device->host;

	if (ops->fence == NULL || host->home_fence == NULL) {
		return false;
	}
	int fd = ops->fence(gpu->renderer, serial);
	if (fd < 0) {
		return false;
	}
	bool taken = host->home_fence(gpu->device->host_data, home->host, fd);
	close(fd);
	return taken;
}

static enum pvg_gpu_present show(struct pvg_gpu *gpu, struct pvg_gpu_presents *presents,
	unsigned int port, const struct pvg_gpu_storage *storage, struct pvg_image **shown) {
	uint64_t serial = presents->ports[port].serial;

	presents->ports[port].pending = true;
	if (!pvg_gpu_is_complete(gpu, serial) && !fence_is_taken(gpu, storage->home, serial)) {
		return PVG_GPU_PRESENT_PENDING;
	}
	*shown = storage->home->host;
	return PVG_GPU_PRESENT_SHOW;
}

static enum pvg_gpu_present begin(struct pvg_gpu *gpu, struct pvg_gpu_presents *presents,
	const struct pvg_gpu_present_request *request, struct pvg_gpu_storage *storage,
	struct pvg_image **shown) {
	unsigned int port = request->port;

	presents->ports[port].task = request->task;
	presents->ports[port].surface = request->id;
	switch (pvg_gpu_home_move_in(gpu, storage, port, request->surface, request->format,
		&presents->ports[port].why)) {
	case PVG_GPU_HOUSED:
		(void)pvg_gpu_storage_image(gpu, storage); // counts as use
		presents->ports[port].at_home = true;
		presents->ports[port].serial = storage->written < pvg_gpu_last_serial(gpu)
			? storage->written
			: pvg_gpu_last_serial(gpu);
		return show(gpu, presents, port, storage, shown);
	case PVG_GPU_HOUSED_LATER:
		if (request->patient) {
			return PVG_GPU_PRESENT_NO_HOME;
		}
		break;
	case PVG_GPU_HOUSED_NOT:
		break;
	}
	presents->ports[port].at_home = false;
	return read_back(gpu, presents, port, storage);
}

enum pvg_gpu_present pvg_gpu_present(struct pvg_gpu *gpu,
	const struct pvg_gpu_present_request *request, struct pvg_image **shown) {
	struct pvg_gpu_presents *presents = gpu->memory->presents;
	unsigned int port = request->port;

	if (presents == NULL) {
		presents = calloc(1, sizeof(*presents));
		if (presents == NULL) {
			return PVG_GPU_PRESENT_NOT_MINE;
		}
		gpu->memory->presents = presents;
	}
	bool going_on = presents->ports[port].pending &&
		presents->ports[port].task == request->task &&
		presents->ports[port].surface == request->id;
	struct pvg_gpu_storage *storage = NULL;
	if (!going_on && gpu->memory->aliases != NULL) {
		pvg_gpu_alias_settle(gpu, request->task, request->id);
	}
	if (!going_on || presents->ports[port].at_home) {
		storage = newest(gpu, request->task, request->id);
		// The home may have gone since.
		going_on = going_on && storage != NULL && storage->home != NULL;
	}
	if (!going_on) {
		presents->ports[port].pending = false;
		if (storage == NULL) {
			return PVG_GPU_PRESENT_NOT_MINE;
		}
		enum pvg_gpu_present begun = begin(gpu, presents, request, storage, shown);
		if (begun != PVG_GPU_PRESENT_PENDING) {
			return begun;
		}
	}
	if (presents->ports[port].at_home) {
		return show(gpu, presents, port, storage, shown);
	}
	return pvg_gpu_is_complete(gpu, presents->ports[port].serial) ? PVG_GPU_PRESENT_DONE
								      : PVG_GPU_PRESENT_PENDING;
}

void pvg_gpu_present_shown(struct pvg_gpu *gpu, unsigned int port) {
	gpu->memory->presents->ports[port].pending = false;
	PVG_COUNT_DEVICE(gpu->device, gpu.presents_shown);
}

const char *pvg_gpu_present_copy(struct pvg_gpu *gpu, unsigned int port,
	const struct pvg_surface *surface, const struct pvg_present_format *format,
	const struct pvg_image *image) {
	struct pvg_gpu_presents *presents = gpu->memory->presents;
	const struct pvg_surface_plane *plane = &surface->planes[0];
	uint64_t row_bytes = presents->ports[port].row_bytes;
	// A surface that was drawn through a texture of another size has no more than that.
	uint64_t fits = row_bytes / format->pixel_bytes;
	uint32_t width = fits < plane->width ? (uint32_t)fits : plane->width;
	uint32_t rows = presents->ports[port].rows;

	rows = rows < plane->height ? rows : plane->height;
	for (uint32_t y = 0; y < rows; y++) {
		const uint8_t *src = presents->ports[port].buffer->map + row_bytes * y;
		uint8_t *dst = image->pixels + (size_t)image->stride_bytes * y;
		if (format->direct && image->fourcc == format->fourcc) {
			memcpy(dst, src, (size_t)width * format->pixel_bytes);
		} else {
			format->to_xrgb8888(dst, src, width);
		}
	}
	presents->ports[port].pending = false;
	PVG_COUNT_DEVICE(gpu->device, gpu.presents_read);
	PVG_COUNT_DEVICE(gpu->device, gpu.read_backs[presents->ports[port].why]);
	return pvg_read_back_text(presents->ports[port].why);
}
