// SPDX-License-Identifier: GPL-2.0-or-later
#include "power.h"

#include <stdlib.h>
#include <wlr/types/wlr_compositor.h>
#include <wlr/types/wlr_idle_inhibit_v1.h>
#include <wlr/types/wlr_idle_notify_v1.h>
#include <wlr/types/wlr_output_power_management_v1.h>

#include <pvg/log.h>

#include "parent.h"
#include "play.h"
#include "seat.h"
#include "server.h"

struct pk_power {
	struct pk_server *server; // borrowed
	struct wlr_idle_notifier_v1 *notifier;       // owned by the display
	struct wlr_idle_inhibit_manager_v1 *inhibit; // as above
	struct wlr_output_power_manager_v1 *outputs; // as above
	struct pk_parent *parent; // owned, NULL: none
	bool parent_looked; // .parent was looked for
	struct pk_play play;
	bool inhibited;
	bool off; // nobody did anything for long enough
	int64_t active_ns; // when somebody did
	struct wl_event_source *idle_timer, *play_timer;
	struct wl_listener set_mode, new_inhibitor;
	struct wl_list inhibitors; // inhibitor.link
};

// A client's.
struct inhibitor {
	struct wl_list link; // pk_power.inhibitors
	struct pk_power *power;
	struct wl_listener destroy;
};

/* ---- outputs --------------------------------------------------------------------------------- */

const char *pk_power_apply(struct pk_output *output) {
	if (!output->placed) {
		return "the output is disabled";
	}
	const struct pk_server *server = output->server;
	struct pk_port *port = output->port;
	// Only a panel can be switched off; a window that vanished would be a surprise.
	bool asleep = port != NULL && port->asleep && !output->synthetic;
	bool idle = server->power != NULL && server->power->off;
	bool on = server->nested || !(output->switched_off || asleep || idle);
	if (output->wlr->enabled == on) {
		return NULL;
	}
	if (port != NULL) {
		pk_port_take_ticks(port);
	}
	struct wlr_output_state state;
	wlr_output_state_init(&state);
	wlr_output_state_set_enabled(&state, on);
	bool ok = wlr_output_commit_state(output->wlr, &state);
	wlr_output_state_finish(&state);
	if (ok) {
		pvg_info("output %s: switched %s", output->wlr->name, on ? "on" : "off");
	} else {
		pvg_error("output %s: cannot be switched %s", output->wlr->name, on ? "on" : "off");
	}
	output->was_direct = false;
	output->accepted.set = output->refused.set = false;
	if (port != NULL) {
		pk_pacing_reset_output(&port->pacing);
		port->shown_new = port->shown != NULL;
		port->flip_counts = false;
		pk_port_arm(port);
	}
	if (on) {
		wlr_output_schedule_frame(output->wlr);
	}
	return ok ? NULL : "the output does not do that now";
}

const char *pk_power_switch(struct pk_output *output, bool on) {
	if (output->server->nested) {
		return "a window has no power switch";
	}
	bool before = output->switched_off;
	output->switched_off = !on;
	if (on && output->server->power->off) {
		pk_power_activity(output->server->power);
	}
	const char *error = pk_power_apply(output);
	if (error != NULL) {
		output->switched_off = before;
	}
	return error;
}

static void handle_set_mode(struct wl_listener *listener, void *data) {
	const struct wlr_output_power_v1_set_mode_event *event = data;
	struct pk_output *output = event->output->data;
	if (output == NULL) {
		return;
	}
	const char *error = pk_power_switch(output, event->mode == ZWLR_OUTPUT_POWER_V1_MODE_ON);
	if (error != NULL) {
		pvg_info("output %s: a client's power switch: %s", event->output->name, error);
	}
}

/* ---- idle ------------------------------------------------------------------------------------ */

static int64_t timeout_ns(const struct pk_power *power) {
	return (int64_t)power->server->options->screen_off_s * 1000000000;
}

static void apply_all(struct pk_power *power) {
	struct pk_output *output;
	wl_list_for_each(output, &power->server->outputs, link) {
		pk_power_apply(output);
	}
}

static void arm_idle(struct pk_power *power, int64_t now) {
	if (timeout_ns(power) == 0 || power->inhibited || power->off) {
		wl_event_source_timer_update(power->idle_timer, 0);
		return;
	}
	int64_t left = power->active_ns + timeout_ns(power) - now;
	wl_event_source_timer_update(power->idle_timer, left > 0 ? (int)(left / 1000000) + 1 : 1);
}

static int handle_idle_timer(void *data) {
	struct pk_power *power = data;
	int64_t now = pk_now_ns();
	if (now - power->active_ns >= timeout_ns(power) && !power->inhibited) {
		pvg_info("nobody did anything for %u s: the screens are switched off",
			power->server->options->screen_off_s);
		power->off = true;
		apply_all(power);
	}
	arm_idle(power, now); // not at each key: that would be a system call for each
	return 0;
}

static void wake_up(struct pk_power *power) {
	power->active_ns = pk_now_ns();
	if (power->off) {
		power->off = false;
		apply_all(power);
		arm_idle(power, power->active_ns);
	}
}

void pk_power_activity(struct pk_power *power) {
	if (power == NULL) {
		return;
	}
	wlr_idle_notifier_v1_notify_activity(power->notifier,
		pk_seat_wlr(power->server->seat));
	wake_up(power);
}

void pk_power_reload(struct pk_power *power) {
	wake_up(power);
	arm_idle(power, power->active_ns);
}

static void update_inhibited(struct pk_power *power) {
	bool inhibited = power->play.playing || !wl_list_empty(&power->inhibitors);
	if (inhibited == power->inhibited) {
		return;
	}
	power->inhibited = inhibited;
	pvg_debug("idle: %s", inhibited ? "inhibited" : "possible");
	wlr_idle_notifier_v1_set_inhibited(power->notifier, inhibited);
	if (!power->parent_looked && power->server->nested) {
		power->parent_looked = true;
		power->parent = pk_parent_create(power->server);
	}
	pk_parent_inhibit_idle(power->parent, inhibited);
	wake_up(power); // the time counts from here, and what plays is to be seen
	arm_idle(power, power->active_ns);
}

static void arm_play(struct pk_power *power) {
	int ms = power->play.playing ? (int)(PK_PLAY_WINDOW_NS / 1000000) + 1 : 0;
	wl_event_source_timer_update(power->play_timer, ms);
}

static int handle_play_timer(void *data) {
	struct pk_power *power = data;
	if (pk_play_look(&power->play, pk_now_ns())) {
		update_inhibited(power);
	}
	arm_play(power);
	return 0;
}

void pk_power_frame(struct pk_power *power) {
	if (power != NULL && pk_play_frame(&power->play, pk_now_ns())) {
		update_inhibited(power);
		arm_play(power);
	}
}

/* ---- clients that want no idle --------------------------------------------------------------- */

static void handle_inhibitor_destroy(struct wl_listener *listener, void *data) {
	struct inhibitor *inhibitor = wl_container_of(listener, inhibitor, destroy);
	struct pk_power *power = inhibitor->power;
	wl_list_remove(&inhibitor->destroy.link);
	wl_list_remove(&inhibitor->link);
	free(inhibitor);
	if (power->server->running) {
		update_inhibited(power);
	}
}

static void handle_new_inhibitor(struct wl_listener *listener, void *data) {
	struct pk_power *power = wl_container_of(listener, power, new_inhibitor);
	struct wlr_idle_inhibitor_v1 *wlr = data;
	struct inhibitor *inhibitor = calloc(1, sizeof(*inhibitor));
	if (inhibitor == NULL) {
		return;
	}
	inhibitor->power = power;
	inhibitor->destroy.notify = handle_inhibitor_destroy;
	wl_signal_add(&wlr->events.destroy, &inhibitor->destroy);
	wl_list_insert(&power->inhibitors, &inhibitor->link);
	update_inhibited(power);
}

/* ---- life ------------------------------------------------------------------------------------ */

struct pk_power *pk_power_create(struct pk_server *server) {
	struct pk_power *power = calloc(1, sizeof(*power));
	if (power == NULL) {
		return NULL;
	}
	power->server = server;
	power->active_ns = pk_now_ns();
	wl_list_init(&power->inhibitors);
	wl_list_init(&power->set_mode.link);
	wl_list_init(&power->new_inhibitor.link);
	power->notifier = wlr_idle_notifier_v1_create(server->display);
	power->inhibit = wlr_idle_inhibit_v1_create(server->display);
	power->outputs = wlr_output_power_manager_v1_create(server->display);
	power->idle_timer = wl_event_loop_add_timer(server->loop, handle_idle_timer, power);
	power->play_timer = wl_event_loop_add_timer(server->loop, handle_play_timer, power);
	if (power->notifier == NULL || power->inhibit == NULL || power->outputs == NULL ||
			power->idle_timer == NULL || power->play_timer == NULL) {
		pk_power_destroy(power);
		return NULL;
	}
	power->set_mode.notify = handle_set_mode;
	wl_signal_add(&power->outputs->events.set_mode, &power->set_mode);
	power->new_inhibitor.notify = handle_new_inhibitor;
	wl_signal_add(&power->inhibit->events.new_inhibitor, &power->new_inhibitor);
	arm_idle(power, power->active_ns);
	return power;
}

void pk_power_destroy(struct pk_power *power) {
	if (power == NULL) {
		return;
	}
	pk_parent_destroy(power->parent);
	wl_list_remove(&power->set_mode.link);
	wl_list_remove(&power->new_inhibitor.link);
	if (power->idle_timer != NULL) {
		wl_event_source_remove(power->idle_timer);
	}
	if (power->play_timer != NULL) {
		wl_event_source_remove(power->play_timer);
	}
	free(power);
}
