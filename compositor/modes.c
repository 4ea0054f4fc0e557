// SPDX-License-Identifier: GPL-2.0-or-later
#include "modes.h"

const char *pk_modes_absurd(int width, int height, int refresh_mhz) {
	if (width <= 0 || height <= 0) {
		return "no size";
	}
	if (width > PVG_MAX_SURFACE_EDGE || height > PVG_MAX_SURFACE_EDGE) {
		return "larger than a surface can be";
	}
	if (width < PK_MODES_EDGE_MIN || height < PK_MODES_EDGE_MIN) {
		return "too small for a desktop";
	}
	if (refresh_mhz < 0 || (refresh_mhz > 0 && refresh_mhz < PK_MODES_REFRESH_MIN_MHZ)) {
		return "refresh below 10 Hz";
	}
	if (refresh_mhz > PK_MODES_REFRESH_MAX_MHZ) {
		return "refresh above 1000 Hz";
	}
	return NULL;
}

static bool has_size(const struct pk_modes *modes, unsigned int width, unsigned int height) {
	for (size_t i = 0; i < modes->count; i++) {
		if (modes->entries[i].mode.width == width &&
				modes->entries[i].mode.height == height) {
			return true;
		}
	}
	return false;
}

static const char *add(struct pk_modes *modes, struct pvg_mode mode, bool scaled) {
	for (size_t i = 0; i < modes->count; i++) {
		const struct pvg_mode *have = &modes->entries[i].mode;
		if (have->width == mode.width && have->height == mode.height &&
				have->refresh_mhz == mode.refresh_mhz) {
			return NULL;
		}
	}
	if (modes->count == PVG_MAX_MODES) {
		return "the guest's list is full";
	}
	modes->entries[modes->count++] = (struct pk_mode_entry){ mode, scaled };
	return NULL;
}

const char *pk_modes_add(struct pk_modes *modes, int width, int height, int refresh_mhz) {
	const char *why = pk_modes_absurd(width, height, refresh_mhz);
	if (why != NULL) {
		return why;
	}
	return add(modes,
		(struct pvg_mode){
			.width = (uint16_t)width,
			.height = (uint16_t)height,
			.refresh_mhz = refresh_mhz > 0 ? (uint32_t)refresh_mhz : 60000,
		},
		false);
}

void pk_modes_add_scaled(struct pk_modes *modes, const struct pvg_mode *native) {
	static const uint16_t usual[][2] = {
		{ 3840, 2160 }, { 3840, 2400 }, { 3440, 1440 }, { 3200, 1800 }, { 2880, 1800 },
		{ 2560, 1600 }, { 2560, 1440 }, { 2560, 1080 }, { 2048, 1152 }, { 1920, 1200 },
		{ 1920, 1080 }, { 1680, 1050 }, { 1600, 1200 }, { 1600, 900 },  { 1440, 900 },
		{ 1280, 1024 }, { 1280, 800 },  { 1280, 720 },  { 1024, 768 },
	};
	if (native->width == 0 || native->height == 0) {
		return;
	}
	struct pvg_mode half = { (uint16_t)(native->width / 2), (uint16_t)(native->height / 2),
		native->refresh_mhz };
	// A whole factor of 2 is exact: what HiDPI panels are used at.
	if (native->width % 2 == 0 && native->height % 2 == 0 && half.width >= 1024 &&
			half.height >= 640 && !has_size(modes, half.width, half.height)) {
		add(modes, half, true);
	}
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		uint32_t width = usual[i][0], height = usual[i][1];
		if (width >= native->width || height >= native->height) {
			continue;
		}
		// Of the same shape within 1.5 %: others would have bars on a panel that has none.
		int64_t a = (int64_t)width * native->height, b = (int64_t)height * native->width;
		int64_t off = a > b ? a - b : b - a;
		if (off * 200 > b * 3 || has_size(modes, width, height)) {
			continue;
		}
		add(modes, (struct pvg_mode){ (uint16_t)width, (uint16_t)height,
			native->refresh_mhz }, true);
	}
}
