// SPDX-License-Identifier: GPL-2.0-or-later
#include "parent.h"

#include <stdlib.h>
#include <string.h>
#include <wayland-client.h>
#include <wlr/backend/multi.h>
#include <wlr/backend/wayland.h>

#include <pvg/log.h>

#include "idle-inhibit-unstable-v1-client-protocol.h"
#include "server.h"

struct pk_parent {
	struct pk_server *server; // borrowed
	struct wl_display *remote; // owned by the backend
	struct wl_event_queue *queue; // owned: wlroots' own handlers must not see these events
	struct wl_registry *registry; // owned
	struct zwp_idle_inhibit_manager_v1 *manager; // owned, NULL: not offered
	struct zwp_idle_inhibitor_v1 *inhibitors[PVG_MAX_PORTS]; // owned
};

static void handle_global(void *data, struct wl_registry *registry, uint32_t name,
		const char *interface, uint32_t version) {
	struct pk_parent *parent = data;
	if (parent->manager == NULL &&
			strcmp(interface, zwp_idle_inhibit_manager_v1_interface.name) == 0) {
		parent->manager = wl_registry_bind(registry, name,
			&zwp_idle_inhibit_manager_v1_interface, 1);
	}
}

static void handle_global_remove(void *data, struct wl_registry *registry, uint32_t name) {
}

static const struct wl_registry_listener registry_listener = {
	.global = handle_global,
	.global_remove = handle_global_remove,
};

static void find_wayland(struct wlr_backend *backend, void *data) {
	struct pk_parent *parent = data;
	if (wlr_backend_is_wl(backend)) {
		parent->remote = wlr_wl_backend_get_remote_display(backend);
	}
}

struct pk_parent *pk_parent_create(struct pk_server *server) {
	struct pk_parent *parent = calloc(1, sizeof(*parent));
	if (parent == NULL) {
		return NULL;
	}
	parent->server = server;
	if (wlr_backend_is_multi(server->backend)) {
		wlr_multi_for_each_backend(server->backend, find_wayland, parent);
	}
	if (parent->remote == NULL) {
		free(parent);
		return NULL;
	}
	parent->queue = wl_display_create_queue(parent->remote);
	struct wl_display *wrapper = wl_proxy_create_wrapper(parent->remote);
	if (parent->queue != NULL && wrapper != NULL) {
		wl_proxy_set_queue((struct wl_proxy *)wrapper, parent->queue);
		parent->registry = wl_display_get_registry(wrapper);
	}
	wl_proxy_wrapper_destroy(wrapper);
	if (parent->registry != NULL) {
		wl_registry_add_listener(parent->registry, &registry_listener, parent);
		wl_display_roundtrip_queue(parent->remote, parent->queue);
	}
	if (parent->manager == NULL) {
		pvg_debug("the parent compositor takes no idle inhibitors");
		pk_parent_destroy(parent);
		return NULL;
	}
	return parent;
}

void pk_parent_destroy(struct pk_parent *parent) {
	if (parent == NULL) {
		return;
	}
	pk_parent_inhibit_idle(parent, false);
	if (parent->manager != NULL) {
		zwp_idle_inhibit_manager_v1_destroy(parent->manager);
	}
	if (parent->registry != NULL) {
		wl_registry_destroy(parent->registry);
	}
	if (parent->queue != NULL) {
		wl_event_queue_destroy(parent->queue);
	}
	free(parent);
}

void pk_parent_inhibit_idle(struct pk_parent *parent, bool inhibit) {
	if (parent == NULL || parent->manager == NULL) {
		return;
	}
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		struct pk_output *output = parent->server->ports[i].output;
		struct zwp_idle_inhibitor_v1 **inhibitor = &parent->inhibitors[i];
		// One whose window is gone does nothing any more; it may stay until then.
		if (*inhibitor != NULL) {
			zwp_idle_inhibitor_v1_destroy(*inhibitor);
			*inhibitor = NULL;
		}
		if (inhibit && output != NULL && wlr_output_is_wl(output->wlr)) {
			*inhibitor = zwp_idle_inhibit_manager_v1_create_inhibitor(parent->manager,
				wlr_wl_output_get_surface(output->wlr));
		}
	}
	wl_display_flush(parent->remote);
}
