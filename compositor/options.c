// SPDX-License-Identifier: GPL-2.0-or-later
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <pvg/display.h>

static const char usage[] =
	"usage: pvg-kiosk [options] [-- command...]\n"
	"\n"
	"Shows the display of a VM with apple-gfx-pci. With a command: starts it with PVG_SOCKET and\n"
	"WAYLAND_DISPLAY set, ends with it and returns its status. Without: waits for VMs.\n"
	"\n"
	"  --backend auto|drm|wayland|x11|headless\n"
	"                        where to show it (auto: window in a session, screen on a VT)\n"
	"  --mode WxH[@HZ]       size of the output\n"
	"  --outputs N           number of headless outputs or windows, 1..8\n"
	"  --scale fit|integer|none\n"
	"                        how a picture of another size is shown\n"
	"  --socket PATH         socket for the VM (default $XDG_RUNTIME_DIR/pvg-N.sock)\n"
	"  --displays N          describe at most N displays to the VM\n"
	"  --device-info proven|strict|KEY=VALUE\n"
	"                        answers to the guest driver, may be given again\n"
	"  --stats FILE          one JSON line a second and a summary\n"
	"  --trace FILE          one JSON line a flip and a tick\n"
	"  --screenshot FILE     PNG of the last picture at exit, and at each SIGUSR1\n"
	"  --screenshot-at N     take it at guest frame N instead\n"
	"  --record FILE         capture what the device takes in\n"
	"  --renderer auto|gles|null|none\n"
	"                        what draws for the guest (null: checks, draws nothing)\n"
	"  --render-node PATH    DRM node to draw on (auto: the first, else in software)\n"
	"  --no-cursor-plane     draw the cursor into the picture\n"
	"  --check               say what this machine has and lacks, and how to help it\n"
	"  --log-level error|info|debug\n"
	"  --version, --help\n";

enum {
	OPT_BACKEND = 256,
	OPT_MODE,
	OPT_OUTPUTS,
	OPT_SCALE,
	OPT_SOCKET,
	OPT_DISPLAYS,
	OPT_DEVICE_INFO,
	OPT_STATS,
	OPT_TRACE,
	OPT_SCREENSHOT,
	OPT_SCREENSHOT_AT,
	OPT_RECORD,
	OPT_RENDERER,
	OPT_RENDER_NODE,
	OPT_NO_CURSOR_PLANE,
	OPT_CHECK,
	OPT_LOG_LEVEL,
	OPT_VERSION,
	OPT_HELP,
};

static const struct option long_options[] = {
	{ "backend", required_argument, NULL, OPT_BACKEND },
	{ "mode", required_argument, NULL, OPT_MODE },
	{ "outputs", required_argument, NULL, OPT_OUTPUTS },
	{ "scale", required_argument, NULL, OPT_SCALE },
	{ "socket", required_argument, NULL, OPT_SOCKET },
	{ "displays", required_argument, NULL, OPT_DISPLAYS },
	{ "device-info", required_argument, NULL, OPT_DEVICE_INFO },
	{ "stats", required_argument, NULL, OPT_STATS },
	{ "trace", required_argument, NULL, OPT_TRACE },
	{ "screenshot", required_argument, NULL, OPT_SCREENSHOT },
	{ "screenshot-at", required_argument, NULL, OPT_SCREENSHOT_AT },
	{ "record", required_argument, NULL, OPT_RECORD },
	{ "renderer", required_argument, NULL, OPT_RENDERER },
	{ "render-node", required_argument, NULL, OPT_RENDER_NODE },
	{ "no-cursor-plane", no_argument, NULL, OPT_NO_CURSOR_PLANE },
	{ "check", no_argument, NULL, OPT_CHECK },
	{ "log-level", required_argument, NULL, OPT_LOG_LEVEL },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static int choose(const char *const *names, const char *text) {
	for (int i = 0; names[i] != NULL; i++) {
		if (strcmp(names[i], text) == 0) {
			return i;
		}
	}
	return -1;
}

static bool parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *value) {
	if (*text < '0' || *text > '9') {
		return false;
	}
	char *end;
	errno = 0;
	unsigned long long v = strtoull(text, &end, 10);
	if (errno != 0 || *end != '\0' || v < min || v > max) {
		return false;
	}
	*value = v;
	return true;
}

// Digits with up to three decimals, as thousandths.
static bool parse_milli(const char *text, uint32_t *milli) {
	uint64_t value = 0;
	int decimals = -1;
	if (*text == '\0') {
		return false;
	}
	for (; *text != '\0'; text++) {
		if (*text == '.' && decimals < 0) {
			decimals = 0;
		} else if (*text >= '0' && *text <= '9' && decimals < 3) {
			value = value * 10 + (uint64_t)(*text - '0');
			decimals += decimals >= 0;
		} else {
			return false;
		}
		if (value > 1000000) {
			return false;
		}
	}
	for (int i = decimals < 0 ? 0 : decimals; i < 3; i++) {
		value *= 10;
	}
	*milli = (uint32_t)value;
	return value >= 1000 && value <= 1000000;
}

bool pk_options_parse_mode(const char *text, struct pk_mode *mode) {
	char *end;
	if (*text < '1' || *text > '9') {
		return false;
	}
	unsigned long width = strtoul(text, &end, 10);
	if (*end != 'x' || end[1] < '1' || end[1] > '9') {
		return false;
	}
	unsigned long height = strtoul(end + 1, &end, 10);
	uint32_t refresh = 0;
	if (*end == '@') {
		if (!parse_milli(end + 1, &refresh)) {
			return false;
		}
	} else if (*end != '\0') {
		return false;
	}
	if (width > PVG_MAX_SURFACE_EDGE || height > PVG_MAX_SURFACE_EDGE) {
		return false;
	}
	*mode = (struct pk_mode){ (int)width, (int)height, refresh };
	return true;
}

static bool parse_device_info(struct pk_options *options, const char *text, FILE *err) {
	if (strchr(text, '=') == NULL) {
		if (!pvg_info_profile(&options->info, text)) {
			fprintf(err,
				"pvg-kiosk: --device-info %s: no such profile (proven, strict)\n",
				text);
			return false;
		}
		options->info_profile = text;
		return true;
	}
	char error[160];
	if (!pvg_info_set(&options->info, text, error, sizeof(error))) {
		fprintf(err, "pvg-kiosk: --device-info %s: %s\n", text, error);
		return false;
	}
	return true;
}

static bool bad(FILE *err, const char *option, const char *text, const char *want) {
	fprintf(err, "pvg-kiosk: --%s %s: %s\n", option, text, want);
	return false;
}

static bool parse_one(struct pk_options *options, int opt, const char *arg, FILE *err) {
	static const char *const backends[] = { "auto", "drm", "wayland", "x11", "headless", NULL };
	static const char *const scales[] = { "fit", "integer", "none", NULL };
	static const char *const renderers[] = { "auto", "gles", "null", "none", NULL };
	static const char *const levels[] = { "error", "info", "debug", NULL };
	uint64_t number;
	int choice;
	switch (opt) {
	case OPT_BACKEND:
		choice = choose(backends, arg);
		if (choice < 0) {
			return bad(err, "backend", arg, "not auto, drm, wayland, x11 or headless");
		}
		options->backend = (enum pk_backend)choice;
		return true;
	case OPT_MODE:
		return pk_options_parse_mode(arg, &options->mode) ||
			bad(err, "mode", arg,
				"not WIDTHxHEIGHT or WIDTHxHEIGHT@HZ, at most 8192x8192@1000");
	case OPT_OUTPUTS:
		if (!parse_u64(arg, 1, PVG_MAX_PORTS, &number)) {
			return bad(err, "outputs", arg, "not a number from 1 to 8");
		}
		options->outputs = (unsigned int)number;
		return true;
	case OPT_SCALE:
		choice = choose(scales, arg);
		if (choice < 0) {
			return bad(err, "scale", arg, "not fit, integer or none");
		}
		options->scale = (enum pk_scale)choice;
		return true;
	case OPT_SOCKET:
		options->socket = arg;
		return *arg != '\0' || bad(err, "socket", arg, "the path is empty");
	case OPT_DISPLAYS:
		if (!parse_u64(arg, 1, PVG_MAX_PORTS, &number)) {
			return bad(err, "displays", arg, "not a number from 1 to 8");
		}
		options->displays = (unsigned int)number;
		return true;
	case OPT_DEVICE_INFO:
		return parse_device_info(options, arg, err);
	case OPT_STATS:
		options->stats = arg;
		return true;
	case OPT_TRACE:
		options->trace = arg;
		return true;
	case OPT_SCREENSHOT:
		options->screenshot = arg;
		return true;
	case OPT_SCREENSHOT_AT:
		return parse_u64(arg, 1, UINT64_MAX, &options->screenshot_at) ||
			bad(err, "screenshot-at", arg, "not a frame number from 1");
	case OPT_RECORD:
		options->record = arg;
		return true;
	case OPT_RENDERER:
		choice = choose(renderers, arg);
		if (choice < 0) {
			return bad(err, "renderer", arg, "not auto, gles, null or none");
		}
		options->gpu.renderer = (enum pk_renderer)choice;
		return true;
	case OPT_RENDER_NODE:
		options->gpu.render_node = arg;
		return *arg != '\0' || bad(err, "render-node", arg, "the path is empty");
	case OPT_NO_CURSOR_PLANE:
		options->no_cursor_plane = true;
		return true;
	case OPT_CHECK:
		options->check = true;
		return true;
	case OPT_LOG_LEVEL:
		choice = choose(levels, arg);
		if (choice < 0) {
			return bad(err, "log-level", arg, "not error, info or debug");
		}
		options->log_level = (enum pvg_log_level)choice;
		return true;
	default:
		return false;
	}
}

enum pk_options_result pk_options_parse(struct pk_options *options, int argc, char **argv,
	FILE *out, FILE *err) {
	*options = (struct pk_options){ .log_level = PVG_LOG_INFO };
	if (!parse_device_info(options, "proven", err)) {
		return PK_OPTIONS_BAD;
	}
	optind = 0; // start over: tests call this more than once
	opterr = 0;
	for (;;) {
		int at = optind > 0 ? optind : 1;
		int opt = getopt_long(argc, argv, "+:", long_options, NULL);
		if (opt == -1) {
			break;
		}
		switch (opt) {
		case OPT_HELP:
			fputs(usage, out);
			return PK_OPTIONS_DONE;
		case OPT_VERSION:
			fprintf(out, "pvg-kiosk %s\n", PVG_PROJECT_VERSION);
			return PK_OPTIONS_DONE;
		case ':':
			fprintf(err, "pvg-kiosk: %s needs a value\n", argv[at]);
			return PK_OPTIONS_BAD;
		case '?':
			fprintf(err, "pvg-kiosk: no such option: %s (see --help)\n", argv[at]);
			return PK_OPTIONS_BAD;
		default:
			if (!parse_one(options, opt, optarg, err)) {
				return PK_OPTIONS_BAD;
			}
		}
	}
	if (optind < argc) {
		if (strcmp(argv[optind - 1], "--") != 0) {
			fprintf(err, "pvg-kiosk: %s: put -- before the command\n", argv[optind]);
			return PK_OPTIONS_BAD;
		}
		options->command = argv + optind;
	}
	if (options->screenshot_at != 0 && options->screenshot == NULL) {
		fputs("pvg-kiosk: --screenshot-at needs --screenshot FILE\n", err);
		return PK_OPTIONS_BAD;
	}
	return PK_OPTIONS_RUN;
}
