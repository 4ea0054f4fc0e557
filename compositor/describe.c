// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tells the ports what their outputs are (spec 04 sections 3.5, 14.9, 14.10).
 */
#include "server.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <wlr/backend.h>
#include <wlr/backend/drm.h>
#include <xf86drm.h>

#include <pvg/log.h>

#include "desc.h"
#include "gamma.h"
#include "monitors.h"

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

static struct pvg_mode to_mode(int width, int height, uint32_t refresh_mhz) {
	return (struct pvg_mode){
		.width = (uint16_t)(width < PVG_MAX_SURFACE_EDGE ? width : PVG_MAX_SURFACE_EDGE),
		.height = (uint16_t)(height < PVG_MAX_SURFACE_EDGE ? height : PVG_MAX_SURFACE_EDGE),
		.refresh_mhz = refresh_mhz > 0 ? refresh_mhz : PK_PACING_DEFAULT_MHZ,
	};
}

static void copy_name(char *to, size_t size, const char *from) {
	snprintf(to, size, "%s", from != NULL ? from : "");
}

// @say: name the modes that are left out.
static void list_modes(const struct pk_output *output, struct pk_facts *facts, bool say) {
	struct wlr_output *wlr = output->wlr;
	struct wlr_output_mode *mode = wlr_output_preferred_mode(wlr);
	facts->native = facts->current;
	if (mode != NULL) {
		facts->native = to_mode(mode->width, mode->height, (uint32_t)mode->refresh);
		pk_modes_add(&facts->modes, mode->width, mode->height, mode->refresh);
	}
	wl_list_for_each(mode, &wlr->modes, link) {
		const char *why =
			pk_modes_add(&facts->modes, mode->width, mode->height, mode->refresh);
		if (why != NULL && say) {
			pvg_info("output %s: mode %dx%d@%.3f left out: %s", wlr->name, mode->width,
				mode->height, mode->refresh / 1000.0, why);
		}
	}
	if (output->wish.scaled_modes && !wl_list_empty(&wlr->modes)) {
		pk_modes_add_scaled(&facts->modes, &facts->native);
	}
}

static void collect(const struct pk_output *output, struct pk_facts *facts, bool say) {
	const struct wlr_output *wlr = output->wlr;
	*facts = (struct pk_facts){ .known = true };
	if (!output->server->nested) { // a window's names are its parent's version numbers
		copy_name(facts->make, sizeof(facts->make), wlr->make);
		copy_name(facts->model, sizeof(facts->model), wlr->model);
		copy_name(facts->serial, sizeof(facts->serial), wlr->serial);
	}
	copy_name(facts->connector, sizeof(facts->connector), wlr->name);
	facts->twin = output->panel != NULL && output->panel->twin;
	facts->phys_width_mm = wlr->phys_width;
	facts->phys_height_mm = wlr->phys_height;
	facts->ppi = output->wish.ppi;
	facts->any_size = wl_list_empty(&wlr->modes);
	struct pk_mode own = pk_monitors_own_mode(output);
	if (output->server->nested && output->server->options->window_resize == PK_RESIZE_SCALE) {
		own.width = output->first_width;
		own.height = output->first_height;
	}
	facts->current = to_mode(own.width, own.height, own.refresh_mhz);
	if (own.width <= 0 || own.height <= 0) {
		facts->current = to_mode(1920, 1080, 0);
	}
	list_modes(output, facts, say);
	cursor_plane_size(output, &facts->cursor_width, &facts->cursor_height);
}

void pk_describe_facts(const struct pk_output *output, struct pk_facts *facts) {
	collect(output, facts, false);
}

static bool same_description(const struct pvg_display_desc *a, const struct pvg_display_desc *b) {
	return a->serial == b->serial && strcmp(a->name, b->name) == 0 &&
		a->width_mm == b->width_mm && a->height_mm == b->height_mm &&
		a->cursor_max_width == b->cursor_max_width &&
		a->cursor_max_height == b->cursor_max_height &&
		a->gamma_entries == b->gamma_entries && a->mode_count == b->mode_count &&
		memcmp(a->modes, b->modes, a->mode_count * sizeof(a->modes[0])) == 0;
}

static void describe_port(struct pk_server *server, struct pk_port *port,
	struct pvg_display_desc *desc) {
	const struct pk_display_config *config = &server->options->display_configs[port->index];
	struct pk_facts *facts = &port->facts;
	if (port->output != NULL) {
		bool new_panel =
			!facts->known || strcmp(facts->connector, port->output->wlr->name) != 0;
		collect(port->output, facts, new_panel);
	}
	struct pvg_mode modes[PVG_MAX_MODES];
	struct pvg_mode configured[PK_MODE_LIST_MAX];
	for (size_t i = 0; i < facts->modes.count; i++) {
		modes[i] = facts->modes.entries[i].mode;
	}
	for (unsigned int i = 0; i < config->modes.count; i++) {
		const struct pk_mode *mode = &config->modes.modes[i];
		configured[i] = to_mode(mode->width, mode->height, mode->refresh_mhz);
	}
	bool own = server->user_mode_count == 0 && config->modes.count > 0;
	struct pk_desc_input input = {
		.port = port->index,
		.name = config->name,
		.make = facts->make,
		.model = facts->model,
		.serial = facts->serial,
		.connector = facts->connector,
		.twin = facts->twin,
		.current = facts->known ? facts->current : to_mode(1920, 1080, 0),
		.modes = modes,
		.mode_count = facts->modes.count,
		.user_modes = own ? configured : server->user_modes,
		.user_mode_count = own ? config->modes.count : server->user_mode_count,
		.any_size = !facts->known || facts->any_size,
		.phys_width_mm = facts->phys_width_mm,
		.phys_height_mm = facts->phys_height_mm,
		.ppi = facts->known ? facts->ppi : server->options->ppi,
		.cursor_width = facts->cursor_width,
		.cursor_height = facts->cursor_height,
	};
	memcpy(input.vm_uuid, server->vm_uuid, sizeof(input.vm_uuid));
	pk_desc_build(&input, desc);
	desc->gamma_entries = pk_gamma_entries(port->output);
	if (port->described && same_description(desc, &port->desc)) {
		return;
	}
	port->described = true;
	port->desc = *desc;
	pvg_info("display %u: described as %s, serial %08x, %ux%u mm, %u modes from %ux%u@%.3f",
		port->index, desc->name, desc->serial, desc->width_mm, desc->height_mm,
		desc->mode_count, desc->modes[0].width, desc->modes[0].height,
		desc->modes[0].refresh_mhz / 1000.0);
}

static bool is_there(const struct pk_server *server, const struct pk_port *port) {
	if (port->output != NULL) {
		return true;
	}
	const struct pk_options *options = server->options;
	unsigned int ports = options->displays != 0 ? options->displays : PVG_MAX_PORTS;
	return options->display_configs[port->index].park && port->index < ports &&
		(!server->vm_connected || port->index < server->vm_displays);
}

/*
 * The display that stays, on a clock of its own, when no output shows any: a VT switch or a panel
 * that is switched off must not take the guest's only display away (section 14.10).
 */
static struct pk_port *last_display(struct pk_server *server) {
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		if (is_there(server, &server->ports[i])) {
			return NULL;
		}
	}
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		if (server->ports[i].described &&
				(!server->vm_connected || i < server->vm_displays)) {
			return &server->ports[i];
		}
	}
	return &server->ports[0];
}

void pk_server_describe(struct pk_server *server) {
	wl_event_source_timer_update(server->desc_timer, 0);
	const struct pk_port *last = last_display(server);
	struct pvg_display_desc descs[PVG_MAX_PORTS];
	const struct pvg_display_desc *present[PVG_MAX_PORTS] = { NULL };
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		struct pk_port *port = &server->ports[i];
		if (port == last || is_there(server, port)) {
			describe_port(server, port, &descs[i]);
			present[i] = &descs[i];
		}
	}
	pvg_display_set_descs(server->vm->device, present);
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		struct pk_port *port = &server->ports[i];
		if (port->described && present[i] == NULL) {
			port->described = false;
			pvg_info("display %u: unplugged", i);
		}
	}
	pk_monitors_save_facts(server);
}

void pk_server_describe_later(struct pk_server *server) {
	wl_event_source_timer_update(server->desc_timer, DEBOUNCE_MS);
}
