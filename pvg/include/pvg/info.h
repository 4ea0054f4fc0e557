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
	bool heaps_by_version;  // keys 14 and 17 are 0 where a guest would act on them: the same
};

#define PVG_INFO_ABSENT INT64_C(-1)

struct pvg_info_key {
	uint32_t key;
	const char *field;      // name of the guest's field
	int64_t proven, strict; // values of the profiles, PVG_INFO_ABSENT: not sent
	const char *why;        // the reason for the strict value
	const char *spec;       // where the facts are
};

// The row of a key, NULL for a number without one. Static.
const struct pvg_info_key *pvg_info_key(uint32_t key);

/**
 * pvg_info_promise - what a value invites the guest to use that this device refuses by name
 *
 * NULL when it promises nothing that is refused. Static text.
 */
const char *pvg_info_promise(uint32_t key, uint32_t value);

/**
 * pvg_info_profile - fill the table for "proven" or "strict"
 *
 * Returns false for another name. Keys 12, 14 and 17 depend on the negotiated VERSION and are
 * computed at reply time unless they were set by hand.
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
