// SPDX-License-Identifier: GPL-2.0-or-later
#include "geometry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/gles/text.h"

#include "render/shader/link.h"

/*
 * The vertex stage of GLES cannot choose a layer or a viewport; a geometry stage can. It passes a
 * primitive on as it is, with what the function chose for its first vertex. Outputs of the function
 * get another name in front of it (text.c), so that the fragment function finds its own.
 */

// The declaration of an output in the function's text: what is in front of `out`, and its type.
static bool find_declaration(const char *glsl, const char *name, char qualifier[32],
	char type[16]) {
	size_t length = strlen(name);
	for (const char *line = glsl; *line != '\0';) {
		size_t size = strcspn(line, "\n");
		const char *end = line + size;
		const char *out = memmem(line, size, "out ", 4);
		bool named = size > length + 1 && end[-1] == ';' &&
			strncmp(end - 1 - length, name, length) == 0 &&
			end[-2 - (long)length] == ' ';
		if (named && out != NULL && memchr(line, '(', size) == NULL && out - line < 32) {
			const char *word = out + 4;
			size_t n = strcspn(word, " ");
			// A precision may stand before the type.
			if (strncmp(word, "highp", n) == 0 || strncmp(word, "mediump", n) == 0) {
				word += n + 1;
				n = strcspn(word, " ");
			}
			snprintf(type, 16, "%.*s", (int)(n < 15 ? n : 15), word);
			snprintf(qualifier, 32, "%.*s", (int)(out - line), line);
			return true;
		}
		line = *end == '\n' ? end + 1 : end;
	}
	return false;
}

enum gles_geometry gles_geometry_of(uint8_t primitive) {
	return primitive == 0   ? GLES_GEOMETRY_POINTS
		: primitive < 3 ? GLES_GEOMETRY_LINES
				: GLES_GEOMETRY_TRIANGLES;
}

static bool has_output(const struct pvg_reflection *f, uint8_t kind) {
	for (uint32_t i = 0; i < f->output_count; i++) {
		if (f->outputs[i].kind == kind) {
			return true;
		}
	}
	return false;
}

char *gles_geometry_text(const struct pvg_reflection *function, const char *glsl,
	enum gles_geometry in, bool point_size) {
	static const char *const inputs[] = { "", "points", "lines", "triangles" };
	static const char *const outputs[] = { "", "points", "line_strip", "triangle_strip" };
	bool viewport = has_output(function, PVG_OUTPUT_VIEWPORT);
	struct gles_text t = { .room = 4096 + (size_t)function->varying_count * 512 };
	t.at = malloc(t.room);
	if (t.at == NULL) {
		return NULL;
	}
	gles_text_say(&t, "#version 320 es\n");
	if (viewport) {
		gles_text_say(&t, "#extension GL_OES_viewport_array : require\n");
	}
	if (point_size) {
		gles_text_say(&t, "#extension GL_EXT_geometry_point_size : require\n");
	}
	if (strstr(glsl, "GL_NV_shader_noperspective_interpolation") != NULL) {
		gles_text_say(&t,
			"#extension GL_NV_shader_noperspective_interpolation : require\n");
	}
	gles_text_say(&t, "layout(%s) in;\nlayout(%s, max_vertices = %u) out;\n", inputs[in],
		outputs[in], (unsigned int)in);
	char moves[8192] = "", chosen[256] = "";
	size_t moved = 0, chose = 0;
	for (uint32_t i = 0; i < function->varying_count; i++) {
		const char *key = function->varyings[i].name;
		char name[PVG_REFLECTION_NAME_BYTES], qualifier[32], type[16];
		pvg_varying_name(key, name);
		if (!find_declaration(glsl, name, qualifier, type)) {
			continue;
		}
		gles_text_say(&t, "%sin highp %s %s" GLES_GEOMETRY_ENDING "[];\n", qualifier, type,
			name);
		bool is_layer = strstr(name, "pvg_layer") != NULL;
		if (is_layer || strstr(name, "pvg_viewport") != NULL) {
			chose += (size_t)snprintf(chosen + chose, sizeof(chosen) - chose,
				"        %s = int(%s" GLES_GEOMETRY_ENDING "[0]);\n",
				is_layer ? "gl_Layer" : "gl_ViewportIndex", name);
			continue;
		}
		gles_text_say(&t, "%sout highp %s %s;\n", qualifier, type, name);
		if (moved < sizeof(moves) - 256) {
			moved += (size_t)snprintf(moves + moved, sizeof(moves) - moved,
				"        %s = %s" GLES_GEOMETRY_ENDING "[i];\n", name, name);
		}
	}
	gles_text_say(&t,
		"void main()\n"
		"{\n"
		"    for (int i = 0; i < %u; i++) {\n"
		"        gl_Position = gl_in[i].gl_Position;\n"
		"%s%s%s"
		"        gl_PrimitiveID = gl_PrimitiveIDIn;\n"
		"        EmitVertex();\n"
		"    }\n"
		"    EndPrimitive();\n"
		"}\n",
		(unsigned int)in,
		point_size ? "        gl_PointSize = gl_in[i].gl_PointSize;\n" : "", moves, chosen);
	return t.at;
}
