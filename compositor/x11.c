// SPDX-License-Identifier: GPL-2.0-or-later
#include "x11.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xcb/res.h>
#include <xcb/xcb.h>

#include <pvg/log.h>

#include "compat.h"
#include "server.h"

#define TREE_DEPTH 4 // root, a window manager's frames, our windows
#define STATE_TOGGLE 2u
#define STATE_ADD 1u
#define SOURCE_APPLICATION 1u

struct pk_x11 {
	xcb_connection_t *connection; // owned
	xcb_window_t root;
	uint32_t id_mask, ids; // a window is wlroots' when its id without .id_mask is .ids
	xcb_atom_t net_supported, net_wm_state, net_wm_state_fullscreen;
};

static xcb_atom_t intern(struct pk_x11 *x11, const char *name) {
	xcb_intern_atom_reply_t *reply = xcb_intern_atom_reply(x11->connection,
		xcb_intern_atom(x11->connection, 0, (uint16_t)strlen(name), name), NULL);
	xcb_atom_t atom = reply != NULL ? reply->atom : XCB_ATOM_NONE;
	free(reply);
	return atom;
}

// wlroots' ids: those of this process' other connection.
static bool find_ids(struct pk_x11 *x11) {
	uint32_t own = xcb_get_setup(x11->connection)->resource_id_base;
	xcb_res_client_id_spec_t all = { .mask = XCB_RES_CLIENT_ID_MASK_LOCAL_CLIENT_PID };
	const xcb_query_extension_reply_t *extension =
		xcb_get_extension_data(x11->connection, &xcb_res_id);
	if (extension == NULL || !extension->present) {
		return false;
	}
	xcb_res_query_client_ids_reply_t *reply = xcb_res_query_client_ids_reply(x11->connection,
		xcb_res_query_client_ids(x11->connection, 1, &all), NULL);
	bool found = false;
	if (reply != NULL) {
		xcb_res_client_id_value_iterator_t each =
			xcb_res_query_client_ids_ids_iterator(reply);
		for (; each.rem > 0; xcb_res_client_id_value_next(&each)) {
			const uint32_t *value = xcb_res_client_id_value_value(each.data);
			if (xcb_res_client_id_value_value_length(each.data) == 1 &&
					*value == (uint32_t)getpid() &&
					each.data->spec.client != own) {
				x11->ids = each.data->spec.client & ~x11->id_mask;
				found = true;
			}
		}
	}
	free(reply);
	return found;
}

static bool is_ours(const struct pk_x11 *x11, xcb_window_t window) {
	return (window & ~x11->id_mask) == x11->ids;
}

static void dress(struct pk_x11 *x11, xcb_window_t window) {
	// Instance and class: desktops find the .desktop file and the icon by it.
	static const char class[] = "pvg-kiosk\0pvg-kiosk";
	xcb_change_property(x11->connection, XCB_PROP_MODE_REPLACE, window, XCB_ATOM_WM_CLASS,
		XCB_ATOM_STRING, 8, sizeof(class), class);
}

static bool wm_knows_fullscreen(struct pk_x11 *x11) {
	xcb_get_property_reply_t *reply = xcb_get_property_reply(x11->connection,
		xcb_get_property(x11->connection, 0, x11->root, x11->net_supported, XCB_ATOM_ATOM,
			0, 4096), NULL);
	bool knows = false;
	if (reply != NULL && reply->format == 32) {
		const xcb_atom_t *atoms = xcb_get_property_value(reply);
		size_t count = (size_t)xcb_get_property_value_length(reply) / sizeof(*atoms);
		for (size_t i = 0; i < count; i++) {
			knows |= atoms[i] == x11->net_wm_state_fullscreen;
		}
	}
	free(reply);
	return knows;
}

static void ask_fullscreen(struct pk_x11 *x11, xcb_window_t window, uint32_t action) {
	if (!wm_knows_fullscreen(x11)) {
		pvg_info("backend x11: no window manager that knows full screen");
		return;
	}
	xcb_client_message_event_t event = {
		.response_type = XCB_CLIENT_MESSAGE,
		.format = 32,
		.window = window,
		.type = x11->net_wm_state,
		.data.data32 = { action, x11->net_wm_state_fullscreen, 0, SOURCE_APPLICATION },
	};
	xcb_send_event(x11->connection, 0, x11->root,
		XCB_EVENT_MASK_SUBSTRUCTURE_REDIRECT | XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY,
		(const char *)&event);
}

// All windows of ours below @window, to @found; returns how many there are in it then.
static size_t find_windows(struct pk_x11 *x11, xcb_window_t window, int depth,
		xcb_window_t found[static PVG_MAX_PORTS], size_t count) {
	xcb_query_tree_reply_t *tree = xcb_query_tree_reply(x11->connection,
		xcb_query_tree(x11->connection, window), NULL);
	if (tree == NULL) {
		return count; // it is gone
	}
	const xcb_window_t *children = xcb_query_tree_children(tree);
	for (int i = 0; i < xcb_query_tree_children_length(tree); i++) {
		if (is_ours(x11, children[i])) {
			if (count < PVG_MAX_PORTS) {
				found[count++] = children[i];
			}
		} else if (depth > 1) {
			count = find_windows(x11, children[i], depth - 1, found, count);
		}
	}
	free(tree);
	return count;
}

static xcb_window_t focused_window(struct pk_x11 *x11) {
	xcb_get_input_focus_reply_t *focus = xcb_get_input_focus_reply(x11->connection,
		xcb_get_input_focus(x11->connection), NULL);
	xcb_window_t window = focus != NULL ? focus->focus : XCB_NONE;
	free(focus);
	if (is_ours(x11, window)) {
		return window;
	}
	// The keys follow the pointer, or a window manager's own window has them for us.
	window = x11->root;
	for (int depth = 0; depth < TREE_DEPTH && window != XCB_NONE; depth++) {
		xcb_query_pointer_reply_t *pointer = xcb_query_pointer_reply(x11->connection,
			xcb_query_pointer(x11->connection, window), NULL);
		window = pointer != NULL ? pointer->child : XCB_NONE;
		free(pointer);
		if (is_ours(x11, window)) {
			return window;
		}
	}
	return XCB_NONE;
}

void pk_x11_toggle_fullscreen(struct pk_x11 *x11) {
	xcb_generic_event_t *event;
	while (x11 != NULL && (event = xcb_poll_for_event(x11->connection)) != NULL) {
		free(event); // keymaps, which nobody asked for
	}
	xcb_window_t window = x11 != NULL ? focused_window(x11) : XCB_NONE;
	if (window != XCB_NONE) {
		ask_fullscreen(x11, window, STATE_TOGGLE);
		xcb_flush(x11->connection);
	}
}

static void adopt(struct pk_x11 *x11, bool fullscreen) {
	xcb_window_t windows[PVG_MAX_PORTS];
	size_t count = find_windows(x11, x11->root, TREE_DEPTH, windows, 0);
	for (size_t i = 0; i < count; i++) {
		dress(x11, windows[i]);
		if (fullscreen) {
			ask_fullscreen(x11, windows[i], STATE_ADD);
		}
	}
	xcb_flush(x11->connection);
}

void pk_x11_adopt(struct pk_x11 *x11) {
	if (x11 != NULL) {
		adopt(x11, false);
	}
}

struct pk_x11 *pk_x11_create(struct pk_server *server) {
	const struct pk_output *output;
	bool any = false;
	wl_list_for_each(output, &server->outputs, link) {
		any |= pk_compat_output_is_x11(output->wlr);
	}
	struct pk_x11 *x11 = any ? calloc(1, sizeof(*x11)) : NULL;
	if (x11 == NULL) {
		return NULL;
	}
	int number;
	x11->connection = xcb_connect(NULL, &number);
	if (xcb_connection_has_error(x11->connection) != 0) {
		pk_x11_destroy(x11);
		return NULL;
	}
	const xcb_setup_t *setup = xcb_get_setup(x11->connection);
	xcb_screen_iterator_t screen = xcb_setup_roots_iterator(setup);
	x11->root = screen.data->root; // wlroots takes the first one too
	x11->id_mask = setup->resource_id_mask;
	x11->net_supported = intern(x11, "_NET_SUPPORTED");
	x11->net_wm_state = intern(x11, "_NET_WM_STATE");
	x11->net_wm_state_fullscreen = intern(x11, "_NET_WM_STATE_FULLSCREEN");
	if (!find_ids(x11)) {
		pvg_info("backend x11: the server does not say whose windows are whose: full "
			 "screen is the window manager's own key");
		pk_x11_destroy(x11);
		return NULL;
	}
	adopt(x11, server->options->fullscreen);
	return x11;
}

void pk_x11_destroy(struct pk_x11 *x11) {
	if (x11 == NULL) {
		return;
	}
	xcb_disconnect(x11->connection); // takes one with an error too
	free(x11);
}
