// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The configuration file read again (SIGHUP): what can change at run time does, for the rest the
 * log says that it waits for the next start. A file with errors changes nothing.
 */
#include "server.h"

#include <stdlib.h>
#include <string.h>

#include <pvg/log.h>

#include "keys.h"
#include "monitors.h"
#include "osd.h"
#include "power.h"
#include "stats.h"
#include "trace.h"
#include "xdg.h"

static void report(const char *section, const char *key, bool later) {
	pvg_info("configuration: [%s] %s %s", section, key,
		later ? "changed: it takes effect with the next start" : "changed");
}

static void log_lines(const char *text) {
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");
		pvg_error("%.*s", (int)length, text);
		text += length + (text[length] == '\n' ? 1 : 0);
	}
}

static void change_cursor_planes(struct pk_server *server) {
	struct pk_output *output;
	wl_list_for_each(output, &server->outputs, link) {
		output->plane_cursor = !output->synthetic && server->parent == NULL &&
			!server->options->no_cursor_plane;
		struct pk_port *port = pk_output_source(output);
		if (port != NULL) {
			pk_cursor_leave(output);
			pk_cursor_enter(output);
			pk_cursor_update(port);
		}
	}
}

static void change_files(struct pk_server *server, unsigned int effect) {
	const struct pk_options *options = server->options;
	if ((effect & PK_EFFECT_STATS) != 0) {
		pk_stats_destroy(server->stats);
		server->stats =
			options->stats != NULL ? pk_stats_create(server, options->stats) : NULL;
	}
	if ((effect & PK_EFFECT_TRACE) != 0) {
		pk_trace_destroy(server->trace);
		server->trace = options->trace != NULL ? pk_trace_create(options->trace) : NULL;
	}
}

bool pk_server_reload(struct pk_server *server) {
	struct pk_options *options = server->options;
	struct pk_options fresh;
	char *said = NULL;
	size_t size = 0;
	FILE *err = open_memstream(&said, &size);
	if (err == NULL) {
		pvg_error("configuration: out of memory");
		return false;
	}
	enum pk_options_result result =
		pk_options_parse(&fresh, options->argc, options->argv, err, err);
	fclose(err);
	if (result != PK_OPTIONS_RUN) {
		log_lines(said);
		free(said);
		pvg_error("configuration: errors: everything stays as it was");
		return false;
	}
	free(said);
	unsigned int effect = pk_options_take(options, &fresh, report);
	pvg_info("configuration: read again from %s%s",
		options->config_path != NULL ? options->config_path : "no file",
		effect == 0 ? ", nothing to do" : "");
	change_files(server, effect);
	struct pk_output *output;
	pk_monitors_forget_asked(server);
	// Also without a change: the texts that they borrow may be others now.
	wl_list_for_each(output, &server->outputs, link) {
		pk_monitors_follow_options(output);
	}
	pk_options_finish(&fresh);
	pk_monitors_remap(server);
	if ((effect & PK_EFFECT_OSD) != 0) {
		pk_osd_set(server->osd, options->osd);
	}
	if ((effect & PK_EFFECT_POWER) != 0) {
		pk_power_reload(server->power);
	}
	if ((effect & PK_EFFECT_CURSOR) != 0) {
		change_cursor_planes(server);
	}
	if ((effect & PK_EFFECT_PHASE) != 0) {
		pk_genlock_phase_changed(server);
	}
	if (effect != 0) {
		pk_server_update_view(server);
		pk_xdg_arrange(server->xdg);
		pk_server_describe_later(server);
	}
	return true;
}
