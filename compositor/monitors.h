// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Monitors: which output shows which display of the VM, in what mode, and what is remembered about
 * panels that come and go. What a user asks for at run time comes in here. Main thread.
 */
#ifndef COMPOSITOR_MONITORS_H
#define COMPOSITOR_MONITORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wayland-server-core.h>

#include "options.h"

struct pk_monitors;
struct pk_output;
struct pk_port;
struct pk_server;

#define PK_PANELS_MAX 64
#define PK_PANEL_ID_BYTES 256
#define PK_MONITORS_WHY_BYTES 160

// A panel that was there once. Make, model and serial number tell it, or else its connector.
struct pk_panel {
	struct wl_list link; // newest use first
	char id[PK_PANEL_ID_BYTES];
	bool twin; // another panel says that it is the same one: the connector tells them apart
	bool here; // an output has it
	int port;  // the display it showed last, -1: none
	// What was asked for at run time; wins over the configuration until it is read again.
	uint64_t asked; // bits of enum pk_asked
	struct pk_output_config ask;
};

enum pk_asked {
	PK_ASKED_ENABLE = 1 << 0,
	PK_ASKED_DISPLAY = 1 << 1,
	PK_ASKED_MODE = 1 << 2,
};

struct pk_monitors *pk_monitors_create(struct pk_server *server);
void pk_monitors_destroy(struct pk_monitors *monitors); // NULL is fine

/* ---- for people: pvgctl, wlr-output-management ----------------------------------------------- */

/*
 * The outputs are pk_server.outputs: .wlr for its names, size and modes, .wish for what is in
 * force, pk_output_source() for the display it shows, .placed: it is on.
 */

// By connector name, NULL: none.
struct pk_output *pk_monitors_find(struct pk_server *server, const char *name);

/*
 * These return false and say why, in words that can follow the output's name; @why has room for
 * PK_MONITORS_WHY_BYTES. What is asked for holds until the configuration is read again, also when
 * the panel is unplugged in between.
 */
bool pk_monitors_map(struct pk_output *output, enum pk_output_display display, char *why);
// The mode of the panel nearest to it; any size for windows' and headless outputs.
bool pk_monitors_set_mode(struct pk_output *output, const struct pk_mode *mode, char *why);
bool pk_monitors_enable(struct pk_output *output, bool enable, char *why);

/* ---- for the kiosk --------------------------------------------------------------------------- */

// A new output: finds or makes the record of its panel, and sets .wish.
void pk_monitors_add(struct pk_output *output);
void pk_monitors_remove(struct pk_output *output);
// It no longer shows a display that another one drives; nothing when it does not.
void pk_monitors_unmirror(struct pk_output *output);
// Looks up what configuration and user say about the output, and does it.
void pk_monitors_follow_options(struct pk_output *output);
// The configuration was read again: what was asked for at run time is forgotten.
void pk_monitors_forget_asked(struct pk_server *server);
// Gives outputs their displays anew after anything about either changed.
void pk_monitors_remap(struct pk_server *server);
// How many displays a VM started now should have.
unsigned int pk_monitors_displays(const struct pk_server *server);
// The guest shows pictures of another size now.
void pk_monitors_guest_size(struct pk_port *port);
// A picture was taken: others that show the same display follow.
void pk_monitors_picture(struct pk_port *port);
// What is known about the panels goes into a file, when it is new.
void pk_monitors_save_facts(struct pk_server *server);
// The mode that the user or the panel chose, which the guest is told first.
struct pk_mode pk_monitors_own_mode(const struct pk_output *output);

/* ---- wlr-output-management: outputmgmt.c ----------------------------------------------------- */

struct pk_outputmgmt;
struct pk_outputmgmt *pk_outputmgmt_create(struct pk_server *server);
void pk_outputmgmt_destroy(struct pk_outputmgmt *mgmt); // NULL is fine
// Tells its clients, after the events at hand.
void pk_outputmgmt_changed(struct pk_outputmgmt *mgmt);

#endif
