// SPDX-License-Identifier: GPL-2.0-or-later
#include "idle.h"

#include <stdint.h>

#include <pvg/device.h>

#include "idle-text.h"
#include "link.h"
#include "pixels.h"
#include "server.h"
#include "text.h"

#define INK 0xffb8c4d0u
#define TEXT_BYTES 1024

static struct pk_idle_state server_state(const struct pk_server *server) {
	struct pvg_counters counters;
	pvg_device_get_counters(server->vm->device, &counters);
	return (struct pk_idle_state){
		.socket = pk_link_path(server->link),
		.vm = server->vm_connected ? server->vm_name : NULL,
		.reason = server->idle_reason,
		.paused = !server->vm_running,
		.renderer_restarted = counters.gpu.contexts_lost > server->contexts_lost_seen,
	};
}

static void add_port(struct pk_idle_state *state, const struct pk_port *port) {
	state->registered = state->registered || port->state == PVG_DISPLAY_REGISTERED ||
		port->state == PVG_DISPLAY_PULSED;
	state->online = state->online || pk_port_online(port);
	state->asleep = state->asleep || port->asleep;
}

void pk_idle_text(const struct pk_server *server, const struct pk_output *output, char *text,
		size_t size) {
	struct pk_idle_state state = server_state(server);
	const struct pk_port *port = pk_output_source(output);
	state.no_display = port == NULL;
	if (port != NULL) {
		add_port(&state, port);
	}
	pk_idle_words(&state, text, size);
}

void pk_idle_server_text(const struct pk_server *server, char *text, size_t size) {
	struct pk_idle_state state = server_state(server);
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		add_port(&state, &server->ports[i]);
	}
	pk_idle_words(&state, text, size);
}

struct wlr_buffer *pk_idle_render(const char *text, int width, int height) {
	char lines[TEXT_BYTES];
	int scale = pk_text_fit(text, width, height, lines, sizeof(lines));
	struct pk_text_size size = pk_text_measure(lines);
	int columns = size.columns > 0 ? (int)size.columns : 1;
	uint32_t *pixels;
	int wide = columns * PK_TEXT_CELL_WIDTH * scale;
	struct wlr_buffer *buffer =
		pk_pixels_create(wide, (int)size.lines * PK_TEXT_LINE_HEIGHT * scale, &pixels);
	if (buffer != NULL) {
		pk_text_draw(lines, scale, true, INK, pixels, wide);
	}
	return buffer;
}
