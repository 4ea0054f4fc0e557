// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ports of a device: shared by display.c, present.c, cursor.c and gamma.c.
 *
 * Lock order: the write gate first, then a port's lock. A port's lock is held for the length of a
 * fill of the page at most, and never while calling the host.
 */
#ifndef PVG_DISPLAY_PRIVATE_H
#define PVG_DISPLAY_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "device-private.h"

// Offsets in the shared page (spec 04 section 3.1).
enum pvg_display_page_offset {
	PVG_PAGE_SERIAL = 0x000,
	PVG_PAGE_NAME = 0x004,
	PVG_PAGE_PORT = 0x012,
	PVG_PAGE_WIDTH_MM = 0x014,
	PVG_PAGE_HEIGHT_MM = 0x016,
	PVG_PAGE_CURSOR_MAX_W = 0x018,
	PVG_PAGE_CURSOR_MAX_H = 0x01a,
	PVG_PAGE_GAMMA_ENTRIES = 0x01c,
	PVG_PAGE_CURSOR_FEATURES = 0x020,
	PVG_PAGE_WIDTH_MM_F = 0x024,
	PVG_PAGE_HEIGHT_MM_F = 0x028,
	PVG_PAGE_PENDING = 0x100,
	PVG_PAGE_ENABLE = 0x104,
	PVG_PAGE_GENERATION = 0x200,
	PVG_PAGE_MODE_COUNT = 0x208,
	PVG_PAGE_MODES = 0x210,
	PVG_PAGE_CURSOR_XY = 0xe00,
	PVG_PAGE_CURSOR_SHOW = 0xe04,
	PVG_PAGE_USED = 0xfd8,
};

// Event classes of PENDING and ENABLE (spec 04 section 5).
enum pvg_display_event {
	PVG_EVENT_VBL = 1u << 0,
	PVG_EVENT_TRANSACTION = 1u << 1,
	PVG_EVENT_ONLINE = 1u << 2,
	PVG_EVENT_OFFLINE = 1u << 3,
	PVG_EVENT_ALL = 0xf,
};

#define PVG_CURSOR_HIDDEN 0xffffffffu
#define PVG_CHANNELS_MAX 32

struct pvg_port_frame { // device thread
	uint64_t sequence;
	uint32_t width, height, format; // of the newest present, 0: none yet
	bool other_task_logged;
};

struct pvg_port_cursor { // device thread
	uint32_t xy;       // newest sample of the page's word
	uint8_t show_byte; // newest sample of the page's byte
	bool show;         // the newest of 0x05 and the byte
	bool told;         // the host has had a state
	struct pvg_cursor_state state; // what the host was told
};

struct pvg_port_gamma { // device thread
	bool valid;
	uint32_t entries, sum; // change key (spec 04 section 10.1)
	bool sum_logged;
};

struct pvg_port_atomics {
	_Atomic uint64_t presented, ticks, ticks_unarmed, online_pulses, mode_changes, bytes_copied,
		image_waits, cursor_glyphs, cursor_moves;
};

struct pvg_port {
	unsigned int index;

	pthread_mutex_t lock; // protects the members up to the next comment
	struct pvg_display_desc desc; // checked copy; a default one until the host gives its own
	bool bound;                   // the host has an output for this port
	enum pvg_display_state state;
	uint64_t page_gpa;
	uint8_t *page;         // borrowed from displays->ram; NULL: no page
	uint32_t page_channel; // whose 0x01 named it
	bool republish_owed;   // the description changed while nothing could be written
	bool page_lost;        // the guest took it back; the device thread still has to say so
	uint32_t enable_seen;  // newest ENABLE word, for captures
	uint32_t generation;   // newest value written to the page
	unsigned int tries;    // ONLINE or OFFLINE pulses since the last change
	bool gave_up, gave_up_told;
	bool offline_delivered;
	int64_t next_ns; // time of the next pulse in PULSED, UPDATING and UNPLUGGED

	// Device thread only.
	enum pvg_display_state told_state;
	unsigned int properties_logged;
	struct pvg_port_frame frame;
	struct pvg_port_cursor cursor;
	struct pvg_port_gamma gamma;

	struct pvg_port_atomics count;
};

struct pvg_displays {
	struct pvg_device *device; // borrowed: it owns us
	struct pvg_ram *ram;       // our reference; device thread
	struct pvg_port ports[PVG_MAX_PORTS];
	_Atomic uint32_t online_ports; // ONLINE or UPDATING
	_Atomic uint32_t paged_ports;  // with a shared page
	_Atomic bool changed;          // the host is owed a call, or the log a line

	pthread_mutex_t serial_lock; // protects serials; a leaf
	uint32_t serials[PVG_MAX_PORTS];

	// Device thread only: a present at the head of this channel is held back.
	struct {
		bool waiting, counted;
		int64_t since_ns;
	} hold[PVG_CHANNELS_MAX];
	uint8_t *row;    // owned scratch of one surface row
	size_t row_size; // bytes
};

// NULL and refused by PORT for a number that the device does not have. Device thread.
struct pvg_port *pvg_display_port(struct pvg_device *device, const struct pvg_packet *packet,
	uint32_t port);

// Counts a payload that is longer than the table says (spec 04 section 4.4).
void pvg_display_check_long(struct pvg_device *device, const struct pvg_packet *packet,
	size_t known_bytes);

/**
 * pvg_display_signal - set event bits the only legal way (spec 04 section 5)
 *
 * Returns the bits that were signalled. Takes the gate and the port's lock. Any thread.
 */
uint32_t pvg_display_signal(struct pvg_displays *displays, struct pvg_port *port, uint32_t want);

// describe.c: what of a description is told to the guest; claims its serial for the port. Any
// thread.
void pvg_desc_release_serials(struct pvg_displays *displays);
void pvg_desc_check(struct pvg_displays *displays, unsigned int index,
	const struct pvg_display_desc *desc, struct pvg_display_desc *out);
bool pvg_desc_equal(const struct pvg_display_desc *a, const struct pvg_display_desc *b);

// cursor.c: a new page or a reset; look at the page again, telling the host what changed.
void pvg_cursor_forget(struct pvg_port *port);
void pvg_cursor_sample(struct pvg_displays *displays, struct pvg_port *port, bool kicked);

struct pvg_gamma_source {
	uint32_t task;
	uint64_t gva, mapped_bytes;
	uint32_t entries, sum;
};

/**
 * pvg_gamma_take - read a present's gamma table and hand it to the host when it changed
 *
 * PVG_RETRY: nothing happened, come again. Everything else is PVG_DONE, also a refused table.
 */
enum pvg_verdict pvg_gamma_take(struct pvg_displays *displays, struct pvg_port *port,
	const struct pvg_gamma_source *source);
void pvg_gamma_forget(struct pvg_port *port);

#endif
