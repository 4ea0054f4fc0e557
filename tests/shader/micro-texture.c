// SPDX-License-Identifier: GPL-2.0-or-later
#include <GLES3/gl32.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "micro.h"
#include "render/shader/float.h"

/*
 * Textures of the micro cases. Every texel says where it is: for x, y, z (slice, layer or face),
 * level or sample s and component i it is
 *   floats   x + 10 y + 100 z + 1000 s + i / 4, alpha 1
 *   integers x + 10 y + 100 z + 1000 s + 10000 i, of signed ones the negative
 *   depth    (x + 4 y + 16 z + 64 s) / 256
 *   8 bits   x + 10 y + 100 z + 64 i, over 255
 */

uint32_t micro_target(enum micro_kind kind) {
	static const uint32_t targets[] = {
		GL_TEXTURE_2D,
		GL_TEXTURE_2D_ARRAY,
		GL_TEXTURE_3D,
		GL_TEXTURE_CUBE_MAP,
		GL_TEXTURE_CUBE_MAP_ARRAY,
		GL_TEXTURE_2D_MULTISAMPLE,
		GL_TEXTURE_2D_MULTISAMPLE_ARRAY,
		GL_TEXTURE_BUFFER,
	};
	return targets[kind];
}

static void put_texel(const struct micro_format *f, uint8_t *out, uint32_t x, uint32_t y,
	uint32_t z, uint32_t s) {
	uint32_t place = x + 10 * y + 100 * z + 1000 * s;
	for (uint32_t i = 0; i < f->components; i++) {
		uint32_t bits;
		if (f->kind == 'i' || f->kind == 'u') {
			bits = place + 10000 * i;
			bits = f->kind == 'i' ? 0u - bits : bits;
		} else if (f->kind == 'n') {
			bits = place + 64 * i;
		} else if (f->kind == 'd') {
			bits = pvg_float_bits((float)(x + 4 * y + 16 * z + 64 * s) / 256);
		} else {
			float v = i == 3 ? 1 : (float)place + (float)i / 4;
			bits = f->kind == 'h' ? pvg_float_to_half(v) : pvg_float_bits(v);
		}
		memcpy(out + i * f->component_bytes, &bits, f->component_bytes);
	}
}

static uint32_t extent(uint32_t size, uint32_t level) {
	return size >> level > 0 ? size >> level : 1;
}

/* One level as the GL wants it: rows, then slices, layers or faces. The caller frees it. */
static uint8_t *level_data(const struct micro_texture *t, uint32_t level) {
	uint32_t texel = t->format->components * t->format->component_bytes;
	uint32_t w = extent(t->width, level), h = extent(t->height, level);
	uint32_t d = t->kind == MICRO_3D ? extent(t->depth, level) : t->depth;
	uint8_t *data = calloc((size_t)w * h * d, texel);
	for (uint32_t i = 0; data != NULL && !t->zero && i < w * h * d; i++) {
		put_texel(t->format, data + (size_t)i * texel, i % w, i / w % h, i / (w * h),
			level);
	}
	return data;
}

static void fill(const struct micro_texture *t) {
	const struct micro_format *f = t->format;
	for (uint32_t level = 0; level < t->levels; level++) {
		uint8_t *data = level_data(t, level);
		int l = (int)level, w = (int)extent(t->width, level),
		    h = (int)extent(t->height, level);
		int d = (int)(t->kind == MICRO_3D ? extent(t->depth, level) : t->depth);
		uint32_t face_bytes = f->components * f->component_bytes * (uint32_t)(w * h);
		if (t->kind == MICRO_2D) {
			glTexSubImage2D(GL_TEXTURE_2D, l, 0, 0, w, h, f->format, f->type, data);
		} else if (t->kind == MICRO_CUBE) {
			for (uint32_t face = 0; face < 6; face++) {
				glTexSubImage2D(GL_TEXTURE_CUBE_MAP_POSITIVE_X + face, l, 0, 0, w,
					h, f->format, f->type, data + (size_t)face * face_bytes);
			}
		} else {
			glTexSubImage3D(micro_target(t->kind), l, 0, 0, 0, w, h, d, f->format,
				f->type, data);
		}
		free(data);
	}
}

uint32_t micro_program(const char *const *texts, const uint32_t *stages, uint32_t count,
	const char *const *feedback, uint32_t feedback_count) {
	GLuint program = glCreateProgram();
	char log[2048] = "";
	GLint ok = GL_TRUE;
	for (uint32_t i = 0; i < count; i++) {
		GLuint shader = glCreateShader(stages[i]);
		glShaderSource(shader, 1, &texts[i], NULL);
		glCompileShader(shader);
		glGetShaderiv(shader, GL_COMPILE_STATUS, &ok);
		if (!ok) {
			glGetShaderInfoLog(shader, sizeof(log), NULL, log);
			printf("does not compile: %s\n%s\n", log, texts[i]);
		}
		glAttachShader(program, shader);
		glDeleteShader(shader);
	}
	if (feedback_count > 0) {
		glTransformFeedbackVaryings(program, (GLsizei)feedback_count, feedback,
			GL_INTERLEAVED_ATTRIBS);
	}
	glLinkProgram(program);
	glGetProgramiv(program, GL_LINK_STATUS, &ok);
	if (!ok) {
		glGetProgramInfoLog(program, sizeof(log), NULL, log);
		printf("does not link: %s\n", log);
		glDeleteProgram(program);
		return 0;
	}
	return program;
}

/* Samples cannot be uploaded: a draw writes each. */
static bool fill_samples(const struct micro_texture *t) {
	static const char vertex[] =
		"#version 320 es\nvoid main() {\n"
		"gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);"
		"}\n";
	char fragment[1024];
	char kind = t->format->kind;
	const char *depth = "gl_FragDepth = float(x + 4 * y + 16 * z + 64 * s) / 256.0;";
	const char *floats = "float p = float(x + 10 * y + 100 * z + 1000 * s);"
			     "c = vec4(p, p + 0.25, p + 0.5, 1.0);";
	const char *ints = "int p = x + 10 * y + 100 * z + 1000 * s;"
			   "c = -(ivec4(p) + ivec4(0, 10000, 20000, 30000));";
	const char *uints = "int p = x + 10 * y + 100 * z + 1000 * s;"
			    "c = uvec4(p) + uvec4(0, 10000, 20000, 30000);";
	snprintf(fragment, sizeof(fragment),
		"#version 320 es\nprecision highp float;\n"
		"precision highp int;\nuniform int z;\n%s\nvoid main() { int x = int(gl_FragCoord.x),"
		" y = int(gl_FragCoord.y), s = gl_SampleID; %s }\n",
		kind == 'd'           ? ""
			: kind == 'i' ? "out ivec4 c;"
			: kind == 'u' ? "out uvec4 c;"
				      : "out vec4 c;",
		kind == 'd'           ? depth
			: kind == 'i' ? ints
			: kind == 'u' ? uints
				      : floats);
	GLuint program = micro_program((const char *[]){ vertex, fragment },
		       (uint32_t[]){ GL_VERTEX_SHADER, GL_FRAGMENT_SHADER }, 2, NULL, 0),
	       fbo;
	if (program == 0) {
		return false;
	}
	GLenum attachment = kind == 'd' ? GL_DEPTH_ATTACHMENT : GL_COLOR_ATTACHMENT0;
	glUseProgram(program);
	glGenFramebuffers(1, &fbo);
	glBindFramebuffer(GL_FRAMEBUFFER, fbo);
	glViewport(0, 0, (GLsizei)t->width, (GLsizei)t->height);
	glEnable(GL_DEPTH_TEST);
	glDepthFunc(GL_ALWAYS);
	for (uint32_t z = 0; z < t->depth; z++) {
		if (t->kind == MICRO_2D_MS) {
			glFramebufferTexture2D(GL_FRAMEBUFFER, attachment,
				GL_TEXTURE_2D_MULTISAMPLE, t->object, 0);
		} else {
			glFramebufferTextureLayer(GL_FRAMEBUFFER, attachment, t->object, 0,
				(GLint)z);
		}
		glUniform1i(glGetUniformLocation(program, "z"), (GLint)z);
		glDrawArrays(GL_TRIANGLES, 0, 3);
	}
	glDisable(GL_DEPTH_TEST);
	glBindFramebuffer(GL_FRAMEBUFFER, 0);
	glDeleteFramebuffers(1, &fbo);
	glDeleteProgram(program);
	return true;
}

bool micro_make_texture(struct micro_texture *t) {
	GLenum target = micro_target(t->kind), internal = t->format->internal;
	GLsizei w = (GLsizei)t->width, h = (GLsizei)t->height, d = (GLsizei)t->depth;
	glGenTextures(1, &t->object);
	glBindTexture(target, t->object);
	switch (t->kind) {
	case MICRO_2D:
		glTexStorage2D(target, (GLsizei)t->levels, internal, w, h);
		break;
	case MICRO_CUBE:
		t->depth = 6;
		glTexStorage2D(target, (GLsizei)t->levels, internal, w, h);
		break;
	case MICRO_2D_MS:
		glTexStorage2DMultisample(target, (GLsizei)t->samples, internal, w, h, GL_TRUE);
		break;
	case MICRO_2D_MS_ARRAY:
		glTexStorage3DMultisample(target, (GLsizei)t->samples, internal, w, h, d, GL_TRUE);
		break;
	case MICRO_TEXEL_BUFFER: {
		uint8_t *data = level_data(t, 0);
		glGenBuffers(1, &t->buffer);
		glBindBuffer(GL_TEXTURE_BUFFER, t->buffer);
		glBufferData(GL_TEXTURE_BUFFER,
			(GLsizeiptr)(t->width * t->format->components * t->format->component_bytes),
			data, GL_STATIC_DRAW);
		glTexBuffer(GL_TEXTURE_BUFFER, internal, t->buffer);
		free(data);
		return glGetError() == GL_NO_ERROR;
	}
	default:
		glTexStorage3D(target, (GLsizei)t->levels, internal, w, h, d);
		break;
	}
	if (t->kind == MICRO_2D_MS || t->kind == MICRO_2D_MS_ARRAY) {
		return fill_samples(t) && glGetError() == GL_NO_ERROR;
	}
	fill(t);
	glTexParameteri(target, GL_TEXTURE_MIN_FILTER, GL_NEAREST_MIPMAP_NEAREST);
	glTexParameteri(target, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	return glGetError() == GL_NO_ERROR;
}

void micro_drop_texture(struct micro_texture *t) {
	glDeleteTextures(1, &t->object);
	if (t->buffer != 0) {
		glDeleteBuffers(1, &t->buffer);
	}
}

/* Field of a static sampler's word (spec 05 §3.8). */
static uint32_t field(uint64_t word, uint32_t at, uint32_t bits) {
	return (uint32_t)(word >> at) & ((1u << bits) - 1);
}

uint32_t micro_make_sampler(const struct micro_sampler *s, const uint64_t *words, bool shadow,
	bool has_levels) {
	static const GLenum wraps[] = {
		GL_CLAMP_TO_BORDER,
		GL_CLAMP_TO_EDGE,
		GL_REPEAT,
		GL_MIRRORED_REPEAT,
	};
	static const GLenum compares[] = {
		GL_ALWAYS,
		GL_LESS,
		GL_LEQUAL,
		GL_GREATER,
		GL_GEQUAL,
		GL_EQUAL,
		GL_NOTEQUAL,
		GL_ALWAYS,
		GL_NEVER,
	};
	struct micro_sampler own = s != NULL ? *s : (struct micro_sampler){ 0 };
	if (words != NULL) {
		own.wrap = wraps[field(words[0], 0, 3) & 3];
		own.mag = field(words[0], 9, 2) > 0 ? GL_LINEAR : GL_NEAREST;
		own.min = field(words[0], 11, 2) > 0 ? GL_LINEAR : GL_NEAREST;
		own.mip = field(words[0], 13, 2) == 0 ? 0
			: field(words[0], 13, 2) == 1 ? GL_NEAREST
						      : GL_LINEAR;
		own.compare = field(words[0], 16, 4) < 9 ? compares[field(words[0], 16, 4)] : 0;
	}
	GLenum min = own.min == GL_LINEAR ? GL_LINEAR : GL_NEAREST;
	if (own.mip != 0 || has_levels) {
		bool linear = own.mip == GL_LINEAR;
		min = min == GL_LINEAR
			? (linear ? GL_LINEAR_MIPMAP_LINEAR : GL_LINEAR_MIPMAP_NEAREST)
			: linear ? GL_NEAREST_MIPMAP_LINEAR
				 : GL_NEAREST_MIPMAP_NEAREST;
	}
	GLuint object;
	glGenSamplers(1, &object);
	GLint wrap = (GLint)(own.wrap != 0 ? own.wrap : GL_CLAMP_TO_EDGE);
	glSamplerParameteri(object, GL_TEXTURE_WRAP_S, wrap);
	glSamplerParameteri(object, GL_TEXTURE_WRAP_T, wrap);
	glSamplerParameteri(object, GL_TEXTURE_WRAP_R, wrap);
	glSamplerParameteri(object, GL_TEXTURE_MIN_FILTER, (GLint)min);
	glSamplerParameteri(object, GL_TEXTURE_MAG_FILTER,
		own.mag == GL_LINEAR ? GL_LINEAR : GL_NEAREST);
	if (shadow) {
		glSamplerParameteri(object, GL_TEXTURE_COMPARE_MODE, GL_COMPARE_REF_TO_TEXTURE);
		glSamplerParameteri(object, GL_TEXTURE_COMPARE_FUNC,
			(GLint)(own.compare != 0 ? own.compare : GL_LEQUAL));
	}
	return object;
}

void micro_read_texel(const struct micro_texture *t, const uint32_t at[4], uint8_t out[16]) {
	GLuint fbo;
	glGenFramebuffers(1, &fbo);
	glBindFramebuffer(GL_READ_FRAMEBUFFER, fbo);
	if (t->kind == MICRO_2D) {
		glFramebufferTexture2D(GL_READ_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D,
			t->object, (GLint)at[3]);
	} else if (t->kind == MICRO_CUBE) {
		glFramebufferTexture2D(GL_READ_FRAMEBUFFER, GL_COLOR_ATTACHMENT0,
			GL_TEXTURE_CUBE_MAP_POSITIVE_X + at[2], t->object, (GLint)at[3]);
	} else {
		glFramebufferTextureLayer(GL_READ_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, t->object,
			(GLint)at[3], (GLint)at[2]);
	}
	char kind = t->format->kind;
	memset(out, 0xcc, 16);
	glReadPixels((GLint)at[0], (GLint)at[1], 1, 1,
		kind == 'i' || kind == 'u' ? GL_RGBA_INTEGER : GL_RGBA,
		kind == 'i'           ? GL_INT
			: kind == 'u' ? GL_UNSIGNED_INT
				      : GL_FLOAT,
		out);
	glBindFramebuffer(GL_READ_FRAMEBUFFER, 0);
	glDeleteFramebuffers(1, &fbo);
}
