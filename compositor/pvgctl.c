// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pvgctl: looks at a running pvg-kiosk and changes it, through pvg-control-v1.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl.h"
#include "json.h"
#include "png-write.h"
#include "pvg-control-v1-client-protocol.h"

#define TIMEOUT_DEFAULT_MS 10000
#define LINE_MAX_BYTES (1u << 20)

static const char usage[] =
	"usage: pvgctl [--json] [--kiosk SOCKET] [--timeout SECONDS] COMMAND\n"
	"\n"
	"  status                      everything at a glance\n"
	"  displays                    outputs, their modes, and what they show\n"
	"  map DISPLAY OUTPUT          show a display of the VM on another output\n"
	"  mode OUTPUT WxH[@HZ]        change the mode of an output\n"
	"  screenshot [--display N] FILE\n"
	"                              what a display's output shows, as PNG\n"
	"  stats [--watch] [--interval SECONDS]\n"
	"                              numbers of one interval, or of one after the other\n"
	"  record start FILE | stop    capture what the device takes in\n"
	"  power on|off OUTPUT         switch an output\n"
	"  vm powerdown|reset          press a button of the VM\n"
	"  osd on|off                  statistics on the screen\n"
	"  quit                        end the kiosk\n"
	"  --version, --help\n";

struct ctl {
	struct ctl_link *link; // owned
	bool json;
	int timeout_ms;
	char **args; // after the command
	int arg_count;
};

static int bad_usage(const char *why) {
	fprintf(stderr, "pvgctl: %s (see --help)\n", why);
	return CTL_USAGE;
}

/* ---- results --------------------------------------------------------------------------------- */

struct result {
	bool settled, failed;
	char message[CTL_TEXT];
};

static void handle_done(void *data, struct pvg_control_result_v1 *object) {
	struct result *result = data;
	result->settled = true;
}

static void handle_failed(void *data, struct pvg_control_result_v1 *object, uint32_t reason,
		const char *message) {
	struct result *result = data;
	result->settled = result->failed = true;
	snprintf(result->message, sizeof(result->message), "%s", message);
}

static const struct pvg_control_result_v1_listener result_listener = {
	.done = handle_done,
	.failed = handle_failed,
};

// Waits for what @object hears, says it, frees it.
static int settle(struct ctl *ctl, const char *command, struct pvg_control_result_v1 *object) {
	struct result result = { 0 };
	pvg_control_result_v1_add_listener(object, &result_listener, &result);
	bool heard = ctl_wait(ctl->link, &result.settled, ctl->timeout_ms);
	pvg_control_result_v1_destroy(object);
	if (!heard) {
		return CTL_NO_KIOSK;
	}
	if (result.failed) {
		fprintf(stderr, "pvgctl: %s: %s\n", command, result.message);
	}
	ctl_print_result(command, result.failed ? result.message : NULL, ctl->json, stdout);
	return result.failed ? CTL_REFUSED : CTL_OK;
}

/* ---- status ---------------------------------------------------------------------------------- */

struct status_reader {
	struct ctl_status *status; // owned
	bool done;
};

static void keep(char (*to)[CTL_TEXT], const char *text) {
	snprintf(*to, sizeof(*to), "%s", text);
}

static void handle_kiosk(void *data, struct pvg_control_status_v1 *object, const char *version,
		uint32_t pid, const char *backend, const char *renderer, const char *socket,
		uint32_t osd) {
	struct ctl_status *status = ((struct status_reader *)data)->status;
	keep(&status->version, version);
	keep(&status->backend, backend);
	keep(&status->renderer, renderer);
	keep(&status->socket, socket);
	status->pid = pid;
	status->osd = osd != 0;
}

static void handle_vm(void *data, struct pvg_control_status_v1 *object, uint32_t state,
		const char *name, const char *uuid, uint32_t displays, const char *message) {
	struct ctl_status *status = ((struct status_reader *)data)->status;
	status->vm_state = state;
	status->vm_displays = displays;
	keep(&status->vm_name, name);
	keep(&status->vm_uuid, uuid);
	keep(&status->message, message);
}

static void handle_capture(void *data, struct pvg_control_status_v1 *object, uint32_t state) {
	((struct status_reader *)data)->status->capture = state;
}

static void handle_output(void *data, struct pvg_control_status_v1 *object, const char *name,
		const char *description, uint32_t enabled, uint32_t width, uint32_t height,
		uint32_t refresh_mhz, int32_t display, const char *indirect) {
	struct ctl_status *status = ((struct status_reader *)data)->status;
	if (status->output_count == CTL_OUTPUTS_MAX) {
		return;
	}
	struct ctl_output *output = &status->outputs[status->output_count++];
	keep(&output->name, name);
	keep(&output->description, description);
	keep(&output->indirect, indirect);
	output->enabled = enabled != 0;
	output->mode = (struct ctl_mode){ width, height, refresh_mhz, true, false };
	output->display = display;
}

static void handle_mode(void *data, struct pvg_control_status_v1 *object, uint32_t width,
		uint32_t height, uint32_t refresh_mhz, uint32_t flags) {
	struct ctl_status *status = ((struct status_reader *)data)->status;
	if (status->output_count == 0) {
		return;
	}
	struct ctl_output *output = &status->outputs[status->output_count - 1];
	if (output->mode_count < CTL_MODES_MAX) {
		output->modes[output->mode_count++] = (struct ctl_mode){ width, height, refresh_mhz,
			(flags & PVG_CONTROL_STATUS_V1_MODE_FLAG_CURRENT) != 0,
			(flags & PVG_CONTROL_STATUS_V1_MODE_FLAG_PREFERRED) != 0 };
	}
}

static void handle_display(void *data, struct pvg_control_status_v1 *object, uint32_t number,
		const char *state, uint32_t asleep, uint32_t width, uint32_t height,
		const char *way) {
	struct ctl_status *status = ((struct status_reader *)data)->status;
	if (status->display_count == CTL_DISPLAYS_MAX) {
		return;
	}
	struct ctl_display *display = &status->displays[status->display_count++];
	display->number = number;
	display->asleep = asleep != 0;
	display->width = width;
	display->height = height;
	keep(&display->state, state);
	keep(&display->way, way);
}

static void handle_status_done(void *data, struct pvg_control_status_v1 *object) {
	((struct status_reader *)data)->done = true;
}

static const struct pvg_control_status_v1_listener status_listener = {
	.kiosk = handle_kiosk,
	.vm = handle_vm,
	.capture = handle_capture,
	.output = handle_output,
	.mode = handle_mode,
	.display = handle_display,
	.done = handle_status_done,
};

static int show_status(struct ctl *ctl,
		void (*print)(const struct ctl_status *status, bool json, FILE *out)) {
	if (ctl->arg_count != 0) {
		return bad_usage("status and displays take no arguments");
	}
	struct status_reader reader = { .status = calloc(1, sizeof(*reader.status)) };
	if (reader.status == NULL) {
		return CTL_NO_KIOSK;
	}
	struct pvg_control_status_v1 *object = pvg_control_v1_get_status(ctl_control(ctl->link));
	pvg_control_status_v1_add_listener(object, &status_listener, &reader);
	bool heard = ctl_wait(ctl->link, &reader.done, ctl->timeout_ms);
	pvg_control_status_v1_destroy(object);
	if (heard) {
		print(reader.status, ctl->json, stdout);
	}
	free(reader.status);
	return heard ? CTL_OK : CTL_NO_KIOSK;
}

static int run_status(struct ctl *ctl) {
	return show_status(ctl, ctl_print_status);
}

static int run_displays(struct ctl *ctl) {
	return show_status(ctl, ctl_print_displays);
}

/* ---- statistics ------------------------------------------------------------------------------ */

struct stats_reader {
	char *line; // owned
	size_t size;
	bool done, failed;
};

static void handle_text(void *data, struct pvg_control_statistics_v1 *object, const char *text) {
	struct stats_reader *reader = data;
	size_t length = strlen(text);
	char *line = reader->size + length < LINE_MAX_BYTES
		? realloc(reader->line, reader->size + length + 1)
		: NULL;
	if (line == NULL) {
		reader->failed = true;
		return;
	}
	memcpy(line + reader->size, text, length + 1);
	reader->line = line;
	reader->size += length;
}

static void handle_line_done(void *data, struct pvg_control_statistics_v1 *object) {
	((struct stats_reader *)data)->done = true;
}

static const struct pvg_control_statistics_v1_listener stats_listener = {
	.text = handle_text,
	.done = handle_line_done,
};

static int run_stats(struct ctl *ctl) {
	bool watch = false;
	uint32_t interval_ms = 1000;
	for (int i = 0; i < ctl->arg_count; i++) {
		if (strcmp(ctl->args[i], "--watch") == 0) {
			watch = true;
		} else if (strcmp(ctl->args[i], "--json") == 0) {
			ctl->json = true;
		} else if (strcmp(ctl->args[i], "--interval") == 0 && i + 1 < ctl->arg_count) {
			char *end;
			double seconds = strtod(ctl->args[++i], &end);
			if (*end != '\0' || !(seconds >= 0.1 && seconds <= 60)) {
				return bad_usage("stats: the interval is 0.1 to 60 seconds");
			}
			interval_ms = (uint32_t)(seconds * 1000 + 0.5);
		} else {
			return bad_usage("stats: only --watch, --json and --interval SECONDS");
		}
	}
	struct stats_reader reader = { 0 };
	struct pvg_control_statistics_v1 *object =
		pvg_control_v1_get_statistics(ctl_control(ctl->link), interval_ms);
	pvg_control_statistics_v1_add_listener(object, &stats_listener, &reader);
	int status = CTL_OK;
	do {
		reader.done = false;
		reader.size = 0;
		if (!ctl_wait(ctl->link, &reader.done, ctl->timeout_ms + (int)interval_ms)) {
			status = CTL_NO_KIOSK;
		} else if (reader.failed || reader.line == NULL ||
			!ctl_print_stats(reader.line, ctl->json, stdout)) {
			fputs("pvgctl: stats: the kiosk's answer makes no sense\n", stderr);
			status = CTL_NO_KIOSK;
		}
		if (watch && !ctl->json) {
			fputc('\n', stdout);
		}
	} while (status == CTL_OK && watch && fflush(stdout) == 0);
	free(reader.line);
	pvg_control_statistics_v1_destroy(object);
	return status;
}

/* ---- screenshots ----------------------------------------------------------------------------- */

struct shot_reader {
	int fd; // -1: none
	uint32_t width, height;
	struct result result;
};

static void handle_picture(void *data, struct pvg_control_screenshot_v1 *object, int32_t fd,
		uint32_t width, uint32_t height) {
	struct shot_reader *reader = data;
	reader->fd = fd;
	reader->width = width;
	reader->height = height;
	reader->result.settled = true;
}

static void handle_no_picture(void *data, struct pvg_control_screenshot_v1 *object,
		uint32_t reason, const char *message) {
	struct shot_reader *reader = data;
	handle_failed(&reader->result, NULL, reason, message);
}

static const struct pvg_control_screenshot_v1_listener shot_listener = {
	.picture = handle_picture,
	.failed = handle_no_picture,
};

static int write_picture(const struct shot_reader *reader, const char *path) {
	size_t size = (size_t)reader->width * reader->height * 4;
	struct stat st;
	if (reader->width == 0 || reader->height == 0 || reader->width > 16384 ||
			reader->height > 16384 || fstat(reader->fd, &st) != 0 ||
			(size_t)st.st_size < size) {
		fputs("pvgctl: screenshot: the kiosk's answer makes no sense\n", stderr);
		return CTL_NO_KIOSK;
	}
	void *pixels = mmap(NULL, size, PROT_READ, MAP_PRIVATE, reader->fd, 0);
	if (pixels == MAP_FAILED) {
		fprintf(stderr, "pvgctl: screenshot: %s\n", strerror(errno));
		return CTL_NO_KIOSK;
	}
	bool ok = pk_png_write(path, pixels, (int)reader->width, (int)reader->height);
	if (!ok) {
		fprintf(stderr, "pvgctl: screenshot %s: %s\n", path, strerror(errno));
	}
	munmap(pixels, size);
	return ok ? CTL_OK : CTL_FILE;
}

static int run_screenshot(struct ctl *ctl) {
	uint32_t display = 0;
	int at = 0;
	if (ctl->arg_count == 3 && strcmp(ctl->args[0], "--display") == 0) {
		if (strlen(ctl->args[1]) != 1 || ctl->args[1][0] < '0' || ctl->args[1][0] > '7') {
			return bad_usage("screenshot: displays are 0 to 7");
		}
		display = (uint32_t)(ctl->args[1][0] - '0');
		at = 2;
	} else if (ctl->arg_count != 1 || ctl->args[0][0] == '-') {
		return bad_usage("screenshot [--display N] FILE");
	}
	struct shot_reader reader = { .fd = -1 };
	struct pvg_control_screenshot_v1 *object =
		pvg_control_v1_take_screenshot(ctl_control(ctl->link), display);
	pvg_control_screenshot_v1_add_listener(object, &shot_listener, &reader);
	bool heard = ctl_wait(ctl->link, &reader.result.settled, ctl->timeout_ms);
	pvg_control_screenshot_v1_destroy(object);
	if (!heard) {
		return CTL_NO_KIOSK;
	}
	if (reader.fd < 0) {
		fprintf(stderr, "pvgctl: screenshot: %s\n", reader.result.message);
		ctl_print_result("screenshot", reader.result.message, ctl->json, stdout);
		return CTL_REFUSED;
	}
	int status = write_picture(&reader, ctl->args[at]);
	close(reader.fd);
	if (ctl->json && status == CTL_OK) {
		struct pk_json json = { .out = stdout };
		pk_json_open(&json, NULL, '{');
		pk_json_text(&json, "command", "screenshot");
		pk_json_bool(&json, "done", true);
		pk_json_text(&json, "error", NULL);
		pk_json_text(&json, "file", ctl->args[at]);
		pk_json_number(&json, "width", reader.width);
		pk_json_number(&json, "height", reader.height);
		pk_json_close(&json, '}');
		fputc('\n', stdout);
	} else {
		ctl_print_result("screenshot", status == CTL_OK ? NULL : "not written", ctl->json,
			stdout);
	}
	return status;
}

/* ---- the rest -------------------------------------------------------------------------------- */

static int run_record(struct ctl *ctl) {
	struct pvg_control_v1 *control = ctl_control(ctl->link);
	if (ctl->arg_count == 1 && strcmp(ctl->args[0], "stop") == 0) {
		return settle(ctl, "record", pvg_control_v1_stop_capture(control));
	}
	if (ctl->arg_count != 2 || strcmp(ctl->args[0], "start") != 0) {
		return bad_usage("record start FILE, or record stop");
	}
	// A capture holds guest memory: for the user's eyes.
	int fd = open(ctl->args[1], O_CREAT | O_WRONLY | O_CLOEXEC | O_NONBLOCK, 0600);
	if (fd < 0) {
		fprintf(stderr, "pvgctl: record %s: %s\n", ctl->args[1], strerror(errno));
		return CTL_FILE;
	}
	struct pvg_control_result_v1 *object = pvg_control_v1_start_capture(control, fd);
	close(fd);
	return settle(ctl, "record", object);
}

// "on" or "off"; -1: neither.
static int on_or_off(const char *text) {
	return strcmp(text, "on") == 0 ? 1 : strcmp(text, "off") == 0 ? 0 : -1;
}

static int run_power(struct ctl *ctl) {
	int on = ctl->arg_count == 2 ? on_or_off(ctl->args[0]) : -1;
	if (on < 0) {
		return bad_usage("power on|off OUTPUT");
	}
	return settle(ctl, "power", pvg_control_v1_set_power(ctl_control(ctl->link), ctl->args[1],
		(uint32_t)on));
}

static int run_osd(struct ctl *ctl) {
	int on = ctl->arg_count == 1 ? on_or_off(ctl->args[0]) : -1;
	if (on < 0) {
		return bad_usage("osd on|off");
	}
	return settle(ctl, "osd", pvg_control_v1_set_osd(ctl_control(ctl->link), (uint32_t)on));
}

static int run_vm(struct ctl *ctl) {
	uint32_t action;
	if (ctl->arg_count == 1 && strcmp(ctl->args[0], "powerdown") == 0) {
		action = PVG_CONTROL_V1_VM_ACTION_POWERDOWN;
	} else if (ctl->arg_count == 1 && strcmp(ctl->args[0], "reset") == 0) {
		action = PVG_CONTROL_V1_VM_ACTION_RESET;
	} else {
		return bad_usage("vm powerdown|reset");
	}
	return settle(ctl, "vm", pvg_control_v1_control_vm(ctl_control(ctl->link), action));
}

static int run_quit(struct ctl *ctl) {
	if (ctl->arg_count != 0) {
		return bad_usage("quit takes no arguments");
	}
	return settle(ctl, "quit", pvg_control_v1_quit(ctl_control(ctl->link)));
}

static int run_map(struct ctl *ctl) {
	if (ctl->arg_count != 2 || strlen(ctl->args[0]) != 1 || ctl->args[0][0] < '0' ||
			ctl->args[0][0] > '7') {
		return bad_usage("map DISPLAY OUTPUT, with a display from 0 to 7");
	}
	return settle(ctl, "map", pvg_control_v1_map_display(ctl_control(ctl->link),
		(uint32_t)(ctl->args[0][0] - '0'), ctl->args[1]));
}

static int run_mode(struct ctl *ctl) {
	struct ctl_mode mode;
	if (ctl->arg_count != 2 || !ctl_parse_mode(ctl->args[1], &mode) || mode.width > 8192 ||
			mode.height > 8192 || mode.refresh_mhz > 1000000) {
		return bad_usage("mode OUTPUT WIDTHxHEIGHT[@HZ], at most 8192x8192@1000");
	}
	return settle(ctl, "mode", pvg_control_v1_set_mode(ctl_control(ctl->link), ctl->args[0],
		mode.width, mode.height, mode.refresh_mhz));
}

static const struct {
	const char *name;
	int (*run)(struct ctl *ctl);
} commands[] = {
	{ "status", run_status },
	{ "displays", run_displays },
	{ "map", run_map },
	{ "mode", run_mode },
	{ "screenshot", run_screenshot },
	{ "stats", run_stats },
	{ "record", run_record },
	{ "power", run_power },
	{ "vm", run_vm },
	{ "osd", run_osd },
	{ "quit", run_quit },
};

int main(int argc, char **argv) {
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "kiosk", required_argument, NULL, 'k' },
		{ "timeout", required_argument, NULL, 't' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct ctl ctl = { .timeout_ms = TIMEOUT_DEFAULT_MS };
	const char *kiosk = NULL;
	int opt;
	while ((opt = getopt_long(argc, argv, "+jk:t:vh", options, NULL)) != -1) {
		char *end;
		long seconds;
		switch (opt) {
		case 'j':
			ctl.json = true;
			break;
		case 'k':
			kiosk = optarg;
			break;
		case 't':
			seconds = strtol(optarg, &end, 10);
			if (*end != '\0' || seconds < 1 || seconds > 3600) {
				return bad_usage("--timeout is 1 to 3600 seconds");
			}
			ctl.timeout_ms = (int)seconds * 1000;
			break;
		case 'v':
			puts("pvgctl " PVG_PROJECT_VERSION);
			return CTL_OK;
		case 'h':
			fputs(usage, stdout);
			return CTL_OK;
		default:
			return CTL_USAGE;
		}
	}
	if (optind == argc) {
		return bad_usage("no command");
	}
	signal(SIGPIPE, SIG_IGN); // a reader of ours that went away is seen when we write
	ctl.args = argv + optind + 1;
	ctl.arg_count = argc - optind - 1;
	if (ctl.arg_count > 0 && strcmp(ctl.args[ctl.arg_count - 1], "--json") == 0) {
		ctl.json = true;
		ctl.arg_count--;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, argv[optind]) != 0) {
			continue;
		}
		ctl.link = ctl_connect(kiosk, ctl.timeout_ms);
		if (ctl.link == NULL) {
			return CTL_NO_KIOSK;
		}
		int status = commands[i].run(&ctl);
		ctl_disconnect(ctl.link);
		if (fflush(stdout) != 0 && status == CTL_OK) {
			status = CTL_FILE;
		}
		return status;
	}
	fprintf(stderr, "pvgctl: no command %s (see --help)\n", argv[optind]);
	return CTL_USAGE;
}
