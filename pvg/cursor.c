// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The hardware cursor of a port: glyph, position and visibility (spec 04 section 11).
 */
#include <inttypes.h>
#include <stdlib.h>

#include "display-private.h"

// Tells the host when it differs from what it knows. Device thread, no lock held.
static void cursor_tell(struct pvg_device *device, struct pvg_port *port) {
	struct pvg_port_cursor *cursor = &port->cursor;
	struct pvg_cursor_state state = cursor->state; // a hidden cursor keeps its position
	state.visible = cursor->show && cursor->xy != PVG_CURSOR_HIDDEN;
	if (cursor->xy != PVG_CURSOR_HIDDEN) {
		state.x = (int32_t)(cursor->xy & 0xffff);
		state.y = (int32_t)(cursor->xy >> 16);
	}
	bool moved = state.x != cursor->state.x || state.y != cursor->state.y;
	if (cursor->told && !moved && state.visible == cursor->state.visible) {
		return;
	}
	if (moved) {
		atomic_fetch_add_explicit(&port->count.cursor_moves, 1, memory_order_relaxed);
	}
	cursor->state = state;
	cursor->told = true;
	if (device->host.cursor_state != NULL) {
		device->host.cursor_state(device->host_data, port->index, &state);
	}
}

// True when there is a page to look at.
static bool cursor_load(struct pvg_displays *displays, struct pvg_port *port, uint32_t *xy,
	uint8_t *show) {
	pthread_mutex_lock(&port->lock);
	uint8_t *page = port->page;
	uint64_t gpa = port->page_gpa;
	if (page != NULL) {
		// One load: the guest stores both halves at once, and 0xffffffff means both.
		*xy = atomic_load_explicit((_Atomic uint32_t *)(void *)(page + PVG_PAGE_CURSOR_XY),
			memory_order_acquire);
		*show = atomic_load_explicit((_Atomic uint8_t *)(page + PVG_PAGE_CURSOR_SHOW),
			memory_order_relaxed);
	}
	pthread_mutex_unlock(&port->lock);
	if (page == NULL) {
		return false;
	}
	if (*xy != port->cursor.xy || *show != port->cursor.show_byte) {
		uint8_t bytes[5] = { (uint8_t)*xy, (uint8_t)(*xy >> 8), (uint8_t)(*xy >> 16),
			(uint8_t)(*xy >> 24), *show };
		pvg_record_read(displays->device, gpa + PVG_PAGE_CURSOR_XY, bytes, sizeof(bytes));
	}
	return true;
}

void pvg_cursor_sample(struct pvg_displays *displays, struct pvg_port *port, bool kicked) {
	struct pvg_port_cursor *cursor = &port->cursor;
	uint32_t xy;
	uint8_t show;
	if (!cursor_load(displays, port, &xy, &show)) {
		return;
	}
	/*
	 * A lost doorbell shows as a change. The byte as such proves nothing without one: a guest
	 * that uses 0x05 alone never writes it.
	 */
	bool changed = xy != cursor->xy || show != cursor->show_byte;
	if (!kicked && !changed) {
		return;
	}
	if (kicked || show != cursor->show_byte) {
		cursor->show = show != 0;
	}
	cursor->xy = xy;
	cursor->show_byte = show;
	if (kicked || cursor->told) {
		cursor_tell(displays->device, port);
	}
}

void pvg_displays_cursor_kick(struct pvg_displays *displays, uint32_t ports) {
	for (unsigned int i = 0; i < PVG_MAX_PORTS && i < displays->device->displays_count; i++) {
		if ((ports & 1u << i) != 0) {
			pvg_cursor_sample(displays, &displays->ports[i], true);
		}
	}
}

void pvg_cursor_forget(struct pvg_port *port) {
	port->cursor = (struct pvg_port_cursor){ .xy = PVG_CURSOR_HIDDEN };
}

enum pvg_verdict pvg_op_cursor_show(struct pvg_device *device, const struct pvg_packet *packet) {
	struct pvg_cursor c = pvg_cursor_init(packet->payload, packet->payload_size);
	uint32_t index = pvg_rd32(&c);
	bool show = (pvg_rd32(&c) & 0xff) != 0; // the low byte is used (spec 01 section 4.8)
	if (c.failed) {
		return PVG_DONE;
	}
	pvg_display_check_long(device, packet, 8);
	struct pvg_port *port = pvg_display_port(device, packet, index);
	if (port == NULL) {
		return PVG_DONE;
	}
	struct pvg_port_cursor *cursor = &port->cursor;
	uint32_t xy;
	uint8_t byte;
	if (cursor_load(device->displays, port, &xy, &byte)) {
		cursor->xy = xy;
		cursor->show_byte = byte;
	}
	cursor->show = show;
	cursor_tell(device, port);
	return PVG_DONE;
}

struct glyph_source {
	uint32_t task;
	uint64_t gva, mapped_bytes, stride_bytes;
	uint16_t width, height, hot_x, hot_y;
};

// NULL when the glyph may be read, else what is wrong with it.
static const char *glyph_check(const struct glyph_source *glyph) {
	if (glyph->width == 0 || glyph->height == 0) {
		return "no pixels";
	}
	if (glyph->width > PVG_MAX_CURSOR_EDGE || glyph->height > PVG_MAX_CURSOR_EDGE) {
		return "larger than 512";
	}
	if (glyph->stride_bytes < UINT64_C(4) * glyph->width) {
		return "rows overlap";
	}
	if (glyph->hot_x >= glyph->width || glyph->hot_y >= glyph->height) {
		return "hot spot outside";
	}
	uint64_t needed, end;
	if (!pvg_mul(glyph->stride_bytes, (uint64_t)glyph->height - 1, &needed) ||
		!pvg_add(needed, UINT64_C(4) * glyph->width, &needed) ||
		!pvg_add(glyph->gva, needed, &end)) {
		return "extent overflows";
	}
	if (glyph->mapped_bytes < needed) {
		return "mapped length too small";
	}
	return NULL;
}

static void glyph_refuse(struct pvg_device *device, const struct pvg_port *port,
	const struct glyph_source *glyph, const char *why) {
	PVG_REFUSE(device, CURSOR_GLYPH,
		"port %u: cursor glyph %ux%u, hot spot %u,%u, stride %" PRIu64 ", %" PRIu64
		" bytes at 0x%" PRIx64 " of task %" PRIu32 ": %s",
		port->index, glyph->width, glyph->height, glyph->hot_x, glyph->hot_y,
		glyph->stride_bytes, glyph->mapped_bytes, glyph->gva, glyph->task, why);
}

enum pvg_verdict pvg_op_cursor_glyph(struct pvg_device *device, const struct pvg_packet *packet) {
	struct pvg_cursor c = pvg_cursor_init(packet->payload, packet->payload_size);
	uint32_t index = pvg_rd32(&c);
	struct glyph_source glyph;
	glyph.task = pvg_rd32(&c);
	glyph.gva = pvg_rd64(&c);
	glyph.mapped_bytes = pvg_rd64(&c);
	glyph.stride_bytes = pvg_rd64(&c);
	glyph.width = pvg_rd16(&c);
	glyph.height = pvg_rd16(&c);
	glyph.hot_x = pvg_rd16(&c);
	glyph.hot_y = pvg_rd16(&c);
	// The checksum that follows is of unproven arithmetic and decides nothing here.
	pvg_rd_skip(&c, 4);
	if (c.failed) {
		return PVG_DONE;
	}
	pvg_display_check_long(device, packet, 44);
	struct pvg_port *port = pvg_display_port(device, packet, index);
	if (port == NULL) {
		return PVG_DONE;
	}
	const char *why = glyph_check(&glyph);
	if (why != NULL) {
		glyph_refuse(device, port, &glyph, why);
		return PVG_DONE;
	}
	size_t row_bytes = (size_t)glyph.width * 4;
	uint8_t *pixels = malloc(row_bytes * glyph.height); // 1 MiB at most
	if (pixels == NULL) {
		glyph_refuse(device, port, &glyph, "no memory");
		return PVG_DONE;
	}
	for (uint32_t y = 0; y < glyph.height; y++) {
		enum pvg_access access = pvg_task_read(device, glyph.task,
			glyph.gva + glyph.stride_bytes * y, pixels + row_bytes * y, row_bytes);
		if (access == PVG_ACCESS_OK) {
			continue;
		}
		free(pixels);
		if (access == PVG_ACCESS_RETRY) {
			return PVG_RETRY;
		}
		glyph_refuse(device, port, &glyph, "pixels not readable");
		return PVG_DONE;
	}
	atomic_fetch_add_explicit(&port->count.cursor_glyphs, 1, memory_order_relaxed);
	if (device->host.cursor_glyph != NULL) {
		device->host.cursor_glyph(device->host_data, port->index,
			&(struct pvg_cursor_glyph){
				.width = glyph.width,
				.height = glyph.height,
				.hot_x = glyph.hot_x,
				.hot_y = glyph.hot_y,
				.argb8888 = pixels,
			});
	}
	free(pixels);
	pvg_cursor_sample(device->displays, port, false);
	return PVG_DONE;
}
