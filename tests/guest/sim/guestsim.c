// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pvg-guestsim: a guest without a virtual machine. It connects to a PVG host like libpvg-shim.so
 * does, attaches the test driver and runs a scene. Lines of JSON on standard output; the last one
 * is the summary.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../scene/scene.h"
#include "libraries.h"
#include "sim.h"

enum exit_code {
	EXIT_OK = 0,
	EXIT_SCENE_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_NO_HOST = 3,
};

#define LATE_NS 1500000000ll // how long scene late-kiosk keeps a host away

static volatile int stop;

static void handle_signal(int number) {
	stop = 1;
}

static void print_line(const char *json) {
	puts(json);
	fflush(stdout);
}

struct machine {
	struct sim sim;
	struct pvg_drv drv;
	struct pvg_scene_env env;
	struct pvg_scene_config config;
	uint32_t *scratch[PVG_DRV_PORTS]; // owned
};

static void scene_line(void *data, const char *json) {
	print_line(json);
}

static bool scene_stopped(void *data) {
	return stop != 0;
}

static uint32_t *scene_scratch(void *data, unsigned int port, uint32_t bytes) {
	struct machine *machine = data;
	uint32_t *bigger = realloc(machine->scratch[port], bytes);
	if (bigger != NULL) {
		machine->scratch[port] = bigger;
	}
	return bigger;
}

static bool scene_reset(void *data) {
	struct machine *machine = data;
	for (unsigned int port = 0; port < PVG_DRV_PORTS; port++) {
		machine->drv.ports[port].registered = false; // no handler runs for the old life
	}
	bool ok = sim_reset(&machine->sim);
	pvg_drv_init(&machine->drv, &sim_drv_ops, &machine->sim, &machine->sim.mem,
		machine->config.style);
	machine->env.life++;
	return ok;
}

static void usage(FILE *to) {
	fputs("usage: pvg-guestsim [options]\n"
	      "  --socket PATH       host's socket (default: PVG_SOCKET)\n"
	      "  --scene NAME        barcode, modes, two-displays, late-kiosk, idle, reset, "
	      "latency,\n"
	      "                      hostile\n"
	      "  --second NAME       what the GPU draws on the second port\n"
	      "  --mode WxH          instead of the first mode of the host's list\n"
	      "  --seconds N         how long frames are shown (0: until stopped)\n"
	      "  --fps N             instead of a frame for every refresh\n"
	      "  --draw USEC         time that drawing a frame takes\n"
	      "  --draw-spread USEC  and at most so much more\n"
	      "  --ports N           displays of the device\n"
	      "  --seed N            of scene hostile\n"
	      "  --ram MIB           guest memory (default 512)\n"
	      "  --style NAME        macos11, macos13, macos26\n"
	      "  --patience N        seconds to wait for a stamp or a host (default 30)\n"
	      "  --first-frame N     number of the first frame\n"
	      "  --pointer 0|2       hide the pointer; it follows the host's\n"
	      "  --hide N            hide it with frame N\n"
	      "  --unhide N          show it again with frame N\n"
	      "  --progress 1        a line a second with what is not acknowledged yet\n"
	      "Exit status: 0 all well, 1 the scene failed, 2 usage, 3 no host.\n",
		to);
}

// 0, or an exit code + 1.
static int parse(int argc, char **argv, struct machine *machine) {
	static const struct option options[] = {
		{ "socket", required_argument, NULL, 1 },
		{ "ram", required_argument, NULL, 2 },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ "scene", required_argument, NULL, 0 },
		{ "second", required_argument, NULL, 0 },
		{ "mode", required_argument, NULL, 0 },
		{ "seconds", required_argument, NULL, 0 },
		{ "fps", required_argument, NULL, 0 },
		{ "draw", required_argument, NULL, 0 },
		{ "draw-spread", required_argument, NULL, 0 },
		{ "ports", required_argument, NULL, 0 },
		{ "seed", required_argument, NULL, 0 },
		{ "style", required_argument, NULL, 0 },
		{ "patience", required_argument, NULL, 0 },
		{ "first-frame", required_argument, NULL, 0 },
		{ "pointer", required_argument, NULL, 0 },
		{ "hide", required_argument, NULL, 0 },
		{ "unhide", required_argument, NULL, 0 },
		{ "progress", required_argument, NULL, 0 },
		{ NULL, 0, NULL, 0 },
	};
	int index, c;
	while ((c = getopt_long(argc, argv, "h", options, &index)) >= 0) {
		if (c == 1) {
			machine->sim.socket_path = optarg;
		} else if (c == 2) {
			machine->sim.ram_bytes = pvg_str_u64(optarg) << 20;
		} else if (c == 'h') {
			usage(stdout);
			return 1 + EXIT_OK;
		} else if (c == 'V') {
			puts("pvg-guestsim " PVG_PROJECT_VERSION);
			return 1 + EXIT_OK;
		} else if (c != 0 ||
			!pvg_scene_option(&machine->config, options[index].name, optarg)) {
			if (c == 0) {
				fprintf(stderr, "pvg-guestsim: --%s %s: no such value\n",
					options[index].name, optarg);
			}
			usage(stderr);
			return 1 + EXIT_USAGE;
		}
	}
	machine->sim.follow = machine->config.still_pointer;
	if (optind < argc || machine->sim.ram_bytes < 16u << 20 ||
		machine->sim.ram_bytes > 4096ull << 20) {
		usage(stderr);
		return 1 + EXIT_USAGE;
	}
	if (machine->sim.socket_path == NULL) {
		fputs("pvg-guestsim: no socket: set PVG_SOCKET or use --socket\n", stderr);
		return 1 + EXIT_USAGE;
	}
	return 0;
}

int main(int argc, char **argv) {
	static struct machine machine;
	machine.sim.socket_path = getenv("PVG_SOCKET");
	machine.sim.ram_bytes = 512ull << 20;
	pvg_scene_defaults(&machine.config);
	int code = parse(argc, argv, &machine);
	if (code != 0) {
		return code - 1;
	}
	struct sigaction action = { .sa_handler = handle_signal };
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);

	bool two = pvg_str_equal(machine.config.scene, "two-displays");
	bool late = pvg_str_equal(machine.config.scene, "late-kiosk");
	machine.sim.displays = machine.config.ports != 0 ? machine.config.ports : two ? 2 : 1;
	machine.sim.line = print_line;
	machine.sim.drv = &machine.drv;
	machine.sim.stop = &stop;
	if (!sim_init(&machine.sim)) {
		fputs("pvg-guestsim: no memory for the guest\n", stderr);
		return EXIT_NO_HOST;
	}
	const struct pvg_gs_scene *drawn = pvg_gs_scene_find(machine.config.scene);
	char missing[256];
	if (drawn != NULL && !sim_libraries_load(drawn, missing, sizeof(missing))) {
		fprintf(stderr, "pvg-guestsim: %s\n", missing);
		return EXIT_USAGE;
	}
	pvg_drv_init(&machine.drv, &sim_drv_ops, &machine.sim, &machine.sim.mem,
		machine.config.style);
	machine.env = (struct pvg_scene_env){
		.drv = &machine.drv,
		.data = &machine,
		.line = scene_line,
		.reset = scene_reset,
		.stopped = scene_stopped,
		.scratch = scene_scratch,
	};
	int64_t patience_ns = (int64_t)machine.config.patience_s * 1000000000;
	if (late) { // registers are written and packets wait while no host is there
		machine.sim.retry_at_ns = sim_now_ns(&machine.sim) + LATE_NS;
	} else if (!sim_connect(&machine.sim, patience_ns)) {
		fprintf(stderr, "pvg-guestsim: no host at %s\n", machine.sim.socket_path);
		sim_finish(&machine.sim);
		return EXIT_NO_HOST;
	}
	bool ok = pvg_scene_run(&machine.env, &machine.config);
	sim_finish(&machine.sim);
	for (unsigned int port = 0; port < PVG_DRV_PORTS; port++) {
		free(machine.scratch[port]);
	}
	return ok ? EXIT_OK : EXIT_SCENE_FAILED;
}
