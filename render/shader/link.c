// SPDX-License-Identifier: GPL-2.0-or-later
#include "link.h"

#include <inttypes.h>
#include <spirv/unified1/spirv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t digest(const char *text) {
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (; *text != '\0'; text++) {
		h = (h ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
	}
	return h;
}

void pvg_varying_key(const char *semantic, char out[PVG_REFLECTION_NAME_BYTES]) {
	size_t n = strlen(semantic);
	if (n < PVG_REFLECTION_NAME_BYTES - 24) {
		memcpy(out, semantic, n + 1);
		return;
	}
	// Room is left for what pvg_varying_name adds.
	snprintf(out, PVG_REFLECTION_NAME_BYTES, "%.20s.%016" PRIx64, semantic, digest(semantic));
}

void pvg_varying_name(const char *key, char out[PVG_REFLECTION_NAME_BYTES]) {
	size_t n = 0;
	bool lossy = false;
	out[n++] = 'v';
	out[n++] = '_';
	for (const char *c = key; *c != '\0' && n < PVG_REFLECTION_NAME_BYTES - 20; c++) {
		bool word = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
			(*c >= '0' && *c <= '9');
		// GLSL reserves double underscores.
		lossy |= !word && (out[n - 1] == '_' || strchr("_()", *c) == NULL);
		if (word || out[n - 1] != '_') {
			out[n++] = word ? *c : '_';
		}
	}
	out[n] = '\0';
	if (lossy) {
		snprintf(out + n, PVG_REFLECTION_NAME_BYTES - n, "%s%016" PRIx64,
			out[n - 1] == '_' ? "" : "_", digest(key));
	}
}

static const struct pvg_reflection_varying *find(const struct pvg_reflection *r, const char *name) {
	for (uint32_t i = 0; i < r->varying_count; i++) {
		if (strcmp(r->varyings[i].name, name) == 0) {
			return &r->varyings[i];
		}
	}
	return NULL;
}

static bool check(const struct pvg_reflection *vertex, const struct pvg_reflection *fragment,
		struct pvg_shader_status *status) {
	if (vertex->stage == PVG_STAGE_KERNEL || vertex->stage == PVG_STAGE_FRAGMENT ||
			fragment->stage != PVG_STAGE_FRAGMENT) {
		return pvg_shader_refuse(status, PVG_SHADER_BAD_REQUEST,
			"not a vertex and a fragment");
	}
	for (uint32_t i = 0; i < fragment->varying_count; i++) {
		const struct pvg_reflection_varying *in = &fragment->varyings[i];
		const struct pvg_reflection_varying *out = find(vertex, in->name);
		if (out == NULL) {
			return pvg_shader_refuse(status, PVG_SHADER_LINK_MISSING, "%s", in->name);
		}
		if (out->components != in->components || out->value_class != in->value_class) {
			return pvg_shader_refuse(status, PVG_SHADER_LINK_TYPE,
				"%s: %u components, %u wanted", in->name, out->components,
				in->components);
		}
	}
	return true;
}

/* Is this line the declaration of the output called name? */
static bool declares(const char *line, size_t size, const char *name) {
	size_t n = strlen(name);
	if (size < n + 2 || line[size - 1] != ';' || memcmp(line + size - 1 - n, name, n) != 0 ||
			line[size - 2 - n] != ' ') {
		return false;
	}
	return strncmp(line, "out ", 4) == 0 || memmem(line, size, " out ", 5) != NULL;
}

char *pvg_link_glsl(const struct pvg_reflection *vertex, const char *vertex_glsl,
		const struct pvg_reflection *fragment, struct pvg_shader_status *status) {
	static const char *const words[PVG_INTERPOLATION_COUNT] = {"", "noperspective ", "flat "};
	static const char extension[] =
		"#extension GL_NV_shader_noperspective_interpolation : require\n";
	if (!check(vertex, fragment, status)) {
		return NULL;
	}
	size_t length = strlen(vertex_glsl);
	char *out = malloc(length + sizeof(extension) + 32 * PVG_REFLECTION_VARYINGS);
	if (out == NULL) {
		pvg_shader_refuse(status, PVG_SHADER_NO_MEMORY, "linked GLSL");
		return NULL;
	}
	bool no_perspective = false;
	for (uint32_t i = 0; i < fragment->varying_count; i++) {
		no_perspective |=
			fragment->varyings[i].interpolation == PVG_INTERPOLATION_NO_PERSPECTIVE;
	}
	size_t used = 0, changed = 0;
	for (const char *line = vertex_glsl; *line != '\0';) {
		const char *end = strchr(line, '\n');
		size_t size = end != NULL ? (size_t)(end - line) : strlen(line);
		size_t skip = 0;
		for (uint32_t i = 0;
			i < fragment->varying_count && changed < fragment->varying_count; i++) {
			char name[PVG_REFLECTION_NAME_BYTES];
			pvg_varying_name(fragment->varyings[i].name, name);
			if (!declares(line, size, name)) {
				continue;
			}
			const char *word = words[fragment->varyings[i].interpolation];
			skip = strncmp(line, "flat ", 5) == 0 ? 5 : 0;
			memcpy(out + used, word, strlen(word));
			used += strlen(word);
			changed++;
			break;
		}
		memcpy(out + used, line + skip, size - skip);
		used += size - skip;
		line += size;
		if (*line == '\n') {
			out[used++] = *line++;
		}
		if (no_perspective) {
			// Behind the first line, which is the version.
			memcpy(out + used, extension, sizeof(extension) - 1);
			used += sizeof(extension) - 1;
			no_perspective = false;
		}
	}
	out[used] = '\0';
	if (changed < fragment->varying_count) {
		pvg_shader_refuse(status, PVG_SHADER_LINK_MISSING, "a declaration in the GLSL");
		free(out);
		return NULL;
	}
	return out;
}

bool pvg_link_spirv(const struct pvg_reflection *vertex, const struct pvg_reflection *fragment,
		uint32_t *words, size_t count, struct pvg_shader_status *status) {
	if (!check(vertex, fragment, status)) {
		return false;
	}
	// Inputs are the variables of the Input class; their names are not needed: locations
	// differ.
	for (size_t at = 5; at < count;) {
		size_t n = words[at] >> 16;
		if (n == 0 || n > count - at) {
			return pvg_shader_refuse(status, PVG_SHADER_BAD_REPLY, "SPIR-V");
		}
		if ((words[at] & 0xffff) == SpvOpDecorate && n == 4 &&
				words[at + 2] == SpvDecorationLocation) {
			bool input = false;
			for (size_t v = 5; v < count && !input;
				v += words[v] >> 16 ? words[v] >> 16 : count) {
				input = (words[v] & 0xffff) == SpvOpVariable &&
					words[v] >> 16 >= 4 && v + 3 < count &&
					words[v + 2] == words[at + 1] &&
					words[v + 3] == SpvStorageClassInput;
			}
			for (uint32_t i = 0; input && i < fragment->varying_count; i++) {
				if (fragment->varyings[i].location == words[at + 3]) {
					words[at + 3] =
						find(vertex, fragment->varyings[i].name)->location;
					break;
				}
			}
		}
		at += n;
	}
	return true;
}
