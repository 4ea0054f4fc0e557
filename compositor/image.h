// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pictures of guest surfaces: memory that the device thread writes and outputs show without another
 * copy. Each has two faces as a wlr_buffer: shared memory for renderers, nested windows and
 * captures, and, where the kernel gives one, a dmabuf for KMS planes. wlroots' renderers never see
 * the dmabuf of memory that has the other face: importing one as a texture is slow on real drivers
 * and crashes kms_swrast.
 *
 * A picture is free unless somebody has it, all guarded by pk_pool.lock (spec 04 section 14.6):
 *
 *   filling  the device copies a surface into it
 *   home     a surface of the guest's GPU lives in it (scanout.h)
 *   queued   it is a port's newest present; a newer one replaces it (DSP-21)
 *   taken    a port commits it, or has it on glass; a home can be both, and queued again too
 *   read     ours no more, but a consumer still reads it
 */
#ifndef COMPOSITOR_IMAGE_H
#define COMPOSITOR_IMAGE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>
#include <wlr/interfaces/wlr_buffer.h>
#include <wlr/render/drm_format_set.h>

#include <pvg/display.h>
#include <pvg/renderer.h>

enum pk_memory {
	PK_MEMORY_SHM,     // memfd
	PK_MEMORY_UDMABUF, // memfd that is also a dmabuf
	PK_MEMORY_DUMB,    // the KMS device's own buffer
	PK_MEMORY_GPU,     // wlroots' allocator: homes that a GPU draws into, not for the CPU
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
	bool filling, home, queued, read;
	unsigned int taken; // as often we hold a lock on both faces
	enum pk_memory memory;
	struct pvg_frame_info info; // of the present that was taken last
	int64_t arrived_ns;         // when its doorbell was seen
	size_t size_bytes;
	int memfd;     // owned, -1: none
	int dmabuf_fd; // owned unless .allocated, -1: none
	struct wlr_buffer *allocated; // owned, PK_MEMORY_GPU
	struct pvg_gpu_dmabuf layout; // of .dmabuf_fd, for base.dmabuf
	struct pk_face shm, dmabuf;
};

struct pk_want { // the device found no picture like this
	bool set, home;
	uint32_t width, height, fourcc;
};

struct pk_pool_port {
	struct pk_image *queued; // borrowed from images
	struct pvg_frame_info info; // of .queued
	int64_t arrived_ns;         // the same
	enum pk_memory memory;
	uint32_t stride_align;
	struct pk_homes {
		bool given; // surfaces may live in pictures of this port
		enum pk_memory memory;
		// PK_MEMORY_GPU: what output and renderer have in common
		struct wlr_drm_format_set formats; // owned
	} homes;
	struct pk_want want;
	unsigned int mirrors; // outputs that show the port too, at their own pace
	uint64_t replaced; // queued pictures that a newer one replaced
};

struct pk_pool {
	pthread_mutex_t lock; // guards the states, links and ports
	struct wl_list images; // pk_image.link
	struct pk_pool_port ports[PVG_MAX_PORTS];
	bool device_waits; // for a picture to become free
	// what the outputs and the renderer take without conversion, 0-terminated
	uint32_t fourccs[4];
	struct wlr_allocator *allocator; // borrowed, for PK_MEMORY_GPU
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
// @arrived_ns: when its doorbell was seen.
void pk_pool_queue(struct pk_pool *pool, struct pvg_image *image,
	const struct pvg_frame_info *info, int64_t arrived_ns);
void pk_pool_cancel(struct pk_pool *pool, struct pvg_image *image);

/* Main thread */

// Makes what the device asked for and frees what fits no more.
void pk_pool_service(struct pk_pool *pool);

// Pictures of this size ready before the first present (DSP-16).
void pk_pool_prepare(struct pk_pool *pool, unsigned int port, uint32_t width, uint32_t height);

// Another kind of memory for a port; false when this machine cannot give it.
bool pk_pool_set_memory(struct pk_pool *pool, unsigned int port, enum pk_memory memory);
const char *pk_memory_name(enum pk_memory memory);

// So many outputs show a port beside the one that drives it: there may be more pictures of it.
void pk_pool_set_mirrors(struct pk_pool *pool, unsigned int port, unsigned int mirrors);

// When the picture that is queued for a port arrived, 0: there is none.
int64_t pk_pool_waiting(struct pk_pool *pool, unsigned int port);
// The newest queued picture, or NULL; taken and locked from here to pk_image_retire, once for each.
struct pk_image *pk_pool_take(struct pk_pool *pool, unsigned int port);
// NULL is fine.
void pk_image_retire(struct pk_image *image);
// What an output's renderer reads.
struct wlr_buffer *pk_image_readable(struct pk_image *image);

// Forgets what is queued for every port. Any thread.
void pk_pool_drop_queued(struct pk_pool *pool);

/* For scanout.c */

// An output that shows the port too may have older ones committed and on glass.
#define PK_IMAGES_PER_MIRROR 2u
#define PK_LARGE_BYTES (64u << 20) // of a picture from which on there are fewer

// @fourcc where pictures are made of it, else XRGB8888.
uint32_t pk_pool_choose_fourcc(const struct pk_pool *pool, uint32_t fourcc);

// With the lock held: somebody shows it, or is about to.
static inline bool pk_image_is_shown(const struct pk_image *image) {
	return image->queued || image->taken > 0 || image->read;
}
static inline bool pk_image_is_free(const struct pk_image *image) {
	return !image->filling && !image->home && !pk_image_is_shown(image);
}

#endif
