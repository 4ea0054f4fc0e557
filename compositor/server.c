// SPDX-License-Identifier: GPL-2.0-or-later
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <wlr/backend.h>
#include <wlr/backend/multi.h>
#include <wlr/backend/session.h>
#include <wlr/backend/wayland.h>
#include <wlr/render/allocator.h>
#include <wlr/render/drm_format_set.h>
#include <wlr/render/wlr_renderer.h>
#include <wlr/types/wlr_compositor.h>
#include <wlr/types/wlr_data_device.h>
#include <wlr/types/wlr_output_layout.h>
#include <wlr/types/wlr_primary_selection_v1.h>
#include <wlr/types/wlr_subcompositor.h>
#include <wlr/types/wlr_viewporter.h>
#include <wlr/types/wlr_xdg_output_v1.h>

#include <pvg/log.h>

#include "backend.h"
#include "capture.h"
#include "compat.h"
#include "control.h"
#include "gamma.h"
#include "globals.h"
#include "link.h"
#include "monitors.h"
#include "nested.h"
#include "osd.h"
#include "power.h"
#include "pvg-link-io.h"
#include "pvg-link.h"
#include "seat.h"
#include "shots.h"
#include "stats.h"
#include "trace.h"
#include "x11.h"
#include "xdg.h"

void pk_server_stop(struct pk_server *server, int exit_status) {
	if (server->running) {
		server->running = false;
		server->exit_status = exit_status;
	}
}

void pk_server_request_close(struct pk_server *server) {
	if (!server->close_requested && pk_link_power(server->link, PVG_LINK_POWER_BUTTON)) {
		server->close_requested = true;
		pvg_info("VM %s: power button pressed; once more ends it", server->vm_name);
		return;
	}
	pk_link_power(server->link, PVG_LINK_POWER_QUIT);
	pvg_info("closed by the user");
	pk_server_stop(server, PK_EXIT_OK);
}

/* ---- windows --------------------------------------------------------------------------------- */

static void open_window(struct wlr_backend *backend, void *data) {
	struct pk_server *server = data;
	if (pk_compat_x11_open_window(backend)) {
		pk_x11_adopt(server->x11);
	} else if (wlr_backend_is_wl(backend)) {
		pk_nested_open(server->parent);
	}
}

static void display_went_away(struct pk_server *server) {
	server->display_lost = true;
	pvg_error("backend %s: the display went away%s", server->backend_name,
		server->vm_connected ? ": the VM goes on without a picture" : "");
	pk_server_stop(server, PK_EXIT_DISPLAY);
}

static void handle_window_closed(void *data) {
	struct pk_server *server = data;
	if (!server->running || server->backend == NULL) {
		return;
	}
	if (wlr_multi_is_empty(server->backend)) { // not closed by the user
		display_went_away(server);
		return;
	}
	pk_server_request_close(server);
	if (server->running) {
		// The VM shuts down now, and the user may want to watch or to answer its questions.
		wlr_multi_for_each_backend(server->backend, open_window, server);
	}
}

void pk_server_window_closed(struct pk_server *server) {
	wl_event_loop_add_idle(server->loop, handle_window_closed, server);
}

/* ---- events ---------------------------------------------------------------------------------- */

static void handle_new_output(struct wl_listener *listener, void *data) {
	struct pk_server *server = wl_container_of(listener, server, new_output);
	pk_output_create(server, data);
}

static void handle_new_input(struct wl_listener *listener, void *data) {
	struct pk_server *server = wl_container_of(listener, server, new_input);
	pk_seat_add_device(server->seat, data);
}

static void stop_listening(struct pk_server *server) {
	if (!server->listening) {
		return;
	}
	server->listening = false;
	wl_list_remove(&server->new_output.link);
	wl_list_remove(&server->new_input.link);
	wl_list_remove(&server->backend_destroy.link);
	if (server->session != NULL) {
		wl_list_remove(&server->session_active.link);
	}
}

static void handle_backend_destroy(struct wl_listener *listener, void *data) {
	struct pk_server *server = wl_container_of(listener, server, backend_destroy);
	stop_listening(server);
	server->backend = NULL;
	server->session = NULL;
	server->pool.drm_fd = -1;
	if (server->running) {
		display_went_away(server);
	}
}

static void handle_session_active(struct wl_listener *listener, void *data) {
	struct pk_server *server = wl_container_of(listener, server, session_active);
	bool active = server->session->active;
	pvg_info("session %s", active ? "active" : "switched away: ticks go on from a timer");
	struct pk_output *output;
	wl_list_for_each(output, &server->outputs, link) {
		if (output->port != NULL) {
			pk_pacing_reset_output(&output->port->pacing);
			output->port->shown_new = output->port->shown != NULL;
			// Its flip may still come, with the way back: it shows no new picture.
			output->port->flip_counts = false;
			output->was_direct = false;
			pk_port_arm(output->port);
		}
		if (active) {
			wlr_output_schedule_frame(output->wlr);
		}
	}
	pk_seat_release_keys(server->seat);
}

static void wake_main(void *data) {
	struct pk_server *server = data;
	pvg_link_signal(server->vm->wake_fd);
}

static void wake_device(void *data) {
	struct pk_server *server = data;
	pk_vm_kick(server->vm);
}

static int handle_desc_timer(void *data) {
	pk_server_describe(data);
	return 0;
}

/* ---- set up ---------------------------------------------------------------------------------- */

static void choose_fourccs(struct pk_server *server) {
	static const uint32_t wanted[] = { DRM_FORMAT_XBGR8888, DRM_FORMAT_XRGB2101010,
		DRM_FORMAT_XBGR2101010 };
	const struct wlr_drm_format_set *textures =
		wlr_renderer_get_texture_formats(server->renderer, WLR_BUFFER_CAP_DATA_PTR);
	size_t n = 1; // XRGB8888 is always there
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (textures != NULL && wlr_drm_format_set_get(textures, wanted[i]) != NULL) {
			server->pool.fourccs[n++] = wanted[i];
		}
	}
}

/*
 * For the command alone. Were it in our own environment, drivers would ask this compositor which
 * GPU it draws on (Mesa's device selection for Vulkan does, below zink) and wait for an answer
 * while the main loop waits for them.
 */
static void name_socket(struct pk_server *server) {
	server->clients_name = wl_display_add_socket_auto(server->display);
	if (server->clients_name == NULL) {
		pvg_info("no Wayland socket for client windows: %s", strerror(errno));
	}
}

static bool create_globals(struct pk_server *server) {
	struct wl_display *display = server->display;
	if (!wlr_renderer_init_wl_display(server->renderer, display)) {
		return false;
	}
	bool ok = wlr_compositor_create(display, 6, server->renderer) != NULL;
	ok = ok && wlr_subcompositor_create(display) != NULL;
	ok = ok && wlr_data_device_manager_create(display) != NULL;
	ok = ok && wlr_primary_selection_v1_device_manager_create(display) != NULL;
	ok = ok && wlr_viewporter_create(display) != NULL;
	ok = ok && wlr_xdg_output_manager_v1_create(display, server->layout) != NULL;
	return ok && pk_globals_create(server);
}

bool pk_server_init(struct pk_server *server, struct pk_options *options) {
	*server = (struct pk_server){ .options = options, .running = true };
	server->started_ns = pk_now_ns();
	server->exit_status = PK_EXIT_DISPLAY;
	wl_list_init(&server->outputs);
	pk_pool_init(&server->pool);
	server->pool.wake_main = wake_main;
	server->pool.wake_device = wake_device;
	server->pool.data = server;

	server->display = wl_display_create();
	if (server->display == NULL) {
		pvg_error("no Wayland display: %s", strerror(errno));
		return false;
	}
	server->loop = wl_display_get_event_loop(server->display);
	if (!pk_backend_create(server)) {
		return false;
	}
	server->layout = wlr_output_layout_create(server->display);
	server->scene = wlr_scene_create();
	if (server->layout == NULL || server->scene == NULL || !create_globals(server)) {
		pvg_error("the compositor cannot be set up: out of memory");
		return false;
	}
	server->guest_tree = wlr_scene_tree_create(&server->scene->tree);
	server->client_tree = wlr_scene_tree_create(&server->scene->tree);
	choose_fourccs(server);

	server->exit_status = PK_EXIT_FAILURE;
	server->capture = pk_capture_create(server, options->record);
	if (server->capture == NULL) {
		return false;
	}
	server->vm = pk_vm_create(&options->info, &options->gpu, &server->pool,
		pk_capture_first(server->capture));
	if (server->vm == NULL && options->gpu.renderer != PK_RENDERER_AUTO) {
		server->exit_status = PK_EXIT_DISPLAY;
	}
	if (server->vm == NULL || !pk_ports_init(server)) {
		return false;
	}
	name_socket(server);
	server->desc_timer = wl_event_loop_add_timer(server->loop, handle_desc_timer, server);
	server->shots = pk_shots_create(server);
	server->seat = pk_seat_create(server);
	server->xdg = pk_xdg_create(server);
	server->monitors = pk_monitors_create(server);
	server->gamma = pk_gamma_create(server);
	server->power = pk_power_create(server);
	server->osd = pk_osd_create(server);
	server->control = pk_control_create(server);
	if (server->desc_timer == NULL || server->shots == NULL || server->seat == NULL ||
			server->xdg == NULL || server->gamma == NULL || server->power == NULL ||
			server->osd == NULL || server->control == NULL ||
			server->monitors == NULL) {
		pvg_error("the compositor cannot be set up: out of memory");
		return false;
	}
	if (options->stats != NULL) {
		server->stats = pk_stats_create(server, options->stats);
		if (server->stats == NULL) {
			return false;
		}
	}
	if (options->trace != NULL) {
		server->trace = pk_trace_create(options->trace);
		if (server->trace == NULL) {
			return false;
		}
	}
	server->exit_status = PK_EXIT_SOCKET;
	server->link = pk_link_create(server, options->socket);
	if (server->link == NULL) {
		return false;
	}

	server->exit_status = PK_EXIT_DISPLAY;
	server->new_output.notify = handle_new_output;
	wl_signal_add(&server->backend->events.new_output, &server->new_output);
	server->new_input.notify = handle_new_input;
	wl_signal_add(&server->backend->events.new_input, &server->new_input);
	server->backend_destroy.notify = handle_backend_destroy;
	wl_signal_add(&server->backend->events.destroy, &server->backend_destroy);
	server->listening = true;
	if (server->session != NULL) {
		server->session_active.notify = handle_session_active;
		wl_signal_add(&server->session->events.active, &server->session_active);
	}
	if (!wlr_backend_start(server->backend)) {
		pvg_error("backend %s: cannot be started", server->backend_name);
		return false;
	}
	if (server->parent != NULL && !pk_nested_open(server->parent)) {
		pvg_error("backend %s: no window can be opened", server->backend_name);
		return false;
	}
	server->started = true;
	server->x11 = pk_x11_create(server);
	pk_server_place_outputs(server);
	pk_server_describe(server);
	server->exit_status = PK_EXIT_OK;
	return true;
}

void pk_server_run(struct pk_server *server) {
	struct pollfd fd = { .fd = wl_event_loop_get_fd(server->loop), .events = POLLIN };
	while (server->running) {
		wl_event_loop_dispatch_idle(server->loop);
		wl_display_flush_clients(server->display);
		if (!server->running) {
			break;
		}
		struct pk_loop_times *times = &server->loop_times;
		times->slept_ns = pk_now_ns();
		times->busy_cpu_ns = pk_cpu_ns() - times->woke_cpu_ns;
		if (poll(&fd, 1, -1) < 0 && errno != EINTR) {
			pvg_error("main loop: %s", strerror(errno));
			pk_server_stop(server, PK_EXIT_FAILURE);
		}
		times->before_ns = times->woke_ns;
		times->woke_ns = pk_now_ns();
		times->woke_cpu_ns = pk_cpu_ns();
		server->wakeups++;
		wl_event_loop_dispatch(server->loop, 0);
	}
}

void pk_server_finish(struct pk_server *server) {
	server->running = false;
	if (server->stats != NULL) {
		pk_stats_destroy(server->stats);
	}
	pk_trace_destroy(server->trace);
	server->trace = NULL;
	if (server->shots != NULL && server->xdg != NULL && server->link != NULL) {
		if (!pk_shots_finish(server->shots) && server->exit_status == PK_EXIT_OK) {
			server->exit_status = PK_EXIT_FAILURE;
		}
	}
	if (server->display != NULL) {
		wl_display_destroy_clients(server->display);
	}
	// The device thread first: it writes into pictures and guest RAM.
	if (server->vm != NULL) {
		pk_ports_finish(server);
		pk_vm_destroy(server->vm);
	}
	pk_capture_destroy(server->capture);
	pk_control_destroy(server->control);
	pk_link_destroy(server->link);
	pk_shots_destroy(server->shots);
	pk_xdg_destroy(server->xdg);
	stop_listening(server);
	pk_nested_destroy(server->parent);
	server->parent = NULL;
	pk_x11_destroy(server->x11);
	pk_seat_destroy(server->seat);
	server->seat = NULL; // outputs that go look for both
	pk_power_destroy(server->power);
	server->power = NULL;
	if (server->backend != NULL) {
		wlr_backend_destroy(server->backend);
	}
	pk_monitors_destroy(server->monitors);
	pk_gamma_destroy(server->gamma);
	pk_osd_destroy(server->osd);
	pk_pool_finish(&server->pool);
	if (server->scene != NULL) {
		wlr_scene_node_destroy(&server->scene->tree.node);
	}
	if (server->desc_timer != NULL) {
		wl_event_source_remove(server->desc_timer);
	}
	if (server->allocator != NULL) {
		wlr_allocator_destroy(server->allocator);
	}
	if (server->renderer != NULL) {
		wlr_renderer_destroy(server->renderer);
	}
	if (server->display != NULL) {
		wl_display_destroy(server->display);
	}
}
