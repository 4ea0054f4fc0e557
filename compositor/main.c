// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pvg-kiosk: shows the display of a VM with apple-gfx-pci on a screen, in a window, or nowhere
 * (headless). Two threads: this one has the outputs, the input, the socket and the ticks; the other
 * runs the device (vm.c). See docs/architecture.md.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wlr/util/log.h>

#include <pvg/log.h>

#include "check.h"
#include "child.h"
#include "link.h"
#include "server.h"
#include "shots.h"

static bool had_terminal;

static void log_line(enum pvg_log_level level, const char *fmt, va_list args) {
	static const char *const marks[] = { "error", "info", "debug" };
	char line[1024];
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	int n = snprintf(line, sizeof(line), "[%lld.%06ld] %s: ", (long long)ts.tv_sec,
		ts.tv_nsec / 1000, marks[level]);
	vsnprintf(line + n, sizeof(line) - (size_t)n, fmt, args);
	// One call a line: threads must not mix theirs.
	fprintf(stderr, "%s\n", line);
}

__attribute__((format(printf, 2, 0))) static void log_wlroots(enum wlr_log_importance importance,
		const char *fmt, va_list args) {
	if (importance > wlr_log_get_verbosity()) {
		return;
	}
	// What wlroots calls an error is often a way that it tried; it still tells why nothing
	// works.
	log_line(importance == WLR_ERROR ? PVG_LOG_INFO : PVG_LOG_DEBUG, fmt, args);
}

static int handle_stop_signal(int signal, void *data) {
	struct pk_server *server = data;
	pvg_info("signal %d: ending", signal);
	pk_server_stop(server, PK_EXIT_OK);
	return 0;
}

static int handle_usr1(int signal, void *data) {
	struct pk_server *server = data;
	pk_shots_now(server->shots);
	return 0;
}

static bool has_terminal(void) {
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd >= 0) {
		close(fd);
	}
	return fd >= 0;
}

// From a terminal that is closed the same signal means to end.
static int handle_hangup(int signal, void *data) {
	struct pk_server *server = data;
	if (had_terminal && !has_terminal()) {
		pvg_info("the terminal is gone: ending");
		pk_server_stop(server, PK_EXIT_OK);
	} else {
		pk_server_reload(server);
	}
	return 0;
}

static int handle_child_signal(int signal, void *data) {
	pk_autostart_reap(data);
	return 0;
}

int main(int argc, char **argv) {
	struct pk_options options;
	switch (pk_options_parse(&options, argc, argv, stdout, stderr)) {
	case PK_OPTIONS_DONE:
		return PK_EXIT_OK;
	case PK_OPTIONS_BAD:
		return PK_EXIT_USAGE;
	case PK_OPTIONS_RUN:
		break;
	}
	pvg_log_init(options.log_level, log_line);
	static const enum wlr_log_importance importances[] = {
		[PVG_LOG_ERROR] = WLR_SILENT,
		[PVG_LOG_INFO] = WLR_ERROR,
		[PVG_LOG_DEBUG] = WLR_DEBUG,
	};
	wlr_log_init(importances[options.log_level], log_wlroots);
	signal(SIGPIPE, SIG_IGN);
	if (options.check) {
		int status = pk_check_run(&options, stdout);
		pk_options_finish(&options);
		return status;
	}

	// Blocked before any thread exists, so that all of them leave these to the main loop.
	sigset_t handled;
	sigemptyset(&handled);
	sigaddset(&handled, SIGINT);
	sigaddset(&handled, SIGTERM);
	sigaddset(&handled, SIGHUP);
	sigaddset(&handled, SIGCHLD);
	sigprocmask(SIG_BLOCK, &handled, NULL);
	/*
	 * Not SIGUSR1: libseat's builtin backend forks a process that hears with it that another
	 * terminal is wanted, and would inherit the mask. Ignored until it has a handler.
	 */
	signal(SIGUSR1, SIG_IGN);

	had_terminal = has_terminal();
	struct pk_server server;
	struct wl_event_source *signals[5] = { NULL };
	if (pk_server_init(&server, &options)) {
		signals[0] =
			wl_event_loop_add_signal(server.loop, SIGINT, handle_stop_signal, &server);
		signals[1] =
			wl_event_loop_add_signal(server.loop, SIGTERM, handle_stop_signal, &server);
		signals[2] = wl_event_loop_add_signal(server.loop, SIGUSR1, handle_usr1, &server);
		// blocked now; the command must not inherit that it is ignored
		signal(SIGUSR1, SIG_DFL);
		signals[3] = wl_event_loop_add_signal(server.loop, SIGCHLD, handle_child_signal,
			&server);
		signals[4] = wl_event_loop_add_signal(server.loop, SIGHUP, handle_hangup, &server);
		if (pk_autostart_begin(&server)) {
			pk_server_run(&server);
		}
		for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
			if (signals[i] != NULL) {
				wl_event_source_remove(signals[i]);
			}
		}
	}
	pid_t child = pk_autostart_end(&server);
	char *socket = server.link != NULL ? strdup(pk_link_path(server.link)) : NULL;
	pk_server_finish(&server);
	if (child != 0 && server.display_lost) {
		// A desktop that crashed is no reason to pull the plug of a machine.
		pvg_info("the command goes on as process %d; its VM looks for a pvg-kiosk --socket %s",
			(int)child, socket != NULL ? socket : "PATH");
	} else if (child != 0) {
		pk_child_stop(child);
	}
	free(socket);
	pk_options_finish(&options);
	return server.exit_status;
}
