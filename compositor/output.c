// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Outputs: one commit at a time, of the guest's picture itself where the output takes it, through
 * one pass of the renderer where it does not (spec 04 sections 14.4 and 14.5).
 */
#include "server.h"

#include <stdlib.h>
#include <string.h>
#include <wlr/backend/drm.h>
#include <wlr/backend/headless.h>
#include <wlr/backend/session.h>
#include <wlr/types/wlr_output_layout.h>

#include <pvg/log.h>

#include "compat.h"
#include "gamma.h"
#include "idle.h"
#include "link.h"
#include "monitors.h"
#include "nested.h"
#include "osd.h"
#include "scanout.h"
#include "seat.h"
#include "trace.h"
#include "xdg.h"

const char *pk_way_name(enum pk_way way) {
	static const char *const names[PK_WAY_COUNT] = { "plane", "composite", "upload",
		"readback" };
	return names[way];
}

const char *pk_indirect_name(enum pk_indirect reason) {
	switch (reason) {
	case PK_DIRECT:
		return "direct";
	case PK_INDIRECT_NO_PICTURE:
		return "no picture";
	case PK_INDIRECT_COVERED:
		return "covered by a window or a message";
	case PK_INDIRECT_SIZE:
		return "another size than the output's mode"; // and the plane does not scale
	case PK_INDIRECT_CURSOR:
		return "the pointer is drawn into the picture";
	case PK_INDIRECT_OSD:
		return "statistics are drawn into the picture";
	case PK_INDIRECT_LOCK:
		return "a capture or a software cursor needs compositing";
	case PK_INDIRECT_REFUSED:
		return "the output does not take the buffer";
	}
	return "?";
}

/* ---- what is seen ---------------------------------------------------------------------------- */

static bool guest_has_picture(const struct pk_server *server) {
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		if (server->ports[i].shown != NULL) {
			return true;
		}
	}
	return false;
}

bool pk_server_shows_clients(const struct pk_server *server) {
	return pk_xdg_any_mapped(server->xdg) &&
		(server->clients_first || !guest_has_picture(server));
}

struct pk_port *pk_output_source(const struct pk_output *output) {
	return output->port != NULL ? output->port : output->mirror;
}

static bool shows_picture(const struct pk_output *output) {
	const struct pk_port *port = pk_output_source(output);
	return port != NULL && port->shown != NULL && !pk_server_shows_clients(output->server);
}

struct pk_rect pk_output_picture(const struct pk_output *output) {
	const struct pk_port *port = pk_output_source(output);
	const struct pk_image *image = port != NULL ? port->shown : NULL;
	if (image == NULL) {
		return (struct pk_rect){ 0, 0, output->wlr->width, output->wlr->height };
	}
	return pk_map_picture(output->wish.scale, output->wlr->width,
		output->wlr->height, (int)image->base.width, (int)image->base.height);
}

static void output_update_message(struct pk_output *output) {
	const struct pk_server *server = output->server;
	bool visible = !shows_picture(output) && !pk_server_shows_clients(server);
	if (visible) {
		char text[sizeof(output->message_text)];
		pk_idle_text(server, output, text, sizeof(text));
		if (strcmp(text, output->message_text) != 0) {
			struct wlr_buffer *buffer = pk_idle_render(text, output->wlr->width,
				output->wlr->height);
			if (buffer != NULL) {
				output->message_width = buffer->width;
				output->message_height = buffer->height;
				wlr_scene_buffer_set_buffer(output->message, buffer);
				wlr_buffer_drop(buffer);
			}
			memcpy(output->message_text, text, sizeof(text));
		}
		wlr_scene_node_set_position(&output->message->node,
			(output->wlr->width - output->message_width) / 2,
			(output->wlr->height - output->message_height) / 2);
	}
	wlr_scene_node_set_enabled(&output->message->node, visible);
}

void pk_server_update_view(struct pk_server *server) {
	bool clients = pk_server_shows_clients(server);
	wlr_scene_node_set_enabled(&server->client_tree->node, clients);
	struct pk_output *output;
	wl_list_for_each(output, &server->outputs, link) {
		if (!shows_picture(output)) {
			wlr_scene_node_set_enabled(&output->picture->node, false);
			if (output->mirror != NULL) {
				wlr_scene_buffer_set_buffer(output->picture, NULL);
			}
		}
		output_update_message(output);
		if (output->port != NULL) {
			pk_cursor_update(output->port);
		}
		wlr_output_schedule_frame(output->wlr);
	}
	pk_seat_update_focus(server->seat);
}

/* ---- commits --------------------------------------------------------------------------------- */

static struct wlr_buffer *direct_buffer(struct pk_output *output, struct pk_image *image) {
	return image->dmabuf.live ? &image->dmabuf.buffer : &image->shm.buffer;
}

static bool same_kind(const struct pk_image *image, uint32_t width, uint32_t height,
	uint32_t fourcc, enum pk_memory memory, bool set) {
	return set && image->base.width == width && image->base.height == height &&
		image->base.fourcc == fourcc && image->memory == memory;
}

// A picture of another size than the output's mode: the plane has to put it in its place.
static bool needs_place(const struct pk_output *output, const struct pk_image *image) {
	return (int)image->base.width != output->wlr->width ||
		(int)image->base.height != output->wlr->height;
}

// Only a screen's plane: others would commit the buffer as if it filled the output.
static bool may_place(const struct pk_output *output) {
	struct pk_rect rect = pk_output_picture(output);
	return pk_compat_has_place() && wlr_output_is_drm(output->wlr) && rect.x >= 0 &&
		rect.y >= 0 && rect.x + rect.width <= output->wlr->width &&
		rect.y + rect.height <= output->wlr->height;
}

static enum pk_indirect refusal(const struct pk_output *output, const struct pk_image *image) {
	return needs_place(output, image) ? PK_INDIRECT_SIZE : PK_INDIRECT_REFUSED;
}

static enum pk_indirect judge(struct pk_output *output) {
	struct pk_port *port = pk_output_source(output);
	if (port == NULL || port->shown == NULL) {
		return PK_INDIRECT_NO_PICTURE;
	}
	const struct pk_image *image = port->shown;
	if (pk_server_shows_clients(output->server)) {
		return PK_INDIRECT_COVERED;
	}
	if (needs_place(output, image) && !may_place(output)) {
		return PK_INDIRECT_SIZE;
	}
	if (pk_cursor_is_composited(output)) {
		return PK_INDIRECT_CURSOR;
	}
	if (pk_osd_is_composited(output)) {
		return PK_INDIRECT_OSD;
	}
	if (!wlr_output_is_direct_scanout_allowed(output->wlr)) {
		return PK_INDIRECT_LOCK;
	}
	if (pk_scanout_is_refused(output) && same_kind(image, output->refused.width,
			output->refused.height, output->refused.fourcc, output->refused.memory,
			output->refused.set)) {
		return refusal(output, image);
	}
	return PK_DIRECT;
}

static void note_reason(struct pk_output *output, enum pk_indirect reason) {
	if (reason == output->indirect) {
		return;
	}
	output->indirect = reason;
	if (reason == PK_DIRECT) {
		pvg_debug("output %s: pictures are committed as they are", output->wlr->name);
	} else if (reason != PK_INDIRECT_NO_PICTURE && !output->indirect_logged) {
		output->indirect_logged = true;
		pvg_info("output %s: pictures are composited: %s", output->wlr->name,
			pk_indirect_name(reason));
	}
}

// The next better memory for pictures that the output may take, or compositing for good.
static void step_down_memory(struct pk_output *output, const struct pk_image *image) {
	struct pk_pool *pool = &output->server->pool;
	if (!wlr_output_is_drm(output->wlr) || image->memory != pool->ports[image->port].memory) {
		return;
	}
	enum pk_memory next = image->memory == PK_MEMORY_UDMABUF ? PK_MEMORY_DUMB : PK_MEMORY_SHM;
	if (image->memory == PK_MEMORY_SHM) {
		return;
	}
	if (next == PK_MEMORY_DUMB && !pk_pool_set_memory(pool, image->port, next)) {
		next = PK_MEMORY_SHM;
	}
	pk_pool_set_memory(pool, image->port, next);
	pvg_info("output %s: a %s picture is not taken, trying %s", output->wlr->name,
		pk_memory_name(image->memory), pk_memory_name(next));
	pk_output_choose_homes(output, pk_vm_renderer(output->server->vm));
}

static void try_later(struct pk_output *output) {
	if (output->port != NULL) {
		pk_pacing_retry(&output->port->pacing, pk_now_ns());
	}
}

static bool commit_state(struct pk_output *output, struct wlr_output_state *state) {
	pk_gamma_add(output, state);
	pk_osd_add(output, state);
	if (output->port != NULL) {
		// the tick after this commit is its flip's (DSP-26)
		pk_port_take_ticks(output->port);
	}
	bool done = wlr_output_commit_state(output->wlr, state);
	pk_osd_committed(output, state, done);
	if (!done) {
		try_later(output);
		return false;
	}
	pk_gamma_committed(output);
	if (output->port != NULL) {
		pk_genlock_committed(output->port);
	}
	return true;
}

static bool commit_direct(struct pk_output *output) {
	struct pk_image *image = pk_output_source(output)->shown;
	struct wlr_output_state state;
	wlr_output_state_init(&state);
	wlr_output_state_set_buffer(&state, direct_buffer(output, image));
	bool placed = needs_place(output, image);
	if (placed) {
		struct pk_rect rect = pk_output_picture(output);
		pk_compat_state_set_place(&state, rect.x, rect.y, rect.width, rect.height);
	}
	bool ok = same_kind(image, output->accepted.width, output->accepted.height,
		output->accepted.fourcc, output->accepted.memory, output->accepted.set);
	if (!ok) {
		ok = wlr_output_test_state(output->wlr, &state);
		output->accepted.set = ok;
		output->refused.set = !ok;
		output->accepted.width = output->refused.width = image->base.width;
		output->accepted.height = output->refused.height = image->base.height;
		output->accepted.fourcc = output->refused.fourcc = image->base.fourcc;
		output->accepted.memory = output->refused.memory = image->memory;
		// A mirror takes what there is, or composites.
		if (!ok && !placed && output->port != NULL) {
			step_down_memory(output, image);
		}
	}
	bool committed = ok && commit_state(output, &state);
	wlr_output_state_finish(&state);
	if (ok) {
		pk_scanout_committed(output, committed);
	}
	if (committed) {
		// The scene must not keep an older picture from being reused.
		wlr_scene_node_set_enabled(&output->picture->node, false);
		wlr_scene_buffer_set_buffer(output->picture, NULL);
		output->was_direct = true;
	}
	return ok;
}

// Hands the guest's picture to the scene.
static void sync_scene(struct pk_output *output) {
	struct pk_port *port = pk_output_source(output);
	if (!shows_picture(output)) {
		wlr_scene_node_set_enabled(&output->picture->node, false);
		return;
	}
	struct wlr_buffer *buffer = pk_image_readable(port->shown);
	if (output->picture->buffer != buffer) {
		wlr_scene_buffer_set_buffer(output->picture, buffer);
	}
	struct pk_rect rect = pk_output_picture(output);
	bool scaled = rect.width != buffer->width || rect.height != buffer->height;
	wlr_scene_buffer_set_dest_size(output->picture, rect.width, rect.height);
	wlr_scene_buffer_set_filter_mode(output->picture,
		scaled && rect.width % buffer->width == 0 ? WLR_SCALE_FILTER_NEAREST :
			WLR_SCALE_FILTER_BILINEAR);
	wlr_scene_node_set_position(&output->picture->node, rect.x, rect.y);
	wlr_scene_node_set_enabled(&output->picture->node, true);
}

// Something beside the picture changes.
static bool extras_due(const struct pk_output *output) {
	return pk_gamma_is_due(output) || pk_osd_is_due(output);
}

static void commit_composite(struct pk_output *output) {
	struct wlr_output_state state;
	wlr_output_state_init(&state);
	if (wlr_scene_output_build_state(output->scene_output, &state, NULL)) {
		if (pk_compat_output_is_x11(output->wlr)) {
			// A pixmap that the server skips takes its damage with it.
			state.committed &= ~(uint32_t)WLR_OUTPUT_STATE_DAMAGE;
		}
		if (commit_state(output, &state)) {
			output->was_direct = false;
		}
	} else {
		// A parent that is late to give buffers back, or no memory.
		pvg_debug("output %s: no buffer to composite into", output->wlr->name);
		try_later(output);
	}
	wlr_output_state_finish(&state);
}

/*
 * A commit without a new guest frame (a moved pointer, a capture) would make a frame that comes a
 * moment later wait for the next refresh. So it waits itself, until shortly before the vblank.
 */
static bool may_wait(struct pk_output *output) {
	struct pk_port *port = output->port;
	if (port == NULL || port->shown_new || output->repaint_now || !pk_port_online(port) ||
			pk_server_shows_clients(output->server)) {
		return false;
	}
	int64_t now = pk_now_ns();
	return pk_pacing_defer_repaint(&port->pacing, port->cursor_ns, now) > now;
}

// False: when the flip of what is in flight has come.
static bool may_commit(struct pk_output *output) {
	struct pk_port *port = output->port;
	if (port == NULL) {
		return output->mirror == NULL || !output->wlr->frame_pending;
	}
	int64_t now = pk_now_ns();
	bool picture = port->shown_new ||
		pk_pool_waiting(&output->server->pool, port->index) != 0;
	if (pk_pacing_may_commit(&port->pacing, picture, false, now) ||
			pk_pacing_may_commit(&port->pacing, false, output->repaint_now, now)) {
		return true;
	}
	if (port->pacing.synthetic && port->pacing.fresh && port->cursor_ns != 0) {
		pk_pacing_defer_repaint(&port->pacing, port->cursor_ns, now);
		pk_port_arm(port);
	}
	return false;
}

// A picture that this output has not committed.
static bool has_fresh(const struct pk_output *output) {
	if (output->mirror != NULL) {
		return output->mirror->shown != NULL &&
			output->mirrored != output->mirror->pictures;
	}
	return output->port != NULL && output->port->shown_new;
}

static void note_fresh(struct pk_output *output) {
	struct pk_port *port = output->port;
	if (output->mirror != NULL) {
		output->mirrored = output->mirror->pictures; // no news for the guest
		return;
	}
	port->shown_new = false;
	port->flip_counts = true;
	pk_scanout_note(port, output);
}

void pk_output_repaint(struct pk_output *output) {
	struct pk_port *port = output->port;
	const struct pk_server *server = output->server;
	if (!output->wlr->enabled || (server->session != NULL && !server->session->active)) {
		return;
	}
	if (!may_commit(output)) {
		if (output->mirror != NULL && !output->was_direct) {
			sync_scene(output); // an older picture would be kept from its next use
		}
		return; // the newest picture stays queued
	}
	if (port != NULL && (!port->pacing.in_flight || !port->pacing.fresh ||
			port->pacing.overdue)) {
		pk_port_take(port); // else only the pointer moves, beside a picture in flight
	}
	pk_cursor_before_commit(output);
	enum pk_indirect reason = judge(output);
	bool fresh = has_fresh(output);
	bool committed = false;
	uint32_t seq = output->wlr->commit_seq;
	if (reason == PK_DIRECT) {
		bool plane_moved =
			output->was_direct && output->wlr->needs_frame && output->plane_cursor;
		if (fresh || !output->was_direct || plane_moved || extras_due(output)) {
			if (!(plane_moved && !fresh && may_wait(output)) &&
				!commit_direct(output)) {
				reason = refusal(output, pk_output_source(output)->shown);
			}
		}
	}
	note_reason(output, reason);
	if (reason != PK_DIRECT) {
		sync_scene(output);
		if ((fresh || output->was_direct || extras_due(output) ||
			    pk_compat_scene_needs_frame(output->scene_output)) &&
			!may_wait(output)) {
			commit_composite(output);
		}
	}
	committed = output->wlr->commit_seq != seq;
	if (committed && fresh) {
		note_fresh(output);
	}
	if (port != NULL) {
		pk_port_arm(port);
	}
}

static void handle_repaint_idle(void *data) {
	struct pk_output *output = data;
	output->repaint_idle = NULL;
	pk_output_repaint(output);
}

void pk_output_schedule_repaint(struct pk_output *output) {
	if (output->repaint_idle == NULL) {
		output->repaint_idle =
			wl_event_loop_add_idle(output->server->loop, handle_repaint_idle, output);
	}
}

/* ---- events ---------------------------------------------------------------------------------- */

static void handle_output_frame(struct wl_listener *listener, void *data) {
	struct pk_output *output = wl_container_of(listener, output, frame);
	pk_output_repaint(output);
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	wlr_scene_output_send_frame_done(output->scene_output, &now);
}

static void handle_output_present(struct wl_listener *listener, void *data) {
	struct pk_output *output = wl_container_of(listener, output, present);
	const struct wlr_output_event_present *event = data;
	struct pk_port *port = output->port;
	if (port == NULL || output->synthetic) {
		return; // a headless output reports every commit as presented at once
	}
	pk_port_take_ticks(port);
	if (event->presented) {
		pk_genlock_flipped(port, event);
	} else {
		port->stats.discarded++;
		pk_pacing_discarded(&port->pacing);
		pk_port_arm(port);
	}
	// A frame event may have come before this one.
	pk_output_schedule_repaint(output);
}

bool pk_output_change(struct pk_output *output, const struct wlr_output_state *state) {
	int width = output->wlr->width, height = output->wlr->height;
	if (output->port != NULL) {
		pk_port_take_ticks(output->port);
	}
	if (!wlr_output_commit_state(output->wlr, state)) {
		return false;
	}
	if (!output->following && (state->committed & WLR_OUTPUT_STATE_MODE) != 0) {
		output->own_mode = (struct pk_mode){ 0 };
	}
	output->was_direct = false;
	output->accepted.set = output->refused.set = false;
	if (output->port != NULL) {
		pk_pacing_committed(&output->port->pacing, 0, pk_now_ns());
		pk_pacing_set_refresh(&output->port->pacing, (uint32_t)output->wlr->refresh,
			pk_now_ns());
		pk_port_arm(output->port);
	}
	if (output->wlr->width != width || output->wlr->height != height) {
		if (!output->server->nested) { // a window that is dragged has a hundred sizes
			pvg_info("output %s: now %dx%d", output->wlr->name, output->wlr->width,
				output->wlr->height);
		}
		output->message_text[0] = '\0';
		pk_server_update_view(output->server);
		pk_xdg_arrange(output->server->xdg);
		pk_server_describe_later(output->server);
	}
	return true;
}

static void handle_output_request_state(struct wl_listener *listener, void *data) {
	struct pk_output *output = wl_container_of(listener, output, request_state);
	const struct wlr_output_event_request_state *event = data;
	pk_output_change(output, event->state);
}

static void handle_output_destroy(struct wl_listener *listener, void *data) {
	struct pk_output *output = wl_container_of(listener, output, destroy);
	struct pk_server *server = output->server;
	pvg_info("output %s: gone", output->wlr->name);
	if (output->port != NULL) {
		pk_port_detach(output->port);
	}
	pk_monitors_unmirror(output);
	pk_osd_forget(server->osd, output);
	if (output->repaint_idle != NULL) {
		wl_event_source_remove(output->repaint_idle);
	}
	wl_list_remove(&output->frame.link);
	wl_list_remove(&output->present.link);
	wl_list_remove(&output->request_state.link);
	wl_list_remove(&output->destroy.link);
	wl_list_remove(&output->link);
	pk_monitors_remove(output);
	wlr_scene_node_destroy(&output->tree->node);
	free(output);
	if (server->running) {
		pk_monitors_remap(server); // another one may show what it showed
		if (server->nested) {
			pk_server_window_closed(server);
		}
		pk_server_describe_later(server);
	}
}

/* ---- set up ---------------------------------------------------------------------------------- */

static struct wlr_output_mode *find_mode(struct wlr_output *wlr, const struct pk_mode *want) {
	struct wlr_output_mode *mode, *best = NULL;
	int64_t best_error = INT64_MAX;
	wl_list_for_each(mode, &wlr->modes, link) {
		if (mode->width != want->width || mode->height != want->height) {
			continue;
		}
		int64_t error = want->refresh_mhz != 0
			? llabs((int64_t)mode->refresh - want->refresh_mhz)
			: (mode->preferred ? -1 : 1000000 - mode->refresh);
		if (best == NULL || error < best_error) {
			best = mode;
			best_error = error;
		}
	}
	return best;
}

// Of an output that takes any: what the guest can have, at a rate that its timer can keep.
static bool is_possible(const struct pk_mode *mode) {
	return mode->width <= PVG_MAX_SURFACE_EDGE && mode->height <= PVG_MAX_SURFACE_EDGE &&
		(mode->refresh_mhz == 0 || (mode->refresh_mhz >= PK_MODE_MIN_MHZ &&
			mode->refresh_mhz <= PK_MODE_MAX_MHZ));
}

bool pk_output_has_mode(struct pk_output *output, const struct pk_mode *want) {
	struct wlr_output *wlr = output->wlr;
	if (wl_list_empty(&wlr->modes)) {
		return output->synthetic && is_possible(want);
	}
	return find_mode(wlr, want) != NULL;
}

bool pk_output_choose_mode(struct pk_output *output, struct wlr_output_state *state,
		const struct pk_mode *want) {
	struct wlr_output *wlr = output->wlr;
	if (!wl_list_empty(&wlr->modes)) {
		struct wlr_output_mode *mode = want->width > 0 ? find_mode(wlr, want) : NULL;
		bool found = mode != NULL;
		mode = found ? mode : wlr_output_preferred_mode(wlr);
		wlr_output_state_set_mode(state,
			want->refresh_mhz == 0 ? pk_genlock_best_mode(output, mode) : mode);
		return found || want->width == 0;
	}
	// Windows have their own refresh; only a headless output can be told one.
	int refresh = 0;
	if (output->synthetic && !is_possible(want)) {
		wlr_output_state_set_custom_mode(state, wlr->width, wlr->height, wlr->refresh);
		return false;
	}
	if (output->synthetic) {
		refresh = want->refresh_mhz != 0 ? (int)want->refresh_mhz : PK_PACING_DEFAULT_MHZ;
	}
	wlr_output_state_set_custom_mode(state, want->width > 0 ? want->width : 1280,
		want->width > 0 ? want->height : 720, refresh);
	return true;
}

// The mode that it starts with.
static void choose_first_mode(struct pk_output *output, struct wlr_output_state *state,
	const struct pk_mode *given) {
	const struct pk_mode *want = given != NULL ? given : &output->wish.mode;
	if (!pk_output_choose_mode(output, state, want)) {
		pvg_error("output %s: no mode %dx%d: its preferred one is used", output->wlr->name,
			want->width, want->height);
	}
}

void pk_output_choose_memory(struct pk_output *output) {
	struct pk_pool *pool = &output->server->pool;
	unsigned int port = output->port->index;
	if (!wlr_output_is_drm(output->wlr)) {
		pk_pool_set_memory(pool, port, PK_MEMORY_SHM);
	} else if (!pk_pool_set_memory(pool, port, PK_MEMORY_UDMABUF) &&
			!pk_pool_set_memory(pool, port, PK_MEMORY_DUMB)) {
		pk_pool_set_memory(pool, port, PK_MEMORY_SHM);
	}
	pvg_info("display %u: pictures are made of %s", port,
		pk_memory_name(pool->ports[port].memory));
	pk_output_choose_homes(output, pk_vm_renderer(output->server->vm));
}

/*
 * Display n is on output n in the order in which the backend names them. The headless backend
 * announces its outputs last one first.
 */
static void list_insert_ordered(struct pk_server *server, struct pk_output *output) {
	struct wl_list *after = server->outputs.prev;
	if (output->synthetic) {
		while (after != &server->outputs) {
			const struct pk_output *other = wl_container_of(after, other, link);
			if (strverscmp(other->wlr->name, output->wlr->name) < 0) {
				break;
			}
			after = after->prev;
		}
	}
	wl_list_insert(after, &output->link);
}

static bool switch_on(struct pk_output *output) {
	struct pk_server *server = output->server;
	struct pk_mode given = { 0 };
	pk_nested_size(server->parent, output->wlr, &given.width, &given.height);
	if (!wlr_output_init_render(output->wlr, server->allocator, server->renderer)) {
		return false;
	}
	if (!output->wish.enable && given.width == 0) {
		return true; // it stays off
	}
	struct wlr_output_state state;
	wlr_output_state_init(&state);
	wlr_output_state_set_enabled(&state, true);
	choose_first_mode(output, &state, given.width > 0 ? &given : NULL);
	bool ok = pk_genlock_commit_vrr(output, &state) ||
		wlr_output_commit_state(output->wlr, &state);
	wlr_output_state_finish(&state);
	return ok;
}

void pk_output_create(struct pk_server *server, struct wlr_output *wlr) {
	if (wlr->non_desktop) {
		pvg_info("output %s: not usable", wlr->name);
		return;
	}
	struct pk_output *output = calloc(1, sizeof(*output));
	if (output == NULL) {
		return;
	}
	output->server = server;
	output->wlr = wlr;
	output->synthetic = wlr_output_is_headless(wlr);
	output->plane_cursor = (wlr_output_is_drm(wlr) || pk_compat_output_is_x11(wlr)) &&
		!server->options->no_cursor_plane;
	wlr->data = output;
	pk_monitors_add(output);

	if (!switch_on(output)) {
		pvg_error("output %s: cannot be switched on", wlr->name);
		pk_monitors_remove(output);
		free(output);
		wlr->data = NULL;
		return;
	}

	output->first_width = wlr->width;
	output->first_height = wlr->height;
	output->scene_output = wlr_scene_output_create(server->scene, wlr);
	output->tree = wlr_scene_tree_create(server->guest_tree);
	output->picture = wlr_scene_buffer_create(output->tree, NULL);
	output->message = wlr_scene_buffer_create(output->tree, NULL);
	wlr_scene_node_set_enabled(&output->tree->node, false); // until it has its place

	output->frame.notify = handle_output_frame;
	wl_signal_add(&wlr->events.frame, &output->frame);
	output->present.notify = handle_output_present;
	wl_signal_add(&wlr->events.present, &output->present);
	output->request_state.notify = handle_output_request_state;
	wl_signal_add(&wlr->events.request_state, &output->request_state);
	output->destroy.notify = handle_output_destroy;
	wl_signal_add(&wlr->events.destroy, &output->destroy);
	list_insert_ordered(server, output);

	pvg_info("output %s: %dx%d@%.3f, %s%s%s", wlr->name, wlr->width, wlr->height,
		(wlr->refresh != 0 ? wlr->refresh : PK_PACING_DEFAULT_MHZ) / 1000.0,
		server->backend_name, output->synthetic ? ", driven by a timer" : "",
		wlr->enabled ? "" : ", off");
	if (!server->nested && wlr->model != NULL) {
		pvg_info("output %s: panel %s %s %s", wlr->name,
			wlr->make != NULL ? wlr->make : "Unknown", wlr->model,
			wlr->serial != NULL ? wlr->serial : "Unknown");
	}
	if (server->started) {
		pk_server_place_outputs(server);
		pk_server_describe_later(server);
	}
}

void pk_server_place_outputs(struct pk_server *server) {
	struct pk_output *output;
	wl_list_for_each(output, &server->outputs, link) {
		if (output->placed || !output->wish.enable || !output->wlr->enabled) {
			continue;
		}
		output->placed = true; // the layout tells its listeners about the rest
		wlr_scene_node_set_enabled(&output->tree->node, true);
		wlr_output_layout_add_auto(server->layout, output->wlr);
	}
	pk_monitors_remap(server);
	pk_server_update_view(server);
	pk_xdg_arrange(server->xdg);
}
