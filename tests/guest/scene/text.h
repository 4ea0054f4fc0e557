// SPDX-License-Identifier: GPL-2.0-or-later
// Text into a fixed buffer, without libc: lines of JSON and log messages of the guests.
#ifndef TESTS_GUEST_SCENE_TEXT_H
#define TESTS_GUEST_SCENE_TEXT_H

#include "../enc/bytes.h"

struct pvg_text {
	char *at;    // borrowed, always terminated
	size_t room; // bytes, terminator included
	size_t length;
};

struct pvg_text pvg_text_init(char *buffer, size_t room);
void pvg_text_str(struct pvg_text *text, const char *s);
void pvg_text_u64(struct pvg_text *text, uint64_t value);
void pvg_text_i64(struct pvg_text *text, int64_t value);
void pvg_text_hex(struct pvg_text *text, uint64_t value);
// value / 1000 with three decimals.
void pvg_text_milli(struct pvg_text *text, uint64_t value);
// "key":value, with a comma before it unless it opens an object.
void pvg_text_key(struct pvg_text *text, const char *key);
void pvg_text_key_u64(struct pvg_text *text, const char *key, uint64_t value);
void pvg_text_key_str(struct pvg_text *text, const char *key, const char *value); // NULL: null

bool pvg_str_equal(const char *a, const char *b);
// Decimal or 0x hexadecimal up to the first other character.
uint64_t pvg_str_u64(const char *s);

#endif
