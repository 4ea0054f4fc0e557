// SPDX-License-Identifier: GPL-2.0-or-later
#include "text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/gles/geometry.h"
#include "render/gles/texel.h"
#include "render/shader/link.h"

#define ENDING "_v"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define DRESSED_MAX (GLES_TEXT_UNITS + GLES_TEXT_IMAGES)

struct dressed { // a variable whose texels are read and written by functions of ours
	const char *name; // in the text that is edited
	size_t length;
};

struct out {
	char *text; // owned
	size_t length, room;
	bool failed;
	struct dressed dressed[DRESSED_MAX];
	uint32_t dressed_count, said;
};

static void put(struct out *o, const char *text, size_t length) {
	if (o->failed) {
		return;
	}
	if (o->length + length + 1 > o->room) {
		size_t room = (o->length + length + 1) * 2;
		char *grown = realloc(o->text, room);
		if (grown == NULL) {
			o->failed = true;
			return;
		}
		o->text = grown;
		o->room = room;
	}
	memcpy(o->text + o->length, text, length);
	o->length += length;
	o->text[o->length] = '\0';
}

static void puts_to(struct out *o, const char *text) {
	put(o, text, strlen(text));
}

static bool starts(const char *s, const char *prefix) {
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static bool is_word(char c) {
	return isalnum((unsigned char)c) || c == '_';
}

static size_t line_length(const char *line) {
	const char *end = strchr(line, '\n');
	return end != NULL ? (size_t)(end - line) + 1 : strlen(line);
}

static bool has(const char *line, size_t length, const char *what) {
	return memmem(line, length, what, strlen(what)) != NULL;
}

/* Names that the translator gives to resources. */
static bool is_resource(const char *word, size_t length) {
	static const char *const prefixes[] = { "unit_", "buffer_", "buffers", "texture_",
		"pvg_params" };
	for (size_t i = 0; i < COUNT(prefixes); i++) {
		if (length >= strlen(prefixes[i]) && starts(word, prefixes[i])) {
			return true;
		}
	}
	return length == 3 && starts(word, "pvg");
}

static bool is(const char *word, size_t length, const char *what) {
	return length == strlen(what) && strncmp(word, what, length) == 0;
}

static bool is_varying(const struct pvg_reflection *f, const char *word, size_t length) {
	for (uint32_t i = 0; f != NULL && i < f->varying_count; i++) {
		char name[PVG_REFLECTION_NAME_BYTES];
		pvg_varying_name(f->varyings[i].name, name);
		if (is(word, length, name)) {
			return true;
		}
	}
	return false;
}

/*
 * "texelFetch(name, ...": the function that was written for the variable instead. Answers how much
 * of the code that was, 0: it is something else.
 */
static size_t put_texel_call(struct out *o, const struct gles_text_edit *edit, const char *code,
	size_t word, size_t left) {
	static const char *const calls[][2] = { { "texelFetch", "texel" }, { "imageLoad", "read" },
		{ "imageStore", "write" } };
	if (o->dressed_count == 0 || word >= left || code[word] != '(') {
		return 0;
	}
	const char *name = code + word + 1;
	size_t n = 0, start = word + 1;
	while (start + n < left && is_word(name[n])) {
		n++;
	}
	for (size_t i = 0; i < COUNT(calls); i++) {
		for (uint32_t k = 0; is(code, word, calls[i][0]) && k < o->dressed_count; k++) {
			const struct dressed *d = &o->dressed[k];
			if (d->length == n && strncmp(d->name, name, n) == 0 &&
				start + n + 2 <= left && starts(name + n, ", ")) {
				puts_to(o, "pvg_");
				puts_to(o, calls[i][1]);
				puts_to(o, "_");
				put(o, name, n);
				puts_to(o, edit->rename ? ENDING "(" : "(");
				return start + n + 2;
			}
		}
	}
	return 0;
}

/* Copies code, exchanging words. */
static void put_code(struct out *o, const struct gles_text_edit *edit, const char *code,
	size_t length) {
	for (size_t i = 0; i < length;) {
		size_t n = 1;
		if (!is_word(code[i])) {
			put(o, code + i, 1);
			i++;
			continue;
		}
		while (i + n < length && is_word(code[i + n])) {
			n++;
		}
		const char *word = code + i;
		bool member = i > 0 && code[i - 1] == '.';
		size_t call = put_texel_call(o, edit, word, n, length - i);
		if (call > 0) {
			n = call;
		} else if (edit->split && is(word, n, "gl_WorkGroupID")) {
			puts_to(o, "(gl_WorkGroupID + pvg_group)");
		} else if (edit->split && is(word, n, "gl_NumWorkGroups")) {
			puts_to(o, "(pvg_groups.x > 0u ? pvg_groups : gl_NumWorkGroups)");
		} else if (edit->word != NULL && is(word, n, edit->word)) {
			puts_to(o, edit->instead);
		} else if (edit->tail != NULL && is(word, n, "main")) {
			puts_to(o, "pvg_main");
		} else {
			if (!member && is_varying(edit->varyings, word, n)) {
				puts_to(o, GLES_GEOMETRY_FRONT);
			}
			put(o, word, n);
			if (edit->rename && !member && is_resource(word, n)) {
				puts_to(o, ENDING);
			}
		}
		i += n;
	}
}

/* By SpvImageFormat. */
static const char *const core_formats[] = {
	[1] = "rgba32f",
	"rgba16f",
	"r32f",
	"rgba8",
	"rgba8_snorm",
	[21] = "rgba32i",
	"rgba16i",
	"rgba8i",
	"r32i",
	[30] = "rgba32ui",
	"rgba16ui",
	"rgba8ui",
	"r32ui",
};

/* What NV_image_formats adds; the translator declares another format of the same class. */
static const char *const extended_formats[] = {
	[6] = "rg32f",
	"rg16f",
	"r11f_g11f_b10f",
	"r16f",
	"rgba16",
	"rgb10_a2",
	"rg16",
	"rg8",
	"r16",
	"r8",
	"rgba16_snorm",
	"rg16_snorm",
	"rg8_snorm",
	"r16_snorm",
	"r8_snorm",
	[25] = "rg32i",
	"rg16i",
	"rg8i",
	"r16i",
	"r8i",
	[34] = "rgb10_a2ui",
	"rg32ui",
	"rg16ui",
	"rg8ui",
	"r16ui",
	"r8ui",
};

uint8_t gles_text_stand_in(uint8_t format) {
	if (format >= COUNT(extended_formats) || extended_formats[format] == NULL) {
		return format;
	}
	return format < 21 ? 1 : format < 30 ? 21 : 30; // rgba32f, rgba32i, rgba32ui
}

static bool extends(const struct gles_text_edit *edit) {
	for (uint32_t i = 0; edit->image_formats != NULL && i < GLES_TEXT_IMAGES; i++) {
		uint8_t format = edit->image_formats[i];
		if (format != gles_text_stand_in(format)) {
			return true;
		}
	}
	return false;
}

/* The rest of a declaration, behind the format: other bits, and functions that make texels of
 * them. */
static void put_dressed(struct out *o, const struct gles_text_edit *edit, gles_texel_code code,
	const char *rest, const char *line, size_t length) {
	const char *end = memchr(rest, ';', length - (size_t)(rest - line));
	const char *name = end, *type;
	char words[2][64], room[GLES_TEXEL_ROOM] = "";
	while (name != NULL && name > rest && is_word(name[-1])) {
		name--;
	}
	type = name != NULL && name > rest ? name - 1 : NULL;
	while (type != NULL && type > rest && is_word(type[-1])) {
		type--;
	}
	if (type == NULL || (size_t)(end - name) + 4 > sizeof(words[0]) ||
		(size_t)(name - type) > sizeof(words[1]) || o->dressed_count == DRESSED_MAX) {
		o->failed = true;
		return;
	}
	snprintf(words[0], sizeof(words[0]), "%.*s%s", (int)(end - name), name,
		edit->rename ? ENDING : "");
	snprintf(words[1], sizeof(words[1]), "%.*s", (int)(name - 1 - type), type);
	put(o, rest, (size_t)(type - rest));
	struct gles_text text = { .at = room, .room = sizeof(room) };
	gles_texel_say(&text, code, words[1], words[0], !has(line, length, "writeonly"),
		!has(line, length, "readonly"), &o->said);
	puts_to(o, room);
	o->dressed[o->dressed_count++] = (struct dressed){ name, (size_t)(end - name) };
}

/* "layout(binding = 3, ...": the number becomes the program's. */
static void put_binding(struct out *o, const struct gles_text_edit *edit, const char *line,
	size_t length) {
	static const char start[] = "layout(binding = ";
	char *rest;
	unsigned long number = strtoul(line + strlen(start), &rest, 10);
	uint32_t base = edit->uniform_base;
	uint8_t format = 0;
	gles_texel_code texel = 0;
	if (has(line, length, " buffer ")) {
		base = edit->storage_base;
	} else if (has(line, length, "sampler")) {
		base = edit->unit_base;
		texel = edit->unit_texels != NULL && number < GLES_TEXT_UNITS
			? edit->unit_texels[number]
			: 0;
	} else if (has(line, length, "image")) {
		base = edit->image_base;
		format = edit->image_formats != NULL && number < GLES_TEXT_IMAGES
			? edit->image_formats[number]
			: 0;
		texel = edit->image_texels != NULL && number < GLES_TEXT_IMAGES
			? edit->image_texels[number]
			: 0;
	}
	char text[48];
	snprintf(text, sizeof(text), "%s%lu", start, number + base);
	puts_to(o, text);
	bool core = format < COUNT(core_formats) && core_formats[format] != NULL;
	if (format != gles_text_stand_in(format) && starts(rest, ", ")) {
		puts_to(o, ", ");
		puts_to(o, extended_formats[format]);
		rest += strcspn(rest, ")");
	} else if (texel != 0 && core && starts(rest, ", ")) {
		puts_to(o, ", ");
		puts_to(o, core_formats[format]);
		rest += strcspn(rest, ")");
	}
	if (texel != 0) {
		put_dressed(o, edit, texel, rest, line, length);
		return;
	}
	put_code(o, edit, rest, length - (size_t)(rest - line));
}

/* ---- whole texts --------------------------------------------------------------------------- */

static void put_line(struct out *o, const struct gles_text_edit *edit, const char *line,
	size_t length, bool in_params) {
	if (starts(line, "layout(binding = ")) {
		put_binding(o, edit, line, length);
	} else if (in_params && edit->params > 0 && has(line, length, "uvec4 ")) {
		char text[48];
		snprintf(text, sizeof(text), "    uvec4 _m0[%u];\n", edit->params);
		puts_to(o, text);
	} else {
		put_code(o, edit, line, length);
	}
}

char *gles_text_edit(const struct gles_text_edit *edit) {
	struct out o = { 0 };
	bool head = false, in_params = false;
	const char *line = edit->glsl;
	for (size_t n; *line != '\0'; line += n) {
		n = line_length(line);
		if (!head && line[0] != '#' && line[0] != '\n') {
			head = true;
			if (extends(edit)) {
				puts_to(&o, "#extension GL_NV_image_formats : require\n");
			}
			if (edit->head != NULL) {
				puts_to(&o, edit->head);
			}
		}
		put_line(&o, edit, line, n, in_params);
		in_params = has(line, n, "uniform pvg_params") || (in_params && line[0] == '{');
	}
	if (edit->tail != NULL) {
		puts_to(&o, "\nvoid main()\n{\n");
		puts_to(&o, edit->tail);
		puts_to(&o, "}\n");
	}
	if (o.failed) {
		free(o.text);
		return NULL;
	}
	return o.text;
}

uint32_t gles_text_params(const char *glsl, uint8_t used[PVG_PARAMS_COUNT]) {
	static const char access[] = "pvg._m0[", components[] = "xyzw";
	uint32_t count = 0;
	memset(used, 0, PVG_PARAMS_COUNT);
	for (const char *at = glsl; (at = strstr(at, access)) != NULL;) {
		at += strlen(access);
		char *end;
		unsigned long index = strtoul(at, &end, 10);
		if (end == at || end[0] != 'u' || end[1] != ']' || index >= PVG_PARAMS_COUNT) {
			memset(used, 0xf, PVG_PARAMS_COUNT);
			return PVG_PARAMS_COUNT;
		}
		const char *component = end[2] == '.' ? strchr(components, end[3]) : NULL;
		bool one = component != NULL && *component != '\0' && !is_word(end[4]);
		used[index] |= one ? (uint8_t)(1u << (component - components)) : 0xf;
		count = index + 1 > count ? (uint32_t)index + 1 : count;
	}
	return count;
}

void gles_text_say(struct gles_text *text, const char *format, ...) {
	va_list args;
	va_start(args, format);
	int n = vsnprintf(text->at + text->used, text->room - text->used, format, args);
	va_end(args);
	text->used += n > 0 && (size_t)n < text->room - text->used ? (size_t)n : 0;
}
