// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitors.h"

#include <stdlib.h>
#include <string.h>
#include <wlr/types/wlr_output_layout.h>

#include <pvg/log.h>

#include "desc.h"
#include "mapping.h"
#include "seat.h"
#include "server.h"
#include "xdg.h"

#define WHY_BYTES PK_MONITORS_WHY_BYTES
#define FOLLOW_MS 250 // a guest that tries one size after the other gets the last one

struct pk_monitors {
	struct pk_server *server; // borrowed
	struct wl_list panels;    // pk_panel.link, owned
	unsigned int panel_count;
	struct pk_outputmgmt *mgmt;           // owned
	struct wl_event_source *follow_timer; // owned
	bool remapping;
	char *saved; // owned: what the file of facts says; NULL: not known
	struct wl_listener layout_change;
};

/* ---- panels ---------------------------------------------------------------------------------- */

static void panel_id(const struct wlr_output *wlr, bool nested, bool twin, char *id) {
	struct pk_desc_input input = { .connector = wlr->name, .twin = twin };
	if (!nested) { // a window's names are its parent's version numbers
		input.make = wlr->make;
		input.model = wlr->model;
		input.serial = wlr->serial;
	}
	pk_desc_identity(&input, id, PK_PANEL_ID_BYTES);
}

static struct pk_panel *panel_find(struct pk_monitors *monitors, const char *id) {
	struct pk_panel *panel;
	wl_list_for_each(panel, &monitors->panels, link) {
		if (strcmp(panel->id, id) == 0) {
			return panel;
		}
	}
	return NULL;
}

// The one that was away longest makes room.
static void panel_forget_oldest(struct pk_monitors *monitors) {
	struct pk_panel *panel;
	wl_list_for_each_reverse(panel, &monitors->panels, link) {
		if (!panel->here) {
			wl_list_remove(&panel->link);
			free(panel);
			monitors->panel_count--;
			return;
		}
	}
}

static struct pk_panel *panel_make(struct pk_monitors *monitors, const char *id) {
	if (monitors->panel_count >= PK_PANELS_MAX) {
		panel_forget_oldest(monitors);
	}
	struct pk_panel *panel = calloc(1, sizeof(*panel));
	if (panel != NULL) {
		memcpy(panel->id, id, PK_PANEL_ID_BYTES);
		panel->port = -1;
		wl_list_insert(&monitors->panels, &panel->link);
		monitors->panel_count++;
	}
	return panel;
}

static void look_up(struct pk_output *output) {
	const struct wlr_output *wlr = output->wlr;
	pk_options_wish(output->server->options, wlr->name, wlr->make, wlr->model, wlr->serial,
		&output->wish);
	const struct pk_panel *panel = output->panel;
	if (panel == NULL) {
		return;
	}
	if ((panel->asked & PK_ASKED_ENABLE) != 0) {
		output->wish.enable = panel->ask.enable;
	}
	if ((panel->asked & PK_ASKED_DISPLAY) != 0) {
		output->wish.display = panel->ask.display;
	}
	if ((panel->asked & PK_ASKED_MODE) != 0) {
		output->wish.mode = panel->ask.mode;
	}
}

void pk_monitors_add(struct pk_output *output) {
	struct pk_server *server = output->server;
	char id[PK_PANEL_ID_BYTES] = "";
	panel_id(output->wlr, server->nested, false, id);
	struct pk_panel *panel = panel_find(server->monitors, id);
	bool twin = panel != NULL && panel->here;
	if (twin) {
		panel_id(output->wlr, server->nested, true, id);
		panel = panel_find(server->monitors, id);
	}
	if (panel == NULL) {
		panel = panel_make(server->monitors, id);
	}
	if (panel != NULL && !panel->here) {
		wl_list_remove(&panel->link);
		wl_list_insert(&server->monitors->panels, &panel->link);
		panel->here = true;
		panel->twin = twin;
		output->panel = panel;
	}
	look_up(output);
}

void pk_monitors_remove(struct pk_output *output) {
	if (output->panel != NULL) {
		output->panel->here = false;
		output->panel = NULL;
	}
}

struct pk_output *pk_monitors_find(struct pk_server *server, const char *name) {
	struct pk_output *output;
	wl_list_for_each(output, &server->outputs, link) {
		if (strcmp(output->wlr->name, name) == 0) {
			return output;
		}
	}
	return NULL;
}

/* ---- which output shows what ----------------------------------------------------------------- */

static unsigned int port_count(const struct pk_server *server) {
	unsigned int count =
		server->options->displays != 0 ? server->options->displays : PVG_MAX_PORTS;
	if (server->vm_connected && server->vm_displays < count) {
		count = server->vm_displays;
	}
	return count;
}

unsigned int pk_monitors_displays(const struct pk_server *server) {
	unsigned int count = 0;
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		if (server->ports[i].output != NULL || server->options->display_configs[i].park) {
			count = i + 1;
		}
	}
	return count;
}

static void count_mirrors(struct pk_port *port) {
	unsigned int mirrors = 0;
	const struct pk_output *output;
	wl_list_for_each(output, &port->server->outputs, link) {
		mirrors += output->mirror == port;
	}
	pk_pool_set_mirrors(&port->server->pool, port->index, mirrors);
}

void pk_monitors_unmirror(struct pk_output *output) {
	struct pk_port *port = output->mirror;
	if (port != NULL) {
		output->mirror = NULL;
		pk_cursor_leave(output);
		count_mirrors(port);
	}
}

static void let_go(struct pk_output *output) {
	if (output->port != NULL) {
		pvg_info("display %u: no longer on output %s", output->port->index,
			output->wlr->name);
		pk_port_detach(output->port);
	}
	if (output->mirror != NULL) {
		pvg_info("output %s: no longer shows display %u", output->wlr->name,
			output->mirror->index);
		pk_monitors_unmirror(output);
	}
	wlr_scene_buffer_set_buffer(output->picture, NULL);
	output->accepted.set = output->refused.set = false;
}

static void take_up(struct pk_output *output, struct pk_port *port, bool mirror) {
	if (mirror) {
		output->mirror = port;
		output->mirrored = 0;
		count_mirrors(port);
		pk_cursor_enter(output);
		pk_cursor_update(port);
		pvg_info("output %s: shows display %u too", output->wlr->name, port->index);
		return;
	}
	pk_port_attach(port, output);
	pk_output_choose_memory(output);
}

static void remap(struct pk_server *server, struct pk_mapping *outputs, size_t count) {
	struct pk_output *output;
	bool changed = false;
	size_t i = 0;
	wl_list_for_each(output, &server->outputs, link) {
		outputs[i++] = (struct pk_mapping){
			.enabled = output->placed,
			.display = output->wish.display,
			.primary = output->wish.primary,
			.remembered = output->panel != NULL ? output->panel->port : -1,
		};
	}
	unsigned int ports = port_count(server);
	pk_mapping_solve(outputs, count, ports,
		server->options->extra_outputs == PK_EXTRA_MIRROR);
	i = 0;
	wl_list_for_each(output, &server->outputs, link) {
		const struct pk_mapping *answer = &outputs[i++];
		const struct pk_port *port =
			answer->port >= 0 ? &server->ports[answer->port] : NULL;
		if (output->port != (answer->mirror ? NULL : port) ||
				output->mirror != (answer->mirror ? port : NULL)) {
			changed = true;
			let_go(output);
		}
	}
	i = 0;
	wl_list_for_each(output, &server->outputs, link) {
		const struct pk_mapping *answer = &outputs[i++];
		if (answer->port >= 0 && output->port == NULL && output->mirror == NULL) {
			take_up(output, &server->ports[answer->port], answer->mirror);
		}
		if (answer->port >= 0 && !answer->mirror && output->panel != NULL) {
			output->panel->port = answer->port;
		}
		if (output->placed && answer->port < 0 && changed &&
				output->wish.display >= PK_OUTPUT_DISPLAY_0) {
			pvg_info("output %s: there is no display %d", output->wlr->name,
				(int)output->wish.display - PK_OUTPUT_DISPLAY_0);
		}
	}
	if (!changed) {
		return;
	}
	pk_server_update_view(server);
	pk_server_describe_later(server);
}

void pk_monitors_remap(struct pk_server *server) {
	size_t count = (size_t)wl_list_length(&server->outputs);
	pk_seat_map_devices(server->seat);
	if (server->monitors->remapping) {
		return;
	}
	struct pk_mapping *outputs = calloc(count + 1, sizeof(*outputs));
	if (outputs == NULL) {
		return; // everything stays where it is
	}
	server->monitors->remapping = true;
	remap(server, outputs, count);
	server->monitors->remapping = false;
	free(outputs);
	pk_outputmgmt_changed(server->monitors->mgmt);
}

// Outputs that were placed by the layout itself move when another one comes or goes.
static void handle_layout_change(struct wl_listener *listener, void *data) {
	struct pk_monitors *monitors = wl_container_of(listener, monitors, layout_change);
	struct pk_output *output;
	wl_list_for_each(output, &monitors->server->outputs, link) {
		struct wlr_box box;
		wlr_output_layout_get_box(monitors->server->layout, output->wlr, &box);
		if (!output->placed || wlr_box_empty(&box)) {
			continue;
		}
		output->lx = box.x;
		output->ly = box.y;
		wlr_scene_output_set_position(output->scene_output, box.x, box.y);
		wlr_scene_node_set_position(&output->tree->node, box.x, box.y);
	}
	pk_outputmgmt_changed(monitors->mgmt);
}

void pk_monitors_picture(struct pk_port *port) {
	struct pk_output *output;
	wl_list_for_each(output, &port->server->outputs, link) {
		if (output->mirror == port) {
			pk_output_schedule_repaint(output);
		}
	}
}

/* ---- modes ----------------------------------------------------------------------------------- */

static bool set_mode(struct pk_output *output, const struct pk_mode *mode, char *why) {
	struct wlr_output_state state;
	wlr_output_state_init(&state);
	bool known = pk_output_choose_mode(output, &state, mode);
	bool ok = known && pk_output_change(output, &state);
	wlr_output_state_finish(&state);
	if (!known) {
		snprintf(why, WHY_BYTES, "it has no mode %dx%d", mode->width, mode->height);
	} else if (!ok) {
		snprintf(why, WHY_BYTES, "the mode %dx%d is refused", mode->width, mode->height);
	}
	return ok;
}

static bool same_mode(const struct pk_mode *a, const struct pk_mode *b) {
	return a->width == b->width && a->height == b->height && a->refresh_mhz == b->refresh_mhz;
}

struct pk_mode pk_monitors_own_mode(const struct pk_output *output) {
	if (output->own_mode.width > 0) {
		return output->own_mode;
	}
	const struct wlr_output *wlr = output->wlr;
	return (struct pk_mode){ wlr->width, wlr->height, (uint32_t)wlr->refresh };
}

// The guest's size on the panel itself, where the user wants that and the panel can.
static void follow_guest(struct pk_output *output) {
	const struct pk_port *port = output->port;
	if (port == NULL || output->server->nested || !output->placed || !output->wlr->enabled) {
		return;
	}
	struct pk_mode own = pk_monitors_own_mode(output);
	struct pk_mode want = own;
	if (output->wish.follow_guest && port->shown != NULL) {
		want.width = (int)port->shown_width;
		want.height = (int)port->shown_height;
	}
	if (want.width == output->wlr->width && want.height == output->wlr->height) {
		return;
	}
	char why[WHY_BYTES];
	output->own_mode = own;
	output->following = true; // the guest is not told about its own wish
	if (!pk_output_has_mode(output, &want)) {
		want = own;
	}
	if (want.width != output->wlr->width || want.height != output->wlr->height) {
		if (!set_mode(output, &want, why)) {
			pvg_info("output %s: cannot follow the guest: %s", output->wlr->name, why);
		}
	}
	output->following = false;
}

static int handle_follow_timer(void *data) {
	struct pk_monitors *monitors = data;
	struct pk_output *output;
	wl_list_for_each(output, &monitors->server->outputs, link) {
		follow_guest(output);
	}
	return 0;
}

void pk_monitors_guest_size(struct pk_port *port) {
	if (port->output != NULL && (port->output->wish.follow_guest ||
			port->output->own_mode.width > 0)) {
		wl_event_source_timer_update(port->server->monitors->follow_timer, FOLLOW_MS);
	}
}

/* ---- on and off ------------------------------------------------------------------------------ */

static bool switch_off(struct pk_output *output, char *why) {
	struct pk_server *server = output->server;
	struct wlr_output_state state;
	if (output->wlr->enabled) {
		wlr_output_state_init(&state);
		wlr_output_state_set_enabled(&state, false);
		bool ok = wlr_output_commit_state(output->wlr, &state);
		wlr_output_state_finish(&state);
		if (!ok) {
			snprintf(why, WHY_BYTES, "it cannot be switched off");
			return false;
		}
	}
	if (output->placed) {
		output->placed = false;
		wlr_scene_node_set_enabled(&output->tree->node, false);
		wlr_output_layout_remove(server->layout, output->wlr);
		pvg_info("output %s: off", output->wlr->name);
	}
	pk_monitors_remap(server);
	pk_xdg_arrange(server->xdg);
	return true;
}

static bool switch_on(struct pk_output *output, char *why) {
	struct wlr_output_state state;
	if (!output->wlr->enabled) {
		wlr_output_state_init(&state);
		wlr_output_state_set_enabled(&state, true);
		pk_output_choose_mode(output, &state, &output->wish.mode);
		bool ok = pk_output_change(output, &state);
		wlr_output_state_finish(&state);
		if (!ok) {
			snprintf(why, WHY_BYTES, "it cannot be switched on");
			return false;
		}
		pvg_info("output %s: on", output->wlr->name);
	}
	pk_server_place_outputs(output->server);
	return true;
}

void pk_monitors_follow_options(struct pk_output *output) {
	struct pk_output_config before = output->wish;
	char why[WHY_BYTES];
	look_up(output);
	const struct pk_output_config *now = &output->wish;
	bool ok = true;
	output->message_text[0] = '\0';
	if (now->enable != output->placed && output->server->started) {
		ok = now->enable ? switch_on(output, why) : switch_off(output, why);
	}
	if (ok && output->placed && !same_mode(&now->mode, &before.mode)) {
		output->own_mode = (struct pk_mode){ 0 };
		ok = set_mode(output, &now->mode, why);
	}
	if (!ok) {
		pvg_error("output %s: %s", output->wlr->name, why);
	}
	if (output->port != NULL) {
		pk_monitors_guest_size(output->port);
	}
}

void pk_monitors_forget_asked(struct pk_server *server) {
	struct pk_panel *panel;
	wl_list_for_each(panel, &server->monitors->panels, link) {
		panel->asked = 0;
	}
}

/* ---- what people ask for --------------------------------------------------------------------- */

// NULL: said why.
static struct pk_panel *ask(struct pk_output *output, char *why) {
	if (output->panel == NULL) {
		snprintf(why, WHY_BYTES, "out of memory");
	}
	return output->panel;
}

bool pk_monitors_map(struct pk_output *output, enum pk_output_display display, char *why) {
	struct pk_panel *panel = ask(output, why);
	unsigned int ports = port_count(output->server);
	if (panel == NULL) {
		return false;
	}
	if (display >= PK_OUTPUT_DISPLAY_0 && display - PK_OUTPUT_DISPLAY_0 >= ports) {
		snprintf(why, WHY_BYTES, "there is no display %d, only 0 to %u",
			(int)display - PK_OUTPUT_DISPLAY_0, ports - 1);
		return false;
	}
	panel->ask.display = display;
	panel->asked |= PK_ASKED_DISPLAY;
	if (display == PK_OUTPUT_DISPLAY_AUTO) {
		panel->port = -1;
	}
	look_up(output);
	pk_monitors_remap(output->server);
	return true;
}

bool pk_monitors_set_mode(struct pk_output *output, const struct pk_mode *mode, char *why) {
	struct pk_panel *panel = ask(output, why);
	if (panel == NULL) {
		return false;
	}
	if (!output->placed) {
		snprintf(why, WHY_BYTES, "it is off");
		return false;
	}
	if (output->server->nested) {
		snprintf(why, WHY_BYTES, "a window has the size that its session gives it");
		return false;
	}
	output->own_mode = (struct pk_mode){ 0 };
	if (!set_mode(output, mode, why)) {
		return false;
	}
	panel->ask.mode = *mode;
	panel->asked |= PK_ASKED_MODE;
	look_up(output);
	pk_outputmgmt_changed(output->server->monitors->mgmt);
	return true;
}

bool pk_monitors_enable(struct pk_output *output, bool enable, char *why) {
	struct pk_panel *panel = ask(output, why);
	if (panel == NULL) {
		return false;
	}
	if (!enable && output->server->nested) {
		snprintf(why, WHY_BYTES, "a window is closed in its session");
		return false;
	}
	uint64_t asked = panel->asked;
	bool before = panel->ask.enable;
	panel->ask.enable = enable;
	panel->asked |= PK_ASKED_ENABLE;
	look_up(output);
	bool ok = enable == output->placed ||
		(enable ? switch_on(output, why) : switch_off(output, why));
	if (!ok) {
		panel->ask.enable = before;
		panel->asked = asked;
		look_up(output);
	}
	return ok;
}

// A start without a panel is a matter of screens alone: windows and headless outputs are made.
static bool keeps_facts(const struct pk_server *server) {
	return strcmp(server->backend_name, "drm") == 0;
}

void pk_monitors_save_facts(struct pk_server *server) {
	struct pk_monitors *monitors = server->monitors;
	struct pk_facts *facts = calloc(PVG_MAX_PORTS, sizeof(*facts));
	char *text = NULL;
	size_t size;
	FILE *out = facts != NULL && keeps_facts(server) ? open_memstream(&text, &size) : NULL;
	if (out != NULL) {
		for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
			facts[i] = server->ports[i].facts;
		}
		pk_facts_write(facts, out);
		fclose(out);
		if (monitors->saved == NULL || strcmp(monitors->saved, text) != 0) {
			pk_facts_save(text);
			free(monitors->saved);
			monitors->saved = text;
			text = NULL;
		}
	}
	free(text);
	free(facts);
}

static void load_facts(struct pk_server *server) {
	struct pk_facts *facts = calloc(PVG_MAX_PORTS, sizeof(*facts));
	if (facts != NULL && keeps_facts(server)) {
		pk_facts_load(facts);
		for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
			server->ports[i].facts = facts[i];
		}
	}
	free(facts);
}

/* ---- set up ---------------------------------------------------------------------------------- */

struct pk_monitors *pk_monitors_create(struct pk_server *server) {
	struct pk_monitors *monitors = calloc(1, sizeof(*monitors));
	if (monitors == NULL) {
		return NULL;
	}
	monitors->server = server;
	wl_list_init(&monitors->panels);
	monitors->follow_timer =
		wl_event_loop_add_timer(server->loop, handle_follow_timer, monitors);
	monitors->layout_change.notify = handle_layout_change;
	wl_signal_add(&server->layout->events.change, &monitors->layout_change);
	monitors->mgmt = pk_outputmgmt_create(server);
	load_facts(server);
	if (monitors->follow_timer == NULL || monitors->mgmt == NULL) {
		pk_monitors_destroy(monitors);
		return NULL;
	}
	return monitors;
}

void pk_monitors_destroy(struct pk_monitors *monitors) {
	if (monitors == NULL) {
		return;
	}
	pk_outputmgmt_destroy(monitors->mgmt);
	wl_list_remove(&monitors->layout_change.link);
	if (monitors->follow_timer != NULL) {
		wl_event_source_remove(monitors->follow_timer);
	}
	struct pk_panel *panel, *tmp;
	wl_list_for_each_safe(panel, tmp, &monitors->panels, link) {
		wl_list_remove(&panel->link);
		free(panel);
	}
	free(monitors->saved);
	free(monitors);
}
