// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Between an output and the pacing of its port: what the output can, what its events say, what is
 * counted about both.
 */
#include "server.h"

#include <wlr/backend/drm.h>

#include <pvg/log.h>

#include "compat.h"
#include "trace.h"

// Why adaptive sync is not on; NULL: it is.
static const char *vrr_refusal(const struct pk_output *output) {
	if (!output->wlr->adaptive_sync_supported) {
		return "the output has no variable refresh";
	}
	if (output->wlr->adaptive_sync_status != WLR_OUTPUT_ADAPTIVE_SYNC_ENABLED) {
		return "the output did not switch it on";
	}
	return NULL;
}

struct wlr_output_mode *pk_genlock_best_mode(struct pk_output *output,
	struct wlr_output_mode *mode) {
	if (!output->server->options->vrr || !output->wlr->adaptive_sync_supported ||
			mode == NULL) {
		return mode;
	}
	struct wlr_output_mode *other;
	wl_list_for_each(other, &output->wlr->modes, link) {
		if (other->width == mode->width && other->height == mode->height &&
				other->refresh > mode->refresh) {
			mode = other;
		}
	}
	return mode;
}

bool pk_genlock_commit_vrr(struct pk_output *output, struct wlr_output_state *state) {
	if (!output->server->options->vrr || !output->wlr->adaptive_sync_supported) {
		return false;
	}
	wlr_output_state_set_adaptive_sync_enabled(state, true);
	bool ok = wlr_output_commit_state(output->wlr, state);
	wlr_output_state_set_adaptive_sync_enabled(state, false);
	return ok;
}

// Only a screen is known to take pictures up to shortly before its vertical blank: the parent of a
// window composites when it likes.
static void choose_phase(struct pk_port *port) {
	const struct pk_phase_wish *wish = &port->server->options->phase;
	bool adapt = wish->fixed == 0 && wlr_output_is_drm(port->output->wlr);
	pk_pacing_set_phase(&port->pacing, adapt, (int64_t)wish->us * 1000);
}

void pk_genlock_phase_changed(struct pk_server *server) {
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		if (server->ports[i].output != NULL) {
			pk_port_take_ticks(&server->ports[i]);
			choose_phase(&server->ports[i]);
			pk_port_arm(&server->ports[i]);
		}
	}
}

void pk_genlock_attach(struct pk_port *port) {
	const struct pk_output *output = port->output;
	const struct pk_options *options = port->server->options;
	port->vblank_told = false;
	pk_pacing_set_source(&port->pacing, output->synthetic, wlr_output_is_drm(output->wlr));
	choose_phase(port);
	const char *source = output->synthetic ? "a timer (the output has no flips)" : "its flips";
	if (options->vrr) {
		const char *refusal = vrr_refusal(output);
		if (refusal == NULL) {
			pk_pacing_set_vrr(&port->pacing, true, pk_now_ns());
			source = "its flips, which follow the pictures";
		} else {
			pvg_info("display %u: fixed refresh on %s: %s", port->index,
				output->wlr->name, refusal);
		}
	}
	pvg_info("display %u: on output %s, ticks from %s", port->index, output->wlr->name, source);
}

void pk_genlock_committed(struct pk_port *port) {
	int64_t now = pk_now_ns();
	struct pk_port_stats *stats = &port->stats;
	struct pk_image *image = port->shown_new ? port->shown : NULL;
	int64_t arrived = image != NULL ? image->arrived_ns : 0;
	int64_t waited_for = port->pacing.flip_ns;
	int64_t slack = pk_pacing_committed(&port->pacing, arrived, now);
	stats->commits++;
	if (arrived != 0) {
		if (arrived > waited_for) {
			pk_histogram_add(&stats->commit_after, now - arrived);
			if (slack != INT64_MIN) {
				pk_histogram_add(&stats->slack, slack);
			}
		} else {
			stats->queued++; // says nothing about this program, nor about the offset
		}
		pk_trace_commit(port->server->trace, port->index, arrived, now, slack,
			pk_phase_offset(&port->pacing.phase, port->pacing.period_ns));
	}
	if (image != NULL) {
		image->arrived_ns = 0; // shown again after the output was away: nothing new
	}
	if (port->cursor_ns != 0) {
		pk_histogram_add(&stats->cursor_after, now - port->cursor_ns);
		stats->cursor_over += now - port->cursor_ns > port->pacing.period_ns;
		port->cursor_ns = 0;
	}
}

void pk_genlock_flipped(struct pk_port *port, const struct wlr_output_event_present *event) {
	const struct pk_pacing_flip flip = {
		.when_ns = pk_compat_present_ns(event),
		.refresh_ns = event->refresh,
		.sequence = event->seq,
	};
	pk_pacing_waiting(&port->pacing, pk_pool_waiting(&port->server->pool, port->index));
	struct pk_pacing_step step = pk_pacing_flipped(&port->pacing, &flip, pk_now_ns());
	if (port->pacing.no_vblank && !port->vblank_told) {
		port->vblank_told = true;
		pvg_info("output %s: flips without a vertical blank: ticks come from a timer at "
			 "the mode's rate", port->output->wlr->name);
	}
	pk_trace_flip(port->server->trace,
		&(struct pk_trace_flip){
			.port = port->index,
			.sequence = event->seq,
			.when_ns = step.when_ns,
			.flags = event->flags,
			.way = port->flip_counts ? pk_way_name(port->shown_way) : NULL,
			.cpu_bytes = port->flip_counts ? port->shown_bytes : 0,
		});
	pk_port_flip(port, &step);
}
