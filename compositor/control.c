// SPDX-License-Identifier: GPL-2.0-or-later
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wayland-server-core.h>

#include <pvg/log.h>

#include "capture.h"
#include "globals.h"
#include "link.h"
#include "monitors.h"
#include "osd.h"
#include "power.h"
#include "pvg-control-v1-protocol.h"
#include "pvg-link.h"
#include "server.h"
#include "shots.h"
#include "stats.h"

#define CONTROL_VERSION 1
#define MAX_SUBSCRIBERS 8u // each one has a timer and a thread that looks through smaps
#define MAX_SCREENSHOTS 8u // that wait for their turn
#define MIN_INTERVAL_MS 100u
#define MAX_INTERVAL_MS 60000u
#define MAX_REFRESH_MHZ 1000000u
#define TEXT_PIECE 2048u // of a line of statistics; a message holds 4096 bytes

struct pk_control {
	struct pk_server *server; // borrowed
	struct wl_global *global; // owned
	struct wl_list subscribers; // subscriber.link
	unsigned int subscriber_count;
	struct wl_list screenshots; // screenshot.link, oldest first
	unsigned int screenshot_count;
	struct wl_event_source *screenshot_timer;
	struct wl_resource *capture_result; // who waits for the device thread, NULL: nobody
};

// A pvg_control_statistics_v1.
struct subscriber {
	struct wl_list link; // pk_control.subscribers
	struct pk_control *control;
	struct wl_resource *resource;
	struct pk_stats *stats; // owned
	struct wl_event_source *timer;
	int interval_ms;
	bool sampled; // its first line can say how much memory is in use
};

// A pvg_control_screenshot_v1 that waits. One is taken a turn, so that ticks come in between.
struct screenshot {
	struct wl_list link; // pk_control.screenshots
	struct pk_control *control;
	struct wl_resource *resource;
	unsigned int display;
};

/* ---- results --------------------------------------------------------------------------------- */

static void handle_destroy(struct wl_client *client, struct wl_resource *resource) {
	wl_resource_destroy(resource);
}

static const struct pvg_control_result_v1_interface result_impl = { .destroy = handle_destroy };
static const struct pvg_control_status_v1_interface status_impl = { .destroy = handle_destroy };
static const struct pvg_control_statistics_v1_interface statistics_impl = {
	.destroy = handle_destroy,
};
static const struct pvg_control_screenshot_v1_interface screenshot_impl = {
	.destroy = handle_destroy,
};

static void handle_result_gone(struct wl_resource *resource) {
	struct pk_control *control = wl_resource_get_user_data(resource);
	if (control != NULL && control->capture_result == resource) {
		control->capture_result = NULL;
	}
}

// NULL without memory: the client was told.
static struct wl_resource *make_result(struct wl_client *client, struct wl_resource *control,
		uint32_t id) {
	struct wl_resource *result = wl_resource_create(client, &pvg_control_result_v1_interface,
		wl_resource_get_version(control), id);
	if (result == NULL) {
		wl_client_post_no_memory(client);
		return NULL;
	}
	wl_resource_set_implementation(result, &result_impl, wl_resource_get_user_data(control),
		handle_result_gone);
	return result;
}

static void finish(struct wl_resource *result, const char *error, uint32_t reason) {
	if (error == NULL) {
		pvg_control_result_v1_send_done(result);
	} else {
		pvg_control_result_v1_send_failed(result, reason, error);
	}
}

/* ---- statistics ------------------------------------------------------------------------------ */

static void handle_statistics_gone(struct wl_resource *resource) {
	struct subscriber *subscriber = wl_resource_get_user_data(resource);
	subscriber->control->subscriber_count--;
	wl_list_remove(&subscriber->link);
	wl_event_source_remove(subscriber->timer);
	pk_stats_destroy(subscriber->stats);
	free(subscriber);
}

static void send_line(struct subscriber *subscriber) {
	char *line = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&line, &size);
	if (file == NULL) {
		return;
	}
	pk_stats_write(subscriber->stats, file);
	if (fclose(file) != 0) {
		free(line);
		return;
	}
	for (size_t at = 0; at < size; at += TEXT_PIECE) {
		size_t length = size - at < TEXT_PIECE ? size - at : TEXT_PIECE;
		char piece[TEXT_PIECE + 1];
		memcpy(piece, line + at, length);
		piece[length] = '\0';
		pvg_control_statistics_v1_send_text(subscriber->resource, piece);
	}
	pvg_control_statistics_v1_send_done(subscriber->resource);
	free(line);
}

static int handle_statistics_timer(void *data) {
	struct subscriber *subscriber = data;
	if (!subscriber->sampled) {
		subscriber->sampled = true;
		pk_stats_sample(subscriber->stats);
		wl_event_source_timer_update(subscriber->timer, subscriber->interval_ms / 2);
		return 0;
	}
	send_line(subscriber);
	wl_event_source_timer_update(subscriber->timer, subscriber->interval_ms);
	return 0;
}

static void handle_get_statistics(struct wl_client *client, struct wl_resource *resource,
		uint32_t id, uint32_t interval_ms) {
	struct pk_control *control = wl_resource_get_user_data(resource);
	if (interval_ms < MIN_INTERVAL_MS || interval_ms > MAX_INTERVAL_MS) {
		wl_resource_post_error(resource, PVG_CONTROL_V1_ERROR_INVALID_INTERVAL,
			"statistics: an interval of %u ms is not from %u to %u", interval_ms,
			MIN_INTERVAL_MS, MAX_INTERVAL_MS);
		return;
	}
	if (control->subscriber_count >= MAX_SUBSCRIBERS) {
		wl_resource_post_error(resource, PVG_CONTROL_V1_ERROR_TOO_MANY,
			"statistics: %u are being sent", MAX_SUBSCRIBERS);
		return;
	}
	struct subscriber *subscriber = calloc(1, sizeof(*subscriber));
	if (subscriber == NULL) {
		wl_client_post_no_memory(client);
		return;
	}
	subscriber->control = control;
	subscriber->interval_ms = (int)interval_ms;
	subscriber->stats = pk_stats_create(control->server, NULL);
	subscriber->timer = wl_event_loop_add_timer(control->server->loop, handle_statistics_timer,
		subscriber);
	subscriber->resource = wl_resource_create(client, &pvg_control_statistics_v1_interface,
		wl_resource_get_version(resource), id);
	if (subscriber->stats == NULL || subscriber->timer == NULL ||
			subscriber->resource == NULL) {
		pk_stats_destroy(subscriber->stats);
		if (subscriber->timer != NULL) {
			wl_event_source_remove(subscriber->timer);
		}
		free(subscriber);
		wl_client_post_no_memory(client);
		return;
	}
	wl_list_insert(&control->subscribers, &subscriber->link);
	control->subscriber_count++;
	wl_resource_set_implementation(subscriber->resource, &statistics_impl, subscriber,
		handle_statistics_gone);
	wl_event_source_timer_update(subscriber->timer, subscriber->interval_ms / 2);
}

/* ---- screenshots ----------------------------------------------------------------------------- */

static void handle_screenshot_gone(struct wl_resource *resource) {
	struct screenshot *shot = wl_resource_get_user_data(resource);
	if (shot != NULL) {
		shot->control->screenshot_count--;
		wl_list_remove(&shot->link);
		free(shot);
	}
}

// A sealed memory file with what @output shows, or -1.
static int picture_file(struct pk_output *output, size_t size_bytes) {
	int fd = memfd_create("pvg-screenshot", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0) {
		return -1;
	}
	void *pixels = MAP_FAILED;
	if (ftruncate(fd, (off_t)size_bytes) == 0) {
		pixels = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	}
	bool ok = pixels != MAP_FAILED && pk_shots_picture(output, pixels);
	if (pixels != MAP_FAILED) {
		munmap(pixels, size_bytes);
	}
	ok = ok && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE |
			F_SEAL_SEAL) == 0;
	if (!ok) {
		close(fd);
		return -1;
	}
	return fd;
}

static void serve_screenshot(struct screenshot *shot) {
	struct pk_server *server = shot->control->server;
	struct wl_resource *resource = shot->resource;
	struct pk_output *output = server->ports[shot->display].output;
	if (output == NULL) {
		pvg_control_screenshot_v1_send_failed(resource,
			PVG_CONTROL_RESULT_V1_REASON_NO_DISPLAY, "the display is on no output");
		return;
	}
	int width = output->wlr->width, height = output->wlr->height;
	int fd = -1;
	if (width > 0 && height > 0) {
		fd = picture_file(output, (size_t)width * (size_t)height * 4);
	}
	if (fd < 0) {
		pvg_control_screenshot_v1_send_failed(resource,
			PVG_CONTROL_RESULT_V1_REASON_FAILED, "the picture cannot be had");
		return;
	}
	pvg_control_screenshot_v1_send_picture(resource, fd, (uint32_t)width, (uint32_t)height);
	close(fd);
}

static int handle_screenshot_timer(void *data) {
	struct pk_control *control = data;
	if (wl_list_empty(&control->screenshots)) {
		return 0;
	}
	struct screenshot *shot = wl_container_of(control->screenshots.next, shot, link);
	serve_screenshot(shot);
	wl_resource_set_user_data(shot->resource, NULL);
	control->screenshot_count--;
	wl_list_remove(&shot->link);
	free(shot);
	if (!wl_list_empty(&control->screenshots)) {
		wl_event_source_timer_update(control->screenshot_timer, 1);
	}
	return 0;
}

static void handle_take_screenshot(struct wl_client *client, struct wl_resource *resource,
		uint32_t id, uint32_t display) {
	struct pk_control *control = wl_resource_get_user_data(resource);
	if (display >= PVG_MAX_PORTS) {
		wl_resource_post_error(resource, PVG_CONTROL_V1_ERROR_INVALID_DISPLAY,
			"screenshot: display %u is not from 0 to %u", display, PVG_MAX_PORTS - 1);
		return;
	}
	if (control->screenshot_count >= MAX_SCREENSHOTS) {
		wl_resource_post_error(resource, PVG_CONTROL_V1_ERROR_TOO_MANY,
			"screenshot: %u wait already", MAX_SCREENSHOTS);
		return;
	}
	struct screenshot *shot = calloc(1, sizeof(*shot));
	if (shot != NULL) {
		shot->resource = wl_resource_create(client, &pvg_control_screenshot_v1_interface,
			wl_resource_get_version(resource), id);
	}
	if (shot == NULL || shot->resource == NULL) {
		free(shot);
		wl_client_post_no_memory(client);
		return;
	}
	shot->control = control;
	shot->display = display;
	wl_resource_set_implementation(shot->resource, &screenshot_impl, shot,
		handle_screenshot_gone);
	wl_list_insert(control->screenshots.prev, &shot->link);
	if (control->screenshot_count++ == 0) {
		wl_event_source_timer_update(control->screenshot_timer, 1);
	}
}

/* ---- outputs --------------------------------------------------------------------------------- */

// Makes the result and finds the output it is about; NULL: the client was told.
static struct pk_output *begin_output(struct wl_client *client, struct wl_resource *resource,
		uint32_t id, const char *name, struct wl_resource **result) {
	const struct pk_control *control = wl_resource_get_user_data(resource);
	*result = make_result(client, resource, id);
	if (*result == NULL) {
		return NULL;
	}
	struct pk_output *output = pk_monitors_find(control->server, name);
	if (output == NULL) {
		finish(*result, "no output of that name", PVG_CONTROL_RESULT_V1_REASON_NO_OUTPUT);
	}
	return output;
}

static void handle_map_display(struct wl_client *client, struct wl_resource *resource, uint32_t id,
		uint32_t display, const char *name) {
	if (display >= PVG_MAX_PORTS) {
		wl_resource_post_error(resource, PVG_CONTROL_V1_ERROR_INVALID_DISPLAY,
			"map: display %u is not from 0 to %u", display, PVG_MAX_PORTS - 1);
		return;
	}
	struct wl_resource *result;
	struct pk_output *output = begin_output(client, resource, id, name, &result);
	if (output == NULL) {
		return;
	}
	char why[PK_MONITORS_WHY_BYTES];
	bool ok = pk_monitors_map(output, PK_OUTPUT_DISPLAY_0 + display, why);
	finish(result, ok ? NULL : why, PVG_CONTROL_RESULT_V1_REASON_REFUSED);
}

static void handle_set_mode(struct wl_client *client, struct wl_resource *resource, uint32_t id,
		const char *name, uint32_t width, uint32_t height, uint32_t refresh_mhz) {
	if (width == 0 || height == 0 || width > PVG_MAX_SURFACE_EDGE ||
			height > PVG_MAX_SURFACE_EDGE || refresh_mhz > MAX_REFRESH_MHZ) {
		wl_resource_post_error(resource, PVG_CONTROL_V1_ERROR_INVALID_MODE,
			"mode: %ux%u@%u.%03u", width, height, refresh_mhz / 1000,
			refresh_mhz % 1000);
		return;
	}
	struct wl_resource *result;
	struct pk_output *output = begin_output(client, resource, id, name, &result);
	if (output == NULL) {
		return;
	}
	char why[PK_MONITORS_WHY_BYTES];
	const struct pk_mode mode = { (int)width, (int)height, refresh_mhz };
	bool ok = pk_monitors_set_mode(output, &mode, why);
	finish(result, ok ? NULL : why, PVG_CONTROL_RESULT_V1_REASON_REFUSED);
}

static void handle_set_power(struct wl_client *client, struct wl_resource *resource, uint32_t id,
		const char *name, uint32_t on) {
	if (on > 1) {
		wl_resource_post_error(resource, PVG_CONTROL_V1_ERROR_INVALID_SWITCH,
			"power: %u is neither 0 nor 1", on);
		return;
	}
	struct wl_resource *result;
	struct pk_output *output = begin_output(client, resource, id, name, &result);
	if (output != NULL) {
		finish(result, pk_power_switch(output, on != 0),
			PVG_CONTROL_RESULT_V1_REASON_REFUSED);
	}
}

/* ---- the VM, captures, the rest -------------------------------------------------------------- */

static void handle_control_vm(struct wl_client *client, struct wl_resource *resource, uint32_t id,
		uint32_t action) {
	struct pk_control *control = wl_resource_get_user_data(resource);
	if (action > PVG_CONTROL_V1_VM_ACTION_RESET) {
		wl_resource_post_error(resource, PVG_CONTROL_V1_ERROR_INVALID_ACTION,
			"VM: no action %u", action);
		return;
	}
	struct wl_resource *result = make_result(client, resource, id);
	if (result == NULL) {
		return;
	}
	bool reset = action == PVG_CONTROL_V1_VM_ACTION_RESET;
	struct pk_server *server = control->server;
	if (!pk_link_power(server->link, reset ? PVG_LINK_POWER_RESET : PVG_LINK_POWER_BUTTON)) {
		finish(result, "no VM is connected", PVG_CONTROL_RESULT_V1_REASON_NO_VM);
		return;
	}
	pvg_info("VM %s: %s, asked for by process %d", server->vm_name,
		reset ? "reset" : "power button pressed", (int)pk_client_pid(client));
	finish(result, NULL, 0);
}

void pk_control_capture_settled(struct pk_control *control, const char *error) {
	if (control == NULL || control->capture_result == NULL) {
		return;
	}
	struct wl_resource *result = control->capture_result;
	control->capture_result = NULL;
	finish(result, error, PVG_CONTROL_RESULT_V1_REASON_FAILED);
}

static void handle_start_capture(struct wl_client *client, struct wl_resource *resource,
		uint32_t id, int32_t fd) {
	struct pk_control *control = wl_resource_get_user_data(resource);
	struct wl_resource *result = make_result(client, resource, id);
	if (result == NULL) {
		close(fd);
		return;
	}
	if (!pk_capture_file_is_good(fd)) {
		close(fd);
		finish(result, "not a regular file that is open for writing",
			PVG_CONTROL_RESULT_V1_REASON_BAD_FILE);
		return;
	}
	const char *error = pk_capture_start(control->server->capture, fd);
	if (error != NULL) {
		finish(result, error, PVG_CONTROL_RESULT_V1_REASON_STATE);
		return;
	}
	control->capture_result = result;
}

static void handle_stop_capture(struct wl_client *client, struct wl_resource *resource,
		uint32_t id) {
	struct pk_control *control = wl_resource_get_user_data(resource);
	struct wl_resource *result = make_result(client, resource, id);
	if (result == NULL) {
		return;
	}
	const char *error = pk_capture_stop(control->server->capture);
	if (error != NULL) {
		finish(result, error, PVG_CONTROL_RESULT_V1_REASON_STATE);
		return;
	}
	control->capture_result = result;
}

static void handle_set_osd(struct wl_client *client, struct wl_resource *resource, uint32_t id,
		uint32_t on) {
	struct pk_control *control = wl_resource_get_user_data(resource);
	if (on > 1) {
		wl_resource_post_error(resource, PVG_CONTROL_V1_ERROR_INVALID_SWITCH,
			"osd: %u is neither 0 nor 1", on);
		return;
	}
	struct wl_resource *result = make_result(client, resource, id);
	if (result != NULL) {
		finish(result, pk_osd_set(control->server->osd, on != 0),
			PVG_CONTROL_RESULT_V1_REASON_FAILED);
	}
}

static void handle_quit(struct wl_client *client, struct wl_resource *resource, uint32_t id) {
	struct pk_control *control = wl_resource_get_user_data(resource);
	struct wl_resource *result = make_result(client, resource, id);
	if (result == NULL) {
		return;
	}
	finish(result, NULL, 0);
	wl_client_flush(client); // before the client is destroyed
	pvg_info("process %d asks to end", (int)pk_client_pid(client));
	pk_server_stop(control->server, PK_EXIT_OK);
}

static void handle_get_status(struct wl_client *client, struct wl_resource *resource,
		uint32_t id) {
	struct pk_control *control = wl_resource_get_user_data(resource);
	struct wl_resource *status = wl_resource_create(client, &pvg_control_status_v1_interface,
		wl_resource_get_version(resource), id);
	if (status == NULL) {
		wl_client_post_no_memory(client);
		return;
	}
	wl_resource_set_implementation(status, &status_impl, control, NULL);
	pk_control_send_status(control->server, status);
}

/* ---- the global ------------------------------------------------------------------------------ */

static const struct pvg_control_v1_interface control_impl = {
	.destroy = handle_destroy,
	.get_status = handle_get_status,
	.get_statistics = handle_get_statistics,
	.take_screenshot = handle_take_screenshot,
	.map_display = handle_map_display,
	.set_mode = handle_set_mode,
	.set_power = handle_set_power,
	.control_vm = handle_control_vm,
	.start_capture = handle_start_capture,
	.stop_capture = handle_stop_capture,
	.set_osd = handle_set_osd,
	.quit = handle_quit,
};

static void handle_bind(struct wl_client *client, void *data, uint32_t version, uint32_t id) {
	struct wl_resource *resource =
		wl_resource_create(client, &pvg_control_v1_interface, (int)version, id);
	if (resource == NULL) {
		wl_client_post_no_memory(client);
		return;
	}
	wl_resource_set_implementation(resource, &control_impl, data, NULL);
}

struct pk_control *pk_control_create(struct pk_server *server) {
	struct pk_control *control = calloc(1, sizeof(*control));
	if (control == NULL) {
		return NULL;
	}
	control->server = server;
	wl_list_init(&control->subscribers);
	wl_list_init(&control->screenshots);
	control->screenshot_timer =
		wl_event_loop_add_timer(server->loop, handle_screenshot_timer, control);
	control->global = wl_global_create(server->display, &pvg_control_v1_interface,
		CONTROL_VERSION, control, handle_bind);
	if (control->screenshot_timer == NULL || control->global == NULL) {
		pk_control_destroy(control);
		return NULL;
	}
	return control;
}

void pk_control_destroy(struct pk_control *control) {
	if (control == NULL) {
		return;
	}
	if (control->global != NULL) {
		wl_global_destroy(control->global);
	}
	if (control->screenshot_timer != NULL) {
		wl_event_source_remove(control->screenshot_timer);
	}
	free(control);
}
