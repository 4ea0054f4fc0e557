// SPDX-License-Identifier: GPL-2.0-or-later
#include "nested.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wayland-client.h>
#include <wlr/backend.h>
#include <wlr/backend/multi.h>
#include <wlr/backend/wayland.h>

#include <pvg/log.h>

#include "nested-private.h"
#include "seat.h"

#define APP_ID "pvg-kiosk" // the name of the .desktop file, too
#define OPEN_TIMEOUT_NS INT64_C(20000000000)
#define RESIZE_EVERY_MS 16 // a parent may say a hundred sizes a second
static struct pk_window *window_of(const struct pk_nested *nested, struct wlr_output *wlr) {
	if (nested == NULL || !wlr_output_is_wl(wlr)) {
		return NULL;
	}
	return pk_window_of_surface(nested, wlr_wl_output_get_surface(wlr));
}

struct pk_window *pk_window_of_surface(const struct pk_nested *nested,
		const struct wl_surface *surface) {
	struct pk_window *window;
	wl_list_for_each(window, &nested->windows, link) {
		if (surface != NULL && window->surface == surface) {
			return window;
		}
	}
	return NULL;
}

/* ---- sizes ----------------------------------------------------------------------------------- */

static int to_pixels(const struct pk_window *window, int units) {
	return (int)(((int64_t)units * window->scale + SCALE_ONE / 2) / SCALE_ONE);
}

bool pk_nested_size(const struct pk_nested *nested, struct wlr_output *wlr, int *width,
		int *height) {
	const struct pk_window *window = window_of(nested, wlr);
	if (window == NULL) {
		return false;
	}
	*width = to_pixels(window, window->width);
	*height = to_pixels(window, window->height);
	return true;
}

double pk_nested_scale(const struct pk_nested *nested, struct wlr_output *wlr) {
	const struct pk_window *window = window_of(nested, wlr);
	return window != NULL ? window->scale / (double)SCALE_ONE : 1;
}

static void window_update_viewport(struct pk_window *window) {
	if (window->viewport != NULL) {
		wp_viewport_set_destination(window->viewport, window->width, window->height);
	}
}

static void window_resize_soon(struct pk_window *window);

static int handle_resize(void *data) {
	struct pk_window *window = data;
	window->resize_armed = false;
	window->resized_ns = pk_now_ns();
	int width = to_pixels(window, window->width), height = to_pixels(window, window->height);
	if (window->wlr == NULL || window->wlr->data == NULL || !window->wlr->enabled) {
		return 0;
	}
	window_update_viewport(window);
	if (width == window->wlr->width && height == window->wlr->height) {
		// An answer all the same: parents wait for it before they go on resizing.
		wl_surface_commit(window->surface);
		return 0;
	}
	struct wlr_output_state state;
	wlr_output_state_init(&state);
	wlr_output_state_set_custom_mode(&state, width, height, 0);
	if (!pk_output_change(window->wlr->data, &state)) {
		window_resize_soon(window); // no memory, or no buffer that the parent gave back
	}
	wlr_output_state_finish(&state);
	return 0;
}

static void window_resize_soon(struct pk_window *window) {
	if (window->wlr == NULL || window->resize_armed) {
		return;
	}
	int64_t ms = RESIZE_EVERY_MS - (pk_now_ns() - window->resized_ns) / 1000000;
	window->resize_armed = true;
	wl_event_source_timer_update(window->resize_timer, ms > 1 ? (int)ms : 1);
}

static void handle_fractional_scale(void *data, struct wp_fractional_scale_v1 *fractional,
		uint32_t scale) {
	struct pk_window *window = data;
	if (scale == 0 || scale > 16 * SCALE_ONE || scale == window->scale) {
		return;
	}
	window->scale = scale;
	window_resize_soon(window);
}

static const struct wp_fractional_scale_v1_listener fractional_listener = {
	.preferred_scale = handle_fractional_scale,
};

/* ---- the window's life ----------------------------------------------------------------------- */

static void handle_toplevel_configure(void *data, struct xdg_toplevel *toplevel, int32_t width,
		int32_t height, struct wl_array *states) {
	struct pk_window *window = data;
	window->told_width = width;
	window->told_height = height;
	window->told_fullscreen = window->told_activated = false;
	const uint32_t *state;
	wl_array_for_each(state, states) {
		window->told_fullscreen |= *state == XDG_TOPLEVEL_STATE_FULLSCREEN;
		window->told_activated |= *state == XDG_TOPLEVEL_STATE_ACTIVATED;
	}
}

static void handle_surface_configure(void *data, struct xdg_surface *xdg_surface,
		uint32_t serial) {
	struct pk_window *window = data;
	xdg_surface_ack_configure(xdg_surface, serial);
	window->configured = true;
	window->fullscreen = window->told_fullscreen;
	window->activated = window->told_activated;
	if (window->told_width > 0 && window->told_height > 0 &&
			window->told_width <= PVG_MAX_SURFACE_EDGE &&
			window->told_height <= PVG_MAX_SURFACE_EDGE) {
		window->width = window->told_width;
		window->height = window->told_height;
	}
	window_resize_soon(window);
}

static void window_destroy(struct pk_window *window) {
	struct pk_nested *nested = window->nested;
	if (nested->pointed == window) {
		nested->pointed = NULL;
	}
	if (nested->touched == window) {
		nested->touched = NULL;
	}
	if (window->wlr != NULL) {
		wl_list_remove(&window->destroy.link);
		wl_list_remove(&window->commit.link);
	}
	wl_list_remove(&window->link);
	wl_event_source_remove(window->resize_timer);
	if (window->lock != NULL) {
		zwp_locked_pointer_v1_destroy(window->lock);
	}
	if (window->inhibitor != NULL) {
		zwp_keyboard_shortcuts_inhibitor_v1_destroy(window->inhibitor);
	}
	if (window->fractional != NULL) {
		wp_fractional_scale_v1_destroy(window->fractional);
	}
	if (window->viewport != NULL) {
		wp_viewport_destroy(window->viewport);
	}
	if (window->decoration != NULL) {
		zxdg_toplevel_decoration_v1_destroy(window->decoration);
	}
	xdg_toplevel_destroy(window->toplevel);
	xdg_surface_destroy(window->xdg_surface);
	if (window->surface != NULL) {
		wl_surface_destroy(window->surface);
	}
	free(window);
}

// A size that the user gave, not the parent.
static void handle_output_commit(struct wl_listener *listener, void *data) {
	struct pk_window *window = wl_container_of(listener, window, commit);
	const struct wlr_output_event_commit *event = data;
	const struct wlr_output *wlr = window->wlr;
	// Frames go on while a size of the parent's waits for its turn.
	if ((event->state->committed & WLR_OUTPUT_STATE_MODE) != 0 &&
			(wlr->width != to_pixels(window, window->width) ||
				wlr->height != to_pixels(window, window->height))) {
		window->width = (int)((unsigned int)wlr->width * SCALE_ONE / window->scale);
		window->height = (int)((unsigned int)wlr->height * SCALE_ONE / window->scale);
		window_update_viewport(window);
	}
}

static void handle_output_destroy(struct wl_listener *listener, void *data) {
	struct pk_window *window = wl_container_of(listener, window, destroy);
	window_destroy(window);
}

static void handle_toplevel_close(void *data, struct xdg_toplevel *toplevel) {
	struct pk_window *window = data;
	if (window->wlr != NULL) {
		wlr_output_destroy(window->wlr); // and with it the window
	}
}

static void handle_toplevel_bounds(void *data, struct xdg_toplevel *toplevel, int32_t width,
		int32_t height) {
	// the size is the guest's mode, or what the user drags
}

static void handle_toplevel_capabilities(void *data, struct xdg_toplevel *toplevel,
		struct wl_array *capabilities) {
	// a parent that knows no full screen leaves the request without an answer
}

static const struct xdg_toplevel_listener toplevel_listener = {
	.configure = handle_toplevel_configure,
	.close = handle_toplevel_close,
	.configure_bounds = handle_toplevel_bounds,
	.wm_capabilities = handle_toplevel_capabilities,
};

static const struct xdg_surface_listener xdg_surface_listener = {
	.configure = handle_surface_configure,
};

static void window_decorate(struct pk_window *window) {
	const struct pk_nested *nested = window->nested;
	if (nested->decorations != NULL) {
		window->decoration = zxdg_decoration_manager_v1_get_toplevel_decoration(
			nested->decorations, window->toplevel);
		zxdg_toplevel_decoration_v1_set_mode(window->decoration,
			ZXDG_TOPLEVEL_DECORATION_V1_MODE_SERVER_SIDE);
	}
	if (nested->icons != NULL) {
		struct xdg_toplevel_icon_v1 *icon =
			xdg_toplevel_icon_manager_v1_create_icon(nested->icons);
		xdg_toplevel_icon_v1_set_name(icon, APP_ID);
		xdg_toplevel_icon_manager_v1_set_icon(nested->icons, window->toplevel, icon);
		xdg_toplevel_icon_v1_destroy(icon);
	}
	if (nested->viewporter != NULL && nested->fractional != NULL) {
		window->viewport =
			wp_viewporter_get_viewport(nested->viewporter, window->surface);
		window->fractional = wp_fractional_scale_manager_v1_get_fractional_scale(
			nested->fractional, window->surface);
		wp_fractional_scale_v1_add_listener(window->fractional, &fractional_listener,
			window);
	}
	xdg_toplevel_set_title(window->toplevel, APP_ID);
	xdg_toplevel_set_app_id(window->toplevel, APP_ID);
	xdg_toplevel_set_min_size(window->toplevel, 160, 120);
	if (nested->server->options->fullscreen) {
		xdg_toplevel_set_fullscreen(window->toplevel, NULL);
	}
}

static struct pk_window *window_create(struct pk_nested *nested, unsigned int number) {
	struct pk_window *window = calloc(1, sizeof(*window));
	if (window == NULL) {
		return NULL;
	}
	char name[16]; // what wlroots calls the output of the first window of this number
	snprintf(name, sizeof(name), "WL-%u", number + 1);
	struct pk_output_config wish;
	pk_options_wish(nested->server->options, name, NULL, NULL, NULL, &wish);
	const struct pk_mode *mode = &wish.mode;
	window->nested = nested;
	window->number = number;
	window->scale = SCALE_ONE;
	window->width = mode->width > 0 ? mode->width : 1280;
	window->height = mode->width > 0 ? mode->height : 720;
	window->resize_timer =
		wl_event_loop_add_timer(nested->server->loop, handle_resize, window);
	if (window->resize_timer == NULL) {
		free(window);
		return NULL;
	}
	window->surface = wl_compositor_create_surface(nested->compositor);
	window->xdg_surface = xdg_wm_base_get_xdg_surface(nested->wm_base, window->surface);
	xdg_surface_add_listener(window->xdg_surface, &xdg_surface_listener, window);
	window->toplevel = xdg_surface_get_toplevel(window->xdg_surface);
	xdg_toplevel_add_listener(window->toplevel, &toplevel_listener, window);
	struct wl_list *at = nested->windows.prev;
	while (at != &nested->windows) {
		const struct pk_window *before = wl_container_of(at, before, link);
		if (before->number < number) {
			break;
		}
		at = at->prev;
	}
	wl_list_insert(at, &window->link);
	window_decorate(window);
	wl_surface_commit(window->surface); // without a picture: asks for the first size
	return window;
}

// Dispatches the connection until every window has its first size. The parent may be slow or gone.
static bool wait_for_sizes(struct pk_nested *nested) {
	int64_t deadline = pk_now_ns() + OPEN_TIMEOUT_NS;
	for (;;) {
		bool all = true;
		const struct pk_window *window;
		wl_list_for_each(window, &nested->windows, link) {
			all = all && window->configured;
		}
		if (all) {
			return true;
		}
		if (wl_display_prepare_read(nested->display) != 0) {
			if (wl_display_dispatch_pending(nested->display) < 0) {
				return false;
			}
			continue;
		}
		wl_display_flush(nested->display);
		struct pollfd fd = { .fd = wl_display_get_fd(nested->display), .events = POLLIN };
		int64_t left = deadline - pk_now_ns();
		if (left <= 0 || poll(&fd, 1, (int)(left / 1000000) + 1) <= 0) {
			wl_display_cancel_read(nested->display);
			if (left <= 0) {
				return false;
			}
		} else if (wl_display_read_events(nested->display) < 0 ||
				wl_display_dispatch_pending(nested->display) < 0) {
			return false;
		}
	}
}

static bool window_start(struct pk_window *window) {
	struct pk_nested *nested = window->nested;
	window_update_viewport(window);
	// The server hears of the output in here, and asks for its size.
	struct wlr_output *wlr =
		wlr_wl_output_create_from_surface(nested->backend, window->surface);
	if (wlr == NULL) {
		window->surface = NULL; // it went with the failure
		return false;
	}
	window->wlr = wlr;
	window->destroy.notify = handle_output_destroy;
	wl_signal_add(&wlr->events.destroy, &window->destroy);
	window->commit.notify = handle_output_commit;
	wl_signal_add(&wlr->events.commit, &window->commit);
	return true;
}

static bool has_number(const struct pk_nested *nested, unsigned int number) {
	const struct pk_window *window;
	wl_list_for_each(window, &nested->windows, link) {
		if (window->number == number) {
			return true;
		}
	}
	return false;
}

bool pk_nested_open(struct pk_nested *nested) {
	if (nested == NULL || nested->backend == NULL) {
		return false;
	}
	for (unsigned int i = 0; i < nested->wanted; i++) {
		if (!has_number(nested, i) && window_create(nested, i) == NULL) {
			return false;
		}
	}
	if (!wait_for_sizes(nested)) {
		pvg_error("the parent compositor did not give our windows a size");
		return false;
	}
	struct pk_window *window, *tmp;
	wl_list_for_each_safe(window, tmp, &nested->windows, link) {
		if (window->wlr == NULL && !window_start(window)) {
			window_destroy(window);
		}
	}
	return !wl_list_empty(&nested->windows);
}

/* ---- titles and full screen ------------------------------------------------------------------ */

void pk_nested_set_title(struct pk_nested *nested, struct wlr_output *wlr, const char *title) {
	struct pk_window *window = window_of(nested, wlr);
	if (window != NULL) {
		xdg_toplevel_set_title(window->toplevel, title);
	}
}

void pk_nested_toggle_fullscreen(struct pk_nested *nested) {
	struct pk_window *window, *chosen = NULL;
	if (nested == NULL || wl_list_empty(&nested->windows)) {
		return;
	}
	wl_list_for_each(window, &nested->windows, link) {
		if (window->activated || chosen == NULL) {
			chosen = window;
		}
	}
	if (chosen->fullscreen) {
		xdg_toplevel_unset_fullscreen(chosen->toplevel);
	} else {
		xdg_toplevel_set_fullscreen(chosen->toplevel, NULL);
	}
	wl_display_flush(nested->display);
}

/* ---- set up ---------------------------------------------------------------------------------- */

static void find_wayland(struct wlr_backend *backend, void *data) {
	struct wlr_backend **found = data;
	if (wlr_backend_is_wl(backend)) {
		*found = backend;
	}
}

// The connection goes away after this: our ends of it first.
static void nested_disconnect(struct pk_nested *nested) {
	struct pk_window *window, *tmp;
	wl_list_for_each_safe(window, tmp, &nested->windows, link) {
		window_destroy(window);
	}
	pk_nested_drop_globals(nested);
	wl_list_remove(&nested->backend_destroy.link);
	nested->backend = NULL;
	nested->display = NULL;
}

static void handle_backend_destroy(struct wl_listener *listener, void *data) {
	struct pk_nested *nested = wl_container_of(listener, nested, backend_destroy);
	nested_disconnect(nested);
}

struct pk_nested *pk_nested_create(struct pk_server *server, unsigned int windows) {
	struct wlr_backend *backend = NULL;
	wlr_multi_for_each_backend(server->backend, find_wayland, &backend);
	struct pk_nested *nested = backend != NULL ? calloc(1, sizeof(*nested)) : NULL;
	if (nested == NULL) {
		return NULL;
	}
	nested->server = server;
	nested->backend = backend;
	nested->display = wlr_wl_backend_get_remote_display(backend);
	nested->wanted = windows;
	wl_list_init(&nested->windows);
	nested->backend_destroy.notify = handle_backend_destroy;
	wl_signal_add(&backend->events.destroy, &nested->backend_destroy);
	if (!pk_nested_bind_globals(nested)) {
		pvg_error("the parent compositor has no windows (xdg-shell)");
		pk_nested_destroy(nested);
		return NULL;
	}
	return nested;
}

void pk_nested_destroy(struct pk_nested *nested) {
	if (nested == NULL) {
		return;
	}
	if (nested->backend != NULL) {
		nested_disconnect(nested);
	}
	free(nested);
}
