// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * As much of JSON as pvgctl needs: to write it, and to make a flat list of what the kiosk wrote.
 * Pure.
 */
#ifndef COMPOSITOR_JSON_H
#define COMPOSITOR_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// Writes an object or an array piece by piece. Zeroed but for .out at the start.
struct pk_json {
	FILE *out; // borrowed
	bool comma;
};

void pk_json_open(struct pk_json *json, const char *name, char bracket); // @name NULL: no name
void pk_json_close(struct pk_json *json, char bracket);
void pk_json_text(struct pk_json *json, const char *name, const char *value); // NULL: null
void pk_json_number(struct pk_json *json, const char *name, int64_t value);
// Thousandths.
void pk_json_milli(struct pk_json *json, const char *name, uint32_t value);
void pk_json_bool(struct pk_json *json, const char *name, bool value);

/**
 * pk_json_flatten - each value of an object with the names that lead to it
 * @found: told "a.b" and the value as it is written; a string without its quotes
 *
 * Objects within objects, no arrays. False where it is no such text; what came before was told.
 */
bool pk_json_flatten(const char *text, void (*found)(void *data, const char *path,
	const char *value), void *data);

#endif
