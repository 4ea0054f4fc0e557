// SPDX-License-Identifier: GPL-2.0-or-later
#include "autostart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <pvg/log.h>

#include "child.h"
#include "link.h"
#include "monitors.h"
#include "server.h"

static bool start(struct pk_server *server) {
	const struct pk_options *options = server->options;
	// The shell takes the text apart and is replaced by what it names.
	char *shell[] = { "/bin/sh", "-c", NULL, NULL };
	char *text = NULL;
	char *const *command = options->command;
	if (command == NULL) {
		if (asprintf(&text, "exec %s", options->vm_command) < 0) {
			pvg_error("command: no memory");
			server->exit_status = PK_EXIT_FAILURE;
			return false;
		}
		shell[2] = text;
		command = shell;
	}
	const struct pk_child_places places = {
		.vm = pk_link_path(server->link),
		.clients = server->clients_name,
		.outputs = pk_monitors_displays(server),
	};
	server->autostart.child = pk_child_start(command, &places, &server->exit_status);
	free(text);
	return server->autostart.child != 0;
}

bool pk_autostart_begin(struct pk_server *server) {
	const struct pk_options *options = server->options;
	return (options->command == NULL && options->vm_command == NULL) || start(server);
}

static int handle_due(void *data) {
	struct pk_server *server = data;
	if (!start(server)) {
		pk_server_stop(server, server->exit_status);
	}
	return 0;
}

static bool schedule(struct pk_server *server) {
	struct pk_autostart *autostart = &server->autostart;
	if (autostart->timer == NULL) {
		autostart->timer = wl_event_loop_add_timer(server->loop, handle_due, server);
	}
	return autostart->timer != NULL &&
		wl_event_source_timer_update(autostart->timer, PK_AUTOSTART_DELAY_MS) == 0;
}

void pk_autostart_reap(struct pk_server *server) {
	struct pk_autostart *autostart = &server->autostart;
	int raw;
	if (autostart->child == 0 || waitpid(autostart->child, &raw, WNOHANG) != autostart->child) {
		return;
	}
	int status = pk_child_status(raw);
	enum pk_restart policy =
		server->options->command != NULL ? PK_RESTART_NO : server->options->vm_restart;
	autostart->child = 0;
	bool again = pk_autostart_again(autostart, policy, status, pk_now_ns() / 1000000);
	// Whoever pressed the power button wants an end.
	if (again && !server->close_requested && schedule(server)) {
		pvg_info("the command ended with status %d: started again", status);
		server->idle_reason = "the VM is started again";
		pk_server_update_view(server);
		return;
	}
	if (policy != PK_RESTART_NO && !again && autostart->ends >= PK_AUTOSTART_BURST &&
		(status != 0 || policy == PK_RESTART_ALWAYS)) {
		pvg_error("the command ended %u times within a minute: given up",
			PK_AUTOSTART_BURST + 1);
	}
	pvg_info("the command ended with status %d", status);
	pk_server_stop(server, status);
}

pid_t pk_autostart_end(struct pk_server *server) {
	if (server->autostart.timer != NULL) {
		wl_event_source_remove(server->autostart.timer);
		server->autostart.timer = NULL;
	}
	return server->autostart.child;
}
