// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a port says about the panel behind it: a size that the guest understands (spec 04 section
 * 14.9) and a serial number that survives reboots (spec 04 section 3.5).
 */
#include <stddef.h>
#include <stdint.h>

#include <pvg/display.h>

static uint32_t greatest_divisor(uint32_t a, uint32_t b) {
	while (b != 0) {
		uint32_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

static uint16_t round_to_cm(double mm) {
	double cm = mm / 10 + 0.5;
	if (cm < 1) {
		cm = 1;
	}
	if (cm > 6553) {
		cm = 6553;
	}
	return (uint16_t)((uint32_t)cm * 10);
}

void pvg_display_choose_mm(uint32_t width_px, uint32_t height_px, uint32_t panel_width_mm,
	uint32_t panel_height_mm, uint16_t *width_mm, uint16_t *height_mm) {
	if (width_px == 0 || height_px == 0) {
		width_px = 16;
		height_px = 9;
	}
	/*
	 * Panels that report their aspect ratio (16x9, 160x90, 1600x900 mm) or nothing get 100
	 * pixels per inch (spec 04 section 14.9).
	 */
	double ppi = 0;
	bool aspect_only = (panel_width_mm == 1600 && panel_height_mm == 900) ||
		(panel_width_mm == 1600 && panel_height_mm == 1000) ||
		(panel_width_mm == 160 && panel_height_mm == 90) ||
		(panel_width_mm == 160 && panel_height_mm == 100) ||
		(panel_width_mm == 16 && panel_height_mm == 9) ||
		(panel_width_mm == 16 && panel_height_mm == 10);
	if (panel_width_mm != 0 && panel_height_mm != 0 && !aspect_only) {
		ppi = (double)width_px * 25.4 / panel_width_mm;
	}
	if (ppi < 20 || ppi > 1000) {
		ppi = 100;
	}
	double want_width = (double)width_px * 25.4 / ppi;
	double want_height = (double)height_px * 25.4 / ppi;
	uint32_t divisor = greatest_divisor(width_px, height_px);
	uint32_t a = width_px / divisor, b = height_px / divisor;
	/*
	 * The guest keeps whole centimetres and derives density and aspect from them: the exact
	 * aspect if there is one near, else each side by itself.
	 */
	if (a > 200 || b > 200) {
		*width_mm = round_to_cm(want_width);
		*height_mm = round_to_cm(want_height);
		return;
	}
	double times = want_width / (10.0 * a) + 0.5;
	uint32_t k = times < 1 ? 1 : (uint32_t)times;
	uint32_t k_max = 65530 / (10 * (a > b ? a : b));
	if (k > k_max) {
		k = k_max;
	}
	*width_mm = (uint16_t)(10 * a * k);
	*height_mm = (uint16_t)(10 * b * k);
}

uint32_t pvg_display_serial(const char *const *parts, size_t count) {
	uint32_t hash = 2166136261u; // FNV-1a
	for (size_t i = 0; i < count; i++) {
		if (parts[i] == NULL) {
			continue;
		}
		for (const char *at = parts[i]; *at != '\0'; at++) {
			hash = (hash ^ (uint8_t)*at) * 16777619u;
		}
		hash = (hash ^ 0xffu) * 16777619u; // "ab" "c" is not "a" "bc"
	}
	return hash;
}
