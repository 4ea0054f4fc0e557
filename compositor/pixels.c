// SPDX-License-Identifier: GPL-2.0-or-later
#include "pixels.h"

#include <stdlib.h>

#include <drm_fourcc.h>
#include <wlr/interfaces/wlr_buffer.h>

#include "compat.h"

struct pixels {
	struct wlr_buffer buffer;
	uint32_t data[];
};

static void pixels_destroy(struct wlr_buffer *buffer) {
	struct pixels *pixels = wl_container_of(buffer, pixels, buffer);
	pk_compat_buffer_finish(buffer);
	free(pixels);
}

static bool pixels_begin_data_ptr(struct wlr_buffer *buffer, uint32_t flags, void **data,
		uint32_t *format, size_t *stride) {
	struct pixels *pixels = wl_container_of(buffer, pixels, buffer);
	*data = pixels->data;
	*format = DRM_FORMAT_ARGB8888;
	*stride = (size_t)buffer->width * 4;
	return true;
}

static void pixels_end_data_ptr(struct wlr_buffer *buffer) {
}

static const struct wlr_buffer_impl impl = {
	.destroy = pixels_destroy,
	.begin_data_ptr_access = pixels_begin_data_ptr,
	.end_data_ptr_access = pixels_end_data_ptr,
};

struct wlr_buffer *pk_pixels_create(int width, int height, uint32_t **pixels) {
	struct pixels *made =
		calloc(1, sizeof(*made) + (size_t)width * (size_t)height * sizeof(uint32_t));
	if (made == NULL) {
		return NULL;
	}
	wlr_buffer_init(&made->buffer, &impl, width, height);
	*pixels = made->data;
	return &made->buffer;
}
