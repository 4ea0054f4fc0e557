// SPDX-License-Identifier: GPL-2.0-or-later
#include "gamma.h"

#include <stdlib.h>
#include <string.h>
#include <wlr/types/wlr_gamma_control_v1.h>

#include <pvg/device.h>
#include <pvg/log.h>

#include "compat.h"
#include "gamma-lut.h"
#include "server.h"

#define ENTRIES_ADVERTISED 1024u // spec 04 section 3.5

struct pk_gamma {
	struct pk_server *server; // borrowed
	struct wlr_gamma_control_manager_v1 *manager; // owned by the display
	struct wl_listener set_gamma;
};

struct pk_gamma_table *pk_gamma_copy(const struct pvg_gamma *gamma) {
	if (gamma->identity) {
		return NULL;
	}
	size_t channel = gamma->entries * sizeof(float); // at most 4096 entries
	struct pk_gamma_table *table = malloc(sizeof(*table) + 3 * channel);
	if (table == NULL) {
		return NULL; // no fade
	}
	table->entries = gamma->entries;
	memcpy(table->values, gamma->red, channel);
	memcpy(table->values + gamma->entries, gamma->green, channel);
	memcpy(table->values + 2 * (size_t)gamma->entries, gamma->blue, channel);
	return table;
}

static size_t lut_size(const struct pk_output *output) {
	size_t size = wlr_output_get_gamma_size(output->wlr);
	return size >= 2 && !output->gamma.refused ? size : 0;
}

uint32_t pk_gamma_entries(const struct pk_output *output) {
	return output != NULL && lut_size(output) != 0 ? ENTRIES_ADVERTISED : 0;
}

void pk_gamma_set_table(struct pk_port *port, struct pk_gamma_table *table) {
	if (table == NULL && port->gamma == NULL) {
		return;
	}
	free(port->gamma);
	port->gamma = table;
	if (port->output != NULL && lut_size(port->output) != 0) {
		port->output->gamma.due = true;
	} else if (table != NULL && !port->gamma_logged) {
		port->gamma_logged = true;
		pvg_info("display %u: the guest's gamma table is not shown: the output has no "
			 "look-up table", port->index);
	}
}

bool pk_gamma_is_due(const struct pk_output *output) {
	return output->gamma.due || output->gamma.port != output->port;
}

static const struct pk_gamma_table *guest_table(const struct pk_output *output) {
	return output->port != NULL ? output->port->gamma : NULL;
}

// False without memory.
static bool set_lut(const struct pk_output *output, struct wlr_output_state *state) {
	const struct pk_gamma_table *guest = guest_table(output);
	const struct pk_gamma *gamma = output->server->gamma;
	struct wlr_gamma_control_v1 *control = gamma == NULL ? NULL :
		wlr_gamma_control_manager_v1_get_control(gamma->manager, output->wlr);
	size_t client_size = 0;
	const uint16_t *client = NULL;
	if (control != NULL && control->table != NULL) {
		client = control->table;
		client_size = control->ramp_size;
	}
	if (guest == NULL && client == NULL) {
		return pk_compat_state_set_gamma(state, 0, NULL);
	}
	size_t size = lut_size(output);
	uint16_t *lut = calloc(3 * size, sizeof(*lut));
	if (lut == NULL) {
		return false;
	}
	for (size_t channel = 0; channel < 3; channel++) {
		uint16_t *to = lut + channel * size;
		const float *from = guest != NULL ? guest->values + channel * guest->entries : NULL;
		pk_gamma_resample(from, guest != NULL ? guest->entries : 0, to, size);
		if (client != NULL) {
			pk_gamma_chain(to, size, client + channel * client_size, client_size);
		}
	}
	bool ok = pk_compat_state_set_gamma(state, size, lut);
	free(lut);
	return ok;
}

void pk_gamma_add(struct pk_output *output, struct wlr_output_state *state) {
	if (!pk_gamma_is_due(output) || lut_size(output) == 0) {
		return;
	}
	if (!set_lut(output, state)) {
		return; // with the next one
	}
	if (!wlr_output_test_state(output->wlr, state)) {
		pk_compat_state_drop_gamma(state);
		if (wlr_output_test_state(output->wlr, state)) {
			// Without it, it is fine: so it is the table.
			output->gamma.refused = true;
			pvg_error("output %s: its look-up table cannot be set: gamma is not shown",
				output->wlr->name);
		}
	}
}

void pk_gamma_committed(struct pk_output *output) {
	output->gamma.due = false;
	output->gamma.port = output->port;
}

static void handle_set_gamma(struct wl_listener *listener, void *data) {
	const struct wlr_gamma_control_manager_v1_set_gamma_event *event = data;
	struct pk_output *output = event->output->data;
	if (output == NULL) {
		return;
	}
	if (event->control != NULL && lut_size(output) == 0) {
		wlr_gamma_control_v1_send_failed_and_destroy(event->control);
		return;
	}
	output->gamma.due = true;
	pk_output_schedule_repaint(output);
}

struct pk_gamma *pk_gamma_create(struct pk_server *server) {
	struct pk_gamma *gamma = calloc(1, sizeof(*gamma));
	if (gamma == NULL) {
		return NULL;
	}
	gamma->server = server;
	gamma->manager = wlr_gamma_control_manager_v1_create(server->display);
	if (gamma->manager == NULL) {
		free(gamma);
		return NULL;
	}
	gamma->set_gamma.notify = handle_set_gamma;
	wl_signal_add(&gamma->manager->events.set_gamma, &gamma->set_gamma);
	return gamma;
}

void pk_gamma_destroy(struct pk_gamma *gamma) {
	if (gamma == NULL) {
		return;
	}
	wl_list_remove(&gamma->set_gamma.link);
	free(gamma);
}
