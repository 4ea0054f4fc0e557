// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wayland-client.h>

#include "pvg-control-v1-client-protocol.h"

#define SOCKETS_MAX 32

struct ctl_link {
	struct wl_display *display;   // owned
	struct wl_registry *registry; // owned
	struct pvg_control_v1 *control; // owned
	bool synced;
};

static int64_t now_ms(void) {
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct pvg_control_v1 *ctl_control(struct ctl_link *link) {
	return link->control;
}

/* ---- waiting --------------------------------------------------------------------------------- */

// What the kiosk said to be wrong, or nothing.
static void say_protocol_error(struct wl_display *display) {
	const struct wl_interface *interface;
	uint32_t id;
	if (wl_display_get_error(display) == EPROTO) {
		uint32_t code = wl_display_get_protocol_error(display, &interface, &id);
		fprintf(stderr, "pvgctl: the kiosk calls it misuse: %s, error %u\n",
			interface != NULL ? interface->name : "?", code);
	}
}

// 1: events were handed out, 0: the time is over, -1: the connection is.
static int wait_once(struct wl_display *display, int64_t until_ms) {
	while (wl_display_prepare_read(display) != 0) {
		if (wl_display_dispatch_pending(display) > 0) {
			return 1;
		}
		if (wl_display_get_error(display) != 0) {
			return -1;
		}
	}
	bool full = wl_display_flush(display) < 0 && errno == EAGAIN;
	int64_t left = until_ms - now_ms();
	struct pollfd fd = { .fd = wl_display_get_fd(display),
		.events = (short)(POLLIN | (full ? POLLOUT : 0)) };
	int ready = left > 0 ? poll(&fd, 1, (int)left) : 0;
	if (ready <= 0) {
		wl_display_cancel_read(display);
		return ready < 0 && errno != EINTR ? -1 : left > 0 ? 1 : 0;
	}
	if (wl_display_read_events(display) < 0 || wl_display_dispatch_pending(display) < 0) {
		return -1;
	}
	return 1;
}

static int wait_for(struct wl_display *display, const bool *done, int timeout_ms) {
	int64_t until = now_ms() + timeout_ms;
	while (!*done) {
		int result = wait_once(display, until);
		if (result < 0 || (result == 0 && now_ms() >= until)) {
			return result;
		}
	}
	return 1;
}

bool ctl_wait(struct ctl_link *link, const bool *done, int timeout_ms) {
	int result = wait_for(link->display, done, timeout_ms);
	if (result < 0) {
		say_protocol_error(link->display);
		fputs("pvgctl: the kiosk went away\n", stderr);
	} else if (result == 0) {
		fputs("pvgctl: the kiosk does not answer\n", stderr);
	}
	return result > 0;
}

/* ---- finding the kiosk ----------------------------------------------------------------------- */

static void handle_global(void *data, struct wl_registry *registry, uint32_t name,
		const char *interface, uint32_t version) {
	struct ctl_link *link = data;
	if (link->control == NULL && strcmp(interface, pvg_control_v1_interface.name) == 0) {
		link->control = wl_registry_bind(registry, name, &pvg_control_v1_interface, 1);
	}
}

static void handle_global_remove(void *data, struct wl_registry *registry, uint32_t name) {
}

static const struct wl_registry_listener registry_listener = {
	.global = handle_global,
	.global_remove = handle_global_remove,
};

static void handle_synced(void *data, struct wl_callback *callback, uint32_t serial) {
	struct ctl_link *link = data;
	link->synced = true;
	wl_callback_destroy(callback);
}

static const struct wl_callback_listener sync_listener = { .done = handle_synced };

void ctl_disconnect(struct ctl_link *link) {
	if (link == NULL) {
		return;
	}
	if (link->control != NULL) {
		pvg_control_v1_destroy(link->control);
	}
	if (link->registry != NULL) {
		wl_registry_destroy(link->registry);
	}
	if (link->display != NULL) {
		wl_display_flush(link->display);
		wl_display_disconnect(link->display);
	}
	free(link);
}

// NULL: nobody there, no kiosk, or one that does not answer.
static struct ctl_link *try_socket(const char *name, int timeout_ms) {
	struct ctl_link *link = calloc(1, sizeof(*link));
	if (link == NULL) {
		return NULL;
	}
	link->display = wl_display_connect(name);
	if (link->display != NULL) {
		link->registry = wl_display_get_registry(link->display);
		wl_registry_add_listener(link->registry, &registry_listener, link);
		wl_callback_add_listener(wl_display_sync(link->display), &sync_listener, link);
		wait_for(link->display, &link->synced, timeout_ms);
	}
	if (link->control == NULL) {
		ctl_disconnect(link);
		return NULL;
	}
	return link;
}

static bool is_socket_name(const char *name) {
	size_t prefix = strlen("wayland-");
	return strncmp(name, "wayland-", prefix) == 0 && name[prefix] != '\0' &&
		strspn(name + prefix, "0123456789") == strlen(name + prefix);
}

// The one kiosk among all Wayland sockets of the user's. @found: how many there are.
static struct ctl_link *search(int timeout_ms, unsigned int *found) {
	struct ctl_link *link = NULL;
	*found = 0;
	const char *folder = getenv("XDG_RUNTIME_DIR");
	DIR *dir = folder != NULL ? opendir(folder) : NULL;
	if (dir == NULL) {
		return NULL;
	}
	const struct dirent *entry;
	for (int tried = 0; tried < SOCKETS_MAX && (entry = readdir(dir)) != NULL;) {
		if (!is_socket_name(entry->d_name)) {
			continue;
		}
		tried++;
		struct ctl_link *one = try_socket(entry->d_name, timeout_ms);
		if (one == NULL) {
			continue;
		}
		if (++*found == 1) {
			link = one;
			continue;
		}
		ctl_disconnect(one);
	}
	closedir(dir);
	if (*found > 1) {
		ctl_disconnect(link);
		return NULL;
	}
	return link;
}

struct ctl_link *ctl_connect(const char *name, int timeout_ms) {
	if (name != NULL) {
		struct ctl_link *link = try_socket(name, timeout_ms);
		if (link == NULL) {
			fprintf(stderr, "pvgctl: no kiosk of this user at %s\n", name);
		}
		return link;
	}
	const char *wayland = getenv("WAYLAND_DISPLAY");
	struct ctl_link *link =
		wayland != NULL && *wayland != '\0' ? try_socket(wayland, timeout_ms) : NULL;
	if (link != NULL) {
		return link;
	}
	unsigned int found;
	link = search(timeout_ms, &found);
	if (link == NULL) {
		fputs(found > 1 ? "pvgctl: several kiosks run: say which with --kiosk SOCKET\n"
				: "pvgctl: no kiosk of this user runs\n", stderr);
	}
	return link;
}
