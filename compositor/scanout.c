// SPDX-License-Identifier: GPL-2.0-or-later
#include "scanout.h"

#include <errno.h>
#include <sys/ioctl.h>

#include <drm_fourcc.h>
#include <linux/dma-buf.h>
#include <wlr/backend/drm.h>
#include <wlr/render/allocator.h>
#include <wlr/render/wlr_renderer.h>
#include <wlr/types/wlr_output.h>

#include <pvg/log.h>
#include <pvg/renderer.h>

#include "compat.h"
#include "image.h"
#include "server.h"

#define MODIFIERS_MAX 64u
#define DIRECT_FAILURES_MAX 3u
#define REFUSED_NS INT64_C(2000000000)

/* ---- device thread --------------------------------------------------------------------------- */

static bool home_fits(const struct pk_image *image, unsigned int port, uint32_t width,
		uint32_t height, uint32_t fourcc) {
	return image->port == port && image->base.width == width &&
		image->base.height == height && image->base.fourcc == fourcc &&
		image->base.dmabuf != NULL &&
		image->memory == image->pool->ports[port].homes.memory;
}

enum pvg_home_answer pk_pool_home_acquire(struct pk_pool *pool, unsigned int port, uint32_t width,
		uint32_t height, uint32_t fourcc, struct pvg_image **out) {
	if (port >= PVG_MAX_PORTS || width == 0 || height == 0 || width > PVG_MAX_SURFACE_EDGE ||
			height > PVG_MAX_SURFACE_EDGE ||
			pk_pool_choose_fourcc(pool, fourcc) != fourcc) {
		return PVG_HOME_NEVER;
	}
	struct pk_pool_port *settings = &pool->ports[port];
	enum pvg_home_answer answer = PVG_HOME_NEVER;
	unsigned int homes = 0;
	size_t size_bytes = (size_t)width * height * 4;
	unsigned int most =
		size_bytes > PK_LARGE_BYTES ? PK_HOMES_PER_PORT_LARGE : PK_HOMES_PER_PORT;
	bool ask = false;
	pthread_mutex_lock(&pool->lock);
	if (settings->homes.given) {
		struct pk_image *image;
		answer = PVG_HOME_LATER;
		wl_list_for_each(image, &pool->images, link) {
			if (image->port == port && image->home) {
				homes++;
			} else if (pk_image_is_free(image) &&
					home_fits(image, port, width, height, fourcc)) {
				image->home = true;
				*out = &image->base;
				answer = PVG_HOME_GIVEN;
				break;
			}
		}
	}
	if (answer == PVG_HOME_LATER) {
		pool->device_waits = true;
		most += settings->mirrors * PK_IMAGES_PER_MIRROR;
		ask = homes < most && !settings->want.set;
		if (ask) {
			settings->want = (struct pk_want){ .set = true, .home = true,
				.width = width, .height = height, .fourcc = fourcc };
		}
	}
	pthread_mutex_unlock(&pool->lock);
	if (ask) {
		pool->wake_main(pool->data);
	}
	return answer;
}

void pk_pool_home_release(struct pk_pool *pool, struct pvg_image *base) {
	struct pk_image *image = wl_container_of(base, image, base);
	pthread_mutex_lock(&pool->lock);
	image->home = false;
	pthread_mutex_unlock(&pool->lock);
}

unsigned int pk_pool_home_state(struct pk_pool *pool, const struct pvg_image *base) {
	const struct pk_image *image = wl_container_of(base, image, base);
	const struct pk_homes *homes = &pool->ports[image->port].homes;
	pthread_mutex_lock(&pool->lock);
	unsigned int state = pk_image_is_shown(image) ? PVG_HOME_SHOWN : 0;
	if (homes->given && homes->memory != image->memory) {
		state |= PVG_HOME_STALE;
	}
	pthread_mutex_unlock(&pool->lock);
	return state;
}

// As an implicit fence of the dma-buf: whoever reads it next waits, the kernel's atomic commit too.
bool pk_pool_home_fence(struct pvg_image *base, int sync_file) {
	const struct pk_image *image = wl_container_of(base, image, base);
	struct dma_buf_import_sync_file import = { .flags = DMA_BUF_SYNC_WRITE, .fd = sync_file };
	int status;
	do {
		status = ioctl(image->dmabuf_fd, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &import);
	} while (status != 0 && (errno == EINTR || errno == EAGAIN));
	return status == 0;
}

/* ---- main thread ----------------------------------------------------------------------------- */

// Formats and modifiers that the output scans out and the renderer draws into.
static bool common_formats(struct pk_output *output, struct pvg_renderer *renderer,
		struct wlr_drm_format_set *common) {
	const struct pk_pool *pool = &output->server->pool;
	const struct wlr_drm_format_set *shown =
		wlr_output_get_primary_formats(output->wlr, WLR_BUFFER_CAP_DMABUF);
	if (wlr_renderer_get_texture_formats(output->server->renderer, WLR_BUFFER_CAP_DMABUF) ==
			NULL) {
		return false; // what the output refuses could not be composited either
	}
	for (size_t i = 0; shown != NULL && pool->fourccs[i] != 0; i++) {
		uint64_t modifiers[MODIFIERS_MAX];
		size_t count = renderer->ops->dmabuf_modifiers != NULL
			? renderer->ops->dmabuf_modifiers(renderer, pool->fourccs[i], modifiers,
				  MODIFIERS_MAX)
			: 0;
		pvg_debug("output %s: %zu modifiers to draw format %08x with, of %zu formats shown",
			output->wlr->name, count, pool->fourccs[i], shown->len);
		for (size_t k = 0; k < count; k++) {
			if (wlr_drm_format_set_has(shown, pool->fourccs[i], modifiers[k])) {
				wlr_drm_format_set_add(common, pool->fourccs[i], modifiers[k]);
			}
		}
	}
	return common->len > 0;
}

void pk_output_choose_homes(struct pk_output *output, struct pvg_renderer *renderer) {
	struct pk_pool *pool = &output->server->pool;
	unsigned int port = output->port->index;
	struct pk_homes homes = { 0 };
	enum pk_memory memory = pool->ports[port].memory;
	if (renderer == NULL || !renderer->caps.dmabuf_import) {
		homes.given = false;
	} else if (renderer->caps.software) {
		// A CPU draws, so memory that the CPU maps is best.
		homes.given = memory == PK_MEMORY_UDMABUF || memory == PK_MEMORY_DUMB;
		homes.memory = memory;
	} else {
		homes.given = common_formats(output, renderer, &homes.formats);
		homes.memory = PK_MEMORY_GPU;
	}
	struct wlr_drm_format_set old;
	pool->allocator = output->server->allocator;
	pthread_mutex_lock(&pool->lock);
	old = pool->ports[port].homes.formats;
	pool->ports[port].homes = homes;
	pthread_mutex_unlock(&pool->lock);
	wlr_drm_format_set_finish(&old);
	if (renderer != NULL) {
		pvg_info("display %u: surfaces of the guest's GPU are %s%s", port,
			homes.given ? "shown as they are, made of " : "read back",
			homes.given ? pk_memory_name(homes.memory) : "");
	}
}

void pk_scanout_committed(struct pk_output *output, bool committed) {
	if (committed) {
		output->direct_failures = 0;
		output->refused_until_ns = 0;
		return;
	}
	output->accepted.set = false;
	if (++output->direct_failures >= DIRECT_FAILURES_MAX) {
		output->direct_failures = 0;
		output->refused.set = true;
		output->refused_until_ns = pk_now_ns() + REFUSED_NS;
	}
}

bool pk_scanout_is_refused(struct pk_output *output) {
	if (output->refused_until_ns != 0 && pk_now_ns() >= output->refused_until_ns) {
		output->refused_until_ns = 0;
		output->refused.set = false;
	}
	return output->refused.set;
}

void pk_scanout_note(struct pk_port *port, const struct pk_output *output) {
	const struct pvg_frame_info *info = &port->shown->info;
	const char *why = NULL;
	if (info->read_back) {
		port->shown_way = PK_WAY_READBACK;
		why = info->why;
	} else if (!output->was_direct) {
		port->shown_way = PK_WAY_COMPOSITE;
		why = pk_indirect_name(output->indirect);
	} else if (!info->zero_copy) {
		port->shown_way = PK_WAY_UPLOAD;
		why = "painted by the guest's CPU";
	} else {
		port->shown_way = PK_WAY_PLANE;
	}
	port->shown_bytes = info->bytes_copied;
	if (why != NULL && port->left_plane == NULL) {
		port->left_plane = why;
		pvg_info("display %u: a frame was not scanned out from where it was drawn: %s",
			port->index, why);
	}
}
