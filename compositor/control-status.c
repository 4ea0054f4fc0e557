// SPDX-License-Identifier: GPL-2.0-or-later
#include "control.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <wayland-server-core.h>

#include "capture.h"
#include "idle.h"
#include "link.h"
#include "osd.h"
#include "pvg-control-v1-protocol.h"
#include "server.h"

// Fits a message with room for the other arguments.
#define TEXT_BYTES 512

// Strings from panels and parents are theirs: what is no printable ASCII does not go out.
static const char *plain(const char *text, char *out, size_t size) {
	size_t n = 0;
	for (; text != NULL && *text != '\0' && n + 1 < size; text++) {
		char c = *text == '\n' ? ' ' : *text;
		out[n++] = (char)(c >= ' ' && c <= '~' ? c : '?');
	}
	out[n] = '\0';
	return out;
}

static void send_kiosk(struct pk_server *server, struct wl_resource *resource) {
	char renderer[TEXT_BYTES], clean[TEXT_BYTES], socket[TEXT_BYTES];
	pk_vm_renderer_name(server->vm, renderer, sizeof(renderer));
	pvg_control_status_v1_send_kiosk(resource, PVG_PROJECT_VERSION, (uint32_t)getpid(),
		server->backend_name, plain(renderer, clean, sizeof(clean)),
		plain(pk_link_path(server->link), socket, sizeof(socket)),
		pk_osd_is_on(server->osd));
}

static void send_vm(struct pk_server *server, struct wl_resource *resource) {
	char uuid[37] = "", message[TEXT_BYTES], clean[TEXT_BYTES];
	uint32_t state = PVG_CONTROL_STATUS_V1_VM_STATE_NONE;
	if (server->vm_connected) {
		state = server->vm_running ? PVG_CONTROL_STATUS_V1_VM_STATE_RUNNING
					   : PVG_CONTROL_STATUS_V1_VM_STATE_PAUSED;
		size_t at = 0;
		for (size_t i = 0; i < sizeof(server->vm_uuid); i++) {
			const char *dash = i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "";
			at += (size_t)snprintf(uuid + at, sizeof(uuid) - at, "%s%02x", dash,
				server->vm_uuid[i]);
		}
	}
	pk_idle_server_text(server, message, sizeof(message));
	pvg_control_status_v1_send_vm(resource, state, server->vm_connected ? server->vm_name : "",
		uuid, server->vm_connected ? server->vm_displays : 0,
		plain(message, clean, sizeof(clean)));
}

static void send_mode(struct wl_resource *resource, int width, int height, int refresh,
		uint32_t flags) {
	pvg_control_status_v1_send_mode(resource, (uint32_t)width, (uint32_t)height,
		(uint32_t)refresh, flags);
}

static void send_output(struct pk_output *output, struct wl_resource *resource) {
	const struct wlr_output *wlr = output->wlr;
	char name[64], description[TEXT_BYTES];
	const struct pk_port *shown = pk_output_source(output);
	int refresh = wlr->refresh != 0 ? wlr->refresh : PK_PACING_DEFAULT_MHZ;
	pvg_control_status_v1_send_output(resource, plain(wlr->name, name, sizeof(name)),
		plain(wlr->description, description, sizeof(description)), wlr->enabled,
		(uint32_t)wlr->width, (uint32_t)wlr->height, (uint32_t)refresh,
		shown != NULL ? (int32_t)shown->index : -1,
		pk_indirect_name(output->indirect));
	const struct wlr_output_mode *mode;
	bool listed = false;
	wl_list_for_each(mode, &wlr->modes, link) {
		bool current = mode == wlr->current_mode;
		listed = listed || current;
		send_mode(resource, mode->width, mode->height, mode->refresh,
			(current ? PVG_CONTROL_STATUS_V1_MODE_FLAG_CURRENT : 0u) |
				(mode->preferred ? PVG_CONTROL_STATUS_V1_MODE_FLAG_PREFERRED : 0u));
	}
	if (!listed && wlr->width > 0) { // a window, or a mode that was made up
		send_mode(resource, wlr->width, wlr->height, refresh,
			PVG_CONTROL_STATUS_V1_MODE_FLAG_CURRENT);
	}
}

void pk_control_send_status(struct pk_server *server, struct wl_resource *resource) {
	send_kiosk(server, resource);
	send_vm(server, resource);
	pvg_control_status_v1_send_capture(resource, pk_capture_state(server->capture));
	struct pk_output *output;
	wl_list_for_each(output, &server->outputs, link) {
		send_output(output, resource);
	}
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		const struct pk_port *port = &server->ports[i];
		if (!port->described && port->output == NULL) {
			continue;
		}
		pvg_control_status_v1_send_display(resource, i,
			pvg_display_state_name(port->state), port->asleep,
			port->shown != NULL ? port->shown_width : 0,
			port->shown != NULL ? port->shown_height : 0,
			port->stats.flips != 0 ? pk_way_name(port->shown_way) : "");
	}
	pvg_control_status_v1_send_done(resource);
}
