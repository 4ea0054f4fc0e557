// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which outputs are on, and why not: the guest sleeps, the user said so (pvgctl,
 * wlr-output-power-management), or nobody did anything for a while (--screen-off). And the
 * protocols by which others hear of that: ext-idle-notify, idle-inhibit.
 */
#ifndef COMPOSITOR_POWER_H
#define COMPOSITOR_POWER_H

#include <stdbool.h>

struct pk_output;
struct pk_power;
struct pk_server;
struct wlr_surface;

// NULL without memory.
struct pk_power *pk_power_create(struct pk_server *server);
// NULL is fine.
void pk_power_destroy(struct pk_power *power);

// The user's switch. NULL when it was done, else why not.
const char *pk_power_switch(struct pk_output *output, bool on);
// Switches the output to what all reasons together say.
const char *pk_power_apply(struct pk_output *output);

// Somebody touched a key, a button or a pointer.
void pk_power_activity(struct pk_power *power);
// The options changed.
void pk_power_reload(struct pk_power *power);
// A frame of the guest's reached the screen.
void pk_power_frame(struct pk_power *power);

#endif
