// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "wire/cursor.h"
#include "wire/surface.h"

const char *pvg_surface_parse(struct pvg_surface *surface, const uint8_t *bytes, size_t size_bytes,
	uint32_t page_shift) {
	struct pvg_cursor c = pvg_cursor_init(bytes, size_bytes);
	memset(surface, 0, sizeof(*surface));
	surface->length_bytes = pvg_rd64(&c);
	uint32_t page = pvg_rd32(&c);
	surface->gva = (uint64_t)page << page_shift;
	surface->format = pvg_rd32(&c);
	surface->plane_count = pvg_rd8(&c);
	pvg_rd_skip(&c, 3);
	if (c.failed) {
		return "descriptor shorter than its head";
	}
	if (surface->plane_count > PVG_SURFACE_PLANES_MAX) {
		return "more than 8 planes";
	}
	if (pvg_cursor_left(&c) != (size_t)16 * surface->plane_count) {
		return "descriptor length does not fit the plane count";
	}
	uint64_t end;
	if (surface->length_bytes == 0 || page == 0 ||
		!pvg_add(surface->gva, surface->length_bytes, &end)) {
		return "no backing";
	}
	for (uint32_t i = 0; i < surface->plane_count; i++) {
		struct pvg_surface_plane *plane = &surface->planes[i];
		plane->offset_bytes = pvg_rd32(&c);
		plane->width = pvg_rd32(&c);
		plane->height = pvg_rd32(&c);
		uint32_t packed = pvg_rd32(&c);
		plane->stride_bytes = packed & 0xffffff;
		plane->element_bytes = packed >> 24;
		if (plane->width == 0 || plane->height == 0 ||
			plane->width > PVG_SURFACE_EDGE_MAX ||
			plane->height > PVG_SURFACE_EDGE_MAX) {
			return "plane edge is 0 or above 16384";
		}
		// The last row is not padded, so its stride does not count (spec 04 section 15,
		// 16).
		uint64_t row = (uint64_t)plane->width * plane->element_bytes;
		uint64_t last = plane->offset_bytes +
			(uint64_t)plane->stride_bytes * (plane->height - 1) + row;
		if (last > surface->length_bytes) {
			return "plane reaches beyond the backing";
		}
	}
	return NULL;
}

// MTLPixelFormat numbers and IOSurface codes of spec 02 section 4.7 and 04 section 8.3.
enum {
	FORMAT_RGBA8 = 70,
	FORMAT_RGBA8_SRGB = 71,
	FORMAT_BGRA8 = 80,
	FORMAT_BGRA8_SRGB = 81,
	FORMAT_RGB10A2 = 90,
	FORMAT_BGR10A2 = 94,
	FORMAT_RGBA16F = 115,
};

static uint32_t rd32(const uint8_t *at) {
	uint32_t value;
	memcpy(&value, at, sizeof(value));
	return value;
}

static void convert_rgba8(uint8_t *dst, const uint8_t *src, uint32_t width) {
	for (uint32_t x = 0; x < width; x++) {
		uint32_t rgba = rd32(src + (size_t)4 * x);
		uint32_t xrgb = 0xff000000u | (rgba & 0xff) << 16 | (rgba & 0xff00) |
			(rgba >> 16 & 0xff);
		memcpy(dst + (size_t)4 * x, &xrgb, sizeof(xrgb));
	}
}

// Red in bits 9:0.
static void convert_rgb10a2(uint8_t *dst, const uint8_t *src, uint32_t width) {
	for (uint32_t x = 0; x < width; x++) {
		uint32_t rgb = rd32(src + (size_t)4 * x);
		uint32_t xrgb = 0xff000000u | (rgb >> 2 & 0xff) << 16 | (rgb >> 12 & 0xff) << 8 |
			(rgb >> 22 & 0xff);
		memcpy(dst + (size_t)4 * x, &xrgb, sizeof(xrgb));
	}
}

// Blue in bits 9:0.
static void convert_bgr10a2(uint8_t *dst, const uint8_t *src, uint32_t width) {
	for (uint32_t x = 0; x < width; x++) {
		uint32_t bgr = rd32(src + (size_t)4 * x);
		uint32_t xrgb = 0xff000000u | (bgr >> 22 & 0xff) << 16 | (bgr >> 12 & 0xff) << 8 |
			(bgr >> 2 & 0xff);
		memcpy(dst + (size_t)4 * x, &xrgb, sizeof(xrgb));
	}
}

// binary16 to 0..255, everything outside 0..1 clamped, NaN is 0.
static uint8_t half_to_unorm8(uint16_t half) {
	uint32_t exponent = half >> 10 & 0x1f;
	uint32_t mantissa = half & 0x3ff;
	if ((half & 0x8000) != 0 || (exponent == 31 && mantissa != 0)) {
		return 0;
	}
	if (exponent >= 15) { // 1.0 and above
		return 255;
	}
	// value = (1024 + mantissa) * 2^(exponent - 25), or mantissa * 2^-24 for a subnormal one.
	uint64_t scaled = exponent == 0 ? mantissa : (uint64_t)(1024 + mantissa) << (exponent - 1);
	return (uint8_t)((scaled * 255 + (UINT64_C(1) << 23)) >> 24);
}

static uint8_t half_table[65536];
static pthread_once_t half_once = PTHREAD_ONCE_INIT;

static void half_table_fill(void) {
	for (uint32_t i = 0; i < 65536; i++) {
		half_table[i] = half_to_unorm8((uint16_t)i);
	}
}

/*
 * Values are taken as display-encoded and cut to 0..1: whether half-float presents are linear is
 * not known (spec 04 section 10.2).
 */
static void convert_rgba16f(uint8_t *dst, const uint8_t *src, uint32_t width) {
	pthread_once(&half_once, half_table_fill);
	for (uint32_t x = 0; x < width; x++) {
		uint16_t rgba[4];
		memcpy(rgba, src + (size_t)8 * x, sizeof(rgba));
		dst[(size_t)4 * x] = half_table[rgba[2]];
		dst[(size_t)4 * x + 1] = half_table[rgba[1]];
		dst[(size_t)4 * x + 2] = half_table[rgba[0]];
		dst[(size_t)4 * x + 3] = 0xff;
	}
}

static const struct pvg_present_format bgra8 = { 4, PVG_FOURCC_XRGB8888, true, NULL };
static const struct pvg_present_format rgba8 = { 4, PVG_FOURCC_XBGR8888, true, convert_rgba8 };
static const struct pvg_present_format rgb10a2 = { 4, PVG_FOURCC_XBGR2101010, true,
	convert_rgb10a2 };
static const struct pvg_present_format bgr10a2 = { 4, PVG_FOURCC_XRGB2101010, true,
	convert_bgr10a2 };
static const struct pvg_present_format rgba16f = { 8, PVG_FOURCC_XRGB8888, false,
	convert_rgba16f };

// An OSType constant: the first character is in the high byte.
#define OSTYPE(a, b, c, d) \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

const struct pvg_present_format *pvg_present_format(uint32_t guest_format) {
	switch (guest_format) {
	case FORMAT_BGRA8:
	case FORMAT_BGRA8_SRGB:
	case OSTYPE('B', 'G', 'R', 'A'):
	case OSTYPE('A', 'R', 'G', 'B'): // as BGRA8, like the one host that met it
		return &bgra8;
	case FORMAT_RGBA8:
	case FORMAT_RGBA8_SRGB:
	case OSTYPE('R', 'G', 'B', 'A'):
		return &rgba8;
	case FORMAT_RGB10A2:
		return &rgb10a2;
	case FORMAT_BGR10A2:
	case OSTYPE('l', '1', '0', 'r'):
		return &bgr10a2;
	case FORMAT_RGBA16F:
	case OSTYPE('R', 'G', 'h', 'A'):
	case OSTYPE('A', 'h', 'G', 'R'):
		return &rgba16f;
	}
	return NULL;
}

const char *pvg_surface_format_name(uint32_t guest_format, char name[12]) {
	if (guest_format <= 0xffff) {
		snprintf(name, 12, "%" PRIu32, guest_format);
		return name;
	}
	name[0] = '\'';
	for (uint32_t i = 0; i < 4; i++) {
		uint8_t character = (uint8_t)(guest_format >> (24 - 8 * i));
		name[1 + i] = (char)(character >= 0x20 && character < 0x7f ? character : '?');
	}
	name[5] = '\'';
	name[6] = '\0';
	return name;
}
