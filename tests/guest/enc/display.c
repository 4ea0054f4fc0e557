// SPDX-License-Identifier: GPL-2.0-or-later
#include "display.h"

#define AT_PENDING 0x100
#define AT_ENABLED 0x104
#define AT_GENERATION 0x200
#define AT_MODE_COUNT 0x208
#define AT_MODES 0x210
#define AT_CURSOR_XY 0xe00
#define AT_CURSOR_SHOW 0xe04

static uint32_t *word(void *page, uint32_t offset) {
	return (uint32_t *)(void *)((uint8_t *)page + offset);
}

static const uint32_t *const_word(const void *page, uint32_t offset) {
	return (const uint32_t *)(const void *)((const uint8_t *)page + offset);
}

void pvg_enc_page_seed(void *page) {
	// f32 bit patterns: sRGB red, green, blue, then D65, each x and y.
	static const uint32_t primaries[8] = { 0x3f23d70a, 0x3ea8f5c3, 0x3e99999a, 0x3f19999a,
		0x3e19999a, 0x3d75c28f, 0x3ea01a37, 0x3ea872b0 };
	memset(page, 0, 4096);
	memcpy((uint8_t *)page + 0x2c, primaries, sizeof(primaries));
}

void pvg_enc_page_read(const void *page, struct pvg_enc_display *display) {
	const uint8_t *p = page;
	memset(display, 0, sizeof(*display));
	display->generation = __atomic_load_n(const_word(page, AT_GENERATION), __ATOMIC_ACQUIRE);
	display->serial = (uint32_t)pvg_get(p, 4);
	memcpy(display->name, p + 4, 14);
	display->port = (uint16_t)pvg_get(p + 0x12, 2);
	display->width_mm = (uint16_t)pvg_get(p + 0x14, 2);
	display->height_mm = (uint16_t)pvg_get(p + 0x16, 2);
	display->cursor_max_width = (uint16_t)pvg_get(p + 0x18, 2);
	display->cursor_max_height = (uint16_t)pvg_get(p + 0x1a, 2);
	display->gamma_entries = (uint32_t)pvg_get(p + 0x1c, 4);
	display->cursor_features = (uint32_t)pvg_get(p + 0x20, 4);
	display->mode_count = (uint16_t)pvg_get(p + AT_MODE_COUNT, 2);
	for (unsigned int i = 0; i < display->mode_count && i < PVG_ENC_MAX_MODES; i++) {
		const uint8_t *mode = p + AT_MODES + 16 * i;
		display->modes[i].width = (uint16_t)pvg_get(mode, 2);
		display->modes[i].height = (uint16_t)pvg_get(mode + 2, 2);
		display->modes[i].refresh_16_16 = (uint32_t)pvg_get(mode + 4, 4);
	}
}

uint32_t pvg_enc_page_enabled(const void *page) {
	return __atomic_load_n(const_word(page, AT_ENABLED), __ATOMIC_ACQUIRE);
}

uint32_t pvg_enc_page_pending(const void *page) {
	return __atomic_load_n(const_word(page, AT_PENDING), __ATOMIC_ACQUIRE);
}

void pvg_enc_page_set_enabled(void *page, uint32_t mask) {
	__atomic_store_n(word(page, AT_ENABLED), mask, __ATOMIC_SEQ_CST);
}

void pvg_enc_page_enable(void *page, uint32_t bits) {
	__atomic_fetch_or(word(page, AT_ENABLED), bits, __ATOMIC_SEQ_CST);
}

void pvg_enc_page_disable(void *page, uint32_t bits) {
	__atomic_fetch_and(word(page, AT_ENABLED), ~bits, __ATOMIC_SEQ_CST);
}

uint32_t pvg_enc_page_take_events(void *page, uint32_t *stale) {
	uint32_t enabled = __atomic_load_n(word(page, AT_ENABLED), __ATOMIC_SEQ_CST);
	uint32_t old = __atomic_fetch_and(word(page, AT_PENDING), ~enabled, __ATOMIC_SEQ_CST);
	*stale = old & ~enabled;
	return old & enabled;
}

void pvg_enc_page_set_cursor(void *page, uint16_t x, uint16_t y, bool visible) {
	__atomic_store_n(word(page, AT_CURSOR_XY), (uint32_t)x | (uint32_t)y << 16,
		__ATOMIC_SEQ_CST);
	__atomic_store_n((uint8_t *)page + AT_CURSOR_SHOW, visible ? 1 : 0, __ATOMIC_SEQ_CST);
}

void pvg_enc_page_hide_cursor(void *page) {
	__atomic_store_n(word(page, AT_CURSOR_XY), 0xffffffffu, __ATOMIC_SEQ_CST);
}
