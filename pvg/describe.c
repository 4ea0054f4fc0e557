// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Descriptions of outputs: what of one a guest may be told (spec 04 sections 3.5, 6.5 and 7).
 */
#include <inttypes.h>
#include <string.h>

#include "display-private.h"

#define CURSOR_MAX_FALLBACK 64

bool pvg_desc_equal(const struct pvg_display_desc *a, const struct pvg_display_desc *b) {
	if (a->serial != b->serial || memcmp(a->name, b->name, sizeof(a->name)) != 0 ||
		a->width_mm != b->width_mm || a->height_mm != b->height_mm ||
		a->cursor_max_width != b->cursor_max_width ||
		a->cursor_max_height != b->cursor_max_height ||
		a->gamma_entries != b->gamma_entries || a->mode_count != b->mode_count) {
		return false;
	}
	for (uint32_t i = 0; i < a->mode_count; i++) {
		if (a->modes[i].width != b->modes[i].width ||
			a->modes[i].height != b->modes[i].height ||
			a->modes[i].refresh_mhz != b->modes[i].refresh_mhz) {
			return false;
		}
	}
	return true;
}

// macOS drops a display whose serial another one has (spec 04 section 6.5).
static uint32_t displays_claim_serial(struct pvg_displays *displays, unsigned int index,
	uint32_t serial) {
	if (serial == 0) {
		serial = 1 + index;
	}
	pthread_mutex_lock(&displays->serial_lock);
	for (unsigned int i = 0; i < PVG_MAX_PORTS;) {
		if (i != index && displays->serials[i] == serial) {
			serial = serial == UINT32_MAX ? 1 : serial + 1;
			i = 0;
		} else {
			i++;
		}
	}
	displays->serials[index] = serial;
	pthread_mutex_unlock(&displays->serial_lock);
	return serial;
}

void pvg_desc_release_serials(struct pvg_displays *displays) {
	pthread_mutex_lock(&displays->serial_lock);
	memset(displays->serials, 0, sizeof(displays->serials));
	pthread_mutex_unlock(&displays->serial_lock);
}

void pvg_desc_check(struct pvg_displays *displays, unsigned int index,
	const struct pvg_display_desc *desc, struct pvg_display_desc *out) {
	memset(out, 0, sizeof(*out));
	out->serial = displays_claim_serial(displays, index, desc->serial);
	if (desc->serial != 0 && out->serial != desc->serial) {
		pvg_info("port %u: serial 0x%" PRIx32 " is another port's, using 0x%" PRIx32, index,
			desc->serial, out->serial);
	}
	memcpy(out->name, desc->name, strnlen(desc->name, sizeof(out->name) - 1));
	if (out->name[0] == '\0') {
		memcpy(out->name, "pvg-linux-", 10);
		out->name[10] = (char)('0' + index);
	}
	out->cursor_max_width =
		desc->cursor_max_width != 0 ? desc->cursor_max_width : CURSOR_MAX_FALLBACK;
	out->cursor_max_height =
		desc->cursor_max_height != 0 ? desc->cursor_max_height : CURSOR_MAX_FALLBACK;
	out->gamma_entries = desc->gamma_entries;

	uint32_t count = desc->mode_count;
	if (count > PVG_MAX_MODES) {
		pvg_info("port %u: %" PRIu32 " modes cut to %d", index, count, PVG_MAX_MODES);
		count = PVG_MAX_MODES;
	}
	for (uint32_t i = 0; i < count; i++) {
		const struct pvg_mode *mode = &desc->modes[i];
		if (mode->width == 0 || mode->width > PVG_MAX_SURFACE_EDGE || mode->height == 0 ||
			mode->height > PVG_MAX_SURFACE_EDGE || mode->refresh_mhz == 0) {
			pvg_info("port %u: mode %ux%u at %" PRIu32 " mHz left out", index,
				mode->width, mode->height, mode->refresh_mhz);
			continue;
		}
		out->modes[out->mode_count++] = *mode;
	}
	if (out->mode_count == 0) { // the guest needs one, and a count of 0 is not 1..128
		out->modes[0] = (struct pvg_mode){ 1920, 1080, 60000 };
		out->mode_count = 1;
	}
	out->width_mm = desc->width_mm;
	out->height_mm = desc->height_mm;
	if (out->width_mm == 0 || out->height_mm == 0) {
		pvg_display_choose_mm(out->modes[0].width, out->modes[0].height, 0, 0,
			&out->width_mm, &out->height_mm);
	}
}
