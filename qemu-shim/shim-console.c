// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * QEMU's console of the device: a text until the host hands over a linear picture, which serves VNC
 * and screendump and is never the way to the screen (spec 06 section 9).
 */
#include "shim.h"

#include <sys/mman.h>
#include <sys/stat.h>

#define FOURCC_XR24 0x34325258u
#define FOURCC_AR24 0x34325241u
#define PLACEHOLDER_WIDTH 640
#define PLACEHOLDER_HEIGHT 480
#define UPDATE_MS 100 // ten a second

static void drop_frame(PVGShim *s) {
	struct shim_console *console = &s->console;
	if (console->frame != NULL) {
		munmap(console->frame, console->frame_bytes);
		console->frame = NULL;
	}
}

void shim_console_placeholder(PVGShim *s, const char *what) {
	struct shim_console *console = &s->console;
	if (console->con == NULL) {
		return;
	}
	g_autofree char *text = g_strdup_printf("%s (%s): %s", TYPE_PVG_SHIM, s->name, what);
	dpy_gfx_replace_surface(console->con,
		qemu_create_placeholder_surface(PLACEHOLDER_WIDTH, PLACEHOLDER_HEIGHT, text));
	drop_frame(s); // the console let go of it above
	shim_console_set_mouse(console->con, 0, 0, false);
}

static SHIM_GFX_UPDATE_RESULT handle_gfx_update(void *opaque) {
	PVGShim *s = opaque;
	struct shim_console *console = &s->console;
	int64_t now = g_get_monotonic_time() / 1000;
	// The host draws into the mapping whenever it likes; show what is there.
	if (console->frame != NULL && now - console->updated_ms >= UPDATE_MS) {
		console->updated_ms = now;
		shim_console_update_full(console->con);
	}
	return SHIM_GFX_UPDATE_DONE;
}

static void handle_invalidate(void *opaque) {
	PVGShim *s = opaque;
	s->console.updated_ms = 0;
}

static const GraphicHwOps console_ops = {
	.gfx_update = handle_gfx_update,
	.invalidate = handle_invalidate,
};

void shim_console_init(PVGShim *s) {
	s->console.con = shim_console_create(DEVICE(s), 0, &console_ops, s);
	shim_console_placeholder(s, "waiting for the PVG host");
}

void shim_console_finish(PVGShim *s) {
	if (s->console.con == NULL) {
		return;
	}
	dpy_gfx_replace_surface(s->console.con, NULL);
	drop_frame(s);
	shim_console_close(s->console.con);
	s->console.con = NULL;
}

const char *shim_console_frame(PVGShim *s, const struct pvg_link_frame_info *info, int fd) {
	struct shim_console *console = &s->console;
	const char *why;
	if (info->fourcc != FOURCC_XR24 && info->fourcc != FOURCC_AR24) {
		return "FRAME_INFO: format is neither XR24 nor AR24";
	}
	uint64_t bytes = (uint64_t)info->stride * info->height;
	if (!pvg_link_check_memfd(fd, bytes, &why)) {
		return "FRAME_INFO: not a sealed memfd of stride x height bytes";
	}
	struct stat st;
	if (fstat(fd, &st) != 0) {
		return "FRAME_INFO: memfd cannot be looked at";
	}
	if (console->frame != NULL && st.st_dev == console->frame_dev &&
		st.st_ino == console->frame_ino &&
		memcmp(info, &console->info, sizeof(*info)) == 0) {
		// The same buffer with a new picture.
		console->updated_ms = g_get_monotonic_time() / 1000;
		shim_console_update_full(console->con);
		return NULL;
	}
	void *map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		return "FRAME_INFO: memfd cannot be mapped";
	}
	dpy_gfx_replace_surface(console->con,
		qemu_create_displaysurface_from((int)info->width, (int)info->height,
			PIXMAN_x8r8g8b8, (int)info->stride, map));
	drop_frame(s);
	console->frame = map;
	console->frame_bytes = bytes;
	console->frame_dev = st.st_dev;
	console->frame_ino = st.st_ino;
	console->info = *info;
	console->updated_ms = g_get_monotonic_time() / 1000;
	shim_console_update_full(console->con);
	return NULL;
}

const char *shim_console_cursor(PVGShim *s, const struct pvg_link_cursor *cursor, int fd) {
	const char *why;
	if (cursor->w != 0) {
		// <= 512 x 512, checked by pvg_link_check
		size_t bytes = (size_t)cursor->w * cursor->h * 4;
		if (!pvg_link_check_memfd(fd, bytes, &why)) {
			return "CURSOR: not a sealed memfd of w x h x 4 bytes";
		}
		QEMUCursor *glyph = cursor_alloc((uint16_t)cursor->w, (uint16_t)cursor->h);
		if (glyph == NULL) {
			return "CURSOR: QEMU takes no glyph of this size";
		}
		// A read, not a mapping: the memfd's owner may write while it is copied, no harm in
		// that.
		if (pread(fd, glyph->data, bytes, 0) != (ssize_t)bytes) {
			cursor_unref(glyph);
			return "CURSOR: glyph cannot be read";
		}
		glyph->hot_x = (int)cursor->hx;
		glyph->hot_y = (int)cursor->hy;
		shim_console_set_cursor(s->console.con, glyph);
		cursor_unref(glyph);
	}
	shim_console_set_mouse(s->console.con, cursor->x, cursor->y, cursor->visible != 0);
	return NULL;
}
