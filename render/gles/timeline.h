// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Completion of lists: fences and what waits for them.
 */
#ifndef RENDER_GLES_TIMELINE_H
#define RENDER_GLES_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

struct gles_buffer;
struct gles_renderer;

bool gles_fences_init(struct gles_renderer *r);
void gles_fences_finish(struct gles_renderer *r);
// A fence for all GL commands so far; completed answers @serial once it signalled.
void gles_fences_submit(struct gles_renderer *r, uint64_t serial);
uint64_t gles_fences_completed(struct gles_renderer *r);
// Asks the driver; sets r->lost.
void gles_check_lost(struct gles_renderer *r);

bool gles_queries_init(struct gles_renderer *r);
void gles_queries_finish(struct gles_renderer *r);
void gles_queries_end(struct gles_renderer *r); // END_PASS: no counting any more
void gles_queries_completed(struct gles_renderer *r, uint64_t serial);
void gles_queries_drop_buffer(struct gles_renderer *r, struct gles_buffer *buffer);

// The context reads as lost from now on. @how: for the log.
void gles_lose(struct gles_renderer *r, const char *how);

#endif
