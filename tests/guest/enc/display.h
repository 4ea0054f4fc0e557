// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A port's shared page from the guest's side (spec 04 sections 3 and 5). @page is guest RAM that
 * the host writes at the same time: the mailbox words are atomics.
 */
#ifndef TESTS_GUEST_ENC_DISPLAY_H
#define TESTS_GUEST_ENC_DISPLAY_H

#include "bytes.h"

#define PVG_ENC_EVENT_VBL 1u
#define PVG_ENC_EVENT_TRANSACTION 2u
#define PVG_ENC_EVENT_ONLINE 4u
#define PVG_ENC_EVENT_OFFLINE 8u
#define PVG_ENC_EVENT_REST 0xcu // what the driver enables at its start and returns to

#define PVG_ENC_MAX_MODES 128

struct pvg_enc_mode {
	uint16_t width, height;  // pixels
	uint32_t refresh_16_16; // Hz
};

struct pvg_enc_display {
	uint32_t serial;
	char name[15]; // terminated here whatever the host wrote
	uint16_t port;
	uint16_t width_mm, height_mm;
	uint16_t cursor_max_width, cursor_max_height;
	uint32_t gamma_entries, cursor_features;
	uint32_t generation;
	uint16_t mode_count; // as the host wrote it
	struct pvg_enc_mode modes[PVG_ENC_MAX_MODES];
};

// What a new guest seeds before 0x01: sRGB primaries and D65, everything else zero.
void pvg_enc_page_seed(void *page);
// Reads descriptor and mode list.
void pvg_enc_page_read(const void *page, struct pvg_enc_display *display);

uint32_t pvg_enc_page_enabled(const void *page);
uint32_t pvg_enc_page_pending(const void *page);
void pvg_enc_page_set_enabled(void *page, uint32_t mask);
void pvg_enc_page_enable(void *page, uint32_t bits);
void pvg_enc_page_disable(void *page, uint32_t bits);

/*
 * What the driver's display interrupt does: fetch the mask, take the pending events of enabled
 * classes, leave the rest. Returns the events to act on; @stale gets pending bits of disabled
 * classes, which a correct host never sets.
 */
uint32_t pvg_enc_page_take_events(void *page, uint32_t *stale);

// Position of the hot spot and visibility; the caller rings 0x1220.
void pvg_enc_page_set_cursor(void *page, uint16_t x, uint16_t y, bool visible);
void pvg_enc_page_hide_cursor(void *page); // 0xffffffff

#endif
