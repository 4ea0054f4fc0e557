// SPDX-License-Identifier: GPL-2.0-or-later
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <linux/udmabuf.h>
#include <wlr/render/allocator.h>
#include <xf86drm.h>

#include <pvg/log.h>

#include "compat.h"

// Filling, queued, committed, on glass, and one that a parent compositor has not released yet.
#define IMAGES_PER_PORT 5
// Huge pictures: what latest-wins needs at least.
#define IMAGES_PER_PORT_LARGE 3

static size_t image_cap(size_t size_bytes, unsigned int mirrors) {
	return (size_bytes > PK_LARGE_BYTES ? IMAGES_PER_PORT_LARGE : IMAGES_PER_PORT) +
		(size_t)mirrors * PK_IMAGES_PER_MIRROR;
}

void pk_pool_init(struct pk_pool *pool) {
	*pool = (struct pk_pool){ .udmabuf_fd = -1, .drm_fd = -1 };
	pthread_mutex_init(&pool->lock, NULL);
	wl_list_init(&pool->images);
	pool->fourccs[0] = DRM_FORMAT_XRGB8888;
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		pool->ports[i].stride_align = 4;
	}
}

/* ---- the two faces --------------------------------------------------------------------------- */

static void image_free(struct pk_image *image) {
	if (image->base.pixels != NULL) {
		munmap(image->base.pixels, image->size_bytes);
	}
	if (image->allocated != NULL) {
		wlr_buffer_drop(image->allocated); // the descriptors are its
	} else if (image->dmabuf_fd >= 0) {
		close(image->dmabuf_fd);
	}
	if (image->memfd >= 0) {
		close(image->memfd);
	}
	free(image);
}

static void face_destroy(struct wlr_buffer *buffer) {
	struct pk_face *face = wl_container_of(buffer, face, buffer);
	struct pk_image *image = face->image;
	pk_compat_buffer_finish(buffer);
	face->live = false;
	if (!image->shm.live && !image->dmabuf.live) {
		image_free(image);
	}
}

static bool face_get_shm(struct wlr_buffer *buffer, struct wlr_shm_attributes *attribs) {
	struct pk_face *face = wl_container_of(buffer, face, buffer);
	const struct pk_image *image = face->image;
	if (image->memfd < 0) {
		return false;
	}
	*attribs = (struct wlr_shm_attributes){
		.fd = image->memfd,
		.format = image->base.fourcc,
		.width = (int)image->base.width,
		.height = (int)image->base.height,
		.stride = (int)image->base.stride_bytes,
	};
	return true;
}

static bool face_begin_data_ptr(struct wlr_buffer *buffer, uint32_t flags, void **data,
		uint32_t *format, size_t *stride) {
	struct pk_face *face = wl_container_of(buffer, face, buffer);
	if (face->image->base.pixels == NULL) {
		return false;
	}
	*data = face->image->base.pixels;
	*format = face->image->base.fourcc;
	*stride = face->image->base.stride_bytes;
	return true;
}

static void face_end_data_ptr(struct wlr_buffer *buffer) {
}

static bool face_get_dmabuf(struct wlr_buffer *buffer, struct wlr_dmabuf_attributes *attribs) {
	struct pk_face *face = wl_container_of(buffer, face, buffer);
	const struct pk_image *image = face->image;
	const struct pvg_gpu_dmabuf *layout = &image->layout;
	*attribs = (struct wlr_dmabuf_attributes){
		.width = (int)image->base.width,
		.height = (int)image->base.height,
		.format = image->base.fourcc,
		.modifier = layout->modifier,
		.n_planes = (int)layout->plane_count,
	};
	for (uint32_t i = 0; i < layout->plane_count; i++) {
		attribs->fd[i] = layout->fd[i];
		attribs->offset[i] = layout->offset_bytes[i];
		attribs->stride[i] = layout->stride_bytes[i];
	}
	return true;
}

static const struct wlr_buffer_impl shm_impl = {
	.destroy = face_destroy,
	.get_shm = face_get_shm,
	.begin_data_ptr_access = face_begin_data_ptr,
	.end_data_ptr_access = face_end_data_ptr,
};

static const struct wlr_buffer_impl dmabuf_impl = {
	.destroy = face_destroy,
	.get_dmabuf = face_get_dmabuf,
};

// A picture becomes free when neither we nor any consumer holds one of its faces.
static void image_settle(struct pk_image *image) {
	struct pk_pool *pool = image->pool;
	bool wake = false;
	pthread_mutex_lock(&pool->lock);
	if (image->read && image->taken == 0 && image->shm.buffer.n_locks == 0 &&
			(!image->dmabuf.live || image->dmabuf.buffer.n_locks == 0)) {
		image->read = false;
		wake = pool->device_waits;
		pool->device_waits = false;
	}
	pthread_mutex_unlock(&pool->lock);
	if (wake) {
		pool->wake_device(pool->data);
	}
}

static void handle_face_release(struct wl_listener *listener, void *data) {
	struct pk_face *face = wl_container_of(listener, face, release);
	image_settle(face->image);
}

static void face_init(struct pk_face *face, struct pk_image *image,
		const struct wlr_buffer_impl *impl) {
	face->image = image;
	face->live = true;
	wlr_buffer_init(&face->buffer, impl, (int)image->base.width, (int)image->base.height);
	face->release.notify = handle_face_release;
	wl_signal_add(&face->buffer.events.release, &face->release);
}

static void face_drop(struct pk_face *face) {
	wl_list_remove(&face->release.link);
	wlr_buffer_drop(&face->buffer);
}

// The image must be out of the list. Consumers may keep its memory alive for a while.
static void image_drop(struct pk_image *image) {
	bool has_dmabuf = image->dmabuf.live;
	if (has_dmabuf) {
		face_drop(&image->dmabuf);
	}
	face_drop(&image->shm); // may free the image
}

/* ---- memory ---------------------------------------------------------------------------------- */

static bool map_memfd(struct pk_image *image) {
	image->memfd = memfd_create("pvg-image", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (image->memfd < 0 || ftruncate(image->memfd, (off_t)image->size_bytes) != 0 ||
			fcntl(image->memfd, F_ADD_SEALS, F_SEAL_SHRINK) != 0) {
		return false;
	}
	void *map =
		mmap(NULL, image->size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, image->memfd, 0);
	image->base.pixels = map != MAP_FAILED ? map : NULL;
	return image->base.pixels != NULL;
}

static bool export_udmabuf(struct pk_image *image) {
	struct udmabuf_create create = {
		.memfd = (uint32_t)image->memfd,
		.flags = UDMABUF_FLAGS_CLOEXEC,
		.size = image->size_bytes,
	};
	image->dmabuf_fd = ioctl(image->pool->udmabuf_fd, UDMABUF_CREATE, &create);
	return image->dmabuf_fd >= 0;
}

static bool map_dumb(struct pk_image *image) {
	int fd = image->pool->drm_fd;
	struct drm_mode_create_dumb create = {
		.width = image->base.width,
		.height = image->base.height,
		.bpp = 32,
	};
	if (drmIoctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &create) != 0) {
		return false;
	}
	struct drm_mode_map_dumb map = { .handle = create.handle };
	bool ok = drmPrimeHandleToFD(fd, create.handle, DRM_CLOEXEC | DRM_RDWR,
			  &image->dmabuf_fd) == 0 &&
		drmIoctl(fd, DRM_IOCTL_MODE_MAP_DUMB, &map) == 0;
	if (ok) {
		image->size_bytes = create.size;
		image->base.stride_bytes = create.pitch;
		void *pixels = mmap(NULL, create.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			(off_t)map.offset);
		ok = pixels != MAP_FAILED;
		image->base.pixels = ok ? pixels : NULL;
	}
	// The mapping and the dmabuf hold the memory. The handle must go: the backend imports the
	// dmabuf through the same file, gets the same handle back and closes it as its own.
	struct drm_mode_destroy_dumb destroy = { .handle = create.handle };
	drmIoctl(fd, DRM_IOCTL_MODE_DESTROY_DUMB, &destroy);
	return ok;
}

static bool map_allocated(struct pk_image *image) {
	struct pk_pool *pool = image->pool;
	const struct wlr_drm_format *format =
		wlr_drm_format_set_get(&pool->ports[image->port].homes.formats, image->base.fourcc);
	struct wlr_dmabuf_attributes attribs;
	if (format == NULL || pool->allocator == NULL) {
		return false;
	}
	image->allocated = wlr_allocator_create_buffer(pool->allocator, (int)image->base.width,
		(int)image->base.height, format);
	if (image->allocated == NULL || !wlr_buffer_get_dmabuf(image->allocated, &attribs)) {
		return false;
	}
	image->dmabuf_fd = attribs.fd[0];
	image->layout.modifier = attribs.modifier;
	image->layout.plane_count = (uint32_t)attribs.n_planes;
	for (int i = 0; i < attribs.n_planes; i++) {
		image->layout.fd[i] = attribs.fd[i];
		image->layout.offset_bytes[i] = attribs.offset[i];
		image->layout.stride_bytes[i] = attribs.stride[i];
	}
	return true;
}

// Everything but the renderer's own memory: one plane of rows.
static void describe_rows(struct pk_image *image) {
	image->layout.modifier = DRM_FORMAT_MOD_LINEAR;
	image->layout.plane_count = 1;
	image->layout.fd[0] = image->dmabuf_fd;
	image->layout.stride_bytes[0] = image->base.stride_bytes;
}

static struct pk_image *image_create(struct pk_pool *pool, unsigned int port,
		enum pk_memory memory, uint32_t width, uint32_t height, uint32_t fourcc) {
	const struct pk_pool_port *settings = &pool->ports[port];
	struct pk_image *image = calloc(1, sizeof(*image));
	if (image == NULL) {
		return NULL;
	}
	uint32_t align = settings->stride_align;
	uint32_t stride = (width * 4 + align - 1) / align * align; // width is at most 8192
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	*image = (struct pk_image){
		.base = { .width = width,
			.height = height,
			.stride_bytes = stride,
			.fourcc = fourcc },
		.pool = pool,
		.port = port,
		.memory = memory,
		.size_bytes = ((size_t)stride * height + page - 1) / page * page,
		.memfd = -1,
		.dmabuf_fd = -1,
	};
	bool ok = false;
	switch (image->memory) {
	case PK_MEMORY_SHM:
		ok = map_memfd(image);
		break;
	case PK_MEMORY_UDMABUF:
		// Over udmabuf's size limit the picture is still good for compositing.
		ok = map_memfd(image);
		if (ok && !export_udmabuf(image)) {
			pvg_info("display %u: no udmabuf of %zu bytes: %s", port, image->size_bytes,
				strerror(errno));
		}
		break;
	case PK_MEMORY_DUMB:
		ok = map_dumb(image);
		break;
	case PK_MEMORY_GPU:
		ok = map_allocated(image);
		break;
	}
	if (!ok) {
		pvg_error("display %u: no memory for a %ux%u picture (%s): %s", port, width, height,
			pk_memory_name(image->memory), strerror(errno));
		image_free(image);
		return NULL;
	}
	face_init(&image->shm, image, &shm_impl);
	if (image->dmabuf_fd >= 0) {
		if (image->allocated == NULL) {
			describe_rows(image);
		}
		image->layout.width = width;
		image->layout.height = height;
		image->layout.fourcc = fourcc;
		image->base.dmabuf = &image->layout;
		face_init(&image->dmabuf, image, &dmabuf_impl);
	}
	return image;
}

/* ---- device thread --------------------------------------------------------------------------- */

uint32_t pk_pool_choose_fourcc(const struct pk_pool *pool, uint32_t fourcc) {
	for (size_t i = 0; i < sizeof(pool->fourccs) / sizeof(pool->fourccs[0]); i++) {
		if (pool->fourccs[i] == fourcc) {
			return fourcc;
		}
	}
	return DRM_FORMAT_XRGB8888;
}

static bool image_fits(const struct pk_image *image, unsigned int port, uint32_t width,
		uint32_t height, uint32_t fourcc) {
	return image->port == port && image->base.width == width &&
		image->base.height == height && image->base.fourcc == fourcc &&
		image->memory == image->pool->ports[port].memory && !image->home;
}

struct pvg_image *pk_pool_acquire(struct pk_pool *pool, unsigned int port, uint32_t width,
		uint32_t height, uint32_t fourcc) {
	if (port >= PVG_MAX_PORTS || width == 0 || height == 0 || width > PVG_MAX_SURFACE_EDGE ||
			height > PVG_MAX_SURFACE_EDGE) {
		return NULL;
	}
	fourcc = pk_pool_choose_fourcc(pool, fourcc);
	struct pvg_image *found = NULL;
	size_t count = 0, size_bytes = 0;
	bool ask = false;
	pthread_mutex_lock(&pool->lock);
	struct pk_image *image;
	wl_list_for_each(image, &pool->images, link) {
		if (!image_fits(image, port, width, height, fourcc)) {
			continue;
		}
		count++;
		size_bytes = image->size_bytes;
		if (pk_image_is_free(image)) {
			image->filling = true;
			found = &image->base;
			break;
		}
	}
	if (found == NULL) {
		pool->device_waits = true;
		struct pk_pool_port *settings = &pool->ports[port];
		ask = count < image_cap(size_bytes, settings->mirrors) && !settings->want.set;
		if (ask) {
			settings->want = (struct pk_want){ .set = true, .width = width,
				.height = height, .fourcc = fourcc };
		}
	}
	pthread_mutex_unlock(&pool->lock);
	if (ask) {
		pool->wake_main(pool->data);
	}
	return found;
}

void pk_pool_queue(struct pk_pool *pool, struct pvg_image *base,
	const struct pvg_frame_info *info, int64_t arrived_ns) {
	struct pk_image *image = wl_container_of(base, image, base);
	pthread_mutex_lock(&pool->lock);
	struct pk_pool_port *settings = &pool->ports[image->port];
	if (settings->queued != NULL) {
		settings->queued->queued = false;
		settings->replaced++;
	}
	image->filling = false;
	image->queued = true;
	settings->queued = image;
	settings->info = *info;
	settings->arrived_ns = arrived_ns;
	pthread_mutex_unlock(&pool->lock);
	pool->wake_main(pool->data);
}

void pk_pool_cancel(struct pk_pool *pool, struct pvg_image *base) {
	struct pk_image *image = wl_container_of(base, image, base);
	pthread_mutex_lock(&pool->lock);
	image->filling = false;
	pthread_mutex_unlock(&pool->lock);
}

/* ---- main thread ----------------------------------------------------------------------------- */

static void collect(struct pk_pool *pool, unsigned int port, uint32_t width, uint32_t height,
		uint32_t fourcc, bool all) {
	struct wl_list doomed;
	wl_list_init(&doomed);
	pthread_mutex_lock(&pool->lock);
	struct pk_image *image, *tmp;
	wl_list_for_each_safe(image, tmp, &pool->images, link) {
		if (image->port == port && pk_image_is_free(image) &&
				(all || !image_fits(image, port, width, height, fourcc))) {
			wl_list_remove(&image->link);
			wl_list_insert(&doomed, &image->link);
		}
	}
	pthread_mutex_unlock(&pool->lock);
	wl_list_for_each_safe(image, tmp, &doomed, link) {
		image_drop(image);
	}
}

static bool make_one(struct pk_pool *pool, unsigned int port, enum pk_memory memory,
		uint32_t width, uint32_t height, uint32_t fourcc) {
	struct pk_image *image = image_create(pool, port, memory, width, height, fourcc);
	if (image == NULL) {
		return false;
	}
	pthread_mutex_lock(&pool->lock);
	wl_list_insert(&pool->images, &image->link);
	pthread_mutex_unlock(&pool->lock);
	return true;
}

// Asked for in vain: surfaces are read back from now on.
static void no_homes(struct pk_pool *pool, unsigned int port) {
	pthread_mutex_lock(&pool->lock);
	pool->ports[port].homes.given = false;
	pthread_mutex_unlock(&pool->lock);
	pvg_info("display %u: surfaces of the guest's GPU are read back: no memory for them", port);
}

void pk_pool_service(struct pk_pool *pool) {
	bool made = false;
	for (unsigned int port = 0; port < PVG_MAX_PORTS; port++) {
		pthread_mutex_lock(&pool->lock);
		struct pk_pool_port *settings = &pool->ports[port];
		struct pk_want want = settings->want;
		settings->want.set = false;
		pthread_mutex_unlock(&pool->lock);
		if (want.set) {
			collect(pool, port, want.width, want.height, want.fourcc, false);
			bool one = make_one(pool, port,
				want.home ? settings->homes.memory : settings->memory, want.width,
				want.height, want.fourcc);
			if (!one && want.home) {
				no_homes(pool, port);
			}
			made |= one;
		}
	}
	if (made) {
		pthread_mutex_lock(&pool->lock);
		pool->device_waits = false;
		pthread_mutex_unlock(&pool->lock);
		pool->wake_device(pool->data);
	}
}

void pk_pool_prepare(struct pk_pool *pool, unsigned int port, uint32_t width, uint32_t height) {
	size_t have = 0;
	collect(pool, port, width, height, DRM_FORMAT_XRGB8888, false);
	pthread_mutex_lock(&pool->lock);
	struct pk_image *image;
	wl_list_for_each(image, &pool->images, link) {
		have += image_fits(image, port, width, height, DRM_FORMAT_XRGB8888);
	}
	pthread_mutex_unlock(&pool->lock);
	for (; have < 2; have++) {
		if (!make_one(pool, port, pool->ports[port].memory, width, height,
			    DRM_FORMAT_XRGB8888)) {
			return;
		}
	}
}

const char *pk_memory_name(enum pk_memory memory) {
	switch (memory) {
	case PK_MEMORY_SHM:
		return "shared memory";
	case PK_MEMORY_UDMABUF:
		return "udmabuf";
	case PK_MEMORY_DUMB:
		return "dumb buffer";
	case PK_MEMORY_GPU:
		return "GPU memory";
	}
	return "?";
}

bool pk_pool_set_memory(struct pk_pool *pool, unsigned int port, enum pk_memory memory) {
	if (memory == PK_MEMORY_UDMABUF && pool->udmabuf_fd < 0) {
		pool->udmabuf_fd = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
		if (pool->udmabuf_fd < 0) {
			return false;
		}
	}
	if (memory == PK_MEMORY_DUMB) {
		uint64_t dumb = 0;
		if (pool->drm_fd < 0 || drmGetCap(pool->drm_fd, DRM_CAP_DUMB_BUFFER, &dumb) != 0 ||
			dumb == 0) {
			return false;
		}
	}
	pthread_mutex_lock(&pool->lock);
	pool->ports[port].memory = memory;
	// Hardware wants rows on 256 bytes; X11 takes no padding at all.
	pool->ports[port].stride_align = memory == PK_MEMORY_SHM ? 4 : 256;
	pthread_mutex_unlock(&pool->lock);
	return true;
}

void pk_pool_set_mirrors(struct pk_pool *pool, unsigned int port, unsigned int mirrors) {
	pthread_mutex_lock(&pool->lock);
	pool->ports[port].mirrors = mirrors;
	pthread_mutex_unlock(&pool->lock);
}

int64_t pk_pool_waiting(struct pk_pool *pool, unsigned int port) {
	pthread_mutex_lock(&pool->lock);
	const struct pk_image *image = pool->ports[port].queued;
	int64_t arrived_ns = image != NULL ? pool->ports[port].arrived_ns : 0;
	pthread_mutex_unlock(&pool->lock);
	return arrived_ns;
}

struct pk_image *pk_pool_take(struct pk_pool *pool, unsigned int port) {
	pthread_mutex_lock(&pool->lock);
	struct pk_image *image = pool->ports[port].queued;
	pool->ports[port].queued = NULL;
	if (image != NULL) {
		image->queued = false;
		image->taken++;
		image->info = pool->ports[port].info;
		image->arrived_ns = pool->ports[port].arrived_ns;
	}
	pthread_mutex_unlock(&pool->lock);
	if (image != NULL) {
		wlr_buffer_lock(&image->shm.buffer);
		if (image->dmabuf.live) {
			wlr_buffer_lock(&image->dmabuf.buffer);
		}
	}
	return image;
}

struct wlr_buffer *pk_image_readable(struct pk_image *image) {
	return image->base.pixels != NULL ? &image->shm.buffer : &image->dmabuf.buffer;
}

void pk_image_retire(struct pk_image *image) {
	if (image == NULL) {
		return;
	}
	pthread_mutex_lock(&image->pool->lock);
	image->taken--;
	image->read = true;
	pthread_mutex_unlock(&image->pool->lock);
	// The release events of the last locks make it free.
	if (image->dmabuf.live) {
		wlr_buffer_unlock(&image->dmabuf.buffer);
	}
	wlr_buffer_unlock(&image->shm.buffer);
}

void pk_pool_drop_queued(struct pk_pool *pool) {
	pthread_mutex_lock(&pool->lock);
	for (unsigned int port = 0; port < PVG_MAX_PORTS; port++) {
		if (pool->ports[port].queued != NULL) {
			pool->ports[port].queued->queued = false;
			pool->ports[port].queued = NULL;
		}
	}
	pthread_mutex_unlock(&pool->lock);
}

// The device thread has ended and every picture was retired.
void pk_pool_finish(struct pk_pool *pool) {
	struct pk_image *image, *tmp;
	wl_list_for_each_safe(image, tmp, &pool->images, link) {
		wl_list_remove(&image->link);
		image_drop(image);
	}
	for (unsigned int port = 0; port < PVG_MAX_PORTS; port++) {
		wlr_drm_format_set_finish(&pool->ports[port].homes.formats);
	}
	if (pool->udmabuf_fd >= 0) {
		close(pool->udmabuf_fd);
	}
	pthread_mutex_destroy(&pool->lock);
}
