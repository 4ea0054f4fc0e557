// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pictures of guest surfaces: memory that the device thread writes and outputs show without another
 * copy. Each has two faces as a wlr_buffer: shared memory for renderers, nested windows and
 * captures, and, where the kernel gives one, a dmabuf for KMS planes. Renderers never see the
 * dmabuf: importing one as a texture is slow on real drivers and crashes kms_swrast.
 *
 * States, all guarded by pk_pool.lock (spec 04 section 14.6): at most one picture is queued, one
 * committed and one on glass for each port; a newer present replaces the queued one (DSP-21).
 *
 *   FREE -> FILLING (device) -> QUEUED -> COMMITTED (main) -> ON_GLASS -> RETIRED -> FREE
 */
#ifndef COMPOSITOR_IMAGE_H
#define COMPOSITOR_IMAGE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>
#include <wlr/interfaces/wlr_buffer.h>

#include <pvg/display.h>

enum pk_image_state {
	PK_IMAGE_FREE,
	PK_IMAGE_FILLING,
	PK_IMAGE_QUEUED,
	PK_IMAGE_COMMITTED,
	PK_IMAGE_ON_GLASS,
	PK_IMAGE_RETIRED, // ours no more, but a consumer still reads it
};

enum pk_memory {
	PK_MEMORY_SHM,     // memfd
	PK_MEMORY_UDMABUF, // memfd that is also a dmabuf
	PK_MEMORY_DUMB,    // the KMS device's own buffer
};

struct pk_image;

struct pk_face {
	struct wlr_buffer buffer;
	struct pk_image *image; // borrowed: outlives its faces
	struct wl_listener release;
	bool live;
};

struct pk_image {
	struct pvg_image base; // what libpvg sees
	struct pk_pool *pool;  // borrowed
	unsigned int port;
	struct wl_list link; // pk_pool.images
	enum pk_image_state state;
	enum pk_memory memory;
	struct pvg_frame_info info;
	size_t size_bytes;
	int memfd;     // owned, -1: none
	int dmabuf_fd; // owned, -1: none
	struct pk_face shm, dmabuf;
	bool locked; // we hold a lock on both faces
};

struct pk_pool_port {
	struct pk_image *queued; // borrowed from images
	enum pk_memory memory;
	uint32_t stride_align;
	struct {
		bool set;
		uint32_t width, height, fourcc;
	} want; // the device found no picture like this
	uint64_t replaced; // queued pictures that a newer one replaced
};

struct pk_pool {
	pthread_mutex_t lock; // guards the states, links and ports
	struct wl_list images; // pk_image.link
	struct pk_pool_port ports[PVG_MAX_PORTS];
	bool device_waits; // for a picture to become free
	// what the outputs and the renderer take without conversion, 0-terminated
	uint32_t fourccs[4];
	int udmabuf_fd;      // owned; -1: no such device
	int drm_fd;          // borrowed from the backend; -1: none
	void (*wake_main)(void *data);   // any thread
	void (*wake_device)(void *data); // main thread
	void *data;
};

void pk_pool_init(struct pk_pool *pool);
void pk_pool_finish(struct pk_pool *pool);

/* Device thread */

struct pvg_image *pk_pool_acquire(struct pk_pool *pool, unsigned int port, uint32_t width,
	uint32_t height, uint32_t fourcc);
void pk_pool_queue(struct pk_pool *pool, struct pvg_image *image,
	const struct pvg_frame_info *info);
void pk_pool_cancel(struct pk_pool *pool, struct pvg_image *image);

/* Main thread */

// Makes what the device asked for and frees what fits no more.
void pk_pool_service(struct pk_pool *pool);

// Pictures of this size ready before the first present (DSP-16).
void pk_pool_prepare(struct pk_pool *pool, unsigned int port, uint32_t width, uint32_t height);

// Another kind of memory for a port; false when this machine cannot give it.
bool pk_pool_set_memory(struct pk_pool *pool, unsigned int port, enum pk_memory memory);
const char *pk_memory_name(enum pk_memory memory);

// The newest queued picture, or NULL; COMMITTED and locked from here to pk_image_retire.
struct pk_image *pk_pool_take(struct pk_pool *pool, unsigned int port);
void pk_image_on_glass(struct pk_image *image);
// NULL is fine.
void pk_image_retire(struct pk_image *image);

// Forgets what is queued for every port.
void pk_pool_drop_queued(struct pk_pool *pool);

#endif
