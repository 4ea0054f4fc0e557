// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wlr-output-management: wlr-randr and its like see the outputs and ask for modes, positions, on
 * and off. What a guest cannot have (a scale, a rotation) is refused, and the log says why.
 */
#include "monitors.h"

#include <stdlib.h>
#include <wlr/types/wlr_output_layout.h>
#include <wlr/types/wlr_output_management_v1.h>

#include <pvg/log.h>

#include "server.h"
#include "xdg.h"

struct pk_outputmgmt {
	struct pk_server *server; // borrowed
	struct wlr_output_manager_v1 *manager; // owned by the display; NULL: gone
	struct wl_event_source *idle;          // NULL: nothing to tell
	struct wl_listener apply;
	struct wl_listener test;
	struct wl_listener destroy;
};

static void tell(void *data) {
	struct pk_outputmgmt *mgmt = data;
	mgmt->idle = NULL;
	struct wlr_output_configuration_v1 *config = wlr_output_configuration_v1_create();
	if (config == NULL || mgmt->manager == NULL) {
		return;
	}
	struct pk_output *output;
	wl_list_for_each(output, &mgmt->server->outputs, link) {
		struct wlr_output_configuration_head_v1 *head =
			wlr_output_configuration_head_v1_create(config, output->wlr);
		if (head == NULL) {
			continue;
		}
		// A display that the guest put to sleep is not one that the user switched off.
		head->state.enabled = output->placed;
		head->state.x = output->lx;
		head->state.y = output->ly;
	}
	wlr_output_manager_v1_set_configuration(mgmt->manager, config);
}

void pk_outputmgmt_changed(struct pk_outputmgmt *mgmt) {
	if (mgmt != NULL && mgmt->idle == NULL && mgmt->manager != NULL) {
		mgmt->idle = wl_event_loop_add_idle(mgmt->server->loop, tell, mgmt);
	}
}

static struct pk_mode asked_mode(const struct wlr_output_head_v1_state *state) {
	if (state->mode != NULL) {
		return (struct pk_mode){ state->mode->width, state->mode->height,
			state->mode->refresh > 0 ? (uint32_t)state->mode->refresh : 0 };
	}
	int32_t refresh = state->custom_mode.refresh;
	return (struct pk_mode){ state->custom_mode.width, state->custom_mode.height,
		refresh > 0 ? (uint32_t)refresh : 0 };
}

// Why nothing of this can be done, NULL: it may be tried.
static const char *objection(struct pk_output *output,
	const struct wlr_output_head_v1_state *state) {
	if (output == NULL) {
		return "it is gone";
	}
	if (!state->enabled) {
		return output->server->nested ? "a window is closed in its session" : NULL;
	}
	if (state->scale != 1.0f) {
		return "no scale but 1: the guest scales, with ppi in pvg-kiosk.conf";
	}
	if (state->transform != WL_OUTPUT_TRANSFORM_NORMAL) {
		return "no rotation: turn the picture in the guest";
	}
	struct pk_mode mode = asked_mode(state);
	const struct wlr_output *wlr = output->wlr;
	bool other = mode.width != wlr->width || mode.height != wlr->height;
	if (mode.width <= 0 || mode.height <= 0) {
		return mode.width == 0 && mode.height == 0 ? NULL : "the mode has no size";
	}
	if (other && output->server->nested) {
		return "a window has the size that its session gives it";
	}
	// The mode that it has is told with every change of something else, also to windows.
	bool same = !other && (mode.refresh_mhz == 0 || (int)mode.refresh_mhz == wlr->refresh);
	return same || pk_output_has_mode(output, &mode) ? NULL : "it has no such mode";
}

static bool apply_head(struct pk_output *output, const struct wlr_output_head_v1_state *state) {
	struct pk_server *server = output->server;
	const struct wlr_output *wlr = output->wlr;
	struct pk_mode mode = asked_mode(state);
	char why[160];
	bool ok = pk_monitors_enable(output, state->enabled, why);
	bool other = mode.width > 0 && (mode.width != wlr->width || mode.height != wlr->height ||
		(mode.refresh_mhz != 0 && (int)mode.refresh_mhz != wlr->refresh));
	if (ok && state->enabled && other && !server->nested) {
		ok = pk_monitors_set_mode(output, &mode, why);
	}
	if (ok && state->enabled && (state->x != output->lx || state->y != output->ly)) {
		wlr_output_layout_add(server->layout, output->wlr, state->x, state->y);
		pk_xdg_arrange(server->xdg);
	}
	if (!ok) {
		pvg_error("output %s: %s", wlr->name, why);
	}
	return ok;
}

static void answer(struct pk_outputmgmt *mgmt, struct wlr_output_configuration_v1 *config,
	bool apply) {
	struct wlr_output_configuration_head_v1 *head;
	bool ok = true;
	wl_list_for_each(head, &config->heads, link) {
		const char *why = objection(head->state.output->data, &head->state);
		if (why != NULL) {
			pvg_info("output %s: refused to an output management client: %s",
				head->state.output->name, why);
			ok = false;
		}
	}
	// First what goes on, then what goes off: the guest keeps a display.
	for (int on = 1; apply && ok && on >= 0; on--) {
		wl_list_for_each(head, &config->heads, link) {
			if (head->state.enabled == (on == 1)) {
				ok = apply_head(head->state.output->data, &head->state) && ok;
			}
		}
	}
	if (ok) {
		wlr_output_configuration_v1_send_succeeded(config);
	} else {
		wlr_output_configuration_v1_send_failed(config);
	}
	wlr_output_configuration_v1_destroy(config);
	pk_outputmgmt_changed(mgmt); // also after a failure: this is how it is
}

static void handle_apply(struct wl_listener *listener, void *data) {
	struct pk_outputmgmt *mgmt = wl_container_of(listener, mgmt, apply);
	answer(mgmt, data, true);
}

static void handle_test(struct wl_listener *listener, void *data) {
	struct pk_outputmgmt *mgmt = wl_container_of(listener, mgmt, test);
	answer(mgmt, data, false);
}

static void manager_gone(struct pk_outputmgmt *mgmt) {
	if (mgmt->manager != NULL) {
		wl_list_remove(&mgmt->apply.link);
		wl_list_remove(&mgmt->test.link);
		wl_list_remove(&mgmt->destroy.link);
		mgmt->manager = NULL;
	}
}

static void handle_destroy(struct wl_listener *listener, void *data) {
	struct pk_outputmgmt *mgmt = wl_container_of(listener, mgmt, destroy);
	manager_gone(mgmt);
}

struct pk_outputmgmt *pk_outputmgmt_create(struct pk_server *server) {
	struct pk_outputmgmt *mgmt = calloc(1, sizeof(*mgmt));
	if (mgmt == NULL) {
		return NULL;
	}
	mgmt->server = server;
	mgmt->manager = wlr_output_manager_v1_create(server->display);
	if (mgmt->manager == NULL) {
		free(mgmt);
		return NULL;
	}
	mgmt->apply.notify = handle_apply;
	wl_signal_add(&mgmt->manager->events.apply, &mgmt->apply);
	mgmt->test.notify = handle_test;
	wl_signal_add(&mgmt->manager->events.test, &mgmt->test);
	mgmt->destroy.notify = handle_destroy;
	wl_signal_add(&mgmt->manager->events.destroy, &mgmt->destroy);
	return mgmt;
}

void pk_outputmgmt_destroy(struct pk_outputmgmt *mgmt) {
	if (mgmt == NULL) {
		return;
	}
	manager_gone(mgmt);
	if (mgmt->idle != NULL) {
		wl_event_source_remove(mgmt->idle);
	}
	free(mgmt);
}
