// SPDX-License-Identifier: GPL-2.0-or-later
#include "drv.h"

#define GAMMA_ENTRIES 257u // what a real guest sends (04 section 10.1)

static uint32_t refresh_class(const struct pvg_drv *drv) {
	return drv->style == PVG_DRV_MACOS11 ? PVG_ENC_EVENT_TRANSACTION : PVG_ENC_EVENT_VBL;
}

bool pvg_drv_port_open(struct pvg_drv *drv, unsigned int index) {
	struct pvg_drv_port *port = &drv->ports[index];
	memset(port, 0, sizeof(*port));
	if (!pvg_drv_define_channel(drv, PVG_DRV_DISPLAY + index, 1)) {
		return false;
	}
	port->page_pfn = pvg_enc_mem_alloc(drv->mem, 1);
	if (port->page_pfn == 0) {
		return pvg_drv_fail(drv, "no memory for a display page");
	}
	port->page = pvg_enc_mem_page(drv->mem, port->page_pfn);
	pvg_enc_page_seed(port->page);
	// A port that the host does not know must not pass by accident.
	pvg_put((uint8_t *)port->page + 0x12, 0xffff, 2);
	uint64_t head[] = { index, port->page_pfn };
	uint32_t signal = pvg_drv_send_plain(drv, PVG_DRV_DISPLAY + index, &pvg_enc_display_table,
		0x01, head);
	if (signal == 0 || !pvg_drv_wait_stamp(drv, PVG_DRV_DISPLAY + index, signal)) {
		return false;
	}
	pvg_enc_page_read(port->page, &port->desc);
	if (port->desc.port != index) {
		return pvg_drv_fail(drv, "display page: port mismatch (a real guest panics)");
	}
	port->registered = true;
	pvg_enc_page_set_enabled(port->page, PVG_ENC_EVENT_REST);
	return true;
}

bool pvg_drv_port_service(struct pvg_drv *drv, unsigned int index) {
	struct pvg_drv_port *port = &drv->ports[index];
	uint32_t events = port->online_events;
	if (events == port->seen_online) {
		return false;
	}
	port->seen_online = events;
	pvg_enc_page_read(port->page, &port->desc);
	uint64_t head[] = { index, port->desc.generation };
	uint32_t signal = pvg_drv_send_plain(drv, PVG_DRV_DISPLAY + index, &pvg_enc_display_table,
		0x02, head);
	if (signal == 0 || !pvg_drv_wait_stamp(drv, PVG_DRV_DISPLAY + index, signal)) {
		return false;
	}
	port->online = true;
	return true;
}

bool pvg_drv_port_wait_online(struct pvg_drv *drv, unsigned int index, int64_t timeout_ns) {
	int64_t deadline = drv->ops->now_ns(drv->data) + timeout_ns;
	while (!pvg_drv_port_service(drv, index)) {
		uint32_t seen = __atomic_load_n(&drv->irq_count, __ATOMIC_SEQ_CST);
		if (drv->error != NULL) {
			return false;
		}
		if (drv->ports[index].online_events != drv->ports[index].seen_online) {
			continue;
		}
		if (drv->ops->now_ns(drv->data) >= deadline) {
			return pvg_drv_fail(drv, "display did not come online");
		}
		drv->ops->wait(drv->data, seen, deadline);
	}
	const struct pvg_enc_display *desc = &drv->ports[index].desc;
	if (desc->mode_count < 1 || desc->mode_count > PVG_ENC_MAX_MODES) {
		return pvg_drv_fail(drv, "display page: mode count is not 1..128");
	}
	return true;
}

// The float32 bits of i / 256, without floating point.
static uint32_t ramp_bits(uint32_t i) {
	if (i == 0) {
		return 0;
	}
	uint32_t exponent = 31u - (uint32_t)__builtin_clz(i);
	return (127u + exponent - 8u) << 23 | ((i << (23 - exponent)) & 0x7fffffu);
}

static bool make_gamma(struct pvg_drv *drv, struct pvg_drv_port *port) {
	uint8_t *table = pvg_enc_task_alloc(&drv->kernel, 3 * GAMMA_ENTRIES * 4, &port->gamma_gva);
	if (table == NULL) {
		return pvg_drv_fail(drv, "no memory for a gamma table");
	}
	for (uint32_t i = 0; i < 3 * GAMMA_ENTRIES; i++) {
		pvg_put(table + 4 * i, ramp_bits(i % GAMMA_ENTRIES), 4);
	}
	return true;
}

static uint32_t present_with_gamma(struct pvg_drv *drv, unsigned int index, uint32_t surface_id,
	const struct pvg_enc_wait *waits, uint16_t wait_count) {
	struct pvg_drv_port *port = &drv->ports[index];
	if (port->gamma_gva == 0 && !make_gamma(drv, port)) {
		return 0;
	}
	uint64_t head[] = { index, 0, surface_id, port->gamma_gva, PVG_ENC_PAGE_BYTES,
		GAMMA_ENTRIES, 0x48400000 };
	struct pvg_enc_values values = { .head = head };
	return pvg_drv_send(drv, PVG_DRV_DISPLAY + index,
		pvg_enc_find(&pvg_enc_display_table, 0x07), &values, waits, wait_count);
}

static bool present(struct pvg_drv *drv, unsigned int index, struct pvg_drv_surface *surface,
	struct pvg_enc_wait wait, uint16_t waits) {
	struct pvg_drv_port *port = &drv->ports[index];
	port->presents++;
	if (port->desc.gamma_entries != 0) {
		surface->presented = present_with_gamma(drv, index, surface->id, &wait, waits);
	} else {
		uint64_t head[] = { index, surface->id, 0 };
		struct pvg_enc_values values = { .head = head };
		surface->presented = pvg_drv_send(drv, PVG_DRV_DISPLAY + index,
			pvg_enc_find(&pvg_enc_display_table, 0x06), &values, &wait, waits);
	}
	return surface->presented != 0;
}

bool pvg_drv_present(struct pvg_drv *drv, unsigned int index, struct pvg_drv_surface *surface) {
	struct pvg_enc_wait wait = { PVG_DRV_IMMEDIATE, 0 };
	if (drv->announce) {
		wait.value = pvg_drv_surface_touched(drv, surface);
		if (wait.value == 0) {
			return false;
		}
	}
	return present(drv, index, surface, wait, drv->announce ? 1 : 0);
}

bool pvg_drv_present_drawn(struct pvg_drv *drv, unsigned int index, struct pvg_drv_surface *surface,
	uint32_t signal) {
	const struct pvg_enc_wait wait = { PVG_DRV_EXEC, signal };
	return present(drv, index, surface, wait, 1);
}

static uint32_t refresh_events(const struct pvg_drv_port *port) {
	return port->vbl_events + port->transaction_events;
}

void pvg_drv_arm(struct pvg_drv *drv, unsigned int index) {
	struct pvg_drv_port *port = &drv->ports[index];
	port->seen_refresh = refresh_events(port);
	pvg_enc_page_enable(port->page, refresh_class(drv));
}

bool pvg_drv_refresh_ready(struct pvg_drv *drv, unsigned int index) {
	struct pvg_drv_port *port = &drv->ports[index];
	return refresh_events(port) != port->seen_refresh;
}

bool pvg_drv_wait_refresh(struct pvg_drv *drv, unsigned int index, int64_t timeout_ns) {
	int64_t deadline = drv->ops->now_ns(drv->data) + timeout_ns;
	pvg_drv_arm(drv, index);
	for (;;) {
		uint32_t seen = __atomic_load_n(&drv->irq_count, __ATOMIC_SEQ_CST);
		if (pvg_drv_refresh_ready(drv, index)) {
			return true;
		}
		if (drv->ops->now_ns(drv->data) >= deadline) {
			drv->ports[index].watchdogs++;
			drv->ports[index].tick_is_first = true;
			return false;
		}
		drv->ops->wait(drv->data, seen, deadline);
	}
}

bool pvg_drv_cursor_glyph(struct pvg_drv *drv, unsigned int index, const uint32_t *argb,
	uint16_t width, uint16_t height, uint16_t hot_x, uint16_t hot_y) {
	struct pvg_drv_port *port = &drv->ports[index];
	uint32_t bytes = (uint32_t)width * height * 4;
	uint8_t *pixels = pvg_enc_task_alloc(&drv->kernel, bytes, &port->glyph_gva);
	if (pixels == NULL) {
		return pvg_drv_fail(drv, "no memory for a cursor glyph");
	}
	memcpy(pixels, argb, bytes);
	uint32_t sum = 0;
	for (uint32_t i = 0; i < (uint32_t)width * height; i++) {
		sum += argb[i];
	}
	uint64_t head[] = { index, drv->kernel.id, port->glyph_gva,
		(bytes + PVG_ENC_PAGE_BYTES - 1) & ~(PVG_ENC_PAGE_BYTES - 1), (uint64_t)width * 4,
		width, height, hot_x, hot_y, sum };
	return pvg_drv_send_plain(drv, PVG_DRV_DISPLAY + index, &pvg_enc_display_table, 0x04,
		       head) != 0;
}

bool pvg_drv_cursor_show(struct pvg_drv *drv, unsigned int index, bool show) {
	uint64_t head[] = { index, show ? 1 : 0 };
	return pvg_drv_send_plain(drv, PVG_DRV_DISPLAY + index, &pvg_enc_display_table, 0x05,
		       head) != 0;
}

void pvg_drv_cursor_move(struct pvg_drv *drv, unsigned int index, uint16_t x, uint16_t y) {
	struct pvg_drv_port *port = &drv->ports[index];
	pvg_enc_page_set_cursor(port->page, x, y, true);
	if ((port->desc.cursor_features & 2) != 0) {
		drv->ops->mmio_write(drv->data, REG_CURSOR_KICK, index);
	}
}
