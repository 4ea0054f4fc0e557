// SPDX-License-Identifier: GPL-2.0-or-later
#include "json.h"

#include <inttypes.h>
#include <string.h>

#define PATH_BYTES 256
#define VALUE_BYTES 512
#define DEPTH_MAX 8

/* ---- writing --------------------------------------------------------------------------------- */

static void quote(FILE *out, const char *text) {
	fputc('"', out);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '"' || c == '\\') {
			fprintf(out, "\\%c", c);
		} else if (c < ' ') {
			fprintf(out, "\\u%04x", c);
		} else {
			fputc(c, out);
		}
	}
	fputc('"', out);
}

static void begin(struct pk_json *json, const char *name) {
	if (json->comma) {
		fputs(", ", json->out);
	}
	json->comma = true;
	if (name != NULL) {
		quote(json->out, name);
		fputs(": ", json->out);
	}
}

void pk_json_open(struct pk_json *json, const char *name, char bracket) {
	begin(json, name);
	fputc(bracket, json->out);
	json->comma = false;
}

void pk_json_close(struct pk_json *json, char bracket) {
	fputc(bracket, json->out);
	json->comma = true;
}

void pk_json_text(struct pk_json *json, const char *name, const char *value) {
	begin(json, name);
	if (value != NULL) {
		quote(json->out, value);
	} else {
		fputs("null", json->out);
	}
}

void pk_json_number(struct pk_json *json, const char *name, int64_t value) {
	begin(json, name);
	fprintf(json->out, "%" PRId64, value);
}

void pk_json_milli(struct pk_json *json, const char *name, uint32_t value) {
	begin(json, name);
	fprintf(json->out, "%" PRIu32 ".%03" PRIu32, value / 1000, value % 1000);
}

void pk_json_bool(struct pk_json *json, const char *name, bool value) {
	begin(json, name);
	fputs(value ? "true" : "false", json->out);
}

/* ---- reading --------------------------------------------------------------------------------- */

struct reader {
	const char *at;
	char path[PATH_BYTES];
	size_t path_bytes; // without the end
	void (*found)(void *data, const char *path, const char *value);
	void *data;
};

static void skip_space(struct reader *reader) {
	reader->at += strspn(reader->at, " \t\r\n");
}

static bool take(struct reader *reader, char c) {
	skip_space(reader);
	if (*reader->at != c) {
		return false;
	}
	reader->at++;
	return true;
}

// A string without its quotes. Escapes of more than one character stay as they are written.
static bool read_string(struct reader *reader, char *out, size_t size) {
	size_t n = 0;
	if (!take(reader, '"')) {
		return false;
	}
	while (*reader->at != '"') {
		if (*reader->at == '\\' && (reader->at[1] == '"' || reader->at[1] == '\\')) {
			reader->at++;
		}
		if (*reader->at == '\0' || n + 1 >= size) {
			return false;
		}
		out[n++] = *reader->at++;
	}
	reader->at++;
	out[n] = '\0';
	return true;
}

static bool read_word(struct reader *reader, char *out, size_t size) {
	size_t length = strspn(reader->at, "+-.0123456789Eabcdefghijklmnopqrstuvwxyz");
	if (length == 0 || length >= size) {
		return false;
	}
	memcpy(out, reader->at, length);
	out[length] = '\0';
	reader->at += length;
	return true;
}

static bool enter(struct reader *reader, const char *name) {
	size_t length = strlen(name);
	size_t dot = reader->path_bytes > 0;
	if (reader->path_bytes + dot + length >= sizeof(reader->path)) {
		return false;
	}
	if (dot != 0) {
		reader->path[reader->path_bytes++] = '.';
	}
	memcpy(reader->path + reader->path_bytes, name, length + 1);
	reader->path_bytes += length;
	return true;
}

static bool read_value(struct reader *reader, char *value, size_t size) {
	skip_space(reader);
	bool ok = *reader->at == '"' ? read_string(reader, value, size)
				     : read_word(reader, value, size);
	if (ok) {
		reader->found(reader->data, reader->path, value);
	}
	return ok;
}

bool pk_json_flatten(const char *text, void (*found)(void *data, const char *path,
		const char *value), void *data) {
	struct reader reader = { .at = text, .found = found, .data = data };
	size_t outer[DEPTH_MAX]; // lengths of the paths around
	size_t depth = 0;
	char word[VALUE_BYTES];
	bool first = true;
	if (!take(&reader, '{')) {
		return false;
	}
	for (;;) {
		if (take(&reader, '}')) {
			if (depth == 0) {
				skip_space(&reader);
				return *reader.at == '\0';
			}
			reader.path_bytes = outer[--depth];
			reader.path[reader.path_bytes] = '\0';
			first = false;
			continue;
		}
		size_t before = reader.path_bytes;
		if ((!first && !take(&reader, ',')) ||
				!read_string(&reader, word, sizeof(word)) ||
				!enter(&reader, word) || !take(&reader, ':')) {
			return false;
		}
		first = take(&reader, '{');
		if (first) {
			if (depth == DEPTH_MAX) {
				return false;
			}
			outer[depth++] = before;
			continue;
		}
		if (!read_value(&reader, word, sizeof(word))) {
			return false;
		}
		reader.path_bytes = before;
		reader.path[before] = '\0';
	}
}
