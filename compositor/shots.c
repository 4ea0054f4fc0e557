// SPDX-License-Identifier: GPL-2.0-or-later
#include "shots.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <drm_fourcc.h>
#include <wlr/render/allocator.h>
#include <wlr/render/drm_format_set.h>
#include <wlr/render/swapchain.h>
#include <wlr/render/wlr_renderer.h>
#include <wlr/types/wlr_scene.h>

#include <pvg/log.h>

#include "png-write.h"
#include "server.h"

struct picture {
	int width, height;
	uint32_t *pixels; // owned, XRGB8888
};

struct pk_shots {
	struct pk_server *server; // borrowed
	struct picture kept[PVG_MAX_PORTS]; // what was there before the guest went, by output
	bool taken; // --screenshot-at was served
	bool failed;
	pthread_t thread;
	bool thread_started;
};

struct job {
	struct pk_shots *shots; // borrowed: joined before it goes
	struct picture pictures[PVG_MAX_PORTS]; // owned
};

static void picture_finish(struct picture *picture) {
	free(picture->pixels);
	*picture = (struct picture){ 0 };
}

// Nearest pixel; one to one in the usual case.
static void blit(struct picture *out, const struct pk_rect *rect, const uint8_t *pixels,
	uint32_t stride_bytes, uint32_t width, uint32_t height, uint32_t fourcc, bool blend) {
	for (int y = rect->y < 0 ? 0 : rect->y; y < rect->y + rect->height && y < out->height;
		y++) {
		int64_t sy = (int64_t)(y - rect->y) * height / rect->height;
		const uint8_t *row = pixels + (size_t)sy * stride_bytes;
		uint32_t *to = out->pixels + (size_t)y * (size_t)out->width;
		for (int x = rect->x < 0 ? 0 : rect->x; x < rect->x + rect->width && x < out->width;
			x++) {
			uint32_t p;
			int64_t sx = (int64_t)(x - rect->x) * width / rect->width;
			memcpy(&p, row + (size_t)sx * 4, 4);
			if (fourcc == DRM_FORMAT_XBGR8888) {
				p = (p & 0xff00ff00u) | (p >> 16 & 0xff) | (p & 0xff) << 16;
			}
			uint32_t keep = 255 - (p >> 24);
			if (blend && keep != 0) { // premultiplied over
				uint32_t sum = 0;
				for (int shift = 0; shift < 24; shift += 8) {
					uint32_t c = (p >> shift & 0xff) +
						((to[x] >> shift & 0xff) * keep + 127) / 255;
					sum |= (c > 255 ? 255 : c) << shift;
				}
				p = sum;
			}
			to[x] = p | 0xff000000u;
		}
	}
}

// A picture that the CPU cannot read, through the renderer. False: it cannot be had.
static bool blit_texture(const struct pk_output *output, struct pk_image *image,
	const struct pk_rect *rect, struct picture *out) {
	struct wlr_texture *texture =
		wlr_texture_from_buffer(output->server->renderer, pk_image_readable(image));
	uint32_t stride_bytes = image->base.width * 4;
	uint8_t *pixels = calloc(image->base.height, stride_bytes);
	bool read = texture != NULL && pixels != NULL && wlr_texture_read_pixels(texture,
		&(struct wlr_texture_read_pixels_options){
			.data = pixels,
			.format = DRM_FORMAT_XRGB8888,
			.stride = stride_bytes,
		});
	if (read) {
		blit(out, rect, pixels, stride_bytes, image->base.width, image->base.height,
			DRM_FORMAT_XRGB8888, false);
	} else {
		pvg_error("screenshot: the picture of output %s cannot be read back",
			output->wlr->name);
	}
	free(pixels);
	if (texture != NULL) {
		wlr_texture_destroy(texture);
	}
	return read;
}

// The guest's picture and pointer, usually in memory of ours: no renderer needed.
static bool draw_guest(const struct pk_output *output, struct picture *out) {
	const struct pk_port *port = pk_output_source(output);
	struct pk_image *image = port->shown;
	struct pk_rect rect = pk_output_picture(output);
	if (image->base.pixels != NULL) {
		blit(out, &rect, image->base.pixels, image->base.stride_bytes, image->base.width,
			image->base.height, image->base.fourcc, false);
	} else if (!blit_texture(output, image, &rect, out)) {
		return false;
	}
	const struct pk_cursor *cursor = &port->cursor;
	void *data;
	uint32_t format;
	size_t stride;
	if (!cursor->state.visible || cursor->glyph == NULL ||
		!wlr_buffer_begin_data_ptr_access(cursor->glyph, WLR_BUFFER_DATA_PTR_ACCESS_READ,
			&data, &format, &stride)) {
		return true;
	}
	int ox, oy;
	pk_map_to_output(&rect, (int)image->base.width, (int)image->base.height, cursor->state.x,
		cursor->state.y, &ox, &oy);
	int width = (int)((int64_t)cursor->width * rect.width / image->base.width);
	int height = (int)((int64_t)cursor->height * rect.height / image->base.height);
	struct pk_rect where = {
		.x = ox - (int)((int64_t)cursor->hot_x * rect.width / image->base.width),
		.y = oy - (int)((int64_t)cursor->hot_y * rect.height / image->base.height),
		.width = width > 0 ? width : 1,
		.height = height > 0 ? height : 1,
	};
	blit(out, &where, data, (uint32_t)stride, cursor->width, cursor->height,
		DRM_FORMAT_ARGB8888, true);
	wlr_buffer_end_data_ptr_access(cursor->glyph);
	return true;
}

// Windows and messages are the renderer's: one more pass over the scene, read back.
static bool draw_scene(struct pk_output *output, struct picture *out) {
	struct pk_server *server = output->server;
	struct wlr_output_state state;
	wlr_output_state_init(&state);
	// Into a buffer of the output's, not one of a client's that cannot be read back.
	wlr_output_lock_attach_render(output->wlr, true);
	bool built = wlr_scene_output_build_state(output->scene_output, &state, NULL);
	wlr_output_lock_attach_render(output->wlr, false);
	bool read = false;
	if (built && state.buffer != NULL) {
		struct wlr_texture *texture =
			wlr_texture_from_buffer(server->renderer, state.buffer);
		read = texture != NULL && wlr_texture_read_pixels(texture,
			&(struct wlr_texture_read_pixels_options){
				.data = out->pixels,
				.format = DRM_FORMAT_XRGB8888,
				.stride = (uint32_t)out->width * 4,
			});
		if (!read) {
			pvg_error("screenshot: the picture of output %s cannot be read back",
				output->wlr->name);
		}
		if (texture != NULL) {
			wlr_texture_destroy(texture);
		}
	}
	wlr_output_state_finish(&state);
	wlr_output_schedule_frame(output->wlr);
	return read;
}

static bool draw_output(struct pk_output *output, struct picture *out) {
	const struct pk_port *port = pk_output_source(output);
	if (port != NULL && port->shown != NULL && !pk_server_shows_clients(output->server)) {
		return draw_guest(output, out);
	}
	return draw_scene(output, out);
}

bool pk_shots_picture(struct pk_output *output, uint32_t *pixels) {
	struct picture out = { output->wlr->width, output->wlr->height, pixels };
	return draw_output(output, &out);
}

static void take(struct pk_shots *shots, struct picture *pictures) {
	struct pk_server *server = shots->server;
	struct pk_output *output;
	unsigned int i = 0;
	wl_list_for_each(output, &server->outputs, link) {
		if (i == PVG_MAX_PORTS) {
			break;
		}
		struct picture *out = &pictures[i++];
		picture_finish(out);
		out->width = output->wlr->width;
		out->height = output->wlr->height;
		out->pixels = calloc((size_t)out->width * (size_t)out->height, sizeof(uint32_t));
		if (out->pixels == NULL) {
			continue;
		}
		draw_output(output, out);
	}
}

// FILE for the first output, FILE-1, FILE-2... before the ending for the others.
static void file_name(const char *base, unsigned int index, char *name, size_t size) {
	if (index == 0) {
		snprintf(name, size, "%s", base);
		return;
	}
	const char *slash = strrchr(base, '/');
	const char *dot = strrchr(base, '.');
	if (dot == NULL || (slash != NULL && dot < slash)) {
		dot = base + strlen(base);
	}
	snprintf(name, size, "%.*s-%u%s", (int)(dot - base), base, index, dot);
}

static void write_pictures(struct pk_shots *shots, const struct picture *pictures) {
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		if (pictures[i].pixels == NULL) {
			continue;
		}
		char name[4096];
		file_name(shots->server->options->screenshot, i, name, sizeof(name));
		if (pk_png_write(name, pictures[i].pixels, pictures[i].width, pictures[i].height)) {
			pvg_info("screenshot %s: %dx%d", name, pictures[i].width,
				pictures[i].height);
		} else {
			pvg_error("screenshot %s: %s", name, strerror(errno));
			shots->failed = true;
		}
	}
}

static void *encode_thread(void *data) {
	struct job *job = data;
	write_pictures(job->shots, job->pictures);
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		picture_finish(&job->pictures[i]);
	}
	free(job);
	return NULL;
}

static void join(struct pk_shots *shots) {
	if (shots->thread_started) {
		pthread_join(shots->thread, NULL);
		shots->thread_started = false;
	}
}

void pk_shots_now(struct pk_shots *shots) {
	if (shots->server->options->screenshot == NULL) {
		pvg_error("screenshot: no --screenshot FILE was given");
		return;
	}
	struct job *job = calloc(1, sizeof(*job));
	if (job == NULL) {
		return;
	}
	job->shots = shots;
	take(shots, job->pictures);
	join(shots); // the one before is long done
	if (pthread_create(&shots->thread, NULL, encode_thread, job) != 0) {
		encode_thread(job);
		return;
	}
	shots->thread_started = true;
}

void pk_shots_frame(struct pk_shots *shots) {
	const struct pk_options *options = shots->server->options;
	if (options->screenshot_at != 0 && !shots->taken &&
			pk_ports_flips(shots->server) >= options->screenshot_at) {
		shots->taken = true;
		pk_shots_now(shots);
	}
}

static bool guest_is_shown(const struct pk_server *server) {
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		if (server->ports[i].shown != NULL && server->ports[i].output != NULL) {
			return true;
		}
	}
	return false;
}

void pk_shots_before_loss(struct pk_shots *shots) {
	const struct pk_options *options = shots->server->options;
	if (options->screenshot != NULL && options->screenshot_at == 0 &&
			guest_is_shown(shots->server)) {
		take(shots, shots->kept);
	}
}

bool pk_shots_finish(struct pk_shots *shots) {
	const struct pk_options *options = shots->server->options;
	join(shots);
	if (options->screenshot == NULL) {
		return true;
	}
	if (options->screenshot_at != 0) {
		if (!shots->taken) {
			pvg_error("screenshot: frame %llu was never shown",
				(unsigned long long)options->screenshot_at);
		}
		return shots->taken && !shots->failed;
	}
	if (guest_is_shown(shots->server) || shots->kept[0].pixels == NULL) {
		take(shots, shots->kept);
	}
	write_pictures(shots, shots->kept);
	return !shots->failed;
}

struct pk_shots *pk_shots_create(struct pk_server *server) {
	struct pk_shots *shots = calloc(1, sizeof(*shots));
	if (shots != NULL) {
		shots->server = server;
	}
	return shots;
}

void pk_shots_destroy(struct pk_shots *shots) {
	if (shots == NULL) {
		return;
	}
	join(shots);
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		picture_finish(&shots->kept[i]);
	}
	free(shots);
}
