// SPDX-License-Identifier: GPL-2.0-or-later
#include "server.h"

#include <stdio.h>
#include <string.h>

#include "compat.h"
#include "nested.h"
#include "seat.h"

static const char *how_to_get_out(const struct pk_server *server) {
	if (pk_seat_is_released(server->seat)) {
		return "+G: keys and pointer to the VM";
	}
	return pk_nested_pointer_is_locked(server->parent) ? "+G: let go of the pointer" : NULL;
}

static void compose(const struct pk_output *output, char *text, size_t size) {
	const struct pk_server *server = output->server;
	size_t at = (size_t)snprintf(text, size, "pvg-kiosk");
	if (output->port != NULL) {
		at += (size_t)snprintf(text + at, size - at, ": display %u",
			output->port->index + 1);
		if (server->vm_connected) {
			at += (size_t)snprintf(text + at, size - at, " of VM %s", server->vm_name);
		}
	}
	const char *hint = how_to_get_out(server);
	if (hint != NULL) {
		char chord[PK_CHORD_NAME_SIZE];
		pk_chord_name(server->options->chord, true, chord, sizeof(chord));
		snprintf(text + at, size - at, " (%s%s)", chord, hint);
	}
}

void pk_server_update_titles(struct pk_server *server) {
	struct pk_output *output;
	if (!server->nested || !server->running || server->seat == NULL) {
		return;
	}
	wl_list_for_each(output, &server->outputs, link) {
		char text[sizeof(output->title)];
		compose(output, text, sizeof(text));
		if (strcmp(text, output->title) == 0) {
			continue;
		}
		memcpy(output->title, text, sizeof(text));
		if (pk_compat_output_is_x11(output->wlr)) {
			pk_compat_x11_set_title(output->wlr, text);
		} else {
			pk_nested_set_title(server->parent, output->wlr, text);
		}
	}
}
