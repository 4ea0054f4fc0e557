// SPDX-License-Identifier: GPL-2.0-or-later
#include "globals.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wayland-server-core.h>
#include <wlr/types/wlr_export_dmabuf_v1.h>
#include <wlr/types/wlr_presentation_time.h>
#include <wlr/types/wlr_screencopy_v1.h>

#include <pvg/log.h>

#include "compat.h"
#include "server.h"

// What every client may see, whoever's it is: enough for a window. All else is the user's.
static const char *const harmless[] = {
	"wl_compositor", "wl_subcompositor", "wl_shm", "wl_output", "wl_seat",
	"wl_data_device_manager", "wl_drm", "wp_viewporter", "wp_presentation", "xdg_wm_base",
	"zwp_linux_dmabuf_v1", "zxdg_decoration_manager_v1", "zxdg_output_manager_v1",
	"org_kde_kwin_server_decoration_manager",
};

static bool is_harmless(const char *interface) {
	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
		if (strcmp(interface, harmless[i]) == 0) {
			return true;
		}
	}
	return false;
}

pid_t pk_client_pid(struct wl_client *client) {
	pid_t pid = -1;
	uid_t uid;
	gid_t gid;
	wl_client_get_credentials(client, &pid, &uid, &gid);
	return pid;
}

static bool may_see(const struct wl_client *client, const struct wl_global *global, void *data) {
	pid_t pid = -1;
	uid_t uid = (uid_t)-1;
	gid_t gid = (gid_t)-1;
	// It only reads; its parameter is not const for old times' sake.
	wl_client_get_credentials((struct wl_client *)client, &pid, &uid, &gid);
	return uid == geteuid() || is_harmless(wl_global_get_interface(global)->name);
}

bool pk_globals_create(struct pk_server *server) {
	struct wl_display *display = server->display;
	wl_display_set_global_filter(display, may_see, server);
	bool ok = wlr_screencopy_manager_v1_create(display) != NULL;
	ok = ok && wlr_export_dmabuf_manager_v1_create(display) != NULL;
	ok = ok && pk_compat_presentation_create(display, server->backend) != NULL;
	ok = ok && pk_compat_image_capture_create(display);
	return ok;
}
