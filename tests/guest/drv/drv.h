// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest driver for the PVG device, written from the specification alone: attach (01 section 2.5),
 * rings, stamps and interrupts (01 sections 3 to 5), tasks and surfaces (01 section 6), display
 * pipes (04). Freestanding and generic over how registers, RAM and interrupts are reached, so that
 * the bare guest, the qtest client and pvg-guestsim drive a device in the same way.
 *
 * pvg_drv_isr may interrupt everything else here (bare guest); nothing else is reentrant.
 */
#ifndef TESTS_GUEST_DRV_H
#define TESTS_GUEST_DRV_H

#include "../enc/display.h"
#include "../enc/record.h"
#include "../enc/regs.h"
#include "../enc/ring.h"
#include "../enc/task.h"

#define PVG_DRV_PORTS 8
#define PVG_DRV_CHANNELS 13 // 0 root, 1..4 fixed, 5 + port
#define PVG_DRV_PACKET_BYTES 0x400u // the guest's own command allocator (01 section 4.5)

enum pvg_drv_channel_id {
	PVG_DRV_ROOT = 0,
	PVG_DRV_EXEC = 1,
	PVG_DRV_IMMEDIATE = 2,
	PVG_DRV_UPLOADS = 3,
	PVG_DRV_DOWNLOADS = 4,
	PVG_DRV_DISPLAY = 5,
};

// How a macOS release behaves where releases differ (01 sections 2.4, 2.6 and 4.9).
enum pvg_drv_style {
	PVG_DRV_MACOS11, // arms TRANSACTION, asks for device info keys below 7
	PVG_DRV_MACOS13, // arms VBL once per frame, keys below 18
	PVG_DRV_MACOS26, // as 13, proposes version 6, keys below 45
};

struct pvg_drv_ops {
	uint32_t (*mmio_read)(void *data, uint32_t offset);
	void (*mmio_write)(void *data, uint32_t offset, uint32_t value);
	int64_t (*now_ns)(void *data);
	/*
	 * Returns true when pvg_drv.irq_count is no longer @seen, false when the deadline has
	 * passed or the machine is going away.
	 */
	bool (*wait)(void *data, uint32_t seen, int64_t deadline_ns);
	/*
	 * A linear view of scattered frames. NULL: surfaces are contiguous instead. The view of a
	 * surface is released with unmap_pages.
	 */
	void *(*map_pages)(void *data, const uint32_t *pfns, uint32_t pages);
	void (*unmap_pages)(void *data, void *view, uint32_t pages);
	void (*log)(void *data, const char *text);
	// 1, 2, 4 or 8 bytes at any offset, as a driver never does. NULL: not possible.
	uint64_t (*mmio_access)(void *data, uint32_t offset, unsigned int size_bytes, bool write,
		uint64_t value);
};

struct pvg_drv_channel {
	struct pvg_enc_ring ring;
	uint8_t *record; // borrowed: in guest RAM; NULL for the root
	uint32_t issued; // newest signal value handed out
	uint16_t slot;
	bool defined;
};

struct pvg_drv_surface {
	uint32_t id; // IOSurface id = slot in task 0's object list
	uint32_t width, height, pitch_bytes;
	uint32_t pages, pfn; // pfn: first of the allocation, before scattering
	uint64_t gva;
	uint8_t *pixels; // linear view
	uint32_t chroma_offset; // bytes to the second plane, 0: one plane
	bool scattered;
	uint64_t painted; // the scene's: what is in it
	uint32_t presented; // signal of its newest present, 0: none
};

struct pvg_drv_port {
	uint32_t page_pfn;
	void *page; // guest RAM shared with the host
	struct pvg_enc_display desc;
	bool registered;
	bool online; // acknowledged at least once
	uint32_t presents, watchdogs;
	uint64_t gamma_gva;
	uint64_t glyph_gva;
	// Written by pvg_drv_isr.
	volatile uint32_t vbl_events, transaction_events, online_events, offline_events;
	volatile uint32_t stale_events;
	volatile int64_t tick_ns; // when the newest refresh event was taken
	volatile uint32_t late_intervals; // longer than one and a half periods
	volatile uint32_t intervals; // between refresh events that follow each other directly
	volatile int64_t interval_min_ns, interval_max_ns, interval_sum_ns;
	int64_t period_ns; // of the mode, 0: unknown
	bool tick_is_first; // the next interval would span a pause
	uint32_t seen_online, seen_refresh;
};

struct pvg_drv_stats {
	uint64_t packets, doorbells, stamp_retries;
	volatile uint64_t irqs, gpu_irqs, display_irqs, spurious_irqs, faults;
};

struct pvg_drv {
	const struct pvg_drv_ops *ops; // borrowed
	void *data;
	struct pvg_enc_mem *mem; // borrowed
	enum pvg_drv_style style;
	int64_t patience_ns; // longest wait for one stamp before giving up
	bool announce; // 0x34 for surfaces that the CPU painted
	const char *error; // static text of the first thing that went wrong

	uint32_t port_count; // register 0x122c, clamped as the guest does
	uint32_t version; // read back from 0x1034
	uint32_t fifo_pfn, root_pfn, info_pfn;
	struct pvg_drv_channel channels[PVG_DRV_CHANNELS];
	struct pvg_enc_task kernel; // task 0
	struct pvg_drv_port ports[PVG_DRV_PORTS];
	uint32_t next_surface_id;
	struct pvg_drv_stats stats;
	volatile uint32_t irq_count;
};

/*
 * May be called again for a device that is torn down, also while interrupts come: they are dropped
 * until the table of functions is in place.
 */
void pvg_drv_init(struct pvg_drv *drv, const struct pvg_drv_ops *ops, void *data,
	struct pvg_enc_mem *mem, enum pvg_drv_style style);

// The interrupt handler: 0x1018, 0x1014, 0x102c in this order, each whatever the others say.
void pvg_drv_isr(struct pvg_drv *drv);

/* ---- attach.c --------------------------------------------------------- */

// Steps 1 to 9 of 01 section 2.5. False: drv->error says what.
bool pvg_drv_attach(struct pvg_drv *drv);
// CONTROL_FIFO 0 and the FIFO registers cleared; guest memory stays.
void pvg_drv_teardown(struct pvg_drv *drv);
// Key/value pairs of the GetDeviceInfo reply: the value of @key, false when it is not there.
bool pvg_drv_info(const struct pvg_drv *drv, uint32_t key, uint32_t *value);
// Defines a channel with @pages ring pages; drains nothing.
bool pvg_drv_define_channel(struct pvg_drv *drv, uint32_t channel, uint32_t pages);

/* ---- channel.c -------------------------------------------------------- */

// Sends one packet and returns its signal value; 0 when there was never room (drv->error is set).
uint32_t pvg_drv_send(struct pvg_drv *drv, uint32_t channel, const struct pvg_enc_record *record,
	const struct pvg_enc_values *values, const struct pvg_enc_wait *waits, uint16_t wait_count);
// The common case: no arrays, no waits.
uint32_t pvg_drv_send_plain(struct pvg_drv *drv, uint32_t channel,
	const struct pvg_enc_table *table, uint16_t opcode, const uint64_t *head);
// Puts bytes into the ring as they are and publishes them.
bool pvg_drv_send_bytes(struct pvg_drv *drv, uint32_t channel, const void *bytes,
	uint32_t size_bytes);
uint32_t pvg_drv_stamp(const struct pvg_drv *drv, uint32_t slot);
bool pvg_drv_wait_stamp(struct pvg_drv *drv, uint32_t slot, uint32_t value);
// Waits until everything sent on the channel is acknowledged.
bool pvg_drv_flush(struct pvg_drv *drv, uint32_t channel);
bool pvg_drv_fail(struct pvg_drv *drv, const char *error); // keeps the first error, returns false

/* ---- pipe.c ----------------------------------------------------------- */

// Channel, shared page, command 0x01, the port check, enable 0xc (steps 10 and 11).
bool pvg_drv_port_open(struct pvg_drv *drv, unsigned int port);
// Waits for ONLINE, reads the mode list, acknowledges. False: not within @timeout_ns.
bool pvg_drv_port_wait_online(struct pvg_drv *drv, unsigned int port, int64_t timeout_ns);
// Handles an ONLINE that arrived since: true when the description was read again.
bool pvg_drv_port_service(struct pvg_drv *drv, unsigned int port);
// Presents; with gamma_entries in the page by 0x07 with an identity table, else by 0x06.
bool pvg_drv_present(struct pvg_drv *drv, unsigned int port, struct pvg_drv_surface *surface);
// The same for a surface that GPU work drew: waits for that signal of the exec channel instead.
bool pvg_drv_present_drawn(struct pvg_drv *drv, unsigned int port, struct pvg_drv_surface *surface,
	uint32_t signal);
// Enables the refresh class of the style and waits for its next event.
bool pvg_drv_wait_refresh(struct pvg_drv *drv, unsigned int port, int64_t timeout_ns);
// The two halves of it, for several ports at once. ready: an event came, the class is disarmed.
void pvg_drv_arm(struct pvg_drv *drv, unsigned int port);
bool pvg_drv_refresh_ready(struct pvg_drv *drv, unsigned int port);

bool pvg_drv_cursor_glyph(struct pvg_drv *drv, unsigned int port, const uint32_t *argb,
	uint16_t width, uint16_t height, uint16_t hot_x, uint16_t hot_y);
bool pvg_drv_cursor_show(struct pvg_drv *drv, unsigned int port, bool show);
void pvg_drv_cursor_move(struct pvg_drv *drv, unsigned int port, uint16_t x, uint16_t y);

/* ---- surface.c -------------------------------------------------------- */

// A BGRA8 surface in task 0, mapped, declared and announced.
bool pvg_drv_surface_create(struct pvg_drv *drv, struct pvg_drv_surface *surface, uint32_t width,
	uint32_t height);
// The same in two planes, luma and half-size chroma, rows of both .pitch_bytes apart.
bool pvg_drv_surface_create_420v(struct pvg_drv *drv, struct pvg_drv_surface *surface,
	uint32_t width, uint32_t height);
// 0x36, 0x25, 0x22 and the stamps; then the pages are free again.
bool pvg_drv_surface_destroy(struct pvg_drv *drv, struct pvg_drv_surface *surface);
// The CPU painted it: clr_host, set_guest. Returns the signal value on Immediate to wait for.
uint32_t pvg_drv_surface_touched(struct pvg_drv *drv, struct pvg_drv_surface *surface);

#endif
