// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pictures that surfaces of the guest's GPU live in, so that what is drawn is what is scanned out
 * (spec 04 section 14.3). They come from the port's pool (image.h) and are dma-bufs: memory of ours
 * as udmabuf, or the KMS device's dumb buffers, where a CPU rasterizer draws; wlroots' allocator
 * where a GPU does.
 */
#ifndef COMPOSITOR_SCANOUT_H
#define COMPOSITOR_SCANOUT_H

#include <stdbool.h>

#include <pvg/display.h>

struct pk_output;
struct pk_pool;
struct pk_port;
struct pvg_renderer;

// Surfaces of a port that live in pictures: those on the screen, the ones to be drawn next, spares.
#define PK_HOMES_PER_PORT 12
#define PK_HOMES_PER_PORT_LARGE 6 // pictures of PK_LARGE_BYTES and more

/* Device thread: what struct pvg_host asks for (pvg/device.h) */

enum pvg_home_answer pk_pool_home_acquire(struct pk_pool *pool, unsigned int port, uint32_t width,
	uint32_t height, uint32_t fourcc, struct pvg_image **image);
void pk_pool_home_release(struct pk_pool *pool, struct pvg_image *image);
unsigned int pk_pool_home_state(struct pk_pool *pool, const struct pvg_image *image);
bool pk_pool_home_fence(struct pvg_image *image, int sync_file);

/* Main thread */

// What homes of the output's port are made of, after its kind of memory was chosen. @renderer: NULL
// for none; only its capabilities are looked at.
void pk_output_choose_homes(struct pk_output *output, struct pvg_renderer *renderer);

/*
 * A buffer that the output's test accepted was committed, or could not be: it is tested again, and
 * after some failures in a row pictures are composited for a while.
 */
void pk_scanout_committed(struct pk_output *output, bool committed);
// Is what the output refused still not to be asked for?
bool pk_scanout_is_refused(struct pk_output *output);
// A new picture of the port was committed: which way it went, and why not on the plane.
void pk_scanout_note(struct pk_port *port, const struct pk_output *output);

#endif
