// SPDX-License-Identifier: GPL-2.0-or-later
#include "text.h"

struct pvg_text pvg_text_init(char *buffer, size_t room) {
	buffer[0] = '\0';
	return (struct pvg_text){ .at = buffer, .room = room };
}

static void put(struct pvg_text *text, char c) {
	if (text->length + 1 < text->room) {
		text->at[text->length++] = c;
		text->at[text->length] = '\0';
	}
}

void pvg_text_str(struct pvg_text *text, const char *s) {
	while (*s != '\0') {
		put(text, *s++);
	}
}

static void number(struct pvg_text *text, uint64_t value, unsigned int base, unsigned int digits) {
	char buffer[24];
	unsigned int n = 0;
	do {
		buffer[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0 || n < digits);
	while (n > 0) {
		put(text, buffer[--n]);
	}
}

void pvg_text_u64(struct pvg_text *text, uint64_t value) {
	number(text, value, 10, 1);
}

void pvg_text_i64(struct pvg_text *text, int64_t value) {
	if (value < 0) {
		put(text, '-');
	}
	number(text, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10, 1);
}

void pvg_text_hex(struct pvg_text *text, uint64_t value) {
	pvg_text_str(text, "0x");
	number(text, value, 16, 1);
}

void pvg_text_milli(struct pvg_text *text, uint64_t value) {
	number(text, value / 1000, 10, 1);
	put(text, '.');
	number(text, value % 1000, 10, 3);
}

void pvg_text_key(struct pvg_text *text, const char *key) {
	char last = text->length > 0 ? text->at[text->length - 1] : '{';
	if (last != '{' && last != '[') {
		put(text, ',');
	}
	put(text, '"');
	pvg_text_str(text, key);
	pvg_text_str(text, "\":");
}

void pvg_text_key_u64(struct pvg_text *text, const char *key, uint64_t value) {
	pvg_text_key(text, key);
	pvg_text_u64(text, value);
}

void pvg_text_key_str(struct pvg_text *text, const char *key, const char *value) {
	pvg_text_key(text, key);
	if (value == NULL) {
		pvg_text_str(text, "null");
		return;
	}
	put(text, '"');
	for (; *value != '\0'; value++) {
		put(text, *value == '"' || *value == '\\' || (uint8_t)*value < 0x20 ? '?' : *value);
	}
	put(text, '"');
}

bool pvg_str_equal(const char *a, const char *b) {
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

uint64_t pvg_str_u64(const char *s) {
	uint64_t value = 0;
	unsigned int base = 10;
	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		s += 2;
	}
	for (;; s++) {
		unsigned int digit;
		if (*s >= '0' && *s <= '9') {
			digit = (unsigned int)(*s - '0');
		} else if (base == 16 && (*s | 0x20) >= 'a' && (*s | 0x20) <= 'f') {
			digit = (unsigned int)((*s | 0x20) - 'a') + 10;
		} else {
			return value;
		}
		value = value * base + digit;
	}
}
