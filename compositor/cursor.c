// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest's pointer: on the cursor plane of a KMS output when the picture is shown one to one,
 * otherwise a node of the scene above the picture, so that windows and captures show it
 * (spec 04 sections 11 and 14.11). A moved pointer never delays a frame: see may_wait in output.c.
 */
#include "server.h"

#include <string.h>

#include <pvg/log.h>

#include "nested.h"
#include "pixels.h"
#include "seat.h"

void pk_cursor_enter(struct pk_output *output) {
	struct pk_cursor_view *view = &output->cursor;
	view->node = wlr_scene_buffer_create(output->tree, NULL);
	if (view->node != NULL) {
		wlr_scene_node_set_enabled(&view->node->node, false);
	}
	view->plane = output->plane_cursor ? wlr_output_cursor_create(output->wlr) : NULL;
	view->plane_has_glyph = false;
}

// The output may go away, and its tree with it; the glyph stays for the next one.
void pk_cursor_leave(struct pk_output *output) {
	struct pk_cursor_view *view = &output->cursor;
	if (view->plane != NULL) {
		wlr_output_cursor_destroy(view->plane);
	}
	if (view->node != NULL) {
		wlr_scene_node_destroy(&view->node->node);
	}
	if (view->carried) {
		pk_nested_hide_cursor(output->server->parent, output->wlr);
	}
	*view = (struct pk_cursor_view){ 0 };
}

static bool cursor_is_shown(const struct pk_port *port) {
	return port->shown != NULL && port->cursor.state.visible && port->cursor.glyph != NULL &&
		!pk_server_shows_clients(port->server);
}

static bool cursor_fits_plane(const struct pk_output *output) {
	const struct pk_port *port = pk_output_source(output);
	if (output->cursor.plane == NULL || port == NULL || port->shown == NULL) {
		return false;
	}
	if (output->server->nested && !pk_seat_carries_pointer(output->server->seat, output)) {
		return false; // the plane is the session's pointer, wherever that is
	}
	const struct pk_image *image = port->shown;
	struct pk_rect rect = pk_output_picture(output);
	return rect.width == (int)image->base.width && rect.height == (int)image->base.height;
}

static void hide_plane(struct pk_cursor_view *view) {
	if (view->plane != NULL && view->plane_has_glyph) {
		wlr_output_cursor_set_buffer(view->plane, NULL, 0, 0);
		view->plane_has_glyph = false;
	}
}

/*
 * wlroots leaves the plane with the pointer that had it last, even when that one shows nothing, and
 * refuses it to any other.
 */
static void free_plane(struct wlr_output *wlr) {
	if (wlr->hardware_cursor != NULL && !wlr->hardware_cursor->enabled) {
		wlr->hardware_cursor = NULL;
	}
}

static void take_plane(struct pk_output *output, const struct pk_cursor *cursor) {
	struct pk_cursor_view *view = &output->cursor;
	free_plane(output->wlr);
	view->plane_has_glyph = wlr_output_cursor_set_buffer(view->plane, cursor->glyph,
		(int)cursor->hot_x, (int)cursor->hot_y);
	view->plane_refused = output->wlr->hardware_cursor != view->plane &&
		output->wlr->software_cursor_locks == 0;
}

// Captures with the pointer have it drawn meanwhile; wlroots leaves it at that when they end.
static void retake_plane(struct pk_output *output, const struct pk_cursor *cursor) {
	const struct pk_cursor_view *view = &output->cursor;
	if (view->plane_has_glyph && !view->plane_refused &&
			output->wlr->hardware_cursor != view->plane &&
			output->wlr->software_cursor_locks == 0) {
		take_plane(output, cursor);
	}
}

bool pk_cursor_is_composited(struct pk_output *output) {
	const struct pk_port *port = pk_output_source(output);
	if (port == NULL || !cursor_is_shown(port) || output->cursor.carried) {
		return false;
	}
	if (!cursor_fits_plane(output)) {
		return true;
	}
	retake_plane(output, &port->cursor);
	// A plane that refuses the glyph falls back to drawing, inside wlroots.
	return output->wlr->hardware_cursor != output->cursor.plane;
}

// Scaled like the picture; small glyphs stay visible.
static void draw(struct wlr_scene_buffer *node, const struct pk_port *port,
	const struct pk_rect *rect, int ox, int oy) {
	const struct pk_cursor *cursor = &port->cursor;
	int64_t width = (int64_t)cursor->width * rect->width / port->shown->base.width;
	int64_t height = (int64_t)cursor->height * rect->height / port->shown->base.height;
	int hot_x = (int)((int64_t)cursor->hot_x * rect->width / port->shown->base.width);
	int hot_y = (int)((int64_t)cursor->hot_y * rect->height / port->shown->base.height);
	if (node->buffer != cursor->glyph) {
		wlr_scene_buffer_set_buffer(node, cursor->glyph);
	}
	wlr_scene_buffer_set_dest_size(node, width > 1 ? (int)width : 1,
		height > 1 ? (int)height : 1);
	wlr_scene_node_set_position(&node->node, ox - hot_x, oy - hot_y);
	wlr_scene_node_raise_to_top(&node->node);
	wlr_scene_node_set_enabled(&node->node, true);
}

// As the pointer of the session around us, which is where the guest's is.
static bool carry(struct pk_output *output, const struct pk_port *port,
	const struct pk_rect *rect) {
	const struct pk_cursor *cursor = &port->cursor;
	if (output->server->parent == NULL || output->server->options->no_cursor_plane ||
			output->wlr->software_cursor_locks > 0 || // a capture with the pointer
			!pk_seat_carries_pointer(output->server->seat, output)) {
		return false;
	}
	double x = (double)rect->width / port->shown->base.width;
	double y = (double)rect->height / port->shown->base.height;
	const struct pk_nested_glyph glyph = {
		.buffer = cursor->glyph,
		.width = cursor->width * x,
		.height = cursor->height * y,
		.hot_x = cursor->hot_x * x,
		.hot_y = cursor->hot_y * y,
	};
	return pk_nested_set_cursor(output->server->parent, output->wlr, &glyph);
}

static void set_carried(struct pk_output *output, bool carried) {
	if (output->cursor.carried && !carried) {
		pk_nested_hide_cursor(output->server->parent, output->wlr);
	}
	output->cursor.carried = carried;
}

static void update(struct pk_output *output, const struct pk_port *port) {
	struct pk_cursor_view *view = &output->cursor;
	const struct pk_cursor *cursor = &port->cursor;
	if (view->node == NULL) {
		return;
	}
	struct wlr_scene_node *node = &view->node->node;
	if (!cursor_is_shown(port)) {
		set_carried(output, false);
		hide_plane(view);
		wlr_scene_node_set_enabled(node, false);
		return;
	}
	struct pk_rect rect = pk_output_picture(output);
	int ox, oy;
	pk_map_to_output(&rect, (int)port->shown->base.width, (int)port->shown->base.height,
		cursor->state.x, cursor->state.y, &ox, &oy);
	set_carried(output, carry(output, port, &rect));
	if (output->cursor.carried) {
		wlr_scene_node_set_enabled(node, false);
		return;
	}
	if (cursor_fits_plane(output)) {
		wlr_scene_node_set_enabled(node, false);
		wlr_output_cursor_move(view->plane, ox, oy);
		if (!view->plane_has_glyph) {
			take_plane(output, cursor);
		}
		return;
	}
	hide_plane(view);
	draw(view->node, port, &rect, ox, oy);
}

void pk_cursor_update(struct pk_port *port) {
	struct pk_output *output;
	wl_list_for_each(output, &port->server->outputs, link) {
		if (pk_output_source(output) != port) {
			continue;
		}
		update(output, port);
		if (output->mirror != NULL) {
			pk_output_schedule_repaint(output); // nobody else looks at it
		}
	}
}

void pk_cursor_before_commit(struct pk_output *output) {
	const struct pk_port *port = pk_output_source(output);
	if (port != NULL && output->cursor.carried && output->wlr->software_cursor_locks > 0) {
		update(output, port);
	}
}

// The old one is nowhere any more.
static void take_off(struct pk_port *port) {
	struct pk_output *output;
	wl_list_for_each(output, &port->server->outputs, link) {
		if (pk_output_source(output) == port && output->cursor.node != NULL) {
			hide_plane(&output->cursor);
			wlr_scene_buffer_set_buffer(output->cursor.node, NULL);
		}
	}
}

void pk_cursor_set_glyph(struct pk_port *port, const struct pk_glyph *glyph) {
	struct pk_cursor *cursor = &port->cursor;
	struct wlr_buffer *buffer = NULL;
	if (glyph != NULL) {
		uint32_t *pixels;
		buffer = pk_pixels_create((int)glyph->width, (int)glyph->height, &pixels);
		if (buffer == NULL) {
			return; // the old one stays
		}
		memcpy(pixels, glyph->pixels,
			(size_t)glyph->width * glyph->height * sizeof(*pixels));
		cursor->width = glyph->width;
		cursor->height = glyph->height;
		cursor->hot_x = glyph->hot_x;
		cursor->hot_y = glyph->hot_y;
	}
	take_off(port);
	if (cursor->glyph != NULL) {
		wlr_buffer_drop(cursor->glyph);
	}
	cursor->glyph = buffer;
	pk_cursor_update(port);
}

void pk_cursor_set_state(struct pk_port *port, const struct pvg_cursor_state *state) {
	bool changed = state->visible != port->cursor.state.visible;
	port->cursor.state = *state;
	pk_cursor_update(port);
	pk_seat_guest_moved(port->server->seat, port);
	if (changed) {
		pk_seat_guest_pointer(port->server->seat);
	}
}
