// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One function of a Metal library, as a guest's framework sends it (spec 02 section 4.15). What
 * containers look like is in spec 05 section 1.
 */
#include "mtl.h"

#define HEADER_BYTES 88u
#define LIST_AT 24u     // word of the header: where the list of functions is
#define BITCODE_SIZE 80u // and how long their code is
#define NAME 0x454d414eu // tags, as words
#define OFFT 0x5446464fu

// The data of that tag in a group of the list, NULL: not there or shorter than @least bytes.
static const uint8_t *find_tag(const uint8_t *group, uint64_t size_bytes, uint32_t tag,
	uint64_t least, uint64_t *length) {
	for (uint64_t at = 4; at + 6 <= size_bytes; at += 6 + *length) {
		*length = pvg_get(group + at + 4, 2);
		if (pvg_get(group + at, 4) == tag) {
			bool whole = *length >= least && at + 6 + *length <= size_bytes;
			return whole ? group + at + 6 : NULL;
		}
	}
	return NULL;
}

static bool is_name(const uint8_t *group, uint64_t size_bytes, const char *wanted) {
	uint64_t length, i = 0;
	const uint8_t *name = find_tag(group, size_bytes, NAME, 1, &length);
	if (name == NULL) {
		return false;
	}
	while (i + 1 < length && name[i] == (uint8_t)wanted[i] && wanted[i] != '\0') {
		i++;
	}
	return name[i] == '\0' && wanted[i] == '\0';
}

// Where the code of a group begins in its section.
static uint64_t code_at(const uint8_t *group, uint64_t size_bytes) {
	uint64_t length;
	const uint8_t *offsets = find_tag(group, size_bytes, OFFT, 24, &length);
	return offsets != NULL ? pvg_get(offsets + 16, 8) : 0;
}

bool pvg_mtl_pick(uint8_t *library, uint32_t size_bytes, const char *name) {
	if (size_bytes < HEADER_BYTES) {
		return false;
	}
	uint64_t list = pvg_get(library + LIST_AT, 8);
	if (list > size_bytes - 8) {
		return false;
	}
	uint64_t found = 0, found_bytes = 0, code = 0, end = pvg_get(library + BITCODE_SIZE, 8);
	// Twice: the code ends where the next one begins, and some containers do not say so.
	for (unsigned int round = 0; round < 2; round++) {
		uint64_t at = list + 4;
		for (uint64_t left = pvg_get(library + list, 4); left != 0; left--) {
			uint64_t bytes = at + 4 <= size_bytes ? pvg_get(library + at, 4) : 0;
			if (bytes < 8 || bytes > size_bytes - at) {
				return false;
			}
			uint64_t begins = code_at(library + at, bytes);
			if (round == 0 && is_name(library + at, bytes, name)) {
				found = at;
				found_bytes = bytes;
				code = begins;
			} else if (round != 0 && begins > code && begins < end) {
				end = begins;
			}
			at += bytes;
		}
	}
	if (found == 0) {
		return false;
	}
	// To the front of the list; the sections that it points into stay.
	for (uint64_t i = 0; i < found_bytes; i++) {
		library[list + 4 + i] = library[found + i];
	}
	pvg_put(library + list, 1, 4);
	pvg_put(library + BITCODE_SIZE, end, 8);
	return true;
}
