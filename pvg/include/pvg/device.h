// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The PVG device: registers, FIFOs, tasks, objects and displays of one apple-gfx-pci as the guest
 * driver knows it (spec 01). It talks to a register file through struct pvg_link_page and to the
 * host through struct pvg_host; it owns no thread, no socket and no file descriptor.
 *
 * Threads: one "device thread" of the caller's runs every function here unless it says otherwise.
 * Displays have functions for any thread (display.h). Every write to guest RAM and every status bit
 * passes the write gate (spec 06 section 6.4 rule 4), so that nothing lands after a reset.
 */
#ifndef PVG_DEVICE_H
#define PVG_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pvg/counters.h>
#include <pvg/display.h>
#include <pvg/info.h>
#include <pvg/ram.h>

struct pvg_device;
struct pvg_link_page;
struct pvg_recorder;

/**
 * struct pvg_host - what the device asks of the program around it
 *
 * Called on the device thread unless marked. No lock of the device's is held that pvg_display_tick
 * would need, except where marked "any thread".
 */
struct pvg_host {
	// Raise MSI 0. Any thread, must not block. NULL: nobody takes interrupts.
	void (*irq)(void *data);

	// CLOCK_MONOTONIC in ns; NULL: the system's. Tests replace it.
	int64_t (*now_ns)(void *data);

	/*
	 * A picture for a guest surface of this size, or NULL when none is free: the packet is then
	 * tried again at the next run, up to 100 ms (spec 04 DSP-21). @fourcc is what needs no
	 * conversion; the image may say DRM_FORMAT_XRGB8888 instead.
	 */
	struct pvg_image *(*image_acquire)(void *data, unsigned int port, uint32_t width,
		uint32_t height, uint32_t fourcc);
	void (*image_present)(void *data, unsigned int port, struct pvg_image *image,
		const struct pvg_frame_info *info);
	void (*image_cancel)(void *data, unsigned int port, struct pvg_image *image);

	/*
	 * Homes of surfaces that GPU work draws (spec 04 section 14.3): pictures that are dma-bufs,
	 * presented with image_present as they are. All NULL where the host has none.
	 *
	 * home_acquire: contents are undefined. home_release: the device lets go; the host reuses
	 * it once nobody shows it any more. home_state: enum pvg_home_state bits. home_fence: what
	 * is presented next is complete when this sync file signals; false when the host cannot
	 * wait for it, the descriptor stays the caller's.
	 */
	enum pvg_home_answer (*home_acquire)(void *data, unsigned int port, uint32_t width,
		uint32_t height, uint32_t fourcc, struct pvg_image **image);
	void (*home_release)(void *data, struct pvg_image *image);
	unsigned int (*home_state)(void *data, const struct pvg_image *image);
	bool (*home_fence)(void *data, struct pvg_image *image, int sync_file);

	// What follows may be NULL: the host does without.
	void (*cursor_glyph)(void *data, unsigned int port, const struct pvg_cursor_glyph *glyph);
	void (*cursor_state)(void *data, unsigned int port, const struct pvg_cursor_state *state);
	void (*gamma)(void *data, unsigned int port, const struct pvg_gamma *gamma);
	void (*sleep)(void *data, unsigned int port, bool asleep);
	// A port came online, went away, or was registered: for the idle picture and the log.
	void (*display_state)(void *data, unsigned int port, enum pvg_display_state state);

	// The device let go of everything older than @epoch (spec 06 section 6.4 rule 4).
	void (*reset_done)(void *data, uint64_t epoch);
};

struct pvg_device_config {
	uint32_t page_shift;           // 12: PCI, x86
	struct pvg_device_info info;   // the answers to GetDeviceInfo, see info.h
	// work per channel and run before others get their turn, 0: default
	unsigned int retry_budget_us;
	uint64_t gpu_memory_bytes; // of the host's, for what the guest draws with; 0: a quarter
};

/**
 * pvg_device_create - a device with no connection
 * @host: copied; @data is handed to every call
 */
struct pvg_device *pvg_device_create(const struct pvg_device_config *config,
	const struct pvg_host *host, void *data);
void pvg_device_destroy(struct pvg_device *device);

/**
 * pvg_device_connect - attach to a register file
 * @page:     borrowed until pvg_device_disconnect
 * @displays: 1..8, the device property
 * @epoch:    of HELLO; the page's own word is authoritative
 *
 * Reads tail := head, then the mirror. Whether there is history to miss is decided from the mirror:
 * CONTROL_FIFO 0 means none; otherwise the rings are adopted (spec 06 section 6.4 rule 8).
 */
bool pvg_device_connect(struct pvg_device *device, struct pvg_link_page *page,
	unsigned int displays, uint64_t epoch);

// Closes the write gate for good and forgets the guest. Descriptions of displays stay.
void pvg_device_disconnect(struct pvg_device *device);

/**
 * pvg_device_set_ram - take a new memory table between packets; the reference is taken over
 */
void pvg_device_set_ram(struct pvg_device *device, struct pvg_ram *ram);

// vm stop / cont: draining and ticks stop, what is in flight ends first.
void pvg_device_set_running(struct pvg_device *device, bool running);

/**
 * pvg_device_run - do what there is to do: epoch, register ring, doorbells, drain, handshakes
 *
 * Call after every doorbell, after set_*, and at the returned CLOCK_MONOTONIC time at the latest
 * (the rescue poll and retries; INT64_MAX when nothing is due). Returns a time in the past when a
 * channel used up its budget. A bad page (spec 06 section 6.4 rule 6) sets pvg_device_failed.
 */
int64_t pvg_device_run(struct pvg_device *device);

// NULL, or why the page or the ring cannot be trusted any more: close the link.
const char *pvg_device_failed(const struct pvg_device *device);

/*
 * Records everything the device takes in until NULL is set. Borrowed. See record.h. Other threads
 * may be giving ticks and descriptions; a recorder set while a guest is attached begins with the
 * device's state as a kiosk without history finds it (docs/capture-format.md).
 */
void pvg_device_set_recorder(struct pvg_device *device, struct pvg_recorder *recorder);

// True from the moment at which the guest's driver set up the root FIFO until it is taken down.
bool pvg_device_is_attached(const struct pvg_device *device);

// A snapshot of the counters. Any thread.
void pvg_device_get_counters(const struct pvg_device *device, struct pvg_counters *counters);

#endif
