// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Statistics on the screen: a few lines in a corner of each output that shows a display, twice a
 * second. On an overlay plane where the backend can use one, so that the picture stays on its own;
 * else composited. Nothing runs while it is off.
 */
#ifndef COMPOSITOR_OSD_H
#define COMPOSITOR_OSD_H

#include <stdbool.h>

struct pk_osd;
struct pk_output;
struct pk_server;
struct wlr_output_state;

// NULL without memory.
struct pk_osd *pk_osd_create(struct pk_server *server);
// NULL is fine.
void pk_osd_destroy(struct pk_osd *osd);

// NULL, or why not.
const char *pk_osd_set(struct pk_osd *osd, bool on);
bool pk_osd_is_on(const struct pk_osd *osd);

// The output is about to go.
void pk_osd_forget(struct pk_osd *osd, struct pk_output *output);

// It has to be drawn into the output's picture.
bool pk_osd_is_composited(const struct pk_output *output);
// The output's next commit is to change its overlay plane.
bool pk_osd_is_due(const struct pk_output *output);
// Puts the overlay plane into a commit where it is due.
void pk_osd_add(struct pk_output *output, struct wlr_output_state *state);
// The commit with this state was made, or was not.
void pk_osd_committed(struct pk_output *output, const struct wlr_output_state *state, bool done);

#endif
