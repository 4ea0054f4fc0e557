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

// An edge runs the same way whichever triangle it is of: it is the same pixels.
static const char edge[] =
	"bool pvg_before(int p, int q)\n"
	"{\n"
	"    highp vec4 a = gl_in[p].gl_Position, b = gl_in[q].gl_Position;\n"
	"    return a.x != b.x ? a.x < b.x : a.y < b.y;\n"
	"}\n"
	"void pvg_edge(int p, int q, int first)\n"
	"{\n"
	"    if (pvg_before(p, q)) {\n"
	"        pvg_vertex(p, first);\n"
	"        pvg_vertex(q, first);\n"
	"    } else {\n"
	"        pvg_vertex(q, first);\n"
	"        pvg_vertex(p, first);\n"
	"    }\n"
	"    EndPrimitive();\n"
	"}\n"
	// What is culled has no edges; lines have no back.
	"uniform highp float pvg_cull;\n"
	"bool pvg_culled()\n"
	"{\n"
	"    highp mat3 m = mat3(gl_in[0].gl_Position.xyw, gl_in[1].gl_Position.xyw,\n"
	"        gl_in[2].gl_Position.xyw);\n"
	"    return determinant(m) * pvg_cull > 0.0;\n"
	"}\n";

/*
 * Depth bias: GL has none for lines. The slope is that of the plane that z / w is over x / w and
 * y / w, also where a vertex lies behind the eye; what is added to it is a step of depth, of floats
 * that of the largest depth. What was between near and far stays there.
 */
static const char bias[] =
	"uniform highp vec4 pvg_bias;\n" // constant, slope, clamp; 1: the constant counts steps
	"uniform highp vec4 pvg_window[%u];\n" // half its size; depth is z / w by the third, plus
	"highp float pvg_offset = 0.0;\n"
	"void pvg_find_offset()\n"
	"{\n"
	"    highp vec4 window = pvg_window[%s];\n"
	"    highp mat3 m = mat3(gl_in[0].gl_Position.xyw, gl_in[1].gl_Position.xyw,\n"
	"        gl_in[2].gl_Position.xyw);\n"
	"    highp vec3 z = vec3(gl_in[0].gl_Position.z, gl_in[1].gl_Position.z,\n"
	"        gl_in[2].gl_Position.z);\n"
	"    highp vec3 w = vec3(m[0].z, m[1].z, m[2].z);\n"
	"    highp float d = determinant(m), slope = 0.0, unit = 1.0;\n"
	"    if (window.z == 0.0) {\n"
	"        return;\n"
	"    }\n"
	"    if (d != 0.0) {\n" // by Cramer's rule
	"        highp vec2 g = vec2(dot(z, cross(vec3(m[0].y, m[1].y, m[2].y), w)),\n"
	"            dot(z, cross(w, vec3(m[0].x, m[1].x, m[2].x)))) / d;\n"
	"        g = abs(g / window.xy * window.z);\n"
	"        slope = max(g.x, g.y);\n"
	"    }\n"
	"    if (pvg_bias.w != 0.0) {\n"
	"        highp vec3 at = mix(mix(vec3(%s), vec3(1.0), step(vec3(0.0), z)),\n"
	"            clamp(z / w, %s, 1.0), greaterThan(w, vec3(0.0))) * window.z + window.w;\n"
	"        highp float most = max(abs(at.x), max(abs(at.y), abs(at.z)));\n"
	"        highp int exponent = floatBitsToInt(most) & 0x7f800000;\n"
	"        unit = intBitsToFloat(max(exponent - (23 << 23), 0));\n"
	"    }\n"
	"    highp float move = pvg_bias.x * unit + pvg_bias.y * slope;\n"
	"    move = pvg_bias.z > 0.0 ? min(move, pvg_bias.z) :\n"
	"        pvg_bias.z < 0.0 ? max(move, pvg_bias.z) : move;\n"
	"    pvg_offset = isnan(move) || isinf(move) ? 0.0 : move / window.z;\n"
	"}\n"
	"highp vec4 pvg_moved(highp vec4 p)\n"
	"{\n"
	"    bool seen = p.w > 0.0 && p.z >= %s * p.w && p.z <= p.w;\n"
	"    p.z += pvg_offset * p.w;\n"
	"    p.z = seen ? clamp(p.z, %s * p.w, p.w) : p.z;\n"
	"    return p;\n"
	"}\n";

// Emits a primitive whose first vertex, as Metal counts, is number @a.
static void say_primitive(struct gles_text *t, const struct gles_geometry_desc *desc,
	unsigned int a) {
	unsigned int n = desc->in;
	bool first = desc->order == GLES_ORDER_FIRST;
	for (unsigned int i = 0; i < n && desc->order == GLES_ORDER_EDGES; i++) {
		gles_text_say(t, "        pvg_edge(%u, %u, %u);\n", i, (i + 1) % n, a);
	}
	for (unsigned int i = 0; i < n && desc->order != GLES_ORDER_EDGES; i++) {
		unsigned int vertex = first ? (a + 1 + i) % n : i;
		gles_text_say(t, "        pvg_vertex(%u, %u);\n", vertex, first ? a : vertex);
	}
	gles_text_say(t, desc->order == GLES_ORDER_EDGES ? "" : "        EndPrimitive();\n");
}

// Numbers of vertices are constants: llvmpipe draws nothing where each primitive has its own.
static void say_main(struct gles_text *t, const struct gles_geometry_desc *desc) {
	static const char number[] = GLES_GEOMETRY_NUMBER;
	bool edges = desc->order == GLES_ORDER_EDGES;
	gles_text_say(t, "%svoid main()\n{\n    %s", edges ? edge : "",
		edges ? "if (pvg_culled()) {\n        return;\n    }\n"
			"    if (pvg_bias.x != 0.0 || pvg_bias.y != 0.0) {\n"
			"        pvg_find_offset();\n    }\n    "
		      : "");
	for (unsigned int a = 0; desc->by_number && a < 2; a++) {
		gles_text_say(t, "if (%s[%u] < min(%s[%u], %s[%u])) {\n", number, a, number,
			(a + 1) % 3, number, (a + 2) % 3);
		say_primitive(t, desc, a);
		gles_text_say(t, "    } else ");
	}
	gles_text_say(t, "{\n");
	say_primitive(t, desc, desc->by_number || desc->last_vertex ? 2 : 0);
	gles_text_say(t, "    }\n}\n");
}

char *gles_geometry_text(const struct pvg_reflection *function, const char *glsl,
	const struct gles_geometry_desc *desc) {
	static const char *const inputs[] = { "", "points", "lines", "triangles" };
	static const char *const outputs[] = { "", "points", "line_strip", "triangle_strip" };
	bool viewport = has_output(function, PVG_OUTPUT_VIEWPORT);
	bool edges = desc->order == GLES_ORDER_EDGES;
	struct gles_text t = { .room = 8192 + (size_t)function->varying_count * 512 };
	t.at = malloc(t.room);
	if (t.at == NULL) {
		return NULL;
	}
	gles_text_say(&t, "#version 320 es\n");
	if (viewport) {
		gles_text_say(&t, "#extension GL_OES_viewport_array : require\n");
	}
	if (desc->point_size) {
		gles_text_say(&t, "#extension GL_EXT_geometry_point_size : require\n");
	}
	if (desc->clip_distances > 0) {
		gles_text_say(&t, "#extension GL_EXT_clip_cull_distance : require\n");
	}
	if (strstr(glsl, "GL_NV_shader_noperspective_interpolation") != NULL) {
		gles_text_say(&t,
			"#extension GL_NV_shader_noperspective_interpolation : require\n");
	}
	gles_text_say(&t, "layout(%s) in;\nlayout(%s, max_vertices = %u) out;\n", inputs[desc->in],
		outputs[edges ? GLES_GEOMETRY_LINES : desc->in],
		edges ? 6 : (unsigned int)desc->in);
	if (desc->by_number) {
		gles_text_say(&t, "flat in highp int " GLES_GEOMETRY_NUMBER "[];\n");
	}
	char moves[8192] = "", chosen[256] = "", number[PVG_REFLECTION_NAME_BYTES + 32] = "0";
	size_t moved = 0, chose = 0;
	for (uint32_t i = 0; i < function->varying_count; i++) {
		const char *key = function->varyings[i].name;
		char name[PVG_REFLECTION_NAME_BYTES], qualifier[32], type[16];
		pvg_varying_name(key, name);
		if (!find_declaration(glsl, name, qualifier, type)) {
			continue;
		}
		gles_text_say(&t, "%sin highp %s " GLES_GEOMETRY_FRONT "%s[];\n", qualifier, type,
			name);
		bool is_layer = strstr(name, "pvg_layer") != NULL;
		if (is_layer || strstr(name, "pvg_viewport") != NULL) {
			chose += (size_t)snprintf(chosen + chose, sizeof(chosen) - chose,
				"    %s = int(" GLES_GEOMETRY_FRONT "%s[0]);\n",
				is_layer ? "gl_Layer" : "gl_ViewportIndex", name);
			if (!is_layer) {
				snprintf(number, sizeof(number),
					"clamp(int(" GLES_GEOMETRY_FRONT "%s[0]), 0, 15)", name);
			}
			continue;
		}
		gles_text_say(&t, "%sout highp %s %s;\n", qualifier, type, name);
		if (moved < sizeof(moves) - 256) {
			moved += (size_t)snprintf(moves + moved, sizeof(moves) - moved,
				"    %s = " GLES_GEOMETRY_FRONT "%s[%s];\n", name, name,
				strstr(qualifier, "flat") != NULL ? "first" : "i");
		}
	}
	if (edges) {
		const char *least = desc->depth_to_one ? "0.0" : "-1.0";
		gles_text_say(&t, bias, viewport ? 16 : 1, number, least, least, least,
			least);
	}
	gles_text_say(&t,
		"void pvg_vertex(int i, int first)\n{\n"
		"    gl_Position = %s;\n",
		edges ? "pvg_moved(gl_in[i].gl_Position)" : "gl_in[i].gl_Position");
	for (unsigned int i = 0; i < desc->clip_distances; i++) {
		gles_text_say(&t, "    gl_ClipDistance[%u] = gl_in[i].gl_ClipDistance[%u];\n", i,
			i);
	}
	gles_text_say(&t,
		"%s%s%s"
		"    gl_PrimitiveID = gl_PrimitiveIDIn;\n"
		"    EmitVertex();\n"
		"}\n",
		desc->point_size ? "    gl_PointSize = gl_in[i].gl_PointSize;\n" : "", moves,
		chosen);
	say_main(&t, desc);
	return t.at;
}
