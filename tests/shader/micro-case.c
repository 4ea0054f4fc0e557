// SPDX-License-Identifier: GPL-2.0-or-later
#include <GLES3/gl32.h>
#include <math.h>
#include <spirv/unified1/spirv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "micro.h"
#include "render/shader/float.h"

/* Directives of a case, and the comparison of results. */

static const char *const type_names[] = {
	"u8",
	"u16",
	"u32",
	"u64",
	"i8",
	"i16",
	"i32",
	"i64",
	"f16",
	"bf16",
	"f32",
};

uint32_t micro_type_bytes(enum micro_type type) {
	static const uint32_t bytes[] = { 1, 2, 4, 8, 1, 2, 4, 8, 2, 2, 4 };
	return bytes[type];
}

#define FORMATS(X) \
	X("rgba32f", RGBA32F, RGBA, FLOAT, 4, 4, 'f', Rgba32f) \
	X("rgba16f", RGBA16F, RGBA, HALF_FLOAT, 4, 2, 'h', Rgba16f) \
	X("r32f", R32F, RED, FLOAT, 1, 4, 'f', R32f) \
	X("rgba8", RGBA8, RGBA, UNSIGNED_BYTE, 4, 1, 'n', Rgba8) \
	X("rgba32i", RGBA32I, RGBA_INTEGER, INT, 4, 4, 'i', Rgba32i) \
	X("rgba32ui", RGBA32UI, RGBA_INTEGER, UNSIGNED_INT, 4, 4, 'u', Rgba32ui) \
	X("rgba16i", RGBA16I, RGBA_INTEGER, SHORT, 4, 2, 'i', Rgba16i) \
	X("rgba16ui", RGBA16UI, RGBA_INTEGER, UNSIGNED_SHORT, 4, 2, 'u', Rgba16ui) \
	X("r32i", R32I, RED_INTEGER, INT, 1, 4, 'i', R32i) \
	X("r32ui", R32UI, RED_INTEGER, UNSIGNED_INT, 1, 4, 'u', R32ui) \
	X("depth32f", DEPTH_COMPONENT32F, DEPTH_COMPONENT, FLOAT, 1, 4, 'd', Unknown)

const struct micro_format *micro_format_of(const char *name, uint32_t spirv) {
	static const struct micro_format formats[] = {
#define ROW(text, internal, format, type, n, bytes, kind, s) \
	{ text, GL_##internal, GL_##format, GL_##type, n, bytes, kind, SpvImageFormat##s },
		FORMATS(ROW)
#undef ROW
	};
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (name != NULL ? strcmp(name, formats[i].name) == 0 : spirv == formats[i].spirv) {
			return &formats[i];
		}
	}
	return NULL;
}

static bool parse_type(const char *word, enum micro_type *type) {
	for (uint32_t i = 0; word != NULL && i < sizeof(type_names) / sizeof(type_names[0]); i++) {
		if (strcmp(word, type_names[i]) == 0) {
			*type = (enum micro_type)i;
			return true;
		}
	}
	return false;
}

static struct micro_value parse_value(enum micro_type type, const char *word) {
	struct micro_value v = { 0 };
	if (strcmp(word, "?") == 0) {
		v.any = true;
	} else if (strncmp(word, "0x", 2) == 0 && strchr(word, 'p') == NULL) {
		v.bits = strtoull(word, NULL, 16);
	} else if (type < MICRO_F16) {
		v.bits = (uint64_t)strtoll(word, NULL, 10);
		if (type == MICRO_U64) {
			v.bits = strtoull(word, NULL, 10);
		}
	} else {
		float f = strtof(word, NULL);
		v.nan = isnan(f);
		uint32_t bits = pvg_float_bits(f);
		v.bits = type == MICRO_F32  ? bits
			: type == MICRO_F16 ? pvg_float_to_half(f)
					    : bits >> 16;
	}
	return v;
}

static bool put_values(struct micro_buffer *b, enum micro_type type, char *words) {
	uint32_t at = 0, step = micro_type_bytes(type);
	char *rest;
	for (char *w = strtok_r(words, " \t", &rest); w != NULL; w = strtok_r(NULL, " \t", &rest)) {
		if (at + step > b->size_bytes) {
			return false;
		}
		uint64_t bits = parse_value(type, w).bits;
		memcpy(b->data + at, &bits, step);
		at += step;
	}
	return true;
}

static bool make_buffer(struct micro_buffer *b, uint32_t size) {
	if (size == 0 || size > MICRO_MAX_BYTES) {
		return false;
	}
	free(b->data);
	b->data = malloc(size);
	b->size_bytes = size;
	if (b->data != NULL) {
		memset(b->data, 0xcc, size);
	}
	return b->data != NULL;
}

/* The words of a line up to a colon, and what is behind it. */
struct line {
	char *words[24];
	uint32_t count;
	char *values; // NULL without a colon
};

static uint32_t number(const struct line *l, uint32_t i) {
	return i < l->count ? (uint32_t)strtoul(l->words[i], NULL, 0) : 0;
}

static bool parse_in(struct micro_case *c, const struct line *l, bool attribute) {
	uint32_t n = number(l, 1);
	enum micro_type type;
	if (n >= (attribute ? 16 : MICRO_BUFFERS) || l->count < 3 ||
		!parse_type(l->words[2], &type) || l->values == NULL) {
		return false;
	}
	if (attribute) {
		c->attribute_components[n] = number(l, 3);
		c->attribute_types[n] = type;
		return make_buffer(&c->attributes[n], 1024) &&
			put_values(&c->attributes[n], type, l->values);
	}
	return (c->buffers[n].data != NULL || make_buffer(&c->buffers[n], 1024)) &&
		put_values(&c->buffers[n], type, l->values);
}

static bool parse_texture(struct micro_case *c, const struct line *l) {
	static const char *const kinds[] = {
		"2d",
		"2d_array",
		"3d",
		"cube",
		"cube_array",
		"2d_ms",
		"2d_ms_array",
		"buffer",
	};
	uint32_t n = number(l, 1), kind = 0;
	if (n >= MICRO_TEXTURES || l->count < 5) {
		return false;
	}
	while (kind < 8 && strcmp(l->words[2], kinds[kind]) != 0) {
		kind++;
	}
	struct micro_texture *t = &c->textures[n];
	*t = (struct micro_texture){
		.given = true,
		.kind = (enum micro_kind)kind,
		.height = 1,
		.depth = 1,
		.levels = 1,
		.samples = 4,
		.format = micro_format_of(l->words[3], 0),
	};
	if (kind == 8 || t->format == NULL ||
		sscanf(l->words[4], "%ux%ux%u", &t->width, &t->height, &t->depth) < 1) {
		return false;
	}
	for (uint32_t i = 5; i < l->count; i++) {
		if (strcmp(l->words[i], "zero") == 0) {
			t->zero = true;
		} else if (strcmp(l->words[i], "levels") == 0) {
			t->levels = number(l, ++i);
		} else if (strcmp(l->words[i], "samples") == 0) {
			t->samples = number(l, ++i);
		} else {
			return false;
		}
	}
	return true;
}

static bool parse_sampler(struct micro_case *c, const struct line *l) {
	static const struct {
		const char *word;
		uint32_t field, value;
	} words[] = {
		{ "nearest", 0, GL_NEAREST },
		{ "linear", 0, GL_LINEAR },
		{ "mipnearest", 1, GL_NEAREST },
		{ "miplinear", 1, GL_LINEAR },
		{ "edge", 2, GL_CLAMP_TO_EDGE },
		{ "repeat", 2, GL_REPEAT },
		{ "mirror", 2, GL_MIRRORED_REPEAT },
		{ "zero", 2, GL_CLAMP_TO_BORDER },
		{ "less", 3, GL_LESS },
		{ "lequal", 3, GL_LEQUAL },
		{ "greater", 3, GL_GREATER },
		{ "gequal", 3, GL_GEQUAL },
		{ "equal", 3, GL_EQUAL },
		{ "always", 3, GL_ALWAYS },
		{ "never", 3, GL_NEVER },
	};
	uint32_t n = number(l, 1);
	if (n >= MICRO_SAMPLERS) {
		return false;
	}
	struct micro_sampler *s = &c->samplers[n];
	for (uint32_t i = 2; i < l->count; i++) {
		bool known = false;
		for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
			if (strcmp(l->words[i], words[k].word) == 0) {
				uint32_t *fields[] = { &s->mag, &s->mip, &s->wrap, &s->compare };
				*fields[words[k].field] = words[k].value;
				s->min = s->mag;
				known = true;
			}
		}
		if (!known) {
			return false;
		}
	}
	return true;
}

static bool parse_check(struct micro_case *c, const struct line *l, uint32_t number_of_line) {
	if (c->check_count == MICRO_CHECKS || l->count < 3 || l->values == NULL) {
		return false;
	}
	struct micro_check *k = &c->checks[c->check_count++];
	k->line = number_of_line;
	uint32_t at = 2;
	if (strcmp(l->words[1], "texture") == 0 || strcmp(l->words[1], "color") == 0) {
		k->where = l->words[1][0] == 't' ? MICRO_AT_TEXTURE : MICRO_AT_COLOR;
		k->index = number(l, at++);
		uint32_t n = k->where == MICRO_AT_TEXTURE ? 4 : 2;
		for (uint32_t i = 0; i < n; i++) {
			k->at[i] = number(l, at++);
		}
	} else if (strcmp(l->words[1], "position") == 0) {
		k->where = MICRO_AT_POSITION;
		k->at[0] = number(l, at++);
	} else if (strcmp(l->words[1], "varying") == 0) {
		k->where = MICRO_AT_VARYING;
		snprintf(k->name, sizeof(k->name), "%s", l->words[2]);
		k->at[0] = number(l, 3);
		at = 4;
	} else if (sscanf(l->words[1], "%u[%u]", &k->index, &k->at[0]) != 2 ||
		k->index >= MICRO_BUFFERS) {
		return false;
	}
	if (at >= l->count || !parse_type(l->words[at++], &k->type)) {
		return false;
	}
	for (; at + 1 < l->count; at += 2) {
		if (strcmp(l->words[at], "ulp") == 0) {
			k->ulp = number(l, at + 1) + 1;
		} else if (strcmp(l->words[at], "abs") == 0) {
			k->absolute = strtod(l->words[at + 1], NULL);
		} else {
			return false;
		}
	}
	char *rest;
	for (char *w = strtok_r(l->values, " \t", &rest); w != NULL;
			w = strtok_r(NULL, " \t", &rest)) {
		if (k->count == MICRO_VALUES) {
			return false;
		}
		k->values[k->count++] = parse_value(k->type, w);
	}
	return k->count > 0;
}

static bool parse_draw(struct micro_case *c, const struct line *l) {
	c->draw[0] = number(l, 1);
	c->draw[1] = number(l, 2);
	for (uint32_t i = 3; i < l->count; i++) {
		if (strcmp(l->words[i], "samples") == 0) {
			c->samples = number(l, ++i);
		} else if (strcmp(l->words[i], "cw") == 0) {
			c->clockwise = true;
		} else if (strcmp(l->words[i], "points") == 0) {
			c->point_sprite = true;
		} else if (strcmp(l->words[i], "blend") == 0) {
			c->blend = true;
		} else {
			return false;
		}
	}
	return c->draw[0] > 0 && c->draw[0] <= 64 && c->draw[1] > 0 && c->draw[1] <= 64;
}

static bool parse_refuse(struct micro_case *c, const struct line *l) {
	for (uint32_t r = 0; l->count == 3 && r < PVG_SHADER_REASON_COUNT; r++) {
		enum pvg_shader_reason reason = (enum pvg_shader_reason)r;
		if (strcmp(l->words[2], pvg_shader_reason_name(reason)) == 0) {
			if (l->words[1][0] != 'v') {
				c->refuse[PVG_PROFILE_GLES] = reason;
			}
			if (l->words[1][0] != 'g') {
				c->refuse[PVG_PROFILE_VULKAN] = reason;
			}
			return true;
		}
	}
	return false;
}

/* name type = expression */
static bool parse_varying(struct micro_case *c, char *text) {
	char *equal = strchr(text, '=');
	if (equal == NULL || c->varying_count == MICRO_VARYINGS) {
		return false;
	}
	*equal = '\0';
	char(*v)[160] = c->varyings[c->varying_count++];
	snprintf(v[2], sizeof(v[2]), "%s", equal + 1);
	return sscanf(text, "%159s %159[^=]", v[0], v[1]) == 2;
}

static bool parse_line(struct micro_case *c, struct line *l, uint32_t number_of_line) {
	const char *key = l->words[0];
	uint32_t n = number(l, 1);
	if (strcmp(key, "THREADS") == 0 || strcmp(key, "GROUPS") == 0) {
		for (uint32_t i = 0; i < 3; i++) {
			(key[0] == 'T' ? c->variant.local_size : c->groups)[i] = number(l, i + 1);
		}
		return l->count == 4;
	}
	if (strcmp(key, "IN") == 0 || strcmp(key, "ATTRIBUTE") == 0) {
		return parse_in(c, l, key[0] == 'A');
	}
	if (strcmp(key, "SIZE") == 0) {
		return n < MICRO_BUFFERS && make_buffer(&c->buffers[n], number(l, 2));
	}
	if (strcmp(key, "TG") == 0 && n < 31) {
		c->variant.threadgroup_bytes[n] = number(l, 2);
		return true;
	}
	if (strcmp(key, "CONSTANT") == 0 && l->count == 3 &&
		c->variant.constant_count < PVG_MAX_FUNCTION_CONSTANTS) {
		struct pvg_function_constant *k =
			&c->variant.constants[c->variant.constant_count++];
		*k = (struct pvg_function_constant){
			.index = n,
			.count = 1,
			.values = { strtod(l->words[2], NULL) },
		};
		return true;
	}
	if (strcmp(key, "TEXTURE") == 0) {
		return parse_texture(c, l);
	}
	if (strcmp(key, "SAMPLER") == 0) {
		return parse_sampler(c, l);
	}
	if (strcmp(key, "FORMAT") == 0 && n < 128 && l->count == 3) {
		const struct micro_format *f = micro_format_of(l->words[2], 0);
		c->variant.image_formats[n] = f != NULL ? (uint8_t)f->spirv : 0;
		return f != NULL;
	}
	if (strcmp(key, "BASE") == 0) {
		c->base[0] = n;
		c->base[1] = number(l, 2);
		return true;
	}
	if (strcmp(key, "DRAW") == 0) {
		return parse_draw(c, l);
	}
	if (strcmp(key, "CLEAR") == 0) {
		for (uint32_t i = 0; i < 4 && i + 1 < l->count; i++) {
			c->clear[i] = strtof(l->words[i + 1], NULL);
		}
		return true;
	}
	if (strcmp(key, "POINTS") == 0) {
		c->points = n;
		c->instances = l->count > 2 ? number(l, 2) : 1;
		return n > 0 && n * c->instances <= 64;
	}
	if (strcmp(key, "FEATURE") == 0) {
		c->variant.features |= n;
		return true;
	}
	if (strcmp(key, "SAMPLECOUNT") == 0) {
		c->variant.sample_count = n;
		return true;
	}
	if (strcmp(key, "REFUSE") == 0) {
		return parse_refuse(c, l);
	}
	return strcmp(key, "CHECK") == 0 && parse_check(c, l, number_of_line);
}

/* A directive begins with a word of capitals; other comments are for people. */
static bool is_directive(const char *text) {
	size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	return n >= 2 && (text[n] == ' ' || text[n] == '\0');
}

bool micro_parse(struct micro_case *c, const char *path, char *text) {
	*c = (struct micro_case){ .path = path, .groups = { 1, 1, 1 }, .instances = 1 };
	c->variant.local_size[0] = c->variant.local_size[1] = c->variant.local_size[2] = 1;
	for (uint32_t i = 0; i < 31; i++) {
		c->variant.threadgroup_bytes[i] = 1024;
	}
	uint32_t number_of_line = 0;
	for (char *line = text; line != NULL;) {
		number_of_line++;
		char *end = strchr(line, '\n');
		if (end != NULL) {
			*end = '\0';
		}
		bool ok = true;
		if (line[0] == ';' && line[1] == ' ' && is_directive(line + 2)) {
			char copy[4096];
			snprintf(copy, sizeof(copy), "%s", line + 2);
			if (strncmp(copy, "VARYING ", 8) == 0) {
				ok = parse_varying(c, copy + 8);
			} else {
				struct line l = { 0 };
				char *colon = strstr(copy, ": ");
				if (colon != NULL) {
					*colon = '\0';
					l.values = colon + 1;
				}
				char *rest;
				char *w = strtok_r(copy, " \t", &rest);
				while (w != NULL && l.count < 24) {
					l.words[l.count++] = w;
					w = strtok_r(NULL, " \t", &rest);
				}
				ok = strlen(line + 2) < sizeof(copy) &&
					parse_line(c, &l, number_of_line);
			}
		}
		if (!ok) {
			printf("%s:%u: %s?\n", path, number_of_line, line);
		}
		if (end != NULL) {
			*end = '\n';
		}
		if (!ok) {
			return false;
		}
		line = end != NULL ? end + 1 : NULL;
	}
	if (c->check_count == 0 && c->refuse[0] == PVG_SHADER_OK) {
		printf("%s: checks nothing\n", path);
		return false;
	}
	return true;
}

void micro_free(struct micro_case *c) {
	for (uint32_t i = 0; i < MICRO_BUFFERS; i++) {
		free(c->buffers[i].data);
	}
	for (uint32_t i = 0; i < 16; i++) {
		free(c->attributes[i].data);
	}
}

static double as_double(enum micro_type type, uint64_t bits) {
	switch (type) {
	case MICRO_F32:
		return (double)pvg_bits_float((uint32_t)bits);
	case MICRO_F16:
		return (double)pvg_half_to_float((uint16_t)bits);
	default:
		return (double)pvg_bits_float((uint32_t)bits << 16);
	}
}

/* Floats of a kind in order, as integers: neighbours differ by 1, both zeroes are 0. */
static int64_t ordered(enum micro_type type, uint64_t bits) {
	uint64_t sign = type == MICRO_F32 ? 0x80000000u : 0x8000u;
	int64_t size = (int64_t)(bits & (sign - 1));
	return bits & sign ? -size : size;
}

static bool same(const struct micro_check *check, const struct micro_value *want, uint64_t got) {
	uint32_t bytes = micro_type_bytes(check->type);
	uint64_t mask = bytes == 8 ? UINT64_MAX : (UINT64_C(1) << bytes * 8) - 1;
	if (want->any || (want->bits & mask) == got) {
		return true;
	}
	if (check->type < MICRO_F16) {
		return false;
	}
	double x = as_double(check->type, want->bits), y = as_double(check->type, got);
	if (want->nan || isnan(y)) {
		return want->nan && isnan(y);
	}
	int64_t distance = ordered(check->type, want->bits & mask) - ordered(check->type, got);
	return (check->ulp > 0 && llabs(distance) <= (int64_t)check->ulp - 1) ||
		(check->absolute > 0 && fabs(x - y) <= check->absolute);
}

bool micro_compare(const struct micro_case *c, const struct micro_check *check, const uint8_t *data,
	uint32_t bytes) {
	uint32_t step = micro_type_bytes(check->type);
	bool ok = true;
	for (uint32_t i = 0; i < check->count; i++) {
		uint64_t got = 0;
		if ((i + 1) * step > bytes) {
			printf("%s:%u: value %u is behind the end\n", c->path, check->line, i);
			return false;
		}
		memcpy(&got, data + i * step, step);
		if (!same(check, &check->values[i], got)) {
			printf("%s:%u: value %u is 0x%llx", c->path, check->line, i,
				(unsigned long long)got);
			if (check->type >= MICRO_F16) {
				printf(" (%.9g), not %.9g", as_double(check->type, got),
					as_double(check->type, check->values[i].bits));
			} else {
				printf(", not 0x%llx", (unsigned long long)check->values[i].bits);
			}
			printf("\n");
			ok = false;
		}
	}
	return ok;
}

void micro_params(const struct micro_case *c, uint32_t params[PVG_PARAMS_COUNT][4]) {
	memset(params, 0, PVG_PARAMS_COUNT * sizeof(params[0]));
	params[PVG_PARAMS_DRAW][0] = c->base[0];
	params[PVG_PARAMS_DRAW][1] = c->base[1];
	params[PVG_PARAMS_DRAW][2] = c->samples > 0 ? c->samples : 1;
	for (uint32_t i = 0; i < 3; i++) {
		params[PVG_PARAMS_GRID][i] = c->groups[i] * c->variant.local_size[i];
	}
	for (uint32_t i = 0; i < MICRO_BUFFERS; i++) {
		params[PVG_PARAMS_BUFFERS + i][1] =
			c->buffers[i].data != NULL ? c->buffers[i].size_bytes : 0;
	}
	for (uint32_t i = 0; i < MICRO_TEXTURES; i++) {
		params[PVG_PARAMS_TEXTURES + i][0] = c->textures[i].levels;
		params[PVG_PARAMS_TEXTURES + i][1] = c->textures[i].samples;
	}
}
