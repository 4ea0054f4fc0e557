// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Answers to GetDeviceInfo (root command 0x3a): instructions to the guest driver about what it may
 * use. Profiles: "proven" carries desktops elsewhere, "strict" advertises only what runs here
 * (spec 01 section 2.6, 02 section 7.3). The table with reasons is pvg/info.c.
 */
#ifndef PVG_INFO_H
#define PVG_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PVG_INFO_KEYS 45 // keys 1..44

struct pvg_device_info {
	bool present[PVG_INFO_KEYS];
	uint32_t value[PVG_INFO_KEYS];
	bool planes_by_version; // key 12 follows the negotiated VERSION: not set by hand
};

/**
 * pvg_info_profile - fill the table for "proven" or "strict"
 *
 * Returns false for another name. Key 12 depends on the negotiated VERSION and is computed at reply
 * time unless it was set by hand.
 */
bool pvg_info_profile(struct pvg_device_info *info, const char *name);

/**
 * pvg_info_set - apply one user override "KEY=VALUE" ("KEY=absent" removes it)
 * @error: a buffer for a message in plain words
 *
 * KEY is a number or a field name of the table, VALUE decimal or 0x hex.
 */
bool pvg_info_set(struct pvg_device_info *info, const char *assignment, char *error,
	size_t error_size);

#endif
