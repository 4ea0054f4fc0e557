// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Presents (0x06, 0x07, 0x08): find the surface, copy its pixels into a picture of the host's, hand
 * it over (spec 04 section 8). The copy is the retain: when the stamp is written nothing reads the
 * guest's pages any more, and the guest may draw into them at once.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "display-private.h"
#include "gpu/gpu-private.h"
#include "wire/surface.h"

#define HOLD_NS (100 * INT64_C(1000000)) // DSP-21

enum {
	OP_TRANSACTION2 = 0x06,
	OP_TRANSACTION3 = 0x07,
	OP_SWAP_MAPPING = 0x08,
};

struct present {
	uint32_t port, task, surface;
	bool has_gamma;
	struct pvg_gamma_source gamma;
};

// Layouts: spec 04 section 4.3. False for a payload that is too short.
static bool present_parse(const struct pvg_packet *packet, struct present *present,
	size_t *known_bytes) {
	struct pvg_cursor c = pvg_cursor_init(packet->payload, packet->payload_size);
	*present = (struct present){ 0 };
	present->port = pvg_rd32(&c);
	switch (packet->opcode) {
	case OP_TRANSACTION2:
		present->surface = pvg_rd32(&c);
		present->task = pvg_rd32(&c);
		*known_bytes = 12;
		return !c.failed;
	case OP_TRANSACTION3:
		present->task = pvg_rd32(&c);
		present->surface = pvg_rd32(&c);
		present->has_gamma = true;
		*known_bytes = 36;
		break;
	case OP_SWAP_MAPPING:
		present->task = pvg_rd32(&c);
		present->surface = pvg_rd32(&c); // low half of a 64-bit mapping id
		if (c.failed) {
			return false;
		}
		*known_bytes = 40;
		if (pvg_cursor_left(&c) < 28) { // 12 bytes have been seen accepted
			return true;
		}
		pvg_rd_skip(&c, 4);
		present->has_gamma = true;
		break;
	default:
		return false;
	}
	present->gamma.task = present->task;
	present->gamma.gva = pvg_rd64(&c);
	present->gamma.mapped_bytes = pvg_rd64(&c);
	present->gamma.entries = pvg_rd32(&c);
	present->gamma.sum = pvg_rd32(&c);
	return !c.failed;
}

/* ---- the guest's pixels ---------------------------------------------------------------------- */

/*
 * A surface's pages, looked at in order. Neighbours in the host's address space become one run, so
 * that a row is one memcpy nearly always.
 */
struct gather {
	struct pvg_device *device;
	uint32_t task;
	uint64_t end_gva; // of the surface
	uint64_t run_gva, run_bytes;
	const uint8_t *run;
	enum pvg_access access;
};

#define RUN_PAGES_MAX 64

static bool gather_run(struct gather *gather, uint64_t gva) {
	uint64_t page_size = UINT64_C(1) << gather->device->config.page_shift;
	uint64_t page_gva = gva & ~(page_size - 1);
	const uint8_t *page =
		pvg_task_surface_page(gather->device, gather->task, page_gva, &gather->access);
	if (page == NULL) {
		return false;
	}
	gather->run = page;
	gather->run_gva = page_gva;
	gather->run_bytes = page_size;
	for (unsigned int i = 1; i < RUN_PAGES_MAX; i++) {
		uint64_t next_gva = page_gva + gather->run_bytes;
		if (next_gva >= gather->end_gva) {
			break;
		}
		enum pvg_access access;
		if (pvg_task_surface_page(gather->device, gather->task, next_gva, &access) !=
			page + gather->run_bytes) {
			// also one that does not translate: the row that needs it will say so
			break;
		}
		gather->run_bytes += page_size;
	}
	return true;
}

static bool gather_copy(struct gather *gather, uint64_t gva, uint8_t *dst, size_t size_bytes) {
	while (size_bytes > 0) {
		if (gather->run == NULL || gva < gather->run_gva ||
			gva - gather->run_gva >= gather->run_bytes) {
			if (!gather_run(gather, gva)) {
				return false;
			}
		}
		uint64_t skip = gva - gather->run_gva;
		uint64_t left = gather->run_bytes - skip;
		size_t piece = left < size_bytes ? (size_t)left : size_bytes;
		memcpy(dst, gather->run + skip, piece);
		dst += piece;
		gva += piece;
		size_bytes -= piece;
	}
	return true;
}

static uint8_t *displays_row(struct pvg_displays *displays, size_t size_bytes) {
	if (displays->row_size < size_bytes) {
		uint8_t *row = realloc(displays->row, size_bytes);
		if (row == NULL) {
			return NULL;
		}
		displays->row = row;
		displays->row_size = size_bytes;
	}
	return displays->row;
}

static enum pvg_access copy_pixels(struct pvg_displays *displays, uint32_t task,
	const struct pvg_surface *surface, const struct pvg_present_format *format,
	const struct pvg_image *image, uint8_t *scratch) {
	const struct pvg_surface_plane *plane = &surface->planes[0];
	size_t row_bytes = (size_t)plane->width * format->pixel_bytes;
	bool direct = format->direct && image->fourcc == format->fourcc;
	struct gather gather = {
		.device = displays->device,
		.task = task,
		.end_gva = surface->gva + surface->length_bytes,
	};
	for (uint32_t y = 0; y < plane->height; y++) {
		// Offset and stride of the plane on every path (DSP-18).
		uint64_t gva =
			surface->gva + plane->offset_bytes + (uint64_t)plane->stride_bytes * y;
		uint8_t *dst = image->pixels + (size_t)image->stride_bytes * y;
		if (!gather_copy(&gather, gva, direct ? dst : scratch, row_bytes)) {
			return gather.access;
		}
		if (!direct) {
			format->to_xrgb8888(dst, scratch, plane->width);
		}
	}
	return PVG_ACCESS_OK;
}

/* ---- the surface ----------------------------------------------------------------------------- */

/*
 * The id indexes task 0's list. Only when nothing is there the packet's own task is asked (spec 04
 * section 8.2): no guest has been seen to need it.
 */
static const struct pvg_object *present_surface(struct pvg_device *device, struct pvg_port *port,
	const struct present *present, uint32_t *owner, enum pvg_access *access) {
	const uint32_t types = 1u << PVG_OBJECT_SURFACE;
	*owner = 0;
	const struct pvg_object *object =
		pvg_object_lookup(device, 0, present->surface, types, access);
	if (object != NULL || *access != PVG_ACCESS_UNMAPPED || present->task == 0 ||
		!pvg_task_is_live(device, present->task)) {
		return object;
	}
	*owner = present->task;
	object = pvg_object_lookup(device, present->task, present->surface, types, access);
	if (object != NULL && !port->frame.other_task_logged) {
		port->frame.other_task_logged = true;
		pvg_info("port %u: surface %" PRIu32 " is in task %" PRIu32
			 "'s list, not in task 0's",
			port->index, present->surface, present->task);
	}
	return object;
}

// NULL and refused by name when the surface cannot be shown.
static const struct pvg_present_format *surface_check(struct pvg_device *device,
	const struct pvg_port *port, uint32_t id, const struct pvg_object *object,
	struct pvg_surface *surface) {
	const char *why = pvg_surface_parse(surface, object->descriptor, object->size_bytes,
		device->config.page_shift);
	if (why != NULL) {
		PVG_REFUSE(device, SURFACE_GEOMETRY, "port %u: surface %" PRIu32 ": %s",
			port->index, id, why);
		return NULL;
	}
	const struct pvg_present_format *format = pvg_present_format(surface->format);
	if (format == NULL) {
		char name[12];
		PVG_REFUSE(device, SURFACE_FORMAT,
			"port %u: surface %" PRIu32 ": format %s (0x%" PRIx32 ") is not presented",
			port->index, id, pvg_surface_format_name(surface->format, name),
			surface->format);
		return NULL;
	}
	const struct pvg_surface_plane *plane = &surface->planes[0];
	uint64_t row_bytes = (uint64_t)plane->width * format->pixel_bytes;
	if (surface->plane_count != 1) {
		why = surface->plane_count == 0 ? "no plane, so no size" : "more than one plane";
	} else if (plane->width > PVG_MAX_SURFACE_EDGE || plane->height > PVG_MAX_SURFACE_EDGE) {
		why = "edge above 8192";
	} else if (plane->element_bytes != 0 && plane->element_bytes != format->pixel_bytes) {
		why = "bytes per pixel are not the format's";
	} else if (plane->stride_bytes < row_bytes && plane->height > 1) {
		why = "rows overlap";
	} else if (plane->offset_bytes + (uint64_t)plane->stride_bytes * (plane->height - 1) +
			row_bytes >
		surface->length_bytes) {
		why = "pixels reach beyond the backing";
	}
	if (why == NULL) {
		return format;
	}
	PVG_REFUSE(device, SURFACE_GEOMETRY,
		"port %u: surface %" PRIu32 ": %" PRIu32 "x%" PRIu32 ", stride %" PRIu32
		", %" PRIu32 " planes: %s",
		port->index, id, plane->width, plane->height, plane->stride_bytes,
		surface->plane_count, why);
	return NULL;
}

/* ---- the packet ------------------------------------------------------------------------------ */

/*
 * May the packet be held back once more? A channel's head is never held for longer than 100 ms: the
 * guest's frames are latest-wins (DSP-21).
 */
static bool present_may_wait(struct pvg_displays *displays, uint32_t slot) {
	int64_t now_ns = pvg_now_ns(displays->device);
	if (!displays->hold[slot].waiting) {
		displays->hold[slot].waiting = true;
		displays->hold[slot].counted = false;
		displays->hold[slot].since_ns = now_ns;
	}
	return now_ns - displays->hold[slot].since_ns < HOLD_NS;
}

// NULL: none is free. *verdict says whether to hold the packet or to drop its frame.
static struct pvg_image *acquire_image(struct pvg_displays *displays, struct pvg_port *port,
	uint32_t slot, const struct pvg_surface *surface, const struct pvg_present_format *format,
	enum pvg_verdict *verdict) {
	struct pvg_device *device = displays->device;
	const struct pvg_surface_plane *plane = &surface->planes[0];
	struct pvg_image *image = NULL;
	if (device->host.image_acquire != NULL) {
		image = device->host.image_acquire(device->host_data, port->index, plane->width,
			plane->height, format->fourcc);
	}
	if (image != NULL) {
		return image;
	}
	*verdict = present_may_wait(displays, slot) ? PVG_RETRY : PVG_DONE;
	if (!displays->hold[slot].counted) {
		displays->hold[slot].counted = true;
		atomic_fetch_add_explicit(&port->count.image_waits, 1, memory_order_relaxed);
	}
	if (*verdict == PVG_DONE) {
		PVG_REFUSE(device, NO_IMAGE,
			"port %u: no picture for a frame of %" PRIu32 "x%" PRIu32 " within 100 ms",
			port->index, plane->width, plane->height);
	}
	return NULL;
}

static bool image_fits(const struct pvg_image *image, const struct pvg_surface *surface,
	const struct pvg_present_format *format) {
	const struct pvg_surface_plane *plane = &surface->planes[0];
	bool direct = format->direct && image->fourcc == format->fourcc;
	bool converted = image->fourcc == PVG_FOURCC_XRGB8888 && format->to_xrgb8888 != NULL;
	return image->width == plane->width && image->height == plane->height &&
		(direct || converted) && image->stride_bytes >= (uint64_t)plane->width * 4;
}

// @why: the pixels were read back, and why; NULL: they were not.
static void present_image(struct pvg_displays *displays, struct pvg_port *port,
	const struct present *present, const struct pvg_surface *surface,
	const struct pvg_present_format *format, struct pvg_image *image, bool zero_copy,
	const char *why) {
	struct pvg_device *device = displays->device;
	const struct pvg_surface_plane *plane = &surface->planes[0];
	struct pvg_port_frame *frame = &port->frame;
	uint64_t bytes =
		zero_copy ? 0 : (uint64_t)plane->width * plane->height * format->pixel_bytes;

	// DSP-17: the only sign of a mode change.
	bool changed = plane->width != frame->width || plane->height != frame->height ||
		surface->format != frame->format;
	if (changed) {
		char name[12];
		pvg_info("port %u: mode %" PRIu32 "x%" PRIu32 " %s", port->index, plane->width,
			plane->height, pvg_surface_format_name(surface->format, name));
		if (frame->width != 0) {
			atomic_fetch_add_explicit(&port->count.mode_changes, 1,
				memory_order_relaxed);
		}
	}
	frame->width = plane->width;
	frame->height = plane->height;
	frame->format = surface->format;
	frame->sequence++;
	atomic_fetch_add_explicit(&port->count.presented, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&port->count.bytes_copied, bytes, memory_order_relaxed);
	device->host.image_present(device->host_data, port->index, image,
		&(struct pvg_frame_info){
			.sequence = frame->sequence,
			.surface_id = present->surface,
			.guest_format = surface->format,
			.mode_changed = changed,
			.bytes_copied = bytes,
			.zero_copy = zero_copy,
			.read_back = why != NULL,
			.why = why,
		});
}

static enum pvg_verdict present_packet(struct pvg_device *device, const struct pvg_packet *packet,
	uint32_t slot) {
	struct present present;
	size_t known_bytes = 0;
	if (!present_parse(packet, &present, &known_bytes)) {
		PVG_REFUSE(device, PAYLOAD_SHORT,
			"channel %" PRIu32 ": opcode 0x%02x: %zu payload bytes", packet->channel,
			packet->opcode, packet->payload_size);
		return PVG_DONE;
	}
	pvg_display_check_long(device, packet, known_bytes);
	struct pvg_port *port = pvg_display_port(device, packet, present.port);
	if (port == NULL || present.surface == 0) {
		return PVG_DONE;
	}
	struct pvg_displays *displays = device->displays;
	// Work that was submitted before and is done in part only may be what this frame shows.
	if (pvg_exec_is_parked(device->exec, packet->channel) && present_may_wait(displays, slot)) {
		return PVG_RETRY;
	}

	uint32_t owner;
	enum pvg_access access = PVG_ACCESS_UNMAPPED;
	const struct pvg_object *object = present_surface(device, port, &present, &owner, &access);
	if (object == NULL) {
		if (access == PVG_ACCESS_RETRY) {
			return PVG_RETRY;
		}
		if (access == PVG_ACCESS_UNMAPPED) {
			PVG_REFUSE(device, SURFACE, "port %u: surface %" PRIu32 ": no such surface",
				port->index, present.surface);
		}
		return PVG_DONE;
	}
	struct pvg_surface surface;
	const struct pvg_present_format *format =
		surface_check(device, port, present.surface, object, &surface);
	if (format == NULL) {
		// What does not decode is not kept: the guest may publish the slot again.
		pvg_object_forget(device, owner, present.surface);
		return PVG_DONE;
	}
	enum pvg_gpu_present on_host = PVG_GPU_PRESENT_NOT_MINE;
	struct pvg_image *image = NULL;
	if (device->gpu != NULL) {
		struct pvg_gpu_present_request request = {
			.port = present.port,
			.task = owner,
			.id = present.surface,
			.surface = &surface,
			.format = format,
			.patient = true,
		};
		on_host = pvg_gpu_present(device->gpu, &request, &image);
		if (on_host == PVG_GPU_PRESENT_NO_HOME) {
			if (present_may_wait(displays, slot)) {
				return PVG_RETRY;
			}
			request.patient = false;
			on_host = pvg_gpu_present(device->gpu, &request, &image);
		}
		if (on_host == PVG_GPU_PRESENT_PENDING) {
			pvg_gpu_hold(device->gpu); // it completes, however long the GPU takes
			return PVG_RETRY;
		}
		if (on_host == PVG_GPU_PRESENT_FAILED) {
			return PVG_DONE;
		}
	}
	if (present.has_gamma && pvg_gamma_take(displays, port, &present.gamma) == PVG_RETRY) {
		return PVG_RETRY;
	}
	if (on_host == PVG_GPU_PRESENT_SHOW) {
		pvg_gpu_present_shown(device->gpu, present.port);
		present_image(displays, port, &present, &surface, format, image, true, NULL);
		// The surface itself is on its way to the glass: its transaction is over with a
		// tick, not before (section 8.5).
		return PVG_DONE;
	}
	uint8_t *scratch =
		displays_row(displays, (size_t)surface.planes[0].width * format->pixel_bytes);
	enum pvg_verdict verdict = PVG_DONE;
	image = acquire_image(displays, port, slot, &surface, format, &verdict);
	if (image == NULL) {
		return verdict;
	}
	if (scratch == NULL || !image_fits(image, &surface, format)) {
		device->host.image_cancel(device->host_data, port->index, image);
		PVG_REFUSE(device, NO_IMAGE, "port %u: surface %" PRIu32 ": %s", port->index,
			present.surface,
			scratch == NULL ? "no memory" : "the picture does not fit it");
		return PVG_DONE;
	}
	const char *why = NULL;
	if (on_host == PVG_GPU_PRESENT_DONE) {
		why = pvg_gpu_present_copy(device->gpu, present.port, &surface, format, image);
		access = PVG_ACCESS_OK;
	} else {
		access = copy_pixels(displays, owner, &surface, format, image, scratch);
	}
	if (access != PVG_ACCESS_OK) {
		device->host.image_cancel(device->host_data, port->index, image);
		if (access == PVG_ACCESS_RETRY) {
			return PVG_RETRY;
		}
		if (access == PVG_ACCESS_UNMAPPED) { // else already refused
			PVG_REFUSE(device, SURFACE,
				"port %u: surface %" PRIu32 ": pages are not mapped", port->index,
				present.surface);
		}
		return PVG_DONE;
	}
	present_image(displays, port, &present, &surface, format, image, false, why);
	// Copy model: the frame is retained, so the transaction may retire at once (section 8.5).
	(void)pvg_display_signal(displays, port, PVG_EVENT_TRANSACTION);
	return PVG_DONE;
}

enum pvg_verdict pvg_op_present(struct pvg_device *device, const struct pvg_packet *packet) {
	uint32_t slot = packet->channel % PVG_CHANNELS_MAX;
	enum pvg_verdict verdict = present_packet(device, packet, slot);
	if (verdict == PVG_DONE) {
		device->displays->hold[slot].waiting = false;
	}
	return verdict;
}
