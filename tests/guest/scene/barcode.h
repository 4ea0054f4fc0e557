// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The picture that says which frame it is. Written by the guests, read back from screenshots by
 * barcode-read, so both sides keep to this file:
 *
 *   strip = start marker, 64 bits (most significant first), 8 bits checksum, end marker
 *
 * Markers are two cells wide, bits one. There are three strips: the frame number at the top, the
 * mode (width 16, height 16, refresh in mHz 24, port 8 bits) below it, the frame number again at
 * the bottom: top and bottom differ in a torn picture.
 */
#ifndef TESTS_GUEST_SCENE_BARCODE_H
#define TESTS_GUEST_SCENE_BARCODE_H

#include <stdint.h>

#define PVG_BARCODE_BITS 72u
#define PVG_BARCODE_MARKER_CELLS 2u
#define PVG_BARCODE_CELLS (PVG_BARCODE_BITS + 2 * PVG_BARCODE_MARKER_CELLS)

// XRGB8888
#define PVG_BARCODE_ONE 0xfff0f0f0u
#define PVG_BARCODE_ZERO 0xff101010u
#define PVG_BARCODE_FRAME_START 0xffff00ffu
#define PVG_BARCODE_MODE_START 0xffff8000u
#define PVG_BARCODE_END 0xff00ff00u

// The cursor: a yellow square with a blue one in its middle. Nothing else has these colours.
#define PVG_CURSOR_EDGE 32u
#define PVG_CURSOR_HOT 4u
#define PVG_CURSOR_YELLOW 0xffffff00u
#define PVG_CURSOR_BLUE 0xff0000ffu
#define PVG_CURSOR_INNER_FROM 10u
#define PVG_CURSOR_INNER_TO 22u

static inline uint8_t pvg_barcode_checksum(uint64_t value) {
	uint32_t sum = 0x5a;
	for (unsigned int i = 0; i < 8; i++) {
		sum = sum * 31 + (uint8_t)(value >> (8 * i));
	}
	return (uint8_t)(sum ^ sum >> 8);
}

static inline uint64_t pvg_barcode_mode(uint32_t width, uint32_t height, uint32_t refresh_mhz,
	uint32_t port) {
	return (uint64_t)(width & 0xffff) << 48 | (uint64_t)(height & 0xffff) << 32 |
		(uint64_t)(refresh_mhz & 0xffffff) << 8 | (port & 0xff);
}

#endif
