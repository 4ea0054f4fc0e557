// SPDX-License-Identifier: GPL-2.0-or-later
#include "airdiff-texture.h"
#include "airdiff.h"

#include <EGL/egl.h>
#include <GLES3/gl32.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/shader/airc-gl.h"
#include "render/shader/float.h"
#include "render/shader/translate.h"

/* The other side: buffers, textures and samplers for a translation, kernels, and reading back. */

static struct airc_gl context;
static GLuint program, buffers[DIFF_BUFFERS + 1], textures[PVG_REFLECTION_SLOTS];
static GLuint samplers[PVG_REFLECTION_PAIRS];

bool diff_gl_begin(char *why, size_t why_bytes) {
	// Filters and levels as exact as llvmpipe can; no threads for textures of a few texels.
	setenv("GALLIVM_PERF", "no_brilinear,no_rho_approx,no_quad_lod", 0);
	setenv("LP_NUM_THREADS", "0", 0);
	return airc_gl_init(&context, why, why_bytes);
}

uint32_t diff_gl_compile(uint32_t stage, const char *text, char *why, size_t why_bytes) {
	static const GLenum stages[] = { GL_VERTEX_SHADER, GL_FRAGMENT_SHADER, GL_COMPUTE_SHADER };
	GLuint shader = glCreateShader(stages[stage]);
	GLint ok = GL_FALSE;
	char log[120] = "";
	glShaderSource(shader, 1, &text, NULL);
	glCompileShader(shader);
	glGetShaderiv(shader, GL_COMPILE_STATUS, &ok);
	if (!ok) {
		glGetShaderInfoLog(shader, sizeof(log), NULL, log);
		snprintf(why, why_bytes, "driver does not compile: %.*s", (int)strcspn(log, "\n"),
			log);
		return 0;
	}
	return shader;
}

bool diff_gl_link(const struct pvg_shader_result *r, char *why, size_t why_bytes) {
	if (diff.stage != DIFF_KERNEL) {
		return diff_draw_link(r, why, why_bytes);
	}
	GLuint shader = diff_gl_compile(2, r->glsl, why, why_bytes);
	GLint ok = GL_FALSE;
	program = glCreateProgram();
	if (shader != 0) {
		glAttachShader(program, shader);
		glLinkProgram(program);
		glGetProgramiv(program, GL_LINK_STATUS, &ok);
		if (!ok) {
			char log[120] = "";
			glGetProgramInfoLog(program, sizeof(log), NULL, log);
			snprintf(why, why_bytes, "driver does not link: %.*s",
				(int)strcspn(log, "\n"), log);
		}
	}
	return ok;
}

/* ---- buffers --------------------------------------------------------------------------------- */

static void make_params(const struct pvg_shader_result *r) {
	uint32_t params[PVG_PARAMS_COUNT][4] = { { 0 } };
	if (!(r->reflection.flags & PVG_REFLECT_PARAMS)) {
		return;
	}
	params[PVG_PARAMS_DRAW][2] = 1;
	for (uint32_t i = 0; i < 3; i++) {
		params[PVG_PARAMS_GRID][i] = diff.groups[i] * diff.local[i];
	}
	for (uint32_t i = 0; i < DIFF_BUFFERS; i++) {
		params[PVG_PARAMS_BUFFERS + i][1] = diff.regions[i].bytes;
	}
	for (uint32_t i = 0; i < DIFF_TEXTURES; i++) {
		params[PVG_PARAMS_TEXTURES + i][0] = diff.textures[i].levels;
		params[PVG_PARAMS_TEXTURES + i][1] = diff.textures[i].samples;
	}
	glBindBuffer(GL_UNIFORM_BUFFER, buffers[DIFF_BUFFERS]);
	glBufferData(GL_UNIFORM_BUFFER, sizeof(params), params, GL_STATIC_DRAW);
	glBindBufferBase(GL_UNIFORM_BUFFER, r->reflection.params_binding, buffers[DIFF_BUFFERS]);
}

static bool make_buffer(const struct pvg_reflection_slot *s, char *why, size_t why_bytes) {
	if (s->metal_index >= DIFF_BUFFERS || diff.regions[s->metal_index].bytes == 0) {
		snprintf(why, why_bytes, "binds buffer %u, which the module does not use",
			s->metal_index);
		return false;
	}
	const struct diff_region *region = &diff.regions[s->metal_index];
	GLenum target = s->flags & PVG_SLOT_UNIFORM ? GL_UNIFORM_BUFFER : GL_SHADER_STORAGE_BUFFER;
	glBindBuffer(target, buffers[s->metal_index]);
	glBufferData(target, region->bytes, region->input, GL_DYNAMIC_COPY);
	glBindBufferBase(target, s->binding, buffers[s->metal_index]);
	return true;
}

static bool read_buffer(const struct pvg_reflection_slot *s, uint8_t *out) {
	uint32_t bytes = diff.regions[s->metal_index].bytes;
	glBindBuffer(GL_SHADER_STORAGE_BUFFER, buffers[s->metal_index]);
	const void *p = glMapBufferRange(GL_SHADER_STORAGE_BUFFER, 0, bytes, GL_MAP_READ_BIT);
	if (p != NULL) {
		memcpy(out, p, bytes);
	}
	glUnmapBuffer(GL_SHADER_STORAGE_BUFFER);
	return p != NULL;
}

/* ---- textures -------------------------------------------------------------------------------- */

struct format {
	GLenum internal, format, type;
};

static struct format format_of(const struct diff_texture *t, bool shadow) {
	static const struct format wide[] = {
		{ GL_RGBA32F, GL_RGBA, GL_FLOAT },
		{ GL_RGBA32I, GL_RGBA_INTEGER, GL_INT },
		{ GL_RGBA32UI, GL_RGBA_INTEGER, GL_UNSIGNED_INT },
	};
	static const struct format narrow[] = {
		{ GL_R32F, GL_RED, GL_FLOAT },
		{ GL_R32I, GL_RED_INTEGER, GL_INT },
		{ GL_R32UI, GL_RED_INTEGER, GL_UNSIGNED_INT },
	};
	static const struct format depth = { GL_DEPTH_COMPONENT32F, GL_DEPTH_COMPONENT, GL_FLOAT };
	return shadow ? depth : t->channels == 1 ? narrow[t->texel_class] : wide[t->texel_class];
}

static GLenum target_of(const struct pvg_reflection_slot *s) {
	static const GLenum targets[PVG_SLOT_DIM_COUNT] = {
		[PVG_SLOT_DIM_2D] = GL_TEXTURE_2D,
		[PVG_SLOT_DIM_2D_ARRAY] = GL_TEXTURE_2D_ARRAY,
		[PVG_SLOT_DIM_2D_MS] = GL_TEXTURE_2D_MULTISAMPLE,
		[PVG_SLOT_DIM_2D_MS_ARRAY] = GL_TEXTURE_2D_MULTISAMPLE_ARRAY,
		[PVG_SLOT_DIM_3D] = GL_TEXTURE_3D,
		[PVG_SLOT_DIM_CUBE] = GL_TEXTURE_CUBE_MAP,
		[PVG_SLOT_DIM_CUBE_ARRAY] = GL_TEXTURE_CUBE_MAP_ARRAY,
	};
	return s->dim < PVG_SLOT_DIM_COUNT ? targets[s->dim] : 0;
}

/* One slice of a level, in the channels that the format has. */
static void *packed_slice(const struct diff_texture *t, uint32_t location, uint32_t level,
	uint32_t slice, uint32_t sample, uint32_t channels) {
	uint32_t w = diff_level_size(t->width, level), h = diff_level_size(t->height, level);
	uint32_t *out = malloc((size_t)w * h * channels * 4);
	const uint8_t *in = diff.regions[DIFF_FIRST_TEXTURE + location].input;
	for (uint32_t y = 0; y < h; y++) {
		for (uint32_t x = 0; x < w; x++) {
			memcpy(out + ((size_t)y * w + x) * channels,
				in + diff_texel_offset(t, level, slice, y, x, sample),
				(size_t)channels * 4);
		}
	}
	return out;
}

static void upload(const struct diff_texture *t, uint32_t location, GLenum target,
	const struct format *f, uint32_t channels) {
	for (uint32_t level = 0; level < t->levels; level++) {
		GLsizei w = (GLsizei)diff_level_size(t->width, level);
		GLsizei h = (GLsizei)diff_level_size(t->height, level);
		uint32_t n = t->dim == DIFF_3D ? diff_level_size(t->slices, level) : t->slices;
		for (uint32_t slice = 0; slice < n; slice++) {
			void *texels = packed_slice(t, location, level, slice, 0, channels);
			if (target == GL_TEXTURE_2D) {
				glTexSubImage2D(target, (GLint)level, 0, 0, w, h, f->format,
					f->type, texels);
			} else if (target == GL_TEXTURE_CUBE_MAP) {
				glTexSubImage2D(GL_TEXTURE_CUBE_MAP_POSITIVE_X + slice,
					(GLint)level, 0, 0, w, h, f->format, f->type, texels);
			} else {
				glTexSubImage3D(target, (GLint)level, 0, 0, (GLint)slice, w, h, 1,
					f->format, f->type, texels);
			}
			free(texels);
		}
	}
}

static const char fill_vertex[] =
	"#version 320 es\nvoid main() {\n"
	"gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0); }";

/* Samples have no other way in: one draw for each, with only that one in the mask. */
static bool upload_samples(const struct diff_texture *t, uint32_t location, GLuint texture,
	char *why, size_t why_bytes) {
	static const char *const prefixes[] = { "", "i", "u" };
	struct format f = format_of(t, false);
	char text[512];
	GLuint fbo, source, shaders[2], fill = glCreateProgram();
	snprintf(text, sizeof(text),
		"#version 320 es\nprecision highp float;\nprecision highp int;\n"
		"uniform highp %ssampler2D source;\nlayout(location = 0) out highp %svec4 o;\n"
		"void main() { o = texelFetch(source, ivec2(gl_FragCoord.xy), 0); }",
		prefixes[t->texel_class], prefixes[t->texel_class]);
	shaders[0] = diff_gl_compile(0, fill_vertex, why, why_bytes);
	shaders[1] = diff_gl_compile(1, text, why, why_bytes);
	glAttachShader(fill, shaders[0]);
	glAttachShader(fill, shaders[1]);
	glLinkProgram(fill);
	glGenFramebuffers(1, &fbo);
	glGenTextures(1, &source);
	glBindFramebuffer(GL_FRAMEBUFFER, fbo);
	glViewport(0, 0, (GLsizei)t->width, (GLsizei)t->height);
	glUseProgram(fill);
	glEnable(GL_SAMPLE_MASK);
	glActiveTexture(GL_TEXTURE0);
	glBindTexture(GL_TEXTURE_2D, source);
	glTexStorage2D(GL_TEXTURE_2D, 1, f.internal, (GLsizei)t->width, (GLsizei)t->height);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	for (uint32_t slice = 0; slice < t->slices; slice++) {
		for (uint32_t sample = 0; sample < t->samples; sample++) {
			void *texels = packed_slice(t, location, 0, slice, sample, 4);
			glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, (GLsizei)t->width,
				(GLsizei)t->height, f.format, f.type, texels);
			free(texels);
			if (t->array) {
				glFramebufferTextureLayer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0,
					texture, 0, (GLint)slice);
			} else {
				glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0,
					GL_TEXTURE_2D_MULTISAMPLE, texture, 0);
			}
			glSampleMaski(0, 1u << sample);
			glDrawArrays(GL_TRIANGLES, 0, 3);
		}
	}
	glDisable(GL_SAMPLE_MASK);
	bool ok = glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
	glBindFramebuffer(GL_FRAMEBUFFER, 0);
	glDeleteFramebuffers(1, &fbo);
	glDeleteTextures(1, &source);
	glDeleteProgram(fill);
	if (!ok) {
		snprintf(why, why_bytes, "the driver has no such multisample texture");
	}
	return ok;
}

static bool make_texture(uint32_t slot, const struct pvg_reflection_slot *s, char *why,
	size_t why_bytes) {
	if (s->metal_index >= DIFF_TEXTURES || !diff.textures[s->metal_index].used ||
		target_of(s) == 0) {
		snprintf(why, why_bytes, "texture that cannot be bound");
		return false;
	}
	const struct diff_texture *t = &diff.textures[s->metal_index];
	struct format f = format_of(t, s->flags & PVG_SLOT_SHADOW);
	GLenum target = target_of(s);
	GLsizei w = (GLsizei)t->width, h = (GLsizei)t->height, n = (GLsizei)t->slices;
	glGenTextures(1, &textures[slot]);
	glActiveTexture(GL_TEXTURE0);
	glBindTexture(target, textures[slot]);
	if (t->multisample) {
		if (t->array) {
			glTexStorage3DMultisample(target, (GLsizei)t->samples, f.internal, w, h, n,
				GL_TRUE);
		} else {
			glTexStorage2DMultisample(target, (GLsizei)t->samples, f.internal, w, h,
				GL_TRUE);
		}
		return upload_samples(t, s->metal_index, textures[slot], why, why_bytes);
	}
	if (target == GL_TEXTURE_2D || target == GL_TEXTURE_CUBE_MAP) {
		glTexStorage2D(target, (GLsizei)t->levels, f.internal, w, h);
	} else {
		glTexStorage3D(target, (GLsizei)t->levels, f.internal, w, h, n);
	}
	// Fetches see texels of complete textures only, and these formats are not filtered.
	glTexParameteri(target, GL_TEXTURE_MIN_FILTER, GL_NEAREST_MIPMAP_NEAREST);
	glTexParameteri(target, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	upload(t, s->metal_index, target, &f,
		f.internal == GL_DEPTH_COMPONENT32F ? 1 : t->channels);
	return true;
}

static void make_sampler(GLuint sampler, uint64_t w) {
	static const GLenum address[] = { GL_CLAMP_TO_BORDER, GL_CLAMP_TO_EDGE, GL_REPEAT,
		GL_MIRRORED_REPEAT };
	static const GLenum names[] = { GL_TEXTURE_WRAP_S, GL_TEXTURE_WRAP_T, GL_TEXTURE_WRAP_R };
	static const GLenum min[2][3] = {
		{ GL_NEAREST, GL_NEAREST_MIPMAP_NEAREST, GL_NEAREST_MIPMAP_LINEAR },
		{ GL_LINEAR, GL_LINEAR_MIPMAP_NEAREST, GL_LINEAR_MIPMAP_LINEAR },
	};
	static const GLenum compare[] = { GL_ALWAYS, GL_LESS, GL_LEQUAL, GL_GREATER, GL_GEQUAL,
		GL_EQUAL, GL_NOTEQUAL, GL_ALWAYS, GL_NEVER };
	float border[4] = { 0 };
	uint32_t color = w >> 56 & 3, func = w >> 16 & 15, mip = w >> 13 & 3;
	border[0] = border[1] = border[2] = color == 2;
	border[3] = color != 0;
	for (uint32_t i = 0; i < 3; i++) {
		glSamplerParameteri(sampler, names[i], (GLint)address[w >> (3 * i) & 3]);
	}
	glSamplerParameteri(sampler, GL_TEXTURE_MAG_FILTER, w >> 9 & 3 ? GL_LINEAR : GL_NEAREST);
	glSamplerParameteri(sampler, GL_TEXTURE_MIN_FILTER,
		(GLint)min[(w >> 11 & 3) != 0][mip < 3 ? mip : 0]);
	glSamplerParameterf(sampler, GL_TEXTURE_MIN_LOD, pvg_half_to_float((uint16_t)(w >> 24)));
	// llvmpipe takes the level of textureLod for integers even where the filter has none.
	glSamplerParameterf(sampler, GL_TEXTURE_MAX_LOD,
		mip == 0 ? 0 : pvg_half_to_float((uint16_t)(w >> 40)));
	glSamplerParameterfv(sampler, GL_TEXTURE_BORDER_COLOR, border);
	if (func > 0 && func < 9) {
		glSamplerParameteri(sampler, GL_TEXTURE_COMPARE_MODE, GL_COMPARE_REF_TO_TEXTURE);
		glSamplerParameteri(sampler, GL_TEXTURE_COMPARE_FUNC, (GLint)compare[func]);
	}
}

static void bind_pair(uint32_t i, const struct pvg_reflection *r) {
	const struct pvg_reflection_pair *pair = &r->pairs[i];
	const struct pvg_reflection_slot *t = &r->slots[pair->texture_slot];
	glActiveTexture(GL_TEXTURE0 + pair->unit);
	glBindTexture(target_of(t), textures[pair->texture_slot]);
	glBindSampler(pair->unit, 0);
	if (pair->sampler_slot != UINT16_MAX) {
		const struct pvg_reflection_slot *s = &r->slots[pair->sampler_slot];
		glGenSamplers(1, &samplers[i]);
		make_sampler(samplers[i],
			s->kind == PVG_SLOT_STATIC_SAMPLER ? s->sampler_words[0]
							   : diff.samplers[s->metal_index % 16][0]);
		glBindSampler(pair->unit, samplers[i]);
	}
}

static bool bind_image(const struct pvg_reflection_slot *s, GLuint texture, char *why,
	size_t why_bytes) {
	const struct diff_texture *t = &diff.textures[s->metal_index];
	bool reads = s->access & PVG_SLOT_READ, writes = s->access & PVG_SLOT_WRITE;
	struct format f = format_of(t, false);
	glBindImageTexture(s->binding, texture, 0, target_of(s) != GL_TEXTURE_2D, 0,
		reads && writes  ? GL_READ_WRITE
			: writes ? GL_WRITE_ONLY
				 : GL_READ_ONLY,
		f.internal);
	if (glGetError() != GL_NO_ERROR) {
		snprintf(why, why_bytes, "image that cannot be bound");
		return false;
	}
	return true;
}

static bool read_texture(uint32_t slot, const struct pvg_reflection_slot *s, uint8_t *out) {
	static const GLenum formats[] = { GL_RGBA, GL_RGBA_INTEGER, GL_RGBA_INTEGER };
	static const GLenum types[] = { GL_FLOAT, GL_INT, GL_UNSIGNED_INT };
	const struct diff_texture *t = &diff.textures[s->metal_index];
	GLuint fbo;
	bool ok = true;
	uint32_t *texels = malloc((size_t)t->width * t->height * 16);
	glGenFramebuffers(1, &fbo);
	glBindFramebuffer(GL_FRAMEBUFFER, fbo);
	for (uint32_t slice = 0; slice < t->slices; slice++) {
		if (target_of(s) == GL_TEXTURE_2D) {
			glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D,
				textures[slot], 0);
		} else {
			glFramebufferTextureLayer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0,
				textures[slot], 0, (GLint)slice);
		}
		ok &= glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
		glReadPixels(0, 0, (GLsizei)t->width, (GLsizei)t->height, formats[t->texel_class],
			types[t->texel_class], texels);
		for (uint32_t i = 0; ok && i < t->width * t->height; i++) {
			memcpy(out + diff_texel_offset(t, 0, slice, i / t->width, i % t->width, 0),
				texels + (size_t)i * 4, (size_t)t->channels * 4);
		}
	}
	glBindFramebuffer(GL_FRAMEBUFFER, 0);
	glDeleteFramebuffers(1, &fbo);
	free(texels);
	return ok;
}

/* ---- running --------------------------------------------------------------------------------- */

static bool make_resources(const struct pvg_shader_result *r, char *why, size_t why_bytes) {
	const struct pvg_reflection *f = &r->reflection;
	glGenBuffers(DIFF_BUFFERS + 1, buffers);
	make_params(r);
	for (uint32_t i = 0; i < f->slot_count; i++) {
		const struct pvg_reflection_slot *s = &f->slots[i];
		if (s->kind == PVG_SLOT_BUFFER && !make_buffer(s, why, why_bytes)) {
			return false;
		}
		bool image = s->kind == PVG_SLOT_IMAGE;
		if ((image || s->kind == PVG_SLOT_TEXTURE) && !make_texture(i, s, why, why_bytes)) {
			return false;
		}
		if (image && !bind_image(s, textures[i], why, why_bytes)) {
			return false;
		}
	}
	for (uint32_t i = 0; i < f->pair_count; i++) {
		bind_pair(i, f);
	}
	return true;
}

static bool read_resources(const struct pvg_shader_result *r, uint8_t *theirs[DIFF_REGIONS]) {
	bool ok = true;
	for (uint32_t i = 0; i < r->reflection.slot_count; i++) {
		const struct pvg_reflection_slot *s = &r->reflection.slots[i];
		if (!(s->access & PVG_SLOT_WRITE)) {
			continue;
		}
		if (s->kind == PVG_SLOT_BUFFER) {
			ok &= read_buffer(s, theirs[s->metal_index]);
		} else if (s->kind == PVG_SLOT_IMAGE) {
			ok &= read_texture(i, s, theirs[DIFF_FIRST_TEXTURE + s->metal_index]);
		}
	}
	return ok;
}

bool diff_gl_run(const struct pvg_shader_result *r, uint8_t *theirs[DIFF_REGIONS], char *why,
	size_t why_bytes) {
	if (!make_resources(r, why, why_bytes)) {
		return false;
	}
	if (diff.stage == DIFF_KERNEL) {
		glUseProgram(program);
		glDispatchCompute(diff.groups[0], diff.groups[1], diff.groups[2]);
	} else if (!diff_draw(r, theirs[DIFF_OUTPUTS_REGION], why, why_bytes)) {
		return false;
	}
	glMemoryBarrier(GL_ALL_BARRIER_BITS);
	glFinish();
	if (glGetError() != GL_NO_ERROR || !read_resources(r, theirs)) {
		snprintf(why, why_bytes, "GLES error");
		return false;
	}
	glDeleteBuffers(DIFF_BUFFERS + 1, buffers);
	glDeleteTextures(PVG_REFLECTION_SLOTS, textures);
	glDeleteSamplers(PVG_REFLECTION_PAIRS, samplers);
	return true;
}
