// SPDX-License-Identifier: GPL-2.0-or-later
#include "xdg.h"

#include <stdlib.h>
#include <wlr/types/wlr_scene.h>
#include <wlr/types/wlr_server_decoration.h>
#include <wlr/types/wlr_xdg_shell.h>

#include <pvg/log.h>

#include "compat.h"
#include "seat.h"
#include "server.h"

struct pk_xdg {
	struct pk_server *server; // borrowed
	struct wl_list views;     // pk_view.link, newest first
	struct wl_listener new_toplevel, new_popup;
};

struct pk_view {
	struct wl_list link; // pk_xdg.views
	struct pk_xdg *xdg;
	struct wlr_xdg_toplevel *toplevel; // listened to
	struct wlr_scene_tree *tree;       // owned by the surface's scene helper
	bool mapped;
	struct wl_listener map, unmap, commit, destroy, request_fullscreen, request_maximize;
};

struct pk_popup {
	struct wlr_xdg_popup *popup; // listened to
	struct wl_listener commit, destroy;
};

static struct pk_output *first_output(const struct pk_xdg *xdg) {
	if (wl_list_empty(&xdg->server->outputs)) {
		return NULL;
	}
	struct pk_output *output = wl_container_of(xdg->server->outputs.next, output, link);
	return output;
}

bool pk_xdg_any_mapped(const struct pk_xdg *xdg) {
	const struct pk_view *view;
	if (xdg == NULL) {
		return false;
	}
	wl_list_for_each(view, &xdg->views, link) {
		if (view->mapped) {
			return true;
		}
	}
	return false;
}

struct wlr_surface *pk_xdg_focus(struct pk_xdg *xdg) {
	struct pk_view *view;
	wl_list_for_each(view, &xdg->views, link) {
		if (view->mapped) {
			return view->toplevel->base->surface;
		}
	}
	return NULL;
}

struct wlr_surface *pk_xdg_surface_at(struct pk_xdg *xdg, double lx, double ly, double *sx,
		double *sy) {
	struct wlr_scene_node *node =
		wlr_scene_node_at(&xdg->server->client_tree->node, lx, ly, sx, sy);
	if (node == NULL || node->type != WLR_SCENE_NODE_BUFFER) {
		return NULL;
	}
	struct wlr_scene_surface *surface =
		wlr_scene_surface_try_from_buffer(wlr_scene_buffer_from_node(node));
	return surface != NULL ? surface->surface : NULL;
}

// Windows that are larger than what was asked for, or smaller, are centred by their geometry.
static void view_place(struct pk_view *view) {
	const struct pk_output *output = first_output(view->xdg);
	if (output == NULL) {
		return;
	}
	struct wlr_box box;
	pk_compat_xdg_geometry(view->toplevel->base, &box);
	wlr_scene_node_set_position(&view->tree->node,
		output->lx + (output->wlr->width - box.width) / 2,
		output->ly + (output->wlr->height - box.height) / 2);
}

static void view_configure(struct pk_view *view) {
	const struct pk_output *output = first_output(view->xdg);
	if (output == NULL || !view->toplevel->base->initialized) {
		return;
	}
	if (view->toplevel->parent == NULL) {
		wlr_xdg_toplevel_set_size(view->toplevel, output->wlr->width, output->wlr->height);
		wlr_xdg_toplevel_set_fullscreen(view->toplevel, true);
	}
}

void pk_xdg_arrange(struct pk_xdg *xdg) {
	struct pk_view *view;
	if (xdg == NULL) {
		return;
	}
	wl_list_for_each(view, &xdg->views, link) {
		view_configure(view);
	}
}

static void activate_top(struct pk_xdg *xdg) {
	struct wlr_surface *top = pk_xdg_focus(xdg);
	struct pk_view *view;
	wl_list_for_each(view, &xdg->views, link) {
		if (view->mapped) {
			wlr_xdg_toplevel_set_activated(view->toplevel,
				view->toplevel->base->surface == top);
		}
	}
}

static void handle_view_map(struct wl_listener *listener, void *data) {
	struct pk_view *view = wl_container_of(listener, view, map);
	view->mapped = true;
	wlr_scene_node_raise_to_top(&view->tree->node);
	wl_list_remove(&view->link);
	wl_list_insert(&view->xdg->views, &view->link);
	pvg_info("window %s%s%s", view->toplevel->app_id != NULL ? view->toplevel->app_id : "",
		view->toplevel->title != NULL ? ": " : "",
		view->toplevel->title != NULL ? view->toplevel->title : "");
	view_place(view);
	activate_top(view->xdg);
	pk_server_update_view(view->xdg->server);
}

static void handle_view_unmap(struct wl_listener *listener, void *data) {
	struct pk_view *view = wl_container_of(listener, view, unmap);
	view->mapped = false;
	if (!pk_xdg_any_mapped(view->xdg)) {
		view->xdg->server->clients_first = false;
	}
	activate_top(view->xdg);
	pk_server_update_view(view->xdg->server);
}

static void handle_view_commit(struct wl_listener *listener, void *data) {
	struct pk_view *view = wl_container_of(listener, view, commit);
	if (view->toplevel->base->initial_commit) {
		wlr_xdg_toplevel_set_size(view->toplevel, 0, 0);
		view_configure(view);
	} else if (view->mapped) {
		view_place(view);
	}
}

static void handle_view_destroy(struct wl_listener *listener, void *data) {
	struct pk_view *view = wl_container_of(listener, view, destroy);
	wl_list_remove(&view->map.link);
	wl_list_remove(&view->unmap.link);
	wl_list_remove(&view->commit.link);
	wl_list_remove(&view->destroy.link);
	wl_list_remove(&view->request_fullscreen.link);
	wl_list_remove(&view->request_maximize.link);
	wl_list_remove(&view->link);
	free(view);
}

// Whatever a client asks for, it is told again what it has.
static void handle_view_request_fullscreen(struct wl_listener *listener, void *data) {
	struct pk_view *view = wl_container_of(listener, view, request_fullscreen);
	if (view->toplevel->base->initialized) {
		wlr_xdg_surface_schedule_configure(view->toplevel->base);
	}
}

static void handle_view_request_maximize(struct wl_listener *listener, void *data) {
	struct pk_view *view = wl_container_of(listener, view, request_maximize);
	if (view->toplevel->base->initialized) {
		wlr_xdg_surface_schedule_configure(view->toplevel->base);
	}
}

static void handle_new_toplevel(struct wl_listener *listener, void *data) {
	struct pk_xdg *xdg = wl_container_of(listener, xdg, new_toplevel);
	struct wlr_xdg_toplevel *toplevel = data;
	struct pk_view *view = calloc(1, sizeof(*view));
	if (view == NULL) {
		return;
	}
	view->xdg = xdg;
	view->toplevel = toplevel;
	view->tree = wlr_scene_xdg_surface_create(xdg->server->client_tree, toplevel->base);
	if (view->tree == NULL) {
		free(view);
		return;
	}
	toplevel->base->data = view->tree;
	view->map.notify = handle_view_map;
	wl_signal_add(&toplevel->base->surface->events.map, &view->map);
	view->unmap.notify = handle_view_unmap;
	wl_signal_add(&toplevel->base->surface->events.unmap, &view->unmap);
	view->commit.notify = handle_view_commit;
	wl_signal_add(&toplevel->base->surface->events.commit, &view->commit);
	view->destroy.notify = handle_view_destroy;
	wl_signal_add(&toplevel->events.destroy, &view->destroy);
	view->request_fullscreen.notify = handle_view_request_fullscreen;
	wl_signal_add(&toplevel->events.request_fullscreen, &view->request_fullscreen);
	view->request_maximize.notify = handle_view_request_maximize;
	wl_signal_add(&toplevel->events.request_maximize, &view->request_maximize);
	wl_list_insert(&xdg->views, &view->link);
}

static void handle_popup_commit(struct wl_listener *listener, void *data) {
	struct pk_popup *popup = wl_container_of(listener, popup, commit);
	if (popup->popup->base->initial_commit) {
		wlr_xdg_surface_schedule_configure(popup->popup->base);
	}
}

static void handle_popup_destroy(struct wl_listener *listener, void *data) {
	struct pk_popup *popup = wl_container_of(listener, popup, destroy);
	wl_list_remove(&popup->commit.link);
	wl_list_remove(&popup->destroy.link);
	free(popup);
}

static void handle_new_popup(struct wl_listener *listener, void *data) {
	struct wlr_xdg_popup *xdg_popup = data;
	struct wlr_xdg_surface *parent = xdg_popup->parent != NULL ?
		wlr_xdg_surface_try_from_wlr_surface(xdg_popup->parent) : NULL;
	struct pk_popup *popup = parent != NULL ? calloc(1, sizeof(*popup)) : NULL;
	if (popup == NULL) {
		return;
	}
	popup->popup = xdg_popup;
	xdg_popup->base->data = wlr_scene_xdg_surface_create(parent->data, xdg_popup->base);
	popup->commit.notify = handle_popup_commit;
	wl_signal_add(&xdg_popup->base->surface->events.commit, &popup->commit);
	popup->destroy.notify = handle_popup_destroy;
	wl_signal_add(&xdg_popup->events.destroy, &popup->destroy);
}

struct pk_xdg *pk_xdg_create(struct pk_server *server) {
	struct pk_xdg *xdg = calloc(1, sizeof(*xdg));
	if (xdg == NULL) {
		return NULL;
	}
	xdg->server = server;
	wl_list_init(&xdg->views);
	struct wlr_xdg_shell *shell = wlr_xdg_shell_create(server->display, 3);
	xdg->new_toplevel.notify = handle_new_toplevel;
	wl_signal_add(&shell->events.new_toplevel, &xdg->new_toplevel);
	xdg->new_popup.notify = handle_new_popup;
	wl_signal_add(&shell->events.new_popup, &xdg->new_popup);
	// A full screen window needs no title bar of anybody's.
	wlr_server_decoration_manager_set_default_mode(
		wlr_server_decoration_manager_create(server->display),
		WLR_SERVER_DECORATION_MANAGER_MODE_SERVER);
	return xdg;
}

void pk_xdg_destroy(struct pk_xdg *xdg) {
	if (xdg == NULL) {
		return;
	}
	wl_list_remove(&xdg->new_toplevel.link);
	wl_list_remove(&xdg->new_popup.link);
	free(xdg);
}
