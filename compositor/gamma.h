// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Gamma: the guest's table (fades, calibration) and those of clients such as wlsunset go into the
 * output's own look-up table (spec 04 sections 10.1 and 14.8). First the guest's, then the
 * client's.
 */
#ifndef COMPOSITOR_GAMMA_H
#define COMPOSITOR_GAMMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pk_gamma;
struct pk_output;
struct pk_port;
struct pk_server;
struct pvg_gamma;
struct wlr_output_state;

// The guest's, copied from libpvg's.
struct pk_gamma_table {
	uint32_t entries;
	float values[]; // red, green, blue, .entries each
};

// Any thread. NULL: without memory, or when it is the identity.
struct pk_gamma_table *pk_gamma_copy(const struct pvg_gamma *gamma);

// NULL without memory.
struct pk_gamma *pk_gamma_create(struct pk_server *server);
// Before the display is destroyed. NULL is fine.
void pk_gamma_destroy(struct pk_gamma *gamma);

// The guest's table; taken over. NULL: the identity, or no guest.
void pk_gamma_set_table(struct pk_port *port, struct pk_gamma_table *table);
// What the guest is told that an output has: 0, no look-up table.
uint32_t pk_gamma_entries(const struct pk_output *output);

// The output's next commit is to change its table.
bool pk_gamma_is_due(const struct pk_output *output);
// Puts the table into a commit where it is due, and out of it again where the output refuses it.
void pk_gamma_add(struct pk_output *output, struct wlr_output_state *state);
// The commit was made.
void pk_gamma_committed(struct pk_output *output);

#endif
