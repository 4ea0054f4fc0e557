// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * --stats FILE: one JSON object a line, one a second, and a last one with "summary": true. The
 * fields are described in pvg-kiosk(1).
 */
#ifndef COMPOSITOR_STATS_H
#define COMPOSITOR_STATS_H

struct pk_server;
struct pk_stats;

// NULL when the file cannot be written (said).
struct pk_stats *pk_stats_create(struct pk_server *server, const char *path);
// Writes the summary.
void pk_stats_destroy(struct pk_stats *stats);

#endif
