// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ports: the VM's displays on the main thread. News from the device thread comes in here, ticks go
 * out from here.
 */
#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <pvg/log.h>

#include "capture.h"
#include "gamma.h"
#include "link.h"
#include "monitors.h"
#include "power.h"
#include "pvg-link-io.h"
#include "scanout.h"
#include "seat.h"
#include "shots.h"
#include "trace.h"

int64_t pk_now_ns(void) {
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t pk_cpu_ns(void) {
	struct timespec ts;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

bool pk_port_online(const struct pk_port *port) {
	return port->state == PVG_DISPLAY_ONLINE || port->state == PVG_DISPLAY_UPDATING;
}

unsigned int pk_ports_described(const struct pk_server *server) {
	unsigned int count = 0;
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		count += server->ports[i].described;
	}
	return count;
}

uint64_t pk_ports_flips(const struct pk_server *server) {
	uint64_t flips = 0;
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		flips += server->ports[i].stats.flips;
	}
	return flips;
}

/* ---- ticks ----------------------------------------------------------------------------------- */

void pk_port_arm(struct pk_port *port) {
	int64_t deadline = pk_pacing_deadline(&port->pacing);
	if (deadline == port->armed_ns) {
		return;
	}
	port->armed_ns = deadline;
	struct itimerspec spec = { 0 };
	if (deadline != INT64_MAX) {
		// 0 would disarm; anything in the past fires at once.
		int64_t at = deadline > 0 ? deadline : 1;
		spec.it_value.tv_sec = at / 1000000000;
		spec.it_value.tv_nsec = at % 1000000000;
	}
	timerfd_settime(port->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
}

// What there is to know about one call of pvg_display_tick.
struct tick_times {
	int64_t begin_ns, begin_cpu_ns, end_ns;
	bool waited;
};

static enum pk_late tick_lateness(const struct pk_port *port, int64_t due_ns,
	const struct tick_times *times) {
	return pk_pacing_lateness(&port->pacing, due_ns, &port->server->loop_times,
		times->begin_ns, times->begin_cpu_ns, times->end_ns, times->waited);
}

static void count_tick(struct pk_port *port, const struct pk_pacing_step *step, bool from_flip,
	const struct tick_times *times) {
	struct pk_port_stats *stats = &port->stats;
	int64_t delay = times->end_ns - step->due_ns;
	pk_histogram_add(&stats->tick_late, delay > 0 ? delay : 0);
	stats->ticks++;
	stats->delay_sum_ns += delay;
	if (delay > stats->delay_max_ns) {
		stats->delay_max_ns = delay;
	}
	// A guest that was not armed for a while is no slow tick.
	int64_t span = step->when_ns - stats->last_tick_ns;
	if (stats->last_tick_ns != 0 && span < 8 * port->pacing.period_ns) {
		stats->span_ns += span;
		stats->spans++;
	}
	stats->last_tick_ns = step->when_ns;
	enum pk_late late = tick_lateness(port, step->due_ns, times);
	if (late != PK_LATE_NONE) {
		stats->missed++;
		stats->late[late]++;
	}
	if (step->skipped > 0) {
		// Slots that had no tick at all: judged by the oldest of them.
		int64_t oldest = step->due_ns - step->skipped * port->pacing.period_ns;
		enum pk_late cause = from_flip && !port->pacing.synthetic
			? PK_LATE_FLIP
			: tick_lateness(port, oldest, times);
		stats->missed += step->skipped;
		stats->late[cause] += step->skipped;
	}
}

void pk_port_take_ticks(struct pk_port *port) {
	if (!port->pacing.lent) {
		return;
	}
	struct pk_lent_ticks lent = pk_vm_take_ticks(port->server->vm, port->index);
	pk_pacing_take_back(&port->pacing, lent.visited_ns, lent.delivered_ns);
	port->unarmed_run = 0;
	if (lent.delivered_ns != INT64_MIN) {
		const struct pk_pacing_step step = { .what = PK_PACING_TICK,
			.when_ns = port->pacing.delivered_ns, .due_ns = lent.delivered_ns };
		const struct tick_times times = { .begin_ns = lent.done_ns,
			.end_ns = lent.done_ns };
		count_tick(port, &step, false, &times);
	}
}

static void port_tick(struct pk_port *port, const struct pk_pacing_step *step, bool from_flip) {
	struct tick_times times = { .begin_ns = pk_now_ns(), .begin_cpu_ns = pk_cpu_ns() };
	struct rusage before, after;
	getrusage(RUSAGE_THREAD, &before);
	struct pvg_tick_result result =
		pvg_display_tick(port->server->vm->device, port->index, step->when_ns);
	times.end_ns = pk_now_ns();
	getrusage(RUSAGE_THREAD, &after);
	times.waited = after.ru_nvcsw != before.ru_nvcsw;
	pk_pacing_ticked(&port->pacing, step, result.delivered, from_flip, times.end_ns);
	pk_trace_tick(port->server->trace, port->index, step->when_ns, step->due_ns, from_flip,
		result.delivered, times.begin_ns, times.end_ns);
	if (result.delivered) {
		count_tick(port, step, from_flip, &times);
		port->unarmed_run = 0;
	} else if (++port->unarmed_run >= PK_PACING_LEND_AFTER &&
		pk_pacing_may_lend(&port->pacing)) {
		int64_t offset = pk_pacing_lend(&port->pacing);
		pk_vm_lend_ticks(port->server->vm, port->index, port->pacing.grid_ns + offset,
			port->pacing.period_ns, port->pacing.visited_ns + offset);
	}
}

void pk_port_flip(struct pk_port *port, const struct pk_pacing_step *step) {
	port->unarmed_run = 0;
	if (port->flip_counts) {
		port->flip_counts = false;
		port->stats.flips++;
		port->stats.ways[port->shown_way]++;
		port->stats.cpu_bytes += port->shown_bytes;
		pk_shots_frame(port->server->shots);
		pk_power_frame(port->server->power);
	}
	if (port->shown != NULL && !port->shown_new) {
		pk_image_retire(port->previous);
		port->previous = NULL;
	}
	if ((step->what & PK_PACING_TICK) != 0) {
		port_tick(port, step, true);
	}
	pk_port_arm(port);
}

static int handle_timer(int fd, uint32_t mask, void *data) {
	struct pk_port *port = data;
	uint64_t expirations;
	if (read(fd, &expirations, sizeof(expirations)) < 0) {
		return 0; // armed anew since
	}
	port->armed_ns = INT64_MAX;
	pk_pacing_waiting(&port->pacing, pk_pool_waiting(&port->server->pool, port->index));
	struct pk_pacing_step step = pk_pacing_timer(&port->pacing, pk_now_ns());
	if ((step.what & PK_PACING_WATCHDOG) != 0) {
		if (port->stats.watchdogs++ == 0) {
			pvg_info("display %u: no flip for 250 ms on %s: ticks go on from the timer",
				port->index,
				port->output != NULL ? port->output->wlr->name : "no output");
		}
	}
	if ((step.what & PK_PACING_FLIP) != 0) {
		pk_port_flip(port, &step);
	} else if ((step.what & PK_PACING_TICK) != 0) {
		port_tick(port, &step, false);
	}
	if (port->output != NULL && (step.what & (PK_PACING_FLIP | PK_PACING_REPAINT)) != 0) {
		port->output->repaint_now = (step.what & PK_PACING_REPAINT) != 0;
		pk_output_repaint(port->output);
		port->output->repaint_now = false;
	}
	pk_port_arm(port);
	return 0;
}

void pk_port_update_ticking(struct pk_port *port) {
	const struct pk_server *server = port->server;
	pk_port_take_ticks(port);
	bool ticking = server->vm_connected && server->vm_running && pk_port_online(port);
	pk_pacing_set_ticking(&port->pacing, ticking, pk_now_ns());
	pk_port_arm(port);
}

/* ---- pictures -------------------------------------------------------------------------------- */

static uint64_t contexts_lost(const struct pk_server *server) {
	struct pvg_counters counters;
	pvg_device_get_counters(server->vm->device, &counters);
	return counters.gpu.contexts_lost;
}

bool pk_port_take(struct pk_port *port) {
	struct pk_image *image = pk_pool_take(&port->server->pool, port->index);
	if (image == NULL) {
		return false;
	}
	if (port->shown_new) {
		pk_image_retire(port->shown); // taken, but never committed
	} else {
		pk_image_retire(port->previous);
		port->previous = port->shown;
	}
	bool first = port->shown == NULL;
	// Compared here: the frame that changed the mode may have been replaced by a newer one.
	bool resized =
		port->shown_width != image->base.width || port->shown_height != image->base.height;
	port->shown_width = image->base.width;
	port->shown_height = image->base.height;
	port->shown = image;
	port->shown_new = true;
	port->pictures++;
	if (first) {
		port->server->contexts_lost_seen = contexts_lost(port->server);
		pk_server_update_view(port->server);
	}
	if (resized) {
		pvg_info("display %u: the guest shows %ux%u", port->index, image->base.width,
			image->base.height);
		pk_cursor_update(port);
		pk_monitors_guest_size(port);
	}
	pk_monitors_picture(port);
	return true;
}

static void port_forget_pictures(struct pk_port *port) {
	if (port->output != NULL) {
		wlr_scene_buffer_set_buffer(port->output->picture, NULL);
	}
	pk_image_retire(port->previous);
	pk_image_retire(port->shown);
	port->previous = port->shown = NULL;
	port->shown_width = port->shown_height = 0;
	port->shown_new = false;
	port->flip_counts = false;
	pk_monitors_guest_size(port);
	pk_gamma_set_table(port, NULL);
	port->cursor.state.visible = false;
	pk_cursor_set_glyph(port, NULL);
}

/* ---- news from the device thread ------------------------------------------------------------- */

static void port_set_asleep(struct pk_port *port, bool asleep) {
	if (port->asleep == asleep) {
		return;
	}
	port->asleep = asleep;
	pvg_info("display %u: %s", port->index, asleep ? "asleep" : "awake");
	if (port->output != NULL) {
		pk_power_apply(port->output);
	}
	pk_server_update_view(port->server);
}

static void port_set_state(struct pk_port *port, enum pvg_display_state state) {
	if (port->state == state) {
		return;
	}
	bool was_online = pk_port_online(port);
	port->state = state;
	pvg_info("display %u: %s", port->index, pvg_display_state_name(state));
	if (pk_port_online(port) && !was_online && port->output != NULL) {
		const struct wlr_output *wlr = port->output->wlr;
		pk_pool_prepare(&port->server->pool, port->index, (uint32_t)wlr->width,
			(uint32_t)wlr->height);
	}
	if (state == PVG_DISPLAY_ABSENT) {
		port_set_asleep(port, false);
	}
	pk_port_update_ticking(port);
	pk_server_update_view(port->server);
}

static void port_events(struct pk_port *port, struct pk_port_events *events) {
	if (events->ticked) {
		pk_port_take_ticks(port);
	}
	if (events->state_new) {
		port_set_state(port, events->state);
	}
	if (events->glyph_new) {
		pk_cursor_set_glyph(port, events->glyph);
		free(events->glyph);
	}
	if (events->cursor_new) {
		if (port->cursor_ns == 0) {
			port->cursor_ns = events->cursor_ns;
		}
		pk_cursor_set_state(port, &events->cursor);
	}
	if (events->gamma_new) {
		pk_gamma_set_table(port, events->gamma);
	}
	if (events->sleep_new) {
		port_set_asleep(port, events->asleep);
	}
}

static void forget_guest(struct pk_server *server, const char *reason) {
	server->idle_reason = reason;
	pk_seat_forget_motion(server->seat);
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		struct pk_port *port = &server->ports[i];
		port_forget_pictures(port);
		port_set_state(port, PVG_DISPLAY_ABSENT);
	}
	pk_server_update_view(server);
}

void pk_server_look_for_renderer(struct pk_server *server, bool wait) {
	if (server->renderer_seen || !pk_vm_is_up(server->vm, wait)) {
		return;
	}
	server->renderer_seen = true;
	struct pk_output *output;
	wl_list_for_each(output, &server->outputs, link) {
		if (output->port != NULL) {
			pk_output_choose_homes(output, pk_vm_renderer(server->vm));
		}
	}
}

static int handle_vm_wake(int fd, uint32_t mask, void *data) {
	struct pk_server *server = data;
	pvg_link_drain(fd);
	pk_server_look_for_renderer(server, false);
	struct pk_vm_events events;
	pk_vm_take_events(server->vm, &events);
	bool current = server->vm_connected && events.connection == server->vm_connection;
	if (events.reset && current) {
		pvg_info("the guest was reset");
		pk_shots_before_loss(server->shots);
		forget_guest(server, "the guest was reset");
		pk_link_reset_done(server->link, events.reset_epoch);
	}
	if (events.recorder_settled) {
		pk_capture_settled(server->capture, events.attached);
	}
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		port_events(&server->ports[i], &events.ports[i]);
	}
	pk_pool_service(&server->pool);
	if (events.failed != NULL && current) {
		pk_link_refuse_active(server->link, events.failed);
	}
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		struct pk_port *port = &server->ports[i];
		if (port->output != NULL) {
			pk_output_repaint(port->output);
		} else if (pk_port_take(port)) {
			// Nobody looks: the newest picture is kept for the output to come.
			pk_image_retire(port->previous);
			port->previous = NULL;
		}
		pk_port_arm(port);
	}
	return 0;
}

void pk_server_vm_connected(struct pk_server *server) {
	server->vm_connected = true;
	server->vm_running = true;
	server->idle_reason = NULL;
	server->contexts_lost_seen = contexts_lost(server);
	pk_monitors_remap(server);
	pk_server_describe(server);
	pk_server_update_view(server);
}

void pk_server_vm_gone(struct pk_server *server, const char *reason) {
	pk_shots_before_loss(server->shots);
	pk_seat_forget_vm(server->seat);
	server->vm_connected = false;
	server->user_mode_count = 0;
	pk_pool_drop_queued(&server->pool);
	forget_guest(server, reason);
	pk_monitors_remap(server);
}

void pk_server_vm_running(struct pk_server *server, bool running) {
	server->vm_running = running;
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		pk_port_update_ticking(&server->ports[i]);
	}
	pk_server_update_view(server);
}

/* ---- set up ---------------------------------------------------------------------------------- */

void pk_port_attach(struct pk_port *port, struct pk_output *output) {
	int64_t now = pk_now_ns();
	pk_port_take_ticks(port);
	port->output = output;
	output->port = port;
	pk_pacing_reset_output(&port->pacing);
	pk_genlock_attach(port);
	pk_pacing_set_refresh(&port->pacing, (uint32_t)output->wlr->refresh, now);
	port->shown_new = port->shown != NULL;
	pk_cursor_enter(output);
	pk_cursor_update(port);
	pk_port_arm(port);
}

void pk_port_detach(struct pk_port *port) {
	pk_port_take_ticks(port);
	pk_cursor_leave(port->output);
	port->output->port = NULL;
	port->output = NULL;
	pk_pacing_reset_output(&port->pacing);
	pk_pacing_set_source(&port->pacing, true, false);
	pk_image_retire(port->previous);
	port->previous = NULL;
	port->flip_counts = false;
	pk_port_arm(port);
}

bool pk_ports_init(struct pk_server *server) {
	int64_t now = pk_now_ns();
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		struct pk_port *port = &server->ports[i];
		port->server = server;
		port->index = i;
		port->armed_ns = INT64_MAX;
		pk_pacing_init(&port->pacing, PK_PACING_DEFAULT_MHZ, true, now);
		port->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
		if (port->timer_fd < 0) {
			pvg_error("timer: %s", strerror(errno));
			return false;
		}
		port->timer_source = wl_event_loop_add_fd(server->loop, port->timer_fd,
			WL_EVENT_READABLE, handle_timer, port);
	}
	server->vm_source = wl_event_loop_add_fd(server->loop, server->vm->wake_fd,
		WL_EVENT_READABLE, handle_vm_wake, server);
	return server->vm_source != NULL;
}

// The device thread has ended.
void pk_ports_finish(struct pk_server *server) {
	if (server->vm_source != NULL) {
		wl_event_source_remove(server->vm_source);
	}
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		struct pk_port *port = &server->ports[i];
		if (port->server == NULL) {
			break;
		}
		pk_image_retire(port->previous);
		pk_image_retire(port->shown);
		port->previous = port->shown = NULL;
		pk_cursor_set_glyph(port, NULL);
		pk_gamma_set_table(port, NULL);
		if (port->timer_source != NULL) {
			wl_event_source_remove(port->timer_source);
		}
		if (port->timer_fd >= 0) {
			close(port->timer_fd);
		}
	}
}
