// SPDX-License-Identifier: GPL-2.0-or-later
#include <EGL/egl.h>
#include <GLES3/gl32.h>

#include <GLES2/gl2ext.h> // after what it extends

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "micro.h"
#include "render/shader/link.h"

/* Runs a translated case: a dispatch, a draw over a small target, or vertices into a buffer. */

#define MAX_OUTPUT_FLOATS 128u

struct running {
	struct micro_case *c; // borrowed
	const struct pvg_shader_result *result; // borrowed
	GLuint program;
	GLuint buffers[MICRO_BUFFERS], params, capture;
	GLuint views[PVG_REFLECTION_PAIRS + 8], samplers[PVG_REFLECTION_PAIRS];
	uint32_t view_count, sampler_count;
	GLuint fbo, colors[8];
	char capture_names[1 + PVG_REFLECTION_VARYINGS][80];
	uint32_t capture_offset[1 + PVG_REFLECTION_VARYINGS], capture_words;
};

static bool fail(const struct micro_case *c, const char *what) {
	printf("%s: %s\n", c->path, what);
	return false;
}

/* ---- resources ----------------------------------------------------------------------------- */

static void bind_params(struct running *r) {
	uint32_t params[PVG_PARAMS_COUNT][4];
	micro_params(r->c, params);
	glGenBuffers(1, &r->params);
	glBindBuffer(GL_UNIFORM_BUFFER, r->params);
	glBufferData(GL_UNIFORM_BUFFER, sizeof(params), params, GL_STATIC_DRAW);
	glBindBufferBase(GL_UNIFORM_BUFFER, r->result->reflection.params_binding, r->params);
}

static bool bind_buffer(struct running *r, const struct pvg_reflection_slot *s) {
	struct micro_buffer *b =
		s->metal_index < MICRO_BUFFERS ? &r->c->buffers[s->metal_index] : NULL;
	if (b == NULL || b->data == NULL) {
		return fail(r->c, "a buffer without IN or SIZE");
	}
	GLuint *object = &r->buffers[s->metal_index];
	if (*object == 0) {
		glGenBuffers(1, object);
		glBindBuffer(GL_SHADER_STORAGE_BUFFER, *object);
		glBufferData(GL_SHADER_STORAGE_BUFFER, (GLsizeiptr)b->size_bytes, b->data,
			GL_DYNAMIC_COPY);
	}
	glBindBufferBase(s->flags & PVG_SLOT_UNIFORM ? GL_UNIFORM_BUFFER : GL_SHADER_STORAGE_BUFFER,
		s->binding, *object);
	return true;
}

/* The object a slot wants: the texture, or a view of a cube as an array of faces. */
static GLuint object_of(struct running *r, const struct pvg_reflection_slot *s, GLenum *target) {
	struct micro_texture *t = &r->c->textures[s->metal_index];
	*target = micro_target(t->kind);
	if (!(s->flags & PVG_SLOT_CUBE_AS_ARRAY)) {
		return t->object;
	}
	PFNGLTEXTUREVIEWEXTPROC view =
		(PFNGLTEXTUREVIEWEXTPROC)eglGetProcAddress("glTextureViewOES");
	GLuint object;
	glGenTextures(1, &object);
	*target = GL_TEXTURE_2D_ARRAY;
	view(object, *target, t->object, t->format->internal, 0, t->levels, 0, t->depth);
	r->views[r->view_count++] = object;
	return object;
}

static bool has_texture(struct running *r, const struct pvg_reflection_slot *s) {
	return (s->metal_index < MICRO_TEXTURES && r->c->textures[s->metal_index].given) ||
		fail(r->c, "a texture without TEXTURE");
}

static bool bind_image(struct running *r, const struct pvg_reflection_slot *s) {
	const struct micro_format *f = micro_format_of(NULL, s->image_format);
	if (!has_texture(r, s) || f == NULL || f != r->c->textures[s->metal_index].format) {
		return fail(r->c, "an image of another format");
	}
	GLenum target;
	glBindImageTexture(s->binding, object_of(r, s, &target), 0, GL_TRUE, 0,
		s->access == PVG_SLOT_READ            ? GL_READ_ONLY
			: s->access == PVG_SLOT_WRITE ? GL_WRITE_ONLY
						      : GL_READ_WRITE,
		f->internal);
	return true;
}

static bool bind_pair(struct running *r, const struct pvg_reflection_pair *p) {
	const struct pvg_reflection *f = &r->result->reflection;
	const struct pvg_reflection_slot *texture = &f->slots[p->texture_slot];
	if (!has_texture(r, texture)) {
		return false;
	}
	GLenum target;
	GLuint object = object_of(r, texture, &target);
	glActiveTexture(GL_TEXTURE0 + p->unit);
	glBindTexture(target, object);
	struct micro_texture *t = &r->c->textures[texture->metal_index];
	if (t->kind >= MICRO_2D_MS) {
		return true;
	}
	const struct pvg_reflection_slot *s =
		p->sampler_slot != UINT16_MAX ? &f->slots[p->sampler_slot] : NULL;
	bool is_static = s != NULL && s->kind == PVG_SLOT_STATIC_SAMPLER;
	GLuint sampler =
		micro_make_sampler(s != NULL && !is_static && s->metal_index < MICRO_SAMPLERS
				? &r->c->samplers[s->metal_index]
				: NULL,
			is_static ? s->sampler_words : NULL, texture->flags & PVG_SLOT_SHADOW,
			t->levels > 1);
	glBindSampler(p->unit, sampler);
	r->samplers[r->sampler_count++] = sampler;
	return true;
}

static bool bind_all(struct running *r) {
	const struct pvg_reflection *f = &r->result->reflection;
	for (uint32_t i = 0; i < MICRO_TEXTURES; i++) {
		if (r->c->textures[i].given && !micro_make_texture(&r->c->textures[i])) {
			return fail(r->c, "a texture cannot be made");
		}
	}
	bool ok = true;
	for (uint32_t i = 0; ok && i < f->slot_count; i++) {
		if (f->slots[i].kind == PVG_SLOT_BUFFER) {
			ok = bind_buffer(r, &f->slots[i]);
		} else if (f->slots[i].kind == PVG_SLOT_IMAGE) {
			ok = bind_image(r, &f->slots[i]);
		}
	}
	for (uint32_t i = 0; ok && i < f->pair_count; i++) {
		ok = bind_pair(r, &f->pairs[i]);
	}
	if (f->flags & PVG_REFLECT_PARAMS) {
		bind_params(r);
	}
	return ok;
}

static void drop_all(struct running *r) {
	for (uint32_t i = 0; i < r->result->reflection.pair_count; i++) {
		glBindSampler(r->result->reflection.pairs[i].unit, 0);
	}
	glDeleteSamplers((GLsizei)r->sampler_count, r->samplers);
	glDeleteTextures((GLsizei)r->view_count, r->views);
	for (uint32_t i = 0; i < MICRO_TEXTURES; i++) {
		if (r->c->textures[i].given) {
			micro_drop_texture(&r->c->textures[i]);
		}
	}
	glDeleteBuffers(MICRO_BUFFERS, r->buffers);
	glDeleteBuffers(1, &r->params);
	glDeleteBuffers(1, &r->capture);
	glDeleteTextures(8, r->colors);
	glDeleteFramebuffers(1, &r->fbo);
	glDeleteProgram(r->program);
}

/* ---- draws --------------------------------------------------------------------------------- */

static void varying_name(const char *semantic, char *out) {
	char key[PVG_REFLECTION_NAME_BYTES];
	pvg_varying_key(semantic, key);
	pvg_varying_name(key, out);
}

static void vertex_text(const struct micro_case *c, char *text, size_t size) {
	size_t n = (size_t)snprintf(text, size,
		"#version 320 es\n"
		"#extension GL_NV_shader_noperspective_interpolation : enable\nprecision highp float;\n");
	char name[PVG_REFLECTION_NAME_BYTES];
	for (uint32_t i = 0; i < c->varying_count; i++) {
		varying_name(c->varyings[i][0], name);
		n += (size_t)snprintf(text + n, size - n, "%sout %s %s;\n",
			strchr("iu", c->varyings[i][1][0]) != NULL ? "flat " : "",
			c->varyings[i][1], name);
	}
	bool first = c->clockwise;
	n += (size_t)snprintf(text + n, size - n,
		"void main() {\n"
		"vec2 q = vec2(gl_VertexID == %d ? 3.0 : -1.0, gl_VertexID == %d ? 3.0 : -1.0);\n"
		"%s\nvec2 p = q * 0.5 + 0.5;\ngl_Position = vec4(q, 0.0, 1.0);\n",
		first ? 2 : 1, first ? 1 : 2,
		c->point_sprite ? "q = vec2(0.0); gl_PointSize = 4.0;" : "");
	for (uint32_t i = 0; i < c->varying_count; i++) {
		varying_name(c->varyings[i][0], name);
		n += (size_t)snprintf(text + n, size - n, "%s = %s;\n", name, c->varyings[i][2]);
	}
	snprintf(text + n, size - n, "}\n");
}

static void make_targets(struct running *r) {
	const struct pvg_reflection *f = &r->result->reflection;
	GLenum buffers[8] = { GL_NONE };
	GLsizei count = 0;
	glGenFramebuffers(1, &r->fbo);
	glBindFramebuffer(GL_FRAMEBUFFER, r->fbo);
	glActiveTexture(GL_TEXTURE0 + 40); // none of the function's
	for (uint32_t i = 0; i < f->output_count; i++) {
		const struct pvg_reflection_output *o = &f->outputs[i];
		if (o->kind != PVG_OUTPUT_COLOR || o->location > 7 || r->colors[o->location] != 0) {
			continue;
		}
		GLenum format = o->value_class == PVG_CLASS_FLOAT ? GL_RGBA32F
			: o->value_class == PVG_CLASS_SINT        ? GL_RGBA32I
								  : GL_RGBA32UI;
		GLenum target = r->c->samples > 1 ? GL_TEXTURE_2D_MULTISAMPLE : GL_TEXTURE_2D;
		glGenTextures(1, &r->colors[o->location]);
		glBindTexture(target, r->colors[o->location]);
		if (r->c->samples > 1) {
			glTexStorage2DMultisample(target, (GLsizei)r->c->samples, format,
				(GLsizei)r->c->draw[0], (GLsizei)r->c->draw[1], GL_TRUE);
		} else {
			glTexStorage2D(target, 1, format, (GLsizei)r->c->draw[0],
				(GLsizei)r->c->draw[1]);
		}
		glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0 + o->location, target,
			r->colors[o->location], 0);
		buffers[o->location] = GL_COLOR_ATTACHMENT0 + o->location;
		count = o->location + 1 > count ? o->location + 1 : count;
	}
	if (count == 0) {
		glFramebufferParameteri(GL_FRAMEBUFFER, GL_FRAMEBUFFER_DEFAULT_WIDTH,
			(GLint)r->c->draw[0]);
		glFramebufferParameteri(GL_FRAMEBUFFER, GL_FRAMEBUFFER_DEFAULT_HEIGHT,
			(GLint)r->c->draw[1]);
		glFramebufferParameteri(GL_FRAMEBUFFER, GL_FRAMEBUFFER_DEFAULT_SAMPLES,
			(GLint)r->c->samples);
		return;
	}
	for (GLsizei i = 1; i < count; i++) {
		buffers[i] = buffers[i] == 0 ? GL_NONE : buffers[i];
	}
	glDrawBuffers(count, buffers);
	for (GLsizei i = 0; i < count; i++) {
		for (uint32_t k = 0; k < f->output_count; k++) {
			const struct pvg_reflection_output *o = &f->outputs[k];
			if (o->kind != PVG_OUTPUT_COLOR || o->location != i) {
				continue;
			}
			GLint ints[4];
			for (uint32_t n = 0; n < 4; n++) {
				ints[n] = (GLint)r->c->clear[n];
			}
			if (o->value_class == PVG_CLASS_FLOAT) {
				glClearBufferfv(GL_COLOR, i, r->c->clear);
			} else if (o->value_class == PVG_CLASS_SINT) {
				glClearBufferiv(GL_COLOR, i, ints);
			} else {
				glClearBufferuiv(GL_COLOR, i, (const GLuint *)ints);
			}
		}
	}
}

static bool run_fragment(struct running *r) {
	char text[4096];
	vertex_text(r->c, text, sizeof(text));
	r->program = micro_program((const char *[]){ text, r->result->glsl },
		(uint32_t[]){ GL_VERTEX_SHADER, GL_FRAGMENT_SHADER }, 2, NULL, 0);
	if (r->program == 0 || !bind_all(r)) {
		return false;
	}
	make_targets(r);
	if (glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE) {
		return fail(r->c, "targets cannot be drawn to");
	}
	glViewport(0, 0, (GLsizei)r->c->draw[0], (GLsizei)r->c->draw[1]);
	glUseProgram(r->program);
	if (r->c->blend) {
		glEnable(GL_BLEND);
		glBlendFunc(GL_ONE, GL_SRC1_COLOR_EXT);
	}
	glDrawArrays(r->c->point_sprite ? GL_POINTS : GL_TRIANGLES, 0, r->c->point_sprite ? 1 : 3);
	glDisable(GL_BLEND);
	glBlendFunc(GL_ONE,
		GL_ZERO); // Mesa allows one target as long as this names a second source
	return true;
}

static void bind_attributes(const struct micro_case *c, GLuint buffers[16]) {
	static const GLenum types[] = {
		GL_UNSIGNED_BYTE,
		GL_UNSIGNED_SHORT,
		GL_UNSIGNED_INT,
		0,
		GL_BYTE,
		GL_SHORT,
		GL_INT,
		0,
		GL_HALF_FLOAT,
		0,
		GL_FLOAT,
	};
	glGenBuffers(16, buffers);
	for (GLuint i = 0; i < 16; i++) {
		if (c->attributes[i].data == NULL) {
			continue;
		}
		GLint n = (GLint)c->attribute_components[i];
		enum micro_type type = c->attribute_types[i];
		glBindBuffer(GL_ARRAY_BUFFER, buffers[i]);
		glBufferData(GL_ARRAY_BUFFER, (GLsizeiptr)c->attributes[i].size_bytes,
			c->attributes[i].data, GL_STATIC_DRAW);
		if (type >= MICRO_F16) {
			glVertexAttribPointer(i, n, types[type], GL_FALSE, 0, NULL);
		} else {
			glVertexAttribIPointer(i, n, types[type], 0, NULL);
		}
		glEnableVertexAttribArray(i);
	}
}

static bool run_vertex(struct running *r) {
	const struct pvg_reflection *f = &r->result->reflection;
	const char *names[1 + PVG_REFLECTION_VARYINGS];
	uint32_t count = 0;
	for (uint32_t i = 0; i < f->output_count; i++) {
		if (f->outputs[i].kind == PVG_OUTPUT_POSITION) {
			snprintf(r->capture_names[0], sizeof(r->capture_names[0]), "gl_Position");
			names[count++] = r->capture_names[0];
			r->capture_words = 4;
		}
	}
	for (uint32_t i = 0; i < f->varying_count; i++) {
		varying_name(f->varyings[i].name, r->capture_names[count]);
		r->capture_offset[count] = r->capture_words;
		r->capture_words += f->varyings[i].components;
		names[count] = r->capture_names[count];
		count++;
	}
	// Nothing is drawn, but a program of GLES has both stages.
	static const char nothing[] = "#version 320 es\nvoid main() {}\n";
	r->program = micro_program((const char *[]){ r->result->glsl, nothing },
		(uint32_t[]){ GL_VERTEX_SHADER, GL_FRAGMENT_SHADER }, 2, names, count);
	if (r->program == 0 || !bind_all(r)) {
		return false;
	}
	uint32_t vertices = r->c->points * r->c->instances;
	glGenBuffers(1, &r->capture);
	if (r->capture_words * vertices == 0 || r->capture_words > MAX_OUTPUT_FLOATS) {
		return fail(r->c, "nothing to catch");
	}
	glBindBufferBase(GL_TRANSFORM_FEEDBACK_BUFFER, 0, r->capture);
	glBufferData(GL_TRANSFORM_FEEDBACK_BUFFER, (GLsizeiptr)(r->capture_words * vertices * 4),
		NULL, GL_DYNAMIC_READ);
	// Without a surface even a draw that writes no pixel wants a framebuffer.
	glGenFramebuffers(1, &r->fbo);
	glBindFramebuffer(GL_FRAMEBUFFER, r->fbo);
	glFramebufferParameteri(GL_FRAMEBUFFER, GL_FRAMEBUFFER_DEFAULT_WIDTH, 4);
	glFramebufferParameteri(GL_FRAMEBUFFER, GL_FRAMEBUFFER_DEFAULT_HEIGHT, 4);
	GLuint attributes[16];
	bind_attributes(r->c, attributes);
	glUseProgram(r->program);
	glEnable(GL_RASTERIZER_DISCARD);
	glBeginTransformFeedback(GL_POINTS);
	glDrawArraysInstanced(GL_POINTS, (GLint)r->c->base[0], (GLsizei)r->c->points,
		(GLsizei)r->c->instances);
	glEndTransformFeedback();
	glDisable(GL_RASTERIZER_DISCARD);
	for (GLuint i = 0; i < 16; i++) {
		glDisableVertexAttribArray(i);
	}
	glDeleteBuffers(16, attributes);
	return true;
}

static bool run_kernel(struct running *r) {
	r->program = micro_program((const char *[]){ r->result->glsl },
		(uint32_t[]){ GL_COMPUTE_SHADER }, 1, NULL, 0);
	if (r->program == 0 || !bind_all(r)) {
		return false;
	}
	glUseProgram(r->program);
	glDispatchCompute(r->c->groups[0], r->c->groups[1], r->c->groups[2]);
	return true;
}

/* ---- what came out ------------------------------------------------------------------------- */

static bool check_mapped(struct running *r, const struct micro_check *k, GLenum target,
	GLuint buffer, uint32_t at) {
	GLint size = 0;
	glBindBuffer(target, buffer);
	glGetBufferParameteriv(target, GL_BUFFER_SIZE, &size);
	if (at >= (uint32_t)size) {
		return fail(r->c, "a check behind the end");
	}
	const uint8_t *data =
		glMapBufferRange(target, at, (GLsizeiptr)((uint32_t)size - at), GL_MAP_READ_BIT);
	bool ok = data != NULL && micro_compare(r->c, k, data, (uint32_t)size - at);
	glUnmapBuffer(target);
	return ok;
}

static bool check_capture(struct running *r, const struct micro_check *k) {
	uint32_t entry = 0;
	bool found =
		k->where == MICRO_AT_POSITION && strcmp(r->capture_names[0], "gl_Position") == 0;
	if (k->where == MICRO_AT_VARYING) {
		char name[PVG_REFLECTION_NAME_BYTES];
		varying_name(k->name, name);
		while (entry <= PVG_REFLECTION_VARYINGS &&
			strcmp(r->capture_names[entry], name) != 0) {
			entry++;
		}
		found = entry <= PVG_REFLECTION_VARYINGS;
	}
	return found ? check_mapped(r, k, GL_TRANSFORM_FEEDBACK_BUFFER, r->capture,
			       (k->at[0] * r->capture_words + r->capture_offset[entry]) * 4)
		     : fail(r->c, "no such output");
}

static bool check_one(struct running *r, const struct micro_check *k) {
	uint8_t texel[16];
	switch (k->where) {
	case MICRO_AT_BUFFER:
		return r->buffers[k->index] != 0
			? check_mapped(r, k, GL_SHADER_STORAGE_BUFFER, r->buffers[k->index],
				  k->at[0] * micro_type_bytes(k->type))
			: fail(r->c, "a check of a buffer that is not used");
	case MICRO_AT_TEXTURE:
		if (k->index >= MICRO_TEXTURES || !r->c->textures[k->index].given) {
			return fail(r->c, "a check of a texture that is not there");
		}
		micro_read_texel(&r->c->textures[k->index], k->at, texel);
		return micro_compare(r->c, k, texel, sizeof(texel));
	case MICRO_AT_COLOR: {
		GLenum type = k->type == MICRO_F32 ? GL_FLOAT
			: k->type == MICRO_I32     ? GL_INT
						   : GL_UNSIGNED_INT;
		memset(texel, 0xcc, sizeof(texel));
		glBindFramebuffer(GL_READ_FRAMEBUFFER, r->fbo);
		glReadBuffer(GL_COLOR_ATTACHMENT0 + k->index);
		glReadPixels((GLint)k->at[0], (GLint)k->at[1], 1, 1,
			type == GL_FLOAT ? GL_RGBA : GL_RGBA_INTEGER, type, texel);
		return micro_compare(r->c, k, texel, sizeof(texel));
	}
	default:
		return check_capture(r, k);
	}
}

const char *micro_lacks(const struct pvg_shader_result *result) {
	static const char fetch[] = "GL_EXT_shader_framebuffer_fetch";
	if ((result->reflection.flags & PVG_REFLECT_FRAMEBUFFER_FETCH) == 0) {
		return NULL;
	}
	GLint count = 0;
	glGetIntegerv(GL_NUM_EXTENSIONS, &count);
	for (GLuint i = 0; i < (GLuint)count; i++) {
		if (strcmp((const char *)glGetStringi(GL_EXTENSIONS, i), fetch) == 0) {
			return NULL;
		}
	}
	return fetch;
}

bool micro_run(struct micro_case *c, const struct pvg_shader_result *result) {
	struct running r = { .c = c, .result = result };
	while (glGetError() != GL_NO_ERROR) {
	}
	uint32_t stage = result->reflection.stage;
	bool ok = stage == AIR_KERNEL ? run_kernel(&r)
		: stage == AIR_VERTEX ? run_vertex(&r)
				      : run_fragment(&r);
	glMemoryBarrier(GL_ALL_BARRIER_BITS);
	glFinish();
	GLenum error = glGetError();
	if (ok && error != GL_NO_ERROR) {
		printf("%s: GL error 0x%x\n", c->path, error);
		ok = false;
	}
	for (uint32_t i = 0, all = ok ? c->check_count : 0; i < all; i++) {
		ok = check_one(&r, &c->checks[i]) && ok;
	}
	error = glGetError();
	if (ok && error != GL_NO_ERROR) {
		printf("%s: GL error 0x%x when reading\n", c->path, error);
		ok = false;
	}
	glBindFramebuffer(GL_FRAMEBUFFER, 0);
	drop_all(&r);
	return ok;
}
