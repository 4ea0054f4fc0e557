// SPDX-License-Identifier: GPL-2.0-or-later
#include "idle.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "font.h"
#include "link.h"
#include "pixels.h"
#include "server.h"

#define INK 0xffb8c4d0u
#define LINE_HEIGHT (PK_FONT_HEIGHT + 3)
#define CELL_WIDTH (PK_FONT_WIDTH + 1)

void pk_idle_text(const struct pk_server *server, const struct pk_output *output, char *text,
		size_t size) {
	const char *socket = pk_link_path(server->link);
	const struct pk_port *port = pk_output_source(output);
	if (server->vm_connected && !server->vm_running) {
		snprintf(text, size, "VM %s is paused", server->vm_name);
	} else if (port != NULL && port->asleep) {
		snprintf(text, size, "VM %s: display asleep", server->vm_name);
	} else if (server->vm_connected && port == NULL) {
		snprintf(text, size, "VM %s has no display for this output", server->vm_name);
	} else if (server->vm_connected) {
		snprintf(text, size, "VM %s: %s", server->vm_name, server->idle_reason);
	} else {
		snprintf(text, size, "%s\nwaiting for a VM on\n%s",
			server->idle_reason != NULL ? server->idle_reason : "pvg-kiosk", socket);
	}
}

struct wlr_buffer *pk_idle_render(const char *text, int max_width) {
	size_t columns = 0, lines = 1, column = 0;
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '\n') {
			lines++;
			column = 0;
		} else if (++column > columns) {
			columns = column;
		}
	}
	if (columns == 0) {
		columns = 1;
	}
	int scale = 3;
	while (scale > 1 && (int)columns * CELL_WIDTH * scale > max_width * 9 / 10) {
		scale--;
	}
	int width = (int)columns * CELL_WIDTH * scale;
	int height = (int)lines * LINE_HEIGHT * scale;
	uint32_t *pixels;
	struct wlr_buffer *buffer = pk_pixels_create(width, height, &pixels);
	if (buffer == NULL) {
		return NULL;
	}
	int line = 0;
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");
		int x0 = (int)(columns - length) * CELL_WIDTH * scale / 2;
		for (size_t i = 0; i < length; i++) {
			for (int y = 0; y < PK_FONT_HEIGHT * scale; y++) {
				for (int x = 0; x < PK_FONT_WIDTH * scale; x++) {
					if (pk_font_pixel(text[i], x / scale, y / scale)) {
						int px = x0 + (int)i * CELL_WIDTH * scale + x;
						int py = line * LINE_HEIGHT * scale + y;
						pixels[(size_t)py * (size_t)width + (size_t)px] =
							INK;
					}
				}
			}
		}
		line++;
		text += length;
		text += *text == '\n';
	}
	return buffer;
}
