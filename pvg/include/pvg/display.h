// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The display side of a PVG device (spec 04): what the host tells a port about its output, the
 * ticks it gives, and what the guest sends back.
 */
#ifndef PVG_DISPLAY_H
#define PVG_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PVG_MAX_PORTS 8
#define PVG_MAX_MODES 128
#define PVG_MAX_SURFACE_EDGE 8192 // spec 04 section 7
#define PVG_MAX_CURSOR_EDGE 512   // spec 04 section 11

struct pvg_device;
struct pvg_gpu_dmabuf;

struct pvg_mode {
	uint16_t width, height; // pixels
	uint32_t refresh_mhz;
};

// What a port's shared page tells the guest about its output (spec 04 section 3).
struct pvg_display_desc {
	uint32_t serial; // unique among the VM's displays, stable over reboots
	char name[14];   // NUL-terminated
	uint16_t width_mm, height_mm;
	uint16_t cursor_max_width, cursor_max_height;
	uint32_t gamma_entries; // 0: the guest presents with 0x06, else 0x07
	uint32_t mode_count;    // 1..PVG_MAX_MODES, more are cut with a log line
	struct pvg_mode modes[PVG_MAX_MODES];
};

/**
 * A picture of the host's. One from image_acquire is CPU-writable: a presented surface is copied
 * into it, and image_present or image_cancel give it back; between the two it is the device's
 * alone. One from home_acquire is what a surface that GPU work draws lives in: the device keeps it
 * until home_release and may present it any number of times.
 */
struct pvg_image {
	uint32_t width, height; // pixels
	uint32_t stride_bytes;
	uint32_t fourcc; // DRM fourcc of the pixels, always an opaque (X) form
	uint8_t *pixels; // NULL: not for the CPU
	const struct pvg_gpu_dmabuf *dmabuf; // of homes, lives as long as they; else NULL
};

enum pvg_home_answer {
	PVG_HOME_GIVEN,
	PVG_HOME_LATER, // none is free: ask again
	PVG_HOME_NEVER, // this host has no such pictures
};

enum pvg_home_state {
	PVG_HOME_SHOWN = 1, // queued, committed, on glass or read by somebody: not to be written
	PVG_HOME_STALE = 2, // the output would rather have another kind: move out
};

struct pvg_frame_info {
	uint64_t sequence;   // presents on this port since the last reset, from 1
	uint32_t surface_id; // the guest's IOSurface id
	uint32_t guest_format; // type-4 pixel_format word: FourCC or MTLPixelFormat
	bool mode_changed;   // size or format differs from the previous present
	uint64_t bytes_copied;
	bool zero_copy;        // the surface's own home is presented
	bool read_back;        // GPU work drew it: the pixels were read back from there
	const char *why;       // static: why it was read back, NULL: it was not
};

struct pvg_cursor_glyph {
	uint32_t width, height, hot_x, hot_y; // pixels
	// width * 4 bytes a row, premultiplied; borrowed for the call
	const uint8_t *argb8888;
};

struct pvg_cursor_state {
	bool visible;
	int32_t x, y; // hot spot, guest pixels
};

// Planar float ramps, @entries each (spec 04 section 10); borrowed for the call.
struct pvg_gamma {
	uint32_t entries;
	uint32_t sum;
	bool identity;
	const float *red, *green, *blue;
};

/**
 * pvg_display_set_desc - describe the output that a port is bound to, or NULL: unplugged
 *
 * Any thread. Refills the shared page and restarts the ONLINE handshake when the guest has one
 * (spec 04 section 6.2). The description is copied and survives resets and reconnects. Make the
 * device thread run once afterwards: the handshake's retries and host calls are its work.
 *
 * A serial of 0 becomes 1 + port, and one that another port has the next free one; sizes of 0 mm
 * are chosen by pvg_display_choose_mm; modes that no guest may have are left out with a log line.
 */
void pvg_display_set_desc(struct pvg_device *device, unsigned int port,
	const struct pvg_display_desc *desc);

/**
 * pvg_display_set_descs - the same for all ports at once
 * @descs: one for each of PVG_MAX_PORTS
 *
 * For panels that change places: each keeps its serial, which another port may have had before.
 */
void pvg_display_set_descs(struct pvg_device *device,
	const struct pvg_display_desc *const descs[PVG_MAX_PORTS]);

/**
 * pvg_display_choose_mm - the size to advertise for a mode (spec 04 section 14.9)
 * @panel_width_mm: what the panel claims, 0 when it claims nothing
 *
 * Whole centimetres in the mode's aspect; a claim that is no size is replaced by 100 pixels an
 * inch.
 */
void pvg_display_choose_mm(uint32_t width_px, uint32_t height_px, uint32_t panel_width_mm,
	uint32_t panel_height_mm, uint16_t *width_mm, uint16_t *height_mm);

/**
 * pvg_display_serial - 32-bit FNV-1a of what identifies a panel: make, model, serial; NULL parts
 * are
 * left out
 */
uint32_t pvg_display_serial(const char *const *parts, size_t count);

struct pvg_tick_result {
	bool online;    // the port's handshake is complete
	bool delivered; // an armed event class was signalled
	bool armed;     // VBL or TRANSACTION was enabled when looked at
};

/**
 * pvg_display_tick - one vertical refresh of the port's output has begun
 * @when_ns: CLOCK_MONOTONIC time of the vblank or flip (spec 04 section 9)
 *
 * Any thread, never blocks on the device. Signals whichever of VBL and TRANSACTION the guest has
 * armed. When nothing is armed no slot is consumed: the caller may tick again for the same refresh
 * later, and must tick at most once per refresh once .delivered was true.
 */
struct pvg_tick_result pvg_display_tick(struct pvg_device *device, unsigned int port,
	int64_t when_ns);

enum pvg_display_state {
	PVG_DISPLAY_ABSENT,
	PVG_DISPLAY_REGISTERED,
	PVG_DISPLAY_PULSED,
	PVG_DISPLAY_ONLINE,
	PVG_DISPLAY_UPDATING,
	PVG_DISPLAY_UNPLUGGED,
};

enum pvg_display_state pvg_display_get_state(struct pvg_device *device, unsigned int port);
const char *pvg_display_state_name(enum pvg_display_state state);

#endif
