// SPDX-License-Identifier: GPL-2.0-or-later
#include "airdiff.h"

#include <GLES3/gl32.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/shader/translate.h"

/*
 * Vertex functions: points, what they return caught by transform feedback. Fragment functions: one
 * triangle over each tile, with varyings that are linear in the pixel, into attachments of 32 bits.
 */

#define WIDTH (DIFF_TILES * DIFF_TILE)
#define MAX_COLORS 8u

static GLuint program, depth_program;
static uint32_t feedback_words; // of a vertex
static uint32_t feedback_offset[DIFF_MAX_OUTPUTS];
static bool feedback_has[DIFF_MAX_OUTPUTS];

/* The name that both stages give a varying: what is no letter or digit is one underscore. */
static void varying_name(const char *semantic, char out[96]) {
	size_t n = (size_t)snprintf(out, 96, "v_");
	for (const char *c = semantic; *c != '\0' && n < 63; c++) {
		bool word = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
			(*c >= '0' && *c <= '9');
		if (word || out[n - 1] != '_') {
			out[n++] = word ? *c : '_';
		}
	}
	out[n] = '\0';
}

static bool link(GLuint p, char *why, size_t why_bytes) {
	GLint ok = GL_FALSE;
	glLinkProgram(p);
	glGetProgramiv(p, GL_LINK_STATUS, &ok);
	if (!ok) {
		char log[160] = "";
		glGetProgramInfoLog(p, sizeof(log), NULL, log);
		snprintf(why, why_bytes, "driver does not link: %.*s", (int)strcspn(log, "\n"),
			log);
	}
	return ok;
}

static bool attach(GLuint p, uint32_t stage, const char *text, char *why, size_t why_bytes) {
	GLuint shader = diff_gl_compile(stage, text, why, why_bytes);
	if (shader == 0) {
		return false;
	}
	glAttachShader(p, shader);
	glDeleteShader(shader);
	return true;
}

static GLuint make_target(GLenum internal) {
	GLuint texture;
	glGenTextures(1, &texture);
	glActiveTexture(GL_TEXTURE0 + 31);
	glBindTexture(GL_TEXTURE_2D, texture);
	glTexStorage2D(GL_TEXTURE_2D, 1, internal, WIDTH, DIFF_TILE);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	return texture;
}

/* ---- vertex functions ------------------------------------------------------------------------ */

static const char *feedback_name(const struct diff_output *o, char text[96]) {
	if (strcmp(o->role, "air.position") == 0) {
		return "gl_Position";
	} else if (strcmp(o->role, "air.point_size") == 0) {
		return "gl_PointSize";
	} else if (strcmp(o->role, "air.vertex_output") == 0) {
		varying_name(o->semantic, text);
		return text;
	}
	return NULL;
}

static bool link_vertex(const struct pvg_shader_result *r, char *why, size_t why_bytes) {
	static const char nothing[] = "#version 320 es\nvoid main() {}";
	static char texts[DIFF_MAX_OUTPUTS][96];
	const char *names[DIFF_MAX_OUTPUTS];
	GLsizei n = 0;
	for (uint32_t i = 0; i < diff.output_count; i++) {
		struct diff_output *o = &diff.outputs[i];
		const char *name = o->off ? NULL : feedback_name(o, texts[i]);
		if (name != NULL) {
			names[n++] = name;
			feedback_has[i] = true;
			feedback_offset[i] = feedback_words;
			feedback_words += o->type.count;
		}
	}
	if (!attach(program, 0, r->glsl, why, why_bytes) ||
		!attach(program, 1, nothing, why, why_bytes)) {
		return false;
	}
	if (n > 0) {
		glTransformFeedbackVaryings(program, n, names, GL_INTERLEAVED_ATTRIBS);
	}
	return link(program, why, why_bytes);
}

static void bind_attributes(GLuint buffer) {
	glBindBuffer(GL_ARRAY_BUFFER, buffer);
	glBufferData(GL_ARRAY_BUFFER, sizeof(diff.attribute), diff.attribute, GL_STATIC_DRAW);
	for (uint32_t i = 0; i < diff.argument_count; i++) {
		const struct diff_argument *a = &diff.arguments[i];
		const char *offset = NULL;
		offset += i * sizeof(diff.attribute[0]);
		if (a->kind != DIFF_ARG_ATTRIBUTE || a->location > 15) {
			continue;
		}
		glEnableVertexAttribArray(a->location);
		if (diff_is_float(&a->type)) {
			glVertexAttribPointer(a->location, a->type.count, GL_FLOAT, GL_FALSE, 16,
				offset);
		} else {
			bool is_unsigned =
				a->type_name[0] == 'u' || strncmp(a->type_name, "bool", 4) == 0;
			glVertexAttribIPointer(a->location, a->type.count,
				is_unsigned ? GL_UNSIGNED_INT : GL_INT, 16, offset);
		}
	}
}

static bool draw_vertices(uint8_t *outputs, char *why, size_t why_bytes) {
	GLuint made[2], array, fbo, target;
	GLsizeiptr bytes =
		(GLsizeiptr)(DIFF_VERTICES * (feedback_words > 0 ? feedback_words : 1) * 4);
	glGenVertexArrays(1, &array);
	glBindVertexArray(array);
	// Without a surface there is nothing to draw to, even though nothing is drawn.
	target = make_target(GL_RGBA32F);
	glGenFramebuffers(1, &fbo);
	glBindFramebuffer(GL_FRAMEBUFFER, fbo);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, target, 0);
	glGenBuffers(2, made);
	bind_attributes(made[0]);
	glBindBuffer(GL_TRANSFORM_FEEDBACK_BUFFER, made[1]);
	glBufferData(GL_TRANSFORM_FEEDBACK_BUFFER, bytes, NULL, GL_DYNAMIC_READ);
	glBindBufferBase(GL_TRANSFORM_FEEDBACK_BUFFER, 0, made[1]);
	glUseProgram(program);
	glEnable(GL_RASTERIZER_DISCARD);
	if (feedback_words > 0) {
		glBeginTransformFeedback(GL_POINTS);
	}
	glDrawArrays(GL_POINTS, 0, (GLsizei)diff.vertices);
	if (feedback_words > 0) {
		glEndTransformFeedback();
	}
	glDisable(GL_RASTERIZER_DISCARD);
	const uint8_t *p =
		glMapBufferRange(GL_TRANSFORM_FEEDBACK_BUFFER, 0, bytes, GL_MAP_READ_BIT);
	for (uint32_t v = 0; p != NULL && v < diff.vertices; v++) {
		for (uint32_t i = 0; i < diff.output_count; i++) {
			if (feedback_has[i]) {
				memcpy(outputs + (size_t)v * DIFF_OUTPUT_BYTES + (size_t)i * 32,
					p + ((size_t)v * feedback_words + feedback_offset[i]) * 4,
					(size_t)diff.outputs[i].type.count * 4);
			}
		}
	}
	glUnmapBuffer(GL_TRANSFORM_FEEDBACK_BUFFER);
	glDeleteBuffers(2, made);
	glBindFramebuffer(GL_FRAMEBUFFER, 0);
	glDeleteFramebuffers(1, &fbo);
	glDeleteTextures(1, &target);
	glDeleteVertexArrays(1, &array);
	if (p == NULL) {
		snprintf(why, why_bytes, "no transform feedback");
	}
	return p != NULL;
}

/* ---- fragment functions ---------------------------------------------------------------------- */

static const struct diff_argument *argument_of(const char *semantic, uint32_t *index) {
	for (uint32_t i = 0; i < diff.argument_count; i++) {
		if (diff.arguments[i].kind == DIFF_ARG_VARYING &&
			strcmp(diff.arguments[i].semantic, semantic) == 0) {
			*index = i;
			return &diff.arguments[i];
		}
	}
	return NULL;
}

/*
 * The vertex shader that feeds a fragment function: base + across * x + down * y of each varying.
 */
static bool link_fragment(const struct pvg_shader_result *r, char *why, size_t why_bytes) {
	static const char *const types[3][4] = {
		{ "float", "vec2", "vec3", "vec4" },
		{ "int", "ivec2", "ivec3", "ivec4" },
		{ "uint", "uvec2", "uvec3", "uvec4" },
	};
	static const char parts[] = "xyzw";
	static char head[16384], body[16384], text[40000];
	size_t h = 0, b = 0;
	for (uint32_t i = 0; i < r->reflection.varying_count; i++) {
		const struct pvg_reflection_varying *v = &r->reflection.varyings[i];
		char name[96];
		const char *type = types[v->value_class % 3][(v->components - 1) & 3];
		int n = v->components;
		varying_name(v->name, name);
		h += (size_t)snprintf(head + h, sizeof(head) - h,
			"uniform vec4 a%u, b%u, c%u;\nuniform uvec4 f%u;\n%sout highp %s %s;\n", i,
			i, i, i, v->interpolation == PVG_INTERPOLATION_FLAT ? "flat " : "", type,
			name);
		if (v->interpolation != PVG_INTERPOLATION_FLAT) {
			b += (size_t)snprintf(body + b, sizeof(body) - b,
				"%s = (a%u + b%u * q.x + c%u * q.y).%.*s;\n", name, i, i, i, n,
				parts);
		} else if (v->value_class == PVG_CLASS_FLOAT) {
			b += (size_t)snprintf(body + b, sizeof(body) - b,
				"%s = uintBitsToFloat(f%u).%.*s;\n", name, i, n, parts);
		} else {
			b += (size_t)snprintf(body + b, sizeof(body) - b, "%s = %s(f%u.%.*s);\n",
				name, type, i, n, parts);
		}
	}
	snprintf(text, sizeof(text),
		"#version 320 es\nprecision highp float;\nprecision highp int;\n"
		"%suniform float depth;\nvoid main() {\n"
		"vec2 p = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);\n"
		"vec2 q = (p + 1.0) * %u.0;\n%sgl_Position = vec4(p, depth * 2.0 - 1.0, 1.0);\n}\n",
		head, DIFF_TILE / 2, body);
	if (!attach(program, 0, text, why, why_bytes) ||
		!attach(program, 1, r->glsl, why, why_bytes) || !link(program, why, why_bytes)) {
		return false;
	}
	static const char full[] =
		"#version 320 es\nvoid main() {\n"
		"gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0,"
		" 1.0); }";
	static const char copy[] =
		"#version 320 es\nprecision highp float;\n"
		"uniform highp sampler2D source;\nlayout(location = 0) out highp vec4 o;\n"
		"void main() { o = texelFetch(source, ivec2(gl_FragCoord.xy), 0); }";
	depth_program = glCreateProgram();
	return attach(depth_program, 0, full, why, why_bytes) &&
		attach(depth_program, 1, copy, why, why_bytes) &&
		link(depth_program, why, why_bytes);
}

bool diff_draw_link(const struct pvg_shader_result *r, char *why, size_t why_bytes) {
	program = glCreateProgram();
	return diff.stage == DIFF_VERTEX ? link_vertex(r, why, why_bytes)
					 : link_fragment(r, why, why_bytes);
}

static void set_uniforms(const struct pvg_shader_result *r, uint32_t tile) {
	for (uint32_t i = 0; i < r->reflection.varying_count; i++) {
		uint32_t at = 0;
		float values[3][4];
		char name[16];
		if (argument_of(r->reflection.varyings[i].name, &at) == NULL) {
			continue;
		}
		for (uint32_t k = 0; k < 4; k++) {
			for (uint32_t part = 0; part < 3; part++) {
				values[part][k] = diff.varying[at][tile][k][part];
			}
		}
		for (uint32_t part = 0; part < 3; part++) {
			snprintf(name, sizeof(name), "%c%u", "abc"[part], i);
			glUniform4fv(glGetUniformLocation(program, name), 1, values[part]);
		}
		snprintf(name, sizeof(name), "f%u", i);
		glUniform4uiv(glGetUniformLocation(program, name), 1, diff.flat[at][tile]);
	}
	glUniform1f(glGetUniformLocation(program, "depth"), diff.depth_in[tile]);
}

struct attachment {
	GLuint texture;
	uint8_t value_class;
	bool there;
	uint32_t clear[4];
};

static struct attachment colors[MAX_COLORS];

static uint32_t class_of(const struct diff_output *o) {
	return diff_is_float(&o->type) ? DIFF_CLASS_FLOAT
		: o->is_signed         ? DIFF_CLASS_SINT
				       : DIFF_CLASS_UINT;
}

static const GLenum internal_formats[] = { GL_RGBA32F, GL_RGBA32I, GL_RGBA32UI };

/* What an attachment holds before: what the function fetches, or a colour nobody returns. */
static void clear_color(uint32_t location, struct attachment *c) {
	static const float sentinel = -77.25f;
	for (uint32_t k = 0; k < 4; k++) {
		c->clear[k] = 0x40414243;
		if (c->value_class == DIFF_CLASS_FLOAT) {
			memcpy(&c->clear[k], &sentinel, sizeof(sentinel));
		}
	}
	for (uint32_t i = 0; i < diff.argument_count; i++) {
		if (diff.arguments[i].kind == DIFF_ARG_FETCH &&
			diff.arguments[i].location == location) {
			memcpy(c->clear, diff.flat[i][0], sizeof(c->clear));
		}
	}
}

static void clear_attachment(uint32_t location, const struct attachment *c) {
	float f[4];
	GLint n[4];
	memcpy(f, c->clear, sizeof(f));
	memcpy(n, c->clear, sizeof(n));
	if (c->value_class == DIFF_CLASS_FLOAT) {
		glClearBufferfv(GL_COLOR, (GLint)location, f);
	} else if (c->value_class == DIFF_CLASS_SINT) {
		glClearBufferiv(GL_COLOR, (GLint)location, n);
	} else {
		glClearBufferuiv(GL_COLOR, (GLint)location, c->clear);
	}
}

static bool make_attachments(GLuint *depth, char *why, size_t why_bytes) {
	GLenum buffers[MAX_COLORS];
	memset(colors, 0, sizeof(colors));
	GLsizei count = 0;
	for (uint32_t i = 0; i < MAX_COLORS; i++) {
		buffers[i] = GL_NONE;
	}
	for (uint32_t i = 0; i < diff.output_count; i++) {
		const struct diff_output *o = &diff.outputs[i];
		if (o->off || strcmp(o->role, "air.render_target") != 0 ||
			o->location >= MAX_COLORS || o->second > 0) {
			continue;
		}
		struct attachment *c = &colors[o->location];
		c->there = true;
		c->value_class = (uint8_t)class_of(o);
		c->texture = make_target(internal_formats[c->value_class]);
		clear_color(o->location, c);
		glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0 + o->location,
			GL_TEXTURE_2D, c->texture, 0);
		buffers[o->location] = GL_COLOR_ATTACHMENT0 + o->location;
		count = (GLsizei)o->location + 1 > count ? (GLsizei)o->location + 1 : count;
	}
	glDrawBuffers(count > 0 ? count : 1, buffers);
	*depth = make_target(GL_DEPTH_COMPONENT32F);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_DEPTH_ATTACHMENT, GL_TEXTURE_2D, *depth, 0);
	if (glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE) {
		snprintf(why, why_bytes, "no framebuffer for its outputs");
		return false;
	}
	for (uint32_t i = 0; i < MAX_COLORS; i++) {
		if (colors[i].there) {
			clear_attachment(i, &colors[i]);
		}
	}
	static const float far[] = { 0.87654f };
	glDepthMask(GL_TRUE);
	glClearBufferfv(GL_DEPTH, 0, far);
	return true;
}

/* Pixels that still hold what was there before count as not written. */
static void keep_pixels(uint32_t output, const uint32_t *pixels, uint32_t channels,
	const uint32_t clear[4], uint8_t *outputs) {
	for (uint32_t i = 0; i < WIDTH * DIFF_TILE; i++) {
		uint32_t x = i % WIDTH, y = i / WIDTH;
		uint32_t invocation = (x / DIFF_TILE * DIFF_TILE + y) * DIFF_TILE + x % DIFF_TILE;
		if (memcmp(pixels + (size_t)i * 4, clear, (size_t)channels * 4) != 0) {
			memcpy(outputs + (size_t)invocation * DIFF_OUTPUT_BYTES +
					(size_t)output * 32,
				pixels + (size_t)i * 4, (size_t)channels * 4);
		}
	}
}

static void read_depth(uint32_t output, GLuint depth, uint8_t *outputs) {
	static uint32_t pixels[WIDTH * DIFF_TILE * 4];
	static const float far[4] = { 0.87654f };
	uint32_t clear[4];
	GLuint target = make_target(GL_RGBA32F), fbo;
	GLenum buffer = GL_COLOR_ATTACHMENT0;
	memcpy(clear, far, sizeof(clear));
	glGenFramebuffers(1, &fbo);
	glBindFramebuffer(GL_FRAMEBUFFER, fbo);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, target, 0);
	glDrawBuffers(1, &buffer);
	glUseProgram(depth_program);
	glActiveTexture(GL_TEXTURE0);
	glBindSampler(0, 0);
	glBindTexture(GL_TEXTURE_2D, depth);
	glDisable(GL_DEPTH_TEST);
	glDisable(GL_SCISSOR_TEST);
	glViewport(0, 0, WIDTH, DIFF_TILE);
	glDrawArrays(GL_TRIANGLES, 0, 3);
	glReadPixels(0, 0, WIDTH, DIFF_TILE, GL_RGBA, GL_FLOAT, pixels);
	keep_pixels(output, pixels, 1, clear, outputs);
	glDeleteFramebuffers(1, &fbo);
	glDeleteTextures(1, &target);
}

static void read_outputs(GLuint depth, uint8_t *outputs) {
	static const GLenum formats[] = { GL_RGBA, GL_RGBA_INTEGER, GL_RGBA_INTEGER };
	static const GLenum types[] = { GL_FLOAT, GL_INT, GL_UNSIGNED_INT };
	static uint32_t pixels[WIDTH * DIFF_TILE * 4];
	for (uint32_t i = 0; i < diff.output_count; i++) {
		const struct diff_output *o = &diff.outputs[i];
		bool color = strcmp(o->role, "air.render_target") == 0 && o->second == 0;
		if (!o->off && color && o->location < MAX_COLORS) {
			const struct attachment *c = &colors[o->location];
			glReadBuffer(GL_COLOR_ATTACHMENT0 + o->location);
			glReadPixels(0, 0, WIDTH, DIFF_TILE, formats[c->value_class],
				types[c->value_class], pixels);
			keep_pixels(i, pixels, o->type.count, c->clear, outputs);
		}
	}
	for (uint32_t i = 0; i < diff.output_count; i++) {
		if (!diff.outputs[i].off && strcmp(diff.outputs[i].role, "air.depth") == 0) {
			read_depth(i, depth, outputs);
		}
	}
}

static bool draw_fragments(const struct pvg_shader_result *r, uint8_t *outputs, char *why,
	size_t why_bytes) {
	GLuint fbo, depth, array;
	glGenVertexArrays(1, &array);
	glBindVertexArray(array);
	glGenFramebuffers(1, &fbo);
	glBindFramebuffer(GL_FRAMEBUFFER, fbo);
	bool ok = make_attachments(&depth, why, why_bytes);
	glEnable(GL_DEPTH_TEST);
	glDepthFunc(GL_ALWAYS);
	glEnable(GL_SCISSOR_TEST);
	glUseProgram(program);
	for (uint32_t t = 0; ok && t < DIFF_TILES; t++) {
		glViewport((GLint)(t * DIFF_TILE), 0, DIFF_TILE, DIFF_TILE);
		glScissor((GLint)(t * DIFF_TILE), 0, DIFF_TILE, DIFF_TILE);
		set_uniforms(r, t);
		glDrawArrays(GL_TRIANGLES, 0, 3);
	}
	if (ok) {
		read_outputs(depth, outputs);
	}
	glDisable(GL_SCISSOR_TEST);
	glDisable(GL_DEPTH_TEST);
	glBindFramebuffer(GL_FRAMEBUFFER, 0);
	glDeleteFramebuffers(1, &fbo);
	glDeleteTextures(1, &depth);
	for (uint32_t i = 0; i < MAX_COLORS; i++) {
		glDeleteTextures(1, &colors[i].texture);
	}
	glDeleteVertexArrays(1, &array);
	return ok;
}

bool diff_draw(const struct pvg_shader_result *r, uint8_t *outputs, char *why, size_t why_bytes) {
	return diff.stage == DIFF_VERTEX ? draw_vertices(outputs, why, why_bytes)
					 : draw_fragments(r, outputs, why, why_bytes);
}
