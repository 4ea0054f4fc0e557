// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pvg-kiosk with outputs that come, go and change mode many times: its own objects on the headless
 * backend, driven by a timer of their loop.
 *
 * usage: kiosk-cycles hotplug|modes|map|late CYCLES [pvg-kiosk options] -- GUEST...
 *
 * Prints what it counted and how the displays are described at the end, one JSON object.
 */
#include <errno.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wlr/backend/headless.h>
#include <wlr/backend/multi.h>
#include <wlr/util/log.h>

#include "link.h"
#include "monitors.h"
#include "server.h"

#define OUTPUTS 4
#define STEP_MS 4
#define SLOW_EVERY 51   // such a cycle waits until the guest has heard of it
#define SLOW_MS 600     // more than the time that the kiosk waits for more changes
#define WARM_CYCLES 100 // until then caches fill

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED "true"
#else
#define SANITIZED "false"
#endif

enum kind { HOTPLUG, MODES, MAP, LATE };

struct cycles {
	struct pk_server server;
	enum kind kind;
	unsigned int count, done;
	bool out; // the panel of this cycle is unplugged
	unsigned int victim;
	bool starting, ending;
	struct wlr_backend *headless;
	struct wl_event_source *timer;
	struct wl_listener new_output;
	unsigned int refused;
	int fds;
	long rss_kb;
	unsigned int replugged_elsewhere; // panels that did not get their display again
	pid_t guest;
};

static struct cycles cycles;

static int count_fds(void) {
	int count = 0;
	DIR *folder = opendir("/proc/self/fd");
	while (folder != NULL && readdir(folder) != NULL) {
		count++;
	}
	if (folder != NULL) {
		closedir(folder);
	}
	return count;
}

static long read_rss_kb(void) {
	char line[256];
	long kb = -1;
	FILE *file = fopen("/proc/self/status", "re");
	// Anonymous memory: the guest's RAM is shared.
	while (file != NULL && fgets(line, sizeof(line), file) != NULL &&
			sscanf(line, "RssAnon: %ld", &kb) != 1) {
	}
	if (file != NULL) {
		fclose(file);
	}
	return kb;
}

static void find_headless(struct wlr_backend *backend, void *data) {
	if (wlr_backend_is_headless(backend)) {
		cycles.headless = backend;
	}
}

// Headless outputs have numbers that are never used again; panels have names.
static void handle_new_output(struct wl_listener *listener, void *data) {
	struct wlr_output *output = data;
	char name[32];
	if (cycles.starting) {
		return;
	}
	// On one of two connectors: a panel is known by what it says, not by where it is.
	snprintf(name, sizeof(name), "TEST-%u%c", cycles.victim, cycles.done % 2 == 0 ? 'a' : 'b');
	wlr_output_set_name(output, name);
	free(output->make);
	free(output->model);
	free(output->serial);
	snprintf(name, sizeof(name), "%u", 1000 + cycles.victim);
	output->make = strdup("ACME");
	output->model = strdup("Panel");
	output->serial = strdup(name);
}

static void plug_in(unsigned int panel) {
	cycles.victim = panel;
	if (cycles.headless == NULL ||
			wlr_headless_add_output(cycles.headless, 640 + 32 * panel, 480) == NULL) {
		cycles.refused++;
	}
}

static struct pk_output *find_panel(unsigned int panel) {
	char serial[32];
	struct pk_output *output;
	snprintf(serial, sizeof(serial), "%u", 1000 + panel);
	wl_list_for_each(output, &cycles.server.outputs, link) {
		if (output->wlr->serial != NULL && strcmp(output->wlr->serial, serial) == 0) {
			return output;
		}
	}
	return NULL;
}

static void hotplug(void) {
	if (!cycles.out) {
		struct pk_output *output = find_panel(cycles.done % OUTPUTS);
		if (output != NULL) {
			wlr_output_destroy(output->wlr);
		}
		cycles.out = true;
		return;
	}
	unsigned int panel = cycles.done % OUTPUTS;
	plug_in(panel);
	const struct pk_output *output = find_panel(panel);
	if (output == NULL || output->port != &cycles.server.ports[panel]) {
		cycles.replugged_elsewhere++;
	}
	cycles.out = false;
	cycles.done++;
}

static void change_mode(void) {
	static const struct pk_mode modes[] = { { 640, 480, 0 }, { 800, 600, 75000 },
		{ 1024, 640, 60000 }, { 720, 480, 59940 } };
	struct pk_output *output = find_panel(cycles.done % OUTPUTS);
	char why[160];
	const struct pk_mode *mode = &modes[(cycles.done / OUTPUTS) % 4];
	if (output == NULL || !pk_monitors_set_mode(output, mode, why)) {
		cycles.refused++;
	}
	cycles.done++;
}

// Outputs are mapped to each other's displays, switched off and on.
static void change_map(void) {
	unsigned int n = cycles.done++;
	struct pk_output *output = find_panel(n % OUTPUTS);
	char why[160];
	bool ok = output != NULL;
	if (ok && n + 2 * OUTPUTS >= cycles.count) { // all as it was
		ok = pk_monitors_enable(output, true, why) &&
			pk_monitors_map(output, PK_OUTPUT_DISPLAY_0 + n % OUTPUTS, why);
	} else if (ok && n % 3 == 0) {
		ok = pk_monitors_enable(output, n % 2 == 0, why);
	} else if (ok) {
		ok = pk_monitors_map(output, PK_OUTPUT_DISPLAY_NONE + n * 7 % (OUTPUTS + 1), why);
	}
	cycles.refused += !ok;
}

// All panels come, one after the other, and go again: began without any.
static int come_late(void) {
	unsigned int n = cycles.done++ % (2 * OUTPUTS);
	if (cycles.done > cycles.count) {
		return 0;
	}
	if (n < OUTPUTS) {
		plug_in(n);
		const struct pk_output *output = find_panel(n);
		cycles.replugged_elsewhere +=
			output == NULL || output->port != &cycles.server.ports[n];
		return SLOW_MS;
	}
	struct pk_output *output = find_panel(n - OUTPUTS);
	if (output != NULL) {
		wlr_output_destroy(output->wlr);
	}
	return SLOW_MS;
}

static int handle_timer(void *data) {
	int wait = STEP_MS;
	if (cycles.ending) {
		kill(cycles.guest, SIGTERM);
		pk_server_stop(&cycles.server, 0);
		return 0;
	}
	unsigned int before = cycles.done;
	switch (cycles.kind) {
	case HOTPLUG:
		hotplug();
		break;
	case MODES:
		change_mode();
		break;
	case MAP:
		change_map();
		break;
	case LATE:
		wait = come_late();
		break;
	}
	if (before % SLOW_EVERY == SLOW_EVERY - 1) {
		wait = SLOW_MS; // also with the panel away
	}
	if (cycles.done == WARM_CYCLES && before != cycles.done) {
		cycles.fds = count_fds();
		cycles.rss_kb = read_rss_kb();
	}
	if (cycles.done >= cycles.count) {
		cycles.ending = true;
		wait = 2 * SLOW_MS;
	}
	wl_event_source_timer_update(cycles.timer, wait);
	return 0;
}

static bool start_guest(char *const *command) {
	setenv("PVG_SOCKET", pk_link_path(cycles.server.link), true);
	cycles.guest = fork();
	if (cycles.guest == 0) {
		execvp(command[0], command);
		_exit(127);
	}
	return cycles.guest > 0;
}

static void print_json(const char *result) {
	printf("{\"done\": %u, \"refused\": %u, \"elsewhere\": %u, \"fds\": [%d, %d], "
	       "\"rss_kb\": [%ld, %ld], \"sanitized\": %s, \"guest\": %s, \"displays\": [",
		cycles.done, cycles.refused, cycles.replugged_elsewhere, cycles.fds, count_fds(),
		cycles.rss_kb, read_rss_kb(), SANITIZED, result);
	const char *comma = "";
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		const struct pk_port *port = &cycles.server.ports[i];
		if (!port->described) {
			continue;
		}
		printf("%s{\"port\": %u, \"output\": \"%s\", \"name\": \"%s\", \"serial\": %u, "
		       "\"flips\": %llu, \"modes\": [",
			comma, i, port->output != NULL ? port->output->wlr->name : "",
			port->desc.name, port->desc.serial,
			(unsigned long long)port->stats.flips);
		for (uint32_t m = 0; m < port->desc.mode_count; m++) {
			const struct pvg_mode *mode = &port->desc.modes[m];
			printf("%s\"%ux%u@%u.%03u\"", m > 0 ? ", " : "", mode->width, mode->height,
				mode->refresh_mhz / 1000, mode->refresh_mhz % 1000);
		}
		fputs("]}", stdout);
		comma = ", ";
	}
	puts("]}");
}

static bool replace_outputs(struct pk_server *server) {
	// The output that the kiosk began with makes room for panels with names.
	struct pk_output *output, *tmp;
	for (unsigned int i = 0; i < OUTPUTS; i++) {
		plug_in(i);
	}
	wl_list_for_each_safe(output, tmp, &server->outputs, link) {
		if (strncmp(output->wlr->name, "HEADLESS", 8) == 0) {
			wlr_output_destroy(output->wlr);
		}
	}
	for (unsigned int i = 0; i < OUTPUTS; i++) {
		char why[160];
		output = find_panel(i);
		if (output == NULL || !pk_monitors_map(output, PK_OUTPUT_DISPLAY_0 + i, why)) {
			return false;
		}
	}
	return true;
}

static bool run(char *const *command) {
	struct pk_server *server = &cycles.server;
	wlr_multi_for_each_backend(server->backend, find_headless, NULL);
	cycles.new_output.notify = handle_new_output;
	// Before the kiosk hears of it, as a name is there before an output is announced.
	wl_list_insert(&server->backend->events.new_output.listener_list, &cycles.new_output.link);
	if (cycles.kind == LATE) {
		if (!wl_list_empty(&server->outputs)) {
			return false;
		}
	} else if (!replace_outputs(server)) {
		return false;
	}
	pk_server_describe(server);
	cycles.timer = wl_event_loop_add_timer(server->loop, handle_timer, NULL);
	if (cycles.timer == NULL || !start_guest(command)) {
		return false;
	}
	wl_event_source_timer_update(cycles.timer, 1500); // the guest comes up
	pk_server_run(server);
	wl_event_source_remove(cycles.timer);
	return true;
}

int main(int argc, char **argv) {
	static const char *const kinds[] = { "hotplug", "modes", "map", "late" };
	struct pk_options options;
	if (argc < 5) {
		fputs("usage: kiosk-cycles hotplug|modes|map|late CYCLES [options] -- GUEST...\n", stderr);
		return 2;
	}
	for (int i = 0; i < 4; i++) {
		cycles.kind = strcmp(argv[1], kinds[i]) == 0 ? (enum kind)i : cycles.kind;
	}
	cycles.count = (unsigned int)strtoul(argv[2], NULL, 10);
	if (pk_options_parse(&options, argc - 2, argv + 2, stdout, stderr) != PK_OPTIONS_RUN ||
			options.command == NULL) {
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	cycles.starting = true;
	bool ok = pk_server_init(&cycles.server, &options);
	cycles.starting = false;
	int status = 0;
	ok = ok && run(options.command);
	char result[32] = "null";
	if (cycles.guest > 0 && waitpid(cycles.guest, &status, 0) == cycles.guest) {
		snprintf(result, sizeof(result), "%d",
			WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	}
	if (ok) {
		print_json(result);
	}
	wl_list_remove(&cycles.new_output.link);
	pk_server_finish(&cycles.server);
	pk_options_finish(&options);
	return ok ? 0 : 1;
}
