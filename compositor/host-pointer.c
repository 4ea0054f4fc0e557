// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * In a window: whether the session's own pointer may show the guest's glyph (together.h), and who
 * has to hear when that changes. Screens have cursor planes instead.
 */
#include <pvg/log.h>

#include "seat-private.h"

// A pixel of the guest's, or of the host's, on both sides.
static int tolerance_of(const struct pk_output *output) {
	const struct pk_port *port = pk_output_source(output);
	if (port == NULL || port->shown == NULL) {
		return 2;
	}
	struct pk_rect rect = pk_output_picture(output);
	return 2 + 2 * rect.width / (int)port->shown->base.width;
}

static void look(struct pk_seat *seat) {
	const struct pk_output *output = pk_pointer_output(seat);
	struct pk_port *port = output != NULL ? pk_output_source(output) : NULL;
	bool before = seat->together.yes;
	int64_t now = pk_now_ns();
	if (port == NULL) {
		pk_together_forget(&seat->together);
		return;
	}
	int tolerance = tolerance_of(output);
	bool together = pk_together_judge(&seat->together, tolerance, now);
	int64_t deadline = pk_together_deadline(&seat->together, tolerance);
	if (deadline != INT64_MAX && !seat->together_armed) {
		int64_t ms = (deadline - now) / 1000000;
		seat->together_armed = true;
		wl_event_source_timer_update(seat->together_timer, ms > 0 ? (int)ms + 1 : 1);
	}
	if (together != before) {
		pvg_debug("pointer of display %u: %s", port->index,
			together ? "shown by the session around us"
				 : "drawn where the guest has it");
		pk_cursor_update(port);
	}
}

static int handle_timer(void *data) {
	struct pk_seat *seat = data;
	seat->together_armed = false;
	look(seat);
	return 0;
}

bool pk_seat_watch_host_pointer(struct pk_seat *seat) {
	seat->together_timer = wl_event_loop_add_timer(seat->server->loop, handle_timer, seat);
	return seat->together_timer != NULL;
}

void pk_seat_host_moved(struct pk_seat *seat, const struct pk_output *output) {
	if (!seat->server->nested) {
		return;
	}
	if (seat->together_output != output) {
		seat->together_output = output;
		pk_together_forget(&seat->together);
	}
	pk_together_host(&seat->together, (int)seat->cursor->x - output->lx,
		(int)seat->cursor->y - output->ly, pk_now_ns());
	look(seat);
}

void pk_seat_guest_moved(struct pk_seat *seat, const struct pk_port *port) {
	if (seat == NULL || !seat->server->nested || port->shown == NULL) {
		return;
	}
	const struct pk_output *output = pk_pointer_output(seat);
	if (output == NULL || output != seat->together_output ||
			pk_output_source(output) != port) {
		return;
	}
	struct pk_rect rect = pk_output_picture(output);
	int ox, oy;
	pk_map_to_output(&rect, (int)port->shown->base.width, (int)port->shown->base.height,
		port->cursor.state.x, port->cursor.state.y, &ox, &oy);
	pk_together_guest(&seat->together, ox, oy);
	look(seat);
}

void pk_seat_host_left(struct pk_seat *seat) {
	const struct pk_output *output = seat != NULL ? seat->together_output : NULL;
	if (output == NULL) {
		return;
	}
	bool before = seat->together.yes;
	seat->together_output = NULL;
	pk_together_forget(&seat->together);
	for (unsigned int i = 0; i < PVG_MAX_PORTS && before; i++) {
		pk_cursor_update(&seat->server->ports[i]);
	}
}

bool pk_seat_carries_pointer(const struct pk_seat *seat, const struct pk_output *output) {
	return seat != NULL && seat->together.yes && seat->together_output == output &&
		!seat->relative && pk_seat_guest_has_input(seat);
}
