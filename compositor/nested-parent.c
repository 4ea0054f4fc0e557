// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the parent compositor offers, and its seat as far as wlroots' backend does not read it:
 * which window the pointer is in, fingers, the lock of the pointer, the parent's own shortcuts.
 */
#include <string.h>

#include <pvg/log.h>

#include "nested-private.h"
#include "seat.h"

/* ---- pointer --------------------------------------------------------------------------------- */

static void handle_enter(void *data, struct wl_pointer *pointer, uint32_t serial,
		struct wl_surface *surface, wl_fixed_t sx, wl_fixed_t sy) {
	struct pk_nested *nested = data;
	nested->pointed = pk_window_of_surface(nested, surface);
	nested->pointer_serial = serial;
	pk_seat_host_left(nested->server->seat); // it comes back with the first motion
}

static void handle_leave(void *data, struct wl_pointer *pointer, uint32_t serial,
		struct wl_surface *surface) {
	struct pk_nested *nested = data;
	nested->pointed = NULL;
	pk_seat_host_left(nested->server->seat);
}

// wlroots' own pointer object gets these too, and hands them on.
static void ignore_motion(void *data, struct wl_pointer *pointer, uint32_t time, wl_fixed_t sx,
		wl_fixed_t sy) {
}

static void ignore_button(void *data, struct wl_pointer *pointer, uint32_t serial, uint32_t time,
		uint32_t button, uint32_t state) {
}

static void ignore_axis(void *data, struct wl_pointer *pointer, uint32_t time, uint32_t axis,
		wl_fixed_t value) {
}

static void ignore_frame(void *data, struct wl_pointer *pointer) {
}

static void ignore_source(void *data, struct wl_pointer *pointer, uint32_t source) {
}

static void ignore_stop(void *data, struct wl_pointer *pointer, uint32_t time, uint32_t axis) {
}

static void ignore_discrete(void *data, struct wl_pointer *pointer, uint32_t axis,
		int32_t discrete) {
}

static const struct wl_pointer_listener pointer_listener = { // of version 5
	.enter = handle_enter,
	.leave = handle_leave,
	.motion = ignore_motion,
	.button = ignore_button,
	.axis = ignore_axis,
	.frame = ignore_frame,
	.axis_source = ignore_source,
	.axis_stop = ignore_stop,
	.axis_discrete = ignore_discrete,
};

bool pk_nested_has_relative_motion(const struct pk_nested *nested) {
	return nested != NULL && nested->has_relative;
}

static struct pk_window *locked_window(const struct pk_nested *nested) {
	struct pk_window *window;
	if (nested == NULL) {
		return NULL;
	}
	wl_list_for_each(window, &nested->windows, link) {
		if (window->lock != NULL) {
			return window;
		}
	}
	return NULL;
}

static void handle_locked(void *data, struct zwp_locked_pointer_v1 *lock) {
	struct pk_window *window = data;
	window->locked = true;
	pvg_debug("the parent has locked its pointer");
	pk_server_update_titles(window->nested->server);
}

static void handle_unlocked(void *data, struct zwp_locked_pointer_v1 *lock) {
	struct pk_window *window = data;
	window->locked = false; // until the window has the focus again
	pk_server_update_titles(window->nested->server);
}

static const struct zwp_locked_pointer_v1_listener lock_listener = {
	.locked = handle_locked,
	.unlocked = handle_unlocked,
};

void pk_nested_lock_pointer(struct pk_nested *nested) {
	if (nested == NULL || nested->constraints == NULL || nested->pointer == NULL ||
			nested->pointed == NULL || !nested->has_relative ||
			locked_window(nested) != NULL) {
		return;
	}
	struct pk_window *window = nested->pointed;
	window->lock = zwp_pointer_constraints_v1_lock_pointer(nested->constraints, window->surface,
		nested->pointer, NULL, ZWP_POINTER_CONSTRAINTS_V1_LIFETIME_PERSISTENT);
	zwp_locked_pointer_v1_add_listener(window->lock, &lock_listener, window);
	wl_display_flush(nested->display);
}

void pk_nested_unlock_pointer(struct pk_nested *nested) {
	struct pk_window *window = locked_window(nested);
	if (window == NULL) {
		return;
	}
	zwp_locked_pointer_v1_destroy(window->lock);
	window->lock = NULL;
	window->locked = false;
	pvg_debug("the parent's pointer is let go");
	wl_display_flush(nested->display);
	pk_server_update_titles(nested->server);
}

bool pk_nested_pointer_is_locked(const struct pk_nested *nested) {
	const struct pk_window *window = locked_window(nested);
	return window != NULL && window->locked;
}

void pk_nested_hint_pointer(struct pk_nested *nested, const struct pk_output *output, int ox,
		int oy) {
	struct pk_window *window = locked_window(nested);
	if (window == NULL || window->wlr != output->wlr) {
		return;
	}
	double scale = pk_nested_scale(nested, output->wlr);
	zwp_locked_pointer_v1_set_cursor_position_hint(window->lock,
		wl_fixed_from_double(ox / scale), wl_fixed_from_double(oy / scale));
	wl_surface_commit(window->surface);
}

/* ---- touch ----------------------------------------------------------------------------------- */

static void place(const struct pk_window *window, wl_fixed_t sx, wl_fixed_t sy, double *x,
		double *y) {
	*x = wl_fixed_to_double(sx) / window->width;
	*y = wl_fixed_to_double(sy) / window->height;
}

static void handle_touch_down(void *data, struct wl_touch *touch, uint32_t serial, uint32_t time,
		struct wl_surface *surface, int32_t id, wl_fixed_t sx, wl_fixed_t sy) {
	struct pk_nested *nested = data;
	struct pk_window *window = pk_window_of_surface(nested, surface);
	if (window == NULL || window->wlr == NULL || nested->touched != NULL) {
		return; // one finger is the pointer, further ones are nothing
	}
	double x, y;
	nested->touched = window;
	nested->touch_id = id;
	place(window, sx, sy, &x, &y);
	pk_seat_touch_down(nested->server->seat, window->wlr->data, id, x, y, time);
}

static void handle_touch_up(void *data, struct wl_touch *touch, uint32_t serial, uint32_t time,
		int32_t id) {
	struct pk_nested *nested = data;
	if (nested->touched != NULL && nested->touch_id == id) {
		nested->touched = NULL;
		pk_seat_touch_up(nested->server->seat, id, time);
	}
}

static void handle_touch_motion(void *data, struct wl_touch *touch, uint32_t time, int32_t id,
		wl_fixed_t sx, wl_fixed_t sy) {
	struct pk_nested *nested = data;
	struct pk_window *window = nested->touched;
	if (window != NULL && nested->touch_id == id) {
		double x, y;
		place(window, sx, sy, &x, &y);
		pk_seat_touch_motion(nested->server->seat, window->wlr->data, id, x, y, time);
	}
}

static void handle_touch_frame(void *data, struct wl_touch *touch) {
}

static void handle_touch_cancel(void *data, struct wl_touch *touch) {
	struct pk_nested *nested = data;
	handle_touch_up(nested, touch, 0, 0, nested->touch_id);
}

static const struct wl_touch_listener touch_listener = { // of version 5
	.down = handle_touch_down,
	.up = handle_touch_up,
	.motion = handle_touch_motion,
	.frame = handle_touch_frame,
	.cancel = handle_touch_cancel,
};

/* ---- the seat -------------------------------------------------------------------------------- */

static void drop_pointer(struct pk_nested *nested) {
	pk_nested_unlock_pointer(nested);
	if (nested->pointer != NULL) {
		wl_pointer_release(nested->pointer);
		nested->pointer = NULL;
	}
	nested->pointed = NULL;
	nested->cursor.serial = 0;
	pk_seat_host_left(nested->server->seat);
}

static void drop_touch(struct pk_nested *nested) {
	if (nested->touch != NULL) {
		handle_touch_cancel(nested, nested->touch);
		wl_touch_release(nested->touch);
		nested->touch = NULL;
	}
}

static void handle_capabilities(void *data, struct wl_seat *seat, uint32_t capabilities) {
	struct pk_nested *nested = data;
	bool pointer = (capabilities & WL_SEAT_CAPABILITY_POINTER) != 0;
	bool touch = (capabilities & WL_SEAT_CAPABILITY_TOUCH) != 0;
	if (pointer && nested->pointer == NULL) {
		nested->pointer = wl_seat_get_pointer(seat);
		wl_pointer_add_listener(nested->pointer, &pointer_listener, nested);
	} else if (!pointer) {
		drop_pointer(nested);
	}
	if (touch && nested->touch == NULL) {
		nested->touch = wl_seat_get_touch(seat);
		wl_touch_add_listener(nested->touch, &touch_listener, nested);
	} else if (!touch) {
		drop_touch(nested);
	}
}

static void handle_seat_name(void *data, struct wl_seat *seat, const char *name) {
}

static const struct wl_seat_listener seat_listener = {
	.capabilities = handle_capabilities,
	.name = handle_seat_name,
};

static void drop_seat(struct pk_nested *nested) {
	pk_nested_inhibit_shortcuts(nested, false);
	drop_pointer(nested);
	drop_touch(nested);
	if (nested->seat != NULL) {
		wl_seat_release(nested->seat);
		nested->seat = NULL;
	}
}

void pk_nested_inhibit_shortcuts(struct pk_nested *nested, bool inhibit) {
	if (nested == NULL || nested->inhibit == NULL || nested->seat == NULL) {
		return;
	}
	bool changed = false;
	struct pk_window *window;
	wl_list_for_each(window, &nested->windows, link) {
		if (inhibit && window->inhibitor == NULL) {
			window->inhibitor =
				zwp_keyboard_shortcuts_inhibit_manager_v1_inhibit_shortcuts(
					nested->inhibit, window->surface, nested->seat);
			changed = true;
		} else if (!inhibit && window->inhibitor != NULL) {
			zwp_keyboard_shortcuts_inhibitor_v1_destroy(window->inhibitor);
			window->inhibitor = NULL;
			changed = true;
		}
	}
	if (changed) {
		wl_display_flush(nested->display);
	}
}

/* ---- globals --------------------------------------------------------------------------------- */

static void handle_ping(void *data, struct xdg_wm_base *wm_base, uint32_t serial) {
	xdg_wm_base_pong(wm_base, serial);
}

static const struct xdg_wm_base_listener wm_base_listener = {
	.ping = handle_ping,
};

// Binds @name when it is of this type and was not bound yet.
static bool take(struct pk_nested *nested, void *slot, uint32_t name, const char *offered,
		uint32_t offered_version, const struct wl_interface *interface, uint32_t version) {
	void **object = slot;
	if (strcmp(offered, interface->name) != 0 || *object != NULL) {
		return false;
	}
	*object = wl_registry_bind(nested->registry, name, interface,
		offered_version < version ? offered_version : version);
	return true;
}

static void handle_global(void *data, struct wl_registry *registry, uint32_t name,
		const char *interface, uint32_t version) {
	struct pk_nested *nested = data;
	take(nested, &nested->compositor, name, interface, version, &wl_compositor_interface, 4);
	take(nested, &nested->shm, name, interface, version, &wl_shm_interface, 1);
	take(nested, &nested->decorations, name, interface, version,
		&zxdg_decoration_manager_v1_interface, 1);
	take(nested, &nested->viewporter, name, interface, version, &wp_viewporter_interface, 1);
	take(nested, &nested->fractional, name, interface, version,
		&wp_fractional_scale_manager_v1_interface, 1);
	take(nested, &nested->icons, name, interface, version,
		&xdg_toplevel_icon_manager_v1_interface, 1);
	take(nested, &nested->inhibit, name, interface, version,
		&zwp_keyboard_shortcuts_inhibit_manager_v1_interface, 1);
	take(nested, &nested->constraints, name, interface, version,
		&zwp_pointer_constraints_v1_interface, 1);
	if (take(nested, &nested->wm_base, name, interface, version, &xdg_wm_base_interface, 5)) {
		xdg_wm_base_add_listener(nested->wm_base, &wm_base_listener, nested);
	}
	bool releases = version >= WL_SEAT_RELEASE_SINCE_VERSION;
	if (releases && take(nested, &nested->seat, name, interface, version, &wl_seat_interface,
			5)) {
		nested->seat_name = name;
		wl_seat_add_listener(nested->seat, &seat_listener, nested);
	}
	nested->has_relative = nested->has_relative ||
		strcmp(interface, "zwp_relative_pointer_manager_v1") == 0;
}

static void handle_global_remove(void *data, struct wl_registry *registry, uint32_t name) {
	struct pk_nested *nested = data;
	if (nested->seat != NULL && name == nested->seat_name) {
		drop_seat(nested);
	}
}

static const struct wl_registry_listener registry_listener = {
	.global = handle_global,
	.global_remove = handle_global_remove,
};

bool pk_nested_bind_globals(struct pk_nested *nested) {
	nested->registry = wl_display_get_registry(nested->display);
	wl_registry_add_listener(nested->registry, &registry_listener, nested);
	// Once for the globals, once for what they say of themselves.
	return wl_display_roundtrip(nested->display) >= 0 &&
		wl_display_roundtrip(nested->display) >= 0 && nested->compositor != NULL &&
		nested->wm_base != NULL;
}

void pk_nested_drop_globals(struct pk_nested *nested) {
	drop_seat(nested);
	pk_nested_drop_cursor(nested);
	if (nested->shm != NULL) {
		wl_shm_destroy(nested->shm);
	}
	if (nested->constraints != NULL) {
		zwp_pointer_constraints_v1_destroy(nested->constraints);
	}
	if (nested->inhibit != NULL) {
		zwp_keyboard_shortcuts_inhibit_manager_v1_destroy(nested->inhibit);
	}
	if (nested->icons != NULL) {
		xdg_toplevel_icon_manager_v1_destroy(nested->icons);
	}
	if (nested->fractional != NULL) {
		wp_fractional_scale_manager_v1_destroy(nested->fractional);
	}
	if (nested->viewporter != NULL) {
		wp_viewporter_destroy(nested->viewporter);
	}
	if (nested->decorations != NULL) {
		zxdg_decoration_manager_v1_destroy(nested->decorations);
	}
	if (nested->wm_base != NULL) {
		xdg_wm_base_destroy(nested->wm_base);
	}
	if (nested->compositor != NULL) {
		wl_compositor_destroy(nested->compositor);
	}
	if (nested->registry != NULL) {
		wl_registry_destroy(nested->registry);
	}
	nested->constraints = NULL;
	nested->inhibit = NULL;
	nested->registry = NULL;
	nested->shm = NULL;
}
