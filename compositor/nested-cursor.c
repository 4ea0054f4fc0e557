// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest's glyph as the pointer of the session around us: on a surface of its own, so that its
 * size can follow the session's scale. wlroots' Wayland backend could set one too, but knows no
 * scale; it hides the pointer when it enters a window, before the first motion comes.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <wlr/interfaces/wlr_buffer.h>

#include <pvg/log.h>

#include "nested-private.h"

// A wl_buffer with a copy of the glyph, NULL: it cannot be had.
static struct wl_buffer *copy_glyph(struct pk_nested *nested, struct wlr_buffer *glyph) {
	void *pixels;
	uint32_t format;
	size_t stride;
	if (!wlr_buffer_begin_data_ptr_access(glyph, WLR_BUFFER_DATA_PTR_ACCESS_READ, &pixels,
			&format, &stride)) {
		return NULL;
	}
	struct wl_buffer *buffer = NULL;
	size_t size_bytes = stride * (size_t)glyph->height; // of ours, at most 512 x 512
	int fd = memfd_create("pvg-pointer", MFD_CLOEXEC);
	void *copy = MAP_FAILED;
	if (fd >= 0 && ftruncate(fd, (off_t)size_bytes) == 0) {
		copy = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	}
	if (copy != MAP_FAILED) {
		memcpy(copy, pixels, size_bytes);
		munmap(copy, size_bytes);
		struct wl_shm_pool *pool =
			wl_shm_create_pool(nested->shm, fd, (int32_t)size_bytes);
		buffer = wl_shm_pool_create_buffer(pool, 0, glyph->width, glyph->height,
			(int32_t)stride, WL_SHM_FORMAT_ARGB8888);
		wl_shm_pool_destroy(pool);
	}
	if (fd >= 0) {
		close(fd);
	}
	wlr_buffer_end_data_ptr_access(glyph);
	return buffer;
}

static bool make_surface(struct pk_nested *nested) {
	struct pk_parent_cursor *cursor = &nested->cursor;
	if (cursor->surface == NULL) {
		cursor->surface = wl_compositor_create_surface(nested->compositor);
		if (nested->viewporter != NULL && cursor->surface != NULL) {
			cursor->viewport =
				wp_viewporter_get_viewport(nested->viewporter, cursor->surface);
		}
	}
	return cursor->surface != NULL;
}

static bool draw(struct pk_nested *nested, const struct pk_nested_glyph *glyph, int width,
		int height) {
	struct pk_parent_cursor *cursor = &nested->cursor;
	struct wl_buffer *buffer =
		make_surface(nested) ? copy_glyph(nested, glyph->buffer) : NULL;
	if (buffer == NULL) {
		return false;
	}
	if (cursor->viewport != NULL) {
		wp_viewport_set_destination(cursor->viewport, width, height);
	}
	wl_surface_attach(cursor->surface, buffer, 0, 0);
	wl_surface_damage_buffer(cursor->surface, 0, 0, INT32_MAX, INT32_MAX);
	wl_surface_commit(cursor->surface);
	if (cursor->buffer != NULL) {
		wl_buffer_destroy(cursor->buffer);
	}
	cursor->buffer = buffer;
	wlr_buffer_unlock(cursor->glyph);
	cursor->glyph = wlr_buffer_lock(glyph->buffer);
	cursor->width = width;
	cursor->height = height;
	return true;
}

bool pk_nested_set_cursor(struct pk_nested *nested, struct wlr_output *wlr,
		const struct pk_nested_glyph *glyph) {
	if (nested == NULL || nested->pointer == NULL || nested->pointed == NULL ||
			nested->pointed->wlr != wlr || nested->shm == NULL) {
		return false;
	}
	struct pk_parent_cursor *cursor = &nested->cursor;
	double units = 1 / pk_nested_scale(nested, wlr);
	int width = (int)(glyph->width * units + 0.5), height = (int)(glyph->height * units + 0.5);
	width = width > 0 ? width : 1;
	height = height > 0 ? height : 1;
	if (nested->viewporter == NULL &&
			(width != glyph->buffer->width || height != glyph->buffer->height)) {
		return false;
	}
	bool same = cursor->glyph == glyph->buffer && cursor->width == width &&
		cursor->height == height;
	if (!same && !draw(nested, glyph, width, height)) {
		return false;
	}
	if (!same || cursor->serial != nested->pointer_serial) {
		cursor->serial = nested->pointer_serial;
		wl_pointer_set_cursor(nested->pointer, cursor->serial, cursor->surface,
			(int)(glyph->hot_x * units), (int)(glyph->hot_y * units));
		wl_display_flush(nested->display);
	}
	return true;
}

void pk_nested_hide_cursor(struct pk_nested *nested, struct wlr_output *wlr) {
	if (nested == NULL || nested->pointer == NULL || nested->cursor.serial == 0 ||
			nested->cursor.serial != nested->pointer_serial ||
			nested->pointed == NULL || nested->pointed->wlr != wlr) {
		return; // it is not ours there
	}
	nested->cursor.serial = 0;
	wl_pointer_set_cursor(nested->pointer, nested->pointer_serial, NULL, 0, 0);
	wl_display_flush(nested->display);
}

void pk_nested_drop_cursor(struct pk_nested *nested) {
	struct pk_parent_cursor *cursor = &nested->cursor;
	if (cursor->viewport != NULL) {
		wp_viewport_destroy(cursor->viewport);
	}
	if (cursor->surface != NULL) {
		wl_surface_destroy(cursor->surface);
	}
	if (cursor->buffer != NULL) {
		wl_buffer_destroy(cursor->buffer);
	}
	wlr_buffer_unlock(cursor->glyph);
	*cursor = (struct pk_parent_cursor){ 0 };
}
