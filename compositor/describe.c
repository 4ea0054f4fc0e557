// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tells the ports what their outputs are (spec 04 sections 3.5, 14.9, 14.10).
 */
#include "server.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <wlr/backend.h>
#include <wlr/backend/drm.h>
#include <xf86drm.h>

#include <pvg/log.h>

#include "desc.h"

#define DEBOUNCE_MS 250

static void cursor_plane_size(const struct pk_output *output, uint16_t *width, uint16_t *height) {
	*width = *height = 0;
	if (!output->plane_cursor) {
		return;
	}
	uint64_t w = 0, h = 0;
	int fd = wlr_backend_get_drm_fd(output->server->backend);
	if (fd >= 0 && drmGetCap(fd, DRM_CAP_CURSOR_WIDTH, &w) == 0 &&
			drmGetCap(fd, DRM_CAP_CURSOR_HEIGHT, &h) == 0 && w > 0 && h > 0) {
		*width = (uint16_t)(w < PVG_MAX_CURSOR_EDGE ? w : PVG_MAX_CURSOR_EDGE);
		*height = (uint16_t)(h < PVG_MAX_CURSOR_EDGE ? h : PVG_MAX_CURSOR_EDGE);
	}
}

static bool to_mode(int width, int height, int refresh_mhz, struct pvg_mode *mode) {
	if (width <= 0 || height <= 0 || width > PVG_MAX_SURFACE_EDGE ||
		height > PVG_MAX_SURFACE_EDGE) {
		return false;
	}
	*mode = (struct pvg_mode){
		.width = (uint16_t)width,
		.height = (uint16_t)height,
		.refresh_mhz = refresh_mhz > 0 ? (uint32_t)refresh_mhz : PK_PACING_DEFAULT_MHZ,
	};
	return true;
}

static void describe_port(struct pk_server *server, struct pk_port *port) {
	const struct pk_display_config *config = &server->options->display_configs[port->index];
	struct pvg_mode modes[PVG_MAX_MODES];
	struct pvg_mode configured[PK_MODE_LIST_MAX];
	for (unsigned int i = 0; i < config->modes.count; i++) {
		const struct pk_mode *mode = &config->modes.modes[i];
		to_mode(mode->width, mode->height, (int)mode->refresh_mhz, &configured[i]);
	}
	bool own = server->user_mode_count == 0 && config->modes.count > 0;
	struct pk_desc_input input = {
		.port = port->index,
		.name = config->name,
		.modes = modes,
		.user_modes = own ? configured : server->user_modes,
		.user_mode_count = own ? config->modes.count : server->user_mode_count,
		.current = { 1920, 1080, PK_PACING_DEFAULT_MHZ },
		.any_size = true,
	};
	memcpy(input.vm_uuid, server->vm_uuid, sizeof(input.vm_uuid));
	const struct pk_output *output = port->output;
	if (output != NULL) {
		const struct wlr_output *wlr = output->wlr;
		if (!server->nested) { // a window's names are its parent's version numbers
			input.make = wlr->make;
			input.model = wlr->model;
			input.serial = wlr->serial;
		}
		input.connector = wlr->name;
		input.phys_width_mm = wlr->phys_width;
		input.phys_height_mm = wlr->phys_height;
		input.any_size = wl_list_empty(&wlr->modes);
		to_mode(wlr->width, wlr->height, wlr->refresh, &input.current);
		const struct wlr_output_mode *mode;
		wl_list_for_each(mode, &wlr->modes, link) {
			if (input.mode_count < PVG_MAX_MODES && to_mode(mode->width, mode->height,
					mode->refresh, &modes[input.mode_count])) {
				input.mode_count++;
			}
		}
		cursor_plane_size(output, &input.cursor_width, &input.cursor_height);
	}
	struct pvg_display_desc desc;
	pk_desc_build(&input, &desc);
	pvg_display_set_desc(server->vm->device, port->index, &desc);
	port->described = true;
	pvg_info("display %u: described as %s, serial %08x, %ux%u mm, %u modes from %ux%u@%.3f",
		port->index, desc.name, desc.serial, desc.width_mm, desc.height_mm, desc.mode_count,
		desc.modes[0].width, desc.modes[0].height, desc.modes[0].refresh_mhz / 1000.0);
}

void pk_server_describe(struct pk_server *server) {
	wl_event_source_timer_update(server->desc_timer, 0);
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		struct pk_port *port = &server->ports[i];
		// Without any output port 0 stays up on a clock of its own (section 14.10): a VT
		// switch or a panel that is switched off must not take the guest's only display
		// away.
		if (port->output != NULL || i == 0) {
			describe_port(server, port);
		} else if (port->described) {
			pvg_display_set_desc(server->vm->device, i, NULL);
			port->described = false;
			pvg_info("display %u: unplugged", i);
		}
	}
}

void pk_server_describe_later(struct pk_server *server) {
	wl_event_source_timer_update(server->desc_timer, DEBOUNCE_MS);
}
