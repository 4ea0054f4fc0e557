// SPDX-License-Identifier: GPL-2.0-or-later
#include "osd.h"

#include <stdlib.h>
#include <string.h>

#include <drm_fourcc.h>
#include <wlr/backend/drm.h>
#include <wlr/render/allocator.h>
#include <wlr/render/drm_format_set.h>
#include <wlr/render/pass.h>
#include <wlr/render/swapchain.h>
#include <wlr/render/wlr_renderer.h>
#include <wlr/render/wlr_texture.h>
#include <wlr/types/wlr_output_layer.h>

#include <pvg/device.h>
#include <pvg/log.h>

#include "compat.h"
#include "osd-text.h"
#include "pixels.h"
#include "server.h"
#include "text.h"

#define PERIOD_MS 500
#define FAILURES_MAX 10u // commits with an overlay plane
#define INK 0xffe8f0e8u
#define GROUND 0xb0000000u // premultiplied
#define COLUMNS 28 // room, so that the size stays
#define LINES 5
#define MARGIN 4 // of the text, in font pixels
#define CORNER 8 // from the output's edges, pixels

// On one output. Made when it is first shown there.
struct pk_osd_view {
	struct pk_osd_sample sample; // the newest
	char text[256];
	int scale;
	struct wlr_scene_buffer *node;      // owned by the scene
	struct wlr_output_layer *layer;     // owned, NULL: none is to be had
	struct wlr_swapchain *swapchain;    // owned, of .layer
	struct wlr_output_layer_state state; // of .layer; its .buffer is locked by us
	bool due;   // .state is to be committed
	unsigned int failures; // commits with it, in a row
	bool shown; // the layer has a buffer on the screen
};

struct pk_osd {
	struct pk_server *server; // borrowed
	struct wl_event_source *timer;
	bool on;
};

bool pk_osd_is_on(const struct pk_osd *osd) {
	return osd != NULL && osd->on;
}

bool pk_osd_is_composited(const struct pk_output *output) {
	return output->osd != NULL && output->osd->node->node.enabled;
}

bool pk_osd_is_due(const struct pk_output *output) {
	return output->osd != NULL && output->osd->due;
}

/* ---- pictures -------------------------------------------------------------------------------- */

static struct wlr_buffer *draw(const struct pk_osd_view *view) {
	int width = (COLUMNS * PK_TEXT_CELL_WIDTH + 2 * MARGIN) * view->scale;
	int height = (LINES * PK_TEXT_LINE_HEIGHT + 2 * MARGIN) * view->scale;
	uint32_t *pixels;
	struct wlr_buffer *buffer = pk_pixels_create(width, height, &pixels);
	if (buffer == NULL) {
		return NULL;
	}
	for (size_t i = 0; i < (size_t)width * (size_t)height; i++) {
		pixels[i] = GROUND;
	}
	char lines[sizeof(view->text)];
	pk_text_wrap(view->text, COLUMNS, lines, sizeof(lines));
	if (pk_text_measure(lines).lines > LINES) {
		lines[0] = '\0'; // numbers beyond all measure
	}
	size_t corner = (size_t)(MARGIN * view->scale) * (size_t)(width + 1);
	pk_text_draw(lines, view->scale, false, INK, pixels + corner, width);
	return buffer;
}

// Planes take buffers of the device's only: @drawn through the renderer into one.
static struct wlr_buffer *to_plane(struct pk_output *output, struct wlr_buffer *drawn) {
	struct pk_server *server = output->server;
	struct pk_osd_view *view = output->osd;
	if (view->swapchain == NULL) {
		uint64_t linear = DRM_FORMAT_MOD_LINEAR;
		const struct wlr_drm_format format = {
			.format = DRM_FORMAT_ARGB8888,
			.len = 1,
			.capacity = 1,
			.modifiers = &linear,
		};
		view->swapchain = wlr_swapchain_create(server->allocator, drawn->width,
			drawn->height, &format);
	}
	struct wlr_buffer *buffer =
		view->swapchain != NULL ? pk_compat_swapchain_acquire(view->swapchain) : NULL;
	struct wlr_texture *texture =
		buffer != NULL ? wlr_texture_from_buffer(server->renderer, drawn) : NULL;
	struct wlr_render_pass *pass = texture != NULL
		? wlr_renderer_begin_buffer_pass(server->renderer, buffer, NULL)
		: NULL;
	bool ok = pass != NULL;
	if (ok) {
		wlr_render_pass_add_texture(pass, &(struct wlr_render_texture_options){
			.texture = texture,
			.blend_mode = WLR_RENDER_BLEND_MODE_NONE,
		});
		ok = wlr_render_pass_submit(pass);
	}
	if (texture != NULL) {
		wlr_texture_destroy(texture);
	}
	if (!ok && buffer != NULL) {
		wlr_buffer_unlock(buffer);
		buffer = NULL;
	}
	return buffer;
}

/* ---- an output ------------------------------------------------------------------------------- */

static void drop_layer(struct pk_osd_view *view) {
	if (view->layer == NULL) {
		return;
	}
	if (view->state.buffer != NULL) {
		wlr_buffer_unlock(view->state.buffer);
	}
	wlr_output_layer_destroy(view->layer);
	wlr_swapchain_destroy(view->swapchain);
	view->swapchain = NULL;
	view->layer = NULL;
	view->state = (struct wlr_output_layer_state){ 0 };
	view->due = view->shown = false;
}

static void set_plane(struct pk_osd_view *view, struct wlr_buffer *buffer) {
	if (view->state.buffer != NULL) {
		wlr_buffer_unlock(view->state.buffer);
	}
	view->state = (struct wlr_output_layer_state){ .layer = view->layer, .buffer = buffer };
	if (buffer != NULL) {
		view->state.dst_box = (struct wlr_box){ CORNER, CORNER, buffer->width,
			buffer->height };
	}
	view->due = true;
}

static void show(struct pk_output *output) {
	struct pk_osd_view *view = output->osd;
	struct wlr_buffer *drawn = draw(view);
	if (drawn == NULL) {
		return;
	}
	struct wlr_buffer *plane = view->layer != NULL ? to_plane(output, drawn) : NULL;
	if (plane != NULL) {
		set_plane(view, plane); // with its lock
	} else {
		drop_layer(view);
		wlr_scene_buffer_set_buffer(view->node, drawn);
		wlr_scene_node_set_position(&view->node->node, output->lx + CORNER,
			output->ly + CORNER);
		wlr_scene_node_raise_to_top(&view->node->node);
		wlr_scene_node_set_enabled(&view->node->node, true);
	}
	wlr_buffer_drop(drawn);
	pk_output_schedule_repaint(output);
}

static void hide(struct pk_output *output) {
	struct pk_osd_view *view = output->osd;
	if (view == NULL) {
		return;
	}
	if (view->layer != NULL && view->shown) {
		set_plane(view, NULL);
	}
	wlr_scene_node_set_enabled(&view->node->node, false);
	wlr_scene_buffer_set_buffer(view->node, NULL);
	view->sample = (struct pk_osd_sample){ 0 };
	view->text[0] = '\0';
	pk_output_schedule_repaint(output);
}

static struct pk_osd_view *make_view(struct pk_osd *osd, struct pk_output *output) {
	struct pk_osd_view *view = calloc(1, sizeof(*view));
	if (view == NULL) {
		return NULL;
	}
	view->node = wlr_scene_buffer_create(&osd->server->scene->tree, NULL);
	if (view->node == NULL) {
		free(view);
		return NULL;
	}
	wlr_scene_node_set_enabled(&view->node->node, false);
	if (wlr_output_is_drm(output->wlr) && pk_compat_drm_has_layers()) {
		view->layer = wlr_output_layer_create(output->wlr);
	}
	return view;
}

// Where it is, and how large, follows the output's mode.
static void place(struct pk_output *output) {
	struct pk_osd_view *view = output->osd;
	int scale = output->wlr->height / 500;
	scale = scale < 1 ? 1 : scale > 6 ? 6 : scale;
	if (view->scale != scale) {
		view->scale = scale;
		view->text[0] = '\0';
		wlr_swapchain_destroy(view->swapchain);
		view->swapchain = NULL;
	}
}

static struct pk_osd_sample take_sample(const struct pk_output *output,
		const struct pvg_counters *counters) {
	const struct pk_port *port = output->port;
	struct pk_osd_sample sample = {
		.when_ns = pk_now_ns(),
		.flips = port->stats.flips,
		.missed = port->stats.missed,
		.gpu_busy_ns = counters->gpu.busy_ns,
		.refresh_mhz = output->wlr->refresh != 0 ? (uint32_t)output->wlr->refresh
							 : PK_PACING_DEFAULT_MHZ,
		.way = port->stats.flips != 0 ? pk_way_name(port->shown_way) : NULL,
		.phase_ns = INT64_MIN,
	};
	if (port->shown != NULL) {
		sample.width = port->shown_width;
		sample.height = port->shown_height;
	}
	if (port->stats.flips != 0 && port->pacing.committed_ns != 0) {
		int64_t slot = pk_grid_floor(port->pacing.grid_ns, port->pacing.period_ns,
			port->pacing.committed_ns) + port->pacing.period_ns;
		sample.phase_ns = slot - port->pacing.committed_ns;
	}
	return sample;
}

static void update(struct pk_osd *osd, struct pk_output *output,
		const struct pvg_counters *counters) {
	if (output->port == NULL || !output->wlr->enabled) {
		hide(output);
		return;
	}
	if (output->osd == NULL) {
		output->osd = make_view(osd, output);
		if (output->osd == NULL) {
			return;
		}
	}
	struct pk_osd_view *view = output->osd;
	struct pk_osd_sample sample = take_sample(output, counters);
	char text[sizeof(view->text)];
	place(output);
	pk_osd_words(&view->sample, &sample, text, sizeof(text));
	view->sample = sample;
	if (strcmp(text, view->text) != 0) { // an idle guest's output is not woken for nothing
		memcpy(view->text, text, sizeof(text));
		show(output);
	}
}

static int handle_timer(void *data) {
	struct pk_osd *osd = data;
	struct pvg_counters counters;
	pvg_device_get_counters(osd->server->vm->device, &counters);
	struct pk_output *output;
	wl_list_for_each(output, &osd->server->outputs, link) {
		update(osd, output, &counters);
	}
	wl_event_source_timer_update(osd->timer, PERIOD_MS);
	return 0;
}

/* ---- commits --------------------------------------------------------------------------------- */

void pk_osd_add(struct pk_output *output, struct wlr_output_state *state) {
	if (pk_osd_is_due(output)) {
		wlr_output_state_set_layers(state, &output->osd->state, 1);
	}
}

void pk_osd_committed(struct pk_output *output, const struct wlr_output_state *state, bool done) {
	struct pk_osd_view *view = output->osd;
	if (!pk_osd_is_due(output) || (state->committed & WLR_OUTPUT_STATE_LAYERS) == 0) {
		return;
	}
	bool wanted = view->state.buffer != NULL;
	view->failures = done ? 0 : view->failures + 1;
	if (!done && view->failures < FAILURES_MAX) {
		return; // a flip was pending, for example: with the next one
	}
	if (done && (!wanted || view->state.accepted)) {
		view->due = false;
		view->shown = wanted;
		return;
	}
	// No plane for it, or the commit failed, maybe because of it: into the picture from now on.
	pvg_info("output %s: no overlay plane for the statistics: they are composited",
		output->wlr->name);
	drop_layer(view);
	if (wanted) {
		show(output);
	}
}

/* ---- life ------------------------------------------------------------------------------------ */

const char *pk_osd_set(struct pk_osd *osd, bool on) {
	if (osd->on == on) {
		return NULL;
	}
	osd->on = on;
	wl_event_source_timer_update(osd->timer, on ? 1 : 0);
	if (!on) {
		struct pk_output *output;
		wl_list_for_each(output, &osd->server->outputs, link) {
			hide(output);
		}
	}
	return NULL;
}

void pk_osd_forget(struct pk_osd *osd, struct pk_output *output) {
	struct pk_osd_view *view = output->osd;
	if (view == NULL) {
		return;
	}
	output->osd = NULL;
	drop_layer(view);
	wlr_scene_node_destroy(&view->node->node);
	free(view);
}

struct pk_osd *pk_osd_create(struct pk_server *server) {
	struct pk_osd *osd = calloc(1, sizeof(*osd));
	if (osd == NULL) {
		return NULL;
	}
	osd->server = server;
	osd->timer = wl_event_loop_add_timer(server->loop, handle_timer, osd);
	if (osd->timer == NULL) {
		free(osd);
		return NULL;
	}
	if (server->options->osd) {
		pk_osd_set(osd, true);
	}
	return osd;
}

void pk_osd_destroy(struct pk_osd *osd) {
	if (osd == NULL) {
		return;
	}
	wl_event_source_remove(osd->timer);
	free(osd);
}
