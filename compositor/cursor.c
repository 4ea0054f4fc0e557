// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest's pointer: on the cursor plane of a KMS output when the picture is shown one to one,
 * otherwise a node of the scene above the picture, so that windows and captures show it
 * (spec 04 sections 11 and 14.11). A moved pointer never delays a frame: see may_wait in output.c.
 */
#include "server.h"

#include <string.h>

#include <pvg/log.h>

#include "pixels.h"
#include "seat.h"

bool pk_cursor_init(struct pk_port *port, struct pk_output *output) {
	struct pk_cursor *cursor = &port->cursor;
	cursor->node = wlr_scene_buffer_create(output->tree, NULL);
	if (cursor->node != NULL) {
		wlr_scene_node_set_enabled(&cursor->node->node, false);
	}
	cursor->plane = output->plane_cursor ? wlr_output_cursor_create(output->wlr) : NULL;
	cursor->plane_has_glyph = false;
	return cursor->node != NULL;
}

// The output and its tree go away; the glyph stays for the next one.
void pk_cursor_finish(struct pk_port *port) {
	struct pk_cursor *cursor = &port->cursor;
	if (cursor->plane != NULL) {
		wlr_output_cursor_destroy(cursor->plane);
		cursor->plane = NULL;
	}
	cursor->plane_has_glyph = false;
	if (cursor->node != NULL) {
		wlr_scene_node_destroy(&cursor->node->node);
		cursor->node = NULL;
	}
}

static bool cursor_is_shown(const struct pk_port *port) {
	return port->output != NULL && port->shown != NULL && port->cursor.state.visible &&
		port->cursor.glyph != NULL && !pk_server_shows_clients(port->server);
}

static bool cursor_fits_plane(const struct pk_port *port) {
	const struct pk_image *image = port->shown;
	if (port->cursor.plane == NULL || image == NULL) {
		return false;
	}
	struct pk_rect rect = pk_output_picture(port->output);
	return rect.width == (int)image->base.width && rect.height == (int)image->base.height;
}

bool pk_cursor_is_composited(const struct pk_port *port) {
	if (!cursor_is_shown(port)) {
		return false;
	}
	// A plane that refuses the glyph falls back to drawing, inside wlroots.
	return !cursor_fits_plane(port) || port->output->wlr->hardware_cursor != port->cursor.plane;
}

static void hide_plane(struct pk_cursor *cursor) {
	if (cursor->plane != NULL && cursor->plane_has_glyph) {
		wlr_output_cursor_set_buffer(cursor->plane, NULL, 0, 0);
		cursor->plane_has_glyph = false;
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

// On another output that shows the same display it is always drawn.
static void update_mirror(struct pk_port *port, struct pk_output *output) {
	if (!cursor_is_shown(port)) {
		if (output->mirror_cursor != NULL) {
			wlr_scene_node_set_enabled(&output->mirror_cursor->node, false);
		}
		return;
	}
	if (output->mirror_cursor == NULL) {
		output->mirror_cursor = wlr_scene_buffer_create(output->tree, NULL);
		if (output->mirror_cursor == NULL) {
			return;
		}
	}
	struct pk_rect rect = pk_output_picture(output);
	int ox, oy;
	pk_map_to_output(&rect, (int)port->shown->base.width, (int)port->shown->base.height,
		port->cursor.state.x, port->cursor.state.y, &ox, &oy);
	draw(output->mirror_cursor, port, &rect, ox, oy);
}

void pk_cursor_unmirror(struct pk_output *output) {
	if (output->mirror_cursor != NULL) {
		wlr_scene_node_destroy(&output->mirror_cursor->node);
		output->mirror_cursor = NULL;
	}
}

static void update_own(struct pk_port *port) {
	struct pk_cursor *cursor = &port->cursor;
	if (port->output == NULL || cursor->node == NULL) {
		return;
	}
	struct wlr_scene_node *node = &cursor->node->node;
	if (!cursor_is_shown(port)) {
		hide_plane(cursor);
		wlr_scene_node_set_enabled(node, false);
		return;
	}
	struct pk_rect rect = pk_output_picture(port->output);
	int ox, oy;
	pk_map_to_output(&rect, (int)port->shown->base.width, (int)port->shown->base.height,
		cursor->state.x, cursor->state.y, &ox, &oy);
	if (cursor_fits_plane(port)) {
		wlr_scene_node_set_enabled(node, false);
		wlr_output_cursor_move(cursor->plane, ox, oy);
		if (!cursor->plane_has_glyph) {
			free_plane(port->output->wlr);
			cursor->plane_has_glyph = wlr_output_cursor_set_buffer(cursor->plane,
				cursor->glyph, (int)cursor->hot_x, (int)cursor->hot_y);
		}
		return;
	}
	hide_plane(cursor);
	draw(cursor->node, port, &rect, ox, oy);
}

void pk_cursor_update(struct pk_port *port) {
	update_own(port);
	struct pk_output *output;
	wl_list_for_each(output, &port->server->outputs, link) {
		if (output->mirror == port) {
			update_mirror(port, output);
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
	hide_plane(cursor);
	if (cursor->node != NULL) {
		wlr_scene_buffer_set_buffer(cursor->node, NULL);
	}
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
	if (changed) {
		pk_seat_guest_pointer(port->server->seat);
	}
}
