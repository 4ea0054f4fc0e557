// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tables of settings: one row for each, which the command line, the configuration file, their
 * help and the check of the manual pages read. A new setting is a row, a member and a paragraph
 * in pvg-kiosk.conf(5).
 */
#ifndef COMPOSITOR_KEYS_H
#define COMPOSITOR_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "options.h"

enum pk_key_type {
	PK_KEY_FLAG,   // bool
	PK_KEY_NUMBER, // unsigned int
	PK_KEY_BIG,    // uint64_t
	PK_KEY_CHOICE, // an enum: the index of the word in .choices
	PK_KEY_TEXT,   // char *, owned
	PK_KEY_MODE,   // struct pk_mode
	PK_KEY_MODES,  // struct pk_mode_list
	PK_KEY_INFO,   // struct pvg_device_info
	PK_KEY_PHASE,  // struct pk_phase_wish
	PK_KEY_CHORD,  // uint32_t, enum pk_mod
};

// What has to be done when a setting changes while the kiosk runs.
enum pk_effect {
	PK_EFFECT_RESTART = 0,      // nothing helps but a new start
	PK_EFFECT_OUTPUTS = 1 << 0, // outputs are set up and described anew
	PK_EFFECT_CURSOR = 1 << 1,
	PK_EFFECT_STATS = 1 << 2,
	PK_EFFECT_TRACE = 1 << 3,
	PK_EFFECT_PHASE = 1 << 4,
	PK_EFFECT_INPUT = 1 << 5,
	PK_EFFECT_OSD = 1 << 6,
	PK_EFFECT_POWER = 1 << 7,
};

struct pk_key {
	const char *name;
	enum pk_key_type type;
	unsigned int effect;
	size_t offset;              // of the member in what the section is about
	const char *standard;       // the default as it would be written; NULL: nothing
	const char *const *choices; // NULL-terminated
	uint64_t min, max;
	const char *zero;     // a word for 0
	bool many;            // may be given more than once
	const char *argument; // in --help; NULL: the choices, or nothing
	const char *help;     // NULL: no option of the command line
};

enum pk_section_id {
	PK_SECTION_KIOSK,
	PK_SECTION_VM,
	PK_SECTION_OUTPUT,
	PK_SECTION_DISPLAY,
	PK_SECTION_COUNT,
};

struct pk_section {
	const char *name;
	const char *argument; // what its header has after the name; NULL: nothing
	const struct pk_key *keys;
	size_t key_count; // at most 64: bits of .set
};

extern const struct pk_section pk_sections[PK_SECTION_COUNT];

/**
 * pk_key_read - a setting from its text
 * @base: the struct that the section is about
 * @why: on failure, what is wrong with @text, in words that can follow it
 */
bool pk_key_read(const struct pk_key *key, const char *text, void *base, char *why,
	size_t why_size);
// As it would be written; nothing for a text that is not set.
void pk_key_write(const struct pk_key *key, const void *base, FILE *out);
bool pk_key_same(const struct pk_key *key, const void *a, const void *b);
void pk_key_swap(const struct pk_key *key, void *a, void *b);
// Between rows of one type. A text is lent, not copied.
void pk_key_copy(const struct pk_key *to_key, void *to, const struct pk_key *from_key,
	const void *from);

// Gives all keys of a section their defaults. @base is zeroed before.
void pk_section_defaults(const struct pk_section *section, void *base);
// Frees the texts.
void pk_section_finish(const struct pk_section *section, void *base);
// The row of a name, -1: none.
int pk_section_find(const struct pk_section *section, const char *name);

bool pk_mode_read(const char *text, struct pk_mode *mode);

// * is any text, ? any character.
bool pk_glob(const char *pattern, const char *text);

/**
 * pk_nearest - the name most like @text
 * @names: NULL-terminated
 *
 * NULL when none is alike.
 */
const char *pk_nearest(const char *text, const char *const *names);

#endif
