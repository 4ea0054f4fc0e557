// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * --stats FILE: one JSON object a line, one a second, and a last one with "summary": true. The
 * fields are described in pvg-kiosk(1).
 */
#ifndef COMPOSITOR_STATS_H
#define COMPOSITOR_STATS_H

#include <stdio.h>

struct pk_server;
struct pk_stats;

/*
 * NULL when the file cannot be written (said). With @path NULL nothing is written but by
 * pk_stats_write.
 */
struct pk_stats *pk_stats_create(struct pk_server *server, const char *path);
// A line into @file, with rates since the one before.
void pk_stats_write(struct pk_stats *stats, FILE *file);
// Begins to look how much memory is in use, for lines some milliseconds later.
void pk_stats_sample(struct pk_stats *stats);
// Writes the summary to the path. NULL is fine.
void pk_stats_destroy(struct pk_stats *stats);

#endif
