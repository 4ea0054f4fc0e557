// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every difference between the wlroots releases that the kiosk builds with (0.18, 0.19, 0.20) is
 * here (DSP-28). Code elsewhere asks for a capability, never for a version.
 */
#ifndef COMPOSITOR_COMPAT_H
#define COMPOSITOR_COMPAT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wlr/config.h>
#if WLR_HAS_X11_BACKEND
#include <wlr/backend/x11.h>
#endif
#if WLR_HAS_LIBINPUT_BACKEND && defined(PK_HAVE_LIBINPUT)
#include <libinput.h>
#include <wlr/backend/libinput.h>
#endif
#include <wlr/interfaces/wlr_buffer.h>
#include <wlr/render/swapchain.h>
#include <wlr/types/wlr_input_device.h>
#include <wlr/types/wlr_output.h>
#include <wlr/types/wlr_presentation_time.h>
#include <wlr/types/wlr_scene.h>
#include <wlr/types/wlr_xdg_shell.h>
#include <wlr/version.h>

#define PK_WLR_AT_LEAST(minor) (WLR_VERSION_MAJOR > 0 || WLR_VERSION_MINOR >= (minor))

#if PK_WLR_AT_LEAST(19)
#include <wlr/types/wlr_ext_image_capture_source_v1.h>
#include <wlr/types/wlr_ext_image_copy_capture_v1.h>
#endif
#if PK_WLR_AT_LEAST(20)
#include <wlr/render/color.h>
#endif

// The buffer's own part of destroying it; 0.18 does it before it calls the implementation.
static inline void pk_compat_buffer_finish(struct wlr_buffer *buffer) {
#if PK_WLR_AT_LEAST(19)
	wlr_buffer_finish(buffer);
#endif
}

// CLOCK_MONOTONIC time of a present event, 0 when it has none.
static inline int64_t pk_compat_present_ns(const struct wlr_output_event_present *event) {
#if PK_WLR_AT_LEAST(19)
	return (int64_t)event->when.tv_sec * 1000000000 + event->when.tv_nsec;
#else
	return event->when != NULL
		? (int64_t)event->when->tv_sec * 1000000000 + event->when->tv_nsec
		: 0;
#endif
}

static inline bool pk_compat_scene_needs_frame(struct wlr_scene_output *output) {
#if PK_WLR_AT_LEAST(19)
	return wlr_scene_output_needs_frame(output);
#else
	return output->output->needs_frame ||
		pixman_region32_not_empty(&output->pending_commit_damage);
#endif
}

static inline void pk_compat_xdg_geometry(struct wlr_xdg_surface *surface, struct wlr_box *box) {
#if PK_WLR_AT_LEAST(19)
	*box = surface->geometry;
#else
	wlr_xdg_surface_get_geometry(surface, box);
#endif
}

/*
 * Three channels of @size entries one after the other become the output's look-up table; 0 entries:
 * none. False without memory.
 */
static inline bool pk_compat_state_set_gamma(struct wlr_output_state *state, size_t size,
		const uint16_t *lut) {
#if PK_WLR_AT_LEAST(20)
	struct wlr_color_transform *transform = NULL;
	if (size != 0) {
		transform = wlr_color_transform_init_lut_3x1d(size, lut, lut + size,
			lut + 2 * size);
		if (transform == NULL) {
			return false;
		}
	}
	wlr_output_state_set_color_transform(state, transform);
	wlr_color_transform_unref(transform);
	return true;
#else
	return size != 0
		? wlr_output_state_set_gamma_lut(state, size, lut, lut + size, lut + 2 * size)
		: wlr_output_state_set_gamma_lut(state, 0, NULL, NULL, NULL);
#endif
}

static inline void pk_compat_state_drop_gamma(struct wlr_output_state *state) {
#if PK_WLR_AT_LEAST(20)
	state->committed &= ~(uint32_t)WLR_OUTPUT_STATE_COLOR_TRANSFORM;
#else
	state->committed &= ~(uint32_t)WLR_OUTPUT_STATE_GAMMA_LUT;
#endif
}

static inline struct wlr_buffer *pk_compat_swapchain_acquire(struct wlr_swapchain *swapchain) {
#if PK_WLR_AT_LEAST(19)
	return wlr_swapchain_acquire(swapchain);
#else
	return wlr_swapchain_acquire(swapchain, NULL);
#endif
}

/*
 * The state's buffer is shown in a rectangle of the output, of another size if need be, black
 * around it. False: this wlroots always fills the output.
 */
static inline bool pk_compat_state_set_place(struct wlr_output_state *state, int x, int y,
		int width, int height) {
#if PK_WLR_AT_LEAST(19)
	state->buffer_dst_box = (struct wlr_box){ x, y, width, height };
	return true;
#else
	return false;
#endif
}

static inline bool pk_compat_has_place(void) {
	return PK_WLR_AT_LEAST(19);
}

// The DRM backend uses planes beyond primary and cursor only when it is told to, by this variable.
#define PK_COMPAT_DRM_LAYERS "WLR_DRM_FORCE_LIBLIFTOFF"

static inline bool pk_compat_drm_has_layers(void) {
	const char *value = getenv(PK_COMPAT_DRM_LAYERS);
	return value != NULL && strcmp(value, "1") == 0;
}

static inline struct wlr_presentation *pk_compat_presentation_create(struct wl_display *display,
		struct wlr_backend *backend) {
#if PK_WLR_AT_LEAST(19)
	return wlr_presentation_create(display, backend, 2);
#else
	return wlr_presentation_create(display, backend);
#endif
}

// ext-image-copy-capture of outputs, where wlroots has it.
static inline bool pk_compat_image_capture_create(struct wl_display *display) {
#if PK_WLR_AT_LEAST(19)
	return wlr_ext_image_copy_capture_manager_v1_create(display, 1) != NULL &&
		wlr_ext_output_image_capture_source_manager_v1_create(display, 1) != NULL;
#else
	return true;
#endif
}

/*
 * The connector that udev says a device belongs to (WL_OUTPUT), which wlroots no longer passes on.
 * NULL: none. The device's.
 */
static inline const char *pk_compat_input_output(struct wlr_input_device *device) {
#if WLR_HAS_LIBINPUT_BACKEND && defined(PK_HAVE_LIBINPUT)
	if (wlr_input_device_is_libinput(device)) {
		return libinput_device_get_output_name(wlr_libinput_get_device_handle(device));
	}
#endif
	return NULL;
}

// wlroots may be built without its X11 backend.
static inline bool pk_compat_output_is_x11(struct wlr_output *output) {
#if WLR_HAS_X11_BACKEND
	return wlr_output_is_x11(output);
#else
	return false;
#endif
}

static inline void pk_compat_x11_set_title(struct wlr_output *output, const char *title) {
#if WLR_HAS_X11_BACKEND
	wlr_x11_output_set_title(output, title);
#endif
}

// Opens a window when @backend is an X server's; false when it is not.
static inline bool pk_compat_x11_open_window(struct wlr_backend *backend) {
#if WLR_HAS_X11_BACKEND
	if (wlr_backend_is_x11(backend)) {
		wlr_x11_output_create(backend);
		return true;
	}
#endif
	return false;
}

#endif
